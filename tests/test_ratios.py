# SPDX-License-Identifier: Apache-2.0
"""`make bench-check`: a ratio that has grown, and one that is gone, end with 1."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FILE = Path(__file__).resolve().parents[1] / "benchmarks" / "ratios.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ratios", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ratios = load()
STORED = {
    "test_chain.py::a | NumPy": 2.0,
    "test_start.py::b | bare": 10.0,
    "test_peers.py::test_decode_of_genz | it": 5.0,
}


def check(folder: Path, now: dict[str, float], *options: str) -> subprocess.CompletedProcess[str]:
    rows = [
        {"fullname": f"benchmarks/{name}", "extra_info": {"ratios": [{"to": to, "ratio": value}]}}
        for name, to, value in ((*key.split(" | "), value) for key, value in now.items())
    ]
    run, stored = folder / "run.json", folder / "stored.json"
    run.write_text(json.dumps({"benchmarks": rows}), encoding="utf-8")
    stored.write_text(json.dumps(STORED), encoding="utf-8")
    words = [sys.executable, str(FILE), str(run), str(stored), "--check", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("now", "options", "code", "said"),
    [
        (STORED, (), 0, "3 ratios are within"),
        ({**STORED, "test_new.py::c | d": 9.0}, (), 0, "3 ratios are within"),
        ({**STORED, "test_chain.py::a | NumPy": 3.3}, (), 1, "test_chain.py::a | NumPy: 3.3, was 2"),
        ({}, (), 1, "test_chain.py::a | NumPy: stored, but not measured"),
        ({"test_chain.py::a2 | NumPy": 2.0, "test_start.py::b | bare": 10.0}, (), 1, "test_chain.py::a | NumPy: stored"),
        ({"test_start.py::b | bare": 10.0}, ("--part",), 0, "1 ratios are within their tolerance; 2 not measured"),
        ({"test_start.py::b | bare": 13.5}, ("--part",), 1, "was 10 (at most 1.3 times that)"),
        ({"test_new.py::c | d": 9.0}, ("--part",), 1, "no stored ratio was measured"),
    ],
)  # fmt: skip
def test_the_command(now: dict[str, float], options: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    done = check(tmp_path, now, *options)
    assert done.returncode == code and said in done.stdout, done.stdout + done.stderr


def test_what_a_missing_package_skips_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {name: value for name, value in STORED.items() if "genz" not in name}
    monkeypatch.setattr(ratios, "find_spec", lambda _: None)
    assert ratios.vanished(STORED, now) == []
    assert len(ratios.vanished(STORED, {})) == 2
    monkeypatch.setattr(ratios, "find_spec", lambda _: object())
    assert [line.split(" |")[0] for line in ratios.vanished(STORED, now)] == ["test_peers.py::test_decode_of_genz"]


def test_every_stored_ratio_of_a_peer_has_its_package() -> None:
    stored = json.loads((FILE.parent / "results" / "ratios.json").read_text(encoding="utf-8"))
    peers = [name for name in stored if name.startswith("test_peers.py")]
    assert peers and all(any(part in name for part in ratios.NEEDS) for name in peers)


NAMES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(0.01, 100.0), max_size=6)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(stored=NAMES, now=NAMES)
def test_a_run_passes_only_with_every_stored_ratio(stored: dict[str, float], now: dict[str, float]) -> None:
    good = all(name in now and now[name] <= stored[name] * 1.6 for name in stored)
    assert good == (not ratios.worse(stored, now) and not ratios.vanished(stored, now))
