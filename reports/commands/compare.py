# SPDX-License-Identifier: Apache-2.0
"""`chipgauge compare`: items side by side."""

from __future__ import annotations

from functools import partial

import click

from chipgauge.calc.compare import Comparison, compare
from chipgauge.reports import remarks, sentences, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog


@click.command(
    "compare",
    short_help="Items side by side.",
    epilog="Example: chipgauge compare H20 H200 910C --metric tpp --metric memory.bandwidth",
)
@click.argument("items", nargs=-1, required=True)
@click.option("--baseline", metavar="ITEM", default="", help="The item that ratios divide by; default: the first.")
@click.option("--metric", "metrics", metavar="NAME", multiple=True, help="A quantity; may be given more than once.")
@click.option("--per", type=click.Choice(["chip", "watt", "usd"]), default=None, help="Every number per this.")
@calculation_options
@output_options
def command(
    items: tuple[str, ...],
    baseline: str,
    metrics: tuple[str, ...],
    per: str | None,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Compare ITEMS by their figures, each with range and ratio to the baseline."""
    asked = inputs(
        items=items,
        baseline=baseline,
        metric=metrics,
        per=per,
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=check_date(on),
    )
    catalog = make_catalog(folder, prefer, given, projected)
    result = compare(*items, baseline=baseline, metrics=metrics, per=per or "", catalog=catalog, on=on)
    answer_with(answer(result, catalog, asked), form)


def answer(result: Comparison, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer of a comparison."""
    many = len(result.subjects) > 1
    others = [subject for subject in result.subjects if subject.key != result.baseline.key]
    columns = ["metric", "unit"] + [text.short(subject) for subject in result.subjects]
    if many:
        columns += [f"{text.short(subject)} / {text.short(result.baseline)}" for subject in others]
    rows: list[list[str]] = []
    for row in result.rows:
        cells = [row.title, row.unit.text if row.numeric and row.unit.text != "1" else ""]
        cells += [text.cell(row.values[subject.key]) for subject in result.subjects]
        if many:
            cells += [text.ratio_cell(row.ratios[subject.key]) if row.numeric else "" for subject in others]
        rows.append(cells)
    figures = [figure for row in result.rows for figure in row.values.values()]
    tables = [Table("", columns, rows, frozenset(range(2, len(columns))))]
    notes = remarks.notes(catalog, result.subjects, figures)
    return Answer(
        "compare", sentences.compare_finding(result), tables, partial(_body, result), partial(_records, result),
        catalog, asked, result.subjects, figures, notes,
    )  # fmt: skip


def _body(result: Comparison) -> dict[str, object]:
    return {
        "baseline": result.baseline.key,
        "metrics": [
            {
                "metric": row.metric,
                "unit": row.unit.text,
                "values": {key: quantity_json(figure) for key, figure in row.values.items()},
                "ratios": {key: quantity_json(figure) for key, figure in row.ratios.items()},
            }
            for row in result.rows
        ],
        "unshipped": {subject.key: subject.unshipped for subject in result.subjects if subject.unshipped},
        "leaves": leaves_json(figure for row in result.rows for figure in row.values.values()),
    }


def _records(result: Comparison) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    standing = {subject.key: subject.unshipped for subject in result.subjects}
    for row in result.rows:
        for key, figure in row.values.items():
            ratio = row.ratios.get(key)
            records.append(
                {
                    **record(figure, metric=row.metric, item=key),
                    "ratio": ratio.value if ratio else None,
                    "unshipped": standing[key],
                }
            )
    return records
