# SPDX-License-Identifier: Apache-2.0
"""Stocks and flows of chips under a policy: who acquires and holds how much, by year, on each basis, with ranges.

A flow counts at the rates of its chip. A stock is known in H100-equivalents on the 8-bit basis only; on another basis
a chip that the scenario names stands for it. Uncertain numbers of one owner are drawn together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chipgauge.calc.draws import correlated
from chipgauge.calc.holdings import holding, rows_at
from chipgauge.calc.quantity import quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, constant, operation, smallest, total
from chipgauge.specs.scenario_tables import Flow, Growth, Published, Scenario, Span
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

ONE = parse_unit("1")
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Point:
    """One year on one basis: what each side acquires in it, or holds at its end, in H100-equivalents.

    `advantage` is the first side over China, `share` is China's part of both. `ends` has the 5%, 50% and 95% points of
    each by name.
    """

    year: int
    basis: str
    counted: str
    us: Figure
    china: Figure
    advantage: Figure
    share: Figure
    ends: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A published range beside ours: whether ours meets it, and what the first side would have to acquire for it.

    `needs` is in H100-equivalents on the basis, for China's amount as ours: at the low and the high end.
    """

    published: Published
    ours: tuple[float, float, float] | None
    meets: bool | None
    needs: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario gives."""

    scenario: Scenario
    points: tuple[Point, ...]
    beside: tuple[Beside, ...]

    def point(self, year: int, basis: str, counted: str = "acquired") -> Point:
        """Return the point of a year on a basis."""
        return next(row for row in self.points if (row.year, row.basis, row.counted) == (year, basis, counted))


def run(scenario: Scenario, *, catalog: Catalog, draws: int = 0) -> Outcome:
    """Return what each side acquires and holds under a scenario, with 90% ranges by Monte Carlo.

    Parameters
    ----------
    draws : int
        How many; 0 for the number of the scenario.
    """
    model = _Model(scenario, catalog)
    points: list[tuple[int, str, str, Figure, Figure]] = []
    for basis in scenario.bases:
        held = {side: [model.stock(side, basis)] for side in ("us", "china")}
        for year in scenario.years:
            new = {side: model.acquired(side, year, basis) for side in ("us", "china")}
            for side, figure in new.items():
                held[side].append(figure)
            points.append((year, basis, "acquired", new["us"], new["china"]))
            sums = {side: _total(f"held/{side}/{year}/{basis}", figures) for side, figures in held.items()}
            points.append((year, basis, "held", sums["us"], sums["china"]))
    made = [_point(*row) for row in points]
    values = model.draw(made, draws or scenario.draws)
    done = tuple(replace(point, ends=_ends(point, values)) for point in made)
    return Outcome(scenario, done, tuple(_beside(row, done) for row in scenario.published))


class _Model:
    """The leaves of one scenario, each made once, with the group in which it is drawn."""

    def __init__(self, scenario: Scenario, catalog: Catalog) -> None:
        self.scenario, self.catalog = scenario, catalog
        self.groups: dict[str, str] = {}
        self.lognormal: set[str] = set()

    def leaf(self, key: str, span: Span, group: str, source: str, why: str, name: str) -> Figure:
        ends = (span.low, span.high) if span.low < span.high else None
        self.groups[key] = group
        if ends:
            self.lognormal.add(key)
        return Figure(
            key, "leaf", name, span.value, ONE, text=span.text, status="estimated" if source != "given" else "assumed", why=why,
            leaf_range=ends, sources=(source,), condition="median with 5% and 95% ends" if ends else "",
        )  # fmt: skip

    def per_chip(self, chip: str, basis: str) -> Figure:
        return quantity(f"h100e.{basis}", chip, catalog=self.catalog)

    def units(self, flow: Flow, place: int) -> Figure:
        """Return the chips of a flow: as many as are offered, at most its cap, less what does not arrive."""
        key = f"{self.scenario.id}/flow {place} {flow.kind} of {flow.chip} to {flow.side} in {flow.year}"
        made = self.leaf(key, flow.units, flow.group or flow.side, flow.source, flow.why, "chips")
        if flow.cap is not None:
            share = constant(flow.cap, ONE, f"cap of {flow.cap:.0%}", source="given")
            sold = [self.units(row, i) for i, row in enumerate(self.scenario.flows) if _same_chip(row, flow)]
            allowed = share * (
                _total(f"{self.scenario.id}/sales of {flow.chip} in {flow.year}", sold) if sold else constant(0.0, ONE)
            )
            made = smallest([("offered", made), ("cap", allowed)], key=f"{key}, capped")
        if flow.arrives != 1:
            made = made * constant(flow.arrives, ONE, f"{flow.arrives:.0%} arrives", source="given")
        return made

    def acquired(self, side: str, year: int, basis: str) -> Figure:
        """Return what a side acquires in a year: its flows and growth, less what is diverted to the other side."""
        rows: list[Figure] = []
        for place, flow in enumerate(self.scenario.flows):
            if flow.year != year or flow.kind == "included":
                continue
            amount = self.units(flow, place) * self.per_chip(flow.chip, basis)
            if flow.side == side:
                rows.append(amount)
            elif flow.kind == "diverted":
                rows.append(-amount)
        rows += [
            self.grown(growth, side, basis)
            for growth in self.scenario.growth
            if (growth.side, growth.year) == (side, year)
        ]
        return _total(f"acquired/{side}/{year}/{basis}", rows or [constant(0.0, ONE)])

    def grown(self, growth: Growth, side: str, basis: str) -> Figure:
        key = f"{self.scenario.id}/growth of {side} in {growth.year}"
        times = self.leaf(key, growth.times, growth.group or side, growth.source, growth.why, "growth")
        date = self.scenario.date
        before = f"{int(date[:4]) - 1}{date[4:]}"
        return times * (self.stock(side, basis, date) - self.stock(side, basis, before))

    def stock(self, side: str, basis: str, date: str = "") -> Figure:
        """Return what a side holds at a date, on a basis."""
        date = date or self.scenario.date
        rows: list[Figure] = []
        for row in rows_at(date, china=side == "china"):
            leaf = holding(row)
            if not leaf.known:
                continue
            self.groups[leaf.key] = row.owner
            if leaf.leaf_range and leaf.leaf_range[0] > 0:
                self.lognormal.add(leaf.key)
            stands = self.scenario.stands_for.get(row.designer, "")
            if basis != "8bit" and stands:
                leaf = leaf * (self.per_chip(stands, basis) / self.per_chip(stands, "8bit"))
            rows.append(leaf)
        return _total(f"stock/{side}@{date}/{basis}", rows or [constant(0.0, ONE)])

    def draw(self, points: Sequence[Point], count: int) -> dict[str, Any]:
        leaves = {
            leaf.key: leaf for point in points for leaf in (*point.us.ranged_leaves(), *point.china.ranged_leaves())
        }
        return correlated(leaves.values(), count, groups=self.groups, rho=self.scenario.rho, lognormal=self.lognormal)


def _same_chip(row: Flow, flow: Flow) -> bool:
    return row.side != flow.side and (row.chip, row.year) == (flow.chip, flow.year) and row.kind != "diverted"


def _total(key: str, rows: list[Figure]) -> Figure:
    return (
        replace(rows[0], _cache={})
        if len(rows) == 1
        else total([(f"{i}", row) for i, row in enumerate(rows, 1)], key=key)
    )


def _point(year: int, basis: str, counted: str, us: Figure, china: Figure) -> Point:
    where = f"{counted}/{year}/{basis}"
    advantage = operation("/", [("us", us), ("china", china)], DIMENSIONLESS, unit=ONE, key=f"advantage/{where}")
    both = total([("us", us), ("china", china)], key=f"both/{where}")
    share = operation("/", [("china", china), ("both", both)], DIMENSIONLESS, unit=ONE, key=f"share of China/{where}")
    return Point(year, basis, counted, us, china, advantage, share, {})


def _ends(point: Point, values: dict[str, Any]) -> dict[str, tuple[float, float, float]]:
    import numpy

    made: dict[str, tuple[float, float, float]] = {}
    for name in ("us", "china", "advantage", "share"):
        figure: Figure = getattr(point, name)
        if figure.known:
            used = {key: value for key, value in values.items()}
            with numpy.errstate(all="ignore"):
                found = numpy.asarray(figure.evaluate(used), dtype=float) * numpy.ones(1)
            low, middle, high = (float(end) for end in numpy.quantile(found, QUANTILES))
            made[name] = (low, middle, high)
    return made


def _beside(row: Published, points: Sequence[Point]) -> Beside:
    point = next((p for p in points if (p.year, p.basis, p.counted) == (row.year, row.basis, row.counted)), None)
    ours = point.ends.get(row.measure) if point is not None else None
    if point is None or ours is None:
        return Beside(row, None, None, None)
    overlaps = ours[0] <= row.high and ours[2] >= row.low
    if row.measure == "china":
        return Beside(row, ours, overlaps, None)
    china = point.china.number
    ends = (
        (row.low, row.high)
        if row.measure == "advantage"
        else tuple(1 / end - 1 if end else float("inf") for end in (row.high, row.low))
    )
    return Beside(row, ours, overlaps, (ends[0] * china, ends[1] * china))


__all__ = ["Beside", "Outcome", "Point", "run"]
