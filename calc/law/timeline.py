# SPDX-License-Identifier: Apache-2.0
"""The status of an item under every rule over time, as spans of equal verdict; the outcome after precedence likewise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from chipgauge.calc.law.outcome import RuleVerdict
from chipgauge.calc.law.scope import Party, outcomes_of
from chipgauge.calc.thresholds import Court, chosen_rules, comparisons_of, court_of, make_party, value_days
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.records import Subject
from chipgauge.specs.rules import Period, Rule

START = "2022-01-01"


class Span(NamedTuple):
    """From its first to its last day the verdict (or the combined outcome) is the same."""

    since: str
    until: str
    verdict: str
    outcome: str
    because: tuple[str, ...] = ()
    text: str = ""


class Timeline(NamedTuple):
    """The spans of one item: of each rule that was ever in force and reached it, and of the outcome."""

    subject: Subject
    rules: tuple[tuple[Rule, tuple[Span, ...]], ...]
    outcomes: tuple[Span, ...]


def timeline(
    item: str | Subject,
    *,
    start: str = START,
    until: str = "",
    lens: str = "text",
    rule: str = "",
    to: str = "",
    hq: str = "",
    exporter: str = "",
    as_if: bool = False,
    catalog: Catalog | None = None,
    courts: dict[str, Court] | None = None,
) -> Timeline:
    """Return the status of an item from a day to another, under each rule and combined.

    The figures of the item are those of the tables, on every day: a chip is judged also on days before its release.
    `courts` keeps the cases by day for further items under the same lens and party.

    Examples
    --------
    The A800 was free in 2022 and controlled from 17 November 2023:

    >>> spans = dict((r.id, s) for r, s in timeline("A800", rule="us-bis-3a090-a").rules)["us-bis-3a090-a"]
    >>> [(span.since, span.verdict) for span in spans]
    [('2022-01-01', 'not_in_force'), ('2023-11-17', 'crosses')]
    """
    catalog = catalog or shipped()
    until = until or catalog.as_of
    party = make_party(until, lens, to, hq, exporter, as_if, catalog)
    subject = item if isinstance(item, Subject) else catalog.subject(item)
    rules, wanted = chosen_rules(rule, catalog)
    case = court_of(catalog, until, lens, party)
    whole, chips = case.worlds(subject)
    rows: dict[str, list[Span]] = {one.id: [] for one in rules if one.id in wanted}
    outcomes: list[Span] = []
    last: dict[str, RuleVerdict] = {}
    courts = {} if courts is None else courts
    first = case.at(start).first(subject, whole, chips, rules)
    rules = _of_its_class(rules, first[0].values())
    ids = {one.id for one in rules}
    first = [{name: one for name, one in of_chip.items() if name in ids} for of_chip in first]
    for day, moved in _moved(catalog, rules, party, start, until):
        court = courts.get(day) or courts.setdefault(day, case.at(day))
        for of_chip, changed in zip(first, court.first(subject, whole, chips, moved), strict=True):
            of_chip |= changed
        found = court.decide(subject, rules, wanted, first)
        for one in found.verdicts:
            if last.get(one.rule.id) is one:
                continue
            last[one.rule.id] = one
            code = one.branch.code if one.branch and one.verdict == "crosses" and not one.proposed else ""
            _append(rows[one.rule.id], Span(day, until, one.verdict, "PROPOSED" if one.proposed else code))
        _append(outcomes, Span(day, until, "", found.outcome, found.because, found.text))
    quiet = ("not_in_force", "out_of_scope")
    kept = [one for one in rules if one.id in rows and (rule or any(s.verdict not in quiet for s in rows[one.id]))]
    return Timeline(subject, tuple((one, tuple(rows[one.id])) for one in kept), tuple(outcomes))


def _of_its_class(rules: list[Rule], verdicts: Iterable[RuleVerdict]) -> list[Rule]:
    """Return the rules without those about another class of things, on any day, that no other rule stands in relation to."""
    related = {name for rule in rules for name in (*rule.related, rule.outcomes_as)}
    other = {one.rule.id for one in verdicts if one.other_class and one.rule.id not in related}
    return [rule for rule in rules if rule.id not in other]


def _append(spans: list[Span], new: Span) -> None:
    if spans and spans[-1][2:] == new[2:]:
        return
    if spans:
        spans[-1] = spans[-1]._replace(until=day_before(new.since))
    spans.append(new)


def standing_since(rule: Rule, period: Period) -> Period:
    """Return the first of the periods that follow each other without a gap up to one, the text standing in all as in it."""
    for before in rule.valid:
        if before.until and day_after(before.until) == period.since and before.text_status == period.text_status:
            return standing_since(rule, before)
    return period


def day_before(day: str) -> str:
    """Return the day before a day (ISO text)."""
    return (date.fromisoformat(day) - timedelta(1)).isoformat()


def day_after(day: str) -> str:
    """Return the day after a day (ISO text)."""
    return (date.fromisoformat(day) + timedelta(1)).isoformat()


def _moved(
    catalog: Catalog, rules: list[Rule], party: Party, start: str, until: str
) -> Iterator[tuple[str, list[Rule]]]:
    """Yield every day on which something may change, with the rules whose verdicts may: all others stand as they did."""
    book, memberships = catalog.rulebook(), catalog.groups().days() if party.seat else set[str]()
    days = {rule.id: _days(rule, book) | memberships for rule in rules}
    for day in sorted({start}.union(*days.values())):
        if start <= day <= until:
            yield day, [rule for rule in rules if day in days[rule.id]]


def _days(rule: Rule, book: Mapping[str, Rule]) -> set[str]:
    """Return the days on which the verdict of a rule may change: periods, branches of outcomes, values."""
    spans = [(one.since, one.until) for one in rule.valid]
    spans += [(one.since, one.until) for one in outcomes_of(rule, book)]
    days = {since for since, _ in spans if since} | {day_after(last) for _, last in spans if last}
    return days | value_days(_with_referred(rule, book))


def _with_referred(rule: Rule, book: Mapping[str, Rule]) -> list[Rule]:
    """Return a rule with those whose predicates are part of its own."""
    names = dict.fromkeys(one.rule.partition("#")[0] for one in comparisons_of(rule) if one.rule)
    return [rule, *(other for name in names for other in _with_referred(book[name], book))]


__all__ = ["START", "Span", "Timeline", "day_after", "day_before", "standing_since", "timeline"]
