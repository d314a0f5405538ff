# SPDX-License-Identifier: Apache-2.0
"""What a serving prediction is asked about: the plan of one instance, the requests, and what programs achieve.

Each is a named tuple whose fields are numbers, equal-length arrays (columns of plans) or Figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chipgauge.calc.plan import Reader, one_of, parse_fields
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure


class Serving(NamedTuple):
    """How one instance of a model is spread over chips, and how full it is.

    `chips` serve one copy of the weights. Attention and dense matrices are split over `tensor` ranks, so that
    `chips / tensor` groups attend to sequences of their own; the experts lie whole on `expert` ranks, each expert split
    over `chips / expert` of them; with `pipeline` stages `chips` are those of one stage. `sequences` decode at once in one group (infinite: as many as memory holds). A step
    verifies `draft` tokens of a sequence and keeps `accepted` of them on average (1 and 1: no speculation). `cache` is
    the bytes of a cached element, `most` the sequences and `chunk` the tokens that the program takes into one step. `skew` is 0 where experts were balanced
    perfectly, as in some published runs, and 1 else.
    """

    tensor: Any = 1.0
    pipeline: Any = 1.0
    expert: Any = 1.0
    chips: Any = 1.0
    sequences: Any = float("inf")
    draft: Any = 1.0
    accepted: Any = 1.0
    cache: Any = 2.0
    most: Any = 1024.0
    chunk: Any = 8192.0
    beams: Any = 1.0
    skew: Any = 1.0


class Device(NamedTuple):
    """One chip and its network as serving uses them.

    `peak` is that of the format that runs, `element` the bytes of its elements; weights are stored in `weight` bytes a
    parameter (`expert_weight` in routed experts, which some models keep narrower), embeddings in `wide`. `shared` is 1
    for chips without links of their own, whose ranks take turns on the bus of the host, `narrow` 1 where products run in fewer than 16 bits.
    """

    peak: Any
    peak16: Any
    expert_peak: Any
    bandwidth: Any
    memory: Any
    up: Any
    out: Any
    domain: Any
    element: Any = 2.0
    weight: Any = 2.0
    expert_weight: Any = 2.0
    wide: Any = 2.0
    power: Any = 1e9
    age: Any = 1e9
    shared: Any = 0.0
    narrow: Any = 0.0


class Achieved(NamedTuple):
    """What of a device's peaks a serving program reaches, and what it adds; fitted (see `calc.serving_fit`)."""

    product: Any
    energy: Any
    product16: Any
    experts: Any
    attention: Any
    latent: Any
    memory: Any
    stream: Any
    wave: Any
    launch: Any
    gap: Any
    kernels: Any
    kernel: Any
    traffic: Any
    graph: Any
    tile: Any
    uneven: Any
    stages: Any
    up: Any
    out: Any
    latency: Any
    ramp: Any
    exchange_up: Any
    exchange_out: Any
    exchange: Any
    overlap: Any
    host: Any
    sequence: Any
    held: Any
    reserve: Any
    program: Any
    immaturity: Any
    maturing: Any


class Requests(NamedTuple):
    """The requests of a mix: tokens of a prompt and of an answer."""

    prompt: Any
    answer: Any


KEYS = {
    "tp": "tensor", "pp": "pipeline", "ep": "expert", "chips": "chips", "draft": "draft", "accepted": "accepted", "seqs": "most",
    "chunk": "chunk", "beams": "beams",
}  # fmt: skip
"""Short names of a serving plan's numbers in its text."""

ENGINES = ("trtllm", "vllm", "sglang", "mlperf")
"""Serving programs that measured rows name; `mlperf` is TensorRT as MLPerf submissions run it."""

WHAT = "a serving plan"

OWN_ENGINES = ("deepseek",)
"""Programs of one publisher that measured rows name too: they have no constants of their own."""

CACHES = {"bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0}
"""Formats of the cache, and the bytes of an element."""

FIRST = {"trtllm": "2023-10-19", "vllm": "2023-06-20", "sglang": "2024-01-17", "mlperf": "2023-10-19"}
"""First public release of each program: TensorRT-LLM, vLLM, SGLang."""


def parse_serving(text: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the fields that a text states, and its words: `engine` (of `ENGINES`) and `use` (`report`: not fitted).

    Raises
    ------
    ChipgaugeError
        An unknown name, or a value that is not allowed, with those that are.

    Examples
    --------
    >>> parse_serving("tp=8, ep=8, cache=fp8, engine=vllm")
    ({'tensor': 8.0, 'expert': 8.0, 'cache': 1.0}, {'engine': 'vllm'})
    """
    return parse_fields(text, _READERS, what=WHAT, example="tp=8,ep=8,cache=fp8")


def _cache(name: str, value: str) -> Mapping[str, float]:
    return {name: CACHES[one_of(name, value, tuple(CACHES), WHAT)]}


def _balance(name: str, value: str) -> Mapping[str, float]:
    one_of(name, value, ("perfect",), WHAT)
    return {"skew": 0.0}


def _engine(name: str, value: str) -> Mapping[str, str]:
    return {name: one_of(name, value, (*ENGINES, *OWN_ENGINES), WHAT)}


def _use(name: str, value: str) -> Mapping[str, str]:
    return {name: one_of(name, value, ("report",), WHAT)}


def _positive(name: str, value: str) -> Mapping[str, float]:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 1e7 or (name in ("tp", "pp", "ep", "chips") and number % 1):
        raise ChipgaugeError(f"{name} in {WHAT} is a number from 1 on, got {value[:40]!r}")
    return {KEYS[name]: number}


_READERS: dict[str, Reader] = {
    **dict.fromkeys(KEYS, _positive), "cache": _cache, "balance": _balance, "engine": _engine, "use": _use,
}  # fmt: skip


def serving_text(plan: Serving) -> str:
    """Return a plan of numbers as text that `parse_serving` reads.

    >>> serving_text(Serving(tensor=8.0, chips=8.0, cache=1.0))
    'tp=8,pp=1,ep=1,chips=8,draft=1,accepted=1,seqs=1024,chunk=8192,beams=1,cache=fp8'
    """
    words = [f"{short}={getattr(plan, name):g}" for short, name in KEYS.items()]
    return ",".join([*words, f"cache={'fp8' if plan.cache == 1 else 'bf16'}"])


# --- parts that a model may lack -------------------------------------------------------------------------------


def some(part: Any) -> bool:
    """Tell whether a part may be there: a plain 0 says that it is not."""
    return isinstance(part, Figure) or hasattr(part, "dtype") or part != 0


def either(part: Any, present: Callable[[], Any], lacking: Callable[[], Any]) -> Any:
    """Return the one or the other, by whether the part is there; in a column each model has its own."""
    if not some(part):
        return lacking()
    if isinstance(part, Figure) or not hasattr(part, "dtype"):
        return present()
    there = (part > 0) * 1.0
    return there * present() + (1.0 - there) * lacking()
