# SPDX-License-Identifier: Apache-2.0
"""Ids in words: rules by their names, figures by what they are of, and nothing else touched."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.spoken import in_words, rule_label
from chipgauge.specs.catalog import catalog
from chipgauge.specs.rules import Rule

HERE = catalog()
RULES = {one.id: one for one in HERE.rules()}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("crosses us-bis-3a090-a", "crosses 3A090.a"),
        ("us-bis-3a090-a#a1 and us-bis-3a090-b", "3A090.a and 3A090.b"),
        ("crosses us-bis-4a090-and-z", "crosses 4A090.a and the .z entries"),
        ("us-bill-gain-ai", "GAIN AI bills"),
        ("crosses us-bis-diffusion-worldwide;", "crosses licence worldwide for chips of 3A090.a;"),
        ("without huawei-ascend-910c/peak.fp64, tpp", "without FP64 peak of the Ascend 910C, tpp"),
        ("no-such-rule and no-such-item/peak.bf16", "no-such-rule and no-such-item/peak.bf16"),
        ("licence required, reviewed case-by-case", "licence required, reviewed case-by-case"),
    ],
)
def test_ids_become_names(said: str, words: str) -> None:
    assert in_words(said, HERE) == words


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_id_of_a_rule_is_left_and_no_name_is_empty(rule: Rule) -> None:
    words = in_words(f"crosses {rule.id}; and", HERE)
    assert rule.id not in words
    assert re.fullmatch(r"crosses \S.*; and", words)
    assert len(words) < 100


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(RULES)), min_size=2, max_size=2, unique=True))
def test_two_rules_are_told_apart_by_their_labels(pair: list[str]) -> None:
    one, other = (rule_label(RULES[name]) for name in pair)
    assert one != other
