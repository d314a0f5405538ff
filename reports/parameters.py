# SPDX-License-Identifier: Apache-2.0
"""The rows of `list clusters`, `costs`, `terms`, `growth` and `scenarios`: an item a row, with its value and where it is from."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.clusters import state_at, states
from chipgauge.calc.cost_terms import TERMS, terms
from chipgauge.calc.functions import COUNTRIES
from chipgauge.calc.quantity import quantity
from chipgauge.reports import remarks, text
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.scenario_tables import SHIPPED, shipped_scenario

Rows = tuple[list[dict[str, Any]], list[str]]


def _of(kind: str, catalog: Catalog) -> list[Item]:
    return sorted((item for item in catalog.items.values() if item.kind == kind), key=lambda item: item.id)


def clusters(catalog: Catalog) -> Rows:
    """Return the clusters with the state that their name means, the largest first where that is known."""
    rows: list[tuple[float, dict[str, Any]]] = []
    for item in _of("cluster", catalog):
        state = state_at(item, catalog)
        known = {name: quantity(name, Subject(item), catalog=catalog) for name in _COLUMNS}
        count = known["h100e.8bit"] if known["h100e.8bit"].known else known["h100e.published"]
        row: dict[str, Any] = {
            "id": item.id, "name": item.name, "aliases": list(item.aliases), "country": item.country,
            "operator": item.maker, "states": len(states(item, catalog)), "date": state.date if state else "",
            "state": state.status if state else "planned or projected only",
            **{title: _shown(known[name]) for name, title in _COLUMNS.items()},
        }  # fmt: skip
        rows.append((-count.number if count.known else 1.0, row))
    notes = [
        "the state is the last existing one at the data date; `chipgauge show NAME` lists every state, --projected takes later ones",
        "h100e.8bit is recomputed from the chips, h100e.published is what a source prints; neither is summed over sites",
    ]
    return [row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1]["id"]))], notes


_COLUMNS = {
    "chips": "chips",
    "power.facility": "power",
    "h100e.8bit": "h100e.8bit",
    "h100e.published": "h100e.published",
}


def _shown(figure: Figure) -> str:
    if not figure.known:
        return ""
    if figure.unit.text == "W":
        return f"{text.number(figure.number / 1e6)} MW"
    return text.number(figure.number, 4 if figure.unit.text != "1" else 3)


def growth(catalog: Catalog) -> Rows:
    """Return the growth rates: the factor a year with its range, what grows, whose rate it is and of when."""
    rows: list[dict[str, Any]] = []
    for item in _of("growth", catalog):
        factor = quantity("growth.factor", Subject(item), catalog=catalog)
        source = catalog.source(factor.all_sources()[0]) if factor.all_sources() else None
        low, high = factor.bounds()
        row = {"id": item.id, "name": item.name, "aliases": list(item.aliases)}
        row |= {"factor": text.value(factor), "range": text.spread(factor), "doubling": _doubling(factor, low, high)}
        rows.append(row | {"source": source.publisher if source else "", "date": source.date if source else ""})
    return rows, [
        "factor is growth a year; a ratio becomes a time at a rate of your choice: explain 'lag(2, chip-fp16)'"
    ]


def _doubling(factor: Figure, low: float | None, high: float | None) -> str:
    from math import log

    if not factor.known or factor.number <= 1:
        return ""
    return f"{12 * log(2) / log(factor.number):.1f} months"


def costs(catalog: Catalog) -> Rows:
    """Return the parameters of cost: a row a figure, with its case, date and source."""
    rows: list[dict[str, Any]] = []
    for item in _of("cost", catalog):
        for key in catalog.entries(item.id):
            leaf = catalog.leaf(item.id, key.partition("/")[2])
            if leaf is None:
                continue
            name, _, date = key.partition("/")[2].partition("@")
            row = {"id": item.id, "name": item.name, "aliases": list(item.aliases), "figure": name, "date": date}
            row |= {"value": text.quantity(leaf), "status": leaf.status}
            rows.append(row | {"condition": leaf.condition, "source": remarks.source_names(catalog, leaf)})
    return rows, ["rates of one chip (cost.hourly, power.site_share) stand with the chip: chipgauge show H200"]


def terms_of_cost(catalog: Catalog) -> Rows:
    """Return the terms of a calculation of cost by the names that `--term` takes, with what they are in each country."""
    sides = {country: terms(country, catalog=catalog) for country in COUNTRIES}
    rows: list[dict[str, Any]] = []
    for name, row in TERMS.items():
        made = {country: text.quantity(side[name]) for country, side in sides.items()}
        leaf = sides[COUNTRIES[0]][name]
        rows.append(
            {"id": name, "name": row.words, "aliases": [], **made, "unit": row.unit, "source": remarks.source_names(catalog, leaf)}
        )  # fmt: skip
    domestic = terms("cn", catalog=catalog, domestic=True)["price.electricity"]
    return rows, [
        f"price.electricity in China is {text.quantity(domestic)} for sites on chips made there",
        "cost and equivalent take --term NAME=VALUE; cost --break-even NAME finds where two clusters cost the same",
    ]


def scenarios(catalog: Catalog) -> Rows:
    """Return the scenarios that ship."""
    rows: list[dict[str, Any]] = []
    for name in SHIPPED:
        made = shipped_scenario(name, catalog)
        rows.append(
            {
                "id": name, "name": made.name, "aliases": [], "says": made.says, "years": " ".join(map(str, made.years)),
                "bases": " ".join(made.bases), "published ranges": len(made.published),
            }
        )  # fmt: skip
    return rows, ["chipgauge scenario NAME runs one, chipgauge scenario NAME --print writes it to copy and change"]
