# SPDX-License-Identifier: Apache-2.0
"""The journal of a sweep against a full disk, torn files and kills at any moment: the same bytes in the end, or an error."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import pytest
from click.testing import CliRunner, Result

from chipgauge.calc import sweep as calc
from chipgauge.reports import journal as journals
from chipgauge.reports.cli import main

FILE = """[answers]
y = "x * z / (1 + x)"
w = "1 / (x - 5)"
[[vary]]
name = "x"
from = 0
to = 10
steps = 101
[[vary]]
name = "z"
from = 1
to = 2
steps = 61
"""
ROWS = 101 * 61


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHIPGAUGE_CATALOG", raising=False)
    Path("s.toml").write_text(FILE)
    monkeypatch.setattr(calc, "CHUNK", 128)
    monkeypatch.setattr(calc, "CHUNKS_A_BLOCK", 2)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["sweep", "s.toml", *words])


def body(name: str) -> str:
    return "".join(line for line in Path(name).read_text().splitlines(True) if not line.startswith("#"))


class Dribble:
    """A raw file that takes a few bytes at a time, as a raw file may."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, raw: Any) -> int:
        return int(self.file.write(memoryview(raw)[:1000]))

    def readinto(self, room: Any) -> int:
        return int(self.file.readinto(memoryview(room)[:999]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.file)


def test_a_file_that_takes_a_part_at_a_time_gets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("-o", "whole.csv", "--rows").exit_code == 0
    assert run("-o", "whole.json").exit_code == 0
    original = journals.Journal._opened
    monkeypatch.setattr(journals.Journal, "_opened", lambda self, path: Dribble(original(self, path)))
    monkeypatch.setattr(journals.Journal, "_lock", lambda self: None)  # it asks for the file itself
    for name, more in (("whole.csv", ("--rows",)), ("whole.json", ())):
        made = name.replace("whole", "a")
        assert run("-o", made, *more).exit_code == 0
        assert Path(made).read_bytes() == Path(name).read_bytes()


STARTED = """
import sys
from chipgauge.calc import sweep as calc
from chipgauge.reports.cli import main
calc.CHUNK, calc.CHUNKS_A_BLOCK = 128, 2
{more}
main(sys.argv[1:])
"""


def started(more: str, *words: str) -> subprocess.CompletedProcess[str]:
    code = STARTED.format(more=more)
    command = [sys.executable, "-c", code, "sweep", "s.toml", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("most", [20_000, 60_000, 110_000])
def test_a_disk_that_is_full_for_a_moment_loses_nothing(most: int) -> None:
    """Twice 49,288 bytes of answers and a longer CSV: the limit falls on a block of rows, or on the file itself."""
    pytest.importorskip("resource", reason="this system has no limits of a process")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, resource.RLIM_INFINITY))"
    whole = started("", "-o", "whole.csv", "--rows")
    assert whole.returncode == 0, whole.stderr
    full = started(limit, "-o", "a.csv", "--rows", "--jobs", "1")
    assert full.returncode == 2 and "Traceback" not in full.stderr
    assert "too large" in full.stderr.casefold() and "the same command goes on" in full.stderr
    assert not Path("a.csv").exists() and not Path(".a.csv.part").exists()
    again = started("", "-o", "a.csv", "--rows")
    assert again.returncode == 0 and "going on at" in again.stderr
    assert Path("a.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert sorted(os.listdir()) == ["a.csv", "s.toml", "whole.csv"]


KILL = """
import os, random, signal
from chipgauge.reports import sweep_rows
source = random.Random({seed})
left = [source.randrange(1, {most})]
def counted(original):
    def call(*given, **how):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **how)
    return call
calc.compute = counted(calc.compute)
sweep_rows._lines = counted(sweep_rows._lines)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no SIGKILL")
@pytest.mark.parametrize("rows", [(), ("--rows",)])
def test_a_process_killed_again_and_again_ends_with_the_same_bytes(rows: tuple[str, ...]) -> None:
    ending = "csv" if rows else "json"
    assert started("", "-o", f"whole.{ending}", *rows).returncode == 0
    # in the end it is let through; until then 26 blocks, or 51 and as many chunks written, are cut off somewhere
    kills = [KILL.format(seed=seed, most=most) for seed, most in enumerate([15, 15, 15, 60, 60] if rows else [6] * 4)]
    killed = 0
    for more in (*kills, ""):
        done = started(more, "-o", f"a.{ending}", *rows, "--jobs", "1")
        assert done.returncode == (-9 if more else 0), done.stderr
        assert Path(f"a.{ending}").exists() == (not more)
        killed += bool(more)
    assert killed == len(kills) and "going on at" in done.stderr
    assert Path(f"a.{ending}").read_bytes() == Path(f"whole.{ending}").read_bytes()
    assert sorted(os.listdir()) == sorted([f"a.{ending}", "s.toml", f"whole.{ending}"])


class Stop(RuntimeError):
    """The process is gone."""


def stopped(monkeypatch: pytest.MonkeyPatch, at: int, *words: str) -> None:
    original = calc.blocks

    def some(ready: calc.Setup, **how: Any) -> Iterator[calc.Block]:
        for block in original(ready, **how):
            if block.number == at:
                raise Stop
            yield block

    with monkeypatch.context() as patch:
        patch.setattr(calc, "blocks", some)
        assert isinstance(run(*words).exception, Stop)


@pytest.mark.parametrize("damage", ["cut", "cut to nothing", "a byte", "zeros", "longer", "gone"])
def test_rows_that_are_not_those_of_the_record_are_computed_again(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("-o", "whole.csv", "--rows").exit_code == 0
    stopped(monkeypatch, 9, "-o", "a.csv", "--rows", "--jobs", "1")
    rows = Path(".a.csv.rows")
    raw = rows.read_bytes()
    assert len(raw) == 9 * 122 * 16  # two tiles of 61 rows of two answers fill a chunk
    changed = bytearray(raw)
    changed[5 * 1952 + 7] ^= 1
    match damage:
        case "cut":
            rows.write_bytes(raw[:-3000])
        case "cut to nothing":
            rows.write_bytes(b"")
        case "a byte":
            rows.write_bytes(changed)
        case "zeros":
            rows.write_bytes(raw[:-1952] + bytes(1952))
        case "longer":
            rows.write_bytes(raw + b"123")
        case _:
            rows.unlink()
    begun = {"cut": 7, "cut to nothing": 0, "a byte": 5, "zeros": 8, "longer": 9, "gone": 0}[damage]
    result = run("-o", "a.csv", "--rows")
    assert result.exit_code == 0 and (f"going on at {begun * 122:,} of" in result.stderr) == (begun > 0)
    assert Path("a.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_two_sweeps_into_one_file_exclude_each_other() -> None:
    pytest.importorskip("fcntl", reason="this system has no locks of this kind")
    journal = journals.Journal(Path("a.json"), "key", 2, rows=False)
    try:
        result = run("-o", "a.json")
        assert result.exit_code == 2 and "another sweep writes a.json at this moment" in result.stderr
        assert run("-o", "b.json").exit_code == 0
    finally:
        journal.close()
        journal.remove()
    assert run("-o", "a.json").exit_code == 0


def test_what_a_killed_writer_left_is_replaced() -> None:
    for name, rows in (("a.csv", ["--rows"]), ("b.json", [])):
        Path(f".{name}.part").write_text("half")
        assert run("-o", name, *rows).exit_code == 0
    assert sorted(os.listdir()) == ["a.csv", "b.json", "s.toml"]


def test_rows_are_read_a_block_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bounds the memory: no more answers are held at once than a chunk has, and a block of many answers is small."""
    seen: list[int] = []
    original = journals.Journal.values

    def values(self: journals.Journal, first: int, rows: int) -> Any:
        seen.append(rows)
        return original(self, first, rows)

    monkeypatch.setattr(journals.Journal, "values", values)
    assert run("-o", "a.csv", "--rows").exit_code == 0
    assert sum(seen) == ROWS and max(seen) <= 128
    many = FILE.replace('y = "x', "".join(f'y{n} = "x + z + {n}"\n' for n in range(18)) + 'y = "x')
    Path("s.toml").write_text(many)
    monkeypatch.setattr(calc, "CHUNKS_A_BLOCK", 16)
    held: list[int] = []
    add = journals.Journal.add

    def added(self: journals.Journal, block: calc.Block) -> None:
        held.append(block.values.size)
        add(self, block)

    monkeypatch.setattr(journals.Journal, "add", added)
    assert run("-o", "b.csv", "--rows").exit_code == 0
    assert sum(held) == ROWS * 20 and max(held) <= 128 * 20


def test_the_lines_are_those_of_the_csv_module() -> None:
    """Line for line what Python's csv and repr write, over a grid with a value that is missing and an outer axis."""
    assert run("-o", "a.csv", "--rows").exit_code == 0
    lines = body("a.csv").splitlines()
    assert lines[0] == "x,z,y,w" and len(lines) == ROWS + 1
    for row in (0, 61, 1000, 50 * 61 + 3, ROWS - 1):
        x, z = 10.0 * (row // 61 / 100), 1 * (1 - row % 61 / 60) + 2 * (row % 61 / 60)
        x = 0.0 * (1 - row // 61 / 100) + 10.0 * (row // 61 / 100)
        last = "" if x == 5 else repr(1 / (x - 5))
        assert lines[row + 1] == f"{x!r},{z!r},{x * z / (1 + x)!r},{last}"


def test_a_sample_goes_on_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = FILE.replace("steps = 101\n", "").replace("steps = 61\n", "") + "[sample]\npoints = 2000\nseed = 3\n"
    Path("s.toml").write_text(drawn)
    assert run("-o", "whole.csv", "--rows").exit_code == 0
    source = random.Random(2)
    for name in ("a.csv", "b.csv"):
        stopped(monkeypatch, source.randrange(1, 14), "-o", name, "--rows", "--jobs", "1")
        calc._engines.cache_clear()  # another process begins its points anew
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(run, "-o", name, "--rows", "--jobs", "1").result()
        assert done.exit_code == 0 and "going on at" in done.stderr
        assert Path(name).read_bytes() == Path("whole.csv").read_bytes()
    drawn_x = numpy.loadtxt([line.split(",")[0] for line in body("a.csv").splitlines()[1:]])
    assert len(set(drawn_x)) == 2000 and drawn_x.mean() == pytest.approx(5, abs=0.01)
