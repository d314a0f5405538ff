# SPDX-License-Identifier: Apache-2.0
"""The comparison of two indexes: what was added, removed and changed, and by how much headline results move."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.data_diff import HEADLINES, answer, changes, main, moves, records
from chipgauge.specs.shipped import shipped_text

LAW = settings(derandomize=True, deadline=None, max_examples=20, database=None)
INDEX = shipped_text("index.jsonl")
LINES = INDEX.splitlines(keepends=True)
ENTRIES = [number for number, line in enumerate(LINES) if line.startswith('{"entry"')]


def with_entry(key: str, **fields: Any) -> str:
    """The index with the adopted entry of a key changed."""
    (line,) = [one for one in LINES if one.startswith(f'{{"entry": "{key}"') and '"role": "adopted"' in one]
    return INDEX.replace(line, json.dumps(json.loads(line) | fields, ensure_ascii=False) + "\n")


def move(new: str, expression: str) -> Any:
    (found,) = [one for one in moves(INDEX, new) if one.expression == expression]
    return found


def test_an_index_does_not_differ_from_itself() -> None:
    found = answer(INDEX, INDEX)
    assert found.finding == f"No change of the tables. None of {len(HEADLINES)} headline results moved."
    assert changes(INDEX, INDEX) == []


def test_every_headline_has_a_result_and_the_known_values() -> None:
    """15 CFR 774 Supp. 1: TPP = 296 x 8 = 2,368 (H20) and 1,979 x 8 = 15,832 (H200); 4.8 over 4.0 TB/s by NVIDIA."""
    found = {one.expression: one.new for one in moves(INDEX, INDEX)}
    assert all(figure is not None and figure.known for figure in found.values())
    numbers = {name: figure.number for name, figure in found.items() if figure}
    assert numbers["tpp(H200)/tpp(H20)"] == pytest.approx(15832 / 2368)
    assert numbers["memory.bandwidth(H200)/memory.bandwidth(H20)"] == pytest.approx(1.2)
    assert numbers["peak.bf16(910C)/peak.bf16(H100)"] == pytest.approx(752 / 989.4)


def test_a_changed_value_moves_what_stands_on_it_and_nothing_else() -> None:
    new = with_entry("nvidia-h200-sxm/memory.bandwidth", value=4.0e12, text="4.0 TB/s")
    (change,) = changes(INDEX, new)
    assert (change.what, change.kind) == ("changed", "entry")
    assert change.key.startswith("nvidia-h200-sxm/memory.bandwidth [")
    assert "4.0 TB/s" in change.new and "4.0 TB/s" not in change.old
    name = "memory.bandwidth(H200)/memory.bandwidth(H20)"
    assert move(new, name).change == pytest.approx(4.0 / 4.8 - 1)
    assert [one.expression for one in moves(INDEX, new) if one.moves] == [name]
    assert "entries +0 -0 ~1. 1 of " in answer(INDEX, new).finding


@pytest.mark.parametrize(
    ("value", "moved"), [(4.8e12, False), (4.8e12 * (1 + 1e-14), False), (4.8e12 * (1 + 1e-9), True)]
)
def test_the_last_bits_are_no_move(value: float, moved: bool) -> None:
    new = with_entry("nvidia-h200-sxm/memory.bandwidth", value=value)
    assert move(new, "memory.bandwidth(H200)/memory.bandwidth(H20)").moves == moved


def test_a_range_that_grows_is_a_move_without_a_change() -> None:
    key = "nvidia-h200-sxm/memory.bandwidth"
    raw = {"entry": key, "text": "5 TB/s", "value": 5e12, "source": "epoch-ml-hardware", "role": "conflict", "why": "-"}
    first = next(line for line in LINES if line.startswith(f'{{"entry": "{key}"'))
    new = INDEX.replace(first, first + json.dumps(raw) + "\n")
    found = move(new, "memory.bandwidth(H200)/memory.bandwidth(H20)")
    assert found.moves and found.change == 0
    cells = {row[0]: row[3] for row in answer(INDEX, new).tables[0].rows}
    assert cells["memory.bandwidth(H200)/memory.bandwidth(H20)"] == "range only"
    assert cells["tpp(H200)/tpp(H20)"] == "same"


def test_a_lost_item_loses_its_results() -> None:
    new = "".join(line for line in LINES if "huawei-cloudmatrix-384" not in line.partition(",")[0])
    kinds = {(one.kind, one.what) for one in changes(INDEX, new)}
    assert kinds == {("item", "removed"), ("entry", "removed")}
    cells = {row[0]: row[2:] for row in answer(INDEX, new).tables[0].rows}
    assert list(cells["peak.bf16(CM384)/peak.bf16(NVL72)"]) == ["no result", "lost"]
    back = {row[0]: row[3] for row in answer(new, INDEX).tables[0].rows}
    assert back["peak.bf16(CM384)/peak.bf16(NVL72)"] == "new"


@LAW
@given(st.sets(st.sampled_from(ENTRIES), max_size=30))
def test_what_one_direction_adds_the_other_removes(gone: set[int]) -> None:
    new = "".join(line for number, line in enumerate(LINES) if number not in gone)
    there, back = changes(INDEX, new), changes(new, INDEX)
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(opposite[one.what], one.key, one.new, one.old) for one in there] == [
        tuple(one[:1] + one[2:]) for one in back
    ]
    assert sum(one.what == "removed" for one in there) == len(gone)


def test_records_of_one_leaf_and_source_are_told_apart() -> None:
    line = '{"entry": "x/tpp", "text": "1 TPP", "source": "s"}\n'
    assert len(records('{"as_of": "2026-01-01"}\n' + line * 3)) == 3


def test_the_program_prints_every_format_and_refuses_what_is_no_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, bad, text = tmp_path / "old.jsonl", tmp_path / "bad.jsonl", tmp_path / "text.jsonl"
    old.write_text(INDEX, "utf-8")
    bad.write_text('{"as_of": "2026-01-01"}\n{"entry": \n', "utf-8")
    text.write_bytes(b"\xff\xfe")
    assert main([str(old), str(old)]) == 0
    assert capsys.readouterr().out.startswith("No change of the tables.")
    assert main([str(old), str(old), "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["headlines"]) == len(HEADLINES)
    for arguments, says in (
        ([str(old), str(bad)], "bad.jsonl:2: this is not a line of an index"),
        ([str(text), str(old)], "this is not an index"),
        ([str(old), str(tmp_path / "none")], "No such file"),
        ([str(old)], "usage: "),
        ([str(old), str(old), "xml"], "usage: "),
    ):
        assert main(arguments) == 2
        assert says in capsys.readouterr().err


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(INDEX, "utf-8")
    command = [sys.executable, "-m", "chipgauge.reports.data_diff", "a.jsonl", "a.jsonl", "md"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.search(r"\| tpp\(H200\)/tpp\(H20\) \| 6\.68\d+ \| 6\.68\d+ \| same \|", printed)
