# SPDX-License-Identifier: Apache-2.0
"""Ids in words: what a command line prints for scripts, as a page says it to readers."""

from __future__ import annotations

import re

from chipgauge.reports import text
from chipgauge.reports.ledger import brief
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.rules import Rule

_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+(?:/[a-z0-9_.]+)?(?:#[a-z0-9-]+)?")


def rule_label(rule: Rule) -> str:
    """Return the short name of a rule: the entry of the control list that its title ends with (`3A090.a`), else the title."""
    last = rule.title.split()[-1] if rule.title.split() else rule.id
    return last if last[:1].isdigit() and last[1:2].isalpha() else rule.title


def in_words(said: str, catalog: Catalog) -> str:
    """Return a text with the ids of rules as their names and the keys of figures as what they are of which item.

    >>> from chipgauge.specs.catalog import catalog
    >>> in_words("crosses us-bis-3a090-a; unknown without huawei-ascend-910c/peak.fp64", catalog())
    'crosses 3A090.a; unknown without FP64 peak of the Ascend 910C'
    """
    rules = {one.id: one for one in catalog.rules()}

    def words(found: re.Match[str]) -> str:
        name, _, quantity = found[0].partition("#")[0].partition("/")
        if name in rules and not quantity:
            return _in_sentence(rules[name])
        if name in catalog.items and quantity in QUANTITIES:
            return f"{text.metric(quantity)} of the {brief(catalog.items[name].name)}"
        return found[0]

    return _ID.sub(words, said)


def _in_sentence(rule: Rule) -> str:
    """Return the name of a rule inside a sentence: its entries of the control list, else the first words of its title."""
    label = rule_label(rule)
    name = label.partition(", ECCN ")[2] or re.split(", |: ", label)[0]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


__all__ = ["in_words", "rule_label"]
