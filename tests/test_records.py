# SPDX-License-Identifier: Apache-2.0
"""Records: keys that are read back, and which kinds of source may widen a range."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.records import CREDIBLE, SOURCE_KINDS, Entry, Item, Source, Subject, normal

CHINESE = re.compile("[\u4e00-\u9fff]")
LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)


def test_only_credible_kinds_widen_a_range() -> None:
    """DESIGN.md section 1: only vendor, regulator, paper, dataset, analyst; scrapes, surveys and relays are shown."""
    assert CREDIBLE == {"vendor", "vendor-code", "regulator", "paper", "dataset", "analyst"}
    assert set(SOURCE_KINDS) - CREDIBLE == {"press", "notes", "survey", "scrape", "method"}


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (Entry("h20", "peak.bf16", "148 TFLOP/s", 148e12, "s"), "h20/peak.bf16"),
        (Entry("h20", "price:chip.us", "9 USD", 9.0, "s", date="2024-07"), "h20/price:chip.us@2024-07"),
    ],
)
def test_the_key_of_an_entry_is_item_quantity_and_date(entry: Entry, key: str) -> None:
    assert entry.key == key


@LAW
@given(st.sampled_from(sorted(catalog().items)), st.integers(1, 10**12 - 1))
def test_the_key_of_a_subject_names_the_same_subject(name: str, count: int) -> None:
    subject = Subject(catalog().items[name], float(count))
    assert subject.key == (name if count == 1 else f"{count} {name}")
    again = catalog().subject(subject.key)
    assert (again.item, again.count) == (subject.item, subject.count)


def test_records_have_what_is_not_known_empty() -> None:
    assert Item("x", "chip", "X", "m")[4:] == ((), "", "", "")
    assert Source("s", "P", "T", "", "press")[5:] == ("", "", "", "", False)
    entry = Entry("x", "node", "7 nm", "7 nm", "s")
    assert (entry.role, entry.status, entry.low, entry.high, entry.absent) == ("adopted", "stated", None, None, False)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("昇腾910C", "昇腾 910C"),
        ("华为昇腾910C", "华为 昇腾 910c"),
        ("摩尔线程MTT S4000", "摩尔线程 MTT  S4000"),
        ("H200 NVL", "h200-nvl"),
    ],
)
def test_a_space_beside_a_chinese_character_does_not_matter(name: str, same: str) -> None:
    assert normal(name) == normal(same)


def test_a_space_between_latin_words_does() -> None:
    assert normal("MTT S4000") != normal("MTTS4000") and normal("摩尔线程MTT S4000") != normal("摩尔线程MTTS4000")


@LAW
@given(st.sampled_from(sorted(a for i in catalog().items.values() for a in i.aliases if CHINESE.search(a))), st.data())
def test_every_chinese_alias_is_found_with_a_space_beside_any_chinese_character(
    alias: str, data: st.DataObject
) -> None:
    places = [
        at for at in range(1, len(alias)) if "\u4e00" <= alias[at] <= "\u9fff" or "\u4e00" <= alias[at - 1] <= "\u9fff"
    ]
    at = data.draw(st.sampled_from(places))
    assert catalog().find(f"{alias[:at]} {alias[at:]}") == catalog().find(alias)
