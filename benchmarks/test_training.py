# SPDX-License-Identifier: Apache-2.0
"""Training steps a second: columns of plans on one core, against the same arithmetic plan by plan."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from chipgauge.calc.architecture import Architecture, dense
from chipgauge.calc.plan import Efficiency, Machine, Plan
from chipgauge.calc.training import Workload, training_step

PLANS = 16384
"""Plans in a chunk: its columns stay in the cache."""

GPT3 = dense(
    layers=96.0, width=12288.0, heads=96.0, vocabulary=51200.0, mlp_width=49152.0, mlp_matrices=2.0, embeddings=1.0
)
GROK = Architecture(
    layers=64.0, width=6144.0, heads=48.0, kv_heads=8.0, head_dim=128.0, value_dim=128.0, vocabulary=131072.0,
    dense_layers=0.0, experts=8.0, experts_per_token=2.0, expert_width=32768.0, embeddings=1.0,
)  # fmt: skip
H100 = Machine(989.4e12, 989.4e12, 3.35e12, 85.9e9, 450e9, 50e9, 8.0)
E = Efficiency(*([0.5] * len(Efficiency._fields)))
WORK = Workload(1024.0, 2048.0, age=1e8)


def columns() -> Plan:
    """Return random plans of powers of two."""
    source = numpy.random.default_rng(1)
    powers = {"tensor": 4, "pipeline": 4, "chunks": 3, "data": 5, "expert": 4, "micro_batch": 3}
    made: dict[str, Any] = {name: 2.0 ** source.integers(0, top, PLANS) for name, top in powers.items()}
    return Plan(**made, zero=source.integers(0, 4, PLANS).astype(float), recompute=source.integers(0, 2, PLANS) * 1.0)


@pytest.mark.parametrize("model", [GPT3, GROK], ids=["dense", "experts"])
def test_columns_of_plans(benchmark: Any, model: Architecture) -> None:
    plans = columns()
    result = benchmark(training_step, model, WORK, plans, H100, E)
    assert result.time.shape == (PLANS,)
    benchmark.extra_info["plans"] = PLANS


@pytest.mark.parametrize("model", [GPT3, GROK], ids=["dense", "experts"])
def test_one_plan(benchmark: Any, model: Architecture) -> None:
    plan = Plan(tensor=4.0, pipeline=8.0, chunks=6.0, data=4.0)
    assert benchmark(training_step, model, WORK, plan, H100, E).time > 0
