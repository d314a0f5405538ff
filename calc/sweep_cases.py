# SPDX-License-Identifier: Apache-2.0
"""From the file of a sweep to programs: each expression read for every choice of items, dates and what a model reads.

What varies is left open: it holds no number while an expression is read, so that no single point decides whether a file
can be read. A model (`train(...)`) chooses a plan by the numbers that it reads and is no formula of them; with one, the
figures that are set become choices, and the model is asked once for each of their values.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from chipgauge.calc.expression import evaluate
from chipgauge.calc.functions import MODELS
from chipgauge.calc.program import MISSING, Program, compiled
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError, Problem, TableError, did_you_mean
from chipgauge.specs.figure import Figure
from chipgauge.specs.sweep_tables import Axis, Choice, Sweep
from chipgauge.specs.units import Unit, parse_unit

ASKING = re.compile(rf"\b({'|'.join((*MODELS, 'rank'))})\s*\(")
"""A call whose value is no formula of the figures it reads: a model, which chooses, or a rank, which leaves items out."""
MOST_ASKED = 256
"""Combinations for which a model is asked in one sweep; each takes a tenth of a second or more."""


class Case(NamedTuple):
    """One choice of items and dates: its program, and why an answer has no value."""

    choices: dict[str, str]
    program: Program
    missing: dict[str, str]
    figures: tuple[Figure, ...]


def read_cases(sweep: Sweep, catalog: Catalog) -> tuple[Sweep, list[Case], dict[str, Unit], frozenset[str]]:
    """Return a sweep with its cases, the units of its answers, and the keys of the leaves that vary.

    Raises
    ------
    TableError
        An expression, figure, item or unit that cannot be, with the line of the file.
    """
    sweep, given = _asked(sweep)
    view = catalog
    names: dict[str, Figure] = {}
    for axis in sweep.axes:
        if axis.set:
            view = _open(sweep, axis, view)
        else:
            names[axis.name] = Figure(
                axis.name, "leaf", axis.name, math.nan, axis.unit, text=axis.name, status="assumed", why="varied",
                sources=("given",),
            )  # fmt: skip
    keys = tuple(_key(axis.set, view) if axis.set else axis.name for axis in sweep.axes)
    cases: list[Case] = []
    units: dict[str, Unit] = {}
    views: dict[tuple[str, ...], Catalog] = {(): view}
    for chosen in _combinations(sweep):
        settings = tuple(f"{name}={text}" for name, text in chosen.items() if name in given)
        if settings not in views:
            views[settings] = _set(sweep, view, {name: text for name, text in chosen.items() if name in given}, given)
        words = {name: text for name, text in chosen.items() if name not in given}
        figures = [_figure(sweep, name, words, views[settings], names) for name in sweep.answers]
        for name, figure in zip(sweep.answers, figures, strict=True):
            if figure.known and figure.unit.dimension != units.setdefault(name, figure.unit).dimension:
                raise _problem(sweep, sweep.lines[name], name, f"its unit changes: {figure.unit.text} for {chosen}")
        missing = {name: f.why for name, f in zip(sweep.answers, figures, strict=True) if not f.known}
        cases.append(Case(chosen, compiled(figures, keys), missing, tuple(figures)))
    _refuse_unused(sweep, cases, given)
    varied = frozenset((*keys, *(_key(name, view) for name in given)))
    return sweep, cases, {name: units.get(name, parse_unit("1")) for name in sweep.answers}, varied


def _combinations(sweep: Sweep) -> Iterator[dict[str, str]]:
    for chosen in itertools.product(*([(choice.name, text) for text in choice.texts] for choice in sweep.choices)):
        yield dict(chosen)


def _asked(sweep: Sweep) -> tuple[Sweep, dict[str, int]]:
    """Return a sweep whose figures that are set are choices if an answer asks a model, and their lines by name."""
    texts = [*sweep.answers.values(), *(text for choice in sweep.choices for text in choice.texts)]
    found = next((match for match in map(ASKING.search, texts) if match), None)
    axes = [axis for axis in sweep.axes if axis.set]
    if found is None or not axes:
        return sweep, {}
    asks = f"{found[1]}(...) is asked once for each combination of items, dates and figures that are set"
    count = sweep.cases * math.prod(axis.size for axis in axes)
    for axis in axes:
        if sweep.points:
            hint = f'take out [sample]; write values = ["...", "..."] here, at most {MOST_ASKED} combinations in all'
            raise _problem(sweep, axis.line, axis.set, f"{asks}, and a sample draws this one anew in each row", hint)
        if count > MOST_ASKED:
            hint = "write values with fewer numbers, or ask the model in a file of its own"
            raise _problem(sweep, axis.line, axis.set, f"{asks}: {count:,}; at most {MOST_ASKED}", hint)
    made = [
        Choice(
            axis.set, tuple(_written(value_at(axis, place), axis.unit) for place in range(axis.size)), axis.line, True
        )
        for axis in axes
    ]
    numbers = tuple(axis for axis in sweep.axes if not axis.set)
    return replace(sweep, axes=numbers, choices=(*sweep.choices, *made)), {axis.set: axis.line for axis in axes}


def _set(sweep: Sweep, catalog: Catalog, values: Mapping[str, str], lines: Mapping[str, int]) -> Catalog:
    """Return a catalogue in which figures have values."""
    for name, text in values.items():
        try:
            catalog = catalog.adjusted(given=[f"{name}={text}"])
        except ChipgaugeError as error:
            raise _problem(sweep, lines[name], name, str(error)) from None
    return catalog


def _open(sweep: Sweep, axis: Axis, catalog: Catalog) -> Catalog:
    """Return a catalogue in which a figure is left open; each end of what it varies over was one that it can have."""
    ends = (min(axis.values), max(axis.values)) if axis.values else (axis.low, axis.high)
    view = catalog
    for end in ends:
        view = _set(sweep, catalog, {axis.set: _written(end, axis.unit)}, {axis.set: axis.line})
    key = _key(axis.set, view)
    view.overrides[key] = view.overrides[key]._replace(value=math.nan)
    return view


def _refuse_unused(sweep: Sweep, cases: list[Case], given: Mapping[str, int]) -> None:
    answers = ", ".join(sweep.answers)
    unused = [
        (axis.line, axis.name)
        for place, axis in enumerate(sweep.axes)
        if all(case.program.inputs[place] == MISSING for case in cases)
    ]
    for choice in sweep.choices:
        if choice.name in given:
            idle = len(choice.texts) > 1 and _idle(choice.name, cases)
        else:
            others = (text for other in sweep.choices if other is not choice for text in other.texts)
            idle = choice.name != "on" and not any(
                "{" + choice.name + "}" in text for text in (*sweep.answers.values(), *others)
            )
        unused += [(choice.line, choice.name)] if idle else []
    for line, name in unused if not any(case.missing for case in cases) else ():
        message = f"no answer depends on it ({answers})"
        raise _problem(sweep, line, name, message, "take it out, or use it in an expression")


def _idle(name: str, cases: list[Case]) -> bool:
    """Tell whether every answer is the same, down to the last figure under it, whatever one choice is."""
    seen: dict[str, set[str]] = {}
    for case in cases:
        others = repr({other: text for other, text in case.choices.items() if other != name})
        shown = repr([(node.key, node.value) for figure in case.figures for node in figure.nodes()])
        seen.setdefault(others, set()).add(shown)
    return all(len(shown) == 1 for shown in seen.values())


def _problem(sweep: Sweep, line: int, path: str, message: str, hint: str = "") -> TableError:
    return TableError([Problem(sweep.file, line, path, message, hint)])


def _written(base: float, unit: Unit) -> str:
    """Return a value in base units as text that reads back."""
    return f"{base * unit.denominator / unit.numerator:.15g} {unit.text}".removesuffix(" 1")


def _key(setting: str, catalog: Catalog) -> str:
    name, _, item = setting.partition("(")
    return f"{catalog.find(item[:-1]).id}/{name.strip()}"


def _figure(
    sweep: Sweep, name: str, chosen: Mapping[str, str], catalog: Catalog, names: Mapping[str, Figure]
) -> Figure:
    expression = sweep.answers[name]
    for choice, text in chosen.items():
        expression = expression.replace("{" + choice + "}", text)
    if left := re.search(r"\{(.{0,40}?)\}", expression):
        hint = did_you_mean(left[1], chosen).strip() or "a name in braces is that of a [[vary]] with items"
        raise _problem(sweep, sweep.lines[name], f"answers.{name}", f"no items are called {left[1]!r}", hint)
    try:
        figure = evaluate(expression, catalog=catalog, on=chosen.get("on", ""), names=names, undecided=True)
    except ChipgaugeError as error:
        shown = f"with {', '.join(f'{key} = {value}' for key, value in chosen.items())}: " if chosen else ""
        hint = f"numbers that vary here: {', '.join(names)}" if names else ""
        raise _problem(sweep, sweep.lines[name], f"answers.{name}", f"{shown}{error}", hint) from None
    if isinstance(figure.value, str):
        raise _problem(sweep, sweep.lines[name], f"answers.{name}", "an answer is a number or a yes or no")
    return figure


# --- the values of an axis ---------------------------------------------------------------------------------------


def value_at(axis: Axis, place: Any, drawn: bool = False) -> Any:
    """Return the values of an axis at places of its grid; for a sample (`drawn`), its middle."""
    if axis.values:
        import numpy

        values: Any = numpy.array(axis.values) if hasattr(place, "dtype") else axis.values
        return values[place]
    if drawn:
        return axis.likely if axis.likely is not None else spread(axis, 0.5)
    return spread(axis, place / (axis.steps - 1)) if axis.steps > 1 else axis.low + 0.0 * place


def spread(axis: Axis, share: Any) -> Any:
    """Return the values of an axis at shares of the way from its low to its high end."""
    if axis.ratios:
        return axis.low * (axis.high / axis.low) ** share
    return axis.low * (1 - share) + axis.high * share


__all__ = ["MOST_ASKED", "Case", "read_cases", "spread", "value_at"]
