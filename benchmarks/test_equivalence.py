# SPDX-License-Identifier: Apache-2.0
"""Monte Carlo of a full equivalence, and of a scenario: number, cost and power through one graph of figures."""

from typing import Any

from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.graph import sample, swing
from chipgauge.calc.scenario import run
from chipgauge.reports.commands.scenario import load
from chipgauge.specs.catalog import catalog

DRAWS = 1_000_000
HERE = catalog().adjusted(projected=True)


def test_a_full_equivalence_with_a_million_draws(benchmark: Any) -> None:
    """Colossus 2 in CloudMatrix 384 by the training of DeepSeek-V3: the cost of ownership of the build over the original."""
    ratio = equivalent("Colossus 2", "CM384", catalog=HERE, ask=Ask(train="DeepSeek-V3")).tco_ratio
    values = benchmark.pedantic(sample, args=(ratio, DRAWS), rounds=5, warmup_rounds=1)
    assert values.shape == (DRAWS,) and (values > 0).all()
    benchmark.extra_info["target"] = "< 1 s"
    benchmark.extra_info["nodes"] = len(ratio.nodes())
    benchmark.extra_info["leaves with a range"] = len(ratio.ranged_leaves())


def test_the_swing_of_every_leaf(benchmark: Any) -> None:
    """The tornado of the same ratio: each leaf with a range alone at its two ends; target < 1 s for 30 leaves."""
    ratio = equivalent("Colossus 2", "CM384", catalog=HERE, ask=Ask(train="DeepSeek-V3")).tco_ratio
    rows = benchmark(swing, ratio)
    assert len(rows) == len(ratio.ranged_leaves()) >= 20
    benchmark.extra_info["leaves with a range"] = len(rows)


def test_a_scenario_with_100_000_draws(benchmark: Any) -> None:
    """Four bases, acquired and held, with the correlation of each owner."""
    scenario = load("no-exports", HERE)
    found = benchmark.pedantic(
        run, args=(scenario,), kwargs={"catalog": HERE, "draws": DRAWS // 10}, rounds=3, warmup_rounds=1
    )
    assert found.points
