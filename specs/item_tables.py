# SPDX-License-Identifier: Apache-2.0
"""Reading the table of an item (chip, system, cluster, parameter): its head, its entries with their units and conditions, and their roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chipgauge.specs.cluster_tables import check_states, with_states
from chipgauge.specs.errors import ChipgaugeError, Problem, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.quantities import LIFECYCLES, QUANTITIES, Quantity, find, stored_name
from chipgauge.specs.records import CREDIBLE, Entry, Item, Source, normal
from chipgauge.specs.tables import DATES, ID, MOST_NAME, MOST_TEXT, Reader, is_date, parse_toml, too_long
from chipgauge.specs.units import Unit, parse_unit, parse_value, require, unit_of

ITEM_FIELDS = ("id", "kind", "name", "maker", "aliases", "same_die", "figures")
CLUSTER_FIELDS = ("id", "kind", "name", "operator", "country", "aliases", "figures")
PARAMETER_FIELDS = ("id", "kind", "name", "aliases", "figures")
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
    "rate",
    "counts",
)
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
    "rate": ("8bit", "16bit", "32bit", "int8", "unstated"),
    "counts": ("both", "output", "none", "unstated"),
}
_FREE = frozenset(ENTRY_FIELDS) - frozenset(ALLOWED) - {"absent"}
"""Fields that hold any text."""
ITEM_KINDS = {
    "chips": "chip",
    "systems": "system",
    "models": "model",
    "constants": "constant",
    "clusters": "cluster",
    "costs": "cost",
    "growth": "growth",
}
HEADS = {"cluster": CLUSTER_FIELDS, "cost": PARAMETER_FIELDS, "growth": PARAMETER_FIELDS}

_RANGE = re.compile(r"^\s*([\d.,]+(?:[eE]\+?\d+)?)\s*(?:to|-|–)\s*([\d.,eE+]+\s*\S.*|[\d.,eE+]+)$")
_KEPT = ("sparsity", "direction", "engines", "scope")
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
    "rate": {
        "8bit": "8-bit rate over the H100's",
        "16bit": "16-bit rate over the H100's 8-bit rate",
        "32bit": "FP32 rate over the H100's 8-bit rate",
        "int8": "INT8 rate over the H100's 8-bit rate",
        "unstated": "basis not stated",
    },
    "counts": {
        "both": "both embeddings count",
        "output": "the input embedding does not count",
        "none": "embeddings do not count",
        "unstated": "whether embeddings count is not stated",
    },
}


def read_item(
    text: str, file: str, kind: str, sources: Mapping[str, Source]
) -> tuple[Item | None, list[Entry], list[Problem]]:
    """Return the item of one file and its entries, with every problem found in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return None, [], problems
    reader = Reader(file, text)
    if kind == "chip" and str(raw.get("kind")) in HEADS:  # a plain file of a user's own folder says what it is
        kind = str(raw["kind"])
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
        if reader.full():
            break
        entry = _read_entry(row, index, item or Item("?", kind, "", ""), reader, sources)
        if entry:
            entries.append(entry)
    if not reader.problems:
        _check_groups(entries, reader, sources)
    if item and item.kind == "cluster" and not reader.problems:
        check_states(entries, reader)
        entries = with_states(entries, sources)
    return item, entries, reader.problems


def _read_head(raw: dict[str, Any], reader: Reader, kind: str) -> Item | None:
    before = len(reader.problems)
    fields = HEADS.get(kind, ITEM_FIELDS)
    for field in raw:
        if field not in fields and not reader.full():
            hint = did_you_mean(field, fields).strip() or f"allowed: {', '.join(fields)}"
            reader.report(field, "unknown field", hint, reader.line_of("", 0, field))
    for field in ("id", "name", "maker", "operator", "country"):
        if field not in fields:
            continue
        if not isinstance(raw.get(field), str) or not raw[field].strip():
            reader.report(field, "this text field is missing", f'write {field} = "..." at the top of the file')
        elif len(raw[field]) > MOST_NAME:
            reader.report(field, too_long(raw[field], MOST_NAME), line=reader.line_of("", 0, field))
    if isinstance(raw.get("id"), str) and not ID.fullmatch(raw["id"]):
        reader.report(
            "id",
            f"{raw['id'][:80]!r} is not an id",
            "write maker-model[-form][-memory] in [a-z0-9-]",
            reader.line_of("", 0, "id"),
        )
    aliases: Any = raw.get("aliases", [])
    if not is_list(aliases) or not all(
        isinstance(name, str) and normal(name[:101]) and len(name) <= 100 for name in aliases
    ):
        reader.report(
            "aliases",
            "aliases is a list of names of 1 to 100 characters",
            'write aliases = ["H20"]',
            reader.line_of("", 0, "aliases"),
        )
    stated = raw.get("kind", kind)
    if stated not in ITEM_KINDS.values():
        reader.report(
            "kind",
            f"{stated!r} is not a kind of item",
            'write kind = "chip", "system" or "cluster"',
            reader.line_of("", 0, "kind"),
        )
    if kind in HEADS and stated != kind:
        reader.report("kind", f"{stated!r} in a folder of {kind}s", "move the file", reader.line_of("", 0, "kind"))
    if isinstance(raw.get("country"), str) and not re.fullmatch("[A-Z]{2}", raw["country"]):
        hint = 'write two letters of ISO 3166, such as "US"'
        reader.report("country", f"{raw['country'][:40]!r} is no country code", hint, reader.line_of("", 0, "country"))
    if not isinstance(raw.get("same_die", ""), str):
        reader.report("same_die", "same_die is the id of an item", line=reader.line_of("", 0, "same_die"))
    if len(reader.problems) > before:
        return None
    whose, same = raw.get("operator", raw.get("maker", "")), raw.get("same_die", "")
    return Item(raw["id"], stated, raw["name"], whose, tuple(aliases), same, reader.file, raw.get("country", ""))


def _read_entry(
    row: dict[str, Any], index: int, item: Item, reader: Reader, sources: Mapping[str, Source]
) -> Entry | None:
    before = len(reader.problems)
    cluster = item.kind == "cluster"

    def bad(field: str, message: str, hint: str = "") -> None:
        name = str(row.get("quantity", ""))[:60]
        line = reader.line_of("[[figures]]", index, field)
        reader.report(f"figures[{index}] {name} {field}".replace("  ", " "), message, hint, line)

    for field, value in row.items():
        if type(value) is str and len(value) <= MOST_TEXT and (field in _FREE or value in ALLOWED.get(field, ())):
            continue
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
            bad(field, too_long(value, MOST_TEXT))
            return None
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
    day = str(row.get("date", ""))
    if (quantity.dated or cluster) and "date" not in row:
        bad("date", f"{quantity.name} needs date", "allowed: 2024, 2024-07")
    if "date" in row and not is_date(day) and not (day == "undated" and (quantity.prices or cluster)):
        bad("date", f"{day[:40]!r} is not a date", f"write {DATES}")
    if row.get("status") in ("estimated", "assumed") and not row.get("why"):
        bad("why", f"an {row['status']} value needs its reasoning", 'write why = "..."')
    if quantity.name == "chips" and not row.get("of") and not cluster:
        bad("of", "the chips of a system need the id of the chip", 'write of = "maker-model"')
    if quantity.name == "parameters.active" and "counts" not in row:
        bad("counts", "active parameters need what they count", f"allowed: {', '.join(ALLOWED['counts'])}")
    if quantity.name == "h100e.published" and "rate" not in row:
        bad("rate", "H100-equivalents need the rate they count", f"allowed: {', '.join(ALLOWED['rate'])}")
    if row.get("absent") is True:
        if "value" in row:
            bad("value", "an absent figure has no value", "leave out value or absent")
        value, low, high, text = None, None, None, "absent"
    else:
        value, low, high, text = _read_value(row, quantity, bad)
    conditions = {field: str(row[field]) for field in _KEPT if field in row}
    named = [f"{field} = {value!r}" for field, value, _ in quantity.conditions if conditions.get(field) == value]
    if len(named) > 1:
        bad(
            "quantity",
            f"{quantity.name} with {' and '.join(named)} has no name of its own",
            "state one of them as case",
        )
    if conditions.get("scope") == "die" and "scope = 'die'" not in named and row.get("role") != "shown":
        bad(
            "scope", f"{quantity.name} is of the whole package", 'enter the figure of a die with role = "shown" and why'
        )
    case = str(row.get("case", "")).strip()
    if "case" in row and not re.search(r"[a-z0-9]", case.casefold()):
        bad("case", f"{case[:60]!r} has no letter of a-z and no digit to name it by")
    if len(reader.problems) > before:
        return None
    stored = stored_name(quantity.name, conditions)
    if quantity.prices:
        case = ".".join(str(row[field]) for field in ("basis", "market") if field in row) + (f".{case}" if case else "")
    if cluster and quantity.name == "chips" and row.get("of"):
        case = str(row["of"]) + (f".{case}" if case else "")
    if case:
        stored += ":" + re.sub(r"[^a-z0-9.]+", "-", case.casefold()).strip("-")
    words = [_WORDS[field][str(row[field])] for field in _WORDS if field in row and str(row[field]) in _WORDS[field]]
    if row.get("case"):
        words.append(str(row["case"]))
    status = str(row.get("status", "estimated" if low is not None else "stated"))
    return Entry(
        item.id, stored, text, value, str(row["source"]), str(row.get("role", "")), low, high, status,
        via=str(row.get("via", "")), at=str(row.get("at", "")), why=str(row.get("why", "")), note=str(row.get("note", "")),
        date=day if quantity.by_date or cluster else "", condition=", ".join(words), of=str(row.get("of", "")),
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
        if not (isinstance(value, bool) or value in ("yes", "no")):
            bad("value", f"{str(value)[:40]!r} is neither yes nor no", "write yes or no")
            return nothing
        return value in (True, "yes"), None, None, "yes" if value in (True, "yes") else "no"
    if quantity.kind == "date":
        if not is_date(str(value)):
            bad("value", f"{str(value)[:40]!r} is not a date", f"write {DATES}")
        return str(value), None, None, str(value)
    if quantity.kind == "text":
        if not isinstance(value, str) or not value.strip():
            bad("value", "this value is a text", 'write value = "..."')
        elif quantity.name == "lifecycle" and value not in LIFECYCLES:
            bad("value", f"{value[:40]!r} is no life cycle", f"allowed: {', '.join(LIFECYCLES)}")
        return str(value), None, None, str(value)
    if not isinstance(value, str):
        wanted = f" {quantity.unit}" if quantity.unit != "1" else ""
        bad(
            "value",
            "a value is written as text with its unit",
            f'write value = "{str(value)[:30]}{wanted}"',
        )
        return nothing
    try:
        found = _RANGE.match(value)
        if found:
            high, _, unit = parse_value(found[2])
            low = parse_value(f"{found[1]} {unit.text}")[0]
            require_quantity(unit, quantity)
            if not low <= high:
                bad("value", f"the range {value[:40]!r} runs downwards", "write the smaller number first")
            return (low + high) / 2, low, high, f"{found[1]} to {found[2].strip()}"
        number, _, unit = parse_value(value)
        require_quantity(unit, quantity)
    except ChipgaugeError as error:
        bad("value", str(error), f"write for example 1 {quantity.unit}" if quantity.unit != "1" else "")
        return nothing
    if number < 0:
        bad("value", "a figure is not negative")
    return number, None, None, value.strip()


def require_quantity(unit: Unit, quantity: Quantity) -> None:
    """Refuse a unit that does not fit a quantity; a price may be in any currency."""
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
    positions = {id(entry): index for index, entry in enumerate(entries)}

    def line_of(entry: Entry, field: str) -> int:  # looked up only where there is a problem
        return reader.line_of("[[figures]]", positions[id(entry)], field)

    for key, group in group_entries(entries).items():
        if reader.full():
            break
        adopted = [entry for entry in group if entry.role == "adopted"]
        if len(group) > 1 and any(not entry.role for entry in group):
            reader.report(
                key,
                f"{len(group)} entries speak about this figure; each needs a role",
                f"allowed: {', '.join(ROLES)}",
                line_of(group[0], "quantity"),
            )
        elif len(adopted) > 1:
            reader.report(
                key, f"{len(adopted)} entries are adopted", "adopt exactly one", line_of(group[0], "quantity")
            )
        elif not adopted and any(entry.role == "agrees" for entry in group):
            hint = 'write role = "adopted" on exactly one'
            reader.report(key, "no entry is adopted", hint, line_of(group[0], "quantity"))
        for entry in group:
            if entry.role == "conflict" and sources[entry.source].kind not in CREDIBLE:
                reader.report(
                    key,
                    f"{entry.source} is {sources[entry.source].kind} and cannot widen a range",
                    'write role = "shown"',
                    line_of(entry, "role"),
                )
            if entry.role == "conflict" and not adopted:
                reader.report(key, "a conflict needs an adopted entry beside it", line=line_of(entry, "role"))
            elif entry.role == "conflict" and _currency(entry) != _currency(adopted[0]):
                hint = 'write role = "shown", or another date, market or basis'
                reader.report(
                    key, "a conflict is stated in the currency of the adopted entry", hint, line_of(entry, "role")
                )
            if entry.role in ("conflict", "shown") and not entry.why:
                reader.report(
                    key, f"an entry that is {entry.role} says why", 'write why = "..."', line_of(entry, "role")
                )


def _currency(entry: Entry) -> tuple[float, ...]:
    prices = quantity_of(entry.quantity).prices and not entry.absent
    return unit_of(entry.text.split(" to ")[-1]).dimension if prices else ()


def check_names(items: Iterable[Item]) -> list[Problem]:
    """Return a problem for every id or alias that stands in two files."""
    seen: dict[str, Item] = {}
    problems: list[Problem] = []
    for item in items:
        names = [("id", item.id), ("name", item.name), *(("aliases", alias) for alias in item.aliases)]
        for field, name in names:
            other = seen.setdefault(normal(name), item)
            if other.id != item.id or (field == "id" and other is not item):
                problems.append(Problem(item.file, 1, field, f"{name!r} already names {other.id} in {other.file}"))
    return problems


def quantity_of(stored: str) -> Quantity:
    """Return the quantity of a stored name, without its case."""
    return QUANTITIES[stored.split(":", 1)[0]]
