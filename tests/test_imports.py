# SPDX-License-Identifier: Apache-2.0
"""The import guard: what answers on the terminal loads no heavy package, so that it starts in a few dozen milliseconds."""

import os
import subprocess
import sys

import pytest

HEAVY = {"pint", "pandas", "numpy", "jinja2", "scipy", "rich", "matplotlib", "plotly"}
LINE = "import time:"
EXPRESSION = "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"
COMMANDS = [
    ("compare", "H20", "H200", "910C"),
    ("compare", "H20", "H200", "CM384", "--json"),
    ("compare", "H20", "H200", "--set", "peak.bf16(H20)=150 TFLOP/s", "--prefer", "SemiAnalysis", "--format", "csv"),
    ("--help",),
    ("--version",),
    ("compare", "--help"),
    ("explain", EXPRESSION),
    ("explain", EXPRESSION, "--depth", "all", "--json"),
    ("check", "H20", "910C"),
    ("check", "H20", "--on", "2023-12-01", "--format", "md"),
    ("equivalent", "100000 H200", "--in", "910C"),
    ("show", "H20"),
    ("list", "chips"),
    ("claims", "910c-320-tflops"),
    ("train", "GPT 174.6B", "--on", "128 H100", "--plan", "tp=4,pp=8,vp=6,mb=1", "--batch", "256"),
    ("plans", "--help"),
    ("sweep", "--help"),
]
SOME = [
    # what calculates on arrays or writes a page loads that one package, and no other
    ({"numpy"}, ("train", "GPT 174.6B", "--on", "128 H100", "--batch", "256")),
    ({"numpy"}, ("plans", "GPT 18.4B", "--on", "16 H100", "--plan", "cp=1,zero=1", "--batch", "16")),
    ({"jinja2"}, ("report", "H20", "H200", "-o", os.devnull)),
]


def loaded(*arguments: str) -> set[str]:
    """The modules that a fresh interpreter has imported at its end, by Python's own list of them."""
    # A report of coverage or a .pth file must not load anything into the interpreter that is measured.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON", "CHIP"))}
    command = [sys.executable, "-X", "importtime", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout
    return {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if line.startswith(LINE)}


def heavy(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} & HEAVY


@pytest.mark.parametrize("arguments", COMMANDS, ids=[" ".join(arguments)[:40] for arguments in COMMANDS])
def test_command_loads_no_heavy_package(arguments: tuple[str, ...]) -> None:
    modules = loaded("-m", "chipgauge", *arguments)
    assert "chipgauge.reports.cli" in modules, "the guard sees our own modules"
    assert not heavy(modules)


@pytest.mark.parametrize(("wanted", "arguments"), SOME, ids=[arguments[0] for _, arguments in SOME])
def test_command_loads_what_it_needs_and_no_more(wanted: set[str], arguments: tuple[str, ...]) -> None:
    assert heavy(loaded("-m", "chipgauge", *arguments)) == wanted


def test_help_loads_no_command() -> None:
    modules = loaded("-m", "chipgauge", "--help")
    assert not {name for name in modules if name.startswith(("chipgauge.calc", "chipgauge.reports.commands."))}


@pytest.mark.parametrize(
    ("code", "package"),
    [
        ("import chipgauge; print(chipgauge.quantity('tpp', 'H20').pint())", "pint"),
        ("from chipgauge.calc.graph import sample as s; import chipgauge; print(s(chipgauge.quantity('tpp', '910C')))", "scipy"),
    ],
)  # fmt: skip
def test_what_needs_a_package_loads_it_when_asked(code: str, package: str) -> None:
    """The guard above can fail: it sees a package that is loaded inside a function."""
    assert package in heavy(loaded("-c", code))


def test_importing_the_roof_loads_nothing_of_ours() -> None:
    modules = loaded("-c", "import chipgauge; print(chipgauge.__version__)")
    assert {name for name in modules if name.startswith("chipgauge")} == {"chipgauge"}
    assert not heavy(modules)
