# SPDX-License-Identifier: Apache-2.0
"""Measured training runs as columns: each row in every way that what it leaves out could have been, and the fastest taken.

A published run seldom states its whole plan. What it leaves out is set as its authors would have: to what is fastest and
fits. A row thus becomes one or more candidates; the prediction of a row is the least time of its candidates.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, architecture_of, columns, stack, with_layers
from chipgauge.calc.efficiency import FACTORS, family_of, keys_of
from chipgauge.calc.machine import format_of, machine_of, numbers
from chipgauge.calc.plan import Efficiency, Machine, Plan, parse_plan
from chipgauge.calc.quantity import quantity
from chipgauge.calc.training import Step, Workload, fitted_step, utilisation
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.measured import Measured
from chipgauge.specs.records import Item, Subject

FLASH_DATE = "2022-06"
"""Runs published before the fused attention of arXiv 2205.14135 (27 May 2022) write their scores to memory."""


MATURE = 1e10
"""An age at which programs have stopped getting faster. [s]"""


class Skipped(NamedTuple):
    """A row that cannot be predicted, and why."""

    id: str
    why: str


class Cases(NamedTuple):
    """Columns of candidates; `row` tells to which of `rows` each belongs, `auto` where recomputation is left open."""

    rows: list[Measured]
    row: Any
    architecture: Architecture
    work: Workload
    plan: Plan
    machine: Machine
    keys: list[dict[str, tuple[str, ...]]]
    programs: list[str]
    auto: Any
    skipped: list[Skipped]


def options(stated: Mapping[str, float], chips: float, batch: float, layers: float, experts: float) -> list[Plan]:
    """Return the plans that agree with what is stated, divide the batch and use every chip.

    Where no degree of parallelism is stated, tensor, pipeline, expert and ZeRO-3 ranks range; where a pipeline is, its
    chunks do. Data ranks are what is left; ZeRO-1 and sequence parallelism are the rule of today's programs. This is a
    choice of usual plans, not a limit: any plan that is stated is timed, and `calc.search` takes the whole space.

    >>> [plan.chunks for plan in options(dict(tensor=4, pipeline=8, micro_batch=1), 128, 256, 96, 0)]
    [1.0, 2.0, 3.0, 4.0, 6.0, 12.0]
    """
    free = not any(name in stated for name in ("tensor", "pipeline", "data", "zero"))

    def domain(name: str, values: Sequence[float], otherwise: Sequence[float]) -> Sequence[float]:
        return [stated[name]] if name in stated else values if free else otherwise

    context = stated.get("context", 1.0)
    found: list[Plan] = []
    for tensor, pipeline, zero in product(
        domain("tensor", (1.0, 2.0, 4.0, 8.0), (1.0,)),
        domain("pipeline", [*POWERS[:6], *(d for d in divisors(layers, 32) if d not in POWERS)], (1.0,)),
        domain("zero", (1.0, 3.0), (1.0,)),
    ):
        data = stated.get("data", chips / (tensor * pipeline * context))
        if (
            tensor * pipeline * context * data != chips
            or data % 1
            or pipeline > layers
            or zero == 3
            and free
            and pipeline > 1
        ):
            continue
        share, each = batch / data, math.ceil(layers / pipeline)
        sizes = (
            [stated["micro_batch"]] if "micro_batch" in stated else [size for size in POWERS[:4] if share % size == 0]
        )
        chunks = [stated["chunks"]] if "chunks" in stated else divisors(each, 32) if pipeline > 1 else [1.0]
        most = min(experts or 1.0, data * context * tensor if "expert" in stated else data * context)
        ranks = domain("expert", [power for power in POWERS if power < most] + [most], (most,)) if experts else (1.0,)
        for size, parts, expert in product(sizes, chunks, ranks):
            if experts % expert == 0 and (tensor * data * context) % expert == 0:
                rest = {"sequence": 1.0, "recompute": 0.0, "selective": 0.0, "fused": 1.0, **stated}
                rest |= {"tensor": tensor, "pipeline": pipeline, "data": data, "context": context, "zero": zero}
                found.append(Plan(**{**rest, "chunks": parts, "micro_batch": size, "expert": expert}))
    return found


POWERS = tuple(2.0**power for power in range(11))


def divisors(number: float, most: float = math.inf) -> list[float]:
    """Return the divisors of a whole number up to a bound, least first.

    >>> divisors(96, 16)
    [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0]
    """
    whole = int(number)
    small = [d for d in range(1, math.isqrt(whole) + 1) if whole % d == 0]
    return sorted({float(d) for low in small for d in (low, whole // low) if d <= most})


def build(rows: Iterable[Measured], catalog: Catalog, known: Callable[[str], bool]) -> Cases:
    """Return the training rows as columns; rows that cannot be predicted are in `skipped`, each with why."""
    import numpy

    kept: list[Measured] = []
    skipped: list[Skipped] = []
    entries: list[tuple[int, Architecture, Workload, Plan, Machine, dict[str, tuple[str, ...]], str, bool]] = []
    memo: dict[tuple[str, ...], Any] = {}
    for row in rows:
        try:
            found = _candidates(row, catalog, known, memo)
        except ChipgaugeError as error:
            skipped.append(Skipped(row.id, str(error)))
            continue
        entries += [(len(kept), *candidate) for candidate in found]
        kept.append(row)

    def part(kind: Any, at: int) -> Any:
        return columns(kind, [entry[at] for entry in entries])

    return Cases(
        kept, numpy.array([entry[0] for entry in entries], dtype=int), stack(entry[1] for entry in entries),
        part(Workload, 2), part(Plan, 3), part(Machine, 4), [entry[5] for entry in entries], [entry[6] for entry in entries],
        numpy.array([entry[7] for entry in entries], dtype=bool), skipped,
    )  # fmt: skip


def _candidates(
    row: Measured, catalog: Catalog, known: Callable[[str], bool], memo: dict[tuple[str, ...], Any]
) -> list[tuple[Architecture, Workload, Plan, Machine, dict[str, tuple[str, ...]], str, bool]]:
    for name, value in (("n_chips", row.n_chips), ("batch", row.batch), ("seq_in", row.seq_in)):
        if math.isnan(value):
            raise ChipgaugeError(f"{name} is not stated")
    stated, words = parse_plan(row.plan)
    precision = format_of(row.precision)
    if ("model", row.model) not in memo:
        memo["model", row.model] = architecture_of(catalog.find(row.model), catalog).numbers()
    if ("chip", row.chip, precision) not in memo:
        item = catalog.find(row.chip)
        memo["chip", row.chip, precision] = (
            item.id,
            numbers(machine_of(item, precision, catalog)),
            first_release(item, catalog),
        )
    a: Architecture = memo["model", row.model]
    chip, machine, released = memo["chip", row.chip, precision]
    if "layers" in stated:
        a = with_layers(a, stated.pop("layers"))
    program = words.get("kernels") or ("classic" if row.date and row.date < FLASH_DATE else "fused")
    stated["fused"] = float(program != "classic")
    auto = "recompute" not in stated
    plans = options(stated, row.n_chips, row.batch, a.layers, a.experts)
    if not plans:
        raise ChipgaugeError(f"the plan {row.plan!r} does not use {row.n_chips:g} chips")
    keys = keys_of(chip, precision, program, known)
    work = Workload(row.batch, row.seq_in, age=age_of(released, row.date))
    return [(a, work, plan, machine, keys, program, auto) for plan in plans]


def first_release(item: Item, catalog: Catalog) -> str:
    """Return the date from which programs for the silicon of a chip could mature: the first release of its family.

    >>> from chipgauge.specs.catalog import catalog
    >>> first_release(catalog().find("H200"), catalog())
    '2022-09-20'
    """
    dates = [quantity("released", Subject(other), catalog=catalog).value for other in kin_of(item, catalog)]
    return min((str(date) for date in dates if date and "Q" not in str(date)), default="")


def kin_of(item: Item, catalog: Catalog) -> list[Item]:
    """Return the chips of the same family as a chip; itself alone where its family is not known."""
    family = family_of(item.id).split("-")[0]
    if family == "any":
        return [item]
    chips = [other for other in catalog.items.values() if other.kind == "chip"]
    return [other for other in chips if family_of(other.id).split("-")[0] == family]


def age_of(released: str, date: str) -> float:
    """Return the time between two dates in seconds; where one is unknown, so long that programs are mature. [s]

    >>> round(age_of("2022-09-20", "2023-09") / 86400)
    346
    """
    if not released or len(date) < 7:
        return MATURE
    first, last = (days(text) for text in (released, date))
    return max(0.0, (last - first) * 86400.0)


def days(date: str) -> int:
    """Return the day number of a date; a month or a year counts from its first day."""
    year, month, day = (int(part) for part in (date + "-01-01").split("-")[:3])
    return datetime.date(year, month, day).toordinal()


class Predictor:
    """Predict the rows of some cases for any values of the constants, fast enough to fit them."""

    def __init__(self, cases: Cases, names: Sequence[str]) -> None:
        import numpy

        self.cases = cases
        at = {name: index for index, name in enumerate(names)}
        self._factors: dict[str, list[Any]] = {}
        for field, patterns in FACTORS.items():
            columns = [[at[keys[field][i]] for keys in cases.keys] for i in range(len(patterns))]
            self._factors[field] = [numpy.array(column, dtype=int) for column in columns]
        counts = numpy.bincount(cases.row, minlength=len(cases.rows))
        self._starts = numpy.concatenate([[0], numpy.cumsum(counts)[:-1]])

    def efficiency(self, values: Any) -> Efficiency:
        """Return the efficiencies of every candidate for an array of constants."""
        fields: dict[str, Any] = {}
        for field, factors in self._factors.items():
            fields[field] = values[factors[0]]
            for index in factors[1:]:
                fields[field] = fields[field] * values[index]
        return Efficiency(**fields)

    def utilisation(self, step: Step) -> Any:
        """Return the model FLOP utilisation of every candidate, against the peak of its format. [1]"""
        cases = self.cases
        chips = cases.plan.tensor * cases.plan.pipeline * cases.plan.data * cases.plan.context
        return utilisation(cases.architecture, cases.work, step.time, chips=chips, peak=cases.machine.peak)

    def steps(self, values: Any) -> tuple[Step, Any]:
        """Return the step of every candidate, and its time, infinite where it does not fit. [s]"""
        import numpy

        cases, e = self.cases, self.efficiency(values)

        def shares(least: Any) -> Any:  # not rounded: a fit needs times that hardly move where constants hardly do
            return numpy.where(cases.auto, least, cases.plan.recompute)  # pyright: ignore[reportUnknownVariableType]

        _, step = fitted_step(cases.architecture, cases.work, cases.plan, cases.machine, e, shares)
        return step, numpy.where(step.footprint.total <= cases.machine.memory * 1.000001, step.time, numpy.inf)

    def chosen(self, values: Any) -> tuple[Any, Step, Any]:
        """Return which candidate each row takes, the steps of all, and whether the row's fits.

        A row none of whose candidates fits takes the fastest all the same, and is reported as rejected.
        """
        import numpy

        step, times = self.steps(values)
        fits = numpy.isfinite(numpy.minimum.reduceat(times, self._starts))
        some = fits[self.cases.row]
        ranked: Any = numpy.where(some, times, step.time)  # pyright: ignore[reportUnknownVariableType]
        order = numpy.lexsort((ranked, self.cases.row))  # pyright: ignore[reportUnknownArgumentType]
        return order[self._starts], step, fits
