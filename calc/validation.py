# SPDX-License-Identifier: Apache-2.0
"""Predicted against measured, row by row and in sum: training, serving and operators; ratios between chips; scaling."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from chipgauge.calc.cases import Cases, Predictor, Skipped, build
from chipgauge.calc.efficiency import training_width
from chipgauge.calc.fit import measured_time
from chipgauge.calc.intervals import LeftOut
from chipgauge.calc.machine import format_of
from chipgauge.calc.operators import Operators
from chipgauge.calc.results import Result, reduced, result_of, step_time, summary
from chipgauge.calc.serving_cases import SERVED
from chipgauge.calc.serving_operators import ServingOperators
from chipgauge.calc.serving_validation import pairs, serving_results
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.measured import Measured


class Validation(NamedTuple):
    """What `validate` answers."""

    rows: list[Result]
    ratios: list[dict[str, Any]]
    scaling: list[dict[str, Any]]
    skipped: list[Skipped]
    summary: list[dict[str, Any]]


def validate(
    rows: Sequence[Measured], catalog: Catalog, constants: Constants, left_out: Mapping[str, LeftOut], ours: set[str]
) -> Validation:
    """Return every row predicted with the given constants.

    Parameters
    ----------
    rows : sequence of Measured
        Of any kind; those that are not modelled come back in `skipped`, with why.
    left_out : mapping
        By row id, predicted over measured from a fit without the row's source.
    ours : set of str
        Ids of the rows that the constants were fitted on.
    """
    import numpy

    names = list(constants.figures)
    known: Callable[[str], bool] = constants.figures.__contains__
    values = numpy.array([constants.figures[name].number for name in names])
    kinds: dict[str, list[Measured]] = defaultdict(list)
    for row in rows:
        kinds["serving" if row.kind in SERVED else row.kind].append(row)
    results: list[Result] = []
    skipped: list[Skipped] = []
    if kinds["train"]:
        cases = build(kinds["train"], catalog, known)
        skipped += cases.skipped
        results += _training(cases, catalog, constants, values, left_out, ours) if cases.rows else []
    served: list[Result] = []
    if kinds["serving"]:
        served, left = serving_results(kinds["serving"], catalog, names, values, constants.widths, left_out, ours)
        skipped += left
    if kinds["operator"]:
        made, left = operator_results(kinds["operator"], catalog, names, values, constants.widths, ours)
        results, skipped = results + served + made, skipped + left
    else:
        results += served
    steps = [result for result in results if result.row.kind == "train" and not result.apart]
    return Validation(results, [*chip_ratios(steps), *pairs(served)], scaling(steps), skipped, summary(results))


def operator_results(
    rows: Sequence[Measured], catalog: Catalog, names: Sequence[str], values: Any, widths: Mapping[str, float],
    ours: set[str],
) -> tuple[list[Result], list[Skipped]]:  # fmt: skip
    """Return the operators that training or serving predicts, and those that neither does, with why."""
    known = set(names).__contains__
    training, serving = Operators(rows, catalog, names, known), ServingOperators(rows, catalog, names, known)
    made: list[Result] = []
    width = widths.get("operator", 0.3)
    for part in (training, serving):
        for row, time in zip(part.rows, part.times(values) if part.rows else (), strict=True):
            made.append(result_of(row, float(time) / row.value, width, None, fitted=row.id in ours, program="operator"))
    done = {result.row.id for result in made}
    return made, [left for left in training.skipped if left.id not in done]


def _training(
    cases: Cases, catalog: Catalog, constants: Constants, values: Any, left_out: Mapping[str, LeftOut], ours: set[str]
) -> list[Result]:
    predictor = Predictor(cases, list(constants.figures))
    index, step, fits = predictor.chosen(values)
    ratios = step.time[index] / measured_time(cases, predictor.utilisation(step)[index], step.time[index])
    results: list[Result] = []
    for row, at, ratio, fit in zip(cases.rows, index, ratios, fits, strict=True):
        program = cases.programs[int(at)]
        width = training_width(program, format_of(row.precision), catalog.find(row.chip).id, constants)
        results.append(
            result_of(
                row, float(ratio), width, left_out.get(row.id), fitted=row.id in ours, fits=bool(fit), apart=reduced(row), program=program,
            )
        )  # fmt: skip
    return results


# --- ratios and scaling ------------------------------------------------------------------------------------------


def chip_ratios(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return pairs of rows of one source that differ in the chip alone: measured and predicted ratio of rates per chip."""
    alike: dict[tuple[Any, ...], dict[str, Result]] = defaultdict(dict)
    for result in results:
        row = result.row
        alike[row.source, row.model, row.precision, row.seq_in, row.n_chips].setdefault(row.chip, result)
    pairs: list[dict[str, Any]] = []
    for found in alike.values():
        for first, second in combinations(sorted(found.values(), key=lambda result: result.row.chip), 2):
            measured = _rate(second, 1.0) / _rate(first, 1.0)
            predicted = _rate(second, second.ratio) / _rate(first, first.ratio)
            if math.isfinite(measured * predicted):
                pairs.append(
                    {
                        "kind": "train", "source": first.row.source, "model": first.row.model, "chips": [second.row.chip, first.row.chip],
                        "ids": [second.row.id, first.row.id], "measured": measured, "predicted": predicted,
                        "ratio": predicted / measured, "left_out": _left_out_ratio(second, first, measured),
                    }
                )  # fmt: skip
    return pairs


def _left_out_ratio(second: Result, first: Result, measured: float) -> float | None:
    if second.left_out is None or first.left_out is None:
        return None
    return _rate(second, second.left_out.ratio) / _rate(first, first.left_out.ratio) / measured


def scaling(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return within each group the rate per chip on more chips over that on the fewest, measured and predicted."""
    groups: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    for result in results:
        plan = ",".join(part for part in result.row.plan.split(",") if not part.startswith(("dp=", "ep=")))
        groups[result.row.group, result.row.chip, str(result.row.seq_in), plan, result.row.notes].append(result)
    found: list[dict[str, Any]] = []
    for members in groups.values():
        first = min(members, key=lambda result: result.row.n_chips)
        for other in members:
            if other.row.n_chips > first.row.n_chips:
                found.append(
                    {
                        "group": other.row.group, "id": other.row.id, "chips": [first.row.n_chips, other.row.n_chips],
                        "measured": _rate(other, 1.0) / _rate(first, 1.0),
                        "predicted": _rate(other, other.ratio) / _rate(first, first.ratio),
                    }
                )  # fmt: skip
    return found


def _rate(result: Result, ratio: float) -> float:
    """Return tokens a second and chip: as measured, or with the time `ratio` times as long."""
    row, time = result.row, step_time(result.row)
    return row.batch * row.seq_in / (time * row.n_chips * ratio) if time else math.nan
