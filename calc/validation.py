# SPDX-License-Identifier: Apache-2.0
"""Predicted against measured, row by row and in sum: errors in and out of the fit, coverage, ratios and scaling."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import fmean, median
from typing import Any, NamedTuple

from chipgauge.calc.cases import Cases, Predictor, Skipped, build
from chipgauge.calc.fit import measured_time
from chipgauge.calc.operators import Operators
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.measured import Measured

BLOCK = 20
"""Groups of rows from this size on have their own coverage."""


class Result(NamedTuple):
    """One row, predicted. `ratio` is predicted over measured time; `left_out` the same from a fit without its source."""

    row: Measured
    predicted: float
    low: float
    high: float
    ratio: float
    left_out: LeftOut | None
    fitted: bool
    fits: bool
    proxy: bool
    program: str


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
        Of any kind; those that are not modelled come back in `skipped`.
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
        kinds[row.kind].append(row)
    results: list[Result] = []
    skipped = [
        Skipped(row.id, f"{row.kind} is not modelled yet")
        for kind in ("prefill", "decode", "offline")
        for row in kinds[kind]
    ]
    if kinds["train"]:
        cases = build(kinds["train"], catalog, known)
        skipped += cases.skipped
        results += _training(cases, names, values, constants.widths, left_out, ours) if cases.rows else []
    if kinds["operator"]:
        operators = Operators(kinds["operator"], catalog, names, known)
        skipped += operators.skipped
        for row, time in zip(operators.rows, operators.times(values) if operators.rows else (), strict=True):
            results.append(
                _result(
                    row,
                    float(time) / row.value,
                    constants.widths.get("operator", 0.3),
                    None,
                    row.id in ours,
                    True,
                    False,
                    "operator",
                )
            )
    steps = [result for result in results if result.row.kind == "train" and not result.proxy]
    return Validation(results, chip_ratios(steps), scaling(steps), skipped, summary(results))


def _training(
    cases: Cases,
    names: list[str],
    values: Any,
    widths: Mapping[str, float],
    left_out: Mapping[str, LeftOut],
    ours: set[str],
) -> list[Result]:
    predictor = Predictor(cases, names)
    index, step, fits = predictor.chosen(values)
    ratios = step.time[index] / measured_time(cases, predictor.utilisation(step)[index], step.time[index])
    results: list[Result] = []
    for row, at, ratio, fit in zip(cases.rows, index, ratios, fits, strict=True):
        program = cases.programs[int(at)]
        proxy = "layers=" in row.plan
        width = widths.get(program, max(widths.values(), default=0.3))
        results.append(
            _result(row, float(ratio), width, left_out.get(row.id), row.id in ours, bool(fit), proxy, program)
        )
    return results


def _result(
    row: Measured,
    ratio: float,
    width: float,
    left_out: LeftOut | None,
    fitted: bool,
    fits: bool,
    proxy: bool,
    program: str,
) -> Result:
    """Return a result; rates fall as times rise."""
    time_like = row.metric in ("step_time", "time", "ttft", "tpot")
    predicted = row.value * ratio if time_like else row.value / ratio
    factor = math.exp(width)
    return Result(row, predicted, predicted / factor, predicted * factor, ratio, left_out, fitted, fits, proxy, program)


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
                        "source": first.row.source, "model": first.row.model, "chips": [second.row.chip, first.row.chip],
                        "ids": [second.row.id, first.row.id], "measured": measured, "predicted": predicted,
                        "ratio": predicted / measured,
                    }
                )  # fmt: skip
    return pairs


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
    row = result.row
    if row.metric == "train_tokens_per_second_per_chip":
        return row.value / ratio
    return row.batch * row.seq_in / (row.value * row.n_chips * ratio) if row.metric == "step_time" else math.nan


# --- the sums ----------------------------------------------------------------------------------------------------


def summary(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return errors and coverage by kind, by source and by chip and format; proxies apart, a group one vote."""
    sections: list[tuple[str, list[Result]]] = []
    for kind in sorted({result.row.kind for result in results}):
        of_kind = [result for result in results if result.row.kind == kind and not result.proxy]
        sections.append((kind, of_kind))
        for label, key in _SPLITS[kind == "operator"]:
            for value in sorted({key(result) for result in of_kind}):
                sections.append((f"{kind}, {label} {value}", [result for result in of_kind if key(result) == value]))
    sections.append(("train, reduced-layer runs", [result for result in results if result.proxy]))
    return [_sums(name, members) for name, members in sections if members]


_SPLITS: dict[bool, list[tuple[str, Callable[[Result], str]]]] = {
    False: [
        ("source", lambda result: result.row.source),
        ("chip", lambda result: f"{result.row.chip} {_bits(result.row.precision)}"),
    ],
    True: [("operator", lambda result: f"{result.row.model.split()[0]} {result.row.chip}")],
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
            "left_out_rows": len(outside), "left_out_error": fmean(errors), "left_out_median": median(errors),
            "coverage": fmean(covered) if len(covered) >= BLOCK or name == "train" else None,
        }  # fmt: skip
    return made


def interval_widths(cases: Cases, ratios: Any) -> tuple[dict[str, float], Any]:
    """Return the half-width of an 80% interval for each kind of program, and for each row that of the other sources.

    A width is the 80% quantile of the absolute logarithm of left-out ratios, a group one vote. The one that a row is
    tested against comes from rows of other sources; a program with a single source takes that of all programs.
    """
    import numpy

    rows = cases.rows
    program = numpy.array([cases.programs[list(cases.row).index(at)] for at in range(len(rows))])
    source = numpy.array([row.source for row in rows])
    good = numpy.isfinite(ratios)
    errors = numpy.abs(numpy.log(numpy.where(good, ratios, 1.0)))
    sizes = Counter(row.group for row in rows)
    votes = numpy.array([1 / sizes[row.group] for row in rows])
    tested = numpy.full(len(rows), numpy.nan)
    for at in range(len(rows)):
        others = good & (source != source[at])
        same = others & (program == program[at])
        mask = same if len(set(source[same])) > 1 else others
        tested[at] = quantile(errors[mask], votes[mask], 0.8)
    widths = {
        str(name): quantile(errors[good & (program == name)], votes[good & (program == name)], 0.8)
        for name in sorted(set(program[good]))
    }
    return widths, tested


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


def half_width(cases: Cases, ratios: Any) -> float:
    """Return the half-width of an 80% interval over all rows, a group one vote."""
    import numpy

    sizes = Counter(row.group for row in cases.rows)
    votes = numpy.array([1 / sizes[row.group] for row in cases.rows])
    good = numpy.isfinite(ratios)
    return quantile(numpy.abs(numpy.log(ratios[good])), votes[good], 0.8)


class LeftOut(NamedTuple):
    """A row predicted without its source: predicted over measured, and the half-width of its interval."""

    ratio: float
    width: float


def read_left_out(text: str) -> dict[str, LeftOut]:
    """Return what `validate --fit` wrote about left-out rows, by row id.

    >>> read_left_out("id,ratio,width\na1,1.05,0.1\n")
    {'a1': LeftOut(ratio=1.05, width=0.1)}
    """
    return {row["id"]: LeftOut(float(row["ratio"]), float(row["width"])) for row in csv.DictReader(text.splitlines())}
