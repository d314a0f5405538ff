# SPDX-License-Identifier: Apache-2.0
"""Where a comparison of costs flips: names of terms, every crossing, and the line through the map of two terms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.costs import cost
from chipgauge.calc.flips import ends, flip, leaf_named, movable, steps, two_way
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure

HERE = catalog()


def ratio_of(**more: str) -> Figure:
    found = cost("100000 H200", catalog=HERE, country="cn", against="131582 910C", **more).ratio  # type: ignore[arg-type]  # pyright: ignore
    assert found is not None
    return found


RATIO = ratio_of()
PEAKS = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H200")


def test_names_of_terms_mean_those_of_the_first_cluster() -> None:
    assert leaf_named(RATIO, "price").item == "nvidia-dgx-h200"
    assert leaf_named(RATIO, "mfu").key.endswith("mfu:hopper-mixture")
    assert leaf_named(RATIO, "mfu:ascend-mixture").key.endswith("mfu:ascend-mixture")
    # a duty is borne by the chips that are imported, not by those made there
    assert leaf_named(RATIO, "duty").key == "default/duty"
    assert "default/duty of the other" in movable(RATIO)
    with pytest.raises(UnknownName, match="Did you mean price"):
        leaf_named(RATIO, "prise")
    with pytest.raises(UnknownName, match="It stands on: .*lifetime"):
        leaf_named(RATIO, "the weather in Hohhot")


@pytest.mark.parametrize("name", ["price", "mfu", "lifetime", "price.electricity", "pue"])
def test_at_a_crossing_both_cost_the_same(name: str) -> None:
    found = flip(RATIO, name)
    assert found.crossings
    for one in found.crossings:
        assert found.low <= one.value <= found.high
        assert RATIO.evaluate({found.leaf.key: one.value}) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ["duty", "fee", "premium"])
def test_what_a_purchase_bears_can_be_asked_though_it_is_nothing_now(name: str) -> None:
    # the H200 is already dearer for equal work, so nothing on top of its price makes both equal
    assert flip(RATIO, name).crossings == () and RATIO.number > 1
    cheap = ratio_of(mfu="40%")
    assert cheap.number < 1
    [one] = flip(cheap, name).crossings
    assert cheap.evaluate({flip(cheap, name).leaf.key: one.value}) == pytest.approx(1) and one.change is None


def test_the_line_through_a_map() -> None:
    drawn = two_way(RATIO, "price", "mfu")
    assert all(len(row) == len(drawn.xs) for row in drawn.values) and len(drawn.values) == len(drawn.ys)
    for x, y in zip(drawn.xs, drawn.line, strict=True):
        assert y is not None
        assert RATIO.evaluate({drawn.x.key: x, drawn.y.key: y}) == pytest.approx(1, abs=1e-9)
    # a dearer H200 needs a higher utilisation
    assert list(drawn.line) == sorted(y for y in drawn.line if y is not None)
    assert two_way(RATIO, "price", "mfu", xs=[1e9], ys=[0.4]).line == (None,), "no utilisation makes up for that"
    with pytest.raises(UnknownName, match="a map needs two terms"):
        two_way(RATIO, "price", leaf_named(RATIO, "price").key)


@given(target=st.floats(0.2, 4))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_only_crossing_of_a_quotient(target: float) -> None:
    found = flip(PEAKS, "peak.bf16", given={"nvidia-h200-sxm/peak.bf16": target * 752e12})
    assert [one.value for one in found.crossings] == pytest.approx([target * 752e12])


def test_axes_are_round_and_inside_what_is_searched() -> None:
    leaf = leaf_named(RATIO, "price")
    low, high = ends(leaf)
    points = [leaf.in_unit(value) for value in steps(leaf)]
    assert points == [1e6, 1.5e6, 2e6, 2.5e6, 3e6] and low < steps(leaf)[0] and steps(leaf)[-1] < high
    share = leaf_named(RATIO, "mfu")
    assert ends(share)[1] <= 1 and all(0 < value <= 1 for value in steps(share))
    assert steps(leaf_named(RATIO, "duty"))[0] == 0
