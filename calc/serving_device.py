# SPDX-License-Identifier: Apache-2.0
"""A chip of the catalogue as the device of a serving prediction, in the format that really runs there."""

from __future__ import annotations

from chipgauge.calc.cases import kin_of
from chipgauge.calc.machine import FORMATS, domain_of, first_known, format_of, has_links, plain, usable_memory
from chipgauge.calc.quantity import quantity
from chipgauge.calc.serving import Device
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item

STORED = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5625, "mxfp4": 0.53125, "int4": 0.53125}
"""Bytes that a weight takes in memory, the scales of its block among them: 8 bits for 16 weights in NVFP4 and for 32 in
MXFP4 (OCP Microscaling Formats 1.0), 16 bits for 128 in 4-bit integers."""

WIDE = ("bf16", "fp16")
"""Formats of 16 bits."""

WEIGHTS_ONLY = ("int4",)
"""Formats that only store weights: products run in 16 bits everywhere."""


def storage_of(precision: str) -> str:
    """Return the name of the format that weights are stored in.

    >>> storage_of("NVFP4"), storage_of("MXFP4"), storage_of("bfloat16")
    ('fp4', 'mxfp4', 'bf16')
    """
    word = precision.strip().casefold()
    return word if word in STORED else format_of(word)


def running_format(item: Item, stored: str, catalog: Catalog) -> str:
    """Return the format that products run in: the stored one where the chip has it, else 16 bits.

    A chip without the format unpacks weights on the way from memory: it gains their smaller traffic, not their rate.

    >>> from chipgauge.specs.catalog import catalog
    >>> [running_format(catalog().find(chip), "fp4", catalog()) for chip in ("B200", "H100")]
    ['fp4', 'bf16']
    """
    name = "fp4" if stored == "mxfp4" else stored
    if stored in WEIGHTS_ONLY or FORMATS[name] == 2:
        return "bf16"
    return name if quantity(f"peak.{name}", item.id, catalog=catalog).known else "bf16"


def device_of(item: Item, precision: str, catalog: Catalog, *, age: float = 1e9) -> Device:
    """Return the device of a chip, as Figures.

    Parameters
    ----------
    age : float
        Time from the release of the chip's family to the run; programs of old chips are mature. [s]

    Raises
    ------
    UnknownValue
        A figure that the model needs is unknown; the message names it.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> d = device_of(catalog().find("H200"), "fp8", catalog())
    >>> d.peak.to("TFLOP/s"), d.weight.value
    (1979.0, 1.0)
    """
    stored = storage_of(precision)
    runs = running_format(item, stored, catalog)

    def of(what: str) -> Figure:
        return quantity(what, item.id, catalog=catalog)

    wide = first_known([of("peak.bf16"), of("peak.fp16")])
    peak = wide if runs == "bf16" else first_known([of(f"peak.{runs}")])
    links = [figure for figure in (of("scale_up.bandwidth"), of("host.bandwidth")) if figure.known]
    up = links[0] if links else plain(f"{item.id}/scale_up", 50.0, "GB/s", assumed="not stated: the host's bus")
    out = of("scale_out.bandwidth")
    if not out.known:
        out = plain(f"{item.id}/scale_out", 50.0, "GB/s", assumed="not stated: one 400 Gbit/s port for each chip")
    power = power_of(item, catalog)
    narrow_experts = stored == "mxfp4"
    weight = 2.0 if narrow_experts else STORED[stored]
    return Device(
        peak=wide if narrow_experts else peak, peak16=wide, expert_peak=peak,
        bandwidth=first_known([of("memory.bandwidth")]), memory=usable_memory(item, catalog), up=up, out=out,
        domain=domain_of(item, catalog), element=plain("element", FORMATS[runs], "byte"),
        weight=plain("weight", weight, "byte"), expert_weight=plain("expert_weight", STORED[stored], "byte"),
        wide=plain("wide", 2.0, "byte"), power=power, age=plain("age", age, "s"), shared=plain("shared", 0.0 if has_links(item, catalog) else 1.0), narrow=plain("narrow", 1.0 if FORMATS[runs] < 2 else 0.0),
    )  # fmt: skip


def power_of(item: Item, catalog: Catalog) -> Figure:
    """Return the power limit of a chip; where it is not stated, the highest of its family; without one, none. [W]

    >>> from chipgauge.specs.catalog import catalog
    >>> power_of(catalog().find("GH200 96GB"), catalog()).to("W")
    700.0
    """
    own = quantity("power.tdp", item.id, catalog=catalog)
    if own.known:
        return own
    kin = [quantity("power.tdp", other.id, catalog=catalog) for other in kin_of(item, catalog)]
    stated = [figure for figure in kin if figure.known]
    if stated:
        return max(stated, key=lambda figure: figure.number)
    return plain(f"{item.id}/power", 1e6, "W", assumed="not stated: never the limit")


def device_numbers(device: Device) -> Device:
    """Return the same device in plain numbers."""
    return Device(*(figure.number for figure in device))


__all__ = ["STORED", "UnknownValue", "device_numbers", "device_of", "running_format", "storage_of"]
