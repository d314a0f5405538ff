# SPDX-License-Identifier: Apache-2.0
"""`chipgauge equivalent`: how many of B match a number of A."""

from __future__ import annotations

import click

from chipgauge.calc.equivalent import Equivalence, equivalent
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog


@click.command(
    "equivalent",
    short_help="How many of B match a number of A.",
    epilog='Example: chipgauge equivalent "100000 H200" --in "Ascend 910C" --by peak.bf16',
)
@click.argument("of", metavar='"N A"')
@click.option("--in", "within", metavar="B", required=True, help="What to build it from.")
@click.option("--by", metavar="METRIC", default="peak.bf16", show_default=True, help="The metric to match.")
@calculation_options
@output_options
def command(
    of: str,
    within: str,
    by: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """How many B equal "N A" by a metric, at what purchase price and power."""
    asked = inputs(
        of=of, **{"in": within}, by=by, prefer=prefer, set=given, projected=projected, catalog=folder, on=check_date(on)
    )
    catalog = make_catalog(folder, prefer, given, projected)
    answer_with(answer(equivalent(of, within, by=by, catalog=catalog, on=on), catalog, asked), form)


def answer(result: Equivalence, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer of an equivalence."""
    named = {
        "count": result.count,
        "capex_ratio": result.capex_ratio,
        "tco_ratio": result.tco_ratio,
        "power_ratio": result.power_ratio,
    }
    words = {
        "count": f"{result.within.item.name} needed",
        "capex_ratio": "purchase price, build over original",
        "tco_ratio": "cost of ownership, build over original",
        "power_ratio": "power, build over original",
    }
    rows = [
        [words[name], text.value(figure, 6), text.spread(figure, 6), figure.condition or figure.why]
        for name, figure in named.items()
    ]
    figures = [figure for figure in named.values() if figure.known]
    body = {
        "of": result.of.key,
        "in": result.within.key,
        "by": result.by,
        "count": quantity_json(result.count),
        "whole": result.whole,
        **{name: quantity_json(figure) for name, figure in named.items() if name != "count"},
        "binding": result.binding or None,
        "limits": [
            {"name": limit.name, "text": limit.text, "value": quantity_json(limit.figure)} for limit in result.limits
        ],
        "leaves": leaves_json(figures),
    }
    return Answer(
        "equivalent", text.equivalent_finding(result), [Table("", ["figure", "value", "range", "note"], rows, frozenset({1, 2}))],
        lambda: body, lambda: [record(figure, name=name) for name, figure in named.items()], catalog, asked,
        [result.of, result.within], figures, text.notes(catalog, [result.of, result.within], figures),
    )  # fmt: skip
