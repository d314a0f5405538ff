# SPDX-License-Identifier: Apache-2.0
"""Utilisation of published runs by family of chips, and the share of the time that ends up in the model."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.utilisation import effective_time, family, published
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import constant
from chipgauge.specs.units import parse_unit

HERE = catalog()
ONE = parse_unit("1")


def test_published_utilisation_by_family_and_kind() -> None:
    # Ascend 910B: 0.30 to 0.41 for a mixture (Pangu Ultra MoE), up to 0.52 dense (Pangu Ultra); H100 0.38 to 0.42 dense
    mixture, dense = (published(HERE.find(name), HERE) for name in ("DeepSeek-V3", "Llama 3.1 405B"))
    assert mixture(HERE.find("910C")).bounds() == (0.30, 0.41)
    assert dense(HERE.find("H100")).bounds() == (0.38, 0.42)
    assert mixture(HERE.find("910C")).status == "assumed", "no run on it was read"
    assert family(HERE.find("MI300X"), HERE) == "other"


def test_failures_of_the_largest_job() -> None:
    # Kokolis et al. 2025: at 131,072 GPUs a failure every 0.23 hours; Meta reports over 90% at 16,384 with the failure
    # rate of Llama 3 (3.8 in a thousand node-days), which is the upper end here
    middle = effective_time(constant(16_384, ONE), HERE)
    assert middle.high is not None and middle.number < 0.9 < middle.high
    largest, beyond = (effective_time(constant(chips, ONE), HERE).number for chips in (131_072, 1_000_000))
    assert largest == beyond, "a larger cluster runs several jobs"
    assert 0.4 < largest < 0.9


@given(chips=st.integers(1, 65_536))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_more_chips_lose_more_time(chips: int) -> None:
    one, two = (effective_time(constant(count, ONE), HERE).number for count in (chips, 2 * chips))
    assert 0 < two < one < 1
