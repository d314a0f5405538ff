# SPDX-License-Identifier: Apache-2.0
"""From the verdicts of all rules to one outcome: what yields, what softens, what exempts, what stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from chipgauge.calc.law.predicate import Judgement, Reading, Truth
from chipgauge.calc.law.scope import STRICTEST, rank
from chipgauge.specs.rules import FAVOURABLE, Condition, Outcome, Period, Rule

Verdict = Literal["crosses", "below", "straddles", "unknown", "out_of_scope", "not_in_force", "reported"]
WORST: tuple[Verdict, ...] = ("crosses", "straddles", "unknown", "below", "reported", "not_in_force", "out_of_scope")
OPEN: tuple[Verdict, ...] = ("straddles", "unknown")
_JUDGED: tuple[Verdict, ...] = ("crosses", "straddles", "unknown", "below")

WORDS = {
    "BELOW": "below every threshold checked",
    "NLR": "below every threshold checked",
    "NOT-IN-FORCE": "no rule checked is in force",
    "STRADDLES": "on the line: readings differ",
    "OUT-OF-SCOPE": "no rule checked reaches this case",
}
COMPARED = "only compared with the lines, as it is no export of the United States"
"""The outcome of what is no export: what follows the colon says whose lines it crosses."""
_IDLE = {"not_enforced": "not enforced", "stayed": "stayed"}


class RuleVerdict(NamedTuple):
    """The verdict of one rule on one chip (or on the whole), with the comparison that decides."""

    rule: Rule
    chip: str
    verdict: Verdict
    judgement: Judgement | None = None
    note: str = ""
    branch: Outcome | None = None
    period: Period | None = None
    conditions: tuple[tuple[Condition, Truth], ...] = ()
    scored: bool = False
    other_class: bool = False

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Every comparison of the rule, with the figure it was made on."""
        return self.judgement.readings if self.judgement else ()

    @property
    def deciding(self) -> Reading | None:
        """The comparison that decides."""
        return self.judgement.deciding if self.judgement else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of the figures without which the verdict is unknown."""
        return self.judgement.missing if self.judgement and self.verdict == "unknown" else ()

    @property
    def proposed(self) -> bool:
        """Whether the text is a proposal: the verdict says what it would do."""
        return self.period is not None and self.period.text_status == "proposed"

    @property
    def limb(self) -> str:
        """The rule with the limb that decides: `us-bis-3a090-a#a1`."""
        limb = self.deciding.limb if self.deciding and self.verdict in ("crosses", "straddles", "unknown") else ""
        own = {one.id for one in self.rule.limbs}
        return self.rule.id + (f"#{limb}" if limb in own else "")


class Combined(NamedTuple):
    """One outcome: its code and words, the rules that decide it, what stands beside it and what would follow."""

    code: str
    text: str
    because: tuple[str, ...] = ()
    beside: tuple[RuleVerdict, ...] = ()
    also: tuple[str, ...] = ()
    would_cross: tuple[str, ...] = ()
    open_conditions: tuple[Condition, ...] = ()
    uncertain: tuple[RuleVerdict, ...] = ()


def after_relations(verdicts: Iterable[RuleVerdict]) -> list[RuleVerdict]:
    """Return the verdicts after one rule has yielded to another, and after those with nothing to act on are set aside."""
    rows = list(verdicts)
    by_rule = {one.rule.id: one for one in rows}
    rows = [_yielded(one, by_rule) if one.rule.yields_to else one for one in rows]
    by_rule = {one.rule.id: one for one in rows}
    return [_gated(one, by_rule) if one.verdict in _JUDGED else one for one in rows]


def _yielded(one: RuleVerdict, by_rule: Mapping[str, RuleVerdict]) -> RuleVerdict:
    if one.verdict not in ("crosses", *OPEN):
        return one
    for name in one.rule.yields_to:
        if name in by_rule and by_rule[name].verdict == "crosses":
            return one._replace(verdict="out_of_scope", note=f"classified under {name} first")
    return one


def _gated(one: RuleVerdict, by_rule: Mapping[str, RuleVerdict]) -> RuleVerdict:
    """Set aside a lane, an exception or an addition that has no rule to act on."""
    targets = (*one.rule.exempts, *one.rule.softens, *one.rule.adds_to)
    if not targets or any(name in by_rule and by_rule[name].verdict in ("crosses", *OPEN) for name in targets):
        return one
    word = "add to" if one.rule.adds_to else "exempt from" if one.rule.exempts else "soften"
    names = ", ".join(targets[:3]) + (" and others" if len(targets) > 3 else "")
    return one._replace(verdict="out_of_scope", note=f"nothing to {word}: {names} do not apply")


def competes(one: RuleVerdict) -> bool:
    """Whether an outcome answers the question of a licence; a duty, and what is asked of others than the seller, does not."""
    return one.branch is not None and one.branch.code in STRICTEST and one.rule.kind != "reporting"


def combine(rows: list[RuleVerdict]) -> Combined:
    """Return the outcome of one chip (or whole) from its verdicts, relations applied."""
    live = [one for one in rows if one.verdict in _JUDGED and not one.proposed and not one.scored]
    crossing = [one for one in live if one.verdict == "crosses"]
    acting = [one for one in crossing if _acts(one, crossing)]
    replaced = {name for one in acting for name in (*one.rule.exempts, *one.rule.softens)}
    candidates = [one for one in acting if competes(one) and one.rule.id not in replaced]
    stand = ("DUTY/", "PROHIBITED")
    beside = tuple(
        one for one in crossing
        if one.branch and one.branch.code.startswith(stand) and not competes(one) and one.rule.id not in replaced
    )  # fmt: skip
    would = tuple(one.limb for one in rows if one.proposed and one.verdict == "crosses")
    best = min((rank(one.branch.code) for one in candidates if one.branch), default=len(STRICTEST))
    settled = bool(beside) or any(map(competes, live))
    unsure = [one for one in live if one.verdict in OPEN and _matters(one, best, candidates, replaced, settled)]
    deciding = [one for one in candidates if one.branch and rank(one.branch.code) == best]
    more: dict[str, Any] = {"beside": beside, "would_cross": would}
    firm = [one for one in unsure if one.period is None or one.period.enforcement not in _IDLE]
    if firm or (unsure and not deciding and not beside):
        return _open(firm or unsure, deciding, **more)
    more["uncertain"] = tuple(unsure)  # of texts that are not enforced: said, but they do not take the answer away
    if not deciding:
        return _nothing(rows, live, crossing, **more)
    targets = {name for one in deciding for name in (*one.rule.exempts, *one.rule.softens, *one.rule.adds_to)}
    softened = [one for one in crossing if one.rule.id in replaced and one.rule.id in targets]
    because = tuple(dict.fromkeys(one.limb for one in (*deciding, *softened)))
    also = tuple(one.limb for one in candidates if one not in deciding)
    words = _words(deciding)
    conditions = tuple(c for one in deciding for c, held in one.conditions if held is None)
    return Combined(STRICTEST[best], words, because, also=also, open_conditions=conditions, **more)


def _acts(one: RuleVerdict, crossing: list[RuleVerdict]) -> bool:
    """Whether a rule that changes or adds to others has one that crosses: on an open one it has no effect of its own."""
    targets = {*one.rule.exempts, *one.rule.softens, *(one.rule.adds_to if competes(one) else ())}
    return not targets or any(other.rule.id in targets for other in crossing)


def _matters(one: RuleVerdict, best: int, candidates: list[RuleVerdict], replaced: set[str], settled: bool) -> bool:
    """Whether a verdict that is open could change the outcome; beside a licence or another duty a duty does not."""
    if one.rule.id in replaced:
        return False
    if one.branch and not competes(one):
        return not settled
    acts_on = {*one.rule.exempts, *one.rule.softens}
    if acts_on:
        return any(
            other.rule.id in acts_on and other.branch and rank(other.branch.code) == best for other in candidates
        )
    return one.branch is None or rank(one.branch.code) < best


def _open(unsure: list[RuleVerdict], deciding: list[RuleVerdict], **more: Any) -> Combined:
    lines = [one for one in unsure if one.verdict == "straddles"]
    code = "STRADDLES" if lines else "UNKNOWN"
    keys = dict.fromkeys(key for one in unsure for key in one.missing)
    idle = unenforced(unsure)
    text = f"by {idle}, " * bool(idle) + (WORDS["STRADDLES"] if lines else "unknown without " + ", ".join(keys))
    if deciding and deciding[0].branch:
        text += f" (as it stands: {deciding[0].branch.text})"
    because = tuple(one.limb for one in (lines or unsure))
    return Combined(code, text, because, **more)


def _nothing(rows: list[RuleVerdict], live: list[RuleVerdict], crossing: list[RuleVerdict], **more: Any) -> Combined:
    scored = [
        one for one in rows
        if one.scored and not one.proposed and one.verdict in ("crosses", *OPEN) and one.rule.kind not in FAVOURABLE
    ]  # fmt: skip
    if scored:
        scored = [one for one in scored if one.verdict == "crosses"] or scored
        words = f"{COMPARED}: {_lines(scored)}"
        return Combined("SCORED", words, tuple(one.limb for one in scored), **more)
    other = [one for one in crossing if one.branch]
    if other:
        code = other[0].branch.code if other[0].branch else ""
        return Combined(code, _words(other), tuple(one.limb for one in other), **more)
    plain = [one for one in crossing if one.branch is None]
    if plain:
        return Combined("CROSSES", _lines(plain), tuple(one.limb for one in plain), **more)
    verdicts = {one.verdict for one in rows if not one.proposed and not one.other_class}
    if "below" in verdicts:
        licence = any(one.verdict == "below" and competes(one) for one in live)
        return Combined("NLR" if licence else "BELOW", WORDS["BELOW"], **more)
    code = "OUT-OF-SCOPE" if "out_of_scope" in verdicts or not verdicts else "NOT-IN-FORCE"
    return Combined(code, WORDS[code], **more)


def unenforced(rows: Iterable[RuleVerdict]) -> str:
    """Return, where no text behind some verdicts is enforced, that in words; else nothing."""
    states = [_IDLE.get(one.period.enforcement, "") if one.period else "" for one in rows]
    return f"a text that is {states[0]}" if states and all(states) else ""


def _words(rows: Iterable[RuleVerdict]) -> str:
    """Return what follows from some rules, each text once, and of which of them the text is not enforced."""
    by_text: dict[str, list[RuleVerdict]] = {}
    for one in rows:
        if one.branch:
            by_text.setdefault(one.branch.text, []).append(one)
    idle = {text: unenforced(found) for text, found in by_text.items()}
    return "; ".join(f"by {idle[text]}, {text}" if idle[text] else text for text in by_text)


def _lines(rows: Iterable[RuleVerdict]) -> str:
    """Return whose lines are crossed: `crosses the lines of A and B and the line, not enforced, of C`."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for one in sorted(rows, key=lambda one: (WORST.index(one.verdict), bool(unenforced([one])))):
        state = _IDLE.get(one.period.enforcement, "") if one.period else ""
        groups.setdefault((one.verdict, state), {})[one.rule.id] = None
    said: dict[str, list[str]] = {}
    for (verdict, state), names in groups.items():
        line = "the line" + "s" * (len(names) > 1) + (f", {state}, of " if state else " of ")
        said.setdefault(verdict, []).append(line + _and(list(names)))
    verbs = {"unknown": "unknown for"}
    return "; ".join(f"{verbs.get(verdict, verdict)} {' and '.join(parts)}" for verdict, parts in said.items())


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


BANDS: tuple[tuple[str, ...], ...] = (
    ("PROPOSED", "NOT-ENFORCED", "NOT-IN-FORCE", "OUT-OF-SCOPE"),
    ("BELOW", "NLR"),
    ("SCORED", "CROSSES", "DUTY/REPORT", "DUTY/FEE", "DUTY/TARIFF", "EXCEPTION", "EXCEPTION+NOTIFY"),
    ("PRESUMED-IN-SCOPE", "LICENCE/PoA", "LICENCE/UNSPEC", "LICENCE/CASE", "UNKNOWN", "STRADDLES"),
    ("LICENCE/PoD", "PROHIBITED"),
)
"""Every code that an outcome can have, the least strict first, in bands that a picture tells apart: no rule, below, short of a
licence, a licence or an open answer that may turn out to be one, denial."""
_ORDER = [code for band in BANDS for code in band]


def strictness(code: str) -> int:
    """Return the number of the band of an outcome, 0 the least strict.

    >>> strictness("LICENCE/PoD"), strictness("NLR")
    (4, 1)
    """
    return next(level for level, band in enumerate(BANDS) if code in band)


def worst_outcome(found: list[Combined]) -> Combined:
    """Return the strictest of the outcomes of several chips."""
    return max(found, key=lambda one: _ORDER.index(one.code) if one.code in _ORDER else -1)


def worst_verdict(found: list[RuleVerdict]) -> RuleVerdict:
    """Return the worst verdict of one rule over several chips; of a lane or exception the least favourable."""
    if len(found) == 1:
        return found[0]
    order = [*WORST]
    if found[0].rule.kind in FAVOURABLE:
        order = ["below", "unknown", "straddles", "crosses", "reported", "not_in_force", "out_of_scope"]
    return min(found, key=lambda one: order.index(one.verdict))


__all__ = [
    "BANDS",
    "COMPARED",
    "WORST",
    "Combined",
    "RuleVerdict",
    "Verdict",
    "after_relations",
    "combine",
    "strictness",
    "unenforced",
    "worst_outcome",
    "worst_verdict",
]
