# SPDX-License-Identifier: Apache-2.0
"""The commands cost, lag, fits, rank, scenario and the options of equivalent, as a user runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chipgauge.reports.cli import main

EXAMPLES: dict[str, list[str]] = {
    "cost": ["cost", "1000 H200", "--country", "cn", "--duty", "25%"],
    "lag": ["lag", "tpp(GB300)/tpp(H200)"],
    "fits": ["fits", "Llama 3.1 405B", "--on", "H20", "--on", "H200", "--on", "910C"],
    "rank": ["rank", "100000 H200", "--country", "CN", "--on", "2025-12-31"],
    "scenario": ["scenario", "no-exports", "--draws", "500"],
}


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result.output if code else result.stdout


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_format(name: str) -> None:
    table = run(*EXAMPLES[name])
    assert table.count("\n") > 3 and table.partition("\n")[0].endswith(".")
    found = answer(*EXAMPLES[name])
    assert found["schema"] == f"chipgauge.{name}/0" and found["sources"] and found["inputs"]
    assert run(*EXAMPLES[name], "--format", "csv").count("\n") > 1
    assert run(*EXAMPLES[name], "--format", "md").count("|") > 4
    assert "Example: chipgauge" in run(name, "--help")


def test_cost_lines_and_total() -> None:
    found = answer(*EXAMPLES["cost"])
    lines = {line["name"]: line for line in found["lines"]}
    # 1.5 million yuan for eight, at 7.32
    assert lines["hardware"]["value"] == pytest.approx(1000 * 1.5e6 / 7.32 / 8)
    assert lines["duty"]["value"] == pytest.approx(lines["hardware"]["value"] / 4)
    charged = sum(
        line["value"] for name, line in lines.items() if name in ("hardware.charge", "site.charge", "energy", "staff")
    )
    assert found["total"]["value"] == pytest.approx(charged)
    assert (
        found["total"]["interval"] == "90%"
        and found["total"]["low"] <= found["total"]["value"] <= found["total"]["high"]
    )
    assert {row["payer"] for row in found["published"]} == {"hyperscaler", "neocloud", "rental"}
    assert found["drivers"][0]["leaf"]


def test_cost_break_even_map() -> None:
    found = answer(
        "cost",
        "1000 H200",
        "--country",
        "cn",
        "--against",
        "1000 910C",
        "--break-even",
        "price",
        "--break-even",
        "training-utilisation/mfu:hopper-mixture",
    )
    assert [row["name"].rpartition("/")[2] for row in found["break_even"]] == [
        "price:server.china@2026-01",
        "mfu:hopper-mixture",
    ]
    assert len(found["map"]["values"]) == len(found["map"]["y"]["values"])


def test_lag_names_every_rate() -> None:
    found = answer(*EXAMPLES["lag"])
    assert {
        "chip-fp16",
        "price-performance",
        "chip-fp32",
        "energy-efficiency",
        "per-chip-in-clusters",
        "leading-clusters",
        "china-training",
        "record-site",
        "frontier-training",
    } <= {row["growth"] for row in found["months"]}
    assert found["ratio"]["value"] == pytest.approx(60_000 / 15_832, rel=1e-3)
    assert found["capability"]["value"] == 7
    assert len(answer("lag", "2", "--growth", "record-site")["months"]) == 1


def test_fits() -> None:
    found = answer(*EXAMPLES["fits"])
    assert [row["chips"] for row in found["fits"]] == [9, 6, 7]
    assert (found["chips"], found["model"]) == (9, "meta-llama-3-1-405b")


def test_rank() -> None:
    found = answer(*EXAMPLES["rank"])
    assert found["place"] == 1 and found["clusters"][0]["id"] == "alibaba-zhangbei"


def test_scenario_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(run("scenario", "unrestricted-h200", "--print"), encoding="utf-8")
    mine = answer("scenario", str(path), "--draws", "500")["scenarios"][0]
    shipped = answer("scenario", "unrestricted-h200", "--draws", "500")["scenarios"][0]
    assert mine["shares"] == shipped["shares"] and mine["advantage"]
    path.write_text(path.read_text("utf-8").replace('"2,000,000"', '"2,000,000 GW"'), encoding="utf-8")
    message = run("scenario", str(path), code=2)
    assert "mine.toml:" in message and "is in GW" in message and "hint:" in message and "Traceback" not in message
    assert "Did you mean no-exports" in run("scenario", "no-export", code=2)
    assert "1 file" in run("lint", str(path), code=1)


def test_equivalent_says_what_binds() -> None:
    table = run("equivalent", "Colossus 2", "--in", "CM384", "--projected", "--prefer", "SemiAnalysis")
    assert "4,584 Huawei CloudMatrix 384 equal one xAI Colossus 2" in table
    assert "What binds is the stock of chips: 1.89 times what there is." in table.partition("\n")[0]
    assert "2025-10-19" in table and "2026-02-17" in table and "2026-05-13" in table
    found = answer("equivalent", "Colossus 2", "--in", "H200", "--projected", "--build-in", "cn", "--payers")
    assert [(row["date"], row["state"]) for row in found["states"]] == [
        ("2025-10-19", "existing"), ("2026-02-17", "projected"), ("2026-05-13", "projected"),
    ]  # fmt: skip
    assert [row["whole"] for row in found["states"]] == [277_919, 1_389_591, 1_389_591]
    assert found["binding"].startswith("stock") and found["tco_ratio"]["interval"] == "90%"
    assert {row["name"] for row in found["limits"]} >= {"money", "power", "stock", "export cap", "time"}
    assert [row["boundary"] for row in found["powers"]]
    rates = {
        (row["against"], row["payer"]): row["ratio"]["value"] for row in found["payers"] if row["work"] == "training"
    }
    # SemiAnalysis: 1.61 and 1.34 for an owner at scale
    assert rates["nvidia-gb200", "hyperscaler"] == pytest.approx(1.61, abs=0.005)
    assert rates["nvidia-gb300", "hyperscaler"] == pytest.approx(1.34, abs=0.005)


def test_a_saved_equivalence_by_workload_holds(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(
        run("equivalent", "1000 H200", "--in", "910C", "--train", "DeepSeek-V3", "--build-mfu", "30%", "--json"),
        encoding="utf-8",
    )
    assert json.loads(run("verify", str(path), "--json"))["same"] is True
    together = ("--correlate", "restart.time,failure.rate=0.9")
    path.write_text(
        run("equivalent", "1000 H200", "--in", "910C", "--train", "DeepSeek-V3", *together, "--json"), encoding="utf-8"
    )
    assert json.loads(run("verify", str(path), "--json"))["same"] is True


def test_inputs_that_move_together_widen_or_narrow_the_answer() -> None:
    asked = ("equivalent", "1000 H200", "--in", "910C", "--train", "DeepSeek-V3", "--utilisation", "published")
    spans: list[float] = []
    for rho in ("-0.9", "0.9"):
        found = answer(*asked, "--correlate", f"mfu:hopper-mixture,mfu:ascend-mixture={rho}")
        assert found["inputs"]["correlate"] == [f"mfu:hopper-mixture,mfu:ascend-mixture={rho}"]
        spans.append(found["count"]["high"] - found["count"]["low"])
    # one divides the other: what moves together cancels
    assert spans[1] < 0.6 * spans[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cost", "1000 H200", "--term", "pue"), "write --term 'duty=25%'"),
        (("cost", "1000 H200", "--duty", "5 GB"), "duty is a plain number"),
        (("cost", "1000 H200", "--price", "5 GB"), "price is in USD"),
        (("cost", "DeepSeek-V3"), "holds no chips"),
        (("cost", "1000 H200", "--break-even", "price"), "needs a second cluster"),
        (
            ("equivalent", "1000 H200", "--in", "910C", "--train", "DeepSeek-V3", "--infer", "DeepSeek-V3"),
            "one workload",
        ),
        (("equivalent", "1000 H200", "--in", "910C", "--build-in", "cn", "--power", "5 USD"), "power is in MW"),
        (("fits", "H200", "--on", "H200"), "fits takes a model and a chip"),
        (("lag", "tpp(H200)"), "plain ratio"),
        (("lag", "2", "--growth", "recordsite"), "Did you mean record-site"),
        (("rank", "1000 H2O0"), "Did you mean"),
    ],
)
def test_a_mistake_is_one_message(arguments: tuple[str, ...], message: str) -> None:
    shown = run(*arguments, code=2)
    assert message in shown and "Traceback" not in shown
