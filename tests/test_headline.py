# SPDX-License-Identifier: Apache-2.0
"""The headline results, through the command line as a reader would type it.

Beside each number stands the outside figure that it follows from.
"""

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog

PER_WATT = "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"
EQUIVALENT = ["equivalent", "100000 H200", "--in", "Ascend 910C", "--by", "peak.bf16"]
IDS = ["nvidia-h20-96gb", "nvidia-h200-sxm", "huawei-ascend-910c"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return found


# --- compare H20 H200 910C ---------------------------------------------------------------------------------------


def test_tpp_of_the_three_chips() -> None:
    (row,) = answer("compare", "H20", "H200", "910C", "--metric", "tpp")["metrics"]
    # 148 x 16 and 296 x 8 (NVIDIA); 989.5 x 16 and 1,979 x 8 (NVIDIA); 752 x 16 and 1,504 x 8 (Huawei)
    assert [row["values"][key]["value"] for key in IDS] == [2368.0, 15832.0, 12032.0]
    assert row["unit"] == "TPP"
    found = re.search(
        r"^TPP +TPP +2,368 +15,832 +12,032 \(12,032 to 12,800\) +6\.69 ", run("compare", *IDS), re.MULTILINE
    )
    assert found


@pytest.mark.parametrize(
    ("metric", "ratio", "shown"),
    [
        ("tpp", 15832 / 2368, 6.69),
        ("memory.bandwidth", 4.8 / 4.0, 1.20),  # NVIDIA data sheets: 4.8 TB/s and 4.0 TB/s
    ],
)
def test_h200_over_h20(metric: str, ratio: float, shown: float) -> None:
    (row,) = answer("compare", "H20", "H200", "910C", "--metric", metric)["metrics"]
    found = row["ratios"]["nvidia-h200-sxm"]["value"]
    assert found == pytest.approx(ratio, rel=1e-12)
    assert round(found, 2) == shown


def test_the_answer_stands_in_the_first_line() -> None:
    assert run("compare", "H20", "H200", "910C").split("\n")[0] == (
        "The H200 SXM 141 GB has 6.69 times the TPP of the H20 96 GB "
        "and 1.20 times the memory bandwidth of the H20 96 GB."
    )


def test_every_number_of_the_comparison_has_sources() -> None:
    found = answer("compare", "H20", "H200", "910C")
    numbers = [shown for row in found["metrics"] for shown in row["values"].values() if shown["value"] is not None]
    assert len(numbers) > 40
    for shown in numbers:
        assert shown["sources"]
        assert all(found["sources"][name]["publisher"] for name in shown["sources"])
    assert re.search(r"^- \d+ sources: .*NVIDIA", run("compare", "H20", "H200", "910C"), re.MULTILINE)


# --- per watt of two systems -------------------------------------------------------------------------------------


def test_per_watt_of_the_two_systems() -> None:
    # 72 x 2,500 TFLOP/s (NVIDIA) over 145 kW (120 nominal), against 384 x 752 to 800 (Huawei) over 559 kW (500 to 600)
    shown = answer("explain", PER_WATT)["result"]
    value = (72 * 2500 / 145) / (384 * 752 / 559)
    low = (72 * 2500 / 145) / (384 * 800 / 500)
    high = (72 * 2500 / 120) / (384 * 752 / 600)
    assert shown["value"] == pytest.approx(value) and round(value, 1) == 2.4
    assert shown["low"] == pytest.approx(low) and round(low, 1) == 2.0
    assert shown["high"] == pytest.approx(high, rel=1e-3) and round(high, 1) == 3.1
    assert (shown["interval"], shown["status"]) == ("bounds", "estimated")


def test_per_watt_as_semianalysis_has_it() -> None:
    # SemiAnalysis, "Huawei AI CloudMatrix 384": 180 PFLOP/s at 145 kW against 300 PFLOP/s at 559 kW, "2.3x"
    shown = answer("explain", PER_WATT, "--prefer", "SemiAnalysis")["result"]
    assert shown["value"] == pytest.approx((180 / 145) / (300 / 559))
    assert round(shown["value"], 1) == 2.3
    assert shown["low"] == shown["value"] == shown["high"]


@pytest.mark.parametrize("more", [[], ["--prefer", "SemiAnalysis"]])
def test_every_leaf_of_the_derivation_names_its_source(more: list[str]) -> None:
    found = answer("explain", PER_WATT, *more)
    leaves = {key: node for key, node in found["nodes"].items() if node["kind"] == "leaf"}
    assert {"nvidia-gb200-nvl72/power.system", "huawei-cloudmatrix-384/power.system"} <= leaves.keys()
    printed = run("explain", PER_WATT, *more).split("\n")
    for key, leaf in leaves.items():
        assert leaf["sources"] and leaf["text"]
        (line,) = [line for line in printed if f": {key} " in line]
        assert f'"{leaf["text"]}"' in line
        for name in leaf["sources"]:
            assert catalog().source(name).publisher in line


def test_what_drives_the_range_is_the_power() -> None:
    drives = run("explain", PER_WATT).split("What drives the range\n")[1].split("\n")
    assert drives[2].startswith(("nvidia-gb200-nvl72/power.system", "huawei-cloudmatrix-384/power.system"))


# --- a cluster of H200 in Ascend 910C ----------------------------------------------------------------------------


def test_a_hundred_thousand_h200_in_ascend_910c() -> None:
    # 100,000 x 989.5 / 752 = 131,582.4 and / 800 = 123,687.5, rounded up to whole chips
    found = answer(*EQUIVALENT)
    assert found["whole"] == 131_583
    assert found["count"]["value"] == pytest.approx(100_000 * 989.5 / 752)
    assert found["count"]["low"] == pytest.approx(100_000 * 989.5 / 800)
    assert found["count"]["high"] == pytest.approx(100_000 * 989.5 / 752)
    begins = "131,583 Huawei Ascend 910C (123,688 to 131,583) equal 100,000 H200 SXM 141 GB by BF16 peak, at "
    assert run(*EQUIVALENT).startswith(begins)


def test_it_costs_and_draws_what_its_parts_do() -> None:
    found = answer(*EQUIVALENT)
    (watts,) = answer("compare", "H200", "910C", "--metric", "power.tdp")["metrics"]
    (price,) = answer("compare", "H200", "910C", "--metric", "price")["metrics"]
    for name, row in (("power_ratio", watts), ("capex_ratio", price)):
        one, other = (row["values"][key]["value"] for key in ("nvidia-h200-sxm", "huawei-ascend-910c"))
        assert found[name]["value"] == pytest.approx(found["count"]["value"] * other / (100_000 * one))


def test_the_560_bin_is_a_chip_of_its_own() -> None:
    found = answer("equivalent", "100000 H200", "--in", "huawei-ascend-910c-560t", "--by", "peak.bf16")
    assert found["count"]["value"] == pytest.approx(100_000 * 989.5 / 560)
    assert found["count"]["low"] == found["count"]["high"]
