# SPDX-License-Identifier: Apache-2.0
"""What if: the assumptions that a reader may move, and lines that may be laid elsewhere.

Every slider is a leaf of the page; what follows from it is computed anew by the same formulas. A line asks how many
chips of the tables stand at or above a limit of a rule, were it another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import combinations, pairwise

from chipgauge.calc.equivalent import Equivalence
from chipgauge.calc.quantity import quantity
from chipgauge.reports import text
from chipgauge.reports.entries import Num, brief, pretty
from chipgauge.reports.plots_map import METRICS, compared_chips, mapped_rules
from chipgauge.reports.section import Assumption, Section, Sheet
from chipgauge.reports.spoken import rule_label
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import find, in_sentence
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_unit, parse_value

DISPUTED, PRICES, POWER = "Where sources differ", "Prices and exchange", "Power"
GROUPS = (DISPUTED, PRICES, POWER)
STEPS = 30
"""A slider has at least so many steps."""


@dataclass(frozen=True, slots=True)
class Slider:
    """One leaf that may be moved, in its printed unit; `spread` is the range of its sources."""

    node: str
    title: str
    num: Num
    unit: str
    least: str
    most: str
    step: str
    value: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a compared chip stands to a line: its value and its distance."""

    name: str
    kind: int
    num: Num
    distance: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One limit that may be laid elsewhere: which rule it is from, and who stands where."""

    metric: str
    title: str
    rule: str
    unit: str
    least: str
    most: str
    step: str
    value: str
    shown: str
    above: int
    known: int
    rows: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The sliders by group, the lines, the values that the lines count, and by node the value that stands to a line."""

    groups: tuple[tuple[str, tuple[Slider, ...]], ...]
    lines: tuple[Line, ...]
    values: dict[str, list[float]]
    fixed: dict[str, float]

    @property
    def breaks(self) -> tuple[int, ...]:
        """The groups and lines, counted together from 0, that begin a column of the panel.

        Columns of a style sheet would be laid out anew, all of them, at every move of a slider.
        """
        heights = [2 + 3 * len(sliders) for _, sliders in self.groups] + [7 + len(line.rows) for line in self.lines]
        return columns(heights)


def show(sheet: Sheet) -> Assumptions | None:
    """Return the panel: what other sections offer, the disputed leaves, prices, the exchange rate, power."""
    figures = [
        figure for row in sheet.report.comparison.rows for figure in (*row.values.values(), *row.ratios.values())
    ]
    matched: tuple[Equivalence, ...] = sheet.report.results.get("equal", ())
    figures += [figure for one in matched for figure in (one.count, one.capex_ratio, one.power_ratio)]
    _offer(sheet, figures)
    groups: dict[str, list[Slider]] = {name: [] for name in GROUPS}
    for one in sheet.assumptions.values():
        groups.setdefault(one.group, []).append(_slider(one, sheet))
    values = {metric: _values(metric, sheet) for metric in METRICS}
    lines = tuple(line for metric in METRICS for line in _lines(metric, sheet, values[metric]))
    shown = tuple((name, tuple(sliders)) for name, sliders in groups.items() if sliders)
    fixed = {row.num.href[1:]: row.value for line in lines for row in line.rows if row.value is not None}
    return Assumptions(shown, lines, values, fixed) if shown or lines else None


def columns(heights: Sequence[int], most: int = 3) -> tuple[int, ...]:
    """Return where to cut a row of boxes into at most so many columns, in order, so that the highest is least high.

    >>> columns([3, 1, 1, 1, 2, 2]), columns([1])
    ((1, 4), ())
    """
    ways = combinations(range(1, len(heights)), min(most, len(heights)) - 1)
    return min(ways, key=lambda way: max(sum(heights[a:b]) for a, b in pairwise((0, *way, len(heights)))))


def _offer(sheet: Sheet, figures: Iterable[Figure]) -> None:
    """Offer a slider for every price, rate and power under some known figures, and for every leaf with a range."""
    leaves = {leaf.key: leaf for figure in figures if figure.known for leaf in figure.leaves()}
    for leaf in leaves.values():
        if not isinstance(leaf.value, float) or leaf.name == "offer.spread":
            continue
        low, high = (leaf.in_unit(end) or 0.0 for end in leaf.leaf_range or (leaf.number, leaf.number))
        value = leaf.in_unit(leaf.number) or 0.0
        if leaf.name.startswith("price"):
            sheet.assume(leaf, value / 2, value * 2, PRICES)
        elif leaf.name.startswith("exchange"):
            sheet.assume(leaf, value * 0.8, value * 1.2, PRICES)
        elif leaf.name.startswith("power"):
            sheet.assume(leaf, min(low, value * 0.7), max(high, value * 1.3), POWER)
        elif low < high:
            room = (high - low) / 2
            sheet.assume(leaf, max(low - room, low / 2), high + room, DISPUTED)


def _slider(one: Assumption, sheet: Sheet) -> Slider:
    leaf = one.leaf
    num = sheet.ledger.num(leaf)
    # twelve digits: what a conversion of units adds in the last ones is no value that a slider could stand on
    least, most, step, value = grid(
        *(float(f"{end:.12g}") for end in (leaf.in_unit(leaf.number) or 0.0, one.least, one.most))
    )
    return Slider(num.href, sheet.ledger.title(leaf), num, num.unit, least, most, step, value)


def grid(value: float, least: float, most: float) -> tuple[str, str, str, str]:
    """Return least, most, step and value of a slider as decimals, so that the value lies on a step.

    >>> grid(752.0, 728.0, 824.0)
    ('728', '824', '1', '752')
    >>> grid(7.32, 5.856, 8.784)
    ('5.85', '8.79', '0.01', '7.32')
    >>> grid(0.25, 0.0, 0.5), grid(0.0, 0.0, 0.5)
    (('0', '0.5', '0.01', '0.25'), ('0', '0.5', '0.01', '0'))
    """
    exact = Decimal(repr(value)).normalize()
    step = Decimal(1).scaleb(int(exact.as_tuple().exponent))
    wide = Decimal(repr(most)) - Decimal(repr(least))
    while wide / step < STEPS:
        step = step / 10
    below = ((exact - Decimal(repr(least))) / step).to_integral_value(ROUND_CEILING)
    above = ((Decimal(repr(most)) - exact) / step).to_integral_value(ROUND_CEILING)
    low = exact - below * step
    if low < 0 or (low == 0 and least > 0):
        first = step if least > 0 else Decimal(0)
        low = exact - ((exact - first) / step).to_integral_value(ROUND_FLOOR) * step
    return (*(format(one.normalize(), "f") for one in (low, exact + above * step, step, exact)),)  # type: ignore[return-value]


# --- lines -------------------------------------------------------------------------------------------------------


def _values(metric: str, sheet: Sheet) -> list[float]:
    """Return the known values of a metric over every chip of the tables, in its printed unit, to ten digits."""
    catalog, on = sheet.report.catalog, sheet.report.on
    found = [
        quantity(metric, Subject(item), catalog=catalog, on=on)
        for item in catalog.items.values()
        if item.kind == "chip"
    ]
    known = (one.in_unit(one.number) or 0.0 for one in found if one.known and isinstance(one.value, float))
    return sorted(float(f"{value:.10g}") for value in known)


def _lines(metric: str, sheet: Sheet, values: list[float]) -> list[Line]:
    """Return the line of a metric: the highest limit that a rule in force draws on it."""
    report = sheet.report
    printed = parse_unit(find(metric).unit)
    limits = {
        (rule.kind != "classification", -parse_value(one.value)[0] * printed.denominator / printed.numerator, one.op in ("<", "<="), rule_label(rule), limb.citation)
        for rule in mapped_rules(report.catalog.rules()) if rule.in_force(report.on)
        for limb in rule.limbs for one in limb.all if one.metric == metric and one.op in (">", ">=", "<", "<=")
    }  # fmt: skip
    if not limits:
        return []
    _, below, _, rule, citation = min(limits)
    limit = -below
    most = max([limit * 2, *(value for value in values if value <= limit * 10)])
    least, top, step, value = _round_grid(limit, most)
    rows = tuple(_standing(metric, chip, kind, limit, sheet) for chip, kind in compared_chips(sheet).items())
    return [
        Line(
            metric, in_sentence(find(metric).title), citation if citation.startswith(rule) else f"{rule}, {citation}", pretty(printed.text), least, top, step, value,
            text.number(limit, 6), sum(one >= limit for one in values), len(values), rows,
        )
    ]  # fmt: skip


def _round_grid(limit: float, most: float) -> tuple[str, str, str, str]:
    step = Decimal(10) ** (math.floor(math.log10(limit)) - 2)
    exact = Decimal(repr(limit)).normalize()
    while exact % step:
        step = step / 10
    top = (Decimal(repr(most)) / step).to_integral_value(ROUND_CEILING) * step
    low = (exact / 4 / step).to_integral_value(ROUND_FLOOR) * step or step
    return (*(format(one.normalize(), "f") for one in (low, top, step, exact)),)  # type: ignore[return-value]


def _standing(metric: str, chip: str, kind: int, limit: float, sheet: Sheet) -> Standing:
    report = sheet.report
    item = report.catalog.items[chip]
    figure = quantity(metric, Subject(item), catalog=report.catalog, on=report.on)
    value = figure.in_unit(figure.number) if figure.known else None
    words = figure.state if value is None else distance(value, limit)
    return Standing(brief(item.name), kind, sheet.ledger.num(figure), words, value)


def distance(value: float, limit: float) -> str:
    """Return on which side of a line a value stands, and how far from it.

    >>> distance(2368.0, 2400.0), distance(4800.0, 4800.0), distance(15832.0, 4800.0)
    ('1.33% below', 'on the line', '230% above')
    """
    if value == limit:
        return "on the line"
    shown = text.number(abs(value / limit - 1) * 100, 3)
    return f"{shown}% {'above' if value > limit else 'below'}"


SECTION = Section("assumptions", "What if", show, late=True)
