# SPDX-License-Identifier: Apache-2.0
"""Which fitted constants apply to a chip, a format and a serving program: the lookup between a table and the model.

A constant is named `kind@class`; a class without its own takes `kind@any`, whose range spans the measured classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chipgauge.calc.efficiency import FAMILIES, share_of_share
from chipgauge.calc.serving import Achieved
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure

MORE = {
    "nvidia-h20": "hopper-h20", "nvidia-l40": "ada", "nvidia-l4": "ada", "nvidia-l20": "ada", "nvidia-rtx-6000-ada": "ada",
    "nvidia-a30": "ampere", "nvidia-rtx-pro-6000": "any", "amd-mi3": "cdna",
}  # fmt: skip
"""Beginnings of ids beside or before those of `calc.efficiency`: H20 is Hopper with a sixth of its matrix rate, so that
neither power nor memory hold its products back."""

FACTORS: dict[str, tuple[str, ...]] = {
    "product": ("product.{format}@{family}",),
    "energy": ("energy@{family}",),
    "product16": ("product.bf16@{family}",),
    "experts": ("product.{format}@{family}", "experts@any", "unpack@{packed}"),
    "attention": ("attention@{family}",),
    "latent": ("latent@{family}",),
    "memory": ("memory@{family}",),
    "stream": ("stream@{family}",),
    "wave": ("wave@any",),
    "launch": ("launch@any",),
    "gap": ("gap@any",),
    "kernels": ("kernels@any",),
    "kernel": ("kernel@any",),
    "graph": ("graph@any",),
    "tile": ("tile@any",),
    "uneven": ("uneven@any",),
    "stages": ("stages@any",),
    "up": ("up@any",),
    "out": ("out@any",),
    "latency": ("latency@any",),
    "exchange": ("exchange@any",),
    "overlap": ("overlap@any",),
    "host": ("host@{engine}",),
    "sequence": ("sequence@{engine}",),
    "held": ("held@any",),
    "reserve": ("reserve@any",),
    "program": ("program@{engine}",),
    "immaturity": ("immaturity@any",),
    "maturing": ("maturing@any",),
}
"""For each field of an Achieved the constants whose product it is."""


def family_of(chip: str) -> str:
    """Return the class of a chip for serving; `any` for one that no measurement speaks about.

    >>> family_of("nvidia-h20-96gb"), family_of("nvidia-h200-sxm"), family_of("google-tpu-v5p")
    ('hopper-h20', 'hopper', 'any')
    """
    starts = {**FAMILIES, **MORE}
    found = [start for start in starts if chip == start or chip.startswith(start)]
    exact = [start for start in found if chip == start or chip.startswith(start + "-")]
    best = max(exact or found, key=len, default="")
    return starts.get(best, "any")


def keys_of(
    chip: str, precision: str, engine: str, known: Callable[[str], bool], packed: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return the names of the constants of each field of an Achieved, those of `any` class where there is none.

    >>> keys_of("nvidia-h100-sxm", "fp8", "vllm", lambda key: True)["host"]
    ('host@vllm',)
    """
    form = {"fp16": "bf16", "int8": "fp8"}.get(precision, precision)
    words = {"family": family_of(chip), "format": form, "engine": engine, "packed": "packed" if packed else "plain"}
    found: dict[str, tuple[str, ...]] = {}
    for field, patterns in FACTORS.items():
        names = [pattern.format(**words) for pattern in patterns]
        found[field] = tuple(name if known(name) else f"{name.partition('@')[0]}@any" for name in names)
    return found


def achieved_of(chip: str, precision: str, engine: str, table: Mapping[str, Figure], packed: bool = False) -> Achieved:
    """Return what a program achieves on a chip in the format that runs, as Figures.

    Raises
    ------
    UnknownValue
        The table lacks a constant, for its class and for any.
    """
    fields: dict[str, Any] = {}
    for field, names in keys_of(chip, precision, engine, table.__contains__, packed).items():
        lacking = [name for name in names if name not in table]
        if lacking:
            raise UnknownValue(f"there is no fitted constant {lacking[0]}; run chipgauge validate --fit")
        fields[field] = table[names[0]]
        for name in names[1:]:
            fields[field] = share_of_share(whole=fields[field], share=table[name])
    return Achieved(**fields)
