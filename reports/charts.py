# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG: pure functions from plain numbers to text, each drawn for a wide page and for a narrow one.

Shape as well as colour tells items apart; no colour is named here, only the classes of the report's style sheet.
A chart is one image to a screen reader: its caption and the table below it say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chipgauge.reports.markup import escape, short
from chipgauge.reports.text import number

WIDE, NARROW = 760, 340
KINDS = 6
"""So many shapes and colours; the seventh item looks like the first and is told apart by its label."""


Frame = tuple[float, float, float, float]
"""A rectangle: left, right, top, bottom."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One ratio: whose it is (`kind` counts from 0), its value with range, or the word that stands in its place.

    `node` is its entry in the ledger, by which the page's script moves the bar.
    """

    label: str
    kind: int
    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""
    spread: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The ratios of one metric."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """A logarithmic axis from the values `low` to `high` on the positions `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the position of a value, a whole number kept within the axis.

        >>> Scale(1, 100, 0, 200).at(10)
        100.0
        """
        part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return float(round(self.start + min(part, 1.0) * (self.end - self.start)))

    def ticks(self) -> list[float]:
        """Return round values: the decades, and 2 and 5 between them where there are few.

        >>> Scale(0.4, 9, 0, 1).ticks(), Scale(1, 2000, 0, 1).ticks()
        ([0.5, 1.0, 2.0, 5.0], [1.0, 10.0, 100.0, 1000.0])
        """
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        steps = (1, 2, 5) if math.log10(self.high / self.low) < 2.2 else (1,)
        values = [float(f"{step}e{power}") for power in decades for step in steps]
        return [value for value in values if self.low <= value <= self.high]


def log_scale(values: Iterable[float], start: float, end: float, margin: float = 1.15) -> Scale:
    """Return an axis that holds every value with some room at both ends."""
    held = [value for value in values if value > 0 and math.isfinite(value)] or [1.0]
    low, high = min(held) / margin, max(held) * margin
    if high / low < 2:
        low, high = low / 1.5, high * 1.5
    return Scale(float(f"{low:.5g}"), float(f"{high:.5g}"), start, end)


def svg(width: int, height: float, label: str, parts: Sequence[str], **data: str) -> str:
    """Return a chart: one image with a name; which of the two widths is shown is a matter of the style sheet.

    `data` become data attributes: what the page's script needs to move a part of the chart.
    """
    kind = "wide" if width == WIDE else "narrow"
    box = f'viewBox="0 0 {width} {height:g}"'
    more = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<svg class="{kind}" {box} role="img" aria-label="{escape(label)}"{more}>{"".join(parts)}</svg>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """Return a text; `anchor` is `middle` or `end`."""
    more = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    left = f' x="{x:g}"' if x else ""
    return f'<text{left} y="{y:g}"{more}>{escape(words)}</text>'


def grid(columns: Iterable[float], rows: Iterable[float], frame: Frame) -> str:
    """Return the lines of a grid in one path: upright at each of `columns`, level at each of `rows`."""
    left, right, top, bottom = frame
    lines = [f"M{x:g} {top:g}V{bottom:g}" for x in columns] + [f"M{left:g} {y:g}H{right:g}" for y in rows]
    return f'<path class="g" d="{"".join(lines)}"/>' if lines else ""


def words_at(places: Iterable[tuple[float, float, str]], kind: str) -> str:
    """Return texts of one class: `tm` are centred ticks, `te` ticks that end at their place."""
    inside = "".join(text(round(x), round(y), words) for x, y, words in places)
    return f'<g class="{kind}">{inside}</g>' if inside else ""


def marker(x: float, y: float, kind: int, size: float = 5, row: int | None = None) -> str:
    """Return the mark of an item: a shape and a colour of its own; `row` is its row in the table of the chart."""
    s, t = size, round(size * 1.2)
    paths = (
        f"M{x - s:g} {y:g}a{s:g} {s:g} 0 1 0 {2 * s:g} 0a{s:g} {s:g} 0 1 0 {-2 * s:g} 0z",  # circle
        f"M{x - s:g} {y - s:g}h{2 * s:g}v{2 * s:g}h{-2 * s:g}z",  # square
        f"M{x:g} {y - t:g}l{t:g} {t:g}{-t:g} {t:g}{-t:g}{-t:g}z",  # diamond
        f"M{x:g} {y - t:g}l{t:g} {round(1.8 * t)}h{-2 * t:g}z",  # triangle
        f"M{x:g} {y + t:g}l{t:g} {round(-1.8 * t)}h{-2 * t:g}z",  # triangle, point down
        f"M{x - s:g} {y - s / 2:g}h{2 * s:g}v{s:g}h{-2 * s:g}z",  # bar
    )
    at = "" if row is None else f' data-r="{row}"'
    return f'<path class="k{kind % KINDS}"{at} d="{paths[kind % KINDS]}"/>'


# --- ratios ------------------------------------------------------------------------------------------------------


def ratio_bars(groups: Sequence[BarGroup], *, width: int, label: str, baseline: str) -> str:
    """Return ratios to a baseline on a logarithmic axis: a bar from 1, a whisker over the range, the number beside it."""
    wide = width == WIDE
    left, right = (150, width - 172) if wide else (112, width - 62)
    step, head, top = 19, 27, 26
    held = [end for group in groups for bar in group.bars for end in (bar.value, bar.low, bar.high) if end]
    scale = log_scale([1.0, *held], left, right)
    height = top + sum(head + step * len(group.bars) for group in groups) + 10
    one = scale.at(1)
    parts = [grid([scale.at(tick) for tick in scale.ticks() if tick != 1], (), (left, right, top, height - 4))]
    shown = (
        scale.ticks()
        if wide
        else [tick for tick in scale.ticks() if math.log10(tick).is_integer() or len(scale.ticks()) < 6]
    )
    parts.append(words_at([(scale.at(tick), top - 8, f"{number(tick)}×") for tick in shown], "tm"))
    parts.append(f'<path class="axis" d="M{one:g} {top}V{height - 4:g}"/>')
    y = float(top)
    for group in groups:
        y += head
        parts.append(text(0, y - 9, group.title, "b"))
        for bar in group.bars:
            parts += _bar(bar, y, scale, right, wide)
            y += step
    ends = f"{scale.low!r} {scale.high!r} {left} {right}"
    return svg(width, height, f"{label}, over {baseline}", parts, bars=ends)


def _bar(bar: Bar, y: float, scale: Scale, right: float, wide: bool) -> list[str]:
    middle, one = y + 5, scale.at(1)
    parts = [text(14, y + 9, short(bar.label, 20 if wide else 15))]
    if bar.value is None or bar.value <= 0:
        return [*parts, text(one + 8, y + 9, bar.text, "t")]
    end = scale.at(bar.value)
    x, width = min(one, end), max(abs(end - one), 1)
    moving = [f'<rect class="k{bar.kind % KINDS}" x="{x:g}" y="{y:g}" width="{width:g}"/>']
    if bar.spread and bar.low and bar.high:
        low, high = scale.at(bar.low), scale.at(bar.high)
        ends = f"M{low:g} {middle:g}H{high:g}M{low:g} {y - 2:g}v14M{high:g} {y - 2:g}v14"
        moving.append(f'<path class="w" d="{ends}"/>')
    moving.append(text(right + 58, y + 9, f"{bar.text}×", "n"))
    if wide and bar.spread:
        moving.append(text(right + 68, y + 9, bar.spread, "t"))
    node = f' data-n="{bar.node}"' if bar.node else ""
    parts.append(f"<g{node}>{''.join(moving)}</g>")
    return parts
