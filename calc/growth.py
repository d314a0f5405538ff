# SPDX-License-Identifier: Apache-2.0
"""Growth rates: a factor a year from what a source prints, and a ratio as the time that it takes at such a rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from chipgauge.calc.formula import formula, log
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure, constant
from chipgauge.specs.records import Item
from chipgauge.specs.units import DIMENSIONLESS, YEAR, parse_unit


@formula(returns="1", cite="definition", increase="1")
def factor_from_increase(*, increase: Any) -> Any:
    """Return the growth factor of a period from the increase in it: 28% a year is a factor of 1.28.

    >>> factor_from_increase(increase=0.28)
    1.28
    """
    return 1 + increase


@formula(returns="1", cite="definition", doubling="year", period="year")
def factor_from_doubling(*, doubling: Any, period: Any) -> Any:
    """Return the growth factor of a period from the time of a doubling.

    Doubling every seven months:

    >>> round(factor_from_doubling(doubling=7 / 12, period=1), 2)
    3.28
    """
    return 2 ** (period / doubling)


@formula(returns="year", cite="definition: ratio = factor ** (lag / period)", ratio="1", factor="1", period="year")
def lag_time(*, ratio: Any, factor: Any, period: Any) -> Any:
    """Return the time in which something that grows by a factor a period grows by a ratio. [year; printed in months]

    Parameters
    ----------
    ratio : numeric
        How many times more, above 0; below 1 the time is negative.
    factor : numeric
        Growth factor of one period, above 0 and not 1.
    period : numeric
        The period of the factor. [year]

    Examples
    --------
    Twice as much at 2.5 times a year:

    >>> round(lag_time(ratio=2, factor=2.5, period=1) * 12, 1)
    9.1
    """
    return period * log(ratio) / log(factor)


class Resolver(Protocol):
    """What the one resolver offers here."""

    catalog: Catalog

    def of(self, name: str, item: Item) -> Figure: ...


def year() -> Figure:
    """Return the period of a yearly rate: 8,766 hours."""
    return constant(YEAR, parse_unit("year"), "1 year")


def growth_factor(resolver: Resolver, item: Item) -> Figure | None:
    """Return the factor a year that follows from a stated increase or doubling time, if there is one."""
    increase = resolver.catalog.leaf(item.id, "growth.increase")
    if increase is not None:
        made: Figure = factor_from_increase(increase=increase)
        return made
    doubling = resolver.catalog.leaf(item.id, "growth.doubling")
    if doubling is None:
        return None
    derived: Figure = factor_from_doubling(doubling=doubling, period=year())
    return derived


def growth_rates(catalog: Catalog) -> list[Item]:
    """Return the growth rates of a catalogue, by id.

    >>> [item.id for item in growth_rates(shipped())][:3]
    ['algorithms', 'china-training', 'chip-fp16']
    """
    return sorted((item for item in catalog.items.values() if item.kind == "growth"), key=lambda item: item.id)


def lag(ratio: Figure, growth: str, *, catalog: Catalog | None = None, on: str = "") -> Figure:
    """Return a ratio as the time that it takes at a named growth rate, never at one that was silently chosen.

    Raises
    ------
    UnknownName
        No growth rate has this id.
    UnitError
        The ratio is not a plain number, or not above zero.

    Examples
    --------
    >>> from chipgauge.specs.figure import constant
    >>> round(lag(constant(2, parse_unit("1")), "leading-clusters").to("month"), 1)
    9.1
    """
    from chipgauge.calc.quantity import quantity

    used = catalog or shipped()
    item = used.items.get(growth)
    if item is None or item.kind != "growth":
        ids = [known.id for known in growth_rates(used)]
        hint = did_you_mean(growth, ids) or f" Growth rates: {', '.join(ids)}."
        raise UnknownName(f"no growth rate is called {growth[:40]!r}.{hint}")
    if ratio.dimension != DIMENSIONLESS:
        raise UnitError(f"a lag needs a plain ratio, got {ratio.unit.text}; divide {ratio.key} by a figure of its unit")
    if ratio.known and ratio.number <= 0:
        raise UnitError(f"a lag needs a ratio above zero, got {ratio.number:g}")
    factor = quantity("growth.factor", item.id, catalog=used, on=on)
    made: Figure = lag_time(ratio=ratio, factor=factor, period=year())
    return replace(made, unit=parse_unit("month"), _cache={})


__all__ = ["factor_from_doubling", "factor_from_increase", "growth_factor", "growth_rates", "lag", "lag_time"]
