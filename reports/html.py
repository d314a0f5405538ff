# SPDX-License-Identifier: Apache-2.0
"""The HTML report: one self-contained file that works offline, prints, and sends nothing anywhere.

`build` computes and `render` prints: the same report gives the same bytes, on any day and under any hash seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chipgauge.calc.compare import compare
from chipgauge.reports.markup import clean
from chipgauge.reports.repeat import repeat_command
from chipgauge.reports.section import Report
from chipgauge.reports.sections import SECTIONS
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped

if TYPE_CHECKING:
    from jinja2 import Environment

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

    made = environment().get_template("report.html.jinja").render(page=page)
    return squeeze(made) if squeezed else made


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates' environment: everything is escaped, a missing name is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(lambda name: _resource(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_harmless,
    )


def _harmless(value: Any) -> Any:
    """Take control and direction-changing characters out of every text that a template prints."""
    return value if hasattr(value, "__html__") else clean(str(value))


def packed(name: str) -> str:
    """Return a style sheet or script without indentation, empty lines and lines of comment: a tenth less to send."""
    lines = (line.strip() for line in _resource(name).splitlines())
    kept = [line for line in lines if line and not line.startswith(("//", "/* "))]
    if name.endswith(".css"):
        kept = [line if '"' in line else _tight(line) for line in kept]
    else:
        from chipgauge.reports.squeeze import tight_script

        kept = [tight_script(line) for line in kept]
    return "\n".join(kept)


def _tight(line: str) -> str:
    """Return a line of a style sheet without the spaces that only please the eye.

    >>> _tight("td, th { padding: 1px 2px; margin: calc(1rem - 2px); }")
    'td,th{padding:1px 2px;margin:calc(1rem - 2px)}'
    """
    for sign in ("{", "}", ";", ":", ","):
        line = line.replace(f"{sign} ", sign)
    return line.replace(" {", "{").replace(";}", "}").replace(" }", "}")


@lru_cache(maxsize=16)
def _resource(name: str) -> str:
    """Return a file of this package as text with plain line ends, as a browser hashes it."""
    return files("chipgauge.reports").joinpath(name).read_text("utf-8").replace("\r\n", "\n")


__all__ = ["ITEMS", "Report", "build", "environment", "packed", "printed", "render"]
