# SPDX-License-Identifier: Apache-2.0
"""Findings are sentences that the numbers make true, in the grammar of what they speak about."""

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import METRICS, compare
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.quantity import quantity
from chipgauge.reports import sentences, text
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure, State
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")
ITEMS = sorted(item.id for item in catalog().items.values() if item.kind in ("chip", "system"))
NUMERIC = [name for name in METRICS if name not in QUANTITIES or QUANTITIES[name].kind == "number"]
COUNTS = st.sampled_from([1, 2, 8, 1000, 100_000, 0.5])


def figure(value: float | None, low: float | None = None, high: float | None = None, state: State = "known") -> Figure:
    """Return a plain number with a range."""
    ends = None if value is None or low is None or high is None else (low, high)
    return Figure("x/y", "leaf", "y", value, ONE, state, leaf_range=ends, why="nobody says")


def amount(count: float, item: str) -> str:
    return item if count == 1 else f"{count:.12g} {item}"


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (6.69, 6.69, 6.69, "6.69 times the TPP of B"),
        (5.08, 5.08, 5.41, "5.08 times (5.08 to 5.41) the TPP of B"),
        (0.5, 0.5, 0.5, "0.50 times the TPP of B"),
        (1.0, 1.0, 1.0, "about the same TPP as B"),
        (1.004, 1.004, 1.004, "about the same TPP as B"),
        (1.006, 1.006, 1.006, "1.01 times the TPP of B"),
        (1.2, 0.9, 1.5, "about the same TPP as B (1.20; 0.90 to 1.50)"),
        (1.0, 1.0, 1.3, "about the same TPP as B (1.00; 1.00 to 1.30)"),
        (1.2, 1.1, 1.3, "1.20 times (1.10 to 1.30) the TPP of B"),
    ],
)
def test_times(value: float, low: float, high: float, words: str) -> None:
    assert sentences.times(figure(value, low, high), "TPP", "B") == words


@given(st.sampled_from(ITEMS), st.sampled_from(ITEMS), st.sampled_from(NUMERIC))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_words_for_a_ratio_are_true(one: str, other: str, metric: str) -> None:
    above, below = quantity(metric, one), quantity(metric, other)
    try:
        ratio = above / below
    except BasisError:
        assume(False)
    words = sentences.times(ratio, "size", "B")
    if not (above.known and below.known):
        assert "times" not in words and "same" not in words
        return
    exact = above.number / below.number
    low, high = ratio.bounds()
    holds_one = low is not None and high is not None and low <= 1 <= high
    prints_one = 0.995 <= exact <= 1.005
    assert words.startswith("about the same size as B") == (holds_one or prints_one)
    if not (holds_one or prints_one):
        number = float(words.split(" times")[0].replace(",", ""))
        assert abs(number - exact) <= (0.005000001 if 0.1 <= exact < 99.995 else 0.00500001 * exact)
        assert ("(" in words) == (text.ratio_spread(ratio) != "")


@given(st.sampled_from(ITEMS), COUNTS, st.sampled_from(ITEMS), COUNTS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_finding_of_a_comparison_is_true(one: str, of_one: float, other: str, of_other: float) -> None:
    result = compare(amount(of_one, one), amount(of_other, other))
    words = sentences.compare_finding(result)
    if len(result.subjects) == 1:
        assert words.endswith("alone: nothing to compare it with.")
        return
    base, subject = result.subjects
    if words.startswith("No metric is known both of "):
        assert text.named(text.subject_name(base)) in words and text.named(text.subject_name(subject)) in words
        assert not any(row.ratios[subject.key].known for row in result.rows if row.numeric)
        return
    for named, count in ((base, of_one), (subject, of_other)):
        short = text.marked(named.item.name.removeprefix("NVIDIA ").removeprefix("Huawei "), named.unshipped)
        assert short in words and named.unshipped in short
        if count != 1:
            assert f"{count:,} {short}" in words
    assert (" have " if of_other != 1 else " has ") in words
    summed = "aggregate.tpp" if "aggregate.tpp" in [row.metric for row in result.rows] else "tpp"
    assert summed == "aggregate.tpp" or (of_one == of_other == 1)
    for metric, noun in ((summed, "TPP"), ("memory.bandwidth", "memory bandwidth")):
        above, below = quantity(metric, subject), quantity(metric, base)
        found = re.search(rf"([\d.,e-]+) times (?:\([^)]*\) )?the (?:aggregate )?{noun} of", words)
        if found:
            exact = above.number / below.number
            shown = float(found[1].replace(",", ""))
            assert abs(shown - exact) <= (0.005000001 if 0.1 <= exact < 99.995 else 0.00500001 * exact)


def test_findings_without_a_ratio() -> None:
    assert sentences.compare_finding(compare("H20")) == "NVIDIA H20 96 GB alone: nothing to compare it with."
    # NVIDIA, H100 and H200 data sheets: HBM3 and HBM3e
    words = sentences.compare_finding(compare("H100", "H200", metrics=["memory.type"]))
    assert words == "Memory type: HBM3 (NVIDIA H100 SXM 80 GB), HBM3e (NVIDIA H200 SXM 141 GB)."
    # FP4 came with Blackwell (NVIDIA Blackwell architecture brief); Hopper has no FP4 rate
    words = sentences.compare_finding(compare("H20", "H200", metrics=["peak.fp4"]))
    assert words == "No metric is known both of the H20 96 GB and of the H200 SXM 141 GB."
    words = sentences.compare_finding(compare("H20", "H100", "H200", metrics=["peak.fp4"]))
    assert words == "No metric is known both of the H20 96 GB and of the H100 SXM 80 GB or the H200 SXM 141 GB."


@pytest.mark.parametrize(
    ("of", "within", "by", "begins"),
    [
        # NVIDIA H200 data sheet: 989.5 TFLOP/s dense BF16; H20: 148. 989.5 / 148 = 6.686
        ("H200", "H20", "peak.bf16", "6.69 NVIDIA H20 96 GB equal one NVIDIA H200 SXM 141 GB by BF16 peak, at "),
        ("1 H200", "H20", "peak.bf16", "6.69 NVIDIA H20 96 GB equal one NVIDIA H200 SXM 141 GB by BF16 peak, at "),
        ("H200", "H200", "peak.bf16", "1 NVIDIA H200 SXM 141 GB equals one NVIDIA H200 SXM 141 GB by BF16 peak, at "),
        ("8 H200", "H200", "peak.bf16", "8 NVIDIA H200 SXM 141 GB equal 8 H200 SXM 141 GB by BF16 peak, at "),
        ("1000 H200", "H20", "peak.bf16", "6,686 NVIDIA H20 96 GB equal 1,000 H200 SXM 141 GB by BF16 peak, at "),
        # 384 x 752 / 989.5 = 291.8, and 384 x 800 / 989.5 = 310.5 (Huawei's profile and headline of the 910C)
        ("CM384", "H200", "peak.bf16", "292 NVIDIA H200 SXM 141 GB (292 to 311) equal one Huawei CloudMatrix 384 by"),
        # 384 x 752 / (72 x 2,500) = 1.604; at 800, 1.707
        ("CM384", "NVL72", "peak.bf16", "1.60 NVIDIA GB200 NVL72 (1.60 to 1.71) equal one Huawei CloudMatrix 384 by"),
    ],
)
def test_the_grammar_of_an_equivalence(of: str, within: str, by: str, begins: str) -> None:
    words = sentences.equivalent_finding(equivalent(of, within, by=by))
    assert words.startswith(begins)
    assert words.endswith(".") and not words.endswith("..")


def test_an_equivalence_without_an_answer_says_why() -> None:
    words = sentences.equivalent_finding(equivalent("1000 H200", "H20", by="peak.fp4"))
    assert words.startswith("How many NVIDIA H20 96 GB equal 1,000 H200 SXM 141 GB by FP4 peak is unknown: no source")
    words = sentences.equivalent_finding(equivalent("1000 H200", "910C", by="peak.fp8"))
    assert words.startswith("How many Huawei Ascend 910C equal 1,000 H200 SXM 141 GB by FP8 peak has no answer: ")
    assert words.endswith(".") and not words.endswith("..")


@given(
    st.sampled_from(ITEMS), COUNTS, st.sampled_from(ITEMS), st.sampled_from(["peak.bf16", "memory.bandwidth", "price"])
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_finding_of_an_equivalence_is_true(of: str, count: float, within: str, by: str) -> None:
    kinds = {catalog().subject(item).item.kind for item in (of, within)}
    if by == "price" and len(kinds) == 2 and quantity(by, of).known and quantity(by, within).known:
        with pytest.raises(BasisError, match="compare bare chips with bare chips"):
            equivalent(amount(count, of), within, by=by)
        return
    result = equivalent(amount(count, of), within, by=by)
    words = sentences.equivalent_finding(result)
    above, below = quantity(by, catalog().subject(amount(count, of))), quantity(by, within)
    if not (above.known and below.known):
        assert re.match(r"How many .* (is unknown|has no answer): ", words)
        return
    exact = above.number / below.number
    shown = float(words.split(" ")[0].replace(",", ""))
    if exact < 10:
        assert abs(shown - exact) <= (0.005000001 if exact >= 0.1 else 0.00500001 * exact)
    else:
        assert shown == int(shown) and shown - 1 < exact * (1 + 1e-9) and exact * (1 - 1e-9) <= shown
    assert (" times" in words) == (result.capex_ratio.known or result.power_ratio.known)


def test_words_for_counts_and_margins() -> None:
    assert [text.counted(n, "source") for n in (0, 1, 2, 1200)] == [
        "0 sources",
        "1 source",
        "2 sources",
        "1,200 sources",
    ]
    # 2,368 TPP against 2,400: (2368 - 2400) / 2400 = -1/75
    assert [text.margin(m) for m in (Fraction(-1, 75), Fraction(1, 2), None)] == ["-1.3%", "+50.0%", ""]
    assert sentences.noun(compare("H20", "H200").row("tpp")) == "TPP"
    assert sentences.noun(compare("H20", "H200").row("memory.bandwidth")) == "memory bandwidth"
