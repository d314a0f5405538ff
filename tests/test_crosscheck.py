# SPDX-License-Identifier: Apache-2.0
"""Epoch's table against ours: one basis on both sides, the border of 2%, the decisions and the page that lists them.

Theirs are literals of the file of 2026-04-22 (Epoch AI, CC BY 4.0), ours of the makers' documents.
"""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.crosscheck import Difference, common, differs
from chipgauge.calc.quantity import quantity
from chipgauge.reports.cli import main
from chipgauge.reports.crosscheck import counterpart, page
from chipgauge.specs.catalog import catalog
from chipgauge.specs.epoch import HALF, INTRANODE, MAKER, NAME, NUMBERS, PRICE, TENSOR, TPP
from chipgauge.specs.epoch_checks import TAKES, checks
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Entry
from chipgauge.specs.units import parse_value

ROOT = Path(__file__).parent.parent
KNOWN = checks()
LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)


def answer(tmp_path: Path, *rows: dict[str, str], over: str = "2%") -> dict[str, Any]:
    """The answer of --check on a file with some rows."""
    names = list(dict.fromkeys([NAME, MAKER, TENSOR, *(name for row in rows for name in row)]))
    out = io.StringIO()
    csv.writer(out).writerows([names, *([row.get(name, "") for name in names] for row in rows)])
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), "utf-8")
    result = CliRunner().invoke(main, ["import", "epoch", str(path), "--check", "--over", over, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


H100 = {
    NAME: "NVIDIA H100 SXM5 80GB", MAKER: "NVIDIA", TENSOR: "989400000000000.0", HALF: "133800000000000.0",
    "Memory (bytes)": "80000000000.0", "Memory bandwidth (byte/s)": "3350000000000.0", INTRANODE: "900000000000.0",
    "Internode bandwidth (bit/s)": "400000000000.0", "TDP (W)": "700.0", PRICE: "33600.0", TPP: "1.5832e+16",
}  # fmt: skip


def test_equal_values_on_equal_bases_are_no_difference(tmp_path: Path) -> None:
    """900 GB/s both ways is 450 each way; 400 Gbit/s each way is 50 GB/s; a price is never compared."""
    found = answer(tmp_path, H100)
    assert found["differences"] == []
    assert found["compared"] == 8  # bf16 and fp16, memory, bandwidth, both links, power, TPP


def test_a_known_difference_comes_with_its_decision(tmp_path: Path) -> None:
    found = answer(
        tmp_path,
        {NAME: "Huawei Ascend 910C", MAKER: "Huawei", TENSOR: "8e14", "Internode bandwidth (bit/s)": "7.84e11"},
    )
    rows = {row["quantity"]: row for row in found["differences"]}
    assert set(rows) == {"peak.bf16", "peak.fp16", "scale_out.bandwidth"}
    assert rows["peak.bf16"]["difference"] == pytest.approx(800 / 752 - 1)
    assert rows["scale_out.bandwidth"]["theirs"] == "98 GB/s"
    assert all(row["take"] == "ours" and row["why"] for row in rows.values())


def test_a_refused_value_is_listed_without_a_difference(tmp_path: Path) -> None:
    found = answer(
        tmp_path,
        {NAME: "NVIDIA H800 SXM5", MAKER: "NVIDIA", "FP64 (double precision) performance (FLOP/s)": "2.965e13"},
    )
    (row,) = found["differences"]
    assert (row["difference"], row["take"], row["ours"]) == (None, "neither", ["unknown", "TFLOP/s"][0])


@pytest.mark.parametrize(
    ("watts", "over", "differences"),
    [("714", "2%", 0), ("714.1", "2%", 1), ("686", "2%", 0), ("685.9", "2%", 1), ("714", "1%", 1), ("700.01", "0%", 1), ("700", "0%", 0)],
)  # fmt: skip
def test_the_border_is_more_than(tmp_path: Path, watts: str, over: str, differences: int) -> None:
    found = answer(tmp_path, {NAME: "NVIDIA H100 SXM5 80GB", "TDP (W)": watts}, over=over)
    assert len(found["differences"]) == differences
    assert found["over"] == pytest.approx(parse_value(over)[0])


def test_a_difference_nobody_decided_is_open(tmp_path: Path) -> None:
    found = answer(tmp_path, {NAME: "NVIDIA H100 SXM5 80GB", "TDP (W)": "900"})
    assert [row["take"] for row in found["differences"]] == [""]
    path = str(tmp_path / "t.csv")
    printed = CliRunner().invoke(main, ["import", "epoch", path, "--check"]).stdout
    assert printed.startswith("1 difference over 2% among 1 figures of 1 chips that both have; 1 without a decision.")
    assert "+28.6%" in printed and "open" in printed


def test_rows_are_matched_by_the_list_or_by_our_own_names(tmp_path: Path) -> None:
    ours = catalog()
    for name, item in (
        ("NVIDIA HGX H20", "nvidia-h20-96gb"),
        ("H200 NVL", "nvidia-h200-nvl"),
        ("NVL72", ""),
        ("None", ""),
    ):
        found = counterpart(name, ours, KNOWN)
        assert (found.id if found else "") == item
    assert answer(tmp_path, {NAME: "Nobody's chip", TENSOR: "1e14"})["without_counterpart"] == ["Nobody's chip"]


@pytest.mark.parametrize("over", ["-1%", "2 W", "2e9", "x"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, over: str) -> None:
    (tmp_path / "t.csv").write_text(f"{NAME},TDP (W)\nH100,700\n", "utf-8")
    result = CliRunner().invoke(main, ["import", "epoch", str(tmp_path / "t.csv"), "--check", f"--over={over}"])
    assert result.exit_code == 2 and "Traceback" not in result.output


@LAW
@given(st.floats(0.01, 100), st.floats(0, 1))
def test_a_difference_is_in_the_ratio_and_nothing_else(factor: float, over: float) -> None:
    item = catalog().items["nvidia-h100-sxm"]
    both = Entry(item.id, "scale_up.bandwidth.both", "x", 900e9 * factor, "s", "")
    each = Entry(item.id, "scale_up.bandwidth", "x", 450e9 * factor, "s", "")
    found = [common([entry], item, catalog=catalog())[0] for entry in (both, each)]
    assert found[0].ratio == pytest.approx(factor) == found[1].ratio
    assert differs(found[0], over) == differs(found[1], over)
    if abs(abs(factor - 1) - over) > 1e-9:
        assert differs(found[0], over) == (abs(factor - 1) > over)


def test_what_is_only_shown_is_not_compared() -> None:
    item = catalog().items["nvidia-h100-sxm"]
    entries = [
        Entry(item.id, "power.tdp", "900 W", 900.0, "s", role) for role in ("shown", "conflict", "agrees", "adopted")
    ]
    assert [one.entry.role for one in common(entries, item, catalog=catalog())] == ["adopted"]


def test_without_a_number_of_ours_there_is_no_ratio() -> None:
    unknown = quantity("peak.fp64", "H800")
    one = Difference("peak.fp64", Entry("x", "peak.fp64", "1 TFLOP/s", 1e12, "s"), 1e12, unknown)
    assert one.ratio is None and differs(one, 0.5) and one.shown() == 1


# --- the decisions -------------------------------------------------------------------------------------------------


def test_decisions_speak_of_pairs_and_give_reasons() -> None:
    for (row, name), one in KNOWN.decisions.items():
        assert KNOWN.pairs[row] in catalog().items and name in QUANTITIES
        assert one.take in TAKES and one.why.endswith(".") and len(one.why) < 300
        assert parse_value(one.theirs)[2].dimension == quantity(name, KNOWN.pairs[row]).dimension
    assert len(KNOWN.decisions) > 40 and len(KNOWN.pairs) > 90


def test_every_pair_is_a_chip_of_ours() -> None:
    assert {catalog().items[item].kind for item in KNOWN.pairs.values()} == {"chip"}


def test_a_decision_still_speaks_of_a_difference() -> None:
    """A value of ours that comes to agree with theirs makes the decision stale."""
    for (row, name), one in KNOWN.decisions.items():
        ours, theirs = quantity(name, KNOWN.pairs[row]), parse_value(one.theirs)[0]
        assert ours.known == (one.take != "neither" and ours.state != "absent"), (row, name)
        assert not ours.known or abs(theirs / ours.number - 1) > 0.02, (row, name)


def test_the_known_errors_of_the_file_are_decided() -> None:
    """MI308X 10.3 TB/s, C500 18 TB/s, MI355X as MI350X, H800 FP64 29.65, MI300X 1,017 mm2: none of them is adopted."""
    known = {
        ("AMD Radeon Instinct MI308X", "memory.bandwidth"): "10,300 GB/s",
        ("MetaX MXC500 (PCIe)", "memory.bandwidth"): "18,000 GB/s",
        ("AMD Instinct MI355X", "peak.fp8"): "4,600 TFLOP/s",
        ("NVIDIA H800 SXM5", "peak.fp64"): "29.65 TFLOP/s",
        ("AMD Instinct MI300X", "die.area"): "1,017 mm^2",
    }
    for key, theirs in known.items():
        assert KNOWN.decisions[key].theirs == theirs
        ours = quantity(key[1], KNOWN.pairs[key[0]])
        assert not ours.known or ours.number != pytest.approx(parse_value(theirs)[0])


def test_the_page_of_the_docs_is_fresh() -> None:
    assert (ROOT / "docs" / "epoch-differences.md").read_text("utf-8") == page()  # make docs
    rows = [line for line in page().split("\n") if line.startswith("| ") and "Epoch's row" not in line]
    assert len(rows) == len(KNOWN.decisions)


def test_every_column_of_numbers_can_be_compared() -> None:
    assert {how.quantity for how in NUMBERS.values()} <= set(QUANTITIES)
