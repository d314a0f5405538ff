# SPDX-License-Identifier: Apache-2.0
"""`cost`: ownership beside published rates, cost of work, and where two clusters cost the same."""

import pytest

from chipgauge.calc.costs import cost
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName

HERE = catalog()
MFU = "training-utilisation/mfu:hopper-mixture"


def test_published_rates_stand_beside_ours() -> None:
    found = cost("1000 H200", catalog=HERE)
    assert {payer: figure.to("USD/h") for payer, figure in found.published} == pytest.approx(
        {"hyperscaler": 1.41, "neocloud": 1.74, "rental": 1.60}
    )
    assert 0.5 < found.own.hourly.to("USD/h") / 1.41 < 2
    assert not cost("1000 910C", catalog=HERE, country="cn").published


def test_cost_of_a_trained_model_and_of_tokens() -> None:
    found = cost("16384 H100", catalog=HERE, train="Llama 3.1 405B", infer="DeepSeek-V3", mfu="40%")
    work = dict(found.work)
    own = found.own.hourly.to("USD/h")
    days = work["training Llama-3.1-405B, time"].to("day")
    # 67.8 days at an MFU of 0.40 with nothing lost; failures lengthen it
    assert 67.8 < days < 90
    assert work["training Llama-3.1-405B"].number == pytest.approx(days * 24 * 16_384 * own, rel=1e-9)
    assert work["a million output tokens of DeepSeek-V3, 50 ms a token"].to("USD/Mtoken") > 0


def test_where_the_answer_flips() -> None:
    found = cost("100000 H200", catalog=HERE, country="cn", against="100000 910C", flip_by=("price", MFU))
    assert found.ratio is not None and found.map is not None
    for one in found.flips:
        assert one.crossings
        for crossing in one.crossings:
            assert found.ratio.evaluate({one.leaf.key: crossing.value}) == pytest.approx(1, rel=1e-9)
    below = found.ratio.number < 1
    cheaper = found.flips[0].crossings[0]
    assert (cheaper.value > cheaper.now) is below
    assert len(found.map.values) == len(found.map.ys) and len(found.map.values[0]) == len(found.map.xs)
    assert min(map(min, found.map.values)) < 1 < max(map(max, found.map.values)), "the line runs through the map"
    assert list(found.map.values[0]) == sorted(found.map.values[0]), "a higher price never makes it cheaper"


def test_a_duty_is_borne_by_what_is_imported() -> None:
    # 25% on the hardware of the H200; chips made in China pay no American duty there
    plain, taxed = (
        cost("1000 H200", catalog=HERE, country="cn", against="1000 910C", given=given)
        for given in ({}, {"duty": "25%", "fee": "15%"})
    )
    assert plain.against and taxed.against and plain.ratio and taxed.ratio
    assert taxed.against.total.number == pytest.approx(plain.against.total.number)
    hardware = plain.own.line("hardware").number
    assert taxed.own.total.number - plain.own.total.number == pytest.approx(0.40 * hardware)
    assert taxed.ratio.number > plain.ratio.number
    assert any("made in China and bears no duty or fee" in note for note in taxed.notes)
    given_to_both = cost(
        "1000 H200", catalog=HERE, country="cn", against="1000 910C", given={"pue": "1.2"}, against_given={"pue": "1.4"}
    )
    assert given_to_both.ratio is not None and given_to_both.ratio.evaluate() == pytest.approx(
        given_to_both.ratio.number
    )
    # two imported chips both bear it, each its own
    both = cost("1000 H200", catalog=HERE, country="cn", against="1000 H20", given={"duty": "25%"})
    assert both.against is not None and both.against.line("duty").number > 0 and both.ratio is not None
    assert {"given/duty", "given/duty of the other"} <= {leaf.key for leaf in both.ratio.leaves()}


def test_capital_of_a_cluster_stands_beside_what_its_source_estimates() -> None:
    # Epoch AI, April 2026: 6.0 billion of compute at Colossus 2 in October 2025
    site = dict(cost("Colossus 2", catalog=HERE).site)
    assert site["compute"].to("USD") == pytest.approx(5.98e9, rel=0.01)
    assert cost("1000 H200", catalog=HERE).site == ()
    assert not cost("China Mobile Hohhot", catalog=HERE).own.total.known


def test_every_assumption_can_be_moved() -> None:
    for name in ("duty", "price.electricity", "lifetime", "pue"):
        found = cost(
            "1000 H200", catalog=HERE, country="cn", given={"duty": "25%"}, against="1000 910C", flip_by=(name,)
        )
        assert name in found.flips[0].leaf.key


def test_what_is_refused() -> None:
    with pytest.raises(UnknownName, match="needs a second cluster"):
        cost("1000 H200", catalog=HERE, flip_by=("price",))
    with pytest.raises(UnknownName, match="does not depend on 'weather'"):
        cost("1000 H200", catalog=HERE, against="1000 B200", flip_by=("weather",))
