# SPDX-License-Identifier: Apache-2.0
"""Rows for a page: builds with their costs and powers, payers, drivers, flips and scenarios."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.builds import builds, by_payer, crossings, ranged, standings, tornado
from chipgauge.calc.equivalence import Ask
from chipgauge.calc.graph import swing
from chipgauge.calc.quantity import quantity
from chipgauge.calc.scenario import run
from chipgauge.specs.catalog import catalog
from chipgauge.specs.scenario_tables import shipped_scenario

HERE = catalog()


def test_both_sides_of_a_build_give_the_ratios() -> None:
    for row in builds("1000 GB200", ["H200", "910C", "CM384"], catalog=HERE, ask=Ask(build_in="cn")):
        found = row.equivalence
        assert row.total.figure.number / row.original_total.figure.number == pytest.approx(found.tco_ratio.number)
        powers = dict(found.powers).values()
        assert row.power.figure.number / row.original_power.figure.number in [pytest.approx(p.number) for p in powers]
        for one in (row.needed, row.capital, row.total, row.power, row.original_capital):
            assert one.ends is not None and one.ends[0] <= one.figure.number <= one.ends[1]
        assert (row.capital.figure.unit.text, row.power.figure.unit.text) == ("USD", "MW")


def test_a_build_without_a_common_price_is_unknown_and_says_why() -> None:
    [row] = builds("1000 H200", ["950PR"], catalog=HERE)
    assert row.total.ends is None or row.total.figure.known
    assert row.equivalence.tco_ratio.known or row.total.figure.why


def test_by_payer() -> None:
    # SemiAnalysis by way of InferenceX: 1.34 to 1.64 for an owner at scale, 1.02 to 1.26 for a tenant of three years
    found = by_payer("H200", ["B200", "B300", "GB200", "GB300"], catalog=HERE)
    spans = {(span.payer, span.work): span for span in found.spans}
    for payer, low, high in (("hyperscaler", 1.34, 1.64), ("neocloud", 1.33, 1.69), ("rental", 1.02, 1.26)):
        span = spans[payer, "training"]
        assert (span.low, span.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    assert spans["hyperscaler", "training"].existing == (pytest.approx(1.61, abs=0.01), pytest.approx(1.64, abs=0.01))
    assert len(found.rows) == 4 * 3 * 4
    assert len(by_payer("H200", ["GB200"], catalog=HERE, generation=True).rows) == len(found.rows)


def test_a_tornado_is_widest_first() -> None:
    figure = builds("1000 H200", ["910C"], catalog=HERE)[0].equivalence.tco_ratio
    bars = tornado(figure, most=5)
    widths = [abs(bar.high - bar.low) for bar in bars]
    assert widths == sorted(widths, reverse=True) and len(bars) == 5
    assert [bar.leaf.key for bar in bars] == [key for key, _, _ in swing(figure)[:5]]


def test_crossings_of_price_and_utilisation() -> None:
    found = crossings("100000 H200", "131582 910C", catalog=HERE)
    assert found.map.x.key == found.flips[0].leaf.key and found.map.y.key == found.flips[1].leaf.key
    now = (found.map.x.number, found.map.y.number)
    # above the line through the map the H200 is cheaper: today it is not
    fine = crossings("100000 H200", "131582 910C", catalog=HERE, xs=[now[0]], ys=[now[1]])
    assert fine.map.values[0][0] == pytest.approx(found.ratio.number) and fine.map.line[0] is not None
    assert (fine.map.line[0] > now[1]) is (found.ratio.number > 1)


@pytest.fixture(scope="module")
def outcomes():  # type: ignore[no-untyped-def]
    return [run(shipped_scenario(name, HERE), catalog=HERE, draws=500) for name in ("no-exports", "smuggling")]


def test_standings_by_scenario_year_and_basis(outcomes) -> None:  # type: ignore[no-untyped-def]
    rows = standings(outcomes)
    assert len(rows) == sum(len(outcome.points) for outcome in outcomes)
    only = standings(outcomes, basis="tpp", counted="held")
    assert [(row.scenario, row.year) for row in only] == [("no-exports", 2026), ("smuggling", 2026)]
    for row in rows:
        assert row.china and row.others and row.share and row.advantage
        assert row.share[0] == pytest.approx(row.china[0] / (row.china[0] + row.others[0]))
        assert row.advantage[1] <= row.advantage[2] <= row.advantage[3]


@given(chip=st.sampled_from(["910C", "H20", "GB300"]), name=st.sampled_from(["peak.bf16", "price", "node"]))
@settings(max_examples=9, deadline=None, derandomize=True)
def test_ends_hold_the_value_or_there_are_none(chip: str, name: str) -> None:
    one = ranged(quantity(name, chip))
    if one.ends is None:
        assert not one.figure.known or not isinstance(one.figure.value, float)
    else:
        assert one.ends[0] <= one.figure.number <= one.ends[1]
