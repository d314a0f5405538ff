# SPDX-License-Identifier: Apache-2.0
"""Where a hypothetical cluster would stand among the real ones at a date, on the 8-bit basis."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.calc.clusters import PUBLISHED, State, state_at
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject

BASIS = "h100e.8bit"


@dataclass(frozen=True, slots=True)
class Rival:
    """A real cluster: its state, its size, and whether that follows from its chips or is what a source prints."""

    cluster: Item
    state: State
    size: Figure
    recomputed: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """The place of a subject: 1 plus the number of larger clusters; `left_out` have no size that is known."""

    subject: Subject
    size: Figure
    place: int
    larger: tuple[Rival, ...]
    smaller: tuple[Rival, ...]
    left_out: tuple[Item, ...]

    @property
    def best(self) -> int:
        """The place if everything uncertain were in favour of the subject."""
        high = self.size.high or self.size.number
        return 1 + sum((rival.size.low or rival.size.number) > high for rival in (*self.larger, *self.smaller))

    @property
    def worst(self) -> int:
        """The place if everything uncertain were against it."""
        low = self.size.low or self.size.number
        return 1 + sum((rival.size.high or rival.size.number) > low for rival in (*self.larger, *self.smaller))


def ranking(subject: Subject, *, catalog: Catalog, on: str = "", country: str = "") -> Ranking:
    """Return where a subject would stand among the clusters of a country (or of all), at a date.

    Sizes are H100-equivalents of the chips at their 8-bit rates; where the chips are not known, what a source prints.

    Parameters
    ----------
    country : str
        Two letters of ISO 3166; empty for all.

    Examples
    --------
    Among the Chinese systems of the tables, 100,000 H200 would be the largest at the end of 2025:

    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> ranking(here.subject("100000 H200"), catalog=here, on="2025-12-31", country="CN").place
    1
    """
    own = quantity(BASIS, subject, catalog=catalog, on=on)
    rivals: list[Rival] = []
    left_out: list[Item] = []
    for item in catalog.items.values():
        if item.kind != "cluster" or item.id == subject.item.id or (country and item.country != country.upper()):
            continue
        state = state_at(item, catalog, on)
        if state is None or state.status == "decommissioned":
            continue
        made = quantity(BASIS, Subject(item), catalog=catalog, on=on)
        printed = catalog.leaf(item.id, f"{PUBLISHED}@{state.date}")
        size = made if made.known else printed
        if size is None or not size.known:
            left_out.append(item)
        else:
            rivals.append(Rival(item, state, size, made.known))
    rivals.sort(key=lambda rival: (-rival.size.number, rival.cluster.id))
    larger = tuple(rival for rival in rivals if rival.size.number > own.number)
    return Ranking(subject, own, 1 + len(larger), larger, tuple(rivals[len(larger) :]), tuple(left_out))


__all__ = ["Ranking", "Rival", "ranking"]
