# SPDX-License-Identifier: Apache-2.0
"""A folder is written whole or not at all, and nothing that others made is ever replaced."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chipgauge.reports.folder import write_folder
from chipgauge.specs.errors import TableError

LAW = settings(
    derandomize=True, deadline=None, max_examples=25, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
FILES = {"sources.toml": "a\n", "chips/x.toml": "b\n"}


def held(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


def test_a_new_or_empty_folder_is_written(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        write_folder(tmp_path / name, FILES)
        assert held(tmp_path / name) == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "new"]


def test_a_folder_that_holds_something_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept", "utf-8")
    with pytest.raises(TableError, match="not empty"):
        write_folder(tmp_path, FILES)
    with pytest.raises(TableError, match=r"holds 'mine\.txt'"):
        write_folder(tmp_path, FILES, force=True, ours=lambda name: name in FILES)
    assert held(tmp_path) == {"mine.txt": "kept"}


def test_force_replaces_what_was_written_here(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_folder(target, {"chips/old.toml": "old"})
    write_folder(target, FILES, force=True)
    assert held(target) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_or_a_missing_parent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", "utf-8")
    for name, says in (("file", "this is a file"), ("a/b", "there is no folder")):
        with pytest.raises(TableError, match=says):
            write_folder(tmp_path / name, FILES, force=True)
    assert held(tmp_path) == {"file": "kept"}


@pytest.mark.parametrize("start", [{}, {"chips/old.toml": "old"}])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, start: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    if start:
        write_folder(target, start)
    real = os.rename

    def rename(source: Path, to: Path) -> None:
        if str(source).endswith(".part"):
            raise OSError(28, "no space left")
        real(source, to)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(OSError, match="no space"):
        write_folder(target, FILES, force=True)
    assert (held(target) if target.exists() else {}) == start
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if start else [])


@LAW
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.toml", fullmatch=True), st.text(max_size=50), max_size=6)
)
def test_what_is_written_is_read_back(tmp_path: Path, files: dict[str, str]) -> None:
    target = tmp_path / "out"
    write_folder(target, files, force=True)
    assert {p.relative_to(target).as_posix(): p.read_bytes().decode() for p in target.rglob("*.toml")} == files
