# SPDX-License-Identifier: Apache-2.0
"""The status of each item since 2022: what the rules of each day say of it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from chipgauge.calc.law.outcome import OPEN, strictness
from chipgauge.calc.law.timeline import START, Span, Timeline, timeline
from chipgauge.calc.thresholds import Court
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_time import Lane, Stretch, lanes
from chipgauge.reports.entries import brief
from chipgauge.reports.markup import short
from chipgauge.reports.plots import Chart, item_kinds
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.spoken import in_words
from chipgauge.specs.catalog import Catalog

Result = tuple[Timeline, ...]
WORDS = {
    "PROPOSED": "proposed",
    "NOT-ENFORCED": "not enforced",
    "NOT-IN-FORCE": "no rule",
    "OUT-OF-SCOPE": "no rule",
    "NLR": "no licence",
    "BELOW": "below",
    "EXCEPTION": "exception",
    "EXCEPTION+NOTIFY": "exception, with notice",
    "DUTY/TARIFF": "duty",
    "DUTY/FEE": "fee",
    "DUTY/REPORT": "report",
    "SCORED": "only compared",
    "CROSSES": "crosses",
    "UNKNOWN": "unknown",
    "STRADDLES": "on the line",
    "PRESUMED-IN-SCOPE": "presumed in scope",
    "LICENCE/CASE": "licence, by case",
    "LICENCE/UNSPEC": "licence",
    "LICENCE/PoA": "licence, approval presumed",
    "LICENCE/PoD": "licence, denial presumed",
    "PROHIBITED": "prohibited",
}
"""The words on the bar of an outcome."""


def compute(report: Report) -> Result:
    """Return the timeline of each distinct item up to the date of the report."""
    parts = list(dict.fromkeys(subject.item.id for subject in report.comparison.subjects))
    courts: dict[str, Court] = {}
    return tuple(
        timeline(part, until=report.on, catalog=report.catalog, courts=courts) for part in parts if report.on > START
    )


def show(sheet: Sheet) -> tuple[Chart, ...] | None:
    """Return the chart; nothing where no rule was in force."""
    result: Result = sheet.report.results["history"]
    if not any(span.outcome != "NOT-IN-FORCE" for one in result for span in one.outcomes):
        return None
    kinds = item_kinds(sheet.report.comparison.subjects)
    rows: list[tuple[str, tuple[str, ...]]] = []
    drawn: list[Lane] = []
    for one in result:
        name, stretches = brief(one.subject.item.name), list[Stretch]()
        for span in one.outcomes:
            level, unsure = strictness(span.outcome), span.outcome.lower() in OPEN
            stretches.append(Stretch(span.since, span.until, level, WORDS[span.outcome], len(rows), unsure))
            rules = in_words(text.joined([rule.split("#")[0] for rule in span.because]), sheet.report.catalog)
            said = in_words(span.text, sheet.report.catalog, of=one.subject.item.id)
            rows.append((name, (span.since, short(said, 240), rules or "–")))
        drawn.append(Lane(name, kinds[one.subject.item.id], tuple(stretches)))
    title = f"Status from {START} to {sheet.report.on}"
    label = title
    pictures = [
        Markup(lanes(drawn, width=width, label=label, since=START, until=sheet.report.on)) for width in (WIDE, NARROW)
    ]
    notes = (
        "The thicker a bar, the stricter: a line is no rule, a thin bar a rule that the item stays below, a hollow one is open.",
        "No destination is named, so the strictest one stands.",
        "Figures are those of the tables on every day; a rule may speak about a chip before its release.",
    )
    header = ("Item", "From", "Outcome", "Rules")
    chart = Chart(
        "history", title, finding(result, sheet.report.catalog), pictures[0], pictures[1], (), header, tuple(rows), notes, tips=(1, 2), words=True
    )  # fmt: skip
    return (chart,)


def finding(result: Sequence[Timeline], catalog: Catalog) -> str:
    """Return since when the outcome of each item is what it is, in these words; items with one day and outcome together."""
    last: dict[tuple[str, str], list[str]] = {}
    for one in result:
        said = _outcome(one.outcomes[-1])
        # what follows the words (which rules cross, what is missing) may have changed since: the words have not
        since = [span.since for span in one.outcomes]
        while len(since) > 1 and _outcome(one.outcomes[len(since) - 2]) == said:
            since.pop()
        words = in_words(said, catalog, of=one.subject.item.id)
        last.setdefault((since[-1], words), []).append(brief(one.subject.item.name))
    parts = [
        f"{text.joined(names)} since {since}: {said}" if since > START else f"{text.joined(names)} throughout: {said}"
        for (since, said), names in sorted(last.items())
    ]
    return f"{'; '.join(parts)}."


def _outcome(span: Span) -> str:
    return span.text.partition(" (as it stands")[0].partition(": ")[0].partition(";")[0]


SECTION = Section("history", "Status since 2022", show, compute, sheet="charts")
