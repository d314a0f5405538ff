# SPDX-License-Identifier: Apache-2.0
"""Units: the compiled table is pint's, every wrong unit is refused with the right spelling, hostile texts at once."""

import json
import math
import re
from fractions import Fraction
from typing import Any

import pint
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chipgauge.specs.errors import UnitError
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.units import (
    BASE,
    DIMENSIONLESS,
    MOST_DIGITS,
    USUAL,
    YEAR,
    Unit,
    compile_table,
    exact,
    is_unit,
    parse_unit,
    parse_value,
    registry,
    require,
    unit_of,
    usual_unit,
)

LAW = settings(derandomize=True, deadline=None, max_examples=200, database=None)
SPELLINGS: tuple[str, ...] = tuple(json.loads(shipped_text("units.json"))["units"])
# What pint calls the dimension of each of our base units, and how many of pint's root units one of ours is.
PINT_DIMENSION = {
    "[operation]": "op", "[information]": "byte", "[time]": "s", "[length]": "m", "[power]": "W", "[cycle]": "cycle",
    "[us_dollar]": "USD", "[yuan]": "CNY", "[euro]": "EUR",
}  # fmt: skip
BITS_PER_BYTE = 8
CLOSE = 1e-12
"""Relative: pint multiplies floats, the table holds exact ratios."""

spellings = st.sampled_from(SPELLINGS)
powers = st.sampled_from((-3, -2, -1, 1, 2, 3))
numbers = st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False, allow_infinity=False)


def in_pint(spelling: str) -> Any:
    """One of a unit, as pint reads the spelling itself (it has no sign for percent)."""
    return registry().Quantity(1, "percent" if spelling == "%" else spelling)


def agrees(unit: Unit, quantity: Any) -> bool:
    """Whether a unit of ours and a quantity of pint have one dimension and one scale."""
    root = quantity.to_root_units()
    dimension: dict[str, float] = {name: 0.0 for name in BASE}
    for name, power in root.dimensionality.items():
        dimension[PINT_DIMENSION[name]] = power
    ours = unit.scale * BITS_PER_BYTE ** dimension["byte"]
    return tuple(dimension.values()) == unit.dimension and math.isclose(root.magnitude, ours, rel_tol=CLOSE)


# --- pint is the authority ---------------------------------------------------------------------------------------


def test_the_committed_table_is_what_pint_compiles_to() -> None:
    assert json.loads(shipped_text("units.json")) == compile_table()


def test_the_constant_of_a_year_is_the_unit() -> None:
    assert parse_value("1 year")[0] == YEAR == 31_557_600


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_means_what_pint_reads(spelling: str) -> None:
    assert is_unit(spelling)
    assert agrees(parse_unit(spelling), in_pint(spelling))


@LAW
@given(st.lists(st.tuples(st.sampled_from((" ", "*", "/", "·")), spellings, powers), min_size=1, max_size=4))
def test_compound_units_mean_what_pint_computes(factors: list[tuple[str, str, int]]) -> None:
    text, quantity = "", in_pint("one")
    for index, (joint, spelling, power) in enumerate(factors):
        text += (joint if index else "") + spelling + (f"^{power}" if power != 1 else "")
        raised = in_pint(spelling) ** power
        quantity = quantity / raised if index and joint == "/" else quantity * raised
    assert agrees(parse_unit(text), quantity), text


def test_pint_refuses_what_the_default_registry_misreads() -> None:
    """STYLE: pint's default registry reads `Tb/s` as tera-barn and `Gb` as gilbert."""
    for text in ("Tb/s", "Gb", "barn", "degC"):
        with pytest.raises(pint.UndefinedUnitError):
            registry().Unit(text)


@pytest.mark.parametrize(
    ("one", "number", "other"),
    [
        ("TB", 1000, "GB"),  # SI Brochure, 9th edition, table 7: prefixes
        ("PFLOP/s", 10**3, "TFLOP/s"),
        ("ZFLOP", 10**21, "FLOP"),
        ("YFLOP", 10**24, "FLOP"),
        ("GiB", 2**30, "byte"),  # IEC 80000-13: binary prefixes
        ("MiB", 1024, "KiB"),
        ("TiB", 2**40, "B"),
        ("Gibit", 2**30, "bit"),
        ("byte", 8, "bit"),
        ("GB/s", 8, "Gbit/s"),
        ("kWh", 3_600_000, "J"),
        ("MWh", 3.6, "GJ"),
        ("year", 8766, "h"),  # DESIGN.md section 3: a year is 8,766 h
        ("day", 86_400, "s"),
        ("TPP", 10**12, "op bit/s"),  # 15 CFR 774 Supp. 1, 3A090 Technical Note 2: TPP is in units of 1e12
        ("TFLOP/s", 1, "TOP/s"),
        ("TFLOPS", 1, "TFLOP/s"),
        ("TOPS", 1, "TOP/s"),
        ("mm^2", Fraction(1, 10**6), "m^2"),
        ("µs", Fraction(1, 10**6), "s"),
        ("%", Fraction(1, 100), "1"),
        ("token/s", 1, "1/s"),
        ("chips", 1, "1"),
        ("GHz", 10**9, "cycle/s"),
    ],
)
def test_one_unit_is_so_many_of_another(one: str, number: float | Fraction, other: str) -> None:
    left, right = parse_unit(one), parse_unit(other)
    assert left.dimension == right.dimension
    assert Fraction(left.numerator, left.denominator) == Fraction(str(number)) * Fraction(
        right.numerator, right.denominator
    )


def test_an_area_is_written_in_four_ways() -> None:
    units = [parse_unit(text) for text in ("mm2", "mm^2", "mm²", "mm**2")]
    assert {unit[1:] for unit in units} == {(1, 10**6, parse_unit("m^2").dimension)}
    assert {parse_unit(f"TPP/{text}")[1:] for text in ("mm2", "mm^2", "mm²", "mm ** 2")} == {parse_unit("TPP/mm^2")[1:]}


@pytest.mark.parametrize("money", ["USD", "CNY", "EUR"])
def test_currencies_are_dimensions_of_their_own(money: str) -> None:
    others = {"USD", "CNY", "EUR"} - {money}
    for other in others:
        with pytest.raises(UnitError, match=f"needs a unit such as {other}, got {money}"):
            require(parse_unit(money), other, "price")


# --- round trips and exactness -----------------------------------------------------------------------------------


@LAW
@given(numbers, spellings)
def test_a_number_survives_the_way_in_and_out(number: Any, spelling: str) -> None:
    value, written, unit = parse_value(f"{number} {spelling}")
    assert written == str(number)
    assert math.isclose(value / unit.scale, float(number), rel_tol=CLOSE)


@LAW
@given(numbers, spellings)
@example("0.1", "TB")  # 0.1 * 1e12 in floats is one bit off; the exact way is not
def test_a_value_is_rounded_once(number: Any, spelling: str) -> None:
    unit = parse_unit(spelling)
    right = Fraction(str(number)) * Fraction(unit.numerator, unit.denominator)
    assert exact(str(number), unit) == right
    assert parse_value(f"{number}{spelling}")[0] == float(right)


@LAW
@given(st.integers(0, 10**15), spellings)
def test_thousands_marks_and_spaces_change_nothing(number: int, spelling: str) -> None:
    assert parse_value(f" {number:,}  {spelling} ")[0] == parse_value(f"{number}{spelling}")[0]


@LAW
@given(spellings, spellings)
def test_factors_commute_and_cancel(one: str, other: str) -> None:
    assert parse_unit(f"{one}*{other}")[1:] == parse_unit(f"{other} {one}")[1:]
    assert parse_unit(f"{one}/{one}").dimension == DIMENSIONLESS
    assert parse_unit(f"{one}/{one}").scale == 1
    assert parse_unit(f"{one}/{other}").dimension == tuple(-p for p in parse_unit(f"{other}/{one}").dimension)


@LAW
@given(st.tuples(*[st.integers(-3, 3)] * len(BASE)))
def test_a_usual_unit_has_the_dimension_asked_for_and_can_be_read_again(dimension: tuple[int, ...]) -> None:
    unit = usual_unit(dimension)
    assert unit.dimension == dimension
    assert parse_unit(unit.text)[1:] == unit[1:]


def test_usual_units_are_one_for_each_dimension() -> None:
    dimensions = [parse_unit(text).dimension for text in USUAL]
    assert len(set(dimensions)) == len(dimensions)
    assert [usual_unit(dimension).text for dimension in dimensions] == list(USUAL)


@pytest.mark.parametrize("text", ["1,979 TFLOP/s", "1979TFLOP/s", "1.979e3 TFLOP/s", "+1979 TFLOP / s"])
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    value, _, unit = parse_value(text)
    assert value == 1979e12
    assert unit.dimension == unit_of(text).dimension == parse_unit("op/s").dimension


def test_percent_is_a_hundredth() -> None:
    assert parse_value("25%")[0] == 0.25
    assert parse_value("12")[2] == parse_unit("") == parse_unit("1") == Unit("1", 1, 1, DIMENSIONLESS)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Tb", ("Tbit", "TB")),
        ("Gb", ("Gbit", "GB")),
        ("Mb", ("Mbit", "MB")),
        ("kb", ("kbit", "kB")),
        ("Kb", ("kbit", "kB")),
        ("Gib", ("Gibit", "GiB")),
        ("Tb/s", ("Tbit", "TB")),
        ("Tbps", ("Tbit/s",)),
        ("Gbps", ("Gbit/s",)),
        ("Kbps", ("kbit/s",)),
        ("GBps", ("GB/s",)),
        ("TBps", ("TB/s",)),
        ("KBps", ("kB/s",)),
        ("TFLOPs", ("TFLOP/s", "TFLOP")),
        ("Tflops", ("TFLOP/s", "TFLOP")),
        ("GB/sec", ("s",)),
        ("Watts", ("W",)),
        ("hrs", ("h",)),
        ("$", ("USD",)),
        ("dollars", ("USD",)),
        ("US$", ("USD",)),
        ("RMB", ("CNY",)),
        ("¥", ("CNY",)),
        ("元", ("CNY",)),
        ("€", ("EUR",)),
    ],
)
def test_a_common_misspelling_is_answered_with_what_to_write(wrong: str, right: tuple[str, ...]) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(wrong)
    message = str(caught.value)
    assert repr(wrong) in message and "is not a unit here; write " in message
    offered = [part.partition(" (")[0] for part in message.partition("; write ")[2].split(" or ")]
    assert tuple(offered) == right
    for text in offered:
        parse_unit(text)  # what it says to write can be written


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("TFLOP/secs", "s"), ("gb/s", "GB"), ("KB", "kB"), ("tflops", "TFLOPS"), ("THz", "MHz"), ("Gbits", "Gbit")],
)
def test_other_misspellings_suggest_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnitError, match=rf"is not a unit here.*\b{near}\b"):
        parse_unit(wrong)


@pytest.mark.parametrize(
    ("wanted", "what"), [("GB/s", "memory.bandwidth"), ("TFLOP/s", "peak.bf16"), ("W", "power.tdp")]
)
def test_hertz_is_for_clocks_only(wanted: str, what: str) -> None:
    with pytest.raises(UnitError) as caught:
        require(parse_unit("GHz"), wanted, what)
    assert str(caught.value) == f"{what} needs a unit such as {wanted}, got GHz; Hz is for clocks only"
    require(parse_unit("GHz"), "MHz", "clock.boost")


@pytest.mark.parametrize(("wanted", "what"), [("GB/s", "memory.bandwidth"), ("W", "power.tdp"), ("USD", "price")])
def test_a_bare_number_is_refused_where_a_unit_is_due(wanted: str, what: str) -> None:
    with pytest.raises(UnitError) as caught:
        require(parse_value("400")[2], wanted, what)
    assert str(caught.value) == f"{what} needs a unit such as {wanted}, got a bare number; write for example 1 {wanted}"


@LAW
@given(spellings, powers, spellings, powers)
def test_a_wrong_dimension_is_always_refused(one: str, up: int, other: str, down: int) -> None:
    given_text, wanted = f"{one}^{up}/{other}", f"{other}^{down}"
    unit = parse_unit(given_text)
    if unit.dimension == parse_unit(wanted).dimension:
        require(unit, wanted, "x")
    else:
        with pytest.raises(UnitError) as caught:
            require(unit, wanted, "x")
        assert str(caught.value).startswith(f"x needs a unit such as {wanted}, got {given_text}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with a number"),
        ("W", "does not begin with a number"),
        (".5 W", "does not begin with a number"),
        ("nan W", "does not begin with a number"),
        ("inf W", "does not begin with a number"),
        ("\N{MINUS SIGN}3 W", "does not begin with a number"),
        ("1,97 TFLOP/s", "cannot read the unit"),
        ("1 000 W", "cannot read the unit"),
        ("10 to 20 W", "'to' in 'to 20 W' is not a unit"),
        ("5 GB//s", "cannot read the unit"),
        ("5 GB/", "cannot read the unit"),
        ("5 GB**s", "cannot read the unit"),
        ("5 m^7", "the power 7 in 'm^7' is too large"),
        ("5 m^-7", "the power -7 in 'm^-7' is too large"),
        ("5 1/s/2", "cannot read the unit"),
        ("1e999 W", "'1e999' is too large a number"),
        ("9" * 309 + " W", f"a number of 309 characters is too long; at most {MOST_DIGITS}"),
    ],
)
def test_a_text_that_is_no_value_is_refused(text: str, words: str) -> None:
    with pytest.raises(UnitError, match=re.escape(words)):
        parse_value(text)


HOSTILE = (
    "m" * 101,
    "G" * 10**6,
    "m^" + "9" * 10**5,
    "m**" * 30,
    "/" * 99,
    " " * 90 + "^" * 9,
    "W\0",
    "\x1b[31mW",
    "W\u202e",
    "s" + "²" * 90,
    "m^99 " * 19,
    "__import__('os')",
    "1/" * 50,
    "B" + " B" * 49 + "x",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_unit_texts_are_refused_in_a_short_message(text: str) -> None:
    for read, whole in ((parse_unit, text), (parse_value, f"1 {text}"), (unit_of, f"1 {text}")):
        with pytest.raises(UnitError) as caught:
            read(whole)
        message = str(caught.value)
        assert len(message) < 300
        assert message.isprintable()  # control characters are shown, not sent to the terminal


@pytest.mark.parametrize("text", ["9" * 10**6, "9" * 5000 + " W", "1" + ",000" * 10**5, "1e" + "9" * 10**5])
def test_hostile_numbers_are_refused_in_a_short_message(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_value(text)
    assert len(str(caught.value)) < 300


@LAW
@given(st.one_of(st.text(max_size=200), st.text("0123456789.,eE+- TGMkBbitsWHzm2²^*/%", max_size=60)))
def test_any_text_is_a_finite_value_or_a_unit_error(text: str) -> None:
    for read in (parse_unit, parse_value, unit_of):
        try:
            result = read(text)
        except UnitError as error:
            assert 0 < len(str(error)) < 400
        else:
            assert isinstance(result, Unit) or math.isfinite(result[0])


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(
    st.from_regex(r"[+-]?(\d{1,3}(,\d{3}){1,3}|\d{1,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?", fullmatch=True),
    st.sampled_from(["", " TFLOP/s", " GiB", " Gbit/s", " mm^2", " %"]),
)
def test_a_value_is_the_fraction_of_its_text_rounded_once(number: str, unit: str) -> None:
    """IEEE 754: the nearest double of the exact decimal, as `float(Fraction)` of the standard library gives it."""
    from fractions import Fraction

    scale = parse_unit(unit.strip())
    exact = Fraction(number.replace(",", "")) * scale.numerator / scale.denominator
    assert parse_value(number + unit)[0] == float(exact)
