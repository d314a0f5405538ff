# SPDX-License-Identifier: Apache-2.0
"""Readers of a derivation: the node list, 90% samples, the swing per leaf, and whether a saved result still holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from chipgauge.calc.formula import FORMULAS
from chipgauge.specs.figure import Figure, as_array
from chipgauge.specs.guards import is_table

SAMPLES = 4096
"""Scrambled Sobol points of a 90% interval; a power of two."""
SEED = 20261122
BATCH = 1 << 14
"""Points that are drawn and evaluated at once."""


def node_list(figure: Figure, *, ranges: bool = True) -> dict[str, dict[str, Any]]:
    """Return every node of a derivation by key, inputs before users, in plain data.

    This *is* the result: `explain`, the report and `verify` print from it. Without `ranges` only leaves have bounds: a
    model with dozens of ranged leaves has too many corners.
    """
    return {node.key: _plain(node, ranges or node.kind == "leaf") for node in figure.nodes()}


def _plain(node: Figure, ranges: bool) -> dict[str, Any]:
    low, high = node.bounds() if ranges else (None, None)
    shown: dict[str, Any] = {"kind": node.kind, "name": node.name}
    if isinstance(node.value, (str, bool)):
        shown["value"] = node.value
    else:
        shown |= {"value": node.in_unit(node.value), "unit": node.unit.text}
        shown |= {"low": node.in_unit(low), "high": node.in_unit(high)}
    if not node.known:
        shown |= {"state": node.state, "why": node.why, "missing": list(node.missing)}
    shown["status"] = node.status
    if node.kind == "formula":
        shown["formula"] = FORMULAS[node.name].text()
    for name, value in (
        ("text", node.text),
        ("cite", node.cite),
        ("condition", node.condition),
        ("note", node.note),
        ("winner", node.winner),
        ("item", node.item),
    ):
        if value:
            shown[name] = value
    if node.kind == "leaf":
        shown |= {"quantity": node.name, "sources": list(node.sources)}
        if node.known and node.why:
            shown["why"] = node.why
    else:
        shown["inputs"] = {name: child.key for name, child in node.inputs}
    return shown


Correlations = Mapping[tuple[str, str], float]
"""Declared correlations of two leaves by their keys; every other pair is independent (`calc.draws.declared`)."""


def sample(figure: Figure, count: int = SAMPLES, seed: int = SEED, *, correlations: Correlations | None = None) -> Any:
    """Return `count` values of a figure, one scrambled Sobol point each over its ranged leaves, as an array.

    Each leaf is triangular over (low, value, high). Equal key, same unknown: a leaf that enters twice is drawn once,
    so pass one figure that holds both uses. Figures sampled apart share draws only leaf by leaf, not point by point.
    """
    import numpy

    number, ranged = figure.number, figure.ranged_leaves()
    if not ranged:
        return numpy.full(count, number)
    from chipgauge.calc.program import compiled

    keys = [leaf.key for leaf in ranged]
    program = compiled(
        [figure], keys
    )  # of hundreds of nodes most stand on no range and are not computed for each batch
    values = numpy.empty(count)
    for start, drawn in _batches(ranged, count, seed, correlations):
        values[start : start + len(drawn[keys[0]])] = program.run([drawn[key] for key in keys])[0]
    return values


def draws(
    leaves: list[Figure], count: int = SAMPLES, seed: int = SEED, *, correlations: Correlations | None = None
) -> dict[str, Any]:
    """Return the sampled values of some ranged leaves by key; the order of the leaves does not matter."""
    import numpy

    parts = [drawn for _, drawn in _batches(leaves, count, seed, correlations)]
    return {key: numpy.concatenate([part[key] for part in parts]) for key in parts[0]} if len(parts) > 1 else parts[0]


def _batches(
    leaves: list[Figure], count: int, seed: int, correlations: Correlations | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield sampled values by key in batches that fit into the cache of a core, each with its first place."""
    import numpy
    from scipy.stats import qmc

    ordered = sorted(leaves, key=lambda leaf: leaf.key)
    engine = qmc.Sobol(len(ordered), scramble=True, rng=numpy.random.default_rng(seed))
    whole = 1 << max(1, (count - 1).bit_length())  # a Sobol sequence is balanced over powers of two
    for start in range(0, count, BATCH):
        points = engine.random(min(BATCH, whole))[: count - start]
        if correlations:
            from chipgauge.calc.draws import tied

            points = tied(points, [leaf.key for leaf in ordered], correlations)
        values: dict[str, Any] = {}
        for column, leaf in zip(numpy.ascontiguousarray(points.T), ordered, strict=True):
            assert leaf.leaf_range is not None
            low, high = leaf.leaf_range
            values[leaf.key] = triangular(column, low, leaf.number, high)
        yield start, values


def triangular(u: Any, low: float, mode: float, high: float) -> Any:
    """Return a triangular distribution at uniform scores.

    >>> import numpy
    >>> triangular(numpy.array([0.0, 0.5, 1.0]), 0.0, 1.0, 2.0).tolist()
    [0.0, 1.0, 2.0]
    """
    if high == low:
        return mode + 0.0 * u
    below: Any = u < (mode - low) / (high - low)
    square = as_array("where", below, u * (high - low) * (mode - low), (1 - u) * (high - low) * (high - mode))
    root = as_array("sqrt", square)
    return as_array("where", below, low + root, high - root)


def interval(
    figure: Figure, count: int = SAMPLES, seed: int = SEED, *, correlations: Correlations | None = None
) -> tuple[float, float]:
    """Return the 5% and 95% quantiles over samples, widened so that low <= value <= high.

    >>> from chipgauge.calc.quantity import quantity
    >>> low, high = interval(quantity("peak.bf16", "910C"))
    >>> 752 <= low / 1e12 < high / 1e12 <= 800
    True
    """
    import numpy

    low, high = (
        float(end) for end in numpy.quantile(sample(figure, count, seed, correlations=correlations), [0.05, 0.95])
    )
    return min(low, figure.number), max(high, figure.number)


def swing(figure: Figure) -> list[tuple[str, float, float]]:
    """Return, for each ranged leaf, the result with that leaf alone at its low and at its high; widest first.

    >>> from chipgauge.calc.quantity import quantity
    >>> [key for key, low, high in swing(quantity("tpp", "910C"))][0]
    'huawei-ascend-910c/peak.bf16'
    """
    rows: list[tuple[str, float, float]] = []
    for leaf in figure.ranged_leaves() if figure.known else ():
        assert leaf.leaf_range is not None
        low, high = leaf.leaf_range
        with suppress(ArithmeticError, ValueError):  # no value at one end: the leaf has no swing
            at = figure.function(leaf.key)
            rows.append((leaf.key, at(low), at(high)))
    return sorted(rows, key=lambda row: (-abs(row[2] - row[1]), row[0]))


def changed_leaves(saved: Mapping[str, Any], current: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the leaves of a saved result that differ now, each with what it was and is; gone and come ones too.

    >>> changed_leaves({"a/x": {"value": 1.0}}, {"a/x": {"value": 2.0}})
    [{'key': 'a/x', 'was': {'value': 1.0}, 'now': {'value': 2.0}}]
    """
    rows: list[dict[str, Any]] = []
    for key in sorted({*saved, *current}):
        was, now = _brief(saved.get(key)), _brief(current.get(key))
        if was is None or now is None or any(not _same(was.get(f), now.get(f)) for f in {*was, *now}):
            rows.append({"key": key, "was": was, "now": now})
    return rows


def _brief(node: Any) -> dict[str, Any] | None:
    if not is_table(node):
        return None
    return {name: node[name] for name in ("value", "unit", "low", "high", "state") if name in node}


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-12)
    return bool(a == b)
