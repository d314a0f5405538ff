# SPDX-License-Identifier: Apache-2.0
"""How well values are supported: the counts, on made-up groups and on our own tables, and the credits of sources."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.cli import main
from chipgauge.reports.html import build, render
from chipgauge.specs.catalog import catalog
from chipgauge.specs.coverage import Coverage, coverage, credit, support, total, uses
from chipgauge.specs.records import CREDIBLE, SOURCE_KINDS, Entry, Source

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
ROOT = Path(__file__).parent.parent
PUBLISHERS = ("Maker", "Lab", "Paper")
SOURCES = {
    f"{publisher.lower()}-{kind}": Source(f"{publisher.lower()}-{kind}", publisher, "T", "https://a.example", kind)
    for publisher in PUBLISHERS
    for kind in SOURCE_KINDS
}


def entry(source: str, role: str = "adopted", via: str = "", at: str = "") -> Entry:
    return Entry("x", "tpp", "1 TPP", 1.0, source, role, via=via, at=at)


def of(*group: Entry) -> Coverage:
    return coverage([group], SOURCES.__getitem__)


def test_a_value_alone() -> None:
    assert of(entry("maker-vendor")) == Coverage(1, 1, 0, 0, 0, 1, 0, 0)
    assert of(entry("maker-vendor", at="table 2")) == Coverage(1, 1, 0, 1, 0, 1, 0, 0)
    assert of(entry("maker-vendor", via="lab-press")) == Coverage(1, 0, 1, 0, 0, 1, 0, 0)
    assert of(entry("lab-press")) == Coverage(1, 1, 0, 0, 0, 1, 1, 0)
    assert of(entry("maker-method")) == Coverage(1, 1, 0, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("other", "independent"),
    [
        (entry("lab-dataset", "agrees"), True),
        (entry("lab-press", "agrees"), False),  # not credible
        (entry("maker-paper", "agrees"), False),  # the same publisher
        (entry("lab-dataset", "conflict"), False),
        (entry("lab-dataset", "shown"), False),
    ],
)
def test_independent_is_another_credible_publisher_that_agrees(other: Entry, independent: bool) -> None:
    found = of(entry("maker-vendor"), other)
    assert (found.independent, found.single) == (int(independent), 0)


def test_whoever_relayed_a_value_does_not_confirm_it() -> None:
    assert of(entry("maker-vendor", via="lab-dataset"), entry("lab-dataset", "agrees")).independent == 0
    assert of(entry("maker-vendor", via="lab-dataset"), entry("paper-paper", "agrees")).independent == 1


def test_what_nobody_adopts_is_not_counted_and_no_source_is() -> None:
    assert of(entry("lab-press", "shown")) == Coverage()
    assert of(entry("", "adopted")) == Coverage(without_source=1)


ENTRIES = st.builds(
    entry,
    st.sampled_from(sorted(SOURCES)),
    st.sampled_from(["agrees", "conflict", "shown"]),
    st.sampled_from(["", *sorted(SOURCES)]),
    st.sampled_from(["", "row 1"]),
)


@LAW
@given(ENTRIES, st.lists(ENTRIES, max_size=4))
def test_laws_of_the_counts(first: Entry, others: list[Entry]) -> None:
    chosen = first._replace(role="adopted")
    group = [chosen, *others]
    found = support(chosen, group, SOURCES.__getitem__)
    assert not (found.independent and found.single)
    more = support(chosen, [*group, entry("lab-scrape", "shown")], SOURCES.__getitem__)
    assert more.independent == found.independent  # who is only shown confirms nothing
    sums = coverage([group, group], SOURCES.__getitem__)
    assert sums.values == 2 == sums.first_hand + sums.second_hand
    assert sums == total([found, found])
    counted = uses([group])
    assert sum(use.entries for use in counted.values()) == len(group)
    assert sum(use.adopted for use in counted.values()) == 1


# --- our own tables ------------------------------------------------------------------------------------------------


def listed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CliRunner().invoke(main, ["list", "sources", "--json"]).stdout)
    return found


def test_every_value_has_a_source_with_a_record() -> None:
    ours = catalog()
    known = set(ours.source_ids())
    entries = [e for item in ours.items for group in ours.entries(item).values() for e in group]
    assert len(entries) > 800
    assert [e.key for e in entries if e.source not in known or (e.via and e.via not in known)] == []
    assert listed()["coverage"]["without_source"] == 0


def test_list_sources_counts_each_source_and_all_values() -> None:
    found = listed()
    ours = catalog()
    entries = [e for item in ours.items for group in ours.entries(item).values() for e in group]
    (epoch,) = [row for row in found["items"] if row["id"] == "epoch-ml-hardware"]
    assert epoch["values"] == sum(e.source == "epoch-ml-hardware" for e in entries) > epoch["adopted"] > 0
    assert sum(row["values"] for row in found["items"]) == len(entries)
    assert sum(row["relayed"] for row in found["items"]) == sum(bool(e.via) for e in entries)
    counts = found["coverage"]
    assert counts["values"] == counts["first_hand"] + counts["second_hand"] == sum(e.role == "adopted" for e in entries)
    assert counts["independent"] + counts["single"] <= counts["values"]


def test_the_terminal_says_it_in_words() -> None:
    printed = CliRunner().invoke(main, ["list", "sources"]).stdout
    counts = listed()["coverage"]
    assert f"of {counts['values']:,} adopted values {counts['first_hand']:,} were read first-hand" in printed
    assert f"{counts['single']:,} rest on a single source" in printed
    assert "Epoch AI: Machine Learning Hardware database" in printed and "CC BY 4.0" in printed


def test_the_report_says_it_and_credits_its_sources() -> None:
    page = render(build(["H20", "H200"]))
    found = re.search(r"Of the (\d+) stated values.*?(\d+) were read.*?and (\d+) through", page)
    assert found and int(found[1]) == int(found[2]) + int(found[3]) > 20
    assert "confirmed by another credible publisher" in page
    assert "Credits: facts were taken from these works" in page
    assert re.search(
        r"Epoch AI: <a href=\"?https://epoch\.ai[^>]*>Machine Learning Hardware database [^\n]{0,80}</a>.{0,120}CC BY 4\.0",
        page,
    )


def test_data_licenses_names_every_publisher_with_an_open_licence() -> None:
    """Each row is `| publisher | what | licence | how |`; every licence of a record of ours stands in one of them."""
    rows = [
        line.split("|")[1:5] for line in (ROOT / "DATA-LICENSES.md").read_text("utf-8").split("\n") if line[:1] == "|"
    ]
    stated = {(row[0].split("(")[0].strip(), row[2].strip()) for row in rows}
    for source in map(catalog().source, catalog().source_ids()):
        if source.licence and source.kind != "method" and "public domain" not in source.licence:
            licence = source.licence.split(" (")[0]
            assert any(
                publisher == source.publisher.split("(")[0].strip() and licence in text for publisher, text in stated
            ), f"{source.id}: {source.publisher}, {source.licence} is not in DATA-LICENSES.md"


def test_a_credit_is_only_for_a_known_licence() -> None:
    source = Source("a", "Maker", "Title", "https://a.example", "vendor")
    assert credit(source) == ""
    assert credit(source._replace(licence="CC BY 4.0")) == "Maker: Title. CC BY 4.0. https://a.example"
    assert credit(source._replace(licence="MIT", url="")) == "Maker: Title. MIT"
    assert credit(source._replace(licence="MIT", kind="method")) == ""


def test_credible_kinds_are_those_of_the_design() -> None:
    """DESIGN: only vendor, regulator, paper, dataset or analyst make a range."""
    assert CREDIBLE == {"vendor", "vendor-code", "regulator", "paper", "dataset", "analyst"}
