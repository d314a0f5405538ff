# SPDX-License-Identifier: Apache-2.0
"""The formats print one answer, whatever hostile text a table brings; a file is written whole or not at all."""

import csv
import io
import json
import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports import output
from chipgauge.reports.answer import Answer, Table
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownValue

HOSTILE = "a|b <script>alert(1)</script> [x](javascript:y) `c` \x1b[31m\u202eevil\u2066\x07\nsecond"
TEXTS = st.text(st.sampled_from("ab=+-@|<>`*[]\\&'\"\t\n\x1b\u202e昇腾é ,;"), max_size=12)
FAST = settings(max_examples=150, deadline=None, derandomize=True)


def answer(
    rows: Sequence[Sequence[str]] = (),
    *,
    finding: str = "It is so.",
    columns: Sequence[str] = ("name", "value"),
    body: Mapping[str, Any] | None = None,
    records: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
    title: str = "",
) -> Answer:
    table = Table(title, columns, rows, frozenset({1}))
    return Answer("test", finding, [table], lambda: body or {}, lambda: records, catalog(), notes=notes)


# --- what reaches a terminal -------------------------------------------------------------------------------------


@given(st.text(max_size=40))
@FAST
def test_clean_text_cannot_paint_a_terminal(text: str) -> None:
    shown = output.clean(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        # Unicode 15, UAX #9: the characters that control direction; and the control characters of category Cc
        steers = unicodedata.bidirectional(before) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        steers = steers or before in "\u061c\u200e\u200f\u2028\u2029"
        control = unicodedata.category(before) in ("Cc", "Cs") and before not in "\n\t"
        assert after == ("\ufffd" if steers or control else before)


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u061c"]
)
@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_no_format_for_people_passes_control_and_direction_marks(character: str, form: str) -> None:
    bad = f"x{character}y"
    made = answer([[bad, bad]], finding=bad, notes=[bad], title=bad, records=[{"name": bad}], columns=[bad, "value"])
    printed = output.FORMATS[form](made)
    assert character not in printed
    assert "\ufffd" in printed
    assert character not in output.as_html_fragment(made)


def test_widths_on_a_terminal() -> None:
    # Unicode 15, UAX #11: W and F take two columns, combining marks none
    assert [output.width(text) for text in ("H20", "昇腾910C", "Ｈ２０", "e\u0301", "")] == [3, 8, 6, 1, 0]


def columns_of(line: str, at: int) -> tuple[str, str]:
    """Split a line where a terminal has shown so many columns."""
    for number in range(len(line) + 1):
        if sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in line[:number]) >= at:
            return line[:number], line[number:]
    return line, ""


@given(
    st.lists(st.tuples(st.text("ab昇腾", max_size=6), st.text("12,昇", min_size=1, max_size=5)), min_size=1, max_size=5)
)
@FAST
def test_columns_stand_in_line_with_east_asian_text(rows: list[tuple[str, str]]) -> None:
    printed = output.as_table(answer(rows)).split("\n\n")[1].rstrip("\n").split("\n")
    head, rule, *body = printed
    first = len(rule.split("  ")[0])
    assert len(body) == len(rows)
    for line, (left, right) in zip(body, rows, strict=True):
        before, after = columns_of(line, first + 2)
        assert before.rstrip(" ") == left
        assert after.strip(" ") == right
        assert columns_of(line, len(rule))[1] == "" and line.endswith(right)  # numbers end at the right edge
    assert head.startswith("name")


def test_a_table_begins_with_the_answer_and_ends_with_the_notes() -> None:
    printed = output.as_table(answer([["TPP", "2,368"]], title="Figures", notes=["one", "two"]))
    assert printed == "It is so.\n\nFigures\nname  value\n----  -----\nTPP   2,368\n\n- one\n- two\n"
    assert output.as_table(answer()) == "It is so.\n"


def test_a_cell_stays_on_its_line() -> None:
    printed = output.as_table(answer([["a\nb\tc", "1"]]))
    assert "\na b c      1\n" in printed
    assert output.as_table(answer(finding="a\nb", notes=["c\n- d"])) == "a b\n\n- c - d\n"


# --- JSON --------------------------------------------------------------------------------------------------------


@given(TEXTS)
@FAST
def test_json_is_one_object_that_reads_back(text: str) -> None:
    printed = output.as_json(answer(body={"text": text}))
    assert printed.endswith("}\n")
    read = json.loads(printed)
    assert read["text"] == text
    assert read["schema"] == "chipgauge.test/1"


def test_json_refuses_what_is_no_number() -> None:
    for number in (float("inf"), float("nan")):
        with pytest.raises(UnknownValue, match="too large a number to print; look at what --set or --catalog gave"):
            output.as_json(answer(body={"x": number}))


# --- CSV ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", "＝", "＠"])
def test_a_cell_that_a_spreadsheet_would_run_is_defused(start: str) -> None:
    # OWASP, "CSV Injection": cells that begin with = + - @, tab or line end
    printed = output.as_csv(answer(records=[{"name": f"{start}HYPERLINK(1)", "value": -1.5}]))
    assert list(csv.reader(io.StringIO(printed))) == [["name", "value"], [f"'{start}HYPERLINK(1)", "-1.5"]]


@given(st.lists(st.dictionaries(st.sampled_from(["name", "unit", "why"]), TEXTS, min_size=1), min_size=1, max_size=5))
@FAST
def test_csv_reads_back_and_runs_nothing(records: list[dict[str, str]]) -> None:
    head, *rows = csv.reader(io.StringIO(output.as_csv(answer(records=records))))
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        assert len(row) == len(head)
        for name, cell in zip(head, row, strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\n"))
            assert cell.removeprefix("'") == output.clean(record.get(name, "")).removeprefix("'")


def test_an_unknown_value_is_an_empty_cell_not_a_zero() -> None:
    assert output.as_csv(answer(records=[{"name": "a", "value": None}])) == "name,value\na,\n"


# --- Markdown and HTML -------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
@FAST
def test_markdown_cells_stay_cells_and_no_html_gets_through(rows: list[tuple[str, str]]) -> None:
    printed = output.as_markdown(answer(rows, notes=[HOSTILE], finding=HOSTILE))
    table = printed.split("\n\n")[1].split("\n")
    assert len(table) == 2 + len(rows)
    assert table[1] == "|---|---:|"
    for line in table:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>`\[\]]", printed)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert attrs in ([], [("scope", "col")])

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(TEXTS, TEXTS)
@FAST
def test_a_notebook_shows_hostile_text_as_text(cell: str, note: str) -> None:
    made = answer([[cell, HOSTILE]], finding=HOSTILE, notes=[note], title=cell or "t", columns=[HOSTILE, note])
    parser = Tags()
    parser.feed(output.as_html_fragment(made))
    parser.close()
    assert parser.tags == {"p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert output.clean(cell) in "".join(parser.texts)
    assert output.clean(HOSTILE) in "".join(parser.texts)


# --- standard output ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_output_that_lacks_a_character_gets_an_escape(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    output.write(answer(body={"name": "昇腾 \U0001f600"}), "json")
    assert json.loads(raw.getvalue().decode(encoding))["name"] == "昇腾 \U0001f600"


def test_an_output_of_a_closed_program_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    output.write(answer(), "table")


def test_a_full_output_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            raise BrokenPipeError

    stream = io.TextIOWrapper(io.BufferedWriter(Full()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(BrokenPipeError):
        output.write(answer(), "table")
    with pytest.raises(BrokenPipeError):
        stream.detach()  # or it is flushed, and fails, when it is collected


# --- files -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
@FAST
def test_a_file_holds_the_text_and_its_size_is_told(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        size = output.write_file(path, text)
        assert path.read_bytes() == text.encode("utf-8", "replace")
        assert (size, os.listdir(folder)) == (path.stat().st_size, ["report.html"])


@pytest.mark.parametrize("failing", ["fdopen", "replace", "chmod"])
def test_a_failure_leaves_the_old_file_and_no_other(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    real = os.fdopen

    def opened(handle: int, mode: str) -> Any:
        file = real(handle, mode)
        file.close()  # so that writing fails half-way, after the new file was made
        return file

    monkeypatch.setattr(output.os, failing, opened if failing == "fdopen" else fail)
    with pytest.raises((OSError, ValueError)):
        output.write_file(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


def test_ctrl_c_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        output.write_file(path, "new")
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["report.html"])


def test_a_folder_that_is_not_there_or_not_ours_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such folder") as caught:
        output.write_file(tmp_path / "gone" / "report.html", "new")
    assert caught.value.filename == str(tmp_path / "gone")
    with pytest.raises(IsADirectoryError, match="this is a folder; name a file"):
        output.write_file(tmp_path, "new")

    def forbidden(**_: object) -> None:
        raise PermissionError(13, "Permission denied", "/hidden/name.part")

    monkeypatch.setattr(tempfile, "mkstemp", forbidden)
    with pytest.raises(PermissionError) as refused:
        output.write_file(tmp_path / "report.html", "new")
    assert refused.value.filename == str(tmp_path / "report.html")


def test_a_new_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    output.write_file(tmp_path / "ours", "x")
    (tmp_path / "plain").write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        output.write_file(path, "report")
        assert os.read(reader, 100) == b"report"
    finally:
        os.close(reader)
    assert path.is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    output.write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
