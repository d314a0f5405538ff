# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of a layer: the published activation formulas exactly, FLOPs, states by ZeRO stage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import transformer as t

GPT3 = {"tokens": 2048.0, "width": 12288.0, "heads": 96.0, "kv_heads": 96.0, "head_dim": 128.0, "value_dim": 128.0}
SBH = 2048 * 12288


def stored(**how: float) -> float:
    plain = {
        "span": 2048.0,
        "inner": 49152.0,
        "matrices": 2.0,
        "tensor": 1.0,
        "split": 1.0,
        "fused": 0.0,
        "selective": 0.0,
    }
    return float(t.layer_activations(**GPT3, **{**plain, **how})) / SBH


@pytest.mark.parametrize(
    ("how", "expected"),
    [  # Korthikanti et al. 2022, arXiv 2205.05198, table 2, in units of sbh, with 5as/h = 80 for GPT-3
        ({}, 34 + 80),
        ({"tensor": 8.0}, 10 + 24 / 8 + 80 / 8),
        ({"tensor": 8.0, "split": 8.0}, (34 + 80) / 8),
        ({"tensor": 8.0, "selective": 1.0}, 10 + 24 / 8),
        ({"tensor": 8.0, "split": 8.0, "selective": 1.0}, 34 / 8),
    ],
)
def test_published_activation_formulas_exactly(how: dict[str, float], expected: float) -> None:
    assert stored(**how) == expected


def test_full_recomputation_keeps_the_input() -> None:
    assert t.checkpoint_activations(tokens=2048.0, width=12288.0, split=1.0) == 2 * SBH  # table 2, last row


def test_fused_attention_stores_neither_scores_nor_masks() -> None:
    assert stored(fused=1.0) == 32
    assert stored(fused=1.0) < stored(selective=1.0)


def test_one_formula_and_the_general_one_agree() -> None:
    assert t.activations(sequence=2048, batch=1, width=12288, heads=96) / SBH == stored()


@pytest.mark.parametrize(("zero", "expected"), [(0, 16.0), (1, 4 + 12 / 8), (2, 2 + 14 / 8), (3, 16 / 8)])
def test_states_by_zero_stage(zero: int, expected: float) -> None:
    # Rajbhandari et al. 2020, figure 1, with K = 12
    assert t.state_bytes(parameters=1, data=8, zero=zero, weight=2, gradient=2, optimizer=12) == expected


@given(st.integers(0, 3), st.integers(1, 512))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_more_sharding_never_takes_more(zero: int, data: int) -> None:
    def at(stage: float) -> float:
        return float(t.state_bytes(parameters=1, data=data, zero=stage, weight=2, gradient=2, optimizer=12))

    assert 16 / data - 1e-12 <= at(zero) <= at(max(0, zero - 1)) + 1e-12


@pytest.mark.parametrize(("pipeline", "chunks", "expected"), [(8, 1, 8.0), (8, 3, 8 + 7 / 3), (1, 1, 1.0)])
def test_microbatches_in_flight(pipeline: int, chunks: int, expected: float) -> None:
    # Korthikanti et al., section 4.2.3: L(1 + (p-1)/(pm)) layers with m chunks, L without interleaving
    assert t.microbatches_in_flight(pipeline=pipeline, chunks=chunks, microbatches=1e9) == pytest.approx(expected)
    assert t.microbatches_in_flight(pipeline=pipeline, chunks=chunks, microbatches=2) == min(2.0, expected)


def test_attention_operations_of_gpt() -> None:
    # Narayanan et al. 2021: 4bs^2h forward for scores and weighted values
    heads = {"heads": 96.0, "head_dim": 128.0, "value_dim": 128.0}
    assert t.score_operations(tokens=2048.0, span=2048.0, tensor=1.0, **heads) == 4 * 2048**2 * 12288


@pytest.mark.parametrize(("span", "expected"), [(100.0, 100.0), (256.0, 192.0)])
def test_windows_bound_what_half_of_the_layers_see(span: float, expected: float) -> None:
    assert t.mixed_span(span=span, window=128.0, windowed=18.0, layers=36.0) == expected
