# SPDX-License-Identifier: Apache-2.0
"""The models of the catalogue: their counts against what their makers publish, and how the commands show them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import MODEL_METRICS, compare
from chipgauge.calc.model_figures import training_flop
from chipgauge.calc.quantity import quantity
from chipgauge.reports.cli import main
from chipgauge.specs import model_quantities
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.index import data_folder, lint_file
from chipgauge.specs.quantities import QUANTITIES

BILLION = 1e9
CATALOG = catalog()
MODELS = {item.id: item for item in CATALOG.items.values() if item.kind == "model"}

# What makers publish of total and active parameters, in billions; active 0 where the whole model is used.
PUBLISHED = {
    "GPT-3 175B": (174.6, 0),  # Brown et al. 2020, arXiv 2005.14165, Table D.1
    "Llama-2-70B": (70, 0),  # names and cards of Meta's models
    "Llama-3.1-8B": (8, 0),
    "Llama-3.1-70B": (70, 0),
    "Llama-3.1-405B": (405, 0),
    "Llama-4 Maverick": (400, 17),
    "Mixtral 8x7B": (46.7, 12.9),  # Mistral AI, announcement
    "Qwen2.5-72B": (72.7, 0),  # Qwen, announcements
    "Qwen3-235B-A22B": (235, 22),
    "DeepSeek-V3": (671, 37),  # DeepSeek-V3 technical report
    "DeepSeek-R1": (671, 37),
    "Kimi K2": (1040, 32),  # Moonshot AI; one trillion in the announcement
    "GLM-4.5": (355, 32),  # Z.ai, arXiv 2508.06471
    "GLM-4.6": (357, 32),
    "gpt-oss-120b": (116.83, 5.13),  # OpenAI, gpt-oss model card
    "Pangu Ultra MoE 718B": (718, 39),  # Huawei, arXiv 2505.04519
    "Nemotron-4-340B": (340, 0),  # NVIDIA
    "Grok-1": (314, None),  # xAI, README
}
UNKNOWN = {
    "GPT-4": {"openai-gpt-4/layers", "openai-gpt-4/width", "openai-gpt-4/experts"},
    "DeepSeek-V4-Pro": {"deepseek-v4-pro/parameters.attention"},
    "GLM-5": {"zai-glm-5/parameters.attention"},
    "Kimi K3": {"moonshot-kimi-k3/parameters.attention", "moonshot-kimi-k3/experts.shared"},
}


def of(name: str, model: str, *given: str) -> Any:
    return quantity(name, model, catalog=CATALOG.adjusted(given=given))


# --- totals, active parameters, cache ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", PUBLISHED)
def test_published_totals_recompute(model: str) -> None:
    total, active = PUBLISHED[model]
    assert of("parameters.total", model).number == pytest.approx(total * BILLION, rel=1e-12)
    assert of("parameters", model).number == pytest.approx(total * BILLION, rel=0.015)
    if active == 0:
        assert of("parameters.active", model).number == of("parameters.total", model).number
        assert of("parameters.per_token", model).number == of("parameters", model).number
    elif active:
        assert of("parameters.active", model).number == pytest.approx(active * BILLION, rel=1e-12)
        # A published count lies between the conventions, or within the rounding of one of them.
        assert 0.96 * of("parameters.per_token.no_input", model).number < active * BILLION
        assert active * BILLION < 1.01 * of("parameters.per_token", model).number


@pytest.mark.parametrize("model", PUBLISHED)
@pytest.mark.parametrize("field", ["layers", "width", "vocabulary"])
def test_a_wrong_field_shows(model: str, field: str) -> None:
    """A tenth more layers or width leaves the published total; so does a vocabulary of another order."""
    factor = 10 if field == "vocabulary" else 1.1
    wrong = of("parameters", model, f"{field}({model})={of(field, model).number * factor}")
    right = of("parameters", model).number
    assert wrong.number > right
    if field != "vocabulary":
        assert abs(wrong.number / of("parameters.total", model).number - 1) > 0.015


@pytest.mark.parametrize("model", UNKNOWN)
def test_the_other_four_stay_unknown_and_say_what_is_missing(model: str) -> None:
    for name in ("parameters", "parameters.per_token", "kv_cache.per_token"):
        assert of(name, model).state == "unknown"
    assert set(of("parameters", model).missing) >= UNKNOWN[model]
    assert of("parameters", model).why


def test_an_unknown_total_has_what_is_known_as_its_floor() -> None:
    # GLM-5: 744 billion published; without attention the experts, dense layers and embeddings remain.
    low, high = of("parameters", "GLM-5").bounds()
    assert high is None and 0.95 * 744e9 < low < 744e9
    whole = of("parameters", "GLM-5", "parameters.attention(GLM-5)=165e6")
    assert whole.known and whole.number == pytest.approx(low + 78 * 165e6)


@pytest.mark.parametrize(
    ("model", "bytes_per_token", "growth"),
    [
        ("DeepSeek-V3", 70_272, 70_272),  # 61 x 576 x 2; the report says 70 KB
        ("Llama-3.1-70B", 327_680, 327_680),  # 80 x 2 x 8 x 128 x 2
        ("Qwen3-235B-A22B", 192_512, 192_512),  # 94 x 2 x 4 x 128 x 2
        ("gpt-oss-120b", 73_728, 36_864),  # half of the layers see 128 tokens
        ("Llama-4 Maverick", 196_608, 49_152),  # three of four layers see 8,192 tokens
    ],
)
def test_cache_per_token(model: str, bytes_per_token: int, growth: int) -> None:
    assert of("kv_cache.per_token", model).to("B") == bytes_per_token
    assert of("kv_cache.growth", model).to("B") == growth


# --- training ------------------------------------------------------------------------------------------------------


def test_training_compute_as_the_paper_states_it() -> None:
    # Llama 3 paper: 3.8e25 FLOP, 405 billion parameters, 15.6 trillion tokens.
    stated = of("training_compute", "Llama-3.1-405B")
    assert stated.kind == "leaf" and stated.to("FLOP") == 3.8e25
    assert training_flop(parameters=405e9, tokens=15.6e12, each=6) == pytest.approx(3.8e25, rel=0.003)


def test_training_compute_follows_where_nobody_states_it() -> None:
    # openPangu README: about 19 trillion tokens; Pangu Ultra MoE: 39 billion active parameters.
    follows = of("training_compute", "Pangu Ultra MoE")
    assert follows.kind == "formula" and follows.to("FLOP") == pytest.approx(6 * 39e9 * 19e12)
    assert "huawei-pangu-ultra-moe/training.tokens" in {leaf.key for leaf in follows.leaves()}
    counted = of("training_compute", "LLaMA 7B")  # no published count: the counted one is taken
    assert counted.number == of("parameters.per_token", "LLaMA 7B").number * 1e12 * 6


def test_gpt_3_tokens_are_marked_as_worked_back() -> None:
    tokens = of("training.tokens", "GPT-3")
    assert tokens.status == "assumed" and "6 x 174.6e9 x 300e9" in tokens.why


@given(st.floats(1e6, 1e13), st.floats(1e6, 1e14))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_training_flop_is_proportional(parameters: float, tokens: float) -> None:
    one = training_flop(parameters=parameters, tokens=tokens, each=6.0)
    assert training_flop(parameters=2 * parameters, tokens=tokens / 2, each=6.0) == pytest.approx(one)


# --- kinds of item do not mix --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tpp", "peak.bf16", "memory.bandwidth", "price", "power.tdp", "chips"])
def test_a_quantity_of_chips_is_unknown_of_a_model(name: str) -> None:
    figure = of(name, "DeepSeek-V3")
    assert figure.state == "unknown"
    assert figure.why.endswith("belongs to chips, systems and clusters; DeepSeek-V3 is a model")


@pytest.mark.parametrize("name", ["parameters", "layers", "kv_cache.per_token", "training_compute"])
@pytest.mark.parametrize("item", ["H200", "NVL72", "1000 H100"])
def test_a_quantity_of_models_is_unknown_of_hardware(name: str, item: str) -> None:
    figure = of(name, item)
    assert figure.state == "unknown" and "belongs to models; " in figure.why


def test_models_have_no_amounts_and_are_compared_among_each_other() -> None:
    with pytest.raises(BasisError, match="models have no amounts"):
        of("parameters", "2 DeepSeek-V3")
    with pytest.raises(BasisError, match="DeepSeek-V3 is a model and is not compared with chips"):
        compare("H100", "DeepSeek-V3")
    with pytest.raises(BasisError, match="is not compared per watt"):
        compare("DeepSeek-V3", "Llama-3.1-70B", per="watt")


def test_a_comparison_of_two_models() -> None:
    result = compare("Llama-3.1-70B", "DeepSeek-V3")
    assert [row.metric for row in result.rows] == list(MODEL_METRICS)
    ratios = {row.metric: row.ratios["deepseek-v3"] for row in result.rows if row.numeric}
    assert ratios["kv_cache.per_token"].number == pytest.approx(70_272 / 327_680)
    assert ratios["parameters"].number == pytest.approx(671.0 / 70.55, rel=1e-3)
    # A dense model has no experts, and latent attention caches no heads: absent, with a reason.
    values = {row.metric: row.values for row in result.rows}
    assert values["experts"]["meta-llama-3-1-70b"].state == "absent"
    assert values["experts"]["meta-llama-3-1-70b"].why == "a dense model has no experts"
    assert values["heads.kv"]["deepseek-v3"].state == "absent"


# --- the tables ----------------------------------------------------------------------------------------------------


def test_every_model_says_what_it_is() -> None:
    assert len(MODELS) >= 22
    kinds = {model_quantities.DENSE, model_quantities.MIXTURE}
    for item in MODELS.values():
        leaf = CATALOG.leaf(item.id, "architecture")
        if item.id == "openai-gpt-4":  # leaks only: stated as a case, and nothing is counted from them
            assert leaf is None and CATALOG.series(item.id, "layers") == ["openai-gpt-4/layers:leak-based-estimate"]
        else:
            assert leaf is not None and leaf.value in kinds
        for group in CATALOG.entries(item.id).values():
            assert all(entry.source for entry in group)
            assert all(QUANTITIES[entry.quantity.split(":")[0]].fits("model") for entry in group)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_counts_are_whole_and_ordered(model: str) -> None:
    total, used, without = (of(f"parameters{end}", model) for end in ("", ".per_token", ".per_token.no_input"))
    if total.known:
        assert total.number % 1 == used.number % 1 == without.number % 1 == 0
        assert 0 < without.number <= used.number <= total.number
    layers, apart = of("layers", model), of("layers.dense", model)
    if layers.known and apart.known:
        assert 0 <= apart.number < layers.number
    windowed = of("layers.windowed", model)
    assert not windowed.known or 0 < windowed.number < layers.number
    assert of("embeddings", model).value in (1, 2, None)


def test_published_active_parameters_say_what_they_count(tmp_path: Path) -> None:
    for item in MODELS:
        for entry in CATALOG.entries(item).get(f"{item}/parameters.active", ()):
            assert "embedding" in entry.condition
    text = (data_folder() / "models" / "deepseek-v3.toml").read_text("utf-8")
    sources = {name: CATALOG.source(name) for name in CATALOG.source_ids()}
    folder = tmp_path / "models"
    folder.mkdir()
    for table, problem in [
        (text, ""),
        (text.replace('counts = "unstated"\n', ""), "active parameters need what they count"),
        (text.replace('counts = "unstated"', 'counts = "some"'), "'some' is not allowed here"),
    ]:
        (folder / "deepseek-v3.toml").write_text(table, "utf-8")
        problems = lint_file(folder / "deepseek-v3.toml", sources, CATALOG.items.values())
        assert [one.message for one in problems] == ([problem] if problem else [])


# --- commands ------------------------------------------------------------------------------------------------------


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_list_models() -> None:
    listed = json.loads(run("list", "models", "--json"))
    assert listed["kind"] == "models"
    assert {row["id"] for row in listed["items"]} == set(MODELS)
    assert run("list", "models").startswith(f"{len(MODELS)} models.")


def test_show_a_model() -> None:
    shown = json.loads(run("show", "DeepSeek-V3", "--json"))
    assert (shown["id"], shown["kind"]) == ("deepseek-v3", "model")
    figures = shown["figures"]
    assert figures["kv_cache.per_token"]["value"] == 70_272 and figures["kv_cache.per_token"]["unit"] == "B"
    assert figures["training_compute"]["unit"] == "FLOP"
    assert figures["parameters.active"]["condition"] == "whether embeddings count is not stated"
    assert not any(name.startswith(("peak.", "memory.", "price")) for name in figures)
    table = run("show", "DeepSeek-V3")
    assert "MLA" in table and "671,026,279,424" in table
    assert "parameters" in json.loads(run("show", "GLM-5", "--json"))["figures"]  # unknown, with a floor


def test_explain_counts_down_to_the_sources() -> None:
    found = json.loads(run("explain", "parameters(DeepSeek-V3)", "--json"))
    nodes = found["nodes"]
    assert nodes[found["root"]]["name"] == "total"
    assert list(nodes[found["root"]]["inputs"]) == ["attention", "dense layers", "experts", "embeddings", "norms"]
    named = {node["name"] for node in nodes.values()}
    assert {"latent_kv_parameters", "mixture_parameters", "mla.kv_rank"} <= named
    assert "grouped_attention_parameters" not in named
    assert "arXiv 2405.04434" in json.dumps(found)
    rank = run("explain", "rank(DeepSeek-V3, by=kv_cache.per_token, among=models)")
    assert rank.startswith("rank(")


def test_refusals_are_one_sentence() -> None:
    assert "is a model and is not compared" in run("compare", "H100", "DeepSeek-V3", code=2)
    assert "is a model" in run("explain", "tpp(DeepSeek-V3)")
    assert "Did you mean deepseek-v3" in run("show", "DeepSeek-V9", code=2)
    assert "parameters of Llama-3.1-70B" in run("compare", "Llama-3.1-70B", "DeepSeek-V3").split("\n")[0]


def test_formulas_of_models_are_listed() -> None:
    listed = {row["id"] for row in json.loads(run("list", "formulas", "--json"))["items"]}
    assert {"latent_kv_parameters", "training_flop", "kv_token_bytes", "total_processing_performance"} <= listed
