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
    with_kind = {entry.date for entry in entries if entry.of}
    stated = {entry.date for entry in entries if entry.quantity == "state" and entry.role in ("", "adopted")}
    allowed = ", ".join(CLUSTER_STATES)
    if not entries:
        reader.report(
            "figures", "a cluster has at least one dated state", f'quantity = "state", value = one of {allowed}'
        )
    for index, entry in enumerate(entries):
        message = hint = ""
        if entry.date not in stated:
            message = f"no state is dated {entry.date}"
            hint = f'add quantity = "state", date = "{entry.date}" with one of {allowed}'
        elif entry.quantity == "state" and entry.value not in CLUSTER_STATES:
            message, hint = f"{entry.text[:40]!r} is not a state", f"allowed: {allowed}"
        elif entry.quantity == "chips" and entry.date in with_kind:
            message, hint = (
                "chips of known and of unknown kind in one state",
                "give every kind of chip, or the sum alone",
            )
        if message:
            reader.report(entry.key, message, hint, reader.line_of("[[figures]]", index, "quantity"))


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
