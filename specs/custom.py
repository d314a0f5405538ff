# SPDX-License-Identifier: Apache-2.0
"""An item that stands in no table: given by `NAME=VALUE` texts or by a small TOML file, under the id `custom`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError, TableError, UnknownName, did_you_mean
from chipgauge.specs.guards import is_table
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Item

if TYPE_CHECKING:
    from pathlib import Path

CUSTOM = "custom"
KINDS = ("chip", "system", "cluster", "model", "hbm_stack", "computer")
FIELDS = ("kind", "name", "maker", "figures")

_KIND_OF = (("training", "model"), ("model.", "model"), ("developer.", "model"), ("cluster.", "cluster"),
            ("memory_bandwidth_density", "hbm_stack"), ("hbm.", "hbm_stack"), ("app", "computer"))  # fmt: skip


class Custom(NamedTuple):
    """An item of the user's: its kind, name, maker and figures as texts."""

    kind: str
    name: str = CUSTOM
    maker: str = ""
    figures: tuple[tuple[str, str], ...] = ()


def bare(given: Iterable[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Part `NAME(ITEM)=VALUE` from `NAME=VALUE`.

    >>> bare(["tpp(H20)=2400 TPP", "datacentre=no"])
    (['tpp(H20)=2400 TPP'], [('datacentre', 'no')])
    """
    named: list[str] = []
    plain: list[tuple[str, str]] = []
    for text in given:
        name, found, value = text.partition("=")
        if found and "(" not in name:
            plain.append((name.strip(), value.strip()))
        else:
            named.append(text)
    return named, plain


def kind_of(names: Iterable[str]) -> str:
    """Return what kind of thing some figures describe.

    >>> kind_of(["training_compute"]), kind_of(["tpp", "die.area"])
    ('model', 'chip')
    """
    return next((kind for name in names for start, kind in _KIND_OF if name.startswith(start)), "chip")


def read_spec(path: Path) -> Custom:
    """Return the item of a file: `kind`, `name`, `maker` and a table [figures] of `"memory.bandwidth" = "4 TB/s"`.

    Raises
    ------
    TableError
        Everything that is wrong with the file, with its lines.
    """
    from chipgauge.specs.tables import MOST_NAME, Reader, parse_toml, read_text, too_long

    name = str(path)
    text, problems = read_text(path, name)
    raw: dict[str, Any] = {}
    if not problems:
        raw, problems = parse_toml(text, name)
    if problems:
        raise TableError(problems)
    reader = Reader(name, text)
    for field, value in raw.items():
        line = reader.line_of("", 0, field)
        if field not in FIELDS:
            hint = did_you_mean(field, FIELDS).strip() or f"allowed: {', '.join(FIELDS)}"
            reader.report(field, "unknown field", hint, line)
        elif field != "figures" and not isinstance(value, str):
            reader.report(field, "this field is a text", f'write {field} = "..."', line)
        elif field in ("name", "maker") and len(value) > MOST_NAME:
            reader.report(field, too_long(value, MOST_NAME), line=line)
    figures: Any = raw.get("figures", {})
    if not is_table(figures) or not figures:
        reader.report("figures", "a file of one item has a table of figures", 'write [figures] and "tpp" = "4800 TPP"')
        figures = {}
    for key, value in figures.items():
        line = reader.line_of("[figures]", 0, key)
        if key not in QUANTITIES:
            near = did_you_mean(key, QUANTITIES).strip() or "quote a name with a dot in it"
            reader.report(f"figures.{key}", "no quantity has this name", near, line)
        elif not isinstance(value, str):
            reader.report(
                f"figures.{key}",
                "a figure is a text with its unit",
                f'write "{key}" = "1 {QUANTITIES[key].unit}"',
                line,
            )
    if raw.get("kind", "chip") not in KINDS:
        line = reader.line_of("", 0, "kind")
        reader.report("kind", f"{str(raw['kind'])[:40]!r} is not a kind of item", f"allowed: {', '.join(KINDS)}", line)
    if reader.problems:
        raise TableError(reader.problems)
    made = Custom(
        str(raw.get("kind") or kind_of(figures)),
        str(raw.get("name", CUSTOM)),
        str(raw.get("maker", "")),
        tuple(figures.items()),
    )
    from chipgauge.specs.catalog import catalog

    for key, value in made.figures:
        try:
            with_custom(catalog(), made._replace(figures=((key, value),)))
        except ChipgaugeError as error:
            reader.report(f"figures.{key}", str(error), line=reader.line_of("[figures]", 0, key))
    if reader.problems:
        raise TableError(reader.problems)
    return made


def with_custom(catalog: Catalog, item: Custom) -> Catalog:
    """Return a catalogue with the item `custom` in it."""
    if item.kind not in KINDS:
        raise UnknownName(f"{item.kind[:40]!r} is not a kind of item; allowed: {', '.join(KINDS)}")
    made = catalog.with_item(Item(CUSTOM, item.kind, item.name, item.maker.casefold()))
    return made.adjusted(given=[f"{name}({CUSTOM})={value}" for name, value in item.figures])


def plain(item: Custom) -> dict[str, Any]:
    """Return an item as plain data, for the record of a command's inputs."""
    return {**item._asdict(), "figures": dict(item.figures)}


def from_plain(raw: object) -> Custom:
    """Return the item of a record; an error says that the record is damaged."""
    figures: Any = raw.get("figures") if is_table(raw) else None
    if not is_table(raw) or not is_table(figures) or not all(isinstance(one, str) for one in figures.values()):
        raise UnknownName("the record of the item is damaged: it has kind, name, maker and a table of figures")
    return Custom(str(raw.get("kind")), str(raw.get("name")), str(raw.get("maker")), tuple(figures.items()))


__all__ = ["CUSTOM", "Custom", "bare", "from_plain", "kind_of", "plain", "read_spec", "with_custom"]
