# SPDX-License-Identifier: Apache-2.0
"""A mix of requests: what steps carry, what buffers leave for caches."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.serving_mix import buffer_bytes, prompt_share, prompt_step, served_share, shared_context


@given(st.floats(1, 65536), st.floats(1, 4096))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_larger_steps_leave_less_for_caches(chunk: float, most: float) -> None:
    shape = {"fixed": 1.5e9, "width": 5120, "columns": 76800, "vocabulary": 151936, "tensor": 1, "wide": 2}
    base = buffer_bytes(chunk=chunk, most=most, **shape)
    assert 1.5e9 < base < buffer_bytes(chunk=chunk + 1, most=most, **shape)
    assert base < buffer_bytes(chunk=chunk, most=most + 1, **shape)


@given(st.floats(0.01, 1e6), st.floats(1, 1e5), st.floats(16, 16384))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_what_steps_carry_adds_up_to_what_comes(rows: float, prompt: float, chunk: float) -> None:
    share, each = (
        prompt_share(rows=rows, prompt=prompt, chunk=chunk), prompt_step(rows=rows, prompt=prompt, chunk=chunk)
    )  # fmt: skip
    assert 0 < share <= 1
    assert share * each == pytest.approx(rows)
    assert each >= min(prompt, chunk)  # a prompt, or a chunk of it, comes whole


@pytest.mark.parametrize(("rows", "share"), [(1999.0, 0.9995), (2000.0, 1.0), (2001.0, 1.0)])
def test_every_step_carries_prompts_once_one_comes_in_each(rows: float, share: float) -> None:
    assert prompt_share(rows=rows, prompt=2000, chunk=8192) == pytest.approx(share)


def test_chunks_spread_a_long_prompt() -> None:
    # Agrawal et al. 2024, Sarathi-Serve: chunks of 512 of a prompt of 4,096 are in eight times as many steps
    whole, parts = (prompt_share(rows=256, prompt=4096, chunk=chunk) for chunk in (8192, 512))
    assert parts == pytest.approx(8 * whole)


def test_beams_share_the_prompt() -> None:
    assert shared_context(prompt=900, answer=69, beams=1) == pytest.approx(934.5)
    assert shared_context(prompt=900, answer=69, beams=4) == pytest.approx(259.5)


def test_share_of_the_peak_that_serving_reaches() -> None:
    # DeepSeek-V3's profile on H800: 7,839 prompt tokens a second and chip by 37B active parameters are 580 TFLOP/s
    assert served_share(rate=7839, tokens=1, parameters=37e9, peak=989e12) == pytest.approx(0.5866, abs=1e-3)
