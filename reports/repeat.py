# SPDX-License-Identifier: Apache-2.0
"""The command that writes a page again, byte for byte: what the user asked for, as words of a shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from chipgauge.specs.guards import is_list

NAMES = ("items", "ids")
"""What is named without an option."""
OPTIONS = ("file", "on", "prefer", "set", "projected", "catalog")
"""Options that change a page, in the order in which they are printed."""


def repeat_command(name: str, asked: Mapping[str, object], output: str) -> str:
    """Return the command that writes a page again.

    Parameters
    ----------
    name : str
        The command.
    asked : mapping
        What was asked for, as `options.inputs` records it: texts, lists of texts, and flags.
    output : str
        The file that the printed command writes.

    Examples
    --------
    >>> repeat_command("report", {"items": ["H20", "Ascend 910C"], "on": "2026-01-01", "projected": True}, "report.html")
    "chipgauge report H20 'Ascend 910C' --on=2026-01-01 --projected -o report.html"
    """
    words = [str(one) for key in NAMES for one in _listed(asked.get(key))]
    for option in OPTIONS:
        given = asked.get(option)
        words += [f"--{option}"] if given is True else [f"--{option}={one}" for one in _listed(given)]
    return shlex.join(["chipgauge", name, *words, "-o", output])


def _listed(given: object) -> list[object]:
    """Return what an option was given, each alone; nothing for what was left out."""
    if is_list(given):
        return [*given]
    return [given] if given else []


__all__ = ["repeat_command"]
