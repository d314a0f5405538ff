# SPDX-License-Identifier: Apache-2.0
"""A chip as a machine: the right peak, each-way links, the size of its domain, device bytes."""

from __future__ import annotations

import pytest

from chipgauge.calc.machine import binary_capacity, format_of, machine_of
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName, UnknownValue


@pytest.mark.parametrize(
    ("chip", "precision", "peak", "up", "domain"),
    [  # dense peaks and each-way links of the vendors' data sheets
        ("H100", "fp8", 1979.0, 450.0, 8.0),
        ("H100", "bf16", 989.4, 450.0, 8.0),
        ("A100", "fp16", 312.0, 300.0, 8.0),
        ("GB200", "bf16", 2500.0, 900.0, 72.0),
        ("910C", "int8", 1504.0, 392.0, 384.0),
    ],
)
def test_published_parts(chip: str, precision: str, peak: float, up: float, domain: float) -> None:
    machine = machine_of(catalog().find(chip), precision, catalog())
    assert machine.peak.to("TFLOP/s") == pytest.approx(peak)
    assert machine.up.to("GB/s") == pytest.approx(up)
    assert machine.domain.number == domain


def test_a_format_that_a_chip_lacks_is_refused() -> None:
    with pytest.raises(UnknownValue, match=r"peak\.fp8"):
        machine_of(catalog().find("A100"), "fp8", catalog())
    with pytest.raises(UnknownName, match="bf17"):
        format_of("bf17")


def test_memory_in_bytes_of_the_device() -> None:
    # An H100 sold with 80 GB reports 81,559 MiB; a GB200 sold with 186 GB reports 189,471 MiB.
    h100 = machine_of(catalog().find("H100"), "bf16", catalog()).memory.number
    assert 0 <= h100 / (81559 * 2**20) - 1 < 0.01
    assert machine_of(catalog().find("GB200"), "bf16", catalog()).memory.number == pytest.approx(189471 * 2**20)
    assert binary_capacity(capacity=80e9) == pytest.approx(80 * 2**30)


def test_what_is_assumed_says_so() -> None:
    machine = machine_of(catalog().find("H20"), "bf16", catalog())
    assert machine.out.status == "assumed" and machine.out.why
