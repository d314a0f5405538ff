# SPDX-License-Identifier: Apache-2.0
"""The files of a page that are not computed: templates, style sheet, script."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from chipgauge.reports.squeeze import tight_script, tight_style


@lru_cache(maxsize=16)
def resource(name: str) -> str:
    """Return a file of this package as text with plain line ends, as a browser hashes it."""
    return files("chipgauge.reports").joinpath(name).read_text("utf-8").replace("\r\n", "\n")


def packed(name: str) -> str:
    """Return a style sheet or script without comments and the spaces that only please the eye: a fifth less to send."""
    lines = (line.strip() for line in resource(name).splitlines())
    kept = [line for line in lines if line and not line.startswith(("//", "/* "))]
    if name.endswith(".css"):
        return "".join(map(tight_style, kept))
    return "".join(line + _end(line) for line in map(tight_script, kept))


def _end(line: str) -> str:
    """Return what must follow a line of a script: nothing where it ends a statement or opens a block."""
    return "" if line.endswith((";", "{", ",")) and "//" not in line else "\n"


__all__ = ["packed", "resource"]
