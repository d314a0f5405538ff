# SPDX-License-Identifier: Apache-2.0
"""MathML of formulas: read back as a reader reads it, it means what Python computes."""

import ast
import importlib
import math
import pkgutil
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge.calc
from chipgauge.calc.formula import FORMULAS, formula
from chipgauge.reports.mathml import NotPrintable, expression, mathml

NAMES = {"a": 3.25, "b": 0.75, "c": 5.5}
FUNCTIONS = {"sqrt": math.sqrt, "ln": math.log, "exp": math.exp, "min": min, "max": max, "ceil": math.ceil}
FUNCTIONS |= {"log": math.log, "minimum": min, "maximum": max}


def drawn(one: ET.Element) -> str:
    """Write down what is drawn, from left to right, as a reader would type it: rows without brackets fall apart."""
    inside = [drawn(part) for part in one]
    if one.tag == "mfrac":
        return f"(({inside[0]})/({inside[1]}))"
    if one.tag == "msqrt":
        return f"sqrt({''.join(inside)})"
    if one.tag == "msup":
        return f"exp({inside[1]})" if inside[0] == "e" else f"{inside[0]}**({inside[1]})"
    signs = {"−": "-", "×": "*", "⌈": "ceil(", "⌉": ")"}
    return "".join(inside) if inside else signs.get(one.text or "", one.text or "")


def meaning(text: str) -> float:
    root = ET.fromstring(f"<root>{expression(ast.parse(text, mode='eval').body)}</root>")
    return eval(drawn(root), {"__builtins__": {}, **FUNCTIONS, **NAMES})


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "2", "0.5"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("(-{})".format, inner),
        st.builds("minimum({}, {})".format, inner, inner),
        st.builds("sqrt({0} * {0} + 2)".format, inner),
        st.builds("({} ** 2)".format, inner),
        st.builds("(2 - ceil({}))".format, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(EXPRESSIONS)
def test_what_is_drawn_means_what_is_computed(text: str) -> None:
    try:
        wanted = eval(text, {"__builtins__": {}, **FUNCTIONS, **NAMES})
    except ZeroDivisionError:
        return
    try:
        assert meaning(text) == pytest.approx(wanted, rel=1e-9), text
    except ZeroDivisionError:
        assert abs(wanted) > 1e12


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a - (b - c)", "<mo>(</mo>"),
        ("(a + b) * c", "<mo>(</mo>"),
        ("(a * b) ** 2", "<mo>(</mo>"),
        ("a / (b + c)", "<mfrac><mi>a</mi><mrow>"),
        ("log(a)", "<mi>ln</mi>"),
        ("exp(-a)", "<msup><mi>e</mi>"),
        ("sqrt(a)", "<msqrt>"),
        ("ceil(a / b)", "<mo>⌈</mo><mfrac>"),
    ],
)
def test_signs_of_school(text: str, wanted: str) -> None:
    assert wanted in expression(ast.parse(text, mode="eval").body)


def test_no_brackets_where_none_are_needed() -> None:
    assert "(" not in expression(ast.parse("a * b + c / (a + b)", mode="eval").body)


def test_every_formula_of_the_package_is_printed() -> None:
    for module in pkgutil.walk_packages(chipgauge.calc.__path__, "chipgauge.calc."):
        importlib.import_module(module.name)
    for one in FORMULAS.values():
        root = ET.fromstring(mathml(one))
        shown = {part.text for part in root.iter("mi")}
        assert {name.replace("_", " ") for name in one.units} <= shown


def test_a_name_is_only_text() -> None:
    assert expression(ast.Name("<b>&")) == "<mi>&lt;b&gt;&amp;</mi>"


@pytest.mark.parametrize(
    "text", ["a if b else c", "a // b", "a > b", "'a'", "True", "minimum(a)", "sqrt(a, b)", "f(a)"]
)
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(NotPrintable):
        expression(ast.parse(text, mode="eval").body)


def test_a_formula_of_two_lines_has_no_tree() -> None:
    @formula(returns="1", cite="none", x="1")
    def two_lines(*, x: float) -> float:
        """Return the argument."""
        y = x
        return y

    FORMULAS.pop("two_lines")
    with pytest.raises(TypeError, match="one return"):
        mathml(two_lines)
