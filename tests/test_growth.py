# SPDX-License-Identifier: Apache-2.0
"""Growth rates: each id of the interface with what its source prints, and a ratio as months at a named rate."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import evaluate
from chipgauge.calc.growth import (
    factor_from_doubling,
    factor_from_increase,
    growth_rates,
    lag,
    lag_time,
)
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import ExpressionError, UnitError, UnknownName
from chipgauge.specs.figure import Figure, constant
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
# INTERFACE: "Growth ids".
INTERFACE = (
    "chip-fp16", "price-performance", "chip-fp32", "energy-efficiency", "per-chip-in-clusters", "leading-clusters",
    "china-training", "record-site", "frontier-training",
)  # fmt: skip


def plain(number: float) -> Figure:
    return constant(number, parse_unit("1"))


def test_the_growth_rates_of_the_interface_are_there() -> None:
    ids = {item.id for item in growth_rates(catalog())}
    assert set(INTERFACE) <= ids
    assert {"memory-capacity", "memory-bandwidth"} <= ids  # bandwidth-bound work grows at another pace


# What the publishers print: Epoch's hardware page (28 to 29% FP16, 30% price-performance, 50% energy), Pilz et al.
# 2025 (2.5 a year, 1.6 per chip), Epoch on China (3 a year), on the largest site (doubling in 7 months), on training
# compute (4 to 5 a year), Hobbhahn et al. 2023 (1.35 FP32; memory doubling in 4.0 and 4.1 years).
@pytest.mark.parametrize(
    ("growth", "factor", "low", "high"),
    [
        ("chip-fp16", 1.29, 1.28, 1.29),
        ("price-performance", 1.30, 1.30, 1.39),
        ("chip-fp32", 1.35, 1.35, 1.35),
        ("energy-efficiency", 1.5, 1.4, 1.5),
        ("per-chip-in-clusters", 1.6, 1.6, 1.6),
        ("leading-clusters", 2.5, 2.5, 2.5),
        ("china-training", 3.0, 3.0, 3.0),
        ("record-site", 3.281, 3.281, 3.281),
        ("frontier-training", 4.5, 4.0, 5.0),
        ("memory-capacity", 1.189, 1.189, 1.189),
        ("memory-bandwidth", 1.184, 1.184, 1.184),
    ],
)
def test_a_growth_rate_is_what_its_source_prints(growth: str, factor: float, low: float, high: float) -> None:
    figure = quantity("growth.factor", growth)
    assert (figure.number, figure.low, figure.high) == pytest.approx((factor, low, high), abs=6e-4)
    assert figure.all_sources()


# Ratios of two and of ten as months: 12 ln R / ln g, worked by hand from the printed rates.
@pytest.mark.parametrize(
    ("growth", "of_two", "of_ten"),
    [
        ("price-performance", 31.7, 105.3),
        ("chip-fp32", 27.7, 92.1),
        ("energy-efficiency", 20.5, 68.1),
        ("per-chip-in-clusters", 17.7, 58.8),
        ("leading-clusters", 9.1, 30.2),
        ("china-training", 7.6, 25.2),
        ("record-site", 7.0, 23.3),
        ("frontier-training", 5.5, 18.4),
    ],
)
def test_a_ratio_as_months(growth: str, of_two: float, of_ten: float) -> None:
    assert lag(plain(2), growth).to("month") == pytest.approx(of_two, abs=0.05)
    assert lag(plain(10), growth).to("month") == pytest.approx(of_ten, abs=0.06)


def test_a_lag_is_printed_in_months_and_keeps_its_range() -> None:
    figure = evaluate("lag(2, frontier-training)")
    assert figure.unit.text == "month"
    assert figure.to("month") == pytest.approx(5.53, abs=5e-3)
    low, high = (figure.in_unit(end) for end in figure.bounds())
    assert (low, high) == pytest.approx((12 * math.log(2) / math.log(5), 12 * math.log(2) / math.log(4)))


def test_a_ratio_below_one_is_ahead_and_one_is_level() -> None:
    assert evaluate("lag(0.5, leading-clusters)").number == -evaluate("lag(2, leading-clusters)").number
    assert evaluate("lag(1, leading-clusters)").number == 0


def test_a_ratio_of_figures_makes_a_lag_with_their_sources() -> None:
    figure = evaluate("lag(tpp(H200)/tpp(H20), chip-fp16)")
    assert {"nvidia-h200-sxm", "nvidia-h20-96gb", "chip-fp16"} <= {leaf.item for leaf in figure.leaves()}


def test_what_is_no_growth_rate_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no growth rate is called 'chip-fp17'.*chip-fp16"):
        lag(plain(2), "chip-fp17")
    with pytest.raises(UnknownName, match="no growth rate is called 'nvidia-h20-96gb'"):
        lag(plain(2), "nvidia-h20-96gb")
    with pytest.raises(ExpressionError, match="no growth rate is called 'leading-cluster'"):
        evaluate("lag(2, leading-cluster)")


def test_what_is_no_ratio_is_refused() -> None:
    with pytest.raises(UnitError, match="a lag needs a plain ratio, got TPP"):
        lag(quantity("tpp", "H20"), "chip-fp16")
    for number in (0, -1):
        with pytest.raises(UnitError, match="a lag needs a ratio above zero"):
            lag(plain(number), "chip-fp16")


@LAW
@given(st.floats(0.01, 100), st.floats(0.1, 120))
def test_a_doubling_time_doubles(years: float, times: float) -> None:
    factor = factor_from_doubling(doubling=years, period=1)
    assert factor ** (years * 1) == pytest.approx(2, rel=1e-9)
    assert lag_time(ratio=2, factor=factor, period=1) == pytest.approx(years, rel=1e-9)


@LAW
@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4), st.floats(1.01, 20))
def test_lags_of_a_product_add_up(one: float, other: float, factor: float) -> None:
    both = lag_time(ratio=one * other, factor=factor, period=1)
    parts = lag_time(ratio=one, factor=factor, period=1) + lag_time(ratio=other, factor=factor, period=1)
    assert both == pytest.approx(parts, rel=1e-9, abs=1e-9)


@LAW
@given(st.floats(0, 10))
def test_an_increase_and_its_factor(increase: float) -> None:
    assert factor_from_increase(increase=increase) == 1 + increase
