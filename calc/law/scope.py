# SPDX-License-Identifier: Apache-2.0
"""Who and where a rule reaches: item classes, exporters, destinations, headquarters, dates and lenses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chipgauge.specs.groups import Groups
from chipgauge.specs.rules import CLOSED, Outcome, Period, Rule

LENSES = ("text", "enforced")

STRICTEST = (
    "PROHIBITED",
    "LICENCE/PoD",
    "LICENCE/CASE",
    "LICENCE/UNSPEC",
    "LICENCE/PoA",
    "PRESUMED-IN-SCOPE",
    "EXCEPTION+NOTIFY",
    "EXCEPTION",
    "NLR",
)
"""The outcomes that compete, strictest first; duties stand beside them."""

WHOLE = ("shipment", "computer", "cluster", "model", "hbm_stack")
"""Item classes that are judged on the whole of what was named, not on each chip in it."""


class Party(NamedTuple):
    """Where an item goes, who buys it and who sells it; an empty field is not given."""

    to: str = ""
    hq: str = ""
    exporter: str = ""
    as_if: bool = False

    @property
    def seat(self) -> str:
        """The headquarters of the buyer: as given, else that of a firm of the destination."""
        return self.hq or self.to


class Reach(NamedTuple):
    """Whether a rule reaches a case: the branch of its outcome, or why not."""

    branch: Outcome | None
    why: str = ""
    scored: bool = False


def rank(code: str) -> int:
    """Return how strict an outcome is, 0 the strictest; those that do not compete come last."""
    return STRICTEST.index(code) if code in STRICTEST else len(STRICTEST)


def standing(rule: Rule, on: str, lens: str) -> tuple[Period | None, str]:
    """Return the period in which a rule stands on a day under a lens, or None and why it does not."""
    period = rule.in_force(on)
    if period is None:
        return None, ""
    if period.text_status in CLOSED:
        return None, period.text_status.replace("_", " ")
    if lens == "enforced" and period.text_status == "proposed":
        return None, "proposed only"
    if lens == "enforced" and period.enforcement in ("not_enforced", "stayed"):
        return None, "in force as text, " + period.enforcement.replace("_", " ")
    return period, ""


def classes(rule: Rule, kind: str, count: float) -> bool:
    """Whether a rule speaks about this kind of thing.

    >>> from chipgauge.specs.catalog import catalog
    >>> classes(catalog().rulebook()["us-bis-3a090-a"], "chip", 1.0)
    True
    """
    wanted = rule.item_class
    if kind == "chip":
        return wanted in ("chip", "import", "shipment") or (wanted == "cluster" and count > 1)
    if kind == "system":
        return wanted in ("chip", "import", "shipment", "system", "computer", "cluster")
    if kind == "cluster":
        return wanted in ("chip", "import", "shipment", "system", "cluster")
    return wanted == kind.removeprefix("described ")


def reach(
    rule: Rule,
    branches: tuple[Outcome, ...],
    party: Party,
    maker: str,
    on: str,
    lens: str,
    groups: Groups,
    item: str = "",
) -> Reach:
    """Return whether a rule reaches a case, and the branch of its outcome that does.

    Without a destination every branch is possible and the strictest stands.
    """
    exporter = party.exporter or maker
    if rule.exporters and exporter not in rule.exporters and not party.as_if:
        names = ", ".join(groups.firms[one].name if one in groups.firms else one for one in rule.exporters)
        word = "an order to" if rule.kind == "order" else "about"
        return Reach(None, f"{word} {names}; --as-if asks as if it were to all")
    if rule.items and item not in rule.items and not party.as_if:
        return Reach(None, f"about {', '.join(rule.items)} by name; --as-if asks as if it were about all")
    if rule.origin and party.to == rule.origin:
        return Reach(None, f"not an export from {rule.origin}")
    firm = groups.firms.get(exporter)
    scored = bool(rule.origin and firm and firm.headquarters != rule.origin and not party.as_if)
    if not branches:
        return Reach(None, scored=scored)
    fitting = [one for one in branches if _fits(one, party, on, lens, groups)]
    if not fitting:
        where = party.to or f"a buyer of {party.seat}" if party.seat else "this date"
        return Reach(None, f"does not reach {where}")
    chosen = fitting[0] if party.to else min(fitting, key=lambda one: rank(one.code))
    return Reach(chosen, scored=scored)


def outcomes_of(rule: Rule, book: Mapping[str, Rule]) -> tuple[Outcome, ...]:
    """Return the branches of a rule, or those of the rule whose outcomes it takes."""
    return book[rule.outcomes_as].outcomes if rule.outcomes_as in book else rule.outcomes


def _fits(branch: Outcome, party: Party, on: str, lens: str, groups: Groups) -> bool:
    if (branch.since and on < branch.since) or (branch.until and on > branch.until):
        return False
    if branch.lens and branch.lens != lens:
        return False
    places = ((party.to, branch.to, branch.not_to), (party.seat, branch.hq, branch.not_hq))
    return all(_inside(code, yes, no, on, groups) for code, yes, no in places)


def _inside(code: str, yes: tuple[str, ...], no: tuple[str, ...], on: str, groups: Groups) -> bool:
    if not code:
        return True  # not given: possible
    if yes and not any(groups.contains(name, code, on) for name in yes):
        return False
    return not any(groups.contains(name, code, on) for name in no)
