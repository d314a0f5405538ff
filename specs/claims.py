# SPDX-License-Identifier: Apache-2.0
"""Claim records: what was said, by whom, and the readings under which it can be true.

A reading is an expression of the language of `explain` and what its value must be, or a rule and the verdict that it
must give. Nothing here is evaluated: `calc.claims` does that.
"""

from __future__ import annotations

from typing import NamedTuple

EVIDENCE = ("first-hand", "second-hand")
"""Whether the text of the speaker himself was read, or somebody's report of it."""

CONDITIONS = ("between", "about", "at_least", "at_most", "above", "below", "is")
"""What a reading may demand of its value; `about` takes `within` with it."""


class Expected(NamedTuple):
    """What a value must be: the condition, and its one or two values as written (`5.5`, `4800 TPP`, `yes`)."""

    condition: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        words = {
            "between": "between {} and {}",
            "about": "{} within {}",
            "at_least": "at least {}",
            "at_most": "at most {}",
            "above": "above {}",
            "below": "below {}",
            "is": "{}",
            "verdict": "{}",
        }
        return words[self.condition].format(*self.values)


class ClaimReading(NamedTuple):
    """One way in which a claim can be meant. Either `expression` or `rule` with `item` is given; `line` is its place."""

    id: str
    says: str
    expected: Expected
    expression: str = ""
    basis: str = ""
    assumes: str = ""
    given: tuple[str, ...] = ()
    on: str = ""
    rule: str = ""
    item: str = ""
    to: str = ""
    line: int = 1


class Claim(NamedTuple):
    """A public statement with a number in it.

    `says` is in our words, `quote` is short; `via` is the source through which it was read when the original was not
    opened; `sentence` is what a newspaper could print, with `{reading}` where the value of a reading stands.
    """

    id: str
    says: str
    by: str
    date: str
    evidence: str
    source: str
    readings: tuple[ClaimReading, ...]
    via: str = ""
    quote: str = ""
    topic: str = ""
    sentence: str = ""
    note: str = ""
    file: str = ""
    line: int = 1
