# SPDX-License-Identifier: Apache-2.0
"""Predicted against measured: training runs on the compared chips, each predicted by a fit without its own source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from chipgauge.calc.intervals import read_left_out
from chipgauge.calc.results import mean_error, reduced, step_time
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_spread import Pair, scatter
from chipgauge.reports.ledger import brief
from chipgauge.reports.plots import Chart, chips_of
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.measured import Measured, shipped_rows
from chipgauge.specs.shipped import shipped_text


class Run(NamedTuple):
    """The runs of one model on one chip: the one with the middle ratio, how many there are, and all their ratios."""

    chip: str
    model: str
    time: float
    ratios: tuple[float, ...]
    row: Measured

    @property
    def ratio(self) -> float:
        """Predicted over measured, of the middle run."""
        return sorted(self.ratios)[len(self.ratios) // 2]


Result = tuple[Run, ...]


def compute(report: Report) -> Result:
    """Return the runs of whole models on the compared chips whose step time was predicted without their source."""
    wanted = {chip.id for s in report.comparison.subjects for chip in chips_of(s.item, report.catalog, report.on)}
    left = read_left_out(shipped_text("measured/left_out.csv"))
    groups: dict[tuple[str, str], list[tuple[float, Measured]]] = {}
    for row in shipped_rows(kind="train"):
        if row.chip in wanted and row.id in left and not reduced(row) and step_time(row):
            groups.setdefault((row.chip, row.model), []).append((left[row.id].ratio, row))
    runs: list[Run] = []
    for (chip, model), found in sorted(groups.items()):
        found.sort(key=lambda pair: (pair[0], pair[1].id))
        middle = found[len(found) // 2][1]
        runs.append(Run(chip, model, step_time(middle) or 0.0, tuple(ratio for ratio, _ in found), middle))
    return tuple(runs)


def show(sheet: Sheet) -> tuple[Chart, ...] | None:
    """Return the chart; nothing where nobody measured one of these chips."""
    result: Result = sheet.report.results["measured"]
    if not result:
        return None
    items: Mapping[str, object] = sheet.report.catalog.items
    pairs = [Pair(run.time, run.time * run.ratio, row) for row, run in enumerate(result)]
    error = mean_error([ratio for run in result for ratio in run.ratios])
    count = sum(len(run.ratios) for run in result)
    title = "Training: predicted against measured"
    axes = {"x_title": "Measured time of a step, s", "y_title": "Predicted time of a step, s"}
    pictures = [Markup(scatter(pairs, width=width, label=title, within=1 + error, **axes)) for width in (WIDE, NARROW)]
    catalog = sheet.report.catalog
    rows = tuple(
        (
            f"{brief(catalog.items[run.model].name) if run.model in items else run.model}, {brief(catalog.items[run.chip].name)}",
            (str(len(run.ratios)), text.number(run.row.n_chips, 6), text.number(run.time, 3), text.number(run.time * run.ratio, 3), f"{text.two(run.ratio)}×", run.row.source),
        )
        for run in result
    )  # fmt: skip
    chips = text.joined(list(dict.fromkeys(brief(catalog.items[run.chip].name) for run in result)))
    finding = (
        f"On the {chips}, the predicted time of a training step is off by {error:.0%} on average over {text.counted(count, 'run')}, "
        "each predicted by a fit from which its whole source was left out."
    )
    notes = (
        "One mark for each model: its run with the middle ratio. The line is equality; the dashed lines are the average error.",
        "No run on another of the compared chips is in the tables." if len({run.chip for run in result}) < len(sheet.report.comparison.subjects) else "",
    )  # fmt: skip
    header = ("Model and chip", "Runs", "Chips", "Measured, s", "Predicted, s", "Predicted over measured", "Source")
    return (
        Chart("measured", title, finding, pictures[0], pictures[1], (), header, rows, tuple(filter(None, notes)), tips=(3, 4, 5)),
    )  # fmt: skip


SECTION = Section("measured", "Predicted and measured", show, compute, sheet="charts")
__all__ = ["SECTION", "Run"]
