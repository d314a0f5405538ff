# SPDX-License-Identifier: Apache-2.0
"""The fitted constants of serving as figures, each with its range, and how wrong predictions with them are."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from chipgauge.specs.figure import Figure
from chipgauge.specs.guards import is_table
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.units import parse_unit

FILE = "measured/serving.toml"
SOURCE = "chipgauge-serving-fit"


class ServingConstants(NamedTuple):
    """The constants by name; for each kind of row the half-width of an 80% interval (log of a factor) and the errors."""

    figures: dict[str, Figure]
    widths: dict[str, float]
    errors: dict[str, float]


def read_serving(text: str) -> ServingConstants:
    """Return the constants of a table.

    >>> made = read_serving('["host@any"]\\nvalue = 2.0\\nlow = 1.0\\nhigh = 4.0\\nunit = "ms"\\nwhy = "x"\\ngroups = 0\\n')
    >>> made.figures["host@any"].number
    0.002
    """
    import tomllib

    raw = tomllib.loads(text)
    figures: dict[str, Figure] = {}
    for name, row in raw.items():
        if name in ("widths", "errors") or not is_table(row):
            continue
        unit = parse_unit(str(row["unit"]))
        value, low, high = (
            float(str(row[end])) * unit.numerator / unit.denominator for end in ("value", "low", "high")
        )
        shown = f"{row['value']} {row['unit']}".removesuffix(" 1")
        groups = int(str(row["groups"]))
        why = f"{row['why']}; " + (
            f"fitted with {groups} groups of measured rows" if groups else "no row speaks about it"
        )
        figures[name] = Figure(
            f"serving/{name}", "leaf", name, value, unit, text=shown, why=why, sources=(SOURCE,),
            status="estimated" if groups else "assumed", leaf_range=(low, high) if low < high else None,
        )  # fmt: skip
    return ServingConstants(figures, _numbers(raw.get("widths")), _numbers(raw.get("errors")))


def _numbers(table: object) -> dict[str, float]:
    return {str(name): float(str(value)) for name, value in table.items()} if is_table(table) else {}


@lru_cache(maxsize=1)
def serving_constants() -> ServingConstants:
    """Return the constants that ship with the package."""
    return read_serving(shipped_text(FILE))
