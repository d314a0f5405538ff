# SPDX-License-Identifier: Apache-2.0
"""The catalogue: names and amounts, what `--prefer` and `--set` change, and a user's own folder, hostile or large."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog, catalog, price_unit
from chipgauge.specs.errors import ChipgaugeError, TableError, UnitError, UnknownName
from chipgauge.specs.records import Entry
from chipgauge.specs.shipped import shipped_text

LAW = settings(derandomize=True, deadline=None, max_examples=150, database=None)
CHIP = 'id = "example-x1"\nname = "Example X1"\nmaker = "example"\naliases = ["X1"]\n'
SOURCES = '[maker]\npublisher = "Example Inc."\ntitle = "Data sheet"\nurl = ""\nkind = "vendor"\n'


def figure(name: str, value: str, more: str = "", source: str = "maker") -> str:
    return f'\n[[figures]]\nquantity = "{name}"\nvalue = "{value}"\nsource = "{source}"\n{more}'


def folder(path: Path, text: str = CHIP + figure("power.tdp", "400 W"), sources: str = SOURCES) -> Path:
    (path / "x.toml").write_text(text, encoding="utf-8")
    (path / "sources.toml").write_text(sources, encoding="utf-8")
    return path


# --- names -------------------------------------------------------------------------------------------------------

# INTERFACE.md, "Items and amounts": the aliases and what each stands for.
ALIASES = {
    "H20": "nvidia-h20-96gb",
    "H100": "nvidia-h100-sxm",
    "H200": "nvidia-h200-sxm",
    "A100": "nvidia-a100-sxm-80gb",
    "B200": "nvidia-b200",
    "B300": "nvidia-b300",
    "GB200": "nvidia-gb200",
    "GB300": "nvidia-gb300",
    "NVL72": "nvidia-gb200-nvl72",
    "CM384": "huawei-cloudmatrix-384",
    "CloudMatrix 384": "huawei-cloudmatrix-384",
    "910C": "huawei-ascend-910c",
    "Ascend 910C": "huawei-ascend-910c",
    "昇腾910C": "huawei-ascend-910c",
    "910B": "huawei-ascend-910b2",
    "H200 NVL": "nvidia-h200-nvl",
    "H100 PCIe": "nvidia-h100-pcie",
    "H20 141GB": "nvidia-h20-141gb",
    "DGX H100": "nvidia-dgx-h100",
    "DGX H200": "nvidia-dgx-h200",
    "HGX H20": "nvidia-hgx-h20",
}
IDS = (
    "nvidia-h20-96gb nvidia-h20-141gb nvidia-h100-sxm nvidia-h100-pcie nvidia-h100-nvl nvidia-h200-sxm nvidia-h200-nvl "
    "nvidia-b200 nvidia-b300 nvidia-gb200 nvidia-gb300 huawei-ascend-910c huawei-cloudmatrix-384 nvidia-gb200-nvl72 "
    "nvidia-dgx-h100 nvidia-dgx-h200 nvidia-hgx-h20"
)


@pytest.mark.parametrize("name", ALIASES)
def test_an_alias_stands_for_what_the_interface_says(name: str) -> None:
    subject = catalog().subject(name)
    assert (subject.item.id, subject.count, subject.given) == (ALIASES[name], 1.0, name)


@pytest.mark.parametrize("name", IDS.split(" "))
def test_every_id_of_the_interface_is_there(name: str) -> None:
    item = catalog().subject(name).item
    assert item.id == name
    assert item.kind == ("system" if any(word in name for word in ("dgx", "hgx", "nvl72", "cloudmatrix")) else "chip")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("H20", {"NVIDIA H20 141 GB"}),
        ("H200", {"NVIDIA H200 NVL 141 GB"}),
        ("100k h200", {"NVIDIA H200 NVL 141 GB"}),
        ("H100", {"NVIDIA H100 NVL 94 GB", "NVIDIA H100 PCIe 80 GB"}),
        ("A100", {"NVIDIA A100 PCIe 40 GB", "NVIDIA A100 PCIe 80 GB", "NVIDIA A100 SXM 40 GB"}),
        # The 910B Pro of one dataset is a bin of the first generation, and a reader of "910B" may mean it.
        (
            "910B",
            {"Huawei Ascend 910B1", "Huawei Ascend 910B3", "Huawei Ascend 910B4", "Huawei Ascend 910 Pro B"},
        ),
        ("910C", {"Huawei Ascend 910C (560T bin)"}),
        ("H200 SXM", set()),
        ("nvidia-h200-sxm", set()),
        ("NVL72", set()),
        ("B200", set()),
    ],
)
def test_what_else_a_short_name_could_have_meant_is_said(name: str, others: set[str]) -> None:
    assert set(catalog().subject(name).others) == others


names = st.sampled_from(
    sorted({name for item in catalog().items.values() for name in (item.id, item.name, *item.aliases)})
)


def turned(name: str, how: int) -> str:
    """A name as somebody else writes it."""
    changes: tuple[Callable[[str], str], ...] = (
        str.upper,
        str.lower,
        str.swapcase,
        lambda text: text.replace(" ", "-"),
        lambda text: text.replace("-", " "),
        lambda text: text.replace(" ", "_"),
        lambda text: f"  {text.replace(' ', '   ')} ",
        lambda text: f'"{text}"',
        lambda text: f"'{text}'",
    )
    return changes[how](name)


@LAW
@given(names, st.integers(0, 8))
def test_case_spaces_hyphens_and_quotes_do_not_matter(name: str, how: int) -> None:
    plain, written = catalog().subject(name), catalog().subject(turned(name, how))
    assert (written.item, written.count) == (plain.item, 1.0)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("H2O", "H20"), ("H 200", "H200"), ("910X", "910C"), ("A10O", "A100"), ("NVL27", "NVL72"), ("8 H2000", "H200")],
)
def test_an_unknown_name_suggests_a_known_one(wrong: str, near: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog().subject(wrong)
    name = wrong.removeprefix("8 ")
    start = f"no chip, system, cluster or model is called {name!r}. Did you mean "
    assert str(caught.value).startswith(start)
    assert near in str(caught.value).removeprefix(start).removesuffix("?").split(" or ")


@pytest.mark.parametrize(
    "wrong", ["", " ", "\n", "zzz", "<script>alert(1)</script>", "\x1b[31m", "../../etc/passwd", "H" * 10**6]
)
def test_a_name_far_from_all_says_where_to_look(wrong: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog().subject(wrong)
    message = str(caught.value)
    assert message.endswith(" `chipgauge list chips` (systems, clusters, models) shows what is known.")
    assert len(message) < 250 and message.isprintable()


# --- amounts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["H200", "Ascend 910C", '"Ascend 910C"', "910C 560T", "nvidia-gb200-nvl72"])
@pytest.mark.parametrize(
    ("amount", "count"),
    [
        ("100000", 1e5),
        ("100,000", 1e5),
        ("100k", 1e5),
        ("100K", 1e5),
        ("100 k", 1e5),
        ("1e5", 1e5),
        ("1E5", 1e5),
        ("1e+5", 1e5),
        ("1.4M", 1.4e6),
        ("1.4m", 1.4e6),
        ("1,400,000", 1.4e6),
        ("0.5", 0.5),
        ("1", 1.0),
        ("1e12", 1e12),
    ],
)
def test_an_amount_is_a_number_a_space_and_an_item(amount: str, count: float, item: str) -> None:
    subject = catalog().subject(f" {amount}  {item} ")
    assert subject.count == pytest.approx(count, rel=1e-15)
    assert subject.item == catalog().find(item.strip('"'))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0 H200", "an amount is above 0 and at most 1e12, got 0"),
        ("0.0k H200", "an amount is above 0 and at most 1e12, got 0.0k"),
        ("1e13 H200", "an amount is above 0 and at most 1e12, got 1e13"),
        ("1e300 H200", "an amount is above 0 and at most 1e12, got 1e300"),
        ("9999999M H200", "an amount is above 0 and at most 1e12, got 9999999M"),
        ("9" * 10**5 + " H200", f"an amount is above 0 and at most 1e12, got {'9' * 30}"),
        ("-5 H200", "no chip, system, cluster or model is called '-5 H200'"),
        ("100,00 H200", "no chip, system, cluster or model is called '100,00 H200'"),
        ("1,0000 H200", "no chip, system, cluster or model is called '1,0000 H200'"),
        ("100kH200", "no chip, system, cluster or model is called '100kH200'"),
        ("1e-3 H200", "no chip, system, cluster or model is called '1e-3 H200'"),
        ("ten H200", "no chip, system, cluster or model is called 'ten H200'"),
        ("5 5 H200", "no chip, system, cluster or model is called '5 H200'"),
        ("nan H200", "no chip, system, cluster or model is called 'nan H200'"),
        ("5", "no chip, system, cluster or model is called '5'"),
        ("100 ", "no chip, system, cluster or model is called '100'"),
        ("5 zzz", "no chip, system, cluster or model is called 'zzz'"),
    ],
)
def test_a_wrong_amount_is_refused(amount: str, words: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog().subject(amount)
    assert str(caught.value).startswith(words) and len(str(caught.value)) < 250


@LAW
@given(st.integers(1, 10**12), names)
def test_thousands_marks_do_not_change_an_amount(count: int, name: str) -> None:
    plain, marked = catalog().subject(f"{count} {name}"), catalog().subject(f"{count:,} {name}")
    assert plain.count == marked.count == count and plain.item == marked.item == catalog().find(name)
    assert catalog().item(f"{count:,} {name}") == catalog().item(name) == plain.item


@LAW
@given(st.text(max_size=60))
def test_any_text_is_a_subject_or_an_unknown_name(text: str) -> None:
    try:
        assert catalog().subject(text).count > 0
    except UnknownName as error:
        assert str(error).isprintable()


# --- leaves ------------------------------------------------------------------------------------------------------


def test_a_leaf_has_its_adopted_value_and_the_range_of_its_conflicts() -> None:
    leaf = catalog().leaf("huawei-ascend-910c", "peak.bf16")
    assert leaf is not None
    assert (leaf.to("TFLOP/s"), leaf.low, leaf.high) == (752.0, 752e12, 800e12)
    assert leaf.basis == ("sparsity:dense",) and leaf.condition == "dense"
    assert {entry.text for entry in leaf.entries} >= {"752 TFLOP/s", "780 TFLOP/s", "800 TFLOP/s"}
    assert leaf.sources == ("ascend-msmodeling",)


def test_what_is_only_shown_never_widens_a_range() -> None:
    leaf = catalog().leaf("nvidia-h20-96gb", "power.tdp")
    assert leaf is not None and {"400 W", "500 W", "550 W"} == {entry.text for entry in leaf.entries}
    assert leaf.bounds() == (400.0, 400.0)


def test_what_is_only_shown_is_no_leaf() -> None:
    assert catalog().leaf("huawei-cloudmatrix-384", "memory.bandwidth") is None
    assert "huawei-cloudmatrix-384/memory.bandwidth" in catalog().entries("huawei-cloudmatrix-384")
    assert catalog().leaf("nvidia-h20-96gb", "power.system") is None
    assert catalog().entries("nobody") == {}


def test_absent_and_missing_are_told_apart() -> None:
    absent = catalog().leaf("huawei-ascend-910c", "peak.fp8")
    assert absent is not None and (absent.state, absent.value) == ("absent", None) and absent.sources
    missing = catalog().missing("nvidia-h20-96gb", "peak.fp4")
    assert (missing.state, missing.missing) == ("unknown", ("nvidia-h20-96gb/peak.fp4",))
    assert missing.why == "no source in the tables states FP4 peak of NVIDIA H20 96 GB"


def test_a_leaf_read_through_another_names_both_sources() -> None:
    leaf = catalog().leaf("huawei-ascend-910c", "scale_up.bandwidth")
    assert leaf is not None and leaf.sources == ("huawei-cloudmatrix-paper", "cloudmatrix-paper-notes")


def test_a_series_is_in_the_order_of_its_dates() -> None:
    keys = catalog().series("nvidia-h20-96gb", "price")
    assert len(keys) > 3 and all(key.startswith("nvidia-h20-96gb/price:") for key in keys)
    dates = [key.partition("@")[2] for key in keys]
    assert dates == sorted(dates)
    assert catalog().series("nvidia-h20-96gb", "pric") == []


def test_a_price_keeps_its_currency() -> None:
    for text, unit in (("140,000 to 145,000 CNY", "CNY"), ("28,600 USD", "USD"), ("2.5 USD/h", "USD/h")):
        assert price_unit(Entry("x", "price", text, 1.0, "s")).text == unit


@pytest.mark.parametrize("name", ["no-such-source", "../sources", "A B", '"', "", "epoch-ml-hardware\n"])
def test_an_unknown_source_is_refused(name: str) -> None:
    with pytest.raises(UnknownName, match="no source has the id"):
        catalog().source(name)


# --- --prefer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted", ["SemiAnalysis", "semianalysis", " SEMIANALYSIS ", "semianalysis-cloudmatrix", "SemiAnalysis CloudMatrix"]
)
def test_a_source_is_preferred_by_publisher_or_id(wanted: str) -> None:
    leaf = catalog().adjusted(prefer=wanted).leaf("huawei-ascend-910c", "peak.bf16")
    assert leaf is not None
    assert (leaf.to("TFLOP/s"), leaf.low, leaf.high) == (780.0, 780e12, 780e12)  # taken alone: no range of conflicts
    assert "semianalysis-cloudmatrix" in leaf.sources


def test_where_the_preferred_source_says_nothing_the_adopted_stands() -> None:
    view = catalog().adjusted(prefer="SemiAnalysis")
    assert view.leaf("nvidia-h20-96gb", "peak.bf16") is not None
    assert view.leaf("nvidia-h20-96gb", "peak.bf16") is not catalog().leaf("huawei-ascend-910c", "peak.bf16")
    assert quantity("peak.bf16", "H20", catalog=view).to("TFLOP/s") == 148.0


def test_a_shown_total_of_a_system_can_be_preferred() -> None:
    leaf = catalog().adjusted(prefer="SemiAnalysis").leaf("huawei-cloudmatrix-384", "peak.bf16")
    assert leaf is not None and leaf.to("PFLOP/s") == 300.0


def test_an_unknown_preference_suggests_a_known_one() -> None:
    with pytest.raises(UnknownName) as caught:
        catalog().adjusted(prefer="SemiAnalisys")
    assert str(caught.value).startswith("no source is called 'SemiAnalisys'. Did you mean SemiAnalysis")


# --- --set -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["peak.bf16(910C)=780 TFLOP/s", " peak.bf16 ( Ascend 910C ) = 0.78 PFLOP/s "])
def test_a_given_value_replaces_the_leaf_and_says_it_is_assumed(text: str) -> None:
    view = catalog().adjusted(given=[text])
    leaf = view.leaf("huawei-ascend-910c", "peak.bf16")
    assert leaf is not None
    assert (leaf.to("TFLOP/s"), leaf.bounds(), leaf.status, leaf.sources) == (
        780.0,
        (780e12, 780e12),
        "assumed",
        ("given",),
    )
    assert quantity("tpp", "910C", catalog=view).weakest_status() == "assumed"
    assert quantity("tpp", "910C", catalog=view).to("TPP") == 780 * 16
    assert quantity("tpp", "910C").to("TPP") == 752 * 16  # ours is untouched
    assert view.source("given").kind == "method"


def test_what_follows_can_be_given_too_and_the_last_word_counts() -> None:
    view = catalog().adjusted(
        given=["tpp(H20)=1000 TPP", "tpp(H20)=2000 TPP", "released(H20)=2024-Q1", "datacentre(H20)=no"]
    )
    assert quantity("tpp", "H20", catalog=view).to("TPP") == 2000.0
    assert quantity("released", "H20", catalog=view).value == "2024-Q1"
    assert quantity("datacentre", "H20", catalog=view).value is False
    assert catalog().adjusted() is catalog()


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("peak.bf16(910C)=780", UnitError, "peak.bf16 needs a unit such as TFLOP/s, got a bare number; write for example 1 TFLOP/s"),
        ("peak.bf16(910C)=780 GB/s", UnitError, "peak.bf16 needs a unit such as TFLOP/s, got GB/s"),
        ("memory.bandwidth(910C)=4 GHz", UnitError, "memory.bandwidth needs a unit such as GB/s, got GHz; Hz is for clocks only"),
        ("memory.bandwidth(910C)=4 Tb/s", UnitError, "'Tb' in 'Tb/s' is not a unit here; write Tbit (bits) or TB (bytes)"),
        ("dies(910C)=2 W", UnitError, "dies is a plain number, got W"),
        ("price(H20)=5 GB", UnitError, "price needs a unit such as USD, got GB"),
        ("price.rental(H20)=2 USD", UnitError, "price.rental needs a unit such as USD/h, got USD"),
        ("power.tdp(H20)=-4 W", UnitError, "power.tdp is not negative, got '-4 W'"),
        ("datacentre(H20)=maybe", UnitError, "datacentre is yes or no, got 'maybe'"),
        ("released(H20)=soon", UnitError, "released is a date such as 2026-03-01, got 'soon'"),
        ("peak.bf17(910C)=780 TFLOP/s", UnknownName, "no quantity is called 'peak.bf17'. Did you mean peak.bf16?"),
        ("peak.bf16(910X)=780 TFLOP/s", UnknownName, "no chip, system, cluster or model is called '910X'. Did you mean 910C"),
        ("power.tdp:tpyical(H20)=400 W", UnknownName, "nvidia-h20-96gb has no figure 'power.tdp:tpyical'"),
        ("peak.bf16 910C 780", UnknownName, "cannot read 'peak.bf16 910C 780'; write --set 'peak.bf16(910C)=780 TFLOP/s'"),
        ("peak.bf16(910C)=", UnknownName, "cannot read 'peak.bf16(910C)='"),
        ("", UnknownName, "cannot read ''"),
        ("power.tdp(H20)=" + " " * 500 + "400 W", UnknownName, "cannot read 'power.tdp(H20)="),
    ],
)  # fmt: skip
def test_a_wrong_given_value_is_refused(text: str, kind: type[ChipgaugeError], words: str) -> None:
    with pytest.raises(kind) as caught:
        catalog().adjusted(given=[text])
    assert str(caught.value).startswith(words)


@LAW
@given(st.text("pkeabf16.(910C)= TFLOP/s780-:", max_size=40))
def test_any_given_text_is_taken_or_refused(text: str) -> None:
    try:
        view = catalog().adjusted(given=[f"peak.bf16(910C)={text}"])
    except ChipgaugeError as error:
        assert str(error).isprintable()
    else:
        leaf = view.leaf("huawei-ascend-910c", "peak.bf16")
        assert leaf is not None and leaf.number >= 0


# --- a user's folder ---------------------------------------------------------------------------------------------


def test_a_users_chip_is_added_and_ours_stay(tmp_path: Path) -> None:
    text = (
        CHIP
        + figure("peak.bf16", "100 TFLOP/s", 'sparsity = "dense"')
        + figure("power.tdp", "400 W", source="epoch-ml-hardware")
    )
    view = catalog().with_folder(folder(tmp_path, text))
    assert view.subject("10 x1").item.id == "example-x1"
    assert quantity("per_watt.peak.bf16", "X1", catalog=view).to("GFLOP/s/W") == 250.0
    assert view.source("maker").publisher == "Example Inc." and "maker" in view.source_ids()
    assert quantity("tpp", "H20", catalog=view).to("TPP") == 2368.0
    assert "example-x1" not in catalog().items
    with pytest.raises(UnknownName):
        catalog().subject("X1")


def test_names_of_a_users_folder_are_read_as_ours_are(tmp_path: Path) -> None:
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "pod.toml").write_text('id = "example-pod"\nname = "X1 pod"\nmaker = "m"\n')
    (tmp_path / "nm.toml").write_text('id = "example-5"\nname = "Five"\nmaker = "m"\naliases = ["5 X1", "X1 Max"]\n')
    (tmp_path / "long.toml").write_text('id = "example-x1-96gb"\nname = "Long"\nmaker = "m"\n')
    view = catalog().with_folder(folder(tmp_path))
    assert (view.subject("5 X1").item.id, view.subject("5 X1").count) == ("example-5", 1.0)  # a name before an amount
    assert (view.subject("6 X1").item.id, view.subject("6 X1").count) == ("example-x1", 6.0)
    assert view.subject("X1").others == ("Five",)  # of its own kind only
    assert view.subject("example-x1").others == ()  # a whole id leaves nothing open


def test_folders_hold_chips_and_systems_by_kind(tmp_path: Path) -> None:
    (tmp_path / "chips").mkdir()
    (tmp_path / "systems").mkdir()
    folder(tmp_path / "chips")
    (tmp_path / "chips" / "sources.toml").rename(tmp_path / "sources.toml")
    system = 'id = "example-pod"\nname = "Example pod"\nmaker = "example"\n' + figure("chips", "8", 'of = "example-x1"')
    (tmp_path / "systems" / "pod.toml").write_text(system)
    view = catalog().with_folder(tmp_path)
    assert (view.items["example-pod"].kind, view.items["example-x1"].kind) == ("system", "chip")
    assert quantity("power.tdp", "2 Example pod", catalog=view).to("W") == 6400.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '"example-x1"',
            '"nvidia-h20-96gb"',
            "x.toml:1: id: 'nvidia-h20-96gb' already names nvidia-h20-96gb in chips/",
        ),
        ('["X1"]', '["h200 sxm"]', "x.toml:4: aliases: 'h200 sxm' already names nvidia-h200-sxm in chips/"),
        ('"Example X1"', '"H20"', "x.toml:2: name: 'H20' already names nvidia-h20-96gb in chips/"),
        ('"Example X1"', '"NVIDIA H20 96 GB"', "x.toml:2: name: 'NVIDIA H20 96 GB' already names nvidia-h20-96gb"),
    ],
)
def test_a_name_of_ours_cannot_be_taken(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(TableError) as caught:
        catalog().with_folder(folder(tmp_path, (CHIP + figure("power.tdp", "400 W")).replace(old, new)))
    assert str(caught.value).startswith(words)


def test_a_source_of_ours_cannot_be_changed(tmp_path: Path) -> None:
    changed = SOURCES.replace("[maker]", "[epoch-ml-hardware]")
    with pytest.raises(TableError) as caught:
        catalog().with_folder(folder(tmp_path, sources=SOURCES + changed))
    assert str(caught.value) == "sources.toml:1: epoch-ml-hardware: another source has this id"
    (tmp_path / "sources-2.toml").write_text(SOURCES)  # the same record twice is no clash
    (tmp_path / "sources.toml").write_text(SOURCES)
    assert "example-x1" in catalog().with_folder(tmp_path).items


def test_a_folder_that_is_not_there_and_a_bad_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such folder"):
        catalog().with_folder(tmp_path / "no")
    with pytest.raises(TableError, match="x.toml:9: figures.0. power.tdp source: no source has the id 'makr'"):
        catalog().with_folder(folder(tmp_path, CHIP + figure("power.tdp", "4 W", source="makr")))


HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% for x in y %}",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eGPJ.exe\u2066",
    'a\n{"source": "epoch-ml-hardware", "publisher": "Mallory"}',
    "'; DROP TABLE chips; --",
    "=cmd|' /C calc'!A0",
    "\x00",
    "x" * 200,
    "🤖" * 50,
    "../../../etc/passwd",
    "$(rm -rf ~) `id`",
    "%s%n {0.__class__}",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_data(tmp_path: Path, name: str) -> None:
    quoted = '"' + "".join(f"\\U{ord(c):08X}" for c in name) + '"'
    text = CHIP.replace('"Example X1"', quoted) + figure(
        "power.tdp", "400 W", f"note = {quoted}\ncase = {quoted}\nat = {quoted}"
    )
    text = text if any(c.isascii() and c.isalnum() for c in name) else text.replace(f"case = {quoted}\n", "")
    view = catalog().with_folder(folder(tmp_path, text))
    item = view.items["example-x1"]
    assert item.name == name  # as it was written; whoever prints it escapes it
    (key,) = view.entries("example-x1")
    entry = view.entries("example-x1")[key][0]
    assert (entry.note, entry.at) == (name, name)
    assert key.isascii() and key.isprintable() and not set(key) & set("<>&\"' ;$`{}")
    assert view.source_ids() == sorted({*catalog().source_ids(), "maker"})
    assert view.source("epoch-ml-hardware").publisher == "Epoch AI"
    missing = view.missing("example-x1", "peak.fp4")
    assert name in missing.why


def test_a_folder_of_two_thousand_chips_loads(tmp_path: Path) -> None:
    for number in range(2000):
        text = CHIP.replace("x1", f"x{number}").replace("X1", f"X{number}") + figure("power.tdp", f"{100 + number} W")
        (tmp_path / f"{number}.toml").write_text(text + figure("peak.bf16", "100 TFLOP/s", 'sparsity = "dense"'))
    (tmp_path / "sources.toml").write_text(SOURCES)
    view = catalog().with_folder(tmp_path)
    assert len(view.items) == len(catalog().items) + 2000
    assert quantity("power.tdp", "X1999", catalog=view).to("W") == 2099.0


def test_a_view_of_a_view_keeps_what_was_asked_before(tmp_path: Path) -> None:
    view = catalog().adjusted(prefer="SemiAnalysis", given=["power.tdp(H20)=500 W"]).with_folder(folder(tmp_path))
    again = view.adjusted(given=["power.tdp(X1)=1 kW"])
    assert quantity("power.tdp", "H20", catalog=again).to("W") == 500.0
    assert quantity("power.tdp", "X1", catalog=again).to("W") == 1000.0
    assert quantity("power.tdp", "X1", catalog=view).to("W") == 400.0
    assert quantity("peak.bf16", "910C", catalog=again).to("TFLOP/s") == 780.0


# --- frames ------------------------------------------------------------------------------------------------------


def test_a_frame_has_one_row_an_entry_in_the_unit_of_its_quantity() -> None:
    frame = catalog().frame("systems")
    assert set(frame["item"]) == {item.id for item in catalog().items.values() if item.kind == "system"}
    rows = frame[(frame["item"] == "nvidia-gb200-nvl72") & (frame["quantity"] == "memory.fast_total")]
    assert rows[["value", "unit", "text"]].values.tolist() == [[31000.0, "GB", "31 TB"]]
    assert frame.attrs["as_of"] == catalog().as_of
    count = sum(len(group) for item in set(frame["item"]) for group in catalog().entries(str(item)).values())
    assert len(frame) == count


def test_an_index_of_nothing_is_an_empty_catalogue() -> None:
    made = Catalog('{"as_of": "2026-01-01"}\n')
    assert (made.items, made.source_ids(), made.rules(), made.as_of) == ({}, [], [], "2026-01-01")
    assert made.frame("chips").empty


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("R200", "announced"),  # shown at CES 2026
        ("B30A", "rumoured"),
        ("BR100", "never shipped"),
        ("Vera Rubin NVL72", "announced"),
        ("8 R200", "announced"),
        ("Atlas 350", ""),  # its white paper dates the release
        ("H20", ""),
        ("NVL72", ""),
    ],
)
def test_a_subject_says_where_no_delivery_was_read(name: str, word: str) -> None:
    assert catalog().subject(name).unshipped == word


def test_a_system_of_chips_that_have_not_shipped_has_not_shipped() -> None:
    made = catalog().adjusted(given=["lifecycle(910C)=announced"])
    assert [made.subject(name).unshipped for name in ("910C", "CM384", "NVL72")] == ["announced", "announced", ""]
    assert catalog().adjusted(given=["lifecycle(R200)=shipping"]).subject("R200").unshipped == ""


def test_all_sources_are_read_whatever_was_read_before() -> None:
    index = shipped_text("index.jsonl")
    fresh = Catalog(index).source_ids()
    for name in (fresh[0], fresh[len(fresh) // 2], fresh[-1]):
        again = Catalog(index)
        assert again.source(name).id == name
        assert again.source_ids() == fresh
