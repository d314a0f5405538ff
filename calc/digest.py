# SPDX-License-Identifier: Apache-2.0
"""What is kept of any number of values: how many, their sum, the extremes with their rows, and a fixed histogram.

The buckets do not depend on the data: the sign, the exponent and eleven bits of the mantissa of a number. So histograms
add up exactly, in whatever parts the values came, and a quantile (the lower one) is right to one part in two thousand; one
whose size is below 2^-511 or from 2^512 on is cut off there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

SHIFT = 52 - 11
LEAST, MOST = (1023 - 511) << 11, ((1023 + 512) << 11) - 1
"""Codes of the least and the greatest size that are told apart: 2^-511, and just below 2^512."""


class Extremes(NamedTuple):
    """Of some values: how many there are, how many have no value, their sum, and the extremes with their rows."""

    known: int = 0
    undefined: int = 0
    total: float = 0.0
    low: float = math.inf
    low_row: int = -1
    high: float = -math.inf
    high_row: int = -1

    def and_then(self, later: Extremes) -> Extremes:
        """Return those of these values and of later rows; of equal extremes the first row stays."""
        low = later if later.low < self.low else self
        high = later if later.high > self.high else self
        return Extremes(
            self.known + later.known, self.undefined + later.undefined, self.total + later.total, low.low, low.low_row,
            high.high, high.high_row,
        )  # fmt: skip


class Counts:
    """Counts of codes, kept between the least and the greatest that has occurred."""

    def __init__(self, first: int = 0, counts: Any = None) -> None:
        self.first, self.counts = first, counts

    def add(self, other: Counts) -> None:
        """Add other counts."""
        import numpy

        if other.counts is None:
            return
        if self.counts is None:
            self.first, self.counts = other.first, other.counts.copy()
            return
        low = min(other.first, self.first)
        high = max(other.first + len(other.counts), self.first + len(self.counts))
        if high - low > len(self.counts):
            grown = numpy.zeros(high - low, dtype=numpy.int64)
            grown[self.first - low : self.first - low + len(self.counts)] = self.counts
            self.first, self.counts = low, grown
        self.counts[other.first - low : other.first - low + len(other.counts)] += other.counts

    def edges(self) -> Any:
        """Return the ends of the buckets, one more than there are counts."""
        import numpy

        codes = numpy.arange(self.first, self.first + len(self.counts) + 1)
        return numpy.ldexp(1 + (codes & 2047) / 2048, (codes >> 11) - 1023)


class Histogram:
    """Counts of the values below zero, at zero and above zero."""

    def __init__(self, below: Counts | None = None, zeros: int = 0, above: Counts | None = None) -> None:
        self.below, self.zeros, self.above = below or Counts(), zeros, above or Counts()

    def add(self, other: Histogram) -> None:
        """Add another histogram."""
        self.below.add(other.below)
        self.zeros += other.zeros
        self.above.add(other.above)

    def quantiles(self, shares: Sequence[float], low: float, high: float) -> list[float]:
        """Return quantiles between the extremes, linear within a bucket."""
        import numpy

        starts: list[Any] = []
        ends: list[Any] = []
        counts: list[Any] = []
        if self.below.counts is not None:
            edges = -self.below.edges()[::-1]
            starts, ends, counts = [edges[:-1]], [edges[1:]], [self.below.counts[::-1]]
        for part in (starts, ends):
            part.append([0.0])
        counts.append([self.zeros])
        if self.above.counts is not None:
            edges = self.above.edges()
            starts, ends, counts = [*starts, edges[:-1]], [*ends, edges[1:]], [*counts, self.above.counts]
        start, end, count = (numpy.concatenate(part) for part in (starts, ends, counts))
        sums = numpy.cumsum(count)
        found: list[float] = []
        for share in shares if sums[-1] else ():
            rank = share * (float(sums[-1]) - 1)
            place = int(numpy.searchsorted(sums, rank, side="right"))
            within = (rank - float(sums[place] - count[place]) + 0.5) / float(count[place])
            value = float(start[place]) + (float(end[place]) - float(start[place])) * within
            found.append(min(max(value, low), high))
        return found


def code_of(size: float) -> int:
    """Return the code of a number above zero.

    >>> code_of(1.0) == code_of(1.0004) == code_of(1.0005) - 1, code_of(1e-300) == LEAST
    (True, True)
    """
    mantissa, exponent = math.frexp(size)
    code = ((exponent + 1022) << 11) + int((mantissa - 0.5) * 4096)
    return min(max(code, LEAST), MOST)


def _counted(sizes: Any, low: float, high: float) -> Counts:
    """Return the counts of numbers above zero, of which the least and the greatest are known."""
    import numpy

    first, last = code_of(low), code_of(high)
    codes = sizes.view(numpy.int64) >> SHIFT
    if first == LEAST or last == MOST:
        numpy.clip(codes, LEAST, MOST, out=codes)
    codes -= first
    return Counts(first, numpy.bincount(codes, minlength=last - first + 1))


def digest(values: Any, first_row: int, histogram: Histogram) -> Extremes:
    """Return the extremes of a contiguous column whose rows count from `first_row`, and count it into a histogram."""
    import numpy

    total, rows, undefined = float(values.sum()), None, 0
    if not math.isfinite(total):
        rows = numpy.flatnonzero(numpy.isfinite(values))
        undefined = len(values) - len(rows)
        if not len(rows):
            return Extremes(undefined=undefined)
        values = values[rows]
        total = float(values.sum())
    least, most = int(values.argmin()), int(values.argmax())
    low, high = float(values[least]), float(values[most])
    if low > 0:
        histogram.above.add(_counted(values, low, high))
    else:
        above, below = values[values > 0], -values[values < 0]
        histogram.zeros += len(values) - len(above) - len(below)
        for part, sizes in ((histogram.above, above), (histogram.below, below)):
            if len(sizes):
                part.add(_counted(sizes, float(sizes.min()), float(sizes.max())))
    places = (least, most) if rows is None else (int(rows[least]), int(rows[most]))
    return Extremes(len(values), undefined, total, low, first_row + places[0], high, first_row + places[1])


__all__ = ["Counts", "Extremes", "Histogram", "code_of", "digest"]
