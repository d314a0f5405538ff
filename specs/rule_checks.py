# SPDX-License-Identifier: Apache-2.0
"""What rules say of one another, of groups and of firms: every name must exist, and no rule may stand on itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chipgauge.specs.countries import CODES
from chipgauge.specs.errors import Problem, did_you_mean
from chipgauge.specs.groups import WORLD, Groups
from chipgauge.specs.rules import Rule


def check_rules(
    rules: Iterable[Rule], groups: Groups, files: Mapping[str, tuple[str, str]], items: Iterable[str] = ()
) -> list[Problem]:
    """Return a problem for every name in the rules that nothing has.

    `files` gives the file and the text of each rule by id; rules that are not in it are only looked up, not checked.
    `items` are the ids of the items that rules may name; where none are given, those names are not checked.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[Problem] = []
    named = frozenset(items)
    for rule in known.values():
        if rule.id in files:
            problems += _check(rule, known, groups, named, *files[rule.id])
    if not problems:
        problems += _circles(known, files)
    return problems


def _check(
    rule: Rule, known: Mapping[str, Rule], groups: Groups, items: frozenset[str], file: str, text: str
) -> list[Problem]:
    problems: list[Problem] = []

    def bad(name: str, message: str, hint: str = "") -> None:
        lines = text.split("\n")
        line = next((number for number, row in enumerate(lines, 1) if f'"{name}"' in row), 1)
        problems.append(Problem(file, line, rule.id, message, hint))

    for name in (*rule.related, *filter(None, [rule.outcomes_as])):
        if name not in known or name == rule.id:
            bad(name, f"no other rule has the id {name[:60]!r}", did_you_mean(name, known).strip())
    comparisons = [one for limb in (*rule.limbs, *rule.unless) for one in limb.all]
    for one in (*comparisons, *(one for condition in rule.conditions for one in condition.all)):
        if one.rule:
            name, _, part = one.rule.partition("#")
            if name not in known:
                bad(one.rule, f"no rule has the id {name[:60]!r}", did_you_mean(name, known).strip())
            elif part and part not in (own := [other.id for other in known[name].limbs]):
                bad(one.rule, f"{name} has no limb {part[:40]!r}", f"allowed: {', '.join(own)}")
            elif not known[name].limbs:
                bad(one.rule, f"{name} is only reported and has no predicate")
    names = [*groups.groups, WORLD]
    for branch in rule.outcomes:
        for name in (*branch.to, *branch.not_to, *branch.hq, *branch.not_hq):
            if name not in names and name not in CODES:
                near = did_you_mean(name, names).strip() or f"groups: {', '.join(names)}"
                bad(name, f"no group or country is called {name[:40]!r}", near)
    for firm in rule.exporters:
        if firm not in groups.firms:
            bad(firm, f"no firm has the id {firm[:40]!r}", f"firms: {', '.join(groups.firms)}")
    for item in rule.items if items else ():
        if item not in items:
            bad(item, f"no item has the id {item[:60]!r}", did_you_mean(item, sorted(items)).strip())
    if rule.origin and rule.origin not in CODES:
        bad(rule.origin, f"{rule.origin[:40]!r} is not a country code")
    return problems


def _circles(known: Mapping[str, Rule], files: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """Return a problem for every rule whose predicate stands on itself, or whose precedence runs in a circle."""
    predicates = {
        rule.id: {one.rule.partition("#")[0] for limb in (*rule.limbs, *rule.unless) for one in limb.all if one.rule}
        for rule in known.values()
    }
    orders = {rule.id: {*rule.related, *filter(None, [rule.outcomes_as])} for rule in known.values()}
    problems: list[Problem] = []
    for graph, words in ((predicates, "its predicate stands on itself"), (orders, "its relations run in a circle")):
        for name in graph:
            seen: set[str] = set()
            stack = list(graph[name])
            while stack:
                other = stack.pop()
                if other not in seen:
                    seen.add(other)
                    stack += graph.get(other, ())
            if name in seen and name in files:
                problems.append(Problem(files[name][0], 1, name, words, "leave one of the references out"))
    return problems
