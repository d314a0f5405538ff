# SPDX-License-Identifier: Apache-2.0
"""The left side of a comparison in a rule: a quantity name, or `memory.bandwidth + io.bandwidth`, on exact fractions.

A rule names no item, so its expressions are those of `calc.grammar` without the brackets for one: names of quantities,
numbers with units (written without a space inside the unit: `3 GB/s`), `+ - * /`, brackets, `max(a, b)`, `min(a, b)`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from chipgauge.specs.errors import ExpressionError, UnitError
from chipgauge.specs.quantities import Quantity, find
from chipgauge.specs.units import DIMENSIONLESS, Dimension, exact, parse_unit

MOST_CHARACTERS, MOST_DEPTH = 200, 12

Value = Fraction | str | None
"""A number in base units, a text (yes, no, a word), or None where nobody states it."""
UNDEFINED = "undefined"
"""The value of a quotient whose denominator the part does not have: every comparison with it is false."""


class Term(NamedTuple):
    """A node: `kind` is name, number, one of + - * /, max or min; `text` is the name or the number as written."""

    kind: str
    text: str = ""
    number: Fraction = Fraction(0)
    dimension: Dimension = DIMENSIONLESS
    parts: tuple[Term, ...] = ()


_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)(?:\s?(?P<unit>[A-Za-z%]+(?:[/^][A-Za-z0-9]+)*))?"
    r"|(?P<name>[a-z][a-z0-9_.]*)|(?P<sign>[-+*/(),]))"
)


@lru_cache(maxsize=1024)
def parse_term(text: str) -> Term:
    """Return the tree of an expression, its units checked.

    >>> parse_term("memory.bandwidth + io.bandwidth").kind
    '+'
    >>> parse_term("memory.bandwidth + tpp")
    Traceback (most recent call last):
    chipgauge.specs.errors.UnitError: memory.bandwidth + tpp adds two kinds of quantity

    Raises
    ------
    ExpressionError, UnknownName, UnitError
        The text cannot be read; no quantity has this name; a sum of two kinds of quantity.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"a metric has at most {MOST_CHARACTERS} characters, got {len(text):,}")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def whole(self) -> Term:
        made = self.sum()
        if self.text[self.at :].strip():
            self.refuse("an operator or the end")
        named = [name for name in occurrences(made)]
        twice = [name for name in named if named.count(name) > 1]
        if twice:
            raise ExpressionError(f"{twice[0]} stands twice in {self.text[:80]!r}; name each quantity once")
        return made

    def refuse(self, expected: str) -> None:
        raise ExpressionError(
            f"expected {expected} at character {self.at + 1} of {self.text[:80]!r}; write for example "
            "memory.bandwidth + io.bandwidth",
            self.at,
        )

    def take(self, *signs: str) -> str:
        found = _TOKEN.match(self.text, self.at)
        if found and found["sign"] in signs:
            self.at = found.end()
            return found["sign"]
        return ""

    def sum(self) -> Term:
        left = self.product()
        while sign := self.take("+", "-"):
            left = _sum(sign, left, self.product(), self.text)
        return left

    def product(self) -> Term:
        left = self.operand()
        while sign := self.take("*", "/"):
            right = self.operand()
            way = 1 if sign == "*" else -1
            pairs = zip(left.dimension, right.dimension, strict=True)
            left = Term(sign, dimension=tuple(a + way * b for a, b in pairs), parts=(left, right))
        return left

    def operand(self) -> Term:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            self.refuse("a quantity name, a number or '('")
        assert found is not None
        if found["number"]:
            self.at = found.end()
            unit = parse_unit(found["unit"] or "1")
            number = exact(found["number"].replace(",", ""), unit)
            return Term("number", found[0].strip(), number, unit.dimension)
        if found["name"] in ("max", "min"):
            self.at = found.end()
            return self.choice(found["name"])
        if found["name"]:
            self.at = found.end()
            return _name(found["name"])
        self.depth += 1
        if found["sign"] != "(" or self.depth > MOST_DEPTH:
            self.refuse("a quantity name, a number or '('")
        self.at = found.end()
        made = self.sum()
        if not self.take(")"):
            self.refuse("')'")
        self.depth -= 1
        return made

    def choice(self, name: str) -> Term:
        if not self.take("("):
            self.refuse("'('")
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        if not self.take(")") or len(parts) < 2:
            self.refuse("',' or ')'")
        if len({part.dimension for part in parts}) > 1:
            raise UnitError(f"{self.text[:80]} takes the {name} of two kinds of quantity")
        return Term(name, dimension=parts[0].dimension, parts=tuple(parts))


def _sum(sign: str, left: Term, right: Term, text: str) -> Term:
    if left.dimension != right.dimension:
        raise UnitError(f"{text[:80]} adds two kinds of quantity")
    return Term(sign, dimension=left.dimension, parts=(left, right))


@lru_cache(maxsize=512)
def _name(name: str) -> Term:
    return Term("name", name, dimension=parse_unit(find(name).unit).dimension)


def plain(term: Term) -> Quantity | None:
    """Return the quantity of a term that is one name, else None."""
    return find(term.text) if term.kind == "name" else None


def occurrences(term: Term) -> list[str]:
    """Return every name in a term, from left to right."""
    if term.kind == "name":
        return [term.text]
    return [name for part in term.parts for name in occurrences(part)]


def has_difference(term: Term) -> bool:
    """Whether a term subtracts: without that it runs one way in each of its inputs, which are never negative."""
    return term.kind == "-" or any(map(has_difference, term.parts))


def evaluate(term: Term, values: Mapping[str, Value]) -> Value:
    """Return the exact value of a term; None where an input is unknown, `UNDEFINED` where a denominator is nothing.

    >>> evaluate(parse_term("tpp / die.area"), {"tpp": Fraction(6), "die.area": Fraction(2)})
    Fraction(3, 1)
    """
    if term.kind == "name":
        return values.get(term.text)
    if term.kind == "number":
        return term.number
    found = [evaluate(part, values) for part in term.parts]
    if UNDEFINED in found:
        return UNDEFINED
    numbers = [value for value in found if isinstance(value, Fraction)]
    if len(numbers) < len(found):
        return None
    if term.kind == "/" and not numbers[1]:
        return UNDEFINED
    return _APPLY[term.kind](*numbers)


def _over(a: Fraction, b: Fraction) -> Fraction:
    return a / b


_APPLY: dict[str, Callable[..., Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _over,
    "max": max,
    "min": min,
}

_Pair = tuple[Fraction, Fraction]


def solve(term: Term, name: str, values: Mapping[str, Value], limit: Fraction) -> list[Fraction]:
    """Return where a term equals a limit as one of its inputs moves and the others stand: exact, at most one a branch.

    Each name stands once in a term, so it is a quotient of two straight lines in that input (a `max` or `min` has one
    for each of its arguments).

    >>> solve(parse_term("tpp / die.area"), "die.area", {"tpp": Fraction(12)}, Fraction(4))
    [Fraction(3, 1)]
    """
    found: dict[Fraction, None] = {}
    for (a, b), (c, d) in _lines(term, name, values):  # (a + b x) / (c + d x) = limit
        slope = b - limit * d
        if slope:
            found[(limit * c - a) / slope] = None
    return list(found)


def _lines(term: Term, name: str, values: Mapping[str, Value]) -> list[tuple[_Pair, _Pair]]:
    one: _Pair = (Fraction(1), Fraction(0))
    if term.kind == "name" and term.text == name:
        return [((Fraction(0), Fraction(1)), one)]
    if name not in occurrences(term):
        value = evaluate(term, values)
        return [((value, Fraction(0)), one)] if isinstance(value, Fraction) else []
    parts = [_lines(part, name, values) for part in term.parts]
    if term.kind in ("max", "min"):
        return [line for part in parts for line in part]
    made: list[tuple[_Pair, _Pair]] = []
    for p, q in ((left, right) for left in parts[0] for right in parts[1]):
        made.append(_JOIN[term.kind](p, q))
    return made


def _times(a: _Pair, b: _Pair) -> _Pair:
    # one of the two does not hold the name: the product has no square
    return (a[0] * b[0], a[0] * b[1] + a[1] * b[0])


def _add(p: tuple[_Pair, _Pair], q: tuple[_Pair, _Pair], way: int) -> tuple[_Pair, _Pair]:
    left, right = _times(p[0], q[1]), _times(q[0], p[1])
    return ((left[0] + way * right[0], left[1] + way * right[1]), _times(p[1], q[1]))


_JOIN: dict[str, Callable[[tuple[_Pair, _Pair], tuple[_Pair, _Pair]], tuple[_Pair, _Pair]]] = {
    "+": lambda p, q: _add(p, q, 1),
    "-": lambda p, q: _add(p, q, -1),
    "*": lambda p, q: (_times(p[0], q[0]), _times(p[1], q[1])),
    "/": lambda p, q: (_times(p[0], q[1]), _times(p[1], q[0])),
}
