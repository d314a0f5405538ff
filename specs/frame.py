# SPDX-License-Identifier: Apache-2.0
"""The tables as rows and as pandas frames; pandas is imported only when a frame is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chipgauge.specs.errors import UnknownName
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Entry
from chipgauge.specs.units import parse_unit, unit_of

if TYPE_CHECKING:
    import pandas

    from chipgauge.specs.catalog import Catalog

COLUMNS = (
    "item", "quantity", "value", "unit", "low", "high", "text", "role", "status", "condition", "date", "source", "via",
    "at", "why", "note", "of",
)  # fmt: skip

KINDS = {
    "chips": "chip",
    "systems": "system",
    "models": "model",
    "clusters": "cluster",
    "costs": "cost",
    "growth": "growth",
}
"""What a frame is of."""


def require_kind(kind: str) -> None:
    """Raise UnknownName unless there are frames of this kind."""
    if kind not in KINDS:
        raise UnknownName(f"there is no frame of {kind[:40]!r}; take {' or '.join(KINDS)}")


def entry_rows(catalog: Catalog, kind: str) -> list[dict[str, Any]]:
    """Return every entry of the items of a kind as a row, in the unit in which the quantity is printed.

    A text, a date or an absent figure has its words in `text` and no `value`; a cell without a number is None.

    >>> from chipgauge.specs.catalog import catalog
    >>> rows = [row for row in entry_rows(catalog(), "chips") if row["item"] == "nvidia-h200-sxm"]
    >>> next((row["value"], row["unit"]) for row in rows if row["quantity"] == "memory.bandwidth")
    (4800.0, 'GB/s')
    """
    require_kind(kind)
    items = sorted(item.id for item in catalog.items.values() if item.kind == KINDS[kind])
    return [_row(entry) for item in items for group in catalog.entries(item).values() for entry in group]


def entries_frame(catalog: Catalog, kind: str) -> pandas.DataFrame:
    """Return every entry of the items of a kind, one row each; `attrs["units"]` has the unit of each quantity.

    >>> from chipgauge.specs.catalog import catalog
    >>> rows = catalog().frame("chips").query("item == 'huawei-ascend-910c' and quantity == 'peak.bf16'")
    >>> sorted(set(rows["value"]))
    [752.0, 780.0, 800.0]
    """
    import pandas

    rows = entry_rows(catalog, kind)
    frame = pandas.DataFrame(rows, columns=list(COLUMNS))
    for name in ("value", "low", "high"):
        frame[name] = frame[name].astype("float64")
    units: dict[str, set[str]] = {}
    for row in rows:
        if row["value"] is not None:
            units.setdefault(row["quantity"], set()).add(row["unit"])
    one = {quantity: next(iter(found)) for quantity, found in units.items() if len(found) == 1}
    frame.attrs |= {"as_of": catalog.as_of, "kind": kind, "units": one}
    return frame


def leaves_frame(catalog: Catalog, kind: str) -> pandas.DataFrame:
    """Return the adopted figures of a kind: one row an item, one column a quantity with its unit in the label.

    A figure that is unknown or absent is NaN (None in a column of words), never 0. A price in another currency than
    the column's is left out; a dated or cased figure has a column of its own (`price:chip.us@2024 [USD]`).

    >>> from chipgauge.specs.catalog import catalog
    >>> frame = catalog().frame("chips", wide=True)
    >>> float(frame.loc["nvidia-h200-sxm", "memory.bandwidth [GB/s]"]), frame.attrs["units"]["memory.bandwidth [GB/s]"]
    (4800.0, 'GB/s')
    """
    import pandas

    require_kind(kind)
    items = sorted(item.id for item in catalog.items.values() if item.kind == KINDS[kind])
    columns: dict[str, dict[str, Any]] = {}
    units: dict[str, str] = {}
    for item in items:
        for key in catalog.entries(item):
            stored = key.partition("/")[2]
            leaf = catalog.leaf(item, stored)
            if leaf is None or not leaf.known:
                continue
            numeric = isinstance(leaf.value, float)
            unit = leaf.unit.text if numeric and leaf.unit.text != "1" else ""
            label = f"{stored} [{unit}]" if unit else stored
            columns.setdefault(label, {})[item] = (
                leaf.in_unit(leaf.value) if isinstance(leaf.value, float) else leaf.value
            )
            units[label] = leaf.unit.text if numeric else ""
    order = {name: place for place, name in enumerate(QUANTITIES)}
    labels = sorted(columns, key=lambda label: (order[label.split(" ")[0].split(":")[0].split("@")[0]], label))
    frame = pandas.DataFrame(
        {label: [columns[label].get(item) for item in items] for label in labels},
        index=pandas.Index(items, name=kind, dtype="object"),
    )
    for label in labels:
        if units[label]:
            frame[label] = frame[label].astype("float64")
    frame.attrs |= {"as_of": catalog.as_of, "kind": kind, "units": {label: units[label] for label in labels}}
    return frame


def _row(entry: Entry) -> dict[str, Any]:
    quantity = QUANTITIES[entry.quantity.split(":", 1)[0]]
    row: dict[str, Any] = {name: getattr(entry, name, None) for name in COLUMNS}
    row["value"] = row["low"] = row["high"] = None
    row["unit"] = ""
    if quantity.kind == "number" and isinstance(entry.value, float):
        unit = unit_of(entry.text.split(" to ")[-1]) if quantity.prices else parse_unit(quantity.unit)
        row["unit"] = unit.text
        for name in ("value", "low", "high"):
            number = getattr(entry, name)
            row[name] = None if number is None else number * unit.denominator / unit.numerator
    return row
