# SPDX-License-Identifier: Apache-2.0
"""The charts of a report: which figures they show, what they find, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from chipgauge.calc.compare import Comparison, Row
from chipgauge.calc.quantity import contents
from chipgauge.reports import sentences, text
from chipgauge.reports.charts import NARROW, WIDE, Bar, BarGroup, ratio_bars
from chipgauge.reports.entries import Num, Ref, brief
from chipgauge.reports.ledger import Ledger
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item, Subject

RATIO_METRICS = (
    ("aggregate.tpp", "tpp", "peak.bf16"),
    ("memory.capacity",),
    ("memory.bandwidth",),
    ("power.tdp",),
    ("per_watt.peak.bf16",),
    ("price",),
    ("per_dollar.peak.bf16",),
)
"""What the chart of ratios shows, the first of each group that the comparison has; else its first numeric rows."""
MOST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Cited:
    """A value in the table of a chart with its sources beside it: its row is its derivation."""

    text: str
    refs: tuple[Ref, ...] = ()


Datum = Num | Cited | str


@dataclass(frozen=True, slots=True)
class Day:
    """What a chart shows from a day on: its choice in the date control, and its finding."""

    since: str
    words: str
    finding: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in two widths, the finding as its caption, and its data: each row a name and its cells.

    `table` names the chart whose table holds the data, where two charts share one; `tips` are the columns that a tip
    shows; `days` is empty unless the chart changes with the date; `moves` says that it follows the sliders; `words` says
    that its table holds words, not numbers; `fixed` that its numbers keep the report's values when sliders move.
    """

    id: str
    title: str
    finding: str
    wide: Markup
    narrow: Markup
    keys: tuple[tuple[int, str], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Datum, ...]], ...]
    notes: tuple[str, ...] = ()
    table: str = ""
    tips: tuple[int, ...] = ()
    days: tuple[Day, ...] = ()
    moves: bool = False
    words: bool = False
    fixed: bool = False


# --- ratios ------------------------------------------------------------------------------------------------------


def ratio_chart(comparison: Comparison, ledger: Ledger) -> Chart | None:
    """Return the chart of ratios to the baseline; nothing where there is nothing to compare."""
    base = comparison.baseline
    others = [subject for subject in comparison.subjects if subject.key != base.key]
    rows = _chosen_rows(comparison)
    if not others or not rows:
        return None
    kinds = kinds_of(comparison.subjects)
    groups: list[tuple[str, list[tuple[Subject, Bar]]]] = []
    for row in rows:
        nums = [ledger.ratio(row.ratios[subject.key]) for subject in others]
        pairs = zip(others, nums, strict=True)
        groups.append((row.title, [(s, _bar(kinds[s.key], row.ratios[s.key], num)) for s, num in pairs]))
    name = brief(base.item.name) if base.count == 1 else label(base)
    words = "Ratios on a logarithmic axis"
    drawn: list[Markup] = []
    for width, called in ((WIDE, label), (NARROW, tag)):
        bars = [BarGroup(title, tuple(replace(bar, label=called(s)) for s, bar in pairs)) for title, pairs in groups]
        drawn.append(Markup(ratio_bars(bars, width=width, label=words, baseline=name)))
    return Chart(
        "ratios", f"Ratios to the {name}", _ratio_finding(rows, others, name), drawn[0], drawn[1],
        tuple((kinds[subject.key], label(subject)) for subject in others),
        (), (), table="compare", moves=True,
    )  # fmt: skip


def kinds_of(subjects: Sequence[Subject]) -> dict[str, int]:
    """Return the shape and colour of each subject, the same in every chart."""
    return {subject.key: kind for kind, subject in enumerate(subjects)}


def label(subject: Subject) -> str:
    """Return a subject's short name, with its number where it is not one."""
    name = text.marked(brief(subject.item.name), subject.unshipped)
    return name if subject.count == 1 else f"{text.number(subject.count, 12)} {name}"


def tag(subject: Subject) -> str:
    """Return the shortest name of a subject: what the user called it, if that is shorter."""
    return min(label(subject), text.short(subject), key=len)


def _chosen_rows(comparison: Comparison) -> list[Row]:
    numeric = {row.metric: row for row in comparison.rows if row.numeric}
    chosen = [
        numeric[found] for group in RATIO_METRICS for found in [next((m for m in group if m in numeric), "")] if found
    ]
    rows = chosen or list(numeric.values())[:MOST_GROUPS]
    return [
        row for row in rows if any(ratio.known for key, ratio in row.ratios.items() if key != comparison.baseline.key)
    ]


def _bar(kind: int, figure: Figure, num: Num) -> Bar:
    if not figure.known or not isinstance(figure.value, float):
        return Bar("", kind, None, text=num.text)
    return Bar("", kind, figure.value, figure.low, figure.high, num.text, num.spread, num.href)


def _ratio_finding(rows: Sequence[Row], others: Sequence[Subject], base: str) -> str:
    parts: list[str] = []
    for row in rows:
        if row.metric not in ("aggregate.tpp", "tpp", "memory.bandwidth") and len(rows) > 2:
            continue
        known = [(row.ratios[s.key], label(s)) for s in others if row.ratios[s.key].known]
        if known:
            parts.append(f"{sentences.noun(row)} {span(known)}")
    return f"Against the {base}: {'; '.join(parts)}." if parts else f"Ratios to the {base}."


def span(pairs: Sequence[tuple[Figure, str]]) -> str:
    """Return the least and the greatest of some ratios with their names; one number with all names where they are alike."""
    ends = [text.ratio(pick(pairs, key=lambda pair: pair[0].number)[0]) for pick in (min, max)]
    names = [text.joined([name for figure, name in pairs if text.ratio(figure) == end]) for end in ends]
    if ends[0] == ends[1]:
        return f"{ends[1]} times ({names[1]})"
    return f"from {ends[0]} ({names[0]}) to {ends[1]} times ({names[1]})"


def item_kinds(subjects: Sequence[Subject]) -> dict[str, int]:
    """Return the shape and colour of each item by its id: those of the first subject of it."""
    return {subject.item.id: kind for kind, subject in reversed(list(enumerate(subjects)))}


def chips_of(item: Item, catalog: Catalog, on: str) -> list[Item]:
    """Return the distinct chips in a system or cluster, as far as they are known; of anything else itself."""
    if item.kind not in ("system", "cluster"):
        return [item]
    return list({chip.id: chip for _, chip in contents(item, catalog=catalog, on=on)}.values())
