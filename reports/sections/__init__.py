# SPDX-License-Identifier: Apache-2.0
"""The sections of the report, in the order in which they stand on the page.

To add one, write a module with a `Section` and a template of its name, and name it here.
"""

from chipgauge.reports.section import Section
from chipgauge.reports.sections import (
    assumptions,
    charts,
    cite,
    claims,
    cost,
    derivations,
    disagree,
    equal,
    formulas,
    history,
    limits,
    measured,
    scenario,
    sidebyside,
    sources,
    verdicts,
)

SECTIONS: tuple[Section, ...] = (
    sidebyside.SECTION,
    verdicts.SECTION,
    history.SECTION,
    assumptions.SECTION,
    charts.SECTION,
    disagree.SECTION,
    equal.SECTION,
    cost.SECTION,
    scenario.SECTION,
    claims.SECTION,
    measured.SECTION,
    formulas.SECTION,
    derivations.SECTION,
    sources.SECTION,
    cite.SECTION,
    limits.SECTION,
)

__all__ = ["SECTIONS"]
