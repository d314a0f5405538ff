# SPDX-License-Identifier: Apache-2.0
"""A chip of the catalogue as the machine that a prediction runs on: peaks, memory, links and the size of its domain."""

from __future__ import annotations

from chipgauge.calc.formula import formula
from chipgauge.calc.parts import systems_of
from chipgauge.calc.plan import Machine
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName, UnknownValue, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import parse_unit

FORMATS = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5}
"""The formats of matrix products, and the bytes of an element."""

SPELLINGS = {"bfloat16": "bf16", "float16": "fp16", "half": "fp16", "nvfp4": "fp4", "mxfp4": "fp4", "mxfp8": "fp8"}

NODE = 8.0
"""Chips in a scale-up domain where no system in the tables says otherwise: the usual server board."""


@formula(
    returns="byte",
    cite="definition: memory is sold in GB and counts GiB (a part sold as 186 GB reports 189,471 MiB)",
    capacity="byte",
)
def binary_capacity(*, capacity: float) -> float:
    """Return the memory of a device whose label says GB: 2^30 bytes each. [byte]

    >>> round(binary_capacity(capacity=80e9) / 1e9, 1)
    85.9
    """
    return capacity * 1.073741824


def format_of(precision: str) -> str:
    """Return the format that a word for a precision names.

    >>> format_of("NVFP4"), format_of("bfloat16")
    ('fp4', 'bf16')
    """
    word = precision.strip().casefold()
    name = SPELLINGS.get(word, word)
    if name not in FORMATS:
        near = did_you_mean(word, [*FORMATS, *SPELLINGS], 1) or f" Formats: {', '.join(FORMATS)}."
        raise UnknownName(f"no format of matrix products is called {precision[:40]!r}.{near}")
    return name


def plain(name: str, value: float, unit: str = "1", *, assumed: str = "") -> Figure:
    """Return the leaf of a number that the user gave, or that is assumed for a reason."""
    given = parse_unit(unit)
    shown = f"{value:.12g}" + ("" if unit == "1" else f" {unit}")
    number = value * given.numerator / given.denominator
    if assumed:
        return Figure(name, "leaf", name, number, given, text=shown, status="assumed", why=assumed)
    return Figure(name, "leaf", name, number, given, text=shown, status="stated", sources=("given",))


def domain_of(item: Item, catalog: Catalog) -> Figure:
    """Return how many chips share the scale-up domain: those of the largest system in the tables that is made of it."""
    systems = systems_of(item, catalog)
    if systems:
        return systems[-1][1]
    return plain(f"{item.id}/domain", NODE, assumed="no system in the tables is made of this chip: a board of eight")


def machine_of(item: Item, precision: str, catalog: Catalog) -> Machine:
    """Return the machine of a chip, as Figures.

    Raises
    ------
    UnknownValue
        A figure that the model needs is unknown, or the chip does not have the format; the message names it.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> m = machine_of(catalog().find("H100"), "fp8", catalog())
    >>> m.peak.to("TFLOP/s"), m.up.to("GB/s"), m.domain.number
    (1979.0, 450.0, 8.0)
    """
    name = format_of(precision)

    def of(what: str) -> Figure:
        return quantity(what, Subject(item), catalog=catalog)

    wide = first_known([of("peak.bf16"), of("peak.fp16")])
    peak = first_known([of(f"peak.{name}"), *([wide] if FORMATS[name] == 2 else [])])
    memory = usable_memory(item, catalog)
    up = first_known([of("scale_up.bandwidth"), of("host.bandwidth")])
    out = of("scale_out.bandwidth")
    if not out.known:
        out = plain(f"{item.id}/scale_out", 50.0, "GB/s", assumed="not stated: one 400 Gbit/s port for each chip")
    return Machine(
        peak=peak, peak16=wide, bandwidth=first_known([of("memory.bandwidth")]), memory=memory, up=up, out=out,
        domain=domain_of(item, catalog), element=plain("element", FORMATS[name], "byte"),
        narrow=plain("narrow", float(FORMATS[name] < 2)),
    )  # fmt: skip


def has_links(item: Item, catalog: Catalog) -> bool:
    """Tell whether a chip has links of its own to other chips, beside the bus of its host.

    >>> from chipgauge.specs.catalog import catalog
    >>> [has_links(catalog().find(chip), catalog()) for chip in ("H20", "L40S")]
    [True, False]
    """
    return quantity("scale_up.bandwidth", item.id, catalog=catalog).known


def usable_memory(item: Item, catalog: Catalog) -> Figure:
    """Return the memory that a device reports, or what its label means. [byte]"""
    usable, capacity = (quantity(name, item.id, catalog=catalog) for name in ("memory.usable", "memory.capacity"))
    made: Figure = usable if usable.known else binary_capacity(capacity=first_known([capacity]))
    return made


def first_known(figures: list[Figure]) -> Figure:
    """Return the first figure with a number; an error that names the first one and why it has none."""
    for figure in figures:
        if figure.known:
            return figure
    lacking = figures[0]
    raise UnknownValue(f"{lacking.key} is {lacking.state}: {lacking.why}")


def numbers(machine: Machine) -> Machine:
    """Return the same machine in plain numbers."""
    return Machine(*(figure.number for figure in machine))
