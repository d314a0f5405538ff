# SPDX-License-Identifier: Apache-2.0
"""What `cost` answers: ownership, the cost of work, published rates beside it, another cluster, and where they break even."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chipgauge.calc.breakeven import BreakEven, break_even, grid
from chipgauge.calc.cost import cost_per_token
from chipgauge.calc.cost_terms import TERMS, Terms, given_figure, is_domestic, terms
from chipgauge.calc.fits import decode_rate
from chipgauge.calc.offers import offers, one_basis
from chipgauge.calc.ownership import Ownership, ownership, per_operation
from chipgauge.calc.parts import parts
from chipgauge.calc.payers import PAYERS, hourly
from chipgauge.calc.powers import BOUNDARIES, site_power
from chipgauge.calc.quantity import quantity
from chipgauge.calc.utilisation import Workload, effective_time, published
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import parse_unit

STEPS = 7
"""Points of a map on each axis."""
REACH = 8.0
"""A search for a break-even goes from this part of a value to this many times it."""


@dataclass(frozen=True, slots=True)
class Map:
    """A ratio over two leaves: `values[y][x]`, in base units of the axes."""

    x: Figure
    y: Figure
    xs: list[float]
    ys: list[float]
    values: list[list[float]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What `cost` answers."""

    own: Ownership
    work: tuple[tuple[str, Figure], ...]
    published: tuple[tuple[str, Figure], ...]
    against: Ownership | None = None
    ratio: Figure | None = None
    ratio_words: str = ""
    flips: tuple[tuple[str, str, list[BreakEven]], ...] = ()
    map: Map | None = None
    notes: tuple[str, ...] = ()


def cost(
    of: str, *, catalog: Catalog, on: str = "", country: str = "us", years: str = "", price: str = "", sold: str = "",
    market: str = "", boundary: str = "", given: Mapping[str, str] | None = None, train: str = "", infer: str = "",
    mfu: str = "", against: str = "", flip: Sequence[str] = (),
) -> Cost:  # fmt: skip
    """Return what a cluster costs to own, and beside it the published rates and another cluster.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> found = cost("100000 H200", catalog=catalog(), country="cn", market="china")
    >>> round(found.own.capital_total.number / 1e9, 1)
    4.2
    """
    subject = catalog.subject(of)
    other = catalog.subject(against) if against else None
    side = _terms(subject, country, given, catalog, on)
    rows = [offers(part.chip, catalog, on) for one in (subject, other) if one for part in parts(one, catalog, on)]
    free = not price and not sold and rows and all(rows)
    chosen = one_basis(rows, markets=_markets(market, country)) if free else None
    boundary = boundary or (_common(subject, other, side, catalog, on) if other else "")
    first = len(parts(subject, catalog, on))
    own = ownership(
        subject, side, catalog=catalog, on=on, years=years, market=market, sold=sold, price=price, boundary=boundary,
        chosen=chosen[:first] if chosen else None,
    )  # fmt: skip
    model = catalog.find(train) if train else None
    workload = _workload(mfu, model, catalog, on)
    work = _work(own, workload, model, infer, catalog, on)
    held = parts(subject, catalog, on)
    rates = [(payer, hourly(held[0].chip, payer, catalog)) for payer in PAYERS] if len(held) == 1 else []
    shown = tuple((payer, figure) for payer, figure in rates if figure.known)
    notes = [f"price of {row.price.item or subject.item.id}: {row.words}" for row in own.offers]
    notes.append("utilisation is that of published runs by family of chips" if not mfu else "utilisation is as given")
    if other is None:
        if flip:
            raise UnknownName('--break-even needs a second cluster: write --against "100000 B200"')
        return Cost(own, tuple(work), shown, notes=tuple(notes))
    theirs = ownership(
        other, _terms(other, country, given, catalog, on), catalog=catalog, on=on, years=years, market=market, boundary=boundary,
        chosen=chosen[first:] if chosen else None,
    )  # fmt: skip
    notes += [f"price of {row.price.item or other.item.id}: {row.words}" for row in theirs.offers]
    ratio = _equal_work(own, theirs, workload, _workload("", model, catalog, on), catalog, on)
    words = f"cost of a useful operation, {subject.item.name} over {other.item.name}"
    flips, two_way = _breaks(ratio, flip) if ratio.known else ((), None)
    return Cost(own, tuple(work), shown, theirs, ratio, words, flips, two_way, tuple(dict.fromkeys(notes)))


def _markets(market: str, country: str) -> tuple[str, ...]:
    return (market,) if market else ("china", "unstated", "us") if country == "cn" else ("us", "unstated", "china")


def _terms(subject: Subject, country: str, given: Mapping[str, str] | None, catalog: Catalog, on: str) -> Terms:
    held = parts(subject, catalog, on)
    domestic = bool(held) and all(is_domestic(part.chip, country) for part in held)
    return terms(country, catalog=catalog, on=on, domestic=domestic, given=given)


def _common(subject: Subject, other: Subject | None, side: Terms, catalog: Catalog, on: str) -> str:
    both = [one for one in (subject, other) if one is not None]
    for row in BOUNDARIES:
        if all(site_power(one, row.id, side, catalog, on).known for one in both):
            return row.id
    return ""


def _workload(mfu: str, model: Item | None, catalog: Catalog, on: str) -> Workload:
    if not mfu:
        return published(model, catalog, on)
    figure = replace(given_figure("mfu", mfu, "1", least=1e-6, below=1.0 + 1e-12), key="given/mfu", _cache={})
    return lambda chip: figure


def _work(
    own: Ownership, workload: Workload, model: Item | None, infer: str, catalog: Catalog, on: str
) -> list[tuple[str, Figure]]:
    held = parts(own.subject, catalog, on)
    rows: list[tuple[str, Figure]] = []
    if len(held) != 1:
        return rows
    chip = held[0].chip
    used = workload(chip) * effective_time(own.chips, catalog, on)
    peak = quantity("peak.bf16", chip.id, catalog=catalog, on=on)
    each = per_operation(own.hourly, peak, used)
    rows.append(("a useful EFLOP", each))
    if model is not None:
        operations = quantity("training_compute", model.id, catalog=catalog, on=on)
        rows.append((f"training {model.name}", replace(each * operations, unit=parse_unit("USD"), _cache={})))
        time = operations / (own.chips * peak * used)
        rows.append(
            (f"training {model.name}, time", replace(time, unit=parse_unit("day"), _cache={}) if time.known else time)
        )
    if infer:
        served = catalog.find(infer)
        tokens = decode_rate(
            served, chip, tpot=given_figure("max-tpot", "50 ms", "ms"), context=4096, catalog=catalog, on=on
        )
        made: Figure = cost_per_token(rate=own.hourly, tokens=tokens)
        rows.append(
            (
                f"a million output tokens of {served.name}, at best",
                replace(made, unit=parse_unit("USD/Mtoken"), _cache={}),
            )
        )
    return rows


def _equal_work(
    own: Ownership, theirs: Ownership, ours: Workload, other: Workload, catalog: Catalog, on: str
) -> Figure:
    """Return cost over useful operations of one cluster over those of another, both of one kind of chip."""
    sides: list[Figure] = []
    for side, workload in ((own, ours), (theirs, other)):
        held = parts(side.subject, catalog, on)
        if len(held) != 1:
            raise UnknownName(
                f"{side.subject.item.name} holds several kinds of chips; name one chip or system with --against"
            )
        used = workload(held[0].chip) * effective_time(side.chips, catalog, on)
        each = per_operation(side.hourly, quantity("peak.bf16", held[0].chip.id, catalog=catalog, on=on), used)
        sides.append(replace(each, item="", basis=(), _cache={}))
    return replace(
        sides[0] / sides[1], key=f"cost of equal work({own.subject.key} over {theirs.subject.key})", _cache={}
    )


def movable(ratio: Figure) -> dict[str, str]:
    """Return the leaves of a ratio by the names under which `--break-even` knows them: a key, or the end of one."""
    names: dict[str, str] = {}
    for leaf in ratio.leaves():
        for name in (leaf.key, leaf.key.partition("/")[2].partition("@")[0].partition(":")[0] or leaf.key, leaf.name):
            names.setdefault(name, leaf.key)
    return names


def _breaks(ratio: Figure, flip: Sequence[str]) -> tuple[tuple[tuple[str, str, list[BreakEven]], ...], Map | None]:
    names = movable(ratio)
    rows: list[tuple[str, str, list[BreakEven]]] = []
    leaves: list[Figure] = []
    by_key = {leaf.key: leaf for leaf in ratio.leaves()}
    for name in flip:
        if name not in names:
            hint = did_you_mean(name, names) or f" It stands on: {', '.join(sorted(by_key))[:400]}."
            raise UnknownName(f"the ratio does not depend on {name[:60]!r}.{hint}")
        leaf = by_key[names[name]]
        leaves.append(leaf)
        low, high = _ends(leaf)
        unit = "" if leaf.unit.text == "1" else f" {leaf.unit.text}"
        rows.append(
            (
                leaf.key,
                f"now {leaf.in_unit(leaf.number):.4g}{unit}",
                break_even(ratio, leaf.key, target=1.0, low=low, high=high),
            )
        )
    if len(leaves) != 2 or leaves[0].key == leaves[1].key:
        return tuple(rows), None
    axes = [_steps(leaf) for leaf in leaves]
    made = grid(ratio, leaves[0].key, leaves[1].key, xs=axes[0], ys=axes[1])
    return tuple(rows), Map(leaves[0], leaves[1], axes[0], axes[1], [[float(value) for value in line] for line in made])


def _ends(leaf: Figure) -> tuple[float, float]:
    """Return the interval that is searched: around the value; of a share all of it; of a term that is 0, up to 3."""
    if leaf.name in TERMS and TERMS[leaf.name].below <= 1.0 + 1e-9:
        return 1e-9, min(1.0, TERMS[leaf.name].below) - 1e-9
    if leaf.number == 0:
        return 0.0, 3.0
    high = leaf.number * REACH
    return leaf.number / REACH, min(high, 1.0) if leaf.name.startswith("mfu") else high


def _steps(leaf: Figure) -> list[float]:
    low, high = _ends(leaf)
    if leaf.number:
        low, high = max(low, leaf.number / 2), min(high, leaf.number * 2)
    return [low + (high - low) * step / (STEPS - 1) for step in range(STEPS)]


__all__ = ["Cost", "Map", "cost", "movable"]
