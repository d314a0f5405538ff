# SPDX-License-Identifier: Apache-2.0
"""The text of a data file that ships with the package."""

from __future__ import annotations

import os


def shipped_text(name: str) -> str:
    """Return a file of `specs/data` as text, from a folder or a zip archive."""
    return shipped_bytes(name).decode("utf-8")


def shipped_bytes(name: str) -> bytes:
    """Return a file of `specs/data` as it is, from a folder or a zip archive.

    The loader is asked directly: `importlib.resources` costs 16 ms at start, more than all of our own arithmetic.
    """
    path = os.path.join(os.path.dirname(__file__), "data", *name.split("/"))
    raw: bytes = __loader__.get_data(path)  # type: ignore[name-defined]  # pyright: ignore
    return raw
