# SPDX-License-Identifier: Apache-2.0
"""Ids in words: rules by their names, figures by what they are of, and nothing else touched."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.spoken import in_words, rule_label, rule_name
from chipgauge.specs.catalog import catalog
from chipgauge.specs.rules import Rule

HERE = catalog()
RULES = {one.id: one for one in HERE.rules()}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("crosses us-bis-3a090-a", "crosses 3A090.a"),
        ("us-bis-3a090-a#a1 and us-bis-3a090-b", "3A090.a and 3A090.b"),
        ("the line of us-bis-4a090-and-z", "the line of 4A090.a with .z entries"),
        ("us-bill-gain-ai", "“GAIN AI bills, chips offered to buyers in the United States first”"),
        (
            "the line of us-bis-diffusion-worldwide;",
            "the line of “Licence worldwide for chips of 3A090.a, AI Diffusion”;",
        ),
        ("unknown for us-bis-2022-3a090.", "unknown for 3A090 of October 2022."),
        ("without huawei-ascend-910c/peak.fp64, tpp", "without FP64 peak of the Ascend 910C, tpp"),
        (
            "without amd-mi308x/tpp, amd-mi308x/die.area, amd-mi308x/host.bandwidth.",
            "without TPP, logic die area and host link bandwidth of the AMD Instinct MI308X (China).",
        ),
        (
            "nvidia-h20-96gb/tpp and huawei-ascend-910c/tpp, nvidia-h20-96gb/die.area",
            "TPP and logic die area of the H20 96 GB, and TPP of the Ascend 910C",
        ),
        (
            "without nvidia-b30a/die.area, nvidia-b30a/datacentre",
            "without logic die area and “marketed for data centres?” of the B30A (rumoured)",
        ),
        ("without xai-colossus-2/cluster.volume", "without volume that the machine fills of xAI Colossus 2"),
        ("no-such-rule and no-such-item/peak.bf16", "no-such-rule and no-such-item/peak.bf16"),
        ("licence required, reviewed case-by-case", "licence required, reviewed case-by-case"),
    ],
)
def test_ids_become_names(said: str, words: str) -> None:
    assert in_words(said, HERE) == words


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_id_of_a_rule_is_left_and_no_name_is_empty(rule: Rule) -> None:
    words = in_words(f"the line of {rule.id}; and", HERE)
    assert rule.id not in words
    name = re.fullmatch(r"the line of (\S.*); and", words)
    assert name and len(words) < 110
    # an entry of a control list stands as it is; a title of words is a thing only in quotes
    assert re.fullmatch(r"\d[A-E]\d{3}(\.[a-z])*( (of|with) .+)?|“[^“”]+”", name[1]), name[1]


def test_what_the_item_itself_lacks_goes_without_its_name() -> None:
    said = "unknown without huawei-ascend-910c/tpp, huawei-cloudmatrix-384/cluster.volume"
    assert in_words(said, HERE, of="huawei-cloudmatrix-384") == (
        "unknown without volume that the machine fills, and TPP of the Ascend 910C"
    )
    assert in_words("unknown without huawei-ascend-910c/tpp", HERE, of="huawei-ascend-910c") == "unknown without TPP"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(RULES)), min_size=2, max_size=2, unique=True))
def test_two_rules_are_told_apart_by_their_labels(pair: list[str]) -> None:
    for name_of in (rule_label, rule_name):
        one, other = (name_of(RULES[name]) for name in pair)
        assert one != other
