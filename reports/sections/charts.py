# SPDX-License-Identifier: Apache-2.0
"""The charts of the comparison: ratios, the maps of the rules, rooflines."""

from __future__ import annotations

from chipgauge.reports.plots import Chart, ratio_chart
from chipgauge.reports.plots_map import map_charts
from chipgauge.reports.plots_roofline import roofline_chart
from chipgauge.reports.section import Section, Sheet


def show(sheet: Sheet) -> tuple[Chart, ...]:
    """Return the charts in order."""
    sheet.ledger.group("Charts")
    ratios, roofs = ratio_chart(sheet.report.comparison, sheet.ledger), roofline_chart(sheet)
    return (*([ratios] if ratios else []), *map_charts(sheet), *([roofs] if roofs else []))


SECTION = Section("charts", "Charts", show)
