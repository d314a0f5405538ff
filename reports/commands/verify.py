# SPDX-License-Identifier: Apache-2.0
"""`chipgauge verify`: does a saved result still hold?"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from chipgauge.calc.compare import compare
from chipgauge.calc.equivalent import equivalent
from chipgauge.calc.expression import evaluate
from chipgauge.calc.graph import changed_leaves
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.commands import check as check_command
from chipgauge.reports.commands import compare as compare_command
from chipgauge.reports.commands import equivalent as equivalent_command
from chipgauge.reports.commands import explain as explain_command
from chipgauge.reports.commands import show as show_command
from chipgauge.reports.options import (
    answer_with,
    catalog_options,
    check_date,
    inputs,
    make_catalog,
    output_options,
)
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.custom import bare
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.guards import is_list, is_table

MOST_BYTES = 20_000_000
MOST_DIGITS = 30
READABLE = {f"chipgauge.{name}/1": name for name in ("compare", "explain", "show", "equivalent", "check")}


class SavedFileError(ChipgaugeError, ValueError):
    """The file is not a result that chipgauge wrote."""


@click.command("verify", short_help="Does a saved result still hold?", epilog="Example: chipgauge verify saved.json")
@click.argument("file")
@catalog_options
@output_options
def command(file: str, folder: str | None, form: str) -> None:
    """Compute the result saved in FILE (from --json) again, and say which figure has changed since."""
    saved = read_saved(Path(file))
    catalog = make_catalog(folder or str(saved["inputs"].get("catalog", "")))
    again = recompute(saved, catalog)
    changed = changes(saved, again)
    rows = [[row["key"], _shown(row["was"]), _shown(row["now"])] for row in changed]
    same = not changed
    finding = f"{file} still holds." if same else f"{file} no longer holds: {text.counted(len(changed), 'change')}."
    answer = Answer(
        "verify", finding, [Table("", ["figure", "was", "is now"], rows)], lambda: {"same": same, "changed": changed}, lambda: changed,
        catalog, inputs(file=file, catalog=folder), exit_code=0 if same else 1, version=0,
    )  # fmt: skip
    answer_with(answer, form)


def read_saved(path: Path) -> dict[str, Any]:
    """Return a saved envelope, or say what is wrong with the file."""
    if path.is_dir():
        raise SavedFileError(f"{path} is a directory; name a file that was written with --json")
    if path.exists() and not path.is_file():
        raise SavedFileError(f"{path} is a device or a pipe; name a file that was written with --json")
    if path.stat().st_size > MOST_BYTES:
        raise SavedFileError(f"{path} has {path.stat().st_size:,} bytes; a saved result has at most {MOST_BYTES:,}")
    try:
        text_of = path.read_text("utf-8")
        saved: Any = json.loads(text_of, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
    except UnicodeDecodeError:
        raise SavedFileError(f"{path} is not UTF-8 text; name a file that was written with --json") from None
    except json.JSONDecodeError as error:
        raise SavedFileError(
            f"{path}:{error.lineno}: not JSON: {error.msg}; write one with --json > {path.name}"
        ) from None
    except OverflowError as error:
        raise SavedFileError(f"{path} is not a saved result: {error}") from None
    except RecursionError:
        raise SavedFileError(f"{path} is nested too deeply for a saved result") from None
    schema = str(saved.get("schema")) if is_table(saved) else ""
    if not is_table(saved) or schema not in READABLE or not is_table(saved.get("inputs")):
        found = f" (its schema is {schema[:40]!r})" if schema else ""
        raise SavedFileError(
            f"{path} is not a saved result of {', '.join(READABLE.values())}{found}; write one with --json"
        )
    return {**saved, "command": READABLE[schema]}


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise OverflowError(f"{number[:MOST_DIGITS]} is not a number that a result can hold")
    return value


def _whole(number: str) -> int:
    if len(number) > MOST_DIGITS:
        raise OverflowError(f"{number[:MOST_DIGITS]}... has {len(number):,} digits")
    return int(number)


def recompute(saved: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Return the envelope of the same question on the tables of today.

    Raises
    ------
    SavedFileError
        The inputs of the file are not those of its command.
    """
    asked: dict[str, Any] = dict(saved["inputs"])
    for name in ("items", "metric", "set", "term", "build_term", "correlate"):
        if name in asked and not (
            is_list(asked[name]) and asked[name] and all(isinstance(x, str) for x in asked[name])
        ):
            raise SavedFileError(f"the inputs of the saved result are damaged: {name} is a list of texts")
    try:
        named, _ = bare(asked.get("set", ()))
        prefer, projected = str(asked.get("prefer", "")), asked.get("projected") is True
        view = catalog.adjusted(prefer=prefer, given=named, projected=projected)
        on = check_date(str(asked.get("on", "")))
        if saved["command"] == "explain":
            figure = evaluate(str(asked["expression"]), catalog=view, on=on)
            return explain_command.answer(asked["expression"], figure, view, asked).envelope()
        if saved["command"] == "show":
            subject = view.subject(str(asked["item"]))
            figures = show_command.figures_of(subject, view, on, tuple(asked.get("metric", ())))
            return show_command.answer(subject, figures, view, asked).envelope()
        if saved["command"] == "equivalent":
            ask, payers = equivalent_command.ask_of(asked), asked.get("payers") is True
            result = equivalent(str(asked["of"]), str(asked["in"]), by=str(asked["by"]), catalog=view, on=on, ask=ask)
            return equivalent_command.answer(result, view, asked, payers=payers, ask=ask).envelope()
        if saved["command"] == "check":
            return check_command.again(asked, view).envelope()
        items = asked["items"]
        compared = compare(
            *items, baseline=str(asked.get("baseline", "")), metrics=tuple(asked.get("metric", ())),
            per=str(asked.get("per", "")), catalog=view, on=on,
        )  # fmt: skip
        return compare_command.answer(compared, view, asked).envelope()
    except KeyError as error:
        raise SavedFileError(f"the inputs of the saved result are incomplete: {error} is missing") from None


def changes(saved: Mapping[str, Any], again: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs: leaves first; where no leaf differs, the results."""
    was, now = _leaves(saved), _leaves(again)
    rows = changed_leaves(was, now)
    named = [(key, _ids(saved.get(key)), _ids(again.get(key))) for key in ("resolved", "sources")]
    rows += [{"key": key, "was": {"value": a}, "now": {"value": b}} for key, a, b in named if a != b]
    if rows:
        return rows
    old, new = dict(_numbers(saved)), dict(_numbers(again))
    return [
        {"key": key, "was": {"value": old.get(key)}, "now": {"value": new.get(key)}}
        for key in sorted({*old, *new})
        if not _close(old.get(key), new.get(key))
    ]


def _ids(value: Any) -> str:
    """Return the ids of the resolved names, or of the sources, as one text."""
    if is_table(value):
        return " ".join(sorted(value))
    rows = value if is_list(value) else []
    return " ".join(str(row.get("id", "")) if is_table(row) else "?" for row in rows)


def _leaves(envelope: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("leaves", "figures"):
        leaves = envelope.get(name)
        if is_table(leaves):
            return leaves
    nodes = envelope.get("nodes")
    if not is_table(nodes):
        return {}
    return {key: node for key, node in nodes.items() if is_table(node) and node.get("kind") == "leaf"}


SKIPPED = {"inputs", "sources", "leaves", "resolved", "version", "as_of", "schema", "command"}


def _numbers(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return every plain value in a result with its path, the envelope's own fields left out."""
    found: list[tuple[str, Any]] = []
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        here, node = stack.pop()
        if is_table(node):
            stack += [(f"{here}.{k}", v) for k, v in node.items() if here or k not in SKIPPED]
        elif is_list(node):
            stack += [(f"{here}[{i}]", v) for i, v in enumerate(node)]
        else:
            found.append((here.lstrip("."), node))
    return found


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-12)
    return bool(a == b)


def _shown(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not there"
    value, low, high = row.get("value"), row.get("low"), row.get("high")
    if isinstance(value, float):
        wide = (
            f" ({text.number(low)} to {text.number(high)})"
            if isinstance(low, float) and isinstance(high, float) and low != high
            else ""
        )
        return f"{text.number(value, 6)} {row.get('unit', '')}".removesuffix(" 1").strip() + wide
    return str(value if value is not None else row.get("state", "unknown"))[:80]
