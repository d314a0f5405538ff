# SPDX-License-Identifier: Apache-2.0
"""The fit of the efficiencies: operators first, then what whole steps add; and its cross-validation.

Every constant has a prior: a value with a relative spread and the reason for both. Rows pull it away from there as far as
they say so; a constant that no row speaks about stays where its prior is. Each group of rows has one vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chipgauge.calc.cases import Cases, Predictor
from chipgauge.calc.operators import Operators
from chipgauge.specs.measured import Measured

YEAR = 8766 * 3600.0

NOISE = 0.05
"""Relative scatter of rows around a right model: submitters of one system differ by 4%, software by more."""


class Prior(NamedTuple):
    """Where a constant starts: value, relative spread (0: not fitted), bounds, unit and why."""

    value: float
    spread: float
    low: float
    high: float
    why: str
    unit: str = "1"
    stage: str = "runs"


_LARGE = "share of the peak of large matrix products in public tables of measured kernels"
_RUN = "long runs hold lower clocks than a kernel alone; 8-bit kernels of a training library are not a serving engine's"
_OVERLAP = "an even share, for want of a count"

PRIORS: dict[str, Prior] = {
    **{
        f"product.{form}@{family}": Prior(value, 0.15, 0.2, 0.98, _LARGE, stage="operators")
        for form, family, value in (
            ("bf16", "ampere", 0.8), ("bf16", "hopper", 0.75), ("fp8", "hopper", 0.65), ("bf16", "blackwell", 0.7),
            ("fp8", "blackwell", 0.6), ("fp4", "blackwell", 0.5), ("bf16", "ascend", 0.8), ("fp8", "ascend", 0.75),
        )
    },
    "sustained.bf16@ampere": Prior(1.0, 0.05, 0.5, 1.1, "at 400 W the clocks of a long run are those of a kernel alone"),
    "sustained.bf16@hopper": Prior(0.9, 0.05, 0.5, 1.1, "at 700 W long runs hold lower clocks than a kernel alone"),
    "sustained.bf16@blackwell": Prior(0.9, 0.1, 0.5, 1.1, "as Hopper"),
    "sustained.bf16@ascend": Prior(0.9, 0.15, 0.5, 1.1, "between Ampere and Hopper, with younger libraries"),
    "sustained.fp8@hopper": Prior(1.0, 0.1, 0.5, 1.3, _RUN),
    "sustained.fp8@blackwell": Prior(1.0, 0.1, 0.5, 1.3, _RUN),
    "sustained.fp4@blackwell": Prior(1.0, 0.15, 0.5, 1.3, _RUN),
    "sustained.fp8@ascend": Prior(0.9, 0.15, 0.5, 1.3, "as its 16 bits"),
    "attention@ampere": Prior(0.6, 0.15, 0.1, 0.8, "50 to 73% of the peak on A100 (arXiv 2307.08691)"),
    "attention@hopper": Prior(0.55, 0.15, 0.1, 0.8, "35% (second) to 75% (third generation) on H100 (arXiv 2407.08608)"),
    "attention@blackwell": Prior(0.55, 0.2, 0.1, 0.8, "as Hopper"),
    "attention@ascend": Prior(0.45, 0.25, 0.1, 0.8, "as Ampere, less mature kernels"),
    "attention_share@fused": Prior(1.0, 0.0, 1, 1, "by definition"),
    "attention_share@classic": Prior(1.0, 0.0, 1, 1, "not used: scores are written to memory"),
    "attention_share@eager": Prior(0.5, 0.3, 0.2, 1, "first-generation fused attention: the second is twice as fast (arXiv 2307.08691)"),
    **{
        f"memory@{family}": Prior(0.8, 0.1, 0.4, 0.98, "share of the memory bandwidth of long streams", stage="operators")
        for family in ("ampere", "hopper", "blackwell", "ascend")
    },
    "wave@any": Prior(3e5, 1.0, 1e3, 3e6, "a fraction of the output elements of one wave of tiles", stage="operators"),
    **{f"launch@{form}": Prior(5e-6, 0.5, 1e-6, 2e-5, "launch of one kernel, its casts included", "s", "operators")
       for form in ("bf16", "fp8", "fp4")},
    "up@any": Prior(0.75, 0.2, 0.2, 1, "share of the scale-up bandwidth of long messages", stage="operators"),
    "latency@any": Prior(6e-6, 0.5, 1e-6, 5e-5, "one step of a collective", "s", "operators"),
    "ramp@any": Prior(0.8, 0.5, 0.05, 4, "protocols change between short and long messages", stage="operators"),
    "out@any": Prior(0.8, 0.15, 0.2, 1, "share of the scale-out bandwidth of long messages"),
    "traffic@fused": Prior(1.2, 0.3, 1, 6, "fused vector kernels move little more than counted"),
    "traffic@classic": Prior(1.2, 0.3, 1, 6, "as fused; dropout masks add little"),
    "traffic@eager": Prior(2.0, 0.4, 1, 10, "separate kernels for casts, bias, activation, dropout and copies"),
    "kernels@fused": Prior(15, 0.5, 2, 100, "counted: norms, sums, rotations, activation, casts, collectives of a layer"),
    "kernels@classic": Prior(10, 0.0, 2, 100, "counted, without casts"),
    "kernels@eager": Prior(20, 0.5, 2, 200, "counted: one for each operation of a layer"),
    "accumulation@fused": Prior(0.4, 0.5, 0.01, 1, "the sum of gradients shares the memory with the product that adds to it"),
    "accumulation@eager": Prior(0.4, 0.0, 0.01, 1, "as fused; under ZeRO-3 there is no whole sum"),
    "accumulation@classic": Prior(0.2, 0.5, 0.01, 1, "half of that: programs in FP16 summed in 16 bits"),
    "crossings@any": Prior(8.0, 0.3, 4, 20, "scores are written, masked, softened, dropped and read, 2 bytes each"),
    "experts@bf16": Prior(0.85, 0.15, 0.3, 1, "grouped products and uneven routing"),
    "experts@fp8": Prior(0.75, 0.2, 0.3, 1, "grouped products and uneven routing; young kernels"),
    "experts@fp4": Prior(0.7, 0.2, 0.3, 1, "grouped products and uneven routing; young kernels"),
    "tensor_overlap@fused": Prior(0.5, 0.4, 0.01, 0.95, _OVERLAP),
    "tensor_overlap@eager": Prior(0.01, 0.0, 0, 1, "none"),
    "tensor_overlap@classic": Prior(0.01, 0.0, 0, 1, "none before 2023"),
    "chunking@fused": Prior(0.5, 0.5, 0.01, 1, "products split over the tensor ranks so that their communication overlaps"),
    "chunking@eager": Prior(0.001, 0.0, 0, 1, "none"),
    "chunking@classic": Prior(0.001, 0.0, 0, 1, "none"),
    "expert_overlap@fused": Prior(0.3, 0.5, 0.01, 0.95, _OVERLAP),
    "expert_overlap@eager": Prior(0.01, 0.0, 0, 1, "none"),
    "expert_overlap@classic": Prior(0.01, 0.0, 0, 1, "none"),
    "data_overlap@fused": Prior(0.7, 0.3, 0.01, 0.98, _OVERLAP),
    "data_overlap@eager": Prior(0.7, 0.3, 0.01, 0.98, _OVERLAP),
    "data_overlap@classic": Prior(0.01, 0.0, 0, 1, "none before 2023"),
    **{f"context_overlap@{program}": Prior(0.9, 0.0, 0, 1, "rings are built to hide behind attention")
       for program in ("fused", "eager", "classic")},
    "gather_overlap@fused": Prior(0.9, 0.1, 0.1, 0.98, "prefetch of the next layer's weights"),
    "gather_overlap@eager": Prior(0.75, 0.2, 0.1, 0.98, "prefetch, disturbed by the allocator and by the host"),
    "gather_overlap@classic": Prior(0.3, 0.5, 0.01, 0.98, "the first ZeRO-3"),
    "immaturity@any": Prior(0.4, 0.5, 0.01, 2, "the same H100 gained 27% in its second year"),
    "maturing@any": Prior(0.9 * YEAR, 0.3, 0.2 * YEAR, 3 * YEAR, "most of the gain came within two years", "s"),
    **{f"pipeline_overlap@{program}": Prior(0.5, 0.4 if program == "fused" else 0.0, 0.01, 0.95, _OVERLAP)
       for program in ("fused", "eager", "classic")},
}  # fmt: skip

MEANS = {
    "product.bf16@any": "product.bf16@", "product.fp8@any": "product.fp8@", "product.fp4@any": "product.fp4@",
    "sustained.bf16@any": "sustained.bf16@", "sustained.fp8@any": "sustained.fp8@",
    "sustained.fp4@any": "sustained.fp4@", "attention@any": "attention@", "memory@any": "memory@",
}  # fmt: skip
"""Constants of chips without measurements: the geometric mean over the classes that have some."""

NAMES = [*PRIORS, *MEANS]


class Fitted(NamedTuple):
    """The constants in the order of `NAMES`, and the ends of an 80% range of each."""

    values: Any
    low: Any
    high: Any


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


def weights(rows: Sequence[Measured]) -> Any:
    """Return the weight of each row: a group has one vote, and a source the root of its number of groups."""
    import numpy

    groups = [row.group for row in rows]
    sizes, members = Counter(groups), Counter(source for source, _ in {(row.source, row.group) for row in rows})
    return numpy.array([sizes[row.group] ** -0.5 * members[row.source] ** -0.25 for row in rows])


def measured_time(cases: Cases, predicted_utilisation: Any = None, predicted_time: Any = None) -> Any:
    """Return the step time that each row measured; nan for a utilisation, unless predictions to scale it by are given. [s]"""
    import numpy

    times: list[float] = []
    for at, row in enumerate(cases.rows):
        if row.metric == "step_time":
            times.append(row.value)
        elif row.metric == "train_tokens_per_second_per_chip":
            times.append(row.batch * row.seq_in / (row.value * row.n_chips))
        elif row.metric == "mfu" and predicted_utilisation is not None:
            times.append(float(predicted_time[at] * predicted_utilisation[at] / row.value))
        else:
            times.append(float("nan"))
    return numpy.array(times)


def fit(operators: Operators, cases: Cases, used: Any = None, operators_used: Any = None) -> Fitted:
    """Return the constants fitted to operator rows, then to training rows (`used`: a mask; all of them by default)."""
    import numpy

    values = prior_values()
    mask = numpy.array(["block-scaled" not in row.notes for row in operators.rows])
    mask = mask if operators_used is None else mask & operators_used
    share = weights(operators.rows)

    def operator_errors(trial: Any) -> Any:
        return (operators.log_errors(trial) * share)[mask] / 0.15

    values, spread = _solve(values, "operators", operator_errors)
    predictor = Predictor(cases, NAMES)
    times = measured_time(cases)
    keep = numpy.isfinite(times) & (numpy.ones(len(times), bool) if used is None else used)
    votes = weights(cases.rows)

    def step_errors(trial: Any) -> Any:
        index, step, _ = predictor.chosen(trial)
        return (numpy.log(step.time[index] / times) * votes)[keep] / NOISE

    values, more = _solve(values, "runs", step_errors)
    return _ranges(values, spread | more)


def _ranges(values: Any, spread: Mapping[str, float]) -> Fitted:
    """Return the constants with 80% ranges: a fitted one by its scatter, that of unmeasured chips over the classes."""
    import numpy

    low, high = values.copy(), values.copy()
    for name, prior in PRIORS.items():
        at = NAMES.index(name)
        factor = numpy.exp(1.2816 * spread.get(name, prior.spread))
        low[at], high[at] = max(values[at] / factor, prior.low), min(values[at] * factor, prior.high)
    for name, start in MEANS.items():
        members = [index for index, other in enumerate(NAMES) if other.startswith(start) and other != name]
        low[NAMES.index(name)], high[NAMES.index(name)] = low[members].min(), high[members].max()
    return Fitted(values, low, high)


def _solve(values: Any, stage: str, errors: Any) -> tuple[Any, dict[str, float]]:
    """Return the values with the constants of one stage moved to where priors and rows agree best, and their scatter."""
    import numpy
    from scipy.optimize import least_squares

    free = [name for name, prior in PRIORS.items() if prior.stage == stage and prior.spread > 0]
    index = numpy.array([NAMES.index(name) for name in free])
    start = numpy.log([PRIORS[name].value for name in free])
    spread = numpy.array([PRIORS[name].spread for name in free])
    low, high = (numpy.log([max(getattr(PRIORS[name], end), 1e-9) for name in free]) for end in ("low", "high"))

    # The solver works on `offset + spreads from the prior`: far from zero, where its relative steps would vanish.
    offset = 10.0

    def merged(point: Any) -> Any:
        made = values.copy()
        made[index] = numpy.exp(start + (point - offset) * spread)
        return with_means(made)

    def residuals(point: Any) -> Any:
        return numpy.concatenate([_robust(errors(merged(point))), point - offset])

    ends = (offset + (low - start) / spread, offset + (high - start) / spread)
    steps = numpy.full(len(start), 1e-4)
    begin = numpy.full(len(start), offset)
    found = least_squares(residuals, begin, bounds=ends, diff_step=steps, xtol=1e-5, ftol=1e-5)
    jacobian: Any = found.jac
    inverse: Any = numpy.linalg.inv(jacobian.T @ jacobian)  # pyright: ignore[reportUnknownVariableType]
    scatter = spread * numpy.sqrt(inverse.diagonal())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return merged(found.x), dict(zip(free, map(float, scatter), strict=True))


def _robust(errors: Any) -> Any:
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
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    runs = [(cases.rows[int(at)], keys) for at, keys in zip(cases.row, cases.keys, strict=True)]
    for row, keys in [*operators.spoken(), *runs]:
        stage = "operators" if row.kind == "operator" else "runs"
        for names in keys.values():
            for name in names:
                if name in PRIORS and PRIORS[name].stage == stage and PRIORS[name].spread > 0:
                    found[name].add(row.group)
    return {name: sorted(groups) for name, groups in found.items()}
