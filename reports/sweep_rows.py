# SPDX-License-Identifier: Apache-2.0
"""The rows of a sweep as CSV or Parquet, chunk by chunk, whole or not at all, with what they were made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from chipgauge.calc.sweep import CHUNKS_A_BLOCK, Setup
from chipgauge.calc.sweep_summary import table_of
from chipgauge.reports.export import EXTRAS, lacking
from chipgauge.reports.journal import Journal
from chipgauge.reports.output import clean, replacing, safe
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.guards import is_list

ENDINGS = (".csv", ".parquet")


def check_ending(path: Path, rows: bool) -> None:
    """Refuse a name that does not say a format, and a format that lacks its package, before anything is computed."""
    ending = path.suffix.lower()
    if not rows and ending != ".json":
        hint = " with --rows" if ending in ENDINGS else ""
        raise ChipgaugeError(f"{path.name[:80]!r}: the summary is written as .json, rows as .csv or .parquet{hint}")
    if rows and ending not in ENDINGS:
        raise ChipgaugeError(f"{path.name[:80]!r}: rows are written as .csv or .parquet; the summary is printed")
    if ending in EXTRAS:
        try:
            import_module(EXTRAS[ending][1])
        except ImportError:
            raise lacking(ending) from None


def write_rows(ready: Setup, journal: Journal, path: Path, notes: Mapping[str, Any]) -> int:
    """Write the rows that a journal holds, and return the size of the file in bytes."""
    with replacing(path) as file:
        (_parquet if path.suffix.lower() == ".parquet" else _csv)(_tables(ready, journal), file, notes)
    return path.stat().st_size


def _tables(ready: Setup, journal: Journal) -> Iterator[list[dict[str, Any]]]:
    """Yield the chunks of each block as columns."""
    values, first, chunks = journal.values(), 0, ready.grid.chunks
    every = len(ready.cases) * chunks
    for block in range(0, every, CHUNKS_A_BLOCK):
        tables: list[dict[str, Any]] = []
        for number in range(block, min(block + CHUNKS_A_BLOCK, every)):
            table, rows = table_of(ready, values, *divmod(number, chunks), first)
            first += rows
            tables.append(table)
        yield tables


def _csv(blocks: Iterator[list[dict[str, Any]]], file: BinaryIO, notes: Mapping[str, Any]) -> None:
    import csv
    import io

    out = io.TextIOWrapper(file, encoding="utf-8", newline="")
    for name, value in notes.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        out.writelines(f"# {name}: {clean(line)}\n" for line in text.splitlines() or [""])
    writer, head = csv.writer(out, lineterminator="\n"), False
    for tables in blocks:
        for table in tables:
            if not head:
                head = not writer.writerow([safe(name) for name in table]) or True
            writer.writerows(zip(*map(_texts, table.values()), strict=True))
    out.detach()


def _texts(column: Any) -> list[object]:
    """Return the cells of a column: names, which may come from anyone, or numbers."""
    if is_list(column):
        known = {name: safe(name) for name in dict.fromkeys(column)}
        return [known[name] for name in column]
    return [repr(value) if value - value == 0 else "" for value in column.tolist()]


def _parquet(blocks: Iterator[list[dict[str, Any]]], file: BinaryIO, notes: Mapping[str, Any]) -> None:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in notes.items()}
    writer: Any = None
    try:
        for tables in blocks:
            made = pyarrow.concat_tables(
                pyarrow.table({name: pyarrow.array(c, from_pandas=True) for name, c in table.items()})
                for table in tables
            )
            schema = made.schema.with_metadata({name: text for name, text in shown.items()})
            writer = writer or parquet.ParquetWriter(file, schema)
            writer.write_table(made.replace_schema_metadata(schema.metadata))
    finally:
        if writer is not None:
            writer.close()


__all__ = ["check_ending", "write_rows"]
