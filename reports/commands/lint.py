# SPDX-License-Identifier: Apache-2.0
"""`chipgauge lint`: check contributed tables."""

from __future__ import annotations

from pathlib import Path

import click

from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.options import answer_with, catalog_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.claim_tables import read_claim_files
from chipgauge.specs.errors import Problem, TableError
from chipgauge.specs.index import data_folder, holds_claims, lint_file, read_folder, read_rules
from chipgauge.specs.schema import SCHEMAS
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.tables import parse_toml, read_text


def _of_readings(path: Path, catalog: Catalog) -> list[Problem]:
    """Return what is wrong with the expressions of a file of claims: their syntax, names and units."""
    raw = parse_toml(read_text(path, str(path))[0], str(path))[0]
    if not holds_claims(path, raw):
        return []
    from chipgauge.calc.claims import judge_all

    claims, problems = read_claim_files([path], catalog.source_ids())
    try:
        judge_all(claims, catalog=catalog)
    except TableError as error:
        return [*problems, *error.problems]
    return problems


@click.command("lint", short_help="Check contributed tables.", epilog="Example: chipgauge lint my-chip.toml")
@click.argument("files", nargs=-1)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of tables, for an editor, and check nothing.")
@click.option("--schema-of", type=click.Choice(list(SCHEMAS)), default=None, help="The same of this kind of table.")
@catalog_options
@output_options
def command(files: tuple[str, ...], schema: bool, schema_of: str | None, folder: str | None, form: str) -> None:
    """Check FILES (or our own tables): units, sources, names, duplicates; exit 1 if there is a problem."""
    if schema or schema_of:
        click.echo(shipped_text(f"schema/{schema_of or SCHEMAS[0]}.schema.json"), nl=False)
        return
    catalog = make_catalog(folder)
    sources = {name: catalog.source(name) for name in catalog.source_ids()}
    known = list(catalog.items.values())
    problems: list[Problem] = []
    for file in files:
        found = lint_file(Path(file), sources, known)
        problems += found or _of_readings(Path(file), catalog)
    if not files:
        items, own, problems = read_folder(data_folder())
        problems += read_rules(data_folder(), own, items=[item.id for item, _ in items])[2]
        problems += read_claim_files(sorted((data_folder() / "claims").glob("*.toml")), own)[1]
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
