# SPDX-License-Identifier: Apache-2.0
"""What a cluster does of its peak: utilisation as published runs reached it, and the share of the time that counts.

The performance model replaces the published utilisation where a model is trained: `calc.modelled`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.quantity import quantity
from chipgauge.calc.reliability import checkpoint_interval, effective_share, job_nodes, mean_time_to_failure
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, smallest
from chipgauge.specs.model_quantities import DENSE
from chipgauge.specs.records import Item

if TYPE_CHECKING:  # the performance model, which most questions do not need
    from chipgauge.calc.modelled import Trained, Trainer

Workload = Callable[[Item], Figure]
"""The utilisation of the dense BF16 peak that a chip reaches in a workload."""
FAMILIES = {"Hopper": "hopper", "Blackwell": "blackwell", "Blackwell Ultra": "blackwell"}
BY_ID = {
    "nvidia-h": "hopper",
    "nvidia-gh": "hopper",
    "nvidia-b": "blackwell",
    "nvidia-gb": "blackwell",
    "huawei-ascend-9": "ascend",
}
"""Families by the beginning of an id, where no source in the tables states the generation."""
MEASURED = ("nvidia-h100", "nvidia-h800", "nvidia-h200", "nvidia-gb", "huawei-ascend-910b")
"""Beginnings of the ids of chips of which a published run was read."""


def family(chip: Item, catalog: Catalog) -> str:
    """Return the family of a chip whose runs are taken for it: hopper, blackwell, ascend or other.

    >>> from chipgauge.specs.catalog import catalog
    >>> [family(catalog().find(name), catalog()) for name in ("H20", "GB300", "910C", "MI300X")]
    ['hopper', 'blackwell', 'ascend', 'other']
    """
    leaf = catalog.leaf(chip.id, "generation")
    named = FAMILIES.get(str(leaf.value)) if leaf is not None else None
    return named or next((name for start, name in BY_ID.items() if chip.id.startswith(start)), "other")


def published(model: Item | None, catalog: Catalog, on: str = "") -> Workload:
    """Return the utilisation of published runs, by family of chip and kind of model; a mixture where none is named."""
    structure = catalog.leaf(model.id, "architecture") if model is not None else None
    kind = "dense" if structure is not None and structure.value == DENSE else "mixture"

    def utilisation(chip: Item) -> Figure:
        name = family(chip, catalog)
        figure = quantity(
            f"mfu:{name}" + ("" if name == "other" else f"-{kind}"), "training-utilisation", catalog=catalog, on=on
        )
        if chip.id.startswith(MEASURED) or name == "other":
            return figure
        return replace(figure, status="assumed", why=f"no run on the {chip.name} was read; {figure.why}", _cache={})

    return utilisation


class Utilisation:
    """Utilisation by chip and number: as given, of the performance model where a model is trained, else of published runs.

    Parameters
    ----------
    given : str
        What the user says it is, of every chip; empty for none. [1]
    side : str
        Whose it is, where two sides have one each: it names the given leaf.
    trainer : Trainer or None
        The performance model; without one published runs are taken.
    published_where_short : bool
        Whether published runs stand in, with a note, for a chip on which the model has no plan; else it is unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> c = catalog()
    >>> use = Utilisation(None, "40%", None, c)
    >>> use.of(c.find("H200"), 1000).number
    0.4
    """

    def __init__(
        self, model: Item | None, given: str, trainer: Trainer | None, catalog: Catalog, on: str = "", *, side: str = "",
        published_where_short: bool = False,
    ) -> None:  # fmt: skip
        self.notes: list[str] = []
        self.trained: dict[str, Trained] = {}
        self.given: Figure | None = None
        self._trainer = trainer
        self._stand_in = published_where_short
        self._published = published(model, catalog, on)
        if given:
            leaf = given_figure("mfu", given, "1", least=1e-6, below=1.0 + 1e-12)
            self.given = replace(leaf, key="given/mfu" + (f" of the {side}" if side else ""), _cache={})

    def of(self, chip: Item, chips: float) -> Figure:
        """Return the utilisation of a chip in a cluster of so many of them. [1]"""
        if self.given is not None:
            return self.given
        if self._trainer is None:
            return self._published(chip)
        found = self.trained[chip.id] = self._trainer.of(chip, chips)
        if found.short and self._stand_in:
            self.notes.append(f"utilisation of the {chip.name} is that of published runs: {found.short}")
            return self._published(chip)
        return found.utilisation


def effective_time(chips: Figure, catalog: Catalog, on: str = "") -> Figure:
    """Return the share of the time that ends up in the model, for a cluster that runs jobs of limited size.

    Notes
    -----
    A cluster larger than the largest job of the failure model is taken as several jobs, each of that size.
    """

    def of(name: str) -> Figure:
        return quantity(name, "failures", catalog=catalog, on=on)

    job = smallest([("cluster", chips), ("largest job", of("job.chips"))])
    nodes: Figure = job_nodes(chips=job, node_chips=of("failure.node_chips"))
    mttf: Figure = mean_time_to_failure(nodes=nodes, failure_rate=of("failure.rate"))
    write = of("checkpoint.write")
    interval: Figure = checkpoint_interval(mttf=mttf, write_time=write)
    made: Figure = effective_share(mttf=mttf, restart_time=of("restart.time"), interval=interval, write_time=write)
    return made


__all__ = ["Workload", "effective_time", "family", "published"]
