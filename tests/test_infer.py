# SPDX-License-Identifier: Apache-2.0
"""`chipgauge infer`: its answer, its JSON, its errors; and the table of measured serving."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from chipgauge.calc.fit import NAMES, PRIORS, prior_values
from chipgauge.calc.infer import plans
from chipgauge.calc.serving_cases import build
from chipgauge.calc.serving_fit import fitted_rows
from chipgauge.reports.cli import main
from chipgauge.specs.catalog import catalog
from chipgauge.specs.efficiencies import constants, read_constants
from chipgauge.specs.measured import read_measured, shipped_rows
from chipgauge.specs.shipped import shipped_text


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["infer", *words])
    return result.exit_code, result.output


ASKED = ("Llama 3.1 70B", "--on", "8 H200", "--input", "2000", "--output", "500")


def test_json_has_what_the_interface_promises() -> None:
    code, out = run(*ASKED, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["schema"] == "chipgauge.infer/0"
    named = "prefill_tokens_per_second_per_chip decode_tokens_per_second_per_chip ttft tpot"
    for name in named.split():
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
        assert found[name]["interval"] == "80%"
    assert found["bound"] in ("arithmetic", "memory bandwidth", "network", "latency")
    assert sum(part["value"] for part in found["breakdown"]) == pytest.approx(found["step_time"])
    for kind in ("prefill", "decode", "offline"):  # no error without its coverage
        assert 0 < found["error"]["left_out"][kind]["median"] < 0.5
        assert 0.5 < found["error"]["left_out"][kind]["coverage"] <= 1
    assert found["plan"]["chips"] * found["plan"]["instances"] == 8
    assert "chipgauge-fit" in found["sources"]


def test_a_bound_on_latency_is_kept_and_costs_throughput() -> None:
    free = json.loads(run(*ASKED, "--json")[1])
    tight = json.loads(run(*ASKED, "--max-tpot", "30 ms", "--json")[1])
    assert tight["tpot"]["value"] <= 0.030
    assert tight["output_tokens_per_second_per_chip"]["value"] < free["output_tokens_per_second_per_chip"]["value"]
    assert tight["plan"]["requests_at_once"] < free["plan"]["requests_at_once"]


def test_speculation_is_an_input() -> None:
    plain = json.loads(run(*ASKED, "--batch", "8", "--json")[1])
    drafts = json.loads(run(*ASKED, "--batch", "8", "--drafted", "3", "--acceptance", "0.7", "--json")[1])
    assert drafts["plan"]["tokens_a_step"] == pytest.approx(2.533, abs=0.001)  # (1 - 0.7^4) / 0.3
    assert drafts["tpot"]["value"] < plain["tpot"]["value"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Llama 3.1 405B", "--on", "2 H100", "--input", "100", "--output", "100"), "does not fit on 2"),
        ((*ASKED, "--max-tpot", "2 ms"), "the least time of a token is"),
        ((*ASKED, "--max-tpot", "2"), 'a time with its unit, for example --max-tpot "50 ms"'),
        (("H200", "--on", "8 H200", "--input", "1", "--output", "1"), "is not a model"),
        (("DeepSeek-V3", "--on", "CM384", "--input", "1", "--output", "1"), "is not a chip"),
        ((*ASKED, "--precision", "fp7"), "no format of matrix products"),
    ],
)
def test_mistakes_are_answered_in_one_line(words: tuple[str, ...], says: str) -> None:
    code, out = run(*words)
    assert code == 2
    assert says in out
    assert "Traceback" not in out


def test_the_space_holds_the_whole_cluster() -> None:
    # GenZ leaves out the plan that uses all chips: 64 give 32 at most
    for count in (8, 64, 72, 144):
        assert max(plans(count, True)[2]) == count
    tensor, expert, chips = plans(16, True)
    assert ((chips % tensor == 0) & (chips % expert == 0)).all()


def test_measured_rows_have_sources_and_one_vote_a_group() -> None:
    rows = [
        row
        for name in ("inference.csv", "serving_operators.csv")
        for row in read_measured(shipped_text(f"measured/{name}"), name)
    ]
    assert all(row.source and row.url.startswith("https://") and row.group and row.date for row in rows)
    assert sum(len(shipped_text(f"measured/{name}")) for name in ("inference.csv", "serving_operators.csv")) < 1_500_000
    # one run entered as two results (99 and 99.9% accuracy, power twins) would be a second vote
    seen = Counter(
        (row.group, row.notes.split(":")[0], row.n_chips, row.value) for row in rows if row.source.startswith("MLPerf")
    )
    assert max(seen.values()) == 1


def test_rows_are_predicted_or_skipped_with_a_reason() -> None:
    rows = [row for row in shipped_rows() if row.kind in ("offline", "prefill", "decode")]
    cases = build(rows, catalog(), set(NAMES).__contains__)
    assert len(cases.rows) + len(cases.skipped) == len(rows)
    assert [skipped.why for skipped in cases.skipped] == ["batch is not stated"]  # a production average
    assert 0.8 < fitted_rows(cases).mean() < 1


def test_every_constant_ships_with_a_range_and_a_reason() -> None:
    found = constants()
    assert set(found.figures) == set(NAMES)
    for name, figure in found.figures.items():
        low, high = figure.bounds()
        assert low is not None and high is not None and low <= figure.number <= high, name
        assert figure.why
        if name in PRIORS:
            assert PRIORS[name].low * 0.999 <= figure.number <= PRIORS[name].high * 1.001, name
    assert found.figures["product.fp8@any"].number < 0.98


def test_a_class_without_rows_takes_the_mean_and_never_one() -> None:
    values = dict(zip(NAMES, prior_values(), strict=True))
    known_ones = [
        value for name, value in values.items() if name.startswith("product.bf16@") and name != "product.bf16@any"
    ]
    assert min(known_ones) < values["product.bf16@any"] < max(known_ones) < 1


def test_an_unmeasured_chip_has_a_wider_interval_and_says_so() -> None:
    own, other = (
        json.loads(run("Llama 3.1 8B", "--on", f"8 {chip}", "--input", "500", "--output", "500", "--json")[1])
        for chip in ("H200", "910C")
    )
    spread = [one["tpot"]["high"] / one["tpot"]["value"] for one in (own, other)]
    assert spread[0] < spread[1]
    assert (own["error"]["measured"], other["error"]["measured"]) == (True, False)


def test_explain_has_the_nodes_of_the_rate() -> None:
    found = json.loads(run(*ASKED, "--json", "--explain")[1])
    assert {"stored_product_time", "running_sequences"} <= {node["name"] for node in found["nodes"].values()}


def test_tables_are_read_in_their_units() -> None:
    made = read_constants(
        '["x@any"]\nvalue = 1.0\nlow = 0.5\nhigh = 2.0\nunit = "us"\nwhy = "y"\nrows = ["g"]\n[widths]\noffline = 0.3\n'
    )
    assert made.figures["x@any"].number == pytest.approx(1e-6)
    assert made.figures["x@any"].status == "estimated"
    assert made.widths == {"offline": 0.3}
