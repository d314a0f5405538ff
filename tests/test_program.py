# SPDX-License-Identifier: Apache-2.0
"""A compiled derivation gives what the figure itself gives, for one value and for columns, here and after pickling."""

from __future__ import annotations

import pickle

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.expression import evaluate
from chipgauge.calc.program import compiled
from chipgauge.specs.figure import Figure

EXPRESSIONS = [
    "tpp(H200)/tpp(H20)", "count(1000 H200, 910C, by=peak.bf16)", "max(peak.bf16(H200), peak.bf16(910C)) / 3 TFLOP/s",
    "sqrt(peak.bf16(H200) / peak.bf16(H20)) ^ 3 + log(memory.bandwidth(H200) / 1 TB/s)", "peak.bf16(H200) > peak.bf16(910C)",
]  # fmt: skip
KEYS = ["nvidia-h200-sxm/peak.bf16", "huawei-ascend-910c/peak.bf16", "nvidia-h20-96gb/peak.fp8"]
VALUES = st.floats(1e13, 1e16)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(values=st.tuples(VALUES, VALUES, VALUES))
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_program_is_the_figure(expression: str, values: tuple[float, float, float]) -> None:
    figure = evaluate(expression)
    program = compiled([figure, figure], KEYS)
    given_ = {key: value for key, value, slot in zip(KEYS, values, program.inputs, strict=True) if slot >= 0}
    wanted = figure.evaluate(given_)
    columns = [numpy.full(3, value) for value in values]
    for one in (program, pickle.loads(pickle.dumps(program))):
        assert one.run(list(values)) == [wanted, wanted]
        assert all(numpy.allclose(found, wanted, rtol=1e-12) for found in one.run(columns))


def test_what_does_not_move_is_computed_once() -> None:
    figure = evaluate("tpp(H200) / tpp(H20) * tpp(910C)")
    program = compiled([figure], KEYS[1:2])
    assert len(program.steps) < len([node for node in figure.nodes() if node.apply]) and program.slots
    assert compiled([figure], ["no/such"]).inputs == (-1,)


def test_an_unknown_figure_has_no_value() -> None:
    unknown = evaluate("peak.fp4(H20)")
    assert isinstance(unknown, Figure) and not unknown.known
    assert compiled([unknown, evaluate("tpp(H20)")], []).run([])[0] is None
