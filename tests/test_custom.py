# SPDX-License-Identifier: Apache-2.0
"""An item that stands in no table: from `--set NAME=VALUE` or a small file; strict, and never confused with our own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.quantity import quantity
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.custom import CUSTOM, Custom, bare, from_plain, kind_of, plain, read_spec, with_custom
from chipgauge.specs.errors import ChipgaugeError, TableError, UnknownName

LAW = settings(derandomize=True, deadline=None, max_examples=60, database=None)
SPEC = 'kind = "chip"\nname = "X1"\nmaker = "nvidia"\n[figures]\n"tpp" = "4,799 TPP"\n"datacentre" = "yes"\n'


def test_figures_are_read_with_their_units() -> None:
    tables = with_custom(catalog(), Custom("chip", figures=(("memory.bandwidth", "4 TB/s"), ("datacentre", "no"))))
    assert quantity("memory.bandwidth", CUSTOM, catalog=tables).to("GB/s") == 4000.0
    assert quantity("datacentre", CUSTOM, catalog=tables).value is False
    assert quantity("tpp", CUSTOM, catalog=tables).state == "unknown"
    assert CUSTOM not in catalog().items, "our own tables stay as they are"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["training_compute"], "model"), (["training.biological"], "model"), (["developer.revenue", "tpp"], "model"),
        (["cluster.peak"], "cluster"), (["memory_bandwidth_density"], "hbm_stack"), (["app"], "computer"),
        (["tpp"], "chip"), ([], "chip"),
    ],
)  # fmt: skip
def test_what_is_described(names: list[str], kind: str) -> None:
    assert kind_of(names) == kind


@LAW
@given(st.lists(st.tuples(st.sampled_from(["tpp", "die.area", "tpp(H20)"]), st.text("0123456789. TP", max_size=9))))
def test_every_text_is_of_one_kind(rows: list[tuple[str, str]]) -> None:
    named, free = bare(f"{name}={value}" for name, value in rows)
    assert len(named) + len(free) == len(rows)
    assert [name for name, _ in free] == [name for name, _ in rows if "(" not in name]


def test_a_record_comes_back() -> None:
    item = Custom("model", "M", "acme", (("training_compute", "3e26 FLOP"),))
    assert from_plain(json.loads(json.dumps(plain(item)))) == item


@pytest.mark.parametrize(
    "damaged", [5, "x", {}, {"kind": "chip"}, {"kind": "chip", "figures": [1]}, {"figures": {"tpp": 1}}]
)
def test_a_damaged_record_is_refused(damaged: object) -> None:
    with pytest.raises(UnknownName, match="is damaged"):
        from_plain(damaged)


def test_a_file_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "x1.toml").write_text(SPEC)
    item = read_spec(path)
    assert item == Custom("chip", "X1", "nvidia", (("tpp", "4,799 TPP"), ("datacentre", "yes")))
    result = CliRunner().invoke(main, ["check", "--spec", str(path), "--json", "--on", "2024-01-01", "--to", "CN"])
    (found,) = json.loads(result.stdout)["items"]
    # 4,799 TPP: under 3A090.a.1; whether .a.2 or .b holds hangs on the die area, which the file does not give
    assert (found["id"], found["outcome"]) == (CUSTOM, "UNKNOWN")
    assert "custom/die.area" in found["text"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file is empty"),
        ("kind = ", 1, "not valid TOML"),
        (SPEC.replace("kind", "sort"), 1, "unknown field"),
        (SPEC.replace('"chip"', '"card"'), 1, "'card' is not a kind of item"),
        (SPEC.replace('"X1"', "5"), 2, "this field is a text"),
        (SPEC.replace('"tpp"', '"ttp"'), 5, "no quantity has this name"),
        (SPEC.replace('"4,799 TPP"', "4799"), 5, "a figure is a text with its unit"),
        (SPEC.replace("4,799 TPP", "4,799 GB/s"), 5, "tpp needs a unit such as TPP"),
        (SPEC.replace('"yes"', '"perhaps"'), 6, "datacentre is yes or no"),
        ('name = "X"\n', 1, "a file of one item has a table of figures"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (path := tmp_path / "x.toml").write_text(text)
    with pytest.raises(TableError) as raised:
        read_spec(path)
    assert any(one.line == line and message in one.message for one in raised.value.problems), raised.value.problems


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name an item (chipgauge check H20), or describe one"),
        (["--set", "tpp=4900"], "tpp needs a unit such as TPP"),
        (["--set", "ttp=4900 TPP"], "Did you mean tpp"),
        (["--set", "training_compute=3e26 bananas"], "is not a unit"),
        (["--set", "tpp=-1 TPP"], "tpp is not negative"),
        (["H20", "--set", "datacentre=maybe"], "datacentre is yes or no"),
        (["H20", "--spec", "x.toml"], "not both"),
        (["--spec", "gone.toml"], "gone.toml"),
        (["H20", "--to", "China"], "write CN"),
        (["H20", "--hq", "XX"], "two letters of ISO 3166"),
        (["H20", "--exporter", "nvida"], "Did you mean nvidia"),
    ],
)
def test_a_mistake_ends_with_2(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exit_code == 2 and message in result.stderr, result.output


def test_a_figure_without_an_item_replaces_that_of_each_item() -> None:
    arguments = ["check", "H20", "HGX H20", "--rule", "us-bis-3a090-a", "--set", "tpp=4800 TPP", "--json"]
    found = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert [item["verdicts"][0]["verdict"] for item in found["items"]] == ["crosses", "crosses"]
    assert found["inputs"]["set"] == ["tpp=4800 TPP"]


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ChipgaugeError, match="is not a kind of item"):
        with_custom(catalog(), Custom("card"))
