# SPDX-License-Identifier: Apache-2.0
"""What the sections about equivalents, cost and the roofline say is read back from their words and found in the figures."""

import math
import re
from functools import cache
from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import compare
from chipgauge.calc.equal_work import EqualWork
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.flips import ends
from chipgauge.calc.quantity import quantity
from chipgauge.reports.entries import brief
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots_roofline import roofline_chart
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.sections import cost, equal, verdicts
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.figure import Figure

HERE = catalog()
CHIPS = sorted(item.id for item in HERE.items.values() if item.kind == "chip")
SYSTEMS = sorted(item.id for item in HERE.items.values() if item.kind == "system")
PRICED = [
    "H20", "H200", "H100", "B200", "B300", "GB200", "910C", "910B2", "MI300X", "A100", "A800", "H800", "L20", "L40S", "TPU v5e",
]  # fmt: skip
FEW = settings(max_examples=25, deadline=None, derandomize=True)
NUMBER = r"[\d,.]+(?:e[+-]?\d+)?"


def read(shown: str) -> float:
    return float(shown.replace(",", ""))


def close(shown: str, value: float) -> bool:
    """Whether a ratio is shown as it should be: two decimals, or three digits below 0.1 and from 100 on."""
    return abs(read(shown) - value) <= (0.00501 if 0.0999 <= value < 100 else 0.00501 * value)


@cache
def sheet(items: tuple[str, ...], *sections: Section, view: Catalog = HERE) -> Sheet:
    """Return a report on some items with the results of some sections."""
    made = Report(items, compare(*items, metrics=("tpp",), catalog=view), view, HERE.as_of, "")
    for one in sections:
        made.results[one.id] = one.compute(made) if one.compute else None
    return Sheet(made, Ledger(view))


# --- what would match what -------------------------------------------------------------------------------------------

PAIRS = st.one_of(
    st.lists(st.sampled_from(CHIPS), min_size=2, max_size=3, unique=True),
    st.lists(st.sampled_from(SYSTEMS), min_size=2, max_size=3, unique=True),
    st.lists(st.sampled_from(PRICED).map(lambda name: HERE.find(name).id), min_size=2, max_size=3, unique=True),
)


def tdp(of: str, per: float) -> float | None:
    """Return the design power of so many chips; nothing where no table has it."""
    figure = quantity("power.tdp", of)
    return figure.number * per if figure.known else None


@FEW
@given(PAIRS, st.sampled_from([1, 1, 8]))
def test_what_matches_is_enough_and_costs_and_draws_what_it_says(items: list[str], count: int) -> None:
    first = items[0] if count == 1 else f"{count} {items[0]}"
    original, amount = items[0], 1000 if count == 1 else count
    content = equal.show(sheet((first, *items[1:]), equal.SECTION))
    assert len(content) == 1  # chips with chips, systems with systems: never one with the other
    (made,) = content
    each = {(part, by): quantity(by, part) for part in items for by in equal.BASES}
    of = each[original, "peak.bf16"]
    said = re.fullmatch(rf"({NUMBER}) (.+?)(?: \(({NUMBER}) to ({NUMBER})\))? equals? .+? by BF16 peak(?:, at (.+?))?(?: \(prices of .+\))?\.(?: What binds.*)?", made.finding)  # fmt: skip
    part = each[items[1], "peak.bf16"]
    if not (of.known and part.known and of.basis == part.basis):
        assert " is unknown: " in made.finding or " has no answer: " in made.finding
    else:
        assert said, made.finding
        exact = of.number * amount / part.number
        assert close(said[1], exact) if exact < 10 else read(said[1]) == math.ceil(exact * (1 - 1e-12))
        if said[3] and exact >= 10:
            low, high = of.low or of.number, of.high or of.number
            least, most = part.low or part.number, part.high or part.number
            assert (read(said[3]), read(said[4])) == tuple(math.ceil(end * (1 - 1e-12)) for end in (low * amount / most, high * amount / least))  # fmt: skip
        power = re.search(rf"({NUMBER}) times(?: \({NUMBER} to {NUMBER}\))? the power", said[5] or "")
        one, other = tdp(original, amount), tdp(items[1], exact)
        if power and one and other and HERE.items[original].kind == "chip":
            assert close(power[1], other / one), made.finding
    # the caption names the least and the greatest of what is in the table
    if made.chart:
        results = [equivalent(f"{amount} {original}", one, by="peak.bf16") for one in items[1:]]
        for words, ratios in (
            ("price", [one.capex_ratio for one in results]),
            ("power", [one.power_ratio for one in results]),
        ):
            known = [one.number for one in ratios if one.known]
            found = re.search(rf"{words} (?:from ({NUMBER}) \(.+?\) to )?({NUMBER}) times \(", made.chart.finding)
            assert bool(found) == bool(known), made.chart.finding
            if found:
                assert close(found[2], max(known)) and close(found[1] or found[2], min(known)), made.chart.finding
    for name, rows in made.rows:
        for row in rows:
            (mine,) = [one for one in items[1:] if brief(HERE.items[one].name) == name]
            for by in ("peak.bf16", "memory.bandwidth"):
                if {"peak.bf16": "BF16 peak", "memory.bandwidth": "emory bandwidth"}[by] in row.by:
                    above, below = each[original, by], each[mine, by]
                    if row.count.state == "known" and row.count.text != "unknown" and above.known and below.known:
                        assert read(row.count.text) == math.ceil(above.number * amount / below.number * (1 - 1e-12))


def test_metrics_with_one_number_and_two_ranges_stand_apart() -> None:
    view = HERE.adjusted(given=["memory.bandwidth(910C)=3200 GB/s", "memory.bandwidth(H200)=4210.6382978723 GB/s"])
    (made,) = equal.show(sheet(("H200", "910C"), equal.SECTION, view=view))
    ((_, rows),) = made.rows
    # 989.5 over 752 by peak, of which the 910C has a range, and the same number by bandwidth, which has none
    assert [(row.by, row.count.text, row.count.spread) for row in rows] == [
        ("BF16 peak", "1,316", "1,237 to 1,316"), ("Memory bandwidth", "1,316", ""),
    ]  # fmt: skip


# --- the cost of equal work ------------------------------------------------------------------------------------------

RANDOM = [
    ("H200", "910C"),
    ("H20", "910C"),
    ("910C", "MI300X"),
    ("H100", "MI325X"),
    *Random(11).sample(list(permutations(PRICED, 2)), 5),
]
"""Pairs on both sides of 1, one with an overlap, one without prices of both, and some drawn."""
WORDS = {"more": 1, "less": -1, "about as much as": 0, "as much as": 0}


def corners(ratio: Figure) -> list[float]:
    """Return the ratio at the corners of its widest inputs: no other code of ranges is asked."""
    ranged = sorted(ratio.ranged_leaves(), key=lambda one: -abs(math.log((one.leaf_range or (1, 1))[1] / max((one.leaf_range or (1, 1))[0], 1e-9))))[:6]  # fmt: skip
    found = [[(one.key, end) for end in one.leaf_range or ()] for one in ranged]
    return [ratio.evaluate(dict(corner)) for corner in product(*found)]


@cache
def priced(one: str, other: str) -> tuple[EqualWork | None, cost.Costs | None, Sheet]:
    made = sheet((one, other), verdicts.SECTION, cost.SECTION)
    return made.report.results["cost"], cost.show(made), made


@pytest.mark.parametrize("pair", RANDOM, ids=" ".join)
def test_the_cost_of_equal_work_is_more_less_or_about_the_same(pair: tuple[str, str]) -> None:
    work, content, _ = priced(*pair)
    if work is None:
        assert content is None or not content.finding
        return
    assert content
    costs: list[float] = []
    for side in (work.original, work.build):  # the total over what a chip does in its years, by hand
        peak, used = quantity("peak.bf16", side.subject.item.id), next(leaf for leaf in (work.each if side is work.original else work.other).leaves() if leaf.name.startswith("mfu"))  # fmt: skip
        costs.append(side.total.number / (peak.number * used.number * side.years.number))
    value = costs[1] / costs[0]
    undecided = re.fullmatch(rf"(Useful work on the .+? costs) ({NUMBER}) times (\({NUMBER} to {NUMBER}\)) what it does on the (.+?); the range includes 1, so which costs less is open\.", content.finding)  # fmt: skip
    said = content.finding
    if undecided:  # far from 1, and 1 is within the range
        assert not 0.8 <= value <= 1.25
        said = f"{undecided[1]} about as much as on the {undecided[4]}: {undecided[2]} times {undecided[3]}; the range includes 1."
    found = re.fullmatch(rf"Useful work on the .+? costs (more|less|about as much as|as much as) (?:than )?on the (.+?)(?:: ({NUMBER}) times(?: \(({NUMBER}) to ({NUMBER})\))?(; the range includes 1)?)?\.", said)  # fmt: skip
    assert found, content.finding
    if found[1] == "about as much as" and not undecided:
        assert 0.795 <= value <= 1.255
    one, other = quantity("peak.bf16", pair[0]), quantity("peak.bf16", pair[1])
    faster = pair[0] if one.number > other.number or (one.number == other.number and HERE.find(pair[0]).id < HERE.find(pair[1]).id) else pair[1]  # fmt: skip
    assert found[2] == brief(HERE.find(faster).name)
    if found[3]:
        assert close(found[3], value), content.finding
    every = [value, *corners(work.ratio)]
    if WORDS[found[1]]:
        assert all((one > 1) == (WORDS[found[1]] > 0) for one in every), content.finding
    else:
        assert not found[4] or read(found[4]) <= 1 <= read(found[5])
        low, high = work.ratio.bounds()
        assert low is not None and high is not None
        assert bool(found[6]) == (low <= 1 <= high and bool(found[4]))
    if found[4]:
        assert all(read(found[4]) * 0.99 - 0.005 <= one <= read(found[5]) * 1.01 + 0.005 for one in every)


def test_inputs_are_named_for_readers() -> None:
    """No id, no case of a table as it is: whose utilisation, whose offers, and one slider for a price, not two."""
    work, content, made = priced("H200", "910C")
    assert work and content
    titles = {one.title for one in content.inputs}
    assert {"MFU on Hopper, mixture of experts", "MFU on Ascend, mixture of experts"} <= titles
    assert "Ascend 910C: spread of 3 offers, 20,833 to 21,354 USD" in titles
    assert "Useful life of servers, from 2023" in titles
    assert {"Construction of a site per power, China", "Average draw in training over rated power"} <= titles
    assert not [one for one in titles if re.search(r"[a-z]-[a-z]+-[a-z]|^\d|mixture$|[a-z]/[a-z]", one)]
    assert not any(leaf.leaf.name == "offer.spread" for leaf in made.assumptions.values())
    assert [lines.when for lines in content.lines][1] == "Over 5 years, with the charge for what was bought"


def nowhere(ratio: Figure, leaf: Figure) -> bool:
    """Whether a ratio stays on one side of 1 over all that is searched."""
    low, high = ends(leaf)
    sides = {ratio.evaluate({leaf.key: low + (high - low) * n / 40}) > 1 for n in range(1, 41)}
    return len(sides) == 1


@pytest.mark.parametrize("pair", RANDOM, ids=" ".join)
def test_the_widest_input_comes_first_and_every_flip_is_one(pair: tuple[str, str]) -> None:
    work, content, made = priced(*pair)
    if work is None or content is None:
        return
    ratio = work.ratio
    leaves = {made.ledger.title(leaf): leaf for leaf in ratio.leaves()}
    swings = {
        title: [ratio.evaluate({leaf.key: end}) for end in leaf.leaf_range or ()]
        for title, leaf in leaves.items() if leaf in ratio.ranged_leaves()
    }  # fmt: skip
    if content.chart:
        found = re.fullmatch(rf"What matters most is (.+): alone it moves the ratio from ({NUMBER}) to ({NUMBER})(, across 1)?\.", content.chart.finding)  # fmt: skip
        assert found, content.chart.finding
        mine = swings[found[1]]
        assert close(found[2], min(mine)) and close(found[3], max(mine))
        assert max(mine) - min(mine) == pytest.approx(max(max(one) - min(one) for one in swings.values()))
        assert bool(found[4]) == (min(mine) < 1 < max(mine))
    for one in content.inputs:
        leaf = leaves[one.title]
        shown = [cell if isinstance(cell, str) else cell.text for cell in (one.low, one.high, one.at, one.change)]
        low, high, at, by = shown
        # what follows from the ratio opens the ratio
        opened = {cell.href for cell in (one.low, one.high, one.at, one.change) if not isinstance(cell, str)}
        assert opened <= {made.ledger.enter(ratio)}
        for said, end in ((low, 0), (high, -1)):
            assert said == "–" or close(said.removesuffix("×"), swings[one.title][end])
        if at == "nowhere":
            assert nowhere(ratio, leaf) and by == "–", one
            continue
        value = read(re.match(NUMBER, at)[0])  # type: ignore[index]
        scale = leaf.unit.numerator / leaf.unit.denominator
        near = [ratio.evaluate({leaf.key: value * scale * (1 + shift)}) for shift in (-1e-3, 0.0, 1e-3)]
        assert min(near) <= 1 <= max(near) or abs(near[1] - 1) < 1e-3, one
        if by != "–":
            change = float(by.replace("−", "-").rstrip("%"))
            assert abs(change - 100 * (value * scale / leaf.number - 1)) <= 0.5 + 0.001 * (100 + abs(change)), one


@pytest.mark.parametrize(("pair", "other"), [(("H200", "910C"), ""), (("910C", "MI300X"), "AMD Instinct MI300X"), (("H100", "TPU v5e"), "Google TPU v5e")])  # fmt: skip
def test_a_family_without_a_run_is_not_called_one_with_runs(pair: tuple[str, str], other: str) -> None:
    _, content, _ = priced(*pair)
    # specs/data/costs/training-utilisation.toml: no run on a chip of AMD or Google was read
    assert content and (f"(of the {other} on other families: no run on its own was read)" in content.notes[1]) == bool(
        other
    )
    assert "no run" not in content.notes[1] or other


@pytest.mark.parametrize("items", [("H200", "B200", "GB200"), ("B300", "H200")], ids=" ".join)
def test_who_pays_what_over_another_chip(items: tuple[str, ...]) -> None:
    content = cost.show(sheet(items, verdicts.SECTION, cost.SECTION))
    assert content and len(content.payers) == len(items) - 1
    for made, other in zip(content.payers, items[1:], strict=True):
        assert (made.chip, made.against) == tuple(brief(HERE.find(name).name) for name in (items[0], other))
        for row, payer in zip(made.rows, ("hyperscaler", "neocloud", "rental"), strict=True):
            hours = [HERE.leaf(HERE.find(name).id, f"cost.hourly:{payer}") for name in (items[0], other)]
            for shown, metric in zip(row.ratios, ("peak.bf16", "peak.fp8", "memory.bandwidth"), strict=True):
                rates = [quantity(metric, name).number for name in (items[0], other)]
                if shown.state == "known":
                    assert all(hours) and close(shown.text, hours[0].number / hours[1].number * rates[1] / rates[0])  # type: ignore[union-attr]


# --- the roofline ----------------------------------------------------------------------------------------------------


@FEW
@given(st.lists(st.sampled_from(CHIPS), min_size=1, max_size=3, unique=True))
def test_the_ridge_that_comes_only_later_comes_later_over_all_of_its_range(items: list[str]) -> None:
    chart = roofline_chart(sheet(tuple(items)))
    ridges: list[tuple[float, float, float]] = []
    form = "fp16" if chart and "FP16" in chart.title else "bf16"
    for item in items:
        peak, rate = quantity(f"peak.{form}", item), quantity("memory.bandwidth", item)
        if peak.known and rate.known:
            low, high = (
                (peak.low or peak.number) / (rate.high or rate.number),
                (peak.high or peak.number) / (rate.low or rate.number),
            )
            ridges.append((peak.number / rate.number, low, high))
    assert (chart is None) == (not ridges)
    if chart is None:
        return
    said = [read(one) for one in re.findall(rf"from ({NUMBER}) FLOP/byte", chart.finding)]
    least, most = min(ridges), max(ridges)
    assert said[0] == pytest.approx(least[0], rel=6e-4) and said[-1] == pytest.approx(most[0], rel=6e-4)
    if len(said) == 2:
        assert ("only from" in chart.finding) == (least[2] < most[1])
        assert ("the ranges overlap" in chart.finding) == (least[2] >= most[1])


def test_two_ridges_whose_ranges_overlap_are_about_the_same() -> None:
    chart = roofline_chart(sheet(("MI300X", "910C")))
    # AMD data sheet of the MI300X: 1,307.4 TFLOP/s and 5.3 TB/s; the 910C: 752 to 800 TFLOP/s and 3.2 TB/s
    assert chart and chart.finding.endswith("235 FLOP/byte (235 to 250) on, the AMD Instinct MI300X from 246.7 FLOP/byte: about the same, as the ranges overlap.")  # fmt: skip


def test_the_work_on_the_roofline_stands_at_its_intensity() -> None:
    chart = roofline_chart(sheet(("H200", "910C")))
    assert chart
    for rows in (1, 64, 2048):  # FLOP of a product over the bytes of its three matrices at two bytes, by hand
        flop, size = 2 * rows * 8192 * 28672, 2 * (rows * 8192 + 8192 * 28672 + rows * 28672)
        found = re.search(rf"\b{rows:,} tokens? \(({NUMBER}) FLOP/byte\)", chart.notes[1])
        assert found and read(found[1]) == pytest.approx(flop / size, rel=6e-3)
