# SPDX-License-Identifier: Apache-2.0
"""Destination groups as dated sets of countries, and the firms that rules name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

WORLD = "WORLD"
"""Every destination but the United States."""


class DatedSet(NamedTuple):
    """The members of a group from a day on: codes and the members of some groups, less those of others."""

    since: str
    codes: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    note: str = ""


class Group(NamedTuple):
    """A named set of countries over time, with its citation."""

    id: str
    title: str
    citation: str
    sources: tuple[str, ...]
    evidence: str
    sets: tuple[DatedSet, ...]


class Treated(NamedTuple):
    """A destination that belongs where another does: Hong Kong where China is."""

    code: str
    as_code: str
    since: str = ""
    citation: str = ""
    evidence: str = ""


class Firm(NamedTuple):
    """A firm by the id that the chip tables use as `maker`."""

    id: str
    name: str
    headquarters: str


class OpenQuestion(NamedTuple):
    """What nobody has settled yet about the rules as they stand here, and which rules it touches."""

    text: str
    rules: tuple[str, ...] = ()


class Groups(NamedTuple):
    """All groups, treatments and firms, and what is open about the rules as a whole."""

    groups: Mapping[str, Group] = {}
    treated: tuple[Treated, ...] = ()
    firms: Mapping[str, Firm] = {}
    questions: tuple[OpenQuestion, ...] = ()

    def contains(self, name: str, code: str, on: str) -> bool:
        """Whether a country is in a group (or is the code itself) on a day.

        Before the first dated set of a group the first is taken.
        """
        return any(self._holds(name, one, on) for one in self.also(code, on))

    def also(self, code: str, on: str) -> tuple[str, ...]:
        """Return a country with the one whose treatment it shares."""
        return (code, *(one.as_code for one in self.treated if one.code == code and one.since <= on))

    def _holds(self, name: str, code: str, on: str) -> bool:
        if name == WORLD:
            return code != "US"
        group = self.groups.get(name)
        if group is None:
            return name == code
        begun = [one for one in group.sets if one.since <= on]
        stand = begun[-1] if begun else group.sets[0]
        inside = code in stand.codes or any(self._holds(other, code, on) for other in stand.any_of)
        return inside and not any(self._holds(other, code, on) for other in stand.none_of)

    def days(self) -> set[str]:
        """Return the days on which a membership changes."""
        changes = {one.since for group in self.groups.values() for one in group.sets[1:]}
        return changes | {one.since for one in self.treated if one.since}

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data, for the index."""
        return {
            "groups": [{**group._asdict(), "sets": [one._asdict() for one in group.sets]} for group in self.groups.values()],
            "treated": [one._asdict() for one in self.treated],
            "firms": [one._asdict() for one in self.firms.values()],
            "questions": [one._asdict() for one in self.questions],
        }  # fmt: skip


def groups_from_plain(raw: Mapping[str, Any]) -> Groups:
    """Return the groups of an index line."""

    def dated(row: Mapping[str, Any]) -> DatedSet:
        lists: dict[str, Any] = {name: tuple(row[name]) for name in ("codes", "any_of", "none_of")}
        fields: dict[str, Any] = {**row, **lists}
        return DatedSet(**fields)

    def group(row: Mapping[str, Any]) -> Group:
        fields: dict[str, Any] = {**row, "sources": tuple(row["sources"]), "sets": tuple(map(dated, row["sets"]))}
        return Group(**fields)

    made = {row["id"]: group(row) for row in raw["groups"]}
    firms = {row["id"]: Firm(**row) for row in raw["firms"]}
    questions = tuple(OpenQuestion(row["text"], tuple(row["rules"])) for row in raw["questions"])
    return Groups(made, tuple(Treated(**row) for row in raw["treated"]), firms, questions)
