# SPDX-License-Identifier: Apache-2.0
"""Expressions: what figures come out, what is refused on the way, and laws that hold of all of them."""

import json
import math
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import DAYS_A_MONTH, evaluate, names_of, parse, subjects_of, to_text
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import BasisError, ChipgaugeError, ExpressionError, UnitError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.units import is_unit

LAWS = settings(max_examples=100, derandomize=True, deadline=None)


def error_of(text: str, used: Catalog | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, catalog=used)
    return caught.value


def one_chip(*entries: dict[str, str], name: str = "X1") -> Catalog:
    lines = {"as_of": "2026-01-01"}, {"item": "acme-x1", "kind": "chip", "name": name, "maker": "acme"}, *entries
    return Catalog("".join(json.dumps(line) + "\n" for line in lines))


# --- values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7),
        ("2^0.5", math.sqrt(2)),
        ("25% * 8", 2),
        ("3 GB / 1.5 GB/s / 1 s", 2),
        ("min(3, 1, 2)", 1),
        ("max(3 GB, 4000 MB) / 1 GB", 4),
        ("sqrt(16 GB^2) / 1 GB", 4),
        ("exp(log(10))", math.exp(math.log(10))),
        ("log(4 GB / 2 GB)", math.log(2)),
        ("tpp(H20)/1600 TPP", 1.48),
        ("tpp(H200)/tpp(H20)", 989.5 * 16 / 2368),
        ("peak.bf16(100,000 H200) / peak.bf16(H200)", 1e5),
        ("memory.bandwidth(H200) > memory.bandwidth(H20)", True),
        ("tpp(H20) <= 2368 TPP", True),
        ("tpp(H20) < 2368 TPP", False),
        ("1 == 2", False),
        ("1 != 2", True),
        ("(1 < 2) == (3 > 2)", True),
        ("datacentre(H20) == datacentre(H200)", True),
        ("released(H100) < 2023-01-01", True),
    ],
)
def test_values(text: str, value: float | bool) -> None:
    figure = evaluate(text)
    if isinstance(value, bool):
        assert figure.value is value
    else:
        assert figure.number == pytest.approx(value, rel=1e-12)


def test_a_quantity_alone_is_the_figure_of_the_resolver() -> None:
    for name in ("tpp", "memory.type", "released", "datacentre", "per_watt.peak.bf16", "h100e.8bit"):
        assert evaluate(f"{name}(H20)") is quantity(name, "H20")


def test_the_date_and_the_catalogue_are_passed_on() -> None:
    adjusted = catalog().adjusted(given=["peak.bf16(910C)=400 TFLOP/s"])
    assert evaluate("peak.bf16(910C)", catalog=adjusted).to("TFLOP/s") == 400
    for on in ("2024-06-01", "2026-01-01"):
        assert evaluate("price(H20)", on=on) is quantity("price", "H20", on=on)


def test_an_item_with_a_comma_or_a_bracket_stands_in_quotes() -> None:
    item = {"item": "acme-x1", "kind": "chip", "name": "X1 (v2), 80 GB", "maker": "acme"}
    made = Catalog('{"as_of": "2026-01-01"}\n' + json.dumps(item) + "\n")
    for text in ('dies("X1 (v2), 80 GB")', "dies( 'X1 (v2), 80 GB' )", 'dies(8 "X1 (v2), 80 GB")'):
        assert evaluate(text, catalog=made).item == "acme-x1"


def test_the_largest_and_the_deepest_expressions_have_a_value() -> None:
    balanced = "+".join("(" + "+".join(["1"] * 50) + ")" for _ in range(10))
    for text, value in [
        ("+".join(["1"] * 64), 64),
        (balanced, 500),
        ("min(" * 63 + "1" + ")" * 63, 1),
        ("2^64", 2.0**64),
    ]:
        assert evaluate(text).number == value


# --- derivations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "tpp(H200)/tpp(H20) + 1",
        "count(100000 H200, 910C, by=peak.bf16)",
        "rank(910C, by=peak.bf16, among=chips)",
        "months(2024-01-01, released(910C))",
        "max(peak.bf16(910C), 760 TFLOP/s)^0.3",
        "-log(peak.bf16(910C)/1 TFLOP/s) < 3",
    ],
)
def test_the_key_depends_on_the_expression_alone(text: str) -> None:
    first = evaluate(text)
    fresh = Catalog(shipped_text("index.jsonl"))
    again = evaluate(to_text(parse(text)), catalog=fresh)
    assert (first.key, [node.key for node in first.nodes()]) == (again.key, [node.key for node in again.nodes()])
    assert first.value == again.value


def test_the_same_part_twice_is_one_node() -> None:
    figure = evaluate("(peak.bf16(910C) + 1 TFLOP/s) / (peak.bf16(Ascend 910C) + 1 TFLOP/s)")
    assert (figure.number, figure.low, figure.high) == (1, 1, 1)
    assert len(figure.nodes()) == 4


def test_two_powers_are_two_nodes_however_close() -> None:
    figure = evaluate("peak.bf16(910C)^1.00000001 / peak.bf16(910C)^1.00000002")
    assert len({node.key for node in figure.nodes()}) == 4
    assert figure.number == figure.evaluate()


def test_ranges_flow_through_every_function() -> None:
    low, high = 752e12, 800e12
    assert evaluate("peak.bf16(910C)").bounds() == (low, high)
    for text, expected in [
        ("sqrt(peak.bf16(910C) / 1 TFLOP/s)", (math.sqrt(752), math.sqrt(800))),
        ("max(peak.bf16(910C) / 1 TFLOP/s, 780)", (780, 800)),
        ("min(peak.bf16(910C) / 1 TFLOP/s, 780)", (752, 780)),
        ("log(peak.bf16(910C) / 1 TFLOP/s)", (math.log(752), math.log(800))),
        ("-peak.bf16(910C) / 1 TFLOP/s", (-800, -752)),
    ]:
        assert evaluate(text).bounds() == pytest.approx(expected, rel=1e-12)


def test_every_node_recomputes_to_its_value() -> None:
    for text in ("count(8 H200, 910C, by=peak.bf16)", "rank(H20, by=memory.bandwidth, among=chips)", "exp(sqrt(2)^-3)"):
        figure = evaluate(text)
        assert figure.evaluate() == figure.value


# --- functions ---------------------------------------------------------------------------------------------------


def test_count_is_a_quotient_of_the_quantity() -> None:
    figure = evaluate("count(100,000 H200, 910C, by=peak.bf16)")
    assert figure.number == pytest.approx(1e5 * 989.5 / 752)
    assert figure.key == evaluate("peak.bf16(100000 H200) / peak.bf16(910C)").key
    assert evaluate("count(H200, H20, by=tpp)").number == evaluate("tpp(H200)/tpp(H20)").number


def test_count_refuses_what_is_not_summed_over_an_amount() -> None:
    assert "tpp is not summed over the chips of an amount" in str(error_of("count(8 H200, H20, by=tpp)"))
    assert "aggregate.tpp" in str(error_of("count(NVL72, H20, by=tpp)"))
    assert "not summed" in str(error_of("count(8 H200, H20, by=per_watt.peak.bf16)"))
    assert evaluate("count(8 H200, H20, by=aggregate.tpp)").number == pytest.approx(8 * 989.5 * 16 / 2368)
    assert evaluate("count(8 H200, H100, by=h100e.tpp)").number == pytest.approx(8)


@pytest.mark.parametrize("name", ["peak.bf16", "memory.bandwidth", "tpp", "peak.fp8"])
def test_rank_is_one_more_than_the_number_that_is_greater_by_more_than_rounding(name: str) -> None:
    chips = [item for item in catalog().items.values() if item.kind == "chip"]
    values = {chip.id: quantity(name, chip.id) for chip in chips}
    known = {chip: figure.number for chip, figure in values.items() if figure.known}
    words = ("rumoured", "announced", "never shipped")
    shipping = [chip.id for chip in chips if quantity("lifecycle", chip.id).value not in words]
    ranked = {chip: value for chip, value in known.items() if chip in shipping}
    assert 0 < len(ranked) < len(known)  # what is announced stands in no rank but its own
    for chip, value in known.items():
        figure = evaluate(f"rank({chip}, by={name}, among=chips)")
        assert figure.number == 1 + sum(other > value * 1.001 for other in ranked.values())
        assert figure.name == "rank" and len(figure.inputs) == len(ranked | {chip: value})
        assert figure.key == f"rank({chip}, by={name}, among=chips)"
    figure = evaluate(f"rank(H20, by={name}, among=chips)")
    left_out = len(shipping) - len(ranked)
    assert (f"{left_out} of {len(shipping) - 1} other chips are left out" in figure.note) is (left_out > 0)
    assert f"{len(chips) - len(shipping)} more are left out: they are rumoured, announced" in figure.note


def test_a_rank_has_the_range_of_its_figures() -> None:
    made = catalog().adjusted(given=["peak.bf16(H20)=780 TFLOP/s"])
    chips = [item for item in made.items.values() if item.kind == "chip" and not made.unshipped(item)]
    others = [quantity("peak.bf16", item.id, catalog=made) for item in chips]
    above = sum(figure.known and figure.number > 800e12 for figure in others)
    figure = evaluate("rank(H20, by=peak.bf16, among=chips)", catalog=made)
    assert figure.number == 1 + above
    assert figure.bounds() == (1 + above, 2 + above)


def test_rank_of_an_unknown_figure_is_unknown_and_of_two_bases_refused() -> None:
    figure = evaluate("rank(910B1, by=price, among=chips)")
    assert (figure.value, figure.state) == (None, "unknown")
    with pytest.raises(BasisError):
        evaluate("rank(CM384, by=per_watt.peak.bf16, among=chips)")


def test_months_are_days_over_a_twelfth_of_a_year() -> None:
    assert DAYS_A_MONTH == evaluate("1 year / 1 day / 12").number == 30.4375
    assert evaluate("months(2024-01-01, 2025-01-01)").number == pytest.approx(366 / DAYS_A_MONTH, rel=1e-15)
    assert evaluate("months(2025-01-01, 2024-01-01)").number == pytest.approx(-366 / DAYS_A_MONTH, rel=1e-15)
    released = date.fromisoformat(str(quantity("released", "H100").value))
    days = (date(2026, 1, 1) - released).days
    figure = evaluate("months(released(H100), 2026-01-01)")
    assert figure.number == pytest.approx(days / DAYS_A_MONTH) and figure.low == figure.high == figure.number
    assert set(quantity("released", "H100").sources) <= set(figure.all_sources())


@pytest.mark.parametrize(
    ("stated", "first", "last"),
    [
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2024-H1", "2024-01-01", "2024-06-30"),
        ("2024-H2", "2024-07-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-03-14", "2025-03-14", "2025-03-14"),
    ],
)
def test_a_date_without_a_day_has_a_range(stated: str, first: str, last: str) -> None:
    made = catalog().adjusted(given=[f"released(910C)={stated}"])
    figure = evaluate("months(2020-01-01, released(910C))", catalog=made)
    ends = [(date.fromisoformat(end) - date(2020, 1, 1)).days / DAYS_A_MONTH for end in (first, last)]
    assert figure.bounds() == pytest.approx(tuple(ends))
    assert figure.number == pytest.approx(sum(ends) / 2)


def test_a_date_nobody_states_gives_an_unknown_and_a_wrong_one_an_error() -> None:
    assert evaluate("months(released(X1), 2026-01-01)", catalog=one_chip()).missing == ("acme-x1/released",)
    for wrong in ("soon", "2025-Q9", "2025-H3", "2025-13", "2025-02-30", "0000"):
        entry = {"entry": "acme-x1/released", "text": wrong, "value": wrong, "source": "acme"}
        error = error_of("months(released(X1), 2026-01-01)", one_chip(entry))
        assert f"acme-x1/released is '{wrong}', which is no date" in str(error)


def test_the_items_of_an_expression_are_named_once_each() -> None:
    found = subjects_of("max(tpp(H200), -tpp(8 H20)) < count(8 H20, 910C, by=tpp) + rank(B200, by=tpp, among=chips)")
    names = ["nvidia-h200-sxm", "8 nvidia-h20-96gb", "huawei-ascend-910c", "nvidia-b200"]
    assert [subject.key for subject in found] == names
    again = "tpp(H20)/tpp(H20 96GB) + count(8 H20, H20, by=tpp)"
    assert [subject.key for subject in subjects_of(again)] == ["nvidia-h20-96gb", "8 nvidia-h20-96gb"]
    assert names_of(again) == ["H20", "H20 96GB", "8 H20", "H20"]


# --- what is refused, with the words of the message --------------------------------------------------------------

WRONG = [
    ("lag(2, chip-fp17)", 7, "no growth rate is called 'chip-fp17'. Did you mean chip-fp16"),
    ("log(0)", 0, "above zero"),
    ("1 + log(1 - 2)", 4, "above zero, got -1"),
    ("sqrt(1 - 2)", 0, "root of a negative number"),
    ("(1 - 2)^0.5", 7, "root of a negative number"),
    ("exp(1000)", 0, "too large"),
    ("1e300 * 1e300", 6, "too large"),
    ("(10^64)^64", 7, "too large"),
]


@pytest.mark.parametrize(("text", "position", "words"), WRONG, ids=[text for text, _, _ in WRONG])
def test_a_message_says_where_and_what(text: str, position: int, words: str) -> None:
    error = error_of(text)
    assert words in str(error) and error.position == position
    _, shown, caret = str(error).rsplit("\n", 2)
    assert shown.strip() == text and caret.index("^") - 2 == position


def test_errors_of_a_tree_without_its_text_still_say_where() -> None:
    with pytest.raises(ExpressionError, match=r"sqrt\(1 - 2\) is a root of a negative number \(at character 5\)$"):
        evaluate(parse("1 + sqrt(1 - 2)"))


def test_an_unknown_item_keeps_its_error_and_says_where() -> None:
    for text, place in [
        ("1 + tpp(H2O)", 5),
        ("count(8 H2O, H20, by=peak.bf16)", 7),
        ("rank(H2O, by=tpp, among=chips)", 6),
    ]:
        with pytest.raises(UnknownName, match=rf"(?s)Did you mean H20.*\(at character {place}\)") as caught:
            evaluate(text)
        assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_units_and_bases_are_refused_by_the_figures_themselves() -> None:
    for text in ("1 GB + 1 s", "min(1 GB, 1 s)", "1 GB < 1 s", "log(2 GB)"):
        with pytest.raises(UnitError):
            evaluate(text)
    with pytest.raises(BasisError, match="write peak.F"):
        evaluate("sparse.fp8(B200) / peak.fp8(H100)")


@pytest.mark.parametrize(
    "wrapped", ["sqrt({})", "({})^2", "-{}", "min({})", "max({0}, {0})", "{} * 2", "{} + 0 * {}", "log({} / 1 TOP/s)"]
)
def test_no_function_washes_a_basis_away(wrapped: str) -> None:
    sides = [wrapped.replace("{0}", side).replace("{}", side) for side in ("sparse.fp8(B200)", "peak.fp8(H100)")]
    with pytest.raises(BasisError):
        evaluate(f"({sides[0]}) / ({sides[1]})")
    with pytest.raises(BasisError):
        evaluate("max(sparse.fp8(B200), peak.fp8(H100))")


@pytest.mark.parametrize("name", ["min", "max"])
def test_neither_order_nor_a_plain_number_hides_a_mixed_basis(name: str) -> None:
    for mixed in (
        "0 TFLOP/s, sparse.fp8(B200), peak.fp8(H100)",
        "peak.fp8(B200), sparse.fp8(B200), peak.fp8(H100)",
    ):
        with pytest.raises(BasisError):
            evaluate(f"{name}({mixed})")
    with pytest.raises(BasisError):
        evaluate(f"{name}(0 TFLOP/s, sparse.fp8(B200)) / peak.fp8(H100)")


# --- properties --------------------------------------------------------------------------------------------------

numerals = st.one_of(
    st.integers(0, 10**12).map(lambda x: f"{x}.0"),
    st.floats(1e-6, 1e6).map(lambda x: f"{x:.6f}"),
    st.floats(1e-30, 1e30).map(lambda x: f"{x:.5e}"),
)
powers = st.one_of(st.integers(-8, 8).map(str), st.sampled_from(["0.5", "-0.5", "1.25"]))
PYTHON = {"min": min, "max": max, "sqrt": lambda x: x**0.5, "log": math.log, "exp": math.exp, "__builtins__": {}}


def arithmetic(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, part, st.sampled_from("+-*/"), part),
        st.builds("({})**{}".format, part, powers),
        st.builds("-{}".format, part),
        st.builds("({})".format, part),
        st.builds("{}({})".format, st.sampled_from(["sqrt", "log", "exp"]), part),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), part, part),
    )


@settings(LAWS, max_examples=400)
@given(st.recursive(numerals, arithmetic, max_leaves=15))
def test_arithmetic_is_that_of_python(text: str) -> None:
    try:
        expected = eval(text, PYTHON)
    except ZeroDivisionError:
        expected = None
    except (OverflowError, ValueError, TypeError):
        expected = math.nan
    try:
        figure = evaluate(text)
    except ExpressionError as error:  # Python may go on with an infinity, a NaN or a complex number
        assert any(words in str(error) for words in ("too large", "above zero", "root of a negative"))
    else:
        assert figure.known is (expected is not None) and figure.value == expected


TOKENS = [
    *[
        "tpp(H20)",
        "peak.bf16(910C)",
        "released(H100)",
        "memory.type(H20)",
        "datacentre(H20)",
        "2024-01-31",
        "price(H20)",
    ],
    *[
        "1",
        "2.5",
        "1,200",
        "1e3",
        "25%",
        "3 GB",
        "GB/s",
        "mm^2",
        " s",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "<",
        "==",
    ],
    *[
        "min(",
        "max(",
        "sqrt(",
        "log(",
        "exp(",
        "count(",
        "rank(",
        "months(",
        "lag(",
        "by=",
        "among=",
        "chips",
        "100,000 H200",
    ],
    *["H200", "tpp", "per_watt.", "h100e.", '"', "'", "=", ".", " ", "\n", "×", "昇腾", "\x00", "^2", "^-1", "/"],
]


@settings(LAWS, max_examples=400)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=14).map("".join)))
def test_any_text_gives_a_figure_or_an_error_of_ours(text: str) -> None:
    try:
        assert isinstance(evaluate(text), Figure)
    except ChipgaugeError as error:
        assert str(error)


CHIPS = ["H20", "H200", "910C", "H100", "B200", "A100"]
METRICS = ["peak.bf16", "memory.bandwidth", "memory.capacity", "tpp", "per_watt.peak.bf16", "ridge.bf16"]


@LAWS
@given(st.sampled_from(CHIPS), st.sampled_from(CHIPS), st.sampled_from(METRICS))
def test_a_ratio_times_its_inverse_is_one(one: str, other: str, metric: str) -> None:
    a, b = f"{metric}({one})", f"{metric}({other})"
    figure = evaluate(f"({a}/{b}) * ({b}/{a})")
    assert figure.number == pytest.approx(1, rel=1e-15) and figure.unit.text == "1"
    assert figure.bounds() == pytest.approx((1, 1), rel=1e-15)


UNITS = [["MB/s", "GB/s", "TB/s", "Gbit/s"], ["W", "kW", "J/s"], ["TFLOP/s", "TOP/s", "PFLOPS"], ["mm^2", "m²"]]


@LAWS
@given(
    st.sampled_from(UNITS).flatmap(lambda units: st.tuples(st.sampled_from(units), st.sampled_from(units))), st.data()
)
def test_the_unit_of_writing_never_changes_a_ratio(pair: tuple[str, str], data: st.DataObject) -> None:
    a, b = (data.draw(st.integers(1, 10**6)) for _ in range(2))
    one, other = (evaluate(f"1 {unit}").number for unit in pair)
    ratio = evaluate(f"{a} {pair[0]} / {b} {pair[1]}")
    assert ratio.number == pytest.approx(a / b * one / other, rel=1e-15)
    same = evaluate(f"({a} {pair[0]}) / ({a * one / other!r} {pair[1]})")
    assert same.number == pytest.approx(1, rel=1e-14)


@LAWS
@given(st.integers(1, 10**9), st.sampled_from(CHIPS))
def test_an_amount_reads_the_same_with_and_without_its_commas(count: int, chip: str) -> None:
    with_commas, without = (evaluate(f"peak.bf16({shown} {chip})") for shown in (f"{count:,}", count))
    assert with_commas is without and without.number == pytest.approx(count * quantity("peak.bf16", chip).number)


@pytest.mark.parametrize("name", [name for name, row in QUANTITIES.items() if not is_unit(name)])
def test_every_quantity_can_be_asked_of_everything(name: str) -> None:
    for item, prefix in product(
        ["H20", "910C", "CM384", "8 NVL72", "100 H200"], ["", "per_watt.", "per_chip.", "per_dollar."]
    ):
        try:
            assert isinstance(evaluate(f"{prefix}{name}({item})"), Figure)
        except ChipgaugeError as error:
            assert prefix and str(error)


# --- numbers that other people print -----------------------------------------------------------------------------


def test_efficiency_of_two_systems_is_compared_and_of_a_chip_with_a_system_refused() -> None:
    with pytest.raises(BasisError, match="compare two chips"):
        evaluate("per_watt.peak.bf16(H200)/per_watt.peak.bf16(CM384)")
    figure = evaluate("per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)")
    low, high = figure.bounds()
    assert low is not None and high is not None
    assert figure.number == pytest.approx(2.40, abs=0.01)
    assert low == pytest.approx(2.0, abs=0.05) and high == pytest.approx(3.1, abs=0.05)
