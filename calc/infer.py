# SPDX-License-Identifier: Apache-2.0
"""The best serving plan of a model on a number of chips, and its figures: what `chipgauge infer` answers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture
from chipgauge.calc.inference import Served, decode, prefill, serve
from chipgauge.calc.machine import plain
from chipgauge.calc.schedule import chip_rate
from chipgauge.calc.serving import Achieved, Device, Requests, Serving
from chipgauge.calc.serving_device import running_format, storage_of
from chipgauge.calc.serving_formulas import accepted_tokens
from chipgauge.calc.serving_pass import Timing
from chipgauge.calc.serving_ready import TENSOR, plan_figures, ready, ready_numbers, request_figures, setting_of
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item

STEPS = 48
"""Numbers of sequences that the search tries between one and as many as memory holds."""

MOST_CHIPS = 1024
"""Chips of the largest instance that the search tries."""

DOUBLED = {
    "arithmetic": ("peak", "peak16", "expert_peak", "power"), "memory bandwidth": ("bandwidth",), "network": ("up", "out"),
}  # fmt: skip
"""What of a device could bound a step, and the fields that double to find out."""


class Inference(NamedTuple):
    """The answer: the plan, what was tried, and the figures of the steady state."""

    model: Item
    chip: Item
    chips: float
    stored: str
    runs: str
    plan: Serving
    tried: int
    served: Served
    prefill: Timing
    prefill_rate: Figure
    decode_rate: Figure
    bound: str
    limit: str


def infer(
    model: Item, chip: Item, chips: float, *, prompt: float, answer: float, catalog: Catalog, constants: Constants,
    precision: str = "", batch: float = math.inf, max_tpot: float = math.inf, max_ttft: float = math.inf,
    engine: str = "any", acceptance: float = 0.0, drafted: float = 0.0,
) -> Inference:  # fmt: skip
    """Return the plan that answers the most tokens for each chip, and its figures.

    Parameters
    ----------
    prompt, answer : float
        Mean tokens of a prompt and of an answer. [1]
    batch : float
        Requests that run at once on all chips; as many as memory and latency allow by default. [1]
    max_tpot, max_ttft : float
        Bounds on the time of a token and of the first one. [s]
    acceptance, drafted : float
        Share of drafted tokens that are kept, and drafted tokens a step: speculative decoding. [1]

    Raises
    ------
    ChipgaugeError
        No plan holds the weights or meets the bounds; the message says by how much the best one misses.
    """
    import numpy

    stored = storage_of(precision or best_format(chip, catalog))
    runs = running_format(chip, stored, catalog)
    made = ready(setting_of(model, chip, engine, catalog=catalog, constants=constants), stored)
    (a, device, e, _), (bare, machine, reached, cache) = made, ready_numbers(made)
    draft, accepted = 1.0 + drafted, _accepted(acceptance, drafted)
    shape = plans(chips, bool(bare.experts))
    column = Serving(
        tensor=shape[0], expert=shape[1], chips=shape[2], draft=draft, accepted=accepted, cache=cache,
    )  # fmt: skip
    requests = Requests(prompt, answer)
    groups = (chips / column.chips) * (column.chips / column.tensor)
    full = serve(bare, column._replace(sequences=batch / groups), machine, reached, requests)
    fits = (full.memory.room > 0) & (full.sequences >= (1 if math.isinf(batch) else 0))
    if not fits.any():
        least = float(numpy.min(full.memory.weights))
        raise ChipgaugeError(
            f"{model.name} does not fit on {chips:g} {chip.name}: its weights in {stored} take {least / 1e9:.4g} GB on each "
            f"chip beside buffers, of {machine.memory / 1e9:.4g} GB; take more chips or a narrower --precision"
        )
    steps = (
        numpy.linspace(0.0, 1.0, STEPS)[:, None]
        if math.isinf(batch) and math.isfinite(max_tpot)
        else numpy.ones((1, 1))
    )
    wide = column._replace(sequences=numpy.maximum(full.sequences, 1e-9) ** steps)
    found = serve(bare, wide, machine, reached, requests)
    first = prefill(bare, column, machine, reached, prompts=1.0, prompt=prompt)
    allowed = fits & (found.tpot <= max_tpot) & (first.time <= max_ttft)
    if not allowed.any():
        best = float(numpy.min(numpy.where(fits, found.tpot, numpy.inf)))
        soonest = float(numpy.min(numpy.where(fits, first.time, numpy.inf)))
        raise ChipgaugeError(
            f"no plan of {model.name} on {chips:g} {chip.name} meets the bound: the least time of a token is "
            f"{best * 1e3:.3g} ms and of the first one {soonest * 1e3:.3g} ms"
        )
    rates = numpy.where(allowed, found.answer_rate, 0.0)
    at, which = numpy.unravel_index(int(numpy.argmax(rates)), rates.shape)
    chosen = Serving(*(_taken(field, int(at), int(which)) for field in wide))
    chosen = chosen._replace(sequences=_taken(found.sequences, int(at), int(which)))
    limit = "latency" if at + 1 < len(steps) else _limit(chosen, full, int(which), batch)
    plan, asked = plan_figures(chosen), request_figures(prompt, answer)
    served = serve(a, plan, device, e, asked)
    start = prefill(a, plan, device, e, prompts=plain("prompts", 1.0), prompt=asked.prompt)
    alone = decode(a, plan, device, e, sequences=served.sequences, context=plain("context", prompt + answer / 2))
    return Inference(
        model, chip, chips, stored, runs, chosen, int(rates.size), served, start,
        chip_rate(tokens=asked.prompt, time=start.time, chips=plan.tensor),
        chip_rate(tokens=served.sequences, time=alone.time / plan.accepted, chips=plan.tensor),
        bound_of(bare, chosen, machine, reached, requests), limit,
    )  # fmt: skip


def plans(chips: float, mixture: bool) -> Any:
    """Return tensor ranks, expert ranks and chips of an instance, as three columns: the space of the search.

    >>> plans(2, False).tolist()
    [[1.0, 2.0], [1.0, 1.0], [1.0, 2.0]]
    """
    import numpy

    found: list[tuple[float, float, float]] = []
    for size in (float(d) for d in range(1, int(min(chips, MOST_CHIPS)) + 1) if chips % d == 0):
        for tensor in (t for t in TENSOR if size % t == 0):
            if mixture:
                found += [(tensor, expert, size) for expert in sorted({1.0, size})]
            elif tensor == size:
                found.append((tensor, 1.0, size))
    return numpy.array(found).T


def best_format(chip: Item, catalog: Catalog) -> str:
    """Return the narrowest of the usual formats that a chip runs: FP8, else INT8, else 16 bits.

    >>> from chipgauge.specs.catalog import catalog
    >>> [best_format(catalog().find(chip), catalog()) for chip in ("H20", "910C", "A100")]
    ['fp8', 'int8', 'int8']
    """
    for name in ("fp8", "int8"):
        if running_format(chip, name, catalog) == name:
            return name
    return "bf16"


def bound_of(a: Architecture, plan: Serving, device: Device, e: Achieved, requests: Requests) -> str:
    """Return what bounds a step: that of arithmetic, memory bandwidth and network whose doubling saves the most.

    Where none saves a tenth, the launches and the host do: `latency`.
    """
    base = float(serve(a, plan, device, e, requests).step.time)
    saved: dict[str, float] = {}
    for name, fields in DOUBLED.items():
        faster = device._replace(**{field: 2 * getattr(device, field) for field in fields})
        saved[name] = 1 - float(serve(a, plan, faster, e, requests).step.time) / base
    best = max(saved, key=lambda name: saved[name])
    return best if saved[best] > 0.1 else "latency"


def _accepted(acceptance: float, drafted: float) -> float:
    if not 0 <= acceptance < 1 or drafted < 0:
        raise ChipgaugeError("the acceptance of drafts is a share from 0 up to, without, 1, and drafted tokens a count")

    return float(accepted_tokens(acceptance=acceptance, drafted=drafted))


def _taken(field: Any, at: int, which: int) -> float:
    import numpy

    array = numpy.atleast_1d(numpy.asarray(field, dtype=float))
    if array.ndim == 2:
        return float(array[min(at, array.shape[0] - 1), min(which, array.shape[1] - 1)])
    return float(array[min(which, len(array) - 1)])


def _limit(plan: Serving, full: Served, which: int, batch: float) -> str:
    fitting = _taken(full.memory.fitting, 0, which)
    if math.isfinite(batch) and plan.sequences < min(fitting, plan.most):
        return "asked"
    return "memory" if plan.sequences >= fitting * 0.999 else "program"


__all__ = ["Inference", "Timing", "best_format", "bound_of", "infer", "plans"]
