# SPDX-License-Identifier: Apache-2.0
"""What a prediction is asked about: the plan of a run, the machine it runs on, and what that machine achieves.

Each is a named tuple whose fields are numbers, equal-length arrays (columns of plans) or Figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    return parse_fields(text, _READERS, what="a plan", example="tp=8,pp=4,recompute=selective")


Reader = Callable[[str, str], Mapping[str, float | str]]
"""What reads one `name=value` of a plan: fields that are numbers, and words."""


def parse_fields(
    text: str, readers: Mapping[str, Reader], *, what: str, example: str
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the numbers and the words of a text such as `tp=8,pp=4`, each name read by its own reader.

    Raises
    ------
    ChipgaugeError
        A name that no reader has, with those that there are.

    Examples
    --------
    >>> parse_fields("a=2, b=x", {"a": lambda name, value: {name: float(value)}, "b": lambda name, value: {name: value}},
    ...              what="a plan", example="a=2")
    ({'a': 2.0}, {'b': 'x'})
    """
    stated: dict[str, float] = {}
    words: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in readers:
            near = did_you_mean(name, readers, 1) or f" Allowed: {', '.join(readers)}."
            raise ChipgaugeError(f"{what} has no {name[:40]!r}.{near} Write for example {example}")
        for field, found in readers[name](name, value).items():
            if isinstance(found, str):
                words[field] = found
            else:
                stated[field] = found
    return stated, words


def one_of(name: str, value: str, allowed: Sequence[str], what: str) -> str:
    """Return a word that is one of those allowed.

    Raises
    ------
    ChipgaugeError
        It is not; the message names them, and the nearest.
    """
    if value in allowed:
        return value
    near = did_you_mean(value, allowed, 1)
    raise ChipgaugeError(f"{name} in {what} is one of {', '.join(allowed)}, got {value[:40]!r}.{near}")


def _recompute(_: str, value: str) -> Mapping[str, float]:
    share, selective = RECOMPUTE[value] if value in RECOMPUTE else (_share(value), 0.0)
    return {"recompute": share, "selective": selective}


def _share(value: str) -> float:
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ChipgaugeError(f"recompute is none, selective, full or a share of the layers, got {value[:40]!r}")
    return share


def _kernels(name: str, value: str) -> Mapping[str, str]:
    return {name: one_of(name, value, KERNELS, "a plan")}


def _whole(name: str, value: str) -> Mapping[str, float]:
    least, most = {"zero": (0, 3), "sp": (0, 1)}.get(name, (1, 10**7))
    if not value.isdigit() or not least <= int(value) <= most:
        raise ChipgaugeError(f"{name} in a plan is a whole number from {least} to {most}, got {value[:40]!r}")
    return {KEYS.get(name, name): float(value)}


_READERS: dict[str, Reader] = {
    **dict.fromkeys(KEYS, _whole), "recompute": _recompute, "kernels": _kernels, "layers": _whole,
}  # fmt: skip


def plan_text(plan: Plan) -> str:
    """Return a plan of numbers as text that `parse_plan` reads.

    >>> plan_text(Plan(tensor=8, pipeline=4, selective=1.0))
    'tp=8,pp=4,vp=1,dp=1,cp=1,ep=1,zero=1,mb=1,sp=1,recompute=selective'
    """
    words = [f"{short}={getattr(plan, name):.0f}" for short, name in KEYS.items()]
    share = f"{plan.recompute:.0%}" if 0 < plan.recompute < 1 else "full" if plan.recompute else "none"
    words.append(f"recompute={'selective' if plan.selective and not plan.recompute else share}")
    return ",".join(words + ([] if plan.fused else ["kernels=classic"]))


def plan_values(fields: Mapping[str, float]) -> str:
    """Return some fields of a plan by their short names.

    >>> plan_values({"pipeline": 10.0, "recompute": 0.4})
    'pp=10, recompute=40%'
    """
    short = {name: key for key, name in KEYS.items()}
    return ", ".join(f"{short[n]}={value:.0f}" if n in short else f"{n}={value:.0%}" for n, value in fields.items())
