# SPDX-License-Identifier: Apache-2.0
"""What limits a build: each limit at, below and above what there is, and which of them binds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.limits import Limit, batch_size, binding, export_cap, pace, run_size, sentence, stock
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import constant, unknown
from chipgauge.specs.units import parse_unit

HERE = catalog()
ONE = parse_unit("1")


def test_the_cap_on_exports_needs_the_sales() -> None:
    chips = constant(500_000, ONE)
    unknown = export_cap(chips, catalog=HERE)
    assert not unknown.figure.known and "no source" in unknown.figure.why
    # half of a million sold in the United States
    known = export_cap(chips, catalog=HERE, domestic_sales=constant(1e6, ONE))
    assert known.figure.number == pytest.approx(1)
    found = equivalent("400000 H200", "H200", ask=Ask(build_in="cn", sales="500,000"))
    assert {row.name: row.figure for row in found.limits}["export cap"].number == pytest.approx(400 / 250)


@pytest.mark.parametrize(("ratio", "binds"), [(0.99, False), (1.0, False), (1.01, True)])
def test_a_limit_binds_above_one(ratio: float, binds: bool) -> None:
    row = Limit("stock", "chips", constant(ratio, ONE))
    assert (binding([row]) is row) is binds
    assert binding([Limit("money", "over the original", constant(9.0, ONE))]) is None, "dearer is not impossible"
    assert binding([row, Limit("money", "over the budget given", constant(9.0, ONE))]) is not row


def test_stock_of_a_maker_without_a_row_is_unknown() -> None:
    assert not stock(HERE.find("MLU590")._replace(maker="biren"), constant(1, ONE), catalog=HERE).figure.known


def test_a_batch_keeps_so_many_chips_busy() -> None:
    # DeepSeek-V3: 62.9 million tokens a step; replicas of 16 chips that take 8,192 tokens at the least
    most = 62.9e6 / 8192 * 16
    for chips, ratio in ((most, 1.0), (most / 2, 0.5), (most * 3, 3.0)):
        found = batch_size(constant(chips, ONE), constant(8192, ONE), constant(16, ONE), catalog=HERE)
        assert found.figure.number == pytest.approx(ratio)
    given_batch = batch_size(
        constant(most, ONE), constant(8192, ONE), constant(16, ONE), batch=constant(31.45e6, ONE), catalog=HERE
    )
    assert given_batch.figure.number == pytest.approx(2)
    lacking = batch_size(constant(most, ONE), None, None, why="no plan", catalog=HERE)
    assert not lacking.figure.known and lacking.figure.why == "no plan"


def test_the_size_of_a_run() -> None:
    # Epoch AI: data movement costs utilisation beyond 2e28 FLOP in three months, and 2e31 is the wall
    rate = constant(2e28 / (3 * 365.25 / 12 * 86400), parse_unit("FLOP/s"))
    found = {row.name.partition(": ")[2]: row.figure.number for row in run_size(rate, catalog=HERE)}
    assert found["data-movement-lowers-utilisation"] == pytest.approx(1, rel=1e-3)
    assert found["latency-wall"] == pytest.approx(1e-3, rel=1e-3)


def test_the_pace_of_a_site() -> None:
    # Colossus 1: 100,000 H100 in 131 days; a gigawatt takes 2 to 2.5 years
    found = pace(constant(200_000, ONE), catalog=HERE)
    assert found.need is not None and found.need.to("day") == pytest.approx(262)
    assert found.have is not None and found.have.to("year") == pytest.approx(2.25)


@given(
    ratios=st.dictionaries(
        st.sampled_from(["stock", "export cap", "time", "pace", "money", "power"]), st.floats(0.01, 9)
    )
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_what_binds_is_the_one_exceeded_most(ratios: dict[str, float]) -> None:
    rows = [Limit(name, "over the original", constant(value, ONE)) for name, value in ratios.items()]
    hard = {name: value for name, value in ratios.items() if name in ("stock", "export cap", "time") and value > 1}
    found = binding(rows)
    assert (found.name if found else None) == (max(hard, key=lambda name: hard[name]) if hard else None)


def test_a_limit_that_nobody_measured_is_said_and_never_met() -> None:
    rows = [Limit("export cap", "x", unknown("sales", "sales", "nobody says")), Limit("stock", "y", constant(0.5, ONE))]
    assert sentence(binding(rows), rows) == "no limit that is known here binds; not known: export cap"
