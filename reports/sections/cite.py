# SPDX-License-Identifier: Apache-2.0
"""How to cite the page, and how to repeat it."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge import __version__
from chipgauge.reports import text
from chipgauge.reports.plots import label
from chipgauge.reports.section import Section, Sheet


@dataclass(frozen=True, slots=True)
class Cite:
    """How to cite: as text and for BibTeX, line by line; the command."""

    cite: str
    bibtex: tuple[str, ...]
    command: str


def show(sheet: Sheet) -> Cite:
    """Return the citation of a report."""
    report = sheet.report
    as_of = report.catalog.as_of
    names = text.joined([label(subject) for subject in report.comparison.subjects])
    words = (
        f"chipgauge {__version__}, “{names}: a comparison with sources”, data of {as_of}, made with: {report.command}"
    )
    return Cite(words, _bibtex(names, as_of, report.command), report.command)


def _bibtex(names: str, as_of: str, command: str) -> tuple[str, ...]:
    special: dict[str, str | int | None] = dict(zip("\\{}~^", "/()  ", strict=True))
    special |= {sign: f"\\{sign}" for sign in "&%$#_"}
    fields = {
        "title": f"{names}: a comparison with sources",
        "year": as_of[:4],
        "note": f"chipgauge {__version__}, data of {as_of}, made with: {command}",
    }
    lines = [f"  {name} = {{{value.translate(str.maketrans(special))}}}," for name, value in fields.items()]
    return ("@misc{chipgauge,", *lines, "}")


SECTION = Section("cite", "Cite and repeat", show)
