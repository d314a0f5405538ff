# SPDX-License-Identifier: Apache-2.0
"""Equal work by who pays: the published costs of a chip-hour set against the peaks and bandwidths of the chips."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.payers import PAYERS, WORK, premium, premiums
from chipgauge.specs.catalog import catalog

HERE = catalog()
H200 = HERE.find("H200")


def cost(against: str, payer: str, work: str = "training") -> float:
    return premium(H200, HERE.find(against), payer, work, catalog=HERE).ratio.number


# SemiAnalysis, InferenceX constants: dollars an hour for owner at scale / small owner / three-year tenant, H200 1.41/1.74/1.60,
# B200 1.95/2.34/2.90, B300 2.34/2.81/3.48, GB200 2.21/2.75/3.30, GB300 2.65/3.30/3.96; peaks of the makers, BF16.
@pytest.mark.parametrize(
    ("against", "hyperscaler", "neocloud", "rental"),
    [
        ("B200", 1.64, 1.69, 1.26),
        ("B300", 1.37, 1.41, 1.05),
        ("GB200", 1.61, 1.60, 1.22),
        ("GB300", 1.34, 1.33, 1.02),
    ],
)
def test_training_premium_by_payer(against: str, hyperscaler: float, neocloud: float, rental: float) -> None:
    found = [cost(against, payer) for payer in PAYERS]
    assert found == pytest.approx([hyperscaler, neocloud, rental], abs=0.006)


def test_the_spans_of_each_payer() -> None:
    spans = {payer: [cost(chip, payer) for chip in ("B200", "B300", "GB200", "GB300")] for payer in PAYERS}
    assert (min(spans["hyperscaler"]), max(spans["hyperscaler"])) == pytest.approx((1.34, 1.64), abs=0.005)
    assert (min(spans["neocloud"]), max(spans["neocloud"])) == pytest.approx((1.33, 1.69), abs=0.005)
    assert (min(spans["rental"]), max(spans["rental"])) == pytest.approx((1.02, 1.26), abs=0.006)


# FP8 on the H200 against FP4 where the other has it; HBM of 4.8 TB/s against 7.7 to 8
@pytest.mark.parametrize(
    ("against", "chips", "fp4", "bandwidth"),
    [("B200", 4.55, 3.29, 1.16), ("B300", 7.07, 4.26, 0.97), ("GB200", 5.05, 3.22, 1.06), ("GB300", 7.58, 4.03, 0.89)],
)
def test_inference_by_bottleneck(against: str, chips: float, fp4: float, bandwidth: float) -> None:
    found = premium(H200, HERE.find(against), "hyperscaler", "fp4", catalog=HERE)
    assert found.chips.number == pytest.approx(chips, abs=0.01)
    assert found.ratio.number == pytest.approx(fp4, abs=0.01)
    assert cost(against, "hyperscaler", "bandwidth") == pytest.approx(bandwidth, abs=0.006)


@pytest.mark.parametrize(
    ("against", "status"), [("B200", "derived"), ("GB200", "derived"), ("B300", "assumed"), ("GB300", "assumed")]
)
def test_placeholders_are_marked(against: str, status: str) -> None:
    for payer in PAYERS:
        assert premium(H200, HERE.find(against), payer, "training", catalog=HERE).ratio.weakest_status() == status


def test_a_chip_without_a_published_rate_is_unknown() -> None:
    found = premium(HERE.find("910C"), HERE.find("GB200"), "hyperscaler", "training", catalog=HERE)
    assert found.ratio.state == "unknown" and "no source states the cost of an hour" in found.ratio.why


@given(one=st.sampled_from(["H100", "H200", "B200", "GB200"]), two=st.sampled_from(["H100", "H200", "B200", "GB200"]))
@settings(max_examples=16, deadline=None, derandomize=True)
def test_there_and_back_is_one(one: str, two: str) -> None:
    for payer in PAYERS:
        for work in WORK:
            there = premium(HERE.find(one), HERE.find(two), payer, work, catalog=HERE).ratio
            back = premium(HERE.find(two), HERE.find(one), payer, work, catalog=HERE).ratio
            assert there.number * back.number == pytest.approx(1)


def test_all_are_side_by_side() -> None:
    assert len(premiums(H200, [HERE.find("B200"), HERE.find("GB300")], catalog=HERE)) == 2 * len(PAYERS) * len(WORK)
