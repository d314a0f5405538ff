# SPDX-License-Identifier: Apache-2.0
"""The guards say of data from a file what it is, and nothing else."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.guards import is_list, is_table

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "table", "listed"),
    [
        ({}, True, False),
        ({"id": 1}, True, False),
        ({1: "id"}, False, False),
        ({"id": 1, 2: 3}, False, False),
        ([], False, True),
        (("id", 1), False, False),
        ("id", False, False),
        (None, False, False),
    ],
)
def test_tables_and_lists(value: object, table: bool, listed: bool) -> None:
    assert (is_table(value), is_list(value)) == (table, listed)


@given(JSON)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_what_json_writes_with_braces_is_a_table_and_with_brackets_a_list(value: object) -> None:
    assert (is_table(value), is_list(value)) == (json.dumps(value)[0] == "{", json.dumps(value)[0] == "[")
