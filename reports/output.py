# SPDX-License-Identifier: Apache-2.0
"""The formats of an answer: table, json, csv, md. Siblings that print the same object; none knows another."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from chipgauge.reports.answer import Answer, Table
from chipgauge.specs.errors import UnknownValue

if TYPE_CHECKING:
    from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Return text without control and direction marks, so that a table from a stranger cannot paint the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _one_line(text: str) -> str:
    return re.sub(r"[\n\t]", " ", clean(text))


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal.

    >>> width("H20"), width("昇腾")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def as_table(answer: Answer) -> str:
    """Return the answer for a terminal: the finding first, then the tables, then the notes."""
    parts = [_one_line(answer.finding)]
    parts += [_table(table) for table in answer.tables if table.rows]
    if answer.notes:
        parts.append("\n".join(f"- {_one_line(note)}" for note in answer.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table) -> str:
    rows = [[_one_line(cell) for cell in row] for row in [table.columns, *table.rows]]
    widths = [max(width(row[column]) for row in rows) for column in range(len(table.columns))]
    lines = [_one_line(table.title)] if table.title else []
    for number, row in enumerate(rows):
        cells: list[str] = []
        for column, cell in enumerate(row):
            pad = " " * (widths[column] - width(cell))
            cells.append(pad + cell if column in table.right else cell + pad)
        lines.append("  ".join(cells).rstrip())
        if number == 0:
            lines.append("  ".join("-" * size for size in widths))
    return "\n".join(lines)


def as_json(answer: Answer) -> str:
    """Return the envelope as JSON: one object and nothing else; what could paint a terminal stands escaped in its texts."""
    try:
        printed = json.dumps(answer.envelope(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", printed)
    except ValueError:
        raise UnknownValue("a figure is too large a number to print; look at what --set or --catalog gave") from None


def as_csv(answer: Answer) -> str:
    """Return the flat records as CSV; a cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    import csv
    import io

    records = answer.records()
    columns = list(dict.fromkeys(name for row in records for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in records:
        writer.writerow([safe(row.get(name)) for name in columns])
    return out.getvalue()


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def safe(cell: object) -> object:
    """Return a cell of a CSV file that no spreadsheet runs as a formula: an apostrophe stands before what might be one.

    >>> safe("=1+1"), safe("H20"), safe(-1.0)
    ("'=1+1", 'H20', -1.0)
    """
    if isinstance(cell, str):
        cell = clean(cell)
        return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell
    return cell


def as_markdown(answer: Answer) -> str:
    """Return the finding and the tables as Markdown, for an e-mail."""
    parts = [_escape(answer.finding)]
    for table in answer.tables:
        if table.rows:
            rule = ["---:" if column in table.right else "---" for column in range(len(table.columns))]
            lines = [_line(table.columns), "|" + "|".join(rule) + "|", *(_line(row) for row in table.rows)]
            parts.append((f"**{_escape(table.title)}**\n\n" if table.title else "") + "\n".join(lines))
    parts += ["\n".join(f"- {_escape(note)}" for note in answer.notes)] if answer.notes else []
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _escape(text: str) -> str:
    return re.sub(r"([\\`*\[\]<>|])", r"\\\1", clean(text).replace("\n", " "))


def as_html_fragment(answer: Answer) -> str:
    """Return the finding and the tables as a fragment of HTML, for a notebook; every text is escaped."""
    from html import escape

    parts = [f"<p><strong>{escape(clean(answer.finding))}</strong></p>"]
    for table in answer.tables:
        if table.rows:
            head = "".join(f'<th scope="col">{escape(clean(cell))}</th>' for cell in table.columns)
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(clean(c))}</td>" for c in row) + "</tr>" for row in table.rows
            )
            caption = f"<caption>{escape(clean(table.title))}</caption>" if table.title else ""
            parts.append(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    parts += ["<ul>" + "".join(f"<li>{escape(clean(n))}</li>" for n in answer.notes) + "</ul>"] if answer.notes else []
    return "\n".join(parts)


FORMATS: dict[str, Callable[[Answer], str]] = {"table": as_table, "json": as_json, "csv": as_csv, "md": as_markdown}


def write(answer: Answer, form: str) -> None:
    """Print an answer on standard output in one of the formats; what the output cannot encode is written as \\uXXXX."""
    text, stream = FORMATS[form](answer), sys.stdout
    if stream is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by whoever started us
        return
    try:
        text.encode(stream.encoding or "utf-8", stream.errors or "strict")
    except UnicodeEncodeError:
        text = "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
    stream.write(text)
    stream.flush()


def write_file(path: Path, text: str) -> int:
    """Write a text as a file, whole or not at all, and return its size in bytes."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_bytes(path: Path, raw: bytes) -> int:
    """Write a file whole or not at all, and return its size in bytes."""
    with replacing(path) as file:
        file.write(raw)
    return len(raw)


@contextmanager
def replacing(path: Path, part: Path | None = None) -> Generator[BinaryIO, None, None]:
    """Open a file that takes the place of another once all is written; after an error the other is as it was.

    A link stays, and what it points to is replaced; a device or pipe is written to, never replaced. `part` is where it
    lies until then, replaced if a killed process left it; without one, a name of its own.

    Raises
    ------
    OSError
        The path is a folder, its folder does not exist or may not be written to.
    """
    import errno
    import tempfile
    from pathlib import Path

    shown, path = path, Path(os.path.realpath(path))  # a link stays, what it points to is written
    if shown.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; name a file", str(shown))
    if shown.exists() and not shown.is_file():
        with open(shown, "wb") as file:
            yield file
        return
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(shown.parent))
    try:
        if part is not None and part.parent.resolve() == path.parent:
            part.unlink(missing_ok=True)
            handle, name = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), str(part)
        else:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(shown)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        if os.path.exists(name):
            os.unlink(name)
        raise
