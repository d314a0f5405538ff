# SPDX-License-Identifier: Apache-2.0
"""Stocks of chips by owner as figures, against Epoch AI's table of chip owners (copies of April and July 2026)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.holdings import DESIGNERS, held_in_china, holding, rows_at, yearly_inflow
from chipgauge.specs.catalog import catalog
from chipgauge.specs.stocks import stocks

HERE = catalog()


def test_stocks_in_china() -> None:
    # 401,698 legal Nvidia, 662,048 smuggled, 707,968 Huawei, 34,925 Cambricon, 10,523 AMD: about 1.8 million
    china = sum(holding(row).number for row in rows_at("2025-12-31", china=True))
    assert china == 401_698 + 662_048 + 707_968 + 34_925 + 10_523
    assert held_in_china(HERE.find("910C"), catalog=HERE).number == 707_968
    assert held_in_china(HERE.find("H200"), catalog=HERE).number == pytest.approx(401_698 + 662_048)
    smuggled = next(row for row in rows_at("2025-12-31", china=True) if row.owner == "China (smuggled)")
    assert holding(smuggled).leaf_range == (294_087, 1_592_327)


def test_the_share_of_china_without_smuggled_chips() -> None:
    # the owners' table of April 2026 gives 1.153 million and 5.7%
    china = sum(holding(row).number for row in rows_at("2025-12-31", china=True) if row.owner == "China")
    others = sum(holding(row).number for row in rows_at("2025-12-31", china=False))
    assert china / 1e6 == pytest.approx(1.153, abs=0.003)
    assert china / (china + others) == pytest.approx(0.057, abs=0.0005)


def test_the_inflow_is_the_growth_of_the_last_year() -> None:
    # Huawei's chips in China: 707,968 H100-equivalents at the end of 2025, less those a year before
    before = {row.end: row.h100e.median for row in stocks() if row[:2] == ("China", "Huawei") and not row.chip}
    grown = 707_968 - float(before["2024-12-31"] or 0)
    assert yearly_inflow(HERE.find("910C"), catalog=HERE).to("1/year") == pytest.approx(grown)


def test_a_maker_without_a_row_is_unknown() -> None:
    other = HERE.find("910C")._replace(maker="biren")
    assert not held_in_china(other, catalog=HERE).known and not yearly_inflow(other, catalog=HERE).known


@given(
    day=st.dates(min_value=__import__("datetime").date(2024, 1, 1), max_value=__import__("datetime").date(2026, 12, 31))
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_china_and_others_are_apart_and_ends_hold_the_median(day) -> None:  # type: ignore[no-untyped-def]
    ours, others = (rows_at(day.isoformat(), china=china) for china in (True, False))
    assert not {row.owner for row in ours} & {row.owner for row in others}
    for row in (*ours, *others):
        leaf = holding(row)
        if leaf.known and leaf.leaf_range:
            assert leaf.leaf_range[0] <= leaf.number <= leaf.leaf_range[1]
    assert {row.designer for row in ours} <= set(DESIGNERS.values())
