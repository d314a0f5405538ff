# SPDX-License-Identifier: Apache-2.0
"""`chipgauge headroom`: how far each input may move before a verdict flips."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import click

from chipgauge.calc.law.headroom import Headroom, Limit, Stretch, headroom
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json
from chipgauge.reports.commands.check import cases, described
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.reports.spoken import rule_name, ruled
from chipgauge.reports.verdicts import law_notice, verdict_json
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.custom import bare, from_plain, plain
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.quantities import find
from chipgauge.specs.rules import FAVOURABLE, Rule
from chipgauge.specs.terms import Value
from chipgauge.specs.units import parse_unit


@click.command(
    "headroom",
    short_help="How far each input may move before a verdict flips.",
    epilog="Example: chipgauge headroom H20 --rule us-bis-3a090-b",
)
@click.argument("item", required=False, default="")
@click.option("--rule", metavar="ID", required=True, help="The rule (chipgauge list rules).")
@click.option("--vary", metavar="NAME[,NAME]", default="", help="One input, or two for a frontier.")
@click.option("--spec", metavar="FILE", default="", help="A TOML file of one item that is in no table.")
@calculation_options
@output_options
def command(
    item: str,
    rule: str,
    vary: str,
    spec: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Say for each input of a rule at which value the verdict on ITEM flips, exactly, and which is nearest.

    With two inputs (`--vary memory.bandwidth,tpp`) print the frontier: how far the second may go at each value of the
    first. It answers which chip is the fastest that stays clear of a rule at a memory bandwidth.
    """
    custom = described((item,) if item else (), given, spec)
    asked = inputs(
        item=item, rule=rule, vary=vary, prefer=prefer, set=given, projected=projected,
        custom=plain(custom) if custom else None, catalog=folder, on=check_date(on),
    )  # fmt: skip
    named, _ = bare(given)
    answer_with(again(asked, make_catalog(folder, prefer, tuple(named), projected)), form)


def again(asked: Mapping[str, Any], catalog: Catalog) -> Answer:
    """Return the answer to the recorded inputs on the tables of a catalogue."""
    custom = from_plain(asked["custom"]) if asked.get("custom") else None
    names = (asked["item"],) if asked.get("item") else ()
    subjects, view = cases(names, asked.get("set", ()), custom, catalog)
    if not subjects:
        raise UnknownName("name an item, or describe one with --set or --spec")
    wanted = [name.strip() for name in str(asked.get("vary", "")).split(",") if name.strip()]
    on = str(asked.get("on", "")) or view.as_of
    found = headroom(subjects[0], str(asked["rule"]), vary=wanted, on=on, catalog=view)
    return answer(found, view, asked, on)


def answer(found: Headroom, catalog: Catalog, asked: Mapping[str, Any], on: str) -> Answer:
    """Return the answer of a headroom."""
    notice = law_notice(on, [found.rule])
    rows = [
        [row.name, _shown(row.name, row.value), _limit(row), _change(row), _becomes(row, found.rule)]
        for row in found.limits
    ]
    tables = [Table("", ["input", "value", "limit", "change", "then"], rows, frozenset({1, 2, 3}))]
    if found.frontier:
        one, other = found.vary
        frontier = [[_shown(one, row.at), _reach(other, row)] for row in found.frontier]
        clear = "inside" if found.rule.kind in FAVOURABLE else "clear"
        tables.append(Table(f"The frontier: where {other} keeps {clear}", [one, other], frontier, frozenset({0, 1})))
    records = [_json(row) for row in found.limits]
    figures = [reading.figure for reading in found.verdict.readings]
    body = {
        "on": on,
        "id": found.subject.key,
        "rule": found.rule.id,
        "chip": found.verdict.chip,
        "verdict": verdict_json(found.verdict),
        "limits": records,
        "without_limit": list(found.fixed),
        "vary": list(found.vary),
        "frontier": [_stretch(found.vary, row) for row in found.frontier],
        "notice": notice,
        "leaves": leaves_json(figures),
    }
    notes = [
        f"{found.rule.id}: {found.rule.citation}",
        *([f"no value of {text.joined(list(found.fixed))} alone flips the verdict"] if found.fixed else []),
        *remarks.notes(catalog, [found.subject], figures),
        notice,
    ]
    return Answer(
        "headroom", _finding(found), tables, lambda: body, lambda: records, catalog, asked,
        [found.subject] if found.subject.item.file else [], figures, notes, version=0, source_ids=list(found.rule.sources),
    )  # fmt: skip


def _finding(found: Headroom) -> str:
    rule, verdict = found.rule, ruled(found.rule.kind, found.verdict.verdict)
    first = f"{text.subject_name(found.subject)} under {rule_name(rule)} ({rule.id}): {verdict}."
    nearest = next((row for row in found.limits if row.change is not None), None)
    if nearest is None:
        return f"{first} No known input flips that alone."
    return f"{first} The nearest flip: {text.metric(nearest.name)} {_limit(nearest)} ({_change(nearest)}), then {_becomes(nearest, rule)}."


def _number(name: str, value: Fraction) -> float:
    unit = parse_unit(find(name).unit)
    return float(value * unit.denominator / unit.numerator)


def _shown(name: str, value: Value) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    unit = find(name).unit
    return f"{text.number(_number(name, value), 8)} {unit}".removesuffix(" 1")


def _limit(row: Limit) -> str:
    if isinstance(row.limit, str):
        return row.limit
    sign = "from" if row.reached and row.up else "down to" if row.reached else "above" if row.up else "under"
    return f"{sign} {_shown(row.name, row.limit)}"


def _change(row: Limit) -> str:
    return text.margin(row.change)


def _becomes(row: Limit, rule: Rule) -> str:
    return ruled(rule.kind, "crosses" if row.becomes else "below")


def _reach(name: str, row: Stretch) -> str:
    if row.low is None:
        return "nothing"
    if row.high is None:
        return "anything" if not row.low else f"{'from' if row.low_in else 'above'} {_shown(name, row.low)}"
    end = f"{'up to' if row.high_in else 'under'} {_shown(name, row.high)}"
    return end if not row.low else f"{'from' if row.low_in else 'above'} {_shown(name, row.low)} {end}"


def _json(row: Limit) -> dict[str, Any]:
    plain_value = row.value if isinstance(row.value, str) or row.value is None else _number(row.name, row.value)
    plain_limit = row.limit if isinstance(row.limit, str) or row.limit is None else _number(row.name, row.limit)
    numeric = isinstance(row.limit, Fraction)
    unit = parse_unit(find(row.name).unit)
    exact = str(row.limit * unit.denominator / unit.numerator) if isinstance(row.limit, Fraction) else None
    return {
        "name": row.name,
        "value": plain_value,
        "limit": plain_limit,
        "change": None if row.change is None else float(row.change),
        "unit": find(row.name).unit if numeric else None,
        "exact": exact,
        "reached": row.reached,
        "direction": "up" if row.up else "down",
        "becomes": "crosses" if row.becomes else "below",
    }


def _stretch(vary: tuple[str, ...], row: Stretch) -> dict[str, Any]:
    one, other = vary
    low, high = (None if end is None else _number(other, end) for end in (row.low, row.high))
    return {
        "at": _number(one, row.at),
        "low": low,
        "high": high,
        "low_in": row.low_in,
        "high_in": row.high_in,
        "units": [find(one).unit, find(other).unit],
    }
