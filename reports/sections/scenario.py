# SPDX-License-Identifier: Apache-2.0
"""Stocks and shares by scenario: what China and others acquire and hold under named policies."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from chipgauge.calc.cost_terms import CHINESE_MAKERS
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_spread import Ranged, ranges
from chipgauge.reports.entries import Num, Ref
from chipgauge.reports.plots import Chart, chips_of
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.standing_table import Row, rows
from chipgauge.specs.errors import ChipgaugeError

Result = tuple[Row, ...]


def compute(report: Report) -> Result:
    """Return the shipped results, which are of figures as they ship: where none was replaced, and chips of both sides are compared."""
    makers = {chip.maker for s in report.comparison.subjects for chip in chips_of(s.item, report.catalog, report.on)}
    both = bool(makers & CHINESE_MAKERS) and bool(makers - CHINESE_MAKERS)
    if not both or report.catalog.asked:
        return ()
    return tuple(row for row in rows() if f"{row.year}-12-31" >= report.on[:4])


def show(sheet: Sheet) -> tuple[Chart, ...] | None:
    """Return the chart; nothing where the scenarios are not about these items."""
    result: Result = sheet.report.results["scenario"]
    if not result:
        return None
    groups: dict[tuple[str, int, str], dict[str, Row]] = {}
    for row in result:
        groups.setdefault((row.scenario, row.year, row.counted), {})[row.measure] = row
    sheet.ledger.group("Stocks and shares by scenario")
    entries = {name: _enter(name, result, sheet) for name in dict.fromkeys(row.scenario for row in result)}
    table: list[tuple[str, tuple[Num, ...]]] = []
    drawn: list[Ranged] = []
    for (scenario, year, counted), measures in groups.items():
        share = measures["share"]
        name = f"{share.name}, {counted} {'in' if counted == 'acquired' else 'at the end of'} {year}"
        drawn.append(
            Ranged(f"{share.name}: {counted}", 100 * share.value, 100 * share.low, 100 * share.high, _percent(share),
                   0 if counted == "acquired" else 3, len(table))
        )  # fmt: skip
        words = (_percent(share), *(_million(measures[one]) for one in ("china", "others")))
        table.append((name, tuple(Num(one, entries[scenario]) for one in words)))
    year = result[0].year
    title = f"China’s share of computing power by scenario, {year}"
    pictures = [
        Markup(ranges(drawn, width=width, label=title, tick=lambda value: f"{text.number(value)}%"))
        for width in (WIDE, NARROW)
    ]
    notes = [f"{name}: {says}" for name, says in dict.fromkeys((row.name, row.says) for row in result)]
    notes.append(
        "In H100-equivalents (H100e) by dense 8-bit peak; 90% ranges of draws in which inputs of one kind move together. "
        f"Held is what was held at the end of {year - 1} and what is acquired; a share is that of China in the sum. "
        "The command chipgauge scenario NAME --json has every step and other bases."
    )
    header = ("Scenario", "Share of China", "China, million H100e", "Others, million H100e")
    return (
        Chart("scenario", title, finding(result), pictures[0], pictures[1], ((0, "acquired in the year"), (3, "held at its end")),
              header, tuple(table), tuple(notes), tips=(1, 2, 3), fixed=True),
    )  # fmt: skip


def _enter(scenario: str, result: Result, sheet: Sheet) -> str:
    """Return the entry of a scenario: its shares, what each side acquires, the sources of rates and stocks."""
    own = [row for row in result if row.scenario == scenario]
    shares = ", ".join(f"{_percent(row)} {row.counted}" for row in own if row.measure == "share")
    names = dict.fromkeys(name for row in own for name in row.sources if name != "given")
    note = f"Assumed: {own[0].made}."
    return sheet.ledger.tell(f"{own[0].name}, {own[0].year}, share of China", shares, note, _refs(list(names), sheet))


def finding(result: Sequence[Row]) -> str:
    """Return the least and the greatest share that China acquires, and under which scenario."""
    shares = [row for row in result if (row.measure, row.counted, row.year) == ("share", "acquired", result[0].year)]
    least, most = min(shares, key=lambda row: row.value), max(shares, key=lambda row: row.value)
    first = f"China acquires {_percent(least)} of the computing power of {least.year} under “{least.name}”"
    if least.scenario == most.scenario:
        return f"{first}."
    apart = "; the ranges do not overlap" if least.high < most.low else "; the ranges overlap"
    return f"{first} and {_percent(most)} under “{most.name}”{apart}."


def _percent(row: Row) -> str:
    value, low, high = (text.number(100 * end, 2) for end in (row.value, row.low, row.high))
    return f"{value}% ({low} to {high})"


def _million(row: Row) -> str:
    value, low, high = (text.number(end / 1e6, 3) for end in (row.value, row.low, row.high))
    return f"{value} ({low} to {high})"


def _refs(names: Sequence[str], sheet: Sheet) -> list[Ref]:
    """Return the mentions of the sources that are in the catalogue."""
    refs: list[Ref] = []
    for name in names:
        try:
            sheet.report.catalog.source(name)
        except ChipgaugeError:
            continue
        refs.append(sheet.ledger.source(name))
    return refs


SECTION = Section("scenario", "Stocks and shares", show, compute, sheet="charts")
