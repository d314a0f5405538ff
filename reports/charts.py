# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG: pure functions from plain numbers to text, each drawn for a wide page and for a narrow one.

Shape as well as colour tells items apart; no colour is named here, only the classes of the report's style sheet.
A chart is one image to a screen reader: its caption and the table below it say the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chipgauge.reports.markup import escape, short
from chipgauge.reports.text import number

WIDE, NARROW = 760, 340
KINDS = 6
"""So many shapes and colours; the seventh item looks like the first and is told apart by its label."""


Frame = tuple[float, float, float, float]
"""A rectangle: left, right, top, bottom."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One ratio: whose it is (`kind` counts from 0), its value with range, or the word that stands in its place."""

    label: str
    kind: int
    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""
    spread: str = ""


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The ratios of one metric."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One part on a map, with the range of each coordinate; `kind` is None for one that is not compared."""

    label: str
    x: float
    y: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    kind: int | None = None
    other: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the plane: each end is open where it is None; a lower end belongs to the box, an upper end does not."""

    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the box."""
        ends = ((self.x_low, self.x_high, x), (self.y_low, self.y_high, y))
        return all((low is None or low <= at) and (high is None or at < high) for low, high, at in ends)


@dataclass(frozen=True, slots=True)
class Region:
    """What a rule covers: any of its boxes, but for those of the rule that comes first."""

    label: str
    boxes: tuple[Box, ...]
    without: tuple[Box, ...] = ()

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the region."""
        return any(box.holds(x, y) for box in self.boxes) and not any(box.holds(x, y) for box in self.without)


@dataclass(frozen=True, slots=True)
class Scale:
    """A logarithmic axis from the values `low` to `high` on the positions `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the position of a value, kept within the axis.

        >>> Scale(1, 100, 0, 200).at(10)
        100.0
        """
        part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return round(self.start + min(part, 1.0) * (self.end - self.start), 1)

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
    return Scale(low, high, start, end)


def svg(width: int, height: float, label: str, parts: Sequence[str]) -> str:
    """Return a chart: one image with a name; which of the two widths is shown is a matter of the style sheet."""
    kind = "wide" if width == WIDE else "narrow"
    box = f'viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}"'
    return f'<svg class="{kind}" {box} role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """Return a text; `anchor` is `middle` or `end`."""
    more = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a line."""
    return f'<path class="{kind}" d="M{x1:g} {y1:g}L{x2:g} {y2:g}"/>'


def marker(x: float, y: float, kind: int, size: float = 5, title: str = "") -> str:
    """Return the mark of an item: a shape and a colour of its own."""
    s, t = size, round(size * 1.2, 1)
    paths = (
        f"M{x - s:g} {y:g}a{s:g} {s:g} 0 1 0 {2 * s:g} 0a{s:g} {s:g} 0 1 0 {-2 * s:g} 0z",  # circle
        f"M{x - s:g} {y - s:g}h{2 * s:g}v{2 * s:g}h{-2 * s:g}z",  # square
        f"M{x:g} {y - t:g}l{t:g} {t:g}l{-t:g} {t:g}l{-t:g} {-t:g}z",  # diamond
        f"M{x:g} {y - t:g}l{t:g} {round(1.8 * t, 1):g}h{-2 * t:g}z",  # triangle
        f"M{x:g} {y + t:g}l{t:g} {round(-1.8 * t, 1):g}h{-2 * t:g}z",  # triangle, point down
        f"M{x - s:g} {y - s / 2:g}h{2 * s:g}v{s:g}h{-2 * s:g}z",  # bar
    )
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<path class="k{kind % KINDS}" d="{paths[kind % KINDS]}">{inside}</path>'


def cross(x: float, y: float, other: int, title: str) -> str:
    """Return the mark of a part that is on the map but not compared: `+`, or `x` for the second maker."""
    d = f"M{x - 4:g} {y:g}h8M{x:g} {y - 4:g}v8" if other == 0 else f"M{x - 3:g} {y - 3:g}l6 6m0 -6l-6 6"
    return f'<path class="o" d="{d}"><title>{escape(title)}</title></path>'


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
    parts = [line(scale.at(tick), top, scale.at(tick), height - 4, "g") for tick in scale.ticks() if tick != 1]
    shown = (
        scale.ticks()
        if wide
        else [tick for tick in scale.ticks() if math.log10(tick).is_integer() or len(scale.ticks()) < 6]
    )
    parts += [text(scale.at(tick), top - 8, f"{number(tick)}×", "t", "middle") for tick in shown if tick != 1]
    parts += [line(one, top, one, height - 4, "axis"), text(one, top - 8, "1×", "t b", "middle")]
    y = float(top)
    for group in groups:
        y += head
        parts.append(text(0, y - 9, group.title, "b"))
        for bar in group.bars:
            parts += _bar(bar, y, scale, right, wide)
            y += step
    return svg(width, height, f"{label} Baseline: {baseline}.", parts)


def _bar(bar: Bar, y: float, scale: Scale, right: float, wide: bool) -> list[str]:
    middle, one = y + 5, scale.at(1)
    parts = [text(14, y + 9, short(bar.label, 20 if wide else 14)), marker(5, middle, bar.kind, 4)]
    if bar.value is None or bar.value <= 0:
        return [*parts, text(one + 8, y + 9, bar.text, "t")]
    end = scale.at(bar.value)
    x, width = min(one, end), max(abs(end - one), 1)
    parts.append(f'<rect class="k{bar.kind % KINDS} bar" x="{x:g}" y="{y:g}" width="{width:g}" height="10"/>')
    if bar.spread and bar.low and bar.high:
        low, high = scale.at(bar.low), scale.at(bar.high)
        ends = f"M{low:g} {middle:g}H{high:g}M{low:g} {y - 2:g}v14M{high:g} {y - 2:g}v14"
        parts.append(f'<path class="w" d="{ends}"/>')
    parts.append(text(right + 58, y + 9, f"{bar.text}×", "n", "end"))
    if wide and bar.spread:
        parts.append(text(right + 68, y + 9, bar.spread, "t"))
    return parts


# --- a map with regions ------------------------------------------------------------------------------------------


def threshold_map(
    points: Sequence[Point], regions: Sequence[Region], *, width: int, label: str, x_title: str, y_title: str
) -> str:
    """Return a map of parts over the regions of the rules, both axes logarithmic."""
    wide = width == WIDE
    height = 460 if wide else 380
    left, right, top, bottom = (58, width - 12, 16, height - 46) if wide else (40, width - 6, 16, height - 44)
    ends = [
        end for region in regions for box in region.boxes for end in ((box.x_low, box.x_high), (box.y_low, box.y_high))
    ]
    x_values = [*(v for p in points for v in p.x_range), *(v for pair in ends[::2] for v in pair if v)]
    y_values = [*(v for p in points for v in p.y_range), *(v for pair in ends[1::2] for v in pair if v)]
    x, y = log_scale(x_values, left, right, 1.5), log_scale(y_values, bottom, top, 1.6)
    areas = [_region(region, index, x, y) for index, region in enumerate(regions)]
    parts = [part for fill, _ in areas for part in fill]
    parts += [line(x.at(tick), top, x.at(tick), bottom, "g") for tick in x.ticks()]
    parts += [line(left, y.at(tick), right, y.at(tick), "g") for tick in y.ticks()]
    x_shown = x.ticks() if wide else [tick for tick in x.ticks() if str(tick)[0] != "2" or len(x.ticks()) < 6]
    parts += [text(x.at(tick), bottom + 17, number(tick), "t", "middle") for tick in x_shown]
    parts += [text(left - 7, y.at(tick) + 4, number(tick), "t", "end") for tick in y.ticks()]
    parts += [f'<path class="axis" d="M{left} {top}V{bottom}H{right}"/>']
    parts += [text((left + right) / 2, height - 8, x_title, "b", "middle"), text(2, 11, y_title, "b")]
    plain = [point for point in points if point.kind is None]
    parts += [cross(x.at(p.x), y.at(p.y), p.other, p.label) for p in plain]
    drawn, taken = _compared([p for p in points if p.kind is not None], plain, x, y, (left, right, top, bottom), wide)
    taken += [(x.at(p.x) - 5, x.at(p.x) + 5, y.at(p.y) - 5, y.at(p.y) + 5) for p in plain]
    for index, (region, (_, cells)) in enumerate(zip(regions, areas, strict=True)):
        parts += _region_name(region.label, index, cells, taken)
    parts += drawn
    return svg(width, height, label, parts)


def _region(region: Region, index: int, x: Scale, y: Scale) -> tuple[list[str], list[Frame]]:
    """Return the area of a region with its outline, and the rectangles it is made of."""
    boxes = region.boxes + region.without
    xs = sorted({x.low, x.high, *(e for b in boxes for e in (b.x_low, b.x_high) if e and x.low < e < x.high)})
    ys = sorted({y.low, y.high, *(e for b in boxes for e in (b.y_low, b.y_high) if e and y.low < e < y.high)})
    across, up = list(pairwise(xs)), list(pairwise(ys))
    inside = {
        (i, j)
        for i, (x0, x1) in enumerate(across)
        for j, (y0, y1) in enumerate(up)
        if region.holds(math.sqrt(x0 * x1), math.sqrt(y0 * y1))
    }
    area: list[str] = []
    edge: list[str] = []
    cells: list[Frame] = []
    for i, j in sorted(inside):
        (left, right), (low, high) = (tuple(map(x.at, across[i])), tuple(map(y.at, up[j])))
        area.append(f"M{left:g} {low:g}H{right:g}V{high:g}H{left:g}z")
        cells.append((left, right, high, low))
        if i and (i - 1, j) not in inside:
            edge.append(f"M{left:g} {low:g}V{high:g}")
        if i + 1 < len(across) and (i + 1, j) not in inside:
            edge.append(f"M{right:g} {low:g}V{high:g}")
        if j and (i, j - 1) not in inside:
            edge.append(f"M{left:g} {low:g}H{right:g}")
        if j + 1 < len(up) and (i, j + 1) not in inside:
            edge.append(f"M{left:g} {high:g}H{right:g}")
    kind = f"r{index % 2}"
    return [f'<path class="{kind}" d="{"".join(area)}"/>', f'<path class="{kind}e" d="{"".join(edge)}"/>'], cells


def _region_name(words: str, index: int, cells: Sequence[Frame], taken: Sequence[Frame]) -> list[str]:
    """Return the name of a region in a corner of one of its rectangles where it covers nothing; the largest first."""
    width = len(words) * 7.8
    spots: list[tuple[bool, float, int, float, float]] = []
    for left, right, top, bottom in cells:
        for n, (x, y) in enumerate(((left + 8, top + 17), (left + 8, bottom - 8), (right - width - 6, bottom - 8))):
            box = (x, x + width, y - 12, y + 3)
            hidden = any(_overlap(box, other) for other in taken) or right - left < width + 8 or bottom - top < 18
            spots.append((hidden, -(right - left) * (bottom - top), n, x, y))
    return [text(*min(spots)[3:], words, f"b r{index % 2}t")] if spots else []


def _compared(
    points: Sequence[Point], plain: Sequence[Point], x: Scale, y: Scale, frame: Frame, wide: bool
) -> tuple[list[str], list[Frame]]:
    """Return the compared parts with their ranges and labels; parts in one place share a label."""
    groups: dict[tuple[float, float], list[Point]] = {}
    for point in points:
        groups.setdefault((x.at(point.x), y.at(point.y)), []).append(point)
    taken = [(px - 7, px + 7, py - 7, py + 7) for px, py in groups]
    parts: list[str] = []
    for (px, py), group in groups.items():
        for point in group:
            (x0, x1), (y0, y1) = (map(x.at, point.x_range), map(y.at, point.y_range))
            if x1 - x0 >= 1 or y0 - y1 >= 1:
                parts.append(f'<path class="w" d="M{x0:g} {py:g}H{x1:g}M{px:g} {y0:g}V{y1:g}"/>')
        shift = -4.0 * (len(group) - 1)
        for n, point in enumerate(group):
            parts.append(marker(px + shift + 8 * n, py, point.kind or 0, 5 if len(group) == 1 else 4.5, point.label))
    others = [(x.at(p.x) - 4, x.at(p.x) + 4, y.at(p.y) - 4, y.at(p.y) + 4) for p in plain]
    for (px, py), group in groups.items():
        lines = [short(point.label, 24 if wide else 16) for point in group]
        size = (max(map(len, lines)) * 7.5, 15.0 * len(lines))
        box, anchor = _free_place(px, py, size, 5 + 4 * len(group), frame, taken, others)
        taken.append(box)
        at = box[0] if anchor == "" else box[1]
        parts += [text(at, box[2] + 12 + 15 * n, words, "l", anchor) for n, words in enumerate(lines)]
    return parts, taken


def _free_place(
    px: float,
    py: float,
    size: tuple[float, float],
    away: float,
    frame: Frame,
    taken: Sequence[Frame],
    others: Sequence[Frame],
) -> tuple[Frame, str]:
    """Return the first place around a point where a label covers no other label and the fewest other parts."""
    w, h = size
    left, right, top, bottom = frame
    places: list[tuple[float, int, Frame, str]] = []
    spots = [(away, -h / 2, ""), (-away - w, -h / 2, "end"), (away - 4, -h - 5, ""), (away - 4, 5, ""),
             (-away - w + 4, -h - 5, "end"), (-away - w + 4, 5, "end"), (away, -h - 30, ""), (-away - w, 30, "end")]  # fmt: skip
    for n, (dx, dy, anchor) in enumerate(spots):
        box = (px + dx, px + dx + w, py + dy, py + dy + h)
        cost = 10 * sum(_overlap(box, other) for other in taken) + sum(_overlap(box, other) for other in others)
        cost += 100 * (box[0] < left or box[1] > right or box[2] < top or box[3] > bottom)
        places.append((cost, n, box, anchor))
    _, _, box, anchor = min(places)
    return box, anchor


def _overlap(a: Frame, b: Frame) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]
