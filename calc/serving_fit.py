# SPDX-License-Identifier: Apache-2.0
"""The fit of the constants that serving adds: its own operators first, then whole runs; and its cross-validation.

It begins where `calc.fit` ends: constants of products, memory and collectives are shared and stay. Each group of rows has
one vote, a publisher the root of its groups.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from chipgauge.calc.efficiency import family_of
from chipgauge.calc.fit import NAMES, PRIORS, Fitted, groups_of, ranges, solve, weights
from chipgauge.calc.fit import fit_operators as operators_of
from chipgauge.calc.operators import Operators
from chipgauge.calc.serving import parse_serving
from chipgauge.calc.serving_cases import Cases, Predictor
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.specs.measured import Measured

NOISE = 0.1
"""Relative scatter of runs around a right model: submitters of one system differ by 1 to 30%."""

OPERATOR_NOISE = 0.15


def publisher(row: Measured) -> str:
    """Return who measured a row, without the version: rounds of one benchmark are not independent.

    >>> from chipgauge.specs.measured import COLUMNS, read_measured
    >>> cells = dict.fromkeys(COLUMNS, "") | dict(
    ...     id="a", source="MLPerf Inference v5.0", kind="offline", model="m", chip="c", metric="tpot", value="1", unit="s"
    ... )
    >>> publisher(read_measured(",".join(cells) + "\\n" + ",".join(cells.values()), "x")[0])
    'MLPerf Inference'
    """
    words = row.source.split()
    return " ".join(word for word in words if not word.lstrip("v").replace(".", "").isdigit())


def fitted_rows(cases: Cases) -> Any:
    """Return the mask of the rows that may be fitted: those that are not only reported."""
    import numpy

    return numpy.array([parse_serving(row.plan)[1].get("use", "") == "" for row in cases.rows], dtype=bool)


def fit_operators(values: Any, operators: ServingOperators, used: Any = None) -> tuple[Any, dict[str, float]]:
    """Return the constants with those of serving's operators fitted (`used`: a mask; all of them by default)."""
    import numpy

    mask = numpy.ones(len(operators.rows), dtype=bool) if used is None else used
    sizes = Counter(row.group for row in operators.rows)
    share = numpy.array([sizes[row.group] ** -0.25 for row in operators.rows])

    def errors(trial: Any) -> Any:
        return (operators.log_errors(trial) * share)[mask] / OPERATOR_NOISE

    return solve(values, "serving operators", errors)


def fit_runs(values: Any, cases: Cases, used: Any = None) -> tuple[Any, dict[str, float]]:
    """Return the constants with those of whole runs fitted (`used`: a mask; all that may be fitted by default)."""
    import numpy

    predictor = Predictor(cases, NAMES)
    truth = numpy.array([row.value for row in cases.rows])
    keep = fitted_rows(cases) if used is None else fitted_rows(cases) & used
    votes = weights(cases.rows, publisher)

    def errors(trial: Any) -> Any:
        made = predictor.rows(trial)
        return (numpy.log(numpy.maximum(made, 1e-9) / truth) * votes)[keep] / NOISE

    return solve(values, "serving", errors)


def fit(begin: Fitted, operators: ServingOperators, cases: Cases) -> Fitted:
    """Return the constants fitted to operator rows of serving, then to its runs."""
    values, scatter = fit_operators(begin.values, operators)
    values, more = fit_runs(values, cases)
    return ranges(values, begin.scatter | scatter | more)


def speakers(operators: ServingOperators, cases: Cases) -> dict[str, list[str]]:
    """Return for each constant the groups of rows that had a say in it; none for one that rests on its prior."""
    use = fitted_rows(cases)
    runs = [(cases.rows[int(at)], keys) for at, keys in zip(cases.row, cases.keys, strict=True) if use[int(at)]]
    return groups_of([*operators.spoken(), *runs], "serving operators", "serving")


def left_out(begin: Fitted, operators: ServingOperators, cases: Cases) -> Any:
    """Return predicted over measured of every row, from a fit without its publisher; publishers have no operators here."""
    import numpy

    of = numpy.array([publisher(row) for row in cases.rows])
    values, _ = fit_operators(begin.values, operators)
    predictor = Predictor(cases, NAMES)
    made = numpy.full(len(cases.rows), numpy.nan)
    for name in sorted(set(of.tolist())):
        found, _ = fit_runs(values, cases, of != name)
        made[of == name] = predictor.rows(found)[of == name]
    return _ratios(cases, made)


def strangers(begin: Fitted, tables: tuple[Operators, ServingOperators], cases: Cases, nameless: Cases) -> Any:
    """Return predicted over measured of every row as if nobody had measured any chip of its family.

    The family is left out of operators and runs; `nameless` holds the same rows with constants of any class alone.
    """
    import numpy

    shared, own = tables
    of, operators, mine = (
        numpy.array([family_of(row.chip).split("-")[0] for row in rows]) for rows in (cases.rows, shared.rows, own.rows)
    )
    predictor = Predictor(nameless, NAMES)
    made = numpy.full(len(cases.rows), numpy.nan)
    for name in sorted(set(of.tolist())):
        values, _ = operators_of(shared, operators != name)
        values, _ = fit_operators(numpy.where(STEPS, begin.values, values), own, mine != name)
        values, _ = fit_runs(values, cases, of != name)
        made[of == name] = predictor.rows(values)[of == name]
    return _ratios(cases, made)


def _ratios(cases: Cases, made: Any) -> Any:
    import numpy

    ratios = made / numpy.array([row.value for row in cases.rows])
    return numpy.where(ratios > 0, ratios, numpy.nan)


STEPS = [name in PRIORS and PRIORS[name].stage == "runs" for name in NAMES]
"""Which constants training steps were fitted with: those that serving shares (`out@any`) stay as they are."""
