# SPDX-License-Identifier: Apache-2.0
"""H100- and GB300-equivalents on each basis: chips, systems and clusters, with each chip's own fallback."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.counts import REFERENCES
from chipgauge.calc.expression import evaluate
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.quantities import H100E_BASES

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
CHIPS = sorted(item.id for item in catalog().items.values() if item.kind == "chip")


def number(name: str, item: str, on: str = "") -> float:
    return quantity(name, item, on=on).number


def test_a_reference_equals_one_of_itself_on_every_basis() -> None:
    for prefix, chip in REFERENCES.items():
        for basis in H100E_BASES:
            if quantity(f"{prefix}.{basis}", chip).known:
                assert number(f"{prefix}.{basis}", chip) == 1


def test_a_gb300_is_2_527_h100_at_8_bits_and_not_its_int8_trap() -> None:
    """5,000 over 1,979 TFLOP/s; its INT8 rate of 165 TOP/s over 1,979 gives 0.083."""
    assert number("h100e.8bit", "GB300") == pytest.approx(2.527, abs=5e-4)
    assert evaluate("peak.int8(GB300)/peak.int8(H100)").number == pytest.approx(0.083, abs=5e-4)
    assert "fp8" in quantity("h100e.8bit", "GB300").inputs[0][1].winner


# Published by Epoch for the cluster, or recomputed by hand where the note says so.
@pytest.mark.parametrize(
    ("item", "name", "value"),
    [
        ("Frontier", "h100e.8bit", 7_283),  # 37,632 x 383 / 1,979
        ("Frontier", "h100e.bf16", 14_567.5),  # 37,632 x 383 / 989.4
        ("LUMI", "h100e.8bit", 2_305),
        ("El Capitan", "h100e.8bit", 44_143),
        ("RSC-1", "h100e.8bit", 5_045),
        ("Oracle OCI MI300X", "h100e.8bit", 21_649),
        ("Colossus 1", "h100e.8bit", 275_796),
        ("Colossus 2", "h100e.bf16", 277_946),
        ("JUPITER", "h100e.8bit", 23_536),
        ("google-hypercomputer-v5p", "h100e.8bit", 4_156),
    ],
)
def test_a_cluster_in_h100(item: str, name: str, value: float) -> None:
    assert number(name, item) == pytest.approx(value, rel=2e-4)


def test_summit_counts_at_fp16_for_want_of_bf16_and_of_8_bits() -> None:
    """27,648 V100 at 125 TFLOP/s FP16 over 1,979: 1,746 (Epoch)."""
    figure = quantity("h100e.8bit", "Summit", on="2020-01-01")
    assert figure.number == pytest.approx(1_746, abs=1)
    assert any("fp16" in node.note for node in figure.nodes())


def test_each_chip_of_a_mixed_cluster_falls_back_for_itself() -> None:
    """FP4 with fallback: H100 and H200 count at 1,979 of FP8, GB200 at 10,000 of FP4."""
    made = quantity("h100e.fp4", "Colossus 1", on="2025-08-01").number
    assert made == pytest.approx((200_000 * 1979 + 30_000 * 10_000) / 1979, rel=1e-4)


def test_amounts_count_as_often_as_they_are() -> None:
    for name in ("NVL72", "Colossus 1", "H200"):
        for basis in ("8bit", "fp4", "bf16"):
            assert number(f"h100e.{basis}", f"3 {name}") == pytest.approx(3 * number(f"h100e.{basis}", name))


def test_an_unknown_kind_of_chip_counts_as_unknown_on_every_basis() -> None:
    for basis in H100E_BASES:
        figure = quantity(f"h100e.{basis}", "Zhangbei")
        assert not figure.known and "undisclosed" in figure.why


@LAW
@given(st.sampled_from(CHIPS), st.sampled_from(H100E_BASES), st.integers(1, 10**6))
def test_a_number_of_chips_counts_in_proportion(chip: str, basis: str, count: int) -> None:
    one = quantity(f"h100e.{basis}", chip)
    if one.known:
        assert number(f"h100e.{basis}", f"{count} {chip}") == pytest.approx(count * one.number, rel=1e-9)


@LAW
@given(st.sampled_from(CHIPS))
def test_a_fallback_never_makes_a_chip_less_than_its_8_bit_count(chip: str) -> None:
    eight, four = quantity("h100e.8bit", chip), quantity("h100e.fp4", chip)
    if eight.known and four.known and quantity("peak.fp4", chip).state != "known":
        assert four.number == pytest.approx(eight.number * 1979 / 1979)
