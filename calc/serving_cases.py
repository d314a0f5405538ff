# SPDX-License-Identifier: Apache-2.0
"""Measured serving as columns: each row in every plan that what it leaves out could have been, and the fastest taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, architecture_of, columns, stack
from chipgauge.calc.cases import Skipped, age_of, first_release
from chipgauge.calc.inference import decode, prefill, serve
from chipgauge.calc.schedule import chip_rate
from chipgauge.calc.serving import FIRST, Achieved, Device, Requests, Serving, parse_serving
from chipgauge.calc.serving_constants import FACTORS, serving_keys
from chipgauge.calc.serving_device import WIDE, device_numbers, device_of, running_format, storage_of
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.measured import Measured

SERVED = ("prefill", "decode", "offline")
"""Kinds of measured rows that are predicted here."""


class Cases(NamedTuple):
    """Columns of candidates; `row` tells to which of `rows` each belongs."""

    rows: list[Measured]
    row: Any
    kind: Any
    metric: Any
    architecture: Architecture
    plan: Serving
    device: Device
    requests: Requests
    batch: Any
    keys: list[dict[str, tuple[str, ...]]]
    skipped: list[Skipped]


def splits(chips: float) -> list[tuple[float, float]]:
    """Return the tensor and pipeline ranks that fit into a number of chips, as powers of two.

    >>> splits(2)
    [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0)]
    """
    powers = [1.0, 2.0, 4.0, 8.0]
    return [(t, p) for t in powers for p in powers if t * p <= min(chips, 8) and chips % (t * p) == 0]


def build(rows: Iterable[Measured], catalog: Catalog, known: Callable[[str], bool]) -> Cases:
    """Return the serving rows as columns; rows that cannot be predicted are in `skipped`, each with why."""
    import numpy

    kept: list[Measured] = []
    skipped: list[Skipped] = []
    entries: list[tuple[int, Architecture, Serving, Device, Requests, float, dict[str, tuple[str, ...]]]] = []
    memo: dict[tuple[str, ...], Any] = {}
    for row in rows:
        if row.kind not in SERVED:
            continue
        try:
            found = _candidates(row, catalog, known, memo)
        except ChipgaugeError as error:
            skipped.append(Skipped(row.id, str(error)))
            continue
        entries += [(len(kept), *candidate) for candidate in found]
        kept.append(row)

    def part(kind: Any, at: int) -> Any:
        return columns(kind, [entry[at] for entry in entries])

    at = numpy.array([entry[0] for entry in entries], dtype=int)
    return Cases(
        kept, at, numpy.array([kept[entry[0]].kind for entry in entries]),
        numpy.array([kept[entry[0]].metric for entry in entries]),
        stack(entry[1] for entry in entries), part(Serving, 2), part(Device, 3), part(Requests, 4),
        numpy.array([entry[5] for entry in entries], dtype=float), [entry[6] for entry in entries], skipped,
    )  # fmt: skip


def _candidates(
    row: Measured, catalog: Catalog, known: Callable[[str], bool], memo: dict[tuple[str, ...], Any]
) -> list[tuple[Architecture, Serving, Device, Requests, float, dict[str, tuple[str, ...]]]]:
    needed = [("n_chips", row.n_chips), ("seq_in", row.seq_in)]
    needed += [("seq_out", row.seq_out)] if row.kind == "offline" else [("batch", row.batch)]
    for name, value in needed:
        if math.isnan(value):
            raise ChipgaugeError(f"{name} is not stated")
    stated, words = parse_serving(row.plan)
    if ("model", row.model) not in memo:
        memo["model", row.model] = architecture_of(catalog.find(row.model), catalog).numbers()
    if ("chip", row.chip, row.precision) not in memo:
        item = catalog.find(row.chip)
        stored = storage_of(row.precision)
        memo["chip", row.chip, row.precision] = (
            item.id,
            running_format(item, stored, catalog),
            device_numbers(device_of(item, row.precision, catalog)),
            first_release(item, catalog),
        )
    chip, runs, device, released = memo["chip", row.chip, row.precision]
    engine = words.get("engine", "any")
    device = device._replace(age=program_age(engine, released, row.date))
    batch = row.batch
    found: list[Serving] = []
    if "tensor" in stated or "chips" in stated:
        tensor = stated.get("tensor", 1.0)
        base = {"tensor": tensor, "chips": tensor, "expert": 1.0, **stated}
        found.append(Serving(**base))
    else:
        found += [Serving(**{**stated, "tensor": t, "chips": t, "pipeline": p}) for t, p in splits(row.n_chips)]
    if row.kind == "offline" and not math.isnan(batch):
        found = [
            plan._replace(sequences=batch / (row.n_chips / (plan.chips * plan.pipeline)) / (plan.chips / plan.tensor))
            for plan in found
        ]
    packed = runs == "bf16" and storage_of(row.precision) not in WIDE
    keys = serving_keys(chip, runs, engine, known, packed, bus=bool(device.shared))
    requests = Requests(row.seq_in, 1.0 if math.isnan(row.seq_out) else row.seq_out)
    a = memo["model", row.model]
    return [(a, plan, device, requests, 0.0 if math.isnan(batch) else batch, keys) for plan in found]


def program_age(engine: str, released: str, date: str) -> float:
    """Return for how long a program could mature on a chip: since the later of their first releases. [s]

    >>> round(program_age("vllm", "2022-09-20", "2024-06-20") / 86400)
    366
    """
    return age_of(max(released, FIRST.get(engine, min(FIRST.values()))), date)


class Predictor:
    """Predict the rows of some cases for any values of the constants, fast enough to fit them."""

    def __init__(self, cases: Cases, names: Sequence[str]) -> None:
        import numpy

        self.cases = cases
        at = {name: index for index, name in enumerate(names)}
        self._factors = {
            field: [numpy.array([at[keys[field][i]] for keys in cases.keys], dtype=int) for i in range(len(patterns))]
            for field, patterns in FACTORS.items()
        }
        counts = numpy.bincount(cases.row, minlength=len(cases.rows))
        self._starts = numpy.concatenate([[0], numpy.cumsum(counts)[:-1]])
        self._parts = {kind: numpy.flatnonzero(cases.kind == kind) for kind in SERVED}
        self._sub = {kind: _taken(cases, index) for kind, index in self._parts.items()}

    def achieved(self, values: Any, index: Any) -> Achieved:
        """Return what the programs of some candidates achieve, for an array of constants."""
        fields: dict[str, Any] = {}
        for field, factors in self._factors.items():
            made = values[factors[0][index]]
            for other in factors[1:]:
                made = made * values[other[index]]
            fields[field] = made
        return Achieved(**fields)

    def candidates(self, values: Any) -> Any:
        """Return the metric of every candidate; 0 (a rate) or infinity (a time) where the weights do not fit."""
        import numpy

        made = numpy.zeros(len(self.cases.row))
        for kind, index in self._parts.items():
            if not len(index):
                continue
            a, plan, device, requests, batch, metric = self._sub[kind]
            e = self.achieved(values, index)
            if kind == "offline":
                served = serve(a, plan, device, e, requests)
                rate = served.answer_rate
                both = rate * (requests.prompt + requests.answer) / requests.answer
                made[index] = numpy.where(metric == "total_tokens_per_second_per_chip", both, rate)
                continue
            groups = numpy.maximum(batch, 1e-9)
            if kind == "decode":
                step = decode(a, plan, device, e, sequences=groups, context=requests.prompt)
                rate = chip_rate(tokens=groups * plan.accepted, time=step.time, chips=plan.tensor)
                made[index] = numpy.where(metric == "tpot", step.time / plan.accepted, rate)
            else:
                step = prefill(a, plan, device, e, prompts=groups, prompt=requests.prompt)
                rate = chip_rate(tokens=groups * requests.prompt, time=step.time, chips=plan.tensor)
                made[index] = numpy.where(metric == "ttft", step.time, rate)
        return made

    def rows(self, values: Any) -> Any:
        """Return the prediction of each row: of its candidates the best."""
        import numpy

        made = self.candidates(values)
        return numpy.maximum.reduceat(made, self._starts)


def _taken(cases: Cases, index: Any) -> tuple[Any, ...]:
    def part(columns: Any) -> Any:
        return type(columns)(*(column[index] for column in columns))

    return (
        part(cases.architecture), part(cases.plan), part(cases.device), part(cases.requests), cases.batch[index],
        cases.metric[index],
    )  # fmt: skip
