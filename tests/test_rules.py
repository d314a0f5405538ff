# SPDX-License-Identifier: Apache-2.0
"""Rules as data: what the law prints, periods to the day, strict reading of a rule's file, names across files."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import Problem
from chipgauge.specs.groups import Firm, Groups
from chipgauge.specs.records import Source
from chipgauge.specs.rule_checks import check_rules
from chipgauge.specs.rule_tables import OPERATORS, read_examples, read_rule
from chipgauge.specs.rules import (
    Ambiguity,
    Comparison,
    Condition,
    Dated,
    Example,
    Limb,
    Outcome,
    Period,
    Rule,
    from_plain,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
SOURCES = {"law": Source("law", "P", "T", "", "regulator")}
HEAD = {
    "id": '"test-rule"',
    "title": '"A rule"',
    "jurisdiction": '"US"',
    "authority": '"BIS"',
    "kind": '"classification"',
    "item_class": '"chip"',
    "sources": '["law"]',
    "citation": '"Section 1"',
    "evidence": '"read"',
}
VALID = '[[valid]]\nfrom = "2023-11-17"\ntext_status = "in_force"\nenforcement = "enforced"\n'
LIMB = '[[limbs]]\nid = "a1"\ncitation = "1(a)"\nall = [{ metric = "tpp", op = ">=", value = "4800 TPP" }]\n'
BRANCH = '[[outcomes]]\ncode = "NLR"\ntext = "none"\ncitation = "1(b)"\n'


def text(*tables: str, **head: str) -> str:
    return "".join(f"{name} = {value}\n" for name, value in {**HEAD, **head}.items() if value) + "".join(tables)


def problems(*tables: str, **head: str) -> list[Problem]:
    return read_rule(text(*tables, **head), "rules/x.toml", SOURCES)[1]


def made(*tables: str, **head: str) -> Rule:
    rule, wrong = read_rule(text(*tables, **head), "rules/x.toml", SOURCES)
    assert rule is not None, wrong
    return rule


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
    assert [{(one.metric, one.op, one.value) for one in limb.all} for limb in rule.unless] == [
        {("datacentre", "==", "no"), ("tpp", "<", "4800 TPP")}
    ]
    assert rule.item_class == "chip" and "88 FR 73458" in rule.citation
    assert [period.since for period in rule.valid] == ["2023-11-17"]  # 88 FR 73458: effective 17 November 2023


def test_the_second_tier_yields_to_the_first() -> None:
    rules = {rule.id: rule for rule in catalog().rules()}
    assert rules["us-bis-3a090-b"].yields_to == ("us-bis-3a090-a",)
    assert all(name in rules for rule in rules.values() for name in rule.related)


# --- periods and dated values ------------------------------------------------------------------------------------


def rule_of(*periods: tuple[str, str]) -> Rule:
    valid = tuple(Period(since, until, "in_force", "enforced") for since, until in periods)
    return Rule("x", "X", "US", "BIS", "classification", "chip", ("law",), "1", "read", valid)


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


@LAW
@given(st.lists(days, min_size=1, max_size=6, unique=True).map(sorted), days)
def test_of_dated_values_the_last_that_has_begun_holds(starts: list[date], day: date) -> None:
    one = Comparison("aggregate.tpp", "<=", values=tuple(Dated(s.isoformat(), str(n)) for n, s in enumerate(starts)))
    begun = [n for n, start in enumerate(starts) if start <= day]
    assert one.at(day.isoformat()) == str(begun[-1] if begun else 0)


words = st.text(max_size=20)
lists = st.lists(words, max_size=2).map(tuple)
dated = st.builds(Dated, words, words, words)
comparisons = st.builds(
    Comparison, words, st.sampled_from(OPERATORS), words, st.lists(dated, max_size=2).map(tuple), words, st.booleans()
)
rows = st.lists(comparisons, max_size=3).map(tuple)
limbs = st.lists(st.builds(Limb, words, words, rows, words, words, words), max_size=2).map(tuple)
conditions = st.lists(st.builds(Condition, words, words, words, rows, st.booleans(), words), max_size=2).map(tuple)
periods = st.lists(st.builds(Period, words, words, words, words, words, words, words), max_size=2).map(tuple)
outcomes = st.lists(st.builds(Outcome, words, words, words, lists, lists, lists, lists, words, words), max_size=2)
doubts = st.lists(st.builds(Ambiguity, words, words, words), max_size=2).map(tuple)
rules = st.builds(
    Rule, words, words, words, words, words, words, lists, words, words, periods, limbs, limbs, conditions,
    outcomes.map(tuple), doubts, lists, lists, lists, lists, words, lists, origin=words, missing=words, verified_on=words,
)  # fmt: skip


@LAW
@given(rules)
def test_a_rule_survives_the_index(rule: Rule) -> None:
    assert from_plain(json.loads(json.dumps(rule.plain()))) == rule


# --- strict reading ----------------------------------------------------------------------------------------------


def test_a_good_rule_is_read_as_it_stands() -> None:
    unless = '[[unless]]\nid = "n2"\ncitation = "Note 2"\nall = [{ metric = "datacentre", op = "==", value = "no" }]\n'
    condition = '[[conditions]]\nid = "c"\ntext = "a laboratory"\ncitation = "1(d)"\nadvisory = true\n'
    branch = '[[outcomes]]\ncode = "DUTY/TARIFF"\ntext = "duty"\ncitation = "1(c)"\nto = ["CN"]\nrate = "25%"\nlens = "text"\n'
    doubt = '[[ambiguities]]\nid = "A1"\ntext = "open"\nreading = "so"\n'
    known = '[knowledge]\nfirst_published = "2023-10-25"\nverified_on = "2026-09-24"\n[scope]\norigin = "US"\nexporters = ["a"]\n'
    rule = made(known, VALID, LIMB, unless, condition, branch, doubt, yields_to='["other"]', note='"n"')
    assert rule == Rule(
        "test-rule", "A rule", "US", "BIS", "classification", "chip", ("law",), "Section 1", "read",
        (Period("2023-11-17", "", "in_force", "enforced"),),
        (Limb("a1", "1(a)", (Comparison("tpp", ">=", "4800 TPP"),)),),
        (Limb("n2", "Note 2", (Comparison("datacentre", "==", "no"),)),),
        (Condition("c", "a laboratory", "1(d)", advisory=True),),
        (Outcome("DUTY/TARIFF", "duty", "1(c)", ("CN",), lens="text", rate="25%"),),
        (Ambiguity("A1", "open", "so"),),
        ("other",), exporters=("a",), origin="US", note="n", first_published="2023-10-25", verified_on="2026-09-24",
    )  # fmt: skip


def limb(metric: str = "tpp", op: str = ">=", value: str = "4800 TPP", more: str = "") -> str:
    return f'[[limbs]]\nid = "a1"\ncitation = "1(a)"\nall = [{{ metric = "{metric}", op = "{op}", value = "{value}"{more} }}]\n'


def line(row: str) -> str:
    return f'[[limbs]]\nid = "a1"\ncitation = "1(a)"\nall = [{row}]\n'


def test_dated_values_and_references_are_read() -> None:
    steps = '{ metric = "aggregate.tpp", op = "<=", values = [{ from = "2023-01-01", value = "1 TPP" }, { from = "2024-01-01", value = "2 TPP" }] }'
    other = '{ rule = "another#a", holds = false }'
    rule = made(VALID, line(f"{steps}, {other}"))
    assert rule.limbs[0].all == (
        Comparison("aggregate.tpp", "<=", values=(Dated("2023-01-01", "1 TPP"), Dated("2024-01-01", "2 TPP"))),
        Comparison(rule="another#a", holds=False),
    )


def test_examples_are_read_and_do_not_enter_the_index() -> None:
    example = '[[examples]]\nitem = "H20"\nexpect = "below"\nset = ["tpp=1 TPP"]\n'
    whole = text(VALID, LIMB, example)
    assert read_examples(whole) == (Example("below", "H20", set=("tpp=1 TPP",)),)
    assert "examples" not in made(VALID, LIMB, example).plain()


ALLOWED_OPERATORS = "allowed: < <= > >= =="
OTHER = '[[valid]]\nfrom = "2024-01-01"\ntext_status = "in_force"\nenforcement = "enforced"\n'


@pytest.mark.parametrize(
    ("found", "line", "path", "message", "hint"),
    [
        (problems(VALID, LIMB, title=""), 1, "title", "a rule needs this text field", 'write title = "..."'),
        (problems(VALID, LIMB, title="5"), 2, "title", "a rule needs this text field", 'write title = "..."'),
        (problems(VALID, LIMB, id='"A B"'), 1, "id", "'A B' is not an id", "write us-bis-3a090-a, in [a-z0-9-]"),
        (problems(VALID, LIMB, sources='["lw"]'), 7, "sources", "no source has the id 'lw'", "Did you mean law?"),
        (problems(VALID, LIMB, sources="[]"), 7, "sources", "a rule names the sources that it was read in", 'write sources = ["id of a record"]'),
        (problems(VALID, LIMB, titel='"x"'), 10, "titel", "unknown field", "Did you mean title?"),
        (problems(VALID, LIMB, evidence='"seen"'), 9, "evidence", "'seen' is not allowed here", "allowed: read, secondary, unverified, computed"),
        (problems(VALID, LIMB, kind='"reported"', missing='"x"'), 1, "limbs", "a rule that is only reported has no predicate", "leave out [[limbs]] or change kind"),
        (problems(VALID, kind='"reported"'), 1, "missing", "a reported rule says what is missing", 'write missing = "the text of the measure"'),
        (problems(LIMB), 1, "valid", "a rule says from when it holds", 'write [[valid]] with from = "2023-11-17"'),
        (problems(VALID), 1, "limbs", "a rule has at least one limb", "write [[limbs]]"),
        (problems(VALID.replace("2023-11-17", "2023"), LIMB), 10, "valid[0].from", "'2023' is not a day", "write 2023-11-17"),
        (problems(VALID + 'to = "2024-02-30"\n', LIMB), 10, "valid[0].to", "'2024-02-30' is not a day", "write 2023-11-17"),
        (problems(VALID + 'to = "2023-11-16"\n', LIMB), 10, "valid[0].to",
         "the period ends on 2023-11-16, before it begins on 2023-11-17", ""),
        (problems(VALID + 'form = "x"\n', LIMB), 10, "valid[0].form", "unknown field", "Did you mean from?"),
        (problems(VALID.replace("in_force", "valid"), LIMB), 10, "valid[0].text_status", "'valid' is not allowed here",
         "allowed: in_force, superseded, proposed, never_in_force, revoked"),
        (problems(VALID, OTHER, LIMB), 14, "valid", "the periods from 2023-11-17 and from 2024-01-01 overlap", "end the first the day before"),
        (problems(VALID + 'to = "2024-01-01"\n', OTHER, LIMB), 15, "valid",
         "the periods from 2023-11-17 and from 2024-01-01 overlap", "end the first the day before"),
        (problems(VALID, limb(op="=>")), 14, "limbs[0].all[0]", "'=>' is not an operator", ALLOWED_OPERATORS),
        (problems(VALID, limb(op="!=")), 14, "limbs[0].all[0]", "'!=' is not an operator", ALLOWED_OPERATORS),
        (problems(VALID, limb(metric="ttp")), 14, "limbs[0].all[0]", "no quantity is called 'ttp'. Did you mean tpp?", ""),
        (problems(VALID, limb(value="4800")), 14, "limbs[0].all[0]",
         "tpp needs a unit such as TPP, got a bare number; write for example 1 TPP", ""),
        (problems(VALID, limb(value="4800 TFLOP/s")), 14, "limbs[0].all[0]",
         "tpp needs a unit such as TPP, got TFLOP/s", ""),
        (problems(VALID, limb(metric="tpp / die.area", value="3 TPP")), 14, "limbs[0].all[0]",
         "tpp / die.area needs a unit such as TPP/mm^2, got TPP", ""),
        (problems(VALID, limb(metric="tpp + dies")), 14, "limbs[0].all[0]", "tpp + dies adds two kinds of quantity", ""),
        (problems(VALID, limb(metric="datacentre", op="==", value="maybe")), 14, "limbs[0].all[0]", "'maybe' is neither yes nor no", "write yes or no"),
        (problems(VALID, limb(metric="datacentre", value="yes")), 14, "limbs[0].all[0]", "datacentre is a yes/no; it has no order", 'write op = "=="'),
        (problems(VALID, limb(metric="released", value="soon")), 14, "limbs[0].all[0]", "'soon' is not a day", "write 2023-11-17"),
        (problems(VALID, limb(value="high")), 14, "limbs[0].all[0]",
         "'high' does not begin with a number; write for example 3.35 TB/s", ""),
        (problems(VALID, limb(more=', units = "TPP"')), 14, "limbs[0].all[0].units", "unknown field",
         "allowed: metric, op, value, values, rule, holds"),
        (problems(VALID, line('{ metric = "tpp", op = ">=" }')), 14, "limbs[0].all[0]", "a comparison has one value, or values by date", 'write value = "4800 TPP"'),
        (problems(VALID, line('{ rule = "x", op = ">=" }')), 14, "limbs[0].all[0]", "a comparison with a rule has rule and holds only",
         'write { rule = "us-bis-3a090-a", holds = false }'),
        (problems(VALID, line('{ metric = "tpp", op = ">=", values = [{ from = "2024-01-01", value = "1 TPP" }] }')), 1, "limb a1",
         "its first value is from 2024-01-01, the rule from 2023-11-17", ""),
        (problems(VALID, LIMB.replace('citation = "1(a)"\n', "")), 14, "limbs[0].citation",
         "a limb cites its paragraph", 'write citation = "3A090.a.1"'),
        (problems(VALID, LIMB, LIMB), 1, "limbs", "two limbs have the id 'a1'", ""),
        (problems(VALID, LIMB + 'any = "x"\n'), 14, "limbs[0].any", "unknown field", "allowed: id, citation, all, evidence, quote, note"),
        (problems(VALID, '[[limbs]]\nid = "a"\ncitation = "1"\n'), 14, "limbs[0].all", "a limb has at least one comparison",
         'write all = [{ metric = "tpp", op = ">=", value = "4800 TPP" }]'),
        (problems(VALID, LIMB, BRANCH.replace("NLR", "FREE")), 18, "outcomes[0].code", "'FREE' is not allowed here", None),
        (problems(VALID, LIMB, BRANCH.replace('text = "none"\n', "")), 18, "outcomes[0].text", "an outcome needs this text field", 'write text = "..."'),
        (problems(VALID, LIMB, BRANCH.replace('citation = "1(b)"\n', "")), 18, "outcomes[0].citation", "an outcome needs this text field", 'write citation = "..."'),
        (problems(VALID, LIMB, BRANCH + 'rate = "25"\nfrom = "2024-01-01"\nuntil = "2023-01-01"\n'), 18, "outcomes[0].until",
         "the branch ends on 2023-01-01, before it begins on 2024-01-01", ""),
        (problems(VALID, LIMB, BRANCH + 'rate = "much"\n'), 18, "outcomes[0].rate", "'much' does not begin with a number; write for example 3.35 TB/s", ""),
        (problems(VALID, LIMB, '[[conditions]]\nid = "c"\ntext = "t"\n'), 18, "conditions[0].citation", "a condition needs this text field", ""),
        (problems(VALID, LIMB, '[[ambiguities]]\nid = "A"\ntext = "t"\n'), 18, "ambiguities[0].reading", "an ambiguity says what is open and how it is read here", ""),
        (problems(VALID, LIMB, '[[examples]]\nexpect = "free"\n'), 18, "examples[0].expect", "'free' is not allowed here", None),
        (problems(VALID, LIMB, BRANCH, outcomes_as='"x"'), 1, "outcomes_as", "a rule has its own outcomes or those of another, not both", ""),
        (problems(VALID, LIMB, unless="5"), 10, "unless", "unless is an array of tables", "write [[unless]]"),
        (problems(LIMB, valid="5")[:1], 10, "valid", "valid is an array of tables", "write [[valid]]"),
        (problems(VALID, limbs='["x"]')[:1], 10, "limbs", "limbs is an array of tables", "write [[limbs]]"),
        (problems(VALID, LIMB.replace("all = [{", 'all = ["x", {'))[:1], 14, "limbs[0].all", "all is an array of tables", ""),
        (read_rule("id = ", "rules/x.toml", SOURCES)[1], 1, "", "not valid TOML: Invalid value", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_answered(found: list[Problem], line: int, path: str, message: str, hint: str | None) -> None:
    (one,) = found
    assert (one.file, one.line, one.path, one.message) == ("rules/x.toml", line, path, message)
    assert hint is None or one.hint == hint


@LAW
@given(
    st.sampled_from((*HEAD, "valid", "limbs", "unless", "outcomes", "conditions", "ambiguities", "examples", "knowledge", "scope", "yields_to")),
    st.sampled_from(("5", "[]", "{}", '[["x"]]', "[{ all = 5 }]", "[{ x = 1 }]", "true", "1979-05-27", '"a\\u0000b"', "{ exporters = 5 }")),
)  # fmt: skip
def test_a_value_of_another_type_is_a_problem_never_a_crash(field: str, value: str) -> None:
    tables = "" if field in ("valid", "limbs") else VALID + LIMB
    rule, wrong = read_rule(text(tables, **{field: value}), "x.toml", SOURCES)
    assert (rule is None) == bool(wrong)
    if value in ("5", "true", '[["x"]]', "1979-05-27"):
        assert wrong


def test_a_file_of_nothing_but_problems_ends() -> None:
    many = "".join(f"x{n} = 1\n" for n in range(500))
    assert len(problems(many)) == 101


# --- names across files ------------------------------------------------------------------------------------------

GROUPS = Groups({}, (), {"acme": Firm("acme", "Acme", "US")})


def across(*rules: Rule) -> list[tuple[str, str]]:
    files = {rule.id: (f"{rule.id}.toml", f'id = "{rule.id}"\n"nobody"\n') for rule in rules}
    return [(one.file, one.message) for one in check_rules(rules, GROUPS, files)]


ONE = rule_of(("2023-01-01", ""))._replace(id="one", limbs=(Limb("a", "1", (Comparison("tpp", ">=", "1 TPP"),)),))
TWO = ONE._replace(id="two")


def refers(name: str) -> tuple[Limb, ...]:
    return (Limb("a", "1", (Comparison(rule=name),)),)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([ONE, TWO._replace(softens=("nobody",))], "no other rule has the id 'nobody'"),
        ([ONE, TWO._replace(yields_to=("two",))], "no other rule has the id 'two'"),
        ([ONE, TWO._replace(outcomes_as="nobody")], "no other rule has the id 'nobody'"),
        ([ONE, TWO._replace(limbs=refers("nobody"))], "no rule has the id 'nobody'"),
        ([ONE, TWO._replace(limbs=refers("one#z"))], "one has no limb 'z'"),
        ([ONE._replace(limbs=()), TWO._replace(limbs=refers("one"))], "one is only reported and has no predicate"),
        ([ONE._replace(limbs=refers("two")), TWO._replace(limbs=refers("one"))], "its predicate stands on itself"),
        ([ONE._replace(softens=("two",)), TWO._replace(softens=("one",))], "its relations run in a circle"),
        ([ONE._replace(outcomes=(Outcome("NLR", "x", "1", to=("D9",)),))], "no group or country is called 'D9'"),
        ([ONE._replace(outcomes=(Outcome("NLR", "x", "1", not_hq=("D9",)),))], "no group or country is called 'D9'"),
        ([ONE._replace(exporters=("bcme",))], "no firm has the id 'bcme'"),
        ([ONE._replace(origin="XX")], "'XX' is not a country code"),
    ],
)
def test_a_name_that_nothing_has_is_a_problem(rules: list[Rule], message: str) -> None:
    assert message in [said for _, said in across(*rules)]


def test_good_names_are_no_problem() -> None:
    good = TWO._replace(
        limbs=refers("one#a"),
        softens=("one",),
        exporters=("acme",),
        origin="US",
        outcomes=(Outcome("NLR", "x", "1", ("WORLD", "CN")),),
    )
    assert across(ONE, good) == []
