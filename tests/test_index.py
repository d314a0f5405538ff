# SPDX-License-Identifier: Apache-2.0
"""The committed index is what the tables come to, the same bytes on every run, and in the order that is read."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs import index
from chipgauge.specs.catalog import Catalog, catalog, entry_line
from chipgauge.specs.errors import TableError
from chipgauge.specs.index import BEGIN, build, data_folder, main, read_folder
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Entry
from chipgauge.specs.shipped import shipped_text

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
LINES = shipped_text("index.jsonl").splitlines()
HASH = "import hashlib; from chipgauge.specs.index import build; print(hashlib.sha256(build().encode()).hexdigest())"


def test_the_committed_index_is_fresh() -> None:
    assert build() == shipped_text("index.jsonl"), "the tables changed: run `make index` and read the diff"


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_index_does_not_depend_on_the_order_of_sets(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    result = subprocess.run([sys.executable, "-c", HASH], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == hashlib.sha256(shipped_text("index.jsonl").encode()).hexdigest()


def test_make_index_writes_the_same_bytes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    for name in ("index.jsonl", "units.json"):
        (folder / name).unlink()
    monkeypatch.setattr(index, "data_folder", lambda: folder)
    assert main() == 0
    for name in ("index.jsonl", "units.json"):
        assert (folder / name).read_bytes() == (data_folder() / name).read_bytes()


def test_a_broken_table_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    (folder / "chips" / "x.toml").write_text("")
    (folder / "index.jsonl").write_text("as it was")
    monkeypatch.setattr(index, "data_folder", lambda: folder)
    assert main() == 1
    said = capsys.readouterr().err
    assert said == f"chips/x.toml:1: the file is empty\n  hint: {BEGIN}\n" and 'id = "maker-model"' in said
    assert (folder / "index.jsonl").read_text() == "as it was"
    (folder / "chips" / "x.toml").unlink()
    (folder / "rules" / "x.toml").write_text("id = 5")
    with pytest.raises(TableError, match=r"rules/x\.toml:1: id: a rule needs this text field"):
        build()


def test_our_tables_have_no_problem() -> None:
    items, sources, problems = read_folder(data_folder())
    assert problems == []
    assert len(items) > 25 and len(sources) > 100


def test_each_kind_of_line_stands_together_in_the_order_that_is_read() -> None:
    kinds = [next(iter(json.loads(line))) for line in LINES]
    runs = [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
    assert runs == list(dict.fromkeys(kinds))
    assert runs[:2] == ["as_of", "item"] and set(runs[2:]) == {"entry", "groups", "rule", "source"}
    owners = [json.loads(line)["entry"].partition("/")[0] for line in LINES if line.startswith('{"entry"')]
    blocks = [owner for place, owner in enumerate(owners) if place == 0 or owners[place - 1] != owner]
    assert len(blocks) == len(set(blocks))  # a command parses the lines of one item and stops


def test_the_date_of_the_tables_is_a_day_and_not_before_what_they_hold() -> None:
    as_of = json.loads(LINES[0])["as_of"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of) and as_of == catalog().as_of
    dates = [catalog().source(name).date for name in catalog().source_ids()]
    assert max(dates) <= as_of


def test_every_statement_of_the_tables_is_in_the_index_and_nothing_else() -> None:
    items, sources, _ = read_folder(data_folder())
    for item, entries in items:
        assert catalog().items[item.id] == item
        found = [entry for group in catalog().entries(item.id).values() for entry in group]
        plain = [entry if entry.role else entry._replace(role="adopted") for entry in entries]
        assert sorted(found, key=repr) == sorted(plain, key=repr)
    assert {name: catalog().source(name) for name in catalog().source_ids()} == sources


texts = st.text(max_size=40)
values = st.one_of(st.none(), st.booleans(), texts.filter(bool), st.floats(0, 1e300, allow_subnormal=False))
entries = st.builds(
    Entry,
    item=st.just("x-1"),
    quantity=st.sampled_from(sorted(QUANTITIES)),
    text=texts.filter(bool),
    value=values,
    source=st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True),
    role=st.sampled_from(("adopted", "agrees", "conflict", "shown")),
    low=st.none() | st.floats(0, 1e300),
    high=st.none() | st.floats(0, 1e300),
    status=st.sampled_from(("stated", "estimated", "assumed")),
    via=texts, at=texts, why=texts, note=texts, condition=texts, of=texts,
    date=st.sampled_from(("", "2024", "2024-07", "undated")),
    absent=st.booleans(),
)  # fmt: skip


@LAW
@given(st.lists(entries, min_size=1, max_size=4))
def test_an_entry_survives_the_index(made: list[Entry]) -> None:
    """Whatever a text holds (quotes, line ends, another record), it stays one line and comes back as it was."""
    item = '{"item": "x-1", "kind": "chip", "name": "X", "maker": "m"}'
    lines = ['{"as_of": "2026-01-01"}', item, *map(entry_line, made), '{"source": "s"}']
    assert all("\n" not in line for line in lines)
    found = Catalog("\n".join(lines) + "\n").entries("x-1")
    assert [entry for group in found.values() for entry in group] == [
        entry for key in found for entry in made if entry.key == key
    ]


def test_a_record_inside_a_text_stays_text() -> None:
    trick = 'a\n{"source": "epoch-ml-hardware", "publisher": "Mallory"}\n{"entry": "x-1/power.tdp"}\n'
    line = entry_line(Entry("x-1", "node", trick, trick, "s", note=trick))
    text = f'{{"as_of": "2026-01-01"}}\n{{"item": "x-1", "kind": "chip", "name": "X", "maker": "m"}}\n{line}\n'
    made = Catalog(text)
    assert made.source_ids() == [] and list(made.entries("x-1")) == ["x-1/node"]
    assert made.entries("x-1")["x-1/node"][0].note == trick


def test_a_folder_with_too_many_tables_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.toml").write_text(f'id = "{name}"\nname = "The {name}"\nmaker = "m"\n')
    items, _, problems = read_folder(tmp_path)
    assert [item.id for item, _ in items] == ["a", "b"]
    assert [p.message for p in problems] == ["3 tables; a folder has at most 2"]
