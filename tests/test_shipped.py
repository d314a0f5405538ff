# SPDX-License-Identifier: Apache-2.0
"""The files that ship with the package are read from a folder and from a zip archive alike."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import chipgauge
from chipgauge.specs.index import data_folder
from chipgauge.specs.shipped import shipped_text

READ = """
import sys
sys.path.insert(0, sys.argv[1])
from chipgauge.specs import shipped
assert shipped.__file__.startswith(sys.argv[1]), shipped.__file__
from chipgauge.specs.catalog import catalog
sys.stdout.write(shipped.shipped_text("meta.toml") + catalog().subject("100k H200").key)
"""


@pytest.mark.parametrize("name", ["meta.toml", "units.json", "index.jsonl", "chips/nvidia-h20-96gb.toml"])
def test_a_shipped_file_is_read_as_it_stands(name: str) -> None:
    assert shipped_text(name) == (data_folder() / name).read_bytes().decode("utf-8")


def test_a_file_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(OSError, match=r"nothing\.toml"):
        shipped_text("nothing.toml")


def test_a_zip_archive_works_as_well(tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    root = Path(chipgauge.__file__).parent
    with zipfile.ZipFile(archive, "w") as made:
        made.write(root / "__init__.py", "chipgauge/__init__.py")
        for path in data_folder().parent.rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                made.write(path, f"chipgauge/specs/{path.relative_to(data_folder().parent).as_posix()}")
    command = [sys.executable, "-I", "-c", READ, str(archive)]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert result.stderr == ""
    assert result.stdout == shipped_text("meta.toml") + "100000 nvidia-h200-sxm"


def test_the_table_of_units_is_json_without_surprises() -> None:
    rows = json.loads(shipped_text("units.json"))["units"]
    assert all(up > 0 and down > 0 and isinstance(up, int) and isinstance(down, int) for up, down, _ in rows.values())
