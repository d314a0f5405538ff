# SPDX-License-Identifier: Apache-2.0
"""`chipgauge claims`: does a published claim hold, under which reading; and what could somebody have meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from chipgauge.calc.claims import JudgedClaim, JudgedReading, judge_all
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json
from chipgauge.reports.claim_words import WORDS, asked_as, demanded, meaning, miss, sentence, shown
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.reports.output import write_file
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.claim_tables import read_claim_files, shipped_claims
from chipgauge.specs.errors import TableError, UnitError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.units import parse_value

DEPTH = 3
"""A tree of one claim is printed so deep."""
MOST_HITS = 30
"""So many readings are printed on the terminal; JSON and CSV have all."""


@click.command(
    "claims",
    short_help="Does a published claim hold, and under which reading?",
    epilog='Example: chipgauge claims --near "H200" "H20" 6',
)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--file", "file", metavar="FILE.toml", default="", help="Judge the claims of this file; exit 1 if one fails."
)
@click.option(
    "--near", nargs=3, metavar="A B N", default=None, help="What could 'A is N times B' mean? * is every chip."
)
@click.option("-o", "--output", metavar="FILE.html", default="", help="Write the ledger as a page.")
@click.option("--within", metavar="PERCENT", default="5%", show_default=True, help="How near a reading must come.")
@calculation_options
@output_options
def command(
    ids: tuple[str, ...],
    file: str,
    near: tuple[str, str, str] | None,
    output: str,
    within: str,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Judge the claims of the ledger (all, or those named), of a file, or search the readings of a number."""
    if sum(map(bool, (ids, file, near))) > 1:
        raise UnknownName("take one of: ids of the ledger, --file FILE, --near A B N")
    day = check_date(on)
    asked = inputs(
        ids=ids,
        file=file,
        near=near,
        within=within if near else "",
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=day,
    )
    catalog = make_catalog(folder, prefer, given, projected)
    if near and output:
        raise UnknownName("-o writes the ledger or the claims of a file; --near prints a table: add --format csv")
    if near:
        answer_with(_near_answer(near, within, catalog, asked, day), form)
        return
    found = judged(ids, file, catalog, day)
    if output:
        answer_with(_page(output, found, catalog, asked, day, strict=bool(file)), form)
        return
    answer_with(answer(found, catalog, asked, full=bool(ids), strict=bool(file)), form)


def judged(ids: Sequence[str], file: str, catalog: Catalog, on: str = "") -> list[JudgedClaim]:
    """Return the claims of the ledger (all, or those named) or of a file, judged."""
    if not file:
        return judge_all(shipped_claims(catalog.source_ids(), ids), catalog=catalog, on=on)
    claims, problems = read_claim_files([Path(file)], catalog.source_ids())
    if problems:
        raise TableError(problems)
    return judge_all(claims, catalog=catalog, on=on)


def _page(
    path: str, found: list[JudgedClaim], catalog: Catalog, asked: dict[str, object], on: str, *, strict: bool
) -> Answer:
    """Write the ledger as a page and return what was written."""
    from chipgauge.reports.claims_page import render

    size = write_file(Path(path), render(found, catalog, on=on, asked=asked))
    body = {"path": path, "bytes": size, "claims": [_plain(one) for one in found]}
    failing = strict and any(one.verdict == "fails" for one in found)
    return Answer(
        "claims", f"Wrote {path} ({size:,} bytes): {_finding(found)}", [], lambda: body,
        lambda: [{"path": path, "bytes": size}], catalog, asked, exit_code=1 if failing else 0, version=0,
    )  # fmt: skip


def answer(
    judged: list[JudgedClaim], catalog: Catalog, asked: dict[str, object], *, full: bool = False, strict: bool = False
) -> Answer:
    """Return the ledger as an answer; with `full` each claim with all its readings."""
    rows = [[one.claim.id, one.claim.says, WORDS[one.verdict], shown(one.best), meaning(one)] for one in judged]
    tables = [Table("", ["claim", "what is said", "verdict", "our value", "reading"], rows, frozenset({3}))]
    notes: list[str] = []
    if full:
        tables = [_readings(one) for one in judged]
        notes = [line for one in judged for line in _about(one, catalog)]
    if full and len(judged) == 1:
        from chipgauge.reports.commands.explain import tree

        tables += [
            Table(f"{one.reading.id}: {one.reading.says}", ["step", "value", "how"], tree(one.figure, catalog, DEPTH))
            for one in judged[0].readings
            if one.figure is not None
        ]
        notes.append("a tree is cut after three steps; chipgauge explain prints all of an expression")
    figures = [reading.figure for one in judged for reading in one.readings if reading.figure and reading.figure.known]
    notes += remarks.source_notes(catalog, figures) if full else []
    body = {"claims": [_plain(one) for one in judged], "leaves": leaves_json(figures)}
    records = [
        {"claim": one.claim.id, "verdict": one.verdict, **_reading_plain(reading, flat=True)}
        for one in judged
        for reading in one.readings
    ]
    failing = strict and any(one.verdict == "fails" for one in judged)
    return Answer(
        "claims", _finding(judged), tables, lambda: body, lambda: records, catalog, asked, figures=figures, notes=notes,
        exit_code=1 if failing else 0, version=0,
    )  # fmt: skip


def _finding(judged: list[JudgedClaim]) -> str:
    if len(judged) == 1:
        [one] = judged
        verdict = WORDS[one.verdict]
        return f"{one.claim.says} {verdict[:1].upper()}{verdict[1:]}: {meaning(one)}. {sentence(one)}".strip()
    counts = {verdict: sum(one.verdict == verdict for one in judged) for verdict in WORDS}
    parts = [
        f"{number} {word.replace('_', ' ').replace('holds', 'hold').replace('fails', 'fail')}"
        for word, number in counts.items()
    ]
    return f"{text.counted(len(judged), 'claim')}: {', '.join(parts)}."


def _readings(one: JudgedClaim) -> Table:
    rows = [
        [reading.reading.says, asked_as(reading.reading),
         demanded(reading), shown(reading), reading.verdict, miss(reading)]
        for reading in one.readings
    ]  # fmt: skip
    columns = ["reading", "expression", "must be", "our value", "verdict", "note"]
    return Table(one.claim.id, columns, rows, frozenset({3}))


def _about(one: JudgedClaim, catalog: Catalog) -> list[str]:
    claim = one.claim
    source = catalog.source(claim.source)
    read = f", read through {catalog.source(claim.via).publisher}" if claim.via else ""
    lines = [
        f"{claim.id}: said by {claim.by}, {claim.date} ({claim.evidence}: {source.publisher}, {source.title}{read})."
    ]
    if claim.quote:
        lines.append(f'{claim.id}: in their words "{claim.quote}"')
    assumed = [f"{claim.id}: {one.id} assumes {one.assumes}" for one in claim.readings if one.assumes]
    return [*lines, *assumed, *([f"{claim.id}: {claim.note}"] if claim.note else [])]


def _quantity(reading: JudgedReading) -> dict[str, Any]:
    if reading.figure is not None:
        return quantity_json(reading.figure)
    return {"value": None, "state": "unknown", "why": reading.why, "missing": list(reading.missing)}


def _reading_plain(reading: JudgedReading, *, flat: bool = False) -> dict[str, Any]:
    one = reading.reading
    plain: dict[str, Any] = {
        "reading": one.id,
        "says": one.says,
        "expression": one.expression,
        "expected": str(one.expected),
        "verdict": reading.verdict,
        "miss": reading.miss,
    }
    if flat:
        printed = _quantity(reading)
        return plain | {name: printed.get(name) for name in ("value", "unit", "low", "high", "status")}
    extra = {"basis": one.basis, "assumes": one.assumes, "rule": one.rule, "item": one.item, "found": reading.found}
    plain |= {name: value for name, value in extra.items() if value}
    return plain | {"value": _quantity(reading), "missing": list(reading.missing), "why": reading.why}


def _plain(one: JudgedClaim) -> dict[str, Any]:
    claim = one.claim
    plain: dict[str, Any] = {
        "id": claim.id,
        "says": claim.says,
        "by": claim.by,
        "date": claim.date,
        "evidence": claim.evidence,
        "source": claim.source,
        "verdict": one.verdict,
        "value": _quantity(one.best),
        "best": one.best.reading.id,
        "readings": [_reading_plain(reading) for reading in one.readings],
    }
    extra = {"via": claim.via, "quote": claim.quote, "topic": claim.topic, "note": claim.note}
    return plain | {name: value for name, value in (extra | {"sentence": sentence(one)}).items() if value}


# --- the search of readings ---------------------------------------------------------------------------------------


def _near_answer(
    near: tuple[str, str, str], within: str, catalog: Catalog, asked: dict[str, object], on: str
) -> Answer:
    from chipgauge.calc.readings import MORE, Hit, Search
    from chipgauge.calc.readings import near as search

    a, b, number = near
    found: Search = search(a, b, _plain_number(number), within=_plain_number(within), catalog=catalog, on=on)

    def form(hit: Hit) -> str:
        return "more than" if hit.form == MORE else "times"

    def row(hit: Hit) -> list[str]:
        ends: list[Figure] = [hit.above, hit.below]
        sides = " / ".join(text.quantity(figure) for figure in ends)
        return [
            f"{hit.value:.3g}",
            hit.a.name,
            hit.b.name,
            hit.apart,
            form(hit),
            sides,
            "mixed bases" if hit.mixed else "predicted" if hit.predicted else "",
        ]

    plain = [
        {
            "expression": hit.expression, "value": hit.value, "a": hit.a.id, "b": hit.b.id, "metric": hit.metric,
            "over": hit.over, "form": form(hit), "mixed": hit.mixed,
            "predicted": hit.predicted,
        }
        for hit in found.hits
    ]  # fmt: skip
    sound = sum(not hit.mixed for hit in found.hits)
    finding = (
        f"{text.counted(found.tried, 'reading')} tried, {len(found.hits)} within {text.number(found.within * 100)}% of "
        f"{text.number(found.number)}: {sound} on one basis, {len(found.hits) - sound} that mix two."
    )
    notes = ["Of so many readings some hit by chance; a hit says what could have been meant, not that it was."]
    if any(hit.predicted for hit in found.hits):
        notes.append("A predicted rate has an error: chipgauge explain prints it with its range.")
    if "*" in near[:2]:
        notes.append("Of workloads, training is tried between all chips; serving too between chips that are named.")
    if len(found.hits) > MOST_HITS:
        notes.append(f"The nearest {MOST_HITS} are shown; --format csv has all.")
    columns = ["ratio", "A", "B", "metric", "form", "values", "note"]
    figures = [figure for hit in found.hits[:MOST_HITS] for figure in (hit.above, hit.below)]
    body = {"number": found.number, "within": found.within, "tried": found.tried, "hits": plain}
    table = Table("", columns, [row(hit) for hit in found.hits[:MOST_HITS]], frozenset({0}))
    return Answer(
        "claims", finding, [table], lambda: body, lambda: plain, catalog, asked, figures=figures, notes=notes, version=0
    )


def _plain_number(given: str) -> float:
    value, _, unit = parse_value(given)
    if any(unit.dimension):
        raise UnitError(f"{given[:40]!r} has a unit; a ratio is a plain number such as 6, or a percentage")
    return value
