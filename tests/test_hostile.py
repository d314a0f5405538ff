# SPDX-License-Identifier: Apache-2.0
"""Hostile text in every field of every kind of table, file and option: refused in one clear line, or it stays text."""

import csv
import io
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chipgauge.reports.cli import main
from chipgauge.reports.html import build, render
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import TableError
from chipgauge.specs.measured import COLUMNS

TABLES = Path(__file__).resolve().parent / "hostile_tables"
"""A folder for `--catalog` with a text in every field of every kind of table, and a file of every other kind."""
FOLDER = {path.relative_to(TABLES / "folder").as_posix(): tomllib.loads(path.read_text("utf-8")) for path in sorted((TABLES / "folder").rglob("*.toml"))}  # fmt: skip
TEXTS = {
    "markup": "<script>alert(1)</script>\u202egnp.exe\u2066 \x1b[31m\x9b1m\x07\nerror: mine <img src=x onerror=alert(2)>\"'>"
    '<a href="javascript:alert(3)">x</a> {{ 7*7 }} </style></title> ![i](javascript:alert(4)) `c`',
    "formula": "=HYPERLINK(1)|'cmd' /C calc'!A0",  # OWASP, "CSV Injection"
    "address": "javascript:alert(5)",
    "long": "N" * 10_000,
}
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line end, and the direction marks of Unicode's UAX #9."""
LEADING = {"href", "src", "action", "formaction", "data", "srcset", "xlink:href"}
"""Attributes that lead somewhere."""
FREE = {
    "name", "maker", "operator", "at", "note", "why", "case", "title", "jurisdiction", "authority", "citation", "text",
    "verified_against", "quote", "reading", "publisher", "licence", "says", "by", "basis", "assumes", "missing", "topic",
    "sentence", "group", "who",
}  # fmt: skip
"""Fields that hold any text; besides them the ids of what stands inside of a rule, aliases, and figures that are words."""
WORDS = ("memory.type", "network.interface", "architecture", "attention")
SHORT = {"name": 180, "maker": 180, "operator": 180, "topic": 100, "sentence": 400, "by": 200, "quote": 300}
Place = tuple[str | int, ...]


def fields(raw: Any, place: Place = ()) -> Iterator[Place]:
    """Return the place of every text in a table."""
    if isinstance(raw, str):
        yield place
    for name, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
        yield from fields(value, (*place, name))


def is_free(raw: dict[str, Any], place: Place) -> bool:
    """Whether the format allows any text in a place."""
    last, first = place[-1], place[0]
    if last == "id":
        return first in ("limbs", "unless", "conditions", "ambiguities")
    if first == "vary" or (first == "figures" and isinstance(place[1], str)):  # of a sweep; of a single item
        return last in WORDS
    if last == "basis":
        return first == "readings"
    return last in FREE or (last == "value" and first == "figures" and raw["figures"][place[1]]["quantity"] in WORDS)


def put(raw: dict[str, Any], place: Place, text: str) -> dict[str, Any]:
    """Return a table with another text in one place."""
    made = deepcopy(raw)
    inside: Any = made
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = text
    return made


def filled(raw: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a table with a text in every free field; names, ids and cases end apart."""
    for place in [one for one in fields(raw) if is_free(raw, one)]:
        said = text.replace("{{ 7*7 }}", "") + " {r}" if place[-1] == "sentence" else text
        name = {"case": f" {place[1:2]}", "id": f" {place[0]}", "name": f" {raw.get('id', '')}"}.get(str(place[-1]), "")
        raw = put(raw, place, said[: SHORT.get(str(place[-1]), 2_000)] + name)
    if "aliases" in raw:
        raw["aliases"] = [f"{raw['id']} {text}"[:100]]
    return raw


def toml(raw: dict[str, Any]) -> str:
    """Return a table as TOML: arrays of tables and tables under their headings, what is nested in them inline."""

    def inline(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f'"{name}" = {inline(one)}' for name, one in value.items()) + "}"
        # the strings of JSON are those of TOML, but for DEL, which has to be escaped there
        return f"[{', '.join(map(inline, value))}]" if isinstance(value, list) else json.dumps(value)

    plain = {
        k: v for k, v in raw.items() if not isinstance(v, dict) and not (isinstance(v, list) and isinstance(v[0], dict))
    }
    parts = [("", plain)]
    for name, value in raw.items():
        if name not in plain:
            parts += [(f"[{name}]", value)] if isinstance(value, dict) else [(f"[[{name}]]", row) for row in value]
    return "\n".join(line for head, row in parts for line in (head, *(f'"{k}" = {inline(v)}' for k, v in row.items()))) + "\n"  # fmt: skip


def write(folder: Path, tables: dict[str, dict[str, Any]]) -> Path:
    for name, raw in tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(toml(raw), "utf-8")
    return folder


def run(*arguments: str) -> Result:
    """Run a command as on a terminal with colours; only a mistake of the user may end it, and nothing paints the terminal."""
    done = CliRunner().invoke(main, list(arguments), color=True)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    harm = HARMFUL.search(done.output)
    assert not harm, done.output[max(harm.start() - 80, 0) : harm.end()]
    return done


def check_refused(said: str, file: str = "") -> None:
    """Check that an error is a clear line for each problem, with its hint or its mark below it."""
    first, *rest = said.rstrip("\n").split("\n")
    assert first.startswith(f"error: {file}"), first[:200]
    for line in rest:
        assert line.startswith(("  ", f"{file}:") if file else "  "), line[:200]
    assert len(said) < 1_500, len(said)


# --- a folder of tables: field by field ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOLDER)
def test_every_field_of_a_table_refuses_a_text_in_one_line_or_keeps_it(tmp_path: Path, name: str) -> None:
    raw, near = FOLDER[name], ("sources.toml", *(["chips/evil-one.toml"] if "evil-one" in str(FOLDER[name]) else []))
    write(tmp_path, {key: FOLDER[key] for key in (*near, name)})
    for place in fields(raw):
        free = is_free(raw, place)
        for kind in ("markup", "long") if place[-1] not in ("url", "archive") else ("markup", "address", "long"):
            (tmp_path / name).write_text(toml(put(raw, place, TEXTS[kind])), "utf-8")
            try:
                Catalog.with_folder(shipped(), tmp_path)
            except TableError as error:
                assert not free or kind == "long", (place, str(error))
                problem = next(one for one in error.problems if one.file == name)
                assert problem.line > 0 and problem.path.isprintable() and len(str(problem)) < 800, place
                for line in str(error).split("\n"):
                    assert re.match(r"(sources|[a-z]+/evil-[a-z]+)\.toml:\d+: |  hint: ", line), line[:200]
            else:
                assert free and kind != "long", (place, kind)


@cache
def shipped() -> Catalog:
    return catalog()


@pytest.mark.parametrize("name", ["chips/e\nerror: mine.toml", "chips/\x1b[31m\u202e.toml", "rules/a\nb.toml"])
def test_a_file_name_of_a_stranger_keeps_its_line(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"sources.toml": FOLDER["sources.toml"], name: {"id": "no id"}})
    done = run("compare", "H20", "--catalog", str(tmp_path))
    assert done.exit_code == 2
    assert all(re.match(r"(error: )?(chips|rules)/\S.*?:\d+: |  hint: ", line) for line in done.stderr.splitlines())


# --- a folder of tables: all fields at once --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with a hostile text in every field that holds any text."""
    made: dict[str, Path] = {}
    for kind in ("markup", "formula"):
        tables = {name: filled(raw, TEXTS[kind]) for name, raw in FOLDER.items() if name != "sources.toml"}
        tables["sources.toml"] = {"evil": filled(FOLDER["sources.toml"]["evil"], TEXTS[kind])}
        made[kind] = write(tmp_path_factory.mktemp(kind), tables)
    return made


COMMANDS = [
    ("compare", "evil-one", "H20", "evil-rack"), ("check", "evil-one", "--on", "2026-01-20"), ("check", "evil-rack", "--timeline"),
    ("show", "evil-one"), ("show", "evil-site"), ("show", "evil-model"), ("show", "evil-cost"), ("show", "evil-growth"),
    ("list", "chips"), ("list", "rules"), ("list", "costs"),
    ("explain", "peak.bf16(evil-one)"), ("equivalent", "100 H20", "--in", "evil-one"), ("equivalent", "evil-site", "--in", "H20"),
]  # fmt: skip


def check_csv(printed: str) -> None:
    """Check that every row has as many cells as the head, and that no cell is one that a spreadsheet runs."""
    rows = list(csv.reader(io.StringIO(printed)))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?", cell)


def check_markdown(printed: str) -> None:
    """Check that no tag, link, picture or code begins in a text."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[<`\[]", printed), printed[:400]


def check_format(form: str, printed: str) -> None:
    if form == "json":
        json.loads(printed)
    elif form != "table":
        (check_csv if form == "csv" else check_markdown)(printed)


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(one[:2]) for one in COMMANDS])
def test_every_format_of_every_room_stays_harmless(folders: dict[str, Path], command: tuple[str, ...]) -> None:
    for form in ("table", "md", "csv", "json"):
        folder = folders["formula" if form == "csv" else "markup"]
        done = run(*command, "--catalog", str(folder), "--format", form)
        assert done.exit_code == 0, done.output[:500]
        check_format(form, done.stdout)


def test_a_name_with_a_line_end_makes_no_second_line_of_an_error(folders: dict[str, Path]) -> None:
    done = run("train", "Llama 3.1 70B", "--on", "8 evil-one", "--catalog", str(folders["markup"]))
    assert done.exit_code == 2
    check_refused(done.stderr)
    assert done.stderr.count("\n") == 1


class Seen(HTMLParser):
    """The elements and attributes of a page, and its text, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def check_page(page: str, like: str) -> Seen:
    """Check that a page has no element, attribute or link that the same page without hostile texts has not."""
    seen, plain = Seen(page), Seen(like)
    assert set(seen.tags) <= set(plain.tags)
    for tag in ("script", "style", "title", "meta", "link", "form"):
        assert seen.tags.count(tag) == plain.tags.count(tag), tag
    assert {one[:2] for one in seen.attributes} <= {one[:2] for one in plain.attributes}
    for _, name, value in seen.attributes:
        assert not name.startswith("on")
        assert name not in LEADING or re.match(r"#|https?://|data:,?$", value), (name, value[:80])
    assert not HARMFUL.search(page)
    return seen


ITEMS = ("evil-one", "evil-rack", "H20", "910C")


@pytest.fixture(scope="module")
def evil(folders: dict[str, Path]) -> str:
    return render(build(ITEMS, catalog=shipped().with_folder(folders["markup"])))


def test_the_report_of_a_hostile_folder_has_nothing_of_it_but_text(evil: str, tmp_path: Path) -> None:
    seen = check_page(evil, render(build(ITEMS, catalog=shipped().with_folder(write(tmp_path, FOLDER)))))
    for words in ("<script>alert(1)</script>", '<a href="javascript:alert(3)">x</a> {{ 7*7 }} </style></title>'):
        assert seen.words.count(words) > 20
    assert len(evil) < 350_000


@pytest.mark.requires_chromium
def test_no_script_of_a_hostile_folder_or_claim_runs(evil: str, tmp_path: Path, node: str, chromium: str) -> None:
    (tmp_path / "report.html").write_text(evil, "utf-8")
    raw = filled(tomllib.loads((TABLES / "claims.toml").read_text("utf-8")), TEXTS["markup"])
    (tmp_path / "c.toml").write_text(toml(raw), "utf-8")
    assert run("claims", "--file", str(tmp_path / "c.toml"), "-o", str(tmp_path / "claims.html")).exit_code == 0
    pages = [str(tmp_path / f"{name}.html") for name in ("report", "claims")]
    command = [node, str(TABLES.parent / "browser/hostile.mjs"), *pages]
    env = {**os.environ, "CHROMIUM": chromium}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=env, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    for one in json.loads(done.stdout):
        assert (one["dialogs"], one["requests"]) == ([], [])
        assert one["before"] == one["after"] == [2, 0, 0, 0, 0] and one["used"] > 1


# --- other files: claims, scenarios, sweeps, one item, measured rows --------------------------------------------------

FILES = {
    "claims": ("claims", "--file", "{}"),
    "scenario": ("scenario", "{}"),
    "sweep": ("sweep", "{}", "--restart", "-o", "out.json"),
    "spec": ("check", "--spec", "{}"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_every_field_of_a_file_refuses_a_text_in_one_line_or_keeps_it(here: Path, name: str) -> None:
    raw, path = tomllib.loads((TABLES / f"{name}.toml").read_text("utf-8")), here / "f.toml"
    for place in fields(raw):
        for kind in ("markup", "long"):
            path.write_text(toml(put(raw, place, TEXTS[kind])), "utf-8")
            done = run(*(word.format("f.toml") for word in FILES[name]))
            if done.exit_code == 2:
                assert not is_free(raw, place) or kind == "long" or place[-1] in SHORT, (place, done.stderr)
                check_refused(done.stderr, "f.toml")
            else:
                assert is_free(raw, place) and kind == "markup", (place, kind, done.exit_code)


@pytest.mark.parametrize("kind", ["markup", "formula"])
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_printed_harmlessly_in_every_format(here: Path, name: str, kind: str) -> None:
    raw = filled(tomllib.loads((TABLES / f"{name}.toml").read_text("utf-8")), TEXTS[kind])
    (here / "f.toml").write_text(toml(raw), "utf-8")
    for form in ("csv",) if kind == "formula" else ("table", "md", "json"):
        done = run(*(word.format("f.toml") for word in FILES[name]), "--format", form)
        assert done.exit_code in (0, 1), done.output[:500]
        check_format(form, done.stdout)
    if name == "sweep":
        assert run("sweep", "f.toml", "--rows", "-o", "out.csv").exit_code == 0
        rows = (here / "out.csv").read_text("utf-8")
        assert not HARMFUL.search(rows)
        check_csv("\n".join(line for line in rows.splitlines() if not line.startswith("#")))


def test_the_page_of_hostile_claims_has_nothing_of_them_but_text(here: Path) -> None:
    raw = tomllib.loads((TABLES / "claims.toml").read_text("utf-8"))
    for name, made in (("plain", raw), ("evil", filled(raw, TEXTS["markup"]))):
        (here / f"{name}.toml").write_text(toml(made), "utf-8")
        assert run("claims", "--file", f"{name}.toml", "-o", f"{name}.html").exit_code == 0
    plain, evil = ((here / f"{name}.html").read_text("utf-8") for name in ("plain", "evil"))
    assert check_page(evil, plain).words.count("<script>alert(1)</script>") > 10


MEASURED = dict(zip(COLUMNS, next(csv.reader(["a,me,https://x.org,2026-01,g,train,GPT 174.6B,H100,128,bf16,256,2048,,tp=4,step_time,8.3,s,n"])), strict=True))  # fmt: skip


@pytest.mark.parametrize("kind", ["markup", "formula", "long"])
def test_every_cell_of_measured_rows_refuses_a_text_or_keeps_it(here: Path, kind: str) -> None:
    kept: set[str] = set()
    for column in COLUMNS:
        with (here / "m.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, (MEASURED | {column: TEXTS[kind]}).values()])
        form = "csv" if kind == "formula" else "table"
        done = run("validate", "--measured", "m.csv", "--format", form)
        if done.exit_code == 2:
            check_refused(done.stderr, "m.csv")
        else:
            kept.add(column)
            check_format(form, done.stdout)
    assert kept == {"id", "source", "url", "group", "plan", "notes", "model", "chip", "precision"}


# --- the command line ------------------------------------------------------------------------------------------------

OPTIONS = [
    ("compare", "H20", "H200", "--set", "{}"), ("compare", "H20", "H200", "--set", "memory.type({})=x"), ("compare", "{}"),
    ("compare", "H20", "--set", "tpp(H20)={}"), ("check", "--set", "{}"), ("check", "--set", "tpp={}"), ("compare", "H20", "--prefer", "{}"),
    ("compare", "H20", "--on", "{}"), ("explain", "{}"), ("check", "H20", "--to", "{}"), ("check", "H20", "--rule", "{}"),
    ("compare", "H20", "--metric", "{}"), ("check", "H20", "--exporter", "{}"), ("equivalent", "{}", "--in", "H20"), ("claims", "{}"),
    ("cost", "100 H20", "--term", "{}"), ("claims", "--near", "{}", "H20", "6"), ("show", "{}"), ("compare", "H20", "--catalog", "{}"),
    ("verify", "{}"), ("compare", "H20", "--{}"), ("{}",), ("check", "--spec", "{}"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["markup", "formula"])
@pytest.mark.parametrize("command", OPTIONS, ids=[" ".join(one)[:40] for one in OPTIONS])
def test_an_option_refuses_a_text_in_one_line(command: tuple[str, ...], kind: str) -> None:
    done = run(*(word.replace("{}", TEXTS[kind]) for word in command))
    assert done.exit_code == 2
    *_, last = (line for line in done.stderr.splitlines() if not line.startswith("  "))
    assert last.lower().startswith("error: ") and "\nerror: mine" not in done.stderr
    assert len(done.stderr) < 1_500


@pytest.mark.parametrize("kind", ["markup", "formula", "address"])
def test_a_word_given_with_set_stays_a_word(kind: str) -> None:
    for form in ("table", "csv", "md", "json"):
        done = run("compare", "H20", "H200", "--set", f"memory.type(H20)={TEXTS[kind]}", "--format", form)
        assert done.exit_code == 0
        check_format(form, done.stdout)
