# SPDX-License-Identifier: Apache-2.0
"""`chipgauge cost`: what a number of chips, a system or a cluster costs to own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import click

from chipgauge.calc.compare import over
from chipgauge.calc.cost_terms import TERMS
from chipgauge.calc.costs import Cost, cost
from chipgauge.calc.draws import declared
from chipgauge.calc.flips import Flip, Map
from chipgauge.calc.functions import COUNTRIES
from chipgauge.calc.offers import MARKETS, SOLD
from chipgauge.calc.payers import PAYERS
from chipgauge.calc.powers import BOUNDARIES
from chipgauge.reports import ninety, remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, record
from chipgauge.reports.derivation import derivation
from chipgauge.reports.options import answer_with, calculation_options, check_date, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure, total
from chipgauge.specs.units import parse_unit


def read_terms(given: tuple[str, ...]) -> dict[str, str]:
    """Return `NAME=VALUE` pairs as a mapping.

    >>> read_terms(("pue=1.2",))
    {'pue': '1.2'}
    """
    made: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise UnknownName(f"cannot read {pair[:60]!r}; write --term 'duty=25%' (terms: {', '.join(TERMS)})")
        made[name.strip()] = value.strip()
    return made


@click.command(
    "cost",
    short_help="What a cluster costs to own.",
    epilog='Example: chipgauge cost "100000 H200" --country cn --duty 25% --against "100000 B200"',
)
@click.argument("of", metavar='"N A"')
@click.option(
    "--country", type=click.Choice(list(COUNTRIES)), default="us", show_default=True, help="Where the site is."
)
@click.option("--years", metavar="N", default="", help="Over how long; default: the life of the hardware.")
@click.option("--price", metavar="USD", default="", help="Price per chip, of what --basis says: '27000 USD'.")
@click.option("--basis", type=click.Choice(list(SOLD)), default=None, help="What the price is of.")
@click.option("--market", type=click.Choice(list(MARKETS)), default=None, help="Which market's prices.")
@click.option("--duty", metavar="PERCENT", default="", help="Import duty on the hardware, such as 25%.")
@click.option("--passed-on", metavar="PERCENT", default="", help="Share of duty and fee that the buyer bears.")
@click.option("--premium", metavar="PERCENT", default="", help="Mark-up on the price, as on the grey market.")
@click.option("--fee", metavar="PERCENT", default="", help="Share of revenue that the seller pays to the state.")
@click.option("--electricity", metavar="PRICE", default="", help="Such as '0.08 USD/kWh'.")
@click.option("--interest", metavar="PERCENT", default="", help="Repay capital as an annuity at this rate a year.")
@click.option("--boundary", type=click.Choice([row.id for row in BOUNDARIES]), default=None, help="Whose power figure.")
@click.option("--term", "terms", metavar="NAME=VALUE", multiple=True, help="Any other term, such as pue=1.2.")
@click.option("--train", metavar="MODEL", default="", help="Also the cost of a training run of this model.")
@click.option(
    "--infer", metavar="MODEL", default="", help="Also the cost of a million output tokens, by the serving model."
)
@click.option("--mfu", metavar="PERCENT", default="", help="Utilisation, in place of that of published runs.")
@click.option("--against", metavar='"N B"', default="", help="Another cluster: the ratio, and what --break-even moves.")
@click.option(
    "--against-term", "against_terms", metavar="NAME=VALUE", multiple=True, help="A term of the other cluster alone."
)
@click.option(
    "--break-even",
    "flip",
    metavar="NAME",
    multiple=True,
    help="At which value of NAME both cost the same for equal work; two names make a map.",
)
@click.option(
    "--correlate",
    metavar="A,B=RHO",
    multiple=True,
    help="Two inputs drawn with this correlation, such as 'pue,lifetime=0.5'.",
)
@click.option(
    "--explain", "explained", metavar="NAME", default="", help="The derivation of one of these numbers instead."
)
@calculation_options
@output_options
def command(
    of: str, country: str, years: str, price: str, basis: str | None, market: str | None, duty: str, passed_on: str,
    premium: str, fee: str, electricity: str, interest: str, boundary: str | None, terms: tuple[str, ...], train: str,
    infer: str, mfu: str, against: str, against_terms: tuple[str, ...], flip: tuple[str, ...], correlate: tuple[str, ...], explained: str, prefer: str, given: tuple[str, ...], projected: bool,
    folder: str | None, on: str, form: str,
) -> None:  # fmt: skip
    """What "N A" costs to own: capital by line, energy, staff, the total, and per unit of work."""
    named = {
        "duty": duty, "passed_on": passed_on, "premium": premium, "fee": fee, "price.electricity": electricity, "interest": interest,
    }  # fmt: skip
    asked = inputs(
        of=of, country=country, years=years, price=price, basis=basis, market=market, boundary=boundary, train=train,
        infer=infer, mfu=mfu, against=against, break_even=flip, prefer=prefer, set=given, projected=projected,
        catalog=folder, on=check_date(on), term=terms, against_term=against_terms, correlate=correlate, explain=explained,
        **named,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    found = cost(
        of, catalog=catalog, on=on, country=country, years=_years(years), price=_dollars(price), sold=basis or "", market=market or "",
        boundary=boundary or "", given={**read_terms(terms), **{name: value for name, value in named.items() if value}},
        train=train, infer=infer, mfu=mfu, against=against, against_given=read_terms(against_terms), flip_by=flip,
    )  # fmt: skip
    figures = named_figures(found)
    pairs = declared(correlate, [figures["total"], *figures.values()]) if correlate else {}
    make = partial(derivation, explained, figures) if explained else partial(answer, found)
    answer_with(ninety.together(pairs, lambda: make(catalog, asked)), form)


def _years(given: str) -> str:
    return f"{given} year" if given.replace(".", "", 1).isdigit() else given


def _dollars(given: str) -> str:
    return f"{given} USD" if given.replace(".", "", 1).replace(",", "").isdigit() else given


def answer(found: Cost, catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer: lines of capital, lines over the years, cost of work, published rates beside ours."""
    own = found.own
    capital = [ninety.row(line.words, line.figure) for line in own.shown] + [
        ninety.row("capital, in all", own.capital_total)
    ]
    running = [ninety.row(line.words, line.figure) for line in own.running] + [ninety.row("total", own.total)]
    years = text.number(own.years.in_unit(own.years.number) or 0.0)
    work = [ninety.row(words, figure) for words, figure in found.work]
    published = [
        ninety.row(
            f"{PAYERS[payer]} ({payer})", figure, f"ours over it: {text.ratio(over(own.hourly, figure, strict=False))}"
        )
        for payer, figure in found.published
    ]
    tables = [
        Table("Capital, paid at the start", ninety.COLUMNS, capital, ninety.RIGHT),
        Table(f"Over {years} years", ninety.COLUMNS, running, ninety.RIGHT),
        Table("Rates", ninety.COLUMNS, [ninety.row("power of the site", replace(own.power, unit=parse_unit("MW"), _cache={}), own.boundary), ninety.row("a chip-hour", own.hourly), *work], ninety.RIGHT),
        Table("Published cost of a chip-hour", ninety.COLUMNS, published, ninety.RIGHT),
        Table("Capital of the cluster as its source estimates it", ninety.COLUMNS, _site(found), ninety.RIGHT),
        ninety.tornado(own.total),
    ]  # fmt: skip
    finding = f"{text.subject_name(own.subject)}: {_billions(own.capital_total)} of capital, {_billions(own.total)} over {years} years, {text.quantity(own.hourly, 3).partition(' (')[0]} a chip."
    if not own.total.known:
        finding = f"The cost of {text.subject_name(own.subject)} is unknown: {own.total.why}."
    body: dict[str, object] = {
        "lines": [{"name": line.name, "words": line.words, **ninety.quantity(line.figure)} for line in (*own.shown, *own.running)],
        "capital": ninety.quantity(own.capital_total), "total": ninety.quantity(own.total), "hourly": ninety.quantity(own.hourly),
        "power": ninety.quantity(own.power), "boundary": own.boundary, "years": ninety.quantity(own.years),
        "offers": [{"chip": row.price.item or None, "sold": row.sold, "market": row.market, "date": row.date, "price": ninety.quantity(row.price)} for row in own.offers],
        "work": [{"name": words, **ninety.quantity(figure)} for words, figure in found.work],
        "published": [{"payer": payer, **ninety.quantity(figure)} for payer, figure in found.published],
        "site": [{"name": words, **ninety.quantity(figure)} for words, figure in found.site],
        "drivers": ninety.drivers(own.total),
    }  # fmt: skip
    figures = [own.total, own.capital_total, own.power, *(figure for _, figure in found.work)]
    if found.ratio is not None:
        figures.append(found.ratio)
        tables.append(
            Table("For equal work", ninety.COLUMNS, [ninety.row(found.ratio_words, found.ratio)], ninety.RIGHT)
        )
        body["ratio"] = ninety.quantity(found.ratio)
        tables += _flips(found, body)
    subjects = [own.subject, *([found.against.subject] if found.against else [])]
    notes = [*found.notes, *remarks.notes(catalog, subjects, figures, ranges=remarks.DRAWN)]
    return Answer(
        "cost", finding, tables, lambda: {**body, "leaves": leaves_json(figures)},
        lambda: [record(line.figure, name=line.name) for line in (*own.shown, *own.running)] + [record(own.total, name="total")],
        catalog, asked, subjects, figures, notes,
        version=0,
    )  # fmt: skip


def _billions(figure: Figure) -> str:
    found = ninety.ends(figure)
    if not figure.known:
        return "unknown"
    scale, unit = (1e9, "billion") if abs(figure.number) >= 1e9 else (1e6, "million")
    wide = f" ({text.number(found[0] / scale, 3)} to {text.number(found[1] / scale, 3)})" if found else ""
    return f"{text.number(figure.number / scale, 3)}{wide} {unit} dollars"


def _site(found: Cost) -> list[list[str]]:
    """Return what a source estimates of a named cluster, each beside ours: compute is hardware and network."""
    own = found.own
    lines = {line.name: line.figure for line in own.capital}
    ours = {"all capital": own.capital_total}
    if "network" in lines:
        ours["compute"] = total([("hardware", lines["hardware"]), ("network", lines["network"])])
    rows: list[list[str]] = []
    for words, figure in found.site:
        mine = ours.get(words)
        beside = text.ratio(over(mine, figure, strict=False)) if mine is not None and mine.known else "-"
        rows.append(ninety.row(words, figure, f"ours over it: {beside}"))
    return rows


def named_figures(found: Cost) -> dict[str, Figure]:
    """Return the numbers of an answer by the names under which `--explain` knows them."""
    own = found.own
    made = {line.name: line.figure for line in (*own.capital, *own.running)}
    made |= {"capital": own.capital_total, "total": own.total, "hourly": own.hourly, "power": own.power}
    made |= {name.replace(" ", "-"): figure for name, figure in found.work}
    return made | ({"ratio": found.ratio} if found.ratio is not None else {})


def _flips(found: Cost, body: dict[str, object]) -> list[Table]:
    """Return where the answer flips: a line a crossing, and the map where two names are moved."""
    tables: list[Table] = []
    if found.flips:
        rows = [row for one in found.flips for row in _crossings(one)]
        tables.append(Table("Where both cost the same", ["term", "now", "at", "change"], rows, frozenset({1, 2, 3})))
        body["break_even"] = [
            {
                "name": one.leaf.key, "unit": one.leaf.unit.text, "now": one.leaf.in_unit(one.leaf.number),
                "searched": [one.leaf.in_unit(one.low), one.leaf.in_unit(one.high)],
                "at": [{"value": row.leaf.in_unit(row.value), "change": row.change} for row in one.crossings],
            }
            for one in found.flips
        ]  # fmt: skip
    if found.map is not None:
        tables.append(map_table(found.map, found.ratio_words))
        body["map"] = map_json(found.map)
    return tables


def _crossings(one: Flip) -> list[list[str]]:
    now = _value(one.leaf, one.leaf.number)
    if not one.crossings:
        return [[one.leaf.key, now, f"at none from {_value(one.leaf, one.low)} to {_value(one.leaf, one.high)}", ""]]
    return [
        [one.leaf.key, now, _value(one.leaf, row.value), f"{100 * row.change:+,.3g}%" if row.change is not None else ""]
        for row in one.crossings
    ]


def map_table(drawn: Map, words: str) -> Table:
    """Return the two-way map as a table: a line a value of the second term, and the value at which the answer flips."""
    x, y = drawn.x, drawn.y
    head = [f"{y.name} \\ {x.name}{_unit(x)}", *(text.number(x.in_unit(value) or 0.0, 4) for value in drawn.xs)]
    rows = [
        [text.number(y.in_unit(at) or 0.0, 4), *(text.number(value, 3) for value in line)]
        for at, line in zip(drawn.ys, drawn.values, strict=True)
    ]
    line = [text.number(y.in_unit(value) or 0.0, 3) if value is not None else "-" for value in drawn.line]
    title = f"{words}: below 1 the first is cheaper; in the last line the {y.name} at which both cost the same"
    return Table(title, head, [*rows, ["equal at", *line]], frozenset(range(len(head))))


def map_json(drawn: Map) -> dict[str, object]:
    """Return the two-way map for JSON, each axis in its unit; `line` has the second term at which the ratio is 1."""
    x, y = drawn.x, drawn.y
    return {
        "x": {"leaf": x.key, "unit": x.unit.text, "now": x.in_unit(x.number), "values": [x.in_unit(value) for value in drawn.xs]},
        "y": {"leaf": y.key, "unit": y.unit.text, "now": y.in_unit(y.number), "values": [y.in_unit(value) for value in drawn.ys]},
        "values": [list(line) for line in drawn.values],
        "line": [y.in_unit(value) for value in drawn.line],
    }  # fmt: skip


def _unit(leaf: Figure) -> str:
    return "" if leaf.unit.text == "1" else f" [{leaf.unit.text}]"


def _value(leaf: Figure, value: float) -> str:
    unit = "" if leaf.unit.text == "1" else f" {leaf.unit.text}"
    return f"{text.number(leaf.in_unit(value) or 0.0)}{unit}"
