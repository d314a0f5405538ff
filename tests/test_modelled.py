# SPDX-License-Identifier: Apache-2.0
"""Utilisation from the performance model for a comparison: jobs, plans, batches, and the tested error as one leaf."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.graph import sample
from chipgauge.calc.modelled import TRIANGLE, Trainer, between
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import ChipgaugeError

HERE = catalog()
DEEPSEEK = Trainer(HERE.find("DeepSeek-V3"), catalog=HERE)
H200 = HERE.find("H200")


def test_measured_runs_lie_near() -> None:
    # Llama 3.1 405B: 0.38 to 0.43 on 16,384 H100 with 16 million tokens a step (2,048 sequences of 8,192), counting
    # causal scores; scores in full add 6%, and the fastest plan is faster than the one they took
    llama = Trainer(HERE.find("Llama 3.1 405B"), catalog=HERE, batch_tokens=16.8e6)
    assert llama.batch_tokens == 2048 * 8192
    assert llama.of(HERE.find("H100"), 16_384).utilisation.number == pytest.approx(0.435, rel=0.15)


def test_a_job_between_two_powers_lies_on_the_line() -> None:
    ends = [DEEPSEEK.of(H200, chips).utilisation.number for chips in (16_384, 32_768)]
    middle = DEEPSEEK.of(H200, 16_384 * math.sqrt(2))
    assert middle.utilisation.number == pytest.approx(sum(ends) / 2) and middle.jobs == (16_384, 32_768)
    assert between(first=0.4, second=0.2, share=0.25) == pytest.approx(0.35)


@given(power=st.floats(9, 20))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_a_larger_cluster_does_not_use_its_chips_better(power: float) -> None:
    one, two = (DEEPSEEK.of(H200, 2 ** (power + more)).utilisation.number for more in (0, 0.5))
    assert 0 < two <= one * 1.02 < 1


def test_the_error_is_one_leaf_of_a_chip_and_its_middle_is_what_was_tested() -> None:
    import numpy

    found = DEEPSEEK.of(H200, 16_384).utilisation
    [leaf] = found.ranged_leaves()
    assert leaf.key == "training model/error(nvidia-h200-sxm)" and leaf.sources
    assert [one.key for one in DEEPSEEK.of(H200, 1024).utilisation.ranged_leaves()] == [leaf.key]
    assert [one.key for one in DEEPSEEK.of(HERE.find("H100"), 1024).utilisation.ranged_leaves()] != [leaf.key]
    low, high = numpy.quantile(sample(found, 8192), [0.1, 0.9]) / found.number
    width = math.log(leaf.leaf_range[1]) / TRIANGLE if leaf.leaf_range else 0.0
    assert math.log(high) == pytest.approx(width, rel=0.15) and -math.log(low) == pytest.approx(width, rel=0.15)


def test_two_runs_in_one_graph_keep_their_plans_apart() -> None:
    ratio = DEEPSEEK.of(H200, 4096).utilisation / DEEPSEEK.of(HERE.find("910C"), 65_536).utilisation
    assert ratio.evaluate() == pytest.approx(ratio.number, rel=1e-12)
    assert all(leaf.sources for leaf in ratio.leaves())
    assert all(node.cite for node in ratio.nodes() if node.kind == "formula")


def test_what_does_not_fit_or_is_not_known_says_so() -> None:
    assert "does not fit on 64" in DEEPSEEK.of(H200, 64).short
    assert "BF16 peak" in DEEPSEEK.of(HERE.find("MI308X"), 1024).short
    with pytest.raises(ChipgaugeError, match="layers"):
        Trainer(HERE.find("GPT-4"), catalog=HERE)
    small = Trainer(HERE.find("DeepSeek-V3"), catalog=HERE, batch_tokens=1e6)
    assert "does not keep so many busy" in small.of(H200, 131_072).short
