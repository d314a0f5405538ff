# SPDX-License-Identifier: Apache-2.0
"""What the tables say in words: who agrees, what a name could mean, why a number is missing, how values are supported."""

import re
from functools import cache

import pytest

from chipgauge.reports.compose import lay_out
from chipgauge.reports.entries import brief
from chipgauge.reports.html import build
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.plots import Cited
from chipgauge.reports.section import Sheet
from chipgauge.reports.sections import disagree, sidebyside, sources
from chipgauge.specs.catalog import catalog
from chipgauge.specs.records import normal

HERE = catalog()
SETS = [("H20", "H200", "910C", "CM384"), ("H100", "MI300X", "TPU v5p"), ("A100", "aws-trainium-3"), ("B30A",), ("amd-mi308x", "910B", "H20")]  # fmt: skip


@cache
def laid(items: tuple[str, ...]) -> tuple[Sheet, sidebyside.SideBySide]:
    report = build(items)
    made = Sheet(report, Ledger(HERE))
    return made, sidebyside.show(made)


def alike(one: object, other: object) -> bool:
    return (
        abs(one - other) <= 1e-9 * abs(other) if isinstance(one, float) and isinstance(other, float) else one == other
    )


@pytest.mark.parametrize("items", SETS, ids=" ".join)
def test_sources_agree_or_differ_as_their_entries_do(items: tuple[str, ...]) -> None:
    made, _ = laid(items)
    found = disagree.show(made)
    assert found or items == ("B30A",)
    for one in found:
        (item,) = [name for name in HERE.items if brief(HERE.items[name].name) == one.item]
        texts = {other.text for other in one.others}
        groups = [
            group for group in HERE.entries(item).values() if texts <= {"absent" if e.absent else e.text for e in group}
        ]
        assert groups and one.others
        if one.statement is None:
            continue  # nothing is adopted: what is used follows from other figures
        fitting = []
        for group in groups:
            adopted = [entry for entry in group if entry.role == "adopted"]
            if len(adopted) == 1 and ("absent" if adopted[0].absent else adopted[0].text) == one.statement.text:
                same = [e for e in group if e is not adopted[0] and (e.role in ("agrees", "") or (alike(e.value, adopted[0].value) and (e.low, e.high, e.absent) == (adopted[0].low, adopted[0].high, adopted[0].absent)))]  # fmt: skip
                fitting.append((len(same), len(group) - 1 - len(same)))
        assert (one.agree, len(one.others)) in fitting, one


@pytest.mark.parametrize("items", SETS, ids=" ".join)
def test_what_a_name_could_also_mean_is_named_so(items: tuple[str, ...]) -> None:
    made, content = laid(items)
    by_name = {brief(item.name): item for item in HERE.items.values()}
    for column, subject in zip(content.columns, made.report.comparison.subjects, strict=True):
        assert normal(column.given) in {
            normal(name) for name in (subject.item.id, subject.item.name, *subject.item.aliases)
        }
        assert brief(column.full) == brief(subject.item.name)
        meant = [item for name, item in by_name.items() if name in column.others]
        assert bool(meant) == bool(column.others)
        for item in [by_name[brief(name)] for name in subject.others]:
            assert item.id != subject.item.id and item.kind == subject.item.kind
            assert any(normal(name).startswith(normal(column.given)) for name in (item.id, item.name, *item.aliases))


def titles(what: str) -> list[str]:
    """Return the quantities of a note: `Price and BF16 peak per dollar: unknown` is one of two."""
    found = re.fullmatch(r"(.+): (?:unknown|absent)", what)
    assert found, what
    return re.split(", (?!ratio)| and ", found[1].casefold())


def test_what_lacks_for_one_reason_stands_in_one_note() -> None:
    notes = laid(("amd-mi308x", "Colossus 1", "H20"))[1].notes
    assert len({why for _, why in notes}) == len(notes)
    said = dict(notes)
    price = "xAI Colossus 1 – a site is not sold; its source estimates the computing hardware and all capital"
    assert said["Price and BF16 peak per dollar: unknown"] == price


@pytest.mark.parametrize("items", SETS, ids=" ".join)
def test_every_number_that_is_missing_has_its_reason(items: tuple[str, ...]) -> None:
    made, content = laid(items)
    comparison = made.report.comparison
    for row in comparison.rows:
        lacking = [s for s in comparison.subjects if not row.values[s.key].known]
        told = [why for what, why in content.notes if row.title.casefold() in titles(what)]
        assert bool(told) == bool(lacking), row.title
        for subject in lacking:
            name = sidebyside.label(subject)
            assert any(why.startswith("all – ") or name in why.partition(" – ")[0] for why in told), (row.title, name)
        if any(why.startswith("all – ") for why in told):
            assert len(lacking) == len(comparison.subjects)


@pytest.mark.parametrize("items", SETS[:2], ids=" ".join)
def test_the_values_are_supported_as_their_count_says(items: tuple[str, ...]) -> None:
    sheet, contents = lay_out(build(items))
    content: sources.Sources = contents["sources"]
    of = content.coverage
    assert of.first_hand + of.second_hand == of.values
    assert max(of.located, of.independent, of.single, of.weak) <= of.values
    figures = {**sheet.ledger._cited, **sheet.ledger.figures}.values()
    leaves = [f for f in figures if f.kind == "leaf" and f.state != "unknown" and f.sources and f.sources[0] != "given"]
    stated = [leaf for leaf in leaves if leaf.entries]  # a default of the method has a source, but no table states it
    assert of.values == len(stated)
    used = [next(e for e in leaf.entries if (e.source, e.text) == (leaf.sources[0], leaf.text)) for leaf in stated]
    assert of.second_hand == sum(bool(entry.via) for entry in used)
    cited = [
        cell.refs[0].number
        for chart in contents["measured"] or ()
        for _, row in chart.rows
        for cell in row
        if isinstance(cell, Cited)
    ]
    for line, name in zip(content.sources, sheet.ledger._sources, strict=True):
        if name.startswith("measured/"):  # a source of runs, each a row of the chart of predictions
            assert line.values == cited.count(line.number) > 0
            continue
        assert line.values == sum(leaf.sources[0] == name for leaf in leaves)
        assert line.relayed == sum(entry.via == name for entry in used)
        mine = [entry for entry in used if entry.source == name]
        assert line.second_hand == (bool(mine) and len(mine) == line.values and all(entry.via for entry in mine))
    tables = [name for name in sheet.ledger._sources if name != "given" and not name.startswith("measured/")]
    assert content.credited == sum(bool(HERE.source(name).licence) for name in tables)
