# SPDX-License-Identifier: Apache-2.0
"""Each command: its JSON field by field, its formats, what it records, and that no output depends on clock or seed."""

import csv
import datetime
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge
from chipgauge.reports.cli import COMMANDS, main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.index import data_folder

# One question a command whose result can be saved, with inputs of every kind.
SAVED: dict[str, list[str]] = {
    "show": ["show", "910C"],
    "compare": ["compare", "8 H20", "H200", "CM384", "--prefer", "SemiAnalysis", "--set", "power.tdp(H20)=400 W"],
    "explain": ["explain", "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)", "--on", "2026-06-01"],
    "equivalent": ["equivalent", "100k H200", "--in", "Ascend 910C", "--by", "peak.bf16"],
    "check": ["check", "H20", "H200", "CM384", "--on", "2023-12-01", "--lens", "enforced"],
}
SETTLED = ("list", "show", "compare", "explain", "check", "equivalent")
ENVELOPE = ["schema", "version", "as_of", "inputs", "resolved"]
NUMBER = {"value", "unit", "low", "high", "interval", "status", "sources"}
WITHOUT = {"value", "state", "why", "missing"}


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHIPGAUGE_CATALOG", raising=False)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    assert code == 2 or result.stderr == ""
    return result.stderr if code == 2 else result.stdout


def answer(*arguments: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json", code=code))
    return found


def check_quantity(shown: dict[str, Any], known_sources: dict[str, Any], extra: Iterable[str] = ()) -> None:
    """Assert the fields of a Quantity of the interface."""
    keys = shown.keys() - {*extra, "condition", "winner"}
    if shown["value"] is None:
        assert WITHOUT <= keys <= WITHOUT | {"low", "high", "unit", "status", "sources"}
        assert shown["state"] in ("absent", "unknown")
        return
    assert keys == (NUMBER if isinstance(shown["value"], float) else {"value", "status", "sources"})
    assert shown["status"] in ("stated", "derived", "estimated", "assumed")
    assert shown["sources"] and set(shown["sources"]) <= known_sources.keys()
    if isinstance(shown["value"], float):
        assert shown["interval"] in ("bounds", "90%")
        assert shown["low"] <= shown["value"] <= shown["high"]


# --- the envelope ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arguments"), [*SAVED.items(), ("list", ["list", "chips"])])
def test_the_envelope(name: str, arguments: list[str]) -> None:
    assert name in SETTLED
    found = answer(*arguments)
    assert list(found)[:5] == ENVELOPE and list(found)[-1] == "sources"
    assert found["schema"] == f"chipgauge.{name}/1"
    assert found["version"] == chipgauge.__version__
    assert found["as_of"] == catalog().as_of
    datetime.date.fromisoformat(found["as_of"])
    for row in found["resolved"]:
        assert list(row) == ["given", "id", "others"]
        assert row["id"] in catalog().items
    for identity, record in found["sources"].items():
        assert identity == "given" or identity in catalog().source_ids()
        assert record["publisher"] and record["title"] and record["kind"]
        assert not record["url"] or record["url"].startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("arguments", "given", "ids"),
    [
        (["compare", "h20", "昇腾910C"], ["h20", "昇腾910C"], ["nvidia-h20-96gb", "huawei-ascend-910c"]),
        (["show", "NVL72"], ["NVL72"], ["nvidia-gb200-nvl72"]),
        (["explain", "tpp(H200)/tpp(H20)"], ["H200", "H20"], ["nvidia-h200-sxm", "nvidia-h20-96gb"]),
        (["explain", "count(8 H20, 910C, by=peak.bf16)"], ["8 H20", "910C"], ["nvidia-h20-96gb", "huawei-ascend-910c"]),
        (["equivalent", "100k H200", "--in", "910C"], ["100k H200", "910C"], ["nvidia-h200-sxm", "huawei-ascend-910c"]),
        (["check", "CM384"], ["CM384"], ["huawei-cloudmatrix-384"]),
    ],
)
def test_what_a_name_was_taken_to_mean(arguments: list[str], given: list[str], ids: list[str]) -> None:
    resolved = answer(*arguments)["resolved"]
    assert [row["given"] for row in resolved] == given
    assert [row["id"] for row in resolved] == ids


def test_what_else_a_short_name_could_mean_is_told_in_both_forms() -> None:
    (row,) = answer("explain", "tpp(H200)")["resolved"]
    assert "NVIDIA H200 NVL 141 GB" in row["others"]
    for arguments in (["explain", "tpp(H200)"], ["compare", "H200"], ["show", "H200"], ["check", "H200"]):
        assert "H200 = NVIDIA H200 SXM 141 GB (nvidia-h200-sxm); also: NVIDIA H200 NVL 141 GB" in run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "inputs"),
    [
        (["compare", "H20", "H200"], {"items": ["H20", "H200"]}),
        (
            ["compare", "H20", "H200", "--baseline", "H200", "--metric", "tpp", "--per", "watt", "--on", "2026-01-01"],
            {"items": ["H20", "H200"], "baseline": "H200", "metric": ["tpp"], "per": "watt", "on": "2026-01-01"},
        ),
        (
            ["explain", "tpp(H20)", "--prefer", "Epoch AI", "--set", "peak.bf16(H20)=150 TFLOP/s"],
            {"expression": "tpp(H20)", "prefer": "Epoch AI", "set": ["peak.bf16(H20)=150 TFLOP/s"]},
        ),
        (["equivalent", "8 H20", "--in", "H200"], {"of": "8 H20", "in": "H200", "by": "peak.bf16"}),
        (["check", "H20"], {"items": ["H20"], "lens": "text"}),
        (["show", "H20", "--metric", "tpp"], {"item": "H20", "metric": ["tpp"]}),
        (["list"], {"kind": "chips"}),
    ],
)
def test_inputs_record_what_was_asked(arguments: list[str], inputs: dict[str, Any]) -> None:
    assert answer(*arguments)["inputs"] == inputs


@pytest.mark.parametrize("name", SAVED)
def test_the_default_date_is_the_data_date(name: str) -> None:
    arguments = [word for word in SAVED[name] if word not in ("--on", "2026-06-01", "2023-12-01")]
    plain, dated = answer(*arguments), answer(*arguments, "--on", catalog().as_of)
    assert dated["inputs"].pop("on") == catalog().as_of
    assert plain == dated


# --- list, show --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["chips", "systems", "rules", "sources", "formulas", "quantities"])
def test_list(kind: str) -> None:
    found = answer("list", kind)
    assert found["kind"] == kind
    assert found["items"]
    for row in found["items"]:
        assert list(row)[:3] == ["id", "name", "aliases"]
        assert isinstance(row["aliases"], list)
    ids = [row["id"] for row in found["items"]]
    assert len(ids) == len(set(ids))
    assert run("list", kind).startswith(f"{len(ids)} {kind}.\n")


def test_the_ids_of_the_interface_are_there() -> None:
    # INTERFACE.md, "Items and amounts"
    chips = [
        "nvidia-h20-96gb",
        "nvidia-h20-141gb",
        "nvidia-h100-sxm",
        "nvidia-h100-pcie",
        "nvidia-h100-nvl",
        "nvidia-h200-sxm",
        "nvidia-h200-nvl",
        "nvidia-b200",
        "nvidia-b300",
        "nvidia-gb200",
        "nvidia-gb300",
        "huawei-ascend-910c",
    ]
    systems = ["huawei-cloudmatrix-384", "nvidia-gb200-nvl72", "nvidia-dgx-h100", "nvidia-dgx-h200", "nvidia-hgx-h20"]
    assert set(chips) <= {row["id"] for row in answer("list", "chips")["items"]}
    assert set(systems) <= {row["id"] for row in answer("list", "systems")["items"]}


def test_list_counts_values_without_a_source() -> None:
    assert "values without a source: 0" in run("list", "sources")


@pytest.mark.parametrize("item", ["H20", "H100", "H200", "910C", "NVL72", "CM384", "8 H200"])
def test_show(item: str) -> None:
    found = answer("show", item)
    assert list(found)[5:9] == ["id", "name", "kind", "figures"]
    assert found["kind"] in ("chip", "system")
    for name, shown in found["figures"].items():
        alternatives = shown["alternatives"]
        check_quantity(shown, found["sources"], {"alternatives"})
        for one in alternatives:
            reason: set[str] = set() if one["value"] is None else {"why"}
            check_quantity(one, found["sources"], {"as_printed", "role", "note", "at", "via"} | reason)
            assert one["role"] in ("adopted", "agrees", "conflict", "shown", "given")
            if one["value"] is not None:
                assert one["as_printed"]
        adopted = [one for one in alternatives if one["role"] == "adopted"]
        assert len(adopted) <= 1, name
        if len(alternatives) > 1 and any(one["role"] == "conflict" for one in alternatives):
            assert adopted and all(one.get("why") for one in alternatives if one["role"] == "conflict")


@pytest.mark.parametrize("item", ["H20", "H100", "H200", "910C"])
def test_a_headline_chip_has_twenty_figures(item: str) -> None:
    figures = answer("show", item)["figures"]
    assert sum(shown["value"] is not None for shown in figures.values()) >= 20


def test_show_keeps_what_is_adopted_apart_from_conflicts_bases_and_bins() -> None:
    # The 910C: 752 adopted, 780 and 800 conflicting, 708 another basis, 560 another bin
    figures = answer("show", "910C")["figures"]
    said = {(one["role"], one["value"]) for one in figures["peak.bf16"]["alternatives"]}
    assert {("adopted", 752.0), ("conflict", 780.0), ("conflict", 800.0)} <= said
    assert [figures["peak.bf16"][name] for name in ("value", "low", "high")] == [752.0, 752.0, 800.0]
    assert figures["peak.bf16.matrix"]["value"] == pytest.approx(708, abs=0.5)
    assert answer("show", "huawei-ascend-910c-560t")["figures"]["peak.bf16"]["value"] == 560.0
    assert run("show", "910C").count("What each source says") == 1


def test_show_sets_bases_and_variants_beside_conflicts() -> None:
    rows = [re.split(r"\s{2,}", line) for line in run("show", "Ascend 910C").splitlines()]
    said = {(row[1], row[2]) for row in rows if row[0] == "peak.bf16" and len(row) > 3}
    # 752 the device profile, 780 SemiAnalysis, 800 the keynote, 708 the matrix units, 560 a bin with fewer cores
    values = {("752", "adopted"), ("780", "conflict"), ("800", "conflict"), ("708", "basis"), ("560", "variant")}
    assert {(f"{value} TFLOP/s", role) for value, role in values} <= said


def test_an_unknown_figure_has_no_status() -> None:
    rows = [re.split(r"\s{2,}", line.strip()) for line in run("show", "MI308X").splitlines()]
    assert ["peak.bf16", "unknown"] in rows and not any("unknown" in row and "stated" in row for row in rows)


def test_show_gives_the_tpp_that_the_maker_declares_beside_ours() -> None:
    # NVIDIA declares 14,144 for the H200 NVL, whose dense peaks give 13,368 (DESIGN.md, "Two TPPs")
    figures = answer("show", "H200 NVL")["figures"]
    assert figures["tpp.declared"]["value"] == 14144.0
    assert figures["tpp"]["value"] < figures["tpp.declared"]["value"]


def test_show_only_some_figures() -> None:
    assert {name.split(".")[0] for name in answer("show", "H20", "--metric", "memory")["figures"]} == {"memory"}


# --- compare -----------------------------------------------------------------------------------------------------


def test_compare() -> None:
    found = answer("compare", "H20", "H200", "NVL72")
    keys = ["nvidia-h20-96gb", "nvidia-h200-sxm", "nvidia-gb200-nvl72"]
    assert list(found)[5:7] == ["baseline", "metrics"]
    assert found["baseline"] == keys[0]
    for row in found["metrics"]:
        assert list(row) == ["metric", "unit", "values", "ratios"]
        assert list(row["values"]) == keys
        assert list(row["ratios"]) in ([], keys)
        for shown in row["values"].values():
            check_quantity(shown, found["sources"])
            if isinstance(shown["value"], float):
                assert shown["unit"] == row["unit"]
        for key, ratio in row["ratios"].items():
            check_quantity(ratio, found["sources"])
            above, below = row["values"][key]["value"], row["values"][keys[0]]["value"]
            if ratio["value"] is not None:
                assert ratio["unit"] == "1"
                assert ratio["value"] == pytest.approx(above / below, rel=1e-12)
    assert "leaves" in found


def test_what_has_not_shipped_is_marked_wherever_it_stands_beside_others() -> None:
    shown = run("compare", "B200", "R200", "BR100", "--metric", "tpp")
    finding, *lines = shown.splitlines()
    assert finding.startswith("The Rubin R200 (one package, announced) has ")
    assert "R200 (announced)" in lines[1] and "BR100 (never shipped)" in lines[1] and "B200 (" not in lines[1]
    assert "NVIDIA Rubin R200 (one package) is announced: no delivery of it was read of" in shown
    assert "Biren BR100 never shipped in volume" in shown
    found = answer("compare", "B200", "R200", "--metric", "tpp")
    assert found["unshipped"] == {"nvidia-rubin-r200": "announced"}
    rows = csv.DictReader(io.StringIO(run("compare", "B200", "R200", "--metric", "tpp", "--format", "csv")))
    assert [row["unshipped"] for row in rows] == ["", "announced"]
    assert run("equivalent", "1000 H200", "--in", "R200").startswith(
        "248 NVIDIA Rubin R200 (one package, announced) equal"
    )
    assert run("check", "R200").startswith("NVIDIA Rubin R200 (one package, announced) on ")


@pytest.mark.parametrize(("kind", "least"), [("chips", 14), ("systems", 3)])
def test_list_says_what_has_not_shipped(kind: str, least: int) -> None:
    words = [row["lifecycle"] for row in answer("list", kind)["items"]]
    count = sum(word in ("rumoured", "announced", "never shipped") for word in words)
    assert count >= least and "" in words
    assert f"{count} of them are rumoured, announced or never shipped" in run("list", kind)
    assert all("lifecycle" not in row for row in answer("list", "models")["items"])


def test_compare_by_another_baseline_and_metric() -> None:
    found = answer("compare", "H20", "H200", "--baseline", "H100", "--metric", "memory.bandwidth")
    assert found["baseline"] == "nvidia-h100-sxm"
    (row,) = found["metrics"]
    # NVIDIA data sheets: H100 SXM 3.35 TB/s, H200 4.8 TB/s
    assert row["values"]["nvidia-h200-sxm"]["value"] == 4800.0
    assert row["ratios"]["nvidia-h200-sxm"]["value"] == pytest.approx(4.8 / 3.35)


@pytest.mark.parametrize(("per", "prefix"), [("chip", "per_chip."), ("watt", "per_watt."), ("usd", "per_dollar.")])
def test_compare_per(per: str, prefix: str) -> None:
    metrics = [row["metric"] for row in answer("compare", "NVL72", "CM384", "--per", per)["metrics"]]
    assert metrics and all(name.startswith(prefix) for name in metrics)


@given(st.permutations(["H20", "H100", "H200", "910C", "B200"]))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_the_order_of_items_changes_no_value(items: list[str]) -> None:
    first = answer("compare", *sorted(items), "--baseline", "H20")
    other = answer("compare", *items, "--baseline", "H20")
    assert {row["metric"]: row["values"] for row in first["metrics"]} == {
        row["metric"]: row["values"] for row in other["metrics"]
    }
    assert {row["metric"]: row["ratios"] for row in first["metrics"]} == {
        row["metric"]: row["ratios"] for row in other["metrics"]
    }


def test_an_amount_is_compared_as_an_amount() -> None:
    # 8 x 4.0 TB/s of the H20 against 4.8 TB/s of the H200 (NVIDIA data sheets)
    printed = run("compare", "8 H20", "H200", "--metric", "memory.bandwidth")
    assert printed.startswith("The H200 SXM 141 GB has 0.15 times the memory bandwidth of 8 H20 96 GB.\n")
    printed = run("compare", "H200", "8 H20", "--metric", "memory.bandwidth")
    assert printed.startswith("8 H20 96 GB have 6.67 times the memory bandwidth of the H200 SXM 141 GB.\n")
    assert "aggregate.tpp" in [row["metric"] for row in answer("compare", "8 H20", "H200")["metrics"]]


# --- explain -----------------------------------------------------------------------------------------------------


def test_explain() -> None:
    found = answer("explain", "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)")
    assert list(found)[5:9] == ["expression", "result", "root", "nodes"]
    assert found["expression"] == "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"
    check_quantity(found["result"], found["sources"])
    nodes = found["nodes"]
    assert list(nodes)[-1] == found["root"]
    seen: set[str] = set()
    for key, node in nodes.items():
        assert node["kind"] in ("leaf", "formula", "operation", "choice")
        assert {"kind", "name", "value", "status"} <= node.keys()
        if isinstance(node["value"], float):
            assert {"unit", "low", "high"} <= node.keys()
            assert node["low"] <= node["value"] <= node["high"]
        if node["kind"] == "leaf":
            assert node["sources"] and set(node["sources"]) <= found["sources"].keys()
            assert node["quantity"] and node["text"] and node["item"] in catalog().items
        else:
            assert set(node["inputs"].values()) <= seen  # inputs before users
        if node["kind"] == "formula":
            assert node["formula"] and node["cite"]
        seen.add(key)
    used = {child for node in nodes.values() for child in node.get("inputs", {}).values()}
    assert used | {found["root"]} == set(nodes)
    assert found["result"]["value"] == nodes[found["root"]]["value"]


def test_explain_recomputes_from_its_own_nodes() -> None:
    nodes = answer("explain", "ridge.bf16(H20)")["nodes"]
    (root,) = [node for node in nodes.values() if node["kind"] == "formula"]
    peak, bandwidth = (nodes[root["inputs"][name]]["value"] for name in ("peak", "bandwidth"))
    assert (root["formula"], root["unit"]) == ("peak / bandwidth", "FLOP/byte")
    # Williams, Waterman, Patterson 2009: peak over bandwidth; NVIDIA: 148 TFLOP/s over 4,000 GB/s
    assert (peak, bandwidth, root["value"]) == (148.0, 4000.0, 37.0)


def test_explain_depth_only_shortens_the_tree() -> None:
    long, short, none = (run("explain", "tpp(H200)/tpp(H20)", "--depth", n).split("\n\n") for n in ("all", "1", "0"))
    assert len(long[1].split("\n")) > len(short[1].split("\n")) == 6
    assert len(none[1].split("\n")) == 4
    assert long[0] == short[0] == none[0] == "tpp(H200)/tpp(H20) = 6.686"


@pytest.mark.parametrize(
    ("expression", "begins"),
    [
        ("peak.fp4(H20)", "peak.fp4(H20) = unknown: no source in the tables states FP4 peak of NVIDIA H20"),
        ("peak.fp8(910C)", "peak.fp8(910C) = absent: "),
        ("datacentre(910C)", "datacentre(910C) = yes"),
        ("tpp(H20) < 2400 TPP", "tpp(H20) < 2400 TPP = yes"),
        ("1/0", "1/0 = unknown: 0 is zero"),
        ("2 + 2", "2 + 2 = 4"),
    ],
)
def test_explain_says_what_it_found(expression: str, begins: str) -> None:
    assert run("explain", expression).startswith(begins)


# --- equivalent, check -------------------------------------------------------------------------------------------


def test_equivalent() -> None:
    found = answer("equivalent", "CM384", "--in", "NVL72", "--by", "memory.capacity")
    names = ["of", "in", "by", "count", "whole", "capex_ratio", "tco_ratio", "power_ratio", "binding", "limits"]
    assert [name for name in found if name in names] == names
    assert (found["of"], found["in"], found["by"]) == (
        "huawei-cloudmatrix-384",
        "nvidia-gb200-nvl72",
        "memory.capacity",
    )
    for name in ("count", "capex_ratio", "tco_ratio", "power_ratio"):
        check_quantity(found[name], found["sources"])
    assert found["count"]["unit"] == "1"
    assert isinstance(found["whole"], int)
    assert found["whole"] - 1 < found["count"]["value"] <= found["whole"]
    assert all(limit["name"] and limit["text"] for limit in found["limits"])
    assert found["binding"] is None or isinstance(found["binding"], str)


def test_check() -> None:
    found = answer("check", "H20", "H200")
    assert list(found)[5:8] == ["on", "lens", "items"]
    assert (found["on"], found["lens"]) == (catalog().as_of, "text")
    assert found["notice"].startswith("Not legal advice")
    for item in found["items"]:
        assert list(item)[:4] == ["id", "outcome", "because", "verdicts"]
        for verdict in item["verdicts"]:
            fields = {"rule", "title", "verdict", "outcome", "deciding", "margin", "missing", "citation"}
            assert fields <= verdict.keys()
            assert verdict["verdict"] in (
                "crosses", "below", "straddles", "unknown", "out_of_scope", "not_in_force", "reported",
            )  # fmt: skip
            assert verdict["citation"] and set(verdict["sources"]) <= found["sources"].keys()
            if verdict["outcome"] is not None:
                assert verdict["verdict"] == "crosses" and verdict["text_status"] == "in_force"
            if verdict["deciding"]:
                check_quantity(verdict["deciding"]["value"], found["sources"])
    verdicts = {(item["id"], one["rule"]): one for item in found["items"] for one in item["verdicts"]}
    # 15 CFR 774 Supp. 1: 3A090.a.1 begins at 4,800, 3A090.b at 2,400; the H20 has 2,368: 32 below, a 75th of the line
    low = verdicts["nvidia-h20-96gb", "us-bis-3a090-b"]
    assert (low["verdict"], low["margin"]) == ("below", pytest.approx(-1 / 75))
    high = verdicts["nvidia-h200-sxm", "us-bis-3a090-a"]
    assert (high["verdict"], high["outcome"]) == ("crosses", "LICENCE/PoD")


def test_check_before_the_rule() -> None:
    # 88 FR 73458: effective 17 November 2023
    (item,) = answer("check", "H200", "--on", "2023-11-16")["items"]
    verdicts = {one["rule"]: one["verdict"] for one in item["verdicts"]}
    assert verdicts["us-bis-3a090-a"] == verdicts["us-bis-3a090-b"] == "not_in_force"


# --- what the user changes ---------------------------------------------------------------------------------------


def test_prefer_adopts_a_source_wherever_it_has_an_entry() -> None:
    row = answer("compare", "910C", "H200", "--metric", "peak.bf16", "--prefer", "semianalysis")["metrics"][0]
    shown = row["values"]["huawei-ascend-910c"]
    assert (shown["value"], shown["low"], shown["high"]) == (780.0, 780.0, 780.0)
    assert row["values"]["nvidia-h200-sxm"]["value"] == 989.5


@pytest.mark.parametrize(
    ("item", "printed"),
    [("MI308X", "10,300 GB/s"), ("MetaX C500", "18,000 GB/s")],  # two slips of Epoch's table, copied from a scrape
)
def test_a_known_error_that_is_preferred_is_called_one(item: str, printed: str) -> None:
    asked = ("compare", item, "H20", "--metric", "memory.bandwidth")
    assert f"memory.bandwidth, {printed}, is preferred as asked; we show it and do not adopt it: A " in run(
        *asked, "--prefer", "Epoch AI"
    )
    assert printed in run("explain", f"memory.bandwidth({item})", "--prefer", "Epoch AI").split("as asked")[0]
    assert printed[:6] not in run(*asked) and "preferred" not in run(*asked)


def test_set_replaces_a_leaf_and_says_that_it_is_assumed() -> None:
    found = answer("compare", "910C", "--metric", "tpp", "--set", "peak.bf16(910C)=1 PFLOP/s")
    shown = found["metrics"][0]["values"]["huawei-ascend-910c"]
    assert (shown["value"], shown["status"]) == (16000.0, "assumed")  # 1,000 x 16
    assert "given" in shown["sources"]
    assert found["sources"]["given"]["publisher"] == "the user"
    assert " *" in run("compare", "910C", "--metric", "tpp", "--set", "peak.bf16(910C)=1 PFLOP/s")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with one chip and its source."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "sources.toml").write_text(
        '[acme-sheet]\npublisher = "Acme"\ntitle = "X1 data sheet"\nurl = "https://example.com/x1"\nkind = "vendor"\n'
    )
    write_x1(folder, "500 TFLOP/s")
    return folder


def write_x1(folder: Path, peak: str, extra: str = "") -> Path:
    path = folder / "x1.toml"
    path.write_text(
        'id = "acme-x1"\nname = "Acme X1"\nmaker = "Acme"\naliases = ["X1"]\n\n[[figures]]\nquantity = "peak.bf16"\n'
        f'sparsity = "dense"\nvalue = "{peak}"\nsource = "acme-sheet"\n{extra}'
    )
    return path


def test_catalog_adds_ones_own_chips(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answer("compare", "X1", "H200", "--metric", "peak.bf16", "--catalog", str(own))
    assert found["metrics"][0]["values"]["acme-x1"]["value"] == 500.0
    assert found["sources"]["acme-sheet"]["publisher"] == "Acme"
    assert found["inputs"]["catalog"] == str(own)
    assert "'X1'" in run("compare", "X1", code=2)
    monkeypatch.setenv("CHIPGAUGE_CATALOG", str(own))
    assert answer("compare", "X1", "H200", "--metric", "peak.bf16")["inputs"]["catalog"] == str(own)


# --- the other formats -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [*SAVED.values(), ["list", "sources"], ["lint"]], ids=lambda words: words[0])
def test_csv_and_markdown(arguments: list[str]) -> None:
    printed = run(*arguments, "--format", "csv")
    rows = list(csv.reader(io.StringIO(printed)))
    assert all(len(row) == len(rows[0]) for row in rows)
    assert len(rows) > 1 or arguments == ["lint"]
    shown = run(*arguments, "--format", "md")
    finding = shown.rstrip("\n").split("\n\n")[0].replace("\\", "")
    assert finding == run(*arguments).split("\n\n")[0].rstrip("\n")
    for block in shown.split("\n\n"):
        if block.startswith("| "):
            assert len({line.replace("\\|", "").count("|") for line in block.rstrip("\n").split("\n")}) == 1


@pytest.mark.parametrize("name", SAVED)
def test_format_json_and_json_are_one(name: str) -> None:
    assert run(*SAVED[name], "--json") == run(*SAVED[name], "--format", "json")


# --- the same question has the same answer -----------------------------------------------------------------------

EVERYTHING = [
    *(
        ["list", kind]
        for kind in ("chips", "rules", "claims", "sources", "formulas", "quantities", "terms", "scenarios")
    ),
    *SAVED.values(),
    ["lint"],
    ["import", "epoch", str(Path(__file__).parent / "epoch" / "hand-made.csv"), "-o", "epoch", "--force"],
    ["headroom", "H20", "--rule", "us-bis-letter-2025-04-h20", "--vary", "memory.bandwidth,io.bandwidth"],
    ["check", "A800", "--timeline", "--to", "CN"],
    ["check", "--set", "training_compute=3e26 FLOP"],
    ["check", "100000 H200", "--mfu", "40%", "--to", "MY"],
    ["cost", "1000 H200", "--country", "cn", "--duty", "25%"],
    ["fits", "Llama-3.1-405B", "--on", "H20"],
    ["lag", "tpp(GB300)/tpp(H200)"],
    ["rank", "100000 H200", "--country", "CN"],
    ["scenario", "no-exports"],
    ["claims", "h200-six-times-h20", "near-parity-at-higher-cost", "advantage-21-to-49-times", "lane-h200-in-b200-out"],
    ["claims", "--near", "GB300", "910C", "5"],
    ["equivalent", "1000 H200", "--in", "910C", "--train", "DeepSeek-V3"],
    ["train", "GPT-3 175B", "--on", "1024 H100"],
    ["infer", "Llama 3.1 70B", "--on", "8 H200", "--input", "2000", "--output", "500", "--max-tpot", "50 ms"],
    ["validate"],
    ["report", "H20", "H200", "CM384", "-o", "r.html"],
]


DIGEST = """
import hashlib, json, sys
from click.testing import CliRunner
from chipgauge.reports.cli import main
made = hashlib.sha256()
for arguments in json.loads(sys.argv[1]):
    for form in ("json",) if arguments[0] == "report" else ("table", "json", "csv"):
        made.update(CliRunner().invoke(main, [*arguments, "--format", form]).stdout_bytes)
made.update(open("r.html", "rb").read())
print(made.hexdigest())
"""


def test_bytes_are_equal_under_three_hash_seeds(tmp_path: Path) -> None:
    running: list[subprocess.Popen[str]] = []
    for seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"), ("20261122", "America/New_York")):
        (folder := tmp_path / seed).mkdir()
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-c", DIGEST, json.dumps(EVERYTHING)]
        running.append(subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, text=True))
    seen = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(seen) == 1
    assert len(seen.pop()) == 65


@pytest.fixture
def no_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every question for the time fail."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("somebody looked at the clock")

    forbidden: dict[str, Any] = dict.fromkeys(("today", "now", "utcnow"), classmethod(asked))
    for name in ("time", "time_ns", "localtime", "gmtime", "strftime", "ctime", "asctime"):
        monkeypatch.setattr(time, name, asked)
    for name in ("date", "datetime"):
        monkeypatch.setattr(datetime, name, type(name, (getattr(datetime, name),), forbidden))
    yield
    monkeypatch.undo()


@pytest.mark.parametrize("arguments", EVERYTHING, ids=lambda words: " ".join(words[:2]))
def test_no_command_looks_at_the_clock(arguments: list[str], request: pytest.FixtureRequest) -> None:
    before = run(*arguments)
    request.getfixturevalue("no_clock")
    assert run(*arguments) == before


def test_no_module_asks_for_the_day_by_another_name() -> None:
    folders = [data_folder().parent, *(data_folder().parents[1] / name for name in ("calc", "reports"))]
    sources = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")]
    assert len(sources) > 30
    assert not [found for source in sources for found in re.findall(r"\b(?:today|now|utcnow)\(|\btime\.time\b", source)]


# --- report ------------------------------------------------------------------------------------------------------


def test_report_writes_a_page_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    found = answer("report", "H20", "H200", "-o", str(path))
    assert found["schema"] == "chipgauge.report/0"
    assert (found["path"], found["bytes"]) == (str(path), path.stat().st_size)
    assert path.read_bytes().startswith(b"<!doctype html>")
    assert [row["id"] for row in found["resolved"]] == ["nvidia-h20-96gb", "nvidia-h200-sxm"]
    assert os.listdir(tmp_path) == ["r.html"]


def test_report_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    said = run("report", "H20", "-o", str(tmp_path / "gone" / "r.html"), code=2)
    assert said == f"error: {tmp_path / 'gone'}: there is no such folder\n"
    said = run("report", "H20", "-o", str(tmp_path), code=2)
    assert said == f"error: {tmp_path}: this is a folder; name a file\n"
    assert os.listdir(tmp_path) == []


def test_a_failed_report_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")
    run("report", "H20", "H21", "-o", str(path), code=2)
    assert path.read_text() == "old"


# --- verify ------------------------------------------------------------------------------------------------------


def saved(name: str, change: Callable[[dict[str, Any]], None] | None = None) -> str:
    """Save a command's JSON, changed by hand, and return the name of the file."""
    found = answer(*SAVED[name])
    if change:
        change(found)
    Path("saved.json").write_text(json.dumps(found), "utf-8")
    return "saved.json"


def leaves(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the leaves of a saved result by key."""
    if "nodes" in found:
        return {key: node for key, node in found["nodes"].items() if node["kind"] == "leaf"}
    rows: dict[str, dict[str, Any]] = found["figures"] if "figures" in found else found["leaves"]
    return rows


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_result_still_holds(name: str) -> None:
    file = saved(name)
    found = answer("verify", file)
    assert (found["schema"], found["same"], found["changed"]) == ("chipgauge.verify/0", True, [])
    assert run("verify", file) == "saved.json still holds.\n"


@pytest.mark.parametrize("name", SAVED)
def test_every_changed_leaf_is_named(name: str) -> None:
    for key, row in leaves(answer(*SAVED[name])).items():
        if not isinstance(row.get("value"), float):
            continue

        def change(found: dict[str, Any], key: str = key) -> None:
            leaves(found)[key]["value"] *= 1 + 1e-9

        found = answer("verify", saved(name, change), code=1)
        assert found["same"] is False
        assert [one["key"] for one in found["changed"]] == [key]
        assert found["changed"][0]["now"]["value"] == row["value"]
        break
    printed = run("verify", "saved.json", code=1)
    assert printed.startswith("saved.json no longer holds: 1 change.\n")
    assert key in printed


@given(st.data())
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_one_changed_leaf_is_found(data: st.DataObject) -> None:
    found = json.loads(COMPARED)
    key = data.draw(st.sampled_from(sorted(found["leaves"])))
    row = found["leaves"][key]
    field = data.draw(st.sampled_from(sorted(row)))
    old = row[field]
    row[field] = "tampered" if isinstance(old, (str, type(None))) else not old if isinstance(old, bool) else old + 1.0
    Path("saved.json").write_text(json.dumps(found), "utf-8")
    assert [one["key"] for one in answer("verify", "saved.json", code=1)["changed"]] == [key]


COMPARED = CliRunner().invoke(main, [*SAVED["compare"], "--json"]).stdout


@pytest.mark.parametrize("what", ["added", "gone"])
def test_a_leaf_that_came_or_went_is_named(what: str) -> None:
    def change(found: dict[str, Any]) -> None:
        if what == "added":
            found["leaves"]["nvidia-h20-96gb/moon"] = {"value": 1.0, "unit": "W", "low": 1.0, "high": 1.0}
        else:
            del found["leaves"]["nvidia-h200-sxm/peak.bf16"]

    printed = run("verify", saved("equivalent", change), code=1)
    assert ("nvidia-h20-96gb/moon" if what == "added" else "nvidia-h200-sxm/peak.bf16") in printed
    assert "not there" in printed


@pytest.mark.parametrize(
    ("name", "change", "key"),
    [
        ("compare", lambda found: found["metrics"][0]["ratios"]["nvidia-h200-sxm"].update(value=7.0), "ratios"),
        ("explain", lambda found: found["result"].update(value=7.0), "result.value"),
        ("equivalent", lambda found: found.update(whole=131_600), "whole"),
        ("check", lambda found: found["items"][0].update(outcome="free"), "items[0].outcome"),
    ],
)
def test_a_changed_result_on_the_same_leaves_is_found(
    name: str, change: Callable[[dict[str, Any]], None], key: str
) -> None:
    changed = answer("verify", saved(name, change), code=1)["changed"]
    assert len(changed) == 1
    assert key in changed[0]["key"]


def test_verify_follows_a_table_that_has_changed_since(own: Path) -> None:
    asked = ["compare", "H200", "X1", "--metric", "peak.bf16", "--metric", "tpp", "--catalog", str(own)]
    Path("saved.json").write_text(run(*asked, "--json"), "utf-8")
    assert answer("verify", "saved.json")["same"]
    assert answer("verify", "saved.json", "--catalog", str(own))["same"]
    write_x1(own, "600 TFLOP/s")
    for arguments in (["verify", "saved.json"], ["verify", "saved.json", "--catalog", str(own)]):
        (row,) = answer(*arguments, code=1)["changed"]
        assert row["key"] == "acme-x1/peak.bf16"
        assert (row["was"]["value"], row["now"]["value"]) == (500.0, 600.0)
    assert "acme-x1/peak.bf16  500 TFLOP/s  600 TFLOP/s" in run("verify", "saved.json", code=1)
    own.rename(own.with_name("moved"))
    assert "no such folder" in run("verify", "saved.json", code=2)


# --- files that are no tables and no saved results ---------------------------------------------------------------


def bad_file(kind: str) -> str:
    path = Path("bad.toml")
    if kind == "folder":
        path.mkdir()
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(50_000_000)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind != "missing":
        path.write_bytes({"empty": b"", "binary": b"\x00\x01\x02\xff\xfe", "zeros": b"a = 1\x00"}[kind])
    return "bad.toml"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("folder", "bad.toml is a directory; name a file that was written with --json"),
        ("large", "bad.toml has 50,000,000 bytes; a saved result has at most 20,000,000"),
        ("empty", "bad.toml:1: not JSON: Expecting value; write one with --json > bad.toml"),
        ("binary", "bad.toml is not UTF-8 text; name a file that was written with --json"),
        ("pipe", "bad.toml is a device or a pipe"),
        ("missing", "bad.toml: No such file or directory"),
    ],
)
def test_verify_says_what_is_wrong_with_a_file(kind: str, words: str) -> None:
    assert run("verify", bad_file(kind), code=2) == f"error: {words}\n" or words in run("verify", "bad.toml", code=2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "is not a saved result of compare, explain, show, equivalent, check; write one with --json"),
        ("5", "is not a saved result"),
        ('{"schema": "chipgauge.list/1", "inputs": {}}', "(its schema is 'chipgauge.list/1')"),
        ('{"schema": "chipgauge.compare/2", "inputs": {"items": ["H20"]}}', "(its schema is 'chipgauge.compare/2')"),
        ('{"schema": 7, "inputs": {}}', "is not a saved result"),
        ('{"schema": "chipgauge.compare/1"}', "is not a saved result"),
        ('{"schema": "chipgauge.compare/1", "inputs": {}}', "the inputs of the saved result are incomplete: 'items'"),
        ('{"schema": "chipgauge.compare/1", "inputs": {"items": []}}', "are damaged: items is a list of texts"),
        ('{"schema": "chipgauge.compare/1", "inputs": {"items": "H20"}}', "are damaged: items is a list of texts"),
        ('{"schema": "chipgauge.compare/1", "inputs": {"items": ["H20"], "metric": [5]}}', "are damaged: metric is a list"),
        ('{"schema": "chipgauge.compare/1", "inputs": {"items": ["H20"], "set": {"a": 1}}}', "are damaged: set is a list"),
        ('{"schema": "chipgauge.compare/1", "inputs": {"items": ["H21"]}}', "no chip, system, cluster or model is called 'H21'"),
        ('{"schema": "chipgauge.show/1", "inputs": {"item": "H20", "catalog": 5}}', "no such folder"),
        ('{"schema": "chipgauge.check/1", "inputs": {"items": ["H20"], "on": "x"}}', "'x' is not a date"),
        ('{"schema": "chipgauge.check/1", "inputs": {"items": ["H20"], "lens": "x"}}', "a lens is one of text, enforced"),
        ('{"value": NaN}', "NaN is not a number that a result can hold"),
        ('{"value": 1e999}', "1e999 is not a number that a result can hold"),
        ('{"value": ' + "9" * 5000 + "}", "has 5,000 digits"),
        ("[" * 100_000, "is nested too deeply for a saved result"),
    ],
)  # fmt: skip
def test_verify_says_what_is_wrong_with_a_saved_result(text: str, words: str) -> None:
    Path("saved.json").write_text(text, "utf-8")
    assert words in run("verify", "saved.json", code=2)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=4), st.lists, max_leaves=4), st.data())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_damaged_result_never_gives_a_traceback(value: object, data: st.DataObject) -> None:
    found = json.loads(COMPARED)
    name = data.draw(st.sampled_from(sorted(found)))
    inner = data.draw(st.sampled_from(["", *sorted(found[name])])) if isinstance(found[name], dict) else ""
    if inner:
        found[name][inner] = value
    else:
        found[name] = value
    Path("saved.json").write_text(json.dumps(found), "utf-8")
    result = CliRunner().invoke(main, ["verify", "saved.json", "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in (0, 1, 2)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("folder", "this is a directory"),
        ("large", "the file has 50,000,000 bytes; a table has at most 1,000,000"),
        ("empty", "the file is empty"),
        ("binary", "this is not UTF-8 text"),
        ("zeros", "this is a binary file, not a table"),
        ("pipe", "this is a device or a pipe, not a file"),
        ("missing", "cannot be read: No such file or directory"),
    ],
)
def test_lint_says_what_is_wrong_with_a_file(kind: str, words: str) -> None:
    found = answer("lint", bad_file(kind), code=1)
    assert found["schema"] == "chipgauge.lint/0"
    (problem,) = found["problems"]
    assert list(problem) == ["file", "line", "path", "message", "hint"]
    assert (problem["file"], problem["line"], problem["path"]) == ("bad.toml", 1, "")
    assert words in problem["message"]


@pytest.mark.parametrize(
    ("peak", "extra", "line", "field", "message", "hint"),
    [
        ("500 TFLOPs/s", "", 9, "figures[0] peak.bf16 value", "'TFLOPs' in 'TFLOPs/s' is not a unit here", "write for example 1 TFLOP/s"),
        ("500", "", 9, "figures[0] peak.bf16 value", "got a bare number", "write for example 1 TFLOP/s"),
        ("500 GB/s", "", 9, "figures[0] peak.bf16 value", "peak.bf16 needs a unit such as TFLOP/s, got GB/s", ""),
        ("500 TFLOP/s", 'colour = "red"\n', 11, "figures[0] peak.bf16 colour", "unknown field", "allowed: "),
        ("500 TFLOP/s", 'source = "acme-sheet"\n', 11, "", "not valid TOML", ""),
        ("500 TFLOP/s", '[[figures]]\nquantity = "dies"\nvalue = "1"\n', 11, "figures[1] dies source", "a value without a source is not taken", "write source = "),
        ("500 TFLOP/s", '[[figures]]\nquantity = "peak.bf17"\nvalue = "1 TFLOP/s"\nsource = "acme-sheet"\n', 12, "figures[1] peak.bf17 quantity", "no quantity is called 'peak.bf17'. Did you mean peak.bf16?", ""),
    ],
)  # fmt: skip
def test_lint_names_file_line_field_and_hint(
    own: Path, peak: str, extra: str, line: int, field: str, message: str, hint: str
) -> None:
    path = write_x1(own, peak, extra)
    problem = answer("lint", str(path), code=1)["problems"][0]
    assert (problem["file"], problem["line"], problem["path"]) == (str(path), line, field)
    assert message in problem["message"]
    assert hint in problem["hint"]
    printed = run("lint", str(path), code=1)
    assert printed.startswith("1 problem in 1 file.\n") and f"{path}:{line}" in printed
    assert message.split("'")[0] in run("compare", "H20", "--catalog", str(own), code=2)


def test_lint_finds_every_bad_file() -> None:
    files = sorted(path for path in (Path(__file__).parent / "bad").glob("*.toml") if path.name != "sources.toml")
    problems = answer("lint", *map(str, files), code=1)["problems"]
    assert {problem["file"] for problem in problems} == set(map(str, files))
    assert all(problem["line"] >= 1 and problem["message"] for problem in problems)
    assert run("lint", *map(str, files), code=1).startswith(f"{len(problems)} problems in {len(files)} files.\n")


def test_lint_finds_nothing_in_a_good_file_and_in_our_own_tables(own: Path) -> None:
    assert run("lint", str(own / "x1.toml"), str(own / "sources.toml")) == "0 problems in 2 files.\n"
    assert answer("lint")["problems"] == []
    folders = ("chips", "systems", "clusters", "models", "costs", "growth", "scenarios", "claims", "rules")
    tables = sorted(str(path) for folder in folders for path in data_folder().glob(f"{folder}/*.toml"))
    tables += sorted(map(str, data_folder().glob("sources*.toml")))
    assert len(tables) > 400
    assert run("lint", *tables) == f"0 problems in {len(tables)} files.\n"


def test_every_command_has_been_run() -> None:
    timed = {"plans", "sweep"}  # what says how many seconds it took; its own tests leave them out
    assert {words[0] for words in EVERYTHING} | {"verify"} | timed == set(COMMANDS)
