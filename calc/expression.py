# SPDX-License-Identifier: Apache-2.0
"""The little language of `explain`, rules and claims: `tpp(H200 NVL)/tpp(H20)`, `count(8 H200, 910C, by=peak.bf16)`.

One recursive descent makes a small tree of bounded height, one walk makes a Figure of it. Read one way only:

- The longest run of unit words after a number belongs to it: `x/1600 TPP` is x/(1600 TPP), `3 GB/s` has one unit,
  `3 mm^2` is an area; a power of a number with a unit is written `(3 GB)^2`.
- A comma in a number marks thousands, except inside the brackets of a function, where it separates arguments:
  `min(1,200)` is 1. An amount keeps its commas everywhere: `count(100,000 H200, ...)`.
- `2024-01-31` is a date, never a difference; `-2^2` is -4; comparisons and powers are not chained.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any, NoReturn, TypeAlias

from chipgauge.calc.formula import exp, log
from chipgauge.calc.quantity import check_name, quantity
from chipgauge.specs import figure as figures
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import ExpressionError, UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Subject
from chipgauge.specs.units import DIMENSIONLESS, exact, is_unit, parse_unit

MOST_CHARACTERS, MOST_DEPTH, MOST_POWER = 4096, 64, 64
"""Depth counts brackets and signs in the text, and the height of the tree: a chain `1 + 2 + 3` has one for each `+`."""
DAYS_A_MONTH = 30.4375
"""A twelfth of a year of 8,766 h."""

FUNCTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("min", "max"), ("x", "...")),
    **dict.fromkeys(("sqrt", "log", "exp"), ("x",)),
    "count": ("amount", "item", "by=NAME"),
    "rank": ("item", "by=NAME", "among=KIND"),
    "months": ("date", "date"),
    "lag": ("ratio", "growth"),
}
"""Every function with its arguments, as messages show them."""
KINDS = {"chips": "chip", "systems": "system"}
"""What `rank` is among, and the kind of item meant."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number without thousands marks, and its unit (empty: a plain number)."""

    value: str
    unit: str = ""
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A day (2024-01-31), or an argument that is no expression: an item, a quantity name, a kind, a growth rate."""

    text: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A quantity name applied to an item or amount (as written, quotes included)."""

    name: str
    item_text: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Function:
    """One of `FUNCTIONS` and its arguments."""

    name: str
    args: tuple[Node, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """A negated operand."""

    operator: str
    operand: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * /` of two operands, or `^` with a plain number (which may be negative) on the right."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """`< <= > >= == !=` of two operands."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False)


Node: TypeAlias = "Number | Word | Apply | Function | Unary | Binary | Compare"
_LEVEL = {**dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 0), "+": 1, "-": 1, "*": 2, "/": 2, "^": 4, "**": 4}


def to_text(node: Node) -> str:
    """Return the expression of a tree, with the brackets it needs; it parses to an equal tree.

    >>> to_text(parse("((2)*tpp( H20 ))/(1,600TPP)"))
    '2 * tpp(H20) / 1600 TPP'
    """

    def inside(of: Node, least: int) -> str:
        level = _LEVEL[of.operator] if isinstance(of, (Binary, Compare)) else 3 if isinstance(of, Unary) else 5
        level = 4 if isinstance(of, Number) and of.unit else level
        return to_text(of) if level >= least else f"({to_text(of)})"

    match node:
        case Number(value, unit):
            return value + ("" if unit in ("", "%") else " ") + unit
        case Word(text):
            return text
        case Apply(name, item):
            return f"{name}({item})"
        case Function(name, args):
            labels = [part[: part.find("=") + 1] for part in FUNCTIONS[name]] + [""] * len(args)
            return f"{name}({', '.join(label + to_text(arg) for label, arg in zip(labels, args, strict=False))})"
        case Unary(sign, operand):
            return sign + inside(operand, 3)
        case Binary("^", left, right):
            return f"{inside(left, 5)}^{to_text(right)}"
        case Binary(sign, left, right) | Compare(sign, left, right):
            return f"{inside(left, _LEVEL[sign] or 1)} {sign} {inside(right, _LEVEL[sign] + 1)}"


def _kind(node: Node) -> str:
    """Return what the value of a node is, known or not."""
    if isinstance(node, Apply):
        row = QUANTITIES.get(re.sub(r"^(per_(watt|chip|dollar)\.)+|:.*", "", node.name))
        return "a number" if row is None else "yes or no" if row.kind == "yes_no" else f"a {row.kind}"
    return "yes or no" if isinstance(node, Compare) else "a date" if isinstance(node, Word) else "a number"


def _usage(name: str) -> str:
    return f"{name}({', '.join(FUNCTIONS[name])})"


class _Reader:
    """What shows where in a text something is wrong; the text is empty where all there is is a tree."""

    def __init__(self, text: str) -> None:
        self.text = text

    def located(self, message: str, position: int) -> str:
        """Return the message with the character (counted from 1), and with a caret under it."""
        shown = "".join(c if c.isprintable() else " " for c in self.text[: position + 30])
        start = max(0, position - 50)
        caret = " " * sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in shown[start:position]) + "^"
        return f"{message} (at character {position + 1})" + (f"\n  {shown[start:]}\n  {caret}" if shown else "")

    def refuse(self, message: str, position: int) -> NoReturn:
        message = "".join(c if c.isprintable() else " " for c in message)
        raise ExpressionError(self.located(message, position), position) from None


# --- text to tree ------------------------------------------------------------------------------------------------

_EXPONENT = r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?)"
_PLAIN = re.compile(r"\s*([0-9]+" + _EXPONENT)
_THOUSANDS = re.compile(r"\s*([0-9]{1,3}(?:,[0-9]{3}(?![0-9]))+" + _EXPONENT)
_DAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")
_NAME, _DASHED = re.compile(r"\s*([A-Za-z_][\w.:]{0,79})", re.ASCII), re.compile(r"\s*([A-Za-z0-9-]{1,80})")
_UNIT = r"([A-Za-zµ%]+)(?:\s*(?:\^|\*\*)\s*-?[0-9]{1,2}|[0-9²³])?(?![\w.:%]|\s*\()"
_FIRST_UNIT, _NEXT_UNIT = re.compile(r"\s*" + _UNIT), re.compile(r"\s*(?:[/*·×]\s*)?" + _UNIT)
_NO_UNIT = re.compile(r"\s*([^\W\d_]\w*|[$€¥])(?![\w.:]*\s*\()")
_AMOUNT = r"(?:[0-9]{1,3}(?:,[0-9]{3}(?![0-9]))+|[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)\s?[kKmM]?\s{1,9}"
_ITEM = re.compile(rf"""\s*((?:{_AMOUNT})?(?:"[^"]*"|'[^']*'|[^\s(),"'][^(),"]*))""")
_OPERATOR, _SIGN = re.compile(r"\s*(\*\*|[<>=!]=|[-+*/^<>])"), re.compile(r"\s*([-+])")
_OPEN, _CLOSE, _COMMA = re.compile(r"\s*(\()"), re.compile(r"\s*(\))"), re.compile(r"\s*(,)")
_FOUND = re.compile(r"\s*([\w.:]{1,40}|[<>=!]=|\S)?")
_OPERAND = "a number, a quantity of an item such as tpp(H200), a function or '('"
_HINTS = {
    ",": "a comma separates the arguments of a function; outside one it marks thousands in groups of three (1,200)",
    "=": "to compare, write ==",
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), "comparisons are not chained"),
    **dict.fromkeys("×·÷−–≤≥≠", "write * / - <= >= !="),
}


class _Parser(_Reader):
    """One pass over a text from left to right, never back."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.at, self.open, self.in_function = 0, 0, False
        self.heights: dict[int, int] = {}

    def unexpected(self, expected: str) -> NoReturn:
        found = _FOUND.match(self.text, self.at)
        token = found[1] if found and found[1] else ""
        hint = f"; {_HINTS[token]}" if token in _HINTS else ""
        position = found.start(1) if found and token else len(self.text)
        self.refuse(f"expected {expected}, found {repr(token) if token else 'the end'}{hint}", position)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def need(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        return self.take(pattern) or self.unexpected(expected)

    def enter(self, position: int) -> None:
        self.open += 1
        if self.open > MOST_DEPTH:
            self.refuse(f"brackets and signs are nested more than {MOST_DEPTH} deep", position)

    def grown(self, node: Node, *below: Node) -> Node:
        """Return `node`, its height counted, so that no later walk can go too deep."""
        self.heights[id(node)] = height = 1 + max(self.heights.get(id(one), 1) for one in below)
        if height > MOST_DEPTH:
            self.refuse(f"more than {MOST_DEPTH} operations one upon the other; group with brackets", node.position)
        return node

    def number_of(self, node: Node) -> Node:
        if _kind(node) != "a number":
            hint = "; months(date, date) gives the time between two dates" if _kind(node) == "a date" else ""
            self.refuse(f"{to_text(node)[:100]} is {_kind(node)}, where a number is needed{hint}", node.position)
        return node

    def chain(self, least: int = 0) -> Node:
        """Take operators that bind at least so tightly, grouped from the left."""
        left = self.operand()
        while (found := _OPERATOR.match(self.text, self.at)) and (level := _LEVEL[found[1]]) >= least:
            sign, position, self.at = found[1].replace("**", "^"), found.start(1), found.end()
            if sign == "^" and isinstance(left, Number) and left.unit and self.text[found.start() - 1] != ")":
                self.refuse(f"brackets show what is raised: ({to_text(left)})^2", position)
            right = self.exponent() if sign == "^" else self.chain(level + 1)
            if level:
                node: Node = Binary(sign, self.number_of(left), self.number_of(right), position)
            else:
                self.comparable(sign, _kind(left), _kind(right), position)
                node, least = Compare(sign, left, right, position), 1
            left = self.grown(node, left, right)
        return left

    def comparable(self, sign: str, one: str, other: str, position: int) -> None:
        if one != other or (one in ("a text", "yes or no") and sign not in ("==", "!=")):
            self.refuse(f"{sign} cannot compare {one} with {other}", position)

    def exponent(self) -> Number:
        minus = self.take(_SIGN)
        found = self.need(_PLAIN, "a plain number as the power (a root is sqrt(x) or x^0.5)")
        node = Number(("-" if minus and minus[1] == "-" else "") + found[1], "", found.start(1))
        after = _OPERATOR.match(self.text, self.at)
        if _FIRST_UNIT.match(self.text, self.at) or (after and _LEVEL[after[1]] == 4):
            self.refuse("a power is one plain number; brackets show more", node.position)
        if float(found[1]) > MOST_POWER:
            self.refuse(f"a power is between -{MOST_POWER} and {MOST_POWER}, got {to_text(node)[:40]}", node.position)
        return node

    def operand(self) -> Node:
        if sign := self.take(_SIGN):
            self.enter(sign.start(1))
            node = self.number_of(self.chain(3))
            self.open -= 1
            return node if sign[1] == "+" else self.grown(Unary("-", node, sign.start(1)), node)
        if bracket := self.take(_OPEN):
            self.enter(bracket.start(1))
            node = self.chain()
            self.need(_CLOSE, "an operator or ')'")
            self.open -= 1
            return node
        if day := self.take(_DAY):
            try:
                return Word(date.fromisoformat(day[1]).isoformat(), day.start(1))
            except ValueError:
                self.refuse(f"{day[1]} is not a day of the calendar", day.start(1))
        if found := (None if self.in_function else self.take(_THOUSANDS)) or self.take(_PLAIN):
            return self.number(found)
        if name := self.take(_NAME):
            return self.applied(name[1], name.start(1))
        self.unexpected(_OPERAND)

    def number(self, found: re.Match[str]) -> Number:
        start = end = self.at
        unit = _FIRST_UNIT.match(self.text, end)
        while unit and is_unit(unit[1].replace("µ", "u")):
            end = unit.end()
            unit = _NEXT_UNIT.match(self.text, end)
        self.at = end
        words = re.sub(r"\s*([/*^·×])\s*", r"\1", " ".join(self.text[start:end].split()))
        node = Number(found[1].replace(",", ""), words, found.start(1))
        wrong, position = _NO_UNIT.match(self.text, end), node.position
        try:
            _constant(node)
            if wrong:
                position = wrong.start(1)
                parse_unit(wrong[1])
        except UnitError as error:
            self.refuse(str(error), position)
        return node

    def applied(self, name: str, position: int) -> Node:
        """Take the brackets of a function or a quantity."""
        if not self.take(_OPEN):
            hint = f"; write {_usage(name)}" if name in FUNCTIONS else ""
            hint = f"; write {name}(H200)" if name in QUANTITIES else hint
            self.refuse(f"expected {_OPERAND}, found {name[:40]!r}{hint}", position)
        if name not in FUNCTIONS:
            self.check_quantity(name, position)
            node = Apply(name, self.item(f"{name}(H200)").text, position)
            self.need(_CLOSE, "')' after the item (one with a comma or bracket stands in quotes)")
            return node
        self.enter(position)
        outer, self.in_function = self.in_function, True
        args = [self.argument(name, FUNCTIONS[name][0])]
        for part in FUNCTIONS[name][1:]:
            while part == "..." and self.take(_COMMA):
                args.append(self.argument(name, "x"))
            if part != "...":
                self.need(_COMMA, f"an operator or ',' in {_usage(name)}")
                args.append(self.argument(name, part))
        self.need(_CLOSE, f"an operator or ')' in {_usage(name)}")
        self.open, self.in_function = self.open - 1, outer
        return self.grown(Function(name, tuple(args), position), *args)

    def check_quantity(self, name: str, position: int) -> None:
        try:
            check_name(name)
        except UnknownName as error:
            near = did_you_mean(name, list(FUNCTIONS), 1)
            self.refuse(f"no quantity or function is called {name!r}.{near}" if near else str(error), position)

    def item(self, usage: str) -> Word:
        found = self.need(_ITEM, f"an item, as in {usage}")
        return Word(found[1].strip(), found.start(1))

    def argument(self, name: str, part: str) -> Node:
        if part in ("amount", "item"):
            return self.item(_usage(name))
        label = part[: part.find("=") + 1]
        if not label and part != "growth":
            node = self.chain()
            if part == "date" and _kind(node) != "a date":
                self.refuse(f"{to_text(node)[:60]} is no date; write 2024-01-31 or released(H100)", node.position)
            return node if part == "date" else self.number_of(node)
        self.need(re.compile(r"\s*" + label.replace("=", r"\s*=")), f"{label} in {_usage(name)}")
        found = self.need(_DASHED if part == "growth" else _NAME, f"a name in {_usage(name)}")
        word = Word(found[1], found.start(1))
        if label == "by=":
            self.check_quantity(word.text, word.position)
            self.number_of(Apply(word.text, "...", word.position))
        if label == "among=" and word.text not in KINDS:
            self.refuse(f"expected {' or '.join(KINDS)}, found {word.text!r}", word.position)
        return word


def _constant(node: Number) -> Figure:
    """Return the leaf of a number; UnitError where its unit is wrong or a float cannot hold it."""
    unit = parse_unit(node.unit)
    try:
        number = exact(node.value, unit)
        value, _ = float(number), (float(unit.numerator), float(unit.denominator))
        if number and not value:
            raise OverflowError
    except OverflowError:
        raise UnitError(f"{to_text(node)[:60]} is too large or too small a number") from None
    return figures.constant(value, unit, to_text(node))


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    ExpressionError
        Whatever is wrong with it: the message shows the place, what was found and what is allowed.

    Examples
    --------
    >>> parse("tpp(100,000 H200) / 3 TPP").right
    Number(value='3', unit='TPP', position=20)
    >>> parse("tpp(H200) / 2 foo")
    Traceback (most recent call last):
    chipgauge.specs.errors.ExpressionError: 'foo' in 'foo' is not a unit here. (at character 15)
      tpp(H200) / 2 foo
                    ^
    """
    if len(text) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS:,} characters, got {len(text):,}"
        raise ExpressionError(message, MOST_CHARACTERS)
    parser = _Parser(text)
    node = parser.chain()
    if text[parser.at :].strip():
        parser.unexpected("an operator or the end")
    return node


# --- tree to figure ----------------------------------------------------------------------------------------------


def evaluate(node_or_text: Node | str, *, catalog: Catalog | None = None, on: str = "") -> Figure:
    """Return the figure of an expression, its unit derived; a comparison gives a yes or no.

    Parameters
    ----------
    node_or_text : Node or str
        What `parse` returns, or the text for it.
    on : str
        Date (ISO) up to which dated figures are read; empty for the data date of the tables.

    Raises
    ------
    ExpressionError
        The text cannot be read, or a value leaves the numbers (a root of a negative number, an overflow).
    UnknownName, UnitError, BasisError
        No such item; units that cannot be added or compared; figures on different bases.

    Examples
    --------
    >>> round(evaluate("tpp(H200)/tpp(H20)").number, 3)
    6.686
    >>> evaluate("tpp(H20) < 2400 TPP").value
    True
    """
    text = node_or_text if isinstance(node_or_text, str) else ""
    node = parse(node_or_text) if isinstance(node_or_text, str) else node_or_text
    return _Evaluator(catalog or shipped(), on, text).figure(node)


_ARITHMETIC = {"+": Figure.__add__, "-": Figure.__sub__, "*": Figure.__mul__, "/": Figure.__truediv__}


class _Evaluator(_Reader):
    """One walk over a tree, with a catalogue at a date."""

    def __init__(self, catalog: Catalog, on: str, text: str) -> None:
        super().__init__(text)
        self.catalog, self.on = catalog, on

    def figure(self, node: Node) -> Figure:
        try:
            made = self.made(node)
            if isinstance(made.value, float) and not math.isfinite(made.value):
                raise OverflowError
        except OverflowError:
            self.refuse(f"{to_text(node)[:100]} is too large a number", node.position)
        return made

    def made(self, node: Node) -> Figure:
        match node:
            case Number():
                return _constant(node)
            case Word(text):
                return Figure(text, "leaf", text, text, parse_unit("1"), text=text, status="stated", sources=("given",))
            case Apply(name, item):
                return self.quantity(name, self.subject(item, node))
            case Unary(_, operand):
                return -self.figure(operand)
            case Binary("^", base, Number(exponent)):
                return self.power(self.figure(base), float(exponent), node)
            case Binary(sign, left, right):
                return _ARITHMETIC[sign](self.figure(left), self.figure(right))
            case Compare(sign, left, right):
                side = self.day if _kind(left) == "a date" else self.figure
                return figures.comparison(sign, side(left), side(right))
            case Function(name, args):
                return self.function(name, args, node)

    def subject(self, item: str, node: Node) -> Subject:
        try:
            return self.catalog.subject(item)
        except UnknownName as error:
            raise UnknownName(self.located(str(error), node.position)) from None

    def quantity(self, name: str, subject: Subject) -> Figure:
        return quantity(name, subject, catalog=self.catalog, on=self.on)

    def power(self, base: Figure, power: float, node: Node) -> Figure:
        if base.known and base.number < 0 and not power.is_integer():
            self.refuse(f"{to_text(node)[:100]} is a root of a negative number", node.position)
        return replace(base.power(power), key=figures.make_key(f"^{power!r}", [base]), basis=base.basis, _cache={})

    def function(self, name: str, args: tuple[Node, ...], node: Node) -> Figure:
        match name, args:
            case "count", (Word() as amount, Word() as item, Word(by)):
                return self.count(amount, item, by)
            case "rank", (Word() as item, Word(by), Word(among)):
                return self.rank(self.subject(item.text, item), by, among)
            case "months", (start, end):
                month = figures.constant(DAYS_A_MONTH * 86400, parse_unit("day"))
                return (self.day(end) - self.day(start)) / month
            case "lag", (_, Word(growth) as word):
                self.refuse(
                    f"no growth rate is called {growth!r}; growth rates are not in the tables yet", word.position
                )
            case "sqrt", (x,):
                return self.power(self.figure(x), 0.5, node)
            case (("log" | "exp"), (x,)):
                value = self.figure(x)
                if value.dimension != DIMENSIONLESS:
                    raise UnitError(
                        f"{name} needs a plain number, got {value.key} in {value.unit.text}; divide by a unit"
                    )
                if name == "log" and value.known and value.number <= 0:
                    self.refuse(f"log needs a number above zero, got {value.number:g}", node.position)
                apply = log if name == "log" else exp
                return figures.operation(name, [("x", value)], DIMENSIONLESS, apply=apply, basis=value.basis)
            case (("min" | "max"), _):
                values = [(to_text(arg), self.figure(arg)) for arg in args]
                for one, other in combinations({(value.basis, value.item): value for _, value in values}.values(), 2):
                    figures.refuse_mixed_bases(one, other)
                basis = tuple(dict.fromkeys(axis for _, value in values for axis in value.basis))
                return (figures.smallest if name == "min" else figures.largest)(values, basis=basis)
            case _:
                self.refuse(f"there is no function {to_text(node)[:60]}", node.position)

    def count(self, amount: Word, item: Word, by: str) -> Figure:
        """Return how many of an item equal an amount; a quantity that is not summed cannot count."""
        subjects = [self.subject(word.text, word) for word in (amount, item)]
        row = QUANTITIES.get(by.partition(":")[0])
        each = row.on_system not in ("sum", "own") if row else not by.startswith(("h100e.", "gb300e."))
        if each and any(subject.count != 1 or subject.item.kind != "chip" for subject in subjects):
            hint = "aggregate.tpp" if by.startswith("tpp") else "a quantity that is, such as peak.bf16"
            self.refuse(
                f"{by} is not summed over the chips of an amount, so it cannot count them; take {hint}", amount.position
            )
        above, below = (self.quantity(by, subject) for subject in subjects)
        return above / below

    def rank(self, subject: Subject, by: str, among: str) -> Figure:
        """Return 1 + the number of items whose value is greater; unknown ones are left out, and the note says so."""
        own, kind = self.quantity(by, subject), KINDS[among]
        others = [item for item in self.catalog.items.values() if item.kind == kind and item.id != subject.key]
        all_of = [(item.id, self.quantity(by, Subject(item))) for item in others]
        known = [(label, value) for label, value in all_of if value.known]
        for _, value in known:
            figures.refuse_mixed_bases(own, value)
        left_out = len(others) - len(known)
        note = f"{left_out} of {len(others)} other {among} are left out: their {by} is not known" if left_out else ""
        key = f"rank({subject.key}, by={by}, among={among})"
        return figures.operation("rank", [("item", own), *known], DIMENSIONLESS, apply=_rank, key=key, note=note)

    def day(self, node: Node) -> Figure:
        """Return a date as days since 1970; of a month, quarter or year the middle, with the whole of it as range."""
        given = self.figure(node)
        made = replace(given, key=f"day({given.key})", unit=parse_unit("day"), _cache={})
        if not given.known:
            return made
        try:
            first, last = ((end - date(1970, 1, 1)).days * 86400.0 for end in _ends(str(given.value)))
        except ValueError:
            self.refuse(f"{given.key} is {str(given.value)[:40]!r}, which is no date", node.position)
        return replace(made, value=(first + last) / 2, leaf_range=(first, last), text=str(given.value))


def _rank(own: Any, *others: Any) -> Any:
    return 1 + sum(other > own for other in others)


def _ends(text: str) -> tuple[date, date]:
    """Return the first and last day of `2025-01-31`, `2025-01`, `2025-Q1`, `2025-H1` or `2025`."""
    found = re.fullmatch(r"([0-9]{4})(?:-(?:([QH])([1-4])|([0-9]{2})(?:-([0-9]{2}))?))?", text)
    if not found:
        raise ValueError(text)
    year, letter, part, month, day = found.groups()
    length = {"Q": 3, "H": 6}[letter] if letter else 1 if month else 12
    first = date(int(year), int(month) if month else (int(part or 1) - 1) * length + 1, int(day or 1))
    after = first.month + length
    return first, first if day else date(int(year) + (after > 12), (after - 1) % 12 + 1, 1) - timedelta(days=1)
