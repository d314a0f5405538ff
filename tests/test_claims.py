# SPDX-License-Identifier: Apache-2.0
"""Verdicts on claims: expected values are fractions of literals from the sources, never copied from our output."""

from fractions import Fraction
from math import log
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.claims import JudgedClaim, judge, judge_all, printable
from chipgauge.specs.catalog import catalog
from chipgauge.specs.claim_tables import read_claims, shipped_claims
from chipgauge.specs.claims import Claim, ClaimReading, Expected
from chipgauge.specs.errors import TableError

CATALOG = catalog()
SOURCES = {name: CATALOG.source(name) for name in CATALOG.source_ids()}
LEDGER = {claim.id: claim for claim in shipped_claims(SOURCES)}
QUICK = settings(derandomize=True, deadline=None, max_examples=60)


def claim_of(*readings: ClaimReading) -> Claim:
    return Claim("c", "said", "somebody", "2025", "first-hand", "epoch-ml-hardware", readings)


def reading(expression: str, condition: str, *values: str, name: str = "r") -> ClaimReading:
    return ClaimReading(name, "a reading", Expected(condition, values), expression)


def judged(name: str) -> JudgedClaim:
    return judge(LEDGER[name])


# --- the ledger against fractions of printed numbers ---------------------------------------------------------------

# The right-hand sides: FP8 1,979 and 296 (NVIDIA's data sheets), 14,144 (NVIDIA's export table), 835.5 and 148 (BF16),
# 4.8, 4.0, 3.35, 3.2 TB/s, 141, 96, 80 GB (data sheets), 752, 780, 800 (910C), 2,500 (GB200), 15,000 x 4 (GB300 FP4).
VALUES = [
    ("h200-six-times-h20", "tpp-sxm", Fraction(1979, 296)),
    ("h200-six-times-h20", "declared-nvl", Fraction(14144, 296 * 8)),
    ("h200-six-times-h20", "bf16-nvl", Fraction("835.5") / 148),
    ("h200-six-times-h20", "more-than", Fraction(1979, 296) - 1),
    ("h200-six-times-h20", "bandwidth", Fraction(48, 40)),
    ("h200-six-times-h20", "capacity", Fraction(141, 96)),
    ("h200-more-memory-faster", "capacity", Fraction(141, 80)),
    ("h200-more-memory-faster", "bandwidth", Fraction(480, 335)),
    ("h20-20-percent-faster-inference", "bandwidth", Fraction(400, 335)),
    ("h20-20-percent-faster-inference", "compute", Fraction(296, 1979)),
    ("h200-and-910c-tpp", "ratio", Fraction(1979 * 8, 752 * 16)),
    ("h200-and-910c-bandwidth", "ratio", Fraction(48, 32)),
    ("cfr-five-times-huawei", "tpp-gb300", Fraction(15000 * 4, 752 * 16)),
    ("b30a-twelve-times-h20", "tpp", Fraction(30000, 296 * 8)),
    ("b30a-eighteen-times-threshold", "1600", Fraction(30000, 1600)),
    ("b30a-eighteen-times-threshold", "4800", Fraction(30000, 4800)),
    ("cm384-bf16-over-nvl72", "ratio", Fraction(384 * 752, 72 * 2500)),
    ("cm384-power", "theirs", Fraction(559, 145)),
    ("cm384-power-per-flop", "theirs", Fraction(559, 145) / Fraction(384 * 780, 72 * 2500)),
    ("cm384-lower-flop-per-watt", "paper", Fraction("599.8") / 145 / Fraction(384 * 752, 72 * 2500)),
    ("cm384-five-times-chips", "chips", Fraction(384, 72)),
    ("cm384-fourteen-transceivers", "modules", Fraction(6912, 384)),
    ("910c-third-of-gb200", "bf16", Fraction(752, 2500)),
    ("epoch-h100e-per-chip", "b300", Fraction(5000, 1979)),
    ("epoch-h100e-per-chip", "h20", Fraction(296, 1979)),
    ("h200-revenue-ten-billion", "chips", Fraction(10**10, 27000)),
    ("market-fifty-billion", "chips", Fraction(5 * 10**10, 27000)),
    ("colossus-35000-dollars-a-chip", "dollars", Fraction(7 * 10**9, 200000)),
    ("market-fifty-billion", "compute", Fraction(5 * 10**10, 27000)),  # H200 and H100: 1,979 TFLOP/s of FP8 each
    ("incentives-seventy-billion", "chips", Fraction(70 * 10**9, 8 * 10**6) * 384),
    ("h200-6-7-times-tpp", "ratio", Fraction(1979, 296)),
    ("h200-up-to-six-times-some-tasks", "bandwidth", Fraction(48, 40)),
    ("moderately-higher-cost", "chips-8bit", Fraction(27000, 1979) / Fraction(45000, 4500)),
    ("b30a-half-as-powerful", "bandwidth", 4 / Fraction("7.75")),  # TB/s; 8 in a GB300
    ("b30a-half-as-powerful", "capacity", Fraction(1, 2)),
    ("cm384-60-percent-more-bf16", "ratio", Fraction(384 * 752, 72 * 2500)),
    ("cm384-scale-out-bandwidth", "ratio", Fraction(384, 72)),  # 400 Gbit/s a chip on both sides
    ("cm384-sixteen-racks", "racks", Fraction(16)),
    ("gb200-7-5-times-slower", "package", Fraction(752, 2500)),
    ("910c-96-gb", "capacity", Fraction(128 * 10**9)),
    ("h100-2000-tflops-bf16", "sparse", Fraction("989.4") * 2 * 10**12),
    ("huawei-several-million-910c", "memory", Fraction(2 * 8, 13)),
    ("huawei-several-million-910c", "dies", Fraction(2 * 2 * 10, 16)),
    ("910c-600000-in-2026", "dies", Fraction(1_600_000, 2)),
    ("stockpile-750000-to-a-million-910c", "dies", Fraction(2_900_000, 2)),
    ("huawei-950pr-revenue", "each", Fraction(12 * 10**9, 750_000)),
    ("ascend-805000-in-2025", "2025", Fraction(1_250_000 - 450_000)),  # Epoch AI, owners of chips
    ("cnas-140000-smuggled-2024", "median", Fraction(170_895)),  # Epoch AI, owners of chips
    ("h20-a-million-sold", "held", Fraction(1_805_354 + 1_250_000 + 135_000 + 31_859 - 1_250_000)),
    ("h200-4-percent-of-sales", "share", Fraction(2, 51)),
    ("chinatalk-hardware-cost", "nvl72", Fraction(2154 * 2_600_000)),
    ("chinatalk-hardware-cost", "cm384", Fraction(520 * 8_000_000)),
    ("chinatalk-sustained-rates", "nvl72", Fraction(2154 * 576 * 200) * 10**12),  # 576 TB/s a rack
    ("chinatalk-sustained-rates", "h200", Fraction(29523 * 8 * 4800 * 200) * 10**9),  # 4.8 TB/s a chip
    ("chinatalk-electricity", "us", Fraction(400_000 * 26298) * Fraction("0.6") * Fraction("0.09")),
    ("chinatalk-electricity", "cn", Fraction(400_000 * 26298) * Fraction("0.6") * Fraction("0.06")),
    ("h200-27000-dollars", "orders", Fraction(2_000_000 * 27_000)),
    ("h200-27000-dollars", "duty", Fraction(27_000) / 4),
]


@pytest.mark.parametrize(("claim", "name", "expected"), VALUES)
def test_the_value_is_the_fraction_of_what_the_sources_print(claim: str, name: str, expected: Fraction) -> None:
    [found] = [one for one in judged(claim).readings if one.reading.id == name]
    assert found.figure is not None
    assert found.figure.number == pytest.approx(float(expected), rel=1e-9)


# Rates of growth a year as Epoch AI prints them; a GB300 has 2,500 TFLOP/s of BF16, an H200 989.5.
LAGS = {
    "chip-fp32": 1.35, "chips-in-clusters": 1.6, "frontier-training": 4.5, "leading-clusters": 2.5,
    "leading-clusters-cost": 1.9, "leading-clusters-power": 2.0, "other-training": 5.0, "china-training": 3.0,
}  # fmt: skip


@pytest.mark.parametrize(("growth", "factor"), sorted(LAGS.items()))
def test_a_lag_is_the_logarithm_of_the_ratio_at_the_named_rate(growth: str, factor: float) -> None:
    [found] = [one for one in judged("lag-18-months").readings if one.reading.id == f"growth-{growth}"]
    assert found.figure is not None
    assert found.figure.to("month") == pytest.approx(12 * log(2500 / 989.5) / log(factor), rel=1e-3)


def test_every_named_growth_rate_has_its_reading_of_the_lag() -> None:
    named = {item.id for item in CATALOG.items.values() if item.kind == "growth"}
    read = {one.reading.id.removeprefix("growth-") for one in judged("lag-18-months").readings}
    assert named <= read


def test_a_capital_ratio_is_that_of_prices_and_rates() -> None:
    # 27,000 dollars for an H200 and 45,000 for a B300, over the ratio of training rates of our model.
    [found] = [one for one in judged("near-parity-at-higher-cost").readings if one.reading.id == "b300-training"]
    assert found.figure is not None
    ratio = found.figure.number / float(Fraction(27000, 45000))
    # A B300 trains at most as much faster than an H200 as its dense BF16 peak and bandwidth allow: 2,250 / 989.5, 8 / 4.8.
    assert 1.5 < ratio <= 2250 / 989.5


def test_the_accounts_of_the_ledger_are_complete() -> None:
    """Each claim of the five articles of December 2025 that can be checked is in the ledger."""
    articles = {
        "h200-six-times-h20", "near-parity-at-higher-cost", "cm384-comparable-horsepower", "lag-18-months",
        "h200-more-efficient-than-910c", "h200-second-most-powerful", "h200-more-memory-faster", "duty-25-percent",
        "fee-15-percent-h20", "h200-revenue-ten-billion", "market-fifty-billion", "incentives-seventy-billion",
        "hopper-second-best-two-behind-rubin", "h200-introduced-2023-shipping-2024", "three-years-of-controls",
        "h20-significantly-less-capable", "h200-downgraded-for-china", "lane-needs-third-party-tests",
    }  # fmt: skip
    assert articles <= LEDGER.keys()
    for claim in LEDGER.values():
        assert claim.by and claim.date and claim.topic and claim.source in SOURCES
        assert claim.evidence == "first-hand" or claim.via in SOURCES


VERDICTS = {
    "near-parity-at-higher-cost": "holds_if",  # dearer by TPP, not by FP8 or memory bandwidth
    "moderately-higher-cost": "holds_if",  # 1.36 in bare chips at FP8, 4.2 against FP4
    "advantage-21-to-49-times": "holds_if",
    "advantage-21-to-49-times-with-exports": "fails",  # a misquotation
    "hbm-seventy-times": "unknown",
    "huawei-200000-chips-in-2025": "fails",  # 800,000 by Epoch AI's table
    "huawei-several-million-910c": "fails",  # 16 million stacks of memory, 13 million reported
    "h100-2000-tflops-bf16": "holds_if",  # a sparse rate against a dense one
    "910c-96-gb": "fails",  # 128 GB
    "cm384-28-megawatt": "fails",
    "gb200-7-5-times-slower": "fails",
    "h200-more-efficient-than-910c": "holds_if",  # per watt, not per dollar
    "lag-18-months": "holds_if",  # from first shipments; 9 months by release
    "h200-six-times-h20": "holds_if",  # 5.97 as declared for the NVL part; 6.69 for the SXM part
    "h200-nearly-seven-times-h20": "holds",
    "h200-second-most-powerful": "holds_if",  # by generation; by part B200, B300, GB200, GB300 are above
    "h200-more-memory-faster": "holds_if",  # where compute binds nothing is faster
    "h200-bandwidth-60-percent": "fails",  # 43%
    "h200-ten-times-less-than-blackwell": "fails",  # 2.5 at FP8, 3.8 at FP4
    "cfr-five-times-huawei": "holds_if",  # 4.99 on FP4 only
    "b30a-six-times-h20": "fails",  # 12.7
    "b30a-twelve-times-h20": "holds_if",  # 30,000 TPP; half of the board's 56,000 gives 11.8
    "b30a-eighteen-times-threshold": "holds_if",  # the yardstick is 1,600, not 4,800
    "cm384-fourteen-transceivers": "fails",  # 6,912 / 384 = 18
    "cm384-comparable-horsepower": "holds_if",  # at 3.9 times the power
    "910c-320-tflops": "fails",
    "h200-below-thresholds": "fails",  # 15,832 > 4,800
}


@pytest.mark.parametrize(("claim", "verdict"), sorted(VERDICTS.items()))
def test_the_verdict_is_the_one_the_facts_give(claim: str, verdict: str) -> None:
    assert judged(claim).verdict == verdict


def test_every_claim_of_the_ledger_is_judged_and_none_is_true_on_one_basis_without_saying_so() -> None:
    for one in judge_all(LEDGER.values()):
        verdicts = {reading.verdict for reading in one.readings}
        assert (one.verdict == "holds") == (verdicts == {"holds"})
        assert (one.verdict == "fails") == (verdicts == {"fails"})
        if one.verdict == "holds_if":
            assert verdicts & {"holds", "straddles"} and verdicts != {"holds"}


def test_sentences_have_every_value_filled_in() -> None:
    for one in judge_all(LEDGER.values()):
        shown = {reading.reading.id: "7" for reading in one.readings}
        assert "{" not in printable(one, shown) and "unknown" not in printable(one, shown)


# --- the conditions, at the line and on both sides of it -----------------------------------------------------------

SIX = "tpp(H20)*6/tpp(H20)"


@pytest.mark.parametrize(
    ("condition", "values", "verdict"),
    [
        ("between", ("6", "7"), "holds"),
        ("between", ("5", "6"), "holds"),
        ("between", ("6.0001", "7"), "fails"),
        ("about", ("6.25", "4%"), "holds"),
        ("about", ("6.25", "3.9%"), "fails"),
        ("at_least", ("6",), "holds"),
        ("at_least", ("6.0001",), "fails"),
        ("at_most", ("6",), "holds"),
        ("at_most", ("5.9999",), "fails"),
        ("above", ("6",), "fails"),
        ("above", ("5.9999",), "holds"),
        ("below", ("6",), "fails"),
        ("below", ("6.0001",), "holds"),
    ],
)
def test_a_condition_at_its_line(condition: str, values: tuple[str, ...], verdict: str) -> None:
    assert judge(claim_of(reading(SIX, condition, *values))).readings[0].verdict == verdict


def test_a_range_on_both_sides_of_the_line_straddles() -> None:
    # 910C: 752 adopted, 800 by Epoch AI; the line at 780 lies between.
    found = judge(claim_of(reading("peak.bf16(910C)", "at_least", "780 TFLOP/s"))).readings[0]
    assert found.verdict == "straddles" and "does not" in found.why
    truth = judge(claim_of(reading("peak.bf16(910C) >= 780 TFLOP/s", "is", "yes"))).readings[0]
    assert truth.verdict == "straddles"


def test_a_miss_is_measured_from_the_nearest_end() -> None:
    found = judge(claim_of(reading("tpp(H200)/tpp(H20)", "between", "5.5", "6"))).readings[0]
    assert found.miss == pytest.approx(float(Fraction(1979, 296) / 6 - 1))
    below = judge(claim_of(reading("tpp(H200)/tpp(H20)", "at_least", "7"))).readings[0]
    assert below.miss == pytest.approx(float(Fraction(1979, 296) / 7 - 1))


def test_a_missing_figure_is_unknown_and_named() -> None:
    found = judge(claim_of(reading("per_watt.peak.bf16(910C)", "at_least", "1 TFLOP/s/W"))).readings[0]
    known = found.figure is not None and found.figure.known
    assert known or (found.verdict == "unknown" and found.missing)
    absent = judge(claim_of(reading("peak.fp8(910C)", "at_least", "1 TFLOP/s")))
    assert absent.verdict == "unknown"


@QUICK
@given(st.floats(0.01, 100), st.floats(0.001, 0.5))
def test_about_holds_exactly_inside_its_band(middle: float, share: float) -> None:
    ratio = float(Fraction(1979, 296))
    one = reading("tpp(H200)/tpp(H20)", "about", repr(middle), f"{share!r}")
    inside = middle * (1 - share) <= ratio <= middle * (1 + share)
    assert (judge(claim_of(one)).verdict == "holds") == inside


@QUICK
@given(st.permutations(["sxm", "nvl", "bandwidth"]))
def test_the_order_of_readings_does_not_matter(order: list[str]) -> None:
    expressions = {
        "sxm": "tpp(H200)/tpp(H20)",
        "nvl": "peak.bf16(H200 NVL)/peak.bf16(H20)",
        "bandwidth": "memory.bandwidth(H200)/memory.bandwidth(H20)",
    }
    result = judge(claim_of(*(reading(expressions[name], "between", "5.5", "6", name=name) for name in order)))
    assert result.verdict == "holds_if" and result.best.reading.id == "nvl"


# --- hostile files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "tpp.__class__(H200)",
        "().__class__.__bases__",
        "__import__('os').system('id')",
        "9**9**9**9",
        "2^1000000",
        "1e308*1e308",
        "(" * 500 + "1" + ")" * 500,
        "-" * 3000 + "1",
        "tpp(H2000)",
        "no_such_name(H200)",
        "tpp(H200",
        "tpp(../../etc/passwd)",
        "1/0",
    ],
)
def test_a_hostile_expression_is_refused_with_file_line_and_position(expression: str, claim_head: str) -> None:
    claims, problems = read_claims(claim_head + repr(expression).replace("'", '"') + "\n", "theirs.toml", SOURCES)
    if problems:
        assert all(problem.file == "theirs.toml" and problem.line > 1 for problem in problems)
        return
    try:
        [result] = judge_all(claims)
    except TableError as error:
        [problem] = error.problems
        assert problem.file == "theirs.toml" and problem.line == 11
    else:
        assert expression == "1/0" and result.verdict == "unknown"


def test_ten_million_characters_are_refused_before_they_are_read(tmp_path: Path, claim_head: str) -> None:
    from chipgauge.specs.claim_tables import read_claim_files

    path = tmp_path / "big.toml"
    path.write_text(claim_head + '"' + "1+" * 5_000_000 + '1"\n', "utf-8")
    claims, [problem] = read_claim_files([path], SOURCES)
    assert not claims and "bytes" in problem.message
    long = claim_head + '"' + "1+" * 3000 + '1"\n'
    _, [problem] = read_claims(long, "long.toml", SOURCES)
    assert problem.line == 11 and "at most 4,096" in problem.message


def test_a_wrong_unit_says_both_units() -> None:
    with pytest.raises(TableError, match=r"GB/s.*TFLOP/s"):
        judge(claim_of(reading("peak.bf16(H200)", "at_least", "1 GB/s")))


def test_two_bases_are_refused_not_compared() -> None:
    with pytest.raises(TableError, match="sparsity"):
        judge(claim_of(reading("sparse.fp8(H200)/peak.fp8(H20)", "at_least", "1")))


def test_a_rule_that_fails_says_how_far_the_line_is() -> None:
    [found] = judged("h200-below-thresholds").readings
    # NVIDIA declares 15,840 for the H200; the line of 3A090.a.1 is 4,800.
    assert found.miss == pytest.approx(float(Fraction(15840, 4800) - 1))


def test_what_a_reading_sets_has_keys_of_its_own() -> None:
    found = {one.reading.id: one.figure for one in judged("cm384-lower-flop-per-watt").readings}
    keys = {name: {leaf.key: leaf.number for leaf in figure.leaves()} for name, figure in found.items() if figure}
    shared = keys["paper"].keys() & keys["theirs"].keys()
    assert all(keys["paper"][key] == keys["theirs"][key] for key in shared)
    assert not any("power.system" in key for key in shared)
    for figure in found.values():
        assert figure is not None and figure.evaluate() == pytest.approx(figure.number)
