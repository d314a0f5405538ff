# SPDX-License-Identifier: Apache-2.0
"""Prefill, decode and continuous batching: ratios between chips, memory, physics, and one result on numbers and Figures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.architecture import Architecture, architecture_of
from chipgauge.calc.inference import decode, memory_of, prefill, serve
from chipgauge.calc.machine import has_links, plain
from chipgauge.calc.serving import ENGINES, Achieved, Device, Requests, Serving, parse_serving, serving_text, some
from chipgauge.calc.serving_constants import achieved_of
from chipgauge.calc.serving_device import device_numbers, device_of, running_format
from chipgauge.calc.serving_pass import rates_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import ChipgaugeError

KEPT = Serving._fields


def model(name: str) -> Architecture:
    return architecture_of(catalog().find(name), catalog()).numbers()


def device(chip: str, precision: str) -> Device:
    return device_numbers(device_of(catalog().find(chip), precision, catalog()))


def achieved(chip: str, precision: str, engine: str = "any") -> Achieved:
    item = catalog().find(chip)
    found = achieved_of(item.id, running_format(item, precision, catalog()), engine, constants().figures)
    return Achieved(*(figure.number for figure in found))


def rate(name: str, chip: str, precision: str, prompt: float, answer: float, tensor: float = 1.0) -> float:
    plan = Serving(tensor=tensor, chips=tensor, cache=1.0, most=2048.0)
    served = serve(
        model(name), plan, device(chip, precision), achieved(chip, precision, "trtllm"), Requests(prompt, answer)
    )
    return float(served.answer_rate)


@pytest.mark.parametrize(
    ("prompt", "answer", "measured"),
    # TensorRT-LLM performance overview 1.0, Llama 3.1 8B in FP8, H200 over H100
    [(128, 128, 0.99), (2048, 128, 1.03), (1000, 1000, 1.17), (128, 4096, 1.26), (20000, 2000, 1.34)],
)
def test_h200_over_h100_follows_what_bounds_it(prompt: int, answer: int, measured: float) -> None:
    found = [rate("Llama 3.1 8B", chip, "fp8", prompt, answer) for chip in ("H200", "H100")]
    assert found[0] / found[1] == pytest.approx(measured, rel=0.1)


def test_h200_over_h100_of_a_large_model() -> None:
    # the same source, Llama 3.3 70B, H200 alone and pairs of H100: 1.16, 1.38, 1.40, 1.37
    for prompt, answer, measured in ((2048, 128, 1.16), (1000, 1000, 1.38), (500, 2000, 1.40), (128, 4096, 1.37)):
        one = rate("Llama 3.3 70B", "H200", "fp8", prompt, answer)
        two = rate("Llama 3.3 70B", "H100", "fp8", prompt, answer, tensor=2.0)
        assert one / two == pytest.approx(measured, rel=0.1)


def latent(chip: str, plan: Serving, batch: float, context: float) -> float:
    e = achieved(chip, "fp8", "sglang")
    step = decode(model("DeepSeek-V3"), plan, device(chip, "fp8"), e, sequences=batch, context=context)
    return batch / float(step.time)


def prompts(chip: str, plan: Serving, each: float) -> float:
    e = achieved(chip, "fp8", "sglang")
    step = prefill(model("DeepSeek-V3"), plan, device(chip, "fp8"), e, prompts=each, prompt=4096.0)
    return each * 4096 / float(step.time) / plan.tensor


def test_h20_in_deepseek_with_each_sides_own_plan() -> None:
    wide = Serving(expert=32.0, chips=32.0)
    ratio = prompts("H20", Serving(tensor=8.0, chips=8.0), 4.0) / prompts("H100", wide, 4.0)
    assert 0.28 <= ratio <= 0.33  # 2,063 over 6,288 to 7,417 tokens a second
    low = latent("H20", Serving(expert=16.0, chips=16.0), 48.0, 4864.0)
    high = latent("H800", Serving(expert=144.0, chips=144.0), 128.0, 4989.0)
    assert 0.31 <= low / high <= 0.39  # 714 over 1,850 to 2,325 tokens a second
    # the same in peaks would be 0.15 of the operations and 1.19 of the bandwidth
    assert low / high > 0.15


def test_latent_decode_is_bound_by_arithmetic_on_h20_only() -> None:
    # FlashMLA on H20 holds 129 of 148 TFLOP/s at 370 GB/s; on H800 it reads 3,000 of 3,350 GB/s at 64 rows
    plan = Serving(tensor=2.0, expert=16.0, chips=16.0)
    for chip, slower in (("H20", True), ("H800", False)):
        base, e = device(chip, "fp8"), achieved(chip, "fp8")
        args = {"sequences": 48.0, "context": 8192.0}
        now = decode(model("DeepSeek-V3"), plan, base, e, **args).parts["attention"]
        more = decode(model("DeepSeek-V3"), plan, base._replace(bandwidth=2 * base.bandwidth), e, **args).parts[
            "attention"
        ]
        assert (now / more < 1.05) is slower


@pytest.mark.parametrize(
    ("name", "each"),
    # DeepSeek-V3: 61 x 576 x 2 bytes; Llama 3.1 70B: 2 x 80 x 8 x 128 x 2; Qwen3-235B: 2 x 94 x 4 x 128 x 2
    [("DeepSeek-V3", 70_272), ("Llama 3.1 70B", 327_680), ("Qwen3-235B-A22B", 192_512)],
)
def test_cache_of_a_sequence(name: str, each: int) -> None:
    plan, e = Serving(tensor=8.0, chips=64.0, expert=64.0), achieved("H200", "fp8")
    held = memory_of(model(name), plan, device("H200", "fp8"), e, Requests(1000.0, 24.0))
    assert held.each == pytest.approx(each * 1024)


def test_weights_that_do_not_fit_leave_no_room() -> None:
    # LLM-Viewer passes a job of 158 GB on a device of 80 GB without a word
    held = memory_of(
        model("Llama 3.1 70B"), Serving(), device("H100", "bf16"), achieved("H100", "bf16"), Requests(8000.0, 1000.0)
    )
    assert held.weights == pytest.approx(141e9, rel=0.01)
    assert held.room == 0
    assert held.fitting == 0


def test_a_latent_cache_is_held_whole_by_every_tensor_rank() -> None:
    e, machine = achieved("H200", "fp8"), device("H200", "fp8")
    one, eight = (
        memory_of(model(name), Serving(tensor=8.0, chips=64.0, expert=64.0), machine, e, Requests(1000.0, 1000.0))
        for name in ("DeepSeek-V3", "Llama 3.1 70B")
    )
    assert one.fitting == pytest.approx(one.room / one.each)
    assert eight.fitting == pytest.approx(8 * eight.room / eight.each)


@pytest.mark.parametrize(
    ("name", "chip", "precision", "plan"),
    [
        (
            "DeepSeek-V3",
            "H800",
            "fp8",
            Serving(tensor=2.0, expert=32.0, chips=32.0, sequences=40.0, draft=2.0, accepted=1.5),
        ),
        ("Llama 3.1 70B", "L40S", "fp8", Serving(tensor=2.0, chips=2.0, pipeline=4.0, sequences=40.0, cache=1.0)),
        ("gpt-oss-120b", "B200", "mxfp4", Serving(sequences=40.0)),
        ("GPT-J 6B", "H20", "int8", Serving(sequences=40.0, beams=4.0)),
    ],
)
def test_numbers_columns_and_figures_agree(name: str, chip: str, precision: str, plan: Serving) -> None:
    import numpy

    item, device_item = catalog().find(name), catalog().find(chip)
    a, d = architecture_of(item, catalog()), device_of(device_item, precision, catalog())
    runs = running_format(device_item, precision, catalog())
    bus = not has_links(device_item, catalog())
    e = achieved_of(device_item.id, runs, "sglang", constants().figures, runs == "bf16", bus=bus)
    units = {"cache": "byte"}
    figures = Serving(*(plain(field, getattr(plan, field), units.get(field, "1")) for field in KEPT))
    asked = Requests(plain("prompt", 2000.0), plain("answer", 500.0))
    shown = serve(a, figures, d, e, asked)
    bare, machine, reached = a.numbers(), device_numbers(d), Achieved(*(figure.number for figure in e))
    number = serve(bare, plan, machine, reached, Requests(2000.0, 500.0))
    column = serve(bare, plan._replace(sequences=numpy.array([40.0, 10.0])), machine, reached, Requests(2000.0, 500.0))
    assert shown.step.time.number == pytest.approx(float(number.step.time), rel=1e-12)
    assert float(column.answer_rate[0]) == pytest.approx(float(number.answer_rate), rel=1e-12)
    assert sum(figure.number for figure in shown.step.parts.values()) == pytest.approx(
        shown.step.time.number, rel=1e-12
    )
    names = {node.name for node in shown.answer_rate.nodes()}
    assert {"stored_product_time", "gather_bytes_time", "prompt_share", "running_sequences"} <= names
    if some(bare.kv_rank):
        assert {"latent_operations", "expert_exchange_time", "touched_experts"} <= names


@given(st.sampled_from(["H100", "H20", "B200", "MI300X", "A100"]), st.sampled_from(["fp8", "bf16"]))
@settings(derandomize=True, deadline=None, max_examples=10)
def test_products_take_at_most_the_power_and_the_peak(chip: str, precision: str) -> None:
    machine, e = device(chip, precision), achieved(chip, precision)
    rate = rates_of(machine, e).product
    assert rate <= machine.peak
    assert rate * e.energy * machine.element <= machine.power * (1 + 1e-12)  # energy at most power times time


@given(st.sampled_from(["H100", "H20", "B200", "910C", "MI300X"]), st.floats(1, 512), st.floats(64, 32768))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_a_decode_step_takes_at_least_what_it_reads(chip: str, batch: float, context: float) -> None:
    a, machine, e = model("Llama 3.1 8B"), device(chip, "bf16"), achieved(chip, "bf16")
    step = decode(a, Serving(), machine, e, sequences=batch, context=context)
    read = 2 * (8.03e9 - 128256 * 4096) + batch * context * 131_072  # all but the input embedding; the published cache
    assert step.time >= read / machine.bandwidth
    assert step.time >= 2 * batch * 7.5e9 / machine.peak
    more = decode(a, Serving(), machine, e, sequences=batch + 1, context=context)
    assert more.time >= step.time


@given(st.floats(1, 256))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_more_chips_never_slow_down_an_ideal_network(batch: float) -> None:
    a, machine = model("Llama 3.1 70B"), device("H200", "fp8")._replace(up=1e18, out=1e18)
    e = achieved("H200", "fp8")._replace(latency=0.0)
    times = [
        float(decode(a, Serving(tensor=t, chips=t), machine, e, sequences=batch, context=2000.0).time)
        for t in (1.0, 2.0, 4.0, 8.0)
    ]
    assert times == sorted(times, reverse=True)


def test_plans_are_read_and_written() -> None:
    stated, words = parse_serving(serving_text(Serving(tensor=4.0, chips=4.0, cache=1.0)))
    assert (stated["tensor"], stated["cache"], words) == (4.0, 1.0, {})
    for engine in ENGINES:
        assert parse_serving(f"engine={engine}, use=report") == ({}, {"engine": engine, "use": "report"})
    for text, what in (
        ("chip=8", "Did you mean chips"),
        ("tp=0", "a number from 1 on"),
        ("cache=fp4", "bf16, fp16, fp8"),
        ("balance=good", "perfect"),
        ("engine=vlm", "trtllm, vllm, sglang, mlperf, deepseek, got 'vlm'. Did you mean vllm"),
        ("engine=", "engine in a serving plan is one of trtllm"),
        ("use=reports", "Did you mean report"),
    ):
        with pytest.raises(ChipgaugeError, match=what):
            parse_serving(text)
