# SPDX-License-Identifier: Apache-2.0
"""What a subject is made of: its chips with their numbers, and the system in which a chip is sold."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.calc.quantity import contents, quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure, amount, operation, total
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

FABRIC = 16
"""A system of more chips than this has a scale-up fabric of its own, whose price is that of the whole."""
ONE = parse_unit("1")


@dataclass(frozen=True, slots=True)
class Part:
    """So many of one chip."""

    chip: Item
    count: Figure


def parts(subject: Subject, catalog: Catalog, on: str = "") -> list[Part]:
    """Return the chips of a subject with their numbers; empty where the chips of a cluster are not known.

    >>> from chipgauge.specs.catalog import catalog
    >>> [(part.chip.id, part.count.number) for part in parts(catalog().subject("2 CM384"), catalog())]
    [('huawei-ascend-910c', 768.0)]
    """
    if subject.item.kind == "model":
        raise BasisError(f"{subject.item.name} is a model and holds no chips")
    if subject.item.kind == "chip":
        return [Part(subject.item, amount(subject))]
    found = [Part(chip, count) for count, chip in contents(subject.item, catalog=catalog, on=on)]
    if subject.count == 1:
        return found
    number = amount(subject)
    return [
        Part(
            part.chip,
            operation("*", [("count", number), ("each", part.count)], DIMENSIONLESS, key=f"{subject.count:.12g} x {part.count.key}"),
        )
        for part in found
    ]  # fmt: skip


def chip_count(subject: Subject, catalog: Catalog, on: str = "") -> Figure:
    """Return how many chips a subject has; unknown where nobody says."""
    found = parts(subject, catalog, on)
    if len(found) == 1:
        return found[0].count
    if found:
        return total([(part.chip.id, part.count) for part in found], key=f"chips({subject.key})")
    return quantity("chips", subject, catalog=catalog, on=on)


def systems_of(chip: Item, catalog: Catalog) -> list[tuple[Item, Figure]]:
    """Return the systems that hold this chip alone, the smallest first, with the number of chips in each.

    >>> from chipgauge.specs.catalog import catalog
    >>> [item.id for item, _ in systems_of(catalog().find("H200"), catalog())][:1]
    ['nvidia-dgx-h200']
    """
    key = ("systems_of", chip.id)
    memo: dict[tuple[str, str], list[tuple[Item, Figure]]] = catalog.memo  # type: ignore[assignment]  # pyright: ignore
    if key not in memo:
        rows: list[tuple[Item, Figure]] = []
        for item in catalog.items.values():
            if item.kind == "system":
                held = contents(item, catalog=catalog)
                if len(held) == 1 and held[0][1].id == chip.id and held[0][0].known:
                    rows.append((item, held[0][0]))
        memo[key] = sorted(rows, key=lambda row: (row[1].number, row[0].id))
    return memo[key]


def smallest_system(chip: Item, catalog: Catalog, name: str, on: str = "") -> tuple[Item, Figure] | None:
    """Return the smallest system of a chip for which a figure is known."""
    for item, held in systems_of(chip, catalog):
        if quantity(name, Subject(item), catalog=catalog, on=on).known:
            return item, held
    return None


__all__ = ["FABRIC", "Part", "chip_count", "parts", "smallest_system", "systems_of"]
