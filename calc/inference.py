# SPDX-License-Identifier: Apache-2.0
"""Prefill, decode and continuous batching of a language model under a serving plan, and the memory that it needs."""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.calc.architecture import (
    Architecture,
    attention_parameters,
    dense_mlp_parameters,
    embeddings_of,
    expert_parameters,
    kv_cache_bytes,
)
from chipgauge.calc.schedule import chip_rate, repeated, weighted
from chipgauge.calc.serving import Achieved, Device, Requests, Serving, either, some
from chipgauge.calc.serving_formulas import cache_ranks, joined, shared_out
from chipgauge.calc.serving_mix import (
    buffer_bytes,
    cache_room,
    decode_rows,
    dense_layer_count,
    dense_weight_bytes,
    expert_weight_bytes,
    full_context,
    mean_context,
    prompt_rows,
    prompt_share,
    prompt_step,
    prompts_of,
    running_sequences,
    sequences_that_fit,
    shared_context,
    stage_share,
    time_per_token,
)
from chipgauge.calc.serving_pass import Pass, Timing, has_dense, inner_columns, pass_time, sum_of
from chipgauge.calc.transformer import (
    causal_span,
)


class Memory(NamedTuple):
    """Memory of one chip: weights, room for caches, the cache of one sequence, and how many sequences a group holds."""

    weights: Any
    room: Any
    each: Any
    fitting: Any


class Served(NamedTuple):
    """What an instance does in the steady state of a request mix."""

    sequences: Any
    step: Timing
    answer_rate: Any
    tpot: Any
    memory: Memory


# --- memory ------------------------------------------------------------------------------------------------------


def memory_of(a: Architecture, plan: Serving, device: Device, e: Achieved, requests: Requests) -> Memory:
    """Return the memory of one chip [byte], and how many sequences of the mix a group holds at once. [1]"""
    matrices = joined(count=a.layers, each=attention_parameters(a))
    if has_dense(a):
        matrices = matrices + joined(count=a.dense_layers, each=dense_mlp_parameters(a))
    sparse = dense_layer_count(layers=a.layers, other=a.dense_layers) if has_dense(a) else a.layers
    experts: Any = None
    if some(a.experts):
        one = expert_parameters(a)
        experts = joined(count=sparse, each=joined(count=a.experts, each=one))
        if some(a.shared_experts):
            matrices = matrices + joined(count=sparse, each=joined(count=a.shared_experts, each=one))
    weights = dense_weight_bytes(
        matrices=matrices, embeddings=embeddings_of(a), tensor=plan.tensor, weight=device.weight, wide=device.wide
    )
    if experts is not None:
        weights = weights + expert_weight_bytes(parameters=experts, chips=plan.chips, weight=device.expert_weight)
    weights = stage_share(whole=weights, stages=plan.pipeline)
    reserve = buffer_bytes(
        fixed=e.reserve, chunk=plan.chunk, width=a.width, columns=inner_columns(a, plan), most=plan.most,
        vocabulary=a.vocabulary, tensor=plan.tensor, wide=device.wide,
    )  # fmt: skip
    room = cache_room(memory=device.memory, held=e.held, weights=weights, reserve=reserve)
    length = full_context(prompt=requests.prompt, answer=requests.answer, beams=plan.beams)
    each = stage_share(whole=kv_cache_bytes(a, tokens=length, element_bytes=plan.cache), stages=plan.pipeline)
    ranks = either(
        a.kv_rank,
        lambda: shared_out(whole=plan.tensor, ranks=plan.tensor),
        lambda: cache_ranks(tensor=plan.tensor, kv_heads=a.kv_heads),
    )
    return Memory(weights, room, each, sequences_that_fit(room=room, each=each, ranks=ranks))


# --- what is asked -----------------------------------------------------------------------------------------------


def prefill(a: Architecture, plan: Serving, device: Device, e: Achieved, *, prompts: Any, prompt: Any) -> Timing:
    """Return the time to read `prompts` prompts of `prompt` tokens in each group, as one pass. [s]"""
    rows = joined(count=prompts, each=prompt)
    return pass_time(a, plan, device, e, Pass(prompts=prompts, prompt=rows, prompt_span=causal_span(sequence=prompt)))


def decode(a: Architecture, plan: Serving, device: Device, e: Achieved, *, sequences: Any, context: Any) -> Timing:
    """Return the time of one step of `sequences` in each group with `context` cached tokens each. [s]"""
    rows = decode_rows(sequences=sequences, draft=plan.draft, beams=plan.beams)
    held = joined(count=sequences, each=plan.beams)
    return pass_time(a, plan, device, e, Pass(sequences=held, rows=rows, span=context))


def serve(a: Architecture, plan: Serving, device: Device, e: Achieved, requests: Requests) -> Served:
    """Return the steady state of continuous batching: answers a second, and the time of one token of a sequence.

    Sequences start and end at the same rate, so that steps carry the drafts of all of them and the prompts that take the
    places of those that end. A prompt comes whole, or in chunks as large as a step takes: where fewer than one comes in
    a step, some steps carry it and the others none, so that what bounds the ones does not hide behind the others.
    """
    memory = memory_of(a, plan, device, e, requests)
    mix = {"accepted": plan.accepted, "prompt": requests.prompt, "answer": requests.answer}
    sequences = running_sequences(
        wanted=plan.sequences, fitting=memory.fitting, most=plan.most, chunk=plan.chunk, draft=plan.draft,
        beams=plan.beams, **mix,
    )  # fmt: skip
    sequences = shared_out(whole=sequences, ranks=plan.pipeline)
    prompt = prompt_rows(sequences=sequences, **mix)
    share = prompt_share(rows=prompt, prompt=requests.prompt, chunk=plan.chunk)
    prompt = prompt_step(rows=prompt, prompt=requests.prompt, chunk=plan.chunk)
    decoding = Pass(
        sequences=joined(count=sequences, each=plan.beams),
        rows=decode_rows(sequences=sequences, draft=plan.draft, beams=plan.beams),
        span=mean_context(prompt=requests.prompt, answer=requests.answer),
        read=shared_context(prompt=requests.prompt, answer=requests.answer, beams=plan.beams),
    )
    both = decoding._replace(
        prompts=prompts_of(rows=prompt, prompt=requests.prompt), prompt=prompt,
        prompt_span=causal_span(sequence=requests.prompt),
    )  # fmt: skip
    with_prompts, without = pass_time(a, plan, device, e, both), pass_time(a, plan, device, e, decoding)
    parts = {
        name: weighted(sparse=share, one=without.parts[name], other=part) for name, part in with_prompts.parts.items()
    }
    step = Timing(sum_of(parts.values()), parts)
    rate = chip_rate(
        tokens=joined(count=sequences, each=plan.accepted), time=step.time,
        chips=joined(count=plan.tensor, each=plan.pipeline),
    )  # fmt: skip
    tpot = time_per_token(time=repeated(passes=plan.pipeline, each=step.time), accepted=plan.accepted)
    return Served(sequences, step, rate, tpot, memory)
