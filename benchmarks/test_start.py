# SPDX-License-Identifier: Apache-2.0
"""Cold start: a fresh process for each run, in turns with the emptiest Python that there is."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(sys.executable).with_name("chipgauge")
OURS = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "chipgauge"]
# As a user runs it: compiled modules are kept, and nothing is added to the path.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
EMPTY = [sys.executable, "-c", "pass"]
TARGET = 7
"""Times `python -c pass` that a start may take."""
COMMANDS = {
    "compare": ["compare", "H20", "H200", "910C"],
    "help": ["--help"],
    "explain": ["explain", "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"],
    "check": ["check", "H20", "910C"],
    "equivalent": ["equivalent", "100000 H200", "--in", "910C"],
}


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, env=ENVIRONMENT)


@pytest.mark.parametrize("name", COMMANDS)
def test_cold_start(benchmark: Any, against: Any, name: str) -> None:
    """The target holds for compare and --help; the others stand beside them."""
    command = [*OURS, *COMMANDS[name]]
    run(command)  # the compiled modules are there from the second start on
    benchmark.pedantic(run, args=(command,), rounds=20 if benchmark.enabled else 1)
    target = f"<= {TARGET}" if name in ("compare", "help") else ""
    against("python -c pass", lambda: run(command), lambda: run(EMPTY), rounds=25, target=target)
