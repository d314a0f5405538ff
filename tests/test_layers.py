# SPDX-License-Identifier: Apache-2.0
"""The formulas of one layer, against the closed forms that papers print."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.layers import (
    attention_and_norm_biases,
    embedding_parameters,
    grouped_attention_parameters,
    grouped_kv_elements,
    head_length,
    kv_token_bytes,
    latent_kv_elements,
    latent_kv_parameters,
    latent_query_parameters,
    mixture_parameters,
    mlp_biases,
    mlp_parameters,
    norm_parameters,
    other_layers,
    output_parameters,
    over_layers,
    position_parameters,
    query_parameters,
    tokens_in_window,
)
from chipgauge.specs.errors import UnitError

counts = st.integers(min_value=1, max_value=512)


@given(counts, counts, counts, counts)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_gpt_layer_is_twelve_widths_squared(layers: int, heads: int, head_dim: int, vocabulary: int) -> None:
    # Narayanan et al. 2021, arXiv 2104.04473: P = 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)), to which the norm at
    # the end adds 2 h. Exact, on whole numbers.
    width, positions = heads * head_dim, 2048
    attention = grouped_attention_parameters(width=width, heads=heads, kv_heads=heads, head_dim=head_dim)
    mlp = mlp_parameters(width=width, inner=4 * width, matrices=2)
    assert (attention, mlp) == (4 * width**2, 8 * width**2)
    biases = attention_and_norm_biases(layers=layers, width=width, heads=heads, kv_heads=heads, head_dim=head_dim)
    biases += over_layers(layers=layers, each=mlp_biases(width=width, inner=4 * width, matrices=2))
    whole = over_layers(layers=layers, each=attention + mlp) + biases + norm_parameters(layers=layers, width=width)
    whole += embedding_parameters(vocabulary=vocabulary, width=width, matrices=1)
    whole += position_parameters(positions=positions, width=width)
    paper = 12 * layers * width**2 * (1 + Fraction(13, 12 * width) + Fraction(vocabulary + 2048, 12 * layers * width))
    assert whole == paper + 2 * width


def test_keys_and_values_of_one_group_and_of_all() -> None:
    # Ainslie et al. 2023, arXiv 2305.13245: one group is multi-query attention, as many groups as heads multi-head.
    assert grouped_attention_parameters(width=64, heads=8, kv_heads=8, head_dim=8) == 4 * 64 * 64
    assert grouped_attention_parameters(width=64, heads=8, kv_heads=1, head_dim=8) == 2 * 64 * 64 + 2 * 64 * 8
    assert grouped_kv_elements(kv_heads=1, head_dim=8, value_dim=8) * 8 == grouped_kv_elements(
        kv_heads=8, head_dim=8, value_dim=8
    )


def test_latent_attention_of_deepseek_v3() -> None:
    # DeepSeek-V3's weight shapes (its inference code): wq_a 1536 x 7168, wq_b 24576 x 1536, wkv_a 576 x 7168,
    # wkv_b 32768 x 512, wo 7168 x 16384.
    query = latent_query_parameters(width=7168, query_rank=1536, heads=128, head_dim=192)
    rest = latent_kv_parameters(width=7168, kv_rank=512, nope_dim=128, rope_dim=64, value_dim=128, heads=128)
    assert query == 1536 * 7168 + 24576 * 1536
    assert rest == 576 * 7168 + 32768 * 512 + 7168 * 16384
    assert query_parameters(width=7168, heads=128, head_dim=192) == 7168 * 24576
    # DeepSeek-V2, arXiv 2405.04434: the cache of a token and layer is the latent vector and one rotary key.
    assert latent_kv_elements(kv_rank=512, rope_dim=64) == 576


def test_experts_router_and_gate() -> None:
    gated = mlp_parameters(width=7168, inner=2048, matrices=3)
    assert gated == 3 * 7168 * 2048  # Shazeer 2020, arXiv 2002.05202: gate, up and down
    every = mixture_parameters(expert=gated, experts=256, shared=1, width=7168, routed=256)
    used = mixture_parameters(expert=gated, experts=8, shared=1, width=7168, routed=256)
    assert every - used == 248 * gated
    assert used == 9 * gated + 256 * 7168  # the router scores every expert for every token
    assert mlp_biases(width=4, inner=16, matrices=3) == 36


@given(counts, counts)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_windows_layers_and_heads(one: int, other: int) -> None:
    assert tokens_in_window(tokens=one, window=other) == min(one, other)
    assert other_layers(layers=one + other, apart=one) == other
    assert head_length(width=one * other, heads=other) == one
    assert output_parameters(vocabulary=one, width=other) * 2 == embedding_parameters(
        vocabulary=one, width=other, matrices=2
    )
    assert kv_token_bytes(layers=one, elements=other, element_bytes=2) == 2 * one * other


def test_a_bare_number_among_figures_is_refused() -> None:
    from chipgauge.specs.figure import constant
    from chipgauge.specs.units import parse_unit

    with pytest.raises(UnitError, match="heads needs a figure in 1, got int"):
        head_length(width=constant(64, parse_unit("1")), heads=8)
