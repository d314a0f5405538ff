# SPDX-License-Identifier: Apache-2.0
"""Derivations: every figure of the page, each once, numbered, inputs before what uses them."""

from __future__ import annotations

from chipgauge.reports.ledger import Group
from chipgauge.reports.section import Section, Sheet


def show(sheet: Sheet) -> tuple[Group, ...]:
    """Return the entries of the ledger in their groups."""
    return sheet.ledger.derivations()


SECTION = Section("derivations", "Derivations", show, late=True)
