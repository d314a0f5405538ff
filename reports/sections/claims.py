# SPDX-License-Identifier: Apache-2.0
"""Public claims about the compared items: whether each holds, by which reading, at what value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chipgauge.calc.claims import JudgedClaim, JudgedReading, asks_model, concerning, judge_all
from chipgauge.reports import text
from chipgauge.reports.claim_words import WORDS, form_of, meaning, percent, percent_spread, shown
from chipgauge.reports.entries import Num, Ref
from chipgauge.reports.plots import chips_of
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.claim_tables import shipped_claims

MOST = 8
"""So many claims stand on the page; those that speak of the most items first."""
SIGNS = {"holds": "below", "holds_if": "straddles", "fails": "crosses", "unknown": "unknown"}
"""The sign of a verdict: those of thresholds, a tick, two readings, a cross, a question mark."""
Result = tuple[tuple[JudgedClaim, ...], int]


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: what is said, by whom, when, where; its verdict; the value of its best reading and what that means."""

    says: str
    by: str
    source: Ref
    verdict: str
    sign: str
    value: Num | str
    meaning: str


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims, and how many more speak about the items."""

    finding: str
    rows: tuple[Row, ...]
    more: int


def compute(report: Report) -> Result:
    """Return the claims of which some reading is about the items alone and none asks a model, judged; and how many more."""
    wanted = {
        item.id for s in report.comparison.subjects for item in (s.item, *chips_of(s.item, report.catalog, report.on))
    }
    about = concerning(shipped_claims(report.catalog.source_ids()), wanted, catalog=report.catalog)
    found = [
        claim for claim in about if not asks_model(claim)
    ]  # hundreds of steps each: the page of all claims has them
    chosen = sorted(found[:MOST], key=lambda claim: claim.id)
    return tuple(judge_all(chosen, catalog=report.catalog, on=report.on)), len(about) - len(chosen)


def show(sheet: Sheet) -> Claims | None:
    """Return the section; nothing where no claim is about these items."""
    result: Result = sheet.report.results["claims"]
    judged, more = result
    if not judged:
        return None
    sheet.ledger.group("Claims")
    return Claims(_finding(judged), tuple(_row(one, sheet) for one in judged), more)


def _row(one: JudgedClaim, sheet: Sheet) -> Row:
    claim = one.claim
    by = f"{claim.by}, {claim.date}" if claim.date else claim.by
    return Row(
        claim.says, by, sheet.ledger.source(claim.source), WORDS[one.verdict], SIGNS[one.verdict],
        _value(one.best, sheet), meaning(one),
    )  # fmt: skip


def _value(reading: JudgedReading, sheet: Sheet) -> Num | str:
    """Return the value of a reading as `claim_words.shown` prints it, with its derivation; of a rule its verdict."""
    figure, form = reading.figure, form_of(reading)
    if figure is None or reading.found:
        return shown(reading)
    if not form:
        return sheet.ledger.num(figure)
    num = sheet.ledger.ratio(figure)
    if form == "r":
        return num
    spread = percent_spread(figure) if form == "p" else ""
    return replace(num, text=percent(figure.number) if form == "p" else shown(reading), spread=spread, form=form)


def _finding(judged: Sequence[JudgedClaim]) -> str:
    counts = {verdict: sum(one.verdict == verdict for one in judged) for verdict in WORDS}
    ends = {
        "holds": "under every reading tried",
        "holds_if": "under some readings or in part of a range",
        "fails": "under no reading tried",
        "unknown": "cannot be told",
    }
    parts = [
        f"{count} {'hold ' if verdict != 'unknown' and count != 1 else 'holds ' if verdict != 'unknown' else ''}{ends[verdict]}"
        for verdict, count in counts.items()
        if count
    ]
    return f"Of {text.counted(len(judged), 'claim')}, {text.joined(parts)}."


SECTION = Section("claims", "Claims about these items", show, compute)
