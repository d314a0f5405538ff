# SPDX-License-Identifier: Apache-2.0
"""The tables as pandas: one row an entry, in the unit in which the quantity is printed."""

import math

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.frame import COLUMNS, entries_frame
from chipgauge.specs.quantities import QUANTITIES
from chipgauge.specs.units import parse_value

CHIPS = catalog().frame("chips")
SYSTEMS = catalog().frame("systems")
ROWS = pandas.concat([CHIPS, SYSTEMS], ignore_index=True)


@pytest.mark.parametrize(("kind", "frame"), [("chips", CHIPS), ("systems", SYSTEMS)])
def test_a_row_is_an_entry(kind: str, frame: pandas.DataFrame) -> None:
    items = [item for item in catalog().items.values() if item.kind == kind.removesuffix("s")]
    entries = [entry for item in items for group in catalog().entries(item.id).values() for entry in group]
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == len(entries)
    assert sorted(frame["text"]) == sorted(entry.text for entry in entries)
    assert set(frame["item"]) == {item.id for item in items}
    assert frame.attrs["as_of"] == catalog().as_of


def test_every_row_has_a_source_of_the_tables() -> None:
    assert set(ROWS["source"]) <= set(catalog().source_ids())
    assert set(ROWS["role"]) <= {"adopted", "agrees", "conflict", "shown"}


def test_values_as_the_data_sheet_prints_them() -> None:
    row = CHIPS.query("item == 'nvidia-h200-sxm' and quantity == 'memory.bandwidth' and role == 'adopted'").iloc[0]
    assert (row["value"], row["unit"]) == (4800.0, "GB/s")  # NVIDIA H200 data sheet: 4.8 TB/s


def test_what_is_no_number_is_nan_and_keeps_its_words() -> None:
    memory = CHIPS.query("item == 'nvidia-h200-sxm' and quantity == 'memory.type'").iloc[0]
    assert math.isnan(memory["value"]) and memory["text"] == "HBM3e"
    gone = CHIPS.query("item == 'huawei-ascend-910c' and quantity == 'peak.fp8'").iloc[0]
    assert math.isnan(gone["value"]) and gone["text"] == "absent"


def test_a_price_stays_in_its_currency() -> None:
    prices = ROWS[ROWS["quantity"].str.startswith("price")]
    assert set(prices["unit"]) <= {"USD", "CNY", "EUR", "USD/h", "CNY/h"}
    assert {"USD", "CNY"} <= set(prices["unit"])


@given(st.integers(0, len(ROWS) - 1))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_value_is_the_text_in_the_unit(number: int) -> None:
    row = ROWS.iloc[number]
    quantity = QUANTITIES[row["quantity"].split(":")[0]]
    if math.isnan(row["value"]):
        assert quantity.kind != "number" or row["text"] == "absent"
        return
    assert quantity.prices or row["unit"] == quantity.unit
    scale = parse_value(f"1 {row['unit']}".removesuffix(" 1"))[0]
    low, found, high = row["text"].partition(" to ")
    unit = high.partition(" ")[2]
    ends = [parse_value(end)[0] / scale for end in ((f"{low} {unit}".strip(), high) if found else (low,))]
    assert row["value"] == pytest.approx(sum(ends) / len(ends), rel=1e-12)
    if found:
        assert [row["low"], row["high"]] == pytest.approx(ends, rel=1e-12)
    else:
        assert math.isnan(row["low"]) and math.isnan(row["high"])


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownName, match="there is no frame of 'chipz'; take chips or systems"):
        entries_frame(catalog(), "chipz")
