# SPDX-License-Identifier: Apache-2.0
"""The page's own calculator: which nodes move when an assumption moves, as data and as functions for its script.

A node is live if it stands on a leaf that may be moved or has a range, and if every step down to that leaf is a formula
or an operation that JavaScript can make with the same arithmetic. All else keeps the report's value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chipgauge.reports.javascript import callable_of
from chipgauge.reports.ledger import Ledger
from chipgauge.specs.figure import Figure


class Program(NamedTuple):
    """What the script needs: `data` for its JSON block, `functions` by name as JavaScript, the numbers of live nodes."""

    data: dict[str, Any]
    functions: dict[str, str]
    live: frozenset[int]


def program(ledger: Ledger, moved: Iterable[str] = ()) -> Program:
    """Return the live part of a ledger; `moved` are the keys of the leaves that a slider may move.

    Node numbers are those of the ledger. `nodes` are rows of number, function and inputs, inputs first; `leaves` have
    value and range; `base` holds the values of other inputs; `units` the factor and divisor to the printed unit, of
    which `unit` names one by its place, none where it is the first (the number itself).
    """
    keys = set(moved)
    functions: dict[str, str] = {}
    names: list[str] = []
    nodes: list[list[int]] = []
    leaves: dict[str, list[float]] = {}
    base: dict[str, float] = {}
    live: dict[int, Figure] = {}
    for figure in ledger.figures.values():
        if not _is_number(figure):
            continue
        number = ledger.number(figure)
        if figure.kind == "leaf":
            low, high = figure.leaf_range or (figure.number, figure.number)
            if figure.key in keys or low < high:
                live[number] = figure
                leaves[str(number)] = [figure.number, low, high] if low < high else [figure.number]
            continue
        inputs = [(ledger.number(one), one) for _, one in figure.inputs if not isinstance(one.value, (str, bool))]
        source = callable_of(figure.name)
        if not source or not any(n in live for n, _ in inputs) or not all(_is_number(one) for _, one in inputs):
            continue
        live[number] = figure
        if figure.name not in functions:
            functions[figure.name] = source
            names.append(figure.name)
        nodes.append([number, names.index(figure.name), *(n for n, _ in inputs)])
        base.update({str(n): one.number for n, one in inputs if n not in live})
    units: dict[tuple[int, int], int] = {(1, 1): 0} if live else {}
    printed = {n: units.setdefault((one.unit.denominator, one.unit.numerator), len(units)) for n, one in live.items()}
    data = {
        "names": names,
        "nodes": nodes,
        "leaves": leaves,
        "base": base,
        "units": [list(pair) for pair in units],
        "unit": {str(n): unit for n, unit in printed.items() if unit},
        "keys": {str(n): one.key for n, one in live.items() if one.key in keys},
    }
    return Program(data, functions, frozenset(live))


def script(source: str, functions: Mapping[str, str]) -> str:
    """Return the page's script with its formulas: the text between the tags, as the policy of the page hashes it."""
    rows = ",\n".join(f"{json.dumps(name)}: {body}" for name, body in functions.items())
    return source.replace("/*FORMULAS*/", rows)


def as_json(data: Mapping[str, Any]) -> str:
    """Return data as JSON that can stand in a script element: no `<` is left that could end it.

    >>> as_json({"a": "</script>"})
    '{"a":"\\\\u003c/script>"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = re.sub(r"(?<=[\[,:])(\d+)\.0(?=[\],}])", r"\1", text)  # the same number to a script
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _is_number(figure: Figure) -> bool:
    return figure.known and isinstance(figure.value, float)


__all__ = ["Program", "as_json", "program", "script"]
