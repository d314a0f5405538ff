# SPDX-License-Identifier: Apache-2.0
"""Derivations: every figure of the page, each once, numbered, inputs before what uses them."""

from __future__ import annotations

from chipgauge.reports.entries import Group
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.section import Section, Sheet


def listed(ledger: Ledger) -> tuple[Group, ...]:
    """Return the entries of the ledger in their groups."""
    return ledger.derivations()


def show(sheet: Sheet) -> tuple[Group, ...]:
    """Return the same of a report."""
    return listed(sheet.ledger)


SECTION = Section("derivations", "Derivations", show, late=True)
