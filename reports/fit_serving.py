# SPDX-License-Identifier: Apache-2.0
"""Write the table of serving constants anew: `python -m chipgauge.reports.fit_serving` (some minutes)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from chipgauge.calc.serving_cases import Cases, build
from chipgauge.calc.serving_check import covered, error, left_out, pair_summary, pairs, votes, weighted_quantile, widths
from chipgauge.calc.serving_fit import MEANS, NAMES, PRIORS, Fitted, fit, fitted_rows, known
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.specs.catalog import catalog
from chipgauge.specs.measured import shipped_rows

HEAD = """# Constants of serving, fitted to specs/data/measured; written by python -m chipgauge.reports.fit_serving.
# low and high hold 80% of what priors and rows leave open; groups counts the groups of measured rows with a say.
"""
RANGE = 1.28
"""Half of an 80% interval of a normal distribution, in standard deviations."""


def groups_of(operators: ServingOperators, cases: Cases) -> dict[str, int]:
    """Return how many groups of rows each constant was fitted with."""
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for row, names in zip(operators.rows, operators.names, strict=True):
        for name in names:
            found[name].add(row.group)
    use = fitted_rows(cases)
    for at, keys in zip(cases.row, cases.keys, strict=True):
        if use[at]:
            for names in keys.values():
                for name in names:
                    if name in PRIORS and PRIORS[name].stage == "runs":
                        found[name].add(cases.rows[at].group)
    return {name: len(groups) if name in PRIORS and PRIORS[name].spread else 0 for name, groups in found.items()}


def table_text(fitted: Fitted, groups: dict[str, int], width: dict[str, float], errors: dict[str, float]) -> str:
    """Return the table as TOML."""
    lines = [HEAD]
    for at, name in enumerate(NAMES):
        value, spread = float(fitted.values[at]), float(fitted.spreads[at])
        prior = PRIORS.get(name)
        unit = prior.unit if prior else next(PRIORS[other].unit for other in PRIORS if other.startswith(MEANS[name]))
        why = prior.why if prior else "geometric mean of the measured classes"
        share = unit == "1" and not name.startswith(
            ("wave", "kernels", "tile", "program", "stages", "uneven", "immaturity")
        )
        high = value * math.exp(RANGE * spread)
        lines.append(
            f'["{name}"]\nvalue = {value:.5g}\nlow = {value * math.exp(-RANGE * spread):.5g}\n'
            f'high = {max(min(high, 1.0), value) if share else high:.5g}\nunit = "{unit}"\ngroups = {groups[name]}\nwhy = "{why}"\n'
        )
    for title, table in (("widths", width), ("errors", errors)):
        lines.append(f"[{title}]\n" + "".join(f"{name} = {value:.4g}\n" for name, value in table.items()))
    return "\n".join(lines)


def summary(cases: Cases, ratios: Any) -> dict[str, float]:
    """Return the errors of predictions from fits without the publisher of the row."""
    import numpy

    use, shares = fitted_rows(cases), votes(cases.rows)
    kinds = numpy.array([row.kind for row in cases.rows])
    made: dict[str, float] = {}
    for kind in ("offline", "prefill", "decode"):
        mine = use & (kinds == kind)
        size = numpy.array([error(ratio) for ratio in ratios])
        made[f"{kind}_median"] = float(numpy.median(size[mine]))
        made[f"{kind}_median_of_groups"] = weighted_quantile(size[mine], shares[mine], 0.5)
        made[f"{kind}_rows"] = float(mine.sum())
    inside = covered(cases.rows, ratios, use)
    made["covered"] = float(inside[use].mean())
    truth = numpy.array([row.value for row in cases.rows])
    found = pair_summary(pairs(cases.rows, ratios * truth))
    return made | {f"pairs_{name}": float(value) for name, value in found.items()}


def main() -> None:
    """Fit, leave out each publisher in turn, and write the table."""
    rows, data = list(shipped_rows()), catalog()
    operators = ServingOperators([row for row in rows if row.kind == "operator"], data, NAMES, known)
    cases = build(rows, data, known)
    fitted = fit(operators, cases)
    ratios = left_out(operators, cases, "source")
    width = widths(cases.rows, ratios, fitted_rows(cases))
    text = table_text(fitted, groups_of(operators, cases), width, summary(cases, ratios))
    path = Path(__file__).resolve().parent.parent / "specs" / "data" / "measured" / "serving.toml"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
