# SPDX-License-Identifier: Apache-2.0
"""A training run of a model on so many chips: its plan, its step as figures, and its days with failures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, architecture_of
from chipgauge.calc.cases import age_of, first_release, options
from chipgauge.calc.efficiency import efficiency_of, family_of
from chipgauge.calc.footprint import least_recompute
from chipgauge.calc.formula import formula, sqrt
from chipgauge.calc.machine import format_of, machine_of, numbers, plain
from chipgauge.calc.plan import Efficiency, Machine, Plan, parse_plan
from chipgauge.calc.quantity import quantity
from chipgauge.calc.schedule import chip_rate, step_tokens
from chipgauge.calc.training import Step, Workload, training_step, utilisation
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject

BATCH_TOKENS = 4_194_304
"""Tokens of a step where the user says nothing: what recent models of this size were trained with."""

LONGEST = 8192.0
"""Tokens of a sequence where the user says nothing, or the model's context if that is shorter."""

NODE = 8.0
RELIABILITY = "Kokolis et al. 2025, HPCA, arXiv 2410.21680"


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


# --- failures ----------------------------------------------------------------------------------------------------


@formula(returns="s", cite=RELIABILITY, nodes="1", rate="1/s")
def mean_time_to_failure(*, nodes: Any, rate: Any) -> Any:
    """Return the mean time between failures of a job; `rate` is that of one node. [s]

    >>> round(mean_time_to_failure(nodes=16384 / 8, rate=6.5e-3 / 86400) / 3600, 3)
    1.803
    """
    return 1 / (nodes * rate)


@formula(returns="s", cite="Young 1974, doi 10.1145/361147.361115", between="s", write="s")
def checkpoint_interval(*, between: Any, write: Any) -> Any:
    """Return the interval between checkpoints that loses least time. [s]"""
    return sqrt(2 * between * write)


@formula(returns="1", cite=RELIABILITY, between="s", interval="s", write="s", restart="s")
def productive_share(*, between: Any, interval: Any, write: Any, restart: Any) -> Any:
    """Return the share of time that trains: what is left of failures, restarts, lost steps and checkpoints. [1]"""
    return (1 - (restart + interval / 2) / between) / (1 + write / interval)


@formula(returns="s", cite="definition", tokens="1", per_step="1", time="s", share="1")
def run_time(*, tokens: Any, per_step: Any, time: Any, share: Any) -> Any:
    """Return the time to train on so many tokens. [s]"""
    return tokens / per_step * time / share


# --- the run -----------------------------------------------------------------------------------------------------


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
    item, subject = catalog.find(model), catalog.subject(on)
    if subject.item.kind != "chip":
        raise UnknownName(f"--on takes a number of chips, got {on[:60]}; write for example --on '1024 H100'")
    stated, words = parse_plan(plan)
    program = words.get("kernels", "fused")
    stated["fused"] = float(program != "classic")
    a, form = architecture_of(item, catalog), format_of(precision)
    machine, e = (
        machine_of(subject.item, form, catalog),
        efficiency_of(subject.item.id, form, program, constants.figures),
    )
    context = quantity("context", item.id, catalog=catalog)
    length = sequence or min(context.number if context.known else LONGEST, LONGEST)
    layers = stated.pop("layers", 0.0)
    if layers:
        a = a._replace(layers=plain("layers", layers), dense_layers=plain("layers", layers))
    shape = a.numbers()
    ranks = math.prod(stated.get(name, 1.0) for name in ("tensor", "pipeline", "context"))
    size = batch or _batch(length, subject.count / ranks)
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
    family = family_of(subject.item.id)
    measured = f"sustained.{'bf16' if form == 'fp16' else form}@{family}" in constants.figures and family in (
        "ampere",
        "hopper",
    )
    width = constants.widths.get(program if measured else "unmeasured", 0.3)
    corpus = plain("tokens", tokens) if tokens else _tokens(item.id, catalog)
    share = days = None
    if corpus is not None:
        share = _share(subject.count)
        days = run_time(tokens=corpus, per_step=per_step, time=step.time, share=share)
    room: Figure = machine.memory
    return Run(
        item.id, subject, best, program, form, size, length, step,
        rate=chip_rate(tokens=per_step, time=step.time, chips=chips),
        mfu=utilisation(a, figures, step.time, chips=chips, peak=machine.peak), memory=step.footprint.total, room=room,
        fits=fits, shortfall=max(0.0, step.footprint.total.number - room.number), tried=len(plans), width=width,
        measured=measured, tokens=corpus, share=share, days=days,
    )  # fmt: skip


def _batch(length: float, ranks: float) -> float:
    """Return a number of sequences near the usual tokens of a step that the data ranks divide."""
    return max(1.0, round(BATCH_TOKENS / length / max(ranks, 1.0))) * max(ranks, 1.0)


def _tokens(item: str, catalog: Catalog) -> Figure | None:
    leaf = catalog.leaf(item, "training.tokens")
    return leaf if leaf is not None and leaf.known else None


def _share(chips: float) -> Figure:
    """Return the productive share of a job, with the failure rate that Meta measured on its clusters."""
    nodes = plain("nodes", max(chips / NODE, 1.0))
    rate = plain(
        "failure rate of a node", 6.5e-3 / 24, "1/h", assumed=f"6.5 failures in a thousand node-days: {RELIABILITY}"
    )
    write = plain("checkpoint", 60.0, "s", assumed="a minute to write a checkpoint")
    restart = plain("restart", 600.0, "s", assumed="ten minutes to find the fault and start again")
    between = mean_time_to_failure(nodes=nodes, rate=rate)
    interval = checkpoint_interval(between=between, write=write)
    share: Figure = productive_share(between=between, interval=interval, write=write, restart=restart)
    return share


def _fastest(
    a: Architecture, work: Workload, plans: list[Plan], machine: Machine, e: Efficiency, auto: bool
) -> tuple[Plan, bool]:
    """Return the fastest plan that fits, with the least recomputation; the one that lacks least where none does."""
    if len(plans) == 1:  # without arrays: a stated plan costs no import of NumPy
        plan = plans[0]
        step = training_step(a, work, plan, machine, e)
        if auto and step.footprint.total > machine.memory:
            plan = plan._replace(recompute=_whole(least_recompute(step.footprint, step.stage, room=machine.memory)))
            step = training_step(a, work, plan, machine, e)
        return plan, step.footprint.total <= machine.memory
    import numpy

    columns = Plan(*(numpy.array(column) for column in zip(*plans, strict=True)))
    step = training_step(a, work, columns, machine, e)
    if auto:
        needed = least_recompute(step.footprint, step.stage, room=machine.memory)
        columns = columns._replace(recompute=numpy.ceil(needed * 100) / 100)
        step = training_step(a, work, columns, machine, e)
    lack = numpy.maximum(0.0, step.footprint.total - machine.memory)
    best = int(numpy.lexsort((step.time, lack))[0])
    return Plan(*(float(column[best]) for column in columns)), bool(lack[best] == 0)


def _whole(share: float) -> float:
    """Return a share of layers in whole percent, rounded up."""
    return min(1.0, math.ceil(share * 100) / 100)


def shares(parts: Mapping[str, Figure], time: Figure) -> dict[str, float]:
    """Return the share of each part of a step."""
    return {name: part.number / time.number for name, part in parts.items()}
