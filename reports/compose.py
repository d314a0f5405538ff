# SPDX-License-Identifier: Apache-2.0
"""From a report to a `Page`: all choosing, ordering and formatting of what a page says happens here."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from chipgauge import __version__
from chipgauge.calc.compare import Row, metric_title
from chipgauge.calc.equivalent import Equivalence
from chipgauge.calc.quantity import quantity
from chipgauge.calc.thresholds import ItemVerdict, Reading, RuleVerdict
from chipgauge.reports import text
from chipgauge.reports.ledger import Ledger, Num, brief, differing, pretty, same_value
from chipgauge.reports.markup import short
from chipgauge.reports.page import Card, Cell, Column, Dispute, Judgement, Line, Match, Matches, Page, Report, Stated
from chipgauge.reports.plots import (
    chips_of,
    kinds_of,
    label,
    limit_words,
    map_chart,
    ratio_chart,
    rule_label,
)
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.records import Entry, Item, Subject
from chipgauge.specs.units import parse_unit, parse_value

LIMITS = tuple(
    line.strip()
    for line in """
    A peak is what the arithmetic units could do, not what a program gets: memory, network, software and the work decide.
    TPP and performance density are measures of the law. They say nothing about memory, interconnect, software or supply.
    A sum over the chips of a system is its best case: it leaves out the network between them.
    Ranges are the spread of credible sources that disagree, not a probability. Without one, no credible source disagrees.
    Prices are dated, differ by market and contract, and are often reported, not listed.
    Verdicts read the rules named here and no others; licences, exceptions, end use, end user and destination are not read.
    """.strip().splitlines()
)
"""What the numbers do not say."""


def make_page(report: Report, css: Markup, css_hash: str) -> Page:
    """Return the page of a report."""
    comparison, ledger = report.comparison, Ledger(report.catalog)
    title = text.compare_finding(comparison)
    _enter_by_item(report, ledger)
    lines = tuple(_line(row, report, ledger) for row in comparison.rows if _informs(row))
    cards = _cards(report, ledger)
    ratios = ratio_chart(comparison, ledger)
    ledger.group("Other chips on the map")
    charts = (*([ratios] if ratios else []), map_chart(comparison, report.catalog, report.on, ledger))
    ledger.group("What would match what")
    matches = _matches(report.equivalences, ledger)
    ledger.group("Other values on which sources differ")
    disputes = _disputes(report, ledger)
    as_of = report.catalog.as_of
    names = text.joined([label(subject) for subject in comparison.subjects])
    return Page(
        title=title,
        subtitle="Peak rates and specifications as their makers and others state them, and what follows from them. "
        f"Data of {as_of}. Not legal advice.",
        findings=_findings(report, title),
        on=report.on, css=css, css_hash=css_hash,
        columns=_columns(report), lines=lines, notes=_notes(comparison.rows, report, ledger), cards=cards,
        ambiguities=_ambiguities(report.checks), charts=charts, disputes=disputes, matches=matches,
        derivations=ledger.derivations(), sources=ledger.sources(), coverage=ledger.coverage(), credits=ledger.credits(),
        limits=LIMITS, command=report.command,
        cite=f"chipgauge {__version__}, “{names}: a comparison with sources”, data of {as_of}, made with: {report.command}",
        bibtex=_bibtex(names, as_of, report.command), version=__version__,
    )  # fmt: skip


def _enter_by_item(report: Report, ledger: Ledger) -> None:
    """Enter what each item has, item by item, so that the derivations stand in that order; ratios follow."""
    for subject in report.comparison.subjects:
        ledger.group(label(subject))
        for row in report.comparison.rows:
            if _informs(row):
                ledger.enter(row.values[subject.key])
        for check in report.checks:
            if check.subject.item.id == subject.item.id:
                for one in judged(check):
                    if one.deciding:
                        ledger.enter(one.deciding.figure)
    ledger.group(f"Ratios to {label(report.comparison.baseline)}")


def _findings(report: Report, title: str) -> tuple[str, ...]:
    """Return a sentence for each item that the title leaves out, for each outcome of the rules, for each equivalence."""
    comparison = report.comparison
    found: list[str] = []
    for subject in comparison.subjects:
        if subject.key != comparison.baseline.key:
            pair = type(comparison)((comparison.baseline, subject), comparison.baseline, comparison.rows)
            found.append(text.compare_finding(pair))
    outcomes: dict[str, list[str]] = {}
    for check in report.checks:
        outcomes.setdefault(check.text, []).append(brief(check.subject.item.name))
    found += [f"On {report.on}, {outcome}: {text.joined(names)}." for outcome, names in outcomes.items()]
    if report.equivalences:
        found.append(text.equivalent_finding(report.equivalences[0]))
    return tuple(sentence for sentence in found if sentence != title)


def _columns(report: Report) -> tuple[Column, ...]:
    comparison, kinds = report.comparison, kinds_of(report.comparison.subjects)
    return tuple(
        Column(
            label(subject), kinds[subject.key], short(subject.item.name), short(subject.given),
            text.joined([brief(name) for name in subject.others]), subject.key == comparison.baseline.key,
            subject.item.kind == "system",
        )
        for subject in comparison.subjects
    )  # fmt: skip


# --- the table ---------------------------------------------------------------------------------------------------


def _informs(row: Row) -> bool:
    """Whether a row says something of any item: a metric that is unknown for all of them is only a note."""
    return any(figure.known or figure.state == "absent" for figure in row.values.values())


def _line(row: Row, report: Report, ledger: Ledger) -> Line:
    conditions = list(dict.fromkeys(figure.condition for figure in row.values.values() if figure.known))
    shared = conditions[0] if len(conditions) == 1 else ""
    unit = pretty(row.unit.text) if row.numeric and row.unit.text != "1" else ""
    cells: list[Cell] = []
    for subject in report.comparison.subjects:
        figure, ratio = row.values[subject.key], row.ratios.get(subject.key)
        show = ratio is not None and figure.known and row.values[report.comparison.baseline.key].known
        above = ledger.ratio(ratio) if ratio and show and subject.key != report.comparison.baseline.key else None
        num = ledger.num(figure)
        # the unit of a row is that of its first known value; a value in another one says so
        own = num if num.unit != unit else Num(num.text, num.href, "", num.spread, num.status, num.state, num.why)
        condition = figure.condition if figure.known and figure.condition != shared else ""
        cells.append(Cell(own, above, condition, _stated(row.metric, subject, figure, report, ledger)))
    return Line(row.metric, row.title, "" if unit in row.title.split() else unit, shared, tuple(cells), not row.numeric)


def _stated(metric: str, subject: Subject, figure: Figure, report: Report, ledger: Ledger) -> tuple[Stated, ...]:
    """Return what sources state for a whole system, where the page's figure follows from its chips."""
    if subject.item.kind != "system" or subject.count != 1:
        return ()
    group = report.catalog.entries(subject.item.id).get(f"{subject.item.id}/{metric}", ())
    shown = [entry for entry in group if entry.role == "shown" and isinstance(entry.value, float)]
    found = [
        (text.number(figure.in_unit(float(entry.value or 0)) or 0.0), ledger.source(entry.source)) for entry in shown
    ]
    return tuple(Stated(number, source) for number, source in dict(found).items())


def _notes(rows: Sequence[Row], report: Report, ledger: Ledger) -> tuple[tuple[str, str], ...]:
    """Return the reason for every value and ratio that is missing, items with one reason together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        below = row.values[report.comparison.baseline.key]
        for subject in report.comparison.subjects:
            figure, ratio = row.values[subject.key], row.ratios.get(subject.key)
            for one, words in ((figure, row.title), (ratio, f"{row.title}, ratio")):
                if one is None or one.known or (one is ratio and not (figure.known and below.known)):
                    continue
                lacking = {subject.item.name, *(chip.name for chip in chips_of(subject.item, report.catalog))}
                why = next(
                    (one.why.removesuffix(f" of {name}") for name in sorted(lacking) if one.why.endswith(name)), one.why
                )
                for named in (figure, below):
                    why = why.replace(named.key, ledger.title(named))
                groups.setdefault((f"{words}: {one.state}", why), []).append(label(subject))
    everyone = len(report.comparison.subjects)
    return tuple(
        (what, f"{'all' if len(names) == everyone > 1 else text.joined(names)} – {why}")
        for (what, why), names in groups.items()
    )


# --- verdicts ----------------------------------------------------------------------------------------------------


def _cards(report: Report, ledger: Ledger) -> tuple[Card, ...]:
    kinds = {subject.item.id: kind for kind, subject in reversed(list(enumerate(report.comparison.subjects)))}
    cards: list[Card] = []
    for check in report.checks:
        item = check.subject.item
        chips = [brief(chip.name) for chip in chips_of(item, report.catalog)] if item.kind == "system" else []
        note = f"Judged on each chip in it ({text.joined(chips)}), never on their sum." if chips else ""
        if check.combined.would_cross:
            bills = dict.fromkeys(name.split("#")[0] for name in check.combined.would_cross)
            note = f"{note} Would cross, if enacted: {text.joined(list(bills))}.".strip()
        order = ("crosses", "straddles", "unknown", "below")
        worst = next((word for word in order if word in {one.verdict for one in judged(check)}), "not_in_force")
        found = tuple(_judgement(one, report, ledger) for one in judged(check))
        cards.append(Card(brief(item.name), kinds[item.id], check.text, worst, note, found))
    return tuple(cards)


def judged(check: ItemVerdict) -> tuple[RuleVerdict, ...]:
    """Return the verdicts that a page shows: what an item meets, and of the control lists also what it does not.

    What a bill would do stands in one sentence of the card; a text that nobody enforces only where it decides.
    """
    hit = ("crosses", "straddles", "unknown")
    idle = {
        one.rule.id for one in check.verdicts if one.period and one.period.enforcement in ("not_enforced", "stayed")
    }
    idle -= {name.split("#")[0] for name in check.because}
    rows = [one for one in check.verdicts if not one.proposed and one.rule.id not in idle]
    return tuple(
        one for one in rows if one.verdict in hit or (one.verdict == "below" and one.rule.kind == "classification")
    )


def _judgement(one: RuleVerdict, report: Report, ledger: Ledger) -> Judgement:
    rule, reading, period = one.rule, one.deciding, one.rule.in_force(report.on)
    cites = {limb.id: limb.citation for limb in (*rule.limbs, *rule.unless)}
    notes = [one.note] if one.note else []
    if one.missing:
        notes.append(f"missing: {', '.join(one.missing)}")
    return Judgement(
        rule=rule_label(rule), title=rule.title, verdict=one.verdict,
        needs=_needs(reading) if reading else "",
        has=ledger.num(reading.figure) if reading else None,
        as_law=_as_law(reading) if reading else "",
        margin=text.margin(reading.margin).replace("-", "−") if reading else "",
        citation=cites.get(reading.limb, rule.citation) if reading and not reading.rule else rule.citation,
        source=ledger.source(rule.sources[0]),
        since=f"{period.text_status} since {period.since}, {period.enforcement}".replace("_", " ") if period else "not in force",
        note="; ".join(notes),
    )  # fmt: skip


def _needs(reading: Reading) -> str:
    one = reading.comparison
    sign = {">=": "≥", "<=": "≤", "==": "="}.get(one.op, one.op)
    return f"{text.metric(one.metric)} {sign} {limit_words(one)}"


def _as_law(reading: Reading) -> str:
    """Return the value that law takes where it is not ours (the maker's own TPP is higher)."""
    if reading.margin is None or not reading.figure.known:
        return ""
    if reading.comparison.metric not in QUANTITIES:
        return ""
    printed = parse_unit(find(reading.comparison.metric).unit)
    value = (
        parse_value(reading.comparison.value)[0] * float(reading.margin + 1) * printed.denominator / printed.numerator
    )
    shown = text.number(value)
    return "" if shown == text.value(reading.figure) else shown


def _ambiguities(checks: Sequence[ItemVerdict]) -> tuple[str, ...]:
    rules = {one.rule.id: one.rule for check in checks for one in judged(check)}
    return tuple(
        f"{rule_label(rule)}: {doubt.text} {doubt.reading}" for rule in rules.values() for doubt in rule.ambiguities
    )


# --- disagreement, equivalence, citation -------------------------------------------------------------------------


def _disputes(report: Report, ledger: Ledger) -> tuple[Dispute, ...]:
    catalog, found = report.catalog, list[Dispute]()
    items = {item.id: item for s in report.comparison.subjects for item in (s.item, *chips_of(s.item, catalog))}
    for item in items.values():
        for key, group in catalog.entries(item.id).items():
            adopted, others, agree = differing(group)
            if not others:
                continue
            name = key.partition("/")[2]
            used = _used(name, item, adopted, report)
            if used and not adopted:
                others = [entry for entry in others if not same_value(entry.value, used.value)]
                if not others:
                    continue
            found.append(
                Dispute(
                    f"x{len(found) + 1}", brief(item.name), _dispute_title(name, group[0]), ledger.num(used) if used else None,
                    ledger.statement(adopted) if adopted else None, agree, tuple(map(ledger.statement, others)),
                )
            )  # fmt: skip
    return tuple(found)


def _used(name: str, item: Item, adopted: Entry | None, report: Report) -> Figure | None:
    """Return the figure that stands in the page for a group: its leaf, else what follows from other figures."""
    if adopted:
        return report.catalog.leaf(item.id, name)
    try:
        figure = quantity(name.partition("@")[0], item.id, catalog=report.catalog, on=report.on)
    except ChipgaugeError:
        return None
    return figure if figure.known else None


def _dispute_title(name: str, entry: Entry) -> str:
    metric, _, date = name.partition("@")
    more = ", ".join(filter(None, (entry.condition, "" if date == "undated" else date)))
    return f"{metric_title(metric)} ({more})" if more else metric_title(metric)


def _matches(results: Sequence[Equivalence], ledger: Ledger) -> tuple[Matches, ...]:
    by_original: dict[str, list[Equivalence]] = {}
    for result in results:
        by_original.setdefault(result.of.key, []).append(result)
    found: list[Matches] = []
    for group in by_original.values():
        parts: dict[str, list[Match]] = {}
        for one in group:
            row = Match(
                brief(one.within.item.name), metric_title(one.by), _count(one, ledger),
                ledger.ratio(one.capex_ratio), ledger.ratio(one.power_ratio),
            )  # fmt: skip
            parts.setdefault(one.within.key, []).append(row)
        rows = tuple((rows[0].part, tuple(rows)) for rows in parts.values())
        found.append(Matches(label(group[0].of), text.equivalent_finding(group[0]), rows))
    return tuple(found)


def _count(one: Equivalence, ledger: Ledger) -> Num:
    num = ledger.ratio(one.count)
    if one.whole is None:
        return num
    low, high = one.whole_range or (one.whole, one.whole)
    return Num(f"{one.whole:,}", num.href, "", f"{low:,} to {high:,}" if low != high else "", num.status)


def _bibtex(names: str, as_of: str, command: str) -> tuple[str, ...]:
    special: dict[str, str | int | None] = dict(zip("\\{}~^", "/()  ", strict=True))
    special |= {sign: f"\\{sign}" for sign in "&%$#_"}
    fields = {
        "title": f"{names}: a comparison with sources",
        "year": as_of[:4],
        "note": f"chipgauge {__version__}, data of {as_of}, made with: {command}",
    }
    lines = [f"  {name} = {{{value.translate(str.maketrans(special))}}}," for name, value in fields.items()]
    return ("@misc{chipgauge,", *lines, "}")
