# SPDX-License-Identifier: Apache-2.0
"""`plans`: the winner as Figures, spaces of published sizes, and what a user gets wrong."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from chipgauge.calc.plans import Plans, plans
from chipgauge.calc.run import train
from chipgauge.calc.search import Candidate
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import ChipgaugeError


def search(model: str, on: str, **how: object) -> Plans:
    return plans(model, on, catalog=catalog(), constants=constants(), **how)  # type: ignore[arg-type]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["plans", *words])


@pytest.mark.parametrize(
    ("model", "on", "plan"),
    [
        ("GPT 174.6B", "128 H100", "cp=1"), ("DeepSeek-V3", "512 H800", "zero=1,mb=1"), ("GPT 18.4B", "64 910C", "cp=1"),
        ("GPT 174.6B", "128 A100", "cp=1,kernels=classic,zero=1"), ("Llama-3.1-405B", "512 H100", "kernels=eager,cp=1,layers = 16"),
    ],
)  # fmt: skip
def test_the_winner_as_figures_is_the_arrays_number(model: str, on: str, plan: str) -> None:
    made = search(model, on, plan=plan, sequence=4096)
    best, winner = made.found.best[0], made.winner
    assert winner is not None and winner.fits
    assert winner.step.time.number == pytest.approx(best.time, rel=1e-12)
    assert winner.memory.number == pytest.approx(best.memory, rel=1e-12)
    assert made.mfu(best) == pytest.approx(winner.mfu.number, rel=1e-12)
    assert made.rate(best) == pytest.approx(winner.rate.number, rel=1e-12)
    assert made.found.searched + sum(made.found.masked.values()) == made.found.space.size


@pytest.mark.parametrize(("model", "on"), [("GPT 174.6B", "128 H100"), ("DeepSeek-V3", "256 H800")])
def test_no_plan_that_train_finds_is_faster(model: str, on: str) -> None:
    best = search(model, on, precision="bf16", sequence=2048).found.best[0]
    found = train(model, on, sequence=2048, catalog=catalog(), constants=constants())
    assert found.fits and best.time <= found.step.time.number * (1 + 1e-12)


@pytest.mark.parametrize(
    ("model", "on", "batch", "fixed"),
    [
        ("GPT 175B", "1024 H100", 1024, "cp=1,mb=2"), ("GPT 1T", "4096 H100", 4096, "cp=1,mb=4"),
        ("DeepSeek-V3", "512 H800", 1024, "cp=1,mb=16"),
        # a single replica divides nothing: no stage is faster there
        ("Llama-3.1-8B", "1 H200", 8, ""), ("Llama-3.1-8B", "8 H100", 4, "dp=1,cp=1"),
        ("Mixtral-8x7B", "32 H100", 64, "tp=1,pp=4,vp=8,dp=8,ep=8,cp=1"),
    ],
)  # fmt: skip
def test_the_best_plan_is_the_best_of_all_zero_stages(model: str, on: str, batch: int, fixed: str) -> None:
    def best(plan: str) -> Candidate:
        return search(model, on, plan=plan, batch=batch, sequence=2048, precision="bf16").found.best[0]

    free, each = best(fixed), {stage: best(",".join(filter(None, (fixed, f"zero={stage}")))) for stage in "0123"}
    fastest = min(each, key=lambda stage: each[stage].time)
    assert free.time == each[fastest].time and free.plan == each[fastest].plan
    assert free.plan.zero == float(fastest)


def test_a_value_outside_the_space_is_said() -> None:
    words = ("GPT 18.4B", "--on", "64 H100", "--seq", "2048", "--batch", "64")
    assert "outside the space of free plans: pp=7, recompute=40%" in run(*words, "--plan", "pp=7,recompute=40%").stdout
    assert "outside" not in run(*words, "--plan", "pp=8,zero=2,recompute=full").stdout


def test_a_space_at_least_as_large_as_calculons() -> None:
    # calculon's README: Turing-530B on 5,128 A100 with 2,520 sequences has 8,112 executions; 641 is prime, so that a
    # plan of all chips cannot divide the batch, and the best one leaves some unused
    made = search("GPT 530B", "5128 A100", plan="cp=1,zero=1", batch=2520, sequence=2048, precision="bf16")
    assert made.found.searched > 8112
    assert made.found.best[0].chips <= 5128 and 2520 % made.found.best[0].plan.data == 0


def test_json_of_the_interface() -> None:
    result = run("GPT 18.4B", "--on", "64 H100", "--seq", "2048", "--batch", "64", "--top", "3", "--pareto", "--json")
    body = json.loads(result.stdout)
    assert result.exit_code == 0 and body["schema"] == "chipgauge.plans/0"
    assert body["searched"] + body["masked"] == body["space"]["size"]
    assert sum(body["masked_by"].values()) == body["masked"]
    size = 1
    for values in body["space"]["domains"].values():
        size *= len(values)
    assert size == body["space"]["size"] and body["seconds"] > 0
    assert len(body["plans"]) == 3
    times = [row["step_time"]["value"] for row in body["plans"]]
    assert times == sorted(times) and body["pareto"][0]["plan"] == body["plans"][0]["plan"]
    assert set(body["plans"][0]) == {
        "plan", "precision", "chips", "step_time", "tokens_per_second_per_chip", "mfu", "memory_per_chip", "place",
    }  # fmt: skip
    assert body["sources"] and body["resolved"][0]["id"] == "nvidia-h100-sxm"


def test_the_best_plan_is_what_train_says_of_it() -> None:
    words = ("--seq", "2048", "--batch", "64", "--json")
    first = json.loads(run("GPT 18.4B", "--on", "64 H100", "--precision", "bf16", *words).stdout)["plans"][0]
    asked = ["train", "GPT 18.4B", "--on", f"{first['chips']:g} H100", "--plan", first["plan"], *words]
    again = json.loads(CliRunner().invoke(main, asked).stdout)
    assert again["step_time"] == {**first["step_time"], **{k: again["step_time"][k] for k in ("status", "sources")}}


def test_two_runs_print_the_same_but_for_the_seconds() -> None:
    words = ("GPT 18.4B", "--on", "64 H100", "--seq", "2048", "--batch", "64")
    assert run(*words).stdout == run(*words).stdout
    one, other = (json.loads(run(*words, "--json").stdout) for _ in range(2))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_nothing_fits() -> None:
    result = run("GPT 1T", "--on", "8 H100", "--batch", "8", "--seq", "2048", "--plan", "cp=1")
    assert result.exit_code == 1 and "No plan of" in result.stdout and "more memory than a chip has" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("GPT 1T", "--on", "CM384"), "--on takes a number of chips"),
        (("GPT 1T", "--on", "1.5 H100"), "--on takes a whole number"),
        (("GPT 1T", "--on", "99999999 H100"), "from 1 to 10,000,000"),
        (("GPT 1T", "--on", "8 H100", "--batch", "7.5"), "--batch takes a whole number"),
        (("GPT 1T", "--on", "8 H100", "--batch", "1e12"), "from 1 to 1,000,000,000"),
        (("GPT 1T", "--on", "8 A100", "--precision", "fp8"), "peak.fp8"),
        (("GPT 1T", "--on", "8 A100", "--precision", "fp7"), "fp7"),
        (("GPT 1T", "--on", "8 A100", "--plan", "tq=8"), "a plan has no 'tq'"),
        (("GPT 1T", "--on", "8 A100", "--top", "0"), "0"),
        (("GPT-5 nano", "--on", "8 A100"), "GPT-5 nano"),
        (("H100", "--on", "8 A100"), "'H100' is not a model"),
        (("GPT 1T", "--on", "0 H100"), "an amount is above 0"),
        (("GPT 1T", "--on", "-8 H100"), "An amount is a number above 0 and an item, such as '1024 H200'"),
        (("GPT 1T", "--on", "1024"), "An amount is a number above 0 and an item, such as '1024 H200'"),
        (("GPT 1T", "--on", "1e9 H100"), "from 1 to 10,000,000"),
        (("GPT 1T", "--on", "8 H100", "--batch", "inf"), "inf is not in the range x>=1"),
        (("GPT 1T", "--on", "8 H100", "--seq", "nan"), "nan is not in the range 1<=x<=100000000"),
        (("GPT 1T", "--on", "8 H100", "--seq", "2000.5"), "--seq takes a whole number"),
        (
            ("GPT 1T", "--on", "8 H100", "--input", "9", "--output", "9", "--batch", "3.5"),
            "--batch takes a whole number",
        ),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2 and said in result.stderr and isinstance(result.exception, SystemExit)


def test_too_many_divisors_are_refused() -> None:
    with pytest.raises(ChipgaugeError, match="have many divisors; change --batch"):
        search("GPT 1T", "1000000 H100", batch=735134400)
