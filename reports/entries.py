# SPDX-License-Identifier: Apache-2.0
"""What stands in a ledger and on a page: a number with its link, a mention of a source, an entry with its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chipgauge.reports import text
from chipgauge.reports.markup import short
from chipgauge.specs.figure import Figure


@dataclass(frozen=True, slots=True)
class Num:
    """A number as it stands on the page: its words, and the entry (`d12`) that derives it.

    `status` is empty for a stated value; `state` is `known`, `absent` or `unknown`, then `why` says the reason.
    `form` says how it is printed: a plain number, a ratio (`r`), per cent (`p`) or a whole number of things (`w`).
    """

    text: str
    href: str
    unit: str = ""
    spread: str = ""
    status: str = ""
    state: str = "known"
    why: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A mention of a source: its number on the page and its publisher."""

    number: int
    publisher: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says: the text as printed, the part it plays, where it was read and through whom.

    `text` is empty where it is what stands beside it already.
    """

    text: str
    role: str
    source: Ref
    via: Ref | None = None
    at: str = ""
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """An input of a derivation: its name in the formula, its value, its entry."""

    name: str
    text: str
    href: str
    wins: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """One numbered entry: what it is, its value, how it follows from its inputs or which sources state it.

    `status` is the weakest that it rests on; `printed` is the number of its formula on the page, `cite` the citation of an operation that is no formula; of the
    sources that state it, `statements` are the one that is used and those that differ, unless the page has a table of
    them (`dispute`); `agree` are the others. `rests` are the sources of what was computed before the page was made.
    """

    id: str
    title: str
    value: str
    status: str
    condition: str = ""
    formula: str = ""
    printed: int = 0
    infix: bool = False
    inputs: tuple[Part, ...] = ()
    cite: str = ""
    why: str = ""
    note: str = ""
    statements: tuple[Statement, ...] = ()
    agree: tuple[Statement, ...] = ()
    dispute: str = ""
    rests: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What was computed before the page was made: its value as printed, how it came about, the sources under it."""

    number: int
    title: str
    value: str
    note: str
    sources: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The entries that belong together, numbered from `start`."""

    title: str
    start: int
    entries: tuple[Derivation, ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as the page lists it; `values` of this page rest on it, `relayed` were read through it."""

    number: int
    publisher: str
    title: str
    url: str
    kind: str
    date: str
    licence: str
    independent: bool
    values: int
    relayed: int
    second_hand: bool


def resting(figure: Figure) -> str:
    """Return the weakest status that a figure rests on: empty for a stated value, else what its mark says."""
    worst = figure.weakest_status()
    return "" if worst == "stated" else worst


def brief(name: str) -> str:
    """Return an item's name without its maker, short enough for a label.

    >>> brief("NVIDIA H20 96 GB")
    'H20 96 GB'
    """
    return short(text.named(name).removeprefix("the ")) if name else name


def pretty(shown: str) -> str:
    """Return a text with raised figures for a square and a cube, and years for the unit.

    >>> pretty("2.909 TPP/mm^2"), pretty("5 year (4 to 6)"), pretty("USD/year")
    ('2.909 TPP/mm²', '5 years (4 to 6)', 'USD/year')
    """
    return _YEAR.sub("years", shown.replace("^2", "²").replace("^3", "³"))


_YEAR = re.compile(r"(?<!/)\byear\b")
