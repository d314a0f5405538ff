# SPDX-License-Identifier: Apache-2.0
"""The derivation of one number of an answer: what `--explain NAME` prints in place of it, as `explain` prints an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chipgauge.calc.graph import node_list
from chipgauge.reports import ninety, remarks, text
from chipgauge.reports.answer import Answer, Table, quantity_json, record
from chipgauge.reports.commands.explain import tree
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName, did_you_mean
from chipgauge.specs.figure import Figure


def derivation(
    name: str, figures: Mapping[str, Figure], catalog: Catalog, asked: Mapping[str, Any],
    ends: Mapping[str, tuple[float, float]] | None = None,
) -> Answer:  # fmt: skip
    """Return the derivation of a named number: formula, citation and sources of every step.

    Parameters
    ----------
    ends : mapping, optional
        The 5% and 95% ends of numbers that were drawn otherwise than leaf by leaf, in base units.

    Raises
    ------
    UnknownName
        The answer has no number of this name; the message lists those that it has.
    """
    wanted = name.strip().casefold().replace(" ", "-")
    found = {key.casefold(): key for key in figures}
    if wanted not in found:
        hint = did_you_mean(wanted, figures) or f" Numbers: {', '.join(figures)}."
        raise UnknownName(f"this answer has no number called {name[:60]!r}.{hint}")
    figure = figures[found[wanted]]
    tables = [Table("Derivation", ["step", "value", "how"], tree(figure, catalog, ranges=False))]
    if figure.known and figure.ranged_leaves():
        tables.append(ninety.tornado(figure, "What drives the range"))
    drawn = (ends or {}).get(found[wanted])
    wide = " to ".join(text.number(figure.in_unit(end) or 0.0) for end in drawn) if drawn else ninety.spread(figure)
    finding = f"{found[wanted]} = {text.value(figure)}" + (f" {figure.unit.text}" if figure.unit.text != "1" else "")
    finding += f" ({wide})" if wide else ""
    finding += f": {figure.why}" if not figure.known else ""
    body = {
        "number": found[wanted], "result": quantity_json(figure, ninety=drawn) if drawn else ninety.quantity(figure), "root": figure.key,
        "nodes": node_list(figure, ranges=False),
    }  # fmt: skip
    return Answer(
        "derivation", finding, tables, lambda: body,
        lambda: [record(node, key=node.key, kind=node.kind, name=node.name) for node in figure.nodes()],
        catalog, dict(asked), [], [figure], remarks.source_notes(catalog, [figure]),
        version=0,
    )  # fmt: skip


__all__ = ["derivation"]
