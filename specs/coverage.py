# SPDX-License-Identifier: Apache-2.0
"""How well values are supported: read in the source or through another, confirmed by an independent one or alone.

The counts overlap and are given as they are, good or bad: a value that nobody confirms is not hidden among the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from chipgauge.specs.records import CREDIBLE, Entry, Source


class Support(NamedTuple):
    """What one adopted value stands on."""

    second_hand: bool
    located: bool
    independent: bool
    single: bool
    weak: bool


class Coverage(NamedTuple):
    """How many adopted values there are, and how many of them are supported how.

    `first_hand` and `second_hand` (read through another source) add up to `values`; `located` name the place in a
    document that was open while typing. `independent` have at least one other credible source, of another publisher,
    that agrees; `single` rest on one source alone; the rest have others beside them that differ, are of the same
    publisher or are not credible. `weak` are adopted from press, notes, a survey or a scrape.
    """

    values: int = 0
    first_hand: int = 0
    second_hand: int = 0
    located: int = 0
    independent: int = 0
    single: int = 0
    weak: int = 0
    without_source: int = 0


class Use(NamedTuple):
    """How often a source is used: entries that name it, those of them that are adopted, values read through it."""

    entries: int
    adopted: int
    relayed: int


def support(chosen: Entry, group: Sequence[Entry], source: Callable[[str], Source]) -> Support:
    """Return what a chosen entry of a group stands on; `source` gives the record of an id.

    An adopted price range or a rounded figure is confirmed by an entry with the role `agrees`, no matter in which
    order the two were typed.
    """
    own = {source(name).publisher for name in (chosen.source, chosen.via) if name}
    agreeing = [entry for entry in group if entry is not chosen and entry.role in ("agrees", "adopted")]
    confirmed = any(
        source(entry.source).kind in CREDIBLE and source(entry.source).publisher not in own for entry in agreeing
    )
    return Support(
        bool(chosen.via),
        bool(chosen.at),
        confirmed,
        len({entry.source for entry in group}) < 2,
        source(chosen.source).kind not in (*CREDIBLE, "method"),
    )


def total(supports: Iterable[Support], without_source: int = 0) -> Coverage:
    """Return the counts of some values."""
    found = list(supports)
    second, located, independent, single, weak = (
        (sum(column) for column in zip(*found, strict=True)) if found else [0] * 5
    )
    return Coverage(len(found), len(found) - second, second, located, independent, single, weak, without_source)


def coverage(groups: Iterable[Sequence[Entry]], source: Callable[[str], Source]) -> Coverage:
    """Return how well the adopted values of some groups are supported."""
    groups = list(groups)
    adopted = [(entry, group) for group in groups for entry in group if entry.role == "adopted" and entry.source]
    without = sum(not entry.source for group in groups for entry in group)
    return total((support(entry, group, source) for entry, group in adopted), without)


def uses(groups: Iterable[Sequence[Entry]]) -> dict[str, Use]:
    """Return how often each source is used, by id."""
    entries: Counter[str] = Counter()
    adopted: Counter[str] = Counter()
    relayed: Counter[str] = Counter()
    for group in groups:
        for entry in group:
            entries[entry.source] += 1
            adopted[entry.source] += entry.role == "adopted"
            relayed[entry.via] += bool(entry.via)
    names = {*entries, *relayed} - {""}
    return {name: Use(entries[name], adopted[name], relayed[name]) for name in sorted(names)}


def credit(source: Source) -> str:
    """Return the line that credits a source whose licence is known, empty for others.

    >>> from chipgauge.specs.catalog import catalog
    >>> credit(catalog().source("epoch-ml-hardware")).partition(" (CSV")[0]
    'Epoch AI: Machine Learning Hardware database'
    """
    if not source.licence or source.kind == "method":
        return ""
    return ". ".join(part for part in (f"{source.publisher}: {source.title}", source.licence, source.url) if part)
