# SPDX-License-Identifier: Apache-2.0
"""The fit of the efficiencies: operators first, then what whole steps add; and its cross-validation.

Every constant has a prior: a value with a relative spread and the reason for both. Rows pull it away from there as far as
they say so; a constant that no row speaks about stays where its prior is. Each group of rows has one vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chipgauge.calc.cases import Cases, Predictor
from chipgauge.calc.operators import Operators
from chipgauge.calc.priors import TRAINING, Prior
from chipgauge.calc.results import step_time
from chipgauge.calc.serving_priors import SERVING
from chipgauge.specs.measured import Measured

NOISE = 0.05
"""Relative scatter of rows around a right model: submitters of one system differ by 4%, software by more."""


PRIORS: dict[str, Prior] = {**TRAINING, **SERVING}

MEANS = {f"{kind}@any": f"{kind}@" for kind in (
    "product.bf16", "product.fp8", "product.fp4", "sustained.bf16", "sustained.fp8", "sustained.fp4", "attention", "memory",
    "energy", "stream", "prompts", "latent", "sequence",
)}  # fmt: skip
"""Constants of chips and programs without measurements: the geometric mean over the classes that have some."""

NAMES = [*PRIORS, *MEANS]


class Fitted(NamedTuple):
    """The constants in the order of `NAMES`, the ends of an 80% range, and the relative scatter of those fitted."""

    values: Any
    low: Any
    high: Any
    scatter: dict[str, float]


def prior_values() -> Any:
    """Return the priors as an array in the order of `NAMES`."""
    import numpy

    values = numpy.array([PRIORS[name].value for name in PRIORS] + [1.0] * len(MEANS))
    return with_means(values)


def with_means(values: Any) -> Any:
    """Return the constants with those of unmeasured chips set to the mean of the measured classes."""
    import numpy

    made = numpy.array(values, dtype=float)
    for name, start in MEANS.items():
        members = [index for index, other in enumerate(NAMES) if other.startswith(start) and other != name]
        made[NAMES.index(name)] = numpy.exp(numpy.mean(numpy.log(made[members])))
    return made


def source_of(row: Measured) -> str:
    """Return who measured a row of training or of one of its operators."""
    return row.source


def weights(rows: Sequence[Measured], who: Callable[[Measured], str] = source_of) -> Any:
    """Return the weight of each row: a group has one vote, and who measured the root of the number of their groups."""
    import numpy

    sizes = Counter(row.group for row in rows)
    members = Counter(source for source, _ in {(who(row), row.group) for row in rows})
    return numpy.array([sizes[row.group] ** -0.5 * members[who(row)] ** -0.25 for row in rows])


def measured_time(cases: Cases, predicted_utilisation: Any = None, predicted_time: Any = None) -> Any:
    """Return the step time that each row measured; nan for a utilisation, unless predictions to scale it by are given. [s]"""
    import numpy

    times: list[float] = []
    for at, row in enumerate(cases.rows):
        time = step_time(row)
        if time is not None:
            times.append(time)
        elif row.metric == "mfu" and predicted_utilisation is not None:
            times.append(float(predicted_time[at] * predicted_utilisation[at] / row.value))
        else:
            times.append(float("nan"))
    return numpy.array(times)


def fit_operators(operators: Operators, used: Any = None) -> tuple[Any, dict[str, float]]:
    """Return the constants fitted to operators alone (`used`: a mask), and the scatter of the fitted ones."""
    import numpy

    mask = numpy.array(["block-scaled" not in row.notes for row in operators.rows])
    mask = mask if used is None else mask & used
    share = weights(operators.rows)

    def errors(trial: Any) -> Any:
        return (operators.log_errors(trial) * share)[mask] / 0.15

    return solve(prior_values(), "operators", errors)


def fit(operators: Operators, cases: Cases, used: Any = None, operators_used: Any = None) -> Fitted:
    """Return the constants fitted to operator rows, then to training rows (`used`: a mask; all of them by default)."""
    import numpy

    values, scatter = fit_operators(operators, operators_used)
    predictor = Predictor(cases, NAMES)
    times = measured_time(cases)
    keep = numpy.isfinite(times) & (numpy.ones(len(times), bool) if used is None else used)
    votes = weights(cases.rows)

    def step_errors(trial: Any) -> Any:
        index, step, _ = predictor.chosen(trial)
        return (numpy.log(step.time[index] / times) * votes)[keep] / NOISE

    values, more = solve(values, "runs", step_errors)
    return ranges(values, scatter | more)


def ranges(values: Any, scatter: dict[str, float]) -> Fitted:
    """Return the constants with 80% ranges: a fitted one by its scatter, that of unmeasured chips over the classes."""
    import numpy

    low, high = values.copy(), values.copy()
    for name, prior in PRIORS.items():
        at = NAMES.index(name)
        factor = numpy.exp(1.2816 * scatter.get(name, prior.spread))
        low[at], high[at] = max(values[at] / factor, prior.low), min(values[at] * factor, prior.high)
    for name, start in MEANS.items():
        members = [index for index, other in enumerate(NAMES) if other.startswith(start) and other != name]
        low[NAMES.index(name)], high[NAMES.index(name)] = low[members].min(), high[members].max()
    return Fitted(values, low, high, scatter)


def solve(values: Any, stage: str, errors: Any) -> tuple[Any, dict[str, float]]:
    """Return the values with the constants of one stage moved to where priors and rows agree best, and their scatter."""
    import numpy
    from scipy.optimize import least_squares

    free = [name for name, prior in PRIORS.items() if prior.stage == stage and prior.spread > 0]
    index = numpy.array([NAMES.index(name) for name in free])
    start = numpy.log([PRIORS[name].value for name in free])
    spread = numpy.array([PRIORS[name].spread for name in free])
    low, high = (numpy.log([max(getattr(PRIORS[name], end), 1e-15) for name in free]) for end in ("low", "high"))

    # The solver works on `offset + spreads from the prior`: far from zero, where its relative steps would vanish.
    offset = 10.0

    def merged(point: Any) -> Any:
        made = values.copy()
        made[index] = numpy.exp(start + (point - offset) * spread)
        return with_means(made)

    def residuals(point: Any) -> Any:
        return numpy.concatenate([robust(errors(merged(point))), point - offset])

    ends = (offset + (low - start) / spread, offset + (high - start) / spread)
    steps = numpy.full(len(start), 1e-4)
    begin = numpy.full(len(start), offset)
    found = least_squares(residuals, begin, bounds=ends, diff_step=steps, xtol=1e-5, ftol=1e-5)
    jacobian: Any = found.jac
    inverse: Any = numpy.linalg.inv(jacobian.T @ jacobian)  # pyright: ignore[reportUnknownVariableType]
    scatter = spread * numpy.sqrt(inverse.diagonal())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return merged(found.x), dict(zip(free, map(float, scatter), strict=True))


def robust(errors: Any) -> Any:
    """Return errors of which the far ones count with their root: one strange run must not move a constant."""
    import numpy

    return numpy.sign(errors) * numpy.sqrt(2 * (numpy.sqrt(1 + errors**2) - 1))


def left_out(operators: Operators, cases: Cases, by: str) -> Any:
    """Return predicted over measured of each training row from a fit without its source (or without its chip).

    Without a chip its operators are left out too; operators belong to sources of their own.
    """
    import numpy

    found = numpy.full(len(cases.rows), numpy.nan)
    predictor, times = Predictor(cases, NAMES), measured_time(cases)
    values = numpy.array([getattr(row, by) for row in cases.rows])
    chips = numpy.array([row.chip for row in operators.rows])
    for value in sorted(set(values)):
        fitted = fit(operators, cases, values != value, chips != value if by == "chip" else None)
        index, step, _ = predictor.chosen(fitted.values)
        mask = values == value
        found[mask] = (step.time[index] / times)[mask]
    return found


def speakers(operators: Operators, cases: Cases) -> dict[str, list[str]]:
    """Return for each constant the groups of rows that had a say in it; none for one that rests on its prior."""
    runs = [(cases.rows[int(at)], keys) for at, keys in zip(cases.row, cases.keys, strict=True)]
    found = groups_of([*operators.spoken(), *runs], "operators", "runs")
    return {name: found.get(name, []) for name in NAMES}


def groups_of(
    spoken: Iterable[tuple[Measured, Mapping[str, Iterable[str]]]], operators: str, runs: str
) -> dict[str, list[str]]:
    """Return the groups of rows by the constant that they had a say in: those that are free in the stage of the row.

    Parameters
    ----------
    spoken : iterable of (Measured, mapping)
        Rows, each with the names of the constants that it was predicted with.
    operators, runs : str
        The stages that rows of operators and the other rows are fitted in.
    """
    found: dict[str, set[str]] = {}
    for row, keys in spoken:
        stage = operators if row.kind == "operator" else runs
        for name in {name for names in keys.values() for name in names}:
            if name in PRIORS and PRIORS[name].stage == stage and PRIORS[name].spread > 0:
                found.setdefault(name, set()).add(row.group)
    return {name: sorted(groups) for name, groups in found.items()}
