# SPDX-License-Identifier: Apache-2.0
"""The JSON of an answer: envelope, Quantity, sources and leaves, as the interface freezes them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge
from chipgauge.calc.compare import METRICS
from chipgauge.calc.quantity import quantity
from chipgauge.reports.answer import Answer, leaves_json, quantity_json, record, sources
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import Figure, constant, largest, unknown
from chipgauge.specs.units import parse_unit

ITEMS = sorted(item.id for item in catalog().items.values() if item.kind in ("chip", "system"))
FIGURES = st.builds(quantity, st.sampled_from(METRICS), st.sampled_from(ITEMS))
FAST = settings(max_examples=200, deadline=None, derandomize=True)


def test_the_envelope_has_its_fields_in_order() -> None:
    subject = catalog().subject("H200")
    answer = Answer(
        "test", "So.", [], lambda: {"count": 1}, list, catalog(), {"items": ["H200"]}, [subject],
        [quantity("peak.bf16", "H200")], version=0,
    )  # fmt: skip
    envelope = answer.envelope()
    assert list(envelope) == ["schema", "version", "as_of", "inputs", "resolved", "count", "sources"]
    assert envelope["schema"] == "chipgauge.test/0"
    assert envelope["version"] == chipgauge.__version__
    assert envelope["as_of"] == catalog().as_of
    assert envelope["inputs"] == {"items": ["H200"]}
    assert envelope["resolved"] == [{"given": "H200", "id": "nvidia-h200-sxm", "others": list(subject.others)}]
    assert "NVIDIA H200 NVL 141 GB" in subject.others


@given(FIGURES)
@FAST
def test_every_quantity_has_the_fields_of_the_interface(figure: Figure) -> None:
    shown = quantity_json(figure)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    optional = {"condition", "winner"}
    if shown["value"] is None:
        assert (
            {"value", "state", "why", "missing"} <= shown.keys() <= {"value", "state", "why", "missing", "low", "unit"}
        )
        assert shown["state"] in ("absent", "unknown")
        assert shown["why"]
        assert (shown["missing"] != []) or shown["state"] == "absent"
    elif isinstance(shown["value"], (str, bool)):
        assert shown.keys() - optional == {"value", "status", "sources"}
    else:
        assert shown.keys() - optional == {"value", "unit", "low", "high", "interval", "status", "sources"}
        assert shown["interval"] == "bounds"
        assert shown["low"] <= shown["value"] <= shown["high"]
    if shown["value"] is not None:
        assert shown["status"] in ("stated", "derived", "estimated", "assumed")
        assert shown["sources"]
        assert set(shown["sources"]) <= sources(catalog(), [figure]).keys()


# INTERFACE.md, "Units in JSON are fixed per quantity"
@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("peak.bf16", "TFLOP/s"),
        ("peak.fp8", "TFLOP/s"),
        ("memory.capacity", "GB"),
        ("memory.bandwidth", "GB/s"),
        ("scale_up.bandwidth", "GB/s"),
        ("power.tdp", "W"),
        ("power.system", "W"),
        ("die.area", "mm^2"),
        ("tpp", "TPP"),
        ("aggregate.tpp", "TPP"),
        ("performance_density", "TPP/mm^2"),
        ("price", "USD"),
        ("h100e.tpp", "1"),
        ("transistors", "1"),
        ("chips", "1"),
    ],
)
def test_units_are_fixed_per_quantity(metric: str, unit: str) -> None:
    units = {shown["unit"] for item in ITEMS if "unit" in (shown := quantity_json(quantity(metric, item)))}
    assert units == {unit}


def test_values_are_those_of_the_data_sheets() -> None:
    # NVIDIA H200 data sheet: 4.8 TB/s, 141 GB, 700 W; "GH100 die size 814 mm2" (NVIDIA H100 whitepaper)
    shown = {name: quantity_json(quantity(name, "H200"))["value"] for name in ("memory.capacity", "memory.bandwidth")}
    assert shown == {"memory.capacity": 141, "memory.bandwidth": 4800}
    assert quantity_json(quantity("power.tdp", "H200"))["value"] == 700
    assert quantity_json(quantity("die.area", "H100"))["value"] == 814


def test_a_figure_without_a_number_says_why_and_what_is_missing() -> None:
    nothing = unknown("a/b", "b", "nobody says", unit=parse_unit("GB"))
    assert quantity_json(nothing) == {"value": None, "state": "unknown", "why": "nobody says", "missing": ["a/b"]}
    gone = replace(nothing, state="absent", missing=())
    assert quantity_json(gone) == {"value": None, "state": "absent", "why": "nobody says", "missing": []}
    part = largest([("a", constant(3e9, parse_unit("GB"))), ("b", nothing)])
    assert quantity_json(part) == {
        "value": None, "state": "unknown", "why": "nobody says", "missing": ["a/b"], "low": 3.0, "unit": "GB",
    }  # fmt: skip


def test_a_text_has_no_unit_and_a_condition_is_told() -> None:
    shown = quantity_json(quantity("memory.type", "H200"))
    assert shown["value"] == "HBM3e"  # NVIDIA H200 data sheet
    assert "unit" not in shown
    assert quantity_json(quantity("peak.bf16", "H200"))["condition"] == "dense"
    assert quantity_json(quantity("peak.bf16", "H200"), "my own")["condition"] == "my own"


def test_the_deciding_format_is_named() -> None:
    # 752 x 16 = 1,504 x 8: a tie of 16-bit and 8-bit on the 910C (15 CFR 774 Supp. 1, 3A090 Technical Note 2)
    assert quantity_json(quantity("tpp", "910C"))["winner"] == "bf16 = fp16 = int8"


def test_sources_are_records_alternatives_included() -> None:
    figure = quantity("peak.bf16", "910C")
    found = sources(catalog(), [figure])
    assert list(found) == sorted(found)
    publishers = {row["publisher"] for row in found.values()}
    assert {"SemiAnalysis", "Epoch AI"} <= publishers  # who say 780 and 800
    assert set(figure.all_sources()) < set(found)
    for row in found.values():
        assert {"publisher", "title", "url", "kind"} <= row.keys()
        assert all(isinstance(value, str) for value in row.values())
        assert row.keys() <= {"publisher", "title", "url", "kind", "date", "accessed", "licence"}


@given(FIGURES)
@FAST
def test_leaves_are_those_under_a_figure(figure: Figure) -> None:
    rows = leaves_json([figure])
    assert list(rows) == sorted(leaf.key for leaf in figure.leaves())
    for leaf in figure.leaves():
        row = rows[leaf.key]
        if leaf.value is None:
            assert row == {"value": None, "state": leaf.state}
        elif isinstance(leaf.value, (str, bool)):
            assert row == {"value": leaf.value}
        else:
            assert row.keys() == {"value", "unit", "low", "high"}
            assert row["value"] == pytest.approx(leaf.to(row["unit"]), rel=1e-12)
            assert row["low"] <= row["value"] <= row["high"]


@given(FIGURES)
@FAST
def test_a_record_is_flat_and_says_the_same(figure: Figure) -> None:
    row, shown = record(figure, item="x"), quantity_json(figure)
    names = ["item", "value", "unit", "low", "high", "status", "condition", "state", "sources"]
    assert list(row) == names
    assert row["sources"].split() == figure.all_sources()
    assert all(row[name] == shown.get(name) for name in names[1:-1])
    assert not any(isinstance(value, (list, dict)) for value in row.values())
