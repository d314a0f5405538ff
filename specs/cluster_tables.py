# SPDX-License-Identifier: Apache-2.0
"""What makes a table a cluster's: a series of dated states, each with its figures and the snapshot they were read in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chipgauge.specs.quantities import CLUSTER_STATES
from chipgauge.specs.records import Entry, Source
from chipgauge.specs.tables import Reader


def check_states(entries: Sequence[Entry], reader: Reader) -> None:
    """Report what is wrong with the states of a cluster.

    Every figure belongs to a date for which the table says `existing`, `planned`, `projected` or `decommissioned`;
    a state has the number of its chips by kind, or as one number of which the kind is not known, never both.
    """
    lines = {id(entry): reader.line_of("[[figures]]", index, "quantity") for index, entry in enumerate(entries)}
    stated = {entry.date for entry in entries if entry.quantity == "state" and entry.role in ("", "adopted")}
    allowed = ", ".join(CLUSTER_STATES)
    if not entries:
        reader.report(
            "figures", "a cluster has at least one dated state", f'quantity = "state", value = one of {allowed}'
        )
    for entry in entries:
        if entry.date not in stated:
            hint = f'add quantity = "state", date = "{entry.date}" with one of {allowed}'
            reader.report(entry.key, f"no state is dated {entry.date}", hint, lines[id(entry)])
        elif entry.quantity == "state" and entry.value not in CLUSTER_STATES:
            reader.report(entry.key, f"{entry.text[:40]!r} is not a state", f"allowed: {allowed}", lines[id(entry)])
        elif entry.quantity == "chips" and any(e.date == entry.date and e.of for e in entries):
            hint = "give every kind of chip, or the sum alone"
            reader.report(entry.key, "chips of known and of unknown kind in one state", hint, lines[id(entry)])


def with_states(entries: Sequence[Entry], sources: Mapping[str, Source]) -> list[Entry]:
    """Return the entries with their state and their snapshot in words: `projected, as of 2026-04`."""
    states = {entry.date: entry.text for entry in entries if entry.quantity == "state"}
    made: list[Entry] = []
    for entry in entries:
        source = sources.get(entry.source)
        words = [
            states.get(entry.date, "") if entry.quantity != "state" else "",
            f"as of {source.date}" if source and source.date else "",
            entry.condition,
        ]
        made.append(entry._replace(condition=", ".join(filter(None, words))))
    return made
