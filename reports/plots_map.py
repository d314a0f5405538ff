# SPDX-License-Identifier: Apache-2.0
"""The maps of a report: every chip of the tables over the regions that the rules cover, at each date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from markupsafe import Markup

from chipgauge.calc.law.outcome import RuleVerdict
from chipgauge.calc.law.timeline import day_after
from chipgauge.calc.quantity import quantity
from chipgauge.calc.thresholds import ItemVerdict
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_map import Box, Layer, Point, Region, threshold_map
from chipgauge.reports.entries import brief, pretty
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots import Chart, Cited, Datum, Day, chips_of, tag
from chipgauge.reports.section import Sheet
from chipgauge.reports.spoken import rule_label, rule_name
from chipgauge.specs.figure import TIE, Figure
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.rules import FAVOURABLE, Limb, Rule
from chipgauge.specs.rules import Comparison as Test
from chipgauge.specs.units import parse_unit, parse_value

DENSITY = ("tpp", "performance_density")
BANDWIDTH = ("tpp", "memory.bandwidth")
METRICS = ("tpp", "performance_density", "memory.bandwidth")
DRAWN = ("classification", "lane")
"""The kinds of rules that have a region."""
BEFORE = "0001-01-01"
"""The beginning of the first layer."""


class Place(NamedTuple):
    """A chip with the figures that place it, and the row of the table that holds them."""

    chip: Item
    figures: dict[str, Figure]
    row: int
    kind: int | None
    other: int


def map_charts(sheet: Sheet) -> list[Chart]:
    """Return the map of TPP against performance density and that of TPP against memory bandwidth; they share a table."""
    places, makers = _places(sheet)
    density = _chart(sheet, places, DENSITY, "map", "TPP against performance density")
    bandwidth = _chart(sheet, places, BANDWIDTH, "bandwidth", "TPP against memory bandwidth")
    on_map = {place.chip.id for place in places if _has(place, DENSITY)}
    lines = {
        region.label for region in _regions_on(mapped_rules(sheet.report.catalog.rules()), DENSITY, sheet.report.on)
    }
    nearest = [found for one in sheet.report.results["verdicts"] for found in _nearest(one, sheet, on_map, lines)]
    first = " ".join([*(words for _, words in sorted(nearest)[:1]), density.finding])
    days = tuple(replace(day, finding=first) if day.shown else day for day in density.days)
    header = (
        "Chip",
        "Peak that decides, TFLOP/s",
        "TPP",
        "Logic area, mm²",
        "TPP/mm²",
        "Memory bandwidth, GB/s",
        f"On {sheet.report.on}",
        "Sources",
    )
    rows = _rows(sheet, [place for place in places if place.kind is not None or _placed(place)])
    notes = (*_marks(makers), *_exclusions(sheet), *density.notes, *_left_out(places))
    density = replace(density, finding=first, days=days, header=header, rows=rows, notes=notes, tips=(2, 4, 6))
    return [density, replace(bandwidth, table="map", tips=(2, 5))]


def _places(sheet: Sheet) -> tuple[list[Place], list[str]]:
    catalog, on = sheet.report.catalog, sheet.report.on
    kinds = compared_chips(sheet)
    chips = [item for item in catalog.items.values() if item.kind == "chip"]
    makers = sorted({item.maker for item in chips}, key=lambda maker: (maker != "nvidia", maker))
    found = [
        Place(
            chip, {name: quantity(name, Subject(chip), catalog=catalog, on=on) for name in (*METRICS, "die.area")},
            0, kinds.get(chip.id), min(makers.index(chip.maker), 1),
        )
        for chip in chips
    ]  # fmt: skip
    found.sort(key=lambda place: (place.kind is None, not _placed(place), place.chip.name, place.chip.id))
    return [place._replace(row=row) for row, place in enumerate(found)], makers


def _placed(place: Place) -> bool:
    """Whether a chip has a place on one of the maps."""
    return any(_has(place, axes) for axes in (DENSITY, BANDWIDTH))


def _has(place: Place, axes: tuple[str, str]) -> bool:
    return all(one.known and one.number > 0 for one in (place.figures[name] for name in axes))


def compared_chips(sheet: Sheet) -> dict[str, int]:
    """Return the chips to single out with their kind of mark: those compared, and those inside the systems compared."""
    kinds: dict[str, int] = {}
    for kind, subject in enumerate(sheet.report.comparison.subjects):
        for chip in chips_of(subject.item, sheet.report.catalog, sheet.report.on):
            kinds.setdefault(chip.id, kind)
    return kinds


def _chart(sheet: Sheet, places: Sequence[Place], axes: tuple[str, str], name: str, title: str) -> Chart:
    catalog, on = sheet.report.catalog, sheet.report.on
    points = [point for place in places for point in [_point(place, axes)] if point]
    layers = layers_of(mapped_rules(catalog.rules()), axes, points, on)
    units = [pretty(find(metric).unit) for metric in axes]
    words = f"{title}, with the regions of the rules"
    titles = {
        "label": words,
        "x_title": "TPP",
        "y_title": f"{find(axes[1]).title}, {units[1]}",
    }
    drawn: list[Markup] = []
    tags = {subject.item.id: tag(subject) for subject in sheet.report.comparison.subjects if subject.count == 1}
    for width, names in ((WIDE, dict[str, str]()), (NARROW, tags)):
        named = [
            replace(point, label=names.get(point.label, brief(catalog.items[point.label].name))) for point in points
        ]
        drawn.append(Markup(threshold_map(named, layers, width=width, axes=axes, **titles)))
    keys = tuple(sorted((place.kind, brief(place.chip.name)) for place in places if place.kind is not None))
    days = tuple(Day(layer.since, _since(layer), layer.finding, layer.shown) for layer in layers)
    finding = next((layer.finding for layer in layers if layer.shown), "")
    notes = tuple(_unplaced(places, axes))
    return Chart(name, title, finding, drawn[0], drawn[1], keys, (), (), notes, days=days if len(days) > 1 else ())


def _point(place: Place, axes: tuple[str, str]) -> Point | None:
    if not _has(place, axes):
        return None
    x, y = (place.figures[name] for name in axes)
    return Point(
        place.chip.id, x.in_unit(x.number) or 0, y.in_unit(y.number) or 0, _ends(x), _ends(y),
        place.kind, place.other, place.row,
    )  # fmt: skip


def _ends(figure: Figure) -> tuple[float, float]:
    value = figure.in_unit(figure.number) or 0.0
    low, high = figure.in_unit(figure.low), figure.in_unit(figure.high)
    return (low or value, high or value)


def _unplaced(places: Sequence[Place], axes: tuple[str, str]) -> list[str]:
    """Return how many chips have no place here, and which figure they lack; the table shows which."""
    lacking = [0, 0]
    for place in places:
        x, y = (place.figures[name] for name in axes)
        if not (x.known and y.known):
            lacking[x.known] += 1
    reasons = [f"{find(name).noun} of {count}" for name, count in zip(axes, lacking, strict=True) if count]
    if not reasons:
        return []
    total = sum(lacking)
    verb = "is" if len(reasons) == 1 else "are"
    here = f"{text.counted(total, 'chip')} of {len(places)} {'has' if total == 1 else 'have'} no place on this map"
    return [f"{here}: the {text.joined(reasons)} {verb} unknown or absent."]


def _left_out(places: Sequence[Place]) -> list[str]:
    """Return the names of the chips that stand on neither map."""
    names = [brief(place.chip.name) for place in places if place.kind is None and not _placed(place)]
    return [
        f"On neither map and not in the table, for want of a TPP or of what it is set against: {', '.join(names)}."
    ] * bool(names)


# --- the table ---------------------------------------------------------------------------------------------------


def _rows(sheet: Sheet, places: Sequence[Place]) -> tuple[tuple[str, tuple[Datum, ...]], ...]:
    """Return a row for each chip: the compared ones lead to their derivations, of the others the row is the derivation."""
    regions = _regions_on(mapped_rules(sheet.report.catalog.rules()), DENSITY, sheet.report.on)
    return tuple((brief(place.chip.name), _row(place, regions, sheet.ledger)) for place in places)


def _row(place: Place, regions: Sequence[Region], ledger: Ledger) -> tuple[Datum, ...]:
    tpp, density, area, bandwidth = (
        place.figures[name] for name in ("tpp", "performance_density", "die.area", "memory.bandwidth")
    )
    where = _where(_point(place, DENSITY), regions)
    rate, label = _deciding(tpp)
    if place.kind is not None:
        peak = ledger.num(rate) if rate else ""
        peak = replace(peak, unit=label) if rate and not isinstance(peak, str) else peak
        nums = (ledger.num(one) for one in (tpp, area, density, bandwidth))
        return (peak, *(replace(num, unit="") for num in nums), where, "see each number")
    cited = [
        one
        for one in (
            rate,
            tpp if tpp.kind == "leaf" else None,
            area,
            density if density.kind == "leaf" else None,
            bandwidth,
        )
        if one is not None and one.known
    ]
    refs = dict.fromkeys(ref for one in cited for ref in ledger.cited(one))
    values = [_shown(rate, label) if rate else "", *map(_shown, (tpp, area, density, bandwidth))]
    return (*values, where, Cited("", tuple(refs)) if refs else "–")


def _deciding(tpp: Figure) -> tuple[Figure | None, str]:
    """Return the rate that decides a TPP and its format, where it follows from one."""
    won = tpp.winner.split(TIE)[0]
    mode = next((child for label, child in tpp.inputs if label == won), None)
    rate = next((child for label, child in mode.inputs if label == "rate"), None) if mode else None
    return rate, won.replace("_", " ").upper().replace("TENSOR", "tensor")


def _shown(figure: Figure, after: str = "") -> str:
    """Return a value with its range, or the word that stands in its place."""
    wide = text.spread(figure) if figure.known else ""
    return text.value(figure) + (f" ({wide})" if wide else "") + (f" {after}" if after else "")


def _where(point: Point | None, regions: Sequence[Region]) -> str:
    if point is None:
        return "not placed"
    inside = [region.label for region in regions if region.holds(point.x, point.y)]
    return text.joined(inside) if inside else "outside" if regions else "no region"


# --- regions -----------------------------------------------------------------------------------------------------


def mapped_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that a map may draw: lists that classify chips, and lanes that open them again."""
    return [rule for rule in rules if rule.kind in DRAWN and rule.item_class == "chip"]


def layers_of(rules: Sequence[Rule], axes: tuple[str, str], points: Sequence[Point], on: str) -> tuple[Layer, ...]:
    """Return the regions of the rules at every date on which they change, each with what it finds."""
    labels = {region.label for region in regions_of(rules, axes)}
    drawn = [rule for rule in rules if map_label(rule) in labels]
    days = {BEFORE} | {period.since for rule in drawn for period in rule.valid}
    days |= {day_after(period.until) for rule in drawn for period in rule.valid if period.until}
    made: list[Layer] = []
    for day in sorted(days):
        regions = tuple(_regions_on(drawn, axes, day))
        if not made or made[-1].regions != regions:
            made.append(Layer(day, regions, shown=False))
    last = max(n for n, layer in enumerate(made) if layer.since <= on or n == 0)
    return tuple(
        replace(
            layer,
            shown=n == last,
            finding=_finding(points, layer.regions, f"On {on}" if n == last else _when(layer)),
        )
        for n, layer in enumerate(made)
    )


def _regions_on(rules: Sequence[Rule], axes: tuple[str, str], on: str) -> list[Region]:
    return regions_of([rule for rule in rules if rule.in_force(on)], axes)


def regions_of(rules: Sequence[Rule], axes: tuple[str, str] = DENSITY) -> list[Region]:
    """Return what each rule covers of the plane of two metrics, read from its record.

    A limb that asks for another metric has no box here, and a rule without a box no region. A rule that softens others
    (a lane) covers only what they do; it comes last.
    """
    boxes = {rule.id: tuple(box for limb in rule.limbs for box in [_box(limb, axes)] if box) for rule in rules}
    for rule in rules:
        if rule.softens:
            under = [box for name in rule.softens for box in boxes.get(name, ())]
            boxes[rule.id] = tuple(
                both for one in boxes[rule.id] for box in under for both in [one.within(box)] if both
            )
    return [
        Region(map_label(rule), boxes[rule.id], tuple(box for name in rule.yields_to for box in boxes.get(name, ())))
        for rule in sorted(rules, key=lambda one: bool(one.softens))
        if boxes[rule.id]
    ]


def map_label(rule: Rule) -> str:
    """Return the name of a rule that fits on a map: `3A090.a`, else the first words of its title."""
    name = rule_label(rule).partition(" to ")[0].partition(" below ")[0]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _box(limb: Limb, axes: tuple[str, str]) -> Box | None:
    ends: dict[tuple[str, str], float] = {}
    for one in limb.all:
        if one.metric not in axes or one.op == "==":
            return None
        limit, printed = parse_value(one.value)[0], parse_unit(find(one.metric).unit)
        side = "low" if one.op in (">", ">=") else "high"
        ends[one.metric, side] = limit * printed.denominator / printed.numerator
    x, y = axes
    return Box(ends.get((x, "low")), ends.get((x, "high")), ends.get((y, "low")), ends.get((y, "high")))


def limit_words(one: Test) -> str:
    """Return the limit of a comparison of a rule as it is printed: `4,800 TPP`, or the word it asks for."""
    if one.metric in QUANTITIES and find(one.metric).kind != "number":
        return one.value
    value, _, unit = parse_value(one.value)
    return pretty(f"{text.number(value * unit.denominator / unit.numerator, 6)} {unit.text}".removesuffix(" 1"))


# --- words -------------------------------------------------------------------------------------------------------


def _when(layer: Layer) -> str:
    return "Before the first rule of this map" if layer.since == BEFORE else f"From {layer.since} on"


def _finding(points: Sequence[Point], regions: Sequence[Region], when: str) -> str:
    if not points:
        return "No chip is in the tables."
    if not regions:
        return f"{when}, no rule has a region on this map."  # one may stand that asks for another figure
    counts = [(region.label, sum(region.holds(p.x, p.y) for p in points)) for region in regions]
    outside = sum(not any(region.holds(p.x, p.y) for region in regions) for p in points)
    parts = [f"{count} {'lies' if count == 1 else 'lie'} in the region of {label}" for label, count in counts]
    parts.append(f"{outside} {'lies' if outside == 1 else 'lie'} outside")
    twice = "; regions overlap" if sum(count for _, count in counts) + outside > len(points) else ""
    return f"{when}, of {text.counted(len(points), 'chip')} on the map, {text.joined(parts)}{twice}."


def _since(layer: Layer) -> str:
    what = text.joined([region.label for region in layer.regions]) or "no region"
    return f"before: {what}" if layer.since == BEFORE else f"from {layer.since}: {what}"


def _nearest(one: ItemVerdict, sheet: Sheet, on_map: set[str], lines: set[str]) -> list[tuple[float, str]]:
    """Return how far the chips of an item are from the lines that decide, of those chips and lines that are drawn."""
    chips = {chip.id: chip for chip in chips_of(one.subject.item, sheet.report.catalog, sheet.report.on)}
    rows = [row for row in one.verdicts if row.chip in chips.keys() & on_map and map_label(row.rule) in lines]
    return [found for row in rows for found in _distance(chips[row.chip], row)]


def _distance(chip: Item, one: RuleVerdict) -> list[tuple[float, str]]:
    """Return how far a chip is from the line that decides, and the same in words."""
    mapped = mapped_rules([one.rule]) and one.verdict in ("crosses", "straddles", "below")
    reading = one.deciding if mapped else None
    if reading is None or reading.margin is None:
        return []
    margin = float(reading.margin)
    side = (
        "exactly on"
        if margin == 0
        else f"{text.margin(abs(reading.margin)).lstrip('+')} {'above' if margin > 0 else 'below'}"
    )
    name = text.capital(text.named(chip.name))
    limit = limit_words(reading.comparison)
    where, other = f"{side} the {limit} line of {rule_name(one.rule)}", "on its other side"
    if one.rule.kind in FAVOURABLE:  # to be within its limit is a relief, and no line is crossed
        places = ("inside", "outside") if reading.holds else ("outside", "inside")
        where, other = f"{places[0]} the lane {rule_name(one.rule)}, {side} its limit of {limit}", f"{places[1]} it"
    first = f" by the reading that law takes first, and {other} by another" if one.verdict == "straddles" else ""
    return [(abs(margin), f"{name} stands {where}{first}.")]


def _marks(makers: Sequence[str]) -> list[str]:
    rest = " A cross (×) is a chip of another maker." if len(makers) > 1 else ""
    first = (
        f"Labelled marks are the compared chips; a plus (+) is another chip of {makers[0].upper()}." if makers else ""
    )
    return [first + rest] if makers else []


def _exclusions(sheet: Sheet) -> list[str]:
    """Return what the regions cannot show: the exclusion of a rule, and the reading that law takes."""
    rules = [rule for rule in mapped_rules(sheet.report.catalog.rules()) if rule.in_force(sheet.report.on)]
    cites = dict.fromkeys(limb.citation for rule in rules for limb in rule.unless)
    notes = [f"The regions leave out an exclusion of the rules ({cite})." for cite in cites]
    if rules:
        notes.append(
            "Points stand at our TPP; law takes the maker's own where that is higher, so a verdict may differ from the place."
        )
        notes.append("A limb of a rule that asks for a figure that is on neither axis is not drawn.")
    notes.append(
        "In the table, TPP is the peak that decides times the bits of its format, over all formats of the chip; "
        "TPP/mm² is TPP over the logic area. Numbers in brackets are sources."
    )
    return notes
