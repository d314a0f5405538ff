# SPDX-License-Identifier: Apache-2.0
"""Widths of intervals: a group one vote, a row tested against other sources, a single source never alone."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.intervals import around, half_width, interval_widths, quantile, score, votes_of
from chipgauge.specs.measured import COLUMNS, Measured, read_measured


@given(st.floats(1e-9, 1e12), st.floats(0, 3))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_an_interval_holds_its_value_and_that_of_the_inverse_is_the_inverse(value: float, width: float) -> None:
    low, high = around(value, width)
    assert low <= value <= high and math.log(high / low) == pytest.approx(2 * width, abs=1e-12)
    assert around(1 / value, width) == pytest.approx((1 / high, 1 / low))


def rows(*groups: str) -> list[Measured]:
    lines = [f"{i},s,,,{group},decode,m,c,1,,,,,,tpot,1,s," for i, group in enumerate(groups)]
    return read_measured("\n".join([",".join(COLUMNS), *lines]), "x")


def test_a_group_has_one_vote() -> None:
    assert votes_of(rows("a", "a", "b")).tolist() == [0.5, 0.5, 1.0]
    # four rows of one group against two groups of one: the 80% quantile is that of the other groups
    ratios = numpy.exp([0.1, 0.1, 0.1, 0.1, 0.5, 0.6])
    assert half_width(rows("a", "a", "a", "a", "b", "c"), ratios) == pytest.approx(0.6)
    assert half_width(rows("a", "b", "c", "d", "e", "f"), ratios) == pytest.approx(0.5)


def test_a_row_is_tested_against_other_sources_alone() -> None:
    ratios = numpy.exp([0.1, 0.1, 0.3, 0.3])
    widths, tested = interval_widths(rows("a", "b", "c", "d"), ["k"] * 4, ["one", "one", "two", "two"], ratios)
    assert tested.tolist() == pytest.approx([0.3, 0.3, 0.1, 0.1])
    assert widths == pytest.approx({"k": 0.3})


def test_a_label_of_one_source_takes_the_width_of_all() -> None:
    ratios = numpy.exp([0.1, 0.1, 0.4])
    widths, tested = interval_widths(rows("a", "b", "c"), ["k", "k", "other"], ["one", "two", "three"], ratios)
    assert widths == pytest.approx({"k": 0.1, "other": 0.4})
    assert tested[2] == pytest.approx(0.1)


def test_rows_without_a_ratio_count_nowhere() -> None:
    ratios = numpy.array([math.exp(0.1), math.nan, math.exp(0.2)])
    _, tested = interval_widths(rows("a", "b", "c"), ["k"] * 3, ["one", "one", "two"], ratios)
    found = score(rows("a", "b", "c"), ratios, tested)
    assert (found.rows, found.groups) == (2, 2)
    assert found.coverage == 0.5  # 0.1 lies within 0.2, but 0.2 not within 0.1


@given(st.lists(st.floats(0.01, 2.0), min_size=5, max_size=40))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_the_quantile_holds_at_least_its_share(errors: list[float]) -> None:
    values = numpy.array(errors)
    width = quantile(values, numpy.ones(len(values)), 0.8)
    assert (values <= width).mean() >= 0.8 - 1e-9
    assert (values < width).mean() <= 0.8 + 1e-9
