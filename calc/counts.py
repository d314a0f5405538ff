# SPDX-License-Identifier: Apache-2.0
"""H100- and GB300-equivalents: how many of a reference chip something equals, on a named basis and never without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, amount, largest, operation, total
from chipgauge.specs.records import Item, Subject

REFERENCES = {"h100e": "nvidia-h100-sxm", "gb300e": "nvidia-gb300"}
"""The reference chip of each prefix."""
_PLAIN = {"tpp": "aggregate.tpp", "bf16": "peak.bf16", "fp8": "peak.fp8", "bandwidth": "memory.bandwidth"}


class Resolver(Protocol):
    """What the one resolver offers here."""

    catalog: Catalog

    def figure(self, name: str, subject: Subject) -> Figure: ...
    def contents(self, item: Item) -> list[tuple[Figure, Item]]: ...


def equivalents(resolver: Resolver, prefix: str, basis: str, subject: Subject) -> Figure:
    """Return how many of the reference chip a subject equals on a basis of `H100E_BASES`."""
    reference = resolver.catalog.items[REFERENCES[prefix]]
    made = _counted(resolver, basis, subject) / _counted(resolver, basis, Subject(reference))
    key = f"{prefix}.{basis}({subject.key})"
    return replace(made, key=key, item=subject.item.id, condition=f"{basis} basis", _cache={})


def _counted(resolver: Resolver, basis: str, subject: Subject) -> Figure:
    if basis in _PLAIN:
        return resolver.figure(_PLAIN[basis], subject)
    if subject.item.kind in ("system", "cluster"):
        return _over_chips(resolver, basis, subject)
    fp4 = resolver.figure("peak.fp4", subject) if basis == "fp4" else None
    return fp4 if fp4 is not None and fp4.known else _eight_bit(resolver, subject)


def _over_chips(resolver: Resolver, basis: str, subject: Subject) -> Figure:
    """Return the sum over the chips of a system or cluster: what a chip falls back to is its own, not that of the sum."""
    contents, item = resolver.contents(subject.item), subject.item.id
    if not contents:
        return resolver.figure("peak.bf16", subject)  # unknown, and why
    parts: list[tuple[str, Figure]] = []
    for count, chip in contents:
        each = _counted(resolver, basis, Subject(chip))
        inputs = [("count", count), ("each", each)]
        if subject.count != 1:
            inputs.insert(0, ("of", amount(subject)))
        made = operation(
            "*", inputs, each.dimension, unit=each.unit, apply=_product, key=f"{basis}({count.key})", item=item,
            basis=each.basis,
        )  # fmt: skip
        parts.append((chip.id, made))
    if len(parts) == 1:
        return replace(parts[0][1], key=f"{basis}({subject.key})", _cache={})
    return total(parts, key=f"{basis}({subject.key})", item=item)


def _product(first: float, *others: float) -> float:
    for other in others:
        first = first * other
    return first


def _eight_bit(resolver: Resolver, subject: Subject) -> Figure:
    """Return the higher of FP8 and INT8; a part with neither is counted at BF16 or FP16, and the node says so."""
    found = [(form, resolver.figure(f"peak.{form}", subject)) for form in ("fp8", "int8")]
    known = [(form, figure) for form, figure in found if figure.known]
    if not known:
        wider = [(form, resolver.figure(f"peak.{form}", subject)) for form in ("bf16", "fp16")]
        known = [pair for pair in wider if pair[1].known][:1] or wider[:1]
    return largest(known, key=f"8bit({subject.key})", note=f"8-bit basis from {' and '.join(f for f, _ in known)}")


__all__ = ["REFERENCES", "equivalents"]
