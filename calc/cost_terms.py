# SPDX-License-Identifier: Apache-2.0
"""The terms of a calculation of cost: each a figure with its source and range, by name, for a country and a kind of chip.

A term that the user gives replaces the one of the tables, is called assumed, and can be moved like any other leaf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from chipgauge.calc.functions import COUNTRIES
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import METHOD, Figure
from chipgauge.specs.records import Item
from chipgauge.specs.units import YEAR, parse_unit, parse_value

YEARS = (0.1, 50.0)
"""Over how many years a cost of ownership may be asked."""
CHINESE_MAKERS = frozenset(
    {
        "biren", "cambricon", "enflame", "huawei", "hygon", "iluvatar", "kunlunxin", "metax", "moore-threads", "t-head",
    }
)  # fmt: skip
"""Makers whose chips are domestic in China, for which alone the subsidised electricity price is meant."""


MOST_MARKUP = 10.0
"""A duty or a premium stays below this: `25` is taken for a slip of 25%, not for 2,500%."""


class Term(NamedTuple):
    """A term: its unit, its words, and where its figure stands in the tables, by country (empty: in none)."""

    unit: str
    words: str
    us: str = ""
    cn: str = ""
    least: float = 0.0
    below: float = float("inf")


TERMS: dict[str, Term] = {
    "server.price_factor": Term(
        "1",
        "price of a server over its bare chips",
        "server-overhead/server.price_factor",
        "server-overhead/server.price_factor",
        least=1.0,
    ),
    "network.cost_share": Term(
        "1",
        "share of the network in a cluster",
        "cluster-network/network.cost_share",
        "cluster-network/network.cost_share",
        below=1.0,
    ),
    "server.power_factor": Term(
        "1",
        "power of a server over its chips",
        "server-power/server.power_factor",
        "server-power/server.power_factor",
        least=1.0,
    ),
    "draw.share": Term(
        "1",
        "average draw over rated power",
        "average-draw/draw.share:gpu",
        "average-draw/draw.share:gpu",
        below=1.0 + 1e-12,
    ),
    "pue": Term("1", "power usage effectiveness", "pue/pue:hyperscaler", "pue/pue:china-hub-node-limit", least=1.0),
    "price.electricity": Term(
        "USD/kWh",
        "electricity price",
        "electricity/price.electricity:us-industrial",
        "electricity/price.electricity:china-industrial-average",
    ),
    "construction": Term(
        "USD/MW",
        "construction per megawatt",
        "site-model/capex.per_power:construction-us",
        "site-model/capex.per_power:construction-cn",
    ),
    "staff": Term(
        "USD/MW/year",
        "staff per megawatt and year",
        "site-model/opex.per_power:staff-us",
        "site-model/opex.per_power:staff-cn",
    ),
    "lifetime": Term(
        "year",
        "life of the hardware",
        "server-life/lifetime:from-2023",
        "server-life/lifetime:from-2023",
        least=YEARS[0] * YEAR,
    ),
    "lifetime.site": Term(
        "year",
        "life of the buildings",
        "one-gigawatt-model/lifetime:facility",
        "one-gigawatt-model/lifetime:facility",
        least=YEARS[0] * YEAR,
    ),
    "interest": Term("1", "cost of capital a year; 0 is straight-line depreciation", below=1.0),
    "duty": Term("1", "import duty on the dutiable value", below=MOST_MARKUP),
    "dutiable.share": Term("1", "part of the price on which duty is due", below=1.0 + 1e-12),
    "passed_on": Term("1", "share of duty and fee that the buyer bears", below=1.0 + 1e-12),
    "fee": Term("1", "share of revenue that the seller pays to the state", below=1.0),
    "premium": Term("1", "price over the official price", below=MOST_MARKUP),
}
"""Every term by name, as `--term NAME=VALUE` takes it."""
PLAIN = {"interest": 0.0, "duty": 0.0, "dutiable.share": 1.0, "passed_on": 1.0, "fee": 0.0, "premium": 0.0}
"""What a term is where neither the tables nor the user say anything: it changes nothing."""
OF_A_PURCHASE = ("duty", "dutiable.share", "passed_on", "fee", "premium")
"""Terms of one purchase, not of a site: each side of a comparison has its own, and chips made in the country bear none."""
SPREAD: dict[str, dict[str, tuple[str, ...]]] = {
    "pue": {"us": ("pue/pue:hyperscale-upper-end",), "cn": ("pue/pue:china-mobile-hohhot", "pue/pue:china-large-site-limit")},
    "lifetime": {c: ("server-life/lifetime:2021-and-2022", "server-life/lifetime:google") for c in COUNTRIES},
    "price.electricity": {"us": ("electricity/price.electricity:us-average",), "cn": ()},
}  # fmt: skip
"""Other figures of the tables for the same thing: they make the range of the term."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one builder: `terms["pue"]` is a figure."""

    country: str
    domestic: bool
    figures: dict[str, Figure]

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]


def terms(
    country: str, *, catalog: Catalog, on: str = "", domestic: bool = False, given: Mapping[str, str] | None = None,
    side: str = "",
) -> Terms:  # fmt: skip
    """Return the terms of a builder in a country.

    Parameters
    ----------
    country : str
        `us` or `cn`.
    domestic : bool
        Whether the chips are made in that country: only then does China's subsidised electricity price apply.
    given : mapping
        Values that replace those of the tables, with their units: `{"duty": "25%"}`.
    side : str
        What is added to the keys of values that belong to this side of a comparison alone: what is given, and what a
        purchase bears. Equal key, same unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> round(terms("cn", catalog=catalog())["price.electricity"].to("USD/kWh"), 3)
    0.088
    >>> round(terms("cn", catalog=catalog(), domestic=True)["price.electricity"].to("USD/kWh"), 3)
    0.056
    """
    if country not in COUNTRIES:
        raise UnknownName(f"{country[:40]!r} is not a country with a cost model; write us or cn")
    given = given or {}
    for name in given:
        if name not in TERMS:
            raise UnknownName(
                f"no term is called {name[:40]!r}.{did_you_mean(name, TERMS) or ' Terms: ' + ', '.join(TERMS) + '.'}"
            )
    made = {name: _term(name, country, domestic, given.get(name, ""), side, catalog, on) for name in TERMS}
    return Terms(country, domestic, made)


def names_of(leaf: Figure) -> tuple[str, ...]:
    """Return the names under which a user may know a leaf: key, quantity with case, quantity, and the term it is.

    >>> from chipgauge.specs.catalog import catalog
    >>> names_of(terms("us", catalog=catalog())["construction"])[1:]
    ('capex.per_power:construction-us', 'capex.per_power', 'construction')
    """
    stem = leaf.key.partition("/")[2].partition("@")[0]
    plain = leaf.key.partition("@")[0]
    found = [name for name, row in TERMS.items() if plain in (row.us, row.cn)]
    names = (leaf.key, stem, stem.partition(":")[0], leaf.name, *found)
    return tuple(dict.fromkeys(name for name in names if name))


def given_figure(name: str, text: str, unit: str, *, least: float = 0.0, below: float = float("inf")) -> Figure:
    """Return the leaf of a value that the user gave, with its unit checked.

    Raises
    ------
    UnitError
        Another unit than the term has, or a value outside its range.
    """
    value, _, found = parse_value(text)
    wanted = parse_unit(unit)
    if found.dimension != wanted.dimension:
        raise UnitError(f"{name} is {_kind(unit)}, got {text[:40]!r}; write for example {_example(name, unit)}")
    if not least <= value < below:
        raise UnitError(
            f"{name} is {_allowed(unit, least, below)}, got {text[:40]!r}; write for example {_example(name, unit)}"
        )
    return Figure(
        f"given/{name}", "leaf", name, float(value), wanted, text=text, status="assumed", why="given by the user",
        sources=("given",),
    )  # fmt: skip


def _allowed(unit: str, least: float, below: float) -> str:
    """Return the allowed values in words; a bound that stands for `above 0` or `up to 1` is said as that."""
    scale = parse_unit(unit).numerator / parse_unit(unit).denominator
    low = "above 0" if 0 < least < 1e-5 else f"at least {least / scale:g}"
    if below == float("inf"):
        return low
    closed = 1.0 < below < 1.0 + 1e-9
    return f"{low} and {'at most' if closed else 'below'} {(1.0 if closed else below) / scale:g}" + (
        "" if unit == "1" else f" {unit}"
    )


def _kind(unit: str) -> str:
    return "a plain number" if unit == "1" else f"in {unit}"


def _example(name: str, unit: str) -> str:
    counts = {"sales": "1,000,000", "batch-tokens": "16e6"}
    return counts.get(name) or {"1": "25%", "year": "5 year", "USD/kWh": "0.08 USD/kWh"}.get(unit, f"10 {unit}")


def _term(name: str, country: str, domestic: bool, text: str, side: str, catalog: Catalog, on: str) -> Figure:
    row = TERMS[name]
    if text:
        made = given_figure(name, text, row.unit, least=row.least, below=row.below)
        return replace(made, key=f"{made.key}{side}", _cache={})
    key = row.us if country == "us" else row.cn
    if name == "price.electricity" and country == "cn" and domestic:
        key = "electricity/price.electricity:china-subsidised-domestic-chips-only"
    if not key:
        unit = parse_unit(row.unit)
        return Figure(
            f"default/{name}{side if name in OF_A_PURCHASE else ''}", "leaf", name, PLAIN[name], unit, text=f"{PLAIN[name]:g}", status="assumed",
            why="what it is unless it is given", sources=(METHOD,),
        )  # fmt: skip
    figure = _of(key, catalog, on)
    others = [_of(other, catalog, on) for other in SPREAD.get(name, {}).get(country, ())]
    if name == "price.electricity" and country == "cn" and not domestic:
        others = [_remote(figure, catalog, on)]
    return _spread(figure, others)


def _of(key: str, catalog: Catalog, on: str) -> Figure:
    item, _, name = key.partition("/")
    return quantity(name, item, catalog=catalog, on=on)


def _remote(average: Figure, catalog: Catalog, on: str) -> Figure:
    """Return the average price less the discount of remote provinces: the lower end of the range."""
    discount = _of("electricity/price.electricity_discount:china-remote-provinces-under-the-east-coast", catalog, on)
    known = average.known and discount.known
    value = average.number * (1 - discount.number) if known else None
    return replace(average, value=value, sources=average.sources + discount.sources, _cache={})


def _spread(figure: Figure, others: list[Figure]) -> Figure:
    """Return a leaf whose range holds what the tables say elsewhere about the same thing."""
    ends = [end for one in (figure, *others) if one.known for end in (one.number, one.low, one.high) if end is not None]
    if not figure.known or len(set(ends)) < 2:
        return figure
    sources = tuple(dict.fromkeys(name for one in (figure, *others) for name in one.sources))
    more = ", ".join(f"{one.text} ({one.condition})" if one.condition else one.text for one in others if one.known)
    why = "; ".join(filter(None, (figure.why, f"range with {more}" if more else "")))
    return replace(figure, leaf_range=(min(ends), max(ends)), sources=sources, why=why, _cache={})


def is_domestic(chip: Item, country: str) -> bool:
    """Return whether a chip's maker is of the country."""
    return (chip.maker in CHINESE_MAKERS) == (country == "cn")


__all__ = [
    "CHINESE_MAKERS", "OF_A_PURCHASE", "TERMS", "YEARS", "Term", "Terms", "given_figure", "is_domestic", "names_of", "terms",
]  # fmt: skip
