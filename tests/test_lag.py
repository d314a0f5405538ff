# SPDX-License-Identifier: Apache-2.0
"""A ratio as months at each named growth rate, the published lag in capability beside it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import evaluate
from chipgauge.calc.lag import lags
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName
from chipgauge.specs.figure import constant
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")


def months(ratio: float, growth: str) -> float:
    return lags(constant(ratio, ONE), growth=growth).rates[0].months.to("month")


# 12 ln R / ln g: growth rates as Epoch AI prints them
@pytest.mark.parametrize(
    ("growth", "two", "five", "ten"),
    [
        ("price-performance", 31.7, 73.6, 105.3),
        ("chip-fp32", 27.7, 64.4, 92.1),
        ("energy-efficiency", 20.5, 47.6, 68.1),
        ("per-chip-in-clusters", 17.7, 41.1, 58.8),
        ("leading-clusters", 9.1, 21.1, 30.2),
        ("china-training", 7.6, 17.6, 25.2),
        ("record-site", 7.0, 16.3, 23.3),
        ("frontier-training", 5.5, 12.8, 18.4),
        ("chip-fp16", 32.7, 75.8, 108.5),
    ],
)
def test_months_at_a_named_rate(growth: str, two: float, five: float, ten: float) -> None:
    assert [months(ratio, growth) for ratio in (2, 5, 10)] == pytest.approx([two, five, ten], abs=0.06)


def test_every_rate_is_shown_and_the_capability_lag_beside_them() -> None:
    found = lags(constant(2, ONE))
    assert {row.growth.id for row in found.rates} == {
        item.id for item in catalog().items.values() if item.kind == "growth"
    }
    factors = [row.factor.number for row in found.rates]
    assert factors == sorted(factors, reverse=True)
    # Epoch AI, January 2026: 7 months on average, 4 to 14
    assert found.capability.to("month") == 7
    assert [end / (8766 * 3600 / 12) for end in found.capability.bounds() if end] == pytest.approx([4, 14])


def test_inside_an_expression() -> None:
    # 5 x at 2.5 times a year; 60,000 over 12,032 TPP
    assert evaluate("lag(5, leading-clusters)").to("month") == pytest.approx(21.1, abs=0.05)
    figure = evaluate("lag(tpp(GB300)/tpp(910C), leading-clusters)")
    assert figure.to("month") == pytest.approx(21.04, abs=0.05)
    assert "growth.factor" in figure.explain()


@given(ratio=st.floats(0.01, 1e4), growth=st.sampled_from(["leading-clusters", "record-site", "chip-fp32"]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_lag_turns_around_and_adds_up(ratio: float, growth: str) -> None:
    assert months(ratio, growth) == pytest.approx(-months(1 / ratio, growth), abs=1e-9)
    assert months(ratio * 2, growth) == pytest.approx(months(ratio, growth) + months(2, growth), abs=1e-9)


def test_what_is_refused() -> None:
    with pytest.raises(UnknownName, match="leading-clusters"):
        lags(constant(2, ONE), growth="leading-cluster")
    with pytest.raises(UnitError, match="above zero"):
        lags(constant(0, ONE), growth="record-site")
    with pytest.raises(UnitError, match="plain ratio"):
        lags(constant(2, parse_unit("TPP")), growth="record-site")
