# SPDX-License-Identifier: Apache-2.0
"""How wide a nominal 80% interval has to be, from the errors of rows whose source was left out of the fit."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from chipgauge.specs.efficiencies import Score
from chipgauge.specs.measured import Measured

NOMINAL = 0.8
"""Share of rows that an interval is meant to hold."""


class LeftOut(NamedTuple):
    """A row predicted without its source: predicted over measured, and the half-width of its interval (logarithm)."""

    ratio: float
    width: float


def around(value: float, width: float) -> tuple[float, float]:
    """Return the ends of the interval around a prediction: the prediction over and times exp(width), in its own unit.

    A time and the rate that is its inverse have one width.

    >>> around(100.0, 0.0)
    (100.0, 100.0)
    >>> [round(end, 6) for end in around(100.0, math.log(2.0))]
    [50.0, 200.0]
    """
    factor = math.exp(width)
    return value / factor, value * factor


def read_left_out(text: str) -> dict[str, LeftOut]:
    """Return what `validate --fit` wrote about left-out rows, by row id.

    >>> read_left_out("id,ratio,width\\na1,1.05,0.1\\n")
    {'a1': LeftOut(ratio=1.05, width=0.1)}
    """
    return {row["id"]: LeftOut(float(row["ratio"]), float(row["width"])) for row in csv.DictReader(text.splitlines())}


def quantile(values: Any, votes: Any, share: float) -> float:
    """Return the value below which a share of the votes lies.

    >>> import numpy
    >>> quantile(numpy.array([3.0, 1.0, 2.0]), numpy.array([1.0, 1.0, 2.0]), 0.5)
    2.0
    """
    import numpy

    order = numpy.argsort(values)
    total = numpy.cumsum(votes[order])
    at = int(numpy.searchsorted(total, share * total[-1]))  # pyright: ignore[reportUnknownArgumentType]
    return float(values[order][min(at, len(values) - 1)])


def votes_of(rows: Sequence[Measured]) -> Any:
    """Return the weight of each row, so that each group has one vote. [1]"""
    import numpy

    sizes = Counter(row.group for row in rows)
    return numpy.array([1.0 / sizes[row.group] for row in rows])


def half_width(rows: Sequence[Measured], ratios: Any) -> float:
    """Return the half-width of an 80% interval over all rows with a ratio, a group one vote. [logarithm of a factor]"""
    import numpy

    good = numpy.isfinite(ratios)
    return quantile(numpy.abs(numpy.log(ratios[good])), votes_of(rows)[good], NOMINAL)


def interval_widths(
    rows: Sequence[Measured], labels: Sequence[str], sources: Sequence[str], ratios: Any, *, lean: float = 0.0
) -> tuple[dict[str, float], Any]:
    """Return the half-width of an 80% interval for each label, and for each row the one from other sources alone.

    A width is the 80% quantile of the errors under its label, a group one vote, where more than one source speaks about
    it, else that of all labels: one source does not say how far the next one will be off. With `lean` it is drawn to that
    of all labels as if they were so many groups of it: for labels that share their programs, and hence their errors. Rows
    whose ratio is nan count nowhere.
    """
    import numpy

    label, source = numpy.array(labels), numpy.array(sources)
    good = numpy.isfinite(ratios)
    errors = numpy.abs(numpy.log(numpy.where(good, ratios, 1.0)))
    votes, groups = votes_of(rows), numpy.array([row.group for row in rows])

    def widths(mask: Any) -> dict[str, float]:
        every = quantile(errors[mask], votes[mask], NOMINAL)
        made: dict[str, float] = {}
        for name in sorted(set(labels)):
            own = mask & (label == name)
            if len(set(source[own].tolist())) < 2:
                made[name] = every
                continue
            share = lean / (lean + len(set(groups[own].tolist())))
            made[name] = (1 - share) * quantile(errors[own], votes[own], NOMINAL) + share * every
        return made

    tested = numpy.full(len(rows), numpy.nan)
    for name in sorted(set(sources)):
        others = good & (source != name)
        if others.any():
            found = widths(others)
            for at in numpy.flatnonzero(source == name).tolist():
                tested[at] = found[labels[at]]
    return widths(good), tested


def score(rows: Sequence[Measured], ratios: Any, tested: Any) -> Score:
    """Return how far off left-out predictions of some rows are, and what share their intervals hold."""
    import numpy

    good = numpy.isfinite(ratios) & numpy.isfinite(tested)
    error = numpy.abs(ratios[good] - 1)
    inside = numpy.abs(numpy.log(ratios[good])) <= tested[good]
    groups = {row.group for row, own in zip(rows, good.tolist(), strict=True) if own}
    return Score(
        rows=int(good.sum()), groups=len(groups), median=float(numpy.median(error)), mean=float(error.mean()),
        coverage=float(inside.mean()), width=float(numpy.median(tested[good])),
    )  # fmt: skip


__all__ = ["LeftOut", "around", "half_width", "interval_widths", "quantile", "read_left_out", "score", "votes_of"]
