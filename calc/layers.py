# SPDX-License-Identifier: Apache-2.0
"""The formulas of one layer of a decoder-only language model: parameters of its parts, elements of its cache.

Counts are without dimension. Each works on numbers, arrays, fractions and Figures.
"""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula, minimum

GQA = "Ainslie et al. 2023, arXiv 2305.13245 (grouped-query attention)"
MLA = "DeepSeek-AI 2024, DeepSeek-V2, arXiv 2405.04434 (multi-head latent attention)"
MOE = "Dai et al. 2024, DeepSeekMoE, arXiv 2401.06066 (routed and shared experts)"
GPT = "Narayanan et al. 2021, arXiv 2104.04473 (parameter count of a GPT model)"
GLU = "Shazeer 2020, arXiv 2002.05202 (gated feed-forward layers)"
WINDOW = "Beltagy et al. 2020, arXiv 2004.05150 (sliding-window attention)"


@formula(returns="1", cite="Vaswani et al. 2017, arXiv 1706.03762 (multi-head attention)", width="1", heads="1")
def head_length(*, width: Any, heads: Any) -> Any:
    """Return the length of a head of a model that states none: the width is shared out among the heads. [1]

    Llama 3.1 70B:

    >>> head_length(width=8192, heads=64)
    128.0
    """
    return width / heads


@formula(returns="1", cite=GQA, width="1", heads="1", kv_heads="1", head_dim="1")
def grouped_attention_parameters(*, width: Any, heads: Any, kv_heads: Any, head_dim: Any) -> Any:
    """Return the parameters of one layer of attention with `heads` queries over `kv_heads` keys and values. [1]

    Queries and output take `heads * head_dim * width` each, keys and values `kv_heads * head_dim * width` each;
    `kv_heads = heads` is multi-head attention, `kv_heads = 1` multi-query attention.

    Llama 3.1 70B:

    >>> grouped_attention_parameters(width=8192, heads=64, kv_heads=8, head_dim=128)
    150994944
    """
    return 2 * width * head_dim * (heads + kv_heads)


@formula(returns="1", cite=MLA, width="1", query_rank="1", heads="1", head_dim="1")
def latent_query_parameters(*, width: Any, query_rank: Any, heads: Any, head_dim: Any) -> Any:
    """Return the parameters of compressed queries in one layer: down to `query_rank`, up to all heads. [1]

    DeepSeek-V3:

    >>> latent_query_parameters(width=7168, query_rank=1536, heads=128, head_dim=192)
    48758784
    """
    return query_rank * (width + heads * head_dim)


@formula(returns="1", cite=MLA, width="1", heads="1", head_dim="1")
def query_parameters(*, width: Any, heads: Any, head_dim: Any) -> Any:
    """Return the parameters of queries that are not compressed, in one layer. [1]

    >>> query_parameters(width=7168, heads=128, head_dim=192)
    176160768
    """
    return width * heads * head_dim


@formula(returns="1", cite=MLA, width="1", kv_rank="1", nope_dim="1", rope_dim="1", value_dim="1", heads="1")
def latent_kv_parameters(*, width: Any, kv_rank: Any, nope_dim: Any, rope_dim: Any, value_dim: Any, heads: Any) -> Any:
    """Return the parameters of compressed keys and values and of the output, in one layer of latent attention. [1]

    Down to the latent vector and the shared rotary key, up to the keys and values of each head, and the output.

    DeepSeek-V3:

    >>> latent_kv_parameters(width=7168, kv_rank=512, nope_dim=128, rope_dim=64, value_dim=128, heads=128)
    138346496
    """
    return width * (kv_rank + rope_dim) + kv_rank * heads * (nope_dim + value_dim) + heads * value_dim * width


@formula(returns="1", cite="definition: layers of one kind are alike", layers="1", each="1")
def over_layers(*, layers: Any, each: Any) -> Any:
    """Return a count over so many layers that are alike. [1]

    >>> over_layers(layers=61, each=187105280)
    11413422080
    """
    return layers * each


@formula(returns="1", cite="definition: every layer is of one kind or the other", layers="1", apart="1")
def other_layers(*, layers: Any, apart: Any) -> Any:
    """Return how many layers are left when those of one kind are taken apart. [1]

    >>> other_layers(layers=61, apart=3)
    58
    """
    return layers - apart


@formula(returns="1", cite=GLU, width="1", inner="1", matrices="1")
def mlp_parameters(*, width: Any, inner: Any, matrices: Any) -> Any:
    """Return the parameters of one feed-forward network: 3 matrices with a gate, 2 without. [1]

    An expert of DeepSeek-V3:

    >>> mlp_parameters(width=7168, inner=2048, matrices=3)
    44040192
    """
    return matrices * width * inner


@formula(returns="1", cite=MOE, expert="1", experts="1", shared="1", width="1", routed="1")
def mixture_parameters(*, expert: Any, experts: Any, shared: Any, width: Any, routed: Any) -> Any:
    """Return the parameters of one layer of experts: those that count, those always used, and the router. [1]

    `experts` is how many routed experts count (all of them, or those that one token uses), `routed` how many there
    are: the router scores every one.

    What one token uses in a layer of DeepSeek-V3:

    >>> mixture_parameters(expert=44040192, experts=8, shared=1, width=7168, routed=256)
    398196736
    """
    return expert * (experts + shared) + width * routed


@formula(returns="1", cite=GPT, vocabulary="1", width="1", matrices="1")
def embedding_parameters(*, vocabulary: Any, width: Any, matrices: Any) -> Any:
    """Return the parameters of the input and output embeddings: 2 matrices, or 1 that serves both. [1]

    >>> embedding_parameters(vocabulary=129280, width=7168, matrices=2)
    1853358080
    """
    return vocabulary * width * matrices


@formula(returns="1", cite=GPT, positions="1", width="1")
def position_parameters(*, positions: Any, width: Any) -> Any:
    """Return the parameters of learned positions. [1]

    >>> position_parameters(positions=2048, width=12288)
    25165824
    """
    return positions * width


@formula(returns="1", cite=GPT, layers="1", width="1")
def norm_parameters(*, layers: Any, width: Any) -> Any:
    """Return the scales of the norms: two in each layer and one at the end. [1]

    >>> norm_parameters(layers=61, width=7168)
    881664
    """
    return (2 * layers + 1) * width


@formula(returns="1", cite=GPT, layers="1", width="1", heads="1", kv_heads="1", head_dim="1")
def attention_and_norm_biases(*, layers: Any, width: Any, heads: Any, kv_heads: Any, head_dim: Any) -> Any:
    """Return the biases of attention and of the norms, over all layers. [1]

    >>> attention_and_norm_biases(layers=96, width=12288, heads=96, kv_heads=96, head_dim=128)
    7090176
    """
    return layers * ((heads + 2 * kv_heads) * head_dim + width) + (2 * layers + 1) * width


@formula(returns="1", cite=GPT, width="1", inner="1", matrices="1")
def mlp_biases(*, width: Any, inner: Any, matrices: Any) -> Any:
    """Return the biases of one feed-forward network: of each inner map and of the output. [1]

    >>> mlp_biases(width=12288, inner=49152, matrices=2)
    61440
    """
    return (matrices - 1) * inner + width


@formula(returns="1", cite=GPT, vocabulary="1", width="1")
def output_parameters(*, vocabulary: Any, width: Any) -> Any:
    """Return the parameters of the output embedding alone. [1]

    >>> output_parameters(vocabulary=201088, width=2880)
    579133440
    """
    return vocabulary * width


@formula(returns="1", cite=GQA, kv_heads="1", head_dim="1", value_dim="1")
def grouped_kv_elements(*, kv_heads: Any, head_dim: Any, value_dim: Any) -> Any:
    """Return the cached elements of one token in one layer: a key and a value for each KV head. [1]

    >>> grouped_kv_elements(kv_heads=8, head_dim=128, value_dim=128)
    2048
    """
    return kv_heads * (head_dim + value_dim)


@formula(returns="1", cite=MLA, kv_rank="1", rope_dim="1")
def latent_kv_elements(*, kv_rank: Any, rope_dim: Any) -> Any:
    """Return the cached elements of one token in one layer of latent attention: latent vector and rotary key. [1]

    >>> latent_kv_elements(kv_rank=512, rope_dim=64)
    576
    """
    return kv_rank + rope_dim


@formula(
    returns="byte", cite="definition: every layer caches every token", layers="1", elements="1", element_bytes="byte"
)
def kv_token_bytes(*, layers: Any, elements: Any, element_bytes: Any) -> Any:
    """Return the cache of one token over so many layers. [byte]

    DeepSeek-V3 in BF16; its report says 70 KB:

    >>> kv_token_bytes(layers=61, elements=576, element_bytes=2)
    70272
    """
    return layers * elements * element_bytes


@formula(returns="1", cite=WINDOW, tokens="1", window="1")
def tokens_in_window(*, tokens: Any, window: Any) -> Any:
    """Return how many of the tokens a layer with a sliding window keeps. [1]

    >>> tokens_in_window(tokens=1000, window=128)
    128
    """
    return minimum(tokens, window)
