# SPDX-License-Identifier: Apache-2.0
"""Turn the JSON of pytest-benchmark into a short Markdown table: python benchmarks/table.py IN.json OUT.md"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def seconds(value: float) -> str:
    """Print a time in the prefix in which it is read.

    >>> seconds(0.0712), seconds(2.5e-6), seconds(1.5)
    ('71.2 ms', '2.50 us', '1.50 s')
    """
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= factor:
            return f"{value / factor:#.3g} {unit}".replace(". ", " ")
    return f"{value / 1e-9:#.3g} ns".replace(". ", " ")


def ratios(row: dict[str, Any]) -> str:
    """Print what a benchmark took as a multiple of the other ways, with the target where there is one.

    >>> ratios({"extra_info": {"ratios": [{"to": "NumPy by hand", "ratio": 1.04, "target": "<= 1.3"}]}})
    '1.04 x NumPy by hand (target <= 1.3)'
    >>> ratios({})
    ''
    """
    found = row.get("extra_info", {}).get("ratios", [])
    return "; ".join(
        f"{one['ratio']:,.{2 if one['ratio'] < 100 else 0}f} x {one['to']}"
        + (f" (target {one['target']})" if one["target"] else "")
        for one in found
    )


def table(run: dict[str, Any]) -> str:
    """Return the table of one run, with the machine it ran on, in the order of the names."""
    machine = run["machine_info"]
    cpu = machine.get("cpu", {}).get("brand_raw") or machine.get("processor") or "unknown processor"
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make bench` on {cpu}, Python {machine['python_version']}. Times of other machines do not compare.",
        "",
        "What each stands for, and how to read the ratios: [benchmarks/README.md](../README.md).",
        "",
        "| benchmark | median | least | rounds | took |",
        "|---|---:|---:|---:|---|",
    ]
    for row in sorted(run["benchmarks"], key=lambda row: str(row["fullname"])):
        name = row["fullname"].removeprefix("benchmarks/")
        stats = row["stats"]
        times = f"{seconds(stats['median'])} | {seconds(stats['min'])} | {stats['rounds']}"
        lines.append(f"| {name} | {times} | {ratios(row)} |")
    return "\n".join(lines) + "\n"


def main(source: str, target: str) -> None:
    text = table(json.loads(Path(source).read_text(encoding="utf-8")))
    part = Path(target + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, target)
    print(f"The table is {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
