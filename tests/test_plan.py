# SPDX-License-Identifier: Apache-2.0
"""The text of a plan: round trips, and errors that say what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.plan import Plan, parse_plan, plan_text
from chipgauge.specs.errors import ChipgaugeError

DEGREE = st.integers(1, 1024).map(float)


@given(DEGREE, DEGREE, st.integers(0, 3).map(float), st.sampled_from([0.0, 0.37, 1.0]), st.booleans())
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_plan_reads_back(tensor: float, data: float, zero: float, recompute: float, fused: bool) -> None:
    plan = Plan(tensor=tensor, data=data, zero=zero, recompute=recompute, fused=float(fused))
    stated, words = parse_plan(plan_text(plan))
    read = Plan(**stated, fused=float(words.get("kernels") != "classic"))
    assert read == pytest.approx(plan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tpp=4", "no 'tpp'. Did you mean tp"),
        ("tp=0", "whole number from 1"),
        ("tp=1.5", "whole number from 1"),
        ("zero=4", "from 0 to 3"),
        ("sp=2", "from 0 to 1"),
        ("recompute=some", "none, selective, full or a share"),
        ("recompute=1.2", "none, selective, full or a share"),
        ("kernels=magic", "fused, classic, eager"),
        ("kernels=fuse", "Did you mean fused"),
    ],
)
def test_what_is_wrong_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ChipgaugeError) as error:
        parse_plan(text)
    assert said in str(error.value)


def test_words() -> None:
    assert parse_plan("recompute=selective")[0] == {"recompute": 0.0, "selective": 1.0}
    assert parse_plan("recompute=25%")[0] == {"recompute": 0.25, "selective": 0.0}
    assert parse_plan("layers=8,kernels=eager") == ({"layers": 8.0}, {"kernels": "eager"})
    assert parse_plan("") == ({}, {})
