# SPDX-License-Identifier: Apache-2.0
"""Sweep files from strangers: every mistake with its line and what to write, nothing unbounded, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.errors import TableError
from chipgauge.specs.sweep_tables import MOST_ROWS, load_sweep, read_sweep

GOOD = """name = "good"
[answers]
a = "x * y"
[[vary]]
name = "x"
from = "1 TB/s"
to = "2 TB/s"
steps = 5
[[vary]]
name = "y"
values = [1, 2.5, "50%"]
[[vary]]
on = ["2025-01-01", "2026-01-01"]
"""


def test_a_good_file() -> None:
    sweep, problems = read_sweep(GOOD, "a.toml")
    assert sweep is not None and not problems
    assert (sweep.rows, sweep.cases, sweep.rows_each, sweep.points) == (30, 2, 15, 0)
    assert sweep.axes[0].low == 1e12 and sweep.axes[0].unit.text == "TB/s"
    assert sweep.axes[1].values == (1.0, 2.5, 0.5) and sweep.choices[0].name == "on"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('name = "good"', 'nmae = "good"', 1, "Did you mean name"),
        ('name = "good"', "name = 3", 1, "is a text"),
        ('a = "x * y"', "a = 3", 3, "an expression in quotes"),
        ('a = "x * y"', '"A b" = "x"', 3, "small letters"),
        ("[answers]\na =", "[answer]\na =", 2, "answers"),
        ('name = "x"', 'name = "X"', 5, "small letters"),
        ('name = "x"', 'name = "y"', 10, "varied twice"),
        ('name = "x"', 'set = "peak bf16"', 5, "no figure of an item"),
        ('name = "x"', 'name = "x"\nset = "peak.bf16(H20)"', 5, "not both"),
        ('from = "1 TB/s"', 'from = "1 TB"', 7, "differ in dimension"),
        ('from = "1 TB/s"', 'from = "1 parsec"', 6, "parsec"),
        ('from = "1 TB/s"', 'from = "3 TB/s"', 7, "to lies above from"),
        ('from = "1 TB/s"', "from = true", 6, "no number"),
        ('from = "1 TB/s"', "from = nan", 6, "nan"),
        ('from = "1 TB/s"', "from = 1e999", 6, "inf"),
        ('from = "1 TB/s"\n', "", 4, "no number"),
        ("steps = 5", "steps = 0", 8, "whole number"),
        ("steps = 5", "steps = 2.5", 8, "whole number"),
        ("steps = 5", "steps = 1_000_000_000_000", 8, "whole number"),
        ("steps = 5", "steps = 5\nlikely = 1", 7, "differ in dimension"),
        ("steps = 5", 'steps = 5\nlikely = "1.5 TB/s"', 9, "in a sample"),
        ("values = [1,", "steps = 3\nvalues = [1,", 12, "stand alone"),
        ('values = [1, 2.5, "50%"]', "values = []", 11, "1 to 1,000"),
        ('values = [1, 2.5, "50%"]', "values = [[1]]", 11, "no number"),
        ('values = [1, 2.5, "50%"]', 'items = ["H20", "H20"]', 11, "different texts"),
        ('values = [1, 2.5, "50%"]', "items = [3]", 11, "list of texts"),
        ('on = ["2025-01-01", "2026-01-01"]', 'on = ["soon"]', 13, "2025-04-20"),
        ('on = ["2025-01-01", "2026-01-01"]', 'on = ["2025-99-99"]', 13, "no day of the calendar"),
        ('on = ["2025-01-01", "2026-01-01"]', 'on = ["2024-02-29", "2023-02-29"]', 13, "'2023-02-29' is no day"),
        ('on = ["2025-01-01", "2026-01-01"]', 'on = ["2025-01"]', 13, "2025-04-20"),
        ("steps = 5", 'steps = 5\nscale = "cubic"', 9, "linear or log"),
        ('from = "1 TB/s"\nto = "2 TB/s"\n', 'from = 1e-160\nto = 1e160\nscale = "log"\n', 8, "1e308"),
        ('on = ["2025-01-01", "2026-01-01"]', 'name = "d"\non = ["2025-01-01"]', 14, "dates stand alone"),
        ("[[vary]]\non", "[[vary]]\nunit = 3\non", 13, "unknown field"),
        ("[[vary]]\non", "[sample]\npoints = 0\n[[vary]]\non", 13, "whole number"),
        ("[[vary]]\non", "[sample]\npoints = 8\nseed = -1\n[[vary]]\non", 14, "seed"),
        ("[[vary]]\non", "[sample]\npoints = 8\nscramble = 1\n[[vary]]\non", 12, "points and a seed"),
        ("[[vary]]\non", "[sample]\npoints = 8\n[[vary]]\non", 8, "a sample has no steps"),
        ("[[vary]]", "[vary.a]", 9, "not valid TOML"),
        ("steps = 5", "steps = 5\nsteps = 6", 9, "not valid TOML"),
    ],
)  # fmt: skip
def test_mistakes_with_their_line(old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    sweep, problems = read_sweep(GOOD.replace(old, new, 1), "a.toml")
    assert sweep is None and said in "\n".join(map(str, problems))
    assert line in {problem.line for problem in problems} and problems[0].file == "a.toml"


def test_sizes_are_bounded() -> None:
    axis = '[[vary]]\nname = "x{}"\nfrom = 0\nto = 1\nsteps = 10_000\n'
    head = '[answers]\na = "x0"\n'
    assert read_sweep(head + "".join(axis.format(n) for n in range(3)), "a.toml")[0] is not None
    sweep, problems = read_sweep(head + "".join(axis.format(n) for n in range(4)), "a.toml")
    assert sweep is None and f"at most {MOST_ROWS:,}" in problems[0].message
    items = '[[vary]]\nname = "c{}"\nitems = [' + ", ".join(f'"i{n}"' for n in range(70)) + "]\n"
    sweep, problems = read_sweep(head + "".join(items.format(n) for n in range(2)), "a.toml")
    assert sweep is None and "4,900 combinations" in problems[0].message
    sweep, problems = read_sweep(head + axis.format(0) * 21, "a.toml")
    assert sweep is None and "1 to 20 tables" in problems[0].message


@settings(derandomize=True, deadline=None, max_examples=200)
@given(text=st.text(max_size=60), place=st.integers(0, len(GOOD)), cut=st.integers(0, 20))
def test_nonsense_is_read_or_refused(text: str, place: int, cut: int) -> None:
    sweep, problems = read_sweep(GOOD[:place] + text + GOOD[place + cut :], "a.toml")
    assert (sweep is None) == bool(problems)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "c.toml").write_text("# " + "x" * 1_000_001)
    for name, said in (("a.toml", "cannot be read"), ("b.toml", "UTF-8"), ("c.toml", "at most"), (".", "directory")):
        with pytest.raises(TableError, match=said):
            load_sweep(tmp_path / name)
