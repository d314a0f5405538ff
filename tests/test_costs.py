# SPDX-License-Identifier: Apache-2.0
"""`cost`: ownership beside published rates, cost of work, and where two clusters cost the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.breakeven import break_even, find_leaf, grid
from chipgauge.calc.cost import (
    annuity,
    cost_per_token,
    economic_depreciation,
    landed_price,
    revenue_share,
    straight_line,
)
from chipgauge.calc.costs import cost
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName

HERE = catalog()
YEAR = 8766 * 3600.0
MFU = "training-utilisation/mfu:hopper-mixture"


def test_formulas() -> None:
    # 27,000 dollars and 25% in full: 6,750 a chip; 15% of 10 billion; 32.2% a year (Cottier et al.)
    assert landed_price(price=27_000, dutiable=27_000, duty=0.25, passed_on=1) - 27_000 == 6750
    assert revenue_share(revenue=10e9, share=0.15) == pytest.approx(1.5e9)
    assert economic_depreciation(capital=1.0, orders=0.14 / YEAR) * YEAR == pytest.approx(0.3224, abs=1e-4)
    # 1.85 thousand tokens a second on an H800 at 2 dollars an hour: 30 cents a million
    assert cost_per_token(rate=2 / 3600, tokens=1850) * 1e6 == pytest.approx(0.30, abs=0.001)


@given(capital=st.floats(1, 1e12), rate=st.floats(0.001, 0.5), periods=st.integers(1, 40))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_annuity_repays_the_capital(capital: float, rate: float, periods: int) -> None:
    paid = annuity(capital=capital, interest=rate, periods=periods, period=YEAR) * YEAR
    worth = sum(paid / (1 + rate) ** n for n in range(1, periods + 1))
    assert worth == pytest.approx(capital, rel=1e-9)
    assert paid >= straight_line(capital=capital, life=periods * YEAR) * YEAR


def test_published_rates_stand_beside_ours() -> None:
    found = cost("1000 H200", catalog=HERE)
    assert {payer: figure.to("USD/h") for payer, figure in found.published} == pytest.approx(
        {"hyperscaler": 1.41, "neocloud": 1.74, "rental": 1.60}
    )
    assert 0.5 < found.own.hourly.to("USD/h") / 1.41 < 2
    assert not cost("1000 910C", catalog=HERE, country="cn").published


def test_cost_of_a_trained_model_and_of_tokens() -> None:
    found = cost("16384 H100", catalog=HERE, train="Llama 3.1 405B", infer="DeepSeek-V3", mfu="40%")
    work = dict(found.work)
    own = found.own.hourly.to("USD/h")
    days = work["training Llama-3.1-405B, time"].to("day")
    # 67.8 days at an MFU of 0.40 with nothing lost; failures lengthen it
    assert 67.8 < days < 90
    assert work["training Llama-3.1-405B"].number == pytest.approx(days * 24 * 16_384 * own, rel=1e-9)
    assert work["a million output tokens of DeepSeek-V3, at best"].to("USD/Mtoken") > 0


def test_where_the_answer_flips() -> None:
    found = cost("100000 H200", catalog=HERE, country="cn", against="100000 910C", flip_by=("price", MFU))
    assert found.ratio is not None and found.map is not None
    for one in found.flips:
        assert one.crossings
        for crossing in one.crossings:
            assert found.ratio.evaluate({one.leaf.key: crossing.value}) == pytest.approx(1, rel=1e-9)
    below = found.ratio.number < 1
    cheaper = found.flips[0].crossings[0]
    assert (cheaper.value > cheaper.now) is below
    assert len(found.map.values) == len(found.map.ys) and len(found.map.values[0]) == len(found.map.xs)
    assert min(map(min, found.map.values)) < 1 < max(map(max, found.map.values)), "the line runs through the map"
    assert list(found.map.values[0]) == sorted(found.map.values[0]), "a higher price never makes it cheaper"


def test_every_assumption_can_be_moved() -> None:
    for name in ("duty", "price.electricity", "lifetime", "pue"):
        found = cost(
            "1000 H200", catalog=HERE, country="cn", given={"duty": "25%"}, against="1000 910C", flip_by=(name,)
        )
        assert name in found.flips[0].leaf.key


def test_what_is_refused() -> None:
    with pytest.raises(UnknownName, match="needs a second cluster"):
        cost("1000 H200", catalog=HERE, flip_by=("price",))
    with pytest.raises(UnknownName, match="does not depend on 'weather'"):
        cost("1000 H200", catalog=HERE, against="1000 B200", flip_by=("weather",))


# --- root finding on a graph ------------------------------------------------------------------------------------------------

RATIO = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")
PEAK = "huawei-ascend-910c/peak.bf16"


@given(target=st.floats(0.2, 1.9))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_crossing_is_exact(target: float) -> None:
    [found] = break_even(RATIO, PEAK, target=target, low=1e14, high=2e15)
    assert found.value == pytest.approx(target * 989.5e12, rel=1e-12)
    assert found.change == pytest.approx(found.value / 752e12 - 1)


def test_no_crossing_two_crossings_and_wrong_ends() -> None:
    assert break_even(RATIO, PEAK, target=5, low=1e14, high=2e15) == []
    square = (RATIO - quantity("peak.bf16", "H20") / quantity("peak.bf16", "H200")).power(2)
    assert len(break_even(square, PEAK, target=0.01, low=1e13, high=2e15)) == 2
    with pytest.raises(UnitError, match="the lower first"):
        break_even(RATIO, PEAK, target=1, low=2, high=1)
    with pytest.raises(UnknownName, match="Did you mean"):
        find_leaf(RATIO, "huawei-ascend-910c/peak.bf61")
    assert grid(RATIO, PEAK, "nvidia-h200-sxm/peak.bf16", xs=[1e15, 2e15], ys=[1e15]).tolist() == [[1, 2]]
