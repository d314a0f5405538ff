# SPDX-License-Identifier: Apache-2.0
"""`chipgauge equivalent`: how many of B match a number of A, at what cost and power, and what binds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click

from chipgauge.calc.equivalence import UTILISATIONS
from chipgauge.calc.equivalent import Ask, Equivalence, equivalent
from chipgauge.calc.functions import COUNTRIES
from chipgauge.calc.payers import Premium
from chipgauge.calc.powers import BOUNDARIES
from chipgauge.reports import ninety, remarks, sentences, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.build_tables import (
    States,
    interval_word,
    line,
    named_figures,
    payers_table,
    premiums_of,
    spans_table,
    spread,
    states_of,
    states_table,
    uses_table,
)
from chipgauge.reports.commands.cost import read_terms
from chipgauge.reports.derivation import derivation
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure


@click.command(
    "equivalent",
    short_help="How many of B match a number of A.",
    epilog='Example: chipgauge equivalent "100000 H200" --in "Ascend 910C" --by peak.bf16',
)
@click.argument("of", metavar='"N A"')
@click.option("--in", "within", metavar="B", required=True, help="What to build it from.")
@click.option("--by", metavar="METRIC", default="peak.bf16", show_default=True, help="The metric to match.")
@click.option("--train", metavar="MODEL", default="", help="Match the rate of training this model instead.")
@click.option("--infer", metavar="MODEL", default="", help="Match the rate of decoding this model instead.")
@click.option("--max-tpot", metavar="TIME", default="50 ms", show_default=True, help="Time a token, for --infer.")
@click.option(
    "--context",
    metavar="N",
    type=click.IntRange(1, 100_000_000),
    default=4096,
    show_default=True,
    help="Tokens of a sequence, for --infer.",
)
@click.option("--at", type=click.Choice(list(COUNTRIES)), default=None, help="Where the original stands.")
@click.option("--build-in", type=click.Choice(list(COUNTRIES)), default=None, help="Where the build stands.")
@click.option("--mfu", metavar="PERCENT", default="", help="Utilisation of the original, for --train.")
@click.option("--build-mfu", metavar="PERCENT", default="", help="Utilisation of the build, for --train.")
@click.option(
    "--utilisation",
    type=click.Choice(list(UTILISATIONS)),
    default="model",
    show_default=True,
    help="Whose utilisation, for --train: of the performance model at that number of chips, or of published runs.",
)
@click.option("--batch-tokens", metavar="N", default="", help="Tokens of a step, for --train.")
@click.option(
    "--term", "terms", metavar="NAME=VALUE", multiple=True, help="A term of the original's cost, such as pue=1.2."
)
@click.option(
    "--build-term",
    "build_terms",
    metavar="NAME=VALUE",
    multiple=True,
    help="A term of the build's cost, such as duty=25%.",
)
@click.option("--years", metavar="N", default="", help="Cost of ownership over how long.")
@click.option("--budget", metavar="USD", default="", help="Money there is for the build.")
@click.option("--power", metavar="MW", default="", help="Power there is for the build.")
@click.option("--sales", metavar="N", default="", help="Chips sold in the United States, for the cap on exports.")
@click.option(
    "--boundary",
    type=click.Choice([row.id for row in BOUNDARIES]),
    default=None,
    help="Whose power figure in the costs.",
)
@click.option("--payers", is_flag=True, help="Equal work at published costs of a chip-hour, by who pays.")
@click.option(
    "--explain", "explained", metavar="NAME", default="", help="The derivation of one of these numbers instead."
)
@click.option(
    "--correlate",
    "correlate",
    metavar="A,B=RHO",
    multiple=True,
    help="Two inputs drawn with this correlation, such as 'mfu:hopper-mixture,mfu:ascend-mixture=0.7'.",
)
@calculation_options
@output_options
def command(
    of: str, within: str, by: str, train: str, infer: str, max_tpot: str, context: int, at: str | None, build_in: str | None,
    mfu: str, build_mfu: str, utilisation: str, batch_tokens: str, terms: tuple[str, ...], build_terms: tuple[str, ...], years: str, budget: str, power: str,
    sales: str, boundary: str | None, payers: bool, explained: str, correlate: tuple[str, ...], prefer: str, given: tuple[str, ...], projected: bool,
    folder: str | None, on: str, form: str,
) -> None:  # fmt: skip
    """How many B equal "N A" by a metric or a workload, at what cost and power, and what binds the build."""
    extra = {
        "train": train, "infer": infer, "max_tpot": max_tpot if infer and max_tpot != "50 ms" else "",
        "context": context if infer and context != 4096 else None, "at": at, "build_in": build_in, "mfu": mfu,
        "build_mfu": build_mfu, "utilisation": utilisation if train and utilisation != "model" else "",
        "batch_tokens": batch_tokens, "explain": explained, "correlate": correlate, "term": terms, "build_term": build_terms, "years": years, "budget": budget, "power": power,
        "sales": sales, "boundary": boundary, "payers": payers,
    }  # fmt: skip
    asked = inputs(
        of=of,
        **{"in": within},
        by=by,
        prefer=prefer,
        set=given,
        projected=projected,
        catalog=folder,
        on=check_date(on),
        **extra,
    )
    catalog = make_catalog(folder, prefer, given, projected)
    if not infer and max_tpot != "50 ms":
        raise UnknownName("--max-tpot is of serving: write --infer MODEL with it, or leave it out")
    ask = ask_of(asked)
    result = equivalent(of, within, by=by, catalog=catalog, on=on, ask=ask)
    if explained:
        with ninety.correlated(result.correlations):
            answer_with(derivation(explained, named_figures(result), catalog, asked), form)
        return
    answer_with(answer(result, catalog, asked, payers=payers, ask=ask), form)


def ask_of(asked: Mapping[str, Any]) -> Ask:
    """Return what a saved question assumed besides the metric; `verify` asks it again."""

    def given(name: str, otherwise: str = "") -> str:
        return str(asked.get(name, otherwise))

    years, context = given("years"), asked.get("context", 4096)
    return Ask(
        train=given("train"),
        infer=given("infer"),
        max_tpot=given("max_tpot", "50 ms"),
        context=context if isinstance(context, int) and context > 0 else 4096,
        at=given("at"),
        build_in=given("build_in"),
        terms=read_terms(tuple(asked.get("term", ()))),
        build_terms=read_terms(tuple(asked.get("build_term", ()))),
        mfu=given("mfu"),
        build_mfu=given("build_mfu"),
        utilisation=given("utilisation", "model"),
        batch_tokens=given("batch_tokens"),
        correlate=tuple(asked.get("correlate", ())),
        years=_with(years, "year"),
        budget=_with(given("budget"), "USD"),
        power=_with(given("power"), "MW"),
        sales=given("sales"),
        boundary=given("boundary"),
    )


def _with(given: str, unit: str) -> str:
    return f"{given} {unit}" if re.fullmatch(r"[-+]?[\d.,]+([eE][-+]?\d+)?", given.strip()) else given


def answer(
    result: Equivalence, catalog: Catalog, asked: dict[str, object], *, payers: bool = False, ask: Ask | None = None
) -> Answer:
    """Return the answer of an equivalence, its ranges drawn with the correlations that were declared."""
    return ninety.together(result.correlations, lambda: _answer(result, catalog, asked, payers, ask or Ask()))


def _answer(result: Equivalence, catalog: Catalog, asked: dict[str, object], payers: bool, ask: Ask) -> Answer:
    named = {
        "count": result.count,
        "capex_ratio": result.capex_ratio,
        "tco_ratio": result.tco_ratio,
        "power_ratio": result.power_ratio,
    }
    words = {
        "count": f"{result.within.item.name} needed",
        "capex_ratio": "purchase price, build over original",
        "tco_ratio": "cost of ownership, build over original",
        "power_ratio": "power, build over original",
    }
    rows = [line(result, words[name], figure) for name, figure in named.items()]
    rows[1:1] = [line(result, f"the same with {how}", figure) for how, figure in result.otherwise]
    hardware = result.hardware_ratio
    if hardware is not None and hardware.known and hardware.key != result.capex_ratio.key:
        rows.insert(-2, line(result, "hardware as in the cost of ownership, build over original", hardware))
    limits = [
        [row.name, row.text, _pair(row.need), _pair(row.have), text.ratio(row.figure), spread(result, row.figure, 3), "" if row.figure.known else row.figure.why]
        for row in result.limits
    ]  # fmt: skip
    powers = [[name, text.ratio(figure), spread(result, figure, 3)] for name, figure in result.powers]
    tables = [
        Table("", ["figure", "value", "range", "", "note"], rows, frozenset({1, 2})),
        Table("Limits: what the build needs over what there is", ["limit", "of what", "needs", "there is", "ratio", f"range, {interval_word(result)}", "note"], limits, frozenset({2, 3, 4, 5})),
        Table("Power, build over original, by whose figures", ["boundary", "ratio", f"range, {interval_word(result)}"], powers, frozenset({1, 2})),
    ]  # fmt: skip
    if result.uses:
        tables.insert(1, uses_table(result))
    if result.tco_ratio.known:
        tables.append(ninety.tornado(result.tco_ratio, "What drives the cost of ownership"))
    figures = [figure for figure in named.values() if figure.known]
    ours = premiums_of(result, catalog) if payers else []
    if payers:
        tables += [spans_table(ours), payers_table(result, ours)]
    dated: States = []
    if result.of.item.kind == "cluster":
        dated = states_of(result, catalog, ask)
        tables.append(states_table(result, dated))
    ranges = remarks.DRAWN if " " in result.by else remarks.BOUNDS
    subjects = [result.of, result.within]
    notes = [*_extra_notes(result), *result.notes, *remarks.notes(catalog, subjects, figures, ranges=ranges)]
    return Answer(
        "equivalent", sentences.equivalent_finding(result, limits=True), tables,
        lambda: _body(result, named, figures, ours, dated), lambda: [record(figure, name=name) for name, figure in named.items()], catalog, asked,
        subjects, figures, notes,
    )  # fmt: skip


def _body(
    result: Equivalence, named: dict[str, Figure], figures: list[Figure], ours: list[Premium], dated: States
) -> dict[str, object]:
    body: dict[str, object] = {
        "of": result.of.key,
        "in": result.within.key,
        "by": result.by,
        "count": _quantity(result, "count", result.count),
        "whole": result.whole,
        "chips": _quantity(result, "chips", result.chips),
        "sold_as": {"system": result.sold_as[0], "count": result.sold_as[1]} if result.sold_as else None,
        "state": result.state or None,
        "hardware_ratio": _quantity(result, "hardware_ratio", result.hardware_ratio) if result.hardware_ratio else None,
        "utilisation": [
            {"side": use.side, "chip": use.chip, "how": use.words, **ninety.quantity(use.figure)} for use in result.uses
        ],
        "otherwise": [{"how": how, **ninety.quantity(figure)} for how, figure in result.otherwise],
        "capex_ratio": _quantity(result, "capex_ratio", result.capex_ratio),
        "tco_ratio": ninety.quantity(result.tco_ratio),
        "power_ratio": _quantity(result, "power_ratio", result.power_ratio),
        "binding": result.binding or None,
        "limits": [
            {"name": row.name, "text": row.text, "value": ninety.quantity(row.figure), "need": _side(row.need), "have": _side(row.have)}
            for row in result.limits
        ],
        "powers": [{"boundary": name, "ratio": ninety.quantity(figure)} for name, figure in result.powers],
        "residual": quantity_json(result.residual) if result.residual is not None else None,
        "drivers": ninety.drivers(result.tco_ratio) if result.tco_ratio.known else [],
    }  # fmt: skip
    body["leaves"] = leaves_json(figures)
    if dated:
        body["states"] = [
            {
                "date": state.date, "state": state.status, "snapshot": state.snapshot, "whole": one.whole,
                "count": _quantity(one, "count", one.count), "capex_ratio": _quantity(one, "capex_ratio", one.capex_ratio),
                "tco_ratio": ninety.quantity(one.tco_ratio), "power_ratio": _quantity(one, "power_ratio", one.power_ratio),
                "binding": one.binding,
            }
            for state, one in dated
        ]  # fmt: skip
    if ours:
        body["payers"] = [
            {"chip": row.chip.id, "against": row.against.id, "payer": row.payer, "work": row.work, "chips": quantity_json(row.chips), "ratio": quantity_json(row.ratio)}
            for row in ours
        ]  # fmt: skip
    return body


def ninety_of(result: Equivalence, name: str) -> bool:
    """Tell whether a figure of an equivalence has a 90% range: what stands on assumptions has, a ratio of specs bounds."""
    return name == "tco_ratio" or " " in result.by


def _quantity(result: Equivalence, name: str, figure: Figure) -> dict[str, object]:
    return ninety.quantity(figure) if ninety_of(result, name) else quantity_json(figure)


def _side(figure: Figure | None) -> dict[str, object] | None:
    return ninety.quantity(figure) if figure is not None else None


def _pair(figure: Figure | None) -> str:
    if figure is None or not figure.known:
        return "" if figure is None else "unknown"
    unit = "" if figure.unit.text == "1" else f" {figure.unit.text}"
    return text.value(figure) + unit


def _extra_notes(result: Equivalence) -> list[str]:
    rows: list[str] = []
    if result.sold_as is not None:
        rows.append(f"sold in whole systems: {result.sold_as[1]:,} {result.sold_as[0]}")
    elif result.whole is not None and result.within.item.kind == "system" and result.count.number < 10:
        rows.append(f"whole systems: {result.whole:,} {result.within.item.name}; ratios are of the exact number")
    if result.residual is not None and result.residual.known:
        rows.append(f"the last step moved the number by {100 * result.residual.number:.2g}%")
    if result.fit is not None and result.fit.chips is not None:
        use = "training state" if result.fit.training else f"weights in {result.fit.precision.upper()}"
        rows.append(
            f"memory: {result.fit.model.name} ({use}) needs at least {result.fit.chips:,} {result.fit.chip.name}"
        )
    return rows


__all__ = ["answer", "command"]
