# SPDX-License-Identifier: Apache-2.0
"""The serving model where clusters are compared: published rates, its bound, and what it cannot answer."""

from __future__ import annotations

import pytest

from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.graph import interval
from chipgauge.calc.served import server_or, serving
from chipgauge.calc.serving_rate import Request, Service, upper_bound
from chipgauge.specs.catalog import catalog

HERE = catalog()


def asked(model: str, chip: str, chips: float = 384, tpot: str = "50 ms") -> Request:
    return Request(HERE.find(model), HERE.find(chip), chips, given_figure("max-tpot", tpot, "ms"), 4096, HERE)


def test_the_published_rate_of_cloudmatrix_lies_in_the_range() -> None:
    # arXiv 2506.12708: 1,943 tokens a second and NPU of DeepSeek-R1, below 50 ms a token, prompts of 4,096 tokens
    low, high = interval(serving(asked("DeepSeek-V3", "910C")).rate)
    assert low < 1943 < high


@pytest.mark.parametrize("chip", ["H200", "H20", "910C"])
@pytest.mark.parametrize("model", ["DeepSeek-V3", "Llama 3.1 70B"])
def test_the_model_stays_below_the_bound_and_falls_with_the_time(model: str, chip: str) -> None:
    request = asked(model, chip)
    rate = serving(request).rate.number
    assert 0 < rate < upper_bound(request).rate.number
    assert serving(asked(model, chip, tpot="100 ms")).rate.number >= rate


def test_what_no_plan_meets_has_no_rate_and_says_why() -> None:
    found = serving(asked("DeepSeek-V3", "H200", tpot="0.01 ms"))
    assert not found.rate.known
    assert found.rate.why


def test_an_equivalence_takes_the_model_where_none_is_named() -> None:
    assert server_or(None) is serving and server_or(upper_bound) is upper_bound
    ask = Ask(infer="Llama 3.1 70B")
    by_model = equivalent("64 H200", "H20", catalog=HERE, ask=ask)
    named = equivalent("64 H200", "H20", catalog=HERE, ask=Ask(infer="Llama 3.1 70B", serve=serving))
    bound = equivalent("64 H200", "H20", catalog=HERE, ask=Ask(infer="Llama 3.1 70B", serve=upper_bound))
    assert by_model.count.number == named.count.number != bound.count.number


def test_a_request_answers_with_words() -> None:
    made: Service = serving(asked("Llama 3.1 70B", "H200", chips=8))
    assert "tested error" in made.words and made.bound
