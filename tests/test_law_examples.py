# SPDX-License-Identifier: Apache-2.0
"""The test vectors that travel with the rules: every [[examples]] of every rule file, and what every file must have."""

import tomllib
from collections import Counter
from typing import Any

import pytest

from chipgauge.calc.thresholds import check
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.custom import CUSTOM, Custom, kind_of, with_custom
from chipgauge.specs.index import data_folder
from chipgauge.specs.rule_tables import read_examples
from chipgauge.specs.rules import Example

FOLDER = data_folder() / "rules"
TEXTS = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.toml")) if path.stem != "groups"}
RAW: dict[str, dict[str, Any]] = {name: tomllib.loads(text) for name, text in TEXTS.items()}
EXAMPLES = [(name, number, one) for name, text in TEXTS.items() for number, one in enumerate(read_examples(text))]
RULES = {rule.id: rule for rule in catalog().rules()}
KINDS = {"chip": "chip", "import": "chip", "shipment": "chip", "system": "system"}


def case(rule: str, example: Example) -> tuple[str, Catalog]:
    """The item that an example asks about, and the tables with the figures that it gives."""
    rows = tuple((name, value) for name, _, value in (text.partition("=") for text in example.set))
    if example.item:
        item = catalog().subject(example.item).item.id
        return example.item, catalog().adjusted(given=[f"{name}({item})={value}" for name, value in rows])
    wanted = RULES[rule].item_class
    made = Custom(KINDS.get(wanted, kind_of([name for name, _ in rows])), CUSTOM, "", rows)
    return CUSTOM, with_custom(catalog(), made)


@pytest.mark.parametrize(
    ("rule", "number", "example"), EXAMPLES, ids=[f"{name}-{number}" for name, number, _ in EXAMPLES]
)
def test_each_example_gives_what_it_says(rule: str, number: int, example: Example) -> None:
    item, tables = case(rule, example)
    found = check(
        item, on=example.on, to=example.to, hq=example.hq, exporter=example.exporter, lens=example.lens,
        as_if=example.as_if, rule=rule, catalog=tables,
    ).verdicts[0]  # fmt: skip
    assert found.rule.id == rule
    assert found.verdict == example.expect, (
        f"{TEXTS[rule].count('[[examples]]')} examples, number {number}: {found.note}"
    )
    if example.outcome:
        assert found.branch is not None and found.branch.code == example.outcome


def test_the_files_are_the_rules_of_the_tables() -> None:
    assert set(TEXTS) == set(RULES)
    assert [name for name, raw in RAW.items() if raw["id"] != name] == []


def test_every_rule_with_a_predicate_in_force_has_an_example_or_is_tested_by_name() -> None:
    elsewhere = {  # tests/test_law_vectors.py and tests/test_law_lines.py have these
        "ca-sb1047", "ca-sb53-large", "ny-raise-first", "us-4a003-app", "us-4a994-app", "us-4e001-app",
        "us-744-23-supercomputer", "us-bill-gain-ai", "us-bill-obernolte-trahan", "us-bis-2022-4a090",
        "us-bis-2024-reporting", "us-bis-2024-reporting-cluster", "us-bis-4a090-b",
        "us-treasury-outbound-prohibit-supercomputer",
    }  # fmt: skip
    lacking = {name for name, rule in RULES.items() if rule.limbs and "[[examples]]" not in TEXTS[name]}
    assert lacking == elsewhere


def test_titles_and_words() -> None:
    for name, raw in RAW.items():
        title = raw["title"]
        assert len(title) < 80 and not title.endswith("."), name
    for word in ("license ", "licenses", "authorization", "center ", "[S]", "[R]", "[S2]", "[C]", "data center"):
        assert [name for name, text in TEXTS.items() if word in text] == [], word


def test_each_known_ambiguity_stands_once() -> None:
    # the numbered register: A1 TF32, A2 no non-planar die, A3 no ceiling, A4 area of memory, A5 and A6 foundry note, A7
    # letter, A8 to A10 lane, A11 two lenses, A12 Emirates, A13 market, A14 maker's TPP, A15 weight, A16 two dies, A17 1e20
    found = Counter(one.id for rule in RULES.values() for one in rule.ambiguities)
    assert {f"A{number}" for number in range(1, 18)} <= set(found)
    assert all(count == 1 for count in found.values())
    places = {one.id: rule.id for rule in RULES.values() for one in rule.ambiguities}
    assert places["A3"] == "us-bis-3a090-b" and places["A7"] == "us-bis-letter-2025-04-h20"
    assert places["A17"] == "us-eo14110-cluster" and places["A15"] == "us-4a003-app"


def test_every_rule_says_from_what_it_was_read() -> None:
    for name, rule in RULES.items():
        assert rule.sources and rule.citation, name
        assert all(catalog().source(one) for one in rule.sources)
        assert rule.first_published <= rule.verified_on, name
        if rule.evidence == "read" and rule.kind not in ("reported",):
            assert rule.verified_against, name


# What the texts that were read do not confirm, by the field that it concerns.
UNVERIFIED = {
    "us-bis-2022-3a090": {"valid", "outcomes"},
    "us-bis-2022-4a090": {"valid"},
    "us-bis-2023-order-nvidia": {"valid", "outcomes"},
    "us-bis-affiliates-50pct": {"valid"},
    "us-treasury-outbound-notify": {"valid"},
    "us-treasury-outbound-prohibit": {"valid"},
    "us-treasury-outbound-prohibit-design": {"valid"},
    "us-treasury-outbound-prohibit-supercomputer": {"valid"},
    "us-744-23-supercomputer": {"valid", "limbs", "outcomes"},
    "us-4a003-app": {"valid"},
    "us-4a994-app": {"valid"},
    "us-4e001-app": {"valid"},
    "ca-sb1047": {"limbs"},
    "kr-ai-basic": {"conditions"},
    "eu-500-series": {"valid"},
    "jp-2025-computers": {"valid"},
    "my-2025-permit": {"valid"},
    "us-bill-chip-security": {"valid"},
    "us-bill-gain-ai": {"valid"},
    "us-bill-obernolte-trahan": {"valid"},
    "cn-training-compute": {"rule"},
    "nl-equipment": {"rule"},
}


def test_what_was_not_confirmed_says_so() -> None:
    found: dict[str, set[str]] = {}
    for name, rule in RULES.items():
        parts = {"valid": rule.valid, "limbs": rule.limbs, "conditions": rule.conditions, "outcomes": rule.outcomes}
        marked = {field for field, rows in parts.items() if any(row.evidence == "unverified" for row in rows)}
        marked |= {"rule"} if rule.evidence == "unverified" else set()
        if marked:
            found[name] = marked
    assert found == UNVERIFIED
    assert [one.evidence for one in catalog().groups().treated] == ["unverified"]  # Hong Kong as China


def words(text: str) -> list[str]:
    return text.split()


def test_the_country_groups_are_those_of_the_supplements() -> None:
    groups = catalog().groups()
    # 15 CFR 740 Supp. 1, state of 2026-09-24; Supp. 5(a)
    d5 = words("AF BY MM CF CN CD CU ER HT IR IQ KP LB LY NI RU SO SS SD SY VE ZW")
    d1 = words("AM AZ BY MM KH CN GE IQ KZ KP KG LA LY MO MD MN NI RU TJ TM UZ VE VN YE")
    d4 = words("BH BY CN EG IR IQ JO KP KW LB LY MO OM PK QA RU SA SY VE YE")  # without Israel, which is in A:6
    aia = words("AU BE CA DK FI FR DE IE IT JP NL NZ NO KR ES SE TW GB US")
    assert (len(d5), len(aia)) == (22, 19)
    every = sorted({*d1, *d4, *d5, *aia, "IL", "AE", "HK", "MY", "IN", "BR", "CH", "SG"})
    for day in ("2025-06-01", "2026-08-01"):
        inside = {name: {code for code in every if groups.contains(name, code, day)} for name in groups.groups}
        assert inside["D5"] == {*d5, "HK"}  # Hong Kong is treated as China
        assert inside["D5M"] == {*d5, "HK", "MO"}
        assert inside["D1"] == {*d1, "HK"}
        assert inside["AIA19"] == set(aia)
        # 91 FR 43034: the United Arab Emirates left D:4 for A:5 on 10 July 2026
        early = {"AE"} if day < "2026-07-10" else set[str]()
        assert inside["D4"] == {*d4, "IL", "HK"} | early
        assert inside["PREDIFF"] == {*d1, *d4, *d5, "HK"} | early
        assert inside["A5"] == {"AE"} - early
    assert [groups.contains("A5", "AE", day) for day in ("2026-07-09", "2026-07-10")] == [False, True]
    # 87 FR 62186: China, with Macau from 17 January 2023
    assert [groups.contains("CN2022", "MO", day) for day in ("2023-01-16", "2023-01-17")] == [False, True]


def test_the_firms_have_their_headquarters() -> None:
    firms = catalog().groups().firms
    assert {item.maker for item in catalog().items.values() if item.kind == "chip"} <= set(firms)
    american = {"nvidia", "amd", "intel", "google", "aws", "meta", "microsoft", "tesla", "groq"}
    assert {one for one in firms if firms[one].headquarters == "US"} == american
    assert {firms[one].headquarters for one in firms} == {"US", "CN"}
    investing = set(RULES["us-treasury-outbound-prohibit-design"].exporters)
    assert investing == {one for one in firms if firms[one].headquarters == "CN"}
