# SPDX-License-Identifier: Apache-2.0
"""What would match what: how many of each equal the original, at what price and power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.calc.compare import metric_title
from chipgauge.calc.equivalent import Equivalence, equivalent
from chipgauge.reports import text
from chipgauge.reports.ledger import Ledger, Num, brief
from chipgauge.reports.plots import label
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.records import Subject

BASES = ("peak.bf16", "memory.bandwidth", "aggregate.tpp")
"""The metrics by which a report says what would match what."""
COUNT = 1000
"""So many of the first item are matched, where the item came without a number."""
Result = tuple[Equivalence, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """How many of a part match the original by a metric, with the build's price and power over the original's."""

    part: str
    by: str
    count: Num
    price: Num
    power: Num


@dataclass(frozen=True, slots=True)
class Matches:
    """What matches one original, by each metric."""

    of: str
    finding: str
    rows: tuple[tuple[str, tuple[Match, ...]], ...]


def compute(report: Report) -> Result:
    """Return what matches the first chip in terms of the other chips, and the first system in terms of the others."""
    found: list[Equivalence] = []
    for kind in ("chip", "system"):
        subjects = {subject.item.id: subject for subject in report.comparison.subjects if subject.item.kind == kind}
        for part in list(subjects.values())[1:]:
            of = _amount(next(iter(subjects.values())))
            found += [equivalent(of, part.item.id, by=by, catalog=report.catalog, on=report.on) for by in BASES]
    return tuple(found)


def _amount(subject: Subject) -> str:
    return f"{COUNT if subject.count == 1 else format(subject.count, '.12g')} {subject.item.id}"


def show(sheet: Sheet) -> tuple[Matches, ...]:
    """Return a table for each original."""
    result: Result = sheet.report.results["equal"]
    sheet.ledger.group("What would match what")
    by_original: dict[str, list[Equivalence]] = {}
    for one in result:
        by_original.setdefault(one.of.key, []).append(one)
    return tuple(_matches(group, sheet.ledger) for group in by_original.values())


def _matches(group: Sequence[Equivalence], ledger: Ledger) -> Matches:
    parts: dict[str, list[Match]] = {}
    for one in group:
        row = Match(
            brief(one.within.item.name), metric_title(one.by), _count(one, ledger),
            ledger.ratio(one.capex_ratio), ledger.ratio(one.power_ratio),
        )  # fmt: skip
        parts.setdefault(one.within.key, []).append(row)
    rows = tuple((rows[0].part, tuple(rows)) for rows in parts.values())
    return Matches(label(group[0].of), text.equivalent_finding(group[0]), rows)


def _count(one: Equivalence, ledger: Ledger) -> Num:
    num = ledger.ratio(one.count)
    if one.whole is None:
        return num
    low, high = one.whole_range or (one.whole, one.whole)
    spread = f"{low:,} to {high:,}" if low != high else ""
    return Num(f"{one.whole:,}", num.href, "", spread, num.status, form="w")


SECTION = Section("equal", "What would match what", show, compute)
