# SPDX-License-Identifier: Apache-2.0
"""What would match what: how many of each equal the original, at what price and power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from chipgauge.calc.compare import metric_title
from chipgauge.calc.equivalent import Equivalence, equivalents
from chipgauge.reports import remarks, sentences, text
from chipgauge.reports.charts import NARROW, WIDE, Bar, BarGroup, ratio_bars
from chipgauge.reports.entries import Num, brief
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots import Chart, item_kinds, label, span, tag
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import in_sentence
from chipgauge.specs.records import Subject

BASES = ("peak.bf16", "memory.bandwidth")
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
    prices: tuple[str, ...]
    chart: Chart | None


def compute(report: Report) -> Result:
    """Return what matches the first chip in terms of the other chips, and the first system in terms of the others."""
    found: list[Equivalence] = []
    for kind in ("chip", "system"):
        subjects = {subject.item.id: subject for subject in report.comparison.subjects if subject.item.kind == kind}
        for part in list(subjects.values())[1:]:
            of = _amount(next(iter(subjects.values())))
            found += equivalents(of, part.item.id, by=BASES, catalog=report.catalog, on=report.on)
    return tuple(found)


def _amount(subject: Subject) -> Subject:
    """Return how many of the first item are matched: as many as were asked for, else a number of ours."""
    return subject if subject.count != 1 else Subject(subject.item, COUNT, unshipped=subject.unshipped)


def show(sheet: Sheet) -> tuple[Matches, ...]:
    """Return a table for each original."""
    result: Result = sheet.report.results["equal"]
    sheet.ledger.group("What would match what")
    by_original: dict[str, list[Equivalence]] = {}
    for one in result:
        by_original.setdefault(one.of.key, []).append(one)
    return tuple(_matches(number, group, sheet) for number, group in enumerate(by_original.values()))


def _matches(number: int, group: Sequence[Equivalence], sheet: Sheet) -> Matches:
    ledger, parts = sheet.ledger, dict[str, list[Match]]()
    seen: dict[tuple[str, ...], str] = {}
    shown: list[Equivalence] = []
    for one in group:
        ratios = [text.ratio_cell(ratio) for ratio in (one.capex_ratio, one.power_ratio)]
        said = (one.within.key, one.count.state, str(one.whole), str(one.whole_range), *ratios)
        if said in seen:  # a metric that gives the same answer is named beside the one before it
            row = parts[one.within.key][-1]
            parts[one.within.key][-1] = replace(row, by=f"{row.by}, {_noun(one.by)}")
            continue
        seen[said] = one.by
        shown.append(one)
        _call(one, ledger)
        row = Match(
            brief(one.within.item.name), metric_title(one.by), _count(one, ledger),
            ledger.ratio(one.capex_ratio), ledger.ratio(one.power_ratio),
        )  # fmt: skip
        parts.setdefault(one.within.key, []).append(row)
    rows = tuple((rows[0].part, tuple(rows)) for rows in parts.values())
    finding = sentences.equivalent_finding(group[0])
    return Matches(label(group[0].of), finding, rows, _prices(shown, sheet), _chart(number, shown, sheet))


def _asked(ratio: Figure, sheet: Sheet) -> list[str]:
    """Return what was priced under a ratio of prices, on which terms and when; the build first."""
    leaves = {leaf.key: leaf for leaf in ratio.leaves() if leaf.name.startswith("price") and leaf.condition}
    items = sheet.report.catalog.items
    return [remarks.price(brief(items[leaf.item].name), leaf) for leaf in leaves.values() if leaf.item in items]


def _prices(shown: Sequence[Equivalence], sheet: Sheet) -> tuple[str, ...]:
    """Return a note for each build: the prices under its ratio, which other builds may not share."""
    ratios = {one.within.key: one for one in reversed(shown) if one.capex_ratio.known}
    return tuple(
        f"Prices, {brief(one.within.item.name)}: {'; '.join(_asked(one.capex_ratio, sheet))}."
        for one in reversed(ratios.values())
    )


def _priced_apart(shown: Sequence[Equivalence]) -> bool:
    """Tell whether the ratios stand on more than one price of the original, so that they do not compare with each other."""
    below = {
        tuple(leaf.key for leaf in one.capex_ratio.inputs[1][1].leaves() if leaf.name.startswith("price"))
        for one in shown
        if one.capex_ratio.known
    }
    return len(below) > 1


def _call(one: Equivalence, ledger: Ledger) -> None:
    """Name the steps of an equivalence, so that their entries read well."""
    build = f"{brief(one.within.item.name)} that equal {label(one.of)} by {_noun(one.by)}"
    ledger.call(one.count, build)
    for ratio, words in ((one.capex_ratio, "price"), (one.power_ratio, "power")):
        ledger.call(ratio, f"{text.capital(words)} of the {build}, over that of the original")
        for _, child in ratio.inputs[:1]:
            ledger.call(child, f"{text.capital(words)} of the {build}")


def _chart(number: int, shown: Sequence[Equivalence], sheet: Sheet) -> Chart | None:
    """Return price and power of each build over those of the original, by the first metric."""
    first = [one for one in shown if one.by == shown[0].by]
    kinds = item_kinds(sheet.report.comparison.subjects)
    measures = (("Purchase price", "price", "capex_ratio"), ("Power", "power", "power_ratio"))
    groups: list[tuple[str, list[tuple[Equivalence, Bar]]]] = []
    for title, _, name in measures:
        bars: list[tuple[Equivalence, Bar]] = []
        for one in first:
            figure: Figure = getattr(one, name)
            num = sheet.ledger.ratio(figure)
            value = figure.number if figure.known else None
            bars.append(
                (
                    one,
                    Bar("", kinds[one.within.item.id], value, figure.low, figure.high, num.text, num.spread, num.href)
                    if figure.known
                    else Bar("", kinds[one.within.item.id], None, text=num.text),
                )
            )
        if any(bar.value for _, bar in bars):
            groups.append((title, bars))
    if not groups:
        return None
    of, by = label(first[0].of), _noun(first[0].by)
    title = f"Price and power of what equals {of} by {by}"
    drawn = [
        Markup(ratio_bars(
            [BarGroup(head, tuple(replace(bar, label=tag(one.within) if width == NARROW else brief(one.within.item.name)) for one, bar in bars)) for head, bars in groups],
            width=width, label=title, baseline=of,
        )) for width in (WIDE, NARROW)
    ]  # fmt: skip
    known = [
        (words, [(getattr(one, name), brief(one.within.item.name)) for one in first if getattr(one, name).known])
        for _, words, name in measures
    ]
    parts = [f"{words} {span(pairs)}" for words, pairs in known if pairs]
    if _priced_apart(first):
        parts[0] += f", on different prices of the {brief(first[0].of.item.name)}"
    finding = f"Equal to {of} by {by}, over the original: {'; '.join(parts)}."
    return Chart(f"equal{number}", title, finding, drawn[0], drawn[1], (), (), (), table=f"equal{number}", moves=True)


def _noun(metric: str) -> str:
    return in_sentence(metric_title(metric))


def _count(one: Equivalence, ledger: Ledger) -> Num:
    num = ledger.ratio(one.count)
    if one.whole is None:
        return num
    low, high = one.whole_range or (one.whole, one.whole)
    spread = f"{low:,} to {high:,}" if low != high else ""
    return Num(f"{one.whole:,}", num.href, "", spread, num.status, form="w")


SECTION = Section("equal", "What would match what", show, compute)
