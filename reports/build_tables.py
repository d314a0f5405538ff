# SPDX-License-Identifier: Apache-2.0
"""The tables of an equivalence: its lines, what a workload makes of each chip, who pays, and the states of a cluster."""

from __future__ import annotations

from dataclasses import replace

from chipgauge.calc.clusters import State, states
from chipgauge.calc.equivalent import Ask, Equivalence, equivalent
from chipgauge.calc.parts import parts
from chipgauge.calc.payers import PAYERS, WORK, Premium, alike, premiums, spans
from chipgauge.reports import ninety, remarks, text
from chipgauge.reports.answer import Table
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure


def interval_word(result: Equivalence) -> str:
    return "90%" if " " in result.by else "bounds"


def spread(result: Equivalence, figure: Figure, digits: int) -> str:
    """Return a range for the terminal: 90% with a workload; by a metric bounds, for which no array is computed."""
    return ninety.spread(figure, digits) if " " in result.by else text.spread(figure, digits)


def line(result: Equivalence, words: str, figure: Figure) -> list[str]:
    note = figure.condition or figure.why
    if figure is result.capex_ratio and figure.known and not figure.condition:
        note = " against ".join(
            dict.fromkeys(remarks.price(leaf.item, leaf) for leaf in figure.leaves() if leaf.name.startswith("price"))
        )
    return [words, text.value(figure, 6), spread(result, figure, 6), interval_word(result), note]


def uses_table(result: Equivalence) -> Table:
    """Return what a workload makes of each kind of chip on both sides."""
    training = result.uses[0].figure.unit.text == "1"
    title = "Utilisation of the dense BF16 peak" if training else "Tokens a second and chip"
    rows = [
        [use.side, use.chip, text.value(use.figure, 3) + text.mark(use.figure), ninety.spread(use.figure, 3), use.words if use.figure.known else use.figure.why]
        for use in result.uses
    ]  # fmt: skip
    return Table(title, ["side", "chip", "value", "90% range", "how"], rows, frozenset({2, 3}))


def named_figures(result: Equivalence) -> dict[str, Figure]:
    """Return the numbers of an answer by the names under which `--explain` knows them."""
    made = {
        "count": result.count, "chips": result.chips, "capex": result.capex_ratio, "tco": result.tco_ratio,
        "power": result.power_ratio,
    }  # fmt: skip
    made |= {"hardware": result.hardware_ratio} if result.hardware_ratio is not None else {}
    made |= {f"limit-{row.name.replace(': ', '-').replace(' ', '-')}": row.figure for row in result.limits}
    made |= {f"{use.side}-{use.chip}": use.figure for use in result.uses}
    for words, own in (("original", result.original), ("build", result.build)):
        if own is not None:
            made |= {f"{words}-capital": own.capital_total, f"{words}-total": own.total, f"{words}-power": own.power}
    return made


def premiums_of(result: Equivalence, catalog: Catalog) -> list[Premium]:
    """Return the cost of equal work by who pays: the build's chip over each chip of the original and of its generation."""
    ours, theirs = parts(result.within, catalog), parts(result.of, catalog)
    if len(ours) != 1:
        return []
    return premiums(ours[0].chip, alike([part.chip for part in theirs], catalog), catalog=catalog)


def spans_table(found: list[Premium]) -> Table:
    """Return the span over chips by who pays and what binds, with and without rates that the source calls placeholders."""
    rows = [
        [WORK[span.work][1], PAYERS[span.payer], text.number(span.low, 3), text.number(span.high, 3), span.words]
        for span in spans(found)
    ]
    title = "Cost of equal work, least to most over these chips"
    return Table(title, ["work", "who pays", "least", "most", "on rates that exist"], rows, frozenset({2, 3, 4}))


def payers_table(result: Equivalence, found: list[Premium]) -> Table:
    rows = [
        [
            row.against.name,
            WORK[row.work][1],
            text.ratio(row.chips),
            PAYERS[row.payer],
            text.ratio(row.ratio) + text.mark(row.ratio),
        ]
        for row in found
    ]
    title = f"Cost of equal work on {found[0].chip.name if found else result.within.item.name}, at published costs of a chip-hour"
    return Table(title, ["over", "work", "chips", "who pays", "cost"], rows, frozenset({2, 4}))


States = list[tuple[State, Equivalence]]


def states_of(result: Equivalence, catalog: Catalog, ask: Ask) -> States:
    """Return the equivalence for every dated state of a cluster, planned and projected ones included."""
    every = catalog.adjusted(projected=True)
    alone = replace(ask, alone=True)
    return [
        (
            state,
            equivalent(result.of.item.id, result.within.item.id, by=result.by, catalog=every, on=state.date, ask=alone),
        )
        for state in states(result.of.item, catalog)
    ]


def states_table(result: Equivalence, found: States) -> Table:
    rows = [
        [
            state.date, state.status, text.value(one.count, 6), spread(one, one.count, 6), text.ratio(one.capex_ratio),
            text.ratio(one.tco_ratio), text.ratio(one.power_ratio), one.binding.partition(":")[0], state.snapshot,
        ]
        for state, one in found
    ]  # fmt: skip
    columns = [
        "date",
        "state",
        f"{result.within.item.name} needed",
        f"range, {interval_word(result)}",
        "price ratio",
        "ownership",
        "power",
        "binds",
        "snapshot",
    ]
    return Table(f"{result.of.item.name} in each of its states", columns, rows, frozenset({2, 3, 4, 5, 6}))


__all__ = [
    "States", "interval_word", "line", "named_figures", "payers_table", "premiums_of", "spans_table", "spread",
    "states_of", "states_table", "uses_table",
]  # fmt: skip
