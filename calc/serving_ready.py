# SPDX-License-Identifier: Apache-2.0
"""What a serving question begins from: a model on a chip in one precision, and the space of plans that both searches share."""

from __future__ import annotations

from typing import NamedTuple

from chipgauge.calc.architecture import Architecture, architecture_of
from chipgauge.calc.cases import first_release
from chipgauge.calc.machine import has_links, plain
from chipgauge.calc.serving import Achieved, Device, Requests, Serving
from chipgauge.calc.serving_cases import program_age
from chipgauge.calc.serving_constants import achieved_of
from chipgauge.calc.serving_device import WIDE, device_numbers, device_of, running_format
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.records import Item

TENSOR = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Tensor ranks that a search tries."""

UNITS = {"cache": "byte"}
"""Units of the fields of a plan; the others are counts."""


class Ready(NamedTuple):
    """A model on a chip in one precision: Figures, or plain numbers. `cache` is the bytes of a cached element."""

    a: Architecture
    device: Device
    e: Achieved
    cache: float


class Setting(NamedTuple):
    """A model, a chip and a program, whatever the precision: the model and how long programs could mature on the chip."""

    a: Architecture
    chip: Item
    engine: str
    age: float
    catalog: Catalog
    constants: Constants


def setting_of(model: Item, chip: Item, engine: str, *, catalog: Catalog, constants: Constants) -> Setting:
    """Return what every precision of a model on a chip shares."""
    age = program_age(engine, first_release(chip, catalog), catalog.as_of[:7])
    return Setting(architecture_of(model, catalog), chip, engine, age, catalog, constants)


def ready(setting: Setting, stored: str) -> Ready:
    """Return the model on the chip with its weights stored in a format, as Figures.

    Raises
    ------
    UnknownValue
        A figure that the model needs is unknown; the message names it.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> c = catalog()
    >>> setting = setting_of(c.find("Llama-3.1-70B"), c.find("H200"), "any", catalog=c, constants=constants())
    >>> [ready(setting, stored).cache for stored in ("bf16", "fp8")]
    [2.0, 1.0]
    """
    chip, catalog = setting.chip, setting.catalog
    runs = running_format(chip, stored, catalog)
    packed = runs == "bf16" and stored not in WIDE
    device = device_of(chip, stored, catalog, age=setting.age)
    e = achieved_of(chip.id, runs, setting.engine, setting.constants.figures, packed, bus=not has_links(chip, catalog))
    return Ready(setting.a, device, e, 1.0 if stored not in WIDE and not setting.a.numbers().kv_rank else 2.0)


def ready_numbers(made: Ready) -> Ready:
    """Return the same in plain numbers."""
    e = Achieved(*(figure.number for figure in made.e))
    return Ready(made.a.numbers(), device_numbers(made.device), e, made.cache)


def plan_figures(plan: Serving) -> Serving:
    """Return a plan of numbers as Figures."""
    fields = zip(Serving._fields, plan, strict=True)
    return Serving(*(plain(name, value, UNITS.get(name, "1")) for name, value in fields))


def request_figures(prompt: float, answer: float) -> Requests:
    """Return the tokens of a prompt and of an answer as Figures."""
    return Requests(plain("prompt", prompt), plain("answer", answer))


__all__ = [
    "TENSOR",
    "UNITS",
    "Ready",
    "Setting",
    "plan_figures",
    "ready",
    "ready_numbers",
    "request_figures",
    "setting_of",
]
