# SPDX-License-Identifier: Apache-2.0
"""The default report in Chromium: until its content is there, and what a moved slider takes.

The times are the browser's own: the clock of these benchmarks goes forward by what it says, not by what asking takes.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chipgauge.reports.html import build, render

ROOT = Path(__file__).resolve().parent.parent
EMPTY = '<!doctype html><html lang="en"><title>Empty</title><p>Empty.</p></html>'
TABS = ("fresh", "again")
NAMES = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
Ask = Callable[[dict[str, Any]], Any]
_gone = [0.0]


def browser_clock() -> float:
    """Return the seconds that the browser has counted."""
    return _gone[0]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The default report and an empty page."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "report.html").write_text(render(build()), "utf-8")
    (folder / "empty.html").write_text(EMPTY, "utf-8")
    return str(folder / "report.html"), str(folder / "empty.html")


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """`ask(request)` puts a request to one browser, which stays open, and returns its answer."""
    node, chromium = shutil.which("node"), next(filter(None, map(shutil.which, filter(None, NAMES))), None)
    if not node or not chromium or not (ROOT / "node_modules/playwright-core").is_dir():
        pytest.skip("needs Node.js, Chromium and the packages of package.json (make node)")
    with subprocess.Popen(
        [node, str(ROOT / "benchmarks/page.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CHROMIUM": chromium},
    ) as process:
        assert process.stdin and process.stdout
        given, taken = process.stdin, process.stdout

        def put(request: dict[str, Any]) -> Any:
            given.write(json.dumps(request) + "\n")
            given.flush()
            return json.loads(taken.readline())

        yield put
        given.close()


@pytest.mark.benchmark(timer=browser_clock)
@pytest.mark.parametrize("tab", TABS)
def test_ready(benchmark: Any, ask: Ask, pages: tuple[str, str], tab: str) -> None:
    """Until the document is parsed and its script has run, four times slowed, in turns with an empty page."""
    least = [float("inf"), float("inf")]

    def run() -> None:
        for place, both in enumerate(ask({"ready": pages})):
            took = both[TABS.index(tab)] / 1000
            least[place] = min(least[place], took)
            if place == 0:
                _gone[0] += took

    benchmark.pedantic(run, rounds=8 if benchmark.enabled else 1)
    benchmark.extra_info["target"] = "< 0.5 s"
    benchmark.extra_info["ratios"] = [{"to": "an empty page", "ratio": least[0] / least[1], "target": ""}]


@pytest.mark.benchmark(timer=browser_clock)
def test_slider(benchmark: Any, ask: Ask, pages: tuple[str, str]) -> None:
    """Script, style, layout and paint of one update, each slider to both ends; without slowing."""
    report, _ = pages
    found: list[list[Any]] = ask({"sliders": report})
    updates = iter(found)

    def run() -> None:
        _gone[0] += next(updates)[2] / 1000

    benchmark.pedantic(run, rounds=len(found) if benchmark.enabled else 1)
    for place, words in ((1, "to layout"), (2, "with paint")):
        took = sorted(one[place] for one in found)
        spread = {"mean": sum(took) / len(took), "95%": took[int(0.95 * len(took))], "worst": took[-1]}
        benchmark.extra_info[f"{words} [ms]"] = {name: round(value, 1) for name, value in spread.items()}
    benchmark.extra_info["slowest"] = max(found, key=lambda one: one[2])[0]
    benchmark.extra_info["target"] = "< 16 ms"
