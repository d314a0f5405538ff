# SPDX-License-Identifier: Apache-2.0
"""The search against a plain loop over the same space, which knows nothing of grids, rows or early masks."""

from __future__ import annotations

import itertools
import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import search as s
from chipgauge.calc.architecture import Architecture, dense
from chipgauge.calc.cases import divisors
from chipgauge.calc.footprint import least_recompute
from chipgauge.calc.plan import Efficiency, Machine, Plan
from chipgauge.calc.training import Workload, training_step

SMALL = dense(
    layers=6.0, width=1024.0, heads=8.0, vocabulary=32000.0, mlp_width=4096.0, mlp_matrices=2.0, embeddings=1.0
)
EXPERTS = Architecture(
    layers=4.0, width=512.0, heads=4.0, kv_heads=4.0, head_dim=128.0, value_dim=128.0, vocabulary=32000.0,
    dense_layers=1.0, mlp_width=2048.0, experts=4.0, experts_per_token=2.0, shared_experts=1.0, expert_width=1024.0,
)  # fmt: skip
E = Efficiency(*([0.5] * len(Efficiency._fields)))._replace(wave=3e5, launch=5e-6, latency=1e-5, kernels=4.0)
CHIP = Machine(1e14, 1e14, 1e12, 1.5e9, 2e11, 2.5e10, 4.0)
FAST = CHIP._replace(peak=2e14, element=1.0, narrow=1.0)
MACHINES = {"bf16": (CHIP, E), "fp8": (FAST, E)}
Key = tuple[str, Plan]


def loop(a: Architecture, work: Workload, space: s.Space) -> dict[Key, tuple[float, float, float]]:
    """Every plan of a space that can run, one at a time: its time, memory and chips."""
    found: dict[Key, tuple[float, float, float]] = {}
    for precision, tensor, pipeline, context, data, chunks, expert, size, zero, mode in itertools.product(
        *space.domains.values()
    ):
        machine, e = MACHINES[precision]
        chips = tensor * pipeline * context * data
        replicas, passes = data * context, work.batch / (data * size)
        if chips > space.chips or passes % 1 or replicas % expert or math.ceil(a.layers / pipeline) % chunks:
            continue
        if pipeline == 1 and chunks > 1 or replicas == 1 and zero > 0:
            continue
        if pipeline > 1 and zero > 1 or passes > 1 and zero == 2:
            continue

        plan = Plan(
            tensor=tensor, pipeline=pipeline, chunks=chunks, data=data, context=context, expert=expert, zero=zero,
            micro_batch=size, fused=space.fused, selective=float(mode == "selective"),
            recompute=mode if isinstance(mode, float) else float(mode == "full"),
        )  # fmt: skip
        step = training_step(a, work, plan, machine, e)
        if mode == "least":
            share = math.ceil(least_recompute(step.footprint, step.stage, room=machine.memory) * 100) / 100
            if share in (0.0, 1.0):
                continue
            plan = plan._replace(recompute=share)
            step = training_step(a, work, plan, machine, e)
        if step.footprint.total <= machine.memory:
            assert (precision, plan) not in found
            found[precision, plan] = (step.time, step.footprint.total, chips)
    return found


def check(a: Architecture, work: Workload, space: s.Space, top: int = 7) -> dict[Key, tuple[float, float, float]]:
    wanted = loop(a, work, space)
    found = s.search(a, work, space, MACHINES, top=top, pareto=True)
    assert found.searched == len(wanted)
    assert found.searched + sum(found.masked.values()) == space.size
    order = sorted(wanted.values())[:top]
    assert [plan.time for plan in found.best] == pytest.approx([row[0] for row in order], rel=1e-12)
    for plan in (*found.best, *found.front):
        row = wanted[plan.precision, plan.plan]
        assert (plan.time, plan.memory, plan.chips) == pytest.approx(row, rel=1e-12)
    rows = {tuple(float(f"{end:.10g}") for end in row) for row in wanted.values()}
    undominated = {
        row for row in rows if not any(other != row and all(map(float.__le__, other, row)) for other in rows)
    }
    assert {tuple(float(f"{end:.10g}") for end in plan[:3]) for plan in found.front} == undominated
    return wanted


@pytest.mark.parametrize("a", [SMALL, EXPERTS], ids=["dense", "experts"])
@pytest.mark.parametrize("fused", [1.0, 0.0], ids=["fused", "classic"])
def test_the_search_is_a_loop_over_every_plan(a: Architecture, fused: float) -> None:
    work = Workload(8.0, 512.0, 1e8)
    stated = {"fused": fused, "context": 1.0} if a is SMALL else {"fused": fused, "pipeline": 2.0}
    space = s.space_of(a, chips=8, batch=8, sequence=512, precisions=["bf16"], stated=stated)
    assert check(a, work, space)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(
    chips=st.sampled_from([1.0, 2.0, 6.0, 16.0]),
    batch=st.sampled_from([4.0, 6.0]),
    memory=st.floats(0.2e9, 3e9),
    fixed=st.sampled_from([{"zero": 3.0}, {"recompute": 0.4}, {"micro_batch": 1.0}, {"recompute": 0.0}, {"chunks": 3.0}]),
)  # fmt: skip
def test_small_spaces(chips: float, batch: float, memory: float, fixed: dict[str, float]) -> None:
    space = s.space_of(
        SMALL, chips=chips, batch=batch, sequence=256, precisions=["bf16"], stated={"context": 1.0, **fixed}
    )
    machine = CHIP._replace(memory=memory)
    work = Workload(batch, 256.0, 1e8)
    before = dict(MACHINES)
    try:
        MACHINES["bf16"] = (machine, E)
        if "zero" in fixed:  # a stage that the user asks for is not limited
            found = s.search(SMALL, work, space, MACHINES)
            assert found.searched + sum(found.masked.values()) == space.size and s.STATES not in found.masked
        else:
            check(SMALL, work, space)
    finally:
        MACHINES.update(before)


def test_precisions_are_a_domain() -> None:
    stated = {"context": 1.0, "pipeline": 1.0, "zero": 0.0}
    space = s.space_of(SMALL, chips=4, batch=4, sequence=256, precisions=["bf16", "fp8"], stated=stated)
    check(SMALL, Workload(4.0, 256.0, 1e8), space, top=500)


def test_rows_in_several_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Workload(8.0, 512.0, 1e8)
    space = s.space_of(SMALL, chips=16, batch=8, sequence=512, precisions=["bf16", "fp8"])
    whole = s.search(SMALL, work, space, MACHINES, top=50, pareto=True)
    monkeypatch.setattr(s, "ROWS", 37)
    monkeypatch.setattr(s, "JOINED", 501)
    assert s.search(SMALL, work, space, MACHINES, top=50, pareto=True) == whole
    assert [plan.place for plan in whole.best] == [
        plan.place for plan in sorted(whole.best, key=lambda plan: (plan.time, plan.place))
    ]


def test_a_place_names_its_plan() -> None:
    space = s.space_of(SMALL, chips=16, batch=8, sequence=512, precisions=["bf16", "fp8"])
    everything = list(itertools.product(*space.domains.values()))
    assert len(everything) == space.size
    found = s.search(SMALL, Workload(8.0, 512.0, 1e8), space, MACHINES, top=200)
    for plan in found.best:
        values = dict(zip(space.domains, everything[plan.place], strict=True))
        assert values["precision"] == plan.precision
        assert all(values[name] == getattr(plan.plan, name) for name in (*s.RANKS, *s.JOINS, "zero"))


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
