# SPDX-License-Identifier: Apache-2.0
"""Two small charts as SVG: values with their ranges on one axis, and points about the line of equal values."""

from __future__ import annotations

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
        parts.append(text(0, y + 4 if wide else y - 12, short(row.label, 38)))
        parts.append(f'<path class="w" d="M{low:g} {y:g}H{high:g}M{low:g} {y - 4:g}v8M{high:g} {y - 4:g}v8"/>')
        parts.append(marker(scale.at(row.value), y, row.kind, 5, row=row.row))
        x, at = (width, y + 4) if wide else (width, y - 12)
        parts.append(text(x, at, row.words, "n"))
    return svg(width, height, label, parts)


@dataclass(frozen=True, slots=True)
class Pair:
    """What was measured and what was predicted; `row` is its row in the table of the chart."""

    measured: float
    predicted: float
    row: int


def scatter(pairs: Sequence[Pair], *, width: int, label: str, x_title: str, y_title: str, within: float) -> str:
    """Return the pairs about the line of equal values, both axes logarithmic; dashed lines are a factor `within` away."""
    wide = width == WIDE
    height = 420 if wide else 340
    left, right, top, bottom = 52, (560 if wide else width - 10), 24, height - 46
    held = [value for pair in pairs for value in (pair.measured, pair.predicted)]
    x, y = log_scale(held, left, right, 1.4), log_scale(held, bottom, top, 1.4)
    parts = [grid(map(x.at, x.ticks()), map(y.at, y.ticks()), (left, right, top, bottom))]
    parts.append(words_at([(x.at(one), bottom + 17, number(one)) for one in x.ticks()], "tm"))
    parts.append(words_at([(left - 7, y.at(one) + 4, number(one)) for one in y.ticks()], "te"))
    parts.append(f'<path class="axis" d="M{left} {bottom}L{right} {top}"/>')
    for factor in (within, 1 / within):
        low, high = max(x.low, x.low / factor), min(x.high, x.high / factor)
        ends = f"M{x.at(low):g} {y.at(low * factor):g}L{x.at(high):g} {y.at(high * factor):g}"
        parts.append(f'<path class="even" d="{ends}"/>')
    places = " ".join(f"{x.at(pair.measured):.0f} {y.at(pair.predicted):.0f}" for pair in pairs)
    rows = " ".join(str(pair.row) for pair in pairs)
    corners = ("start", "mid", "end") if len(pairs) > 1 else ("start",)
    marks = "".join(f' marker-{corner}="url(#o0)"' for corner in corners)
    parts.append(f'<path class="m0" data-r="{rows}" d="M{places}"{marks}/>')
    parts += [text((left + right) / 2, height - 8, x_title, "b tc"), text(2, 12, y_title, "b")]
    return svg(width, height, label, parts)


__all__ = ["Pair", "Ranged", "ranges", "scatter"]
