# SPDX-License-Identifier: Apache-2.0
"""`chipgauge validate`: predicted against measured, and the fit of the constants."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog

SHOWN = 12
"""Rows with the largest errors that the terminal shows."""


@click.command(
    "validate",
    short_help="Predicted against measured.",
    epilog="Example: chipgauge validate --measured my_runs.csv",
)
@click.option("--measured", "file", metavar="FILE.csv", default="", help="Your own measured results; default: ours.")
@click.option("--fit", "fitting", is_flag=True, help="Fit the constants again and write them, with left-out errors.")
@click.option("-o", "--output", "folder_out", metavar="DIR", default="", help="With --fit: where; default: our tables.")
@calculation_options
@output_options
def command(
    file: str, fitting: bool, folder_out: str, prefer: str, given: tuple[str, ...], projected: bool, folder: str | None,
    on: str, form: str,
) -> None:  # fmt: skip
    """Predict every measured row and print errors, coverage, chip ratios and scaling; rows left out say why.

    Errors of our own rows are given twice: as fitted, and from a fit without the row's whole source. --fit fits the
    constants of training and of serving, and writes each with the groups of rows that it came from.
    """
    if folder_out and not fitting:
        raise click.UsageError("-o DIR goes with --fit")
    asked = inputs(
        measured=file, fit=fitting, output=folder_out, prefer=prefer, set=given, projected=projected, catalog=folder,
        on=check_date(on),
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    notes = _fit(catalog, Path(folder_out) if folder_out else None) if fitting else []
    answer_with(answer(file, catalog, asked, notes), form)


def _fit(catalog: Catalog, folder: Path | None) -> list[str]:
    """Fit the constants of training, then those of serving, to the project's rows; write the tables, say which."""
    import chipgauge.specs
    from chipgauge.reports.fit_tables import fit_tables
    from chipgauge.reports.output import write_file
    from chipgauge.specs.efficiencies import forget_constants
    from chipgauge.specs.measured import shipped_rows

    target = folder or Path(str(chipgauge.specs.__file__)).parent / "data" / "measured"
    target.mkdir(parents=True, exist_ok=True)
    made = fit_tables(list(shipped_rows()), catalog)
    for name, text in made.items():
        write_file(target / name, text)
    forget_constants()
    return [f"written: {', '.join(f'{target}/{name}' for name in made)}"]


def answer(file: str, catalog: Catalog, asked: dict[str, Any], notes: list[str]) -> Answer:
    """Return the answer of a validation."""
    from chipgauge.calc.intervals import read_left_out
    from chipgauge.calc.results import by_maker, of_metric
    from chipgauge.calc.validation import validate
    from chipgauge.specs.efficiencies import constants
    from chipgauge.specs.measured import measured_file, shipped_rows
    from chipgauge.specs.shipped import shipped_text

    own = list(shipped_rows())
    ours = {row.id for row in own}
    rows = measured_file(Path(file)) if file else own
    left = read_left_out(shipped_text("measured/left_out.csv"))
    result = validate(rows, catalog, constants(), {} if file else left, set() if file else ours)
    records = [
        {
            "id": one.row.id, "group": one.row.group, "source": one.row.source, "kind": one.row.kind, "chip": one.row.chip,
            "model": one.row.model, "metric": one.row.metric, "measured": one.row.value, "predicted": one.predicted,
            "low": one.low, "high": one.high, "ratio": one.predicted / one.row.value,
            "left_out": of_metric(one.row, one.left_out.ratio) if one.left_out else None, "maker": by_maker(one.row),
            "fitted": one.fitted, "fits": one.fits, "apart": one.apart,
        }
        for one in result.rows
    ]  # fmt: skip
    body = {
        "rows": records, "ratios": result.ratios, "scaling": result.scaling,
        "skipped": [{"id": left.id, "why": left.why} for left in result.skipped], "summary": result.summary,
    }  # fmt: skip
    worst = sorted(result.rows, key=lambda one: -abs(math.log(one.ratio)))[:SHOWN]
    tables = [
        Table(
            "Errors", ["section", "rows", "groups", "error", "median", "bias", "left out", "its median", "coverage", "width", "rejected"],
            [_sums(row) for row in result.summary], frozenset(range(1, 11)),
        ),
        Table(
            "Largest errors", ["id", "chip", "metric", "measured", "predicted", "ratio"],
            [[one.row.id, one.row.chip, one.row.metric, f"{one.row.value:.4g}", f"{one.predicted:.4g}", f"{one.ratio:.2f}"]
             for one in worst], frozenset({3, 4, 5}),
        ),
        Table("Left out", ["id", "why"], [[left.id, left.why] for left in result.skipped][:SHOWN]),
    ]  # fmt: skip
    return Answer(
        "validate", _finding(result.summary, len(result.rows), len(result.skipped)), tables, lambda: body,
        lambda: records, catalog, asked, notes=[*_pairs(result.ratios, result.scaling), *notes], version=0,
    )  # fmt: skip


def _sums(row: dict[str, Any]) -> list[str]:
    def share(name: str) -> str:
        value = row.get(name)
        return "" if value is None else f"{value:.1%}"

    return [
        row["section"], str(row["rows"]), str(row["groups"]), share("error"), share("median"), f"{row['bias']:+.1%}",
        share("left_out_error"), share("left_out_median"), share("coverage"), f"{math.expm1(row['width']):.0%}",
        str(row["rejected"] or ""),
    ]  # fmt: skip


def _finding(summary: list[dict[str, Any]], rows: int, skipped: int) -> str:
    said: list[str] = []
    for section, what, name, average in (
        ("train", "Training step times", "error", "on average"), ("offline", "offline serving rates", "median", "in the median"),
    ):  # fmt: skip
        row = next((row for row in summary if row["section"] == section), None)
        if row is None:
            continue
        outside, held = row.get(f"left_out_{name}"), row.get("coverage")
        words = f"{what} differ from the measured ones by {row[name]:.1%} {average}"
        if outside is not None:
            words += f", {outside:.1%} with the whole source left out of the fit"
        if held is not None:
            words += f", where {held:.0%} of the nominal 80% intervals hold"
        said.append(words)
    return "; ".join([*said, f"{rows} rows are predicted and {skipped} are left out."])


def _pairs(ratios: list[dict[str, Any]], scaling: list[dict[str, Any]]) -> list[str]:
    notes: list[str] = []
    for name, kinds in (("training", ("train",)), ("serving", ("prefill", "decode", "offline"))):
        own = [row for row in ratios if row["kind"] in kinds]
        for key, how in (("ratio", "as fitted"), ("left_out", "with the source left out")):
            rows = [row for row in own if row[key] is not None]
            if rows:
                notes.append(f"ratios between chips inside one source, {name}, {how}: {_ratio_words(rows, key)}")
    if scaling:
        points = sorted(abs(row["measured"] - row["predicted"]) * 100 for row in scaling)
        notes.append(
            f"scaling efficiency: {len(points)} points, off by {points[len(points) // 2]:.1f} in the median and "
            f"{points[int(len(points) * 0.8)]:.1f} for 80% of them"
        )
    return notes


def _ratio_words(rows: list[dict[str, Any]], key: str) -> str:
    factors = sorted(max(row[key], 1 / row[key]) for row in rows)
    clear = [row for row in rows if max(row["measured"], 1 / row["measured"]) > 1.15]
    right = sum((row["measured"] > 1) == (row["measured"] * row[key] > 1) for row in clear)
    order = f"; the order is right in {right} of {len(clear)} pairs further apart than 1.15" if clear else ""
    return (
        f"{len(factors)} pairs, off by {factors[len(factors) // 2]:.2f}x in the median, "
        f"{sum(factor <= 1.25 for factor in factors) / len(factors):.0%} of them within 1.25x{order}"
    )
