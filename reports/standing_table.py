# SPDX-License-Identifier: Apache-2.0
"""The table of what each shipped scenario gives, as the report shows it: `make docs` writes it, a test computes it anew.

Its 90% ranges need thousands of draws; a report that is written in a moment reads them here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chipgauge.reports.entries import brief
from chipgauge.reports.text import joined, number
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.shipped import shipped_text

if TYPE_CHECKING:  # a report reads the table that was written, not the scenarios
    from chipgauge.specs.scenario_tables import Scenario, Span

BASIS = "8bit"
HEAD = ("scenario", "name", "says", "made", "year", "counted", "measure", "value", "low", "high", "sources")
MEASURES = ("others", "china", "share")
FILE = "scenarios/standings.csv"
COMES = {
    "production": "made there", "smuggled": "smuggled", "import": "bought", "rental": "rented abroad",
    "diverted": "made for it instead of for others",
}  # fmt: skip
"""How chips come to China, by the kind of flow."""


class Row(NamedTuple):
    """One measure of one scenario in one year, with its 90% range; amounts are in H100-equivalents.

    `made` says in words what each side acquires in the year.
    """

    scenario: str
    name: str
    says: str
    made: str
    year: int
    counted: str
    measure: str
    value: float
    low: float
    high: float
    sources: tuple[str, ...]


def rows() -> list[Row]:
    """Return the shipped table.

    >>> [row.measure for row in rows()[:3]]
    ['others', 'china', 'share']
    """
    found: list[Row] = []
    for one in csv.DictReader(io.StringIO(shipped_text(FILE))):
        value, low, high = (float(one[name]) for name in ("value", "low", "high"))
        head = (
            one["scenario"],
            one["name"],
            one["says"],
            one["made"],
            int(one["year"]),
            one["counted"],
            one["measure"],
        )
        found.append(Row(*head, value, low, high, tuple(one["sources"].split())))
    return found


def computed(catalog: Catalog) -> list[Row]:
    """Return the same rows from the scenarios themselves; needs numpy and scipy."""
    from chipgauge.calc.builds import standings
    from chipgauge.calc.scenario import run
    from chipgauge.specs.scenario_tables import SHIPPED, shipped_scenario

    found: list[Row] = []
    for name in SHIPPED:
        scenario = shipped_scenario(name, catalog)
        outcome = run(scenario, catalog=catalog)
        points = {(point.year, point.counted): point for point in outcome.points if point.basis == BASIS}
        for one in standings([outcome], basis=BASIS):
            point = points[one.year, one.counted]
            leaves = [leaf for figure in (point.us, point.china) for leaf in figure.leaves() if leaf.item != "constant"]
            sources = tuple(dict.fromkeys(source for leaf in leaves for source in leaf.sources))
            for measure in MEASURES:
                four = getattr(one, measure)
                if four:
                    value, low, _, high = four
                    head = (
                        name,
                        scenario.name,
                        scenario.says,
                        acquired(scenario, one.year, catalog),
                        one.year,
                        one.counted,
                        measure,
                    )
                    found.append(Row(*head, value, low, high, sources))
    return found


def acquired(scenario: Scenario, year: int, catalog: Catalog) -> str:
    """Return in words what each side acquires in a year: chips by how they come, growth over the year before."""
    china = [flow for flow in scenario.flows if (flow.side, flow.year) == ("china", year)]
    sold = [_ranged(flow.units) for flow in scenario.flows if (flow.year, flow.kind) == (year, "included")]
    parts = [
        f"{_ranged(flow.units, ' ' + brief(catalog.items[flow.chip].name))} {COMES[flow.kind]}"
        + (f", at most {flow.cap:.0%} of the {joined(sold)} sold in the United States" if flow.cap else "")
        for flow in china
    ]
    growth = [
        f"others acquire {_ranged(one.times, ' times')} what they did in {year - 1}"
        for one in scenario.growth
        if (one.side, one.year) == ("us", year)
    ]
    return "; ".join(([f"China acquires {joined(parts)}"] if parts else []) + growth)


def _ranged(span: Span, of: str = "") -> str:
    return f"{span.text}{of}" + (f" ({number(span.low, 7)} to {number(span.high, 7)})" if span.low < span.high else "")


def as_text(table: Sequence[Row]) -> str:
    """Return rows as CSV, numbers with four digits: those that the report shows at most."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for row in table:
        writer.writerow([*row[:7], *(f"{number:.4g}" for number in row[7:10]), " ".join(row.sources)])
    return out.getvalue()


if __name__ == "__main__":
    from chipgauge.specs.catalog import catalog

    print(as_text(computed(catalog())), end="")
