# SPDX-License-Identifier: Apache-2.0
"""What a sweep reads from its file: what varies is really open, for models too, and no single point decides."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy
import pytest

from chipgauge.calc import sweep as s
from chipgauge.calc import sweep_cases as cases
from chipgauge.calc.expression import evaluate
from chipgauge.calc.sweep_cases import MOST_ASKED
from chipgauge.calc.sweep_summary import Sums, summary
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import TableError
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.sweep_tables import read_sweep


def ready(text: str) -> s.Setup:
    sweep, problems = read_sweep(text, "a.toml")
    assert sweep is not None, problems
    return s.setup(sweep, catalog())


def rows_of(made: s.Setup) -> Any:
    return numpy.concatenate([block.values for block in s.blocks(made, wanted=True)])


def summed(made: s.Setup) -> list[dict[str, Any]]:
    sums = Sums(len(made.sweep.answers))
    for block in s.blocks(made):
        sums.take(block)
    return summary(made, sums)


BANDWIDTH, PEAK = ("4 TB/s", "1 TB/s"), ("100 TFLOP/s", "120 TFLOP/s", "140 TFLOP/s")
ASKS = """[answers]
asked = "x * {asked}"
used = "memory.bandwidth(H20) / 1 TB/s + peak.bf16(H20) / 1 TFLOP/s"
[[vary]]
set = "memory.bandwidth(H20)"
values = ["4 TB/s", "1 TB/s"]
[[vary]]
set = "peak.bf16(H20)"
from = "100 TFLOP/s"
to = "140 TFLOP/s"
steps = 3
[[vary]]
name = "x"
from = 1
to = 2
steps = 2
"""


@pytest.mark.parametrize(
    "question",
    [
        "train(Llama-3.1-8B, 64 H20)", "prefill(Llama-3.1-8B, 8 H20)", "decode(Llama-3.1-8B, 8 H20)",
        "rank(H20, by=peak.bf16, among=generations)",
    ],
)  # fmt: skip
def test_a_model_is_asked_anew_for_each_value_that_is_set(question: str) -> None:
    made = ready(ASKS.replace("{asked}", question))
    found = rows_of(made)
    wanted: list[tuple[float, float]] = []
    for bandwidth, peak in itertools.product(BANDWIDTH, PEAK):
        view = catalog().adjusted(given=[f"memory.bandwidth(H20)={bandwidth}", f"peak.bf16(H20)={peak}"])
        value = evaluate(question, catalog=view).number
        wanted += [(x * value, float(bandwidth[0]) + float(peak[:3])) for x in (1, 2)]
    assert found == pytest.approx(numpy.array(wanted), rel=1e-12)
    row = summed(made)[0]
    assert row["rows"] == 12 and row["greatest"]["at"]["x"] == 2.0
    assert set(row["greatest"]["at"]) == {"memory.bandwidth(H20)", "peak.bf16(H20)", "x"}
    if question[:4] != "rank":
        assert len({value for value, _ in wanted}) > 6  # the question does depend on what is set
    assert made.varied == {"x", "nvidia-h20-96gb/memory.bandwidth", "nvidia-h20-96gb/peak.bf16"}


def test_a_figure_that_only_a_model_reads_counts_as_used_and_one_that_it_does_not_is_refused() -> None:
    alone = ASKS.replace('used = "memory.bandwidth(H20) / 1 TB/s + peak.bf16(H20) / 1 TFLOP/s"\n', "")
    made = ready(alone.replace("{asked}", "prefill(Llama-3.1-8B, 8 H20)"))
    assert len(made.cases) == 6 and made.sweep.rows == 12
    with pytest.raises(TableError, match="no answer depends on it") as caught:
        ready(alone.replace("{asked}", "prefill(Llama-3.1-8B, 8 H200)"))
    assert caught.value.problems[0].line == 3


def test_how_often_a_model_is_asked_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_ASKED", 6)
    text = ASKS.replace("{asked}", "rank(H20, by=peak.bf16, among=generations)")
    assert len(ready(text).cases) == 6 < MOST_ASKED
    with pytest.raises(TableError, match="asked once for each combination.*at most 6"):
        ready(text.replace("steps = 3", "steps = 4"))
    drawn = text.replace('values = ["4 TB/s", "1 TB/s"]', 'from = "1 TB/s"\nto = "4 TB/s"')
    drawn = drawn.replace("steps = 3\n", "").replace("steps = 2\n", "") + "[sample]\npoints = 64\n"
    with pytest.raises(TableError, match="a sample draws this one anew in each row"):
        ready(drawn)


ITEMS = ["nvidia-h20-96gb", "huawei-ascend-910c", "nvidia-dgx-h100"]


@pytest.mark.parametrize("item", ITEMS)
def test_every_quantity_is_a_formula_of_what_it_stands_on(item: str) -> None:
    """With a leaf left open a sweep computes what the tables with that value give: no quantity chooses by a number."""
    from chipgauge.calc.program import compiled
    from chipgauge.calc.quantity import quantity

    seen = 0
    for name in QUANTITIES:
        try:
            figure = quantity(name, item, catalog=catalog())
        except ValueError:
            continue
        if figure.kind == "leaf" or not isinstance(figure.value, float):
            continue
        for leaf in figure.leaves():
            if leaf.key.partition("/")[0] != item or "@" in leaf.key or not isinstance(leaf.value, float):
                continue
            given = f"{leaf.key.partition('/')[2]}({item})={leaf.in_unit(leaf.value * 3):.15g} {leaf.unit.text}"
            view = catalog().adjusted(given=[given])
            wanted = quantity(name, item, catalog=view).number
            key, value = leaf.key, view.overrides[leaf.key].value
            view = catalog().adjusted(given=[given])
            view.overrides[key] = view.overrides[key]._replace(value=math.nan)
            (found,) = compiled([quantity(name, item, catalog=view)], [key]).run([numpy.array([value])])
            assert found == pytest.approx(wanted, rel=1e-12), (name, key)
            seen += 1
    assert seen > 10


@pytest.mark.parametrize("end", [1, 2, 10])
def test_no_single_point_decides_whether_a_file_is_read(end: int) -> None:
    axis = f'[[vary]]\nname = "x"\nfrom = 0\nto = {end}\nsteps = 11\n'
    made = ready(
        f'[answers]\nroot = "max(sqrt(x - 1), 0)"\nlogged = "log(x - 1)"\nlater = "lag(x, leading-clusters)"\n{axis}'
    )
    root, logged, later = summed(made)
    points = [end * place / 10 for place in range(11)]
    assert root["rows"] == sum(x >= 1 for x in points) and logged["rows"] == sum(x > 1 for x in points)
    assert later["rows"] == 10  # a ratio of nothing has no lag
    if end > 2:
        assert root["greatest"]["value"] == 3.0 and root["tornado"] == [
            {"name": "x", "from": 0.0, "to": 10.0, "at_from": None, "at_to": 3.0, "swing": None}
        ]


def test_a_figure_may_be_set_where_an_expression_has_no_value() -> None:
    text = (
        '[answers]\na = "sqrt(peak.bf16(H20) / 1 TFLOP/s - 148)"\n'
        '[[vary]]\nset = "peak.bf16(H20)"\nvalues = ["140 TFLOP/s", "152 TFLOP/s"]\n'
    )
    assert numpy.isnan(rows_of(ready(text))[0, 0]) and rows_of(ready(text))[1, 0] == pytest.approx(2, rel=1e-9)


def test_items_that_no_answer_names_are_refused() -> None:
    text = '[answers]\na = "x * 2"\n[[vary]]\nname = "x"\nfrom = 0\nto = 1\nsteps = 3\n[[vary]]\nname = "chip"\nitems = ["H20", "H200"]\n'
    with pytest.raises(TableError, match="no answer depends on it") as caught:
        ready(text)
    assert caught.value.problems[0].line == 8
    assert ready(text.replace("x * 2", "x * peak.bf16({chip}) / 1 TFLOP/s")).sweep.rows == 6
