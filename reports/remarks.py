# SPDX-License-Identifier: Apache-2.0
"""Notes under an answer: what was taken for what, why a figure is missing, who says it, how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chipgauge.calc.formula import FORMULAS
from chipgauge.reports import text

if TYPE_CHECKING:
    from chipgauge.specs.catalog import Catalog
    from chipgauge.specs.figure import Figure
    from chipgauge.specs.records import Entry, Subject


MOST_LACKING = 12
"""So many figures without a value are named under a table."""


_UNSHIPPED = {
    "rumoured": "is a rumour: its maker has announced no such part, and its figures are hearsay",
    "announced": "is announced: no delivery of it was read of, and its figures are what was announced",
    "never shipped": "never shipped in volume: its figures are what was presented",
}


def _standing(subject: Subject, catalog: Catalog) -> list[str]:
    """Return what a part is of which no delivery was read, and who says so."""
    leaf = catalog.lifecycle(subject.item) if subject.unshipped else None
    if leaf is None:
        return []
    why = (leaf.why or leaf.note).rstrip(".")
    return [
        f"{subject.item.name} {_UNSHIPPED[subject.unshipped]} ({source_names(catalog, leaf)}{f': {why}' if why else ''})"
    ]


BOUNDS = "are bounds over credible conflicts"


DRAWN = "hold 90% of draws"
"""What the ranges of an answer do, without draws and with them."""


def notes(
    catalog: Catalog, subjects: Sequence[Subject], figures: Sequence[Figure], *, ranges: str = BOUNDS
) -> list[str]:
    """Return what a reader must know: what names were taken to mean, what marks mean, why figures are missing.

    `ranges` says what the ranges of the answer do: `BOUNDS` or `DRAWN`.
    """
    rows: list[str] = []
    for subject in subjects:
        if subject.given and subject.given not in (subject.item.id, subject.key):
            also = f"; also: {', '.join(subject.others)}" if subject.others else ""
            rows.append(f"{subject.given} = {text.subject_name(subject)} ({subject.item.id}){also}")
        rows += _standing(subject, catalog)
        if subject.item.kind == "cluster":
            from chipgauge.calc.clusters import taken

            rows += filter(None, [taken(subject.item, catalog, figures)])
    lacking = {figure.key: figure for figure in figures if not figure.known and figure.why}
    rows += [f"{key} is {figure.state}: {figure.why}" for key, figure in sorted(lacking.items())[:MOST_LACKING]]
    if len(lacking) > MOST_LACKING:
        rows.append(f"{text.counted(len(lacking) - MOST_LACKING, 'more figure')} without a value: --json says why")
    rows += preferred_against_us(catalog, figures)
    leaves = {leaf.key: leaf for figure in figures for leaf in figure.leaves() if leaf.name.startswith("price")}
    leaves = {key: leaf for key, leaf in leaves.items() if leaf.text}
    rows += [f"{leaf.item}: price {price(leaf.text, leaf)}" for _, leaf in sorted(leaves.items())]
    modes = {child.key: child for f in figures for node in f.nodes() for name, child in node.inputs if name == "modes"}
    assumed = sorted(child.item for child in modes.values() if child.status == "assumed")
    if assumed:
        rows.append(
            f"that TPP is taken over every operating mode is an assumption (tpp.modes) for {text.joined(assumed)}"
        )
    if any(text.mark(figure) for figure in figures):
        rows.append(f"~ rests on an estimate, * on an assumption; ranges {ranges}")
    return rows + (source_notes(catalog, figures) if figures else [])


def preferred_against_us(catalog: Catalog, figures: Sequence[Figure]) -> list[str]:
    """Return why we do not adopt what was preferred: a known error must not pass for a figure like any other."""
    if not catalog.prefer:
        return []
    leaves = {leaf.key: leaf for figure in figures for leaf in figure.leaves()}
    said = {
        key: f"{key}, {entry.text}, is preferred as asked; we show it and do not adopt it: {entry.why}"
        for key, leaf in sorted(leaves.items())
        for entry in leaf.entries
        if entry.role == "shown" and entry.text == leaf.text and entry.source == leaf.sources[0]
    }
    rest = len(said) - MOST_LACKING
    more = (
        [f"{text.counted(rest, 'more figure')} preferred against our choice: chipgauge show says why"]
        if rest > 0
        else []
    )
    return list(said.values())[:MOST_LACKING] + more


def price(first: str, leaf: Figure) -> str:
    """Return what a price is, after some first words: on what terms it was asked, and when."""
    return ", ".join(part for part in (first, leaf.condition, leaf.key.partition("@")[2]) if part)


def source_notes(catalog: Catalog, figures: Sequence[Figure]) -> list[str]:
    """Return the sources under some figures, a line."""
    ids = list(dict.fromkeys(name for figure in figures for name in figure.all_sources()))
    if not ids:
        return []
    publishers = list(dict.fromkeys(catalog.source(name).publisher for name in ids))
    return [
        f"{text.counted(len(ids), 'source')}: {', '.join(publishers[:12])}"
        + (" and others" if len(publishers) > 12 else "")
    ]


def source_names(catalog: Catalog, figure: Figure) -> str:
    """Return the publishers under a figure."""
    return ", ".join(dict.fromkeys(catalog.source(name).publisher for name in figure.all_sources()))


def entry_source(catalog: Catalog, entry: Entry) -> str:
    """Return who says an entry, and through whom it was read."""
    told = f" (read via {catalog.source(entry.via).publisher})" if entry.via else ""
    return catalog.source(entry.source).publisher + told


def step(node: Figure) -> str:
    """Return what a node of a derivation is called.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> step(resolve("peak.bf16", "H20"))
    'nvidia-h20-96gb/peak.bf16'
    """
    if node.kind == "operation" and node.key.startswith(f"{node.name}("):
        signs = {sign: f"a {sign} b" for sign in ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=")}
        return signs.get(node.name, node.name)
    return node.key if len(node.key) <= 70 else f"{node.name} of {len(node.inputs)} figures"


def how(node: Figure, catalog: Catalog) -> str:
    """Return how a node came about: as printed by whom, the formula with its citation, or the operation."""
    if node.kind == "leaf":
        if not node.known:
            return f"{node.state}: {node.why}"
        says = ", read via ".join(catalog.source(name).publisher for name in node.sources)
        printed = f'"{node.text}"' if node.text else ""
        why = f" ({node.status}: {node.why})" if node.status != "stated" and node.why else ""
        return f"{printed} {says}{f', {node.condition}' if node.condition else ''}{why}".strip()
    if node.kind == "formula":
        return f"{FORMULAS[node.name].text()}  [{node.cite}]"
    winner = f", decided by {node.winner}" if node.winner else ""
    note = f" ({node.note})" if node.note else ""
    return {"*": "product", "/": "quotient", "+": "sum", "-": "difference"}.get(node.name, node.name) + winner + note
