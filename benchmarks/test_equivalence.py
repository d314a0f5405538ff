# SPDX-License-Identifier: Apache-2.0
"""Monte Carlo of a full equivalence, and of a scenario: number, cost and power through one graph of figures."""

from typing import Any

from chipgauge.calc.draws import declared
from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.graph import draws, sample, swing
from chipgauge.calc.scenario import run
from chipgauge.reports.commands.scenario import load
from chipgauge.specs.catalog import catalog

DRAWS = 1_000_000
HERE = catalog().adjusted(projected=True)


def test_a_full_equivalence_with_a_million_draws(benchmark: Any, against: Any) -> None:
    """Colossus 2 in CloudMatrix 384 by the training of DeepSeek-V3: the cost of ownership of the build over the original.

    The baseline draws the same points for the same leaves and computes nothing from them.
    """
    ratio = equivalent("Colossus 2", "CM384", catalog=HERE, ask=Ask(train="DeepSeek-V3")).tco_ratio
    leaves, count = ratio.ranged_leaves(), DRAWS if benchmark.enabled else 1000
    values = benchmark.pedantic(sample, args=(ratio, count), rounds=5, warmup_rounds=1)
    assert values.shape == (count,) and (values > 0).all()
    benchmark.extra_info["nodes"] = len(ratio.nodes())
    benchmark.extra_info["leaves with a range"] = len(leaves)
    against(
        "drawing the leaves alone",
        lambda: sample(ratio, count),
        lambda: draws(leaves, count),
        rounds=5,
        target="<= 3, in under 1 s",
    )


def test_correlated_draws_of_the_same(benchmark: Any, against: Any) -> None:
    """The same with two of its inputs declared to move together."""
    ratio = equivalent("Colossus 2", "CM384", catalog=HERE, ask=Ask(train="DeepSeek-V3")).tco_ratio
    tied = declared(["restart.time,failure.rate=0.5"], [ratio])
    count = DRAWS if benchmark.enabled else 1000
    values = benchmark.pedantic(sample, args=(ratio, count), kwargs={"correlations": tied}, rounds=3, warmup_rounds=1)
    assert values.shape == (count,)
    against(
        "independent draws", lambda: sample(ratio, count, correlations=tied), lambda: sample(ratio, count), rounds=5
    )


def test_the_swing_of_thirty_leaves(benchmark: Any, against: Any) -> None:
    """Two full equivalences in one graph: Colossus 1 in CloudMatrix 384 to train, over the same in B300 to serve.

    Each leaf with a range alone at its two ends. The baseline evaluates the whole graph for each end.
    """
    train, serve = (
        equivalent("Colossus 1", within, catalog=HERE, ask=ask).tco_ratio
        for within, ask in (("CM384", Ask(train="DeepSeek-V3")), ("B300", Ask(infer="DeepSeek-V3")))
    )
    ratio = train / serve
    ends = [(leaf.key, end) for leaf in ratio.ranged_leaves() for end in leaf.leaf_range or ()]
    rows = benchmark(swing, ratio)
    assert len(rows) >= 30
    against(
        "the whole graph for each end",
        lambda: swing(ratio),
        lambda: [ratio.evaluate({key: end}) for key, end in ends],
        rounds=5,
    )
    benchmark.extra_info |= {"leaves with a range": len(rows), "nodes": len(ratio.nodes()), "target": "< 1 s"}


def test_a_scenario_with_100_000_draws(benchmark: Any) -> None:
    """Four bases, acquired and held, with the correlation of each owner."""
    scenario = load("no-exports", HERE)
    count = DRAWS if benchmark.enabled else 1000
    found = benchmark.pedantic(
        run, args=(scenario,), kwargs={"catalog": HERE, "draws": count // 10}, rounds=3, warmup_rounds=1
    )
    assert found.points
