# SPDX-License-Identifier: Apache-2.0
"""Exact values of figures: fractions of the text that the sources print, over every reading; never after rounding."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fractions import Fraction
from functools import lru_cache

from chipgauge.specs.errors import UnitError
from chipgauge.specs.figure import MOST_CORNERS, Figure
from chipgauge.specs.records import Entry
from chipgauge.specs.units import exact, parse_value


def exact_value(figure: Figure) -> Fraction:
    """Return the value of a figure as the exact fraction that its sources' text gives. [base units]

    >>> from chipgauge.calc.quantity import quantity
    >>> exact_value(quantity("tpp", "H20")) == Fraction(2368) * 10**12 / 8
    True
    """
    if "exact" not in figure._cache:  # pyright: ignore[reportPrivateUsage]  # a figure keeps what follows from it
        figure._cache["exact"] = Fraction(figure.evaluate(_exact_leaves(figure)))  # pyright: ignore[reportPrivateUsage]
    value: Fraction = figure._cache["exact"]  # pyright: ignore[reportPrivateUsage]
    return value


def exact_floor(figure: Figure) -> Fraction | None:
    """Return what a figure without a number is at least: the largest of its known inputs, exact."""
    if figure.known or figure.floor is None:
        return None
    return max((exact_value(child) for _, child in figure.inputs if isinstance(child.value, float)), default=None)


def exact_corners(figure: Figure) -> list[Fraction]:
    """Return the exact value and the exact corners of its ranged leaves; nothing for a figure without a number."""
    if not figure.known or not isinstance(figure.value, float):
        return []
    values = [exact_value(figure)]
    ranged = figure.ranged_leaves()[:MOST_CORNERS]
    if ranged:
        values += figure.corners({leaf.key: _exact_ends(leaf) for leaf in ranged}, _exact_leaves(figure))
    return list(dict.fromkeys(values))


def exact_text(text: str) -> Fraction:
    """Return the exact value of a text such as `4800 TPP`. [base units]

    >>> exact_text("25%")
    Fraction(1, 4)
    """
    return _exact_text(text)[0]


def days(text: str) -> tuple[Fraction, Fraction]:
    """Return the first and last day of a date as tables write it, counted as Python counts days.

    >>> [int(day) - date(2026, 1, 1).toordinal() for day in days("2026-Q1")]
    [0, 89]
    """
    year, part, day = f"{text}--".split("-")[:3]
    months = {"": 12, "H": 6, "Q": 3}.get(part[:1], 1)
    last = int(part.lstrip("HQ") or 1) * months
    first = date(int(year), last - months + 1, int(day or 1))
    end = first if day else date(int(year), last, monthrange(int(year), last)[1])
    return Fraction(first.toordinal()), Fraction(end.toordinal())


def _exact_leaves(figure: Figure) -> dict[str, Fraction]:
    return {leaf.key: _exact_leaf(leaf) for leaf in figure.leaves() if isinstance(leaf.value, float)}


def _exact_leaf(leaf: Figure) -> Fraction:
    try:
        return _exact_text(leaf.text)[0] if leaf.text else Fraction(leaf.number)
    except UnitError:
        return Fraction(leaf.number)  # a leaf that was not read from a table: its number is all there is


def _exact_ends(leaf: Figure) -> tuple[Fraction, Fraction]:
    def ends(entry: Entry) -> tuple[Fraction, ...]:
        try:
            return _exact_text(entry.text)
        except UnitError:
            return tuple(Fraction(end) for end in (entry.low, entry.high, entry.value) if isinstance(end, float))

    spread = [end for e in leaf.entries if e.role in ("adopted", "conflict") and not e.absent for end in ends(e)]
    # A preferred source stands alone: what the others say is not part of its range.
    assert leaf.leaf_range is not None
    low, high = leaf.leaf_range
    spread = [end for end in spread if low <= float(end) <= high]
    spread.append(_exact_leaf(leaf))
    return min(spread), max(spread)


@lru_cache(maxsize=8192)
def _exact_text(text: str) -> tuple[Fraction, ...]:
    """Return middle, low and high of `100 W`, or of `100 to 200 W`."""
    low, found, high = text.partition(" to ")
    _, number, unit = parse_value(high if found else low)
    top = exact(number, unit)
    if not found:
        return (top, top, top)
    bottom = exact(low.strip(), unit)
    return ((bottom + top) / 2, bottom, top)
