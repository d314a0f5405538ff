# SPDX-License-Identifier: Apache-2.0
"""JavaScript of formulas: the same numbers as Python's, bit for bit where both languages promise it."""

import ast
import importlib
import json
import math
import pkgutil
import random
import subprocess
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipgauge.calc
from chipgauge.calc.formula import FORMULAS, Formula, exp, log, maximum, minimum, sqrt
from chipgauge.calc.quantity import quantity
from chipgauge.reports.javascript import OPERATIONS, NotPrintable, callable_of, expression, function
from chipgauge.specs.figure import _APPLY  # pyright: ignore[reportPrivateUsage]

INPUTS = 20_000
# ECMA-262 leaves pow, log and exp to the implementation; everything else here is IEEE 754 in both languages.
INEXACT = ("Math.pow", "Math.log", "Math.exp")
NODE = r"""
const fs = require("node:fs");
const [folder, rows] = [process.argv[2], +process.argv[3]];
const jobs = JSON.parse(fs.readFileSync(folder + "/jobs.json", "utf8"));
const raw = fs.readFileSync(folder + "/inputs.bin");
const pool = new Float64Array(raw.buffer, raw.byteOffset, raw.length / 8);
jobs.forEach(([source, count], n) => {
  const f = (0, eval)("(" + source + ")"), out = new Float64Array(rows), given = new Array(count);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < count; k++) given[k] = pool[k * rows + r];
    out[r] = f(...given);
  }
  fs.writeFileSync(`${folder}/out${n}.bin`, out);
});
"""


def formulas() -> list[Formula]:
    """Every formula of the package: the registry fills as modules are imported."""
    for module in pkgutil.walk_packages(chipgauge.calc.__path__, "chipgauge.calc."):
        importlib.import_module(module.name)
    return list(FORMULAS.values())


def columns(count: int, low: float, high: float) -> list[list[float]]:
    draw = random.Random(20261122)
    return [[math.exp(draw.uniform(math.log(low), math.log(high))) for _ in range(INPUTS)] for _ in range(count)]


def run(node: str, folder: Path, jobs: Sequence[tuple[str, int]], pool: Sequence[Sequence[float]]) -> list[list[float]]:
    (folder / "jobs.json").write_text(json.dumps(jobs), "utf-8")
    (folder / "inputs.bin").write_bytes(b"".join(array("d", column).tobytes() for column in pool))
    (folder / "run.js").write_text(NODE, "utf-8")
    command = [node, str(folder / "run.js"), str(folder), str(INPUTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[list[float]] = []
    for number in range(len(jobs)):
        values = array("d")
        values.frombytes((folder / f"out{number}.bin").read_bytes())
        found.append(values.tolist())
    return found


def check(
    name: str, source: str, apply: Callable[..., Any], pool: Sequence[Sequence[float]], got: Sequence[float]
) -> None:
    exact = not any(word in source for word in INEXACT)
    for row, (given_, answer) in enumerate(zip(zip(*pool, strict=True), got, strict=True)):
        try:
            wanted = float(apply(*given_))
        except (ZeroDivisionError, ValueError, OverflowError, TypeError):  # a power of a negative number is complex
            assert not math.isfinite(answer), (name, given_)
            continue
        if wanted == answer:
            continue
        assert not exact, (name, row, given_, wanted, answer)
        assert math.isclose(wanted, answer, rel_tol=1e-12), (name, row, given_, wanted, answer)


def test_every_formula_gives_the_same_numbers_in_both_languages(node: str, tmp_path: Path) -> None:
    every = formulas()
    assert len(every) > 20
    pool = columns(max(len(one.units) for one in every), 1e-3, 1e4)
    jobs = [(function(one), len(one.units)) for one in every]
    for one, (source, count), got in zip(every, jobs, run(node, tmp_path, jobs, pool), strict=True):
        check(one.name, source, one.apply, pool[:count], got)


def ceil(value: float) -> float:
    return float(math.ceil(value))


def floor(value: float) -> float:
    return float(math.floor(value))


WRITTEN: list[tuple[str, Callable[..., Any]]] = [
    ("a - b - c", lambda a, b, c: a - b - c),
    ("a - (b - c)", lambda a, b, c: a - (b - c)),
    ("a / b / c", lambda a, b, c: a / b / c),
    ("a / (b / c)", lambda a, b, c: a / (b / c)),
    ("-a * (b + -c) / 3", lambda a, b, c: -a * (b + -c) / 3),
    ("minimum(a, maximum(b, c), 0.1)", lambda a, b, c: minimum(a, maximum(b, c), 0.1)),
    ("sqrt(a * a + b * b) + c", lambda a, b, c: sqrt(a * a + b * b) + c),
    ("ceil(a) + floor(b / c)", lambda a, b, c: ceil(a) + floor(b / c)),
    ("a ** (1 - b) * c ** 2", lambda a, b, c: a ** (1 - b) * c**2),
    ("log(a) / log(b + 2) + exp(-c)", lambda a, b, c: log(a) / log(b + 2) + exp(-c)),
    ("1e-3 * a + 0.1 + 2 ** -b - c", lambda a, b, c: 1e-3 * a + 0.1 + 2**-b - c),
]


def test_everything_that_an_expression_may_hold(node: str, tmp_path: Path) -> None:
    pool = columns(3, 0.01, 90)
    jobs = [(f"($a,$b,$c)=>{expression(ast.parse(text, mode='eval').body, 'abc')}", 3) for text, _ in WRITTEN]
    for (text, apply), (source, _), got in zip(WRITTEN, jobs, run(node, tmp_path, jobs, pool), strict=True):
        check(text, source, apply, pool, got)


def test_every_operation_of_a_graph(node: str, tmp_path: Path) -> None:
    assert OPERATIONS.keys() == _APPLY.keys(), "an operation of figures that the page does not know, or the reverse"
    counts = {"negative": 1, "total": 3, "largest": 3, "smallest": 3}
    names = [*OPERATIONS, "^2.0", "^-0.5"]
    arities = [1 if name.startswith("^") else counts.get(name, 2) for name in names]
    jobs = list(zip(map(callable_of, names), arities, strict=True))
    pool = columns(3, 1e-3, 1e4)
    for name, (source, count), got in zip(names, jobs, run(node, tmp_path, jobs, pool), strict=True):
        apply = _APPLY.get(name) or (lambda a, power=float(name[1:]): a**power)
        check(name, source, apply, pool[:count], got)


def test_a_bit_is_an_eighth_of_a_byte_on_both_sides(node: str, tmp_path: Path) -> None:
    # NVIDIA H20: 148 dense TFLOP/s at 16 bit are 2,368 TPP (15 CFR 774 Supp. 1, Technical Note 2)
    figure = quantity("tpp", "H20")
    made = next(child for label, child in figure.inputs if label == "bf16")
    given_ = [child.number for _, child in made.inputs]
    (got,) = run(node, tmp_path, [(callable_of(made.name), 2)], [[one] * INPUTS for one in given_])
    assert got[0] == made.number == 2368e12 / 8


@pytest.mark.parametrize(
    "text",
    ["a if b else c", "a // b", "a % b", "a > b", "a and b", "x", "print(a)", "a.real", "a[0]", "[a]", "'a'", "True",
     "lambda: a", "minimum(a)", "sqrt(a, b)", "log(value=a)", "9007199254740993", "(a := b)", "__import__('os')",
     "a @ b", "a | b", "~a", "+a", "not a", "1j", "None", "f'{a}'", "minimum(*a)"],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(NotPrintable, match="cannot be printed"):
        expression(ast.parse(text, mode="eval").body, "abc")


def test_a_node_that_nobody_knows_has_no_function() -> None:
    assert callable_of("choice") == callable_of("alert(1)") == ""


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_no_text_becomes_code_unless_it_is_on_the_list(text: str) -> None:
    try:
        body = ast.parse(text, mode="eval").body
        made = expression(body, "abc")
    except (NotPrintable, SyntaxError, ValueError):
        return
    assert set(made) <= set("$abc0123456789.e+-*/(),Mathpownxsqrlgilf"), made
