# SPDX-License-Identifier: Apache-2.0
"""The Pareto front against the definition: nobody beats a plan of it, and somebody beats or equals every other."""

from __future__ import annotations

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.pareto import Front

ROWS = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=60)


def columns(rows: list[tuple[int, int, int]], first: int = 0) -> list[numpy.ndarray]:
    made = [numpy.array(column, dtype=float) for column in zip(*rows, strict=True)]
    return [*made, numpy.arange(first, first + len(rows)), numpy.zeros(len(rows))]


def beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(rows=ROWS, cut=st.integers(0, 60))
def test_the_front_is_what_nobody_beats(rows: list[tuple[int, int, int]], cut: int) -> None:
    front = Front()
    for first, part in ((0, rows[:cut]), (len(rows[:cut]), rows[cut:])):
        if part:
            front.add(*columns(part, first))
    kept = front.entries()
    places: dict[tuple[float, ...], int] = {row: rows.index(row) for row in rows}
    wanted = {row for row in rows if not any(beats(other, row) for other in rows)}
    assert {entry[:3] for entry in kept} == wanted and len(kept) == len(wanted)
    assert [entry[3] for entry in kept] == [places[entry[:3]] for entry in kept]  # of equals the first
    assert kept == sorted(kept, key=lambda entry: (entry[0], entry[3]))


def test_an_empty_front() -> None:
    assert Front().entries() == []
