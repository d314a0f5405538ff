# SPDX-License-Identifier: Apache-2.0
"""Reading the TOML tables: strict, bounded, and every problem with its file, line, field and a hint.

Files come from strangers. Nothing in them is executed, no path in them is opened, and size and depth are bounded.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from chipgauge.specs import plain_toml
from chipgauge.specs.errors import Problem, did_you_mean
from chipgauge.specs.guards import is_table
from chipgauge.specs.records import SOURCE_KINDS, Source

MOST_BYTES = 1_000_000
"""A table larger than this is refused before it is read."""
MOST_TEXT = 2_000
MOST_NAME = 200
MOST_DOTS = 1_000
"""A line with more dots is refused: the parser takes quadratic time for a dotted key."""
MOST_PROBLEMS = 100
"""Reading of a file stops after so many problems."""

SOURCE_FIELDS = ("publisher", "title", "url", "kind", "date", "accessed", "licence", "archive", "independent")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(?P<day>[0-9]{2}))?|-Q[1-4]|-H[12])?")
DATES = "2026, 2026-Q1, 2026-H1, 2026-03 or 2026-03-01"


class Reader:
    """Collects the problems of one file while its fields are read."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file: looked at only where a problem needs one."""
        return self._text.split("\n")

    @cached_property
    def spans(self) -> dict[str, list[tuple[int, int]]]:
        """Where the tables stand: header -> first line and end of each."""
        marks = [number for number, line in enumerate(self.lines, 1) if line.lstrip().startswith("[")]
        ends = [*marks, len(self.lines) + 1]
        spans: dict[str, list[tuple[int, int]]] = {"": [(1, ends[0])]}
        for start, end in zip(marks, ends[1:], strict=True):
            spans.setdefault(self.lines[start - 1].split("#")[0].strip(), []).append((start, end))
        return spans

    def report(self, path: str, message: str, hint: str = "", line: int = 1) -> None:
        """Add a problem; of the names in a file only what can be printed is kept."""
        path = "".join(c if c.isprintable() else "?" for c in path[:200])
        self.problems.append(Problem(self.file, line, path, message, hint))

    def full(self) -> bool:
        """Whether reading stops here, because the file has too many problems; says so once."""
        if len(self.problems) == MOST_PROBLEMS:
            self.report("", f"more than {MOST_PROBLEMS} problems; the rest of the file was not read")
        return len(self.problems) >= MOST_PROBLEMS

    def line_of(self, header: str, index: int = 0, key: str = "") -> int:
        """Return the line of `key` in the `index`-th table that begins with `header`, else of the table itself."""
        spans = self.spans.get(header, [])
        if index >= len(spans):
            return 1
        start, end = spans[index]
        if not key:
            return start
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        for number in range(start, end):
            if pattern.match(self.lines[number - 1]):
                return number
        own = self.spans.get(f"[{key}]") or self.spans.get(f"[[{key}]]") if not header else None
        return own[0][0] if own else start


def read_text(
    path: Path, name: str, *, form: str = "TOML", begin: str = "", most: int = MOST_BYTES
) -> tuple[str, list[Problem]]:
    """Return the text of a table file, or the problem that keeps it from being read.

    Parameters
    ----------
    form : str
        What the file must be, TOML or CSV; `begin` says how such a file begins, `most` is its greatest size. [byte]
    """
    shown, kind = name or str(path), f"a table is a {form} text file"
    try:
        about = path.stat()
        size = about.st_size
        if S_ISDIR(about.st_mode):
            return "", [Problem(shown, 1, "", "this is a directory", f"name a .{form.lower()} file in it")]
        if not S_ISREG(about.st_mode):
            return "", [Problem(shown, 1, "", "this is a device or a pipe, not a file", f"name a .{form.lower()} file")]
        if size > most:
            return "", [Problem(shown, 1, "", f"the file has {size:,} bytes; a table has at most {most:,}")]
        raw = path.read_bytes()
    except OSError as error:
        return "", [Problem(shown, 1, "", f"cannot be read: {error.strerror or error}")]
    if not raw.strip():
        return "", [Problem(shown, 1, "", "the file is empty", begin)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [Problem(shown, line, "", "this is not UTF-8 text", kind)]
    if "\0" in text:
        return "", [Problem(shown, 1, "", "this is a binary file, not a table", kind)]
    return text, []


def parse_toml(text: str, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parsed TOML, or a problem with its line."""
    plain = plain_toml.read(text)
    if plain is not None:
        return plain, []
    import tomllib

    for number, row in enumerate(text.split("\n"), 1):
        if row.count(".") > MOST_DOTS:
            return {}, [Problem(file, number, "", "not a table: nested too deeply")]
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        hint = "a key or table is given twice" if "overwrite" in message or "twice" in message else ""
        line = int(found[1]) if found else max(1, text.count("\n"))
        return {}, [Problem(file, line, "", f"not valid TOML: {message[:200]}", hint)]
    except ValueError:
        return {}, [Problem(file, 1, "", "not a table: it holds a number of thousands of digits")]
    except RecursionError:
        return {}, [Problem(file, 1, "", "not a table: nested too deeply")]


def read_sources(text: str, file: str) -> tuple[dict[str, Source], list[Problem]]:
    """Return the sources of a `sources.toml`."""
    raw, problems = parse_toml(text, file)
    reader = Reader(file, text)
    sources: dict[str, Source] = {}
    for name, fields in raw.items():
        if reader.full():
            break
        line = reader.line_of(f"[{name}]")
        if not is_table(fields) or not ID.fullmatch(name):
            reader.report(name, "a source is a table [id] with an id in [a-z0-9-]", line=line)
            continue
        for field, value in fields.items():
            if field not in SOURCE_FIELDS:
                hint = did_you_mean(field, SOURCE_FIELDS).strip() or f"allowed: {', '.join(SOURCE_FIELDS)}"
                reader.report(f"{name}.{field}", "unknown field", hint, line)
            elif field == "independent" and not isinstance(value, bool):
                reader.report(f"{name}.{field}", "independent is true or false", line=line)
            elif field != "independent" and not isinstance(value, str):
                reader.report(f"{name}.{field}", "this field is a text", f'write {field} = "..."', line)
            elif isinstance(value, str) and len(value) > MOST_TEXT:
                reader.report(f"{name}.{field}", too_long(value, MOST_TEXT), line=line)
        for field in ("publisher", "title", "url", "kind"):
            if field not in fields:
                reader.report(f"{name}.{field}", "a source needs this text field", line=line)
        if fields.get("kind") not in SOURCE_KINDS:
            reader.report(
                f"{name}.kind",
                f"{str(fields.get('kind'))[:60]!r} is not a kind of source",
                f"allowed: {', '.join(SOURCE_KINDS)}",
                line,
            )
        for field in ("url", "archive"):
            url = str(fields.get(field, ""))
            if url and not re.fullmatch(r"https?://[^\s\"'<>]+", url):
                reader.report(f"{name}.{field}", f"{url[:60]!r} is not a web address", "begin with https://", line)
        for field in ("date", "accessed"):
            if fields.get(field) and not is_date(str(fields[field])):
                reader.report(f"{name}.{field}", f"{str(fields[field])[:40]!r} is not a date", f"write {DATES}", line)
        if not any(p.path.split(".")[0] == name for p in reader.problems):
            known = {key: value for key, value in fields.items() if key in SOURCE_FIELDS}
            sources[name] = Source(id=name, **known)
    return sources, problems + reader.problems


def is_date(text: str) -> bool:
    """Tell whether a text is a date of the calendar as tables write it: a year, quarter, half, month or day.

    >>> is_date("2024-Q4"), is_date("2024-02-29"), is_date("2023-02-29"), is_date("soon")
    (True, True, False, False)
    """
    found = _DATE.fullmatch(text)
    if not found or not found["day"]:
        return bool(found)
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def too_long(text: str, most: int) -> str:
    return f"the text has {len(text):,} characters; at most {most:,}"
