# SPDX-License-Identifier: Apache-2.0
"""What a subject is made of: its chips with their numbers, and the systems in which a chip is sold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.parts import FABRIC, chip_count, parts, smallest_system, systems_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import BasisError

HERE = catalog()
CHIPS = ("H100", "H200", "H20", "910C", "B200", "GB200", "GB300", "910B2")


def test_parts() -> None:
    assert [(row.chip.id, row.count.number) for row in parts(HERE.subject("3 NVL72"), HERE)] == [("nvidia-gb200", 216)]
    assert chip_count(HERE.subject("Colossus 2"), HERE).number == 110_000
    projected = HERE.adjusted(projected=True)
    assert len(parts(projected.subject("Colossus 2"), projected)) == 2
    assert chip_count(projected.subject("Colossus 2"), projected).number == 550_000
    with pytest.raises(BasisError, match="holds no chips"):
        parts(HERE.subject("DeepSeek-V3"), HERE)


def test_the_smallest_system_of_a_chip_comes_first() -> None:
    for chip in CHIPS:
        sizes = [held.number for _, held in systems_of(HERE.find(chip), HERE)]
        assert sizes == sorted(sizes)
    found = smallest_system(HERE.find("910C"), HERE, "power.system")
    assert found and found[0].id == "huawei-cloudmatrix-384"
    assert smallest_system(HERE.find("MI300X"), HERE, "power.system") is None


@given(count=st.integers(1, 100_000), item=st.sampled_from(["H200", "NVL72", "CM384", "Colossus 2"]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_an_amount_has_so_many_times_the_chips(count: int, item: str) -> None:
    one = chip_count(HERE.subject(item), HERE).number
    assert chip_count(HERE.subject(f"{count} {item}"), HERE).number == pytest.approx(count * one)


def test_a_fabric_of_its_own_begins_above_sixteen_chips() -> None:
    # DGX and HGX hold 8 or 16; NVL72 and CloudMatrix have their own scale-up fabric
    sizes = {name: systems_of(HERE.find(name), HERE)[0][1].number for name in ("H200", "GB200", "910C")}
    assert sizes == {"H200": 8, "GB200": 72, "910C": 384} and sizes["H200"] <= FABRIC < sizes["GB200"]
