# SPDX-License-Identifier: Apache-2.0
"""What the sections about law, claims, scenarios and runs say is read back from their words and found in the figures."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.claims import JudgedClaim, JudgedReading, concerning, judge_all
from chipgauge.calc.compare import compare
from chipgauge.calc.law.outcome import COMPARED
from chipgauge.calc.law.timeline import START, Timeline, timeline
from chipgauge.calc.quantity import contents, quantity
from chipgauge.calc.results import reduced, step_time
from chipgauge.calc.thresholds import Court, check
from chipgauge.reports import text
from chipgauge.reports.claim_words import WORDS, meaning
from chipgauge.reports.entries import brief
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots_map import map_charts
from chipgauge.reports.section import Report, Section, Sheet
from chipgauge.reports.sections import assumptions, claims, cost, equal, history, measured, scenario, verdicts
from chipgauge.reports.spoken import in_words, rule_name
from chipgauge.reports.standing_table import Row, rows
from chipgauge.specs.catalog import catalog
from chipgauge.specs.claim_tables import shipped_claims
from chipgauge.specs.measured import shipped_rows
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.rules import FAVOURABLE
from chipgauge.specs.shipped import shipped_text
from chipgauge.specs.units import parse_unit, parse_value

HERE = catalog()
PARTS = sorted(item.id for item in HERE.items.values() if item.kind in ("chip", "system"))
CHIPS = [part for part in PARTS if HERE.items[part].kind == "chip"]
FEW = settings(max_examples=20, deadline=None, derandomize=True)
DAYS = ("2022-06-01", "2023-11-17", "2025-04-20", HERE.as_of)
# hostile ones: one chip alone, one twice, systems beside chips, three makers, a chip without figures, one not shipped
SETS = [
    ("H20", "H100", "H200", "910C", "CM384"), ("H20",), ("H100", "2 H100"), ("H100", "DGX H100"), ("H20", "MI300X", "910C"),
    ("amd-mi308x", "H100"), ("aws-trainium-3", "nvidia-t4"), ("B30A", "910C", "A100"), ("NVL72", "CM384"), ("google-tpu-v7-pod",),
]  # fmt: skip
some = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True)


@cache
def sheet(items: tuple[str, ...], on: str, *sections: Section) -> Sheet:
    """Return a report on some items with the results of some sections."""
    made = Report(items, compare(*items, metrics=("tpp",), on=on), HERE, on, "")
    for one in sections:
        made.results[one.id] = one.compute(made) if one.compute else None
    return Sheet(made, Ledger(HERE))


def names_of(words: str) -> list[str]:
    return re.split(r"(?:, | and )(?![^()]*\))", words)  # not inside of brackets


def chips_in(items: tuple[str, ...]) -> set[str]:
    """Return the ids of the chips among some items, those inside of systems too."""
    found = [HERE.subject(item).item for item in items]
    return {
        c.id for one in found for c in ([one] if one.kind == "chip" else [c for _, c in contents(one, catalog=HERE)])
    }


# --- the status since 2022, and today --------------------------------------------------------------------------------

COURTS: dict[str, dict[str, Court]] = {day: {} for day in DAYS}


@cache
def course(part: str, on: str) -> Timeline:
    return timeline(part, until=on, catalog=HERE, courts=COURTS[on])


@cache
def outcome(part: str, on: str) -> str:
    """Return what a rule-by-rule check on one day says, up to which rules cross or what is missing."""
    return in_words(re.split(r" \(as it stands|: |;", check(part, on=on, catalog=HERE).text)[0], HERE, of=id_of(part))


def id_of(part: str) -> str:
    return HERE.subject(part).item.id


@FEW
@given(some, st.sampled_from(DAYS))
def test_the_status_is_what_it_is_since_the_day_that_is_named(parts: list[str], on: str) -> None:
    sentence = history.finding([course(part, on) for part in parts], HERE)
    assert sentence.endswith(".") and "()" not in sentence and sentence.count("(") == sentence.count(")")
    said: list[str] = []
    for segment in sentence.removesuffix(".").split("; "):
        found = re.fullmatch(r"(.+?) (?:since (\d{4}-\d\d-\d\d)|throughout): (.+)", segment)
        assert found, sentence
        since, said = found[2] or START, [*said, *names_of(found[1])]
        first, last = date.fromisoformat(since), date.fromisoformat(on)
        for part in [one for one in parts if brief(HERE.items[one].name) in names_of(found[1])]:
            for day in (first, first + (last - first) // 3, last):
                assert outcome(part, day.isoformat()) == found[3], (part, day)
            if found[2]:
                assert outcome(part, (first - timedelta(1)).isoformat()) != found[3], sentence
    assert Counter(said) == Counter(brief(HERE.items[part].name) for part in parts)


@FEW
@given(some, st.sampled_from(DAYS))
def test_the_outcome_of_a_day_is_that_of_the_check(parts: list[str], on: str) -> None:
    told = verdicts.findings(tuple(check(part, on=on, catalog=HERE) for part in parts), on, HERE)
    heads: set[str] = set()
    for part in parts:
        said, name = in_words(check(part, on=on, catalog=HERE).text, HERE, of=part), brief(HERE.items[part].name)
        head, _, crosses = said.partition(": ") if said.startswith(COMPARED) else (said, "", "")
        heads.add(head)
        (mine,) = [one for one in told if one.replace("they are no exports", "it is no export").startswith(f"On {on}, {head}: ")]  # fmt: skip
        names = names_of(mine.partition(f"{head[-20:]}: ")[2].removesuffix("."))
        # a name stands once; what it crosses follows it, or the last of the names that cross the same
        (place,) = [n for n, one in enumerate(names) if one == name or one.startswith(f"{name} ({crosses})" if crosses else f"{name}$")]  # fmt: skip
        if crosses:
            after = next(one for one in names[place:] if re.search(r" \((crosses|straddles|unknown) ", one))
            assert after.endswith(f" ({crosses})"), mine
            assert ("they are no exports" in mine) == (len(names) > 1)
    assert len(told) == len(heads)


SIGNS = {"≥": "__ge__", ">": "__gt__", "≤": "__le__", "<": "__lt__"}


@pytest.mark.parametrize("items", SETS, ids=" ".join)
@pytest.mark.parametrize("on", ["2023-11-17", HERE.as_of])
def test_a_margin_is_the_distance_of_the_value_from_the_line_and_on_its_side(items: tuple[str, ...], on: str) -> None:
    content = verdicts.show(sheet(items, on, verdicts.SECTION))
    for line in (line for block in content.blocks for line in block.lines):
        found = re.search(r" ([≥≤<>]) ([\d,.]+)(?= |$)", line.needs)
        for one in line.judgements:
            number = re.fullmatch(r"[\d,.]+", one.as_law or (one.has.text if one.has else ""))
            if not (found and number and one.margin):
                continue
            value, limit = (float(shown.replace(",", "")) for shown in (number[0], found[2]))
            shift = float(one.margin.replace("−", "-").strip("%").replace(",", ""))
            assert abs(100 * (value / limit - 1) - shift) <= 0.11 + 0.0006 * abs(100 * value / limit), (line.needs, one)
            met = getattr(value, SIGNS[found[1]])(limit)
            if one.word in ("crosses", "within", "below", "not met") and value != limit:
                assert met == (one.word in ("crosses", "within")), (line.needs, one)
            # a value over a line is never called below it, nor one under it said to cross it
            assert not (one.word == "below" and shift > 0) and not (one.word == "crosses" and shift < 0), (
                line.needs,
                one,
            )
    told = {in_words(check(item, on=on, catalog=HERE).text, HERE, of=id_of(item)) for item in items}
    for one in content.outcomes:
        assert one.outcome in told
        assert not re.search(r"\b(us|cn|eu|nl|jp)-[a-z0-9-]+", one.outcome + one.note)


@pytest.mark.parametrize("items", [("amd-mi308x", "910C", "CM384"), ("Colossus 2", "Colossus 1")], ids=" ".join)
def test_what_is_unknown_is_called_so_once_and_says_without_what(items: tuple[str, ...]) -> None:
    content = verdicts.show(sheet(items, HERE.as_of, verdicts.SECTION))
    unknown = [one for block in content.blocks for line in block.lines for one in line.judgements if one.word == "unknown"]  # fmt: skip
    assert unknown
    for one in unknown:
        assert one.note.startswith("missing: ") and (one.has is None or one.has.text != "unknown"), one
        assert one.note.count(f"of the {one.item}") == 0, "its own figures go without its name"
        chips = re.findall(r" of (?:the )?(.+?)(?=, and |$)", one.note)
        assert len(chips) == len(set(chips)), one.note


def test_a_cluster_is_said_to_be_read_chip_by_chip() -> None:
    """15 CFR 774 Supp. 1, Technical Note 2 to 3A090: the TPP of one chip, however many stand in the cluster."""
    (shown,) = verdicts.show(sheet(("Colossus 2",), HERE.as_of, verdicts.SECTION)).outcomes
    assert shown.note.startswith("Rules on chips are read on each chip in it (GB200 (one GPU package)), never on their")


def test_bills_stand_in_one_sentence_for_all_that_they_would_meet() -> None:
    content = verdicts.show(sheet(("H20", "H100", "B200"), HERE.as_of, verdicts.SECTION))
    for name in ("H20 96 GB", "H100 SXM 80 GB", "B200 (HGX)"):
        (mine,) = [one for one in content.bills if name in names_of(one.rpartition("”: ")[2].removesuffix("."))]
        named = re.findall("“(.+?)”", mine)
        assert named and len(named) == len(set(named)), mine
    # S. 4456: restricted from 21,000 TPP on, which the B200 has and the H100 has not
    assert "restricted chips" in mine and "restricted chips" not in content.bills[0]


def test_what_softens_a_rule_is_no_crossing() -> None:
    """The lane of January 2026 for China and Macau is a relief: an H200 lies within it, under no red cross."""
    content = verdicts.show(sheet(("H200", "H20"), "2026-02-01", verdicts.SECTION))
    (lane,) = [block for block in content.blocks if block.rule.startswith("Case-by-case")]
    assert [(one.word, one.verdict) for line in lane.lines for one in line.judgements] == [("within", "relief")]


def test_a_rule_stands_since_its_first_day_and_is_enforced_since_another() -> None:
    """AI Diffusion: published 15 January 2025, effective 13 January; its rescission was announced on 13 May 2025."""
    content = verdicts.show(sheet(("910C", "H20"), "2026-02-01", verdicts.SECTION))
    (block,) = [one for one in content.blocks if "AI Diffusion" in one.rule]
    assert block.since.startswith("in force since 2025-01-13, not enforced")


@pytest.mark.parametrize("system", ["DGX H100", "NVL72", "CM384", "google-tpu-v7-pod", "aws-trn3-ultraserver-gen1"])
@pytest.mark.parametrize("on", ["2022-12-01", HERE.as_of])
def test_a_system_is_said_to_be_read_chip_by_chip_only_where_it_is(system: str, on: str) -> None:
    (shown,) = verdicts.show(sheet((system,), on, verdicts.SECTION)).outcomes
    found, own = check(system, on=on, catalog=HERE), HERE.find(system).id
    read = [(row.rule.item_class, row.deciding.figure) for row in verdicts.judged(found) if row.deciding]
    for item_class, figure in read:
        if item_class in ("chip", "system"):  # 15 CFR 774 Supp. 1, Technical Note 2 to 3A090: of one chip, however many
            assert own not in figure.key and figure.name not in ("app", "aggregate.tpp")
        elif (
            own in figure.key
        ):  # APP and FLOP/s of a computer are sums: 15 CFR 774 Supp. 1, Technical Note to category 4
            assert "; rules on computers and clusters on the whole." in shown.note
    assert "Rules on chips are read on each chip in it (" in shown.note
    for chip in chips_in((system,)):
        assert brief(HERE.items[chip].name) in shown.note


# --- the map, and the lines that may be moved ------------------------------------------------------------------------


# 15 CFR 774 Supp. 1, ECCN 3A090.a and .b from 17 November 2023; the lane of January 2026 for China and Macau stands below
# 21,000 TPP and 6,500 GB/s (91 FR, 15 January 2026)
def a(tpp: float, density: float) -> bool:
    return tpp >= 4800 or (tpp >= 1600 and density >= 5.92)


def b(tpp: float, density: float) -> bool:
    """What is in 3A090.a is not in 3A090.b."""
    first = 2400 <= tpp < 4800 and 1.6 <= density < 5.92
    return (first or (tpp >= 1600 and 3.2 <= density < 5.92)) and not a(tpp, density)


@cache
def values(*metrics: str) -> list[tuple[float, ...]]:
    """Return the figures of every chip that has all of them above 0, in their printed units."""
    found = [[quantity(name, chip) for name in metrics] for chip in CHIPS]
    return [
        tuple(one.in_unit(one.number) or 0 for one in row)
        for row in found
        if all(f.known and f.number > 0 for f in row)
    ]


@pytest.mark.parametrize("on", ["2022-06-01", "2023-12-01", HERE.as_of])
def test_the_captions_of_the_maps_count_the_chips_in_each_region(on: str) -> None:
    density, bandwidth = map_charts(sheet(("H20", "910C"), on, verdicts.SECTION))
    words = {day.since: day.finding for day in density.days}
    places = values("tpp", "performance_density")
    assert words.popitem()[0] > "2022"
    every = [*(day.finding for day in density.days), density.finding]
    counted = [found for one in every if (found := re.search(r"of (\d+) chips on the map, (\d+) lies? in the region of 3A090.a, (\d+) lies? in the region of 3A090.b and (\d+) lies? outside(.*)", one))]  # fmt: skip
    wanted = [
        len(places),
        sum(a(*p) for p in places),
        sum(b(*p) for p in places),
        sum(not a(*p) and not b(*p) for p in places),
    ]
    assert counted or on < "2023"
    for found in counted:
        assert [int(found[n]) for n in range(1, 5)] == wanted and found[5] == "."
    assert ("no rule has a region" in density.finding) == (on < "2023-11-17")
    pairs = values("tpp", "memory.bandwidth")
    if on == HERE.as_of:
        lane = sum(4800 <= tpp < 21_000 and rate < 6_500 for tpp, rate in pairs)
        above = sum(tpp >= 4800 for tpp, _ in pairs)
        assert (
            f"of {len(pairs)} chips on the map, {above} lie in the region of 3A090.a, {lane} lie in the region of"
            in bandwidth.finding
        )
        assert bandwidth.finding.endswith(f"{len(pairs) - above} lie outside; regions overlap.")


@pytest.mark.parametrize("items", SETS, ids=" ".join)
def test_the_nearest_line_is_as_far_as_it_says(items: tuple[str, ...]) -> None:
    finding = map_charts(sheet(items, HERE.as_of, verdicts.SECTION))[0].finding
    lane = re.match(r"The (.+?) stands (inside|outside) the lane “(.+?)”, ([\d,.]+)% (above|below) its limit of ([\d,.]+) (TPP|GB/s)( by the reading that law takes first, and (?:inside|outside) it by another)?\. On ", finding)  # fmt: skip
    if lane:  # an item inside the lane lies below its limit, one outside above: 91 FR 1684
        assert (lane[2], lane[5]) in (("inside", "below"), ("outside", "above")), finding
        finding = (
            f"The {lane[1]} stands {lane[4]}% {lane[5]} the {lane[6]} {lane[7]} line of {lane[3]}{lane[8] or ''}. On "
        )
    found = re.match(r"The (.+?) stands (?:exactly on|([\d,.]+)% (above|below)) the ([\d,.]+) (TPP/mm²|TPP|GB/s) line of (.+?)(?: by the reading.*?)?\. On ", finding)  # fmt: skip
    if found is None:
        assert items == ("amd-mi308x",) or not finding.startswith("The "), finding
        return
    (chip,) = [one for one in chips_in(items) if text.named(HERE.items[one].name) == f"the {found[1]}"]
    metric = {"TPP": "tpp", "TPP/mm²": "performance_density", "GB/s": "memory.bandwidth"}[found[5]]
    known = [
        figure
        for name in (metric, *(["tpp.declared"] if metric == "tpp" else []))
        if (figure := quantity(name, chip)).known
    ]
    declared, area = quantity("tpp.declared", chip), quantity("die.area", chip)
    if metric == "performance_density" and declared.known:  # law takes the maker's TPP where it is higher
        known.append(declared / area)
    limit, side = float(found[4].replace(",", "")), {"above": 1, "below": -1}.get(found[3], 0)
    unit = parse_unit(QUANTITIES[metric].unit)
    far = [100 * (1 - figure.number * unit.denominator / unit.numerator / limit) * -side for figure in known]
    assert min(abs(one - float(found[2] or 0)) for one in far) < 0.1, finding
    favourable = {rule_name(one).strip("“”") for one in HERE.rules() if one.kind in FAVOURABLE}
    assert bool(lane) == (found[6].strip("“”") in favourable), "a lane is never a line that is crossed"
    straddling = any(one.verdict == "straddles" for one in check(chip, on=HERE.as_of).verdicts)
    assert straddling or "by the reading" not in finding


@pytest.mark.parametrize("items", [SETS[0], SETS[6]], ids=" ".join)
def test_a_line_counts_the_chips_of_the_tables_at_or_above_it(items: tuple[str, ...]) -> None:
    content = assumptions.show(sheet(items, HERE.as_of, verdicts.SECTION))
    assert content and content.lines
    for line in content.lines:
        known, limit = [one[0] for one in values(line.metric)], float(line.value)
        assert (line.above, line.known) == (sum(one >= limit for one in known), len(known))
        for row in line.rows:
            if row.value is not None:
                far = 100 * (row.value / limit - 1)
                said = re.fullmatch(r"([\d,.]+)% (above|below)|on the line", row.distance)
                assert said and (row.distance == "on the line") == (row.value == limit)
                assert not said[1] or (said[2] == "above") == (far > 0)
                assert not said[1] or abs(float(said[1].replace(",", "")) - abs(far)) <= 0.006 * abs(far)


def test_a_chip_on_the_line_counts_as_at_it() -> None:
    made = sheet(("H20",), HERE.as_of, verdicts.SECTION).report
    on_it = HERE.adjusted(given=["memory.bandwidth(H20)=6500 GB/s"])  # of the lane of January 2026
    before, after = (
        next(line for line in content.lines if line.metric == "memory.bandwidth")
        for view in (HERE, on_it)
        for content in [assumptions.show(Sheet(replace(made, catalog=view), Ledger(view)))]
        if content
    )
    assert before.value == "6500" and after.above == before.above + 1 and after.rows[0].distance == "on the line"


# --- claims ----------------------------------------------------------------------------------------------------------


@cache
def judged() -> list[JudgedClaim]:
    """Return every claim that asks no model, judged."""
    quick = [one for one in shipped_claims(HERE.source_ids()) if not claims.asks_model(one)]
    return judge_all(quick, catalog=HERE)


def verdict_of(one: JudgedReading) -> str:
    """Return the verdict on a reading from the ends of its range and what was demanded; empty where no number decides."""
    condition, demanded = one.reading.expected
    if one.figure is None or not one.figure.known or not isinstance(one.figure.value, float) or one.found:
        return ""
    low, high = (one.figure.number if end is None else end for end in one.figure.bounds())
    first, *rest = (parse_value(end)[0] for end in demanded)
    tests = {
        "at_least": lambda x: x >= first, "above": lambda x: x > first, "at_most": lambda x: x <= first, "below": lambda x: x < first,
        "between": lambda x: first <= x <= rest[0], "about": lambda x: abs(x - first) <= rest[0] * abs(first) * (1 + 1e-12),
    }  # fmt: skip
    meets = tests[condition]
    if meets(low) and meets(high):
        return "holds"
    inside = meets(low) or meets(high) or (condition in ("between", "about") and low < first < high)
    return "straddles" if inside else "fails"


@pytest.mark.parametrize("one", judged(), ids=lambda one: one.claim.id)
def test_the_verdict_on_a_claim_and_its_meaning_follow_from_the_ranges(one: JudgedClaim) -> None:
    found = [(reading, verdict_of(reading) or reading.verdict) for reading in one.readings]
    assert [reading.verdict for reading in one.readings] == [verdict for _, verdict in found]
    kinds = {verdict for _, verdict in found}
    says, words = {kind: [r.reading.says for r, v in found if v == kind] for kind in kinds}, meaning(one)
    if kinds == {"holds"}:
        assert WORDS[one.verdict] == "holds" and words in ("under every reading", *says["holds"])
    elif kinds & {"holds", "straddles"}:
        assert WORDS[one.verdict] == "holds if"
        before, _, part = words.partition("in part of the range: ")
        assert all(said in before for said in says.get("holds", ()))
        shown = [said for said in says.get("straddles", ()) if said in part]
        more = int(found[1]) if (found := re.search(r"; and (\d+) more$", part)) else 0
        assert len(shown) + more == len(says.get("straddles", ()))
        assert not any(said in words for said in says.get("fails", ()))
    elif kinds == {"fails"}:
        assert WORDS[one.verdict] == "fails" and words.startswith(f"nearest: {one.best.reading.says}")
        missed = re.search(r"([\d,.]+)% (above|below)", words.rpartition(": ")[2])
        if missed and verdict_of(one.best):
            assert one.best.figure is not None
            low, high = (one.best.figure.number if end is None else end for end in one.best.figure.bounds())
            ends = [parse_value(end)[0] for end in one.best.reading.expected.values]
            if one.best.reading.expected.condition == "about":
                ends = [ends[0] * (1 - ends[1]), ends[0] * (1 + ends[1])]
            far = high / min(ends) - 1 if missed[2] == "below" else low / max(ends) - 1
            assert (far > 0) == (missed[2] == "above") and abs(100 * abs(far) - float(missed[1].replace(",", ""))) <= (
                0.051 if one.best.miss and abs(one.best.miss) < 10 else 0.51
            )
            assert abs(far) == pytest.approx(min(abs(r.miss) for r, _ in found if r.miss is not None))
    else:
        assert WORDS[one.verdict] == "unknown" and all(said in words for said in says["unknown"])


COUNTED = {
    "holds": "under every reading tried", "holds if": "under some readings or in part of a range",
    "fails": "under no reading tried", "unknown": "cannot be told",
}  # fmt: skip


@pytest.mark.parametrize("items", [*SETS, ("A100", "V100"), ("910C", "950PR", "Trainium2")], ids=" ".join)
def test_the_sentence_of_the_claims_counts_their_verdicts(items: tuple[str, ...]) -> None:
    content = claims.show(sheet(items, HERE.as_of, claims.SECTION))
    wanted = {*chips_in(items), *(HERE.subject(item).item.id for item in items)}
    about = {one.id: one for one in concerning(shipped_claims(HERE.source_ids()), wanted)}
    if content is None:
        assert all(claims.asks_model(one) for one in about.values())
        return
    count = Counter(row.verdict for row in content.rows)
    by_words = {one.claim.says: WORDS[one.verdict] for one in judged()}
    assert all(row.verdict == by_words[row.says] for row in content.rows)
    assert content.finding.startswith(f"Of {len(content.rows)} claim{'s' if len(content.rows) > 1 else ''}, ")
    for verdict, ends in COUNTED.items():
        found = re.search(rf"(\d+) (hold |holds )?{ends}", content.finding)
        assert (int(found[1]) if found else 0) == count[verdict]
        assert not found or found[2] == (None if verdict == "unknown" else "holds " if count[verdict] == 1 else "hold ")
    assert len(content.rows) + content.more == len(about)


# --- scenarios, and training runs ------------------------------------------------------------------------------------

shares = st.lists(st.tuples(st.sampled_from([2026, 2027]), *[st.floats(0.001, 0.9)] * 3), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(shares)
def test_the_sentence_of_the_scenarios_names_the_least_and_the_greatest(
    drawn: list[tuple[int, float, float, float]],
) -> None:
    made = [
        Row(f"s{n}", f"Scenario {n}", "", "", year, "acquired", "share", middle, low, high, ())
        for n, (year, *ends) in enumerate(drawn) for low, middle, high in [sorted(ends)]
    ]  # fmt: skip
    sentence, mine = scenario.finding(made), [one for one in made if one.year == made[0].year]
    part = r"([\d.]+)% \(([\d.]+) to ([\d.]+)\)"
    found = re.fullmatch(rf"China acquires {part} of the computing power of (\d+) under “(.+?)”(?: and {part} under “(.+?)”; the ranges (do not )?overlap)?\.", sentence)  # fmt: skip
    assert found and int(found[4]) == made[0].year
    named = {one.name: one for one in mine}
    first, last = named[found[5]], named[found[9] or found[5]]
    assert (first.value, last.value) == (min(one.value for one in mine), max(one.value for one in mine))
    for one, at in [(first, 1), *([(last, 6)] if found[9] else [])]:
        for shown, value in zip((found[at], found[at + 1], found[at + 2]), (one.value, one.low, one.high), strict=True):
            assert abs(float(shown) - 100 * value) <= max(0.5, 0.05 * 100 * value) and (
                value >= 0.1 or abs(float(shown) - 100 * value) <= 0.05
            )
    assert bool(found[9]) == (first.value < last.value)
    assert not found[9] or bool(found[10]) == (first.high < last.low)


def test_the_shipped_scenarios_are_shown_for_chips_of_both_sides_and_as_they_ship() -> None:
    charts = scenario.show(sheet(("H20", "910C"), HERE.as_of, scenario.SECTION))
    assert charts is not None
    (chart,) = charts
    assert chart.finding == scenario.finding(rows())
    for items in (("H20", "H100"), ("910C", "CM384"), ("H20",)):
        assert scenario.show(sheet(items, HERE.as_of, scenario.SECTION)) is None
    given = HERE.adjusted(given=["peak.bf16(910C)=780 TFLOP/s"])
    asked = Report(("H20", "910C"), compare("H20", "910C", metrics=("tpp",), catalog=given), given, HERE.as_of, "")
    assert scenario.compute(asked) == ()  # the table knows nothing of what a user replaced


@pytest.mark.parametrize("items", [SETS[0], SETS[2], SETS[7], ("910B2", "H100")], ids=" ".join)
def test_the_sentence_of_the_runs_is_the_average_over_all_runs_left_out(items: tuple[str, ...]) -> None:
    charts = measured.show(sheet(items, HERE.as_of, measured.SECTION))
    assert charts is not None
    chart = charts[0]
    left = {
        row["id"]: float(row["ratio"]) for row in csv.DictReader(io.StringIO(shipped_text("measured/left_out.csv")))
    }
    runs = [row for row in shipped_rows(kind="train") if row.chip in chips_in(items) and row.id in left and not reduced(row) and step_time(row)]  # fmt: skip
    error = sum(abs(Fraction(left[row.id]) - 1) for row in runs) / len(runs)
    found = re.search(r"(\d+)% in training \(mean (\d+)%; ([\d,]+) runs?", chart.finding)
    assert found and int(found[3].replace(",", "")) == len(runs) and abs(int(found[2]) - 100 * error) <= 0.5
    assert abs(int(found[1]) - 100 * median(abs(Fraction(left[row.id]) - 1) for row in runs)) <= 0.5
    for chip in {row.chip for row in runs}:
        assert brief(HERE.items[chip].name) in chart.finding


# --- what adds up ----------------------------------------------------------------------------------------------------


def amount_of(shown: str) -> float:
    return 0.0 if shown == "none" else float(shown.replace(",", ""))


@pytest.mark.parametrize(
    "items", [SETS[0], ("H100", "910C"), ("NVL72", "CM384"), ("H20", "B200", "MI300X")], ids=" ".join
)
def test_the_lines_of_a_cost_add_up_to_its_total(items: tuple[str, ...]) -> None:
    content = cost.show(sheet(items, HERE.as_of, verdicts.SECTION, cost.SECTION))
    if content is None or not content.lines:
        return
    bought, spent, rest = content.lines
    for side in ("original", "build"):
        *parts, total = [getattr(row, side) for row in spent.rows]
        assert spent.rows[-1].words == "Total"
        assert sum(amount_of(part.text) for part in parts) == pytest.approx(amount_of(total.text), rel=2e-4)
        assert bought.rows[0].words == "Chips and servers"
    assert rest.rows[-1].ratio


def test_ratios_of_prices_say_which_prices_and_whether_they_compare() -> None:
    """Huawei sells the 910C in whole systems, in China; nobody prices a bare H100 there: the H20 has two prices here."""
    (found,) = equal.show(sheet(("H20", "H100", "H200", "910C"), HERE.as_of, equal.SECTION))
    assert [note.partition(":")[0] for note in found.prices] == [
        "Prices, H100 SXM 80 GB", "Prices, H200 SXM 141 GB", "Prices, Ascend 910C",
    ]  # fmt: skip
    assert "bare chip" in found.prices[0] and "H20 96 GB" in found.prices[0]
    assert "CloudMatrix 384, China, whole system" in found.prices[2] and "HGX H20" in found.prices[2]
    assert found.chart and "on different prices of the H20" in found.chart.finding
    (alike,) = equal.show(sheet(("H20", "H100", "H200"), HERE.as_of, equal.SECTION))
    assert alike.chart and "different prices" not in alike.chart.finding


def test_no_constant_of_ours_is_said_to_be_the_users() -> None:
    one = sheet(("H20", "H100", "H200", "910C"), HERE.as_of, equal.SECTION, verdicts.SECTION)
    for ratio in (found.capex_ratio for found in one.report.results["equal"]):
        assert not [leaf for leaf in ratio.leaves() if "given" in leaf.sources]
