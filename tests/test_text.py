# SPDX-License-Identifier: Apache-2.0
"""Words and numbers: rounding as a browser does it, and findings that the numbers make true."""

import json
import math
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import METRICS, compare
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.quantity import quantity
from chipgauge.reports import text
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure, State, constant, largest, unknown
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


# --- numbers -----------------------------------------------------------------------------------------------------

# Intl.NumberFormat of Node.js 20.20.2 (ICU 78.2): "en-US", roundingMode "halfEven", maximumSignificantDigits
# the second number, or the digits before the point where they are more.
INTL = [
    (7935.95, 4, "7,936"),
    (7935.95, 5, "7,936"),
    (15832.0, 4, "15,832"),
    (6.6858108, 4, "6.686"),
    (0.149569, 4, "0.1496"),
    (1228800.0, 4, "1,228,800"),
    (0.00012345, 4, "0.0001234"),
    (12345.5, 4, "12,346"),
    (12346.5, 4, "12,346"),
    (2.5, 4, "2.5"),
    (1.0005, 4, "1"),
    (1.0015, 4, "1.002"),
    (999.95, 4, "1,000"),
    (99999.5, 4, "100,000"),
    (9999.5, 4, "10,000"),
    (0.000001, 4, "0.000001"),
    (123456789012345.0, 4, "123,456,789,012,345"),
    (2.675, 3, "2.68"),
    (2.665, 3, "2.66"),
    (1074.2857, 4, "1,074"),
    (-1234.5, 4, "-1,234"),
    (0.30000000000000004, 4, "0.3"),
]


@pytest.mark.parametrize(("value", "digits", "shown"), INTL)
def test_numbers_as_intl_prints_them(value: float, digits: int, shown: str) -> None:
    assert text.number(value, digits) == shown


def test_a_browser_prints_the_same_digits(node: str) -> None:
    random = Random(20261122)
    values = [round(random.uniform(-1, 1) * 10 ** random.randint(-5, 14), random.randint(0, 6)) for _ in range(400)]
    values += [random.randint(1, 10**5) / 8 for _ in range(200)]  # halves and eighths: many exact ties
    pairs = [(value, random.randint(1, 8)) for value in values if abs(value) > 1e-6]
    script = """
        const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const whole = x => Math.trunc(Math.abs(x)).toString().length;
        console.log(JSON.stringify(pairs.map(([x, d]) => new Intl.NumberFormat("en-US", {
          maximumSignificantDigits: Math.max(d, Math.abs(x) < 1 ? 1 : whole(x)), roundingMode: "halfEven"
        }).format(x))));
    """
    ran = subprocess.run([node, "-e", script], input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [text.number(value, digits) for value, digits in pairs]


@given(st.floats(1e-6, 1e15, exclude_max=True), st.integers(1, 15), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_ordinary_numbers_have_thousands_and_no_exponent(size: float, digits: int, negative: bool) -> None:
    value = -size if negative else size
    shown = text.number(value, digits)
    assert re.fullmatch(r"-?[1-9][0-9]{0,2}(,[0-9]{3})*(\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]", shown)
    assert math.isclose(float(shown.replace(",", "")), value, rel_tol=0.5000001 * 10 ** (1 - digits))
    significant = shown.replace(",", "").strip("-").lstrip("0.").replace(".", "")
    if "." in shown:
        assert len(significant) <= digits


def test_numbers_at_the_ends() -> None:
    assert [text.number(value) for value in (0.0, -0.0, 5.0e-7, 2.0e30, 1.0e15)] == ["0", "0", "5e-7", "2e+30", "1e+15"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (6.6858108, "6.69"),
        (1.2, "1.20"),
        (0.1, "0.10"),
        (0.0999, "0.0999"),
        (0.04567, "0.0457"),
        (99.99, "99.99"),
        (99.996, "100"),
        (123.456, "123"),
        (1951.13, "1,951"),
        (0.125, "0.12"),
        (0.135, "0.14"),
        (0.0, "0.00"),
    ],
)
def test_ratios(value: float, shown: str) -> None:
    assert text.ratio(figure(value)) == shown


@pytest.mark.parametrize(
    ("name", "word", "shown"),
    [
        ("R200", "announced", "R200 (announced)"),
        ("Rubin R200 (one package)", "announced", "Rubin R200 (one package, announced)"),
        ("B30A (rumoured)", "rumoured", "B30A (rumoured)"),
        ("H20", "", "H20"),
    ],
)
def test_a_name_is_marked_once(name: str, word: str, shown: str) -> None:
    assert text.marked(name, word) == shown == text.marked(shown, word)


def test_what_has_no_number() -> None:
    nothing = unknown("a/b", "b", "nobody says", unit=parse_unit("GB"))
    assert (text.value(nothing), text.ratio(nothing), text.spread(nothing), text.mark(nothing)) == (
        "unknown",
        "-",
        "",
        "",
    )
    gone = replace(nothing, state="absent")
    assert text.value(gone) == "absent"
    assert text.quantity(gone) == "absent"
    part = largest([("a", constant(3e9, parse_unit("GB"))), ("b", nothing)])
    assert text.value(part) == "at least 3"
    assert text.value(Figure("a/b", "leaf", "b", True, ONE)) == "yes"
    assert text.value(Figure("a/b", "leaf", "b", False, ONE)) == "no"
    assert text.value(Figure("a/b", "leaf", "b", "HBM3", ONE)) == "HBM3"
    assert text.ratio(Figure("a/b", "leaf", "b", "HBM3", ONE)) == "-"


def test_ranges_show_only_where_they_differ_as_printed() -> None:
    assert text.spread(figure(752.0, 752.0, 800.0)) == "752 to 800"
    assert text.spread(figure(752.0, 752.0, 752.01)) == ""
    assert text.ratio_spread(figure(1.0, 0.9999, 1.0001)) == ""
    assert text.quantity(figure(752.0, 752.0, 800.0)) == "752 (752 to 800)"
    assert text.cell(replace(figure(752.0, 752.0, 800.0), status="estimated")) == "752 (752 to 800) ~"
    assert text.cell(replace(figure(752.0), status="assumed")) == "752 *"


# --- sentences ---------------------------------------------------------------------------------------------------


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
    assert text.times(figure(value, low, high), "TPP", "B") == words


@given(st.sampled_from(ITEMS), st.sampled_from(ITEMS), st.sampled_from(NUMERIC))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_words_for_a_ratio_are_true(one: str, other: str, metric: str) -> None:
    above, below = quantity(metric, one), quantity(metric, other)
    try:
        ratio = above / below
    except BasisError:
        assume(False)
    words = text.times(ratio, "size", "B")
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
    words = text.compare_finding(result)
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
    assert text.compare_finding(compare("H20")) == "NVIDIA H20 96 GB alone: nothing to compare it with."
    # NVIDIA, H100 and H200 data sheets: HBM3 and HBM3e
    words = text.compare_finding(compare("H100", "H200", metrics=["memory.type"]))
    assert words == "Memory type: HBM3 (NVIDIA H100 SXM 80 GB), HBM3e (NVIDIA H200 SXM 141 GB)."
    # FP4 came with Blackwell (NVIDIA Blackwell architecture brief); Hopper has no FP4 rate
    words = text.compare_finding(compare("H20", "H200", metrics=["peak.fp4"]))
    assert words == "No metric is known both of the H20 96 GB and of the H200 SXM 141 GB."
    words = text.compare_finding(compare("H20", "H100", "H200", metrics=["peak.fp4"]))
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
    words = text.equivalent_finding(equivalent(of, within, by=by))
    assert words.startswith(begins)
    assert words.endswith(".") and not words.endswith("..")


def test_an_equivalence_without_an_answer_says_why() -> None:
    words = text.equivalent_finding(equivalent("1000 H200", "H20", by="peak.fp4"))
    assert words.startswith("How many NVIDIA H20 96 GB equal 1,000 H200 SXM 141 GB by FP4 peak is unknown: no source")
    words = text.equivalent_finding(equivalent("1000 H200", "910C", by="peak.fp8"))
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
    words = text.equivalent_finding(result)
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


@given(st.lists(st.sampled_from(["a", "b c", "d"]), max_size=5))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_joined_words(words: list[str]) -> None:
    shown = text.joined(words)
    assert re.split(", | and ", shown) == (words or [""])
    assert shown.count(" and ") == (len(words) > 1)


def test_words_for_counts_and_margins() -> None:
    assert [text.counted(n, "source") for n in (0, 1, 2, 1200)] == [
        "0 sources",
        "1 source",
        "2 sources",
        "1,200 sources",
    ]
    # 2,368 TPP against 2,400: (2368 - 2400) / 2400 = -1/75
    assert [text.margin(m) for m in (Fraction(-1, 75), Fraction(1, 2), None)] == ["-1.3%", "+50.0%", ""]
    assert text.noun(compare("H20", "H200").row("tpp")) == "TPP"
    assert text.noun(compare("H20", "H200").row("memory.bandwidth")) == "memory bandwidth"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("NVIDIA H20 96 GB", "the H20 96 GB"),
        ("Huawei CloudMatrix 384", "the CloudMatrix 384"),
        ("8 H20 96 GB", "8 H20 96 GB"),
        ("100,000 H200 SXM 141 GB", "100,000 H200 SXM 141 GB"),
        ("0.5 H20 96 GB", "0.5 H20 96 GB"),
        ("910C", "the 910C"),
        ("1000", "the 1000"),
    ],
)
def test_an_article_stands_before_a_part_and_not_before_a_number(name: str, shown: str) -> None:
    assert text.named(name) == shown


# --- notes -------------------------------------------------------------------------------------------------------


def test_notes_say_what_a_name_was_taken_to_mean() -> None:
    known = catalog()
    subjects = [known.subject(name) for name in ("H200", "8 H20", "nvidia-h20-96gb")]
    first, second, *rest = text.notes(known, subjects, [])
    assert first.startswith("H200 = NVIDIA H200 SXM 141 GB (nvidia-h200-sxm); also: ")
    assert "H200 NVL" in first
    assert second.startswith("8 H20 = 8 H20 96 GB (nvidia-h20-96gb)")
    assert not rest


def test_notes_name_figures_without_a_value_and_count_the_rest() -> None:
    lacking = [unknown(f"a/{number:02}", "b", "nobody says") for number in range(15)]
    rows = text.notes(catalog(), [], lacking)
    assert rows[0] == "a/00 is unknown: nobody says"
    assert rows[11] == "a/11 is unknown: nobody says"
    assert rows[12] == "3 more figures without a value: --json says why"
    assert len(text.notes(catalog(), [], lacking[:12])) == 12


def test_notes_give_each_price_once_with_its_market_and_date() -> None:
    price = quantity("price", "CM384")
    rows = [row for row in text.notes(catalog(), [], [price, price / quantity("price", "NVL72")]) if ": price " in row]
    assert len(rows) == 2
    assert all(re.fullmatch(r"[a-z0-9-]+: price [\d,]+ (USD|CNY), .*, 20\d\d(-\d\d)*", row) for row in rows)


def test_sources_are_counted_in_grammar() -> None:
    assert text.source_notes(catalog(), [constant(3.0, ONE)]) == ["1 source: the user"]
    assert text.source_notes(catalog(), []) == []
    (row,) = text.source_notes(catalog(), [quantity("tpp", "H20"), quantity("tpp", "910C"), quantity("price", "CM384")])
    assert re.match(r"\d+ sources: ", row)


def test_a_leaf_shows_what_its_source_prints_and_who_says_it() -> None:
    leaf = quantity("peak.bf16", "910C")
    assert leaf.text == "752 TFLOP/s"  # Huawei's device profile ATLAS_800_A3_752T_128G
    assert text.how(leaf, catalog()).startswith('"752 TFLOP/s" ')
    assert catalog().source(leaf.sources[0]).publisher in text.how(leaf, catalog())
    assert text.how(unknown("a/b", "b", "nobody says"), catalog()) == "unknown: nobody says"
    ratio = leaf / quantity("peak.bf16", "H200")
    assert (text.step(ratio), text.how(ratio, catalog())) == ("a / b", "quotient")
    assert text.how(quantity("ridge.bf16", "H20"), catalog()).startswith("peak / bandwidth  [")


def test_a_note_says_what_the_ranges_of_its_answer_do() -> None:
    ratio = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H20")
    marked = ratio if text.mark(ratio) else replace(ratio, status="assumed", _cache={})
    for words, options in ((text.BOUNDS, {}), (text.DRAWN, {"ranges": text.DRAWN})):
        [note] = [one for one in text.notes(catalog(), [], [marked], **options) if one.startswith("~ ")]
        assert note == f"~ rests on an estimate, * on an assumption; ranges {words}"


def test_a_price_is_named_with_its_terms_and_its_date() -> None:
    leaf = replace(constant(1.0, parse_unit("USD")), key="x/price:us@2024-05-01", condition="US market", _cache={})
    assert text.price("$20,000", leaf) == "$20,000, US market, 2024-05-01"
    assert text.price("", replace(leaf, key="x/price", _cache={})) == "US market"
