# SPDX-License-Identifier: Apache-2.0
"""How fast every chip does one workload, in one walk over columns: what the search of readings divides.

The rates are those that `train(MODEL, N CHIP)` gives chip by chip; here the plans of all chips are the rows of one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chipgauge.calc.architecture import architecture_of
from chipgauge.calc.cases import age_of, first_release, options
from chipgauge.calc.efficiency import efficiency_of, family_of
from chipgauge.calc.footprint import whole_percent
from chipgauge.calc.machine import machine_of, numbers
from chipgauge.calc.plan import Efficiency, Machine, Plan
from chipgauge.calc.run import default_batch, default_sequence
from chipgauge.calc.schedule import chip_rate, step_tokens
from chipgauge.calc.training import Workload, fitted_step
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.records import Item


class Training(NamedTuple):
    """A training workload: a model of the tables on so many chips, in BF16."""

    model: str
    chips: float

    @property
    def metric(self) -> str:
        """The workload in the language of expressions, with `{}` where the chip stands."""
        return f"train({self.model}, {self.chips:g} {{}})"


TRAINING = (Training("Llama 3.1 70B", 1024.0), Training("DeepSeek V3", 2048.0))
"""The workloads that the search of readings tries: a dense model and a mixture of experts."""

SERVING = tuple((phase, "Llama 3.1 70B", 8) for phase in ("prefill", "decode", "decode_one"))
"""What it tries of serving between named chips: the phase, the model and the number of chips."""


def training_rates(
    work: Training, items: Iterable[Item], *, catalog: Catalog, constants: Constants
) -> Mapping[str, float]:
    """Return the tokens a second and chip that each chip trains by its fastest plan that fits; others are left out.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> here = catalog()
    >>> pair = [here.find(name) for name in ("H200", "H20")]
    >>> fast, slow = training_rates(TRAINING[0], pair, catalog=here, constants=constants()).values()
    >>> 1.2 < fast / slow < 6.7  # between the ratio of bandwidths and that of peaks
    True
    """
    import numpy

    model = catalog.find(work.model)
    a = architecture_of(model, catalog).numbers()
    sequence = default_sequence(model, catalog)
    batch = default_batch(sequence, work.chips)
    plans = options({"fused": 1.0}, work.chips, batch, a.layers, a.experts)
    ready: list[Item] = []
    machines: list[Machine] = []
    reached: list[Efficiency] = []
    ages: list[float] = []
    releases: dict[str, str] = {}
    achieved: dict[str, Efficiency] = {}
    for item in items:
        try:
            machine = numbers(machine_of(item, "bf16", catalog))
            if (own := family_of(item.id)) not in achieved:  # constants are those of a family
                table = efficiency_of(item.id, "bf16", "fused", constants.figures)
                achieved[own] = Efficiency(*(figure.number for figure in table))
        except ChipgaugeError:
            continue  # a figure that the model needs is unknown
        family = own.partition("-")[0] if own != "any" else item.id
        if family not in releases:
            releases[family] = first_release(item, catalog)
        ready.append(item)
        machines.append(machine)
        reached.append(achieved[own])
        ages.append(age_of(releases[family], catalog.as_of[:7]))
    if not ready or not plans:
        return {}
    rows, each = len(ready), len(plans)
    columns = Plan(*(numpy.tile(column, rows) for column in zip(*plans, strict=True)))
    per_chip = [
        [numpy.repeat(numpy.array(column, float), each) for column in zip(*found, strict=True)]
        for found in (machines, reached)
    ]
    machine, e = Machine(*per_chip[0]), Efficiency(*per_chip[1])
    asked = Workload(batch, sequence, numpy.repeat(numpy.array(ages), each))
    _, step = fitted_step(a, asked, columns, machine, e, whole_percent)
    time = numpy.where(step.footprint.total <= machine.memory, step.time, numpy.inf).reshape(rows, each).min(axis=1)
    tokens = step_tokens(batch=batch, sequence=sequence)
    return {
        item.id: float(chip_rate(tokens=tokens, time=fastest, chips=work.chips))
        for item, fastest in zip(ready, time, strict=True)
        if numpy.isfinite(fastest)
    }


__all__ = ["SERVING", "TRAINING", "Training", "training_rates"]
