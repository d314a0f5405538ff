# SPDX-License-Identifier: Apache-2.0
"""The tables of clusters, cost parameters and growth rates: laws over all of them, and values against their sources."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.clusters import PUBLISHED, State, at_state, published, states
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.quantities import CLUSTER_STATES
from chipgauge.specs.records import CREDIBLE, Item
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
CATALOG = catalog()
EVERY = CATALOG.adjusted(projected=True)
CLUSTERS = sorted((item for item in CATALOG.items.values() if item.kind == "cluster"), key=lambda item: item.id)
PARAMETERS = [item for item in CATALOG.items.values() if item.kind in ("cost", "growth")]
BY_STATE = [(item, state) for item in CLUSTERS for state in states(item, CATALOG)]
STATES = pytest.mark.parametrize(("item", "state"), BY_STATE, ids=[f"{i.id}@{s.date}" for i, s in BY_STATE])
MONEY = ("capex.compute", "capex.total")


def entries(item: Item) -> list[tuple[str, object]]:
    return [(key, entry) for key, group in CATALOG.entries(item.id).items() for entry in group]


def test_there_are_sites_of_the_united_states_of_china_and_of_others() -> None:
    countries = {item.country for item in CLUSTERS}
    assert len(CLUSTERS) >= 55 and {"US", "CN", "AE", "DE", "GB", "CH", "IT", "FI"} <= countries
    assert sum(item.country == "CN" for item in CLUSTERS) >= 18
    assert all(item.maker for item in CLUSTERS)


def test_clusters_have_chinese_names_where_one_was_read() -> None:
    assert CATALOG.find("张北").id == "alibaba-zhangbei"
    assert CATALOG.find("中国移动呼和浩特智算中心").id == "china-mobile-hohhot"


@STATES
def test_a_state_says_what_it_is_who_says_so_and_of_when_the_source_is(item: Item, state: State) -> None:
    assert state.status in CLUSTER_STATES
    record = CATALOG.source(state.source)
    assert state.snapshot == record.date
    if state.exists and record.date and state.date != "undated":
        # a source states as existing what it could have seen; an estimate for the next weeks says that it is one
        assert state.date[:7] <= record.date[:7] or CATALOG.entries(item.id)[f"{item.id}/state@{state.date}"][0].note


@STATES
def test_power_capital_and_counts_of_a_state_are_in_their_orders(item: Item, state: State) -> None:
    power = at_state("power.facility", item, state, EVERY)
    chips = at_state("chips", item, state, EVERY)
    if power.known and state.date != "2028-01-01":
        assert 1e6 < power.number < 4e9
    if power.known and chips.known and item.id != "china-anonymised-12":
        assert 300 < power.number / chips.number < 4_000  # watts a chip, from the pods of TPU v4 to racks of GB200
    hardware, total = (at_state(name, item, state, EVERY) for name in MONEY)
    if hardware.known and total.known:
        assert hardware.number / total.number == pytest.approx(0.68, abs=0.02)  # Epoch's model splits 68 to 32


@STATES
def test_a_published_number_agrees_with_its_chips_or_the_table_says_why(item: Item, state: State) -> None:
    for row in published(item, CATALOG):
        if row.state == state and row.ratio is not None and abs(row.ratio - 1) > 0.02:
            assert row.why != "Epoch's estimate for the site."


def test_the_known_errors_of_the_cluster_dataset_are_flagged_and_never_adopted() -> None:
    """Epoch's GPU clusters: GB300 at INT8, Aurora at FP32, Trainium2 at BF16."""
    flagged = {(item.id, row.state.date): row for item in CLUSTERS for row in published(item, CATALOG) if row.flagged}
    assert set(flagged) == {
        ("xai-colossus-2", "2026-02-17"),
        ("openai-stargate-abilene", "2026"),
        ("openai-stargate-uae", "2026-12-01"),
        ("anl-aurora", "2024-05-13"),
        ("amazon-new-carlisle", "2025"),
    }
    assert {row.entry.source for row in flagged.values()} == {"epoch-gpu-clusters"}
    assert all(row.entry.role == "shown" for row in flagged.values())


# Published by Epoch, and recomputed by hand from dense 8-bit peaks over 1,979 TFLOP/s.
@pytest.mark.parametrize(
    ("cluster", "date", "printed", "recomputed"),
    [
        ("xai-colossus-2", "2026-02-17", 852_097, 1_389_591),
        ("openai-stargate-abilene", "2026", 269_328, 757_961),
        ("openai-stargate-uae", "2026-12-01", 8_338, 252_653),
        ("amazon-new-carlisle", "2025", 134_816, 262_557),
        ("anl-aurora", "2024-05-13", 1_689, 54_039),
    ],
)
def test_an_error_of_the_source_against_its_chips(cluster: str, date: str, printed: float, recomputed: float) -> None:
    (row,) = [row for row in published(CATALOG.items[cluster], CATALOG) if row.flagged and row.state.date == date]
    assert row.entry.value == pytest.approx(printed, abs=0.6)
    assert row.recomputed.number == pytest.approx(recomputed, abs=1)


def test_a_revised_estimate_is_shown_and_does_not_widen() -> None:
    """Fairwater Atlanta on 14 Oct 2025: 615 MW in Epoch's snapshot of December 2025, 433 MW in that of April 2026."""
    group = CATALOG.entries("microsoft-fairwater-atlanta")["microsoft-fairwater-atlanta/power.facility@2025-10-14"]
    assert {(entry.role, entry.text) for entry in group} == {("adopted", "433 MW"), ("shown", "615 MW")}
    figure = quantity("power.facility", "Fairwater Atlanta", on="2025-12-01")
    assert figure.bounds() == (433e6, 433e6)


# Epoch, Frontier Data Centers, copy of April 2026: date, MW, billion dollars in all, billion dollars of hardware.
@pytest.mark.parametrize(
    ("cluster", "date", "megawatts", "total", "hardware"),
    [
        ("Colossus 1", "2024-09-02", 181, 4.67, 3.17),
        ("Colossus 1", "2025-02-17", 361, 9.33, 6.34),
        ("Colossus 1", "2025-11-07", 442, 11.43, 7.77),
        ("Colossus 2", "2025-10-19", 299, 8.80737, 5.984036667),
        ("Colossus 2", "2026-05-13", 1494, 44.03685, 29.92018333),
        ("New Carlisle", "2025-10-17", 478, 15.2519973, 10.36274292),
        ("Stargate Abilene", "2025-09-26", 295, 8.07, 5.48),
        ("Meta Prometheus", "2026-02-27", 531, 15.64, 10.63),
        ("Zhangbei", "2026-01-03", 203, 6.483082454, 4.404834033),
    ],
)
def test_a_state_as_epoch_prints_it(cluster: str, date: str, megawatts: float, total: float, hardware: float) -> None:
    at = {name: quantity(name, cluster, catalog=EVERY, on=date) for name in ("power.facility", *MONEY)}
    assert at["power.facility"].to("MW") == megawatts
    assert at["capex.total"].number == pytest.approx(total * 1e9)
    assert at["capex.compute"].number == pytest.approx(hardware * 1e9)
    assert all(figure.weakest_status() == "estimated" for figure in at.values())


def test_chips_that_a_source_does_not_name_are_unknown_and_say_so() -> None:
    for name in ("Zhangbei", "New Albany", "China Mobile Hohhot intelligent computing centre"):
        figure = quantity("h100e.8bit", name)
        assert not figure.known and "are named as" in figure.why
    assert quantity("chips", "Hohhot").number == 20_000  # how many is known, of which kind is not


def test_a_class_of_chip_is_mapped_with_a_reason() -> None:
    group = CATALOG.entries("xai-colossus-2")["xai-colossus-2/chips:nvidia-gb300@2026-05-13"]
    assert group[0].status == "assumed" and "B300-class" in group[0].why


@LAW
@given(st.sampled_from(PARAMETERS))
def test_every_parameter_is_known_with_a_source_and_a_unit(item: Item) -> None:
    groups = CATALOG.entries(item.id)
    assert groups
    for key, group in groups.items():
        leaf = CATALOG.leaf(item.id, key.partition("/")[2])
        if leaf is None:
            assert {entry.role for entry in group} == {"shown"}
            continue
        assert leaf.known and leaf.number > 0 and leaf.sources
        assert leaf.unit.dimension == parse_unit(leaf.unit.text).dimension


def test_no_range_of_a_parameter_rests_on_weak_sources() -> None:
    for item in PARAMETERS:
        for group in CATALOG.entries(item.id).values():
            assert {CATALOG.source(e.source).kind for e in group if e.role == "conflict"} <= CREDIBLE


# SemiAnalysis, InferenceX-app, constants.ts: dollars an hour of one chip; own, large buyer / own, small / rent.
@pytest.mark.parametrize(
    ("chip", "own", "neocloud", "rent"),
    [
        ("H100", 1.30, 1.69, 1.30),
        ("H200", 1.41, 1.74, 1.60),
        ("B200", 1.95, 2.34, 2.90),
        ("B300", 2.34, 2.808, 3.48),
        ("GB200", 2.21, 2.75, 3.30),
        ("GB300", 2.652, 3.30, 3.96),
        ("MI300X", 1.12, 1.40, 1.55),
        ("MI325X", 1.28, 1.59, 1.80),
        ("MI355X", 1.48, 1.90, 2.10),
    ],
)
def test_an_hour_of_a_chip_costs_what_the_code_says(chip: str, own: float, neocloud: float, rent: float) -> None:
    for case, cost in (("hyperscaler", own), ("neocloud", neocloud), ("rental", rent)):
        figure = quantity(f"cost.hourly:{case}", chip)
        assert figure.to("USD/h") == pytest.approx(cost)
        placeholder = chip in ("B300", "GB300")  # "temporary - using 1.2x ... pricing"
        assert figure.status == ("assumed" if placeholder else "stated")
        assert ("1.2 times" in figure.why) == placeholder


def test_published_prices_of_electricity_and_the_subsidised_one_stay_apart() -> None:
    series = CATALOG.series("electricity", "price.electricity")
    cases = {key.partition(":")[2].partition("@")[0] for key in series}
    assert {"us-industrial", "china-industrial-average", "china-subsidised-domestic-chips-only"} <= cases
    assert not CATALOG.leaf("electricity", "price.electricity")  # none of them is "the" price
    leaf = CATALOG.leaf("electricity", "price.electricity:us-industrial@2024")  # EIA, by way of Epoch's code
    assert leaf is not None and leaf.to("USD/kWh") == pytest.approx(0.0771)
    assert not quantity("price.electricity", "electricity").known
    assert quantity("price.electricity:us-industrial", "electricity").to("USD/kWh") == pytest.approx(0.0826)
    earlier = quantity("price.electricity:us-industrial", "electricity", on="2023-06-30")
    assert earlier.to("USD/kWh") == pytest.approx(0.0806)


def test_the_key_parameters_have_the_values_of_their_sources() -> None:
    """Epoch's cost code; proclamation of 14 Jan 2026; the arrangement of August 2025."""
    read = {
        ("server.price_factor", "server-overhead"): 1.64,
        ("network.cost_share", "cluster-network"): 0.19,
        ("server.power_factor", "server-power"): 1.8,
        ("duty", "import-duty"): 0.25,
        ("fee", "revenue-fee"): 0.15,
    }
    for (name, item), value in read.items():
        assert quantity(name, item).number == pytest.approx(value)
    assert quantity("depreciation", "economic-depreciation").to("1/year") == pytest.approx(0.14)


def test_published_numbers_stand_in_the_frame() -> None:
    rows = CATALOG.frame("clusters")
    assert set(rows["item"]) == {item.id for item in CLUSTERS}
    own = rows[(rows["item"] == "xai-colossus-2") & (rows["quantity"] == PUBLISHED)]
    assert {852_097.0187} < set(own["value"]) and set(own["date"]) == {"2025-10-19", "2026-02-17", "2026-05-13"}
    assert set(CATALOG.frame("growth")["item"]) == {item.id for item in PARAMETERS if item.kind == "growth"}
    assert set(CATALOG.frame("costs")["item"]) == {item.id for item in PARAMETERS if item.kind == "cost"}
