# SPDX-License-Identifier: Apache-2.0
"""Serving against measurements: errors, ratios between chips and coverage, with the source left out of the fit."""

from __future__ import annotations

import math

import numpy
import pytest

from chipgauge.calc.efficiency import family_of
from chipgauge.calc.intervals import LeftOut, read_left_out
from chipgauge.calc.results import by_maker, of_metric, result_of
from chipgauge.calc.serving_cases import SERVED, build
from chipgauge.calc.serving_constants import MEASURED
from chipgauge.calc.serving_fit import fitted_rows
from chipgauge.calc.serving_validation import pairs
from chipgauge.calc.validation import Validation, validate
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.measured import COLUMNS, Measured, read_measured, shipped_rows
from chipgauge.specs.shipped import shipped_text

ROWS = [row for row in shipped_rows() if row.kind in SERVED]
LEFT = read_left_out(shipped_text("measured/left_out.csv"))


@pytest.fixture(scope="module")
def result() -> Validation:
    return validate(ROWS, catalog(), constants(), LEFT, {row.id for row in ROWS})


def section(result: Validation, name: str) -> dict[str, float]:
    return next(row for row in result.summary if row["section"] == name)


def test_offline_within_a_fifth_with_the_source_left_out(result: Validation) -> None:
    found = section(result, "offline")
    assert found["left_out_rows"] > 300 and found["left_out_median"] <= 0.20


def test_intervals_hold_what_they_say(result: Validation) -> None:
    assert 0.75 <= section(result, "all runs")["coverage"] <= 0.85
    for kind in ("offline", "decode", "prefill"):
        assert section(result, kind)["coverage"] is not None  # no error without its coverage


def test_ratios_and_order_inside_one_source(result: Validation) -> None:
    left = [pair for pair in result.ratios if pair["left_out"] is not None]
    off = numpy.array([max(pair["left_out"], 1 / pair["left_out"]) for pair in left])
    assert len(off) > 250 and numpy.median(off) <= 1.15
    assert (off <= 1.25).mean() >= 0.75  # the aim is 0.80: see docs/performance.md
    clear = [pair for pair in left if max(pair["measured"], 1 / pair["measured"]) > 1.15]
    right = [(pair["measured"] > 1) == (pair["measured"] * pair["left_out"] > 1) for pair in clear]
    assert len(clear) > 200 and numpy.mean(right) >= 0.95


def test_only_reported_rows_are_scored_apart(result: Validation) -> None:
    apart = [one for one in result.rows if one.apart]
    assert apart and all("use=" in one.row.plan and not one.fitted and one.left_out is None for one in apart)
    assert section(result, "serving, only reported")["rows"] == len(apart)
    assert {one.why for one in result.skipped} == {"batch is not stated"}


def test_families_of_measured_chips_are_those_of_the_rows() -> None:
    cases = build(ROWS, catalog(), set(constants().figures).__contains__)
    chips = {row.chip for row, use in zip(cases.rows, fitted_rows(cases), strict=True) if use}
    assert {family_of(chip) for chip in chips} - {"any"} == set(MEASURED)


def row(name: str, chip: str, value: float, plan: str = "", source: str = "s", notes: str = "") -> Measured:
    line = f"{name},{source},,,{name},offline,m,{chip},8,fp8,,100,100,{plan},output_tokens_per_second_per_chip,{value},token/s,{notes}"
    return read_measured(f"{','.join(COLUMNS)}\n{line}\n", "x")[0]


def test_a_pair_is_of_one_work_and_the_median_of_equal_runs_stands() -> None:
    made = [
        result_of(row(name, chip, value), ratio, 0.3, LeftOut(1.0, 0.3), fitted=True, program="offline")
        for name, chip, value, ratio in (
            ("a", "nvidia-h100", 90.0, 2.0), ("b", "nvidia-h100", 100.0, 1.2), ("c", "nvidia-h100", 300.0, 0.5),
            ("d", "nvidia-h200", 150.0, 1.5),
        )
    ]  # fmt: skip
    (pair,) = pairs(made)
    assert pair["chips"] == ["nvidia-h200", "nvidia-h100"]
    assert pair["measured"] == pytest.approx(1.5)
    assert pair["ratio"] == pytest.approx(1.5 / 1.2)
    assert pair["predicted"] == pytest.approx(225 / 120)
    assert pair["left_out"] == 1
    other = result_of(row("e", "amd-x", 1.0, source="t"), 1.0, 0.3, None, fitted=True, program="offline")
    assert pairs([made[0], other]) == []
    assert pairs([made[0], made[3]._replace(apart=True)]) == []  # a row that is only reported is in no ratio


def test_who_measured() -> None:
    assert by_maker(row("a", "nvidia-h100", 1.0, source="NVIDIA TensorRT-LLM performance overview 1.0"))
    assert not by_maker(row("a", "nvidia-h100", 1.0, source="GPUStack performance lab"))
    assert by_maker(row("a", "amd-mi300x", 1.0, source="MLPerf Inference v4.1", notes="AMD: Supermicro; offline"))
    assert not by_maker(row("a", "amd-mi300x", 1.0, source="MLPerf Inference v4.1", notes="Dell: XE9680; offline"))
    assert by_maker(row("a", "intel-gaudi-2", 1.0, source="MLPerf Inference v4.0", notes="Intel-HabanaLabs: x"))
    assert not by_maker(row("a", "nvidia-h100", 1.0, source=""))


def test_rates_of_training_fall_as_times_rise_and_rates_of_serving_are_predicted_themselves() -> None:
    served = row("a", "nvidia-h100", 100.0)
    trained = served._replace(kind="train", metric="train_tokens_per_second_per_chip")
    assert of_metric(served, 1.25) == 1.25
    assert of_metric(trained, 1.25) == 0.8
    assert of_metric(trained._replace(metric="step_time"), 1.25) == 1.25
    made = result_of(served, 1.25, math.log(2), None, fitted=False, program="offline")
    assert (made.low, made.predicted, made.high) == pytest.approx((62.5, 125.0, 250.0))
