# SPDX-License-Identifier: Apache-2.0
"""The rate of decoding behind one function: the bound that stands where no model of serving is given."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.fits import decode_rate
from chipgauge.calc.serving_rate import Request, upper_bound
from chipgauge.specs.catalog import catalog

HERE = catalog()


def request(chip: str, tpot: str = "50 ms", context: int = 4096) -> Request:
    return Request(HERE.find("DeepSeek-V3"), HERE.find(chip), 64, given_figure("max-tpot", tpot, "ms"), context, HERE)


def test_it_is_the_bound_of_memory_and_compute() -> None:
    asked = request("H200")
    plain = decode_rate(asked.model, asked.chip, tpot=asked.tpot, context=4096, catalog=HERE)
    found = upper_bound(asked)
    assert found.rate.number == plain.number and found.bound == "memory capacity" and "upper bound" in found.words
    assert upper_bound(request("H20", "15 ms")).bound in ("memory bandwidth", "memory capacity", "compute")


def test_a_bound_that_nothing_meets_is_unknown_with_the_reason() -> None:
    found = upper_bound(request("H200", "0.001 ms"))
    assert not found.rate.known and "0.001 ms" in found.rate.why and found.rate.missing == ()


@given(milliseconds=st.floats(20, 500), chip=st.sampled_from(["H20", "H200", "910C", "GB200"]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_more_time_a_token_never_gives_fewer_tokens(milliseconds: float, chip: str) -> None:
    one, two = (upper_bound(request(chip, f"{times * milliseconds:.6f} ms")).rate for times in (1, 2))
    assert not one.known or two.number >= one.number * (1 - 1e-9)
