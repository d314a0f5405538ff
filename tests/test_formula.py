# SPDX-License-Identifier: Apache-2.0
"""Formulas: the dimension of every body, keyword-only arguments, unit errors, and one result on every path."""

import ast
import doctest
import inspect
import math
import re
import textwrap
from fractions import Fraction
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import metrics
from chipgauge.calc.formula import FORMULAS, Formula, exp, formula, log, maximum, minimum, sqrt
from chipgauge.specs.errors import UnitError
from chipgauge.specs.figure import Figure, constant, unknown
from chipgauge.specs.units import Unit, parse_unit, registry

NAMES = sorted(
    name
    for name, made in FORMULAS.items()
    if made.body.__module__ in ("chipgauge.calc.metrics", "chipgauge.calc.layers")
)
"""Formulas of rational arithmetic; those with powers and logarithms are tested beside their own module."""
CLOSE = 1e-12
"""Relative: paths that differ in the order of conversions agree to a few last places of a double (1e-16 each)."""
numbers = st.floats(min_value=1e-3, max_value=1e18)


def pint_quantity(number: Any, unit: Unit) -> Any:
    return registry().Quantity(number, "" if unit.text == "1" else unit.text)


def figure(name: str, number: float, unit: Unit) -> Figure:
    """A leaf of so many of a unit; its name keeps equal numbers apart."""
    return constant(number * unit.numerator / unit.denominator, unit, f"{name} {number!r}")


def inputs(made: Formula, first: float = 2.0) -> dict[str, float]:
    """Numbers that no wrong order and no wrong operation could confuse: 2, 3, 5, 7 ..."""
    return dict(zip(made.units, (first, 3.0, 5.0, 7.0, 11.0, 13.0), strict=False))


# --- every formula that there is ---------------------------------------------------------------------------------


def test_every_formula_of_the_metrics_module_is_listed() -> None:
    written = {name for name, value in vars(metrics).items() if isinstance(value, Formula)}
    assert written and written <= set(FORMULAS)
    assert all(FORMULAS[name].name == name for name in FORMULAS)


@pytest.mark.parametrize("name", NAMES)
def test_body_has_the_declared_dimension(name: str) -> None:
    """The body runs once on pint quantities of the declared units: pint derives the unit of the result."""
    made = FORMULAS[name]
    result = made.body(**{arg: pint_quantity(value, made.units[arg]) for arg, value in inputs(made).items()})
    assert result.dimensionality == pint_quantity(1, made.returns).dimensionality
    # Scale too: the number in the declared unit is what the body gives on bare numbers, without a hidden factor.
    bare = made.body(**inputs(made))
    assert result.m_as(pint_quantity(1, made.returns).units) == pytest.approx(bare, rel=CLOSE)


def test_a_wrong_dimension_is_seen_by_pint() -> None:
    """The check above can fail: a body that adds where it should multiply, and one that forgets a factor."""
    area, rate = pint_quantity(2.0, parse_unit("mm^2")), pint_quantity(3.0, parse_unit("op/s"))
    assert (rate / area).dimensionality != pint_quantity(1, parse_unit("op/s")).dimensionality
    with pytest.raises(Exception, match="Cannot convert"):
        _ = rate + area


@pytest.mark.parametrize("name", NAMES)
def test_base_units_inside(name: str) -> None:
    """Bodies compute without prefixes, so that formulas chain on bare arrays; a bit is the one base unit beside byte."""
    made = FORMULAS[name]
    for unit in (made.returns, *made.units.values()):
        bits = len(re.findall(r"\bbit\b", unit.text))
        assert Fraction(unit.numerator, unit.denominator) == Fraction(1, 8) ** bits, unit.text


@pytest.mark.parametrize("name", NAMES)
def test_docstring_says_unit_example_and_text_is_the_expression(name: str) -> None:
    made = FORMULAS[name]
    doc = made.__doc__ or ""
    assert doc.startswith("Return ") and "[" in doc.splitlines()[0], "the first line states the unit"
    example = doctest.DocTestParser().get_doctest(doc, dict(made.body.__globals__), name, None, 0)
    assert example.examples and doctest.DocTestRunner().run(example).failed == 0
    assert made.cite
    source = inspect.getsource(made.body)
    returned = source[source.rindex("return ") + len("return ") :].strip()
    assert ast.dump(ast.parse(made.text(), mode="eval")) == ast.dump(ast.parse(returned, mode="eval"))


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_keyword_only(name: str) -> None:
    made = FORMULAS[name]
    kinds = {parameter.kind for parameter in inspect.signature(made.body).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}
    with pytest.raises(TypeError):
        made(*inputs(made).values())


# --- one result on every path ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@given(first=numbers, data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_array_fraction_and_figure_paths_agree(name: str, first: float, data: st.DataObject) -> None:
    made = FORMULAS[name]
    bare = {arg: data.draw(numbers, label=arg) for arg in made.units} | {next(iter(made.units)): first}
    scalar = made(**bare)
    arrays = made(**{arg: numpy.array([value, 2 * value, value]) for arg, value in bare.items()})
    assert arrays[0] == arrays[2] == scalar, "the array path is the same code object: bit for bit"
    assert arrays[1] == made(**{arg: 2 * value for arg, value in bare.items()})
    exact = made(**{arg: Fraction(value) for arg, value in bare.items()})
    assert isinstance(exact, Fraction)
    assert float(exact) == pytest.approx(scalar, rel=CLOSE)
    result = made(**{arg: figure(arg, value, made.units[arg]) for arg, value in bare.items()})
    assert result.to(made.returns.text) == pytest.approx(scalar, rel=CLOSE)


@pytest.mark.parametrize("name", NAMES)
def test_fractions_stay_exact(name: str) -> None:
    """Thirds have no float: what comes out is the fraction that rational arithmetic gives on the syntax tree."""
    made = FORMULAS[name]
    thirds = {arg: Fraction(int(value), 3) for arg, value in inputs(made).items()}
    result = made(**thirds)
    assert isinstance(result, Fraction)
    names: dict[str, Any] = {"minimum": minimum, "maximum": maximum, **thirds}
    assert result == eval(made.text(), {"__builtins__": {}}, names)  # our own source, not a user's text
    # In the coherent base the Figure path takes a bit as an eighth of a byte, and loses nothing.
    base = [thirds[arg] * unit.numerator / unit.denominator for arg, unit in made.units.items()]
    assert made.apply(*base) * made.returns.denominator / made.returns.numerator == result


def test_a_figure_keeps_formula_inputs_citation_and_status() -> None:
    rate, bits = figure("rate", 296, parse_unit("TFLOP/s")), figure("bits", 8, parse_unit("bit"))
    result = metrics.total_processing_performance(rate=rate, bits=bits)
    assert result.kind == "formula" and result.name == "total_processing_performance"
    assert [name for name, _ in result.inputs] == ["rate", "bits"]
    assert result.cite == "15 CFR 774 Supp. 1, 3A090 Technical Note 2"
    assert result.unit.text == "TPP" and result.to("TPP") == 2368
    assert metrics.total_processing_performance(bits=bits, rate=rate).key == result.key, "the order of writing is free"


# --- what is refused ---------------------------------------------------------------------------------------------


def test_unit_error_lists_every_wrong_argument() -> None:
    gigabyte, watt = figure("x", 1, parse_unit("GB")), figure("y", 1, parse_unit("W"))
    with pytest.raises(UnitError) as caught:
        metrics.total_processing_performance(rate=gigabyte, bits=watt)
    message = str(caught.value)
    assert message.startswith("total_processing_performance(...): ")
    assert "rate needs op/s, got x 1 in GB" in message
    assert "bits needs bit, got y 1 in W" in message


def test_a_bare_number_among_figures_a_missing_and_an_unknown_argument_are_named() -> None:
    rate = figure("rate", 1, parse_unit("TFLOP/s"))
    with pytest.raises(UnitError, match="bits needs a figure in bit, got int"):
        metrics.total_processing_performance(rate=rate, bits=8)
    with pytest.raises(UnitError, match="bits needs a figure in bit, got NoneType"):
        metrics.total_processing_performance(rate=rate)
    with pytest.raises(UnitError, match="there is no argument bit$"):
        metrics.total_processing_performance(rate=rate, bits=figure("b", 8, parse_unit("bit")), bit=rate)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if len({unit.dimension for unit in FORMULAS[name].units.values()}) > 1]
)
def test_swapped_figures_are_refused(name: str) -> None:
    made = FORMULAS[name]
    given_figures = [figure(arg, 1.0, unit) for arg, unit in made.units.items()]
    with pytest.raises(UnitError):
        made(**dict(zip(made.units, reversed(given_figures), strict=True)))


def test_unknown_inputs_and_zero_divisors_give_unknown_with_the_key() -> None:
    area = unknown("x/die.area", "die.area", "nobody states it", unit=parse_unit("mm^2"))
    tpp = figure("tpp", 4800, parse_unit("TPP"))
    result = metrics.performance_density(tpp=tpp, area=area)
    assert (result.state, result.value, result.why, result.missing) == (
        "unknown",
        None,
        "nobody states it",
        ("x/die.area",),
    )
    zero = figure("area", 0.0, parse_unit("mm^2"))
    result = metrics.performance_density(tpp=tpp, area=zero)
    assert (result.state, result.why, result.missing) == ("unknown", "area 0.0 is zero", ("area 0.0",))


def test_declaration_that_does_not_match_its_body_is_refused_at_import() -> None:
    before = dict(FORMULAS)
    with pytest.raises(TypeError, match="differ"):
        formula(returns="op/s", cite="nowhere", one="op/s")(lambda *, one, two: one + two)
    with pytest.raises(TypeError, match="keyword-only"):
        formula(returns="op/s", cite="nowhere", one="op/s")(lambda one: one)
    with pytest.raises(UnitError, match="Tb"):
        formula(returns="Tb/s", cite="nowhere", one="op/s")(lambda *, one: one)
    assert before == FORMULAS


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_the_tree_is_that_of_the_whole_function_and_of_no_more(name: str) -> None:
    # `inspect` finds the end of a function by its tokens
    whole = ast.parse(textwrap.dedent(inspect.getsource(FORMULAS[name].body))).body
    assert len(whole) == 1 and isinstance(whole[0], ast.FunctionDef)
    last = whole[0].body[-1]
    assert isinstance(last, ast.Return) and last.value is not None
    assert ast.dump(FORMULAS[name].tree()) == ast.dump(last.value)


def test_a_body_of_more_than_one_return_cannot_be_printed() -> None:
    def two_steps(*, one: Any) -> Any:
        """Return twice the value."""
        double = one * 2
        return double

    made = Formula(two_steps, "op/s", {"one": "op/s"}, "nowhere")
    with pytest.raises(TypeError, match="a docstring and one return"):
        made.text()


# --- the functions of expressions --------------------------------------------------------------------------------


@given(value=st.floats(min_value=1e-6, max_value=1e6))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_functions_work_on_numbers_and_arrays(value: float) -> None:
    for function, reference in ((sqrt, math.sqrt), (log, math.log)):
        assert function(value) == reference(value)
        assert function(numpy.array([value, 1.0]))[0] == pytest.approx(reference(value), rel=1e-15, abs=1e-300)
    small = value / 1e5
    assert exp(numpy.array([small]))[0] == pytest.approx(exp(small), rel=1e-15)
    assert exp(small) == math.exp(small)


def test_minimum_and_maximum_go_element_by_element_and_keep_fractions() -> None:
    left, right = numpy.array([1.0, 5.0]), numpy.array([4.0, 2.0])
    assert maximum(left, right, 3.0).tolist() == [4.0, 5.0]
    assert minimum(3.0, left, right).tolist() == [1.0, 2.0]
    assert maximum(Fraction(1, 3), Fraction(1, 2)) == Fraction(1, 2)
    assert minimum(2, 3, 1) == 1
