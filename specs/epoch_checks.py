# SPDX-License-Identifier: Apache-2.0
"""Which row of Epoch AI's table is which of our chips, and what was decided where the two differ (data/checks)."""

from __future__ import annotations

import tomllib
from typing import Any, NamedTuple

from chipgauge.specs.shipped import shipped_text

FILE = "checks/epoch/decisions.toml"


class Decision(NamedTuple):
    """A difference between a row of Epoch's table and ours: their value, which one we take, and why.

    `take` is `ours`, `basis` (ours; two definitions of one thing, both right) or `neither` (we refuse theirs and know no
    better).
    """

    row: str
    quantity: str
    theirs: str
    take: str
    why: str


class Checks(NamedTuple):
    """Pairs (row of Epoch's table -> id of ours) and decisions by row and quantity."""

    edition: str
    pairs: dict[str, str]
    decisions: dict[tuple[str, str], Decision]


TAKES = ("ours", "basis", "neither")


def checks() -> Checks:
    """Return the pairs and decisions that ship with chipgauge."""
    raw: dict[str, Any] = tomllib.loads(shipped_text(FILE))
    decisions = [Decision(**row) for row in raw.get("decisions", [])]
    return Checks(raw["edition"], raw.get("pairs", {}), {(one.row, one.quantity): one for one in decisions})
