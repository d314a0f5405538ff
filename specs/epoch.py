# SPDX-License-Identifier: Apache-2.0
"""Epoch AI's published table of machine-learning hardware (a CSV file), read into tables of our own format.

What its columns mean, found by comparing them with makers' documents: rates are dense; `Intranode` is both ways, of
one chip; `Internode` is each way, in bit/s; `Die Size` is mostly of the whole package; `FP16 (half precision)` is the
rate without tensor cores wherever the tensor column is filled too. Other columns are derived or of mixed meaning (as
`Tensor cores`, which counts other units on some rows) and are not read.

The file comes from a stranger: size, rows and cells are bounded, and a cell is a plain number or it is left out.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from chipgauge.specs.errors import Problem, TableError, did_you_mean
from chipgauge.specs.item_tables import read_item
from chipgauge.specs.records import Entry, Item
from chipgauge.specs.tables import is_date, read_sources

SOURCE = "epoch-import"
PREFIX = "epoch-"
URL = "https://epoch.ai/data/machine-learning-hardware"

MOST_BYTES = 5_000_000
"""A larger file is refused before it is read; the published one has 95 kB."""
MOST_ROWS = 20_000
MOST_COLUMNS = 500
MOST_NAME = 150
MOST_WHY = 60

NAME, MAKER, DATE, PRICE = "Hardware name", "Manufacturer", "Release date", "Release price (USD)"
FOUNDRY, PROCESS, CHANGED = "Foundry", "Process size (nm)", "Last modified"
TENSOR, HALF = "Tensor-FP16/BF16 performance (FLOP/s)", "FP16 (half precision) performance (FLOP/s)"
TPP, INTRANODE = "Total processing performance (bit-OP/s)", "Intranode bandwidth (byte/s)"


class Column(NamedTuple):
    """How a column of numbers is read: our quantity, the power of ten taken off, the unit that is left, conditions."""

    quantity: str
    shift: int
    unit: str
    conditions: tuple[tuple[str, str], ...] = ()


_DENSE = (("sparsity", "dense"),)
NUMBERS: dict[str, Column] = {
    "FP64 (double precision) performance (FLOP/s)": Column("peak.fp64", -12, " TFLOP/s", _DENSE),
    "FP32 (single precision) performance (FLOP/s)": Column("peak.fp32", -12, " TFLOP/s", _DENSE),
    "TF32 (TensorFloat-32) performance (FLOP/s)": Column("peak.tf32", -12, " TFLOP/s", _DENSE),
    TENSOR: Column("peak.bf16", -12, " TFLOP/s", _DENSE),
    HALF: Column("peak.fp16", -12, " TFLOP/s", _DENSE),
    "FP8 performance (FLOP/s)": Column("peak.fp8", -12, " TFLOP/s", _DENSE),
    "INT8 performance (OP/s)": Column("peak.int8", -12, " TOP/s", _DENSE),
    "FP4 performance (FLOP/s)": Column("peak.fp4", -12, " TFLOP/s", _DENSE),
    TPP: Column("tpp.published", -12, " TPP"),
    "Memory (bytes)": Column("memory.capacity", -9, " GB"),
    "Memory bandwidth (byte/s)": Column("memory.bandwidth", -9, " GB/s"),
    INTRANODE: Column("scale_up.bandwidth", -9, " GB/s", (("direction", "both"),)),
    "Internode bandwidth (bit/s)": Column("scale_out.bandwidth", -9, " Gbit/s", (("direction", "each"),)),
    "TDP (W)": Column("power.tdp", 0, " W"),
    "Die Size (mm^2)": Column("die.area", 0, " mm2"),
    "Boost clock (MHz)": Column("clock.boost", 0, " MHz"),
    "Transistors (millions)": Column("transistors", -3, "e9"),
}
"""The columns of numbers that are read, in the order in which the tables list the figures."""

READ = (NAME, MAKER, DATE, PRICE, FOUNDRY, PROCESS, CHANGED, *NUMBERS)
_BITS = {"fp64": 64, "fp32": 32, "tf32": 19, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4}
_NUMBER = re.compile(r"(\d{1,25}(?:\.\d{1,25})?)(?:[eE]([+-]?\d{1,2}))?")
_PCIE_BOTH_WAYS = (Decimal(32), Decimal(64), Decimal(128))
"""GB/s of sixteen lanes of PCIe 3, 4 and 5: on a PCIe board this is the link to the host, not one between chips."""
LEAST, MOST = Decimal("1e-3"), Decimal("1e30")
BEFORE_BF16 = "2020-03-01"
"""The first NVIDIA part with BF16 (the A100) has this date in Epoch's table."""


class Row(NamedTuple):
    """A row that can be used: its line in a spreadsheet, the id it gets, and its table as TOML."""

    line: int
    id: str
    name: str
    figures: int
    toml: str


class Left(NamedTuple):
    """What was left out: a row (`column` is empty) or one cell of it, and why."""

    row: int
    name: str
    column: str
    why: str


class Import(NamedTuple):
    """What a file gave: rows, rows and cells left out, columns that were not found, and the record of the source."""

    rows: list[Row]
    skipped: list[Left]
    cells: list[Left]
    missing: list[str]
    sources: str


def read(path: Path) -> Import:
    """Return what Epoch's CSV file at `path` holds.

    Raises
    ------
    TableError
        Not a file, too large, not UTF-8, not CSV, or without the columns of Epoch's table.
    """
    raw = _bytes(path)
    return parse(_decode(raw, str(path)), str(path), sha256(raw).hexdigest())


def tables(found: Import) -> list[tuple[Row, Item, list[Entry]]]:
    """Return the items and entries of what a file gave.

    Raises
    ------
    TableError
        A row gave a table that our own check refuses.
    """
    sources = read_sources(found.sources, "sources.toml")[0]
    made: list[tuple[Row, Item, list[Entry]]] = []
    for row in found.rows:
        item, entries, problems = read_item(row.toml, f"chips/{row.id}.toml", "chip", sources)
        if item is None or problems:
            raise TableError(problems)
        made.append((row, item, entries))
    return made


def parse(text: str, file: str, digest: str = "") -> Import:
    """Return what the text of Epoch's CSV file holds; `file` and `digest` name it in errors and in the source."""
    lines = _lines(text, file)
    header = [cell.strip() for cell in next(lines)[1]]  # the text is not empty
    missing = _check_header(header, file)
    rows: list[Row] = []
    skipped: list[Left] = []
    cells: list[Left] = []
    taken: dict[str, int] = {}
    changed = ""
    for count, (line, values) in enumerate(lines):
        if count >= MOST_ROWS:
            raise _error(file, line, f"more than {MOST_ROWS:,} rows", "take the file as Epoch publishes it")
        if not any(value.strip() for value in values):
            continue
        cell = dict(zip(header, (value.strip() for value in values), strict=False))
        name = cell.get(NAME, "")
        why = _unusable(values, header, name)
        item = _id(name, cell.get(MAKER, "")) if not why else ""
        if not why and item in taken:
            why = f"row {taken[item]} has this name already"
        if why:
            skipped.append(Left(line, _short(name), "", why))
            continue
        toml, figures, wrong = _table(item, line, cell)
        cells += wrong
        if not figures:
            skipped.append(Left(line, _short(name), "", "no figure that we have a quantity for"))
            continue
        taken[item] = line
        rows.append(Row(line, item, name, figures, toml))
        changed = max(changed, cell.get(CHANGED, "")[:10])
    return Import(rows, skipped, cells, missing, _sources(changed if is_date(changed) else "", digest))


# --- the file ------------------------------------------------------------------------------------------------------


def _error(file: str, line: int, message: str, hint: str = "") -> TableError:
    return TableError([Problem(file, line, "", message, hint)])


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise _error(str(path), 1, "this is a folder", "name the CSV file in it")
    if path.exists() and not path.is_file():
        raise _error(str(path), 1, "this is a device or a pipe, not a file", "name a .csv file")
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _error(str(path), 1, f"the file has more than {MOST_BYTES:,} bytes", f"take the file from {URL}")
    return raw


def _decode(raw: bytes, file: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _error(file, 1, "this is UTF-16 text", "save it as CSV in UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _error(file, line, "this is not UTF-8 text", "save it as CSV in UTF-8") from None
    if "\0" in text:
        raise _error(file, text[: text.index("\0")].count("\n") + 1, "this is a binary file, not a CSV file")
    if not text.strip():
        raise _error(file, 1, "the file is empty", f"take the file from {URL}")
    return text


def _lines(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Give number and cells of each record; the number is that of a spreadsheet, in which the head is row 1."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _error(file, reader.line_num, f"not valid CSV: {error}", "save it again as CSV") from None
        number += 1
        yield number, cells


def _check_header(header: list[str], file: str) -> list[str]:
    """Return the columns that we read and the file lacks; raise TableError where it is not Epoch's table."""
    if len(header) > MOST_COLUMNS:
        raise _error(file, 1, f"{len(header):,} columns; Epoch's table has about 40", f"take the file from {URL}")
    twice = sorted({name for name in header if name in READ and header.count(name) > 1})
    if twice:
        raise _error(file, 1, f"the column {twice[0]!r} stands twice")
    missing = [name for name in READ if name not in header]
    if NAME in missing or not set(header) & set(NUMBERS):
        if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
            raise _error(file, 1, "the cells are not separated by commas", "save it as CSV with commas")
        wanted = NAME if NAME in missing else next(iter(NUMBERS))
        near = did_you_mean(wanted, [name[:80] for name in header[:200]], 1)
        raise _error(
            file,
            1,
            f"the column {wanted!r} is missing, so this is not Epoch's table of ML hardware.{near}",
            f"take the file from {URL}",
        )
    return missing


def _unusable(values: list[str], header: list[str], name: str) -> str:
    """Return why a row cannot be used, or nothing."""
    if len(values) != len(header):
        return f"{len(values)} cells under {len(header)} columns"
    if not name:
        return "no hardware name"
    if len(name) > MOST_NAME:
        return f"the name has {len(name):,} characters; at most {MOST_NAME}"
    if not name.isprintable():
        return "the name holds characters that cannot be printed"
    if name[0] in "=+-@":
        return "the name begins as a spreadsheet's formula does"
    if not _slug(name):
        return "the name has no Latin letter or digit to make an id of"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= MOST_WHY else text[: MOST_WHY - 3] + "..."


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))


def _id(name: str, maker: str) -> str:
    """Return the id of a row: `epoch-`, the maker where the name does not say it, the name.

    >>> _id("NVIDIA H100 SXM5 80GB", "NVIDIA"), _id("MTT S4000", "Moore Threads (Tencent)")
    ('epoch-nvidia-h100-sxm5-80gb', 'epoch-moore-threads-mtt-s4000')
    """
    words, own = _slug(name).split("-"), _slug(maker.partition("(")[0])[:40].strip("-")
    said = not own or any(word in words for word in own.split("-"))
    return PREFIX + ("" if said else own + "-") + "-".join(words)


# --- one row -------------------------------------------------------------------------------------------------------


def _table(item: str, line: int, cell: Mapping[str, str]) -> tuple[str, int, list[Left]]:
    """Return the table of one row as TOML, the number of its figures, and the cells that were left out."""
    name = cell[NAME]
    wrong: list[Left] = []
    numbers: dict[str, Decimal] = {}
    for column in (*NUMBERS, PRICE, PROCESS):
        text = cell.get(column, "")
        if text:
            value = _number(text)
            if value:
                numbers[column] = value
            else:
                why = "0, which is no figure" if value == 0 else f"{_short(text)!r} is not a plain number"
                wrong.append(Left(line, name, column, why))
    day = cell.get(DATE, "")
    if day and not is_date(day):
        wrong.append(Left(line, name, DATE, f"{_short(day)!r} is not a date"))
        day = ""
    rows: list[dict[str, str]] = []
    if day:
        rows.append({"quantity": "released", "value": day, "at": _at(name, DATE)})
    node = _node(cell.get(FOUNDRY, ""), numbers.get(PROCESS))
    if node:
        rows.append({"quantity": "node", "value": node, "at": _at(name, f"{FOUNDRY}; column {PROCESS}")})
    for column, how in NUMBERS.items():
        if column in numbers:
            rows += _figures(column, how, numbers, cell, day)
    two = [row["quantity"] for row in rows if row.get("role")]
    rows = [row if row.get("role") or row["quantity"] not in two else row | _adopted(row) for row in rows]
    modes = _modes(numbers, [row["quantity"] for row in rows if row.get("engines") != "vector"])
    if modes:
        rows.append(modes | {"at": _at(name, TPP)})
    if PRICE in numbers:
        price = {"quantity": "price", "value": f"{_plain(numbers[PRICE])} USD", "date": day or "undated"}
        rows.append(price | {"market": "unstated", "basis": "chip", "at": _at(name, PRICE), "note": "At release."})
    head = {"id": item, "name": f"{name} (Epoch)", "maker": _slug(cell.get(MAKER, ""))[:60].strip("-") or "not-stated"}
    blocks = ["".join(f"{key} = {_quoted(value)}\n" for key, value in head.items())]
    for row in rows:
        lines = "".join(f"{key} = {_quoted(value)}\n" for key, value in (row | {"source": SOURCE}).items())
        blocks.append(f"[[figures]]\n{lines}")
    return "\n".join(blocks), sum(row["quantity"] not in ("released", "tpp.modes") for row in rows), wrong


def _figures(
    column: str, how: Column, numbers: Mapping[str, Decimal], cell: Mapping[str, str], day: str
) -> list[dict[str, str]]:
    """Return the figures of one cell: most give one, the column of two formats gives one of each."""
    value = numbers[column]
    row = {"quantity": how.quantity, "value": _plain(value.scaleb(how.shift)) + how.unit, **dict(how.conditions)}
    row["at"] = _at(cell[NAME], column)
    maker = cell.get(MAKER, "").casefold()
    if column == TENSOR:
        both = row | {"note": "Epoch has one column for FP16 and BF16."}
        formats = ["peak.bf16", "peak.fp16"]
        if maker == "google":
            formats = ["peak.bf16"]  # TPUs compute in BF16 and not in FP16
        if maker == "nvidia" and day and day < BEFORE_BF16:
            formats = ["peak.fp16"]  # Volta and Turing have no BF16
        return [both | {"quantity": name} for name in formats]
    if column == HALF and TENSOR in numbers:
        tensor = numbers[TENSOR]
        if 2 * value <= tensor:
            return [row | {"engines": "vector"}]
        if maker == "google":
            return []
        near = abs(value / tensor - 1) <= Decimal("0.02")
        role = {"role": "agrees"} if near else {"role": "shown", "why": "The column of tensor rates says otherwise."}
        return [row | role]
    if column == INTRANODE and "pcie" in cell[NAME].casefold() and value.scaleb(-9) in _PCIE_BOTH_WAYS:
        return [row | {"quantity": "host.bandwidth", "note": "The speed of the PCIe slot."}]
    return [row]


def _modes(numbers: Mapping[str, Decimal], quantities: list[str]) -> dict[str, str]:
    """Return the operating modes of TPP, where the rates that Epoch lists give the TPP that it prints to 1%."""
    if TPP not in numbers:
        return {}
    modes = [form for form in _BITS if f"peak.{form}" in quantities]
    rates = {how.quantity: numbers[column] for column, how in NUMBERS.items() if column in numbers and column != HALF}
    rates["peak.fp16"] = numbers.get(TENSOR, numbers.get(HALF, Decimal(0)))
    made = max((rates.get(f"peak.{form}", Decimal(0)) * _BITS[form] for form in modes), default=Decimal(0))
    if abs(made / numbers[TPP] - 1) > Decimal("0.01"):
        return {}
    why = "The largest of the listed rates times its bits gives the TPP that Epoch prints."
    return {"quantity": "tpp.modes", "value": " ".join(modes), "status": "assumed", "why": why}


def _adopted(row: Mapping[str, str]) -> dict[str, str]:
    return {} if row.get("engines") else {"role": "adopted"}


def _at(name: str, column: str) -> str:
    return f"row {name}, column {column}"


def _number(text: str) -> Decimal | None:
    """Return a cell as an exact number; None where it is anything else."""
    found = _NUMBER.fullmatch(text)
    value = Decimal(found[1]).scaleb(int(found[2] or 0)) if found else None
    return value if value is not None and (value == 0 or LEAST <= value <= MOST) else None


def _plain(value: Decimal) -> str:
    shown = format(value, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _node(foundry: str, process: Decimal | None) -> str:
    known = foundry if foundry.isprintable() and len(foundry) <= MOST_WHY else ""
    return f"{known} {_plain(process)} nm".strip() if process else known


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's, but for DEL, which no text here holds."""
    return json.dumps(text, ensure_ascii=False)


def _sources(changed: str, digest: str) -> str:
    short = f" (CSV, SHA-256 {digest[:12]})" if digest else " (CSV)"
    fields = {
        "publisher": "Epoch AI",
        "title": f"Machine Learning Hardware database{short}",
        "url": URL,
        "date": changed,
        "kind": "dataset",
        "licence": "CC BY 4.0",
    }
    lines = "".join(f"{key} = {_quoted(value)}\n" for key, value in fields.items() if value)
    return f"# Data: Epoch AI, CC BY 4.0, {URL}; units and conditions are written out, nothing else is changed.\n[{SOURCE}]\n{lines}"
