# SPDX-License-Identifier: Apache-2.0
"""Lanes over time as SVG: what stands from one day to another, one lane for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chipgauge.reports.charts import WIDE, grid, marker, svg, text, words_at
from chipgauge.reports.markup import short

THICK = (2.0, 8.0, 14.0, 20.0, 20.0)
"""The thickness of a bar by its level: the stricter, the thicker, so that colour is not needed."""
LETTER = 6.7
"""The width of a letter, near enough to know which words have room."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From its first to its last day the same holds; `level` counts from 0, `row` is its row in the chart's table; of an `open` answer the bar is hollow."""

    since: str
    until: str
    level: int
    words: str
    row: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One item with its stretches in order."""

    label: str
    kind: int
    stretches: tuple[Stretch, ...]


def lanes(rows: Sequence[Lane], *, width: int, label: str, since: str, until: str) -> str:
    """Return the lanes from a day to another over an axis of years."""
    wide = width == WIDE
    left, right, top = (150, width - 6, 26) if wide else (4, width - 6, 26)
    step = 34 if wide else 52
    first, last = (date.fromisoformat(day).toordinal() for day in (since, until))

    def at(day: str) -> float:
        part = (date.fromisoformat(day).toordinal() - first) / max(last - first, 1)
        return round(left + min(max(part, 0.0), 1.0) * (right - left))

    height = top + step * len(rows) + 6
    years = [f"{year}-01-01" for year in range(date.fromisoformat(since).year, date.fromisoformat(until).year + 1)]
    shown = [day for day in years if since <= day <= until]
    parts = [grid(map(at, shown), (), (left, right, top, height - 4))]
    parts.append(words_at([(at(day) + 2, top - 8, day[:4]) for day in shown], "tl"))
    for n, lane in enumerate(rows):
        name_y = top + step * n + (20 if wide else 16)
        middle = top + step * n + (16 if wide else 34)
        parts += [
            marker(5 if wide else 9, name_y - 4, lane.kind, 4),
            text(14 if wide else 18, name_y, short(lane.label, 20 if wide else 40)),
        ]
        for one in lane.stretches:
            x, end, thick = at(one.since), at(one.until), THICK[one.level]
            parts.append(
                f'<path class="s{"o" if one.open else one.level}" data-r="{one.row}" d="M{x:g} {middle - thick / 2:g}h{max(end - x, 1):g}v{thick:g}H{x:g}z"/>'
            )
            words = next((some for some in _fitting(one.words) if (len(some) + 1) * LETTER < end - x), "")
            if words and thick >= 14:
                parts.append(text(x + 4, middle + 4, words))
    return svg(width, height, label, parts)


def _fitting(words: str) -> tuple[str, ...]:
    """Return words and what may stand for them where room is short: what is after their comma, what is before it.

    >>> _fitting("licence, by case")
    ('licence, by case', 'by case', 'licence')
    """
    first, _, last = words.partition(", ")
    return (words, last, first) if last else (words,)


__all__ = ["Lane", "Stretch", "lanes"]
