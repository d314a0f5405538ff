# SPDX-License-Identifier: Apache-2.0
"""Destination groups as dated sets: what the Export Administration Regulations list, by day; strict reading."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.countries import CODES, country
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.group_tables import read_groups
from chipgauge.specs.groups import groups_from_plain
from chipgauge.specs.records import Source

GROUPS = catalog().groups()
SOURCES = {"law": Source("law", "P", "T", "", "regulator")}
LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
ON = "2026-09-24"
AIA = ("AU", "BE", "CA", "DK", "FI", "FR", "DE", "IE", "IT", "JP", "NL", "NZ", "NO", "KR", "ES", "SE", "TW", "GB", "US")
"""15 CFR 740 Supp. 5(a)."""


# 15 CFR 740 Supp. 1, Country Group D:5 as of 24 September 2026: 22 countries
D5 = [
    "AF",
    "BY",
    "MM",
    "CF",
    "CN",
    "CD",
    "CU",
    "ER",
    "HT",
    "IR",
    "IQ",
    "KP",
    "LB",
    "LY",
    "NI",
    "RU",
    "SO",
    "SS",
    "SD",
    "SY",
    "VE",
    "ZW",
]


def members(name: str, on: str = ON) -> set[str]:
    return {code for code in CODES if GROUPS.contains(name, code, on)}


def test_d5_and_macau() -> None:
    assert members("D5") == {*D5, "HK"}, "Hong Kong stands where China does"
    assert members("D5M") == {*D5, "HK", "MO"}


def test_before_the_diffusion_rule_the_licence_reached_d1_d4_d5_without_a5_and_a6() -> None:
    reached = members("PREDIFF", "2023-12-01")
    # Saudi Arabia and the Emirates are D:4, Vietnam D:1; Israel is D:4 but A:6, Malaysia and Germany are in none
    assert {"CN", "MO", "SA", "AE", "VN", "RU"} <= reached
    assert not {"IL", "MY", "DE", "TW", "SG", "US"} & reached


def test_the_emirates_moved_to_a5_on_10_july_2026() -> None:
    # 91 FR 43034
    assert GROUPS.contains("PREDIFF", "AE", "2026-07-09") and not GROUPS.contains("A5", "AE", "2026-07-09")
    assert not GROUPS.contains("PREDIFF", "AE", "2026-07-10") and GROUPS.contains("A5", "AE", "2026-07-10")
    assert "2026-07-10" in GROUPS.days()


def test_the_19_places_of_740_supplement_5() -> None:
    found = members("AIA19", "2025-06-01")
    assert sorted(found) == sorted(AIA)


def test_everywhere_but_the_united_states() -> None:
    assert members("WORLD") == CODES - {"US"}


@LAW
@given(st.sampled_from(sorted(CODES)), st.sampled_from(sorted(CODES)))
def test_a_code_is_the_group_of_itself(one: str, other: str) -> None:
    assert GROUPS.contains(one, other, ON) == (one == other or (one, other) == ("CN", "HK"))


def test_groups_survive_the_index() -> None:
    assert groups_from_plain(json.loads(json.dumps(GROUPS.plain()))) == GROUPS


def test_countries_are_written_as_two_letters() -> None:
    assert country(" my ") == "MY"
    for wrong, hint in (
        ("China", "write CN"),
        ("XX", "two letters of ISO 3166"),
        ("", "two letters"),
        ("C", "two letters"),
    ):
        with pytest.raises(UnknownName, match=hint):
            country(wrong)


HEAD = '[groups.G]\ntitle = "T"\ncitation = "C"\nsources = ["law"]\nevidence = "read"\n'
SET = '[[groups.G.sets]]\nfrom = "2023-01-01"\ncodes = ["CN"]\n'


def test_a_good_file_is_read() -> None:
    found, problems = read_groups(HEAD + SET + '[firms.acme]\nname = "Acme"\nheadquarters = "US"\n', "g.toml", SOURCES)
    assert problems == []
    assert found.contains("G", "CN", "2020-01-01"), "before the first set the first is taken"
    assert found.firms["acme"].headquarters == "US"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (HEAD, 1, "a group has at least one dated set"),
        (HEAD + SET.replace("CN", "China"), 6, "'China' is not a country code"),
        (HEAD + SET.replace("2023-01-01", "2023"), 6, "'2023' is not a day"),
        (HEAD + SET + 'any_of = ["D9"]\n', 6, "no group is called 'D9'"),
        (HEAD + SET + 'any_of = ["G"]\n', 1, "a group is made of itself"),
        (HEAD + SET + SET, 1, "dated sets stand in order"),
        (HEAD.replace('"law"', '"lw"') + SET, 1, "no source has the id 'lw'"),
        (HEAD.replace('"read"', '"seen"') + SET, 1, "how the text was read"),
        (HEAD.replace("title", "titel") + SET, 1, "unknown field"),
        (HEAD + SET + '[firms.x]\nheadquarters = "China"\n', 9, "'China' is not a country code"),
        (HEAD + SET + "[[open_questions]]\n", 9, "an open question is a text"),
        ("groups = 5\n", 1, "groups is a table of groups"),
        ("[[treated_as]]\ncode = 5\n", 1, "'5' is not a country code"),
        ("x = [", 1, "not valid TOML"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, message: str) -> None:
    _, problems = read_groups(text, "g.toml", SOURCES)
    assert any(problem.line == line and message in problem.message for problem in problems), problems


# --- hostile text ----------------------------------------------------------------------------------------------------

BAD = "<script>alert(1)</script>\u202egnp\u2066\x1b[31m\nerror: mine"


@pytest.mark.parametrize("text", [BAD, "javascript:alert(1)", "N" * 10_000], ids=["markup", "address", "long"])
@pytest.mark.parametrize(
    "field", ["title", "citation", "sources", "evidence", "from", "codes", "any_of", "none_of", "note"]
)
def test_a_field_of_a_group_keeps_a_text_or_refuses_it_in_one_line(field: str, text: str) -> None:
    rows = (
        {"title": "t", "citation": "c", "sources": ["law"], "evidence": "read"},
        {"from": "2023-11-17", "codes": ["CN"]},
    )
    own, dated = ({name: text if name == field else value for name, value in row.items()} for row in rows)
    if field in ("sources", "codes", "any_of", "none_of"):
        (own if field == "sources" else dated)[field] = [text]
    elif field == "note":
        dated["note"] = text
    lines = [[f"{name} = {json.dumps(value)}" for name, value in row.items()] for row in (own, dated)]
    made = "\n".join(["[groups.X1]", *lines[0], "[[groups.X1.sets]]", *lines[1]])
    groups, problems = read_groups(made, "rules/groups.toml", SOURCES)
    assert bool(problems) == (field not in ("title", "citation", "note"))
    if problems:
        (said,) = map(str, problems)
        assert (
            said.partition("\n  hint: ")[0].isprintable() and said.startswith("rules/groups.toml:") and len(said) < 400
        )
    else:
        group = groups.groups["X1"]
        assert text in (group.title, group.citation, group.sets[0].note)
