# SPDX-License-Identifier: Apache-2.0
"""The plans that no other plan beats in time, memory and chips at once, kept while columns of plans come in."""

from __future__ import annotations

from typing import Any

Entry = tuple[float, float, float, int, float]


class Front:
    """A Pareto front in time, memory and chips; of plans that are equal in all three the first place stays."""

    def __init__(self) -> None:
        self._columns: tuple[Any, ...] | None = None

    def add(self, time: Any, memory: Any, chips: Any, places: Any, share: Any) -> None:
        """Take in some plans, as columns."""
        import numpy

        columns: tuple[Any, ...] = (time, memory, chips, places, share)
        if self._columns is not None:
            columns = tuple(numpy.concatenate(pair) for pair in zip(self._columns, columns, strict=True))
        kept = undominated(*columns[:4])
        self._columns = tuple(column[kept] for column in columns)

    def entries(self) -> list[Entry]:
        """Return the front, fastest first: time, memory, chips, place, share."""
        if self._columns is None:
            return []
        return sorted(
            zip(*(column.tolist() for column in self._columns), strict=True), key=lambda row: (row[0], row[3])
        )


def undominated(time: Any, memory: Any, chips: Any, places: Any) -> Any:
    """Return the positions of the rows that no other row equals or beats in all three of time, memory, chips.

    >>> import numpy
    >>> time, memory, chips = (numpy.array(column) for column in ([1.0, 2.0, 2.0, 3.0], [9.0, 5.0, 6.0, 5.0], [8, 8, 8, 8]))
    >>> undominated(time, memory, chips, numpy.arange(4)).tolist()
    [0, 1]
    """
    import numpy

    kept: list[Any] = []
    times, least = numpy.array([]), numpy.array([])  # the staircase of all smaller numbers of chips
    for number in numpy.unique(chips):
        own = numpy.flatnonzero(chips == number)
        if len(times):  # what the staircase beats goes before anything is sorted
            step = numpy.searchsorted(times, time[own], side="right") - 1  # pyright: ignore[reportUnknownVariableType]
            own = own[(step < 0) | (memory[own] < least[step])]
        own = own[numpy.lexsort((places[own], memory[own], time[own]))]
        before = numpy.minimum.accumulate(numpy.concatenate(([numpy.inf], memory[own])))[:-1]
        own = own[memory[own] < before]
        kept.append(own)
        merged = numpy.concatenate((times, time[own])), numpy.concatenate((least, memory[own]))
        order = numpy.lexsort((merged[1], merged[0]))
        times, least = merged[0][order], numpy.minimum.accumulate(merged[1][order])
    return numpy.concatenate(kept) if kept else numpy.array([], dtype=int)


__all__ = ["Entry", "Front", "undominated"]
