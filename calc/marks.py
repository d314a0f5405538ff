# SPDX-License-Identifier: Apache-2.0
"""Derivations side by side: what one question assumes has keys of its own, and does not pass for what another does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chipgauge.specs.figure import Figure


def of_a_run(leaf: Figure) -> bool:
    """Tell whether a leaf is of one run alone: given, chosen or assumed for it, and from no table."""
    return not leaf.sources or leaf.sources == ("given",)


def apart(
    figure: Figure, mark: str, own: Callable[[Figure], bool] = of_a_run, said: Callable[[Figure], Figure] | None = None
) -> Figure:
    """Return a derivation in which some leaves, and all that stands on them, have keys of their own.

    Equal key, same unknown: what one question assumes (a plan, a replaced value) must not pass for another's. `said`
    returns an own leaf with what else is to be said of it there, such as a source.

    Examples
    --------
    >>> from chipgauge.calc.quantity import quantity
    >>> made = apart(quantity("ridge.bf16", "H20"), " here", lambda leaf: leaf.name == "peak.bf16")
    >>> [node.key for node in made.nodes()]
    ['nvidia-h20-96gb/peak.bf16 here', 'nvidia-h20-96gb/memory.bandwidth', 'ridge.bf16(nvidia-h20-96gb) here']
    """
    made: dict[str, Figure] = {}
    for node in figure.nodes():
        inputs = tuple((label, made[child.key]) for label, child in node.inputs)
        changed = any(new is not old for (_, new), (_, old) in zip(inputs, node.inputs, strict=True))
        mine = node.kind == "leaf" and own(node)
        here = said(node) if mine and said else node
        made[node.key] = replace(here, key=node.key + mark, inputs=inputs, _cache={}) if changed or mine else node
    return made[figure.key]


__all__ = ["apart", "of_a_run"]
