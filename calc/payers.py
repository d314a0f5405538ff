# SPDX-License-Identifier: Apache-2.0
"""Equal work at published costs of a chip-hour, by who pays: owner at scale, small owner, tenant.

"At higher cost" has no one answer: it depends on who pays and on what binds the work. All are shown side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from chipgauge.calc.compare import over
from chipgauge.calc.quantity import quantity
from chipgauge.calc.utilisation import family
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.records import Item
from chipgauge.specs.units import parse_unit

PAYERS = {"hyperscaler": "owner at scale, four years", "neocloud": "small owner", "rental": "tenant, three years"}
"""Who pays, as the source names it."""
WORK = {
    "training": ("peak.bf16", "training, BF16 peak"),
    "fp8": ("peak.fp8", "inference bound by compute, FP8"),
    "fp4": ("peak.fp4", "inference bound by compute, FP4 against FP8"),
    "bandwidth": ("memory.bandwidth", "inference bound by memory bandwidth"),
}
"""What binds the work, and the rate by which it is counted; FP4 falls back to FP8 where a chip has none."""


@dataclass(frozen=True, slots=True)
class Premium:
    """The cost of equal work on one chip over another, for one payer and one bound."""

    chip: Item
    against: Item
    payer: str
    work: str
    chips: Figure
    ratio: Figure


def hourly(chip: Item, payer: str, catalog: Catalog) -> Figure:
    """Return the published cost of an hour of a chip for a payer."""
    leaf = catalog.leaf(chip.id, f"cost.hourly:{payer}")
    return leaf or unknown(
        f"{chip.id}/cost.hourly:{payer}",
        "cost.hourly",
        f"no source states the cost of an hour of {chip.name} for a {payer}",
        unit=parse_unit("USD/h"),
    )


def rate(chip: Item, work: str, catalog: Catalog, on: str = "") -> Figure:
    """Return the rate by which a kind of work is counted on a chip; FP4 falls back to FP8."""
    name = WORK[work][0]
    figure = quantity(name, chip.id, catalog=catalog, on=on)
    return quantity("peak.fp8", chip.id, catalog=catalog, on=on) if work == "fp4" and not figure.known else figure


def premium(chip: Item, against: Item, payer: str, work: str, *, catalog: Catalog, on: str = "") -> Premium:
    """Return the cost of equal work on a chip over another.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> found = premium(here.find("H200"), here.find("B200"), "hyperscaler", "training", catalog=here)
    >>> round(found.chips.number, 2), round(found.ratio.number, 2)
    (2.27, 1.64)
    """
    chips = over(rate(against, work, catalog, on), rate(chip, work, catalog, on), strict=False)
    costs = over(hourly(chip, payer, catalog), hourly(against, payer, catalog), strict=False)
    ratio = replace(
        chips * costs, key=f"cost of equal work({chip.id}, {against.id}, {payer}, {work})", basis=(), _cache={}
    )
    return Premium(chip, against, payer, work, chips, ratio)


def premiums(chip: Item, against: list[Item], *, catalog: Catalog, on: str = "") -> list[Premium]:
    """Return the cost of equal work over several chips for every payer and every bound."""
    return [
        premium(chip, other, payer, work, catalog=catalog, on=on)
        for other in against
        for payer in PAYERS
        for work in WORK
    ]


@dataclass(frozen=True, slots=True)
class Span:
    """The cost of equal work over several chips, least to most, for one payer and one bound.

    `existing` is the span over chips whose rates exist; None where all are placeholders of the source.
    """

    payer: str
    work: str
    low: float
    high: float
    existing: tuple[float, float] | None

    @property
    def words(self) -> str:
        """The span over rates that exist, in words."""
        if self.existing is None:
            return "none"
        ends = [f"{end:.2f}" for end in self.existing]
        return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def spans(found: Sequence[Premium]) -> list[Span]:
    """Return the span of every payer and bound over the chips of some premiums; unknown ones are left out.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> rows = premiums(here.find("H200"), [here.find(name) for name in ("B200", "B300", "GB200", "GB300")], catalog=here)
    >>> [(span.payer, round(span.low, 2), round(span.high, 2), span.words) for span in spans(rows) if span.work == "training"]
    [('hyperscaler', 1.34, 1.64, '1.61 to 1.64'), ('neocloud', 1.33, 1.69, '1.60 to 1.69'), ('rental', 1.02, 1.25, '1.22 to 1.25')]
    """
    made: list[Span] = []
    for payer, work in product(PAYERS, WORK):
        rows = [row for row in found if (row.payer, row.work) == (payer, work) and row.ratio.known]
        if rows:
            values = [row.ratio.number for row in rows]
            real = [row.ratio.number for row in rows if row.ratio.weakest_status() != "assumed"]
            made.append(Span(payer, work, min(values), max(values), (min(real), max(real)) if real else None))
    return made


def alike(chips: Sequence[Item], catalog: Catalog) -> list[Item]:
    """Return some chips and the others of their generations whose hourly cost is published.

    >>> from chipgauge.specs.catalog import catalog
    >>> [item.id for item in alike([catalog().find("GB200")], catalog())]
    ['nvidia-gb200', 'nvidia-b200', 'nvidia-b300', 'nvidia-gb300']
    """
    wanted = {family(chip, catalog) for chip in chips} - {"other"}
    rated = [
        item for item in catalog.items.values()
        if item.kind == "chip" and family(item, catalog) in wanted and hourly(item, "hyperscaler", catalog).known
    ]  # fmt: skip
    return list({item.id: item for item in (*chips, *sorted(rated, key=lambda item: item.id))}.values())


__all__ = ["PAYERS", "WORK", "Premium", "Span", "alike", "hourly", "premium", "premiums", "rate", "spans"]
