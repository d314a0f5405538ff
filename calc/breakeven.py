# SPDX-License-Identifier: Apache-2.0
"""Where an answer flips: the value of one leaf, or the line in two, at which a figure reaches a target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chipgauge.specs.errors import UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure

SCAN = 257
"""Points at which an interval is searched for a change of sign before each root is refined."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """One crossing: the leaf, its value now and at the crossing, in the base units of the leaf.

    `change` is the relative change of the leaf; `None` where the leaf is 0 now.
    """

    leaf: Figure
    now: float
    value: float
    change: float | None


def find_leaf(figure: Figure, key: str) -> Figure:
    """Return the leaf of this key under a figure.

    Raises
    ------
    UnknownName
        The figure does not stand on such a leaf.
    """
    leaves = {leaf.key: leaf for leaf in figure.leaves()}
    if key in leaves:
        return leaves[key]
    hint = did_you_mean(key, list(leaves)) or f" It stands on: {', '.join(sorted(leaves)[:8])}."
    raise UnknownName(f"{figure.key[:80]} does not depend on {key[:80]!r}.{hint}")


def break_even(
    figure: Figure, key: str, *, target: float, low: float, high: float, given: Mapping[str, float] | None = None
) -> list[BreakEven]:
    """Return every value of a leaf between two ends at which a figure equals a target.

    Parameters
    ----------
    figure : Figure
        A known figure, for example a ratio of two costs.
    key : str
        Key of the leaf to move, all others kept.
    target : float
        Value to be reached, in base units of the figure (1 for a ratio: as dear as).
    low, high : float
        Ends of the search, in base units of the leaf.
    given : mapping, optional
        Other leaves that are held elsewhere than at their value, by key.

    Raises
    ------
    UnknownName
        The figure does not stand on that leaf.
    UnitError
        The ends are not an interval of finite numbers.

    Notes
    -----
    The interval is scanned at 257 points and each change of sign refined by Brent's method (scipy), to the last bits of
    a double; two crossings between neighbouring points would both be missed.

    Examples
    --------
    At which rate would the 910C reach the peak of the H200?

    >>> from chipgauge.calc.quantity import quantity
    >>> ratio = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")
    >>> [found] = break_even(ratio, "huawei-ascend-910c/peak.bf16", target=1, low=1e14, high=2e15)
    >>> round(found.value / 1e12, 1), round(found.change, 3)
    (989.5, 0.316)
    """
    import numpy
    from scipy.optimize import brentq

    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UnitError(f"the search for a crossing needs two ends, the lower first; got {low:g} and {high:g}")
    leaf = find_leaf(figure, key)
    points, held = numpy.linspace(low, high, SCAN), dict(given or {})
    with numpy.errstate(all="ignore"):
        above = numpy.asarray(figure.evaluate({**held, key: points}), dtype=float) * numpy.ones(SCAN) - target

    def gap(value: float) -> float:
        return float(figure.evaluate({**held, key: value})) - target

    roots: list[float] = []
    for place in numpy.flatnonzero(numpy.isfinite(above)):
        after = place + 1
        if above[place] == 0:
            roots.append(float(points[place]))
        elif after < SCAN and numpy.isfinite(above[after]) and above[place] * above[after] < 0:
            roots.append(float(brentq(gap, points[place], points[after], xtol=1e-300, rtol=1e-14)))
    now = leaf.number
    return [BreakEven(leaf, now, root, (root - now) / now if now else None) for root in roots]


def grid(figure: Figure, first: str, second: str, *, xs: Any, ys: Any) -> Any:
    """Return a figure over a grid of two leaves. [base units of the figure, shape (len(ys), len(xs))]

    The two-way map of a break-even: where the result crosses the target, the answer flips.

    Examples
    --------
    >>> from chipgauge.calc.quantity import quantity
    >>> ratio = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")
    >>> keys = ("huawei-ascend-910c/peak.bf16", "nvidia-h200-sxm/peak.bf16")
    >>> grid(ratio, *keys, xs=[1e15, 2e15], ys=[1e15, 2e15]).tolist()
    [[1.0, 2.0], [0.5, 1.0]]
    """
    import numpy

    for key in (first, second):
        find_leaf(figure, key)
    across, down = numpy.meshgrid(numpy.asarray(xs, float), numpy.asarray(ys, float))
    return figure.evaluate({first: across, second: down}) * numpy.ones_like(across)


__all__ = ["BreakEven", "break_even", "find_leaf", "grid"]
