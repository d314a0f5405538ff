# SPDX-License-Identifier: Apache-2.0
"""The terms of a cost: where each comes from, whose electricity is subsidised, and what a user may give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import TERMS, given_figure, is_domestic, terms
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName

HERE = catalog()


# US industry 2025 (EIA): 8.26 cents, all sectors 9.1; China's industry 8.8, 30% less in remote provinces; subsidised 0.4 yuan
def test_electricity_by_country_and_only_domestic_chips_are_subsidised() -> None:
    us, cn = (terms(country, catalog=HERE)["price.electricity"] for country in ("us", "cn"))
    own = terms("cn", catalog=HERE, domestic=True)["price.electricity"]
    assert [round(figure.to("USD/kWh"), 4) for figure in (us, cn, own)] == [0.0826, 0.088, 0.056]
    assert cn.low == pytest.approx(0.088 * 0.7 / 3.6e6) and cn.high == pytest.approx(0.088 / 3.6e6)
    assert us.high == pytest.approx(0.091 / 3.6e6)
    assert terms("us", catalog=HERE, domestic=True)["price.electricity"].key == us.key, "no subsidy was read there"
    assert is_domestic(HERE.find("910C"), "cn") and not is_domestic(HERE.find("H200"), "cn")


# ChinaTalk: 6 (5.5 to 6.5) and 10 (8 to 12) million dollars a MW; Epoch: PUE 1.10 of hyperscalers; hub nodes in China 1.25
def test_sites_by_country() -> None:
    us, cn = (terms(country, catalog=HERE) for country in ("us", "cn"))
    assert [side["construction"].to("USD/MW") / 1e6 for side in (us, cn)] == pytest.approx([10, 6])
    assert [end for end in cn["construction"].bounds()] == [5.5, 6.5]
    assert [side["pue"].number for side in (us, cn)] == [1.10, 1.25]
    assert cn["pue"].bounds() == (1.15, 1.30)
    # 500 people: 184 and 33 million dollars over three years at 400 MW
    assert us["staff"].number * 400e6 * 3 * 8766 * 3600 == pytest.approx(184e6, rel=1e-4)
    assert cn["staff"].number * 400e6 * 3 * 8766 * 3600 == pytest.approx(33e6, rel=1e-4)


def test_every_term_has_a_source_and_a_unit() -> None:
    for country in ("us", "cn"):
        for name, figure in terms(country, catalog=HERE).figures.items():
            assert figure.known and figure.sources, name
            low, high = figure.bounds()
            assert low is not None and high is not None and low <= figure.number <= high
            assert figure.status == "assumed" or not figure.key.startswith("default/")


@given(value=st.floats(0, 1, exclude_max=True))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_given_term_is_taken_as_it_is(value: float) -> None:
    figure = terms("us", catalog=HERE, given={"network.cost_share": repr(value)})["network.cost_share"]
    assert figure.number == value and figure.status == "assumed" and figure.sources == ("given",)


@pytest.mark.parametrize(
    ("text", "message"), [("5 USD", "pue is in 1"), ("0.99", "at least 1"), ("wide", "begin with a number")]
)
def test_a_wrong_value_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        terms("us", catalog=HERE, given={"pue": text})


def test_wrong_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean pue"):
        terms("us", catalog=HERE, given={"puee": "1.2"})
    with pytest.raises(UnknownName, match="write us or cn"):
        terms("de", catalog=HERE)
    with pytest.raises(UnitError, match="below 1"):
        given_figure("share", "100%", "1", below=1.0)
    assert set(TERMS) >= {"duty", "fee", "premium", "interest", "pue", "staff", "construction"}
