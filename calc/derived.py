# SPDX-License-Identifier: Apache-2.0
"""Figures of a chip that follow from others of it by one formula, where no table states them."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from chipgauge.calc.metrics import dense_rate, each_way, io_bandwidth, package_area
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item


class Resolver(Protocol):
    """What the one resolver offers here."""

    catalog: Catalog

    def of(self, name: str, item: Item) -> Figure: ...


def dense_peak(resolver: Resolver, item: Item, form: str) -> Figure | None:
    """Return the dense peak of a format from the sparse one, where only that is printed. [op/s]"""
    sparse = resolver.catalog.leaf(item.id, f"sparse.{form}")
    if sparse is None or not sparse.known:
        return None
    gain = resolver.of("sparsity.gain", resolver.catalog.items["constant"])
    made: Figure = dense_rate(sparse=sparse, gain=gain)
    return replace(made, condition="dense, from the sparse rate", basis=("sparsity:dense",), _cache={})


def one_way(resolver: Resolver, item: Item, name: str) -> Figure | None:
    """Return a bandwidth in one direction from the one printed for both together. [byte/s]"""
    both = resolver.catalog.leaf(item.id, f"{name}.both")
    if both is None:
        return None
    made: Figure = each_way(both=both)
    return replace(made, condition="each way", basis=("direction:each way",), _cache={})


def logic_area(resolver: Resolver, item: Item) -> Figure | None:
    """Return the logic area of the package from that of one die. [m^2]"""
    per_die = resolver.catalog.leaf(item.id, "die.area.per_die")
    if per_die is None:
        return None
    area: Figure = package_area(per_die=per_die, dies=resolver.of("dies", item))
    return area


def cache_size(resolver: Resolver, item: Item) -> Figure | None:
    """Return the cache of the package from that of one die. [byte]"""
    per_die = resolver.catalog.leaf(item.id, "cache.l2.per_die")
    return per_die * resolver.of("dies", item) if per_die else None


def io_rate(resolver: Resolver, item: Item) -> Figure | None:
    """Return the rate over all inputs and outputs, both ways. [byte/s]"""
    links = {"scale_up": resolver.of("scale_up.bandwidth", item), "host": resolver.of("host.bandwidth", item)}
    made: Figure = io_bandwidth(**{name: _or_no_link(figure) for name, figure in links.items()})
    return made


def _or_no_link(figure: Figure) -> Figure:
    """Return a link that a part is stated not to have as nothing to add, under a key of its own."""
    if figure.state != "absent":
        return figure
    note = "the part is stated not to have this link"
    return replace(figure, key=f"no {figure.key}", value=0.0, state="known", text="", note=note, _cache={})
