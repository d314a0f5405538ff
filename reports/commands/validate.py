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

    Errors of our own rows are given twice: as fitted, and from a fit without the row's whole source.
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
    """Fit the constants to the project's rows, write the tables and return what was written."""
    import chipgauge.specs
    from chipgauge.calc import fit
    from chipgauge.calc.cases import build
    from chipgauge.calc.operators import Operators
    from chipgauge.calc.validation import half_width, interval_widths
    from chipgauge.reports.fit_tables import constants_text, left_out_text
    from chipgauge.reports.output import write_file
    from chipgauge.specs.efficiencies import constants
    from chipgauge.specs.measured import shipped_rows

    rows = list(shipped_rows())
    known = set(fit.NAMES).__contains__
    operators = Operators([row for row in rows if row.kind == "operator"], catalog, fit.NAMES, known)
    cases = build([row for row in rows if row.kind == "train"], catalog, known)
    fitted = fit.fit(operators, cases)
    ratios = fit.left_out(operators, cases, "source")
    widths, tested = interval_widths(cases, ratios)
    widths["unmeasured"] = half_width(cases, fit.left_out(operators, cases, "chip"))
    spread = abs(operators.log_errors(fitted.values))
    widths["operator"] = float(sorted(spread)[int(0.8 * len(spread))])
    target = folder or Path(str(chipgauge.specs.__file__)).parent / "data" / "measured"
    target.mkdir(parents=True, exist_ok=True)
    write_file(target / "efficiencies.toml", constants_text(fitted, fit.speakers(operators, cases), widths))
    write_file(target / "left_out.csv", left_out_text(cases.rows, ratios, tested))
    constants.cache_clear()
    return [f"written: {target}/efficiencies.toml and {target}/left_out.csv"]


def answer(file: str, catalog: Catalog, asked: dict[str, Any], notes: list[str]) -> Answer:
    """Return the answer of a validation."""
    from chipgauge.calc.validation import read_left_out, validate
    from chipgauge.specs.efficiencies import constants
    from chipgauge.specs.measured import read_measured, shipped_rows
    from chipgauge.specs.shipped import shipped_text

    own = list(shipped_rows())
    ours = {row.id for row in own}
    rows = read_measured(Path(file).read_text("utf-8"), file) if file else own
    left = read_left_out(shipped_text("measured/left_out.csv"))
    result = validate(rows, catalog, constants(), {} if file else left, set() if file else ours)
    records = [
        {
            "id": one.row.id, "group": one.row.group, "source": one.row.source, "kind": one.row.kind, "chip": one.row.chip,
            "model": one.row.model, "metric": one.row.metric, "measured": one.row.value, "predicted": one.predicted,
            "low": one.low, "high": one.high, "ratio": one.ratio, "left_out": one.left_out.ratio if one.left_out else None,
            "fitted": one.fitted, "fits": one.fits, "proxy": one.proxy,
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
            "Errors", ["section", "rows", "groups", "error", "median", "bias", "left out", "coverage", "rejected"],
            [_sums(row) for row in result.summary], frozenset(range(1, 9)),
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
        share("left_out_error"), share("coverage"), str(row["rejected"] or ""),
    ]  # fmt: skip


def _finding(summary: list[dict[str, Any]], rows: int, skipped: int) -> str:
    train = next((row for row in summary if row["section"] == "train"), None)
    said = f"{rows} rows are predicted and {skipped} are left out."
    if train is None:
        return said
    outside = train.get("left_out_error")
    words = f"Training step times differ from the measured ones by {train['error']:.1%} on average"
    return f"{words}{f', {outside:.1%} with the whole source left out of the fit' if outside else ''}; {said}"


def _pairs(ratios: list[dict[str, Any]], scaling: list[dict[str, Any]]) -> list[str]:
    notes: list[str] = []
    if ratios:
        factors = sorted(max(row["ratio"], 1 / row["ratio"]) for row in ratios)
        clear = [row for row in ratios if max(row["measured"], 1 / row["measured"]) > 1.15]
        right = sum((row["measured"] > 1) == (row["predicted"] > 1) for row in clear)
        order = f"; the order is right in {right} of {len(clear)} pairs further apart than 1.15" if clear else ""
        notes.append(
            f"ratios between chips inside one source: {len(factors)} pairs, off by {factors[len(factors) // 2]:.2f}x in the "
            f"median and {factors[int(len(factors) * 0.8)]:.2f}x for 80%{order}"
        )
    if scaling:
        points = sorted(abs(row["measured"] - row["predicted"]) * 100 for row in scaling)
        notes.append(
            f"scaling efficiency: {len(points)} points, off by {points[len(points) // 2]:.1f} in the median and "
            f"{points[int(len(points) * 0.8)]:.1f} for 80% of them"
        )
    return notes
