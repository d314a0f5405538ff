# SPDX-License-Identifier: Apache-2.0
"""The walk-through of CONTRIBUTING: its two files pass, every command runs and prints what the text says."""

import json
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.cli import main
from chipgauge.specs import plain_toml
from chipgauge.specs.index import data_folder, read_folder
from chipgauge.specs.item_tables import ALLOWED
from chipgauge.specs.records import SOURCE_KINDS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = {block.split("\n")[0].removeprefix("# "): block for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)}
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = [part for block in BLOCKS for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE) if part.strip()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the two files of the walk-through."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHIPGAUGE_CATALOG", raising=False)
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0][2:60])
def test_a_command_prints_what_the_text_says(here: Path, example: str) -> None:
    command, *expected = example.rstrip("\n").split("\n")
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "chipgauge"
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    printed = result.stdout.rstrip("\n").split("\n")
    assert printed[: len(expected) - 1] == expected[:-1] if expected[-1] == "..." else printed == expected


def test_the_walk_through_lints_shows_explains_and_compares() -> None:
    assert [shlex.split(example)[2] for example in EXAMPLES] == ["lint", "show", "explain", "compare"]
    assert set(FILES) == {"mine/sources.toml", "mine/example-x1-96gb.toml"}


def test_the_environment_names_the_folder_as_the_option_does(here: Path) -> None:
    runner = CliRunner()
    by_option = runner.invoke(main, ["show", "X1", "--catalog", "mine"])
    by_environment = runner.invoke(main, ["show", "X1"], env={"CHIPGAUGE_CATALOG": "mine"})
    assert by_option.exit_code == 0 and by_option.stdout == by_environment.stdout


def test_the_files_stand_in_our_own_folder_too(here: Path) -> None:
    (here / "data" / "chips").mkdir(parents=True)
    (here / "data" / "sources.toml").write_text(FILES["mine/sources.toml"], "utf-8")
    (here / "data" / "chips" / "example-x1-96gb.toml").write_text(FILES["mine/example-x1-96gb.toml"], "utf-8")
    items, sources, problems = read_folder(here / "data")
    assert problems == [] and [item.id for item, _ in items] == ["example-x1-96gb"] and len(sources) == 1


def test_the_chip_is_valid_by_the_schema_that_lint_prints() -> None:
    printed = CliRunner().invoke(main, ["lint", "--schema"]).stdout
    raw = plain_toml.read(FILES["mine/example-x1-96gb.toml"])
    assert raw and list(jsonschema.Draft7Validator(json.loads(printed)).iter_errors(raw)) == []


@settings(derandomize=True, deadline=None, max_examples=20, database=None)
@given(st.sampled_from(["id", "name", "maker", "quantity", "value", "sparsity", "source"]))
def test_without_any_of_its_lines_the_file_is_refused(field: str) -> None:
    lines = FILES["mine/example-x1-96gb.toml"].split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{field} ="))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sources.toml").write_text(FILES["mine/sources.toml"], "utf-8")
        Path(folder, "x.toml").write_text("\n".join(lines[:place] + lines[place + 1 :]), "utf-8")
        assert CliRunner().invoke(main, ["lint", str(Path(folder, "x.toml"))]).exit_code == 1


def test_every_target_of_make_that_is_named_exists() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", TEXT)) | set(re.findall(r"^make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"venv", "test", "report", "index", "data-diff", "docs"} <= named
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {
        name
        for name in named
        if not re.search(rf"^(\.PHONY: .*\b)?{name}\b.*:|^\.PHONY:.* {name}\b", makefile, re.MULTILINE)
    } == set()
    done = subprocess.run(
        ["make", "-n", "index", "data-diff", "docs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"`chipgauge ([a-z]+)", TEXT))
    assert {"lint", "list", "show"} <= named <= set(main.list_commands(None))  # type: ignore[arg-type]


def test_the_words_that_may_be_written_are_all_named() -> None:
    for word in SOURCE_KINDS:
        assert word == "method" or word in TEXT, word
    for field in ("sparsity", "direction"):
        assert all(word in TEXT for word in ALLOWED[field])
    assert (data_folder() / "schema" / "item.schema.json").is_file()
