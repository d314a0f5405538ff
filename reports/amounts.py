# SPDX-License-Identifier: Apache-2.0
"""The quantities of law in a check: how many fit under a cap, what duty is due, how many days to a limit of compute."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from chipgauge.calc.law.amounts import Count, Days, Duty, counts, duties, training_days
from chipgauge.calc.thresholds import Court, ItemVerdict, Party, RuleVerdict
from chipgauge.reports import text
from chipgauge.reports.answer import Table, quantity_json
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError, UnitError
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_value

Parts = tuple[dict[str, Any], list[Table], list[str]]


def amount_tables(found: Sequence[ItemVerdict], catalog: Catalog, on: str, mfu: str, alone: bool = False) -> Parts:
    """Return the JSON, the tables and the sentences about amounts of what was checked.

    Caps are shown for an amount, and where one rule is asked for alone (then with every step of it).
    """
    share = _share(mfu)
    body: dict[str, Any] = {"counts": [], "duties": [], "training_days": []}
    rows: dict[str, list[list[str]]] = {"counts": [], "duties": [], "training_days": []}
    words: list[str] = []
    for item in found:
        judged = {
            one.rule.id: one for one in item.verdicts if one.verdict in ("crosses", "below", "straddles", "unknown")
        }
        for count in _counts(item, judged, catalog, on, alone):
            body["counts"].append({"id": item.subject.item.id, **_count_json(count, on)})
            rows["counts"] += _count_rows(item.subject, count, alone)
            if alone:
                name = f"{count.rule.id}#{count.limb}"
                words.append(f"{_limit(count.now.limit)} is {count.now.whole:,} {item.subject.item.name} ({name}).")
        for due in duties(judged, item.subject, catalog, on):
            body["duties"].append({"id": item.subject.key, **_duty_json(due)})
            rows["duties"].append(_duty_row(item.subject, due))
        if share is not None:
            for one in item.verdicts:
                if one.rule.item_class != "model" or not one.rule.in_force(on):
                    continue
                for days in training_days(one.rule, item.subject, share, catalog=catalog, on=on):
                    body["training_days"].append({"id": item.subject.key, **_days_json(days, on)})
                    rows["training_days"].append(_days_row(item.subject, days, on))
    tables = [
        Table("How many fit under a cap", ["item", "rule", "from", "limit", "whole number", "exact"], rows["counts"], frozenset({3, 4, 5})),
        Table("Duty or fee", ["item", "rule", "rate", "on a price of", "due"], rows["duties"], frozenset({2, 3, 4})),
        Table(f"Days to a limit of training compute, dense BF16 at an MFU of {mfu}", ["amount", "rule", "limit", "days", "counted"], rows["training_days"], frozenset({2, 3})),
    ]  # fmt: skip
    return {name: value for name, value in body.items() if value}, [table for table in tables if table.rows], words


def _share(mfu: str) -> float | None:
    if not mfu:
        return None
    try:
        value, _, unit = parse_value(mfu)
    except ChipgaugeError:
        value, unit = math.nan, None
    if unit is None or unit.dimension != parse_value("1")[2].dimension or not 0 < value <= 1:
        raise UnitError(f"an MFU is a share between 0% and 100%, got {mfu[:40]!r}; write --mfu 40%")
    return value


def _counts(
    item: ItemVerdict, judged: Mapping[str, RuleVerdict], catalog: Catalog, on: str, alone: bool
) -> list[Count]:
    court = Court(catalog, on, "text", Party())
    reached = item.verdicts if alone else judged.values() if item.subject.count != 1 else ()
    wanted = [one.rule for one in reached if _capped(one.rule)]
    if not wanted:
        return []
    unit, whole = (court.worlds(Subject(item.subject.item, count))[0] for count in (1.0, item.subject.count))
    return [count for rule in wanted for count in counts(rule, unit, whole, on)]


def _capped(rule: Any) -> bool:
    return any("aggregate.tpp" in one.metric for limb in (*rule.limbs, *rule.conditions) for one in limb.all)


def _limit(limit: Any) -> str:
    return f"{text.number(float(limit * 8 / 10**12), 12)} TPP"


def _count_json(one: Count, on: str) -> dict[str, Any]:
    def step(row: Any) -> dict[str, Any]:
        return {
            "from": row.since or None,
            "limit": {"value": float(row.limit * 8 / 10**12), "unit": "TPP"},
            "count": float(row.number),
            "whole": row.whole,
        }

    more = {"steps": [step(row) for row in one.steps]} if len(one.steps) > 1 else {}
    return {"rule": one.rule.id, "limb": one.limb, "metric": one.comparison.metric, "on": on, **step(one.now), **more}


def _count_rows(subject: Subject, one: Count, alone: bool) -> list[list[str]]:
    return [
        [
            subject.item.name, f"{one.rule.id}#{one.limb}", row.since + (" *" if row is one.now and len(one.steps) > 1 else ""),
            _limit(row.limit), f"{row.whole:,}", f"{float(row.number):,.1f}",
        ]
        for row in (one.steps if alone else (one.now,))
    ]  # fmt: skip


def _duty_json(one: Duty) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "code": one.code,
        "rate": parse_value(one.rate)[0],
        "base": quantity_json(one.base),
        "due": quantity_json(one.due),
    }


def _duty_row(subject: Subject, one: Duty) -> list[str]:
    return [subject.key, one.rule.id, one.rate, text.quantity(one.base), text.quantity(one.due)]


def _days_json(one: Days, on: str) -> dict[str, Any]:
    time = quantity_json(one.time)
    for name in ("value", "low", "high"):
        if time.get(name) is not None:
            time[name] /= 86400
    return {
        "rule": one.rule.id,
        "limb": one.limb,
        "limit": one.comparison.at(on),
        "counting": one.rule.counting or None,
        "days": {**time, "unit": "day"},
    }


def _days_row(subject: Subject, one: Days, on: str) -> list[str]:
    days = text.number(one.time.number / 86400) if one.time.known else one.time.state
    return [
        subject.key,
        f"{one.rule.id}#{one.limb}",
        f"{one.comparison.op} {one.comparison.at(on)}",
        days,
        one.rule.counting,
    ]
