# SPDX-License-Identifier: Apache-2.0
"""The sentences of a report are true: over any pair of items, the words say what the numbers say."""

import re
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import Comparison, compare
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.quantity import quantity
from chipgauge.reports import sentences, text
from chipgauge.reports.html import build
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots import ratio_chart
from chipgauge.reports.plots_roofline import roofline_chart
from chipgauge.reports.section import Sheet
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject

PARTS = sorted(item.id for item in catalog().items.values() if item.kind in ("chip", "system"))
PAIRS = st.lists(st.sampled_from(PARTS), min_size=2, max_size=2, unique=True)
METRICS = st.sampled_from(
    [
        "tpp",
        "aggregate.tpp",
        "peak.bf16",
        "memory.bandwidth",
        "memory.capacity",
        "power.tdp",
        "performance_density",
        "price",
    ]
)
TIMES = re.compile(r"^([\d,.e+-]+) times(?: \(([\d,.e+-]+) to ([\d,.e+-]+)\))? the (.+) of (.+)$")
SAME = re.compile(r"^about the same (.+) as (.+?)(?: \(([\d,.e+-]+); ([\d,.e+-]+) to ([\d,.e+-]+)\))?$")


def read(number: str) -> float:
    return float(number.replace(",", ""))


def close(shown: float, value: float) -> bool:
    """Whether a number is shown as it should be: two decimals, or three digits."""
    return abs(shown - value) <= max(0.005 if 0.1 <= value < 100 else 0.0, 0.005 * value) + 1e-12


def check(part: sentences.Times, above: Figure, below: Figure) -> None:
    """Check the words of one ratio against the two figures that it is made of."""
    said, value = str(part), above.number / below.number
    low, high = part.figure.bounds()
    assert low is not None and high is not None
    more = TIMES.match(said)
    if more:
        assert close(read(more[1]), value), said
        assert part.what in said and said.endswith(part.of)
        assert (value > 1) == (read(more[1]) > 1), said
        if more[2]:
            assert close(read(more[2]), low) and close(read(more[3]), high), said
            assert read(more[2]) <= read(more[1]) <= read(more[3]), said
        else:
            assert text.ratio_spread(part.figure) == ""
        assert not low <= 1 <= high, said
    else:
        same = SAME.match(said)
        assert same, said
        assert low <= 1 <= high or text.ratio(part.figure) == "1.00", said
        if same[3]:
            assert read(same[4]) <= read(same[3]) <= read(same[5]), said


def overlap(a: Figure, b: Figure) -> bool:
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    return a.low <= b.high and b.low <= a.high


@settings(max_examples=150, deadline=None, derandomize=True)
@given(PAIRS, METRICS)
def test_more_less_or_about_the_same(pair: list[str], metric: str) -> None:
    below, above = (quantity(metric, item) for item in pair)
    assume(above.known and below.known and below.number > 0)
    result = compare(*pair, metrics=("memory.bandwidth",))
    assert result.subjects
    try:
        ratio = above / below
    except ValueError:
        return  # on two bases: no sentence compares them
    part = sentences.Times(ratio, "thing", "the other")
    check(part, above, below)
    shared = {leaf.key for leaf in above.ranged_leaves()} & {leaf.key for leaf in below.ranged_leaves()}
    if not shared and text.ratio(ratio) != "1.00":
        assert str(part).startswith("about the same") == overlap(above, below), str(part)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PAIRS)
def test_the_title_is_true(pair: list[str]) -> None:
    result = compare(*pair)
    parts = sentences.compare_parts(result)
    sentence = sentences.compare_finding(result)
    assert sentence == "".join(map(str, parts))
    assert sentence.endswith(".")
    assert not re.search(r"nan|inf|None|\(\)|  | \.", sentence)
    other = next(subject for subject in result.subjects if subject.key != result.baseline.key)
    rows = {row.ratios[other.key].key: row for row in result.rows if row.numeric}
    for part in parts:
        if isinstance(part, sentences.Times):
            row = rows[part.figure.key]
            check(part, row.values[other.key], row.values[result.baseline.key])
            assert part.what == sentences.noun(row)


def chart_numbers(finding: str) -> list[tuple[str, list[float]]]:
    """Return of `noun from 5.08 (A) to 1,951 times (B)` the words and the numbers."""
    found: list[tuple[str, list[float]]] = []
    for part in finding.partition(": ")[2].rstrip(".").split("; "):
        ends = re.search(r" from ([\d,.e+-]+) \(.*\) to ([\d,.e+-]+) times", part) or re.search(
            r" ([\d,.e+-]+) times", part
        )
        assert ends, finding
        found.append((part, [read(one) for one in ends.groups()]))
    return found


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PARTS), min_size=2, max_size=4, unique=True))
def test_the_caption_of_the_ratios_names_the_ends(items: list[str]) -> None:
    result = compare(*items)
    chart = ratio_chart(result, Ledger(catalog()))
    if chart is None:
        return
    for row in result.rows:
        if not row.numeric or f"{sentences.noun(row)} " not in chart.finding:
            continue
        known = [row.ratios[s.key].number for s in others(result) if row.ratios[s.key].known]
        part = next((one for one in chart_numbers(chart.finding) if one[0].startswith(sentences.noun(row) + " ")), None)
        if part is None or not known:
            continue
        assert re.search(r"from [^ ]+ \((.+)\) to [^ ]+ times \(\1\)", part[0]) is None, chart.finding
        assert close(part[1][0], min(known)), chart.finding
        assert close(part[1][-1], max(known)), chart.finding


def test_ratios_that_are_alike_are_one_number() -> None:
    chart = ratio_chart(compare("H20", "H100", "H200", metrics=("tpp", "memory.bandwidth")), Ledger(catalog()))
    assert chart and chart.finding.startswith(
        "Against the H20 96 GB: TPP 6.69 times (H100 SXM 80 GB and H200 SXM 141 GB); "
    )


def others(result: Comparison) -> list[Subject]:
    return [subject for subject in result.subjects if subject.key != result.baseline.key]


@cache
def sheet(items: tuple[str, ...]) -> Sheet:
    report = build(list(items))
    return Sheet(report, Ledger(report.catalog))


@pytest.mark.parametrize("items", [("H20", "H100", "H200", "910C"), ("H20",), ("A100", "CM384"), ("B200", "GB200")])
def test_the_caption_of_the_roofline_names_the_least_and_the_greatest_ridge(items: tuple[str, ...]) -> None:
    chart = roofline_chart(sheet(items))
    assert chart
    ridges = [read(row[1][2].text) for row in chart.rows if not isinstance(row[1][2], str)]
    said = [read(one) for one in re.findall(r"([\d,.]+) FLOP/byte", chart.finding)]
    assert said[0] == min(ridges)
    assert said[-1] == max(ridges)
    assert ("only from" in chart.finding) == (min(ridges) < max(ridges))  # none of these ranges overlap


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([part for part in PARTS if catalog().items[part].kind == "chip"]), min_size=2, max_size=2, unique=True),
    st.integers(1, 200_000),
    st.sampled_from(["peak.bf16", "memory.bandwidth", "aggregate.tpp"]),
)  # fmt: skip
def test_so_many_are_enough_and_one_less_is_not(pair: list[str], count: int, metric: str) -> None:
    result = equivalent(f"{count} {pair[0]}", pair[1], by=metric)
    sentence = sentences.equivalent_finding(result)
    if result.whole is None:
        assert " is unknown: " in sentence or " has no answer: " in sentence
        return
    each, wanted = quantity(metric, pair[1]).number, quantity(metric, pair[0]).number * count
    assert result.whole * each >= wanted * (1 - 1e-9)
    assert (result.whole - 1) * each < wanted * (1 + 1e-9)
    if result.count.number >= 10:
        assert sentence.startswith(f"{result.whole:,} {catalog().items[pair[1]].name.removesuffix(')')}")
