# SPDX-License-Identifier: Apache-2.0
"""Passes, volumes and counts of a training step: the arithmetic between one operator and the whole step."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import exp, formula
from chipgauge.calc.transformer import FLASH, FSDP, KORTHIKANTI, NARAYANAN, ZERO
from chipgauge.specs.figure import maximum, minimum

# --- geometry ----------------------------------------------------------------------------------------------------


@formula(returns="1", cite=NARAYANAN, micro_batch="1", sequence="1", context="1")
def tokens_per_pass(*, micro_batch: Any, sequence: Any, context: Any) -> Any:
    """Return the tokens of one micro-batch on one chip. [1]"""
    return micro_batch * sequence / context


@formula(returns="1", cite=NARAYANAN, batch="1", micro_batch="1", data="1")
def microbatch_count(*, batch: Any, micro_batch: Any, data: Any) -> Any:
    """Return the micro-batches of a step on one replica; `batch` counts sequences. [1]"""
    return batch / (micro_batch * data)


@formula(returns="1", cite=f"{NARAYANAN}, section 2.2", pipeline="1", chunks="1")
def bubble_passes(*, pipeline: Any, chunks: Any) -> Any:
    """Return the idle time of a pipeline in passes of a stage: (p - 1) / v. [1]

    >>> bubble_passes(pipeline=8, chunks=1), bubble_passes(pipeline=8, chunks=7)
    (7.0, 1.0)
    """
    return (pipeline - 1) / chunks


@formula(returns="1", cite=f"{NARAYANAN}; {KORTHIKANTI}", recompute="1")
def product_passes(*, recompute: Any) -> Any:
    """Return the passes of a matrix product: one forward, two backward, one more where it is recomputed. [1]"""
    return 3 + recompute


@formula(returns="1", cite=f"{FLASH}; {KORTHIKANTI}", recompute="1", selective="1", fused="1")
def attention_passes(*, recompute: Any, selective: Any, fused: Any) -> Any:
    """Return the passes of attention; fused, its backward pass takes 2.5 and already recomputes the scores. [1]"""
    return fused * (3.5 + recompute) + (1 - fused) * (3 + maximum(recompute, selective))


@formula(returns="1", cite=f"{KORTHIKANTI}, section 4.2", recompute="1")
def exchange_passes(*, recompute: Any) -> Any:
    """Return how often the forward pass's communication of a layer takes place: forward, backward, recomputed. [1]"""
    return 2 + recompute


# --- one layer ---------------------------------------------------------------------------------------------------


@formula(returns="s", cite="definition: one of two kernels", fused="1", with_fusion="s", without="s")
def attention_kernel(*, fused: Any, with_fusion: Any, without: Any) -> Any:
    """Return the time of attention in one layer, forward: `fused` is 0 or 1. [s]"""
    return fused * with_fusion + (1 - fused) * without


@formula(returns="s", cite="definition", passes="1", each="s")
def repeated(*, passes: Any, each: Any) -> Any:
    """Return the time of several passes. [s]"""
    return passes * each


@formula(returns="s", cite=f"{NARAYANAN}, section 2.3; {KORTHIKANTI}, section 4.2.1", passes="1", each="s")
def tensor_exchanges(*, passes: Any, each: Any) -> Any:
    """Return the tensor-parallel communication of one layer: two all-reduces a pass, each two gathers. [s]

    With sequence parallelism an all-gather and a reduce-scatter take the place of each all-reduce: the same volume.
    """
    return 4 * passes * each


@formula(returns="s", cite="Lepikhin et al. 2020, arXiv 2006.16668 (GShard)", passes="1", each="s")
def expert_exchanges(*, passes: Any, each: Any) -> Any:
    """Return the expert-parallel communication of one layer: dispatch and combine a pass. [s]"""
    return 2 * passes * each


@formula(returns="byte", cite="Liu et al. 2023, arXiv 2310.01889 (ring attention)", tokens="1", context="1",
         kv_heads="1", head_dim="1", value_dim="1", tensor="1")  # fmt: skip
def key_value_bytes(*, tokens: Any, context: Any, kv_heads: Any, head_dim: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the keys and values of the whole sequence, which go round the context ranks. [byte]"""
    return 2 * tokens * context * kv_heads * (head_dim + value_dim) / tensor


@formula(returns="byte", cite="definition", tokens="1", width="1", split="1")
def dispatched_bytes(*, tokens: Any, width: Any, split: Any) -> Any:
    """Return one copy of the tokens that a chip sends to experts in one layer, in 16 bits. [byte]"""
    return 2 * tokens * width / split


@formula(returns="1", cite="Wang et al. 2022, ASPLOS 2023, doi 10.1145/3567955.3567959 (overlap by decomposition)",
         tensor="1", chunking="1")  # fmt: skip
def product_pieces(*, tensor: Any, chunking: Any) -> Any:
    """Return into how many pieces a product is cut so that its communication can run beside it. [1]"""
    return 1 + (tensor - 1) * chunking


@formula(returns="1", cite="definition: each piece has a last wave", wave="1", pieces="1")
def repeated_wave(*, wave: Any, pieces: Any) -> Any:
    """Return the output elements wasted in the last waves of all pieces. [1]"""
    return wave * pieces


@formula(returns="s", cite=ZERO, each="s", zero="1")
def gather_of_weights(*, each: Any, zero: Any) -> Any:
    """Return ZeRO-3's communication of one layer: two gathers of weights and a reduce-scatter of gradients. [s]"""
    return 3 * each * maximum(0, minimum(1, zero - 2))


# --- the step ----------------------------------------------------------------------------------------------------


@formula(returns="1", cite="definition: each stage holds as many layers", layers="1", pipeline="1")
def mean_layers(*, layers: Any, pipeline: Any) -> Any:
    """Return the mean number of layers of a stage. [1]"""
    return layers / pipeline


@formula(returns="s", cite="definition: the fullest stage or the last, which makes the logits", microbatches="1",
         fullest="1", mean="1", layer="s", head="s")  # fmt: skip
def last_stage(*, microbatches: Any, fullest: Any, mean: Any, layer: Any, head: Any) -> Any:
    """Return what the slowest stage takes beyond the mean one in a step: more whole layers, or the logits. [s]"""
    return microbatches * maximum((fullest - mean) * layer, head)


@formula(returns="1", cite="definition", microbatches="1", layers="1")
def layer_visits(*, microbatches: Any, layers: Any) -> Any:
    """Return how many layer passes a stage makes in a step. [1]"""
    return microbatches * layers


@formula(returns="s", cite=f"{NARAYANAN}, section 2.2", bubble="1", layers="1", layer="s", hop="s")
def bubble_time(*, bubble: Any, layers: Any, layer: Any, hop: Any) -> Any:
    """Return the idle time of a pipeline in a step. [s]"""
    return bubble * (layers * layer + hop)


@formula(returns="s", cite="definition", sparse="1", one="s", other="s")
def weighted(*, sparse: Any, one: Any, other: Any) -> Any:
    """Return the mean of dense layers (`one`) and of a share `sparse` of layers with experts (`other`). [s]"""
    return (1 - sparse) * one + sparse * other


@formula(returns="byte", cite="definition: kernels that do not fuse read and write more", norms="byte",
         activation="byte", casts="byte", narrow="1", factor="1")  # fmt: skip
def vector_traffic(*, norms: Any, activation: Any, casts: Any, narrow: Any, factor: Any) -> Any:
    """Return the traffic of the vector operations of a layer, forward; `factor` is 1 for fused kernels. [byte]"""
    return factor * (norms + activation + narrow * casts)


@formula(returns="s", cite=f"{NARAYANAN} (gradients accumulate in 32 bits over micro-batches)", parameters="1",
         bandwidth="byte/s", exposed="1", zero="1", replicas="1")  # fmt: skip
def accumulation_time(*, parameters: Any, bandwidth: Any, exposed: Any, zero: Any, replicas: Any) -> Any:
    """Return what adding a micro-batch's gradients to the sum takes beside the product that makes them. [s]

    4 bytes a parameter are read and written; an `exposed` share of it lengthens the product. Under ZeRO-3 the sum is a
    slice where there is more than one replica.
    """
    return (
        exposed
        * 8
        * parameters
        / bandwidth
        * (1 - maximum(0, minimum(1, zero - 2)) * maximum(0, minimum(1, replicas - 1)))
    )


@formula(returns="1", cite="definition", tokens="1", routed="1")
def routed_rows(*, tokens: Any, routed: Any) -> Any:
    """Return the rows of the experts' products on one chip: balanced, as many copies as tokens have experts. [1]"""
    return tokens * routed


@formula(returns="1", cite="definition", experts="1", ranks="1")
def local_experts(*, experts: Any, ranks: Any) -> Any:
    """Return the experts of one layer on one chip. [1]"""
    return experts / ranks


@formula(returns="1", cite="definition", shared="1", width="1")
def shared_width(*, shared: Any, width: Any) -> Any:
    """Return the width of all shared experts together. [1]"""
    return shared * width


@formula(returns="s", cite="definition", shared="1", each="s")
def where_shared(*, shared: Any, each: Any) -> Any:
    """Return the time of shared experts, none where a model has none. [s]"""
    return minimum(1, shared) * each


@formula(returns="1", cite="definition: ranks are numbered tensor, context and data, pipeline", tensor="1",
         replicas="1")  # fmt: skip
def pipeline_stride(*, tensor: Any, replicas: Any) -> Any:
    """Return the distance of neighbours in the pipeline in the numbering of chips. [1]"""
    return tensor * replicas


@formula(returns="1", cite="definition: expert ranks are the nearest of the data ranks", tensor="1", expert="1")
def expert_stride(*, tensor: Any, expert: Any) -> Any:
    """Return the distance of two chips with the same experts. [1]"""
    return tensor * expert


@formula(returns="byte", cite=f"{NARAYANAN}, section 4.1", volume="byte", split="1")
def split_bytes(*, volume: Any, split: Any) -> Any:
    """Return what each tensor rank sends to the next stage: its slice of the hidden states. [byte]"""
    return volume / split


@formula(returns="s", cite=f"{NARAYANAN}, section 2.2", chunks="1", each="s", overlap="1")
def hops(*, chunks: Any, each: Any, overlap: Any) -> Any:
    """Return the exposed sends of one micro-batch on one stage: each chunk, forward and backward. [s]"""
    return 2 * chunks * each * (1 - overlap)


@formula(returns="s", cite="definition: three products, and a loss that reads and writes the logits in 32 bits",
         each="s", rows="1", columns="1", bandwidth="byte/s")  # fmt: skip
def head_passes(*, each: Any, rows: Any, columns: Any, bandwidth: Any) -> Any:
    """Return the time of the output embedding and the loss, forward and backward. [s]"""
    return 3 * each + 16 * rows * columns / bandwidth


@formula(returns="byte", cite="definition", parameters="1", weight="byte")
def weight_volume(*, parameters: Any, weight: Any) -> Any:
    """Return the weights of one layer in bytes. [byte]"""
    return parameters * weight


@formula(returns="byte", cite="definition: 16-bit gradients, one a parameter", parameters="1", gradient="byte",
         zero="1")  # fmt: skip
def gradient_volume(*, parameters: Any, gradient: Any, zero: Any) -> Any:
    """Return what data-parallel ranks reduce after the last micro-batch; ZeRO-3 has done so layer by layer. [byte]"""
    return parameters * gradient * (1 - maximum(0, minimum(1, zero - 2)))


@formula(returns="s", cite=ZERO, each="s")
def gradient_exchange(*, each: Any) -> Any:
    """Return the exchange of gradients: a reduce-scatter and an all-gather, or an all-reduce of the same volume. [s]"""
    return 2 * each


@formula(returns="s", cite=f"{ZERO}, section 7.2.1; {FSDP}, section 3.3.4 (accumulation with communication)", each="s",
         microbatches="1", zero="1")  # fmt: skip
def gradient_reductions(*, each: Any, microbatches: Any, zero: Any) -> Any:
    """Return the reduce-scatters that ZeRO-2 adds: after each micro-batch, since no chip has room for a whole sum. [s]

    `each` is what a pass does not hide of one; the last one is part of `gradient_exchange`.

    >>> [gradient_reductions(each=0.5, microbatches=9, zero=zero) for zero in (0, 1, 2, 3)]
    [0.0, 0.0, 4.0, 0.0]
    """
    return each * (microbatches - 1) * maximum(0, minimum(zero - 1, 3 - zero))


@formula(returns="byte", cite="definition: read gradient, copy and moments, write copy, moments and weight",
         parameters="1", data="1", zero="1")  # fmt: skip
def optimizer_traffic(*, parameters: Any, data: Any, zero: Any) -> Any:
    """Return the memory traffic of Adam: 30 bytes a parameter, over `data` ranks from ZeRO-1 on. [byte]"""
    return 30 * parameters / (1 + (data - 1) * minimum(1, zero))


@formula(returns="s", cite="definition: an excess over mature programs that decays with the age of the chip",
         known="s", immaturity="1", age="s", maturing="s")  # fmt: skip
def software_time(*, known: Any, immaturity: Any, age: Any, maturing: Any) -> Any:
    """Return what young programs take beyond the sum of the known parts. [s]

    The same 512 H100 trained GPT-3 27% faster a year after the first published result. `age` is the time from the
    release of the chip to the run.
    """
    return known * immaturity * exp(-age / maturing)


@formula(returns="1", cite="definition", batch="1", sequence="1")
def step_tokens(*, batch: Any, sequence: Any) -> Any:
    """Return the tokens of a step. [1]"""
    return batch * sequence


@formula(returns="1", cite="Chowdhery et al. 2022, arXiv 2204.02311, appendix B", operations="op", time="s", chips="1",
         peak="op/s")  # fmt: skip
def achieved_share(*, operations: Any, time: Any, chips: Any, peak: Any) -> Any:
    """Return the share of the peak of all chips that some operations take in a time. [1]"""
    return operations / (time * chips * peak)


@formula(returns="token/s", cite="definition", tokens="1", time="s", chips="1")
def chip_rate(*, tokens: Any, time: Any, chips: Any) -> Any:
    """Return tokens a second and chip. [token/s]"""
    return tokens / (time * chips)
