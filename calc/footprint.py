# SPDX-License-Identifier: Apache-2.0
"""Memory of a training step on the fullest chip: weights, gradients, optimizer states, activations.

The sum is what the method needs, without the allocator's fragments and the framework's buffers: a plan that does not fit
here fits nowhere, and one that fills the device to the last percent needs a careful program.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture, attention_parameters, dense_mlp_parameters, expert_parameters
from chipgauge.calc.formula import ceil, formula
from chipgauge.calc.plan import Plan
from chipgauge.calc.transformer import (
    KORTHIKANTI,
    NARAYANAN,
    ZERO,
    checkpoint_activations,
    layer_activations,
    logit_bytes,
    microbatches_in_flight,
    routed_activations,
    state_bytes,
)
from chipgauge.specs.figure import maximum, minimum


class Footprint(NamedTuple):
    """Bytes on the fullest chip; `stored` and `kept` are those of one layer without and with recomputation."""

    states: Any
    activations: Any
    logits: Any
    gathered: Any
    total: Any
    stored: Any
    kept: Any
    flight: Any


@formula(returns="1", cite=NARAYANAN, layers="1", pipeline="1", chunks="1")
def stage_layers(*, layers: Any, pipeline: Any, chunks: Any) -> Any:
    """Return the layers of the fullest stage: whole layers in each chunk. [1]

    >>> stage_layers(layers=126, pipeline=8, chunks=8)
    16.0
    """
    return ceil(layers / (pipeline * chunks)) * chunks


@formula(
    returns="1", cite=NARAYANAN, layers="1", attention="1", network="1", vocabulary="1", width="1", embeddings="1",
    pipeline="1", tensor="1",
)  # fmt: skip
def dense_stage_parameters(
    *,
    layers: Any,
    attention: Any,
    network: Any,
    vocabulary: Any,
    width: Any,
    embeddings: Any,
    pipeline: Any,
    tensor: Any,
) -> Any:
    """Return the parameters of the first stage on one tensor rank, without routed experts. [1]

    `network` are the feed-forward parameters of a layer; a single stage holds the output embedding too.
    """
    return (
        layers * (attention + network) + vocabulary * width * (1 + (embeddings - 1) * (1 - minimum(1, pipeline - 1)))
    ) / tensor


@formula(returns="1", cite="Lepikhin et al. 2020, arXiv 2006.16668 (GShard)", layers="1", expert="1", sparse="1",
         experts="1", ranks="1", tensor="1", replicas="1")  # fmt: skip
def routed_stage_parameters(
    *, layers: Any, expert: Any, sparse: Any, experts: Any, ranks: Any, tensor: Any, replicas: Any
) -> Any:
    """Return the parameters of the routed experts of a stage on one chip. [1]

    `expert` are those of one expert, `sparse` the share of layers with experts. They are divided over expert and tensor
    ranks, at most over all chips of a stage (`tensor * replicas`).
    """
    return layers * sparse * expert * experts / (tensor * minimum(ranks, replicas))


@formula(returns="1", cite="definition", parameters="1", layers="1")
def each_layer(*, parameters: Any, layers: Any) -> Any:
    """Return the mean of a stage's parameters over its layers. [1]"""
    return parameters / layers


@formula(returns="1", cite="definition", part="1", whole="1")
def share_of(*, part: Any, whole: Any) -> Any:
    """Return a part as a share of the whole. [1]"""
    return part / whole


@formula(returns="1", cite="definition", data="1", context="1")
def replica_ranks(*, data: Any, context: Any) -> Any:
    """Return how many chips hold the same parameters: data and context ranks. [1]"""
    return data * context


@formula(returns="1", cite="definition", data="1", context="1", expert="1")
def expert_replicas(*, data: Any, context: Any, expert: Any) -> Any:
    """Return how many chips hold the same routed experts; experts may spread over tensor ranks too. [1]"""
    return maximum(1, data * context / expert)


@formula(returns="1", cite="definition", layers="1", dense="1")
def sparse_share(*, layers: Any, dense: Any) -> Any:
    """Return the share of layers with experts. [1]"""
    return 1 - dense / layers


@formula(returns="1", cite="definition: the mean over layers with and without experts", sparse="1", one="1", other="1")
def mixed(*, sparse: Any, one: Any, other: Any) -> Any:
    """Return the mean of dense layers (`one`) and of a share `sparse` of layers with experts (`other`). [1]"""
    return (1 - sparse) * one + sparse * other


@formula(returns="1", cite="definition: the experts that a token uses", routed="1", shared="1", expert="1")
def expert_inner(*, routed: Any, shared: Any, expert: Any) -> Any:
    """Return the width of all experts that a token uses together. [1]"""
    return (routed + shared) * expert


@formula(returns="1", cite="definition", shared="1", expert="1", width="1", experts="1")
def shared_network(*, shared: Any, expert: Any, width: Any, experts: Any) -> Any:
    """Return the parameters of shared experts and of the router of one layer. [1]"""
    return shared * expert + width * experts


@formula(returns="1", cite="definition: only layers with experts route", sparse="1", routed="1")
def routed_copies(*, sparse: Any, routed: Any) -> Any:
    """Return how many experts a token is sent to, averaged over the layers. [1]"""
    return sparse * routed


@formula(returns="1", cite=KORTHIKANTI, tensor="1", sequence="1")
def sequence_split(*, tensor: Any, sequence: Any) -> Any:
    """Return over how many ranks norms are divided: the tensor ranks under sequence parallelism, else 1. [1]"""
    return 1 + (tensor - 1) * sequence


@formula(returns="byte", cite=KORTHIKANTI, layers="1", flight="1", stored="byte", kept="byte", recompute="1")
def stage_activations(*, layers: Any, flight: Any, stored: Any, kept: Any, recompute: Any) -> Any:
    """Return the activations of the first stage: of all its layers and all micro-batches in flight. [byte]

    A share `recompute` of the layers keeps only its input, and one of them is alive in full while it is recomputed.
    """
    return flight * layers * (recompute * kept + (1 - recompute) * stored) + recompute * stored


@formula(returns="byte", cite=ZERO, layer="1", zero="1", weight="byte", replicas="1")
def gathered_weights(*, layer: Any, zero: Any, weight: Any, replicas: Any) -> Any:
    """Return the gathered weights of one layer under ZeRO stage 3; a single replica has them whole. [byte]"""
    return layer * weight * maximum(0, minimum(1, zero - 2)) * maximum(0, minimum(1, replicas - 1))


@formula(returns="byte", cite="definition", states="byte", activations="byte", logits="byte", gathered="byte")
def training_bytes(*, states: Any, activations: Any, logits: Any, gathered: Any) -> Any:
    """Return the memory of the fullest chip. [byte]"""
    return states + activations + gathered + logits


@formula(returns="1", cite="definition: the least share of layers that makes room", need="byte", room="byte",
         saved="byte")  # fmt: skip
def recompute_needed(*, need: Any, room: Any, saved: Any) -> Any:
    """Return the least share of layers to recompute so that `need` fits into `room`; 1 where it never does. [1]"""
    return maximum(0, minimum(1, (need - room) / maximum(saved, 1)))


class Stage(NamedTuple):
    """The fullest stage of a plan on one chip: what both its time and its memory need."""

    layers: Any
    sparse: Any
    inner: Any
    routed: Any
    split: Any
    replicas: Any
    dense: Any
    experts: Any
    expert_replicas: Any


def has_experts(a: Architecture) -> bool:
    """Tell whether a model may have experts; in a column some may."""
    return not (isinstance(a.experts, (int, float)) and a.experts == 0)


def has_dense(a: Architecture) -> bool:
    """Tell whether some layers of a model may have one network instead of experts."""
    return not (isinstance(a.dense_layers, (int, float)) and a.dense_layers == 0)


def stage(a: Architecture, plan: Plan) -> Stage:
    """Return the fullest stage; what belongs to routed experts is None for a model without them."""
    layers = stage_layers(layers=a.layers, pipeline=plan.pipeline, chunks=plan.chunks)
    sparse, inner, routed, experts, copies = None, a.mlp_width, None, None, None
    network = dense_mlp_parameters(a) if has_dense(a) else None
    replicas = replica_ranks(data=plan.data, context=plan.context)
    if has_experts(a):
        expert = expert_parameters(a)
        used = expert_inner(routed=a.experts_per_token, shared=a.shared_experts, expert=a.expert_width)
        beside = shared_network(shared=a.shared_experts, expert=expert, width=a.width, experts=a.experts)
        if has_dense(a):
            sparse = sparse_share(layers=a.layers, dense=a.dense_layers)
            inner = mixed(sparse=sparse, one=inner, other=used)
            network = mixed(sparse=sparse, one=network, other=beside)
        else:
            sparse, inner, network = share_of(part=a.layers, whole=a.layers), used, beside
        routed = routed_copies(sparse=sparse, routed=a.experts_per_token)
        experts = routed_stage_parameters(
            layers=layers, expert=expert, sparse=sparse, experts=a.experts, ranks=plan.expert, tensor=plan.tensor,
            replicas=replicas,
        )  # fmt: skip
        copies = expert_replicas(data=plan.data, context=plan.context, expert=plan.expert)
    dense = dense_stage_parameters(
        layers=layers, attention=attention_parameters(a), network=network, vocabulary=a.vocabulary, width=a.width,
        embeddings=a.embeddings, pipeline=plan.pipeline, tensor=plan.tensor,
    )  # fmt: skip
    split = sequence_split(tensor=plan.tensor, sequence=plan.sequence)
    return Stage(layers, sparse, inner, routed, split, replicas, dense, experts, copies)


def footprint(
    a: Architecture, plan: Plan, s: Stage, *, tokens: Any, span: Any, microbatches: Any, weight: Any, gradient: Any,
    optimizer: Any,
) -> Footprint:  # fmt: skip
    """Return the memory that a plan needs on its fullest chip.

    Parameters
    ----------
    tokens, span, microbatches : numeric
        Tokens of a micro-batch on one chip, length of the sequence, micro-batches of a step on one replica. [1]
    weight, gradient, optimizer : numeric
        Bytes a parameter: 2, 2 and 12 in mixed precision (a 32-bit copy and two moments). [byte]
    """
    each = {"zero": plan.zero, "weight": weight, "gradient": gradient, "optimizer": optimizer}
    states = state_bytes(parameters=s.dense, data=s.replicas, **each)
    divided = {"zero": plan.zero, "weight": weight}
    layer = each_layer(parameters=s.dense, layers=s.layers)
    gathered = gathered_weights(layer=layer, replicas=s.replicas, **divided)
    if s.experts is not None:
        states = states + state_bytes(parameters=s.experts, data=s.expert_replicas, **each)
        layer = each_layer(parameters=s.experts, layers=s.layers)
        gathered = gathered + gathered_weights(layer=layer, replicas=s.expert_replicas, **divided)
    stored = layer_activations(
        tokens=tokens, span=span, width=a.width, heads=a.heads, kv_heads=a.kv_heads, head_dim=a.head_dim,
        value_dim=a.value_dim, inner=s.inner, matrices=a.mlp_matrices, tensor=plan.tensor, split=s.split,
        fused=plan.fused, selective=plan.selective,
    )  # fmt: skip
    if s.routed is not None:
        stored = stored + routed_activations(tokens=tokens, width=a.width, routed=s.routed, split=s.split)
    kept = checkpoint_activations(tokens=tokens, width=a.width, split=s.split)
    flight = microbatches_in_flight(pipeline=plan.pipeline, chunks=plan.chunks, microbatches=microbatches)
    held = stage_activations(layers=s.layers, flight=flight, stored=stored, kept=kept, recompute=plan.recompute)
    logits = logit_bytes(tokens=tokens, vocabulary=a.vocabulary, tensor=plan.tensor, pipeline=plan.pipeline)
    total = training_bytes(states=states, activations=held, logits=logits, gathered=gathered)
    return Footprint(states, held, logits, gathered, total, stored, kept, flight)


def least_recompute(f: Footprint, s: Stage, *, room: Any) -> Any:
    """Return the least share of layers to recompute so that a footprint without recomputation fits into `room`. [1]"""
    saved = stage_activations(layers=s.layers, flight=f.flight, stored=f.stored, kept=f.kept, recompute=0.0)
    least = stage_activations(layers=s.layers, flight=f.flight, stored=f.stored, kept=f.kept, recompute=1.0)
    return recompute_needed(need=f.total, room=room, saved=saved - least)


def whole_percent(share: Any) -> Any:
    """Return a share of layers in whole percent, rounded up. [1]

    >>> whole_percent(0.101)
    0.11
    """
    return ceil(share * 100) / 100
