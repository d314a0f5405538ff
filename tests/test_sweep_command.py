# SPDX-License-Identifier: Apache-2.0
"""`sweep` from the command line: what it writes, that a killed sweep ends with the same bytes, and mistakes."""

from __future__ import annotations

import csv
import doctest
import gc
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import click
import pytest
from click.testing import CliRunner, Result

import chipgauge
from chipgauge.calc import sweep as calc
from chipgauge.calc.sweep_summary import Sums
from chipgauge.reports import journal as journals
from chipgauge.reports.cli import main
from chipgauge.reports.commands import sweep as command
from chipgauge.specs.catalog import catalog
from chipgauge.specs.shipped import shipped_bytes
from chipgauge.specs.sweep_tables import read_sweep

FILE = """name = "match"
[answers]
needed = "n * peak.bf16(H200) / (share * peak.bf16({chip}))"
[[vary]]
name = "chip"
items = ["910C", "H20"]
[[vary]]
name = "n"
from = 1000
to = 2000
steps = 101
[[vary]]
name = "share"
from = "25%"
to = 1
steps = 31
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHIPGAUGE_CATALOG", raising=False)
    Path("s.toml").write_text(FILE)
    monkeypatch.setattr(calc, "CHUNK", 128)
    monkeypatch.setattr(calc, "CHUNKS_A_BLOCK", 2)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *words])


def test_the_summary_and_its_provenance() -> None:
    result = run("s.toml", "-o", "a.json", "--json")
    assert result.exit_code == 0 and result.stderr == "", result.stderr
    body, saved = json.loads(result.stdout), json.loads(Path("a.json").read_text())
    assert body["schema"] == "chipgauge.sweep/0" and body["rows"] == 2 * 101 * 31 and body["seconds"] > 0
    assert body["summary"] == saved["summary"] and body["bytes"] == Path("a.json").stat().st_size
    index = Path(chipgauge.__file__).parent / "specs" / "data" / "index.jsonl"
    assert saved["tables"] == hashlib.sha256(index.read_bytes()).hexdigest()
    assert saved["sweep"] == {"sha256": hashlib.sha256(FILE.encode()).hexdigest(), "text": FILE}
    assert saved["version"] == chipgauge.__version__ and not {"n", "share"} & saved["leaves"].keys()
    assert "nvidia-h200-sxm/peak.bf16" in saved["leaves"] and "seconds" not in saved
    assert saved["sweep"]["sha256"] == hashlib.sha256(FILE.encode()).hexdigest()
    assert saved["tables"] == hashlib.sha256(shipped_bytes("index.jsonl")).hexdigest()
    assert sorted(os.listdir()) == ["a.json", "s.toml"]
    assert run("s.toml", "-o", "b.json", "--jobs", "2").exit_code == 0
    assert Path("b.json").read_bytes() == Path("a.json").read_bytes()


def test_what_was_asked_is_in_the_file() -> None:
    assert run("s.toml", "-o", "a.json", "--set", "peak.bf16(910C)=780 TFLOP/s").exit_code == 0
    saved = json.loads(Path("a.json").read_text())
    assert saved["inputs"] == {"set": ["peak.bf16(910C)=780 TFLOP/s"]}
    assert saved["leaves"]["huawei-ascend-910c/peak.bf16"]["value"] == 780


def test_rows_are_every_scenario() -> None:
    assert run("s.toml", "-o", "a.csv", "--rows").exit_code == 0
    lines = Path("a.csv").read_text().splitlines()
    notes = [line for line in lines if line.startswith("# ")]
    assert any(line.startswith("# version: ") for line in notes) and "# name" not in lines[0]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("# ")))
    assert len(rows) == 2 * 101 * 31
    for row in (rows[0], rows[4000], rows[-1]):
        peak = {"910C": 752.0, "H20": 148.0}[row["chip"]]
        wanted = float(row["n"]) * 989 / (float(row["share [%]"]) / 100 * peak)
        assert float(row["needed"]) == pytest.approx(wanted, rel=0.002)  # tables print 989 or 989.5
    assert sorted(os.listdir()) == ["a.csv", "s.toml"]


def test_rows_as_parquet_are_those_of_the_csv() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    for name in ("a.csv", "a.parquet"):
        assert run("s.toml", "-o", name, "--rows").exit_code == 0
    found = parquet.read_table("a.parquet")
    rows = list(csv.DictReader(line for line in Path("a.csv").read_text().splitlines() if not line.startswith("# ")))
    assert found.column_names == list(rows[0]) and found.num_rows == len(rows)
    assert found["needed"].to_pylist() == [float(row["needed"]) for row in rows]
    assert json.loads(found.schema.metadata[b"sweep"])["text"] == FILE


def test_no_cell_of_a_row_is_run_as_a_formula() -> None:
    evil = "=evil"
    Path("own").mkdir()
    Path("own/x.toml").write_text(
        f"id = 'a-x'\nname = 'X'\nmaker = 'a'\naliases = ['{evil}']\n[[figures]]\nquantity = 'peak.bf16'\n"
        "value = '100 TFLOP/s'\nsparsity = 'dense'\nsource = 's'\n"
    )
    Path("own/sources.toml").write_text("[s]\npublisher = 'P'\ntitle = 'T'\nurl = ''\nkind = 'vendor'\n")
    Path("evil.toml").write_text(FILE.replace('["910C", "H20"]', f"['-910C', '{evil}']"))
    result = run("evil.toml", "-o", "a.csv", "--rows", "--catalog", "own")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(line for line in Path("a.csv").read_text().splitlines() if not line.startswith("# ")))
    assert {row["chip"] for row in rows} == {"'-910C", f"'{evil}"}


@pytest.mark.parametrize("rows", [(), ("--rows",)])
def test_a_link_stays_and_what_it_points_to_is_written(rows: tuple[str, ...]) -> None:
    ending = "csv" if rows else "json"
    Path("kept").mkdir()
    Path(f"kept/a.{ending}").write_text("before")
    os.symlink(f"kept/a.{ending}", f"link.{ending}")
    assert run("s.toml", "-o", f"link.{ending}", *rows).exit_code == 0
    assert os.path.islink(f"link.{ending}") and os.path.getsize(f"kept/a.{ending}") > 1000
    assert os.listdir("kept") == [f"a.{ending}"]


def test_rows_without_the_extra_say_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # the standard way to say that a module is not there
    result = run("s.toml", "-o", "a.parquet", "--rows")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: .parquet needs pyarrow; type: pip install 'chipgauge[parquet]'\n",
    )


class Stop(RuntimeError):
    """The process is gone."""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("stop", [Stop, KeyboardInterrupt])
def test_a_sweep_stopped_again_and_again_ends_with_the_same_bytes(
    seed: int, rows: bool, stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ("--rows",) if rows else ()
    whole, broken = (f"{name}.{'csv' if rows else 'json'}" for name in ("whole", "broken"))
    assert run("s.toml", "-o", whole, *more).exit_code == 0
    source, computed = random.Random(seed), list[int]()
    original = calc.blocks

    def some(ready: calc.Setup, *, start: int = 0, **how: Any) -> Iterator[calc.Block]:
        left = source.randrange(1, 8)
        for block in original(ready, start=start, **how):
            if left == 0:
                raise stop
            left -= 1
            computed.append(block.number)
            yield block

    monkeypatch.setattr(calc, "blocks", some)
    monkeypatch.setattr(journals, "MOST_BYTES", 2000)  # the journal is made one record again on the way
    monkeypatch.setattr(journals, "SYNC", 0.0)
    for _ in range(100):
        result = CliRunner().invoke(
            main, ["sweep", "s.toml", "-o", broken, *more, "--jobs", str(source.choice((1, 2)))]
        )
        if result.exit_code == 0:
            break
        assert not Path(broken).exists()
        assert stop is Stop or (result.exit_code == 130 and "goes on from there" in result.stderr)
    assert Path(broken).read_bytes() == Path(whole).read_bytes()
    assert computed == sorted(set(computed)) and len(computed) > 20  # none lost, none repeated
    assert sorted(os.listdir()) == sorted(["s.toml", whole, broken])


def test_a_process_killed_again_and_again_goes_on() -> None:
    Path("big.toml").write_text(FILE.replace("steps = 101", "steps = 80001").replace("steps = 31", "steps = 401"))
    command = [sys.executable, "-m", "chipgauge", "sweep", "big.toml", "-o", "a.json", "--jobs", "1"]
    journal, source, killed = Path(".a.json.journal"), random.Random(3), 0
    for _ in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = source.randrange(4, 12) * 700 + (journal.stat().st_size if journal.exists() else 0)  # 700 bytes a block
        while process.poll() is None and not (journal.exists() and journal.stat().st_size > until):
            pass
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert killed == 0 or journal.exists() or Path("a.json").exists()
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert killed > 1 and ("going on at" in result.stderr or killed < 4)
    whole = subprocess.run([*command[:-4], "-o", "b.json"], capture_output=True, check=True)
    assert whole.returncode == 0 and Path("a.json").read_bytes() == Path("b.json").read_bytes()


def test_a_torn_line_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("s.toml", "-o", "whole.json").exit_code == 0
    original = calc.blocks

    def some(ready: calc.Setup, **how: Any) -> Iterator[calc.Block]:
        for block in original(ready, **how):
            if block.number == 5:
                raise Stop
            yield block

    monkeypatch.setattr(calc, "blocks", some)
    run("s.toml", "-o", "a.json", "--jobs", "1")
    monkeypatch.setattr(calc, "blocks", original)
    journal = Path(".a.json.journal")
    raw = journal.read_bytes()
    assert raw.count(b"\n") == 6
    for damage in (raw[:-20], raw[:-1], raw.replace(b'"rows":', b'"rowz":'), raw + b"00000000 {}\n", b"nonsense"):
        journal.write_bytes(damage)
        assert run("s.toml", "-o", "a.json").exit_code == 0
        assert Path("a.json").read_bytes() == Path("whole.json").read_bytes()


def test_another_sweeps_journal_is_not_touched() -> None:
    assert run("s.toml", "-o", "b.json").exit_code == 0
    Path(".a.json.journal").write_bytes(journals._line({"key": "another"}))
    result = run("s.toml", "-o", "a.json")
    assert result.exit_code == 2 and "add --restart" in result.stderr and not Path("a.json").exists()
    assert run("s.toml", "-o", "a.json", "--restart").exit_code == 0
    assert Path("a.json").read_bytes() == Path("b.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("s.toml", "-o", "a.csv"), "with --rows"),
        (("s.toml", "-o", "a.txt"), "the summary is written as .json"),
        (("s.toml", "-o", "a.json", "--rows"), "rows are written as .csv or .parquet"),
        (("s.toml", "-o", "gone/a.json"), "a folder that exists"),
        (("gone.toml", "-o", "a.json"), "cannot be read"),
        (("s.toml",), "Missing option '-o'"),
        (("s.toml", "-o", "a.json", "--jobs", "0"), "0 is not in the range 1<=x<=256"),
        (("s.toml", "-o", "a.json", "--jobs", "-1"), "-1 is not in the range"),
        (("s.toml", "-o", "a.json", "--jobs", "1000"), "1000 is not in the range"),
        (("s.toml", "-o", "."), "the summary is written as .json"),
        (("s.toml", "-o", "s.toml"), "the summary is written as .json"),
        ((".", "-o", "a.json"), "this is a directory"),
        (("s.toml", "-o", "a.json", "--dask", "nowhere"), "got 'nowhere'; write tcp://HOST:8786"),
        (("s.toml", "-o", "a.json", "--dask", "nonsense://a:1"), "write tcp://HOST:8786"),
        (("s.toml", "-o", "a.json", "--jobs", "2", "--dask", "tcp://127.0.0.1:1"), "exclude each other"),
        (("s.toml", "-o", "a.json", "--dask", "nonsense://"), ""),
        (("s.toml", "-o", "a.json", "--dask", "tcp://127.0.0.1:1"), "distributed"),
        (("s.toml", "-o", "a.json", "--dask", "tcp://127.0.0.1:1"), ""),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if said == "distributed":
        monkeypatch.setitem(sys.modules, "distributed", None)  # the standard way to say that a module is not there
    if "--dask" in words and not said:
        pytest.importorskip("distributed", reason="the extra dask is not installed")
        gc.collect()  # a client of another test that is collected while this one starts would wait for it for ever
    result = run(*words)
    assert result.exit_code == 2 and said in result.stderr and isinstance(result.exception, SystemExit)
    assert os.listdir() == ["s.toml"]  # no journal either, which would refuse the next sweep


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('name = "match"', 'name = "match', 1, "not valid TOML"),
        ("n * peak", "m * peak", 3, "numbers that vary here: n, share"),
        ("{chip}", "{chop}", 3, "no items are called 'chop'\n  hint: Did you mean chip?"),
        ("{chip}", "{}", 3, "a name in braces is that of a [[vary]] with items"),
        ("H200", "H2000", 3, "no chip, system, cluster or model is called 'H2000'. Did you mean H200"),
        ("steps = 101", "stepz = 101", 11, "Did you mean steps?"),
        ("steps = 101", "steps = 0", 11, "steps is a whole number from 1 to"),
        ("from = 1000", "from = nan", 9, "does not begin with a number"),
        ("to = 2000", "to = 500", 10, "to lies above from"),
        ("steps = 101", "steps = 100_000_000", 1, "620,000,000,000,000 scenarios; at most 1,000,000,000,000"),
    ],
)  # fmt: skip
def test_mistakes_in_the_file(old: str, new: str, line: int, said: str) -> None:
    Path("s.toml").write_text(
        FILE.replace(old, new).replace("steps = 31", "steps = 3_100_000" if line == 1 else "steps = 31")
    )
    result = run("s.toml", "-o", "a.json")
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit) and os.listdir() == ["s.toml"]
    assert f"s.toml:{line}: " in result.stderr and said in result.stderr


def test_a_folder_that_takes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    result = run("s.toml", "-o", "a.json")
    monkeypatch.undo()
    assert result.exit_code == 2 and result.stderr == "error: no file can be written in .: Permission denied\n"


def test_the_time_left_is_of_what_this_run_computes() -> None:
    shown: list[Any] = []

    class Bar:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, rows: int, current_item: tuple[float, float] | None = None) -> None:
            shown.append((rows, current_item))

    class Book:
        """A journal that an earlier run left half full."""

        def __init__(self, ready: calc.Setup) -> None:
            self.sums = Sums(len(ready.sweep.answers))
            for block in calc.blocks(ready):
                if block.number < ready.blocks // 2:
                    self.sums.take(block)

        def add(self, block: calc.Block) -> None:
            self.sums.take(block)

    sweep, _ = read_sweep(FILE, "s.toml")
    assert sweep is not None
    ready = calc.setup(sweep, catalog())
    book, clock = Book(ready), iter(float(second) for second in range(1000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click, "progressbar", lambda **_: Bar())
        patch.setattr(time, "monotonic", lambda: next(clock))
        before = book.sums.rows
        command._run(ready, book, None, 1, False)  # type: ignore[arg-type]
    assert shown[0] == (before, None) and shown[-1][1][1] == 0
    rows, (rate, left) = shown[1]
    assert rate == rows and left == pytest.approx((ready.sweep.rows - before - rows) / rows)
    assert command._rate((5e7, 3725.4)) == "50.0 M/s, 1:02:05 left" and command._rate(None) is None


DOCS = (Path(__file__).resolve().parent.parent / "docs" / "sweep.md").read_text(encoding="utf-8")


def test_the_documented_file_runs_as_a_grid_and_as_a_sample() -> None:
    grid, sample = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    Path("d.toml").write_text(grid)
    result = run("d.toml", "-o", "d.json", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 301 * 3 * 11 * 9 * 2
    drawn = re.sub(r"^(steps|values|scale) = .*\n", "", grid, flags=re.MULTILINE).replace(
        'name = "share"\n', 'name = "share"\nfrom = "60%"\nto = 1\n'
    )
    Path("e.toml").write_text(drawn + sample.replace("1_048_576", "1000"))
    result = run("e.toml", "-o", "e.json", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["rows"] == 2000


def test_the_documented_python_runs() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block, {}, "docs", "sweep.md", 0)
    assert test.examples and doctest.DocTestRunner().run(test).failed == 0


CLUSTER = """
import subprocess, sys
from distributed import LocalCluster

how = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None, "host": "127.0.0.1"}
with LocalCluster(processes=False, protocol="tcp://", **how) as cluster:
    words = ["sweep", "s.toml", "-o", "far.json", "--dask", cluster.scheduler_address]
    done = subprocess.run([sys.executable, "-m", "chipgauge", *words], timeout=120)
sys.exit(done.returncode)
"""


def test_the_command_on_a_dask_cluster() -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    alone = [sys.executable, "-m", "chipgauge", "sweep", "s.toml", "-o", "alone.json"]
    subprocess.run(alone, check=True, capture_output=True)
    # processes of their own: a client of another test that is collected while one starts would wait for it for ever
    subprocess.run([sys.executable, "-W", "ignore", "-c", CLUSTER], check=True, timeout=180)
    assert Path("far.json").read_bytes() == Path("alone.json").read_bytes()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_progress_on_a_terminal_and_nowhere_else() -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "chipgauge", "sweep", "s.toml", "-o", "a.json", "--jobs", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "6,262 scenarios" in shown and "100%" in shown and re.search(r"\d M/s, 0:00:0\d left", shown)
    assert "writing" not in shown
    assert b"scenarios" in done.stdout and b"M/s" not in done.stdout
    ours, theirs = os.openpty()
    subprocess.run([*command[:6], "a.csv", "--rows"], stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    bars = os.read(ours, 65536).decode().split("writing a.csv")
    os.close(ours)
    assert len(bars) > 1 and "100%" in bars[0] and "100%" in bars[-1]
    silent = subprocess.run([*command[:-3], "b.json"], capture_output=True, check=True)
    assert silent.stderr == b""
