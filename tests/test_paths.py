# SPDX-License-Identifier: Apache-2.0
"""Every formula that there is: numbers, columns and Figures give one result."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy
import pytest

from chipgauge import calc
from chipgauge.calc.formula import FORMULAS
from chipgauge.specs.figure import constant

CLOSE = 1e-12
"""Relative. NumPy's powers and logarithms differ from Python's in the last place, and units add a rounding or two."""
ROWS, AS_FIGURES = 100, 10

for module in pkgutil.walk_packages(calc.__path__, "chipgauge.calc."):
    importlib.import_module(module.name)  # a formula is declared where its module is imported

Row = dict[str, float]
SENSE: dict[str, Callable[[Row], bool]] = {
    # above one: a root of a negative number; far below: 1 - (1 - x)^n and 1 - exp(-x) lose the places that x is below one
    "dispatch_bytes_time": lambda row: 1e-3 * row["ranks"] < row["inside"] <= row["ranks"],
    "expert_exchange_time": lambda row: 1e-3 * row["ranks"] < row["inside"] <= row["ranks"],
    "effective_share": lambda row: row["interval"] > 1e-3 * row["mttf"],
    "touched_experts": lambda row: 1e-3 * row["experts"] < row["routed"] <= row["experts"] and row["tokens"] >= 1,
}
"""What the arguments of some formulas have to be; every other one takes anything."""


def same(one: float, other: float) -> bool:
    return one == other or math.isclose(one, other, rel_tol=CLOSE)


def rows_of(name: str, count: int) -> list[Row]:
    """Draw shares, counts and large sizes; in every fourth row all are equal, where extremes and differences have edges."""
    source, arguments = numpy.random.default_rng(7), tuple(FORMULAS[name].units)
    found: list[Row] = []
    while len(found) < count:
        ends = 10.0 ** source.choice([0, 2, 12], len(arguments))
        values = (ends * 10 ** source.uniform(-1.5, 0, len(arguments))).tolist()
        if source.integers(4) == 0:
            values = [round(values[0]) + 1.0] * len(arguments)
        row = dict(zip(arguments, values, strict=True))
        if SENSE.get(name, bool)(row):
            found.append(row)
    return found


def number(name: str, row: Row) -> float:
    try:
        return float(FORMULAS[name](**row))
    except (ArithmeticError, ValueError):
        return math.nan  # columns have no number there either


def test_formulas_of_every_module_are_looked_at() -> None:
    assert len(FORMULAS) > 200 and FORMULAS.keys() >= SENSE.keys()


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_numbers_columns_and_figures_agree(name: str) -> None:
    made, rows = FORMULAS[name], rows_of(name, ROWS)
    wanted = [number(name, row) for row in rows]
    with numpy.errstate(all="ignore"):
        columns: Any = made(**{argument: numpy.array([row[argument] for row in rows]) for argument in made.units})
    found = numpy.broadcast_to(columns, (ROWS,)).tolist()
    for row, one, other in zip(rows, wanted, found, strict=True):
        assert same(one, other) or not math.isfinite(one) and not math.isfinite(other), row
    known = [(row, one) for row, one in zip(rows, wanted, strict=True) if math.isfinite(one)]
    assert len(known) > AS_FIGURES, "the law compares numbers"
    for row, one in known[:AS_FIGURES]:
        leaves = {
            argument: constant(value * unit.numerator / unit.denominator, unit, f"{argument} {value!r}")
            for (argument, value), unit in zip(row.items(), made.units.values(), strict=True)
        }
        figure = made(**leaves)
        assert same(figure.number * made.returns.denominator / made.returns.numerator, one), row
