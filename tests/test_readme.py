# SPDX-License-Identifier: Apache-2.0
"""Every example of the README runs and prints what the README says; `...` stands for the lines left out."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from chipgauge.reports.cli import main

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
EXAMPLES = [part for block in BLOCKS for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE) if part.strip()]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0][2:60])
def test_a_command_prints_what_the_readme_says(example: str) -> None:
    command, *expected = example.rstrip("\n").split("\n")
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "chipgauge"
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    printed = result.stdout.rstrip("\n").split("\n")
    if expected[-1] == "...":
        expected = expected[:-1]
        printed = printed[: len(expected)]
    assert printed == expected


def test_there_are_examples_of_every_calculating_command() -> None:
    assert {shlex.split(example)[2] for example in EXAMPLES} >= {"compare", "explain", "equivalent", "check"}


def test_python_examples_run() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    assert test.examples
    results = doctest.DocTestRunner().run(test)
    assert results.failed == 0


def test_every_command_named_in_the_readme_exists() -> None:
    named = set(re.findall(r"`(?:\.venv/bin/)?chipgauge ([a-z]+)", README))
    assert named <= set(main.list_commands(None))  # type: ignore[arg-type]
    assert {"show", "verify", "lint", "list"} <= named
