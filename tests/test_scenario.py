# SPDX-License-Identifier: Apache-2.0
"""Stocks and flows: the arithmetic of advantage and share, caps, diversion, ranges, and published figures beside ours."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.draws import Z95, correlated, scores, two_piece
from chipgauge.calc.holdings import all_in_china, held_in_china, holding, rows_at
from chipgauge.calc.quantity import quantity
from chipgauge.calc.scenario import Outcome, run
from chipgauge.reports.commands.scenario import SHIPPED, load
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import TableError, UnitError

HERE = catalog()
HEAD = """id = "mine"
name = "Mine"
says = "A test."
date = "2025-12-31"
years = [2026]
bases = ["8bit"]
draws = 500
"""


def flow(side: str, chip: str, units: str, kind: str = "production", more: str = "") -> str:
    return f'[[flows]]\nside = "{side}"\nchip = "{chip}"\nyear = 2026\nkind = "{kind}"\nunits = "{units}"\nwhy = "a test"\n{more}\n'


@pytest.fixture
def outcome(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(body: str, head: str = HEAD) -> Outcome:
        path = tmp_path / "mine.toml"
        path.write_text(head + body, encoding="utf-8")
        return run(load(str(path), HERE), catalog=HERE)

    return make


# --- stocks: Epoch AI, chip owners, copies of April and July 2026 -----------------------------------------------------


def test_stocks_in_china() -> None:
    # 401,698 legal Nvidia, 662,048 smuggled, 707,968 Huawei, 34,925 Cambricon, 10,523 AMD: about 1.8 million
    assert all_in_china(catalog=HERE, on="2025-12-31").number == 401_698 + 662_048 + 707_968 + 34_925 + 10_523
    assert held_in_china(HERE.find("910C"), catalog=HERE).number == 707_968
    assert held_in_china(HERE.find("H200"), catalog=HERE).number == pytest.approx(401_698 + 662_048)
    smuggled = next(row for row in rows_at("2025-12-31", china=True) if row.owner == "China (smuggled)")
    assert holding(smuggled).leaf_range == (294_087, 1_592_327)


def test_the_share_of_china_without_smuggled_chips() -> None:
    # the owners' table of April 2026 gives 1.153 million and 5.7%
    china = sum(holding(row).number for row in rows_at("2025-12-31", china=True) if row.owner == "China")
    others = sum(holding(row).number for row in rows_at("2025-12-31", china=False))
    assert china / 1e6 == pytest.approx(1.153, abs=0.003)
    assert china / (china + others) == pytest.approx(0.057, abs=0.0005)


@pytest.mark.parametrize(
    ("chip", "each"), [("910C", 0.76), ("H20", 0.1496), ("GB300", 2.527), ("H800", 1.0), ("MI300X", 1.321)]
)
def test_h100_equivalents_of_a_chip(chip: str, each: float) -> None:
    # implied by the owners' table: dense 8-bit over 1,979; the 910C there counts 1,520 TOPS, here 1,504
    assert quantity("h100e.8bit", chip).number == pytest.approx(each, abs=0.01)


def test_the_trap_of_int8() -> None:
    # a dataset counts the GB300 at its INT8 rate of 165 TOPS: 0.083 instead of 2.527
    assert quantity("peak.int8", "GB300").number / quantity("peak.fp8", "H100").number == pytest.approx(
        0.083, abs=0.001
    )


# --- arithmetic -------------------------------------------------------------------------------------------------------


def test_share_and_advantage_belong_together(outcome) -> None:  # type: ignore[no-untyped-def]
    # 2% is 49 times, 12% is 7.3 times, 30% is 2.3 times
    for ours, theirs, advantage, share in ((1, 49, 49, 0.02), (12, 88, 7.33, 0.12), (30, 70, 2.33, 0.30)):
        found = outcome(flow("china", "H100", f"{ours}000") + flow("us", "H100", f"{theirs}000")).point(2026, "8bit")
        assert found.advantage.number == pytest.approx(advantage, abs=0.005)
        assert found.share.number == pytest.approx(share)


def test_a_cap_is_a_share_of_the_other_side(outcome) -> None:  # type: ignore[no-untyped-def]
    sold = flow("us", "H200", "100,000", "included")
    for asked, given_ in ((30_000, 30_000), (50_000, 50_000), (80_000, 50_000)):
        found = outcome(sold + flow("china", "H200", f"{asked}", "import", 'cap = "50%"')).point(2026, "8bit")
        assert found.china.number == pytest.approx(given_)
        assert found.us.number == 0, "an included flow is part of the growth: it only sets the cap"
    assert outcome(flow("china", "H200", "80000", "import", 'cap = "50%"')).point(2026, "8bit").china.number == 0


def test_diverted_chips_are_taken_from_the_other_side(outcome) -> None:  # type: ignore[no-untyped-def]
    plain = flow("us", "H100", "100000") + flow("china", "H100", "10000")
    added = outcome(plain + flow("china", "H100", "20000", "import")).point(2026, "8bit")
    taken = outcome(plain + flow("china", "H100", "20000", "diverted")).point(2026, "8bit")
    assert (added.us.number, added.china.number) == (100_000, 30_000)
    assert (taken.us.number, taken.china.number) == (80_000, 30_000)


def test_what_arrives_and_what_is_held(outcome) -> None:  # type: ignore[no-untyped-def]
    found = outcome(flow("china", "H100", "1000", more='arrives = "40%"'))
    assert found.point(2026, "8bit").china.number == pytest.approx(400)
    assert found.point(2026, "8bit", "held").china.number == pytest.approx(1_817_162 + 400)


def test_bases(outcome) -> None:  # type: ignore[no-untyped-def]
    head = HEAD.replace('["8bit"]', '["8bit", "tpp", "fp4", "bandwidth"]')
    found = outcome(flow("china", "910C", "1000") + flow("us", "GB300", "1000"), head)
    # TPP 60,000 over 12,032; FP4 falls back to 8 bits: 15,000 over 1,504; 8 over 3.2 TB/s
    for basis, ratio in (("8bit", 5000 / 1504), ("tpp", 4.99), ("fp4", 15_000 / 1504), ("bandwidth", 2.5)):
        assert found.point(2026, basis).advantage.number == pytest.approx(ratio, abs=0.01)


# --- draws ------------------------------------------------------------------------------------------------------------


def test_two_piece_lognormal_keeps_its_ends() -> None:
    import numpy

    values = two_piece(numpy.array([-Z95, 0, Z95]), 320.0, 150.0, 600.0)
    assert values.tolist() == pytest.approx([150, 320, 600])
    with pytest.raises(UnitError):
        two_piece(numpy.array([0.0]), 1.0, 0.0, 2.0)


@given(rho=st.sampled_from([0.0, 0.3, 0.7, 1.0]))
@settings(max_examples=4, deadline=None, derandomize=True)
def test_correlation_within_a_group_and_none_across(rho: float) -> None:
    import numpy

    made = scores(["a", "b", "c"], 20_000, groups={"a": "x", "b": "x", "c": "y"}, rho=rho)
    assert numpy.corrcoef(made["a"], made["b"])[0, 1] == pytest.approx(rho, abs=0.03)
    assert numpy.corrcoef(made["a"], made["c"])[0, 1] == pytest.approx(0, abs=0.03)


def test_independence_makes_the_range_of_a_sum_too_narrow(outcome) -> None:  # type: ignore[no-untyped-def]
    # Pilz 2026: with independent errors inside an owner the intervals come out about 40% too narrow
    rows = "".join(
        flow("china", chip, "100000", more='low = "60000"\nhigh = "170000"\ngroup = "one"')
        for chip in ("H100", "H800", "H200", "GH200")
    )
    body = rows + flow("us", "H100", "1000000")
    wide, narrow = (
        outcome(body, HEAD.replace("draws = 500", f"draws = 4000\nrho = {rho}")).point(2026, "8bit").ends["china"]
        for rho in (0.7, 0.0)
    )
    assert (narrow[2] - narrow[0]) / (wide[2] - wide[0]) < 0.75


def test_the_same_draws_twice() -> None:
    leaf = quantity("peak.bf16", "910C")
    assert (correlated([leaf], 100)[leaf.key] == correlated([leaf], 100)[leaf.key]).all()
    with pytest.raises(UnitError, match="between 0 and 1"):
        correlated([leaf], 10, rho=1.5)


# --- what ships --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> dict[str, Outcome]:
    return {name: run(load(name, HERE), catalog=HERE, draws=4000) for name in SHIPPED}


def test_four_policies_in_their_order(shipped: dict[str, Outcome]) -> None:
    share = {name: found.point(2026, "8bit").share.number for name, found in shipped.items()}
    assert share["no-exports"] < share["h200-under-the-cap"] < share["unrestricted-h200"]
    assert share["no-exports"] < share["smuggling"] < share["unrestricted-h200"]


def test_published_ranges_beside_ours(shipped: dict[str, Outcome]) -> None:
    # Institute for Progress, as quoted: 21 to 49 times without exports; as low as 1.2 times with unrestricted sales
    found = shipped["no-exports"].beside[0]
    assert (found.published.low, found.published.high) == (21, 49) and found.meets
    assert found.needs is not None and found.ours is not None
    assert found.needs[0] == pytest.approx(21 * shipped["no-exports"].point(2026, "8bit").china.number)
    twelve = shipped["h200-under-the-cap"].beside[0]
    assert twelve.published.low == 0.11 and twelve.meets is False, (
        "12% needs less than half of what others acquire here"
    )
    assert shipped["unrestricted-h200"].beside[0].meets


def test_every_number_explains_itself(shipped: dict[str, Outcome]) -> None:
    for found in shipped.values():
        for point in found.points:
            for figure in (point.us, point.china, point.advantage, point.share):
                assert figure.known
                assert all(leaf.sources and (leaf.text or leaf.why) for leaf in figure.leaves())
                assert figure.explain().splitlines()[-1].startswith(figure.key)
            for name in ("us", "china", "advantage", "share"):
                low, median, high = point.ends[name]
                assert low <= median <= high


# --- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "line", "message", "hint"),
    [
        (flow("china", "H200", "20,000 GB"), 13, "is in GB; a number of chips is a plain number", "600,000"),
        (flow("china", "H20O", "20,000"), 10, "is called 'H20O'", "Did you mean"),
        (flow("china", "CM384", "20,000"), 10, "is a system, not a chip", "chipgauge list chips"),
        (flow("china", "H200", "20", more='cap = "150%"'), 15, "'150%' is over 100%", "50%"),
        (flow("china", "H200", "20", more='arrives = "101%"'), 15, "'101%' is over 100%", "50%"),
        (flow("chine", "H200", "20"), 9, "'chine' is not known here", "Did you mean china?"),
        (flow("china", "H200", "20", "sold"), 12, "'sold' is not known here", "allowed: production"),
        (flow("china", "H200", "20", more='low = "30"\nhigh = "40"'), 15, "does not hold the median", "low <= median <= high"),
        (flow("china", "H200", "20", more='source = "nobody"'), 15, "no source has the id 'nobody'", "write why"),
        (flow("china", "H200", "-20"), 13, "", ""),
        (flow("china", "H200", "20").replace("year = 2026", "year = 26"), 11, "'26' is not a year", "2026"),
        ("[[growth]]\nside = \"us\"\nyear = 2026\n", 8, "this field is missing", "times"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_file_line_and_hint(
    tmp_path: Path, body: str, line: int, message: str, hint: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + body, encoding="utf-8")
    with pytest.raises(TableError) as error:
        load(str(path), HERE)
    problems = [p for p in error.value.problems if message in p.message and hint in p.hint]
    assert problems, error.value.problems
    assert problems[0].file == str(path) and problems[0].line == line


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rho", "rho = 1.2\nrho_", "unknown field"),
        ('bases = ["8bit"]', 'bases = ["fp3"]', "bases is a list of bases"),
        ("years = [2026]", 'years = ["soon"]', "years is a list of years"),
        ('date = "2025-12-31"', 'date = "2025"', "is not a day"),
        ("draws = 500", "draws = 5", "is not a number of draws"),
        ("draws = 500", "draws = 500\nrho = 2", "is not a correlation"),
    ],
)
def test_a_wrong_head_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        HEAD.replace(old, new) + ("" if old in HEAD else new.partition("\n")[2] + " = 1\n") + flow("us", "H100", "1"),
        encoding="utf-8",
    )
    with pytest.raises(TableError, match=message):
        load(str(path), HERE)
