# SPDX-License-Identifier: Apache-2.0
"""The fast reader agrees with `tomllib` (the standard library's TOML 1.0 parser) or declines."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs import plain_toml
from chipgauge.specs.index import data_folder

LAW = settings(derandomize=True, deadline=None, max_examples=300, database=None)
SHIPPED = sorted(data_folder().rglob("*.toml"))
WORDS = st.sampled_from(
    ["a", "b", "figures", " ", "  ", "\t", "=", " = ", '"', '""', '"""', "'", '"x"', '"y" ', "[", "]", "[[", "]]", "[[figures]]", "[a]",
     "\n", "\n\n", "\r\n", "#", " # note", "true", "false", "1", "-", "_", ".", ",", ", ", "\\", "\\n", "{}", "\x00", "\x7f", "\x01", "é", "昇"]
)  # fmt: skip


def agrees(text: str) -> bool:
    """Whether the fast reader read the text; fails where it reads it otherwise than the standard does."""
    fast = plain_toml.read(text)
    if fast is not None:
        assert fast == tomllib.loads(text)
    return fast is not None


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_our_tables_are_read_as_the_standard_reads_them(path: Path) -> None:
    agrees(path.read_text("utf-8"))


def test_most_of_our_tables_are_plain() -> None:
    chips = sorted((data_folder() / "chips").glob("*.toml"))
    assert sum(agrees(path.read_text("utf-8")) for path in chips) >= 0.9 * len(chips)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", 'a = "x"', 'a="x"', 'a = ""', "a = true", 'a = ["x", "y"]', "a = []", 'a = ["x","y"]', "[t]\na = \"x\"\n[u]",
        '[[figures]]\na = "x"\n[[figures]]\n\n[[figures]]\na = "y"', '# note\n[t] # note\na = "x # y" # note', 'a-b_1 = "é"',
    ],
)  # fmt: skip
def test_plain_texts_are_read(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = "x"\na = "y"', "[t]\n[t]", 'a = "x"\n[a]', 'a = "x"\n[[a]]', "[[a]]\n[a]", "[a]\n[[a]]", "a = 1", "a.b = true", "[a.b]",
        'a = """x"""', "a = 'x'", 'a = "\\n"', 'a = "x" b = "y"', 'a = "x', "a = [1]", 'a = ["x",]', 'a = ["x" "y"]', 'a = "x"\r\n',
        "a = truex", "a = false", "a =\ttrue", 'a = "\t"', 'a = "\x01"', "# \x01", "[[a]", "= true", 'a = "x"#\x7f', "{}", " a = true",
    ],
)  # fmt: skip
def test_anything_else_is_left_to_the_standard(text: str) -> None:
    assert plain_toml.read(text) is None


@LAW
@given(st.lists(WORDS, max_size=14).map("".join))
def test_no_text_is_read_otherwise(text: str) -> None:
    agrees(text)


@LAW
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), st.text(max_size=10))
def test_no_value_is_read_otherwise(value: str, note: str) -> None:
    agrees(f'[[figures]]\nvalue = "{value}" # {note}\nmore = ["{value}"]')
