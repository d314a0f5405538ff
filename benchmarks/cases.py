# SPDX-License-Identifier: Apache-2.0
"""Searches that several benchmarks make."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.architecture import architecture_of
from chipgauge.calc.efficiency import efficiency_of
from chipgauge.calc.machine import machine_of, numbers
from chipgauge.calc.plan import Efficiency
from chipgauge.calc.search import Space, space_of
from chipgauge.calc.training import Workload
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants

Case = tuple[Any, Workload, Space, dict[str, Any]]


def case(
    model: str, chip: str, chips: float, batch: float, precisions: list[str], stated: dict[str, float], **more: Any
) -> Case:
    """A search, all but the search itself."""
    here = catalog()
    item = here.find(chip)
    a = architecture_of(here.find(model), here).numbers()
    machines: dict[str, Any] = {}
    for name in precisions:
        e = efficiency_of(item.id, name, "fused", constants().figures)
        machines[name] = numbers(machine_of(item, name, here)), Efficiency(*(figure.number for figure in e))
    space = space_of(a, chips=chips, batch=batch, sequence=2048, precisions=precisions, stated=stated)
    return a, Workload(batch, 2048.0, age=1e8), space._replace(**more), machines
