# SPDX-License-Identifier: Apache-2.0
"""Failures and the time of a run, against published clusters and runs."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.reliability import (
    checkpoint_interval,
    effective_share,
    effective_training_time_ratio,
    job_nodes,
    mean_time_to_failure,
    most_useful_chips,
    training_time,
)

LAW = settings(max_examples=80, deadline=None, derandomize=True)


# Kokolis et al. 2025: 6.5e-3 failures per node-day, nodes of eight; 1.8 h and 0.23 h in the paper
@pytest.mark.parametrize(("chips", "hours"), [(16_384, 1.803), (100_000, 0.295), (131_072, 0.225)])
def test_mean_time_to_failure(chips: int, hours: float) -> None:
    seconds = mean_time_to_failure(nodes=job_nodes(chips=chips, node_chips=8), failure_rate=6.5e-3 / 86_400)
    assert seconds / 3600 == pytest.approx(hours, abs=0.0006)


def test_llama_3_1_405b_on_16_384_h100() -> None:
    # 3.8e25 FLOP at an MFU of 0.40 of 989.5 TFLOP/s: 67.8 days, 26.7 million GPU-hours (30.84 reported with downtime)
    days = training_time(operations=3.8e25, chips=16_384, peak=989.5e12, mfu=0.40, effective=1) / 86_400
    assert days == pytest.approx(67.8, abs=0.05)
    assert days * 24 * 16_384 / 1e6 == pytest.approx(26.7, abs=0.05)


def test_deepseek_v3_on_h800() -> None:
    # 3.29e24 FLOP in 2.664 million H800-hours: 343 TFLOP/s each
    hours = training_time(operations=3.29e24, chips=1, peak=343e12, mfu=1, effective=1) / 3600
    assert hours / 1e6 == pytest.approx(2.664, rel=0.002)


def test_useful_chips_of_a_batch() -> None:
    # Scaling Book: Llama 3's batch of 16 million tokens; at 8,192 tokens a replica of 8 chips that is 15,625
    assert most_useful_chips(critical_batch=16e6, replica_tokens=8192, replica_chips=8) == pytest.approx(15_625)


@given(mttf=st.floats(1e3, 1e7), write=st.floats(0.1, 60), restart=st.floats(0, 600))
@LAW
def test_young_interval_is_near_the_best(mttf: float, write: float, restart: float) -> None:
    best = checkpoint_interval(mttf=mttf, write_time=write)
    value = effective_share(mttf=mttf, restart_time=restart, interval=best, write_time=write)
    for other in (best / 3, best * 3):
        assert effective_share(mttf=mttf, restart_time=restart, interval=other, write_time=write) <= value * 1.002
    assert 0 < value < 1


@given(mttf=st.floats(1e5, 1e8), write=st.floats(0.1, 10), restart=st.floats(0, 100))
@LAW
def test_both_expressions_agree_where_failures_are_rare(mttf: float, write: float, restart: float) -> None:
    interval = checkpoint_interval(mttf=mttf, write_time=write)
    short = effective_training_time_ratio(mttf=mttf, restart_time=restart, interval=interval, write_time=write)
    long = effective_share(mttf=mttf, restart_time=restart, interval=interval, write_time=write)
    assert short == pytest.approx(long, abs=3 * ((restart + interval) / mttf) ** 2 + 3 * (write / interval) ** 2)


def test_where_failures_are_frequent_only_one_stays_a_share() -> None:
    assert effective_training_time_ratio(mttf=76, restart_time=600, interval=30, write_time=5) < 0
    assert 0 < effective_share(mttf=76, restart_time=600, interval=30, write_time=5) < 0.01
    assert math.isfinite(effective_share(mttf=76, restart_time=600, interval=30, write_time=5))
