# SPDX-License-Identifier: Apache-2.0
"""Reading the TOML of a rule: strict, and every problem with its file, line and a hint."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from chipgauge.specs.errors import ChipgaugeError, Problem, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.quantities import find
from chipgauge.specs.records import Source
from chipgauge.specs.rules import Comparison, Limb, Period, Rule
from chipgauge.specs.tables import Reader, is_date, parse_toml
from chipgauge.specs.units import parse_value, require

OPERATORS = ("<", "<=", ">", ">=", "==")
RULE_FIELDS = (
    "id",
    "title",
    "jurisdiction",
    "authority",
    "item_class",
    "outcome",
    "yields_to",
    "source",
    "citation",
    "ambiguity",
    "valid",
    "limbs",
    "unless",
)
PERIOD_FIELDS = ("from", "to", "text_status", "enforcement")
LIMB_FIELDS = ("id", "citation", "all")
COMPARISON_FIELDS = ("metric", "op", "value")
REQUIRED = ("id", "title", "jurisdiction", "authority", "item_class", "outcome", "source", "citation")


def read_rule(text: str, file: str, sources: Mapping[str, Source]) -> tuple[Rule | None, list[Problem]]:
    """Return the rule of one file, or every problem in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return None, problems
    reader = Reader(file, text)
    for field in raw:
        if field not in RULE_FIELDS:
            hint = did_you_mean(field, RULE_FIELDS).strip() or f"allowed: {', '.join(RULE_FIELDS)}"
            reader.report(field, "unknown field", hint, reader.line_of("", 0, field))
    for field in REQUIRED:
        if not isinstance(raw.get(field), str) or not raw[field]:
            reader.report(field, "a rule needs this text field", line=reader.line_of("", 0, field))
    for field in ("yields_to", "ambiguity"):
        if not isinstance(raw.get(field, ""), str):
            reader.report(field, "this field is a text", f'write {field} = "..."', reader.line_of("", 0, field))
    if raw.get("source") and str(raw["source"]) not in sources:
        reader.report(
            "source", f"no source has the id {str(raw['source'])[:60]!r}", line=reader.line_of("", 0, "source")
        )
    periods = [
        _period(row, f"valid[{n}]", reader, reader.line_of("[[valid]]", n))
        for n, row in enumerate(_rows(raw, "valid", reader))
    ]
    if not periods:
        reader.report("valid", "a rule says from when it holds", 'write [[valid]] with from = "2023-11-17"')
    for before, after in pairwise(periods):
        if not before.until or before.until >= after.since:
            reader.report(
                "valid",
                f"the periods from {before.since} and from {after.since} overlap",
                line=reader.line_of("[[valid]]", 1),
            )
    limbs = [
        _limb(row, f"limbs[{n}]", reader, reader.line_of("[[limbs]]", n))
        for n, row in enumerate(_rows(raw, "limbs", reader))
    ]
    if not limbs:
        reader.report("limbs", "a rule has at least one limb", "write [[limbs]]")
    unless = None
    if is_table(raw.get("unless")):
        unless = _limb({"id": "unless", **raw["unless"]}, "unless", reader, reader.line_of("[unless]"))
    elif "unless" in raw:
        reader.report("unless", "unless is a table", "write [unless]", reader.line_of("", 0, "unless"))
    if reader.problems:
        return None, reader.problems
    texts = {field: raw[field] for field in (*REQUIRED, "yields_to", "ambiguity") if field in raw}
    return Rule(**texts, valid=tuple(periods), limbs=tuple(limbs), unless=unless), []


def _rows(raw: Mapping[str, Any], field: str, reader: Reader, path: str = "") -> list[dict[str, Any]]:
    """Return an array of tables; anything else is a problem."""
    rows: Any = raw.get(field, [])
    if is_list(rows) and all(is_table(row) for row in rows):
        return rows
    reader.report(path or field, f"{field} is an array of tables", line=reader.line_of("", 0, field))
    return []


def _only(row: Mapping[str, Any], allowed: tuple[str, ...], path: str, reader: Reader, line: int) -> None:
    for field in row:
        if field not in allowed:
            hint = did_you_mean(field, allowed).strip() or f"allowed: {', '.join(allowed)}"
            reader.report(f"{path}.{field}", "unknown field", hint, line)


def _period(row: Mapping[str, Any], path: str, reader: Reader, line: int) -> Period:
    _only(row, PERIOD_FIELDS, path, reader, line)
    since, until = str(row.get("from", "")), str(row.get("to", ""))
    for field, day in (("from", since), ("to", until)):
        if not (is_date(day) and len(day) == 10) and (day or field == "from"):
            reader.report(f"{path}.{field}", f"{day[:40]!r} is not a day", "write 2023-11-17", line)
    if until and until < since:
        reader.report(f"{path}.to", f"the period ends on {until}, before it begins on {since}", line=line)
    return Period(since, until, str(row.get("text_status", "")), str(row.get("enforcement", "")))


def _limb(row: Mapping[str, Any], path: str, reader: Reader, line: int) -> Limb:
    _only(row, LIMB_FIELDS, path, reader, line)
    if not row.get("citation"):
        reader.report(f"{path}.citation", "a limb cites its paragraph", line=line)
    comparisons: list[Comparison] = []
    rows = _rows(row, "all", reader, f"{path}.all")
    if not rows:
        reader.report(f"{path}.all", "a limb has at least one comparison", line=line)
    for number, one in enumerate(rows):
        where = f"{path}.all[{number}]"
        _only(one, COMPARISON_FIELDS, where, reader, line)
        try:
            quantity = find(str(one.get("metric", "")))
            if one.get("op") not in OPERATORS:
                reader.report(where, f"{one.get('op')!r} is not an operator", f"allowed: {' '.join(OPERATORS)}", line)
            if quantity.kind == "number":
                _, _, unit = parse_value(str(one.get("value", "")))
                require(unit, quantity.unit, quantity.name)
        except ChipgaugeError as error:
            reader.report(where, str(error), line=line)
        comparisons.append(Comparison(str(one.get("metric")), str(one.get("op")), str(one.get("value"))))
    return Limb(str(row.get("id", "")), str(row.get("citation", "")), tuple(comparisons))
