# SPDX-License-Identifier: Apache-2.0
"""The rooms of the report: findings in words against their numbers, timelines, costs, scenarios, measured runs, markup."""

import re
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import flips
from chipgauge.calc.crossing import crossing
from chipgauge.calc.equal_work import headline
from chipgauge.calc.expression import calls
from chipgauge.calc.graph import swing
from chipgauge.calc.intervals import read_left_out
from chipgauge.calc.law.outcome import BANDS, Combined, strictness, worst_outcome
from chipgauge.calc.law.scope import STRICTEST
from chipgauge.calc.law.timeline import timeline
from chipgauge.calc.quantity import contents, quantity
from chipgauge.calc.results import mean_error, step_time
from chipgauge.calc.thresholds import check
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE
from chipgauge.reports.charts_spread import Ranged, Strip, ranges, strips
from chipgauge.reports.charts_swing import Swing, tornado
from chipgauge.reports.charts_time import THICK, Lane, Stretch, lanes
from chipgauge.reports.claim_words import WORDS, meaning, shown
from chipgauge.reports.compose import lay_out
from chipgauge.reports.html import build
from chipgauge.reports.plots import chips_of, item_kinds
from chipgauge.reports.sections import cost as cost_section
from chipgauge.reports.sections import history, measured, scenario
from chipgauge.reports.sections.limits import LIMITS
from chipgauge.reports.squeeze import squeeze
from chipgauge.reports.standing_table import Row, rows
from chipgauge.specs.catalog import catalog
from chipgauge.specs.measured import shipped_rows
from chipgauge.specs.rule_tables import CODES
from chipgauge.specs.shipped import shipped_text

FEW = settings(max_examples=60, deadline=None, derandomize=True)
CHIPS = sorted(item.id for item in catalog().items.values() if item.kind == "chip")


@FEW
@given(st.sampled_from(CHIPS), st.sampled_from(CHIPS))
def test_the_words_on_cost_say_what_the_ratio_is(one: str, other: str) -> None:
    above, below = quantity("peak.bf16", one), quantity("peak.bf16", other)
    if not (above.known and below.known):
        return
    ratio = above / below
    said = cost_section._finding(ratio, "A", "B")
    low, high = ratio.bounds()
    assert low is not None and high is not None
    if "costs about as much" in said:
        assert (low <= 1 <= high and 0.8 <= ratio.number <= 1.25) or f"{ratio.number:.2f}" == "1.00"
    elif "is open" in said:
        assert low <= 1 <= high and not 0.8 <= ratio.number <= 1.25
    elif "as much as" in said:
        assert f"{ratio.number:.2f}" == "1.00"
    else:
        assert ("more" in said) == (low > 1) and ("less" in said) == (high < 1)


def test_a_crossing_makes_both_equal_and_swings_are_the_ends_of_ranges() -> None:
    found = build(["H200", "910C"]).results["cost"]
    assert found is not None
    for leaf in found.ratio.leaves():
        if leaf.name.startswith(("mfu", "price")) and leaf.number:
            at = crossing(found.ratio, leaf.key, leaf.number / 8, leaf.number * 8)
            if at is not None:
                assert found.ratio.evaluate({leaf.key: at}) == pytest.approx(1.0, rel=1e-6)
    for key, low, high in swing(found.ratio):
        leaf = next(one for one in found.ratio.leaves() if one.key == key)
        assert leaf.leaf_range is not None
        assert (low, high) == tuple(found.ratio.evaluate({key: end}) for end in leaf.leaf_range)


def test_the_headline_pair_is_of_two_makers_where_it_can_be() -> None:
    here = catalog()

    def named(*names: str) -> tuple[str, ...] | None:
        found = headline([here.find(name) for name in names], catalog=here)
        return found and tuple(item.id for item in found)

    # NVIDIA and Huawei data sheets: 989.5 TFLOP/s of H100 and H200, 148 of the H20, 752 of the 910C
    assert named("H20", "H200", "910C") == ("nvidia-h200-sxm", "huawei-ascend-910c")
    assert named("H20", "H200") == ("nvidia-h200-sxm", "nvidia-h20-96gb")
    assert named("H200") is None and named("H200", "CM384") is None


def test_the_law_reads_the_limit_and_its_margin() -> None:
    # 15 CFR 774 Supp. 1, 3A090.a: 4,800 TPP; Huawei: 752 TFLOP/s in 16 bits, which is a TPP of 12,032
    found = [row.deciding for row in check("910C", on="2026-11-22").verdicts if row.rule.id == "us-bis-3a090-a"]
    assert found[0] is not None and found[0].comparison.metric == "tpp" and found[0].comparison.value.startswith("4800")
    assert found[0].read is not None and found[0].margin == Fraction(12032, 4800) - 1
    assert quantity("tpp", "910C").in_unit(float(found[0].read)) == 12032


def test_every_crossing_of_the_report_is_one_that_the_search_of_flips_finds() -> None:
    """Also of a term that is 0 now, such as the network of a price that includes it; a change of 0 has no percentage."""
    report = build(["H200", "910C"])
    ratio = report.results["cost"].ratio
    zero = 0
    for leaf in ratio.leaves():
        if (
            leaf.item == "constant"
            or not isinstance(leaf.value, float)
            or not leaf.known
            or leaf.key not in flips.movable(ratio).values()
        ):
            continue
        _, at, change = cost_section._crossing(ratio, leaf)
        found = flips.flip(ratio, leaf.key).crossings
        nearest = min((one.value for one in found), key=lambda value: abs(value - leaf.number), default=None)
        assert bool(at) == (nearest is not None), leaf.key
        if nearest is not None and " " not in at and leaf.unit.text == "1":
            assert float(at) == pytest.approx(nearest, rel=0.02)
        if leaf.number == 0 and at:
            zero += 1
            assert change == ""
    assert zero


def test_the_duty_is_in_the_price_where_the_rule_strikes() -> None:
    """The proclamation of 14 January 2026: 25% on two bands, in which the H200 lies and the H20 does not."""
    keys = {leaf.key for leaf in build(["H200", "910C"]).results["cost"].ratio.leaves()}
    assert "import-duty/duty" in keys
    keys = {leaf.key for leaf in build(["H20", "910B"]).results["cost"].ratio.leaves()}
    assert "import-duty/duty" not in keys
    assert build(["H20"]).results["cost"] is None


def test_the_finding_of_the_timeline_names_the_last_change() -> None:
    one = timeline("H20", until="2026-11-22")
    # Form 8-K of 15 April 2025: a licence from 9 April on
    assert history.finding([one], catalog()).startswith("H20 96 GB since 2025-04-09: licence required")
    assert (
        history.finding([timeline("H20", until="2022-06-01")], catalog())
        == "H20 96 GB throughout: no rule checked is in force."
    )


def test_a_bar_is_as_thick_as_the_law_is_strict() -> None:
    """The order of calc.law decides: among outcomes that compete a stricter one is never thinner, and each has words."""
    assert [strictness(code) for code in STRICTEST] == sorted((strictness(code) for code in STRICTEST), reverse=True)
    codes = [code for band in BANDS for code in band]
    assert len(codes) == len(set(codes)) and set(history.WORDS) == set(codes) >= set(CODES)
    for weak, strong in pairwise(codes):
        assert worst_outcome([Combined(weak, ""), Combined(strong, "")]).code == strong
    # No thinner than a licence by case: an answer that is open may be a denial
    assert (
        strictness("UNKNOWN") == strictness("STRADDLES") == strictness("LICENCE/UNSPEC") == strictness("LICENCE/CASE")
    )
    assert strictness("NOT-IN-FORCE") < strictness("NLR") < strictness("DUTY/TARIFF") < strictness("LICENCE/PoA")
    assert strictness("PROHIBITED") == len(THICK) - 1


SHARES = st.tuples(st.floats(0.001, 0.9), st.floats(0.5, 1.0), st.floats(1.0, 2.0))


@FEW
@given(st.lists(SHARES, min_size=1, max_size=5))
def test_the_words_on_scenarios_say_least_and_most(shares: list[tuple[float, float, float]]) -> None:
    table = [
        Row(f"s{n}", f"S{n}", "", "", 2026, "acquired", "share", value, value * down, value * up, ())
        for n, (value, down, up) in enumerate(shares)
    ]
    said = scenario.finding(table)
    least, most = min(table, key=lambda row: row.value), max(table, key=lambda row: row.value)
    assert said.index(f"“{least.name}”") > 0
    if least.scenario != most.scenario:
        assert f"“{most.name}”" in said
        assert ("do not overlap" in said) == (least.high < most.low)


def test_the_shipped_scenarios_are_those_of_the_table() -> None:
    found = rows()
    assert {row.scenario for row in found} == {"no-exports", "h200-under-the-cap", "unrestricted-h200", "smuggling"}
    for row in found:
        assert 0 < row.low <= row.value <= row.high or row.measure != "share"


def test_the_report_prints_claims_as_the_ledger_does() -> None:
    """A claim in per cent has our value in per cent, a rank is a whole number, a rule is its verdict."""
    sheet, made = lay_out(build(["H100", "H200", "H20"]))
    judged, _ = sheet.report.results["claims"]
    rows = made["claims"].rows
    for one, row in zip(judged, rows, strict=True):
        value = row.value if isinstance(row.value, str) else row.value.text
        assert shown(one.best).startswith(value.partition("%")[0])
        assert (row.verdict, row.meaning) == (WORDS[one.verdict], meaning(one))
    sixty = next(row for row in rows if "60% more memory bandwidth" in row.says)
    # NVIDIA data sheets: 4.8 TB/s of the H200 over 3.35 TB/s of the H100 SXM is 43.3% more
    assert (sixty.value.text, sixty.value.form) == ("43.3%", "p")


def test_functions_that_ask_a_model_are_found_in_the_tree_of_an_expression() -> None:
    assert calls("1 - train (GPT-3, 8 H100)/(2*max(1, tpp(H200)))") == {"train", "max"}
    assert calls("tpp(H200)") == set()
    # a chip named like a function is no call
    assert calls('count("8 train (x", H20, by=tpp)') == {"count"}


def test_the_chips_of_a_cluster_are_those_of_its_state() -> None:
    """A cluster is no chip: charts and claims single out what is in it, as far as anybody says."""
    here = catalog()
    for item in here.items.values():
        found = chips_of(item, here, here.as_of)
        if item.kind in ("system", "cluster"):
            assert [one.id for one in found] == list(dict.fromkeys(chip.id for _, chip in contents(item, catalog=here)))
            assert all(one.kind == "chip" for one in found)
        else:
            assert found == [item]
    assert any(item.kind == "cluster" and len(chips_of(item, here, here.as_of)) > 1 for item in here.items.values())


def test_a_sentence_keeps_a_small_first_letter_that_belongs_to_a_name() -> None:
    assert [text.capital(word) for word in ("price", "xAI of today", "", "2,000 chips")] == [
        "Price", "xAI of today", "", "2,000 chips",
    ]  # fmt: skip


def test_an_item_has_the_mark_of_its_first_subject() -> None:
    subjects = [catalog().subject(name) for name in ("H20", "H200", "8 H20")]
    assert item_kinds(subjects) == {subjects[0].item.id: 0, subjects[1].item.id: 1}


def test_the_limits_say_what_verdicts_read() -> None:
    said = " ".join(LIMITS)
    assert "with their exceptions, lanes and letters" in said and "are not read" not in said
    assert "check --to --hq" in said and "error of its own" in said


def test_a_step_time_is_read_from_either_metric() -> None:
    found = measured.compute(build(["H100", "H20"]))
    assert found
    assert all(run.value > 0 and run.ratios for run in found)
    # tokens a second a chip: 512 sequences of 8,192 tokens on 1,024 chips at 10,000 take 0.4096 s
    row = found[0].row._replace(
        metric="train_tokens_per_second_per_chip", value=10_000, n_chips=1024, batch=512, seq_in=8192
    )
    assert step_time(row) == pytest.approx(0.4096)
    assert step_time(row._replace(kind="decode")) is None


def test_the_error_is_that_of_whole_models_as_validate_counts_it() -> None:
    """Runs of a few layers are scored apart; the mean is of |predicted / measured - 1|, as in `validate`."""
    left = read_left_out(shipped_text("measured/left_out.csv"))
    chips = {"nvidia-h100-sxm", "huawei-ascend-910c", "nvidia-h20-96gb"}
    timed = [
        row
        for row in shipped_rows()
        if row.kind == "train" and row.metric != "mfu" and row.id in left and row.chip in chips
    ]
    whole = [row for row in timed if "layers=" not in row.plan]
    assert 0 < len(whole) < len(timed)
    runs = [run for run in measured.compute(build(["H100", "910C", "H20"])) if run.kind == "train"]
    assert sorted(ratio for run in runs for ratio in run.ratios) == sorted(left[row.id].ratio for row in whole)
    assert "layers=" not in "".join(run.row.plan for run in runs)
    assert mean_error([1.5, 0.5, 1.0]) == pytest.approx(1 / 3)


@FEW
@given(
    st.lists(st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)), min_size=1, max_size=8), st.sampled_from([WIDE, NARROW])
)
def test_every_picture_stays_within_its_frame(pairs: list[tuple[float, float]], width: int) -> None:
    pictures = [
        tornado([Swing(f"i{n}", low, high, n) for n, (low, high) in enumerate(pairs)], 1.3, width=width, label="t"),
        strips([Strip("a", tuple((a / b, n) for n, (a, b) in enumerate(pairs)), 0.2, "w", n) for n in (0, 1)], width=width, label="s", title="x"),
        ranges(
            [Ranged(f"r{n}", max(a, b), min(a, b), max(a, b), "w", 0, n) for n, (a, b) in enumerate(pairs)],
            width=width, label="r", tick=str,
        ),
        lanes([Lane("a", 0, (Stretch("2022-01-01", "2023-01-01", 4, "words, few", 0, open=True),))], width=width, label="l", since="2022-01-01", until="2024-01-01"),
    ]  # fmt: skip
    for picture in pictures:
        for x in re.findall(r'[ M]x?="?(-?[\d.]+)', picture):
            assert -1 <= float(x) <= width + 1


class Tree(HTMLParser):
    """Start tags with their attributes, and text, without the space between blocks."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"<{tag} {sorted(attrs)}>")

    def handle_data(self, data: str) -> None:
        self.found += data.split()


@FEW
@given(st.lists(st.tuples(st.sampled_from(["li", "p", "td", "dd"]), st.text("ab \"'<>&=/", max_size=8)), max_size=6))
def test_squeezing_keeps_tags_attributes_and_text(parts: list[tuple[str, str]]) -> None:
    from html import escape

    inside = "\n".join(f'<{tag} class="x" title="{escape(text)}">{escape(text)}</{tag}>' for tag, text in parts)
    page = f'<ul>\n{inside}\n</ul><pre>a = "b" c\n</pre><script>x="y" z</script>'
    assert Tree(squeeze(page)).found == Tree(page).found
    assert '<pre>a = "b" c\n</pre><script>x="y" z</script>' in squeeze(page)
