# SPDX-License-Identifier: Apache-2.0
"""`chipgauge check`: which thresholds an item crosses."""

from __future__ import annotations

from typing import Any

import click

from chipgauge.calc.thresholds import LENSES, ItemVerdict, Reading, RuleVerdict, check
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog

VERDICTS = ("crosses", "below", "straddles", "unknown")


@click.command(
    "check",
    short_help="Which legal thresholds an item crosses.",
    epilog="Example: chipgauge check H20 --on 2023-12-01",
)
@click.argument("items", nargs=-1, required=True)
@click.option("--lens", type=click.Choice(LENSES), default="text", help="What the text says, or what is enforced.")
@click.option("--rule", metavar="ID", default="", help="Only this rule.")
@click.option("--fail-on", type=click.Choice(VERDICTS), default=None, help="Exit 1 if any verdict is this.")
@calculation_options
@output_options
def command(
    items: tuple[str, ...],
    lens: str,
    rule: str,
    fail_on: str | None,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Say which thresholds ITEMS cross at a date, by how much, and by which paragraph."""
    asked = inputs(
        items=items,
        lens=lens,
        rule=rule,
        fail_on=fail_on,
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=check_date(on),
    )
    catalog = make_catalog(folder, prefer, given, projected)
    found = [check(item, on=on, lens=lens, rule=rule, catalog=catalog) for item in items]
    answer_with(answer(found, catalog, asked, on or catalog.as_of, lens, fail_on), form)


def answer(
    found: list[ItemVerdict], catalog: Catalog, asked: dict[str, object], on: str, lens: str, fail_on: str | None = None
) -> Answer:
    """Return the answer of a check."""
    rows: list[list[str]] = []
    records: list[dict[str, Any]] = []
    for item in found:
        for verdict in item.verdicts:
            because = text.reading(verdict.deciding)
            rows.append(
                [
                    item.subject.key,
                    verdict.rule.id,
                    verdict.verdict,
                    because,
                    text.margin(_margin(verdict)),
                    verdict.note,
                ]
            )
            records.append({"item": item.subject.key, "outcome": item.outcome, **_flat(verdict)})
    figures = [reading.figure for item in found for verdict in item.verdicts for reading in verdict.readings]
    body = {
        "on": on,
        "lens": lens,
        "items": [
            {
                "id": item.subject.key,
                "outcome": item.outcome,
                "because": list(item.because),
                "verdicts": [_verdict(verdict) for verdict in item.verdicts],
            }
            for item in found
        ],
        "notice": f"Not legal advice; as of {on}.",
        "leaves": leaves_json(figures),
    }
    columns = ["item", "rule", "verdict", "decided by", "margin", "note"]
    paragraphs = [f"{rule.id}: {rule.citation}. {rule.ambiguity}".strip() for rule in _rules(found)]
    missing = [f"{v.rule.id}: missing {', '.join(v.missing)}" for item in found for v in item.verdicts if v.missing]
    notes = [
        *missing,
        *paragraphs,
        *text.notes(catalog, [item.subject for item in found], figures),
        f"Not legal advice; as of {on}.",
    ]
    hit = fail_on is not None and any(verdict.verdict == fail_on for item in found for verdict in item.verdicts)
    return Answer(
        "check", " ".join(text.check_finding(item, on) for item in found),
        [Table("", columns, rows, frozenset({4}))], lambda: body, lambda: records, catalog, asked,
        [item.subject for item in found], figures, notes, exit_code=1 if hit else 0,
    )  # fmt: skip


def _rules(found: list[ItemVerdict]) -> list[Any]:
    return list({verdict.rule.id: verdict.rule for item in found for verdict in item.verdicts}.values())


def _margin(verdict: RuleVerdict) -> Any:
    return verdict.deciding.margin if verdict.deciding else None


def _reading(reading: Reading) -> dict[str, Any]:
    one = reading.comparison
    return {
        "limb": reading.limb,
        "comparison": f"{one.metric} {one.op} {one.value}",
        "figure": reading.figure.key,
        "value": quantity_json(reading.figure),
        "holds": reading.holds,
        "margin": None if reading.margin is None else float(reading.margin),
    }


def _verdict(verdict: RuleVerdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule.id,
        "title": verdict.rule.title,
        "chip": verdict.chip,
        "verdict": verdict.verdict,
        "outcome": verdict.rule.outcome if verdict.verdict == "crosses" else None,
        "deciding": _reading(verdict.deciding) if verdict.deciding else None,
        "margin": None if _margin(verdict) is None else float(_margin(verdict)),
        "missing": list(verdict.missing),
        "citation": verdict.rule.citation,
        "note": verdict.note,
        "comparisons": [_reading(reading) for reading in verdict.readings],
    }


def _flat(verdict: RuleVerdict) -> dict[str, Any]:
    plain = _verdict(verdict)
    names = ("rule", "chip", "verdict", "margin", "citation")
    return {**{name: plain[name] for name in names}, "missing": " ".join(verdict.missing)}
