# SPDX-License-Identifier: Apache-2.0
"""Figures with their 90% range: for answers that stand on many assumptions, where corners would say too much."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table, quantity_json
from chipgauge.specs.figure import Figure

MOST_DRIVERS = 8
MOST_KNOWN = 256
_correlations: ContextVar[Mapping[tuple[str, str], float] | None] = ContextVar("correlations", default=None)
"""Declared correlations of the answer that is being written."""
_known: dict[str, tuple[Figure, tuple[float, float]]] = {}
"""Ranges found before, of the same figure: one answer prints and exports it."""


@contextmanager
def correlated(correlations: Mapping[tuple[str, str], float]) -> Generator[None, None, None]:
    """Draw with these declared correlations while an answer is written; ranges found before are forgotten."""
    token = _correlations.set(correlations or None)
    if correlations:
        _known.clear()
    try:
        yield
    finally:
        _correlations.reset(token)
        if correlations:
            _known.clear()


def together(correlations: Mapping[tuple[str, str], float], make: Callable[[], Answer]) -> Answer:
    """Return an answer whose tables, and later its JSON, are drawn with these declared correlations."""
    with correlated(correlations):
        made = make()

    def body() -> Mapping[str, Any]:
        with correlated(correlations):
            return made.body()

    return made._replace(body=body)


def base_ends(figure: Figure) -> tuple[float, float] | None:
    """Return the 5% and 95% ends of a figure in base units, or None where it has no number."""
    if not figure.known or not isinstance(figure.value, float):
        return None
    if not figure.ranged_leaves():
        return figure.value, figure.value
    known = _known.get(figure.key)
    if known is None or known[0] is not figure:
        from chipgauge.calc.graph import interval  # numpy and scipy, which a plain answer starts without

        if len(_known) > MOST_KNOWN:
            _known.clear()
        known = _known[figure.key] = (figure, interval(figure, correlations=_correlations.get()))
    return known[1]


def ends(figure: Figure) -> tuple[float, float] | None:
    """Return the 5% and 95% ends of a figure in its unit, or None where it has no range."""
    found = base_ends(figure)
    if found is None or not figure.ranged_leaves():
        return None
    low, high = figure.in_unit(found[0]), figure.in_unit(found[1])
    return (low, high) if low is not None and high is not None else None


def quantity(figure: Figure, condition: str = "") -> dict[str, Any]:
    """Return a figure as the Quantity of the interface with its 90% range."""
    return quantity_json(figure, condition, ninety=base_ends(figure))


def spread(figure: Figure, digits: int = text.DIGITS) -> str:
    """Return the 90% range as `1.2 to 1.5`, or nothing."""
    found = ends(figure)
    if found is None:
        return ""
    words = text.number(found[0], digits), text.number(found[1], digits)
    return "" if words[0] == words[1] else f"{words[0]} to {words[1]}"


def row(name: str, figure: Figure, note: str = "") -> list[str]:
    """Return a line of a table: name, value with its mark, 90% range, unit, note."""
    unit = "" if figure.unit.text == "1" or not figure.known else figure.unit.text
    why = note or figure.condition if figure.known else figure.why
    return [name, text.value(figure) + text.mark(figure), spread(figure), unit, why]


COLUMNS = ("figure", "value", "90% range", "unit", "note")
RIGHT = frozenset({1, 2})


def tornado(figure: Figure, title: str = "What drives it") -> Table:
    """Return the swing of a figure by leaf, widest first."""
    from chipgauge.calc.graph import swing

    rows = [
        [key if len(key) <= 70 else key[:67] + "...", *(text.number(figure.in_unit(end) or 0.0) for end in found)]
        for key, *found in swing(figure)[:MOST_DRIVERS]
    ]
    return Table(title, ["leaf", "at its low", "at its high"], rows, RIGHT)


def drivers(figure: Figure) -> list[dict[str, Any]]:
    """Return the same for JSON."""
    from chipgauge.calc.graph import swing

    return [{"leaf": key, "low": figure.in_unit(low), "high": figure.in_unit(high)} for key, low, high in swing(figure)]


__all__ = [
    "COLUMNS",
    "RIGHT",
    "base_ends",
    "correlated",
    "drivers",
    "ends",
    "quantity",
    "row",
    "spread",
    "together",
    "tornado",
]
