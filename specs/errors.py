# SPDX-License-Identifier: Apache-2.0
"""The errors a user can cause: one small family, each with what was wrong, what is allowed and what to type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class ChipgaugeError(Exception):
    """The base of every error that a user's input can cause; its text is the whole message."""


class UnitError(ChipgaugeError, ValueError):
    """A unit is missing, misspelt or of the wrong dimension."""


class UnknownName(ChipgaugeError, LookupError):
    """No chip, system, quantity, source or rule has this name."""


class ExpressionError(ChipgaugeError, ValueError):
    """An expression cannot be read; `position` counts characters from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class UnknownValue(ChipgaugeError, ValueError):
    """A number is needed where the tables hold none."""


class BasisError(ChipgaugeError, ValueError):
    """Two figures on different bases were put into one ratio."""


class Problem(NamedTuple):
    """One thing wrong in a contributed file: where it is, what it is, what to type instead."""

    file: str
    line: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        # the name of a file or of a field in it may hold a line end
        file, path = ("".join(c if c.isprintable() else "?" for c in name) for name in (self.file, self.path))
        where = f"{file}:{self.line}: " + (f"{path}: " if path else "")
        return where + self.message + (f"\n  hint: {self.hint}" if self.hint else "")


class TableError(ChipgaugeError, ValueError):
    """A spec table is broken; `problems` lists everything found, not the first only."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def did_you_mean(given: str, known: Iterable[str], limit: int = 3) -> str:
    """Return " Did you mean ...?" for the nearest known names, or nothing.

    >>> did_you_mean("H2O0", ["H20", "H200"])
    ' Did you mean H20 or H200?'
    >>> did_you_mean("zzz", ["H20"])
    ''
    """
    import difflib

    folded = {name.casefold(): name for name in reversed(list(known))}
    near = difflib.get_close_matches(given.casefold()[:80], list(folded), n=limit, cutoff=0.6)
    return f" Did you mean {' or '.join(folded[name] for name in near)}?" if near else ""
