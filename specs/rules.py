# SPDX-License-Identifier: Apache-2.0
"""Rule records: a dated predicate as data. Operators and strictness are part of the data, never of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chipgauge.specs.guards import is_list

CLOSED = ("superseded", "never_in_force", "revoked")
"""A period of such a text is kept as history; the rule is not in force in it."""

VERDICTS = ("crosses", "below", "straddles", "unknown", "out_of_scope", "not_in_force", "reported")
"""What a rule may say of an item, as an example or a claim demands it."""

FAVOURABLE = ("exception", "lane")
"""Rules that a subject wants to meet: on a system every chip has to."""


class Dated(NamedTuple):
    """A value of a comparison from a day on."""

    since: str
    value: str
    citation: str = ""


class Comparison(NamedTuple):
    """One line of a rule: a metric, an operator and a value with its unit, as the text states it.

    With `rule`, the predicate of another rule (or of one limb of it: `id#limb`) instead; `holds` says which way.
    """

    metric: str = ""
    op: str = ""
    value: str = ""
    values: tuple[Dated, ...] = ()
    rule: str = ""
    holds: bool = True

    def at(self, on: str) -> str:
        """Return the value on a day (ISO text): of dated ones the last that has begun, else the first.

        >>> steps = (Dated("2025-01-01", "633,000,000 TPP"), Dated("2025-04-01", "949,500,000 TPP"))
        >>> Comparison("aggregate.tpp", "<=", values=steps).at("2025-03-31")
        '633,000,000 TPP'
        """
        begun = [one for one in self.values if one.since <= on]
        return (begun[-1] if begun else self.values[0]).value if self.values else self.value


class Limb(NamedTuple):
    """All of some comparisons, with the paragraph they stand in."""

    id: str
    citation: str
    all: tuple[Comparison, ...]
    evidence: str = ""
    quote: str = ""
    note: str = ""


class Condition(NamedTuple):
    """What must also be true and stands on no data sheet: listed, and deciding only where its input is given."""

    id: str
    text: str
    citation: str
    all: tuple[Comparison, ...] = ()
    advisory: bool = False
    evidence: str = ""


class Period(NamedTuple):
    """When a text stands, and whether it is enforced; an open end is empty."""

    since: str
    until: str
    text_status: str
    enforcement: str
    citation: str = ""
    evidence: str = ""
    note: str = ""


class Outcome(NamedTuple):
    """What follows, for a destination, a headquarters, a time and a lens; an empty field asks for nothing."""

    code: str
    text: str
    citation: str
    to: tuple[str, ...] = ()
    not_to: tuple[str, ...] = ()
    hq: tuple[str, ...] = ()
    not_hq: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    lens: str = ""
    rate: str = ""
    evidence: str = ""


class Ambiguity(NamedTuple):
    """What a text leaves open, and how it is read here."""

    id: str
    text: str
    reading: str


class Rule(NamedTuple):
    """A dated predicate: true where any limb holds and no exclusion does."""

    id: str
    title: str
    jurisdiction: str
    authority: str
    kind: str
    item_class: str
    sources: tuple[str, ...]
    citation: str
    evidence: str
    valid: tuple[Period, ...]
    limbs: tuple[Limb, ...] = ()
    unless: tuple[Limb, ...] = ()
    conditions: tuple[Condition, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    yields_to: tuple[str, ...] = ()
    exempts: tuple[str, ...] = ()
    softens: tuple[str, ...] = ()
    adds_to: tuple[str, ...] = ()
    outcomes_as: str = ""
    exporters: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    origin: str = ""
    counting: str = ""
    missing: str = ""
    note: str = ""
    first_published: str = ""
    verified_on: str = ""
    verified_against: str = ""

    def in_force(self, on: str) -> Period | None:
        """Return the period that holds on a date (ISO text), if one does."""
        return next((p for p in self.valid if p.since <= on and (not p.until or on <= p.until)), None)

    @property
    def related(self) -> tuple[str, ...]:
        """The rules that it yields to, exempts from, softens or adds to."""
        return (*self.yields_to, *self.exempts, *self.softens, *self.adds_to)

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data without empty fields, for the index."""
        return _plain(self)


class Example(NamedTuple):
    """A test vector that travels with its rule: inputs and the verdict they must give."""

    expect: str
    item: str = ""
    on: str = ""
    to: str = ""
    hq: str = ""
    exporter: str = ""
    lens: str = "text"
    as_if: bool = False
    set: tuple[str, ...] = ()
    outcome: str = ""
    why: str = ""


def _plain(record: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = record._field_defaults
    fields: dict[str, Any] = record._asdict()
    rows: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in defaults or value != defaults[name]:
            rows[name] = _plain_value(value)
    return rows


def _plain_value(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    rows: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
    return [_plain(one) if hasattr(one, "_asdict") else one for one in rows]


def _comparisons(rows: Any) -> tuple[Comparison, ...]:
    made: list[Comparison] = []
    for row in rows:
        fields: dict[str, Any] = dict(row)
        if "values" in fields:
            fields["values"] = tuple(Dated(**one) for one in fields["values"])
        made.append(Comparison(**fields))
    return tuple(made)


def _with_comparisons(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "all": _comparisons(row.get("all", ()))}


def _limbs(rows: Any) -> tuple[Limb, ...]:
    return tuple(Limb(**_with_comparisons(row)) for row in rows)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with tuples for lists."""
    return {name: tuple(value) if is_list(value) else value for name, value in row.items()}


def from_plain(raw: Mapping[str, Any]) -> Rule:
    """Return the rule of an index line."""
    fields = _tuples(raw)
    fields["valid"] = tuple(Period(**row) for row in raw["valid"])
    fields["limbs"] = _limbs(raw.get("limbs", ()))
    fields["unless"] = _limbs(raw.get("unless", ()))
    fields["conditions"] = tuple(Condition(**_with_comparisons(row)) for row in raw.get("conditions", ()))
    fields["outcomes"] = tuple(Outcome(**_tuples(row)) for row in raw.get("outcomes", ()))
    fields["ambiguities"] = tuple(Ambiguity(**row) for row in raw.get("ambiguities", ()))
    return Rule(**fields)
