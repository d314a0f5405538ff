# SPDX-License-Identifier: Apache-2.0
"""Cost of ownership: the worked targets of published prices, each factor on its base, and how the lines add up."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import terms
from chipgauge.calc.ownership import ownership, per_operation
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError, UnitError
from chipgauge.specs.figure import constant
from chipgauge.specs.units import parse_unit

HERE = catalog()
TARGET = "1389591 H200"  # 550,000 Blackwells, 1.39 million H100-equivalents (Epoch AI, Colossus 2)


def own(of: str, country: str = "cn", *, given: dict[str, str] | None = None, **more: Any) -> Any:
    return ownership(HERE.subject(of), terms(country, catalog=HERE, given=given), catalog=HERE, **more)


def bought(cost: Any) -> float:
    names = {line.name for line in cost.capital}
    return float(sum(cost.line(name).number for name in ("hardware", "network", "duty", "fee") if name in names))


# --- the worked target -----------------------------------------------------------------------------------------------


def test_h200_at_the_chinese_price_of_a_machine() -> None:
    # 1.5 million yuan for eight at 7.32, network 19% of the cluster: 31.6 thousand each, 43.9 billion for all
    cost = own(TARGET, market="china")
    assert bought(cost) / 1389591 == pytest.approx(31_623, abs=1)
    assert bought(cost) / 1e9 == pytest.approx(43.9, abs=0.05)
    assert bought(cost) / 29.92018333e9 == pytest.approx(1.47, abs=0.005), (
        "over Epoch's 29.9 billion for the computing part"
    )
    assert own("100000 H200", market="china").line("hardware").number * 1 / 0.81 / 1e9 == pytest.approx(3.2, abs=0.05)


@pytest.mark.parametrize(("price", "billions"), [("33820.65 USD", 58.0), ("39083.38 USD", 67.1)])
def test_h200_at_western_prices_of_a_board(price: str, billions: float) -> None:
    cost = own(TARGET, price=price, sold="server")
    assert bought(cost) / 1e9 == pytest.approx(billions, abs=0.1)
    assert 1.9 < bought(cost) / 29.92018333e9 < 2.25


def test_the_duty_on_the_price_of_the_machine() -> None:
    # 25% passed on in full: about 55 billion where the network carries it too, 52.8 on the machines alone
    cost = own(TARGET, market="china", given={"duty": "25%"})
    assert cost.line("duty").number == pytest.approx(0.25 * cost.line("hardware").number)
    assert 52 < bought(cost) / 1e9 < 55.5
    half = own(TARGET, market="china", given={"duty": "25%", "passed_on": "50%"})
    assert half.line("duty").number == pytest.approx(cost.line("duty").number / 2)
    chips = own(TARGET, market="china", given={"duty": "25%", "dutiable.share": "60%"})
    assert chips.line("duty").number == pytest.approx(cost.line("duty").number * 0.6)


def test_cloudmatrix_at_its_price() -> None:
    # 4,583 at 8.2 million dollars: 37.6 billion, 1.26 times 29.9; 559 kW each: 2.56 GW before what the site adds
    cost = own("4583 CM384", price="21354.17 USD", sold="fabric", given={"pue": "1"})
    assert cost.line("hardware").number / 1e9 == pytest.approx(37.6, abs=0.05)
    assert cost.line("hardware").number / 29.92018333e9 == pytest.approx(1.26, abs=0.005)
    assert cost.power.number / 1e9 == pytest.approx(2.56, abs=0.005)
    assert cost.line("network").number == 0 and cost.line("network").high > 0, (
        "no source prices it: up to that of servers"
    )


@pytest.mark.parametrize(("of", "megawatts"), [(TARGET, 2404), ("100000 H200", 173)])
def test_power_of_the_site(of: str, megawatts: float) -> None:
    # SemiAnalysis: 1.73 kW of a site per H200
    assert own(of, boundary="semianalysis").power.number / 1e6 == pytest.approx(megawatts, abs=0.5)


def test_a_bare_chip_at_25_000() -> None:
    # Cottier et al.: 25,000 x 1.64 / 0.81
    cost = own("H100", "us", price="25000 USD", sold="chip")
    assert bought(cost) == pytest.approx(50_617, abs=0.5)
    server = own("H100", "us", price="25000 USD", sold="server")
    assert bought(server) == pytest.approx(25_000 / 0.81), "a server's price already holds the factor"


def test_a_module_takes_neither_factor() -> None:
    with pytest.raises(BasisError, match="price of a module"):
        own("H200", market="china", sold="module")


# --- how the lines add up --------------------------------------------------------------------------------------------


def test_lines_add_up_and_depreciation_ends_with_the_life() -> None:
    cost = own("1000 H200", years="5 year")
    assert cost.capital_total.number == pytest.approx(sum(line.figure.number for line in cost.capital))
    assert cost.total.number == pytest.approx(sum(line.figure.number for line in cost.running))
    assert cost.line("hardware.charge").number == pytest.approx(bought(cost)), "over its life it is charged once"
    assert cost.hourly.to("USD/h") == pytest.approx(cost.total.number / (1000 * 5 * 8766))


def test_energy() -> None:
    cost = own(
        "1000 H200",
        "us",
        years="1 year",
        given={"price.electricity": "0.10 USD/kWh", "draw.share": "50%"},
        boundary="semianalysis",
    )
    assert cost.line("energy").number == pytest.approx(1000 * 1.73 * 0.5 * 8766 * 0.10)


def test_interest_makes_an_annuity() -> None:
    # a spreadsheet's PMT(10%, 4, -1000) is 315.47
    plain = own("H200", years="4 year", given={"lifetime": "4 year", "lifetime.site": "4 year"})
    paid = own("H200", years="4 year", given={"lifetime": "4 year", "lifetime.site": "4 year", "interest": "10%"})
    assert paid.line("hardware.charge").number / plain.line("hardware.charge").number == pytest.approx(
        4 * 0.31547, abs=1e-4
    )


@given(
    chips=st.integers(1, 10**6),
    premium=st.floats(0, 2),
    duty=st.floats(0, 1),
    country=st.sampled_from(["us", "cn"]),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_cost_is_proportional_and_grows_with_every_mark_up(
    chips: int, premium: float, duty: float, country: str
) -> None:
    plain, one = own(f"{chips} H200", country), own("1 H200", country)
    assert plain.total.number == pytest.approx(chips * one.total.number)
    more = own(f"{chips} H200", country, given={"premium": str(premium), "duty": str(duty)})
    assert more.total.number >= plain.total.number * (1 - 1e-12)
    assert more.line("hardware").number == pytest.approx(plain.line("hardware").number * (1 + premium))


def test_every_number_explains_itself() -> None:
    cost = own("100000 H200", market="china", given={"duty": "25%"})
    for figure in (
        cost.total,
        cost.capital_total,
        cost.hourly,
        *(line.figure for line in (*cost.capital, *cost.running)),
    ):
        assert all(node.cite for node in figure.nodes() if node.kind == "formula")
        assert all(leaf.sources for leaf in figure.leaves())
        assert figure.explain().splitlines()[-1].startswith(figure.key)


def test_cost_of_a_useful_operation() -> None:
    dollar = constant(1.30 / 3600, parse_unit("USD/s"))
    each = per_operation(dollar, constant(989.5e12, parse_unit("FLOP/s")), constant(0.4, parse_unit("1")))
    assert each.to("USD/EFLOP") == pytest.approx(1.30 / 3600 / (989.5e12 * 0.4) * 1e18)


@pytest.mark.parametrize(
    "given", [{"pue": "0.9"}, {"network.cost_share": "100%"}, {"duty": "3 USD"}, {"lifetime": "0 year"}]
)
def test_terms_out_of_range_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(UnitError):
        own("H200", given=given)
