# SPDX-License-Identifier: Apache-2.0
"""Side by side: what each item has, its ratio to the baseline, and why a number is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.calc.compare import Row
from chipgauge.reports import text
from chipgauge.reports.entries import Num, Ref, brief, pretty
from chipgauge.reports.markup import short
from chipgauge.reports.plots import chips_of, kinds_of, label
from chipgauge.reports.section import Section, Sheet
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import in_sentence
from chipgauge.specs.records import Subject

FAR = 0.2
"""A statement this share away from what follows from the chips is shown with the reason why it is not adopted."""


@dataclass(frozen=True, slots=True)
class Column:
    """One item of the comparison: its name, kind of mark, what it was called, what else that could mean."""

    name: str
    kind: int
    full: str
    given: str
    others: str
    baseline: bool
    sort: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that a vendor states for a system, beside the one that follows from its chips."""

    text: str
    source: Ref
    why: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the table with its ratio to the baseline; `condition` only where it differs along the row."""

    num: Num
    ratio: Num | None = None
    condition: str = ""
    stated: tuple[Stated, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: the metric, its unit, the condition that holds for every value; `words` if it has no numbers."""

    metric: str
    title: str
    unit: str
    condition: str
    cells: tuple[Cell, ...]
    words: bool


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The table, what the names in its head mean, and why cells have no number."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, str], ...]


def show(sheet: Sheet) -> SideBySide:
    """Return the table of the comparison."""
    comparison, ledger = sheet.report.comparison, sheet.ledger
    for subject in comparison.subjects:  # item by item, so that the derivations stand in that order
        ledger.group(label(subject))
        for row in comparison.rows:
            if informs(row):
                ledger.enter(row.values[subject.key])
    ledger.group(f"Ratios to {label(comparison.baseline)}")
    lines = tuple(_line(row, sheet) for row in comparison.rows if informs(row))
    return SideBySide(_columns(sheet), lines, _notes(comparison.rows, sheet))


def _columns(sheet: Sheet) -> tuple[Column, ...]:
    comparison = sheet.report.comparison
    kinds = kinds_of(comparison.subjects)
    return tuple(
        Column(
            label(subject), kinds[subject.key], short(subject.item.name), short(subject.given),
            text.joined([brief(name) for name in subject.others]), subject.key == comparison.baseline.key,
            _sort(subject),
        )
        for subject in comparison.subjects
    )  # fmt: skip


def _sort(subject: Subject) -> str:
    """Return what sort of thing stands in a column: `one chip`, `1,000 chips`, `cluster`."""
    if subject.item.kind != "chip":
        return subject.item.kind
    return "one chip" if subject.count == 1 else f"{text.number(subject.count, 12)} chips"


def informs(row: Row) -> bool:
    """Whether a row says something of any item: a metric that is unknown for all of them is only a note."""
    return any(figure.known or figure.state == "absent" for figure in row.values.values())


def _line(row: Row, sheet: Sheet) -> Line:
    comparison, ledger = sheet.report.comparison, sheet.ledger
    conditions = list(dict.fromkeys(figure.condition for figure in row.values.values() if figure.known))
    shared = conditions[0] if len(conditions) == 1 else ""
    unit = pretty(row.unit.text) if row.numeric and row.unit.text != "1" else ""
    cells: list[Cell] = []
    for subject in comparison.subjects:
        figure, ratio = row.values[subject.key], row.ratios.get(subject.key)
        show = ratio is not None and figure.known and row.values[comparison.baseline.key].known
        above = ledger.ratio(ratio) if ratio and show and subject.key != comparison.baseline.key else None
        num = ledger.num(figure)
        # the unit of a row is that of its first known value; a value in another one says so
        own = num if num.unit != unit else Num(num.text, num.href, "", num.spread, num.status, num.state, num.why)
        condition = figure.condition if figure.known and figure.condition != shared else ""
        cells.append(Cell(own, above, condition, _stated(row.metric, subject, figure, sheet)))
    return Line(row.metric, row.title, "" if unit in row.title.split() else unit, shared, tuple(cells), not row.numeric)


def _stated(metric: str, subject: Subject, figure: Figure, sheet: Sheet) -> tuple[Stated, ...]:
    """Return what sources state for a whole system, where the page's figure follows from its chips."""
    if subject.item.kind != "system" or subject.count != 1:
        return ()
    group = sheet.report.catalog.entries(subject.item.id).get(f"{subject.item.id}/{metric}", ())
    shown = [entry for entry in group if entry.role == "shown" and isinstance(entry.value, float)]
    found = [
        Stated(
            text.number(figure.in_unit(float(entry.value or 0)) or 0.0), sheet.ledger.source(entry.source),
            "" if figure.known and abs(float(entry.value or 0) / figure.number - 1) < FAR else entry.why,
        )
        for entry in shown
    ]  # fmt: skip
    return tuple({one.text: one for one in found}.values())


def _notes(rows: Sequence[Row], sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Return the reason for every value and ratio that is missing, items with one reason together."""
    comparison, catalog = sheet.report.comparison, sheet.report.catalog
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        below = row.values[comparison.baseline.key]
        for subject in comparison.subjects:
            figure, ratio = row.values[subject.key], row.ratios.get(subject.key)
            for one, words in ((figure, row.title), (ratio, f"{row.title}, ratio")):
                if one is None or one.known or (one is ratio and not (figure.known and below.known)):
                    continue
                lacking = {subject.item.name, *(chip.name for chip in chips_of(subject.item, catalog, sheet.report.on))}
                why = next(
                    (one.why.removesuffix(f" of {name}") for name in sorted(lacking) if one.why.endswith(name)), one.why
                )
                for named in (figure, below):
                    why = why.replace(named.key, sheet.ledger.title(named))
                why = why.removeprefix(f"{label(subject)}: ")
                groups.setdefault((words, one.state, why), []).append(label(subject))
    alike: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for (words, state, why), names in groups.items():
        alike.setdefault((state, tuple(names), why), []).append(words)
    everyone = len(comparison.subjects)
    return tuple(
        (
            f"{text.joined([words[0], *map(in_sentence, words[1:])])}: {state}",
            f"{'all' if len(names) == everyone > 1 else text.joined(names)} – {why}",
        )
        for (state, names, why), words in alike.items()
    )


SECTION = Section("compare", "Side by side", show)
