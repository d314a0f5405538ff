# SPDX-License-Identifier: Apache-2.0
"""Where sources disagree: what is used, what the others say, and why."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.calc.compare import metric_title
from chipgauge.calc.quantity import quantity
from chipgauge.reports.entries import Num, Statement, brief
from chipgauge.reports.ledger import differing, same_value
from chipgauge.reports.plots import chips_of
from chipgauge.reports.section import Section, Sheet
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Entry, Item


@dataclass(frozen=True, slots=True)
class Dispute:
    """One figure on which sources differ: what is used, how many agree with it, what the others say."""

    id: str
    item: str
    title: str
    used: Num | None
    statement: Statement | None
    agree: int
    others: tuple[Statement, ...]


def show(sheet: Sheet) -> tuple[Dispute, ...]:
    """Return every figure of the compared items on which sources differ; each used value with a range may be moved."""
    catalog, found = sheet.report.catalog, list[Dispute]()
    sheet.ledger.group("Other values on which sources differ")
    subjects = sheet.report.comparison.subjects
    items = {item.id: item for s in subjects for item in (s.item, *chips_of(s.item, catalog, sheet.report.on))}
    for item in items.values():
        for key, group in catalog.entries(item.id).items():
            adopted, others, agree = differing(group)
            if not others:
                continue
            name = key.partition("/")[2]
            used = _used(name, item, adopted, sheet)
            if used and not adopted:
                others = [entry for entry in others if not same_value(entry.value, used.value)]
                if not others:
                    continue
            number = f"x{len(found) + 1}"
            if used and adopted:
                sheet.ledger.disputes[used.key] = number
            found.append(
                Dispute(
                    number, brief(item.name), _title(name, group[0]),
                    sheet.ledger.num(used) if used else None,
                    sheet.ledger.statement(adopted) if adopted else None, agree, tuple(map(sheet.ledger.statement, others)),
                )
            )  # fmt: skip
    return tuple(found)


def _used(name: str, item: Item, adopted: Entry | None, sheet: Sheet) -> Figure | None:
    """Return the figure that stands in the page for a group: its leaf, else what follows from other figures."""
    if adopted:
        return sheet.report.catalog.leaf(item.id, name)
    try:
        figure = quantity(name.partition("@")[0], item.id, catalog=sheet.report.catalog, on=sheet.report.on)
    except ChipgaugeError:
        return None
    return figure if figure.known else None


def _title(name: str, entry: Entry) -> str:
    metric, _, date = name.partition("@")
    title = metric_title(metric)
    said = "" if title.endswith(f", {entry.condition}") else entry.condition
    more = ", ".join(filter(None, (said, "no date" if date == "undated" else date)))
    return f"{title} ({more})" if more else title


SECTION = Section("disagree", "Where sources disagree", show)
