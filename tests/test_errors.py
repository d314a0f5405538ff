# SPDX-License-Identifier: Apache-2.0
"""The small family of errors, how a problem reads, and what a near name suggests."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.errors import (
    BasisError,
    ChipgaugeError,
    ExpressionError,
    Problem,
    TableError,
    UnitError,
    UnknownName,
    UnknownValue,
    did_you_mean,
)

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
FAMILY = {
    UnitError: ValueError,
    UnknownName: LookupError,
    ExpressionError: ValueError,
    UnknownValue: ValueError,
    BasisError: ValueError,
}


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_is_of_the_family_and_of_a_builtin_kind(kind: type[ChipgaugeError]) -> None:
    error = kind("what was wrong; what to type")
    assert isinstance(error, ChipgaugeError) and isinstance(error, FAMILY[kind])
    assert str(error) == "what was wrong; what to type"  # a KeyError would print it with quotes


def test_an_expression_error_knows_where() -> None:
    assert ExpressionError("unexpected", 7).position == 7
    assert ExpressionError("unexpected").position == 0


def test_a_problem_reads_file_line_field_and_hint() -> None:
    assert str(Problem("a.toml", 3, "id", "no id", "write one")) == "a.toml:3: id: no id\n  hint: write one"
    assert str(Problem("a.toml", 1, "", "the file is empty")) == "a.toml:1: the file is empty"


def test_a_table_error_lists_all_problems() -> None:
    problems = [Problem("a.toml", 3, "id", "no id"), Problem("b.toml", 1, "", "empty")]
    error = TableError(problems)
    assert error.problems == problems and str(error) == "a.toml:3: id: no id\nb.toml:1: empty"
    assert isinstance(error, ChipgaugeError) and isinstance(error, ValueError)


def test_problems_sort_by_file_and_line() -> None:
    rows = [Problem("b", 1, "", ""), Problem("a", 10, "", ""), Problem("a", 9, "z", "")]
    assert [(row.file, row.line) for row in sorted(rows)] == [("a", 9), ("a", 10), ("b", 1)]


@pytest.mark.parametrize(
    ("given_name", "known", "words"),
    [
        ("H2O0", ["H20", "H200"], " Did you mean H20 or H200?"),
        ("h200", ["H200", "h200 nvl"], " Did you mean H200 or h200 nvl?"),
        ("A10O", ["A100"], " Did you mean A100?"),
        ("zzz", ["H20"], ""),
        ("H20", [], ""),
    ],
)
def test_near_names_are_suggested_as_they_are_written(given_name: str, known: list[str], words: str) -> None:
    assert did_you_mean(given_name, known) == words


@LAW
@given(st.text(max_size=10**3), st.lists(st.text(min_size=1, max_size=20), max_size=20), st.integers(1, 3))
def test_only_known_names_are_suggested_and_the_name_itself_always(name: str, known: list[str], limit: int) -> None:
    offered = did_you_mean(name, known, limit)
    assert not offered or any(one in offered for one in known)
    if name and name[:80] in known:
        assert offered
