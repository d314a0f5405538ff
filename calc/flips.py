# SPDX-License-Identifier: Apache-2.0
"""Where a comparison of costs flips: which value of one term makes both equal, and the line through the map of two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chipgauge.calc.breakeven import BreakEven, break_even, grid
from chipgauge.calc.cost_terms import TERMS
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.figure import Figure

STEPS = 7
"""At most about so many points of a map on each axis."""
REACH = 8.0
"""A search for a break-even goes from this part of a value to this many times it."""
MOST_MARKUP = 3.0
"""A mark-up that is 0 now is searched up to this: three times the price on top of it."""


@dataclass(frozen=True, slots=True)
class Flip:
    """One term and every value of it at which both cost the same; `low` to `high` was searched, in base units."""

    leaf: Figure
    crossings: tuple[BreakEven, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Map:
    """A ratio over two leaves: `values[y][x]`, in base units of the axes.

    `line[x]` is the value of the second leaf at which the ratio equals 1, or None where it does so nowhere in the search:
    on one side of this line one thing is cheaper, on the other side the other.
    """

    x: Figure
    y: Figure
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    line: tuple[float | None, ...]


def movable(ratio: Figure) -> dict[str, str]:
    """Return the keys of the leaves of a ratio by the names that a user may give them.

    A name is the key, its quantity with case (`mfu:hopper-mixture`), or the quantity alone (`price`): of several leaves
    of one quantity the first, which is that of the numerator.

    >>> from chipgauge.calc.quantity import quantity
    >>> movable(quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200"))["peak.bf16"]
    'huawei-ascend-910c/peak.bf16'
    """
    names: dict[str, str] = {}
    for leaf in ratio.leaves():
        if not isinstance(leaf.value, float) or "/" not in leaf.key:
            continue  # a word, or a number that the user wrote: nothing to move
        stem = leaf.key.partition("/")[2].partition("@")[0]
        for name in (leaf.key, stem, stem.partition(":")[0], leaf.name):
            names.setdefault(name, leaf.key)
    return names


def leaf_named(ratio: Figure, name: str) -> Figure:
    """Return the leaf of a ratio that a user means by a name.

    Raises
    ------
    UnknownName
        The ratio does not stand on it; the message lists what it stands on.
    """
    names = movable(ratio)
    if name not in names:
        short = sorted({other.partition(":")[0] for other in names if "/" not in other})
        hint = did_you_mean(name, names) or f" It stands on: {', '.join(short)[:600]}."
        raise UnknownName(f"the ratio does not depend on {name[:60]!r}.{hint}")
    return next(leaf for leaf in ratio.leaves() if leaf.key == names[name])


def flip(ratio: Figure, name: str, *, given: Mapping[str, float] | None = None) -> Flip:
    """Return every value of a term at which a ratio equals 1, all other terms kept.

    Parameters
    ----------
    ratio : Figure
        A known ratio of two costs. [1]
    name : str
        A key, or a name of `movable`.

    Examples
    --------
    How fast would the 910C have to be for the peak of the H200?

    >>> from chipgauge.calc.quantity import quantity
    >>> found = flip(quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200"), "peak.bf16")
    >>> [one.value / 1e12 for one in found.crossings]
    [989.5]
    """
    leaf = leaf_named(ratio, name)
    low, high = ends(leaf)
    return Flip(leaf, tuple(break_even(ratio, leaf.key, target=1.0, low=low, high=high, given=given)), low, high)


def two_way(ratio: Figure, x: str, y: str, *, xs: Sequence[float] = (), ys: Sequence[float] = ()) -> Map:
    """Return a ratio over two terms, with the line on which it equals 1: where the answer flips.

    Parameters
    ----------
    ratio : Figure
        A known ratio of two costs. [1]
    x, y : str
        Two terms, as `flip` takes them.
    xs, ys : sequence of float, optional
        Points of the axes in base units; round values around the terms as they are by default.

    Raises
    ------
    UnknownName
        The ratio does not stand on one of them, or they are one and the same.
    """
    across, down = leaf_named(ratio, x), leaf_named(ratio, y)
    if across.key == down.key:
        raise UnknownName(f"a map needs two terms; {x[:60]!r} and {y[:60]!r} are both {across.key}")
    xs, ys = tuple(xs) or steps(across), tuple(ys) or steps(down)
    values = grid(ratio, across.key, down.key, xs=xs, ys=ys)
    line = [flip(ratio, down.key, given={across.key: value}).crossings for value in xs]
    return Map(
        across, down, xs, ys, tuple(tuple(float(value) for value in row) for row in values),
        tuple(found[0].value if found else None for found in line),
    )  # fmt: skip


def ends(leaf: Figure) -> tuple[float, float]:
    """Return the interval that is searched: all of a share, around a value, and up to `MOST_MARKUP` where it is 0 now.

    >>> from chipgauge.calc.quantity import quantity
    >>> [end / 1e12 for end in ends(quantity("peak.bf16", "H20"))]
    [18.5, 1184.0]
    """
    if leaf.name in TERMS and TERMS[leaf.name].below <= 1.0 + 1e-9:
        return 0.0, min(1.0, TERMS[leaf.name].below) - 1e-9
    if leaf.number == 0:
        return 0.0, MOST_MARKUP
    high = leaf.number * REACH
    return leaf.number / REACH, min(high, 1.0) if leaf.name.startswith("mfu") else high


def steps(leaf: Figure) -> tuple[float, ...]:
    """Return round values of a leaf from half to twice what it is now, inside of what is searched. [base units]

    >>> from chipgauge.calc.quantity import quantity
    >>> [round(value / 1e12) for value in steps(quantity("peak.bf16", "H20"))]
    [100, 150, 200, 250]
    """
    least, most = ends(leaf)
    if leaf.number:
        least, most = max(least, leaf.number / 2), min(most, leaf.number * 2)
    scale = leaf.unit.numerator / leaf.unit.denominator
    low, high = least / scale, most / scale
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(place * step * scale for place in range(first, last + 1))


__all__ = ["Flip", "Map", "ends", "flip", "leaf_named", "movable", "steps", "two_way"]
