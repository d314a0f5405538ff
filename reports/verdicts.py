# SPDX-License-Identifier: Apache-2.0
"""The verdicts of the law as an answer: the outcome of each item first, then every rule that says something about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chipgauge.calc.thresholds import ItemVerdict, Reading, RuleVerdict
from chipgauge.reports import remarks, sentences, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.rules import Rule

JUDGED = ("crosses", "straddles", "unknown", "below")


def verdict_answer(
    found: Sequence[ItemVerdict],
    catalog: Catalog,
    asked: Mapping[str, Any],
    on: str,
    lens: str,
    *,
    fail_on: str | None = None,
    more: Mapping[str, Any] | None = None,
    tables: Sequence[Table] = (),
    words: Sequence[str] = (),
) -> Answer:
    """Return the answer of a check; `more` joins its JSON, `tables` and `words` what is printed."""
    rules = list({one.rule.id: one.rule for item in found for one in item.verdicts}.values())
    shown = [(item, one) for item in found for one in item.verdicts if one.verdict in JUDGED]
    figures = list({r.figure.key: r.figure for _, one in shown for r in one.readings}.values())
    hit = fail_on is not None and any(one.verdict == fail_on for item in found for one in item.verdicts)
    notice = law_notice(on, rules)
    columns = ["item", "rule", "verdict", "outcome", "decided by", "margin", "note"]

    def body() -> dict[str, Any]:
        return {
            "on": on,
            "lens": lens,
            "items": [item_json(item) for item in found],
            **(more or {}),
            "notice": notice,
            "leaves": leaves_json(figures),
        }

    return Answer(
        "check",
        " ".join([*(sentences.check_finding(item, on, catalog) for item in found), *words]),
        [Table("", columns, [_row(item, one) for item, one in shown], frozenset({5})), *tables],
        body,
        lambda: [_flat(item, one) for item in found for one in item.verdicts],
        catalog,
        asked,
        [item.subject for item in found if item.subject.item.id in catalog.items],
        figures,
        [
            *_notes(found, shown, bool(asked.get("rule"))),
            *remarks.notes(catalog, [i.subject for i in found], figures),
            notice,
        ],
        exit_code=1 if hit else 0,
        source_ids=list(dict.fromkeys(name for rule in rules for name in rule.sources)),
    )


def law_notice(on: str, rules: Sequence[Rule]) -> str:
    """Return the sentence that stands under everything about law.

    >>> law_notice("2026-11-22", [])
    'Not legal advice; as of 2026-11-22.'
    """
    read = max((rule.verified_on for rule in rules), default="")
    return f"Not legal advice; as of {on}" + (f", rules read up to {read}." if read and read < on else ".")


def _row(item: ItemVerdict, one: RuleVerdict) -> list[str]:
    outcome = one.branch.code if one.branch and one.verdict == "crosses" else ""
    if one.verdict == "crosses" and one.proposed:
        outcome = "PROPOSED"
    if one.verdict == "crosses" and one.scored:
        outcome = "SCORED"
    note = f"missing {', '.join(one.missing)}" if one.missing else one.note
    margin = one.deciding.margin if one.deciding else None
    return [
        item.subject.key,
        one.rule.id,
        one.verdict,
        outcome,
        sentences.reading(one.deciding),
        text.margin(margin),
        note,
    ]


def _notes(found: Sequence[ItemVerdict], shown: list[tuple[ItemVerdict, RuleVerdict]], alone: bool) -> list[str]:
    rows: list[str] = []
    said = Counter(one.verdict for item in found for one in item.verdicts if one.verdict not in JUDGED)
    for item in found:
        conditions = item.combined.open_conditions
        rows += [f"{item.subject.key}, on condition: {one.text} ({one.citation})" for one in conditions]
    if alone:
        quiet = [one for item in found for one in item.verdicts if one.verdict not in JUDGED]
        rows += [
            f"{one.rule.id}: {one.verdict.replace('_', ' ')}" + (f", {one.note}" if one.note else "") for one in quiet
        ]
    elif said:
        counts = [f"{number} {word.replace('_', ' ')}" for word, number in said.items()]
        rows.append(f"further verdicts: {text.joined(counts)}; --json lists them with the reason")
    wanted = ("crosses", "straddles", "unknown")
    rules = {one.rule.id: one.rule for _, one in shown if alone or one.verdict in wanted}
    for rule in rules.values():
        doubts = " ".join(f"{one.text} {one.reading}" for one in rule.ambiguities)
        rows.append(f"{rule.id}: {rule.citation}. {doubts}".strip())
    rows += list(dict.fromkeys(note for item in found for note in item.notes))
    return rows


def item_json(item: ItemVerdict) -> dict[str, Any]:
    """Return the verdicts on one item as JSON."""
    combined = item.combined
    return {
        "id": item.subject.key,
        "outcome": combined.code,
        "because": list(combined.because),
        "verdicts": [verdict_json(one) for one in item.verdicts],
        "text": combined.text,
        "beside": [{"rule": one.rule.id, **_branch(one)} for one in combined.beside],
        "also": list(combined.also),
        "would_cross": list(combined.would_cross),
        "uncertain": [one.limb for one in combined.uncertain],
        "conditions": [{"text": one.text, "citation": one.citation} for one in combined.open_conditions],
    }


def verdict_json(one: RuleVerdict) -> dict[str, Any]:
    """Return the verdict of one rule as JSON."""
    margin = one.deciding.margin if one.deciding else None
    rule, period = one.rule, one.period
    return {
        "rule": rule.id,
        "title": rule.title,
        "verdict": one.verdict,
        "outcome": one.branch.code if one.branch and one.verdict == "crosses" and not one.proposed else None,
        "deciding": _reading(one.deciding) if one.deciding else None,
        "margin": None if margin is None else float(margin),
        "missing": list(one.missing),
        "citation": rule.citation,
        "chip": one.chip,
        "kind": rule.kind,
        "text": one.branch.text if one.branch and one.verdict in ("crosses", "straddles", "unknown") else None,
        "flip": sentences.flip(one),
        "note": one.note,
        "evidence": rule.evidence,
        "text_status": period.text_status if period else None,
        "enforcement": period.enforcement if period else None,
        "scored": one.scored,
        "verified_on": rule.verified_on or None,
        "conditions": [
            {"id": condition.id, "text": condition.text, "citation": condition.citation, "holds": held, "advisory": condition.advisory}
            for condition, held in one.conditions
        ],
        "comparisons": [_reading(row) for row in one.readings],
        "sources": list(rule.sources),
    }  # fmt: skip


def _branch(one: RuleVerdict) -> dict[str, Any]:
    branch = one.branch
    return (
        {"code": branch.code, "text": branch.text, "rate": branch.rate or None, "citation": branch.citation}
        if branch
        else {}
    )


def _reading(reading: Reading) -> dict[str, Any]:
    one = reading.comparison
    return {
        "limb": reading.limb,
        "comparison": f"{one.metric} {one.op} {one.value}",
        "figure": reading.figure.key,
        "value": _quantity(reading.figure),
        "holds": reading.holds,
        "margin": None if reading.margin is None else float(reading.margin),
        "rule": reading.rule or None,
    }


def _quantity(figure: Figure) -> dict[str, Any]:
    """Return a figure as JSON; the same figure stands under many rules and is printed once."""
    if "json" not in figure._cache:  # pyright: ignore[reportPrivateUsage]
        figure._cache["json"] = quantity_json(figure)  # pyright: ignore[reportPrivateUsage]
    shown: dict[str, Any] = figure._cache["json"]  # pyright: ignore[reportPrivateUsage]
    return shown


def _flat(item: ItemVerdict, one: RuleVerdict) -> dict[str, Any]:
    margin = one.deciding.margin if one.deciding else None
    return {
        "item": item.subject.key,
        "outcome": item.outcome,
        "rule": one.rule.id,
        "chip": one.chip,
        "verdict": one.verdict,
        "rule_outcome": one.branch.code if one.branch and one.verdict == "crosses" else "",
        "margin": None if margin is None else float(margin),
        "citation": one.rule.citation,
        "missing": " ".join(one.missing),
        "note": one.note,
    }
