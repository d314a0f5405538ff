# SPDX-License-Identifier: Apache-2.0
"""The public functions: frozen names, a light import, the command's JSON, frames with units, safe notebooks."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy
import pandas
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge
import chipgauge as cg
from chipgauge.calc.compare import METRICS
from chipgauge.calc.metrics import performance_density, ridge_point, total_processing_performance
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.figure import Figure

PUBLIC = [
    "BasisError",
    "ChipgaugeError",
    "ExpressionError",
    "Figure",
    "Result",
    "TableError",
    "UnitError",
    "UnknownName",
    "UnknownValue",
    "__version__",
    "catalog",
    "check",
    "compare",
    "equivalent",
    "explain",
    "frame",
    "quantity",
    "show",
]


def command(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return result.stdout


# --- names -------------------------------------------------------------------------------------------------------


def test_the_public_names_are_frozen() -> None:
    assert dir(chipgauge) == PUBLIC
    assert chipgauge.__all__ == PUBLIC
    ran = subprocess.run(
        [sys.executable, "-c", "from chipgauge import *; print(*sorted(dir()))"], capture_output=True, check=True
    )
    assert [name for name in ran.stdout.decode().split() if name in PUBLIC] == sorted({*PUBLIC})


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(chipgauge, name)
    assert found is getattr(chipgauge, name)
    assert name == "__version__" or found.__doc__


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'chipgauge' has no attribute 'comparee'"):
        getattr(chipgauge, "compar" + "ee")


def test_the_import_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import chipgauge; print(*sorted(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["chipgauge"]


def test_the_errors_are_one_family() -> None:
    for error in (cg.BasisError, cg.ExpressionError, cg.TableError, cg.UnitError, cg.UnknownName, cg.UnknownValue):
        assert issubclass(error, cg.ChipgaugeError)
        assert issubclass(error, (ValueError, LookupError))


# --- results -----------------------------------------------------------------------------------------------------

CHANGED = cg.catalog(prefer="SemiAnalysis", given=("peak.bf16(H20)=150 TFLOP/s",))
OPTIONS = ("--prefer", "SemiAnalysis", "--set", "peak.bf16(H20)=150 TFLOP/s")
SAME = [
    (cg.compare("H20", "H200"), ("compare", "H20", "H200")),
    (
        cg.compare("H20", "H200", baseline="H100", metrics=["tpp", "price"], per="watt", on="2026-01-01"),
        ("compare", "H20", "H200", "--baseline", "H100", "--metric", "tpp", "--metric", "price", "--per", "watt", "--on", "2026-01-01"),
    ),
    (cg.compare("910C", "H20", catalog=CHANGED), ("compare", "910C", "H20", *OPTIONS)),
    (cg.explain("tpp(H200)/tpp(H20)"), ("explain", "tpp(H200)/tpp(H20)")),
    (cg.explain("tpp(910C)/tpp(H20)", catalog=CHANGED), ("explain", "tpp(910C)/tpp(H20)", *OPTIONS)),
    (cg.show("910C"), ("show", "910C")),
    (cg.show("H20", catalog=CHANGED), ("show", "H20", *OPTIONS)),
    (
        cg.equivalent("100000 H200", "Ascend 910C", by="peak.bf16"),
        ("equivalent", "100000 H200", "--in", "Ascend 910C", "--by", "peak.bf16"),
    ),
    (cg.check("H20", "H200", on="2025-04-20"), ("check", "H20", "H200", "--on", "2025-04-20")),
    (cg.check("H20", rule="us-bis-3a090-b", lens="enforced"), ("check", "H20", "--rule", "us-bis-3a090-b", "--lens", "enforced")),
]  # fmt: skip


@pytest.mark.parametrize(("result", "arguments"), SAME, ids=lambda part: part[0] if isinstance(part, tuple) else "")
def test_a_result_prints_the_json_of_the_command(result: cg.Result, arguments: tuple[str, ...]) -> None:
    assert result.to_json() == command(*arguments)
    printed = CliRunner().invoke(main, arguments).stdout
    assert repr(result) == printed
    assert printed.startswith(result.finding + "\n")


@pytest.mark.parametrize(("result", "arguments"), SAME[:2], ids=["one", "other"])
def test_a_result_can_be_verified(result: cg.Result, arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text(result.to_json(), "utf-8")
    assert json.loads(command("verify", str(tmp_path / "saved.json")))["same"] is True


def test_a_result_of_ones_own_tables_records_the_folder(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[acme]\npublisher = "Acme"\ntitle = "X1"\nurl = "https://example.com"\nkind = "vendor"\n'
    )
    (tmp_path / "x1.toml").write_text(
        'id = "acme-x1"\nname = "Acme <b>X1</b>"\nmaker = "Acme"\naliases = ["X1"]\n\n[[figures]]\nquantity = "node"\n'
        'value = "<script>alert(1)</script>"\nsource = "acme"\n'
    )
    made = cg.catalog(folder=str(tmp_path))
    result = cg.compare("X1", "H20", metrics=["node"], catalog=made)
    assert result.to_json() == command("compare", "X1", "H20", "--metric", "node", "--catalog", str(tmp_path))
    shown = result._repr_html_()
    assert "<script" not in shown and "<b>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt;X1&lt;/b&gt;" in shown
    with pytest.raises(cg.UnknownName, match="no chip, system, cluster or model is called 'X1'"):
        cg.compare("X1", "H20")


@pytest.mark.parametrize(("result", "arguments"), SAME, ids=lambda part: part[0] if isinstance(part, tuple) else "")
def test_a_frame_of_a_result_has_its_units_beside_it(result: cg.Result, arguments: tuple[str, ...]) -> None:
    frame = result.to_frame()
    assert len(frame) > 0
    assert frame.attrs["as_of"] == catalog().as_of
    if "unit" in frame:
        numbers = frame[frame["value"].map(lambda value: isinstance(value, float) and not math.isnan(value))]
        assert numbers["unit"].notna().all()


def test_a_frame_of_a_comparison_holds_its_numbers() -> None:
    frame = cg.compare("H20", "H200", metrics=["memory.bandwidth", "peak.fp4"]).to_frame()
    row, lacking = (
        frame[(frame["item"] == "nvidia-h200-sxm") & (frame["metric"] == name)].iloc[0]
        for name in ("memory.bandwidth", "peak.fp4")
    )
    assert (row["value"], row["unit"]) == (4800.0, "GB/s")  # NVIDIA H200 data sheet: 4.8 TB/s
    assert row["ratio"] == pytest.approx(1.2)
    assert lacking["state"] == "unknown" and pandas.isna(lacking["value"]) and pandas.isna(lacking["ratio"])


# --- frames of the tables ----------------------------------------------------------------------------------------


def test_a_frame_has_its_units_in_labels_and_attributes() -> None:
    frame = cg.frame("chips", metrics=["tpp", "memory.bandwidth", "h100e.tpp", "memory.type"])
    assert list(frame.columns) == ["tpp [TPP]", "memory.bandwidth [GB/s]", "h100e.tpp", "memory.type"]
    assert frame.attrs["units"] == {
        "tpp [TPP]": "TPP", "memory.bandwidth [GB/s]": "GB/s", "h100e.tpp": "1", "memory.type": "",
    }  # fmt: skip
    assert frame.attrs["as_of"] == catalog().as_of
    assert frame.index.name == "chips"
    # 148 x 16 (NVIDIA's H20), 4.8 TB/s (NVIDIA's H200)
    assert frame.loc["nvidia-h20-96gb", "tpp [TPP]"] == 2368.0
    assert frame.loc["nvidia-h200-sxm", "memory.bandwidth [GB/s]"] == 4800.0
    assert frame.loc["nvidia-h100-sxm", "h100e.tpp"] == 1.0
    assert frame.loc["nvidia-h200-sxm", "memory.type"] == "HBM3e"


@given(st.sampled_from(METRICS), st.sampled_from(["chips", "systems"]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_frame_holds_what_the_resolver_says_and_never_a_zero_for_unknown(metric: str, kind: str) -> None:
    frame = cg.frame(kind, metrics=[metric])
    (label,) = frame.columns
    unit = frame.attrs["units"][label]
    for item, value in frame[label].items():
        figure = cg.quantity(metric, str(item))
        if figure.value is None:
            assert pandas.isna(value)
        elif isinstance(figure.value, float):
            assert value == pytest.approx(figure.to(unit), rel=1e-12)
        else:
            assert value == figure.value


def test_an_unknown_figure_is_nan() -> None:
    frame = cg.frame("chips", metrics=["peak.fp4"])
    assert frame["peak.fp4 [TFLOP/s]"].isna()["nvidia-h20-96gb"]
    assert not (frame == 0).any().any()


def test_a_frame_of_nothing_is_refused() -> None:
    with pytest.raises(cg.UnknownName, match="there is no frame of 'chipz'; take chips or systems"):
        cg.frame("chipz")
    with pytest.raises(cg.UnknownName, match="Did you mean memory.bandwidth"):
        cg.frame("chips", metrics=["memory.bandwith"])


# --- the paragraph of the interface ------------------------------------------------------------------------------


def test_a_figure_has_what_the_interface_promises() -> None:
    figure = cg.quantity("peak.bf16", "H200")
    assert isinstance(figure, Figure)
    assert figure.to("TFLOP/s") == 989.5  # NVIDIA H200 data sheet, dense
    assert figure.low == figure.value == figure.high == 989.5e12
    assert figure.unit.text == "TFLOP/s"
    assert set(figure.sources) <= set(catalog().source_ids())
    assert cg.quantity("memory.bandwidth", "H200").to("TB/s") == 4.8
    assert figure.pint().to("PFLOP/s").magnitude == pytest.approx(0.9895)
    derivation = cg.quantity("ridge.bf16", "H200").explain()
    assert (
        derivation.split("\n")[0] == f"nvidia-h200-sxm/peak.bf16 = 989.5 TFLOP/s  [{figure.text} ({figure.sources[0]})]"
    )
    assert derivation.split("\n")[-1].startswith("ridge.bf16(nvidia-h200-sxm) = 206.146 FLOP/byte  [ridge_point(peak=")


def test_the_examples_of_the_interface() -> None:
    assert cg.catalog() is catalog()
    assert len(cg.frame("chips", metrics=["tpp"])) == sum(item.kind == "chip" for item in catalog().items.values())
    assert cg.compare("H20", "H200").finding.startswith("The H200 SXM 141 GB has 6.69 times the TPP")
    # the letters of April 2025: no threshold of 3A090 is met, a licence is required all the same
    assert cg.check("H20", on="2025-04-20", to="CN").data[0].because == ("us-bis-letter-2025-04-h20#sum",)
    assert cg.equivalent("100000 H200", "Ascend 910C", by="peak.bf16").data.whole == 131_583
    assert cg.explain("tpp(H200)/tpp(H20)").data.number == pytest.approx(15832 / 2368)


def test_the_formulas_take_floats_and_arrays_in_base_units() -> None:
    # 15 CFR 774 Supp. 1, 3A090 Technical Note 2: 600 tera-operations at 8 bit are 4,800
    assert total_processing_performance(rate=600e12, bits=8) == 4800e12
    rates = numpy.array([148e12, 989.5e12])
    assert ridge_point(peak=rates, bandwidth=4e12).tolist() == [37.0, 247.375]
    assert performance_density(tpp=numpy.array([4800e12]), area=814e-6)[0] == pytest.approx(4800 / 814 * 1e18)
