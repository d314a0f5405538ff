# SPDX-License-Identifier: Apache-2.0
"""The search over serving plans against a plain loop over the same space, one plan at a time."""

from __future__ import annotations

import itertools
import json
import math

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


def loop(model: str, on: str, found: s.Searched) -> dict[tuple[str, Serving], tuple[float, float, float]]:
    """Every plan that fits: its rate, time of a token, time of the first one."""
    c, made = catalog(), dict[tuple[str, Serving], tuple[float, float, float]]()
    setting = setting_of(c.find(model), c.find(on), "any", catalog=c, constants=constants())
    numbers = {name: ready_numbers(ready(setting, name)) for name in found.domains["precision"]}
    for precision, size, tensor, expert, sequences in itertools.product(*found.domains.values()):
        if size % tensor or size % expert or (len(found.domains["expert"]) == 1 and size != tensor):
            continue
        a, device, e, cache = numbers[precision]
        plan = Serving(tensor=tensor, expert=expert, chips=size, sequences=sequences, cache=cache)
        served = serve(a, plan, device, e, REQUESTS)
        if served.memory.room > 0 and served.memory.fitting >= sequences:
            first = prefill(a, plan, device, e, prompts=1.0, prompt=2000.0).time
            made[precision, plan] = (served.answer_rate, served.tpot, first)
    return made


@pytest.mark.parametrize(
    ("model", "on", "chips", "bounds"),
    [
        ("Llama-3.1-70B", "H200", 8.0, {"max_tpot": 0.022}), ("Llama-3.1-70B", "H200", 4.0, {"max_ttft": 0.2}),
        ("DeepSeek-V3", "H20", 8.0, {"max_tpot": 0.04, "max_ttft": 3.0}), ("gpt-oss-120b", "B200", 2.0, {}),
    ],
)  # fmt: skip
def test_the_search_is_a_loop_over_every_plan(
    model: str, on: str, chips: float, bounds: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s, "MOST_SEQUENCES", 24)
    monkeypatch.setattr(s, "COLUMNS", 5)
    found = search(model, on, chips, top=9, pareto=True, **bounds)
    wanted = loop(model, on, found)
    assert found.searched == len(wanted) and found.searched + sum(found.masked.values()) == found.size
    met = {
        key: row
        for key, row in wanted.items()
        if row[1] <= bounds.get("max_tpot", math.inf) and row[2] <= bounds.get("max_ttft", math.inf)
    }
    assert found.meeting == len(met) and len(found.best) == min(9, len(met))
    assert [plan.rate for plan in found.best] == pytest.approx(
        sorted((row[0] for row in met.values()), reverse=True)[:9], rel=1e-12
    )
    for plan in (*found.best, *found.front):
        assert (plan.rate, plan.tpot, plan.ttft) == pytest.approx(met[plan.precision, plan.plan], rel=1e-12)
    for plan in found.front:
        assert not any(row[0] >= plan.rate and row[1] < plan.tpot * (1 - 1e-12) for row in met.values())
    best = found.best[0]
    assert found.winner is not None
    assert found.winner.answer_rate.number == pytest.approx(best.rate, rel=1e-12)
    assert found.winner.tpot.number == pytest.approx(best.tpot, rel=1e-12)
    assert found.winner.memory.weights.number == pytest.approx(best.memory, rel=1e-12)


def test_the_optimum_of_a_whole_space_is_that_of_every_plan() -> None:
    """The question of the benchmark, every batch to 1,024: a 70B model on 8 H200 within 50 ms a token."""
    found = search("Llama-3.1-70B", "H200", 8.0, max_tpot=0.05, top=5)
    wanted = loop("Llama-3.1-70B", "H200", found)
    assert found.searched == len(wanted) and found.domains["sequences"][-1] == 1024
    met = sorted((row[0] for row in wanted.values() if row[1] <= 0.05), reverse=True)
    assert [plan.rate for plan in found.best] == pytest.approx(met[:5], rel=1e-12) and found.meeting == len(met)


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
    ],
)
def test_mistakes(words: tuple[str, ...], said: str) -> None:
    result = run("Llama-3.1-70B", "--on", "8 H200", *words)
    assert result.exit_code == 2 and said in result.stderr
    assert run("Llama-3.1-70B", "--on", "8.5 H200", "--input", "9", "--output", "9").exit_code == 2
