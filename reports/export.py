# SPDX-License-Identifier: Apache-2.0
"""An answer as a file: CSV, JSON and Markdown as they are printed; Excel and Parquet with their extras installed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from chipgauge.reports.answer import Answer
from chipgauge.reports.output import FORMATS, clean, write_bytes
from chipgauge.specs.errors import ChipgaugeError

EXTRAS = {".xlsx": ("xlsx", "xlsxwriter"), ".parquet": ("parquet", "pyarrow")}
"""What a format needs: the extra of this package, and the module it brings."""

MOST_CELL = 32_767
"""Excel takes no longer text in a cell."""


def export(answer: Answer, path: Path) -> int:
    """Write an answer's records to a file in the format of its name's ending, whole or not at all; return the bytes.

    Raises
    ------
    ChipgaugeError
        The ending is none of these, or the format needs an extra that is not installed.
    """
    ending = path.suffix.lower()
    plain = {".csv": "csv", ".json": "json", ".md": "md"}
    if ending in plain:
        return write_bytes(path, FORMATS[plain[ending]](answer).encode("utf-8", "replace"))
    if ending not in EXTRAS:
        allowed = ", ".join(name for name in (*plain, *EXTRAS))
        raise ChipgaugeError(f"{path.name[:80]!r} has no ending that says its format; allowed: {allowed}")
    extra, module = EXTRAS[ending]
    make: Callable[[Sequence[Mapping[str, Any]], Answer], bytes] = _xlsx if extra == "xlsx" else _parquet
    try:
        raw = make([*answer.records()], answer)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module:
            raise
        raise lacking(ending) from None
    return write_bytes(path, raw)


def lacking(ending: str) -> ChipgaugeError:
    """Return the error of a format whose extra is not installed: what it needs, and what to type."""
    extra, module = EXTRAS[ending]
    return ChipgaugeError(f"{ending} needs {module}; type: pip install 'chipgauge[{extra}]'")


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cited(rows: Sequence[Mapping[str, Any]], answer: Answer) -> list[dict[str, Any]]:
    """Return the records of the sources that some rows name."""
    names = {name for row in rows for field in ("source", "via") if (name := row.get(field))}
    known = [name for name in answer.catalog.source_ids() if name in names]
    return [answer.catalog.source(name)._asdict() for name in known]


def _xlsx(rows: Sequence[Mapping[str, Any]], answer: Answer) -> bytes:
    """Return a workbook of two sheets, the rows and their sources: the same rows give the same bytes."""
    import io

    xlsxwriter: Any = import_module("xlsxwriter")
    out = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book: Any = xlsxwriter.Workbook(out, texts)
    day = datetime.date.fromisoformat(answer.catalog.as_of)
    book.set_properties({"created": datetime.datetime(day.year, day.month, day.day), "title": clean(answer.finding)})
    head = book.add_format({"bold": True})
    for title, table in (("data", rows), ("sources", _cited(rows, answer))):
        sheet = book.add_worksheet(title)
        names = _columns(table)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, head)
        for number, row in enumerate(table, 1):
            for column, name in enumerate(names):
                value = row.get(name)
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                elif value not in (None, ""):
                    sheet.write_string(number, column, clean(str(value))[:MOST_CELL])
    book.close()
    return out.getvalue()


def _parquet(rows: Sequence[Mapping[str, Any]], answer: Answer) -> bytes:
    """Return a Parquet file with the data date and the credits of its sources in the metadata."""
    import io

    arrow: Any = import_module("pyarrow")
    writer: Any = import_module("pyarrow.parquet")
    columns = {name: _column([row.get(name) for row in rows], arrow) for name in _columns(rows)}
    credits = "; ".join(
        f"{row['publisher']}: {row['title']} ({row['licence'] or 'facts'})" for row in _cited(rows, answer)
    )
    notes = {"as_of": answer.catalog.as_of, "sources": credits}
    out = io.BytesIO()
    writer.write_table(arrow.table(columns).replace_schema_metadata(notes), out)
    return out.getvalue()


def _column(values: list[Any], arrow: Any) -> Any:
    numbers = all(value is None or isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    if numbers:
        return arrow.array([None if value is None else float(value) for value in values], arrow.float64())
    return arrow.array([None if value is None else str(value) for value in values], arrow.string())
