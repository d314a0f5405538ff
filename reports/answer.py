# SPDX-License-Identifier: Apache-2.0
"""An answer: one finding, its tables, its JSON and its flat records. Terminal, JSON, CSV and Markdown print from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from chipgauge import __version__
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject


class Table(NamedTuple):
    """Text cells under headings; columns named in `right` are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()


class Answer(NamedTuple):
    """What a command answers, for every format.

    `body` gives the JSON besides the envelope and `records` the flat rows for CSV and frames, each only when that
    format is asked for; `notes` stand under the tables; `source_ids` are sources that stand under no figure.
    """

    name: str
    finding: str
    tables: Sequence[Table]
    body: Callable[[], Mapping[str, Any]]
    records: Callable[[], Sequence[Mapping[str, Any]]]
    catalog: Catalog
    inputs: Mapping[str, Any] = MappingProxyType({})
    subjects: Sequence[Subject] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    version: int = 1
    exit_code: int = 0
    source_ids: Sequence[str] = ()

    def envelope(self) -> dict[str, Any]:
        """Return the JSON object of `INTERFACE`: schema, version, data date, inputs, names resolved, body, sources."""
        return {
            "schema": f"chipgauge.{self.name}/{self.version}",
            "version": __version__,
            "as_of": self.catalog.as_of,
            "inputs": dict(self.inputs),
            "resolved": [
                {"given": subject.given, "id": subject.item.id, "others": list(subject.others)}
                for subject in self.subjects
            ],
            **self.body(),
            "sources": sources(self.catalog, self.figures, self.source_ids),
        }


def predicted_json(value: float, unit: str, width: float, figure: Figure | None = None) -> dict[str, Any]:
    """Return a prediction as the Quantity of the interface, with its tested 80% interval; `figure` names its sources.

    Parameters
    ----------
    value : float
        In `unit`.
    width : float
        Half-width of the interval. [logarithm of a factor]
    """
    from chipgauge.calc.intervals import around

    low, high = around(value, width)
    shown: dict[str, Any] = {"value": value, "unit": unit, "low": low, "high": high, "interval": "80%"}
    return shown if figure is None else {**shown, "status": "estimated", "sources": figure.all_sources()}


def quantity_json(figure: Figure, condition: str = "", *, ninety: tuple[float, float] | None = None) -> dict[str, Any]:
    """Return a figure as the Quantity of the interface: value, unit, range, kind of range, status, sources.

    With `ninety`, the 5% and 95% ends in base units, these are the range and not the bounds.
    """
    low, high = ninety or figure.bounds()
    if figure.value is None:
        shown: dict[str, Any] = {
            "value": None,
            "state": figure.state,
            "why": figure.why,
            "missing": list(figure.missing),
        }
        if figure.floor is not None:
            shown |= {"low": figure.in_unit(figure.floor), "unit": figure.unit.text}
        return shown
    if isinstance(figure.value, (str, bool)):
        shown = {"value": figure.value}
    else:
        shown = {
            "value": figure.in_unit(figure.value),
            "unit": figure.unit.text,
            "low": figure.in_unit(low),
            "high": figure.in_unit(high),
            "interval": "90%" if ninety else "bounds",
        }
    shown["status"] = figure.weakest_status()
    if condition or figure.condition:
        shown["condition"] = condition or figure.condition
    if figure.winner:
        shown["winner"] = figure.winner
    shown["sources"] = figure.all_sources()
    return shown


def sources(catalog: Catalog, figures: Iterable[Figure], more: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Return the source records under some figures, alternatives included, and those of other ids, by id."""
    figures = list(figures)
    ids = set(more) | {source for figure in figures for node in figure.nodes() for source in node.sources}
    ids |= {name for f in figures for node in f.nodes() for e in node.entries for name in (e.source, e.via) if name}
    found: dict[str, dict[str, str]] = {}
    for name in sorted(ids):
        source = catalog.source(name)
        record = {"publisher": source.publisher, "title": source.title, "url": source.url, "kind": source.kind}
        extra = {"date": source.date, "accessed": source.accessed, "licence": source.licence}
        found[name] = {**record, **{key: value for key, value in extra.items() if value}}
    return found


def leaves_json(figures: Iterable[Figure]) -> dict[str, dict[str, Any]]:
    """Return the leaves under some figures by key: what `verify` compares."""
    rows: dict[str, dict[str, Any]] = {}
    for figure in figures:
        for leaf in figure.leaves():
            low, high = leaf.bounds()
            if isinstance(leaf.value, (str, bool)):
                rows[leaf.key] = {"value": leaf.value}
            elif leaf.value is None:
                rows[leaf.key] = {"value": None, "state": leaf.state}
            else:
                rows[leaf.key] = {
                    "value": leaf.in_unit(leaf.value),
                    "unit": leaf.unit.text,
                    "low": leaf.in_unit(low),
                    "high": leaf.in_unit(high),
                }
    return dict(sorted(rows.items()))


def record(figure: Figure, **first: Any) -> dict[str, Any]:
    """Return a figure as one flat row."""
    shown = quantity_json(figure)
    names = ("value", "unit", "low", "high", "status", "condition", "state")
    return {**first, **{name: shown.get(name) for name in names}, "sources": " ".join(figure.all_sources())}
