# SPDX-License-Identifier: Apache-2.0
"""Words for judged claims: verdict, value, which reading makes it true, by how much it misses; for every view."""

from __future__ import annotations

from chipgauge.calc.claims import JudgedClaim, JudgedReading, printable
from chipgauge.reports import text
from chipgauge.reports.spoken import ruled
from chipgauge.specs.claims import ClaimReading
from chipgauge.specs.figure import Figure

WORDS = {"holds": "holds", "holds_if": "holds if", "fails": "fails", "unknown": "unknown"}
"""The verdict on a claim in words."""
READING_WORDS = {"holds": "holds", "straddles": "in part", "fails": "fails", "unknown": "unknown"}
"""The verdict on a reading in words."""


SOME = 2
"""So many of the readings that hold in part of a range are named in a line."""


def shown(reading: JudgedReading) -> str:
    """Return the value of a reading as text."""
    if reading.found:
        return ruled(reading.kind, reading.found)
    if reading.figure is None or not reading.figure.known:
        return "unknown"
    figure, form = reading.figure, form_of(reading)
    if form == "w":
        return f"{figure.number:.0f}"
    if form == "p":
        wide = percent_spread(figure)
        return percent(figure.number) + (f" ({wide.replace('%', '', 1)})" if wide else "")
    if not form:
        return text.quantity(figure)
    wide = text.ratio_spread(figure)
    return text.ratio(figure) + (f" ({wide})" if wide else "")


def demanded(reading: JudgedReading) -> str:
    """Return what a reading asks for: of a rule its verdict, in the words in which the verdict is given."""
    expected = reading.reading.expected
    return ruled(reading.kind, expected.values[0]) if reading.found else str(expected)


def form_of(reading: JudgedReading) -> str:
    """Return how the value of a reading is printed: `w` a rank, `p` per cent, `r` a ratio; else as a quantity."""
    figure = reading.figure
    if figure is None or not figure.known or figure.unit.text != "1" or not isinstance(figure.value, float):
        return ""
    if figure.name == "rank" and figure.bounds() == (figure.number, figure.number):
        return "w"
    return "p" if any(value.endswith("%") for value in reading.reading.expected.values[:1]) else "r"


def percent(share: float) -> str:
    """Return a share in per cent.

    >>> percent(0.4328), percent(-0.04)
    ('43.3%', '-4%')
    """
    return f"{text.number(100 * share, 3)}%"


def percent_spread(figure: Figure) -> str:
    """Return the range of a share in per cent, or nothing."""
    ends = [percent(end) for end in figure.bounds() if end is not None]
    return f"{ends[0]} to {ends[1]}" if len(set(ends)) == 2 else ""


def miss(reading: JudgedReading) -> str:
    """Return by how much a reading fails, or why nothing can be said of it."""
    if reading.verdict == "fails" and reading.miss is not None:
        above = "above" if reading.miss > 0 else "below"
        far = f"{abs(reading.miss):,.{0 if abs(reading.miss) >= 10 else 1}%}"
        return f"{far} {above} {'the line' if reading.found else 'what it allows'}"
    if reading.verdict == "unknown":
        named = "missing " + ", ".join(reading.missing) if reading.missing else ""
        return ": ".join(filter(None, (named, reading.why)))
    return reading.why


def meaning(one: JudgedClaim) -> str:
    """Return which readings make it true, or by how much the nearest one misses."""
    good = [reading.reading.says for reading in one.readings if reading.verdict == "holds"]
    part = [reading.reading.says for reading in one.readings if reading.verdict == "straddles"]
    if one.verdict == "holds":
        return "under every reading" if len(good) > 1 else good[0]
    more = len(part) - SOME if len(part) > SOME + 1 else 0
    some = [*part[: len(part) - more], *([f"and {more} more"] if more else [])]
    partly = [f"in part of the range: {'; '.join(some)}"] if part else []
    if good or part:
        return "; ".join(good + partly)
    if one.verdict == "unknown":
        return "; ".join(f"{r.reading.says}: {miss(r)}" for r in one.readings if r.verdict == "unknown")
    return f"nearest: {one.best.reading.says}: {miss(one.best)}".removesuffix(": ")


def sentence(one: JudgedClaim) -> str:
    """Return what a newspaper could print, with our values in it; nothing where the claim has no such sentence."""
    return printable(one, {reading.reading.id: shown(reading) for reading in one.readings})


def asked_as(reading: ClaimReading) -> str:
    """Return what was evaluated: an expression, or a rule on an item."""
    return reading.expression or (f"{reading.rule} on {reading.item}" if reading.rule else "")


__all__ = [
    "READING_WORDS",
    "WORDS",
    "asked_as",
    "demanded",
    "form_of",
    "meaning",
    "miss",
    "percent",
    "percent_spread",
    "sentence",
    "shown",
]
