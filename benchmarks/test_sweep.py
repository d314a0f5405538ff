# SPDX-License-Identifier: Apache-2.0
"""Scenarios a second for a formula of ten operations, against NumPy by hand and a plain loop; from 10^3 to 10^8 rows."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import pytest

from chipgauge.calc.sweep import Setup, blocks, setup
from chipgauge.calc.sweep_summary import Sums, summary
from chipgauge.specs.catalog import catalog
from chipgauge.specs.sweep_tables import read_sweep

NAMES = "nabcdefgh"
FORMULA = "n * (a * b + c * d) / (e * f) + g * h - a / c"
"""Ten operations."""


def ten_operations(rows: int) -> Setup:
    """A sweep of about so many rows: nine numbers, the last ones of ten steps."""
    text, left = f'[answers]\nx = "{FORMULA}"\n', rows
    for name in reversed(NAMES):
        steps = left if name == "n" else max(1, min(10, left))
        left = max(1, left // steps)
        text += f'[[vary]]\nname = "{name}"\nfrom = 1\nto = 2\nsteps = {steps}\n'
    sweep, problems = read_sweep(text, "ten.toml")
    assert sweep is not None, problems
    return setup(sweep, catalog())


def run(ready: Setup, workers: int = 1) -> list[dict[str, Any]]:
    sums = Sums(1)
    if workers == 1:
        for block in blocks(ready):
            sums.take(block)
    else:
        with ThreadPoolExecutor(workers) as executor:
            for block in blocks(ready, executor=executor, workers=workers):
                sums.take(block)
    return summary(ready, sums)


def by_hand(grid: list[Any], rows: int, chunk: int) -> tuple[float, float, float]:
    """The same values in NumPy, from the row's number to its least, greatest and sum; no quantiles."""
    least, most, total = numpy.inf, -numpy.inf, 0.0
    for start in range(0, rows, chunk):
        place = numpy.arange(start, min(start + chunk, rows))
        values: list[Any] = []
        for axis in reversed(grid):
            values.append(axis[place % len(axis)])
            place = place // len(axis)
        h, g, f, e, d, c, b, a, n = values
        x = n * (a * b + c * d) / (e * f) + g * h - a / c
        least, most, total = min(least, x.min()), max(most, x.max()), total + x.sum()
    return least, most, total


def broadcast(grid: list[Any], rows: int) -> tuple[float, float, float]:
    """The same as a careful person writes it: the last four axes laid out once, the others in blocks beside them."""
    e, f, g, h = (column.ravel() for column in numpy.meshgrid(*grid[5:], indexing="ij"))
    outer = [column.ravel() for column in numpy.meshgrid(*grid[:5], indexing="ij")]
    least, most, total, many = numpy.inf, -numpy.inf, 0.0, max(1, 65_536 // len(h))
    for start in range(0, len(outer[0]), many):
        n, a, b, c, d = (column[start : start + many, None] for column in outer)
        x = n * (a * b + c * d) / (e * f) + g * h - a / c
        least, most, total = min(least, x.min()), max(most, x.max()), total + x.sum()
    return least, most, total


def loop(grid: list[Any]) -> tuple[float, float, float]:
    """The same, one scenario at a time."""
    least, most, total = float("inf"), float("-inf"), 0.0
    for n, a, b, c, d, e, f, g, h in itertools.product(*(axis.tolist() for axis in grid)):
        x = n * (a * b + c * d) / (e * f) + g * h - a / c
        least, most, total = min(least, x), max(most, x), total + x
    return least, most, total


def axes(ready: Setup) -> list[Any]:
    by_name = {axis.name: axis for axis in ready.grid.axes}
    return [numpy.linspace(by_name[name].low, by_name[name].high, by_name[name].size) for name in NAMES]


def test_sweep_of_ten_operations(benchmark: Any, against: Any) -> None:
    """Ten million scenarios on one core, with quantiles and extremes; each ratio is what the other way takes."""
    rows = 10_000_000 if benchmark.enabled else 10_000
    ready, few = ten_operations(rows), ten_operations(10_000)
    (found,) = benchmark.pedantic(run, args=(ready,), rounds=5, warmup_rounds=1)
    grid = axes(ready)
    least, most, total = by_hand(grid, ready.sweep.rows, 65_536)
    assert (found["least"]["value"], found["greatest"]["value"]) == pytest.approx((least, most), rel=1e-12)
    assert found["mean"] == pytest.approx(total / ready.sweep.rows, rel=1e-12)
    assert broadcast(grid, ready.sweep.rows) == pytest.approx((least, most, total), rel=1e-12)
    assert loop(axes(few)) == pytest.approx(by_hand(axes(few), few.sweep.rows, 65_536), rel=1e-12)
    whole = ready.sweep.rows
    for words, way in (
        ("NumPy by hand in chunks of 64k, no quantiles", lambda: by_hand(grid, whole, 65_536)),
        ("NumPy by hand on whole arrays, no quantiles", lambda: by_hand(grid, whole, whole)),
        ("NumPy by hand with broadcasting, no quantiles", lambda: broadcast(grid, whole)),
    ):
        against(words, lambda: run(ready), way, rounds=3)
    against("a plain loop", lambda: run(ready), lambda: loop(axes(few)), rounds=3, share=few.sweep.rows / whole)
    if benchmark.enabled:
        benchmark.extra_info["rows a second"] = whole / benchmark.stats.stats.min


MEASURE = """
import re, sys, time
sys.path.insert(0, sys.argv[1])
import test_sweep
ready = test_sweep.ten_operations(int(sys.argv[2]))
before = time.perf_counter()
test_sweep.run(ready, int(sys.argv[3]))
seconds = time.perf_counter() - before
with open("/proc/self/status") as status:  # ru_maxrss would count the process that started this one
    most = re.search(r"VmHWM:\\s+([0-9]+) kB", status.read())[1]
print(ready.sweep.rows, seconds, int(most) / 1024)
"""
MOST = int(os.environ.get("CHIPGAUGE_BENCH_ROWS", "100000000"))
"""Rows of the largest sweep; CHIPGAUGE_BENCH_ROWS=1000000000 takes a minute more."""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("power", range(3, len(str(MOST))))
def test_scaling(benchmark: Any, power: int, workers: int) -> None:
    """A process of its own for each size: rows a second, and the most memory that the process ever held."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("the memory of a process is read from Linux's /proc")
    if not benchmark.enabled:
        benchmark(run, ten_operations(1000), workers)
        return
    command = [sys.executable, "-c", MEASURE, os.path.dirname(__file__), str(10**power), str(workers)]
    best: list[float] = []

    def once() -> None:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout.split()
        best[:] = min([best or [0.0, float("inf"), 0.0], [float(word) for word in found]], key=lambda row: row[1])

    benchmark.pedantic(once, rounds=3 if benchmark.enabled and power < 8 else 1)
    benchmark.extra_info["scaling"] = {"rows": best[0], "seconds": best[1], "MB": best[2], "workers": workers}
    assert best[2] < 500
