# SPDX-License-Identifier: Apache-2.0
"""The catalogue: items, their entries and their sources, read from the committed index.

The index is JSON Lines, one line an item, an entry or a source, so that a reviewer reads it as a diff and a command
parses only the lines of the items it was asked about.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from chipgauge.specs.errors import TableError, UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure, unknown
from chipgauge.specs.quantities import QUANTITIES, UNSHIPPED, Quantity, find
from chipgauge.specs.records import Entry, Item, Source, Subject, normal
from chipgauge.specs.shipped import shipped_bytes
from chipgauge.specs.units import Unit, parse_unit, parse_value, unit_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas

    from chipgauge.specs.groups import Groups
    from chipgauge.specs.rules import Rule

_AMOUNT = re.compile(r"^\s*(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?:[eE]\+?\d{1,3})?)\s*([kKmM])?\s+(\S.*)$", re.DOTALL)
_PLAIN_ID = re.compile(r"^[a-z0-9-]+$")
_THOUSANDS = {"": 1, "k": 1e3, "m": 1e6}


GIVEN = Source("given", "the user", "a value given on the command line", "", "method")


_FIRST = (b'"kind": "chip"', b'"kind": "system"', b'"kind": "constant"')


class _Items(MutableMapping[str, Item]):
    """The items by id: those read at start, and all of them once somebody asks for another or walks over them."""

    def __init__(self, load: Callable[[], None]) -> None:
        self._read: dict[str, Item] = {}
        self._load: Callable[[], None] | None = load

    def _whole(self) -> dict[str, Item]:
        load, self._load = self._load, None
        if load:
            load()
        return self._read

    def __getitem__(self, key: str) -> Item:
        return self._read[key] if key in self._read else self._whole()[key]

    def __setitem__(self, key: str, item: Item) -> None:
        self._read[key] = item

    def __delitem__(self, key: str) -> None:
        del self._whole()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())


class Catalog:
    """Everything that is known, with what the user asked to prefer, to replace or to add (`asked` keeps the words).

    >>> from chipgauge.specs.catalog import catalog
    >>> catalog().subject("100k H200").key
    '100000 nvidia-h200-sxm'
    """

    def __init__(self, index: str | bytes) -> None:
        self.as_of = ""
        self.items: MutableMapping[str, Item] = _Items(lambda: self._read_items(first=False))
        self.prefer = ""
        self.projected = False
        self.asked: dict[str, Any] = {}
        self.overrides: dict[str, Entry] = {}
        self.memo: dict[tuple[str, str], Figure] = {}
        self._index = index.encode() if isinstance(index, str) else index  # only the lines that are read are decoded
        self._read = 0  # where in the index the last lines that were read end
        self._names: dict[str, str] = {}
        self._sorted: list[str] = []
        self._entries: dict[str, dict[str, tuple[Entry, ...]]] = {}
        self._sources: dict[str, Source] = {"given": GIVEN}
        self._rules: list[Rule] | None = None
        self._groups: Groups | None = None
        self._book: tuple[list[Rule], dict[str, Rule]] | None = None
        self.as_of = json.loads(self._index[: self._index.index(b"\n")])["as_of"]
        self._read_items(first=True)

    def _records(self, kind: str, name: str = "") -> list[dict[str, Any]]:
        """Parse the lines of one kind, which stand together in the index; no other line is looked at."""
        return _parsed(self._lines(kind, name))

    def _lines(self, kind: str, name: str = "") -> list[bytes]:
        start = f'\n{{"{kind}": "{name}'.encode()
        # who asks for one after another asks in their order: the next is near; all of a kind begin before the last one read
        at = self._index.find(start, self._read) if name else -1
        first = end = at if at >= 0 else self._index.find(start)
        while end >= 0 and self._index.startswith(start, end):
            end = self._index.index(b"\n", end + 1)
        self._read = max(end, 0)
        return self._index[first + 1 : end].split(b"\n") if end > first else []

    def _read_items(self, first: bool) -> None:
        """Read the chips and systems, or all the others: a comparison of chips never asks for those."""
        lines = self._lines("item")
        for raw in _parsed(line for line in lines if any(kind in line for kind in _FIRST) == first):
            self._add(Item(raw.pop("item"), aliases=tuple(raw.pop("aliases", ())), **raw))

    def _add(self, item: Item) -> None:
        self.items[item.id] = item
        for name in (item.id, item.name, *item.aliases):
            self._names[normal(name)] = item.id

    # --- names ---------------------------------------------------------------------------------------------

    def find(self, name: str) -> Item:
        """Return the item of this name; an error suggests the nearest ones."""
        wanted = normal(name)
        if wanted in self._names or (len(self.items) and wanted in self._names):  # `len` reads what was left for later
            return self.items[self._names[wanted]]
        shown = name.strip() if len(name) <= 60 else name.strip()[:57] + "..."
        names = [alias for item in self.items.values() for alias in (*item.aliases, item.id)]
        near = did_you_mean(name, names) or " `chipgauge list chips` (systems, clusters, models) shows what is known."
        if re.match(r"\s*(-\s*\d|[\d.,]+\s*[kKmM]?\s*$)", name):
            near = " An amount is a number above 0 and an item, such as '1024 H200'."
        raise UnknownName(f"no chip, system, cluster or model is called {shown!r}.{near}")

    def subject(self, text: str) -> Subject:
        """Return the item or amount that a text names: `H200`, `100,000 H200`, `1.4M "Ascend 910C"`."""
        count, name, item = self._amount(text)
        return Subject(item, count, text.strip(), self._others(name, item), self.unshipped(item))

    def item(self, text: str) -> Item:
        """Return the item that a text names, with a number before it or without."""
        return self._amount(text)[2]

    def _amount(self, text: str) -> tuple[float, str, Item]:
        found = _AMOUNT.match(text)
        if not found or normal(text) in self._names:
            return 1.0, text, self.find(text.strip(" \"'"))
        count = float(found[1].replace(",", "")) * _THOUSANDS[(found[2] or "").lower()]
        if not 0 < count <= 1e12:
            raise UnknownName(f"an amount is above 0 and at most 1e12, got {found[1][:30]}{found[2] or ''}")
        return count, found[3], self.find(found[3].strip(" \"'"))

    def _others(self, name: str, chosen: Item) -> tuple[str, ...]:
        """Return what else a short name could have meant: items whose own names begin with it."""
        start = normal(name.strip(" \"'"))
        if start in (normal(chosen.id), normal(chosen.name)):
            return ()
        if len(self._sorted) != len(self._names):
            self._sorted = sorted(self._names)
        first = bisect_left(self._sorted, start)
        found = {
            known: self.items[known].name
            for other in takewhile(lambda name: name.startswith(start), islice(self._sorted, first, None))
            if (known := self._names[other]) != chosen.id and self.items[known].kind == chosen.kind
            and (other[len(start) :][:1] in (" ", "") or not start[-1:].isdigit() or other[len(start)].isdigit() is False)
        }  # fmt: skip
        return tuple(sorted(found.values()))

    # --- entries and leaves --------------------------------------------------------------------------------

    def entries(self, item: str) -> dict[str, tuple[Entry, ...]]:
        """Return the entries of an item, by the key of the leaf they speak about."""
        if item not in self._entries:
            self._entries[item] = _grouped(_entry(raw) for raw in self._records("entry", f"{item}/"))
        return self._entries[item]

    def series(self, item: str, quantity: str) -> list[str]:
        """Return the keys of an item's leaves of one quantity, cases and dates included, oldest first."""
        start = f"{item}/{quantity}"
        keys = [key for key in self.entries(item) if key == start or key.startswith((start + ":", start + "@"))]
        return sorted(keys, key=lambda key: (key.partition("@")[2], key))

    def leaf(self, item: str, quantity: str) -> Figure | None:
        """Return the adopted leaf of a stored quantity (with case and date, if it has them), or None."""
        key = f"{item}/{quantity}"
        group = self.entries(item).get(key, ())
        if key in self.overrides:
            return self._figure(self.overrides[key], (self.overrides[key], *group))
        preferred = [entry for entry in group if self.prefer and self._is_preferred(entry)]
        if preferred:
            return self._figure(preferred[0], group, alone=True)
        adopted = next((entry for entry in group if entry.role == "adopted"), None)
        return self._figure(adopted, group) if adopted else None

    def _is_preferred(self, entry: Entry) -> bool:
        wanted = normal(self.prefer)
        return wanted in (normal(entry.source), normal(self.source(entry.source).publisher))

    def _figure(self, chosen: Entry, group: tuple[Entry, ...], alone: bool = False) -> Figure:
        quantity = QUANTITIES[chosen.quantity.split(":", 1)[0]]
        unit = price_unit(chosen) if quantity.prices else parse_unit(quantity.unit)
        base: dict[str, Any] = {
            "item": chosen.item, "text": chosen.text, "status": chosen.status, "why": chosen.why, "note": chosen.note,
            "condition": chosen.condition or quantity.condition, "entries": group,
            "basis": _bases(chosen, quantity),
            "sources": tuple(dict.fromkeys((chosen.source, *([chosen.via] if chosen.via else [])))),
        }  # fmt: skip
        if chosen.absent:
            return Figure(chosen.key, "leaf", chosen.quantity, None, unit, "absent", **base)
        leaf_range = None
        if isinstance(chosen.value, float):
            ends: list[float | str | bool | None] = [chosen.value, chosen.low, chosen.high]
            if not alone and chosen.role != "given":
                ends += [end for e in group if e.role == "conflict" for end in (e.value, e.low, e.high)]
            numbers = [end for end in ends if isinstance(end, float)]
            leaf_range = (min(numbers), max(numbers))
        return Figure(chosen.key, "leaf", chosen.quantity, chosen.value, unit, leaf_range=leaf_range, **base)

    def lifecycle(self, item: Item) -> Figure | None:
        """Return the life cycle stated of an item, or of a system that of a chip in it which has not shipped, or None."""
        own = self.leaf(item.id, "lifecycle")
        if own is not None or item.kind != "system":
            return own
        inside = dict.fromkeys(e.of for group in self.entries(item.id).values() for e in group if e.of in self.items)
        found = [leaf for leaf in (self.leaf(chip, "lifecycle") for chip in inside) if leaf and leaf.value in UNSHIPPED]
        return found[0] if found else None

    def unshipped(self, item: Item) -> str:
        """Return the word for an item of which no delivery was read, or nothing."""
        leaf = self.lifecycle(item)
        return str(leaf.value) if leaf is not None and leaf.value in UNSHIPPED else ""

    def said(self, entry: Entry) -> Figure:
        """Return one statement of one source as a leaf, whatever its role."""
        return self._figure(entry, (entry,), alone=True)

    def missing(self, item: str, quantity: str, why: str = "") -> Figure:
        """Return the leaf of a figure that no table states."""
        row = find(quantity)
        name = self.items[item].name if item in self.items else item
        stated = f"no source in the tables states {row.noun} of {name}"
        reason = why or (stated if item in self.items and self.items[item].file else f"{row.noun} is not given")
        basis = (row.basis,) if row.basis and not row.by_case else ()
        return unknown(f"{item}/{quantity}", quantity, reason, unit=parse_unit(row.unit), item=item, basis=basis)

    # --- sources -------------------------------------------------------------------------------------------

    def source(self, name: str) -> Source:
        """Return the source record of this id."""
        if name not in self._sources:
            found = self._records("source", f'{name}"') if _PLAIN_ID.match(name) else []
            if not found:
                raise UnknownName(f"no source has the id {name[:60]!r}.{did_you_mean(name, self.source_ids())}")
            self._read_sources(found)
        return self._sources[name]

    def source_ids(self) -> list[str]:
        """Return the ids of every source."""
        self._read_sources(self._records("source"))
        return sorted(self._sources.keys() - {"given"})

    def _read_sources(self, records: Iterable[dict[str, Any]]) -> None:
        for raw in records:
            name = raw.pop("source")
            self._sources.setdefault(name, Source(name, **raw))

    def rules(self) -> list[Rule]:
        """Return every rule."""
        from chipgauge.specs.rules import from_plain

        if self._rules is None:
            self._rules = [from_plain(raw["rule_record"]) for raw in self._records("rule")]
        return self._rules

    def rulebook(self) -> dict[str, Rule]:
        """Return the rules by id; the same object until the rules change."""
        rules = self.rules()
        if self._book is None or self._book[0] is not rules:
            self._book = (rules, {rule.id: rule for rule in rules})
        return self._book[1]

    def groups(self) -> Groups:
        """Return the destination groups and firms that rules name."""
        from chipgauge.specs.groups import groups_from_plain

        if self._groups is None:
            self._groups = groups_from_plain(self._records("groups")[0]["record"])
        return self._groups

    def frame(self, kind: str = "chips", *, wide: bool = False) -> pandas.DataFrame:
        """Return what is stated of all items of a kind as a pandas frame, with the units in `attrs["units"]`.

        One row an entry, alternatives included; or, if `wide`, one row an item and one column an adopted quantity,
        with its unit in the label.
        """
        from chipgauge.specs.frame import entries_frame, leaves_frame

        return (leaves_frame if wide else entries_frame)(self, kind)  # pyright: ignore[reportArgumentType]  # one class under two module names

    # --- what the user changes -----------------------------------------------------------------------------

    def adjusted(self, *, prefer: str = "", given: Iterable[str] = (), projected: bool = False) -> Catalog:
        """Return a catalogue that prefers a source and replaces leaves (`peak.bf16(910C)=780 TFLOP/s`).

        With `projected`, the name of a cluster may mean a state that was planned or projected when it was written down.
        """
        given = tuple(given)
        if not prefer and not given and not projected:
            return self
        view = object.__new__(Catalog)
        view.__dict__.update(self.__dict__)
        view.memo, view.overrides = {}, dict(self.overrides)
        view.prefer = prefer or self.prefer
        view.projected = projected or self.projected
        view.asked = self.asked | ({"prefer": prefer} if prefer else {}) | ({"projected": True} if projected else {})
        view.asked |= {"set": [*self.asked.get("set", ()), *given]} if given else {}
        if prefer and not any(
            normal(prefer) in (normal(name), normal(self.source(name).publisher)) for name in self.source_ids()
        ):
            publishers = sorted({self.source(name).publisher for name in self.source_ids()})
            raise UnknownName(
                f"no source is called {prefer[:60]!r}.{did_you_mean(prefer, [*publishers, *self.source_ids()])}"
            )
        for text in given:
            entry = self._given(text)
            view.overrides[entry.key] = entry
        return view

    def _given(self, text: str) -> Entry:
        from chipgauge.specs.item_tables import require_quantity
        from chipgauge.specs.tables import is_date

        found = re.match(r"^\s*([a-z0-9_.]+(?::[a-z0-9.-]+)?)\s*\((.+)\)\s*=\s*(.+?)\s*$", text, re.DOTALL)
        if not found or len(text) > 500:
            raise UnknownName(f"cannot read {text[:80]!r}; write --set 'peak.bf16(910C)=780 TFLOP/s'")
        row, item = find(found[1].split(":")[0]), self.find(found[2])
        if ":" in found[1] and f"{item.id}/{found[1]}" not in self.entries(item.id):
            raise UnknownName(f"{item.id} has no figure {found[1][:80]!r}; `chipgauge show {item.id}` lists them")
        if row.kind != "number":
            value: float | str | bool = found[3]
            if row.kind == "yes_no":
                if found[3] not in ("yes", "no"):
                    raise UnitError(f"{row.name} is yes or no, got {found[3][:40]!r}")
                value = found[3] == "yes"
            if row.kind == "date" and not is_date(found[3]):
                raise UnitError(f"{row.name} is a date such as 2026-03-01, got {found[3][:40]!r}")
        else:
            value, _, unit = parse_value(found[3])
            require_quantity(unit, row)
            if value < 0:
                raise UnitError(f"{row.name} is not negative, got {found[3][:40]!r}")
        return Entry(item.id, found[1], found[3], value, "given", "given", status="assumed", why="given with --set")

    def with_item(self, item: Item) -> Catalog:
        """Return a catalogue with an item that no table has; its figures are given with `adjusted`."""
        view = object.__new__(Catalog)
        view.__dict__.update(self.__dict__)
        view.memo, view.items, view._names = {}, dict(self.items), dict(self._names)
        view._entries = {**self._entries, item.id: {}}
        view._add(item)
        return view

    def with_folder(self, folder: Path) -> Catalog:
        """Return a catalogue with a user's own tables added: `DIR/*.toml`, `chips/`, `clusters/`, `rules/`, sources."""
        from chipgauge.specs.index import read_folder, read_rules

        ours = {name: self.source(name) for name in self.source_ids()}
        items, sources, problems = read_folder(folder, ours, self.items.values())
        rules: list[Rule] = []
        groups = None
        if (folder / "rules").is_dir():
            names = [*self.items, *(item.id for item, _ in items)]
            rules, groups, wrong = read_rules(folder, {**ours, **sources}, self.rules(), self.groups(), names)
            problems += wrong
        if problems:
            raise TableError(problems)
        view = object.__new__(Catalog)
        view.__dict__.update(self.__dict__)
        view.memo, view.overrides = {}, dict(self.overrides)
        view.items, view._names = dict(self.items), dict(self._names)
        view._entries, view._sources = dict(self._entries), {**self._sources, **sources}
        view.asked = {**self.asked, "catalog": str(folder)}
        if rules:
            own = {rule.id for rule in rules}
            view._rules = [*(rule for rule in self.rules() if rule.id not in own), *rules]
        view._groups = groups or self._groups
        for item, entries in items:
            view._add(item)
            view._entries[item.id] = _grouped(entries)
        return view


_SOLD_AS = {"chip": "bare chip", "module": "module", "server": "system as sold", "system": "system as sold"}


def _bases(entry: Entry, quantity: Quantity) -> tuple[str, ...]:
    """Return what must not be mixed in one ratio: a price carries what was sold for it."""
    if quantity.prices and ":" in entry.quantity:
        sold = _SOLD_AS.get(entry.quantity.split(":", 1)[1].split(".")[0])
        return (f"price:{sold}",) if sold else ()
    if quantity.by_case:
        case = entry.quantity.partition(":")[2] or "no case"
        return (f"{quantity.basis}{case}" if quantity.basis.endswith(":") else f"{quantity.basis} ({case})",)
    return (quantity.basis,) if quantity.basis else ()


def price_unit(entry: Entry) -> Unit:
    """Return the unit of a price entry: the currency it was stated in.

    Currencies are never converted silently; a conversion is a figure of its own.
    """
    return unit_of(entry.text.split(" to ")[-1])


def _parsed(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """Parse some lines of the index, all at once: to begin and to end takes longer than a line."""
    found: list[dict[str, Any]] = json.loads(f"[{b','.join(lines).decode()}]")
    return found


def _entry(raw: dict[str, Any]) -> Entry:
    item, _, rest = raw.pop("entry").partition("/")
    quantity, _, date = rest.partition("@")
    for name in ("value", "low", "high"):
        if type(raw.get(name)) is int:
            raw[name] = float(raw[name])
    raw.setdefault("value", None)
    return Entry(item=item, quantity=quantity, date=date, **raw)


def entry_line(entry: Entry) -> str:
    """Return the index line of an entry: the key first, empty fields left out."""
    raw: dict[str, Any] = {"entry": entry.key}
    defaults = Entry._field_defaults
    for name, value in entry._asdict().items():
        plain = value in ("", None) or value == defaults.get(name)
        if name == "role" or (name not in ("item", "quantity", "date") and not plain):
            raw[name] = value
    return json.dumps(raw, ensure_ascii=False)


def _grouped(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.key, []).append(entry)
    return {
        key: tuple(entry if entry.role else entry._replace(role="adopted") for entry in group)
        for key, group in groups.items()
    }


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """Return the catalogue that ships with chipgauge."""
    return Catalog(shipped_bytes("index.jsonl"))
