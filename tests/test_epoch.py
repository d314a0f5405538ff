# SPDX-License-Identifier: Apache-2.0
"""Epoch AI's table: units and conditions of its columns, what is left out and why, and files that are no such table.

`epoch/hand-made.csv` has the published file's heads and invented chips. Literals of real parts are from the row
"NVIDIA H100 SXM5 80GB" of the file of 2026-04-22 (Epoch AI, CC BY 4.0).
"""

import csv
import io
import os
import string
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.epoch import (
    HALF,
    MAKER,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_NAME,
    MOST_ROWS,
    NAME,
    NUMBERS,
    READ,
    SOURCE,
    TENSOR,
    TPP,
    Import,
    parse,
    read,
    tables,
)
from chipgauge.specs.errors import TableError
from chipgauge.specs.records import Entry
from chipgauge.specs.tables import ID

HERE = Path(__file__).parent
FIXTURE = HERE / "epoch" / "hand-made.csv"
LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)


def made(**cells: str) -> Import:
    """What a file with one row gives."""
    names = {"maker": MAKER, "tensor": TENSOR, "half": HALF, "tpp": TPP}
    row = {NAME: "Example X", MAKER: "Example", TENSOR: ""} | {names.get(key, key): v for key, v in cells.items()}
    out = io.StringIO()
    csv.writer(out).writerows([list(row), list(row.values())])
    return parse(out.getvalue(), "t.csv")


def entries(found: Import, name: str = "") -> dict[str, Entry]:
    """The adopted entries of a row (default: the first), by the name they are stored under."""
    (rows,) = [group for row, _, group in tables(found) if row.name == (name or found.rows[0].name)]
    return {entry.quantity: entry for entry in rows if entry.role in ("", "adopted")}


@pytest.fixture(scope="module")
def found() -> Import:
    return read(FIXTURE)


# --- columns, units, conditions ----------------------------------------------------------------------------------


def test_a_full_row_has_the_right_units_and_conditions(found: Import) -> None:
    texts = {name: (entry.text, entry.condition) for name, entry in entries(found, "Example X1 SXM 96GB").items()}
    assert texts == {
        "released": ("2025-03-04", ""),
        "node": ("Fab One 5 nm", ""),
        "peak.fp64": ("30 TFLOP/s", "dense"),
        "peak.fp32": ("60 TFLOP/s", "dense"),
        "peak.tf32": ("200 TFLOP/s", "dense"),
        "peak.bf16": ("400 TFLOP/s", "dense"),
        "peak.fp16": ("400 TFLOP/s", "dense"),
        "peak.fp16.vector": ("50 TFLOP/s", "dense, vector units only"),
        "peak.fp8": ("800 TFLOP/s", "dense"),
        "peak.int8": ("800 TOP/s", "dense"),
        "tpp.published": ("6400 TPP", ""),
        "tpp.modes": ("fp64 fp32 tf32 bf16 fp16 fp8 int8", ""),
        "memory.capacity": ("96 GB", ""),
        "memory.bandwidth": ("4000 GB/s", ""),
        "scale_up.bandwidth.both": ("900 GB/s", "both ways"),
        "scale_out.bandwidth": ("400 Gbit/s", "each way"),
        "power.tdp": ("700 W", ""),
        "die.area": ("814 mm2", ""),
        "clock.boost": ("1980 MHz", ""),
        "transistors": ("80e9", ""),
        "price:chip.unstated": ("12000 USD", "market not stated, bare chip"),
    }


def test_the_h100_row_as_the_maker_prints_it() -> None:
    """989.4 TFLOP/s dense BF16, 80 GB, 3,350 GB/s, NVLink 900 GB/s both ways (NVIDIA H100 data sheet, SXM column)."""
    row = {
        "Memory (bytes)": "80000000000.0",
        "Memory bandwidth (byte/s)": "3350000000000.0",
        "Intranode bandwidth (byte/s)": "900000000000.0",
        "Internode bandwidth (bit/s)": "400000000000.0",
        "INT8 performance (OP/s)": "1979000000000000.0",
    }
    figures = entries(made(tensor="989400000000000.0", half="133800000000000.0", tpp="1.5832e+16", **row))
    assert figures["peak.bf16"].value == 989.4e12
    assert figures["peak.fp16.vector"].value == 133.8e12
    assert figures["memory.capacity"].value == 80e9
    assert figures["memory.bandwidth"].value == 3.35e12
    assert figures["scale_up.bandwidth.both"].value == 900e9
    assert figures["scale_out.bandwidth"].value == 50e9
    assert figures["tpp.modes"].text == "bf16 fp16 int8"


def test_every_figure_says_row_and_column_and_the_licence_is_credited(found: Import) -> None:
    for row, item, group in tables(found):
        assert item.id == row.id and item.id.startswith("epoch-")
        for entry in group:
            assert entry.source == SOURCE and entry.at.startswith(f"row {row.name}, column ")
    assert "CC BY 4.0" in found.sources and "Epoch AI" in found.sources
    assert 'date = "2026-02-03"' in found.sources  # the last change of a row that was taken


@pytest.mark.parametrize(
    ("name", "bf16", "fp16"),
    [
        ("NVIDIA Example V0", None, "125 TFLOP/s"),  # Volta computes in FP16 and not in BF16
        ("Google Example T0", "918 TFLOP/s", None),  # TPUs compute in BF16 and not in FP16
        ("S9 (card)", None, "90 TFLOP/s"),
        ("Example Twin", "400 TFLOP/s", "400 TFLOP/s"),
    ],
)
def test_the_column_of_two_formats(found: Import, name: str, bf16: str | None, fp16: str | None) -> None:
    figures = entries(found, name)
    assert [figures[key].text if key in figures else None for key in ("peak.bf16", "peak.fp16")] == [bf16, fp16]


def test_a_second_sixteen_bit_rate_agrees_or_is_shown(found: Import) -> None:
    groups = {row.name: group for row, _, group in tables(found)}
    roles = {
        name: [(e.text, e.role) for e in groups[name] if e.quantity == "peak.fp16"]
        for name in ("Example Twin", "Example Odd")
    }
    assert roles["Example Twin"] == [("400 TFLOP/s", "adopted"), ("396 TFLOP/s", "agrees")]
    assert roles["Example Odd"] == [("400 TFLOP/s", "adopted"), ("350 TFLOP/s", "shown")]


@pytest.mark.parametrize(("half", "stored"), [("200", "peak.fp16.vector"), ("200.1", "peak.fp16")])
def test_half_of_the_tensor_rate_is_the_border_to_vector_units(half: str, stored: str) -> None:
    group = tables(made(tensor="400e12", half=f"{half}e12"))[0][2]
    assert [e.quantity for e in group if e.text == f"{half} TFLOP/s"] == [stored]


@pytest.mark.parametrize(
    ("half", "role"), [("392", "agrees"), ("408", "agrees"), ("391.9", "shown"), ("408.1", "shown")]
)
def test_two_percent_is_agreement(half: str, role: str) -> None:
    group = tables(made(tensor="400e12", half=f"{half}e12"))[0][2]
    assert [e.role for e in group if e.text == f"{half} TFLOP/s"] == [role]


def test_the_slot_of_a_pcie_board_is_the_link_to_the_host(found: Import) -> None:
    figures = entries(found, "Example X1 PCIe")
    assert figures["host.bandwidth.both"].text == "64 GB/s"
    assert "scale_up.bandwidth.both" not in figures


@pytest.mark.parametrize(("tpp", "known"), [("6.4e15", True), ("6.46e15", True), ("6.33e15", False), ("9.9e15", False)])
def test_modes_are_told_only_where_the_printed_tpp_follows_from_them(tpp: str, known: bool) -> None:
    figures = entries(made(tensor="400e12", tpp=tpp))  # 400 x 16 = 6,400
    assert ("tpp.modes" in figures) == known
    assert not known or figures["tpp.modes"].status == "assumed"


# --- what is left out ---------------------------------------------------------------------------------------------


def test_rows_that_cannot_be_used_say_why(found: Import) -> None:
    assert [(left.row, left.why) for left in found.skipped] == [
        (9, "row 2 has this name already"),
        (10, "no figure that we have a quantity for"),
        (11, "the name begins as a spreadsheet's formula does"),
        (12, "no hardware name"),
        (13, "3 cells under 29 columns"),
        (14, "the name has no Latin letter or digit to make an id of"),
    ]
    assert len(found.rows) + len(found.skipped) == 14


def test_cells_that_cannot_be_used_say_why(found: Import) -> None:
    assert {left.column: left.why for left in found.cells} == {
        "Release date": "'soon' is not a date",
        "Release price (USD)": "'free' is not a plain number",
        "FP8 performance (FLOP/s)": "'=1+1' is not a plain number",
        "FP4 performance (FLOP/s)": "0, which is no figure",
        "Memory (bytes)": "'-5' is not a plain number",
        "Memory bandwidth (byte/s)": "'nan' is not a plain number",
        "Intranode bandwidth (byte/s)": "'1e99' is not a plain number",
        "TDP (W)": "'700 W' is not a plain number",
    }


def test_a_name_is_never_a_path(found: Import) -> None:
    (row,) = [row for row in found.rows if "passwd" in row.name]
    assert row.id == "epoch-example-etc-passwd"
    assert all(ID.fullmatch(row.id) for row in found.rows)


@pytest.mark.parametrize(("length", "used"), [(MOST_NAME - 1, 1), (MOST_NAME, 1), (MOST_NAME + 1, 0), (10_000, 0)])
def test_the_length_of_a_name_is_bounded(length: int, used: int) -> None:
    found = made(**{NAME: "x" * length, "tensor": "1e14"})
    assert len(found.rows) == used == len(tables(found))
    assert all(len(left.name) <= 60 for left in found.skipped)


def test_missing_columns_are_named() -> None:
    found = parse(f"{NAME},TDP (W)\nExample X,700\n", "t.csv")
    assert found.rows[0].figures == 1
    assert set(found.missing) == set(READ) - {NAME, "TDP (W)"}


# --- files that are not the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "t.csv:1: the column 'Hardware name' is missing"),
        ("Hardware names,TDP (W)\nx,1\n", "Did you mean Hardware names?"),
        (f"{NAME},Type\nx,GPU\n", "is missing, so this is not Epoch's table"),
        (f"{NAME};TDP (W)\nx;1\n", "not separated by commas"),
        (f"{NAME},TDP (W),TDP (W)\nx,1,1\n", "'TDP (W)' stands twice"),
        (f"{NAME},TDP (W)\n\"x,1\n", "not valid CSV"),
        (f"{NAME},TDP (W)\n{'x' * 200_000},1\n", "t.csv:2: not valid CSV: field larger"),
        (f"{NAME}{',' * MOST_COLUMNS}\n", f"{MOST_COLUMNS + 1} columns"),
        (f"{NAME},TDP (W)\n" + "x,1\n" * (MOST_ROWS + 1), f"more than {MOST_ROWS:,} rows"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_the_table(text: str, says: str) -> None:
    with pytest.raises(TableError) as raised:
        parse(text, "t.csv")
    assert says in str(raised.value)


def test_the_number_of_columns_and_rows_is_bounded() -> None:
    assert parse(f"{NAME},TDP (W){',' * (MOST_COLUMNS - 2)}\n", "t.csv").rows == []
    assert len(parse(f"{NAME},TDP (W)\n" + "x,1\n" * MOST_ROWS, "t.csv").skipped) == MOST_ROWS - 1


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        ("Hardware name,TDP (W)\nx,1\n".encode("utf-16"), "UTF-16"),
        (b"Hardware name,TDP (W)\nCaf\xe9,1\n", ":2: this is not UTF-8 text"),
        (b"Hardware name,TDP (W)\nx\0y,1\n", ":2: this is a binary file"),
        (b"x" * (MOST_BYTES + 1), "more than 5,000,000 bytes"),
    ],
)
def test_a_file_that_is_not_the_table(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    with pytest.raises(TableError) as raised:
        read(path)
    assert says in str(raised.value) and len(str(raised.value)) < 1000


def test_a_folder_or_a_pipe_is_refused_unread(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, says in ((tmp_path, "a folder"), (tmp_path / "pipe", "a device or a pipe")):
        with pytest.raises(TableError, match=says):
            read(path)


def test_a_byte_order_mark_and_windows_lines_do_not_matter(tmp_path: Path, found: Import) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + FIXTURE.read_bytes().replace(b"\n", b"\r\n"))
    assert [row.toml for row in read(path).rows] == [row.toml for row in found.rows]


# --- laws ----------------------------------------------------------------------------------------------------------


@LAW
@given(st.text(max_size=40), st.text(max_size=30), st.text(alphabet=string.digits + "eE.+-=x ", max_size=12))
def test_any_text_in_a_cell_gives_a_valid_table_or_is_left_out(name: str, maker: str, number: str) -> None:
    try:
        found = made(**{NAME: name, "maker": maker, "tensor": number, "Foundry": maker, "TDP (W)": "700"})
    except TableError as error:
        assert "\0" in name + maker or "not valid CSV" in str(error)
        return
    assert len(found.rows) + len(found.skipped) in (0, 1)
    assert len(tables(found)) == len(found.rows)


@LAW
@given(st.decimals(min_value=1, max_value=Decimal("1e25"), places=2), st.sampled_from(sorted(NUMBERS)))
def test_a_number_keeps_its_exact_value(number: Decimal, column: str) -> None:
    scale = {" GB": 9, " GB/s": 9, " Gbit/s": 9, "e9": 3, " TFLOP/s": 12, " TOP/s": 12, " TPP": 12}
    group = tables(made(**{column: str(number)}))[0][2]
    (text,) = {e.text for e in group if e.quantity != "tpp.modes"}
    unit = NUMBERS[column].unit
    assert Decimal(text.removesuffix(unit)).scaleb(scale.get(unit, 0)) == number
