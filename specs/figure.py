# SPDX-License-Identifier: Apache-2.0
"""The Figure: a number (or a date, a yes/no, a text) that knows its unit, range, source and derivation.

A figure is a node with a key. A leaf holds what a source prints; every other node holds the function that made it
and the figures it was made from. Values are in base units inside (see `units.BASE`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import combinations
from typing import Any, Literal

from chipgauge.specs import evaluation
from chipgauge.specs.errors import BasisError, UnitError, UnknownValue
from chipgauge.specs.records import Entry, Subject
from chipgauge.specs.units import Dimension, Unit, parse_unit, usual_unit

State = Literal["known", "absent", "unknown"]
Status = Literal["stated", "derived", "estimated", "assumed"]
NodeKind = Literal["leaf", "formula", "operation", "choice"]

TIE = " = "
"""Between the names of inputs that share the largest (or smallest) value, in `winner`."""

MOST_CORNERS = 12
"""Bounds evaluate the corners of at most this many ranged leaves, widest first."""

MOST_STEPS = 50_000
"""Bounds take more steps than so many at once, over columns; below that NumPy costs more."""

_WEIGHT: dict[Status, int] = {"stated": 0, "derived": 0, "estimated": 1, "assumed": 2}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Figure:
    """A node of a derivation.

    `apply` maps the input values (floats, arrays or fractions, in base units) to this node's value; a leaf has none.
    A figure without a number is `absent` (the part does not have it) or `unknown` (nobody we read states it), with
    `why` and the keys that are `missing`; `floor` is what is known at least. `basis` names what must not be mixed in
    one ratio (`sparsity:dense`, `direction:each way`, `power:design power of the chips`).
    """

    key: str
    kind: NodeKind
    name: str
    value: float | str | bool | None
    unit: Unit
    state: State = "known"
    inputs: tuple[tuple[str, Figure], ...] = ()
    apply: Callable[..., Any] | None = None
    item: str = ""
    text: str = ""
    cite: str = ""
    status: Status = "derived"
    condition: str = ""
    why: str = ""
    note: str = ""
    missing: tuple[str, ...] = ()
    floor: float | None = None
    leaf_range: tuple[float, float] | None = None
    sources: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    winner: str = ""
    basis: tuple[str, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict[str, Any])

    # --- reading -------------------------------------------------------------------------------------------

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.state == "known"

    @property
    def number(self) -> float:
        """The value as a number in base units; an error that names what is missing where there is none."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise UnknownValue(f"{self.key} is {self.state}: {self.why or 'not a number'}")
        return self.value

    @property
    def dimension(self) -> Dimension:
        """The exponents of the base units."""
        return self.unit.dimension

    @property
    def low(self) -> float | None:
        """The least value over the corners of the ranged leaves, in base units."""
        return self.bounds()[0]

    @property
    def high(self) -> float | None:
        """The greatest value over the corners of the ranged leaves, in base units."""
        return self.bounds()[1]

    def in_unit(self, value: float | None) -> float | None:
        """Convert a value from base units to the unit in which this figure is printed."""
        return None if value is None else value * self.unit.denominator / self.unit.numerator

    def to(self, unit: str) -> float:
        """Return the value in `unit`; a unit of another dimension is refused."""
        wanted = parse_unit(unit)
        if wanted.dimension != self.dimension:
            raise UnitError(f"{self.key} is in {self.unit.text}, which is not a kind of {unit}")
        return self.number * wanted.denominator / wanted.numerator

    def pint(self) -> Any:
        """Return the value as a `pint.Quantity` of this package's registry, in the unit in which it is printed."""
        from chipgauge.specs.units import registry

        text = {"1": "", "%": "percent"}.get(self.unit.text, self.unit.text)
        return registry().Quantity(self.in_unit(self.number), text)

    def explain(self) -> str:
        """Return the derivation as text: a line a node, inputs before users, a leaf as its sources print it."""
        rows: list[str] = []
        for node in self.nodes():
            inputs = ", ".join(f"{label}={child.key}" for label, child in node.inputs)
            how = f"{node.name}({inputs})" if node.inputs else f"{node.text or node.why} ({', '.join(node.sources)})"
            rows.append(f"{node.key} = {node._shown()}  [{how.removesuffix(' ()')}]")
        return "\n".join(rows)

    def _shown(self) -> str:
        if isinstance(self.value, float):
            return f"{self.in_unit(self.value):.6g} {self.unit.text}".removesuffix(" 1")
        return self.state if self.value is None else str(self.value)

    def __repr__(self) -> str:
        return f"<Figure {self.key}: {self._shown()}>"

    def _repr_html_(self) -> str:
        from html import escape

        return (
            f"<p><strong>{escape(self.key)} = {escape(self._shown())}</strong></p><pre>{escape(self.explain())}</pre>"
        )

    # --- the graph -----------------------------------------------------------------------------------------

    def nodes(self) -> list[Figure]:
        """Return every node that this one stands on, each once, inputs before users, itself last."""
        if "nodes" not in self._cache:
            order: dict[str, Figure] = {}
            stack: list[tuple[Figure, Iterator[Figure]]] = [(self, iter([node for _, node in self.inputs]))]
            open_keys = {self.key}
            while stack:
                node, rest = stack[-1]
                child = next(rest, None)
                if child is None:
                    stack.pop()
                    order[node.key] = node
                elif child.key not in order and child.key not in open_keys:
                    open_keys.add(child.key)
                    stack.append((child, iter([node for _, node in child.inputs])))
            self._cache["nodes"] = list(order.values())
        found: list[Figure] = self._cache["nodes"]
        return found

    def leaves(self) -> list[Figure]:
        """Return the leaves that this figure stands on."""
        return [node for node in self.nodes() if node.kind == "leaf"]

    def all_sources(self) -> list[str]:
        """Return the ids of every source under this figure, in the order in which they are met."""
        return list(dict.fromkeys(source for node in self.nodes() for source in node.sources))

    def weakest_status(self) -> Status:
        """Return `assumed` or `estimated` if any leaf is; else `derived` for a node and `stated` for a leaf.

        Of a `largest` or `smallest` only the input that won counts: the value rests on no other.
        """
        if "status" not in self._cache:
            for node in self.nodes():  # inputs before users: no call goes deeper than one level
                node._cache.setdefault("status", node._weakest())
        status: Status = self._cache["status"]
        return status

    def _weakest(self) -> Status:
        if self.winner:
            won = self.winner.split(TIE)
            winners: list[Status] = [child.weakest_status() for label, child in self.inputs if label in won]
            found: list[Status] = [self.status, *sorted(winners, key=_WEIGHT.__getitem__)[:1]]
        else:
            found = [self.status, *(child.weakest_status() for _, child in self.inputs)]
        worst: Status = max(found, key=_WEIGHT.__getitem__)
        return worst if _WEIGHT[worst] else self.status

    def evaluate(self, given: Mapping[str, Any] | None = None) -> Any:
        """Return the value with some leaves replaced (by key): floats, arrays and fractions run through one path."""
        return evaluation.evaluate(self.nodes(), given or {})

    def function(self, *keys: str) -> Callable[..., Any]:
        """Return the value as a function of some leaves (by key), for many calls: what they do not move is kept."""
        return evaluation.function_of(self.nodes(), keys)

    def corners(self, axes: evaluation.Axes, given: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the values at every combination of values of some leaves (by key), the last leaf changing fastest."""
        return evaluation.corners(self.nodes(), axes, given)

    def ranged_leaves(self) -> list[Figure]:
        """Return the leaves that have a range, relatively widest first."""

        def width(leaf: Figure) -> float:
            assert leaf.leaf_range is not None
            low, high = leaf.leaf_range
            return (high - low) / (abs(leaf.number) or 1.0)

        ranged = [leaf for leaf in self.leaves() if leaf.leaf_range and leaf.leaf_range[0] < leaf.leaf_range[1]]
        return sorted(ranged, key=lambda leaf: (-width(leaf), leaf.key))

    def bounds(self) -> tuple[float | None, float | None]:
        """Return the least and greatest value over the corners of the (at most 12, widest) ranged leaves.

        Without a number there is at most a floor; where a corner has no value (it divides by zero) there are no bounds.
        """
        if "bounds" not in self._cache:
            self._cache["bounds"] = self._corner_bounds()
        ends: tuple[float | None, float | None] = self._cache["bounds"]
        return ends

    def _corner_bounds(self) -> tuple[float | None, float | None]:
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            return (self.floor, None)
        ranged = self.ranged_leaves()[:MOST_CORNERS]
        if not ranged:
            return (self.value, self.value)
        below = [node.inputs[-1][1] for node in self.nodes() if node.name == "/" or node.name.startswith("^-")]
        if any(map(_holds_zero, below)):
            return (None, None)  # a denominator may be zero: the value has no bounds
        nodes, axes = self.nodes(), {leaf.key: leaf.leaf_range or () for leaf in ranged}
        try:
            dear = evaluation.steps(nodes, axes) > MOST_STEPS
            values = (evaluation.least_and_most if dear else evaluation.corners)(nodes, axes)
        except (ArithmeticError, ValueError):
            return (None, None)  # somewhere in the range there is no value: a root or a logarithm of nothing
        return (min(self.value, *values), max(self.value, *values))

    # --- arithmetic ----------------------------------------------------------------------------------------

    def __add__(self, other: Figure) -> Figure:
        return _sum("+", self, other)

    def __sub__(self, other: Figure) -> Figure:
        return _sum("-", self, other)

    def __mul__(self, other: Figure) -> Figure:
        pairs = zip(self.dimension, other.dimension, strict=True)
        basis = tuple(dict.fromkeys(self.basis + other.basis))
        return operation("*", [("a", self), ("b", other)], tuple(a + b for a, b in pairs), basis=basis)

    def __truediv__(self, other: Figure) -> Figure:
        refuse_mixed_bases(self, other)
        pairs = zip(self.dimension, other.dimension, strict=True)
        basis = tuple(one for one in self.basis + other.basis if not (one in self.basis and one in other.basis))
        return operation("/", [("a", self), ("b", other)], tuple(a - b for a, b in pairs), basis=basis)

    def __neg__(self) -> Figure:
        return operation("negative", [("a", self)], self.dimension, unit=self.unit, basis=self.basis)

    def power(self, exponent: float) -> Figure:
        """Return this figure to a plain power."""
        dimension = tuple(power * exponent for power in self.dimension)
        apply = partial(_raised, exponent=exponent)
        return operation(f"^{exponent!r}", [("a", self)], dimension, apply=apply, basis=self.basis)


def _raised(a: Any, exponent: float) -> Any:
    if exponent % 1 and isinstance(a, float) and a < 0:
        raise ValueError("a root of a negative number")
    return a**exponent


def _holds_zero(figure: Figure) -> bool:
    low, high = figure.bounds()
    return low is None or high is None or low <= 0 <= high


# --- making nodes ----------------------------------------------------------------------------------------------


def unknown(
    key: str, name: str, why: str, *, unit: Unit | None = None, item: str = "", basis: tuple[str, ...] = ()
) -> Figure:
    """Return a leaf without a value: nobody we read states it."""
    given = unit or parse_unit("1")
    return Figure(
        key, "leaf", name, None, given, "unknown", item=item, why=why, missing=(key,), status="stated", basis=basis
    )


METHOD = "chipgauge-method"
"""The source of what this program takes by itself: definitions, conventions, a number that nobody wrote."""


def constant(number: float, unit: Unit, text: str = "", *, source: str = METHOD) -> Figure:
    """Return the leaf of a number without a range: of a definition, or `given` by the user."""
    shown = text or f"{number * unit.denominator / unit.numerator:.12g} {unit.text}".removesuffix(" 1")
    return Figure(shown, "leaf", shown, float(number), unit, text=shown, status="stated", sources=(source,))


def amount(subject: Subject) -> Figure:
    """Return the number of a subject as a leaf: the user's where somebody wrote it."""
    return constant(subject.count, parse_unit("1"), source="given" if subject.given else METHOD)


def make_key(name: str, inputs: Sequence[Figure]) -> str:
    """Return the key of a derived node: readable while short, a digest after that."""
    key = f"{name}({', '.join(figure.key for figure in inputs)})"
    if len(key) <= 200:
        return key
    from hashlib import sha256

    return f"{name}#{sha256(key.encode()).hexdigest()[:16]}"


def without_value(inputs: Sequence[tuple[str, Figure]]) -> tuple[State, str, tuple[str, ...]]:
    """Return state, reason and missing keys of a node one of whose inputs has no value."""
    lacking = [figure for _, figure in inputs if not figure.known]
    missing = tuple(dict.fromkeys(key for figure in lacking for key in figure.missing))
    gone = [figure for figure in lacking if figure.state == "absent"]
    first = gone[0] if gone else lacking[0]
    return ("absent" if gone else "unknown", first.why, missing)


def as_array(function: str, *values: Any) -> Any:
    """Apply a NumPy function where one of the values is an array."""
    import numpy

    return getattr(numpy, function)(*values)


def minimum(*values: Any) -> Any:
    """Return the least value; element by element for arrays."""
    if any(hasattr(value, "dtype") for value in values):
        return reduce(lambda a, b: as_array("minimum", a, b), values)
    return min(values)


def maximum(*values: Any) -> Any:
    """Return the greatest value; element by element for arrays."""
    if any(hasattr(value, "dtype") for value in values):
        return reduce(lambda a, b: as_array("maximum", a, b), values)
    return max(values)


def _total(*values: Any) -> Any:
    return sum(values)


def _quotient(a: Any, b: Any) -> Any:
    return a / b


_APPLY: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "negative": operator.neg,
    "total": _total,
    "largest": maximum,
    "smallest": minimum,
}


def operation(
    name: str,
    inputs: Sequence[tuple[str, Figure]],
    dimension: Dimension,
    *,
    unit: Unit | None = None,
    apply: Callable[..., Any] | None = None,
    **more: Any,
) -> Figure:
    """Return the node of an operation: its unit derived, its value computed once from the values of its inputs."""
    function = apply or _APPLY[name]
    unit = unit or usual_unit(dimension)
    key = more.pop("key", None) or make_key(name, [figure for _, figure in inputs])
    base: dict[str, Any] = {"inputs": tuple(inputs), "apply": function, **more}
    if not all(figure.known for _, figure in inputs):
        state, why, missing = without_value(inputs)
        return Figure(key, "operation", name, None, unit, state, why=why, missing=missing, **base)
    try:
        value = float(function(*(figure.number for _, figure in inputs)))
    except ZeroDivisionError:
        zero = inputs[-1][1].key
        return Figure(key, "operation", name, None, unit, "unknown", why=f"{zero} is zero", missing=(zero,), **base)
    return Figure(key, "operation", name, value, unit, **base)


def refuse_mixed_bases(left: Figure, right: Figure) -> None:
    """Raise BasisError where two items' figures rest on different definitions of the same thing.

    Two figures of one item may differ in basis: sparse over dense of one chip is the gain of sparsity.
    """
    if left.item and left.item == right.item:
        return
    ours, theirs = _axes(left.basis), _axes(right.basis)
    for axis, meaning in ours.items():
        if theirs.get(axis, meaning) != meaning:
            raise BasisError(
                f"{left.key} takes {axis} as '{' over '.join(meaning)}', {right.key} as '{' over '.join(theirs[axis])}': "
                f"the two are not compared; {_REMEDY.get(axis, 'take both on one basis')}"
            )


def _axes(bases: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    axes: dict[str, tuple[str, ...]] = {}
    for basis in bases:
        axis, meaning = basis.split(":", 1)
        axes[axis] = (*axes.get(axis, ()), meaning)
    return axes


_REMEDY = {
    "sparsity": "write peak.F (dense) or sparse.F on both sides",
    "direction": "use the each-way figure on both sides",
    "price": "compare bare chips with bare chips, systems with systems",
    "payer": "take the rates of one payer on both sides",
    "power": "compare two chips (design power) or two systems (what they draw)",
}


def _sum(name: str, left: Figure, right: Figure) -> Figure:
    refuse_mixed_bases(left, right)
    if left.dimension != right.dimension:
        raise UnitError(f"cannot write {left.key} {name} {right.key}: {left.unit.text} against {right.unit.text}")
    return operation(name, [("a", left), ("b", right)], left.dimension, unit=left.unit, basis=left.basis or right.basis)


def total(inputs: Sequence[tuple[str, Figure]], **more: Any) -> Figure:
    """Return the sum of figures of one unit; with an unknown part, unknown with the known parts as floor."""
    return _many("total", inputs, sum, **more)


def largest(inputs: Sequence[tuple[str, Figure]], **more: Any) -> Figure:
    """Return the largest of the figures and which one won; ignores absent ones.

    With an unknown input the result is unknown, and the largest known one is its floor.
    """
    return _many("largest", inputs, max, **more)


def smallest(inputs: Sequence[tuple[str, Figure]], **more: Any) -> Figure:
    """Return the smallest of the figures and which one won; ignores absent ones."""
    return _many("smallest", inputs, None, **more)


def _many(
    name: str, inputs: Sequence[tuple[str, Figure]], floor: Callable[[list[float]], float] | None, **more: Any
) -> Figure:
    present = [(label, figure) for label, figure in inputs if figure.state != "absent"]
    if not present:
        return operation(name, inputs, inputs[0][1].dimension, unit=inputs[0][1].unit, **more)
    first = present[0][1]
    for _, figure in present:
        if figure.dimension != first.dimension:
            raise UnitError(f"cannot take the {name} of {first.unit.text} and {figure.unit.text}")
    for one, other in combinations({(figure.basis, figure.item): figure for _, figure in present}.values(), 2):
        refuse_mixed_bases(one, other)
    more.setdefault("basis", tuple(dict.fromkeys(axis for _, figure in present for axis in figure.basis)))
    numbers = [(figure.number, label) for label, figure in present if figure.known]
    if name != "total" and numbers:
        best = (max if name == "largest" else min)(number for number, _ in numbers)
        more.setdefault("winner", TIE.join(label for number, label in numbers if number == best))
    if floor is not None and len(numbers) < len(present):  # bounds are dear: asked for only where a part is unknown
        least = [figure.low for _, figure in present if figure.low is not None]
        more.setdefault("floor", floor(least) if least else None)
    return operation(name, present, first.dimension, unit=first.unit, **more)


_COMPARE: dict[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def comparison(sign: str, left: Figure, right: Figure) -> Figure:
    """Return the yes/no of a comparison; unknown where a side is unknown."""
    refuse_mixed_bases(left, right)
    if left.dimension != right.dimension:
        raise UnitError(f"cannot compare {left.unit.text} with {right.unit.text}")
    inputs = (("a", left), ("b", right))
    key, unit = make_key(sign, (left, right)), parse_unit("1")
    if not (left.known and right.known):
        state, why, missing = without_value(inputs)
        return Figure(key, "operation", sign, None, unit, state, inputs, _COMPARE[sign], why=why, missing=missing)
    holds = bool(_COMPARE[sign](left.value, right.value))
    return Figure(key, "operation", sign, holds, unit, inputs=inputs, apply=_COMPARE[sign])
