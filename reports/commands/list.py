# SPDX-License-Identifier: Apache-2.0
"""`chipgauge list`: what is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from chipgauge.reports import parameters
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.export import export
from chipgauge.reports.options import answer_with, catalog_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.coverage import Coverage, Use, coverage, credit, uses
from chipgauge.specs.frame import entry_rows
from chipgauge.specs.guards import is_list
from chipgauge.specs.quantities import QUANTITIES, UNSHIPPED

KINDS = ("chips", "systems", "clusters", "models", "costs", "growth", "rules", "sources", "formulas", "quantities")


@click.command("list", short_help="What is known.", epilog="Example: chipgauge list chips --figures -o chips.csv")
@click.argument("kind", type=click.Choice(KINDS), default="chips")
@click.option("--figures", is_flag=True, help="Every figure of every item, with unit and source.")
@click.option(
    "-o", "--output", "path", metavar="FILE", default="", help="Write a file: .csv .json .md .xlsx or .parquet."
)
@catalog_options
@output_options
def command(kind: str, figures: bool, path: str, folder: str | None, form: str) -> None:
    """List what is known of one KIND."""
    catalog = make_catalog(folder)
    asked = inputs(kind=kind, figures=figures, output=path, catalog=folder)
    made = _figures(kind, catalog, asked) if figures else answer(kind, catalog, asked)
    if path:
        size = export(made, Path(path))
        body = {"kind": kind, "path": path, "bytes": size}
        made = Answer(
            "list", f"Wrote {path} ({size:,} bytes): {made.finding}", [], lambda: body, lambda: [body], catalog, asked
        )
    answer_with(made, form)


def _figures(kind: str, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return every entry of a kind as a row: what the tables hold, with unit, role and source."""
    rows = entry_rows(catalog, kind)
    shown = ("item", "quantity", "text", "role", "status", "condition", "date", "source")
    cells = [[str(row[name]) for name in shown] for row in rows]
    finding = f"{len(rows):,} figures of {len({row['item'] for row in rows}):,} {_NOUNS.get(kind, kind)}."
    body = {"kind": kind, "figures": rows}
    return Answer("list", finding, [Table("", shown, cells)], lambda: body, lambda: rows, catalog, asked)


def answer(kind: str, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer of `list`."""
    rows, notes = _ROWS[kind](catalog)
    columns = list(rows[0]) if rows else []
    cells = [[_text(value, ", ") for value in row.values()] for row in rows]
    body: dict[str, Any] = {"kind": kind, "items": rows}
    body |= {"coverage": coverage_of(catalog)._asdict()} if kind == "sources" else {}
    flat = [{name: _text(value, " | ") for name, value in row.items()} for row in rows]
    return Answer(
        "list",
        f"{len(rows)} {_NOUNS.get(kind, kind)}.",
        [Table("", columns, cells)],
        lambda: body,
        lambda: flat,
        catalog,
        asked,
        notes=notes,
    )


_NOUNS = {"costs": "cost figures", "growth": "growth rates"}


def _text(value: Any, joint: str) -> str:
    return joint.join(map(str, value)) if is_list(value) else str(value)


Rows = tuple[list[dict[str, Any]], list[str]]


def _items(kind: str, catalog: Catalog) -> Rows:
    found = sorted((item for item in catalog.items.values() if item.kind == kind), key=lambda item: item.id)
    rows = [
        {"id": item.id, "name": item.name, "aliases": list(item.aliases), "figures": len(catalog.entries(item.id))}
        for item in found
    ]
    if kind == "model":
        return rows, []
    cycles = [catalog.lifecycle(item) for item in found]
    said = [str(cycle.value) if cycle is not None and cycle.known else "" for cycle in cycles]
    count = sum(word in UNSHIPPED for word in said)
    words = f"{', '.join(UNSHIPPED[:-1])} or {UNSHIPPED[-1]}"
    note = f"{count} of them are {words} (lifecycle): ranks leave them out; where it is empty, no source we read says"
    return [row | {"lifecycle": word} for row, word in zip(rows, said, strict=True)], [note] if count else []


def _rules(catalog: Catalog) -> Rows:
    rows: list[dict[str, Any]] = []
    for rule in catalog.rules():
        last = rule.valid[-1]
        status = last.text_status if last.enforcement == "enforced" else f"{last.text_status}, {last.enforcement}"
        rows.append(
            {
                "id": rule.id,
                "name": rule.title,
                "aliases": [],
                "since": rule.valid[0].since,
                "until": last.until,
                "kind": rule.kind,
                "about": rule.item_class,
                "status": status.replace("_", " "),
                "evidence": rule.evidence,
                "citation": rule.citation,
            }
        )
    doubts = [f"{r.id}, {one.id}: {one.text} {one.reading}" for r in catalog.rules() for one in r.ambiguities]
    missing = [f"{rule.id}, missing: {rule.missing}" for rule in catalog.rules() if rule.missing]
    questions = [f"open: {one.text}" for one in catalog.groups().questions]
    return rows, [*doubts, *missing, *questions, f"Not legal advice; as of {catalog.as_of}."]


def _sources(catalog: Catalog) -> Rows:
    groups = [group for item in catalog.items for group in catalog.entries(item).values()]
    used = uses(groups)
    none = Use(0, 0, 0)
    rows: list[dict[str, Any]] = [
        {
            "id": s.id,
            "name": s.title,
            "aliases": [],
            "publisher": s.publisher,
            "kind": s.kind,
            "values": used.get(s.id, none).entries,
            "adopted": used.get(s.id, none).adopted,
            "relayed": used.get(s.id, none).relayed,
            "licence": s.licence,
            "url": s.url,
        }
        for s in (catalog.source(name) for name in catalog.source_ids() if name != "given")
    ]
    credits = [line for line in (credit(catalog.source(row["id"])) for row in rows) if line]
    return rows, [coverage_sentence(catalog), *credits]


def coverage_of(catalog: Catalog) -> Coverage:
    """Return how well the adopted values of a catalogue are supported."""
    return coverage((group for item in catalog.items for group in catalog.entries(item).values()), catalog.source)


def coverage_sentence(catalog: Catalog) -> str:
    """Return the same in words."""
    found = coverage_of(catalog)
    return (
        f"of {found.values:,} adopted values {found.first_hand:,} were read first-hand and {found.second_hand:,} second-hand"
        f" (via another source); {found.located:,} name the place in the document; {found.independent:,} are confirmed by"
        f" another credible publisher, {found.single:,} rest on a single source, {found.weak:,} on press, notes, a survey or"
        f" a scrape; values without a source: {found.without_source}"
    )


def _formulas(catalog: Catalog) -> Rows:
    import chipgauge.calc.metrics  # pyright: ignore[reportUnusedImport]
    import chipgauge.calc.model_figures  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from chipgauge.calc.formula import FORMULAS

    rows: list[dict[str, Any]] = [
        {
            "id": f.name,
            "name": (f.__doc__ or "").split("\n")[0],
            "aliases": [],
            "expression": f.text(),
            "returns": f.returns.text,
            "arguments": ", ".join(f"{name} [{unit.text}]" for name, unit in f.units.items()),
            "cite": f.cite,
        }
        for f in sorted(FORMULAS.values(), key=lambda f: f.name)
    ]
    return rows, []


def _quantities(catalog: Catalog) -> Rows:
    rows: list[dict[str, Any]] = [
        {
            "id": q.name,
            "name": q.title,
            "aliases": [],
            "unit": q.unit if q.kind == "number" else q.kind,
            "on_system": q.on_system,
        }
        for q in QUANTITIES.values()
    ]
    return rows, []


_ROWS: dict[str, Callable[[Catalog], Rows]] = {
    "chips": partial(_items, "chip"),
    "systems": partial(_items, "system"),
    "models": partial(_items, "model"),
    "clusters": parameters.clusters,
    "costs": parameters.costs,
    "growth": parameters.growth,
    "rules": _rules,
    "sources": _sources,
    "formulas": _formulas,
    "quantities": _quantities,
}
