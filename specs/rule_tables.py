# SPDX-License-Identifier: Apache-2.0
"""Reading the TOML of a rule: strict, and every problem with its file, line and a hint.

What a rule says of other rules, groups and firms is checked by `rule_checks`, where all files are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from chipgauge.specs.errors import ChipgaugeError, Problem, did_you_mean
from chipgauge.specs.group_tables import EVIDENCE
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.records import Source
from chipgauge.specs.rules import (
    VERDICTS,
    Ambiguity,
    Comparison,
    Condition,
    Dated,
    Example,
    Limb,
    Outcome,
    Period,
    Rule,
)
from chipgauge.specs.tables import ID, MOST_TEXT, Reader, is_date, parse_toml, too_long
from chipgauge.specs.terms import parse_term, plain
from chipgauge.specs.units import parse_unit, parse_value, require, usual_unit

OPERATORS = ("<", "<=", ">", ">=", "==")
KINDS = (
    "classification", "requirement", "policy", "exception", "lane", "duty", "order", "arrangement", "bill", "reporting",
    "reported",
)  # fmt: skip
ITEM_CLASSES = ("chip", "system", "import", "shipment", "computer", "cluster", "model", "hbm_stack")
TEXT_STATUSES = ("in_force", "superseded", "proposed", "never_in_force", "revoked")
ENFORCEMENTS = ("enforced", "not_enforced", "stayed", "unknown")
CODES = (
    "PROHIBITED", "LICENCE/PoD", "LICENCE/CASE", "LICENCE/UNSPEC", "LICENCE/PoA", "PRESUMED-IN-SCOPE",
    "EXCEPTION+NOTIFY", "EXCEPTION", "NLR", "DUTY/TARIFF", "DUTY/FEE", "DUTY/REPORT", "PROPOSED", "NOT-ENFORCED", "UNKNOWN",
)  # fmt: skip
"""The outcomes; those of a licence stand first, strictest first."""

_TEXTS = ("id", "title", "jurisdiction", "authority", "kind", "item_class", "citation", "evidence")
_MORE_TEXTS = ("outcomes_as", "counting", "missing", "note")
_LISTS = ("sources", "yields_to", "exempts", "softens", "adds_to")
_TABLES = ("valid", "limbs", "unless", "conditions", "outcomes", "ambiguities", "examples")
RULE_FIELDS = (*_TEXTS, *_MORE_TEXTS, *_LISTS, "knowledge", "scope", *_TABLES)
KNOWLEDGE_FIELDS = ("first_published", "verified_on", "verified_against")
SCOPE_FIELDS = ("origin", "exporters", "items")
PERIOD_FIELDS = ("from", "to", "text_status", "enforcement", "citation", "evidence", "note")
LIMB_FIELDS = ("id", "citation", "all", "evidence", "quote", "note")
CONDITION_FIELDS = ("id", "text", "citation", "all", "advisory", "evidence")
OUTCOME_FIELDS = (
    "code", "text", "citation", "to", "not_to", "hq", "not_hq", "from", "until", "lens", "rate", "evidence",
)  # fmt: skip
AMBIGUITY_FIELDS = ("id", "text", "reading")
COMPARISON_FIELDS = ("metric", "op", "value", "values", "rule", "holds")
DATED_FIELDS = ("from", "value", "citation")
_ALLOWED = {
    "kind": KINDS,
    "item_class": ITEM_CLASSES,
    "evidence": EVIDENCE,
    "text_status": TEXT_STATUSES,
    "enforcement": ENFORCEMENTS,
    "code": CODES,
    "lens": ("text", "enforced"),
    "expect": VERDICTS,
    "op": OPERATORS,
}


def read_rule(text: str, file: str, sources: Mapping[str, Source]) -> tuple[Rule | None, list[Problem]]:
    """Return the rule of one file, or every problem in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return None, problems
    return _RuleReader(file, text, raw, sources).rule()


def read_examples(text: str) -> tuple[Example, ...]:
    """Return the test vectors of a rule file that was read without a problem."""
    raw, _ = parse_toml(text, "")
    rows: list[dict[str, Any]] = [{**row, "set": tuple(row.get("set", ()))} for row in raw.get("examples", [])]
    return tuple(Example(**row) for row in rows)


class _RuleReader(Reader):
    """One pass over the tables of a file; `here` is the line of the table that is being read."""

    def __init__(self, file: str, text: str, raw: dict[str, Any], sources: Mapping[str, Source]) -> None:
        super().__init__(file, text)
        self.raw, self.sources, self.here = raw, sources, 1

    def rule(self) -> tuple[Rule | None, list[Problem]]:
        raw = self.raw
        self.only(raw, RULE_FIELDS, "")
        texts = self.head()
        lists: dict[str, Any] = {field: self.texts(raw, field, "") for field in _LISTS}
        self.check_sources(lists["sources"])
        valid = [self.period(row, path) for row, path in self.rows("valid")]
        self.check_periods(valid)
        limbs = [self.limb(row, path) for row, path in self.rows("limbs")]
        unless = [self.limb({"id": "unless", **row}, path) for row, path in self.rows("unless")]
        conditions = [self.condition(row, path) for row, path in self.rows("conditions")]
        outcomes = [self.outcome(row, path) for row, path in self.rows("outcomes")]
        doubts = [self.ambiguity(row, path) for row, path in self.rows("ambiguities")]
        for row, path in self.rows("examples"):
            self.example(row, path)
        more: dict[str, Any] = {**self.group("knowledge", KNOWLEDGE_FIELDS), **self.scope()}
        self.here = 1
        self.check_whole(texts, limbs, [*limbs, *unless], valid)
        if self.problems:
            return None, self.problems
        return Rule(
            **texts, **lists, **more, valid=tuple(valid), limbs=tuple(limbs), unless=tuple(unless),
            conditions=tuple(conditions), outcomes=tuple(outcomes), ambiguities=tuple(doubts),
        ), []  # fmt: skip

    # --- the head ------------------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        texts: dict[str, Any] = {}
        for field in (*_TEXTS, *_MORE_TEXTS):
            value = self.raw.get(field, "")
            self.here = self.line_of("", 0, field)
            if not isinstance(value, str) or (field in _TEXTS and not value.strip()):
                wanted = "a rule needs this text field" if field in _TEXTS else "this field is a text"
                self.bad(field, wanted, f'write {field} = "..."')
            elif len(value) > MOST_TEXT:
                self.bad(field, too_long(value, MOST_TEXT))
            elif value and field in _ALLOWED and value not in _ALLOWED[field]:
                self.bad(field, f"{value[:60]!r} is not allowed here", f"allowed: {', '.join(_ALLOWED[field])}")
            elif field == "id" and not ID.fullmatch(value):
                self.bad(field, f"{value[:80]!r} is not an id", "write us-bis-3a090-a, in [a-z0-9-]")
            texts[field] = value if isinstance(value, str) else ""
        return texts

    def check_sources(self, names: tuple[str, ...]) -> None:
        self.here = self.line_of("", 0, "sources")
        if not names:
            self.bad("sources", "a rule names the sources that it was read in", 'write sources = ["id of a record"]')
        for name in names:
            if name not in self.sources:
                hint = did_you_mean(name, self.sources).strip() or "add it to a sources file"
                self.bad("sources", f"no source has the id {name[:60]!r}", hint)

    def group(self, name: str, fields: tuple[str, ...]) -> dict[str, str]:
        """Return the texts of a table such as [knowledge]."""
        table: Any = self.raw.get(name, {})
        self.here = self.line_of(f"[{name}]")
        if not is_table(table):
            self.bad(name, f"{name} is a table", f"write [{name}]")
            return {}
        self.only(table, fields, name)
        for field, value in table.items():
            if field in fields and field not in ("exporters", "items") and not isinstance(value, str):
                self.bad(f"{name}.{field}", "this field is a text", f'write {field} = "..."')
            elif isinstance(value, str) and len(value) > MOST_TEXT:
                self.bad(f"{name}.{field}", too_long(value, MOST_TEXT))
            elif field in ("first_published", "verified_on") and value:
                self.day(value, f"{name}.{field}")
        return {field: str(value) for field, value in table.items() if field in fields}

    def scope(self) -> dict[str, Any]:
        found: dict[str, Any] = self.group("scope", SCOPE_FIELDS)
        for field in ("exporters", "items"):
            if field in found:
                found[field] = self.texts(self.raw["scope"], field, "scope")
        return found

    def check_whole(self, texts: dict[str, str], limbs: list[Limb], every: list[Limb], valid: list[Period]) -> None:
        reported = texts["kind"] == "reported"
        if not limbs and not reported:
            self.bad("limbs", "a rule has at least one limb", "write [[limbs]]", self.line_of("", 0, "limbs"))
        if limbs and reported:
            self.bad("limbs", "a rule that is only reported has no predicate", "leave out [[limbs]] or change kind")
        if reported and not texts["missing"]:
            self.bad("missing", "a reported rule says what is missing", 'write missing = "the text of the measure"')
        names = [limb.id for limb in every]
        for name in {name for name in names if names.count(name) > 1}:
            self.bad("limbs", f"two limbs have the id {name[:40]!r}")
        for limb in every:
            for one in limb.all:
                if one.values and valid and one.values[0].since > valid[0].since:
                    self.bad(
                        f"limb {limb.id}",
                        f"its first value is from {one.values[0].since}, the rule from {valid[0].since}",
                    )
        if texts["outcomes_as"] and self.raw.get("outcomes"):
            self.bad("outcomes_as", "a rule has its own outcomes or those of another, not both")

    # --- tables --------------------------------------------------------------------------------------------

    def rows(self, field: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Return an array of tables with their paths; sets `here` as they are walked."""
        rows: Any = self.raw.get(field, [])
        if not is_list(rows) or not all(is_table(row) for row in rows):
            self.here = self.line_of("", 0, field)
            self.bad(field, f"{field} is an array of tables", f"write [[{field}]]")
            return
        for number, row in enumerate(rows):
            self.here = self.line_of(f"[[{field}]]", number)
            yield row, f"{field}[{number}]"
        self.here = 1

    def period(self, row: dict[str, Any], path: str) -> Period:
        self.only(row, PERIOD_FIELDS, path)
        since, until = str(row.get("from", "")), str(row.get("to", ""))
        self.day(since, f"{path}.from")
        if until:
            self.day(until, f"{path}.to")
        if until and until < since:
            self.bad(f"{path}.to", f"the period ends on {until}, before it begins on {since}")
        for field in ("text_status", "enforcement"):
            self.allowed(row, field, path, needed=True)
        self.allowed(row, "evidence", path)
        texts = self.given(row, ("text_status", "enforcement", "citation", "evidence", "note"), path)
        return Period(since, until, **{"text_status": "", "enforcement": "", **texts})

    def check_periods(self, periods: list[Period]) -> None:
        if not periods:
            self.bad(
                "valid",
                "a rule says from when it holds",
                'write [[valid]] with from = "2023-11-17"',
                self.line_of("", 0, "valid"),
            )
        for place, (before, after) in enumerate(pairwise(periods)):
            if not before.until or before.until >= after.since:
                line = self.line_of("[[valid]]", place + 1)
                self.bad(
                    "valid",
                    f"the periods from {before.since} and from {after.since} overlap",
                    "end the first the day before",
                    line,
                )

    def limb(self, row: dict[str, Any], path: str) -> Limb:
        self.only(row, LIMB_FIELDS, path)
        if not row.get("citation"):
            self.bad(f"{path}.citation", "a limb cites its paragraph", 'write citation = "3A090.a.1"')
        if not row.get("id"):
            self.bad(f"{path}.id", "a limb has a short id", 'write id = "a1"')
        self.allowed(row, "evidence", path)
        texts = self.given(row, ("id", "citation", "evidence", "quote", "note"), path)
        made = self.comparisons(row, path)
        if not made:
            self.bad(
                f"{path}.all",
                "a limb has at least one comparison",
                'write all = [{ metric = "tpp", op = ">=", value = "4800 TPP" }]',
            )
        return Limb(**{"id": "", "citation": "", **texts}, all=made)

    def condition(self, row: dict[str, Any], path: str) -> Condition:
        self.only(row, CONDITION_FIELDS, path)
        for field in ("id", "text", "citation"):
            if not row.get(field):
                self.bad(f"{path}.{field}", "a condition needs this text field")
        self.allowed(row, "evidence", path)
        advisory = row.get("advisory", False)
        if not isinstance(advisory, bool):
            self.bad(f"{path}.advisory", "advisory is true or false")
        texts = self.given(row, ("id", "text", "citation", "evidence"), path)
        return Condition(
            **{"id": "", "text": "", "citation": "", **texts},
            all=self.comparisons(row, path),
            advisory=advisory is True,
        )

    def outcome(self, row: dict[str, Any], path: str) -> Outcome:
        self.only(row, OUTCOME_FIELDS, path)
        for field in ("text", "citation"):
            if not row.get(field):
                self.bad(f"{path}.{field}", "an outcome needs this text field", f'write {field} = "..."')
        self.allowed(row, "code", path, needed=True)
        self.allowed(row, "lens", path)
        self.allowed(row, "evidence", path)
        since, until = str(row.get("from", "")), str(row.get("until", ""))
        for field, day in (("from", since), ("until", until)):
            if day:
                self.day(day, f"{path}.{field}")
        if since and until and until < since:
            self.bad(f"{path}.until", f"the branch ends on {until}, before it begins on {since}")
        if row.get("rate"):
            self.number(str(row["rate"]), "1", f"{path}.rate")
        lists: dict[str, Any] = {field: self.texts(row, field, path) for field in ("to", "not_to", "hq", "not_hq")}
        texts = self.given(row, ("code", "text", "citation", "lens", "rate", "evidence"), path)
        return Outcome(**{"code": "", "text": "", "citation": "", **texts}, **lists, since=since, until=until)

    def ambiguity(self, row: dict[str, Any], path: str) -> Ambiguity:
        self.only(row, AMBIGUITY_FIELDS, path)
        for field in AMBIGUITY_FIELDS:
            if not row.get(field):
                self.bad(f"{path}.{field}", "an ambiguity says what is open and how it is read here")
        texts = self.given(row, AMBIGUITY_FIELDS, path)
        return Ambiguity(**{"id": "", "text": "", "reading": "", **texts})

    def example(self, row: dict[str, Any], path: str) -> None:
        self.only(row, Example._fields, path)
        self.allowed(row, "expect", path, needed=True)
        self.allowed(row, "lens", path)
        if row.get("on"):
            self.day(str(row["on"]), f"{path}.on")
        self.texts(row, "set", path)
        if not isinstance(row.get("as_if", False), bool):
            self.bad(f"{path}.as_if", "as_if is true or false")
        self.given(row, ("item", "to", "hq", "exporter", "outcome", "why"), path)

    # --- comparisons ---------------------------------------------------------------------------------------

    def comparisons(self, row: dict[str, Any], path: str) -> tuple[Comparison, ...]:
        rows: Any = row.get("all", [])
        if not is_list(rows) or not all(is_table(one) for one in rows):
            self.bad(f"{path}.all", "all is an array of tables")
            return ()
        return tuple(self.comparison(one, f"{path}.all[{number}]") for number, one in enumerate(rows))

    def comparison(self, row: dict[str, Any], path: str) -> Comparison:
        self.only(row, COMPARISON_FIELDS, path)
        if "rule" in row:
            if (
                row.keys() - {"rule", "holds"}
                or not isinstance(row["rule"], str)
                or not isinstance(row.get("holds", True), bool)
            ):
                self.bad(
                    path,
                    "a comparison with a rule has rule and holds only",
                    'write { rule = "us-bis-3a090-a", holds = false }',
                )
            return Comparison(rule=str(row["rule"]), holds=row.get("holds", True) is True)
        metric, op = row.get("metric"), row.get("op")
        if op not in OPERATORS:
            self.bad(path, f"{str(op)[:20]!r} is not an operator", f"allowed: {' '.join(OPERATORS)}")
        if ("value" in row) == ("values" in row):
            self.bad(path, "a comparison has one value, or values by date", 'write value = "4800 TPP"')
            return Comparison(str(metric), str(op))
        dated: list[Dated] = []
        given: Any = row.get("values", [])
        for one in given if is_list(given) else []:
            if not is_table(one):
                self.bad(
                    path, "values is an array of tables", 'write values = [{ from = "2025-01-01", value = "4800 TPP" }]'
                )
                continue
            self.only(one, DATED_FIELDS, path)
            self.day(str(one.get("from", "")), f"{path}.values.from")
            dated.append(Dated(str(one.get("from", "")), str(one.get("value", "")), str(one.get("citation", ""))))
        if "values" in row and not dated:
            self.bad(
                path, "values is an array of tables", 'write values = [{ from = "2025-01-01", value = "4800 TPP" }]'
            )
        for before, after in pairwise(dated):
            if after.since <= before.since:
                self.bad(path, f"the values from {before.since} and from {after.since} are not in order")
        values: list[Any] = [one.value for one in dated] or [row.get("value")]
        for value in values:
            self.value(metric, op, value, path)
        return Comparison(str(metric), str(op), str(row.get("value", "")), tuple(dated))

    def value(self, metric: Any, op: Any, value: Any, path: str) -> None:
        """Check a value against its metric: unit, yes or no, a date, a text."""
        if not isinstance(metric, str) or not isinstance(value, str):
            self.bad(path, "metric and value are texts", 'write metric = "tpp", value = "4800 TPP"')
            return
        try:
            term = parse_term(metric)
        except ChipgaugeError as error:
            self.bad(path, str(error))
            return
        quantity = plain(term)
        if quantity is None or quantity.kind == "number":
            unit = quantity.unit if quantity else usual_unit(term.dimension).text
            self.number(value, unit, path, quantity.name if quantity else metric)
        elif quantity.kind == "yes_no" and value not in ("yes", "no"):
            self.bad(path, f"{value[:40]!r} is neither yes nor no", "write yes or no")
        elif quantity.kind == "date":
            self.day(value, path)
        if quantity and quantity.kind in ("yes_no", "text") and op in OPERATORS and op != "==":
            self.bad(
                path, f"{quantity.name} is a {quantity.kind.replace('_', '/')}; it has no order", 'write op = "=="'
            )

    def number(self, value: str, unit: str, path: str, what: str = "this value") -> None:
        try:
            _, _, given = parse_value(value)
            parse_unit(unit)
            require(given, unit, what)
        except ChipgaugeError as error:
            self.bad(path, str(error))

    # --- small things --------------------------------------------------------------------------------------

    def bad(self, path: str, message: str, hint: str = "", line: int = 0) -> None:
        if not self.full():
            self.report(path, message, hint, line or self.here)

    def only(self, row: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
        for field in row:
            if field not in allowed:
                hint = did_you_mean(field, allowed).strip() or f"allowed: {', '.join(allowed)}"
                line = self.here if path else self.line_of("", 0, field)
                self.bad(f"{path}.{field}".lstrip("."), "unknown field", hint, line)

    def day(self, text: Any, path: str) -> None:
        if not (isinstance(text, str) and is_date(text) and len(text) == 10):
            self.bad(path, f"{str(text)[:40]!r} is not a day", "write 2023-11-17")

    def allowed(self, row: Mapping[str, Any], field: str, path: str, *, needed: bool = False) -> None:
        value = row.get(field)
        if (needed or value is not None) and value not in _ALLOWED[field]:
            found = f"{str(value)[:40]!r} is not allowed here" if value is not None else "this field is missing"
            self.bad(f"{path}.{field}", found, f"allowed: {', '.join(_ALLOWED[field])}")

    def given(self, row: Mapping[str, Any], fields: tuple[str, ...], path: str) -> dict[str, Any]:
        """Return the text fields that are there."""
        found: dict[str, Any] = {}
        for field in fields:
            if field not in row:
                continue
            if not isinstance(row[field], str):
                self.bad(f"{path}.{field}", "this field is a text", f'write {field} = "..."')
            elif len(row[field]) > MOST_TEXT:
                self.bad(f"{path}.{field}", too_long(row[field], MOST_TEXT))
            else:
                found[field] = row[field]
        return found

    def texts(self, row: Mapping[str, Any], field: str, path: str) -> tuple[str, ...]:
        given: Any = row.get(field, [])
        if is_list(given) and all(isinstance(one, str) for one in given):
            return tuple(given)
        line = self.here if path else self.line_of("", 0, field)
        self.bad(f"{path}.{field}".lstrip("."), f"{field} is a list of texts", f'write {field} = ["..."]', line)
        return ()
