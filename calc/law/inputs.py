# SPDX-License-Identifier: Apache-2.0
"""The figures of one subject as law reads them: exact, and with every reading that a source supports.

TPP has up to three readings: ours, the maker's own, and ours with TF32 at 32 bits. A figure in a credible conflict is
a stretch between its ends. What the law defines by other quantities (performance density, interconnect bandwidth) is
taken apart into them, unless a source states it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from chipgauge.calc.law.exact import days, exact_corners, exact_floor, exact_text, exact_value
from chipgauge.calc.quantity import quantity, tpp_modes
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure, amount, constant, largest, total
from chipgauge.specs.quantities import FORMATS, find
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.terms import Term, Value, parse_term, plain
from chipgauge.specs.units import parse_unit

Stretch = tuple[Value, ...]
"""The readings of one figure that belong together: between its least and its greatest number every value may hold."""

DEFINED = {
    "performance_density": "tpp / die.area",
    "io.bandwidth": "2 * (scale_up.bandwidth + host.bandwidth)",
}
"""What the law defines by other quantities: 3A090 Technical Note 2.4; 15 CFR 748 Supp. 2, notes to (dd)(1)."""

APP_WEIGHTS = ("0.3", "0.9")
"""15 CFR 774 Supp. 1, Technical Note on APP: 0.9 for a vector processor, 0.3 for another."""

OPEN_COUNTS = ("training_compute.modification", "training_compute.original")
"""Counts that the plain figure of a model does not stand for."""


class World:
    """The inputs of one chip, or of a whole amount, system, cluster or model (`parts`: its chips with their numbers).

    `keep` names quantities that are taken as one number although the law defines them by others.
    """

    def __init__(
        self,
        subject: Subject,
        catalog: Catalog,
        on: str,
        parts: Sequence[tuple[Fraction, World]] | None = None,
        keep: Sequence[str] = (),
    ) -> None:
        self.subject, self.catalog, self.on, self.parts = subject, catalog, on, parts
        self.keep = tuple(keep)
        self.figures: dict[str, Figure] = {}
        self._readings: dict[str, tuple[Stretch, ...]] = {}
        self._terms: dict[str, Term] = {}
        self.judged: dict[int, Any] = {}
        self.compared: dict[tuple[str, str, str], tuple[bool | None, Fraction | None]] = {}
        self.settled: dict[tuple[str, str, str], bool | None] = {}
        self.unsettled: set[tuple[str, str, str]] = set()
        self.displayed: dict[Term, Figure] = {}

    @property
    def item(self) -> Item:
        """The item that the figures belong to."""
        return self.subject.item

    # --- figures -------------------------------------------------------------------------------------------

    def figure(self, name: str) -> Figure:
        """Return the figure that stands for a name, as it is shown."""
        if name not in self.figures:
            self.figures[name] = self._figure(name)
        return self.figures[name]

    def of(self, name: str) -> Figure:
        """Return the figure of the resolver."""
        return quantity(name, self.subject, catalog=self.catalog, on=self.on)

    def _figure(self, name: str) -> Figure:
        if name == "tpp":
            return self._law_tpp()
        if name == "aggregate.tpp" and self.parts is not None:
            return self._aggregate()
        if name == "chips" and self.parts and self.item.kind == "chip":
            return amount(self.subject)
        if name == "cluster.peak":
            return self._stated(name) or largest([(form, self.of(f"peak.{form}")) for form in FORMATS])
        if name == "app":
            return self._stated(name) or self._app(self.app_weights()[-1])
        if name.startswith("training_compute.") and name not in OPEN_COUNTS:
            return self._stated(name) or self.of("training_compute")
        return self.of(name)

    def _stated(self, name: str) -> Figure | None:
        found = self.of(name)
        return found if found.known or found.state == "absent" else None

    def _law_tpp(self) -> Figure:
        """Return the larger of our TPP and the maker's own: the note says the highest value the maker claims."""
        ours, declared = self.of("tpp"), self.of("tpp.declared")
        known = [figure for figure in (ours, declared) if figure.known]
        return max(known, key=exact_value) if known else ours

    def _aggregate(self) -> Figure:
        assert self.parts is not None
        rows: list[tuple[str, Figure]] = []
        for count, part in self.parts:
            rows.append((part.item.id, constant(float(count), parse_unit("1")) * part.figure("tpp")))
        return rows[0][1] if len(rows) == 1 else total(rows) if rows else self.of("aggregate.tpp")

    def app_weights(self) -> list[str]:
        """Return the weights under which adjusted peak performance is read."""
        weight = self.of("app.weight")
        return [weight.text] if weight.known and weight.text else list(APP_WEIGHTS)

    def _app(self, weight: str) -> Figure:
        rates = [(form, self.of(f"peak.{form}")) for form in ("fp64", "fp64_tensor")]
        known = [row for row in rates if row[1].known]
        return constant(float(Fraction(weight)), parse_unit("1"), weight) * largest(known or rates)

    def floor(self, name: str) -> Fraction | None:
        """Return what a figure without a value is at least."""
        return exact_floor(self.figure(name))

    # --- terms ---------------------------------------------------------------------------------------------

    def term(self, text: str) -> Term:
        """Return the expression of a comparison, taken apart into the quantities that this subject's tables state."""
        if text not in self._terms:
            self._terms[text] = self._open(parse_term(text))
        return self._terms[text]

    @cached_property
    def stated(self) -> tuple[str, ...]:
        """The quantities that the law defines by others and that the tables of this subject state themselves."""
        return tuple(name for name in DEFINED if self._is_stated(name))

    def _open(self, term: Term) -> Term:
        if term.kind == "name" and term.text in DEFINED and not self._is_stated(term.text):
            return parse_term(DEFINED[term.text])
        if not term.parts:
            return term
        return term._replace(parts=tuple(map(self._open, term.parts)))

    def _is_stated(self, name: str) -> bool:
        leaf = self.catalog.leaf(self.item.id, name)
        return name in self.keep or (leaf is not None and leaf.known)

    def shown(self, term: Term) -> Figure:
        """Return the figure of an expression as it stands in a rule, for a table or an explanation."""
        if term.kind == "name":
            return self.figure(term.text)
        if term not in self.displayed:
            self.displayed[term] = self._shown(term)
        return self.displayed[term]

    def _shown(self, term: Term) -> Figure:
        if term.kind == "number":
            return constant(float(term.number), parse_unit("1"), term.text)
        parts = [self.shown(part) for part in term.parts]
        if term.kind in ("max", "min"):
            return parts[0]
        joined = {"+": Figure.__add__, "-": Figure.__sub__, "*": Figure.__mul__, "/": Figure.__truediv__}
        return joined[term.kind](parts[0], parts[1])

    # --- readings ------------------------------------------------------------------------------------------

    def readings(self, name: str) -> tuple[Stretch, ...]:
        """Return the readings of a quantity that the terms name; at least one, (None,) where nobody states it."""
        if name not in self._readings:
            self._readings[name] = self._read(name)
        return self._readings[name]

    def primary(self, name: str) -> Value:
        """Return the value that law takes first: of TPP the larger of ours and the maker's."""
        if name == "tpp" and (figure := self.figure("tpp")).known:
            return exact_value(figure)
        return self.readings(name)[0][0]

    def _read(self, name: str) -> tuple[Stretch, ...]:
        row = find(name)
        figure = self.figure(name)
        if name == "tpp":
            return self._tpps()
        if name == "aggregate.tpp" and self.parts:
            return self._aggregates()
        if row.kind == "number" and figure.state == "absent":
            return ((Fraction(0),),)  # the part does not have it
        if name == "app" and not self._is_stated("app"):
            stretches = [tuple(exact_corners(self._app(weight))) for weight in self.app_weights()]
            return tuple(stretch for stretch in stretches if stretch) or ((None,),)
        if row.kind == "number":
            corners = exact_corners(figure)
            # a stated area of nothing divides nothing: as good as unknown
            known = [one for one in corners if one or name != "die.area"]
            return (tuple(known),) if known else ((None,),)
        if figure.value is None:
            return ((None,),)
        if row.kind == "date":
            return (days(str(figure.value)),)
        if isinstance(figure.value, bool):
            return (("yes" if figure.value else "no",),)
        return ((str(figure.value),),)

    @property
    def undefined(self) -> bool:
        """Whether there is no density to speak of: no logic die that counts, and nobody states one."""
        return self.figure("die.area").state == "absent" and not self._is_stated("performance_density")

    def _tpps(self) -> tuple[Stretch, ...]:
        """Return the TPP of every reading: ours and the maker's, each over its range, and with TF32 at 32 bits."""
        found: list[Stretch] = [
            tuple(corners) for name in ("tpp", "tpp.declared") if (corners := exact_corners(self.of(name)))
        ]
        found += [(one,) for one in self.wide_tf32()]
        floor = exact_floor(self.of("tpp"))
        known = [one for stretch in found for one in stretch if isinstance(one, Fraction)]
        if floor is not None and known and floor > max(known):
            found.append((floor,))  # one known mode exceeds what the maker declares
        return tuple(found) or ((None,),)

    def wide_tf32(self) -> list[Fraction]:
        """Return the TPP with TF32 at 32 bits: still the largest over the modes, so never less than ours."""
        ours, tf32 = self.of("tpp"), self.of("peak.tf32")
        if ours.kind == "leaf" or not tf32.known or "tf32" not in tpp_modes(self.catalog, self.item)[0]:
            return []
        wide = [value * 32 / 8 for value in exact_corners(tf32)]
        found = {max(one, other) for one in wide for other in exact_corners(ours)}
        return sorted(found - set(exact_corners(ours)))

    def _aggregates(self) -> tuple[Stretch, ...]:
        assert self.parts
        choices: list[list[Value]] = []
        for _, part in self.parts:
            values = [one for stretch in part.readings("tpp") for one in stretch]
            numbers = [one for one in values if isinstance(one, Fraction)]
            ends: list[Value] = [part.primary("tpp"), min(numbers), max(numbers)] if numbers else [None]
            choices.append(list(dict.fromkeys(ends)))
        sums: dict[Value, None] = {}
        for mix in product(*choices):
            known = [count * one for (count, _), one in zip(self.parts, mix, strict=True) if isinstance(one, Fraction)]
            sums[sum(known, Fraction(0)) if len(known) == len(mix) else None] = None
        return (tuple(sums),)

    def labels(self) -> dict[Fraction, str]:
        """Return what each reading of TPP is called."""
        found: dict[Fraction, str] = {}
        rows = [(name, exact_corners(self.of(name))) for name in ("tpp", "tpp.declared")]
        for name, values in (*rows, ("tpp with TF32 at 32 bits", self.wide_tf32())):
            for value in values:
                found.setdefault(value, name)
        return found


def limit_of(metric: Term, value: str) -> Value:
    """Return the limit that a comparison is made with: a fraction, a day or a text."""
    row = plain(metric)
    if row is None or row.kind == "number":
        return exact_text(value)
    return days(value)[0] if row.kind == "date" else value


__all__ = ["DEFINED", "Stretch", "World", "limit_of"]
