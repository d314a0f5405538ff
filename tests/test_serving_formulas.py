# SPDX-License-Identifier: Apache-2.0
"""The formulas of a serving pass against published figures and against what must hold for any chip."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.roofline import traffic_time
from chipgauge.calc.serving_formulas import (
    accepted_tokens,
    between_groups,
    cache_ranks,
    cache_traffic,
    expert_exchange_time,
    expert_product_time,
    latent_operations,
    link_rate,
    stored_product_time,
    sustained_rate,
    touched_experts,
)
from chipgauge.calc.serving_mix import cache_room, running_sequences, sequences_that_fit

BARE = {"element": 0.0, "wave": 0.0, "launch": 0.0}


@pytest.mark.parametrize(("batch", "milliseconds"), [(4, 2.57), (256, 21.05)])
def test_decode_step_of_the_book(batch: int, milliseconds: float) -> None:
    # Austin et al. 2025, How To Scale Your Model, chapter Inference: 30B parameters in 8 bits on 16 TPU v5e of 197 TFLOP/s
    # (16 bits) and 810 GB/s each, 819 MB of cache a sequence
    bandwidth, rate = 16 * 8.1e11, 16 * 1.97e14
    read = cache_traffic(sequences=batch, span=1, elements=819e6, element=1, ranks=1)
    cache = traffic_time(traffic=read, bandwidth=bandwidth, launch=0.0)
    products = stored_product_time(rows=batch, inner=30e9, columns=1, weight=1, rate=rate, bandwidth=bandwidth, **BARE)
    assert (cache + products) * 1e3 == pytest.approx(milliseconds, abs=0.006)


@pytest.mark.parametrize(
    ("peak", "bandwidth", "tokens"),
    # the same book: H100 295 tokens; B200 2,250 TFLOP/s over 8 TB/s: 281
    [(989.4e12, 3.352e12, 295), (2250e12, 8.0e12, 281)],
)
def test_batch_at_which_arithmetic_takes_over(peak: float, bandwidth: float, tokens: int) -> None:
    def time(rows: float) -> float:
        made: float = stored_product_time(
            rows=rows,
            inner=1e6,
            columns=1,
            weight=2,
            rate=peak,
            bandwidth=bandwidth,
            element=0.0,
            wave=0.0,
            launch=0.0,
        )
        return made

    weights = 2 * 1e6 / bandwidth
    assert time(tokens - 5) == pytest.approx(weights, rel=0.05)
    assert time(tokens + 5) > 1.01 * weights > time(tokens - 5) * 0.99
    assert time(10 * tokens) == pytest.approx(10 * weights, rel=0.02)


def test_a_chip_with_few_operations_is_bound_by_arithmetic_at_one_row() -> None:
    # H20: 148 TFLOP/s over 4.0 TB/s is 37 operations a byte, fewer than the 64 rows of one matrix instruction
    time = stored_product_time(rows=1, inner=8192, columns=8192, weight=2, rate=148e12, bandwidth=4.0e12, **BARE)
    assert time > 1.5 * 2 * 8192 * 8192 / 4.0e12
    fast = stored_product_time(rows=1, inner=8192, columns=8192, weight=2, rate=989e12, bandwidth=3.35e12, **BARE)
    assert fast == pytest.approx(2 * 8192 * 8192 / 3.35e12, rel=1e-3)


def test_experts_that_a_batch_touches() -> None:
    # Epoch AI 2025: a share 1 - (1 - k/E)^B; DeepSeek-V3 routes 8 of 256
    assert touched_experts(experts=256, routed=8, tokens=1) == pytest.approx(8)
    assert touched_experts(experts=256, routed=8, tokens=22) == pytest.approx(256 * 0.503, rel=0.01)
    assert touched_experts(experts=256, routed=8, tokens=10_000) == pytest.approx(256)
    assert touched_experts(experts=0, routed=0, tokens=5) == 0


@given(st.floats(0, 0.95), st.integers(0, 16))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_speculation_yields_between_one_and_all_tokens(acceptance: float, drafted: int) -> None:
    made = accepted_tokens(acceptance=acceptance, drafted=drafted)
    assert 1 - 1e-12 <= made <= drafted + 1 + 1e-9
    # Leviathan et al. 2023: 0.8 with 5 drafts gives 3.69
    assert accepted_tokens(acceptance=0.8, drafted=5) == pytest.approx(3.69, abs=0.005)


def test_a_cache_is_divided_over_kv_heads_and_not_over_query_heads() -> None:
    # LLM-Viewer took query heads for keys and values in its fused branch
    assert [cache_ranks(tensor=tensor, kv_heads=8) for tensor in (1, 8, 16)] == [1, 8, 8]


def test_latent_attention_fills_whole_instructions() -> None:
    # FlashMLA on H100: 16 heads run at 85, 64 heads at 328 TFLOP/s with the same 2,800 GB/s (weedge, 2025-02): same time
    some = {"sequences": 128, "span": 4096, "kv_rank": 512, "rope_dim": 64, "tensor": 1, "draft": 1}
    assert latent_operations(heads=16, **some) == latent_operations(heads=64, **some)
    assert latent_operations(heads=128, **some) == 2 * latent_operations(heads=64, **some)
    assert latent_operations(heads=128, **some) == 2 * 128 * 4096 * 128 * (2 * 512 + 64)


def test_power_and_not_the_peak_limits_a_card_of_half_the_power() -> None:
    full = sustained_rate(peak=1979e12, efficiency=0.7, power=700, energy=6e-13, element=1)
    card = sustained_rate(peak=1513e12, efficiency=0.7, power=350, energy=6e-13, element=1)
    assert card / full == pytest.approx(0.5)
    ample = sustained_rate(peak=296e12, efficiency=0.8, power=500, energy=6e-13, element=1)
    assert ample == pytest.approx(0.8 * 296e12)


def test_nothing_is_exchanged_by_one_rank() -> None:
    some = {"up": 450e9, "out": 50e9, "latency": 1e-5}
    assert expert_exchange_time(tokens=128, width=7168, routed=8, element=1, ranks=1, inside=1, **some) == 0
    assert between_groups(groups=1, each=3.0) == 0
    assert between_groups(groups=8, each=3.0) == 3


def test_exchange_between_nodes_is_bound_by_the_rail() -> None:
    # DeepEP on H100, 4,096 tokens a rank, 16 ranks on 2 nodes, FP8 dispatch: 805 us measured (aiconfigurator)
    time = expert_exchange_time(
        tokens=4096,
        width=7168,
        routed=8,
        element=1,
        ranks=16,
        inside=8,
        up=0.68 * 450e9,
        out=0.77 * 50e9,
        latency=2.5e-5,
    )
    assert time == pytest.approx(805e-6, rel=0.15)


def test_room_is_never_negative_and_counts_what_programs_take() -> None:
    assert cache_room(memory=80e9, held=0.9, weights=70e9, reserve=3e9) == 0
    assert cache_room(memory=80e9, held=0.9, weights=35e9, reserve=3e9) == pytest.approx(34e9)
    # 80 GB against 80 GiB: 7% of the device, a sixth of the room
    more = cache_room(memory=80 * 2**30, held=0.9, weights=35e9, reserve=3e9)
    assert more / 34e9 == pytest.approx(1.156, abs=0.001)
    assert sequences_that_fit(room=34e9, each=327_680 * 1000, ranks=1) == pytest.approx(103.76, abs=0.01)


def test_running_sequences_take_the_tightest_limit() -> None:
    base = {"draft": 1, "accepted": 1, "beams": 1, "prompt": 1000, "answer": 1000}
    assert running_sequences(wanted=5, fitting=9, most=8, chunk=100, **base) == 5
    assert running_sequences(wanted=50, fitting=9, most=8, chunk=100, **base) == 8
    assert running_sequences(wanted=50, fitting=7, most=8, chunk=100, **base) == 7
    assert running_sequences(wanted=50, fitting=90, most=80, chunk=20, **base) == 10  # half of the tokens are prompts


@given(
    rows=st.floats(1, 1e5), inner=st.floats(64, 2e4), columns=st.floats(64, 2e4), rate=st.floats(1e13, 1e16),
    bandwidth=st.floats(1e11, 2e13),
)  # fmt: skip
@settings(derandomize=True, deadline=None, max_examples=60)
def test_products_are_never_faster_than_the_roofline(
    rows: float, inner: float, columns: float, rate: float, bandwidth: float
) -> None:
    time = stored_product_time(
        rows=rows,
        inner=inner,
        columns=columns,
        weight=1,
        element=1,
        rate=rate,
        bandwidth=bandwidth,
        wave=1e5,
        launch=1e-6,
    )
    assert time >= 2 * rows * inner * columns / rate
    assert time >= inner * columns / bandwidth
    experts = expert_product_time(
        rows=rows, touched=8, tile=32, inner=inner, columns=columns, weight=1, element=1, rate=rate, bandwidth=bandwidth,
        launch=1e-6,
    )  # fmt: skip
    assert experts >= 2 * rows * inner * columns / rate
    assert experts >= 8 * inner * columns / bandwidth


def test_ranks_without_links_take_turns_on_the_bus() -> None:
    # NCCL on L40S over PCIe (aiconfigurator 095f58a): bus bandwidth of 512 MiB falls from 20.1 on 2 to 1.45 GB/s on 8 ranks
    two, eight = (link_rate(up=32e9, shared=1, ranks=ranks) for ranks in (2, 8))
    assert eight == pytest.approx(two / 4)
    assert link_rate(up=450e9, shared=0, ranks=8) == 450e9  # NVLink through a switch
