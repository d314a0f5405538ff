# SPDX-License-Identifier: Apache-2.0
"""The HTML report: one self-contained file that works offline, prints, and sends nothing anywhere.

`build` computes and `render` prints: the same report gives the same bytes, on any day and under any hash seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chipgauge.calc.compare import compare
from chipgauge.reports.repeat import repeat_command
from chipgauge.reports.resource import packed
from chipgauge.reports.section import Report
from chipgauge.reports.sections import SECTIONS
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped

if TYPE_CHECKING:
    from chipgauge.reports.page import Page

ITEMS = ("H20", "H100", "H200", "910C", "CM384")
"""What a report compares when no item is named: chips and a system in one table."""


def build(
    items: Sequence[str] = ITEMS,
    *,
    catalog: Catalog | None = None,
    on: str = "",
    prefer: str = "",
    given: Sequence[str] = (),
    projected: bool = False,
    folder: str = "",
) -> Report:
    """Return the report on some items; the first is the baseline.

    Parameters
    ----------
    items : sequence of str
        Items or amounts, chips and systems mixed; `ITEMS` if empty.
    on : str
        The date (ISO) on which figures and rules are read; empty for the data date of the tables.
    catalog : Catalog
        The tables, before what follows is asked of them; the shipped ones if none.
    prefer, given, projected : str, sequence of str, bool
        As `--prefer`, `--set` and `--projected` of the command line.
    folder : str
        The folder that was added to the catalogue (`--catalog`): named in the command that repeats the report.

    Examples
    --------
    >>> build(["H20", "H200"]).comparison.row("tpp").ratios["nvidia-h200-sxm"].number > 6
    True
    """
    view = (catalog or shipped()).adjusted(prefer=prefer, given=given, projected=projected)
    names = tuple(items) or ITEMS
    asked: dict[str, object] = {
        "items": list(names), "on": on, "prefer": prefer, "set": list(given), "projected": projected, "catalog": folder,
    }  # fmt: skip
    command = repeat_command("report", asked, "report.html")
    date = on or view.as_of
    comparison = compare(*names, catalog=view, on=date)
    report = Report(names, comparison, view, date, command, asked | {"on": date})
    for section in SECTIONS:
        if section.compute:
            report.results[section.id] = section.compute(report)
    return report


def render(report: Report, *, squeezed: bool = True) -> str:
    """Return the report as one HTML file, as `printed`."""
    from chipgauge.reports.compose import make_page

    page = make_page(report, packed("static/report.css"), packed("static/report.js"))
    return printed(page, squeezed=squeezed)


def printed(page: Page, *, squeezed: bool = True) -> str:
    """Return a page as one HTML file; `squeezed` leaves out what its tree does not need."""
    from chipgauge.reports.squeeze import squeeze
    from chipgauge.reports.templating import environment

    made = environment().get_template("report.html.jinja").render(page=page)
    return squeeze(made) if squeezed else made


__all__ = ["ITEMS", "Report", "build", "printed", "render"]
