# SPDX-License-Identifier: Apache-2.0
"""Predicted rows and their sums: errors in and out of the fit, coverage of the intervals, by kind, source and chip."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Any, NamedTuple

from chipgauge.calc.intervals import LeftOut, around
from chipgauge.specs.measured import Measured

BLOCK = 20
"""Sections of rows from this size on have their own coverage."""

TIMES = ("step_time", "time", "ttft", "tpot")
"""Metrics of which less is better."""

PUBLISHERS = {
    "Korthikanti et al. 2022": "nvidia", "Narayanan et al. 2021": "nvidia", "Smith et al. 2022": "nvidia",
    "Ascend MindSpeed-LLM": "huawei",
}  # fmt: skip
"""Sources whose name does not say that the maker of the chip wrote them."""

SUBMITTERS = {"intel-habanalabs": "intel"}
"""Submitters to a benchmark under another name than that of the maker in the ids of chips."""


class Result(NamedTuple):
    """One row, predicted.

    `ratio` is predicted over measured: of the time of a step or an operator, of the metric itself in serving; `left_out`
    is the same from a fit without its source. `apart` tells that a row is scored apart and never fitted.
    """

    row: Measured
    predicted: float
    low: float
    high: float
    ratio: float
    left_out: LeftOut | None
    fitted: bool
    fits: bool
    apart: bool
    program: str


def result_of(
    row: Measured, ratio: float, width: float, left_out: LeftOut | None, *, fitted: bool, fits: bool = True,
    apart: bool = False, program: str,
) -> Result:  # fmt: skip
    """Return a result: a ratio with the prediction and the interval that follow from it."""
    predicted = row.value * of_metric(row, ratio)
    return Result(row, predicted, *around(predicted, width), ratio, left_out, fitted, fits, apart, program)


def of_metric(row: Measured, ratio: float) -> float:
    """Return predicted over measured of the metric of a row: where `ratio` is one of times, a rate falls as it rises."""
    return 1 / ratio if row.kind in ("train", "operator") and row.metric not in TIMES else ratio


def step_time(row: Measured) -> float | None:
    """Return the time of a training step that a row measured, directly or as tokens a second; None of any other row. [s]

    >>> row = Measured("a", "", "", "", "g", "train", "m", "c", 1024, "bf16", 512, 8192, 0.0, "", "step_time", 0.5, "s", "", 1)
    >>> step_time(row), step_time(row._replace(metric="train_tokens_per_second_per_chip", value=10_000.0))
    (0.5, 0.4096)
    """
    if row.kind != "train":
        return None
    if row.metric == "step_time":
        return row.value
    if row.metric == "train_tokens_per_second_per_chip":
        time = row.batch * row.seq_in / (row.value * row.n_chips)
        return time if math.isfinite(time) else None
    return None


def reduced(row: Measured) -> bool:
    """Tell whether a training row ran some of the model's layers only: it is scored apart and never fitted."""
    return row.kind == "train" and "layers=" in row.plan


def mean_error(ratios: Sequence[float]) -> float:
    """Return the average of how far predictions lie from what was measured: the mean of `|predicted / measured - 1|`.

    >>> mean_error([2.0, 0.5])
    0.75
    """
    return fmean(abs(ratio - 1) for ratio in ratios)


def by_maker(row: Measured) -> bool:
    """Tell whether the maker of the chip measured a row; in benchmarks with submitters the notes begin with who did."""
    maker = row.chip.partition("-")[0]
    known = PUBLISHERS.get(row.source, row.source.partition(" ")[0].casefold())
    if row.source.startswith("MLPerf Inference"):
        who = row.notes.partition(":")[0].casefold()
        return SUBMITTERS.get(who, who) == maker
    return known == maker


# --- the sums ----------------------------------------------------------------------------------------------------


def summary(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return errors and coverage over all, by kind, by who measured, by source, by chip and format; a group one vote."""
    sections: list[tuple[str, list[Result]]] = []
    runs = [result for result in results if result.row.kind != "operator" and not result.apart]
    if len({result.row.kind for result in runs}) > 1:
        sections.append(("all runs", runs))
    for kind in sorted({result.row.kind for result in results}):
        of_kind = [result for result in results if result.row.kind == kind and not result.apart]
        sections.append((kind, of_kind))
        for label, key in SPLITS[kind == "operator"]:
            values = sorted({key(result) for result in of_kind})
            for value in values if len(values) > 1 or label != "by" else ():
                name = f"{kind}, {label} {value}" if label else f"{kind}, {value}"
                sections.append((name, [result for result in of_kind if key(result) == value]))
    for kind, name in (("train", "train, reduced-layer runs"), ("", "serving, only reported")):
        apart = [result for result in results if result.apart and (result.row.kind == "train") == (kind == "train")]
        sections.append((name, apart))
    return [_sums(name, members) for name, members in sections if members]


SPLITS: dict[bool, list[tuple[str, Callable[[Result], str]]]] = {
    False: [
        ("by", lambda result: "the maker" if by_maker(result.row) else "others"),
        ("source", lambda result: result.row.source),
        ("chip", lambda result: f"{result.row.chip} {_bits(result.row.precision)}"),
    ],
    True: [("", lambda result: f"{result.row.model.split()[0]} {result.row.chip}")],
}


def _bits(precision: str) -> str:
    return "16 bit" if precision in ("bf16", "fp16") else precision


def _sums(name: str, members: list[Result]) -> dict[str, Any]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in members:
        groups[result.row.group].append(result)
    inside = [abs(result.ratio - 1) for result in members]
    outside = [result.left_out for result in members if result.left_out is not None]
    by_group = [fmean(abs(result.ratio - 1) for result in group) for group in groups.values()]
    made: dict[str, Any] = {
        "section": name, "rows": len(members), "groups": len(groups), "error": fmean(inside), "median": median(inside),
        "error_by_group": fmean(by_group), "bias": median(result.ratio for result in members) - 1,
        "rejected": sum(not result.fits for result in members),
        "width": median(math.log(result.high / result.predicted) for result in members),
    }  # fmt: skip
    if outside:
        errors = [abs(left.ratio - 1) for left in outside]
        covered = [abs(math.log(left.ratio)) <= left.width for left in outside]
        made |= {
            "left_out_rows": len(outside), "left_out_error": mean_error([left.ratio for left in outside]), "left_out_median": median(errors),
            "coverage": fmean(covered) if len(covered) >= BLOCK or "," not in name else None,
        }  # fmt: skip
    return made
