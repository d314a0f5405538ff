# SPDX-License-Identifier: Apache-2.0
"""Quantity names: the names of the interface with their units and meanings, and where a condition is stored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.specs.errors import UnknownName
from chipgauge.specs.quantities import (
    DERIVED_PREFIXES,
    FORMATS,
    QUANTITIES,
    find,
    quantity_names,
    stored_name,
)
from chipgauge.specs.units import parse_unit

LAW = settings(derandomize=True, deadline=None, max_examples=100, database=None)
names = st.sampled_from(sorted(QUANTITIES))

# INTERFACE.md, "What a name means": unit in JSON, and what the name means on a system.
INTERFACE = {
    **{f"peak.{form}": ("TOP/s" if form == "int8" else "TFLOP/s", "sum") for form in FORMATS},
    **{f"sparse.{form}": ("TOP/s" if form == "int8" else "TFLOP/s", "sum") for form in FORMATS},
    "peak.bf16.matrix": ("TFLOP/s", "sum"),
    "memory.capacity": ("GB", "sum"),
    "memory.usable": ("GB", "sum"),
    "memory.bandwidth": ("GB/s", "sum"),
    "transistors": ("1", "sum"),
    "power.tdp": ("W", "sum"),
    "scale_up.bandwidth": ("GB/s", "each"),
    "scale_out.bandwidth": ("GB/s", "each"),
    "host.bandwidth": ("GB/s", "each"),
    "io.bandwidth": ("GB/s", "each"),
    "tpp": ("TPP", "largest"),
    "tpp.declared": ("TPP", "largest"),
    "performance_density": ("TPP/mm^2", "largest"),
    "die.area": ("mm^2", "largest"),
    "aggregate.tpp": ("TPP", "sum"),
    "power.system": ("W", "own"),
    "power.facility": ("W", "own"),
    "price": ("USD", "own"),
    "price.rental": ("USD/h", "own"),
    "clock.boost": ("MHz", "each"),
}
TEXTS = {"memory.type": "text", "node": "text", "generation": "text", "lifecycle": "text", "datacentre": "yes_no"}
DATES = {"released": "date", "announced": "date"}


def test_the_formats_are_those_of_the_interface() -> None:
    assert set(FORMATS) == {"fp64", "fp64_tensor", "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4"}


@pytest.mark.parametrize("name", INTERFACE)
def test_a_name_of_the_interface_has_its_unit_and_meaning(name: str) -> None:
    row = find(name)
    assert (row.unit, row.on_system, row.kind) == (*INTERFACE[name], "number")


@pytest.mark.parametrize("name", {**TEXTS, **DATES})
def test_what_is_no_number_says_so(name: str) -> None:
    assert find(name).kind == {**TEXTS, **DATES}[name]
    assert find(name).on_system == "each"


@pytest.mark.parametrize("name", sorted(QUANTITIES))
def test_every_row_is_whole(name: str) -> None:
    row = QUANTITIES[name]
    assert row.name == name and row.title and name == name.strip().lower()
    assert not name.startswith(DERIVED_PREFIXES) or name == "h100e.published"  # `per_watt.x` is made, never stored
    unit = parse_unit(row.unit)
    assert row.kind == "number" or unit == parse_unit("1")
    assert not row.basis or len(row.basis.split(":", 1)) == 2
    for _, _, other in row.conditions:
        assert parse_unit(find(other).unit).dimension == unit.dimension
        assert find(other).kind == row.kind and not find(other).conditions
        assert find(other).name.startswith(("sparse.", row.name))


def test_names_stand_once_in_the_order_of_reports() -> None:
    assert quantity_names() == list(QUANTITIES)
    assert len({row.title for row in QUANTITIES.values()}) == len(QUANTITIES)


@pytest.mark.parametrize(
    ("name", "conditions", "stored"),
    [
        ("peak.fp8", {"sparsity": "dense"}, "peak.fp8"),
        ("peak.fp8", {"sparsity": "2:4"}, "sparse.fp8"),
        ("peak.fp8", {"sparsity": "unstated"}, "peak.fp8.unstated"),
        ("peak.bf16", {"sparsity": "dense", "engines": "matrix"}, "peak.bf16.matrix"),
        ("peak.bf16", {"sparsity": "dense", "engines": "all"}, "peak.bf16"),
        ("scale_up.bandwidth", {"direction": "each"}, "scale_up.bandwidth"),
        ("host.bandwidth", {"direction": "both"}, "host.bandwidth.both"),
        ("die_to_die.bandwidth", {"direction": "unstated"}, "die_to_die.bandwidth.unstated"),
        ("die.area", {"scope": "die"}, "die.area.per_die"),
        ("die.area", {"scope": "package"}, "die.area"),
        ("memory.bandwidth", {"direction": "both"}, "memory.bandwidth"),
    ],
)
def test_another_basis_is_another_name(name: str, conditions: dict[str, str], stored: str) -> None:
    assert stored_name(name, conditions) == stored


@LAW
@given(names, st.dictionaries(st.sampled_from(("sparsity", "direction", "engines", "scope", "x")), st.text(max_size=8)))
def test_whatever_the_conditions_the_stored_name_is_known(name: str, conditions: dict[str, str]) -> None:
    stored = stored_name(name, conditions)
    assert stored in QUANTITIES
    stated = {(field, value) for field, value, _ in find(name).conditions} & set(conditions.items())
    assert (stored != name) == bool(stated)


@pytest.mark.parametrize("axis", ["sparsity", "direction", "power"])
def test_each_axis_keeps_two_bases_apart(axis: str) -> None:
    """DESIGN.md: sparse is not compared with dense, each way not with both ways, chip power not with system power."""
    meanings = {row.basis.split(":", 1)[1] for row in QUANTITIES.values() if row.basis.startswith(f"{axis}:")}
    expected = {
        "sparsity": {"dense", "2:4 sparse"},
        "direction": {"each way", "both ways"},
        "power": {"design power of the chips", "draw of the whole system", "draw of the site", "share of a site"},
    }
    assert meanings == expected[axis]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("memory.bandwith", "memory.bandwidth"), ("peak.bf17", "peak.bf16"), ("power.tpd", "power.tdp")],
)
def test_a_misspelt_name_suggests_the_right_one(wrong: str, right: str) -> None:
    with pytest.raises(UnknownName) as caught:
        find(wrong)
    assert str(caught.value) == f"no quantity is called {wrong!r}. Did you mean {right}?"


@LAW
@given(st.text(max_size=300))
def test_any_other_name_is_refused_in_a_short_message(name: str) -> None:
    if name not in QUANTITIES:
        with pytest.raises(UnknownName, match="no quantity is called") as caught:
            find(name)
        assert len(str(caught.value)) < 1000 and str(caught.value).isprintable()


@pytest.mark.parametrize(("name", "noun"), [("memory.capacity", "memory capacity"), ("tpp", "TPP"), ("cpus", "CPUs")])
def test_a_title_inside_a_sentence(name: str, noun: str) -> None:
    assert find(name).noun == noun
