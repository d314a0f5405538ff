# SPDX-License-Identifier: Apache-2.0
"""The models inside an expression: what they answer, with which range, and how a wrong question is refused."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.calculators import ask
from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.expression import evaluate, parse, subjects_of, to_text
from chipgauge.calc.functions import FUNCTIONS
from chipgauge.calc.graph import sample
from chipgauge.calc.served import serving
from chipgauge.calc.serving_rate import Request
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import ChipgaugeError, ExpressionError, UnknownName

QUICK = settings(derandomize=True, deadline=None, max_examples=30)
CATALOG = catalog()
H200, H20 = "train(Llama 3.1 70B, 1024 H200)", "train(Llama 3.1 70B, 1024 H20)"


def test_training_on_an_h200_is_at_most_what_the_peaks_allow_over_an_h20() -> None:
    # Dense BF16 of NVIDIA's data sheets: 989.5 and 148 TFLOP/s; no run can gain more than the peak does where the
    # memory is no slower (4.8 against 4.0 TB/s).
    ratio = evaluate(f"{H200}/{H20}")
    assert 4.8 / 4.0 < ratio.number <= float(Fraction("989.5") / 148)
    low, high = ratio.bounds()
    assert low is not None and high is not None and low < ratio.number < high


def test_a_prediction_carries_the_error_of_the_model_and_its_whole_derivation() -> None:
    figure = evaluate(H200)
    low, high = figure.bounds()
    assert low is not None and high is not None
    assert low * high == pytest.approx(figure.number**2)  # a factor up is a factor down
    names = {node.key for node in figure.nodes()}
    assert {"training model/80% error(nvidia-h200-sxm)", "nvidia-h200-sxm/peak.bf16"} <= names
    assert evaluate(f"{H200}/{H200}").bounds() == (1.0, 1.0)  # one prediction, one error
    assert figure.weakest_status() != "stated"


@pytest.mark.parametrize(
    ("function", "kind", "width"),
    [("train", "training", "fused"), ("prefill", "prefill", "prefill"), ("decode", "serving", "decode")],
)
def test_the_range_is_the_tested_interval(function: str, kind: str, width: str) -> None:
    figure = evaluate(f"{function}(Llama 3.1 70B, 64 H200)")
    assert [leaf.key for leaf in figure.ranged_leaves()] == [f"{kind} model/80% error(nvidia-h200-sxm)"]
    tested = constants().widths[width]
    assert figure.bounds() == pytest.approx((figure.number * math.exp(-tested), figure.number * math.exp(tested)))
    assert f"within {tested:.1%}" in figure.condition


def test_two_chips_of_a_family_have_two_errors() -> None:
    ratio = evaluate(f"{H200}/train(Llama 3.1 70B, 1024 H100)")
    low, high = ratio.bounds()
    assert low is not None and high is not None and low < ratio.number < high


def test_what_is_drawn_has_the_tested_interval_in_its_middle() -> None:
    import numpy

    chip = catalog().find("H20")
    asked = Request(catalog().find("Llama 3.1 70B"), chip, 8, given_figure("max-tpot", "50 ms", "ms"), 4096, catalog())
    rate = serving(asked).rate
    within = numpy.abs(numpy.log(sample(rate, 8192) / rate.number)) < constants().widths["decode"]
    assert within.mean() == pytest.approx(0.8, abs=0.03)  # the ends are alike as factors, the triangle as differences


@pytest.mark.parametrize("function", ["train", "prefill", "decode"])
def test_the_plans_of_two_predictions_are_two(function: str) -> None:
    """The range of a ratio is that of its two ends: nothing that one prediction assumes stands for the other."""
    above, below = (f"{function}(Llama 3.1 70B, {chips})" for chips in ("64 H200", "128 910C"))
    ratio, ends = evaluate(f"{above}/{below}"), [evaluate(one).bounds() for one in (above, below)]
    assert ratio.evaluate() == pytest.approx(ratio.number)
    low, high = ratio.bounds()
    assert low == pytest.approx(ends[0][0] / ends[1][1])  # type: ignore[operator]
    assert high == pytest.approx(ends[0][1] / ends[1][0])  # type: ignore[operator]


def test_a_chip_serves_at_most_what_its_peaks_allow() -> None:
    # NVIDIA's data sheets: 1,979 and 296 TFLOP/s of FP8, 4.8 and 4.0 TB/s.
    for phase in ("prefill", "decode"):
        ratio = evaluate(f"{phase}(Llama 3.1 70B, 8 H200)/{phase}(Llama 3.1 70B, 8 H20)").number
        assert 4.8 / 4.0 < ratio
        assert ratio <= 1979 / 296 or phase == "decode"  # a bound on latency favours the faster chip beyond its peak
    # One answer at a time is bound by memory: 4.8 over 4.0 TB/s, within the program's own time.
    one = evaluate("decode_one(Llama 3.1 70B, 8 H200)/decode_one(Llama 3.1 70B, 8 H20)").number
    assert 1 < one < 1.5


def test_a_model_that_cannot_answer_says_what_is_missing() -> None:
    none = evaluate("train(Llama 3.1 405B, 1 H20)")
    assert not none.known and "does not fit" in none.why and none.missing


def test_a_question_is_put_once() -> None:
    here = catalog()
    first = ask("train", here.subject("Llama 3.1 8B"), here.subject("64 H100"), catalog=here)
    assert ask("train", here.subject("Llama 3.1 8B"), here.subject("64 H100"), catalog=here) is first
    assert first.evaluate() == pytest.approx(first.number)


def test_the_ratios_of_a_build_are_those_of_an_equivalence() -> None:
    from chipgauge.calc.equivalent import Ask, equivalent

    found = equivalent("100000 B300", "H200", by="peak.fp8", catalog=CATALOG, ask=Ask(build_in="cn"))
    for name in ("capex_ratio", "tco_ratio", "power_ratio"):
        figure = evaluate(f"{name}(100000 B300, H200, by=peak.fp8, in=cn)")
        assert figure.number == pytest.approx(getattr(found, name).number)
    # Two prices of the tables: China's for the H200, and the same chips at 8 bits: 4,500 over 1,979.
    assert evaluate("power_ratio(100 H200, H200, by=peak.fp8, in=us)").number == pytest.approx(1)


@pytest.mark.parametrize("basis", ["8bit", "tpp", "bandwidth"])
def test_share_and_advantage_of_a_scenario_are_two_sides_of_one_ratio(basis: str) -> None:
    advantage, share, got = (
        evaluate(f"{name}(no-exports, by=h100e.{basis})") for name in ("advantage", "share", "acquired")
    )
    assert share.number == pytest.approx(1 / (1 + advantage.number))
    for figure in (advantage, share, got):
        low, high = figure.bounds()
        assert low is not None and high is not None and low < figure.number < high


def test_stocks_are_those_of_the_owners_table() -> None:
    # Epoch AI, AI chip owners: Huawei 1,250,000 chips at the end of 2025 and 450,000 a year before.
    assert evaluate("stock(Huawei, by=chips)", on="2025-12-31").number == 1_250_000
    assert evaluate("inflow(Huawei, by=chips)", on="2025-12-31").number == 1_250_000 - 450_000
    assert evaluate('stock("China (smuggled)", by=chips)', on="2024-12-31").number == 170_895
    whole = evaluate("stock(all, by=h100e.8bit)", on="2025-12-31")
    assert whole.number > evaluate("stock(Nvidia, by=h100e.8bit)", on="2025-12-31").number


def test_rank_counts_a_maker_or_its_generations() -> None:
    # B200, B300, GB200, GB300 stand above the H200 by their data sheets: not second by part.
    assert evaluate("rank(H200, by=tpp, among=chips:nvidia)").number > 2
    # Five parts stand above it: B100, B200, B300, GB200, GB300. GH200, 990 against 989.5 by rounding, is the same silicon.
    assert evaluate("rank(H200, by=tpp, among=chips:nvidia)", on="2025-12-08").number == 1 + 5
    # Hopper has one generation above it: Blackwell.
    assert evaluate("rank(H200, by=tpp, among=generations:nvidia)").number == 2
    assert not evaluate("rank(910C, by=tpp, among=generations:huawei)").known
    # On the day the H100 came nothing of Blackwell was there.
    assert evaluate("rank(H100, by=tpp, among=generations:nvidia)", on="2022-09-20").number == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("train(H200, 8 H200)", "language model first"),
        ("train(Llama 3.1 70B, NVL72)", "not a chip"),
        ("decode(Llama 3.1 70B, 0.5 H200)", "whole number"),
        ("train(Llama 3.1 70B)", "','"),
        ("tco_ratio(8 H200, H20, by=peak.fp8)", "','"),
        ("tco_ratio(8 H200, H20, by=peak.fp8, in=de)", "us or cn"),
        ("tco_ratio(8 H200, H20, by=peak.fp9, in=cn)", "peak.fp8"),
        ("advantage(no-export, by=h100e.8bit)", "no-exports"),
        ("advantage(no-exports, by=tpp)", "h100e.8bit"),
        ("stock(Huwei, by=chips)", "Huawei"),
        ("stock(Huawei, by=tpp)", "by=chips"),
        ("rank(H200, by=tpp, among=chips:nvida)", "nvidia"),
        ("rank(H200, by=tpp, among=planets)", "chips or systems"),
    ],
)
def test_a_wrong_question_is_refused_with_what_is_allowed(expression: str, message: str) -> None:
    with pytest.raises((ExpressionError, UnknownName), match=message) as caught:
        evaluate(expression)
    assert "at character" in str(caught.value)


def test_every_function_prints_as_it_is_read() -> None:
    filled = {
        "x": "1", "...": "2", "amount": "8 H200", "item": "H20", "by=NAME": "by=peak.fp8", "among=KIND": "among=chips",
        "date": "2025-01-01", "ratio": "2", "growth": "chip-fp16", "model": "Llama 3.1 70B", "in=COUNTRY": "in=cn",
        "scenario": "no-exports", "owner": "Nvidia",
    }  # fmt: skip
    for name, parts in FUNCTIONS.items():
        shown = f"{name}({', '.join(filled[part] for part in parts)})"
        assert to_text(parse(shown)) == shown


def test_the_chips_of_a_question_are_its_subjects() -> None:
    found = subjects_of("train(Llama 3.1 70B, 1024 H200)/tco_ratio(8 H20, 910C, by=peak.bf16, in=cn)")
    assert [one.item.id for one in found] == ["nvidia-h200-sxm", "nvidia-h20-96gb", "huawei-ascend-910c"]


@QUICK
@given(st.sampled_from(sorted(FUNCTIONS)), st.text(alphabet="(),=abc H20019.:\"'^-", max_size=30))
def test_no_text_inside_a_function_ends_in_anything_but_an_error_of_ours(name: str, inside: str) -> None:
    try:
        parse(f"{name}({inside})")
    except ChipgaugeError as error:
        assert str(error)
