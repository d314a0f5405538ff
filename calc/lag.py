# SPDX-License-Identifier: Apache-2.0
"""A ratio as time: how long a quantity that grows at a named rate takes to grow by it."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula, log


@formula(
    returns="s",
    cite="definition: time = period x ln(ratio) / ln(growth a period)",
    ratio="1",
    growth="1",
    period="s",
)
def growth_lag(*, ratio: Any, growth: Any, period: Any) -> Any:
    """Return the time in which something that grows by `growth` a period grows by `ratio`. [s]

    Parameters
    ----------
    ratio : numeric
        What is ahead over what is behind, above 0; a ratio below 1 gives a negative time. [1]
    growth : numeric
        Factor of growth a period, above 0 and not 1. [1]
    period : numeric
        The period, mostly a year. [s]

    Notes
    -----
    A lag in compute is not a lag in capability, and says nothing without the name of the growth rate.

    Examples
    --------
    Twice the compute at 2.5 times a year, in months:

    >>> year = 31557600
    >>> round(growth_lag(ratio=2, growth=2.5, period=year) / year * 12, 1)
    9.1
    """
    return period * log(ratio) / log(growth)


__all__ = ["growth_lag"]
