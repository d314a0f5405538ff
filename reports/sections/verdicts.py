# SPDX-License-Identifier: Apache-2.0
"""Which thresholds the items cross: the outcome of each item, then a block for each rule with what decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.calc.law.outcome import WORST, RuleVerdict
from chipgauge.calc.law.predicate import Reading
from chipgauge.calc.law.timeline import standing_since
from chipgauge.calc.thresholds import ItemVerdict, check
from chipgauge.reports import text
from chipgauge.reports.entries import Num, Ref, brief
from chipgauge.reports.plots import chips_of, item_kinds
from chipgauge.reports.plots_map import limit_words
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.spoken import in_words, rule_label
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.records import Item
from chipgauge.specs.rules import FAVOURABLE, Comparison, Rule
from chipgauge.specs.units import parse_unit, parse_value

Result = tuple[ItemVerdict, ...]
WHOLE = ("computer", "cluster")
"""Classes of items of which a rule reads the sum over all chips."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says of an item: its verdict, what the item has, as law reads it, by how much it is off the line."""

    item: str
    kind: int
    verdict: str
    word: str
    has: Num | None
    as_law: str
    margin: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison that decides, the entry of its threshold, its paragraph, and the items that it decides."""

    needs: str
    limit: str
    citation: str
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One rule: its short name and title, its state at the date, its source, the lines that decide."""

    rule: str
    title: str
    since: str
    source: Ref
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one item in a few words."""

    item: str
    kind: int
    outcome: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The outcomes, which bills would be crossed, the rules, and what the texts of the rules leave open."""

    outcomes: tuple[Outcome, ...]
    bills: tuple[str, ...]
    blocks: tuple[Block, ...]
    ambiguities: tuple[str, ...]


def compute(report: Report) -> Result:
    """Return the verdicts on each item of the comparison."""
    parts = list(dict.fromkeys(subject.item.id for subject in report.comparison.subjects))
    return tuple(check(part, on=report.on, catalog=report.catalog) for part in parts)


def show(sheet: Sheet) -> Verdicts:
    """Return the outcomes and the rules."""
    result: Result = sheet.report.results["verdicts"]
    sheet.ledger.group("Figures that rules are read on, and the thresholds that they set")
    bills = _bills(result, sheet.report.catalog)
    return Verdicts(_outcomes(result, sheet), bills, _blocks(result, sheet), _ambiguities(result))


def findings(result: Result, on: str, catalog: Catalog) -> list[str]:
    """Return a sentence for each outcome; what is only compared with the lines stands in one, with whose it crosses."""
    outcomes: dict[str, dict[str, list[str]]] = {}
    for one in result:
        said, item = in_words(one.text, catalog, of=one.subject.item.id), one.subject.item
        head, _, crosses = said.partition(": ") if one.outcome == "SCORED" else (said, "", "")
        outcomes.setdefault(head, {}).setdefault(crosses, []).append(brief(item.name))
    found: list[str] = []
    for head, groups in outcomes.items():
        many = sum(map(len, groups.values())) > 1
        names = [text.joined(some) + (f" ({crosses})" if crosses else "") for crosses, some in groups.items()]
        head = head.replace("it is no export", "they are no exports") if many else head
        found.append(f"On {on}, {head}: {text.joined(names)}.")
    return found


def _outcomes(result: Result, sheet: Sheet) -> tuple[Outcome, ...]:
    kinds, rows = item_kinds(sheet.report.comparison.subjects), list[Outcome]()
    for one in result:
        item = one.subject.item
        chips = (
            [brief(chip.name) for chip in chips_of(item, sheet.report.catalog, sheet.report.on)]
            if item.kind in ("system", "cluster")
            else []
        )
        whole = any(row.rule.item_class in WHOLE for row in judged(one))
        rest = "; rules on computers and clusters on the whole" if whole else ""
        note = (
            f"Rules on chips are read on each chip in it ({text.joined(chips)}), never on their sum{rest}."
            if chips
            else ""
        )
        worst = min((row.verdict for row in judged(one) if not _relieves(row)), key=WORST.index, default="not_in_force")
        said = in_words(one.text, sheet.report.catalog, of=item.id)
        rows.append(Outcome(brief(item.name), kinds[item.id], said, worst, note))
    return tuple(rows)


def _bills(result: Result, catalog: Catalog) -> tuple[str, ...]:
    """Return a sentence for each set of bills whose lines items would cross."""
    found: dict[tuple[str, ...], list[str]] = {}
    for one in result:
        bills = tuple(dict.fromkeys(in_words(name, catalog) for name in one.combined.would_cross))
        found.setdefault(bills, []).append(brief(one.subject.item.name))
    return tuple(
        f"Would cross, if enacted, {text.lines(bills)}: {text.joined(names)}."
        for bills, names in found.items()
        if bills
    )


def _blocks(result: Result, sheet: Sheet) -> tuple[Block, ...]:
    """Return a block for each rule, in the order in which the items meet them; items on one line stand together."""
    kinds = item_kinds(sheet.report.comparison.subjects)
    rules: dict[str, tuple[Rule, dict[tuple[str, str, str], list[Judgement]]]] = {}
    for one in result:
        for row in judged(one):
            _, lines = rules.setdefault(row.rule.id, (row.rule, {}))
            said = _judgement(row, one.subject.item, kinds[one.subject.item.id], sheet)
            lines.setdefault(_line(row, sheet), []).append(said)
    blocks: list[Block] = []
    for rule, lines in sorted(rules.values(), key=lambda pair: pair[0].kind != "classification"):
        found = tuple(Line(*line, tuple(rows)) for line, rows in lines.items())
        blocks.append(
            Block(
                rule_label(rule) if rule.kind == "classification" else rule.title,
                rule.title,
                _since(rule, sheet.report.on),
                sheet.ledger.source(rule.sources[0]),
                found,
            )
        )
    return tuple(blocks)


def _line(one: RuleVerdict, sheet: Sheet) -> tuple[str, str, str]:
    """Return the comparison that decides, in words, the entry of its threshold, and its paragraph."""
    rule, reading = one.rule, one.deciding
    cites = {limb.id: limb.citation for limb in (*rule.limbs, *rule.unless)}
    citation = cites.get(reading.limb, rule.citation) if reading and not reading.rule else rule.citation
    if reading is None:
        return "", "", citation
    found = threshold(reading.comparison, rule, citation)
    return _needs(reading), sheet.ledger.enter(sheet.ledger.call(found, found.name)) if found else "", citation


def threshold(one: Comparison, rule: Rule, citation: str) -> Figure | None:
    """Return the number that a comparison sets, as a leaf with its paragraph and the rule's source; None for a word."""
    if one.metric in QUANTITIES and find(one.metric).kind != "number":
        return None
    value, _, unit = parse_value(one.value)
    name = f"Threshold of {text.metric(one.metric)}, {citation}"
    shown = limit_words(one)
    return Figure(f"{name}: {shown}", "leaf", name, value, unit, text=shown, status="stated", sources=rule.sources[:1])


def judged(check: ItemVerdict) -> tuple[RuleVerdict, ...]:
    """Return the verdicts that a page shows: what an item meets, and of the control lists also what it does not.

    What a bill would do stands in a sentence of its own (`_bills`); a text that nobody enforces only where it decides.
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


def _judgement(one: RuleVerdict, subject: Item, kind: int, sheet: Sheet) -> Judgement:
    reading, notes = one.deciding, [one.note] if one.note else []
    if one.missing:
        notes.append(f"missing: {in_words(', '.join(one.missing), sheet.report.catalog, of=subject.id)}")
    told = reading and not (one.missing and text.value(reading.figure) == "unknown")  # not "unknown: unknown"
    return Judgement(
        brief(subject.name), kind, "relief" if _relieves(one) else one.verdict, _word(one),
        has=sheet.ledger.num(reading.figure) if reading and told else None,
        as_law=_as_law(reading) if reading else "",
        margin=text.margin(reading.margin).replace("-", "−") if reading else "",
        note="; ".join(notes),
    )  # fmt: skip


def _relieves(one: RuleVerdict) -> bool:
    """Tell whether what an item meets is in its favour: an exception, a lane."""
    return one.rule.kind in FAVOURABLE and one.verdict == "crosses"


def _word(one: RuleVerdict) -> str:
    """Return a verdict in a word: what lies under a limit from above is `within` it, and does not cross it."""
    limit = one.deciding.comparison.op if one.deciding else ">="
    if limit not in (">", ">="):
        met = "met" if limit == "==" else "within"
        return {"crosses": met, "below": "not met"}.get(one.verdict, one.verdict)
    return one.verdict.replace("_", " ")


def _since(rule: Rule, on: str) -> str:
    """Return since when a text stands as it does, and since when it is enforced as it is."""
    period = rule.in_force(on)
    if period is None:
        return "not in force"
    first = standing_since(rule, period)
    enforced = "enforcement unknown" if period.enforcement == "unknown" else period.enforcement.replace("_", " ")
    later = f" since {period.since}" if first.enforcement != period.enforcement else ""
    return f"{period.text_status.replace('_', ' ')} since {first.since}, {enforced}{later}"


def _needs(reading: Reading) -> str:
    one = reading.comparison
    sign = {">=": "≥", "<=": "≤", "==": "="}.get(one.op, one.op)
    words = text.metric(one.metric)
    return f"{words} {sign} {limit_words(one).removesuffix(f' {words}')}"


def _as_law(reading: Reading) -> str:
    """Return the value that law takes where it is not ours (the maker's own TPP is higher)."""
    read = reading.read
    if read is None or not reading.figure.known or reading.comparison.metric not in QUANTITIES:
        return ""
    printed = parse_unit(find(reading.comparison.metric).unit)
    shown = text.number(float(read * printed.denominator / printed.numerator))
    return "" if shown == text.value(reading.figure) else shown


def _ambiguities(result: Sequence[ItemVerdict]) -> tuple[str, ...]:
    rules = {one.rule.id: one.rule for item in result for one in judged(item)}
    return tuple(
        f"{rule_label(rule)}: {' '.join(f'{doubt.text} {doubt.reading}' for doubt in rule.ambiguities)}"
        for rule in rules.values() if rule.ambiguities
    )  # fmt: skip


SECTION = Section("verdicts", "Thresholds", show, compute)
