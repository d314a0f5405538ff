# SPDX-License-Identifier: Apache-2.0
"""The one resolver: a quantity name applied to an item or amount becomes a Figure.

The adopted leaf where the tables have one, else the formula. `show`, `compare`, `explain`, rules and the report all
call it; nothing else resolves names. What each name means on a chip and on a system stands in `specs.quantities`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from chipgauge.calc.derived import cache_size, dense_peak, io_rate, logic_area, one_way
from chipgauge.calc.metrics import (
    dollars_from_yuan,
    performance_density,
    ridge_point,
    total_processing_performance,
)
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, UnitError, UnknownName, did_you_mean
from chipgauge.specs.figure import Figure, amount, largest, maximum, operation, total
from chipgauge.specs.quantities import DERIVED_PREFIXES, FORMATS, H100E_BASES, QUANTITIES, Quantity, find
from chipgauge.specs.records import WEAK, Item, Subject, first_day
from chipgauge.specs.units import parse_unit

ONE = parse_unit("1")
_COUNTS = ("h100e.", "gb300e.")
_DOMESTIC_LAST = ("us", "unstated", "china", "grey", "used")
_BASES = {"chip": ("chip",), "system": ("system", "server")}
_POWER = {"chip": "power.tdp", "cluster": "power.facility"}
"""What a kind of item is divided by per watt; a system by what it draws."""


def quantity(name: str, item: str | Subject, *, catalog: Catalog | None = None, on: str = "") -> Figure:
    """Return the figure of a quantity name on an item, a system or an amount.

    Parameters
    ----------
    name : str
        A name of `specs.quantities`, or one with a prefix: `per_watt.peak.bf16`, `ridge.bf16`, `h100e.tpp`.
    item : str or Subject
        `H200`, `100000 H200`, `NVL72`; names resolve as in the rest of chipgauge.
    on : str
        Date (ISO) up to which dated figures are read; empty for the data date of the tables.

    Raises
    ------
    UnknownName
        No such quantity or item, with the nearest names.

    Examples
    --------
    >>> quantity("tpp", "H20").to("TPP")
    2368.0
    >>> quantity("tpp", "H20").winner  # a tie: 148 x 16 = 296 x 8
    'bf16 = fp16 = int8 = fp8'
    >>> quantity("scale_up.bandwidth", "H100").to("GB/s")
    450.0
    """
    catalog = catalog or shipped()
    subject = item if isinstance(item, Subject) else catalog.subject(item)
    on = on or catalog.as_of
    memo_key = (f"{name}@{on}", subject.key)
    if memo_key not in catalog.memo:
        catalog.memo[memo_key] = _Resolver(catalog, on).resolve(name, subject)
    return catalog.memo[memo_key]


@lru_cache(maxsize=4096)
def check_name(name: str) -> None:
    """Raise UnknownName unless `name` is a quantity name, prefixed ones included.

    >>> check_name("per_watt.peak.bf17")
    Traceback (most recent call last):
    chipgauge.specs.errors.UnknownName: no quantity is called 'peak.bf17'. Did you mean peak.bf16?
    """
    for prefix in DERIVED_PREFIXES:
        if name.startswith(prefix) and name not in QUANTITIES:
            rest = name.removeprefix(prefix)
            if prefix in _COUNTS:
                if rest not in H100E_BASES:
                    hint = did_you_mean(rest, list(H100E_BASES)) or f" Allowed: {', '.join(H100E_BASES)}."
                    raise UnknownName(f"{rest[:40]!r} is not a basis of {prefix[:-1]}.{hint}")
            elif prefix == "ridge.":
                find(f"peak.{rest}")
            else:
                if rest.startswith(prefix):
                    raise UnknownName(
                        f"{name[:60]} says {prefix[:-1]} twice; write {prefix}{rest.removeprefix(prefix)[:40]}"
                    )
                check_name(rest)
                plain = QUANTITIES.get(rest.split(":", 1)[0])
                if plain and plain.kind != "number" and prefix != "per_chip.":
                    raise UnitError(f"{rest} is not a number, so nothing is {prefix}{rest}; take for example peak.bf16")
            return
    find(name.split(":", 1)[0])


class _Resolver:
    """One resolution: a catalogue at a date."""

    def __init__(self, catalog: Catalog, on: str) -> None:
        self.catalog = catalog
        self.on = on

    def of(self, name: str, item: Item) -> Figure:
        return self.figure(name, Subject(item))

    def figure(self, name: str, subject: Subject) -> Figure:
        return quantity(name, subject, catalog=self.catalog, on=self.on)

    def resolve(self, name: str, subject: Subject) -> Figure:
        check_name(name)
        prefix, _, rest = name.partition(".")
        if f"{prefix}." in DERIVED_PREFIXES and name not in QUANTITIES:
            prefixed: dict[str, Callable[[str, Subject], Figure]] = {
                "per_watt": self._per_watt,
                "per_chip": self._per_chip,
                "per_dollar": self._per_dollar,
                "ridge": self._ridge,
                "h100e": partial(self._equivalents, "h100e"),
                "gb300e": partial(self._equivalents, "gb300e"),
            }
            return prefixed[prefix](rest, subject)
        row = find(name.split(":", 1)[0])
        if not row.fits(subject.item.kind):
            return self._of_another_kind(row, subject.item)
        if subject.count != 1:
            return self._amount(name, subject)
        if subject.item.kind == "cluster":
            from chipgauge.calc.clusters import figure_of  # a comparison of chips starts without it

            return figure_of(self, name, subject.item)
        if name in ("price", "price.rental"):
            found = self._price(name, subject.item)
        else:
            found = self._latest(name, subject.item) if row.dated else self.catalog.leaf(subject.item.id, name)
        if found is not None:
            return found
        if subject.item.kind == "system":
            return self.of_system(name, subject.item)
        figure = self._derived(name, subject.item)
        if figure is None:
            return self.catalog.missing(subject.item.id, name.split(":")[0])
        if figure.state == "unknown" and figure.kind == "leaf":
            return figure
        unit = parse_unit(find(name).unit)
        return replace(figure, key=f"{name}({subject.item.id})", item=subject.item.id, unit=unit, _cache={})

    def _derived(self, name: str, item: Item) -> Figure | None:
        if item.kind == "model":
            from chipgauge.calc.model_figures import model_figure  # a comparison of chips starts without it

            return model_figure(name, item, self.catalog, self.of)
        derive = _DERIVED.get(name)
        return derive(self, item) if derive else None

    def _of_another_kind(self, row: Quantity, item: Item) -> Figure:
        of = "models" if row.of_models else "chips, systems and clusters"
        return self.catalog.missing(item.id, row.name, f"{row.noun} belongs to {of}; {item.name} is a {item.kind}")

    def _latest(self, name: str, item: Item) -> Figure | None:
        """Return the last leaf of a dated series up to the date; a value given by the user stands for all of it.

        Another case is another series: a price of electricity in China is not the next one after that in the US.
        """
        keys = [key.partition("/")[2] for key in self.catalog.series(item.id, name)]
        own = [stored for stored in keys if stored.partition("@")[0] == name]
        before = [stored for stored in own if first_day(stored.partition("@")[2]) <= self.on]
        return self.catalog.leaf(item.id, name) or (self.catalog.leaf(item.id, before[-1]) if before else None)

    # --- amounts and systems -------------------------------------------------------------------------------

    def _amount(self, name: str, subject: Subject) -> Figure:
        if subject.item.kind == "model":
            raise BasisError(f"{subject.item.name} is a model, and models have no amounts; leave {subject.count:g} out")
        one = self.of(name, subject.item)
        row = find(name.split(":", 1)[0])
        chip_power = name == "power.system" and subject.item.kind == "chip"
        if row.on_system not in ("sum", "own") or row.kind != "number" or chip_power:
            return one
        return self._times(amount(subject), one, f"{name}({subject.key})", subject.item.id)

    def _times(self, count: Figure, each: Figure, key: str, item: str) -> Figure:
        inputs = [("count", count), ("each", each)]
        return operation(
            "*", inputs, each.dimension, unit=each.unit, key=key, item=item, condition=each.condition, basis=each.basis
        )

    def contents(self, item: Item) -> list[tuple[Figure, Item]]:
        """Return the chips of a system, or of the state that the name of a cluster means: how many, and which."""
        pairs: list[tuple[Figure, Item]] = []
        date = self._state_date(item) if item.kind == "cluster" else None
        for key in self.catalog.series(item.id, "chips"):
            if item.kind == "cluster" and key.partition("@")[2] != date:
                continue
            leaf = self.catalog.leaf(item.id, key.partition("/")[2])
            adopted = next((entry for entry in leaf.entries if entry.of), None) if leaf else None
            if leaf and adopted:
                pairs.append((leaf, self.catalog.items[adopted.of]))
        return pairs

    def of_system(self, name: str, item: Item) -> Figure:
        row = find(name.split(":", 1)[0])
        contents = self.contents(item)
        if row.on_system == "own" or not contents:
            return self.catalog.missing(item.id, row.name)
        key = f"{name}({item.id})"
        if row.on_system == "sum":
            parts = [
                self._times(count, self.of(name, chip), f"{name}({count.key})", chip.id) for count, chip in contents
            ]
            if len(parts) == 1:
                return replace(parts[0], key=key, item=item.id, _cache={})
            return total(
                [(chip.id, part) for (_, chip), part in zip(contents, parts, strict=True)], key=key, item=item.id
            )
        figures = [(chip.id, self.of(name, chip)) for _, chip in contents]
        if len(figures) == 1 or row.kind != "number":
            return figures[0][1]
        return largest(figures, key=key, item=item.id)

    # --- prices: dated, with market and basis; never mixed -------------------------------------------------

    def _price(self, name: str, item: Item) -> Figure | None:
        """Return the last price up to the date, on the basis of the item's kind.

        Dated before undated, US before China before grey, a page of notes or a scrape only where nothing else is.

        Yuan are converted by a dated leaf.
        """
        if f"{item.id}/{name}" in self.catalog.overrides:
            given = self.catalog.leaf(item.id, name)
            return self.in_dollars(given) if given else None
        choices: list[tuple[bool, int, bool, str, Figure]] = []
        for key in self.catalog.series(item.id, name):
            stored = key.partition("/")[2]
            basis, _, market = stored.partition(":")[2].partition("@")[0].partition(".")
            market = market.split(".")[0]
            date = stored.partition("@")[2].replace("undated", "0000")
            leaf = self.catalog.leaf(item.id, stored)
            if leaf and first_day(date) <= self.on and basis in _BASES.get(item.kind, ()) and market in _DOMESTIC_LAST:
                strong = self.catalog.source(leaf.sources[0]).kind not in WEAK
                choices.append((date != "0000", -_DOMESTIC_LAST.index(market), strong, date, leaf))
        if not choices:
            return None
        return self.in_dollars(max(choices, key=lambda choice: (*choice[:4], choice[4].key))[4])

    def in_dollars(self, figure: Figure) -> Figure:
        """Return a sum of money in dollars; a conversion is a node with its dated rate."""
        if figure.unit.text != "CNY":
            return figure
        rate = self.of("exchange.cny", self.catalog.items["constant"])
        made: Figure = dollars_from_yuan(money=figure, rate=rate)
        return replace(made, item=figure.item, condition=figure.condition, basis=figure.basis, _cache={})

    # --- prefixed names ------------------------------------------------------------------------------------

    def _over(self, prefix: str, rest: str, subject: Subject, below: Figure) -> Figure:
        above = self.figure(rest, subject)
        made = above / below
        condition = "; ".join(dict.fromkeys(filter(None, (above.condition, below.condition))))
        return replace(
            made, key=f"{prefix}.{rest}({subject.key})", item=subject.item.id, condition=condition, _cache={}
        )

    def _per_watt(self, rest: str, subject: Subject) -> Figure:
        """Divide by the chip's design power, or by what the system or the site draws: kinds that do not mix."""
        power = _POWER.get(subject.item.kind, "power.system")
        below = self.figure(power, subject)
        return self._over("per_watt", rest, subject, below)

    def _per_chip(self, rest: str, subject: Subject) -> Figure:
        prefix = rest.partition(".")[0] + "."
        if prefix in DERIVED_PREFIXES:
            summed = prefix in _COUNTS
        else:
            summed = find(rest.split(":", 1)[0]).on_system in ("sum", "own")
        if subject.item.kind == "chip" and subject.count == 1 or not summed:
            return self.figure(rest, subject)
        return self._over("per_chip", rest, subject, self.chip_count(subject))

    def chip_count(self, subject: Subject) -> Figure:
        """Return how many chips a subject has."""
        number = amount(subject)
        if subject.item.kind == "chip":
            return number
        leaves = [(chip.id, leaf) for leaf, chip in self.contents(subject.item)]
        if not leaves and subject.item.kind == "cluster":
            return self.figure("chips", subject)
        if not leaves:
            return self.catalog.missing(subject.item.id, "chips")
        own = leaves[0][1] if len(leaves) == 1 else total(leaves, key=f"chips({subject.item.id})")
        return own if subject.count == 1 else self._times(number, own, f"chips({subject.key})", subject.item.id)

    def _per_dollar(self, rest: str, subject: Subject) -> Figure:
        if rest == "price.rental":
            raise BasisError("a rental price is not divided by a purchase price; take price.rental on both sides")
        return self._over("per_dollar", rest, subject, self.figure("price", subject))

    def _equivalents(self, prefix: str, basis: str, subject: Subject) -> Figure:
        from chipgauge.calc.counts import equivalents

        return equivalents(self, prefix, basis, subject)

    def _state_date(self, item: Item) -> str | None:
        from chipgauge.calc.clusters import state_at

        state = state_at(item, self.catalog, self.on)
        return state.date if state else None

    def _ridge(self, rest: str, subject: Subject) -> Figure:
        peak, bandwidth = self.of(f"peak.{rest}", subject.item), self.of("memory.bandwidth", subject.item)
        made: Figure = ridge_point(peak=peak, bandwidth=bandwidth)
        return replace(made, key=f"ridge.{rest}({subject.item.id})", item=subject.item.id, _cache={})


def contents(item: Item, *, catalog: Catalog, on: str = "") -> list[tuple[Figure, Item]]:
    """Return the chips of a system, or of the state that the name of a cluster means: how many, and which."""
    return _Resolver(catalog, on or catalog.as_of).contents(item)


def tpp_modes(catalog: Catalog, item: Item) -> tuple[list[str], Figure | None]:
    """Return the operating modes over which TPP is taken, and the leaf that says so (None: every mode)."""
    leaf = catalog.leaf(item.id, "tpp.modes")
    if leaf is None or not isinstance(leaf.value, str):
        return list(FORMATS), None
    return [mode for mode in leaf.value.replace(",", " ").split() if mode in FORMATS], leaf


def mode_tpp(mode: str, item: Item, *, catalog: Catalog, on: str = "") -> Figure:
    """Return the TPP of one operating mode of a chip."""
    rate = quantity(f"peak.{mode}", Subject(item), catalog=catalog, on=on)
    bits = quantity(f"bits.{mode}", Subject(catalog.items["constant"]), catalog=catalog, on=on)
    made: Figure = total_processing_performance(rate=rate, bits=bits)
    return made


def _tpp(resolver: _Resolver, item: Item) -> Figure | None:
    modes, leaf = tpp_modes(resolver.catalog, item)
    parts = [(mode, mode_tpp(mode, item, catalog=resolver.catalog, on=resolver.on)) for mode in modes]
    if not any(figure.known for _, figure in parts):
        return resolver.catalog.missing(item.id, "tpp", "no dense peak of any format is known")
    made = largest(parts, cite=total_processing_performance.cite, key=f"tpp({item.id})")
    if leaf is None:
        return made
    # The list of modes is part of the derivation: it is shown and cited, but enters no arithmetic.
    inputs = (*made.inputs, ("modes", leaf))
    return replace(made, inputs=inputs, apply=_largest_mode, _cache={})


def _largest_mode(*values: Any) -> Any:
    return maximum(*values[:-1])


def _density(resolver: _Resolver, item: Item) -> Figure | None:
    density: Figure = performance_density(tpp=resolver.of("tpp", item), area=resolver.of("die.area", item))
    return density


def _growth_factor(resolver: _Resolver, item: Item) -> Figure | None:
    from chipgauge.calc.growth import growth_factor

    return growth_factor(resolver, item)


_DERIVED: dict[str, Callable[[_Resolver, Item], Figure | None]] = {
    **{f"peak.{form}": partial(dense_peak, form=form) for form in FORMATS},
    **{
        name: partial(one_way, name=name)
        for name in ("scale_up.bandwidth", "scale_out.bandwidth", "host.bandwidth", "die_to_die.bandwidth")
    },
    "tpp": _tpp,
    "aggregate.tpp": lambda resolver, item: resolver.of("tpp", item),
    "performance_density": _density,
    "io.bandwidth": io_rate,
    "die.area": logic_area,
    "cache.l2": cache_size,
    "growth.factor": _growth_factor,
}


__all__ = ["check_name", "contents", "mode_tpp", "quantity", "tpp_modes"]
