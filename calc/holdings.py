# SPDX-License-Identifier: Apache-2.0
"""Stocks of chips as figures: what the owners of a country hold of a designer's chips, with 5% and 95% ends."""

from __future__ import annotations

from dataclasses import replace

from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, constant, total, unknown
from chipgauge.specs.records import Item
from chipgauge.specs.stocks import Stock, latest, stocks
from chipgauge.specs.units import YEAR, parse_unit

ONE = parse_unit("1")
IN_CHINA = ("China", "China (smuggled)")
"""Owners in Epoch's table whose chips are in China."""
DESIGNERS = {
    "nvidia": "Nvidia",
    "huawei": "Huawei",
    "amd": "AMD",
    "cambricon": "Cambricon",
    "google": "Google",
    "aws": "Amazon",
}
"""Makers of our tables as the owners' table names the designers."""


def holding(row: Stock, *, units: bool = False) -> Figure:
    """Return a row of the owners' table as a leaf, in H100-equivalents (8-bit) or in chips.

    >>> from chipgauge.specs.stocks import latest
    >>> rows = [row for row in latest("2025-12-31") if row.owner == "China" and row.designer == "Huawei"]
    >>> holding(rows[0]).number
    707968.0
    """
    spread = row.units if units else row.h100e
    name = "units" if units else "h100e"
    key = f"stock/{row.owner}/{row.chip or row.designer}/{name}@{row.end}"
    why = f"{row.owner}, {row.chip or row.designer}"
    if spread.median is None:
        return unknown(key, "stock", f"the table gives no number for {why}")
    ends = (spread.low, spread.high) if spread.low is not None and spread.high is not None else None
    return Figure(
        key, "leaf", "stock", float(spread.median), ONE, text=f"{spread.median:,.0f}", status="estimated", why=why,
        condition="chips" if units else "H100-equivalents, 8-bit", note=row.note, sources=(row.source,),
        leaf_range=(float(ends[0]), float(ends[1])) if ends else None,
    )  # fmt: skip


def rows_at(on: str, *, china: bool, by_chip: bool = False) -> list[Stock]:
    """Return the rows of the owners in China, or of all others, at a date.

    >>> sorted({row.designer for row in rows_at("2025-12-31", china=True)})
    ['AMD', 'Cambricon', 'Huawei', 'Nvidia']
    """
    return [row for row in latest(on, by_chip=by_chip) if (row.owner in IN_CHINA) == china]


def held_in_china(chip: Item, *, catalog: Catalog, on: str = "") -> Figure:
    """Return what is in China of the chips of a chip's designer, in H100-equivalents (8-bit), smuggled ones included."""
    designer = DESIGNERS.get(chip.maker, "")
    found = [holding(row) for row in rows_at(on or catalog.as_of, china=True) if row.designer == designer]
    if not found:
        return unknown(
            f"stock/China/{chip.maker}", "stock", f"the owners' table has no row for chips of {chip.maker} in China"
        )
    return found[0] if len(found) == 1 else total([(row.key, row) for row in found], key=f"stock/China/{designer}")


def yearly_inflow(chip: Item, *, catalog: Catalog, on: str = "") -> Figure:
    """Return by how much the stock of a designer's chips in China grew in the year before its last row. [1/s]

    >>> from chipgauge.specs.catalog import catalog
    >>> yearly_inflow(catalog().find("910C"), catalog=catalog()).to("1/year") > 0
    True
    """
    designer = DESIGNERS.get(chip.maker, "")
    rates: list[tuple[str, Figure]] = []
    for row in rows_at(on or catalog.as_of, china=True):
        if row.designer != designer:
            continue
        before = [old for old in stocks() if old[:3] == row[:3] and old.end <= f"{int(row.end[:4]) - 1}{row.end[4:]}"]
        start = holding(max(before, key=lambda old: old.end)) if before else constant(0.0, ONE)
        # a difference of two estimates of one model: their ends move together, so only the later one carries a range
        start = replace(start, leaf_range=None, _cache={})
        year = constant(YEAR, parse_unit("year"), "1 year")
        rates.append((row.owner, (holding(row) - start) / year))
    if not rates:
        return unknown(
            f"inflow/China/{chip.maker}",
            "stock",
            f"the owners' table has no row for chips of {chip.maker} in China",
            unit=parse_unit("1/year"),
        )
    made = rates[0][1] if len(rates) == 1 else total(rates)
    return replace(made, key=f"inflow/China/{designer}", unit=parse_unit("1/year"), _cache={})


__all__ = ["DESIGNERS", "IN_CHINA", "held_in_china", "holding", "rows_at", "yearly_inflow"]
