# SPDX-License-Identifier: Apache-2.0
"""What the models answer inside an expression: `train(Llama 3.1 70B, 1024 H200)`, `tco_ratio(...)`, `advantage(...)`.

Each answer is a figure with the whole derivation under it and the error of its model as its range. A question that
a model cannot answer (a figure is missing, nothing fits) gives an unknown figure that says why.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chipgauge.calc.marks import apart
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import BasisError, ChipgaugeError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure, constant, total, unknown
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_unit

if TYPE_CHECKING:
    from chipgauge.specs.stocks import Stock

ONE = parse_unit("1")
RATE = parse_unit("1/s")
PROMPT, ANSWER = 2048.0, 512.0
"""Tokens of a prompt and of an answer in `prefill`, `decode` and `decode_one`."""
SCENARIOS = ("advantage", "share", "acquired")
LATENCY = 0.05
"""Longest time of a token in `decode`, in seconds: a reader's pace."""


def ask(name: str, *subjects: Subject, catalog: Catalog, on: str = "", **words: str) -> Figure:
    """Return what the model behind a function of the language answers; each question is put once.

    Raises
    ------
    UnknownName, BasisError
        A name that the question cannot have, or a metric that is not summed.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> here = catalog()
    >>> ask("train", here.subject("Llama 3.1 8B"), here.subject("64 H100"), catalog=here).unit.text
    '1/s'
    """
    said = ", ".join((*(subject.key for subject in subjects), *(f"{key}={word}" for key, word in words.items())))
    key = (f"{name}()@{on or catalog.as_of}", said)
    if key not in catalog.memo:
        try:
            made = _ANSWERS[name](name, subjects, catalog, on, words)
        except (UnknownName, BasisError):
            raise
        except ChipgaugeError as error:
            made = unknown(f"{name}({said})", name, str(error))
        kept = {"bounds": made.bounds()} if name in SCENARIOS else {}  # their draws, which no corners give
        catalog.memo[key] = replace(made, key=f"{name}({said}){f' on {on}' if on else ''}", _cache=kept)
    return catalog.memo[key]


Words = dict[str, str]
Answer = Callable[[str, tuple[Subject, ...], Catalog, str, Words], Figure]


def _train(name: str, subjects: tuple[Subject, ...], catalog: Catalog, on: str, words: Words) -> Figure:
    """Return the tokens a second and chip, or the MFU, of a training run in BF16 by the fastest plan that fits."""
    from chipgauge.calc.modelled import error_leaf
    from chipgauge.calc.run import train
    from chipgauge.specs.efficiencies import exact_constants

    model, machine = _model_and_chips(name, subjects)
    run = train(model.item.id, machine.key, catalog=catalog, constants=exact_constants())
    if not run.fits:
        short = f"{run.shortfall / 1e9:.0f} GB a chip are missing"
        return unknown(name, name, f"{model.item.name} does not fit on {machine.key}: {short}", unit=RATE)
    figure = run.mfu if name == "train_mfu" else run.rate
    error = error_leaf("training", machine.item.id, run.width, "sources" if run.measured else "chips", drawn=False)
    return _with_error(figure, f"{name} {model.item.id} on {machine.key}", error)


def _with_error(rate: Figure, mark: str, error: Figure) -> Figure:
    """Return a prediction with its error as a factor; its plan and load are its own, not those of another one."""
    rate = apart(rate, f" in {mark}")
    said = f"range: {error.why}"
    return replace(rate * error, unit=rate.unit, condition=said, status="estimated", _cache={})


def _model_and_chips(name: str, subjects: tuple[Subject, ...]) -> tuple[Subject, Subject]:
    model, machine = subjects
    if model.item.kind != "model":
        raise UnknownName(f"{name} takes a language model first; {model.item.name} is a {model.item.kind}")
    if machine.item.kind != "chip":
        raise UnknownName(f"{name} takes a number of chips, such as 1024 H200; {machine.item.name} is not a chip")
    if machine.count < 1 or machine.count % 1:
        raise UnknownName(f"{name} takes a whole number of chips, got {machine.count:g}")
    return model, machine


def _serve(name: str, subjects: tuple[Subject, ...], catalog: Catalog, on: str, words: Words) -> Figure:
    """Return the tokens a second and chip of prompts alone, of answers alone at a reader's pace, or of a single answer."""
    from chipgauge.calc.modelled import SERVED, error_leaf
    from chipgauge.calc.predict import serving_prediction
    from chipgauge.specs.efficiencies import exact_constants

    model, machine = _model_and_chips(name, subjects)
    found = serving_prediction(
        model.item, machine.item, machine.count, prompt=PROMPT, answer=ANSWER, phase=name.removesuffix("_one"),
        max_tpot=LATENCY if name == "decode" else math.inf, batch=1.0 if name == "decode_one" else math.inf,
        catalog=catalog, constants=exact_constants(),
    )  # fmt: skip
    figure = replace(found.rate, unit=RATE, _cache={})
    error = error_leaf("prefill" if name == "prefill" else "serving", machine.item.id, found.width, SERVED, drawn=False)
    return _with_error(figure, f"{name} {model.item.id} on {machine.key}", error)


def _build(name: str, subjects: tuple[Subject, ...], catalog: Catalog, on: str, words: Words) -> Figure:
    """Return price, cost of ownership or power of an equal build in a country over those of the original."""
    from chipgauge.calc.equivalent import Ask, equivalent

    of, part = subjects
    metric, country = words["by"], words["country"]
    found = equivalent(of.key, part.item.id, by=metric, catalog=catalog, on=on, ask=Ask(build_in=country))
    made: Figure = getattr(found, name)
    return made if made.condition or not found.notes else replace(made, condition=found.notes[0], _cache={})


def _scenario(name: str, subjects: tuple[Subject, ...], catalog: Catalog, on: str, words: Words) -> Figure:
    """Return what a scenario that ships gives for its first year, with the 5% and 95% points of its draws as range."""
    from chipgauge.calc.scenario import run
    from chipgauge.specs.scenario_tables import shipped_scenario

    prefix, _, basis = words["by"].partition(".")
    scenario = shipped_scenario(words["word"], catalog)
    if prefix != "h100e" or basis not in scenario.bases:
        allowed = ", ".join(f"h100e.{one}" for one in scenario.bases)
        raise UnknownName(f"{words['by'][:40]!r} is no basis of the scenario {scenario.id}; take {allowed}")
    point = run(replace(scenario, bases=(basis,), years=scenario.years[:1]), catalog=catalog).points[0]
    figure: Figure = getattr(point, {"acquired": "china"}.get(name, name))
    ends = point.ends.get(name if name != "acquired" else "china")
    if not figure.known or ends is None:
        return figure
    middle = figure.number
    low, high = min(ends[0], middle), max(ends[2], middle)
    said = f"acquired in {point.year}, {basis} basis; range: 90% of draws"
    return replace(figure, condition=said, status="estimated", _cache={"bounds": (low, high)})


def _stock(name: str, subjects: tuple[Subject, ...], catalog: Catalog, on: str, words: Words) -> Figure:
    """Return what an owner holds, or all owners of a designer's chips, at the date, or what came in the year before it."""
    day, who = on or catalog.as_of, words["word"].strip("\"' ").casefold()
    if words["by"] not in ("chips", "h100e.8bit"):
        raise UnknownName(f"stocks are known by=chips and by=h100e.8bit, not {words['by'][:40]}")
    units = words["by"] == "chips"
    now = _held(who, day, units)
    if name == "stock" or not now.known:
        return now
    before = f"{int(day[:4]) - 1}{day[4:]}"
    start = sum(_held(who, before, units, row).number for row in _owned(who, before))
    # Both ends come from one estimate and move together: only the later one carries a range.
    return now - constant(start, ONE, f"{start:,.0f} on {before}") if start else now


def _owned(who: str, day: str) -> list[Stock]:
    from chipgauge.specs.stocks import latest

    rows = latest(day)
    return [row for row in rows if who in (row.owner.casefold(), row.designer.casefold(), "all")]


def _held(who: str, day: str, units: bool, *only: Stock) -> Figure:
    from chipgauge.calc.holdings import holding
    from chipgauge.specs.stocks import stocks

    rows = list(only) or _owned(who, day)
    if not rows:
        names = sorted({*(row.owner for row in stocks()), *(row.designer for row in stocks()), "all"})
        raise UnknownName(f"the owners' table has no {who[:40]!r} on {day}.{did_you_mean(who, names)}")
    held = [(f"{row.owner}, {row.designer}", leaf) for row in rows if (leaf := holding(row, units=units)).known]
    if not held:
        return holding(rows[0], units=units)
    return held[0][1] if len(held) == 1 else total(held)


_ANSWERS: dict[str, Answer] = {
    **dict.fromkeys(("train", "train_mfu"), _train),
    **dict.fromkeys(("prefill", "decode", "decode_one"), _serve),
    **dict.fromkeys(("capex_ratio", "tco_ratio", "power_ratio"), _build),
    **dict.fromkeys(SCENARIOS, _scenario),
    **dict.fromkeys(("stock", "inflow"), _stock),
}

__all__ = ["ANSWER", "LATENCY", "PROMPT", "ask"]
