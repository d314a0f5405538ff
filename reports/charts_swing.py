# SPDX-License-Identifier: Apache-2.0
"""A tornado as SVG: how far each input alone moves a ratio, widest first, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.reports.charts import WIDE, Scale, grid, log_scale, svg, text, words_at
from chipgauge.reports.markup import short
from chipgauge.reports.text import number


@dataclass(frozen=True, slots=True)
class Swing:
    """One input: the result with it alone at its low and at its high end, and their words; `row` is its row in the table."""

    label: str
    low: float
    high: float
    row: int


def tornado(rows: Sequence[Swing], base: float, *, width: int, label: str) -> str:
    """Return a bar for each input from the result at its low end (open) to that at its high end (filled)."""
    wide = width == WIDE
    left, right, top = (300, width - 40, 28) if wide else (30, width - 30, 28)
    step = 24 if wide else 38
    scale = log_scale([1.0, base, *(end for row in rows for end in (row.low, row.high))], left, right, 1.08)
    height = top + step * len(rows) + 8
    ticks = _ticks(scale)
    parts = [grid(map(scale.at, ticks), (), (left, right, top, height - 4))]
    parts.append(words_at([(scale.at(tick), top - 9, f"{number(tick)}×") for tick in ticks], "tm"))
    for at, kind in ((scale.at(1.0), "even"), (scale.at(base), "axis")):
        parts.append(f'<path class="{kind}" d="M{at:g} {top}V{height - 4:g}"/>')
    for n, row in enumerate(rows):
        y = top + step * n + (6 if wide else 20)
        parts.append(text(0 if wide else left, y + (10 if wide else -3), short(row.label, 46)))
        middle, low, high = scale.at(base), scale.at(row.low), scale.at(row.high)
        wider = "lo" if abs(low - middle) > abs(high - middle) else "hi"
        for kind, end in (("lo", low), ("hi", high)):
            x, size = min(middle, end), abs(end - middle)
            if size >= 0.5 or kind == wider:
                walk = f' data-r="{row.row}"' if kind == wider else ""
                parts.append(f'<path class="{kind}"{walk} d="M{x:g} {y:g}h{size:g}v12h-{size:g}z"/>')
    return svg(width, height, label, parts)


def _ticks(scale: Scale) -> list[float]:
    """Return round values of the axis, four or more of them, evenly apart.

    >>> _ticks(Scale(0.52, 1.08, 0, 1))
    [0.6, 0.7, 0.8, 0.9, 1.0]
    """
    found = scale.ticks()
    if len(found) > 3:
        return found
    step = next(s for s in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001) if (scale.high - scale.low) / s >= 4)
    first = math.ceil(scale.low / step)
    return [round(n * step, 6) for n in range(first, math.floor(scale.high / step) + 1)]


__all__ = ["Swing", "tornado"]
