# SPDX-License-Identifier: Apache-2.0
"""What a change of the tables does: entries added, removed and changed, and by how much headline results move.

`make data-diff` compares the index of the last commit with that of the working tree; by hand it is
`python -m chipgauge.reports.data_diff OLD.jsonl NEW.jsonl [table|json|csv|md]`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from chipgauge.calc.expression import evaluate
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.output import FORMATS, write
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError, Problem, TableError
from chipgauge.specs.figure import Figure

HEADLINES = (
    "tpp(H200)/tpp(H20)",
    "memory.bandwidth(H200)/memory.bandwidth(H20)",
    "tpp(910C)/tpp(H20)",
    "peak.bf16(910C)/peak.bf16(H100)",
    "memory.bandwidth(910C)/memory.bandwidth(H100)",
    "peak.bf16(B200)/peak.bf16(910C)",
    "peak.bf16(CM384)/peak.bf16(NVL72)",
    "memory.bandwidth(CM384)/memory.bandwidth(NVL72)",
    "per_watt.peak.bf16(CM384)/per_watt.peak.bf16(NVL72)",
    "peak.bf16(100000 H200)/peak.bf16(910C)",
    "tpp(H20)",
    "tpp(910C)",
)
"""The results that readers quote most; a change of the tables says what it does to each."""

MOST_SHOWN = 200
MOST_BYTES = 100_000_000
_KINDS = ("item", "entry", "source", "rule")


class Change(NamedTuple):
    """One record of the index that is not what it was; `old` and `new` are what is printed of it."""

    what: str
    kind: str
    key: str
    old: str
    new: str


class Move(NamedTuple):
    """A headline result before and after; None where it cannot be computed."""

    expression: str
    old: Figure | None
    new: Figure | None

    @property
    def change(self) -> float | None:
        """New over old, minus one [1]."""
        if self.old is None or self.new is None or not (self.old.known and self.new.known) or not self.old.number:
            return None
        return self.new.number / self.old.number - 1

    @property
    def moves(self) -> bool:
        """Whether value or range differ by more than the last bits."""
        ends = [self.old and (self.old.value, *self.old.bounds()), self.new and (self.new.value, *self.new.bounds())]
        if not ends[0] or not ends[1]:
            return ends[0] != ends[1]
        return any(not _near(a, b) for a, b in zip(ends[0], ends[1], strict=True))


def _near(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    return a == b


def records(index: str, file: str = "index") -> dict[tuple[str, str], dict[str, Any]]:
    """Return the records of an index by kind and key; entries of one leaf and source are numbered in their order."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for number, line in enumerate(index.splitlines(), 1):
        try:
            raw = json.loads(line)
            kind = next((name for name in _KINDS if name in raw), "")
            key = str(raw[kind]) if kind else ""
        except (ValueError, TypeError, RecursionError):
            raise TableError([Problem(file, number, "", "this is not a line of an index", "make index")]) from None
        if kind == "entry":
            key += f" [{raw.get('source', '')}]"
            seen[key] += 1
            key += f" #{seen[key]}" if seen[key] > 1 else ""
        if kind:
            found[kind, key] = raw
    return found


def changes(old: str, new: str, names: tuple[str, str] = ("old", "new")) -> list[Change]:
    """Return what was added, removed and changed between two indexes, in the order of the kinds and keys."""
    before, after = records(old, names[0]), records(new, names[1])
    made: list[Change] = []
    for kind, key in sorted({*before, *after}, key=lambda pair: (_KINDS.index(pair[0]), pair[1])):
        one, two = before.get((kind, key)), after.get((kind, key))
        if one != two:
            what = "added" if one is None else "removed" if two is None else "changed"
            made.append(Change(what, kind, key, _shown(one, two), _shown(two, one)))
    return made


def _shown(raw: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    """Return what an entry says, or of a changed record the fields that differ."""
    if raw is None:
        return ""
    if other is None:
        words = [raw.get(name, "") for name in ("text", "role", "name", "title")]
        return ", ".join(str(word) for word in words if word)
    return ", ".join(f"{name}: {raw[name]}" for name in raw if raw.get(name) != other.get(name))


def moves(old: str, new: str) -> list[Move]:
    """Return every headline result on both indexes."""
    catalogs = Catalog(old), Catalog(new)
    return [Move(expression, *(_result(expression, one) for one in catalogs)) for expression in HEADLINES]


def _result(expression: str, catalog: Catalog) -> Figure | None:
    try:
        return evaluate(expression, catalog=catalog)
    except ChipgaugeError:
        return None


def answer(old: str, new: str, names: tuple[str, str] = ("old", "new")) -> Answer:
    """Return the comparison of two indexes as an answer for every format."""
    made = changes(old, new, names)
    moved = moves(old, new)
    counts = Counter((one.kind, one.what) for one in made)
    plural = {"item": "items", "entry": "entries", "source": "sources", "rule": "rules"}
    parts = [
        f"{plural[kind]} +{counts[kind, 'added']} -{counts[kind, 'removed']} ~{counts[kind, 'changed']}"
        for kind in _KINDS
        if any(counts[kind, what] for what in ("added", "removed", "changed"))
    ]
    hit = sum(one.moves for one in moved)
    finding = (
        f"{'; '.join(parts) or 'No change of the tables'}. {hit or 'None'} of {len(moved)} headline results moved."
    )
    results = [[one.expression, _value(one.old), _value(one.new), _change(one)] for one in moved]
    shown = [[one.what, one.kind, one.key, one.old[:80], one.new[:80]] for one in made[:MOST_SHOWN]]
    body = {
        "changes": [one._asdict() for one in made],
        "headlines": [
            {"expression": one.expression, "old": _number(one.old), "new": _number(one.new), "change": one.change, "moves": one.moves}
            for one in moved
        ],
    }  # fmt: skip
    tables = [
        Table("Headline results", ["result", "before", "after", "change"], results, frozenset({1, 2, 3})),
        Table("Records", ["what", "kind", "key", "before", "after"], shown),
    ]
    left = len(made) - len(shown)
    notes = [f"{left:,} more records; --format json lists all"] if left else []
    return Answer(
        "data-diff", finding, tables, lambda: body, lambda: body["changes"], Catalog(new), notes=notes, version=0
    )


def _value(figure: Figure | None) -> str:
    return text.quantity(figure, 5) if figure else "no result"


def _number(figure: Figure | None) -> float | None:
    return figure.in_unit(figure.number) if figure and figure.known else None


def _change(move: Move) -> str:
    if not move.moves:
        return "same"
    if move.change is None:
        return "new" if move.old is None or not move.old.known else "lost"
    return f"{move.change:+.2%}" if abs(move.change) > 1e-12 else "range only"


def _read(name: str) -> str:
    path = Path(name)
    if path.stat().st_size > MOST_BYTES:
        raise TableError([Problem(name, 1, "", f"an index has at most {MOST_BYTES:,} bytes")])
    try:
        index = path.read_text("utf-8")
    except UnicodeDecodeError:
        index = ""
    if not index.startswith('{"as_of"') or not index.endswith("\n"):
        raise TableError([Problem(name, 1, "", "this is not an index", "name an index.jsonl, as make index writes it")])
    return index


def main(arguments: list[str]) -> int:
    """Compare two index files and print what changed."""
    if len(arguments) not in (2, 3) or arguments[2:] and arguments[2] not in FORMATS:
        sys.stderr.write(f"usage: python -m chipgauge.reports.data_diff OLD.jsonl NEW.jsonl [{'|'.join(FORMATS)}]\n")
        return 2
    try:
        old, new = (_read(name) for name in arguments[:2])
        write(answer(old, new, (arguments[0], arguments[1])), (arguments[2:] or ["table"])[0])
    except (ChipgaugeError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
