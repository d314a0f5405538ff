# SPDX-License-Identifier: Apache-2.0
"""The left side of a comparison: arithmetic of quantity names, exact; units checked; solved for one input."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.errors import ChipgaugeError, ExpressionError, UnitError, UnknownName
from chipgauge.specs.terms import UNDEFINED, evaluate, occurrences, parse_term, plain, solve
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=150, database=None)
numbers = st.fractions(min_value=Fraction(1, 1000), max_value=10**6, max_denominator=1000)


@pytest.mark.parametrize(
    ("text", "unit", "names"),
    [
        ("tpp", "TPP", ["tpp"]),
        ("memory.bandwidth + io.bandwidth", "GB/s", ["memory.bandwidth", "io.bandwidth"]),  # letters of April 2025
        ("aggregate.tpp / us_volume.tpp", "1", ["aggregate.tpp", "us_volume.tpp"]),  # 15 CFR 748 Supp. 2 (dd)(1)(iii)
        ("2 * (scale_up.bandwidth + host.bandwidth)", "GB/s", ["scale_up.bandwidth", "host.bandwidth"]),
        ("max(tpp - 1600TPP, 0 * tpp.declared)", "TPP", ["tpp", "tpp.declared"]),
        ("memory.bandwidth - 3 GB/s", "GB/s", ["memory.bandwidth"]),
    ],
)
def test_units_and_names(text: str, unit: str, names: list[str]) -> None:
    term = parse_term(text)
    assert term.dimension == parse_unit(unit).dimension
    assert occurrences(term) == names


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("ttp", UnknownName, "Did you mean tpp"),
        ("tpp + memory.bandwidth", UnitError, "adds two kinds of quantity"),
        ("tpp + 1600", UnitError, "adds two kinds of quantity"),
        ("max(tpp, die.area)", UnitError, "takes the max of two kinds"),
        ("tpp / tpp", ExpressionError, "tpp stands twice"),
        ("tpp +", ExpressionError, "expected a quantity name"),
        ("tpp tpp.declared", ExpressionError, "expected an operator or the end"),
        ("(tpp", ExpressionError, r"expected '\)'"),
        ("tpp >= 3", ExpressionError, "expected an operator or the end"),
        ("(" * 13 + "tpp" + ")" * 13, ExpressionError, "expected"),
        ("tpp" + " " * 300, ExpressionError, "at most 200 characters"),
        ("__import__('os')", ExpressionError, "expected"),
        ("3 TFLOPPS * dies", UnitError, "is not a unit"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, error: type[ChipgaugeError], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_term(text)


def test_plain_is_one_name_only() -> None:
    row = plain(parse_term("datacentre"))
    assert row is not None and row.kind == "yes_no"
    assert plain(parse_term("2 * tpp")) is None


def test_unknown_and_undefined_pass_through() -> None:
    density = parse_term("tpp / die.area")
    assert evaluate(density, {"tpp": Fraction(6), "die.area": None}) is None
    assert evaluate(density, {"tpp": Fraction(6)}) is None
    assert evaluate(density, {"tpp": Fraction(6), "die.area": Fraction(0)}) == UNDEFINED
    assert evaluate(parse_term("max(tpp / die.area, performance_density)"), {"die.area": Fraction(0), "tpp": Fraction(1), "performance_density": Fraction(2)}) == UNDEFINED  # fmt: skip


@LAW
@given(a=numbers, b=numbers, c=numbers)
def test_values_are_those_of_fractions(a: Fraction, b: Fraction, c: Fraction) -> None:
    values = {"tpp": a, "tpp.declared": b, "die.area": c}
    assert evaluate(parse_term("tpp / die.area"), values) == a / c
    assert evaluate(parse_term("(tpp - 3 * tpp.declared) / die.area"), values) == (a - 3 * b) / c
    assert evaluate(parse_term("min(tpp, tpp.declared) * 2"), values) == 2 * min(a, b)


TERMS = (
    "tpp + tpp.declared",
    "tpp - tpp.declared",
    "tpp.declared - tpp",
    "3 * tpp / die.area",
    "die.area * (tpp + tpp.declared)",
    "(tpp + tpp.declared) / (2 * die.area)",
    "aggregate.tpp / (tpp + us_volume.tpp)",
)


@LAW
@given(text=st.sampled_from(TERMS), data=st.data())
def test_a_solution_meets_the_limit_exactly(text: str, data: st.DataObject) -> None:
    term = parse_term(text)
    values = {name: data.draw(numbers) for name in occurrences(term)}
    name = data.draw(st.sampled_from(occurrences(term)))
    limit = evaluate(term, values)
    assert isinstance(limit, Fraction)
    found = solve(term, name, values, limit)
    assert found == [values[name]]


def test_a_choice_is_solved_on_each_branch() -> None:
    term = parse_term("max(tpp, 2 * tpp.declared)")
    assert solve(term, "tpp", {"tpp.declared": Fraction(1)}, Fraction(8)) == [Fraction(8)]
    assert solve(term, "tpp.declared", {"tpp": Fraction(1)}, Fraction(8)) == [Fraction(4)]


def test_what_does_not_move_or_is_unknown_has_no_solution() -> None:
    term = parse_term("tpp / die.area")
    assert solve(term, "memory.bandwidth", {"tpp": Fraction(1), "die.area": Fraction(1)}, Fraction(2)) == []
    assert solve(term, "tpp", {}, Fraction(2)) == []
