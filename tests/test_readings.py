# SPDX-License-Identifier: Apache-2.0
"""The search of readings: what could somebody have meant by N times."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import evaluate
from chipgauge.calc.rates import Training, training_rates
from chipgauge.calc.readings import METRICS, MIXED, near, variants
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import UnitError, UnknownName

QUICK = settings(derandomize=True, deadline=None, max_examples=25)


def test_almost_six_is_the_tpp_that_nvidia_declares_for_the_nvl_part() -> None:
    # NVIDIA's export table: 14,144 for the H200 NVL; H20: 296 TFLOP/s FP8 x 8 bits.
    hit = next(hit for hit in near("H200", "H20", 6).hits if not hit.predicted)
    assert (hit.a.id, hit.metric, hit.form) == ("nvidia-h200-nvl", "tpp.declared", "times")
    assert hit.value == pytest.approx(float(Fraction(14144, 2368)))


def test_a_wider_search_finds_more_than_and_the_data_sheet() -> None:
    found = near("H200", "H20", 6, within=0.06)
    forms = {(hit.metric, hit.form, hit.a.id) for hit in found.hits}
    assert ("tpp", "more than", "nvidia-h200-sxm") in forms  # 6.69 - 1 = 5.69
    assert ("peak.bf16", "times", "nvidia-h200-nvl") in forms  # 835.5 / 148 = 5.65


def test_sparse_over_dense_is_marked_as_mixed_and_stands_last() -> None:
    # H100: 3,958 sparse FP8 in the data sheet, 989.5 dense BF16: four times, by two slips.
    found = near("H100", "H200", 4)
    sound = [hit.mixed for hit in found.hits]
    assert sound == sorted(sound) and any(sound)
    assert {("sparse.fp8", "peak.bf16")} <= {(hit.metric, hit.over) for hit in found.hits if hit.mixed}


def test_a_price_of_a_chip_over_that_of_a_system_is_mixed_or_absent() -> None:
    for hit in near("*", "*", 2).hits:
        assert hit.mixed or not hit.above.basis or hit.above.basis == hit.below.basis


@QUICK
@given(
    st.floats(0.05, 20),
    st.floats(0.005, 0.3),
    st.sampled_from([("H200", "H20"), ("GB300", "910C"), ("CM384", "NVL72")]),
)
def test_every_hit_is_within_and_counted(number: float, within: float, pair: tuple[str, str]) -> None:
    found = near(*pair, number, within=within)
    assert len(found.hits) <= found.tried
    gaps = [abs(hit.value / number - 1) for hit in found.hits]
    assert all(gap <= within * (1 + 1e-9) for gap in gaps)


@QUICK
@given(st.sampled_from([("H200", "H20", 6.0), ("H100", "A100", 3.0), ("910C", "H20", 5.0)]))
def test_a_hit_is_what_explain_gives(pair: tuple[str, str, float]) -> None:
    for hit in [hit for hit in near(*pair, within=0.2).hits if not hit.mixed][:5]:
        assert evaluate(hit.expression).number == pytest.approx(hit.value, rel=1e-12)


def test_all_pairs_find_what_one_pair_finds() -> None:
    one = {hit.expression for hit in near("H200", "H20", 6, mixed=False).hits if not hit.predicted}
    every = {hit.expression for hit in near("*", "*", 6).hits}
    assert one <= every and len(every) > len(one)


def test_the_number_of_readings_counts_both_forms() -> None:
    # Two items without variants: every metric that both have is tried as `times` and as `more than`.
    found = near("NVL72", "CM384", 1e9, mixed=False)
    assert found.tried > 0 and found.tried % 2 == 0 and found.tried <= 2 * len(METRICS) and not found.hits


def test_names_and_numbers_out_of_range_are_refused() -> None:
    for number, within in ((0.0, 0.05), (-6.0, 0.05), (float("inf"), 0.05), (6.0, 0.0), (6.0, 1.0)):
        with pytest.raises(UnitError):
            near("H200", "H20", number, within=within)
    with pytest.raises(UnknownName, match="H200"):
        near("H2000", "H20", 6)
    with pytest.raises(UnitError, match="not amounts"):
        near("8 H200", "H20", 6)


def test_variants_are_those_a_short_name_could_mean() -> None:
    assert [item.id for item in variants("H20", catalog())] == ["nvidia-h20-96gb", "nvidia-h20-141gb"]
    assert [item.id for item in variants("nvidia-h20-141gb", catalog())] == ["nvidia-h20-141gb"]


def test_mixed_pairs_are_of_two_metrics() -> None:
    assert all(above != below for above, below in MIXED) and len(set(MIXED)) == len(MIXED)


def test_a_workload_is_what_training_gives_chip_by_chip() -> None:
    found = near("H200", "H20", 6, within=0.3)
    predicted = [hit for hit in found.hits if hit.predicted]
    assert {hit.metric.partition("(")[0] for hit in predicted} >= {"train", "prefill", "decode"}
    for hit in predicted:
        assert evaluate(hit.expression).number == pytest.approx(hit.value, rel=1e-9)
        if not hit.metric.startswith("train"):
            continue
        # H200 over H20: between the ratio of bandwidths (4.8 / 4.0) and that of dense peaks (1,979 / 296).
        assert 4.8 / 4.0 < hit.value + (hit.form == "more than") <= 1979 / 296


def test_a_chip_that_no_plan_fits_or_whose_figures_are_unknown_has_no_rate() -> None:
    here = catalog()
    chips = [here.find(name) for name in ("H200", "T4", "R200")]
    rates = training_rates(Training("Llama 3.1 405B", 16.0), chips, catalog=here, constants=constants())
    # 405 billion parameters with their optimizer are 16 bytes each: 6.5 TB, of which 16 T4 hold 0.26.
    assert "nvidia-t4" not in rates
    assert training_rates(Training("Llama 3.1 8B", 64.0), [], catalog=here, constants=constants()) == {}


def test_every_value_of_the_search_is_what_the_resolver_gives() -> None:
    for hit in near("*", "*", 3.7, within=0.02).hits:
        if not hit.predicted:
            top, bottom = hit.above.number, hit.below.number
            assert hit.value == top / bottom - (hit.form == "more than")


def test_a_figure_that_the_user_gives_is_tried() -> None:
    # NVIDIA states no 4-bit rate of the H20; one of 1,776 TFLOP/s is six times its 296 of FP8.
    given = catalog().adjusted(given=("peak.fp4(H20)=1776 TFLOP/s",))
    found = near("H20", "H20 141GB", 6, catalog=given, within=0.01)
    assert any(hit.metric == "peak.fp4" and hit.mixed for hit in found.hits)


@pytest.mark.parametrize("chips", [16.0, 32.0, 64.0])
def test_rates_are_those_of_training_also_where_memory_is_tight(chips: float) -> None:
    # 70 billion parameters are 1.1 TB with their optimizer: 16 chips of 80 GB have 1.28, 16 of 40 GB half of that.
    here = catalog()
    work = Training("Llama 3.1 70B", chips)
    items = [here.find(name) for name in ("nvidia-a100-sxm-40gb", "A100", "H20", "H200", "910C", "MI300X")]
    rates = training_rates(work, items, catalog=here, constants=constants())
    for item in items:
        one = evaluate(work.metric.format(item.id), catalog=here)
        assert one.known == (item.id in rates)
        if one.known:
            assert rates[item.id] == pytest.approx(one.number, rel=1e-9)
