# SPDX-License-Identifier: Apache-2.0
"""The check of Epoch AI's table against ours: as an answer of `import epoch --check`, and as a page of the docs.

`python -m chipgauge.reports.crosscheck` prints the page: the decisions that stand in the tables, with our values as
they are now. A test compares it with docs/epoch-differences.md.
"""

from __future__ import annotations

import sys
from typing import Any

from chipgauge.calc.crosscheck import Difference, common, differs
from chipgauge.calc.quantity import quantity
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.epoch import Import, tables
from chipgauge.specs.epoch_checks import Checks, checks
from chipgauge.specs.errors import ChipgaugeError, UnitError
from chipgauge.specs.records import Item
from chipgauge.specs.units import parse_value

TAKEN = {"ours": "ours", "basis": "ours: another definition", "neither": "neither"}


def answer(found: Import, catalog: Catalog, asked: dict[str, Any], *, over: str = "2%", on: str = "") -> Answer:
    """Return every difference of more than `over` between a file of Epoch's and our tables, with our decision."""
    limit, _, unit = parse_value(over)
    if unit.dimension != parse_value("1")[2].dimension or not 0 <= limit < 1e6:
        raise UnitError(f"--over is a share such as 2%, got {over[:40]!r}")
    known = checks()
    rows: list[dict[str, Any]] = []
    alone: list[str] = []
    compared = 0
    for row, _, entries in tables(found):
        item = counterpart(row.name, catalog, known)
        if item is None:
            alone.append(row.name)
            continue
        both = common(entries, item, catalog=catalog, on=on)
        compared += len(both)
        rows += [_row(row.line, row.name, item, one, known) for one in both if differs(one, limit)]
    open_ = sum(not row["take"] for row in rows)
    chips = len({counterpart(row.name, catalog, known) for row in found.rows} - {None})
    finding = (
        f"{text.counted(len(rows), 'difference')} over {over.strip()} among {compared:,} figures of {chips} chips that both"
        f" have; {open_ or 'none'} without a decision."
    )
    cells = [
        [str(r["row"]), r["name"], r["item"], r["quantity"], r["theirs"], r["ours"], _percent(r["difference"]),
         TAKEN.get(r["take"], "open"), r["why"]]
        for r in rows
    ]  # fmt: skip
    columns = ["row", "Epoch's row", "our item", "quantity", "theirs", "ours", "difference", "we take", "why"]
    notes = [
        f"{text.counted(len(alone), 'row')} of the file without a chip of ours",
        f"decisions made on the edition of {known.edition}",
    ]
    body = {"over": limit, "compared": compared, "differences": rows, "without_counterpart": alone}
    return Answer(
        "import", finding, [Table("", columns, cells, frozenset({0, 6}))], lambda: body, lambda: rows, catalog, asked,
        notes=notes, version=0,
    )  # fmt: skip


def counterpart(name: str, catalog: Catalog, known: Checks) -> Item | None:
    """Return our chip for a row of Epoch's table: the pair that was written down, else a chip of this very name."""
    if name in known.pairs:
        return catalog.items.get(known.pairs[name])
    try:
        item = catalog.find(name)
    except ChipgaugeError:
        return None
    return item if item.kind == "chip" else None


def _row(line: int, name: str, item: Item, one: Difference, known: Checks) -> dict[str, Any]:
    decision = known.decisions.get((name, one.quantity))
    unit = "" if one.ours.unit.text == "1" else f" {one.ours.unit.text}"
    return {
        "row": line, "name": name, "item": item.id, "quantity": one.quantity,
        "theirs": text.number(one.shown(), 6) + unit, "ours": text.quantity(one.ours, 6),
        "difference": None if one.ratio is None else one.ratio - 1,
        "take": decision.take if decision else "", "why": decision.why if decision else "",
    }  # fmt: skip


def page() -> str:
    """Return the page of the docs: every decided difference, with our value as the tables have it now."""
    known, catalog = checks(), shipped()
    lines = [
        "# Where Epoch AI's table and ours differ",
        "",
        "<!-- Made by `make docs` from specs/data/checks/epoch/decisions.toml and the tables. Do not edit by hand. -->",
        "",
        "Epoch AI publishes a table of machine-learning hardware (CC BY 4.0, epoch.ai/data/machine-learning-hardware).",
        f"This page lists every figure by which its edition of {known.edition} and our tables differ by more than 2% on a",
        "chip that both have, every figure that we refuse, and what we decided. Theirs is given on our basis: dense rates,",
        "links each way. A difference is theirs over ours, minus one.",
        "",
        "Check another edition with `make epoch-check FILE=ml_hardware.csv`; a difference without a decision is marked open.",
        "",
        "| Epoch's row | our chip | quantity | theirs | ours | difference | we take | why |",
        "|---|---|---|---:|---:|---:|---|---|",
    ]
    for (row, name), one in sorted(
        known.decisions.items(), key=lambda pair: (known.pairs.get(pair[0][0], ""), pair[0])
    ):
        item = known.pairs[row]
        ours = quantity(name, item, catalog=catalog)
        difference = parse_value(one.theirs)[0] / ours.number - 1 if ours.known else None
        cells = [
            row, item, f"`{name}`", one.theirs, text.quantity(ours, 6), _percent(difference),
            TAKEN[one.take], one.why,
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _percent(difference: float | None) -> str:
    return "-" if difference is None else f"{difference:+.1%}"


if __name__ == "__main__":
    sys.stdout.write(page())
