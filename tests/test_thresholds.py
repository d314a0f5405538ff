# SPDX-License-Identifier: Apache-2.0
"""Thresholds: the test vectors of the 3A090 columns, every line at, below and above, exactness, unknowns and dates.

The rule: 15 CFR 774 Supp. 1, ECCN 3A090.a and .b (88 FR 73458). Chips that the tables do not have are made in a folder
of the user's; `TEST` has one operating mode of 8 bit, so its TPP is eight times its INT8 rate.
"""

from collections.abc import Iterator
from copy import copy
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc import thresholds
from chipgauge.calc.quantity import quantity
from chipgauge.calc.thresholds import ItemVerdict, RuleVerdict, evaluate_rule, exact_corners, exact_value
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.rules import Comparison, Limb, Period
from chipgauge.specs.units import parse_value

A, B = "us-bis-3a090-a", "us-bis-3a090-b"
RULES = {rule.id: rule for rule in catalog().rules() if rule.id in (A, B)}
SHEET = '\nsource = "test-sheet"\n\n'
SOURCES = """
[test-sheet]
publisher = "Test"
title = "Data sheet"
url = "https://example.com/sheet"
kind = "vendor"

[test-paper]
publisher = "Another"
title = "Paper"
url = "https://example.com/paper"
kind = "paper"
"""


def check(item: str, *, catalog: Catalog | None = None, **asked: str) -> ItemVerdict:
    """The verdicts of these two rules alone, whoever sells the chip: what others add is tested where they stand."""
    view = copy(catalog or shipped())
    view._rules = list(RULES.values())
    return thresholds.check(item, as_if=True, catalog=view, **asked)  # type: ignore[arg-type]


def table(name: str, *figures: str, kind: str = "chip") -> str:
    """The text of a table: `figures` are the lines of each entry; those without a source get the test sheet."""
    head = f'id = "{name}"\nkind = "{kind}"\nname = "{name}"\nmaker = "test"\n'
    return head + "".join(f"[[figures]]\nquantity = {one}{'' if 'source' in one else SHEET}\n" for one in figures)


def rate(text: str) -> str:
    return f'"peak.int8"\nvalue = "{text}"\nsparsity = "dense"'


def conflicting(quantity_name: str, adopted: str, other: str, more: str = "") -> tuple[str, str]:
    """Two credible sources that disagree."""
    return (
        f'"{quantity_name}"\nvalue = "{adopted}"\nrole = "adopted"\n{more}{SHEET}',
        f'"{quantity_name}"\nvalue = "{other}"\nrole = "conflict"\nwhy = "so it says"\n{more}\nsource = "test-paper"',
    )


MODES = '"tpp.modes"\nvalue = "int8"'
YES = '"datacentre"\nvalue = "yes"'
NO = '"datacentre"\nvalue = "no"'
AREA_1000 = '"die.area"\nvalue = "1000 mm2"'
AREA_2900 = '"die.area"\nvalue = "2900 mm2"'
AREA_1600 = '"die.area"\nvalue = "1600 mm2"'
DENSE = 'sparsity = "dense"'

TABLES = (
    table("test", MODES),
    table("floor", rate("700 TOP/s"), YES, AREA_1000),  # 5,600 at 8 bit; no list of modes: other rates are unknown
    table("low-floor", rate("100 TOP/s"), NO, AREA_1000),  # 800 at least
    table("exact-floor", rate("600 TOP/s"), NO, AREA_1000),  # 4,800 at least
    table("declared-low", rate("700 TOP/s"), YES, AREA_1000, '"tpp.declared"\nvalue = "4,000 TPP"'),
    table("conflict", MODES, *conflicting("peak.int8", "590 TOP/s", "610 TOP/s", DENSE), YES, AREA_1600),
    table("inside", MODES, *conflicting("peak.int8", "290 TOP/s", "610 TOP/s", DENSE), YES, AREA_1600),
    table("narrow", MODES, *conflicting("peak.int8", "100 TOP/s", "1125 TOP/s", DENSE), YES, AREA_2900),
    table("ranged", MODES, *conflicting("peak.int8", "590 TOP/s", "600 to 610 TOP/s", DENSE), YES, AREA_1600),
    table("dash", MODES, rate("590-610 TOP/s"), YES, AREA_1600),
    table("wide-area", MODES, rate("250 TOP/s"), YES, *conflicting("die.area", "300 mm2", "400 mm2")),
    table("declared", MODES, rate("590 TOP/s"), YES, AREA_1600, '"tpp.declared"\nvalue = "4,900 TPP"'),
    table("tf32", '"tpp.modes"\nvalue = "tf32"', '"peak.tf32"\nvalue = "200 TFLOP/s"\nsparsity = "dense"', YES, AREA_1600),
    table("stated-density", MODES, rate("250 TOP/s"), YES, '"performance_density"\nvalue = "6 TPP/mm2"'),
    table("mixed", '"chips"\nvalue = "7"\nof = "tf32"\ncase = "a"', '"chips"\nvalue = "1"\nof = "floor"\ncase = "b"', kind="system"),
    table("many-small", '"chips"\nvalue = "1000"\nof = "nvidia-h20-96gb"', kind="system"),
    table("sealed", kind="system"),
)  # fmt: skip


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Our catalogue with the synthetic chips."""
    folder: Path = tmp_path_factory.mktemp("tables")
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    for number, text in enumerate(TABLES):
        (folder / f"table-{number}.toml").write_text(text, encoding="utf-8")
    yield catalog().with_folder(folder)


def made(
    ours: Catalog, tpp: object = None, area: object = None, datacentre: str = "", declared: object = None
) -> Catalog:
    """The chip `test` with these figures; what is None or empty stays unknown."""
    given_figures = [
        f"peak.int8(test)={Decimal(str(tpp)) / 8:f} TOP/s" if tpp is not None else "",
        f"die.area(test)={area} mm2" if area is not None else "",
        f"datacentre(test)={datacentre}" if datacentre else "",
        f"tpp.declared(test)={declared} TPP" if declared is not None else "",
    ]
    return ours.adjusted(given=[text for text in given_figures if text])


def verdict(result: ItemVerdict, rule: str) -> RuleVerdict:
    return next(one for one in result.verdicts if one.rule.id == rule)


def words(result: ItemVerdict) -> tuple[str, str]:
    return verdict(result, A).verdict, verdict(result, B).verdict


def limb_holds(one: RuleVerdict, limb: str) -> bool:
    return all(reading.holds is True for reading in one.readings if reading.limb == limb)


# --- the test vectors of the rules ------------------------------------------------------------------------------------

# chip, limb that holds ("" for none): rows of the table "3A090 now" that our tables have; NVIDIA's own ECCN agrees
VECTORS = [
    ("A100", "a1"),  # row A100 80GB SXM: 4,989, 826 mm2; 4A090.a
    ("A800", "a1"),  # row A800 80GB SXM: 4,989, 826 mm2; 4A090.a
    ("H100", "a1"),  # row H100 SXM5: 15,840, 814 mm2; 4A090.a
    ("H800", "a1"),  # row H800 SXM5: 15,840; 4A090.a
    ("H100 PCIe", "a1"),  # row H100 PCIe: 12,224; 4A090.a
    ("H200", "a1"),  # row H200 SXM5: 15,840; 4A090.a
    ("H200 NVL", "a1"),  # row H200 NVL: 14,144; 4A090.a
    ("H20", ""),  # row H20: 2,368, 814 mm2; 4A994.l
    ("B200", "a1"),  # row B200 (HGX): 37,248; 5A002.z.1
    ("B300", "a1"),  # row B300 (HGX): 55,432; 5A002.z.1
    ("GB200", "a1"),  # row GB200 / GB300 (per GPU): 40,200; 5A002.z.1
    ("GB300", "a1"),  # row GB200 / GB300 (per GPU): 58,484; 5A002.z.1
]


@pytest.mark.parametrize(("chip", "limb"), VECTORS)
def test_vectors_of_our_chips(chip: str, limb: str) -> None:
    result = check(chip)
    if not limb:
        assert words(result) == ("below", "below")
        assert (result.outcome, result.text, result.because) == ("NLR", "below every threshold checked", ())
        return
    assert verdict(result, A).verdict == "crosses"
    assert limb_holds(verdict(result, A), limb)
    assert verdict(result, B).verdict in ("below", "out_of_scope"), "classified under .a first"
    assert result.outcome == "LICENCE/PoD", "no destination given: the strictest"
    assert all(one.startswith(A) for one in result.because)


@pytest.mark.parametrize(
    ("chip", "printed"), [("A100", 6.04), ("H100", 19.46), ("H100 PCIe", 15.02), ("H200 NVL", 17.38), ("H20", 2.91)]
)
def test_density_of_the_vectors(chip: str, printed: float) -> None:
    """The law takes the larger TPP: NVIDIA's 15,840 / 814 is 19.46, ours would be 19.45. [column PD of the vectors]"""
    row = next(one for one in verdict(check(chip), A).readings if one.comparison.metric == "performance_density")
    assert row.margin is not None
    density = float((1 + row.margin) * Fraction("5.92"))
    assert round(density, 2) == printed or (chip == "A100" and abs(density - printed) < 0.005)


# name, TPP, die area, datacentre, verdict of .a, verdict of .b, limb
SYNTHETIC = [
    ("L40S", 5872, 608.5, "yes", "crosses", "a1"),
    ("L4", 1952, 294.5, "yes", "crosses", "a2"),  # PD 6.63
    ("L20", 1912, 608.5, "yes", "below", ""),  # PD 3.14 < 3.2
    ("L2", 1547, 294.5, "yes", "below", ""),  # TPP < 1600
    ("L2 by Epoch", 1544, 294.5, "yes", "below", ""),
    ("RTX 4090", 5285, 608.5, "no", "crosses", "a1"),  # 4,800 or more needs no datacentre
    ("RTX 4090 D", 4708, 608.5, "no", "below", ""),  # Note 2
    ("RTX PRO 4500 server", 3200, 378, "yes", "crosses", "a2"),  # PD 8.47
    ("RTX PRO 4500 workstation", 3200, 378, "no", "below", ""),  # same silicon, Note 2
    ("RTX PRO 4500, nobody says", 3200, 378, "", "unknown", "a2"),
    ("MI300X", 20919, None, "yes", "crosses", "a1"),  # no die area needed
    ("Gaudi 3", 29360, None, "yes", "crosses", "a1"),
]


@pytest.mark.parametrize(
    ("tpp", "area", "datacentre", "expected", "limb"), [row[1:] for row in SYNTHETIC], ids=[row[0] for row in SYNTHETIC]
)
def test_vectors_of_chips_that_we_make(
    ours: Catalog, tpp: int, area: float | None, datacentre: str, expected: str, limb: str
) -> None:
    result = check("test", catalog=made(ours, tpp, area, datacentre))
    one = verdict(result, A)
    assert one.verdict == expected
    assert verdict(result, B).verdict in ("below", "out_of_scope")
    if limb:
        assert limb_holds(one, limb)
    if expected == "unknown":
        assert one.missing == ("test/datacentre",)
        assert result.text.startswith("unknown without ")


@pytest.mark.parametrize(
    ("tpp", "area", "datacentre"),
    [
        (2400, 1501, "yes"),  # 2400 to 4799 with PD under 1.6
        (4799, 3000, "yes"),
        (1600, 501, "yes"),  # 1600 to 2399 with PD under 3.2
        (2399, 750, "yes"),
        (1599, 1, "yes"),  # under 1600 at any PD
        (8, 1, "yes"),
        (4799, 100, "no"),  # Note 2 whatever the PD
        (1600, 100, "no"),
    ],
)
def test_holes_of_the_rule(ours: Catalog, tpp: int, area: int, datacentre: str) -> None:
    result = check("test", catalog=made(ours, tpp, area, datacentre))
    assert words(result) == ("below", "below")
    assert result.because == ()


# --- each line: at the value, one step below, one step above --------------------------------------------------------

STEP = Decimal("0.000001")


def lines() -> Iterator[tuple[str, str, Decimal, Decimal, str, str]]:
    """rule, comparison, TPP, area, step that moves, verdict where the comparison holds.

    Each line is crossed where nothing else decides; the areas are chosen so that the density is an exact decimal.
    """
    yield A, "a1 tpp >= 4800", Decimal(4800), Decimal(100000), "tpp", "holds at"
    yield A, "a2 tpp >= 1600", Decimal(1600), Decimal(100), "tpp", "holds at"
    yield A, "a2 density >= 5.92", Decimal(1776), Decimal(300), "area", "holds at"
    yield B, "b1 tpp >= 2400", Decimal(2400), Decimal(1000), "tpp", "holds at"
    yield B, "b1 tpp < 4800", Decimal(4800), Decimal(2400), "tpp", "fails at"
    yield B, "b1 density >= 1.6", Decimal(2400), Decimal(1500), "area", "holds at"
    yield B, "b1 density < 5.92", Decimal(2960), Decimal(500), "area", "fails at"
    yield B, "b2 tpp >= 1600", Decimal(1600), Decimal(400), "tpp", "holds at"
    yield B, "b2 density >= 3.2", Decimal(1600), Decimal(500), "area", "holds at"
    yield B, "b2 density < 5.92", Decimal(1776), Decimal(300), "area", "fails at"


@pytest.mark.parametrize(
    ("rule", "name", "tpp", "area", "moves", "kind"), list(lines()), ids=[row[1] for row in lines()]
)
def test_each_line_at_below_and_above(
    ours: Catalog, rule: str, name: str, tpp: Decimal, area: Decimal, moves: str, kind: str
) -> None:
    """`>=` holds at the value, `<` does not; a step of a millionth decides."""
    found: list[str] = []
    for step in (-STEP, Decimal(0), STEP):
        # A larger die is a lower density.
        moved = (tpp + step, area) if moves == "tpp" else (tpp, area - step)
        mine = made(ours, *moved, "yes")
        found.append(evaluate_rule(RULES[rule], mine.find("test"), on="2026-11-22", lens="text", catalog=mine).verdict)
    assert found == (["below", "crosses", "crosses"] if kind == "holds at" else ["crosses", "below", "below"]), name


@pytest.mark.parametrize(
    ("tpp", "expected"), [("4799.999999", "below"), ("4800", "crosses"), ("4800.000001", "crosses")]
)
def test_note_2_ends_at_4800(ours: Catalog, tpp: str, expected: str) -> None:
    result = check("test", catalog=made(ours, tpp, 100, "no"))
    assert verdict(result, A).verdict == expected


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "=="])
def test_each_operator_at_below_and_above(ours: Catalog, op: str) -> None:
    """Operators are data: the same line with another operator gives another verdict at the value and only there."""
    rule = RULES[A]._replace(limbs=(Limb("x", "nowhere", (Comparison("tpp", op, "4800 TPP"),)),), unless=())
    found: list[bool] = []
    for step in (-STEP, Decimal(0), STEP):
        mine = made(ours, 4800 + step, 100, "yes")
        one = evaluate_rule(rule, mine.find("test"), on="2026-11-22", lens="text", catalog=mine)
        found.append(one.verdict == "crosses")
        assert one.verdict in ("crosses", "below")
    expected = {"<": "100", "<=": "110", ">": "001", ">=": "011", "==": "010"}[op]
    assert "".join(str(int(holds)) for holds in found) == expected


# --- exactness ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tail", "expected"), [("599." + "9" * 30, "below"), ("600." + "0" * 30 + "1", "crosses")])
def test_what_a_float_rounds_over_the_line(ours: Catalog, tail: str, expected: str) -> None:
    mine = ours.adjusted(given=[f"peak.int8(test)={tail} TOP/s", "datacentre(test)=yes", "die.area(test)=100000 mm2"])
    assert quantity("tpp", "test", catalog=mine).to("TPP") == 4800, "the float is on the line"
    assert verdict(check("test", catalog=mine), A).verdict == expected


def test_a_density_that_floats_put_below_the_line(ours: Catalog) -> None:
    mine = made(ours, "1722.72", "291", "yes")  # 1,722.72 / 291 is 5.92
    density = quantity("performance_density", "test", catalog=mine).number
    assert density < parse_value("5.92 TPP/mm^2")[0], "the floats miss the line by a last place"
    assert verdict(check("test", catalog=mine), A).verdict == "crosses"
    below = made(ours, "1722.72", "291.0000000000000001", "yes")
    assert verdict(check("test", catalog=below), A).verdict == "below"


def test_exact_value_and_corners() -> None:
    # 910C: 752 adopted (Huawei's device profile), 800 (Epoch AI); x 16 bit = 2 byte
    assert exact_value(quantity("tpp", "910C")) == Fraction(752 * 10**12 * 2)
    assert set(exact_corners(quantity("tpp", "910C"))) == {Fraction(752 * 10**12 * 2), Fraction(800 * 10**12 * 2)}
    assert exact_corners(quantity("tpp", "H20")) == [Fraction(296 * 10**12)]
    assert exact_corners(quantity("node", "H20")) == exact_corners(quantity("die.area", "B200")) == []


@given(tpp=st.integers(1, 60_000), area=st.integers(1, 3_000))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_margins_are_exact(ours: Catalog, tpp: int, area: int) -> None:
    result = check("test", catalog=made(ours, tpp, area, "yes"))
    limits = {"tpp": {1600, 2400, 4800}, "performance_density": {Fraction("1.6"), Fraction("3.2"), Fraction("5.92")}}
    for one in result.verdicts:
        assert one.deciding is None or one.deciding in one.readings
        for row in one.readings:
            if row.comparison.metric == "datacentre":
                assert row.margin is None
                continue
            limit = Fraction(row.comparison.value.split()[0])
            assert limit in limits[row.comparison.metric]
            value = Fraction(tpp) if row.comparison.metric == "tpp" else Fraction(tpp, area)
            assert row.margin == value / limit - 1


def test_margins_of_the_h20() -> None:
    # 2,368 against 4,800 and 2,400: 51% and 1.3% below
    result = check("H20")
    rows = {
        (row.limb, row.comparison.metric, row.comparison.value.split()[0]): row.margin
        for one in result.verdicts
        for row in one.readings
    }
    assert rows["a1", "tpp", "4800"] == Fraction(-38, 75)
    assert rows["b1", "tpp", "2400"] == Fraction(-1, 75)
    assert rows["a2", "performance_density", "5.92"] == Fraction(2368, 814) / Fraction("5.92") - 1
    deciding = verdict(result, B).deciding
    assert deciding is not None and (deciding.limb, deciding.comparison.metric) == ("b1", "tpp"), "the nearest line"
    assert check("A100").verdicts[0].readings[0].margin == Fraction(1, 25)


# --- an independent reading of the rule --------------------------------------------------------------------------------


def written_out(tpp: Fraction, area: Fraction, datacentre: str) -> tuple[bool, bool]:
    """3A090.a and .b as the text has them, with integers and fractions only."""
    density = tpp / area
    out = datacentre == "no" and tpp < 4800
    a = (tpp >= 4800 or (tpp >= 1600 and density >= Fraction("5.92"))) and not out
    b1 = 2400 <= tpp < 4800 and Fraction("1.6") <= density < Fraction("5.92")
    b2 = tpp >= 1600 and Fraction("3.2") <= density < Fraction("5.92")
    return a, (b1 or b2) and not a and not out


near = st.one_of(st.integers(1, 6000), st.sampled_from([1599, 1600, 1601, 2399, 2400, 2401, 4799, 4800, 4801]).map(int))
areas = st.one_of(st.integers(1, 4000), st.sampled_from([270, 300, 405, 500, 750, 810, 1000, 1500, 3000]))


@given(tpp=near, area=areas, datacentre=st.sampled_from(["yes", "no"]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_verdicts_are_those_of_the_text(ours: Catalog, tpp: int, area: int, datacentre: str) -> None:
    a, b = written_out(Fraction(tpp), Fraction(area), datacentre)
    result = check("test", catalog=made(ours, tpp, area, datacentre))
    assert (verdict(result, A).verdict == "crosses", verdict(result, B).verdict == "crosses") == (a, b)
    assert {one.verdict for one in result.verdicts} <= {"crosses", "below", "out_of_scope"}
    assert (result.outcome, [one.split("#")[0] for one in result.because]) == (
        ("LICENCE/PoD", [A]) if a else ("LICENCE/PoD", [B]) if b else ("NLR", [])
    )


@given(tpp=near, area=areas, datacentre=st.sampled_from(["yes", "no"]), known=st.tuples(*[st.booleans()] * 3))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_unknown_never_gives_below(
    ours: Catalog, tpp: int, area: int, datacentre: str, known: tuple[bool, bool, bool]
) -> None:
    """Hiding a figure turns a verdict into unknown, or leaves it as it is; it never turns it into another."""
    whole = check("test", catalog=made(ours, tpp, area, datacentre))
    hidden = made(ours, tpp if known[0] else None, area if known[1] else None, datacentre if known[2] else "")
    part = check("test", catalog=hidden)
    for one, full in zip(part.verdicts, whole.verdicts, strict=True):
        if one.verdict == "unknown":
            assert one.missing and set(one.missing) <= {"test/tpp", "test/die.area", "test/datacentre"}
        elif one.verdict != "out_of_scope":
            assert one.verdict == full.verdict
    if not known[0]:
        assert words(part) == ("unknown", "unknown") and "test/tpp" in part.verdicts[0].missing


@given(tpp=near, more=st.integers(1, 4000), area=st.one_of(areas, st.none()), centre=st.sampled_from(["yes", "no", ""]))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_more_tpp_never_leaves_3a090_a(ours: Catalog, tpp: int, more: int, area: int | None, centre: str) -> None:
    order = ("below", "unknown", "crosses")
    few, many = (verdict(check("test", catalog=made(ours, t, area, centre)), A).verdict for t in (tpp, tpp + more))
    assert order.index(few) <= order.index(many)


@given(chip=st.sampled_from(sorted(catalog().items)), data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_order_of_limbs_and_conditions_does_not_matter(chip: str, data: st.DataObject) -> None:
    item = catalog().items[chip]
    for rule in RULES.values():
        limbs = data.draw(st.permutations(rule.limbs))
        mixed = tuple(limb._replace(all=tuple(data.draw(st.permutations(limb.all)))) for limb in limbs)
        unless = tuple(limb._replace(all=limb.all[::-1]) for limb in rule.unless)
        first, second = (
            evaluate_rule(one, item, on="2026-11-22", lens="text", catalog=catalog())
            for one in (rule, rule._replace(limbs=mixed, unless=unless))
        )
        assert (first.verdict, set(first.missing)) == (second.verdict, set(second.missing))
        assert (first.deciding is None) == (second.deciding is None)
        if first.deciding and second.deciding and first.verdict != "unknown":
            assert first.deciding.margin == second.deciding.margin


# --- unknown figures -----------------------------------------------------------------------------------------------------


def test_unknown_die_area_is_named_but_not_needed_from_4800(ours: Catalog) -> None:
    result = check("test", catalog=made(ours, 4799, None, "yes"))
    assert words(result) == ("unknown", "unknown")
    assert {one.missing for one in result.verdicts} == {("test/die.area",)}
    assert result.text.removeprefix("unknown without ") == "test/die.area"
    assert words(check("test", catalog=made(ours, 4800, None, "yes"))) == ("crosses", "out_of_scope")
    assert words(check("test", catalog=made(ours, 1599, None, "yes"))) == ("below", "below"), "no area could decide"
    assert words(check("test", catalog=made(ours, 1599, None, ""))) == ("below", "below")
    assert words(check("test", catalog=made(ours, 4799, None, "no"))) == ("below", "below"), "Note 2 decides"


def test_h20_of_141_gb_is_unknown_while_nobody_states_its_die() -> None:
    result = check("nvidia-h20-141gb")
    assert words(result) == ("unknown", "unknown")
    assert verdict(result, A).missing == ("nvidia-h20-141gb/die.area",)


def test_a_known_mode_is_a_floor_under_an_unknown_tpp(ours: Catalog) -> None:
    assert quantity("tpp", "floor", catalog=ours).state == "unknown"
    assert words(check("floor", catalog=ours)) == ("crosses", "out_of_scope")
    one = verdict(check("low-floor", catalog=ours), A)
    assert one.verdict == "unknown" and "low-floor/peak.fp8" in one.missing
    assert words(check("exact-floor", catalog=ours))[0] == "crosses", "at least 4,800 is not under 4,800: no Note 2"


def test_a_declared_tpp_below_a_known_mode_does_not_hide_it(ours: Catalog) -> None:
    assert verdict(check("declared-low", catalog=ours), A).verdict == "straddles"


def test_a_density_that_only_a_source_states_is_used(ours: Catalog) -> None:
    one = verdict(check("stated-density", catalog=ours), A)
    assert one.verdict == "crosses" and limb_holds(one, "a2")
    row = next(reading for reading in one.readings if reading.comparison.metric == "performance_density")
    assert row.margin == 6 / Fraction("5.92") - 1


# --- readings that disagree ----------------------------------------------------------------------------------------------


def test_straddles_where_sources_disagree(ours: Catalog) -> None:
    # 590 x 8 = 4,720 and 610 x 8 = 4,880, on two sides of 4,800
    result = check("conflict", catalog=ours)
    assert verdict(result, A).verdict == "straddles"
    assert (result.outcome, result.text) == ("STRADDLES", "on the line: readings differ")
    assert verdict(check("dash", catalog=ours), A).verdict == "straddles", "a range in one source, written with a dash"


def test_straddles_where_only_the_middle_of_a_range_is_in_the_band(ours: Catalog) -> None:
    # 2,320 to 4,880 on 1,600 mm2: both ends are outside 3A090.b, 2,560 to 4,799 are inside
    assert words(check("inside", catalog=ours)) == ("straddles", "straddles")
    # 800 to 9,000 on 2,900 mm2: inside only from 4,640 (a density of 1.6) to 4,799, far from both ends and the middle
    assert words(check("narrow", catalog=ours)) == ("straddles", "straddles")


def test_straddles_where_the_area_is_in_dispute(ours: Catalog) -> None:
    # 2,000 on 300 mm2 is 6.67, on 400 mm2 5.0: two sides of 5.92
    assert words(check("wide-area", catalog=ours)) == ("straddles", "straddles")


def test_straddles_where_the_maker_declares_more_and_the_larger_is_named(ours: Catalog) -> None:
    one = verdict(check("declared", catalog=ours), A)
    assert one.verdict == "straddles"
    first = one.readings[0]
    assert first.figure.name == "tpp.declared" and first.margin == Fraction(4900, 4800) - 1


def test_straddles_where_tf32_counts_as_19_or_32_bits(ours: Catalog) -> None:
    # 200 x 19 = 3,800 and 200 x 32 = 6,400
    assert quantity("tpp", "tf32", catalog=ours).to("TPP") == 3800
    assert verdict(check("tf32", catalog=ours), A).verdict == "straddles"


def test_the_one_anomaly_of_nvidias_table() -> None:
    # NVIDIA's table has 3,822 for the HGX A100 40 GB, the same silicon as 4,989, beside the ECCN 4A090.a that 3,822 does
    # not reach: shown with the reason, and not taken
    assert not quantity("tpp.declared", "nvidia-a100-sxm-40gb").known
    assert verdict(check("nvidia-a100-sxm-40gb"), A).verdict == "crosses"
    assert verdict(check("nvidia-a100-sxm-80gb"), A).verdict == "crosses"


def test_a_preferred_source_stands_alone(ours: Catalog) -> None:
    assert verdict(check("conflict", catalog=ours.adjusted(prefer="Another")), A).verdict == "crosses"
    assert verdict(check("conflict", catalog=ours.adjusted(prefer="Test")), A).verdict == "below"
    ranged = ours.adjusted(prefer="Another")  # 600 to 610 x 8: its own range, without the 590 of the other
    assert verdict(check("ranged", catalog=ranged), A).verdict == "crosses"
    assert verdict(check("ranged", catalog=ours), A).verdict == "straddles"
    assert (
        verdict(check("conflict", catalog=ours.adjusted(given=["peak.int8(conflict)=600 TOP/s"])), A).verdict
        == "crosses"
    )


# --- dates, lenses, rules ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2022-10-07", "not_in_force"),
        ("2023-11-16", "not_in_force"),
        ("2023-11-17", "crosses"),
        ("2026-11-22", "crosses"),
    ],
)
def test_in_force_from_17_november_2023(on: str, expected: str) -> None:
    # 88 FR 73458: effective 17 November 2023
    result = check("H100", on=on)
    assert verdict(result, A).verdict == expected
    if expected == "not_in_force":
        assert words(result) == (expected, expected)
        assert (result.outcome, result.text, result.because) == ("NOT-IN-FORCE", "no rule checked is in force", ())


def test_the_enforced_lens_leaves_out_a_text_that_nobody_enforces() -> None:
    # as the worldwide part of the AI diffusion rule: in the CFR, and by a press release of 13 May 2025 not enforced
    periods = (
        Period("2025-01-13", "2025-05-12", "in_force", "enforced"),
        Period("2025-05-13", "", "in_force", "not_enforced"),
    )
    rule = RULES[A]._replace(valid=periods)
    item = catalog().find("H100")

    def found(on: str, lens: str) -> str:
        return evaluate_rule(rule, item, on=on, lens=lens, catalog=catalog()).verdict

    assert found("2025-05-12", "text") == found("2025-05-12", "enforced") == "crosses"
    assert found("2025-05-13", "text") == "crosses"
    assert found("2025-05-13", "enforced") == "not_in_force"
    assert found("2025-01-12", "text") == found("2025-01-12", "enforced") == "not_in_force"
    assert words(check("H100", lens="enforced"))[0] == "crosses", "3A090 itself is enforced"


def test_one_rule_alone(ours: Catalog) -> None:
    result = check("H100", rule=B)
    assert [one.rule.id for one in result.verdicts] == [B]
    assert [one.rule.id for one in check("H100", rule=f"{A}#a1").verdicts] == [A]
    # 5,000 on 1,000 mm2 meets b2, whose text has no upper TPP; .a takes it first, also where only .b is asked for
    mine = made(ours, 5000, 1000, "yes")
    alone = check("test", rule=B, catalog=mine).verdicts[0]
    assert (alone.verdict, alone.note) == ("out_of_scope", f"classified under {A} first")
    assert words(check("test", catalog=mine)) == ("crosses", "out_of_scope")


def test_what_no_one_wrote_is_refused() -> None:
    with pytest.raises(UnknownName, match="no rule has the id 'us-bis-3a09-a'. Did you mean us-bis-3a090-a"):
        check("H20", rule="us-bis-3a09-a")
    with pytest.raises(UnknownName, match="a lens is one of text, enforced, got 'both'"):
        check("H20", lens="both")
    for wrong in ("yesterday", "2023", "2023-11", "17.11.2023"):
        with pytest.raises(UnknownName, match="is not a day; write for example 2025-04-20"):
            check("H20", on=wrong)
    with pytest.raises(UnknownName, match="Did you mean"):
        check("H2O0")


# --- systems -------------------------------------------------------------------------------------------------------------


def test_a_system_is_as_its_worst_chip_never_as_its_sum(ours: Catalog) -> None:
    # 4A090: "containing integrated circuits, any of which meets or exceeds the limits in 3A090.a"
    many = check("many-small", catalog=ours)
    assert quantity("aggregate.tpp", "many-small", catalog=ours).to("TPP") == 2_368_000
    assert words(many) == ("below", "below")
    assert words(check("HGX H20")) == ("below", "below")
    assert words(check("1000 H20")) == ("below", "below")
    # one chip straddles (TF32), the other crosses: the worst verdict stands, and says of which chip
    mixed = verdict(check("mixed", catalog=ours), A)
    assert (mixed.verdict, mixed.chip) == ("crosses", "floor")


@pytest.mark.parametrize(
    ("system", "chip"),
    [("DGX H100", "H100"), ("DGX H200", "H200"), ("NVL72", "GB200"), ("CM384", "910C"), ("HGX H20", "H20")],
)
def test_a_system_of_one_kind_has_the_verdicts_of_its_chip(system: str, chip: str) -> None:
    assert words(check(system)) == words(check(chip))
    assert check(system).because == check(chip).because
    assert verdict(check(system), A).chip == catalog().find(chip).id


def test_a_system_whose_chips_nobody_states_is_unknown(ours: Catalog) -> None:
    result = check("sealed", catalog=ours)
    assert words(result) == ("unknown", "unknown")
    assert result.text.startswith("unknown without ") and verdict(result, A).missing


# --- the rules as data -----------------------------------------------------------------------------------------------------


def test_rules_cite_their_paragraphs_and_hold_the_operators_of_the_text() -> None:
    # 15 CFR 774 Supp. 1: "4800 or more", "1600 or more", "2400 or more and less than 4800", "5.92 or more", ...
    written = {
        (rule.id, limb.id): {(one.metric, one.op, one.value) for one in limb.all}
        for rule in RULES.values()
        for limb in rule.limbs
    }
    assert written == {
        (A, "a1"): {("tpp", ">=", "4800 TPP")},
        (A, "a2"): {("tpp", ">=", "1600 TPP"), ("performance_density", ">=", "5.92 TPP/mm^2")},
        (B, "b1"): {
            ("tpp", ">=", "2400 TPP"),
            ("tpp", "<", "4800 TPP"),
            ("performance_density", ">=", "1.6 TPP/mm^2"),
            ("performance_density", "<", "5.92 TPP/mm^2"),
        },
        (B, "b2"): {
            ("tpp", ">=", "1600 TPP"),
            ("performance_density", ">=", "3.2 TPP/mm^2"),
            ("performance_density", "<", "5.92 TPP/mm^2"),
        },
    }
    for rule in RULES.values():
        assert rule.citation and "ear-3a090" in rule.sources
        assert [limb.citation for limb in rule.limbs] == [f"3A090.{limb.id[0]}.{limb.id[1]}" for limb in rule.limbs]
        assert [{(one.metric, one.op) for one in limb.all} for limb in rule.unless] == [
            {("datacentre", "=="), ("tpp", "<")}
        ]


def test_order_of_the_rules_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for order in permutations(RULES.values()):
        monkeypatch.setitem(globals(), "RULES", {rule.id: rule for rule in order})
        assert words(check("B200")) == ("crosses", "out_of_scope")
