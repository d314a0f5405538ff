# SPDX-License-Identifier: Apache-2.0
"""The report in Chromium: four views, axe-core, no network, no scripts needed, no sideways scroll, print."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chipgauge.reports.html import build, render

ROOT = Path(__file__).resolve().parent.parent
VIEWS = ["light-1200", "dark-1200", "light-360", "dark-360"]
# vnu does not know this property of SVG text, which every browser does.
UNKNOWN_TO_VNU = "paint-order"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report = build()
    path.write_text(render(report), "utf-8")
    (path.parent / "whole.html").write_text(render(report, squeezed=False), "utf-8")
    return path


@pytest.fixture(scope="module")
def seen(page: Path, node: str, chromium: str) -> Iterator[dict[str, Any]]:
    """What Chromium saw; the PDF lies beside the page."""
    command = [
        node,
        str(ROOT / "tests/browser/check.mjs"),
        str(page),
        str(page.parent),
        str(page.parent / "whole.html"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, env={**os.environ, "CHROMIUM": chromium}, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    yield json.loads(done.stdout)


@pytest.mark.requires_chromium
@pytest.mark.parametrize("number", range(4), ids=VIEWS)
def test_a_view_is_accessible_quiet_and_fits(seen: dict[str, Any], number: int) -> None:
    view = seen["views"][number]
    assert f"{view['scheme']}-{view['width']}" == VIEWS[number]
    assert view["violations"] == []
    assert view["passes"] > 30
    assert (view["requests"], view["errors"]) == ([], [])
    assert (view["closed"], view["opened"]) == (0, 0), "the page scrolls sideways"
    assert view["smallest"] >= 11, "text of a chart is too small"
    assert set(view["charts"]) == {"wide" if view["width"] > 720 else "narrow"}
    assert view["table"]["beyond"] == 0, "the side-by-side table scrolls"
    assert view["table"]["role"] == "table"
    assert view["table"]["said"] == view["table"]["has"], "its rows and cells are lost to who listens"
    assert view["labels"]["count"] > 150, "the words of the charts were not looked at"
    assert view["labels"]["found"] == [], "words of a chart leave it or lie on each other"
    assert view["labels"]["moved"] == [], "they do once a slider has moved"


@pytest.mark.requires_chromium
def test_the_squeezed_page_has_the_same_tree(seen: dict[str, Any]) -> None:
    assert seen["same"], "what was left out of the page changes its tree"


@pytest.mark.requires_chromium
def test_it_works_without_scripts(seen: dict[str, Any]) -> None:
    plain = seen["plain"]
    assert not plain["before"]
    assert plain["after"], "a number does not open the derivation it leads to"
    assert "TPP" in plain["text"]
    assert plain["skip"], "the skip link is not the first stop, or is not seen when it has the focus"
    assert (plain["requests"], plain["errors"]) == ([], [])


@pytest.mark.requires_chromium
def test_a_number_shows_its_own_entry_on_the_spot_and_puts_it_back(seen: dict[str, Any]) -> None:
    hands = seen["hands"]
    assert hands["opened"]["shown"]
    assert hands["opened"]["inView"]
    assert hands["opened"]["entry"] == hands["id"]
    assert hands["opened"]["sources"] > 0, "an entry leads to no source outside"
    assert hands["deeper"] == hands["input"]
    assert hands["back"] == hands["id"]
    assert hands["closed"]
    assert hands["home"]
    assert hands["order"], "an entry did not go back to its place"
    assert hands["focus"] == f"#{hands['id']}", "the focus does not return to the number"
    assert hands["typed"], "Enter on a number opens nothing"
    assert hands["left"], "an entry stays open over the page when the keyboard has gone on"


@pytest.mark.requires_chromium
def test_a_chart_is_walked_with_the_keyboard(seen: dict[str, Any]) -> None:
    walk = seen["hands"]["walk"]
    assert (walk["stops"], walk["after"]) == (1, 1)
    assert walk["marks"] > 40
    assert walk["names"] > 0.9 * walk["marks"], "marks share their names"
    assert all(re.fullmatch(r".+: TPP [\d,]+.*; TPP/mm² [\d.,]+.*; On .+", one) for one in walk["said"]), walk["said"]
    assert (walk["round"], walk["first"], walk["before"], walk["hidden"], walk["ordered"]) == (True,) * 5


@pytest.mark.requires_chromium
def test_the_date_control_changes_regions_and_caption(seen: dict[str, Any]) -> None:
    dates = seen["hands"]["dates"]
    assert dates["then"] != dates["now"]
    assert dates["then"].startswith("Before the first rule")
    assert dates["layers"] == 0


@pytest.mark.requires_chromium
def test_each_table_comes_as_csv_and_json(seen: dict[str, Any]) -> None:
    hands = seen["hands"]
    rows = list(csv.reader(io.StringIO(hands["csv"])))
    assert len({len(row) for row in rows}) == 1
    assert rows[0][0] == "Quantity"
    tpp = next(row for row in rows if row[0] == "TPP")
    made = dict(zip(rows[0], tpp, strict=True))
    # 752 to 800 TFLOP/s at 16 bit (Huawei), against 2,368
    assert (made["Ascend 910C"], made["Ascend 910C, low"], made["Ascend 910C, high"]) == ("12032", "12032", "12800")
    assert (made["Ascend 910C, ratio"], made["Ascend 910C, ratio high"]) == ("5.08", "5.41")
    bandwidth = next(row for row in rows if row[0] == "Memory bandwidth")
    assert dict(zip(rows[0], bandwidth, strict=True))["Quantity, unit"] == "GB/s"
    assert hands["json"][0]["Quantity"] == "TPP"
    assert hands["json"][0]["H100 SXM 80 GB"] == 15832
    assert hands["json"][0]["H100 SXM 80 GB, ratio"] == 6.69
    assert len(hands["json"]) == len(rows) - 1
    assert [name.rpartition(".")[2] for name in hands["name"]] == ["csv", "json", "md"]
    lines = hands["markdown"].splitlines()
    assert lines[0].startswith("**The H100 SXM 80 GB") or "6.69 times" in lines[0]
    assert any(line.startswith("| TPP") and "2,368" in line and "6.69×" in line for line in lines)
    assert len({line.count(" | ") for line in lines if line.startswith("| ") and "---" not in line}) == 1


@pytest.mark.requires_chromium
def test_what_follows_from_an_entry_and_what_was_moved_is_said(seen: dict[str, Any]) -> None:
    hands = seen["hands"]
    # 2,368 / 4,800 - 1
    assert "2,368 TPP (−50.7%). It rests on:" in hands["follows"] and "4,800 TPP" in hands["follows"]
    assert "Moved: " not in hands["markdown"] and "Moved: " not in hands["csv"]
    assert all(text.count("Moved: Ascend 910C: BF16 peak = ") == 1 for text in hands["moved"])


@pytest.mark.requires_chromium
def test_nothing_can_be_sent_from_the_page(seen: dict[str, Any]) -> None:
    hands = seen["hands"]
    assert hands["refused"] == [], "the policy lets something through"
    assert hands["violations"] >= 4, "the policy was not asked"
    # the browser names each attempt and why it came to nothing: the policy, not the missing network
    assert [url for url, _, why in hands["failed"] if why != "csp"] == []
    assert len(hands["requests"]) == len(hands["failed"])


@pytest.mark.requires_chromium
def test_printed_pages_repeat_the_heads_of_tables(seen: dict[str, Any], page: Path) -> None:
    assert seen["print"]["bytes"] > 10_000
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("needs pdftotext (the Debian package poppler-utils)")
    done = subprocess.run(
        [program, "-layout", str(page.parent / "report.pdf"), "-"], capture_output=True, text=True, check=True
    )
    pages = done.stdout.split("\f")
    last = next(one for one in pages if "Transistors" in one)
    assert last is not pages[0]
    assert "Quantity" in last
    assert sum("Quantity" in one for one in pages) >= 2, "the head of the side-by-side table stands on one page only"
    end = next(n for n, one in enumerate(pages) if "inputs before what uses them" in one)
    disputes = [one for one in pages[:end] if one.count("shown only") >= 2]
    assert len(disputes) >= 2
    assert all("Part it plays" in one for one in disputes)
    assert any("the largest of:" in one for one in pages), "closed groups of derivations are not printed"


@pytest.mark.requires_java
def test_the_validator_finds_no_fault(page: Path) -> None:
    jar = next((ROOT / "node_modules/vnu-jar").rglob("vnu.jar"))
    command = ["java", "-jar", str(jar), "--stdout", "--errors-only", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    faults = [re.sub(r"^.*html\":", "", line) for line in done.stdout.splitlines() if UNKNOWN_TO_VNU not in line]
    assert faults == []
