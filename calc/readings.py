# SPDX-License-Identifier: Apache-2.0
"""What somebody could have meant by "A is N times B": every metric, format, variant and workload that comes near N.

A search that always finds something proves nothing: the number of readings tried stands beside the hits, and readings
that mix two bases (sparse over dense, one format over another) are marked as mixed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, ChipgaugeError, UnitError
from chipgauge.specs.figure import Figure, refuse_mixed_bases
from chipgauge.specs.quantities import FORMATS, find
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import parse_unit

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
_PLAINLY = frozenset(PLAIN) - {"tpp", "aggregate.tpp", "io.bandwidth", "performance_density"}
_DATED = frozenset(name for name in _PLAINLY if find(name).dated or name.startswith("price"))
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
        ratio = f"{applied(self.metric, self.a.id)}/{applied(self.over, self.b.id)}"
        return f"{ratio} - 1" if self.form == MORE else ratio

    @property
    def apart(self) -> str:
        """What differs between the two sides besides the items, in words."""
        return f"{self.metric} against {self.over}" if self.metric != self.over else self.metric.replace(" {}", "")

    @property
    def predicted(self) -> bool:
        """Whether our models say so, not a table."""
        return "{}" in self.metric


def applied(metric: str, item: str) -> str:
    """Return a metric of an item in the language of expressions; a workload has a place for the chip in it.

    >>> applied("tpp", "nvidia-b200"), applied("train(Llama 3.1 70B, 8 {})", "nvidia-b200")
    ('tpp(nvidia-b200)', 'train(Llama 3.1 70B, 8 nvidia-b200)')
    """
    return metric.format(item) if "{}" in metric else f"{metric}({item})"


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
    >>> [hit.expression for hit in found.hits if not hit.predicted][0]
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
    alone = [
        name for name in METRICS if name != "aggregate.tpp" or above[0].kind != "chip"
    ]  # of one chip it is its TPP
    pairs = [*zip(alone, alone, strict=True), *(MIXED if mixed and not whole else ())]
    items = {item.id: item for item in (*above, *below)}
    columns = _columns(catalog, on, items, {name for pair in pairs for name in pair})
    done = _workloads(catalog, [item for item in items.values() if item.kind == "chip"], whole)
    columns |= done
    pairs += zip(done, done, strict=True)
    least, most = number * (1 - within), number * (1 + within)
    tops, bottoms = {item.id for item in above}, {item.id for item in below}
    # Of two equal readings the one of the default variants stands first.
    first_named = {item.id: place for items in (above, below) for place, item in reversed([*enumerate(items)])}
    tried = 0
    hits: list[tuple[bool, float, int, str, Hit]] = []
    for metric, over in pairs:
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
                        sides = [
                            _figure(of, items[one], columns[of][one], catalog, on)
                            for of, one in ((metric, other), (over, name))
                        ]
                        mixed_up = _mixed(metric, over, *sides)
                        hit = Hit(items[other], items[name], metric, over, form, size / bottom - less, mixed_up, *sides)
                        gap = abs(math.log(hit.value / number))
                        hits.append((hit.mixed, gap, first_named[other] + first_named[name], hit.expression, hit))
    return Search(number, within, tried, tuple(hit for *_, hit in sorted(hits, key=lambda hit: hit[:4])))


def _workloads(catalog: Catalog, chips: Sequence[Item], whole: bool) -> dict[str, dict[str, float]]:
    """Return the rates of chips at the workloads of our models; of all chips at the first one alone, in one walk."""
    from chipgauge.calc.rates import SERVING, TRAINING, training_rates
    from chipgauge.specs.efficiencies import constants

    if not chips:
        return {}
    works = TRAINING[:1] if whole else TRAINING
    found = {work.metric: dict(training_rates(work, chips, catalog=catalog, constants=constants())) for work in works}
    if not whole:
        from chipgauge.calc.calculators import ask

        for phase, model, count in SERVING:
            metric = f"{phase}({model}, {count} {{}})"
            served = {
                chip.id: ask(phase, *map(catalog.subject, (model, f"{count} {chip.id}")), catalog=catalog)
                for chip in chips
            }
            found[metric] = {name: figure.number for name, figure in served.items() if figure.known}
    return found


def _figure(metric: str, item: Item, value: float, catalog: Catalog, on: str) -> Figure:
    """Return the figure of one side; of a workload the prediction alone, which `explain` derives."""
    if "{}" not in metric:
        return quantity(metric, Subject(item), catalog=catalog, on=on)
    return Figure(
        applied(metric, item.id), "leaf", "prediction", value, parse_unit("1/s"), item=item.id, status="estimated",
        text=f"{value:.4g} token/s", why="tokens a second and chip", sources=("chipgauge-fit",),
    )  # fmt: skip


def _mixed(metric: str, over: str, above: Figure, below: Figure) -> bool:
    """Tell whether two sides stand on two bases; a pair that a ratio would refuse does, whatever its names."""
    if metric != over and {metric, over} != {"tpp", "tpp.declared"}:
        return True
    if above.basis == below.basis:
        return False
    try:
        refuse_mixed_bases(above, below)
    except BasisError:
        return True
    return False


_BELOW = {"per_watt.": "power.tdp", "per_dollar.": "price"}
"""What a chip's figure is divided by, per watt and per dollar."""
FROM = {
    **{f"peak.{form}": f"sparse.{form}" for form in FORMATS},
    **{f"{link}.bandwidth": f"{link}.bandwidth.both" for link in ("scale_up", "scale_out")},
    "die.area": "die.area.per_die",
    "cache.l2": "cache.l2.per_die",
}
"""What else a quantity of a chip can follow from, where no table states it."""


def _columns(
    catalog: Catalog, on: str, items: Mapping[str, Item], names: Collection[str]
) -> dict[str, dict[str, float]]:
    """Return the values of each metric in base units by item, without those that are unknown or 0.

    A chip's figure per watt or dollar is the quotient of two columns, with the same arithmetic as the resolver's.
    """
    columns: dict[str, dict[str, float]] = {name: {} for name in (*names, "power.tdp", "price")}
    plain = [name for name in columns if not name.startswith(tuple(_BELOW))]
    for key, item in items.items():
        stated = _stated(catalog, key)
        for name in columns if item.kind != "chip" else plain:
            if value := _known(catalog, on, name, item, stated):
                columns[name][key] = value
    for name in columns.keys() - set(plain):
        prefix, _, rest = name.partition(".")
        below = columns[_BELOW[f"{prefix}."]]
        for key, value in columns[rest].items():
            if items[key].kind == "chip" and key in below:
                columns[name][key] = value / below[key]
    return columns


def _stated(catalog: Catalog, item: str) -> frozenset[str]:
    """Return the names of the quantities that the tables state of an item, without cases and dates."""
    keys = (*catalog.entries(item), *(key for key in catalog.overrides if key.startswith(f"{item}/")))
    return frozenset(key.partition("/")[2].partition("@")[0].partition(":")[0] for key in keys)


def _known(catalog: Catalog, on: str, name: str, item: Item, stated: frozenset[str]) -> float:
    """Return a value in base units, 0 where there is none: a reading needs a number on both sides.

    The resolver is not asked for what a chip's tables do not state, nor anything that it could follow from.
    """
    plainly = item.kind == "chip" and name in _PLAINLY
    if plainly and name not in stated and FROM.get(name, name) not in stated:
        return 0.0
    leaf = catalog.leaf(item.id, name) if plainly and name in stated and name not in _DATED else None
    try:
        figure = leaf or quantity(name, Subject(item), catalog=catalog, on=on)
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
