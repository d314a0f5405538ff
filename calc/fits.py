# SPDX-License-Identifier: Apache-2.0
"""The smallest number of chips whose memory holds a model, to serve it or to train it, and what decodes in a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from chipgauge.calc.formula import formula
from chipgauge.calc.quantity import contents, quantity
from chipgauge.calc.schedule import chip_rate
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, UnknownName
from chipgauge.specs.figure import Figure, constant, largest, smallest, total
from chipgauge.specs.records import Item
from chipgauge.specs.units import parse_unit

PRECISIONS = {"bf16": 16, "fp8": 8, "int8": 8, "fp4": 4}
"""Bits of a weight."""
BYTES = parse_unit("B")
ONE = parse_unit("1")


@formula(returns="byte", cite="definition", parameters="1", each="byte")
def weight_bytes(*, parameters: Any, each: Any) -> Any:
    """Return the size of the weights. [byte]

    >>> weight_bytes(parameters=405e9, each=2)
    810000000000.0
    """
    return parameters * each


@formula(returns="byte", cite="definition", each="byte", tokens="1", sequences="1")
def cache_bytes(*, each: Any, tokens: Any, sequences: Any) -> Any:
    """Return the size of the key-value cache of some sequences. [byte]

    >>> cache_bytes(each=70272, tokens=4096, sequences=1)
    287834112
    """
    return each * tokens * sequences


@formula(
    returns="1",
    cite="Pope et al. 2022, Efficiently Scaling Transformer Inference: a decode step reads weights and cache once",
    time="s", chips="1", bandwidth="byte/s", share="1", weights="byte", cache="byte",
)  # fmt: skip
def sequences_by_bandwidth(*, time: Any, chips: Any, bandwidth: Any, share: Any, weights: Any, cache: Any) -> Any:
    """Return how many sequences a decode step serves in a time that memory bandwidth bounds. [1]

    Parameters
    ----------
    time : numeric
        Time of a step. [s]
    chips, bandwidth, share : numeric
        Chips of a replica, memory bandwidth of one, and the share of it that is reached. [1], [byte/s], [1]
    weights, cache : numeric
        Weights of the model and key-value cache of one sequence. [byte]

    Examples
    --------
    Scaling Book, 30B parameters in 8 bits on 16 TPU v5e at 8.1e11 byte/s: a batch of 4 takes 2.57 ms

    >>> round(sequences_by_bandwidth(time=2.5677e-3, chips=16, bandwidth=8.1e11, share=1, weights=30e9, cache=819.2e6), 1)
    4.0
    """
    return (time * chips * bandwidth * share - weights) / cache


@formula(
    returns="1", cite="definition: memory that is left, over the cache of a sequence",
    chips="1", memory="byte", weights="byte", cache="byte",
)  # fmt: skip
def sequences_by_memory(*, chips: Any, memory: Any, weights: Any, cache: Any) -> Any:
    """Return how many sequences fit beside the weights. [1]

    >>> sequences_by_memory(chips=8, memory=80e9, weights=140e9, cache=1e9)
    500.0
    """
    return (chips * memory - weights) / cache


@formula(
    returns="1", cite="definition: two operations for each parameter and token",
    time="s", chips="1", peak="op/s", share="1", parameters="1", each="op",
)  # fmt: skip
def sequences_by_compute(*, time: Any, chips: Any, peak: Any, share: Any, parameters: Any, each: Any) -> Any:
    """Return how many sequences a decode step serves in a time that compute bounds. [1]

    >>> round(sequences_by_compute(time=0.05, chips=8, peak=989.5e12, share=0.5, parameters=70e9, each=2))
    1414
    """
    return time * chips * peak * share / (parameters * each)


@formula(
    returns="s",
    cite="Pope et al. 2022, Efficiently Scaling Transformer Inference: a decode step reads weights and cache once",
    sequences="1", chips="1", bandwidth="byte/s", share="1", weights="byte", cache="byte",
)  # fmt: skip
def step_by_bandwidth(*, sequences: Any, chips: Any, bandwidth: Any, share: Any, weights: Any, cache: Any) -> Any:
    """Return the time that a decode step takes to read weights and cache. [s]

    Examples
    --------
    Scaling Book, 30B parameters in 8 bits on 16 TPU v5e: 2.57 ms for a batch of 4

    >>> f"{step_by_bandwidth(sequences=4, chips=16, bandwidth=8.1e11, share=1, weights=30e9, cache=819.2e6):.5f}"
    '0.00257'
    """
    return (weights + sequences * cache) / (chips * bandwidth * share)


@formula(
    returns="s", cite="definition: two operations for each parameter and token",
    sequences="1", chips="1", peak="op/s", share="1", parameters="1", each="op",
)  # fmt: skip
def step_by_compute(*, sequences: Any, chips: Any, peak: Any, share: Any, parameters: Any, each: Any) -> Any:
    """Return the time that the products of a decode step take. [s]

    >>> round(step_by_compute(sequences=1414, chips=8, peak=989.5e12, share=0.5, parameters=70e9, each=2), 3)
    0.05
    """
    return sequences * parameters * each / (chips * peak * share)


@dataclass(frozen=True, slots=True)
class Fit:
    """What `fits` answers: memory needed, memory of one chip that can be used, their ratio, and the whole number."""

    model: Item
    chip: Item
    precision: str
    context: int
    training: bool
    memory: Figure
    per_chip: Figure
    ratio: Figure
    chips: int | None
    weights: Figure
    cache: Figure


def fits(
    model: str | Item, chip: str | Item, *, context: int = 8192, precision: str = "bf16", training: bool = False,
    catalog: Catalog | None = None, on: str = "",
) -> Fit:  # fmt: skip
    """Return the smallest number of chips whose memory holds a model.

    Parameters
    ----------
    context : int
        Tokens of the one sequence whose cache is held; without meaning for training.
    precision : str
        Of the weights: bf16, fp8, int8, fp4. The cache is held in BF16.
    training : bool
        Weights, gradients and optimiser state in mixed precision, without activations.

    Raises
    ------
    UnknownName
        No such precision.
    BasisError
        The first item is not a model, or the second neither a chip nor a system of one kind of chip.

    Examples
    --------
    >>> fits("Llama 3.1 405B", "H200").chips, fits("Llama 3.1 405B", "H20").chips
    (6, 9)
    """
    used = catalog or shipped()
    net = used.find(model) if isinstance(model, str) else model
    part = used.find(chip) if isinstance(chip, str) else chip
    if part.kind == "system":
        held = {inside.id: inside for _, inside in contents(part, catalog=used, on=on)}
        if len(held) != 1:
            raise BasisError(f"{part.name} does not hold one kind of chip; fits takes a model and a chip")
        part = next(iter(held.values()))
    if net.kind != "model" or part.kind != "chip":
        wrong = net if net.kind != "model" else part
        raise BasisError(f"{wrong.name} is a {wrong.kind}; fits takes a model and a chip")
    if precision not in PRECISIONS:
        raise UnknownName(f"{precision[:40]!r} is not a precision of weights; write {', '.join(PRECISIONS)}")
    if not 0 < context <= 100_000_000:
        raise UnknownName(f"a context is between 1 and 100,000,000 tokens, got {context}")
    weights, cache = _weights(net, precision, training, used, on), _cache_of(net, context, used, on)
    memory = (
        weights
        if training
        else total([("weights", weights), ("cache", cache)], key=f"memory({weights.key}, {context})")
    )
    usable = _usable(part, used, on)
    ratio = memory / usable
    return Fit(
        net, part, precision, context, training, memory, usable, ratio,
        math.ceil(ratio.number * (1 - 1e-12)) if ratio.known else None, weights, cache,
    )  # fmt: skip


def _weights(model: Item, precision: str, training: bool, catalog: Catalog, on: str) -> Figure:
    parameters = quantity("parameters", model.id, catalog=catalog, on=on)
    if not parameters.known:
        parameters = quantity("parameters.total", model.id, catalog=catalog, on=on)
    if training:
        return parameters * quantity("memory.training_state", "memory-use", catalog=catalog, on=on)
    each = constant(PRECISIONS[precision] / 8, BYTES, f"{PRECISIONS[precision]} bit")
    made: Figure = weight_bytes(parameters=parameters, each=each)
    return made


def _cache_of(model: Item, context: int, catalog: Catalog, on: str) -> Figure:
    each = quantity("kv_cache.per_token", model.id, catalog=catalog, on=on)
    made: Figure = cache_bytes(each=each, tokens=constant(context, ONE, source="given"), sequences=constant(1, ONE))
    return made


def _usable(chip: Item, catalog: Catalog, on: str) -> Figure:
    """Return what the device reports, else its capacity, less what the runtime keeps."""
    stated = quantity("memory.usable", chip.id, catalog=catalog, on=on)
    size = stated if stated.known else quantity("memory.capacity", chip.id, catalog=catalog, on=on)
    return size - quantity("memory.reserved", "memory-use", catalog=catalog, on=on)


def decode_rate(model: Item, chip: Item, *, tpot: Figure, context: int, catalog: Catalog, on: str = "") -> Figure:
    """Return an upper bound of the tokens a second and chip that a chip decodes within a time per token. [1/s]

    Weights in 8 bits where the chip multiplies in 8, else in 16; a replica is the smallest number of eights that holds
    the model with as much again for the cache. Memory bandwidth, memory and compute bound the batch; the node says which.
    A batch that memory bounds is done in less than the time per token.

    Notes
    -----
    A bound without communication: it compares chips, and does not predict a service.
    """
    narrow = [form for form in ("fp8", "int8") if quantity(f"peak.{form}", chip.id, catalog=catalog, on=on).known]
    precision = narrow[0] if narrow else "bf16"
    fit = fits(model, chip, context=context, precision=precision, catalog=catalog, on=on)
    size = 8 * math.ceil(2 * fit.ratio.number / 8) if fit.ratio.known else 8
    chips = constant(size, ONE)

    def of(name: str, item: str = chip.id) -> Figure:
        return quantity(name, item, catalog=catalog, on=on)

    active = of("parameters.per_token", model.id)
    active = active if active.known else of("parameters.active", model.id)
    moved = {
        "chips": chips, "bandwidth": of("memory.bandwidth"), "share": of("bandwidth.share", "memory-use"),
        "weights": fit.weights, "cache": fit.cache,
    }  # fmt: skip
    counted = {
        "chips": chips, "peak": of(f"peak.{precision}"), "share": of("compute.ceiling", "memory-use"), "parameters": active,
        "each": constant(2.0, parse_unit("FLOP")),
    }  # fmt: skip
    bounds: list[tuple[str, Figure]] = [
        ("memory bandwidth", sequences_by_bandwidth(time=tpot, **moved)),
        ("memory capacity", sequences_by_memory(chips=chips, memory=fit.per_chip, weights=fit.weights, cache=fit.cache)),
        ("compute", sequences_by_compute(time=tpot, **counted)),
    ]  # fmt: skip
    mark = f"{model.id}, {chip.id}, {tpot.key}, {tpot.text}, {context}"
    batch = smallest(bounds, key=f"batch({mark})")
    # where memory holds fewer sequences than the time allows, a step is done before the time is up
    step = largest(
        [
            ("bandwidth", step_by_bandwidth(sequences=batch, **moved)),
            ("compute", step_by_compute(sequences=batch, **counted)),
        ],
        key=f"step({mark})",
    )
    made: Figure = chip_rate(tokens=batch, time=step, chips=chips)
    return made


__all__ = ["PRECISIONS", "Fit", "decode_rate", "fits"]
