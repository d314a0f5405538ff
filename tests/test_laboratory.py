# SPDX-License-Identifier: Apache-2.0
"""The laboratory check: at or below the certified value, with a stated tolerance; every unit, every mistake with its line.

15 CFR 748 Supp. 2 (dd)(1)(ix): TPP, DRAM bandwidth, interconnect bandwidth and memory at or below the application.
"""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.law.laboratory import QUANTITIES, compare_units
from chipgauge.reports.cli import main

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
HEAD = "unit,tpp [TPP],memory.bandwidth [GB/s],io.bandwidth [GB/s],memory.capacity [GB]\n"
CERTIFIED = "certified,15832,4800,1028,141\n"
GOOD = "A1,15832,4800,1028,141\n"


def run(tmp_path: Path, table: str, *arguments: str) -> tuple[int, dict[str, object]]:
    (path := tmp_path / "lot.csv").write_text(table, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", *arguments, "--measured", str(path), "--json"])
    return result.exit_code, json.loads(result.stdout) if result.exit_code < 2 else {"error": result.stderr}


def results(found: dict[str, object]) -> list[str]:
    return [unit["result"] for unit in found["units"]]  # type: ignore[attr-defined, index]


# --- each value at, one step below and one step above --------------------------------------------------------------------


@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize(("measured", "result"), [("99.999", "confirmed"), ("100", "confirmed"), ("100.001", "fails")])
def test_at_or_below_is_confirmed(name: str, measured: str, result: str) -> None:
    values: dict[str, Fraction] = {quantity: Fraction(100) for quantity in QUANTITIES}
    (unit,) = compare_units([("1", {**values, name: Fraction(measured)})], values)
    assert unit.result == result


@pytest.mark.parametrize(("measured", "result"), [("100.999", "confirmed"), ("101", "confirmed"), ("101.001", "fails")])
def test_a_tolerance_moves_the_line_by_its_share(measured: str, result: str) -> None:
    (unit,) = compare_units([("1", {"tpp": Fraction(measured)})], {"tpp": Fraction(100)}, Fraction("0.01"), ["tpp"])
    assert unit.result == result
    assert unit.rows[0].excess == Fraction(measured) / 100 - 1


@LAW
@given(st.lists(st.none() | st.fractions(0, 200), min_size=4, max_size=4), st.fractions(0, 1))
def test_what_was_not_measured_is_never_confirmed(values: list[Fraction | None], tolerance: Fraction) -> None:
    certified: dict[str, Fraction] = {quantity: Fraction(100) for quantity in QUANTITIES}
    measured = {name: value for name, value in zip(QUANTITIES, values, strict=True) if value is not None}
    (unit,) = compare_units([("1", measured)], certified, tolerance)
    above = any(value > 100 * (1 + tolerance) for value in measured.values())
    assert unit.result == ("fails" if above else "confirmed" if None not in values else "incomplete")


# --- the command -----------------------------------------------------------------------------------------------------------


def test_a_lot_at_its_certified_values_passes(tmp_path: Path) -> None:
    code, found = run(tmp_path, HEAD + CERTIFIED + GOOD)
    assert (code, found["confirmed"], results(found)) == (0, True, ["confirmed"])
    assert str(found["notice"]).startswith("Not legal advice; as of ")


def test_one_unit_above_ends_with_1_and_is_named(tmp_path: Path) -> None:
    code, found = run(tmp_path, HEAD + CERTIFIED + GOOD + "A2,15833,4800,1028,141\n" + "A3,15832,,1028,141\n")
    assert (code, results(found)) == (1, ["confirmed", "fails", "incomplete"])
    code, found = run(tmp_path, HEAD + CERTIFIED + GOOD + "A2,15833,4800,1028,141\n", "--tolerance", "0.01%")
    assert (code, results(found)) == (0, ["confirmed", "confirmed"])


def test_without_a_certified_row_the_tables_speak(tmp_path: Path) -> None:
    # NVIDIA: H200 SXM 15,840 TPP (export table), 4.8 TB/s, NVLink 900 GB/s and PCIe 128 GB/s, 141 GB
    code, found = run(tmp_path, HEAD + "A1,15840,4800,1028,141\nA2,15840,4.8 TB/s,1028,141\n", "H200")
    assert (code, results(found)) == (0, ["confirmed", "confirmed"])
    code, found = run(tmp_path, HEAD + "A1,15841,4800,1028,141\n", "H200")
    assert (code, results(found)) == (1, ["fails"])


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("", (), "lot.csv:1: the file is empty"),
        (HEAD, (), "no measured unit"),
        ("serial,tpp\n1,2 TPP\n", (), "the first column is 'serial'"),
        ("unit,ttp\n1,2 TPP\n", (), "no column of this name"),
        ("unit,tpp [GB/s]\n1,2\n", (), "tpp needs a unit such as TPP, got GB/s"),
        (HEAD + CERTIFIED + "A1,fast,4800,1028,141\n", (), "lot.csv:3: tpp: 'fast TPP' does not begin with a number"),
        (HEAD + CERTIFIED + "A1,-1,4800,1028,141\n", (), "lot.csv:3: tpp: a measured value is not negative"),
        (HEAD + CERTIFIED + GOOD + GOOD, (), "lot.csv:4: unit: 'A1' stands twice"),
        (HEAD + CERTIFIED + "A1,1,2\n", (), "lot.csv:3: 3 cells under 5 columns"),
        (HEAD + GOOD, (), "name the chip whose values are certified"),
        (HEAD + GOOD, ("H20", "H200"), "--measured is about one chip"),
        (HEAD + CERTIFIED + GOOD, ("--tolerance", "2"), "a tolerance is a share such as 0.5%"),
        (HEAD + CERTIFIED + GOOD, ("--tolerance", "-1%"), "a tolerance is a share such as 0.5%"),
    ],
)
def test_a_mistake_ends_with_2_and_its_line(
    tmp_path: Path, table: str, arguments: tuple[str, ...], message: str
) -> None:
    code, found = run(tmp_path, table, *arguments)
    assert code == 2 and message in str(found["error"]), found


def test_binary_and_missing_files_are_answered(tmp_path: Path) -> None:
    (tmp_path / "lot.csv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "lot.csv", tmp_path / "gone.csv", tmp_path):
        result = CliRunner().invoke(main, ["check", "H200", "--measured", str(path)])
        assert result.exit_code == 2 and result.stderr.startswith("error: ")


# --- hostile text ----------------------------------------------------------------------------------------------------

BAD = "<script>alert(1)</script>\u202egnp\u2066\x1b[31m\nerror: mine ![x](javascript:alert(2))"


@pytest.mark.parametrize("text", [BAD, "=HYPERLINK(1)", "N" * 10_000], ids=["markup", "formula", "long"])
@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_cell_keeps_a_text_or_refuses_it_in_one_line(tmp_path: Path, place: tuple[int, int], text: str) -> None:
    rows = [["unit", "tpp [TPP]"], ["A1", "2000"]]
    rows[place[0]][place[1]] = text
    with (path := tmp_path / "lot.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    for form in ("table", "csv", "md"):
        done = CliRunner().invoke(main, ["check", "H20", "--measured", str(path), "--format", form], color=True)
        assert not set(done.output) & set("\u202e\u2066\x1b") and "Traceback" not in done.output
        if place == (1, 0):  # the name of a unit is any text
            assert done.exit_code < 2
            assert form != "csv" or "\n=" not in done.stdout
            assert form != "md" or not re.search(r"(?<!\\)[<\[]", done.stdout)
        else:
            assert done.exit_code == 2
            first, *rest = done.stderr.splitlines()
            assert first.startswith(f"error: {path}:") and all(line.startswith("  hint: ") for line in rest)
            assert len(done.stderr) < 1_200
