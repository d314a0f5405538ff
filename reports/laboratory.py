# SPDX-License-Identifier: Apache-2.0
"""`check --measured`: a CSV of measured units against the certified values of a chip."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from chipgauge.calc.law.exact import exact_value
from chipgauge.calc.law.inputs import World
from chipgauge.calc.law.laboratory import QUANTITIES, Measured, Unit, compare_units
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.verdicts import law_notice
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError, Problem, TableError, UnknownName
from chipgauge.specs.quantities import find
from chipgauge.specs.records import Subject
from chipgauge.specs.tables import read_text
from chipgauge.specs.units import exact, parse_unit, parse_value, require

MOST_BYTES = 10_000_000
CERTIFIED = "certified"
"""The name of the row that gives the certified values; without one they are those of the tables."""
_HEAD = re.compile(r"([a-z0-9_.]+)\s*(?:\[(.+)\])?")
SHAPE = "unit,tpp [TPP],memory.bandwidth [GB/s],io.bandwidth [GB/s],memory.capacity [GB]"

Rows = list[tuple[str, dict[str, Fraction]]]


def laboratory_answer(
    items: Sequence[str], file: str, tolerance: str, catalog: Catalog, asked: dict[str, Any], on: str
) -> Answer:
    """Return whether each unit of a file is at or below the certified values; exit 1 if one is not confirmed."""
    if len(items) > 1:
        raise UnknownName("--measured is about one chip; name one, or give a row called certified in the file")
    share = _tolerance(tolerance)
    rows = read_measured(Path(file))
    subjects = [catalog.subject(item) for item in items]
    certified: dict[str, Fraction] = {}
    for name, values in rows:
        certified |= values if name == CERTIFIED else {}
    origin = "the row certified of the file"
    if not certified:
        if not subjects:
            raise UnknownName("name the chip whose values are certified, or give a row called certified in the file")
        origin = f"the tables, for {subjects[0].item.name}"
        certified = _of_tables(subjects[0], catalog, on)
    units = compare_units([row for row in rows if row[0] != CERTIFIED], certified, share)
    asked |= {"measured": file, "tolerance": tolerance or "0%"}
    return _answer(units, certified, origin, share, subjects, catalog, asked, on)


def _answer(
    units: list[Unit], certified: Mapping[str, Fraction], origin: str, share: Fraction, subjects: list[Subject],
    catalog: Catalog, asked: dict[str, Any], on: str,
) -> Answer:  # fmt: skip
    counts = Counter(unit.result for unit in units)
    good = counts["confirmed"]
    finding = f"{good:,} of {text.counted(len(units), 'unit')} confirmed at or below the certified values"
    rest = [f"{counts[word]:,} {word}" for word in ("fails", "incomplete") if counts[word]]
    finding += f" ({', '.join(rest)})." if rest else "."
    table = [[unit.name, unit.result, *(_cell(row) for row in unit.rows)] for unit in units]
    records = [
        {"unit": unit.name, "result": unit.result, **{row.name: _number(row.name, row.measured) for row in unit.rows}}
        for unit in units
    ]
    body = {
        "on": on,
        "tolerance": float(share),
        "certified": {name: _plain(name, certified.get(name)) for name in QUANTITIES},
        "confirmed": good == len(units),
        "units": [
            {"unit": unit.name, "result": unit.result, "values": {row.name: _row_json(row) for row in unit.rows}}
            for unit in units
        ],
        "notice": law_notice(on, []),
    }
    limits = ", ".join(f"{name} {_shown(name, certified.get(name))}" for name in QUANTITIES)
    notes = [
        f"certified ({origin}): {limits}; tolerance {float(share):.4%} above a value",
        "15 CFR 748 Supp. 2 (dd)(1)(ix): the laboratory confirms each value at or below that of the application",
        "incomplete: a value was not measured or is not certified; such a unit is not confirmed",
        law_notice(on, []),
    ]
    return Answer(
        "check", finding, [Table("", ["unit", "result", *QUANTITIES], table, frozenset({2, 3, 4, 5}))], lambda: body,
        lambda: records, catalog, asked, subjects, notes=notes, exit_code=0 if good == len(units) else 1,
    )  # fmt: skip


def _of_tables(subject: Subject, catalog: Catalog, on: str) -> dict[str, Fraction]:
    world = World(Subject(subject.item), catalog, on)
    found = {name: world.figure(name) for name in QUANTITIES}
    return {name: exact_value(figure) for name, figure in found.items() if isinstance(figure.value, float)}


def _tolerance(given: str) -> Fraction:
    if not given:
        return Fraction(0)
    try:
        _, number, unit = parse_value(given)
        require(unit, "1", "--tolerance")
        share = exact(number, unit)
    except ChipgaugeError:
        share = Fraction(-1)
    if not 0 <= share < 1:
        raise UnknownName(f"a tolerance is a share such as 0.5%, got {given[:40]!r}")
    return share


# --- the file --------------------------------------------------------------------------------------------------------


def read_measured(path: Path) -> Rows:
    """Return the units of a CSV file and their values in base units, exact.

    The head names the quantities with their units; a cell may also have its own unit. Empty: not measured.

    Raises
    ------
    TableError
        Everything that is wrong with the file, with its lines.
    """
    name = str(path)
    shown, problems = read_text(path, name, form="CSV", begin=f"the first line is {SHAPE}", most=MOST_BYTES)
    if problems:
        raise TableError(problems)
    rows = list(csv.reader(io.StringIO(shown)))
    columns = list(_columns(rows[0], name, problems)) if rows else []
    found: Rows = []
    seen: set[str] = set()
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row) or problems:
            continue
        if len(row) != len(columns):
            problems.append(Problem(name, line, "", f"{len(row)} cells under {len(columns)} columns"))
            continue
        unit = row[0].strip()
        if not unit or unit in seen:
            problems.append(
                Problem(name, line, "unit", "a unit without a name" if not unit else f"{unit[:40]!r} stands twice")
            )
        seen.add(unit)
        values: dict[str, Fraction] = {}
        for (quantity, printed), cell in zip(columns[1:], row[1:], strict=True):
            if cell.strip():
                _value(cell.strip(), quantity, printed, values, name, line, problems)
        found.append((unit, values))
    if not found and not problems:
        problems.append(Problem(name, 1, "", "no measured unit", f"the first line is {SHAPE}"))
    if problems:
        raise TableError(problems[:100])
    return found


def _columns(head: list[str], name: str, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    if head[0].strip() != "unit":
        problems.append(Problem(name, 1, "", f"the first column is {head[0][:40]!r}", f"the first line is {SHAPE}"))
    yield "unit", ""
    for cell in head[1:]:
        match = _HEAD.fullmatch(cell.strip())
        quantity = match[1] if match else cell.strip()
        if match is None or quantity not in QUANTITIES:
            problems.append(
                Problem(name, 1, quantity[:40], "no column of this name", f"allowed: {', '.join(QUANTITIES)}")
            )
            continue
        printed = match[2] or ""
        try:
            if printed:
                require(parse_unit(printed), find(quantity).unit, quantity)
        except ChipgaugeError as error:
            problems.append(Problem(name, 1, quantity, str(error)))
        yield quantity, printed


def _value(
    cell: str, quantity: str, printed: str, values: dict[str, Fraction], name: str, line: int, problems: list[Problem]
) -> None:
    try:
        _, number, unit = parse_value(cell if not printed or " " in cell else f"{cell} {printed}")
        require(unit, find(quantity).unit, quantity)
        value = exact(number, unit)
        if value < 0:
            raise UnknownName("a measured value is not negative")
        values[quantity] = value
    except ChipgaugeError as error:
        problems.append(Problem(name, line, quantity, str(error)))


# --- cells -----------------------------------------------------------------------------------------------------------


def _number(name: str, value: Fraction | None) -> float | None:
    unit = parse_unit(find(name).unit)
    return None if value is None else float(value * unit.denominator / unit.numerator)


def _plain(name: str, value: Fraction | None) -> dict[str, Any]:
    return {"value": _number(name, value), "unit": find(name).unit}


def _shown(name: str, value: Fraction | None) -> str:
    number = _number(name, value)
    return "not known" if number is None else f"{text.number(number, 8)} {find(name).unit}"


def _cell(row: Measured) -> str:
    if row.measured is None:
        return "not measured"
    shift = f" ({text.margin(row.excess)})" if row.excess is not None else ""
    return _shown(row.name, row.measured) + shift


def _row_json(row: Measured) -> dict[str, Any]:
    return {
        "measured": _number(row.name, row.measured),
        "certified": _number(row.name, row.certified),
        "unit": find(row.name).unit,
        "excess": None if row.excess is None else float(row.excess),
        "holds": row.holds,
    }
