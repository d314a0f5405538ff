# SPDX-License-Identifier: Apache-2.0
"""Two chips at the same useful work: what owning each costs, and which is dearer by how much, without arrays.

The original is bought under the terms of an import (duty, and who bears it); the build bears none where it is made in
the country. Both sides are priced on one basis, in one boundary of power, with the utilisation of published runs; the
time that failures take is left out on both, as the tables have one rate for all chips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from chipgauge.calc.cost_terms import is_domestic, terms
from chipgauge.calc.offers import MARKETS_OF, offers, one_basis
from chipgauge.calc.ownership import Ownership, ownership, per_operation
from chipgauge.calc.powers import best_boundary
from chipgauge.calc.quantity import quantity
from chipgauge.calc.utilisation import published
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject


class EqualWork(NamedTuple):
    """What both cost: `each` and `other` for a useful operation of original and build, `ratio` the second over the first."""

    original: Ownership
    build: Ownership
    each: Figure
    other: Figure
    ratio: Figure


def equal_work(
    of: Item, within: Item, *, count: float, country: str, duty: Mapping[str, Figure], catalog: Catalog, on: str = ""
) -> EqualWork | None:
    """Return the cost of useful work on a build over that on an original, so many chips of each; None without prices of both.

    Parameters
    ----------
    of, within : Item
        The chip to be matched, and the chip to build from.
    count : Figure
        How many of each.
    country : str
        Where both stand: `us` or `cn`.
    duty : mapping
        Terms of the purchase of the original (`duty`, `passed_on`, ...), as figures with their sources.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> both = (here.find("H200"), here.find("910C"))
    >>> found = equal_work(*both, count=1000, country="cn", duty={}, catalog=here)
    >>> 0.1 < found.ratio.number < 10
    True
    """
    chosen = one_basis([offers(chip, catalog, on) for chip in (of, within)], markets=MARKETS_OF[country])
    if chosen is None:
        return None
    sides = [Subject(of, count), Subject(within, count)]
    made = [
        terms(country, catalog=catalog, on=on, domestic=is_domestic(chip, country), side=side)
        for chip, side in ((of, ""), (within, " of the build"))
    ]
    made[0] = replace(made[0], figures={**made[0].figures, **duty})
    boundary = best_boundary(sides, made[0], catalog, on)
    utilisation = published(None, catalog, on)
    owned: list[Ownership] = []
    each: list[Figure] = []
    for subject, term, offer in zip(sides, made, chosen, strict=True):
        own = ownership(subject, term, catalog=catalog, on=on, boundary=boundary, chosen=[offer])
        owned.append(own)
        each.append(work_cost(own, subject.item, utilisation(subject.item), catalog, on))
    if not all(one.known for one in each):
        return None
    return EqualWork(owned[0], owned[1], each[0], each[1], work_ratio(each[1], each[0], f"{within.id} over {of.id}"))


def work_cost(own: Ownership, chip: Item, used: Figure, catalog: Catalog, on: str = "") -> Figure:
    """Return what a useful operation costs, given what is used of the peak; of no item, so that two can be set in a ratio."""
    peak = quantity("peak.bf16", chip.id, catalog=catalog, on=on)
    return replace(per_operation(own.hourly, peak, used), item="", basis=(), _cache={})


def work_ratio(one: Figure, other: Figure, words: str) -> Figure:
    """Return the cost of equal work of one over that of another; `words` names both in its key. [1]"""
    return replace(one / other, key=f"cost of equal work({words})", _cache={})


__all__ = ["EqualWork", "equal_work", "work_cost", "work_ratio"]
