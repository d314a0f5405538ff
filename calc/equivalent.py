# SPDX-License-Identifier: Apache-2.0
"""How many of one thing equal a cluster of another by a named metric, and at what capital cost and power.

Both sides of a ratio stand on one basis: bare chips against bare chips, whole systems against whole systems. Where
the tables have no figure on a common basis, the ratio is unknown and says what is missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chipgauge.calc.compare import over
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnitError, UnknownName
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.records import Subject


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that could bind a build: what it needs, in words, with the figure it stands on."""

    name: str
    text: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What `equivalent` answers. Ratios are the build over the original."""

    of: Subject
    within: Subject
    by: str
    count: Figure
    whole: int | None
    whole_range: tuple[int, int] | None
    capex_ratio: Figure
    tco_ratio: Figure
    power_ratio: Figure
    binding: str
    limits: tuple[Limit, ...]


def equivalent(
    of: str, within: str, *, by: str = "peak.bf16", catalog: Catalog | None = None, on: str = ""
) -> Equivalence:
    """Return how many of `within` equal `of` by a metric.

    Parameters
    ----------
    of : str
        An item or amount: `100000 H200`, `NVL72`.
    within : str
        The item to build it from, without a number.
    by : str
        A quantity name with a number; a metric that is not summed over chips is refused.

    Examples
    --------
    >>> result = equivalent("100000 H200", "Ascend 910C", by="peak.bf16")
    >>> result.whole, result.whole_range
    (131583, (123688, 131583))
    """
    catalog = catalog or shipped()
    original, part = catalog.subject(of), catalog.subject(within)
    if part.count != 1:
        raise UnknownName(f"--in takes an item without a number, got {within[:60]!r}; write --in {part.item.name!r}")
    total, each = (quantity(by, subject, catalog=catalog, on=on) for subject in (original, part))
    _require_summed(by, original, catalog, on)
    count = over(total, each)
    whole = math.ceil(_down(count.number)) if count.known else None
    ends = [end for end in count.bounds() if end is not None] if count.known else []
    whole_range = (math.ceil(_down(ends[0])), math.ceil(_down(ends[1]))) if len(ends) == 2 else None
    kinds = {original.item.kind, part.item.kind}
    power = {"chip": "power.tdp", "cluster": "power.facility"}.get(
        kinds.pop() if len(kinds) == 1 else "", "power.system"
    )
    capex = _ratio(count, "price", original, part, catalog, on)
    return Equivalence(
        original, part, by, count, whole, whole_range,
        capex_ratio=capex,
        tco_ratio=unknown("tco_ratio", "tco_ratio", "the cost of ownership needs a cost model, which these tables do not carry yet"),
        power_ratio=_ratio(count, power, original, part, catalog, on),
        binding="", limits=(),
    )  # fmt: skip


def _down(value: float) -> float:
    """Take back the last rounding, so that an exact whole number does not become one more."""
    return value * (1 - 1e-12)


def _require_summed(by: str, original: Subject, catalog: Catalog, on: str) -> None:
    one, two = (quantity(by, Subject(original.item, n), catalog=catalog, on=on) for n in (1.0, 2.0))
    if one.known and two.known and isinstance(one.value, float):
        if abs(two.number - 2 * one.number) > 1e-9 * abs(two.number):
            raise UnitError(
                f"{by} is not summed over chips, so nothing adds up to it; take for example peak.bf16 or memory.bandwidth"
            )
    elif one.known:
        raise UnitError(f"{by} is not a number; take for example peak.bf16 or memory.bandwidth")


def _ratio(count: Figure, name: str, original: Subject, part: Subject, catalog: Catalog, on: str) -> Figure:
    """Return what the build has over what the original has."""
    below, each = (quantity(name, subject, catalog=catalog, on=on) for subject in (original, part))
    if original.item.kind != part.item.kind:
        why = f"{name} of a {part.item.kind} and of a {original.item.kind} are on two bases; compare chips with chips or systems with systems"
        return unknown(f"{name} ratio({part.key} for {original.key})", name, why)
    return over(count * each, below, strict=False)
