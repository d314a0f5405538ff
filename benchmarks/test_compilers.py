# SPDX-License-Identifier: Apache-2.0
"""Compilers of expressions, where they are installed, against our NumPy in chunks: `pip install numexpr numba polars`."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from compilers import TOOLS


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_sweep_compiled(benchmark: Any, tool: str, threads: int) -> None:
    """Ten operations on nine columns of four million numbers; each ratio is what ours takes over what the tool takes."""
    if find_spec(tool) is None:
        pytest.skip(f"not installed: pip install {tool}")
    rows = 4_000_000 if benchmark.enabled else 100_000
    command = [sys.executable, str(Path(__file__).with_name("compilers.py")), tool, str(threads), str(rows)]
    done: list[str] = []

    def once() -> None:
        done.append(subprocess.run(command, capture_output=True, text=True, check=True, timeout=600).stdout)

    benchmark.pedantic(once, rounds=1)
    found = json.loads(done[-1])
    assert min(found["ratios"].values()) > 0
    benchmark.extra_info["ratios"] = [
        {"to": f"{tool}, {words}", "ratio": ratio, "target": ""} for words, ratio in found["ratios"].items()
    ]
    benchmark.extra_info |= {name: found[name] for name in ("version", "import", "first calls")}
