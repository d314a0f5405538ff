# SPDX-License-Identifier: Apache-2.0
"""The fixture `against`: how one way of doing a thing compares with another, measured in turns in the same run."""

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))  # the benchmarks share `cases`, the table its `chart`

Against = Callable[..., float | None]


@pytest.fixture
def against(benchmark: Any) -> Against:
    """`against(words, ours, theirs)` times both in turns and stores least(ours) / least(theirs) in `extra_info`.

    `share` divides their time (an other way that did only a part of the work). With benchmarks off, each runs once and
    nothing is timed.
    """

    def measure(
        words: str,
        ours: Callable[[], Any],
        theirs: Callable[[], Any],
        *,
        rounds: int = 15,
        share: float = 1.0,
        target: str = "",
    ) -> float | None:
        if not benchmark.enabled:
            ours()
            theirs()
            return None
        least = [float("inf"), float("inf")]
        for _ in range(rounds):
            for place, run in enumerate((ours, theirs)):
                start = perf_counter()
                run()
                least[place] = min(least[place], perf_counter() - start)
        ratio = least[0] / (least[1] / share)
        benchmark.extra_info.setdefault("ratios", []).append({"to": words, "ratio": ratio, "target": target})
        return ratio

    return measure
