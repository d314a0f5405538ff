# SPDX-License-Identifier: Apache-2.0
"""The constants: every field has one, unmeasured chips fall back on a wider one, none is a silent 1."""

from __future__ import annotations

import pytest

from chipgauge.calc.efficiency import FACTORS, efficiency_of, family_of, keys_of
from chipgauge.calc.fit import MEANS, NAMES, PRIORS
from chipgauge.calc.plan import KERNELS, Efficiency
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants, exact_constants, forget_constants, read_constants
from chipgauge.specs.errors import UnknownValue


def test_every_field_of_every_kind_of_chip_has_a_constant() -> None:
    table = constants().figures
    assert set(FACTORS) == set(Efficiency._fields) and set(table) == set(NAMES)
    for chip in (item.id for item in catalog().items.values() if item.kind == "chip"):
        for program in KERNELS:
            e = efficiency_of(chip, "bf16", program, table)
            assert all(figure.number > 0 for figure in e), chip
            assert 0 < e.product.number <= 1 and 0 < e.up.number <= 1 and 0 < e.attention.number <= 1


def test_a_chip_without_measurements_gets_the_mean_with_the_range_of_all() -> None:
    table = constants().figures
    assert family_of("google-tpu-v5p") == "any"
    assert keys_of("google-tpu-v5p", "bf16", "fused", table.__contains__)["product"][0] == "product.bf16@any"
    anyone, members = (
        table["product.bf16@any"],
        [table[f"product.bf16@{name}"] for name in ("ampere", "hopper", "blackwell")],
    )
    assert anyone.leaf_range is not None
    assert anyone.leaf_range[0] <= min(figure.number for figure in members)
    assert anyone.leaf_range[1] >= max(figure.number for figure in members)


def test_every_constant_has_a_range_a_reason_and_what_is_fitted_has_rows() -> None:
    for name, figure in constants().figures.items():
        assert figure.why and figure.sources == ("chipgauge-fit",)
        prior = PRIORS.get(name)
        assert figure.leaf_range is not None or prior is None or prior.spread == 0 or prior.low == prior.high, name
        assert name in PRIORS or name in MEANS


def test_constants_of_new_keys_are_refused() -> None:
    with pytest.raises(UnknownValue, match=r"product\.bf16@any"):
        efficiency_of("google-tpu-v5p", "bf16", "fused", {})


def test_units_are_read() -> None:
    made = read_constants('[launch]\nvalue = 6.0\nlow = 5.0\nhigh = 8.0\nunit = "us"\nwhy = "x"\n').figures["launch"]
    assert made.number == pytest.approx(6e-6) and made.leaf_range == pytest.approx((5e-6, 8e-6))


def test_constants_without_ranges_are_made_once_and_forgotten_with_their_table() -> None:
    exact, shipped = exact_constants(), constants()
    assert exact_constants() is exact and exact.widths == shipped.widths
    assert {name: figure.value for name, figure in exact.figures.items()} == {
        name: figure.value for name, figure in shipped.figures.items()
    }
    assert all(figure.bounds() == (figure.value, figure.value) for figure in exact.figures.values())
    forget_constants()
    assert constants() is not shipped and exact_constants() is not exact
