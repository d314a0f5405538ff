# SPDX-License-Identifier: Apache-2.0
"""The command line as a whole: help, exit codes, messages instead of tracebacks, pipes and signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge
from chipgauge.reports.cli import COMMANDS, main
from chipgauge.reports.commands import list as list_command
from chipgauge.specs.catalog import catalog

PROGRAM = [sys.executable, "-m", "chipgauge"]


def invoke(*arguments: str) -> Result:
    """Run the command line; a mistake of the user may end it, nothing else."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    return result


def spawn(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=env)


# --- help and version --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command_with_a_line_and_an_example(option: str) -> None:
    printed = invoke(option).stdout
    for name, (_, line) in COMMANDS.items():
        assert name in printed and line in printed
    assert "chipgauge compare H20 H200 910C" in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    printed = invoke(name, "--help").stdout
    assert printed == invoke(name, "-h").stdout
    assert f"Example: chipgauge {name} " in printed
    assert "--format" in printed


def test_the_version_names_the_data_date() -> None:
    assert invoke("--version").stdout == f"chipgauge {chipgauge.__version__}, data of {catalog().as_of}\n"


def test_without_a_command_the_help_is_shown() -> None:
    result = invoke()
    assert result.exit_code == 2
    assert "Commands:" in result.output


# --- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["comparee", "H20"], "No such command 'comparee'. Did you mean compare?"),
        (["zzzz"], "No such command 'zzzz'."),
        (["--frob"], "No such option"),
        (["compare"], "Missing argument"),
        (["compare", "H2O0"], "no chip, system, cluster or model is called 'H2O0'. Did you mean H20"),
        (["compare", "zzzzzz"], "`chipgauge list chips` (systems, clusters, models) shows what is known."),
        (["compare", ""], "no chip, system, cluster or model is called ''"),
        (["compare", "0 H20"], "an amount is above 0 and at most 1e12"),
        (["compare", "H20", "--baseline", "H21"], "no chip, system, cluster or model is called 'H21'"),
        (["compare", "H20", "--metric", "memory.bandwith"], "no quantity is called 'memory.bandwith'. Did you mean memory.bandwidth?"),
        (["compare", "H20", "--per", "wat"], "'wat' is not one of 'chip', 'watt', 'usd'"),
        (["compare", "H20", "--prefer", "SemiAnalisys"], "no source is called 'SemiAnalisys'. Did you mean SemiAnalysis"),
        (["compare", "H20", "--on", "2025-13-01"], "'2025-13-01' is not a date; write --on 2025-04-20"),
        (["compare", "H20", "--set", "peak.bf16(910C)=780 TFLOPs/s"], "write TFLOP/s (a rate) or TFLOP (a count)"),
        (["compare", "H20", "--set", "peak.bf16(910C)=780 GB/s"], "peak.bf16 needs a unit such as TFLOP/s, got GB/s"),
        (["compare", "H20", "--set", "peak.bf16=780"], "write --set 'peak.bf16(910C)=780 TFLOP/s'"),
        (["compare", "H20", "--catalog", "/no/such/folder"], "no such folder"),
        (["compare", "H20", "--format", "xml"], "'xml' is not one of 'table', 'json', 'csv', 'md'"),
        (["compare", "H20", "CM384", "--metric", "per_watt.peak.bf16"], "compare two chips (design power) or two systems"),
        (["explain", "tpp("], "expected an item, as in tpp(H200), found the end"),
        (["explain", "tpp(H21)"], "no chip, system, cluster or model is called 'H21'"),
        (["explain", "tp(H20)"], "no quantity is called 'tp'. Did you mean tpp?"),
        (["explain", "sparse.fp8(H20)/peak.fp8(H200)"], "write peak.F (dense) or sparse.F on both sides"),
        (["explain", "tpp(H20)", "--depth", "deep"], "'deep' is neither a number nor all"),
        (["show", "H2O0"], "no chip, system, cluster or model is called"),
        (["equivalent", "H20"], "Missing option '--in'"),
        (["equivalent", "H20", "--in", "2 H200"], "--in takes an item without a number, got '2 H200'"),
        (["equivalent", "H20", "--in", "H200", "--by", "node"], "node is not a number"),
        (["equivalent", "H20", "--in", "H200", "--by", "tpp"], "tpp is not summed over chips"),
        (["check", "H20", "--rule", "us-bis-3a090-d"], "no rule has the id 'us-bis-3a090-d'. Did you mean us-bis-3a090-"),
        (["check", "H20", "--lens", "loose"], "'loose' is not one of 'text', 'enforced'"),
        (["check", "H20", "--on", "tomorrow"], "'tomorrow' is not a date"),
        (["list", "chip"], "'chip' is not one of 'chips'"),
        (["report", "H20"], "Missing option '-o'"),
        (["report", "-o", "/no/such/folder/r.html", "H20"], "/no/such/folder: there is no such folder"),
        (["report", "H21", "-o", "r.html"], "no chip, system, cluster or model is called 'H21'"),
        (["verify", "/no/such/file.json"], "/no/such/file.json: No such file or directory"),
    ],
)  # fmt: skip
def test_a_mistake_ends_with_2_and_says_what_to_do(arguments: list[str], words: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in result.stderr


@given(st.lists(st.text(max_size=12), max_size=3), st.sampled_from(["compare", "explain", "show", "check", "verify"]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nonsense_never_gives_a_traceback(words: list[str], command: str) -> None:
    arguments = [word for word in words if "\0" not in word and not word.startswith("-")]
    assert invoke(command, *arguments).exit_code in (0, 1, 2)


@pytest.mark.parametrize("command", ["compare", "verify", "explain", "show"])
def test_a_message_cannot_paint_the_terminal(command: str) -> None:
    result = invoke(command, "\x1b[31mH20\u202e\x07")
    assert result.exit_code == 2
    assert not set("\x1b\u202e\x07") & set(result.stderr)


def test_an_error_of_the_machine_is_a_message_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/secret")

    monkeypatch.setattr(list_command, "answer", fails)
    result = invoke("list")
    assert (result.exit_code, result.stderr) == (2, "error: /secret: Permission denied\n")


def test_an_error_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(list_command, "answer", fails)
    assert isinstance(CliRunner().invoke(main, ["list"]).exception, ZeroDivisionError)


# --- exit codes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["compare", "H20", "H200"], 0),
        (["explain", "peak.fp4(H20)"], 0),  # unknown is an answer
        (["check", "H20"], 0),
        (["check", "H20", "--fail-on", "below"], 1),
        (["check", "H20", "--rule", "us-bis-3a090-a", "--fail-on", "crosses"], 0),
        (["check", "H200", "--fail-on", "crosses"], 1),  # 15,832 TPP against 4,800 (15 CFR 774 Supp. 1, 3A090.a)
        (["check", "H21", "--fail-on", "crosses"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert invoke(*arguments).exit_code == code


# --- the real program --------------------------------------------------------------------------------------------


def test_messages_go_to_standard_error_and_one_object_to_standard_output() -> None:
    right = spawn("compare", "H20", "H200", "--json")
    assert (right.returncode, right.stderr) == (0, "")
    assert json.loads(right.stdout)["schema"] == "chipgauge.compare/1"
    wrong = spawn("compare", "H21", "--json")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: no chip, system, cluster or model is called 'H21'. Did you mean H20?\n"


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys; from chipgauge.reports.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.split())
    assert "chipgauge.reports.cli" in loaded
    assert not {"pint", "pandas", "numpy", "scipy", "jinja2", "rich", "chipgauge.calc.quantity"} & loaded
    assert not any(name.startswith("chipgauge.reports.commands.") for name in loaded)


@pytest.mark.parametrize("arguments", [["compare", "H20", "H200", "910C"], ["explain", "tpp(H200)/tpp(H20)", "--json"]])
def test_a_comparison_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys; from chipgauge.reports.cli import main; main({arguments!r}, standalone_mode=False)\n"
        "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ran.stderr.split()}
    assert "chipgauge" in loaded
    assert not {"pint", "pandas", "numpy", "scipy", "jinja2", "rich"} & loaded


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX pipe")
def test_a_reader_who_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ran = subprocess.run([*PROGRAM, "list", "sources"], stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)
    assert ran.stderr == b""
    shell = f"{sys.executable} -m chipgauge list sources | head -1"
    piped = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert piped.stdout.endswith(" sources.\n") and piped.stdout.count("\n") == 1
    assert piped.stderr == ""


def test_ctrl_c_ends_with_130_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(list_command, "answer", interrupted)
    result = invoke("list")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_real_signal_ends_with_130_and_no_traceback() -> None:
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
        "from chipgauge.reports.cli import main\n"
        "from chipgauge.reports.commands import list as command\n"
        "command.answer = lambda *_: (os.kill(os.getpid(), signal.SIGINT), time.sleep(60))\n"
        "main(['list'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (128 + signal.SIGINT, "", "interrupted\n")


def test_an_output_without_unicode_gets_escapes() -> None:
    ran = spawn("list", "chips", "--json", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.isascii()
    assert any("昇腾910C" in row["aliases"] for row in json.loads(ran.stdout)["items"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ran = subprocess.run([*PROGRAM, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "error: No space left on device\n")
