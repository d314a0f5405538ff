# SPDX-License-Identifier: Apache-2.0
"""Measured results: rows of training, inference and single operators, ours or anybody's, in one strict format."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from chipgauge.specs.errors import Problem, TableError, UnitError, did_you_mean
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.tables import is_date, read_text
from chipgauge.specs.units import parse_unit

COLUMNS = (
    "id", "source", "url", "date", "group", "kind", "model", "chip", "n_chips", "precision", "batch", "seq_in",
    "seq_out", "plan", "metric", "value", "unit", "notes",
)  # fmt: skip
KINDS = ("train", "prefill", "decode", "offline", "operator")
METRICS = {
    "step_time": "s", "train_tokens_per_second_per_chip": "token/s", "mfu": "1",
    "prefill_tokens_per_second_per_chip": "token/s", "output_tokens_per_second_per_chip": "token/s",
    "total_tokens_per_second_per_chip": "token/s", "ttft": "s", "tpot": "s", "time": "s",
}  # fmt: skip
"""Each metric and a unit of its dimension."""

SHIPPED = {
    "training.csv": ("train",),
    "operators.csv": ("operator",),
    "inference.csv": ("prefill", "decode", "offline"),
    "serving_operators.csv": ("operator",),
}
"""The project's own tables, in `data/measured`, with the kinds of row in each."""


class Measured(NamedTuple):
    """One measured result; `value` in base units, a number that is not stated is nan, a text that is not is empty."""

    id: str
    source: str
    url: str
    date: str
    group: str
    kind: str
    model: str
    chip: str
    n_chips: float
    precision: str
    batch: float
    seq_in: float
    seq_out: float
    plan: str
    metric: str
    value: float
    unit: str
    notes: str
    line: int


MOST_BYTES = 10_000_000
"""Greatest size of a user's own table. [byte]"""


def read_measured(text: str, file: str) -> list[Measured]:
    """Return the rows of a table.

    Raises
    ------
    TableError
        Every missing or unknown column, id that occurs twice, unknown kind, metric or unit, and value that is not a
        positive number, with file and line.

    Examples
    --------
    >>> head = ",".join(COLUMNS)
    >>> row = "a1,me,,2026-01,g,train,GPT-3 175B,H100,128,bf16,256,2048,,tp=4,step_time,8.3,s,"
    >>> read_measured(f"{head}\\n{row}\\n", "mine.csv")[0].value
    8.3
    """
    lines = csv.reader(text.splitlines())
    empty: list[str] = []
    header = next(lines, empty)
    unknown = [name for name in header if name not in COLUMNS]
    lacking = [name for name in COLUMNS if name not in header]
    if unknown or lacking:
        what = f"unknown column {unknown[0][:40]!r}" if unknown else f"column {lacking[0]!r} is missing"
        near = did_you_mean(unknown[0], list(COLUMNS), 1) if unknown else ""
        raise TableError([Problem(file, 1, "", what + near, f"columns: {','.join(COLUMNS)}")])
    rows: dict[str, Measured] = {}
    problems: list[Problem] = []
    for cells in filter(None, lines):
        at = lines.line_num
        if len(cells) != len(header):
            message = f"{len(cells)} cells, but the header has {len(header)}"
            problems.append(Problem(file, at, "", message, "quote a cell that holds a comma"))
            continue
        try:
            row = _row(dict(zip(header, (cell.strip() for cell in cells), strict=True)), at)
        except _Fault as fault:
            problems.append(Problem(file, at, fault.name, fault.message, fault.hint))
            continue
        if row.id in rows:
            problems.append(Problem(file, at, "id", f"{row.id!r} stands on line {rows[row.id].line} already"))
        rows[row.id] = row
    if problems:
        raise TableError(problems)
    return list(rows.values())


class _Fault(Exception):
    """What is wrong in one cell."""

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.name, self.message, self.hint = name, message, hint


def _row(cells: dict[str, str], line: int) -> Measured:
    for name in ("id", "kind", "model", "chip", "metric", "value", "unit"):
        if not cells[name]:
            raise _Fault(name, "is empty")
    for name, allowed in (("kind", KINDS), ("metric", tuple(METRICS))):
        if cells[name] not in allowed:
            near = did_you_mean(cells[name], allowed, 1)
            raise _Fault(name, f"found {cells[name][:40]!r}.{near}", f"one of {', '.join(allowed)}")
    if cells["date"] and not (is_date(cells["date"]) and cells["date"].replace("-", "").isdigit()):
        raise _Fault("date", f"{cells['date'][:40]!r} is not a date", "write 2026, 2026-01 or 2026-01-31")
    wanted = parse_unit(METRICS[cells["metric"]])
    try:
        unit = parse_unit(cells["unit"])
    except UnitError as error:
        raise _Fault("unit", str(error), f"for {cells['metric']} write {wanted.text}") from None
    if unit.dimension != wanted.dimension:
        raise _Fault("unit", f"{cells['unit'][:40]!r} does not fit {cells['metric']}", f"write {wanted.text}")
    value = _number(cells, "value") * unit.numerator / unit.denominator
    numbers = {name: _number(cells, name) for name in ("n_chips", "batch", "seq_in", "seq_out")}
    texts = {name: cells[name] for name in COLUMNS if name not in numbers and name != "value"}
    fields: dict[str, Any] = {**texts, **numbers}
    return Measured(**fields, value=value, line=line)


def _number(cells: dict[str, str], name: str) -> float:
    if not cells[name]:
        return math.nan
    try:
        number = float(cells[name])
    except ValueError:
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise _Fault(name, f"found {cells[name][:40]!r}", "a positive number, plain or like 1e6")
    return number


def measured_file(path: Path) -> list[Measured]:
    """Return the rows of a user's own table.

    Raises
    ------
    TableError
        A file that cannot be read, and everything that `read_measured` finds.
    """
    name = str(path)
    text, problems = read_text(path, name, form="CSV", begin=f"the first line is {','.join(COLUMNS)}", most=MOST_BYTES)
    if problems:
        raise TableError(problems)
    return read_measured(text, name)


def shipped_rows(kind: str = "") -> Iterator[Measured]:
    """Return the rows of the project's own tables; of one kind, with no table opened that has none of it.

    >>> {row.kind for row in shipped_rows(kind="train")}
    {'train'}
    """
    for name, kinds in SHIPPED.items():
        if not kind or kind in kinds:
            yield from (row for row in _shipped(name) if not kind or row.kind == kind)


@lru_cache
def _shipped(name: str) -> tuple[Measured, ...]:
    return tuple(read_measured(shipped_text(f"measured/{name}"), f"specs/data/measured/{name}"))
