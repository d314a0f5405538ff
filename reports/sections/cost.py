# SPDX-License-Identifier: Apache-2.0
"""The cost of equal work: the fastest chip compared against the fastest of another maker, what drives it, where it flips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chipgauge.calc.compare import metric_title
from chipgauge.calc.cost_terms import TERMS
from chipgauge.calc.crossing import crossing
from chipgauge.calc.equal_work import EqualWork, headline_work
from chipgauge.calc.flips import ends as searched
from chipgauge.calc.graph import swing
from chipgauge.calc.ownership import Line as OwnLine
from chipgauge.calc.payers import PAYERS, WORK, premium
from chipgauge.calc.thresholds import ItemVerdict
from chipgauge.calc.utilisation import family
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_swing import Swing, tornado
from chipgauge.reports.entries import Num, brief, pretty
from chipgauge.reports.plots import Chart
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.figure import Figure

MOST_BARS = 8
GROUP = "Cost of equal work"
KINDS = {"mixture": "mixture of experts", "dense": "dense models"}
"""Kinds of models as the cases of a utilisation name them, in words."""
SITE = {"capex.per_power": "Construction of a site per power", "opex.per_power": "Staff of a site per power and year"}
"""What the cost of a site stands on, by country."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the cost, of both sides."""

    words: str
    original: Num
    build: Num
    ratio: Num | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What is paid at one time; where nothing is said of the time, what follows from it."""

    when: str
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """An input: the ratio with it alone at the ends of its range, and its value at which both cost the same.

    What follows from the ratio opens its entry; words stand where nothing follows.
    """

    title: str
    now: Num
    low: Num | str
    high: Num | str
    at: Num | str
    change: Num | str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, and the cost of equal work by what binds it."""

    words: str
    ratios: tuple[Num, ...]


@dataclass(frozen=True, slots=True)
class Payers:
    """The cost of equal work on one chip over another at published costs of a chip-hour."""

    chip: str
    against: str
    bounds: tuple[str, ...]
    rows: tuple[Payer, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of equal work, what drives it, where it flips, and who pays."""

    original: str
    build: str
    where: str
    finding: str
    lines: tuple[Lines, ...]
    chart: Chart | None
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]
    payers: tuple[Payers, ...]


def compute(report: Report) -> EqualWork | None:
    """Return the cost of equal work of the headline pair; None where there is no pair, or no price of both."""
    items = [subject.item for subject in report.comparison.subjects]
    found: Sequence[ItemVerdict] = report.results.get("verdicts", ())
    return headline_work(items, verdicts=found, catalog=report.catalog, on=report.on)


def show(sheet: Sheet) -> Costs | None:
    """Return the section; nothing where no cost of equal work is known and no published cost of an hour either."""
    found: EqualWork | None = sheet.report.results["cost"]
    sheet.ledger.group("Cost of equal work")
    payers = _payers(sheet)
    if found is None:
        return Costs("", "", "", "", (), None, (), (), payers) if payers else None
    original, build = (brief(side.subject.item.name) for side in (found.original, found.build))
    call = sheet.ledger.call
    call(found.each, f"Cost of a useful operation, {original}")
    call(found.other, f"Cost of a useful operation, {build}")
    call(found.ratio, f"Cost of equal work, {build} over {original}")
    _name_leaves(found.ratio, sheet)
    _name_lines(found, sheet)
    lines = _lines(found, sheet)
    _offer(found.ratio, sheet)
    rows = _inputs(found.ratio, sheet)
    notes = [
        f"Prices: {'; '.join(f'{name}: {row.words}' for name, side in ((original, found.original), (build, found.build)) for row in side.offers)}.",
        _utilisation(found, sheet),
    ]
    where = {"cn": "China", "us": "the United States"}[found.original.terms.country]
    finding = _finding(found.ratio, original, build)
    chart = _chart(found.ratio, rows, original, build)
    return Costs(original, build, where, finding, lines, chart, tuple(one for _, one in rows), tuple(notes), payers)


def _finding(ratio: Figure, original: str, build: str) -> str:
    """Return whether equal work costs more, less, about the same (within a quarter) or which is open, with the range."""
    wide = text.ratio_spread(ratio)
    shown = f"{text.ratio(ratio)} times{f' ({wide})' if wide else ''}"
    low, high = ratio.bounds()
    if low is not None and high is not None and low <= 1 <= high and not 0.8 <= ratio.number <= 1.25:
        return f"Useful work on the {build} costs {shown} what it does on the {original}; the range includes 1, so which costs less is open."
    if text.ratio(ratio) == "1.00" or (low is not None and high is not None and low <= 1 <= high):
        holds = "; the range includes 1" if low is not None and high is not None and low <= 1 <= high else ""
        return (
            f"Useful work on the {build} costs about as much as on the {original}: {shown}{holds}."
            if wide
            else f"Useful work on the {build} costs as much as on the {original}."
        )
    word = "more" if ratio.number > 1 else "less"
    return f"Useful work on the {build} costs {word} than on the {original}: {shown}."


def _utilisation(found: EqualWork, sheet: Sheet) -> str:
    """Return whose utilisation is taken: of a family on which no run was read, that of the others."""
    items = [side.subject.item for side in (found.original, found.build)]
    other = text.joined([brief(item.name) for item in items if family(item, sheet.report.catalog) == "other"])
    but = f" (of the {other} on other families: no run on its own was read)" if other else ""
    return (
        f"Model FLOP utilisation (MFU) is that of published runs on the same family of chips{but}; "
        "the time that failures take is left out on both sides."
    )


def _name_leaves(ratio: Figure, sheet: Sheet) -> None:
    for leaf in ratio.leaves():
        name = leaf.name.partition(":")[0]
        if leaf.key.endswith("network.cost_share.fabric"):
            sheet.ledger.call(leaf, "Network between systems, share of the cost")
        elif leaf.key == "cluster-network/network.cost_share":
            sheet.ledger.call(leaf, "Network, share of the cost of a cluster")
        elif name in ("draw.share", "duty") and leaf.item in sheet.report.catalog.items:
            sheet.ledger.call(leaf, brief(sheet.report.catalog.items[leaf.item].name))  # which says what it is
        elif leaf.condition and name in ("mfu", "lifetime", "pue", "price.electricity", *SITE):
            sheet.ledger.call(
                leaf, _case("lifetime of servers" if leaf.item == "server-life" else name, leaf.condition)
            )


def _case(name: str, case: str) -> str:
    """Return the title of a parameter of the cost in one of its cases.

    >>> _case("mfu", "Hopper mixture"), _case("mfu", "other"), _case("pue", "hyperscaler")
    ('MFU on Hopper, mixture of experts', 'MFU on other families', 'Power usage effectiveness, hyperscaler')
    >>> _case("capex.per_power", "construction cn")
    'Construction of a site per power, China'
    """
    if name in SITE:
        country = {"us": "United States", "cn": "China"}.get(case.rpartition(" ")[2], case)
        return f"{SITE[name]}, {country}"
    if name != "mfu":
        metric, of, what = name.partition(" of ")
        return f"{metric_title(metric)}{of}{what}, {case}"
    family, _, kind = case.partition(" ")
    return "MFU on other families" if family == "other" else f"MFU on {family}, {KINDS.get(kind, kind)}".rstrip(", ")


def _name_lines(found: EqualWork, sheet: Sheet) -> None:
    for side in (found.original, found.build):
        name = brief(side.subject.item.name)
        for line in (*side.capital, *side.running):
            sheet.ledger.call(line.figure, f"{name}: {line.words}")
        for term, figure in side.terms.figures.items():
            if figure.key.startswith("default/"):
                sheet.ledger.call(
                    figure, f"{text.capital(TERMS[term].words)}{', ' + name if figure.key.endswith(' build') else ''}"
                )
        sheet.ledger.call(side.total, f"{name}: total cost")
        sheet.ledger.call(side.hourly, f"{name}: cost of a chip and hour")
        sheet.ledger.call(side.power, f"{name}: power")


def _lines(found: EqualWork, sheet: Sheet) -> tuple[Lines, ...]:
    """Return what is bought, what that and the running cost come to over some years, and what follows from it."""
    num, own, build = sheet.ledger.num, found.original, found.build
    others = {line.name: line.figure for line in (*build.capital, *build.running)}

    def line(one: OwnLine) -> Line:
        none = Num("none", sheet.ledger.enter(build.capital_total))
        return Line(text.capital(one.words), num(one.figure), num(others[one.name]) if one.name in others else none)

    years = text.quantity(own.years).partition(" (")[0]
    bought = [line(one) for one in own.capital if one.figure.value != 0 or one.figure.high]
    spent = [*map(line, own.running), Line("Total", num(own.total), num(build.total))]
    rest = [
        Line("A chip and hour", num(own.hourly), num(build.hourly)),
        Line("A useful EFLOP (10¹⁸ operations)", num(found.each), num(found.other), sheet.ledger.ratio(found.ratio)),
    ]
    groups = (("Paid at the start", bought), (f"Over {years}s, with the charge for what was bought", spent), ("", rest))
    return tuple(Lines(when, tuple(rows)) for when, rows in groups)


def _offer(ratio: Figure, sheet: Sheet) -> None:
    """Offer a slider for every number under the ratio that a reader may doubt."""
    for leaf in ratio.leaves():
        mine = not leaf.key.endswith(" of the build") and leaf.name != "offer.spread"
        if leaf.item == "constant" or not isinstance(leaf.value, float) or not leaf.known or not mine:
            continue
        name, value = leaf.name, leaf.in_unit(leaf.number) or 0.0
        low, high = (leaf.in_unit(end) or 0.0 for end in leaf.leaf_range or (leaf.number, leaf.number))
        if name in ("duty", "premium"):
            sheet.assume(leaf, 0.0, max(0.5, 2 * value), GROUP)
        elif name in ("passed_on", "draw.share") or name.startswith("network.cost_share"):
            sheet.assume(leaf, 0.0, 1.0 if name == "passed_on" else max(0.5, high), GROUP)
        elif name.startswith("pue"):
            sheet.assume(leaf, 1.0, 2.0, GROUP)
        elif name.startswith("mfu"):
            sheet.assume(leaf, 0.05, min(0.9, max(0.7, high)), GROUP)
        elif name.startswith(("price.electricity", "lifetime", "price", "exchange", "power.system")):
            sheet.assume(leaf, min(low, value / 2), max(high, value * 2), GROUP)


def _inputs(ratio: Figure, sheet: Sheet) -> list[tuple[tuple[float, float] | None, Input]]:
    """Return every input that moves the ratio, those with a range first and widest first, then the nearest crossing."""
    leaves = {leaf.key: leaf for leaf in ratio.leaves()}
    ends = {key: (low, high) for key, low, high in swing(ratio) if abs(high - low) > 0.002 * abs(ratio.number)}
    found: dict[str, tuple[float, str, str]] = {}
    for key, leaf in leaves.items():
        offered = sheet.assumptions.get(key)
        if key in ends or (offered and offered.group == GROUP):
            found[key] = _crossing(ratio, leaf)
    keys = [
        *ends,
        *sorted((key for key, one in found.items() if key not in ends and one[1]), key=lambda key: found[key][0]),
    ]
    href = sheet.ledger.enter(ratio)
    rows: list[tuple[tuple[float, float] | None, Input]] = []
    for key in keys:
        _, at, change = found.get(key, (0.0, "", ""))
        shown = [f"{text.two(end)}×" for end in ends.get(key, ())] or ["", ""]
        low, high, equal, by = (
            Num(words, href) if words else other
            for words, other in zip((*shown, at, change), ("–", "–", "nowhere", "–"), strict=True)
        )
        rows.append(
            (ends.get(key), Input(sheet.ledger.title(leaves[key]), sheet.ledger.num(leaves[key]), low, high, equal, by))
        )
    return rows


def _crossing(ratio: Figure, leaf: Figure) -> tuple[float, str, str]:
    """Return how far a leaf must move until both cost the same, its value there and the change; empty where nowhere.

    Of a leaf that is 0 no share of change can be told: it comes after those that have one.
    """
    found = crossing(ratio, leaf.key, *searched(leaf))
    if found is None:
        return 0.0, "", ""
    shown = pretty(f"{text.number(leaf.in_unit(found) or 0.0)} {leaf.unit.text}".removesuffix(" 1"))
    if not leaf.number:
        return math.inf, shown, ""
    change = found / leaf.number - 1
    return abs(change), shown, f"{change:+.0%}".replace("-", "−")


def _chart(
    ratio: Figure, rows: Sequence[tuple[tuple[float, float] | None, Input]], original: str, build: str
) -> Chart | None:
    """Return the tornado of the ratio; nothing where no input has a range."""
    bars = [(one.title, ends, row) for row, (ends, one) in enumerate(rows) if ends][:MOST_BARS]
    if not bars:
        return None
    title = f"What drives the cost of equal work, {build} over {original}"
    swings = [Swing(name, low, high, row) for name, (low, high), row in bars]
    drawn = [Markup(tornado(swings, ratio.number, width=width, label=title)) for width in (WIDE, NARROW)]
    ends = sorted(bars[0][1])
    across = ", across 1" if ends[0] < 1 < ends[1] else ""
    finding = f"What matters most is {bars[0][0]}: alone it moves the ratio from {text.two(ends[0])} to {text.two(ends[1])}{across}."
    notes = (
        "A full line marks the ratio at the adopted values, a dashed one equal cost. Hollow: the input at its low end; full: at its high end.",
    )
    return Chart("tornado", title, finding, drawn[0], drawn[1], (), (), (), notes, table="inputs", tips=(1, 2, 3, 4))


def _payers(sheet: Sheet) -> tuple[Payers, ...]:
    """Return the cost of equal work on the first chip with published costs of an hour over each other one."""
    report = sheet.report
    items = {s.item.id: s.item for s in report.comparison.subjects if s.item.kind == "chip"}
    known = [item for item in items.values() if report.catalog.leaf(item.id, "cost.hourly:hyperscaler")]
    made: list[Payers] = []
    for other in known[1:]:
        works = [work for work in WORK if work != "fp4"]
        rows: list[Payer] = []
        for payer, words in PAYERS.items():
            found = [premium(known[0], other, payer, work, catalog=report.catalog, on=report.on) for work in works]
            for one in found:
                sheet.ledger.call(
                    one.ratio,
                    f"Equal work: {words}, {one.work}",
                )
            if any(one.ratio.known for one in found):
                rows.append(Payer(words, tuple(sheet.ledger.ratio(one.ratio) for one in found)))
        if rows:
            made.append(
                Payers(
                    brief(known[0].name),
                    brief(other.name),
                    tuple(text.capital(WORK[work][1]) for work in works),
                    tuple(rows),
                )
            )
    return tuple(made)


SECTION = Section("cost", "Cost of equal work", show, compute)
