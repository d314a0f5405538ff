# SPDX-License-Identifier: Apache-2.0
"""The formulas of one pass of a serving program through a model: products, cached attention, exchanges, memory."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula, log
from chipgauge.calc.roofline import ROOFLINE
from chipgauge.specs.figure import maximum, minimum

SCALING = "Austin et al. 2025, How To Scale Your Model, chapter Inference"
MLA = "DeepSeek-AI 2024, DeepSeek-V2, arXiv 2405.04434 (latent attention with absorbed maps)"
SPECULATION = "Leviathan et al. 2023, arXiv 2211.17192, equation 1"
TILE = "NVIDIA PTX ISA, wgmma: a matrix instruction takes 64 rows"

# --- rates -----------------------------------------------------------------------------------------------------


@formula(
    returns="op/s", cite="definition: what large products reach, and what the power limit of the chip sustains",
    peak="op/s", efficiency="1", power="W", energy="J/op/byte", element="byte",
)  # fmt: skip
def sustained_rate(*, peak: Any, efficiency: Any, power: Any, energy: Any, element: Any) -> Any:
    """Return the rate that products hold for long: the energy of an operation grows with the bytes of its elements. [op/s]

    The same silicon at 350 W instead of 700 W serves half as much, whatever its peak: H100 PCIe against SXM.

    >>> round(sustained_rate(peak=1513e12, efficiency=0.65, power=350, energy=6e-13, element=1) / 1e12)
    583
    """
    return minimum(peak * efficiency, power / (energy * element))


# --- products --------------------------------------------------------------------------------------------------


@formula(
    returns="s", cite=f"{ROOFLINE}; {TILE}", rows="1", inner="1", columns="1", weight="byte", element="byte",
    rate="op/s", bandwidth="byte/s", wave="1", launch="s",
)  # fmt: skip
def stored_product_time(
    *, rows: Any, inner: Any, columns: Any, weight: Any, element: Any, rate: Any, bandwidth: Any, wave: Any, launch: Any
) -> Any:
    """Return the time of `rows` tokens times a stored matrix `inner x columns`, read once from memory. [s]

    Fewer rows than the 64 of an instruction take as long as 64: on a chip with few operations a byte this, not the
    memory, is what bounds a small batch.

    One row of 8,192 x 8,192 in BF16 on an A100 takes 96 us when measured (1.4 of 2.04 TB/s):

    >>> t = stored_product_time(
    ...     rows=1, inner=8192, columns=8192, weight=2, element=2, rate=250e12, bandwidth=1.5e12, wave=0, launch=5e-6
    ... )
    >>> 90e-6 < t < 100e-6
    True
    """
    return (
        maximum(
            2 * inner * (maximum(rows, 64) * columns + wave * minimum(1, rows / 128)) / rate,
            (weight * inner * columns + element * rows * inner + 2 * rows * columns) / bandwidth,
        )
        + launch
    )


@formula(returns="1", cite="Epoch AI 2025, Inference economics of language models (experts that a batch touches)",
         experts="1", routed="1", tokens="1")  # fmt: skip
def touched_experts(*, experts: Any, routed: Any, tokens: Any) -> Any:
    """Return how many experts of a layer at least one token uses: E(1 - (1 - k/E)^B). [1]

    >>> round(touched_experts(experts=256, routed=8, tokens=1), 6), round(touched_experts(experts=8, routed=2, tokens=2), 1)
    (8.0, 3.5)
    """
    return experts * (1 - (1 - routed / maximum(experts, 1)) ** tokens)


@formula(
    returns="s", cite=f"{ROOFLINE}; DeepSeek-AI 2025, DeepGEMM (few rows take the narrow side of an instruction)",
    rows="1", touched="1", tile="1", inner="1", columns="1", weight="byte", element="byte", rate="op/s",
    bandwidth="byte/s", launch="s",
)  # fmt: skip
def expert_product_time(
    *, rows: Any, touched: Any, tile: Any, inner: Any, columns: Any, weight: Any, element: Any, rate: Any,
    bandwidth: Any, launch: Any,
) -> Any:  # fmt: skip
    """Return the time of the grouped products of the experts on one chip. [s]

    `rows` are the copies of tokens that arrive, over `touched` experts; each expert fills whole tiles of rows, and on
    average half of its last one is empty.
    """
    return (
        maximum(
            2 * inner * columns * maximum(rows + touched * tile / 2, touched * tile) / rate,
            (weight * touched * inner * columns + element * rows * inner + 2 * rows * columns) / bandwidth,
        )
        + launch
    )


# --- attention over a cache --------------------------------------------------------------------------------------


@formula(returns="1", cite="Pope et al. 2022, arXiv 2211.05102 (a rank holds at least one KV head)", tensor="1",
         kv_heads="1")  # fmt: skip
def cache_ranks(*, tensor: Any, kv_heads: Any) -> Any:
    """Return over how many ranks the cache of one sequence is divided. [1]"""
    return minimum(tensor, kv_heads)


@formula(returns="byte", cite=SCALING, sequences="1", span="1", elements="1", element="byte", ranks="1")
def cache_traffic(*, sequences: Any, span: Any, elements: Any, element: Any, ranks: Any) -> Any:
    """Return what one layer reads of the caches of all sequences on one chip. [byte]"""
    return sequences * span * elements * element / ranks


@formula(returns="op", cite=MLA, sequences="1", draft="1", span="1", heads="1", kv_rank="1", rope_dim="1", tensor="1")
def latent_operations(
    *, sequences: Any, draft: Any, span: Any, heads: Any, kv_rank: Any, rope_dim: Any, tensor: Any
) -> Any:
    """Return the FLOPs of latent attention over a cache in one layer: all heads meet the same latent vectors. [op]

    Scores take `kv_rank + rope_dim`, weighted values `kv_rank` products for each key and head; fewer than 64 rows of
    heads and drafted tokens take as long as 64.
    """
    return 2 * sequences * span * maximum(draft * heads / tensor, 64) * (2 * kv_rank + rope_dim)


@formula(returns="op", cite=SCALING, rows="1", span="1", heads="1", head_dim="1", value_dim="1", tensor="1")
def grouped_operations(*, rows: Any, span: Any, heads: Any, head_dim: Any, value_dim: Any, tensor: Any) -> Any:
    """Return the FLOPs of scores and weighted values of `rows` tokens over `span` keys in one layer. [op]"""
    return 2 * rows * span * heads * (head_dim + value_dim) / tensor


# --- exchanges ---------------------------------------------------------------------------------------------------


@formula(
    returns="s", cite="DeepSeek-AI 2025, DeepEP (kernels of low latency send a copy to each expert of a token)",
    tokens="1", width="1", routed="1", element="byte", ranks="1", inside="1", up="byte/s", out="byte/s", latency="s",
)  # fmt: skip
def expert_exchange_time(
    *, tokens: Any, width: Any, routed: Any, element: Any, ranks: Any, inside: Any, up: Any, out: Any, latency: Any
) -> Any:
    """Return the time to send `tokens` of one chip to their experts, or back. [s]

    Few tokens travel as one copy for each expert; many cross once to each domain that holds one of their experts.
    """
    return maximum(
        tokens * width * element * routed * (1 - 1 / ranks) / up,
        tokens
        * width
        * element
        * minimum(routed * (1 - inside / ranks), (ranks / inside - 1) * (1 - (1 - inside / ranks) ** routed))
        / out,
    ) + latency * minimum(1, ranks - 1) * (1 + log(ranks / inside) / log(2.0))


@formula(returns="byte/s", cite="definition: ranks without links of their own take turns on the bus of their host",
         up="byte/s", shared="1", ranks="1")  # fmt: skip
def link_rate(*, up: Any, shared: Any, ranks: Any) -> Any:
    """Return the bandwidth of each rank of a group: its links' own, or a share of the bus. [byte/s]

    >>> link_rate(up=32e9, shared=1, ranks=4) / 1e9, link_rate(up=450e9, shared=0, ranks=4) / 1e9
    (8.0, 450.0)
    """
    return up / (1 + shared * (ranks - 1))


@formula(returns="1", cite="definition: groups of tensor ranks that attend apart", chips="1", tensor="1")
def attention_groups(*, chips: Any, tensor: Any) -> Any:
    """Return how many groups of an instance attend to sequences of their own. [1]"""
    return chips / tensor


@formula(returns="1", cite="definition", rows="1", tensor="1")
def own_tokens(*, rows: Any, tensor: Any) -> Any:
    """Return the tokens that each rank of a group sends to experts. [1]"""
    return rows / tensor


@formula(returns="s", cite="definition: tokens that stay in their group need no exchange", groups="1", each="s")
def between_groups(*, groups: Any, each: Any) -> Any:
    """Return the time of an exchange, none within a single group. [s]"""
    return minimum(1, groups - 1) * each


@formula(returns="1", cite="definition: routing is uneven between ranks", tokens="1", routed="1", ranks="1", uneven="1",
         skew="1")  # fmt: skip
def arriving_rows(*, tokens: Any, routed: Any, ranks: Any, uneven: Any, skew: Any) -> Any:
    """Return the copies of tokens that arrive at the experts of the fullest rank; one rank alone has them all. [1]

    >>> arriving_rows(tokens=64, routed=8, ranks=32, uneven=0.25, skew=1), arriving_rows(
    ...     tokens=64, routed=8, ranks=32, uneven=0.25, skew=0)
    (20.0, 16.0)
    """
    return tokens * routed / ranks * (1 + skew * uneven * minimum(1, ranks - 1))


@formula(returns="1", cite="definition", length="1", chips="1", expert="1")
def expert_shard(*, length: Any, chips: Any, expert: Any) -> Any:
    """Return the width of an expert on one chip. [1]"""
    return length * expert / chips


@formula(returns="1", cite="definition", whole="1", ranks="1")
def shared_out(*, whole: Any, ranks: Any) -> Any:
    """Return a count divided over ranks. [1]"""
    return whole / ranks


# --- the pass ----------------------------------------------------------------------------------------------------


@formula(returns="s", cite="definition: kernels that follow each other without the host", kernels="1", each="s")
def kernel_time(*, kernels: Any, each: Any) -> Any:
    """Return the time between the small kernels of a layer. [s]"""
    return kernels * each


@formula(returns="s", cite="definition: what scheduling and sampling add to a pass", host="s", sequence="s",
         sequences="1")  # fmt: skip
def host_time(*, host: Any, sequence: Any, sequences: Any) -> Any:
    """Return the time of a pass that no chip works. [s]"""
    return host + sequence * sequences


@formula(returns="1", cite=SPECULATION, acceptance="1", drafted="1")
def accepted_tokens(*, acceptance: Any, drafted: Any) -> Any:
    """Return the tokens that one verified step yields: (1 - a^(g+1)) / (1 - a), for an acceptance below 1. [1]

    >>> accepted_tokens(acceptance=0.5, drafted=1), accepted_tokens(acceptance=0.0, drafted=4)
    (1.5, 1.0)
    """
    return (1 - acceptance ** (drafted + 1)) / (1 - acceptance)


@formula(returns="1", cite="definition", count="1", each="1")
def joined(*, count: Any, each: Any) -> Any:
    """Return a product of two counts. [1]"""
    return count * each


@formula(returns="1", cite="definition: the mean over layers of two kinds", sparse="1", one="1", other="1")
def mixed_width(*, sparse: Any, one: Any, other: Any) -> Any:
    """Return the mean width of layers of which a share is of the other kind. [1]"""
    return one + sparse * (other - one)


@formula(
    returns="byte", cite="definition: each copy of a token is written in the format of the product and its answer read once",
    tokens="1", width="1", routed="1", element="byte", factor="1",
)  # fmt: skip
def sorting_traffic(*, tokens: Any, width: Any, routed: Any, element: Any, factor: Any) -> Any:
    """Return what sorting tokens by expert and summing the answers in 16 bits moves in one layer. [byte]"""
    return factor * tokens * width * ((2 * element + 2) * routed + 2)


@formula(returns="byte", cite="definition: only a share of the layers has it", passes="1", each="byte")
def repeated_bytes(*, passes: Any, each: Any) -> Any:
    """Return what a share of the layers moves, on average over all. [byte]"""
    return passes * each


@formula(returns="s", cite="definition: what two batches that take turns do not hide", each="s", overlap="1")
def hidden_share(*, each: Any, overlap: Any) -> Any:
    """Return the part of an exchange that is left beside the work of the other batch. [s]"""
    return each * (1 - overlap)


@formula(returns="s", cite="definition: a recorded graph leaves a part of the gap between kernels", graph="1", each="s")
def recorded(*, graph: Any, each: Any) -> Any:
    """Return the gap between kernels of a recorded graph. [s]"""
    return graph * each


@formula(returns="s", cite="definition: stages wait for the slowest and for each other's tokens", each="s", stages="1",
         pipeline="1", hop="s")  # fmt: skip
def stage_wait(*, each: Any, stages: Any, pipeline: Any, hop: Any) -> Any:
    """Return what a stage of a pipeline waits in a pass; nothing for a single stage. [s]"""
    return minimum(1, pipeline - 1) * (each * stages + hop)


@formula(returns="s", cite="definition", volume="byte", up="byte/s", latency="s")
def hop_time(*, volume: Any, up: Any, latency: Any) -> Any:
    """Return the time to send the hidden states to the next stage. [s]"""
    return volume / up + latency


@formula(returns="s", cite="definition: how much longer one program takes than another for the same work", known="s",
         program="1")  # fmt: skip
def program_time(*, known: Any, program: Any) -> Any:
    """Return what a program takes beyond the sum of the known parts (less than nothing: a tuned one). [s]"""
    return known * (program - 1)
