# SPDX-License-Identifier: Apache-2.0
"""Headroom: the limit of each input is where the verdict flips, exactly; the frontier is that line in two inputs."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.law.headroom import Headroom, headroom
from chipgauge.calc.thresholds import check
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.custom import CUSTOM, Custom, with_custom
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.quantities import find
from chipgauge.specs.units import exact, parse_unit

A, B = "us-bis-3a090-a", "us-bis-3a090-b"
LETTER, LANE, CAP = "us-bis-letter-2025-04-h20", "us-bis-2026-h200-lane", "us-bis-diffusion-country-cap"
LAW = settings(derandomize=True, deadline=None, max_examples=30, database=None)


def chip(**figures: object) -> Catalog:
    """The item `custom` with these figures; `_` stands for the dot of a name."""
    rows = tuple((name.replace("__", "."), str(value)) for name, value in figures.items() if value is not None)
    return with_custom(catalog(), Custom("chip", figures=rows))


def limits(found: Headroom) -> dict[tuple[str, str], Fraction | str | None]:
    """The limit by input and direction, in the unit in which it is printed."""
    shown: dict[tuple[str, str], Fraction | str | None] = {}
    for row in found.limits:
        unit = parse_unit(find(row.name).unit)
        value = row.limit * unit.denominator / unit.numerator if isinstance(row.limit, Fraction) else row.limit
        shown[row.name, "up" if row.up else "down"] = value
    return shown


# --- the lines of 15 CFR 774 Supp. 1, 3A090: 2,400 and 4,800 TPP, densities of 1.6, 3.2 and 5.92 ----------------------


def test_h20_stands_a_74th_below_the_second_tier() -> None:
    found = headroom("H20", B)
    assert found.verdict.verdict == "below"
    # 2,400 TPP; 740 mm2, where 2,368 TPP are a density of 3.2 (limb b.2); BF16 x 16 and FP8 x 8 reach 2,400
    assert limits(found) == {
        ("tpp", "up"): 2400,
        ("die.area", "down"): 740,
        ("peak.bf16", "up"): 150,
        ("peak.fp16", "up"): 150,
        ("peak.fp8", "up"): 300,
        ("peak.int8", "up"): 300,
        ("peak.tf32", "up"): Fraction(2400, 19),
        ("peak.fp32", "up"): 75,
        ("peak.fp64", "up"): Fraction(75, 2),
    }
    nearest = found.limits[0]
    assert (nearest.name, nearest.change, nearest.becomes, nearest.reached) == ("tpp", Fraction(1, 74), True, True)
    assert found.fixed == ("datacentre",)


def test_h20_from_the_first_tier_the_density_is_nearer_than_the_tpp() -> None:
    found = headroom("H20", A)
    assert limits(found)["die.area", "down"] == 400  # 2,368 / 5.92
    assert limits(found)["tpp", "up"] == 4800
    assert found.limits[0].name == "die.area"


def test_a_band_has_a_limit_on_each_side() -> None:
    # 3,000 TPP on 1,000 mm2: between 2,400 and 4,800 by TPP; the density of 3 may fall to 1.6 and rise to 5.92
    tables = chip(tpp="3000 TPP", die__area="1000 mm2", datacentre="yes")
    found = limits(headroom(CUSTOM, B, catalog=tables))
    assert found["tpp", "down"] == 2400
    # a density above 5.92 needs 5,920 TPP; at 4,800 b.1 ends, and b.2 (1,600 and 3.2) holds on to 5,920
    assert found["tpp", "up"] == 5920
    assert found["die.area", "down"] == Fraction(3000) / Fraction("5.92")
    assert found["die.area", "up"] == 1875  # 3,000 / 1.6


def test_note_2_hangs_on_the_market() -> None:
    tables = chip(tpp="3200 TPP", die__area="378 mm2", datacentre="no")  # RTX PRO 4500 workstation
    found = headroom(CUSTOM, A, catalog=tables)
    row = next(row for row in found.limits if row.name == "datacentre")
    assert (row.value, row.limit, row.becomes) == ("no", "yes", True)
    assert limits(found)["tpp", "up"] == 4800


def test_an_unknown_input_has_limits_and_no_value() -> None:
    tables = chip(tpp="3200 TPP", datacentre="yes")
    found = headroom(CUSTOM, A, catalog=tables)
    assert found.verdict.verdict == "unknown"
    row = next(row for row in found.limits if row.name == "die.area")
    assert row.value is None and row.change is None
    assert exact("1", parse_unit("mm^2")) * Fraction(3200) / Fraction("5.92") == row.limit


def test_the_chip_that_decides_speaks_for_a_system() -> None:
    assert limits(headroom("HGX H20", B)) == limits(headroom("H20", B))


# --- letters of April 2025: 1,400 GB/s, 1,100 GB/s, or 1,700 GB/s together (Financial Times, from Intel's message) ----


def test_the_frontier_of_the_letters() -> None:
    tables = chip(memory__bandwidth="600 GB/s", io__bandwidth="600 GB/s", tpp="2000 TPP")
    found = headroom(CUSTOM, LETTER, vary=["memory.bandwidth", "io.bandwidth"], catalog=tables)
    ends = {row.at // 10**9: row.high and row.high // 10**9 for row in found.frontier}
    assert ends[600] == 1100
    assert ends[1100] == 600  # 1,700 together
    assert ends[1400] is None
    for row in found.frontier:
        memory = row.at / 10**9
        highest = None if memory >= 1400 else min(Fraction(1100), 1700 - memory)
        assert row.high == (None if highest is None else highest * 10**9), memory
        assert not row.high_in, "1,100 or more is hit"


def test_the_frontier_of_the_lane() -> None:
    # 15 CFR 742.6(b)(10)(iii)(A)(1): TPP less than 21,000 and DRAM bandwidth less than 6,500 GB/s
    found = headroom("H200", LANE, vary=["memory.bandwidth", "tpp"])
    assert limits(found) == {("tpp", "up"): 21000, ("memory.bandwidth", "up"): 6500}
    for row in found.frontier:
        inside = row.at < 6500 * 10**9
        assert row.high == (Fraction(21000 * 10**12, 8) if inside else None)


def test_a_cap_counts_the_whole_amount() -> None:
    # 15 CFR 742.6(b)(10)(iii)(B): 790,000,000 TPP; NVIDIA declares 15,840 for the H200
    found = headroom("50000 H200", CAP)
    assert limits(found) == {("aggregate.tpp", "down"): 790_000_000}
    assert found.limits[0].change == Fraction(790_000_000, 50_000 * 15_840) - 1


# --- laws ---------------------------------------------------------------------------------------------------------------


@LAW
@given(
    rule=st.sampled_from((A, B, LANE, LETTER, "us-s232-2026-chips", "us-bis-2022-3a090")),
    tpp=st.integers(500, 30_000),
    area=st.integers(100, 3_000),
    memory=st.integers(200, 9_000),
    link=st.integers(50, 2_500),
)
def test_the_verdict_flips_at_the_limit_and_not_before(rule: str, tpp: int, area: int, memory: int, link: int) -> None:
    on = "2023-01-01" if "2022" in rule else ""
    given_figures = {
        "tpp": f"{tpp} TPP", "die.area": f"{area} mm^2", "memory.bandwidth": f"{memory} GB/s",
        "scale_up.bandwidth": f"{link} GB/s", "host.bandwidth": "64 GB/s", "datacentre": "yes",
    }  # fmt: skip

    def tables(**changed: str) -> Catalog:
        rows = {**given_figures, **changed}
        return with_custom(catalog(), Custom("chip", figures=tuple(rows.items())))

    def holds(name: str, value: Fraction) -> bool:
        unit = parse_unit(find(name).unit)
        number = Decimal(value.numerator * unit.denominator) / Decimal(value.denominator * unit.numerator)
        found = check(CUSTOM, rule=rule, on=on, as_if=True, catalog=tables(**{name: f"{number:.15f} {unit.text}"}))
        verdict = found.verdicts[0]
        # a lane with nothing to soften is out of scope; what its own predicate says stands in its readings
        return (
            all(row.holds for row in verdict.readings)
            if verdict.verdict == "out_of_scope"
            else verdict.verdict == "crosses"
        )

    found = headroom(CUSTOM, rule, on=on, catalog=tables())
    for row in found.limits:
        assert isinstance(row.limit, Fraction) and isinstance(row.value, Fraction)
        step = row.limit / 10**9 * (1 if row.up else -1)
        assert holds(row.name, row.limit + step) is row.becomes
        assert holds(row.name, row.limit - step) is not row.becomes
    changes = [abs(row.change) for row in found.limits if row.change is not None]
    assert changes == sorted(changes), "the nearest first"


# --- what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "vary", "message"),
    [
        ("us-bis-3a090-x", [], "no rule has the id"),
        (
            A,
            ["memory.bandwidth"],
            "memory.bandwidth does not enter us-bis-3a090-a; its inputs: tpp, datacentre, die.area",
        ),
        (A, ["ttp"], "Did you mean tpp"),
        (A, ["tpp", "tpp"], "two that differ"),
        (A, ["tpp", "die.area", "datacentre"], "two that differ"),
        ("eu-500-series", [], "is only reported"),
    ],
)
def test_what_no_rule_has_is_refused(rule: str, vary: list[str], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        headroom("H20", rule, vary=vary)


def test_the_first_sentence_names_the_rule_and_says_of_a_lane_that_one_is_inside() -> None:
    """91 FR 1684: the lane stands below 21,000 TPP; NVIDIA declares 15,840 for the H200 (+32.6% to its end)."""
    from click.testing import CliRunner

    from chipgauge.reports.cli import main

    first = CliRunner().invoke(main, ["headroom", "H200", "--rule", "us-bis-2026-h200-lane"]).output.split("\n")[0]
    assert first == (
        "NVIDIA H200 SXM 141 GB under “Case-by-case review to China and Macau below 21,000 TPP and 6,500 GB/s” "
        "(us-bis-2026-h200-lane): inside the lane. The nearest flip: TPP from 21,000 TPP (+32.6%), then outside the lane."
    )
