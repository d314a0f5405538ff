# SPDX-License-Identifier: Apache-2.0
"""Which fitted constants apply to a chip, a format and a kind of program: the lookup between a table and the model.

A constant is named `kind@class`, for example `product.fp8@hopper` or `tensor_overlap@fused`. A class without its own
constant takes `kind@any`, whose range spans the measured classes: never a silent 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chipgauge.calc.formula import formula
from chipgauge.calc.plan import Efficiency
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure

FAMILIES = {
    "nvidia-a100": "ampere", "nvidia-a800": "ampere", "nvidia-h100": "hopper", "nvidia-h200": "hopper",
    "nvidia-h800": "hopper", "nvidia-h20": "hopper", "nvidia-gh200": "hopper", "nvidia-b200": "blackwell",
    "nvidia-b300": "blackwell", "nvidia-gb200": "blackwell", "nvidia-gb300": "blackwell", "nvidia-b100": "blackwell",
    "huawei-ascend-910": "ascend",
}  # fmt: skip
"""Beginnings of the ids of chips that share an architecture of their matrix units."""

FACTORS: dict[str, tuple[str, ...]] = {
    "product": ("product.{format}@{family}", "sustained.{format}@{family}"),
    "product16": ("product.bf16@{family}", "sustained.bf16@{family}"),
    "attention": ("attention@{family}", "attention_share@{program}"),
    "experts": ("product.{format}@{family}", "sustained.{format}@{family}", "experts@{format}"),
    "memory": ("memory@{family}",),
    "wave": ("wave@any",),
    "launch": ("launch@{format}",),
    "traffic": ("traffic@{program}",),
    "kernels": ("kernels@{program}",),
    "accumulation": ("accumulation@{program}",),
    "crossings": ("crossings@any",),
    "up": ("up@any",),
    "out": ("out@any",),
    "latency": ("latency@any",),
    "ramp": ("ramp@any",),
    "chunking": ("chunking@{program}",),
    "tensor_overlap": ("tensor_overlap@{program}",),
    "expert_overlap": ("expert_overlap@{program}",),
    "data_overlap": ("data_overlap@{program}",),
    "context_overlap": ("context_overlap@{program}",),
    "gather_overlap": ("gather_overlap@{program}",),
    "pipeline_overlap": ("pipeline_overlap@{program}",),
    "immaturity": ("immaturity@any",),
    "maturing": ("maturing@any",),
}
"""For each field of an Efficiency the constants whose product it is."""


@formula(returns="1", cite="definition: a share of a share", whole="1", share="1")
def share_of_share(*, whole: Any, share: Any) -> Any:
    """Return the product of two efficiencies. [1]"""
    return whole * share


def family_of(chip: str) -> str:
    """Return the class of a chip's matrix units; `any` for one that no measurement speaks about.

    >>> family_of("nvidia-h20-96gb"), family_of("google-tpu-v5p")
    ('hopper', 'any')
    """
    return next((family for start, family in FAMILIES.items() if chip.startswith(start)), "any")


def keys_of(chip: str, precision: str, program: str, known: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
    """Return the names of the constants of each field of an Efficiency, those of `any` class where there is none.

    >>> keys_of("nvidia-h100-sxm", "fp8", "fused", lambda key: True)["product"]
    ('product.fp8@hopper', 'sustained.fp8@hopper')
    """
    words = {"family": family_of(chip), "format": "bf16" if precision == "fp16" else precision, "program": program}
    words["format"] = "fp8" if words["format"] == "int8" else words["format"]
    found: dict[str, tuple[str, ...]] = {}
    for field, patterns in FACTORS.items():
        names = [pattern.format(**words) for pattern in patterns]
        found[field] = tuple(name if known(name) else f"{name.partition('@')[0]}@any" for name in names)
    return found


def efficiency_of(chip: str, precision: str, program: str, table: Mapping[str, Figure]) -> Efficiency:
    """Return the Efficiency of a chip, a format and a kind of program, as Figures.

    Raises
    ------
    UnknownValue
        The table lacks a constant, for its class and for any.
    """
    fields: dict[str, Any] = {}
    for field, names in keys_of(chip, precision, program, table.__contains__).items():
        lacking = [name for name in names if name not in table]
        if lacking:
            raise UnknownValue(f"there is no fitted constant {lacking[0]}; run chipgauge validate --fit")
        fields[field] = table[names[0]]
        for name in names[1:]:
            fields[field] = share_of_share(whole=fields[field], share=table[name])
    return Efficiency(**fields)
