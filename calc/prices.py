# SPDX-License-Identifier: Apache-2.0
"""From a price to what a cluster pays per chip: each factor on the base it was measured on, and on no other."""

from __future__ import annotations

from typing import Any, NamedTuple

from chipgauge.calc.formula import formula
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject

BARE = "price:bare chip"
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


def server_price(price: Figure, *, catalog: Catalog | None = None) -> Figure:
    """Return the price of a chip inside a server, from that of the bare chip.

    Raises
    ------
    BasisError
        The price is not one of a bare chip: a board, module or server already holds what the factor adds.

    Examples
    --------
    >>> round(server_price(quantity("price", "H100", on="2025-06-30")).number)
    51250
    """
    if BARE not in price.basis:
        sold = " and ".join(basis.partition(":")[2] for basis in price.basis) or "something else"
        raise BasisError(
            f"{price.key} is the price of a {sold}: the factor of a server over its bare chips is not applied to it; "
            "take a price of the bare chip, or cluster_price of this one"
        )
    used = catalog or shipped()
    factor = quantity("server.price_factor", "server-overhead", catalog=used)
    made: Figure = price_in_server(price=price, factor=factor)
    return made


def cluster_price(price: Figure, *, catalog: Catalog | None = None) -> Figure:
    """Return what a chip costs inside a cluster: from a bare chip by way of the server, from a server's share directly.

    Raises
    ------
    BasisError
        The price is one of a module, of which neither factor was measured.

    Examples
    --------
    >>> round(cluster_price(quantity("price", "H100", on="2025-06-30")).number)
    63272
    """
    if "price:module" in price.basis:
        raise BasisError(
            f"{price.key} is the price of a module, which is neither a bare chip nor a server; take one of those"
        )
    used = catalog or shipped()
    server = server_price(price, catalog=used) if BARE in price.basis else price
    share = quantity("network.cost_share", "cluster-network", catalog=used)
    made: Figure = price_in_cluster(server=server, share=share)
    return made


class Dearer(NamedTuple):
    """A price of a bare chip that exceeds what a whole system costs per chip; `adopted` where the tables take it."""

    price: Figure
    per_chip: Figure
    adopted: bool


def dearer_than_system(system: str | Item, *, catalog: Catalog | None = None) -> list[Dearer]:
    """Return the stated prices of a system's chip that exceed the price of the whole system per chip.

    Such a price is inconsistent with the system's: the chip alone would cost more than chip, network, host and rack
    together. It is never added to the price of the system.

    Examples
    --------
    >>> [row.price.text for row in dearer_than_system("CM384")]
    ['28,600 USD']
    """
    used = catalog or shipped()
    item = used.find(system) if isinstance(system, str) else system
    whole = quantity("per_chip.price", Subject(item), catalog=used)
    found: list[Dearer] = []
    chips = {entry.of for key in used.series(item.id, "chips") for entry in used.entries(item.id)[key] if entry.of}
    for chip in sorted(chips):
        for key in used.series(chip, "price"):
            if not key.partition("/")[2].startswith("price:chip."):
                continue
            for entry in used.entries(chip)[key]:
                price = in_dollars(used.said(entry), catalog=used)
                if whole.known and price.known and price.number > whole.number:
                    found.append(Dearer(price, whole, entry.role == "adopted"))
    return found


def in_dollars(money: Figure, *, catalog: Catalog | None = None) -> Figure:
    """Return a sum of money in dollars; yuan by the dated rate of the tables."""
    from chipgauge.calc.metrics import dollars_from_yuan

    used = catalog or shipped()
    if money.unit.text != "CNY":
        return money
    rate = quantity("exchange.cny", Subject(used.items["constant"]), catalog=used)
    made: Figure = dollars_from_yuan(money=money, rate=rate)
    return made


__all__ = [
    "Dearer",
    "cluster_price",
    "dearer_than_system",
    "in_dollars",
    "price_in_cluster",
    "price_in_server",
    "server_price",
]
