# SPDX-License-Identifier: Apache-2.0
"""A sweep against a loop over every scenario: values, quantiles, extremes; the same bytes from any executor."""

from __future__ import annotations

import itertools
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import sweep as s
from chipgauge.calc.expression import evaluate
from chipgauge.calc.sweep_summary import Sums, scenario, summary, table_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import TableError
from chipgauge.specs.sweep_tables import read_sweep

FILE = """
name = "a test"
[answers]
needed = "n * peak.bf16(H200) / (share * peak.bf16({chip}))"
more = "peak.bf16({chip}) > peak.bf16(H200)"
[[vary]]
name = "chip"
items = ["910C", "H20"]
[[vary]]
name = "n"
from = 1000
to = 2000
steps = 11
[[vary]]
set = "peak.bf16(H200)"
values = ["900 TFLOP/s", "989 TFLOP/s"]
[[vary]]
name = "share"
from = "25%"
to = 1
steps = 7
scale = "log"
"""


def ready(text: str) -> s.Setup:
    sweep, problems = read_sweep(text, "a.toml")
    assert sweep is not None, problems
    return s.setup(sweep, catalog())


def summed(made: s.Setup, **how: Any) -> Sums:
    sums = Sums(len(made.sweep.answers))
    for block in s.blocks(made, **how):
        sums.take(block)
    return sums


def test_every_scenario_is_the_figure_of_its_expression() -> None:
    made = ready(FILE)
    (block,) = s.blocks(made, wanted=True)
    assert block.rows == made.sweep.rows == 2 * 11 * 2 * 7
    rows = list(
        itertools.product(("910C", "H20"), range(11), ("900 TFLOP/s", "989 TFLOP/s"), range(7)),
    )
    for row, (chip, n, peak, share) in enumerate(rows[::17]):
        row *= 17
        view = catalog().adjusted(given=[f"peak.bf16(H200)={peak}"])
        count, part = 1000 + 100 * n, 0.25 * 4 ** (share / 6)
        wanted = evaluate(f"{count} * peak.bf16(H200) / ({part!r} * peak.bf16({chip}))", catalog=view).number
        assert block.values[row, 0] == pytest.approx(wanted, rel=1e-12)
        assert block.values[row, 1] == evaluate(f"peak.bf16({chip}) > peak.bf16(H200)", catalog=view).value
        shown = scenario(made, row)
        assert shown["chip"] == chip and shown["n"] == count and shown["peak.bf16(H200)"] == float(peak[:3])


def test_the_summary_is_numpys() -> None:
    made = ready(FILE)
    (block,) = s.blocks(made, wanted=True)
    needed, more = summary(made, summed(made))
    column = block.values[:, 0]
    assert needed["rows"] == len(column) and needed["without_value"] == 0
    assert needed["mean"] == pytest.approx(column.mean())
    assert needed["least"]["value"] == column.min() and needed["greatest"]["value"] == column.max()
    assert needed["least"]["at"] == scenario(made, int(column.argmin()))
    quantiles = numpy.quantile(column, [0.05, 0.5, 0.95], method="lower")
    assert [needed["quantiles"][name] for name in ("5%", "50%", "95%")] == pytest.approx(quantiles, rel=1 / 2000)
    assert more["yes_or_no"] and more["mean"] == block.values[:, 1].mean()
    assert {row["name"] for row in needed["tornado"]} == {"n", "share", "chip", "peak.bf16(H200)"}
    swings = [row["swing"] for row in needed["tornado"]]
    assert swings == sorted(swings, reverse=True)
    n = next(row for row in needed["tornado"] if row["name"] == "n")
    assert n["at_to"] / n["at_from"] == pytest.approx(2)
    assert [case["chip"] for case in needed["cases"]] == ["910C", "H20"]


def test_an_unknown_answer_keeps_its_place_and_says_why() -> None:
    text = FILE.replace('needed = "n', 'unknown = "n * peak.fp4(910C)"\nneeded = "n').replace('"910C", "H20"', '"910C"')
    made = ready(text)
    (block,) = s.blocks(made, wanted=True)
    columns, rows = table_of(made, block.values, 0, 0, 0)
    assert list(columns)[-3:] == ["unknown", "needed", "more"] and rows == 154
    assert numpy.isnan(columns["unknown"]).all() and (columns["needed"] > 900).all()
    unknown, needed, _ = summary(made, summed(made))
    assert unknown["rows"] == 0 and unknown["without_value"] == 154 and unknown["why"] and "why" not in needed


def test_where_the_answer_has_no_value_in_the_middle() -> None:
    axis = '[[vary]]\nname = "x"\nfrom = 0\nto = 2\nsteps = 3\n'
    made = ready(f'[answers]\na = "1 / (x - 1) + y"\n{axis}[[vary]]\nname = "y"\nvalues = [0, 4]\n')
    (row,) = summary(made, summed(made))
    assert row["without_value"] == 2 and row["least"]["value"] == -1 and row["greatest"]["value"] == 5
    assert [one["name"] for one in row["tornado"]] == ["x"]


def test_the_tornado_turns_one_thing_with_the_others_in_the_middle() -> None:
    axis = '[[vary]]\nname = "x"\nfrom = 0\nto = 10\nsteps = 11\n'
    text = f'[answers]\na = "x * y + 100"\n{axis}[[vary]]\nname = "y"\nvalues = [9, 2, 4]\n'
    (row,) = summary(ready(text), summed(ready(text)))
    # y = 2 is the second of three as written, x = 5 the sixth of eleven; the ends of y are 2 and 9
    assert row["tornado"] == [
        {"name": "y", "from": 2.0, "to": 9.0, "at_from": 110.0, "at_to": 145.0, "swing": 35.0},
        {"name": "x", "from": 0.0, "to": 10.0, "at_from": 100.0, "at_to": 120.0, "swing": 20.0},
    ]
    drawn = (
        '[[vary]]\nname = "x"\nfrom = 0\nto = 10\nlikely = 1\n[[vary]]\nname = "y"\nfrom = 1\nto = 16\nscale = "log"\n'
    )
    text = f'[answers]\na = "x * y"\n{drawn}[sample]\npoints = 64\n'
    (row,) = summary(ready(text), summed(ready(text)))
    assert [(one["name"], one["at_from"], one["at_to"]) for one in row["tornado"]] == [
        ("x", 0.0, 40.0),
        ("y", 1.0, 16.0),
    ]


def test_of_a_figure_that_a_model_reads_the_middle_is_the_middle_value() -> None:
    text = (
        '[answers]\na = "(rank(H20, by=peak.bf16, among=chips) + x) * 0 + x * peak.bf16(H20) / 1 TFLOP/s"\n'
        '[[vary]]\nset = "peak.bf16(H20)"\nvalues = ["100 TFLOP/s", "120 TFLOP/s", "148 TFLOP/s"]\n'
        '[[vary]]\nname = "x"\nfrom = 0\nto = 2\nsteps = 3\n'
    )
    (row,) = summary(ready(text), summed(ready(text)))
    found = {one["name"]: (one["from"], one["to"], one["at_from"], one["at_to"]) for one in row["tornado"]}
    assert found["x"] == (0.0, 2.0, 0.0, pytest.approx(240))
    assert found["peak.bf16(H20)"] == ("100 TFLOP/s", "148 TFLOP/s", pytest.approx(100), pytest.approx(148))


@pytest.mark.parametrize("chunk", [3, 4, 100])
def test_of_equal_extremes_the_first_scenario_is_named(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "CHUNK", chunk)
    monkeypatch.setattr(s, "CHUNKS_A_BLOCK", 2)
    text = '[answers]\na = "max((x - 5)^2, 4)"\n[[vary]]\nname = "x"\nfrom = 0\nto = 10\nsteps = 11\n'
    text += '[[vary]]\nname = "chip"\nitems = ["H20", "H200"]\n'
    made = ready(text.replace("4)", "4 + 0 * peak.bf16({chip}) / 1 TFLOP/s)"))
    (row,) = summary(made, summed(made))
    assert row["greatest"] == {"value": 25.0, "at": {"chip": "H20", "x": 0.0}}
    assert row["least"] == {"value": 4.0, "at": {"chip": "H20", "x": 3.0}}


AXES = st.lists(st.integers(1, 9), min_size=1, max_size=4)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(sizes=AXES, chunk=st.integers(1, 60), many=st.integers(1, 5))
def test_chunks_of_any_size_cover_each_row_once(sizes: list[int], chunk: int, many: int) -> None:
    names = [f"x{place}" for place in range(len(sizes))]
    text = f'[answers]\nsum = "{" + ".join(f"{10**place} * {name}" for place, name in enumerate(names))}"\n'
    for name, size in zip(names, sizes, strict=True):
        text += f'[[vary]]\nname = "{name}"\nfrom = 0\nto = {max(size - 1, 1)}\nsteps = {size}\n'
    before = s.CHUNK, s.CHUNKS_A_BLOCK
    try:
        s.CHUNK, s.CHUNKS_A_BLOCK = chunk, many  # type: ignore[misc]
        made = ready(text)
        found = numpy.concatenate([block.values[:, 0] for block in s.blocks(made, wanted=True)])
    finally:
        s.CHUNK, s.CHUNKS_A_BLOCK = before  # type: ignore[misc]
    wanted = [
        sum(10**place * digit for place, digit in enumerate(row)) for row in itertools.product(*map(range, sizes))
    ]
    assert found == pytest.approx(wanted)


SAMPLE = """
[answers]
product = "a * b / share"
[[vary]]
name = "a"
from = "1 TB/s"
to = "4 TB/s"
likely = "2 TB/s"
[[vary]]
name = "b"
from = 1
to = 100
scale = "log"
[[vary]]
name = "share"
from = "50%"
to = 1
[sample]
points = 140_000
seed = 5
"""


def test_a_sample_is_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "CHUNKS_A_BLOCK", 1)
    made = ready(SAMPLE)
    assert made.blocks == 3
    s._engines.cache_clear()  # as in another process: the first two blocks of points are skipped, not drawn
    whole = summary(made, summed(made))
    last = list(s.blocks(made, start=made.blocks - 1, wanted=True))[-1]
    again = list(s.blocks(made, start=0, wanted=True))
    assert (again[-1].values == last.values).all() and summary(made, summed(made)) == whole
    assert not numpy.isin(again[0].values[:, 0], again[1].values[:, 0]).any()
    columns = table_of(made, again[1].values, 0, 1, 0)[0]
    assert columns["product [GB/s]"] == pytest.approx(
        columns["a [TB/s]"] * 1e3 * columns["b"] / columns["share [%]"] * 100
    )
    # the median of log-uniform b is 10; a is triangular about 2 TB/s
    drawn = table_of(made, again[0].values, 0, 0, 0)[0]
    assert numpy.median(drawn["b"]) == pytest.approx(10, rel=0.01)
    assert drawn["a [TB/s]"].mean() == pytest.approx((1 + 2 + 4) / 3, rel=0.01)
    assert whole[0]["least"]["at"] == scenario(made, summed(made).cases[0][0].low_row)


class Backwards(Executor):
    """Runs what was submitted last first, as a cluster with one slow worker may."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        owner = self

        class Late(Future[Any]):
            def result(self, timeout: float | None = None) -> Any:
                while owner.waiting:
                    future, call, given_ = owner.waiting.pop()
                    future.set_result(call(*given_))
                return super().result(timeout)

        future = Late()
        self.waiting.append((future, fn, args))
        return future


LONG = FILE.replace("steps = 11", "steps = 20011")


@pytest.mark.parametrize("make", [lambda: ThreadPoolExecutor(2), lambda: ProcessPoolExecutor(2), Backwards])
def test_any_executor_gives_the_same(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "CHUNKS_A_BLOCK", 2)
    made = ready(LONG)
    alone = summary(made, summed(made))
    with make() as executor:
        assert summary(made, summed(made, executor=executor, workers=2)) == alone
    assert made.blocks > 4


def test_a_dask_cluster_gives_the_same() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            made = ready(LONG)
            found = summed(made, executor=client.get_executor(pure=False), workers=2)
    assert summary(made, found) == summary(made, summed(made))


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("peak.bf16({chip}))", "peak.bf61({chip}))", 4, "bf61"),
        ('"910C", "H20"', '"910C", "H2OO"', 4, "with chip = H2OO"),
        ('set = "peak.bf16(H200)"', 'set = "peak.bf61(H200)"', 14, "bf61"),
        ('set = "peak.bf16(H200)"', 'set = "peak.bf16(H100)"', 14, "no answer depends on it"),
        ('["900 TFLOP/s", "989 TFLOP/s"]', '["900 GB", "989 GB"]', 14, "GB"),
        ('more = "peak', 'more = "released(H100)"\n#', 5, "a number or a yes or no"),
        ("n * peak", "m * peak", 4, "found 'm'"),
        ('name = "n"', 'name = "m"', 4, "found 'n'"),
        ("needed = \"n", "needed = \"1/0 + n", 4, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in FILE
    if not said:
        made = ready(FILE.replace(old, new))  # no scenario has a value: nothing fails, and the summary says so
        assert summary(made, summed(made))[0]["without_value"] == made.sweep.rows
        return
    with pytest.raises(TableError) as caught:
        ready(FILE.replace(old, new))
    assert caught.value.problems[0].line == line and said in str(caught.value)
