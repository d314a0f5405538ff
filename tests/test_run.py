# SPDX-License-Identifier: Apache-2.0
"""Training runs: published step times, failures, plans that do not fit, and what a user gets wrong."""

from __future__ import annotations

import pytest

from chipgauge.calc import run as r
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.errors import ChipgaugeError


def train(model: str, on: str, **how: object) -> r.Run:
    return r.train(model, on, catalog=catalog(), constants=constants(), **how)  # type: ignore[arg-type]


def test_the_default_batch_is_that_of_llama_3_405b() -> None:
    # arXiv 2407.21783, section 3.4 and table 4: 4M tokens at first, 16M on 16,384 chips
    assert r.default_batch(8192, 8192 / 4) * 8192 == 2**22
    assert r.default_batch(8192, 16384) * 8192 == 2**24
    assert r.default_batch(4096, 1000) % 125 == 0, "data ranks of 1,000 chips without a plan"
    assert r.default_batch(4096, 1536, ranks=96) % 96 == 0, "data ranks of a stated plan"


def test_llama_405b_at_forty_percent() -> None:
    # 6ND over 16,384 H100 at 40% of 989.4 TFLOP/s: 67.8 days without failures
    time = 6 * 405.85e9 * 1e6 / (16384 * 989.4e12 * 0.40)
    days = r.run_time(tokens=15.6e12, per_step=1e6, time=time, share=1.0) / 86400
    assert days == pytest.approx(67.8, abs=0.1)


@pytest.mark.parametrize(
    ("model", "on", "plan", "batch", "seq", "precision", "measured"),
    [  # NVIDIA dgxc-benchmarking; Korthikanti et al. 2022
        ("GPT 174.6B", "128 H100", "tp=4,pp=8,vp=6,mb=1", 256, 2048, "bf16", 8.309),
        ("Llama-3.1-405B", "1024 H100", "tp=8,pp=8,vp=8,cp=2,mb=1", 512, 8192, "bf16", 19.84),
        ("GPT 174.6B", "64 A100", "tp=8,pp=8,vp=3,dp=1,zero=0,mb=1,recompute=selective,kernels=classic", 64, 2048, "fp16", 13.75),
    ],
)  # fmt: skip
def test_published_steps_lie_in_the_interval(
    model: str, on: str, plan: str, batch: float, seq: float, precision: str, measured: float
) -> None:
    made = train(model, on, plan=plan, batch=batch, sequence=seq, precision=precision)
    assert made.fits and abs(made.step.time.number / measured - 1) < 0.15
    assert 0 < made.mfu.number < 1


def test_a_cut_model_keeps_its_experts() -> None:
    # first_k_dense_replace of DeepSeek-V3's config.json is 3: of its first eight layers five have experts
    asked = r.question("DeepSeek V3", "64 H100", "layers=8", 4096, catalog()).a.numbers()
    assert (asked.layers, asked.dense_layers) == (8, 3)
    assert r.question("DeepSeek V3", "64 H100", "layers=2", 4096, catalog()).a.numbers().dense_layers == 2
    assert r.question("GPT 174.6B", "64 H100", "layers=8", 2048, catalog()).a.numbers().dense_layers == 8
    assert r.question("Grok-1", "64 H100", "layers=8", 2048, catalog()).a.numbers().dense_layers == 0


def test_states_that_exceed_the_device_are_refused_with_the_shortfall() -> None:
    made = train("GPT 174.6B", "8 H100", plan="tp=1,pp=1,zero=0", batch=8, sequence=2048)
    assert not made.fits
    assert made.step.footprint.states.number > made.room.number
    assert made.shortfall == pytest.approx(made.memory.number - made.room.number)


def test_one_trillion_parameters_without_recomputation_do_not_fit() -> None:
    plan = "tp=8,pp=64,vp=1,dp=1,zero=0,mb=1,sp=1,kernels=classic"
    for recompute, fits in (("none", False), ("selective", True)):
        made = train("megatron-1T", "512 A100", plan=f"{plan},recompute={recompute}", batch=512, sequence=2048)
        assert made.fits is fits


def test_what_is_left_out_is_set_to_the_fastest() -> None:
    free = train("GPT 174.6B", "128 H100", batch=256, sequence=2048)
    fixed = train("GPT 174.6B", "128 H100", plan="tp=8,pp=16,vp=1,mb=1", batch=256, sequence=2048)
    assert free.fits and free.tried > 50
    assert free.step.time.number <= fixed.step.time.number


def test_a_chip_without_measured_runs_has_a_wider_range() -> None:
    known, other = (train("GPT 174.6B", f"128 {chip}", plan="tp=4,pp=8,mb=1", batch=256) for chip in ("H100", "MI300X"))
    assert known.measured and not other.measured and other.width > known.width


def test_a_format_is_measured_where_its_constants_are() -> None:
    # INT8 takes the constants of FP8, FP16 those of BF16: the matrix units run both at one rate
    for form in ("int8", "fp8", "fp16", "bf16"):
        made = train("Llama 3.1 8B", "64 H100", plan="tp=1,pp=1", batch=64, precision=form)
        assert made.measured and made.width == constants().widths["fused"]
    assert train("Llama 3.1 8B", "64 H20", plan="tp=1,pp=1", batch=64).width == constants().widths["unmeasured"]


@pytest.mark.parametrize(
    ("on", "how", "said"),
    [
        ("NVL72", {}, "a number of chips"),
        ("128 A100", {"precision": "fp8"}, "peak.fp8"),
        ("7 H100", {"plan": "tp=4"}, "no plan uses 7 chips"),
        ("128 H100", {"plan": "tp=4,xx=3"}, "a plan has no 'xx'"),
    ],
)
def test_what_a_user_gets_wrong(on: str, how: dict[str, object], said: str) -> None:
    with pytest.raises(ChipgaugeError) as error:
        train("GPT 174.6B", on, **how)
    assert said in str(error.value)
