# SPDX-License-Identifier: Apache-2.0
"""What follows from the figures of one chip: TPP, performance density, ridge point, each-way and dense rates."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula


@formula(returns="op bit/s", cite="15 CFR 774 Supp. 1, 3A090 Technical Note 2", rate="op/s", bits="bit")
def total_processing_performance(*, rate: Any, bits: Any) -> Any:
    """Return the TPP of one operating mode. [op bit/s; printed as TPP = 1e12 op bit/s]

    Parameters
    ----------
    rate : numeric
        Dense peak rate; a multiply-accumulate counts as two operations. [op/s]
    bits : numeric
        Bit length of the longest input of the multiply. [bit]

    Notes
    -----
    The law writes 2 x MacTOPS x bit length; a data sheet's dense rate already counts the 2. The TPP of a part is the
    largest over its operating modes; sparse rates do not count.

    Examples
    --------
    The regulation's own example, 600 tera-operations at 8 bit:

    >>> total_processing_performance(rate=600e12, bits=8) / 1e12
    4800.0
    """
    return rate * bits


@formula(returns="op bit/s/m^2", cite="15 CFR 774 Supp. 1, 3A090 Technical Note 4", tpp="op bit/s", area="m^2")
def performance_density(*, tpp: Any, area: Any) -> Any:
    """Return the TPP per area of the logic dies made on a non-planar node. [op bit/s/m^2; printed as TPP/mm^2 = 1e18]

    Parameters
    ----------
    tpp : numeric
        Total processing performance. [op bit/s]
    area : numeric
        Applicable die area: all logic dies on a non-planar node, memory stacks excluded. [m^2]

    Examples
    --------
    >>> round(performance_density(tpp=2368e12, area=814e-6) / 1e18, 2)
    2.91
    """
    return tpp / area


@formula(returns="byte/s", cite="definition: a link has two directions", both="byte/s")
def each_way(*, both: Any) -> Any:
    """Return the bandwidth in one direction of a figure printed for both together. [byte/s]

    >>> each_way(both=900e9)
    450000000000.0
    """
    return both / 2


@formula(
    returns="op/s",
    cite="definition: the gain is the factor that the vendor prints for 2:4 sparsity",
    sparse="op/s",
    gain="1",
)
def dense_rate(*, sparse: Any, gain: Any) -> Any:
    """Return the dense rate of a part for which only the sparse one is printed. [op/s]

    Limits: on some parts (FP4 of the B300) sparse is not twice dense; a printed dense rate always comes first.

    >>> dense_rate(sparse=4500e12, gain=2)
    2250000000000000.0
    """
    return sparse / gain


@formula(returns="m^2", cite="definition: every logic die of the package counts", per_die="m^2", dies="1")
def package_area(*, per_die: Any, dies: Any) -> Any:
    """Return the logic area of a package of equal dies. [m^2]

    >>> round(package_area(per_die=665.61e-6, dies=2) * 1e6, 2)
    1331.22
    """
    return per_die * dies


@formula(returns="op/byte", cite="Williams, Waterman, Patterson 2009, Roofline", peak="op/s", bandwidth="byte/s")
def ridge_point(*, peak: Any, bandwidth: Any) -> Any:
    """Return the arithmetic intensity above which a kernel is bound by compute. [op/byte; printed as FLOP/byte]

    >>> ridge_point(peak=148e12, bandwidth=4.0e12)
    37.0
    """
    return peak / bandwidth


@formula(returns="byte/s", cite="15 CFR 748 Supp. 2, notes to (dd)(1)", scale_up="byte/s", host="byte/s")
def io_bandwidth(*, scale_up: Any, host: Any) -> Any:
    """Return the aggregate bidirectional transfer rate over all inputs and outputs. [byte/s]

    Parameters
    ----------
    scale_up, host : numeric
        Bandwidth of the scale-up links and of the host link, each way. [byte/s]

    Examples
    --------
    >>> io_bandwidth(scale_up=450e9, host=64e9)
    1028000000000.0
    """
    return 2 * (scale_up + host)


@formula(returns="USD", cite="definition", money="CNY", rate="CNY/USD")
def dollars_from_yuan(*, money: Any, rate: Any) -> Any:
    """Return a sum of yuan in dollars. [USD]

    >>> round(dollars_from_yuan(money=60e6, rate=7.32))
    8196721
    """
    return money / rate
