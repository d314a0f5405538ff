# SPDX-License-Identifier: Apache-2.0
"""A JSON Schema of contributed tables, for editors: made from the same lists that the reader checks with.

One is for chips, systems, clusters and models, one for cost parameters and growth rates. What they refuse the reader
refuses too; the reader refuses more. `python -m chipgauge.specs.schema [item|parameter]` prints one; the committed copies
are `data/schema/*.schema.json`. They know fields, names, allowed words and what goes with what; sources, units and clashes
of names need `chipgauge lint`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from chipgauge.specs.item_tables import ALLOWED, CLUSTER_FIELDS, ENTRY_FIELDS, ITEM_FIELDS, ITEM_KINDS, PARAMETER_FIELDS
from chipgauge.specs.quantities import LIFECYCLES, QUANTITIES, Quantity
from chipgauge.specs.tables import DATES, ID, MOST_TEXT

_DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-9]{2})?|-Q[1-4]|-H[12])?$"
_NUMBER = r"[0-9][0-9,]*(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_PLAIN = rf"^\s*\+?{_NUMBER}(\s*(to|-|–)\s*{_NUMBER})?"
_WORDS: dict[str, str] = {
    "id": "maker-model[-form][-memory] in a-z, 0-9 and hyphens; also the file's name",
    "kind": "what it is, where the folder does not say it",
    "name": "the full name, as the maker writes it",
    "maker": "the maker's name in a-z, 0-9 and hyphens",
    "operator": "who runs the cluster",
    "country": "two letters of ISO 3166",
    "aliases": "other names; case is ignored, and no alias may stand in two files",
    "same_die": "the id of a chip of the same silicon",
    "figures": "one entry for each statement of one source",
    "quantity": "what is stated; chipgauge list quantities",
    "value": "what the source prints, with its unit",
    "source": "the id of a record in sources.toml",
    "via": "the id of the source through which it was read, if not in the original",
    "at": "page, table or row; only if the document itself was open while typing",
    "role": "how it stands to the other entries of this figure; exactly one is adopted",
    "status": "stated by the source, estimated by somebody, or assumed with the reasoning in why",
    "why": "one sentence: why adopted, why it differs, how it was estimated",
    "note": "what a reader should know besides",
    "sparsity": "as printed: 1,979 TFLOP/s with sparsity stays 1,979 with 2:4",
    "direction": "as printed: 900 GB/s both ways stays 900 with both",
    "scope": "the package, one die of it, or the whole system",
    "engines": "all units, the matrix units alone or the vector units alone",
    "case": "any other condition, in a few words",
    "date": f"of when it is: {DATES}",
    "market": "where a price was paid",
    "basis": "what a price is of",
    "absent": "true: the part does not have it, and the source says so",
    "of": "the id of the chip that is counted",
    "rate": "the rate by which H100-equivalents are counted",
    "counts": "whether embeddings count as active parameters",
}


PARAMETERS = ("cost", "growth")
SCHEMAS = ("item", "parameter")
"""The schemas by name: of things, and of what a calculation of cost or a lag assumes."""


def schema(name: str = "item") -> dict[str, Any]:
    """Return a schema (draft 7, which editors know): of a chip, system, cluster or model, or of a parameter.

    >>> schema("parameter")["properties"]["kind"]["enum"]
    ['cost', 'growth']
    """
    heads: list[str] = (
        list(dict.fromkeys((*ITEM_FIELDS, *CLUSTER_FIELDS))) if name == "item" else list(PARAMETER_FIELDS)
    )
    made = _made(heads, "a chip, system, cluster or model" if name == "item" else "a cost parameter or growth rate")
    if name == "item":
        return made
    del made["anyOf"]  # a parameter has neither maker nor operator
    made["properties"]["kind"] = {"enum": list(PARAMETERS), "description": _WORDS["kind"]}
    return made


def _made(heads: list[str], title: str) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"chipgauge: {title}",
        "description": "Made by `make docs` from the lists that the reader of the tables checks with.",
        "type": "object",
        "properties": {name: _head(name) for name in heads},
        "required": ["id", "name"],
        "anyOf": [{"required": ["maker"]}, {"required": ["operator", "country"]}],
        "additionalProperties": False,
        "definitions": {"entry": _entry()},
    }


def _head(name: str) -> dict[str, Any]:
    words = {"description": _WORDS[name]}
    special: dict[str, dict[str, Any]] = {
        "id": {"type": "string", "pattern": f"^{ID.pattern}$", "maxLength": 200},
        "kind": {"enum": sorted(set(ITEM_KINDS.values()) - set(PARAMETERS))},
        "aliases": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"[^\s_-]"},
        },
        "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "figures": {"type": "array", "items": {"$ref": "#/definitions/entry"}},
    }
    return special.get(name, {"type": "string", "pattern": r"\S", "maxLength": 200}) | words


def _entry() -> dict[str, Any]:
    fields = {name: _field(name) for name in ENTRY_FIELDS}
    kinds: dict[str, list[str]] = {}
    for row in QUANTITIES.values():
        kinds.setdefault(_value_pattern(row), []).append(row.name)
    values = [_when(names, {"properties": {"value": json.loads(pattern)}}) for pattern, names in sorted(kinds.items())]
    return {
        "type": "object",
        "properties": fields,
        "required": ["quantity", "source"],
        "oneOf": [{"required": ["value"]}, {"required": ["absent"]}],
        "additionalProperties": False,
        "allOf": [*values, *_conditions(), *_reasons()],
    }


def _field(name: str) -> dict[str, Any]:
    words = {"description": _WORDS[name]}
    if name == "quantity":
        return {"enum": list(QUANTITIES)} | words
    if name in ALLOWED:
        return {"enum": list(ALLOWED[name])} | words
    if name == "absent":
        return {"const": True} | words
    if name == "value":
        return {"type": ["string", "boolean"], "maxLength": MOST_TEXT} | words
    if name == "date":
        return {"type": "string", "pattern": _DATE.replace("^", "^(undated|").replace("$", ")$")} | words
    if name == "case":
        return {"type": "string", "pattern": "[A-Za-z0-9]", "maxLength": MOST_TEXT} | words
    least = 1 if name in ("source", "via", "of") else 0
    return {"type": "string", "minLength": least, "maxLength": MOST_TEXT} | words


def _value_pattern(row: Quantity) -> str:
    """Return what the value of a quantity looks like, as JSON: so quantities alike stand together."""
    if row.kind == "yes_no":
        return json.dumps({"enum": [True, False, "yes", "no"]})
    if row.kind == "date":
        return json.dumps({"type": "string", "pattern": _DATE})
    if row.name == "lifecycle":
        return json.dumps({"enum": list(LIFECYCLES)})
    if row.kind == "text":
        return json.dumps({"type": "string", "pattern": r"\S"})
    unit = "" if row.unit == "1" else r"\s*(1\s*/)?\s*[A-Za-zµ%$¥€元]"
    return json.dumps({"type": "string", "pattern": _PLAIN + unit})


def _when(names: list[str], then: dict[str, Any]) -> dict[str, Any]:
    test = {"enum": names} if len(names) > 1 else {"const": names[0]}
    return {"if": {"properties": {"quantity": test}, "required": ["quantity"]}, "then": then}


def _conditions() -> list[dict[str, Any]]:
    """Return which fields a quantity needs: sparsity, direction, date, market, basis."""
    rows = list(QUANTITIES.values())
    made: list[dict[str, Any]] = []
    for field in ("sparsity", "direction"):
        names = [row.name for row in rows if row.conditions and row.conditions[0][0] == field]
        made.append(_when(names, {"anyOf": [{"required": [field]}, {"required": ["absent"]}]}))
    full = [row.name for row in rows if row.prices and row.name != "bill_of_materials"]
    made.append(_when(full, {"required": ["date", "market", "basis"]}))
    made.append(_when([row.name for row in rows if row.by_date], {"required": ["date"]}))
    made.append(_when(["chips"], {"anyOf": [{"required": ["of"]}, {"required": ["date"]}]}))  # dated: of a cluster
    made.append(_when(["h100e.published"], {"required": ["rate"]}))
    made.append(_when(["parameters.active"], {"required": ["counts"]}))
    return made


def _reasons() -> list[dict[str, Any]]:
    """Return where an entry says why: where it differs, and where it is not simply stated."""
    return [
        {"if": {"properties": {field: {"enum": words}}, "required": [field]}, "then": {"required": ["why"]}}
        for field, words in (("role", ["conflict", "shown"]), ("status", ["estimated", "assumed"]))
    ]


def text(name: str = "item") -> str:
    """Return a schema as it is committed."""
    return json.dumps(schema(name), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text(*sys.argv[1:2]))
