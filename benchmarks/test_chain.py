# SPDX-License-Identifier: Apache-2.0
"""A chain of ten formulas on a million chips: ours, NumPy by hand, pint on arrays, and one chip at a time."""

from collections.abc import Mapping
from typing import Any

import numpy
import pytest

from chipgauge.calc.metrics import (
    dense_rate,
    dollars_from_yuan,
    each_way,
    io_bandwidth,
    package_area,
    performance_density,
    ridge_point,
    total_processing_performance,
)
from chipgauge.specs.figure import Figure, constant
from chipgauge.specs.units import parse_unit, registry

ELEMENTS = 1_000_000
FEW = 200
"""Chips of the ways that do one at a time; their time is scaled up to `ELEMENTS`."""
INPUTS = {
    # what is drawn for each chip, in base units: least, greatest, unit
    "sparse_bf16": (1e14, 5e15, "op/s"),
    "sparse_fp8": (2e14, 1e16, "op/s"),
    "per_die": (3e-4, 9e-4, "m^2"),
    "links": (1e11, 2e12, "byte/s"),
    "host": (3e10, 2e11, "byte/s"),
    "memory": (1e12, 8e12, "byte/s"),
    "yuan": (5e4, 5e5, "CNY"),
}
GIVEN = {"gain": (2.0, "1"), "bits": (8.0, "bit"), "dies": (2.0, "1"), "rate": (7.32, "CNY/USD")}
Chain = tuple[Any, Any, Any, Any]


def chain(x: Mapping[str, Any]) -> Chain:
    """Ten calls of our formulas: what is printed on a data sheet to density, I/O, ridge point and price."""
    bf16 = dense_rate(sparse=x["sparse_bf16"], gain=x["gain"])
    fp8 = dense_rate(sparse=x["sparse_fp8"], gain=x["gain"])
    tpp = total_processing_performance(rate=fp8, bits=x["bits"])
    area = package_area(per_die=x["per_die"], dies=x["dies"])
    density = performance_density(tpp=tpp, area=area)
    scale_up = each_way(both=x["links"])
    host = each_way(both=x["host"])
    io = io_bandwidth(scale_up=scale_up, host=host)
    ridge = ridge_point(peak=bf16, bandwidth=x["memory"])
    price = dollars_from_yuan(money=x["yuan"], rate=x["rate"])
    return density, io, ridge, price


def by_hand(x: Mapping[str, Any]) -> Chain:
    """The same ten steps as plain expressions."""
    bf16 = x["sparse_bf16"] / x["gain"]
    fp8 = x["sparse_fp8"] / x["gain"]
    tpp = fp8 * x["bits"]
    area = x["per_die"] * x["dies"]
    density = tpp / area
    scale_up = x["links"] / 2
    host = x["host"] / 2
    io = 2 * (scale_up + host)
    ridge = bf16 / x["memory"]
    price = x["yuan"] / x["rate"]
    return density, io, ridge, price


@pytest.fixture
def columns(benchmark: Any) -> dict[str, Any]:
    """A million chips (a thousand where nothing is timed)."""
    draw = numpy.random.default_rng(384)
    size = ELEMENTS if benchmark.enabled else 1000
    drawn = {name: draw.uniform(low, high, size) for name, (low, high, _) in INPUTS.items()}
    return {**drawn, **{name: value for name, (value, _) in GIVEN.items()}}


def units_of() -> dict[str, str]:
    return {name: unit for name, (*_, unit) in INPUTS.items()} | {name: unit for name, (_, unit) in GIVEN.items()}


def pint_inputs(values: Mapping[str, Any]) -> dict[str, Any]:
    quantity = registry().Quantity
    return {name: quantity(values[name], "" if unit == "1" else unit) for name, unit in units_of().items()}


def one_by_one(values: Mapping[str, Any], count: int) -> list[dict[str, float]]:
    return [
        {name: float(value[row]) if name in INPUTS else value for name, value in values.items()} for row in range(count)
    ]


def test_chain_on_arrays(benchmark: Any, against: Any, columns: dict[str, Any]) -> None:
    """The target: within 1.3 of NumPy by hand."""
    benchmark(chain, columns)
    ours, hand = chain(columns), by_hand(columns)
    assert all((a == b).all() for a, b in zip(ours, hand, strict=True)), "bit for bit"
    against("NumPy by hand", lambda: chain(columns), lambda: by_hand(columns), target="<= 1.3")


def test_chain_on_arrays_by_hand(benchmark: Any, columns: dict[str, Any]) -> None:
    benchmark(by_hand, columns)


def test_chain_on_pint_arrays(benchmark: Any, against: Any, columns: dict[str, Any]) -> None:
    """The same formulas on pint quantities that hold arrays: what checking units at every step would cost."""
    quantities = pint_inputs(columns)
    benchmark.pedantic(chain, args=(quantities,), rounds=5)
    density = chain(quantities)[0].m_as("op * bit / s / m^2")
    assert numpy.allclose(density, chain(columns)[0], rtol=1e-12)
    against("our arrays", lambda: chain(quantities), lambda: chain(columns))


def test_chain_on_pint_scalars(benchmark: Any, against: Any, columns: dict[str, Any]) -> None:
    """One chip at a time with pint: how many times slower than our arrays, for the same number of chips."""
    rows = [pint_inputs(row) for row in one_by_one(columns, FEW)]
    benchmark.pedantic(lambda: [chain(row) for row in rows], rounds=5)
    whole = len(columns["yuan"])
    against(
        "our arrays, a chip", lambda: [chain(row) for row in rows], lambda: chain(columns), share=whole / FEW, rounds=7
    )


def test_chain_on_floats(benchmark: Any, against: Any, columns: dict[str, Any]) -> None:
    """One chip at a time with our formulas on plain numbers."""
    rows = one_by_one(columns, FEW)
    benchmark(lambda: [chain(row) for row in rows])
    whole = len(columns["yuan"])
    against("our arrays, a chip", lambda: [chain(row) for row in rows], lambda: chain(columns), share=whole / FEW)


def test_chain_on_figures(benchmark: Any, against: Any, columns: dict[str, Any]) -> None:
    """One chip at a time with provenance: what the graph behind `explain` costs, against plain numbers."""
    rows = one_by_one(columns, FEW)
    units = {name: parse_unit(unit) for name, unit in units_of().items()}

    def figures(row: Mapping[str, float]) -> dict[str, Figure]:
        scaled = {name: value * units[name].numerator / units[name].denominator for name, value in row.items()}
        return {name: constant(value, units[name]) for name, value in scaled.items()}

    made = [figures(row) for row in rows]
    benchmark.pedantic(lambda: [chain(row) for row in made], rounds=5)
    assert chain(made[0])[2].number == pytest.approx(chain(rows[0])[2], rel=1e-12)
    against("our floats", lambda: [chain(row) for row in made], lambda: [chain(row) for row in rows])
