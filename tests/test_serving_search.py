# SPDX-License-Identifier: Apache-2.0
"""The search over serving plans against plain loops that take one plan at a time and know nothing of its domains."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from chipgauge.calc import serving_search as s
from chipgauge.calc.inference import prefill, serve
from chipgauge.calc.serving import Requests, Serving
from chipgauge.calc.serving_ready import ready, ready_numbers, setting_of
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants

REQUESTS = Requests(2000.0, 500.0)


def search(model: str, on: str, chips: float, **how: object) -> s.Searched:
    c = catalog()
    return s.search_serving(
        c.find(model), c.find(on), chips, prompt=2000, answer=500, catalog=c, constants=constants(), **how,  # type: ignore[arg-type]
    )  # fmt: skip


class Row(NamedTuple):
    """A plan that fits; `place` is its number in the space."""

    rate: float
    place: int
    tpot: float
    ttft: float
    precision: str
    plan: Serving


def every_plan(model: str, on: str, chips: int, precisions: tuple[str, ...], sequences: int) -> list[Row]:
    """Every plan that fits, one at a time, by the documented rules: instances and expert ranks are divisors of the chips,
    tensor ranks powers of two; both divide the instance; without experts tensor ranks are the whole instance."""
    c = catalog()
    setting = setting_of(c.find(model), c.find(on), "any", catalog=c, constants=constants())
    numbers = {name: ready_numbers(ready(setting, name)) for name in precisions}
    sizes = [float(n) for n in range(1, chips + 1) if chips % n == 0]
    tensors = [2.0**n for n in range(7) if 2**n <= chips]
    mixture = bool(numbers[precisions[0]].a.experts)
    ranks = sizes if mixture else [1.0]
    domains: list[list[Any]] = [list(precisions), sizes, tensors, ranks, [float(n + 1) for n in range(sequences)]]
    made: list[Row] = []
    for place, (precision, size, tensor, expert, running) in enumerate(itertools.product(*domains)):
        if size % tensor or size % expert or not (mixture or size == tensor):
            continue
        a, device, e, cache = numbers[precision]
        plan = Serving(tensor=tensor, expert=expert, chips=size, sequences=running, cache=cache)
        served = serve(a, plan, device, e, REQUESTS)
        if served.memory.room > 0 and served.memory.fitting >= running:
            first = prefill(a, plan, device, e, prompts=1.0, prompt=2000.0).time
            made.append(Row(served.answer_rate, place, served.tpot, first, precision, plan))
    return made


def undominated(rows: list[Row]) -> list[tuple[float, float]]:
    """The pairs of a token's time and the rate that no other plan reaches or beats in both, quickest first."""
    pairs = {(float(f"{row.tpot:.10g}"), float(f"{row.rate:.10g}")) for row in rows}
    beaten = {one for one in pairs for other in pairs if other != one and other[0] <= one[0] and other[1] >= one[1]}
    return sorted(pairs - beaten)


@pytest.mark.parametrize(
    ("model", "on", "chips", "precisions", "bounds"),
    [
        ("Llama-3.1-70B", "H200", 8, ("bf16", "fp8"), {"max_tpot": 0.022}),
        ("Llama-3.1-70B", "H200", 4, ("bf16", "fp8"), {"max_ttft": 0.2}),
        ("DeepSeek-V3", "H20", 8, ("bf16", "fp8"), {"max_tpot": 0.04, "max_ttft": 3.0}),
        ("gpt-oss-120b", "B200", 2, ("bf16", "fp8", "fp4"), {}), ("Llama-3.1-70B", "A100", 6, ("bf16", "int8"), {}),
    ],
)  # fmt: skip
def test_the_search_is_a_loop_over_every_plan(
    model: str, on: str, chips: int, precisions: tuple[str, ...], bounds: dict[str, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(s, "MOST_SEQUENCES", 24)
    monkeypatch.setattr(s, "COLUMNS", 5)
    found = search(model, on, float(chips), top=9, pareto=True, **bounds)
    wanted = every_plan(model, on, chips, precisions, 24)
    assert found.searched == len(wanted) and found.searched + sum(found.masked.values()) == found.size
    met = {
        row.place: row
        for row in wanted
        if row.tpot <= bounds.get("max_tpot", math.inf) and row.ttft <= bounds.get("max_ttft", math.inf)
    }
    assert found.meeting == len(met) > 0 and len(found.best) == min(9, len(met))
    rates = sorted((row.rate for row in met.values()), reverse=True)[:9]
    assert [plan.rate for plan in found.best] == pytest.approx(rates, rel=1e-12)
    order = [(-plan.rate, plan.place) for plan in found.best]
    assert order == sorted(order)
    for plan in (*found.best, *found.front):
        row = met[plan.place]
        assert (plan.precision, plan.plan) == (row.precision, row.plan)
        assert (plan.rate, plan.tpot, plan.ttft) == pytest.approx((row.rate, row.tpot, row.ttft), rel=1e-12)
    front = [(float(f"{plan.tpot:.10g}"), float(f"{plan.rate:.10g}")) for plan in found.front]
    assert front and front == undominated(list(met.values()))
    best = found.best[0]
    assert found.winner is not None
    assert found.winner.answer_rate.number == pytest.approx(best.rate, rel=1e-12)
    assert found.winner.tpot.number == pytest.approx(best.tpot, rel=1e-12)
    assert found.winner.memory.weights.number == pytest.approx(best.memory, rel=1e-12)


def test_the_optimum_of_a_whole_space_is_that_of_every_plan() -> None:
    """The question of the benchmark, every batch to 1,024: a 70B model on 8 H200 within 50 ms a token."""
    found = search("Llama-3.1-70B", "H200", 8.0, max_tpot=0.05, top=5)
    wanted = every_plan("Llama-3.1-70B", "H200", 8, tuple(found.domains["precision"]), 1024)
    assert found.searched == len(wanted) and found.domains["sequences"][-1] == 1024
    met = sorted((row.rate for row in wanted if row.tpot <= 0.05), reverse=True)
    assert [plan.rate for plan in found.best] == pytest.approx(met[:5], rel=1e-12) and found.meeting == len(met)


def test_bounds_hold_with_equality(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "MOST_SEQUENCES", 8)
    chosen = search("Llama-3.1-70B", "H200", 8.0, top=3).best[-1]
    at = search("Llama-3.1-70B", "H200", 8.0, top=500, max_tpot=chosen.tpot, max_ttft=chosen.ttft)
    assert chosen.place in {plan.place for plan in at.best}
    below = search("Llama-3.1-70B", "H200", 8.0, top=500, max_tpot=chosen.tpot * (1 - 1e-9))
    assert chosen.place not in {plan.place for plan in below.best}


@pytest.mark.parametrize(("top", "columns"), [(3, 1), (3, 64), (30, 2)])
def test_of_equal_rates_the_first_plans_in_the_space_are_taken(
    top: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s, "MOST_SEQUENCES", 6)
    monkeypatch.setattr(s, "COLUMNS", columns)
    real = s.serve

    def alike(*given: Any) -> Any:
        served = real(*given)
        if not hasattr(served.tpot, "dtype"):  # the winner as Figures
            return served
        return served._replace(answer_rate=0 * served.answer_rate + 1.0, tpot=0 * served.tpot + 1.0)

    everything = [plan.place for plan in search("Llama-3.1-70B", "H200", 8.0, top=10**4).best]
    monkeypatch.setattr(s, "serve", alike)
    found = search("Llama-3.1-70B", "H200", 8.0, top=top, pareto=True)
    assert [plan.place for plan in found.best] == sorted(everything)[:top]
    assert [plan.place for plan in found.front] == [min(everything)]


def test_a_batch_that_is_asked_for() -> None:
    found = search("Llama-3.1-70B", "H200", 8.0, batch=64.0, top=50)
    assert found.masked[s.BATCH] and {plan.plan.sequences * 8 / plan.plan.tensor for plan in found.best} == {64.0}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["plans", *words])


def test_the_command() -> None:
    words = ("Llama-3.1-70B", "--on", "8 H200", "--input", "2000", "--output", "500")
    body = json.loads(run(*words, "--max-tpot", "50 ms", "--top", "2", "--pareto", "--json").stdout)
    assert body["schema"] == "chipgauge.plans/0" and len(body["plans"]) == 2 and body["pareto"] and body["sources"]
    assert body["searched"] + body["masked"] == body["space"]["size"] and body["meeting"] <= body["searched"]
    assert all(plan["tpot"] <= 0.05 for plan in body["plans"])
    assert "tokens a second and chip" in run(*words).stdout
    none = run(*words, "--max-tpot", "1 us")
    assert none.exit_code == 1 and "meets the bounds" in none.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--input", "2000"), "--input and --output"),
        (("--input", "2000", "--output", "5", "--plan", "tp=8"), "without --plan"),
        (("--input", "2000", "--output", "5", "--max-tpot", "50"), "a time with its unit"),
        (("--input", "2000", "--output", "5", "--precision", "fp7"), "fp7"),
        (("--input", "2000", "--output", "5", "--batch", "7.5"), "--batch takes a whole number of requests"),
        (("--input", "2000", "--output", "5", "--batch", "0.5"), "--batch"),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str) -> None:
    result = run("Llama-3.1-70B", "--on", "8 H200", *words)
    assert result.exit_code == 2 and said in result.stderr
    assert run("Llama-3.1-70B", "--on", "8.5 H200", "--input", "9", "--output", "9").exit_code == 2
