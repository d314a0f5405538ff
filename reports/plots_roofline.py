# SPDX-License-Identifier: Apache-2.0
"""The roofline of the compared chips: attainable rate against arithmetic intensity."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from chipgauge.calc.quantity import quantity
from chipgauge.calc.roofline import product_intensity
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_roofline import Roof, roofline
from chipgauge.reports.entries import brief
from chipgauge.reports.plots import Chart, Datum, tag
from chipgauge.reports.plots_map import compared_chips
from chipgauge.reports.section import Sheet
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject

INNER, COLUMNS, ELEMENT = 8192, 28672, 2
"""The product that stands for the work: an MLP projection of Llama 3.1 70B (arXiv 2407.21783, table 3) in 16 bits."""
WORK = ((1, "one answer", "1"), (64, "64 answers", "64"), (2048, "prompts, training", "prompts"))
"""Tokens in a step: while answers are written, each gives one; prompts and training give thousands."""
FORMS = ("bf16", "fp16")
"""The format whose peak the roof stands at: the first that the most chips have."""


def roofline_chart(sheet: Sheet) -> Chart | None:
    """Return the roofline of the distinct chips compared, those inside systems included; nothing without a known one."""
    report = sheet.report
    tags = {subject.item.id: tag(subject) for subject in report.comparison.subjects if subject.count == 1}
    found: list[tuple[str, str, int, Figure, Figure, Figure]] = []
    form = max(
        FORMS, key=lambda name: sum(_figure(chip, f"peak.{name}", sheet).known for chip in compared_chips(sheet))
    )
    for chip, kind in compared_chips(sheet).items():
        peak, bandwidth, ridge = (
            _figure(chip, name, sheet) for name in (f"peak.{form}", "memory.bandwidth", f"ridge.{form}")
        )
        if peak.known and bandwidth.known and ridge.known:
            name = brief(report.catalog.items[chip].name)
            found.append((name, tags.get(chip, name), kind, peak, bandwidth, ridge))
    if not found:
        return None
    title = f"Roofline at {form.upper()}"
    words = title
    axes = {"x_title": "Arithmetic intensity, FLOP/byte", "y_title": "Attainable rate, TFLOP/s"}
    work = [(rows, product_intensity(rows=rows, inner=INNER, columns=COLUMNS, element=ELEMENT)) for rows, _, _ in WORK]
    drawn: list[Markup] = []
    for width in (WIDE, NARROW):
        marks = [(one[1] if width == WIDE else one[2], at) for one, (_, at) in zip(WORK, work, strict=True)]
        roofs = [
            Roof(
                long if width == WIDE else brief_name, kind, peak.to("TFLOP/s"), bandwidth.to("TB/s"),
                (_in(peak, peak.low), _in(peak, peak.high)), row,
            )
            for row, (long, brief_name, kind, peak, bandwidth, _) in enumerate(found)
        ]  # fmt: skip
        drawn.append(Markup(roofline(roofs, width=width, label=words, work=marks, **axes)))
    ledger = sheet.ledger
    rows: list[tuple[str, tuple[Datum, ...]]] = [
        (long, (ledger.num(peak), ledger.num(bandwidth), ledger.num(ridge)))
        for long, _, _, peak, bandwidth, ridge in found
    ]
    header = ("Chip", f"{form.upper()} peak, dense", "Memory bandwidth", "Ridge point")
    notes = (
        "Left of its ridge a chip waits for its memory, right of it for its arithmetic units.",
        _work_words(work),
        "Both sides are peaks: what a program attains lies below the roof.",
    )
    keys = tuple((kind, long) for long, _, kind, _, _, _ in found)
    return Chart(
        "roofline", title, _finding(found), drawn[0], drawn[1], keys, header, tuple(rows), notes, tips=(1, 2, 3)
    )


def _work_words(work: Sequence[tuple[int, float]]) -> str:
    """Return what the dashed lines are, with the intensity of each."""
    each = [f"{text.counted(rows, 'token')} ({text.number(at, 3)} FLOP/byte)" for rows, at in work]
    return (
        f"Dashed: a projection of Llama 3.1 70B ({INNER:,} × {COLUMNS:,}, 16 bits) for {text.joined(each)} in a step: "
        "answers give a token each, prompts and training thousands. Attention and caches lie further left."
    )


def _figure(chip: str, name: str, sheet: Sheet) -> Figure:
    item = sheet.report.catalog.items[chip]
    return quantity(name, Subject(item), catalog=sheet.report.catalog, on=sheet.report.on)


def _in(figure: Figure, end: float | None) -> float:
    return figure.to("TFLOP/s") * (end / figure.number) if end and figure.number else 0.0


def _finding(found: list[tuple[str, str, int, Figure, Figure, Figure]]) -> str:
    """Return which chip turns from memory to arithmetic first and last."""
    ends = [(ridge.number, long, ridge) for long, _, _, _, _, ridge in found]
    least, most = min(ends, key=lambda row: row[0]), max(ends, key=lambda row: row[0])
    first = f"{text.capital(text.named(least[1]))} reaches its peak from {text.quantity(least[2])} on"
    if least[1] == most[1] or text.value(least[2]) == text.value(most[2]):
        return f"{first}."
    (_, high), (low, _) = least[2].bounds(), most[2].bounds()
    if high is not None and low is not None and high >= low:
        return f"{first}, {text.named(most[1])} from {text.quantity(most[2])}: about the same, as the ranges overlap."
    return f"{first}, {text.named(most[1])} only from {text.quantity(most[2])}."


__all__ = ["roofline_chart"]
