# SPDX-License-Identifier: Apache-2.0
"""What a chip is offered at: every dated price as dollars per chip, with what was sold and where, and the one taken.

A ratio of two prices stands on one thing sold. Official prices of two countries may be set against each other where no
market has both, and the answer says so; a grey or a used price never stands against an official one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from chipgauge.calc.clusters import first_day
from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.parts import FABRIC, systems_of
from chipgauge.calc.prices import in_dollars
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.records import CREDIBLE, WEAK, Item
from chipgauge.specs.units import parse_unit

OFFICIAL = ("us", "unstated", "china")
MARKETS = (*OFFICIAL, "grey", "used")
MARKETS_OF: dict[str, tuple[str, ...]] = {"us": OFFICIAL, "cn": ("china", "unstated", "us")}
"""Markets of official prices by the country in which chips stand, its own first."""
SOLD = ("server", "fabric", "chip", "module")
"""What was sold: a server, a system with its own fabric, a bare chip, a module of several; the first known is taken."""
WORDS = {"server": "server", "fabric": "system with its own fabric", "chip": "bare chip", "module": "module"}
YEARS_OF_SPREAD = 2


class Offer(NamedTuple):
    """A price per chip in dollars: what was sold, on which market, when."""

    price: Figure
    sold: str
    market: str
    date: str
    strong: bool
    credible: bool = True

    @property
    def words(self) -> str:
        """What the price is of: `server, China, 2026-01`."""
        where = {"us": "United States", "china": "China", "unstated": "market not stated"}.get(
            self.market, f"{self.market} market"
        )
        return f"{WORDS[self.sold]}, {where}, {self.date}"


def offers(chip: Item, catalog: Catalog, on: str = "") -> list[Offer]:
    """Return every price of a chip up to a date, alone or in a system that holds nothing else, per chip in dollars.

    >>> from chipgauge.specs.catalog import catalog
    >>> rows = offers(catalog().find("H200"), catalog())
    >>> sorted({row.sold for row in rows}), [round(r.price.number) for r in rows if r.market == "china" and r.sold == "server"]
    (['chip', 'module', 'server'], [25615])
    """
    on = on or catalog.as_of
    rows: list[Offer] = []
    if f"{chip.id}/price" in catalog.overrides:
        leaf = catalog.leaf(chip.id, "price")
        assert leaf is not None
        return [
            Offer(
                in_dollars(replace(leaf, basis=("price:bare chip",), _cache={}), catalog=catalog),
                "chip",
                "us",
                "given",
                True,
            )
        ]
    for stored, leaf in _leaves(chip, ("price:chip.", "price.per_chip:server."), catalog, on):
        rows.append(_offer(leaf, stored, "chip" if stored.startswith("price:") else "server", catalog))
    for system, held in systems_of(chip, catalog):
        fabric = held.number > FABRIC
        if f"{system.id}/price" in catalog.overrides:
            given = catalog.leaf(system.id, "price")
            assert given is not None
            price = in_dollars(given, catalog=catalog) / held
            return [Offer(_sold(price, chip), "fabric" if fabric else "server", "us", "given", True)]
        for stored, leaf in _leaves(system, ("price:system.", "price:server.", "price:module."), catalog, on):
            sold = "module" if stored.startswith("price:module.") else "fabric" if fabric else "server"
            row = _offer(leaf, stored, sold, catalog)
            rows.append(row._replace(price=_sold(row.price / held, chip, sold)))
    return rows


def _leaves(item: Item, starts: tuple[str, ...], catalog: Catalog, on: str) -> Iterable[tuple[str, Figure]]:
    for key in catalog.series(item.id, "price") + catalog.series(item.id, "price.per_chip"):
        stored = key.partition("/")[2]
        date = stored.partition("@")[2].replace("undated", "0000")
        leaf = catalog.leaf(item.id, stored) if stored.startswith(starts) and first_day(date) <= on else None
        if leaf is not None and leaf.known:
            yield stored, leaf


def _offer(leaf: Figure, stored: str, sold: str, catalog: Catalog) -> Offer:
    market = stored.partition(":")[2].partition("@")[0].split(".")[1]
    kind = catalog.source(leaf.sources[0]).kind
    date = stored.partition("@")[2]
    return Offer(in_dollars(leaf, catalog=catalog), sold, market, date, kind not in WEAK, kind in CREDIBLE)


def _sold(price: Figure, chip: Item, sold: str = "") -> Figure:
    words = {"module": "module", "chip": "bare chip"}.get(sold, "system as sold")
    return replace(price, item=chip.id, basis=(f"price:{words}",), _cache={})


def taken(rows: list[Offer], *, market: str = "", sold: str = "") -> Offer | None:
    """Return the offer taken: of the market and thing asked for, else by the order of `SOLD` and `OFFICIAL`; the latest.

    Dated before undated, a page of notes or a scrape only where nothing else is; a dataset, analyst or maker before the
    press where it is within two years of the latest. Grey and used prices are never taken
    unless they are asked for. Its range spans the other offers of the same thing on the same market within two years.
    """
    wanted = [row for row in rows if (row.market == market if market else row.market in OFFICIAL)]
    wanted = [row for row in wanted if not sold or row.sold == sold]
    if not wanted:
        return None
    best = max(wanted, key=_rank)
    same = [row for row in wanted if (row.sold, row.market) == (best.sold, best.market) and _near(row.date, best.date)]
    best = max([row for row in same if row.credible] or [best], key=_rank)
    alike = [
        row for row in wanted
        if (row.sold, row.market) == (best.sold, best.market) and row.strong and _near(row.date, best.date)
    ]  # fmt: skip
    return best._replace(price=_spread(best, alike))


def _rank(row: Offer) -> tuple[int, int, bool, bool, str]:
    return (-SOLD.index(row.sold), -MARKETS.index(row.market), row.date != "undated", row.strong, first_day(row.date))


def _near(one: str, other: str) -> bool:
    years = [int(date[:4]) if date[:4].isdigit() else 0 for date in (one, other)]
    return abs(years[0] - years[1]) <= YEARS_OF_SPREAD


def _spread(best: Offer, alike: list[Offer]) -> Figure:
    """Return the price times a leaf of 1 whose range is what the other offers are of this one: each end explains itself."""
    own = best.price.number
    factors = [end / own for row in alike for end in (row.price.number, row.price.low, row.price.high) if end]
    low, high = min(factors, default=1.0), max(factors, default=1.0)
    own_low, own_high = best.price.bounds()
    if len(alike) < 2 or (
        (own_low or own) <= low * own * (1 + 1e-12) and high * own <= (own_high or own) * (1 + 1e-12)
    ):
        return best.price
    sources = tuple(dict.fromkeys(name for row in alike for name in row.price.all_sources()))
    leaf = Figure(
        f"{best.price.item}/offers:{best.sold}.{best.market}@{best.date}", "leaf", "offer.spread", 1.0, parse_unit("1"), status="estimated",
        text=f"{len(alike)} offers, {low * own:,.0f} to {high * own:,.0f} USD", leaf_range=(min(low, 1.0), max(high, 1.0)),
        why="the other prices of the same thing on the same market within two years", sources=sources,
    )  # fmt: skip
    return replace(best.price * leaf, unit=parse_unit("USD"), item=best.price.item, basis=best.price.basis, _cache={})


def given_offer(chip: Item, price: str, sold: str = "", market: str = "") -> Offer:
    """Return the offer of a price per chip that the user gives, of a server where they do not say of what.

    Raises
    ------
    UnitError
        The price is not money.
    """
    basis = {"server": "system as sold", "fabric": "system as sold", "chip": "bare chip", "module": "module"}
    leaf = given_figure("price", price, "USD", least=1e-9)
    figure = replace(leaf, key=f"given/price({chip.id})", basis=(f"price:{basis[sold or 'server']}",), _cache={})
    return Offer(figure, sold or "server", market or "unstated", "given", True)


def same_thing(chip: Item, rows: list[Offer], sold: str, market: str = "") -> Offer:
    """Return the offer to set beside one of this thing: a server and a system with its own fabric are alike.

    Raises
    ------
    BasisError
        There is none: prices of two things never stand in one ratio.
    """
    alike = ("server", "fabric") if sold in ("server", "fabric") else (sold,)
    found = _first(rows, market, alike)
    if found is None:
        where = f" on the {market} market" if market else ""
        raise BasisError(
            f"no price of a {WORDS.get(sold, sold)} is known for {chip.name}{where}: prices of two things are not set against each other"
        )
    return found


def one_basis(rows: list[list[Offer]], *, markets: Sequence[str] = OFFICIAL, others: bool = True) -> list[Offer] | None:
    """Return an offer for each of several chips, all of one thing sold and, where one market has all, of one market.

    Without `others` only the markets named count; else official prices of several markets, where no one has all.

    A server and a system with its own fabric are both systems as sold, and may stand against each other.
    """
    classes: tuple[tuple[str, ...], ...] = (("server", "fabric"), ("chip",), ("module",))
    for official in (*markets, *(("",) if others else ())):
        for kinds in classes:
            found = [_first(offers_of, official, kinds) for offers_of in rows]
            if all(found):
                return [row for row in found if row]
    return None


def _first(rows: list[Offer], market: str, kinds: tuple[str, ...]) -> Offer | None:
    return next((row for row in (taken(rows, market=market, sold=kind) for kind in kinds) if row), None)


def no_offer(chip: Item) -> Figure:
    """Return the price of a chip for which there is none."""
    return unknown(
        f"{chip.id}/price", "price", f"no source in the tables states a price of {chip.name}", unit=parse_unit("USD")
    )


__all__ = [
    "MARKETS", "MARKETS_OF", "OFFICIAL", "SOLD", "Offer", "given_offer", "no_offer", "offers", "one_basis",
    "same_thing", "taken",
]  # fmt: skip
