# SPDX-License-Identifier: Apache-2.0
"""Public claims about the compared items: whether each holds, by which reading, at what value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chipgauge.calc.claims import JudgedClaim, judge_all
from chipgauge.calc.expression import subjects_of
from chipgauge.calc.functions import MODELS
from chipgauge.reports import text
from chipgauge.reports.ledger import Num, Ref
from chipgauge.reports.plots import chips_of
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.claim_tables import shipped_claims
from chipgauge.specs.claims import Claim, ClaimReading
from chipgauge.specs.errors import ChipgaugeError

MOST = 8
"""So many claims stand on the page; those that speak of the most items first."""
WORDS = {"holds": "holds", "holds_if": "holds if", "fails": "fails", "unknown": "unknown"}
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
    value: Num | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims, and how many more speak about the items."""

    finding: str
    rows: tuple[Row, ...]
    more: int


def compute(report: Report) -> Result:
    """Return the claims of which some reading is about the items alone and none asks a model, judged; and how many more."""
    subjects = report.comparison.subjects
    wanted = {item.id for s in subjects for item in (s.item, *chips_of(s.item, report.catalog))}
    found: list[tuple[int, str, Claim]] = []
    for claim in shipped_claims({name: report.catalog.source(name) for name in report.catalog.source_ids()}):
        if any(f"{name}(" in reading.expression for reading in claim.readings for name in MODELS):
            continue  # hundreds of steps each: the page of all claims has them
        named = [_named(reading, report.catalog) for reading in claim.readings]
        about = [items for items in named if items and items <= wanted]
        if about:
            found.append((-max(map(len, about)), claim.id, claim))
    found.sort(key=lambda row: row[:2])
    chosen = sorted((claim for _, _, claim in found[:MOST]), key=lambda claim: claim.id)
    return tuple(judge_all(chosen, catalog=report.catalog, on=report.on)), max(len(found) - MOST, 0)


def _named(reading: ClaimReading, catalog: Catalog) -> set[str]:
    """Return the ids of the items that a reading is about; none where it names something else besides."""
    try:
        if reading.expression:
            return {subject.item.id for subject in subjects_of(reading.expression, catalog=catalog)}
        return {catalog.subject(reading.item).item.id} if reading.item else set()
    except ChipgaugeError:
        return set()


def show(sheet: Sheet) -> Claims | None:
    """Return the section; nothing where no claim is about these items."""
    result: Result = sheet.report.results["claims"]
    judged, more = result
    if not judged:
        return None
    sheet.ledger.group("Claims")
    return Claims(_finding(judged), tuple(_row(one, sheet) for one in judged), more)


def _row(one: JudgedClaim, sheet: Sheet) -> Row:
    claim, figure = one.claim, one.best.figure
    value: Num | None = None
    if figure is not None:
        plain = isinstance(figure.value, float) and figure.unit.text == "1"
        value = sheet.ledger.ratio(figure) if plain else sheet.ledger.num(figure)
    by = f"{claim.by}, {claim.date}" if claim.date else claim.by
    return Row(
        claim.says, by, sheet.ledger.source(claim.source), WORDS[one.verdict], SIGNS[one.verdict], value, _meaning(one)
    )


def _meaning(one: JudgedClaim) -> str:
    """Return the reading whose value stands on the page, and which others make the claim true."""
    good = [reading.reading.says for reading in one.readings if reading.verdict == "holds"]
    if one.best.reading.says not in good:
        nearest = "nearest reading" if one.verdict in ("fails", "unknown") else "in part of the range"
        return f"{nearest}: {one.best.reading.says}"
    others = len(good) - 1
    return one.best.reading.says + (f", and {text.counted(others, 'other reading')}" if others else "")


def _finding(judged: Sequence[JudgedClaim]) -> str:
    counts = {verdict: sum(one.verdict == verdict for one in judged) for verdict in WORDS}
    ends = {
        "holds": "under every reading tried",
        "holds_if": "under some",
        "fails": "under none",
        "unknown": "cannot be told",
    }
    parts = [
        f"{count} {'hold ' if verdict != 'unknown' and count != 1 else 'holds ' if verdict != 'unknown' else ''}{ends[verdict]}"
        for verdict, count in counts.items()
        if count
    ]
    return f"Of {text.counted(len(judged), 'claim')}, {text.joined(parts)}."


SECTION = Section("claims", "Claims about these items", show, compute)
