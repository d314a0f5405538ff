# SPDX-License-Identifier: Apache-2.0
"""`chipgauge check`: which thresholds an item crosses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from chipgauge.calc.thresholds import LENSES, ItemVerdict, check
from chipgauge.reports.answer import Answer, Table
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.reports.verdicts import JUDGED, verdict_answer
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.custom import CUSTOM, Custom, bare, from_plain, kind_of, plain, read_spec, with_custom
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.quantities import find
from chipgauge.specs.records import Subject


@click.command(
    "check",
    short_help="Which legal thresholds an item crosses.",
    epilog="Example: chipgauge check H20 --on 2025-04-20 --to CN",
)
@click.argument("items", nargs=-1)
@click.option("--to", metavar="CC", default="", help="Destination: two letters, for example CN.")
@click.option("--hq", metavar="CC", default="", help="Headquarters of the buyer; default: the destination.")
@click.option("--exporter", metavar="FIRM", default="", help="Who sells; default: the chip's maker.")
@click.option("--as-if", is_flag=True, help="As if an order to named firms were to all.")
@click.option("--lens", type=click.Choice(LENSES), default="text", help="What the text says, or what is enforced.")
@click.option("--rule", metavar="ID", default="", help="Only this rule.")
@click.option("--spec", metavar="FILE", default="", help="A TOML file of one item that is in no table.")
@click.option("--timeline", is_flag=True, help="The status under each rule from 2022 to the date.")
@click.option("--measured", metavar="FILE", default="", help="CSV of measured units against the certified values.")
@click.option(
    "--tolerance", metavar="PERCENT", default="", help="With --measured: how far above a value may be measured."
)
@click.option(
    "--mfu", metavar="PERCENT", default="", help="Days for an amount to reach each limit of training compute."
)
@click.option("--fail-on", type=click.Choice(JUDGED), default=None, help="Exit 1 if any verdict is this.")
@calculation_options
@output_options
def command(
    items: tuple[str, ...],
    to: str,
    hq: str,
    exporter: str,
    as_if: bool,
    lens: str,
    rule: str,
    spec: str,
    timeline: bool,
    measured: str,
    tolerance: str,
    mfu: str,
    fail_on: str | None,
    prefer: str,
    given: tuple[str, ...],
    projected: bool,
    folder: str | None,
    on: str,
    form: str,
) -> None:
    """Say which thresholds ITEMS cross at a date, by how much, by which paragraph, and what follows.

    Without ITEMS, `--set NAME=VALUE` or `--spec FILE` describe a chip, cluster or model that is in no table; with
    ITEMS, `--set NAME=VALUE` replaces the figure of each of them.
    """
    on = check_date(on)
    custom = None if measured else described(items, given, spec)
    asked = inputs(
        items=items, lens=lens, rule=rule, to=to, hq=hq, exporter=exporter, as_if=as_if, fail_on=fail_on, prefer=prefer,
        set=given, projected=projected, custom=plain(custom) if custom else None, catalog=folder, on=on, mfu=mfu,
        timeline=timeline,
    )  # fmt: skip
    named, _ = bare(given)
    catalog = make_catalog(folder, prefer, tuple(named), projected)
    if measured:
        from chipgauge.reports.laboratory import laboratory_answer

        answer_with(laboratory_answer(items, measured, tolerance, catalog, asked, on or catalog.as_of), form)
        return
    subjects, catalog = cases(items, given, custom, catalog)
    if timeline:
        from chipgauge.reports.timelines import timeline_answer

        answer_with(timeline_answer(subjects, catalog, asked, on or catalog.as_of), form)
        return
    answer_with(run(subjects, catalog, asked)[1], form)


def run(subjects: list[Subject], catalog: Catalog, asked: Mapping[str, Any]) -> tuple[list[ItemVerdict], Answer]:
    """Return the verdicts that the inputs of a check ask for, and the answer made of them."""
    texts = {name: str(asked.get(name, "")) for name in ("on", "lens", "rule", "to", "hq", "exporter")}
    on, lens = texts.pop("on") or catalog.as_of, texts.pop("lens") or "text"
    as_if = bool(asked.get("as_if"))
    found = [check(one, on=on, lens=lens, as_if=as_if, catalog=catalog, **texts) for one in subjects]
    return found, answer(found, catalog, asked, on, lens, asked.get("fail_on"))


def answer(
    found: list[ItemVerdict], catalog: Catalog, asked: Mapping[str, Any], on: str, lens: str, fail_on: str | None = None
) -> Answer:
    """Return the answer of a check, with the amounts that its rules speak of."""
    more: dict[str, Any] = {}
    tables: list[Table] = []
    words: list[str] = []
    rated = any(one.branch and one.branch.rate for item in found for one in item.combined.beside)
    if rated or asked.get("mfu") or asked.get("rule") or any(item.subject.count != 1 for item in found):
        from chipgauge.reports.amounts import amount_tables  # a check of chips starts without it

        more, tables, words = amount_tables(found, catalog, on, str(asked.get("mfu", "")), bool(asked.get("rule")))
    return verdict_answer(found, catalog, asked, on, lens, fail_on=fail_on, more=more, tables=tables, words=words)


def cases(
    items: Iterable[str], given: Iterable[str], custom: Custom | None, catalog: Catalog
) -> tuple[list[Subject], Catalog]:
    """Return what is checked, and the catalogue with what was given for it."""
    if custom:
        view = with_custom(catalog, custom)
        return [Subject(view.items[CUSTOM], 1.0, custom.name)], view
    subjects = [catalog.subject(item) for item in items]
    _, plain_given = bare(given)
    texts: list[str] = []
    for subject in subjects:
        inside = [e.of for group in catalog.entries(subject.item.id).values() for e in group if e.of]
        for name, value in plain_given:
            chips = inside if find(name).on_system in ("each", "largest", "sum") else []
            texts += [f"{name}({one})={value}" for one in dict.fromkeys([*(chips or [subject.item.id])])]
    return subjects, catalog.adjusted(given=texts)


def described(items: tuple[str, ...], given: tuple[str, ...], spec: str) -> Custom | None:
    """Return the item that `--set NAME=VALUE` or `--spec FILE` describes where no item is named."""
    if spec:
        from pathlib import Path

        if items:
            raise UnknownName("check takes items of the tables or --spec FILE, not both")
        return read_spec(Path(spec))
    _, figures = bare(given)
    if items:
        return None
    if not figures:
        raise UnknownName(
            "name an item (chipgauge check H20), or describe one: --set 'tpp=4900 TPP' or --spec FILE.toml"
        )
    return Custom(kind_of(name for name, _ in figures), figures=tuple(figures))


def again(asked: Mapping[str, Any], catalog: Catalog) -> Answer:
    """Return the answer to the recorded inputs of a check on the tables of a catalogue."""
    if asked.get("measured"):
        raise UnknownName(
            "the check of a laboratory is not computed again from its result; run it on the file of units"
        )
    custom = from_plain(asked["custom"]) if asked.get("custom") else None
    subjects, view = cases(asked.get("items", ()), asked.get("set", ()), custom, catalog)
    if asked.get("timeline"):
        from chipgauge.reports.timelines import timeline_answer

        return timeline_answer(subjects, view, asked, str(asked.get("on", "")) or view.as_of)
    return run(subjects, view, asked)[1]
