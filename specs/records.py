# SPDX-License-Identifier: Apache-2.0
"""The record types of the tables: an item (chip, system), a source, and one statement of one source.

Plain records are named tuples throughout: Python takes five times as long to define a frozen dataclass, and a
comparison starts in the time of a few dozen of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

CREDIBLE = frozenset({"vendor", "vendor-code", "regulator", "paper", "dataset", "analyst"})
"""Kinds of source whose disagreement makes a range; the others are shown and never widen it."""

WEAK = frozenset({"notes", "survey", "scrape"})
"""Kinds of source that are not chosen while there is another."""

SOURCE_KINDS = (*sorted(CREDIBLE), "press", "notes", "survey", "scrape", "method")
"""`method` is this project's own definition (for example how many bits TF32 counts for)."""


class Item(NamedTuple):
    """A chip, a system, a cluster, a cost parameter or a growth rate: `kind` is its folder in the singular.

    The `maker` of a cluster is its operator; `country` is a two-letter code.
    """

    id: str
    kind: str
    name: str
    maker: str
    aliases: tuple[str, ...] = ()
    same_die: str = ""
    file: str = ""
    country: str = ""


class Source(NamedTuple):
    """Where a value was read: publisher, title, address, dates, kind and licence, each empty where not known."""

    id: str
    publisher: str
    title: str
    url: str
    kind: str
    date: str = ""
    accessed: str = ""
    licence: str = ""
    archive: str = ""
    independent: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """So many of an item, as somebody named it: `100000 H200`.

    `unshipped` is how it stands where no delivery of it was read: `rumoured`, `announced` or `never shipped`.
    """

    item: Item
    count: float = 1.0
    given: str = ""
    others: tuple[str, ...] = ()
    unshipped: str = ""

    @property
    def key(self) -> str:
        """The subject as it stands in keys: the id, with the number before it when it is not one."""
        return self.item.id if self.count == 1 else f"{self.count:.12g} {self.item.id}"


class Entry(NamedTuple):
    """One statement of one source, as it prints it; `value`, `low`, `high` are in base units.

    `role` says how it stands to the other entries of its group: `adopted`, `agrees` (the same up to rounding),
    `conflict` (a credible source says otherwise; widens the range) or `shown`.
    """

    item: str
    quantity: str
    text: str
    value: float | str | bool | None
    source: str
    role: str = "adopted"
    low: float | None = None
    high: float | None = None
    status: str = "stated"
    via: str = ""
    at: str = ""
    why: str = ""
    note: str = ""
    date: str = ""
    condition: str = ""
    of: str = ""
    absent: bool = False

    @property
    def key(self) -> str:
        """The key of the leaf that this entry speaks about: `item/quantity[:case][@date]`."""
        return f"{self.item}/{self.quantity}" + (f"@{self.date}" if self.date else "")


_BESIDE_CHINESE = re.compile("(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")


def normal(name: str) -> str:
    """Return a name as it is compared: case, hyphens, underscores and how many spaces there are do not matter.

    Nor does a space beside a Chinese character: whether one stands between Chinese and Latin is a matter of taste.

    >>> normal("H200-NVL") == normal("h200  nvl"), normal("昇腾 910C") == normal("昇腾910c")
    (True, True)
    """
    plain = " ".join(name.casefold().replace("-", " ").replace("_", " ").split())
    return plain if plain.isascii() else _BESIDE_CHINESE.sub("", plain)


def first_day(date: str) -> str:
    """Return a date that compares as text: `2026-Q2` is 2026-04, `2026-H2` is 2026-07; what is undated comes last.

    >>> first_day("2026-Q2"), first_day("2025-10-19"), first_day("undated") > "2999"
    ('2026-04', '2025-10-19', True)
    """
    year, _, rest = date.partition("-")
    months = {"Q1": "01", "Q2": "04", "Q3": "07", "Q4": "10", "H1": "01", "H2": "07"}
    return f"{year}-{months.get(rest, rest)}" if rest else year
