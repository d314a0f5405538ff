# SPDX-License-Identifier: Apache-2.0
"""Histograms and extremes against NumPy over all values at once, in whatever parts they come."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.digest import LEAST, MOST, Extremes, Histogram, code_of, digest

NUMBERS = st.one_of(
    st.floats(-1e6, 1e6), st.floats(allow_nan=True, allow_infinity=True, width=64), st.sampled_from([0.0, -0.0, 1.0, 5e-324])
)  # fmt: skip


def taken(values: list[float], parts: int = 1) -> tuple[Extremes, Histogram]:
    histogram, ends, first = Histogram(), Extremes(), 0
    with numpy.errstate(all="ignore"):
        return added(histogram, ends, first, values, parts)


def added(
    histogram: Histogram, ends: Extremes, first: int, values: list[float], parts: int
) -> tuple[Extremes, Histogram]:
    for part in numpy.array_split(numpy.array(values, dtype=float), parts):
        if len(part):
            ends = ends.and_then(digest(numpy.ascontiguousarray(part), first, histogram))
            first += len(part)
    return ends, histogram


@settings(derandomize=True, deadline=None, max_examples=60)
@given(values=st.lists(NUMBERS, min_size=1, max_size=80), parts=st.integers(1, 6))
def test_parts_add_up(values: list[float], parts: int) -> None:
    finite = [value for value in values if math.isfinite(value)]
    (ends, histogram), (again, other) = taken(values, parts), taken(values, 1)
    assert ends.known == len(finite) and ends.undefined == len(values) - len(finite)
    if not finite:
        return
    assert (ends.low, ends.high) == (min(finite), max(finite))
    assert values[ends.low_row] == ends.low and values[ends.high_row] == ends.high
    assert ends.low_row == next(row for row, value in enumerate(values) if value == ends.low)
    assert ends.high_row == next(row for row, value in enumerate(values) if value == ends.high)
    assert (ends.low_row, ends.high_row) == (again.low_row, again.high_row)
    shares = (0.0, 0.3, 0.5, 1.0)
    assert histogram.quantiles(shares, ends.low, ends.high) == other.quantiles(shares, ends.low, ends.high)


@pytest.mark.parametrize("make", [lambda d: d.lognormal(0, 3, 40_000), lambda d: d.normal(0.2, 1, 40_000)])
def test_quantiles_are_right_to_a_bucket(make: object) -> None:
    values = make(numpy.random.default_rng(7))  # type: ignore[operator]
    ends, histogram = taken(values.tolist(), 5)
    shares = (0.01, 0.05, 0.25, 0.75, 0.95, 0.99)
    found = histogram.quantiles(shares, ends.low, ends.high)
    assert found == pytest.approx(numpy.quantile(values, shares, method="lower").tolist(), rel=1 / 2000)
    assert found == sorted(found) and ends.total == pytest.approx(values.sum())


def test_a_single_value_is_every_quantile() -> None:
    ends, histogram = taken([3.25] * 9)
    assert histogram.quantiles((0.0, 0.5, 1.0), ends.low, ends.high) == [3.25] * 3
    assert Histogram().quantiles((0.5,), 0.0, 1.0) == []


@pytest.mark.parametrize(("size", "code"), [(1e-300, LEAST), (5e-324, LEAST), (1e300, MOST), (2.0**-511, LEAST)])
def test_sizes_beyond_the_codes_share_the_last_one(size: float, code: int) -> None:
    assert code_of(size) == code


def test_codes_are_those_of_the_bits() -> None:
    values = numpy.array([1.0, 1.5, 3.1, 2.0**-500, 2.0**511, 0.1, math.nextafter(1.0, 0.0)])
    assert [code_of(float(value)) for value in values] == (values.view(numpy.int64) >> 41).tolist()
