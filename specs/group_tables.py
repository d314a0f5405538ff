# SPDX-License-Identifier: Apache-2.0
"""Reading `rules/groups.toml`: strict, and every problem with its file, line and a hint."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from chipgauge.specs.countries import CODES
from chipgauge.specs.errors import Problem, did_you_mean
from chipgauge.specs.groups import DatedSet, Firm, Group, Groups, OpenQuestion, Treated
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.records import Source
from chipgauge.specs.tables import ID, Reader, is_date, parse_toml

EVIDENCE = ("read", "secondary", "unverified", "computed")
"""How a text was read: in itself, in somebody's account of it, not yet, or worked out from what was read."""
GROUP_FIELDS = ("title", "citation", "sources", "evidence", "sets")
SET_FIELDS = ("from", "codes", "any_of", "none_of", "note")
TREATED_FIELDS = ("code", "as", "from", "citation", "evidence")
FIRM_FIELDS = ("name", "headquarters")
QUESTION_FIELDS = ("text", "rules")


def read_groups(text: str, file: str, sources: Mapping[str, Source]) -> tuple[Groups, list[Problem]]:
    """Return the groups of a `groups.toml`, or every problem in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return Groups(), problems
    reader = Reader(file, text)
    _only(raw, ("treated_as", "groups", "firms", "open_questions"), "", reader, 1)
    groups: dict[str, Group] = {}
    names: Any = raw.get("groups", {})
    if not is_table(names):
        reader.report("groups", "groups is a table of groups", "write [groups.D5]")
        names = {}
    for name, group in names.items():
        line = reader.line_of(f"[groups.{name}]")
        if not is_table(group):
            reader.report(f"groups.{name}", "a group is a table", f"write [groups.{name}]", line)
            continue
        groups[name] = _group(name, group, names, sources, reader, line)
    treated = [_treated(row, reader, n) for n, row in enumerate(_tables(raw, "treated_as", reader))]
    firms: dict[str, Firm] = {}
    given: Any = raw.get("firms", {})
    for name, firm in (given if is_table(given) else {}).items():
        line = reader.line_of(f"[firms.{name}]")
        if not is_table(firm) or not ID.fullmatch(name):
            reader.report(f"firms.{name}", "a firm is a table with an id in [a-z0-9-]", line=line)
            continue
        _only(firm, FIRM_FIELDS, f"firms.{name}", reader, line)
        _code(str(firm.get("headquarters", "")), f"firms.{name}.headquarters", reader, line)
        firms[name] = Firm(name, str(firm.get("name", name)), str(firm.get("headquarters", "")))
    questions: list[OpenQuestion] = []
    for number, question in enumerate(_tables(raw, "open_questions", reader)):
        line = reader.line_of("[[open_questions]]", number)
        _only(question, QUESTION_FIELDS, "open_questions", reader, line)
        if not isinstance(question.get("text"), str) or not question["text"]:
            reader.report("open_questions.text", "an open question is a text", 'write text = "..."', line)
        names = _texts(question, "rules", "open_questions", reader, line)
        questions.append(OpenQuestion(str(question.get("text", "")), names))
    if not reader.problems:
        _refuse_circles(groups, reader)
    return Groups(groups, tuple(treated), firms, tuple(questions)), reader.problems


def _group(
    name: str, row: dict[str, Any], names: Mapping[str, Any], sources: Mapping[str, Source], reader: Reader, line: int
) -> Group:
    path = f"groups.{name}"
    _only(row, GROUP_FIELDS, path, reader, line)
    for field in ("title", "citation"):
        if not isinstance(row.get(field), str) or not row[field]:
            reader.report(f"{path}.{field}", "a group needs this text field", line=line)
    for source in _texts(row, "sources", path, reader, line):
        if source not in sources:
            reader.report(f"{path}.sources", f"no source has the id {source[:60]!r}", line=line)
    if row.get("evidence") not in EVIDENCE:
        reader.report(f"{path}.evidence", "this says how the text was read", f"allowed: {', '.join(EVIDENCE)}", line)
    sets: list[DatedSet] = []
    for number, one in enumerate(_tables(row, "sets", reader, path)):
        here = reader.line_of(f"[[groups.{name}.sets]]", number)
        _only(one, SET_FIELDS, f"{path}.sets", reader, here)
        since = str(one.get("from", ""))
        if not (is_date(since) and len(since) == 10):
            reader.report(f"{path}.sets.from", f"{since[:40]!r} is not a day", "write 2023-11-17", here)
        lists = {field: _texts(one, field, f"{path}.sets", reader, here) for field in ("codes", "any_of", "none_of")}
        for code in lists["codes"]:
            _code(code, f"{path}.sets.codes", reader, here)
        for other in (*lists["any_of"], *lists["none_of"]):
            if other not in names:
                reader.report(
                    f"{path}.sets", f"no group is called {other[:40]!r}.{did_you_mean(other, names)}", line=here
                )
        sets.append(DatedSet(since, **lists, note=str(one.get("note", ""))))
    if not sets:
        reader.report(f"{path}.sets", "a group has at least one dated set", f"write [[groups.{name}.sets]]", line)
    for before, after in pairwise(sets):
        if after.since <= before.since:
            reader.report(f"{path}.sets", "dated sets stand in order of their days", line=line)
    texts = {field: str(row.get(field, "")) for field in ("title", "citation", "evidence")}
    return Group(name, texts["title"], texts["citation"], _texts(row, "sources", path, reader, line), texts["evidence"], tuple(sets))  # fmt: skip


def _treated(row: dict[str, Any], reader: Reader, number: int) -> Treated:
    line = reader.line_of("[[treated_as]]", number)
    _only(row, TREATED_FIELDS, "treated_as", reader, line)
    for field in ("code", "as"):
        _code(str(row.get(field, "")), f"treated_as.{field}", reader, line)
    texts = {field: str(row.get(field, "")) for field in TREATED_FIELDS}
    return Treated(texts["code"], texts["as"], texts["from"], texts["citation"], texts["evidence"])


def _refuse_circles(groups: Mapping[str, Group], reader: Reader) -> None:
    below = {
        name: {other for one in group.sets for other in (*one.any_of, *one.none_of)} for name, group in groups.items()
    }
    for name in groups:
        seen: set[str] = set()
        stack = list(below[name])
        while stack:
            other = stack.pop()
            if other not in seen:
                seen.add(other)
                stack += below[other]
        if name in seen:
            line = reader.line_of(f"[groups.{name}]")
            reader.report(f"groups.{name}", "a group is made of itself", line=line)


def _code(code: str, path: str, reader: Reader, line: int) -> None:
    if code not in CODES:
        reader.report(
            path, f"{code[:40]!r} is not a country code", "write two letters of ISO 3166, for example CN", line
        )


def _only(row: Mapping[str, Any], allowed: tuple[str, ...], path: str, reader: Reader, line: int) -> None:
    for field in row:
        if field not in allowed:
            hint = did_you_mean(field, allowed).strip() or f"allowed: {', '.join(allowed)}"
            reader.report(f"{path}.{field}".lstrip("."), "unknown field", hint, line)


def _texts(row: Mapping[str, Any], field: str, path: str, reader: Reader, line: int) -> tuple[str, ...]:
    given: Any = row.get(field, [])
    if is_list(given) and all(isinstance(one, str) for one in given):
        return tuple(given)
    reader.report(f"{path}.{field}", f"{field} is a list of texts", f'write {field} = ["..."]', line)
    return ()


def _tables(row: Mapping[str, Any], field: str, reader: Reader, path: str = "") -> list[dict[str, Any]]:
    rows: Any = row.get(field, [])
    if is_list(rows) and all(is_table(one) for one in rows):
        return rows
    reader.report(f"{path}.{field}".lstrip("."), f"{field} is an array of tables")
    return []
