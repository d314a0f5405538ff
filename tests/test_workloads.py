# SPDX-License-Identifier: Apache-2.0
"""An equivalence by a workload: training by the performance model or by published runs, and decoding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.calc.serving_rate import Request, Service, upper_bound
from chipgauge.calc.utilisation import effective_time
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import constant
from chipgauge.specs.units import parse_unit

HERE = catalog()
ONE = parse_unit("1")


def test_training_iterates_over_failures_and_says_the_residual() -> None:
    found = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="35%", build_mfu="35%"))
    plain = 20_000 * 989.5 / 752
    assert found.count.number > plain, "more chips fail more often, so more are needed"
    assert found.residual is not None and abs(found.residual.number) < 1e-3
    # where the number stands still, both sides do the same useful work
    ours = 20_000 * 989.5 * effective_time(constant(20_000, ONE), HERE).number
    theirs = found.count.number * 752 * effective_time(constant(found.count.number, ONE), HERE).number
    assert theirs == pytest.approx(ours, rel=1e-3)
    assert found.fit is not None and found.fit.chips == 92


def test_utilisation_divides() -> None:
    one = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="40%", build_mfu="40%")).count.number
    half = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", mfu="40%", build_mfu="20%")).count.number
    assert half > 2 * one


def test_decoding_is_bound_and_says_by_what() -> None:
    found = equivalent("1000 H200", "910C", ask=Ask(infer="DeepSeek-V3", max_tpot="50 ms", serve=upper_bound))
    assert any("is bound by" in note for note in found.notes) and any("upper bound" in note for note in found.notes)
    assert 0.5 < found.count.number / 1000 < 3


@given(count=st.integers(256, 50_000), chip=st.sampled_from(["910C", "H200", "GB300", "CM384"]))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_as_many_of_itself(count: int, chip: str) -> None:
    found = equivalent(f"{count} {chip}", chip, ask=Ask(train="DeepSeek-V3"))
    assert found.count.number == pytest.approx(count, rel=1e-4)
    assert found.tco_ratio.number == pytest.approx(1, rel=1e-4)


def test_the_number_of_chips_and_their_utilisation_belong_together() -> None:
    found = equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3"))
    ours, theirs = (use.figure.number for use in found.uses)
    share = [effective_time(constant(chips, ONE), HERE).number for chips in (20_000, found.count.number)]
    assert found.count.number * 752 * theirs * share[1] == pytest.approx(20_000 * 989.5 * ours * share[0], rel=1e-3)
    assert found.residual is not None and abs(found.residual.number) < 1e-3
    assert "modelled at 16,384 and 32,768 chips" in found.uses[1].words
    # beside it the number by published runs: 0.325 for a mixture on Hopper, 0.355 on Ascend
    (runs, by_runs), (larger, by_larger) = found.otherwise
    assert "published runs" in runs and "4 times" in larger and by_larger.known
    assert by_runs.number == pytest.approx(
        equivalent("20000 H100", "910C", ask=Ask(train="DeepSeek-V3", utilisation="published")).count.number
    )


def test_a_larger_batch_makes_better_use_of_as_many_chips() -> None:
    found = [
        equivalent("60000 H200", "910C", ask=Ask(train="DeepSeek-V3", batch_tokens=tokens))
        for tokens in ("33.5e6", "134e6")
    ]
    small, large = (one.uses[0].figure.number for one in found)
    assert small < large
    for one, tokens in zip(found, (33.5e6, 134e6), strict=True):
        rows = {row.name: row for row in one.limits}
        assert {"run size: data-movement-lowers-utilisation", "run size: latency-wall", "batch"} <= rows.keys()
        plan = dict(part.split("=") for part in one.uses[1].words.partition(": ")[2].split(","))
        # tokens of a step over the 8,192 of a sequence, times the chips of a replica
        busy = tokens / 8192 / int(plan["mb"]) * int(plan["tp"]) * int(plan["pp"]) * int(plan["cp"])
        assert rows["batch"].figure.number == pytest.approx(one.count.number / busy)


def test_what_cannot_hold_the_model_cannot_train_it() -> None:
    # 405 billion parameters at 16 to 18 bytes: 6.5 to 7.3 TB, 47 to 53 H200 of 137.5 GB
    found = equivalent("8 H200", "H20", ask=Ask(train="Llama 3.1 405B"))
    assert not found.count.known and "do not hold Llama-3.1-405B" in found.count.why
    assert found.whole is None and found.whole_range is None


def test_where_the_model_cannot_be_asked_published_runs_are_taken_and_said() -> None:
    found = equivalent("1000 H200", "910C", ask=Ask(train="GPT-4"))
    assert found.count.known and any("published runs" in note and "layers" in note for note in found.notes)
    lacking = equivalent("1000 H200", "MI308X", ask=Ask(train="DeepSeek-V3"))
    assert not lacking.count.known and "--utilisation published" in lacking.count.why


def test_a_model_of_serving_can_be_plugged_in() -> None:
    asked: list[tuple[str, float]] = []

    def serve(request: Request) -> Service:
        asked.append((request.chip.id, request.chips))
        rate = {"nvidia-h200-sxm": 1200.0, "huawei-ascend-910c": 600.0}[request.chip.id]
        return Service(constant(rate, parse_unit("1/s")), "memory bandwidth", "as measured")

    found = equivalent("1000 H200", "910C", ask=Ask(infer="DeepSeek-V3", serve=serve))
    assert found.count.number == pytest.approx(2000)
    assert asked[0] == ("nvidia-h200-sxm", 1000.0) and any("as measured" in note for note in found.notes)


def test_a_token_faster_than_the_weights_can_be_read_is_no_answer() -> None:
    found = equivalent("1000 H200", "910C", ask=Ask(infer="DeepSeek-V3", max_tpot="0.001 ms", serve=upper_bound))
    assert not found.count.known and "reads the weights" in found.count.why


def test_a_context_beyond_that_of_the_model_is_said() -> None:
    found = equivalent("1000 H200", "910C", ask=Ask(infer="DeepSeek-V3", context=1_000_000))
    assert any("are beyond it" in note for note in found.notes)
