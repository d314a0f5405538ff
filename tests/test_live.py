# SPDX-License-Identifier: Apache-2.0
"""What a moved slider changes: the page's script against Python, to the last shown digit."""

import json
import os
import random
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import pytest

from chipgauge.calc.formula import FORMULAS
from chipgauge.calc.quantity import quantity
from chipgauge.reports import sentences, text
from chipgauge.reports.claim_words import percent, percent_spread
from chipgauge.reports.compose import lay_out
from chipgauge.reports.entries import pretty
from chipgauge.reports.html import build, render
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.live import as_json, program, script
from chipgauge.reports.section import Sheet
from chipgauge.reports.sections.assumptions import Assumptions, Slider, distance, grid
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import MOST_CORNERS, Figure, constant
from chipgauge.specs.units import parse_unit

ROOT = Path(__file__).resolve().parent.parent
RANDOM_STATES = 12


_MOVED: dict[tuple[str, tuple[tuple[str, float], ...]], Figure] = {}


def moved(figure: Figure, pins: Mapping[str, float]) -> Figure:
    """Return a figure with some leaves replaced by a value without a range: what `--set` would make of it."""
    leaves = {leaf.key for leaf in figure.leaves()}
    mine = tuple(sorted((key, value) for key, value in pins.items() if key in leaves))
    if not mine:
        return figure
    if (figure.key, mine) not in _MOVED:
        fixed = dict(mine)
        value = figure.evaluate(fixed)
        ranged = [leaf for leaf in figure.ranged_leaves() if leaf.key not in fixed][:MOST_CORNERS]
        grid = numpy.array(list(product(*(leaf.leaf_range or () for leaf in ranged)))).T
        ends = figure.evaluate({**fixed, **{leaf.key: column for leaf, column in zip(ranged, grid, strict=True)}})
        ends = numpy.append(ends, value)
        bounds = (float(ends.min()), float(ends.max()))
        _MOVED[figure.key, mine] = replace(figure, value=value, _cache={"bounds": bounds})
    return _MOVED[figure.key, mine]


class Laid:
    """A report, its ledger and its panel, as the page has them."""

    def __init__(self) -> None:
        self.report = build()
        self.sheet, contents = lay_out(self.report)
        self.panel: Assumptions = contents["assumptions"]
        self.nodes = {self.sheet.ledger.enter(figure): figure for figure in self.sheet.ledger.figures.values()}
        self.sliders: list[Slider] = [slider for _, sliders in self.panel.groups for slider in sliders]

    def states(self) -> list[dict[str, str]]:
        """Each slider alone at three random places, then several at once."""
        draw = random.Random(20261122)
        places = {
            **{f"i{one.node}": (one.least, one.most, one.step) for one in self.sliders},
            **{f"l-{one.metric}": (one.least, one.most, one.step) for one in self.panel.lines},
        }

        def place(name: str) -> str:
            low, high, step = map(Decimal, places[name])
            return format((low + step * draw.randint(0, int((high - low) / step))).normalize(), "f")

        made = [{name: place(name)} for name in places for _ in range(3)]
        for _ in range(RANDOM_STATES):
            made.append({name: place(name) for name in draw.sample(sorted(places), draw.randint(2, len(places)))})
        return made

    def pins(self, state: Mapping[str, str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for slider in self.sliders:
            given = state.get(f"i{slider.node}")
            if given is not None and Decimal(given) != Decimal(slider.value):
                leaf = self.nodes[slider.node]
                found[leaf.key] = float(given) * leaf.unit.numerator / leaf.unit.denominator
        return found


@pytest.fixture(scope="module")
def laid() -> Laid:
    return Laid()


@pytest.fixture(scope="module")
def answer(laid: Laid, node: str, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sliders")
    (folder / "report.html").write_text(render(laid.report), "utf-8")
    (folder / "states.json").write_text(json.dumps(laid.states()), "utf-8")
    command = [node, str(ROOT / "tests/browser/sliders.mjs"), str(folder / "report.html"), str(folder / "states.json")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={**os.environ, "CHROMIUM": chromium}, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def check_page(laid: Laid, seen: Mapping[str, Any], pins: Mapping[str, float], ranged: list[bool]) -> int:
    """Compare every number that the page shows with Python's, and return how many differ from the report's.

    `ranged` says which numbers stand with a range on the page.
    """
    changed = 0
    for (node, form, shown, wide), had in zip(seen["numbers"], ranged, strict=True):
        base = laid.nodes[node]
        if not base.known or not isinstance(base.value, float):
            continue
        one = moved(base, pins)
        changed += one.value != base.value
        if form == "t":
            assert text.ratio(one) in shown or shown.startswith("about the same"), (node, shown)
        elif form == "r":
            assert (shown.removesuffix("×"), wide) == (text.ratio(one), text.ratio_spread(one)), (node, shown)
        elif form == "p":
            assert (shown, wide) == (percent(one.number), percent_spread(one)), (node, shown)
        elif form == "w":
            low, high = one.bounds()
            assert low is not None and high is not None
            ends = [f"{_whole(end):,}" for end in (low, high)]
            assert (shown, wide) == (f"{_whole(one.number):,}", "" if ends[0] == ends[1] else " to ".join(ends)), node
        else:
            assert shown == text.value(one) or shown.startswith(text.value(one) + " "), (node, shown, text.value(one))
            assert wide == (text.spread(one) if had else ""), (node, wide, text.spread(one))
    for node, shown in seen["entries"].items():
        if node in laid.sheet.ledger.told:  # computed before the page was made: no slider moves it
            one = laid.sheet.ledger.told[node]
            assert shown == f"{one.title} = {one.value}"
            continue
        base = laid.nodes[node]
        if base.known and isinstance(base.value, float):
            assert shown.endswith(" = " + pretty(text.quantity(moved(base, pins)))), (node, shown)
    return changed


def _whole(value: float) -> int:
    import math

    return math.ceil(value * (1 - 1e-12))


@pytest.mark.requires_chromium
def test_every_number_follows_every_slider_to_the_last_shown_digit(laid: Laid, answer: dict[str, Any]) -> None:
    assert answer["errors"] == []
    assert len(laid.sliders) >= 10
    ranged = [bool(wide) for *_, wide in answer["base"]["numbers"]]
    assert check_page(laid, answer["base"], {}, ranged) == 0
    assert sum(ranged) > 20
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        assert list(map(Decimal, seen["values"])) == list(map(Decimal, state.values())), (
            "a slider does not take the value"
        )
        pins = laid.pins(state)
        changed = check_page(laid, seen, pins, ranged)
        assert bool(changed) == bool(pins), state
        assert seen["notice"] or all(Decimal(v) == Decimal(_base(laid, k)) for k, v in state.items())


def _base(laid: Laid, name: str) -> str:
    sliders = {f"i{one.node}": one.value for one in laid.sliders}
    return {**sliders, **{f"l-{one.metric}": one.value for one in laid.panel.lines}}[name]


@pytest.mark.requires_chromium
def test_what_does_not_follow_says_so(laid: Laid, answer: dict[str, Any]) -> None:
    """A sentence at the report's values beside numbers that moved would contradict them."""
    assert answer["base"]["unmarked"], "at the report's values nothing is marked"
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        assert seen["unmarked"] == [] or not seen["notice"], state
    assert answer["base"]["unspoken"] == 0


@pytest.mark.requires_chromium
def test_the_findings_follow_in_words(laid: Laid, answer: dict[str, Any]) -> None:
    rows = {key: figure for row in laid.report.comparison.rows for key, figure in [(row.title, row)]}
    assert rows
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        pins = laid.pins(state)
        said = {(node, shown) for node, form, shown, _ in seen["numbers"] if form == "t"}
        parts = [part for part in sentences.compare_parts(laid.report.comparison) if isinstance(part, sentences.Times)]
        for part in parts:
            node = laid.sheet.ledger.enter(part.figure)
            assert (node, str(part._replace(figure=moved(part.figure, pins)))) in said


@pytest.mark.requires_chromium
def test_bars_and_winners_follow(laid: Laid, answer: dict[str, Any]) -> None:
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        pins = laid.pins(state)
        for node, shown, wide, _, width in seen["bars"]:
            one = moved(laid.nodes[node], pins)
            assert shown == text.ratio(one) + "×"
            assert wide in ("", text.ratio_spread(one))
            assert width >= 1
        for node, figure in laid.nodes.items():
            if figure.name == "largest" and figure.known:
                inputs = {
                    laid.sheet.ledger.enter(child): child.evaluate(pins)
                    for _, child in figure.inputs
                    if isinstance(child.value, float)
                }
                best = max(inputs.values())
                assert set(seen["won"][node]) == {name for name, value in inputs.items() if value == best}, state


@pytest.mark.requires_chromium
def test_lines_count_the_chips_at_or_above(laid: Laid, answer: dict[str, Any]) -> None:
    everything = {
        line.metric: [quantity(line.metric, item.id) for item in catalog().items.values() if item.kind == "chip"]
        for line in laid.panel.lines
    }
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        pins = laid.pins(state)
        for line in laid.panel.lines:
            limit = float(state.get(f"l-{line.metric}", line.value))
            shown, above, rows = seen["lines"][line.metric]
            assert shown == f"{text.number(limit, 6)} {line.unit}"
            values = [one.in_unit(one.number) or 0 for one in everything[line.metric] if one.known]
            assert int(above) == sum(value >= limit for value in values)
            for node, said in rows:
                one = moved(laid.nodes[node], pins)
                assert said == distance(one.in_unit(one.number) or 0.0, limit), (node, state)


@pytest.mark.requires_chromium
def test_what_the_page_shows_is_what_the_command_line_shows(laid: Laid, answer: dict[str, Any]) -> None:
    """The same change by `--set`: another road through the program, from text to text."""
    tried = 0
    for state, seen in zip(laid.states(), answer["seen"], strict=True):
        if len(state) > 1 or not (pins := laid.pins(state)):
            continue
        (key,) = pins
        compared = [one for row in laid.report.comparison.rows for one in (*row.values.values(), *row.ratios.values())]
        if not any(leaf.key == key for one in compared if one.known for leaf in one.leaves()):
            continue  # under the cost or the equivalents alone
        name, leaf = next(iter(state)), next(one for one in laid.nodes.values() if one.key == key)
        item, _, name_of = key.partition("/")
        given = f"{name_of.partition(':')[0].partition('@')[0]}({item})={state[name]} {leaf.unit.text}"
        other = build(given=[given]).comparison
        shown = {node: said for node, form, said, _ in seen["numbers"] if form == "r"}
        for row, was in zip(other.rows, laid.report.comparison.rows, strict=True):
            for subject, figure in row.ratios.items():
                node = laid.sheet.ledger.enter(was.ratios[subject])
                if node in shown and figure.known and was.ratios[subject].known:
                    assert shown[node].removesuffix("×") == text.ratio(figure), (given, row.metric, subject)
        tried += 1
    assert tried >= 15


@pytest.mark.requires_chromium
def test_the_address_keeps_the_state_and_reset_takes_it_back(laid: Laid, answer: dict[str, Any]) -> None:
    assert answer["hash"].startswith("#if&")
    for part in ("numbers", "entries", "bars", "lines", "won"):
        assert answer["restored"][part] == answer["last"][part]
        assert answer["reset"][part] == answer["base"][part]
        assert answer["odd"][part] == answer["base"][part], "a state that nobody made changes the page"
    assert answer["kept"] == answer["hash"], "a link within the page loses the state"
    assert answer["reset"]["notice"] == ""
    assert answer["reset"]["hash"] == ""


@pytest.mark.requires_chromium
def test_a_slider_works_from_the_keyboard(laid: Laid, answer: dict[str, Any]) -> None:
    first = laid.sliders[0]
    value = format((Decimal(first.value) + Decimal(first.step)).normalize(), "f")
    ranged = [bool(wide) for *_, wide in answer["base"]["numbers"]]
    assert check_page(laid, answer["stepped"], laid.pins({f"i{first.node}": value}), ranged) > 0
    assert answer["stepped"]["numbers"] != answer["base"]["numbers"]


# --- the program ---------------------------------------------------------------------------------------------------


def test_only_what_can_move_is_in_the_program() -> None:
    ledger = Ledger(catalog())
    ledger.group("x")
    density = quantity("performance_density", "910C")
    fixed = quantity("performance_density", "H100")
    number, other = (int(ledger.enter(one)[1:]) for one in (density, fixed))
    made = program(ledger)
    assert number in made.live
    assert other not in made.live
    ids = [row[0] for row in made.data["nodes"]]
    assert ids == sorted(ids)
    known = {int(key) for key in (*made.data["leaves"], *made.data["base"])}
    for node, _, *inputs in made.data["nodes"]:
        assert set(inputs) <= known
        known.add(node)
    assert set(made.functions) <= set(FORMULAS) | {"largest"}


def test_a_step_that_javascript_cannot_make_stays_as_it_is() -> None:
    leaf = replace(constant(2.0, parse_unit("1")), key="a/b", leaf_range=(1.0, 3.0))
    odd = Figure("c", "choice", "choice", 2.0, parse_unit("1"), inputs=(("a", leaf),), apply=lambda a: a)
    above = odd * leaf
    ledger = Ledger(catalog())
    ledger.group("x")
    number = int(ledger.enter(above)[1:])
    made = program(ledger)
    assert made.data["nodes"] == [[number, 0, 2, 1]]
    assert made.data["base"] == {"2": 2.0}


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [(752.0, 728.0, 824.0), (7.32, 5.856, 8.784), (142500.0, 71250.0, 285000.0), (0.3, 0.1, 0.9)],
)
def test_a_slider_holds_its_value_and_its_ends(value: float, least: float, most: float) -> None:
    low, high, step, shown = map(Decimal, grid(value, least, most))
    assert 0 < low <= Decimal(repr(least)) or low <= Decimal(repr(value))
    assert high >= Decimal(repr(most))
    assert (shown - low) % step == 0 == (high - low) % step
    assert float(shown) == value
    assert (high - low) / step >= 30


def test_data_cannot_end_the_script() -> None:
    assert "<" not in as_json({"a": "</script><!--\u2028"})
    assert json.loads(as_json({"a": "</script>\u2028"})) == {"a": "</script>\u2028"}
    assert script("{/*FORMULAS*/}", {"a": "x=>x"}) == '{"a": x=>x}'


def test_a_leaf_without_a_number_has_no_slider() -> None:
    report = build(["H20", "H100"])
    sheet = Sheet(report, Ledger(report.catalog))
    sheet.assume(quantity("node", "H20"), 1, 2, "x")
    sheet.assume(quantity("power.system", "H20"), 1, 2, "x")
    assert sheet.assumptions == {}
