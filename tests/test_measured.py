# SPDX-License-Identifier: Apache-2.0
"""Measured rows: a strict format, and the project's own tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from chipgauge.specs import measured
from chipgauge.specs.errors import TableError
from chipgauge.specs.measured import (
    COLUMNS,
    KINDS,
    METRICS,
    MOST_BYTES,
    Measured,
    measured_file,
    read_measured,
    shipped_rows,
)

GOOD = {
    "id": "a1", "source": "me", "date": "2026-01", "group": "g", "kind": "train", "model": "GPT 174.6B", "chip": "H100",
    "n_chips": "128", "precision": "bf16", "batch": "256", "seq_in": "2048", "plan": "tp=4,pp=8", "metric": "step_time",
    "value": "8300", "unit": "ms",
}  # fmt: skip


def table(*rows: dict[str, str]) -> str:
    cells = [[f'"{row[name]}"' if "," in row.get(name, "") else row.get(name, "") for name in COLUMNS] for row in rows]
    return "\n".join(",".join(line) for line in [list(COLUMNS), *cells]) + "\n"


def test_values_come_in_base_units_and_what_is_not_stated_is_nan() -> None:
    (row,) = read_measured(table(GOOD), "mine.csv")
    assert row.value == 8.3 and row.n_chips == 128 and row.plan == "tp=4,pp=8"
    assert row.seq_out != row.seq_out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "training"}, "mine.csv:2: kind: found 'training'"),
        ({"metric": "steptime"}, "Did you mean step_time?"),
        ({"unit": "GB"}, "unit: 'GB' does not fit step_time"),
        ({"unit": "sec."}, "unit:"),
        ({"value": "-1"}, "value: found '-1'"),
        ({"value": "0"}, "value: found '0'"),
        ({"value": "fast"}, "a positive number"),
        ({"n_chips": "many"}, "n_chips: found 'many'"),
        ({"id": ""}, "id: is empty"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(change: dict[str, str], said: str) -> None:
    with pytest.raises(TableError) as error:
        read_measured(table({**GOOD, **change}), "mine.csv")
    assert said in str(error.value)


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(TableError) as error:
        read_measured(table({**GOOD, "kind": "x"}, GOOD, {**GOOD, "metric": "y"}, GOOD), "mine.csv")
    assert len(error.value.problems) == 3
    assert "stands on line 3 already" in str(error.value)


def test_columns_are_checked() -> None:
    for text, said in (("id,sorce\n", "Did you mean source?"), ("id,source\n", "is missing"), ("", "is missing")):
        with pytest.raises(TableError, match=said.replace("?", r"\?")):
            read_measured(text, "mine.csv")


@pytest.fixture(scope="module")
def rows() -> list[Measured]:
    return list(shipped_rows())


def test_the_shipped_rows_are_whole(rows: list[Measured]) -> None:
    assert len({row.id for row in rows}) == len(rows)
    assert {row.kind for row in rows} <= set(KINDS) and {row.metric for row in rows} <= set(METRICS)
    assert all(row.source and row.url.startswith("https://") and row.group and row.date for row in rows)


@pytest.mark.parametrize(
    ("name", "value"),
    [  # Korthikanti et al. 2022, table 5; NVIDIA dgxc-benchmarking, GPT-3 175B on 128 H100; sglang 0.5.10 on H100
        ("korthikanti2022-004", 13.75),
        ("dgxc-035", 8.309),
        ("gemm-h100-bfloat16-8192x8192x8192", 1593.572e-6),
    ],
)
def test_published_values(rows: list[Measured], name: str, value: float) -> None:
    assert next(row for row in rows if row.id == name).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("binary.csv", bytes(range(256)), "not UTF-8 text"),
        ("nul.csv", b"id,source\n\0\n", "a binary file"),
        ("gone.csv", None, "cannot be read"),
        (".", None, "this is a directory"),
        ("long.csv", b"x" * (MOST_BYTES + 1), "at most 10,000,000"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, name: str, raw: bytes | None, said: str) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(TableError, match=said):
        measured_file(tmp_path / name)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_one_kind_are_those_of_all_tables(kind: str, rows: list[Measured]) -> None:
    assert list(shipped_rows(kind=kind)) == [row for row in rows if row.kind == kind] != []


def test_rows_of_one_kind_open_no_other_table(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(measured, "_shipped", lambda name: opened.append(name) or ())
    assert list(shipped_rows(kind="train")) == []
    assert opened == ["training.csv"]
