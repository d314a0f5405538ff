# SPDX-License-Identifier: Apache-2.0
"""Collectives: published volumes, physical limits, no tier that a group does not use."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import collectives as c

LINKS = c.Links(up=450e9, out=50e9, latency=5e-6, domain=8.0, ramp=0.0)
POWERS = st.sampled_from([1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 512.0])
settings.register_profile("plain", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("plain")


def test_ring_volume_inside_a_node() -> None:
    # NCCL tests, PERFORMANCE.md: an all-gather moves (n-1)/n of the vector through each chip, an all-reduce twice that.
    bytes_time = c.gather_bytes_time(volume=450e9, ranks=8.0, inside=8.0, up=450e9, out=50e9)
    assert isclose(bytes_time, 7 / 8)


def test_rails_add_up_across_nodes() -> None:
    # How To Scale Your Model (GPUs): a node of 8 H100 leaves with 8 x 50 GB/s; half of the vector crosses to each of two.
    bytes_time = c.gather_bytes_time(volume=400e9, ranks=16.0, inside=8.0, up=450e9, out=50e9)
    assert isclose(bytes_time, max(400 * 15 / 16 / 450, 400 * 0.5 / 400))


@pytest.mark.parametrize(("stride", "inside"), [(1.0, 8.0), (4.0, 2.0), (8.0, 1.0), (64.0, 1.0)])
def test_ranks_inside_a_domain(stride: float, inside: float) -> None:
    assert c.ranks_inside(ranks=16.0, stride=stride, domain=8.0) == inside


@given(POWERS, POWERS, st.floats(1e3, 1e12))
def test_a_group_of_one_costs_nothing_and_time_grows_with_volume(ranks: float, stride: float, volume: float) -> None:
    assert c.gather(volume, 1.0, stride, LINKS) == 0
    assert c.exchange(volume, 1.0, stride, LINKS) == 0
    assert c.neighbour(volume, 1.0, stride, LINKS) == 0
    assert c.gather(volume, ranks, stride, LINKS) <= c.gather(2 * volume, ranks, stride, LINKS)


@given(POWERS, st.floats(1e3, 1e12))
def test_never_faster_than_the_port(ranks: float, volume: float) -> None:
    least = volume * (ranks - 1) / ranks / LINKS.up
    for time in (c.gather(volume, ranks, 1.0, LINKS), c.exchange(volume, ranks, 1.0, LINKS)):
        assert time >= least * (1 - 1e-12)


@given(POWERS, st.floats(1e6, 1e12))
def test_a_larger_domain_is_never_slower(ranks: float, volume: float) -> None:
    rack = LINKS._replace(domain=72.0)
    assert c.gather(volume, ranks, 1.0, rack) <= c.gather(volume, ranks, 1.0, LINKS) * (1 + 1e-12)


def test_a_token_crosses_once_to_each_domain() -> None:
    # DeepSeek-V3, section 3.2.2: with 8 experts in one remote domain only one copy crosses. Two domains, one remote:
    near = c.dispatch_bytes_time(volume=50e9, copies=8.0, ranks=16.0, inside=8.0, up=1e15, out=50e9)
    assert isclose(near, 1 - 0.5**8)  # almost surely an expert is there, and then one copy
    one = c.dispatch_bytes_time(volume=50e9, copies=1.0, ranks=16.0, inside=8.0, up=1e15, out=50e9)
    assert isclose(one, 0.5)


def test_overlap_hides_at_most_its_share_and_what_there_is_room_for() -> None:
    assert c.exposed(communication=2.0, beside=10.0, overlap=0.75) == 0.5
    assert c.exposed(communication=2.0, beside=0.5, overlap=1.0) == 1.5
