# SPDX-License-Identifier: Apache-2.0
"""The build side of an equivalence: cost, power, what binds, named clusters; and the published comparisons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.graph import sample
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName

HERE = catalog()
ALL = HERE.adjusted(projected=True)
SEMI = HERE.adjusted(projected=True, prefer="SemiAnalysis")


# --- Colossus 2 in its three dated states (Epoch AI, snapshots of December 2025 and April 2026) -------------------------


@pytest.mark.parametrize(
    ("on", "chips", "h200", "systems"),
    [
        ("2025-10-19", 110_000, 277_919, 917),
        ("2026-02-17", 550_000, 1_389_591, 4_584),
        ("2026-05-13", 550_000, 1_389_591, 4_584),
    ],
)
def test_colossus_2(on: str, chips: int, h200: int, systems: int) -> None:
    assert quantity("chips", "Colossus 2", catalog=ALL, on=on).number == chips
    # 2,500 over 989.5 TFLOP/s; SemiAnalysis' 300 PFLOP/s for a CloudMatrix 384: 4,583.3
    assert equivalent("Colossus 2", "H200", catalog=ALL, on=on).whole == h200
    found = equivalent("Colossus 2", "CM384", catalog=SEMI, on=on)
    assert found.whole == systems, "whole systems only"
    assert found.chips.number == pytest.approx(found.count.number * 384)


def test_a_name_means_the_existing_state_unless_asked() -> None:
    assert equivalent("Colossus 2", "H200").whole == 277_919
    assert equivalent("Colossus 2", "H200", catalog=ALL).whole == 1_389_591


def test_the_stock_binds_not_money_or_power() -> None:
    # 1.76 million 910C are about twice all of Huawei's chips in China (0.71 million H100-equivalents) at the end of 2025
    found = equivalent("Colossus 2", "CM384", catalog=SEMI)
    limits = {row.name: row.figure for row in found.limits}
    assert found.binding.startswith("stock")
    assert limits["stock"].number == pytest.approx(4583.33 * 384 * 1504 / 1979 / 707_968, rel=1e-3)
    assert 1.8 < limits["stock"].number < 2.0
    h200 = equivalent("Colossus 2", "H200", catalog=ALL, ask=Ask(build_in="cn"))
    # 1.39 million: more than all legal Nvidia stock in China (401,698), and than all of it with the smuggled (1.06 million)
    assert {row.name: row.figure for row in h200.limits}["stock"].number == pytest.approx(
        1_389_591 / 1_063_746, rel=1e-4
    )


def test_power_on_one_source_and_not_on_two() -> None:
    found = equivalent("Colossus 2", "H200", catalog=ALL, ask=Ask(build_in="cn"))
    # 1,389,591 x 1.73 kW over 550,000 x 2.10 kW
    assert dict(found.powers)["share of a site, SemiAnalysis"].number == pytest.approx(2.08, abs=0.005)
    assert all("power" not in figure.basis for _, figure in found.powers)
    assert found.power_ratio.number == pytest.approx(2.08, abs=0.005)


# --- CloudMatrix 384 against NVL72 (SemiAnalysis): 1.67 x FLOP, 3.6 x capacity, 2.1 x bandwidth, 3.9 x power ------------


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("peak.bf16", 1.67), ("memory.capacity", 3.56), ("memory.bandwidth", 2.13), ("power.system", 3.86)],
)
def test_cloudmatrix_against_nvl72(name: str, ratio: float) -> None:
    one, other = (quantity(name, item, catalog=SEMI).number for item in ("CM384", "NVL72"))
    assert one / other == pytest.approx(ratio, rel=0.04 if name == "memory.capacity" else 0.01)


def test_cloudmatrix_per_dollar_and_per_watt() -> None:
    # 8.2 million dollars against 3 million (FT, April 2025): 1.64 x $/PFLOPS, 2.31 x kW/PFLOPS, 1.28 x $ per TB/s
    on = "2025-07-01"
    price = [quantity("price", item, catalog=SEMI, on=on).number for item in ("CM384", "NVL72")]
    flop = [quantity("peak.bf16", item, catalog=SEMI).number for item in ("CM384", "NVL72")]
    band = [quantity("memory.bandwidth", item, catalog=SEMI).number for item in ("CM384", "NVL72")]
    watt = [quantity("power.system", item, catalog=SEMI).number for item in ("CM384", "NVL72")]
    assert price[0] / price[1] / (flop[0] / flop[1]) == pytest.approx(1.64, abs=0.01)
    assert price[0] / price[1] / (band[0] / band[1]) == pytest.approx(1.28, abs=0.01)
    assert watt[0] / watt[1] / (flop[0] / flop[1]) == pytest.approx(2.31, abs=0.01)


# --- what is there ------------------------------------------------------------------------------------------------------


def test_a_budget_and_a_power_that_are_given_can_bind() -> None:
    ask = Ask(build_in="cn", budget="100e6 USD", power="1 MW")
    found = equivalent("10000 H200", "910C", ask=ask)
    names = {row.name: row.figure.number for row in found.limits if row.figure.known}
    assert names["money"] > 1 and names["power"] > 1
    assert found.binding.split(":")[0] == max(("money", "power"), key=lambda name: names[name])


def test_a_term_of_one_side_is_not_that_of_the_other() -> None:
    # equal key, same unknown: a PUE given to each side must stay its own when the ratio is drawn again
    found = equivalent("1000 H200", "910C", ask=Ask(terms={"pue": "1.1"}, build_terms={"pue": "1.9"}))
    assert found.tco_ratio.evaluate() == pytest.approx(found.tco_ratio.number, rel=1e-12)
    keys = {leaf.key for leaf in found.tco_ratio.leaves()}
    assert {"given/pue", "given/pue of the build"} <= keys


def test_the_price_stands_on_one_market_where_one_has_both() -> None:
    # bare chips: H200 in China against GB200 on no stated market; servers: both on no stated market
    found = equivalent("1000 GB200", "H200")
    markets = {leaf.condition.split(",")[0] for leaf in found.capex_ratio.leaves() if leaf.name.startswith("price")}
    assert len(markets) == 1 and found.hardware_ratio is not None
    assert found.capex_ratio.number == pytest.approx(found.hardware_ratio.number)
    bare = equivalent("1000 H200", "910C")
    assert bare.capex_ratio.number == pytest.approx(1000 * 989.5 / 752 * 142_500 / 7.32 / 27_000 / 1000, rel=0.01)
    assert bare.hardware_ratio is not None and bare.hardware_ratio.number > bare.capex_ratio.number


def test_chips_that_are_sold_in_a_fabric_come_in_whole_systems() -> None:
    # 131,583 / 384 = 342.7
    assert equivalent("100000 H200", "910C").sold_as == ("Huawei CloudMatrix 384", 343)
    assert equivalent("100000 910C", "H200").sold_as is None


@given(scale=st.sampled_from([0.5, 1.0, 2.0, 7.0]), part=st.sampled_from(["910C", "CM384", "H20"]))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_ratios_of_the_build_are_proportional(scale: float, part: str) -> None:
    one, more = (equivalent(f"{1000 * times:.0f} H200", part) for times in (1.0, scale))
    # the ratio to an original so many times as large is the same, and so are the powers
    assert more.tco_ratio.number == pytest.approx(one.tco_ratio.number, rel=1e-9)
    assert [figure.number for _, figure in more.powers] == pytest.approx([figure.number for _, figure in one.powers])


def test_mixed_kinds_have_a_ratio_on_one_thing_sold() -> None:
    found = equivalent("384 910C", "CM384", by="memory.bandwidth")
    assert found.capex_ratio.number == pytest.approx(1) and found.power_ratio.number == pytest.approx(1)


# --- ranges -------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_draws_of_the_whole() -> None:
    found = equivalent("Colossus 2", "CM384", catalog=ALL, ask=Ask(train="DeepSeek-V3"))
    values = sample(found.tco_ratio, 100_000)
    assert values.shape == (100_000,) and (values > 0).all()
    assert values.min() < found.tco_ratio.number < values.max()


def test_every_number_explains_itself() -> None:
    found = equivalent("Colossus 2", "H200", catalog=ALL, ask=Ask(train="DeepSeek-V3", build_in="cn"))
    figures = [
        found.count,
        found.capex_ratio,
        found.tco_ratio,
        found.power_ratio,
        *(row.figure for row in found.limits),
    ]
    for figure in figures:
        if figure.known:
            assert all(leaf.sources for leaf in figure.leaves()), figure.key
            assert all(node.cite for node in figure.nodes() if node.kind == "formula")


# --- what is refused --------------------------------------------------------------------------------------------------------


def test_what_is_refused() -> None:
    for ask, message in (
        (Ask(mfu="40%"), "--mfu is of training"),
        (Ask(infer="DeepSeek-V3", batch_tokens="1e6"), "--batch-tokens is of training"),
        (Ask(train="DeepSeek-V3", utilisation="guessed"), "write model or published"),
    ):
        with pytest.raises(UnknownName, match=message):
            equivalent("100 H200", "910C", ask=ask)
    for ask, message in (
        (Ask(sales="-4"), "sales is above 0"),
        (Ask(power="-1 MW"), "power is above 0|does not begin with a number|is not a unit|power is in MW"),
        (Ask(years="0 year"), "years is at least 0.1 and below 50 year"),
        (Ask(years="51 year"), "years is at least 0.1 and below 50 year"),
        (Ask(terms={"duty": "25"}), "duty is at least 0 and below 10.*25%"),
    ):
        with pytest.raises(UnitError, match=message):
            equivalent("100 H200", "910C", ask=ask)
    with pytest.raises(UnknownName, match="one workload"):
        equivalent("100 H200", "910C", ask=Ask(train="DeepSeek-V3", infer="DeepSeek-V3"))
    with pytest.raises(UnknownName, match="no term is called 'pwe'"):
        equivalent("100 H200", "910C", ask=Ask(terms={"pwe": "1.2"}))
    with pytest.raises(UnitError, match="budget is in USD"):
        equivalent("100 H200", "910C", ask=Ask(build_in="cn", budget="5 MW"))
    with pytest.raises(UnitError, match="mfu is above 0 and at most 1"):
        equivalent("100 H200", "910C", ask=Ask(train="DeepSeek-V3", mfu="140%"))
    with pytest.raises(UnknownName):
        equivalent("100 H200", "910C", ask=Ask(train="No Model 9"))
