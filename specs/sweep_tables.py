# SPDX-License-Identifier: Apache-2.0
"""Reading a sweep: what is asked, and over which values of which numbers, items and dates. Strict: file, line, hint."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chipgauge.specs.errors import Problem, TableError, UnitError, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.tables import MOST_TEXT, Reader, is_date, parse_toml, read_text
from chipgauge.specs.units import Dimension, Unit, parse_value

HEAD = ("name", "says", "answers", "vary", "sample")
NUMBERS = ("name", "set", "from", "to", "steps", "scale", "values", "likely")
CHOICES = ("name", "items", "on")
MOST_ANSWERS, MOST_AXES, MOST_VALUES, MOST_STEPS = 20, 20, 1_000, 100_000_000
MOST_CASES = 4_096
MOST_POINTS = 2**30
"""Points of a Sobol sequence of 30 bits."""
MOST_ROWS = 10**12
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Axis:
    """A number that varies, in base units: `values`, or `steps` from `low` to `high`, evenly or by equal ratios.

    `set` is the figure it replaces, as `peak.bf16(910C)`; without one, expressions call it by its name. In a sample it is
    drawn evenly between its ends (or by equal ratios), or triangular around `likely`.
    """

    name: str
    set: str
    low: float
    high: float
    steps: int
    values: tuple[float, ...]
    ratios: bool
    likely: float | None
    unit: Unit
    line: int

    @property
    def size(self) -> int:
        """How many values it has in a grid."""
        return len(self.values) or self.steps


@dataclass(frozen=True, slots=True)
class Choice:
    """Items that take the place of `{name}` in the expressions, or dates of prices and law (`name` is then `on`).

    `figure`: they are values of a figure that is set, in their order.
    """

    name: str
    texts: tuple[str, ...]
    line: int
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep as its file says it; `points` is 0 for a grid. `text` is the file."""

    file: str
    text: str
    name: str
    says: str
    answers: dict[str, str]
    lines: dict[str, int]
    axes: tuple[Axis, ...]
    choices: tuple[Choice, ...]
    points: int
    seed: int

    @property
    def cases(self) -> int:
        """How many combinations of items and dates there are."""
        return math.prod(len(choice.texts) for choice in self.choices)

    @property
    def rows_each(self) -> int:
        """How many rows a case has."""
        return self.points or math.prod(axis.size for axis in self.axes)

    @property
    def rows(self) -> int:
        """How many scenarios there are."""
        return self.cases * self.rows_each


class _Axes:
    """Reads the `[[vary]]` tables, each problem with its line."""

    def __init__(self, reader: Reader, sampled: bool) -> None:
        self.reader, self.sampled = reader, sampled
        self.row: dict[str, Any] = {}
        self.index = 0

    def bad(self, field: str, message: str, hint: str = "") -> None:
        line = self.reader.line_of("[[vary]]", self.index, field)
        self.reader.report(f"vary[{self.index}] {field}", message, hint, line)

    def read(self) -> Axis | Choice | None:
        before = len(self.reader.problems)
        allowed = CHOICES if {"items", "on"} & self.row.keys() else NUMBERS
        for field in self.row:
            if field not in allowed:
                hint = did_you_mean(field, allowed).strip() or f"allowed: {', '.join(allowed)}"
                self.bad(field, "unknown field", hint)
        if len(self.reader.problems) > before:
            return None
        made = self.choice() if allowed is CHOICES else self.axis()
        return made if len(self.reader.problems) == before else None

    def choice(self) -> Choice | None:
        kind = "on" if "on" in self.row else "items"
        given = self.row[kind]
        if kind == "items":
            self.named()
        elif "name" in self.row or "items" in self.row:
            self.bad("on", "dates stand alone", 'write on = ["2025-01-01", "2026-01-01"] and nothing beside it')
        if not is_list(given) or not given or not all(isinstance(text, str) and text.strip() for text in given):
            self.bad(kind, f"{kind} is a list of texts", f'write {kind} = ["...", "..."]')
            return None
        if len(given) > MOST_VALUES or any(len(text) > 200 for text in given) or len(set(given)) < len(given):
            self.bad(kind, f"{kind} holds at most {MOST_VALUES:,} different texts of at most 200 characters")
            return None
        if not all(text.isprintable() for text in given):
            self.bad(kind, f"{kind} holds a text with a line end or a control character")
            return None
        texts = tuple(str(text).strip() for text in given)
        for text in texts if kind == "on" else ():
            if not (re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) and is_date(text)):
                self.bad(kind, f"{text[:40]!r} is no day of the calendar", "a date is written 2025-04-20")
        return Choice("on" if kind == "on" else str(self.row.get("name")), texts, self.line)

    @property
    def line(self) -> int:
        return self.reader.line_of("[[vary]]", self.index)

    def named(self) -> None:
        name = self.row.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name) or name == "on":
            self.bad("name", "a name is a word in small letters", 'write name = "share", and share in the expressions')

    def axis(self) -> Axis | None:
        setting = self.row.get("set", "")
        if "set" not in self.row:
            self.named()
        elif not isinstance(setting, str) or not re.fullmatch(r"[a-z0-9_.:-]{1,80}\s*\(.{1,200}\)", setting):
            self.bad("set", f"{str(setting)[:60]!r} is no figure of an item", 'write set = "peak.bf16(910C)"')
        elif "name" in self.row:
            self.bad("name", "a figure is set, or a number is named, not both")
        if "values" in self.row and {"from", "to", "steps", "scale", "likely"} & self.row.keys():
            self.bad("values", "values stand alone", "or write from, to and steps")
            return None
        values: tuple[float, ...] = ()
        if "values" in self.row:
            given = self.row["values"]
            if not is_list(given) or not 1 <= len(given) <= MOST_VALUES:
                self.bad("values", f"values is a list of 1 to {MOST_VALUES:,} numbers")
                return None
            if self.sampled:
                self.bad("values", "a sample draws between two ends", "write from and to")
            read = [self.number("values", value) for value in given]
        else:
            read = [self.number(end, self.row.get(end)) for end in ("from", "to")]
            if "likely" in self.row:
                read.append(self.number("likely", self.row["likely"]))
        numbers = [value for value in read if value is not None]
        if len(numbers) < len(read):
            return None
        if len({dimension for _, _, dimension in numbers}) > 1:
            self.bad("values" if "values" in self.row else "to", "all have one unit: these differ in dimension")
            return None
        found, unit = [value for value, _, _ in numbers], numbers[0][1]
        steps = 1
        if "values" in self.row:
            values = tuple(found)
        else:
            steps = self.steps()
            if not found[0] < found[1] and (steps > 1 or self.sampled):
                self.bad("to", "to lies above from")
        ratios = self.row.get("scale", "linear") == "log"
        if self.row.get("scale", "linear") not in ("linear", "log") or (ratios and found[0] <= 0):
            self.bad("scale", "scale is linear or log, and log begins above zero")
        elif ratios and not math.isfinite(found[1] / found[0]):
            self.bad("scale", "a log scale reaches over a ratio of at most 1e308")
        likely = found[2] if len(found) > 2 and "likely" in self.row else None
        if likely is not None and (ratios or not self.sampled or not found[0] <= likely <= found[1]):
            self.bad("likely", "likely lies between from and to, in a sample, without a scale")
        name = str(self.row.get("name") or setting)
        return Axis(name, setting, found[0], found[-1 if values else 1], steps, values, ratios, likely, unit, self.line)

    def steps(self) -> int:
        steps = self.row.get("steps", 1 if self.sampled else None)
        if type(steps) is not int or not 1 <= steps <= MOST_STEPS or (self.sampled and "steps" in self.row):
            hint = "a sample has no steps" if self.sampled else "write steps = 101"
            self.bad("steps", f"steps is a whole number from 1 to {MOST_STEPS:,}", hint)
            return 1
        return steps

    def number(self, field: str, given: Any) -> tuple[float, Unit, Dimension] | None:
        shown = str(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else given
        try:
            if not isinstance(shown, str) or len(shown) > 100:
                raise UnitError(f"{str(given)[:40]!r} is no number")
            value, _, unit = parse_value(shown)
            if not math.isfinite(value):
                raise UnitError(f"{str(given)[:40]!r} is no finite number")
        except UnitError as error:
            self.bad(field, str(error), f'write {field} = 3 or {field} = "3 TB/s"')
            return None
        return value, unit, unit.dimension


def read_sweep(text: str, file: str) -> tuple[Sweep | None, list[Problem]]:
    """Return the sweep of a file, with every problem in it."""
    raw, problems = parse_toml(text, file)
    if problems:
        return None, problems
    reader = Reader(file, text)
    for field in raw:
        if field not in HEAD:
            hint = did_you_mean(field, HEAD).strip() or f"allowed: {', '.join(HEAD)}"
            reader.report(field, "unknown field", hint, reader.line_of("", 0, field))
    for field in ("name", "says"):
        given = raw.get(field, "")
        if not isinstance(given, str) or len(given) > MOST_TEXT:
            reader.report(field, "this field is a text", f'write {field} = "..."', reader.line_of("", 0, field))
    answers, lines = _answers(raw, reader)
    points, seed = _sample(raw, reader)
    axes, choices = _vary(raw, reader, points > 0)
    made = Sweep(
        file, text, str(raw.get("name", "")), str(raw.get("says", "")), answers, lines, tuple(axes), tuple(choices),
        points, seed,
    )  # fmt: skip
    if not reader.problems:
        if made.cases > MOST_CASES:
            reader.report("vary", f"{made.cases:,} combinations of items and dates; at most {MOST_CASES:,}")
        if made.rows > MOST_ROWS:
            reader.report("vary", f"{made.rows:,} scenarios; at most {MOST_ROWS:,}", "take fewer steps, or a [sample]")
        if points and not axes:
            reader.report("sample", "a sample needs a number that varies", line=reader.line_of("[sample]"))
    return (None, reader.problems) if reader.problems else (made, [])


def _answers(raw: dict[str, Any], reader: Reader) -> tuple[dict[str, str], dict[str, int]]:
    given: Any = raw.get("answers", {})
    if not is_table(given) or not 1 <= len(given) <= MOST_ANSWERS:
        hint = 'write [answers], and below it ratio = "tpp(H200)/tpp(H20)"'
        reader.report("answers", f"a sweep has 1 to {MOST_ANSWERS} answers", hint, reader.line_of("[answers]"))
        return {}, {}
    lines = {name: reader.line_of("[answers]", 0, name) for name in given}
    for name, expression in given.items():
        if not NAME.fullmatch(name):
            reader.report(f"answers.{name}", "the name of an answer is a word in small letters", line=lines[name])
        if not isinstance(expression, str) or not expression.strip():
            reader.report(f"answers.{name}", "an answer is an expression in quotes", line=lines[name])
    return {name: str(expression) for name, expression in given.items()}, lines


def _sample(raw: dict[str, Any], reader: Reader) -> tuple[int, int]:
    given: Any = raw.get("sample")
    if given is None:
        return 0, 0
    if not is_table(given) or set(given) - {"points", "seed"}:
        reader.report("sample", "a sample has points and a seed", "write points = 65536", reader.line_of("[sample]"))
        return 0, 0
    points, seed = given.get("points"), given.get("seed", 0)
    if type(points) is not int or not 1 <= points <= MOST_POINTS:
        line = reader.line_of("[sample]", 0, "points")
        reader.report("sample.points", f"points is a whole number from 1 to {MOST_POINTS:,}", "points = 65536", line)
        points = 1
    if type(seed) is not int or not 0 <= seed < 2**32:
        line = reader.line_of("[sample]", 0, "seed")
        reader.report("sample.seed", "seed is a whole number from 0 to 4,294,967,295", "seed = 1", line)
        seed = 0
    return points, seed


def _vary(raw: dict[str, Any], reader: Reader, sampled: bool) -> tuple[list[Axis], list[Choice]]:
    given: Any = raw.get("vary", [])
    if not is_list(given) or not all(is_table(row) for row in given) or not 1 <= len(given) <= MOST_AXES:
        hint = "write [[vary]] before each"
        reader.report("vary", f"vary is an array of 1 to {MOST_AXES} tables", hint, reader.line_of("", 0, "vary"))
        return [], []
    rows = _Axes(reader, sampled)
    found: list[Axis | Choice] = []
    for index, row in enumerate(given):
        rows.row, rows.index = row, index
        if (made := rows.read()) is not None:
            if any(made.name == other.name for other in found):
                rows.bad("name", f"{made.name[:60]!r} is varied twice")
            found.append(made)
    return [row for row in found if isinstance(row, Axis)], [row for row in found if isinstance(row, Choice)]


def load_sweep(path: Path) -> Sweep:
    """Return the sweep of a file.

    Raises
    ------
    TableError
        With every problem in the file: its line, what was found, what to write.
    """
    text, problems = read_text(path, str(path), begin='begin with name = "..." and [answers]; docs/sweep.md shows one')
    sweep, more = read_sweep(text, str(path)) if not problems else (None, [])
    if sweep is None:
        raise TableError(problems + more)
    return sweep


__all__ = ["Axis", "Choice", "Sweep", "load_sweep", "read_sweep"]
