# SPDX-License-Identifier: Apache-2.0
"""Readers of a derivation: the node list, samples, intervals, the swing per leaf, and what has changed since."""

import json
import math
from itertools import permutations, product
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import evaluate
from chipgauge.calc.graph import SAMPLES, changed_leaves, draws, interval, node_list, sample, swing, triangular
from chipgauge.calc.quantity import quantity
from chipgauge.specs.errors import UnknownValue
from chipgauge.specs.figure import Figure, largest, total, unknown
from chipgauge.specs.units import parse_unit

WATT, ONE = parse_unit("W"), parse_unit("1")
EXPRESSIONS = (
    "tpp(H200)/tpp(H20)",
    "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)",
    "h100e.8bit(910C)",
    "price(CM384)/peak.bf16(CM384) - price(NVL72)/peak.bf16(NVL72)",
    "max(tpp(910C), tpp(H20)) * 2",
)


def leaf(key: str, low: float, value: float, high: float, unit: Any = WATT) -> Figure:
    return Figure(key, "leaf", key, value, unit, leaf_range=(low, high), status="stated", sources=("a-source",))


A, B, C = leaf("a", 1.0, 2.0, 4.0), leaf("b", 3.0, 5.0, 6.0), leaf("c", 10.0, 10.0, 30.0)
ranges = st.tuples(
    st.floats(0.1, 1e3), st.floats(0.0, 1.0), st.floats(min_value=0.01, max_value=1e3)
)  # low, where the value stands, width


def ranged(key: str, drawn: tuple[float, float, float]) -> Figure:
    low, share, width = drawn
    high = low + width
    return leaf(key, low, min(high, low + share * width), high)


# --- the node list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_node_once_and_inputs_before_users(expression: str) -> None:
    figure = evaluate(expression)
    order = [node.key for node in figure.nodes()]
    nodes = node_list(figure)
    assert list(nodes) == order and len(set(order)) == len(order)
    assert order[-1] == figure.key
    place = {key: position for position, key in enumerate(order)}
    used: set[str] = set()
    for key, node in nodes.items():
        for name, child in node.get("inputs", {}).items():
            assert place[child] < place[key], f"{name} of {key} comes after it"
            used.add(child)
    assert used == set(order) - {figure.key}, "every other node is somebody's input"


def test_a_shared_leaf_stands_once() -> None:
    nodes = node_list(evaluate("tpp(H20) / tpp(H20) + memory.bandwidth(H20)/memory.bandwidth(H20)"))
    assert sum(key == "nvidia-h20-96gb/memory.bandwidth" for key in nodes) == 1
    assert list(nodes).count("tpp(nvidia-h20-96gb)") == 1


def test_nodes_hold_what_explain_prints_and_survive_json() -> None:
    nodes = node_list(quantity("ridge.bf16", "910C"))
    assert json.loads(json.dumps(nodes)) == nodes
    peak = nodes["huawei-ascend-910c/peak.bf16"]
    # Huawei's device profile A3_752T prints 752; the range to 800 comes from Epoch AI
    assert (peak["kind"], peak["value"], peak["unit"], peak["low"], peak["high"]) == (
        "leaf",
        752.0,
        "TFLOP/s",
        752.0,
        800.0,
    )
    assert peak["sources"] and peak["quantity"] == "peak.bf16" and peak["condition"] == "dense"
    root = nodes["ridge.bf16(huawei-ascend-910c)"]
    assert root["kind"] == "formula" and root["formula"] == "peak / bandwidth"
    assert root["inputs"] == {
        "peak": "huawei-ascend-910c/peak.bf16",
        "bandwidth": "huawei-ascend-910c/memory.bandwidth",
    }
    assert "sources" not in root, "only leaves have sources; a node has inputs"


def test_an_unknown_node_says_why_and_names_what_is_missing() -> None:
    nodes = node_list(quantity("performance_density", "B200"))
    root = nodes["performance_density(nvidia-b200)"]
    assert (root["state"], root["value"], root["missing"]) == ("unknown", None, ["nvidia-b200/die.area"])
    assert "die area" in root["why"]


def test_a_node_that_is_a_text_or_a_yes_has_no_unit() -> None:
    assert node_list(quantity("datacentre", "H20"))["nvidia-h20-96gb/datacentre"]["value"] is True
    node = node_list(quantity("memory.type", "H20"))["nvidia-h20-96gb/memory.type"]
    assert node["value"] == "HBM3" and "unit" not in node and "low" not in node


# --- samples ---------------------------------------------------------------------------------------------------------


def test_samples_are_the_same_each_time_and_differ_by_seed() -> None:
    figure = A * B
    first, again, other = sample(figure), sample(A * B), sample(figure, seed=7)
    assert first.shape == (SAMPLES,)
    assert (first == again).all()
    assert (first != other).any()


def test_a_figure_without_range_is_constant_over_samples() -> None:
    fixed = leaf("f", 3.0, 3.0, 3.0)
    assert sample(fixed, 16).tolist() == [3.0] * 16
    assert interval(fixed, 16) == (3.0, 3.0)
    assert swing(fixed) == []


@given(first=ranges, second=ranges, third=ranges)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_samples_lie_inside_the_range_and_intervals_inside_the_bounds(
    first: tuple[float, float, float], second: tuple[float, float, float], third: tuple[float, float, float]
) -> None:
    one, two, three = ranged("one", first), ranged("two", second), ranged("three", third)
    for figure in (
        one,
        one + two,
        one * two / three,
        total([("x", one), ("y", two)]),
        largest([("x", one), ("y", two)]),
    ):
        drawn = sample(figure, 256)
        low, high = figure.bounds()
        assert low is not None and high is not None
        slack = 1e-12 * high
        assert drawn.min() >= low - slack and drawn.max() <= high + slack
        below, above = interval(figure, 256)
        assert low - slack <= below <= figure.number <= above <= high + slack


@given(values=st.lists(ranges, min_size=2, max_size=5))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_order_of_the_leaves_does_not_matter(values: list[tuple[float, float, float]]) -> None:
    leaves = [ranged(f"leaf {number}", drawn) for number, drawn in enumerate(values)]
    forward = draws(leaves, 64)
    for order in (leaves[::-1], leaves[1:] + leaves[:1]):
        other = draws(order, 64)
        assert forward.keys() == other.keys()
        assert all((forward[key] == other[key]).all() for key in forward)


def test_order_of_the_leaves_does_not_matter_for_a_sum() -> None:
    sums = [total([(part.key, part) for part in order]) for order in permutations((A, B, C))]
    first = sample(sums[0], 512)
    assert all(numpy.allclose(sample(other, 512), first, rtol=1e-14) for other in sums)


@pytest.mark.parametrize("expression", ["peak.bf16(910C)", "power.system(CM384)", "per_dollar.peak.bf16(CM384)"])
def test_equal_key_is_one_unknown_with_one_draw(expression: str) -> None:
    figure = evaluate(expression)
    assert figure.bounds()[0] != figure.bounds()[1]
    assert (sample(figure - figure) == 0).all()
    assert (sample(figure / figure) == 1).all()
    assert (figure - figure).bounds() == (0.0, 0.0)
    assert (figure / figure).bounds() == (1.0, 1.0)


def test_leaves_of_other_keys_are_drawn_apart() -> None:
    twin = leaf("twin", 1.0, 2.0, 4.0)
    assert (sample(A - twin) != 0).any()
    assert abs(float(numpy.corrcoef(*(draws([A, twin], 4096)[key] for key in ("a", "twin")))[0, 1])) < 0.02


def triangular_quantile(share: float, low: float, mode: float, high: float) -> float:
    """The closed form: the inverse of the two parabolas of the distribution function."""
    split = (mode - low) / (high - low)
    if share < split:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


@pytest.mark.parametrize(
    ("low", "mode", "high"), [(1.0, 2.0, 4.0), (10.0, 10.0, 30.0), (5.0, 9.0, 9.0), (752.0, 752.0, 800.0)]
)
def test_quantiles_are_those_of_the_triangular_distribution(low: float, mode: float, high: float) -> None:
    # Triangular distribution (Kotz and van Dorp 2004): mean (a+b+c)/3, variance (a2+b2+c2-ab-ac-bc)/18
    one = leaf("one", low, mode, high)
    drawn = sample(one)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        exact = triangular_quantile(share, low, mode, high)
        assert float(numpy.quantile(drawn, share)) == pytest.approx(exact, abs=1e-3 * (high - low))
    assert drawn.mean() == pytest.approx((low + mode + high) / 3, rel=1e-3)
    variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    assert drawn.var() == pytest.approx(variance, rel=0.01)
    below, above = interval(one)
    assert below == pytest.approx(min(mode, triangular_quantile(0.05, low, mode, high)), abs=1e-3 * (high - low))
    assert above == pytest.approx(max(mode, triangular_quantile(0.95, low, mode, high)), abs=1e-3 * (high - low))


@given(low=st.floats(0.1, 1), mode=st.floats(1, 2), high=st.floats(2, 9), u=st.floats(0, 1))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_triangle_stays_inside_its_ends(low: float, mode: float, high: float, u: float) -> None:
    assert low - 1e-9 <= float(triangular(numpy.array([u]), low, mode, high)[0]) <= high + 1e-9
    assert triangular(numpy.array([u]), mode, mode, mode).tolist() == [mode]


def test_interval_holds_the_value_at_the_end_of_its_range() -> None:
    # 910C: 752 adopted, 752 to 800: the value is the least, so the interval begins there
    below, above = interval(quantity("peak.bf16", "910C"))
    assert below / 1e12 == 752 and 752 < above / 1e12 < 800


def test_other_numbers_of_points_than_a_power_of_two() -> None:
    assert sample(A, 1000).shape == (1000,)
    assert sample(A, 1).shape == (1,)
    assert (sample(A, 1000) == sample(A, 1024)[:1000]).all()


def test_an_unknown_figure_is_not_sampled() -> None:
    gap = unknown("gap", "gap", "nobody states it", unit=WATT)
    for figure in (gap, A + gap):
        for reader in (sample, interval):
            with pytest.raises(UnknownValue, match="nobody states it"):
                reader(figure)
        assert swing(figure) == []


# --- the swing per leaf ----------------------------------------------------------------------------------------------


def test_swing_moves_one_leaf_at_a_time_and_sorts_by_width() -> None:
    # a 1..4 about 2, b 3..6 about 5, c 10..30 about 10: by hand, a * b / c
    rows = swing(A * B / C)
    by_key = {key: (low, high) for key, low, high in rows}
    assert by_key == {
        "a": (pytest.approx(0.5), pytest.approx(2.0)),
        "b": (pytest.approx(0.6), pytest.approx(1.2)),
        "c": (pytest.approx(1.0), pytest.approx(1 / 3)),
    }
    assert [key for key, *_ in rows] == ["a", "c", "b"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_swing_lies_inside_the_bounds_and_names_ranged_leaves(expression: str) -> None:
    figure = evaluate(expression)
    low, high = figure.bounds()
    assert low is not None and high is not None
    rows = swing(figure)
    assert {key for key, *_ in rows} == {one.key for one in figure.ranged_leaves()}
    for _, left, right in rows:
        assert low <= min(left, right) <= max(left, right) <= high
    widths = [abs(right - left) for _, left, right in rows]
    assert widths == sorted(widths, reverse=True)


MANY = [leaf(f"n{place}", 1.0 + place, 2.0 + place, 4.0 + place, ONE) for place in range(31)]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(order=st.permutations(MANY), signs=st.lists(st.sampled_from("+-*/m"), min_size=40, max_size=40))
def test_swing_is_the_whole_figure_evaluated_again(order: list[Figure], signs: list[str]) -> None:
    """Thirty-one leaves, some of them twice: what does not stand on a leaf is not computed again, and nothing changes."""
    figure = order[0]
    for sign, one in zip(signs, [*order[1:], *order[:10]], strict=True):
        figure = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": lambda a, b: a / b,
            "m": lambda a, b: largest([("a", a), ("b", b)]),
        }[sign](figure, one)
    rows = {key: ends for key, *ends in swing(figure)} if figure.known else {}
    for one in MANY if rows else ():
        assert one.leaf_range
        try:
            wanted = [figure.evaluate({one.key: end}) for end in one.leaf_range]
        except ArithmeticError:
            assert one.key not in rows
        else:
            assert rows[one.key] == wanted


def test_power_swings_the_ratio_of_the_two_systems_most() -> None:
    # An NVL72 draws 120 kW (NVIDIA) to 145 (SemiAnalysis), a CloudMatrix 500 to 600, a 910C has 752 to 800 TFLOP/s:
    # 17%, 17% below 600, and 6%. By hand, 2.40 becomes 2.90 at 120 kW, 2.15 and 2.58 at 500 and 600, 2.26 at 800.
    rows = swing(evaluate("per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"))
    assert [key for key, *_ in rows] == [
        "nvidia-gb200-nvl72/power.system",
        "huawei-cloudmatrix-384/power.system",
        "huawei-ascend-910c/peak.bf16",
    ]
    assert sorted(rows[0][1:]) == [pytest.approx(2.40, abs=0.01), pytest.approx(2.90, abs=0.01)]
    assert sorted(rows[1][1:]) == [pytest.approx(2.15, abs=0.01), pytest.approx(2.58, abs=0.01)]
    assert sorted(rows[2][1:]) == [pytest.approx(2.26, abs=0.01), pytest.approx(2.40, abs=0.01)]


# --- corners against samples -----------------------------------------------------------------------------------------


def test_bounds_are_the_extremes_over_the_corners() -> None:
    corners = [a * b / c for a, b, c in product((1.0, 4.0), (3.0, 6.0), (10.0, 30.0))]
    assert (A * B / C).bounds() == (pytest.approx(min(corners)), pytest.approx(max(corners)))


# --- what has changed ------------------------------------------------------------------------------------------------


def saved(expression: str) -> dict[str, Any]:
    nodes = node_list(evaluate(expression))
    return {key: node for key, node in json.loads(json.dumps(nodes)).items() if node["kind"] == "leaf"}


def test_nothing_changed_when_computed_again() -> None:
    for expression in EXPRESSIONS:
        assert changed_leaves(saved(expression), saved(expression)) == []


def test_changed_come_and_gone_leaves_are_named_with_both_states() -> None:
    was = {"a/x": {"value": 1.0, "unit": "W"}, "a/y": {"value": "HBM3"}, "a/z": {"value": 3.0}}
    now = {"a/x": {"value": 2.0, "unit": "W"}, "a/y": {"value": "HBM3"}, "a/w": {"value": None, "state": "unknown"}}
    rows = changed_leaves(was, now)
    assert [row["key"] for row in rows] == ["a/w", "a/x", "a/z"]
    assert rows[0] == {"key": "a/w", "was": None, "now": {"value": None, "state": "unknown"}}
    assert rows[1] == {"key": "a/x", "was": {"value": 1.0, "unit": "W"}, "now": {"value": 2.0, "unit": "W"}}
    assert rows[2] == {"key": "a/z", "was": {"value": 3.0}, "now": None}


@pytest.mark.parametrize(
    ("field", "other"), [("value", 752.001), ("unit", "GFLOP/s"), ("low", 700.0), ("high", None), ("state", "absent")]
)
def test_each_field_that_carries_meaning_counts(field: str, other: object) -> None:
    one = {"k": {"value": 752.0, "unit": "TFLOP/s", "low": 752.0, "high": 800.0, "why": "first"}}
    two = {"k": {**one["k"], field: other}}
    assert [row["key"] for row in changed_leaves(one, two)] == ["k"]
    assert [row["key"] for row in changed_leaves(two, one)] == ["k"]


def test_words_and_the_last_place_of_a_float_do_not_count() -> None:
    one = {"k": {"value": 752.0, "why": "first", "sources": ["a"]}}
    two = {"k": {"value": math.nextafter(752.0, 800.0), "why": "second", "sources": ["b"]}}
    assert changed_leaves(one, two) == []


def test_yes_is_not_one() -> None:
    assert changed_leaves({"k": {"value": True}}, {"k": {"value": 1.0}}) != []
    assert changed_leaves({"k": {"value": False}}, {"k": {"value": 0.0}}) != []


def test_a_saved_file_of_another_shape_does_not_end_in_a_traceback() -> None:
    rows = changed_leaves({"a": [1, 2], "b": "text"}, {"a": {"value": 1.0}, "b": None})
    assert [row["key"] for row in rows] == ["a", "b"]


def test_batches_of_a_sample_are_parts_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from chipgauge.calc import graph

    figure = evaluate("tpp(910C) / tpp(H20) + peak.bf16(910C) / peak.bf16(H20)")
    whole = graph.sample(figure, 1000)
    monkeypatch.setattr(graph, "BATCH", 64)
    assert (graph.sample(figure, 1000) == whole).all()
    leaves = figure.ranged_leaves()
    drawn = graph.draws(leaves, 1000)
    assert {len(values) for values in drawn.values()} == {1000}
    assert (figure.evaluate(drawn) == whole).all()
