# SPDX-License-Identifier: Apache-2.0
"""What `cost` answers: ownership, the cost of work, published rates beside it, another cluster, and where they break even."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chipgauge.calc.cost import cost_per_token
from chipgauge.calc.cost_terms import OF_A_PURCHASE, Terms, given_figure, is_domestic, terms
from chipgauge.calc.equal_work import work_cost, work_ratio
from chipgauge.calc.flips import Flip, Map, flip, two_way
from chipgauge.calc.offers import MARKETS_OF, Offer, given_offer, offers, one_basis, same_thing
from chipgauge.calc.ownership import Ownership, ownership, per_operation
from chipgauge.calc.parts import parts
from chipgauge.calc.payers import PAYERS, hourly
from chipgauge.calc.powers import best_boundary
from chipgauge.calc.quantity import quantity
from chipgauge.calc.reliability import training_time
from chipgauge.calc.serving_rate import Request, Server, upper_bound
from chipgauge.calc.utilisation import Utilisation, effective_time
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import BasisError, ChipgaugeError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import parse_unit

OTHER = " of the other"
"""What is added to the terms of a purchase of the second cluster: it pays its own duty."""
SITE = {"capex.compute": "compute", "capex.total": "all capital"}
"""Capital of a named cluster that its source estimates, beside ours."""

TPOT = "50 ms"
"""Time per token within which tokens are sold, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What `cost` answers: ownership, the cost of work, what others publish of the same, and another cluster beside it.

    `published` are rates of a chip-hour by payer; `site` is the capital that a source estimates for a named cluster;
    `ratio` is the cost of equal work over that of `against`; `flips` and `map` are where it crosses 1.
    """

    own: Ownership
    work: tuple[tuple[str, Figure], ...]
    published: tuple[tuple[str, Figure], ...]
    site: tuple[tuple[str, Figure], ...] = ()
    against: Ownership | None = None
    ratio: Figure | None = None
    ratio_words: str = ""
    flips: tuple[Flip, ...] = ()
    map: Map | None = None
    notes: tuple[str, ...] = ()


def cost(
    of: str, *, catalog: Catalog, on: str = "", country: str = "us", years: str = "", price: str = "", sold: str = "",
    market: str = "", boundary: str = "", given: Mapping[str, str] | None = None, train: str = "", infer: str = "",
    mfu: str = "", against: str = "", against_given: Mapping[str, str] | None = None, flip_by: Sequence[str] = (),
    serve: Server | None = None,
) -> Cost:  # fmt: skip
    """Return what a cluster costs to own, and beside it the published rates and another cluster.

    Parameters
    ----------
    price, sold, market : str
        A price per chip given by the user, what it is of, and the market of prices (`calc.offers`); empty for the first
        that one market has of both clusters.
    given, against_given : mapping
        Terms of both (`calc.cost_terms`), and of the second alone. Chips that are made in China bear no duty, fee or
        premium there unless the second mapping says so.
    train, infer : str
        A model whose training, or million tokens, are costed as well.
    mfu : str
        Utilisation of the first cluster, in place of the model's (with `train`) or that of published runs.
    against : str
        A second cluster, at the same work.
    flip_by : sequence of str
        Terms whose value makes both cost the same; two make a map.

    Raises
    ------
    BasisError
        The two prices are of different things, or of different kinds of market.
    UnknownName
        A term, a model or a market that is not there.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> found = cost("100000 H200", catalog=catalog(), country="cn", market="china")
    >>> round(found.own.capital_total.number / 1e9, 1)
    4.2
    """
    if flip_by and not against:
        raise UnknownName('--break-even needs a second cluster: write --against "100000 B200"')
    subject, other = catalog.subject(of), catalog.subject(against) if against else None
    notes: list[str] = []
    side = _terms(subject, country, given, "", None, notes, catalog, on)
    theirs_terms = _terms(other, country, given, OTHER, against_given, notes, catalog, on) if other else side
    chosen = _chosen(subject, other, price, sold, market, country, catalog, on)
    first = len(parts(subject, catalog, on))
    both = [one for one in (subject, other) if one is not None]
    boundary = boundary or (best_boundary(both, side, catalog, on) if other else "")
    own = ownership(
        subject, side, catalog=catalog, on=on, years=years, market=market, sold=sold, price=price, boundary=boundary,
        chosen=chosen[:first] if chosen else None,
    )  # fmt: skip
    model = catalog.find(train) if train else None
    use = _use(model, mfu, catalog, on)
    work = _work(own, use, model, infer, serve, catalog, on)
    held = parts(subject, catalog, on)
    rates = [(payer, hourly(held[0].chip, payer, catalog)) for payer in PAYERS] if len(held) == 1 else []
    shown = tuple((payer, figure) for payer, figure in rates if figure.known)
    notes += [f"price of {row.price.item or subject.item.id}: {row.words}" for row in own.offers]
    site = _site(subject, catalog, on)
    if other is None:
        return Cost(own, tuple(work), shown, site, notes=(*notes, *use.notes))
    theirs = ownership(
        other, theirs_terms, catalog=catalog, on=on, years=years, market=market, boundary=boundary,
        chosen=chosen[first:] if chosen else None,
    )  # fmt: skip
    notes += [f"price of {row.price.item or other.item.id}: {row.words}" for row in theirs.offers]
    ratio = _ratio(own, theirs, use, _use(model, "", catalog, on), catalog, on)
    words = f"cost of a useful operation, {subject.item.name} over {other.item.name}"
    flips = tuple(flip(ratio, name) for name in flip_by) if ratio.known else ()
    keys = [one.leaf.key for one in flips]
    drawn = two_way(ratio, *keys) if len(set(keys)) == 2 == len(keys) else None
    return Cost(
        own, tuple(work), shown, site, theirs, ratio, words, flips, drawn, tuple(dict.fromkeys((*notes, *use.notes)))
    )


def _terms(
    subject: Subject, country: str, given: Mapping[str, str] | None, side: str, own: Mapping[str, str] | None,
    notes: list[str], catalog: Catalog, on: str,
) -> Terms:  # fmt: skip
    """Return the terms of one side. Those of a purchase are its own; chips made in China bear none of them there."""
    held = parts(subject, catalog, on)
    domestic = bool(held) and all(is_domestic(part.chip, country) for part in held)
    used = dict(given or {})
    if domestic and country == "cn":
        dropped = [name for name in OF_A_PURCHASE if used.pop(name, "")]
        if dropped:
            notes.append(f"{subject.item.name} is made in China and bears no {' or '.join(dropped)} there")
    made = terms(country, catalog=catalog, on=on, domestic=domestic, given={**used, **(own or {})}, side=side)
    if side:  # what both sites share is one unknown; what a purchase bears, or this side alone was given, is its own
        shared = {name: text for name, text in used.items() if name not in OF_A_PURCHASE and name not in (own or {})}
        same = terms(country, catalog=catalog, on=on, domestic=domestic, given=shared)
        made = replace(made, figures={**made.figures, **{name: same[name] for name in shared}})
    return made


def _chosen(
    subject: Subject, other: Subject | None, price: str, sold: str, market: str, country: str, catalog: Catalog, on: str
) -> list[Offer] | None:
    """Return one offer for each kind of chip of both clusters, all of one thing sold; None where there are none.

    Raises
    ------
    BasisError
        The user named a market or a thing sold that does not have a price of every chip.
    """
    held = [(part.chip, one is subject) for one in (subject, other) if one for part in parts(one, catalog, on)]
    rows = [offers(chip, catalog, on) for chip, _ in held]
    if not rows or not all(rows):
        return None
    if price or sold:
        if other is None:
            return None
        return [
            given_offer(chip, price, sold, market) if price and own else same_thing(chip, row, sold or "server", market)
            for (chip, own), row in zip(held, rows, strict=True)
        ]
    markets = (market,) if market else MARKETS_OF[country]
    found = one_basis(rows, markets=markets, others=not market)
    if found is None and market:
        names = ", ".join(chip.name for chip, _ in held)
        raise BasisError(f"the {market} market has no price of one thing sold for {names}; leave out --market")
    return found


def _site(subject: Subject, catalog: Catalog, on: str) -> tuple[tuple[str, Figure], ...]:
    if subject.item.kind != "cluster":
        return ()
    rows = [(words, quantity(name, subject, catalog=catalog, on=on)) for name, words in SITE.items()]
    return tuple((words, figure) for words, figure in rows if figure.known)


def _use(model: Item | None, mfu: str, catalog: Catalog, on: str) -> Utilisation:
    """Return the utilisation of a cluster; its notes say whose it is."""
    trainer, words = None, "utilisation is that of published runs by family of chips"
    if mfu:
        words = "utilisation is as given"
    elif model is not None:
        from chipgauge.calc.modelled import Trainer

        try:
            trainer = Trainer(model, catalog=catalog, on=on)
            words = "utilisation is that of the performance model, with the fastest plan"
        except ChipgaugeError as error:
            words = f"{words}: {error}"
    use = Utilisation(model, mfu, trainer, catalog, on, published_where_short=True)
    use.notes.append(words)
    return use


def _work(
    own: Ownership, use: Utilisation, model: Item | None, infer: str, serve: Server | None, catalog: Catalog, on: str
) -> list[tuple[str, Figure]]:
    held = parts(own.subject, catalog, on)
    rows: list[tuple[str, Figure]] = []
    if len(held) != 1:
        return rows
    chip = held[0].chip
    mfu, effective = _used(use, chip, own, catalog, on)
    used = mfu * effective
    peak = quantity("peak.bf16", chip.id, catalog=catalog, on=on)
    each = per_operation(own.hourly, peak, used)
    rows.append(("a useful EFLOP", each))
    if model is not None:
        operations = quantity("training_compute", model.id, catalog=catalog, on=on)
        rows.append((f"training {model.name}", replace(each * operations, unit=parse_unit("USD"), _cache={})))
        time: Figure = training_time(operations=operations, chips=own.chips, peak=peak, mfu=mfu, effective=effective)
        rows.append(
            (f"training {model.name}, time", replace(time, unit=parse_unit("day"), _cache={}) if time.known else time)
        )
    if infer:
        from chipgauge.calc.served import server_or  # the performance model, which most questions do not need

        served, server = catalog.find(infer), server_or(serve)
        tpot = given_figure("max-tpot", TPOT, "ms")
        chips = own.chips.number if own.chips.known else 1.0
        service = server(Request(served, chip, chips, tpot, 4096, catalog, on))
        made: Figure = cost_per_token(rate=own.hourly, tokens=service.rate)
        best = ", at best" if server is upper_bound else ""
        rows.append(
            (
                f"a million output tokens of {served.name}, {TPOT} a token{best}",
                replace(made, unit=parse_unit("USD/Mtoken"), _cache={}),
            )
        )
    return rows


def _used(use: Utilisation, chip: Item, own: Ownership, catalog: Catalog, on: str) -> tuple[Figure, Figure]:
    """Return what a cluster uses of its peak, and of its time between failures and restarts. [1, 1]"""
    return use.of(chip, own.chips.number if own.chips.known else 1.0), effective_time(own.chips, catalog, on)


def _ratio(
    own: Ownership, theirs: Ownership, ours: Utilisation, other: Utilisation, catalog: Catalog, on: str
) -> Figure:
    """Return cost over useful operations of one cluster over those of another, both of one kind of chip."""
    sides: list[Figure] = []
    for side, use in ((own, ours), (theirs, other)):
        held = parts(side.subject, catalog, on)
        if len(held) != 1:
            raise UnknownName(
                f"{side.subject.item.name} holds several kinds of chips; name one chip or system with --against"
            )
        chip = held[0].chip
        mfu, effective = _used(use, chip, side, catalog, on)
        sides.append(work_cost(side, chip, mfu * effective, catalog, on))
    return work_ratio(sides[0], sides[1], f"{own.subject.key} over {theirs.subject.key}")


__all__ = ["Cost", "cost"]
