# SPDX-License-Identifier: Apache-2.0
"""A sweep over columns has a value exactly where `explain` has one, whatever follows the step that left the numbers."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import sweep as s
from chipgauge.calc.expression import evaluate
from chipgauge.calc.sweep_summary import Sums, summary
from chipgauge.calc.watched import Watched
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import constant
from chipgauge.specs.sweep_tables import read_sweep
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")
AXES = '[[vary]]\nname = "x"\nfrom = -2\nto = 2\nsteps = 5\n[[vary]]\nname = "y"\nvalues = [-1, 0, 0.25, 4]\n'
POINTS = list(itertools.product(range(-2, 3), (-1, 0, 0.25, 4)))


def single(expression: str, x: float, y: float) -> float:
    """The value of a figure of its own at one point, as `explain` gives it; NaN where it has none."""
    try:
        figure = evaluate(expression, names={"x": constant(x, ONE, "x"), "y": constant(y, ONE, "y")})
    except ChipgaugeError:
        return math.nan
    return math.nan if figure.value is None else float(figure.value)


def column(expression: str, axes: str = AXES) -> Any:
    sweep, problems = read_sweep(f'[answers]\na = "{expression}"\nboth = "x + y"\n{axes}', "a.toml")
    assert sweep is not None, problems
    (block,) = s.blocks(s.setup(sweep, catalog()), wanted=True)
    return block.values[:, 0]


@pytest.mark.parametrize(
    "expression",
    [
        "1/(x-1)", "1/(x-1) > 5", "1/(x-1) < 5", "min(1/(x-1), 5)", "max(1/(x-1), 5)", "1/(1/(x-1))", "exp(-1/(x-1)^2)",
        "(x-1)^-1 * 0", "((x-1)^-1)^0", "max(sqrt(x-1), 0)", "sqrt(x) > -1", "max(log(x), 0)", "1/log(x^2)",
        "1/(1e200^(x+y))", "min(exp(1000*x), 1)", "1/(1e308*10^x)", "rank(H20, by=peak.bf16, among=chips) + min(1/x, 5)",
        "lag(2 + 1/x, leading-clusters) / 1 year", "x * y",
    ],
)  # fmt: skip
def test_no_value_comes_back_after_a_step_without_one(expression: str) -> None:
    if "^(" in expression or "10^x" in expression:  # powers are plain numbers: written out
        expression = expression.replace("1e200^(x+y)", "1e200*exp(200*x)*exp(200*y)").replace("10^x", "exp(5*x)")
    wanted = [single(expression, x, y) for x, y in POINTS]
    assert column(expression) == pytest.approx(wanted, rel=1e-12, nan_ok=True)
    if expression != "x * y":
        assert 0 < sum(map(math.isnan, wanted)) < len(wanted)


NUMBERS = st.sampled_from(["x", "y", "1", "2", "0.5"])
# + - * / min and max are rounded alike everywhere: whether a divisor is zero is the same in one number and a column
EXACT = st.recursive(
    NUMBERS,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*/"), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), part, part).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(part, st.sampled_from(["2", "-1", "0"])).map(lambda t: f"({t[0]})^{t[1]}"),
    ),
    max_leaves=6,
)
CURVED = st.one_of(
    EXACT,
    st.tuples(st.sampled_from(["sqrt({})", "log({})", "exp({})", "exp(-1/({}))", "1/exp({})"]), EXACT).map(
        lambda t: t[0].format(t[1])
    ),
)
ANY = st.one_of(
    CURVED,
    st.tuples(CURVED, st.sampled_from(["+", "*"]), CURVED).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    st.tuples(st.sampled_from(["min", "max"]), CURVED, CURVED).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    st.tuples(EXACT, st.sampled_from(["<", ">", "<=", "=="]), EXACT).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(expression=ANY)
def test_any_expression_has_a_value_where_a_single_figure_has_one(expression: str) -> None:
    wanted = numpy.array([single(expression, x, y) for x, y in POINTS])
    try:
        found = column(expression)
    except ChipgaugeError:  # refused for what does not vary: log(0.5 - 2), 1 / 0 in a power
        assert numpy.isnan(wanted).all()
        return
    assert (numpy.isnan(found) == numpy.isnan(wanted)).all(), expression
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-300, nan_ok=True)


def test_rows_without_value_are_counted_in_every_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "CHUNK", 7)
    sweep, _ = read_sweep(
        '[answers]\na = "1/(x-1) < 4.9"\n[[vary]]\nname = "x"\nfrom = 0\nto = 2\nsteps = 101\n', "a.toml"
    )
    assert sweep is not None
    made, sums = s.setup(sweep, catalog()), Sums(1)
    for block in s.blocks(made):
        sums.take(block)
    (row,) = summary(made, sums)
    assert (row["rows"], row["without_value"]) == (100, 1)
    # 1/(x-1) is 4.9 or more for x from 1.02 to 1.2
    assert row["mean"] == pytest.approx(90 / 100)


def test_watched_columns_keep_what_is_lost() -> None:
    one = Watched(numpy.array([0.0, 1.0, 4.0]))
    gone = 1 / one
    assert gone.lost.tolist() == [True, False, False] and one.lost is None
    assert numpy.minimum(gone, 5.0).plain().tolist()[1:] == [1.0, 0.25]
    assert numpy.isnan((1 / gone).plain()[0]) and numpy.isnan((gone > 2).plain()[0])
    assert (numpy.sqrt(one) + 1).plain().tolist() == [1.0, 2.0, 3.0]
    wide = gone + numpy.array([[1.0], [2.0]])  # rows beside each other: the mask is spread with the values
    assert wide.plain().shape == (2, 3) and numpy.isnan(wide.plain()[:, 0]).all()
