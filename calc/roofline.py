# SPDX-License-Identifier: Apache-2.0
"""The time of one operator on one chip: bound by arithmetic or by memory, with what small shapes lose.

Every rate and bandwidth that comes in is an achievable one: the peak times an efficiency of `specs.efficiency`. The
four constants of a family (matrix efficiency, memory efficiency, the wasted part of the last wave, the launch) describe
measured matrix products from 1 to 16,384 rows with a mean error of 6 to 10%.
"""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import formula
from chipgauge.specs.figure import maximum, minimum

ROOFLINE = "Williams, Waterman, Patterson 2009, Roofline, doi 10.1145/1498765.1498785"
TILE_ROWS = 128
"""Rows of one tile of a matrix product: a product with fewer rows fills its last wave with less."""


@formula(returns="op/s", cite="definition: the share of the peak that large shapes reach", peak="op/s", efficiency="1")
def achievable_rate(*, peak: Any, efficiency: Any) -> Any:
    """Return the rate that large operators reach. [op/s]"""
    return peak * efficiency


@formula(
    returns="byte/s", cite="definition: the share of the peak that long streams reach", peak="byte/s", efficiency="1"
)
def achievable_bandwidth(*, peak: Any, efficiency: Any) -> Any:
    """Return the bandwidth that long streams reach. [byte/s]"""
    return peak * efficiency


@formula(returns="op/byte", cite=ROOFLINE, rows="1", inner="1", columns="1", element="byte")
def product_intensity(*, rows: Any, inner: Any, columns: Any, element: Any) -> Any:
    """Return the arithmetic intensity of a matrix product whose operands cross the memory once. [op/byte]

    Examples
    --------
    A token through a projection of Llama 3.1 70B in 16 bits, and 2,048 of them:

    >>> [round(product_intensity(rows=rows, inner=8192, columns=28672, element=2), 2) for rows in (1, 2048)]
    [1.0, 1549.95]
    """
    return 2 * rows * inner * columns / (element * (rows * inner + inner * columns + rows * columns))


@formula(
    returns="s", cite=ROOFLINE, rows="1", inner="1", columns="1", element="byte", rate="op/s", bandwidth="byte/s",
    wave="1", launch="s",
)  # fmt: skip
def product_time(
    *, rows: Any, inner: Any, columns: Any, element: Any, rate: Any, bandwidth: Any, wave: Any, launch: Any
) -> Any:
    """Return the time of a matrix product of `rows x inner` by `inner x columns`. [s]

    Parameters
    ----------
    rows, inner, columns : numeric
        The shape; `rows` are tokens. [1]
    element : numeric
        Bytes of an element of inputs and output. [byte]
    rate, bandwidth : numeric
        Achievable rate of the format and achievable memory bandwidth. [op/s, byte/s]
    wave : numeric
        Output elements that the last, partly filled wave of tiles wastes. [1]
    launch : numeric
        Launch of the kernel. [s]

    Examples
    --------
    4,096 x 8,192 x 8,192 on an H100 in BF16 takes 738 us when measured:

    >>> t = product_time(
    ...     rows=4096, inner=8192, columns=8192, element=2, rate=0.76 * 989.4e12, bandwidth=2.7e12, wave=3e5, launch=5e-6
    ... )
    >>> 700e-6 < t < 780e-6
    True
    """
    return (
        maximum(
            2 * inner * (rows * columns + wave * minimum(1, rows / 128)) / rate,
            element * (rows * inner + inner * columns + rows * columns) / bandwidth,
        )
        + launch
    )


@formula(
    returns="s", cite=ROOFLINE, rows="1", groups="1", inner="1", columns="1", element="byte", rate="op/s",
    bandwidth="byte/s", wave="1", launch="s",
)  # fmt: skip
def grouped_product_time(
    *, rows: Any, groups: Any, inner: Any, columns: Any, element: Any, rate: Any, bandwidth: Any, wave: Any, launch: Any
) -> Any:
    """Return the time of the products of several experts in one launch. [s]

    `rows` are the tokens of all `groups` (experts) together: each expert reads its own weights, as far as a token
    reaches it, and wastes half a tile of rows on average.
    """
    return (
        maximum(
            2 * inner * ((rows + minimum(rows, 64 * groups)) * columns + wave * minimum(1, rows / 128)) / rate,
            element * (rows * inner + minimum(rows, groups) * inner * columns + rows * columns) / bandwidth,
        )
        + launch
    )


@formula(returns="s", cite=ROOFLINE, operations="op", traffic="byte", rate="op/s", bandwidth="byte/s", launch="s")
def operator_time(*, operations: Any, traffic: Any, rate: Any, bandwidth: Any, launch: Any) -> Any:
    """Return the time of an operator: the longer of its arithmetic and its memory traffic. [s]

    >>> operator_time(operations=2e12, traffic=1e9, rate=1e15, bandwidth=1e12, launch=0)
    0.002
    """
    return maximum(operations / rate, traffic / bandwidth) + launch


@formula(returns="s", cite=ROOFLINE, operations="op", traffic="byte", rate="op/s", bandwidth="byte/s", launch="s")
def sequential_time(*, operations: Any, traffic: Any, rate: Any, bandwidth: Any, launch: Any) -> Any:
    """Return the time of kernels that follow each other, some bound by arithmetic and some by memory. [s]"""
    return operations / rate + traffic / bandwidth + launch


@formula(returns="s", cite=ROOFLINE, traffic="byte", bandwidth="byte/s", launch="s")
def traffic_time(*, traffic: Any, bandwidth: Any, launch: Any) -> Any:
    """Return the time of an operator that only moves data. [s]"""
    return traffic / bandwidth + launch
