# SPDX-License-Identifier: Apache-2.0
"""Reading tables from text, with every check: all of ours, and a user's folder of 2,000 chips.

The other way is `tomllib` alone over the same texts, which checks nothing.
"""

import tomllib
from pathlib import Path
from typing import Any

from chipgauge.specs.catalog import catalog
from chipgauge.specs.index import data_folder, read_folder

CHIPS = 2000
TARGET = "<= 1"
"""Reading and checking takes no longer than the standard parser alone."""


def texts(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(folder.rglob("*.toml"))]


def parsed(folder: Path) -> None:
    for text in texts(folder):
        tomllib.loads(text)


def test_our_tables(benchmark: Any, against: Any) -> None:
    """All tables that ship, from text to checked entries: under a second on any machine of ours."""

    def run() -> None:
        items, _, problems = read_folder(data_folder())
        assert len(items) > 100 and problems == []

    benchmark.pedantic(run, rounds=10 if benchmark.enabled else 1)
    against("tomllib alone over the same texts", run, lambda: parsed(data_folder()), rounds=7, target=TARGET)


def fill(folder: Path, chips: int) -> None:
    """Write chips with the 60 or so figures of our H100 each."""
    (folder / "chips").mkdir()
    table = (data_folder() / "chips" / "nvidia-h100-sxm.toml").read_text("utf-8")
    body = table[table.index("[[figures]]") :]
    for number in range(chips):
        head = f'id = "own-{number}"\nname = "Own {number}"\nmaker = "own"\n\n'
        (folder / "chips" / f"own-{number}.toml").write_text(head + body, "utf-8")


def test_two_thousand_chips(benchmark: Any, against: Any, tmp_path: Path) -> None:
    """A user's folder with 120,000 figures joins our tables (20 chips while benchmarks are off)."""
    chips = CHIPS if benchmark.enabled else 20
    fill(tmp_path, chips)
    ours = catalog()

    def run() -> None:
        assert len(ours.with_folder(tmp_path).items) == len(ours.items) + chips

    benchmark.pedantic(run, rounds=3 if benchmark.enabled else 1)
    against("tomllib alone over the same texts", run, lambda: parsed(tmp_path), rounds=2, target=TARGET)
