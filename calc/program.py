# SPDX-License-Identifier: Apache-2.0
"""A derivation with some leaves left open, as a list of steps: what a sweep runs on columns, here or in another process.

Whatever does not depend on an open leaf is computed once; every other step is the function of its node, so that a sweep
goes through the same formulas as a single figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chipgauge.specs.figure import Figure

MISSING = -1
"""The slot of an answer without a value, and of an open leaf that nothing uses."""


Step = tuple[Callable[..., Any], tuple[int, ...], int, tuple[int, ...]]
"""A function, the slots it takes, the slot it fills, and those that nothing needs afterwards."""


class Program(NamedTuple):
    """Steps over slots: `constants` and `inputs` are filled first; each of `steps` fills one more and empties others.

    What no later step needs goes at once, so that the next column takes its place in the cache.
    """

    slots: int
    constants: tuple[tuple[int, Any], ...]
    inputs: tuple[int, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    def run(self, columns: Sequence[Any]) -> list[Any]:
        """Return the value of each answer for columns (or numbers) of the open leaves; None for one without a value."""
        values: list[Any] = [None] * self.slots
        for slot, value in self.constants:
            values[slot] = value
        for slot, column in zip(self.inputs, columns, strict=True):
            if slot != MISSING:
                values[slot] = column
        for apply, taken, slot, done in self.steps:
            values[slot] = apply(*[values[place] for place in taken])
            for place in done:
                values[place] = None
        return [None if slot == MISSING else values[slot] for slot in self.outputs]

    def watched(self, columns: Sequence[Any]) -> list[Any]:
        """Return the same for columns, NaN in each row in which a step divided by zero or otherwise left the numbers.

        NumPy tells at no cost that a step did so somewhere; only then is it looked where.
        """
        import numpy

        try:
            with numpy.errstate(divide="raise", over="raise", invalid="raise"):
                return self.run(columns)
        except FloatingPointError:
            from chipgauge.calc.watched import Watched

            found = self.run([Watched(column) for column in columns])
        return [value.plain() if isinstance(value, Watched) else value for value in found]


def compiled(figures: Sequence[Figure], keys: Sequence[str]) -> Program:
    """Return the program of some figures; `keys` are the leaves that stay open.

    >>> from chipgauge.calc.quantity import quantity
    >>> program = compiled([quantity("per_watt.peak.bf16", "H200")], ["nvidia-h200-sxm/peak.bf16"])
    >>> program.run([1.4e15])
    [2000000000000.0]
    """
    slots: dict[str, int] = {}
    moving: set[str] = set()
    constants: list[tuple[int, Any]] = []
    steps: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
    for figure in figures:
        for node in figure.nodes() if figure.known else ():
            if node.key in slots:
                continue
            slot = slots[node.key] = len(slots)
            below = [child.key for _, child in node.inputs]
            if node.key in keys:
                moving.add(node.key)
            elif node.apply is not None and not moving.isdisjoint(below):
                moving.add(node.key)
                steps.append((node.apply, tuple(slots[key] for key in below), slot))
            else:
                constants.append((slot, node.value))
    used = {place for _, taken, _ in steps for place in taken} | {slots[f.key] for f in figures if f.known}
    return Program(
        len(slots), tuple(pair for pair in constants if pair[0] in used), tuple(slots.get(key, MISSING) for key in keys),
        _emptied(steps, {slots[f.key] for f in figures if f.known}), tuple(slots[figure.key] if figure.known else MISSING for figure in figures),
    )  # fmt: skip


def _emptied(steps: Sequence[tuple[Callable[..., Any], tuple[int, ...], int]], kept: set[int]) -> tuple[Step, ...]:
    """Return the steps, each with the slots that no later one takes."""
    seen = set(kept)
    made: list[Step] = []
    for apply, taken, slot in reversed(steps):
        made.append((apply, taken, slot, tuple(place for place in dict.fromkeys(taken) if place not in seen)))
        seen.update(taken)
    return tuple(reversed(made))
