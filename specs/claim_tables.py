# SPDX-License-Identifier: Apache-2.0
"""Reading the TOML of claims: one claim a file, or several as `[[claims]]`; strict, and every problem with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from chipgauge.specs.claims import CONDITIONS, EVIDENCE, Claim, ClaimReading, Expected
from chipgauge.specs.errors import Problem, TableError, UnknownName, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.rules import VERDICTS
from chipgauge.specs.tables import DATES, ID, Reader, is_date, parse_toml, read_text, too_long

CLAIM_TEXTS = {
    "id": 100,
    "says": 500,
    "by": 200,
    "date": 20,
    "evidence": 20,
    "source": 100,
    "via": 100,
    "quote": 300,
    "topic": 100,
    "sentence": 500,
    "note": 1000,
}
"""The text fields of a claim and the most characters of each."""
READING_TEXTS = {
    "id": 60,
    "says": 500,
    "expression": 4096,
    "basis": 300,
    "assumes": 500,
    "on": 10,
    "rule": 100,
    "item": 200,
    "to": 60,
    "verdict": 20,
    "missing": 500,
    "at_least": 60,
    "at_most": 60,
    "above": 60,
    "below": 60,
    "is": 5,
    "about": 60,
    "within": 20,
}
NEEDED = ("id", "says", "by", "date", "evidence", "source")
MOST_CLAIMS, MOST_READINGS = 500, 40
Bad: TypeAlias = Callable[[str, str, str], None]


def read_claims(text: str, file: str, sources: Collection[str]) -> tuple[list[Claim], list[Problem]]:
    """Return the claims of one file, or every problem in it.

    Parameters
    ----------
    sources : collection of str
        Ids of the sources that may be named; an unknown one is a problem.
    """
    raw, problems = parse_toml(text, file)
    if problems:
        return [], problems
    reader = Reader(file, text)
    many = "claims" in raw
    rows: Any = raw.get("claims", []) if many else [raw]
    if not is_list(rows) or not all(is_table(row) for row in rows):
        reader.report("claims", "claims is an array of tables", "write [[claims]] before each claim")
        return [], reader.problems
    if many:
        for field in raw.keys() - {"claims"}:
            reader.report(field, "stands before the first [[claims]]", line=reader.line_of("", 0, field))
    if len(rows) > MOST_CLAIMS:
        reader.report("claims", f"the file has {len(rows):,} claims; at most {MOST_CLAIMS}")
        return [], reader.problems
    claims: list[Claim] = []
    before = 0
    for number, row in enumerate(rows):
        if reader.full():
            break
        header = "[[claims]]" if many else ""
        claim = _claim(row, reader, sources, header, number if many else 0, before)
        before += len(row.get("readings", ())) if is_list(row.get("readings", ())) else 0
        if claim:
            if any(other.id == claim.id for other in claims):
                reader.report("id", f"{claim.id!r} is given to two claims", line=claim.line)
            claims.append(claim)
    return ([] if reader.problems else claims), reader.problems


def _claim(
    row: Mapping[str, Any], reader: Reader, sources: Collection[str], header: str, number: int, before: int
) -> Claim | None:
    found = len(reader.problems)
    line = reader.line_of(header, number) if header else 1

    def bad(field: str, message: str, hint: str = "") -> None:
        reader.report(field, message, hint, reader.line_of(header, number, field) if field in row else line)

    _texts(row, CLAIM_TEXTS, ("readings",), bad)
    for field in NEEDED:
        if field not in row or row[field] == "":
            bad(field, "a claim needs this text field", f'write {field} = "..."')
    if isinstance(row.get("id"), str) and not ID.fullmatch(row["id"]):
        bad("id", f"{row['id'][:60]!r} is not an id", "write words in [a-z0-9-], for example h200-six-times-h20")
    if isinstance(row.get("date"), str) and row["date"] and not is_date(row["date"]):
        bad("date", f"{row['date'][:40]!r} is not a date", f"write {DATES}")
    if row.get("evidence") and row["evidence"] not in EVIDENCE:
        bad("evidence", f"{str(row['evidence'])[:40]!r} is not a grade", f"allowed: {', '.join(EVIDENCE)}")
    for field in ("source", "via"):
        name = row.get(field)
        if isinstance(name, str) and name and name not in sources:
            bad(field, f"no source has the id {name[:60]!r}.{did_you_mean(name, list(sources), 1)}", "")
    if row.get("evidence") == "second-hand" and not row.get("via"):
        bad("evidence", "what was read second-hand needs the source it was read through", 'write via = "..."')
    raw: Any = row.get("readings", [])
    if not is_list(raw) or not raw or not all(is_table(one) for one in raw):
        bad("readings", "a claim has at least one reading", "write [[readings]] with an expression")
        raw = []
    if len(raw) > MOST_READINGS:
        bad("readings", f"the claim has {len(raw)} readings; at most {MOST_READINGS}")
        raw = []
    inner = "[[claims.readings]]" if header else "[[readings]]"
    readings = [_reading(one, reader, inner, before + place) for place, one in enumerate(raw)]
    kept = tuple(one for one in readings if one)
    names = [str(one.get("id", "")) for one in raw]  # also of those that were refused: one fault is one problem
    for name in sorted({name for name in names if names.count(name) > 1}):
        bad("readings", f"two readings have the id {name[:60]!r}")
    if isinstance(row.get("sentence"), str):
        for name in re.findall(r"\{([^{}]*)\}", row["sentence"]):
            if name not in names:
                bad("sentence", f"{{{name[:60]}}} is not a reading of this claim.{did_you_mean(name, names, 1)}")
    if len(reader.problems) > found:
        return None
    texts = {field: row[field] for field in CLAIM_TEXTS if field in row}
    return Claim(**texts, readings=kept, file=reader.file, line=line)


def _reading(row: Mapping[str, Any], reader: Reader, header: str, number: int) -> ClaimReading | None:
    found = len(reader.problems)
    line = reader.line_of(header, number)

    def bad(field: str, message: str, hint: str = "") -> None:
        where = reader.line_of(header, number, field) if field in row else line
        reader.report(f"readings {row.get('id', number + 1)} {field}"[:200], message, hint, where)

    _texts(row, READING_TEXTS, ("between", "set"), bad)
    for field in ("id", "says"):
        if not row.get(field):
            bad(field, "a reading needs this text field", f'write {field} = "..."')
    if isinstance(row.get("id"), str) and row["id"] and not ID.fullmatch(row["id"]):
        bad("id", f"{row['id'][:60]!r} is not an id", "write words in [a-z0-9-]")
    if sum(bool(row.get(field)) for field in ("expression", "rule", "missing")) != 1:
        bad(
            "expression",
            "a reading has an expression, or a rule with an item, or says what is missing to check it",
            'write expression = "tpp(H200)/tpp(H20)"',
        )
    if isinstance(row.get("on"), str) and row["on"] and not (is_date(row["on"]) and len(row["on"]) == 10):
        bad("on", f"{row['on'][:40]!r} is not a day", "write 2025-04-20")
    if row.get("rule"):
        for field in ("item", "verdict"):
            if not row.get(field):
                bad(field, "a reading by a rule needs the item and the verdict it must get", 'verdict = "crosses"')
        if row.get("verdict") and row["verdict"] not in VERDICTS:
            bad("verdict", f"{str(row['verdict'])[:40]!r} is not a verdict", f"allowed: {', '.join(VERDICTS)}")
        expected = Expected("verdict", (str(row.get("verdict", "")),))
    elif row.get("missing") and not any(name in row for name in CONDITIONS):
        expected = Expected("known", ())
    else:
        expected = _expected(row, bad)
    given: Any = row.get("set", [])
    if not is_list(given) or len(given) > 20 or not all(isinstance(one, str) and len(one) <= 500 for one in given):
        bad("set", "set is a list of at most 20 texts", "set = ['peak.bf16(910C)=780 TFLOP/s']")
    if len(reader.problems) > found:
        return None
    names = ("id", "says", "expression", "basis", "assumes", "on", "rule", "item", "to", "missing")
    texts = {field: row[field] for field in names if field in row}
    asked = next((field for field in ("expression", "rule", "missing") if field in row), "id")
    place = reader.line_of(header, number, asked)
    return ClaimReading(**texts, expected=expected, given=tuple(given), line=place)


def _expected(row: Mapping[str, Any], bad: Bad) -> Expected:
    stated = [name for name in CONDITIONS if name in row]
    nothing = Expected("is", ("yes",))
    if len(stated) != 1:
        bad("id", "a reading says once what its value must be", f"one of: {', '.join(CONDITIONS)}")
        return nothing
    name, value = stated[0], row[stated[0]]
    if name == "between":
        if not is_list(value) or len(value) != 2 or not all(isinstance(end, str) and len(end) <= 60 for end in value):
            bad("between", "between is a list of two texts", 'write between = ["5.5", "6"]')
            return nothing
        return Expected(name, (value[0], value[1]))
    if name == "about":
        if not row.get("within"):
            bad("within", "about needs how near", 'write within = "5%"')
        return Expected(name, (str(value), str(row.get("within", ""))))
    if name == "is" and value not in ("yes", "no"):
        bad("is", f"{str(value)[:40]!r} is neither yes nor no", 'write is = "yes"')
    return Expected(name, (str(value),))


def _texts(row: Mapping[str, Any], allowed: Mapping[str, int], others: Iterable[str], bad: Bad) -> None:
    names = (*allowed, *others)
    for field, value in row.items():
        if field not in names:
            bad(field[:60], "unknown field", did_you_mean(field, names).strip() or f"allowed: {', '.join(names)}")
        elif field in allowed and not isinstance(value, str):
            bad(field, "this field is a text", f'write {field} = "..."')
        elif field in allowed and len(value) > allowed[field]:
            bad(field, too_long(value, allowed[field]), "")


def read_claim_files(
    paths: Iterable[Path], sources: Collection[str], name_of: Callable[[Path], str] = str
) -> tuple[list[Claim], list[Problem]]:
    """Return the claims of some files in order, with every problem in them."""
    claims: list[Claim] = []
    problems: list[Problem] = []
    for path in paths:
        text, found = read_text(path, name_of(path), begin='begin with id = "..."; CONTRIBUTING.md shows a claim')
        if not found:
            some, found = read_claims(text, name_of(path), sources)
            claims += some
        problems += found
    return claims, problems


def shipped_claims(sources: Collection[str], only: Iterable[str] = ()) -> list[Claim]:
    """Return the claims of the ledger in the order of their ids; with `only`, just those, read from their own files.

    Raises
    ------
    UnknownName
        The ledger has no claim of such an id.
    TableError
        A shipped file is broken.
    """
    folder = Path(__file__).parent / "data" / "claims"
    paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    wanted = tuple(only)
    for name in wanted:
        if name not in paths:
            near = did_you_mean(name, paths) or " `chipgauge claims` lists them."
            raise UnknownName(f"no claim has the id {name[:60]!r}.{near}")
    chosen = [paths[name] for name in wanted] or [*paths.values()]
    claims, problems = read_claim_files(chosen, sources, lambda path: f"claims/{path.name}")
    if problems:
        raise TableError(problems)
    return claims
