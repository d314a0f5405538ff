# SPDX-License-Identifier: Apache-2.0
"""Sources: every one that the page names, how well the values are supported, and whom to credit."""

from __future__ import annotations

from dataclasses import dataclass

from chipgauge.reports.ledger import SourceLine
from chipgauge.reports.section import Section, Sheet
from chipgauge.specs.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Sources:
    """The list of sources, the count of how values are supported, and the lines that licences ask for."""

    sources: tuple[SourceLine, ...]
    coverage: Coverage
    credits: tuple[str, ...]


def show(sheet: Sheet) -> Sources:
    """Return the sources in the ledger."""
    ledger = sheet.ledger
    return Sources(ledger.sources(), ledger.coverage(), ledger.credits())


SECTION = Section("sources", "Sources", show, late=True)
