# SPDX-License-Identifier: Apache-2.0
"""Quantities of law: how many fit under a cap, the steps by quarter, half of the US volume, duties, days to a limit."""

import json
from fractions import Fraction

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.law.amounts import counts, duty_due, time_to_compute
from chipgauge.calc.thresholds import Court, Party
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import Catalog, catalog

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
ON = "2026-11-22"


def holds(item: str, rule: str, *, on: str = ON, tables: Catalog | None = None) -> dict[str, list[tuple[str, int]]]:
    """How many fit, by limb: day of the step and whole number."""
    tables = tables or catalog()
    court = Court(tables, on, "text", Party())
    one, whole = (court.worlds(tables.subject(text))[0] for text in (item, f"7 {item}"))
    return {c.limb: [(s.since, s.whole) for s in c.steps] for c in counts(tables.rulebook()[rule], one, whole, on)}


def run(*arguments: str) -> dict[str, list[dict[str, object]]]:
    result = CliRunner().invoke(main, ["check", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, list[dict[str, object]]] = json.loads(result.stdout)
    return found


# NVIDIA declares 15,840 TPP for the H100 SXM and the H200 SXM (its export table of 31 July 2026).


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        # 15 CFR 742.6(b)(10)(iii)(B): 790,000,000 / 15,840 = 49,873.7
        ("us-bis-diffusion-country-cap", 49_873),
        # 15 CFR 740.29: 26,900,000 / 15,840 = 1,698.2
        ("us-bis-exception-lpp", 1_698),
    ],
)
def test_how_many_h200_a_cap_holds(rule: str, whole: int) -> None:
    ((_, steps),) = holds("H200", rule).items()
    assert [number for _, number in steps] == [whole]


def test_the_installed_base_by_quarter() -> None:
    # 748 Supp. 10: TPP by quarter of 2025, 2026 and from 2027 on
    millions = ["633", "949.5", "1266", "1582.5", "1899", "2690.25", "3481.5", "4272.75", "5064"]
    days = [f"{year}-{month}-01" for year in (2025, 2026) for month in ("01", "04", "07", "10")] + ["2027-01-01"]
    ((_, steps),) = holds("H100", "us-bis-veu-datacentre").items()
    assert steps == [(day, int(Fraction(number) * 10**6 / 15_840)) for day, number in zip(days, millions, strict=True)]


def test_half_of_what_went_to_us_customers() -> None:
    # 15 CFR 748 Supp. 2 (dd)(1)(iii): no more than 50 percent of the aggregate TPP shipped to US customers
    tables = catalog().adjusted(given=[f"us_volume.tpp(H200)={15_840 * 200_001} TPP"])
    found = holds("H200", "us-bis-2026-h200-lane", tables=tables)
    assert [number for steps in found.values() for _, number in steps] == [100_000]
    assert holds("H200", "us-bis-2026-h200-lane") == {}, "without the US volume there is no number"


@LAW
@given(st.integers(1, 10**7))
def test_the_whole_number_is_the_last_that_fits(number: int) -> None:
    """One chip more is on the other side; the amount itself is judged by the same line."""
    (whole,) = [number for steps in holds("H200", "us-bis-diffusion-country-cap").values() for _, number in steps]
    fits = number * 15_840 <= 790_000_000
    assert fits == (number <= whole)


def test_the_command_says_it_in_words() -> None:
    result = CliRunner().invoke(main, ["check", "50000 H200", "--rule", "us-bis-diffusion-country-cap"])
    assert result.exit_code == 0
    assert "790,000,000 TPP is 49,873 NVIDIA H200 SXM 141 GB" in result.stdout.split("\n")[0]
    (count,) = run("50000 H200", "--rule", "us-bis-diffusion-country-cap")["counts"]
    assert (count["whole"], count["count"]) == (49_873, pytest.approx(790e6 / 15_840))
    assert count["limit"] == {"value": 790e6, "unit": "TPP"}


# --- duties -----------------------------------------------------------------------------------------------------------


def test_the_duty_on_a_price() -> None:
    # Proclamation of 14 January 2026: 25% ad valorem; the H200 SXM is in the first band
    (due,) = run("H200", "--rule", "us-s232-2026-chips", "--set", "price(H200)=30000 USD")["duties"]
    assert (due["code"], due["rate"]) == ("DUTY/TARIFF", 0.25)
    assert due["due"]["value"] == 7500.0 and due["due"]["unit"] == "USD"  # type: ignore[index]
    assert "duties" not in run("H100", "--rule", "us-s232-2026-chips"), "3,350 GB/s is in no band"


@LAW
@given(st.floats(0, 1e9), st.floats(0, 1))
def test_a_duty_is_a_share(price: float, rate: float) -> None:
    assert 0 <= duty_due(price=price, rate=rate) <= price
    assert duty_due(price=2 * price, rate=rate) == pytest.approx(2 * duty_due(price=price, rate=rate))


# --- days to a limit ----------------------------------------------------------------------------------------------------


def test_days_of_a_cluster_under_each_law() -> None:
    found = run("100000 H100", "--mfu", "40%")["training_days"]
    days = {(row["rule"], row["limb"]): row["days"]["value"] for row in found}  # type: ignore[index]
    # 100,000 x 989.4e12 FLOP/s (NVIDIA, dense BF16) x 0.4 = 3.9576e19 FLOP/s: 1e25 in 252,678.4 s, 1e26 in ten times that
    assert days["eu-aiact-51", "51-2"] == pytest.approx(252_678.39 / 86_400, rel=1e-6)
    for rule in ("ca-sb53", "us-4e091"):
        (value,) = [number for (name, _), number in days.items() if name == rule]
        assert value == pytest.approx(2_526_783.9 / 86_400, rel=1e-6)
    counted = {row["rule"]: row["counting"] for row in found}
    assert counted["ca-sb53"] != counted["us-4e091"] != counted["eu-aiact-51"], "each law counts in its own way"


@pytest.mark.parametrize("mfu", ["0%", "140%", "-3%", "40 GB", "much"])
def test_an_mfu_that_is_no_share_is_refused(mfu: str) -> None:
    result = CliRunner().invoke(main, ["check", "8 H100", "--mfu", mfu])
    assert result.exit_code == 2 and "write --mfu 40%" in result.stderr


@LAW
@given(st.floats(1e20, 1e27), st.floats(1e15, 1e21), st.floats(0.01, 1))
def test_time_times_rate_is_the_operations(operations: float, rate: float, share: float) -> None:
    assert time_to_compute(operations=operations, rate=rate, utilisation=share) * rate * share == pytest.approx(
        operations
    )
