# SPDX-License-Identifier: Apache-2.0
"""Quantities of law: how many fit under a cap, the duty on a price, the days of a cluster to a limit of compute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from chipgauge.calc.formula import formula
from chipgauge.calc.law.inputs import World, limit_of
from chipgauge.calc.law.outcome import RuleVerdict
from chipgauge.calc.law.scope import STRICTEST
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, constant
from chipgauge.specs.records import Subject
from chipgauge.specs.rules import Comparison, Rule
from chipgauge.specs.terms import Value, occurrences, solve
from chipgauge.specs.units import parse_unit, parse_value

CAPPED = "aggregate.tpp"


@formula(returns="USD", cite="definition: an ad valorem duty is a share of the value", price="USD", rate="1")
def duty_due(*, price: Any, rate: Any) -> Any:
    """Return the duty (or fee) on a price. [USD]

    Parameters
    ----------
    price : numeric
        Value of the goods. [USD]
    rate : numeric
        Share that is due. [1]

    Examples
    --------
    >>> duty_due(price=30000.0, rate=0.25)
    7500.0
    """
    return price * rate


@formula(
    returns="s",
    cite="definition: operations over the rate at which a cluster does them",
    operations="FLOP",
    rate="FLOP/s",
    utilisation="1",
)
def time_to_compute(*, operations: Any, rate: Any, utilisation: Any) -> Any:
    """Return how long a cluster takes for so many operations. [s]

    Parameters
    ----------
    operations : numeric
        Operations as the law counts them. [FLOP]
    rate : numeric
        Dense peak of the whole cluster. [FLOP/s]
    utilisation : numeric
        Share of that peak which training reaches (MFU). [1]

    Examples
    --------
    A cluster of 1e20 FLOP/s at full rate does 1e26 operations in a million seconds:

    >>> time_to_compute(operations=1e26, rate=1e20, utilisation=1.0)
    1000000.0
    """
    return operations / (rate * utilisation)


class Step(NamedTuple):
    """How many of an item fit under a limit from a day on: exact, and the largest whole number on its low side."""

    since: str
    limit: Fraction
    number: Fraction
    whole: int


class Count(NamedTuple):
    """How many of an item a cap of a rule holds, by date where the cap has steps; `now` is the step of the day."""

    rule: Rule
    limb: str
    comparison: Comparison
    now: Step
    steps: tuple[Step, ...]


class Duty(NamedTuple):
    """What is due on the price of an item, under one rule."""

    rule: Rule
    code: str
    rate: str
    base: Figure
    due: Figure


class Days(NamedTuple):
    """How long an amount takes to reach a limit of training compute, under the rule's own counting."""

    rule: Rule
    limb: str
    comparison: Comparison
    time: Figure


def counts(rule: Rule, unit: World, whole: World, on: str) -> list[Count]:
    """Return how many of an item each cap of a rule holds, in limbs and conditions.

    Parameters
    ----------
    unit : World
        One of the item: its aggregate TPP is that of one.
    whole : World
        The amount named, for the other inputs of the cap (the volume shipped to US customers).
    """
    each = unit.primary(CAPPED)
    if not isinstance(each, Fraction) or not each:
        return []
    found: list[Count] = []
    rows = [(limb.id, limb.all) for limb in rule.limbs] + [(part.id, part.all) for part in rule.conditions]
    for limb, comparisons in rows:
        for one in comparisons:
            if one.rule or one.op == "==" or CAPPED not in occurrences(whole.term(one.metric)):
                continue
            days = [row.since for row in one.values] or [""]
            steps = [step for day in days for step in _step(one, one.at(day or on), day, each, whole)]
            begun = [step for step in steps if step.since <= on]
            if steps:
                found.append(Count(rule, limb, one, begun[-1] if begun else steps[0], tuple(steps)))
    return found


def _step(one: Comparison, value: str, since: str, each: Fraction, whole: World) -> list[Step]:
    term = whole.term(one.metric)
    limit = limit_of(term, value)
    others: dict[str, Value] = {name: whole.primary(name) for name in occurrences(term) if name != CAPPED}
    assert isinstance(limit, Fraction)
    found = solve(term, CAPPED, others, limit)
    if not found:
        return []
    number = found[0] / each
    # the line itself belongs to the low side of `<=` and of `>`
    return [Step(since, found[0], number, math.floor(number) if one.op in ("<=", ">") else math.ceil(number) - 1)]


def duties(verdicts: Mapping[str, RuleVerdict], subject: Subject, catalog: Catalog, on: str) -> list[Duty]:
    """Return what is due on the price of an item or amount under the rules that cross."""
    found: list[Duty] = []
    for one in verdicts.values():
        branch = one.branch
        if one.verdict != "crosses" or one.proposed or branch is None or not branch.rate or branch.code in STRICTEST:
            continue
        base = quantity("price", subject, catalog=catalog, on=on)
        rate = constant(parse_value(branch.rate)[0], parse_unit("1"), branch.rate, source=one.rule.sources[0])
        found.append(Duty(one.rule, branch.code, branch.rate, base, duty_due(price=base, rate=rate)))
    return found


def training_days(
    rule: Rule, subject: Subject, utilisation: float, *, catalog: Catalog, on: str, peak: str = "peak.bf16"
) -> list[Days]:
    """Return how long an amount takes to reach each limit of training compute in a rule. [s]

    The operations are those that the rule counts: the same run reaches two limits of equal size on different days
    where one law counts data generation or later training and another does not.
    """
    rate = quantity(peak, subject, catalog=catalog, on=on)
    share = constant(utilisation, parse_unit("1"), f"{utilisation:.6g}", source="given")
    found: list[Days] = []
    for limb in rule.limbs:
        for one in limb.all:
            if one.op not in (">", ">=") or not one.metric.startswith("training_compute") or " " in one.metric:
                continue
            number, _, unit = parse_value(one.at(on))
            operations = constant(number, unit, one.at(on), source=rule.sources[0])
            found.append(Days(rule, limb.id, one, time_to_compute(operations=operations, rate=rate, utilisation=share)))
    return found


__all__ = [
    "CAPPED",
    "Count",
    "Days",
    "Duty",
    "Step",
    "counts",
    "duties",
    "duty_due",
    "time_to_compute",
    "training_days",
]
