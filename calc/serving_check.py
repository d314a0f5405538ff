# SPDX-License-Identifier: Apache-2.0
"""How wrong serving predictions are: rows left out of the fit, ratios between chips, order, and coverage."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from chipgauge.calc.serving import parse_serving
from chipgauge.calc.serving_cases import Cases, Predictor
from chipgauge.calc.serving_fit import NAMES, Fitted, fit_operators, fit_runs, publisher
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.specs.measured import Measured

NOMINAL = 0.8
"""Share of rows that an interval is meant to hold."""


class Pair(NamedTuple):
    """Two chips in the same work of one source: the first over the second, for each chip."""

    source: str
    first: str
    second: str
    measured: float
    predicted: float


def left_out(operators: ServingOperators, cases: Cases, by: str) -> Any:
    """Return predicted over measured of every row, from a fit without its publisher (`source`) or its `chip`.

    A chip is left out of the operators too; a publisher of runs has no operators here.
    """
    import numpy

    made = numpy.full(len(cases.rows), numpy.nan)
    truth = numpy.array([row.value for row in cases.rows])
    begin = fit_operators(operators)
    predictor = Predictor(cases, NAMES)
    of = numpy.array([publisher(row) if by == "source" else row.chip for row in cases.rows])
    chips = numpy.array([row.chip for row in operators.rows])
    for name in sorted(set(of.tolist())):
        away = of == name
        start = begin
        if by == "chip" and (chips == name).any():
            start = fit_operators(operators, chips != name)
        found = fit_runs(start, cases, ~away)
        made[away] = predictor.rows(found.values)[away] / truth[away]
    return made


def error(ratio: float) -> float:
    """Return how far a predicted value is from the measured one. [1]

    >>> round(error(1.2), 6), round(error(0.8), 6)
    (0.2, 0.2)
    """
    return abs(ratio - 1)


def votes(rows: Sequence[Measured]) -> Any:
    """Return the weight of each row, so that each group has one vote. [1]"""
    import numpy

    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row.group] += 1
    return numpy.array([1.0 / sizes[row.group] for row in rows])


def weighted_quantile(values: Any, shares: Any, at: float) -> float:
    """Return the quantile of weighted values.

    >>> import numpy
    >>> float(weighted_quantile(numpy.array([1.0, 2.0, 3.0]), numpy.array([1.0, 1.0, 4.0]), 0.5))
    3.0
    """
    import numpy

    order = numpy.argsort(values)
    total = numpy.cumsum(shares[order])
    return float(values[order][min(len(order) - 1, int(numpy.searchsorted(total, at * total[-1])))])


def pairs(rows: Sequence[Measured], predicted: Any) -> list[Pair]:
    """Return the ratios between chips in the same work of the same source; of equal runs the median one stands.

    Work is the same where model, requests, metric and the program agree. Formats may differ: each chip runs its own.
    """
    cells: dict[tuple[Any, ...], dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for row, value in zip(rows, predicted, strict=True):
        words = parse_serving(row.plan)[1]
        if words.get("use") or not value > 0:
            continue
        kind = row.group.rsplit("/", 1)[-1] if row.group.startswith("gpustack") else ""
        key = (
            row.source,
            row.kind,
            row.model,
            row.metric,
            row.seq_in,
            row.seq_out,
            kind,
            row.batch if row.kind != "offline" else 0,
        )
        if math.isnan(row.seq_out):
            key = (*key[:5], 0.0, *key[6:])
        cells[key][row.chip].append((row.value, float(value)))
    found: list[Pair] = []
    for key, chips in cells.items():
        middle = {chip: sorted(values)[len(values) // 2] for chip, values in chips.items()}
        for first, second in combinations(sorted(middle), 2):
            a, b = middle[first], middle[second]
            found.append(Pair(str(key[0]), first, second, a[0] / b[0], a[1] / b[1]))
    return found


def pair_summary(found: Sequence[Pair]) -> dict[str, float]:
    """Return how well ratios and their order are met: median and 80% factor, share within 1.25, share in order."""
    factors = sorted(math.exp(abs(math.log(pair.predicted / pair.measured))) for pair in found)
    apart = [pair for pair in found if abs(math.log(pair.measured)) > math.log(1.15)]
    right = [pair for pair in apart if (pair.measured > 1) == (pair.predicted > 1)]
    count = len(factors)
    return {
        "pairs": count, "median": factors[count // 2] if count else math.nan,
        "within_1.25": sum(factor <= 1.25 for factor in factors) / count if count else math.nan,
        "apart": len(apart), "in_order": len(right) / len(apart) if apart else math.nan,
    }  # fmt: skip


def widths(rows: Sequence[Measured], ratios: Any, use: Any) -> dict[str, float]:
    """Return for each kind of row the half-width of the nominal interval, as the logarithm of a factor.

    It is the quantile of the errors of rows whose publisher was left out, each group with one vote, over the kind and,
    for a third, over all kinds: kinds with few groups lean on the others.
    """
    import numpy

    shares = votes(rows)
    kinds = numpy.array([row.kind for row in rows])
    size = numpy.abs(numpy.log(ratios))
    good = use & numpy.isfinite(size)
    every = weighted_quantile(size[good], shares[good], NOMINAL)
    made: dict[str, float] = {}
    for kind in sorted(set(kinds.tolist())):
        mine = good & (kinds == kind)
        if not mine.any():
            made[kind] = every
            continue
        groups = len({row.group for row, own in zip(rows, mine, strict=True) if own})
        lean = 10.0 / (10.0 + groups)
        made[kind] = (1 - lean) * weighted_quantile(size[mine], shares[mine], NOMINAL) + lean * every
    return made


def covered(rows: Sequence[Measured], ratios: Any, use: Any) -> Any:
    """Return which rows an interval holds whose width comes from the errors of other publishers only."""
    import numpy

    of = numpy.array([publisher(row) for row in rows])
    made = numpy.zeros(len(rows), dtype=bool)
    for name in sorted(set(of.tolist())):
        width = widths(rows, ratios, use & (of != name))
        for at in numpy.flatnonzero(of == name):
            kind = rows[at].kind
            made[at] = abs(math.log(ratios[at])) <= width.get(kind, max(width.values()))
    return made


__all__ = [
    "Fitted",
    "Pair",
    "covered",
    "error",
    "left_out",
    "pair_summary",
    "pairs",
    "votes",
    "weighted_quantile",
    "widths",
]
