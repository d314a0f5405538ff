# SPDX-License-Identifier: Apache-2.0
"""What owning a cluster costs: capital by line, energy, staff, the total over some years, and per useful operation.

Every line is a figure over the price, the power and the terms; nothing is added to a price that holds it already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from chipgauge.calc.cost import (
    annuity,
    cost_per_operation,
    energy_cost,
    energy_use,
    facility_capital,
    landed_price,
    revenue_share,
    straight_line,
    with_premium,
)
from chipgauge.calc.cost_terms import YEARS, Terms, given_figure
from chipgauge.calc.formula import formula
from chipgauge.calc.offers import Offer, given_offer, no_offer, offers, taken
from chipgauge.calc.parts import Part, chip_count, parts
from chipgauge.calc.powers import BOUNDARIES, site_power
from chipgauge.calc.prices import price_in_cluster, price_in_server
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure, constant, operation, total, unknown
from chipgauge.specs.records import Subject
from chipgauge.specs.units import YEAR, parse_unit

USD = parse_unit("USD")
ONE = parse_unit("1")
NO_NETWORK = (
    "no source prices the network between systems that have a fabric of their own; up to that of a cluster of servers"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cost: its name, its words, its figure."""

    name: str
    words: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a cluster costs its owner.

    `capital` is paid at the start, `running` over `years`; `total` is the charge for the capital over those years and
    what runs. `hourly` is the total per chip and hour.
    """

    subject: Subject
    terms: Terms
    years: Figure
    chips: Figure
    boundary: str
    offers: tuple[Offer, ...]
    power: Figure
    capital: tuple[Line, ...]
    capital_total: Figure
    running: tuple[Line, ...]
    total: Figure
    hourly: Figure

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines of capital that are something: a duty that is not due is a term of the sum and no line."""
        return tuple(
            line for line in self.capital
            if line.figure.value != 0 or line.figure.high or line.name in ("hardware", "site")
        )  # fmt: skip

    def line(self, name: str) -> Figure:
        """Return the figure of a line by name."""
        return next(line.figure for line in (*self.capital, *self.running) if line.name == name)


@formula(returns="USD", cite="definition: a rate of cost over a time", rate="USD/s", time="s")
def charge(*, rate: Any, time: Any) -> Any:
    """Return what a rate of cost comes to over a time. [USD]

    >>> charge(rate=2.0 / 3600, time=7200)
    4.0
    """
    return rate * time


@formula(returns="USD/s", cite="definition", total="USD", chips="1", time="s")
def cost_per_chip_time(*, total: Any, chips: Any, time: Any) -> Any:
    """Return the cost of a chip over time. [USD/s; printed in USD/h]

    >>> round(cost_per_chip_time(total=8766.0, chips=1, time=31557600) * 3600, 12)
    1.0
    """
    return total / (chips * time)


def ownership(
    subject: Subject,
    terms: Terms,
    *,
    catalog: Catalog,
    on: str = "",
    years: str = "",
    market: str = "",
    sold: str = "",
    price: str = "",
    boundary: str = "",
    chosen: list[Offer] | None = None,
) -> Ownership:
    """Return what a number of chips, a system or a cluster costs to own.

    Parameters
    ----------
    terms : Terms
        Those of the builder's country (`calc.cost_terms`).
    years : str
        Over how long, with a unit (`5 year`); empty for the life of the hardware.
    market, sold : str
        Which price to take (`calc.offers`); empty for the first in its order.
    price : str
        A price per chip given by the user, of what `sold` says (a server if empty).
    boundary : str
        Boundary of power; empty for the first on which the subject is known.
    chosen : list of Offer
        The offers to take, one for each kind of chip, where both sides of a ratio were chosen together.

    Examples
    --------
    Servers of eight H200 at the price asked in China (1.5 million yuan), with the network of the cluster, per chip:

    >>> from chipgauge.calc.cost_terms import terms
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> cost = ownership(here.subject("100000 H200"), terms("cn", catalog=here), catalog=here, market="china")
    >>> round((cost.line("hardware").number + cost.line("network").number) / 100000)
    31623
    """
    held = parts(subject, catalog, on)
    time = terms["lifetime"]
    if years:
        time = given_figure("years", years, "year", least=YEARS[0] * YEAR, below=YEARS[1] * YEAR)
    made = [
        chosen[place] if chosen else _offer(part, catalog, on, market, sold, price) for place, part in enumerate(held)
    ]
    chips = chip_count(subject, catalog, on)
    taken_boundary = boundary or _first_boundary(subject, terms, catalog, on)
    power = site_power(subject, taken_boundary, terms, catalog, on)
    capital = _capital(subject, held, made, terms, power)
    capital_total = _sum("capital", subject, [line.figure for line in capital])
    running = _running(capital, terms, power, time)
    whole = _sum("cost", subject, [line.figure for line in running])
    hourly: Figure = cost_per_chip_time(total=whole, chips=chips, time=time)
    return Ownership(
        subject, terms, time, chips, taken_boundary, tuple(made), power, tuple(capital), capital_total, tuple(running),
        whole, replace(hourly, unit=parse_unit("USD/h"), _cache={}),
    )  # fmt: skip


def _first_boundary(subject: Subject, terms: Terms, catalog: Catalog, on: str) -> str:
    known = [row.id for row in BOUNDARIES if site_power(subject, row.id, terms, catalog, on).known]
    return known[0] if known else "chips"


def _offer(part: Part, catalog: Catalog, on: str, market: str, sold: str, price: str) -> Offer:
    if price:
        return given_offer(part.chip, price, sold, market)
    found = taken(offers(part.chip, catalog, on), market=market, sold=sold)
    return found or Offer(no_offer(part.chip), sold or "server", market or "unstated", "", False)


def in_cluster(offer: Offer, terms: Terms) -> tuple[Figure, Figure]:
    """Return what a chip costs in a server, and in a cluster of them: each factor on its own base.

    Raises
    ------
    BasisError
        The price is one of a module, on which neither factor was measured.
    """
    share = terms["network.cost_share"]
    if offer.sold == "module":
        raise BasisError(
            f"{offer.words} is the price of a module, which is neither a bare chip nor a server; take another with --basis"
        )
    if offer.sold == "chip":
        server: Figure = price_in_server(price=offer.price, factor=terms["server.price_factor"])
    else:
        server = offer.price
    if offer.sold == "fabric":
        share = Figure(
            "default/network.cost_share.fabric", "leaf", "network.cost_share", 0.0, ONE, text="0", status="assumed",
            why=NO_NETWORK, leaf_range=(0.0, share.number), sources=share.sources,
        )  # fmt: skip
    whole: Figure = price_in_cluster(server=server, share=share)
    return server, whole


def _capital(subject: Subject, held: list[Part], made: list[Offer], terms: Terms, power: Figure) -> list[Line]:
    if not held:
        why = f"the chips of {subject.item.name} are not known"
        return [Line("hardware", "chips and servers", unknown(f"{subject.key}/hardware", "hardware", why, unit=USD))]
    plain: list[Figure] = []
    network: list[Figure] = []
    for part, offer in zip(held, made, strict=True):
        server, whole = in_cluster(offer, terms)
        plain.append(_money(part.count * with_premium(price=server, premium=terms["premium"]), ()))
        network.append(_money(part.count * _difference(whole, server), ()))
    hardware = _sum("hardware", subject, plain)
    dutiable = _money(hardware * terms["dutiable.share"], ())
    landed: Figure = landed_price(price=hardware, dutiable=dutiable, duty=terms["duty"], passed_on=terms["passed_on"])
    duty = operation("-", [("a", landed), ("b", hardware)], landed.dimension, unit=USD, key=f"duty({subject.key})")
    fee: Figure = revenue_share(revenue=hardware, share=terms["fee"])
    site: Figure = facility_capital(power=power, price=terms["construction"])
    lines = [
        Line("hardware", "chips and servers", hardware),
        Line("network", "network of the cluster", _sum("network", subject, network)),
        Line("duty", "import duty passed on to the buyer", duty),
        Line("fee", "fee passed on to the buyer", _money(fee * terms["passed_on"], ())),
        Line("site", "construction of the site", site),
    ]
    return lines


def _difference(whole: Figure, server: Figure) -> Figure:
    return operation("-", [("a", whole), ("b", server)], whole.dimension, unit=USD)


def _money(figure: Figure, basis: tuple[str, ...]) -> Figure:
    return replace(figure, unit=USD, basis=basis, _cache={})


def _sum(name: str, subject: Subject, rows: list[Figure]) -> Figure:
    labelled = [(f"{place}", row) for place, row in enumerate(rows, 1)]
    return replace(
        total(labelled), key=f"{name}({subject.key})#{_digest(rows)}", unit=USD, item=subject.item.id, _cache={}
    )


def _digest(rows: list[Figure]) -> str:
    from hashlib import sha256

    return sha256("|".join(row.key for row in rows).encode()).hexdigest()[:8]


def _running(capital: list[Line], terms: Terms, power: Figure, time: Figure) -> list[Line]:
    bought = [line.figure for line in capital if line.name != "site"]
    hardware = (
        bought[0]
        if len(bought) == 1
        else replace(total([(str(i), b) for i, b in enumerate(bought)]), unit=USD, _cache={})
    )
    lines = [
        Line("hardware.charge", "charge for hardware and network", _charge(hardware, terms, terms["lifetime"], time))
    ]
    sites = [line.figure for line in capital if line.name == "site"]
    lines += [
        Line("site.charge", "charge for the site", _charge(site, terms, terms["lifetime.site"], time)) for site in sites
    ]
    energy: Figure = energy_use(power=power, utilisation=terms["draw.share"], time=time)
    lines.append(Line("energy", "electricity", energy_cost(energy=energy, price=terms["price.electricity"])))
    staff: Figure = charge(rate=_usd_rate(terms["staff"] * power), time=time)
    return [*lines, Line("staff", "staff", staff)]


def _usd_rate(figure: Figure) -> Figure:
    return replace(figure, unit=parse_unit("USD/year"), _cache={})


def _charge(capital: Figure, terms: Terms, life: Figure, time: Figure) -> Figure:
    """Return what a capital costs over a time: spread evenly over its life, or repaid with interest."""
    interest = terms["interest"]
    if interest.value == 0:
        rate: Figure = straight_line(capital=capital, life=life)
    else:
        year = constant(YEAR, parse_unit("year"), "1 year")
        rate = annuity(capital=capital, interest=interest, periods=life / year, period=year)
    made: Figure = charge(rate=rate, time=time)
    return made


EFLOP = parse_unit("USD/EFLOP")


def per_operation(hourly: Figure, peak: Figure, utilisation: Figure) -> Figure:
    """Return the cost of useful operations from the cost of a chip-hour. [USD/op; printed per EFLOP]"""
    made: Figure = cost_per_operation(rate=hourly, peak=peak, mfu=utilisation)
    return replace(made, unit=EFLOP, _cache={})


__all__ = ["Line", "Ownership", "in_cluster", "ownership", "per_operation"]
