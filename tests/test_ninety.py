# SPDX-License-Identifier: Apache-2.0
"""Ranges that hold 90% of draws, as an answer prints and exports them, also with inputs that move together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import terms
from chipgauge.calc.graph import interval
from chipgauge.calc.quantity import quantity
from chipgauge.reports import ninety
from chipgauge.reports.answer import Answer
from chipgauge.specs.catalog import catalog

HERE = catalog()
US = terms("us", catalog=HERE)
PRODUCT = US["pue"] * US["construction"]
PAIR = ("pue/pue:hyperscaler", "site-model/capex.per_power:construction-us")


def test_a_figure_without_a_range_has_none() -> None:
    plain = quantity("peak.bf16", "H20")
    assert ninety.ends(plain) is None and ninety.spread(plain) == ""
    assert ninety.base_ends(plain) == (plain.number, plain.number)
    assert ninety.ends(quantity("peak.fp4", "H20")) is None
    assert ninety.row("rate", plain)[:4] == ["rate", "148", "", "TFLOP/s"]


def test_ends_are_the_quantiles_in_the_unit_of_the_figure() -> None:
    low, high = interval(PRODUCT)
    found = ninety.ends(PRODUCT)
    assert found == pytest.approx((PRODUCT.in_unit(low), PRODUCT.in_unit(high)))
    shown = ninety.quantity(PRODUCT)
    assert (shown["low"], shown["high"], shown["interval"]) == (*found, "90%") if found else False


@given(rho=st.sampled_from([0.3, 0.6, 0.9]))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_correlated_holds_only_while_it_is_asked(rho: float) -> None:
    plain = ninety.base_ends(PRODUCT)
    with ninety.correlated({PAIR: rho}):
        wide = ninety.base_ends(PRODUCT)
    assert plain and wide and wide[1] - wide[0] > plain[1] - plain[0]
    assert ninety.base_ends(PRODUCT) == plain


def test_the_json_of_an_answer_is_drawn_as_its_tables_are() -> None:
    def make() -> Answer:
        said = ninety.spread(PRODUCT)
        return Answer("x", said, [], lambda: {"said": ninety.spread(PRODUCT)}, list, HERE)

    found = ninety.together({PAIR: 0.9}, make)
    assert found.body()["said"] == found.finding != ninety.spread(PRODUCT)


def test_a_tornado_names_the_widest_first() -> None:
    table = ninety.tornado(PRODUCT)
    assert [row[0].partition("/")[0] for row in table.rows] == ["site-model", "pue"]
    assert [row["leaf"] for row in ninety.drivers(PRODUCT)] == [row[0] for row in table.rows]
