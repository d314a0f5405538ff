# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of tables, judged by `jsonschema` (draft 7): fresh, true to our files and to the reader."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.cli import main
from chipgauge.specs.index import data_folder
from chipgauge.specs.item_tables import ALLOWED, ENTRY_FIELDS, read_item
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.records import Source
from chipgauge.specs.schema import schema, text
from chipgauge.specs.shipped import shipped_text

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))
LAW = settings(derandomize=True, deadline=None, max_examples=300, database=None)
CHECK = jsonschema.Draft7Validator(schema())

BEYOND = {
    "agrees-alone", "alias-taken", "bad-date", "bits-or-bytes", "chips-of-itself", "conflict-alone", "conflict-in-yuan",
    "die-as-package", "hertz", "name-taken", "no-role", "none-adopted", "press-conflict", "price-in-watts",
    "range-downwards", "sparse-matrix", "two-adopted", "unknown-die", "unknown-source", "unknown-via", "wrong-dimension",
}  # fmt: skip
"""Files that are wrong in a way that no schema can see: units, the calendar, other entries, other files."""


def problems(raw: object) -> list[str]:
    """What the schema finds; dates that TOML read as dates are texts to an editor."""
    plain = json.loads(json.dumps(raw, default=str))
    return [f"{list(error.path)}: {error.message[:200]}" for error in CHECK.iter_errors(plain)]


def test_the_committed_schema_is_fresh_and_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    assert shipped_text("schema/item.schema.json") == text()  # make docs
    assert CliRunner().invoke(main, ["lint", "--schema"]).stdout == text()


@pytest.mark.parametrize("kind", ["chips", "systems", "clusters", "models"])
def test_every_shipped_file_is_valid(kind: str) -> None:
    files = sorted((data_folder() / kind).glob("*.toml"))
    assert len(files) >= 5
    assert {path.name: found for path in files if (found := problems(tomllib.loads(path.read_text("utf-8"))))} == {}


@pytest.mark.parametrize("path", BAD, ids=[path.stem for path in BAD])
def test_every_bad_file_with_an_error_of_structure_is_refused(path: Path) -> None:
    if path.stem == "sources":
        return
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError:
        assert path.stem in ("not-toml", "duplicate-key")
        return
    assert bool(problems(raw)) != (path.stem in BEYOND)


def test_what_no_schema_sees_is_a_file_that_is_there() -> None:
    assert {path.stem for path in BAD} >= BEYOND


def entry(**fields: Any) -> dict[str, Any]:
    return {
        "id": "a-b",
        "name": "A",
        "maker": "a",
        "figures": [{"quantity": "tpp", "value": "1 TPP", "source": "s"} | fields],
    }


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ({}, True),
        ({"value": "1,979 TFLOP/s", "quantity": "peak.fp8", "sparsity": "2:4"}, True),
        ({"value": "1,979 TFLOP/s", "quantity": "peak.fp8"}, False),
        ({"value": "10 to 12 TPP"}, True),
        ({"value": "12"}, False),
        ({"value": ""}, False),
        ({"value": "80e9", "quantity": "transistors"}, True),
        ({"value": True, "quantity": "datacentre"}, True),
        ({"value": True}, False),
        ({"value": "2024-Q3", "quantity": "released"}, True),
        ({"value": "Q3 2024", "quantity": "released"}, False),
        ({"value": "25 USD", "quantity": "price", "date": "2024", "market": "us", "basis": "chip"}, True),
        ({"value": "25 USD", "quantity": "price", "date": "undated", "market": "us", "basis": "chip"}, True),
        ({"value": "25 USD", "quantity": "price", "date": "soon", "market": "us", "basis": "chip"}, False),
        ({"value": "8", "quantity": "chips", "of": "a-c"}, True),
        ({"value": "8", "quantity": "chips"}, False),
        ({"status": "assumed"}, False),
        ({"status": "assumed", "why": "because"}, True),
        ({"absent": True}, False),
        ({"colour": "red"}, False),
    ],
)  # fmt: skip
def test_what_an_editor_says_of_an_entry(fields: dict[str, Any], valid: bool) -> None:
    assert bool(problems(entry(**fields))) != valid


VALUES = st.sampled_from(
    [
        "1",
        "1 TPP",
        "2 TB/s",
        "3 GB",
        "4 W",
        "5 USD",
        "yes",
        "2024-01",
        "HBM3",
        "shipping",
        "0.5 to 1 TPP",
        "",
        "-1 W",
        "6%",
    ]
)
FIELD = {
    "quantity": st.sampled_from(sorted(QUANTITIES)),
    "value": VALUES | st.booleans(),
    "source": st.sampled_from(["s", "t", ""]),
    "via": st.just("s"),
    "date": st.sampled_from(["2024", "2024-02-29", "2023-02-29", "undated", "soon"]),
    "case": st.sampled_from(["8 chips", "", "-", "B"]),
    "of": st.sampled_from(["a-b", "x"]),
    "absent": st.just(True),
    **{field: st.sampled_from([*words, "other"]) for field, words in ALLOWED.items()},
}
ENTRIES = st.fixed_dictionaries(
    {"quantity": FIELD["quantity"], "source": FIELD["source"]},
    optional={name: FIELD.get(name, st.sampled_from(["words", ""])) for name in ENTRY_FIELDS[1:] if name != "source"},
)


@LAW
@given(ENTRIES, st.sampled_from(["chip", "system", "model"]))
def test_whatever_the_reader_takes_the_schema_takes(fields: dict[str, Any], kind: str) -> None:
    raw = entry() | {"figures": [fields]}
    head = "\n".join(f"{name} = {json.dumps(raw[name])}" for name in ("id", "name", "maker"))
    table = head + "\n[[figures]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in fields.items())
    sources = {name: Source(name, "P", "T", "", "vendor") for name in ("s", "t")}
    _, entries, wrong = read_item(table, "x.toml", kind, sources)
    if not wrong:
        assert len(entries) == 1 and problems(raw) == []


@pytest.mark.parametrize("name", sorted(QUANTITIES))
def test_a_right_entry_of_every_quantity_is_taken_by_both(name: str) -> None:
    row = QUANTITIES[name]
    value = {"number": f"1 {row.unit}".removesuffix(" 1"), "text": "x", "date": "2024", "yes_no": "yes"}[row.kind]
    value = "announced" if name == "lifecycle" else value  # the one text with words of its own
    fields: dict[str, Any] = {
        "quantity": name,
        "value": value,
        "source": "s",
        "date": "2024",
        "market": "us",
        "basis": "chip",
    }
    fields |= {"sparsity": "dense", "direction": "each", "of": "a-c", "rate": "8bit", "counts": "both"}
    assert problems(entry() | {"figures": [fields]}) == []
    table = 'id = "a-b"\nname = "A"\nmaker = "a"\n[[figures]]\n' + "".join(f'{k} = "{v}"\n' for k, v in fields.items())
    kind = "model" if row.of_models else "chip"
    assert read_item(table, "x.toml", kind, {"s": Source("s", "P", "T", "", "vendor")})[2] == []
