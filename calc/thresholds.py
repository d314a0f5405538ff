# SPDX-License-Identifier: Apache-2.0
"""Which thresholds an item crosses, at a date, with the margin and the paragraph; exact, never after rounding.

Three-valued: an unknown figure gives `unknown` and its name, unless another limb decides. A figure that two readings
put on two sides of a line (its range, the maker's own TPP, TF32 at 19 or 32 bits) gives `straddles`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.figure import MOST_CORNERS, Figure
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
    subject = catalog.subject(item)
    chips = [subject.item]
    if subject.item.kind == "system":
        of = [entry.of for group in catalog.entries(subject.item.id).values() for entry in group if entry.of]
        chips = [catalog.items[name] for name in dict.fromkeys(of)]
    rules = [one for one in catalog.rules() if not rule or one.id == rule.split("#")[0]]
    verdicts: list[RuleVerdict] = []
    for one in rules:
        found = [evaluate_rule(one, chip, on=on, lens=lens, catalog=catalog) for chip in chips]
        if found:
            verdicts.append(min(found, key=lambda verdict: WORST.index(verdict.verdict)))
    taken = {verdict.rule.id for verdict in verdicts if verdict.verdict == "crosses"}
    verdicts = [_yielded(verdict, taken) for verdict in verdicts]
    return ItemVerdict(subject, *_outcome(verdicts), tuple(verdicts))


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
                "unknown": "unknown: a figure is missing",
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
    outcomes = {world.holds(rule, values) for values in world.scenarios(rule)}
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
    return RuleVerdict(rule, chip.id, verdict, readings, deciding, missing if verdict == "unknown" else ())


def _deciding(readings: tuple[Reading, ...], verdict: Verdict) -> Reading | None:
    """Return the comparison that decides: the worst conjunct of the best limb."""
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
        tpps: list[Fraction | None] = [
            value for name in ("tpp", "tpp.declared") for value in exact_corners(self.figure(name))
        ]
        tpps += self._wide_tf32()
        tpps = list(dict.fromkeys(tpps)) or [None]
        areas: list[Fraction | None] = [*exact_corners(self.figure("die.area"))] or [None]
        names = {one.metric for limb in (*rule.limbs, *filter(None, [rule.unless])) for one in limb.all}
        others = sorted(names - {"tpp", "performance_density"})
        choices: list[list[Fraction | str | None]] = [
            [*exact_corners(self.figure(name))] or [self._plain(name)] for name in others
        ]
        made: list[dict[str, Fraction | str | None]] = []
        for tpp, area in product(tpps, areas):
            density = tpp / area if tpp is not None and area else None
            for rest in product(*choices):
                made.append({"tpp": tpp, "performance_density": density, **dict(zip(others, rest, strict=True))})
        return made

    def _plain(self, name: str) -> str | None:
        value = self.figure(name).value
        if isinstance(value, bool):
            return "yes" if value else "no"
        return None if value is None else str(value)

    def _wide_tf32(self) -> list[Fraction]:
        tf32 = self.figure("peak.tf32")
        return [value * 32 / 8 for value in exact_corners(tf32)] if tf32.known and self.figure("tpp").known else []

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
            floor = self.figure(one.metric).floor
            if floor is not None and one.op in (">", ">="):
                return True if _COMPARE[one.op](Fraction(floor), _limit(one)) else None
            return False if floor is not None and one.op in ("<", "<=") and Fraction(floor) > _limit(one) else None
        return _COMPARE[one.op](value, _limit(one))

    def readings(self, rule: Rule) -> list[Reading]:
        """Return every comparison on the figures that law takes first, with its margin."""
        tpp = self.tpp()
        rows: list[Reading] = []
        for limb in (*rule.limbs, *filter(None, [rule.unless])):
            for one in limb.all:
                figure = tpp if one.metric == "tpp" else self.figure(one.metric)
                if one.metric == "performance_density" and tpp.known and self.figure("die.area").known:
                    value: Fraction | str | None = exact_value(tpp) / exact_value(self.figure("die.area"))
                elif figure.known and isinstance(figure.value, float):
                    value = exact_value(figure)
                else:
                    value = self._plain(one.metric)
                margin = value / _limit(one) - 1 if isinstance(value, Fraction) else None
                rows.append(Reading(one, figure, self._one(one, value), margin, limb.id))
        return rows


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
