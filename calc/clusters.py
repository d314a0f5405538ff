# SPDX-License-Identifier: Apache-2.0
"""Clusters: a dated series of states, which of them a name means, and what a source publishes beside what its chips give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, Protocol

from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import Quantity, find
from chipgauge.specs.records import Entry, Item, Subject, first_day

PUBLISHED = "h100e.published"
BEFORE_ALL = "0001-01-01"
"""A day on which no dated state was reached: what is left is the plan without a date."""


class State(NamedTuple):
    """One dated state of a cluster: what it is (`existing`, `planned`, `projected`, `decommissioned`) and who says so.

    `snapshot` is the date of the source in which the state was read: a later snapshot may say otherwise.
    """

    date: str
    status: str
    snapshot: str
    source: str

    @property
    def exists(self) -> bool:
        """Whether the state was there when it was written down, and not planned or projected."""
        return self.status in ("existing", "decommissioned")

    @property
    def words(self) -> str:
        """The state in words: `existing, 2025-10-19`."""
        return f"{self.status}, {self.date}"


def states(cluster: Item, catalog: Catalog) -> list[State]:
    """Return the states of a cluster, oldest first; a plan without a date comes last.

    >>> from chipgauge.specs.catalog import catalog
    >>> [state.status for state in states(catalog().find("Colossus 2"), catalog())]
    ['existing', 'projected', 'projected']
    """
    found: list[State] = []
    for key in catalog.series(cluster.id, "state"):
        leaf = catalog.leaf(cluster.id, key.partition("/")[2])
        if leaf is not None:
            source = leaf.sources[0]
            found.append(State(key.partition("@")[2], str(leaf.value), catalog.source(source).date, source))
    return sorted(found, key=lambda state: first_day(state.date))


def state_at(cluster: Item, catalog: Catalog, on: str = "") -> State | None:
    """Return the state that the name of a cluster means: the last one at a date.

    Planned and projected states count only in a catalogue that was asked for them (`adjusted(projected=True)`); a
    plan without a date is taken there where no dated state is.

    Parameters
    ----------
    on : str
        Date (ISO); empty for the data date of the tables.
    """
    known = [state for state in states(cluster, catalog) if state.exists or catalog.projected]
    dated = [state for state in known if first_day(state.date) <= (on or catalog.as_of)]
    undated = [state for state in known if state.date == "undated"]
    taken = dated or undated
    return taken[-1] if taken else None


def no_state(cluster: Item, catalog: Catalog, on: str) -> str:
    """Return why the name of a cluster means nothing at a date."""
    known = states(cluster, catalog)
    later = [state for state in known if state.exists and first_day(state.date) > on]
    if later:
        return f"{cluster.name} has no state before {later[0].date}"
    hint = "" if catalog.projected else "; --projected takes such states"
    if not known:
        return f"no state of {cluster.name} is in the tables: give the figure itself"
    return f"{cluster.name} has only states that are planned or projected ({known[-1].words}){hint}"


def at_state(name: str, cluster: Item, state: State, catalog: Catalog) -> Figure:
    """Return a figure of a cluster in one of its states, which is named by its date."""
    from chipgauge.calc.quantity import quantity

    every = catalog if catalog.projected else catalog.adjusted(projected=True)
    day = BEFORE_ALL if state.date == "undated" else state.date
    return quantity(name, Subject(cluster), catalog=every, on=day)


class Resolver(Protocol):
    """What the one resolver offers to the figures of a cluster."""

    catalog: Catalog
    on: str

    def contents(self, item: Item) -> list[tuple[Figure, Item]]: ...
    def chip_count(self, subject: Subject) -> Figure: ...
    def of_system(self, name: str, item: Item) -> Figure: ...


def figure_of(resolver: Resolver, name: str, item: Item) -> Figure:
    """Return what is stated of the state that a cluster's name means, else the sum over the chips of that state."""
    catalog, row = resolver.catalog, find(name.split(":", 1)[0])
    if f"{item.id}/{name}" in catalog.overrides:
        return catalog.leaf(item.id, name) or catalog.missing(item.id, row.name)
    state = state_at(item, catalog, resolver.on)
    if state is None:
        return catalog.missing(item.id, row.name, no_state(item, catalog, resolver.on))
    stated = catalog.leaf(item.id, f"{name}@{state.date}")
    if stated is not None:
        return stated
    contents = resolver.contents(item)
    if not contents or (row.on_system == "own" and name != "chips"):
        return catalog.missing(item.id, row.name, _why_unknown(row, item, state, catalog))
    figure = resolver.chip_count(Subject(item)) if name == "chips" else resolver.of_system(name, item)
    if row.on_system not in ("sum", "own") or figure.kind == "leaf":
        return figure  # of one of its chips, whose own figure it is; or the one stated number of chips
    condition = "; ".join(filter(None, (figure.condition, state.words)))
    return replace(figure, key=f"{name}({item.id}@{state.date})", item=item.id, condition=condition, _cache={})


def _why_unknown(row: Quantity, item: Item, state: State, catalog: Catalog) -> str:
    where = f"{item.name}, {state.words}"
    if state.status == "decommissioned":
        return f"{item.name} was decommissioned on {state.date}"
    named = catalog.leaf(item.id, f"chips.named@{state.date}")
    if (row.on_system != "own" or row.name == "chips") and named is not None:
        why = f": {named.note.rstrip('.')}" if named.note else ""
        return f"the chips of {where} are named as {named.text!r}, which is no chip of the tables{why}"
    if row.prices:
        return f"a site is not sold; its source estimates the computing hardware and all capital of {item.name}"
    return f"no source in the tables states {row.noun} of {where}"


def taken(cluster: Item, catalog: Catalog, figures: Iterable[Figure]) -> str:
    """Return in words which state of a cluster some figures are of, and which later ones were left out; or nothing."""
    leaves = (leaf for figure in figures for leaf in figure.leaves() if leaf.item == cluster.id)
    dates = {leaf.key.partition("@")[2] for leaf in leaves} - {""}
    known = states(cluster, catalog)
    used = [state for state in known if state.date in dates]
    if not used:
        return ""
    left = [state for state in known[known.index(used[-1]) + 1 :] if not state.exists]
    later = "" if catalog.projected or not left else f"; {left[-1].words} with --projected"
    return f"{cluster.name}: {used[-1].words}, as of {used[-1].snapshot or 'a source without a date'}{later}"


class Published(NamedTuple):
    """H100-equivalents that a source prints for a state, beside what the chips of the state give at their 8-bit rates.

    `ratio` is printed over recomputed. `why` is what the table says where the figure is a known error of the source.
    """

    state: State
    entry: Entry
    recomputed: Figure
    ratio: float | None
    why: str

    @property
    def flagged(self) -> bool:
        """Whether the table lists the published figure as an error."""
        return self.entry.role == "shown" and self.why.startswith("Error of the source")


def published(cluster: Item, catalog: Catalog) -> list[Published]:
    """Return every published number of H100-equivalents of a cluster beside the recomputed one, oldest state first."""
    rows: list[Published] = []
    every = catalog.adjusted(projected=True)
    for state in states(cluster, catalog):
        made = at_state("h100e.8bit", cluster, state, every)
        for entry in catalog.entries(cluster.id).get(f"{cluster.id}/{PUBLISHED}@{state.date}", ()):
            known = made.known and made.number > 0 and isinstance(entry.value, float)
            ratio = float(entry.value or 0.0) / made.number if known else None
            rows.append(Published(state, entry, made, ratio, entry.why))
    return rows


__all__ = ["Published", "State", "at_state", "first_day", "no_state", "published", "state_at", "states", "taken"]
