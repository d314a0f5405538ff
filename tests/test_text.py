# SPDX-License-Identifier: Apache-2.0
"""Words and numbers: rounding as a browser does it, and findings that the numbers make true."""

import json
import math
import re
import subprocess
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports import text
from chipgauge.specs.figure import Figure, State, constant, largest, unknown
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")


def figure(value: float | None, low: float | None = None, high: float | None = None, state: State = "known") -> Figure:
    """Return a plain number with a range."""
    ends = None if value is None or low is None or high is None else (low, high)
    return Figure("x/y", "leaf", "y", value, ONE, state, leaf_range=ends, why="nobody says")


# Intl.NumberFormat of Node.js 20.20.2 (ICU 78.2): "en-US", roundingMode "halfEven", maximumSignificantDigits
# the second number, or the digits before the point where they are more.
INTL = [
    (7935.95, 4, "7,936"),
    (7935.95, 5, "7,936"),
    (15832.0, 4, "15,832"),
    (6.6858108, 4, "6.686"),
    (0.149569, 4, "0.1496"),
    (1228800.0, 4, "1,228,800"),
    (0.00012345, 4, "0.0001234"),
    (12345.5, 4, "12,346"),
    (12346.5, 4, "12,346"),
    (2.5, 4, "2.5"),
    (1.0005, 4, "1"),
    (1.0015, 4, "1.002"),
    (999.95, 4, "1,000"),
    (99999.5, 4, "100,000"),
    (9999.5, 4, "10,000"),
    (0.000001, 4, "0.000001"),
    (123456789012345.0, 4, "123,456,789,012,345"),
    (2.675, 3, "2.68"),
    (2.665, 3, "2.66"),
    (1074.2857, 4, "1,074"),
    (-1234.5, 4, "-1,234"),
    (0.30000000000000004, 4, "0.3"),
]


@pytest.mark.parametrize(("value", "digits", "shown"), INTL)
def test_numbers_as_intl_prints_them(value: float, digits: int, shown: str) -> None:
    assert text.number(value, digits) == shown


def test_a_browser_prints_the_same_digits(node: str) -> None:
    random = Random(20261122)
    values = [round(random.uniform(-1, 1) * 10 ** random.randint(-5, 14), random.randint(0, 6)) for _ in range(400)]
    values += [random.randint(1, 10**5) / 8 for _ in range(200)]  # halves and eighths: many exact ties
    pairs = [(value, random.randint(1, 8)) for value in values if abs(value) > 1e-6]
    script = """
        const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const whole = x => Math.trunc(Math.abs(x)).toString().length;
        console.log(JSON.stringify(pairs.map(([x, d]) => new Intl.NumberFormat("en-US", {
          maximumSignificantDigits: Math.max(d, Math.abs(x) < 1 ? 1 : whole(x)), roundingMode: "halfEven"
        }).format(x))));
    """
    ran = subprocess.run([node, "-e", script], input=json.dumps(pairs), capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [text.number(value, digits) for value, digits in pairs]


@given(st.floats(1e-6, 1e15, exclude_max=True), st.integers(1, 15), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_ordinary_numbers_have_thousands_and_no_exponent(size: float, digits: int, negative: bool) -> None:
    value = -size if negative else size
    shown = text.number(value, digits)
    assert re.fullmatch(r"-?[1-9][0-9]{0,2}(,[0-9]{3})*(\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]", shown)
    assert math.isclose(float(shown.replace(",", "")), value, rel_tol=0.5000001 * 10 ** (1 - digits))
    significant = shown.replace(",", "").strip("-").lstrip("0.").replace(".", "")
    if "." in shown:
        assert len(significant) <= digits


def test_numbers_at_the_ends() -> None:
    assert [text.number(value) for value in (0.0, -0.0, 5.0e-7, 2.0e30, 1.0e15)] == ["0", "0", "5e-7", "2e+30", "1e+15"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (6.6858108, "6.69"),
        (1.2, "1.20"),
        (0.1, "0.10"),
        (0.0999, "0.0999"),
        (0.04567, "0.0457"),
        (99.99, "99.99"),
        (99.996, "100"),
        (123.456, "123"),
        (1951.13, "1,951"),
        (0.125, "0.12"),
        (0.135, "0.14"),
        (0.0, "0.00"),
    ],
)
def test_ratios(value: float, shown: str) -> None:
    assert text.ratio(figure(value)) == shown


@pytest.mark.parametrize(
    ("name", "word", "shown"),
    [
        ("R200", "announced", "R200 (announced)"),
        ("Rubin R200 (one package)", "announced", "Rubin R200 (one package, announced)"),
        ("B30A (rumoured)", "rumoured", "B30A (rumoured)"),
        ("H20", "", "H20"),
    ],
)
def test_a_name_is_marked_once(name: str, word: str, shown: str) -> None:
    assert text.marked(name, word) == shown == text.marked(shown, word)


def test_what_has_no_number() -> None:
    nothing = unknown("a/b", "b", "nobody says", unit=parse_unit("GB"))
    assert (text.value(nothing), text.ratio(nothing), text.spread(nothing), text.mark(nothing)) == (
        "unknown",
        "-",
        "",
        "",
    )
    gone = replace(nothing, state="absent")
    assert text.value(gone) == "absent"
    assert text.quantity(gone) == "absent"
    part = largest([("a", constant(3e9, parse_unit("GB"))), ("b", nothing)])
    assert text.value(part) == "at least 3"
    assert text.value(Figure("a/b", "leaf", "b", True, ONE)) == "yes"
    assert text.value(Figure("a/b", "leaf", "b", False, ONE)) == "no"
    assert text.value(Figure("a/b", "leaf", "b", "HBM3", ONE)) == "HBM3"
    assert text.ratio(Figure("a/b", "leaf", "b", "HBM3", ONE)) == "-"


def test_ranges_show_only_where_they_differ_as_printed() -> None:
    assert text.spread(figure(752.0, 752.0, 800.0)) == "752 to 800"
    assert text.spread(figure(752.0, 752.0, 752.01)) == ""
    assert text.ratio_spread(figure(1.0, 0.9999, 1.0001)) == ""
    assert text.quantity(figure(752.0, 752.0, 800.0)) == "752 (752 to 800)"
    assert text.cell(replace(figure(752.0, 752.0, 800.0), status="estimated")) == "752 (752 to 800) ~"
    assert text.cell(replace(figure(752.0), status="assumed")) == "752 *"


@given(st.lists(st.sampled_from(["a", "b c", "d"]), max_size=5))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_joined_words(words: list[str]) -> None:
    shown = text.joined(words)
    assert re.split(", | and ", shown) == (words or [""])
    assert shown.count(" and ") == (len(words) > 1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("NVIDIA H20 96 GB", "the H20 96 GB"),
        ("Huawei CloudMatrix 384", "the CloudMatrix 384"),
        ("8 H20 96 GB", "8 H20 96 GB"),
        ("100,000 H200 SXM 141 GB", "100,000 H200 SXM 141 GB"),
        ("0.5 H20 96 GB", "0.5 H20 96 GB"),
        ("910C", "the 910C"),
        ("1000", "the 1000"),
    ],
)
def test_an_article_stands_before_a_part_and_not_before_a_number(name: str, shown: str) -> None:
    assert text.named(name) == shown
