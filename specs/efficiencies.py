# SPDX-License-Identifier: Apache-2.0
"""The fitted constants of the performance model as figures, each with its range and the rows it came from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from chipgauge.specs.figure import Figure
from chipgauge.specs.guards import is_table
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.units import parse_unit

FILE = "measured/efficiencies.toml"
SOURCE = "chipgauge-fit"


class Score(NamedTuple):
    """How far off predictions are of rows whose source was left out of the fit: errors and coverage are shares.

    `width` is the median half-width of the intervals that were tested, as the logarithm of a factor.
    """

    rows: int
    groups: int
    median: float
    mean: float
    coverage: float
    width: float


class Constants(NamedTuple):
    """The constants by name; the half-width of an 80% interval (logarithm of a factor) for each kind of prediction; and
    how far off left-out rows of each kind are (`train`, `prefill`, `decode`, `offline`)."""

    figures: dict[str, Figure]
    widths: dict[str, float]
    errors: dict[str, Score]


def read_constants(text: str) -> Constants:
    """Return the constants of a table that `validate --fit` wrote.

    >>> read_constants('[wave]\\nvalue = 3.0\\nlow = 2.0\\nhigh = 4.0\\nunit = "1"\\nwhy = "x"\\n').figures["wave"].value
    3.0
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
        groups: Any = row.get("rows") or ()
        count = len(groups)
        why = f"{row['why']}; " + (f"fitted to {count} groups of measured rows" if count else "no row speaks about it")
        figures[name] = Figure(
            f"efficiency/{name}", "leaf", name, value, unit, text=shown, why=why, sources=(SOURCE,),
            status="estimated" if count else "assumed", leaf_range=(low, high) if low < high else None,
        )  # fmt: skip
    widths, errors = raw.get("widths"), raw.get("errors")
    scores: dict[str, Score] = {}
    for kind, row in errors.items() if is_table(errors) else ():
        if is_table(row):
            shares = {name: float(str(row[name])) for name in ("median", "mean", "coverage", "width")}
            scores[str(kind)] = Score(int(str(row["rows"])), int(str(row["groups"])), **shares)
    spans = {str(name): float(str(width)) for name, width in widths.items()} if is_table(widths) else {}
    return Constants(figures, spans, scores)


@lru_cache(maxsize=1)
def constants() -> Constants:
    """Return the constants that ship with the package."""
    return read_constants(shipped_text(FILE))


@lru_cache(maxsize=1)
def exact_constants() -> Constants:
    """Return the same without their own ranges: the tested error of a prediction with them has these in it already.

    >>> any(figure.leaf_range for figure in exact_constants().figures.values())
    False
    """
    shipped = constants()
    return shipped._replace(
        figures={name: replace(figure, leaf_range=None, _cache={}) for name, figure in shipped.figures.items()}
    )


def forget_constants() -> None:
    """Read the constants anew when they are next asked for: a fit has written them."""
    constants.cache_clear()
    exact_constants.cache_clear()
