# SPDX-License-Identifier: Apache-2.0
"""`chipgauge import epoch`: the folder it writes, what it reports, and its use with `--catalog`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chipgauge.reports.cli import main
from chipgauge.specs.index import read_folder

FIXTURE = Path(__file__).parent / "epoch" / "hand-made.csv"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("import", "epoch", FIXTURE, "-o", tmp_path / "epoch").exit_code == 0
    return tmp_path / "epoch"


def test_the_json_says_what_was_imported_and_what_was_not(tmp_path: Path) -> None:
    result = run("import", "epoch", FIXTURE, "-o", tmp_path / "epoch", "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, found["schema"], found["imported"]) == (0, "chipgauge.import/0", 8)
    assert {"row": 12, "why": "no hardware name", "name": ""} in found["skipped"]
    assert [item["id"] for item in found["items"]][:2] == ["epoch-example-x1-sxm-96gb", "epoch-example-x1-pcie"]
    assert len(found["skipped"]) == 6 and len(found["cells"]) == 8


def test_the_table_begins_with_the_answer(tmp_path: Path) -> None:
    out = run("import", "epoch", FIXTURE, "-o", tmp_path / "epoch").stdout
    assert out.startswith("Wrote 8 chips of Epoch AI's table to ")
    assert "6 rows cannot be used" in out and "row 2 has this name already" in out and "CC BY 4.0" in out


def test_the_folder_passes_our_own_check(folder: Path) -> None:
    items, sources, problems = read_folder(folder)
    assert problems == [] and len(items) == 8 and list(sources) == ["epoch-import"]
    assert sources["epoch-import"].licence == "CC BY 4.0"
    for path in folder.rglob("*.toml"):
        assert run("lint", path).exit_code == 0


def test_compare_sets_our_values_beside_theirs(folder: Path) -> None:
    result = run("compare", "H100", "epoch-example-x1-sxm-96gb", "--catalog", folder, "--json")
    rows = {row["metric"]: row["values"] for row in json.loads(result.stdout)["metrics"]}
    assert rows["peak.bf16"]["nvidia-h100-sxm"]["value"] == 989.4
    assert rows["peak.bf16"]["epoch-example-x1-sxm-96gb"]["value"] == 400
    assert rows["scale_up.bandwidth"]["epoch-example-x1-sxm-96gb"]["value"] == 450  # 900 both ways
    assert rows["tpp"]["epoch-example-x1-sxm-96gb"]["value"] == 6400


def test_the_environment_names_the_folder_too(folder: Path) -> None:
    result = CliRunner().invoke(main, ["show", "epoch-example-x1-pcie"], env={"CHIPGAUGE_CATALOG": str(folder)})
    assert result.exit_code == 0 and "Example X1 PCIe (Epoch)" in result.stdout


def test_the_same_file_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert run("import", "epoch", FIXTURE, "-o", tmp_path / "again").exit_code == 0
    one, two = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.toml")} for f in (folder, tmp_path / "again"))
    assert one == two


def test_a_folder_is_written_again_only_with_force_and_only_if_it_is_ours(folder: Path) -> None:
    again = ("import", "epoch", FIXTURE, "-o", folder)
    assert "add --force" in run(*again).stderr
    assert run(*again, "--force").exit_code == 0
    (folder / "chips" / "mine.toml").write_text("", "utf-8")
    refused = run(*again, "--force")
    assert refused.exit_code == 2 and "chips/mine.toml" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((FIXTURE,), "give either -o DIR or --check"),
        ((FIXTURE, "-o", "x", "--check"), "give either -o DIR or --check"),
        ((FIXTURE, "--check", "--force"), "--force goes with -o DIR"),
        (("no-such.csv", "-o", "x"), "no-such.csv: No such file"),
        ((FIXTURE.parent, "-o", "x"), "this is a folder"),
    ],
)
def test_a_mistake_is_one_message(arguments: tuple[object, ...], says: str) -> None:
    result = run("import", "epoch", *arguments)
    assert result.exit_code == 2 and says in result.stderr and "Traceback" not in result.stderr


def test_nothing_is_written_where_the_file_is_bad(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", "utf-8")
    result = run("import", "epoch", bad, "-o", tmp_path / "out")
    assert result.exit_code == 2 and "not Epoch's table" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_file_without_a_usable_row_writes_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("Hardware name,TDP (W)\n,700\n", "utf-8")
    result = run("import", "epoch", bad, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "no row of the file can be used, the first because: no hardware name" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_the_example_that_is_printed_runs(tmp_path: Path) -> None:
    out = run("import", "epoch", FIXTURE, "-o", tmp_path / "epoch").stdout
    (command,) = [line.partition(": chipgauge ")[2] for line in out.split("\n") if ": chipgauge " in line]
    assert run(*command.split(" ")).exit_code == 0


def test_help_has_an_example() -> None:
    assert "chipgauge import epoch ml_hardware.csv -o epoch" in run("import", "-h").stdout
    assert "4.0" in run("import", "-h").stdout
