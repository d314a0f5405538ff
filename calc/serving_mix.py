# SPDX-License-Identifier: Apache-2.0
"""The formulas of serving a mix of requests: memory, how many sequences run at once, and what a step of them carries."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula
from chipgauge.calc.serving_formulas import SCALING, SPECULATION
from chipgauge.specs.figure import maximum, minimum

# --- memory ------------------------------------------------------------------------------------------------------


@formula(
    returns="byte", cite="definition", matrices="1", embeddings="1", tensor="1", weight="byte", wide="byte",
)  # fmt: skip
def dense_weight_bytes(*, matrices: Any, embeddings: Any, tensor: Any, weight: Any, wide: Any) -> Any:
    """Return the dense matrices and the embeddings on one chip: divided over the tensor ranks. [byte]"""
    return (matrices * weight + embeddings * wide) / tensor


@formula(returns="byte", cite="definition", parameters="1", chips="1", weight="byte")
def expert_weight_bytes(*, parameters: Any, chips: Any, weight: Any) -> Any:
    """Return the routed experts on one chip: divided over all chips of the instance. [byte]"""
    return parameters * weight / chips


@formula(
    returns="byte", cite="definition: what a program sets aside for its largest step, as vLLM and TensorRT-LLM profile it",
    fixed="byte", chunk="1", width="1", columns="1", most="1", vocabulary="1", tensor="1", wide="byte",
)  # fmt: skip
def buffer_bytes(
    *, fixed: Any, chunk: Any, width: Any, columns: Any, most: Any, vocabulary: Any, tensor: Any, wide: Any
) -> Any:
    """Return the memory beside weights and caches on one chip. [byte]

    The largest step takes `chunk` tokens: residual, input and output of a block, and `columns` wide the inner layer of
    the feed-forward network. Up to `most` sequences are sampled: logits in `wide` bytes and once more in 32 bits.

    >>> round(buffer_bytes(
    ...     fixed=1.5e9, chunk=8192, width=5120, columns=76800, most=1024, vocabulary=151936, tensor=1, wide=2
    ... ) / 1e9, 1)
    3.9
    """
    return fixed + chunk * wide * (3 * width + columns) + most * vocabulary * (wide + 4) / tensor


@formula(returns="1", cite="definition: layers of two kinds use the same buffers in turn", one="1", other="1")
def widest(*, one: Any, other: Any) -> Any:
    """Return the larger of two widths. [1]"""
    return maximum(one, other)


@formula(returns="byte", cite="definition", memory="byte", held="1", weights="byte", reserve="byte")
def cache_room(*, memory: Any, held: Any, weights: Any, reserve: Any) -> Any:
    """Return the memory for caches on one chip: the program's share of the device, less weights and buffers. [byte]"""
    return maximum(0, memory * held - weights - reserve)


@formula(returns="1", cite=SCALING, room="byte", each="byte", ranks="1")
def sequences_that_fit(*, room: Any, each: Any, ranks: Any) -> Any:
    """Return how many sequences of `each` bytes a group holds, the cache divided over `ranks`. [1]"""
    return room * ranks / each


@formula(
    returns="1", cite="Yu et al. 2022, Orca, OSDI (continuous batching: each step carries the prompts that follow those that end)",
    wanted="1", fitting="1", most="1", chunk="1", draft="1", accepted="1", beams="1", prompt="1", answer="1",
)  # fmt: skip
def running_sequences(
    *, wanted: Any, fitting: Any, most: Any, chunk: Any, draft: Any, accepted: Any, beams: Any, prompt: Any, answer: Any
) -> Any:  # fmt: skip
    """Return the sequences that decode at once: asked for, held by memory, taken by the program in one step. [1]

    A step of `chunk` tokens carries the drafts of each sequence and its share of the prompts that take the places of
    finished ones.
    """
    return minimum(wanted, fitting, most, chunk / (draft * beams + accepted * prompt / answer))


@formula(returns="1", cite="definition: in the steady state as many prompts start as answers end", sequences="1",
         accepted="1", prompt="1", answer="1")  # fmt: skip
def prompt_rows(*, sequences: Any, accepted: Any, prompt: Any, answer: Any) -> Any:
    """Return the prompt tokens that one step carries. [1]"""
    return sequences * accepted * prompt / answer


@formula(
    returns="1", cite="Agrawal et al. 2024, Sarathi-Serve, arXiv 2403.02310 (a prompt comes in chunks of a step's size)",
    rows="1", prompt="1", chunk="1",
)  # fmt: skip
def prompt_share(*, rows: Any, prompt: Any, chunk: Any) -> Any:
    """Return the share of the steps that carry prompts, where `rows` prompt tokens come in a step on average. [1]

    >>> prompt_share(rows=500, prompt=2000, chunk=8192), prompt_share(rows=5000, prompt=2000, chunk=8192)
    (0.25, 1)
    """
    return minimum(1, rows / minimum(prompt, chunk))


@formula(
    returns="1", cite="definition: a prompt, or a chunk of it, or several prompts", rows="1", prompt="1", chunk="1"
)
def prompt_step(*, rows: Any, prompt: Any, chunk: Any) -> Any:
    """Return the prompt tokens of a step that carries some, where `rows` come in a step on average. [1]

    >>> prompt_step(rows=500, prompt=2000, chunk=8192), prompt_step(rows=5000, prompt=2000, chunk=8192)
    (2000, 5000)
    """
    return maximum(rows, minimum(prompt, chunk))


@formula(returns="1", cite="definition", rows="1", prompt="1")
def prompts_of(*, rows: Any, prompt: Any) -> Any:
    """Return the prompts that a step finishes. [1]"""
    return rows / prompt


@formula(returns="1", cite="definition: half of its answer on average, and the whole prompt", prompt="1", answer="1")
def mean_context(*, prompt: Any, answer: Any) -> Any:
    """Return the mean number of tokens that a decoding sequence has in its cache. [1]"""
    return prompt + answer / 2


@formula(returns="1", cite="definition: a program that never evicts keeps room for the whole answer", prompt="1",
         answer="1", beams="1")  # fmt: skip
def full_context(*, prompt: Any, answer: Any, beams: Any) -> Any:
    """Return the tokens that a sequence needs in the cache at its end; beams share the prompt. [1]"""
    return prompt + answer * beams


@formula(returns="1", cite="Kaplan et al. 2020, arXiv 2001.08361 (2 FLOPs a parameter and token)", rate="token/s",
         tokens="1", parameters="1", peak="op/s")  # fmt: skip
def served_share(*, rate: Any, tokens: Any, parameters: Any, peak: Any) -> Any:
    """Return the share of a peak that the parameters alone take: `tokens` pass the model for each one counted. [1]"""
    return rate * tokens * 2 * parameters / peak


@formula(returns="s", cite=SPECULATION, time="s", accepted="1")
def time_per_token(*, time: Any, accepted: Any) -> Any:
    """Return the time of one token of a sequence: a step yields `accepted` of them. [s]"""
    return time / accepted


@formula(returns="1", cite="definition", sequences="1", draft="1", beams="1")
def decode_rows(*, sequences: Any, draft: Any, beams: Any) -> Any:
    """Return the new tokens of a step: those that each beam of each sequence drafts. [1]"""
    return sequences * draft * beams


@formula(returns="1", cite="definition", layers="1", other="1")
def dense_layer_count(*, layers: Any, other: Any) -> Any:
    """Return the layers that are not of the other kind. [1]"""
    return layers - other


@formula(returns="byte", cite="definition: each stage holds an equal share of the layers", whole="byte", stages="1")
def stage_share(*, whole: Any, stages: Any) -> Any:
    """Return what one stage of a pipeline holds. [byte]"""
    return whole / stages


@formula(returns="1", cite="definition: beams share the prompt", prompt="1", answer="1", beams="1")
def shared_context(*, prompt: Any, answer: Any, beams: Any) -> Any:
    """Return the mean cached tokens that a step reads for each beam: each its own answer, the prompt once for all. [1]"""
    return prompt / beams + answer / 2
