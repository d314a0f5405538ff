# SPDX-License-Identifier: Apache-2.0
"""Turn the JSON of pytest-benchmark into a short Markdown table: python benchmarks/table.py IN.json OUT.md"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from chart import chart

RATES = ("evaluations a second", "rows a second")


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
    >>> ratios({"extra_info": {"ratios": [{"to": "a loop", "ratio": 0.004, "target": ""}], "rows a second": 5e7}})
    '1/250 of a loop; 50 million rows a second'
    >>> ratios({})
    ''
    """
    extra = row.get("extra_info", {})
    said = [
        f"{one['ratio']:,.{2 if 0.1 < one['ratio'] < 100 else 0}f} x {one['to']}"
        if one["ratio"] > 0.1
        else f"1/{1 / one['ratio']:,.0f} of {one['to']}"
        for one in extra.get("ratios", [])
    ]
    for place, one in enumerate(extra.get("ratios", [])):
        said[place] += f" (target {one['target']})" if one["target"] else ""
    said += [f"{extra[name] / 1e6:,.3g} million {name}" for name in RATES if name in extra]
    said += [f"target {extra['target']}"] if extra.get("target") else []
    return "; ".join(said)


def scaling(run: dict[str, Any]) -> str:
    """Return the table of the scaling curves: rows a second and memory by the number of rows and workers."""
    found = [row["extra_info"]["scaling"] for row in run["benchmarks"] if "scaling" in row.get("extra_info", {})]
    lines = ["", "## Scaling", "", "| rows | workers | seconds | million rows a second | MB of the process |"]
    lines.append("|---:|---:|---:|---:|---:|")
    for one in sorted(found, key=lambda one: (one["workers"], one["rows"])):
        rate = one["rows"] / one["seconds"] / 1e6
        lines.append(f"| {one['rows']:,.0f} | {one['workers']} | {one['seconds']:.3g} | {rate:.3g} | {one['MB']:.0f} |")
    return "\n".join([*lines, "", "![Rows a second by the number of rows](scaling.svg)"]) + "\n" if found else ""


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
    return "\n".join(lines) + "\n" + scaling(run)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
    print(f"wrote {path}")


def main(source: str, target: str) -> None:
    run = json.loads(Path(source).read_text(encoding="utf-8"))
    write(Path(target), table(run))
    if points := [row["extra_info"]["scaling"] for row in run["benchmarks"] if "scaling" in row.get("extra_info", {})]:
        write(Path(target).with_name("scaling.svg"), chart(points))


if __name__ == "__main__":
    main(*sys.argv[1:])
