# SPDX-License-Identifier: Apache-2.0
"""Prices per chip: what was sold, on which market, and that a ratio stands on one of each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.offers import OFFICIAL, Offer, offers, one_basis, refuse_mixed_markets, taken
from chipgauge.calc.parts import chip_count, parts, smallest_system, systems_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError

HERE = catalog()
CHIPS = ("H100", "H200", "H20", "910C", "B200", "GB200", "GB300", "910B2")
chips = st.sampled_from(CHIPS)


def of(chip: str, on: str = "") -> list[Offer]:
    return offers(HERE.find(chip), HERE, on)


# H200: 1.5 million yuan a server of eight in China at 7.32 (January 2026), 330,000 dollars on the grey market (SCMP)
def test_a_server_is_counted_per_chip() -> None:
    china = taken(of("H200"), market="china", sold="server")
    grey = taken(of("H200"), market="grey")
    assert china and china.price.number == pytest.approx(1_500_000 / 7.32 / 8)
    assert grey and grey.price.number == pytest.approx(330_000 / 8)
    assert china.price.basis == ("price:system as sold",)


# 8 million dollars over 384 (ChinaTalk, TrendForce); 2.6 million over 72 (Barron's)
def test_a_system_with_its_own_fabric() -> None:
    assert (row := taken(of("910C"))) and row.sold == "fabric" and row.price.number == pytest.approx(8e6 / 384)
    assert (row := taken(of("GB200"))) and row.price.number == pytest.approx(2.6e6 / 72)


def test_grey_and_used_prices_are_never_taken_unasked() -> None:
    for chip in CHIPS:
        row = taken(of(chip))
        assert row is None or row.market in OFFICIAL


def test_the_range_spans_the_other_offers() -> None:
    # 33,821 (March 2024) and 39,083 (January 2025, Epoch), 56,250 (ChinaTalk, February 2026)
    row = taken(of("H200"), market="unstated", sold="server")
    assert row and row.price.number == pytest.approx(39_083.38)
    assert row.price.bounds() == pytest.approx((33_820.65, 56_250))
    assert any(leaf.name == "offer.spread" and leaf.status == "estimated" for leaf in row.price.leaves())


def test_a_date_hides_what_came_later() -> None:
    assert not [row for row in of("H200", "2025-12-31") if row.market == "china" and row.sold == "server"]
    assert taken(of("H200", "2024-12-31"), market="unstated", sold="server")


@given(one=chips, two=chips)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_both_sides_of_a_ratio_are_of_one_thing(one: str, two: str) -> None:
    found = one_basis([of(one), of(two)])
    if found is not None:
        refuse_mixed_markets(*found)
        assert len({row.sold in ("server", "fabric") or row.sold for row in found}) == 1
        assert all(row.market in OFFICIAL for row in found)


def test_one_market_where_one_has_both() -> None:
    found = one_basis([of("H200"), of("910C")], markets=("china", "unstated", "us"))
    assert found and [row.market for row in found] == ["china", "china"]


def test_mixed_prices_are_refused() -> None:
    official, grey = taken(of("H200"), market="china"), taken(of("H200"), market="grey")
    bare = taken(of("H200"), market="china", sold="chip")
    assert official and grey and bare
    with pytest.raises(BasisError, match="two kinds of market"):
        refuse_mixed_markets(official, grey)
    with pytest.raises(BasisError, match="two things"):
        refuse_mixed_markets(official, bare)


# --- what a subject is made of ------------------------------------------------------------------------------------------


def test_parts() -> None:
    assert [(row.chip.id, row.count.number) for row in parts(HERE.subject("3 NVL72"), HERE)] == [("nvidia-gb200", 216)]
    assert chip_count(HERE.subject("Colossus 2"), HERE).number == 110_000
    projected = HERE.adjusted(projected=True)
    assert len(parts(projected.subject("Colossus 2"), projected)) == 2
    assert chip_count(projected.subject("Colossus 2"), projected).number == 550_000
    with pytest.raises(BasisError, match="holds no chips"):
        parts(HERE.subject("DeepSeek-V3"), HERE)


def test_the_smallest_system_of_a_chip_comes_first() -> None:
    for chip in CHIPS:
        sizes = [held.number for _, held in systems_of(HERE.find(chip), HERE)]
        assert sizes == sorted(sizes)
    found = smallest_system(HERE.find("910C"), HERE, "power.system")
    assert found and found[0].id == "huawei-cloudmatrix-384"
    assert smallest_system(HERE.find("MI300X"), HERE, "power.system") is None
