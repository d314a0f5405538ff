# SPDX-License-Identifier: Apache-2.0
"""Which thresholds the items cross: a card for each item, with the comparison that decides each rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.calc.law.outcome import RuleVerdict
from chipgauge.calc.law.predicate import Reading
from chipgauge.calc.thresholds import ItemVerdict, check
from chipgauge.reports import text
from chipgauge.reports.ledger import Num, Ref, brief
from chipgauge.reports.plots import chips_of
from chipgauge.reports.plots_map import limit_words, rule_label
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.units import parse_unit, parse_value

Result = tuple[ItemVerdict, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says: its verdict, what it needs, what the item has, by how much, in which paragraph."""

    rule: str
    title: str
    verdict: str
    needs: str
    has: Num | None
    as_law: str
    margin: str
    citation: str
    source: Ref
    since: str
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """The verdicts on one item, with the answer in a few words."""

    item: str
    kind: int
    outcome: str
    verdict: str
    note: str
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The cards, and what the texts of the rules leave open."""

    cards: tuple[Card, ...]
    ambiguities: tuple[str, ...]


def compute(report: Report) -> Result:
    """Return the verdicts on each item of the comparison."""
    parts = list(dict.fromkeys(subject.item.id for subject in report.comparison.subjects))
    return tuple(check(part, on=report.on, catalog=report.catalog) for part in parts)


def show(sheet: Sheet) -> Verdicts:
    """Return the cards."""
    result: Result = sheet.report.results["verdicts"]
    sheet.ledger.group("Figures that rules are read on")
    return Verdicts(_cards(result, sheet), _ambiguities(result))


def findings(result: Result, on: str) -> list[str]:
    """Return a sentence for each outcome."""
    outcomes: dict[str, list[str]] = {}
    for one in result:
        outcomes.setdefault(one.text, []).append(brief(one.subject.item.name))
    return [f"On {on}, {outcome}: {text.joined(names)}." for outcome, names in outcomes.items()]


def _cards(result: Result, sheet: Sheet) -> tuple[Card, ...]:
    subjects = sheet.report.comparison.subjects
    kinds = {subject.item.id: kind for kind, subject in reversed(list(enumerate(subjects)))}
    cards: list[Card] = []
    for one in result:
        item = one.subject.item
        chips = [brief(chip.name) for chip in chips_of(item, sheet.report.catalog)] if item.kind == "system" else []
        note = f"Judged on each chip in it ({text.joined(chips)}), never on their sum." if chips else ""
        if one.combined.would_cross:
            bills = dict.fromkeys(name.split("#")[0] for name in one.combined.would_cross)
            note = f"{note} Would cross, if enacted: {text.joined(list(bills))}.".strip()
        order = ("crosses", "straddles", "unknown", "below")
        worst = next((word for word in order if word in {row.verdict for row in judged(one)}), "not_in_force")
        found = tuple(_judgement(row, sheet) for row in judged(one))
        cards.append(Card(brief(item.name), kinds[item.id], one.text, worst, note, found))
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


def _judgement(one: RuleVerdict, sheet: Sheet) -> Judgement:
    rule, reading, period = one.rule, one.deciding, one.rule.in_force(sheet.report.on)
    cites = {limb.id: limb.citation for limb in (*rule.limbs, *rule.unless)}
    notes = [one.note] if one.note else []
    if one.missing:
        notes.append(f"missing: {', '.join(one.missing)}")
    return Judgement(
        rule=rule_label(rule), title=rule.title, verdict=one.verdict,
        needs=_needs(reading) if reading else "",
        has=sheet.ledger.num(reading.figure) if reading else None,
        as_law=_as_law(reading) if reading else "",
        margin=text.margin(reading.margin).replace("-", "−") if reading else "",
        citation=cites.get(reading.limb, rule.citation) if reading and not reading.rule else rule.citation,
        source=sheet.ledger.source(rule.sources[0]),
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
    limit = parse_value(reading.comparison.value)[0]
    shown = text.number(limit * float(reading.margin + 1) * printed.denominator / printed.numerator)
    return "" if shown == text.value(reading.figure) else shown


def _ambiguities(result: Sequence[ItemVerdict]) -> tuple[str, ...]:
    rules = {one.rule.id: one.rule for item in result for one in judged(item)}
    return tuple(
        f"{rule_label(rule)}: {doubt.text} {doubt.reading}" for rule in rules.values() for doubt in rule.ambiguities
    )


SECTION = Section("verdicts", "Thresholds", show, compute)
