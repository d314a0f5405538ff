# SPDX-License-Identifier: Apache-2.0
"""The time of one pass of new tokens through a model under a serving plan, and the parts that it adds up from.

A pass takes drafts of decoding sequences, prompt tokens, or both. Its time is that of its operators by the roofline, of the
exchanges between ranks, of the small kernels and of the host. The same lines run on numbers, columns of plans and Figures.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple

from chipgauge.calc.architecture import (
    Architecture,
    kv_elements_per_layer,
)
from chipgauge.calc.collectives import Links, gather, ranks_inside
from chipgauge.calc.footprint import sparse_share
from chipgauge.calc.roofline import achievable_bandwidth, achievable_rate, operator_time, traffic_time
from chipgauge.calc.schedule import repeated, software_time, vector_traffic, weighted, where_shared
from chipgauge.calc.serving import Achieved, Device, Serving, either, some
from chipgauge.calc.serving_formulas import (
    arriving_rows,
    attention_groups,
    between_groups,
    cache_ranks,
    cache_traffic,
    expert_exchange_time,
    expert_product_time,
    expert_shard,
    grouped_operations,
    hidden_share,
    hop_time,
    host_time,
    joined,
    kernel_time,
    latent_operations,
    link_rate,
    mixed_width,
    own_tokens,
    program_time,
    recorded,
    repeated_bytes,
    shared_out,
    sorting_traffic,
    stage_wait,
    stored_product_time,
    sustained_rate,
    touched_experts,
)
from chipgauge.calc.serving_mix import widest
from chipgauge.calc.transformer import (
    activation_traffic,
    cast_traffic,
    hidden_bytes,
    input_columns,
    mixed_span,
    norm_traffic,
    output_inner,
    up_columns,
)


class Pass(NamedTuple):
    """The new tokens of one pass in one group. What a pass does not have is None.

    `sequences` decode with `rows` new tokens over `span` cached ones each, of which they read `read`; `prompts` start, `prompt` tokens in all, each
    of which sees `prompt_span` tokens on average.
    """

    sequences: Any = None
    rows: Any = None
    span: Any = None
    read: Any = None
    prompts: Any = None
    prompt: Any = None
    prompt_span: Any = None


class Timing(NamedTuple):
    """The time of a pass, and the parts that add up to it. [s]"""

    time: Any
    parts: dict[str, Any]


class Rates(NamedTuple):
    """The achievable rates of a device, as every operator of a pass uses them."""

    product: Any
    product16: Any
    experts: Any
    attention: Any
    latent: Any
    memory: Any
    stream: Any
    up: Any
    out: Any
    exchange_up: Any
    exchange_out: Any


def rates_of(device: Device, e: Achieved) -> Rates:
    """Return peaks times efficiencies. [op/s, byte/s]"""
    limit = {"power": device.power, "energy": e.energy}
    return Rates(
        product=sustained_rate(peak=device.peak, efficiency=e.product, element=device.element, **limit),
        product16=sustained_rate(peak=device.peak16, efficiency=e.product16, element=device.wide, **limit),
        experts=sustained_rate(peak=device.expert_peak, efficiency=e.experts, element=device.element, **limit),
        attention=achievable_rate(peak=device.peak16, efficiency=e.attention),
        latent=achievable_rate(peak=device.peak16, efficiency=e.latent),
        memory=achievable_bandwidth(peak=device.bandwidth, efficiency=e.memory),
        stream=achievable_bandwidth(peak=device.bandwidth, efficiency=e.stream),
        up=achievable_bandwidth(peak=device.up, efficiency=e.up),
        out=achievable_bandwidth(peak=device.out, efficiency=e.out),
        exchange_up=achievable_bandwidth(peak=device.up, efficiency=e.exchange_up),
        exchange_out=achievable_bandwidth(peak=device.out, efficiency=e.exchange_out),
    )


# --- one pass ----------------------------------------------------------------------------------------------------


def pass_time(a: Architecture, plan: Serving, device: Device, e: Achieved, work: Pass) -> Timing:
    """Return the time of one pass and its parts: products, attention, experts, exchanges, kernels, head, host. [s]

    Parameters
    ----------
    a, plan, device, e, work : named tuples
        Numbers, columns of equal length (or columns beside numbers), or Figures throughout.
    """
    r = rates_of(device, e)
    rows = sum_of([part for part in (work.rows, work.prompt) if part is not None])
    wide = {
        "rows": rows, "weight": device.weight, "element": device.element, "rate": r.product, "bandwidth": r.memory,
        "wave": e.wave, "launch": recorded(graph=e.graph, each=e.launch),
    }  # fmt: skip
    heads = {"heads": a.heads, "value_dim": a.value_dim, "tensor": plan.tensor}
    inputs = stored_product_time(inner=a.width, columns=input_columns(a, plan.tensor), **wide)
    outputs = stored_product_time(inner=output_inner(**heads), columns=a.width, **wide)
    layer = {"projections": inputs + outputs, "attention": attention_time(a, plan, e, r, work)}
    dense = _network(a, plan, wide) if has_dense(a) else None
    if some(a.experts):
        network, exchange = _experts(a, plan, device, e, r, rows, wide)
        layer["network"] = network
        if dense is not None:
            sparse = sparse_share(layers=a.layers, dense=a.dense_layers)
            layer["network"] = weighted(sparse=sparse, one=dense, other=network)
            exchange = repeated(passes=sparse, each=exchange)
        layer["expert"] = exchange
    else:
        layer["network"] = dense
    up = link_rate(up=r.up, shared=device.shared, ranks=plan.tensor)
    links = Links(up=up, out=r.out, latency=e.latency, domain=device.domain, ramp=e.ramp)
    stride = shared_out(whole=plan.tensor, ranks=plan.tensor)
    half = gather(hidden_bytes(tokens=rows, width=a.width), plan.tensor, stride, links)
    whole = half + half  # an all-reduce is a reduce-scatter and an all-gather; attention and network end with one each
    layer["tensor"] = whole + whole
    gaps = kernel_time(kernels=e.kernels, each=e.kernel)
    layer["kernels"] = traffic_time(traffic=_vectors(a, plan, device, e, rows), bandwidth=r.memory, launch=gaps)
    passes = shared_out(whole=a.layers, ranks=plan.pipeline)
    parts = {name: repeated(passes=passes, each=each) for name, each in layer.items()}
    finished = sum_of([part for part in (work.rows, work.prompts) if part is not None])
    parts["head"] = stored_product_time(
        rows=finished, inner=a.width, columns=shared_out(whole=a.vocabulary, ranks=plan.tensor), weight=device.wide,
        element=device.wide, rate=r.product16, bandwidth=r.memory, wave=e.wave, launch=e.launch,
    )  # fmt: skip
    sequences = sum_of([part for part in (work.sequences, work.prompts) if part is not None])
    parts["host"] = host_time(host=e.host, sequence=e.sequence, sequences=sequences)
    hop = hop_time(volume=hidden_bytes(tokens=rows, width=a.width), up=r.up, latency=e.latency)
    parts["stages"] = stage_wait(each=sum_of(parts.values()), stages=e.stages, pipeline=plan.pipeline, hop=hop)
    parts["program"] = program_time(known=sum_of(parts.values()), program=e.program)
    parts["software"] = software_time(
        known=sum_of(parts.values()), immaturity=e.immaturity, age=device.age, maturing=e.maturing
    )
    return Timing(sum_of(parts.values()), parts)


def _vectors(a: Architecture, plan: Serving, device: Device, e: Achieved, rows: Any) -> Any:
    """Return what norms, residual sums, activations, casts and the sorting by expert move in one layer. [byte]"""
    inner: Any = a.mlp_width
    if some(a.experts):
        inner = joined(count=a.experts_per_token, each=a.expert_width)
        if some(a.shared_experts):
            inner = inner + joined(count=a.shared_experts, each=a.expert_width)
        if has_dense(a):
            sparse = sparse_share(layers=a.layers, dense=a.dense_layers)
            inner = mixed_width(sparse=sparse, one=a.mlp_width, other=inner)
    whole = shared_out(whole=plan.tensor, ranks=plan.tensor)
    moved = vector_traffic(
        norms=norm_traffic(tokens=rows, width=a.width, split=whole),
        activation=activation_traffic(tokens=rows, inner=inner, matrices=a.mlp_matrices, tensor=plan.tensor),
        casts=cast_traffic(
            tokens=rows, width=a.width, heads=a.heads, value_dim=a.value_dim, inner=inner, tensor=plan.tensor, split=whole
        ),
        narrow=device.narrow, factor=e.traffic,
    )  # fmt: skip
    if some(a.experts):
        sorting = sorting_traffic(
            tokens=rows, width=a.width, routed=a.experts_per_token, element=device.element, factor=e.traffic
        )
        if has_dense(a):
            sorting = repeated_bytes(passes=sparse_share(layers=a.layers, dense=a.dense_layers), each=sorting)
        moved = moved + sorting
    return moved


def attention_time(a: Architecture, plan: Serving, e: Achieved, r: Rates, work: Pass) -> Any:
    """Return the time of attention in one layer: of decoding sequences over their caches, and of prompts. [s]"""
    parts: list[Any] = []
    heads = {"heads": a.heads, "head_dim": a.head_dim, "value_dim": a.value_dim, "tensor": plan.tensor}
    if work.rows is not None:
        span = _span(a, work.span)
        ranks = either(
            a.kv_rank,
            lambda: shared_out(whole=plan.tensor, ranks=plan.tensor),
            lambda: cache_ranks(tensor=plan.tensor, kv_heads=a.kv_heads),
        )
        read = cache_traffic(
            sequences=work.sequences,
            span=span if work.read is None else _span(a, work.read),
            elements=kv_elements_per_layer(a),
            element=plan.cache,
            ranks=ranks,
        )
        parts.append(
            either(
                a.kv_rank,
                lambda: operator_time(
                    operations=latent_operations(
                        sequences=work.sequences, draft=plan.draft, span=span, heads=a.heads, kv_rank=a.kv_rank,
                        rope_dim=a.rope_dim, tensor=plan.tensor,
                    ),
                    traffic=read, rate=r.latent, bandwidth=r.stream, launch=recorded(graph=e.graph, each=e.gap),
                ),
                lambda: operator_time(
                    operations=grouped_operations(rows=work.rows, span=span, **heads),
                    traffic=read, rate=r.attention, bandwidth=r.stream, launch=recorded(graph=e.graph, each=e.gap),
                ),
            )
        )  # fmt: skip
    if work.prompt is not None:
        span = _span(a, work.prompt_span)
        parts.append(
            operator_time(
                operations=grouped_operations(rows=work.prompt, span=span, **heads),
                traffic=hidden_bytes(tokens=work.prompt, width=output_inner(heads=a.heads, value_dim=a.value_dim, tensor=plan.tensor)),
                rate=r.attention, bandwidth=r.memory, launch=recorded(graph=e.graph, each=e.gap),
            )
        )  # fmt: skip
    return sum_of(parts)


def _span(a: Architecture, span: Any) -> Any:
    if not some(a.windowed_layers):
        return span
    return mixed_span(span=span, window=a.window, windowed=a.windowed_layers, layers=a.layers)


def _network(a: Architecture, plan: Serving, wide: dict[str, Any]) -> Any:
    columns = up_columns(matrices=a.mlp_matrices, inner=a.mlp_width, tensor=plan.tensor)
    first = stored_product_time(inner=a.width, columns=columns, **wide)
    return first + stored_product_time(inner=shared_out(whole=a.mlp_width, ranks=plan.tensor), columns=a.width, **wide)


def inner_columns(a: Architecture, plan: Serving) -> Any:
    """Return the columns of the inner layers of the widest feed-forward network on one rank: all that a token passes."""
    parts: list[Any] = []
    if has_dense(a):
        parts.append(_columns(a, a.mlp_width, plan))
    if some(a.experts):
        parts.append(_columns(a, joined(count=a.experts_per_token, each=a.expert_width), plan))
    return reduce(lambda one, other: widest(one=one, other=other), parts)


def _columns(a: Architecture, inner: Any, plan: Serving) -> Any:
    both = up_columns(matrices=a.mlp_matrices, inner=inner, tensor=plan.tensor)
    return both + shared_out(whole=inner, ranks=plan.tensor)


def _experts(
    a: Architecture, plan: Serving, device: Device, e: Achieved, r: Rates, rows: Any, wide: dict[str, Any]
) -> tuple[Any, Any]:
    """Return the time of the experts of one layer on the fullest chip, and of the exchange that is not hidden. [s]"""
    groups = attention_groups(chips=plan.chips, tensor=plan.tensor)
    tokens = joined(count=groups, each=rows)
    touched = touched_experts(experts=a.experts, routed=a.experts_per_token, tokens=tokens)
    grouped = {
        "rows": arriving_rows(tokens=tokens, routed=a.experts_per_token, ranks=plan.expert, uneven=e.uneven, skew=plan.skew),
        "touched": shared_out(whole=touched, ranks=plan.expert), "weight": device.expert_weight,
        "element": device.element, "rate": r.experts, "bandwidth": r.memory, "launch": wide["launch"],
        "tile": e.tile,
    }  # fmt: skip
    inner = expert_shard(length=a.expert_width, chips=plan.chips, expert=plan.expert)
    shared = shared_out(whole=plan.tensor, ranks=plan.tensor)
    columns = up_columns(matrices=a.mlp_matrices, inner=inner, tensor=shared)
    network = expert_product_time(inner=a.width, columns=columns, **grouped)
    network = network + expert_product_time(inner=inner, columns=a.width, **grouped)
    if some(a.shared_experts):
        beside = a._replace(mlp_width=joined(count=a.shared_experts, each=a.expert_width))
        network = network + where_shared(shared=a.shared_experts, each=_network(beside, plan, wide))
    inside = ranks_inside(ranks=plan.chips, stride=shared, domain=device.domain)
    sent = {
        "tokens": own_tokens(rows=rows, tensor=plan.tensor), "width": a.width, "routed": a.experts_per_token,
        "ranks": plan.chips, "inside": inside, "up": link_rate(up=r.exchange_up, shared=device.shared, ranks=plan.chips), "out": r.exchange_out, "latency": e.exchange,
    }  # fmt: skip
    there = expert_exchange_time(element=device.element, **sent)
    back = expert_exchange_time(element=device.wide, **sent)
    exchange = between_groups(groups=groups, each=hidden_share(each=there + back, overlap=e.overlap))
    return network, exchange


def has_dense(a: Architecture) -> bool:
    return some(a.dense_layers)


def sum_of(parts: Iterable[Any]) -> Any:
    """Return a sum; of Figures as operations, whose ranges are worked out only when somebody asks for them."""
    return reduce(operator.add, parts)
