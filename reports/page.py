# SPDX-License-Identifier: Apache-2.0
"""The two ends of a report: the results that go in, and the frozen `Page` of texts and links that the templates print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from chipgauge.calc.compare import Comparison
from chipgauge.calc.equivalent import Equivalence
from chipgauge.calc.thresholds import ItemVerdict
from chipgauge.reports.ledger import Group, Num, Ref, SourceLine, Statement
from chipgauge.reports.plots import Chart
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Report:
    """What a report shows: results, the catalogue they came from, the date of the rules, the command that repeats it."""

    items: tuple[str, ...]
    comparison: Comparison
    checks: tuple[ItemVerdict, ...]
    equivalences: tuple[Equivalence, ...]
    catalog: Catalog
    on: str
    command: str
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Column:
    """One item of the comparison: its name, kind of mark, what it was called, what else that could mean."""

    name: str
    kind: int
    full: str
    given: str
    others: str
    baseline: bool
    system: bool


@dataclass(frozen=True, slots=True)
class Stated:
    """A total that a vendor states for a system, beside the one that follows from its chips."""

    text: str
    source: Ref


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
class Judgement:
    """What one rule says: its verdict, what it needs, what the item has, by how much, in which paragraph."""

    rule: str
    title: str
    verdict: str
    needs: str
    has: Num | None
    as_law: str
    margin: str
    citation: str
    source: Ref
    since: str
    note: str


@dataclass(frozen=True, slots=True)
class Card:
    """The verdicts on one item, with the answer in a few words."""

    item: str
    kind: int
    outcome: str
    verdict: str
    note: str
    judgements: tuple[Judgement, ...]


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


@dataclass(frozen=True, slots=True)
class Page:
    """All that the templates see.

    Attributes
    ----------
    title : the finding, in one sentence
    subtitle : what is measured, of what date
    findings : further findings, a sentence each
    on : the date on which the rules are read
    css, css_hash : the style sheet, and its SHA-256 in base 64 for the Content-Security-Policy
    columns : the items compared
    lines : the rows of the side-by-side table
    notes : why a cell has no number, each with what it speaks of
    cards : the verdicts, by item
    ambiguities : what the texts of the rules leave open
    charts : the charts in order
    disputes : where sources disagree
    matches : cluster equivalence
    derivations : every figure on the page, each once, in groups
    sources : every source on the page, numbered
    coverage : how well the stated values are supported
    credits : the lines that sources with a known licence ask for
    limits : what the numbers do not say
    command : the command line that reproduces the page
    cite : how to cite the page
    bibtex : the same for BibTeX, line by line
    version : of the program
    """

    title: str
    subtitle: str
    findings: tuple[str, ...]
    on: str
    css: Markup
    css_hash: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    ambiguities: tuple[str, ...]
    charts: tuple[Chart, ...]
    disputes: tuple[Dispute, ...]
    matches: tuple[Matches, ...]
    derivations: tuple[Group, ...]
    sources: tuple[SourceLine, ...]
    coverage: Coverage
    credits: tuple[str, ...]
    limits: tuple[str, ...]
    command: str
    cite: str
    bibtex: tuple[str, ...]
    version: str
