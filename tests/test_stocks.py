# SPDX-License-Identifier: Apache-2.0
"""Stocks of chips: the rows of Epoch's table as it prints them, totals apart from parts, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import TableError
from chipgauge.specs.stocks import COLUMNS, Spread, Stock, latest, read_stocks, stocks

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
HEAD = ",".join(COLUMNS)
GOOD = "China,Huawei,,2024-01-01,2025-12-31,707968,,,1250000,,,695,,,yes,epoch-chip-owners,"


def one(owner: str, designer: str, on: str) -> Stock:
    (row,) = [row for row in latest(on) if (row.owner, row.designer) == (owner, designer)]
    return row


# Epoch AI, AI Chip Owners, cumulative by designer, copy of 20 July 2026.
@pytest.mark.parametrize(
    ("owner", "designer", "on", "h100e"),
    [
        ("China", "Nvidia", "2026-03-31", Spread(401_698, 324_871, 496_849)),
        ("China (smuggled)", "Nvidia", "2025-12-31", Spread(662_048, 294_087, 1_592_327)),
        ("China", "Huawei", "2025-12-31", Spread(707_968)),
        ("China", "Cambricon", "2025-12-31", Spread(34_925, 32_079, 45_788)),
        ("China", "AMD", "2025-12-31", Spread(10_523, 8_605, 12_837)),
        ("Microsoft", "Nvidia", "2026-03-31", Spread(3_323_440, 2_558_193, 4_304_925)),
        ("Google", "Google", "2026-03-31", Spread(4_173_802, 3_383_807, 4_960_594)),
    ],
)
def test_the_last_row_of_an_owner_is_what_epoch_prints(owner: str, designer: str, on: str, h100e: Spread) -> None:
    assert one(owner, designer, on).h100e == h100e


def test_a_day_before_the_end_of_a_quarter_takes_the_quarter_before() -> None:
    assert one("China", "Huawei", "2025-12-30").end == "2025-09-30"
    assert one("China", "Huawei", "2025-12-31").end == "2025-12-31"
    assert one("China", "Huawei", "2026-12-31").end == "2025-12-31"  # nothing later is known
    assert not [row for row in latest("2023-12-31") if row.designer == "Huawei"]


def test_power_is_in_watts_and_units_are_counted() -> None:
    row = one("China", "Nvidia", "2025-12-31")
    assert row.power == Spread(756.98e6, 597.87e6, 959.31e6)
    assert row.units == Spread(1_805_354, 1_418_910, 2_301_734)


def test_the_last_quarter_of_the_copy_is_not_whole() -> None:
    incomplete = [row for row in stocks() if not row.complete]
    assert len(incomplete) == 8 and {row.end for row in incomplete} == {"2026-03-31"}


def test_the_parts_of_huawei_add_up_to_its_total() -> None:
    parts = [row for row in latest("2025-12-31", by_chip=True) if row.designer == "Huawei"]
    assert {row.chip for row in parts} == {"huawei-ascend-910c", "huawei-ascend-910b2"}
    assert sum(row.h100e.median or 0 for row in parts) == one("China", "Huawei", "2025-12-31").h100e.median
    assert sum(row.units.median or 0 for row in parts) == one("China", "Huawei", "2025-12-31").units.median


def test_totals_and_parts_are_never_in_one_answer() -> None:
    assert not [row for row in latest("2026-11-22") if row.chip]
    assert all(row.chip for row in latest("2026-11-22", by_chip=True))


def test_every_row_has_a_source_and_a_chip_of_the_tables() -> None:
    known = set(catalog().source_ids())
    assert {row.source for row in stocks()} <= known
    assert {catalog().items[row.chip].kind for row in stocks() if row.chip} == {"chip"}


def test_what_an_owner_has_never_shrinks() -> None:
    by_owner: dict[tuple[str, str], list[Stock]] = {}
    for row in stocks():
        if not row.chip:
            by_owner.setdefault((row.owner, row.designer), []).append(row)
    for rows in by_owner.values():
        rows.sort(key=lambda row: row.end)
        counted = [row.h100e.median for row in rows]
        assert counted == sorted(counted, key=float)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "line", "words"),
    [
        (GOOD.replace("707968", "-1"), 2, "'-1' is not a number of 0 or more"),
        (GOOD.replace("707968", "many"), 2, "'many' is not a number"),
        (GOOD.replace("707968,,", "707968,1,"), 2, "a range has a median and both ends"),
        (GOOD.replace("707968,,", "5,6,7"), 2, "6 to 7 does not hold the median 5"),
        (GOOD.replace("2025-12-31", "soon"), 2, "'soon' is not a day"),
        (GOOD.replace(",yes,", ",perhaps,"), 2, "'perhaps' is neither yes nor no"),
        (GOOD.replace("China", ""), 2, "this field is empty"),
        (GOOD + ",more", 2, f"a row has {len(COLUMNS)} fields"),
        ("China,Huawei,,2024-01-01,2025-12-31,,,,,,,,,,yes,epoch-chip-owners,", 2, "a row without any number"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(row: str, line: int, words: str) -> None:
    rows, problems = read_stocks(f"{HEAD}\n{row}\n", "x.csv")
    assert not rows and problems[0].line == line and words in problems[0].message


def test_other_columns_are_refused() -> None:
    assert read_stocks("a,b\n1,2\n", "x.csv")[1][0].message == "these are not the columns of a table of stocks"


def test_a_good_row_stands_beside_a_wrong_one() -> None:
    rows, problems = read_stocks(f"{HEAD}\n{GOOD}\n{GOOD.replace('yes', 'maybe')}\n", "x.csv")
    assert len(rows) == 1 and [problem.line for problem in problems] == [3]
    assert "x.csv:3" in str(TableError(problems))


@LAW
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_that_is_taken_holds_its_median(low: int, median: int, high: int) -> None:
    text = f"{HEAD}\nO,D,,2024-01-01,2025-12-31,{median},{low},{high},,,,,,,yes,s,\n"
    rows, problems = read_stocks(text, "x.csv")
    assert bool(rows) == (low <= median <= high) != bool(problems)
    assert all(row.h100e == Spread(median, low, high) for row in rows)
