# SPDX-License-Identifier: Apache-2.0
"""The build side of an equivalence: what it costs and draws over the original, what limits it, and which limit binds.

Both sides of a ratio stand on one basis: bare chips against bare chips, systems as sold against systems as sold, power
within one boundary. Where the tables have none in common, the ratio is unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from chipgauge.calc import limits
from chipgauge.calc.compare import over
from chipgauge.calc.cost_terms import Terms, given_figure, is_domestic, terms
from chipgauge.calc.equivalence import Ask, Equivalence
from chipgauge.calc.limits import Limit
from chipgauge.calc.offers import MARKETS_OF, Offer, offers, one_basis
from chipgauge.calc.ownership import Ownership, ownership
from chipgauge.calc.parts import parts
from chipgauge.calc.powers import BOUNDARIES, Boundary, site_power
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, amount, constant, unknown
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_unit

if TYPE_CHECKING:
    from chipgauge.calc.workloads import Work

ONE = parse_unit("1")
BUILD = " of the build"
"""What is added to the name of a term that the user gives for the build alone, so that the original keeps its own."""


class Sides(NamedTuple):
    """What an original and one unit of its build cost and draw, by whatever metric they are equal.

    `chosen` are the offers that their prices stand on, `draws` the powers of both on each boundary, original first.
    """

    chosen: list[Offer] | None
    costs: list[Ownership]
    draws: list[tuple[Boundary, Figure, Figure]]


def both_sides(original: Subject, part: Subject, ask: Ask, catalog: Catalog, on: str) -> Sides:
    """Return the costs and powers of an original and of what it is built from."""
    sides = _both_terms(original, part, ask, catalog, on)
    chosen = _chosen(original, part, sides, catalog, on)
    draws: list[tuple[Boundary, Figure, Figure]] = []
    for row in BOUNDARIES:
        below, each = (_plain(site_power(subject, row.id, sides[1], catalog, on)) for subject in (original, part))
        draws.append((row, below, each))
    return Sides(chosen, _costs(original, part, sides, chosen, ask, catalog, on), draws)


def completed(result: Equivalence, sides: Sides, ask: Ask, work: Work | None, catalog: Catalog, on: str) -> Equivalence:
    """Return an equivalence whose number is there with its costs, powers and limits, and what a workload says besides."""
    original, part, count = result.of, result.within, result.count
    kinds = {original.item.kind, part.item.kind}
    chosen, costs, _ = sides
    powers = _powers(original, part, count, sides, catalog, on)
    hardware = _hardware_ratio(count, original, part, costs, result.by)
    capex, power = hardware, _first(powers, "power")
    if kinds in ({"chip"}, {"system"}):
        power = _ratio(count, "power.tdp" if kinds == {"chip"} else "power.system", original, part, catalog, on)
        bare = _ratio(count, "price", original, part, catalog, on)
        capex = bare if kinds == {"system"} else _of_one_market(bare, count, original, part, chosen)
    notes = [*(work.notes if work else ()), *result.notes, *_price_notes(chosen)]
    tco = unknown("tco_ratio", "tco_ratio", _no_cost(original, part, costs, chosen), unit=ONE)
    if costs and costs[0].total.known and costs[1].total.known:
        tco = replace(
            count * _plain(costs[1].total) / _plain(costs[0].total), key=f"tco ratio({part.key} for {original.key}, {result.by})",
            condition=f"over {costs[1].years.in_unit(costs[1].years.number):g} years", _cache={},
        )  # fmt: skip
    rows = _limits(result, ask, costs, tco, powers, work, catalog, on)
    return replace(
        result, capex_ratio=capex, tco_ratio=tco, power_ratio=power, hardware_ratio=hardware,
        binding=limits.sentence(limits.binding(rows), rows), limits=tuple(rows), powers=tuple(powers),
        original=costs[0] if costs else None, build=costs[1] if costs else None, notes=tuple(notes),
        residual=work.residual if work else None, fit=work.fit if work else None, uses=tuple(work.uses) if work else (),
        otherwise=tuple(work.otherwise) if work else (),
    )  # fmt: skip


def _of_one_market(bare: Figure, count: Figure, original: Subject, part: Subject, chosen: list[Offer] | None) -> Figure:
    """Return the ratio of prices of bare chips, or of two dated offers of one thing where these stand on fewer markets."""
    if not chosen or not count.known or (bare.known and _markets(bare) <= len({offer.market for offer in chosen})):
        return bare
    if bare.known and not all(offer.strong and offer.date != "undated" for offer in chosen):
        return bare
    above, below = (_plain(offer.price) for offer in (chosen[-1], chosen[0]))
    key = f"price ratio({count.key}, {part.key} for {original.key})"
    return replace(count * above / (amount(original) * below), key=key, _cache={})


def _markets(ratio: Figure) -> int:
    """Return on how many markets the prices under a ratio were read."""
    return len(
        {leaf.condition.split(",")[0] for leaf in ratio.leaves() if leaf.name.startswith("price") and leaf.condition}
    )


def _plain(figure: Figure) -> Figure:
    return replace(figure, item="", basis=(), _cache={})


def countries(original: Subject, part: Subject, ask: Ask, catalog: Catalog, on: str) -> tuple[str, str]:
    """Return where the original stands and where the build does.

    A cluster stands where it is; chips are taken to be in China, on both sides, where either side's are made there, else
    in the United States; a build of Chinese chips stands in China.
    """
    chinese = [
        bool(held) and all(is_domestic(row.chip, "cn") for row in held)
        for held in (parts(s, catalog, on) for s in (original, part))
    ]
    own = "cn" if any(chinese) else "us"
    if original.item.kind == "cluster":
        own = "cn" if original.item.country == "CN" else "us"
    at = ask.at or own
    return at, ask.build_in or ("cn" if chinese[1] else at)


def _both_terms(original: Subject, part: Subject, ask: Ask, catalog: Catalog, on: str) -> list[Terms]:
    rows: list[Terms] = []
    for subject, country, given in zip(
        (original, part), countries(original, part, ask, catalog, on), (ask.terms, ask.build_terms), strict=True
    ):
        held = parts(subject, catalog, on)
        domestic = bool(held) and all(is_domestic(row.chip, country) for row in held)
        side = BUILD if subject is part else ""
        rows.append(terms(country, catalog=catalog, on=on, domestic=domestic, given=given, side=side))
    return rows


def _chosen(original: Subject, part: Subject, sides: list[Terms], catalog: Catalog, on: str) -> list[Offer] | None:
    """Return one offer for each kind of chip of both sides: of one thing sold, and of one market where both stand in one country.

    Where they stand in two, each is taken from the market of its own country.
    """
    first = len(parts(original, catalog, on))
    rows = [offers(row.chip, catalog, on) for subject in (original, part) for row in parts(subject, catalog, on)]
    if not rows or not all(rows):
        return None
    if sides[0].country == sides[1].country:
        return one_basis(rows, markets=MARKETS_OF[sides[0].country])
    home: list[list[Offer]] = []
    for place, side in enumerate(rows):
        wanted = MARKETS_OF[sides[0 if place < first else 1].country]
        own = wanted[:2] if wanted[0] == "us" else wanted[:1]
        home.append([row for row in side if row.market in own] or side)
    return one_basis(home, markets=())


def _costs(
    original: Subject,
    part: Subject,
    sides: list[Terms],
    chosen: list[Offer] | None,
    ask: Ask,
    catalog: Catalog,
    on: str,
) -> list[Ownership]:
    if chosen is None:
        return []
    boundary = ask.boundary or _common_boundary(original, part, sides, catalog, on)
    if not boundary:
        return []
    first = len(parts(original, catalog, on))
    return [
        ownership(subject, side, catalog=catalog, on=on, years=ask.years, boundary=boundary, chosen=rows)
        for subject, side, rows in zip((original, part), sides, (chosen[:first], chosen[first:]), strict=True)
    ]


def _common_boundary(original: Subject, part: Subject, sides: list[Terms], catalog: Catalog, on: str) -> str:
    for row in BOUNDARIES:
        if all(site_power(s, row.id, t, catalog, on).known for s, t in zip((original, part), sides, strict=True)):
            return row.id
    return ""


def _powers(
    original: Subject, part: Subject, count: Figure, sides: Sides, catalog: Catalog, on: str
) -> list[tuple[str, Figure]]:
    """Return the ratio of power on every boundary that both sides have; one PUE on both."""
    rows: list[tuple[str, Figure]] = []
    for row, below, each in sides.draws:
        if count.known and below.known and each.known and parts(original, catalog, on):
            key = f"power ratio({count.key}, {part.key}, {row.id})"
            rows.append((row.words, replace(count * each / below, key=key, condition=row.words, _cache={})))
    return rows


def _first(rows: list[tuple[str, Figure]], name: str) -> Figure:
    return (
        rows[0][1]
        if rows
        else unknown(f"{name}_ratio", name, "no source states the power of both within one boundary", unit=ONE)
    )


def _hardware_ratio(count: Figure, original: Subject, part: Subject, costs: list[Ownership], by: str) -> Figure:
    """Return hardware over hardware as sold, without a network on either side."""
    if not costs:
        return unknown(
            f"price ratio({part.key} for {original.key})", "price", "no price of both is of one thing sold", unit=ONE
        )
    above, below = (_plain(cost.line("hardware")) for cost in (costs[1], costs[0]))
    words = " against ".join(dict.fromkeys(offer.words for cost in (costs[1], costs[0]) for offer in cost.offers))
    return replace(
        count * above / below, condition=words, key=f"hardware ratio({part.key} for {original.key}, {by})", _cache={}
    )


def _price_notes(chosen: list[Offer] | None) -> list[str]:
    markets = {row.market for row in chosen or []} - {"unstated"}
    shown = "; ".join(dict.fromkeys(f"{row.price.item or 'price'}: {row.words}" for row in chosen or []))
    rows = [f"cost of ownership stands on {shown}"] if shown else []
    if len(markets) > 1 or (markets and any(row.market == "unstated" for row in chosen or [])):
        rows.append("no one market has a price of both: each is an official price of its own market")
    return rows


def _no_cost(original: Subject, part: Subject, costs: list[Ownership], chosen: list[Offer] | None) -> str:
    if chosen is None:
        return f"no price of one thing sold is known for both {original.item.name} and {part.item.name}"
    if not costs:
        return "no source states the power of both within one boundary"
    lacking = next((cost.total for cost in costs if not cost.total.known), None)
    return lacking.why if lacking is not None else ""


def _limits(
    result: Equivalence, ask: Ask, costs: list[Ownership], tco: Figure, powers: list[tuple[str, Figure]],
    work: Work | None, catalog: Catalog, on: str,
) -> list[Limit]:  # fmt: skip
    rows: list[Limit] = []
    count, chips = result.count, result.chips
    held = parts(result.within, catalog, on)
    if costs and ask.budget:
        capital = count * _plain(costs[1].capital_total)
        need = replace(capital, unit=parse_unit("USD"), key="capital of the build", _cache={})
        rows.append(limits.money(need, given_figure("budget", ask.budget, "USD", least=1e-9), "the budget given"))
    elif tco.known:
        rows.append(Limit("money", "cost of owning the build over that of the original", tco))
    if costs and ask.power:
        need = replace(count * _plain(costs[1].power), unit=parse_unit("MW"), key="power of the build", _cache={})
        rows.append(limits.power(need, given_figure("power", ask.power, "MW", least=1e-9), "the power given"))
    elif powers:
        rows.append(Limit("power", f"power of the build over that of the original ({powers[0][0]})", powers[0][1]))
    if len(held) == 1 and countries(result.of, result.within, ask, catalog, on)[1] == "cn":
        chip = held[0].chip
        rows.append(limits.stock(chip, chips, catalog=catalog, on=on))
        if not is_domestic(chip, "cn"):
            sales = given_figure("sales", ask.sales, "1", least=1e-9) if ask.sales else None
            rows.append(limits.export_cap(chips, catalog=catalog, domestic_sales=sales, on=on))
        rows.append(limits.time_to_get(chip, chips, catalog=catalog, on=on))
    rows.append(limits.pace(chips, catalog=catalog, on=on))
    if work is not None and work.rate is not None:
        rows += limits.run_size(count * work.rate, catalog=catalog, on=on)
        rows.append(_batch(chips, work, ask, catalog, on))
    return rows


def _batch(chips: Figure, work: Work, ask: Ask, catalog: Catalog, on: str) -> Limit:
    """Return the limit of the batch: chips over those that a step keeps busy at the least tokens for each."""
    found = work.trained
    tokens = given_figure("batch-tokens", ask.batch_tokens, "1") if ask.batch_tokens else None
    if found is None or not found.replica_chips:
        why = "the plan of a replica is known where the performance model is asked about one kind of chip"
        return limits.batch_size(chips, None, None, why=why, batch=tokens, catalog=catalog, on=on)
    mark = f"{found.chip.id}, {found.plan}"
    each = [
        replace(constant(value, ONE), key=f"replica {name}({mark})", _cache={})
        for name, value in (("tokens", found.replica_tokens), ("chips", found.replica_chips))
    ]
    return limits.batch_size(chips, each[0], each[1], batch=tokens, catalog=catalog, on=on)


def _ratio(count: Figure, name: str, original: Subject, part: Subject, catalog: Catalog, on: str) -> Figure:
    """Return what the build has over what the original has, of two chips or two systems."""
    below, each = (quantity(name, subject, catalog=catalog, on=on) for subject in (original, part))
    return over(count * each, below, strict=False)


__all__ = ["Sides", "both_sides", "completed", "countries"]
