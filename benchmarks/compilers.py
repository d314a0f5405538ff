# SPDX-License-Identifier: Apache-2.0
"""What a compiler of expressions would buy over NumPy in chunks: python benchmarks/compilers.py TOOL THREADS ROWS

Prints JSON: how many times as fast as our way TOOL is, and what it costs to begin. Both run in turns in this process; the
number of threads has to be known before TOOL is imported, so each run is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy
from test_sweep import FORMULA, NAMES, axes, run, ten_operations

from chipgauge.calc.digest import SHIFT, Histogram, code_of, digest
from chipgauge.calc.sweep import CHUNK

TOOLS = ("numexpr", "numba", "polars")
ROUNDS = 5
Ends = tuple[float, float, float]
"""Least, greatest and sum."""


def by_numpy(n: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    return n * (a * b + c * d) / (e * f) + g * h - a / c


# What Numba compiles: one pass with all reductions, over columns, and over the axes as by hand. `bits` holds one number.


def fused(
    n: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, counts: Any, first: int, bits: Any
) -> Ends:
    low, high, total, place = numpy.inf, -numpy.inf, 0.0, bits.view(numpy.int64)
    for i in range(len(n)):
        x = n[i] * (a[i] * b[i] + c[i] * d[i]) / (e[i] * f[i]) + g[i] * h[i] - a[i] / c[i]
        low, high, total, bits[0] = min(low, x), max(high, x), total + x, x
        counts[(place[0] >> SHIFT) - first] += 1
    return low, high, total


def nested(
    n: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, counts: Any, first: int, bits: Any
) -> Ends:
    low, high, total, place = numpy.inf, -numpy.inf, 0.0, bits.view(numpy.int64)
    for i in range(len(n)):
        for one in e:
            for two in f:
                for three in g:
                    for four in h:
                        x = n[i] * (a[i] * b[i] + c[i] * d[i]) / (one * two) + three * four - a[i] / c[i]
                        low, high, total, bits[0] = min(low, x), max(high, x), total + x, x
                        counts[(place[0] >> SHIFT) - first] += 1
    return low, high, total


def together(parts: Iterator[Ends]) -> Ends:
    low, high, total = zip(*parts, strict=True)
    return min(low), max(high), sum(total)


def digested(values: Any) -> Ends:
    """Our own reductions: extremes, sum and the histogram that quantiles are read from."""
    found = digest(numpy.ascontiguousarray(values).reshape(-1), 0, Histogram())
    return found.low, found.high, found.total


class Compiled:
    """What takes the place of our program in a sweep: the columns of a chunk in, the answer out."""

    outputs = (0,)

    def __init__(self, names: list[str], formula: Callable[[list[Any]], Any]) -> None:
        self.names, self.formula = names, formula

    def watched(self, columns: list[Any]) -> list[Any]:
        given = dict(zip(self.names, columns, strict=True))
        return [self.formula([given[name] for name in NAMES])]


class Ways:
    """The same work in several ways, over nine columns of `rows` numbers or from the axes of their grid."""

    def __init__(self, tool: str, threads: int, rows: int) -> None:
        self.threads, self.ready = threads, ten_operations(rows)
        self.grid = axes(self.ready)
        self.columns = [column.ravel() for column in numpy.meshgrid(*self.grid, indexing="ij")]
        start = perf_counter()
        getattr(self, tool)()
        self.imported = perf_counter() - start
        start = perf_counter()
        self.formula(self.columns)
        self.reduced(self.columns)
        if self.swept:
            self.swept(self.grid)
        self.first = perf_counter() - start

    formula: Callable[[list[Any]], Any]
    reduced: Callable[[list[Any]], Ends]
    swept: Callable[[list[Any]], Ends] | None = None

    def numexpr(self) -> None:
        import numexpr

        numexpr.set_num_threads(self.threads)
        self.formula = lambda columns: numexpr.evaluate(FORMULA, dict(zip(NAMES, columns, strict=True)))
        self.reduced = lambda columns: digested(self.formula(columns))

    def polars(self) -> None:
        import polars

        assert polars.thread_pool_size() == self.threads
        x = by_numpy(*map(polars.col, NAMES)).alias("x")

        def formula(columns: list[Any]) -> Any:
            flat = [numpy.ascontiguousarray(column).reshape(-1) for column in numpy.broadcast_arrays(*columns)]
            found = polars.DataFrame(dict(zip(NAMES, flat, strict=True))).lazy().select(x).collect()["x"].to_numpy()
            return found.reshape(numpy.broadcast_shapes(*(column.shape for column in columns)))

        self.formula = formula
        self.reduced = lambda columns: digested(formula(columns))

    def numba(self) -> None:
        import numba

        numbers = ["f8({})".format(", ".join(["f8"] * len(NAMES)))]
        compiled = numba.vectorize(numbers, target="parallel" if self.threads > 1 else "cpu")(by_numpy)
        columnwise, axiswise = (numba.njit(loop, nogil=True) for loop in (fused, nested))
        self.formula = lambda columns: compiled(*columns)
        low, high, _ = digested(by_numpy(*self.columns))
        codes = code_of(low), code_of(high)

        def counts() -> tuple[Any, int, Any]:
            """Room for the histogram, with the range that only a pass before would know: kinder to the compiled loop."""
            return numpy.zeros(codes[1] - codes[0] + 1, dtype=numpy.int64), codes[0], numpy.zeros(1)

        self.reduced = lambda columns: columnwise(*columns, *counts())

        def swept(grid: list[Any]) -> Ends:
            outer = [column.ravel() for column in numpy.meshgrid(*grid[:5], indexing="ij")]
            each = -(-len(outer[0]) // self.threads)
            parts = [[column[at : at + each] for column in outer] for at in range(0, len(outer[0]), each)]
            return together(self.over(lambda part: axiswise(*part, *grid[5:], *counts()), parts))

        self.swept = swept

    def over(self, way: Callable[[Any], Any], parts: list[Any]) -> Iterator[Any]:
        """Take parts in turn, or on threads of our own."""
        if self.threads == 1:
            yield from map(way, parts)
            return
        with ThreadPoolExecutor(self.threads) as executor:
            yield from executor.map(way, parts)

    def chunks(self) -> list[Any]:
        return [[c[at : at + CHUNK] for c in self.columns] for at in range(0, len(self.columns[0]), CHUNK)]

    def pairs(self) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
        """What is compared: our way, and that of the tool. A tool that has threads itself gets its chunks in turn."""
        chunks, whole = self.chunks(), self.columns

        def in_turn(way: Callable[[Any], Any]) -> list[Any]:
            return [way(chunk) for chunk in chunks]

        def numpy_formula() -> list[Any]:
            return list(self.over(lambda chunk: by_numpy(*chunk), chunks))

        def numpy_reduced() -> Ends:
            return together(self.over(lambda chunk: digested(by_numpy(*chunk)), chunks))

        made: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "the formula alone, chunks of 64k": (numpy_formula, lambda: in_turn(self.formula)),
            "the formula alone, whole arrays": (numpy_formula, lambda: self.formula(whole)),
            "with extremes, mean and histogram, chunks of 64k": (
                numpy_reduced,
                lambda: together(self.over(self.reduced, chunks)),
            ),
            "with extremes, mean and histogram, whole arrays": (numpy_reduced, lambda: self.reduced(whole)),
        }
        (case,) = self.ready.cases
        program: Any = Compiled([axis.name for axis in self.ready.grid.axes], self.formula)
        dropped_in = self.ready._replace(cases=[case._replace(program=program)])
        assert run(dropped_in)[0]["mean"] == run(self.ready)[0]["mean"]
        made["a whole sweep, its formula compiled"] = (lambda: run(self.ready, self.threads), lambda: run(dropped_in))
        if (swept := self.swept) is not None:
            made["a whole sweep, one loop written for it"] = (
                made["a whole sweep, its formula compiled"][0],
                lambda: swept(self.grid),
            )
        return made


def measure(tool: str, threads: int, rows: int) -> dict[str, Any]:
    """Return the ratios of one tool, ours over theirs, and the seconds it takes to be imported and to compile."""
    ways = Ways(tool, threads, rows)
    wanted = digested(by_numpy(*ways.columns))
    numpy.testing.assert_allclose(ways.reduced(ways.columns), wanted, rtol=1e-9)
    numpy.testing.assert_allclose(numpy.asarray(ways.formula(ways.columns)), by_numpy(*ways.columns), rtol=1e-12)
    if ways.swept:
        numpy.testing.assert_allclose(ways.swept(ways.grid), wanted, rtol=1e-9)
    ratios: dict[str, float] = {}
    for words, pair in ways.pairs().items():
        least = [float("inf")] * 2
        for _ in range(ROUNDS):
            for place, way in enumerate(pair):
                start = perf_counter()
                way()
                least[place] = min(least[place], perf_counter() - start)
        ratios[words] = least[0] / least[1]
    version = sys.modules[tool].__version__
    return {"version": version, "import": ways.imported, "first calls": ways.first, "ratios": ratios}


if __name__ == "__main__":
    os.environ |= {f"{name}_THREADS": sys.argv[2] for name in ("POLARS_MAX", "NUMEXPR_MAX", "NUMBA_NUM")}
    print(json.dumps(measure(sys.argv[1], *map(int, sys.argv[2:])), indent=1))
