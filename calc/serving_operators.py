# SPDX-License-Identifier: Apache-2.0
"""Measured single operators of serving as columns, predicted by the same formulas as a pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chipgauge.calc.cases import Skipped
from chipgauge.calc.collectives import Links, gather
from chipgauge.calc.machine import FORMATS, format_of
from chipgauge.calc.roofline import operator_time
from chipgauge.calc.serving import Device, parse_serving
from chipgauge.calc.serving_constants import serving_keys
from chipgauge.calc.serving_device import device_numbers, device_of
from chipgauge.calc.serving_formulas import (
    cache_traffic,
    expert_exchange_time,
    grouped_operations,
    latent_operations,
    link_rate,
)
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.measured import Measured

SHAPES = {
    "attention": re.compile(r"decode-attention (\d+)x(\d+)x(\d+)"),
    "latent": re.compile(r"latent-attention (\d+)x(\d+)x(\d+)"),
    "exchange": re.compile(r"expert-(?:dispatch|combine) (\d+)x(\d+)"),
    "bus": re.compile(r"(?:all-gather|reduce-scatter|all-reduce|all-to-all) (\d+)"),
}
"""How the model column names an operator that serving uses."""

FIELDS = {
    "attention": ("attention", "stream", "gap"),
    "latent": ("latent", "stream", "gap"),
    "exchange": ("exchange_up", "exchange_out", "exchange"),
    "bus": ("up", "latency", "ramp"),
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
        self._spoken: list[dict[str, tuple[str, ...]]] = []
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
                if found[0][0] == "bus" and not memo[row.chip, row.precision][2].shared:
                    raise ChipgaugeError("a collective over links of their own: one of training")
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
                2.0 if row.model.startswith("all-reduce") else 1.0,
            ])  # fmt: skip
            which = serving_keys(chip, form, "any", known, bus=bool(device.shared))
            self._spoken.append({name: which[name][:1] for name in FIELDS[kind]})
            keys.append([at[which[name][0]] for name in FIELDS[kind]])
            kinds.append(kind)
            devices.append(device)
            self.rows.append(row)
        self.kinds = numpy.array(kinds)
        shape = numpy.array(shapes, dtype=float).reshape(len(shapes), 10)
        key = numpy.array(keys, dtype=int).reshape(len(keys), 3)
        self._parts = {
            kind: (index, shape[index].T, key[index].T, Device(*(numpy.array(devices)[index].T)))
            for kind in SHAPES
            if len(index := numpy.flatnonzero(self.kinds == kind))
        }

    def spoken(self) -> list[tuple[Measured, dict[str, tuple[str, ...]]]]:
        """Return each row with the constants that it speaks about."""
        return list(zip(self.rows, self._spoken, strict=True))

    def log_errors(self, values: Any) -> Any:
        """Return the logarithm of predicted over measured of each row."""
        import numpy

        return numpy.log(self.times(values) / numpy.array([row.value for row in self.rows]))

    def times(self, values: Any) -> Any:
        """Return the predicted time of each row for an array of constants. [s]"""
        import numpy

        made = numpy.zeros(len(self.rows))
        for kind, (index, shape, key, device) in self._parts.items():
            made[index] = _TIMES[kind](shape, [values[one] for one in key], device)
        return made


def _attention(shape: Any, e: Any, d: Device) -> Any:
    heads, kv_heads, dim, sequences, span, _, _, cache, _, _ = shape
    attention, stream, gap = e
    return operator_time(
        operations=grouped_operations(rows=sequences, span=span, heads=heads, head_dim=dim, value_dim=dim, tensor=1.0),
        traffic=cache_traffic(sequences=sequences, span=span, elements=kv_heads * 2 * dim, element=cache, ranks=1.0),
        rate=d.peak16 * attention, bandwidth=d.bandwidth * stream, launch=gap,
    )  # fmt: skip


def _latent(shape: Any, e: Any, d: Device) -> Any:
    heads, rank, rope, sequences, span, _, _, cache, draft, _ = shape
    latent, stream, gap = e
    return operator_time(
        operations=latent_operations(
            sequences=sequences, draft=draft, span=span, heads=heads, kv_rank=rank, rope_dim=rope, tensor=1.0
        ),
        traffic=cache_traffic(sequences=sequences, span=span, elements=rank + rope, element=cache, ranks=1.0),
        rate=d.peak16 * latent, bandwidth=d.bandwidth * stream, launch=gap,
    )  # fmt: skip


def _exchange(shape: Any, e: Any, d: Device) -> Any:
    import numpy

    width, routed, _, tokens, _, ranks, element, _, _, _ = shape
    up, out, latency = e
    return expert_exchange_time(
        tokens=tokens, width=width, routed=routed, element=element, ranks=ranks, inside=numpy.minimum(ranks, d.domain),
        up=d.up * up, out=d.out * out, latency=latency,
    )  # fmt: skip


def _bus(shape: Any, e: Any, d: Device) -> Any:
    volume, ranks, passes = shape[0], shape[5], shape[9]
    up, latency, ramp = e
    each = link_rate(up=d.up * up, shared=d.shared, ranks=ranks)
    return passes * gather(volume, ranks, 1.0, Links(up=each, out=d.out, latency=latency, domain=ranks, ramp=ramp))


_TIMES: dict[str, Callable[..., Any]] = {
    "attention": _attention, "latent": _latent, "exchange": _exchange, "bus": _bus,
}  # fmt: skip
