# SPDX-License-Identifier: Apache-2.0
"""The options that commands share: dates, what is recorded as input, and the catalogue made of them."""

import datetime
import importlib
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.reports.answer import Answer
from chipgauge.reports.cli import COMMANDS
from chipgauge.reports.options import answer_with, check_date, inputs, make_catalog
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import TableError, UnitError, UnknownName

CALCULATING = ("show", "compare", "explain", "equivalent", "check", "report")


def options_of(name: str) -> set[str]:
    command = importlib.import_module(f"chipgauge.reports.commands.{COMMANDS[name][0]}").command
    return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_formats_and_one_may_add_tables(name: str) -> None:
    assert options_of(name) >= {"--format", "--json", "--catalog"}


@pytest.mark.parametrize("name", CALCULATING)
def test_every_calculating_command_has_the_same_options(name: str) -> None:
    assert options_of(name) >= {"--prefer", "--set", "--catalog", "--on"}


@given(st.dates())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_day_is_taken_as_it_is_written(day: datetime.date) -> None:
    assert check_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    "text",
    ["2025-13-01", "2025-02-30", "2025-2-3", "20250203", "2025", "2025-W05-1", "yesterday", " 2025-01-01", "2025-01-01T00",
     "٢٠٢٥-٠١-٠١", "2025-01-01\n", "0000-01-01"],
)  # fmt: skip
def test_what_is_not_a_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnknownName, match="is not a date; write --on 2025-04-20"):
        check_date(text)


def test_no_date_is_the_data_date() -> None:
    assert check_date("") == ""


@given(
    st.dictionaries(
        st.sampled_from(["items", "per", "on", "set"]),
        st.none() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=3).map(tuple),
    )
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_inputs_keep_what_was_asked_and_nothing_else(given_options: dict[str, str | tuple[str, ...] | None]) -> None:
    recorded = inputs(**given_options)
    assert {name: value for name, value in given_options.items() if value} == {
        name: tuple(value) if isinstance(value, list) else value for name, value in recorded.items()
    }
    assert not any(isinstance(value, tuple) for value in recorded.values())


def test_a_catalogue_with_nothing_asked_is_the_shipped_one() -> None:
    assert make_catalog(None) is catalog()
    assert make_catalog("") is catalog()


def test_a_catalogue_prefers_and_replaces() -> None:
    made = make_catalog(None, "SemiAnalysis", ("memory.bandwidth(H20)=5 TB/s",))
    bandwidth = made.leaf("nvidia-h20-96gb", "memory.bandwidth")
    # SemiAnalysis, "Huawei AI CloudMatrix 384": 780 TFLOP/s a package
    peak = made.leaf("huawei-ascend-910c", "peak.bf16")
    assert peak is not None and peak.to("TFLOP/s") == 780
    assert bandwidth is not None and bandwidth.to("TB/s") == 5
    assert (bandwidth.status, bandwidth.sources) == ("assumed", ("given",))


@pytest.mark.parametrize(
    ("prefer", "given_text", "kind", "words"),
    [
        ("SemiAnalisys", "", UnknownName, "no source is called 'SemiAnalisys'. Did you mean SemiAnalysis"),
        ("", "peak.bf16(910D)=780 TFLOP/s", UnknownName, "no chip, system, cluster or model is called '910D'"),
        ("", "peak.bf61(910C)=780 TFLOP/s", UnknownName, "no quantity is called 'peak.bf61'. Did you mean peak.bf16"),
        ("", "peak.bf16(910C)=780 GB/s", UnitError, "peak.bf16 needs a unit such as TFLOP/s, got GB/s"),
        ("", "peak.bf16(910C)=780 TFLOPs/s", UnitError, "write TFLOP/s (a rate) or TFLOP (a count)"),
        ("", "memory.bandwidth(910C)=3.2 Tb/s", UnitError, "write Tbit (bits) or TB (bytes)"),
        ("", "peak.bf16(910C)=780", UnitError, "got a bare number"),
        ("", "peak.bf16(910C)", UnknownName, "write --set 'peak.bf16(910C)=780 TFLOP/s'"),
        ("", "power.tdp(910C)=-1 W", UnitError, "power.tdp is not negative"),
    ],
)
def test_a_mistake_says_what_to_write(prefer: str, given_text: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        make_catalog(None, prefer, (given_text,) if given_text else ())
    assert words in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such folder"):
        make_catalog(str(tmp_path / "gone"))


@pytest.mark.parametrize("code", [0, 1])
def test_an_answer_ends_with_its_exit_code(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer("test", "It is so.", [], dict, list, catalog(), exit_code=code)
    if code:
        with pytest.raises(click.exceptions.Exit) as caught:
            answer_with(answer, "table")
        assert caught.value.exit_code == code
    else:
        answer_with(answer, "table")
    assert capsys.readouterr().out == "It is so.\n"
