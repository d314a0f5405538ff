# SPDX-License-Identifier: Apache-2.0
"""Words and numbers as people read them: one way to print a value, a range, a ratio and a finding.

Rounding is half to even on the shortest decimal, as JavaScript's Intl does it with the same options, so that a page
and a terminal show the same digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, NamedTuple

from chipgauge.calc.formula import FORMULAS
from chipgauge.specs.quantities import QUANTITIES, find, in_sentence

if TYPE_CHECKING:
    from chipgauge.calc.compare import Comparison, Row
    from chipgauge.calc.equivalent import Equivalence
    from chipgauge.calc.thresholds import ItemVerdict, Reading, RuleVerdict
    from chipgauge.specs.catalog import Catalog
    from chipgauge.specs.figure import Figure
    from chipgauge.specs.records import Entry, Subject

DIGITS = 4
MOST_LACKING = 12
"""So many figures without a value are named under a table."""


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number with at most so many significant digits, thousands separated; whole numbers are kept whole.

    >>> number(15832.0), number(6.6858108), number(0.149569), number(1228800.0)
    ('15,832', '6.686', '0.1496', '1,228,800')
    >>> number(131582.4468, 6), number(2.0e30)
    ('131,582', '2e+30')
    """
    if value == 0:
        return "0"
    exact = Decimal(repr(float(value)))
    if abs(value) >= 1e15 or abs(value) < 1e-6:
        return f"{Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(exact).normalize():g}"
    decimals = max(digits - 1 - exact.adjusted(), 0)
    shown = format(exact.quantize(Decimal((0, (1,), -decimals)), rounding=ROUND_HALF_EVEN), ",f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def value(figure: Figure, digits: int = DIGITS) -> str:
    """Return the value of a figure in its unit, without the unit; `unknown` or `absent` where there is none."""
    if figure.value is None:
        floor = figure.in_unit(figure.floor)
        return f"at least {number(floor, digits)}" if floor is not None else figure.state
    if isinstance(figure.value, bool):
        return "yes" if figure.value else "no"
    if isinstance(figure.value, str):
        return figure.value
    return number(figure.in_unit(figure.value) or 0.0, digits)


def spread(figure: Figure, digits: int = DIGITS) -> str:
    """Return the range of a figure as `752 to 800`, or nothing where it has none."""
    low, high = figure.in_unit(figure.low), figure.in_unit(figure.high)
    if not figure.known or low is None or high is None:
        return ""
    ends = number(low, digits), number(high, digits)
    return "" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def plain(figure: Figure, digits: int = DIGITS) -> str:
    """Return value and unit of a figure, without its range."""
    shown = value(figure, digits)
    return f"{shown} {figure.unit.text}" if isinstance(figure.value, float) and figure.unit.text != "1" else shown


def quantity(figure: Figure, digits: int = DIGITS) -> str:
    """Return value, unit and range of a figure as one text.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> quantity(resolve("peak.bf16", "910C"))
    '752 TFLOP/s (752 to 800)'
    """
    shown, wide = plain(figure, digits), spread(figure, digits)
    return f"{shown} ({wide})" if wide else shown


def ratio(figure: Figure) -> str:
    """Return a ratio with two decimals from 0.1 on (`6.69`), else three significant digits; `-` where there is none.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> ratio(resolve("tpp", "H200") / resolve("tpp", "H20"))
    '6.69'
    """
    if not figure.known or not isinstance(figure.value, float):
        return "-"
    return two(figure.value)


def ratio_spread(figure: Figure) -> str:
    """Return the range of a ratio, or nothing."""
    low, high = figure.bounds()
    if not figure.known or low is None or high is None or two(low) == two(high):
        return ""
    return f"{two(low)} to {two(high)}"


def two(value: float) -> str:
    """Return a ratio as it is printed: two decimals from 0.1 to 100, else three significant digits, whole numbers kept whole.

    >>> two(6.686), two(0.0123), two(1951.2)
    ('6.69', '0.0123', '1,951')
    """
    if abs(value) >= 99.995 or 0 < abs(value) < 0.1:
        return number(value, 3)
    return format(Decimal(repr(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN), "f")


def counted(number_of: int, thing: str) -> str:
    """Return `1 source`, `2 sources`.

    >>> counted(1, "figure"), counted(1200, "source")
    ('1 figure', '1,200 sources')
    """
    return f"{number_of:,} {thing}{'' if number_of == 1 else 's'}"


def joined(words: Sequence[str]) -> str:
    """Return `a, b and c`.

    >>> joined(["a", "b", "c"]), joined(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


# --- findings: sentences that the numbers make true ---


def times(figure: Figure, what: str, of: str) -> str:
    """Return the words for a ratio: more, less, or about the same where the range holds 1.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> times(resolve("tpp", "H200") / resolve("tpp", "H20"), "TPP", "the H20")
    '6.69 times the TPP of the H20'
    """
    if not figure.known:
        return f"an unknown share of the {what} of {of}"
    low, high = figure.bounds()
    shown, wide = ratio(figure), ratio_spread(figure)
    around = f" ({wide})" if wide else ""
    if shown == "1.00" or (low is not None and high is not None and low <= 1 <= high):
        return f"about the same {what} as {of}" + (f" ({shown}; {wide})" if wide else "")
    return f"{shown} times{around} the {what} of {of}"


class Times(NamedTuple):
    """The words for one ratio in a finding, still with its figure."""

    figure: Figure
    what: str
    of: str

    def __str__(self) -> str:
        return times(*self)


def compare_finding(result: Comparison) -> str:
    """Return the answer of a comparison in one sentence: how the first other item stands to the baseline."""
    return "".join(map(str, compare_parts(result)))


def compare_parts(result: Comparison) -> list[str | Times]:
    """Return that sentence in parts: words, and ratios that can still be read otherwise."""
    others = [subject for subject in result.subjects if subject.key != result.baseline.key]
    if not others:
        return [f"{subject_name(result.baseline)} alone: nothing to compare it with."]
    numeric = [row for row in result.rows if row.numeric]
    has = {row.metric for row in numeric}
    metrics = ("aggregate.tpp" if "aggregate.tpp" in has else "tpp", "memory.bandwidth")
    rows = [row for row in numeric if row.metric in metrics] or numeric
    for subject in others:
        known = [row for row in rows if row.ratios[subject.key].known][:2] or _first_known(numeric, subject.key)
        if known:
            baseline = _in_sentence(result.baseline)
            parts = [Times(row.ratios[subject.key], noun(row), baseline) for row in known]
            verb = "has" if subject.count == 1 else "have"
            first: list[str | Times] = [f"{capital(_in_sentence(subject))} {verb} ", parts[0]]
            return [*first, *(one for part in parts[1:] for one in (" and ", part)), "."]
    if not numeric and result.rows:
        row = result.rows[0]
        said = [f"{value(row.values[subject.key])} ({subject_name(subject)})" for subject in result.subjects]
        return [f"{row.title}: {', '.join(said)}."]
    names = " or ".join(map(_in_sentence, others))
    return [f"No metric is known both of {_in_sentence(result.baseline)} and of {names}."]


def _in_sentence(subject: Subject) -> str:
    name = subject_name(subject)
    return name if subject.item.kind in ("model", "cluster") else named(name)


def _first_known(rows: Sequence[Row], key: str) -> list[Row]:
    return [row for row in rows if row.ratios[key].known][:1]


def noun(row: Row) -> str:
    """Return a metric's title inside a sentence: lower case unless it is an abbreviation."""
    return in_sentence(row.title)


def named(name: str) -> str:
    """Return a name as it stands in a sentence: without the maker, with an article before a single part.

    >>> named("NVIDIA H20 96 GB"), named("8 H20 96 GB")
    ('the H20 96 GB', '8 H20 96 GB')
    """
    short = name.removeprefix("NVIDIA ").removeprefix("Huawei ")
    first, _, rest = short.partition(" ")
    return short if rest and first.replace(",", "").replace(".", "").isdigit() else f"the {short}"


def _label(name: str, count: float) -> str:
    return name if count == 1 else f"{number(count, 12)} {name.removeprefix('NVIDIA ').removeprefix('Huawei ')}"


def capital(text: str) -> str:
    """Return words as they begin a sentence; a name such as xAI keeps its small letter.

    >>> capital("price of a chip"), capital("xAI")
    ('Price of a chip', 'xAI')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]  # xAI


def sentence(words: str) -> str:
    """Return words as a sentence of their own: they begin with a capital and end with a full stop.

    >>> sentence("shown beside it"), sentence("It is so."), sentence("")
    ('Shown beside it.', 'It is so.', '')
    """
    return capital(words) + "." * (bool(words) and words[-1] not in ".!?…:;)")


def equivalent_finding(result: Equivalence, *, limits: bool = False) -> str:
    """Return the answer of an equivalence in one sentence: how many, how much dearer, how much more power, what binds.

    With `limits` it also says where nothing measured binds, and what nobody measured.
    """
    of = ("one " if result.of.count == 1 else "") + subject_name(result.of)
    of += f" ({result.state})" if result.state else ""
    part, count = subject_name(result.within), result.count
    if result.whole is None:
        answer = "has no answer" if count.state == "absent" else "is unknown"
        return f"How many {part} equal {of} by {_metric(result.by)} {answer}: {count.why.rstrip('.')}."
    if count.number < 10:
        wide = f" ({ratio_spread(count)})" if ratio_spread(count) else ""
        shown = ratio(count) if wide or count.number != round(count.number) else f"{count.number:.0f}"
        verb = "equals" if shown == "1" else "equal"
        return f"{shown} {part}{wide} {verb} {of} by {_metric(result.by)}{_extra(result)}.{_binds(result, limits)}"
    wide = ""
    if result.whole_range and result.whole_range[0] != result.whole_range[1]:
        others = [f"{_up(figure)} with {how}" for how, figure in result.otherwise if figure.known]
        wide = f" ({'; '.join([f'{result.whole_range[0]:,} to {result.whole_range[1]:,}', *others])})"
    return f"{result.whole:,} {part}{wide} equal {of} by {_metric(result.by)}{_extra(result)}.{_binds(result, limits)}"


def _up(figure: Figure) -> str:
    """Return a number of chips rounded up."""
    from math import ceil

    return f"{ceil(figure.number * (1 - 1e-12)):,}"


def _binds(result: Equivalence, limits: bool) -> str:
    """Return what binds as a sentence; where nothing measured does, that, and what nobody measured."""
    name = result.binding.partition(":")[0]
    limit = next((row for row in result.limits if row.name == name and row.figure.known), None)
    if limit is None and not limits:
        return ""
    if limit is None:
        lacking = [
            _BINDING.get(row.name, row.name) for row in result.limits if not row.figure.known and row.name in _BINDING
        ]
        return " No known limit binds" + (f"; not known: {joined(lacking)}." if lacking else ".")
    wide = _around(result, limit.figure)
    return f" What binds is {_BINDING.get(name, name)}: {ratio(limit.figure)} times{wide} what there is."


def _around(result: Equivalence, figure: Figure) -> str:
    """Return the range of a ratio in brackets: bounds by a metric, 90% by a workload, which stands on assumptions."""
    if " " not in result.by:
        return f" ({ratio_spread(figure)})" if ratio_spread(figure) else ""
    from chipgauge.reports.ninety import base_ends

    found = base_ends(figure)
    return f" ({two(found[0])} to {two(found[1])})" if found and two(found[0]) != two(found[1]) else ""


_BINDING = {
    "stock": "the stock of chips",
    "export cap": "the cap on exports",
    "time": "the time until the chips are there",
}


def _metric(name: str) -> str:
    """Return the words for a metric, or for a workload, as they stand inside a sentence."""
    if " " in name:
        work, _, model = name.partition(" ")
        return f"the rate of {'training' if work == 'train' else 'decoding'} {model}"
    from chipgauge.calc.compare import metric_title

    return in_sentence(metric_title(name))


def _extra(result: Equivalence) -> str:
    extra = [
        f"{ratio(figure)} times{_around(result, figure)} the {words}"
        for figure, words in ((result.capex_ratio, "purchase price"), (result.power_ratio, "power"))
        if figure.known
    ]
    leaves = [leaf for leaf in result.capex_ratio.leaves() if leaf.name.startswith("price")]
    sold = sorted({leaf.condition for leaf in leaves if leaf.condition}) if result.capex_ratio.known else []
    markets = {condition.split(",")[0] for condition in sold}
    note = f" (prices of different markets: {' against '.join(sold)})" if len(markets) > 1 else ""
    return f", at {joined(extra)}{note}" if extra else ""


def check_finding(result: ItemVerdict, on: str) -> str:
    """Return the answer of a check: the outcome with the rules that decide it, then what stands beside it."""
    combined = result.combined
    because = f" ({', '.join(result.because)})" if result.because else ""
    parts = [f"{subject_name(result.subject)} on {on}: {result.text}{because}."]
    parts += [
        f"Beside it: {one.branch.text} ({one.limb})."
        for one in combined.beside
        if one.branch and one.limb not in result.because
    ]
    if combined.open_conditions:
        parts.append(f"On {counted(len(combined.open_conditions), 'condition')}, below.")
    for one in combined.uncertain:
        parts.append(
            f"Open, as text not enforced: {one.limb} ({one.verdict}{', missing ' + ', '.join(one.missing) if one.missing else ''})."
        )
    if combined.would_cross:
        parts.append(f"Would cross, if enacted: {', '.join(combined.would_cross)}.")
    return " ".join(parts)


def flip(one: RuleVerdict) -> str:
    """Return what change of the deciding comparisons would turn a verdict, in words; nothing where none would alone."""
    row = one.deciding
    if row is None or row.margin is None:
        return ""
    if one.verdict == "crosses" and row.holds:
        return f"until {_line(row, _OPPOSITE)}"
    failing = [
        other for other in one.readings if other.limb == row.limb and other.rule == row.rule and other.holds is False
    ]
    if one.verdict != "below" or row.holds or not failing:
        return ""
    return "crosses with " + joined([_line(other, {}) for other in failing])


_OPPOSITE = {">=": "<", ">": "<=", "<": ">=", "<=": ">", "==": "other than"}


def _line(row: Reading, signs: dict[str, str]) -> str:
    one = row.comparison
    shift = f" ({margin(1 / (row.margin + 1) - 1)})" if row.margin is not None and row.margin != -1 else ""
    return f"{one.metric} {signs.get(one.op, one.op)} {one.value}{shift}"


def metric(name: str) -> str:
    """Return a metric of a rule in words, as it stands inside a sentence.

    >>> metric("memory.bandwidth + io.bandwidth")
    'memory bandwidth + I/O bandwidth, both ways'
    """
    import re

    def words(found: re.Match[str]) -> str:
        return find(found[0]).noun if found[0] in QUANTITIES else found[0]

    return re.sub(r"[a-z][a-z0-9_.]*", words, name)


def margin(reading_margin: object) -> str:
    """Return a margin as a signed percentage.

    >>> from fractions import Fraction
    >>> margin(Fraction(-1, 75))
    '-1.3%'
    """
    if reading_margin is None:
        return ""
    percent = float(reading_margin) * 100  # type: ignore[arg-type]
    if abs(percent) >= 1000:
        return f"{percent:+,.0f}%"
    return f"{percent:+.1f}%" if abs(percent) >= 0.05 or percent == 0 else f"{percent:+.2g}%"


# --- cells and notes ---


def short(subject: Subject) -> str:
    """Return how a subject is called in a column head: as the user named it.

    >>> from chipgauge.specs.catalog import catalog
    >>> short(catalog().subject("H200"))
    'H200'
    """
    return marked(subject.given if 0 < len(subject.given) <= 40 else subject.key, subject.unshipped)


def subject_name(subject: Subject) -> str:
    """Return the full name of an item or amount, marked where no delivery of it was read."""
    return marked(_label(subject.item.name, subject.count), subject.unshipped)


def marked(name: str, unshipped: str) -> str:
    """Return a name with the word for a part that does not ship, unless the name says so itself.

    >>> marked("R200", "announced"), marked("Rubin R200 (one package)", "announced"), marked("B30A (rumoured)", "rumoured")
    ('R200 (announced)', 'Rubin R200 (one package, announced)', 'B30A (rumoured)')
    >>> marked("H20", "")
    'H20'
    """
    if not unshipped or unshipped in name:
        return name
    return f"{name[:-1]}, {unshipped})" if name.endswith(")") else f"{name} ({unshipped})"


_UNSHIPPED = {
    "rumoured": "is a rumour: its maker has announced no such part, and its figures are hearsay",
    "announced": "is announced: no delivery of it was read of, and its figures are what was announced",
    "never shipped": "never shipped in volume: its figures are what was presented",
}


def _standing(subject: Subject, catalog: Catalog) -> list[str]:
    """Return what a part is of which no delivery was read, and who says so."""
    leaf = catalog.lifecycle(subject.item) if subject.unshipped else None
    if leaf is None:
        return []
    why = (leaf.why or leaf.note).rstrip(".")
    return [
        f"{subject.item.name} {_UNSHIPPED[subject.unshipped]} ({source_names(catalog, leaf)}{f': {why}' if why else ''})"
    ]


def cell(figure: Figure) -> str:
    """Return a value with its range and a mark where it is not simply stated: ~ estimated, * assumed."""
    wide = spread(figure)
    return value(figure) + (f" ({wide})" if wide else "") + mark(figure)


def mark(figure: Figure) -> str:
    """Return the mark of a figure that rests on an estimate (~) or an assumption (*)."""
    return {"estimated": " ~", "assumed": " *"}.get(figure.weakest_status(), "") if figure.known else ""


def ratio_cell(figure: Figure) -> str:
    """Return a ratio with its range."""
    wide = ratio_spread(figure)
    return ratio(figure) + (f" ({wide})" if wide else "")


def reading(one: Reading | None) -> str:
    """Return a comparison in words: `tpp 2,368 TPP >= 2400 TPP does not hold`."""
    if one is None:
        return ""
    truth = {True: "holds", False: "does not hold", None: "is unknown"}[one.holds]
    unit = f" {one.figure.unit.text}" if one.figure.known and isinstance(one.figure.value, float) else ""
    name = one.figure.name if one.figure.name == "tpp.declared" else one.comparison.metric
    shown = value(one.figure)
    digits = DIGITS
    # as many digits as it takes to see on which side of the line the value is
    while one.margin and shown.replace(",", "") == one.comparison.value.split()[0] and digits < 15:
        digits += 1
        shown = value(one.figure, digits)
    return f"{name} {shown}{unit} {one.comparison.op} {one.comparison.value} {truth}"


BOUNDS = "are bounds over credible conflicts"
DRAWN = "hold 90% of draws"
"""What the ranges of an answer do, without draws and with them."""


def notes(
    catalog: Catalog, subjects: Sequence[Subject], figures: Sequence[Figure], *, ranges: str = BOUNDS
) -> list[str]:
    """Return what a reader must know: what names were taken to mean, what marks mean, why figures are missing.

    `ranges` says what the ranges of the answer do: `BOUNDS` or `DRAWN`.
    """
    rows: list[str] = []
    for subject in subjects:
        if subject.given and subject.given not in (subject.item.id, subject.key):
            also = f"; also: {', '.join(subject.others)}" if subject.others else ""
            rows.append(f"{subject.given} = {subject_name(subject)} ({subject.item.id}){also}")
        rows += _standing(subject, catalog)
        if subject.item.kind == "cluster":
            from chipgauge.calc.clusters import taken

            rows += filter(None, [taken(subject.item, catalog, figures)])
    lacking = {figure.key: figure for figure in figures if not figure.known and figure.why}
    rows += [f"{key} is {figure.state}: {figure.why}" for key, figure in sorted(lacking.items())[:MOST_LACKING]]
    if len(lacking) > MOST_LACKING:
        rows.append(f"{counted(len(lacking) - MOST_LACKING, 'more figure')} without a value: --json says why")
    rows += preferred_against_us(catalog, figures)
    leaves = {leaf.key: leaf for figure in figures for leaf in figure.leaves() if leaf.name.startswith("price")}
    leaves = {key: leaf for key, leaf in leaves.items() if leaf.text}
    rows += [f"{leaf.item}: price {price(leaf.text, leaf)}" for _, leaf in sorted(leaves.items())]
    modes = {child.key: child for f in figures for node in f.nodes() for name, child in node.inputs if name == "modes"}
    assumed = sorted(child.item for child in modes.values() if child.status == "assumed")
    if assumed:
        rows.append(f"that TPP is taken over every operating mode is an assumption (tpp.modes) for {joined(assumed)}")
    if any(mark(figure) for figure in figures):
        rows.append(f"~ rests on an estimate, * on an assumption; ranges {ranges}")
    return rows + (source_notes(catalog, figures) if figures else [])


def preferred_against_us(catalog: Catalog, figures: Sequence[Figure]) -> list[str]:
    """Return why we do not adopt what was preferred: a known error must not pass for a figure like any other."""
    if not catalog.prefer:
        return []
    leaves = {leaf.key: leaf for figure in figures for leaf in figure.leaves()}
    said = {
        key: f"{key}, {entry.text}, is preferred as asked; we show it and do not adopt it: {entry.why}"
        for key, leaf in sorted(leaves.items())
        for entry in leaf.entries
        if entry.role == "shown" and entry.text == leaf.text and entry.source == leaf.sources[0]
    }
    rest = len(said) - MOST_LACKING
    more = [f"{counted(rest, 'more figure')} preferred against our choice: chipgauge show says why"] if rest > 0 else []
    return list(said.values())[:MOST_LACKING] + more


def price(first: str, leaf: Figure) -> str:
    """Return what a price is, after some first words: on what terms it was asked, and when."""
    return ", ".join(part for part in (first, leaf.condition, leaf.key.partition("@")[2]) if part)


def source_notes(catalog: Catalog, figures: Sequence[Figure]) -> list[str]:
    """Return the sources under some figures, a line."""
    ids = list(dict.fromkeys(name for figure in figures for name in figure.all_sources()))
    if not ids:
        return []
    publishers = list(dict.fromkeys(catalog.source(name).publisher for name in ids))
    return [
        f"{counted(len(ids), 'source')}: {', '.join(publishers[:12])}" + (" and others" if len(publishers) > 12 else "")
    ]


def source_names(catalog: Catalog, figure: Figure) -> str:
    """Return the publishers under a figure."""
    return ", ".join(dict.fromkeys(catalog.source(name).publisher for name in figure.all_sources()))


def entry_source(catalog: Catalog, entry: Entry) -> str:
    """Return who says an entry, and through whom it was read."""
    told = f" (read via {catalog.source(entry.via).publisher})" if entry.via else ""
    return catalog.source(entry.source).publisher + told


def step(node: Figure) -> str:
    """Return what a node of a derivation is called.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> step(resolve("peak.bf16", "H20"))
    'nvidia-h20-96gb/peak.bf16'
    """
    if node.kind == "operation" and node.key.startswith(f"{node.name}("):
        signs = {sign: f"a {sign} b" for sign in ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=")}
        return signs.get(node.name, node.name)
    return node.key if len(node.key) <= 70 else f"{node.name} of {len(node.inputs)} figures"


def how(node: Figure, catalog: Catalog) -> str:
    """Return how a node came about: as printed by whom, the formula with its citation, or the operation."""
    if node.kind == "leaf":
        if not node.known:
            return f"{node.state}: {node.why}"
        says = ", read via ".join(catalog.source(name).publisher for name in node.sources)
        printed = f'"{node.text}"' if node.text else ""
        why = f" ({node.status}: {node.why})" if node.status != "stated" and node.why else ""
        return f"{printed} {says}{f', {node.condition}' if node.condition else ''}{why}".strip()
    if node.kind == "formula":
        return f"{FORMULAS[node.name].text()}  [{node.cite}]"
    winner = f", decided by {node.winner}" if node.winner else ""
    note = f" ({node.note})" if node.note else ""
    return {"*": "product", "/": "quotient", "+": "sum", "-": "difference"}.get(node.name, node.name) + winner + note
