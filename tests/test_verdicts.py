# SPDX-License-Identifier: Apache-2.0
"""The answer of a check: the outcome first, what stands beside it, what is open; the notice in every format."""

import csv
import io
import json
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge as cg
from chipgauge.calc.law.outcome import combine, worst_verdict
from chipgauge.calc.law.scope import STRICTEST, rank
from chipgauge.calc.thresholds import Court, Party, check
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.custom import CUSTOM, Custom, with_custom

LAW = settings(derandomize=True, deadline=None, max_examples=40, database=None)
LANE = ("H200", "--on", "2026-02-01", "--to", "CN")


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, [*arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def answer(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("check", *arguments, "--json"))
    return found


# --- the answer first ------------------------------------------------------------------------------------------------


def test_the_first_sentence_is_the_outcome_with_its_rules_and_what_stands_beside_it() -> None:
    # 91 FR 1684 (lane), the proclamation of 14 January 2026 (duty), S. 4456 (bill)
    first = run("check", *LANE).split("\n")[0]
    assert first.startswith(
        "NVIDIA H200 SXM 141 GB on 2026-02-01: licence required, reviewed case by case (us-bis-2026-h200-lane"
    )
    assert "us-bis-3a090-a#a1" in first and "25%" in first and "us-s232-2026-chips" in first
    assert "Would cross, if enacted, the lines of “AI OVERWATCH" in first and "condition" in first
    assert "(us-bill-ai-overwatch#" in first, "the table calls a rule by its id"


def test_what_nobody_enforces_is_said_not_to_be_enforced() -> None:
    """AI Diffusion: compliance was due on 15 May 2025; on 13 May the agency said that it will not enforce it."""
    india = run("check", "H100", "--to", "IN", "--on", "2025-06-01").split("\n")[0]
    assert "on 2025-06-01: by a text that is not enforced, no licence (LPP) (us-bis-exception-lpp" in india
    chinese = run("check", "910C", "--on", "2025-06-01").split("\n")[0]
    assert (
        "crosses the line of 3A090.a and the line, not enforced, of “Licence worldwide for chips of 3A090.a" in chinese
    )
    ours = run("check", "H100", "--to", "CN", "--on", "2025-06-01").split("\n")[0]
    assert "not enforced" not in ours and "presumption of denial" in ours


def test_the_json_says_the_same() -> None:
    (item,) = answer(*LANE)["items"]
    assert item["outcome"] == "LICENCE/CASE"
    assert [one["code"] for one in item["beside"]] == ["DUTY/TARIFF"]
    assert item["because"][0].startswith("us-bis-2026-h200-lane")
    assert any(name.startswith("us-bill-") for name in item["would_cross"])
    assert item["conditions"] and all(one["citation"] for one in item["conditions"])
    bills = [one for one in item["verdicts"] if one["kind"] == "bill" and one["verdict"] == "crosses"]
    assert bills and all(one["outcome"] is None and one["text_status"] == "proposed" for one in bills)


@pytest.mark.parametrize("form", ["table", "md"])
def test_the_notice_stands_on_every_printed_answer(form: str) -> None:
    for arguments in (
        ["check", *LANE],
        ["check", "H20", "--timeline"],
        ["headroom", "H20", "--rule", "us-bis-3a090-b"],
        ["list", "rules"],
    ):
        assert "Not legal advice; as of " in run(*arguments, "--format", form)


def test_the_notice_stands_in_every_json() -> None:
    for arguments in (
        ["check", *LANE],
        ["check", "H20", "--timeline"],
        ["headroom", "H20", "--rule", "us-bis-3a090-b"],
    ):
        assert json.loads(run(*arguments, "--json"))["notice"].startswith("Not legal advice; as of ")


def test_rows_as_csv_are_one_a_rule() -> None:
    rows = list(csv.DictReader(io.StringIO(run("check", "H20", "H200", "--format", "csv"))))
    assert len(rows) == 2 * len(catalog().rules())
    assert {row["item"] for row in rows} == {"nvidia-h20-96gb", "nvidia-h200-sxm"}


def test_the_list_of_rules_shows_what_is_open_and_what_is_missing() -> None:
    text = run("list", "rules")
    assert "open: What 91 FR 46260" in text
    for rule in catalog().rules():
        assert rule.id in text
        assert not rule.missing or rule.missing in text
        assert all(doubt.reading in text for doubt in rule.ambiguities)


def test_what_would_flip_is_said() -> None:
    (item,) = answer("H20", "--rule", "us-bis-3a090-b")["items"]
    # 2,400 / 2,368 is 1.35% more; the density of 2.91 is inside the band of b.1
    assert item["verdicts"][0]["flip"] == "crosses with tpp >= 2400 TPP (+1.4%)"
    (item,) = answer("H200", "--rule", "us-bis-3a090-a")["items"]
    assert item["verdicts"][0]["flip"] == "until tpp < 4800 TPP (-69.7%)"


def test_sources_of_the_rules_are_sources_of_the_answer() -> None:
    found = answer("H200", "--rule", "us-bis-3a090-a")
    assert "ear-3a090" in found["sources"]


def test_a_saved_check_holds(tmp_path: Any) -> None:
    for number, arguments in enumerate(
        (
            ["H200", "--to", "MY", "--hq", "CN"],
            ["--set", "training_compute=3e26 FLOP"],
            ["H20", "--set", "datacentre=no"],
            ["A800", "--timeline"],
        )
    ):
        (path := tmp_path / f"{number}.json").write_text(run("check", *arguments, "--json"))
        assert "still holds" in run("verify", str(path))


def test_a_cluster_described_by_its_figures_is_not_asked_for_its_chips() -> None:
    # Executive Order 14110, section 4.2(b)(ii): over 100 Gbit/s, 1e20 operations a second, in one place
    figures = ["cluster.peak=1e20 FLOP/s", "cluster.network=101 Gbit/s", "cluster.colocated=yes"]
    found = cg.check(given=figures, on="2024-01-01").data[0]
    assert [one.rule.id for one in found.verdicts if one.verdict == "crosses"] == ["us-eo14110-cluster"]
    assert all(one.verdict == "out_of_scope" for one in found.verdicts if one.rule.item_class == "chip")


def test_the_library_takes_the_same() -> None:
    found = cg.check("H200", on="2026-02-01", to="MY", hq="CN")
    assert found.data[0].outcome == "LICENCE/PoD" and "wherever located" in found.finding
    model = cg.check(given=["training_compute=3e26 FLOP"])
    assert {one.split("#")[0] for one in model.data[0].because} >= {"eu-aiact-51", "ca-sb53"}
    assert len(model.to_frame()) == len(catalog().rules())


# --- laws ---------------------------------------------------------------------------------------------------------------


@LAW
@given(
    tpp=st.integers(500, 30_000), area=st.integers(50, 3_000), memory=st.integers(100, 9_000), link=st.integers(10, 2_000),
    day=st.sampled_from(["2023-01-01", "2023-12-01", "2025-06-01", "2026-02-01"]), to=st.sampled_from(["CN", "MY", "SA", "DE", ""]),
)  # fmt: skip
def test_units_do_not_matter(tpp: int, area: int, memory: int, link: int, day: str, to: str) -> None:
    """The same chip in other units has the same verdicts: int8 rate for TPP, TB/s and bits for GB/s, cm2 for mm2."""
    plain = Custom("chip", figures=(
        ("tpp", f"{tpp} TPP"), ("die.area", f"{area} mm^2"), ("memory.bandwidth", f"{memory} GB/s"),
        ("scale_up.bandwidth", f"{link} GB/s"), ("host.bandwidth", "64 GB/s"), ("datacentre", "yes"),
    ))  # fmt: skip
    other = Custom("chip", figures=(
        ("tpp", f"{tpp * 10**12} op bit/s"), ("die.area", f"{area}e-6 m^2"), ("memory.bandwidth", f"{memory * 8} Gbit/s"),
        ("scale_up.bandwidth", f"{link}000 MB/s"), ("host.bandwidth", "0.064 TB/s"), ("datacentre", "yes"),
    ))  # fmt: skip
    one, two = (
        check(CUSTOM, on=day, to=to, as_if=True, catalog=with_custom(catalog(), item)) for item in (plain, other)
    )
    assert (one.outcome, one.because) == (two.outcome, two.because)
    assert [v.verdict for v in one.verdicts] == [v.verdict for v in two.verdicts]


@LAW
@given(
    chip=st.sampled_from([item.id for item in catalog().items.values() if item.kind == "chip"]),
    day=st.sampled_from(["2022-12-01", "2023-12-01", "2025-06-01", "2026-02-01", "2026-11-22"]),
    to=st.sampled_from(["CN", "MY", "RU", "SA"]),
    data=st.data(),
)
def test_the_outcome_is_the_strictest_of_what_is_left_and_order_does_not_matter(
    chip: str, day: str, to: str, data: st.DataObject
) -> None:
    found = check(chip, on=day, to=to)
    rows = list(found.verdicts)
    mixed = combine(data.draw(st.permutations(rows)))
    assert (mixed.code, set(mixed.because)) == (found.outcome, set(found.because))
    if found.outcome in STRICTEST and found.because:
        codes = [one.branch.code for one in rows if one.limb in found.combined.also and one.branch]
        assert all(rank(code) >= rank(found.outcome) for code in codes)


def test_of_a_lane_the_least_favourable_chip_stands_and_of_a_control_the_worst() -> None:
    court = Court(catalog(), "2026-02-01", "text", Party("CN"))
    book = catalog().rulebook()
    for rule, expected in (("us-bis-2026-h200-lane", "below"), ("us-bis-3a090-a", "crosses")):
        rows = []
        for chip in ("H200", "B200", "H20"):
            subject = catalog().subject(chip)
            _, (world,) = court.worlds(subject)
            rows.append(court.verdict(book[rule], world, subject))
        # the H200 is inside the lane and the B200 outside; both are 3A090.a, the H20 is not
        assert worst_verdict(rows).verdict == expected
