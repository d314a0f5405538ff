# SPDX-License-Identifier: Apache-2.0
"""Sources: every one that the page names, how well the values are supported, and whom to credit."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.reports.entries import SourceLine
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.section import Section, Sheet
from chipgauge.specs.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Sources:
    """The list of sources, the count of how values are supported, and how many name a licence."""

    sources: tuple[SourceLine, ...]
    coverage: Coverage
    credited: int


def listed(ledger: Ledger) -> Sources:
    """Return the sources in the ledger."""
    sources = ledger.sources()
    return Sources(sources, ledger.coverage(), sum(bool(source.licence) for source in sources))


def show(sheet: Sheet) -> Sources:
    """Return the same of a report."""
    return listed(sheet.ledger)


SECTION = Section("sources", "Sources", show, late=True)
