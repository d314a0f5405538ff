# SPDX-License-Identifier: Apache-2.0
"""Rules as data: what the law prints, periods to the day, and strict reading of a rule's file."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import Problem
from chipgauge.specs.records import Source
from chipgauge.specs.rule_tables import OPERATORS, read_rule
from chipgauge.specs.rules import Comparison, Limb, Period, Rule, from_plain

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
SOURCES = {"law": Source("law", "P", "T", "", "regulator")}
HEAD = {
    "id": '"test-rule"',
    "title": '"A rule"',
    "jurisdiction": '"US"',
    "authority": '"BIS"',
    "item_class": '"chip"',
    "outcome": '"controlled"',
    "source": '"law"',
    "citation": '"Section 1"',
}
VALID = '[[valid]]\nfrom = "2023-11-17"\n'
LIMB = '[[limbs]]\nid = "a1"\ncitation = "1(a)"\nall = [{ metric = "tpp", op = ">=", value = "4800 TPP" }]\n'


def text(*tables: str, **head: str) -> str:
    return "".join(f"{name} = {value}\n" for name, value in {**HEAD, **head}.items() if value) + "".join(tables)


def problems(*tables: str, **head: str) -> list[Problem]:
    return read_rule(text(*tables, **head), "rules/x.toml", SOURCES)[1]


# --- what the law prints -----------------------------------------------------------------------------------------

# 15 CFR 774 Supp. 1, ECCN 3A090.a and .b as of 88 FR 73458 (25 Oct 2023): "TPP of 4800 or more"; "1600 or more and a
# performance density of 5.92 or more"; "2400 or more and less than 4800 and a density of 1.6 or more and less than
# 5.92"; "1600 or more and a density of 3.2 or more and less than 5.92".
PRINTED = {
    "us-bis-3a090-a": {
        "a1": {("tpp", ">=", "4800 TPP")},
        "a2": {("tpp", ">=", "1600 TPP"), ("performance_density", ">=", "5.92 TPP/mm^2")},
    },
    "us-bis-3a090-b": {
        "b1": {
            ("tpp", ">=", "2400 TPP"),
            ("tpp", "<", "4800 TPP"),
            ("performance_density", ">=", "1.6 TPP/mm^2"),
            ("performance_density", "<", "5.92 TPP/mm^2"),
        },
        "b2": {
            ("tpp", ">=", "1600 TPP"),
            ("performance_density", ">=", "3.2 TPP/mm^2"),
            ("performance_density", "<", "5.92 TPP/mm^2"),
        },
    },
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_thresholds_of_3a090_are_those_of_the_regulation(name: str) -> None:
    rule = next(rule for rule in catalog().rules() if rule.id == name)
    assert {limb.id: {(one.metric, one.op, one.value) for one in limb.all} for limb in rule.limbs} == PRINTED[name]
    # Note 2 to 3A090: not designed or marketed for data centres, and a TPP of less than 4800.
    assert rule.unless is not None
    assert {(one.metric, one.op, one.value) for one in rule.unless.all} == {
        ("datacentre", "==", "no"),
        ("tpp", "<", "4800 TPP"),
    }
    assert rule.item_class == "chip" and "88 FR 73458" in rule.citation
    assert [period.since for period in rule.valid] == ["2023-11-17"]  # 88 FR 73458: effective 17 November 2023


def test_the_second_tier_yields_to_the_first() -> None:
    rules = {rule.id: rule for rule in catalog().rules()}
    assert rules["us-bis-3a090-b"].yields_to == "us-bis-3a090-a"
    assert all(not rule.yields_to or rule.yields_to in rules for rule in rules.values())
    assert all(catalog().source(rule.source).kind == "regulator" for rule in rules.values())


# --- periods -----------------------------------------------------------------------------------------------------


def rule_of(*periods: tuple[str, str]) -> Rule:
    valid = tuple(Period(since, until, "in force", "enforced") for since, until in periods)
    return Rule("x", "X", "US", "BIS", "chip", "controlled", "law", "1", valid, ())


def test_a_rule_holds_from_its_first_to_its_last_day() -> None:
    rule = rule_of(("2022-10-21", "2023-11-16"), ("2023-11-17", ""))
    assert rule.in_force("2022-10-20") is None
    for day, place in (("2022-10-21", 0), ("2023-11-16", 0), ("2023-11-17", 1), ("2099-12-31", 1)):
        assert rule.in_force(day) is rule.valid[place]
    gap = rule_of(("2022-01-01", "2022-01-31"), ("2022-03-01", "2022-03-31"))
    assert [gap.in_force(day) is None for day in ("2022-01-31", "2022-02-01", "2022-03-01", "2022-04-01")] == [
        False, True, False, True,
    ]  # fmt: skip


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@LAW
@given(days, st.integers(0, 1000), days)
def test_a_day_is_inside_a_period_or_outside(start: date, length: int, day: date) -> None:
    end = start + timedelta(length)
    found = rule_of((start.isoformat(), end.isoformat())).in_force(day.isoformat())
    assert (found is not None) == (start <= day <= end)


words = st.text(max_size=20)
comparisons = st.builds(Comparison, words, st.sampled_from(OPERATORS), words)
limbs = st.builds(Limb, words, words, st.lists(comparisons, max_size=3).map(tuple))
periods = st.builds(Period, words, words, words, words)
rules = st.builds(
    Rule, words, words, words, words, words, words, words, words, st.lists(periods, max_size=2).map(tuple),
    st.lists(limbs, max_size=3).map(tuple), st.none() | limbs, words, words,
)  # fmt: skip


@LAW
@given(rules)
def test_a_rule_survives_the_index(rule: Rule) -> None:
    assert from_plain(json.loads(json.dumps(rule.plain()))) == rule


# --- strict reading ----------------------------------------------------------------------------------------------


def test_a_good_rule_is_read_as_it_stands() -> None:
    unless = '[unless]\ncitation = "Note 2"\nall = [{ metric = "datacentre", op = "==", value = "no" }]\n'
    rule, wrong = read_rule(text(VALID, LIMB, unless, yields_to='"other"'), "x.toml", SOURCES)
    assert wrong == []
    assert rule == Rule(
        "test-rule", "A rule", "US", "BIS", "chip", "controlled", "law", "Section 1",
        (Period("2023-11-17", "", "", ""),), (Limb("a1", "1(a)", (Comparison("tpp", ">=", "4800 TPP"),)),),
        Limb("unless", "Note 2", (Comparison("datacentre", "==", "no"),)), "other",
    )  # fmt: skip


def limb(metric: str = "tpp", op: str = ">=", value: str = "4800 TPP", more: str = "") -> str:
    return f'[[limbs]]\nid = "a1"\ncitation = "1(a)"\nall = [{{ metric = "{metric}", op = "{op}", value = "{value}"{more} }}]\n'


ALLOWED_OPERATORS = "allowed: < <= > >= =="


@pytest.mark.parametrize(
    ("found", "line", "path", "message", "hint"),
    [
        (problems(VALID, LIMB, title=""), 1, "title", "a rule needs this text field", ""),
        (problems(VALID, LIMB, title="5"), 2, "title", "a rule needs this text field", ""),
        (problems(VALID, LIMB, source='"lw"'), 7, "source", "no source has the id 'lw'", ""),
        (problems(VALID, LIMB, titel='"x"'), 9, "titel", "unknown field", "Did you mean title?"),
        (problems(LIMB), 1, "valid", "a rule says from when it holds", 'write [[valid]] with from = "2023-11-17"'),
        (problems(VALID), 1, "limbs", "a rule has at least one limb", "write [[limbs]]"),
        (problems('[[valid]]\nto = ""\n', LIMB), 9, "valid[0].from", "'' is not a day", "write 2023-11-17"),
        (problems('[[valid]]\nfrom = "2023"\n', LIMB), 9, "valid[0].from", "'2023' is not a day", "write 2023-11-17"),
        (problems(VALID + 'to = "2024-02-30"\n', LIMB), 9, "valid[0].to", "'2024-02-30' is not a day", "write 2023-11-17"),
        (problems(VALID + 'to = "2023-11-16"\n', LIMB), 9, "valid[0].to",
         "the period ends on 2023-11-16, before it begins on 2023-11-17", ""),
        (problems(VALID + 'form = "x"\n', LIMB), 9, "valid[0].form", "unknown field", "Did you mean from?"),
        (problems(VALID, '[[valid]]\nfrom = "2024-01-01"\n', LIMB), 11, "valid",
         "the periods from 2023-11-17 and from 2024-01-01 overlap", ""),
        (problems(VALID + 'to = "2024-01-01"\n', '[[valid]]\nfrom = "2024-01-01"\n', LIMB), 12, "valid",
         "the periods from 2023-11-17 and from 2024-01-01 overlap", ""),
        (problems(VALID, limb(op="=>")), 11, "limbs[0].all[0]", "'=>' is not an operator", ALLOWED_OPERATORS),
        (problems(VALID, limb(op="!=")), 11, "limbs[0].all[0]", "'!=' is not an operator", ALLOWED_OPERATORS),
        (problems(VALID, limb(metric="ttp")), 11, "limbs[0].all[0]", "no quantity is called 'ttp'. Did you mean tpp?", ""),
        (problems(VALID, limb(value="4800")), 11, "limbs[0].all[0]",
         "tpp needs a unit such as TPP, got a bare number; write for example 1 TPP", ""),
        (problems(VALID, limb(value="4800 TFLOP/s")), 11, "limbs[0].all[0]",
         "tpp needs a unit such as TPP, got TFLOP/s", ""),
        (problems(VALID, limb(value="high")), 11, "limbs[0].all[0]",
         "'high' does not begin with a number; write for example 3.35 TB/s", ""),
        (problems(VALID, limb(more=', units = "TPP"')), 11, "limbs[0].all[0].units", "unknown field",
         "allowed: metric, op, value"),
        (problems(VALID, LIMB.replace('citation = "1(a)"\n', "")), 11, "limbs[0].citation",
         "a limb cites its paragraph", ""),
        (problems(VALID, LIMB + 'any = "x"\n'), 11, "limbs[0].any", "unknown field", "allowed: id, citation, all"),
        (problems(VALID, '[[limbs]]\ncitation = "1"\n'), 11, "limbs[0].all", "a limb has at least one comparison", ""),
        (problems(VALID, LIMB, unless="5"), 9, "unless", "unless is a table", "write [unless]"),
        (problems(LIMB, valid="5")[:1], 9, "valid", "valid is an array of tables", ""),
        (problems(VALID, limbs='["x"]')[:1], 9, "limbs", "limbs is an array of tables", ""),
        (problems(VALID, LIMB.replace("all = [{", 'all = ["x", {'))[:1], 1, "limbs[0].all", "all is an array of tables", ""),
        (read_rule("id = ", "rules/x.toml", SOURCES)[1], 1, "", "not valid TOML: Invalid value", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_answered(found: list[Problem], line: int, path: str, message: str, hint: str) -> None:
    assert found == [Problem("rules/x.toml", line, path, message, hint)]


@LAW
@given(
    st.sampled_from((*HEAD, "valid", "limbs", "unless", "yields_to")),
    st.sampled_from(("5", "[]", "{}", '[["x"]]', "[{ all = 5 }]", "true", "1979-05-27")),
)
def test_a_value_of_another_type_is_a_problem_never_a_crash(field: str, value: str) -> None:
    tables = "" if field in ("valid", "limbs") else VALID + LIMB
    rule, wrong = read_rule(text(tables, **{field: value}), "x.toml", SOURCES)
    assert (rule is None) == bool(wrong)
    assert wrong
