# SPDX-License-Identifier: Apache-2.0
"""From a price to what a cluster pays per chip: each factor on the base it was measured on, and on no other."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject

COST_CODE = "Cottier et al. 2024, The rising costs of training frontier AI models (arXiv:2405.21015), code"


@formula(returns="USD", cite=COST_CODE, price="USD", factor="1")
def price_in_server(*, price: Any, factor: Any) -> Any:
    """Return the price of a chip inside a server. [USD]

    Parameters
    ----------
    price : numeric
        Price of the bare chip; never of a board, a module or a server. [USD]
    factor : numeric
        Price of a server over its bare chips; 1.64 by default, 1.54 to 1.69 in the source.

    Examples
    --------
    >>> round(price_in_server(price=25e3, factor=1.64))
    41000
    """
    return price * factor


@formula(returns="USD", cite=COST_CODE, server="USD", share="1")
def price_in_cluster(*, server: Any, share: Any) -> Any:
    """Return the price of a chip inside a cluster: its share of the server and of the network. [USD]

    Parameters
    ----------
    server : numeric
        Price of the chip inside a server. [USD]
    share : numeric
        Share of the network in the cost of the whole cluster, in [0, 1); 19% in the source.

    Examples
    --------
    >>> round(price_in_cluster(server=41e3, share=0.19))
    50617
    """
    return server / (1 - share)


def in_dollars(money: Figure, *, catalog: Catalog | None = None) -> Figure:
    """Return a sum of money in dollars; yuan by the dated rate of the tables."""
    from chipgauge.calc.metrics import dollars_from_yuan

    used = catalog or shipped()
    if money.unit.text != "CNY":
        return money
    rate = quantity("exchange.cny", Subject(used.items["constant"]), catalog=used)
    made: Figure = dollars_from_yuan(money=money, rate=rate)
    return made


__all__ = ["in_dollars", "price_in_cluster", "price_in_server"]
