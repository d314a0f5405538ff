# SPDX-License-Identifier: Apache-2.0
"""Files of claims: what is refused, where, and with which hint; what the shipped ledger must hold."""

import re
from pathlib import Path

import pytest

from chipgauge.specs.catalog import catalog
from chipgauge.specs.claim_tables import MOST_CLAIMS, read_claim_files, read_claims, shipped_claims
from chipgauge.specs.errors import UnknownName

CATALOG = catalog()
SOURCES = {name: CATALOG.source(name) for name in CATALOG.source_ids()}

GOOD = """id = "six"
says = "Six times."
by = "somebody"
date = "2025-12"
evidence = "first-hand"
source = "epoch-ml-hardware"
sentence = "It is {tpp}."

[[readings]]
id = "tpp"
says = "TPP"
expression = "tpp(H200)/tpp(H20)"
between = ["5.5", "6"]
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read_claims(text, "c.toml", SOURCES)[1]]


def test_a_good_file_is_read() -> None:
    [claim], found = read_claims(GOOD, "c.toml", SOURCES)
    assert found == [] and claim.readings[0].expected.values == ("5.5", "6") and claim.readings[0].line == 12


def test_several_claims_in_one_file() -> None:
    many = GOOD.replace("[[readings]]", "[[claims.readings]]")
    text = "[[claims]]\n" + many + "\n[[claims]]\n" + many.replace('"six"', '"seven"')
    claims, found = read_claims(text, "c.toml", SOURCES)
    assert found == [] and [claim.id for claim in claims] == ["six", "seven"]
    assert claims[1].readings[0].line > claims[0].readings[0].line


@pytest.mark.parametrize(
    ("change", "to", "line", "words"),
    [
        ('says = "Six times."', "", 1, "needs this text field"),
        ('date = "2025-12"', 'date = "soon"', 4, "is not a date"),
        ('"first-hand"', '"hearsay"', 5, "allowed: first-hand, second-hand"),
        ('"first-hand"', '"second-hand"', 5, "through"),
        ('"epoch-ml-hardware"', '"epoch-ml-hardwear"', 6, "Did you mean epoch-ml-hardware"),
        ("{tpp}", "{ttp}", 7, "Did you mean tpp"),
        ("{tpp}", "{tpp.__class__}", 7, "is not a reading"),
        ('between = ["5.5", "6"]', "", 10, "one of: between"),
        ('between = ["5.5", "6"]', 'between = ["5.5"]', 13, "two texts"),
        ('between = ["5.5", "6"]', "between = 6", 13, "two texts"),
        ('between = ["5.5", "6"]', 'at_least = "6"\nat_most = "7"', 10, "once"),
        ('between = ["5.5", "6"]', 'about = "6"', 9, "how near"),
        ('between = ["5.5", "6"]', 'is = "maybe"', 13, "neither yes nor no"),
        ('expression = "tpp(H200)/tpp(H20)"', "", 9, "a rule with an item"),
        ('expression = "tpp(H200)/tpp(H20)"', 'rule = "x"', 9, "verdict"),
        ('id = "six"', 'id = "Six Times"', 1, "is not an id"),
        ('by = "somebody"', 'bye = "somebody"', 3, "Did you mean by"),
        ('by = "somebody"', "by = 3", 3, "is a text"),
        ('by = "somebody"', 'by = "' + "x" * 300 + '"', 3, "at most 200"),
    ],
)
def test_a_broken_file_says_where_and_what(change: str, to: str, line: int, words: str) -> None:
    assert change in GOOD
    found = problems(GOOD.replace(change, to, 1))
    assert any(words in text for text in found), found
    assert any(text.startswith(f"c.toml:{line}:") for text in found), found


def test_a_flood_is_refused() -> None:
    text = "".join(f'[[claims]]\nid = "a{number}"\n' for number in range(MOST_CLAIMS + 1))
    [found] = problems(text)
    assert f"at most {MOST_CLAIMS}" in found


def test_two_claims_of_one_id() -> None:
    many = "[[claims]]\n" + GOOD.replace("[[readings]]", "[[claims.readings]]")
    assert any("two claims" in text for text in problems(many + many))


def test_files_are_read_in_order_and_a_missing_one_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, "utf-8")
    claims, found = read_claim_files([tmp_path / "a.toml", tmp_path / "none.toml"], SOURCES)
    assert len(claims) == 1 and "cannot be read" in found[0].message


def test_the_ledger_is_sound() -> None:
    ledger = shipped_claims(SOURCES)
    assert len(ledger) >= 40
    assert len({claim.id for claim in ledger}) == len(ledger)
    for claim in ledger:
        assert claim.file == f"claims/{claim.id}.toml"
        assert claim.source in SOURCES and (not claim.via or claim.via in SOURCES)
        assert claim.evidence == "first-hand" or claim.via
        assert len(claim.quote.split()) <= 25, "a short quote at most"
        assert not re.search(r"\s{2}|\s$", claim.says + claim.note + claim.sentence)


def test_one_claim_is_read_from_its_own_file() -> None:
    [claim] = shipped_claims(SOURCES, ["h200-six-times-h20"])
    assert claim.readings[0].id == "tpp-sxm"
    with pytest.raises(UnknownName, match="h200-six-times-h20"):
        shipped_claims(SOURCES, ["h200-six-times-h2"])
