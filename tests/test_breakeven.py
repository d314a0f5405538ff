# SPDX-License-Identifier: Apache-2.0
"""Root finding on the graph of a figure: every crossing of a target, and grids of two leaves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.breakeven import break_even, find_leaf, grid
from chipgauge.calc.quantity import quantity
from chipgauge.specs.errors import UnitError, UnknownName

RATIO = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")
PEAK = "huawei-ascend-910c/peak.bf16"


@given(target=st.floats(0.2, 1.9))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_crossing_is_exact(target: float) -> None:
    [found] = break_even(RATIO, PEAK, target=target, low=1e14, high=2e15)
    assert found.value == pytest.approx(target * 989.5e12, rel=1e-12)
    assert found.change == pytest.approx(found.value / 752e12 - 1)


def test_no_crossing_two_crossings_and_wrong_ends() -> None:
    assert break_even(RATIO, PEAK, target=5, low=1e14, high=2e15) == []
    square = (RATIO - quantity("peak.bf16", "H20") / quantity("peak.bf16", "H200")).power(2)
    assert len(break_even(square, PEAK, target=0.01, low=1e13, high=2e15)) == 2
    with pytest.raises(UnitError, match="the lower first"):
        break_even(RATIO, PEAK, target=1, low=2, high=1)
    with pytest.raises(UnknownName, match="Did you mean"):
        find_leaf(RATIO, "huawei-ascend-910c/peak.bf61")
    assert grid(RATIO, PEAK, "nvidia-h200-sxm/peak.bf16", xs=[1e15, 2e15], ys=[1e15]).tolist() == [[1, 2]]


def test_other_leaves_may_be_held_elsewhere() -> None:
    other = "nvidia-h200-sxm/peak.bf16"
    [found] = break_even(RATIO, PEAK, target=1, low=1e14, high=2e15, given={other: 1.2e15})
    assert found.value == pytest.approx(1.2e15)
