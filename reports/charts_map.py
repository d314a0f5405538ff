# SPDX-License-Identifier: Apache-2.0
"""A map of parts over the regions of rules, as SVG: two logarithmic axes, labels that cover nothing, layers by date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chipgauge.reports.charts import WIDE, Frame, Scale, grid, log_scale, marker, svg, text, words_at
from chipgauge.reports.markup import escape, short
from chipgauge.reports.text import number


@dataclass(frozen=True, slots=True)
class Point:
    """One part on a map, with the range of each coordinate; `kind` is None for one that is not compared.

    `row` is its row in the table of the chart.
    """

    label: str
    x: float
    y: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    kind: int | None = None
    other: int = 0
    row: int = 0


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

    def within(self, other: Box) -> Box | None:
        """Return what two boxes have in common, if they do."""
        lows = [
            max((e for e in pair if e is not None), default=None)
            for pair in ((self.x_low, other.x_low), (self.y_low, other.y_low))
        ]
        highs = [
            min((e for e in pair if e is not None), default=None)
            for pair in ((self.x_high, other.x_high), (self.y_high, other.y_high))
        ]
        if any(low is not None and high is not None and low >= high for low, high in zip(lows, highs, strict=True)):
            return None
        return Box(lows[0], highs[0], lows[1], highs[1])


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
class Layer:
    """The regions from a day on, with what the map shows then; `shown` is the layer of the report's own date."""

    since: str
    regions: tuple[Region, ...]
    finding: str = ""
    shown: bool = True


def threshold_map(
    points: Sequence[Point],
    layers: Sequence[Layer],
    *,
    width: int,
    label: str,
    x_title: str,
    y_title: str,
    axes: tuple[str, str] = ("", ""),
) -> str:
    """Return a map of parts over the regions of the rules, both axes logarithmic; `axes` names the two metrics."""
    wide = width == WIDE
    height = 460 if wide else 380
    right, top, bottom = (width - 12, 24, height - 46) if wide else (width - 6, 24, height - 44)
    boxes = [box for layer in layers for region in layer.regions for box in region.boxes]
    x_values = [*(v for p in points for v in p.x_range), *(v for box in boxes for v in (box.x_low, box.x_high) if v)]
    y_values = [*(v for p in points for v in p.y_range), *(v for box in boxes for v in (box.y_low, box.y_high) if v)]
    y = log_scale(y_values, bottom, top, 1.6)
    left = 14 + math.ceil(7.5 * max(len(number(tick)) for tick in [1.0, *y.ticks()]))
    x = log_scale(x_values, left, right, 1.5)
    areas = [[_region(region, n, x, y) for n, region in enumerate(layer.regions)] for layer in layers]
    parts = [
        _layer(layer, "".join(part for fill, _ in area for part in fill))
        for layer, area in zip(layers, areas, strict=True)
    ]
    parts.append(grid(map(x.at, x.ticks()), map(y.at, y.ticks()), (left, right, top, bottom)))
    x_shown = x.ticks() if wide else [tick for tick in x.ticks() if str(tick)[0] != "2" or len(x.ticks()) < 6]
    parts.append(words_at([(x.at(tick), bottom + 17, number(tick)) for tick in x_shown], "tm"))
    parts.append(words_at([(left - 7, y.at(tick) + 4, number(tick)) for tick in y.ticks()], "te"))
    parts += [f'<path class="axis" d="M{left:g} {top}V{bottom}H{right}"/>']
    parts += [text((left + right) / 2, height - 8, x_title, "b", "middle"), text(2, 12, y_title, "b")]
    plain = [(point, x.at(point.x), y.at(point.y)) for point in points if point.kind is None]
    parts += _plain(plain)
    others = [(px - 4, px + 4, py - 4, py + 4) for _, px, py in plain]
    drawn, taken = _compared([p for p in points if p.kind is not None], others, x, y, (left, right, top, bottom), wide)
    taken += [(px - 5, px + 5, py - 5, py + 5) for _, px, py in plain]
    for layer, area in zip(layers, areas, strict=True):
        names = [
            _region_name(r.label, n, cells, taken)
            for n, (r, (_, cells)) in enumerate(zip(layer.regions, area, strict=True))
        ]
        parts.append(_layer(layer, "".join(part for name in names for part in name)))
    parts += drawn
    ends = {
        axis: f"{name} {s.low!r} {s.high!r} {s.start:g} {s.end:g}"
        for axis, name, s in zip("xy", axes, (x, y), strict=True)
    }
    return svg(width, height, label, parts, **ends)


def _layer(layer: Layer, inside: str) -> str:
    if not inside:
        return ""
    return f'<g class="layer{"" if layer.shown else " off"}" data-on="{escape(layer.since)}">{inside}</g>'


def _plain(points: Sequence[tuple[Point, float, float]]) -> list[str]:
    """Return the parts that are not compared, one path for each sort, its corners marked `+`, or `x` for other makers.

    A corner of the path is a part; `data-r` says which row of the chart's table it is. The two marks are drawn once, in
    the frame of the page, and the style sheet puts them on the corners.
    """
    parts: list[str] = []
    for other in (0, 1):
        chosen = [row for row in points if row[0].other == other]
        if chosen:
            d = " ".join(f"{px:.0f} {py:.0f}" for _, px, py in chosen)
            rows = " ".join(str(point.row) for point, _, _ in chosen)
            parts.append(f'<path class="m{other}" data-r="{rows}" d="M{d}"/>')
    return parts


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
    """Return the name of a region in a corner of one of its rectangles where it covers nothing; the largest first.

    A name that is wider than every rectangle is left to the caption and the date control.
    """
    width = len(words) * 7.2
    spots: list[tuple[bool, float, int, float, float]] = []
    for left, right, top, bottom in cells:
        if right - left < width + 8 or bottom - top < 18:
            continue
        for n, (x, y) in enumerate(((left + 8, top + 17), (left + 8, bottom - 8), (right - width - 6, bottom - 8))):
            box = (x, x + width, y - 12, y + 3)
            hidden = any(_overlap(box, other) for other in taken)
            spots.append((hidden, -(right - left) * (bottom - top), n, x, y))
    if not spots:
        return []
    *_, x, y = min(spots)
    return [text(round(x), round(y), words, f"b r{index % 2}t")]


def _compared(
    points: Sequence[Point], others: Sequence[Frame], x: Scale, y: Scale, frame: Frame, wide: bool
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
            radius = 5 if len(group) == 1 else 4
            parts.append(marker(px + shift + 8 * n, py, point.kind or 0, radius, row=point.row))
    for (px, py), group in groups.items():
        lines = [short(point.label, 24 if wide else 16) for point in group]
        size = (math.ceil(max(map(len, lines)) * 7.5), 15.0 * len(lines))
        box, anchor = _free_place(px, py, size, 5 + 4 * len(group), frame, taken, others)
        taken.append(box)
        at = round(box[0] if anchor == "" else box[1])
        parts += [text(at, round(box[2] + 12 + 15 * n), words, "l", anchor) for n, words in enumerate(lines)]
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
