# SPDX-License-Identifier: Apache-2.0
"""Collectives over two tiers: links inside a scale-up domain, and one rail of the scale-out network for each chip.

A group of `ranks` lies with a `stride` in the numbering of chips, so `domain / stride` of its ranks share a domain.
All bandwidths are each way and achievable; volumes are those of the whole vector. A hierarchical collective moves what
crosses domains over the rails of every rank that the group has there, hence the larger of the two tiers is its time.
A group that fits into one domain has no second tier: its term is zero without a condition.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.calc.formula import formula, log, sqrt
from chipgauge.specs.figure import maximum, minimum

NCCL = "NVIDIA NCCL tests, doc/PERFORMANCE.md (bus bandwidth of ring collectives)"
HIERARCHY = "Austin et al. 2025, How To Scale Your Model, chapter GPUs (two-level collectives)"
TREE = (
    "Thakur, Rabenseifner, Gropp 2005, doi 10.1177/1094342005051521 (steps: a logarithm in a switch, ranks in a ring)"
)


class Links(NamedTuple):
    """What the network gives one chip: achievable bandwidth each way on both tiers, latency of a step, domain.

    `ramp` says how much longer messages of middling size take than their latency and their bytes alone.
    """

    up: Any
    out: Any
    latency: Any
    domain: Any
    ramp: Any


@formula(returns="1", cite=HIERARCHY, ranks="1", stride="1", domain="1")
def ranks_inside(*, ranks: Any, stride: Any, domain: Any) -> Any:
    """Return how many ranks of a group share one scale-up domain. [1]

    >>> ranks_inside(ranks=16, stride=4, domain=8), ranks_inside(ranks=4, stride=1, domain=72)
    (2.0, 4)
    """
    return minimum(ranks, maximum(1, domain / stride))


@formula(returns="s", cite=TREE, ranks="1", inside="1", latency="s")
def steps_time(*, ranks: Any, inside: Any, latency: Any) -> Any:
    """Return the latency of a collective: a logarithm of the ranks behind one switch, a ring from domain to domain. [s]

    >>> steps_time(ranks=8, inside=8, latency=5e-6) == 3 * 5e-6, steps_time(ranks=1, inside=1, latency=5e-6)
    (True, 0.0)
    """
    return latency * (log(inside) / log(2.0) + ranks / inside - 1)


@formula(returns="s", cite=f"{NCCL}; {HIERARCHY}", volume="byte", ranks="1", inside="1", up="byte/s", out="byte/s")
def gather_bytes_time(*, volume: Any, ranks: Any, inside: Any, up: Any, out: Any) -> Any:
    """Return the time of the bytes of an all-gather or reduce-scatter of `volume` bytes (the whole vector). [s]

    Each chip receives all but its own part; each domain receives what the others hold, over the rails of its ranks.
    """
    return maximum(volume * (ranks - 1) / ranks / up, volume * (1 - inside / ranks) / inside / out)


@formula(returns="s", cite=f"{NCCL}; {HIERARCHY}", volume="byte", ranks="1", inside="1", up="byte/s", out="byte/s")
def exchange_bytes_time(*, volume: Any, ranks: Any, inside: Any, up: Any, out: Any) -> Any:
    """Return the time of the bytes of an all-to-all in which each rank holds `volume` for all ranks together. [s]

    What leaves the domain goes through the chip's own rail: no other chip of the domain can carry it for free.
    """
    return maximum(volume * (ranks - 1) / ranks / up, volume * (1 - inside / ranks) / out)


@formula(
    returns="s", cite="DeepSeek-AI 2024, arXiv 2412.19437, section 3.2.2 (one copy crosses to each domain, then spreads)",
    volume="byte", copies="1", ranks="1", inside="1", up="byte/s", out="byte/s",
)  # fmt: skip
def dispatch_bytes_time(*, volume: Any, copies: Any, ranks: Any, inside: Any, up: Any, out: Any) -> Any:
    """Return the time to send tokens to their experts: `volume` is one copy of them, `copies` the experts of a token. [s]

    A token crosses once to each domain that holds one of its experts: of `d` domains `d (1 - (1 - 1/d)^copies)` on
    average, its own among them. Inside a domain each copy travels on its own.
    """
    return maximum(
        volume * copies * (1 - 1 / ranks) / up,
        volume * (ranks / inside - 1) * (1 - (1 - inside / ranks) ** copies) / out,
    )


@formula(returns="s", cite="fitted to collectives from 64 KiB to 512 MiB", bulk="s", latency="s", ramp="1")
def message_time(*, bulk: Any, latency: Any, ramp: Any) -> Any:
    """Return the time of a collective from that of its bytes and that of its steps. [s]

    Between the two regimes, where neither rules, protocols change and pipelines fill: `ramp` times their geometric mean.

    >>> round(message_time(bulk=1.39e-3, latency=15e-6, ramp=0) * 1e6)
    1405
    """
    return bulk + latency + ramp * sqrt(bulk * latency)


@formula(
    returns="s", cite="definition: one hop of a ring in `ranks / inside` of whose hops data leave the domain",
    volume="byte", ranks="1", inside="1", up="byte/s", out="byte/s", latency="s",
)  # fmt: skip
def neighbour_time(*, volume: Any, ranks: Any, inside: Any, up: Any, out: Any, latency: Any) -> Any:
    """Return the mean time to send `volume` bytes to the next rank of a ring; zero for a single rank. [s]

    >>> neighbour_time(volume=50e9, ranks=1, inside=1, up=450e9, out=50e9, latency=0)
    0.0
    >>> neighbour_time(volume=50e9, ranks=4, inside=1, up=450e9, out=50e9, latency=0)
    1.0
    """
    return minimum(1, ranks - 1) * (
        maximum(volume / up, volume * minimum(1, ranks / inside - 1) / inside / out) + latency
    )


@formula(returns="s", cite="definition: what the overlap or the time beside it does not hide",
         communication="s", beside="s", overlap="1")  # fmt: skip
def exposed(*, communication: Any, beside: Any, overlap: Any) -> Any:
    """Return the part of a communication that is not hidden behind the work `beside` it. [s]

    >>> exposed(communication=3.0, beside=2.0, overlap=0.9), round(exposed(communication=3.0, beside=9.0, overlap=0.9), 3)
    (1.0, 0.3)
    """
    return maximum(communication * (1 - overlap), communication - beside)


def gather(volume: Any, ranks: Any, stride: Any, links: Links) -> Any:
    """Return the time of an all-gather or reduce-scatter of a group at a stride; an all-reduce takes two. [s]

    512 MiB over the 8 chips of one node at 336 GB/s of bus bandwidth:

    >>> links = Links(up=336e9, out=50e9, latency=5e-6, domain=8, ramp=0)
    >>> round(gather(2**29, 8, 1, links) * 1e6)
    1413
    """
    inside = ranks_inside(ranks=ranks, stride=stride, domain=links.domain)
    bulk = gather_bytes_time(volume=volume, ranks=ranks, inside=inside, up=links.up, out=links.out)
    return message_time(bulk=bulk, latency=_steps(ranks, inside, links), ramp=links.ramp)


def exchange(volume: Any, ranks: Any, stride: Any, links: Links) -> Any:
    """Return the time of an all-to-all of a group at a stride. [s]"""
    inside = ranks_inside(ranks=ranks, stride=stride, domain=links.domain)
    bulk = exchange_bytes_time(volume=volume, ranks=ranks, inside=inside, up=links.up, out=links.out)
    return message_time(bulk=bulk, latency=_steps(ranks, inside, links), ramp=links.ramp)


def dispatch(volume: Any, copies: Any, ranks: Any, stride: Any, links: Links) -> Any:
    """Return the time to send tokens to (or fetch them from) so many experts each in a group at a stride. [s]"""
    inside = ranks_inside(ranks=ranks, stride=stride, domain=links.domain)
    bulk = dispatch_bytes_time(volume=volume, copies=copies, ranks=ranks, inside=inside, up=links.up, out=links.out)
    return message_time(bulk=bulk, latency=_steps(ranks, inside, links), ramp=links.ramp)


def neighbour(volume: Any, ranks: Any, stride: Any, links: Links) -> Any:
    """Return the time to send to the next rank of a group at a stride. [s]"""
    inside = ranks_inside(ranks=ranks, stride=stride, domain=links.domain)
    return neighbour_time(volume=volume, ranks=ranks, inside=inside, up=links.up, out=links.out, latency=links.latency)


def _steps(ranks: Any, inside: Any, links: Links) -> Any:
    return steps_time(ranks=ranks, inside=inside, latency=links.latency)
