# SPDX-License-Identifier: Apache-2.0
"""`check --timeline`: the status of items under each rule over time, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chipgauge.calc.law.timeline import Span, Timeline, timeline
from chipgauge.calc.thresholds import Court
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.spoken import in_words
from chipgauge.reports.verdicts import law_notice
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.records import Subject


def timeline_answer(subjects: Sequence[Subject], catalog: Catalog, asked: Mapping[str, Any], on: str) -> Answer:
    """Return the timeline of items up to a day, for the destination and the parties that were asked about."""
    rule, to, hq, exporter = (str(asked.get(name, "")) for name in ("rule", "to", "hq", "exporter"))
    lens, as_if = str(asked.get("lens", "") or "text"), bool(asked.get("as_if"))
    courts: dict[str, Court] = {}
    found = [
        timeline(
            one, until=on, lens=lens, rule=rule, to=to, hq=hq, exporter=exporter, as_if=as_if, catalog=catalog, courts=courts,
        )
        for one in subjects
    ]  # fmt: skip
    rules = [rule for one in found for rule, _ in one.rules]
    notice = law_notice(on, rules)
    outcomes = [[_name(one), *_dates(span), span.outcome, _words(one, span, catalog)] for one in found for span in one.outcomes]  # fmt: skip
    spans = [
        [_name(one), rule.id, *_dates(span), span.verdict.replace("_", " "), span.outcome]
        for one in found
        for rule, rows in one.rules
        for span in rows
        if span.verdict not in ("not_in_force", "out_of_scope", "reported")
    ]
    tables = [
        Table("The outcome", ["item", "from", "to", "outcome", "in words"], outcomes),
        Table("Under each rule, while it is in force and reaches the item", ["item", "rule", "from", "to", "verdict", "outcome"], spans),
    ]  # fmt: skip
    records = [
        {"item": one.subject.key, "rule": rule.id, "from": span.since, "to": span.until, "verdict": span.verdict, "outcome": span.outcome}
        for one in found
        for rule, rows in one.rules
        for span in rows
    ]  # fmt: skip
    body = {
        "on": on,
        "lens": lens,
        "items": [_json(one) for one in found],
        "notice": notice,
    }
    notes = ["figures are those of the tables on every day; a rule may speak about a chip before its release", notice]
    return Answer(
        "check", " ".join(map(_finding, found)), tables, lambda: body, lambda: records, catalog, asked,
        [one.subject for one in found if one.subject.item.id in catalog.items], notes=notes,
        source_ids=list(dict.fromkeys(name for rule in rules for name in rule.sources)),
    )  # fmt: skip


def _words(one: Timeline, span: Span, catalog: Catalog) -> str:
    """Return an outcome with rules by name, and in brackets the ids of those that decide it."""
    because = f" ({', '.join(span.because)})" if span.because else ""
    return in_words(span.text, catalog, of=one.subject.item.id) + because


def _name(one: Timeline) -> str:
    return one.subject.key


def _dates(span: Span) -> list[str]:
    return [span.since, span.until]


def _finding(one: Timeline) -> str:
    """Return the course of the outcome in one sentence: each code from the day on which it becomes another."""
    codes = ["", *(span.outcome for span in one.outcomes)]
    parts = [f"{span.outcome} from {span.since}" for span, before in zip(one.outcomes, codes, strict=False) if span.outcome != before]  # fmt: skip
    return f"{text.subject_name(one.subject)}: {', '.join(parts)}."


def _json(one: Timeline) -> dict[str, Any]:
    return {
        "id": one.subject.key,
        "outcomes": [
            {"from": span.since, "to": span.until, "outcome": span.outcome, "text": span.text, "because": list(span.because)}
            for span in one.outcomes
        ],
        "timeline": [
            {
                "rule": rule.id,
                "title": rule.title,
                "spans": [
                    {"from": span.since, "to": span.until, "verdict": span.verdict, "outcome": span.outcome or None} for span in rows
                ],
            }
            for rule, rows in one.rules
        ],
    }  # fmt: skip
