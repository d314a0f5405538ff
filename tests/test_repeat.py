# SPDX-License-Identifier: Apache-2.0
"""The command that a page prints is the one that writes it again."""

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from chipgauge.reports.cli import main
from chipgauge.reports.html import ITEMS, build
from chipgauge.reports.repeat import repeat_command
from chipgauge.specs.catalog import Catalog, catalog


def test_every_option_that_changes_a_page_is_printed_and_what_was_left_out_is_not() -> None:
    asked = {
        "ids": ["a", "b c"], "near": None, "within": "", "prefer": "Epoch AI", "set": ["tpp(H20)=1 TPP", "x(y)=2"],
        "projected": True, "catalog": "my tables", "on": "2026-01-01", "file": "m.toml",
    }  # fmt: skip
    assert shlex.split(repeat_command("claims", asked, "out.html")) == [
        "chipgauge", "claims", "a", "b c", "--file=m.toml", "--on=2026-01-01", "--prefer=Epoch AI",
        "--set=tpp(H20)=1 TPP", "--set=x(y)=2", "--projected", "--catalog=my tables", "-o", "out.html",
    ]  # fmt: skip
    assert repeat_command("report", {"projected": False, "set": [], "on": ""}, "r.html") == "chipgauge report -o r.html"


@pytest.mark.parametrize(
    "words",
    [
        ["report", "H20", "H100", "--projected", "--on=2026-01-01"],
        ["claims", "cm384-power", "--projected", "--set=power.system(CM384)=600 kW"],
    ],
)
def test_a_page_is_written_again_by_its_own_command(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(main, [*words, "-o", "first.html"])
    assert first.exit_code == 0, first.output
    page = Path("first.html").read_bytes()
    found = re.search(r'aria-label="Command"><code>([^<]*)<', page.decode())
    assert found is not None and "--projected" in found[1]
    again = shlex.split(unescape(found[1]))
    assert again[0] == "chipgauge"
    second = CliRunner().invoke(main, again[1:])
    assert second.exit_code == 0, second.output
    assert Path(again[-1]).read_bytes() == page


def test_the_catalogue_is_adjusted_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[object] = []
    real = Catalog._given

    def counted(self: Catalog, text: str) -> object:
        calls.append(text)
        return real(self, text)

    monkeypatch.setattr(Catalog, "_given", counted)
    given = "memory.capacity(H20)=97 GB"
    done = CliRunner().invoke(main, ["report", "H20", f"--set={given}", "-o", str(tmp_path / "x.html")])
    assert done.exit_code == 0, done.output
    assert calls.count(given) == 1


def test_the_shipped_scenarios_stand_aside_where_a_projected_state_may_count() -> None:
    assert build(["H20", "910C"]).results["scenario"]
    assert not build(["H20", "910C"], projected=True).results["scenario"]
    assert build(["H20"], projected=True).catalog.projected and not catalog().projected


def test_a_report_of_nothing_named_is_of_the_items_that_the_page_names(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", "-o", str(tmp_path / "x.html"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["inputs"]["items"] == list(ITEMS)
    assert f"default: {' '.join(ITEMS)})" in " ".join(CliRunner().invoke(main, ["report", "--help"]).output.split())
