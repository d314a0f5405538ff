# SPDX-License-Identifier: Apache-2.0
"""`chipgauge import epoch`: somebody else's published table as a folder of tables of our own format."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.folder import write_folder
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.epoch import PREFIX, Import, read, tables
from chipgauge.specs.errors import Problem, TableError

_WRITTEN = re.compile(rf"chips(/{PREFIX}[a-z0-9-]+\.toml)?|sources\.toml")
_H100 = "epoch-nvidia-h100-sxm5-80gb"


@click.command(
    "import",
    short_help="Read somebody else's table.",
    epilog="Example: chipgauge import epoch ml_hardware.csv -o epoch",
)
@click.argument("whose", metavar="epoch", type=click.Choice(["epoch"]))
@click.argument("file", metavar="FILE.csv")
@click.option("-o", "--output", "folder_out", metavar="DIR", default="", help="The folder to write, new or empty.")
@click.option("--force", is_flag=True, help="Write DIR again if an earlier import made it.")
@click.option("--check", is_flag=True, help="List where FILE and our tables differ, and what we decided.")
@click.option(
    "--over", metavar="PERCENT", default="2%", show_default=True, help="With --check: only larger differences."
)
@calculation_options
@output_options
def command(
    whose: str,
    file: str,
    folder_out: str,
    force: bool,
    check: bool,
    over: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Read Epoch AI's table of machine-learning hardware (FILE.csv) into DIR, for --catalog DIR; or check it.

    Epoch publishes the file at epoch.ai/data/machine-learning-hardware under CC BY 4.0.
    """
    if check == bool(folder_out):
        raise click.UsageError("give either -o DIR or --check")
    if force and check:
        raise click.UsageError("--force goes with -o DIR")
    asked = inputs(
        whose=whose, file=file, output=folder_out, force=force, check=check, over=over if check else "",
        prefer=prefer, set=given, projected=projected, catalog=folder, on=check_date(on),
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    found = read(Path(file))
    if check:
        from chipgauge.reports.crosscheck import answer

        answer_with(answer(found, catalog, asked, over=over, on=on), form)
        return
    if not found.rows:
        why = f", the first because: {found.skipped[0].why}" if found.skipped else ""
        raise TableError([Problem(file, 1, "", f"no row of the file can be used{why}")])
    made = tables(found)
    files = {item.file: row.toml for row, item, _ in made} | {"sources.toml": found.sources}
    write_folder(Path(folder_out), files, force=force, ours=lambda name: bool(_WRITTEN.fullmatch(name)))
    answer_with(_answer(found, folder_out, catalog, asked), form)


def _answer(found: Import, folder: str, catalog: Catalog, asked: dict[str, Any]) -> Answer:
    items = [{"row": row.line, "id": row.id, "name": row.name, "figures": row.figures} for row in found.rows]
    skipped = [{"row": left.row, "why": left.why, "name": left.name} for left in found.skipped]
    cells = [{"row": left.row, "column": left.column, "why": left.why, "name": left.name} for left in found.cells]
    body = {
        "imported": len(items), "skipped": skipped, "cells": cells, "missing_columns": found.missing,
        "items": items, "path": folder,
    }  # fmt: skip
    lost = [[str(left.row), left.name, left.column, left.why] for left in (*found.skipped, *found.cells)]
    finding = f"Wrote {text.counted(len(items), 'chip')} of Epoch AI's table to {folder}."
    if skipped:
        finding += f" {text.counted(len(skipped), 'row')} cannot be used."
    ids = [row.id for row in found.rows]
    example = f"chipgauge compare H100 {_H100 if _H100 in ids else ids[0]} --catalog {folder}"
    notes = [f"to set it beside ours: {example}", "Data: Epoch AI, CC BY 4.0, epoch.ai/data/machine-learning-hardware"]
    if found.missing:
        notes.insert(0, f"columns not found: {', '.join(found.missing)}")
    return Answer(
        "import", finding, [Table("Left out", ["row", "name", "column", "why"], lost, frozenset({0}))],
        lambda: body, lambda: [*items, *skipped, *cells], catalog, asked, notes=notes, version=0,
    )  # fmt: skip
