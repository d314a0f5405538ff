# SPDX-License-Identifier: Apache-2.0
"""The build side of an equivalence: cost, power, what binds, workloads, named clusters; and the published comparisons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.graph import sample
from chipgauge.calc.limits import Limit, binding, export_cap, stock
from chipgauge.calc.quantity import quantity
from chipgauge.calc.ranking import ranking
from chipgauge.calc.utilisation import effective_time, family, published
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName
from chipgauge.specs.figure import constant
from chipgauge.specs.units import parse_unit

HERE = catalog()
ALL = HERE.adjusted(projected=True)
SEMI = HERE.adjusted(projected=True, prefer="SemiAnalysis")
ONE = parse_unit("1")


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


# --- workloads ----------------------------------------------------------------------------------------------------------


def test_training_iterates_over_failures_and_says_the_residual() -> None:
    found = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="35%", build_mfu="35%"))
    plain = 20_000 * 989.5 / 752
    assert found.count.number > plain, "more chips fail more often, so more are needed"
    assert found.residual is not None and abs(found.residual.number) < 1e-3
    # where the number stands still, both sides do the same useful work
    ours = 20_000 * 989.5 * effective_time(constant(20_000, ONE), HERE).number
    theirs = found.count.number * 752 * effective_time(constant(found.count.number, ONE), HERE).number
    assert theirs == pytest.approx(ours, rel=1e-3)
    assert found.fit is not None and found.fit.chips == 92


def test_utilisation_divides() -> None:
    one = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="40%", build_mfu="40%")).count.number
    half = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="40%", build_mfu="20%")).count.number
    assert half > 2 * one


def test_published_utilisation_by_family_and_kind() -> None:
    # Ascend 910B: 0.30 to 0.41 for a mixture (Pangu Ultra MoE), up to 0.52 dense (Pangu Ultra); H100 0.38 to 0.42 dense
    mixture, dense = (published(HERE.find(name), HERE) for name in ("DeepSeek-V3", "Llama 3.1 405B"))
    assert mixture(HERE.find("910C")).bounds() == (0.30, 0.41)
    assert dense(HERE.find("H100")).bounds() == (0.38, 0.42)
    assert mixture(HERE.find("910C")).status == "assumed", "no run on it was read"
    assert family(HERE.find("MI300X"), HERE) == "other"


def test_decoding_is_bound_and_says_by_what() -> None:
    found = equivalent("1000 H200", "910C", ask=Ask(infer="DeepSeek-V3", max_tpot="50 ms"))
    assert any("is bound by" in note for note in found.notes) and any("upper bound" in note for note in found.notes)
    assert 0.5 < found.count.number / 1000 < 3


@given(count=st.integers(256, 50_000), chip=st.sampled_from(["910C", "H200", "GB300", "CM384"]))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_as_many_of_itself(count: int, chip: str) -> None:
    found = equivalent(f"{count} {chip}", chip, ask=Ask(train="DeepSeek-V3"))
    assert found.count.number == pytest.approx(count, rel=1e-4)
    assert found.tco_ratio.number == pytest.approx(1, rel=1e-4)


# --- what is there ------------------------------------------------------------------------------------------------------


def test_a_budget_and_a_power_that_are_given_can_bind() -> None:
    ask = Ask(build_in="cn", budget="100e6 USD", power="1 MW")
    found = equivalent("10000 H200", "910C", ask=ask)
    names = {row.name: row.figure.number for row in found.limits if row.figure.known}
    assert names["money"] > 1 and names["power"] > 1
    assert found.binding.split(":")[0] == max(("money", "power"), key=lambda name: names[name])


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


# --- rank -----------------------------------------------------------------------------------------------------------------


def test_where_100_000_h200_would_stand() -> None:
    found = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2025-12-31")
    assert found.size.number == pytest.approx(100_000)
    assert found.place == 10 and [rival.cluster.id for rival in found.larger][3] == "xai-colossus-2"
    china = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2025-12-31", country="cn")
    # the largest Chinese systems of the data: 66,195 at Zhangbei, an anonymised one of 30,000
    assert china.place == 1 and [round(rival.size.number) for rival in china.smaller[:2]] == [66_195, 30_000]
    later = ranking(HERE.subject("100000 H200"), catalog=ALL, on="2026-05-13", country="CN")
    assert later.place == 2, "Zhangbei is expected to reach 132,895"
    earlier = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2024-06-30")
    assert earlier.place == 1, "before Colossus"


# --- what is refused --------------------------------------------------------------------------------------------------------


def test_what_is_refused() -> None:
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
