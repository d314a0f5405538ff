# SPDX-License-Identifier: Apache-2.0
"""Cold start: a fresh process for each run, in turns with the emptiest Python that there is."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path(sys.executable).with_name("chipgauge")
# As a user runs it: compiled modules are kept, and nothing is added to the path.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
ENTRY = "import sys; from chipgauge.__main__ import main; sys.exit(main())"
"""What the installed script runs."""
TARGET = 7
"""Times `python -c pass` that a start may take."""
COMMANDS = {
    "compare": ["compare", "H20", "H200", "910C"],
    "help": ["--help"],
    "explain": ["explain", "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"],
    "check": ["check", "H20", "910C"],
    "claim": ["claims", "910c-320-tflops"],
    "equivalent": ["equivalent", "100000 H200", "--in", "910C"],
    "train": ["train", "GPT 174.6B", "--on", "128 H100", "--batch", "256"],
    "report": ["report", "H20", "H200", "910C", "CM384", "-o", os.devnull],
}
STARTS = ("compare", "help", "explain", "check", "claim")
SECONDS = {"equivalent": 0.4, "train": 0.4, "report": 1.0}
"""What those that calculate more may take on a machine without other work. [s]"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], list[str], dict[str, str]]]:
    """How each way starts chipgauge, how it starts Python, and what it adds to the environment.

    An editable install makes every start of its Python slower, the empty one too: its .pth file imports a finder. So
    the second way is an environment without .pth files, as an install from a wheel makes it.
    """
    bare = tmp_path_factory.mktemp("bare")
    venv.create(bare, with_pip=False, symlinks=True)
    python = str(bare / "bin" / "python")
    path = os.pathsep.join([str(ROOT / ".package"), sysconfig.get_path("purelib")])
    return {
        "editable": ([str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "chipgauge"], [sys.executable], {}),
        "wheel": ([python, "-c", ENTRY], [python], {"PYTHONPATH": path}),
    }


@pytest.mark.parametrize("way", ["editable", "wheel"])
@pytest.mark.parametrize("name", COMMANDS)
def test_cold_start(benchmark: Any, against: Any, ways: dict[str, Any], name: str, way: str) -> None:
    """A start is the target of what looks things up; what calculates on arrays or writes a page has one in seconds."""
    start, python, more = ways[way]

    def run(command: list[str]) -> None:
        environment = {**ENVIRONMENT, **more}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
        assert done.returncode == 0, done.stderr

    command = [*start, *COMMANDS[name]]
    run(command)  # the compiled modules are there from the second start on
    rounds = 8 if name in SECONDS else 20  # in whose time a start of Python is little
    benchmark.pedantic(run, args=(command,), rounds=rounds if benchmark.enabled else 1)
    target = f"<= {TARGET}" if name in STARTS else ""
    if name in SECONDS:
        benchmark.extra_info["target"] = f"< {SECONDS[name]:g} s"
    against("python -c pass", lambda: run(command), lambda: run([*python, "-c", "pass"]), rounds=rounds, target=target)
