# SPDX-License-Identifier: Apache-2.0
"""What one layer of a transformer computes, reads and stores on one chip, operator by operator.

`tokens` are those one chip handles in one pass: micro-batch x sequence / context ranks in training, the prompt tokens in
prefill, one a sequence in decode. `tensor` is the number of ranks that share each matrix. A backward pass costs twice the
products of the forward pass (gradients of inputs and of weights) and recomputation one forward pass more.

Training memory follows Korthikanti et al. 2022, whose formulas come out exactly for their model (MLP of four widths,
plain attention, 16-bit activations, one-byte dropout masks).
"""

from __future__ import annotations

from typing import Any

from chipgauge.calc.architecture import Architecture, attention_parameters
from chipgauge.calc.formula import formula
from chipgauge.specs.figure import maximum, minimum

KORTHIKANTI = "Korthikanti et al. 2022, arXiv 2205.05198"
NARAYANAN = "Narayanan et al. 2021, arXiv 2104.04473"
FLASH = "Dao et al. 2022, arXiv 2205.14135 (FlashAttention)"
ZERO = "Rajbhandari et al. 2020, arXiv 1910.02054 (ZeRO)"
FSDP = "Zhao et al. 2023, arXiv 2304.11277 (PyTorch FSDP)"
CHOWDHERY = "Chowdhery et al. 2022, arXiv 2204.02311, appendix B (model FLOP utilisation)"


# --- shapes of the products --------------------------------------------------------------------------------------


@formula(
    returns="1", cite="definition: everything of attention but the output map", parameters="1", width="1", heads="1",
    value_dim="1", tensor="1",
)  # fmt: skip
def projection_columns(*, parameters: Any, width: Any, heads: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the columns of the product that makes queries, keys and values. [1]

    With latent attention the maps down and up are counted as one product of the same FLOPs.
    """
    return (parameters / width - heads * value_dim) / tensor


@formula(returns="1", cite="definition", heads="1", value_dim="1", tensor="1")
def output_inner(*, heads: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the inner length of the output product of attention. [1]"""
    return heads * value_dim / tensor


@formula(returns="1", cite="definition", matrices="1", inner="1", tensor="1")
def up_columns(*, matrices: Any, inner: Any, tensor: Any) -> Any:
    """Return the columns of the first product of a feed-forward network, its gate included. [1]"""
    return (matrices - 1) * inner / tensor


@formula(returns="1", cite="definition", length="1", tensor="1")
def shard(*, length: Any, tensor: Any) -> Any:
    """Return a length divided over the tensor ranks. [1]"""
    return length / tensor


# --- attention ---------------------------------------------------------------------------------------------------


@formula(returns="1", cite="definition: a causal layer sees half of the sequence on average", sequence="1")
def causal_span(*, sequence: Any) -> Any:
    """Return the mean number of keys that a token sees in a causal layer without a window. [1]"""
    return sequence / 2


@formula(
    returns="1", cite="Beltagy et al. 2020, arXiv 2004.05150 (sliding-window attention)", span="1", window="1",
    windowed="1", layers="1",
)  # fmt: skip
def mixed_span(*, span: Any, window: Any, windowed: Any, layers: Any) -> Any:
    """Return the mean number of keys over layers of which some have a window. [1]"""
    return span - (span - minimum(span, window)) * windowed / layers


@formula(
    returns="op", cite=f"{NARAYANAN}; {FLASH}", tokens="1", span="1", heads="1", head_dim="1", value_dim="1",
    tensor="1",
)  # fmt: skip
def score_operations(*, tokens: Any, span: Any, heads: Any, head_dim: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the FLOPs of scores and weighted values in one layer, forward. [op]

    The 4bs^2h of GPT with a span of the whole sequence; half of it where the kernel skips masked blocks.

    >>> score_operations(tokens=2048, span=2048, heads=96, head_dim=128, value_dim=128, tensor=1) == 4 * 2048**2 * 12288
    True
    """
    return 2 * tokens * span * heads * (head_dim + value_dim) / tensor


@formula(returns="byte", cite=KORTHIKANTI, tokens="1", span="1", heads="1", tensor="1", crossings="1")
def score_traffic(*, tokens: Any, span: Any, heads: Any, tensor: Any, crossings: Any) -> Any:
    """Return the traffic of attention that writes its scores to memory: so many crossings of 2 bytes. [byte]"""
    return 2 * crossings * tokens * span * heads / tensor


@formula(returns="byte", cite=FLASH, tokens="1", heads="1", kv_heads="1", head_dim="1", value_dim="1", tensor="1")
def fused_traffic(*, tokens: Any, heads: Any, kv_heads: Any, head_dim: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the traffic of fused attention over a whole sequence: queries, keys, values, output, once. [byte]"""
    return 2 * tokens * (heads + kv_heads) * (head_dim + value_dim) / tensor


# --- the other operators -----------------------------------------------------------------------------------------


@formula(
    returns="byte", cite="definition: two norms (read, write) and two residual sums (read, read, write)", tokens="1",
    width="1", split="1",
)  # fmt: skip
def norm_traffic(*, tokens: Any, width: Any, split: Any) -> Any:
    """Return the traffic of norms and residual sums in one layer, forward; `split` over sequence-parallel ranks. [byte]"""
    return 20 * tokens * width / split


@formula(
    returns="byte", cite="definition: read what the activation takes, write what it gives", tokens="1", inner="1",
    matrices="1", tensor="1",
)  # fmt: skip
def activation_traffic(*, tokens: Any, inner: Any, matrices: Any, tensor: Any) -> Any:
    """Return the traffic of the activation of a feed-forward network, its gate included, forward. [byte]"""
    return 2 * matrices * tokens * inner / tensor


@formula(
    returns="byte", cite="definition: read 2 bytes, write 1 and its transpose, before every product in 8 bits",
    tokens="1", width="1", heads="1", value_dim="1", inner="1", tensor="1", split="1",
)  # fmt: skip
def cast_traffic(*, tokens: Any, width: Any, heads: Any, value_dim: Any, inner: Any, tensor: Any, split: Any) -> Any:
    """Return the traffic of the casts before the four products of a layer, forward. [byte]"""
    return 4 * tokens * (2 * width / split + (heads * value_dim + inner) / tensor)


@formula(
    returns="byte", cite="definition: tokens are sorted by expert and back, a copy each way, and cast for the experts",
    tokens="1", width="1", routed="1", split="1", narrow="1", factor="1",
)  # fmt: skip
def routing_traffic(*, tokens: Any, width: Any, routed: Any, split: Any, narrow: Any, factor: Any) -> Any:
    """Return the traffic of sorting tokens by expert and back in one layer, forward. [byte]"""
    return factor * tokens * width * (8 * routed + 4 + 4 * narrow * routed) / split


@formula(returns="byte", cite=NARAYANAN, tokens="1", width="1")
def hidden_bytes(*, tokens: Any, width: Any) -> Any:
    """Return the hidden states of some tokens in 16 bits: what tensor and pipeline ranks send each other. [byte]"""
    return 2 * tokens * width


def input_columns(a: Architecture, tensor: Any) -> Any:
    """Return the columns of the query, key and value product of one layer. [1]"""
    return projection_columns(
        parameters=attention_parameters(a), width=a.width, heads=a.heads, value_dim=a.value_dim, tensor=tensor
    )


# --- model FLOPs -------------------------------------------------------------------------------------------------


@formula(returns="op", cite=CHOWDHERY, parameters="1", tokens="1")
def model_operations(*, parameters: Any, tokens: Any) -> Any:
    """Return the model FLOPs of a training step without attention scores: six a parameter and token. [op]

    `parameters` are those that multiply (active experts, the output embedding, not the input embedding).
    """
    return 6 * parameters * tokens


@formula(returns="op", cite=CHOWDHERY, layers="1", tokens="1", span="1", heads="1", head_dim="1", value_dim="1")
def model_score_operations(*, layers: Any, tokens: Any, span: Any, heads: Any, head_dim: Any, value_dim: Any) -> Any:
    """Return the model FLOPs of attention scores in a step: three times the forward pass, no recomputation. [op]"""
    return 6 * layers * tokens * span * heads * (head_dim + value_dim)


# --- training memory ---------------------------------------------------------------------------------------------


@formula(returns="byte", cite=f"{KORTHIKANTI}, equation 1", sequence="1", batch="1", width="1", heads="1")
def activations(*, sequence: Any, batch: Any, width: Any, heads: Any) -> Any:
    """Return the stored activations of one layer without any parallelism: sbh(34 + 5as/h). [byte]

    >>> activations(sequence=2048, batch=1, width=12288, heads=96) / (2048 * 12288)
    114.0
    """
    return sequence * batch * width * (34 + 5 * heads * sequence / width)


@formula(
    returns="byte", cite=f"{KORTHIKANTI}, equations 2 to 6, with GQA, gates, experts and fused attention", tokens="1",
    span="1", width="1", heads="1", kv_heads="1", head_dim="1", value_dim="1", inner="1", matrices="1", tensor="1",
    split="1", fused="1", selective="1",
)  # fmt: skip
def layer_activations(
    *, tokens: Any, span: Any, width: Any, heads: Any, kv_heads: Any, head_dim: Any, value_dim: Any, inner: Any,
    matrices: Any, tensor: Any, split: Any, fused: Any, selective: Any,
) -> Any:  # fmt: skip
    """Return the stored activations of one layer and micro-batch on one chip. [byte]

    `split` is `tensor` under sequence parallelism and 1 without; `fused` and `selective` are 0 or 1 (scores are kept
    only when both are 0); `inner` is the feed-forward width that a token uses, over all of its experts. Fused attention comes with training without dropout masks.

    >>> gpt3 = dict(
    ...     tokens=2048, span=2048, width=12288, heads=96, kv_heads=96, head_dim=128, value_dim=128, inner=49152, matrices=2
    ... )
    >>> h = 2048 * 12288
    >>> layer_activations(**gpt3, tensor=1, split=1, fused=0, selective=0) / h  # equation 1
    114.0
    >>> layer_activations(**gpt3, tensor=8, split=1, fused=0, selective=0) / h  # equation 2: 10 + 24/t + 5as/ht
    23.0
    >>> layer_activations(**gpt3, tensor=8, split=8, fused=0, selective=1) / h  # equation 6: 34/t
    4.25
    """
    return tokens * (
        (8 + 2 * (1 - fused)) * width / split
        + 2 * ((heads + kv_heads) * (head_dim + value_dim) + matrices * inner) / tensor
        + 5 * (1 - fused) * (1 - selective) * heads * span / tensor
    )


@formula(returns="byte", cite="definition: a copy of the token for each of its experts", tokens="1", width="1",
         routed="1", split="1")  # fmt: skip
def routed_activations(*, tokens: Any, width: Any, routed: Any, split: Any) -> Any:
    """Return what one layer stores beside that for the inputs of routed experts. [byte]"""
    return 2 * tokens * width * routed / split


@formula(returns="byte", cite=f"{KORTHIKANTI}, section 4.3", tokens="1", width="1", split="1")
def checkpoint_activations(*, tokens: Any, width: Any, split: Any) -> Any:
    """Return what a layer under full recomputation stores: its input, 2sbh, divided under sequence parallelism. [byte]"""
    return 2 * tokens * width / split


@formula(returns="1", cite=f"{KORTHIKANTI}, section 4.2.3", pipeline="1", chunks="1", microbatches="1")
def microbatches_in_flight(*, pipeline: Any, chunks: Any, microbatches: Any) -> Any:
    """Return how many micro-batches the first stage holds: p, or p(1 + (p-1)/(pv)) with interleaving. [1]"""
    return minimum(microbatches, pipeline * (1 + minimum(1, chunks - 1) * (pipeline - 1) / (pipeline * chunks)))


@formula(
    returns="byte", cite=f"{ZERO}; {NARAYANAN}", parameters="1", data="1", zero="1", weight="byte", gradient="byte",
    optimizer="byte",
)  # fmt: skip
def state_bytes(*, parameters: Any, data: Any, zero: Any, weight: Any, gradient: Any, optimizer: Any) -> Any:
    """Return weights, gradients and optimizer states on one chip; ZeRO stages 1, 2, 3 divide them by `data`. [byte]

    >>> [state_bytes(parameters=1, data=8, zero=z, weight=2, gradient=2, optimizer=12) for z in (0, 1, 2, 3)]
    [16.0, 5.5, 3.75, 2.0]
    """
    return parameters * (
        weight / (1 + (data - 1) * maximum(0, minimum(1, zero - 2)))
        + gradient / (1 + (data - 1) * maximum(0, minimum(1, zero - 1)))
        + optimizer / (1 + (data - 1) * minimum(1, zero))
    )


@formula(returns="byte", cite="definition: logits and their gradient in 16 bits, on the last stage", tokens="1",
         vocabulary="1", tensor="1", pipeline="1")  # fmt: skip
def logit_bytes(*, tokens: Any, vocabulary: Any, tensor: Any, pipeline: Any) -> Any:
    """Return the logits of a micro-batch and their gradient on the first stage: none if there is a later one. [byte]

    The last stage of a pipeline holds them beside far fewer micro-batches than the first, which stays the fullest.
    """
    return 4 * tokens * vocabulary / tensor * (1 - minimum(1, pipeline - 1))
