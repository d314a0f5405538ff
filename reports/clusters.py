# SPDX-License-Identifier: Apache-2.0
"""What `show` says of a cluster: its states side by side, and published H100-equivalents beside what its chips give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chipgauge.calc.clusters import Published, State, at_state, published, states
from chipgauge.reports import text
from chipgauge.reports.answer import Table, quantity_json
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import H100E_BASES
from chipgauge.specs.records import Item

_STATED = ("chips", "power.facility", "capex.compute", "capex.total", "h100e.published")
NAMES = (*_STATED, *(f"h100e.{basis}" for basis in H100E_BASES))
"""What is shown of each state."""
CLOSE = 0.02
"""A published number so near the recomputed one agrees with it."""


def state_figures(item: Item, catalog: Catalog) -> list[tuple[State, dict[str, Figure]]]:
    """Return the states of a cluster with their figures, projected ones included, oldest first."""
    every = catalog.adjusted(projected=True)
    return [(state, {name: at_state(name, item, state, every) for name in NAMES}) for state in states(item, catalog)]


def tables(item: Item, found: Sequence[tuple[State, dict[str, Figure]]], catalog: Catalog) -> list[Table]:
    """Return the table of the states, and that of published and recomputed H100-equivalents."""
    rows: list[list[str]] = []
    for state, figures in found:
        cells = [state.date, state.status, state.snapshot, _chips(item, state, catalog) or text.value(figures["chips"])]
        cells += [_scaled(figures["power.facility"], 1e6, "MW")]
        cells += [_scaled(figures[name], 1e9, "billion USD") for name in ("capex.compute", "capex.total")]
        cells += [text.value(figures[f"h100e.{name}"], 3) if figures[f"h100e.{name}"].known else "-" for name in _SHOWN]
        rows.append(cells)
    columns = ["date", "state", "as of", "chips", "power", "hardware", "all capital", *(f"h100e.{n}" for n in _SHOWN)]
    made = Table("States", columns, rows, frozenset(range(4, len(columns))))
    said = [_published_row(row, catalog) for row in published(item, catalog)]
    heads = ["date", "published", "counts", "source", "from its chips", "ratio", "why"]
    return [made, Table("H100-equivalents: published, and recomputed from the chips at 8 bits", heads, said)]


_SHOWN = ("published", "8bit", "bf16", "fp4", "bandwidth")


def _chips(item: Item, state: State, catalog: Catalog) -> str:
    parts: list[str] = []
    for key in catalog.series(item.id, "chips"):
        leaf = catalog.leaf(item.id, key.partition("/")[2])
        if leaf and key.endswith(f"@{state.date}") and leaf.known:
            of = next((entry.of for entry in leaf.entries if entry.of), "")
            parts.append(f"{text.value(leaf)} {of or 'of unknown kind'}{text.mark(leaf)}")
    named = catalog.leaf(item.id, f"chips.named@{state.date}")
    return " + ".join(parts) or (f"({named.value})" if named else "")


def _scaled(figure: Figure, by: float, unit: str) -> str:
    if not figure.known:
        return "-"
    ends = [end / by for end in figure.bounds() if end is not None]
    shown = text.number(figure.number / by)
    wide = len(ends) == 2 and text.number(ends[0]) != text.number(ends[1])
    return f"{shown}{f' ({text.number(ends[0])} to {text.number(ends[1])})' if wide else ''} {unit}"


def _published_row(row: Published, catalog: Catalog) -> list[str]:
    counts = row.entry.condition.rpartition(", ")[2]
    made = text.value(row.recomputed, 3) if row.recomputed.known else "-"
    ratio = "-" if row.ratio is None else f"{row.ratio:.3f}"
    source = f"{catalog.source(row.entry.source).publisher}, {catalog.source(row.entry.source).date or 'undated'}"
    return [row.state.date, row.entry.text, counts, source, made, ratio, _reason(row)]


def _reason(row: Published) -> str:
    """Return why a published number is not the recomputed one, or that it is."""
    if not row.recomputed.known:
        return row.recomputed.why
    if row.flagged:
        return row.why
    if row.ratio is not None and abs(row.ratio - 1) <= CLOSE:
        return "agrees with its chips"
    return f"differs from its chips; {row.why}".rstrip("; ")


def states_json(found: Sequence[tuple[State, dict[str, Figure]]]) -> list[dict[str, Any]]:
    """Return the states as JSON: what each is, who says so, its figures."""
    return [
        {**state._asdict(), "figures": {name: quantity_json(figure) for name, figure in figures.items()}}
        for state, figures in found
    ]


def published_json(item: Item, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the published numbers as JSON, each with the recomputed one and whether it is a known error."""
    return [
        {
            "date": row.state.date, "published": row.entry.value, "source": row.entry.source, "role": row.entry.role,
            "recomputed": quantity_json(row.recomputed), "ratio": row.ratio, "error": row.flagged, "why": _reason(row),
        }
        for row in published(item, catalog)
    ]  # fmt: skip
