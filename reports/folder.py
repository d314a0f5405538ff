# SPDX-License-Identifier: Apache-2.0
"""Writing a folder of files whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from chipgauge.specs.errors import Problem, TableError


def write_folder(
    folder: Path, files: Mapping[str, str], *, force: bool = False, ours: Callable[[str], bool] = lambda name: True
) -> None:
    """Write files (name with `/` -> text) as a new folder; either all of them are there afterwards, or nothing changed.

    A folder that holds anything is refused; with `force` it is replaced, but only if `ours` says of every file in it
    that it came from here, so that a mistyped name deletes nothing.
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and not target.is_dir():
        raise _refused(folder, "this is a file, not a folder", "name a folder that is new or empty")
    if not target.parent.is_dir():
        raise _refused(folder, f"there is no folder {target.parent}", "make it first, or name another")
    held = sorted(path.relative_to(target).as_posix() for path in target.rglob("*")) if target.is_dir() else []
    if held and not force:
        raise _refused(
            folder, "the folder is not empty", "name a new or empty folder, or add --force to write it again"
        )
    strange = [name for name in held if not ours(name)]
    if strange:
        raise _refused(
            folder,
            f"the folder holds {strange[0][:80]!r}, which was not written by this command",
            "name another folder",
        )
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part"))
    try:
        for name, text in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(made, 0o777 & ~umask)
        old = Path(f"{made}.old")
        if held:
            os.rename(target, old)
        try:
            os.rename(made, target)  # an empty folder of this name is replaced
        except BaseException:
            if held:
                os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _refused(folder: Path, message: str, hint: str) -> TableError:
    return TableError([Problem(str(folder), 1, "", message, hint)])
