# SPDX-License-Identifier: Apache-2.0
"""The timeline: what changed for a chip and when, from October 2022 on; spans without gap or overlap."""

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.law.timeline import START, Span, timeline
from chipgauge.calc.thresholds import check, value_days
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog

LAW = settings(derandomize=True, deadline=None, max_examples=25, database=None)


def course(item: str, rule: str = "", to: str = "CN") -> list[tuple[str, str]]:
    found = timeline(item, rule=rule, to=to)
    return [(span.since, span.outcome) for span in found.outcomes]


@pytest.mark.parametrize("chip", ["A800", "H800"])
def test_made_for_china_free_in_2022_and_controlled_in_2023(chip: str) -> None:
    # 87 FR 62186: I/O of 600 GB/s or more; both have a link of 400. 88 FR 73458: TPP of 4,800 or more, from 17 Nov 2023
    spans = {rule.id: rows for rule, rows in timeline(chip, to="CN").rules}
    assert [(s.since, s.until, s.verdict) for s in spans["us-bis-2022-3a090"] if s.verdict != "not_in_force"] == [
        ("2022-10-21", "2023-11-16", "below")
    ]
    assert [(s.since, s.verdict, s.outcome) for s in spans["us-bis-3a090-a"]][1:] == [
        ("2023-11-17", "crosses", "LICENCE/PoD")
    ]


def test_the_h20_outside_3a090_stopped_by_letter() -> None:
    # NVIDIA was told on 9 April 2025
    assert course("H20")[:3] == [
        (START, "NOT-IN-FORCE"),
        ("2022-10-21", "NLR"),
        ("2025-04-09", "LICENCE/UNSPEC"),
    ]


def test_the_h200_case_by_case_from_15_january_2026() -> None:
    # 91 FR 1684
    assert ("2026-01-15", "LICENCE/CASE") in course("H200")
    assert course("B200")[-1][1] == "LICENCE/PoD"


def test_a_span_holds_on_its_days_and_not_beside_them() -> None:
    for item in ("H200", "H20", "A800"):
        for span in timeline(item, to="CN").outcomes:
            for day in (span.since, span.until):
                assert check(item, on=day, to="CN").outcome == span.outcome


@pytest.mark.parametrize(("item", "to", "lens"), [
    ("H20", "CN", "enforced"), ("50000 H100", "AE", "text"), ("DGX H100", "", "text"), ("NVL72", "MY", "text"),
])  # fmt: skip
def test_the_timeline_says_of_each_rule_what_a_check_of_the_day_says(item: str, to: str, lens: str) -> None:
    # 15 CFR 748 Supp. 10: a company's cap of 633 million TPP grows on 1 April 2025; 50,000 H100 have 792 million
    found = timeline(item, to=to, lens=lens)
    days = {span.since for span in found.outcomes} | {span.since for _, spans in found.rules for span in spans}
    days |= {day for day in value_days(catalog().rules()) if day <= catalog().as_of}
    for day in sorted(days):
        checked = check(item, on=day, to=to, lens=lens)
        verdicts = {one.rule.id: one.verdict for one in checked.verdicts}
        assert on(found.outcomes, day).outcome == checked.outcome
        assert {rule.id: on(spans, day).verdict for rule, spans in found.rules}.items() <= verdicts.items()


def test_what_was_heard_of_an_item_on_one_day_says_nothing_of_another_or_of_other_figures() -> None:
    # NVIDIA: an H20 of 148 TFLOP/s in BF16; 88 FR 73458 controls a TPP of 4,800 or more
    other = catalog().adjusted(given=["peak.bf16(H20)=400 TFLOP/s"])
    for _ in range(2):
        assert check("H20", on="2024-01-01", rule="us-bis-3a090-a").verdicts[0].verdict == "below"
        assert check("H20", on="2024-01-01", rule="us-bis-3a090-a", catalog=other).verdicts[0].verdict == "crosses"
        assert check("H20", on="2023-01-01", rule="us-bis-3a090-a").verdicts[0].verdict == "not_in_force"
        last = timeline("H20", rule="us-bis-3a090-a", until="2024-01-01", catalog=other).rules[0][1][-1]
        assert (last.verdict, last.since) == ("crosses", "2023-11-17")


def on(spans: tuple[Span, ...], day: str) -> Span:
    return next(span for span in spans if span.since <= day <= span.until)


def joined(spans: tuple[Span, ...], until: str) -> bool:
    ends = [(date.fromisoformat(span.since), date.fromisoformat(span.until)) for span in spans]
    follows = all(one[1] + timedelta(1) == other[0] for one, other in pairwise(ends))
    return follows and spans[0].since == START and spans[-1].until == until


@LAW
@given(
    st.sampled_from(["H20", "H100", "910C", "DGX H100", "5000 H200"]),
    st.sampled_from(["", "CN", "MY", "DE", "AE"]),
    st.sampled_from(["text", "enforced"]),
    st.dates(date(2022, 6, 1), date(2026, 11, 22)).map(date.isoformat),
)
def test_spans_follow_each_other_without_gap(item: str, to: str, lens: str, until: str) -> None:
    found = timeline(item, to=to, lens=lens, until=until)
    assert joined(found.outcomes, until)
    for _, spans in found.rules:
        assert joined(spans, until)
        assert all(one[2:] != other[2:] for one, other in pairwise(spans)), "equal spans are one"


def test_the_command_prints_it_and_gives_it_as_json() -> None:
    result = CliRunner().invoke(main, ["check", "A800", "--timeline", "--to", "CN"])
    assert result.exit_code == 0 and "NLR from 2022-10-21" in result.stdout.split("\n")[0]
    assert "Not legal advice; as of " in result.stdout
    result = CliRunner().invoke(main, ["check", "A800", "--timeline", "--to", "CN", "--json"])
    (item,) = json.loads(result.stdout)["items"]
    assert item["id"] == "nvidia-a800-sxm-80gb"
    assert next(row["from"] for row in item["outcomes"]) == START
    assert {row["rule"] for row in item["timeline"]} <= {rule.id for rule in catalog().rules()}
