# SPDX-License-Identifier: Apache-2.0
"""Two chips at the same useful work: what owning each costs, and which is dearer by how much, without arrays.

The original is bought under the terms of an import (duty, and who bears it); the build bears none where it is made in
the country. Both sides are priced on one basis, in one boundary of power, with the utilisation of published runs; the
time that failures take is left out on both, as the tables have one rate for all chips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from chipgauge.calc.cost_terms import is_domestic, terms
from chipgauge.calc.offers import MARKETS_OF, offers, one_basis
from chipgauge.calc.ownership import Ownership, ownership, per_operation
from chipgauge.calc.powers import best_boundary
from chipgauge.calc.quantity import quantity
from chipgauge.calc.thresholds import ItemVerdict
from chipgauge.calc.utilisation import published
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject

DUTY = "us-s232-2026-chips"
"""The rule under which a chip bears the import duty of 25% (`import-duty/duty`)."""
COUNT = 1
"""So many chips of each, where only the cost of a useful operation is asked: it does not depend on the number."""


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


def headline(items: Iterable[Item], *, catalog: Catalog, on: str = "") -> tuple[Item, Item] | None:
    """Return the chip with the highest BF16 peak, and that of another maker with the highest, else the next of its own.

    None where fewer than two have a known peak.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> [one.id for one in headline([here.find(name) for name in ("H20", "910C", "H200")], catalog=here)]
    ['nvidia-h200-sxm', 'huawei-ascend-910c']
    """
    peaks: dict[str, tuple[float, Item]] = {}
    for item in items:
        figure = quantity("peak.bf16", item.id, catalog=catalog, on=on) if item.kind == "chip" else None
        if figure is not None and figure.known:
            peaks[item.id] = (figure.number, item)
    order = [item for _, item in sorted(peaks.values(), key=lambda pair: (-pair[0], pair[1].id))]
    if len(order) < 2:
        return None
    return order[0], next((item for item in order if item.maker != order[0].maker), order[1])


def headline_work(
    items: Iterable[Item], *, verdicts: Iterable[ItemVerdict], catalog: Catalog, on: str = ""
) -> EqualWork | None:
    """Return the cost of equal work of the headline pair of some items; None without a pair, or without prices of both.

    It stands in China where one of the two is made there, else in the United States. The first chip bears the import duty
    where the rule of it strikes and both stand in China: it is paid on the way through the United States.
    """
    pair = headline(items, catalog=catalog, on=on)
    if pair is None:
        return None
    country = "cn" if any(is_domestic(chip, "cn") for chip in pair) else "us"
    struck = any(
        row.rule.id == DUTY and row.verdict == "crosses"
        for one in verdicts if one.subject.item.id == pair[0].id for row in one.verdicts
    )  # fmt: skip
    duty = {"duty": quantity("duty", "import-duty", catalog=catalog, on=on)} if struck and country == "cn" else {}
    return equal_work(*pair, count=COUNT, country=country, duty=duty, catalog=catalog, on=on)


__all__ = ["EqualWork", "equal_work", "headline", "headline_work", "work_cost", "work_ratio"]
