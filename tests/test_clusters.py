# SPDX-License-Identifier: Apache-2.0
"""Clusters: which state a name means at a date, sums over several kinds of chip, and what is unknown and why."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.clusters import at_state, published, state_at, states, taken
from chipgauge.calc.expression import evaluate
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.records import Subject, first_day
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
CATALOG = catalog()
EVERY = CATALOG.adjusted(projected=True)
CLUSTERS = [item for item in CATALOG.items.values() if item.kind == "cluster"]


def date_of(name: str, on: str = "", source: Catalog = CATALOG) -> str:
    state = state_at(CATALOG.find(name), source, on)
    return state.date if state else ""


# Epoch, Frontier Data Centers: first run 11 Aug 2024, 100k H100 on 2 Sep 2024, 200k on 17 Feb 2025, GB200 on 22 Jul 2025.
@pytest.mark.parametrize(
    ("on", "date"),
    [
        ("2024-08-10", ""),
        ("2024-08-11", "2024-08-11"),
        ("2024-09-01", "2024-08-11"),
        ("2024-09-02", "2024-09-02"),
        ("2025-02-17", "2025-02-17"),
        ("2025-07-21", "2025-02-17"),
        ("2026-11-22", "2026-02-11"),
    ],
)
def test_a_name_means_the_last_state_at_a_date(on: str, date: str) -> None:
    assert date_of("Colossus 1", on) == date


def test_a_projected_state_is_taken_only_where_it_was_asked_for() -> None:
    assert date_of("Colossus 2") == "2025-10-19"
    assert date_of("Colossus 2", source=EVERY) == "2026-05-13"
    assert date_of("Colossus 2", "2026-05-12", EVERY) == "2026-02-17"  # the plan of the earlier snapshot
    assert date_of("Hyperion") == "" and date_of("Hyperion", "2028-01-01", EVERY) == "2028-01-01"
    assert date_of("Hyperion", "2027-12-31", EVERY) == ""


def test_the_three_states_of_colossus_2() -> None:
    """Epoch: 110,000 GB200 in October 2025; 550,000 Blackwell planned for February, then for May 2026."""
    found = states(CATALOG.find("Colossus 2"), CATALOG)
    assert [(state.date, state.status, state.snapshot) for state in found] == [
        ("2025-10-19", "existing", "2026-04"),
        ("2026-02-17", "projected", "2025-12-14"),
        ("2026-05-13", "projected", "2026-04"),
    ]
    chips = [at_state("chips", CATALOG.find("Colossus 2"), state, CATALOG).number for state in found]
    assert chips == [110_000, 550_000, 550_000]
    counted = [at_state("h100e.8bit", CATALOG.find("Colossus 2"), state, CATALOG).number for state in found]
    assert counted == pytest.approx([277_918, 1_389_591, 1_389_591], abs=1)


def test_a_plan_without_a_date_is_taken_where_nothing_dated_is() -> None:
    zhenwu = CATALOG.find("Zhenwu cluster")
    assert date_of("Zhenwu cluster") == "2026" and date_of("Zhenwu cluster", source=EVERY) == "2026"
    plan = states(zhenwu, CATALOG)[-1]
    assert plan.date == "undated" and at_state("chips", zhenwu, plan, CATALOG).number == 100_000
    assert date_of("china-anonymised-01", source=EVERY) == "undated"


def test_sums_run_over_every_kind_of_chip_of_the_state() -> None:
    """150,000 H100 and 50,000 H200 at 989.5 (adopted 989.5/989) and 3.35/4.8 TB/s; then 30,000 GB200 at 8 TB/s."""
    bandwidth = quantity("memory.bandwidth", "Colossus 1", on="2025-03-01")
    assert bandwidth.to("TB/s") == pytest.approx(150_000 * 3.35 + 50_000 * 4.8)
    later = quantity("memory.bandwidth", "Colossus 1", on="2025-08-01")
    assert later.to("TB/s") == pytest.approx(150_000 * 3.35 + 50_000 * 4.8 + 30_000 * 8)
    assert {label for label, _ in later.inputs} == {"nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-gb200"}
    assert quantity("chips", "Colossus 1", on="2025-08-01").number == 230_000


def test_amounts_and_shares_of_a_cluster() -> None:
    one, two = (quantity("power.facility", name) for name in ("Colossus 1", "2 Colossus 1"))
    assert two.number == 2 * one.number
    assert quantity("per_chip.power.facility", "Colossus 1", on="2024-10-01").to("W") == pytest.approx(1810)
    assert (
        quantity("per_chip.power.facility", "2 Colossus 1").number
        == quantity("per_chip.power.facility", "Colossus 1").number
    )
    assert quantity("chips", "2 Colossus 1").number == 460_000
    watt = quantity("per_watt.peak.bf16", "Colossus 1", on="2024-10-01")
    assert watt.number == pytest.approx(quantity("peak.bf16", "Colossus 1", on="2024-10-01").number / 181e6)


def test_what_a_site_draws_is_not_set_against_what_chips_or_systems_draw() -> None:
    for other in ("H200", "CM384"):
        with pytest.raises(BasisError, match="draw of the site"):
            evaluate(f"per_watt.peak.bf16(Colossus 1)/per_watt.peak.bf16({other})")
    with pytest.raises(BasisError, match="computing hardware of a site"):
        evaluate("capex.total(Colossus 1)/capex.compute(Colossus 2)")
    with pytest.raises(BasisError, match="payer"):
        evaluate(
            "cost.hourly:hyperscaler(H200)/cost.hourly:rental(H200)*cost.hourly:rental(B200)/cost.hourly:neocloud(B200)"
        )


def test_the_training_premium_of_the_h200_by_payer() -> None:
    """Equal work on H200 and GB200: 2.53 chips; rates of the InferenceX code: 1.61 owned, 1.60 small, 1.22 rented."""
    ratio = "peak.bf16(GB200)/peak.bf16(H200)"
    for payer, expected in (("hyperscaler", 1.61), ("neocloud", 1.60), ("rental", 1.225)):
        made = evaluate(f"cost.hourly:{payer}(H200)/cost.hourly:{payer}(GB200)*{ratio}")
        assert made.number == pytest.approx(expected, abs=5e-3)


def test_a_cluster_has_no_price_and_says_what_it_has_instead() -> None:
    figure = quantity("price", "Colossus 1")
    assert not figure.known and figure.why == (
        "a site is not sold; its source estimates the computing hardware and all capital of xAI Colossus 1"
    )
    assert not quantity("per_dollar.peak.bf16", "Colossus 1").known


@pytest.mark.parametrize(
    ("name", "quantity_name", "on", "words"),
    [
        ("Colossus 1", "chips", "2024-01-01", "has no state before 2024-08-11"),
        ("Stargate UAE", "chips", "", "has only states that are planned or projected"),
        ("Summit", "peak.fp16", "2025-01-01", "was decommissioned on 2024-11-15"),
        ("Zhangbei", "peak.bf16", "", "are named as 'undisclosed', which is no chip of the tables"),
        ("QTS Richmond", "peak.bf16", "", "no source in the tables states"),
        ("Meta 100k", "capex.total", "", "no source in the tables states"),
    ],
)
def test_an_unknown_says_why(name: str, quantity_name: str, on: str, words: str) -> None:
    figure = quantity(quantity_name, name, on=on)
    assert figure.state == "unknown" and words in figure.why


def test_a_value_given_by_the_user_stands_for_the_state() -> None:
    mine = CATALOG.adjusted(given=["power.facility(Colossus 1)=500 MW"])
    assert quantity("power.facility", "Colossus 1", catalog=mine).to("MW") == 500
    assert quantity("per_chip.power.facility", "Colossus 1", catalog=mine).to("W") == pytest.approx(500e6 / 230_000)
    assert quantity("power.facility", "Colossus 1").to("MW") == 425


def test_the_state_taken_is_said_with_what_was_left_out() -> None:
    item = CATALOG.find("Colossus 2")
    words = taken(item, CATALOG, [quantity("chips", Subject(item))])
    assert words == "xAI Colossus 2: existing, 2025-10-19, as of 2026-04; projected, 2026-05-13 with --projected"
    words = taken(item, EVERY, [quantity("chips", Subject(item), catalog=EVERY)])
    assert words == "xAI Colossus 2: projected, 2026-05-13, as of 2026-04"
    assert taken(item, CATALOG, []) == ""


def test_a_cluster_ranks_among_clusters() -> None:
    assert evaluate("rank(New Carlisle, by=h100e.published, among=clusters)").number == 1
    assert evaluate("rank(Colossus 1, by=h100e.8bit, among=clusters)").number == 2
    assert "left out" in evaluate("rank(Colossus 1, by=h100e.8bit, among=clusters)").note


def test_published_beside_recomputed_in_each_state() -> None:
    rows = published(CATALOG.find("Colossus 2"), CATALOG)
    (flagged,) = [row for row in rows if row.flagged]
    assert flagged.ratio == pytest.approx(852_097 / 1_389_591, rel=1e-5) and "INT8" in flagged.why
    assert [row.ratio for row in rows if not row.flagged] == pytest.approx([1.0] * 5, rel=1e-5)


@LAW
@given(st.sampled_from(CLUSTERS), st.dates().map(str))
def test_the_state_at_a_date_never_lies_after_it(item: object, on: str) -> None:
    assert hasattr(item, "id")
    state = state_at(item, CATALOG, on)  # type: ignore[arg-type]
    assert state is None or (state.exists and first_day(state.date) <= on)
    asked = state_at(item, EVERY, on)  # type: ignore[arg-type]
    assert asked is not None or state is None


@LAW
@given(st.sampled_from(CLUSTERS), st.sampled_from(["peak.bf16", "memory.capacity", "transistors", "aggregate.tpp"]))
def test_a_sum_over_a_cluster_is_the_sum_over_its_chips(item: object, name: str) -> None:
    for state in states(item, CATALOG):  # type: ignore[arg-type]
        figure = at_state(name, item, state, EVERY)  # type: ignore[arg-type]
        counts = {
            key.partition(":")[2].partition("@")[0]: CATALOG.leaf(item.id, key.partition("/")[2])  # type: ignore[attr-defined]
            for key in CATALOG.series(item.id, "chips")  # type: ignore[attr-defined]
            if key.endswith(f"@{state.date}") and ":" in key
        }
        if figure.known and counts:
            parts = [leaf.number * quantity(name, chip).number for chip, leaf in counts.items() if leaf]
            assert figure.number == pytest.approx(sum(parts), rel=1e-9)
        assert figure.unit.dimension == parse_unit(figure.unit.text).dimension


def test_first_days_compare_as_text() -> None:
    assert sorted(["undated", "2026-H2", "2026", "2026-Q2", "2026-05-13"], key=first_day) == [
        "2026", "2026-Q2", "2026-05-13", "2026-H2", "undated",
    ]  # fmt: skip


def test_a_state_of_a_users_own_cluster_needs_no_code(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('[me]\npublisher = "P"\ntitle = "T"\nurl = ""\nkind = "dataset"\n', "utf-8")
    head = 'kind = "cluster"\nid = "acme"\nname = "Acme"\noperator = "Acme"\ncountry = "DE"\n'
    row = '[[figures]]\nquantity = "{}"\nvalue = "{}"\ndate = "{}"\nsource = "me"\n{}'
    rows = [
        row.format("state", status, date, "") + row.format("chips", count, date, 'of = "nvidia-h100-sxm"\n')
        for status, date, count in (("existing", "2024", "100"), ("planned", "2027", "900"))
    ]
    (tmp_path / "acme.toml").write_text(head + "".join(rows), "utf-8")
    mine = catalog().with_folder(tmp_path)
    assert quantity("chips", "Acme", catalog=mine).number == 100
    ahead = mine.adjusted(projected=True)
    assert quantity("chips", "Acme", catalog=ahead).number == 100  # 2027 lies after the data date
    assert quantity("h100e.8bit", "Acme", catalog=ahead, on="2027-06-30").number == pytest.approx(900)
