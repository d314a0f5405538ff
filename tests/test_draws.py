# SPDX-License-Identifier: Apache-2.0
"""Draws of many uncertain figures: distributions that keep their ends, groups and pairs that move together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import terms
from chipgauge.calc.draws import Z95, correlated, declared, scores, tied, two_piece
from chipgauge.calc.graph import interval, sample
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnitError, UnknownName

US = terms("us", catalog=catalog())
PRODUCT = US["pue"] * US["price.electricity"] * US["construction"]
PAIR = ("electricity/price.electricity:us-industrial@2025", "pue/pue:hyperscaler")


def test_two_piece_lognormal_keeps_its_ends() -> None:
    import numpy

    values = two_piece(numpy.array([-Z95, 0, Z95]), 320.0, 150.0, 600.0)
    assert values.tolist() == pytest.approx([150, 320, 600])
    with pytest.raises(UnitError):
        two_piece(numpy.array([0.0]), 1.0, 0.0, 2.0)


@given(rho=st.sampled_from([0.0, 0.3, 0.7, 1.0]))
@settings(max_examples=4, deadline=None, derandomize=True)
def test_correlation_within_a_group_and_none_across(rho: float) -> None:
    import numpy

    made = scores(["a", "b", "c"], 20_000, groups={"a": "x", "b": "x", "c": "y"}, rho=rho)
    assert numpy.corrcoef(made["a"], made["b"])[0, 1] == pytest.approx(rho, abs=0.03)
    assert numpy.corrcoef(made["a"], made["c"])[0, 1] == pytest.approx(0, abs=0.03)


def test_the_same_draws_twice() -> None:
    leaf = quantity("peak.bf16", "910C")
    assert (correlated([leaf], 100)[leaf.key] == correlated([leaf], 100)[leaf.key]).all()
    with pytest.raises(UnitError, match="between 0 and 1"):
        correlated([leaf], 10, rho=1.5)


# --- declared pairs ---------------------------------------------------------------------------------------------------


def test_names_of_a_pair() -> None:
    assert declared(["pue,price.electricity=0.5"], [PRODUCT]) == {PAIR: 0.5}
    assert declared([f"{PAIR[0]},pue:hyperscaler=-1"], [PRODUCT]) == {PAIR: -1}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("pue=0.5", UnknownName, "cannot read 'pue=0.5'"),
        ("pue,construction", UnknownName, "cannot read"),
        ("pue,construction=much", UnknownName, "cannot read"),
        ("pue,construction=1.01", UnitError, "between -1 and 1"),
        ("pue,pue:hyperscaler=0.5", UnknownName, "are one figure"),
        ("pue,constructon=0.5", UnknownName, "Did you mean construction"),
    ],
)
def test_a_pair_that_cannot_be_is_refused(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        declared([text], [PRODUCT])


def test_pairs_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(UnitError, match="contradict"):
        declared(["pue,construction=1", "pue,price.electricity=1", "construction,price.electricity=-1"], [PRODUCT])


@given(rho=st.sampled_from([-0.9, -0.3, 0.0, 0.5, 1.0]))
@settings(max_examples=5, deadline=None, derandomize=True)
def test_a_pair_has_the_correlation_and_keeps_its_ends(rho: float) -> None:
    import numpy
    from scipy.special import ndtri

    points = numpy.random.default_rng(7).random((20_000, 3))
    made = tied(points, ["a", "b", "c"], {("a", "c"): rho})
    normal = ndtri(numpy.clip(made, 1e-12, 1 - 1e-12))
    assert numpy.corrcoef(normal[:, 0], normal[:, 2])[0, 1] == pytest.approx(rho, abs=0.03)
    assert (made[:, 1] == points[:, 1]).all(), "the others are as they were"
    assert made.min() >= 0 and made.max() <= 1
    # each alone stays uniform
    assert numpy.quantile(made[:, 2], [0.1, 0.5, 0.9]).tolist() == pytest.approx([0.1, 0.5, 0.9], abs=0.02)


def test_together_is_wider_and_against_each_other_narrower() -> None:
    widths = []
    for rho in (-0.9, None, 0.9):
        low, high = interval(PRODUCT, correlations=None if rho is None else {PAIR: rho})
        widths.append(high - low)
    assert widths == sorted(widths) and widths[0] < 0.95 * widths[2]
    plain, same = sample(PRODUCT, 256), sample(PRODUCT, 256, correlations={})
    assert (plain == same).all()
