# SPDX-License-Identifier: Apache-2.0
"""The predicate of a rule on the figures of a subject: three-valued, exact, over every reading.

A missing figure gives unknown, unless another limb decides. Where two readings fall on two sides of a line the
predicate straddles it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, product
from typing import Literal, NamedTuple

from chipgauge.calc.law.inputs import Stretch, World, limit_of
from chipgauge.specs.figure import Figure
from chipgauge.specs.rules import Comparison, Condition, Limb, Rule
from chipgauge.specs.terms import (
    UNDEFINED,
    Term,
    Value,
    evaluate,
    has_difference,
    occurrences,
    parse_term,
    plain,
    solve,
)

Truth = bool | None
Answer = Literal["crosses", "below", "straddles", "unknown"]
Values = Mapping[str, Value]

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


Line = tuple[str, str, str]
"""Metric, operator and value: the same line in two rules is one comparison."""


class Leaf(NamedTuple):
    """One comparison, ready to be made: `limb` is the limb of the rule that was asked, `rule` the one it refers to."""

    comparison: Comparison
    term: Term
    limit: Value
    limb: str
    rule: str = ""

    @property
    def line(self) -> Line:
        """Metric, operator and value."""
        return self.comparison[:3]


class Node(NamedTuple):
    """A tree over comparisons: `kind` is all, any, not or leaf; `name` is the rule or limb that a reference opened."""

    kind: str
    parts: tuple[Node, ...] = ()
    leaf: Leaf | None = None
    name: str = ""


class Predicate(NamedTuple):
    """The tree of a rule with its comparisons and the names that they take, each once."""

    tree: Node
    rows: tuple[Leaf, ...]
    names: tuple[str, ...]
    lines: tuple[tuple[Line, Leaf], ...]

    @staticmethod
    def of(tree: Node) -> Predicate:
        """Return the predicate of a tree."""
        rows = tuple(leaves(tree))
        names = {name for leaf in rows for name in occurrences(leaf.term)}
        lines = {leaf.line: leaf for leaf in rows}
        ordered = tuple(sorted(names, key=lambda name: (name != "tpp", name)))
        return Predicate(tree, rows, ordered, tuple(lines.items()))


class Reading(NamedTuple):
    """One comparison of a rule on the inputs of a subject; `margin` is x / threshold - 1, exact."""

    comparison: Comparison
    holds: Truth
    margin: Fraction | None
    limb: str
    rule: str
    world: World

    @property
    def figure(self) -> Figure:
        """The figure that the comparison was made on."""
        return self.world.shown(parse_term(self.comparison.metric))

    @property
    def read(self) -> Fraction | None:
        """The number that the law takes, from its limit and the margin; None where no margin is told. [base units]"""
        limit = limit_of(parse_term(self.comparison.metric), self.comparison.value)
        return limit * (self.margin + 1) if self.margin is not None and isinstance(limit, Fraction) else None

    @property
    def slack(self) -> Fraction | None:
        """How far the comparison is from failing, relative to its threshold; negative where it fails."""
        if self.margin is None:
            return None
        return self.margin if self.comparison.op in (">", ">=") else -self.margin


class Judgement:
    """What a predicate gives on one subject; every comparison, and the one that decides, when they are asked for."""

    def __init__(self, predicate: Predicate, world: World) -> None:
        self.predicate, self.world = predicate, world
        made: list[dict[str, Value]] = []
        if all(line in world.settled or _settled(leaf, world) for line, leaf in predicate.lines):
            truths = [truth(predicate.tree, {}, world, world.settled)]
        else:
            made = scenarios(predicate, world)
            truths = [truth(predicate.tree, values, world) for values in made]
        found = set(truths)
        both = {True, False} <= found
        self.answer: Answer = (
            "crosses" if found == {True} else "below" if found == {False} else "straddles" if both else "unknown"
        )
        self.note = _split(made, truths, world) if both else ""

    @cached_property
    def first(self) -> dict[str, Value]:
        """The values that law takes first."""
        return {name: self.world.primary(name) for name in self.predicate.names}

    @property
    def undefined(self) -> bool:
        """Whether a density was asked for of a part without a logic die that counts."""
        return "die.area" in self.predicate.names and self.world.undefined

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Every comparison with its figure, on the values that law takes first."""
        return tuple(_reading(leaf, self.first, self.world) for leaf in self.predicate.rows)

    @cached_property
    def deciding(self) -> Reading | None:
        """The comparison that decides: the worst of an `all`, the best of an `any`."""
        by_leaf = {id(leaf): row for leaf, row in zip(self.predicate.rows, self.readings, strict=True)}
        whole, _, row = _decide_whole(self.predicate.tree, by_leaf)
        if whole is not None and self.answer == "unknown":
            # the first reading decides and another does not: what that one lacks is missing
            return next((one for one in self.readings if one.holds is None), row)
        return row

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The keys of the figures without which the predicate is unknown."""
        lacking = [row for row in self.readings if row.holds is None] if self.answer == "unknown" else []
        return tuple(dict.fromkeys(key for row in lacking for key in row.figure.missing))


# --- building ------------------------------------------------------------------------------------------------------


def build(rule: Rule, book: Mapping[str, Rule], on: str, world: World) -> Predicate:
    """Return a rule's predicate on a day; a reference to another rule is opened in place.

    The tree differs between subjects only in what their tables state themselves, so one is kept for many.
    """
    key = (id(rule), id(book), on, world.stated)
    if key not in _TREES:
        if len(_TREES) > MOST_TREES:
            _TREES.clear()
        _TREES[key] = (
            rule,
            book,
            Predicate.of(_build(rule, book, on, world)),
        )  # with what the ids stand for, so that they last
    return _TREES[key][2]


def build_condition(one: Condition, book: Mapping[str, Rule], on: str, world: World) -> Predicate:
    """Return the predicate of a condition of a rule."""
    key = (id(one), id(book), on, world.stated)
    if key not in _TREES:
        tree = Node("all", (comparisons(one.all, book, on, world, one.id), Node("not", (Node("any"),))))
        _TREES[key] = (one, book, Predicate.of(tree))
    return _TREES[key][2]


MOST_TREES = 4096
_TREES: dict[tuple[int, int, str, tuple[str, ...]], tuple[Rule | Condition, Mapping[str, Rule], Predicate]] = {}


def _build(rule: Rule, book: Mapping[str, Rule], on: str, world: World) -> Node:
    return Node("all", (_limbs(rule, book, on, world, "", ""), Node("not", (_unless(rule, book, on, world, "", ""),))))


def _limbs(rule: Rule, book: Mapping[str, Rule], on: str, world: World, limb: str, path: str) -> Node:
    return Node("any", tuple(_limb(one, book, on, world, limb or one.id, path) for one in rule.limbs))


def _unless(rule: Rule, book: Mapping[str, Rule], on: str, world: World, limb: str, path: str) -> Node:
    return Node("any", tuple(_limb(one, book, on, world, limb or one.id, path) for one in rule.unless))


def _limb(limb: Limb, book: Mapping[str, Rule], on: str, world: World, top: str, path: str) -> Node:
    return comparisons(limb.all, book, on, world, top, path)


def comparisons(
    rows: Iterable[Comparison], book: Mapping[str, Rule], on: str, world: World, limb: str, path: str = ""
) -> Node:
    """Return the tree of comparisons that must all hold."""
    parts: list[Node] = []
    for one in rows:
        if one.rule:
            parts.append(_referred(one, book, on, world, limb))
            continue
        term = world.term(one.metric)
        value = one.at(on)
        shown = one if not one.values else one._replace(value=value)
        parts.append(Node("leaf", leaf=Leaf(shown, term, limit_of(term, value), limb, path)))
    return Node("all", tuple(parts))


def _referred(one: Comparison, book: Mapping[str, Rule], on: str, world: World, limb: str) -> Node:
    name, _, part = one.rule.partition("#")
    other = book[name]
    if part:
        found = next(row for row in other.limbs if row.id == part)
        tree = _limb(found, book, on, world, limb, one.rule)._replace(name=f"{one.rule}@{on}")
    else:
        parts = tuple(_limb(row, book, on, world, limb, f"{name}#{row.id}") for row in other.limbs)
        unless = Node("not", (_unless(other, book, on, world, limb, name),))
        tree = Node("all", (Node("any", parts), unless), name=f"{one.rule}@{on}")
    return tree if one.holds else Node("not", (tree,))


def leaves(node: Node) -> Iterator[Leaf]:
    """Return every comparison of a tree, in the order of the text."""
    if node.leaf:
        yield node.leaf
    for part in node.parts:
        yield from leaves(part)


# --- truth -----------------------------------------------------------------------------------------------------------


def truth(node: Node, values: Values, world: World, settled: dict[Line, Truth] | None = None) -> Truth:
    """Return whether a tree holds for some values: Kleene's logic, where unknown decides nothing.

    With `settled`, what the comparisons give whatever the reading (and the rules that are referred to, once known).
    """
    leaf = node.leaf
    if leaf is not None:
        return compare(leaf, values, world) if settled is None else settled[leaf.line]
    if settled is not None and node.name:
        line = (node.name, "", "")
        if line not in settled:
            settled[line] = truth(node._replace(name=""), values, world, settled)
        return settled[line]
    if node.kind == "not":
        inner = truth(node.parts[0], values, world, settled)
        return None if inner is None else not inner
    decides = node.kind == "any"
    found: Truth = not decides
    for part in node.parts:
        one = truth(part, values, world, settled)
        if one is decides:
            return decides
        found = None if one is None else found
    return found


def compare(leaf: Leaf, values: Values, world: World) -> Truth:
    """Return whether one comparison holds; a figure that is at least something may decide without a value."""
    value, limit, op = evaluate(leaf.term, values), leaf.limit, leaf.comparison.op
    if isinstance(value, Fraction) and isinstance(limit, Fraction):
        return _COMPARE[op](value, limit)
    if value == UNDEFINED:
        return False  # no logic die that counts: there is no density to compare
    if isinstance(value, str):
        return value == limit
    if leaf.term.kind != "name" or not isinstance(limit, Fraction):
        return None
    floor = world.floor(leaf.term.text)
    if floor is None or op == "==":
        return None
    holds = _COMPARE[op](floor, limit)  # of a value that is at least the floor
    return True if holds and op in (">", ">=") else False if not holds and op in ("<", "<=") else None


def _settled(leaf: Leaf, world: World) -> bool:
    """Whether a comparison gives the same whatever the reading; what it gives is kept with the inputs.

    An expression without a difference runs one way in each of its inputs: what holds at every corner of their
    stretches holds between them.
    """
    line = leaf.line
    if line in world.unsettled:
        return False
    names = occurrences(leaf.term)
    ends = [dict.fromkeys(one for stretch in world.readings(name) for one in stretch) for name in names]
    many = any(len(one) > 1 for one in ends)
    found = {compare(leaf, dict(zip(names, mix, strict=True)), world) for mix in product(*ends)}
    if len(found) > 1 or (many and (leaf.comparison.op == "==" or has_difference(leaf.term))):
        world.unsettled.add(line)
        return False
    world.settled[line] = found.pop()
    return True


# --- readings --------------------------------------------------------------------------------------------------------


def scenarios(predicate: Predicate, world: World) -> list[dict[str, Value]]:
    """Return the values of every reading, one dictionary each.

    In a stretch between two ends every limit inside it is a point, and one between each two: a band may lie between
    the ends. Which points those are depends on the other inputs of the same expression.
    """
    rows, names = predicate.rows, predicate.names
    choices = {name: world.readings(name) for name in names}
    if all(len(stretches) == 1 == len(stretches[0]) for stretches in choices.values()):
        return [{name: stretches[0][0] for name, stretches in choices.items()}]
    made: list[dict[str, Value]] = []

    def walk(place: int, fixed: dict[str, Value]) -> None:
        if place == len(names):
            made.append(dict(fixed))
            return
        name = names[place]
        for value in _points(name, choices, names[place + 1 :], fixed, rows):
            walk(place + 1, {**fixed, name: value})

    walk(0, {})
    return made


def _points(
    name: str, choices: Mapping[str, tuple[Stretch, ...]], rest: tuple[str, ...], fixed: Values, rows: tuple[Leaf, ...]
) -> list[Value]:
    found: dict[Value, None] = {}
    for stretch in choices[name]:
        numbers = sorted({one for one in stretch if isinstance(one, Fraction)})
        found.update(dict.fromkeys(stretch))
        if len(numbers) > 1:
            low, high = numbers[0], numbers[-1]
            lines = {line for leaf in rows for line in _lines(leaf, name, choices, rest, fixed) if low < line < high}
            marks = sorted({*numbers, *lines})
            found.update(dict.fromkeys([*marks, *((a + b) / 2 for a, b in pairwise(marks))]))
    return list(found)


def _lines(
    leaf: Leaf, name: str, choices: Mapping[str, tuple[Stretch, ...]], rest: tuple[str, ...], fixed: Values
) -> Iterator[Fraction]:
    used = occurrences(leaf.term)
    if name not in used or not isinstance(leaf.limit, Fraction):
        return
    free = [other for other in rest if other in used]
    ends = [[one for stretch in choices[other] for one in stretch] for other in free]
    for mix in product(*ends):
        yield from solve(leaf.term, name, {**fixed, **dict(zip(free, mix, strict=True))}, leaf.limit)


# --- judgement -------------------------------------------------------------------------------------------------------


def judge(predicate: Predicate, world: World) -> Judgement:
    """Return what a predicate gives over every reading of a subject; kept with the subject's inputs."""
    if id(predicate) not in world.judged:
        world.judged[id(predicate)] = Judgement(predicate, world)
    found: Judgement = world.judged[id(predicate)]
    return found


def _reading(leaf: Leaf, values: Values, world: World) -> Reading:
    key = leaf.line
    if key not in world.compared:  # the same line stands in many rules
        value, limit = evaluate(leaf.term, values), leaf.limit
        margin = None
        row = plain(leaf.term)
        if isinstance(value, Fraction) and isinstance(limit, Fraction) and limit and not (row and row.kind == "date"):
            margin = value / limit - 1
        world.compared[key] = (compare(leaf, values, world), margin)
    holds, margin = world.compared[key]
    return Reading(leaf.comparison, holds, margin, leaf.limb, leaf.rule, world)


class Decision(NamedTuple):
    """The truth of a tree, how far it is from another (relative to a threshold), and the comparison that decides it."""

    holds: Truth
    slack: Fraction | None
    row: Reading | None


def _decide_whole(node: Node, rows: Mapping[int, Reading]) -> Decision:
    """Return the comparison that decides a rule: one of its limbs, or of the exclusion where that alone takes it out."""
    limbs, out = (_decide(part, rows) for part in node.parts)
    if limbs.holds is True and out.holds is not True:
        return out
    return limbs if out.holds is True or limbs.holds is False else limbs._replace(holds=None)


def _decide(node: Node, rows: Mapping[int, Reading]) -> Decision:
    """Return what decides a tree: the worst of an `all`, the best of an `any`."""
    if node.leaf:
        row = rows[id(node.leaf)]
        return Decision(row.holds, row.slack, row)
    below = [_decide(part, rows) for part in node.parts]
    if node.kind == "not":
        inner = below[0]
        holds = None if inner.holds is None else not inner.holds
        return Decision(holds, None if inner.slack is None else -inner.slack, inner.row)
    worst = node.kind == "all"
    truths = {one.holds for one in below}
    whole: Truth = (not worst) if (not worst) in truths else None if None in truths else worst
    deciding = [one for one in below if one.holds is whole and one.row is not None]
    ranked = [(one.slack, one) for one in deciding if one.slack is not None]
    if whole is None or not ranked:
        return Decision(whole, None, deciding[0].row if deciding else None)
    best = (min if worst else max)(ranked, key=lambda pair: pair[0])[1]
    return Decision(whole, best.slack, best.row)


def _split(made: list[dict[str, Value]], truths: list[Truth], world: World) -> str:
    """Return which readings fall on which side of the rule."""
    labels = world.labels() if any("tpp" in values for values in made) else {}
    sides: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for values, held in zip(made, truths, strict=True):
        tpp = values.get("tpp")
        if held is not None and isinstance(tpp, Fraction):
            shown = f"{float(tpp * 8 / 10**12):,.6g} TPP ({labels.get(tpp, 'within the range')})"
            sides[held][shown] = None
    both = sides[True].keys() & sides[False].keys()
    if not sides[True] or not sides[False] or both == sides[True].keys() | sides[False].keys():
        return "the readings of another figure than TPP differ: see its range"
    return f"true at {', '.join(sides[True])}; false at {', '.join(sides[False])}"
