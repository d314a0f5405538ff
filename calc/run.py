# SPDX-License-Identifier: Apache-2.0
"""A training run of a model on so many chips: its plan, its step as figures, and its days with failures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, architecture_of, with_layers
from chipgauge.calc.cases import age_of, first_release, options
from chipgauge.calc.efficiency import efficiency_of, trained, training_width
from chipgauge.calc.footprint import whole_percent
from chipgauge.calc.formula import formula
from chipgauge.calc.machine import format_of, machine_of, numbers, plain
from chipgauge.calc.plan import Efficiency, Machine, Plan, parse_plan
from chipgauge.calc.quantity import quantity
from chipgauge.calc.schedule import chip_rate, step_tokens
from chipgauge.calc.training import Step, Workload, fitted_step, training_step, utilisation
from chipgauge.calc.utilisation import effective_time
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject

STEP_TOKENS = 4_194_304
CHIP_TOKENS = 1024
"""Tokens of a step, and at least so many a chip, where the user says nothing: the first and the last batch of Llama 3.1
405B, the last on 16,384 chips (arXiv 2407.21783, section 3.4)."""

LONGEST = 8192.0
"""Tokens of a sequence where the user says nothing, or the model's context if that is shorter."""


class Run(NamedTuple):
    """What `train` answers; times in seconds, memory in bytes."""

    model: str
    subject: Subject
    plan: Plan
    program: str
    precision: str
    batch: float
    sequence: float
    step: Step
    rate: Figure
    mfu: Figure
    memory: Figure
    room: Figure
    fits: bool
    shortfall: float
    tried: int
    width: float
    measured: bool
    tokens: Figure | None
    share: Figure | None
    days: Figure | None


@formula(returns="s", cite="definition", tokens="1", per_step="1", time="s", share="1")
def run_time(*, tokens: Any, per_step: Any, time: Any, share: Any) -> Any:
    """Return the time to train on so many tokens. [s]"""
    return tokens / per_step * time / share


def train(
    model: str, on: str, *, plan: str = "", batch: float = 0.0, sequence: float = 0.0, precision: str = "bf16",
    tokens: float = 0.0, catalog: Catalog, constants: Constants,
) -> Run:  # fmt: skip
    """Return a training run; what the plan leaves out is set to the fastest that fits.

    Raises
    ------
    ChipgaugeError
        No plan divides the batch, layers and chips; a chip that lacks the format; a figure of the model is unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> run = train("GPT 174.6B", "128 H100", plan="tp=4,pp=8,vp=6,mb=1", batch=256, sequence=2048,
    ...             catalog=catalog(), constants=constants())
    >>> 7 < run.step.time.number < 10  # 8.3 s measured
    True
    """
    item, subject, a, stated, program, length = question(model, on, plan, sequence, catalog)
    form = format_of(precision)
    machine, e = (
        machine_of(subject.item, form, catalog),
        efficiency_of(subject.item.id, form, program, constants.figures),
    )
    shape = a.numbers()
    size = batch or default_batch(length, subject.count, data_ranks(stated, subject.count))
    age = age_of(first_release(subject.item, catalog), catalog.as_of[:7])
    work = Workload(size, length, age)
    plans = options(stated, subject.count, size, shape.layers, shape.experts)
    if not plans:
        raise ChipgaugeError(
            f"no plan uses {subject.count:g} chips and divides {size:g} sequences and {shape.layers:g} layers"
            f"{f' with {plan}' if plan else ''}; change --batch or --plan"
        )
    values = Efficiency(*(figure.number for figure in e))
    best, fits = _fastest(shape, work, plans, numbers(machine), values, "recompute" not in stated)
    leaves = Plan(*(plain(f"plan/{name}", value) for name, value in best._asdict().items()))
    day = {
        "weight": plain("weight", 2, "B"),
        "gradient": plain("gradient", 2, "B"),
        "optimizer": plain("optimizer", 12, "B"),
    }
    figures = Workload(plain("batch", size), plain("sequence", length), plain("age of the chip", age, "s"), **day)
    step = training_step(a, figures, leaves, machine, e)
    chips = plain("chips", subject.count)
    per_step = step_tokens(batch=figures.batch, sequence=figures.sequence)
    corpus = plain("tokens", tokens) if tokens else _tokens(item.id, catalog)
    share = days = None
    if corpus is not None:
        share = effective_time(plain("cluster", subject.count), catalog)
        days = run_time(tokens=corpus, per_step=per_step, time=step.time, share=share)
    room: Figure = machine.memory
    return Run(
        item.id, subject, best, program, form, size, length, step,
        rate=chip_rate(tokens=per_step, time=step.time, chips=chips),
        mfu=utilisation(a, figures, step.time, chips=chips, peak=machine.peak), memory=step.footprint.total, room=room,
        fits=fits, shortfall=max(0.0, step.footprint.total.number - room.number), tried=len(plans),
        width=training_width(program, form, subject.item.id, constants),
        measured=trained(form, subject.item.id, constants.figures.__contains__), tokens=corpus, share=share, days=days,
    )  # fmt: skip


def default_sequence(model: Item, catalog: Catalog) -> float:
    """Return the tokens of a sequence where the user says nothing."""
    context = quantity("context", model.id, catalog=catalog)
    return min(context.number if context.known else LONGEST, LONGEST)


class Question(NamedTuple):
    """What is trained on what: the model as Figures, what a plan states, the kind of program, length of a sequence. [1]"""

    item: Item
    subject: Subject
    a: Architecture
    stated: dict[str, float]
    program: str
    length: float


def question(model: str, on: str, plan: str, sequence: float, catalog: Catalog) -> Question:
    """Return what a training run is about; names and plan are checked."""
    item, subject = catalog.find(model), catalog.subject(on)
    if item.kind != "model":
        raise UnknownName(f"{model[:40]!r} is not a model; `chipgauge list models` shows what is known")
    if subject.item.kind != "chip":
        raise UnknownName(f"--on takes a number of chips, got {on[:60]}; write for example --on '1024 H100'")
    stated, words = parse_plan(plan)
    program = words.get("kernels", "fused")
    stated["fused"] = float(program != "classic")
    a = architecture_of(item, catalog)
    length = sequence or default_sequence(item, catalog)
    layers = stated.pop("layers", 0.0)
    a = with_layers(a, plain("layers", layers)) if layers else a
    return Question(item, subject, a, stated, program, length)


def data_ranks(stated: Mapping[str, float], chips: float) -> float:
    """Return the data ranks that a stated plan leaves, or 0 where tensor or pipeline ranks are free."""
    held = math.prod(stated.get(name, 1.0) for name in ("tensor", "pipeline", "context"))
    return chips / held if {"tensor", "pipeline"} & stated.keys() else 0.0


def default_batch(length: float, chips: float, ranks: float = 0.0) -> float:
    """Return the sequences of a step where the user says nothing: near `STEP_TOKENS`, or `CHIP_TOKENS` a chip if more.

    `ranks` are the data ranks of a stated plan, which must divide it; where the plan is free, only the odd part of the
    number of chips must.

    >>> [default_batch(8192, chips) for chips in (1024, 1000, 16384)]
    [512.0, 500.0, 2048.0]
    """
    least = ranks or chips / (int(chips) & -int(chips))
    wanted = max(STEP_TOKENS, CHIP_TOKENS * chips) / length / least
    return max(1.0, float(round(wanted)) if ranks else 2.0 ** round(math.log2(max(wanted, 1.0)))) * least


def _tokens(item: str, catalog: Catalog) -> Figure | None:
    leaf = catalog.leaf(item, "training.tokens")
    return leaf if leaf is not None and leaf.known else None


def _fastest(
    a: Architecture, work: Workload, plans: list[Plan], machine: Machine, e: Efficiency, auto: bool
) -> tuple[Plan, bool]:
    """Return the fastest plan that fits, with the least recomputation; the one that lacks least where none does."""

    def found(plan: Plan) -> tuple[Plan, Step]:
        if auto:
            return fitted_step(a, work, plan, machine, e, whole_percent)
        return plan, training_step(a, work, plan, machine, e)

    if len(plans) == 1:  # without arrays: a stated plan costs no import of NumPy
        plan, step = found(plans[0])
        return plan, step.footprint.total <= machine.memory
    import numpy

    columns, step = found(Plan(*(numpy.array(column) for column in zip(*plans, strict=True))))
    lack = numpy.maximum(0.0, step.footprint.total - machine.memory)
    best = int(numpy.lexsort((step.time, lack))[0])
    return Plan(*(float(column[best]) for column in columns)), bool(lack[best] == 0)
