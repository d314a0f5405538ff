# SPDX-License-Identifier: Apache-2.0
"""The ledger of a page: every figure that it shows gets one numbered entry, every source one number.

Whoever prints a number asks the ledger for it; the ledger hands out text and link together, so no number stands on a
page without its derivation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chipgauge.calc.compare import metric_title
from chipgauge.calc.formula import FORMULAS
from chipgauge.reports import text
from chipgauge.reports.entries import (
    Derivation,
    Group,
    Num,
    Part,
    Ref,
    SourceLine,
    Statement,
    Told,
    brief,
    pretty,
    resting,
)
from chipgauge.reports.markup import safe_url, short
from chipgauge.specs.catalog import GIVEN, Catalog
from chipgauge.specs.coverage import Coverage, support, total
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import TIE, Figure
from chipgauge.specs.records import Entry, Source

SIGNS = ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=")
"""Operations that are printed between their inputs."""
ROLES = {
    "adopted": "used",
    "agrees": "agrees",
    "conflict": "differs; widens the range",
    "shown": "shown only",
    "given": "given by the user",
}


class Ledger:
    """The figures and sources of one page, numbered in the order in which the page first needs them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.figures: dict[str, Figure] = {}
        self.told: dict[str, Told] = {}
        """By its id, what was computed before the page was made."""
        self.disputes: dict[str, str] = {}
        """By the key of a leaf, where the page lists what its sources say."""
        self._formulas: dict[str, int] = {}
        self._made: dict[tuple[Any, ...], int] = {}
        self._numbers: dict[str, int] = {}
        self._cited: dict[str, Figure] = {}
        self._sources: dict[str, int] = {}
        self._runs: dict[str, tuple[Source, int]] = {}
        self._titles: dict[str, str] = {}
        self._groups: list[tuple[str, list[Figure | Told]]] = []

    # --- handing out -----------------------------------------------------------------------------------------

    def group(self, title: str) -> None:
        """Begin a group: what is entered from now on stands under this title."""
        self._groups.append((title, []))

    def enter(self, figure: Figure) -> str:
        """Return the id of a figure's entry; it and all it stands on are in the ledger from now on."""
        return f"d{self.number(figure)}"

    def number(self, figure: Figure) -> int:
        """Return the number of a figure's entry; two figures that are made alike of the same inputs share one."""
        if figure.key not in self._numbers:
            if not self._groups:
                self.group("Figures")
            for node in figure.nodes():
                if node.key not in self._numbers:
                    made = (node.kind, node.name, node.condition, *(self._numbers[one.key] for _, one in node.inputs))
                    number = self._made.get(made, 0) if node.inputs else 0
                    if node.name == "total" and len(node.inputs) == 1:  # a sum of one is that one
                        only = node.inputs[0][1]
                        number = self._numbers[only.key]
                        if node.key in self._titles:
                            self._titles.setdefault(only.key, self._titles[node.key])
                    if number:
                        self._numbers[node.key] = number
                        continue
                    self._numbers[node.key] = self._made[made] = self._next()
                    self.figures[node.key] = node
                    if node.kind == "formula" and node.name in FORMULAS:
                        self._formulas.setdefault(node.name, len(self._formulas) + 1)
                    self._groups[-1][1].append(node)
        return self._numbers[figure.key]

    def tell(self, title: str, value: str, note: str, sources: Sequence[Ref]) -> str:
        """Return the id of an entry of what was computed before the page was made."""
        one = Told(self._next(), title, value, note, tuple(sources))
        self.told[f"d{one.number}"] = one
        self._groups[-1][1].append(one)
        return f"d{one.number}"

    def _next(self) -> int:
        return len(self.figures) + len(self.told) + 1

    def call(self, figure: Figure, title: str) -> Figure:
        """Give a figure a name of its own before it is entered, and return it; the first name decides."""
        self._titles.setdefault(figure.key, short(title, 160))
        return figure

    def num(self, figure: Figure) -> Num:
        """Return a figure as a number of the page."""
        href, unit = self.enter(figure), figure.unit.text if isinstance(figure.value, float) else ""
        shown, status = text.value(figure), resting(figure) if figure.known else ""
        return Num(
            shown, href, "" if unit == "1" else pretty(unit), text.spread(figure), status, figure.state, figure.why
        )

    def ratio(self, figure: Figure) -> Num:
        """Return a ratio as a number of the page."""
        href = self.enter(figure)
        if not figure.known:
            return Num(figure.state, href, state=figure.state, why=figure.why)
        return Num(text.ratio(figure), href, "", text.ratio_spread(figure), resting(figure), form="r")

    def source(self, name: str) -> Ref:
        """Return the mention of a source, which is on the page's list from now on."""
        number = self._sources.setdefault(name, len(self._sources) + 1)
        return Ref(number, short(self._record(name).publisher, 48))

    def measured(self, source: Source) -> Ref:
        """Return the mention of the source of a measured run, which is no source of the tables of figures."""
        self._runs[source.id] = (source, self._runs.get(source.id, (source, 0))[1] + 1)
        return self.source(source.id)

    def cited(self, figure: Figure) -> tuple[Ref, ...]:
        """Return the mentions of the sources under a figure that stands on the page without an entry of its own."""
        leaves = [leaf for leaf in figure.leaves() if leaf.item != "constant" and leaf.sources]
        self._cited.update((leaf.key, leaf) for leaf in leaves)
        return tuple(map(self.source, dict.fromkeys(name for leaf in leaves for name in leaf.sources)))

    def statement(self, entry: Entry, *, role: str = "") -> Statement:
        """Return what one entry of the tables says."""
        via = self.source(entry.via) if entry.via else None
        said = "absent" if entry.absent else entry.text
        role = role or ROLES.get(entry.role, entry.role)
        return Statement(
            said, role, self.source(entry.source), via, entry.at, text.sentence(entry.why), text.sentence(entry.note)
        )

    def formulas(self) -> dict[str, int]:
        """Return the formulas of the page by name, each with its number."""
        return dict(self._formulas)

    # --- the lists at the end of the page --------------------------------------------------------------------

    def derivations(self) -> tuple[Group, ...]:
        """Return every entry once, inputs before users, in the groups in which they were first needed."""
        groups: list[Group] = []
        for title, members in self._groups:
            if members:
                entries = tuple(
                    Derivation(f"d{one.number}", one.title, one.value, "", note=one.note, rests=one.sources)
                    if isinstance(one, Told)
                    else self._derivation(one, _within(self.title(one), title))
                    for one in members
                )
                groups.append(Group(title, int(entries[0].id[1:]), entries))
        return tuple(groups)

    def sources(self) -> tuple[SourceLine, ...]:
        """Return every source that the page names, with the number of values that rest on it."""
        direct: dict[str, list[bool]] = {}
        relayed: Counter[str] = Counter()
        for leaf in self._stated():
            first, *via = self._read(leaf)
            direct.setdefault(first, []).append(not via)
            relayed.update(set(via))
        lines: list[SourceLine] = []
        for name, number in self._sources.items():
            source = self._record(name)
            values = direct.get(name, [])
            second, runs = bool(values) and not any(values), self._runs.get(name, (source, 0))[1]
            lines.append(
                SourceLine(
                    number, short(source.publisher), short(source.title, 120), safe_url(source.url) or safe_url(source.archive),
                    source.kind, source.date, source.licence, source.independent, len(values) + runs, relayed[name], second,
                )
            )  # fmt: skip
        return tuple(lines)

    def coverage(self) -> Coverage:
        """Return how the stated values are supported: read first-hand or through others, confirmed or alone."""
        chosen = [(self._chosen(leaf), leaf.entries) for leaf in self._stated() if leaf.entries]
        return total(support(entry, group, self._record) for entry, group in chosen)

    def _read(self, leaf: Figure) -> tuple[str, ...]:
        """Return the source of a leaf and that through which it was read; further sources of its range relay nothing."""
        via = self._chosen(leaf).via if leaf.entries else ""
        return (leaf.sources[0], via) if via else leaf.sources[:1]

    def _chosen(self, leaf: Figure) -> Entry:
        exact = [entry for entry in leaf.entries if entry.source == leaf.sources[0] and entry.text == leaf.text]
        return (exact or leaf.entries)[0]

    def _stated(self) -> list[Figure]:
        every = {**self._cited, **self.figures}
        leaves = [figure for figure in every.values() if figure.kind == "leaf" and figure.state != "unknown"]
        return [leaf for leaf in leaves if leaf.sources and leaf.sources[0] != "given"]

    def _record(self, name: str) -> Source:
        if name in self._runs:
            return self._runs[name][0]
        try:
            return self.catalog.source(name)
        except ChipgaugeError:
            return GIVEN if name == "given" else Source(name, name, "", "", "")

    # --- one entry -------------------------------------------------------------------------------------------

    def _derivation(self, figure: Figure, title: str) -> Derivation:
        value, printed = (
            pretty(text.quantity(figure)),
            self._formulas.get(figure.name, 0) if figure.kind == "formula" else 0,
        )
        said, dispute = self._statements(figure), self.disputes.get(figure.key, "")
        agree = tuple(one for one in said[1:] if one.role == ROLES["agrees"])
        rest = () if dispute else tuple(one for one in said[1:] if one.role != ROLES["agrees"])
        first = tuple(
            replace(one, text="") if value.partition(" (")[0].replace(",", "") == one.text.replace(",", "") else one
            for one in said[:1]
        )
        return Derivation(
            self.enter(figure), title, value,
            resting(figure) if figure.known else "",
            condition="" if figure.condition == "dense" else figure.condition,
            formula=self._formula(figure),
            printed=printed,
            infix=figure.kind != "formula" and figure.name in SIGNS,
            inputs=tuple(self._part(figure, name, child) for name, child in figure.inputs),
            cite="" if printed else figure.cite,
            why="" if figure.known or figure.entries or (figure.inputs and figure.missing) else self.spoken(figure.why, figure),
            note="" if figure.entries else figure.note,
            statements=(*first, *rest), agree=agree, dispute=dispute,
        )  # fmt: skip

    def _part(self, figure: Figure, name: str, child: Figure) -> Part:
        unit = child.unit.text if isinstance(child.value, float) and child.unit.text != "1" else ""
        return Part(
            name.replace("_", " "),
            pretty(f"{text.value(child)} {unit}".strip()),
            self.enter(child),
            name in figure.winner.split(TIE),
        )

    def _formula(self, figure: Figure) -> str:
        """Return how a figure is made: its formula with names, the sign between its inputs, or words before them."""
        if figure.kind == "formula" and figure.name in FORMULAS:
            return FORMULAS[figure.name].text().replace(" * ", " × ").replace("_", " ")
        if figure.kind == "leaf":
            return ""
        if figure.name in SIGNS:
            return figure.name.replace("*", "×").replace("-", "−")
        return {"total": "the sum of", "negative": "minus"}.get(figure.name, f"the {figure.name} of")

    def _statements(self, figure: Figure) -> tuple[Statement, ...]:
        if figure.kind != "leaf" or not figure.sources:
            return ()
        if not figure.entries:
            return (Statement(figure.text, "given", self.source(figure.sources[0])),)
        chosen = self._chosen(figure)
        rest = [entry for entry in figure.entries if entry is not chosen]
        return (self.statement(chosen, role="used"), *(self.statement(entry) for entry in rest))

    # --- words for a node ------------------------------------------------------------------------------------

    def title(self, figure: Figure) -> str:
        """Return what a node is, in words: `H20 96 GB: BF16 peak`."""
        if figure.key not in self._titles:
            self._titles[figure.key] = short(self._title(figure), 160)
        return self._titles[figure.key]

    def _title(self, figure: Figure) -> str:
        own = self._metric_of(figure)
        if own:
            metric, item, when = own
            return f"{item}: {metric}{when}" if item else f"{metric}{when}"
        if figure.name in ("/", "+") and len(figure.inputs) == 2:
            above, below = (self._metric_of(child) for _, child in figure.inputs)
            word = "over" if figure.name == "/" else "+"
            if above and below and above[1] == below[1] and above[0] != below[0]:
                return f"{above[1]}: {above[0]}{above[2]} {word} {below[0]}{below[2]}"
            if above and below and above[0] == below[0] and word == "over":
                return f"{above[0]}: {above[1]} over {below[1]}"
            if word == "+":
                return f"{self.title(figure.inputs[0][1])} + {self.title(figure.inputs[1][1])}"
            return f"{self.title(figure.inputs[0][1])} over {self.title(figure.inputs[1][1])}"
        if figure.name == "*" and len(figure.inputs) == 2 and _bare(figure.inputs[0][1]):
            (_, count), (_, each) = figure.inputs
            return f"{text.value(count)} × {self.title(each)}"
        if figure.inputs:
            words = (
                {"total_processing_performance": "TPP"}.get(figure.name, figure.name.replace("_", " "))
                if figure.kind == "formula"
                else {"*": "product", "-": "difference"}.get(figure.name, figure.name)
            )
            return f"{self.title(figure.inputs[0][1])}, {words}"
        if figure.name == "offer.spread":
            return f"{self._name(figure.key.partition('/')[0])}: spread of {figure.text}"
        refused = re.fullmatch(r"/\((.+), (.+)\)", figure.key)
        if refused and refused[1] in self.figures and refused[2] in self.figures:
            return f"{self.title(self.figures[refused[1]])} over {self.title(self.figures[refused[2]])}"
        return "Number" if _bare(figure) else figure.text or figure.key

    def spoken(self, why: str, figure: Figure) -> str:
        """Return a reason with words for the keys of the figures that it speaks of."""
        refused = re.fullmatch(r"/\((.+), (.+)\)", figure.key)
        for key in refused.groups() if refused else ():
            if key in self.figures:
                why = why.replace(key, self.title(self.figures[key]))
        return why

    def _metric_of(self, figure: Figure) -> tuple[str, str, str] | None:
        """Return metric, item and date in words for a leaf and for what the resolver made; None for other nodes."""
        if figure.kind == "leaf" and figure.item:
            date = figure.key.partition("@")[2]
            item = "" if figure.item == "constant" else self._name(figure.item)
            return self._words(figure.name), item, f", {date}" if date else ""
        found = re.fullmatch(r"([a-z0-9_.]+)\(((?:[0-9.e+]+ )?)([a-z0-9-]+)\)", figure.key)
        if found and found[3] in self.catalog.items:
            count = text.number(float(found[2])) + " " if found[2] else ""
            words = self._words(found[1])
            return (words, count + self._name(found[3]), "") if words else None
        return None

    def _words(self, metric: str) -> str:
        try:
            return metric_title(metric)
        except ChipgaugeError:
            return ""

    def _name(self, item: str) -> str:
        return brief(self.catalog.items[item].name) if item in self.catalog.items else item


def _bare(figure: Figure) -> bool:
    """Whether a figure is a number without a name: of a definition, or so many of an item."""
    return figure.kind == "leaf" and not figure.item and isinstance(figure.value, float) and figure.name == figure.text


def _within(title: str, group: str) -> str:
    """Return the title of an entry without what the heading of its group says.

    >>> _within("H20 96 GB: BF16 peak", "H20 96 GB"), _within("TPP: H200 over H20 96 GB", "Ratios to H20 96 GB")
    ('BF16 peak', 'TPP: H200')
    """
    return title.removeprefix(f"{group}: ").removesuffix(f" over {group.removeprefix('Ratios to ')}")


def differing(group: Sequence[Entry]) -> tuple[Entry | None, list[Entry], int]:
    """Return of one group what is adopted, what says otherwise, and how many other sources agree."""
    adopted = next((entry for entry in group if entry.role == "adopted"), None)
    others = [
        entry for entry in group if entry.role in ("conflict", "shown") and not (adopted and _same(entry, adopted))
    ]
    agreeing = sum(entry is not adopted and bool(adopted) and entry not in others for entry in group)
    return adopted, others, agreeing


def _same(a: Entry, b: Entry) -> bool:
    return same_value(a.value, b.value) and (a.low, a.high, a.absent) == (b.low, b.high, b.absent)


def same_value(a: object, b: object) -> bool:
    """Return whether two values are equal but for the last bits of a conversion."""
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-9 * abs(b)
    return a == b
