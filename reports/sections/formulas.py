# SPDX-License-Identifier: Apache-2.0
"""The formulas that the page's figures were made with: in words, as a formula, and where each comes from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from chipgauge.calc.formula import FORMULAS
from chipgauge.reports.entries import pretty
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.mathml import mathml
from chipgauge.reports.section import Section, Sheet
from chipgauge.reports.text import capital


@dataclass(frozen=True, slots=True)
class Printed:
    """One formula: its number and name, what it returns, its mathematics, its text, the unit of each argument, its source."""

    number: int
    name: str
    words: str
    math: Markup
    text: str
    units: tuple[tuple[str, str], ...]
    returns: str
    cite: str
    used: int


def listed(ledger: Ledger) -> tuple[Printed, ...] | None:
    """Return every formula in the ledger, in the order in which it was first used."""
    used = Counter(figure.name for figure in ledger.figures.values() if figure.kind == "formula")
    return tuple(_printed(number, name, used[name]) for name, number in ledger.formulas().items()) or None


def _printed(number: int, name: str, count: int) -> Printed:
    one = FORMULAS[name]
    summary = (one.__doc__ or name).strip().partition("\n")[0].partition(" [")[0].removeprefix("Return ").rstrip(".")
    summary = capital(summary.replace("`", ""))
    units = tuple((argument.replace("_", " "), pretty(unit.text)) for argument, unit in one.units.items())
    math = Markup(mathml(one))
    return Printed(number, name, summary, math, one.text(), units, pretty(one.returns.text), capital(one.cite), count)


def show(sheet: Sheet) -> tuple[Printed, ...] | None:
    """Return the same of a report."""
    return listed(sheet.ledger)


SECTION = Section("formulas", "Formulas", show, late=True)
