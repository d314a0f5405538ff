# SPDX-License-Identifier: Apache-2.0
"""The time of one training step under a plan, and of a run of many steps with failures.

A step is `microbatches + bubble` passes of the fullest stage, what the last stage adds, the gradient exchange that
nothing hides, and the optimizer. A pass of one layer is its operators by the roofline, forward, backward (twice the
products) and recomputed, and its exposed communication. The same lines run on numbers, on columns of plans and on Figures.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, active_parameters
from chipgauge.calc.collectives import Links, dispatch, exposed, gather, neighbour
from chipgauge.calc.footprint import Footprint, Stage, each_layer, footprint, has_dense, least_recompute, stage
from chipgauge.calc.plan import Efficiency, Machine, Plan
from chipgauge.calc.roofline import (
    achievable_bandwidth,
    achievable_rate,
    grouped_product_time,
    operator_time,
    product_time,
    sequential_time,
    traffic_time,
)
from chipgauge.calc.schedule import (
    accumulation_time,
    achieved_share,
    attention_kernel,
    attention_passes,
    bubble_passes,
    bubble_time,
    dispatched_bytes,
    exchange_passes,
    expert_exchanges,
    expert_stride,
    gather_of_weights,
    gradient_exchange,
    gradient_reductions,
    gradient_volume,
    head_passes,
    hops,
    key_value_bytes,
    last_stage,
    layer_visits,
    local_experts,
    mean_layers,
    microbatch_count,
    optimizer_traffic,
    pipeline_stride,
    product_passes,
    product_pieces,
    repeated,
    repeated_wave,
    routed_rows,
    shared_width,
    software_time,
    split_bytes,
    step_tokens,
    tensor_exchanges,
    tokens_per_pass,
    vector_traffic,
    weight_volume,
    weighted,
    where_shared,
)
from chipgauge.calc.transformer import (
    activation_traffic,
    cast_traffic,
    causal_span,
    fused_traffic,
    hidden_bytes,
    input_columns,
    mixed_span,
    model_operations,
    model_score_operations,
    norm_traffic,
    output_inner,
    routing_traffic,
    score_operations,
    score_traffic,
    shard,
    up_columns,
)
from chipgauge.specs.figure import Figure, operation


class Step(NamedTuple):
    """A training step: its time, the parts that add up to it [s], its memory and the geometry that both stand on."""

    time: Any
    parts: dict[str, Any]
    footprint: Footprint
    microbatches: Any
    stage: Stage


class Workload(NamedTuple):
    """What is trained in one step: sequences and their length; how old the chip is [s]; the bytes of a parameter."""

    batch: Any
    sequence: Any
    age: Any
    weight: Any = 2.0
    gradient: Any = 2.0
    optimizer: Any = 12.0


class Layer(NamedTuple):
    """The time of one layer for one micro-batch, forward, backward and recomputed, by kind. [s]"""

    projections: Any
    attention: Any
    network: Any
    vector: Any
    tensor: Any
    context: Any
    expert: Any
    gather: Any


def training_step(a: Architecture, work: Workload, plan: Plan, machine: Machine, e: Efficiency) -> Step:
    """Return the time of a training step, its parts and its memory.

    Parameters
    ----------
    a, work, plan, machine, e : named tuples
        Numbers, columns of equal length (or columns beside numbers), or Figures throughout.

    Returns
    -------
    Step
        `parts` add up to `time`: `projections attention network vector` (operators), `tensor context expert gather`
        (exposed communication), `head` (logits, uneven stages), `bubble pipeline data optimizer`, and `software`: what young programs lose.

    Notes
    -----
    Divisibility of batch and layers, memory and ranks are not checked here; a search masks its columns first.
    """
    s = stage(a, plan)
    links = Links(
        up=achievable_bandwidth(peak=machine.up, efficiency=e.up),
        out=achievable_bandwidth(peak=machine.out, efficiency=e.out),
        latency=e.latency, domain=machine.domain, ramp=e.ramp,
    )  # fmt: skip
    memory = achievable_bandwidth(peak=machine.bandwidth, efficiency=e.memory)
    tokens = tokens_per_pass(micro_batch=plan.micro_batch, sequence=work.sequence, context=plan.context)
    microbatches = microbatch_count(batch=work.batch, micro_batch=plan.micro_batch, data=plan.data)
    bytes_each = {"weight": work.weight, "gradient": work.gradient, "optimizer": work.optimizer}
    held = footprint(a, plan, s, tokens=tokens, span=work.sequence, microbatches=microbatches, **bytes_each)

    layer = layer_times(a, s, work, plan, machine, e, links, memory, tokens)
    one = sum_of(layer._asdict())
    mean = mean_layers(layers=a.layers, pipeline=plan.pipeline)
    bubble = bubble_passes(pipeline=plan.pipeline, chunks=plan.chunks)
    busy = layer_visits(microbatches=microbatches, layers=mean)
    parts = {
        name: repeated(passes=busy, each=each)
        for name, each in zip(Layer._fields, layer, strict=True)
        if each is not None
    }
    parts["head"] = last_stage(
        microbatches=microbatches,
        fullest=s.layers,
        mean=mean,
        layer=one,
        head=head_time(a, work, plan, machine, e, memory, tokens),
    )
    hop = hop_time(a, s, plan, e, links, tokens)
    parts["pipeline"] = repeated(passes=microbatches, each=hop)
    parts["bubble"] = bubble_time(bubble=bubble, layers=mean, layer=one, hop=hop)
    parts["data"] = data_time(s, plan, work, e, links, microbatches, repeated(passes=mean, each=one))
    parts["optimizer"] = traffic_time(
        traffic=optimizer_traffic(parameters=s.dense, data=s.replicas, zero=plan.zero),
        bandwidth=memory,
        launch=e.launch,
    )
    if s.experts is not None:
        parts["optimizer"] = parts["optimizer"] + traffic_time(
            traffic=optimizer_traffic(parameters=s.experts, data=s.expert_replicas, zero=plan.zero),
            bandwidth=memory, launch=e.launch,
        )  # fmt: skip
    parts["software"] = software_time(known=sum_of(parts), immaturity=e.immaturity, age=work.age, maturing=e.maturing)
    return Step(sum_of(parts), parts, held, microbatches, s)


def fitted_step(
    a: Architecture, work: Workload, plan: Plan, machine: Machine, e: Efficiency, shares: Callable[[Any], Any]
) -> tuple[Plan, Step]:
    """Return a plan with the least recomputation with which it fits, in full where it never does, and its step.

    `shares` makes shares of layers of the least ones: it rounds them up, or keeps those that a plan states.
    """
    step = training_step(a, work, plan, machine, e)
    share = shares(least_recompute(step.footprint, step.stage, room=machine.memory))
    if isinstance(share, float) and share == plan.recompute:
        return plan, step
    plan = plan._replace(recompute=share)
    return plan, training_step(a, work, plan, machine, e)


def utilisation(a: Architecture, work: Workload, time: Any, *, chips: Any, peak: Any) -> Any:
    """Return the model FLOP utilisation of a step: no recomputation, attention counted in full, against `peak`. [1]

    The convention of Chowdhery et al. 2022: 6 FLOP a multiplying parameter and token, and scores over whole sequences.
    """
    tokens = step_tokens(batch=work.batch, sequence=work.sequence)
    operations = model_operations(parameters=active_parameters(a, input_embedding=False), tokens=tokens)
    operations = operations + model_score_operations(
        layers=a.layers, tokens=tokens, span=work.sequence, heads=a.heads, head_dim=a.head_dim, value_dim=a.value_dim
    )
    return achieved_share(operations=operations, time=time, chips=chips, peak=peak)


def layer_times(
    a: Architecture, s: Stage, work: Workload, plan: Plan, machine: Machine, e: Efficiency, links: Links, memory: Any,
    tokens: Any,
) -> Layer:  # fmt: skip
    """Return the times of one layer for one micro-batch: operators, then communication that they do not hide. [s]"""
    rate = achievable_rate(peak=machine.peak, efficiency=e.product)
    rate16 = achievable_rate(peak=machine.peak16, efficiency=e.product16)
    pieces = product_pieces(tensor=plan.tensor, chunking=e.chunking)
    wide = {
        "element": machine.element, "rate": rate, "bandwidth": memory, "wave": repeated_wave(wave=e.wave, pieces=pieces),
        "launch": repeated(passes=pieces, each=e.launch),
    }  # fmt: skip
    passes = product_passes(recompute=plan.recompute)
    heads = {"heads": a.heads, "value_dim": a.value_dim, "tensor": plan.tensor}

    # operators, forward; each product takes `passes`
    inputs = product_time(rows=tokens, inner=a.width, columns=input_columns(a, plan.tensor), **wide)
    output = product_time(rows=tokens, inner=output_inner(**heads), columns=a.width, **wide)
    attention = attention_time(a, work, plan, machine, e, rate16, memory, tokens)
    network = network_time(a, plan, tokens, wide) if has_dense(a) else None
    if s.sparse is not None:
        routed = expert_time(a, plan, tokens, wide, machine, e)
        network = routed if network is None else weighted(sparse=s.sparse, one=network, other=routed)
    narrow = cast_traffic(tokens=tokens, width=a.width, inner=s.inner, split=s.split, **heads)
    moved = vector_traffic(
        norms=norm_traffic(tokens=tokens, width=a.width, split=s.split),
        activation=activation_traffic(tokens=tokens, inner=s.inner, matrices=a.mlp_matrices, tensor=plan.tensor),
        casts=narrow, narrow=machine.narrow, factor=e.traffic,
    )  # fmt: skip
    if s.routed is not None:
        moved = moved + routing_traffic(
            tokens=tokens, width=a.width, routed=s.routed, split=s.split, narrow=machine.narrow, factor=e.traffic
        )
    vector = traffic_time(traffic=moved, bandwidth=memory, launch=repeated(passes=e.kernels, each=e.launch))
    added = {"bandwidth": memory, "exposed": e.accumulation, "zero": plan.zero}
    held = each_layer(parameters=s.dense, layers=s.layers)
    summed = accumulation_time(parameters=held, replicas=s.replicas, **added)
    if s.experts is not None:
        held = each_layer(parameters=s.experts, layers=s.layers)
        summed = summed + accumulation_time(parameters=held, replicas=s.expert_replicas, **added)
    times = {
        "projections": repeated(passes=passes, each=inputs + output),
        "attention": repeated(
            passes=attention_passes(recompute=plan.recompute, selective=plan.selective, fused=plan.fused),
            each=attention,
        ),
        "network": repeated(passes=passes, each=network),
        "vector": repeated(passes=passes, each=vector) + summed,
    }

    # communication
    again = exchange_passes(recompute=plan.recompute)
    states = hidden_bytes(tokens=tokens, width=a.width)
    across = tensor_exchanges(
        passes=again, each=gather(states, plan.tensor, shard(length=plan.tensor, tensor=plan.tensor), links)
    )
    keys = key_value_bytes(
        tokens=tokens, context=plan.context, kv_heads=a.kv_heads, head_dim=a.head_dim, value_dim=a.value_dim,
        tensor=plan.tensor,
    )  # fmt: skip
    around = repeated(passes=passes, each=gather(keys, plan.context, plan.tensor, links))
    weights = weight_volume(parameters=each_layer(parameters=s.dense, layers=s.layers), weight=work.weight)
    fetched = gather_of_weights(each=gather(weights, s.replicas, plan.tensor, links), zero=plan.zero)
    experts = None
    if s.routed is not None:
        sent = dispatched_bytes(tokens=tokens, width=a.width, split=s.split)
        each = dispatch(sent, s.routed, plan.expert, plan.tensor, links)
        experts = exposed(
            communication=expert_exchanges(passes=again, each=each), beside=times["network"], overlap=e.expert_overlap
        )
        own = weight_volume(parameters=each_layer(parameters=s.experts, layers=s.layers), weight=work.weight)
        fetched = fetched + gather_of_weights(
            each=gather(own, s.expert_replicas, expert_stride(tensor=plan.tensor, expert=plan.expert), links),
            zero=plan.zero,
        )
    busy = sum_of(times)
    return Layer(
        **times,
        tensor=exposed(communication=across, beside=busy, overlap=e.tensor_overlap),
        context=exposed(communication=around, beside=times["attention"], overlap=e.context_overlap),
        expert=experts,
        gather=exposed(communication=fetched, beside=busy, overlap=e.gather_overlap),
    )


def attention_time(
    a: Architecture, work: Workload, plan: Plan, machine: Machine, e: Efficiency, rate16: Any, memory: Any, tokens: Any
) -> Any:
    """Return the time of scores and weighted values in one layer, forward, by the kernel that the plan says. [s]"""
    heads = {"heads": a.heads, "head_dim": a.head_dim, "value_dim": a.value_dim, "tensor": plan.tensor}
    span = causal_span(sequence=work.sequence)
    if has_windows(a):
        span = mixed_span(span=span, window=a.window, windowed=a.windowed_layers, layers=a.layers)
    fused = operator_time(
        operations=score_operations(tokens=tokens, span=span, **heads),
        traffic=fused_traffic(tokens=tokens, kv_heads=a.kv_heads, **heads),
        rate=achievable_rate(peak=machine.peak16, efficiency=e.attention), bandwidth=memory, launch=e.launch,
    )  # fmt: skip
    if isinstance(plan.fused, (int, float)) and plan.fused == 1:
        return fused
    written = sequential_time(
        operations=score_operations(tokens=tokens, span=work.sequence, **heads),
        traffic=score_traffic(
            tokens=tokens, span=work.sequence, heads=a.heads, tensor=plan.tensor, crossings=e.crossings
        ),
        rate=rate16, bandwidth=memory, launch=e.launch,
    )  # fmt: skip
    return attention_kernel(fused=plan.fused, with_fusion=fused, without=written)


def network_time(a: Architecture, plan: Plan, tokens: Any, wide: dict[str, Any]) -> Any:
    """Return the time of the two products of a dense feed-forward network, forward. [s]"""
    columns = up_columns(matrices=a.mlp_matrices, inner=a.mlp_width, tensor=plan.tensor)
    first = product_time(rows=tokens, inner=a.width, columns=columns, **wide)
    return first + product_time(
        rows=tokens, inner=shard(length=a.mlp_width, tensor=plan.tensor), columns=a.width, **wide
    )


def expert_time(a: Architecture, plan: Plan, tokens: Any, wide: dict[str, Any], machine: Machine, e: Efficiency) -> Any:
    """Return the time of the experts of one layer, forward: shared ones as one network, routed ones grouped. [s]"""
    rate = achievable_rate(peak=machine.peak, efficiency=e.experts)
    rows = routed_rows(tokens=tokens, routed=a.experts_per_token)
    groups = local_experts(experts=a.experts, ranks=plan.expert)
    grouped = {**wide, "rate": rate, "rows": rows, "groups": groups}
    columns = up_columns(matrices=a.mlp_matrices, inner=a.expert_width, tensor=plan.tensor)
    inner = shard(length=a.expert_width, tensor=plan.tensor)
    routed = grouped_product_time(inner=a.width, columns=columns, **grouped)
    routed = routed + grouped_product_time(inner=inner, columns=a.width, **grouped)
    if isinstance(a.shared_experts, (int, float)) and a.shared_experts == 0:
        return routed
    everyone = a._replace(mlp_width=shared_width(shared=a.shared_experts, width=a.expert_width))
    return routed + where_shared(shared=a.shared_experts, each=network_time(everyone, plan, tokens, wide))


def head_time(
    a: Architecture, work: Workload, plan: Plan, machine: Machine, e: Efficiency, memory: Any, tokens: Any
) -> Any:
    """Return the time of the logits and their loss for one micro-batch, forward and backward, in 16 bits. [s]"""
    columns = shard(length=a.vocabulary, tensor=plan.tensor)
    rate = achievable_rate(peak=machine.peak16, efficiency=e.product16)
    each = product_time(
        rows=tokens, inner=a.width, columns=columns, element=work.weight, rate=rate, bandwidth=memory, wave=e.wave,
        launch=e.launch,
    )  # fmt: skip
    return head_passes(each=each, rows=tokens, columns=columns, bandwidth=memory)


def hop_time(a: Architecture, s: Stage, plan: Plan, e: Efficiency, links: Links, tokens: Any) -> Any:
    """Return what one micro-batch waits for its neighbours in the pipeline: each chunk, forward and backward. [s]"""
    sent = split_bytes(volume=hidden_bytes(tokens=tokens, width=a.width), split=plan.tensor)
    stride = pipeline_stride(tensor=plan.tensor, replicas=s.replicas)
    each = neighbour(sent, plan.pipeline, stride, links)
    return hops(chunks=plan.chunks, each=each, overlap=e.pipeline_overlap)


def data_time(s: Stage, plan: Plan, work: Workload, e: Efficiency, links: Links, microbatches: Any, beside: Any) -> Any:
    """Return the exchange of gradients and weights between data-parallel ranks that passes do not hide. [s]"""
    volume = gradient_volume(parameters=s.dense, gradient=work.gradient, zero=plan.zero)
    each = gather(volume, s.replicas, plan.tensor, links)
    if s.experts is not None:
        own = gradient_volume(parameters=s.experts, gradient=work.gradient, zero=plan.zero)
        stride = expert_stride(tensor=plan.tensor, expert=plan.expert)
        each = each + gather(own, s.expert_replicas, stride, links)
    whole = exposed(communication=gradient_exchange(each=each), beside=beside, overlap=e.data_overlap)
    one = exposed(communication=each, beside=beside, overlap=e.data_overlap)
    return whole + gradient_reductions(each=one, microbatches=microbatches, zero=plan.zero)


def has_windows(a: Architecture) -> bool:
    """Tell whether some layers of a model may have a sliding window."""
    return not (isinstance(a.windowed_layers, (int, float)) and a.windowed_layers == 0)


def sum_of(parts: Mapping[str, Any]) -> Any:
    """Return the sum of named parts, those that are None left out; a sum of Figures keeps the names."""
    present = [(name, part) for name, part in parts.items() if part is not None]
    figures = [(name, part) for name, part in present if isinstance(part, Figure)]
    if figures:
        return operation("total", figures, figures[0][1].dimension, unit=figures[0][1].unit)
    return reduce(operator.add, (part for _, part in present))
