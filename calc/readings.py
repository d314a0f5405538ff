# SPDX-License-Identifier: Apache-2.0
"""What somebody could have meant by "A is N times B": every metric, format and variant whose ratio comes near N.

A search that always finds something proves nothing: the number of readings tried stands beside the hits, and readings
that mix two bases (sparse over dense, one format over another) are marked as mixed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, ChipgaugeError, UnitError
from chipgauge.specs.figure import Figure, refuse_mixed_bases
from chipgauge.specs.quantities import FORMATS
from chipgauge.specs.records import Item, Subject

ANY = ("*", "any")
"""Names that stand for every chip."""

_PEAKS = tuple(f"peak.{form}" for form in FORMATS)
_SPARSE = tuple(f"sparse.{form}" for form in FORMATS)
PLAIN = (
    "tpp",
    "tpp.declared",
    "aggregate.tpp",
    *_PEAKS,
    *(f"{name}.matrix" for name in _PEAKS),
    *_SPARSE,
    "memory.capacity",
    "memory.usable",
    "memory.bandwidth",
    "scale_up.bandwidth",
    "scale_out.bandwidth",
    "io.bandwidth",
    "performance_density",
    "transistors",
    "die.area",
    "cache.l2",
    "power.tdp",
    "power.system",
    "chips",
    "racks",
    "price",
    "price.rental",
)
DERIVED = (
    *(f"{prefix}.{name}" for prefix in ("per_watt", "per_dollar") for name in ("tpp", "peak.bf16", "peak.fp8")),
    *(f"{prefix}.memory.{name}" for prefix in ("per_watt", "per_dollar") for name in ("bandwidth", "capacity")),
    *(f"h100e.{basis}" for basis in ("8bit", "fp4")),
)
METRICS = (*PLAIN, *DERIVED)
"""Every metric of which the same is taken on both sides."""

MIXED = (
    *((above, below) for above in _PEAKS for below in _PEAKS if above != below),
    *((sparse, dense) for sparse in _SPARSE for dense in _PEAKS),
    *((dense, sparse) for sparse in _SPARSE for dense in _PEAKS),
    ("tpp.declared", "tpp"),
    ("tpp", "tpp.declared"),
)
"""Pairs of metrics that people set against each other although they are two things."""

MORE = "more than"
TIMES = "times"


@dataclass(frozen=True, slots=True)
class Hit:
    """One reading near the number.

    `form` is `times` (A over B) or `more than` (A over B, less one); `mixed` says that the two sides are on two bases,
    which makes it a slip to be named, not a reading to be defended. `above` and `below` are the figures divided.
    """

    a: Item
    b: Item
    metric: str
    over: str
    form: str
    value: float
    mixed: bool
    above: Figure
    below: Figure

    @property
    def expression(self) -> str:
        """The reading in the language of `explain`."""
        ratio = f"{self.metric}({self.a.id})/{self.over}({self.b.id})"
        return f"{ratio} - 1" if self.form == MORE else ratio

    @property
    def apart(self) -> str:
        """What differs between the two sides besides the items, in words."""
        return f"{self.metric} against {self.over}" if self.mixed else self.metric


@dataclass(frozen=True, slots=True)
class Search:
    """The readings near a number: how many were tried (had a value on both sides), and those that hit, nearest first."""

    number: float
    within: float
    tried: int
    hits: tuple[Hit, ...]


def near(
    a: str,
    b: str,
    number: float,
    *,
    within: float = 0.05,
    mixed: bool = True,
    catalog: Catalog | None = None,
    on: str = "",
) -> Search:
    """Return the readings under which A over B lies near a number.

    Parameters
    ----------
    a, b : str
        Items as people name them; every variant that the short name could mean is tried. `*` is every chip.
    number : float
        What was claimed, above 0.
    within : float
        Greatest relative distance of a hit, between 0 and 1.
    mixed : bool
        Whether pairs on two bases are tried too (one format over another, sparse over dense); never for `*`.

    Raises
    ------
    UnknownName, UnitError
        No such item; a number or distance out of its range.

    Examples
    --------
    >>> found = near("H200", "H20", 6)
    >>> found.hits[0].expression
    'tpp.declared(nvidia-h200-nvl)/tpp(nvidia-h20-96gb)'
    >>> all(abs(hit.value / 6 - 1) <= 0.05 for hit in found.hits)
    True
    """
    if not (math.isfinite(number) and number > 0):
        raise UnitError(f"the number is above 0, got {number:g}; turn a claim of less around: B over A")
    if not 0 < within < 1:
        raise UnitError(f"within is between 0 and 100%, got {within:.0%}")
    catalog = catalog or shipped()
    whole = any(name.strip() in ANY for name in (a, b))
    above, below = (variants(name, catalog) for name in (a, b))
    pairs = [*zip(METRICS, METRICS, strict=True), *(MIXED if mixed and not whole else ())]
    value = partial(_value, catalog, on)
    columns = {name: _column(value, name, (*above, *below)) for name in {n for pair in pairs for n in pair}}
    least, most = number * (1 - within), number * (1 + within)
    tops, bottoms = {item.id for item in above}, {item.id for item in below}
    # Of two equal readings the one of the default variants stands first.
    first_named = {item.id: place for items in (above, below) for place, item in reversed([*enumerate(items)])}
    tried = 0
    hits: list[tuple[bool, float, int, str, Hit]] = []
    for metric, over in pairs:
        if metric == "aggregate.tpp" and above[0].kind == "chip":
            continue  # of one chip it is its TPP
        ranked = sorted((size, name) for name, size in columns[metric].items() if name in tops)
        sizes = [size for size, _ in ranked]
        for name, bottom in columns[over].items():
            if name not in bottoms:
                continue
            tried += 2 * (len(ranked) - (name in tops and name in columns[metric]))
            for form, less in ((TIMES, 0.0), (MORE, 1.0)):
                first = bisect_left(sizes, (least + less) * bottom)
                last = bisect_right(sizes, (most + less) * bottom)
                for size, other in ranked[first:last]:
                    if other != name:
                        hit = _hit(catalog, on, other, name, metric, over, form, size / bottom - less)
                        gap = abs(math.log(hit.value / number))
                        hits.append((hit.mixed, gap, first_named[other] + first_named[name], hit.expression, hit))
    return Search(number, within, tried, tuple(hit for *_, hit in sorted(hits, key=lambda hit: hit[:4])))


def _column(value: Callable[[str, Item], float], name: str, items: Iterable[Item]) -> dict[str, float]:
    found = {item.id: value(name, item) for item in dict.fromkeys(items)}
    return {item: number for item, number in found.items() if number}


def _hit(catalog: Catalog, on: str, a: str, b: str, metric: str, over: str, form: str, value: float) -> Hit:
    """Return a hit; a pair that a ratio would refuse is mixed, whatever its names."""
    above, below = catalog.items[a], catalog.items[b]
    top, bottom = (quantity(n, Subject(i), catalog=catalog, on=on) for n, i in ((metric, above), (over, below)))
    mixed = metric != over and {metric, over} != {"tpp", "tpp.declared"}
    try:
        refuse_mixed_bases(top, bottom)
    except BasisError:
        mixed = True
    return Hit(above, below, metric, over, form, value, mixed, top, bottom)


def _value(catalog: Catalog, on: str, name: str, item: Item) -> float:
    """Return the value in base units, 0 where there is none: a reading needs a number on both sides."""
    try:
        figure = quantity(name, Subject(item), catalog=catalog, on=on)
    except ChipgaugeError:
        return 0.0
    return figure.number if figure.known and isinstance(figure.value, float) else 0.0


def variants(name: str, catalog: Catalog) -> Sequence[Item]:
    """Return the items that a name could mean, the default first; `*` is every chip.

    >>> [item.name for item in variants("H200", shipped())]
    ['NVIDIA H200 SXM 141 GB', 'NVIDIA H200 NVL 141 GB']
    """
    if name.strip() in ANY:
        return [item for item in catalog.items.values() if item.kind == "chip"]
    subject = catalog.subject(name)
    if subject.count != 1:
        raise UnitError(f"readings are searched between items, not amounts; write {subject.item.name!r}")
    by_name = {item.name: item for item in catalog.items.values()}
    others = [by_name[other] for other in subject.others if other in by_name]
    return [subject.item, *(item for item in others if item.kind == subject.item.kind)]


__all__ = ["METRICS", "MIXED", "Hit", "Search", "near", "variants"]
