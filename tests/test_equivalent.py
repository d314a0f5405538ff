# SPDX-License-Identifier: Apache-2.0
"""Equivalents: how many of one thing match a cluster of another, and what stands on two bases."""

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.equivalent import Ask, equivalent, equivalents
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import UnitError, UnknownName

CHIPS = sorted(item.id for item in catalog().items.values() if item.kind == "chip")
SUMMED = ("peak.bf16", "peak.int8", "memory.bandwidth", "memory.capacity", "aggregate.tpp", "power.tdp", "h100e.8bit")
chips = st.sampled_from(CHIPS)
MakeCatalog = Callable[[str], Catalog]


@pytest.fixture
def with_table(tmp_path: Path) -> MakeCatalog:
    """Return a catalogue that has one chip more than ours."""

    def make(text: str) -> Catalog:
        (tmp_path / "chip.toml").write_text(text, encoding="utf-8")
        return catalog().with_folder(tmp_path)

    return make


# --- the worked case -------------------------------------------------------------------------------------------------


def test_100000_h200_in_910c() -> None:
    # H200 989.5 TFLOP/s (Epoch AI, ML hardware); 910C 752 (Huawei's device profile) to 800 (Epoch AI)
    result = equivalent("100000 H200", "Ascend 910C", by="peak.bf16")
    assert result.count.number == pytest.approx(float(100_000 * Fraction("989.5") / 752), rel=1e-12)
    assert math.floor(result.count.number) == 131_582
    assert (result.whole, result.whole_range) == (131_583, (123_688, 131_583)), "whole chips: rounded up"
    low, high = result.count.bounds()
    assert low == pytest.approx(100_000 * 989.5 / 800) and high == result.count.number
    assert (result.of.key, result.within.key, result.by) == (
        "100000 nvidia-h200-sxm",
        "huawei-ascend-910c",
        "peak.bf16",
    )


def test_the_560_bin_is_a_chip_of_its_own() -> None:
    # Huawei's device profiles: A3_752T and A3_560T. 100,000 x 989.5 / 560 = 176,696.4
    result = equivalent("100000 H200", "huawei-ascend-910c-560t", by="peak.bf16")
    assert result.whole == 176_697
    assert result.whole_range == (176_697, 176_697), "no range: the bins are two products, not a disagreement"
    full = quantity("peak.bf16", "910C").bounds()
    assert full == (752e12, 800e12)


def test_ratios_of_cost_and_power_are_the_build_over_the_original() -> None:
    # Epoch AI: 700 W for the 910C and for the H200; so the power goes as the number, 1.316
    result = equivalent("100000 H200", "910C")
    assert result.power_ratio.number == pytest.approx(131_582.4468 / 100_000)
    # 140,000 to 145,000 yuan at 7.32 (dzcnc; FT), 27,000 dollars in China in January 2026: 19,467 / 27,000 x 1.316
    assert result.capex_ratio.number == pytest.approx(1.315824 * (142_500 / 7.32) / 27_000, rel=1e-5)
    assert result.tco_ratio.known and 0.5 < result.tco_ratio.number < 2


def test_one_rack_in_another() -> None:
    # SemiAnalysis: 300 PFLOPS, 559 kW and 8 million dollars against 180, 145 kW and 2.6 million (Barron's)
    result = equivalent("NVL72", "CM384")
    assert result.count.number == pytest.approx(180_000 / (384 * 752))
    assert result.power_ratio.number == pytest.approx(180_000 / (384 * 752) * 559 / 145)
    assert result.capex_ratio.number == pytest.approx(180_000 / (384 * 752) * 8.0 / 2.6)
    assert equivalent("3 CM384", "NVL72").count.number == pytest.approx(3 * 384 * 752 / 180_000)


# --- laws ------------------------------------------------------------------------------------------------------------


@given(one=chips, two=chips, number=st.integers(1, 10**6), by=st.sampled_from(SUMMED))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_there_and_back_within_one_unit(one: str, two: str, number: int, by: str) -> None:
    there = equivalent(f"{number} {one}", two, by=by)
    if not there.count.known:
        assert there.whole is None and there.whole_range is None and there.count.why
        return
    assert there.whole is not None
    back = equivalent(f"{there.whole} {two}", one, by=by)
    assert back.whole is not None
    # The whole chips of the way there are at most one too many: on the way back that is one of theirs in ours.
    one_of_theirs = equivalent(two, one, by=by).count.number
    assert number <= back.whole <= number + math.ceil(one_of_theirs)
    assert there.count.number * one_of_theirs == pytest.approx(number, rel=1e-12)


@given(one=chips, two=chips, number=st.integers(1, 10**6), times=st.integers(2, 1000), by=st.sampled_from(SUMMED))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_count_is_proportional_and_ordered(one: str, two: str, number: int, times: int, by: str) -> None:
    few, many = (equivalent(f"{n} {one}", two, by=by) for n in (number, number * times))
    if few.count.known:
        assert many.count.number == pytest.approx(times * few.count.number, rel=1e-12)
        low, high = few.count.bounds()
        assert low is not None and high is not None and low <= few.count.number <= high
        assert few.whole is not None and few.whole_range is not None
        assert few.whole_range[0] <= few.whole <= few.whole_range[1]
        assert few.count.number * (1 - 1e-9) <= few.whole < few.count.number + 1


@given(chip=chips, number=st.integers(1, 10**9))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_chip_in_itself_is_the_same_number_without_a_range(chip: str, number: int) -> None:
    """Equal key, same unknown: the range of a 910C divides out, and rounding makes no chip more."""
    result = equivalent(f"{number} {chip}", chip, by="aggregate.tpp")
    if not result.count.known:
        assert result.whole is None and result.count.why
        return
    assert result.whole == number
    assert result.whole_range == (number, number)


def test_system_and_its_chips() -> None:
    result = equivalent("NVL72", "GB200", by="peak.bf16")
    assert (result.whole, result.whole_range) == (72, (72, 72))
    assert equivalent("384 910C", "CM384", by="memory.bandwidth").whole == 1


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by",
    ["tpp", "scale_up.bandwidth", "die.area", "performance_density", "ridge.bf16", "per_watt.peak.bf16", "clock.boost"],
)
def test_a_metric_that_is_not_summed_is_refused(by: str) -> None:
    for item in ("100 H100", "H100", "DGX H100"):
        with pytest.raises(UnitError, match=f"{by} is not summed over chips.*peak.bf16 or memory.bandwidth"):
            equivalent(item, "H200", by=by)


@pytest.mark.parametrize("by", ["node", "released", "datacentre", "memory.type"])
def test_a_word_is_refused(by: str) -> None:
    with pytest.raises(UnitError, match=f"{by} is not a number"):
        equivalent("100 H100", "H200", by=by)


def test_an_amount_to_build_from_is_refused() -> None:
    with pytest.raises(UnknownName, match="--in takes an item without a number, got '10 910C'"):
        equivalent("100 H200", "10 910C")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean"):
        equivalent("100 H2O0", "910C")
    with pytest.raises(UnknownName, match="Did you mean"):
        equivalent("100 H200", "910C", by="peak.bf17")


@pytest.mark.parametrize(("of", "within"), [("1000 H20", "H200"), ("1000 H200", "H20")])
def test_a_peak_of_zero_gives_no_count_and_says_so(of: str, within: str) -> None:
    """Any number of chips has no less than nothing, and no number of chips that have nothing has something."""
    found = equivalent(of, within, catalog=catalog().adjusted(given=("peak.bf16(H20)=0 TFLOP/s",)))
    assert found.whole is None and not found.count.known
    assert found.count.why == "the BF16 peak of NVIDIA H20 96 GB is zero"


def test_an_unknown_peak_gives_no_count(with_table: MakeCatalog) -> None:
    mine = with_table('id = "dark"\nname = "Dark"\nmaker = "test"\n')
    for of, within in (("100 H200", "dark"), ("100 dark", "H200")):
        result = equivalent(of, within, catalog=mine)
        assert (result.count.state, result.count.value, result.whole, result.whole_range) == (
            "unknown",
            None,
            None,
            None,
        )
        assert "dark/peak.bf16" in result.count.missing
        assert result.capex_ratio.state == result.power_ratio.state == "unknown"


# --- price and power stand on one basis ------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "within"), [("100 H200", "CM384"), ("CM384", "H200"), ("DGX H200", "910C")])
def test_chips_and_systems_are_compared_as_they_are_sold(of: str, within: str) -> None:
    result = equivalent(of, within)
    assert result.count.known
    assert result.capex_ratio.known and "bare chip" not in result.capex_ratio.condition
    assert result.power_ratio.condition == "what a whole system draws, times PUE"


@given(one=st.sampled_from(list(catalog().items)), two=st.sampled_from(list(catalog().items)))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_prices_and_powers_of_every_pair_are_of_one_kind(one: str, two: str) -> None:
    kinds = [catalog().items[item].kind for item in (one, two)]
    if kinds not in (["chip", "chip"], ["system", "system"]):
        return
    result = equivalent(one, two)
    words = {"chip": {"bare chip"}, "system": {"whole system", "server"}}[kinds[0]]
    if result.capex_ratio.known:
        leaves = [leaf for leaf in result.capex_ratio.leaves() if leaf.name.startswith("price")]
        assert leaves and all(any(leaf.condition.endswith(word) for word in words) for leaf in leaves)
    if result.power_ratio.known:
        used = {leaf.name for leaf in result.power_ratio.leaves() if leaf.name.startswith("power.")}
        assert used == {"power.tdp" if kinds[0] == "chip" else "power.system"}


def test_a_price_given_by_hand_moves_only_the_cost() -> None:
    mine = catalog().adjusted(given=["price(910C)=20,000 USD"])
    plain, changed = equivalent("1000 H200", "910C"), equivalent("1000 H200", "910C", catalog=mine)
    assert changed.count.number == plain.count.number and changed.power_ratio.number == plain.power_ratio.number
    assert changed.capex_ratio.number == pytest.approx(1.315824 * 20_000 / 27_000, rel=1e-5)
    preferred = equivalent("1000 H200", "910C", catalog=catalog().adjusted(prefer="SemiAnalysis"))
    assert preferred.count.number == pytest.approx(1000 * 989.5 / 780), "SemiAnalysis has 780 TFLOP/s for the 910C"


def test_the_date_chooses_the_price() -> None:
    # H200 in China: 27,000 dollars in January 2026; before any dated price, 32,000 undated
    late, early = (equivalent("100 H200", "910C", on=on).capex_ratio.number for on in ("2026-11-22", "2025-06-01"))
    assert early == pytest.approx(late * 27_000 / 32_000)


@pytest.mark.parametrize(("of", "within", "ask"), [
    ("1000 H20", "910C", Ask()), ("100 DGX H100", "CM384", Ask(build_in="cn", budget="1e9 USD", terms={"pue": "1.3"})),
])  # fmt: skip
def test_several_metrics_at_once_are_each_asked_for_alone(of: str, within: str, ask: Ask) -> None:
    metrics = ("peak.bf16", "memory.bandwidth", "aggregate.tpp")
    for name, one in zip(metrics, equivalents(of, within, by=metrics, ask=ask), strict=True):
        alone = equivalent(of, within, by=name, ask=ask)
        assert (one.by, one.whole, one.whole_range, one.binding, one.notes) == (
            name, alone.whole, alone.whole_range, alone.binding, alone.notes,
        )  # fmt: skip
        for ratio in ("count", "capex_ratio", "tco_ratio", "power_ratio"):
            mine, its = getattr(one, ratio), getattr(alone, ratio)
            assert (mine.key, mine.value, mine.bounds(), mine.why) == (its.key, its.value, its.bounds(), its.why)
