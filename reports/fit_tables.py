# SPDX-License-Identifier: Apache-2.0
"""The tables that a fit writes: the constants with their ranges and rows, the left-out ratios, the pinned rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chipgauge.calc import cases, fit, serving_cases, serving_fit
from chipgauge.calc.efficiency import FAMILIES
from chipgauge.calc.fit import MEANS, NAMES, PRIORS, Fitted
from chipgauge.calc.intervals import half_width, interval_widths, score
from chipgauge.calc.operators import Operators
from chipgauge.calc.results import reduced
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.calc.serving_validation import serving_widths, unmeasured_width
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Score
from chipgauge.specs.measured import Measured

HEAD = """# Constants of the performance model of training and serving, written by `chipgauge validate --fit`; do not edit.
# Every constant began at a prior with a reason (`why`); `rows` names the groups of measured rows that moved it.
# low and high are an 80% range. widths: half-width of an 80% interval of a prediction (logarithm of a factor) from rows
# whose source was left out of the fit. errors: how far off those rows were, and the share that their intervals held.
"""


def fit_tables(rows: Sequence[Measured], catalog: Catalog) -> dict[str, str]:
    """Return the files that a fit writes, by name: training first, then serving on the constants that both share.

    Everything in them is computed here from `rows`: constants with their ranges and groups of rows, widths of intervals
    and errors from fits without the source of a row, and without its chip for chips that nobody measured.
    """
    import numpy

    known = set(NAMES).__contains__
    kinds = [row for row in rows if row.kind == "operator"]
    operators, own = Operators(kinds, catalog, NAMES, known), ServingOperators(kinds, catalog, NAMES, known)
    runs = cases.build([row for row in rows if row.kind == "train"], catalog, known)
    served = serving_cases.build(rows, catalog, known)
    begin = fit.fit(operators, runs)
    fitted = serving_fit.fit(begin, own, served)

    ratios = fit.left_out(operators, runs, "source")
    programs = [runs.programs[int(at)] for at in numpy.unique(runs.row, return_index=True)[1]]
    whole = numpy.where([reduced(row) for row in runs.rows], numpy.nan, ratios)
    widths, tested = interval_widths(runs.rows, programs, [row.source for row in runs.rows], ratios)
    widths["unmeasured"] = half_width(runs.rows, fit.left_out(operators, runs, "chip"))
    errors = {"train": score(runs.rows, whole, tested)}

    rates = serving_fit.left_out(begin, own, served)
    more, held, scores = serving_widths(served, rates)
    widths |= more
    families = set(FAMILIES.values())
    nameless = serving_cases.build(rows, catalog, lambda name: known(name) and name.partition("@")[2] not in families)
    widths["unmeasured_serving"] = unmeasured_width(
        served, serving_fit.strangers(begin, (operators, own), served, nameless)
    )
    spread = numpy.abs(numpy.concatenate([operators.log_errors(begin.values), own.log_errors(fitted.values)]))
    widths["operator"] = float(numpy.quantile(spread, 0.8))

    groups = fit.speakers(operators, runs)
    for name, speaking in serving_fit.speakers(own, served).items():
        groups[name] = sorted({*groups.get(name, []), *speaking})
    used = numpy.where(serving_fit.fitted_rows(served), rates, numpy.nan)
    done = [row.id for part in (runs, served, operators, own) for row in part.rows]
    left = [one.id for part in (runs, served) for one in part.skipped]
    left += [one.id for one in operators.skipped if one.id not in set(done)]
    return {
        "efficiencies.toml": constants_text(fitted, groups, widths, errors | scores),
        "left_out.csv": left_out_text((runs.rows, ratios, tested), (served.rows, used, held)),
        "pinned.csv": pinned_text(done, left),
    }


def constants_text(
    fitted: Fitted, groups: Mapping[str, list[str]], widths: Mapping[str, float], errors: Mapping[str, Score]
) -> str:
    """Return the table of constants as TOML."""
    lines = [HEAD, "[widths]", *(f"{name} = {width:.3f}" for name, width in sorted(widths.items())), ""]
    for kind, one in sorted(errors.items()):
        shares = [f"{name} = {value:.4f}" for name, value in one._asdict().items() if name not in ("rows", "groups")]
        lines += [f"[errors.{kind}]", f"rows = {one.rows}", f"groups = {one.groups}", *shares, ""]
    for at, name in enumerate(NAMES):
        prior = PRIORS.get(name)
        why = prior.why if prior else f"geometric mean over {MEANS[name]}..., for chips without measurements"
        low, value, high = (f"{float(column[at]):.4g}" for column in (fitted.low, fitted.values, fitted.high))
        lines += [f'["{name}"]', f"value = {_toml(value)}", f"low = {_toml(low)}", f"high = {_toml(high)}"]
        unit = prior.unit if prior else next(PRIORS[one].unit for one in PRIORS if one.startswith(MEANS[name]))
        lines += [f'unit = "{unit}"', f'why = "{why}"']
        if groups.get(name):
            lines += ["rows = [", *(f'  "{group}",' for group in groups[name]), "]"]
        lines.append("")
    return "\n".join(lines)


def _toml(number: str) -> str:
    """Return a number as a TOML float.

    >>> _toml("3e+05"), _toml("1")
    ('3e+05', '1.0')
    """
    return number if any(mark in number for mark in ".en") else f"{number}.0"


def left_out_text(*tables: tuple[Iterable[Any], Iterable[float], Iterable[float]]) -> str:
    """Return left-out ratios as CSV, each with the half-width of its interval from rows of other sources.

    A table is rows, their ratios and their half-widths.
    """
    lines = [
        f"{row.id},{ratio:.4f},{width:.4f}"
        for table in tables
        for row, ratio, width in zip(*table, strict=True)
        if math.isfinite(ratio) and math.isfinite(width)
    ]
    return "\n".join(["id,ratio,width", *lines, ""])


def pinned_text(predicted: Iterable[str], skipped: Iterable[str]) -> str:
    """Return which rows are predicted and which are skipped, by id, so that none changes sides unseen."""
    lines = [*(f"{name},predicted" for name in predicted), *(f"{name},skipped" for name in skipped)]
    return "\n".join(["id,status", *lines, ""])
