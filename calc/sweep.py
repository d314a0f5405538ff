# SPDX-License-Identifier: Apache-2.0
"""Any number of scenarios through the same formulas: a grid or a sample in chunks, summed up exactly and in order.

A case is one choice of items and dates; its answers are compiled to a program with the varied numbers left open. A chunk
is 65,536 rows of one case, a block sixteen chunks: what one task of an executor computes. Blocks are taken in order, so
that the result does not depend on how many workers there are or which one was slow.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import lru_cache
from typing import Any, NamedTuple

from chipgauge.calc.digest import Extremes, Histogram, digest
from chipgauge.calc.graph import triangular
from chipgauge.calc.program import Program
from chipgauge.calc.sweep_cases import Case, read_cases, spread, value_at
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.sweep_tables import Axis, Sweep
from chipgauge.specs.units import Unit

CHUNK = 65_536
CHUNKS_A_BLOCK = 16
WAITING = 4
"""Blocks that are submitted ahead for each worker: what bounds the memory of a sweep."""


class Grid(NamedTuple):
    """How the rows of a case are cut: `tile` rows of the last axes lie beside each other, so many of them a chunk."""

    axes: tuple[Axis, ...]
    inner: int
    tile: int
    leading: int
    points: int
    seed: int

    @property
    def chunks(self) -> int:
        """Chunks of one case."""
        if self.points:
            return -(-self.points // CHUNK)
        if self.tile > CHUNK:
            return self.leading * -(-self.tile // CHUNK)
        return -(-self.leading // (CHUNK // self.tile))


class Setup(NamedTuple):
    """A sweep that is ready to run. `units` are those of its answers, `varied` the keys of the leaves that vary."""

    sweep: Sweep
    cases: list[Case]
    grid: Grid
    units: dict[str, Unit]
    varied: frozenset[str]

    @property
    def chunks(self) -> int:
        """How many chunks there are, over all cases."""
        return len(self.cases) * self.grid.chunks

    def at_once(self, wanted: bool = False) -> int:
        """Return the chunks of a block: fewer where its rows are wanted, so that a block of many answers stays small."""
        return max(1, CHUNKS_A_BLOCK // len(self.sweep.answers)) if wanted else CHUNKS_A_BLOCK

    @property
    def blocks(self) -> int:
        """How many blocks there are if no rows are wanted."""
        return -(-self.chunks // self.at_once())


class Block(NamedTuple):
    """What one task gives: extremes by case and answer, a histogram of each answer, and the rows if they are wanted."""

    number: int
    rows: int
    cases: dict[int, list[Extremes]]
    histograms: list[Histogram]
    values: Any


def setup(sweep: Sweep, catalog: Catalog) -> Setup:
    """Return a sweep ready to run: each expression read once for every choice of items, dates and what a model reads.

    Raises
    ------
    TableError
        An expression, figure, item or unit that cannot be, with the line of the file.
    """
    sweep, cases, units, varied = read_cases(sweep, catalog)
    return Setup(sweep, cases, _grid(sweep), units, varied)


# --- the columns of a chunk --------------------------------------------------------------------------------------


def _grid(sweep: Sweep) -> Grid:
    sizes = [axis.size for axis in sweep.axes]
    inner, tile = len(sizes), 1
    while inner and not sweep.points and (tile * sizes[inner - 1] <= CHUNK or inner == len(sizes)):
        inner -= 1
        tile *= sizes[inner]
    return Grid(sweep.axes, inner, tile, math.prod(sizes[:inner]), sweep.points, sweep.seed)


def _tile_columns(grid: Grid, start: int, stop: int) -> list[Any]:
    """Return the inner axes over a part of a tile, as [1, rows]."""
    import numpy

    return [column[None, :] for column in _digits(grid.axes[grid.inner :], numpy.arange(start, stop))]


def _digits(axes: Sequence[Axis], places: Any) -> list[Any]:
    columns: list[Any] = []
    for axis in reversed(axes):
        places, digit = (places // axis.size, places % axis.size) if axis is not axes[0] else (None, places)
        columns.append(value_at(axis, digit))
    return columns[::-1]


def _sampled(grid: Grid, chunk: int) -> list[Any]:
    """Return a chunk of a sample, each axis as [1, rows]."""
    points = _sobol(grid, chunk)[: min(CHUNK, grid.points - chunk * CHUNK)]
    columns: list[Any] = []
    for place, axis in enumerate(grid.axes):
        share = points[:, place]
        drawn = spread(axis, share) if axis.likely is None else triangular(share, axis.low, axis.likely, axis.high)
        columns.append(drawn[None, :])
    return columns


class _Engine:
    """Scrambled Sobol points in order; a chunk before the next one begins anew."""

    def __init__(self, axes: int, seed: int) -> None:
        import numpy
        from scipy.stats import qmc

        self.points: Any = qmc.Sobol(axes, scramble=True, rng=numpy.random.default_rng(seed))
        self.next = 0


def _sobol(grid: Grid, chunk: int) -> Any:
    import threading

    engines = _engines(threading.get_ident())
    key = len(grid.axes), grid.seed
    engine = engines.get(key)
    if engine is None or engine.next > chunk:
        engine = engines[key] = _Engine(*key)
    if engine.next < chunk:
        engine.points.fast_forward((chunk - engine.next) * CHUNK)
    engine.next = chunk + 1
    return engine.points.random(CHUNK)


@lru_cache(maxsize=64)
def _engines(_thread: int) -> dict[tuple[int, int], _Engine]:
    return {}


def chunk_columns(grid: Grid, chunk: int, tile: list[Any] | None = None) -> tuple[list[Any], tuple[int, int], int]:
    """Return the columns of one chunk of a case, their common shape, and its first row in the case."""
    import numpy

    if grid.points:
        columns = _sampled(grid, chunk)
        return columns, (1, columns[0].shape[1]), chunk * CHUNK
    if grid.tile > CHUNK:
        leading, part = divmod(chunk, -(-grid.tile // CHUNK))
        start, stop = part * CHUNK, min(grid.tile, (part + 1) * CHUNK)
        tile, count = _tile_columns(grid, start, stop), 1
    else:
        at_once = CHUNK // grid.tile
        leading, start, stop = chunk * at_once, 0, grid.tile
        count = min(at_once, grid.leading - leading)
        tile = tile or _tile_columns(grid, 0, grid.tile)
    outer = _digits(grid.axes[: grid.inner], numpy.arange(leading, leading + count)) if grid.inner else []
    return [*(column[:, None] for column in outer), *tile], (count, stop - start), leading * grid.tile + start


def chunk_rows(grid: Grid, chunk: int) -> int:
    """Return how many rows a chunk has."""
    if grid.points:
        return min(CHUNK, grid.points - chunk * CHUNK)
    if grid.tile > CHUNK:
        return min(CHUNK, grid.tile - chunk % -(-grid.tile // CHUNK) * CHUNK)
    at_once = CHUNK // grid.tile
    return min(at_once, grid.leading - chunk * at_once) * grid.tile


def row_numbers(grid: Grid, place: int) -> list[float]:
    """Return the varied numbers of a row of a case, in base units."""
    if grid.points:
        columns, _, first = chunk_columns(grid, place // CHUNK)
        return [float(column[0, place - first]) for column in columns]
    numbers: list[float] = []
    for axis in reversed(grid.axes):
        place, digit = divmod(place, axis.size)
        numbers.append(float(value_at(axis, digit)))
    return numbers[::-1]


# --- blocks ------------------------------------------------------------------------------------------------------


class Task(NamedTuple):
    """What a worker needs for one block, and nothing else."""

    number: int
    grid: Grid
    programs: dict[int, Program]
    first: int
    stop: int
    rows_each: int
    wanted: bool


def task(ready: Setup, number: int, wanted: bool) -> Task:
    """Return the task of a block."""
    chunks, many = ready.grid.chunks, ready.at_once(wanted)
    first = number * many
    stop = min(first + many, ready.chunks)
    programs = {place: ready.cases[place].program for place in range(first // chunks, (stop - 1) // chunks + 1)}
    return Task(number, ready.grid, programs, first, stop, ready.sweep.rows_each, wanted)


def compute(given: Task) -> Block:
    """Compute one block: what an executor runs."""
    import numpy

    with numpy.errstate(all="ignore"):  # a sum may overflow
        return _computed(given)


def _computed(given: Task) -> Block:
    import numpy

    grid, answers = given.grid, len(next(iter(given.programs.values())).outputs)
    tile = None if grid.points or grid.tile > CHUNK else _tile_columns(grid, 0, grid.tile)
    histograms = [Histogram() for _ in range(answers)]
    cases: dict[int, list[Extremes]] = {}
    kept: list[Any] = []
    rows = 0
    for number in range(given.first, given.stop):
        case, chunk = divmod(number, grid.chunks)
        columns, shape, start = chunk_columns(grid, chunk, tile)
        values = given.programs[case].watched(columns)
        before = cases.setdefault(case, [Extremes()] * answers)
        found: list[Any] = []
        for place, value in enumerate(values):
            if getattr(value, "shape", None) == shape and value.dtype == float:
                whole = value
            else:
                whole = numpy.empty(shape)
                whole[...] = numpy.nan if value is None else value
            found.append(whole.reshape(-1))
            extremes = digest(found[-1], case * given.rows_each + start, histograms[place])
            before[place] = before[place].and_then(extremes)
        rows += shape[0] * shape[1]
        if given.wanted:
            kept.append(numpy.stack(found, axis=1))
    return Block(given.number, rows, cases, histograms, numpy.concatenate(kept) if kept else None)


def blocks(
    ready: Setup, *, start: int = 0, executor: Executor | None = None, workers: int = 1, wanted: bool = False
) -> Iterator[Block]:
    """Yield the blocks of a sweep in order, from `start` on.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Any executor: of threads, of processes, of a Dask cluster (`client.get_executor()`). Without one, here.
    workers : int
        How many tasks it runs at once; four times as many are submitted ahead, so that memory stays bounded.
    """
    tasks = (task(ready, number, wanted) for number in range(start, -(-ready.chunks // ready.at_once(wanted))))
    if executor is None:
        yield from map(compute, tasks)
        return
    waiting: deque[Future[Block]] = deque()
    try:
        for one in tasks:
            waiting.append(executor.submit(compute, one))
            if len(waiting) >= WAITING * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
