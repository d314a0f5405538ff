# SPDX-License-Identifier: Apache-2.0
"""Utilisation in training as the performance model predicts it for a number of chips, for comparisons of clusters.

The model is asked at the powers of two around the number of chips (a job that fills a cluster exactly divides neither
batch nor layers), up to the largest job of the failure model, and what lies between is on a straight line over the
logarithm; both sides train with one batch. Its error is one leaf of each chip, drawn with the rest: the fitted
constants beneath it carry no range of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from chipgauge.calc.architecture import architecture_of
from chipgauge.calc.formula import formula
from chipgauge.calc.machine import machine_of
from chipgauge.calc.marks import apart
from chipgauge.calc.plan import plan_text
from chipgauge.calc.quantity import quantity
from chipgauge.calc.run import default_sequence, train
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import SOURCE, exact_constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import METHOD, Figure, unknown
from chipgauge.specs.records import Item
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")
TRIANGLE = 1 / (1 - math.sqrt(0.2))
"""Ends of a triangular distribution over the ends of its middle 80%: what the tests of the model give."""


@formula(returns="1", cite="definition: a straight line between two points", first="1", second="1", share="1")
def between(*, first: Any, second: Any, share: Any) -> Any:
    """Return what lies between two values, a share of the way from the first to the second. [1]

    >>> between(first=0.4, second=0.3, share=0.5)
    0.35
    """
    return first * (1 - share) + second * share


SERVED = "sources of measured serving"
"""What was left out where the error of the serving model was tested."""
MOST_RANKS = 256.0
"""Chips of one copy of the model at most, in the plans that are searched: 8 tensor and 32 pipeline ranks."""
BATCH = "batch.tokens:deepseek-v3"
"""The largest batch in use that was read: the tokens of a step where the user says nothing."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What the model says of one kind of chip: utilisation of its dense BF16 peak, at which jobs, with which plan.

    `replica_chips` and `replica_tokens` are the chips of one copy of the model and the least tokens it takes in a step;
    `short` says what a plan lacks, and is empty where one fits.
    """

    chip: Item
    utilisation: Figure
    jobs: tuple[float, ...]
    plan: str
    batch_tokens: float
    replica_chips: float
    replica_tokens: float
    short: str = ""


class Trainer:
    """The performance model for one model and batch: `of(chip, chips)`, each job asked once.

    Raises
    ------
    UnknownValue
        The architecture of the model is not known.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> found = Trainer(here.find("Llama 3.1 405B"), catalog=here).of(here.find("H100"), 16384)
    >>> 0.3 < found.utilisation.number < 0.6, found.jobs  # 0.38 to 0.43 measured, with a smaller batch
    (True, (16384.0,))
    """

    def __init__(self, model: Item, *, catalog: Catalog, on: str = "", batch_tokens: float = 0.0) -> None:
        self.model, self.catalog, self.on = model, catalog, on
        architecture_of(model, catalog).numbers()
        self.sequence = default_sequence(model, catalog)
        stated = quantity(BATCH, "useful-size", catalog=catalog, on=on)
        wanted = batch_tokens or stated.number
        self.batch = 2.0 ** max(0, round(math.log2(max(wanted / self.sequence, 1.0))))
        self.most = quantity("job.chips", "failures", catalog=catalog, on=on).number
        self._known: dict[tuple[str, float], Trained] = {}

    @property
    def batch_tokens(self) -> float:
        """Tokens of a step."""
        return self.batch * self.sequence

    def jobs(self, chips: float) -> tuple[float, ...]:
        """Return the number of chips at which the model is asked: one, or the two around.

        >>> from chipgauge.specs.catalog import catalog
        >>> trainer = Trainer(catalog().find("DeepSeek-V3"), catalog=catalog())
        >>> [trainer.jobs(chips) for chips in (1, 100, 128, 1e7)]
        [(1.0,), (64.0, 128.0), (128.0,), (131072.0,)]
        """
        power = math.log2(min(max(chips, 1.0), 2.0 ** math.floor(math.log2(self.most))))
        return tuple(sorted({2.0 ** math.floor(power), 2.0 ** math.ceil(power)}))

    def of(self, chip: Item, chips: float) -> Trained:
        """Return the utilisation of a chip in a cluster of so many of them."""
        jobs = self.jobs(chips)
        asked = [self._job(chip, job) for job in jobs]
        held = [one for one in asked if not one.short]
        if len(held) < 2:
            return (held or asked)[-1]
        first, second = held
        share = math.log2(chips / jobs[0]) / math.log2(jobs[1] / jobs[0])
        mark = f"{self.model.id} on {chips:.6g} {chip.id}"
        weight = Figure(
            f"place between jobs({mark})", "leaf", "share", share, ONE, text=f"{share:.3g}", sources=(METHOD,), status="assumed",
            why=f"{chips:,.0f} chips lie between jobs of {jobs[0]:,.0f} and {jobs[1]:,.0f}, over the logarithm",
        )  # fmt: skip
        used: Figure = between(first=first.utilisation, second=second.utilisation, share=weight)
        used = replace(used, name=used.name, key=f"utilisation({mark})", _cache={})
        nearest = second if share > 0.5 else first
        return replace(nearest, utilisation=used, jobs=jobs)

    def _job(self, chip: Item, job: float) -> Trained:
        known = self._known.get((chip.id, job))
        if known is None:
            known = self._known[chip.id, job] = self._asked(chip, job)
        return known

    def _asked(self, chip: Item, job: float) -> Trained:
        try:
            machine_of(chip, "bf16", self.catalog)
            if job / self.batch > MOST_RANKS:
                raise ChipgaugeError(f"a step of {self.batch_tokens:,.0f} tokens does not keep so many busy; give more")
            run = train(
                self.model.id, f"{job:.0f} {chip.id}", batch=self.batch, sequence=self.sequence, catalog=self.catalog,
                constants=exact_constants(),
            )  # fmt: skip
        except ChipgaugeError as problem:
            why = f"the performance model cannot train {self.model.name} on {job:,.0f} {chip.name}: {problem}"
            lacking = unknown(f"utilisation({self.model.id}, {chip.id}, {job:g})", "utilisation", why)
            return Trained(chip, lacking, (job,), "", self.batch_tokens, 0.0, 0.0, why)
        plan = run.plan
        mark = f"{self.model.id} on {job:g} {chip.id}"
        used = of_method(run.mfu, mark, f"the fastest of {run.tried:,} plans")
        deviation = error_leaf("training", chip.id, run.width, "sources" if run.measured else "chips")
        short = ""
        if not run.fits:
            short = f"{self.model.name} does not fit on {job:,.0f} {chip.name}: {run.shortfall / 1e9:.3g} GB a chip are lacking"
        return Trained(
            chip, replace(used * deviation, name="utilisation", key=f"utilisation({mark})", _cache={}), (job,), plan_text(plan),
            self.batch_tokens, plan.tensor * plan.pipeline * plan.context, plan.micro_batch * self.sequence, short,
        )  # fmt: skip


def error_leaf(kind: str, chip: str, width: float, tested: str, *, drawn: bool = True) -> Figure:
    """Return the tested error of a model as one input around 1, the same one wherever this chip does this work.

    Two chips have two errors, also of one family: left-out ratios between chips of one source miss by about as much as
    independent errors would.

    Parameters
    ----------
    kind, chip : str
        What is predicted, such as `training`, and the id of the chip: together they are the key.
    width : float
        Half-width of the interval that holds 80% of the tested errors. [logarithm]
    tested : str
        What was left out of the fit in the test.
    drawn : bool
        An input to draw has the interval as its middle 80%; one whose ends are taken has it as its range.

    Examples
    --------
    >>> made = error_leaf("training", "nvidia-h200-sxm", 0.1, "sources")
    >>> made.key, made.why
    ('training model/error(nvidia-h200-sxm)', '80% of the errors of left-out sources lie within 10.0%')
    """
    reach = width * (TRIANGLE if drawn else 1.0)
    return Figure(
        f"{kind} model/{'' if drawn else '80% '}error({chip})", "leaf", "model.error", 1.0, ONE, text="1",
        status="estimated", leaf_range=(math.exp(-reach), math.exp(reach)), sources=(SOURCE,),
        why=f"80% of the errors of left-out {tested} lie within {width:.1%}",
    )  # fmt: skip


def of_method(figure: Figure, mark: str, searched: str) -> Figure:
    """Return a figure whose own nodes are marked, so that two runs in one graph keep their plans and steps apart.

    Leaves of the tables and of the fit stay what they are: the same unknown on both sides. What the search chose or the
    model assumes names the method as its source.
    """

    def said(leaf: Figure) -> Figure:
        why = leaf.why or (searched if leaf.key.startswith("plan/") else "of the run that is modelled")
        return replace(leaf, sources=(METHOD,), why=why, _cache={})

    return apart(figure, f" [{mark}]", said=said)


__all__ = ["Trained", "Trainer", "between", "error_leaf", "of_method"]
