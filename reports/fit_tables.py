# SPDX-License-Identifier: Apache-2.0
"""The tables that a fit writes: the constants with their ranges and rows, the left-out ratios, the pinned rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from chipgauge.calc.fit import MEANS, NAMES, PRIORS, Fitted

HEAD = """# Efficiencies of the performance model, written by `chipgauge validate --fit`; do not edit.
# Every constant began at a prior with a reason (`why`); `rows` names the groups of measured rows that moved it.
# low and high are an 80% range. widths: relative half-width of an 80% interval of a prediction, from left-out sources.
"""


def constants_text(fitted: Fitted, groups: Mapping[str, list[str]], widths: Mapping[str, float]) -> str:
    """Return the table of constants as TOML."""
    lines = [HEAD, "[widths]", *(f"{name} = {width:.3f}" for name, width in sorted(widths.items())), ""]
    for at, name in enumerate(NAMES):
        prior = PRIORS.get(name)
        why = prior.why if prior else f"geometric mean over {MEANS[name]}..., for chips without measurements"
        low, value, high = (f"{float(column[at]):.4g}" for column in (fitted.low, fitted.values, fitted.high))
        lines += [f'["{name}"]', f"value = {_toml(value)}", f"low = {_toml(low)}", f"high = {_toml(high)}"]
        lines += [f'unit = "{prior.unit if prior else "1"}"', f'why = "{why}"']
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


def left_out_text(rows: Iterable[Any], ratios: Iterable[float], widths: Iterable[float]) -> str:
    """Return the left-out ratios as CSV, each with the half-width of its interval from rows of other sources."""
    triples = zip(rows, ratios, widths, strict=True)
    lines = [f"{row.id},{ratio:.4f},{width:.4f}" for row, ratio, width in triples if math.isfinite(ratio)]
    return "\n".join(["id,ratio,width", *lines, ""])
