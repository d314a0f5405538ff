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
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure

FAMILIES = {
    "nvidia-a100": "ampere", "nvidia-a800": "ampere", "nvidia-h100": "hopper", "nvidia-h200": "hopper",
    "nvidia-h800": "hopper", "nvidia-gh200": "hopper", "nvidia-b200": "blackwell",
    "nvidia-b300": "blackwell", "nvidia-gb200": "blackwell", "nvidia-gb300": "blackwell", "nvidia-b100": "blackwell",
    "nvidia-h20": "hopper-h20", "nvidia-a30": "ampere", "nvidia-l4": "ada", "nvidia-l40": "ada", "nvidia-l40s": "ada",
    "nvidia-l20": "ada", "nvidia-rtx-6000-ada": "ada", "amd-mi3": "cdna", "huawei-ascend-910": "ascend",
}  # fmt: skip
"""Beginnings of the ids of chips that share an architecture of their matrix units. H20 is Hopper with a sixth of its
matrix rate, so that neither power nor memory hold its products back; what has no constant of its own takes Hopper's."""

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

    >>> family_of("nvidia-h20-96gb"), family_of("nvidia-h200-sxm"), family_of("google-tpu-v5p")
    ('hopper-h20', 'hopper', 'any')
    """
    found = [start for start in FAMILIES if chip.startswith(start)]
    exact = [start for start in found if chip == start or chip.startswith(start + "-")]
    return FAMILIES.get(max(exact or found, key=len, default=""), "any")


def known_name(name: str, known: Callable[[str], bool]) -> str:
    """Return the constant that stands for a name: its own, that of the wider family, that of any class.

    >>> known_name("attention@hopper-h20", {"attention@hopper"}.__contains__)
    'attention@hopper'
    """
    kind, _, label = name.partition("@")
    return next((one for one in (name, f"{kind}@{label.split('-')[0]}") if known(one)), f"{kind}@any")


def keys_of(chip: str, precision: str, program: str, known: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
    """Return the names of the constants of each field of an Efficiency, those of `any` class where there is none.

    >>> keys_of("nvidia-h100-sxm", "fp8", "fused", lambda key: True)["product"]
    ('product.fp8@hopper', 'sustained.fp8@hopper')
    """
    return named(FACTORS, {"family": family_of(chip), "format": rate_of(precision), "program": program}, known)


def rate_of(precision: str) -> str:
    """Return the format whose constants another one takes: FP16 those of BF16, INT8 those of FP8.

    >>> rate_of("int8"), rate_of("fp4")
    ('fp8', 'fp4')
    """
    return {"fp16": "bf16", "int8": "fp8"}.get(precision, precision)


def named(
    factors: Mapping[str, tuple[str, ...]], words: Mapping[str, str], known: Callable[[str], bool]
) -> dict[str, tuple[str, ...]]:
    """Return for each field the constants whose product it is: the patterns with the words of a chip and a program."""
    return {
        field: tuple(known_name(pattern.format(**words), known) for pattern in patterns)
        for field, patterns in factors.items()
    }


TRAINED = ("ampere", "hopper")
"""Families of chips of which training runs of more than one source were fitted."""


def trained(form: str, chip: str, known: Callable[[str], bool]) -> bool:
    """Tell whether training runs on the kin of a chip, in the format whose constants it takes, were measured.

    >>> [trained(form, "nvidia-h100-sxm", {"sustained.fp8@hopper"}.__contains__) for form in ("int8", "fp4")]
    [True, False]
    """
    family = family_of(chip)
    return family in TRAINED and known(f"sustained.{rate_of(form)}@{family}")


def training_width(program: str, form: str, chip: str, constants: Constants) -> float:
    """Return the half-width of an interval of a training step; wider without measured kin. [logarithm]

    >>> table = Constants({}, {"fused": 0.1, "unmeasured": 0.2}, {})
    >>> training_width("fused", "bf16", "google-tpu-v5p", table)
    0.2
    """
    widths = constants.widths
    own = widths.get(program, max(widths.values(), default=0.3))
    measured = trained(form, chip, constants.figures.__contains__)
    return own if measured else max(own, widths.get("unmeasured", own))


def efficiency_of(chip: str, precision: str, program: str, table: Mapping[str, Figure]) -> Efficiency:
    """Return the Efficiency of a chip, a format and a kind of program, as Figures.

    Raises
    ------
    UnknownValue
        The table lacks a constant, for its class and for any.
    """
    return Efficiency(**figures_of(keys_of(chip, precision, program, table.__contains__), table))


def figures_of(keys: Mapping[str, tuple[str, ...]], table: Mapping[str, Figure]) -> dict[str, Any]:
    """Return for each field the product of its constants; an error names one that the table lacks."""
    fields: dict[str, Any] = {}
    for field, names in keys.items():
        lacking = [name for name in names if name not in table]
        if lacking:
            raise UnknownValue(f"there is no fitted constant {lacking[0]}; run chipgauge validate --fit")
        fields[field] = table[names[0]]
        for name in names[1:]:
            fields[field] = share_of_share(whole=fields[field], share=table[name])
    return fields
