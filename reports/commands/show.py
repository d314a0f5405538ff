# SPDX-License-Identifier: Apache-2.0
"""`chipgauge show`: every figure of one item."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from chipgauge.calc.clusters import taken
from chipgauge.calc.quantity import quantity
from chipgauge.reports import clusters, remarks, text
from chipgauge.reports.answer import Answer, Table, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog, price_unit
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import H100E_BASES, QUANTITIES, find
from chipgauge.specs.records import Entry, Item, Subject, normal
from chipgauge.specs.units import parse_unit


@click.command("show", short_help="Every figure of one item.", epilog='Example: chipgauge show "Ascend 910C"')
@click.argument("item")
@click.option("--metric", "metrics", metavar="NAME", multiple=True, help="Only figures whose name begins with this.")
@calculation_options
@output_options
def command(
    item: str,
    metrics: tuple[str, ...],
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Show every figure of ITEM: what is adopted, what other sources say and why, and what follows."""
    asked = inputs(
        item=item, metric=metrics, prefer=prefer, set=given, projected=projected, catalog=folder, on=check_date(on)
    )
    catalog = make_catalog(folder, prefer, given, projected)
    subject = catalog.subject(item)
    for metric in metrics:
        if not any(name.startswith(metric) for name in QUANTITIES):
            find(metric)
    answer_with(answer(subject, figures_of(subject, catalog, on, metrics), catalog, asked), form)


def figures_of(subject: Subject, catalog: Catalog, on: str = "", metrics: tuple[str, ...] = ()) -> dict[str, Figure]:
    """Return every figure that an item has, by name: stated ones with their cases and dates, and derived ones."""
    figures: dict[str, Figure] = {}
    stated = catalog.entries(subject.item.id)
    if subject.item.kind == "cluster":
        equivalents = [f"h100e.{basis}" for basis in H100E_BASES if f"h100e.{basis}".startswith(metrics or "h")]
        figures |= {name: quantity(name, subject, catalog=catalog, on=on) for name in equivalents}
    for name, row in QUANTITIES.items():
        if metrics and not name.startswith(metrics):
            continue
        figure = quantity(name, subject, catalog=catalog, on=on)
        series = [key.partition("/")[2] for key in catalog.series(subject.item.id, name)]
        own = f"{subject.item.id}/{name}" in stated
        if figure.state != "unknown" or own or (figure.floor is not None):
            figures[name] = figure
        if subject.count == 1:
            for stored in series:
                leaf = catalog.leaf(subject.item.id, stored)
                if stored != name and (leaf or row.prices or ":" in stored):
                    figures[stored] = leaf or catalog.missing(subject.item.id, name)
    return figures


def alternatives(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Return what the sources say of one figure, each as a Quantity with its role and reason."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        quantity_row = QUANTITIES[entry.quantity.split(":", 1)[0]]
        shown: dict[str, Any] = {"as_printed": entry.text, "role": entry.role, "status": entry.status}
        if isinstance(entry.value, float):
            unit = price_unit(entry) if quantity_row.prices else parse_unit(quantity_row.unit)
            low, high = (entry.value if end is None else end for end in (entry.low, entry.high))
            for name, end in (("value", entry.value), ("low", low), ("high", high)):
                shown[name] = end * unit.denominator / unit.numerator
            shown |= {"unit": unit.text, "interval": "bounds"}
        else:
            shown["value"] = entry.value
        if entry.absent:
            shown |= {"state": "absent", "why": "", "missing": []}
        extra = {"condition": entry.condition, "why": entry.why, "note": entry.note, "at": entry.at, "via": entry.via}
        rows.append({**shown, **{name: value for name, value in extra.items() if value}, "sources": [entry.source]})
    return rows


def _apart(name: str, item: Item, catalog: Catalog) -> list[list[str]]:
    """Return what is not in conflict with a figure: another definition of it, and that of another product of the name."""
    stated, start = catalog.entries(item.id), f"{normal(item.name)} "
    bases = [stated[key] for key in catalog.entries(item.id) if key.startswith(f"{item.id}/{name}.")]
    alike = [
        other for other in catalog.items.values() if other.kind == item.kind and normal(other.name).startswith(start)
    ]
    products = [(other, catalog.entries(other.id).get(f"{other.id}/{name}", ())) for other in alike]
    rows = [(entry, "basis", f"another definition: {entry.condition}") for group in bases for entry in group]
    rows += [(entry, "variant", f"another product: {other.name}") for other, group in products for entry in group]
    return [
        [name, entry.text, kind, remarks.entry_source(catalog, entry), why]
        for entry, kind, why in rows
        if entry.role == "adopted" and (entry.condition or kind == "variant")
    ]


def answer(subject: Subject, figures: dict[str, Figure], catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer of `show`."""
    stated = catalog.entries(subject.item.id)
    rows: list[list[str]] = []
    said: list[list[str]] = []
    body: dict[str, Any] = {}
    records: list[dict[str, Any]] = []
    for name, figure in figures.items():
        group = stated.get(f"{subject.item.id}/{name}", ())
        body[name] = {**quantity_json(figure), "alternatives": alternatives(group)}
        records.append(record(figure, item=subject.key, quantity=name))
        if subject.item.kind != "cluster" or "@" not in name:  # the states have a table of their own
            rows.append(
                [
                    name,
                    text.quantity(figure, 6),
                    figure.condition,
                    "" if figure.state == "unknown" else figure.weakest_status(),
                    remarks.source_names(catalog, figure),
                ]
            )
        if len(group) > 1 or any(entry.role == "shown" for entry in group):
            said += [[name, entry.text, entry.role, remarks.entry_source(catalog, entry), entry.why] for entry in group]
            said += _apart(name, subject.item, catalog)
    known = sum(figure.known for figure in figures.values())
    finding = f"{text.subject_name(subject)} ({subject.key}): {known} figures known."
    tables = [
        Table("Figures", ["quantity", "value", "condition", "status", "sources"], rows),
        Table("What each source says", ["quantity", "as printed", "role", "source", "why"], said),
    ]
    of_states = clusters.state_figures(subject.item, catalog) if subject.item.kind == "cluster" else []
    if of_states:
        tables = [*clusters.tables(subject.item, of_states, catalog), *tables]
    whole: dict[str, Any] = {"id": subject.key, "name": subject.item.name, "kind": subject.item.kind, "figures": body}
    if of_states:
        whole["states"] = clusters.states_json(of_states)
        whole["published"] = clusters.published_json(subject.item, catalog)
    # what sources state of a figure that follows from others is cited too
    groups = {name: stated.get(f"{subject.item.id}/{name}", ()) for name in figures}
    shown = [replace(one, entries=groups[name] or one.entries, _cache={}) for name, one in figures.items()]
    shown += [figure for _, figures in of_states for figure in figures.values()]
    notes = remarks.notes(catalog, [subject], [])
    if subject.item.kind == "cluster":
        current = [figure for name, figure in figures.items() if "@" not in name]
        notes += filter(None, [taken(subject.item, catalog, current)])
    return Answer("show", finding, tables, lambda: whole, lambda: records, catalog, asked, [subject], shown, notes)
