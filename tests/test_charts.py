# SPDX-License-Identifier: Apache-2.0
"""Charts: the right places, the regions that the rules say, labels that hide nothing, text that is only text."""

import math
import re
import xml.etree.ElementTree as ET
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.charts import (
    NARROW,
    WIDE,
    Bar,
    BarGroup,
    Scale,
    log_scale,
    marker,
    ratio_bars,
)
from chipgauge.reports.charts_map import Box, Layer, Point, Region, threshold_map
from chipgauge.reports.charts_roofline import Roof, roofline
from chipgauge.reports.plots_map import BANDWIDTH, layers_of, regions_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.rules import from_plain

POSITIVE = st.floats(1e-6, 1e15)


def bars(*ratios: tuple[float, float, float]) -> list[BarGroup]:
    made = [
        Bar(f"item {n}", n, v, low, high, f"{v:g}", f"{low:g} to {high:g}") for n, (low, v, high) in enumerate(ratios)
    ]
    return [BarGroup("TPP", tuple(made))]


def drawn(svg: str, kind: str) -> list[ET.Element]:
    return [one for one in ET.fromstring(svg).iter() if kind in one.get("class", "").split()]


def rects(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter("rect"))


def simple_map(points: list[Point], width: int = WIDE, regions: list[Region] | None = None) -> str:
    regions = regions_of(catalog().rules()) if regions is None else regions
    layers = [Layer("0001-01-01", tuple(regions))]
    return threshold_map(points, layers, width=width, label="map", x_title="TPP", y_title="TPP/mm²")


def point(label: str, x: float, y: float, kind: int | None = None) -> Point:
    return Point(label, x, y, (x, x), (y, y), kind)


@given(POSITIVE, POSITIVE, st.floats(0, 1))
def test_a_scale_keeps_order_and_stays_within_its_ends(a: float, b: float, part: float) -> None:
    scale = log_scale([a, b], 10, 300)
    between = math.exp(math.log(min(a, b)) * (1 - part) + math.log(max(a, b)) * part)
    places = [scale.at(min(a, b)), scale.at(between), scale.at(max(a, b))]
    assert places == sorted(places)
    assert 10 <= places[0] <= places[2] <= 300
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks())


def test_equal_steps_of_a_ratio_are_equal_distances() -> None:
    scale = Scale(0.01, 100, 0, 400)
    assert [scale.at(value) for value in (0.01, 0.1, 1, 10, 100)] == [0, 100, 200, 300, 400]


def test_a_bar_begins_at_one_and_ends_at_its_ratio() -> None:
    svg = ratio_bars(bars((4, 5, 8), (0.4, 0.5, 0.5)), width=WIDE, label="ratios", baseline="H20")
    above, below = rects(svg)
    one = float(drawn(svg, "axis")[0].get("d", "").partition(" ")[0].removeprefix("M"))
    assert float(above.get("x", "")) == one
    assert float(below.get("x", "")) + float(below.get("width", "")) == pytest.approx(one)
    assert float(above.get("width", "")) / float(below.get("width", "")) == pytest.approx(
        math.log(5) / math.log(2), rel=0.01
    )


def test_a_whisker_spans_the_range() -> None:
    svg = ratio_bars(bars((4, 5, 8)), width=WIDE, label="ratios", baseline="H20")
    low, high = map(float, re.findall(r"^M([\d.]+) [\d.]+H([\d.]+)", drawn(svg, "w")[0].get("d", ""))[0])
    end = float(rects(svg)[0].get("x", "")) + float(rects(svg)[0].get("width", ""))
    assert low < end < high


def test_a_ratio_that_is_unknown_is_a_word_and_no_bar() -> None:
    svg = ratio_bars(
        [BarGroup("TPP", (Bar("A", 0, None, text="unknown"), Bar("B", 1, 0.0, text="0")))],
        width=WIDE,
        label="",
        baseline="H20",
    )
    assert not rects(svg)
    assert "unknown" in svg


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_coordinate_is_within_the_picture(width: int) -> None:
    svg = ratio_bars(bars((1e-3, 0.5, 2), (900, 2000, 3000)), width=width, label="ratios", baseline="H20")
    for one in rects(svg):
        assert 0 <= float(one.get("x", "")) <= float(one.get("x", "")) + float(one.get("width", "")) <= width


def test_shapes_differ_so_that_colour_is_not_needed() -> None:
    shapes = {re.sub(r'class="k\d"', "", marker(0, 0, kind)) for kind in range(6)}
    assert len(shapes) == 6


# --- the map -----------------------------------------------------------------------------------------------------


def test_the_regions_are_those_of_the_rules() -> None:
    first, second = regions_of([rule for rule in catalog().rules() if "3a090" in rule.id])
    assert (first.label, second.label) == ("3A090.a", "3A090.b")
    # 15 CFR 774 Supp. 1, ECCN 3A090: at the line, one step below
    for x, y, a, b in [
        (4800, 0.1, True, False), (4799, 0.1, False, False), (1600, 5.92, True, False), (1599, 6, False, False),
        (1600, 5.91, False, True), (1600, 3.2, False, True), (1600, 3.19, False, False), (2400, 1.6, False, True),
        (2400, 1.59, False, False), (2399, 3.19, False, False), (4799, 1.6, False, True), (4800, 3.2, True, False),
    ]:  # fmt: skip
        assert (first.holds(x, y), second.holds(x, y)) == (a, b), (x, y)


def test_a_limit_in_the_record_moves_the_region() -> None:
    rule = next(rule for rule in catalog().rules() if rule.id == "us-bis-3a090-a")
    plain = rule.plain()
    plain["limbs"][0]["all"][0]["value"] = "9600 TPP"
    (moved,) = regions_of([from_plain(plain)])
    assert not moved.holds(4800, 0.1)
    assert moved.holds(9600, 0.1)


def test_a_rule_on_other_metrics_has_no_region() -> None:
    plain = catalog().rules()[0].plain()
    for limb in plain["limbs"]:
        limb["all"] = [{"metric": "memory.bandwidth", "op": ">=", "value": "1 TB/s"}]
    assert regions_of([from_plain(plain)]) == []


def test_a_region_is_painted_exactly_where_it_holds() -> None:
    region = Region("a", (Box(x_low=10), Box(x_low=2, y_low=3)), (Box(x_low=50),))
    points = [point("A", 1, 1), point("B", 100, 10)]
    svg = simple_map(points, regions=[region])
    cells = [
        tuple(map(float, cell))
        for cell in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H", drawn(svg, "r0")[0].get("d", ""))
    ]
    left = float(re.findall(r"M([\d.]+) 24V", drawn(svg, "axis")[0].get("d", ""))[0])
    x = log_scale([1, 100, 10, 2, 50], left, WIDE - 12, 1.5)
    y = log_scale([1, 10, 3], 460 - 46, 24, 1.6)
    for px, py in [(1.5, 5), (2.1, 3.1), (2.1, 2.9), (11, 1), (49, 9), (51, 9), (9, 2)]:
        at, up = x.at(px), y.at(py)
        painted = any(left <= at <= right and top <= up <= bottom for left, bottom, right, top in cells)
        assert painted == region.holds(px, py), (px, py)


def test_parts_in_one_place_share_a_place_and_both_are_named() -> None:
    svg = simple_map([point("First", 15832, 19.45, 0), point("Second", 15832, 19.45, 1)])
    labels = drawn(svg, "l")
    assert [one.text for one in labels] == ["First", "Second"]
    assert labels[0].get("y") != labels[1].get("y")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(100, 1e5), st.floats(0.1, 100)), min_size=1, max_size=6),
    st.sampled_from([WIDE, NARROW]),
)
def test_labels_and_marks_stay_in_the_picture(places: list[tuple[float, float]], width: int) -> None:
    svg = simple_map([point(f"P{n}", x, y, n) for n, (x, y) in enumerate(places)], width)
    ET.fromstring(svg)
    for one in drawn(svg, "l"):
        assert 0 <= float(one.get("x", "")) <= width


def test_no_parts_and_no_rules_still_make_a_picture() -> None:
    ET.fromstring(simple_map([], regions=[]))
    ET.fromstring(ratio_bars([], width=WIDE, label="", baseline=""))


def test_text_is_only_text() -> None:
    bad = '</text><script>alert(1)</script>" onload="x\x00\u202e'
    for svg in (
        simple_map([point(bad, 5000, 5, 0), point(bad, 50, 5)], regions=[Region(bad, (Box(x_low=10),))]),
        ratio_bars([BarGroup(bad, (Bar(bad, 0, 2.0, 1.0, 3.0, bad, bad),))], width=WIDE, label=bad, baseline=bad),
        roofline([Roof(bad, 0, 100, 1)], width=WIDE, label=bad, x_title=bad, y_title=bad),
    ):
        tags = {one.tag for one in ET.fromstring(svg).iter()}
        assert tags <= {"svg", "path", "rect", "text", "title", "g"}
        assert not any(name.startswith("on") for one in ET.fromstring(svg).iter() for name in one.attrib)
        assert "\u202e" not in svg


# --- dates -------------------------------------------------------------------------------------------------------


def test_a_rule_that_asks_for_another_figure_is_not_denied() -> None:
    """87 FR 62186: ECCN 3A090 stood from 21 October 2022, by TOPS and 600 GB/s of transfer rate; it has no box here."""
    rules = [rule for rule in catalog().rules() if rule.id.startswith(("us-bis-2022-3a090", "us-bis-3a090"))]
    found = layers_of(rules, ("tpp", "performance_density"), [point("A", 4992, 6.04)], "2022-12-01")
    assert found[0].finding == "On 2022-12-01, no rule has a region on this map."
    assert "no rule covers" not in found[0].finding and "first rule" not in found[0].finding


def test_the_layers_change_on_the_days_on_which_the_rules_do() -> None:
    rules = [rule for rule in catalog().rules() if rule.id in ("us-bis-3a090-a", "us-bis-3a090-b")]
    points = [point("A", 15832, 19.45), point("B", 3000, 4), point("C", 100, 1)]
    # 88 FR 73458: in force from 17 November 2023
    layers = layers_of(rules, ("tpp", "performance_density"), points, "2023-11-16")
    assert [(layer.since, len(layer.regions), layer.shown) for layer in layers] == [
        ("0001-01-01", 0, True),
        ("2023-11-17", 2, False),
    ]
    assert layers[0].finding == "On 2023-11-16, no rule has a region on this map."
    later = layers_of(rules, ("tpp", "performance_density"), points, "2024-01-01")
    assert later[0].finding == "Before the first rule of this map, no rule has a region on this map."
    assert layers[1].finding == (
        "From 2023-11-17 on, of 3 chips on the map, 1 lies in the region of 3A090.a, "
        "1 lies in the region of 3A090.b and 1 lies outside."
    )
    assert [layer.shown for layer in layers_of(rules, ("tpp", "performance_density"), points, "2023-11-17")] == [
        False,
        True,
    ]


def test_a_rule_that_ends_leaves_the_map_the_day_after() -> None:
    plain = next(rule for rule in catalog().rules() if rule.id == "us-bis-3a090-a").plain()
    plain["valid"] = [{**plain["valid"][0], "since": "2024-01-01", "until": "2024-12-31"}]
    layers = layers_of([from_plain(plain)], BANDWIDTH, [], "2024-12-31")
    assert [(layer.since, bool(layer.regions)) for layer in layers] == [
        ("0001-01-01", False), ("2024-01-01", True), ("2025-01-01", False),
    ]  # fmt: skip
    assert [layer.shown for layer in layers] == [False, True, False]


def test_only_limbs_on_the_two_axes_are_drawn() -> None:
    (first,) = regions_of([rule for rule in catalog().rules() if rule.id == "us-bis-3a090-a"], BANDWIDTH)
    # 3A090.a.1 asks for TPP alone; a.2 asks for performance density too
    assert first.holds(4800, 1)
    assert not first.holds(4799, 1e6)


def test_the_hidden_layers_are_drawn_and_only_one_is_seen() -> None:
    layers = [
        Layer("0001-01-01", (Region("old", (Box(x_low=10),)),), shown=False),
        Layer("2024-01-01", (Region("new", (Box(x_low=20),)),), shown=True),
    ]
    svg = threshold_map([point("A", 15, 2)], layers, width=WIDE, label="m", x_title="x", y_title="y")
    groups = drawn(svg, "layer")
    assert [(one.get("data-on"), "off" in one.get("class", "")) for one in groups] == [
        ("0001-01-01", True), ("2024-01-01", False)] * 2  # fmt: skip
    assert {"old", "new"} <= {text for one in groups for text in one.itertext()}


def test_parts_that_are_not_compared_name_their_rows() -> None:
    points = [Point("A", 10, 2, (10, 10), (2, 2), None, 0, 7), Point("B", 20, 3, (20, 20), (3, 3), None, 0, 4)]
    (path,) = drawn(simple_map(points, regions=[]), "m0")
    assert path.get("data-r") == "7 4"
    assert len(path.get("d", "").split()) == 4
    # the style sheet names the mark that is drawn on each corner
    assert {".m0 { marker: url(#o0); }", ".m1 { marker: url(#o1); }"} <= set(packed_lines())


def packed_lines() -> list[str]:
    """Return the lines of the report's style sheet as they are written."""
    return files("chipgauge.reports").joinpath("static/report.css").read_text("utf-8").splitlines()


# --- roofs -------------------------------------------------------------------------------------------------------

ROOF = st.builds(
    lambda peak, bandwidth, kind: Roof(f"chip {kind}", kind, peak, bandwidth, (peak * 0.9, peak * 1.1)),
    st.floats(1, 1e5), st.floats(0.05, 100), st.integers(0, 9),
)  # fmt: skip


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(ROOF, min_size=0, max_size=7), st.sampled_from([WIDE, NARROW]))
def test_roofs_stay_in_the_picture_and_their_names_apart(roofs: list[Roof], width: int) -> None:
    svg = roofline(roofs, width=width, label="roof", x_title="intensity", y_title="rate")
    height = float(ET.fromstring(svg).get("viewBox", "").split()[3])
    for one in drawn(svg, "roof"):
        numbers = [float(part) for part in re.findall(r"[\d.]+", one.get("d", ""))]
        assert all(0 <= number <= max(width, height) for number in numbers)
    names = sorted(float(one.get("y", "")) for one in drawn(svg, "l"))
    assert len(names) == len(roofs)
    assert all(b - a >= 15.8 for a, b in pairwise(names))
    assert all(0 <= y <= height for y in names)


def test_a_roof_rises_to_its_ridge_and_stays_level() -> None:
    # Williams, Waterman, Patterson 2009: attainable = min(peak, intensity x bandwidth)
    svg = roofline([Roof("H20", 0, 148, 4.0)], width=WIDE, label="", x_title="", y_title="")
    x0, y0, x1, y1, _ = map(float, re.findall(r"[\d.]+", drawn(svg, "roof")[0].get("d", "")))
    assert drawn(svg, "tm")[0][0].text == "1"
    x, y = log_scale([1, 1000], 58, WIDE - 146, 1), log_scale([4, 148], 400 - 46, 24, 1.25)
    assert (x0, y0) == (58, y.at(4.0 * x.low))
    assert (x1, y1) == (x.at(37), y.at(148))


def test_a_lane_covers_only_what_it_opens() -> None:
    rules = {rule.id: rule for rule in catalog().rules()}
    pair = [rules["us-bis-3a090-a"], rules["us-bis-2026-h200-lane"]]
    # 15 CFR 742.6(b)(10)(iii)(A)(1): below 21,000 TPP and 6,500 GB/s, from 15 January 2026
    first, lane = regions_of(pair, BANDWIDTH)
    assert (first.label, lane.label) == ("3A090.a", "case-by-case review")
    for tpp, bandwidth, opened in [
        (4800, 1, True), (4799, 1, False), (20_999, 6_499, True), (21_000, 1, False), (4800, 6_500, False),
    ]:  # fmt: skip
        assert lane.holds(tpp, bandwidth) == opened, (tpp, bandwidth)
    assert regions_of(pair[1:], BANDWIDTH) == []
    days = [layer.since for layer in layers_of(pair, BANDWIDTH, [], "2026-11-22")]
    assert days == ["0001-01-01", "2023-11-17", "2026-01-15"]


BOX = st.builds(Box, *(st.one_of(st.none(), st.integers(1, 9)) for _ in range(4)))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(BOX, BOX, st.integers(0, 10), st.integers(0, 10))
def test_what_two_boxes_share_is_in_both(one: Box, other: Box, x: int, y: int) -> None:
    both = one.within(other)
    assert (both is not None and both.holds(x, y)) == (one.holds(x, y) and other.holds(x, y))
