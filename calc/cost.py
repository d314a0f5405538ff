# SPDX-License-Identifier: Apache-2.0
"""What a cluster costs: from a price to a server, a cluster, a year of ownership and a token.

Each multiplier has one base: a server factor applies to bare chips only, an interconnect share to servers only.
`calc.prices` refuses a factor on another base; these formulas are the arithmetic alone.
"""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula, log

# --- from a chip to a cluster -------------------------------------------------------------------------------------


@formula(
    returns="USD",
    cite="Epoch AI, The rising costs of training frontier AI models (arXiv 2405.21015), code: server overhead",
    chip="USD",
    server_factor="1",
)
def server_price(*, chip: Any, server_factor: Any) -> Any:
    """Return the price per chip of a server built from bare chips. [USD]

    Parameters
    ----------
    chip : numeric
        Price of the bare chip; never of a module, board or server, which hold part of the server already. [USD]
    server_factor : numeric
        Price of the server over that of its bare chips. [1]

    Examples
    --------
    >>> server_price(chip=25000, server_factor=1.64)
    41000.0
    """
    return chip * server_factor


@formula(
    returns="USD",
    cite="arXiv 2405.21015, code: interconnect as a share of the whole cluster",
    server="USD",
    network_share="1",
)
def cluster_price(*, server: Any, network_share: Any) -> Any:
    """Return what servers cost with the network that links them. [USD]

    Parameters
    ----------
    server : numeric
        Price of the servers. [USD]
    network_share : numeric
        Share of the network in the price of the whole cluster, below 1. [1]

    Examples
    --------
    An H100 at 25,000 dollars, server factor 1.64, network share 19%:

    >>> round(cluster_price(server=25000 * 1.64, network_share=0.19))
    50617
    """
    return server / (1 - network_share)


@formula(
    returns="USD",
    cite="definition: an ad valorem duty on the dutiable value, of which a share is passed on to the buyer",
    price="USD",
    dutiable="USD",
    duty="1",
    passed_on="1",
)
def landed_price(*, price: Any, dutiable: Any, duty: Any, passed_on: Any) -> Any:
    """Return a price with the share of a duty that the buyer bears. [USD]

    Parameters
    ----------
    price, dutiable : numeric
        What is asked without duty, and the part of it on which duty is due (a chip inside a server). [USD]
    duty, passed_on : numeric
        Rate of the duty, and the share of it that the buyer bears (0 to 1). [1]

    Examples
    --------
    >>> landed_price(price=27000, dutiable=27000, duty=0.25, passed_on=1)
    33750.0
    """
    return price + dutiable * duty * passed_on


@formula(returns="USD", cite="definition", price="USD", premium="1")
def with_premium(*, price: Any, premium: Any) -> Any:
    """Return a price with a mark-up on it, such as that of the grey market. [USD]

    >>> with_premium(price=30000, premium=0.5)
    45000.0
    """
    return price * (1 + premium)


@formula(returns="USD", cite="definition: a share of revenue that the seller pays", revenue="USD", share="1")
def revenue_share(*, revenue: Any, share: Any) -> Any:
    """Return the fee on a revenue. [USD]

    >>> revenue_share(revenue=10e9, share=0.15)
    1500000000.0
    """
    return revenue * share


# --- power and energy ---------------------------------------------------------------------------------------------


@formula(
    returns="W",
    cite="arXiv 2405.21015, code: chips x design power x server factor x PUE",
    chips="1",
    tdp="W",
    server_factor="1",
    pue="1",
)
def site_power(*, chips: Any, tdp: Any, server_factor: Any, pue: Any) -> Any:
    """Return the power a site must have for so many chips. [W]

    Parameters
    ----------
    chips : numeric
        Number of chips. [1]
    tdp : numeric
        Thermal design power of one. [W]
    server_factor : numeric
        Power of the server over the design power of its chips: 10.2 kW over 8 x 700 W for the H100. [1]
    pue : numeric
        Power usage effectiveness: power of the site over that of the IT in it, at least 1. [1]

    Examples
    --------
    100,000 H100, in megawatts:

    >>> round(site_power(chips=100000, tdp=700, server_factor=10200 / 5600, pue=1.12) / 1e6, 1)
    142.8
    """
    return chips * tdp * server_factor * pue


@formula(returns="J", cite="definition", power="W", utilisation="1", time="s")
def energy_use(*, power: Any, utilisation: Any, time: Any) -> Any:
    """Return the energy drawn at a share of a power over a time. [J]

    >>> energy_use(power=1000, utilisation=0.5, time=7200) / 3.6e6  # kWh
    1.0
    """
    return power * utilisation * time


@formula(returns="USD", cite="definition", energy="J", price="USD/J")
def energy_cost(*, energy: Any, price: Any) -> Any:
    """Return the cost of energy. [USD]

    >>> round(energy_cost(energy=3.6e9, price=0.08 / 3.6e6), 9)  # 1,000 kWh at 8 cents
    80.0
    """
    return energy * price


@formula(returns="USD", cite="definition", power="W", price="USD/W")
def facility_capital(*, power: Any, price: Any) -> Any:
    """Return what building a site of so much power costs. [USD]

    >>> facility_capital(power=400e6, price=10.0)  # 10 million dollars a megawatt
    4000000000.0
    """
    return power * price


# --- from capital to a rate of cost -------------------------------------------------------------------------------


@formula(
    returns="USD/s",
    cite="annuity (capital recovery factor): r / (1 - (1 + r)^-n) of the principal, paid at the end of each period",
    capital="USD",
    interest="1",
    periods="1",
    period="s",
)
def annuity(*, capital: Any, interest: Any, periods: Any, period: Any) -> Any:
    """Return the constant rate of payment that repays a capital with interest over its life. [USD/s]

    Parameters
    ----------
    capital : numeric
        What was paid at the start. [USD]
    interest : numeric
        Cost of capital a period, above 0. [1]
    periods : numeric
        Number of periods over which it is repaid. [1]
    period : numeric
        Length of one, mostly a year. [s]

    See Also
    --------
    straight_line : the same without interest.

    Examples
    --------
    Dollars a year for 1,000 at 10% over four years, as a spreadsheet's PMT gives it:

    >>> round(annuity(capital=1000, interest=0.10, periods=4, period=31557600) * 31557600, 2)
    315.47
    """
    return capital * interest / (1 - (1 + interest) ** -periods) / period


@formula(returns="USD/s", cite="definition: straight-line depreciation", capital="USD", life="s")
def straight_line(*, capital: Any, life: Any) -> Any:
    """Return the capital spread evenly over its life. [USD/s]

    >>> round(straight_line(capital=1000, life=4 * 31557600) * 31557600, 2)
    250.0
    """
    return capital / life


@formula(
    returns="USD/s",
    cite="arXiv 2405.21015: value falls by orders of magnitude a year, times ln 10",
    capital="USD",
    orders="1/s",
)
def economic_depreciation(*, capital: Any, orders: Any) -> Any:
    """Return the loss of value of hardware at the start of its use. [USD/s]

    Parameters
    ----------
    capital : numeric
        Value at the start of the use. [USD]
    orders : numeric
        Orders of magnitude of price-performance gained a unit of time: 0.14 a year. [1/s]

    Examples
    --------
    A share of 32.2% a year:

    >>> round(economic_depreciation(capital=1.0, orders=0.14 / 31557600) * 31557600, 4)
    0.3224
    """
    return capital * orders * log(10)


# --- cost of useful work ------------------------------------------------------------------------------------------


@formula(returns="USD/op", cite="definition", rate="USD/s", peak="op/s", mfu="1")
def cost_per_operation(*, rate: Any, peak: Any, mfu: Any) -> Any:
    """Return the cost of one useful operation. [USD/op]

    >>> round(cost_per_operation(rate=1.30 / 3600, peak=989.5e12, mfu=0.4) * 1e18, 3)  # dollars per EFLOP
    0.912
    """
    return rate / (peak * mfu)


@formula(returns="USD", cite="definition: cost per token = cost rate over token rate", rate="USD/s", tokens="1/s")
def cost_per_token(*, rate: Any, tokens: Any) -> Any:
    """Return the cost of one token. [USD]

    >>> round(cost_per_token(rate=2.0 / 3600, tokens=1850) * 1e6, 3)  # dollars per million tokens
    0.3
    """
    return rate / tokens


__all__ = [
    "annuity",
    "cluster_price",
    "cost_per_operation",
    "cost_per_token",
    "economic_depreciation",
    "energy_cost",
    "energy_use",
    "facility_capital",
    "landed_price",
    "revenue_share",
    "server_price",
    "site_power",
    "straight_line",
    "with_premium",
]
