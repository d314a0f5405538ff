# SPDX-License-Identifier: Apache-2.0
"""Reading a scenario: what flows to whom in which year, under which policy. Strict: file, line, field, hint."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from chipgauge.specs.errors import ChipgaugeError, Problem, TableError, UnknownName, did_you_mean
from chipgauge.specs.guards import is_list, is_table
from chipgauge.specs.quantities import H100E_BASES
from chipgauge.specs.records import Item
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.tables import ID, MOST_TEXT, Reader, is_date, parse_toml, read_text, too_long
from chipgauge.specs.units import DIMENSIONLESS, parse_value

SHIPPED = ("no-exports", "h200-under-the-cap", "unrestricted-h200", "smuggling")
"""Scenarios that ship, from the least exports to the most and what runs beside them."""
SIDES = ("us", "china")
KINDS = ("production", "import", "smuggled", "rental", "diverted", "included")
"""Kinds of flow; a diverted one is taken from the other side, an included one is part of the growth of its own side and
only sets a cap, every other is additional."""
MEASURES = ("advantage", "share", "china")
"""What a published range is of; `china` is what China acquires or holds, in H100-equivalents."""
COUNTED = ("acquired", "held")
HEAD = ("id", "name", "says", "date", "years", "bases", "rho", "draws", "stocks", "flows", "growth", "published")
FLOW = ("side", "chip", "year", "kind", "units", "low", "high", "group", "cap", "arrives", "source", "why")
GROWTH = ("side", "year", "times", "low", "high", "group", "source", "why")
PUBLISHED = ("who", "says", "measure", "counted", "basis", "year", "low", "high", "source", "why")
MOST_ROWS = 500
MOST_DRAWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """A median with 5% and 95% ends, as written and as numbers."""

    text: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Chips that reach a side in a year. `cap` is a share of what the other side gets of the same chip in that year."""

    side: str
    chip: str
    year: int
    kind: str
    units: Span
    group: str
    cap: float | None
    arrives: float
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Growth:
    """What a side acquires in a year, as so many times what its stock grew by in the year before the scenario."""

    side: str
    year: int
    times: Span
    group: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Published:
    """A published range to set beside ours: who says it, of which measure, on which basis, in which year."""

    who: str
    says: str
    measure: str
    counted: str
    basis: str
    year: int
    low: float
    high: float
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario as its file says it."""

    id: str
    name: str
    says: str
    date: str
    years: tuple[int, ...]
    bases: tuple[str, ...]
    rho: float
    draws: int
    stands_for: dict[str, str]
    flows: tuple[Flow, ...]
    growth: tuple[Growth, ...]
    published: tuple[Published, ...]


class Names(Protocol):
    """What a catalogue tells a scenario: the items by name, and the ids of the sources."""

    def find(self, name: str) -> Item: ...
    def source_ids(self) -> Collection[str]: ...


Resolve = Callable[[str], str]
"""Returns the id of the chip of a name; raises UnknownName."""


class _Rows:
    """Reads the rows of one array of tables, each problem with its line."""

    def __init__(self, reader: Reader, header: str, sources: Collection[str], chip: Resolve) -> None:
        self.reader, self.header, self.sources, self.resolve = reader, header, sources, chip
        self.row: dict[str, Any] = {}
        self.index = 0

    def bad(self, field: str, message: str, hint: str = "") -> None:
        line = self.reader.line_of(f"[[{self.header}]]", self.index, field)
        self.reader.report(f"{self.header}[{self.index}] {field}", message, hint, line)

    def fields(self, allowed: tuple[str, ...], needed: tuple[str, ...]) -> None:
        for field in self.row:
            if field not in allowed:
                self.bad(
                    field, "unknown field", did_you_mean(field, allowed).strip() or f"allowed: {', '.join(allowed)}"
                )
        for field in needed:
            if field not in self.row:
                self.bad(field, "this field is missing", f"write {field} = ...")
        if "source" not in self.row and not self.row.get("why"):
            self.bad("why", "a value without a source needs its reasoning", 'write why = "..."')

    def text(self, field: str, otherwise: str = "") -> str:
        value = self.row.get(field, otherwise)
        if not isinstance(value, str):
            self.bad(field, "this field is a text", f'write {field} = "..."')
            return otherwise
        if len(value) > MOST_TEXT:
            self.bad(field, too_long(value, MOST_TEXT))
        return value

    def choice(self, field: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
        value = self.text(field, otherwise)
        if field in self.row and value not in allowed:
            self.bad(
                field,
                f"{value[:40]!r} is not known here",
                did_you_mean(value, allowed).strip() or f"allowed: {', '.join(allowed)}",
            )
        return value

    def year(self) -> int:
        value = self.row.get("year", 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 2000 <= value <= 2100:
            self.bad("year", f"{str(value)[:40]!r} is not a year", "write year = 2026")
            return 0
        return value

    def number(
        self, field: str, otherwise: float | None = None, *, most: float = float("inf"), what: str = ""
    ) -> float | None:
        if field not in self.row:
            return otherwise
        given = self.row[field]
        if isinstance(given, bool) or not isinstance(given, (str, int, float)):
            self.bad(field, f"{str(given)[:40]!r} is not a number", f'write {field} = "600,000"')
            return otherwise
        try:
            value, _, unit = parse_value(str(given))
        except ChipgaugeError as error:
            self.bad(field, str(error))
            return otherwise
        if unit.dimension != DIMENSIONLESS:
            self.bad(
                field,
                f"{str(given)[:40]!r} is in {unit.text}; {what or 'this'} is a plain number",
                f'write {field} = "600,000"',
            )
            return otherwise
        if not 0 <= value <= most:
            shown = f"{most:.0%}" if most == 1 else f"{most:g}"
            why = f"{str(given)[:40]!r} is over {shown}" if value > most else f"{str(given)[:40]!r} is negative"
            self.bad(field, why, f'write a value up to {shown}, such as {field} = "50%"' if most == 1 else "")
            return otherwise
        return value

    def span(self, field: str, what: str) -> Span:
        value = self.number(field, 0.0, what=what) or 0.0
        low, high = self.number("low", value, what=what) or 0.0, self.number("high", value, what=what) or 0.0
        if not low <= value <= high:
            self.bad("low", f"{low:,g} to {high:,g} does not hold the median {value:,g}", "give low <= median <= high")
        if value and not low:
            self.bad(
                "low", "a lower end of 0 has no logarithm", "give a small number above 0, or leave low and high out"
            )
        return Span(str(self.row.get(field, "")), value, low, high)

    def source(self) -> str:
        name = self.text("source", "given")
        if name != "given" and name not in self.sources:
            self.bad(
                "source",
                f"no source has the id {name[:60]!r}",
                did_you_mean(name, self.sources).strip() or "leave it out and write why",
            )
        return name

    def chip(self) -> str:
        name = self.text("chip")
        try:
            return self.resolve(name) if name else ""
        except UnknownName as error:
            message, _, hint = str(error).partition(". ")
            self.bad("chip", message, hint or "chipgauge list chips")
            return ""

    def flow(self) -> Flow:
        self.fields(FLOW, ("side", "chip", "year", "kind", "units"))
        cap = self.number("cap", None, most=1, what="a cap")
        return Flow(
            self.choice("side", SIDES), self.chip(), self.year(), self.choice("kind", KINDS), self.span("units", "a number of chips"),
            self.text("group"), cap, self.number("arrives", 1.0, most=1, what="a share") or 0.0, self.source(), self.text("why"),
        )  # fmt: skip

    def growth(self) -> Growth:
        self.fields(GROWTH, ("side", "year", "times"))
        return Growth(
            self.choice("side", SIDES),
            self.year(),
            self.span("times", "a factor"),
            self.text("group"),
            self.source(),
            self.text("why"),
        )

    def published(self) -> Published:
        self.fields(PUBLISHED, ("who", "says", "measure", "counted", "basis", "year", "low", "high"))
        measure = self.choice("measure", MEASURES)
        most = 1.0 if measure == "share" else float("inf")
        low, high = self.number("low", 0.0, most=most) or 0.0, self.number("high", 0.0, most=most) or 0.0
        return Published(
            self.text("who"), self.text("says"), measure, self.choice("counted", COUNTED), self.choice("basis", H100E_BASES),
            self.year(), low, high, self.source(), self.text("why"),
        )  # fmt: skip


def read_scenario(
    text: str, file: str, sources: Collection[str], chip: Resolve
) -> tuple[Scenario | None, list[Problem]]:
    """Return the scenario of a file, with every problem in it.

    Parameters
    ----------
    sources : collection of str
        Ids of the sources that it may name.
    chip : callable
        Returns the id of a chip by name, or raises UnknownName.
    """
    raw, problems = parse_toml(text, file)
    if problems:
        return None, problems
    reader = Reader(file, text)
    for field in raw:
        if field not in HEAD:
            reader.report(
                field,
                "unknown field",
                did_you_mean(field, HEAD).strip() or f"allowed: {', '.join(HEAD)}",
                reader.line_of("", 0, field),
            )
    for field in ("id", "name", "says"):
        if not isinstance(raw.get(field), str) or not raw[field].strip() or len(raw[field]) > MOST_TEXT:
            reader.report(field, "this text field is missing", f'write {field} = "..."', reader.line_of("", 0, field))
    if isinstance(raw.get("id"), str) and not ID.fullmatch(raw["id"]):
        reader.report("id", f"{raw['id'][:60]!r} is not an id", "an id is in [a-z0-9-]", reader.line_of("", 0, "id"))
    date = raw.get("date", "")
    if not isinstance(date, str) or not is_date(date) or len(date) != 10:
        reader.report(
            "date", f"{str(date)[:40]!r} is not a day", 'write date = "2025-12-31"', reader.line_of("", 0, "date")
        )
    years, bases = raw.get("years", []), raw.get("bases", [])
    if (
        not is_list(years)
        or not years
        or not all(type(year) is int and 2000 <= year <= 2100 for year in years)
        or len(years) > 50
    ):
        reader.report("years", "years is a list of years", "write years = [2026, 2027]", reader.line_of("", 0, "years"))
        years = []
    if not is_list(bases) or not bases or not all(basis in H100E_BASES for basis in bases):
        reader.report(
            "bases", "bases is a list of bases", f"allowed: {', '.join(H100E_BASES)}", reader.line_of("", 0, "bases")
        )
        bases = []
    rho, draws = raw.get("rho", 0.7), raw.get("draws", 20_000)
    if isinstance(rho, bool) or not isinstance(rho, (int, float)) or not 0 <= rho <= 1:
        reader.report(
            "rho",
            f"{str(rho)[:40]!r} is not a correlation",
            "write rho = 0.7, between 0 and 1",
            reader.line_of("", 0, "rho"),
        )
        rho = 0.0
    if type(draws) is not int or not 100 <= draws <= MOST_DRAWS:
        reader.report(
            "draws",
            f"{str(draws)[:40]!r} is not a number of draws",
            f"write 100 to {MOST_DRAWS:,}",
            reader.line_of("", 0, "draws"),
        )
        draws = 100
    stands = _stands(raw.get("stocks", {}), reader, chip)
    found: dict[str, list[Any]] = {}
    for header, method in (("flows", _Rows.flow), ("growth", _Rows.growth), ("published", _Rows.published)):
        given: Any = raw.get(header, [])
        if not is_list(given) or not all(is_table(row) for row in given) or len(given) > MOST_ROWS:
            reader.report(
                header,
                f"{header} is an array of at most {MOST_ROWS} tables",
                f"write [[{header}]] before each",
                reader.line_of("", 0, header),
            )
            continue
        rows = _Rows(reader, header, sources, chip)
        found[header] = []
        for index, row in enumerate(given):
            if reader.full():
                break
            rows.row, rows.index = row, index
            found[header].append(method(rows))
    if reader.problems:
        return None, reader.problems
    return Scenario(
        raw["id"], raw["name"], raw["says"], str(date), tuple(sorted(set(years))), tuple(dict.fromkeys(bases)), float(rho), draws,
        stands, tuple(found["flows"]), tuple(found["growth"]), tuple(found["published"]),
    ), []  # fmt: skip


def _stands(raw: Any, reader: Reader, chip: Resolve) -> dict[str, str]:
    """Return which chip stands for the stock of a designer on other bases than the 8-bit one."""
    made: dict[str, str] = {}
    if not is_table(raw) or not all(isinstance(name, str) for name in raw.values()):
        reader.report(
            "stocks",
            "stocks names a chip for each designer",
            'write Nvidia = "H100" under [stocks]',
            reader.line_of("", 0, "stocks"),
        )
        return made
    for designer, name in raw.items():
        try:
            made[designer] = chip(name)
        except UnknownName as error:
            message, _, hint = str(error).partition(". ")
            reader.report(f"stocks {designer}", message, hint, reader.line_of("[stocks]", 0, designer))
    return made


def load_scenario(path: Path, sources: Collection[str], chip: Resolve) -> Scenario:
    """Return the scenario of a file.

    Raises
    ------
    TableError
        With every problem in the file: its line, what was found, what to write.
    """
    text, problems = read_text(path, str(path), begin="begin with a copy: chipgauge scenario no-exports --print")
    scenario, more = read_scenario(text, str(path), sources, chip) if not problems else (None, [])
    if scenario is None:
        raise TableError(problems + more)
    return scenario


def shipped_scenario(name: str, catalog: Names) -> Scenario:
    """Return a scenario that ships, by its name.

    Raises
    ------
    UnknownName
        None of that name ships.
    """
    if name not in SHIPPED:
        hint = did_you_mean(name, SHIPPED) or f" Shipped: {', '.join(SHIPPED)}."
        raise UnknownName(f"no scenario is called {name[:60]!r}.{hint}")
    scenario, problems = read_scenario(
        shipped_text(f"scenarios/{name}.toml"), f"{name}.toml", catalog.source_ids(), partial(chip_id, catalog)
    )
    if scenario is None:
        raise TableError(problems)
    return scenario


def chip_id(catalog: Names, given: str) -> str:
    """Return the id of a chip by name.

    Raises
    ------
    UnknownName
        Nothing has this name, or it is no chip.
    """
    item = catalog.find(given)
    if item.kind != "chip":
        raise UnknownName(
            f"{given[:60]!r} is a {item.kind}, not a chip. name a chip, as chipgauge list chips shows them"
        )
    return item.id


__all__ = [
    "SHIPPED",
    "Flow",
    "Growth",
    "Published",
    "Scenario",
    "Span",
    "chip_id",
    "load_scenario",
    "read_scenario",
    "shipped_scenario",
]
