# SPDX-License-Identifier: Apache-2.0
"""The roofline of an operator: measured products, physical limits, shapes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import roofline as r

SIZE = st.integers(1, 16384).map(float)
H100 = {"element": 2.0, "rate": 0.76 * 989.4e12, "bandwidth": 0.8 * 3.35e12, "wave": 3e5, "launch": 6e-6}


@pytest.mark.parametrize(
    ("rows", "inner", "columns", "measured"),
    [  # aiconfigurator 095f58a, h100_sxm/gemm/sglang/0.5.10, bfloat16, in microseconds
        (16384.0, 8192.0, 16384.0, 6012.307),
        (8192.0, 2048.0, 7168.0, 308.834),
        (1024.0, 4096.0, 4096.0, 53.794),
        (16.0, 8192.0, 8192.0, 48.172),
        (1.0, 8192.0, 16384.0, 93.853),
    ],
)
def test_products_of_every_size_are_near_what_was_measured(
    rows: float, inner: float, columns: float, measured: float
) -> None:
    time = r.product_time(rows=rows, inner=inner, columns=columns, **H100) * 1e6
    assert 0.7 < time / measured < 1.3


@given(SIZE, SIZE, SIZE)
@settings(derandomize=True, deadline=None, max_examples=80)
def test_never_below_the_roofline(rows: float, inner: float, columns: float) -> None:
    time = r.product_time(rows=rows, inner=inner, columns=columns, **H100)
    assert time >= 2 * rows * inner * columns / H100["rate"]
    assert time >= 2 * (rows * inner + inner * columns + rows * columns) / H100["bandwidth"]


@given(SIZE, SIZE, SIZE)
@settings(derandomize=True, deadline=None, max_examples=80)
def test_experts_are_never_faster_than_one_dense_product(rows: float, inner: float, columns: float) -> None:
    shape = {"rows": rows, "inner": inner, "columns": columns}
    assert (
        r.grouped_product_time(groups=8.0, **shape, **H100) >= r.product_time(**shape, **H100) * (1 - 1e-12) or rows < 8
    )


def test_an_operator_takes_the_longer_of_its_two_times() -> None:
    bound = {"rate": 1e15, "bandwidth": 1e12, "launch": 0.0}
    assert r.operator_time(operations=2e12, traffic=1e9, **bound) == 2e-3
    assert r.operator_time(operations=1e11, traffic=1e9, **bound) == 1e-3
    assert r.sequential_time(operations=2e12, traffic=1e9, **bound) == 3e-3
