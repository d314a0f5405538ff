# SPDX-License-Identifier: Apache-2.0
"""Add the benchmarks of another environment to those of this one: python benchmarks/merge.py RUN.json OTHER.json"""

import json
import sys
from pathlib import Path
from typing import Any


def merged(run: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a run with the rows of another one that it lacks: those it left out for want of a package.

    >>> merged({"benchmarks": [{"fullname": "a", "x": 1}]}, {"benchmarks": [{"fullname": "a"}, {"fullname": "b"}]})
    {'benchmarks': [{'fullname': 'a', 'x': 1}, {'fullname': 'b'}]}
    """
    have = {row["fullname"] for row in run["benchmarks"]}
    return {
        **run,
        "benchmarks": run["benchmarks"] + [row for row in other["benchmarks"] if row["fullname"] not in have],
    }


def main(target: str, source: str) -> None:
    run, other = (json.loads(Path(path).read_text(encoding="utf-8")) for path in (target, source))
    Path(target).write_text(json.dumps(merged(run, other), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
