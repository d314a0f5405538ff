# SPDX-License-Identifier: Apache-2.0
"""What a section of the report is: a heading, a template, what it computes and what it shows.

A room of the report is one module in `sections` with one `Section`, and one template of its name. The list in
`sections/__init__.py` is the order on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chipgauge.calc.compare import Comparison
from chipgauge.reports.ledger import Ledger
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is about: the items and their comparison, the catalogue, the date, and each section's result.

    `results` is filled by `build`, section by section; a section sees the results of those before it.
    """

    items: tuple[str, ...]
    comparison: Comparison
    catalog: Catalog
    on: str
    command: str
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    results: dict[str, Any] = field(default_factory=dict[str, Any])


class Assumption(NamedTuple):
    """A leaf that the reader may move, between two values in its printed unit, in a group of the panel."""

    leaf: Figure
    least: float
    most: float
    group: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report while its sections are shown: the ledger of its numbers, and the assumptions that may be moved."""

    report: Report
    ledger: Ledger
    assumptions: dict[str, Assumption] = field(default_factory=dict[str, Assumption])

    def assume(self, leaf: Figure, least: float, most: float, group: str) -> None:
        """Offer a slider for a leaf; the first to offer it decides."""
        if leaf.kind == "leaf" and leaf.known and isinstance(leaf.value, float) and leaf.value >= 0 and least < most:
            self.assumptions.setdefault(leaf.key, Assumption(leaf, least, most, group))


class Section(NamedTuple):
    """One section of the page.

    `compute` returns the section's result from the report (no template engine is needed for that); `show` returns what
    the template prints, or None to leave the section out. A `late` section is shown after all others, wherever it
    stands: it lists what they have entered. `sheet` names another section whose template it uses.
    """

    id: str
    title: str
    show: Callable[[Sheet], Any]
    compute: Callable[[Report], Any] | None = None
    late: bool = False
    sheet: str = ""

    @property
    def template(self) -> str:
        """The name of its template."""
        return f"{self.sheet or self.id}.html.jinja"


__all__ = ["Assumption", "Report", "Section", "Sheet"]
