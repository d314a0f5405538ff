# SPDX-License-Identifier: Apache-2.0
"""The law on chips, systems, memory and models: outcomes and reasons as the paragraphs give them.

Figures are given here and not taken from the tables, so that a row of this file is a row of arithmetic: TPP as the
maker publishes it (NVIDIA's table of export classes, state of 2026-07-31) or 2 x MacTOPS x bit length, die area in mm2.
"""

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.thresholds import ItemVerdict, RuleVerdict, check
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.custom import CUSTOM, Custom, with_custom

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
A, B, C = "us-bis-3a090-a", "us-bis-3a090-b", "us-bis-3a090-c"
OLD, LETTER, LANE, DUTY = (
    "us-bis-2022-3a090",
    "us-bis-letter-2025-04-h20",
    "us-bis-2026-h200-lane",
    "us-s232-2026-chips",
)
NAC, WORLDWIDE = "us-bis-exception-nac-aca", "us-bis-diffusion-worldwide"
RULES = {rule.id: rule for rule in catalog().rules()}


def item(kind: str = "chip", maker: str = "nvidia", **figures: str) -> Catalog:
    """The tables with one item more: `io__bandwidth` is `io.bandwidth`."""
    rows = tuple((name.replace("__", "."), value) for name, value in figures.items() if value)
    return with_custom(catalog(), Custom(kind, CUSTOM, maker, rows))


def chip(
    tpp: object, area: object = "", dram: object = "", io: object = "", dc: str = "yes", maker: str = "nvidia"
) -> Catalog:
    """A chip of these figures; an empty one is not known."""
    return item(
        maker=maker,
        tpp=f"{tpp} TPP" if tpp else "",
        die__area=f"{area} mm2" if area else "",
        memory__bandwidth=f"{dram} GB/s" if dram else "",
        io__bandwidth=f"{io} GB/s" if io else "",
        datacentre=dc,
    )  # fmt: skip


def ask(tables: Catalog, on: str, to: str = "CN", hq: str = "", lens: str = "text", amount: int = 0) -> ItemVerdict:
    return check(f"{amount} {CUSTOM}" if amount else CUSTOM, on=on, to=to, hq=hq, lens=lens, catalog=tables)


def of(found: ItemVerdict, rule: str) -> RuleVerdict:
    return next(one for one in found.verdicts if one.rule.id == rule)


def limbs(found: ItemVerdict, rule: str) -> set[str]:
    """The limbs of a rule of which every comparison holds, where the rule as a whole is met."""
    one = of(found, rule)
    if one.verdict != "crosses":
        return set()
    failing = {row.limb for row in one.readings if row.holds is not True}
    return {limb.id for limb in one.rule.limbs} - failing


def beside(found: ItemVerdict) -> dict[str, str]:
    return {one.rule.id: one.branch.code for one in found.combined.beside if one.branch}


# --- the chips that makers sell ----------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A chip and what each rule makes of it; `io` both ways in GB/s, links and host; 0 where nobody states it."""

    name: str
    tpp: float
    area: float
    dram: float
    io: float
    dc: str
    first: str  # ECCN 3A090 of October 2022: yes, no, or open where the links are not known
    now: str  # ECCN 3A090 since November 2023
    eccn: str  # the maker's own class
    letter: bool  # April 2025
    lane: str  # January 2026: in, out, or nothing to soften
    band: str  # section 232
    maker: str = "nvidia"


# 87 FR 62186: I/O of 600 GB/s or more and 4,800 or more. 15 CFR 774 Supp. 1, 3A090.a and .b with Note 2. Letters of April
# 2025: DRAM 1,400, I/O 1,100, sum 1,700 GB/s or more. 15 CFR 742.6(b)(10)(iii)(A)(1): TPP below 21,000 and DRAM below
# 6,500. U.S. note 39(b): 14,000 to 17,500 with 4,500 to 5,000 GB/s; 20,800 to 21,100 with 5,800 to 6,200, all exclusive.
ROWS = (
    Row("A100 80GB SXM", 4989, 826, 2039, 664, "yes", "yes", "a1", "4A090.a", True, "in", ""),
    Row("A800 80GB SXM", 4989, 826, 2039, 464, "yes", "no", "a1", "4A090.a", True, "in", ""),
    Row("H100 SXM5", 15840, 814, 3350, 1028, "yes", "yes", "a1", "4A090.a", True, "in", ""),
    Row("H800 SXM5", 15840, 814, 3350, 528, "yes", "no", "a1", "4A090.a", True, "in", ""),
    Row("H100 PCIe", 12224, 814, 2000, 728, "yes", "yes", "a1", "4A090.a", True, "in", ""),
    Row("H200 SXM5", 15840, 814, 4800, 1028, "yes", "yes", "a1", "4A090.a", True, "in", "band1"),
    Row("H200 NVL", 14144, 814, 4800, 1028, "yes", "yes", "a1", "4A090.a", True, "in", "band1"),
    Row("H20", 2368, 814, 4000, 1028, "yes", "no", "", "4A994.l", True, "none", ""),
    Row("L40S", 5872, 608.5, 864, 64, "yes", "no", "a1", "4A090.a", False, "in", ""),
    Row("L4", 1952, 294.5, 300, 64, "yes", "no", "a2", "4A090.a", False, "in", ""),
    Row("L20", 1912, 608.5, 864, 64, "yes", "no", "", "4A994.l", False, "none", ""),
    Row("L2", 1547, 294.5, 300, 64, "yes", "no", "", "4A994.l", False, "none", ""),
    Row("RTX 4090", 5285, 608.5, 1008, 64, "no", "no", "a1", "", False, "in", ""),
    Row("RTX 4090 D", 4708, 608.5, 1008, 64, "no", "no", "", "", False, "none", ""),
    Row("RTX PRO 4500 server", 3200, 378, 896, 128, "yes", "no", "a2", "4A090.a", False, "in", ""),
    Row("RTX PRO 4500 workstation", 3200, 378, 896, 128, "no", "no", "", "4A994.l", False, "none", ""),
    Row("B200", 37248, 0, 8000, 1928, "yes", "yes", "a1", "5A002.z.1", True, "out", ""),
    Row("B300", 55432, 0, 8000, 1928, "yes", "yes", "a1", "5A002.z.1", True, "out", ""),
    Row("GB200, one of its GPUs", 40200, 0, 8000, 0, "yes", "open", "a1", "5A002.z.1", True, "out", ""),
    Row("GB300, one of its GPUs", 58484, 0, 8000, 0, "yes", "open", "a1", "5A002.z.1", True, "out", ""),
    Row("MI300X", 20919, 0, 5300, 1024, "yes", "yes", "a1", "", True, "in", "", "amd"),
    Row("MI325X", 20919, 0, 6000, 1024, "yes", "yes", "a1", "", True, "in", "band2", "amd"),
    Row("Gaudi 3", 29360, 0, 3700, 1328, "yes", "yes", "a1", "", True, "out", "", "intel"),
)  # fmt: skip
NAMES = [row.name for row in ROWS]


def given_row(row: Row) -> Catalog:
    return chip(row.tpp, row.area, row.dram, row.io, row.dc, row.maker)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_rule_of_2022(row: Row) -> None:
    found = ask(given_row(row), "2023-01-01")
    assert of(found, OLD).verdict == {"yes": "crosses", "no": "below", "open": "unknown"}[row.first]
    assert found.outcome == {"yes": "LICENCE/PoD", "no": "NLR", "open": "UNKNOWN"}[row.first]


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_3a090_since_november_2023(row: Row) -> None:
    found = ask(given_row(row), "2024-05-01")
    first = limbs(found, A)
    assert ("a1" in first) == (row.now == "a1") and (first == {"a2"}) == (row.now == "a2")
    assert of(found, B).verdict != "crosses"  # what is of .a is not of .b, and no other has its density
    # 15 CFR 742.6(b)(10) to China; 740.8 for a consumer part of 4,800 or more.
    wanted = "NLR" if not row.now else "EXCEPTION+NOTIFY" if row.dc == "no" else "LICENCE/PoD"
    assert found.outcome == wanted
    # The maker's own class: 4A994.l is what is left where 3A090 does not apply.
    if row.eccn:
        assert (row.eccn in ("4A090.a", "5A002.z.1")) == bool(first)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_letters_of_april_2025(row: Row) -> None:
    found = ask(given_row(row), "2025-04-20")
    assert of(found, LETTER).verdict == ("crosses" if row.letter else "below")
    strictest = "EXCEPTION+NOTIFY" if row.dc == "no" and row.now else "NLR"
    wanted = "LICENCE/PoD" if row.now and row.dc == "yes" else "LICENCE/UNSPEC" if row.letter else strictest
    assert found.outcome == wanted


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_lane_of_january_2026(row: Row) -> None:
    found = ask(given_row(row), "2026-02-01")
    assert of(found, LANE).verdict == {"in": "crosses", "out": "below", "none": "out_of_scope"}[row.lane]
    if row.dc == "yes":
        wanted = {"in": "LICENCE/CASE", "out": "LICENCE/PoD", "none": "LICENCE/UNSPEC" if row.letter else "NLR"}
        assert found.outcome == wanted[row.lane]
    else:  # 15 CFR 740.8: no licence is needed, so there is none to review
        assert found.outcome == ("EXCEPTION+NOTIFY" if row.now else "NLR")


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_bands_of_section_232(row: Row) -> None:
    found = ask(given_row(row), "2026-02-01")
    assert limbs(found, DUTY) == ({row.band} if row.band else set())
    assert ("DUTY/TARIFF" in beside(found).values()) == bool(row.band)
    rate = {one.rate for one in RULES[DUTY].outcomes}
    assert rate == {"25%"}  # HTSUS 9903.79.01


def test_density_as_the_regulation_defines_it() -> None:
    # Technical Note 2.4: TPP over die area. 1,952 / 294.5 = 6.628; 1,912 / 608.5 = 3.142.
    for tpp, area, density in ((1952, 294.5, "6.628"), (1912, 608.5, "3.142"), (2368, 814, "2.909")):
        row = next(
            r
            for r in of(ask(chip(tpp, area), "2024-05-01"), A).readings
            if r.comparison.metric == "performance_density"
        )
        assert row.margin is not None
        assert f"{float((row.margin + 1) * Fraction('5.92')):.3f}" == density


# --- holes of 3A090.b, and Note 2 ----------------------------------------------------------------------------------------

HOLES = (
    # TPP of 2,400 to 4,799 at a density below 1.6: a die of 3,000 mm2 under 4,700
    (4700, 3000, "yes", "", ""),
    (2400, 1501, "yes", "", ""),
    (2400, 1500, "yes", "", "b1"),  # 1.6 itself
    # TPP of 1,600 to 2,399 at a density below 3.2
    (2399, 750, "yes", "", ""),
    (1600, 500.1, "yes", "", ""),
    (1600, 500, "yes", "", "b2"),  # 3.2 itself
    # below 1,600 at any density
    (1599, 10, "yes", "", ""),
    (1599.9, 100, "yes", "", ""),
    # 5.92 is of .a, just under it of .b
    (1600, "270.27", "yes", "a2", ""),
    (2960, 500, "yes", "a2", ""),
    (2959, 500, "yes", "", "b1"),
    # Note 2 to 3A090: not for data centres and less than 4,800
    (4799, 100, "no", "", ""),
    (4799, 814, "no", "", ""),
    (4799, 814, "yes", "", "b1"),
    (4800, 100000, "no", "a1", ""),
    (4800, 100000, "yes", "a1", ""),
)  # fmt: skip


@pytest.mark.parametrize(("tpp", "area", "dc", "first", "second"), HOLES)
def test_holes_between_the_lines(tpp: float, area: object, dc: str, first: str, second: str) -> None:
    found = ask(chip(tpp, area, dc=dc), "2024-05-01")
    assert (of(found, A).verdict == "crosses") == bool(first)
    assert (of(found, B).verdict == "crosses") == bool(second)
    assert first in limbs(found, A) | {""} and second in limbs(found, B) | {""}
    if not first and not second:
        assert found.outcome == "NLR" and found.because == ()


def test_the_second_tier_has_no_ceiling_but_yields_to_the_first() -> None:
    # 3A090.b.2: 1,600 or more and a density of 3.2 or more and less than 5.92, also at 20,000 TPP; that is of .a.1 first.
    found = ask(chip(20000, 5000), "2024-05-01")
    assert of(found, A).verdict == "crosses" and of(found, B).verdict == "out_of_scope"
    assert found.because == (f"{A}#a1",)


def test_second_tier_for_data_centres_goes_with_notice() -> None:
    # 3A090, list-based exceptions: 3A090.b designed or marketed for data centres; 740.8(c) notice to D:5 and Macau.
    tables = chip(3000, 1000)
    assert [ask(tables, "2024-05-01", to).outcome for to in ("CN", "MO", "VN", "DE")] == [
        "EXCEPTION+NOTIFY", "EXCEPTION+NOTIFY", "EXCEPTION", "EXCEPTION",
    ]  # fmt: skip
    assert ask(tables, "2024-05-01", "DE", "CN").outcome == "EXCEPTION+NOTIFY"
    # 742.6(a)(6)(iii)(B) names the United Arab Emirates, also after they moved to A:5 on 2026-07-10.
    uae = of(ask(tables, "2026-08-01", "AE"), B)
    assert uae.branch is not None and uae.branch.code == "LICENCE/PoA"


def test_the_exception_never_frees_a_data_centre_part_of_the_first_tier() -> None:
    for tpp, area in ((15840, 814), (1952, 294.5), (37248, "")):
        assert of(ask(chip(tpp, area), "2024-05-01"), NAC).verdict == "below"


# --- what must be seen ---------------------------------------------------------------------------------------------------


def test_the_h20_outside_3a090() -> None:
    # 3A090.a: 2,368 TPP is under 4,800 and its density 2.91 under 5.92; .b asks for 2,400, or for 3.2.
    found = check("H20", on="2023-12-01", to="CN")
    assert (found.outcome, found.because) == ("NLR", ())
    assert {rule: of(found, rule).verdict for rule in (A, B, LETTER)} == {
        A: "below",
        B: "below",
        LETTER: "not_in_force",
    }


def test_the_h20_stopped_by_letter() -> None:
    # NVIDIA, current report of April 2025: a licence for the H20; told on 9 April.
    found = check("H20", on="2025-04-20", to="CN")
    assert found.outcome == "LICENCE/UNSPEC"
    assert [one.split("#")[0] for one in found.because] == [LETTER]
    assert {"dram", "sum"} <= limbs(found, LETTER)  # 4,000 GB/s of DRAM, and about 5,000 in sum
    assert check("H20", on="2025-04-08", to="CN").outcome == "NLR"
    assert check("H20", on="2025-04-20", to="DE").outcome == "NLR"
    assert check("H20", on="2025-04-20", to="DE", hq="CN").outcome == "LICENCE/UNSPEC"


def test_the_arrangement_is_for_the_named_parts() -> None:
    # August 2025: 15% of the revenue from China on the H20 (and the MI308), beside the licence.
    found = check("H20", on="2025-09-01", to="CN")
    assert (found.outcome, beside(found)) == ("LICENCE/UNSPEC", {"us-arrangement-2025-08-15pct": "DUTY/FEE"})
    assert [one.rate for one in RULES["us-arrangement-2025-08-15pct"].outcomes] == ["15%"]
    for other in ("H100", "H200"):
        assert beside(check(other, on="2025-09-01", to="CN")) == {}
    assert beside(check("H20", on="2025-08-10", to="CN")) == {}
    assert set(RULES["us-arrangement-2025-08-15pct"].items) <= set(catalog().items)


def test_the_h200_denied_then_case_by_case_with_a_duty() -> None:
    # 742.6(b)(10)(iii): presumption of denial; from 15 January 2026 (A)(1) case by case below 21,000 and 6,500 GB/s.
    before = check("H200", on="2025-06-01", to="CN")
    assert (before.outcome, before.because) == ("LICENCE/PoD", (f"{A}#a1",))
    after = check("H200", on="2026-02-01", to="CN")
    assert after.outcome == "LICENCE/CASE"
    assert after.because == (f"{LANE}#parameters", f"{A}#a1")
    assert beside(after) == {DUTY: "DUTY/TARIFF"}  # 15,840 TPP and 4,800 GB/s: the first band
    assert check("H200", on="2026-01-14", to="CN").outcome == "LICENCE/PoD"
    assert check("H200", on="2026-01-15", to="CN").outcome == "LICENCE/CASE"


@pytest.mark.parametrize("day", ["2024-05-01", "2025-06-01", "2026-02-01"])
def test_the_b200_by_its_tpp_alone(day: str) -> None:
    # 3A090.a.1 needs no die area; a.2 does, and nobody states it.
    found = check("B200", on=day, to="CN")
    assert (found.outcome, found.because) == ("LICENCE/PoD", (f"{A}#a1",))
    density = [row for row in of(found, A).readings if row.comparison.metric == "performance_density"]
    assert density and all(row.holds is None for row in density)


def test_one_silicon_two_markets() -> None:
    # Note 2 to 3A090: 3,200 TPP at a density of 8.47 is of .a.2 only where it is designed or marketed for data centres.
    for dc, code, because in (("yes", "LICENCE/PoD", (f"{A}#a2",)), ("no", "NLR", ())):
        found = ask(chip(3200, 378, 896, 128, dc=dc), "2025-06-01")
        assert (found.outcome, found.because) == (code, because)
    assert ask(chip(3200, 378, 896, 128, dc=""), "2025-06-01").outcome == "UNKNOWN"


def test_a_chinese_system_is_scored() -> None:
    # 15 CFR 742.6 is about exports from the United States; the chip in it has about 12,000 TPP.
    for to in ("", "MY", "CN"):
        found = check("CM384", on="2026-02-01", to=to)
        assert found.outcome == "SCORED" and f"{A}#a1" in found.because
        assert of(found, A).verdict == "crosses"
    # 31 CFR 850.224: a design that meets 3A090.a, from 2 January 2025; about who invests, so it stands beside.
    assert beside(check("CM384", on="2026-02-01", to="MY")) == {"us-treasury-outbound-prohibit-design": "PROHIBITED"}
    assert beside(check("CM384", on="2025-01-01", to="MY")) == {}


# --- parties -------------------------------------------------------------------------------------------------------------

PARTIES = (
    # a firm headquartered in China, buying in Malaysia: 744.23(a)(3), case by case; since 13 January 2025 the text has a
    # presumption of denial (742.6(b)(10)(iii)), enforced with the rule of 15 January 2026
    ("MY", "CN", "2024-05-01", "text", "LICENCE/CASE"),
    ("MY", "CN", "2024-05-01", "enforced", "LICENCE/CASE"),
    ("MY", "CN", "2025-01-12", "text", "LICENCE/CASE"),
    ("MY", "CN", "2025-01-13", "text", "LICENCE/PoD"),
    ("MY", "CN", "2025-06-01", "enforced", "LICENCE/CASE"),
    ("MY", "CN", "2026-01-14", "enforced", "LICENCE/CASE"),
    ("MY", "CN", "2026-01-15", "enforced", "LICENCE/PoD"),
    ("MY", "CN", "2026-06-01", "text", "LICENCE/PoD"),
    # the lane is for end users located in China or Macau: not for that firm in Malaysia, and not for Russia
    ("CN", "CN", "2026-06-01", "text", "LICENCE/CASE"),
    ("MO", "", "2026-06-01", "text", "LICENCE/CASE"),
    ("HK", "", "2026-06-01", "text", "LICENCE/CASE"),
    ("RU", "", "2026-06-01", "text", "LICENCE/PoD"),
    # Hong Kong is treated as China; Macau stands beside D:5
    ("HK", "", "2024-05-01", "text", "LICENCE/PoD"),
    ("MO", "", "2024-05-01", "text", "LICENCE/PoD"),
    ("HK", "US", "2024-05-01", "text", "LICENCE/PoD"),
    ("MY", "HK", "2024-05-01", "text", "LICENCE/CASE"),
    # D:1 or D:4 but not D:5: presumption of approval, unless the party is headquartered in D:5 or Macau
    ("VN", "", "2024-05-01", "text", "LICENCE/PoA"),
    ("VN", "CN", "2024-05-01", "text", "LICENCE/PoD"),
    ("SA", "", "2025-06-01", "enforced", "LICENCE/PoA"),
    ("IL", "", "2024-05-01", "text", "NLR"),  # D:4, and A:6
    # the United Arab Emirates left D:4 for A:5 on 10 July 2026 (91 FR 43034)
    ("AE", "", "2026-07-09", "enforced", "LICENCE/PoA"),
    ("AE", "", "2026-07-10", "enforced", "NLR"),
    # neither group nor party: free until the worldwide licence of January 2025, which is text and is not enforced
    ("MY", "", "2024-05-01", "text", "NLR"),
    ("MY", "", "2025-06-01", "enforced", "NLR"),
    ("DE", "", "2025-06-01", "enforced", "NLR"),
    ("US", "", "2025-06-01", "text", "OUT-OF-SCOPE"),
)  # fmt: skip


@pytest.mark.parametrize(("to", "hq", "day", "lens", "code"), PARTIES)
def test_where_it_goes_and_who_buys(to: str, hq: str, day: str, lens: str, code: str) -> None:
    assert ask(chip(15840, 814, 3350, 1028, maker="google"), day, to, hq, lens).outcome == code


def test_an_order_binds_the_firm_it_is_sent_to() -> None:
    h20_like = chip(2368, 814, 4000, 1028, maker="google")
    assert of(ask(h20_like, "2025-04-20"), LETTER).verdict == "out_of_scope"
    assert of(check(CUSTOM, on="2025-04-20", to="CN", exporter="intel", catalog=h20_like), LETTER).verdict == "crosses"
    assert of(check(CUSTOM, on="2025-04-20", to="CN", as_if=True, catalog=h20_like), LETTER).verdict == "crosses"
    # October 2023: NVIDIA alone was told that the new line holds at once
    early = "us-bis-2023-order-nvidia"
    assert of(ask(chip(4989, 826, 2039, 464), "2023-11-01"), early).verdict == "crosses"
    assert of(ask(chip(4989, 826, 2039, 464, maker="amd"), "2023-11-01"), early).verdict == "out_of_scope"
    assert of(ask(chip(4989, 826, 2039, 464), "2023-11-17"), early).verdict == "not_in_force"


# --- the text that is not enforced -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "to", "code"),
    [
        # 740.29: up to 26,900,000 TPP a year and consignee: 1,698 of 15,840
        (1698, "IN", "EXCEPTION"),
        (1699, "IN", "LICENCE/PoA"),
        # 742.6(b)(10)(iii)(B): 790,000,000 TPP a country: 49,873 of 15,840 are below it, 49,874 above
        (49873, "IN", "LICENCE/PoA"),
        (49874, "IN", "LICENCE/PoD"),
        # 740.27: the 19 places
        (49874, "JP", "EXCEPTION"),
        (1, "CN", "LICENCE/PoD"),
    ],
)  # fmt: skip
def test_the_worldwide_licence_and_its_caps(amount: int, to: str, code: str) -> None:
    tables = chip(15840, 814)
    assert ask(tables, "2025-06-01", to, amount=amount).outcome == code
    enforced = ask(tables, "2025-06-01", to, lens="enforced", amount=amount)
    assert enforced.outcome == ("LICENCE/PoD" if to == "CN" else "NLR")
    assert of(enforced, WORLDWIDE).verdict == "not_in_force"


def test_caps_do_not_touch_chips_that_need_no_licence() -> None:
    for amount in (1, 10**6):
        found = ask(chip(2368, 814), "2025-06-01", "IN", amount=amount)
        assert found.outcome == "NLR"
        assert of(found, "us-bis-diffusion-country-cap").verdict == "out_of_scope"


# 15 CFR 748 Supp. 10: installed base of one company in one country by quarter, TPP.
STEPS = (
    ("2025-03-31", 633_000_000), ("2025-04-01", 949_500_000), ("2025-07-01", 1_266_000_000), ("2025-10-01", 1_582_500_000),
    ("2026-01-01", 1_899_000_000), ("2026-04-01", 2_690_250_000), ("2026-07-01", 3_481_500_000), ("2026-10-01", 4_272_750_000),
    ("2027-01-01", 5_064_000_000), ("2027-12-31", 5_064_000_000),
)  # fmt: skip


@pytest.mark.parametrize(("day", "limit"), STEPS)
def test_the_installed_base_by_quarter(day: str, limit: int) -> None:
    for tpp, verdict in ((limit, "crosses"), (limit + 1, "below")):
        tables = item(tpp=f"{tpp} TPP", datacentre="yes", buyer__authorised="yes")
        assert of(ask(tables, day, "IN"), "us-bis-veu-datacentre").verdict == verdict
    open_ = item(tpp=f"{limit} TPP", datacentre="yes")
    assert of(ask(open_, day, "IN"), "us-bis-veu-datacentre").verdict == "unknown"


# --- the lane's conditions, and the duty's -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        # 748 Supp. 2 (dd)(1)(iii): at most 50% of the aggregate TPP shipped to US customers; 100 of 15,840 are 1,584,000
        ("us_volume.tpp", "3,168,000 TPP", "LICENCE/CASE"),
        ("us_volume.tpp", "3,167,999 TPP", "LICENCE/PoD"),
        ("us_volume.tpp", "3,168,001 TPP", "LICENCE/CASE"),
        ("export.from_us", "no", "LICENCE/PoD"),  # (A)(1): exports, not re-exports or transfers
        ("end_use.military", "yes", "LICENCE/PoD"),  # (iv)
        ("lab.tested", "no", "LICENCE/PoD"),  # (ix)
        ("lab.tested", "yes", "LICENCE/CASE"),
    ],
)
def test_what_the_lane_asks_besides(name: str, value: str, code: str) -> None:
    figures = {
        name: value,
        "tpp": "15840 TPP",
        "die.area": "814 mm2",
        "memory.bandwidth": "4800 GB/s",
        "datacentre": "yes",
    }
    tables = with_custom(catalog(), Custom("chip", CUSTOM, "nvidia", tuple(figures.items())))
    assert ask(tables, "2026-02-01", amount=100).outcome == code


def test_open_conditions_are_told() -> None:
    found = check("H200", on="2026-02-01", to="CN")
    told = {one.id for one in found.combined.open_conditions}
    assert {"supply", "volume", "end-use", "consignee", "remote-users", "cloud", "security", "laboratory"} <= told
    # the summary of 91 FR 1684 alone asks for a part on sale in the United States: never decides
    assert [one.id for one in RULES[LANE].conditions if one.advisory] == ["available"]


def test_exempt_uses_pay_no_duty() -> None:
    # HTSUS 9903.79.02 to .09
    for use, verdict in (("no", "crosses"), ("yes", "below")):
        tables = item(tpp="15840 TPP", memory__bandwidth="4800 GB/s", datacentre="yes", use__exempt=use)
        assert of(ask(tables, "2026-02-01"), DUTY).verdict == verdict


# --- memory, computers, clusters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("density", "packaged", "to", "hq", "code"),
    [
        ("7.4", "no", "CN", "", "LICENCE/PoD"),  # HBM3: 819 GB/s over 110 mm2; 742.6(b)(10)(ii)
        ("7.4", "no", "CN", "US", "LICENCE/PoA"),
        ("7.4", "no", "MO", "", "LICENCE/PoD"),
        ("7.4", "no", "KR", "", "NLR"),
        ("7.4", "yes", "CN", "", "NLR"),  # Technical Note 1: with logic whose main function is processing
        ("2", "no", "CN", "", "NLR"),  # greater than 2
        ("2.001", "no", "CN", "", "EXCEPTION"),  # 740.25: below 3.3
        ("3.299", "no", "CN", "", "EXCEPTION"),
        ("3.3", "no", "CN", "", "LICENCE/PoD"),
        ("0.4", "no", "CN", "", "NLR"),  # GDDR6
    ],
)
def test_memory_stacks(density: str, packaged: str, to: str, hq: str, code: str) -> None:
    tables = item("hbm_stack", memory_bandwidth_density=f"{density} GB/s/mm^2", hbm__copackaged_processing=packaged)
    assert ask(tables, "2025-02-01", to, hq).outcome == code


def test_memory_rules_have_a_later_day_of_compliance() -> None:
    tables = item("hbm_stack", memory_bandwidth_density="7.4 GB/s/mm^2", hbm__copackaged_processing="no")
    found = [of(ask(tables, day, lens="enforced"), C).verdict for day in ("2024-12-30", "2024-12-31")]
    assert found == ["not_in_force", "crosses"]
    assert [of(ask(tables, day), C).verdict for day in ("2024-12-01", "2024-12-02")] == ["not_in_force", "crosses"]


@pytest.mark.parametrize(
    ("wt", "met"),
    [("70", {"us-4a994-app"}), ("70.001", {"us-4a003-app"}), ("0.0128", set()), ("0.0129", {"us-4a994-app"})],
)
def test_computers_by_weighted_teraflops(wt: str, met: set[str]) -> None:
    # 4A003.b: exceeding 70 WT; 4A994: above 0.0128 and up to 70 WT; 4E001.b: exceeding 24 WT.
    found = ask(item("computer", app=f"{wt} TFLOP/s"), "2026-02-01", "DE")
    assert {one for one in ("us-4a003-app", "us-4a994-app") if of(found, one).verdict == "crosses"} == met
    assert (of(found, "us-4e001-app").verdict == "crosses") == (float(wt) > 24)
    assert of(ask(item("computer", app="24 TFLOP/s"), "2026-02-01", "DE"), "us-4e001-app").verdict == "below"


def test_a_system_is_what_its_worst_chip_is() -> None:
    # 4A090.a: containing integrated circuits, any of which meets 3A090.a; never by the sum.
    for name in ("DGX H100", "GB200 NVL72"):
        found = check(name, on="2024-05-01", to="CN")
        assert found.outcome == "LICENCE/PoD"
        assert "us-bis-4a090-and-z#a" in found.because
    # eight H20 have 18,944 TPP together and none of 4,800
    assert of(check("8 H20", on="2024-05-01", to="CN"), A).verdict == "below"


@pytest.mark.parametrize(
    ("volume", "verdict"), [("1177 m^3", "crosses"), ("1177.9808 m^3", "crosses"), ("1177.981 m^3", "below")]
)
def test_a_supercomputer_within_41600_cubic_feet(volume: str, verdict: str) -> None:
    # 41,600 ft3 x 0.028316846592 m3 = 1,177.9808182272 m3 (international foot, 0.3048 m)
    assert Fraction("0.3048") ** 3 * 41600 == Fraction("1177.9808182272")
    tables = item("cluster", peak__fp64="100 PFLOP/s", peak__fp32="100 PFLOP/s", cluster__volume=volume)
    for rule in ("us-744-23-supercomputer", "us-treasury-outbound-prohibit-supercomputer"):
        assert of(ask(tables, "2025-06-01"), rule).verdict == verdict


# --- models ----------------------------------------------------------------------------------------------------------------

MODELS = (
    # Executive Order 14110, section 4.2(b)(i): greater than 1e26; revoked on 20 January 2025
    ("us-eo14110-model", "2024-06-01", "3e26", "crosses"),
    ("us-eo14110-model", "2025-01-19", "3e26", "crosses"),
    ("us-eo14110-model", "2025-01-20", "3e26", "not_in_force"),
    # 31 CFR 850.224: greater than 1e25; 850.217(d)(3): greater than 1e23 and not prohibited
    ("us-treasury-outbound-prohibit", "2025-01-01", "3e26", "not_in_force"),
    ("us-treasury-outbound-prohibit", "2025-01-02", "3e26", "crosses"),
    ("us-treasury-outbound-notify", "2025-06-01", "3e26", "out_of_scope"),
    # Regulation (EU) 2024/1689, Article 51(2): greater than 1e25, from 2 August 2025
    ("eu-aiact-51", "2025-08-01", "3e26", "not_in_force"),
    ("eu-aiact-51", "2025-08-02", "3e26", "crosses"),
    ("eu-aiact-51", "2025-08-02", "1e25", "below"),
    # SB 53: greater than 1e26, from 2026; RAISE as amended: from 2027; Korea: 1e26 or more, from 22 January 2026
    ("ca-sb53", "2025-12-31", "3e26", "not_in_force"),
    ("ca-sb53", "2026-01-01", "3e26", "crosses"),
    ("ca-sb53", "2026-01-01", "1e26", "below"),
    ("ny-raise", "2026-12-31", "3e26", "not_in_force"),
    ("ny-raise", "2027-01-01", "3e26", "crosses"),
    ("ny-raise-first", "2026-01-01", "3e26", "not_in_force"),
    ("ca-sb1047", "2025-01-01", "3e26", "not_in_force"),
    ("kr-ai-basic", "2026-01-21", "1e26", "not_in_force"),
    ("kr-ai-basic", "2026-01-22", "1e26", "crosses"),
    # ECCN 4E091: 1e26 or more; what nobody says of the model is open, and its last exclusion cannot be computed
    ("us-4e091", "2025-06-01", "9.9e25", "below"),
    ("us-4e091", "2025-06-01", "1e26", "unknown"),
    ("cn-training-compute", "2026-02-01", "3e26", "reported"),
    ("us-eo-14409", "2026-08-01", "3e26", "reported"),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "day", "ops", "verdict"), MODELS)
def test_models_by_training_compute(rule: str, day: str, ops: str, verdict: str) -> None:
    assert of(ask(item("model", training_compute=f"{ops} FLOP"), day, ""), rule).verdict == verdict


def test_a_model_of_3e26_in_2026() -> None:
    tables = item("model", training_compute="3e26 FLOP")
    found = ask(tables, "2026-02-01", "", lens="enforced")
    assert found.outcome == "DUTY/REPORT"
    wanted = {"ca-sb53#frontier", "eu-aiact-51#51-2", "kr-ai-basic#compute", "us-treasury-outbound-prohibit#general"}
    assert set(found.because) == wanted
    # the text has 4E091 too, which is not enforced: open until the model is described
    told = ask(tables, "2026-02-01", "")
    assert of(told, "us-4e091").verdict == "unknown" and {*wanted} <= {*told.because}
    closed = item(
        "model", training_compute="3e26 FLOP", model__published="no", model__derived_from_published="no",
        model__behind_published="no",
    )  # fmt: skip
    assert ask(closed, "2026-02-01", "IN").outcome == "LICENCE/PoD"
    assert ask(closed, "2026-02-01", "GB").outcome == "EXCEPTION"  # 740.27


def test_each_law_counts_in_its_own_way() -> None:
    # EU: cumulative; SB 53 and RAISE: with later training; 4E091: with the making of training data.
    tables = item("model", training_compute__cumulative="2e25 FLOP", training_compute__with_later_training="9e25 FLOP")
    found = ask(tables, "2026-02-01", "")
    assert (of(found, "eu-aiact-51").verdict, of(found, "ca-sb53").verdict) == ("crosses", "below")
    for rule in ("us-4e091", "us-treasury-outbound-prohibit"):
        assert of(found, rule).verdict == "unknown"


@pytest.mark.parametrize(
    ("original", "modification", "verdict"),
    # a third of the original's operations is not more than a third
    [
        ("3e25", "1e25", "below"),
        ("3e25", "1.0000001e25", "crosses"),
        ("3e25", "9.99e24", "below"),
        ("", "1e25", "unknown"),
    ],
)
def test_who_modifies_a_model(original: str, modification: str, verdict: str) -> None:
    figures = {"training_compute__modification": f"{modification} FLOP"}
    if original:
        figures["training_compute__original"] = f"{original} FLOP"
    assert of(ask(item("model", **figures), "2026-02-01", ""), "eu-gpai-modifier").verdict == verdict


@pytest.mark.parametrize(
    ("original", "modification", "verdict"),
    # 4E091: out unless the further training exceeds the greater of 2.5e25 and a quarter
    [
        ("1e26", "2.5e25", "below"), ("1e26", "2.51e25", "crosses"), ("4e26", "1e26", "below"), ("4e26", "1.01e26", "crosses"),
        ("1e25", "2.5e25", "below"), ("1e25", "2.51e25", "crosses"),
    ],
)  # fmt: skip
def test_weights_derived_from_published_ones(original: str, modification: str, verdict: str) -> None:
    tables = item(
        "model", training_compute="5e26 FLOP", model__published="no", model__behind_published="no",
        model__derived_from_published="yes", training_compute__original=f"{original} FLOP",
        training_compute__modification=f"{modification} FLOP",
    )  # fmt: skip
    assert of(ask(tables, "2025-06-01", "IN"), "us-4e091").verdict == verdict


def test_biological_data_lower_the_line() -> None:
    # Executive Order 14110: 1e23; 31 CFR 850.224: 1e24
    for rule, day, at in (
        ("us-eo14110-model", "2024-06-01", "1e23"),
        ("us-treasury-outbound-prohibit", "2025-06-01", "1e24"),
    ):
        above = f"1.01{at[1:]}"
        for ops, data, verdict in (
            (at, "yes", "below"),
            (above, "yes", "crosses"),
            (above, "no", "below"),
            (above, "", "unknown"),
        ):
            tables = item("model", training_compute=f"{ops} FLOP", training__biological=data)
            assert of(ask(tables, day, ""), rule).verdict == verdict


# --- proposals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "covered", "restricted"),
    # S. 4456: H100 at 15,840 TPP and a density of 19.5 is covered and not restricted; B200 is restricted
    [("H100", True, False), ("H200", True, False), ("H20", True, False), ("B200", True, True)],
)
def test_bills_say_what_would_cross(name: str, covered: bool, restricted: bool) -> None:
    found = check(name, on="2026-06-01", to="CN")
    would = {one.split("#")[0] for one in found.combined.would_cross}
    assert ("us-bill-ai-overwatch" in would, "us-bill-ai-overwatch-restricted" in would) == (covered, restricted)
    assert all(
        one.period is not None and one.period.text_status == "proposed" for one in found.verdicts if one.proposed
    )
    enforced = check(name, on="2026-06-01", to="CN", lens="enforced")
    assert enforced.combined.would_cross == ()


def test_a_part_first_sold_after_2026_began() -> None:
    for day, verdict in (("2026-01-01", "below"), ("2026-01-02", "crosses")):
        tables = item(tpp="4800 TPP", performance_density="5 TPP/mm2", datacentre="yes", released=day)
        assert of(ask(tables, "2026-06-01"), "us-bill-ai-overwatch-restricted").verdict == verdict


# --- laws ----------------------------------------------------------------------------------------------------------------

values = st.sampled_from([1599, 1600, 2399, 2400, 4799, 4800, 14001, 15840, 20900, 20999, 21000, 37248])
areas = st.sampled_from([100, 250, 500, 814, 1000, 3000])
places = st.sampled_from(["CN", "MO", "HK", "VN", "MY", "DE", "AE", "RU"])
days = st.sampled_from(["2023-12-01", "2024-05-01", "2025-02-01", "2025-06-01", "2026-02-01", "2026-08-01"])
markets = st.sampled_from(["yes", "no"])
LADDER = ("LICENCE/PoD", "LICENCE/CASE", "LICENCE/UNSPEC", "LICENCE/PoA", "EXCEPTION+NOTIFY", "EXCEPTION", "NLR")


@LAW
@given(values, values, areas, markets, days, places)
def test_more_tpp_never_leaves_3a090(one: int, other: int, area: int, dc: str, day: str, to: str) -> None:
    low, high = (ask(chip(tpp, area, dc=dc), day, to) for tpp in sorted((one, other)))
    first = [of(found, A).verdict for found in (low, high)]
    assert first != ["crosses", "below"]
    tier = {name: [of(found, name).verdict == "crosses" for found in (low, high)] for name in (A, B)}
    assert not (tier[A][0] or tier[B][0]) or tier[A][1] or tier[B][1]


@LAW
@given(
    values,
    areas,
    st.sampled_from([300, 1399, 1400, 6499, 6500]),
    st.sampled_from([64, 299, 300, 1100]),
    markets,
    days,
    places,
)
def test_what_is_not_known_is_never_below(tpp: int, area: int, dram: int, io: int, dc: str, day: str, to: str) -> None:
    known = {"tpp": tpp, "area": area, "dram": dram, "io": io, "dc": dc}
    whole = ask(chip(**known), day, to)  # type: ignore[arg-type]
    for left_out in known:
        part = ask(chip(**{**known, left_out: ""}), day, to)  # type: ignore[arg-type]
        for one, other in zip(part.verdicts, whole.verdicts, strict=True):
            if one.verdict in ("crosses", "below") and other.verdict in ("crosses", "below"):
                assert one.verdict == other.verdict, (left_out, one.rule.id)
        if part.outcome in LADDER:
            assert part.outcome == whole.outcome, left_out


@LAW
@given(values, areas, markets, places)
def test_the_lane_only_ever_softens(tpp: int, area: int, dc: str, to: str) -> None:
    before, after = (ask(chip(tpp, area, 1000, 64, dc=dc), day, to) for day in ("2026-01-14", "2026-01-15"))
    assert LADDER.index(after.outcome) >= LADDER.index(before.outcome)
    if to not in ("CN", "HK", "MO"):
        assert after.outcome == before.outcome
