# SPDX-License-Identifier: Apache-2.0
"""Rule records: a dated predicate as data. Operators and strictness are part of the data, never of the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a rule: a metric, an operator and a value with its unit, as the text states it."""

    metric: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Limb:
    """All of some comparisons, with the paragraph they stand in."""

    id: str
    citation: str
    all: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """When a text stands, and whether it is enforced; an open end is empty."""

    since: str
    until: str
    text_status: str
    enforcement: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated predicate: true where any limb holds and the exclusion does not."""

    id: str
    title: str
    jurisdiction: str
    authority: str
    item_class: str
    outcome: str
    source: str
    citation: str
    valid: tuple[Period, ...]
    limbs: tuple[Limb, ...]
    unless: Limb | None = None
    yields_to: str = ""
    ambiguity: str = ""

    def in_force(self, on: str) -> Period | None:
        """Return the period that holds on a date (ISO text), if one does."""
        return next((p for p in self.valid if p.since <= on and (not p.until or on <= p.until)), None)

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data, for the index."""
        return asdict(self)


def from_plain(raw: Mapping[str, Any]) -> Rule:
    """Return the rule of an index line."""

    def limb(row: Mapping[str, Any]) -> Limb:
        return Limb(row["id"], row["citation"], tuple(Comparison(**one) for one in row["all"]))

    fields = dict(raw)
    fields["valid"] = tuple(Period(**row) for row in raw["valid"])
    fields["limbs"] = tuple(limb(row) for row in raw["limbs"])
    fields["unless"] = limb(raw["unless"]) if raw.get("unless") else None
    return Rule(**fields)
