# SPDX-License-Identifier: Apache-2.0
"""Which thresholds an item crosses, at a date, with the margin and the paragraph; exact, never after rounding.

Three-valued: an unknown figure gives `unknown` and its name, unless another limb decides. A figure that two readings
put on two sides of a line (its range, the maker's own TPP, TF32 at 19 or 32 bits) gives `straddles`. The parts stand in
`calc.law`: inputs, predicate, scope and outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from fractions import Fraction
from typing import Any, NamedTuple

from chipgauge.calc.law.exact import exact_corners, exact_value
from chipgauge.calc.law.inputs import World
from chipgauge.calc.law.outcome import (
    WORST,
    Combined,
    RuleVerdict,
    Verdict,
    after_relations,
    combine,
    worst_outcome,
    worst_verdict,
)
from chipgauge.calc.law.predicate import Judgement, Reading, Truth, build, build_condition, judge
from chipgauge.calc.law.scope import LENSES, WHOLE, Party, classes, outcomes_of, reach, standing
from chipgauge.calc.quantity import contents
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.countries import country
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.rules import Comparison, Condition, Rule

Verdicts = dict[str, RuleVerdict]
"""The verdicts of rules on one chip, by the ids of the rules."""


class ItemVerdict(NamedTuple):
    """The verdicts on an item and the combined outcome, with the rules that decide it.

    `outcome` is a code (`LICENCE/PoD`, `NLR`, `UNKNOWN`...), `combined` has its words and what stands beside it.
    """

    subject: Subject
    combined: Combined
    verdicts: tuple[RuleVerdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The code of the combined outcome."""
        return self.combined.code

    @property
    def text(self) -> str:
        """The combined outcome in words."""
        return self.combined.text

    @property
    def because(self) -> tuple[str, ...]:
        """The rules (with their limbs) that decide the outcome."""
        return self.combined.because


def check(
    item: str | Subject,
    *,
    on: str = "",
    lens: str = "text",
    rule: str = "",
    to: str = "",
    hq: str = "",
    exporter: str = "",
    as_if: bool = False,
    catalog: Catalog | None = None,
) -> ItemVerdict:
    """Return which rules an item crosses on a date, and what follows for a destination and a party.

    A system is evaluated on each distinct chip in it, never on its sum; the worst verdict stands. Only where a rule
    itself counts an aggregate (a cap, a cluster) the whole amount is taken.

    Parameters
    ----------
    item : str or Subject
        An item or amount: `H20`, `DGX H100`, `50000 H200`.
    on : str
        Day of the law (ISO); empty for the data date.
    lens : str
        `text`: what the text says; `enforced`: what is enforced.
    rule : str
        Only this rule.
    to, hq : str
        Country codes of the destination and of the buyer's headquarters; without `hq` a firm of the destination.
    exporter : str
        Id of the firm that sells; empty for the chip's maker.
    as_if : bool
        Ask as if orders to named firms were to all, and as if the seller were of the country whose law it is.

    Raises
    ------
    UnknownName
        No such item, rule, firm, country, lens or day.

    Examples
    --------
    >>> check("H100", on="2023-12-01", to="CN").outcome
    'LICENCE/PoD'
    >>> check("H100", on="2023-12-01", to="CN").because
    ('us-bis-3a090-a#a1',)
    """
    catalog = catalog or shipped()
    on = on or catalog.as_of
    party = make_party(on, lens, to, hq, exporter, as_if, catalog)
    subject = item if isinstance(item, Subject) else catalog.subject(item)
    court = court_of(catalog, on, lens, party)
    return court.hear(subject, *court.worlds(subject), *chosen_rules(rule, catalog))


def evaluate_rule(
    rule: Rule, chip: Item, *, on: str, lens: str, catalog: Catalog, party: Party | None = None
) -> RuleVerdict:
    """Return the verdict of one rule on one chip at a date, under one lens, before other rules have their say."""
    subject = Subject(chip)
    return Court(catalog, on, lens, party or Party(as_if=True)).verdict(rule, World(subject, catalog, on), subject)


def chosen_rules(only: str, catalog: Catalog) -> tuple[list[Rule], set[str]]:
    """Return the rules to evaluate (with those that one asked for alone stands in relation to) and those to report."""
    rules = {one.id: one for one in catalog.rules()}
    if not only:
        return [*rules.values()], set(rules)
    name = only.split("#")[0]
    if name not in rules:
        raise UnknownName(f"no rule has the id {only[:60]!r}.{did_you_mean(name, rules)}")
    needed: dict[str, Rule] = {}
    stack = [name]
    while stack:
        one = rules.get(stack.pop())
        if one is not None and one.id not in needed:
            needed[one.id] = one
            stack += one.related
    return [*needed.values()], {name}


def make_party(on: str, lens: str, to: str, hq: str, exporter: str, as_if: bool, catalog: Catalog) -> Party:
    """Return who and where, checked; an error says what is allowed."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", on):
        raise UnknownName(f"{on[:40]!r} is not a day; write for example 2025-04-20")
    if lens not in LENSES:
        raise UnknownName(f"a lens is one of {', '.join(LENSES)}, got {lens[:40]!r}")
    firms = catalog.groups().firms
    if exporter and exporter.casefold() not in firms:
        raise UnknownName(
            f"no firm has the id {exporter[:40]!r}.{did_you_mean(exporter, firms)} Firms: {', '.join(firms)}"
        )
    return Party(country(to) if to else "", country(hq) if hq else "", exporter.casefold(), as_if)


def comparisons_of(rule: Rule) -> list[Comparison]:
    """Return every comparison of a rule: of its limbs, its exclusions and its conditions."""
    rows = [one.all for one in (*rule.limbs, *rule.unless)] + [one.all for one in rule.conditions]
    return [one for row in rows for one in row]


def value_days(rules: Iterable[Rule]) -> set[str]:
    """Return the days on which a value of some comparison begins."""
    return {step.since for rule in rules for one in comparisons_of(rule) for step in one.values}


def court_of(catalog: Catalog, on: str, lens: str, party: Party) -> Court:
    """Return the court of a case; the last few are kept, so that many items cost little more than their figures."""
    key = (id(catalog), id(catalog.rulebook()), on, lens, party)
    if key not in _COURTS:
        while len(_COURTS) >= MOST_COURTS:
            del _COURTS[next(iter(_COURTS))]
        _COURTS[key] = Court(catalog, on, lens, party)
    return _COURTS[key]


MOST_COURTS = 4
_COURTS: dict[tuple[int, int, str, str, Party], Court] = {}


class Court:
    """One case: a catalogue at a date under a lens, a party, and the rules to look others up in."""

    def __init__(self, catalog: Catalog, on: str, lens: str, party: Party) -> None:
        self.catalog, self.on, self.lens, self.party = catalog, on, lens, party
        self.cases: dict[tuple[int, str, bool, str, str], RuleVerdict] = {}
        self.heard: dict[Subject, tuple[World, list[World]]] = {}
        self.book = catalog.rulebook()
        self.groups = catalog.groups()
        self.days = value_days(self.book.values())
        self.stage = self._stage()

    def at(self, on: str) -> Court:
        """Return the same case on another day."""
        other = copy(self)
        other.on, other.cases, other.heard = on, {}, {}
        other.stage = other._stage()
        return other

    def _stage(self) -> str:
        """Return the day on which the last dated value of any rule began: all that a predicate has of the day."""
        return max((day for day in self.days if day <= self.on), default="")

    def notes(self) -> tuple[str, ...]:
        """Return what the case takes for granted."""
        rows: list[str] = []
        if self.party.to and not self.party.hq:
            rows.append(f"the buyer is taken as a firm of {self.party.to}; --hq CC names another headquarters")
        if self.party.to in (one.code for one in self.groups.treated):
            others = [one for one in self.groups.treated if one.code == self.party.to]
            rows.append(f"{self.party.to} is taken where {others[0].as_code} is ({others[0].citation})")
        if not self.party.to:
            rows.append(
                "no destination given: of outcomes that differ by destination the strictest stands; --to CC names one"
            )
        return tuple(rows)

    def worlds(self, subject: Subject) -> tuple[World, list[World]]:
        """Return the inputs of the whole, and those of each distinct chip in it; kept with what was found of them."""
        if subject not in self.heard:
            self.heard[subject] = self._worlds(subject)
        return self.heard[subject]

    def _worlds(self, subject: Subject) -> tuple[World, list[World]]:
        catalog, on = self.catalog, self.on
        if subject.item.kind == "chip":
            chip = World(Subject(subject.item), catalog, on)
            return World(subject, catalog, on, [(Fraction(subject.count), chip)]), [chip]
        numbers: dict[str, Fraction] = {}
        for leaf, item in contents(subject.item, catalog=catalog, on=on):
            number = exact_value(leaf) if isinstance(leaf.value, float) else Fraction(0)
            numbers[item.id] = numbers.get(item.id, Fraction(0)) + number
        chips = [World(Subject(catalog.items[name]), catalog, on) for name in numbers]
        parts = [(Fraction(subject.count) * numbers[chip.item.id], chip) for chip in chips]
        # A system whose chips nobody states stands for itself: its figures are unknown, and so are the verdicts.
        return World(subject, catalog, on, parts or None), chips or [World(Subject(subject.item), catalog, on)]

    def hear(
        self, subject: Subject, whole: World, chips: list[World], rules: list[Rule], wanted: set[str]
    ) -> ItemVerdict:
        """Return the verdicts of some rules on a subject, with the outcome after precedence."""
        return self.decide(subject, rules, wanted, self.first(subject, whole, chips, rules))

    def first(self, subject: Subject, whole: World, chips: list[World], rules: Iterable[Rule]) -> list[Verdicts]:
        """Return the verdicts of some rules on each chip, before other rules have their say; those on the whole come last."""
        rules = list(rules)
        of_rest = [one for one in rules if one.item_class not in WHOLE]
        of_whole = {one.id: self.verdict(one, whole, subject) for one in rules if one.item_class in WHOLE}
        return [{one.id: self.verdict(one, chip, subject, whole) for one in of_rest} | of_whole for chip in chips]

    def decide(self, subject: Subject, rules: list[Rule], wanted: set[str], first: list[Verdicts]) -> ItemVerdict:
        """Return the verdicts after other rules have had their say, and the outcome."""
        found = [after_relations(rows.values()) for rows in first]
        kept = [[one for one in rows if one.rule.id in wanted] for rows in found]
        combined = worst_outcome([combine(rows) for rows in kept])
        by_rule = [{one.rule.id: one for one in rows} for rows in found]
        verdicts = [worst_verdict([rows[one.id] for rows in by_rule]) for one in rules if one.id in wanted]
        return ItemVerdict(subject, combined, tuple(verdicts), self.notes())

    def verdict(self, rule: Rule, world: World, subject: Subject, whole: World | None = None) -> RuleVerdict:
        """Return the verdict of one rule on one set of inputs, before other rules have their say.

        A condition on an aggregate is about the `whole` amount, also where the rule itself is about one chip.
        """
        chip = world.subject.key
        maker = world.item.maker or subject.item.maker
        case = (id(rule), subject.item.kind, subject.count > 1, maker, world.item.id if rule.items else "")
        if case not in self.cases:
            self.cases[case] = self._before(rule, subject, maker, world.item.id)
        before = self.cases[case]
        if before.verdict != "unknown":
            return before._replace(chip=chip)
        found = judge(build(rule, self.book, self.stage, world), world)
        verdict: Verdict = found.answer
        note = "; ".join(filter(None, (found.note, _undefined(found), self._counted(rule, world))))
        conditions: tuple[tuple[Condition, Truth], ...] = ()
        if verdict != "below" and rule.conditions:
            conditions = self._conditions(rule, world, whole or world)
            failed = [one for one, held in conditions if held is False and not one.advisory]
            if failed:
                verdict, note = "below", f"a condition fails: {failed[0].text} ({failed[0].citation})"
        return before._replace(chip=chip, verdict=verdict, judgement=found, note=note, conditions=conditions)

    def _before(self, rule: Rule, subject: Subject, maker: str, item: str) -> RuleVerdict:
        """Return the verdict of a rule that does not stand or does not reach a case; `unknown` where figures decide."""
        # a cluster that a user describes by its own figures has no chips to judge
        described = subject.item.kind == "cluster" and not subject.item.file
        if not classes(rule, "described cluster" if described else subject.item.kind, subject.count):
            note = f"about a {rule.item_class.replace('_', ' ')}"
            return RuleVerdict(rule, "", "out_of_scope", note=note, other_class=True)
        period, why = standing(rule, self.on, self.lens)
        if period is None:
            return RuleVerdict(rule, "", "not_in_force", note=why)
        reached = reach(rule, outcomes_of(rule, self.book), self.party, maker, self.on, self.lens, self.groups, item)
        if reached.why:
            return RuleVerdict(rule, "", "out_of_scope", note=reached.why, period=period)
        more: dict[str, Any] = {"branch": reached.branch, "period": period, "scored": reached.scored}
        if rule.kind == "reported":
            return RuleVerdict(rule, "", "reported", note=rule.missing, **more)
        return RuleVerdict(rule, "", "unknown", **more)

    def _conditions(self, rule: Rule, chip: World, whole: World) -> tuple[tuple[Condition, Truth], ...]:
        found: list[tuple[Condition, Truth]] = []
        for one in rule.conditions:
            world = whole if any("aggregate." in row.metric for row in one.all) else chip
            held = judge(build_condition(one, self.book, self.stage, world), world) if one.all else None
            answer = {"crosses": True, "below": False}.get(held.answer) if held else None
            found.append((one, answer))
        return tuple(found)

    def _counted(self, rule: Rule, world: World) -> str:
        """Say under which counting a figure was taken, where the law counts in its own way."""
        if not rule.counting:
            return ""
        names = {one.metric for limb in rule.limbs for one in limb.all if one.metric.startswith("training_compute.")}
        plain = [name for name in names if world.figure(name).name == "training_compute" and world.figure(name).known]
        return f"the figure given is taken as counted so: {rule.counting}" if plain else ""


def _undefined(found: Judgement) -> str:
    return (
        "no logic die on a non-planar node: the density is not defined, and tests of it are false"
        if found.undefined
        else ""
    )


__all__ = [
    "LENSES",
    "WORST",
    "Court",
    "ItemVerdict",
    "Party",
    "Reading",
    "RuleVerdict",
    "check",
    "evaluate_rule",
    "exact_corners",
    "exact_value",
]
