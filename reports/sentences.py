# SPDX-License-Identifier: Apache-2.0
"""Findings: sentences that the numbers make true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chipgauge.reports import text
from chipgauge.specs.quantities import in_sentence

if TYPE_CHECKING:
    from chipgauge.calc.compare import Comparison, Row
    from chipgauge.calc.equivalent import Equivalence
    from chipgauge.calc.thresholds import ItemVerdict, Reading, RuleVerdict
    from chipgauge.specs.catalog import Catalog
    from chipgauge.specs.figure import Figure
    from chipgauge.specs.records import Subject


def times(figure: Figure, what: str, of: str) -> str:
    """Return the words for a ratio: more, less, or about the same where the range holds 1.

    >>> from chipgauge.calc.quantity import quantity as resolve
    >>> times(resolve("tpp", "H200") / resolve("tpp", "H20"), "TPP", "the H20")
    '6.69 times the TPP of the H20'
    """
    if not figure.known:
        return f"an unknown share of the {what} of {of}"
    low, high = figure.bounds()
    shown, wide = text.ratio(figure), text.ratio_spread(figure)
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
        return [f"{text.subject_name(result.baseline)} alone: nothing to compare it with."]
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
            first: list[str | Times] = [f"{text.capital(_in_sentence(subject))} {verb} ", parts[0]]
            return [*first, *(one for part in parts[1:] for one in (" and ", part)), "."]
    if not numeric and result.rows:
        row = result.rows[0]
        said = [f"{text.value(row.values[subject.key])} ({text.subject_name(subject)})" for subject in result.subjects]
        return [f"{row.title}: {', '.join(said)}."]
    names = " or ".join(map(_in_sentence, others))
    return [f"No metric is known both of {_in_sentence(result.baseline)} and of {names}."]


def _in_sentence(subject: Subject) -> str:
    name = text.subject_name(subject)
    return name if subject.item.kind in ("model", "cluster") else text.named(name)


def _first_known(rows: Sequence[Row], key: str) -> list[Row]:
    return [row for row in rows if row.ratios[key].known][:1]


def noun(row: Row) -> str:
    """Return a metric's title inside a sentence: lower case unless it is an abbreviation."""
    return in_sentence(row.title)


def equivalent_finding(result: Equivalence, *, limits: bool = False) -> str:
    """Return the answer of an equivalence in one sentence: how many, how much dearer, how much more power, what binds.

    With `limits` it also says where nothing measured binds, and what nobody measured.
    """
    of = ("one " if result.of.count == 1 else "") + text.subject_name(result.of)
    of += f" ({result.state})" if result.state else ""
    part, count = text.subject_name(result.within), result.count
    if result.whole is None:
        answer = "has no answer" if count.state == "absent" else "is unknown"
        return f"How many {part} equal {of} by {_metric(result.by)} {answer}: {count.why.rstrip('.')}."
    if count.number < 10:
        wide = f" ({text.ratio_spread(count)})" if text.ratio_spread(count) else ""
        shown = text.ratio(count) if wide or count.number != round(count.number) else f"{count.number:.0f}"
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
        return " No known limit binds" + (f"; not known: {text.joined(lacking)}." if lacking else ".")
    wide = _around(result, limit.figure)
    return f" What binds is {_BINDING.get(name, name)}: {text.ratio(limit.figure)} times{wide} what there is."


def _around(result: Equivalence, figure: Figure) -> str:
    """Return the range of a ratio in brackets: bounds by a metric, 90% by a workload, which stands on assumptions."""
    if " " not in result.by:
        return f" ({text.ratio_spread(figure)})" if text.ratio_spread(figure) else ""
    from chipgauge.reports.ninety import base_ends

    found = base_ends(figure)
    return (
        f" ({text.two(found[0])} to {text.two(found[1])})" if found and text.two(found[0]) != text.two(found[1]) else ""
    )


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
        f"{text.ratio(figure)} times{_around(result, figure)} the {words}"
        for figure, words in ((result.capex_ratio, "purchase price"), (result.power_ratio, "power"))
        if figure.known
    ]
    leaves = [leaf for leaf in result.capex_ratio.leaves() if leaf.name.startswith("price")]
    sold = sorted({leaf.condition for leaf in leaves if leaf.condition}) if result.capex_ratio.known else []
    markets = {condition.split(",")[0] for condition in sold}
    note = f" (prices of different markets: {' against '.join(sold)})" if len(markets) > 1 else ""
    return f", at {text.joined(extra)}{note}" if extra else ""


def check_finding(result: ItemVerdict, on: str, catalog: Catalog) -> str:
    """Return the answer of a check: the outcome with the rules that decide it, then what stands beside it.

    Rules go by name; their ids, by which the table and the options call them, follow in brackets.
    """
    from chipgauge.calc.law.outcome import unenforced
    from chipgauge.reports.spoken import in_words

    combined, item = result.combined, result.subject.item
    because = f" ({', '.join(result.because)})" if result.because else ""
    said = in_words(result.text, catalog, of=item.id)
    parts = [f"{text.subject_name(result.subject)} on {on}: {said}{because}."]
    parts += [
        f"Beside it: {f'by {unenforced([one])}, ' if unenforced([one]) else ''}{one.branch.text} ({one.limb})."
        for one in combined.beside
        if one.branch and one.limb not in result.because
    ]
    if combined.open_conditions:
        parts.append(f"On {text.counted(len(combined.open_conditions), 'condition')}, below.")
    for one in combined.uncertain:
        without = in_words(f" without {', '.join(one.missing)}", catalog, of=item.id) if one.missing else ""
        parts.append(f"Open by {unenforced([one])}: {one.limb} ({one.verdict}{without}).")
    if combined.would_cross:
        names = list(dict.fromkeys(in_words(name, catalog) for name in combined.would_cross))
        parts.append(f"Would cross, if enacted, {text.lines(names)} ({', '.join(combined.would_cross)}).")
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
    return "crosses with " + text.joined([_line(other, {}) for other in failing])


_OPPOSITE = {">=": "<", ">": "<=", "<": ">=", "<=": ">", "==": "other than"}


def _line(row: Reading, signs: dict[str, str]) -> str:
    one = row.comparison
    shift = f" ({text.margin(1 / (row.margin + 1) - 1)})" if row.margin is not None and row.margin != -1 else ""
    return f"{one.metric} {signs.get(one.op, one.op)} {one.value}{shift}"


def reading(one: Reading | None) -> str:
    """Return a comparison in words: `tpp 2,368 TPP >= 2400 TPP does not hold`."""
    if one is None:
        return ""
    truth = {True: "holds", False: "does not hold", None: "is unknown"}[one.holds]
    unit = f" {one.figure.unit.text}" if one.figure.known and isinstance(one.figure.value, float) else ""
    name = one.figure.name if one.figure.name == "tpp.declared" else one.comparison.metric
    shown = text.value(one.figure)
    digits = text.DIGITS
    # as many digits as it takes to see on which side of the line the value is
    while one.margin and shown.replace(",", "") == one.comparison.value.split()[0] and digits < 15:
        digits += 1
        shown = text.value(one.figure, digits)
    return f"{name} {shown}{unit} {one.comparison.op} {one.comparison.value} {truth}"
