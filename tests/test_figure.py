# SPDX-License-Identifier: Apache-2.0
"""Figures: leaves, operations, bounds by corners, basis refusal, unknown and absent, one path for every number type."""

import math
import operator
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError, UnitError, UnknownValue
from chipgauge.specs.figure import (
    MOST_CORNERS,
    TIE,
    Figure,
    amount,
    comparison,
    constant,
    largest,
    make_key,
    maximum,
    minimum,
    operation,
    smallest,
    total,
    unknown,
)
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_unit, registry

LAW = settings(derandomize=True, deadline=None, max_examples=150, database=None)
CLOSE = 1e-9
"""Relative: sums in another order differ in the last places; a wrong corner is off by whole percents."""

positive = st.floats(0.01, 1e6)
numbers = st.floats(-1e6, 1e6)
ranged_numbers = st.tuples(positive, positive, positive).map(lambda ends: sorted(ends))


def leaf(
    key: str, value: float, low: float | None = None, high: float | None = None, unit: str = "1", **more: Any
) -> Figure:
    """A leaf whose numbers are in base units."""
    ends = (value if low is None else low, value if high is None else high)
    base: dict[str, Any] = {"leaf_range": ends, "status": "stated", "sources": ("a-source",), **more}
    return Figure(key, "leaf", key, float(value), parse_unit(unit), **base)


def absent(key: str) -> Figure:
    return Figure(key, "leaf", key, None, parse_unit("1"), "absent", why="the part does not have it", status="stated")


def lacking(key: str) -> Figure:
    return unknown(key, key, "nobody states it")


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_leaf_knows_value_unit_range_and_source() -> None:
    made = leaf("h20/memory.bandwidth", 4e12, 3.9e12, 4.1e12, "GB/s")
    assert made.known and made.number == 4e12
    assert (made.low, made.high) == (3.9e12, 4.1e12)
    assert made.in_unit(made.number) == 4000.0 and made.in_unit(None) is None
    assert made.leaves() == [made] and made.all_sources() == ["a-source"]
    assert repr(made) == "<Figure h20/memory.bandwidth: 4000 GB/s>"


@pytest.mark.parametrize(("unit", "number"), [("GB/s", 4000.0), ("TB/s", 4.0), ("Gbit/s", 32000.0), ("byte/s", 4e12)])
def test_a_value_is_given_in_any_unit_of_its_kind(unit: str, number: float) -> None:
    assert leaf("x", 4e12, unit="GB/s").to(unit) == number


@pytest.mark.parametrize("unit", ["GB", "W", "1", "GHz", "1/s"])
def test_a_unit_of_another_kind_is_refused(unit: str) -> None:
    with pytest.raises(UnitError) as caught:
        leaf("x", 4e12, unit="GB/s").to(unit)
    assert str(caught.value) == f"x is in GB/s, which is not a kind of {unit}"


@LAW
@given(positive, st.sampled_from(("GB/s", "TFLOP/s", "mm^2", "TPP/mm^2", "%", "1", "MHz", "USD/h", "token/s", "GiB")))
def test_pint_takes_and_gives_the_same_number(number: float, unit: str) -> None:
    made = leaf("x", number, unit=unit)
    name = {"%": "percent", "1": ""}.get(unit, unit)
    assert made.pint().units == registry().Unit(name)
    assert math.isclose(made.pint().m_as(name), made.to(unit), rel_tol=CLOSE)
    assert math.isclose((made * made).pint().m_as(registry().Unit(name) ** 2), made.to(unit) ** 2, rel_tol=CLOSE)


@pytest.mark.parametrize("value", ["HBM3", True, None])
def test_what_is_no_number_gives_none(value: str | bool | None) -> None:
    state = "known" if value is not None else "unknown"
    made = Figure("x/node", "leaf", "node", value, parse_unit("1"), state, why="nobody says" if value is None else "")
    with pytest.raises(UnknownValue, match="x/node is unknown: nobody says" if value is None else "not a number"):
        _ = made.number
    assert made.bounds() == (None, None)
    assert repr(made) == f"<Figure x/node: {'unknown' if value is None else value}>"


def test_a_constant_is_its_own_source() -> None:
    made = constant(7.32, parse_unit("CNY/USD"))
    assert (made.key, made.text, made.status) == ("7.32 CNY/USD", "7.32 CNY/USD", "stated")
    # nobody wrote it, so it is not the user's; a number of somebody's amount is
    assert made.sources == ("chipgauge-method",)
    assert constant(2, parse_unit("1"), source="given").sources == ("given",)
    assert amount(catalog().subject("1000 H20")).sources == ("given",)
    assert amount(Subject(catalog().subject("H20").item, 1000.0)).sources == ("chipgauge-method",)
    assert constant(2, parse_unit("1")).key == "2"


# --- operations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "value", "unit"),
    [
        (leaf("a", 6.0, unit="W") + leaf("b", 3.0, unit="W"), 9.0, "W"),
        (leaf("a", 6.0, unit="W") - leaf("b", 3.0, unit="W"), 3.0, "W"),
        (leaf("a", 6.0, unit="W") * leaf("b", 3.0, unit="s"), 18.0, "J"),
        (leaf("a", 6.0, unit="op/s") / leaf("b", 3.0, unit="byte/s"), 2.0, "FLOP/byte"),
        (leaf("a", 6.0, unit="W") / leaf("b", 3.0, unit="W"), 2.0, "1"),
        (-leaf("a", 6.0, unit="W"), -6.0, "W"),
        (leaf("a", 6.0, unit="m").power(2), 36.0, "m^2"),
        (leaf("a", 9.0, unit="m^2").power(0.5), 3.0, "m"),
        (total([("a", leaf("a", 6.0, unit="W")), ("b", leaf("b", 3.0, unit="W"))]), 9.0, "W"),
    ],
    ids=str,
)
def test_an_operation_derives_value_and_unit(made: Figure, value: float, unit: str) -> None:
    assert made.value == value
    assert made.dimension == parse_unit(unit).dimension
    assert made.unit.text == unit
    assert made.kind == "operation" and made.status == "derived"


@pytest.mark.parametrize("sign", [operator.add, operator.sub, lambda a, b: total([("a", a), ("b", b)])])
def test_unlike_units_are_not_added(sign: Callable[[Figure, Figure], Figure]) -> None:
    with pytest.raises(UnitError, match="W .*s"):
        sign(leaf("a", 6.0, unit="W"), leaf("b", 3.0, unit="s"))


def test_division_by_zero_is_unknown_and_names_the_zero() -> None:
    made = leaf("a", 6.0) / leaf("b", 0.0)
    assert (made.state, made.value, made.why, made.missing) == ("unknown", None, "b is zero", ("b",))


@LAW
@given(positive, positive)
def test_there_and_back_is_one(a: float, b: float) -> None:
    one, other = leaf("a", a), leaf("b", b)
    made = (one / other) * (other / one)
    assert math.isclose(made.number, 1.0, rel_tol=CLOSE)


@LAW
@given(
    positive,
    positive,
    st.sampled_from((("GB/s", "TB/s", "Gbit/s"), ("W", "kW", "MW"), ("TPP", "TFLOP bit/s", "op byte/s"))),
)
def test_the_unit_of_print_never_changes_a_ratio(a: float, b: float, units: tuple[str, ...]) -> None:
    ratios = {(leaf("a", a, unit=one) / leaf("b", b, unit=other)).number for one, other in product(units, units)}
    assert ratios == {a / b}


@LAW
@given(st.lists(numbers, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_inputs_changes_no_result(values: list[float], rng: random.Random) -> None:
    inputs = [(f"in{i}", leaf(f"x{i}", value)) for i, value in enumerate(values)]
    mixed = rng.sample(inputs, len(inputs))
    for many in (largest, smallest):
        one, other = many(inputs), many(mixed)
        assert one.number == other.number
        assert set(one.winner.split(TIE)) == set(other.winner.split(TIE))
    assert math.isclose(total(inputs).number, total(mixed).number, rel_tol=CLOSE, abs_tol=1e-6)


@LAW
@given(st.lists(numbers, min_size=1, max_size=6))
def test_largest_and_smallest_name_the_winner(values: list[float]) -> None:
    inputs = [(f"in{i}", leaf(f"x{i}", value)) for i, value in enumerate(values)]
    for many, pick in ((largest, max), (smallest, min)):
        made = many(inputs)
        assert made.value == pick(values)
        winners = {f"in{i}" for i, value in enumerate(values) if value == pick(values)}
        assert made.winner == TIE.join(sorted(winners, key=lambda label: int(label[2:])))


def test_largest_ignores_absent_and_says_so_only_if_all_are() -> None:
    made = largest([("fp4", absent("fp4")), ("fp8", leaf("fp8", 8.0)), ("fp16", leaf("fp16", 16.0))])
    assert (made.value, made.winner) == (16.0, "fp16")
    assert smallest([("fp4", absent("fp4")), ("fp8", leaf("fp8", 8.0))]).value == 8.0
    none = largest([("fp4", absent("fp4")), ("fp6", absent("fp6"))])
    assert (none.state, none.value, none.why) == ("absent", None, "the part does not have it")


def test_largest_with_an_unknown_input_gives_a_lower_bound() -> None:
    made = largest([("fp4", lacking("fp4")), ("fp8", leaf("fp8", 8.0, 7.0, 9.0)), ("fp16", leaf("fp16", 5.0))])
    assert (made.state, made.value, made.missing) == ("unknown", None, ("fp4",))
    assert made.floor == 7.0  # the least that the known ones can be
    assert made.bounds() == (7.0, None)
    again = largest([("x", made), ("y", leaf("y", 1.0))])
    assert again.floor == 7.0  # what is known at least is not forgotten on the way up


def test_total_with_an_unknown_part_gives_what_the_rest_comes_to() -> None:
    made = total([("a", leaf("a", 2.0, 1.0, 3.0)), ("b", lacking("b")), ("c", leaf("c", 4.0))])
    assert (made.state, made.floor, made.missing) == ("unknown", 5.0, ("b",))
    assert total([("b", lacking("b"))]).floor is None


def test_smallest_with_an_unknown_input_has_no_lower_bound() -> None:
    made = smallest([("a", leaf("a", 2.0)), ("b", lacking("b"))])
    assert (made.state, made.floor, made.bounds()) == ("unknown", None, (None, None))


@pytest.mark.parametrize(
    "combine",
    [
        operator.add,
        operator.sub,
        operator.mul,
        operator.truediv,
        lambda a, b: (a * b).power(2),
        lambda a, b: -(a * b),
        lambda a, b: comparison("<", a, b),
    ],
)
def test_what_is_missing_is_named_up_to_the_top(combine: Callable[[Figure, Figure], Figure]) -> None:
    for other in (leaf("a", 1.0), lacking("a")):
        made = combine(other, lacking("b"))
        assert (made.state, made.value, made.why) == ("unknown", None, "nobody states it")
        assert set(made.missing) == {"b"} | ({"a"} if not other.known else set())
    assert combine(leaf("a", 1.0), absent("b")).state == "absent"
    assert combine(lacking("a"), absent("b")).state == "absent"  # what is not there stays so, whatever else is unknown


@pytest.mark.parametrize(
    ("sign", "truth"),
    [("<", (True, False, False)), ("<=", (True, True, False)), (">", (False, False, True)),
     (">=", (False, True, True)), ("==", (False, True, False)), ("!=", (True, False, True))],
)  # fmt: skip
def test_a_comparison_at_one_step_below_at_and_above(sign: str, truth: tuple[bool, ...]) -> None:
    line = leaf("line", 4800.0, unit="TPP")
    values = (math.nextafter(4800.0, 0), 4800.0, math.nextafter(4800.0, 1e9))
    found = tuple(comparison(sign, leaf("x", value, unit="op byte/s"), line).value for value in values)
    assert found == truth


def test_unlike_things_are_not_compared() -> None:
    with pytest.raises(UnitError, match="cannot compare W with s"):
        comparison("<", leaf("a", 1.0, unit="W"), leaf("b", 1.0, unit="s"))
    with pytest.raises(UnitError, match="cannot take the largest of W and s"):
        largest([("a", leaf("a", 1.0, unit="W")), ("b", leaf("b", 1.0, unit="s"))])


# --- bounds by corners -------------------------------------------------------------------------------------------

Tree = Any  # an index of a leaf, or (operation, tree, tree)
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "max": max, "min": min,
}  # fmt: skip


def trees(leaves: int) -> st.SearchStrategy[Tree]:
    names = st.integers(0, leaves - 1)
    grown = st.recursive(
        names, lambda below: st.tuples(st.sampled_from(("+", "-", "*", "max", "min")), below, below), max_leaves=8
    )
    return st.one_of(grown, st.tuples(st.just("/"), grown, names))


def plain(tree: Tree, values: list[float]) -> float:
    """The brute way: the tree on numbers, without figures."""
    return values[tree] if isinstance(tree, int) else BINARY[tree[0]](plain(tree[1], values), plain(tree[2], values))


def built(tree: Tree, leaves: list[Figure]) -> Figure:
    if isinstance(tree, int):
        return leaves[tree]
    one, other = built(tree[1], leaves), built(tree[2], leaves)
    if tree[0] in ("max", "min"):
        return (largest if tree[0] == "max" else smallest)([("a", one), ("b", other)])
    return BINARY[tree[0]](one, other)


@LAW
@given(st.lists(ranged_numbers, min_size=3, max_size=3), trees(3))
def test_bounds_are_the_extremes_over_the_corners(ends: list[list[float]], tree: Tree) -> None:
    leaves = [leaf(f"x{i}", value, low, high) for i, (low, value, high) in enumerate(ends)]
    made = built(tree, leaves)
    low, high = made.bounds()
    assert low is not None and high is not None
    assert low <= made.number <= high
    corners = [plain(tree, list(corner)) for corner in product(*((low, high) for low, _, high in ends))]
    middle = plain(tree, [value for _, value, _ in ends])
    scale = max(abs(value) for value in (*corners, middle, 1.0))
    assert made.number == pytest.approx(middle, rel=CLOSE, abs=CLOSE * scale)
    assert low == pytest.approx(min(*corners, middle), rel=CLOSE, abs=CLOSE * scale)
    assert high == pytest.approx(max(*corners, middle), rel=CLOSE, abs=CLOSE * scale)


@LAW
@given(ranged_numbers)
def test_an_equal_key_is_one_unknown(ends: list[float]) -> None:
    low, value, high = ends
    one, again = leaf("x", value, low, high), leaf("x", value, low, high)  # as after a round trip through JSON
    assert (one / again).bounds() == (1.0, 1.0)
    assert (one - again).bounds() == (0.0, 0.0)
    other = leaf("y", value, low, high)
    assert (one / other).bounds() == pytest.approx((low / high, high / low))


def test_at_most_so_many_leaves_make_corners_widest_first() -> None:
    calls = 0

    def add(*values: float) -> float:
        nonlocal calls
        calls += numpy.size(values[-1])  # a column of corners counts as so many
        return sum(values)

    leaves = [(str(i), leaf(f"x{i:02}", 100.0, 100.0 - i, 100.0 + i)) for i in range(MOST_CORNERS + 3)]
    made = operation("add", leaves, leaves[0][1].dimension, apply=add)
    assert [figure.key for figure in made.ranged_leaves()][:2] == ["x14", "x13"]
    assert len(made.ranged_leaves()) == MOST_CORNERS + 2  # x00 has no width
    calls = 0
    low, high = made.bounds()
    assert calls == 2**MOST_CORNERS
    widest = sum(range(3, MOST_CORNERS + 3))
    assert (low, high) == (1500.0 - widest, 1500.0 + widest)
    assert made.bounds() == (low, high) and calls == 2**MOST_CORNERS  # computed once


def test_without_a_value_in_some_corner_there_are_no_bounds() -> None:
    made = leaf("a", 6.0) / leaf("b", 3.0, 0.0, 4.0)
    assert made.value == 2.0 and made.bounds() == (None, None)
    huge = leaf("a", 2.0, 1.0, 1e200).power(2)
    assert huge.value == 4.0 and huge.bounds() == (None, None)


# --- one path for floats, arrays and fractions -------------------------------------------------------------------


@LAW
@given(st.lists(st.lists(positive, min_size=3, max_size=3), min_size=1, max_size=5), trees(3))
def test_arrays_and_floats_give_the_same(rows: list[list[float]], tree: Tree) -> None:
    made = built(tree, [leaf(f"x{i}", 1.0) for i in range(3)])
    columns = {f"x{i}": numpy.array([row[i] for row in rows]) for i in range(3)}
    single = [made.evaluate({f"x{i}": row[i] for i in range(3)}) for row in rows]
    assert numpy.broadcast_to(made.evaluate(columns), len(rows)).tolist() == single
    assert made.evaluate() == made.value


@LAW
@given(st.lists(st.fractions(Fraction(1, 100), 10**6, max_denominator=1000), min_size=3, max_size=3), trees(3))
def test_fractions_stay_exact(values: list[Fraction], tree: Tree) -> None:
    made = built(tree, [leaf(f"x{i}", 1.0) for i in range(3)])
    found = made.evaluate({f"x{i}": value for i, value in enumerate(values)})
    assert isinstance(found, Fraction)
    assert found == plain(tree, values)  # type: ignore[arg-type]


def test_a_node_in_the_middle_can_be_replaced_too() -> None:
    inner = leaf("a", 2.0) * leaf("b", 3.0)
    made = inner + leaf("c", 1.0)
    assert made.evaluate({inner.key: 10.0}) == 11.0
    assert made.evaluate({"a": 5.0}) == 16.0
    assert made.evaluate({"not there": 5.0}) == 7.0


def test_minimum_and_maximum_work_on_numbers_and_arrays() -> None:
    column = numpy.array([1.0, 5.0])
    assert maximum(3.0, 2.0) == 3.0 and minimum(3.0, 2.0) == 2.0
    assert maximum(column, 3.0, 2.0).tolist() == [3.0, 5.0]
    assert minimum(3.0, column).tolist() == [1.0, 3.0]


# --- the graph ---------------------------------------------------------------------------------------------------


@LAW
@given(trees(4))
def test_nodes_stand_once_and_inputs_before_users(tree: Tree) -> None:
    made = built(tree, [leaf(f"x{i}", 1.0 + i) for i in range(4)])
    keys = [node.key for node in made.nodes()]
    assert len(set(keys)) == len(keys) and keys[-1] == made.key
    for place, node in enumerate(made.nodes()):
        assert all(child.key in keys[:place] for _, child in node.inputs)
    assert {node.key for node in made.leaves()} <= {f"x{i}" for i in range(4)}


def test_a_long_chain_needs_no_deep_stack() -> None:
    made, one = leaf("x", 1.0, 0.5, 1.5), leaf("one", 1.0, status="estimated")
    for _ in range(5000):
        made = made + one
    assert made.value == 5001.0 and made.evaluate({"x": 0.0}) == 5000.0
    assert made.bounds() == (5000.5, 5001.5)
    assert made.weakest_status() == "estimated"
    assert len(made.nodes()) == 5002
    assert len(made.key) <= 200


def test_a_shared_input_is_walked_once() -> None:
    made = leaf("x", 1.0)
    for _ in range(60):  # 2**60 paths, 61 nodes
        made = made + made
    assert len(made.nodes()) == 61 and made.evaluate({"x": 2.0}) == 2.0**61


def test_sources_are_listed_once_in_the_order_met() -> None:
    one, two = leaf("a", 1.0, sources=("s1", "s2")), leaf("b", 2.0, sources=("s2", "s3"))
    assert (one * two + one * one).all_sources() == ["s1", "s2", "s3"]


def test_the_weakest_status_rises_to_the_top() -> None:
    stated, estimated, assumed = (leaf(s, 2.0 + i, status=s) for i, s in enumerate(("stated", "estimated", "assumed")))
    assert stated.weakest_status() == "stated"
    assert (stated * stated).weakest_status() == "derived"
    assert (stated * estimated).weakest_status() == "estimated"
    assert (estimated / assumed * stated).weakest_status() == "assumed"
    # Only the input that won counts: the value rests on no other. Of a tie, the better one.
    assert smallest([("a", stated), ("b", assumed)]).weakest_status() == "derived"
    assert largest([("a", stated), ("b", assumed)]).weakest_status() == "assumed"
    tied = largest([("a", stated), ("b", replace(assumed, key="t", value=2.0, _cache={}))])
    assert (tied.winner, tied.weakest_status()) == (f"a{TIE}b", "derived")


@LAW
@given(
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=4),
    st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=4),
)
def test_keys_are_short_and_tell_inputs_apart(one: list[str], other: list[str]) -> None:
    keys = [make_key("f", [leaf(name, 1.0) for name in names]) for names in (one, other)]
    assert all(len(key) <= 200 for key in keys)
    assert (keys[0] == keys[1]) == (", ".join(one) == ", ".join(other))


# --- basis -------------------------------------------------------------------------------------------------------

DENSE, SPARSE = ("sparsity:dense",), ("sparsity:2:4 sparse",)
EACH, BOTH = ("direction:each way",), ("direction:both ways",)
CHIP, SYSTEM = ("power:design power of the chips",), ("power:draw of the whole system",)
REMEDY = {
    "sparsity": "write peak.F (dense) or sparse.F on both sides",
    "direction": "use the each-way figure on both sides",
    "power": "compare two chips (design power) or two systems (what they draw)",
}
COMBINE: dict[str, Callable[[Figure, Figure], Figure]] = {
    "ratio": operator.truediv,
    "sum": operator.add,
    "difference": operator.sub,
    "comparison": lambda a, b: comparison(">", a, b),
    "largest": lambda a, b: largest([("a", a), ("b", b)]),
    "total": lambda a, b: total([("a", a), ("b", b)]),
}


@pytest.mark.parametrize("combine", COMBINE.values(), ids=COMBINE)
@pytest.mark.parametrize(("one", "other"), [(DENSE, SPARSE), (SPARSE, DENSE), (EACH, BOTH), (CHIP, SYSTEM)])
def test_two_bases_are_not_compared(
    combine: Callable[[Figure, Figure], Figure], one: tuple[str], other: tuple[str]
) -> None:
    axis, meaning = one[0].split(":", 1)
    with pytest.raises(BasisError) as caught:
        combine(leaf("a/x", 2.0, basis=one, item="a"), leaf("b/x", 1.0, basis=other, item="b"))
    words = f"a/x takes {axis} as '{meaning}', b/x as '{other[0].split(':', 1)[1]}': the two are not compared; "
    assert str(caught.value) == words + REMEDY[axis]


@pytest.mark.parametrize("combine", COMBINE.values(), ids=COMBINE)
def test_one_basis_none_and_two_of_one_item_are_fine(combine: Callable[[Figure, Figure], Figure]) -> None:
    for one, other in ((DENSE, DENSE), (DENSE, ()), (DENSE, EACH)):
        assert combine(leaf("a", 2.0, basis=one), leaf("b", 1.0, basis=other)).known
    # Sparse over dense of one chip is the gain of sparsity.
    assert combine(leaf("a/s", 2.0, basis=SPARSE, item="a"), leaf("a/d", 1.0, basis=DENSE, item="a")).known


def test_a_basis_is_carried_until_it_cancels() -> None:
    peak, power = leaf("p", 8.0, basis=DENSE), leaf("w", 2.0, basis=CHIP)
    per_watt = peak / power
    assert set(per_watt.basis) == {*DENSE, *CHIP}
    assert (per_watt / per_watt).basis == ()
    assert largest([("p", peak)]).basis == (-peak).basis == (peak + peak).basis == DENSE
    with pytest.raises(BasisError, match="takes power as 'design power of the chips'"):
        _ = per_watt / (leaf("p2", 8.0, basis=DENSE) / leaf("w2", 2.0, basis=SYSTEM))


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (("sparse.fp8", "H100"), ("peak.fp8", "H200"), "takes sparsity as '2:4 sparse', .* as 'dense'"),
        (("scale_up.bandwidth.both", "H100"), ("scale_up.bandwidth", "910C"), "takes direction as 'both ways', .* 'each way'"),
        (("per_watt.peak.bf16", "H200"), ("per_watt.peak.bf16", "NVL72"), "takes power as 'design power of the chips'"),
    ],
)  # fmt: skip
def test_the_tables_own_figures_carry_their_basis(one: tuple[str, str], other: tuple[str, str], words: str) -> None:
    with pytest.raises(BasisError, match=words):
        _ = quantity(*one) / quantity(*other)
