# SPDX-License-Identifier: Apache-2.0
"""Where one leaf makes a ratio equal to 1, by halving an interval: exact enough to print, without arrays."""

from __future__ import annotations

import math
from collections.abc import Callable

from chipgauge.specs.figure import Figure

POINTS = 13
"""Points of the interval at which a change of sign is looked for."""
HALVINGS = 44


def crossing(ratio: Figure, key: str, low: float, high: float) -> float | None:
    """Return the value of a leaf, between two ends, at which a ratio is 1; None where it is so nowhere.

    Of several the one that is nearest to the leaf's own value. [base units of the leaf]

    Parameters
    ----------
    ratio : Figure
        A known ratio of two costs. [1]
    key : str
        Key of the leaf to move; all others are kept.
    low, high : float
        Ends of the search, in base units of the leaf; the lower one first.

    Examples
    --------
    At which peak would the 910C equal the H200?

    >>> from chipgauge.calc.quantity import quantity
    >>> ratio = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")
    >>> round(crossing(ratio, "huawei-ascend-910c/peak.bf16", 1e14, 2e15) / 1e12, 1)
    989.5
    >>> crossing(ratio, "huawei-ascend-910c/peak.bf16", 1e14, 9e14) is None
    True
    """
    now = next(leaf.number for leaf in ratio.leaves() if leaf.key == key)
    at = ratio.function(key)

    def gap(value: float) -> float:
        try:
            return float(at(value)) - 1.0
        except ZeroDivisionError:
            return math.nan

    points = [low + (high - low) * n / (POINTS - 1) for n in range(POINTS)]
    gaps = [gap(point) for point in points]
    roots: list[float] = []
    for (a, start), (b, end) in zip(
        zip(points, gaps, strict=True), zip(points[1:], gaps[1:], strict=True), strict=False
    ):
        if not (math.isfinite(start) and math.isfinite(end)):
            continue
        if start == 0:
            roots.append(a)
        elif start * end < 0:
            roots.append(_halved(gap, a, b, start))
    if gaps[-1] == 0:
        roots.append(points[-1])
    return min(roots, key=lambda root: abs(root - now), default=None)


def _halved(gap: Callable[[float], float], low: float, high: float, start: float) -> float:
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = gap(middle)
        if found == 0 or middle in (low, high):
            return middle
        if (found < 0) == (start < 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


__all__ = ["crossing"]
