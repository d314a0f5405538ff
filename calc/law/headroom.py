# SPDX-License-Identifier: Apache-2.0
"""How far each input of a rule may move before the verdict flips: exact, one input at a time, or two as a frontier.

Along one input every comparison of a rule changes at most once on each of its branches, so the truth of the rule is
constant between the points where a comparison meets its limit: those points and one in each gap are all there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from chipgauge.calc.law.exact import exact_value
from chipgauge.calc.law.inputs import DEFINED, World
from chipgauge.calc.law.predicate import Predicate, Truth, build, truth
from chipgauge.calc.law.scope import WHOLE
from chipgauge.calc.quantity import quantity, tpp_modes
from chipgauge.calc.thresholds import Court, Party, RuleVerdict, check, chosen_rules
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.quantities import find
from chipgauge.specs.records import Subject
from chipgauge.specs.rules import FAVOURABLE, Rule
from chipgauge.specs.terms import Value, occurrences, solve

MOST_ROWS = 41
"""A frontier has at most so many rows."""


class Limit(NamedTuple):
    """Where the verdict flips as one input moves: `change` is limit / value - 1, exact; None where there is no value.

    `reached` says whether the limit itself flips it, or only what lies beyond; `up` which way the input moves.
    `becomes` is the truth of the rule there.
    """

    name: str
    value: Value
    limit: Value
    change: Fraction | None
    reached: bool
    up: bool
    becomes: bool


class Stretch(NamedTuple):
    """Where one is clear of a rule (or inside a lane): of the second input, at one value of the first.

    `low` is None where no value of the second input is clear, `high` where there is no end.
    """

    at: Fraction
    low: Fraction | None
    high: Fraction | None
    low_in: bool
    high_in: bool


class Headroom(NamedTuple):
    """What `headroom` answers: the verdict, the limits with the nearest first, the inputs without one, a frontier."""

    subject: Subject
    rule: Rule
    verdict: RuleVerdict
    limits: tuple[Limit, ...]
    fixed: tuple[str, ...]
    vary: tuple[str, ...] = ()
    frontier: tuple[Stretch, ...] = ()


def headroom(
    item: str | Subject, rule: str, *, vary: Sequence[str] = (), on: str = "", catalog: Catalog | None = None
) -> Headroom:
    """Return for each input of a rule the limit at which the verdict on an item flips.

    Parameters
    ----------
    item : str or Subject
        A chip; of a system the chip that decides; an amount for a rule about a shipment.
    rule : str
        Id of the rule.
    vary : sequence of str
        Two inputs for a frontier: for each value of the first, where the second keeps clear of the rule (or inside it,
        where that is what one wants: an exception or a lane). The limits are then those of these inputs only.

    Raises
    ------
    UnknownName
        No such rule or item; an input that does not enter the rule, with those that do.

    Examples
    --------
    The H20 is 1.35% under the 2,400 TPP of 3A090.b:

    >>> nearest = headroom("H20", "us-bis-3a090-b").limits[0]
    >>> nearest.name, nearest.change
    ('tpp', Fraction(1, 74))
    """
    catalog = catalog or shipped()
    on = on or catalog.as_of
    subject = item if isinstance(item, Subject) else catalog.subject(item)
    asked = catalog.rulebook()[next(iter(chosen_rules(rule, catalog)[1]))]
    if not asked.limbs:
        raise UnknownName(f"{asked.id} is only reported: it has no threshold to be far from")
    verdict = check(subject, on=on, rule=asked.id, as_if=True, catalog=catalog).verdicts[0]
    world = _world(asked, verdict, subject, catalog, on)
    if kept := [name for name in vary if name in DEFINED]:
        world = World(world.subject, catalog, on, world.parts, kept)
    predicate = build(asked, catalog.rulebook(), on, world)
    wanted = _wanted(predicate, vary, asked)
    base = {name: world.primary(name) for name in predicate.names}
    rows = [limit for name in wanted for limit in _limits(name, predicate, base, world)]
    if "tpp" in predicate.names and not vary:
        rows += [rate for row in rows if row.name == "tpp" for rate in _rates(row, world)]
    rows.sort(key=lambda row: (row.change is None, abs(row.change or 0), row.name.startswith("peak."), row.name))
    fixed = tuple(name for name in wanted if name not in {row.name for row in rows})
    clear = asked.kind in FAVOURABLE
    frontier = tuple(_frontier(vary[0], vary[1], predicate, base, world, clear)) if len(vary) == 2 else ()
    return Headroom(subject, asked, verdict, tuple(rows), fixed, tuple(vary), frontier)


def _world(rule: Rule, verdict: RuleVerdict, subject: Subject, catalog: Catalog, on: str) -> World:
    whole, chips = Court(catalog, on, "text", Party()).worlds(subject)
    if rule.item_class in WHOLE:
        return whole
    return next((chip for chip in chips if chip.subject.key == verdict.chip), chips[0])


def _wanted(predicate: Predicate, vary: Sequence[str], rule: Rule) -> list[str]:
    for name in vary:
        if name not in predicate.names:
            find(name)
            names = ", ".join(predicate.names)
            raise UnknownName(
                f"{name} does not enter {rule.id}; its inputs: {names}.{did_you_mean(name, predicate.names)}"
            )
    if len(vary) > 2 or len(set(vary)) < len(vary):
        raise UnknownName("--vary takes one input, or two that differ, as in --vary memory.bandwidth,io.bandwidth")
    return list(vary or predicate.names)


# --- one input -------------------------------------------------------------------------------------------------------

Place = tuple[Fraction | None, Fraction | None, Truth]
"""A point (both ends equal) or an open stretch between two points, with the truth there; None: without end."""


def _places(name: str, predicate: Predicate, base: Mapping[str, Value], world: World) -> list[Place]:
    """Return the whole line of one input from above nothing on, in order."""
    marks = sorted({mark for mark in _marks(name, predicate, base) if mark > 0})

    def at(value: Fraction) -> Truth:
        return truth(predicate.tree, {**base, name: value}, world)

    if not marks:
        return [(Fraction(0), None, at(Fraction(1)))]
    found: list[Place] = [(Fraction(0), marks[0], at(marks[0] / 2))]
    for one, other in pairwise([*marks, None]):
        assert one is not None
        found.append((one, one, at(one)))
        found.append((one, other, at((one + other) / 2 if other is not None else 2 * one)))
    return found


def _marks(name: str, predicate: Predicate, base: Mapping[str, Value]) -> list[Fraction]:
    found: list[Fraction] = []
    for leaf in predicate.rows:
        limit = leaf.limit
        if name in occurrences(leaf.term) and isinstance(limit, Fraction):
            found += solve(leaf.term, name, base, limit)
    return found


def _limits(name: str, predicate: Predicate, base: Mapping[str, Value], world: World) -> list[Limit]:
    now, value = truth(predicate.tree, base, world), base[name]
    kind = find(name).kind
    if kind == "yes_no":
        return [
            Limit(name, value, word, None, True, True, turned)
            for word in ("yes", "no")
            if word != value
            and (turned := truth(predicate.tree, {**base, name: word}, world)) is not None
            and turned is not now
        ]
    if kind != "number":
        return []
    places = _places(name, predicate, base, world)
    if not isinstance(value, Fraction):
        return [
            Limit(name, None, place[0] if up else place[1], None, place[0] == place[1], up, place[2])
            for before, place in pairwise(places)
            for up in (True,)
            if place[2] is not None and place[2] is not before[2]
        ]  # fmt: skip
    here = next((n for n, (low, high, _) in enumerate(places) if _inside(value, low, high)), None)
    if here is None:
        return []
    found: list[Limit] = []
    for up, line in ((True, places[here + 1 :]), (False, places[:here][::-1])):
        flip = next((place for place in line if place[2] is not None and place[2] is not now), None)
        if flip is not None:
            low, high, becomes = flip
            limit = low if up else high
            assert limit is not None and becomes is not None
            found.append(Limit(name, value, limit, limit / value - 1 if value else None, low == high, up, becomes))
    return found


def _inside(value: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    if low == high:
        return value == low
    return (low is None or low < value) and (high is None or value < high)


def _rates(row: Limit, world: World) -> list[Limit]:
    """Return the limit of TPP as one of each dense rate: up, any mode that reaches it; down, the only mode above it."""
    if world.of("tpp").kind == "leaf" or not isinstance(row.limit, Fraction):
        return []
    constants = world.catalog.items["constant"]
    modes: dict[str, tuple[Fraction, Fraction]] = {}
    for mode in tpp_modes(world.catalog, world.item)[0]:
        figure = world.of(f"peak.{mode}")
        if figure.known:
            length = exact_value(quantity(f"bits.{mode}", Subject(constants), catalog=world.catalog))
            modes[mode] = (exact_value(figure), length)
    found: list[Limit] = []
    for mode, (rate, bits) in modes.items():
        others = [r * b for other, (r, b) in modes.items() if other != mode]
        limit = row.limit / bits
        reachable = limit > rate if row.up else limit < rate and all(one < row.limit for one in others)
        if reachable and rate:
            found.append(row._replace(name=f"peak.{mode}", value=rate, limit=limit, change=limit / rate - 1))
    return found


# --- two inputs ------------------------------------------------------------------------------------------------------


def _frontier(
    one: str, other: str, predicate: Predicate, base: Mapping[str, Value], world: World, wanted: bool
) -> list[Stretch]:
    """Return, at values of one input, where another gives the truth that one wants."""
    corners = [base[other], *_marks(other, predicate, base)]
    marks = {mark for value in corners for mark in _marks(one, predicate, {**base, other: value}) if mark > 0}
    own = base[one]
    if isinstance(own, Fraction) and own > 0:
        marks.add(own)
    ordered = sorted(marks)
    between = [(a + b) / 2 for a, b in pairwise([Fraction(0), *ordered])]
    values = sorted({*ordered, *between})[:MOST_ROWS]
    return [row for value in values for row in _stretches(value, one, other, predicate, base, world, wanted)]


def _stretches(
    at: Fraction, one: str, other: str, predicate: Predicate, base: Mapping[str, Value], world: World, wanted: bool
) -> list[Stretch]:
    places = _places(other, predicate, {**base, one: at}, world)
    found: list[Stretch] = []
    for low, high, holds in places:
        if holds is not wanted:
            continue
        point = low == high
        last = found[-1] if found else None
        if last is not None and last.high == low and (point or last.high_in):
            found[-1] = last._replace(high=high, high_in=point)
        else:
            found.append(Stretch(at, low, high, point, point))
    return found or [Stretch(at, None, None, False, False)]


__all__ = ["Headroom", "Limit", "Stretch", "headroom"]
