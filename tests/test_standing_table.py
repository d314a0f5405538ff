# SPDX-License-Identifier: Apache-2.0
"""The table of scenarios that the report reads: it says what the scenarios give now."""

from __future__ import annotations

from chipgauge.reports.standing_table import MEASURES, as_text, computed, rows
from chipgauge.specs.catalog import catalog
from chipgauge.specs.scenario_tables import SHIPPED
from chipgauge.specs.shipped import shipped_text


def test_the_shipped_table_is_what_the_scenarios_give_now() -> None:
    assert as_text(computed(catalog())) == shipped_text("scenarios/standings.csv")


def test_every_scenario_has_every_measure_within_its_range() -> None:
    found = rows()
    assert {row.scenario for row in found} == set(SHIPPED)
    assert {row.measure for row in found} == set(MEASURES)
    for row in found:
        assert 0 <= row.low <= row.value <= row.high
        assert row.measure != "share" or row.high <= 1
        assert row.sources
