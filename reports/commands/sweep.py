# SPDX-License-Identifier: Apache-2.0
"""`chipgauge sweep`: any number of scenarios over varied numbers, items and dates, summed up or row by row."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chipgauge import __version__
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json
from chipgauge.reports.options import answer_with, dateless_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from chipgauge.calc.sweep import Setup
    from chipgauge.reports.journal import Journal

MOST_JOBS = 256
ADDRESS = re.compile(r"(?:(?:tcp|tls|wss?|ucx)://)?[^\s/]+:\d{1,5}")


@click.command(
    "sweep", short_help="Any number of scenarios.", epilog="Example: chipgauge sweep match.toml -o match.json"
)
@click.argument("file", metavar="FILE.toml", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", metavar="OUT", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@click.option("--rows", is_flag=True, help="Write every row, as .csv or .parquet, and print the summary.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, MOST_JOBS), default=None, help="Threads; default: one a core."
)
@click.option("--dask", metavar="ADDRESS", default="", help="Compute on a running Dask cluster (extra: dask).")
@click.option("--restart", is_flag=True, help="Begin anew where an interrupted sweep would go on.")
@dateless_options
@output_options
def command(
    file: Path, output: Path, rows: bool, jobs: int | None, dask: str, restart: bool, prefer: str,
    given: tuple[str, ...], projected: bool, folder: str | None, form: str,
) -> None:  # fmt: skip
    """Compute every scenario of FILE.toml and write quantiles, extremes and swings (or rows) to OUT.

    A sweep that was interrupted goes on where it stopped when the same command is given again.
    """
    from time import perf_counter

    from chipgauge.calc.sweep import setup
    from chipgauge.calc.sweep_summary import summary
    from chipgauge.reports.journal import Journal
    from chipgauge.reports.sweep_rows import check_ending, write_rows, write_summary
    from chipgauge.specs.sweep_tables import load_sweep

    if dask and not ADDRESS.fullmatch(dask):
        raise ChipgaugeError(f"--dask takes the address of a scheduler, got {dask[:100]!r}; write tcp://HOST:8786")
    if jobs and dask:
        raise ChipgaugeError("--jobs and --dask exclude each other: a cluster has its own workers")
    check_ending(output, rows)
    if output.is_dir() or not output.parent.is_dir():
        raise ChipgaugeError(f"{output}: name a file in a folder that exists")
    asked = inputs(
        file=str(file), output=str(output), rows=rows, prefer=prefer, set=given, projected=projected, catalog=folder
    )
    catalog = make_catalog(folder, prefer, given, projected)
    ready = setup(load_sweep(file), catalog)
    notes = provenance(ready, catalog, asked)
    start = perf_counter()
    with _executor(jobs or os.cpu_count() or 1, dask) as (executor, workers):  # without one, nothing is begun
        journal = Journal(output, _key(notes, rows), len(ready.sweep.answers), rows=rows, restart=restart)
        try:
            _run(ready, journal, executor, workers, rows)
            found = summary(ready, journal.sums)
            seconds = perf_counter() - start
            if rows:
                with _bar(ready.sweep.rows, f"writing {output.name[:40]}", eta=True) as bar:
                    size = write_rows(ready, journal, output, notes, bar.update)
            else:
                size = write_summary(journal, output, {**notes, "rows": journal.sums.rows, "summary": found})
        except KeyboardInterrupt:
            done = journal.sums.rows / ready.sweep.rows
            click.echo(f"stopped at {done:.1%}; the same command goes on from there", err=True)
            raise
        finally:
            journal.close()
    journal.remove()
    answer_with(answer(ready, found, catalog, asked, seconds, output, size), form)


def _run(ready: Setup, journal: Journal, executor: Executor | None, workers: int, rows: bool) -> None:
    from chipgauge.calc.sweep import blocks

    begun = journal.sums.rows
    if begun:
        click.echo(f"going on at {begun:,} of {ready.sweep.rows:,} rows", err=True)
    from time import monotonic

    start, done = monotonic(), 0
    with _bar(ready.sweep.rows, f"{ready.sweep.rows:,} scenarios", eta=False) as bar:
        bar.update(begun)
        for block in blocks(ready, start=journal.sums.blocks, executor=executor, workers=workers, wanted=rows):
            journal.add(block)
            done += block.rows
            rate = done / max(monotonic() - start, 1e-9)  # of this run: what an earlier one did took no time now
            bar.update(block.rows, current_item=(rate, (ready.sweep.rows - begun - done) / rate))


def _bar(rows: int, label: str, *, eta: bool) -> Any:
    how: dict[str, Any] = {"file": sys.stderr, "hidden": not sys.stderr.isatty(), "item_show_func": _rate}
    bar: Any = click.progressbar(  # pyright: ignore[reportUnknownVariableType]
        length=rows, label=label, show_percent=True, show_eta=eta, **how
    )
    return bar


def _rate(item: tuple[float, float] | None) -> str | None:
    """Return the rate and the time left.

    >>> _rate((5e7, 3725.4))
    '50.0 M/s, 1:02:05 left'
    """
    if item is None:
        return None
    rate, left = item
    return f"{rate / 1e6:.1f} M/s, {timedelta(seconds=int(left))} left"


@contextmanager
def _executor(jobs: int, dask: str) -> Generator[tuple[Executor | None, int]]:
    """Yield an executor and how many tasks it runs at once; threads suffice, since NumPy computes without the lock."""
    if dask:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise ChipgaugeError("--dask needs distributed; install it with: pip install 'chipgauge[dask]'") from None
        try:
            client: Any = distributed.Client(dask, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise ChipgaugeError(f"no Dask cluster answers at {dask[:100]!r}: {error}; write tcp://HOST:8786") from None
        with client:
            yield client.get_executor(pure=False), max(1, sum(client.nthreads().values()))
    elif jobs == 1:
        yield None, 1
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(jobs) as pool:
            yield pool, jobs


def provenance(ready: Setup, catalog: Catalog, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a result was made from: version, tables, the sweep itself, inputs and every figure used."""
    from hashlib import sha256

    from chipgauge.specs.shipped import shipped_bytes

    figures = [figure for case in ready.cases for figure in case.figures]
    return {
        "schema": "chipgauge.sweep/0", "version": __version__, "as_of": catalog.as_of,
        "tables": sha256(shipped_bytes("index.jsonl")).hexdigest(),
        "inputs": {name: value for name, value in asked.items() if name not in ("file", "output")},
        "sweep": {"sha256": sha256(ready.sweep.text.encode()).hexdigest(), "text": ready.sweep.text},
        "leaves": {key: leaf for key, leaf in leaves_json(figures).items() if key not in ready.varied},
    }  # fmt: skip


def _key(notes: dict[str, Any], rows: bool) -> str:
    from hashlib import sha256

    return sha256(json.dumps([notes, rows], sort_keys=True, default=str).encode()).hexdigest()


def answer(
    ready: Setup, found: list[dict[str, Any]], catalog: Catalog, asked: dict[str, Any], seconds: float, path: Path,
    size: int,
) -> Answer:  # fmt: skip
    """Return the answer of a sweep: each answer's quantiles and extremes, and what moves it most."""
    rows = [
        [
            row["answer"], row["unit"], *(_number(row.get("quantiles", {}).get(share)) for share in ("5%", "50%", "95%")),
            _number(row.get("mean")), _end(row.get("least")), _end(row.get("greatest")),
        ]
        for row in found
    ]  # fmt: skip
    swings = [
        [row["answer"], one["name"], _number(one["from"]), _number(one["to"]), _number(one["at_from"]), _number(one["at_to"])]
        for row in found
        for one in row.get("tornado", ())
    ]  # fmt: skip
    columns = ["answer", "unit", "5%", "50%", "95%", "mean", "least", "greatest"]
    tables = [
        Table("Over all scenarios", columns, rows, frozenset({2, 3, 4, 5})),
        Table(
            "One at a time, the others in the middle", ["answer", "varied", "from", "to", "there", "here"], swings,
            frozenset({2, 3, 4, 5}),
        ),
    ]  # fmt: skip
    body = {"rows": ready.sweep.rows, "seconds": seconds, "path": str(path), "bytes": size, "summary": found}
    records = [
        {
            "answer": row["answer"], "unit": row["unit"], "rows": row["rows"], "without_value": row["without_value"],
            "mean": row.get("mean"), "least": _value(row.get("least")), "greatest": _value(row.get("greatest")),
            **row.get("quantiles", {}),
        }
        for row in found
    ]  # fmt: skip
    figures = [figure for case in ready.cases for figure in case.figures]
    lost = sum(row["without_value"] for row in found)
    notes = [f"{path} has {size:,} bytes", "quantiles are right to one part in two thousand"]
    notes += [f"{row['answer']} is unknown: {row['why']}" for row in found if "why" in row]
    notes += [f"{lost:,} values do not exist: an unknown figure, or a division by zero"] if lost else []
    return Answer(
        "sweep", _finding(ready, found), tables, lambda: body, lambda: records, catalog, asked, [], figures,
        [*notes, *remarks.source_notes(catalog, figures)], version=0,
    )  # fmt: skip


def _finding(ready: Setup, found: list[dict[str, Any]]) -> str:
    said = [
        f"{row['answer']} holds in {row['mean']:.0%}"
        if row["yes_or_no"]
        else f"{row['answer']} is {_number(row['quantiles']['50%'])}{'' if row['unit'] == '1' else ' ' + row['unit']} in the middle "
        f"({_number(row['quantiles']['5%'])} to {_number(row['quantiles']['95%'])} in nine of ten)"
        for row in found
        if row["rows"]
    ]  # fmt: skip
    name = f"{ready.sweep.name}: " if ready.sweep.name else ""
    return f"{name}over {ready.sweep.rows:,} scenarios, {'; '.join(said) or 'nothing has a value'}."


def _number(value: Any) -> str:
    return "" if value is None else text.number(value, 4) if isinstance(value, float) else str(value)


def _value(end: dict[str, Any] | None) -> Any:
    return end["value"] if end else None


def _end(end: dict[str, Any] | None) -> str:
    if not end:
        return ""
    return f"{_number(end['value'])} at " + ", ".join(f"{name} = {_number(value)}" for name, value in end["at"].items())
