# SPDX-License-Identifier: Apache-2.0
"""What limits a build: money, power, chips that exist, export caps, time, and the size up to which more chips are useful.

Each limit is a ratio of what the build needs to what there is. The one with the largest known ratio binds; a limit
without a known measure says what is missing, and never counts as met.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chipgauge.calc.holdings import held_in_china, yearly_inflow
from chipgauge.calc.quantity import quantity
from chipgauge.calc.reliability import most_useful_chips
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, operation, unknown
from chipgauge.specs.records import Item
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

ONE = parse_unit("1")


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that could bind a build: what it needs, what there is, and the ratio of the two.

    `figure` is needed over available; `text` says both in words.
    """

    name: str
    text: str
    figure: Figure
    need: Figure | None = None
    have: Figure | None = None


def money(need: Figure, have: Figure, whose: str) -> Limit:
    """Return the limit of money: the cost of the build over a budget, or over the cost of the original."""
    return Limit("money", f"cost of the build over {whose}", _ratio("money", need, have), need, have)


def power(need: Figure, have: Figure, whose: str) -> Limit:
    """Return the limit of power: that of the site over what is given, or over that of the original."""
    return Limit("power", f"power of the site over {whose}", _ratio("power", need, have), need, have)


def stock(chip: Item, chips: Figure, *, catalog: Catalog, on: str = "") -> Limit:
    """Return the limit of chips that are in China: of this designer, on the 8-bit basis of the owners' table."""
    each = quantity("h100e.8bit", chip.id, catalog=catalog, on=on)
    need = replace(chips * each, key=f"h100e.8bit of the build({chip.id})", _cache={})
    have = held_in_china(chip, catalog=catalog, on=on)
    date = max((leaf.key.partition("@")[2] for leaf in have.leaves() if "@" in leaf.key), default="")
    words = f"all chips of {chip.maker} in China{f' on {date}' if date else ''}, in H100-equivalents"
    return Limit("stock", f"chips needed over {words}", _ratio("stock", need, have), need, have)


def export_cap(chips: Figure, *, catalog: Catalog, domestic_sales: Figure | None = None, on: str = "") -> Limit:
    """Return the limit of an export cap: chips needed over a share of what is sold in the United States."""
    share = quantity("export.cap", "export-terms", catalog=catalog, on=on)
    sales = domestic_sales or unknown(
        "export-terms/domestic.sales",
        "domestic.sales",
        "no source in the tables states how many such chips were sold in the United States",
    )
    have = share * sales
    text = "chips needed over the cap on exports, half of what is sold in the United States"
    return Limit("export cap", text, _ratio("export-cap", chips, have), chips, have)


def time_to_get(chip: Item, chips: Figure, *, catalog: Catalog, on: str = "") -> Limit:
    """Return the limit of time: as long as the chips take to come at last year's pace, over what a large site takes."""
    each = quantity("h100e.8bit", chip.id, catalog=catalog, on=on)
    inflow = yearly_inflow(chip, catalog=catalog, on=on)
    made = chips * each / inflow
    need = (
        replace(made, unit=parse_unit("month"), key=f"time to get the chips({chip.id})", _cache={})
        if made.known
        else made
    )
    have = quantity("build.time:one-gigawatt", "build-speed", catalog=catalog, on=on)
    text = f"time until the chips are there at last year's growth of the stock of {chip.maker} chips in China over what a site of a gigawatt takes"
    return Limit("time", text, _ratio("time", need, have), need, have)


def pace(chips: Figure, *, catalog: Catalog, on: str = "") -> Limit:
    """Return the time of one site at the fastest pace read, over what a gigawatt takes: several sites are built at once."""
    case = "colossus-1-100-000-h100"
    one, many = (quantity(f"build.{name}:{case}", "build-speed", catalog=catalog, on=on) for name in ("time", "chips"))
    need = replace(chips / many * one, unit=parse_unit("month"), key=f"time to build({chips.key[:80]})", _cache={})
    have = quantity("build.time:one-gigawatt", "build-speed", catalog=catalog, on=on)
    text = "time of one site at the pace of Colossus 1 (100,000 chips in 131 days) over what a site of a gigawatt takes"
    return Limit("pace", text, _ratio("pace", need, have), need, have)


def run_size(rate: Figure, *, catalog: Catalog, on: str = "") -> list[Limit]:
    """Return the limits of one training run: what the longest run computes over where data movement costs utilisation."""
    length = quantity("run.length:of-the-limits", "useful-size", catalog=catalog, on=on)
    need = rate * length
    rows: list[Limit] = []
    for case, words in (
        ("data-movement-lowers-utilisation", "where data movement costs utilisation"),
        ("latency-wall", "the latency wall"),
    ):
        have = quantity(f"training.limit:{case}", "useful-size", catalog=catalog, on=on)
        rows.append(
            Limit(
                f"run size: {case}",
                f"compute of a run of three months over {words}",
                _ratio(case, need, have),
                need,
                have,
            )
        )
    return rows


def batch_size(
    chips: Figure, replica_tokens: Figure | None, replica_chips: Figure | None, *, catalog: Catalog, on: str = "",
    batch: Figure | None = None, why: str = "",
) -> Limit:  # fmt: skip
    """Return the limit of the batch: chips over those that a batch keeps busy.

    Parameters
    ----------
    replica_tokens, replica_chips : Figure, optional
        The least tokens of a step for one copy of the model, and its chips; without them the limit is unknown.
    batch : Figure, optional
        Tokens of a step; without it the largest that was read of a run.
    why : str
        Why a replica is not known.

    Notes
    -----
    A larger batch needs more tokens for the same model (arXiv 2410.21676); how large it may grow is an input here.
    """
    stated = quantity("batch.tokens:deepseek-v3", "useful-size", catalog=catalog, on=on)
    used = batch or stated
    text = f"chips over those that a step of {used.number / 1e6:,.3g} million tokens keeps busy, one micro-batch each"
    if replica_tokens is None or replica_chips is None:
        return Limit("batch", text, unknown("batch/limit", "batch", why), chips)
    have: Figure = most_useful_chips(
        critical_batch=replace(used, unit=ONE, _cache={}), replica_tokens=replica_tokens, replica_chips=replica_chips
    )
    return Limit("batch", text, _ratio("batch", chips, have), chips, have)


AGAINST_WHAT_IS = ("stock", "export cap", "time")
"""Limits measured against what there is: above 1 the build cannot be made of it."""
AGAINST_ORIGINAL = ("money", "power")
"""Limits measured against the original, or against what the user says there is."""
GIVEN = ("the budget given", "the power given")


def binding(limits: list[Limit]) -> Limit | None:
    """Return the limit that binds: of those measured against what there is, the one that is exceeded most; else None."""
    hard = [
        row
        for row in limits
        if row.name in AGAINST_WHAT_IS or (row.name in AGAINST_ORIGINAL and row.text.endswith(GIVEN))
    ]
    known = [row for row in hard if row.figure.known and row.figure.number > 1]
    return max(known, key=lambda row: row.figure.number, default=None)


def sentence(found: Limit | None, limits: list[Limit]) -> str:
    """Return what binds, in words."""
    if found is not None:
        return f"{found.name}: {found.text}"
    unknown_ones = [row.name for row in limits if row.name in AGAINST_WHAT_IS and not row.figure.known]
    lacking = f"; not known: {', '.join(unknown_ones)}" if unknown_ones else ""
    return f"no limit that is known here binds{lacking}"


def _ratio(name: str, need: Figure, have: Figure) -> Figure:
    if not (need.known and have.known):
        lacking = need if not need.known else have
        return replace(
            unknown(f"{name}/limit", name, lacking.why), missing=lacking.missing or (lacking.key,), _cache={}
        )
    return operation("/", [("need", need), ("have", have)], DIMENSIONLESS, unit=ONE)


__all__ = [
    "AGAINST_ORIGINAL", "AGAINST_WHAT_IS", "Limit", "batch_size", "binding", "export_cap", "money", "pace", "power",
    "run_size", "sentence", "stock", "time_to_get",
]  # fmt: skip
