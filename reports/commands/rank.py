# SPDX-License-Identifier: Apache-2.0
"""`chipgauge rank`: where a hypothetical cluster would stand among the real ones."""

from __future__ import annotations

import click

from chipgauge.calc.ranking import Ranking, ranking
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog


@click.command(
    "rank",
    short_help="Where a cluster would stand among the real ones.",
    epilog='Example: chipgauge rank "100000 H200" --country CN',
)
@click.argument("of", metavar='"N A"')
@click.option(
    "--country", metavar="CC", default="", help="Among clusters of this country only (ISO 3166, two letters)."
)
@calculation_options
@output_options
def command(
    of: str, country: str, prefer: str, given: tuple[str, ...], projected: bool, folder: str | None, on: str, form: str
) -> None:
    """The place of "N A" among the clusters of the tables at a date, by H100-equivalents at 8-bit rates."""
    asked = inputs(
        of=of, country=country, prefer=prefer, set=given, projected=projected, catalog=folder, on=check_date(on)
    )
    catalog = make_catalog(folder, prefer, given, projected)
    found = ranking(catalog.subject(of), catalog=catalog, on=on, country=country)
    answer_with(answer(found, catalog, asked, country.upper()), form)


def answer(found: Ranking, catalog: Catalog, asked: dict[str, object], country: str = "") -> Answer:
    """Return the answer: the place, and the clusters around it."""
    rows = [
        [
            str(place),
            rival.cluster.name,
            rival.cluster.country,
            text.value(rival.size),
            rival.state.words,
            "its chips" if rival.recomputed else "as printed",
        ]
        for place, rival in enumerate(found.larger, 1)
    ]
    rows.append([str(found.place), text.subject_name(found.subject), "", text.value(found.size), "", "its chips"])
    rows += [
        [
            str(place),
            rival.cluster.name,
            rival.cluster.country,
            text.value(rival.size),
            rival.state.words,
            "its chips" if rival.recomputed else "as printed",
        ]
        for place, rival in enumerate(found.smaller[:5], found.place + 1)
    ]
    where = f" in {country}" if country else ""
    wide = f" ({found.best} to {found.worst})" if found.best != found.worst else ""
    finding = f"{text.subject_name(found.subject)} would stand at place {found.place}{wide} of {len(found.larger) + len(found.smaller) + 1} clusters{where}, with {text.value(found.size)} H100-equivalents (8-bit)."
    figures = [found.size, *(rival.size for rival in (*found.larger, *found.smaller))]
    body = {
        "of": found.subject.key, "place": found.place, "best": found.best, "worst": found.worst, "size": quantity_json(found.size),
        "clusters": [{"id": rival.cluster.id, "state": rival.state.words, "recomputed": rival.recomputed, **quantity_json(rival.size)} for rival in (*found.larger, *found.smaller)],
        "left_out": [item.id for item in found.left_out], "leaves": leaves_json(figures),
    }  # fmt: skip
    notes = (
        [
            f"{text.counted(len(found.left_out), 'cluster')} without a known size left out: {', '.join(item.name for item in found.left_out[:6])}"
        ]
        if found.left_out
        else []
    )
    notes.append(
        "the tables hold the largest known clusters, 10 to 20% of the world's computing power; anonymised ones are rounded to one digit"
    )
    return Answer(
        "rank", finding, [Table("", ["place", "cluster", "country", "H100e, 8-bit", "state", "from"], rows, frozenset({0, 3}))],
        lambda: body, lambda: [record(rival.size, cluster=rival.cluster.id) for rival in (*found.larger, *found.smaller)],
        catalog, asked, [found.subject], figures, [*notes, *remarks.notes(catalog, [found.subject], [found.size])], version=0,
    )  # fmt: skip
