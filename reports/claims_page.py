# SPDX-License-Identifier: Apache-2.0
"""The ledger of claims as one self-contained page, in the frame of the report: verdicts, readings, derivations, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chipgauge import __version__
from chipgauge.calc.claims import JudgedClaim, JudgedReading
from chipgauge.reports import text
from chipgauge.reports.claim_words import READING_WORDS, WORDS, asked_as, demanded, meaning, miss, sentence, shown
from chipgauge.reports.compose import policy
from chipgauge.reports.entries import Ref, pretty
from chipgauge.reports.html import printed
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.live import as_json, program, script
from chipgauge.reports.page import Page, Phrase, Shown
from chipgauge.reports.repeat import repeat_command
from chipgauge.reports.resource import packed
from chipgauge.reports.sections import derivations, formulas, sources
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure

TOPICS = {
    "performance": "Performance", "systems": "Systems", "cost": "Money", "law": "Law", "lag": "Time and lag",
    "scenario": "Who gets how much", "supply": "Production", "clusters": "Clusters and stocks",
}  # fmt: skip
"""Topics of claims and their headings, in the order of the page; other topics come last, under their own name."""
DEPTH, WIDTH = 3, 40
"""A tree on the page goes so deep and has so many nodes; every node leads to its entry, where the rest follows."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a tree: what it is, its value, its entry, and what it stands on (`more`: that goes on in the entry)."""

    title: str
    value: str
    href: str
    refs: tuple[Ref, ...]
    below: tuple[Branch, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A reading as the page shows it."""

    says: str
    verdict: str
    words: str
    value: str
    href: str
    demand: str
    expression: str
    miss: str
    details: tuple[str, ...]
    tree: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """A claim as the page shows it; `id` is its permalink."""

    id: str
    says: str
    verdict: str
    words: str
    value: str
    meaning: str
    by: str
    date: str
    evidence: str
    source: Ref
    via: Ref | None
    quote: str
    sentence: str
    note: str
    readings: tuple[ReadingLine, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """The cards under their topics, how many there are of each verdict, and the command that writes the page again."""

    topics: tuple[tuple[str, str, tuple[ClaimCard, ...]], ...]
    counts: tuple[tuple[str, str, int], ...]
    command: str


def render(
    judged: Sequence[JudgedClaim], catalog: Catalog, *, on: str = "", asked: Mapping[str, object], squeezed: bool = True
) -> str:
    """Return the page of some claims; the same claims and tables give the same bytes.

    Parameters
    ----------
    asked : mapping
        What the user asked for, as `inputs` records it: it is repeated as the command of the page.
    squeezed : bool
        Whether to leave out what the tree of the page does not need.
    """
    css = packed("static/report.css") + "\n" + packed("static/claims.css")
    nothing = program(Ledger(catalog))  # no slider moves a number of this page
    js = script(packed("static/report.js") + "\n" + packed("static/claims.js"), nothing.functions)
    ledger = Ledger(catalog)
    counts = tuple((verdict, words, sum(one.verdict == verdict for one in judged)) for verdict, words in WORDS.items())
    content = Claims(_topics(judged, ledger), counts, repeat_command("claims", asked, "ledger.html"))
    title = f"{len(judged)} published claims: " + ", ".join(f"{count} {_plural(words)}" for _, words, count in counts)
    lists = [(one.SECTION, one.listed(ledger)) for one in (derivations, formulas, sources)]
    sections = (
        Shown("claims", "Claims", "ledger.html.jinja", content),
        *(Shown(one.id, one.title, one.template, made) for one, made in lists if made is not None),
    )
    page = Page(
        title=title, headline=(Phrase(title),),
        subtitle="Whether each holds, and under which reading. A reading is evaluated with its range over what credible "
        f"sources say. Data of {catalog.as_of}. Not legal advice.",
        findings=(), on=on or catalog.as_of, policy=policy(css, js), css=Markup(css), js=Markup(js),
        data=Markup(as_json(nothing.data)), sections=sections, version=__version__, brand="chipgauge claims",
        skip="Skip to the claims",
    )  # fmt: skip
    return printed(page, squeezed=squeezed)


def _plural(words: str) -> str:
    return {"holds": "hold", "holds if": "hold under some readings", "fails": "fail"}.get(words, words)


def _topics(judged: Sequence[JudgedClaim], ledger: Ledger) -> tuple[tuple[str, str, tuple[ClaimCard, ...]], ...]:
    found: dict[str, list[JudgedClaim]] = {topic: [] for topic in TOPICS}
    for one in judged:
        found.setdefault(one.claim.topic, []).append(one)
    rows: list[tuple[str, str, tuple[ClaimCard, ...]]] = []
    for number, (topic, members) in enumerate(found.items()):
        if members:
            name = TOPICS.get(topic, topic[:60] or "Other")
            ledger.group(name)
            rows.append((f"topic-{number}", name, tuple(_card(one, ledger) for one in members)))
    return tuple(rows)


def _card(one: JudgedClaim, ledger: Ledger) -> ClaimCard:
    claim = one.claim
    return ClaimCard(
        f"claim-{claim.id}", claim.says, one.verdict, WORDS[one.verdict], shown(one.best), meaning(one), claim.by,
        claim.date, claim.evidence, ledger.source(claim.source),
        ledger.source(claim.via) if claim.via and claim.via != claim.source else None, claim.quote, sentence(one),
        claim.note, tuple(_line(reading, ledger) for reading in one.readings),
    )  # fmt: skip


def _line(reading: JudgedReading, ledger: Ledger) -> ReadingLine:
    one, figure = reading.reading, reading.figure
    words = {"Basis:": one.basis, "Assumes:": one.assumes, "With": ", ".join(one.given), "On": one.on}
    details = [f"{before} {after}." for before, after in words.items() if after]
    if figure is not None and figure.known and figure.condition.startswith(("range:", "acquired in")):
        details.append(f"{figure.condition[:1].upper()}{figure.condition[1:]}.")
    budget = [WIDTH]
    return ReadingLine(
        one.says, reading.verdict, READING_WORDS[reading.verdict], shown(reading),
        ledger.enter(figure) if figure is not None else "", demanded(reading), asked_as(one), miss(reading),
        tuple(details), (_branch(figure, ledger, DEPTH, budget),) if figure is not None else (),
    )  # fmt: skip


def _branch(figure: Figure, ledger: Ledger, depth: int, budget: list[int]) -> Branch:
    """Return a node with what it stands on, as deep and as wide as the page has room for."""
    budget[0] -= 1
    below = [child for _, child in figure.inputs]
    room = below if depth and len(below) <= budget[0] else []
    budget[0] -= len(room)
    branches = tuple(_branch(child, ledger, depth - 1, budget) for child in room)
    refs = tuple(ledger.source(name) for name in figure.sources) if not below else ()
    return Branch(
        ledger.title(figure),
        pretty(text.quantity(figure)),
        ledger.enter(figure),
        refs,
        branches,
        bool(below) and not room,
    )


__all__ = ["render"]
