# SPDX-License-Identifier: Apache-2.0
"""`chipgauge lag`: a ratio in months at each named growth rate."""

from __future__ import annotations

import click

from chipgauge.calc.expression import evaluate, subjects_of
from chipgauge.calc.lag import Lags, lags
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog


@click.command(
    "lag",
    short_help="A ratio as months, at each named growth rate.",
    epilog='Example: chipgauge lag "tpp(GB300)/tpp(H200)"',
)
@click.argument("expression")
@click.option("--growth", metavar="ID", default="", help="One growth rate only; chipgauge list growth names them.")
@calculation_options
@output_options
def command(
    expression: str,
    growth: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """How long EXPRESSION, a ratio, takes to grow at each named rate; never at one that was silently chosen."""
    asked = inputs(
        expression=expression,
        growth=growth,
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=check_date(on),
    )
    catalog = make_catalog(folder, prefer, given, projected)
    found = lags(evaluate(expression, catalog=catalog, on=on), growth=growth, catalog=catalog, on=on)
    answer_with(answer(expression, found, catalog, asked), form)


def answer(expression: str, found: Lags, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer: a line a growth rate, the published lag in capability beside them."""
    rows = [
        [row.growth.id, text.cell(row.factor), text.value(row.months), text.spread(row.months), row.growth.name]
        for row in found.rates
    ]
    rows.append(
        [
            "",
            "",
            text.value(found.capability),
            text.spread(found.capability),
            "published: Chinese models behind the frontier",
        ]
    )
    figures = [found.ratio, *(row.months for row in found.rates), found.capability]
    months = [row.months.in_unit(row.months.number) or 0.0 for row in found.rates if row.months.known]
    if months:
        least, most = text.number(min(months), 3), text.number(max(months), 3)
        span = f"{least} months" if least == most else f"{least} to {most} months, by what is taken to grow"
        finding = f"{expression} = {text.quantity(found.ratio)} is a lag of {span}."
    else:
        finding = f"The lag of {expression} is unknown: {found.ratio.why}."
    body = {
        "ratio": quantity_json(found.ratio),
        "months": [
            {
                "growth": row.growth.id,
                "name": row.growth.name,
                "factor": quantity_json(row.factor),
                **quantity_json(row.months),
            }
            for row in found.rates
        ],
        "capability": quantity_json(found.capability),
        "leaves": leaves_json(figures),
    }
    subjects = subjects_of(expression, catalog=catalog)
    notes = [
        "a lag in compute is not a lag in capability; the published one is of models on an index",
        *remarks.notes(catalog, subjects, figures),
    ]
    return Answer(
        "lag", finding, [Table("", ["growth", "factor a year", "months", "range", "what grows"], rows, frozenset({1, 2, 3}))],
        lambda: body, lambda: [record(row.months, growth=row.growth.id) for row in found.rates], catalog, asked, subjects,
        figures, notes, version=0,
    )  # fmt: skip
