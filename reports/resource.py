# SPDX-License-Identifier: Apache-2.0
"""The files of a page that are not computed: templates, style sheet, script."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=16)
def resource(name: str) -> str:
    """Return a file of this package as text with plain line ends, as a browser hashes it."""
    return files("chipgauge.reports").joinpath(name).read_text("utf-8").replace("\r\n", "\n")


def packed(name: str) -> str:
    """Return a style sheet or script without indentation, empty lines and lines of comment: a tenth less to send."""
    lines = (line.strip() for line in resource(name).splitlines())
    kept = [line for line in lines if line and not line.startswith(("//", "/* "))]
    if name.endswith(".css"):
        kept = [line if '"' in line else _tight(line) for line in kept]
    else:
        from chipgauge.reports.squeeze import tight_script

        kept = [tight_script(line) for line in kept]
    return "\n".join(kept)


def _tight(line: str) -> str:
    """Return a line of a style sheet without the spaces that only please the eye.

    >>> _tight("td, th { padding: 1px 2px; margin: calc(1rem - 2px); }")
    'td,th{padding:1px 2px;margin:calc(1rem - 2px)}'
    """
    for sign in ("{", "}", ";", ":", ","):
        line = line.replace(f"{sign} ", sign)
    return line.replace(" {", "{").replace(";}", "}").replace(" }", "}")


__all__ = ["packed", "resource"]
