# SPDX-License-Identifier: Apache-2.0
"""Notes under an answer: names, missing figures, prices, sources, and how a figure came about."""

import re
from dataclasses import replace

from chipgauge.calc.quantity import quantity
from chipgauge.reports import remarks, text
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import constant, unknown
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")


def test_notes_say_what_a_name_was_taken_to_mean() -> None:
    known = catalog()
    subjects = [known.subject(name) for name in ("H200", "8 H20", "nvidia-h20-96gb")]
    first, second, *rest = remarks.notes(known, subjects, [])
    assert first.startswith("H200 = NVIDIA H200 SXM 141 GB (nvidia-h200-sxm); also: ")
    assert "H200 NVL" in first
    assert second.startswith("8 H20 = 8 H20 96 GB (nvidia-h20-96gb)")
    assert not rest


def test_notes_name_figures_without_a_value_and_count_the_rest() -> None:
    lacking = [unknown(f"a/{number:02}", "b", "nobody says") for number in range(15)]
    rows = remarks.notes(catalog(), [], lacking)
    assert rows[0] == "a/00 is unknown: nobody says"
    assert rows[11] == "a/11 is unknown: nobody says"
    assert rows[12] == "3 more figures without a value: --json says why"
    assert len(remarks.notes(catalog(), [], lacking[:12])) == 12


def test_notes_give_each_price_once_with_its_market_and_date() -> None:
    price = quantity("price", "CM384")
    rows = [
        row for row in remarks.notes(catalog(), [], [price, price / quantity("price", "NVL72")]) if ": price " in row
    ]
    assert len(rows) == 2
    assert all(re.fullmatch(r"[a-z0-9-]+: price [\d,]+ (USD|CNY), .*, 20\d\d(-\d\d)*", row) for row in rows)


def test_sources_are_counted_in_grammar() -> None:
    assert remarks.source_notes(catalog(), [constant(3.0, ONE, source="given")]) == ["1 source: the user"]
    assert remarks.source_notes(catalog(), []) == []
    (row,) = remarks.source_notes(
        catalog(), [quantity("tpp", "H20"), quantity("tpp", "910C"), quantity("price", "CM384")]
    )
    assert re.match(r"\d+ sources: ", row)


def test_a_leaf_shows_what_its_source_prints_and_who_says_it() -> None:
    leaf = quantity("peak.bf16", "910C")
    assert leaf.text == "752 TFLOP/s"  # Huawei's device profile ATLAS_800_A3_752T_128G
    assert remarks.how(leaf, catalog()).startswith('"752 TFLOP/s" ')
    assert catalog().source(leaf.sources[0]).publisher in remarks.how(leaf, catalog())
    assert remarks.how(unknown("a/b", "b", "nobody says"), catalog()) == "unknown: nobody says"
    ratio = leaf / quantity("peak.bf16", "H200")
    assert (remarks.step(ratio), remarks.how(ratio, catalog())) == ("a / b", "quotient")
    assert remarks.how(quantity("ridge.bf16", "H20"), catalog()).startswith("peak / bandwidth  [")


def test_a_note_says_what_the_ranges_of_its_answer_do() -> None:
    ratio = quantity("peak.bf16", "910C") / quantity("peak.bf16", "H20")
    marked = ratio if text.mark(ratio) else replace(ratio, status="assumed", _cache={})
    for words, options in ((remarks.BOUNDS, {}), (remarks.DRAWN, {"ranges": remarks.DRAWN})):
        [note] = [one for one in remarks.notes(catalog(), [], [marked], **options) if one.startswith("~ ")]
        assert note == f"~ rests on an estimate, * on an assumption; ranges {words}"


def test_a_price_is_named_with_its_terms_and_its_date() -> None:
    leaf = replace(constant(1.0, parse_unit("USD")), key="x/price:us@2024-05-01", condition="US market", _cache={})
    assert remarks.price("$20,000", leaf) == "$20,000, US market, 2024-05-01"
    assert remarks.price("", replace(leaf, key="x/price", _cache={})) == "US market"
