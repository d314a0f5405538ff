# SPDX-License-Identifier: Apache-2.0
"""Which thresholds an item crosses, at a date, with the margin and the paragraph; exact, never after rounding.

Three-valued: an unknown figure gives `unknown` and its name, unless another limb decides. A figure that two readings
put on two sides of a line (its range, the maker's own TPP, TF32 at 19 or 32 bits) gives `straddles`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from typing import Literal

from chipgauge.calc.quantity import quantity, tpp_modes
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.figure import MOST_CORNERS, Figure
from chipgauge.specs.quantities import find
from chipgauge.specs.records import Entry, Item, Subject
from chipgauge.specs.rules import Comparison, Limb, Rule
from chipgauge.specs.units import exact, parse_value

Verdict = Literal["crosses", "below", "straddles", "unknown", "out_of_scope", "not_in_force", "reported"]
Truth = bool | None
WORST = ("crosses", "straddles", "unknown", "below", "reported", "not_in_force", "out_of_scope")
LENSES = ("text", "enforced")

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One comparison of a rule with the figure it was made on; `margin` is x / threshold - 1, exact."""

    comparison: Comparison
    figure: Figure
    holds: Truth
    margin: Fraction | None
    limb: str


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """The verdict of one rule on one chip, with the comparison that decides."""

    rule: Rule
    chip: str
    verdict: Verdict
    readings: tuple[Reading, ...] = ()
    deciding: Reading | None = None
    missing: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """The verdicts on an item and the combined outcome, with the rules that decide it."""

    subject: Subject
    outcome: str
    because: tuple[str, ...]
    verdicts: tuple[RuleVerdict, ...]


def check(
    item: str, *, on: str = "", lens: str = "text", rule: str = "", catalog: Catalog | None = None
) -> ItemVerdict:
    """Return which rules an item crosses on a date.

    A system is evaluated on each distinct chip in it, never on its sum; the worst verdict stands.

    Examples
    --------
    >>> check("H20").outcome
    'below every threshold checked'
    >>> check("H100").because
    ('us-bis-3a090-a#a1',)
    """
    catalog = catalog or shipped()
    on = on or catalog.as_of
    _require_day_and_lens(on, lens)
    subject = catalog.subject(item)
    of = [entry.of for group in catalog.entries(subject.item.id).values() for entry in group if entry.of]
    # A system whose chips nobody states stands for itself: its figures are unknown, and so are the verdicts.
    chips = [catalog.items[name] for name in dict.fromkeys(of)] or [subject.item]
    rules, wanted = _rules(rule, catalog)
    verdicts: list[RuleVerdict] = []
    for one in rules:
        found = [evaluate_rule(one, chip, on=on, lens=lens, catalog=catalog) for chip in chips]
        if found:
            verdicts.append(min(found, key=lambda verdict: WORST.index(verdict.verdict)))
    taken = {verdict.rule.id for verdict in verdicts if verdict.verdict == "crosses"}
    verdicts = [_yielded(verdict, taken) for verdict in verdicts if verdict.rule.id in wanted]
    return ItemVerdict(subject, *_outcome(verdicts), tuple(verdicts))


def _require_day_and_lens(on: str, lens: str) -> None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", on):
        raise UnknownName(f"{on[:40]!r} is not a day; write for example 2025-04-20")
    if lens not in LENSES:
        raise UnknownName(f"a lens is one of {', '.join(LENSES)}, got {lens[:40]!r}")


def _rules(only: str, catalog: Catalog) -> tuple[list[Rule], set[str]]:
    """Return the rules to evaluate (a rule yields to another also where it alone is asked for) and those to report."""
    rules = {one.id: one for one in catalog.rules()}
    if not only:
        return [*rules.values()], set(rules)
    one = rules.get(only.split("#")[0])
    if one is None:
        raise UnknownName(f"no rule has the id {only[:60]!r}.{did_you_mean(only, rules)}")
    return [one, *filter(None, [rules.get(one.yields_to)])], {one.id}


def _yielded(verdict: RuleVerdict, taken: set[str]) -> RuleVerdict:
    if verdict.rule.yields_to in taken and verdict.verdict in ("crosses", "straddles", "unknown"):
        note = f"classified under {verdict.rule.yields_to} first"
        return RuleVerdict(verdict.rule, verdict.chip, "out_of_scope", verdict.readings, verdict.deciding, (), note)
    return verdict


def _outcome(verdicts: list[RuleVerdict]) -> tuple[str, tuple[str, ...]]:
    for wanted in ("crosses", "straddles", "unknown"):
        hit = [verdict for verdict in verdicts if verdict.verdict == wanted]
        if hit:
            because = tuple(_limb_id(verdict) for verdict in hit)
            words = {
                "crosses": "; ".join(dict.fromkeys(verdict.rule.outcome for verdict in hit)),
                "straddles": "on the line: readings differ",
                "unknown": "unknown without " + ", ".join(dict.fromkeys(key for one in hit for key in one.missing)),
            }
            return words[wanted], because
    if verdicts and all(verdict.verdict == "not_in_force" for verdict in verdicts):
        return "no rule checked is in force", ()
    return "below every threshold checked", ()


def _limb_id(verdict: RuleVerdict) -> str:
    limb = verdict.deciding.limb if verdict.deciding else ""
    return verdict.rule.id + (f"#{limb}" if limb and limb != "unless" else "")


def evaluate_rule(rule: Rule, chip: Item, *, on: str, lens: str, catalog: Catalog) -> RuleVerdict:
    """Return the verdict of one rule on one chip at a date, under one lens."""
    period = rule.in_force(on)
    if period is None or (lens == "enforced" and period.enforcement != "enforced"):
        return RuleVerdict(rule, chip.id, "not_in_force")
    world = _World(chip, on, catalog)
    scenarios = world.scenarios(rule)
    outcomes = {world.holds(rule, values) for values in scenarios}
    if outcomes == {True}:
        verdict: Verdict = "crosses"
    elif outcomes == {False}:
        verdict = "below"
    elif True in outcomes and False in outcomes:
        verdict = "straddles"
    else:
        verdict = "unknown"
    readings = tuple(world.readings(rule))
    deciding = _deciding(readings, verdict)
    missing = tuple(dict.fromkeys(key for r in readings if r.holds is None for key in r.figure.missing))
    note = world.split(rule, scenarios) if verdict == "straddles" else ""
    return RuleVerdict(rule, chip.id, verdict, readings, deciding, missing if verdict == "unknown" else (), note)


def _deciding(readings: tuple[Reading, ...], verdict: Verdict) -> Reading | None:
    """Return the comparison that decides: the worst conjunct of the best limb.

    Where the verdict is unknown, the comparison that could not be made; where every limb held, that of the exclusion.
    """
    limbs: dict[str, list[Reading]] = {}
    for reading in readings:
        if reading.limb != "unless":
            limbs.setdefault(reading.limb, []).append(reading)
    ranked: list[tuple[int, Fraction, Reading]] = []
    for rows in limbs.values():
        failing = [row for row in rows if row.holds is not True]
        truth = 0 if any(row.holds is False for row in rows) else 1 if failing else 2
        judged = [row for row in rows if row.holds is False] or failing or rows
        if verdict == "unknown" and truth == 1:
            return failing[0]
        slack = [(_slack(row), row) for row in judged if row.margin is not None]
        if slack:
            worst = min(slack, key=lambda pair: pair[0])
            ranked.append((truth, worst[0], worst[1]))
    if verdict == "unknown":
        return next((row for row in readings if row.limb == "unless" and row.holds is None), None)
    return max(ranked, key=lambda row: (row[0], row[1]))[2] if ranked else None


def _slack(reading: Reading) -> Fraction:
    """How far a comparison is from failing, relative to the threshold; negative where it fails."""
    assert reading.margin is not None
    return reading.margin if reading.comparison.op in (">", ">=") else -reading.margin


class _World:
    """The figures of one chip as law reads them: exact, with every reading that a source supports."""

    def __init__(self, chip: Item, on: str, catalog: Catalog) -> None:
        self.chip, self.on, self.catalog = chip, on, catalog

    def figure(self, name: str) -> Figure:
        return quantity(name, Subject(self.chip), catalog=self.catalog, on=self.on)

    def tpp(self) -> Figure:
        """Return the larger of our TPP and the maker's own: the note says the highest value the maker claims."""
        known = [figure for figure in (self.figure("tpp"), self.figure("tpp.declared")) if figure.known]
        return max(known, key=exact_value) if known else self.figure("tpp")

    def scenarios(self, rule: Rule) -> list[dict[str, Fraction | str | None]]:
        """Return the values of every reading: one dictionary of metrics each."""
        limits = _limits(rule)
        by_density = limits.get("performance_density", [])
        lines = [*limits.get("tpp", []), *(limit * area for limit in by_density for area in self._areas())]
        others = sorted(limits.keys() - {"tpp", "performance_density"})
        choices: list[list[Fraction | str | None]] = [
            [*_with_inside(exact_corners(self.figure(name)), limits[name])] or [self._plain(name)] for name in others
        ]
        made: list[dict[str, Fraction | str | None]] = []
        tpps: list[Fraction | None] = [*self._tpps(lines)] or [None]
        for tpp in tpps:
            densities: list[Fraction | None] = [*self._densities(tpp, by_density)] or [None]
            for density in densities:
                for rest in product(*choices):
                    made.append({"tpp": tpp, "performance_density": density, **dict(zip(others, rest, strict=True))})
        return made

    def _tpps(self, limits: list[Fraction]) -> list[Fraction]:
        """Return the TPP of every reading: ours and the maker's, each over its range, and with TF32 at 32 bits."""
        ours, declared = (exact_corners(self.figure(name)) for name in ("tpp", "tpp.declared"))
        found = [*_with_inside(ours, limits), *_with_inside(declared, limits), *self._wide_tf32()]
        floor = _exact_floor(self.figure("tpp"))
        if floor is not None and found and floor > max(found):
            found.append(floor)  # one known mode exceeds what the maker declares
        return list(dict.fromkeys(found))

    def _densities(self, tpp: Fraction | None, limits: list[Fraction]) -> list[Fraction]:
        stated = self.figure("performance_density")
        if stated.kind == "leaf" and stated.known:
            return _with_inside(exact_corners(stated), limits)
        return [] if tpp is None else _with_inside([tpp / area for area in self._areas()], limits)

    def _areas(self) -> list[Fraction]:
        return [area for area in exact_corners(self.figure("die.area")) if area]

    def _plain(self, name: str) -> str | None:
        value = self.figure(name).value
        if isinstance(value, bool):
            return "yes" if value else "no"
        return None if value is None else str(value)

    def _wide_tf32(self) -> list[Fraction]:
        """Return the TPP with TF32 at 32 bits: still the largest over the modes, so never less than ours."""
        ours, tf32 = self.figure("tpp"), self.figure("peak.tf32")
        if ours.kind == "leaf" or "tf32" not in tpp_modes(self.catalog, self.chip)[0]:
            return []
        wide = [value * 32 / 8 for value in exact_corners(tf32)]
        return [max(one, other) for one in wide for other in exact_corners(ours)]

    def split(self, rule: Rule, made: list[dict[str, Fraction | str | None]]) -> str:
        """Return which readings fall on which side of the rule, for a verdict that straddles."""
        labels: dict[Fraction, str] = {}
        for name, values in (
            ("tpp", exact_corners(self.figure("tpp"))),
            ("tpp.declared", exact_corners(self.figure("tpp.declared"))),
            ("tpp with TF32 at 32 bits", self._wide_tf32()),
        ):
            for value in values:
                labels.setdefault(value, name)
        sides: dict[bool, dict[str, None]] = {True: {}, False: {}}
        for reading in made:
            truth, tpp = self.holds(rule, reading), reading["tpp"]
            if truth is not None and isinstance(tpp, Fraction):
                shown = f"{float(tpp * 8 / 10**12):,.6g} TPP ({labels.get(tpp, 'within the range')})"
                sides[truth][shown] = None
        both = sides[True].keys() & sides[False].keys()
        if not sides[True] or not sides[False] or both == sides[True].keys() | sides[False].keys():
            return "the readings of another figure than TPP differ: see its range"
        return f"true at {', '.join(sides[True])}; false at {', '.join(sides[False])}"

    def holds(self, rule: Rule, values: dict[str, Fraction | str | None]) -> Truth:
        limbs = [self._all(limb, values) for limb in rule.limbs]
        met = True if True in limbs else None if None in limbs else False
        out = self._all(rule.unless, values) if rule.unless else False
        if met is False or out is True:
            return False
        return True if met and out is False else None

    def _all(self, limb: Limb, values: dict[str, Fraction | str | None]) -> Truth:
        truths = [self._one(one, values.get(one.metric)) for one in limb.all]
        return False if False in truths else None if None in truths else True

    def _one(self, one: Comparison, value: Fraction | str | None) -> Truth:
        if isinstance(value, str):
            return value == one.value
        if value is None:
            floor = _exact_floor(self.figure(one.metric))
            if floor is None or one.op == "==":
                return None
            holds = _COMPARE[one.op](floor, _limit(one))  # of a value that is at least the floor
            return True if holds and one.op in (">", ">=") else False if not holds and one.op in ("<", "<=") else None
        return _COMPARE[one.op](value, _limit(one))

    def readings(self, rule: Rule) -> list[Reading]:
        """Return every comparison on the figures that law takes first, with its margin."""
        tpp = self.tpp()
        rows: list[Reading] = []
        for limb in (*rule.limbs, *filter(None, [rule.unless])):
            for one in limb.all:
                figure = tpp if one.metric == "tpp" else self.figure(one.metric)
                area = self.figure("die.area")
                if one.metric == "performance_density" and figure.kind != "leaf" and tpp.known and area.value:
                    value: Fraction | str | None = exact_value(tpp) / exact_value(area)
                elif figure.known and isinstance(figure.value, float):
                    value = exact_value(figure)
                else:
                    value = self._plain(one.metric)
                margin = value / _limit(one) - 1 if isinstance(value, Fraction) else None
                rows.append(Reading(one, figure, self._one(one, value), margin, limb.id))
        return rows


def _limits(rule: Rule) -> dict[str, list[Fraction]]:
    """Return the limits of a rule by metric; of a yes/no or a text, none."""
    found: dict[str, list[Fraction]] = {}
    for limb in (*rule.limbs, *filter(None, [rule.unless])):
        for one in limb.all:
            number = find(one.metric).kind == "number"
            found.setdefault(one.metric, []).extend([_limit(one)] if number else [])
    return found


def _with_inside(ends: list[Fraction], limits: list[Fraction]) -> list[Fraction]:
    """Return the ends of a range, every limit inside it and a point of each stretch: a band may lie between the ends."""
    if len(ends) < 2:
        return ends
    low, high = min(ends), max(ends)
    marks = sorted({*ends, *(limit for limit in limits if low < limit < high)})
    return [*ends, *marks, *((a + b) / 2 for a, b in pairwise(marks))]


def _limit(one: Comparison) -> Fraction:
    _, number, unit = parse_value(one.value)
    return exact(number, unit)


def exact_value(figure: Figure) -> Fraction:
    """Return the value of a figure as the exact fraction that its sources' text gives.

    >>> exact_value(quantity("tpp", "H20")) == Fraction(2368) * 10**12 / 8
    True
    """
    exact_leaves = {leaf.key: _exact_leaf(leaf) for leaf in figure.leaves() if isinstance(leaf.value, float)}
    return Fraction(figure.evaluate(exact_leaves))


def _exact_floor(figure: Figure) -> Fraction | None:
    """Return what a figure without a number is at least: the largest of its known inputs, exact."""
    if figure.known or figure.floor is None:
        return None
    return max((exact_value(child) for _, child in figure.inputs if isinstance(child.value, float)), default=None)


def exact_corners(figure: Figure) -> list[Fraction]:
    """Return the exact value and the exact corners of its ranged leaves; nothing for a figure without a number."""
    if not figure.known or not isinstance(figure.value, float):
        return []
    given = {leaf.key: _exact_leaf(leaf) for leaf in figure.leaves() if isinstance(leaf.value, float)}
    ranged = figure.ranged_leaves()[:MOST_CORNERS]
    ends = [(leaf.key, _exact_ends(leaf)) for leaf in ranged]
    values = [figure.evaluate(given)]
    for corner in product(*(pair for _, pair in ends)):
        values.append(figure.evaluate({**given, **dict(zip((key for key, _ in ends), corner, strict=True))}))
    return list(dict.fromkeys(values))


def _exact_leaf(leaf: Figure) -> Fraction:
    return _exact_text(leaf.text)[0] if leaf.text else Fraction(leaf.number)


def _exact_ends(leaf: Figure) -> tuple[Fraction, Fraction]:
    def ends(entry: Entry) -> list[Fraction]:
        return list(_exact_text(entry.text))

    spread = [end for e in leaf.entries if e.role in ("adopted", "conflict") and not e.absent for end in ends(e)]
    # A preferred source stands alone: what the others say is not part of its range.
    assert leaf.leaf_range is not None
    low, high = leaf.leaf_range
    spread = [end for end in spread if low <= float(end) <= high]
    spread.append(_exact_leaf(leaf))
    return min(spread), max(spread)


def _exact_text(text: str) -> tuple[Fraction, ...]:
    """Return middle, low and high of `100 W`, or of `100 to 200 W`."""
    low, found, high = text.partition(" to ")
    _, number, unit = parse_value(high if found else low)
    top = exact(number, unit)
    if not found:
        return (top, top, top)
    bottom = exact(low.strip(), unit)
    return ((bottom + top) / 2, bottom, top)
