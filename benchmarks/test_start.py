# SPDX-License-Identifier: Apache-2.0
"""Cold start: a fresh process for each run, in turns with the emptiest Python that there is."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path(sys.executable).with_name("chipgauge")
BASE = getattr(sys, "_base_executable", "") or sys.executable
# As a user runs it: compiled modules are kept, and nothing is added to the path.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
# An editable install makes every start of its Python slower, the empty one too: its .pth file imports a finder. The
# second way leaves out .venv and its .pth files on both sides, as an install from a wheel does.
WAYS: dict[str, tuple[list[str], list[str], dict[str, str]]] = {
    "editable": ([str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "chipgauge"], [sys.executable], {}),
    "as a wheel": (
        [BASE, "-m", "chipgauge"],
        [BASE],
        {"PYTHONPATH": os.pathsep.join([str(ROOT / ".package"), sysconfig.get_path("purelib")])},
    ),
}
TARGET = 7
"""Times `python -c pass` that a start may take."""
COMMANDS = {
    "compare": ["compare", "H20", "H200", "910C"],
    "help": ["--help"],
    "explain": ["explain", "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"],
    "check": ["check", "H20", "910C"],
    "equivalent": ["equivalent", "100000 H200", "--in", "910C"],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", COMMANDS)
def test_cold_start(benchmark: Any, against: Any, name: str, way: str) -> None:
    """The target holds for compare and --help; the others stand beside them."""
    start, python, more = WAYS[way]

    def run(command: list[str]) -> None:
        environment = {**ENVIRONMENT, **more}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert done.returncode == 0, done.stderr

    command = [*start, *COMMANDS[name]]
    run(command)  # the compiled modules are there from the second start on
    benchmark.pedantic(run, args=(command,), rounds=20 if benchmark.enabled else 1)
    target = f"<= {TARGET}" if name in ("compare", "help") else ""
    against("python -c pass", lambda: run(command), lambda: run([*python, "-c", "pass"]), rounds=25, target=target)
