# SPDX-License-Identifier: Apache-2.0
"""Comparisons: the published ratios, the laws of ratios over every chip and metric, and what stands on two bases."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import METRICS, PER, Comparison, compare, metric_title, over
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError, UnitError, UnknownName
from chipgauge.specs.quantities import QUANTITIES

CLOSE = 1e-12
CHIPS = sorted(item.id for item in catalog().items.values() if item.kind == "chip")
SYSTEMS = sorted(item.id for item in catalog().items.values() if item.kind == "system")
NUMERIC = [name for name in METRICS if name not in QUANTITIES or QUANTITIES[name].kind == "number"]
chips, metrics = st.sampled_from(CHIPS), st.sampled_from([*NUMERIC, "h100e.8bit", "per_dollar.memory.bandwidth"])


def ratio(result: Comparison, metric: str, item: str) -> float:
    return result.row(metric).ratios[catalog().find(item).id].number


# --- published ratios ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "above", "below", "printed", "digits"),
    [
        ("tpp", "H200", "H20", 6.69, 2),  # Epoch AI, ML hardware: 15,832 / 2,368
        ("memory.bandwidth", "H200", "H20", 1.20, 2),  # NVIDIA: 4.8 / 4.0 TB/s
        ("memory.bandwidth", "H200", "H100", 1.43, 2),  # NVIDIA: "1.4x", 4.8 / 3.35 TB/s
        ("tpp", "910C", "H20", 5.08, 2),  # IFP: 12,032 / 2,368
        ("peak.bf16", "910C", "H100", 0.76, 2),  # 752 / 989.4
        ("peak.bf16", "CM384", "NVL72", 1.6, 1),  # 288.8 / 180 PFLOPS: 752 a chip, below the 1.7 of SemiAnalysis (780)
        ("memory.bandwidth", "CM384", "NVL72", 2.1, 1),  # SemiAnalysis: 2.1x
        ("memory.capacity", "CM384", "NVL72", 3.7, 1),  # SemiAnalysis: 3.6x, with 13.8 TB; 13.4 TB gives 3.7
        ("power.system", "CM384", "NVL72", 3.9, 1),  # SemiAnalysis: 3.9x
    ],
)
def test_published_ratios(metric: str, above: str, below: str, printed: float, digits: int) -> None:
    assert round(ratio(compare(below, above, metrics=[metric]), metric, above), digits) == printed


def test_default_set_of_the_headline_chips() -> None:
    result = compare("H20", "H200", "910C")
    assert [subject.key for subject in result.subjects] == ["nvidia-h20-96gb", "nvidia-h200-sxm", "huawei-ascend-910c"]
    assert result.baseline.key == "nvidia-h20-96gb"
    assert tuple(row.metric for row in result.rows) == METRICS
    tpp = [figure.to("TPP") for figure in result.row("tpp").values.values()]
    assert [round(value) for value in tpp] == [2368, 15832, 12032]
    assert result.row("tpp").ratios["nvidia-h20-96gb"].number == 1
    for row in result.rows:
        assert row.numeric == (row.metric in NUMERIC)
        assert row.ratios.keys() == (row.values.keys() if row.numeric else set())
        for figure in row.values.values():
            assert not figure.known or figure.all_sources(), f"{row.metric} without a source"


def test_words_and_dates_have_no_ratio() -> None:
    for name in ("node", "memory.type", "released", "datacentre"):
        row = compare("H20", "H200", metrics=[name]).rows[0]
        assert row.ratios == {} and not row.numeric and len(row.values) == 2


# --- laws of ratios ----------------------------------------------------------------------------------------------------


@given(one=chips, two=chips, metric=metrics)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_over_b_times_b_over_a_is_one(one: str, two: str, metric: str) -> None:
    there = compare(two, one, metrics=[metric]).rows[0].ratios[one]
    back = compare(one, two, metrics=[metric]).rows[0].ratios[two]
    assert there.known == back.known
    if there.known:
        assert there.number * back.number == pytest.approx(1, rel=CLOSE)
        (low, high), (back_low, back_high) = there.bounds(), back.bounds()
        assert low is not None and high is not None and back_low is not None and back_high is not None
        assert low * back_high == pytest.approx(1, rel=CLOSE) and high * back_low == pytest.approx(1, rel=CLOSE)
    else:
        assert there.why and (there.missing or there.state == "absent")


@pytest.mark.parametrize("metric", NUMERIC)
def test_low_value_high_over_every_chip(metric: str) -> None:
    result = compare("H20", *CHIPS, metrics=[metric]).rows[0]
    seen = 0
    for figures in (result.values, result.ratios):
        for key, figure in figures.items():
            low, high = figure.bounds()
            if figure.known:
                assert low is not None and high is not None
                assert low <= figure.number <= high, key
                seen += 1
    assert seen >= 4, "something to check"


@given(order=st.permutations(["H20", "H200", "910C", "B200", "A100"]), metric=metrics)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_order_of_the_items_changes_no_value_and_no_ratio(order: list[str], metric: str) -> None:
    result = compare(*order, baseline="H20", metrics=[metric])
    reference = compare("H20", "H200", "910C", "B200", "A100", metrics=[metric])
    assert [subject.key for subject in result.subjects] == [catalog().find(name).id for name in order]
    for key, figure in reference.rows[0].values.items():
        assert result.rows[0].values[key].value == figure.value
        assert result.rows[0].ratios[key].value == reference.rows[0].ratios[key].value
        assert result.rows[0].ratios[key].bounds() == reference.rows[0].ratios[key].bounds()


def test_order_of_the_metrics_changes_no_row() -> None:
    names = ("tpp", "memory.bandwidth", "ridge.bf16")
    rows = {row.metric: row for row in compare("H20", "H200", metrics=names).rows}
    for order in permutations(names):
        result = compare("H20", "H200", metrics=order)
        assert [row.metric for row in result.rows] == list(order)
        assert all(
            row.ratios["nvidia-h200-sxm"].value == rows[row.metric].ratios["nvidia-h200-sxm"].value
            for row in result.rows
        )


@pytest.mark.parametrize("text", ["4 TB/s", "4,000 GB/s", "32 Tbit/s", "4e12 B/s", "0.004 PB/s", "4000000 MB/s"])
def test_units_never_change_a_ratio(text: str) -> None:
    mine = catalog().adjusted(given=[f"memory.bandwidth(H20)={text}"])
    row = compare("H20", "H200", metrics=["memory.bandwidth"], catalog=mine).rows[0]
    assert row.ratios["nvidia-h200-sxm"].number == 1.2
    assert row.values["nvidia-h20-96gb"].number == 4e12


@given(number=st.integers(1, 10**6), scale=st.sampled_from([("GFLOP/s", 1000), ("PFLOP/s", 0.001), ("TOP/s", 1)]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_same_rate_in_another_unit_has_the_same_ratio(number: int, scale: tuple[str, float]) -> None:
    unit, factor = scale
    one = catalog().adjusted(given=[f"peak.bf16(H20)={number} TFLOP/s"])
    two = catalog().adjusted(given=[f"peak.bf16(H20)={number * factor:.9f} {unit}"])
    rows = [compare("H20", "H200", metrics=["peak.bf16"], catalog=mine).rows[0] for mine in (one, two)]
    first, second = (row.ratios["nvidia-h200-sxm"].number for row in rows)
    assert first == pytest.approx(second, rel=CLOSE)


@given(a=chips, b=chips, c=chips, metric=metrics)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_baselines_move_together(a: str, b: str, c: str, metric: str) -> None:
    """A over B is (A over C) over (B over C): a ratio does not depend on which baseline it came through."""
    by_b = compare(a, b, c, baseline=b, metrics=[metric]).rows[0].ratios
    by_c = compare(a, b, c, baseline=c, metrics=[metric]).rows[0].ratios
    if by_b[a].known and by_c[a].known and by_c[b].known:
        assert by_b[a].number == pytest.approx(by_c[a].number / by_c[b].number, rel=CLOSE)
    assert not by_b[b].known or by_b[b].number == 1


@given(chip=chips, metric=metrics)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_chip_against_itself_is_exactly_one_without_a_range(chip: str, metric: str) -> None:
    itself = over(quantity(metric, chip), quantity(metric, chip))
    if itself.known:
        assert (itself.number, itself.low, itself.high) == (1.0, 1.0, 1.0)


# --- which items -----------------------------------------------------------------------------------------------------


def test_a_baseline_that_is_not_named_comes_first() -> None:
    result = compare("H200", "910C", baseline="H20", metrics=["tpp"])
    assert result.subjects[0].key == "nvidia-h20-96gb"
    assert result.row("tpp").ratios["nvidia-h20-96gb"].number == 1
    assert compare("H200", "910C", baseline="910C", metrics=["tpp"]).subjects[0].key == "nvidia-h200-sxm"


def test_an_item_named_twice_is_one_column_and_the_first_name_stands() -> None:
    result = compare("H20", "h20", "H200", "nvidia-h20-96gb", metrics=["tpp"])
    assert [subject.key for subject in result.subjects] == ["nvidia-h20-96gb", "nvidia-h200-sxm"]
    assert result.subjects[0].given == "H20"
    result = compare("H200", "H20", "H200", metrics=["tpp"])
    assert [subject.key for subject in result.subjects] == ["nvidia-h200-sxm", "nvidia-h20-96gb"]


def test_an_amount_is_an_item_of_its_own() -> None:
    result = compare("H20", "8 H20", metrics=["peak.bf16", "tpp"])
    assert result.row("peak.bf16").ratios["8 nvidia-h20-96gb"].number == 8
    assert result.row("tpp").ratios["8 nvidia-h20-96gb"].number == 1


def test_wrong_names_are_refused_with_the_right_one() -> None:
    with pytest.raises(UnknownName, match="H2O0.*Did you mean"):
        compare("H20", "H2O0")
    with pytest.raises(UnknownName, match=r"memory\.bandwith.*memory\.bandwidth"):
        compare("H20", "H200", metrics=["memory.bandwith"])
    with pytest.raises(UnknownName, match="--per is one of chip, watt, usd, got 'euro'"):
        compare("H20", "H200", per="euro")
    with pytest.raises(UnitError, match="node is not a number"):
        compare("H20", "H200", metrics=["per_watt.node"])


# --- per chip, watt, dollar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per", PER)
@pytest.mark.parametrize("items", [("H20", "H200", "910C"), ("CM384", "NVL72")])
def test_per_divides_every_number(per: str, items: tuple[str, ...]) -> None:
    result = compare(*items, per=per)
    assert all(row.metric.startswith(PER[per]) and row.numeric for row in result.rows)
    assert "node" not in {row.metric.removeprefix(PER[per]) for row in result.rows}
    below = {"chip": "chips", "watt": "power.tdp" if len(items) == 3 else "power.system", "usd": "price"}[per]
    for item in items:
        key = catalog().find(item).id
        whole = quantity("peak.bf16", item).number
        share = 1.0 if (per, len(items)) == ("chip", 3) else quantity(below, item).number
        assert result.row(PER[per] + "peak.bf16").values[key].number == pytest.approx(whole / share, rel=CLOSE)


# --- two bases -------------------------------------------------------------------------------------------------------


def test_a_chip_and_a_system_per_watt_by_name_is_refused() -> None:
    for metric in ("per_watt.peak.bf16", "per_watt.tpp", "per_watt.memory.bandwidth"):
        with pytest.raises(BasisError, match="compare two chips .design power. or two systems .what they draw."):
            compare("H20", "NVL72", metrics=[metric])
    with pytest.raises(BasisError):
        compare("H20", "CM384", per="watt")


def test_the_default_set_leaves_such_a_ratio_out_with_its_reason() -> None:
    result = compare("H20", "H200", "CM384")
    row = result.row("per_watt.peak.bf16")
    assert all(figure.known for figure in row.values.values()), "the values themselves stand"
    assert row.ratios["nvidia-h200-sxm"].number > 1, "chip against chip is on one basis"
    left_out = row.ratios["huawei-cloudmatrix-384"]
    assert left_out.state == "unknown"
    assert "design power of the chips" in left_out.why and "the two are not compared" in left_out.why
    assert result.row("peak.bf16").ratios["huawei-cloudmatrix-384"].known


def test_systems_among_the_items_add_what_only_systems_have() -> None:
    names = [row.metric for row in compare("CM384", "NVL72").rows]
    assert names[0] == "chips" and "aggregate.tpp" in names and "power.system" in names
    assert len(names) == len(set(names))
    assert set(METRICS) <= set(names)
    result = compare("CM384", "NVL72")
    assert ratio(result, "power.system", "NVL72") == pytest.approx(145 / 559)  # SemiAnalysis


def test_sparse_against_dense_is_refused() -> None:
    with pytest.raises(BasisError, match="sparsity"):
        over(quantity("peak.fp8", "H100"), quantity("sparse.fp8", "B200"))
    gain = over(quantity("sparse.fp8", "H100"), quantity("peak.fp8", "H100"))
    assert gain.number == 2, "of one chip, the ratio is the gain of sparsity"


@given(system=st.sampled_from(SYSTEMS), chip=chips)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_default_comparison_of_a_chip_with_a_system_fails(system: str, chip: str) -> None:
    for row in compare(chip, system).rows:
        for figure in row.ratios.values():
            assert figure.known or figure.why


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tpp", "TPP"),
        ("per_watt.peak.bf16", "BF16 peak per watt"),
        ("per_dollar.memory.bandwidth", "Memory bandwidth per dollar"),
        ("per_chip.aggregate.tpp", "Aggregate TPP per chip"),
        ("ridge.fp8", "FP8 ridge point"),
        ("h100e.tpp", "H100-equivalents, tpp basis"),
        ("gb300e.8bit", "GB300-equivalents, 8bit basis"),
    ],
)
def test_titles(name: str, words: str) -> None:
    assert metric_title(name) == words
