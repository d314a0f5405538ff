# SPDX-License-Identifier: Apache-2.0
"""How many of one thing equal a cluster of another, at what cost and power, and what binds the build.

By a metric, or by a workload: then utilisation and failures depend on the number, which is found by a fixed number of
steps with its residual. Both sides of a ratio stand on one basis: bare chips against bare chips, systems as sold
against systems as sold, power within one boundary. Where the tables have none in common, the ratio is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chipgauge.calc import limits as build
from chipgauge.calc.compare import over
from chipgauge.calc.cost_terms import Terms, given_figure, is_domestic, terms
from chipgauge.calc.fits import Fit, decode_rate, fits
from chipgauge.calc.graph import interval
from chipgauge.calc.limits import Limit
from chipgauge.calc.offers import Offer, offers, one_basis
from chipgauge.calc.ownership import Ownership, ownership
from chipgauge.calc.parts import chip_count, parts
from chipgauge.calc.powers import BOUNDARIES, site_power
from chipgauge.calc.quantity import quantity
from chipgauge.calc.utilisation import Workload, effective_time, published, useful_rate
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnitError, UnknownName
from chipgauge.specs.figure import Figure, operation, total, unknown
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

STEPS = 6
"""Steps of the number of chips against failures, which depend on it."""
ONE = parse_unit("1")


@dataclass(frozen=True, slots=True)
class Ask:
    """What an equivalence assumes besides the metric; an empty text takes the default of the tables.

    `at` and `build_in` are the countries of the original and of the build (`us`, `cn`); `terms` and `build_terms` replace
    terms of either (`calc.cost_terms`); `mfu` and `build_mfu` their utilisation; `budget`, `power` and `sales` are what there
    is for the build, with units.
    """

    train: str = ""
    infer: str = ""
    max_tpot: str = "50 ms"
    context: int = 4096
    at: str = ""
    build_in: str = ""
    terms: Mapping[str, str] | None = None
    build_terms: Mapping[str, str] | None = None
    mfu: str = ""
    build_mfu: str = ""
    years: str = ""
    budget: str = ""
    power: str = ""
    sales: str = ""
    boundary: str = ""
    batch_tokens: str = ""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What `equivalent` answers. Ratios are the build over the original.

    `count` is in units of `within`; `chips` in chips. `powers` is the ratio of power by boundary. `build` is the
    ownership of one unit of the build, `original` that of the whole original. `residual` is the last step of the number
    over the one before, less one; None where nothing depends on it.
    """

    of: Subject
    within: Subject
    by: str
    count: Figure
    whole: int | None
    whole_range: tuple[int, int] | None
    capex_ratio: Figure
    tco_ratio: Figure
    power_ratio: Figure
    binding: str
    limits: tuple[Limit, ...]
    chips: Figure
    powers: tuple[tuple[str, Figure], ...] = ()
    original: Ownership | None = None
    build: Ownership | None = None
    residual: Figure | None = None
    fit: Fit | None = None
    notes: tuple[str, ...] = ()


def equivalent(
    of: str, within: str, *, by: str = "peak.bf16", catalog: Catalog | None = None, on: str = "", ask: Ask | None = None
) -> Equivalence:
    """Return how many of `within` equal `of` by a metric or a workload, and what binds.

    Parameters
    ----------
    of : str
        An item, amount or cluster: `100000 H200`, `NVL72`, `Colossus 2`.
    within : str
        The chip or system to build it from, without a number.
    by : str
        A quantity name with a number; a metric that is not summed over chips is refused. Not read with a workload.
    ask : Ask
        A workload, countries, terms and what there is for the build.

    Examples
    --------
    >>> result = equivalent("100000 H200", "Ascend 910C", by="peak.bf16")
    >>> result.whole, result.whole_range
    (131583, (123688, 131583))
    >>> result.binding
    'no limit that is known here binds'
    """
    catalog, ask = catalog or shipped(), ask or Ask()
    original, part = catalog.subject(of), catalog.subject(within)
    if part.count != 1:
        raise UnknownName(f"--in takes an item without a number, got {within[:60]!r}; write --in {part.item.name!r}")
    if ask.train and ask.infer:
        raise UnknownName("an equivalence is by one workload: leave out --train or --infer")
    notes: list[str] = []
    residual: Figure | None = None
    fit: Fit | None = None
    if ask.train or ask.infer:
        model = catalog.find(ask.train or ask.infer)
        if ask.train:
            count, residual = _by_training(original, part, model, ask, catalog, on, notes)
        else:
            count = _by_decoding(original, part, model, ask, catalog, on, notes)
        fit = _fit(model, part, bool(ask.train), catalog, on)
        by = f"{'train' if ask.train else 'infer'} {model.name}"
    else:
        total_of, each = (quantity(by, subject, catalog=catalog, on=on) for subject in (original, part))
        _require_summed(by, original, catalog, on)
        count = over(total_of, each)
    whole = math.ceil(_down(count.number)) if count.known else None
    ends = (
        [end for end in (interval(count) if ask.train or ask.infer else count.bounds()) if end is not None]
        if count.known
        else []
    )
    whole_range = (math.ceil(_down(ends[0])), math.ceil(_down(ends[1]))) if len(ends) == 2 else None
    none = unknown("none", "none", "")
    return _completed(
        Equivalence(
            original, part, by, count, whole, whole_range, none, none, none, "", (),
            chips=_chips_of_build(count, part, catalog, on), residual=residual, fit=fit, notes=tuple(notes),
        ),
        ask, catalog, on,
    )  # fmt: skip


# --- the number --------------------------------------------------------------------------------------------------------


def _by_training(
    original: Subject, part: Subject, model: Item, ask: Ask, catalog: Catalog, on: str, notes: list[str]
) -> tuple[Figure, Figure | None]:
    """Return the number whose useful rate equals that of the original, after a fixed number of steps, and the residual."""
    workloads = [
        _workload(given, side, model, catalog, on) for given, side in ((ask.mfu, "original"), (ask.build_mfu, "build"))
    ]
    ours, theirs = parts(original, catalog, on), parts(part, catalog, on)
    if not ours:
        why = quantity("chips", original, catalog=catalog, on=on)
        return replace(why, key=f"count({part.key})", _cache={}), None
    wanted = useful_rate(
        ours, workloads[0], effective_time(chip_count(original, catalog, on), catalog, on), catalog, on
    )
    one = [
        (row.chip.id, row.count * quantity("peak.bf16", row.chip.id, catalog=catalog, on=on) * workloads[1](row.chip))
        for row in theirs
    ]
    each = one[0][1] if len(one) == 1 else total(one)
    held = chip_count(part, catalog, on)
    number = wanted / each
    before = number
    for _ in range(STEPS if number.known else 0):
        before = number
        number = wanted / (each * effective_time(number * held, catalog, on))
    notes.append(
        "the utilisation is that of published runs by family of chips, not of a model of this run; failures follow from "
        f"the number of chips, in {STEPS} steps"
    )
    residual = None
    if number.known:
        one_more = number / before
        residual = operation(
            "residual", [("last", one_more)], DIMENSIONLESS, apply=_less_one, key=f"residual({part.key})"
        )
    return number, residual


def _less_one(ratio: float) -> float:
    return ratio - 1


def _workload(given: str, side: str, model: Item, catalog: Catalog, on: str) -> Workload:
    if not given:
        return published(model, catalog, on)
    figure = replace(
        given_figure("mfu", given, "1", least=1e-6, below=1.0 + 1e-12), key=f"given/mfu of the {side}", _cache={}
    )
    return lambda chip: figure


def _by_decoding(
    original: Subject, part: Subject, model: Item, ask: Ask, catalog: Catalog, on: str, notes: list[str]
) -> Figure:
    tpot = given_figure("max-tpot", ask.max_tpot, "ms", least=1e-9)
    sides: list[Figure] = []
    for subject in (original, part):
        rows = [
            (
                row.chip.id,
                row.count * decode_rate(model, row.chip, tpot=tpot, context=ask.context, catalog=catalog, on=on),
            )
            for row in parts(subject, catalog, on)
        ]
        if not rows:
            why = quantity("chips", subject, catalog=catalog, on=on)
            return replace(why, key=f"count({part.key})", _cache={})
        sides.append(rows[0][1] if len(rows) == 1 else total(rows))
        bound = sorted({node.winner for node in sides[-1].nodes() if node.winner and node.key.startswith("batch(")})
        notes.append(f"decoding on {subject.item.name} is bound by {' and '.join(bound) or 'something unknown'}")
    notes.append(
        f"decoding {model.name} within {ask.max_tpot} a token at a context of {ask.context:,}: an upper bound without "
        "communication, in 8 bits where a chip multiplies in 8"
    )
    return sides[0] / sides[1]


def _fit(model: Item, part: Subject, training: bool, catalog: Catalog, on: str) -> Fit | None:
    held = parts(part, catalog, on)
    return fits(model, held[0].chip, training=training, catalog=catalog, on=on) if len(held) == 1 else None


def _chips_of_build(count: Figure, part: Subject, catalog: Catalog, on: str) -> Figure:
    return count if part.item.kind == "chip" else count * chip_count(part, catalog, on)


# --- cost, power, limits -----------------------------------------------------------------------------------------------


def _completed(result: Equivalence, ask: Ask, catalog: Catalog, on: str) -> Equivalence:
    """Add cost, power and limits to an equivalence whose number is there."""
    original, part, count = result.of, result.within, result.count
    sides = _both_terms(original, part, ask, catalog, on)
    kinds = {original.item.kind, part.item.kind}
    chosen = _chosen(original, part, sides, catalog, on)
    costs = _costs(original, part, sides, chosen, ask, catalog, on)
    powers = _powers(original, part, count, sides[1], catalog, on)
    if kinds in ({"chip"}, {"system"}):
        capex = _ratio(count, "price", original, part, catalog, on)
        power = _ratio(count, "power.tdp" if kinds == {"chip"} else "power.system", original, part, catalog, on)
    else:
        capex, power = _hardware_ratio(count, original, part, costs), _first(powers, "power")
    notes = [*result.notes, *_price_notes(chosen)]
    tco = unknown("tco_ratio", "tco_ratio", _no_cost(original, part, costs, chosen), unit=ONE)
    if costs and costs[0].total.known and costs[1].total.known:
        tco = replace(
            count * _plain(costs[1].total) / _plain(costs[0].total), key=f"tco ratio({part.key} for {original.key}, {result.by})",
            condition=f"over {costs[1].years.in_unit(costs[1].years.number):g} years", _cache={},
        )  # fmt: skip
    rows = _limits(result, ask, costs, tco, powers, catalog, on)
    found = build.binding(rows)
    words = build.sentence(found, rows)
    return replace(
        result, capex_ratio=capex, tco_ratio=tco, power_ratio=power, binding=words, limits=tuple(rows),
        powers=tuple(powers), original=costs[0] if costs else None, build=costs[1] if costs else None, notes=tuple(notes),
    )  # fmt: skip


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
        rows.append(terms(country, catalog=catalog, on=on, domestic=domestic, given=given))
    return rows


def _chosen(original: Subject, part: Subject, sides: list[Terms], catalog: Catalog, on: str) -> list[Offer] | None:
    """Return one offer for each kind of chip of both sides: of one thing sold, and of one market where both stand in one country.

    Where they stand in two, each is taken from the market of its own country.
    """
    first = len(parts(original, catalog, on))
    rows = [offers(row.chip, catalog, on) for subject in (original, part) for row in parts(subject, catalog, on)]
    if not rows or not all(rows):
        return None
    markets = {"us": ("us", "unstated", "china"), "cn": ("china", "unstated", "us")}
    if sides[0].country == sides[1].country:
        return one_basis(rows, markets=markets[sides[0].country])
    home: list[list[Offer]] = []
    for place, side in enumerate(rows):
        wanted = markets[sides[0 if place < first else 1].country]
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
    original: Subject, part: Subject, count: Figure, side: Terms, catalog: Catalog, on: str
) -> list[tuple[str, Figure]]:
    """Return the ratio of power on every boundary that both sides have; one PUE on both."""
    rows: list[tuple[str, Figure]] = []
    for row in BOUNDARIES:
        below, each = (_plain(site_power(subject, row.id, side, catalog, on)) for subject in (original, part))
        if count.known and below.known and each.known and parts(original, catalog, on):
            key = f"power ratio({part.key} for {original.key}, {row.id})"
            rows.append((row.words, replace(count * each / below, key=key, condition=row.words, _cache={})))
    return rows


def _first(rows: list[tuple[str, Figure]], name: str) -> Figure:
    return (
        rows[0][1]
        if rows
        else unknown(f"{name}_ratio", name, "no source states the power of both within one boundary", unit=ONE)
    )


def _hardware_ratio(count: Figure, original: Subject, part: Subject, costs: list[Ownership]) -> Figure:
    """Return hardware over hardware as sold, without a network on either side."""
    if not costs:
        return unknown(
            f"price ratio({part.key} for {original.key})", "price", "no price of both is of one thing sold", unit=ONE
        )
    above, below = (_plain(cost.line("hardware")) for cost in (costs[1], costs[0]))
    words = " against ".join(dict.fromkeys(offer.words for cost in (costs[1], costs[0]) for offer in cost.offers))
    return replace(
        count * above / below, condition=words, key=f"hardware ratio({part.key} for {original.key})", _cache={}
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
    catalog: Catalog, on: str,
) -> list[Limit]:  # fmt: skip
    rows: list[Limit] = []
    count, chips = result.count, result.chips
    held = parts(result.within, catalog, on)
    if costs and ask.budget:
        need = replace(
            count * _plain(costs[1].capital_total), unit=parse_unit("USD"), key="capital of the build", _cache={}
        )
        rows.append(build.money(need, given_figure("budget", ask.budget, "USD", least=1e-9), "the budget given"))
    elif tco.known:
        rows.append(Limit("money", "cost of owning the build over that of the original", tco))
    if costs and ask.power:
        need = replace(count * _plain(costs[1].power), unit=parse_unit("MW"), key="power of the build", _cache={})
        rows.append(build.power(need, given_figure("power", ask.power, "MW", least=1e-9), "the power given"))
    elif powers:
        rows.append(Limit("power", f"power of the build over that of the original ({powers[0][0]})", powers[0][1]))
    if len(held) == 1 and countries(result.of, result.within, ask, catalog, on)[1] == "cn":
        chip = held[0].chip
        rows.append(build.stock(chip, chips, catalog=catalog, on=on))
        if not is_domestic(chip, "cn"):
            sales = given_figure("sales", ask.sales, "1", least=1e-9) if ask.sales else None
            rows.append(build.export_cap(chips, catalog=catalog, domestic_sales=sales, on=on))
        rows.append(build.time_to_get(chip, chips, catalog=catalog, on=on))
    rows.append(build.pace(chips, catalog=catalog, on=on))
    if ask.train and held:
        model = catalog.find(ask.train)
        rate = useful_rate(
            held, _workload(ask.build_mfu, "build", model, catalog, on), effective_time(chips, catalog, on), catalog, on
        )
        rows += build.run_size(count * rate, catalog=catalog, on=on)
    return rows


# --- what was there: the ratio of a metric --------------------------------------------------------------------------


def _down(value: float) -> float:
    """Take back the last rounding, so that an exact whole number does not become one more."""
    return value * (1 - 1e-12)


def _require_summed(by: str, original: Subject, catalog: Catalog, on: str) -> None:
    one, two = (quantity(by, Subject(original.item, n), catalog=catalog, on=on) for n in (1.0, 2.0))
    if one.known and two.known and isinstance(one.value, float):
        if abs(two.number - 2 * one.number) > 1e-9 * abs(two.number):
            raise UnitError(
                f"{by} is not summed over chips, so nothing adds up to it; take for example peak.bf16 or memory.bandwidth"
            )
    elif one.known:
        raise UnitError(f"{by} is not a number; take for example peak.bf16 or memory.bandwidth")


def _ratio(count: Figure, name: str, original: Subject, part: Subject, catalog: Catalog, on: str) -> Figure:
    """Return what the build has over what the original has, of two chips or two systems."""
    below, each = (quantity(name, subject, catalog=catalog, on=on) for subject in (original, part))
    return over(count * each, below, strict=False)


__all__ = ["Ask", "Equivalence", "Limit", "equivalent"]
