# SPDX-License-Identifier: Apache-2.0
"""Factors on prices: each on the base it was measured on, and prices of a chip against those of its system."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import terms
from chipgauge.calc.offers import Offer, offers
from chipgauge.calc.ownership import in_cluster
from chipgauge.calc.prices import in_dollars, price_in_cluster, price_in_server
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError
from chipgauge.specs.figure import Figure

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)


def stated(item: str, name: str) -> Figure:
    leaf = catalog().leaf(item, name)
    assert leaf is not None
    return leaf


def test_an_h100_of_25_000_dollars_costs_50_617_in_a_cluster() -> None:
    """Cottier et al. 2024: 1.64 for the server, 19% of the whole for the network."""
    assert price_in_cluster(server=price_in_server(price=25_000, factor=1.64), share=0.19) == pytest.approx(
        50_617, abs=1
    )


def test_a_chinese_machine_of_1_5_million_yuan_gives_31_6_thousand_dollars_a_chip() -> None:
    """1.5 million yuan for eight H200, 7.32 yuan a dollar, no server factor, 19% network."""
    assert price_in_cluster(server=1.5e6 / 7.32 / 8, share=0.19) == pytest.approx(31_600, abs=30)


def offered(item: str, sold: str, date: str) -> Offer:
    return next(row for row in offers(catalog().find(item), catalog()) if (row.sold, row.date) == (sold, date))


TERMS = terms("us", catalog=catalog())


def test_a_bare_chip_takes_both_factors() -> None:
    server, whole = in_cluster(offered("H100", "chip", "2025-03-03"), TERMS)
    assert server.number == pytest.approx(31_250 * 1.64)
    assert whole.number == pytest.approx(31_250 * 1.64 / 0.81)
    assert "epoch-training-cost-code" in whole.all_sources()


@pytest.mark.parametrize(
    ("item", "sold", "date", "share"),
    [
        ("H100", "server", "2024-03-27", 0.19),
        ("H200", "server", "2026-01", 0.19),
        ("910C", "fabric", "2025-04", 0.0),
    ],
)
def test_what_already_is_a_server_takes_the_network_alone(item: str, sold: str, date: str, share: float) -> None:
    offer = offered(item, sold, date)
    server, whole = in_cluster(offer, TERMS)
    assert server is offer.price
    assert whole.number == pytest.approx(offer.price.number / (1 - share))


def test_a_module_is_neither() -> None:
    with pytest.raises(BasisError, match="the price of a module, which is neither a bare chip nor a server"):
        in_cluster(offered("H200", "module", "2025-12"), TERMS)


def test_a_910c_dearer_than_its_share_of_a_cloudmatrix_is_not_adopted() -> None:
    """60 million yuan (8.2 million dollars) for 384 chips is 21,354 dollars a chip, network and racks included."""
    share = quantity("per_chip.price", "CM384").number
    assert 20_000 < share < 21_500
    chip = catalog().find("910C").id
    stated = [
        entry
        for key in catalog().series(chip, "price")
        if "/price:chip." in key
        for entry in catalog().entries(chip)[key]
    ]
    dearer = [entry for entry in stated if in_dollars(catalog().said(entry)).number > share]
    assert [catalog().said(entry).text for entry in dearer] == ["28,600 USD"]
    assert all(entry.role != "adopted" for entry in dearer)
    assert quantity("price", "910C").number < share


def test_no_adopted_price_of_a_chip_exceeds_its_cloudmatrix_share_at_any_date() -> None:
    share = 8.2e6 / 384
    for key in catalog().series("huawei-ascend-910c", "price"):
        leaf = catalog().leaf("huawei-ascend-910c", key.partition("/")[2])
        if leaf is not None and ":chip." in key:
            assert in_dollars(leaf).number < share, key


def test_yuan_are_converted_by_a_leaf_and_dollars_left_alone() -> None:
    yuan = stated("huawei-cloudmatrix-384", "price:system.china@2025-04")
    assert yuan.unit.text == "CNY" and in_dollars(yuan).number == pytest.approx(8.2e6, rel=1e-3)
    dollars = stated("nvidia-h100-sxm", "price:chip.unstated@2025-03-03")
    assert in_dollars(dollars) is dollars


@LAW
@given(st.floats(1, 1e6), st.floats(1, 3), st.floats(0, 0.9))
def test_a_network_share_is_a_share_of_the_whole(price: float, factor: float, share: float) -> None:
    server = price_in_server(price=price, factor=factor)
    whole = price_in_cluster(server=server, share=share)
    assert whole - server == pytest.approx(share * whole, rel=1e-9, abs=1e-6)
    assert whole >= server >= price
