# SPDX-License-Identifier: Apache-2.0
"""Power at a site by boundary: whose figures, and that no ratio mixes two."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import terms
from chipgauge.calc.powers import BOUNDARIES, best_boundary, chip_power, site_power
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName

HERE = catalog()
US = terms("us", catalog=HERE)


def watts(chip: str, boundary: str) -> float:
    return chip_power(HERE.find(chip), boundary, US, HERE).number


# SemiAnalysis InferenceX: all-in kW of a site per chip
@pytest.mark.parametrize(
    ("chip", "kilowatts"),
    [
        ("H100", 1.73),
        ("H200", 1.73),
        ("B200", 2.17),
        ("B300", 2.17),
        ("GB200", 2.10),
        ("GB300", 2.10),
        ("MI300X", 1.79),
    ],
)
def test_share_of_a_site(chip: str, kilowatts: float) -> None:
    assert watts(chip, "semianalysis") == pytest.approx(kilowatts * 1e3)


def test_one_source_on_both_sides() -> None:
    # equal BF16: 2.27 H200 for a B200, 2.53 for a GB200; on SemiAnalysis' power 1.81 and 2.08 times
    for chip, chips, ratio in (("B200", 2250 / 989.5, 1.81), ("GB200", 2500 / 989.5, 2.08)):
        assert chips * watts("H200", "semianalysis") / watts(chip, "semianalysis") == pytest.approx(ratio, abs=0.005)
    # mixed: 1.73 kW a chip over Epoch's 1,494 MW gives 1.61 where one source gives 2.08
    assert 1389591 * 1730 / 1494e6 == pytest.approx(1.61, abs=0.005)


def test_what_a_system_draws() -> None:
    # 559 kW over 384 and 145 kW over 72, times PUE
    assert watts("910C", "system") == pytest.approx(559e3 / 384 * 1.10)
    assert watts("GB200", "system") == pytest.approx(145e3 / 72 * 1.10)
    assert watts("H200", "system") == pytest.approx(10.2e3 / 8 * 1.10)
    assert watts("H20", "chips") == pytest.approx(400 * 1.8 * 1.10)


def test_first_boundary_that_all_have() -> None:
    assert best_boundary([HERE.subject("H200"), HERE.subject("GB300")], US, HERE) == "semianalysis"
    assert best_boundary([HERE.subject("H200"), HERE.subject("910C")], US, HERE) == "system"
    assert best_boundary([HERE.subject("H20"), HERE.subject("H200")], US, HERE) == "chips"


def test_an_unknown_boundary_is_refused() -> None:
    with pytest.raises(UnknownName, match="write semianalysis"):
        chip_power(HERE.find("H200"), "semi", US, HERE)


@given(count=st.integers(1, 10**6), boundary=st.sampled_from([row.id for row in BOUNDARIES]))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_power_is_proportional(count: int, boundary: str) -> None:
    one, many = (site_power(HERE.subject(f"{n} H100"), boundary, US, HERE) for n in (1, count))
    assert many.number == pytest.approx(count * one.number)


def test_a_cluster_of_two_chips_is_their_sum() -> None:
    projected = HERE.adjusted(projected=True)
    # 550,000 at 2.10 kW
    assert site_power(projected.subject("Colossus 2"), "semianalysis", US, projected).number == pytest.approx(1.155e9)
