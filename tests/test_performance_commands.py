# SPDX-License-Identifier: Apache-2.0
"""`train` and `validate` from the command line: JSON of the interface, exit codes, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chipgauge.reports.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_train_answers_in_json() -> None:
    result = run(
        "train", "GPT 174.6B", "--on", "128 H100", "--plan", "tp=4,pp=8,vp=6,mb=1", "--batch", "256", "--seq", "2048",
        "--tokens", "3e11", "--json",
    )  # fmt: skip
    body = json.loads(result.stdout)
    assert result.exit_code == 0 and body["schema"] == "chipgauge.train/0"
    wanted = {"plan", "step_time", "tokens_per_second_per_chip", "mfu", "days", "memory_per_chip", "breakdown", "error"}
    assert wanted <= set(body)
    time = body["step_time"]
    assert time["unit"] == "s" and time["low"] < time["value"] < time["high"] and time["interval"] == "80%"
    assert sum(part["value"] for part in body["breakdown"]) == pytest.approx(time["value"])
    rate = body["tokens_per_second_per_chip"]["value"]
    assert rate == pytest.approx(256 * 2048 / time["value"] / 128)
    assert body["days"]["value"] == pytest.approx(3e11 / (rate * 128) / 86400 / body["productive_share"])


def test_train_explains_every_node() -> None:
    result = run("train", "GPT 174.6B", "--on", "128 H100", "--plan", "tp=4,pp=8,mb=1", "--explain", "--json")
    nodes = json.loads(result.stdout)["nodes"]
    named = {node["name"] for node in nodes.values()}
    assert {"product_time", "message_time", "exposed", "last_stage"} <= named
    assert all(key in nodes for node in nodes.values() for key in node.get("inputs", {}).values())


def test_a_plan_that_does_not_fit_ends_with_one_and_says_by_how_much() -> None:
    result = run("train", "GPT 174.6B", "--on", "8 H100", "--plan", "tp=1,zero=0", "--batch", "8", "--seq", "2048")
    assert result.exit_code == 1
    assert "does not fit" in result.stdout and "GB more than there are" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "no such model", "--on", "8 H100"), "is called 'no such model'"),
        (("train", "GPT 174.6B", "--on", "8 H100", "--plan", "tq=1"), "a plan has no 'tq'"),
        (("train", "GPT 174.6B", "--on", "8 A100", "--precision", "fp8"), "peak.fp8"),
        (("train", "GPT 174.6B"), "Missing option '--on'"),
        (("validate", "--measured", "there-is-no-such-file.csv"), "No such file"),
        (("validate", "-o", "somewhere"), "goes with --fit"),
    ],
)
def test_mistakes_are_messages(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2 and said in result.output and "Traceback" not in result.output


def test_validate_a_strangers_table(tmp_path: Path) -> None:
    head = (
        "id,source,url,date,group,kind,model,chip,n_chips,precision,batch,seq_in,seq_out,plan,metric,value,unit,notes"
    )
    file = tmp_path / "mine.csv"
    file.write_text(
        f'{head}\nx,me,,2026-01,g,train,GPT 174.6B,H100,128,bf16,256,2048,,"tp=4,pp=8,mb=1",step_time,8.3,s,\n'
    )
    body = json.loads(run("validate", "--measured", str(file), "--json").stdout)
    assert {"rows", "ratios", "skipped", "summary"} <= set(body)
    (row,) = body["rows"]
    assert {
        "id",
        "group",
        "kind",
        "chip",
        "model",
        "metric",
        "measured",
        "predicted",
        "low",
        "high",
        "ratio",
        "fitted",
    } <= set(row)
    assert row["ratio"] == pytest.approx(row["predicted"] / row["measured"]) and row["fitted"] is False


def test_validate_prints_errors_with_their_coverage() -> None:
    result = run("validate")
    assert result.exit_code == 0 and result.stdout.startswith("Training step times differ")
    assert "left out" in result.stdout and "coverage" in result.stdout
