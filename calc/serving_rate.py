# SPDX-License-Identifier: Apache-2.0
"""How fast a chip serves a model within a time per token, for comparisons of clusters: one function, any model of serving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from chipgauge.calc.fits import decode_rate
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.records import Item


class Request(NamedTuple):
    """What is served: a model on so many chips of a kind, within a time per token, at a context of so many tokens."""

    model: Item
    chip: Item
    chips: float
    tpot: Figure
    context: int
    catalog: Catalog
    on: str = ""


class Service(NamedTuple):
    """Tokens a second and chip with a range, what bounds it, and in words what the figure is (an upper bound, a model)."""

    rate: Figure
    bound: str
    words: str


Server = Callable[[Request], Service]
"""A model of serving. Its rate is unknown, with the reason, where no plan meets the bound."""


def upper_bound(request: Request) -> Service:
    """Return the most that memory bandwidth, memory and compute allow, without communication.

    >>> from chipgauge.calc.cost_terms import given_figure
    >>> from chipgauge.specs.catalog import catalog
    >>> here, tpot = catalog(), given_figure("max-tpot", "50 ms", "ms")
    >>> upper_bound(Request(here.find("DeepSeek-V3"), here.find("H200"), 8, tpot, 4096, here)).bound
    'memory capacity'
    """
    model, chip, _, tpot, context, catalog, on = request
    rate = decode_rate(model, chip, tpot=tpot, context=context, catalog=catalog, on=on)
    bounds = [node.winner for node in rate.nodes() if node.winner and node.key.startswith("batch(")]
    words = "an upper bound without communication, in 8 bits where a chip multiplies in 8"
    if rate.known and rate.number <= 0:
        shown = tpot.text or f"{tpot.number:g} s"
        why = f"{chip.name} reads the weights of {model.name} more slowly than once in {shown}, or has no room beside them"
        rate = replace(unknown(rate.key, rate.name, why, unit=rate.unit), missing=(), _cache={})
    return Service(rate, " and ".join(sorted(set(bounds))) or "something unknown", words)


__all__ = ["Request", "Server", "Service", "upper_bound"]
