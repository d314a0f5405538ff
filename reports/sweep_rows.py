# SPDX-License-Identifier: Apache-2.0
"""The rows of a sweep as CSV or Parquet, chunk by chunk, whole or not at all, with what they were made from."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from chipgauge.calc.sweep import Setup, chunk_columns, chunk_rows
from chipgauge.calc.sweep_summary import labelled, scaled, table_of
from chipgauge.reports.export import EXTRAS, lacking
from chipgauge.reports.journal import Journal
from chipgauge.reports.output import clean, replacing, safe
from chipgauge.specs.errors import ChipgaugeError

ENDINGS = (".csv", ".parquet")
LINES = 4096
"""Lines that are made at once: what stays in the cache of a core."""
COMMA, NEWLINE = b",\n"
WIDTH = 24
"""Bytes of the longest number: -1.2345678901234567e-308."""
FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What a disk answers that takes no more."""


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


def write_rows(
    ready: Setup, journal: Journal, path: Path, notes: Mapping[str, Any], done: Callable[[int], object]
) -> int:
    """Write the rows that a journal holds, telling `done` of each chunk, and return the size of the file in bytes.

    Raises
    ------
    ChipgaugeError
        The disk takes no more; the journal stays, and the same command writes the file again.
    """
    with _placed(journal, path) as file:
        (_parquet if path.suffix.lower() == ".parquet" else _csv)(ready, _chunks(ready, journal, done), file, notes)
    return path.stat().st_size


def write_summary(journal: Journal, path: Path, whole: Mapping[str, Any]) -> int:
    """Write a summary as JSON, and return the size of the file in bytes; what it raises is that of `write_rows`."""
    raw = (json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8", "replace")
    with _placed(journal, path) as file:
        file.write(raw)
    return len(raw)


@contextmanager
def _placed(journal: Journal, path: Path) -> Generator[BinaryIO]:
    """Open the output of a sweep, which appears when it is whole; until then it lies beside the journal."""
    try:
        with replacing(path, journal.part) as file:
            yield file
    except OSError as error:
        raise (journal.refused(error) if error.errno in FULL else error) from None


Chunks = Iterator[tuple[int, int, Any]]
"""Of each chunk its case, its number in the case, and the answers of its rows as [rows, answers]."""


def _chunks(ready: Setup, journal: Journal, done: Callable[[int], object]) -> Chunks:
    first = 0
    for number in range(ready.chunks):
        case, chunk = divmod(number, ready.grid.chunks)
        rows = chunk_rows(ready.grid, chunk)
        yield case, chunk, journal.values(first, rows)
        first += rows
        done(rows)


def _csv(ready: Setup, chunks: Chunks, file: BinaryIO, notes: Mapping[str, Any]) -> None:
    for name, value in notes.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        file.writelines(f"# {name}: {clean(line)}\n".encode() for line in text.splitlines() or [""])
    head = [
        *(choice.name for choice in ready.sweep.choices), *(labelled(a.name, a.unit) for a in ready.grid.axes),
        *(labelled(name, unit) for name, unit in ready.units.items()),
    ]  # fmt: skip
    file.write(_cells(head) + b"\n")
    for case, chunk, values in chunks:
        file.writelines(_lines(ready, case, chunk, values))


def _cells(texts: Sequence[str]) -> bytes:
    """Return names, which may come from anyone, as cells beside each other."""
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([safe(text) for text in texts])
    return out.getvalue().encode("utf-8", "replace")


def texts(values: Any) -> Any:
    """Return numbers as rows of `WIDTH` bytes, each the text of `repr` with zero bytes behind it; empty where there is none.

    >>> import numpy
    >>> [row.tobytes().rstrip(b"\\0") for row in texts(numpy.array([0.1, -2.0, 1e300, numpy.nan]))]
    [b'0.1', b'-2.0', b'1e+300', b'']
    """
    import numpy

    words = numpy.array(list(map(repr, values.tolist())), dtype=f"S{WIDTH}")
    words[~numpy.isfinite(values)] = b""
    return words.view(numpy.uint8).reshape(-1, WIDTH)


def _lines(ready: Setup, case: int, chunk: int, values: Any) -> Iterator[bytes]:
    """Yield the lines of a chunk: the text of a number of an axis is made once for all rows beside or below it."""
    import numpy

    columns, (_, tile), _ = chunk_columns(ready.grid, chunk)
    shown = [texts(scaled(column.ravel(), axis.unit)) for column, axis in zip(columns, ready.grid.axes, strict=True)]
    units = list(ready.units.values())
    begin = numpy.frombuffer(_cells(list(ready.cases[case].choices.values())), dtype=numpy.uint8)
    width = len(begin) + (WIDTH + 1) * (len(shown) + len(units)) + 1
    for first in range(0, len(values), LINES):
        rows = numpy.arange(first, min(first + LINES, len(values)))
        made = numpy.zeros((len(rows), width), dtype=numpy.uint8)
        made[:, : len(begin)] = begin
        place = len(begin)
        for number, column in enumerate(columns):
            outer = number < ready.grid.inner and not ready.grid.points
            made[:, place] = COMMA
            made[:, place + 1 : place + 1 + WIDTH] = shown[number][rows // tile if outer else rows % column.shape[1]]
            place += WIDTH + 1
        for number, unit in enumerate(units):
            made[:, place] = COMMA
            made[:, place + 1 : place + 1 + WIDTH] = texts(scaled(values[rows[0] : rows[-1] + 1, number], unit))
            place += WIDTH + 1
        if not len(begin):
            made[:, 0] = 0  # no cell stands before the first comma
        made[:, place] = NEWLINE
        yield made.tobytes().translate(None, b"\0")


def _parquet(ready: Setup, chunks: Chunks, file: BinaryIO, notes: Mapping[str, Any]) -> None:
    pyarrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in notes.items()}
    writer: Any = None
    try:
        for case, chunk, values in chunks:
            table, _ = table_of(ready, values, case, chunk, 0)
            made = pyarrow.table({name: pyarrow.array(column, from_pandas=True) for name, column in table.items()})
            made = made.replace_schema_metadata(shown)
            writer = writer or parquet.ParquetWriter(file, made.schema)
            writer.write_table(made)
    finally:
        if writer is not None:
            writer.close()


__all__ = ["check_ending", "write_rows", "write_summary"]
