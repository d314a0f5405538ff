# SPDX-License-Identifier: Apache-2.0
"""`chipgauge scenario`: stocks and flows of chips under named policies."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from chipgauge.calc.scenario import Outcome, Point, run
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json
from chipgauge.reports.derivation import derivation
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.scenario_tables import SHIPPED, Scenario, chip_id, load_scenario, shipped_scenario
from chipgauge.specs.shipped import shipped_text


@click.command(
    "scenario",
    short_help="Stocks and flows of chips under named policies.",
    epilog="Example: chipgauge scenario no-exports unrestricted-h200",
)
@click.argument("files", metavar="[FILE.toml|NAME]...", nargs=-1)
@click.option(
    "--draws",
    metavar="N",
    type=click.IntRange(100, 1_000_000),
    default=None,
    help="Draws, in place of the file's number.",
)
@click.option(
    "--print", "show", is_flag=True, help="Print the file of a scenario that ships with chipgauge, to copy and change."
)
@click.option(
    "--explain", "explained", metavar="NAME", default="", help="The derivation of one of these numbers instead."
)
@calculation_options
@output_options
def command(
    files: tuple[str, ...], draws: int | None, show: bool, explained: str, prefer: str, given: tuple[str, ...], projected: bool,
    folder: str | None, on: str, form: str,
) -> None:  # fmt: skip
    """Who acquires and holds how much computing power under each scenario; all that ship where none is named."""
    if show:
        click.echo("".join(shipped_text(f"scenarios/{_known(name)}.toml") for name in files), nl=False)
        return
    asked = inputs(
        files=files,
        draws=draws,
        explain=explained,
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=check_date(on),
    )
    catalog = make_catalog(folder, prefer, given, projected)
    outcomes = [run(load(name, catalog), catalog=catalog, draws=draws or 0) for name in files or SHIPPED]
    if explained:
        points = named_points(outcomes)
        ends = {name: found for name, (_, found) in points.items() if found}
        figures = {name: figure for name, (figure, _) in points.items()}
        answer_with(derivation(explained, figures, catalog, asked, ends), form)
        return
    answer_with(answer(outcomes, catalog, asked), form)


def _known(name: str) -> str:
    if name in SHIPPED:
        return name
    raise UnknownName(
        f"no scenario is called {name[:60]!r}.{did_you_mean(name, SHIPPED) or ' Shipped: ' + ', '.join(SHIPPED) + '.'}"
    )


def load(name: str, catalog: Catalog) -> Scenario:
    """Return the scenario of a file, or one that ships by its name."""

    if not name.endswith(".toml") and not Path(name).exists():
        return shipped_scenario(name, catalog)
    return load_scenario(Path(name), catalog.source_ids(), partial(chip_id, catalog))


def named_points(outcomes: list[Outcome]) -> dict[str, tuple[Figure, tuple[float, float] | None]]:
    """Return the numbers of an answer with their ends by the names that `--explain` knows: `advantage-2026-8bit-acquired`.

    Where several scenarios are asked, each name begins with that of its scenario.
    """
    made: dict[str, tuple[Figure, tuple[float, float] | None]] = {}
    for outcome in outcomes:
        first = f"{outcome.scenario.id}-" if len(outcomes) > 1 else ""
        for point in outcome.points:
            for name in ("us", "china", "advantage", "share"):
                ends = point.ends.get(name)
                key = f"{first}{name}-{point.year}-{point.basis}-{point.counted}"
                made[key] = (getattr(point, name), (ends[0], ends[2]) if ends else None)
    return made


def answer(outcomes: list[Outcome], catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer: a line a scenario, year and basis; published ranges beside ours."""
    rows = [
        [outcome.scenario.name, str(point.year), point.basis, point.counted, *(_cell(point, name) for name in ("us", "china", "advantage", "share"))]
        for outcome in outcomes
        for point in outcome.points
    ]  # fmt: skip
    beside = [
        [
            outcome.scenario.name, row.published.who, f"{row.published.measure}, {row.published.basis}",
            _span(row.published.low, row.published.high, row.published.measure), _span(row.ours[0], row.ours[2], row.published.measure) if row.ours else "not run",
            {True: "overlap", False: "apart", None: ""}[row.meets], f"{text.number(row.needs[0] / 1e6, 3)} to {text.number(row.needs[1] / 1e6, 3)} million" if row.needs else "",
        ]
        for outcome in outcomes
        for row in outcome.beside
    ]  # fmt: skip
    columns = [
        "scenario",
        "year",
        "basis",
        "what",
        "others, million",
        "China, million",
        "advantage (90%)",
        "share of China (90%)",
    ]
    tables = [
        Table(
            "In H100-equivalents on each basis: acquired in the year, and held at its end",
            columns,
            rows,
            frozenset({4, 5, 6, 7}),
        ),
        Table(
            "Published ranges beside ours",
            ["scenario", "who", "of what", "published", "ours", "", "others would acquire"],
            beside,
        ),
    ]
    points = [point for outcome in outcomes for point in outcome.points]
    figures = [figure for point in points for figure in (point.us, point.china)]
    body = {
        "scenarios": [
            {
                "id": outcome.scenario.id, "name": outcome.scenario.name, "says": outcome.scenario.says, "rho": outcome.scenario.rho,
                "shares": [_json(point, "share", point.share) for point in outcome.points],
                "advantage": [_json(point, "advantage", point.advantage) for point in outcome.points],
                "published": [
                    {"who": row.published.who, "says": row.published.says, "measure": row.published.measure, "basis": row.published.basis, "low": row.published.low, "high": row.published.high, "overlaps": row.meets, "needs": list(row.needs) if row.needs else None, "why": row.published.why}
                    for row in outcome.beside
                ],
            }
            for outcome in outcomes
        ],
    }  # fmt: skip
    records = [
        {"scenario": outcome.scenario.id, "year": p.year, "basis": p.basis, "what": p.counted, "measure": name, "value": getattr(p, name).value, **dict(zip(("low", "median", "high"), p.ends[name], strict=True))}
        for outcome in outcomes for p in outcome.points for name in ("us", "china", "advantage", "share") if name in p.ends
    ]  # fmt: skip
    notes = [f"{outcome.scenario.name}: {outcome.scenario.says}" for outcome in outcomes]
    notes.append("a stock is published on the 8-bit basis; on another one a chip named in the file stands for it")
    notes.append("a published range that overlaps ours is not confirmed by it: it may stand on other inputs")
    return Answer(
        "scenario", _finding(outcomes), tables, lambda: {**body, "leaves": leaves_json(figures)}, lambda: records, catalog, asked,
        [], figures, [*notes, *remarks.source_notes(catalog, figures)], version=0,
    )  # fmt: skip


def _finding(outcomes: list[Outcome]) -> str:
    said: list[str] = []
    for outcome in outcomes:
        point = next((p for p in outcome.points if p.counted == "acquired" and "advantage" in p.ends), None)
        if point is not None:
            low, _, high = point.ends["advantage"]
            said.append(
                f"{text.number(point.advantage.number, 3)} times ({text.number(low, 3)} to {text.number(high, 3)}) under {outcome.scenario.name}"
            )
    year = outcomes[0].points[0].year if outcomes and outcomes[0].points else ""
    basis = outcomes[0].points[0].basis if outcomes and outcomes[0].points else ""
    return (
        f"In {year} others acquire as much computing power as China {'; '.join(said)} ({basis} basis, 90% ranges)."
        if said
        else "Nothing is known."
    )


def _cell(point: Point, name: str) -> str:
    figure: Figure = getattr(point, name)
    if name not in point.ends:
        return figure.state
    low, _, high = point.ends[name]
    scale, unit = {"share": (0.01, "%"), "advantage": (1.0, "")}.get(name, (1e6, ""))
    return f"{text.number(figure.number / scale, 3)}{unit} ({text.number(low / scale, 3)} to {text.number(high / scale, 3)})"


def _span(low: float, high: float, measure: str) -> str:
    scale, unit = {"share": (0.01, "%"), "china": (1e6, " million")}.get(measure, (1.0, ""))
    return f"{text.number(low / scale, 3)} to {text.number(high / scale, 3)}{unit}"


def _json(point: Point, name: str, figure: Figure) -> dict[str, object]:
    ends = point.ends.get(name)
    shown = quantity_json(figure, ninety=(ends[0], ends[2]) if ends else None)
    return {
        "year": point.year,
        "basis": point.basis,
        "counted": point.counted,
        **shown,
        **({"median": ends[1]} if ends else {}),
    }
