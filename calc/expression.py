# SPDX-License-Identifier: Apache-2.0
"""What an expression of the `grammar` stands for: one walk over its tree makes a Figure, with a catalogue at a date."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chipgauge.calc.formula import exp, log
from chipgauge.calc.functions import KINDS
from chipgauge.calc.grammar import (
    Apply,
    Binary,
    Compare,
    Function,
    Name,
    Node,
    Number,
    Reader,
    Unary,
    Word,
    kind_of,
    parse,
    to_text,
    value_of,
)
from chipgauge.calc.growth import lag
from chipgauge.calc.quantity import quantity
from chipgauge.specs import figure as figures
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

DAYS_A_MONTH = 30.4375
"""A twelfth of a year of 8,766 h."""

ROUNDING = 1.001
"""Two values so near are one, rounded twice: 1,979 and 1,980 TFLOP/s of the same silicon do not rank one above the other."""


def evaluate(
    node_or_text: Node | str, *, catalog: Catalog | None = None, on: str = "",
    names: Mapping[str, Figure] | None = None, undecided: bool = False,
) -> Figure:  # fmt: skip
    """Return the figure of an expression, its unit derived; a comparison gives a yes or no.

    Parameters
    ----------
    node_or_text : Node or str
        What `parse` returns, or the text for it.
    on : str
        Date (ISO) up to which dated figures are read; empty for the data date of the tables.
    names : mapping
        Numbers that the expression calls by a name of their own.
    undecided : bool
        Some numbers are NaN, their values still open: what rests on them is NaN, and is not refused for that.

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
    text, node = (
        (node_or_text, parse(node_or_text, names or ())) if isinstance(node_or_text, str) else ("", node_or_text)
    )
    return _Evaluator(catalog or shipped(), on, text, names or {}, undecided).figure(node)


_ARITHMETIC = {"+": Figure.__add__, "-": Figure.__sub__, "*": Figure.__mul__, "/": Figure.__truediv__}


class _Evaluator(Reader):
    """One walk over a tree, with a catalogue at a date."""

    def __init__(
        self, catalog: Catalog, on: str, text: str, names: Mapping[str, Figure], undecided: bool = False
    ) -> None:
        super().__init__(text)
        self.catalog, self.on, self.names, self.undecided = catalog, on, names, undecided

    def figure(self, node: Node) -> Figure:
        try:
            made = self.made(node)
            if isinstance(made.value, float) and not (math.isfinite(made.value) or self.left_open(made.value)):
                raise OverflowError
        except OverflowError:
            self.refuse(f"{to_text(node)[:100]} is too large a number", node.position)
        return made

    def left_open(self, value: float) -> bool:
        return self.undecided and math.isnan(value)

    def made(self, node: Node) -> Figure:
        match node:
            case Number():
                return figures.constant(*value_of(node), to_text(node), source="given")
            case Word(text):
                return Figure(text, "leaf", text, text, parse_unit("1"), text=text, status="stated", sources=("given",))
            case Name(text):
                return self.names[text]
            case Apply(name, item):
                return self.quantity(name, self.subject(item, node))
            case Unary(_, operand):
                return -self.figure(operand)
            case Binary("^", base, Number(exponent)):
                return self.power(self.figure(base), float(exponent), node)
            case Binary(sign, left, right):
                return _ARITHMETIC[sign](self.figure(left), self.figure(right))
            case Compare(sign, left, right):
                side = self.day if kind_of(left) == "a date" else self.figure
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
        return base.power(power)

    def function(self, name: str, args: tuple[Node, ...], node: Node) -> Figure:
        match name, args:
            case "count", (Word() as amount, Word() as item, Word(by)):
                return self.count(amount, item, by)
            case "rank", (Word() as item, Word(by), Word(among) as word):
                return self.rank(self.subject(item.text, item), by, among, word.position)
            case (("train" | "train_mfu" | "prefill" | "decode" | "decode_one"), (Word() as model, Word() as chips)):
                return self.asked(name, node, self.subject(model.text, model), self.subject(chips.text, chips))
            case (
                ("capex_ratio" | "tco_ratio" | "power_ratio"),
                (Word() as amount, Word() as item, Word(by), Word(country)),
            ):
                subjects = self.subject(amount.text, amount), self.subject(item.text, item)
                return self.asked(name, node, *subjects, by=by, country=country)
            case (("advantage" | "share" | "acquired" | "stock" | "inflow"), (Word(word), Word(by))):
                return self.asked(name, node, by=by, word=word)
            case "months", (start, end):
                month = figures.constant(DAYS_A_MONTH * 86400, parse_unit("day"))
                return (self.day(end) - self.day(start)) / month
            case "lag", (ratio, Word(growth) as word):
                try:
                    return lag(self.figure(ratio), growth, catalog=self.catalog, on=self.on)
                except UnknownName as error:
                    self.refuse(str(error), word.position)
            case "sqrt", (x,):
                return self.power(self.figure(x), 0.5, node)
            case (("log" | "exp"), (x,)):
                value = self.figure(x)
                if value.dimension != DIMENSIONLESS:
                    raise UnitError(f"{name} needs a plain number, got {value.unit.text}; divide {value.key} by a unit")
                if name == "log" and value.known and value.number <= 0:
                    self.refuse(f"log needs a number above zero, got {value.number:g}", node.position)
                apply = log if name == "log" else exp
                return figures.operation(name, [("x", value)], DIMENSIONLESS, apply=apply, basis=value.basis)
            case (("min" | "max"), _):
                values = [(to_text(arg), self.figure(arg)) for arg in args]
                return figures.smallest(values) if name == "min" else figures.largest(values)
            case _:
                self.refuse(f"there is no function {to_text(node)[:60]}", node.position)

    def asked(self, name: str, node: Node, *subjects: Subject, **words: str) -> Figure:
        """Return what a model answers; a wrong name in its question is shown where it stands."""
        from chipgauge.calc.calculators import ask  # the models, which a ratio of data sheets never needs

        try:
            return ask(name, *subjects, catalog=self.catalog, on=self.on, **words)
        except (UnknownName, BasisError) as error:
            self.refuse(str(error), node.position)

    def count(self, amount: Word, item: Word, by: str) -> Figure:
        """Return how many of an item equal an amount; a quantity that is not summed cannot count."""
        subjects = [self.subject(word.text, word) for word in (amount, item)]
        row = QUANTITIES.get(by.partition(":")[0])
        each = row.on_system not in ("sum", "own") if row else not by.startswith(("h100e.", "gb300e."))
        if each and any(subject.count != 1 or subject.item.kind != "chip" for subject in subjects):
            hint = "aggregate.tpp" if by.startswith("tpp") else "one that is, such as peak.bf16"
            self.refuse(f"{by} is not summed over the chips of an amount; take {hint}", amount.position)
        above, below = (self.quantity(by, subject) for subject in subjects)
        return above / below

    def rank(self, subject: Subject, by: str, among: str, place: int) -> Figure:
        """Return 1 + the number of items whose value is greater, by more than rounding; of a generation the best counts.

        Left out, as the note says, are those whose value is unknown and those that are not known to ship by the date.
        """
        own, (word, _, maker) = self.quantity(by, subject), among.partition(":")
        kind = KINDS[word]
        makers = sorted({item.maker for item in self.catalog.items.values() if item.kind == kind})
        if maker and maker not in makers:
            self.refuse(f"no maker is called {maker[:40]!r}.{did_you_mean(maker, makers)}", place)
        every = [
            item
            for item in self.catalog.items.values()
            if item.kind == kind and item.id != subject.key and maker in ("", item.maker)
        ]
        others = [item for item in every if not self.catalog.unshipped(item) and self.released(item)]
        planned = len(every) - len(others)
        pairs: list[tuple[Item, Figure]] = []
        if word == "generations":
            mine = self.generation(subject.item)
            if not mine:
                return self.catalog.missing(subject.item.id, "generation")
            others = [item for item in others if self.generation(item) not in ("", mine)]
        pairs = [(item, self.quantity(by, Subject(item))) for item in others]
        known = [(item, value) for item, value in pairs if value.known]
        for _, value in known:
            figures.refuse_mixed_bases(own, value)
        left_out = len(others) - len(known)
        if word == "generations":
            best: dict[str, tuple[Item, Figure]] = {}
            for item, value in known:
                name = self.generation(item)
                if name not in best or value.number > best[name][1].number:
                    best[name] = (item, value)
            known = [*best.values()]
        notes = [f"{left_out} of {len(others)} other {among} are left out: their {by} is not known"] if left_out else []
        if planned:
            notes.append(f"{planned} more are left out: they are rumoured, announced, never shipped or came later")
        key = f"rank({subject.key}, by={by}, among={among}){f' on {self.on}' if self.on else ''}"
        inputs = [("item", own), *((item.id, value) for item, value in known)]
        made = figures.operation("rank", inputs, DIMENSIONLESS, apply=_rank, key=key, note="; ".join(notes))
        # Each pair is compared end against end: the corners of a hundred items' leaves would be thousands of walks.
        return (
            replace(made, _cache={"bounds": _rank_bounds(own, [value for _, value in known])}) if made.known else made
        )

    def released(self, item: Item) -> bool:
        """Tell whether an item is not known to have come after the date."""
        leaf = self.catalog.leaf(item.id, "released")
        return not (self.on and leaf is not None and leaf.known and str(leaf.value) > self.on)

    def generation(self, item: Item) -> str:
        """Return the first word of a part's generation (Blackwell Ultra is Blackwell), or that of the same silicon."""
        leaf = self.catalog.leaf(item.id, "generation")
        if leaf is None and item.same_die:
            leaf = self.catalog.leaf(item.same_die, "generation")
        return str(leaf.value).partition(" ")[0] if leaf is not None and leaf.known else ""

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
    return 1 + sum(other > own * ROUNDING for other in others)


def _rank_bounds(own: Figure, others: list[Figure]) -> tuple[float | None, float | None]:
    """Return the best and worst rank: the others at their least against this at its greatest, and the reverse."""
    ends = [figure.bounds() for figure in (own, *others)]
    if any(low is None or high is None for low, high in ends):
        return (None, None)
    (low, high), *rest = ends
    best = 1 + sum(least > high * ROUNDING for least, _ in rest)  # type: ignore[operator]
    worst = 1 + sum(most > low * ROUNDING for _, most in rest)  # type: ignore[operator]
    return (float(best), float(worst))


def _ends(text: str) -> tuple[date, date]:
    """Return the first and last day of `2025-01-31`, `2025-01`, `2025-Q1`, `2025-H1` or `2025`."""
    year, part, day = f"{text}--".split("-")[:3]
    length = {"": 12, "H": 6, "Q": 3}.get(part[:1], 1)
    last = int(part.lstrip("HQ") or 1) * length
    first = date(int(year), last - length + 1, int(day or 1))
    return first, first if day else date(int(year) + last // 12, last % 12 + 1, 1) - timedelta(days=1)


def subjects_of(node_or_text: Node | str, *, catalog: Catalog | None = None) -> list[Subject]:
    """Return the items and amounts that an expression names, each once, from left to right.

    >>> [subject.item.id for subject in subjects_of("tpp(H200)/count(8 H20, 910C, by=peak.bf16)")]
    ['nvidia-h200-sxm', 'nvidia-h20-96gb', 'huawei-ascend-910c']
    """
    catalog = catalog or shipped()
    found: dict[str, Subject] = {}
    for subject in map(catalog.subject, names_of(node_or_text)):
        found.setdefault(subject.key, subject)
    return list(found.values())


def names_of(node_or_text: Node | str) -> list[str]:
    """Return the items and amounts that an expression names, as it writes them, from left to right.

    >>> names_of("tpp(H200)/count(8 H20, 910C, by=peak.bf16)")
    ['H200', '8 H20', '910C']
    """
    found: list[str] = []
    stack = [parse(node_or_text) if isinstance(node_or_text, str) else node_or_text]
    while stack:
        match stack.pop():
            case Apply(_, item):
                found.append(item)
            case Function(("count" | "capex_ratio" | "tco_ratio" | "power_ratio"), (Word(amount), Word(item), *_)):
                found += (amount, item)
            case Function("rank", (Word(item), *_)) | Function(
                ("train" | "train_mfu" | "prefill" | "decode" | "decode_one"), (_, Word(item))
            ):
                found.append(item)
            case Function(_, args):
                stack += reversed(args)
            case Unary(_, operand):
                stack.append(operand)
            case Binary(_, left, right) | Compare(_, left, right):
                stack += (right, left)
            case _:
                pass
    return found


def calls(node_or_text: Node | str) -> set[str]:
    """Return the names of the functions that an expression calls.

    >>> sorted(calls("max(1, train(GPT-3, 8 H100)) / sqrt(tpp(H200))"))
    ['max', 'sqrt', 'train']
    """
    found: set[str] = set()
    stack = [parse(node_or_text) if isinstance(node_or_text, str) else node_or_text]
    while stack:
        match stack.pop():
            case Function(name, args):
                found.add(name)
                stack += args
            case Unary(_, operand):
                stack.append(operand)
            case Binary(_, left, right) | Compare(_, left, right):
                stack += (left, right)
            case _:
                pass
    return found


__all__ = [
    "DAYS_A_MONTH",
    "Apply",
    "Binary",
    "Compare",
    "Function",
    "Node",
    "Number",
    "Unary",
    "Word",
    "calls",
    "evaluate",
    "names_of",
    "parse",
    "subjects_of",
    "to_text",
]
