# SPDX-License-Identifier: Apache-2.0
"""Formulas of cost: mark-ups, energy, capital as a rate, the cost of useful work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost import (
    annuity,
    cost_per_operation,
    cost_per_token,
    economic_depreciation,
    energy_cost,
    energy_use,
    facility_capital,
    landed_price,
    revenue_share,
    straight_line,
    with_premium,
)

YEAR = 8766 * 3600.0
share = st.floats(0, 1)


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


def test_energy_and_buildings() -> None:
    # ChinaTalk: 400 MW of construction at 6 and at 10 million dollars a megawatt: 2.4 and 4.0 billion
    assert [facility_capital(power=400e6, price=price) / 1e9 for price in (6.0, 10.0)] == pytest.approx([2.4, 4.0])
    # 400 MW at 60% for three years at 9 cents a kilowatt-hour: 570 to 600 million dollars
    used = energy_use(power=400e6, utilisation=0.6, time=3 * YEAR)
    assert energy_cost(energy=used, price=0.09 / 3.6e6) / 1e6 == pytest.approx(568, abs=1)


@given(price=st.floats(1, 1e6), duty=st.floats(0, 2), passed=share, part=share)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_buyer_bears_the_share_that_is_passed_on(price: float, duty: float, passed: float, part: float) -> None:
    landed = landed_price(price=price, dutiable=price * part, duty=duty, passed_on=passed)
    whole = landed_price(price=price, dutiable=price, duty=duty, passed_on=1.0)
    assert price <= landed <= whole * (1 + 1e-12)
    assert landed_price(price=price, dutiable=price, duty=duty, passed_on=0.0) == price
    assert with_premium(price=price, premium=duty) == pytest.approx(whole)


def test_work_at_half_the_utilisation_costs_twice() -> None:
    one, half = (cost_per_operation(rate=1.3 / 3600, peak=989.5e12, mfu=mfu) for mfu in (0.4, 0.2))
    assert half == pytest.approx(2 * one)
