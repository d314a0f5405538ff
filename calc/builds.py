# SPDX-License-Identifier: Apache-2.0
"""What a page shows of builds, payers, drivers, flips and scenarios: rows of figures with their 90% ends, ready to draw.

Each function takes names and a catalogue and returns plain rows; nothing is rounded and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from chipgauge.calc.costs import cost
from chipgauge.calc.equivalence import Ask, Equivalence
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.flips import Flip, Map, flip, two_way
from chipgauge.calc.graph import interval, swing
from chipgauge.calc.payers import Premium, Span, alike, premiums, spans
from chipgauge.calc.scenario import Outcome
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.units import parse_unit

Ends = tuple[float, float] | None
"""5% and 95% ends in base units; None where the figure has no number."""


class Ranged(NamedTuple):
    """A figure with its 90% ends in base units."""

    figure: Figure
    ends: Ends


def ranged(figure: Figure) -> Ranged:
    """Return a figure with its 90% ends.

    >>> from chipgauge.calc.quantity import quantity
    >>> ranged(quantity("peak.bf16", "H20")).ends
    (148000000000000.0, 148000000000000.0)
    """
    return Ranged(figure, interval(figure) if figure.known and isinstance(figure.value, float) else None)


class Build(NamedTuple):
    """One way to equal an original: the number, and capital, cost of ownership and power of the whole, each beside the original's.

    `equivalence` has the ratios, limits and what binds. A cost is unknown where no price of one thing sold is known for
    both, and then so is that of the original in this row.
    """

    equivalence: Equivalence
    needed: Ranged
    capital: Ranged
    original_capital: Ranged
    total: Ranged
    original_total: Ranged
    power: Ranged
    original_power: Ranged


def builds(
    of: str, within: Sequence[str], *, by: str = "peak.bf16", catalog: Catalog, on: str = "", ask: Ask | None = None
) -> list[Build]:
    """Return what it takes to equal an original with each of several chips or systems.

    Parameters
    ----------
    of : str
        An item, amount or cluster.
    within : sequence of str
        What it is built from, one way each.
    by : str
        The metric, where `ask` names no workload.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> rows = builds("1000 GB200", ["H200", "910C"], catalog=catalog(), ask=Ask(build_in="cn"))
    >>> [row.equivalence.whole for row in rows]
    [2527, 3325]
    """
    return [_build(equivalent(of, part, by=by, catalog=catalog, on=on, ask=ask)) for part in within]


def _build(found: Equivalence) -> Build:
    def whole(name: str, unit: str) -> tuple[Ranged, Ranged]:
        made: list[Ranged] = []
        for own, times in ((found.build, found.count), (found.original, None)):
            if own is None:
                made.append(
                    Ranged(
                        replace(
                            found.tco_ratio, name=name, key=f"{name}({found.of.key})", unit=parse_unit(unit), _cache={}
                        ),
                        None,
                    )
                )
                continue
            figure: Figure = getattr(own, name)
            if times is not None:
                plain = replace(figure, item="", basis=(), _cache={})
                key = f"{name} of the build({found.within.key} for {found.of.key}, {found.by})"
                figure = replace(times * plain, key=key, unit=parse_unit(unit), _cache={})
            made.append(ranged(replace(figure, unit=parse_unit(unit), _cache={})))
        return made[0], made[1]

    return Build(
        found, ranged(found.count), *whole("capital_total", "USD"), *whole("total", "USD"), *whole("power", "MW")
    )


class ByPayer(NamedTuple):
    """Equal work at published costs of a chip-hour: every pair, and the span by payer and bound."""

    rows: list[Premium]
    spans: list[Span]


def by_payer(chip: str, against: Sequence[str], *, catalog: Catalog, generation: bool = False) -> ByPayer:
    """Return the cost of equal work on a chip over others by who pays and what binds; `generation` adds their kin.

    >>> from chipgauge.specs.catalog import catalog
    >>> found = by_payer("H200", ["GB200"], catalog=catalog(), generation=True)
    >>> [(span.payer, span.words) for span in found.spans if span.work == "training"]
    [('hyperscaler', '1.61 to 1.64'), ('neocloud', '1.60 to 1.69'), ('rental', '1.22 to 1.25')]
    """
    others = [catalog.find(name) for name in against]
    rows = premiums(catalog.find(chip), alike(others, catalog) if generation else others, catalog=catalog)
    return ByPayer(rows, spans(rows))


class Bar(NamedTuple):
    """One bar of a tornado: the leaf, and the result with that leaf alone at its low and at its high, in base units."""

    leaf: Figure
    low: float
    high: float


def tornado(figure: Figure, most: int = 8) -> list[Bar]:
    """Return what drives a figure, widest first.

    >>> from chipgauge.calc.quantity import quantity
    >>> tornado(quantity("tpp", "910C"))[0].leaf.key
    'huawei-ascend-910c/peak.bf16'
    """
    leaves = {leaf.key: leaf for leaf in figure.leaves()}
    return [Bar(leaves[key], low, high) for key, low, high in swing(figure)[:most]]


class Crossings(NamedTuple):
    """Where two clusters cost the same for equal work: the ratio, one flip a term, and the map of two of them."""

    ratio: Figure
    words: str
    flips: list[Flip]
    map: Map


def crossings(
    first: str, second: str, *, catalog: Catalog, on: str = "", country: str = "cn", x: str = "price", y: str = "mfu",
    more: Sequence[str] = ("lifetime", "price.electricity", "duty", "fee", "premium"), xs: Sequence[float] = (),
    ys: Sequence[float] = (), given: Mapping[str, str] | None = None,
) -> Crossings:  # fmt: skip
    """Return where the cost of equal work on one cluster over another crosses 1, and the map over two terms of the first.

    Parameters
    ----------
    first, second : str
        Amounts, each of one kind of chip: `100000 H200`, `131582 910C`.
    x, y : str
        The two terms of the map (`calc.flips.movable`); price and utilisation of the first by default.
    more : sequence of str
        Further terms whose crossing is searched, each alone.
    xs, ys : sequence of float
        Points of the axes in base units, for a map finer than round values.
    given : mapping
        Terms that replace those of the tables.

    Raises
    ------
    UnknownName
        The ratio does not stand on one of the terms.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> found = crossings("100000 H200", "131582 910C", catalog=catalog())
    >>> found.ratio.number > 1, [round(one.crossings[0].change, 3) for one in found.flips[:2]]
    (True, [-0.04, 0.033])
    """
    found = cost(first, catalog=catalog, on=on, country=country, against=second, given=given)
    ratio = found.ratio
    assert ratio is not None
    return Crossings(
        ratio, found.ratio_words, [flip(ratio, name) for name in (x, y, *more)] if ratio.known else [],
        two_way(ratio, x, y, xs=xs, ys=ys),
    )  # fmt: skip


class Standing(NamedTuple):
    """One scenario, year and basis: what others and China acquire or hold, the advantage and the share, with 90% ends.

    Amounts are in H100-equivalents on the basis; each of the last four is (value, low, median, high), or None.
    """

    scenario: str
    name: str
    year: int
    basis: str
    counted: str
    others: tuple[float, float, float, float] | None
    china: tuple[float, float, float, float] | None
    advantage: tuple[float, float, float, float] | None
    share: tuple[float, float, float, float] | None


def standings(outcomes: Sequence[Outcome], *, basis: str = "", counted: str = "") -> list[Standing]:
    """Return the rows of several scenarios (`calc.scenario.run`), of one basis or kind of count where they are named.

    >>> from chipgauge.specs.scenario_tables import SHIPPED, shipped_scenario
    >>> from chipgauge.calc.scenario import run
    >>> from chipgauge.specs.catalog import catalog
    >>> outcome = run(shipped_scenario(SHIPPED[0], catalog()), catalog=catalog(), draws=500)
    >>> [(row.year, row.counted) for row in standings([outcome], basis="8bit")]
    [(2026, 'acquired'), (2026, 'held')]
    """
    rows: list[Standing] = []
    for outcome in outcomes:
        for point in outcome.points:
            if (basis and point.basis != basis) or (counted and point.counted != counted):
                continue
            four = {
                name: (getattr(point, name).number, *point.ends[name]) if name in point.ends else None
                for name in ("us", "china", "advantage", "share")
            }
            rows.append(
                Standing(
                    outcome.scenario.id, outcome.scenario.name, point.year, point.basis, point.counted,
                    four["us"], four["china"], four["advantage"], four["share"],
                )
            )  # fmt: skip
    return rows


__all__ = [
    "Bar", "Build", "ByPayer", "Crossings", "Ranged", "Standing", "builds", "by_payer", "crossings", "ranged",
    "standings", "tornado",
]  # fmt: skip
