# SPDX-License-Identifier: Apache-2.0
"""The best training plans of a model on so many chips, out of the whole space, and the winner as Figures."""

from __future__ import annotations

import math
from typing import NamedTuple

from chipgauge.calc.architecture import Architecture
from chipgauge.calc.cases import age_of, first_release
from chipgauge.calc.efficiency import efficiency_of
from chipgauge.calc.machine import format_of, machine_of, numbers
from chipgauge.calc.plan import Efficiency, Machine, parse_plan, plan_text
from chipgauge.calc.quantity import quantity
from chipgauge.calc.run import Run, data_ranks, default_batch, question, train
from chipgauge.calc.schedule import chip_rate, step_tokens
from chipgauge.calc.search import RANKS, Candidate, Found, search, space_of
from chipgauge.calc.training import Workload, utilisation
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.records import Subject

PRECISIONS = ("bf16", "fp8")
"""Formats that the space holds unless one is asked for: what models are trained in."""

MOST_CHIPS = 10_000_000
MOST_SEQUENCES = 1_000_000_000
MOST_TOKENS = 100_000_000
"""Of one sequence."""
MOST_PLANS = 10_000_000_000
MOST_COMBINED = 4_000_000
"""Combinations of tensor, pipeline, context and data ranks: more would not fit into memory at once."""


class Plans(NamedTuple):
    """What `plans` answers; `winner` is None where no plan fits."""

    model: str
    name: str
    subject: Subject
    program: str
    batch: float
    sequence: float
    found: Found
    winner: Run | None
    shape: Architecture
    machines: dict[str, Machine]

    def rate(self, plan: Candidate) -> float:
        """Return tokens a second and chip. [token/s]"""
        tokens = step_tokens(batch=self.batch, sequence=self.sequence)
        return float(chip_rate(tokens=tokens, time=plan.time, chips=plan.chips))

    def mfu(self, plan: Candidate) -> float:
        """Return the model FLOP utilisation, against the peak of the plan's precision. [1]"""
        work = Workload(self.batch, self.sequence, age=0.0)
        peak = self.machines[plan.precision].peak
        return float(utilisation(self.shape, work, plan.time, chips=plan.chips, peak=peak))


def plans(
    model: str, on: str, *, plan: str = "", batch: float = 0.0, sequence: float = 0.0, precision: str = "",
    top: int = 10, pareto: bool = False, catalog: Catalog, constants: Constants,
) -> Plans:  # fmt: skip
    """Return the fastest plans of the whole space of plans on at most so many chips.

    Parameters
    ----------
    plan : str
        What is fixed, as in `train`; every other field ranges over its whole domain.
    precision : str
        One format; otherwise each of `PRECISIONS` that the chip has.

    Raises
    ------
    ChipgaugeError
        An amount that is not whole; a chip that lacks the format; a figure of the model is unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> made = plans("GPT 174.6B", "128 H100", plan="cp=1,zero=1", batch=256, sequence=2048, precision="bf16",
    ...              catalog=catalog(), constants=constants())
    >>> made.found.searched + sum(made.found.masked.values()) == made.found.space.size
    True
    """
    item, subject, a, stated, program, length = question(model, on, plan, sequence, catalog)
    size = batch or default_batch(length, subject.count, data_ranks(stated, subject.count))
    amounts = (("--on", subject.count, MOST_CHIPS), ("--batch", size, MOST_SEQUENCES), ("--seq", length, MOST_TOKENS))
    for name, number, most in amounts:
        if number % 1 or not 1 <= number <= most:
            raise ChipgaugeError(f"{name} takes a whole number from 1 to {most:,}, got {number:.15g}")
    machines: dict[str, tuple[Machine, Efficiency]] = {}
    for form in [format_of(precision)] if precision else PRECISIONS:
        if precision or form == "bf16" or _has(subject, form, catalog):
            e = efficiency_of(subject.item.id, form, program, constants.figures)
            machine = numbers(machine_of(subject.item, form, catalog))
            machines[form] = machine, Efficiency(*(figure.number for figure in e))
    shape = a.numbers()
    space = space_of(shape, chips=subject.count, batch=size, sequence=length, precisions=list(machines), stated=stated)
    combined = math.prod(len(space.domains[name]) for name in RANKS)
    if combined > MOST_COMBINED or space.size > MOST_PLANS:
        raise ChipgaugeError(
            f"a space of {space.size:,} plans is too large (at most {MOST_PLANS:,}): {size:,.0f} sequences have many "
            "divisors; change --batch, or fix some with --plan tp=8,cp=1"
        )
    work = Workload(size, length, age_of(first_release(subject.item, catalog), catalog.as_of[:7]))
    found = search(shape, work, space, machines, top=top, pareto=pareto)
    winner = None
    if found.best:
        first = found.best[0]
        words = [plan_text(first.plan)] + (["kernels=eager"] if program == "eager" else [])
        words += [f"layers={shape.layers:.0f}"] if "layers" in parse_plan(plan)[0] else []
        winner = train(
            item.id, f"{first.chips:.0f} {subject.item.id}", plan=",".join(words), batch=size, sequence=length,
            precision=first.precision, catalog=catalog, constants=constants,
        )  # fmt: skip
    chips = {form: machine for form, (machine, _) in machines.items()}
    return Plans(item.id, item.name, subject, program, size, length, found, winner, shape, chips)


def _has(subject: Subject, form: str, catalog: Catalog) -> bool:
    """Tell whether a chip has a format of matrix products."""
    return quantity(f"peak.{form}", subject.item.id, catalog=catalog).known
