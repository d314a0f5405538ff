# SPDX-License-Identifier: Apache-2.0
"""Predicted against measured: training and serving on the compared chips, each run by a fit without its own source."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import commonprefix
from statistics import median
from typing import NamedTuple

from markupsafe import Markup

from chipgauge.calc.intervals import read_left_out
from chipgauge.calc.results import mean_error, reduced, step_time
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_spread import Strip, strips
from chipgauge.reports.entries import Num, Ref, brief
from chipgauge.reports.plots import Chart, Cited, chips_of, tag
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.measured import Measured, shipped_rows
from chipgauge.specs.records import Source
from chipgauge.specs.shipped import shipped_text

KINDS = {"train": "training", "offline": "offline serving", "decode": "decoding", "prefill": "prefill"}
"""The kinds of run that are shown, in order, and what a sentence calls them."""

UNITS = {
    "output_tokens_per_second_per_chip": "output token/s", "total_tokens_per_second_per_chip": "total token/s",
    "prefill_tokens_per_second_per_chip": "prompt token/s", "tpot": "s/token", "ttft": "s to the first token",
}  # fmt: skip
"""What a metric of serving counts; rates are per chip."""


class Run(NamedTuple):
    """The runs of one kind of one model on one chip: the one with the middle ratio, what it measured, and all ratios."""

    kind: str
    chip: str
    model: str
    value: float
    ratios: tuple[float, ...]
    row: Measured

    @property
    def ratio(self) -> float:
        """Predicted over measured, of the middle run."""
        return sorted(self.ratios)[len(self.ratios) // 2]

    @property
    def unit(self) -> str:
        """The kind of run and the unit of what it measured."""
        return (
            "training, s/step" if self.kind == "train" else f"{self.kind}, {UNITS.get(self.row.metric, self.row.unit)}"
        )


Result = tuple[Run, ...]


def compute(report: Report) -> Result:
    """Return the runs of whole models on the compared chips that were predicted without their source."""
    wanted = _chips(report)
    left = read_left_out(shipped_text("measured/left_out.csv"))
    groups: dict[tuple[str, str], list[tuple[float, str, float, Measured]]] = {}
    runs: list[Run] = []
    for kind in KINDS:
        groups.clear()
        for row in shipped_rows(kind=kind):
            value = step_time(row) if kind == "train" else row.value
            if row.chip in wanted and row.id in left and not reduced(row) and value:
                groups.setdefault((row.chip, row.model), []).append((left[row.id].ratio, row.id, value, row))
        for (chip, model), found in sorted(groups.items()):
            found.sort(key=lambda one: one[:2])
            _, _, value, middle = found[len(found) // 2]
            runs.append(Run(kind, chip, model, value, tuple(one[0] for one in found), middle))
    return tuple(runs)


def show(sheet: Sheet) -> tuple[Chart, ...] | None:
    """Return the chart; nothing where nobody measured one of these chips."""
    report, result = sheet.report, sheet.report.results["measured"]
    if not result:
        return None
    tags = {subject.item.id: tag(subject) for subject in report.comparison.subjects if subject.count == 1}
    sheet.ledger.group("Predictions of measured runs")
    cited = [_source(run, result, sheet) for run in result]
    entries = {kind: _enter(kind, result, cited, sheet) for kind in dict.fromkeys(run.kind for run in result)}
    drawn = _strips(result, report.catalog, tags)
    title, axis = "Predicted against measured", "Predicted over measured"
    pictures = [Markup(strips(drawn, width=width, label=title, title=axis)) for width in (WIDE, NARROW)]
    rows = tuple(
        (
            f"{_name(run.model, report.catalog)}, {tags.get(run.chip) or _name(run.chip, report.catalog)}",
            (
                run.unit, str(len(run.ratios)), text.number(run.row.n_chips, 6), text.number(run.value, 3),
                Num(text.number(run.value * run.ratio, 3), entries[run.kind]), f"{text.two(run.ratio)}×", Cited("", (source,)),
            ),
        )
        for run, source in zip(result, cited, strict=True)
    )  # fmt: skip
    lacking = [_name(chip, report.catalog) for chip in _chips(report) if chip not in {run.chip for run in result}]
    notes = (
        "One mark for each model, kind and chip: its run with the middle ratio. Dashes stand one average error from 1.",
        "The ratio is one of times in training, in serving one of what the source measured: a rate or a time. The command chipgauge validate lists every run.",
        f"No run on the {text.joined(lacking)} is in the tables." if lacking else "",
    )
    header = (
        "Model and chip",
        "Kind and unit (rates per chip)",
        "Runs",
        "Chips",
        "Measured",
        "Predicted",
        axis,
        "Source",
    )
    return (
        Chart("measured", title, finding(result, report.catalog), pictures[0], pictures[1], (), header, rows, tuple(filter(None, notes)), tips=(1, 4, 5, 6), fixed=True),
    )  # fmt: skip


def _source(run: Run, runs: Sequence[Run], sheet: Sheet) -> Ref:
    """Return the mention of a run's source; its address is the folder that holds all of its runs that are shown."""
    row = run.row
    urls = {one.row.url for one in runs if one.row.source == row.source}
    url = row.url if len(urls) == 1 else commonprefix(sorted(urls)).rpartition("/")[0]
    return sheet.ledger.measured(Source(f"measured/{row.source}", "", row.source, url, "measured", row.date))


def _enter(kind: str, runs: Sequence[Run], cited: Sequence[Ref], sheet: Sheet) -> str:
    """Return the entry of what is predicted of one kind of run: by which command, how far off, against which sources."""
    ratios = [ratio for run in runs if run.kind == kind for ratio in run.ratios]
    model = "train" if kind == "train" else "infer"
    return sheet.ledger.tell(
        f"Prediction of {KINDS[kind]}",
        f"off by {mean_error(ratios):.0%} on average over {text.counted(len(ratios), 'run')}",
        f"Computed as the command chipgauge {model} does, its constants fitted without the run’s whole source.",
        tuple(dict.fromkeys(ref for run, ref in zip(runs, cited, strict=True) if run.kind == kind)),
    )


def finding(runs: Sequence[Run], catalog: Catalog) -> str:
    """Return how far off the middle run and the average one are, by kind, over how many runs and on which chips."""
    parts: list[str] = []
    for kind, called in KINDS.items():
        own = [run for run in runs if run.kind == kind]
        ratios = [ratio for run in own for ratio in run.ratios]
        if ratios:
            chips = text.joined(list(dict.fromkeys(_name(run.chip, catalog) for run in own)))
            middle = median(abs(ratio - 1) for ratio in ratios)
            count = text.counted(len(ratios), "run")
            parts.append(f"{middle:.0%} in {called} (mean {mean_error(ratios):.0%}; {count} on the {chips})")
    return (
        f"Predicted by a fit from which its whole source was left out, the median run is off by {text.joined(parts)}."
    )


def _strips(runs: Sequence[Run], catalog: Catalog, tags: dict[str, str]) -> list[Strip]:
    made: list[Strip] = []
    for kind, chip in dict.fromkeys((run.kind, run.chip) for run in runs):
        own = [(place, run) for place, run in enumerate(runs) if (run.kind, run.chip) == (kind, chip)]
        ratios = [ratio for _, run in own for ratio in run.ratios]
        off = mean_error(ratios)
        made.append(
            Strip(
                f"{tags.get(chip) or _name(chip, catalog)}, {KINDS[kind]}", tuple((run.ratio, place) for place, run in own),
                off, f"{text.counted(len(ratios), 'run')}, {off:.0%} off", int(kind != "train"),
            )
        )  # fmt: skip
    return made


def _chips(report: Report) -> list[str]:
    chips = [chip.id for one in report.comparison.subjects for chip in chips_of(one.item, report.catalog, report.on)]
    return list(dict.fromkeys(chips))


def _name(known: str, catalog: Catalog) -> str:
    return brief(catalog.items[known].name) if known in catalog.items else known


SECTION = Section("measured", "Predicted and measured", show, compute, sheet="charts")
__all__ = ["KINDS", "SECTION", "UNITS", "Run", "finding"]
