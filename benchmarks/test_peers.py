# SPDX-License-Identifier: Apache-2.0
"""Tools of others that answer the same question, where they are installed: `pip install llm-analysis genz-llm aiconfigurator`.

Each ratio is what we take over what they take, in one process. An evaluation of ours is one plan in a column of plans.
They need packages of their own, so install them into an environment beside the one of this project, and it into that.
"""

from __future__ import annotations

import contextlib
import io
import logging
from typing import Any

import pytest
from cases import case

from chipgauge.calc.search import search
from chipgauge.calc.serving_search import search_serving
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs; as errors they would end their search without a plan
WHY = "not installed: pip install {}"


def ours(model: str, chip: str, chips: float, **more: Any) -> Any:
    here = catalog()
    return search_serving(
        here.find(model), here.find(chip), chips, catalog=here, constants=constants(), **more
    )  # fmt: skip


def quiet(call: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return call()


@pytest.fixture(autouse=True)
def silent() -> Any:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(before)


def test_serving_search_of_aiconfigurator(benchmark: Any, against: Any) -> None:
    """Llama 3.1 70B on 8 H200, 2,000 tokens in and 500 out, 50 ms a token: both search the plans that meet it."""
    api = pytest.importorskip("aiconfigurator.cli.api", reason=WHY.format("aiconfigurator"))
    ask: dict[str, Any] = {"prompt": 2000, "answer": 500, "max_tpot": 0.05, "max_ttft": 2.0}
    found = benchmark(ours, "Llama-3.1-70B", "H200", 8.0, **ask)
    assert found.best

    def theirs() -> Any:
        return quiet(
            lambda: api.cli_default(
                "meta-llama/Meta-Llama-3.1-70B", 8, "h200_sxm", isl=2000, osl=500, ttft=2000.0, tpot=50.0
            )
        )

    against("aiconfigurator's search", lambda: ours("Llama-3.1-70B", "H200", 8.0, **ask), theirs, rounds=2)


def test_decode_of_genz(benchmark: Any, against: Any) -> None:
    """Llama 2 70B over 8 H100, 32 sequences of 2,048 tokens: one evaluation of theirs against one of ours."""
    genz = pytest.importorskip("GenZ", reason=WHY.format("genz-llm"))
    ask: dict[str, Any] = {"prompt": 2048, "answer": 256, "precisions": ["bf16"]}
    found = benchmark(ours, "Llama-2-70B", "H100", 8.0, **ask)

    def theirs() -> Any:
        return quiet(
            lambda: genz.decode_moddeling(
                model="meta-llama/Llama-2-70B", batch_size=32, input_tokens=2048, output_tokens=256,
                system_name="H100_GPU", bits="bf16", tensor_parallel=8,
            )
        )  # fmt: skip

    against(
        "an evaluation of GenZ", lambda: ours("Llama-2-70B", "H100", 8.0, **ask), theirs, rounds=3,
        share=found.searched ** -1,
    )  # fmt: skip


def test_training_of_llm_analysis(benchmark: Any, against: Any) -> None:
    """GPT-3 175B on 64 H100: one evaluation of theirs against one of ours."""
    analysis = pytest.importorskip("llm_analysis.analysis", reason=WHY.format("llm-analysis"))
    a, work, space, machines = case("GPT 175B", "H100", 64, 64, ["bf16"], {"context": 1.0})
    found = benchmark(search, a, work, space, machines)

    def theirs() -> Any:
        return quiet(
            lambda: analysis.train(
                model_name="facebook_opt-175b", gpu_name="h100-sxm-80gb", activation_recomputation=1, tp_size=8,
                pp_size=8, dp_size=1, batch_size_per_gpu=1, global_batch_size=64, seq_len=2048, total_num_tokens=3e11,
                flops_efficiency=0.5, hbm_memory_efficiency=1,
            )
        )  # fmt: skip

    against(
        "an evaluation of llm-analysis", lambda: search(a, work, space, machines), theirs, rounds=5,
        share=found.searched ** -1,
    )  # fmt: skip
