# SPDX-License-Identifier: Apache-2.0
"""What a command does after its start: index, comparison, derivation, thresholds, equivalence, samples, report."""

from collections.abc import Callable
from typing import Any

import pytest

from chipgauge.calc.compare import compare
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.expression import evaluate
from chipgauge.calc.graph import interval, node_list
from chipgauge.calc.law.headroom import headroom
from chipgauge.calc.law.timeline import timeline
from chipgauge.calc.thresholds import ItemVerdict, check
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.index import build
from chipgauge.specs.shipped import shipped_text

EXPRESSION = "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"
ITEMS = ("H20", "H100", "H200", "910C", "CM384")
INDEX = shipped_text("index.jsonl")


def fresh() -> Catalog:
    """A catalogue that remembers nothing, as at the start of a command."""
    return Catalog(INDEX)


def make_report() -> int:
    from chipgauge.reports.html import build as build_report
    from chipgauge.reports.html import render

    return len(render(build_report(ITEMS, catalog=fresh())))


def check_all() -> list[ItemVerdict]:
    """Every chip against every rule at one date: the target is half a second."""
    catalog = fresh()
    chips = [item.id for item in catalog.items.values() if item.kind == "chip"]
    return [check(chip, to="CN", catalog=catalog) for chip in chips]


TASKS: dict[str, Callable[[], Any]] = {
    "build the index": build,
    "read the index": fresh,
    "compare five items": lambda: compare(*ITEMS, catalog=fresh()),
    "explain a ratio": lambda: node_list(evaluate(EXPRESSION, catalog=fresh())),
    "check 910C": lambda: check("910C", catalog=fresh()),
    "check every chip": check_all,
    "headroom": lambda: headroom("H20", "us-bis-3a090-b", catalog=fresh()),
    "timeline of a chip": lambda: timeline("A800", to="CN", catalog=fresh()),
    "equivalent": lambda: equivalent("100000 H200", "910C", catalog=fresh()),
    "90% of a ratio": lambda: interval(evaluate(EXPRESSION, catalog=fresh())),
    "the HTML report": make_report,
}


@pytest.mark.parametrize("name", TASKS)
def test_task(benchmark: Any, name: str) -> None:
    slow = name in ("build the index", "check every chip", "the HTML report")
    result = benchmark.pedantic(TASKS[name], rounds=(10 if slow else 50) if benchmark.enabled else 1, warmup_rounds=1)
    assert result
