# SPDX-License-Identifier: Apache-2.0
"""The check of a test laboratory: measured units of a lot against the values that were certified for them.

15 CFR 748 Supp. 2 (dd)(1)(ix) asks a laboratory to confirm that TPP, DRAM bandwidth, interconnect bandwidth and
co-packaged memory of each shipment are at or below what the application says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

QUANTITIES = ("tpp", "memory.bandwidth", "io.bandwidth", "memory.capacity")
"""What the rule asks for: at or below the certified value."""

Result = Literal["confirmed", "fails", "incomplete"]


class Measured(NamedTuple):
    """One quantity of one unit: measured and certified, and by how much it is above (negative: below)."""

    name: str
    measured: Fraction | None
    certified: Fraction | None
    excess: Fraction | None
    holds: bool | None


class Unit(NamedTuple):
    """One unit of a lot: confirmed where every quantity is at or below, incomplete where one was not measured."""

    name: str
    result: Result
    rows: tuple[Measured, ...]


def compare_units(
    units: Sequence[tuple[str, Mapping[str, Fraction]]],
    certified: Mapping[str, Fraction],
    tolerance: Fraction = Fraction(0),
    names: Sequence[str] = QUANTITIES,
) -> list[Unit]:
    """Return for each unit whether it is at or below the certified values. [base units, exact]

    Parameters
    ----------
    units : sequence of (name, quantity -> measured value)
    certified : mapping of quantity to its certified value
    tolerance : fraction
        How far above a certified value a measurement may stand and still count as at it (uncertainty of the method).

    Examples
    --------
    >>> lot = [("1", {"tpp": Fraction(101)}), ("2", {"tpp": Fraction(102)}), ("3", {})]
    >>> [unit.result for unit in compare_units(lot, {"tpp": Fraction(100)}, Fraction("0.01"), ["tpp"])]
    ['confirmed', 'fails', 'incomplete']
    """
    return [_unit(name, values, certified, tolerance, names) for name, values in units]


def _unit(
    name: str,
    values: Mapping[str, Fraction],
    certified: Mapping[str, Fraction],
    tolerance: Fraction,
    names: Sequence[str],
) -> Unit:
    rows: list[Measured] = []
    for quantity in names:
        measured, limit = values.get(quantity), certified.get(quantity)
        if measured is None or limit is None:
            rows.append(Measured(quantity, measured, limit, None, None))
            continue
        excess = measured / limit - 1 if limit else None
        rows.append(Measured(quantity, measured, limit, excess, measured <= limit * (1 + tolerance)))
    held = {row.holds for row in rows}
    result: Result = "fails" if False in held else "incomplete" if None in held else "confirmed"
    return Unit(name, result, tuple(rows))


__all__ = ["QUANTITIES", "Measured", "Unit", "compare_units"]
