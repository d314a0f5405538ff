# SPDX-License-Identifier: Apache-2.0
"""The grammar: one tree a text, one text a tree, and what wrong or hostile text gets back."""

import operator
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.grammar import (
    FUNCTIONS,
    MOST_CHARACTERS,
    Apply,
    Binary,
    Compare,
    Function,
    Node,
    Number,
    Unary,
    Word,
    kind_of,
    parse,
    to_text,
    value_of,
)
from chipgauge.specs.errors import ExpressionError

LAWS = settings(max_examples=150, derandomize=True, deadline=None)


def error_of(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value


# --- one tree a text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("tpp(H200 NVL)/tpp(H20)", Binary("/", Apply("tpp", "H200 NVL"), Apply("tpp", "H20"))),
        ("tpp(H20)/1600 TPP", Binary("/", Apply("tpp", "H20"), Number("1600", "TPP"))),
        ("3 GB/s", Number("3", "GB/s")),
        ("3 GB/2", Binary("/", Number("3", "GB"), Number("2"))),
        ("3 GB / s", Number("3", "GB/s")),
        ("3GB/min(1, 2)", Binary("/", Number("3", "GB"), Function("min", (Number("1"), Number("2"))))),
        ("1 GB/dies(H20)", Binary("/", Number("1", "GB"), Apply("dies", "H20"))),
        ("1,979 TFLOP/s", Number("1979", "TFLOP/s")),
        ("1 TFLOP/s/W", Number("1", "TFLOP/s/W")),
        ("2 kW h", Number("2", "kW h")),
        ("25%", Number("25", "%")),
        ("814 mm^2", Number("814", "mm^2")),
        ("814 mm²", Number("814", "mm²")),
        ("4 TPP/mm2 * 2", Binary("*", Number("4", "TPP/mm2"), Number("2"))),
        ("(3 GB)^2", Binary("^", Number("3", "GB"), Number("2"))),
        ("2**-1.5", Binary("^", Number("2"), Number("-1.5"))),
        ("-2^2", Unary("-", Binary("^", Number("2"), Number("2")))),
        ("1 - -2", Binary("-", Number("1"), Unary("-", Number("2")))),
        ("+3", Number("3")),
        ("1 - 2 - 3", Binary("-", Binary("-", Number("1"), Number("2")), Number("3"))),
        ("1 - 2*3", Binary("-", Number("1"), Binary("*", Number("2"), Number("3")))),
        ("1,200 + 1", Binary("+", Number("1200"), Number("1"))),
        ("min(1, 200)", Function("min", (Number("1"), Number("200")))),
        ("min(1,20,2000)", Function("min", (Number("1"), Number("20"), Number("2000")))),
        ("max(2, dies(1,500 H20))", Function("max", (Number("2"), Apply("dies", "1,500 H20")))),
        ("min(1) + 1,200", Binary("+", Function("min", (Number("1"),)), Number("1200"))),
        ("tpp( Ascend 910C )", Apply("tpp", "Ascend 910C")),
        ("tpp(nvidia-h20-96gb)", Apply("tpp", "nvidia-h20-96gb")),
        ("tpp(昇腾910C)", Apply("tpp", "昇腾910C")),
        ("peak.bf16(100,000 H200)", Apply("peak.bf16", "100,000 H200")),
        ("peak.bf16(1.4M H200)", Apply("peak.bf16", "1.4M H200")),
        ("""tpp("Foo, (x)")""", Apply("tpp", '"Foo, (x)"')),
        ("tpp(8 'Foo, (x)')", Apply("tpp", "8 'Foo, (x)'")),
        ("sqrt(4) < log(2)", Compare("<", Function("sqrt", (Number("4"),)), Function("log", (Number("2"),)))),
        ("1 + 2 >= 3", Compare(">=", Binary("+", Number("1"), Number("2")), Number("3"))),
        (
            "count(100,000 H200, 910C, by = peak.bf16)",
            Function("count", (Word("100,000 H200"), Word("910C"), Word("peak.bf16"))),
        ),
        ("rank(H20,by=tpp,among=chips)", Function("rank", (Word("H20"), Word("tpp"), Word("chips")))),
        ("months(2024-01-31, released(H100))", Function("months", (Word("2024-01-31"), Apply("released", "H100")))),
        ("lag(1.5, chip-fp16)", Function("lag", (Number("1.5"), Word("chip-fp16")))),
        ("per_watt.peak.bf16(NVL72)", Apply("per_watt.peak.bf16", "NVL72")),
    ],
)
def test_a_text_has_one_tree(text: str, tree: object) -> None:
    assert parse(text) == tree
    assert parse(to_text(parse(text))) == tree


def test_positions_count_from_0_and_are_no_part_of_a_tree() -> None:
    tree = parse("1 + tpp(H20) * -2")
    assert isinstance(tree, Binary) and isinstance(tree.right, Binary)
    assert [tree.position, tree.left.position, tree.right.position] == [2, 0, 13]
    assert [tree.right.left.position, tree.right.right.position] == [4, 15]
    assert parse("1+tpp(H20)*-2") == tree


def test_an_item_with_a_comma_or_a_bracket_stands_in_quotes() -> None:
    assert parse("""dies( 8 "X1 (v2), 80 GB" )""") == Apply("dies", '8 "X1 (v2), 80 GB"')
    assert "quotes" in str(error_of("tpp(X1 (v2))"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tpp(H20)", "a number"),
        ("2^0.5", "a number"),
        ("per_watt.peak.bf16(H20)", "a number"),
        ("1 < 2", "yes or no"),
        ("datacentre(H20)", "yes or no"),
        ("2024-01-31", "a date"),
        ("per_chip.released(NVL72)", "a date"),
        ("memory.type(H20)", "a text"),
    ],
)
def test_a_tree_says_what_its_value_is(text: str, kind: str) -> None:
    assert kind_of(parse(text)) == kind


def test_a_number_is_exact_until_it_is_rounded_once() -> None:
    for text, value in [("1,600 W", 1600.0), ("25%", 0.25), ("0.1 TB/s", 1e11), ("3 GB / s", 3e9)]:
        node = parse(text)
        assert isinstance(node, Number) and value_of(node)[0] == value


def test_every_function_is_in_the_grammar() -> None:
    plain = {"min", "max", "sqrt", "log", "exp", "count", "rank", "months", "lag"}
    models = {"train", "train_mfu", "prefill", "decode", "decode_one", "capex_ratio", "tco_ratio", "power_ratio"}
    assert set(FUNCTIONS) == plain | models | {"advantage", "share", "acquired", "stock", "inflow"}


# --- what is refused, with the words of the message --------------------------------------------------------------

WRONG = [
    ("", 0, "expected a number"),
    ("1 +", 3, "found the end"),
    ("1 + * 2", 4, "found '*'"),
    (")", 0, "found ')'"),
    ("(1 + 2", 6, "expected an operator or ')', found the end"),
    ("1 2", 2, "expected an operator or the end, found '2'"),
    ("1 tpp(H20)", 2, "found 'tpp'"),
    ("H200", 0, "a quantity of an item such as tpp(H200)"),
    ("tpp", 0, "write tpp(H200)"),
    ("1 + min", 4, "write min(x, ...)"),
    ("tpp()", 4, "expected an item, as in tpp(H200)"),
    ("tpp(H20", 7, "expected ')' after the item"),
    ("tpp(H20, H200)", 7, "stands in quotes"),
    ("tpp(tpp(H20))", 7, "stands in quotes"),
    ("tppp(H20)", 0, "Did you mean tpp?"),
    ("TPP(H20)", 0, "Did you mean tpp?"),
    ("peak.bf17(H20)", 0, "Did you mean peak.bf16?"),
    ("h100e.tpq(H20)", 0, "is not a basis of h100e"),
    ("sqr(4)", 0, "no quantity or function is called 'sqr'. Did you mean sqrt?"),
    ("1 < 2 < 3", 6, "comparisons are not chained"),
    ("1 = 2", 2, "to compare, write =="),
    ("1,20", 1, "thousands in groups of three (1,200)"),
    ("1,2000", 1, "thousands in groups of three (1,200)"),
    ("1 × 2", 2, "write * / -"),
    ("3 Tb/s", 2, "write Tbit (bits) or TB (bytes)"),
    ("3 Gbps", 2, "write Gbit/s"),
    ("3 foo", 2, "'foo' is not a unit"),
    ("3 GB^7", 0, "too large for a unit"),
    ("3 GB^2.5", 4, "(3 GB)^2"),
    ("2^3^2", 2, "one plain number"),
    ("2^3 GB", 2, "one plain number"),
    ("2^(1/2)", 2, "a plain number as the power"),
    ("2^65", 2, "between -64 and 64"),
    ("2^-65", 3, "between -64 and 64"),
    (".5", 0, "found '.5'"),
    ("sqrt(1, 2)", 6, "')' in sqrt(x)"),
    ("min()", 4, "expected a number"),
    ("max(2, 1,500)", 7, "1,500 in a function could be one number or several; write 1500, or a space after the comma"),
    ("min((1,200))", 5, "write 1200, or a space after the comma"),
    ("min(2 * 1,200.5 GB)", 8, "write 1200, or a space after the comma"),
    ("min(1,200,300)", 4, "write 1200300, or a space after the comma"),
    ("min(2500,000)", 4, "write 2500000, or a space after the comma"),
    ("lag(1,500, chip-fp16)", 4, "write 1500, or a space after the comma"),
    ("max(min(1, 2), 1,500)", 15, "write 1500, or a space after the comma"),
    ("2 - 1,500 + min((1, 2)", 18, "a comma separates the arguments of a function"),
    ("count(, H20, by=tpp)", 6, "expected the amount in count(amount, item, by=NAME)"),
    ("count(8 H200, 910C)", 18, "',' in count(amount, item, by=NAME)"),
    ("count(8 H200, 910C, tpp)", 20, "expected by= in count(amount, item, by=NAME)"),
    ("count(8 H200, 910C, by=tpq)", 23, "Did you mean tpp?"),
    ("count(8 H200, 910C, by=released)", 23, "is a date"),
    (
        "rank(H20, by=tpp, among=chip)",
        24,
        "expected chips or systems or clusters or models or generations, found 'chip'",
    ),
    ("months(1, 2024-01-01)", 7, "1 is no date; write 2024-01-31 or released(H100)"),
    ("2024-13-01 < 2024-01-01", 0, "not a day of the calendar"),
    ("released(H100) + 1", 0, "is a date, where a number is needed; months(date, date)"),
    ("2 * 2024-01-31", 4, "is a date"),
    ("-per_chip.released(H100)", 1, "is a date"),
    ("1 + per_watt.released(H100)", 4, "released is not a number"),
    ("sqrt(memory.type(H100))", 5, "is a text"),
    ("min(1, datacentre(H100))", 7, "is yes or no"),
    ("(1 < 2) + 1", 3, "is yes or no"),
    ("released(H100) > 1", 15, "> cannot compare a date with a number"),
    ("memory.type(H100) < memory.type(H20)", 18, "< cannot compare a text with a text"),
    ("1e400", 0, "too large or too small"),
    ("1e-400", 0, "too large or too small"),
    ("1 YB^6 YB^6 YB^6", 0, "too large or too small"),
    ("1e-300 YB^6 YB^6 YB^6", 0, "too large or too small"),
]


@pytest.mark.parametrize(("text", "position", "words"), WRONG, ids=[text for text, _, _ in WRONG])
def test_a_message_says_where_what_and_what_instead(text: str, position: int, words: str) -> None:
    error = error_of(text)
    assert words in str(error)
    assert error.position == position
    assert f"(at character {position + 1})" in str(error)
    if text:
        _, shown, caret = str(error).rsplit("\n", 2)
        assert shown.strip() == text and caret.index("^") - 2 == position


def test_a_caret_stands_under_wide_letters_and_in_a_window_of_a_long_line() -> None:
    shown, caret = str(error_of("tpp(昇腾910C) +")).splitlines()[1:]
    assert caret.index("^") == len(shown) + 2
    shown, caret = str(error_of("1 + " * 50 + "foo" + " + 1" * 50)).splitlines()[1:]
    assert shown[caret.index("^") :].startswith("foo") and len(shown) <= 90


# --- hostile input -----------------------------------------------------------------------------------------------

HOSTILE = [
    ("9^9^9^9", "one plain number"),
    ("9**9**9**9", "one plain number"),
    ("1" + "+1" * 5_000_000, "at most 4,096 characters, got 10,000,001"),
    ("(" * 2000 + "1" + ")" * 2000, "nested more than 64 deep"),
    ("-" * 4000 + "1", "nested more than 64 deep"),
    ("sqrt(" * 800 + "1" + ")" * 90, "nested more than 64 deep"),
    ("+".join(["1"] * 2000), "more than 64 operations"),
    ("(" * 30 + "1" + " + 1)" * 30 + " + 1" * 40, "more than 64 operations"),
    ("1" + " s" * 2000, "too long for a unit"),
    ("1" + "/s" * 2000, "found 's'"),
    ("9" * 4000, "too large"),
    ("1e" + "9" * 4000, "too long for a unit"),
    ("1" + ",111" * 1000, "too large"),
    ("tpp(" + "1" * 4000 + " (", "expected ')'"),
    ("tpp(1" + " " * 4000 + "(", "expected ')'"),
    ("1" + " " * 4000 + "(", "found '('"),
    (" " * 4096, "found the end"),
    ('tpp("' + "a" * 4000, "expected an item"),
    ("per_watt." * 400 + "tpp(H20)", "found 'per_watt"),
    ("tpp" + ":a" * 2000 + "(H20)", "found 'tpp"),
    ("__import__('os').system('id')", "no quantity is called '__import__'"),
    ("(1).__class__", "found '.__class__'"),
    ("().__class__.__bases__[0]", "found ')'"),
    ("open('/etc/passwd')", "no quantity is called 'open'"),
    ("(lambda: 1)()", "found 'lambda:'"),
    ("[x for x in (1,)]", "found '['"),
    ("{1}", "found '{'"),
    ("'a' * 10", 'found "\'"'),
    ("1; 2", "found ';'"),
    ("0x10", "is not a unit"),
    ("1_000", "found '_000'"),
    ("٣ + 1", "expected a number"),
    ("\x00", r"found '\x00'"),
    ("\x1b[31m1", r"found '\x1b'"),
    ("released(\x1b[31mH20) + 1", "is a date"),
    ("\ud800", r"found '\ud800'"),
    ("1 +\u202e 2", r"found '\u202e'"),
]


@pytest.mark.parametrize(("text", "words"), HOSTILE, ids=[text[:20] for text, _ in HOSTILE])
def test_hostile_text_is_refused(text: str, words: str) -> None:
    message = str(error_of(text))
    assert words in message
    assert all(line.isprintable() for line in message.split("\n")) and len(message) < 500


def test_the_limits_themselves_are_allowed() -> None:
    assert parse("(" * 64 + "1" + ")" * 64) == Number("1")
    assert parse("1" + " " * (MOST_CHARACTERS - 1)) == Number("1")
    assert parse("2^64") == Binary("^", Number("2"), Number("64"))
    balanced = "+".join("(" + "+".join(["1"] * 50) + ")" for _ in range(10))
    for text in ("+".join(["1"] * 64), balanced):
        assert to_text(parse(text)).replace(" ", "").count("+1") == text.count("+1")


def test_a_deep_tree_needs_few_frames() -> None:
    import inspect
    import sys

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 650)
    try:
        for text in ("min(1+1*-" * 15 + "1" + ")" * 15, "min(" * 63 + "1" + ")" * 63, "(" * 64 + "1" + ")" * 64):
            tree = parse(text)
            assert parse(to_text(tree)) == tree and repr(tree)
    finally:
        sys.setrecursionlimit(before)


# --- properties --------------------------------------------------------------------------------------------------

plain = st.builds(
    Number,
    st.one_of(
        st.integers(0, 10**12).map(str),
        st.floats(1e-6, 1e6).map(lambda x: f"{x:.6f}"),
        st.floats(1e-30, 1e30).map(lambda x: f"{x:.5e}"),
    ),
)
exponents = st.one_of(st.integers(-8, 8).map(str), st.sampled_from(["0.5", "-0.5", "1.25"])).map(Number)


def grow(children: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/"), children, children),
        st.builds(Binary, st.just("^"), children, exponents),
        st.builds(Unary, st.just("-"), children),
        st.builds(Function, st.sampled_from(["min", "max"]), st.lists(children, min_size=1, max_size=3).map(tuple)),
        st.builds(Function, st.sampled_from(["sqrt", "log", "exp"]), st.tuples(children)),
    )


NAMES = st.sampled_from(["tpp", "peak.bf16", "per_watt.peak.fp8", "h100e.tpp", "memory.bandwidth"])
ITEMS = st.sampled_from(["H20", "Ascend 910C", "100,000 H200", "1.4M H200 NVL", '"A, (b)"', "8 'A, (b)'", "昇腾910C"])
DATES = st.dates(date(1970, 1, 1), date(2100, 1, 1)).map(lambda day: Word(day.isoformat()))
words = ITEMS.map(Word)
leaves = st.one_of(
    plain,
    st.builds(Number, st.just("1.5"), st.sampled_from(["GB", "GB/s", "%", "mm^2", "mm²", "TPP/mm2", "kW h"])),
    st.builds(Apply, NAMES, ITEMS),
    st.builds(lambda *args: Function("count", args), words, words, NAMES.map(Word)),
    st.builds(
        lambda *args: Function("rank", args), words, NAMES.map(Word), st.sampled_from(["chips", "systems"]).map(Word)
    ),
    st.builds(lambda *args: Function("months", args), DATES, DATES),
)
expressions = st.recursive(leaves, grow, max_leaves=12)
comparisons = st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), expressions, expressions)
whole = st.one_of(expressions, comparisons, st.builds(Compare, st.sampled_from(["==", "!="]), comparisons, comparisons))


@LAWS
@given(whole)
def test_a_printed_tree_parses_to_the_same_tree(tree: Compare) -> None:
    text = to_text(tree)
    assert parse(text) == tree
    assert to_text(parse(text)) == text


@LAWS
@given(whole)
def test_blanks_between_the_parts_change_nothing(tree: Compare) -> None:
    assert parse(f"  {to_text(tree)} \n") == tree
    assert parse(f"({to_text(tree)})") == tree


def by_python(tree: Node) -> float:
    if isinstance(tree, Number):
        return float(tree.value)
    assert isinstance(tree, Binary)
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul}
    return signs[tree.operator](by_python(tree.left), by_python(tree.right))


@LAWS
@given(st.recursive(plain, lambda below: st.builds(Binary, st.sampled_from("+-*"), below, below), max_leaves=15))
def test_the_printed_text_means_the_same_to_python(tree: Binary) -> None:
    floats = re.sub(r"(?<![\w.+-])[0-9][0-9.]*(e[+-]?[0-9]+)?", lambda number: f"float('{number[0]}')", to_text(tree))
    assert eval(floats) == by_python(tree)


@LAWS
@given(st.integers(1000, 10**12))
def test_a_comma_marks_thousands_outside_functions_and_is_refused_inside(number: int) -> None:
    assert parse(f"{number:,}") == parse(str(number))
    assert f"write {number}, or a space after the comma" in str(error_of(f"max(2, {number:,})"))
    parts = tuple(Number(part) for part in f"{number:,}".split(","))
    assert parse(f"max({number:,})".replace(",", ", ")) == Function("max", parts)


@LAWS
@given(st.one_of(st.text(max_size=60), st.text("0123456789.,()+-*/^<>= eGBHtmpinx'\"", max_size=30)))
def test_any_text_gives_a_tree_or_an_error_with_its_place(text: str) -> None:
    try:
        tree = parse(text)
        assert parse(to_text(tree)) == tree
    except ExpressionError as error:
        assert 0 <= error.position <= len(text) and f"(at character {error.position + 1})" in str(error)
