# SPDX-License-Identifier: Apache-2.0
"""The tables as pandas: one row an entry; pandas is imported only here and when asked for."""

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


def entries_frame(catalog: Catalog, kind: str) -> pandas.DataFrame:
    """Return every entry of the items of a kind, in the unit in which the quantity is printed.

    A text, a date or an absent figure has its words in `text` and no `value`.

    >>> from chipgauge.specs.catalog import catalog
    >>> rows = catalog().frame("chips").query("item == 'huawei-ascend-910c' and quantity == 'peak.bf16'")
    >>> sorted(set(rows["value"]))
    [752.0, 780.0, 800.0]
    """
    import pandas

    require_kind(kind)
    items = sorted(item.id for item in catalog.items.values() if item.kind == KINDS[kind])
    rows = [_row(entry) for item in items for group in catalog.entries(item).values() for entry in group]
    frame = pandas.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs["as_of"] = catalog.as_of
    return frame


def _row(entry: Entry) -> dict[str, Any]:
    quantity = QUANTITIES[entry.quantity.split(":", 1)[0]]
    row: dict[str, Any] = {name: getattr(entry, name) for name in COLUMNS if hasattr(entry, name)}
    row["value"] = row["low"] = row["high"] = float("nan")
    if quantity.kind == "number" and isinstance(entry.value, float):
        unit = unit_of(entry.text.split(" to ")[-1]) if quantity.prices else parse_unit(quantity.unit)
        row["unit"] = unit.text
        for name in ("value", "low", "high"):
            number = getattr(entry, name)
            row[name] = float("nan") if number is None else number * unit.denominator / unit.numerator
    return row
