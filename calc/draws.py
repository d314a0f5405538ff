# SPDX-License-Identifier: Apache-2.0
"""Draws of many uncertain figures at once, with declared correlation: inputs that move together are drawn together.

A group of leaves shares one normal factor (a one-factor Gaussian copula): independent errors would cancel in a sum, and
its interval would come out too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from chipgauge.calc.cost_terms import names_of
from chipgauge.calc.graph import SEED, triangular
from chipgauge.specs.errors import UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure

Z95 = 1.6448536269514722
"""The 95% point of the normal distribution."""


def two_piece(z: Any, median: float, low: float, high: float) -> Any:
    """Return a two-piece lognormal at normal scores: its median, and its 5% and 95% ends as given.

    >>> import numpy
    >>> two_piece(numpy.array([-Z95, 0.0, Z95]), 4.0, 2.0, 16.0).round(9).tolist()
    [2.0, 4.0, 16.0]
    """
    import numpy

    if not 0 < low <= median <= high:
        raise UnitError(f"a lognormal needs 0 < low <= median <= high, got {low:g}, {median:g}, {high:g}")
    up, down = math.log(high / median) / Z95, math.log(median / low) / Z95
    slope: Any = numpy.where(z > 0, up, down)
    return median * numpy.exp(slope * z)


def scores(
    keys: Iterable[str], count: int, *, groups: Mapping[str, str], rho: float, seed: int = SEED
) -> dict[str, Any]:
    """Return standard normal scores by key: those of one group have the correlation `rho`, all others none.

    Raises
    ------
    UnitError
        A correlation outside 0 to 1.
    """
    import numpy

    if not 0 <= rho <= 1:
        raise UnitError(f"a correlation is between 0 and 1, got {rho:g}")
    ordered = sorted(set(keys))
    named = sorted({groups[key] for key in ordered if groups.get(key)})
    generator = numpy.random.default_rng(seed)
    shared = dict(zip(named, generator.standard_normal((len(named), count)), strict=True))
    own = dict(zip(ordered, generator.standard_normal((len(ordered), count)), strict=True))
    made: dict[str, Any] = {}
    for key in ordered:
        group = groups.get(key, "")
        made[key] = own[key] if not group else numpy.sqrt(rho) * shared[group] + numpy.sqrt(1 - rho) * own[key]
    return made


def correlated(
    leaves: Iterable[Figure], count: int, *, groups: Mapping[str, str] | None = None, rho: float = 0.0,
    lognormal: Iterable[str] = (), seed: int = SEED,
) -> dict[str, Any]:  # fmt: skip
    """Return draws of ranged leaves by key.

    Parameters
    ----------
    groups : mapping
        Group of a leaf by key; leaves of one group have the correlation `rho` of their normal scores.
    lognormal : iterable of str
        Keys of leaves whose range is a median with 5% and 95% ends; every other one is triangular over its range.

    Examples
    --------
    >>> from chipgauge.calc.quantity import quantity
    >>> leaf = quantity("peak.bf16", "910C")
    >>> values = correlated([leaf], 1000)[leaf.key]
    >>> bool((values >= 752e12).all() and (values <= 800e12).all())
    True
    """
    from scipy.special import ndtr

    ranged = {leaf.key: leaf for leaf in leaves if leaf.leaf_range and leaf.leaf_range[0] < leaf.leaf_range[1]}
    normal = scores(ranged, count, groups=groups or {}, rho=rho, seed=seed)
    wanted = set(lognormal)
    made: dict[str, Any] = {}
    for key, leaf in ranged.items():
        assert leaf.leaf_range is not None
        low, high = leaf.leaf_range
        made[key] = (
            two_piece(normal[key], leaf.number, low, high)
            if key in wanted
            else triangular(ndtr(normal[key]), low, leaf.number, high)
        )
    return made


def declared(texts: Sequence[str], figures: Iterable[Figure]) -> dict[tuple[str, str], float]:
    """Return declared correlations by the keys of two leaves, read from texts `A,B=0.7`.

    A name is the key of a leaf with a range under one of the figures, its quantity with case, the quantity alone, or a
    term of cost.

    Raises
    ------
    UnknownName
        A text that cannot be read, or a name that no figure stands on.
    UnitError
        A correlation outside -1 to 1, or several that contradict each other.

    Examples
    --------
    >>> from chipgauge.calc.cost_terms import terms
    >>> from chipgauge.specs.catalog import catalog
    >>> us = terms("us", catalog=catalog())
    >>> declared(["pue,price.electricity=0.5"], [us["pue"] * us["price.electricity"]])
    {('electricity/price.electricity:us-industrial@2025', 'pue/pue:hyperscaler'): 0.5}
    """
    known = [figure for figure in figures if figure.known]
    names: dict[str, str] = {}
    for figure in known:
        for leaf in figure.ranged_leaves():
            for name in names_of(leaf):
                names.setdefault(name, leaf.key)
    made: dict[tuple[str, str], float] = {}
    for text in texts:
        pair, equals, number = text.rpartition("=")
        both = [name.strip() for name in pair.split(",")]
        try:
            rho = float(number)
        except ValueError:
            rho = math.nan
        if not equals or len(both) != 2 or math.isnan(rho):
            raise UnknownName(f"cannot read {text[:60]!r}; write --correlate 'pue,price.electricity=0.5'")
        if not -1 <= rho <= 1:
            raise UnitError(f"a correlation is between -1 and 1, got {rho:g}")
        for name in both:
            if name not in names:
                hint = (
                    did_you_mean(name, names)
                    or f" It stands on: {', '.join(sorted(set(names) - set(names.values())))[:600]}."
                )
                raise UnknownName(f"no figure of this answer with a range is called {name[:60]!r}.{hint}")
        first, second = names[both[0]], names[both[1]]
        if first == second:
            raise UnknownName(f"{both[0][:60]!r} and {both[1][:60]!r} are one figure, {first}")
        made[min(first, second), max(first, second)] = rho
    _factor(sorted({key for pair in made for key in pair}), made)
    return made


def tied(points: Any, keys: Sequence[str], correlations: Mapping[tuple[str, str], float]) -> Any:
    """Return uniform points whose normal scores have the declared correlations; a column a key. [shape of `points`]

    >>> import numpy
    >>> points = numpy.random.default_rng(1).random((20000, 2))
    >>> round(float(numpy.corrcoef(tied(points, ["a", "b"], {("a", "b"): 0.8}).T)[0, 1]), 1)
    0.8
    """
    import numpy
    from scipy.special import ndtr, ndtri

    used = sorted({key for pair in correlations for key in pair if set(pair) <= set(keys)})
    if not used:
        return points
    columns = [list(keys).index(key) for key in used]
    normal = cast(Any, ndtri)(numpy.clip(points[:, columns], 1e-12, 1 - 1e-12))
    made = numpy.array(points)
    made[:, columns] = ndtr(normal @ _factor(used, correlations).T)
    return made


def _factor(keys: Sequence[str], correlations: Mapping[tuple[str, str], float]) -> Any:
    """Return a square root of the matrix of correlations, whose eigenvalues must not be negative."""
    import numpy

    matrix = numpy.eye(len(keys))
    for (first, second), rho in correlations.items():
        if first in keys and second in keys:
            one, other = list(keys).index(first), list(keys).index(second)
            matrix[one, other] = matrix[other, one] = rho
    if not len(keys):
        return matrix
    sizes, vectors = numpy.linalg.eigh(matrix)
    if sizes.min() < -1e-9:
        raise UnitError("these correlations contradict each other: no numbers have all of them at once")
    root: Any = vectors * numpy.sqrt(numpy.maximum(sizes, 0.0))
    return root


__all__ = ["Z95", "correlated", "declared", "scores", "tied", "two_piece"]
