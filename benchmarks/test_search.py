# SPDX-License-Identifier: Apache-2.0
"""Whole spaces of plans: how many evaluations a second, against the same plans one at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from cases import Case, case

from chipgauge.calc.footprint import least_recompute
from chipgauge.calc.plan import Plan
from chipgauge.calc.search import Found, Space, search
from chipgauge.calc.serving_search import search_serving
from chipgauge.calc.training import training_step
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants

FEW = 300
"""Plans of the loop that takes one at a time; its time is scaled up to all of them."""
NARROW = {"context": 1.0, "zero": 1.0}
SMALL = (1.0, 2.0, 4.0, 8.0)
CASES: dict[str, tuple[str, Callable[[], Case]]] = {
    "one trillion on 4,096 chips": ("< 1 s", lambda: case("GPT 1T", "H100", 4096, 4096, ["bf16", "fp8"], {})),
    "calculon's problem": ("< 0.1 s", lambda: case("GPT 530B", "A100", 5128, 2520, ["bf16"], NARROW, micro_batch=SMALL)),
    "its whole space": ("", lambda: case("GPT 530B", "A100", 5128, 2520, ["bf16"], {})),
    "5,000 plans for 175B on 1,024": ("< 20 ms", lambda: case("GPT 175B", "H100", 1024, 1024, ["bf16"], NARROW, micro_batch=SMALL[:2])),
    "experts on 4,096 chips": ("", lambda: case("Kimi K2", "H100", 4096, 4096, ["fp8"], {})),
}  # fmt: skip
LEAST = {"one trillion on 4,096 chips": 100_000, "calculon's problem": 8_112, "5,000 plans for 175B on 1,024": 5_000}


def some_plans(space: Space, count: int) -> list[Plan]:
    """Every so manieth plan of a space, whether it fits or not: a loop has to find that out too."""
    names = list(space.domains)[1:]
    every = itertools.product(*(space.domains[name] for name in names))
    step = max(1, space.size // len(space.precision) // count)
    found: list[Plan] = []
    for values in itertools.islice(every, 0, None, step):
        fields = dict(zip(names, values, strict=True))
        mode = fields.pop("recompute")
        found.append(Plan(**fields, recompute=float(mode == "full")))
    return found[:count]


@pytest.mark.parametrize("name", CASES)
def test_search(benchmark: Any, against: Any, name: str) -> None:
    """Evaluations are plans whose step time was computed; the ratio is to a plain loop over as many plans."""
    target, make = CASES[name]
    a, work, space, machines = make()
    found: Found = benchmark.pedantic(search, args=(a, work, space, machines), rounds=7, warmup_rounds=1)
    assert found.searched + sum(found.masked.values()) == space.size and found.best
    assert found.searched >= LEAST.get(name, 1)
    machine, e = next(iter(machines.values()))
    plans = some_plans(space, FEW if benchmark.enabled else 3)
    against(
        "a loop over as many plans",
        lambda: search(a, work, space, machines),
        lambda: [training_step(a, work, plan, machine, e) for plan in plans],
        rounds=5,
        share=len(plans) / found.searched,
    )
    if benchmark.enabled:
        least = benchmark.stats.stats.min
        benchmark.extra_info |= {
            "space": space.size, "evaluations": found.searched, "evaluations a second": found.searched / least,
            "target": target,
        }  # fmt: skip


def rows_of(a: Any, work: Any, space: Space) -> dict[str, Any]:
    """Every plan but for its precision, ZeRO stage and recomputation, whether it fits or not, as columns."""
    names = ("tensor", "pipeline", "context", "data", "chunks", "expert", "micro_batch")
    found: list[tuple[float, ...]] = []
    for ranks in itertools.product(*(space.domains[name] for name in names[:4])):
        tensor, pipeline, context, data = ranks
        if math.prod(ranks) > space.chips:
            continue
        for chunks, expert, size in itertools.product(*(space.domains[name] for name in names[4:])):
            spread = data * context % expert == 0 or expert % (data * context) == data * context * tensor % expert == 0
            whole = work.batch % (data * size) == math.ceil(a.layers / pipeline) % chunks == 0
            if spread and whole and (pipeline > 1 or chunks == 1):
                found.append((*ranks, chunks, expert, size))
    return dict(zip(names, numpy.array(found).T, strict=True))


def brute_force(a: Any, work: Any, space: Space, machine: Any, e: Any) -> Any:
    """Return the times of all plans of one precision that fit: flat columns, nothing joined, bounded or left out early."""
    rows, times = rows_of(a, work, space), list[Any]()
    replicas = rows["data"] * rows["context"]
    for zero, mode in itertools.product(space.zero, space.recompute):
        allowed = (replicas > 1) | (zero == min(space.zero))
        part = {name: column[allowed] for name, column in rows.items()}
        plan = Plan(**part, zero=zero, fused=space.fused, selective=float(mode == "selective"))
        plan = plan._replace(recompute=float(mode == "full"))
        step = training_step(a, work, plan, machine, e)
        kept: Any = True
        if mode == "least":
            share = numpy.ceil(least_recompute(step.footprint, step.stage, room=machine.memory) * 100) / 100
            kept = (share > 0) & (share < 1)
            step = training_step(a, work, plan._replace(recompute=share), machine, e)
        times.append((step.time * numpy.ones(len(part["data"])))[kept & (step.footprint.total <= machine.memory)])
    return numpy.concatenate(times)


@pytest.mark.parametrize("name", LEAST)
def test_the_optimum_is_that_of_every_plan(name: str) -> None:
    """The searches of the table at their whole size: as many plans as a brute force finds, and its thousand best times."""
    a, work, space, machines = CASES[name][1]()
    found = search(a, work, space, machines, top=1000)
    times = numpy.concatenate([brute_force(a, work, space, *machines[precision]) for precision in space.precision])
    assert len(times) == found.searched
    assert [plan.time for plan in found.best] == pytest.approx(numpy.sort(times)[:1000].tolist(), rel=1e-12)


def test_serving_search(benchmark: Any) -> None:
    """Llama 3.1 70B on 8 H200 within 50 ms a token: every batch, precision and number of ranks; target < 0.5 s."""
    here = catalog()
    model, chip = here.find("Llama-3.1-70B"), here.find("H200")
    ask: dict[str, Any] = {"prompt": 2000, "answer": 500, "max_tpot": 0.05, "catalog": here, "constants": constants()}
    found = benchmark.pedantic(search_serving, args=(model, chip, 8.0), kwargs=ask, rounds=7, warmup_rounds=1)
    assert found.best and found.searched + sum(found.masked.values()) == found.size
    if benchmark.enabled:
        rate = found.searched / benchmark.stats.stats.min
        benchmark.extra_info |= {
            "space": found.size, "evaluations": found.searched, "evaluations a second": rate, "target": "< 0.5 s",
        }  # fmt: skip
