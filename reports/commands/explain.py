# SPDX-License-Identifier: Apache-2.0
"""`chipgauge explain`: where a number comes from."""

from __future__ import annotations

import click

from chipgauge.calc.expression import evaluate, subjects_of
from chipgauge.calc.graph import node_list, swing
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure


@click.command(
    "explain",
    short_help="The derivation of a number.",
    epilog='Example: chipgauge explain "tpp(H200)/tpp(H20)"',
)
@click.argument("expression")
@click.option("--depth", metavar="N|all", default="all", help="How many levels of the derivation to print.")
@calculation_options
@output_options
def command(
    expression: str,
    depth: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Derive EXPRESSION from its sources: every step, formula, citation and leaf."""
    if depth != "all" and not (depth.isdigit() and len(depth) < 5):
        raise click.BadParameter(f"{depth[:20]!r} is neither a number nor all", param_hint="--depth")
    asked = inputs(
        expression=expression, prefer=prefer, set=given, projected=projected, catalog=folder, on=check_date(on)
    )
    catalog = make_catalog(folder, prefer, given, projected)
    figure = evaluate(expression, catalog=catalog, on=on)
    answer_with(answer(expression, figure, catalog, asked, 10_000 if depth == "all" else int(depth)), form)


def answer(expression: str, figure: Figure, catalog: Catalog, asked: dict[str, object], depth: int = 10_000) -> Answer:
    """Return the answer: the tree for the terminal, the node list for everything else."""
    nodes, subjects = node_list(figure), subjects_of(expression, catalog=catalog)
    tables = [Table("Derivation", ["step", "value", "how"], tree(figure, catalog, depth))]
    drivers = swing(figure)
    if drivers:
        rows = [[key, *(text.number(figure.in_unit(end) or 0.0) for end in ends)] for key, *ends in drivers]
        tables.append(Table("What drives the range", ["leaf", "at its low", "at its high"], rows, frozenset({1, 2})))
    body = {"expression": expression, "result": quantity_json(figure), "root": figure.key, "nodes": nodes}
    records = [record(node, key=node.key, kind=node.kind, name=node.name) for node in figure.nodes()]
    finding = f"{expression} = {text.quantity(figure)}"
    if not figure.known:
        finding += f": {figure.why}"
    notes = [*remarks.notes(catalog, subjects, []), *remarks.preferred_against_us(catalog, [figure])]
    notes += remarks.source_notes(catalog, [figure])
    return Answer(
        "explain",
        finding,
        tables,
        lambda: body,
        lambda: records,
        catalog,
        asked,
        subjects,
        [figure],
        notes,
    )


def tree(figure: Figure, catalog: Catalog, depth: int = 10_000, *, ranges: bool = True) -> list[list[str]]:
    """Return the steps of a derivation as lines, the result first, each step once; `ranges` of leaves alone if not."""
    rows: list[list[str]] = []
    seen: set[str] = set()
    stack: list[tuple[str, Figure, int]] = [("", figure, 0)]
    while stack:
        label, node, level = stack.pop()
        step = "  " * level + (f"{label}: " if label else "") + remarks.step(node)
        shown = text.quantity(node) if ranges or node.kind == "leaf" else text.plain(node)
        if node.key in seen and node.inputs:
            rows.append([step, shown, "as above"])
            continue
        seen.add(node.key)
        rows.append([step, shown, remarks.how(node, catalog)])
        if level < depth:
            stack += [(name, child, level + 1) for name, child in reversed(node.inputs)]
    return rows
