# SPDX-License-Identifier: Apache-2.0
"""A derivation on other values of its leaves: at every corner of some ranges, or as a plain function of a few of them.

The nodes of a derivation come inputs before users. What several corners or several calls share is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Protocol


class Node(Protocol):
    """What a walk over a derivation needs of a `Figure`."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def apply(self) -> Callable[..., Any] | None: ...
    @property
    def inputs(self) -> Sequence[tuple[str, Node]]: ...


Axes = Mapping[str, Sequence[Any]]
"""The values that some leaves take, by their keys."""


def evaluate(nodes: Sequence[Node], given: Mapping[str, Any]) -> Any:
    """Return the value of the last node with some leaves replaced (by key): floats, arrays and fractions alike."""
    values: dict[str, Any] = {}
    for node in nodes:
        if node.key in given:
            values[node.key] = given[node.key]
        elif node.apply is None:
            values[node.key] = node.value
        else:
            values[node.key] = node.apply(*(values[child.key] for _, child in node.inputs))
    return values[nodes[-1].key]


def function_of(nodes: Sequence[Node], keys: Sequence[str]) -> Callable[..., Any]:
    """Return the value of the last node as a function of some leaves (by key): a call computes what stands on them.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> leaf = catalog().leaf("nvidia-h200-sxm", "memory.bandwidth")
    >>> function_of((leaf / leaf.power(0.5)).nodes(), [leaf.key])(9.0)
    3.0
    """
    places = {node.key: place for place, node in enumerate(nodes)}
    values: list[Any] = [node.value for node in nodes]
    moved = set(keys)
    steps: list[tuple[int, Callable[..., Any], list[int]]] = []
    for place, node in enumerate(nodes):
        if node.apply is None or node.key in keys:
            continue
        if not moved.isdisjoint(child.key for _, child in node.inputs):
            moved.add(node.key)
            steps.append((place, node.apply, [places[child.key] for _, child in node.inputs]))
    own = [places[key] for key in keys]

    def at(*given: Any) -> Any:
        row = values.copy()
        for place, value in zip(own, given, strict=True):
            row[place] = value
        for place, apply, inputs in steps:
            row[place] = apply(*[row[one] for one in inputs])
        return row[-1]

    return at


def corners(nodes: Sequence[Node], axes: Axes, given: Mapping[str, Any] | None = None) -> list[Any]:
    """Return the values of the last node at every combination of the values of some leaves, the last of them fastest.

    A node is computed once for each combination of the leaves that it stands on, not for each of the whole. `given`
    replaces other leaves.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> one, other = (catalog().leaf(f"nvidia-{name}", "memory.bandwidth") for name in ("h200-sxm", "h20-96gb"))
    >>> corners((one / other).nodes(), {one.key: [6.0, 8.0], other.key: [1.0, 2.0]})
    [6.0, 3.0, 8.0, 4.0]
    """
    tables: dict[str, Sequence[Any]] = {**{key: [value] for key, value in (given or {}).items()}, **axes}
    under = _under(nodes, axes, tables)
    for node in nodes:
        if node.key not in tables:
            columns = [_spread(tables[one.key], under[one.key], under[node.key], axes) for _, one in node.inputs]
            tables[node.key] = [node.value] if node.apply is None else list(map(node.apply, *columns))
    return list(tables[nodes[-1].key])


def steps(nodes: Sequence[Node], axes: Axes) -> int:
    """Return how many values of nodes `corners` computes."""
    return sum(prod(len(axes[key]) for key in keys) for keys in _under(nodes, axes, axes).values())


def least_and_most(nodes: Sequence[Node], axes: Axes) -> tuple[float, float]:
    """Return the ends of `corners` by one walk over columns, which is worth the import of NumPy where there are many."""
    import numpy

    columns = dict(zip(axes, numpy.ix_(*axes.values()), strict=True))
    with numpy.errstate(divide="raise", over="raise", invalid="raise"):  # as plain Python raises
        found = numpy.asarray(evaluate(nodes, columns))
    return float(found.min()), float(found.max())


def _under(nodes: Sequence[Node], axes: Axes, replaced: Axes) -> dict[str, tuple[str, ...]]:
    """Return for each node which of the leaves it stands on, in their order; what is replaced stands on itself alone."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        inputs = () if node.key in replaced else node.inputs
        below = {key for _, child in inputs for key in found[child.key]} | {node.key}
        found[node.key] = tuple(key for key in axes if key in below)
    return found


def _spread(table: Sequence[Any], own: tuple[str, ...], wanted: tuple[str, ...], axes: Axes) -> Sequence[Any]:
    """Return the table of a node over some leaves as one over more of them: the same value whatever the others are."""
    if own == wanted:
        return table
    places, stride = [0], len(table)
    for key in wanted:
        count = len(axes[key])
        stride //= count if key in own else 1
        places = [place + stride * step * (key in own) for place in places for step in range(count)]
    return [table[place] for place in places]


__all__ = ["corners", "evaluate", "function_of", "least_and_most", "steps"]
