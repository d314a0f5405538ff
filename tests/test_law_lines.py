# SPDX-License-Identifier: Apache-2.0
"""Every line of every rule, at its value, one step below and one above, against a second reading of the files.

The second reading is this file's own: it takes the TOML as it stands, values as exact fractions and Kleene's logic, and
knows nothing of the engine. Both must give the same verdict, for known and for unknown inputs. What the lines are is
checked first, against the texts of the laws.
"""

import operator
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain
from typing import Any

import pytest

from chipgauge.calc.thresholds import evaluate_rule
from chipgauge.specs.catalog import catalog
from chipgauge.specs.custom import CUSTOM, Custom, with_custom
from chipgauge.specs.index import data_folder
from chipgauge.specs.rules import Period

Row = dict[str, Any]
Value = Fraction | str | None
RAW: dict[str, Row] = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((data_folder() / "rules").glob("*.toml"))
    if path.stem != "groups"
}
RULES = {rule.id: rule for rule in catalog().rules()}
WITH_LIMBS = [name for name, raw in RAW.items() if "limbs" in raw]
KINDS = {"import": "chip", "shipment": "chip"}
OPS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
}  # fmt: skip

# --- what the texts print ------------------------------------------------------------------------------------------------

# One line a comparison: rule#limb, metric, operator, value. The paragraph is the limb's citation.
PRINTED = """
us-bis-2022-3a090#a io.bandwidth >= 600 GB/s
us-bis-2022-3a090#a tpp >= 4800 TPP
us-bis-2023-order-nvidia#tpp tpp >= 4800 TPP
us-bis-3a090-a#a1 tpp >= 4800 TPP
us-bis-3a090-a#a2 tpp >= 1600 TPP
us-bis-3a090-a#a2 performance_density >= 5.92 TPP/mm^2
us-bis-3a090-a#note2 tpp < 4800 TPP
us-bis-3a090-b#b1 tpp >= 2400 TPP
us-bis-3a090-b#b1 tpp < 4800 TPP
us-bis-3a090-b#b1 performance_density >= 1.6 TPP/mm^2
us-bis-3a090-b#b1 performance_density < 5.92 TPP/mm^2
us-bis-3a090-b#b2 tpp >= 1600 TPP
us-bis-3a090-b#b2 performance_density >= 3.2 TPP/mm^2
us-bis-3a090-b#b2 performance_density < 5.92 TPP/mm^2
us-bis-3a090-b#note2 tpp < 4800 TPP
us-bis-3a090-c#c memory_bandwidth_density > 2 GB/s/mm^2
us-bis-exception-nac-aca#consumer tpp >= 4800 TPP
us-bis-exception-hbm#density memory_bandwidth_density < 3.3 GB/s/mm^2
us-bis-exception-lpp#year aggregate.tpp <= 26,900,000 TPP
us-bis-diffusion-country-cap#cap aggregate.tpp > 790,000,000 TPP
us-bis-letter-2025-04-h20#dram memory.bandwidth >= 1400 GB/s
us-bis-letter-2025-04-h20#io io.bandwidth >= 1100 GB/s
us-bis-letter-2025-04-h20#sum memory.bandwidth + io.bandwidth >= 1700 GB/s
us-bis-2026-h200-lane#parameters tpp < 21000 TPP
us-bis-2026-h200-lane#parameters memory.bandwidth < 6500 GB/s
us-bis-2026-h200-lane#volume aggregate.tpp / us_volume.tpp <= 50%
us-s232-2026-chips#band1 tpp > 14000 TPP
us-s232-2026-chips#band1 tpp < 17500 TPP
us-s232-2026-chips#band1 memory.bandwidth > 4500 GB/s
us-s232-2026-chips#band1 memory.bandwidth < 5000 GB/s
us-s232-2026-chips#band2 tpp > 20800 TPP
us-s232-2026-chips#band2 tpp < 21100 TPP
us-s232-2026-chips#band2 memory.bandwidth > 5800 GB/s
us-s232-2026-chips#band2 memory.bandwidth < 6200 GB/s
us-bill-ai-overwatch#tpp tpp >= 4800 TPP
us-bill-ai-overwatch#density-low tpp >= 2400 TPP
us-bill-ai-overwatch#density-low performance_density >= 1.6 TPP/mm^2
us-bill-ai-overwatch#density-high tpp >= 1600 TPP
us-bill-ai-overwatch#density-high performance_density >= 3.2 TPP/mm^2
us-bill-ai-overwatch#dram memory.bandwidth >= 1400 GB/s
us-bill-ai-overwatch#io io.bandwidth >= 1100 GB/s
us-bill-ai-overwatch#sum memory.bandwidth + io.bandwidth >= 1700 GB/s
us-bill-ai-overwatch-restricted#tpp tpp >= 21000 TPP
us-bill-ai-overwatch-restricted#density tpp >= 1600 TPP
us-bill-ai-overwatch-restricted#density performance_density >= 21 TPP/mm^2
us-bill-ai-overwatch-restricted#new-tpp released > 2026-01-01
us-bill-ai-overwatch-restricted#new-tpp tpp >= 4800 TPP
us-bill-ai-overwatch-restricted#new-density-low released > 2026-01-01
us-bill-ai-overwatch-restricted#new-density-low tpp >= 2400 TPP
us-bill-ai-overwatch-restricted#new-density-low performance_density >= 1.6 TPP/mm^2
us-bill-ai-overwatch-restricted#new-density-high released > 2026-01-01
us-bill-ai-overwatch-restricted#new-density-high tpp >= 1600 TPP
us-bill-ai-overwatch-restricted#new-density-high performance_density >= 3.2 TPP/mm^2
us-bill-obernolte-trahan#frontier training_compute > 1e26 FLOP
us-eo14110-model#general training_compute.single_run > 1e26 FLOP
us-eo14110-model#biological training_compute.single_run > 1e23 FLOP
us-eo14110-cluster#cluster cluster.network > 100 Gbit/s
us-eo14110-cluster#cluster cluster.peak >= 1e20 op/s
us-bis-2024-reporting#run training_compute.single_run > 1e26 FLOP
us-bis-2024-reporting-cluster#cluster cluster.network > 300 Gbit/s
us-bis-2024-reporting-cluster#cluster cluster.peak > 1e20 op/s
us-treasury-outbound-notify#general training_compute > 1e23 FLOP
us-treasury-outbound-prohibit#general training_compute > 1e25 FLOP
us-treasury-outbound-prohibit#biological training_compute > 1e24 FLOP
us-treasury-outbound-prohibit-supercomputer#fp64 peak.fp64 >= 100 PFLOP/s
us-treasury-outbound-prohibit-supercomputer#fp64 cluster.volume <= 1177.9808182272 m^3
us-treasury-outbound-prohibit-supercomputer#fp32 peak.fp32 >= 200 PFLOP/s
us-treasury-outbound-prohibit-supercomputer#fp32 cluster.volume <= 1177.9808182272 m^3
us-744-23-supercomputer#fp64 peak.fp64 >= 100 PFLOP/s
us-744-23-supercomputer#fp64 cluster.volume <= 1177.9808182272 m^3
us-744-23-supercomputer#fp32 peak.fp32 >= 200 PFLOP/s
us-744-23-supercomputer#fp32 cluster.volume <= 1177.9808182272 m^3
us-4e091#ops training_compute.with_synthetic_data >= 1e26 FLOP
us-4e091#derived training_compute.modification / max(2.5e25 FLOP, training_compute.original / 4) <= 1
us-4a003-app#b app > 70 TFLOP/s
us-4a994-app#band app > 0.0128 TFLOP/s
us-4a994-app#band app <= 70 TFLOP/s
us-4e001-app#b app > 24 TFLOP/s
eu-aiact-51#51-2 training_compute.cumulative > 1e25 FLOP
eu-gpai-guidelines#indicative training_compute.cumulative > 1e23 FLOP
eu-gpai-modifier#third 3 * training_compute.modification / training_compute.original > 1
ca-sb53#frontier training_compute.with_later_training > 1e26 FLOP
ca-sb53-large#large developer.revenue > 500e6 USD
ca-sb1047#covered training_compute > 1e26 FLOP
ca-sb1047#covered training.cost > 100e6 USD
ca-sb1047#fine-tuned training_compute.modification >= 3e25 FLOP
ca-sb1047#fine-tuned training.cost > 10e6 USD
ny-raise#frontier training_compute.with_later_training > 1e26 FLOP
ny-raise-first#frontier training_compute > 1e26 FLOP
ny-raise-first#frontier training.cost > 100e6 USD
kr-ai-basic#compute training_compute.cumulative >= 1e26 FLOP
"""

# The day on which each text begins to hold, and the day after its last where it has one.
DATES = {
    "us-bis-2022-3a090": ("2022-10-21", "2023-11-17"),
    "us-bis-2022-4a090": ("2022-10-21", "2023-11-17"),
    "us-bis-2023-order-nvidia": ("2023-10-23", "2023-11-17"),
    "us-bis-3a090-a": ("2023-11-17", ""),
    "us-bis-3a090-b": ("2023-11-17", ""),
    "us-bis-4a090-and-z": ("2023-11-17", ""),
    "us-bis-4a090-b": ("2023-11-17", ""),
    "us-bis-exception-nac-aca": ("2023-11-17", ""),
    "us-bis-3a090-c": ("2024-12-02", ""),
    "us-bis-exception-hbm": ("2024-12-02", ""),
    "us-bis-diffusion-worldwide": ("2025-01-13", ""),
    "us-bis-diffusion-country-cap": ("2025-01-13", "2028-01-01"),
    "us-4e091": ("2025-01-13", ""),
    "us-bis-letter-2025-04-h20": ("2025-04-09", ""),
    "us-arrangement-2025-08-15pct": ("2025-08-11", ""),
    "us-bis-2026-h200-lane": ("2026-01-15", ""),
    "us-s232-2026-chips": ("2026-01-15", ""),
    "us-eo14110-model": ("2023-10-30", "2025-01-20"),
    "us-eo14110-cluster": ("2023-10-30", "2025-01-20"),
    "us-treasury-outbound-notify": ("2025-01-02", ""),
    "us-treasury-outbound-prohibit": ("2025-01-02", ""),
    "eu-aiact-51": ("2025-08-02", ""),
    "eu-gpai-guidelines": ("2025-07-18", ""),
    "ca-sb53": ("2026-01-01", ""),
    "ny-raise": ("2027-01-01", ""),
    "kr-ai-basic": ("2026-01-22", ""),
}


def rows_of(raw: Row) -> Iterator[tuple[str, Row]]:
    for part in chain(raw.get("limbs", []), raw.get("unless", []), raw.get("conditions", [])):
        for row in part.get("all", []):
            yield part.get("id", "unless"), row


def numeric(row: Row) -> bool:
    return "rule" not in row and row.get("value") not in ("yes", "no")


def test_the_lines_are_those_of_the_texts() -> None:
    found = [
        f"{name}#{limb} {row['metric']} {row['op']} {row['value']}"
        for name, raw in RAW.items()
        for limb, row in rows_of(raw)
        if numeric(row) and "values" not in row
    ]
    assert sorted(found) == sorted(PRINTED.split("\n")[1:-1])
    # the only values by date are the quarters of 15 CFR 748 Supp. 10, in tests/test_law_vectors.py
    assert [name for name, raw in RAW.items() if any("values" in row for _, row in rows_of(raw))] == [
        "us-bis-veu-datacentre"
    ]


@pytest.mark.parametrize("name", DATES)
def test_the_days_are_those_of_the_texts(name: str) -> None:
    live = [period for period in RULES[name].valid if period.text_status == "in_force"]
    first, after = DATES[name]
    assert live[0].since == first
    last = live[-1].until
    assert (next_day(last) if last else "") == after


def next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(1)).isoformat()


# --- the second reading -----------------------------------------------------------------------------------------------------

SCALES = {"%": Fraction(1, 100)}


def number(text: str) -> Fraction:
    """The number of a value, in the unit that it is printed in (one unit a metric, see the first test)."""
    given, _, unit = text.replace(",", "").replace("%", " %").partition(" ")
    return Fraction(given) * SCALES.get(unit.strip(), Fraction(1))


def unit_of(text: str) -> str:
    return text.partition(" ")[2]


TOKEN = re.compile(r"[a-z][a-z0-9_.]*")


def names_of(metric: str) -> list[str]:
    return [name for name in dict.fromkeys(TOKEN.findall(metric)) if name not in ("max", "min", "e25")]


def computed(metric: str, given: Mapping[str, Value]) -> Value:
    """The value of an expression; None where a part of it is unknown."""
    names = names_of(metric)
    if any(given.get(name) is None for name in names):
        return None
    if names == [metric]:
        return given[metric]
    text = re.sub(r"(\d[\d.]*(?:e\d+)?)( FLOP)?", lambda found: f"F({found[1]!r})" if found[1] else "", metric)
    for place, name in sorted(enumerate(names), key=lambda pair: -len(pair[1])):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", f"v[{place}]", text)
    scope = {"F": Fraction, "v": [given[name] for name in names], "max": max, "min": min}
    result: Fraction = eval(text, {"__builtins__": {}}, scope)
    return result


def both(truths: Iterator[bool | None]) -> bool | None:
    found = list(truths)
    return False if False in found else None if None in found else True


def either(truths: Iterator[bool | None]) -> bool | None:
    found = list(truths)
    return True if True in found else None if None in found else False


def opposite(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def holds(row: Row, given: Mapping[str, Value], on: str) -> bool | None:
    if "rule" in row:
        name, _, limb = row["rule"].partition("#")
        found = (
            met(name, given, on)
            if not limb
            else limb_met(next(one for one in RAW[name]["limbs"] if one["id"] == limb), given, on)
        )
        return found if row.get("holds", True) else opposite(found)
    value = computed(row["metric"], given)
    if value is None:
        return None
    text = row["value"] if "value" in row else [one["value"] for one in row["values"] if one["from"] <= on][-1]
    limit = text if isinstance(value, str) else number(text)
    return OPS[row["op"]](value, limit)


def limb_met(limb: Row, given: Mapping[str, Value], on: str) -> bool | None:
    return both(holds(row, given, on) for row in limb["all"])


def met(name: str, given: Mapping[str, Value], on: str) -> bool | None:
    """Whether a rule holds: any limb, and no exclusion."""
    raw = RAW[name]
    inside = either(limb_met(limb, given, on) for limb in raw["limbs"])
    out = either(limb_met(limb, given, on) for limb in raw.get("unless", []))
    return both(iter([inside, opposite(out)]))


# --- inputs on and beside every line ---------------------------------------------------------------------------------------

STEP = Fraction(1, 1000)
UNKNOWN_SHARE = 0.1


def every_row(name: str, seen: frozenset[str] = frozenset()) -> Iterator[Row]:
    """Every comparison that a rule stands on, those of other rules included."""
    raw = RAW[name]
    for part in chain(raw["limbs"], raw.get("unless", [])):
        for row in part["all"]:
            if "rule" not in row:
                yield row
            elif (other := row["rule"].partition("#")[0]) not in seen:
                yield from every_row(other, seen | {other})


def near(value: Fraction) -> list[Fraction]:
    step = value * STEP
    return [value - step, value, value + step]


def pools(name: str) -> tuple[dict[str, list[Value]], dict[str, str]]:
    """Values of every input on and beside its lines, and the unit in which it is given."""
    values: dict[str, list[Value]] = {}
    units: dict[str, str] = {}
    for row in every_row(name):
        metric = row["metric"]
        plain = names_of(metric) == [metric]
        texts = [row["value"]] if "value" in row else [one["value"] for one in row["values"]]
        for text in texts:
            if text in ("yes", "no"):
                values[metric] = ["yes", "no"]
            elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                values[metric] = ["2025-12-31", text, next_day(text)]
            elif plain:
                values.setdefault(metric, []).extend(near(number(text)))
                units[metric] = unit_of(text)
            elif metric == "memory.bandwidth + io.bandwidth":
                values.setdefault("memory.bandwidth", []).extend([*near(number(text) - 1000), Fraction(64)])
                values.setdefault("io.bandwidth", []).extend([Fraction(1000), Fraction(300)])
                units |= {"memory.bandwidth": "GB/s", "io.bandwidth": "GB/s"}
            elif metric.startswith(("3 * training_compute", "training_compute.modification / ")):
                values["training_compute.original"] = [Fraction("3e25"), Fraction("4e26")]
                values["training_compute.modification"] = [
                    one for at in ("1e25", "2.5e25", "1e26") for one in near(Fraction(at))
                ]
                units |= {"training_compute.original": "FLOP", "training_compute.modification": "FLOP"}
            else:
                raise AssertionError(f"no inputs for {metric}")
    return values, units


def decimal(value: Fraction) -> str:
    """A fraction as the exact decimal that it is."""
    digits = 0
    while (value * 10**digits).denominator > 1:
        digits += 1
    text = str(abs((value * 10**digits).numerator)).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text


def asked(name: str, given: Mapping[str, Value], units: Mapping[str, str], on: str) -> str:
    """The verdict of the engine on an item of these figures."""
    rule = RULES[name]
    if rule.in_force(on) is None or rule.in_force(on).text_status not in ("in_force", "proposed"):  # type: ignore[union-attr]
        rule = rule._replace(valid=(Period(on, "", "in_force", "enforced"),))  # kept as history: as if it stood
    rows = [
        (key, value if isinstance(value, str) else f"{decimal(value)} {units[key]}")
        for key, value in given.items()
        if value is not None
    ]
    kind = KINDS.get(rule.item_class, rule.item_class)
    tables = with_custom(catalog(), Custom(kind, CUSTOM, "nvidia", tuple(rows)))
    return evaluate_rule(rule, tables.items[CUSTOM], on=on, lens="text", catalog=tables).verdict


def drawn(chance: random.Random, values: Mapping[str, list[Value]], share: float) -> dict[str, Value]:
    return {name: None if chance.random() < share else chance.choice(pool) for name, pool in values.items()}


WORDS = {True: "crosses", False: "below", None: "unknown"}


@pytest.mark.parametrize("name", WITH_LIMBS)
def test_engine_and_second_reading_agree_on_and_beside_every_line(name: str) -> None:
    chance = random.Random(name)
    values, units = pools(name)
    on = max(RAW[name]["valid"][0]["from"], "2022-01-01")
    seen: set[str] = set()
    for _ in range(40):
        given = drawn(chance, values, UNKNOWN_SHARE)
        wanted = WORDS[met(name, given, on)]
        assert asked(name, given, units, on) == wanted, given
        seen.add(wanted)
    assert len(seen) > 1


CHANCES = 3000


Line = tuple[str, str, str]


def lines_of(name: str) -> dict[Line, Fraction]:
    """The lines of a rule's own limbs and exclusions that compare one number."""
    parts = chain(RAW[name]["limbs"], RAW[name].get("unless", []))
    rows = [row for part in parts for row in part["all"] if numeric(row) and "value" in row]
    plain = [row for row in rows if names_of(row["metric"]) == [row["metric"]] and row["metric"] != "released"]
    return {(row["metric"], row["op"], row["value"]): number(row["value"]) for row in plain}


def flips(name: str, on: str) -> dict[Line, tuple[dict[str, Value], dict[str, Value]]]:
    """For each line of a rule, two inputs that differ only across that line and change the verdict."""
    chance = random.Random(name)
    values, _ = pools(name)
    lines = lines_of(name)
    found: dict[Line, tuple[dict[str, Value], dict[str, Value]]] = {}
    for _ in range(CHANCES):
        given = drawn(chance, values, 0.0)
        for line in lines.keys() - found.keys():
            metric, op, _ = line
            low, at, high = near(lines[line])
            ends = (low, at) if op in (">=", "<") else (at, high)
            one, other = ({**given, metric: end} for end in ends)
            if met(name, one, on) is not met(name, other, on):
                found[line] = (one, other)
        if len(found) == len(lines):
            break
    return found


@pytest.mark.parametrize("name", [name for name in WITH_LIMBS if lines_of(name)])
def test_each_line_divides_at_its_value(name: str) -> None:
    on = max(RAW[name]["valid"][0]["from"], "2022-01-01")
    _, units = pools(name)
    found = flips(name, on)
    assert set(found) == set(lines_of(name))  # no line stands idle
    for pair in found.values():
        answers = [asked(name, given, units, on) for given in pair]
        assert answers == [WORDS[met(name, given, on)] for given in pair]
        assert sorted(answers) == ["below", "crosses"]
