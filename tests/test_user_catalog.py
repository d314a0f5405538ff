# SPDX-License-Identifier: Apache-2.0
"""A user's own folder of 2,000 chips joins the catalogue: by option and by environment, read whole, named exactly."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.quantity import quantity
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import UnknownName

CHIPS = 2000
LAW = settings(derandomize=True, deadline=None, max_examples=50, database=None)
SOURCES = '[own-sheet]\npublisher = "Own"\ntitle = "Data sheet"\nurl = "https://own.example/sheet"\nkind = "vendor"\n'
TABLE = """id = "own-x{n}"
name = "Own X{n}"
maker = "own"
aliases = ["X{n} card"]

[[figures]]
quantity = "peak.bf16"
value = "{n} TFLOP/s"
sparsity = "dense"
source = "own-sheet"

[[figures]]
quantity = "peak.int8"
value = "{n} TOP/s"
sparsity = "2:4"
source = "own-sheet"

[[figures]]
quantity = "memory.capacity"
value = "96 GB"
source = "own-sheet"

[[figures]]
quantity = "memory.bandwidth"
value = "{n} GB/s"
source = "own-sheet"

[[figures]]
quantity = "scale_up.bandwidth"
value = "900 GB/s"
direction = "both"
source = "own-sheet"

[[figures]]
quantity = "power.tdp"
value = "700 W"
source = "own-sheet"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    (made / "chips").mkdir()
    (made / "sources.toml").write_text(SOURCES, "utf-8")
    for number in range(1, CHIPS + 1):
        (made / "chips" / f"own-x{number}.toml").write_text(TABLE.format(n=number), "utf-8")
    return made


@pytest.fixture(scope="module")
def joined(folder: Path) -> Catalog:
    return catalog().with_folder(folder)


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments], env=environment)


def test_all_of_them_join_and_ours_stay(joined: Catalog) -> None:
    own = [item for item in joined.items if item.startswith("own-")]
    assert len(own) == CHIPS and set(catalog().items) < set(joined.items)
    assert not set(own) & set(catalog().items)  # ours is untouched


@LAW
@given(st.integers(1, CHIPS))
def test_each_is_found_by_every_name_and_has_its_own_figures(joined: Catalog, number: int) -> None:
    for name in (f"own-x{number}", f"OWN X{number}", f"x{number} CARD"):
        assert joined.find(name).id == f"own-x{number}"
    assert quantity("peak.bf16", f"own-x{number}", catalog=joined).to("TFLOP/s") == number
    assert quantity("peak.int8", f"own-x{number}", catalog=joined).to("TOP/s") == number / 2
    assert quantity("scale_up.bandwidth", f"own-x{number}", catalog=joined).to("GB/s") == 450


def test_a_command_takes_the_folder_by_option(folder: Path) -> None:
    printed = run("compare", "own-x989", "H100", "--catalog", folder, "--json")
    found: dict[str, Any] = json.loads(printed.stdout)
    assert found["inputs"]["catalog"] == str(folder)
    assert found["sources"]["own-sheet"]["publisher"] == "Own"
    rows = {row["metric"]: row["values"]["own-x989"] for row in found["metrics"]}
    assert rows["memory.bandwidth"]["value"] == 989


def test_they_are_exported_with_ours_and_named_by_the_environment(folder: Path) -> None:
    rows = json.loads(run("list", "chips", "--figures", "--json", CHIPGAUGE_CATALOG=str(folder)).stdout)["figures"]
    assert sum(row["source"] == "own-sheet" for row in rows) == 6 * CHIPS
    assert {row["item"] for row in rows} > {item.id for item in catalog().items.values() if item.kind == "chip"}


def test_one_wrong_file_among_them_is_named(folder: Path, tmp_path: Path) -> None:
    for path in ("sources.toml", "chips/own-x7.toml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text((folder / path).read_text("utf-8"), "utf-8")
    (tmp_path / "chips" / "bad.toml").write_text(TABLE.format(n=8).replace("700 W", "700 GB"), "utf-8")
    result = run("show", "own-x7", "--catalog", tmp_path)
    assert result.exit_code == 2
    assert "chips/bad.toml:36: figures[5] power.tdp value" in result.stderr and "own-x7" not in result.stderr


def test_a_misspelt_name_suggests_one_of_theirs(joined: Catalog) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean .*own-x1999"):
        joined.find("own-x19999")
