# SPDX-License-Identifier: Apache-2.0
"""Measured single operators of serving as columns, predicted by the same formulas as a pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chipgauge.calc.cases import Skipped
from chipgauge.calc.machine import FORMATS, format_of
from chipgauge.calc.roofline import achievable_rate, operator_time
from chipgauge.calc.serving import Device, parse_serving
from chipgauge.calc.serving_constants import keys_of
from chipgauge.calc.serving_device import device_numbers, device_of
from chipgauge.calc.serving_formulas import (
    cache_traffic,
    expert_exchange_time,
    grouped_operations,
    latent_operations,
    reduction_time,
    stored_product_time,
)
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.measured import Measured

SHAPES = {
    "product": re.compile(r"product (\d+)x(\d+)x(\d+)"),
    "reduction": re.compile(r"all-reduce (\d+)"),
    "attention": re.compile(r"decode-attention (\d+)x(\d+)x(\d+)"),
    "latent": re.compile(r"latent-attention (\d+)x(\d+)x(\d+)"),
    "exchange": re.compile(r"expert-(?:dispatch|combine) (\d+)x(\d+)"),
}
"""How the model column names an operator that serving uses."""

FIELDS = {
    "product": ("product", "memory", "wave", "launch", "launch"),
    "reduction": ("up", "out", "latency", "latency", "latency"),
    "attention": ("attention", "stream", "gap", "gap", "gap"),
    "latent": ("latent", "stream", "gap", "gap", "gap"),
    "exchange": ("up", "out", "exchange", "exchange", "exchange"),
}
"""The constants that each kind of operator needs."""


class ServingOperators:
    """The operator rows that serving predicts, as columns over a list of constants."""

    def __init__(
        self, rows: Iterable[Measured], catalog: Catalog, names: Sequence[str], known: Callable[[str], bool]
    ) -> None:
        import numpy

        self.rows: list[Measured] = []
        self.skipped: list[Skipped] = []
        self.names: list[set[str]] = []
        at = {name: index for index, name in enumerate(names)}
        kinds: list[str] = []
        shapes: list[list[float]] = []
        devices: list[Device] = []
        keys: list[list[int]] = []
        memo: dict[tuple[str, str], tuple[str, str, Device]] = {}
        for row in rows:
            found = [(kind, match) for kind, shape in SHAPES.items() if (match := shape.fullmatch(row.model))]
            try:
                if row.kind != "operator" or not found:
                    raise ChipgaugeError("the operator is not one of serving")
                if (row.chip, row.precision) not in memo:
                    item = catalog.find(row.chip)
                    form = format_of(row.precision)
                    memo[row.chip, row.precision] = (item.id, form, device_numbers(device_of(item, form, catalog)))
            except ChipgaugeError as error:
                self.skipped.append(Skipped(row.id, str(error)))
                continue
            kind, match = found[0]
            chip, form, device = memo[row.chip, row.precision]
            stated, _ = parse_serving(row.plan) if kind in ("attention", "latent") else ({}, {})
            numbers = [*map(float, match.groups()), 0.0, 0.0][:3]
            shapes.append([
                *numbers, row.batch if row.batch == row.batch else 1.0, row.seq_in if row.seq_in == row.seq_in else 1.0,
                row.n_chips, FORMATS[form], stated.get("cache", 2.0), stated.get("draft", 1.0),
            ])  # fmt: skip
            which = keys_of(chip, form, "any", known)
            self.names.append({which[name][0] for name in FIELDS[kind]})
            keys.append([at[which[name][0]] for name in FIELDS[kind]])
            kinds.append(kind)
            devices.append(device)
            self.rows.append(row)
        self.kinds = numpy.array(kinds)
        shape = numpy.array(shapes, dtype=float).reshape(len(shapes), 9)
        key = numpy.array(keys, dtype=int).reshape(len(keys), 5)
        column = Device(*(numpy.array(values) for values in zip(*devices, strict=True)))
        self._parts = {
            kind: (index, shape[index].T, key[index].T, Device(*(values[index] for values in column)))
            for kind in SHAPES
            if len(index := numpy.flatnonzero(self.kinds == kind))
        }

    def times(self, values: Any) -> Any:
        """Return the predicted time of each row for an array of constants. [s]"""
        import numpy

        made = numpy.zeros(len(self.rows))
        for kind, (index, shape, key, device) in self._parts.items():
            made[index] = _TIMES[kind](shape, [values[one] for one in key], device)
        return made


def _product(shape: Any, e: Any, d: Device) -> Any:
    rows, inner, columns, _, _, _, element, _, _ = shape
    product, memory, wave, launch, _ = e
    rate = achievable_rate(peak=d.peak, efficiency=product)  # a kernel alone is over before the power limit acts
    return stored_product_time(
        rows=rows, inner=inner, columns=columns, weight=element, element=element, rate=rate,
        bandwidth=d.bandwidth * memory, wave=wave, launch=launch,
    )  # fmt: skip


def _reduction(shape: Any, e: Any, d: Device) -> Any:
    import numpy

    up, out, latency = e[:3]
    inside = numpy.minimum(shape[5], d.domain)
    return reduction_time(
        volume=shape[0], ranks=shape[5], inside=inside, up=d.up * up, out=d.out * out, latency=latency
    )


def _attention(shape: Any, e: Any, d: Device) -> Any:
    heads, kv_heads, dim, sequences, span, _, _, cache, _ = shape
    attention, stream, gap = e[:3]
    return operator_time(
        operations=grouped_operations(rows=sequences, span=span, heads=heads, head_dim=dim, value_dim=dim, tensor=1.0),
        traffic=cache_traffic(sequences=sequences, span=span, elements=kv_heads * 2 * dim, element=cache, ranks=1.0),
        rate=d.peak16 * attention, bandwidth=d.bandwidth * stream, launch=gap,
    )  # fmt: skip


def _latent(shape: Any, e: Any, d: Device) -> Any:
    heads, rank, rope, sequences, span, _, _, cache, draft = shape
    latent, stream, gap = e[:3]
    return operator_time(
        operations=latent_operations(
            sequences=sequences, draft=draft, span=span, heads=heads, kv_rank=rank, rope_dim=rope, tensor=1.0
        ),
        traffic=cache_traffic(sequences=sequences, span=span, elements=rank + rope, element=cache, ranks=1.0),
        rate=d.peak16 * latent, bandwidth=d.bandwidth * stream, launch=gap,
    )  # fmt: skip


def _exchange(shape: Any, e: Any, d: Device) -> Any:
    import numpy

    width, routed, _, tokens, _, ranks, element, _, _ = shape
    up, out, latency = e[:3]
    return expert_exchange_time(
        tokens=tokens, width=width, routed=routed, element=element, ranks=ranks, inside=numpy.minimum(ranks, d.domain),
        up=d.up * up, out=d.out * out, latency=latency,
    )  # fmt: skip


_TIMES: dict[str, Callable[..., Any]] = {
    "product": _product, "reduction": _reduction, "attention": _attention, "latent": _latent, "exchange": _exchange,
}  # fmt: skip
