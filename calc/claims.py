# SPDX-License-Identifier: Apache-2.0
"""Whether a published claim holds, and under which of its readings; a range that straddles the line says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NoReturn

from chipgauge.calc.expression import calls, evaluate, names_of
from chipgauge.calc.functions import MODELS
from chipgauge.calc.marks import apart
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.claims import Claim, ClaimReading
from chipgauge.specs.errors import ChipgaugeError, ExpressionError, Problem, TableError, UnitError
from chipgauge.specs.figure import MOST_CORNERS, Figure
from chipgauge.specs.units import parse_value

ReadingVerdict = Literal["holds", "straddles", "fails", "unknown"]
ClaimVerdict = Literal["holds", "holds_if", "fails", "unknown"]


@dataclass(frozen=True, slots=True)
class JudgedReading:
    """A reading with its value and verdict.

    `miss` is how far the nearest end of the range lies from what was demanded: value over the limit, less one;
    `None` where nothing is missed or no ratio can be formed; of a rule, how far the item is from the line that decides.
    `found` is the verdict of a rule, for a reading by law, and `kind` what kind of rule it is.
    """

    reading: ClaimReading
    verdict: ReadingVerdict
    figure: Figure | None
    miss: float | None = None
    missing: tuple[str, ...] = ()
    why: str = ""
    found: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with all its readings; `best` is the first that makes it true, of one that fails the nearest, of one that is
    unknown the first that something is missing for."""

    claim: Claim
    verdict: ClaimVerdict
    readings: tuple[JudgedReading, ...]
    best: JudgedReading


def judge(claim: Claim, *, catalog: Catalog | None = None, on: str = "") -> JudgedClaim:
    """Return the verdict on a claim: every reading evaluated with its range.

    `holds` needs every reading to hold over its whole range; one that fails, straddles or is unknown beside one that
    holds gives `holds_if`. `fails` needs every reading to fail; else it is `unknown`.

    Raises
    ------
    TableError
        A reading cannot be evaluated (unknown name, wrong unit, an expression that does not parse): file and line.

    Examples
    --------
    >>> from chipgauge.specs.claims import Expected
    >>> sxm = ClaimReading("sxm", "TPP", Expected("between", ("5.5", "6")), "tpp(H200)/tpp(H20)")
    >>> nvl = sxm._replace(id="nvl", expression="peak.bf16(H200 NVL)/peak.bf16(H20)")
    >>> claim = Claim("six", "The H200 is almost six H20.", "somebody", "2025-12-09", "first-hand", "", (sxm, nvl))
    >>> result = judge(claim)
    >>> result.verdict, [(one.reading.id, one.verdict) for one in result.readings]
    ('holds_if', [('sxm', 'fails'), ('nvl', 'holds')])
    """
    catalog = catalog or shipped()
    judged = tuple(judge_reading(reading, claim, catalog=catalog, on=on) for reading in claim.readings)
    verdicts = [one.verdict for one in judged]
    if all(verdict == "holds" for verdict in verdicts):
        verdict: ClaimVerdict = "holds"
    elif "holds" in verdicts or "straddles" in verdicts:
        verdict = "holds_if"
    else:
        verdict = "fails" if all(verdict == "fails" for verdict in verdicts) else "unknown"
    order = ("unknown", "fails") if verdict == "unknown" else ("holds", "straddles", "fails", "unknown")
    best = min(judged, key=lambda one: (order.index(one.verdict), abs(one.miss or 0.0)))
    return JudgedClaim(claim, verdict, judged, best)


def judge_reading(reading: ClaimReading, claim: Claim, *, catalog: Catalog, on: str = "") -> JudgedReading:
    """Return one reading with its value and verdict; what the reading assumes (`set`) replaces leaves for it alone."""
    try:
        if reading.missing:
            return JudgedReading(reading, "unknown", None, missing=(reading.missing,))
        catalog = catalog.adjusted(given=reading.given)
        if reading.rule:
            return _by_rule(reading, catalog, reading.on or on)
        figure = evaluate(reading.expression, catalog=catalog, on=reading.on or on)
        if reading.given:
            figure = apart(figure, f" if {claim.id} {reading.id}", _assumed)
        return _by_value(reading, figure)
    except ChipgaugeError as error:
        _refuse(claim, reading, error)


def _assumed(leaf: Figure) -> bool:
    return leaf.status == "assumed" and leaf.sources[:1] == ("given",)


def _refuse(claim: Claim, reading: ClaimReading, error: ChipgaugeError) -> NoReturn:
    at = ""
    if isinstance(error, ExpressionError) and "at character" not in str(error):
        at = f" (at character {error.position + 1})"
    problem = Problem(claim.file or claim.id, reading.line, f"readings {reading.id}", f"{error}{at}")
    raise TableError([problem]) from None


def _by_rule(reading: ClaimReading, catalog: Catalog, on: str) -> JudgedReading:
    from chipgauge.calc.thresholds import check

    wanted = reading.expected.values[0]
    [found] = check(reading.item, on=on, rule=reading.rule, catalog=catalog).verdicts
    figure = found.deciding.figure if found.deciding else None
    kind = found.rule.kind
    if found.verdict == "unknown" and wanted != "unknown":
        return JudgedReading(
            reading, "unknown", figure, missing=found.missing, found="unknown", why=found.note, kind=kind
        )
    holds: ReadingVerdict = "holds" if found.verdict == wanted else "fails"
    if found.verdict == "straddles" and wanted in ("crosses", "below"):
        holds = "straddles"
    deciding = found.deciding
    miss = float(deciding.margin) if holds == "fails" and deciding and deciding.margin is not None else None
    return JudgedReading(reading, holds, figure, miss, found=found.verdict, why=found.note, kind=kind)


def _by_value(reading: ClaimReading, figure: Figure) -> JudgedReading:
    condition, values = reading.expected
    if not figure.known:
        return JudgedReading(reading, "unknown", figure, missing=figure.missing, why=figure.why)
    if isinstance(figure.value, bool):
        if condition != "is":
            raise UnitError(f'{reading.expression[:80]} is yes or no; write is = "yes"')
        return JudgedReading(reading, _of_truths({truth == (values[0] == "yes") for truth in _truths(figure)}), figure)
    if condition == "is" or isinstance(figure.value, str):
        raise UnitError(f"{reading.expression[:80]} is not a comparison; demand at_least, at_most, between or about")
    lowest, highest = _limits(condition, values, figure)
    low, high = figure.bounds()
    low, high = figure.number if low is None else low, figure.number if high is None else high
    strict = condition in ("above", "below")

    def meets(value: float) -> bool:
        return lowest < value < highest if strict else lowest <= value <= highest

    if meets(low) and meets(high):
        return JudgedReading(reading, "holds", figure)
    if high < lowest or (strict and high == lowest):
        return JudgedReading(reading, "fails", figure, miss=high / lowest - 1 if lowest else None)
    if low > highest or (strict and low == highest):
        return JudgedReading(reading, "fails", figure, miss=low / highest - 1 if highest else None)
    return JudgedReading(reading, "straddles", figure, why=_why_straddles(figure, meets(figure.number)))


def _why_straddles(figure: Figure, adopted: bool) -> str:
    return f"part of the range meets it; the adopted value {'does' if adopted else 'does not'}"


def _of_truths(truths: set[bool]) -> ReadingVerdict:
    if truths == {True}:
        return "holds"
    return "fails" if truths == {False} else "straddles"


def _truths(figure: Figure) -> set[bool]:
    """Return what a comparison says over the corners of its ranged leaves."""
    ranged = figure.ranged_leaves()[:MOST_CORNERS]
    at_corners = figure.corners({leaf.key: leaf.leaf_range or () for leaf in ranged})
    return {bool(figure.value), *map(bool, at_corners)}


def _limits(condition: str, values: tuple[str, ...], figure: Figure) -> tuple[float, float]:
    """Return the least and greatest value that meets the demand, in base units of the figure."""

    def number(text: str) -> float:
        value, _, unit = parse_value(text)
        if unit.dimension != figure.dimension:
            raise UnitError(f"{text[:40]!r} is in {unit.text}, {figure.key[:60]} in {figure.unit.text}")
        return value

    if condition == "between":
        return number(values[0]), number(values[1])
    if condition == "about":
        middle, share = number(values[0]), parse_value(values[1])[0]
        ends = (middle * (1 - share), middle * (1 + share))
        return min(ends), max(ends)
    limit = number(values[0])
    return (limit, float("inf")) if condition in ("at_least", "above") else (float("-inf"), limit)


def printable(judged: JudgedClaim, shown: dict[str, str]) -> str:
    """Return the sentence of a claim with the value of each reading in its place.

    Parameters
    ----------
    shown : dict
        The text of each reading's value by its id, as reports write numbers.

    Examples
    --------
    >>> from chipgauge.specs.claims import Expected
    >>> reading = ClaimReading("tpp", "TPP", Expected("at_least", ("6",)), "tpp(H200)/tpp(H20)")
    >>> claim = Claim("c", "six", "x", "2025", "first-hand", "", (reading,), sentence="By TPP it is {tpp} H20.")
    >>> printable(judge(claim), {"tpp": "6.7"})
    'By TPP it is 6.7 H20.'
    """
    return re.sub(r"\{([^{}]*)\}", lambda found: shown.get(found[1], "unknown"), judged.claim.sentence)


def concerning(claims: Iterable[Claim], items: Iterable[str], *, catalog: Catalog | None = None) -> list[Claim]:
    """Return the claims of which some reading names these items and no other; that name the most of them first.

    Parameters
    ----------
    items : iterable of str
        Ids of items.

    Examples
    --------
    >>> from chipgauge.specs.claim_tables import shipped_claims
    >>> found = concerning(shipped_claims(shipped().source_ids()), ["nvidia-h20-96gb", "nvidia-h200-sxm"])
    >>> "h200-six-times-h20" in [claim.id for claim in found], "cm384-power" in [claim.id for claim in found]
    (True, False)
    """
    catalog, wanted = catalog or shipped(), set(items)
    found: list[tuple[int, str, Claim]] = []
    for claim in claims:
        named = [items_of(reading, catalog) for reading in claim.readings]
        most = max((len(some) for some in named if some <= wanted), default=0)
        if most:
            found.append((-most, claim.id, claim))
    return [claim for _, _, claim in sorted(found, key=lambda row: row[:2])]


def items_of(reading: ClaimReading, catalog: Catalog) -> set[str]:
    """Return the ids of the items that a reading is about; of a model's reading the chips, not the model.

    None where it names something that the catalog does not have.
    """
    try:
        if reading.expression:
            return {catalog.item(name).id for name in names_of(reading.expression)}
        return {catalog.item(reading.item).id} if reading.item else set()
    except ChipgaugeError:
        return set()


def asks_model(claim: Claim) -> bool:
    """Tell whether a reading of a claim asks a model (`calc.functions.MODELS`), which takes far longer than a figure."""
    written = [one.expression for one in claim.readings if any(name in one.expression for name in MODELS)]
    return any(calls(expression).intersection(MODELS) for expression in written)


def judge_all(claims: Iterable[Claim], *, catalog: Catalog | None = None, on: str = "") -> list[JudgedClaim]:
    """Return the verdict on each claim; every claim that cannot be evaluated is in one error."""
    catalog = catalog or shipped()
    judged: list[JudgedClaim] = []
    problems: list[Problem] = []
    for claim in claims:
        try:
            judged.append(judge(claim, catalog=catalog, on=on))
        except TableError as error:
            problems += error.problems
    if problems:
        raise TableError(problems)
    return judged


__all__ = [
    "ClaimVerdict",
    "JudgedClaim",
    "JudgedReading",
    "asks_model",
    "concerning",
    "items_of",
    "judge",
    "judge_all",
    "judge_reading",
    "printable",
]
