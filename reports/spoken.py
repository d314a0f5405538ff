# SPDX-License-Identifier: Apache-2.0
"""Ids in words: what a command line prints for scripts, as a page says it to readers."""

from __future__ import annotations

import re

from chipgauge.reports import text
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.rules import Rule

_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+(?:#[a-z0-9-]+)?(?![a-z0-9/#-])")
_KEY = r"[a-z0-9][a-z0-9.-]*/[a-z0-9_]+(?:\.[a-z0-9_]+)*"
_KEYS = re.compile(f"{_KEY}(?:(?:, | and ){_KEY})*")

FOUND = {
    ("lane", "crosses"): "inside the lane",
    ("lane", "below"): "outside the lane",
    ("exception", "crosses"): "within the exception",
    ("exception", "below"): "outside the exception",
    ("duty", "crosses"): "in the band",
    ("duty", "below"): "outside the bands",
    ("arrangement", "crosses"): "covered",
    ("arrangement", "below"): "not covered",
}
"""The verdict of a rule that is met from within, by its kind; of any other rule the verdict is the word."""


def rule_label(rule: Rule) -> str:
    """Return the short name of a rule: the entry of the control list that its title ends with (`3A090.a`), else the title."""
    last = rule.title.split()[-1] if rule.title.split() else rule.id
    return last if last[:1].isdigit() and last[1:2].isalpha() else rule.title


def rule_name(rule: Rule) -> str:
    """Return the name of a rule inside a sentence: its entry of the control list as it is, a title of words in quotes.

    >>> from chipgauge.specs.catalog import catalog
    >>> rules = {one.id: one for one in catalog().rules()}
    >>> rule_name(rules["us-bis-3a090-a"]), rule_name(rules["us-bis-2022-3a090"]), rule_name(rules["us-s232-2026-chips"])
    ('3A090.a', '3A090 of October 2022', '“Import duty of 25% on two bands of chips, Section 232”')
    """
    entry = rule.title.partition(", ECCN ")[2] or rule_label(rule)
    return f"“{entry}”" if entry == rule.title else entry


def ruled(kind: str, verdict: str) -> str:
    """Return the verdict of a rule in words.

    >>> ruled("duty", "crosses"), ruled("classification", "crosses"), ruled("lane", "not_in_force")
    ('in the band', 'crosses', 'not in force')
    """
    return FOUND.get((kind, verdict), verdict.replace("_", " "))


def in_words(said: str, catalog: Catalog, *, of: str = "") -> str:
    """Return a text with the ids of rules as their names and the keys of figures as what they are of which item.

    `of` is the id of the item that the text speaks of: its figures go without its name.

    >>> from chipgauge.specs.catalog import catalog
    >>> in_words("crosses the line of us-bis-3a090-a", catalog())
    'crosses the line of 3A090.a'
    >>> in_words("unknown without huawei-ascend-910c/peak.fp64, huawei-ascend-910c/tpp", catalog())
    'unknown without FP64 peak and TPP of the Ascend 910C'
    """
    rules = {one.id: one for one in catalog.rules()}

    def figures(found: re.Match[str]) -> str:
        by_item: dict[str, list[str]] = {}
        for key in re.split(", | and ", found[0]):
            item, _, quantity = key.partition("/")
            if item not in catalog.items or quantity not in QUANTITIES:
                return found[0]
            asked = QUANTITIES[quantity].kind == "yes_no"  # no amount, but a question
            by_item.setdefault(item, []).append(f"“{text.metric(quantity)}?”" if asked else text.metric(quantity))
        return ", and ".join(
            text.joined(names) + (f" of {item_name(item, catalog)}" if item != of else "")
            for item, names in sorted(by_item.items(), key=lambda pair: pair[0] != of)  # its own ones first
        )

    def rule(found: re.Match[str]) -> str:
        name = found[0].partition("#")[0]
        return rule_name(rules[name]) if name in rules else found[0]

    return _ID.sub(rule, _KEYS.sub(figures, said))


def item_name(item: str, catalog: Catalog) -> str:
    """Return an item as it stands inside a sentence: `the Ascend 910C`, `xAI Colossus 2`."""
    from chipgauge.reports.markup import short

    record = catalog.items[item]
    name = text.named(record.name) if record.kind not in ("cluster", "model") else record.name
    return short(name)


__all__ = ["in_words", "item_name", "rule_label", "rule_name", "ruled"]
