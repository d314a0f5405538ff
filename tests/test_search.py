# SPDX-License-Identifier: Apache-2.0
"""The search against plain loops that take one plan at a time and know nothing of grids, rows, masks or domains.

`every_plan` writes the documented rules out anew: which values a field has, which of them go together, what fits. Times and
memory come from `training_step` on plain numbers, as `train` has them.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from typing import Any, NamedTuple

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import search as s
from chipgauge.calc.architecture import Architecture, dense
from chipgauge.calc.cases import divisors
from chipgauge.calc.plan import Efficiency, Machine, Plan
from chipgauge.calc.training import Workload, training_step

SMALL = dense(
    layers=6.0, width=1024.0, heads=4.0, vocabulary=32000.0, mlp_width=4096.0, mlp_matrices=2.0, embeddings=1.0
)
EXPERTS = Architecture(
    layers=4.0, width=512.0, heads=4.0, kv_heads=4.0, head_dim=128.0, value_dim=128.0, vocabulary=32000.0,
    dense_layers=1.0, mlp_width=2048.0, experts=4.0, experts_per_token=2.0, shared_experts=1.0, expert_width=1024.0,
)  # fmt: skip
E = Efficiency(*([0.5] * len(Efficiency._fields)))._replace(wave=3e5, launch=5e-6, latency=1e-5, kernels=4.0)
CHIP = Machine(1e14, 1e14, 1e12, 1.5e9, 2e11, 2.5e10, 4.0)
FAST = CHIP._replace(peak=2e14, element=1.0, narrow=1.0)
ENDLESS = Machine(math.inf, math.inf, math.inf, 1.5e9, math.inf, math.inf, 4.0)
AT_ONCE = E._replace(launch=0.0, latency=0.0, ramp=0.0)
"""With endless rates and no waiting every plan takes no time at all."""
MACHINES = {"bf16": (CHIP, E), "fp8": (FAST, E)}
Fixed = dict[str, float]


class Row(NamedTuple):
    """A plan that can run."""

    time: float
    place: int
    memory: float
    chips: float
    precision: str
    plan: Plan


def parts_of(number: float) -> list[float]:
    return [float(n) for n in range(1, int(number) + 1) if number % n == 0]


def every_plan(
    a: Architecture, work: Workload, chips: int, machines: dict[str, tuple[Machine, Efficiency]], fixed: Fixed
) -> list[Row]:
    """Every plan that can run, in the order of the space: its number in it, time, memory and chips."""
    layers, fused = a.layers, fixed.get("fused", 1.0)
    stages = [fixed["pipeline"]] if "pipeline" in fixed else [
        float(n) for n in range(1, chips + 1) if n <= layers and (layers % n == 0 or n & (n - 1) == 0)
    ]  # fmt: skip
    fields: dict[str, list[float]] = {
        "tensor": [n for n in parts_of(a.heads) if n <= chips],
        "pipeline": stages,
        "context": [n for n in (1.0, 2.0, 4.0, 8.0) if n <= chips and n * 128 <= work.sequence],
        "data": [n for n in parts_of(work.batch) if n <= chips],
        "chunks": sorted({1.0} | {v for n in stages if n > 1 for v in parts_of(math.ceil(layers / n))}),
        "expert": parts_of(a.experts or 1.0),
        "micro_batch": parts_of(work.batch),
        "zero": [0.0, 1.0, 2.0, 3.0],
    }
    fields = {name: [fixed[name]] if name in fixed else values for name, values in fields.items()}
    modes: list[str | float] = ["none", "least", "full"] if fused else ["none", "selective", "least", "full"]
    if "recompute" in fixed:
        modes = [{0.0: "none", 1.0: "full"}.get(fixed["recompute"], fixed["recompute"])]
    found: list[Row] = []
    domains: list[list[Any]] = [list(machines), *fields.values(), modes]
    for place, (precision, t, p, c, d, v, x, size, zero, mode) in enumerate(itertools.product(*domains)):
        replicas = d * c
        if t * p * c * d > chips or work.batch % (d * size) or math.ceil(layers / p) % v or (p == 1 and v > 1):
            continue
        if replicas % x and (x % replicas or (t * replicas) % x):
            continue
        if replicas == 1 and zero > 0 and "zero" not in fixed:
            continue
        machine, e = machines[precision]
        plan = Plan(
            tensor=t, pipeline=p, context=c, data=d, chunks=v, expert=x, micro_batch=size, zero=zero, fused=fused,
            selective=float(mode == "selective"), recompute=mode if isinstance(mode, float) else float(mode == "full"),
        )  # fmt: skip
        if mode == "least":
            share = least_percent(a, work, plan, machine, e)
            if share in (0, 100):  # as it is, or in full
                continue
            plan = plan._replace(recompute=share / 100)
        step = training_step(a, work, plan, machine, e)
        if step.footprint.total <= machine.memory:
            found.append(Row(step.time, place, step.footprint.total, t * p * c * d, precision, plan))
    return found


def least_percent(a: Architecture, work: Workload, plan: Plan, machine: Machine, e: Efficiency) -> int:
    """The first whole percent of layers that fits when recomputed; 100 if none does."""

    def fits(percent: int) -> bool:
        step = training_step(a, work, plan._replace(recompute=percent / 100), machine, e)
        return step.footprint.total <= machine.memory

    return 0 if fits(0) else 100 if not fits(99) else bisect_left(range(100), True, key=fits)


def undominated(rows: list[Row]) -> set[tuple[float, ...]]:
    ends = {tuple(float(f"{end:.10g}") for end in (row.time, row.memory, row.chips)) for row in rows}
    return {one for one in ends if not any(other != one and all(map(float.__le__, other, one)) for other in ends)}


def check(
    a: Architecture, work: Workload, chips: int, fixed: Fixed, top: int = 25,
    machines: dict[str, tuple[Machine, Efficiency]] = MACHINES, precisions: tuple[str, ...] = ("bf16",),
) -> s.Found:  # fmt: skip
    machines = {name: machines[name] for name in precisions}
    wanted = every_plan(a, work, chips, machines, fixed)
    space = s.space_of(a, chips=chips, batch=work.batch, sequence=work.sequence, precisions=precisions, stated=fixed)
    found = s.search(a, work, space, machines, top=top, pareto=True)
    assert found.searched == len(wanted)
    assert found.searched + sum(found.masked.values()) == space.size
    places = {row.place: row for row in wanted}
    assert len(found.best) == min(top, len(wanted)) and len({plan.place for plan in found.best}) == len(found.best)
    assert [plan.time for plan in found.best] == pytest.approx([row.time for row in sorted(wanted)[:top]], rel=1e-12)
    for plan in (*found.best, *found.front):
        row = places[plan.place]
        assert (plan.precision, plan.plan) == (row.precision, row.plan)
        assert (plan.time, plan.memory, plan.chips) == pytest.approx((row.time, row.memory, row.chips), rel=1e-12)
    order = [(plan.time, plan.place) for plan in found.best]
    assert order == sorted(order)
    front = [tuple(float(f"{end:.10g}") for end in plan[:3]) for plan in found.front]
    assert set(front) == undominated(wanted) and len(front) == len(set(front)) and bool(front) == bool(wanted)
    return found


@pytest.mark.parametrize(
    ("a", "fixed"),
    [
        (SMALL, {"context": 1.0}), (SMALL, {"fused": 0.0, "context": 2.0, "micro_batch": 1.0}),
        (EXPERTS, {"pipeline": 2.0, "context": 1.0}), (EXPERTS, {"fused": 0.0, "pipeline": 1.0, "micro_batch": 2.0}),
    ],
    ids=["dense", "dense classic", "experts", "experts classic"],
)  # fmt: skip
def test_the_search_is_a_loop_over_every_plan(a: Architecture, fixed: Fixed) -> None:
    found = check(a, Workload(8.0, 512.0, 1e8), 12, fixed)
    assert found.best and found.front


def test_precisions_are_a_domain() -> None:
    fixed = {"context": 1.0, "pipeline": 1.0, "zero": 0.0}
    found = check(SMALL, Workload(4.0, 256.0, 1e8), 4, fixed, top=500, precisions=("bf16", "fp8"))
    assert {plan.precision for plan in found.best} == {"bf16", "fp8"}


@settings(derandomize=True, deadline=None, max_examples=12)
@given(
    chips=st.sampled_from([1, 2, 6]),
    batch=st.sampled_from([4.0, 6.0]),
    memory=st.floats(0.2e9, 3e9),
    fixed=st.sampled_from([{"zero": 3.0}, {"zero": 2.0}, {"recompute": 0.4}, {"micro_batch": 1.0}, {"recompute": 0.0}, {"chunks": 3.0}]),
)  # fmt: skip
def test_small_spaces(chips: int, batch: float, memory: float, fixed: Fixed) -> None:
    machines = {"bf16": (CHIP._replace(memory=memory), E)}
    check(SMALL, Workload(batch, 256.0, 1e8), chips, {"context": 1.0, **fixed}, machines=machines)


@pytest.mark.parametrize(("rows", "top"), [(8192, 7), (3, 7), (1, 40), (5, 400)])
def test_of_equal_times_the_first_plans_in_the_space_are_taken(
    rows: int, top: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # rows of equal ZeRO stages are computed together, so that a plan of a later row often comes before one of an earlier
    monkeypatch.setattr(s, "ROWS", rows)
    work, machines = Workload(4.0, 512.0, 1e8), {"bf16": (ENDLESS._replace(memory=1.1e9), AT_ONCE)}
    wanted = every_plan(SMALL, work, 4, machines, {})
    assert {row.time for row in wanted} == {0.0}
    found = check(SMALL, work, 4, {}, top=top, machines=machines)
    assert [plan.place for plan in found.best] == sorted(row.place for row in wanted)[:top]
    firsts = {(row.memory, row.chips): row.place for row in reversed(wanted)}
    assert all(firsts[plan.memory, plan.chips] == plan.place for plan in found.front)


@pytest.mark.parametrize("a", [SMALL, EXPERTS], ids=["dense", "experts"])
@pytest.mark.parametrize("memory", [1.5e9, 2.5e8, 1e8])
def test_no_fixed_field_finds_a_faster_plan(a: Architecture, memory: float) -> None:
    work, machines = Workload(8.0, 512.0, 1e8), {"bf16": (CHIP._replace(memory=memory), E)}

    def best(fixed: Fixed) -> float:
        space = s.space_of(a, chips=16, batch=8, sequence=512, precisions=["bf16"], stated=fixed)
        assert not space.outside
        found = s.search(a, work, space, machines)
        return found.best[0].time if found.best else math.inf

    free = s.space_of(a, chips=16, batch=8, sequence=512, precisions=["bf16"])
    least = best({})
    for name in (*s.RANKS, *s.JOINS, "zero"):
        assert min(best({name: value}) for value in free.domains[name]) == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize(
    ("fixed", "outside"),
    [
        ({"pipeline": 5.0}, ["pipeline"]), ({"tensor": 3.0, "zero": 2.0}, ["tensor"]), ({"recompute": 0.4}, ["recompute"]),
        ({"sequence": 0.0}, ["sequence"]), ({"pipeline": 4.0, "zero": 3.0, "recompute": 1.0, "chunks": 2.0}, []),
    ],
)  # fmt: skip
def test_a_fixed_value_that_the_free_space_lacks_is_named(fixed: Fixed, outside: list[str]) -> None:
    space = s.space_of(SMALL, chips=16, batch=8, sequence=512, precisions=["bf16"], stated=fixed)
    assert space.outside == {name: fixed[name] for name in outside}


def test_rows_in_several_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Workload(8.0, 512.0, 1e8)
    space = s.space_of(SMALL, chips=16, batch=8, sequence=512, precisions=["bf16", "fp8"])
    whole = s.search(SMALL, work, space, MACHINES, top=50, pareto=True)
    monkeypatch.setattr(s, "ROWS", 37)
    monkeypatch.setattr(s, "JOINED", 501)
    assert s.search(SMALL, work, space, MACHINES, top=50, pareto=True) == whole


def test_memory_that_holds_nothing_masks_everything() -> None:
    space = s.space_of(SMALL, chips=8, batch=8, sequence=512, precisions=["bf16"])
    nothing = {"bf16": (CHIP._replace(memory=1e6), E)}
    found = s.search(SMALL, Workload(8.0, 512.0, 1e8), space, nothing)
    assert found.searched == 0 and not found.best and sum(found.masked.values()) == space.size


@pytest.mark.parametrize(("number", "most", "wanted"), [(1, 9, [1]), (12, 6, [1, 2, 3, 4, 6]), (49, 99, [1, 7, 49])])
def test_divisors(number: int, most: int, wanted: list[int]) -> None:
    assert divisors(number, most) == wanted


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    times=st.lists(st.integers(1, 4), min_size=1, max_size=40),
    top=st.integers(1, 6),
    seed=st.integers(0, 9),
    parts=st.integers(1, 5),
)
def test_of_equally_fast_plans_the_first_of_the_space_stay(times: list[int], top: int, seed: int, parts: int) -> None:
    """Whatever order plans come in, and however many of one time: as a sort of all of them by time and place."""
    places = numpy.random.default_rng(seed).permutation(len(times))
    count = s._Count(1, top, None)
    for part in numpy.array_split(numpy.arange(len(times)), parts):
        time = numpy.array(times, dtype=float)[part]
        count.keep(time, time * 0, time * 0, places[part], time * 0)
    wanted = sorted(zip(map(float, times), places.tolist(), strict=True))[:top]
    assert [(entry[0], entry[3]) for entry in count.best] == wanted
