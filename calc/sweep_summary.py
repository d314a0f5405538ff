# SPDX-License-Identifier: Apache-2.0
"""What a sweep says: quantiles, extremes with the scenario they belong to, and the swing of each varied number."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from chipgauge.calc.digest import Extremes, Histogram
from chipgauge.calc.sweep import Block, Setup, blocks, chunk_columns, row_numbers, setup
from chipgauge.calc.sweep_cases import value_at
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import TableError
from chipgauge.specs.sweep_tables import read_sweep
from chipgauge.specs.units import Unit

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass
class Sums:
    """The blocks so far, added up in their order."""

    answers: int
    blocks: int = 0
    rows: int = 0
    cases: dict[int, list[Extremes]] = field(default_factory=dict[int, list[Extremes]])
    histograms: list[Histogram] = field(default_factory=list[Histogram])

    def __post_init__(self) -> None:
        self.histograms = self.histograms or [Histogram() for _ in range(self.answers)]

    def add(self, blocks: int, rows: int, cases: dict[int, list[Extremes]], histograms: list[Histogram]) -> None:
        """Add the next block or blocks."""
        self.blocks += blocks
        self.rows += rows
        for case, found in cases.items():
            before = self.cases.get(case, [Extremes()] * self.answers)
            self.cases[case] = [one.and_then(other) for one, other in zip(before, found, strict=True)]
        for one, other in zip(self.histograms, histograms, strict=True):
            one.add(other)

    def take(self, block: Block) -> None:
        """Add the next block."""
        self.add(1, block.rows, block.cases, block.histograms)


def scaled(value: Any, unit: Unit) -> Any:
    """Return a value in base units in the unit that is shown."""
    return value if unit.numerator == unit.denominator else value * unit.denominator / unit.numerator


def scenario(ready: Setup, row: int) -> dict[str, Any]:
    """Return what a row stands for: items and dates, and each varied number in its unit."""
    case, place = divmod(row, ready.sweep.rows_each)
    numbers = row_numbers(ready.grid, place)
    shown = [scaled(float(number), axis.unit) for number, axis in zip(numbers, ready.grid.axes, strict=True)]
    return {**ready.cases[case].choices, **dict(zip((axis.name for axis in ready.grid.axes), shown, strict=True))}


def summary(ready: Setup, sums: Sums) -> list[dict[str, Any]]:
    """Return the summary of each answer, in the unit of the answer."""
    rows: list[dict[str, Any]] = []
    for place, (name, expression) in enumerate(ready.sweep.answers.items()):
        unit = ready.units[name]
        ends = _over(found[place] for _, found in sorted(sums.cases.items()))
        row: dict[str, Any] = {"answer": name, "expression": expression, "unit": unit.text, "rows": ends.known}
        row["without_value"] = ends.undefined
        row["yes_or_no"] = any(isinstance(case.figures[place].value, bool) for case in ready.cases)
        if ends.known:
            middle = sums.histograms[place].quantiles(SHARES, ends.low, ends.high)
            row |= {"mean": scaled(ends.total / ends.known, unit) if isfinite(ends.total) else None}
            row["least"] = {"value": scaled(ends.low, unit), "at": scenario(ready, ends.low_row)}
            row["greatest"] = {"value": scaled(ends.high, unit), "at": scenario(ready, ends.high_row)}
            row["quantiles"] = {f"{s:.0%}": scaled(v, unit) for s, v in zip(SHARES, middle, strict=True)}
            row["tornado"] = _tornado(ready, place, unit)
        elif ready.cases[0].missing.get(name):
            row["why"] = ready.cases[0].missing[name]
        if len(ready.cases) > 1:
            row["cases"] = [_case(ready, sums, case, place, unit) for case in range(len(ready.cases))]
        rows.append(row)
    return rows


def _over(parts: Iterable[Extremes]) -> Extremes:
    found = Extremes()
    for part in parts:
        found = found.and_then(part)
    return found


def _case(ready: Setup, sums: Sums, case: int, place: int, unit: Unit) -> dict[str, Any]:
    ends = sums.cases[case][place]
    shown: dict[str, Any] = {**ready.cases[case].choices, "rows": ends.known}
    if ends.known:
        ends_of = {"mean": ends.total / ends.known, "least": ends.low, "greatest": ends.high}
        return shown | {name: scaled(value, unit) if isfinite(value) else None for name, value in ends_of.items()}
    why = ready.cases[case].missing.get(list(ready.sweep.answers)[place], "every scenario divides by zero or the like")
    return shown | {"why": why}


def _tornado(ready: Setup, place: int, unit: Unit) -> list[dict[str, Any]]:
    """Return the answer with each number, item or date alone at its ends, the others in the middle; widest first."""
    import numpy

    axes, sampled = ready.grid.axes, ready.grid.points > 0
    middle = [float(value_at(axis, axis.size // 2, sampled)) for axis in axes]
    halfway = {choice.name: choice.texts[len(choice.texts) // 2] for choice in ready.sweep.choices if choice.figure}
    valued = [case for case in ready.cases if case.program.outputs[place] >= 0] or ready.cases
    base = next((case for case in valued if halfway.items() <= case.choices.items()), valued[0])

    def at(numbers: list[float], case: Any = base) -> float | None:
        (found,) = numpy.broadcast_to(case.program.watched([numpy.array([number]) for number in numbers])[place], 1)
        return float(found) if found is not None and numpy.isfinite(found) else None

    rows: list[dict[str, Any]] = []
    for where, axis in enumerate(axes):
        ends = sorted(axis.values)[:: len(axis.values) - 1 or 1] if axis.values else [axis.low, axis.high]
        found = [at([*middle[:where], float(end), *middle[where + 1 :]]) for end in (ends[0], ends[-1])]
        rows.append(_swing(axis.name, [scaled(float(end), axis.unit) for end in (ends[0], ends[-1])], found, unit))
    for choice in ready.sweep.choices:
        others = {name: text for name, text in base.choices.items() if name != choice.name}
        near = [case for case in ready.cases if others.items() <= case.choices.items()]
        known = [(value, case.choices[choice.name]) for case in near if (value := at(middle, case)) is not None]
        if known:
            least, most = min(known), max(known)
            rows.append(_swing(choice.name, [least[1], most[1]], [least[0], most[0]], unit))
    # an answer need not depend on everything that is varied
    moving = [row for row in rows if row["swing"] or (row["at_from"] is None) != (row["at_to"] is None)]
    return sorted(moving, key=lambda row: (-(row["swing"] or 0.0), row["name"]))


def _swing(name: str, ends: list[Any], found: list[float | None], unit: Unit) -> dict[str, Any]:
    low, high = (None if value is None else scaled(value, unit) for value in found)
    swing = None if low is None or high is None else abs(high - low)
    return {"name": name, "from": ends[0], "to": ends[-1], "at_from": low, "at_to": high, "swing": swing}


def table_of(ready: Setup, values: Any, case: int, chunk: int, start: int) -> tuple[dict[str, Any], int]:
    """Return a chunk of rows as columns by name, and how many there are; in `values` they begin at row `start`."""
    import numpy

    columns, shape, _ = chunk_columns(ready.grid, chunk)
    rows = shape[0] * shape[1]
    made: dict[str, Any] = {name: [text] * rows for name, text in ready.cases[case].choices.items()}
    for axis, column in zip(ready.grid.axes, columns, strict=True):
        made[labelled(axis.name, axis.unit)] = scaled(numpy.broadcast_to(column, shape).reshape(-1), axis.unit)
    for place, name in enumerate(ready.sweep.answers):
        unit = ready.units[name]
        made[labelled(name, unit)] = scaled(values[start : start + rows, place], unit)
    return made, rows


def labelled(name: str, unit: Unit) -> str:
    """Return the label of a column: its name, and its unit unless it is a plain number."""
    return name if unit.text == "1" else f"{name} [{unit.text}]"


def sweep(
    text: str,
    *,
    executor: Executor | None = None,
    workers: int = 1,
    catalog: Catalog | None = None,
    file: str = "sweep",
) -> list[dict[str, Any]]:
    """Return the summary of each answer of a sweep, given as the text of its file.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        What computes the blocks: threads, processes, a cluster; here and now by default.
    workers : int
        How many tasks the executor runs at once.

    Raises
    ------
    TableError
        Whatever is wrong with the text, with line and remedy.

    Examples
    --------
    >>> (row,) = sweep('[answers]\\ny = "2 * x"\\n[[vary]]\\nname = "x"\\nfrom = 0\\nto = 1\\nsteps = 101')
    >>> row["rows"], row["quantiles"]["50%"].__round__(2), row["greatest"]
    (101, 1.0, {'value': 2.0, 'at': {'x': 1.0}})
    """
    from chipgauge.specs.catalog import catalog as shipped

    read, problems = read_sweep(text, file)
    if read is None:
        raise TableError(problems)
    ready = setup(read, catalog or shipped())
    sums = Sums(len(read.answers))
    for block in blocks(ready, executor=executor, workers=workers):
        sums.take(block)
    return summary(ready, sums)


__all__ = ["SHARES", "Sums", "labelled", "scaled", "scenario", "summary", "sweep", "table_of"]
