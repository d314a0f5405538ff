# SPDX-License-Identifier: Apache-2.0
"""The ratios of a run, kept to compare later runs with: python benchmarks/ratios.py IN.json STORED.json [--check [--part]]

A ratio holds both sides in one run of one process, so it survives another machine and most of another load; a time does
not. `--check` ends with 1 where a ratio has grown beyond the tolerance, or where a stored one was not measured although
its package is installed; `--part` says that benchmarks were deselected, so that only those that ran count.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TOLERANCE = 1.6
"""Times its stored value that a ratio may reach: repeated runs on a machine with other work differ by up to 1.4."""
MORE = {"test_start.py": 1.3, "plain loop": 2.0, "a loop over": 2.0, "a chip": 2.0}
"""Other tolerances: a start differs less, loops of Python against arrays differ more between processors."""


def ratios_of(run: dict[str, Any]) -> dict[str, float]:
    """Return the ratios of a run by benchmark and what they are to.

    >>> ratios_of({"benchmarks": [{"fullname": "a.py::b", "extra_info": {"ratios": [{"to": "c", "ratio": 1.25}]}}]})
    {'a.py::b | c': 1.25}
    """
    found = {
        f"{row['fullname'].removeprefix('benchmarks/')} | {one['to']}": one["ratio"]
        for row in run["benchmarks"]
        for one in row.get("extra_info", {}).get("ratios", [])
    }
    return {name: float(f"{found[name]:.3g}") for name in sorted(found)}


NEEDS = {"of_aiconfigurator": "aiconfigurator", "of_genz": "GenZ", "of_llm_analysis": "llm_analysis",
         "[numba": "numba", "[numexpr": "numexpr", "[polars": "polars"}  # fmt: skip
"""Modules without which a benchmark is skipped, by a part of its name (see `test_peers.py`, `test_compilers.py`)."""


def worse(stored: dict[str, float], now: dict[str, float]) -> list[str]:
    """Return a line for each ratio that has grown beyond its tolerance; those of one run only are not compared.

    >>> worse({"a": 1.0, "b": 1.0, "c": 2.0}, {"a": 1.5, "b": 1.7, "d": 9.0})
    ['b: 1.7, was 1 (at most 1.6 times that)']
    """
    lines: list[str] = []
    for name in sorted(stored.keys() & now.keys()):
        most = next((value for part, value in MORE.items() if part in name), TOLERANCE)
        if not now[name] <= stored[name] * most:  # what is not a number is worse too
            lines.append(f"{name}: {now[name]:.3g}, was {stored[name]:.3g} (at most {most:g} times that)")
    return lines


def vanished(stored: dict[str, float], now: dict[str, float]) -> list[str]:
    """Return a line for each stored ratio that was not measured although what it needs is installed.

    >>> vanished({"a": 1.0, "b": 1.0}, {"a": 1.5, "d": 9.0})
    ['b: stored, but not measured: renamed, removed or skipped? `make bench` stores what there is']
    """
    return [
        f"{name}: stored, but not measured: renamed, removed or skipped? `make bench` stores what there is"
        for name in sorted(stored.keys() - now.keys())
        if not any(part in name and find_spec(module) is None for part, module in NEEDS.items())
    ]


def main(source: str, target: str, *options: str) -> int:
    """Write the ratios of a run, or compare them with the stored ones."""
    now = ratios_of(json.loads(Path(source).read_text(encoding="utf-8")))
    if "--check" not in options:
        Path(target).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return 0
    stored = json.loads(Path(target).read_text(encoding="utf-8"))
    both = len(stored.keys() & now.keys())
    lines = worse(stored, now) + ([] if "--part" in options else vanished(stored, now))
    if not both:
        lines.append("no stored ratio was measured")
    left = (
        f"; {len(stored) - both} not measured (deselected, or their package is missing)" if both < len(stored) else ""
    )
    print("\n".join(lines) or f"{both} ratios are within their tolerance{left}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
