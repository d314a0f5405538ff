# SPDX-License-Identifier: Apache-2.0
"""The fit of the serving constants: operators first, then what whole runs add; and its cross-validation.

Every constant has a prior: a value with a relative spread and the reason for both. Rows pull it away as far as they say
so; each group of rows has one vote, a source the root of its groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from chipgauge.calc.serving import parse_serving
from chipgauge.calc.serving_cases import Cases, Predictor
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.specs.measured import Measured

NOISE = 0.1
"""Relative scatter of runs around a right model: submitters of one system differ by 1 to 30%."""

OPERATOR_NOISE = 0.15
YEAR = 8766 * 3600.0


class Prior(NamedTuple):
    """Where a constant starts: value, relative spread (0: not fitted), bounds, why, unit, and the stage of the fit."""

    value: float
    spread: float
    low: float
    high: float
    why: str
    unit: str = "1"
    stage: str = "runs"


_LARGE = "share of the peak of large matrix products in public tables of measured kernels"
_STREAM = "share of the memory bandwidth that reads of long caches reach in public tables of measured kernels"
_ENERGY = "700 W of an H100 hold about 1,100 TFLOP/s of FP8 in long runs"

PRIORS: dict[str, Prior] = {
    **{
        f"product.{form}@{family}": Prior(value, 0.15, 0.2, 0.98, _LARGE, stage="operators")
        for form, family, value in (
            ("bf16", "ampere", 0.8), ("bf16", "hopper", 0.75), ("fp8", "hopper", 0.65), ("bf16", "blackwell", 0.7),
            ("fp8", "blackwell", 0.6), ("fp4", "blackwell", 0.5),
        )
    },
    **{
        f"product.{form}@{family}": Prior(value, spread, 0.2, 0.98, why)
        for form, family, value, spread, why in (
            ("bf16", "hopper-h20", 0.87, 0.1, "126 to 130 of 148 TFLOP/s in attention kernels: nothing starves it"),
            ("fp8", "hopper-h20", 0.8, 0.1, "as its 16 bits, less the scales of blocks"),
            ("bf16", "ada", 0.54, 0.15, "195 of 362 TFLOP/s, the median of large products on L40S"),
            ("fp8", "ada", 0.5, 0.15, "as its 16 bits"),
            ("bf16", "cdna", 0.5, 0.15, "51% of the peak on MI300X (public product benchmark)"),
            ("fp8", "cdna", 0.45, 0.2, "as its 16 bits"),
            ("bf16", "ascend", 0.8, 0.15, "216 of 256 TFLOP/s on the first Ascend 910"),
            ("fp8", "ascend", 0.78, 0.1, "77 to 83% in INT8 on Ascend 910C (arXiv 2506.12708)"),
        )
    },
    "energy@hopper": Prior(6e-13, 0.2, 2e-13, 2e-12, _ENERGY, "J/op/byte"),
    "energy@hopper-h20": Prior(6e-13, 0.0, 2e-13, 2e-12, _ENERGY, "J/op/byte"),
    "energy@ampere": Prior(7e-13, 0.2, 2e-13, 2e-12, "400 W of an A100 hold 250 TFLOP/s of BF16 and more", "J/op/byte"),
    "energy@ada": Prior(6e-13, 0.3, 2e-13, 4e-12, "as Hopper, on the same process", "J/op/byte"),
    "energy@blackwell": Prior(5e-13, 0.3, 1e-13, 2e-12, "as Hopper, on a younger process", "J/op/byte"),
    "energy@cdna": Prior(6e-13, 0.3, 2e-13, 2e-12, "as Hopper", "J/op/byte"),
    "energy@ascend": Prior(6e-13, 0.0, 2e-13, 2e-12, "as Hopper", "J/op/byte"),
    **{
        f"memory@{family}": Prior(0.85, 0.1, 0.4, 0.98, "share of the memory bandwidth of long streams", stage=stage)
        for family, stage in (
            ("ampere", "operators"), ("hopper", "operators"), ("blackwell", "operators"), ("hopper-h20", "fixed"),
            ("ada", "fixed"), ("cdna", "fixed"), ("ascend", "fixed"),
        )
    },
    **{
        f"stream@{family}": Prior(0.85, 0.1, 0.4, 0.98, _STREAM, stage=stage)
        for family, stage in (
            ("ampere", "operators"), ("hopper", "operators"), ("blackwell", "operators"), ("hopper-h20", "fixed"),
            ("ada", "fixed"), ("cdna", "fixed"), ("ascend", "fixed"),
        )
    },
    "attention@ampere": Prior(0.6, 0.0, 0.1, 0.8, "50 to 73% of the peak on A100 (arXiv 2307.08691)"),
    "attention@hopper": Prior(0.55, 0.15, 0.1, 0.8, "35% (second) to 75% (third generation) on H100 (arXiv 2407.08608)"),
    "attention@hopper-h20": Prior(0.75, 0.1, 0.1, 0.9, "73% causal, 85% full (FlashAttention issue of 2024-11)"),
    "attention@blackwell": Prior(0.55, 0.2, 0.1, 0.8, "1,450 of 2,250 TFLOP/s at best (FlashMLA)"),
    "attention@ada": Prior(0.55, 0.0, 0.1, 0.8, "as Ampere"),
    "attention@cdna": Prior(0.4, 0.0, 0.1, 0.8, "as its products against Hopper's"),
    "attention@ascend": Prior(0.5, 0.0, 0.1, 0.8, "as Ampere, younger kernels"),
    "latent@hopper": Prior(0.6, 0.1, 0.1, 0.9, "660 of 989 TFLOP/s at best on H800 (FlashMLA)", stage="operators"),
    "latent@hopper-h20": Prior(0.85, 0.1, 0.1, 0.95, "129 of 148 TFLOP/s (FlashMLA issue)", stage="operators"),
    "latent@blackwell": Prior(0.55, 0.0, 0.1, 0.9, "as Hopper"),
    "latent@ampere": Prior(0.5, 0.0, 0.1, 0.9, "as Hopper, without its asynchronous products"),
    "latent@ascend": Prior(0.65, 0.0, 0.1, 0.9, "65% on Ascend 910C (arXiv 2506.12708)"),
    "latent@cdna": Prior(0.4, 0.0, 0.1, 0.9, "as its products against Hopper's"),
    "wave@any": Prior(3e5, 1.0, 1e3, 3e6, "a fraction of the output elements of one wave of tiles", stage="operators"),
    "launch@any": Prior(4e-6, 0.5, 5e-7, 2e-5, "from one product to the next", "s", "operators"),
    "gap@any": Prior(1.2e-5, 0.5, 1e-6, 4e-5, "from one attention kernel to the next", "s", "operators"),
    "up@any": Prior(0.7, 0.2, 0.2, 1, "share of the scale-up bandwidth of long messages", stage="operators"),
    "out@any": Prior(0.8, 0.15, 0.2, 1, "share of the scale-out bandwidth of long messages", stage="operators"),
    "latency@any": Prior(1.2e-5, 0.5, 1e-6, 1e-4, "one small all-reduce", "s", "operators"),
    "exchange@any": Prior(2e-5, 0.5, 1e-6, 2e-4, "one small exchange of tokens among experts", "s", "operators"),
    "experts@any": Prior(0.75, 0.2, 0.3, 1, "grouped products and uneven routing"),
    "kernels@any": Prior(8, 0.0, 1, 50, "counted: norms, sums, rotation, cache write, activation, casts of a layer"),
    "kernel@any": Prior(2e-6, 0.5, 2e-7, 2e-5, "one small kernel in a recorded graph", "s"),
    "graph@any": Prior(0.4, 0.5, 0.02, 1, "a recorded graph leaves a part of the gap that a kernel alone has"),
    "tile@any": Prior(32, 0.5, 8, 128, "rows of the smallest tile of grouped products"),
    "uneven@any": Prior(0.2, 0.4, 0.01, 2, "perfect balance gained 18% in prefill over 32 ranks (LMSYS 2025)"),
    "stages@any": Prior(0.5, 0.6, 0.01, 3, "stages of a serving pipeline wait for the slowest and for whole prompts"),
    "unpack@packed": Prior(0.6, 0.3, 0.1, 1, "weights are unpacked to 16 bits on the way to the product"),
    "unpack@plain": Prior(1.0, 0.0, 1, 1, "by definition"),
    "overlap@any": Prior(0.4, 0.4, 0.01, 0.95, "two batches that take turns hide a part of the exchange"),
    "host@any": Prior(1.5e-3, 0.7, 1e-5, 2e-2, "scheduling, sampling and transfers of a step", "s"),
    **{f"host@{engine}": Prior(1.5e-3, 0.7, 1e-5, 2e-2, "scheduling, sampling and transfers of a step", "s")
       for engine in ("trtllm", "vllm", "sglang", "mlperf")},
    **{f"sequence@{engine}": Prior(4e-6, 0.7, 1e-8, 1e-4, "the host's work for one sequence in a step", "s")
       for engine in ("trtllm", "vllm", "sglang", "mlperf")},
    "program@any": Prior(1.0, 0.0, 0.3, 3, "by definition: the mean program"),
    **{f"program@{engine}": Prior(1.0, 0.12, 0.3, 3, "programs differ by some ten percent in the same work")
       for engine in ("trtllm", "vllm", "sglang", "mlperf")},
    "held@any": Prior(0.9, 0.0, 0.5, 1, "the share of the device that programs take by default"),
    "reserve@any": Prior(3e9, 0.0, 0, 2e10, "activations, graphs and communication buffers", "byte"),
    "immaturity@any": Prior(0.4, 0.5, 0.01, 3, "the same H100 gained 48% in a year of Llama 2 70B"),
    "maturing@any": Prior(0.9 * YEAR, 0.3, 0.2 * YEAR, 3 * YEAR, "most of the gain comes within two years", "s"),
}  # fmt: skip

MEANS = {
    "product.bf16@any": "product.bf16@", "product.fp8@any": "product.fp8@", "product.fp4@any": "product.fp4@",
    "energy@any": "energy@", "attention@any": "attention@", "latent@any": "latent@", "memory@any": "memory@",
    "stream@any": "stream@", "sequence@any": "sequence@",
}  # fmt: skip
"""Constants of chips and programs without measurements: the geometric mean over the classes that have some."""

NAMES = [*PRIORS, *MEANS]


class Fitted(NamedTuple):
    """The constants in the order of `NAMES`, with the relative spread (one sigma) that priors and rows leave each."""

    values: Any
    spreads: Any


def known(name: str) -> bool:
    """Tell whether a constant exists."""
    return name in PRIORS or name in MEANS


def prior_values() -> Any:
    """Return the priors as an array in the order of `NAMES`."""
    import numpy

    return with_means(numpy.array([PRIORS[name].value for name in PRIORS] + [1.0] * len(MEANS)))


def with_means(values: Any) -> Any:
    """Return the constants with those of unmeasured classes set to the mean of the measured ones."""
    import numpy

    made = numpy.array(values, dtype=float)
    for name, start in MEANS.items():
        members = [index for index, other in enumerate(NAMES) if other.startswith(start) and other not in MEANS]
        made[NAMES.index(name)] = numpy.exp(numpy.mean(numpy.log(made[members])))
    return made


def weights(rows: Sequence[Measured]) -> Any:
    """Return the weight of each row: a group has one vote, and a source the root of its number of groups."""
    import numpy

    sizes = Counter(row.group for row in rows)
    members = Counter(source for source, _ in {(publisher(row), row.group) for row in rows})
    return numpy.array([sizes[row.group] ** -0.5 * members[publisher(row)] ** -0.25 for row in rows])


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


def fit_operators(operators: ServingOperators, used: Any = None) -> Fitted:
    """Return the constants fitted to operator rows alone (`used`: a mask; all of them by default)."""
    import numpy

    spreads = numpy.array([PRIORS[name].spread if name in PRIORS else 0.2 for name in NAMES])
    measured = numpy.array([row.value for row in operators.rows])
    mask = numpy.array(["block-scaled" not in row.notes for row in operators.rows])
    mask = mask if used is None else mask & used
    sizes = Counter(row.group for row in operators.rows)
    share = numpy.array([sizes[row.group] ** -0.25 for row in operators.rows])

    def errors(trial: Any) -> Any:
        return (numpy.log(operators.times(trial) / measured) * share)[mask] / OPERATOR_NOISE

    return Fitted(*_solve(prior_values(), spreads, "operators", errors))


def fit_runs(begin: Fitted, cases: Cases, used: Any = None) -> Fitted:
    """Return the constants with those of whole runs fitted (`used`: a mask; all that may be fitted by default)."""
    import numpy

    predictor = Predictor(cases, NAMES)
    truth = numpy.array([row.value for row in cases.rows])
    keep = fitted_rows(cases) if used is None else fitted_rows(cases) & used
    votes = weights(cases.rows)

    def errors(trial: Any) -> Any:
        made = predictor.rows(trial)
        return (numpy.log(numpy.maximum(made, 1e-9) / truth) * votes)[keep] / NOISE

    return Fitted(*_solve(begin.values, begin.spreads, "runs", errors))


def fit(operators: ServingOperators, cases: Cases) -> Fitted:
    """Return the constants fitted to operator rows, then to runs."""
    return fit_runs(fit_operators(operators), cases)


def _solve(values: Any, spreads: Any, stage: str, errors: Any) -> tuple[Any, Any]:
    """Return the values with the constants of one stage moved to where priors and rows agree best."""
    import numpy
    from scipy.optimize import least_squares

    free = [name for name, prior in PRIORS.items() if prior.stage == stage and prior.spread > 0]
    index = numpy.array([NAMES.index(name) for name in free])
    start = numpy.log([PRIORS[name].value for name in free])
    spread = numpy.array([PRIORS[name].spread for name in free])
    low, high = (numpy.log([max(getattr(PRIORS[name], end), 1e-14) for name in free]) for end in ("low", "high"))

    def merged(point: Any) -> Any:
        made = values.copy()
        made[index] = numpy.exp(point)
        return with_means(made)

    def residuals(point: Any) -> Any:
        return numpy.concatenate([_robust(errors(merged(point))), (point - start) / spread])

    found = least_squares(residuals, start, bounds=(low, high), x_scale=spread, diff_step=1e-4, xtol=1e-5, ftol=1e-5)
    left = spreads.copy()
    left[index] = numpy.sqrt(numpy.diag(numpy.linalg.inv(found.jac.T @ found.jac)))
    return merged(found.x), left


def _robust(errors: Any) -> Any:
    """Return errors of which the far ones count with their root: one strange run must not move a constant."""
    import numpy

    return numpy.sign(errors) * numpy.sqrt(2 * (numpy.sqrt(1 + errors**2) - 1))
