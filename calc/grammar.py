# SPDX-License-Identifier: Apache-2.0
"""The grammar of `explain`, rules and claims: `tpp(H200 NVL)/tpp(H20)` or `count(8 H200, 910C, by=peak.bf16)` as a tree.

One recursive descent makes a small tree of bounded height; `expression` makes a Figure of it. Read one way only:

- The longest run of unit words after a number belongs to it: `x/1600 TPP` is x/(1600 TPP), `3 GB/s` has one unit,
  `3 mm^2` is an area; a power of a number with a unit is written `(3 GB)^2`.
- A comma in a number marks thousands, except inside the brackets of a function, where it separates arguments: what
  could be either, `max(2, 1,500)`, is refused. An amount keeps its commas everywhere: `count(100,000 H200, ...)`.
- `2024-01-31` is a date, never a difference; `-2^2` is -4; comparisons and powers are not chained.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn, TypeAlias

from chipgauge.calc.functions import COUNTRIES, FUNCTIONS, KINDS, WORDS
from chipgauge.calc.quantity import check_name
from chipgauge.specs.errors import ExpressionError, UnitError, UnknownName, did_you_mean
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.units import Unit, exact, is_unit, parse_unit

MOST_CHARACTERS, MOST_DEPTH, MOST_POWER = 4096, 64, 64
"""Depth counts brackets and signs in the text, and the height of the tree: a chain `1 + 2 + 3` has one for each `+`."""


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
class Name:
    """A number that a sweep varies, by its name."""

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


Node: TypeAlias = "Number | Word | Name | Apply | Function | Unary | Binary | Compare"
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
        case Word(text) | Name(text):
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


def kind_of(node: Node) -> str:
    """Return what the value of a node is, known or not."""
    if isinstance(node, Apply):
        row = QUANTITIES.get(re.sub(r"^(per_(watt|chip|dollar)\.)+|:.*", "", node.name))
        return "a number" if row is None else "yes or no" if row.kind == "yes_no" else f"a {row.kind}"
    return "yes or no" if isinstance(node, Compare) else "a date" if isinstance(node, Word) else "a number"


def value_of(node: Number) -> tuple[float, Unit]:
    """Return a number in base units, and its unit; UnitError where that is no unit or a float cannot hold the number."""
    unit = parse_unit(node.unit)
    try:
        number = exact(node.value, unit)
        value, _ = float(number), (float(unit.numerator), float(unit.denominator))
        if number and not value:
            raise OverflowError
    except OverflowError:
        raise UnitError(f"{to_text(node)[:60]} is too large or too small a number") from None
    return value, unit


class Reader:
    """What shows where in a text something is wrong; the text is empty where all there is is a tree."""

    def __init__(self, text: str) -> None:
        self.text = text

    def located(self, message: str, position: int) -> str:
        """Return the message with the character (counted from 1), and with a caret under it."""
        texts = message, self.text[: position + 30]
        message, shown = ("".join(c if c.isprintable() else " " for c in text) for text in texts)
        start = max(0, position - 50)
        caret = " " * sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in shown[start:position]) + "^"
        return f"{message} (at character {position + 1})" + (f"\n  {shown[start:]}\n  {caret}" if shown else "")

    def refuse(self, message: str, position: int) -> NoReturn:
        """Raise ExpressionError with the place."""
        raise ExpressionError(self.located(message, position), position) from None


# --- text to tree ------------------------------------------------------------------------------------------------

_GROUPS, _EXPONENT = r"(?:,[0-9]{3}(?![0-9]))+", r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?"
_NUMBER = re.compile(rf"\s*((?:[0-9]{{1,3}}{_GROUPS}|[0-9]+){_EXPONENT})")
_PLAIN, _MARKS = re.compile(rf"\s*([0-9]+{_EXPONENT})"), re.compile(_GROUPS)
_POWER = re.compile(rf"\s*(?:\+|(-))?\s*([0-9]+{_EXPONENT})")
_DAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")
_NAME = re.compile(r"\s*([A-Za-z_][\w.:]{0,79})", re.ASCII)
_UNIT = r"([A-Za-zµ%]+)(?:\s*(?:\^|\*\*)\s*-?[0-9]{1,2}|[0-9²³])?(?![\w.:%]|\s*\()"
_FIRST_UNIT, _NEXT_UNIT = re.compile(r"\s*" + _UNIT), re.compile(r"\s*(?:[/*·×]\s*)?" + _UNIT)
_NO_UNIT = re.compile(r"\s*([^\W\d_]\w*|[$€¥])(?![\w.:]*\s*\()")
_AMOUNT = rf"(?:[0-9]{{1,3}}{_GROUPS}|[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{{1,2}})?)\s?[kKmM]?\s{{1,9}}"
_ITEM = re.compile(rf"""\s*((?:{_AMOUNT})?(?:"[^"]*"|'[^']*'|[^\s(),"'][^(),"]*))""")
_OPERATOR, _SIGN = re.compile(r"\s*(\*\*|[<>=!]=|[-+*/^<>])"), re.compile(r"\s*([-+])")
_OPEN, _CLOSE, _COMMA = re.compile(r"\s*(\()"), re.compile(r"\s*(\))"), re.compile(r"\s*(,)")
_TOKEN = re.compile(r"[\w.:]{1,40}|[<>=!]=|\S")
_OPERAND = "a number, a quantity of an item such as tpp(H200), a function or '('"
_HINTS = {
    ",": "a comma separates the arguments of a function; outside one it marks thousands in groups of three (1,200)",
    "=": "to compare, write ==",
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), "comparisons are not chained"),
    **dict.fromkeys("×·÷−–≤≥≠", "write * / - <= >= !="),
}


class _Parser(Reader):
    """One pass over a text from left to right, never back."""

    def __init__(self, text: str, names: Collection[str] = ()) -> None:
        super().__init__(text)
        self.names = names
        self.at, self.brackets, self.in_function = 0, 0, False
        self.heights: dict[int, int] = {}

    def unexpected(self, expected: str) -> NoReturn:
        rest = self.text[self.at :].lstrip()
        found = _TOKEN.match(rest)
        token, hint = (repr(found[0]), _HINTS.get(found[0], "")) if found else ("the end", "")
        self.refuse(f"expected {expected}, found {token}{hint and '; ' + hint}", len(self.text) - len(rest))

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def need(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        return self.take(pattern) or self.unexpected(expected)

    def enter(self, position: int) -> None:
        self.brackets += 1
        if self.brackets > MOST_DEPTH:
            self.refuse(f"brackets and signs are nested more than {MOST_DEPTH} deep", position)

    def grown(self, node: Node, *below: Node) -> Node:
        """Return `node`, its height counted, so that no later walk can go too deep."""
        self.heights[id(node)] = height = 1 + max(self.heights.get(id(one), 1) for one in below)
        if height > MOST_DEPTH:
            self.refuse(f"more than {MOST_DEPTH} operations one upon the other; group with brackets", node.position)
        return node

    def number_of(self, node: Node) -> Node:
        if (kind := kind_of(node)) != "a number":
            hint = "; months(date, date) gives the time between two dates" if kind == "a date" else ""
            self.refuse(f"{to_text(node)[:100]} is {kind}, where a number is needed{hint}", node.position)
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
                one, other = kind_of(left), kind_of(right)
                if one != other or (one in ("a text", "yes or no") and sign not in ("==", "!=")):
                    self.refuse(f"{sign} cannot compare {one} with {other}", position)
                node, least = Compare(sign, left, right, position), 1
            left = self.grown(node, left, right)
        return left

    def exponent(self) -> Number:
        found = self.need(_POWER, "a plain number as the power (a root is sqrt(x) or x^0.5)")
        after = _OPERATOR.match(self.text, self.at)
        chained = after and _LEVEL[after[1]] == 4
        if chained or _FIRST_UNIT.match(self.text, self.at) or float(found[2]) > MOST_POWER:
            limits = f"between -{MOST_POWER} and {MOST_POWER}"
            self.refuse(f"a power is one plain number {limits}; brackets show more", found.start(2))
        return Number((found[1] or "") + found[2], "", found.start(2))

    def operand(self) -> Node:
        if sign := self.take(_SIGN):
            self.enter(sign.start(1))
            node = self.number_of(self.chain(3))
            self.brackets -= 1
            return node if sign[1] == "+" else self.grown(Unary("-", node, sign.start(1)), node)
        if bracket := self.take(_OPEN):
            self.enter(bracket.start(1))
            node = self.chain()
            self.need(_CLOSE, "an operator or ')'")
            self.brackets -= 1
            return node
        if day := self.take(_DAY):
            try:
                return Word(date.fromisoformat(day[1]).isoformat(), day.start(1))
            except ValueError:
                self.refuse(f"{day[1]} is not a day of the calendar", day.start(1))
        if number := self.take(_PLAIN if self.in_function else _NUMBER):
            return self.number(number)
        if name := self.take(_NAME):
            return self.applied(name[1], name.start(1))
        self.unexpected(_OPERAND)

    def number(self, found: re.Match[str]) -> Number:
        start, position = self.at, found.start(1)
        if self.in_function and (marks := _MARKS.match(self.text, start)):
            shown = (found[1] + marks[0])[:40]
            remedy = f"write {shown.replace(',', '')}, or a space after the comma"
            self.refuse(f"{shown} in a function could be one number or several; {remedy}", position)
        unit = _FIRST_UNIT.match(self.text, start)
        while unit and is_unit(unit[1].replace("µ", "u")):
            self.at = unit.end()
            unit = _NEXT_UNIT.match(self.text, self.at)
        words = re.sub(r"\s*([/*^·×])\s*", r"\1", " ".join(self.text[start : self.at].split()))
        node = Number(found[1].replace(",", ""), words, position)
        try:
            value_of(node)
            if wrong := _NO_UNIT.match(self.text, self.at):
                position = wrong.start(1)
                parse_unit(wrong[1])
        except UnitError as error:
            self.refuse(str(error), position)
        return node

    def applied(self, name: str, position: int) -> Node:
        """Take the brackets of a function or a quantity; a name that is varied has none."""
        if name in self.names:
            return Name(name, position)
        usage = f"{name}({', '.join(FUNCTIONS[name])})" if name in FUNCTIONS else f"{name}(H200)"
        if not self.take(_OPEN):
            hint = f"; write {usage}" if name in FUNCTIONS or name in QUANTITIES else ""
            self.refuse(f"expected {_OPERAND}, found {name[:40]!r}{hint}", position)
        if name not in FUNCTIONS:
            self.check_quantity(name, position)
            node = Apply(name, self.word(_ITEM, f"an item, as in {usage}").text, position)
            self.need(_CLOSE, "')' after the item (one with a comma or bracket stands in quotes)")
            return node
        self.enter(position)
        outer, self.in_function = self.in_function, True
        args: list[Node] = []
        for part in FUNCTIONS[name]:
            while part == "..." and self.take(_COMMA):
                args.append(self.argument("x", usage))
            if part != "...":
                if args:
                    self.need(_COMMA, f"an operator or ',' in {usage}")
                args.append(self.argument(part, usage))
        self.need(_CLOSE, f"an operator or ')' in {usage}")
        self.brackets, self.in_function = self.brackets - 1, outer
        return self.grown(Function(name, tuple(args), position), *args)

    def check_quantity(self, name: str, position: int) -> None:
        try:
            check_name(name)
        except (UnknownName, UnitError) as error:
            near = did_you_mean(name, list(FUNCTIONS), 1)
            self.refuse(f"no quantity or function is called {name!r}.{near}" if near else str(error), position)

    def word(self, pattern: re.Pattern[str], expected: str) -> Word:
        found = self.need(pattern, expected)
        return Word(found[1].strip(), found.start(1))

    def argument(self, part: str, usage: str) -> Node:
        """Take one argument; `part` says what it is, as in `FUNCTIONS`."""
        if part in WORDS:
            return self.word(_ITEM, f"the {part} in {usage}")
        label, labelled, _ = part.partition("=")
        if not labelled:
            node = self.chain()
            if part == "date" and kind_of(node) != "a date":
                self.refuse(f"{to_text(node)[:60]} is no date; write 2024-01-31 or released(H100)", node.position)
            return node if part == "date" else self.number_of(node)
        self.need(re.compile(rf"\s*{label}\s*="), f"{label}= in {usage}")
        word = self.word(_NAME, f"a name in {usage}")
        if label == "by":
            self.check_quantity(word.text, word.position)
            self.number_of(Apply(word.text, "...", word.position))
        elif label == "in" and word.text not in COUNTRIES:
            self.refuse(f"expected {' or '.join(COUNTRIES)}, found {word.text!r}", word.position)
        elif label == "among" and word.text.partition(":")[0] not in KINDS:
            self.refuse(f"expected {' or '.join(KINDS)}, found {word.text!r}", word.position)
        return word


def parse(text: str, names: Collection[str] = ()) -> Node:
    """Return the tree of an expression; `names` are numbers that a sweep varies.

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
    chipgauge.specs.errors.ExpressionError: 'foo' in 'foo' is not a unit here. Units are written as in GB, GB/s, TFLOP/s, W, mm^2, USD/h. (at character 15)
      tpp(H200) / 2 foo
                    ^
    """
    if len(text) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS:,} characters, got {len(text):,}"
        raise ExpressionError(message, MOST_CHARACTERS)
    parser = _Parser(text, names)
    node = parser.chain()
    if text[parser.at :].strip():
        parser.unexpected("an operator or the end")
    return node
