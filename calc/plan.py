# SPDX-License-Identifier: Apache-2.0
"""What a prediction is asked about: the plan of a run, the machine it runs on, and what that machine achieves.

Each is a named tuple whose fields are numbers, equal-length arrays (columns of plans) or Figures.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.specs.errors import ChipgaugeError, did_you_mean

RECOMPUTE = {"none": (0.0, 0.0), "selective": (0.0, 1.0), "full": (1.0, 0.0)}
"""Words for recomputation: the share of layers computed again in full, and whether the scores are."""


class Plan(NamedTuple):
    """How a training step is spread over chips; ranks are numbered tensor, context, data, pipeline.

    `chunks` is the number of model chunks a stage holds (1: no interleaving); `zero` is the ZeRO stage, 0 to 3;
    `recompute` the share of layers recomputed in full, `selective` 1 where only scores are; `sequence` 1 for sequence
    parallelism beside tensor parallelism; `fused` 1 for attention that never writes its scores (0: before mid-2022).
    """

    tensor: Any = 1.0
    pipeline: Any = 1.0
    chunks: Any = 1.0
    data: Any = 1.0
    context: Any = 1.0
    expert: Any = 1.0
    zero: Any = 1.0
    micro_batch: Any = 1.0
    recompute: Any = 0.0
    selective: Any = 0.0
    sequence: Any = 1.0
    fused: Any = 1.0


class Machine(NamedTuple):
    """One chip and its network: peaks of the products' format and of 16 bits, memory, both tiers each way, domain.

    `element` is the bytes of an element in the products, `narrow` 1 where they run in 8 bits or fewer.
    """

    peak: Any
    peak16: Any
    bandwidth: Any
    memory: Any
    up: Any
    out: Any
    domain: Any
    element: Any = 2.0
    narrow: Any = 0.0


class Efficiency(NamedTuple):
    """What of a machine's peaks a program reaches; fitted (see `calc.fit`), except where a row says `counted`."""

    product: Any
    product16: Any
    attention: Any
    experts: Any
    memory: Any
    wave: Any
    launch: Any
    traffic: Any
    kernels: Any
    accumulation: Any
    crossings: Any
    up: Any
    out: Any
    latency: Any
    ramp: Any
    chunking: Any
    tensor_overlap: Any
    expert_overlap: Any
    data_overlap: Any
    context_overlap: Any
    gather_overlap: Any
    pipeline_overlap: Any
    immaturity: Any
    maturing: Any


KERNELS = ("fused", "classic", "eager")
"""Kinds of program: fused kernels and overlapped communication (Megatron-Core, compiled JAX); the Megatron of 2021 and
early 2022, which writes attention scores and overlaps nothing; PyTorch without fused vector operations."""

KEYS = {
    "tp": "tensor", "pp": "pipeline", "vp": "chunks", "dp": "data", "cp": "context", "ep": "expert", "zero": "zero",
    "mb": "micro_batch", "sp": "sequence",
}  # fmt: skip
"""Short names in a plan's text."""


def parse_plan(text: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the fields that a text states, and its words: `kernels` (of `KERNELS`); `layers` is a reduced-layer run.

    Raises
    ------
    ChipgaugeError
        An unknown name, or a value that is not allowed, with those that are.

    Examples
    --------
    >>> parse_plan("tp=8, pp=16, recompute=selective, kernels=classic")
    ({'tensor': 8.0, 'pipeline': 16.0, 'recompute': 0.0, 'selective': 1.0}, {'kernels': 'classic'})
    """
    stated: dict[str, float] = {}
    words: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name == "recompute":
            stated["recompute"], stated["selective"] = _recompute(value)
        elif name == "kernels":
            if value not in KERNELS:
                raise ChipgaugeError(f"kernels in a plan are {', '.join(KERNELS)}, got {value[:40]!r}")
            words[name] = value
        elif name in KEYS or name == "layers":
            stated[KEYS.get(name, name)] = _whole(name, value)
        else:
            allowed = [*KEYS, "recompute", "kernels", "layers"]
            near = did_you_mean(name, allowed, 1) or f" Allowed: {', '.join(allowed)}."
            raise ChipgaugeError(f"a plan has no {name[:40]!r}.{near} Write for example tp=8,pp=4,recompute=selective")
    return stated, words


def _recompute(value: str) -> tuple[float, float]:
    if value in RECOMPUTE:
        return RECOMPUTE[value]
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ChipgaugeError(f"recompute is none, selective, full or a share of the layers, got {value[:40]!r}")
    return share, 0.0


def _whole(name: str, value: str) -> float:
    least, most = {"zero": (0, 3), "sp": (0, 1)}.get(name, (1, 10**7))
    if not value.isdigit() or not least <= int(value) <= most:
        raise ChipgaugeError(f"{name} in a plan is a whole number from {least} to {most}, got {value[:40]!r}")
    return float(value)


def plan_text(plan: Plan) -> str:
    """Return a plan of numbers as text that `parse_plan` reads.

    >>> plan_text(Plan(tensor=8, pipeline=4, selective=1.0))
    'tp=8,pp=4,vp=1,dp=1,cp=1,ep=1,zero=1,mb=1,sp=1,recompute=selective'
    """
    words = [f"{short}={getattr(plan, name):.0f}" for short, name in KEYS.items()]
    share = f"{plan.recompute:.0%}" if 0 < plan.recompute < 1 else "full" if plan.recompute else "none"
    words.append(f"recompute={'selective' if plan.selective and not plan.recompute else share}")
    return ",".join(words + ([] if plan.fused else ["kernels=classic"]))
