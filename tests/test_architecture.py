# SPDX-License-Identifier: Apache-2.0
"""Parameters and key-value cache of whole models, against papers, model cards and the shapes of published weights."""

from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.architecture import (
    Architecture,
    active_parameters,
    architecture_of,
    attention_parameters,
    dense,
    dense_mlp_parameters,
    embeddings_of,
    expert_layers,
    expert_parameters,
    kv_bytes_growth,
    kv_bytes_per_token,
    kv_cache_bytes,
    kv_elements_per_layer,
    mixture_layer_parameters,
    stack,
    total_parameters,
    unwindowed_layers,
)
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure

BILLION = 10**9
MODELS = [item for item in catalog().items.values() if item.kind == "model"]
FIGURES = {item.name: architecture_of(item, catalog()) for item in MODELS}


def known(architecture: Architecture) -> bool:
    return all(value.known for value in architecture if isinstance(value, Figure))


NUMBERS = {name: architecture.numbers() for name, architecture in FIGURES.items() if known(architecture)}
"""Every model of the catalogue whose fields are all known, as plain numbers."""


def model(name: str) -> Architecture:
    return NUMBERS[name]


# --- reference values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "width", "heads", "printed"),
    [
        # Narayanan et al. 2021, arXiv 2104.04473, Table 1, column "number of parameters (billion)"; V 51,200, s 2,048
        (24, 2304, 24, 1.7),
        (30, 3072, 32, 3.6),
        (36, 4096, 32, 7.5),
        (40, 6144, 48, 18.4),
        (48, 8192, 64, 39.1),
        (60, 10240, 80, 76.1),
        (80, 12288, 96, 145.6),
        (96, 16384, 128, 310.1),
        (105, 20480, 128, 529.6),
        (128, 25600, 160, 1008.0),
    ],
)
def test_the_ten_models_of_narayanan(layers: int, width: int, heads: int, printed: float) -> None:
    gpt = dense(
        layers=layers, width=width, heads=heads, vocabulary=51200, mlp_width=4 * width, mlp_matrices=2, embeddings=1,
        positions=2048, biases=1,
    )  # fmt: skip
    assert round(total_parameters(gpt) / BILLION, 1) == printed
    assert active_parameters(gpt) == active_parameters(gpt, input_embedding=False) == total_parameters(gpt)


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        # Numbers of elements in the published weights, which the makers' pages on Hugging Face show.
        ("Llama-2-7B", 6_738_415_616),
        ("Llama-2-70B", 68_976_648_192),
        ("Llama-3.1-8B", 8_030_261_248),
        ("Llama-3.1-70B", 70_553_706_496),
        ("Llama-3.1-405B", 405_853_388_800),
        ("Mixtral 8x7B", 46_702_792_704),
        # without what is left out: 64 x (5,120 + 2 x 1,024) biases of queries, keys and values
        ("Qwen2.5-32B", 32_763_876_352 - 458_752),
        # without norms of the compressed vectors, 61 x (1,536 + 512), and a bias an expert in the router, 58 x 256
        ("DeepSeek-V3", 671_026_419_200 - 124_928 - 14_848),
    ],
)
def test_every_weight_is_counted(name: str, counted: int) -> None:
    assert total_parameters(model(name)) == counted


@pytest.mark.parametrize(
    ("name", "billions"),
    [("gpt-oss-120b", 5.13), ("gpt-oss-20b", 3.61)],  # OpenAI, gpt-oss model card, arXiv 2508.10925
)
def test_active_parameters_without_the_input_embedding(name: str, billions: float) -> None:
    oss = model(name)
    assert round(active_parameters(oss, input_embedding=False) / BILLION, 2) == billions
    assert active_parameters(oss) - active_parameters(oss, input_embedding=False) == 201_088 * 2_880


@pytest.mark.parametrize(
    ("name", "elements", "cached"),
    [
        ("DeepSeek-V3", 576, 70_272),  # DeepSeek-V3 paper: 70 KB a token
        ("Llama-3.1-70B", 2_048, 327_680),
        ("Qwen3-235B-A22B", 1_024, 192_512),
        ("GPT-3 175B", 24_576, 4_718_592),
        ("gpt-oss-120b", 1_024, 73_728),
    ],
)
def test_cache_of_a_token_in_two_bytes(name: str, elements: int, cached: int) -> None:
    one = model(name)
    assert kv_elements_per_layer(one) == elements
    assert kv_bytes_per_token(one, element_bytes=2) == cached
    assert kv_cache_bytes(one, tokens=100, element_bytes=2) == 100 * cached


def test_layers_with_a_window_stop_growing() -> None:
    # gpt-oss-120b: 18 of 36 layers see 128 tokens; 2 x 8 x 64 elements a token and layer.
    oss = model("gpt-oss-120b")
    assert unwindowed_layers(oss) == 18
    assert kv_bytes_growth(oss, element_bytes=2) == 36_864
    assert kv_cache_bytes(oss, tokens=128, element_bytes=2) == 128 * 73_728
    assert kv_cache_bytes(oss, tokens=129, element_bytes=2) == 128 * 73_728 + 36_864
    llama = model("Llama-3.1-70B")
    assert kv_bytes_growth(llama, element_bytes=2) == kv_bytes_per_token(llama, element_bytes=2)


def test_parts_of_deepseek_v3() -> None:
    v3 = model("DeepSeek-V3")
    assert expert_layers(v3) == 58
    assert expert_parameters(v3) == 3 * 7168 * 2048
    assert dense_mlp_parameters(v3) == 3 * 7168 * 18432
    assert embeddings_of(v3) == 2 * 129280 * 7168
    parts = 61 * attention_parameters(v3) + 3 * dense_mlp_parameters(v3) + 58 * mixture_layer_parameters(v3)
    assert total_parameters(v3) == parts + embeddings_of(v3) + (2 * 61 + 1) * 7168
    plain = v3._replace(query_rank=0.0)
    # queries that are not compressed: one matrix of 7,168 x 24,576
    assert attention_parameters(plain) - attention_parameters(v3) == 7168 * 24576 - 1536 * (7168 + 24576)


def test_a_stated_count_stands_for_a_kind_of_attention_without_a_formula() -> None:
    other = model("DeepSeek-V3")._replace(stated_attention=1000.0, stated_kv=10.0)
    assert attention_parameters(other) == 1000
    assert kv_bytes_per_token(other, element_bytes=2) == 61 * 10 * 2


# --- laws ----------------------------------------------------------------------------------------------------------

FIELDS_THAT_COUNT = {
    "DeepSeek-V3": "layers width heads vocabulary dense_layers mlp_width mlp_matrices experts shared_experts"
    " expert_width query_rank kv_rank nope_dim rope_dim head_dim value_dim embeddings",
    "Llama-3.1-70B": "layers width heads kv_heads head_dim vocabulary dense_layers mlp_width mlp_matrices embeddings",
    "Megatron GPT 175B": "layers width heads kv_heads vocabulary mlp_width mlp_matrices embeddings positions",
}


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in FIELDS_THAT_COUNT.items() for field in fields.split()]
)
def test_no_field_is_ignored(name: str, field: str) -> None:
    before = model(name)
    after = before._replace(**{field: getattr(before, field) + 1})
    assert total_parameters(after) != total_parameters(before)


@pytest.mark.parametrize("field", ["experts_per_token", "shared_experts", "experts", "expert_width"])
def test_what_a_token_uses_depends_on(field: str) -> None:
    before = model("DeepSeek-V3")
    more = active_parameters(before._replace(**{field: getattr(before, field) + 1})) - active_parameters(before)
    router, expert = 58 * 7168, 58 * expert_parameters(before)
    wanted = {"experts": router, "experts_per_token": expert, "shared_experts": expert}
    assert more == wanted.get(field, 58 * 9 * 3 * 7168)


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_figures_give_what_numbers_give(name: str) -> None:
    figures, numbers = FIGURES[name], NUMBERS[name]
    for count in (total_parameters, active_parameters):
        assert count(figures).number == count(numbers)
    without = active_parameters(figures, input_embedding=False)
    assert without.number == active_parameters(numbers, input_embedding=False)
    assert kv_elements_per_layer(figures).number == kv_elements_per_layer(numbers)
    assert total_parameters(figures).evaluate() == total_parameters(numbers)


def test_a_column_of_all_models_gives_what_each_gives() -> None:
    """Grouped and latent attention, dense and with experts, with and without biases, side by side in one array."""
    rows = list(NUMBERS.values())
    column = stack(rows)
    assert len({bool(row.kv_rank) for row in rows}) == len({bool(row.experts) for row in rows}) == 2
    tokens = numpy.linspace(1, 300_000, len(rows))

    def check(function: Any, **more: Any) -> None:
        each = [function(row, **{k: v[i] if hasattr(v, "dtype") else v for k, v in more.items()})
                for i, row in enumerate(rows)]  # fmt: skip
        assert function(column, **more).tolist() == pytest.approx(each, rel=1e-13)

    check(total_parameters)
    check(active_parameters)
    check(active_parameters, input_embedding=False)
    check(kv_bytes_per_token, element_bytes=2)
    check(kv_bytes_growth, element_bytes=1)
    check(kv_cache_bytes, tokens=tokens, element_bytes=2)


def test_a_column_may_hold_stated_counts() -> None:
    plain = model("Llama-3.1-8B")
    column = stack([plain, plain._replace(stated_attention=7.0, stated_kv=5.0)])
    assert attention_parameters(column).tolist() == [attention_parameters(plain), 7.0]
    assert kv_elements_per_layer(column).tolist() == [2048.0, 5.0]


@given(
    st.sampled_from(sorted(NUMBERS)), st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=10**6)
)  # fmt: skip
@settings(max_examples=80, deadline=None, derandomize=True)
def test_laws_of_every_model(name: str, tokens: int, more: int) -> None:
    one = NUMBERS[name]
    assert 0 < active_parameters(one, input_embedding=False) <= active_parameters(one) <= total_parameters(one)
    now, later = (kv_cache_bytes(one, tokens=count, element_bytes=2) for count in (tokens, tokens + more))
    each, growth = kv_bytes_per_token(one, element_bytes=2), kv_bytes_growth(one, element_bytes=2)
    assert growth <= each
    assert more * growth <= later - now <= more * each
    assert kv_cache_bytes(one, tokens=tokens, element_bytes=1) * 2 == now


small = st.integers(min_value=1, max_value=8)


@given(small, small, small, st.sampled_from([0.0, 1.0]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_one_expert_that_is_always_used_is_a_dense_model_with_a_router(
    layers: int, heads: int, each: int, biases: float
) -> None:
    plain = dense(layers=layers, width=heads * each, heads=heads, mlp_width=4 * each, vocabulary=11, biases=biases)
    mixed = plain._replace(dense_layers=0.0, mlp_width=0.0, experts=1.0, experts_per_token=1.0, expert_width=4 * each)
    assert total_parameters(mixed) == active_parameters(mixed) == total_parameters(plain) + layers * heads * each


# --- from the catalogue --------------------------------------------------------------------------------------------


def test_a_missing_field_is_named() -> None:
    with pytest.raises(UnknownValue, match=r"moonshot-kimi-k3/experts.per_token is unknown: no source"):
        FIGURES["Kimi K3"].numbers()


def test_what_a_model_lacks_is_a_plain_zero() -> None:
    llama, mixtral = FIGURES["Llama-3.1-70B"], FIGURES["Mixtral 8x7B"]
    lacking = ("experts", "experts_per_token", "shared_experts", "query_rank", "kv_rank", "window", "positions")
    assert [getattr(llama, field) for field in lacking] == [0.0] * len(lacking)
    assert llama.dense_layers is llama.layers
    assert mixtral.dense_layers == 0.0 and isinstance(mixtral.experts, Figure)


def test_biases_count_where_a_table_says_so() -> None:
    gpt = model("Megatron GPT 22B")
    assert gpt.biases == 1.0
    # Narayanan et al.: 13 h a layer, of which two norms' scales (2 h) count anyway, and one norm at the end
    assert total_parameters(gpt) - total_parameters(gpt._replace(biases=0.0)) == 48 * 11 * 6144 + 6144
