# SPDX-License-Identifier: Apache-2.0
"""The search of readings over all pairs of chips, metrics and one workload: what somebody could have meant by six times."""

from typing import Any

from chipgauge.calc.expression import evaluate
from chipgauge.calc.readings import near, variants
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.shipped import shipped_text

INDEX = shipped_text("index.jsonl")
TARGET = "under 0.3 s on one quiet core"
ASKED = 200
"""So many readings are asked of `explain`, one by one, for the ratio."""


def fresh() -> Catalog:
    """A catalogue that remembers nothing, as at the start of a command."""
    return Catalog(INDEX)


def test_all_pairs(benchmark: Any, against: Any) -> None:
    """All chips over all chips, from the tables as text; the other way asks for each reading by itself, scaled."""
    found = near("*", "*", 6, catalog=fresh())
    assert found.tried > 300_000 > len(found.hits) > 100
    chips = [item.id for item in variants("*", fresh())][:15]
    pairs = [f"tpp({a})/tpp({b})" for a in chips for b in chips if a != b][:ASKED]

    def run() -> None:
        near("*", "*", 6, catalog=fresh())

    def one_by_one() -> None:
        catalog = fresh()
        for expression in pairs:
            evaluate(expression, catalog=catalog)

    benchmark.pedantic(run, rounds=10 if benchmark.enabled else 1)
    share = ASKED / found.tried
    against("`explain` for each reading", run, one_by_one, rounds=7, share=share, target=TARGET)


def test_one_pair(benchmark: Any) -> None:
    """H200 over H20 with their variants, mixed bases and both workloads."""
    benchmark.pedantic(lambda: near("H200", "H20", 6, catalog=fresh()), rounds=10 if benchmark.enabled else 1)
