# SPDX-License-Identifier: Apache-2.0
"""The ledger as a page, `lint` of claims, the Python door, and files of strangers."""

import html
import json
import os
import re
import subprocess
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import chipgauge as cg
from chipgauge.calc.claims import JudgedClaim, concerning, judge_all
from chipgauge.reports.claims_page import render
from chipgauge.reports.cli import main
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.live import program
from chipgauge.specs.catalog import catalog
from chipgauge.specs.claim_tables import read_claims, shipped_claims
from chipgauge.specs.claims import Claim, ClaimReading, Expected

ROOT = Path(__file__).resolve().parent.parent
CATALOG = catalog()
# One of each verdict and topic that matters here; none asks a model, so that the page is quick.
SOME = ["cm384-power", "lane-h200-in-b200-out", "b30a-six-times-h20", "hbm-seventy-times", "cm384-lower-flop-per-watt"]


@cache
def some() -> tuple[JudgedClaim, ...]:
    return tuple(judge_all(shipped_claims(CATALOG.source_ids(), SOME)))


@cache
def page(squeezed: bool = False) -> str:
    return render(some(), CATALOG, asked={"ids": SOME}, squeezed=squeezed)


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


# --- the page ---------------------------------------------------------------------------------------------------------


def test_every_claim_has_a_permalink_its_verdict_in_words_and_an_icon() -> None:
    for one in some():
        assert f'id="claim-{one.claim.id}"' in page() and f'href="#claim-{one.claim.id}"' in page()
    for name in ("holds", "holds_if", "fails", "unknown"):
        assert f'href="#c-{name}"' in page() and f'id="c-{name}"' in page()
    assert re.search(r"<b>fails</b>: nearest: TPP of 30,000", page())


def test_every_reading_leads_to_an_entry_and_every_claim_to_its_source() -> None:
    ids = set(re.findall(r' id="([^"]+)"', page()))
    links = set(re.findall(r'href="#([^"]+)"', page()))
    assert links <= ids, links - ids
    count = sum(reading.figure is not None for one in some() for reading in one.readings)
    assert len(re.findall(r'<a class="n" href="#d\d+"', page())) == count
    assert page().count('<details class="tree">') == count


def test_what_a_reading_assumes_does_not_pass_for_what_the_tables_say() -> None:
    # Two readings of one claim set the power of CloudMatrix 384 to 599.8 and to 559 kW: two entries of the page.
    entries = re.findall(
        r'<li id="(d\d+)"[^>]*><b[^>]*>CloudMatrix 384: Power of the whole system = ([\d,]+) W', page()
    )
    assert {"599,800", "559,000"} <= {value for _, value in entries}
    assert len({name for name, _ in entries}) == len(entries)


def test_the_page_stands_alone_and_may_send_nothing() -> None:
    assert "default-src 'none'" in html.unescape(page())
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)[^"]+"', page())
    assert page(squeezed=True) == render(some(), CATALOG, asked={"ids": SOME})


def test_the_command_on_the_page_is_the_one_that_made_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.html"
    done = invoke("claims", *SOME, "-o", str(path), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["bytes"] == path.stat().st_size
    command = re.search(r'aria-label="Command"><code>([^<]*)<', path.read_text("utf-8"))
    assert command is not None and command[1] == f"chipgauge claims {' '.join(SOME)} -o ledger.html"
    assert path.read_text("utf-8") == page(squeezed=True)


def test_the_page_is_squeezed_as_the_report_is() -> None:
    # Chromium compares the two trees below; here only what is read: every word is still there.
    whole, small = (re.sub(r"\s+|<[^>]*>", "", one.partition("<script")[0]) for one in (page(), page(squeezed=True)))
    assert unescape(small) == unescape(whole) and len(page(squeezed=True)) < 0.97 * len(page())


def test_no_slider_moves_a_number_of_the_page() -> None:
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page(), re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert set(data) == set(program(Ledger(CATALOG)).data) and not any(data.values())


def test_the_script_finds_the_command_in_both_kinds_of_page() -> None:
    script = (ROOT / "reports/static/report.js").read_text("utf-8")
    assert '$("pre.command")' in script
    for name in ("cite", "ledger"):
        template = (ROOT / f"reports/templates/{name}.html.jinja").read_text("utf-8")
        assert template.count('<pre class="command"') == 1, name


def test_a_search_has_no_page() -> None:
    done = invoke("claims", "--near", "H200", "H20", "6", "-o", "x.html")
    assert done.exit_code == 2 and "--format csv" in done.output


EVIL = "<script>alert(1)</script>"
HOSTILE = f"""id = "evil"
says = "{EVIL}"
by = "{EVIL}"
date = "2025"
evidence = "second-hand"
source = "epoch-ml-hardware"
via = "epoch-ml-hardware"
quote = "{EVIL}"
topic = "{EVIL}"
note = "{EVIL}"
sentence = "{EVIL} {{r}}"
[[readings]]
id = "r"
says = "{EVIL}"
basis = "{EVIL}"
assumes = "{EVIL}"
expression = "tpp(H200)/tpp(H20)"
at_least = "1"
[[readings]]
id = "m"
says = "{EVIL}"
missing = "{EVIL}"
"""


def test_markup_of_strangers_stays_text(tmp_path: Path) -> None:
    path, out = tmp_path / "evil.toml", tmp_path / "out.html"
    path.write_text(HOSTILE, "utf-8")
    done = invoke("claims", "--file", str(path), "-o", str(out))
    assert done.exit_code == 0, done.output
    made = out.read_text("utf-8")
    assert EVIL not in made and made.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 10
    assert made.count("<script") == page().count("<script")


# --- lint and the command ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("tpp(H200", "character 9"),
        ("tpp(H200)/tpp(H2O0)", "H2O0"),
        ("memory.bandwith(H200)", "memory.bandwidth"),
        ("tpp(H200)", "TPP"),
        ("train(Llama 9, 8 H200)", "Llama 9"),
        ("tpp.__class__(H200)", "tpp.__class__"),
        ("2^1000000", "64"),
        ("(" * 500 + "1" + ")" * 500, "64 deep"),
    ],
)
def test_lint_and_claims_refuse_an_expression_with_its_place(
    tmp_path: Path, expression: str, words: str, claim_head: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'{claim_head}"{expression}"\n', "utf-8")
    linted, judged = invoke("lint", str(path), "--json"), invoke("claims", "--file", str(path))
    assert (linted.exit_code, judged.exit_code) == (1, 2)
    [problem] = json.loads(linted.stdout)["problems"]
    assert problem["file"] == str(path) and problem["line"] == 11 and "readings r" in problem["path"]
    assert words in problem["message"] and words in judged.output and "Traceback" not in judged.output


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b", "<b>", "A", "x" * 101, ""])
def test_an_id_is_a_word_not_a_path(tmp_path: Path, name: str, claim_head: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(claim_head.replace('id = "x"', f'id = "{name}"', 1) + '"1"\n', "utf-8")
    done = invoke("lint", str(path), "--json")
    problems = json.loads(done.stdout)["problems"]
    assert done.exit_code == 1 and problems[0]["line"] == 1 and problems[0]["path"] == "id"


def test_a_sound_file_has_no_problem_and_a_failing_claim_ends_with_1(tmp_path: Path, claim_head: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(claim_head + '"tpp(H200)/tpp(H20)"\n', "utf-8")
    assert invoke("lint", str(path)).exit_code == 0
    assert invoke("claims", "--file", str(path)).exit_code == 0
    path.write_text(claim_head + '"tpp(H20)/tpp(H200)"\n', "utf-8")
    assert invoke("lint", str(path)).exit_code == 0
    assert invoke("claims", "--file", str(path)).exit_code == 1
    assert invoke("claims", "--file", str(path), "-o", str(tmp_path / "x.html")).exit_code == 1


def test_a_reading_says_what_is_missing_and_nothing_else_beside_it(claim_head: str) -> None:
    one = claim_head.replace('at_least = "1"\n', "").replace("expression", "missing") + '"the output of memory"\n'
    [claim], problems = read_claims(one, "m.toml", CATALOG.source_ids())
    assert problems == []
    [judged] = judge_all([claim])
    assert (judged.verdict, judged.readings[0].missing) == ("unknown", ("the output of memory",))
    both = one + 'expression = "1"\n'
    _, problems = read_claims(both, "m.toml", CATALOG.source_ids())
    assert any("says what is missing" in problem.message for problem in problems)


# --- Python -----------------------------------------------------------------------------------------------------------


def test_claims_in_python_are_those_of_the_command() -> None:
    found = cg.claims("cm384-power", "b30a-six-times-h20")
    shown = json.loads(invoke("claims", "cm384-power", "b30a-six-times-h20", "--json").stdout)
    assert [one.verdict for one in found.data] == [one["verdict"] for one in shown["claims"]]
    assert json.loads(found.to_json())["claims"] == shown["claims"]
    frame = found.to_frame()
    # SemiAnalysis: 559 kW against 145 kW.
    row = frame[(frame["claim"] == "cm384-power") & (frame["reading"] == "theirs")].iloc[0]
    assert row["value"] == pytest.approx(559 / 145)
    assert set(frame["verdict"]) <= {"holds", "straddles", "fails", "unknown"}
    with pytest.raises(cg.UnknownName, match="not both"):
        cg.claims("cm384-power", file="mine.toml")
    with pytest.raises(cg.UnknownName, match="cm384-power"):
        cg.claims("cm384-powr")


def test_claims_that_concern_items_name_no_other() -> None:
    every = shipped_claims(CATALOG.source_ids())
    pair = {one.id for one in concerning(every, ["nvidia-h200-sxm", "nvidia-h20-96gb"])}
    assert {"h200-six-times-h20", "h20-significantly-less-capable"} <= pair
    assert not pair & {"cm384-power", "cfr-five-times-huawei"}
    assert concerning(every, []) == []
    more = {one.id for one in concerning(every, ["nvidia-h200-sxm", "nvidia-h20-96gb", "huawei-ascend-910c"])}
    assert pair < more and "910c-76-percent-of-h200" in more


def test_claims_that_name_the_most_of_the_items_come_first() -> None:
    def claim(name: str, *expressions: str) -> Claim:
        readings = tuple(
            ClaimReading(str(n), "", Expected("about", ("1", "1%")), one) for n, one in enumerate(expressions)
        )
        return Claim(name, name, "x", "2025", "first-hand", "", readings)

    items = ["nvidia-h200-sxm", "nvidia-h20-96gb", "huawei-ascend-910c"]
    every = [
        claim("one", "tpp(8 H20)"), claim("b-two", "tpp(H200)/tpp(H20)", "tpp(H20)"), claim("other", "tpp(H100)"),
        claim("three", "tpp(H200)/tpp(H20)", "count(8 H20, 910C, by=tpp)*tpp(H200)"), claim("a-two", "tpp(H200)/tpp(910C)"),
    ]  # fmt: skip
    assert [one.id for one in concerning(every, items)] == ["three", "a-two", "b-two", "one"]
    assert [one.id for one in concerning(every, items[:2])] == ["b-two", "three", "one"]


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.requires_chromium
def test_the_page_is_accessible_filters_opens_a_permalink_and_is_read_without_scripts(
    tmp_path: Path, node: str, chromium: str
) -> None:
    path = tmp_path / "ledger.html"
    path.write_text(page(squeezed=True), "utf-8")
    whole = tmp_path / "whole.html"
    whole.write_text(page(), "utf-8")
    command = [node, str(ROOT / "tests/browser/ledger.mjs"), str(path), "", str(whole)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, env={**os.environ, "CHROMIUM": chromium}, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout)
    assert seen["same"]
    for view in seen["views"]:
        assert (view["violations"], view["errors"], view["sideways"]) == ([], [], 0)
    hands, plain = seen["hands"], seen["plain"]
    failing = [f"claim {one.verdict}" for one in some() if one.verdict == "fails"]
    assert (hands["all"], hands["failing"]) == (len(SOME), failing)
    assert hands["said"] == f"{len(failing)} of {len(SOME)} claims are shown"
    assert (hands["linked"], hands["entry"], hands["errors"]) == ([True, True], True, [])
    assert hands["table"].startswith("**") and "\n| --- |" in hands["table"]
    assert hands["table"].rstrip().endswith(f"`chipgauge claims {' '.join(SOME)} -o ledger.html`")
    assert (plain["count"], plain["filter"], plain["open"], plain["errors"]) == (len(SOME), False, True, [])


def test_a_band_and_a_lane_are_not_crossed() -> None:
    """The proclamation of 14 January 2026 has bands, 91 FR 1684 a lane: one is in them or not."""
    found = CliRunner().invoke(main, ["claims", "duty-bands-h200-mi325x", "lane-h200-in-b200-out"])
    assert found.exit_code == 0
    for wanted in ("in the band", "outside the bands", "inside the lane", "outside the lane"):
        assert len(re.findall(rf"  {wanted}  +{wanted}  +holds", found.output)) == 2, wanted
    assert "crosses" not in found.output.partition("step ")[0]
