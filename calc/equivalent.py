# SPDX-License-Identifier: Apache-2.0
"""How many of one thing equal a cluster of another, at what cost and power, and what binds the build.

By a metric, or by a workload (`calc.workloads`): then utilisation and failures depend on the number, which is found by a
fixed number of steps with its residual. Cost, power and limits of the build are added by `calc.build`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chipgauge.calc.build import both_sides, completed
from chipgauge.calc.compare import metric_title, over
from chipgauge.calc.cost_terms import YEARS, given_figure
from chipgauge.calc.equivalence import UTILISATIONS, Ask, Equivalence, Use
from chipgauge.calc.graph import interval
from chipgauge.calc.limits import Limit
from chipgauge.calc.parts import FABRIC, chip_count, systems_of
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnitError, UnknownName
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.quantities import in_sentence
from chipgauge.specs.records import Subject
from chipgauge.specs.units import YEAR

if TYPE_CHECKING:
    from chipgauge.calc.workloads import Work


def equivalent(
    of: str | Subject,
    within: str,
    *,
    by: str = "peak.bf16",
    catalog: Catalog | None = None,
    on: str = "",
    ask: Ask | None = None,
) -> Equivalence:
    """Return how many of `within` equal `of` by a metric or a workload, and what binds.

    Parameters
    ----------
    of : str or Subject
        An item, amount or cluster: `100000 H200`, `NVL72`, `Colossus 2`.
    within : str
        The chip or system to build it from, without a number.
    by : str
        A quantity name with a number; a metric that is not summed over chips is refused. Not read with a workload.
    ask : Ask
        A workload, countries, terms and what there is for the build.

    Examples
    --------
    >>> result = equivalent("100000 H200", "Ascend 910C", by="peak.bf16")
    >>> result.whole, result.whole_range
    (131583, (123688, 131583))
    >>> result.binding
    'no limit that is known here binds'
    """
    return equivalents(of, within, by=(by,), catalog=catalog, on=on, ask=ask)[0]


def equivalents(
    of: str | Subject,
    within: str,
    *,
    by: Sequence[str],
    catalog: Catalog | None = None,
    on: str = "",
    ask: Ask | None = None,
) -> list[Equivalence]:
    """Return how many of `within` equal `of` by each of some metrics: what is the same by all of them is found once.

    Examples
    --------
    >>> found = equivalents("1000 H20", "H200", by=["peak.bf16", "memory.bandwidth"])
    >>> [one.whole for one in found]
    [150, 834]
    """
    catalog, ask = catalog or shipped(), ask or Ask()
    original, part = of if isinstance(of, Subject) else catalog.subject(of), catalog.subject(within)
    if part.count != 1:
        raise UnknownName(f"--in takes an item without a number, got {within[:60]!r}; write --in {part.item.name!r}")
    check(ask)
    made = [_number(original, part, metric, ask, catalog, on) for metric in by]
    sides = both_sides(original, part, ask, catalog, on)
    return [_whole(completed(one, sides, ask, work, catalog, on), ask, work) for one, work in made]


def _number(
    original: Subject, part: Subject, by: str, ask: Ask, catalog: Catalog, on: str
) -> tuple[Equivalence, Work | None]:
    """Return an equivalence with its number alone, and the work that it was found by."""
    work = None
    if ask.train or ask.infer:
        from chipgauge.calc.workloads import by_decoding, by_training  # the performance model: not for a metric

        model = catalog.find(ask.train or ask.infer)
        work = (by_training if ask.train else by_decoding)(original, part, model, ask, catalog, on)
        count = work.count
        by = f"{'train' if ask.train else 'infer'} {model.name}"
    else:
        _require_summed(by, original, catalog, on)
        total_of, each = (quantity(by, subject, catalog=catalog, on=on) for subject in (original, part))
        zero = next((one for one in (total_of, each) if one.known and not one.number), None)
        count = over(total_of, each)
        if zero is not None:  # any number of chips has no less than nothing, and no number of nothing is something
            why = f"the {in_sentence(metric_title(by))} of {original.item.name if zero is total_of else part.item.name} is zero"
            count = unknown(f"number({zero.key})", "number", why)
    chips = count if part.item.kind == "chip" else count * chip_count(part, catalog, on)
    none = unknown("none", "none", "")
    found = Equivalence(
        original, part, by, count, None, None, none, none, none, "", (), chips=chips,
        sold_as=_sold_as(part, chips, catalog), state=_state(original, catalog, on),
    )  # fmt: skip
    return found, work


def _whole(result: Equivalence, ask: Ask, work: Work | None) -> Equivalence:
    """Return an equivalence with its number rounded up, and with the ends of that."""
    correlations: dict[tuple[str, str], float] = {}
    if ask.correlate:
        from chipgauge.calc.draws import declared

        correlations = declared(ask.correlate, [result.count, result.tco_ratio])
    whole, whole_range = _rounded(result.count, work is not None, correlations)
    return replace(result, whole=whole, whole_range=whole_range, correlations=correlations)


def check(ask: Ask) -> None:
    """Raise where a question contradicts itself, or gives a value that nothing would read.

    Raises
    ------
    UnknownName
        Two workloads, or a value that belongs to a workload that is not asked for.
    UnitError
        A value of another unit, or out of its range.
    """
    if ask.train and ask.infer:
        raise UnknownName("an equivalence is by one workload: leave out --train or --infer")
    if not ask.train:
        for name, value in (("mfu", ask.mfu), ("build-mfu", ask.build_mfu), ("batch-tokens", ask.batch_tokens)):
            if value:
                raise UnknownName(f"--{name} is of training: write --train MODEL with it, or leave it out")
    if ask.utilisation not in UTILISATIONS:
        raise UnknownName(f"{ask.utilisation[:40]!r} is no source of a utilisation; write {' or '.join(UTILISATIONS)}")
    for name, text, unit in (
        ("budget", ask.budget, "USD"), ("power", ask.power, "MW"), ("sales", ask.sales, "1"), ("max-tpot", ask.max_tpot, "ms"),
    ):  # fmt: skip
        if text:
            given_figure(name, text, unit, least=1e-9)
    if ask.years:
        given_figure("years", ask.years, "year", least=YEARS[0] * YEAR, below=YEARS[1] * YEAR)


def _rounded(
    count: Figure, sampled: bool, correlations: Mapping[tuple[str, str], float]
) -> tuple[int | None, tuple[int, int] | None]:
    """Return the number rounded up, and its ends: bounds by a metric, 90% of draws by a workload."""
    if not count.known:
        return None, None
    low, high = interval(count, correlations=correlations) if sampled else count.bounds()
    ends = (math.ceil(_down(low)), math.ceil(_down(high))) if low is not None and high is not None else None
    return math.ceil(_down(count.number)), ends


def _sold_as(part: Subject, chips: Figure, catalog: Catalog) -> tuple[str, int] | None:
    """Return the only systems in which a chip is sold, with their number, where their fabric is their own: CloudMatrix in 384s."""
    if part.item.kind != "chip" or not chips.known:
        return None
    sold = systems_of(part.item, catalog)
    if not sold or sold[0][1].number <= FABRIC:
        return None
    system, held = sold[0]
    return system.name, math.ceil(_down(chips.number / held.number))


def _state(original: Subject, catalog: Catalog, on: str) -> str:
    """Return in words which state of a cluster its name means here."""
    if original.item.kind != "cluster":
        return ""
    from chipgauge.calc.clusters import state_at

    found = state_at(original.item, catalog, on)
    return f"{found.status}, {found.date}" if found is not None else ""


def _down(value: float) -> float:
    """Take back the last rounding, so that an exact whole number does not become one more."""
    return value * (1 - 1e-12)


def _require_summed(by: str, original: Subject, catalog: Catalog, on: str) -> None:
    one, two = (quantity(by, Subject(original.item, n), catalog=catalog, on=on) for n in (1.0, 2.0))
    if one.known and two.known and isinstance(one.value, float):
        if abs(two.number - 2 * one.number) > 1e-9 * abs(two.number):
            other = f"{'aggregate.tpp, ' if by == 'tpp' else ''}peak.bf16 or memory.bandwidth"
            raise UnitError(f"{by} is not summed over chips, so nothing adds up to it; take for example {other}")
    elif one.known:
        raise UnitError(f"{by} is not a number; take for example peak.bf16 or memory.bandwidth")


__all__ = ["Ask", "Equivalence", "Limit", "Use", "check", "equivalent", "equivalents"]
