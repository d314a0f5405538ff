# SPDX-License-Identifier: Apache-2.0
"""Metrics of one chip against what regulators, makers and the press print."""

from fractions import Fraction
from itertools import pairwise

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.metrics import (
    dense_rate,
    dollars_from_yuan,
    each_way,
    io_bandwidth,
    package_area,
    performance_density,
    ridge_point,
    total_processing_performance,
)
from chipgauge.calc.quantity import mode_tpp, quantity, tpp_modes
from chipgauge.specs.catalog import catalog

TERA = 10**12
MM2 = Fraction(1, 10**6)
HALF_A_DIGIT = 0.5
"""Press and papers print a ridge point as a whole number."""
rates = st.integers(min_value=1, max_value=10**5).map(lambda tera: Fraction(tera * TERA))
areas = st.integers(min_value=1, max_value=3000).map(lambda mm2: mm2 * MM2)


# --- TPP -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tera", "bits"), [(600, 8), (300, 16)])
def test_worked_example_of_the_regulation(tera: int, bits: int) -> None:
    # 15 CFR 774 Supp. 1, Technical Note 2 to 3A090.a and .b: 4800 is 600 tera integer operations at 8 bit, or 300
    # TFLOPS at 16 bit. (A data sheet's operation counts the note's factor 2: it is 2 x MacTOPS.)
    assert total_processing_performance(rate=Fraction(tera * TERA), bits=bits) == 4800 * TERA
    mac = Fraction(tera, 2)
    assert 2 * mac * bits == 4800


@pytest.mark.parametrize(
    ("tera", "bits", "printed"),
    [
        (624, 8, 4992),  # A100: 624 INT8 TOPS in NVIDIA's data sheet, x 8
        (296, 8, 2368),  # H20: 296 TFLOPS FP8, x 8
        (1979, 8, 15832),  # H100 SXM: Epoch AI, ML hardware, column Total processing performance
        (752, 16, 12032),  # 910C: IFP (December 2025), 752 x 16
        (14000, 4, 56000),  # HGX B300: 14 PFLOPS dense FP4 in NVIDIA's code; NVIDIA declares 55,432
    ],
)
def test_tpp_of_one_mode(tera: int, bits: int, printed: int) -> None:
    assert total_processing_performance(rate=Fraction(tera * TERA), bits=bits) == printed * TERA


@pytest.mark.parametrize(
    ("chip", "printed", "winner"),
    [
        ("A100", 4992, {"bf16", "fp16", "int8"}),  # 312 x 16 = 624 x 8
        ("H20", 2368, {"bf16", "fp16", "fp8", "int8"}),  # BIS-rule press (December 2023): 296 x 8
        ("H100", 15832, {"fp8", "int8"}),  # Epoch AI, ML hardware
        ("H200", 15832, {"bf16", "fp16", "fp8", "int8"}),  # Epoch AI, ML hardware: 989.5 x 16 = 1,979 x 8
        ("910C", 12032, {"bf16", "fp16", "int8"}),  # IFP (December 2025)
        ("B300", 56000, {"fp4"}),  # the FP4 mode decides
    ],
)
def test_tpp_of_a_chip_is_its_largest_mode(chip: str, printed: int, winner: set[str]) -> None:
    figure = quantity("tpp", chip)
    assert figure.to("TPP") == pytest.approx(printed, rel=1e-12)
    assert set(figure.winner.split(" = ")) == winner, "every mode that ties is named"
    item = catalog().find(chip)
    modes, _ = tpp_modes(catalog(), item)
    each = {mode: mode_tpp(mode, item, catalog=catalog()) for mode in modes}
    known = {mode: part.to("TPP") for mode, part in each.items() if part.known}
    best = max(known.values())
    assert figure.to("TPP") == best
    assert {mode for mode, tpp in known.items() if tpp == best} == winner


@pytest.mark.parametrize(
    ("chip", "declared", "apart"),
    [
        # NVIDIA's export-classification table (captured 2026-07-31), beside what follows from the dense peaks
        ("A100", 4989, 0.001),
        ("H100", 15840, 0.001),
        ("H200", 15840, 0.001),
        ("H800", 15840, 0.001),
        ("H100 PCIe", 12224, 0.010),
        ("H200 NVL", 14144, 0.059),
        ("B200", 37248, 0.035),
        ("GB200", 40200, 0.006),
        ("B300", 55432, 0.011),
        ("GB300", 58484, 0.026),
    ],
)
def test_our_tpp_stands_beside_the_one_that_nvidia_declares(chip: str, declared: int, apart: float) -> None:
    ours, theirs = quantity("tpp", chip), quantity("tpp.declared", chip)
    assert theirs.to("TPP") == declared
    assert abs(theirs.to("TPP") / ours.to("TPP") - 1) <= apart


def test_sparse_rates_do_not_count() -> None:
    # RTX 4090, PC Gamer: counting sparsity would double the TPP to 10,570. H100 SXM: 3,958 sparse FP8 x 8 = 31,664.
    assert quantity("sparse.fp8", "H100").to("TFLOP/s") == 3958
    assert quantity("tpp", "H100").to("TPP") == pytest.approx(31664 / 2)


def test_bit_lengths_are_those_of_the_multiply_inputs() -> None:
    # Technical Note 2: the largest bit length of the inputs to the multiply; TF32 multiplies 19 of its 32 bits.
    printed = {"fp64": 64, "fp32": 32, "tf32": 19, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4}
    assert {form: quantity(f"bits.{form}", "constant").to("bit") for form in printed} == printed


@given(rate=rates, bits=st.sampled_from([4, 8, 16, 19, 32, 64]), times=st.integers(1, 50))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_tpp_is_proportional_to_rate_and_to_bits(rate: Fraction, bits: int, times: int) -> None:
    one = total_processing_performance(rate=rate, bits=bits)
    assert total_processing_performance(rate=times * rate, bits=bits) == times * one
    assert total_processing_performance(rate=rate, bits=times * bits) == times * one
    assert total_processing_performance(rate=rate / 2, bits=2 * bits) == one, "half the rate at twice the bits"


# --- performance density ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chip", "printed", "digits"),
    [
        ("H20", 2.9, 1),  # WCCFTech (2023): performance density 2.9
        ("H100", 19.4, 1),  # WCCFTech (2023): H100 19.4
        ("A100", 6.04, 2),  # 4,992 / 826
    ],
)
def test_performance_density_as_the_press_prints_it(chip: str, printed: float, digits: int) -> None:
    density = quantity("performance_density", chip)
    assert abs(density.to("TPP/mm^2") - printed) < 10**-digits
    assert density.unit.text == "TPP/mm^2"


@given(rate=rates, area=areas, dies=st.integers(1, 8))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_dies_of_one_kind_leave_the_density_as_it_is(rate: Fraction, area: Fraction, dies: int) -> None:
    """Twice the dies are twice the TPP on twice the area; density times area is the TPP again."""
    one = total_processing_performance(rate=rate, bits=8)
    many = total_processing_performance(rate=dies * rate, bits=8)
    whole = package_area(per_die=area, dies=dies)
    assert performance_density(tpp=many, area=whole) == performance_density(tpp=one, area=area)
    assert performance_density(tpp=many, area=whole) * whole == many


def test_package_area_of_the_910c() -> None:
    # Tom's Hardware: a 910B die is 665.61 mm2. L. Heim: two of them, about 60% above an H100 (about 1,300 mm2).
    assert package_area(per_die=Fraction("665.61") * MM2, dies=2) == Fraction("1331.22") * MM2
    assert quantity("die.area", "910C").to("mm^2") == pytest.approx(1331.22)
    assert quantity("die.area", "910C").to("mm^2") / quantity("die.area", "H100").to("mm^2") == pytest.approx(1.6, 0.03)


# --- ridge point -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chip", "tera", "gigabytes", "ridge"),
    [
        # dense BF16 over memory bandwidth: Epoch AI, ML hardware (989.4, 148, 989.5) and Huawei's device profile (752);
        # 3.35, 4.0, 4.8 TB/s NVIDIA, 3.2 TB/s Huawei
        ("H100", "989.4", 3350, 295),
        ("H20", "148", 4000, 37),
        ("H200", "989.5", 4800, 206),
        ("910C", "752", 3200, 235),
    ],
)
def test_ridge_points(chip: str, tera: str, gigabytes: int, ridge: int) -> None:
    exact = ridge_point(peak=Fraction(tera) * TERA, bandwidth=Fraction(gigabytes) * 10**9)
    assert abs(exact - ridge) < HALF_A_DIGIT
    figure = quantity("ridge.bf16", chip)
    assert figure.to("FLOP/byte") == pytest.approx(float(exact), rel=1e-12)
    assert figure.unit.text == "FLOP/byte"


@given(peak=rates, gigabytes=st.integers(1, 20_000), times=st.integers(1, 100))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_ridge_point_is_the_intensity_where_memory_and_compute_take_the_same_time(
    peak: Fraction, gigabytes: int, times: int
) -> None:
    bandwidth = Fraction(gigabytes * 10**9)
    ridge = ridge_point(peak=peak, bandwidth=bandwidth)
    moved = Fraction(10**9)
    assert moved / bandwidth == ridge * moved / peak
    assert ridge_point(peak=times * peak, bandwidth=times * bandwidth) == ridge


# --- links, sparsity, money ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("both_links", "host_both", "printed"),
    [
        # 2022 rule, aggregate bidirectional rate: NVLink as NVIDIA prints it (both ways) plus PCIe (both ways)
        (600, 64, 664),  # A100
        (400, 64, 464),  # A800
        (900, 128, 1028),  # H100
        (400, 128, 528),  # H800
        (1800, 128, 1928),  # B200
    ],
)
def test_io_bandwidth_of_the_2022_rule(both_links: int, host_both: int, printed: int) -> None:
    way = each_way(both=Fraction(both_links * 10**9))
    assert 2 * way == both_links * 10**9
    assert io_bandwidth(scale_up=way, host=each_way(both=Fraction(host_both * 10**9))) == printed * 10**9


def test_the_a800_is_below_the_600_gigabytes_of_2022_and_the_a100_is_not() -> None:
    # 87 FR 62186: 600 GB/s or more. "The conjunction is why A800 and H800 exist."
    assert quantity("io.bandwidth", "A100").to("GB/s") >= 600
    assert quantity("io.bandwidth", "H100").to("GB/s") == pytest.approx(1028)


@given(sparse=rates, gain=st.sampled_from([2, 4, Fraction(4, 3)]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_dense_rate_times_gain_is_the_sparse_rate(sparse: Fraction, gain: Fraction) -> None:
    dense = dense_rate(sparse=sparse, gain=gain)
    assert dense * gain == sparse
    assert dense < sparse


def test_dense_and_sparse_of_the_b200() -> None:
    # NVIDIA Blackwell data sheet, HGX B200: 9 PFLOPS FP8 with sparsity per GPU; dense is half
    assert dense_rate(sparse=Fraction(9000 * TERA), gain=2) == 4500 * TERA
    assert quantity("peak.fp8", "B200").to("TFLOP/s") == 4500


def test_yuan_at_the_rate_of_the_report() -> None:
    # Financial Times (April 2025): a CloudMatrix 384 costs about 60 million yuan, 8.2 million dollars
    assert dollars_from_yuan(money=Fraction(60_000_000), rate=Fraction("7.32")) == pytest.approx(8_200_000, rel=0.001)


def test_columns_of_chips_go_through_the_same_expression() -> None:
    # TPP: Epoch AI (H20, H100, H200), IFP (910C)
    rate = numpy.array([296e12, 1979e12, 1979e12, 752e12])
    tpp = total_processing_performance(rate=rate, bits=numpy.array([8, 8, 8, 16]))
    assert (tpp / 1e12).tolist() == [2368.0, 15832.0, 15832.0, 12032.0]
    density = performance_density(tpp=tpp, area=numpy.array([814.0, 814.0, 407.0, 814.0]) * 1e-6)
    assert all(a < b for a, b in pairwise(sorted(density / 1e18))) and density[2] == pytest.approx(2 * density[1])
