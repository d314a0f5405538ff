# SPDX-License-Identifier: Apache-2.0
"""What is added to a price, what energy and buildings cost, capital as a rate, and the cost of useful work.

From a chip to a server and a cluster: `calc.prices`. Power by boundary: `calc.powers`.
"""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula, log

# --- what is added to a price ----------------------------------------------------------------------------------------


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
    "cost_per_operation",
    "cost_per_token",
    "economic_depreciation",
    "energy_cost",
    "energy_use",
    "facility_capital",
    "landed_price",
    "revenue_share",
    "straight_line",
    "with_premium",
]
