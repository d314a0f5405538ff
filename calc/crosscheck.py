# SPDX-License-Identifier: Apache-2.0
"""Somebody else's values against ours, quantity by quantity, each on one basis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Entry, Item, Subject
from chipgauge.specs.units import parse_unit


class Difference(NamedTuple):
    """Their value of one quantity beside ours, both in base units and on our basis.

    Ours has no number where we refuse what is stated, or have it that the part lacks it.
    """

    quantity: str
    entry: Entry
    theirs: float
    ours: Figure

    @property
    def ratio(self) -> float | None:
        """Their value over ours [1]; None where we have no number."""
        return self.theirs / self.ours.number if self.ours.known else None

    def shown(self) -> float:
        """Their value in the unit in which the quantity is printed."""
        unit = parse_unit(QUANTITIES[self.quantity].unit)
        return self.theirs * unit.denominator / unit.numerator


_SAME = {"tpp.published": "tpp"}


def common(entries: Iterable[Entry], item: Item, *, catalog: Catalog, on: str = "") -> list[Difference]:
    """Return every number that somebody states of an item and that we know or refuse, on our basis.

    Refused is what we only show, or have as absent; what our tables say nothing about is left out. What is stated both ways is halved, a TPP is compared with the one that we compute; a price is left out, for two
    prices are two sales.

    Parameters
    ----------
    entries : iterable of Entry
        What they state; entries that are only shown are left out.
    item : Item
        Our item.
    """
    found: list[Difference] = []
    for entry in entries:
        row = QUANTITIES[entry.quantity.split(":", 1)[0]]
        if row.prices or entry.role not in ("", "adopted") or not isinstance(entry.value, float):
            continue
        both = row.name.endswith(".both")
        name = _SAME.get(row.name, row.name.removesuffix(".both"))
        ours = quantity(name, Subject(item), catalog=catalog, on=on)
        refused = not ours.known and bool(catalog.entries(item.id).get(f"{item.id}/{name}"))
        if refused or (ours.known and isinstance(ours.value, float) and ours.value):
            found.append(Difference(name, entry, entry.value / 2 if both else entry.value, ours))
    return found


def differs(difference: Difference, over: float) -> bool:
    """Tell whether two values differ by more than a fraction `over` of ours; a refused value always does."""
    return difference.ratio is None or abs(difference.ratio - 1) > over + 1e-12
