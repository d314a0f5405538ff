# SPDX-License-Identifier: Apache-2.0
"""How to cite the page, repeat it, and put its finding into an e-mail."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge import __version__
from chipgauge.calc.compare import Comparison
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.output import as_markdown
from chipgauge.reports.plots import label
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.sections.sidebyside import informs


@dataclass(frozen=True, slots=True)
class Cite:
    """How to cite: as text and for BibTeX, line by line; the command; the finding and table as Markdown."""

    cite: str
    bibtex: tuple[str, ...]
    command: str
    markdown: str


def show(sheet: Sheet) -> Cite:
    """Return the citation of a report."""
    report = sheet.report
    as_of = report.catalog.as_of
    names = text.joined([label(subject) for subject in report.comparison.subjects])
    words = (
        f"chipgauge {__version__}, “{names}: a comparison with sources”, data of {as_of}, made with: {report.command}"
    )
    return Cite(words, _bibtex(names, as_of, report.command), report.command, markdown(report))


def markdown(report: Report) -> str:
    """Return the finding and the rows of numbers as Markdown, for an e-mail."""
    comparison = report.comparison
    columns = ["Quantity", "Unit", *(text.short(subject) for subject in comparison.subjects)]
    rows = [_row(comparison, number) for number, row in enumerate(comparison.rows) if informs(row)]
    notes = [
        "~ estimated, * rests on an assumption; × the ratio to the first item",
        f"Data of {report.catalog.as_of}; not legal advice",
        f"Every number with its sources: {report.command}",
    ]
    finding = text.compare_finding(comparison)
    table = Table("", columns, rows, frozenset(range(2, len(columns))))
    return as_markdown(Answer("report", finding, [table], dict, list, report.catalog, notes=notes))


def _row(comparison: Comparison, number: int) -> list[str]:
    row = comparison.rows[number]
    cells = [row.title, row.unit.text if row.numeric and row.unit.text != "1" else ""]
    for subject in comparison.subjects:
        ratio = row.ratios.get(subject.key)
        more = f" ({text.ratio(ratio)}×)" if ratio and ratio.known and subject.key != comparison.baseline.key else ""
        cells.append(text.cell(row.values[subject.key]) + more)
    return cells


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
