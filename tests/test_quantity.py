# SPDX-License-Identifier: Apache-2.0
"""The resolver: what each name means on a chip, a system and an amount; prices, fallbacks, and what stays unknown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.compare import compare
from chipgauge.calc.expression import evaluate
from chipgauge.calc.quantity import check_name, quantity
from chipgauge.specs.catalog import Catalog, catalog
from chipgauge.specs.errors import BasisError, UnitError, UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import H100E_BASES, QUANTITIES
from chipgauge.specs.units import parse_value

ROUNDED = 1e-9
CHIPS = [item.id for item in catalog().items.values() if item.kind == "chip"]
SYSTEMS = [item.id for item in catalog().items.values() if item.kind == "system"]
SOURCES = """
[test-sheet]
publisher = "Test"
title = "Data sheet"
url = "https://example.com/sheet"
kind = "vendor"

[test-notes]
publisher = "Somebody"
title = "Notes"
url = "https://example.com/notes"
kind = "notes"
"""


def table(name: str, *figures: str, kind: str = "chip") -> str:
    """The text of a table: `figures` are the lines of each entry; those without a source get the test sheet."""
    head = f'id = "{name}"\nkind = "{kind}"\nname = "{name}"\nmaker = "test"\n'
    sheet = '\nsource = "test-sheet"'
    body = [f"[[figures]]\nquantity = {figure}{'' if 'source' in figure else sheet}\n" for figure in figures]
    return head + "".join(body)


MakeCatalog = Callable[..., Catalog]


@pytest.fixture
def with_tables(tmp_path: Path) -> MakeCatalog:
    """Return a catalogue that has some tables more than ours."""

    def make(*tables: str) -> Catalog:
        (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
        for number, text in enumerate(tables):
            (tmp_path / f"table-{number}.toml").write_text(text, encoding="utf-8")
        return catalog().with_folder(tmp_path)

    return make


# --- the table "What a name means" of INTERFACE.md -------------------------------------------------------------------

MEANING = [
    # one package; a sum over the chips of a system or an amount
    ("peak.fp64", "H100", "33.45 TFLOP/s"),  # Epoch AI, ML hardware
    ("peak.fp64", "DGX H100", "267.6 TFLOP/s"),
    ("peak.bf16", "H100", "989.4 TFLOP/s"),  # Epoch AI, ML hardware
    ("peak.bf16", "1000 H100", "989,400 TFLOP/s"),
    ("peak.bf16", "NVL72", "180 PFLOP/s"),  # NVIDIA GB200 NVL72 data sheet: 180 PFLOPS dense
    ("peak.bf16", "2 NVL72", "360 PFLOP/s"),
    ("peak.fp8", "DGX H100", "15,832 TFLOP/s"),
    ("peak.fp4", "NVL72", "720 PFLOP/s"),  # NVIDIA: 1,440 PFLOPS with sparsity
    ("peak.int8", "CM384", "577,536 TOP/s"),  # CloudMatrix paper: 1,504 TOPS, x 384
    ("peak.int8", "10 910C", "15,040 TOP/s"),
    ("sparse.fp8", "H100", "3,958 TFLOP/s"),  # NVIDIA H100 data sheet, with sparsity
    ("sparse.fp8", "100 H100", "395,800 TFLOP/s"),
    ("sparse.fp8", "NVL72", "720 PFLOP/s"),  # NVIDIA GB200 NVL72 data sheet
    ("peak.bf16.matrix", "910C", "708 TFLOP/s"),  # Huawei Ascend driving SDK
    ("peak.bf16.matrix", "CM384", "271,872 TFLOP/s"),
    ("peak.bf16.matrix", "10 910C", "7,080 TFLOP/s"),
    ("memory.capacity", "H100", "80 GB"),  # NVIDIA
    ("memory.capacity", "CM384", "49,152 GB"),  # SemiAnalysis: 49.2 TB
    ("memory.capacity", "1000 H100", "80 TB"),
    ("memory.usable", "GB200", "189,471 MiB"),  # nvidia-smi
    ("memory.usable", "NVL72", "13,641,912 MiB"),
    ("memory.bandwidth", "H100", "3.35 TB/s"),  # NVIDIA
    ("memory.bandwidth", "NVL72", "576 TB/s"),  # SemiAnalysis
    ("memory.bandwidth", "10 CM384", "12,288 TB/s"),  # SemiAnalysis: 1,229 each
    ("transistors", "H100", "80e9"),  # NVIDIA Hopper white paper
    ("transistors", "DGX H100", "640e9"),
    ("power.tdp", "H100", "700 W"),  # NVIDIA
    ("power.tdp", "DGX H100", "5,600 W"),
    ("power.tdp", "1000 H100", "700 kW"),
    # links: each way, per chip, never summed
    ("scale_up.bandwidth", "H100", "450 GB/s"),  # NVIDIA prints 900, both ways
    ("scale_up.bandwidth", "NVL72", "900 GB/s"),
    ("scale_up.bandwidth", "1000 H100", "450 GB/s"),
    ("scale_up.bandwidth", "CM384", "392 GB/s"),  # CloudMatrix paper
    ("scale_out.bandwidth", "910C", "50 GB/s"),  # CloudMatrix paper: 400 Gbit/s
    ("scale_out.bandwidth", "CM384", "50 GB/s"),
    ("scale_out.bandwidth", "5 910C", "50 GB/s"),
    ("host.bandwidth", "H100", "64 GB/s"),  # PCIe 5.0 x16
    ("host.bandwidth", "DGX H100", "64 GB/s"),
    ("host.bandwidth", "5 H100", "64 GB/s"),
    ("io.bandwidth", "H100", "1,028 GB/s"),  # 2 x (450 + 64): both ways, as the 2022 rule counts
    ("io.bandwidth", "DGX H100", "1,028 GB/s"),
    ("io.bandwidth", "5 H100", "1,028 GB/s"),
    # the package; of a system's largest chip
    ("tpp", "H20", "2,368 TPP"),
    ("tpp", "DGX H100", "15,832 TPP"),
    ("tpp", "1000 H20", "2,368 TPP"),
    ("tpp.declared", "H100", "15,840 TPP"),  # NVIDIA's export-classification table
    ("tpp.declared", "DGX H100", "15,840 TPP"),
    ("tpp.declared", "5 H100", "15,840 TPP"),
    ("performance_density", "H100", "19.4496314496314 TPP/mm2"),  # 15,832 / 814
    ("performance_density", "DGX H100", "19.4496314496314 TPP/mm2"),
    ("die.area", "H100", "814 mm2"),  # NVIDIA Hopper white paper
    ("die.area", "DGX H100", "814 mm2"),
    ("die.area", "5 H100", "814 mm2"),
    # the sum that caps and stocks use
    ("aggregate.tpp", "H20", "2,368 TPP"),
    ("aggregate.tpp", "DGX H100", "126,656 TPP"),
    ("aggregate.tpp", "1000 H20", "2,368,000 TPP"),
    # what a system draws
    ("power.system", "NVL72", "145 kW"),  # SemiAnalysis
    ("power.system", "2 NVL72", "290 kW"),
    ("power.system", "CM384", "559 kW"),  # SemiAnalysis
    # per something
    ("per_watt.peak.bf16", "H100", "1.41342857142857 TFLOP/s/W"),  # 989.4 / 700: design power
    ("per_watt.peak.bf16", "1000 H100", "1.41342857142857 TFLOP/s/W"),
    ("per_watt.peak.bf16", "NVL72", "1.24137931034483 TFLOP/s/W"),  # 180,000 / 145,000: what it draws
    ("per_watt.peak.bf16", "2 NVL72", "1.24137931034483 TFLOP/s/W"),
    ("per_chip.peak.bf16", "H100", "989.4 TFLOP/s"),
    ("per_chip.peak.bf16", "NVL72", "2.5 PFLOP/s"),
    ("per_chip.peak.bf16", "1000 H100", "989.4 TFLOP/s"),
    ("per_chip.peak.bf16", "2 NVL72", "2.5 PFLOP/s"),
    ("per_chip.scale_up.bandwidth", "NVL72", "900 GB/s"),
    ("per_chip.power.system", "CM384", "1455.72916666667 W"),  # SemiAnalysis by way of chips.md: 1,456 W
    ("per_chip.price", "NVL72", "36111.1111111111 USD"),  # 2.6 million dollars / 72
    ("per_chip.ridge.bf16", "CM384", "235 FLOP/byte"),
    ("per_chip.h100e.bf16", "DGX H100", "1"),
    ("per_dollar.peak.bf16", "NVL72", "69.2307692307692 GFLOP/s/USD"),  # 180 PF / 2.6 million dollars (Barron's)
    ("per_dollar.peak.bf16", "2 NVL72", "69.2307692307692 GFLOP/s/USD"),
    ("price", "NVL72", "2,600,000 USD"),
    ("price", "2 NVL72", "5,200,000 USD"),
    # ridge: a chip, or the chips of a system
    ("ridge.bf16", "910C", "235 FLOP/byte"),  # 752 / 3.2
    ("ridge.bf16", "CM384", "235 FLOP/byte"),
    ("ridge.bf16", "5 910C", "235 FLOP/byte"),
    # equivalents: counts of the reference
    ("h100e.tpp", "H20", "0.149570490146539"),  # 2,368 / 15,832
    ("h100e.tpp", "DGX H100", "8"),
    ("h100e.tpp", "1000 H100", "1000"),
    ("h100e.bf16", "H100", "1"),
    ("h100e.bf16", "NVL72", "181.928441479685"),  # 180,000 / 989.4
    ("h100e.fp8", "NVL72", "181.910055583628"),  # 360,000 / 1,979
    ("h100e.8bit", "1000 910C", "759.979787771602"),  # INT8 1,504 / 1,979
    ("h100e.fp4", "B200", "4.54775138959070"),  # 9,000 / 1,979
    ("h100e.bandwidth", "H20", "1.19402985074627"),  # 4.0 / 3.35
    ("gb300e.fp8", "NVL72", "72"),  # GB200 and GB300 both have 5 PFLOPS dense FP8
    ("gb300e.tpp", "GB300", "1"),
    # numbers of its chips
    ("dies", "910C", "2"),
    ("dies", "CM384", "2"),
    ("dies", "5 910C", "2"),
    ("clock.boost", "H100", "1,980 MHz"),  # Epoch AI, ML hardware
    ("clock.boost", "DGX H100", "1,980 MHz"),
    ("chips", "CM384", "384"),  # CloudMatrix paper
    ("chips", "2 CM384", "768"),
]


@pytest.mark.parametrize(("name", "item", "text"), MEANING, ids=[f"{name}({item})" for name, item, _ in MEANING])
def test_what_a_name_means(name: str, item: str, text: str) -> None:
    value, _, unit = parse_value(text)
    figure = quantity(name, item)
    assert figure.unit.dimension == unit.dimension
    assert figure.number == pytest.approx(value, rel=ROUNDED)


@pytest.mark.parametrize(
    ("name", "value", "items"),
    [
        ("memory.type", "HBM3", ("H20", "HGX H20", "100 H20", "2 HGX H20")),
        ("memory.type", "HBM3e", ("H200", "DGX H200", "5 DGX H200")),
        ("node", "SMIC, TSMC 7 nm", ("910C", "CM384", "100 910C")),  # Epoch AI, ML hardware
        ("released", "2022-09-20", ("H100", "DGX H100", "5 H100")),  # Epoch AI, ML hardware
        ("announced", "2023-11-09", ("H20", "HGX H20", "5 H20")),  # Epoch AI, ML hardware
        ("generation", "Hopper", ("H100", "DGX H100", "5 H100")),
        ("datacentre", True, ("H100", "DGX H100", "5 H100", "910C", "CM384")),
    ],
)
def test_words_dates_and_yes_or_no_are_those_of_the_chips(name: str, value: object, items: tuple[str, ...]) -> None:
    for item in items:
        assert quantity(name, item).value == value, item


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("power.system", ("H100", "1000 H100", "910C")),
        ("power.facility", ("H100", "1000 H100", "NVL72", "2 NVL72")),
        ("per_watt.power.facility", ("NVL72",)),
        ("lifecycle", ("H100", "NVL72")),
        ("price.rental", ("H100", "NVL72", "5 NVL72")),
        ("performance_density", ("B200", "NVL72")),
        ("chips", ("H100",)),
        ("peak.fp8", ("A100", "8 A100")),
    ],
)
def test_what_nobody_states_is_unknown_and_says_what_is_missing(name: str, items: tuple[str, ...]) -> None:
    for item in items:
        figure = quantity(name, item)
        assert (figure.state, figure.value) == ("unknown", None), item
        assert figure.why and figure.missing


@pytest.mark.parametrize("item", [*CHIPS, *SYSTEMS])
def test_unknown_is_never_zero(item: str) -> None:
    prefixed = [f"{prefix}peak.bf16" for prefix in ("per_watt.", "per_dollar.", "per_chip.")]
    names = [*QUANTITIES, *prefixed, "ridge.fp8", *(f"h100e.{basis}" for basis in H100E_BASES)]
    for name in names:
        figure = quantity(name, item)
        if figure.known:
            assert figure.value is False or figure.value not in (0, 0.0, "", None), name
            assert figure.missing == ()
        else:
            assert figure.value is None and figure.why and (figure.missing or figure.state == "absent"), name
            assert figure.low is None or figure.low > 0, name


def test_a_link_that_a_part_does_not_have_adds_nothing() -> None:
    """PCIe 4.0 x16 is 32 GB/s each way (NVIDIA L40S product brief); the card has no NVLink, so 64 both ways."""
    figure = quantity("io.bandwidth", "L40S")
    assert figure.to("GB/s") == 64.0
    assert quantity("scale_up.bandwidth", "L40S").state == "absent"
    assert any(leaf.key.startswith("no ") and leaf.note for leaf in figure.leaves())


def test_absent_is_not_unknown() -> None:
    for item in ("910C", "CM384", "100 910C"):
        figure = quantity("peak.fp8", item)
        assert (figure.state, figure.value) == ("absent", None)
        assert figure.all_sources(), "that a part lacks a format has a source"
    assert quantity("peak.fp8", "910B2").state in ("absent", "unknown")


def test_two_tpps_stand_apart() -> None:
    # H200 NVL: 1,671 x 8 = 13,368; NVIDIA's export-classification table has 14,144: two sides of a 14,000 line
    assert quantity("tpp", "H200 NVL").to("TPP") == 13368
    assert quantity("tpp.declared", "H200 NVL").to("TPP") == 14144


def test_what_a_system_states_stands_beside_what_follows_from_its_chips() -> None:
    """SemiAnalysis prints 300 PFLOPS (780 x 384); ours is 384 x 752, and theirs is shown, not adopted."""
    assert quantity("peak.bf16", "CM384").to("TFLOP/s") == 384 * 752
    entries = catalog().entries("huawei-cloudmatrix-384")["huawei-cloudmatrix-384/peak.bf16"]
    assert {entry.value for entry in entries} == {300e15} and {entry.role for entry in entries} == {"shown"}


# --- laws of sums ------------------------------------------------------------------------------------------------------


@given(
    item=st.sampled_from(["H100", "910C", "NVL72", "CM384", "DGX H100"]),
    name=st.sampled_from(["peak.bf16", "memory.bandwidth", "aggregate.tpp", "power.tdp", "memory.capacity", "price"]),
    number=st.integers(2, 10**6),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_sum_is_proportional_to_the_amount(item: str, name: str, number: int) -> None:
    one, many = quantity(name, item), quantity(name, f"{number} {item}")
    assert many.number == pytest.approx(number * one.number, rel=ROUNDED)
    low, high = many.bounds()
    one_low, one_high = one.bounds()
    assert low == pytest.approx(number * (one_low or 0), rel=ROUNDED)
    assert high == pytest.approx(number * (one_high or 0), rel=ROUNDED)
    per_chip = quantity(f"per_chip.{name}", item).number
    assert quantity(f"per_chip.{name}", f"{number} {item}").number == pytest.approx(per_chip, rel=ROUNDED)


@given(
    item=st.sampled_from(["H100", "H20", "DGX H100", "CM384"]),
    name=st.sampled_from(["tpp", "scale_up.bandwidth", "die.area", "ridge.bf16", "per_watt.peak.bf16", "dies"]),
    number=st.integers(2, 10**6),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_rate_or_a_size_is_not_summed(item: str, name: str, number: int) -> None:
    one, many = quantity(name, item), quantity(name, f"{number} {item}")
    if one.known:
        assert many.number == pytest.approx(one.number, rel=ROUNDED)


def test_a_system_of_two_kinds_of_chip(with_tables: MakeCatalog) -> None:
    """By hand: 4 x 100 + 2 x 300 = 1,000 TFLOP/s; the largest chip has TPP 300 x 16 = 4,800."""
    small = table("small", '"peak.bf16"\nvalue = "100 TFLOP/s"\nsparsity = "dense"', '"tpp.modes"\nvalue = "bf16"')
    large = table("large", '"peak.bf16"\nvalue = "300 TFLOP/s"\nsparsity = "dense"', '"tpp.modes"\nvalue = "bf16"')
    counts = [
        '"chips"\nvalue = "4"\nof = "small"\ncase = "small"',
        '"chips"\nvalue = "2"\nof = "large"\ncase = "large"',
    ]
    mixed = with_tables(small, large, table("mixed", *counts, kind="system"))
    assert quantity("peak.bf16", "mixed", catalog=mixed).to("TFLOP/s") == 1000
    assert quantity("aggregate.tpp", "mixed", catalog=mixed).to("TPP") == 16000
    largest = quantity("tpp", "mixed", catalog=mixed)
    assert (largest.to("TPP"), largest.winner) == (4800, "large")
    assert quantity("h100e.bf16", "3 mixed", catalog=mixed).number == pytest.approx(3000 / 989.4)
    assert quantity("per_chip.peak.bf16", "mixed", catalog=mixed).to("TFLOP/s") == pytest.approx(1000 / 6)


def test_one_unknown_chip_makes_the_sum_unknown_with_a_floor(with_tables: MakeCatalog) -> None:
    known = table("known", '"peak.bf16"\nvalue = "100 TFLOP/s"\nsparsity = "dense"')
    counts = ['"chips"\nvalue = "4"\nof = "known"\ncase = "a"', '"chips"\nvalue = "2"\nof = "dark"\ncase = "b"']
    mixed = with_tables(known, table("dark"), table("mixed", *counts, kind="system"))
    figure = quantity("peak.bf16", "mixed", catalog=mixed)
    assert (figure.state, figure.missing) == ("unknown", ("dark/peak.bf16",))
    assert figure.low == 400e12


# --- derived where a source prints the other basis ---------------------------------------------------------------------


def test_a_printed_dense_rate_comes_first_else_half_the_sparse_one(with_tables: MakeCatalog) -> None:
    only = table("only-sparse", '"peak.fp8"\nvalue = "3,000 TFLOP/s"\nsparsity = "2:4"')
    both = table(
        "both",
        '"peak.fp8"\nvalue = "3,000 TFLOP/s"\nsparsity = "2:4"',
        '"peak.fp8"\nvalue = "1,600 TFLOP/s"\nsparsity = "dense"',
    )
    vague = table("vague", '"peak.fp8"\nvalue = "3,000 TFLOP/s"\nsparsity = "unstated"')
    mine = with_tables(only, both, vague)
    halved = quantity("peak.fp8", "only-sparse", catalog=mine)
    assert halved.to("TFLOP/s") == 1500 and halved.kind == "formula" and halved.name == "dense_rate"
    assert quantity("peak.fp8", "both", catalog=mine).to("TFLOP/s") == 1600
    assert quantity("peak.fp8", "vague", catalog=mine).state == "unknown", "a rate of unstated sparsity is neither"
    with pytest.raises(BasisError, match="sparsity"):
        evaluate("peak.fp8(both)/sparse.fp8(only-sparse)", catalog=mine)


def test_each_way_is_half_of_both_ways_and_never_of_an_unstated_direction(with_tables: MakeCatalog) -> None:
    both = table("both-ways", '"scale_up.bandwidth"\nvalue = "900 GB/s"\ndirection = "both"')
    vague = table("vague", '"scale_up.bandwidth"\nvalue = "900 GB/s"\ndirection = "unstated"')
    mine = with_tables(both, vague)
    figure = quantity("scale_up.bandwidth", "both-ways", catalog=mine)
    assert figure.to("GB/s") == 450 and figure.condition == "each way"
    assert quantity("scale_up.bandwidth", "vague", catalog=mine).state == "unknown"
    assert quantity("io.bandwidth", "both-ways", catalog=mine).missing == ("both-ways/host.bandwidth",)


# --- equivalents ---------------------------------------------------------------------------------------------------------


def eight_bit(figure: Figure) -> str:
    """What the node of the 8-bit basis says of itself: the first input of the ratio."""
    return figure.inputs[0][1].note


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ("910C", 1504 / 1979, "8-bit basis from int8"),  # no FP8 on a 910C: INT8 of the CloudMatrix paper
        ("A100", 624 / 1979, "8-bit basis from int8"),  # Ampere has none either
        ("H20", 296 / 1979, "8-bit basis from fp8 and int8"),
        ("B300", 4500 / 1979, "8-bit basis from fp8 and int8"),  # INT8 of a B300 is a fraction of its FP8
    ],
)
def test_8bit_is_the_higher_of_fp8_and_int8(item: str, value: float, said: str) -> None:
    figure = quantity("h100e.8bit", item)
    assert figure.number == pytest.approx(value, rel=ROUNDED)
    assert eight_bit(figure) == said
    assert figure.condition == "8bit basis"


def test_a_part_without_8_bit_counts_at_bf16_and_says_so(with_tables: MakeCatalog) -> None:
    mine = with_tables(table("plain", '"peak.bf16"\nvalue = "1,979 TFLOP/s"\nsparsity = "dense"'))
    for basis in ("8bit", "fp4"):
        figure = quantity(f"h100e.{basis}", "plain", catalog=mine)
        assert figure.number == pytest.approx(1.0, rel=ROUNDED)
        assert eight_bit(figure) == "8-bit basis from bf16"
    assert quantity("h100e.fp8", "plain", catalog=mine).state == "unknown", "fp8 does not fall back"


def test_fp4_falls_back_to_8_bit() -> None:
    assert quantity("h100e.fp4", "B200").number == pytest.approx(9000 / 1979, rel=ROUNDED)  # NVIDIA: 9 PFLOPS dense
    assert quantity("h100e.fp4", "H20").number == quantity("h100e.8bit", "H20").number
    assert quantity("h100e.fp4", "H100").number == 1


@pytest.mark.parametrize("basis", H100E_BASES)
def test_the_reference_equals_one_of_itself(basis: str) -> None:
    assert quantity(f"h100e.{basis}", "H100").number == 1
    assert quantity(f"gb300e.{basis}", "GB300").number == 1
    assert quantity(f"h100e.{basis}", "1000 H100").number == 1000
    assert quantity(f"gb300e.{basis}", "H100").number * quantity(f"h100e.{basis}", "GB300").number == pytest.approx(1)


# --- power: two kinds that do not mix ----------------------------------------------------------------------------------


def test_per_watt_of_a_chip_and_of_a_system_are_two_bases() -> None:
    with pytest.raises(BasisError, match="power as 'design power of the chips'.*compare two chips"):
        evaluate("per_watt.peak.bf16(H100)/per_watt.peak.bf16(NVL72)")
    with pytest.raises(BasisError):
        compare("H100", "NVL72", metrics=["per_watt.tpp"])
    assert evaluate("per_watt.peak.bf16(H200)/per_watt.peak.bf16(H20)").number > 1


def test_cloudmatrix_against_nvl72_per_watt() -> None:
    """chips.md of the facts: 752 TFLOP/s a chip gives 2.40, and SemiAnalysis prints 2.3 with 780 and 559 kW."""
    expression = "per_watt.peak.bf16(NVL72)/per_watt.peak.bf16(CM384)"
    ratio = evaluate(expression)
    assert round(ratio.number, 1) == 2.4
    low, high = ratio.bounds()
    assert low is not None and high is not None
    # 120 kW (NVIDIA) to 145 for the NVL72, 500 to 599.8 kW and 752 to 800 TFLOP/s for the CloudMatrix
    assert (round(low, 1), round(high, 1)) == (2.0, 3.1)
    preferred = evaluate(expression, catalog=catalog().adjusted(prefer="SemiAnalysis"))
    assert round(preferred.number, 1) == 2.3
    assert preferred.bounds() == (preferred.number, preferred.number), "a preferred source stands alone"
    for leaf in preferred.leaves():
        assert leaf.sources


# --- prices --------------------------------------------------------------------------------------------------------------


def price(text: str, date: str, market: str, basis: str = "chip") -> str:
    return f'"price"\nvalue = "{text}"\ndate = "{date}"\nmarket = "{market}"\nbasis = "{basis}"'


def test_price_takes_market_then_date_and_only_its_own_basis(with_tables: MakeCatalog) -> None:
    chip = table(
        "priced",
        price("30,000 USD", "2024-01", "us"),
        price("28,000 USD", "2024-06", "us"),
        price("20,000 USD", "2025-06", "unstated"),
        price("15,000 USD", "2025-09", "china"),
        price("45,000 USD", "2025-10", "grey"),
        price("10,000 USD", "undated", "us"),
        price("400,000 USD", "2026-01", "us", "server"),
        price("50,000 USD", "2026-01", "us", "module"),
    )
    mine = with_tables(chip)
    at = {on: quantity("price", "priced", catalog=mine, on=on).to("USD") for on in ("2026-11-22", "2024-03-01")}
    assert at == {"2026-11-22": 28000, "2024-03-01": 30000}
    assert quantity("price", "priced", catalog=mine, on="2023-01-01").to("USD") == 10000, "undated only where no other"
    assert quantity("price", "priced", catalog=mine, on="2024-01-01").to("USD") == 30000, "2024-01 counts from its day"


def test_a_server_price_is_not_the_price_of_a_chip_and_a_chip_price_not_that_of_a_system(
    with_tables: MakeCatalog,
) -> None:
    chip = table("bare", price("400,000 USD", "2026-01", "us", "server"))
    rack = table("rack", '"chips"\nvalue = "8"\nof = "bare"', price("30,000 USD", "2026-01", "us"), kind="system")
    sold = table("sold", '"chips"\nvalue = "8"\nof = "bare"', price("99 USD", "2026-01", "us", "system"), kind="system")
    mine = with_tables(chip, rack, sold)
    assert quantity("price", "bare", catalog=mine).state == "unknown"
    assert quantity("price", "rack", catalog=mine).state == "unknown"
    assert quantity("price", "sold", catalog=mine).to("USD") == 99
    assert quantity("per_dollar.peak.bf16", "rack", catalog=mine).state == "unknown"


def test_yuan_become_dollars_by_a_leaf_with_a_source(with_tables: MakeCatalog) -> None:
    # Financial Times (April 2025): 60 million yuan are 8.2 million dollars, 7.32 yuan each
    mine = with_tables(table("yuan", price("73,200 CNY", "2025-04", "china")))
    figure = quantity("price", "yuan", catalog=mine)
    assert figure.to("USD") == pytest.approx(10000) and figure.name == "dollars_from_yuan"
    rate = next(leaf for leaf in figure.leaves() if leaf.name == "exchange.cny")
    assert rate.to("CNY/USD") == 7.32 and rate.sources == ("financial-times-cloudmatrix",)
    assert figure.condition == "China, bare chip"
    in_yuan = mine.leaf("yuan", "price:chip.china@2025-04")
    assert in_yuan is not None and in_yuan.unit.text == "CNY"
    with pytest.raises(UnitError):
        in_yuan.to("USD")


def test_cloudmatrix_before_2026_has_the_price_in_yuan() -> None:
    figure = quantity("price", "CM384", on="2025-05-01")
    assert figure.to("USD") == pytest.approx(60_000_000 / 7.32)
    assert figure.weakest_status() == "estimated", "the rate is an estimate"


def test_a_page_of_notes_is_taken_only_where_nothing_else_is(with_tables: MakeCatalog) -> None:
    weak = price("1 USD", "2026-01", "us") + '\nsource = "test-notes"'
    mine = with_tables(table("noted", price("30,000 USD", "2024-01", "us"), weak), table("only-notes", weak))
    assert quantity("price", "noted", catalog=mine).to("USD") == 30000
    assert quantity("price", "only-notes", catalog=mine).to("USD") == 1


def test_rental_is_never_divided_by_purchase() -> None:
    with pytest.raises(BasisError, match="rental"):
        quantity("per_dollar.price.rental", "H100")


# --- dates, preferences and replaced figures: nothing leaks ------------------------------------------------------------


def test_memo_does_not_leak_between_catalogues_and_dates() -> None:
    plain = quantity("tpp", "910C").to("TPP")
    changed = catalog().adjusted(given=["peak.bf16(910C)=1000 TFLOP/s"])
    assert quantity("tpp", "910C", catalog=changed).to("TPP") == 16000
    assert quantity("aggregate.tpp", "CM384", catalog=changed).to("TPP") == 16000 * 384
    again = changed.adjusted(given=["peak.bf16(910C)=2000 TFLOP/s"])
    assert quantity("tpp", "910C", catalog=again).to("TPP") == 32000
    assert quantity("tpp", "910C", catalog=changed).to("TPP") == 16000
    preferred = catalog().adjusted(prefer="SemiAnalysis")
    assert quantity("peak.bf16", "910C", catalog=preferred).to("TFLOP/s") == 780
    assert quantity("tpp", "910C").to("TPP") == plain == 12032
    dated = quantity("price", "CM384", on="2025-05-01").number
    assert quantity("price", "CM384").number != dated
    assert quantity("price", "CM384", on="2025-05-01").number == dated


def test_equal_questions_share_a_node() -> None:
    assert quantity("tpp", "H20") is quantity("tpp", "nvidia-h20-96gb")


@given(tera=st.integers(1, 10**5))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_what_is_set_is_what_comes_out(tera: int) -> None:
    mine = catalog().adjusted(given=[f"peak.bf16(H20)={tera} TFLOP/s"])
    figure = quantity("peak.bf16", "H20", catalog=mine)
    assert figure.to("TFLOP/s") == tera and figure.status == "assumed"
    assert figure.bounds() == (figure.number, figure.number)
    assert quantity("peak.bf16", "HGX H20", catalog=mine).to("TFLOP/s") == 8 * tera
    assert quantity("ridge.bf16", "H20", catalog=mine).weakest_status() == "assumed"


# --- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("peak.bf17", "no quantity is called 'peak.bf17'. Did you mean peak.bf16?"),
        ("per_watt.memory.bandwith", "Did you mean memory.bandwidth?"),
        ("ridge.bf17", "Did you mean peak.bf16?"),
        ("h100e", "no quantity is called 'h100e'"),
        ("h100e.price", "'price' is not a basis of h100e. Allowed: tpp, 8bit, bf16, fp8, fp4, bandwidth."),
        ("gb300e.pb16", "'pb16' is not a basis of gb300e. Did you mean bf16?"),
        ("", "no quantity is called ''"),
    ],
)
def test_a_wrong_name_suggests_the_right_one(name: str, words: str) -> None:
    for ask in (check_name, lambda wrong: quantity(wrong, "H20")):
        with pytest.raises(UnknownName) as caught:
            ask(name)
        assert words in str(caught.value)


@pytest.mark.parametrize("name", ["per_watt.node", "per_dollar.released", "per_watt.datacentre"])
def test_a_word_is_not_divided(name: str) -> None:
    for item in ("H100", "NVL72", "5 H100"):
        with pytest.raises(UnitError, match="is not a number, so nothing is"):
            quantity(name, item)


def test_a_given_price_in_yuan_is_converted_like_a_stated_one() -> None:
    view = catalog().adjusted(given=["price(910C)=146400 CNY", "exchange.cny(constant)=7.32 CNY/USD"])
    price = quantity("price", "910C", catalog=view)
    assert price.unit.text == "USD"
    assert price.number == pytest.approx(20_000)
