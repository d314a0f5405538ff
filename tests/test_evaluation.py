# SPDX-License-Identifier: Apache-2.0
"""A derivation on other values of its leaves: whatever the way, the numbers are those of one plain walk over its nodes."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs import evaluation
from chipgauge.specs.figure import Figure, largest, operation, total
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
ONE = parse_unit("1")


def leaf(name: str, value: float, low: float, high: float) -> Figure:
    return Figure(name, "leaf", name, value, ONE, leaf_range=(low, high), status="stated")


LEAVES = [leaf(name, 3.0 + n, 2.0 + n, 5.5 + 2 * n) for n, name in enumerate("abcd")]
TWO: list[Callable[[Figure, Figure], Figure]] = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / (y * y + LEAVES[0] * LEAVES[0]),
    lambda x, y: largest([("x", x), ("y", y)]), lambda x, y: total([("x", x), ("y", y), ("a", LEAVES[1])]),
]  # fmt: skip


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """A derivation of up to six steps in which leaves and steps enter more than once."""
    made = list(LEAVES)
    for _ in range(draw(st.integers(1, 6))):
        x, y = (made[draw(st.integers(0, len(made) - 1))] for _ in "xy")
        made.append(TWO[draw(st.integers(0, len(TWO) - 1))](x, y))
    return made[-1]


def every_corner(figure: Figure, axes: evaluation.Axes) -> list[Any]:
    """The plain way: the whole derivation again at each combination."""
    rows = product(*axes.values())
    return [evaluation.evaluate(figure.nodes(), dict(zip(axes, row, strict=True))) for row in rows]


@given(figures())
@LAW
def test_corners_are_those_of_a_walk_over_all_nodes_at_each_in_the_same_order(figure: Figure) -> None:
    axes = {one.key: one.leaf_range or () for one in figure.leaves()}
    assert figure.corners(axes) == every_corner(figure, axes)
    low, high = evaluation.least_and_most(figure.nodes(), axes)
    assert (low, high) == (min(every_corner(figure, axes)), max(every_corner(figure, axes)))


@given(figures(), st.data())
@LAW
def test_a_function_of_some_leaves_keeps_the_others(figure: Figure, data: st.DataObject) -> None:
    keys = data.draw(st.permutations([one.key for one in figure.leaves()]))
    keys = keys[: data.draw(st.integers(0, len(keys)))]
    at = figure.function(*keys)
    for _ in range(2):  # a call leaves nothing behind for the next
        values = [data.draw(st.floats(0.5, 9.0)) for _ in keys]
        assert at(*values) == figure.evaluate(dict(zip(keys, values, strict=True)))
    assert figure.function()() == figure.value


def test_corners_of_fractions_are_fractions_and_given_leaves_stay() -> None:
    a, b, c, _ = LEAVES
    third = (a + b) / c
    found = third.corners({"b": (Fraction(1), Fraction(2))}, {"a": Fraction(1), "c": Fraction(3)})
    assert found == [Fraction(2, 3), Fraction(1)]
    assert third.corners({"c": (1.0, 2.0, 4.0)}) == [7.0, 3.5, 1.75]  # (3 + 4) / c, any number of values


def test_a_step_that_is_replaced_stands_on_nothing_below_it() -> None:
    a, b, c, _ = LEAVES
    inner = a * b
    whole = inner + a * c
    axes = {inner.key: (1.0, 2.0), "a": (10.0, 20.0), "c": (1.0, 3.0)}
    assert whole.corners(axes) == [11.0, 31.0, 21.0, 61.0, 12.0, 32.0, 22.0, 62.0]
    assert whole.corners({"a": (10.0, 20.0)}, {inner.key: 1.0, "c": 1.0}) == [11.0, 21.0]


def test_a_node_is_computed_once_for_each_corner_of_its_own_leaves() -> None:
    calls: dict[str, int] = {}

    def counted(name: str, x: Figure, y: Figure) -> Figure:
        def apply(p: float, q: float) -> float:
            calls[name] = calls.get(name, 0) + 1
            return p + q

        return operation(name, [("x", x), ("y", y)], ONE.dimension, apply=apply)

    a, b, c, d = LEAVES
    figure = counted("all", counted("ab", a, b), counted("cd", c, d))
    calls.clear()
    axes = {one.key: one.leaf_range or () for one in LEAVES}
    figure.corners(axes)
    assert calls == {"ab": 4, "cd": 4, "all": 16}
    assert evaluation.steps(figure.nodes(), axes) == 4 * 2 + 4 + 4 + 16
    calls.clear()
    figure.function("d")(1.0)
    assert calls == {"cd": 1, "all": 1}, "what the leaf does not move is kept"


def test_a_value_that_no_corner_has_is_an_error() -> None:
    a, b, *_ = LEAVES
    with pytest.raises(ZeroDivisionError):
        (a / b).corners({"b": (0.0, 1.0)})
    with pytest.raises(FloatingPointError):
        evaluation.least_and_most((a / b).nodes(), {"b": (0.0, 1.0)})


def test_bounds_over_columns_are_those_of_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, c, d = LEAVES
    plain = ((a + b) * (c + d) / (a + d)).bounds()
    monkeypatch.setattr("chipgauge.specs.figure.MOST_STEPS", 0)
    assert ((a + b) * (c + d) / (a + d)).bounds() == plain
