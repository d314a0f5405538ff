# SPDX-License-Identifier: Apache-2.0
"""`chipgauge lint`: check contributed tables."""

from __future__ import annotations

from pathlib import Path

import click

from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.options import answer_with, catalog_options, inputs, make_catalog, output_options
from chipgauge.specs.index import data_folder, lint_file, read_folder, read_rules
from chipgauge.specs.shipped import shipped_text


@click.command("lint", short_help="Check contributed tables.", epilog="Example: chipgauge lint my-chip.toml")
@click.argument("files", nargs=-1)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of tables, for an editor, and check nothing.")
@catalog_options
@output_options
def command(files: tuple[str, ...], schema: bool, folder: str | None, form: str) -> None:
    """Check FILES (or our own tables): units, sources, names, duplicates; exit 1 if there is a problem."""
    if schema:
        click.echo(shipped_text("schema/item.schema.json"), nl=False)
        return
    catalog = make_catalog(folder)
    sources = {name: catalog.source(name) for name in catalog.source_ids()}
    known = list(catalog.items.values())
    problems = [problem for file in files for problem in lint_file(Path(file), sources, known)]
    if not files:
        items, own, problems = read_folder(data_folder())
        problems += read_rules(data_folder(), own, items=[item.id for item, _ in items])[2]
    rows = [[f"{p.file}:{p.line}", p.path, p.message, p.hint] for p in problems]
    names = ("file", "line", "path", "message", "hint")
    plain = [{name: getattr(problem, name) for name in names} for problem in problems]
    what = text.counted(len(files), "file") if files else "our own tables"
    finding = f"{text.counted(len(problems), 'problem')} in {what}."
    answer = Answer(
        "lint", finding, [Table("", ["where", "field", "problem", "hint"], rows)], lambda: {"problems": plain}, lambda: plain, catalog,
        inputs(files=files, catalog=folder), exit_code=1 if problems else 0, version=0,
    )  # fmt: skip
    answer_with(answer, form)
