# SPDX-License-Identifier: Apache-2.0
"""Whole spaces of plans: how many evaluations a second, against the same plans one at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from cases import Case, case

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
