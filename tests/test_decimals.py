# SPDX-License-Identifier: Apache-2.0
"""Numbers as text, a column at once: the same bytes as Python's own `repr`, for every kind of number."""

from __future__ import annotations

import math
import struct

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.decimals import WIDTH, texts


def written(values: list[float]) -> list[str]:
    made = texts(numpy.array(values))
    assert made.shape == (len(values), WIDTH)
    return [row.tobytes().replace(b"\0", b"").decode() for row in made]


def wanted(values: list[float]) -> list[str]:
    return [repr(value) if math.isfinite(value) else "" for value in values]


BITS = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
SHORT = st.builds(
    lambda digits, power: float(f"{digits}e{power}"), st.integers(-(10**17), 10**17), st.integers(-30, 20)
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(values=st.lists(st.one_of(BITS, SHORT, st.floats(), st.floats(-1e6, 1e6)), min_size=1, max_size=50))
def test_any_numbers_are_those_of_repr(values: list[float]) -> None:
    assert written(values) == wanted(values)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_powers_and_their_neighbours(sign: float) -> None:
    # a power of two has a nearer neighbour below; a power of ten is where the count of digits changes
    powers = [math.ldexp(1.0, k) for k in range(-1074, 1024)] + [float(f"1e{k}") for k in range(-323, 309)]
    near = [
        sign * value for power in powers for value in (power, math.nextafter(power, 0), math.nextafter(power, math.inf))
    ]
    assert written(near) == wanted(near)


def test_random_bits_in_one_column() -> None:
    values = numpy.random.default_rng(5).integers(0, 2**64, 50_000, dtype=numpy.uint64).view(float).tolist()
    assert written(values) == wanted(values)


def test_the_ends_of_the_plain_notation() -> None:
    # Python's documented format "r": an exponent below 1e-4 and from 1e16 on
    assert written([1e-4, 9.999e-5, 1e16, 9999999999999998.0, 123456.0, 0.0, -0.0, 5e-324]) == [
        "0.0001", "9.999e-05", "1e+16", "9999999999999998.0", "123456.0", "0.0", "-0.0", "5e-324"
    ]  # fmt: skip
    assert written([math.nan, math.inf, -math.inf]) == ["", "", ""] and written([]) == []
