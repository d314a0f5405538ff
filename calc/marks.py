# SPDX-License-Identifier: Apache-2.0
"""Derivations side by side: what one question assumes has keys of its own, and does not pass for what another does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chipgauge.specs.figure import Figure


def apart(figure: Figure, mark: str, own: Callable[[Figure], bool]) -> Figure:
    """Return a derivation in which some leaves, and all that stands on them, have keys of their own.

    Equal key, same unknown: what one question assumes (a plan, a replaced value) must not pass for another's.

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
        if changed or (node.kind == "leaf" and own(node)):
            made[node.key] = replace(node, key=node.key + mark, inputs=inputs, _cache={})
        else:
            made[node.key] = node
    return made[figure.key]


__all__ = ["apart"]
