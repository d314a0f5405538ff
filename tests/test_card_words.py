# SPDX-License-Identifier: Apache-2.0
"""Words of the page: verdicts on a line, rules by name, sentences, columns of the panel, a script without its spaces."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports import text
from chipgauge.reports.compose import lay_out
from chipgauge.reports.html import build
from chipgauge.reports.resource import packed
from chipgauge.reports.sections.assumptions import columns
from chipgauge.reports.squeeze import tight_script


def test_a_line_that_asks_for_less_is_met_and_not_crossed() -> None:
    """19.45 TPP/mm^2 is not below 5.92: the second limb of 3A090.b asks for less than that, and the H100 has more."""
    (verdicts,) = [lay_out(build(["H20", "H100", "H200"]))[1]["verdicts"]]
    words: dict[str, set[str]] = {}
    for block in verdicts.blocks:
        for line in block.lines:
            sign = "less" if re.search(r" [<≤=] ", line.needs) else "more"
            words.setdefault(sign, set()).update(one.word for one in line.judgements)
    assert (
        words["less"] <= {"within", "met", "not met", "straddles", "unknown"} and {"within", "not met"} <= words["less"]
    )
    assert words["more"] <= {"crosses", "below", "straddles", "unknown"} and {"crosses", "below"} <= words["more"]


def test_outcomes_name_rules_in_words() -> None:
    shown = lay_out(build(["910C", "CM384", "H20"]))[1]["verdicts"]
    said = " ".join([*(f"{one.outcome} {one.note}" for one in shown.outcomes), *shown.bills])
    assert "no export of the United States: crosses the line of 3A090.a and" in said
    # published 15 January 2025, never enforced: press release of the agency, 13 May 2025
    assert "and the line, not enforced, of “Licence worldwide for chips of 3A090.a, AI Diffusion”" in said
    assert "the lines of “AI OVERWATCH bills, covered chips” and “GAIN AI bills" in said
    assert not re.search(r"\b(us|eu|cn)-[a-z0-9]+-", said)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=9))
def test_columns_are_as_even_as_their_order_allows(heights: list[int]) -> None:
    cuts = columns(heights)
    ends = (0, *cuts, len(heights))
    assert list(ends) == sorted(set(ends)) and len(cuts) == min(3, len(heights)) - 1
    highest = max(sum(heights[a:b]) for a, b in pairwise(ends))
    assert max(*heights, -(-sum(heights) // 3)) <= highest <= sum(heights) // 3 + max(heights)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text("aX. ?!…:;)", max_size=12))
def test_a_sentence_ends_once(words: str) -> None:
    said = text.sentence(words)
    assert said.casefold().startswith(words.casefold()) and text.sentence(said) == said
    assert not words or said[-1] in ".!?…:;)"


def test_a_tight_script_has_the_same_words_and_strings() -> None:
    source = packed("static/report.js")
    assert tight_script("a = b ? c : d; // why") == "a=b?c:d;"
    assert tight_script('f("a = b, c", x);') == 'f("a = b, c",x);'
    assert tight_script("return x in y;") == "return x in y;"
    assert tight_script("a + +b - -c;") == "a + +b - -c;"
    again = "\n".join(map(tight_script, source.splitlines()))
    assert again == source, "what is tight stays as it is"
