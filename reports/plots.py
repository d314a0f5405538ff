# SPDX-License-Identifier: Apache-2.0
"""The charts of a report: which figures they show, what they find, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from chipgauge.calc.compare import Comparison, Row
from chipgauge.calc.quantity import quantity
from chipgauge.calc.thresholds import RuleVerdict, check
from chipgauge.reports import text
from chipgauge.reports.charts import NARROW, WIDE, Bar, BarGroup, Box, Point, Region, ratio_bars, threshold_map
from chipgauge.reports.ledger import Ledger, Num, brief, pretty
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.figure import Figure
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.rules import Comparison as Test
from chipgauge.specs.rules import Limb, Rule
from chipgauge.specs.units import parse_unit, parse_value

RATIO_METRICS = (
    ("aggregate.tpp", "tpp"),
    ("peak.bf16",),
    ("memory.capacity",),
    ("memory.bandwidth",),
    ("power.tdp",),
    ("per_watt.peak.bf16",),
    ("price",),
    ("per_dollar.peak.bf16",),
)
"""What the chart of ratios shows, the first of each group that the comparison has; else its first numeric rows."""
MOST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in two widths, the finding as its caption, and its data: each row a name and its cells."""

    id: str
    title: str
    finding: str
    wide: Markup
    narrow: Markup
    keys: tuple[tuple[int, str], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Num | str, ...]], ...]
    notes: tuple[str, ...] = ()


# --- ratios ------------------------------------------------------------------------------------------------------


def ratio_chart(comparison: Comparison, ledger: Ledger) -> Chart | None:
    """Return the chart of ratios to the baseline; nothing where there is nothing to compare."""
    base = comparison.baseline
    others = [subject for subject in comparison.subjects if subject.key != base.key]
    rows = _chosen_rows(comparison)
    if not others or not rows:
        return None
    kinds = kinds_of(comparison.subjects)
    groups: list[tuple[str, list[tuple[Subject, Bar]]]] = []
    table: list[tuple[str, tuple[Num | str, ...]]] = []
    for row in rows:
        nums = [ledger.ratio(row.ratios[subject.key]) for subject in others]
        pairs = zip(others, nums, strict=True)
        groups.append((row.title, [(s, _bar(kinds[s.key], row.ratios[s.key], num)) for s, num in pairs]))
        table.append((row.title, tuple(nums)))
    name = brief(base.item.name) if base.count == 1 else label(base)
    words = f"Ratios to {name} on a logarithmic axis, as in the table below."
    drawn: list[Markup] = []
    for width, called in ((WIDE, label), (NARROW, tag)):
        bars = [BarGroup(title, tuple(replace(bar, label=called(s)) for s, bar in pairs)) for title, pairs in groups]
        drawn.append(Markup(ratio_bars(bars, width=width, label=words, baseline=name)))
    return Chart(
        "ratios", f"Ratios to the {name}", _ratio_finding(rows, others, name), drawn[0], drawn[1],
        tuple((kinds[subject.key], label(subject)) for subject in others),
        ("Metric", *map(label, others)), tuple(table),
    )  # fmt: skip


def kinds_of(subjects: Sequence[Subject]) -> dict[str, int]:
    """Return the shape and colour of each subject, the same in every chart."""
    return {subject.key: kind for kind, subject in enumerate(subjects)}


def label(subject: Subject) -> str:
    """Return a subject's short name, with its number where it is not one."""
    name = text.marked(brief(subject.item.name), subject.unshipped)
    return name if subject.count == 1 else f"{text.number(subject.count, 12)} {name}"


def tag(subject: Subject) -> str:
    """Return the shortest name of a subject: what the user called it, if that is shorter."""
    return min(text.short(subject), label(subject), key=len)


def _chosen_rows(comparison: Comparison) -> list[Row]:
    numeric = {row.metric: row for row in comparison.rows if row.numeric}
    chosen = [
        numeric[found] for group in RATIO_METRICS for found in [next((m for m in group if m in numeric), "")] if found
    ]
    rows = chosen or list(numeric.values())[:MOST_GROUPS]
    return [
        row for row in rows if any(ratio.known for key, ratio in row.ratios.items() if key != comparison.baseline.key)
    ]


def _bar(kind: int, figure: Figure, num: Num) -> Bar:
    if not figure.known or not isinstance(figure.value, float):
        return Bar("", kind, None, text=num.text)
    return Bar("", kind, figure.value, figure.low, figure.high, num.text, num.spread)


def _ratio_finding(rows: Sequence[Row], others: Sequence[Subject], base: str) -> str:
    parts: list[str] = []
    for row in rows:
        if row.metric not in ("aggregate.tpp", "tpp", "memory.bandwidth") and len(rows) > 2:
            continue
        known = [(row.ratios[s.key], label(s)) for s in others if row.ratios[s.key].known]
        if known:
            least, most = min(known, key=lambda pair: pair[0].number), max(known, key=lambda pair: pair[0].number)
            one = f"{text.ratio(most[0])} times ({most[1]})"
            span = one if len(known) == 1 else f"from {text.ratio(least[0])} ({least[1]}) to {one}"
            parts.append(f"{text.noun(row)} {span}")
    return f"Against the {base}: {'; '.join(parts)}." if parts else f"Ratios to the {base}."


# --- TPP against performance density -----------------------------------------------------------------------------


def map_chart(comparison: Comparison, catalog: Catalog, on: str, ledger: Ledger) -> Chart:
    """Return the map of every chip of the catalogue over the regions of the rules in force."""
    kinds = _compared_chips(comparison, catalog)
    chips = [item for item in catalog.items.values() if item.kind == "chip"]
    chips.sort(key=lambda item: (item.id not in kinds, item.name, item.id))
    makers = sorted({item.maker for item in chips}, key=lambda maker: (maker != "nvidia", maker))
    rules = [rule for rule in catalog.rules() if rule.kind == "classification" and rule.in_force(on)]
    classified = {rule.id for rule in rules}
    points: list[Point] = []
    table: list[tuple[str, tuple[Num | str, ...]]] = []
    unplaced: dict[str, list[str]] = {}
    counts: dict[str, list[str]] = {}
    nearest: list[tuple[float, str]] = []
    for chip in chips:
        tpp, density = (
            quantity(name, Subject(chip), catalog=catalog, on=on) for name in ("tpp", "performance_density")
        )
        found = check(chip.id, on=on, catalog=catalog, as_if=True).verdicts
        verdicts = [one for one in found if one.rule.id in classified and one.rule.item_class == "chip"]
        verdict = _words(verdicts)
        nearest += [row for one in verdicts if chip.id in kinds for row in _distance(chip, one)]
        counts.setdefault(verdict, []).append(chip.id)
        # Only what is compared is derived on the page: a hundred other chips would make it three times as large.
        cells = [ledger.num(one) if chip.id in kinds else text.value(one) for one in (tpp, density)]
        table.append((chip.name, (*cells, verdict)))
        if tpp.known and density.known and tpp.number > 0 and density.number > 0:
            ranges = [_ends(tpp), _ends(density)]
            (x0, x1), (y0, y1) = ranges
            x, y = tpp.in_unit(tpp.number) or 0, density.in_unit(density.number) or 0
            points.append(
                Point(chip.id, x, y, (x0, x1), (y0, y1), kinds.get(chip.id), min(makers.index(chip.maker), 1))
            )
        else:
            name, lacking = ("TPP", tpp) if not tpp.known else ("performance density", density)
            why = f"{name} {lacking.state} ({lacking.why.removesuffix(f' of {chip.name}')})"
            unplaced.setdefault(why, []).append(brief(chip.name))
    regions = regions_of(rules)
    words = "TPP against performance density of every chip in the tables, with the regions of the rules, as in the table below."
    axes = {"label": words, "x_title": "TPP", "y_title": "Performance density, TPP/mm²"}
    drawn: list[Markup] = []
    tags = {subject.item.id: tag(subject) for subject in comparison.subjects if subject.count == 1}
    for width, names in ((WIDE, dict[str, str]()), (NARROW, tags)):
        named = [
            replace(point, label=names.get(point.label, brief(catalog.items[point.label].name))) for point in points
        ]
        drawn.append(Markup(threshold_map(named, regions, width=width, **axes)))
    missing = [f"Not on the chart, {why}: {text.joined(names)}." for why, names in unplaced.items()]
    keys = tuple((kind, brief(catalog.items[chip].name)) for chip, kind in kinds.items())
    return Chart(
        "map", "TPP against performance density", " ".join([*(words for _, words in sorted(nearest)[:1]), _map_finding(counts, len(chips), on)]), drawn[0], drawn[1], keys,
        ("Chip", "TPP", "TPP/mm²", f"On {on}"), tuple(table), (*_marks(makers), *_exclusions(rules), *missing),
    )  # fmt: skip


def _ends(figure: Figure) -> tuple[float, float]:
    value = figure.in_unit(figure.number) or 0.0
    low, high = figure.in_unit(figure.low), figure.in_unit(figure.high)
    return (low or value, high or value)


def _compared_chips(comparison: Comparison, catalog: Catalog) -> dict[str, int]:
    """Return the chips to single out: those compared, and those inside the systems compared."""
    kinds: dict[str, int] = {}
    for kind, subject in enumerate(comparison.subjects):
        for chip in chips_of(subject.item, catalog):
            kinds.setdefault(chip.id, kind)
    return kinds


def chips_of(item: Item, catalog: Catalog) -> list[Item]:
    """Return the distinct chips in an item: itself, if it is a chip."""
    if item.kind != "system":
        return [item]
    inside = [entry.of for group in catalog.entries(item.id).values() for entry in group if entry.of]
    return [catalog.items[name] for name in dict.fromkeys(inside) if name in catalog.items]


def regions_of(rules: Sequence[Rule]) -> list[Region]:
    """Return what each rule covers of the plane of TPP and performance density, read from its record.

    A rule with another metric in every limb has no region here.
    """
    boxes = {rule.id: tuple(box for limb in rule.limbs for box in [_box(limb)] if box) for rule in rules}
    return [
        Region(rule_label(rule), boxes[rule.id], tuple(box for name in rule.yields_to for box in boxes.get(name, ())))
        for rule in rules
        if boxes[rule.id]
    ]


def rule_label(rule: Rule) -> str:
    """Return the short name of a rule: the entry of the control list that its title ends with (`3A090.a`), else the title."""
    last = rule.title.split()[-1] if rule.title.split() else rule.id
    return last if last[:1].isdigit() and last[1:2].isalpha() else rule.title


def _box(limb: Limb) -> Box | None:
    ends: dict[tuple[str, str], float] = {}
    for one in limb.all:
        if one.metric not in ("tpp", "performance_density") or one.op == "==":
            return None
        limit, printed = parse_value(one.value)[0], parse_unit(find(one.metric).unit)
        side = "low" if one.op in (">", ">=") else "high"
        ends[one.metric, side] = limit * printed.denominator / printed.numerator
    get = ends.get
    return Box(
        get(("tpp", "low")), get(("tpp", "high")),
        get(("performance_density", "low")), get(("performance_density", "high")),
    )  # fmt: skip


def _words(verdicts: Sequence[RuleVerdict]) -> str:
    """Return the verdicts on a chip in a few words: what it crosses, else where readings differ, else what is unknown."""
    for wanted, words in (("crosses", ""), ("straddles", "on the line of "), ("unknown", "unknown for ")):
        hit = [rule_label(one.rule) for one in verdicts if one.verdict == wanted]
        if hit:
            return words + text.joined(hit)
    return "below" if verdicts else "no rule in force"


def limit_words(one: Test) -> str:
    """Return the limit of a comparison of a rule as it is printed: `4,800 TPP`, or the word it asks for."""
    if one.metric in QUANTITIES and find(one.metric).kind != "number":
        return one.value
    value, _, unit = parse_value(one.value)
    return pretty(f"{text.number(value * unit.denominator / unit.numerator, 6)} {unit.text}".removesuffix(" 1"))


def _distance(chip: Item, one: RuleVerdict) -> list[tuple[float, str]]:
    """Return how far a chip is from the line that decides, and the same in words."""
    reading = one.deciding
    if reading is None or reading.margin is None:
        return []
    margin = float(reading.margin)
    side = (
        "exactly on"
        if margin == 0
        else f"{text.margin(abs(reading.margin)).lstrip('+')} {'above' if margin > 0 else 'below'}"
    )
    limit = limit_words(reading.comparison)
    return [
        (
            abs(margin),
            f"{text.named(chip.name)[:1].upper()}{text.named(chip.name)[1:]} stands {side} the {limit} line of {rule_label(one.rule)}.",
        )
    ]


def _map_finding(counts: dict[str, list[str]], total: int, on: str) -> str:
    order = sorted(counts, key=lambda word: (word == "below", word.startswith("unknown"), word))
    parts: list[str] = []
    for word in order:
        number = len(counts[word])
        one, many = ("is", "are") if word == "below" or " " in word else ("crosses", "cross")
        parts.append(f"{number} {one if number == 1 else many} {word}")
    return (
        f"Of the {total} chips in the tables, on {on}: {text.joined(parts)}." if total else "No chip is in the tables."
    )


def _marks(makers: Sequence[str]) -> list[str]:
    rest = " A cross (×) is a chip of another maker." if len(makers) > 1 else ""
    return (
        [f"Labelled marks are the compared chips; a plus (+) is another chip of {makers[0].upper()}.{rest}"]
        if makers
        else []
    )


def _exclusions(rules: Sequence[Rule]) -> list[str]:
    """Return what the regions cannot show: the exclusion of a rule, and the reading that law takes."""
    cites = dict.fromkeys(limb.citation for rule in rules if rule.item_class == "chip" for limb in rule.unless)
    notes = [f"The regions leave out an exclusion of the rules ({cite})." for cite in cites]
    if rules:
        notes.append(
            "Points stand at our TPP; law takes the maker's own where that is higher, so a verdict may differ from the place."
        )
    return notes
