# SPDX-License-Identifier: Apache-2.0
"""Reading the TOML tables: strict, bounded, and every problem with its file, line, field and a hint.

Files come from strangers. Nothing in them is executed, no path in them is opened, and size and depth are bounded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chipgauge.specs.errors import ChipgaugeError, Problem, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.quantities import QUANTITIES, Quantity, find, stored_name
from chipgauge.specs.records import CREDIBLE, SOURCE_KINDS, Entry, Item, Source
from chipgauge.specs.units import Unit, parse_unit, parse_value, require

MOST_BYTES = 1_000_000
"""A table larger than this is refused before it is read."""
MOST_TEXT = 2_000

ITEM_FIELDS = ("id", "kind", "name", "maker", "aliases", "same_die", "figures")
ENTRY_FIELDS = (
    "quantity",
    "value",
    "source",
    "via",
    "at",
    "role",
    "status",
    "why",
    "note",
    "sparsity",
    "direction",
    "scope",
    "engines",
    "case",
    "date",
    "market",
    "basis",
    "absent",
    "of",
)
SOURCE_FIELDS = ("publisher", "title", "url", "kind", "date", "accessed", "licence", "archive", "independent")
ROLES = ("adopted", "agrees", "conflict", "shown")
ALLOWED: dict[str, tuple[str, ...]] = {
    "role": ROLES,
    "status": ("stated", "estimated", "assumed"),
    "sparsity": ("dense", "2:4", "unstated"),
    "direction": ("each", "both", "unstated"),
    "scope": ("package", "die", "system"),
    "engines": ("all", "matrix", "vector"),
    "market": ("us", "china", "grey", "used", "unstated"),
    "basis": ("chip", "module", "server", "system"),
}
ITEM_KINDS = {"chips": "chip", "systems": "system", "constants": "constant"}

_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_DATE = re.compile(r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?|-[QH][1-4])?$")
_RANGE = re.compile(r"^\s*([\d.,eE+]+)\s*(?:to|-|–)\s*([\d.,eE+]+\s*\S.*|[\d.,eE+]+)$")
_WORDS = {
    "sparsity": {"dense": "dense", "2:4": "2:4 sparse", "unstated": "sparsity not stated"},
    "direction": {"each": "each way", "both": "both ways", "unstated": "direction not stated"},
    "engines": {"matrix": "matrix units only", "vector": "vector units only"},
    "scope": {"die": "per die"},
    "market": {
        "us": "US market",
        "china": "China",
        "grey": "grey market",
        "used": "used",
        "unstated": "market not stated",
    },
    "basis": {"chip": "bare chip", "module": "module", "server": "server", "system": "whole system"},
}


class Reader:
    """Collects the problems of one file while its fields are read."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def report(self, path: str, message: str, hint: str = "", line: int = 1) -> None:
        """Add a problem."""
        self.problems.append(Problem(self.file, line, path, message, hint))

    def line_of(self, header: str, index: int = 0, key: str = "") -> int:
        """Return the line of `key` in the `index`-th table that begins with `header`, else of the table itself."""
        seen, at = -1, 1
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                if seen == index:
                    return at
                if stripped.split("#")[0].strip() == header:
                    seen += 1
                    at = number
            elif (
                seen == index
                and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", stripped)
                and key
                or not header
                and key
                and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", stripped)
            ):
                return number
        return at


def read_text(path: Path, name: str) -> tuple[str, list[Problem]]:
    """Return the text of a table file, or the problem that keeps it from being read."""
    shown = name or str(path)
    try:
        if path.is_dir():
            return "", [Problem(shown, 1, "", "this is a directory", "name a .toml file in it")]
        size = path.stat().st_size
        if size > MOST_BYTES:
            return "", [Problem(shown, 1, "", f"the file has {size:,} bytes; a table has at most {MOST_BYTES:,}")]
        raw = path.read_bytes()
    except OSError as error:
        return "", [Problem(shown, 1, "", f"cannot be read: {error.strerror or error}")]
    if not raw.strip():
        return "", [Problem(shown, 1, "", "the file is empty", 'begin with id = "maker-model"')]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [Problem(shown, line, "", "this is not UTF-8 text", "a table is a TOML text file")]
    if "\0" in text:
        return "", [Problem(shown, 1, "", "this is a binary file, not a table", "a table is a TOML text file")]
    return text, []


def parse_toml(text: str, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parsed TOML, or a problem with its line."""
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        hint = "a key or table is given twice" if "overwrite" in message or "twice" in message else ""
        line = int(found[1]) if found else max(1, text.count("\n"))
        return {}, [Problem(file, line, "", f"not valid TOML: {message}", hint)]
    except RecursionError:
        return {}, [Problem(file, 1, "", "not a table: nested too deeply")]


def read_sources(text: str, file: str) -> tuple[dict[str, Source], list[Problem]]:
    """Return the sources of a `sources.toml`."""
    raw, problems = parse_toml(text, file)
    reader = Reader(file, text)
    sources: dict[str, Source] = {}
    for name, fields in raw.items():
        line = reader.line_of(f"[{name}]")
        if not is_table(fields) or not _ID.match(name):
            reader.report(name, "a source is a table [id] with an id in [a-z0-9-]", line=line)
            continue
        for field in set(fields) - set(SOURCE_FIELDS):
            reader.report(f"{name}.{field}", "unknown field", f"allowed: {', '.join(SOURCE_FIELDS)}", line)
        for field in ("publisher", "title", "url", "kind"):
            if not isinstance(fields.get(field), str):
                reader.report(f"{name}.{field}", "a source needs this text field", line=line)
        if fields.get("kind") not in SOURCE_KINDS:
            reader.report(
                f"{name}.kind",
                f"{fields.get('kind')!r} is not a kind of source",
                f"allowed: {', '.join(SOURCE_KINDS)}",
                line,
            )
        url = str(fields.get("url", ""))
        if url and not re.match(r"^https?://[^\s\"'<>]+$", url):
            reader.report(f"{name}.url", f"{url[:60]!r} is not a web address", "begin with https://", line)
        if fields.get("date") and not _DATE.match(str(fields["date"])):
            reader.report(
                f"{name}.date", f"{fields['date']!r} is not a date", "write 2026, 2026-03 or 2026-03-01", line
            )
        if not any(p.path.split(".")[0] == name for p in reader.problems):
            known = {key: value for key, value in fields.items() if key in SOURCE_FIELDS}
            sources[name] = Source(id=name, **known)
    return sources, problems + reader.problems


def read_item(
    text: str, file: str, kind: str, sources: Mapping[str, Source]
) -> tuple[Item | None, list[Entry], list[Problem]]:
    """Return the item of one file and its entries, with every problem found in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return None, [], problems
    reader = Reader(file, text)
    item = _read_head(raw, reader, kind)
    figures: Any = raw.get("figures", [])
    entries: list[Entry] = []
    if not is_list(figures) or not all(is_table(row) for row in figures):
        reader.report(
            "figures",
            "figures is an array of tables",
            "write [[figures]] before each entry",
            reader.line_of("", 0, "figures"),
        )
        figures = []
    for index, row in enumerate(figures):
        entry = _read_entry(row, index, item.id if item else "?", reader, sources)
        if entry:
            entries.append(entry)
    if not reader.problems:
        _check_groups(entries, reader, sources)
    return item, entries, reader.problems


def _read_head(raw: dict[str, Any], reader: Reader, kind: str) -> Item | None:
    before = len(reader.problems)
    for field in raw:
        if field not in ITEM_FIELDS:
            hint = did_you_mean(field, list(ITEM_FIELDS)).strip() or f"allowed: {', '.join(ITEM_FIELDS)}"
            reader.report(field, "unknown field", hint, reader.line_of("", 0, field))
    for field in ("id", "name", "maker"):
        if not isinstance(raw.get(field), str) or not raw[field].strip():
            reader.report(field, "this text field is missing", f'write {field} = "..." at the top of the file')
        elif len(raw[field]) > 200:
            reader.report(
                field, f"the text has {len(raw[field]):,} characters; at most 200", line=reader.line_of("", 0, field)
            )
    if isinstance(raw.get("id"), str) and not _ID.match(raw["id"]):
        reader.report(
            "id",
            f"{raw['id'][:80]!r} is not an id",
            "write maker-model[-form][-memory] in [a-z0-9-]",
            reader.line_of("", 0, "id"),
        )
    aliases: Any = raw.get("aliases", [])
    if not is_list(aliases) or not all(isinstance(name, str) and 0 < len(name) <= 100 for name in aliases):
        reader.report(
            "aliases", "aliases is a list of texts", 'write aliases = ["H20"]', reader.line_of("", 0, "aliases")
        )
    stated = raw.get("kind", kind)
    if stated not in ITEM_KINDS.values():
        reader.report(
            "kind",
            f"{stated!r} is not a kind of item",
            'write kind = "chip" or "system"',
            reader.line_of("", 0, "kind"),
        )
    if len(reader.problems) > before:
        return None
    return Item(raw["id"], stated, raw["name"], raw["maker"], tuple(aliases), str(raw.get("same_die", "")), reader.file)


def _read_entry(
    row: dict[str, Any], index: int, item: str, reader: Reader, sources: Mapping[str, Source]
) -> Entry | None:
    before = len(reader.problems)

    def bad(field: str, message: str, hint: str = "") -> None:
        name = str(row.get("quantity", ""))[:60]
        line = reader.line_of("[[figures]]", index, field)
        reader.report(f"figures[{index}] {name} {field}".replace("  ", " "), message, hint, line)

    for field, value in row.items():
        if field not in ENTRY_FIELDS:
            bad(
                field,
                "unknown field",
                did_you_mean(field, ENTRY_FIELDS).strip() or f"allowed: {', '.join(ENTRY_FIELDS)}",
            )
        elif field == "absent":
            if value is not True:
                bad(field, "absent is true or left out")
        elif field != "value" and not isinstance(value, str) and field != "date":
            bad(field, "this field is a text", f'write {field} = "..."')
        elif isinstance(value, str) and len(value) > MOST_TEXT:
            bad(field, f"the text has {len(value):,} characters; at most {MOST_TEXT:,}")
        elif field in ALLOWED and value not in ALLOWED[field]:
            bad(field, f"{str(value)[:60]!r} is not allowed here", f"allowed: {', '.join(ALLOWED[field])}")
    try:
        quantity = find(str(row.get("quantity", "")))
    except ChipgaugeError as error:
        bad("quantity", str(error) if row.get("quantity") else "an entry needs a quantity")
        return None
    if not row.get("source"):
        bad("source", "a value without a source is not taken", 'write source = "id of a record in sources.toml"')
    for field in ("source", "via"):
        if row.get(field) and str(row[field]) not in sources:
            bad(
                field,
                f"no source has the id {str(row[field])[:60]!r}.{did_you_mean(str(row[field]), list(sources), 1)}",
                "add it to sources.toml",
            )
    if quantity.conditions and quantity.conditions[0][0] in ("sparsity", "direction"):
        condition = quantity.conditions[0][0]
        if condition not in row and not row.get("absent"):
            bad(condition, f"{quantity.name} needs {condition}", f"allowed: {', '.join(ALLOWED[condition])}")
    if quantity.prices:
        for field in ("date",) if quantity.name == "bill_of_materials" else ("date", "market", "basis"):
            if field not in row:
                bad(
                    field,
                    f"{quantity.name} needs {field}",
                    f"allowed: {', '.join(ALLOWED.get(field, ('2024', '2024-07')))}",
                )
    date = str(row.get("date", ""))
    if date and not _DATE.match(date) and not (date == "undated" and quantity.prices):
        bad("date", f"{date[:40]!r} is not a date", "write 2026, 2026-Q1, 2026-03 or 2026-03-01")
    if row.get("status", "stated") != "stated" and not row.get("why"):
        bad("why", f"an {row['status']} value needs its reasoning", 'write why = "..."')
    if quantity.name == "chips" and not row.get("of"):
        bad("of", "the chips of a system need the id of the chip", 'write of = "maker-model"')
    if row.get("absent") is True:
        if "value" in row:
            bad("value", "an absent figure has no value", "leave out value or absent")
        value, low, high, text = None, None, None, "absent"
    else:
        value, low, high, text = _read_value(row, quantity, bad)
    if len(reader.problems) > before:
        return None
    kept: tuple[str, ...] = ("sparsity", "direction", "engines", "scope")
    conditions = {field: str(row[field]) for field in kept if field in row}
    stored = stored_name(quantity.name, conditions)
    case = str(row.get("case", "")).strip()
    if quantity.prices:
        case = ".".join(str(row[field]) for field in ("basis", "market") if field in row) + (f".{case}" if case else "")
    if case:
        stored += ":" + re.sub(r"[^a-z0-9.]+", "-", case.casefold()).strip("-")
    words = [_WORDS[field][str(row[field])] for field in _WORDS if str(row.get(field)) in _WORDS[field]]
    if row.get("case"):
        words.append(str(row["case"]))
    status = str(row.get("status", "estimated" if low is not None else "stated"))
    return Entry(
        item, stored, text, value, str(row["source"]), str(row.get("role", "")), low, high, status,
        via=str(row.get("via", "")), at=str(row.get("at", "")), why=str(row.get("why", "")), note=str(row.get("note", "")),
        date=date if quantity.prices else "", condition=", ".join(words), of=str(row.get("of", "")),
        absent=row.get("absent") is True,
    )  # fmt: skip


def _read_value(
    row: dict[str, Any], quantity: Quantity, bad: Any
) -> tuple[float | str | bool | None, float | None, float | None, str]:
    value = row.get("value")
    nothing = (None, None, None, "")
    if value is None:
        bad("value", "an entry needs a value", 'write value = "148 TFLOP/s", or absent = true')
        return nothing
    if quantity.kind == "yes_no":
        if value not in (True, False, "yes", "no"):
            bad("value", f"{str(value)[:40]!r} is neither yes nor no", "write yes or no")
            return nothing
        return value in (True, "yes"), None, None, "yes" if value in (True, "yes") else "no"
    if quantity.kind == "date":
        if not _DATE.match(str(value)):
            bad("value", f"{str(value)[:40]!r} is not a date", "write 2026, 2026-Q1, 2026-03 or 2026-03-01")
        return str(value), None, None, str(value)
    if quantity.kind == "text":
        if not isinstance(value, str) or not value.strip():
            bad("value", "this value is a text", 'write value = "..."')
        return str(value), None, None, str(value)
    if not isinstance(value, str):
        wanted = quantity.unit if quantity.unit != "1" else ""
        bad(
            "value",
            "a value is written as text with its unit",
            f'write value = "{str(value)[:30]} {wanted}"'.replace(' "', '"'),
        )
        return nothing
    try:
        found = _RANGE.match(value)
        if found:
            high, _, unit = parse_value(found[2])
            low = parse_value(f"{found[1]} {unit.text}")[0]
            _require(unit, quantity)
            if not low <= high:
                bad("value", f"the range {value[:40]!r} runs downwards", "write the smaller number first")
            return (low + high) / 2, low, high, value.strip()
        number, _, unit = parse_value(value)
        _require(unit, quantity)
    except ChipgaugeError as error:
        bad("value", str(error), f"write for example 1 {quantity.unit}" if quantity.unit != "1" else "")
        return nothing
    if number < 0:
        bad("value", "a figure is not negative")
    return number, None, None, value.strip()


def _require(unit: Unit, quantity: Quantity) -> None:
    if quantity.prices:
        per_hour = "/h" if quantity.unit.endswith("/h") else ""
        if unit.dimension in {parse_unit(money + per_hour).dimension for money in ("USD", "CNY", "EUR")}:
            return
    require(unit, quantity.unit, quantity.name)


def group_entries(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries of one item by key: one group speaks about one unknown."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.key, []).append(entry)
    return groups


def _check_groups(entries: list[Entry], reader: Reader, sources: Mapping[str, Source]) -> None:
    for key, group in group_entries(entries).items():
        first = entries.index(group[0])
        line = reader.line_of("[[figures]]", first, "quantity")
        adopted = [entry for entry in group if entry.role == "adopted"]
        if len(group) > 1 and any(not entry.role for entry in group):
            reader.report(
                key,
                f"{len(group)} entries speak about this figure; each needs a role",
                f"allowed: {', '.join(ROLES)}",
                line,
            )
        elif len(adopted) > 1:
            reader.report(key, f"{len(adopted)} entries are adopted", "adopt exactly one", line)
        elif not adopted and len(group) > 1 and any(entry.role != "shown" for entry in group):
            reader.report(key, "no entry is adopted", 'write role = "adopted" on exactly one', line)
        for entry in group:
            here = reader.line_of("[[figures]]", entries.index(entry), "role")
            if entry.role == "conflict" and sources[entry.source].kind not in CREDIBLE:
                reader.report(
                    key,
                    f"{entry.source} is {sources[entry.source].kind} and cannot widen a range",
                    'write role = "shown"',
                    here,
                )
            if entry.role == "conflict" and not adopted:
                reader.report(key, "a conflict needs an adopted entry beside it", line=here)
            if entry.role in ("conflict", "shown") and not entry.why:
                reader.report(key, f"an entry that is {entry.role} says why", 'write why = "..."', here)


def check_names(items: Iterable[Item]) -> list[Problem]:
    """Return a problem for every id or alias that stands in two files."""
    seen: dict[str, Item] = {}
    problems: list[Problem] = []
    for item in items:
        for name in (item.id, *item.aliases):
            other = seen.setdefault(normal(name), item)
            if other.id != item.id or (name == item.id and other is not item):
                problems.append(Problem(item.file, 1, "aliases", f"{name!r} already names {other.id} in {other.file}"))
    return problems


def normal(name: str) -> str:
    """Return a name as it is compared: case, spaces, hyphens and underscores do not matter.

    >>> normal("H200-NVL") == normal("h200  nvl")
    True
    """
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()


def quantity_of(stored: str) -> Quantity:
    """Return the quantity of a stored name, without its case."""
    return QUANTITIES[stored.split(":", 1)[0]]
