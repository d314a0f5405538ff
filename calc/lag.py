# SPDX-License-Identifier: Apache-2.0
"""A ratio as months at every named growth rate, beside the published lag in capability: never one rate silently chosen."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.calc.growth import growth_rates, lag
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio at one growth rate: the factor a year, and the time."""

    growth: Item
    factor: Figure
    months: Figure


@dataclass(frozen=True, slots=True)
class Lags:
    """What `lag` answers: a ratio, its time at each growth rate, and the published lag in capability."""

    ratio: Figure
    rates: tuple[Rate, ...]
    capability: Figure


def lags(ratio: Figure, *, growth: str = "", catalog: Catalog | None = None, on: str = "") -> Lags:
    """Return a ratio as months at each named growth rate, or at the one named.

    Parameters
    ----------
    ratio : Figure
        How many times more; a plain number above zero.
    growth : str
        Id of one growth rate (`list growth`); empty for all.

    Notes
    -----
    A lag in compute is not a lag in capability: the published one, of models on an index, stands beside it.

    Examples
    --------
    >>> from chipgauge.specs.figure import constant
    >>> from chipgauge.specs.units import parse_unit
    >>> found = lags(constant(2, parse_unit("1")), growth="leading-clusters")
    >>> round(found.rates[0].months.to("month"), 1), found.capability.to("month")
    (9.1, 7.0)
    """
    used = catalog or shipped()
    ids = [growth] if growth else [item.id for item in growth_rates(used)]
    rows: list[Rate] = []
    for name in ids:
        months = lag(ratio, name, catalog=used, on=on)
        rows.append(Rate(used.items[name], quantity("growth.factor", name, catalog=used, on=on), months))
    rows.sort(key=lambda row: (-(row.factor.number if row.factor.known else 0.0), row.growth.id))
    return Lags(ratio, tuple(rows), quantity("lag.capability", "capability-lag", catalog=used, on=on))


__all__ = ["Lags", "Rate", "lags"]
