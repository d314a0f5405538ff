# SPDX-License-Identifier: Apache-2.0
"""Checks that need a tool from outside Python: skipped with one line, or failed where CHIPGAUGE_REQUIRE names the tool.

Use the fixture `node` or `chromium` (the path of the program), the mark `requires_node` or `requires_chromium`,
or `needs("node")` inside a test.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("node", "chromium", "java")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NODE_PACKAGES = {"chromium": ("playwright-core", "axe-core"), "java": ("vnu-jar",)}


def lacking(tool: str) -> str:
    """Return what is missing for `tool`, as the end of the sentence 'needs ...'; empty if nothing is."""
    if tool in ("node", "chromium") and not shutil.which("node"):
        return "Node.js 18 or newer"
    if tool == "chromium" and not _program("chromium"):
        return "Chromium (set CHROMIUM to its path if it has an unusual name)"
    if tool == "java" and not shutil.which("java"):
        return "Java 17 or newer"
    if any(not (ROOT / "node_modules" / name).is_dir() for name in NODE_PACKAGES.get(tool, ())):
        return "the packages of package.json (make node)"
    return ""


def _program(tool: str) -> str:
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES) if tool == "chromium" else (tool,)
    return next((path for path in map(shutil.which, filter(None, names)) if path), "")


def _needs(tool: str) -> str:
    if tool not in TOOLS:
        raise ValueError(f"no such tool: {tool!r}; there are {', '.join(TOOLS)}")
    missing = lacking(tool)
    if missing:
        required = tool in os.environ.get("CHIPGAUGE_REQUIRE", "").replace(" ", "").split(",")
        if required:
            pytest.fail(f"needs {missing}, and CHIPGAUGE_REQUIRE names {tool}", pytrace=False)
        pytest.skip(f"needs {missing}")
    return _program(tool)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for tool in TOOLS:
        if item.get_closest_marker(f"requires_{tool}"):
            _needs(tool)


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """`needs(tool)` returns the path of the program, or skips (or fails) the test that calls it."""
    return _needs


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node.js."""
    return _needs("node")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; Node.js, playwright-core and axe-core are there too."""
    return _needs("chromium")


@pytest.fixture(scope="session")
def claim_head() -> str:
    """A claim of a stranger's file up to its last expression, which the test writes."""
    return """id = "x"
says = "x"
by = "x"
date = "2025"
evidence = "first-hand"
source = "epoch-ml-hardware"
[[readings]]
id = "r"
says = "r"
at_least = "1"
expression = """
