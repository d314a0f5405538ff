# SPDX-License-Identifier: Apache-2.0
"""The table of a cluster: its head, its dated states, and what is refused in it with line and field."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.cluster_tables import check_states, with_states
from chipgauge.specs.errors import Problem
from chipgauge.specs.item_tables import read_item
from chipgauge.specs.quantities import CLUSTER_STATES
from chipgauge.specs.records import Entry, Item, Source
from chipgauge.specs.tables import Reader

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
SOURCES = {
    "survey": Source("survey", "P", "T", "", "dataset", date="2026-04"),
    "old": Source("old", "P", "T", "", "press"),
}
HEAD = 'id = "acme-site"\nname = "Acme Site"\noperator = "Acme"\ncountry = "US"\n'
STATE = '[[figures]]\nquantity = "state"\nvalue = "existing"\ndate = "2025-10"\nsource = "survey"\n'


def row(quantity: str, value: str, date: str = "2025-10", **more: str) -> str:
    fields = {"quantity": quantity, "value": value, "date": date, "source": "survey", **more}
    return "[[figures]]\n" + "".join(f'{name} = "{text}"\n' for name, text in fields.items() if text)


def read(*rows: str, head: str = HEAD) -> tuple[Item | None, list[Entry], list[Problem]]:
    return read_item(head + "".join(rows), "x.toml", "cluster", SOURCES)


def test_a_cluster_has_an_operator_and_a_country() -> None:
    item, entries, problems = read(STATE)
    assert not problems and item == Item("acme-site", "cluster", "Acme Site", "Acme", file="x.toml", country="US")
    assert [(e.quantity, e.value, e.date) for e in entries] == [("state", "existing", "2025-10")]


@pytest.mark.parametrize(
    ("head", "path", "words"),
    [
        (HEAD.replace('operator = "Acme"\n', ""), "operator", "this text field is missing"),
        (HEAD.replace('country = "US"\n', ""), "country", "this text field is missing"),
        (HEAD.replace('"US"', '"usa"'), "country", "'usa' is no country code"),
        (HEAD + 'maker = "acme"\n', "maker", "unknown field"),
        (HEAD + 'kind = "chip"\n', "kind", "'chip' in a folder of clusters"),
    ],
)
def test_a_wrong_head_is_refused(head: str, path: str, words: str) -> None:
    item, _, problems = read(STATE, head=head)
    assert item is None and [(p.path, words in p.message) for p in problems] == [(path, True)]


def test_every_figure_of_a_cluster_is_dated_and_keeps_its_date_and_its_state() -> None:
    _, entries, problems = read(STATE, row("power.facility", "299 MW"))
    assert not problems and entries[1].key == "acme-site/power.facility@2025-10"
    assert entries[1].condition == "existing, as of 2026-04"
    _, _, problems = read(STATE, row("power.facility", "299 MW", date=""))
    assert [p.message for p in problems] == ["power.facility needs date"]


def test_chips_of_several_kinds_are_told_apart_by_their_kind() -> None:
    _, entries, problems = read(STATE, row("chips", "5", of="acme-x1"), row("chips", "7", of="acme-x2"))
    assert not problems
    assert [e.key for e in entries[1:]] == ["acme-site/chips:acme-x1@2025-10", "acme-site/chips:acme-x2@2025-10"]


def test_a_number_of_chips_of_unknown_kind_stands_alone() -> None:
    _, entries, problems = read(STATE, row("chips", "20,000"), row("chips.named", "AI cards"))
    assert not problems and entries[1].key == "acme-site/chips@2025-10"
    _, _, problems = read(STATE, row("chips", "5", of="acme-x1"), row("chips", "7"))
    (problem,) = problems
    assert problem.message == "chips of known and of unknown kind in one state" and problem.line == 17


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((STATE, row("power.facility", "299 MW", date="2026")), "no state is dated 2026"),
        ((STATE.replace("existing", "rumoured"),), "'rumoured' is not a state"),
        ((), "a cluster has at least one dated state"),
        ((STATE, row("h100e.published", "100,000")), "H100-equivalents need the rate they count"),
        ((STATE, row("h100e.published", "100,000", rate="fp8")), "'fp8' is not allowed here"),
        ((STATE, row("power.facility", "299 MW", date="soon")), "'soon' is not a date"),
        ((STATE, row("power.facility", "299 MWh")), "MWh"),
    ],
)
def test_a_wrong_state_or_figure_is_refused(rows: tuple[str, ...], words: str) -> None:
    problems = read(*rows)[2]
    assert problems and words in problems[0].message


def test_a_plan_may_have_no_date() -> None:
    planned = row("state", "planned", "undated")
    _, entries, problems = read(planned, row("chips", "5", "undated", of="acme-x1"))
    assert not problems and entries[1].key == "acme-site/chips:acme-x1@undated"


def test_the_rate_of_published_equivalents_is_said_in_words() -> None:
    _, entries, _ = read(STATE, row("h100e.published", "100,000", rate="16bit"))
    assert entries[1].condition == "existing, as of 2026-04, 16-bit rate over the H100's 8-bit rate"


def test_a_source_without_a_date_leaves_the_snapshot_out() -> None:
    entry = Entry("acme-site", "state", "planned", "planned", "old", date="2026")
    other = Entry("acme-site", "power.facility", "5 MW", 5e6, "old", date="2026")
    assert [e.condition for e in with_states([entry, other], SOURCES)] == ["", "planned"]


@LAW
@given(
    st.lists(
        st.tuples(st.sampled_from(CLUSTER_STATES), st.sampled_from(("2024", "2025", "2026"))), min_size=1, max_size=4
    )
)
def test_what_is_in_a_state_is_accepted_whatever_the_states(pairs: list[tuple[str, str]]) -> None:
    unique = {date: status for status, date in pairs}
    entries = [Entry("a", "state", status, status, "survey", date=date) for date, status in unique.items()]
    entries += [Entry("a", "power.facility", "5 MW", 5e6, "survey", date=date) for date in unique]
    reader = Reader("x.toml", "")
    check_states(entries, reader)
    assert not reader.problems
    check_states([*entries, Entry("a", "pue", "1.1", 1.1, "survey", date="1999")], reader)
    assert [problem.message for problem in reader.problems] == ["no state is dated 1999"]


def test_a_plain_file_of_a_users_folder_says_that_it_is_a_cluster(tmp_path: Path) -> None:
    from chipgauge.calc.quantity import quantity
    from chipgauge.specs.catalog import catalog

    (tmp_path / "sources.toml").write_text(
        '[survey]\npublisher = "P"\ntitle = "T"\nurl = ""\nkind = "dataset"\n', "utf-8"
    )
    text = (
        'kind = "cluster"\n'
        + HEAD
        + STATE
        + row("chips", "1,000", of="nvidia-h200-sxm")
        + row("power.facility", "2 MW")
    )
    (tmp_path / "site.toml").write_text(text, "utf-8")
    mine = catalog().with_folder(tmp_path)
    assert quantity("h100e.8bit", "Acme Site", catalog=mine).number == pytest.approx(1000)
    assert quantity("per_chip.power.facility", "Acme Site", catalog=mine).to("W") == pytest.approx(2000)
    assert "acme-site" not in catalog().items
