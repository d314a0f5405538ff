# SPDX-License-Identifier: Apache-2.0
"""Templates: escaped, strict, and compiled once for each text, as Python does with modules."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, UndefinedError

from chipgauge.reports.templating import Compiled, environment

PATTERN = "jinja-%s.cache"
LOAD = "from chipgauge.reports.templating import environment; environment().get_template('sources.html.jinja')"


def made(folder: Path, text: str) -> str:
    """Print a template through compiled templates in a folder."""
    loader = DictLoader({"page": text})
    return Environment(loader=loader, bytecode_cache=Compiled(str(folder), PATTERN)).get_template("page").render(x=7)


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.mark.usefixtures("writing")
def test_a_compiled_template_is_read_again_until_its_text_changes(tmp_path: Path) -> None:
    assert made(tmp_path, "a {{ x }}") == "a 7"
    (kept,) = tmp_path.iterdir()
    first = kept.stat().st_ino
    assert made(tmp_path, "a {{ x }}") == "a 7"
    assert kept.stat().st_ino == first, "read, not written again"
    assert made(tmp_path, "b {{ x }}") == "b 7"
    assert [*tmp_path.iterdir()] == [kept]


@pytest.mark.usefixtures("writing")
@pytest.mark.parametrize("torn", [b"", b"j2", b"\x00" * 400])
def test_a_torn_file_is_compiled_anew(tmp_path: Path, torn: bytes) -> None:
    made(tmp_path, "a {{ x }}")
    (kept,) = tmp_path.iterdir()
    for content in (torn, kept.read_bytes()[:-20]):
        kept.write_bytes(content)
        assert made(tmp_path, "a {{ x }}") == "a 7"


@pytest.mark.usefixtures("writing")
def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    assert made(tmp_path / "missing", "a {{ x }}") == "a 7"
    assert not [*tmp_path.iterdir()]


def test_nothing_is_written_where_python_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert made(tmp_path, "a {{ x }}") == "a 7"
    assert not [*tmp_path.iterdir()]


def test_templates_lie_beside_the_compiled_modules(tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", LOAD], env=kept | {"PYTHONPYCACHEPREFIX": str(tmp_path)}, check=True)
    (template,) = tmp_path.rglob("jinja-*.cache")
    assert [*template.parent.glob("templating.*.pyc")]


def test_what_a_template_prints_is_escaped_and_must_exist() -> None:
    hostile = "<script>\u202e\x07"
    assert environment().from_string("{{ x }}").render(x=hostile) == "&lt;script&gt;\ufffd\ufffd"
    with pytest.raises(UndefinedError):
        environment().from_string("{{ y }}").render(x=hostile)
