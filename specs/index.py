# SPDX-License-Identifier: Apache-2.0
"""Building the index from the tables (`make index`), and reading a folder or a file of somebody's own tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from chipgauge.specs.catalog import entry_line
from chipgauge.specs.errors import Problem, TableError, UnknownName, did_you_mean
from chipgauge.specs.group_tables import read_groups
from chipgauge.specs.groups import Groups
from chipgauge.specs.item_tables import ITEM_KINDS, check_names, read_item
from chipgauge.specs.records import Entry, Item, Source, normal
from chipgauge.specs.rule_checks import check_rules
from chipgauge.specs.rule_tables import read_rule
from chipgauge.specs.rules import Rule
from chipgauge.specs.tables import MOST_PROBLEMS, Reader, parse_toml, read_sources, read_text

MOST_FILES = 20_000
GROUPS_FILE = "groups.toml"


BEGIN = 'begin with id = "maker-model"; CONTRIBUTING.md shows a whole table'


def data_folder() -> Path:
    """Return the folder of our own tables."""
    return Path(__file__).with_name("data")


Tables = tuple[list[tuple[Item, list[Entry]]], dict[str, Source], list[Problem]]


def read_folder(folder: Path, sources: Mapping[str, Source] | None = None, known: Iterable[Item] = ()) -> Tables:
    """Return the items, sources and problems of a folder of tables.

    `sources` are records from elsewhere that the folder may name; `known` are items whose ids and aliases it may not
    take.
    """
    if not folder.is_dir():
        return [], {}, [Problem(str(folder), 1, "", "no such folder", "name a folder of .toml files")]
    problems: list[Problem] = []
    known = list(known)
    own: dict[str, Source] = {}
    for path in sorted(folder.glob("sources*.toml")):
        text, found = read_text(path, path.name)
        more, wrong = read_sources(text, path.name) if not found else ({}, [])
        taken = {**(sources or {}), **own}
        clash = [name for name in more if taken.get(name, more[name]) != more[name]]
        problems += found + wrong + [Problem(path.name, 1, name, "another source has this id") for name in clash]
        own.update(more)
    named = {**(sources or {}), **own}
    items: list[tuple[Item, list[Entry]]] = []
    tables = _tables(folder)
    if len(tables) > MOST_FILES:
        problems.append(Problem(str(folder), 1, "", f"{len(tables):,} tables; a folder has at most {MOST_FILES:,}"))
    for path, kind in tables[:MOST_FILES]:
        name = path.relative_to(folder).as_posix()
        item, entries, found = _read_file(path, name, kind, named)
        problems += found
        if item:
            items.append((item, entries))
    wrong = check_names([*known, *(item for item, _ in items)]) + _check_contents(items, known)
    for problem in wrong[:MOST_PROBLEMS]:
        problems.append(_located(problem, read_text(folder / problem.file, problem.file)[0]))
    problems += wrong[MOST_PROBLEMS:]
    return items, own, problems


def read_rules(
    folder: Path,
    sources: Mapping[str, Source],
    known: Iterable[Rule] = (),
    groups: Groups | None = None,
    items: Iterable[str] = (),
) -> tuple[list[Rule], Groups, list[Problem]]:
    """Return the rules, groups and problems of `DIR/rules/`; `known` rules and `groups` from elsewhere may be named.

    `items` are the ids of the items that rules may name; where none are given, those names are not checked.
    """
    problems: list[Problem] = []
    rules: list[Rule] = []
    files: dict[str, tuple[str, str]] = {}
    own = folder / "rules" / GROUPS_FILE
    if own.is_file():
        text, problems = read_text(own, f"rules/{GROUPS_FILE}")
        if not problems:
            groups, problems = read_groups(text, f"rules/{GROUPS_FILE}", sources)
    for path in sorted((folder / "rules").glob("*.toml")):
        if path.name == GROUPS_FILE:
            continue
        name = f"rules/{path.name}"
        text, found = read_text(path, name)
        rule, wrong = read_rule(text, name, sources) if not found else (None, found)
        problems += wrong
        if rule is None:
            continue
        if rule.id in files:
            problems.append(Problem(name, 1, "id", f"{rule.id!r} already names the rule of {files[rule.id][0]}"))
        rules.append(rule)
        files[rule.id] = (name, text)
    groups = groups or Groups()
    if not problems:
        others = [rule for rule in known if rule.id not in files]
        problems = check_rules([*others, *rules], groups, files, items)
    return rules, groups, problems


def _tables(folder: Path) -> list[tuple[Path, str]]:
    plain = [
        (path, "chip") for path in folder.glob("*.toml") if not path.name.startswith(("sources", "meta", "constants"))
    ]
    kinds = [(path, kind) for name, kind in ITEM_KINDS.items() for path in folder.glob(f"{name}/*.toml")]
    constants = [(path, "constant") for path in folder.glob("constants.toml")]
    return sorted([*plain, *kinds, *constants])


def _read_file(
    path: Path, name: str, kind: str, sources: Mapping[str, Source]
) -> tuple[Item | None, list[Entry], list[Problem]]:
    text, problems = read_text(path, name, begin=BEGIN)
    if problems:
        return None, [], problems
    item, entries, problems = read_item(text, name, kind, sources)
    return item, entries, problems


def _check_contents(items: list[tuple[Item, list[Entry]]], known: Iterable[Item]) -> list[Problem]:
    chips = {item.id for item in (*known, *(item for item, _ in items)) if item.kind == "chip"}
    wrong = [
        Problem(
            item.file,
            1,
            f"{entry.key} of",
            f"{entry.of[:60]!r} is not the id of a chip",
            did_you_mean(entry.of, sorted(chips)).strip(),
        )
        for item, entries in items
        for entry in entries
        if entry.of and entry.of not in chips
    ]
    return wrong + [
        Problem(item.file, 1, "same_die", f"{item.same_die[:60]!r} is not the id of a chip")
        for item, _ in items
        if item.same_die and item.same_die not in chips
    ]


def lint_file(path: Path, sources: Mapping[str, Source], known: Iterable[Item]) -> list[Problem]:
    """Return every problem of one contributed file (sources beside it, in `sources.toml`, may be named)."""
    name = str(path)
    text, problems = read_text(path, name, begin=BEGIN)
    if problems:
        return problems
    if path.name.startswith("sources"):
        return read_sources(text, name)[1]
    raw, problems = parse_toml(text, name)
    if problems:
        return problems
    if path.parent.name == "scenarios" or "flows" in raw:
        from chipgauge.specs.scenario_tables import read_scenario

        return read_scenario(text, name, sources, _chip_names(known))[1]
    if holds_claims(path, raw):
        from chipgauge.specs.claim_tables import read_claims

        return read_claims(text, name, sources)[1]
    law = path.parent.name == "rules" or "limbs" in raw
    above = path.parent.parent if law or path.parent.name in ITEM_KINDS else path.parent
    if law:
        return _lint_law(path, name, text, {**sources, **_sources_near(path.parent, above)}, known)
    for beside in dict.fromkeys((path.parent / "sources.toml", above / "sources.toml")):
        if not beside.is_file():
            continue
        more, wrong = read_text(beside, str(beside))
        extra, found = read_sources(more, str(beside)) if not wrong else ({}, wrong)
        sources = {**sources, **extra}
        problems += found
    stated = raw.get("kind") if raw.get("kind") in ITEM_KINDS.values() else "chip"
    kind = ITEM_KINDS.get(path.parent.name, str(stated))
    item, entries, found = read_item(text, name, kind, sources)
    problems += found
    if item:
        others = [other for other in known if normal(other.id) != normal(item.id)]
        wrong = check_names([*others, item]) + _check_contents([(item, entries)], others)
        problems += [_located(problem, text) for problem in wrong[:MOST_PROBLEMS]]
    return problems


def holds_claims(path: Path, raw: Mapping[str, object]) -> bool:
    """Tell whether a file that was read as TOML is one of claims."""
    return path.parent.name == "claims" or not raw.keys().isdisjoint(("readings", "claims"))


def _sources_near(*folders: Path) -> dict[str, Source]:
    """Return the sources of the files beside a rule or above it; what is wrong with them is theirs to say."""
    found: dict[str, Source] = {}
    for folder in folders:
        for path in sorted(folder.glob("sources*.toml")):
            text, wrong = read_text(path, path.name)
            found |= read_sources(text, path.name)[0] if not wrong else {}
    return found


@cache
def _shipped_rules() -> tuple[list[Rule], Groups]:
    """Return our own rules and groups; read once, however many files are checked against them."""
    return read_rules(data_folder(), _sources_near(data_folder()))[:2]


def _lint_law(path: Path, name: str, text: str, sources: Mapping[str, Source], known: Iterable[Item]) -> list[Problem]:
    """Return the problems of a rule file, or of a file of groups; it may name our rules and those beside it."""
    if path.name == GROUPS_FILE:
        return read_groups(text, name, sources)[1]
    rule, problems = read_rule(text, name, sources)
    if rule is None:
        return problems
    shipped, groups = _shipped_rules()
    ours = path.parent.parent.resolve() == data_folder().resolve()
    beside, own, _ = (shipped, groups, []) if ours else read_rules(path.parent.parent, sources, shipped, groups)
    others = {one.id: one for one in (*shipped, *beside)} | {rule.id: rule}
    near = read_folder(path.parent.parent, sources, known)[0] if rule.items else []
    items = [item.id for item in (*known, *(item for item, _ in near))]
    return check_rules(others.values(), own, {rule.id: (name, text)}, items)


def _chip_names(known: Iterable[Item]) -> Callable[[str], str]:
    names = {
        normal(name): item.id for item in known if item.kind == "chip" for name in (item.id, item.name, *item.aliases)
    }

    def chip(name: str) -> str:
        if normal(name) not in names:
            raise UnknownName(f"no chip is called {name[:60]!r}.{did_you_mean(name, names)}")
        return names[normal(name)]

    return chip


def _located(problem: Problem, text: str) -> Problem:
    """Return a problem with the line on which its field stands."""
    field = problem.path.rpartition(" ")[2]
    header = "[[figures]]" if field == "of" else ""
    reader = Reader(problem.file, text)
    lines = [reader.line_of(header, place, field) for place in range(len(reader.spans.get(header, [])))] or [1]
    quoted = problem.message[1:].partition("'")[0]
    return problem._replace(line=next((line for line in lines if quoted in reader.lines[line - 1]), lines[0]))


def build() -> str:
    """Return the text of the index: the data date, the items, every entry and every source, in a fixed order."""
    folder = data_folder()
    items, sources, problems = read_folder(folder)
    if problems:
        raise TableError(problems)
    meta, _ = parse_toml((folder / "meta.toml").read_text("utf-8"), "meta.toml")
    lines = [json.dumps({"as_of": str(meta["as_of"])})]
    for item, _ in items:
        raw: dict[str, object] = {"item": item.id, "kind": item.kind, "name": item.name, "maker": item.maker}
        raw |= {"aliases": list(item.aliases)} if item.aliases else {}
        raw |= {"same_die": item.same_die} if item.same_die else {}
        raw |= {"country": item.country} if item.country else {}
        lines.append(json.dumps({**raw, "file": item.file}, ensure_ascii=False))
    rules, groups, problems = read_rules(folder, sources, items=[item.id for item, _ in items])
    if problems:
        raise TableError(problems)
    lines.append(json.dumps({"groups": "all", "record": groups.plain()}, ensure_ascii=False))
    for rule in rules:
        lines.append(json.dumps({"rule": rule.id, "rule_record": rule.plain()}, ensure_ascii=False))
    for name in sorted(sources):
        kept = ("publisher", "title", "url", "kind")
        fields = {field: value for field, value in sources[name]._asdict().items() if value or field in kept}
        raw = {"source": fields.pop("id"), **fields}
        lines.append(json.dumps(raw, ensure_ascii=False))
    for _, entries in items:
        roles = {entry.key: sum(other.key == entry.key for other in entries) for entry in entries}
        for entry in sorted(entries, key=lambda entry: entry.key):
            line = entry_line(entry)
            if not entry.role and roles[entry.key] == 1:
                line = line.replace('"role": ""', '"role": "adopted"')
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write `index.jsonl` and `units.json`; print every problem and return 1 if there is one."""
    from chipgauge.specs.units import compile_table

    table = compile_table()
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table["units"].items())
    (data_folder() / "units.json").write_text(
        f'{{"base": {json.dumps(table["base"])},\n "units": {{\n{rows}\n }}}}\n', "utf-8"
    )
    try:
        text = build()
    except TableError as error:
        print(error, file=sys.stderr)
        return 1
    (data_folder() / "index.jsonl").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
