# SPDX-License-Identifier: Apache-2.0
"""`--explain NAME`: the derivation of any number of an answer."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.costs import cost
from chipgauge.calc.equivalent import Ask, equivalent
from chipgauge.reports.build_tables import named_figures as of_equivalence
from chipgauge.reports.cli import main
from chipgauge.reports.commands.cost import named_figures as of_cost
from chipgauge.reports.derivation import derivation
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName

HERE = catalog()
COST = of_cost(cost("1000 H200", catalog=HERE, country="cn", against="1000 910C", train="DeepSeek-V3"))
BUILD = of_equivalence(equivalent("20000 H200", "910C", ask=Ask(train="DeepSeek-V3", build_in="cn")))
NUMBERS = {
    **{f"cost {name}": figure for name, figure in COST.items()},
    **{f"build {name}": figure for name, figure in BUILD.items()},
}


@given(name=st.sampled_from(sorted(NUMBERS)))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_every_number_is_derived_down_to_its_sources(name: str) -> None:
    figure = NUMBERS[name]
    found = derivation(name, {name.replace(" ", "-"): figure}, HERE, {})
    nodes = found.body()["nodes"]
    assert figure.key in nodes
    assert all(node["sources"] for node in nodes.values() if node["kind"] == "leaf" and node.get("value") is not None)
    assert all(node["cite"] for node in nodes.values() if node["kind"] == "formula")
    for node in nodes.values():
        assert set(node.get("inputs", {}).values()) <= nodes.keys()


def test_the_commands_print_it() -> None:
    shown = CliRunner().invoke(main, ["cost", "1000 H200", "--explain", "energy", "--json"])
    found = json.loads(shown.stdout)
    # 1,000 x 1.73 kW at 75% over five years at 8.26 cents
    assert found["result"]["value"] == pytest.approx(1730 * 0.75 * 5 * 8766 * 0.0826, rel=1e-9)
    assert found["schema"] == "chipgauge.derivation/0" and found["root"] in found["nodes"]
    table = CliRunner().invoke(main, ["equivalent", "1000 H200", "--in", "910C", "--explain", "TCO"]).stdout
    assert table.startswith("tco = ") and "What drives the range" in table


def test_numbers_of_a_scenario() -> None:
    asked = ["scenario", "no-exports", "--draws", "100", "--explain", "advantage-2026-8bit-acquired"]
    found = json.loads(CliRunner().invoke(main, [*asked, "--json"]).stdout)
    inputs = found["nodes"][found["root"]]["inputs"]
    us, china = (found["nodes"][inputs[name]]["value"] for name in ("us", "china"))
    assert found["result"]["value"] == pytest.approx(us / china)
    plain = json.loads(CliRunner().invoke(main, [*asked[:4], "--json"]).stdout)["scenarios"][0]["advantage"][0]
    assert [found["result"][name] for name in ("low", "high")] == [plain[name] for name in ("low", "high")], "one draw"


def test_a_wrong_name_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean energy"):
        derivation("energie", COST, HERE, {})
    with pytest.raises(UnknownName, match="Numbers: hardware, network"):
        derivation("xxxxxx", COST, HERE, {})
