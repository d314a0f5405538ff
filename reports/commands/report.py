# SPDX-License-Identifier: Apache-2.0
"""`chipgauge report`: the HTML report."""

from __future__ import annotations

from pathlib import Path

import click

from chipgauge.reports.answer import Answer
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.reports.output import write_file


@click.command(
    "report", short_help="Write the HTML report.", epilog="Example: chipgauge report H20 H200 910C -o report.html"
)
@click.argument("items", nargs=-1)
@click.option("-o", "--output", "path", required=True, metavar="FILE.html", help="Where to write it.")
@calculation_options
@output_options
def command(
    items: tuple[str, ...],
    path: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Write a report on ITEMS (default: H20 H100 H200 910C CM384) as one file that works offline."""
    from chipgauge.reports.html import build, render

    day = check_date(on)
    result = build(
        items,
        catalog=make_catalog(folder),
        on=day,
        prefer=prefer,
        given=given,
        projected=projected,
        folder=folder or "",
    )
    asked = inputs(
        items=result.items, output=path, prefer=prefer, set=given, projected=projected, catalog=folder, on=day
    )
    size = write_file(Path(path), render(result))
    body = {"path": path, "bytes": size}
    answer_with(
        Answer(
            "report",
            f"Wrote {path} ({size:,} bytes).",
            [],
            lambda: body,
            lambda: [body],
            result.catalog,
            asked,
            result.comparison.subjects,
            version=0,
        ),
        form,
    )
