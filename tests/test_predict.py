# SPDX-License-Identifier: Apache-2.0
"""One prediction for a workload: its rate, its range, the errors behind it, and the utilisation others plug in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.predict import PHASES, serving_prediction, training_prediction
from chipgauge.calc.utilisation import Workload
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item

DATA, TABLE = catalog(), constants()


def test_training_is_a_workload_of_an_equivalence() -> None:
    # DeepSeek-V3 on 2,048 H800: 14.8T tokens in 2.664M hours are 1,543 tokens a second and chip, in FP8 (arXiv 2412.19437)
    found = training_prediction(
        DATA.find("DeepSeek-V3"), DATA.find("H800"), 2048, batch=15360, sequence=4096, precision="fp8",
        plan="tp=1,pp=16,ep=64", catalog=DATA, constants=TABLE,
    )  # fmt: skip
    assert 0.6 < found.rate.number / 1543 < 1.7
    assert found.low < found.rate.number < found.high
    # 6 x 37B x rate over 989 TFLOP/s of BF16, with attention: more than without it, less than twice
    assert 1.0 < found.utilisation.number / (6 * 37e9 * found.rate.number / 989e12) < 2.0

    def utilisation(chip: Item) -> Figure:
        return training_prediction(
            DATA.find("Llama-3.1-70B"), chip, 64, batch=128, sequence=8192, catalog=DATA, constants=TABLE
        ).utilisation

    workload: Workload = utilisation
    assert 0.2 < workload(DATA.find("H100")).number < 0.6


def test_every_phase_of_serving_has_its_errors_and_its_coverage() -> None:
    for phase in PHASES:
        found = serving_prediction(
            DATA.find("Llama 3.1 70B"), DATA.find("H200"), 8, prompt=2000, answer=500, phase=phase, catalog=DATA,
            constants=TABLE,
        )  # fmt: skip
        assert found.score is not None and found.score.rows > 0 and 0.5 < found.score.coverage <= 1
        assert found.low < found.rate.number < found.high
        assert found.plan.startswith("tp=")


def test_utilisation_of_serving_counts_the_prompts_of_each_answer() -> None:
    one = serving_prediction(
        DATA.find("Llama 3.1 8B"), DATA.find("H100"), 1, prompt=1000, answer=1000, catalog=DATA, constants=TABLE
    )
    # 2 FLOPs for each of the 7.5B parameters a token meets, 2 tokens through the model for each one answered
    assert one.utilisation.number == pytest.approx(2 * 2 * 7.5e9 * one.rate.number / 989.4e12, rel=0.01)


def test_what_cannot_be_served_or_asked_is_said() -> None:
    args = {"prompt": 100, "answer": 100, "catalog": DATA, "constants": TABLE}
    with pytest.raises(ChipgaugeError, match="does not fit on 1"):
        serving_prediction(DATA.find("Llama 3.1 405B"), DATA.find("H100"), 1, **args)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="offline, prefill, decode"):
        serving_prediction(DATA.find("Llama 3.1 8B"), DATA.find("H100"), 1, phase="train", **args)  # type: ignore[arg-type]


@given(st.integers(64, 8000), st.integers(16, 2000))
@settings(derandomize=True, deadline=None, max_examples=12)
def test_longer_prompts_never_answer_more(prompt: int, answer: int) -> None:
    def rate(tokens: int) -> float:
        return serving_prediction(
            DATA.find("Llama 3.1 8B"), DATA.find("H20"), 1, prompt=tokens, answer=answer, catalog=DATA, constants=TABLE
        ).rate.number

    assert rate(prompt + 200) <= rate(prompt) * (1 + 1e-9)
