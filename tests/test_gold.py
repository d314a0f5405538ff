# SPDX-License-Identifier: Apache-2.0
"""The whole page against a file that a person has looked at; the items are invented, so that only code moves it."""

import os
import re
import shutil
from pathlib import Path

import pytest

from chipgauge.reports.html import build, render
from chipgauge.specs import index
from chipgauge.specs.catalog import Catalog

GOLD = Path(__file__).resolve().parent / "gold"
ACCEPT = "CHIPGAUGE_ACCEPT"


def scrub(page: str) -> str:
    """Return a page without what changes with every release: version, style sheet, script, their hashes."""
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[A-Za-z0-9+/=]{44}", "sha256-HASH", page)
    return re.sub(r"chipgauge \d+\.\d+\.\d+[\w.]*", "chipgauge VERSION", page)


REAL = ("chips", "systems", "clusters", "models", "rules", "claims")
"""Folders of the real tables that the invented ones replace; constants and parameters of the method stay."""


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Catalog:
    shutil.copytree(index.data_folder(), tmp_path / "data", ignore=shutil.ignore_patterns(*REAL, "index.jsonl"))
    shutil.copytree(GOLD / "tables", tmp_path / "data", dirs_exist_ok=True)
    monkeypatch.setattr(index, "data_folder", lambda: tmp_path / "data")
    return Catalog(index.build())


def test_the_page_is_the_one_that_was_looked_at(tables: Catalog) -> None:
    page = scrub(render(build(["Alpha", "Beta", "Rack"], catalog=tables)))
    path = GOLD / "report.html"
    if os.environ.get(ACCEPT) == "gold":
        path.write_text(page, "utf-8")
    wanted = path.read_text("utf-8").splitlines()
    for number, (was, now) in enumerate(zip(wanted, page.splitlines(), strict=False), start=1):
        assert now == was, f"line {number} differs; if that is wanted: {ACCEPT}=gold pytest {Path(__file__).name}"
    assert len(page.splitlines()) == len(wanted)


def test_the_numbers_of_the_gold_page_are_those_of_its_tables(tables: Catalog) -> None:
    page = render(build(["Alpha", "Beta", "Rack"], catalog=tables))
    # 200 x 8 and 100 x 16 (a tie); 300 x 16 and 330 x 16; 8 x 4,800; as printed
    for number in ("1,600", "4,800", "4,800 to 5,280", "38,400", "20,000"):
        assert f">{number}<" in page, number
    assert "3.00 times (3.00 to 3.30) the aggregate TPP of the Alpha 48 GB" in page
