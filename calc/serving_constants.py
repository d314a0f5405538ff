# SPDX-License-Identifier: Apache-2.0
"""Which fitted constants apply to a chip, a format and a serving program: the lookup between a table and the model.

Constants of products, memory and collectives are those of training; those of serving alone stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chipgauge.calc.efficiency import family_of, figures_of, named, rate_of
from chipgauge.calc.serving import Achieved
from chipgauge.specs.figure import Figure

FACTORS: dict[str, tuple[str, ...]] = {
    "product": ("product.{format}@{family}",),
    "energy": ("energy@{family}",),
    "product16": ("product.bf16@{family}",),
    "experts": ("product.{format}@{family}", "routed@{family}", "unpack@{packed}"),
    "attention": ("prompts@{family}",),
    "latent": ("latent@{family}",),
    "memory": ("memory@{family}",),
    "stream": ("stream@{family}",),
    "wave": ("wave@any",),
    "launch": ("launch@{format}",),
    "gap": ("gap@any",),
    "kernels": ("kernels@serving",),
    "kernel": ("kernel@any",),
    "traffic": ("traffic@serving",),
    "graph": ("graph@any",),
    "tile": ("tile@any",),
    "uneven": ("uneven@any",),
    "stages": ("stages@any",),
    "up": ("up@{links}",),
    "out": ("out@any",),
    "latency": ("latency@any",),
    "ramp": ("ramp@any",),
    "exchange_up": ("up@exchange",),
    "exchange_out": ("out@exchange",),
    "exchange": ("latency@exchange",),
    "overlap": ("expert_overlap@serving",),
    "host": ("host@{engine}",),
    "sequence": ("sequence@{engine}",),
    "held": ("held@any",),
    "reserve": ("reserve@any",),
    "program": ("program@{engine}",),
    "immaturity": ("immaturity@serving",),
    "maturing": ("maturing@serving",),
}
"""For each field of an Achieved the constants whose product it is."""


def serving_keys(
    chip: str, precision: str, engine: str, known: Callable[[str], bool], packed: bool = False, bus: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return the names of the constants of each field of an Achieved, those of `any` class where there is none.

    >>> serving_keys("nvidia-h100-sxm", "fp8", "vllm", lambda key: True)["host"]
    ('host@vllm',)
    """
    words = {"family": family_of(chip), "format": rate_of(precision), "engine": engine}
    return named(FACTORS, {**words, "packed": "packed" if packed else "plain", "links": "bus" if bus else "any"}, known)


def achieved_of(
    chip: str, precision: str, engine: str, table: Mapping[str, Figure], packed: bool = False, bus: bool = False
) -> Achieved:
    """Return what a program achieves on a chip in the format that runs, as Figures.

    Raises
    ------
    UnknownValue
        The table lacks a constant, for its class and for any.
    """
    return Achieved(**figures_of(serving_keys(chip, precision, engine, table.__contains__, packed, bus), table))


MEASURED = ("ampere", "hopper", "hopper-h20", "blackwell", "ada", "cdna")
"""Families of chips of which whole serving runs were fitted."""


def width_of(kind: str, chip: str, widths: Mapping[str, float]) -> float:
    """Return the half-width of an interval of a kind of prediction; wider for a chip without measured kin. [logarithm]

    >>> widths = {"offline": 0.3, "unmeasured_serving": 0.4}
    >>> width_of("offline", "nvidia-h200-sxm", widths), width_of("offline", "google-tpu-v5p", widths)
    (0.3, 0.4)
    """
    own = widths.get(kind, max(widths.values(), default=0.3))
    return own if family_of(chip) in MEASURED else max(own, widths.get("unmeasured_serving", own))
