# SPDX-License-Identifier: Apache-2.0
"""What follows from the figures of a language model: its parameters, its key-value cache, its training compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chipgauge.calc.architecture import (
    active_parameters,
    architecture_of,
    kv_bytes_growth,
    kv_bytes_per_token,
    total_parameters,
)
from chipgauge.calc.formula import formula
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.model_quantities import DENSE, LATENT
from chipgauge.specs.records import Item
from chipgauge.specs.units import parse_unit

Resolve = Callable[[str, Item], Figure]
"""Resolves a quantity name on an item."""


@formula(returns="op", cite="Kaplan et al. 2020, arXiv 2001.08361 (C = 6 N D)", parameters="1", tokens="1", each="op")
def training_flop(*, parameters: Any, tokens: Any, each: Any) -> Any:
    """Return the training compute of a model without the scores of attention. [FLOP]

    Parameters
    ----------
    parameters : numeric
        Parameters that one token uses. [1]
    tokens : numeric
        Tokens of training. [1]
    each : numeric
        Operations for each parameter and token: 6, forward and backward. [FLOP]

    Examples
    --------
    Llama 3.1 405B on 15.6 trillion tokens, 3.8e25 FLOP in the paper:

    >>> f"{training_flop(parameters=405e9, tokens=15.6e12, each=6):.3g}"
    '3.79e+25'
    """
    return parameters * tokens * each


def model_figure(name: str, item: Item, catalog: Catalog, resolve: Resolve) -> Figure | None:
    """Return a figure that follows from others of a model, or None where nothing derives it."""
    lacking = _lacks(name, item, catalog)
    derive = _DERIVED.get(name)
    return lacking or (derive(item, catalog, resolve) if derive else None)


def _lacks(name: str, item: Item, catalog: Catalog) -> Figure | None:
    """Return an absent figure of a part that a model of this kind does not have: experts of a dense one."""
    for said, value, parts, why in _WITHOUT:
        leaf = catalog.leaf(item.id, said)
        if name in parts and leaf is not None and leaf.value == value:
            base: dict[str, Any] = {"item": item.id, "sources": leaf.sources, "status": leaf.status}
            return Figure(f"{item.id}/{name}", "leaf", name, None, parse_unit("1"), "absent", why=why, **base)
    return None


_WITHOUT = (
    (
        "architecture",
        DENSE,
        ("experts", "experts.per_token", "experts.shared", "experts.width", "layers.dense"),
        "a dense model has no experts",
    ),
    ("attention", LATENT, ("heads.kv", "heads.dim"), "latent attention caches no heads"),
)
"""What a word of the tables says of other figures: the figure, its word, what a model then lacks, and why."""


def _bytes(catalog: Catalog, resolve: Resolve) -> Figure:
    return resolve("bits.bf16", catalog.items["constant"])


def _active(item: Item, catalog: Catalog, resolve: Resolve) -> Figure | None:
    """Return the published total of a dense model: a token uses all of it."""
    structure = catalog.leaf(item.id, "architecture")
    return resolve("parameters.total", item) if structure is not None and structure.value == DENSE else None


def _training(item: Item, catalog: Catalog, resolve: Resolve) -> Figure:
    """Return 6 N D with the published active parameters, else with the counted ones."""
    published = resolve("parameters.active", item)
    used = published if published.known else resolve("parameters.per_token", item)
    each = resolve("flop.per_parameter_token", catalog.items["constant"])
    made: Figure = training_flop(parameters=used, tokens=resolve("training.tokens", item), each=each)
    return made


_DERIVED: dict[str, Callable[[Item, Catalog, Resolve], Figure | None]] = {
    "parameters": lambda item, catalog, _: total_parameters(architecture_of(item, catalog)),
    "parameters.per_token": lambda item, catalog, _: active_parameters(architecture_of(item, catalog)),
    "parameters.per_token.no_input": lambda item, catalog, _: active_parameters(
        architecture_of(item, catalog), input_embedding=False
    ),
    "parameters.active": _active,
    "kv_cache.per_token": lambda item, catalog, resolve: kv_bytes_per_token(
        architecture_of(item, catalog), element_bytes=_bytes(catalog, resolve)
    ),
    "kv_cache.growth": lambda item, catalog, resolve: kv_bytes_growth(
        architecture_of(item, catalog), element_bytes=_bytes(catalog, resolve)
    ),
    "training_compute": _training,
}
