# SPDX-License-Identifier: Apache-2.0
"""Strict tables: one bad file a mistake in `tests/bad`, and the words, line and field of what each is answered with."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import Problem
from chipgauge.specs.index import lint_file, read_folder
from chipgauge.specs.item_tables import ALLOWED, ENTRY_FIELDS, check_names, quantity_of, read_item
from chipgauge.specs.records import CREDIBLE, Entry, Item, Source, normal
from chipgauge.specs.tables import (
    MOST_BYTES,
    MOST_PROBLEMS,
    Reader,
    is_date,
    parse_toml,
    read_sources,
    read_text,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
BAD = Path(__file__).parent / "bad"
SOURCES = {
    name: Source(name, "P", "T", "", kind)
    for name, kind in (("maker", "vendor"), ("institute", "dataset"), ("newspaper", "press"))
}
HEAD = 'id = "example-x1"\nname = "Example X1"\nmaker = "example"\n'
OURS = {name: catalog().source(name) for name in catalog().source_ids()}


def lint(path: Path) -> list[Problem]:
    return lint_file(path, OURS, catalog().items.values())


def row(**fields: str) -> str:
    """A good entry with some fields as TOML instead; an empty one is left out."""
    given_fields = {"quantity": '"power.tdp"', "value": '"400 W"', "source": '"maker"', **fields}
    return "\n[[figures]]\n" + "".join(f"{name} = {value}\n" for name, value in given_fields.items() if value)


def read(*rows: str, head: str = HEAD) -> tuple[Item | None, list[Entry], list[Problem]]:
    return read_item(head + "".join(rows), "x.toml", "chip", SOURCES)


def only(*rows: str) -> Entry:
    _, entries, problems = read(*rows)
    assert not problems, problems
    assert len(entries) == 1
    return entries[0]


# --- one mistake a file ------------------------------------------------------------------------------------------

WRITE_SOURCE = 'write source = "id of a record in sources.toml"'
DATES = "write 2026, 2026-Q1, 2026-H1, 2026-03 or 2026-03-01"
ROLES = "allowed: adopted, agrees, conflict, shown"
X1 = "example-x1/power.tdp"
POWER = "figures[0] power.tdp"
# file -> line, field, message, hint
MISTAKES: dict[str, tuple[int, str, str, str]] = {
    "misspelt-quantity": (7, "figures[0] memory.bandwith quantity",
        "no quantity is called 'memory.bandwith'. Did you mean memory.bandwidth?", ""),
    "wrong-dimension": (8, "figures[0] memory.bandwidth value",
        "memory.bandwidth needs a unit such as GB/s, got TFLOP/s", "write for example 1 GB/s"),
    "bits-or-bytes": (8, "figures[0] memory.bandwidth value",
        "'Tb' in 'Tb/s' is not a unit here; write Tbit (bits) or TB (bytes)", "write for example 1 GB/s"),
    "hertz": (8, "figures[0] peak.bf16 value",
        "peak.bf16 needs a unit such as TFLOP/s, got GHz; Hz is for clocks only", "write for example 1 TFLOP/s"),
    "bare-number": (8, f"{POWER} value",
        "power.tdp needs a unit such as W, got a bare number; write for example 1 W", "write for example 1 W"),
    "number-not-text": (8, f"{POWER} value", "a value is written as text with its unit", 'write value = "400 W"'),
    "no-source": (6, f"{POWER} source", "a value without a source is not taken", WRITE_SOURCE),
    "empty-source": (9, f"{POWER} source", "a value without a source is not taken", WRITE_SOURCE),
    "absent-without-source": (6, f"{POWER} source", "a value without a source is not taken", WRITE_SOURCE),
    "unknown-source": (9, f"{POWER} source", "no source has the id 'makr'. Did you mean maker?", "add it to sources.toml"),
    "unknown-via": (10, f"{POWER} via", "no source has the id 'realy'.", "add it to sources.toml"),
    "duplicate-key": (10, "", "not valid TOML: Cannot overwrite a value", "a key or table is given twice"),
    "not-toml": (10, "", "not valid TOML: Invalid value", ""),
    "two-adopted": (7, X1, "2 entries are adopted", "adopt exactly one"),
    "no-role": (7, X1, "2 entries speak about this figure; each needs a role", ROLES),
    "none-adopted": (7, X1, "no entry is adopted", 'write role = "adopted" on exactly one'),
    "agrees-alone": (7, X1, "no entry is adopted", 'write role = "adopted" on exactly one'),
    "conflict-alone": (10, X1, "a conflict needs an adopted entry beside it", ""),
    "press-conflict": (16, X1, "newspaper is press and cannot widen a range", 'write role = "shown"'),
    "conflict-without-why": (16, X1, "an entry that is conflict says why", 'write why = "..."'),
    "shown-without-why": (16, X1, "an entry that is shown says why", 'write why = "..."'),
    "conflict-in-yuan": (22, "example-x1/price:chip.us@2024-07",
        "a conflict is stated in the currency of the adopted entry",
        'write role = "shown", or another date, market or basis'),
    "no-sparsity": (6, "figures[0] peak.fp8 sparsity", "peak.fp8 needs sparsity", "allowed: dense, 2:4, unstated"),
    "wrong-sparsity": (10, "figures[0] peak.fp8 sparsity",
        "'sparse' is not allowed here", "allowed: dense, 2:4, unstated"),
    "sparse-matrix": (7, "figures[0] peak.fp8 quantity",
        "peak.fp8 with sparsity = '2:4' and engines = 'matrix' has no name of its own", "state one of them as case"),
    "no-direction": (6, "figures[0] scale_up.bandwidth direction",
        "scale_up.bandwidth needs direction", "allowed: each, both, unstated"),
    "die-as-package": (10, "figures[0] memory.bandwidth scope",
        "memory.bandwidth is of the whole package", 'enter the figure of a die with role = "shown" and why'),
    "price-without-date": (6, "figures[0] price date", "price needs date", "allowed: 2024, 2024-07"),
    "price-without-market": (6, "figures[0] price market",
        "price needs market", "allowed: us, china, grey, used, unstated"),
    "price-without-basis": (6, "figures[0] price basis",
        "price needs basis", "allowed: chip, module, server, system"),
    "price-in-watts": (8, "figures[0] price value", "price needs a unit such as USD, got W", "write for example 1 USD"),
    "bad-date": (8, "figures[0] released value", "'2023-02-29' is not a date", DATES),
    "bad-price-date": (10, "figures[0] price date", "'July 2024' is not a date", DATES),
    "bad-id": (2, "id", "'Example X1' is not an id", "write maker-model[-form][-memory] in [a-z0-9-]"),
    "missing-id": (1, "id", "this text field is missing", 'write id = "..." at the top of the file'),
    "bad-kind": (5, "kind", "'toaster' is not a kind of item", 'write kind = "chip", "system" or "cluster"'),
    "unknown-field": (10, f"{POWER} sorce", "unknown field", "Did you mean source or scope?"),
    "unknown-head-field": (5, "alias", "unknown field", "Did you mean aliases?"),
    "negative": (8, f"{POWER} value", "a figure is not negative", ""),
    "range-downwards": (8, f"{POWER} value",
        "the range '500 to 400 W' runs downwards", "write the smaller number first"),
    "absent-with-value": (8, f"{POWER} value", "an absent figure has no value", "leave out value or absent"),
    "no-value": (6, f"{POWER} value",
        "an entry needs a value", 'write value = "148 TFLOP/s", or absent = true'),
    "neither-yes-nor-no": (8, "figures[0] datacentre value", "'maybe' is neither yes nor no", "write yes or no"),
    "no-life-cycle": (8, "figures[0] lifecycle value",
        "'cancelled' is no life cycle", "allowed: rumoured, announced, never shipped, shipping, discontinued"),
    "chips-without-of": (7, "figures[0] chips of",
        "the chips of a system need the id of the chip", 'write of = "maker-model"'),
    "chips-of-itself": (11, "example-x1/chips of", "'example-x1' is not the id of a chip", ""),
    "assumed-without-why": (6, f"{POWER} why", "an assumed value needs its reasoning", 'write why = "..."'),
    "bad-status": (10, f"{POWER} status", "'guessed' is not allowed here", "allowed: stated, estimated, assumed"),
    "too-long-text": (10, f"{POWER} note", "the text has 2,001 characters; at most 2,000", ""),
    "case-without-letters": (10, f"{POWER} case", "'???' has no letter of a-z and no digit to name it by", ""),
    "figures-not-tables": (5, "figures", "figures is an array of tables", "write [[figures]] before each entry"),
    "alias-taken": (5, "aliases",
        "'h200-SXM' already names nvidia-h200-sxm in chips/nvidia-h200-sxm.toml", ""),
    "name-taken": (3, "name", "'H20' already names nvidia-h20-96gb in chips/nvidia-h20-96gb.toml", ""),
    "blank-alias": (5, "aliases",
        "aliases is a list of names of 1 to 100 characters", 'write aliases = ["H20"]'),
    "unknown-die": (5, "same_die", "'nvidia-h100' is not the id of a chip", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_file_line_field_words_and_hint(name: str) -> None:
    path = BAD / f"{name}.toml"
    line, field, message, hint = MISTAKES[name]
    assert lint(path) == [Problem(str(path), line, field, message, hint)]


def test_every_bad_file_is_tested_and_the_sources_beside_them_are_good() -> None:
    assert {path.stem for path in BAD.glob("*.toml")} == {*MISTAKES, "sources"}
    assert lint(BAD / "sources.toml") == []


def test_all_mistakes_of_a_folder_come_together() -> None:
    _, _, problems = read_folder(BAD, OURS, catalog().items.values())
    alike = ("already names", "not the id of a chip")  # the bad files share an id, which is a mistake among files
    found = {
        (p.file.removesuffix(".toml"), p.message) for p in problems if not any(words in p.message for words in alike)
    }
    wanted = {(name, row[2]) for name, row in MISTAKES.items() if not any(words in row[2] for words in alike)}
    assert found == wanted


# --- the bytes of a file -----------------------------------------------------------------------------------------

GOOD = HEAD + row()
NOT_UTF8 = ("this is not UTF-8 text", "a table is a TOML text file")


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"", 1, ("the file is empty", 'begin with id = "maker-model"; CONTRIBUTING.md shows a whole table')),
        (b" \r\n\t\n", 1, ("the file is empty", 'begin with id = "maker-model"; CONTRIBUTING.md shows a whole table')),
        (b"id = 1\0\0", 1, ("this is a binary file, not a table", "a table is a TOML text file")),
        (b"\x7fELF\x02\x01\x01\x00" * 10, 1, ("this is a binary file, not a table", "a table is a TOML text file")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1, NOT_UTF8),
        (GOOD.encode().replace(b"Example X1", "Exämple".encode("latin-1")), 2, NOT_UTF8),
        (GOOD.encode("utf-16"), 1, NOT_UTF8),
    ],
    ids=["empty", "blank", "zeros", "elf", "png", "latin-1", "utf-16"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, line: int, words: tuple[str, str]) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(raw)
    assert lint(path) == [Problem(str(path), line, "", *words)]


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()], ids=["bom", "crlf"]
)
def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(raw.replace(b'"maker"', b'"epoch-ml-hardware"'))
    assert lint(path) == []
    path.write_bytes(raw)  # now the source is not known: the line is right with either kind of line end
    assert [(problem.line, problem.path) for problem in lint(path)] == [(8, f"{POWER} source")]


def test_a_file_of_50_mb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)  # sparse: takes no room
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    words = "the file has 50,000,000 bytes; a table has at most 1,000,000"
    assert lint(path) == [Problem(str(path), 1, "", words)]


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("#" * MOST_BYTES)
    assert read_text(path, "")[1] == []
    path.write_text("#" * (MOST_BYTES + 1))
    assert [problem.message for problem in read_text(path, "")[1]] == [
        "the file has 1,000,001 bytes; a table has at most 1,000,000"
    ]


def test_a_folder_a_device_a_pipe_and_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"read {path}"))
    assert lint(tmp_path) == [Problem(str(tmp_path), 1, "", "this is a directory", "name a .toml file in it")]
    assert [p.message for p in lint(tmp_path / "no.toml")] == ["cannot be read: No such file or directory"]
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    for path in (Path("/dev/zero"), pipe):  # either would never end
        assert lint(path) == [Problem(str(path), 1, "", "this is a device or a pipe, not a file", "name a .toml file")]
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert len(lint(loop)) == 1 and lint(loop)[0].message.startswith("cannot be read: ")
    assert [p.message for p in read_folder(tmp_path / "no")[2]] == ["no such folder"]


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 50_000, "a = " + "{a=" * 50_000, "a" + ".a" * 3_000 + " = 1", "[" + "a." * 3_000 + "a]"],
    ids=["arrays", "tables", "key", "header"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert parse_toml("\n" + text, "x.toml")[1] in (
        [Problem("x.toml", 1, "", "not a table: nested too deeply")],
        [Problem("x.toml", 2, "", "not a table: nested too deeply")],
    )


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, HEAD + row(value="9" * 5000)])
def test_a_number_of_thousands_of_digits_is_refused(text: str) -> None:
    assert [p.message for p in parse_toml(text, "x")[1]] == ["not a table: it holds a number of thousands of digits"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('"' + "9" * 1500 + ' W"', "a number of 1,500 characters is too long; at most 100"),
        ('"1e999 W"', "'1e999' is too large a number"),
        ('"' + "9" * 3000 + ' W"', "the text has 3,002 characters; at most 2,000"),
        ("nan", "a value is written as text with its unit"),
        ("inf", "a value is written as text with its unit"),
        ("true", "a value is written as text with its unit"),
        ('["400 W"]', "a value is written as text with its unit"),
        ('"400 W or so"', "'or' in 'W or so' is not a unit here. Did you mean"),
        ('"400 W to 500 W"', "'to' in 'W to 500 W' is not a unit here"),
        ('"about 400 W"', "'about 400 W' does not begin with a number"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_refused(value: str, words: str) -> None:
    _, entries, problems = read(row(value=value))
    assert entries == [] and len(problems) == 1
    assert problems[0].message.startswith(words) and problems[0].line == 7


def test_reading_stops_after_so_many_problems() -> None:
    for text in ("[[figures]]\n" * 20_000, "".join(f"x{n} = 1\n" for n in range(20_000))):
        problems = read_item(text, "x.toml", "chip", SOURCES)[2]
        assert MOST_PROBLEMS <= len(problems) <= MOST_PROBLEMS + 10
        assert f"more than {MOST_PROBLEMS} problems; the rest of the file was not read" in [p.message for p in problems]
    problems = read_sources("".join(f"[x{n}]\n" for n in range(20_000)), "sources.toml")[1]
    assert len(problems) <= MOST_PROBLEMS + 10


def test_a_table_as_large_as_allowed_is_read() -> None:
    rows = [row(quantity='"measured.decode"', value='"1 token/s"', case=f'"case {n}"') for n in range(9_000)]
    _, entries, problems = read(*rows)
    assert problems == [] and len(entries) == 9_000


# --- what a good entry becomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "key", "value", "condition"),
    [
        ({}, "power.tdp", 400.0, ""),
        ({"quantity": '"peak.fp8"', "value": '"3,958 TFLOP/s"', "sparsity": '"2:4"'}, "sparse.fp8", 3958e12, "2:4 sparse"),
        ({"quantity": '"peak.bf16"', "value": '"708 TFLOP/s"', "sparsity": '"dense"', "engines": '"matrix"'},
         "peak.bf16.matrix", 708e12, "dense, matrix units only"),
        ({"quantity": '"scale_up.bandwidth"', "value": '"900 GB/s"', "direction": '"both"'},
         "scale_up.bandwidth.both", 900e9, "both ways"),
        ({"quantity": '"die.area"', "value": '"665.61 mm2"', "scope": '"die"'}, "die.area.per_die", 665.61e-6, "per die"),
        ({"value": '"10.2 kW"', "case": '"Typical, 25 C"'}, "power.tdp:typical-25-c", 10200.0, "Typical, 25 C"),
        ({"quantity": '"price"', "value": '"9,000 USD"', "date": '"2024-07"', "market": '"grey"', "basis": '"chip"'},
         "price:chip.grey@2024-07", 9000.0, "grey market, bare chip"),
        ({"quantity": '"price"', "value": '"9,000 EUR"', "date": '"undated"', "market": '"us"', "basis": '"server"'},
         "price:server.us@undated", 9000.0, "US market, server"),
        ({"quantity": '"price.rental"', "value": '"2.5 USD/h"', "date": "2024", "market": '"us"', "basis": '"chip"'},
         "price.rental:chip.us@2024", 2.5 / 3600, "US market, bare chip"),
        ({"quantity": '"datacentre"', "value": "true"}, "datacentre", True, ""),
        ({"quantity": '"datacentre"', "value": '"no"'}, "datacentre", False, ""),
        ({"quantity": '"released"', "value": "2024-02-29"}, "released", "2024-02-29", ""),
        ({"quantity": '"node"', "value": '"7 nm <b>"'}, "node", "7 nm <b>", ""),
        ({"date": '"2024"'}, "power.tdp", 400.0, ""),
        ({"value": '"1e-3 W"'}, "power.tdp", 0.001, ""),
        ({"value": '"0 W"'}, "power.tdp", 0.0, ""),
    ],
)  # fmt: skip
def test_a_good_entry(fields: dict[str, str], key: str, value: float | str | bool, condition: str) -> None:
    entry = only(row(**fields))
    assert entry.key == f"example-x1/{key}"
    assert (
        entry.value == pytest.approx(value)
        if isinstance(value, float)
        else entry.value is value or entry.value == value
    )
    assert entry.condition == condition
    assert (entry.source, entry.role, entry.absent) == ("maker", "", False)
    assert quantity_of(entry.quantity).kind in ("number", "text", "date", "yes_no")


def test_absent_is_a_statement_with_a_source() -> None:
    entry = only(row(quantity='"peak.fp4"', value="", absent="true"))
    assert (entry.absent, entry.value, entry.source) == (True, None, "maker")


@pytest.mark.parametrize(
    "text", ["10,000 to 15,000 USD", "10,000-15,000 USD", "10,000–15,000 USD", " 10000 to 15,000 USD"]
)
def test_a_printed_range_has_both_ends(text: str) -> None:
    entry = only(row(quantity='"price"', value=f'"{text}"', date='"2024"', market='"us"', basis='"chip"'))
    assert (entry.low, entry.value, entry.high, entry.status) == (10000.0, 12500.0, 15000.0, "estimated")
    assert re.fullmatch(r"10,?000 to 15,000 USD", entry.text)  # what is read later knows one word between the ends


@pytest.mark.parametrize("field", ["source", "via", "at", "role", "why", "note", "case", "quantity"])
@pytest.mark.parametrize("value", ["5", "true", "[]", "{}", "1979-05-27", '["maker"]'])
def test_a_field_of_another_type_is_refused(field: str, value: str) -> None:
    problems = read(row(**{field: value}))[2]
    messages = [problem.message for problem in problems if problem.path.endswith(field)]
    assert "this field is a text" in messages


@pytest.mark.parametrize(
    "head", ["id = 5", 'name = ""', "maker = []", 'aliases = "X"', "aliases = [5]", "kind = []", "same_die = 5"]
)
def test_a_head_of_another_type_is_refused(head: str) -> None:
    field = head.split(" = ")[0]
    kept = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(field))
    item, _, problems = read(row(), head=kept + head + "\n")
    assert item is None and [problem.path for problem in problems] == [field]


@LAW
@given(st.permutations(range(3)), st.sampled_from(sorted(SOURCES)))
def test_the_order_of_entries_changes_nothing_but_their_order(order: list[int], source: str) -> None:
    role = '"conflict"' if SOURCES[source].kind in CREDIBLE else '"shown"'
    rows = [
        row(role='"adopted"'),
        row(value='"450 W"', source=f'"{source}"', role=role, why='"It says so."'),
        row(quantity='"node"', value='"7 nm"'),
    ]
    plain, mixed = read(*rows), read(*(rows[place] for place in order))
    assert plain[2] == mixed[2] == []
    assert [plain[1][place] for place in order] == mixed[1]


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(texts, below, max_size=3)),
    max_leaves=5,
)


def toml(value: Any) -> str:
    """Any value as TOML."""
    match value:
        case None:
            return "1979-05-27"
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
        case _:
            return repr(value)


@LAW
@given(st.dictionaries(st.one_of(st.sampled_from(ENTRY_FIELDS), texts), anything, max_size=8), anything)
def test_any_toml_is_an_entry_or_a_problem_with_its_line(fields: dict[str, Any], head: Any) -> None:
    body = "".join(f"{toml(name)} = {toml(value)}\n" for name, value in fields.items())
    text = f"{HEAD}same_die = {toml(head)}\n[[figures]]\n{body}"
    item, entries, problems = read_item(text, "x.toml", "chip", SOURCES)
    assert problems or (item and len(entries) == 1)
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.path.isprintable() and str(problem).startswith(f"x.toml:{problem.line}: ")
    sources, wrong = read_sources(f"[x]\n{body}", "sources.toml")
    assert wrong or sources


@LAW
@given(
    st.sampled_from(sorted(ALLOWED)),
    st.one_of(texts, st.sampled_from(sorted({w for ws in ALLOWED.values() for w in ws}))),
)
def test_a_condition_takes_only_its_own_words(field: str, word: str) -> None:
    good = {"sparsity", "direction", "engines", "market", "basis"}
    problems = read(row(**{field: toml(word)}))[2]
    if word in ALLOWED[field]:
        assert not problems or field not in good
    else:
        hint = f"allowed: {', '.join(ALLOWED[field])}"
        assert (problems[0].path, problems[0].hint) == (f"{POWER} {field}", hint)


@LAW
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_problem(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(raw)
    assert lint(path)  # random bytes are never a whole table


@pytest.mark.parametrize("name", ["x1\\n", "X1", "x--1", "-x", "x 1", "x/1", "x1-", "昇腾", "x\\u0000"])
def test_an_id_is_letters_digits_and_single_hyphens(name: str) -> None:
    item, _, problems = read(row(), head=HEAD.replace("example-x1", name))
    assert item is None and [problem.path for problem in problems] == ["id"]


def test_the_second_of_two_entries_is_named_where_it_is_wrong(tmp_path: Path) -> None:
    chips = [
        row(quantity='"chips"', value='"8"', source='"epoch-ml-hardware"', of=f'"nvidia-{name}"')
        for name in ("b200", "b2000")
    ]
    path = tmp_path / "x.toml"
    path.write_text(HEAD + 'kind = "system"\n' + chips[0] + chips[1].replace("8", "9") + 'case = "b"\n')
    expected = Problem(str(path), 16, "example-x1/chips:b of", "'nvidia-b2000' is not the id of a chip")
    assert [problem._replace(hint="") for problem in lint(path)] == [expected]
    assert lint(path)[0].hint.startswith("Did you mean nvidia-b200 or")


@pytest.mark.parametrize("place", ["x.toml", "chips/x.toml", "systems/x.toml"])
def test_sources_are_looked_for_beside_the_file_and_above_its_kind(tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD)
    assert [problem.path for problem in lint(path)] == [f"{POWER} source"]
    (tmp_path / "sources.toml").write_text((BAD / "sources.toml").read_text())
    assert lint(path) == []


# --- sources -----------------------------------------------------------------------------------------------------


def source(**fields: str) -> str:
    given_fields = {
        "publisher": '"P"',
        "title": '"T"',
        "url": '"https://example.org/a?b=1#c"',
        "kind": '"paper"',
        **fields,
    }
    return "[x1]\n" + "".join(f"{name} = {value}\n" for name, value in given_fields.items() if value)


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        (source(kind='"hearsay"'), "x1.kind", "'hearsay' is not a kind of source"),
        (source(kind=""), "x1.kind", "a source needs this text field"),
        (source(publisher=""), "x1.publisher", "a source needs this text field"),
        (source(title="5"), "x1.title", "this field is a text"),
        (source(date="2024-01-01"), "x1.date", "this field is a text"),
        (source(date='"soon"'), "x1.date", "'soon' is not a date"),
        (source(accessed='"2024-02-31"'), "x1.accessed", "'2024-02-31' is not a date"),
        (source(url='"javascript:alert(1)"'), "x1.url", "'javascript:alert(1)' is not a web address"),
        (source(url='"https://a b"'), "x1.url", "'https://a b' is not a web address"),
        (source(url="\"https://a\\n\""), "x1.url", "'https://a\\n' is not a web address"),
        (source(url="'https://a\"onclick='"), "x1.url", "'https://a\"onclick=' is not a web address"),
        (source(author='"A"'), "x1.author", "unknown field"),
        (source(licence="[]"), "x1.licence", "this field is a text"),
        (source(independent='"yes"'), "x1.independent", "independent is true or false"),
        (source(title='"' + "x" * 2001 + '"'), "x1.title", "the text has 2,001 characters; at most 2,000"),
        (source().replace("x1", "X1"), "X1", "a source is a table [id] with an id in [a-z0-9-]"),
        (source().replace("x1", '"x1\\n"'), "x1?", "a source is a table [id] with an id in [a-z0-9-]"),
        ("x1 = 5\n", "x1", "a source is a table [id] with an id in [a-z0-9-]"),
    ],
)  # fmt: skip
def test_a_bad_source_is_refused(text: str, field: str, message: str) -> None:
    sources, problems = read_sources(text, "sources.toml")
    assert sources == {} and (problems[0].path, problems[0].message) == (field, message)


def test_a_good_source_keeps_what_is_stated_and_leaves_the_rest_empty() -> None:
    sources, problems = read_sources(source(date='"2024-Q2"', independent="true"), "sources.toml")
    assert problems == []
    assert sources == {
        "x1": Source("x1", "P", "T", "https://example.org/a?b=1#c", "paper", "2024-Q2", independent=True)
    }


def test_problems_come_in_the_order_of_the_file() -> None:
    text = source(zeta="1", alpha="2", mid="3")
    assert [problem.path for problem in read_sources(text, "s")[1]] == ["x1.zeta", "x1.alpha", "x1.mid"]


# --- names, dates, lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2024", "2024-12", "2024-02-29", "2024-Q1", "2024-Q4", "2024-H1", "2024-H2"])
def test_a_date_of_the_calendar(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024-13", "2024-00", "2024-02-30", "2023-02-29", "2024-Q5", "2024-H3", "2024-1", "2024\n", "2024-02-29 ",
     "July 2024", "2024/07", "2024-07-1", "0000-01-01", "٢٠٢٤", "undated"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


@LAW
@given(st.dates())
def test_every_day_is_a_date(day: Any) -> None:
    assert is_date(day.isoformat()) and is_date(day.isoformat()[:7]) and is_date(day.isoformat()[:4])


@LAW
@given(texts)
def test_a_name_is_compared_without_case_spaces_and_hyphens(name: str) -> None:
    assert normal(normal(name)) == normal(name)
    assert normal(name) == normal(f" {name.replace(' ', '-')}_") or not normal(name)


def test_two_files_cannot_have_one_name() -> None:
    one = Item("a-b", "chip", "A", "m", ("X 1",), file="1.toml")
    assert check_names([one]) == []
    assert [str(p) for p in check_names([one, Item("c", "chip", "C", "m", ("x-1",), file="2.toml")])] == [
        "2.toml:1: aliases: 'x-1' already names a-b in 1.toml"
    ]
    assert [p.path for p in check_names([one, Item("a-b", "chip", "B", "m", file="2.toml")])] == ["id"]
    assert [p.path for p in check_names([one, Item("c", "chip", "a B", "m", file="2.toml")])] == ["name"]


@pytest.mark.parametrize(
    ("header", "index", "key", "line"),
    [("", 0, "id", 1), ("", 0, "nothing", 1), ("[[f]]", 0, "a", 4), ("[[f]]", 1, "a", 7), ("[[f]]", 1, "b", 6),
     ("[[f]]", 2, "a", 1), ("", 0, "g", 8), ("[g]", 0, "c", 9)],
)  # fmt: skip
def test_lines_are_found(header: str, index: int, key: str, line: int) -> None:
    text = 'id = "x\u2028y"\n\n[[f]]\na = 1\n\n [[f]] # again\n"a" = 2\n[g]\nc = 3'
    assert Reader("x", text).line_of(header, index, key) == line


@pytest.mark.parametrize("make", [lambda p: p, str], ids=["path", "text"])
def test_a_problem_names_the_file_as_it_was_given(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "x.toml"
    path.write_text("")
    assert read_text(path, str(make(path)))[1][0].file == str(path)
    assert read_text(path, "short.toml")[1][0].file == "short.toml"
