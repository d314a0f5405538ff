# SPDX-License-Identifier: Apache-2.0
"""Files that other programs read: CSV and JSON as printed, Excel and Parquet with their extras."""

import csv
import io
import json
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas
import pytest
from click.testing import CliRunner, Result

from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.frame import COLUMNS, KINDS, entry_rows, leaves_frame
from chipgauge.specs.quantities import QUANTITIES

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in arguments])


def sheet(path: Path, number: int) -> list[dict[str, str | float]]:
    """The cells of a sheet by column letter, read off the XML that ECMA-376 defines."""
    with zipfile.ZipFile(path) as book:
        texts = ["".join(part.itertext()) for part in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        rows = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{MAIN}row")
        made: list[dict[str, str | float]] = []
        for row in rows:
            cells: dict[str, str | float] = {}
            for cell in row:
                value = cell.findtext(f"{MAIN}v") or ""
                cells[cell.attrib["r"].rstrip("0123456789")] = (
                    texts[int(value)] if cell.get("t") == "s" else float(value)
                )
            made.append(cells)
    return made


def test_csv_and_json_hold_every_figure_with_its_unit() -> None:
    table = list(csv.DictReader(io.StringIO(run("list", "chips", "--figures", "--format", "csv").stdout)))
    body = json.loads(run("list", "chips", "--figures", "--json").stdout)
    rows = entry_rows(catalog(), "chips")
    assert len(table) == len(body["figures"]) == len(rows) > 1000
    assert tuple(table[0]) == COLUMNS
    found = [row for row in table if (row["item"], row["quantity"]) == ("nvidia-h200-sxm", "memory.bandwidth")]
    assert ("4800.0", "GB/s", "adopted") in [(row["value"], row["unit"], row["role"]) for row in found]
    assert body["figures"] == rows and all(row["source"] for row in rows)


def test_a_cell_without_a_number_is_empty_and_never_zero() -> None:
    rows = entry_rows(catalog(), "chips")
    assert {row["text"] for row in rows if row["value"] == 0} <= {"0", "0 GB/s"}
    (fp8,) = [row for row in rows if row["item"] == "huawei-ascend-910c" and row["quantity"] == "peak.fp8"]
    assert (fp8["value"], fp8["text"]) == (None, "absent")


@pytest.mark.parametrize("ending", ["csv", "json", "md", "xlsx", "parquet"])
def test_a_file_in_every_format_has_the_same_bytes_twice(tmp_path: Path, ending: str) -> None:
    one, two = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for path in (one, two):
        result = run("list", "systems", "--figures", "-o", path)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"Wrote {path} ({path.stat().st_size:,} bytes): ")
    if ending != "json":  # the JSON records the name it was written under
        assert one.read_bytes() == two.read_bytes()
    if ending == "csv":
        assert one.read_text("utf-8") == run("list", "systems", "--figures", "--format", "csv").stdout


def test_excel_has_the_figures_and_their_sources(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    assert run("list", "systems", "--figures", "-o", path).exit_code == 0
    rows = entry_rows(catalog(), "systems")
    data, sources = sheet(path, 1), sheet(path, 2)
    assert tuple(data[0].values()) == COLUMNS
    assert [row["A"] for row in data[1:]] == [row["item"] for row in rows]
    assert [row.get("C") for row in data[1:]] == pytest.approx([row["value"] for row in rows], nan_ok=True)
    assert {row["A"] for row in sources[1:]} == {r[f] for r in rows for f in ("source", "via") if r[f]}


def test_excel_runs_no_formula_of_a_stranger(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "sources.toml").write_text('[s]\npublisher = "P"\ntitle = "T"\nurl = ""\nkind = "vendor"\n', "utf-8")
    note = '=HYPERLINK(\\"http://a.example\\")\\u0007'
    (folder / "x.toml").write_text(
        f'id = "a-x"\nname = "X"\nmaker = "a"\n[[figures]]\nquantity = "dies"\nvalue = "1"\nsource = "s"\nnote = "{note}"\n',
        "utf-8",
    )
    path = tmp_path / "x.xlsx"
    assert run("list", "chips", "--figures", "-o", path, "--catalog", folder).exit_code == 0
    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"hyperlink " not in book.read("xl/worksheets/sheet1.xml")
    assert any("=HYPERLINK" in str(cell) for row in sheet(path, 1) for cell in row.values())


def test_parquet_keeps_types_values_and_credits(tmp_path: Path) -> None:
    import pyarrow.parquet

    path = tmp_path / "x.parquet"
    assert run("list", "chips", "--figures", "-o", path).exit_code == 0
    frame = pandas.read_parquet(path)
    rows = entry_rows(catalog(), "chips")
    assert frame["value"].dtype == "float64" and frame["text"].tolist() == [row["text"] for row in rows]
    assert frame["value"].tolist() == pytest.approx(
        [float("nan") if r["value"] is None else r["value"] for r in rows], nan_ok=True
    )
    notes = pyarrow.parquet.read_schema(path).metadata
    assert notes[b"as_of"].decode() == catalog().as_of
    assert (
        "Epoch AI: Machine Learning Hardware" in notes[b"sources"].decode()
        and "CC BY 4.0" in notes[b"sources"].decode()
    )


@pytest.mark.parametrize(
    ("ending", "module", "extra"), [("xlsx", "xlsxwriter", "xlsx"), ("parquet", "pyarrow", "parquet")]
)
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # the standard way to say that a module is not there
    result = run("list", "chips", "--figures", "-o", tmp_path / f"x.{ending}")
    assert result.exit_code == 2
    assert result.stderr == f"error: .{ending} needs {module}; type: pip install 'chipgauge[{extra}]'\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x", "x.xls", "x.txt"])
def test_an_ending_that_says_no_format_is_refused(tmp_path: Path, name: str) -> None:
    result = run("list", "chips", "-o", tmp_path / name)
    assert result.exit_code == 2 and "allowed: .csv, .json, .md, .xlsx, .parquet" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_plain_list_is_written_too(tmp_path: Path) -> None:
    assert run("list", "sources", "-o", tmp_path / "s.csv").exit_code == 0
    assert (tmp_path / "s.csv").read_text("utf-8") == run("list", "sources", "--format", "csv").stdout


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_frame_of_every_kind_has_units_in_labels_and_attributes(kind: str) -> None:
    frame = catalog().frame(kind, wide=True)
    items = [item.id for item in catalog().items.values() if item.kind == KINDS[kind]]
    assert list(frame.index) == sorted(items) and frame.attrs["kind"] == kind
    assert set(frame.attrs["units"]) == set(frame.columns)
    for label, unit in frame.attrs["units"].items():
        row = QUANTITIES[str(label).split(" ")[0].split(":")[0].split("@")[0]]
        if unit in ("", "1"):
            assert "[" not in str(label) and (row.kind != "number" or row.unit == "1")
        else:
            assert str(label).endswith(f" [{unit}]") and (row.prices or unit == row.unit)
            assert frame[label].dtype == "float64"
    long = catalog().frame(kind)
    assert tuple(long.columns) == COLUMNS and long.attrs["as_of"] == catalog().as_of
    assert all(
        QUANTITIES[name.split(":")[0]].unit == unit
        for name, unit in long.attrs["units"].items()
        if "price" not in name and QUANTITIES[name.split(":")[0]].prices is False
    )


def test_a_wide_frame_holds_what_the_data_sheet_prints() -> None:
    frame = leaves_frame(catalog(), "chips")
    assert frame.loc["nvidia-h200-sxm", "memory.bandwidth [GB/s]"] == 4800  # NVIDIA H200 data sheet: 4.8 TB/s
    assert frame.loc["nvidia-h200-sxm", "memory.type"] == "HBM3e"
    assert frame["peak.fp4 [TFLOP/s]"].isna()["huawei-ascend-910c"]
    assert not (frame.select_dtypes("float64") == 0).any().any()


def test_results_and_figures_show_themselves_in_a_notebook() -> None:
    import chipgauge as cg

    page = cg.compare("H20", "H200")._repr_html_()
    assert "<table>" in page and "H200" in page
    figure = cg.quantity("tpp", "H20")
    assert "2368 TPP" in figure._repr_html_() and "<script" not in figure._repr_html_()
    given = cg.quantity("tpp", "H20", catalog=cg.catalog(given=("memory.type(H20)=<script>x",)))
    assert "<script" not in given._repr_html_()
    words = cg.quantity("memory.type", "H20", catalog=cg.catalog(given=("memory.type(H20)=<script>x",)))._repr_html_()
    assert "&lt;script&gt;x" in words and "<script" not in words
