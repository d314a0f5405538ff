# SPDX-License-Identifier: Apache-2.0
"""How many chips hold a model, and the bounds of a decode step."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.fits import decode_rate, fits, sequences_by_bandwidth
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError, UnknownName

HERE = catalog()


# 405.85e9 and 671.0e9 parameters; 96, 141 and 128 GB less 3.5 GB that the runtime keeps (NVIDIA aiconfigurator);
# a cache of 516,096 and 70,272 bytes a token (Llama 3.1, DeepSeek-V3 papers) for 8,192 tokens
@pytest.mark.parametrize(
    ("model", "chip", "bf16", "fp8"),
    [
        ("Llama 3.1 405B", "H20", 9, 5),
        ("Llama 3.1 405B", "H200", 6, 3),
        ("Llama 3.1 405B", "910C", 7, 4),
        ("DeepSeek-V3", "H20", 15, 8),
        ("DeepSeek-V3", "H200", 10, 5),
        ("DeepSeek-V3", "910C", 11, 6),
    ],
)
def test_405b_and_671b(model: str, chip: str, bf16: int, fp8: int) -> None:
    assert [fits(model, chip, precision=name).chips for name in ("bf16", "fp8")] == [bf16, fp8]
    size = {"Llama 3.1 405B": 405.85e9, "DeepSeek-V3": 671.0e9}[model]
    cache = {"Llama 3.1 405B": 516_096, "DeepSeek-V3": 70_272}[model] * 8192
    memory = {"H20": 92.5e9, "H200": 137.5e9, "910C": 124.5e9}[chip]
    assert math.ceil((2 * size + cache) / memory) == bf16 and math.ceil((size + cache) / memory) == fp8


def test_training_state() -> None:
    # 16 to 18 bytes a parameter: 6.5 to 7.3 TB for 405 billion
    fit = fits("Llama 3.1 405B", "H100", training=True)
    assert fit.memory.low == pytest.approx(6.49e12, rel=0.01) and fit.memory.high == pytest.approx(7.3e12, rel=0.01)


# Scaling Book, pop quiz: 30B in int8 on 16 TPU v5e (8.1e11 byte/s), cache of 819 MB: 2.57 ms at 4, 21.05 ms at 256 is
# bound by compute (2 x 256 x 30e9 over 16 x 1.97e14 and the cache), here the first
def test_scaling_book_decode_step() -> None:
    step = (30e9 + 4 * 819.2e6) / (16 * 8.1e11)
    assert step * 1e3 == pytest.approx(2.57, abs=0.01)
    batch = sequences_by_bandwidth(time=step, chips=16, bandwidth=8.1e11, share=1, weights=30e9, cache=819.2e6)
    assert batch == pytest.approx(4)
    large = 256 * 819.2e6 / (16 * 8.1e11) + 2 * 256 * 30e9 / (16 * 1.97e14)
    assert large * 1e3 == pytest.approx(21.05, abs=0.05)


@given(
    context=st.integers(1, 10**6), more=st.integers(1, 10**6), chip=st.sampled_from(["H20", "H200", "910C", "GB300"])
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_longer_context_never_needs_fewer(context: int, more: int, chip: str) -> None:
    few, many = (fits("DeepSeek-V3", chip, context=n).chips for n in (context, context + more))
    assert few is not None and many is not None and few <= many


def test_a_shorter_time_decodes_less() -> None:
    model, chip = HERE.find("DeepSeek-V3"), HERE.find("H200")
    rates = [
        decode_rate(model, chip, tpot=given_figure("max-tpot", f"{ms} ms", "ms"), context=4096, catalog=HERE).number
        for ms in (30, 50)
    ]
    assert 0 < rates[0]
    slow = decode_rate(model, chip, tpot=given_figure("max-tpot", "50 ms", "ms"), context=32_768, catalog=HERE)
    assert slow.number < rates[1]


def test_what_is_refused() -> None:
    with pytest.raises(BasisError, match="is a chip; fits takes a model and a chip"):
        fits("H200", "H200")
    with pytest.raises(BasisError, match="is a system"):
        fits("DeepSeek-V3", "CM384")
    with pytest.raises(UnknownName, match="write bf16, fp8, int8, fp4"):
        fits("DeepSeek-V3", "H200", precision="fp7")
    for context in (0, -1, 10**9):
        with pytest.raises(UnknownName, match="a context is between 1"):
            fits("DeepSeek-V3", "H200", context=context)
