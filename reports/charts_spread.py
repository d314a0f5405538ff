# SPDX-License-Identifier: Apache-2.0
"""Two small charts as SVG: values with their ranges on one axis, and ratios about 1 in strips."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chipgauge.reports.charts import WIDE, grid, log_scale, marker, svg, text, words_at
from chipgauge.reports.markup import short
from chipgauge.reports.text import number


@dataclass(frozen=True, slots=True)
class Ranged:
    """One value with its range and its words; `kind` is its mark, `row` its row in the table of the chart."""

    label: str
    value: float
    low: float
    high: float
    words: str
    kind: int
    row: int


def ranges(rows: Sequence[Ranged], *, width: int, label: str, tick: Callable[[float], str]) -> str:
    """Return a mark and a whisker for each value, on a logarithmic axis; `tick` says a value of the axis in words."""
    wide = width == WIDE
    left, right, top = (270, width - 130, 26) if wide else (6, width - 12, 26)
    step = 24 if wide else 40
    scale = log_scale([end for row in rows for end in (row.low, row.value, row.high)], left, right, 1.1)
    height = top + step * len(rows) + 6
    ticks = scale.ticks()
    parts = [grid(map(scale.at, ticks), (), (left, right, top, height - 4))]
    parts.append(words_at([(scale.at(one), top - 8, tick(one)) for one in ticks], "tm"))
    for n, row in enumerate(rows):
        y = top + step * n + (12 if wide else 28)
        low, high = scale.at(row.low), scale.at(row.high)
        parts.append(text(0, y + 4 if wide else y - 12, short(row.label, 41)))
        parts.append(f'<path class="w" d="M{low:g} {y:g}H{high:g}M{low:g} {y - 4:g}v8M{high:g} {y - 4:g}v8"/>')
        parts.append(marker(scale.at(row.value), y, row.kind, 5, row=row.row))
        x, at = (width, y + 4) if wide else (width, y - 12)
        parts.append(text(x, at, row.words, "n"))
    return svg(width, height, label, parts)


@dataclass(frozen=True, slots=True)
class Strip:
    """Ratios of one sort: each with its row in the table of the chart, how far off they are on average, and in words.

    `other` says which of the two plain marks they have.
    """

    label: str
    ratios: tuple[tuple[float, int], ...]
    off: float
    words: str
    other: int


TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Values of an axis of ratios; every other one is left out where there is little room."""


def strips(rows: Sequence[Strip], *, width: int, label: str, title: str) -> str:
    """Return ratios about 1, a strip for each sort; dashes stand the average error of a strip on both sides of 1.

    Marks that would cover one another stand at three heights.
    """
    wide = width == WIDE
    left, right, top = (196, width - 136, 26) if wide else (6, width - 12, 26)
    step = 40 if wide else 57
    scale = log_scale([ratio for row in rows for ratio, _ in row.ratios], left, right, 1.06)
    height = top + step * len(rows) + 30
    ticks = [one for one in TICKS[0 if wide else 1 :: 1 if wide else 2] if scale.low <= one <= scale.high]
    frame = (left, right, top, height - 26)
    parts = [grid([scale.at(one) for one in ticks if one != 1], (), frame)]
    parts.append(words_at([(scale.at(one), top - 8, f"{number(one)}×") for one in ticks], "tm"))
    dashes, marks = "", {0: ("", ""), 1: ("", "")}
    for n, row in enumerate(rows):
        y = top + step * n + (step / 2 if wide else 39)
        parts += [
            text(0, y + 4 if wide else y - 21, row.label, "b"),
            text(width, y + 4 if wide else y - 21, row.words, "n"),
        ]
        ends = [scale.at(end) for end in (1 - row.off, 1 + row.off) if scale.low <= end <= scale.high]
        dashes += "".join(f"M{end:g} {y - 15:g}v30" for end in ends)
        last = [-math.inf] * 3
        for ratio, place in sorted(row.ratios):
            x = round(scale.at(ratio))
            at = max(range(3), key=lambda one: (min(x - last[one], 11), -one))
            last[at] = x
            d, names = marks[row.other]
            marks[row.other] = (f"{d} {x} {y + (0, -10, 10)[at]:g}", f"{names} {place}")
    one = scale.at(1)
    parts.append(f'<path class="axis" d="M{one:g} {top}V{height - 26}"/>')
    if dashes:
        parts.append(f'<path class="even" d="{dashes}"/>')
    parts += [f'<path class="m{n}" data-r="{r[1:]}" d="M{d[1:]}"/>' for n, (d, r) in marks.items() if d]
    parts.append(text((left + right) / 2, height - 6, title, "b tc"))
    return svg(width, height, label, parts)


__all__ = ["Ranged", "Strip", "ranges", "strips"]
