# SPDX-License-Identifier: Apache-2.0
"""Clusters, cost parameters and growth rates on the command line: `list`, `show`, `compare`, `--projected`, `verify`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chipgauge.calc.clusters import states
from chipgauge.reports.cli import main
from chipgauge.reports.clusters import state_figures, tables
from chipgauge.reports.parameters import clusters, costs, growth
from chipgauge.specs.catalog import catalog


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHIPGAUGE_CATALOG", raising=False)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    return result.stderr if code == 2 else result.stdout


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


@pytest.mark.parametrize(("kind", "least"), [("clusters", 55), ("growth", 11), ("costs", 40)])
def test_list_names_what_is_known(kind: str, least: int) -> None:
    found = answer("list", kind)
    assert found["schema"] == "chipgauge.list/1" and found["kind"] == kind and len(found["items"]) >= least
    assert all({"id", "name", "aliases"} <= set(item) for item in found["items"])
    assert run("list", kind).count("\n") > least
    assert len(run("list", kind, "--format", "csv").splitlines()) == len(found["items"]) + 1


def test_the_list_of_clusters_begins_with_the_largest_and_adds_nothing_up() -> None:
    rows, notes = clusters(catalog())
    assert rows[0]["id"] == "amazon-new-carlisle" and rows[0]["h100e.published"] == "685,914"
    colossus = next(row for row in rows if row["id"] == "xai-colossus-2")
    assert (colossus["states"], colossus["date"], colossus["chips"]) == (3, "2025-10-19", "110,000")
    assert colossus["power"] == "299 MW"
    assert any("neither is summed" in note for note in notes)
    assert next(row for row in rows if row["id"] == "meta-hyperion")["state"] == "planned or projected only"


def test_the_list_of_growth_rates_has_value_range_source_and_date() -> None:
    rows, _ = growth(catalog())
    row = next(row for row in rows if row["id"] == "energy-efficiency")
    assert (row["factor"], row["range"], row["source"]) == ("1.5", "1.4 to 1.5", "Epoch AI")
    assert next(row for row in rows if row["id"] == "record-site")["doubling"] == "7.0 months"


def test_the_list_of_costs_says_status_and_source_of_each() -> None:
    rows, _ = costs(catalog())
    assert all(row["value"] and row["source"] and row["status"] for row in rows)
    values = {row["value"] for row in rows if row["id"] == "server-overhead"}
    assert values == {"1.64", "1.66", "1.69", "1.54"}


def test_show_of_colossus_2_has_its_three_states_and_both_counts_with_the_reason() -> None:
    shown = run("show", "Colossus 2")
    for words in (
        "2025-10-19  existing",
        "2026-02-17  projected",
        "2026-05-13  projected",
        "110,000 nvidia-gb200",
        "1,389,590.702",
        "852,097.0187",
        "0.613",
        "Error of the source: its GB300 count at their INT8 rate (165 TOP/s) and not at FP8 (5,000 TFLOP/s).",
        "agrees with its chips",
        "projected, 2026-05-13 with --projected",
    ):
        assert words in shown, words


def test_show_as_json_has_states_published_numbers_and_every_source() -> None:
    found = answer("show", "Colossus 2")
    assert found["kind"] == "cluster" and [state["date"] for state in found["states"]] == [
        "2025-10-19", "2026-02-17", "2026-05-13",
    ]  # fmt: skip
    last = found["states"][-1]
    assert (last["status"], last["snapshot"], last["source"]) == ("projected", "2026-04", "epoch-data-centers-2026-04")
    assert last["figures"]["h100e.8bit"]["value"] == pytest.approx(1_389_591, abs=1)
    (error,) = [row for row in found["published"] if row["error"]]
    assert error["published"] == 852_097.0187 and error["recomputed"]["value"] == pytest.approx(1_389_591, abs=1)
    assert error["why"].startswith("Error of the source: its GB300 count at their INT8 rate")
    assert error["role"] == "shown" and error["ratio"] == pytest.approx(0.6132, abs=1e-4)
    assert found["figures"]["power.facility"]["value"] == 299e6
    assert {row["source"] for row in found["published"]} <= set(found["sources"])
    for state in found["states"]:
        for figure in state["figures"].values():
            assert set(figure.get("sources", ())) <= set(found["sources"])


def test_what_a_source_does_not_name_is_said() -> None:
    shown = run("show", "Zhangbei")
    assert "(undisclosed)" in shown and "The chips are not disclosed" in shown


def test_compare_two_clusters() -> None:
    found = answer("compare", "Colossus 1", "Colossus 2")
    rows = {row["metric"]: row for row in found["metrics"]}
    assert rows["chips"]["values"]["xai-colossus-1"]["value"] == 230_000
    assert rows["state"]["values"]["xai-colossus-2"]["value"] == "existing"
    assert rows["h100e.8bit"]["ratios"]["xai-colossus-2"]["value"] == pytest.approx(277_918 / 275_796, rel=1e-5)
    shown = run("compare", "Colossus 1", "Colossus 2")
    assert shown.startswith("xAI Colossus 2 has 1.01 times the aggregate TPP of xAI Colossus 1")
    assert "H100-equivalents as published" in shown and "per dollar" not in shown


def test_projected_is_an_option_that_is_recorded_and_verified() -> None:
    now, later = (
        answer("compare", "Colossus 1", "Colossus 2"),
        answer("compare", "Colossus 1", "Colossus 2", "--projected"),
    )
    assert "projected" not in now["inputs"] and later["inputs"]["projected"] is True
    chips = [next(row for row in found["metrics"] if row["metric"] == "chips") for found in (now, later)]
    assert [row["values"]["xai-colossus-2"]["value"] for row in chips] == [110_000, 550_000]
    Path("saved.json").write_text(json.dumps(later), "utf-8")
    assert answer("verify", "saved.json")["same"] is True


def test_on_moves_the_state() -> None:
    found = answer("explain", "chips(Colossus 1)", "--on", "2024-10-01")
    assert found["result"]["value"] == 100_000
    assert answer("explain", "chips(Colossus 1)", "--on", "2024-01-01")["result"]["state"] == "unknown"


def test_a_cluster_against_a_system_compares_what_can_be_and_refuses_the_rest() -> None:
    shown = run("compare", "Colossus 1", "CM384")
    assert "Power of the site" in shown and "Power of the whole system" in shown
    assert "draw of the whole system" in run("compare", "Colossus 1", "CM384", "--metric", "per_watt.peak.bf16", code=2)


def test_a_cluster_is_equalled_by_systems() -> None:
    """1.375e21 FLOP/s of BF16 over 384 x 752e12 is 4,762 CloudMatrix 384."""
    found = answer("equivalent", "Colossus 2", "--in", "CM384", "--by", "peak.bf16", "--projected")
    assert found["whole"] == 4_762 and found["power_ratio"]["value"] > 1


def test_show_lists_the_rates_of_a_chip() -> None:
    shown = run("show", "GB300")
    assert "cost.hourly:hyperscaler" in shown and "power.site_share:semianalysis" in shown
    assert answer("show", "GB300")["figures"]["cost.hourly:rental"]["status"] == "assumed"


def test_every_cluster_can_be_shown() -> None:
    for item in catalog().items.values():
        if item.kind == "cluster":
            found = state_figures(item, catalog())
            assert [state for state, _ in found] == states(item, catalog())
            for table in tables(item, found, catalog()):
                assert all(len(row) == len(table.columns) for row in table.rows)
