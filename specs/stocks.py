# SPDX-License-Identifier: Apache-2.0
"""Stocks of chips: who is estimated to own how much at a date, with 5% and 95% ends (data/stocks/*.csv).

A row is cumulative: what an owner has of a designer's chips (or of one kind of chip) up to a day, counted in
H100-equivalents of the source's own 8-bit basis, in units and in megawatts of design power. Empty is unknown.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from chipgauge.specs.errors import Problem, TableError
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.tables import is_date

FILE = "stocks/epoch-chip-owners.csv"
MEASURES = ("h100e", "units", "power_mw")
COLUMNS = (
    "owner", "designer", "chip", "start", "end",
    *(f"{measure}{end}" for measure in MEASURES for end in ("", "_low", "_high")),
    "complete", "source", "note",
)  # fmt: skip


class Spread(NamedTuple):
    """A median with the 5th and 95th percentile where the source gives them; all empty where it states nothing."""

    median: float | None
    low: float | None = None
    high: float | None = None


class Stock(NamedTuple):
    """What an owner has up to a day, of all chips of a designer or of one chip.

    `h100e` is in H100-equivalents [1], `units` in chips [1], `power` in design power of the chips [W]. `complete` is
    no where the source says that the last quarter is not yet whole. `chip` is empty for a total by designer, `start`
    where the source does not say from when it counts.
    """

    owner: str
    designer: str
    chip: str
    start: str
    end: str
    h100e: Spread
    units: Spread
    power: Spread
    complete: bool
    source: str
    note: str


def read_stocks(text: str, file: str) -> tuple[list[Stock], list[Problem]]:
    """Return the rows of a table of stocks and every problem in it, with its line."""
    import csv
    import io

    rows: list[Stock] = []
    problems: list[Problem] = []
    reader = csv.DictReader(io.StringIO(text), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        return [], [Problem(file, 1, "", "these are not the columns of a table of stocks", ",".join(COLUMNS))]
    for row in reader:
        wrong: list[tuple[str, str, str]] = []
        if None in row or None in row.values():
            problems.append(Problem(file, reader.line_num, "", f"a row has {len(COLUMNS)} fields"))
            continue
        spreads = {measure: _spread(row, measure, wrong) for measure in MEASURES}
        wrong += [
            (name, f"{row[name][:40]!r} is not a day", "write 2025-12-31")
            for name in ("start", "end")
            if not is_date(row[name]) and (name == "end" or row[name])
        ]
        wrong += [(name, "this field is empty", "") for name in ("owner", "designer", "source") if not row[name]]
        if row["complete"] not in ("yes", "no"):
            wrong.append(("complete", f"{row['complete'][:40]!r} is neither yes nor no", "write yes or no"))
        if not wrong and all(spread.median is None for spread in spreads.values()):
            wrong.append(("", "a row without any number", "leave the row out"))
        problems += [Problem(file, reader.line_num, name, message, hint) for name, message, hint in wrong]
        if not wrong:
            power = Spread(*(None if end is None else end * 1e6 for end in spreads["power_mw"]))
            rows.append(
                Stock(
                    row["owner"], row["designer"], row["chip"], row["start"], row["end"], spreads["h100e"],
                    spreads["units"], power, row["complete"] == "yes", row["source"], row["note"],
                )
            )  # fmt: skip
    return rows, problems


def _spread(row: dict[str, str], measure: str, wrong: list[tuple[str, str, str]]) -> Spread:
    ends: list[float | None] = []
    for end in ("", "_low", "_high"):
        shown = row[measure + end]
        if shown and not shown.replace(".", "", 1).isdecimal():
            wrong.append((measure + end, f"{shown[:40]!r} is not a number of 0 or more", "write 707968"))
            return Spread(None)
        ends.append(float(shown) if shown else None)
    median, low, high = ends
    if (low is None) != (high is None) or (low is not None and median is None):
        wrong.append((measure, "a range has a median and both ends", "give all three, or the median alone"))
    elif median is not None and low is not None and high is not None and not low <= median <= high:
        wrong.append((measure, f"{low:g} to {high:g} does not hold the median {median:g}", ""))
    return Spread(median, low, high)


@lru_cache(maxsize=1)
def stocks() -> tuple[Stock, ...]:
    """Return every row that ships with chipgauge.

    >>> len(stocks()) > 200
    True
    """
    rows, problems = read_stocks(shipped_text(FILE), FILE)
    if problems:
        raise TableError(problems)
    return tuple(rows)


def latest(on: str, *, by_chip: bool = False) -> list[Stock]:
    """Return the last row of each owner and designer up to a day; with `by_chip`, of each owner and chip.

    Totals by designer and rows by chip are never mixed: one is a part of the other.

    >>> [round(row.h100e.median or 0) for row in latest("2025-12-31") if row.owner == "China" and row.designer == "Huawei"]
    [707968]
    """
    found: dict[tuple[str, str, str], Stock] = {}
    for row in stocks():
        if bool(row.chip) == by_chip and row.end <= on:
            key = (row.owner, row.designer, row.chip)
            if key not in found or found[key].end <= row.end:
                found[key] = row
    return list(found.values())


__all__ = ["COLUMNS", "FILE", "Spread", "Stock", "latest", "read_stocks", "stocks"]
