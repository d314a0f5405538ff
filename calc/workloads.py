# SPDX-License-Identifier: Apache-2.0
"""The number of chips that equals a cluster by a workload: the rate of training a model, or of decoding it.

In training, utilisation and failures both depend on the number of chips. The number at which both sides do the same is
searched first; the utilisation is that at this number, and failures are unrolled in a fixed number of steps, of which the
last over the one before stands in the answer as the residual.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chipgauge.calc.cost_terms import given_figure
from chipgauge.calc.equivalence import Ask, Use
from chipgauge.calc.fits import Fit, fits
from chipgauge.calc.modelled import Trained, Trainer
from chipgauge.calc.parts import Part, chip_count, parts
from chipgauge.calc.quantity import quantity
from chipgauge.calc.serving_rate import Request
from chipgauge.calc.utilisation import Utilisation, effective_time
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import Figure, constant, operation, total, unknown
from chipgauge.specs.records import Item, Subject
from chipgauge.specs.units import DIMENSIONLESS, parse_unit

STEPS = 6
"""Steps of the number of chips against failures, which depend on it, as nodes of the derivation."""
LARGER = 4
"""How many times the tokens of a step the answer is found for once more: the batch is an input that nobody measured."""
MOST_DOUBLINGS = 60
HALVINGS = 30
"""Steps of the search for the number of chips at which the utilisation is asked: to a part in a thousand million."""
ONE = parse_unit("1")


@dataclass
class Work:
    """What a workload gives: the number, its residual, what it makes of each chip, and what must be said about it."""

    count: Figure
    residual: Figure | None = None
    uses: list[Use] = field(default_factory=list[Use])
    notes: list[str] = field(default_factory=list[str])
    fit: Fit | None = None
    rate: Figure | None = None
    """Useful operations a second of one unit of the build."""
    trained: Trained | None = None
    otherwise: list[tuple[str, Figure]] = field(default_factory=list[tuple[str, Figure]])


class _Side:
    """One side of a comparison by training."""

    def __init__(self, words: str, given: str, model: Item, trainer: Trainer | None, catalog: Catalog, on: str) -> None:
        self.words = words
        self.utilisation = Utilisation(model, given, trainer, catalog, on, side=words)
        self.trained = self.utilisation.trained

    def use(self, part: Part, figure: Figure) -> Use:
        found = self.trained.get(part.chip.id)
        if self.utilisation.given is not None:
            words = "as given"
        elif found is None:
            words = "of published runs by family of chips"
        else:
            jobs = " and ".join(f"{job:,.0f}" for job in found.jobs)
            words = f"modelled at {jobs} chips: {found.plan}" if found.plan else ""
        return Use(self.words, part.chip.id, figure, words)


def by_training(original: Subject, part: Subject, model: Item, ask: Ask, catalog: Catalog, on: str) -> Work:
    """Return the number whose useful rate in training equals that of the original."""
    ours, theirs = parts(original, catalog, on), parts(part, catalog, on)
    fit = _fit(model, part, True, catalog, on)
    if not ours or not theirs:
        why = quantity("chips", original if not ours else part, catalog=catalog, on=on)
        return Work(replace(why, key=f"count({part.key})", _cache={}), fit=fit)
    notes: list[str] = []
    short = _too_small(model, ours, catalog, on)
    if short:
        return Work(unknown(f"count({part.key})", "count", short, unit=ONE), fit=fit)
    trainer = _trainer(model, ask, catalog, on, notes)
    made = _iterated(original, part, model, ask, trainer, catalog, on)
    made.fit, made.notes = fit, notes + made.notes
    if trainer is not None and made.count.known and not ask.alone:
        runs = _iterated(original, part, model, ask, None, catalog, on).count
        larger = Trainer(model, catalog=catalog, on=on, batch_tokens=LARGER * trainer.batch_tokens)
        more = _iterated(original, part, model, ask, larger, catalog, on).count
        made.otherwise = [
            ("the utilisation of published runs", runs),
            (f"a step of {LARGER} times as many tokens", more),
        ]
    return made


def _trainer(model: Item, ask: Ask, catalog: Catalog, on: str, notes: list[str]) -> Trainer | None:
    """Return the performance model, or None where published runs are asked for or it cannot be asked."""
    tokens = given_figure("batch-tokens", ask.batch_tokens, "1", least=1.0).number if ask.batch_tokens else 0.0
    runs = "the utilisation is that of published runs by family of chips, not of a model of this run"
    if ask.utilisation == "published" or (ask.mfu and ask.build_mfu):
        if not (ask.mfu and ask.build_mfu):
            notes.append(runs)
        return None
    try:
        trainer = Trainer(model, catalog=catalog, on=on, batch_tokens=tokens)
    except ChipgaugeError as error:
        notes.append(f"{runs}: {error}")
        return None
    notes.append(
        f"the utilisation is that of the performance model in BF16, with the fastest plan for a step of {trainer.batch:,.0f} "
        f"sequences of {trainer.sequence:,.0f} tokens on both sides; clusters over {trainer.most:,.0f} chips run several jobs"
    )
    return trainer


def _too_small(model: Item, held: list[Part], catalog: Catalog, on: str) -> str:
    """Return why the original cannot train the model at all: no kind of its chips is enough to hold it."""
    for part in held:
        need = fits(model, part.chip, training=True, catalog=catalog, on=on)
        if need.chips is None or not part.count.known or part.count.number >= need.chips:
            return ""
    part = held[0]
    need = fits(model, part.chip, training=True, catalog=catalog, on=on)
    return (
        f"{part.count.number:,.0f} {part.chip.name} do not hold {model.name} in training: weights, gradients and optimiser "
        f"state need at least {need.chips:,}"
    )


def _iterated(
    original: Subject, part: Subject, model: Item, ask: Ask, trainer: Trainer | None, catalog: Catalog, on: str
) -> Work:
    first = _Side("original", ask.mfu, model, trainer, catalog, on)
    second = _Side("build", ask.build_mfu, model, trainer, catalog, on)
    ours, theirs = parts(original, catalog, on), parts(part, catalog, on)
    wanted = _rate(ours, first, 1.0, catalog, on) * effective_time(chip_count(original, catalog, on), catalog, on)
    held = chip_count(part, catalog, on)
    scale = _solved(wanted, theirs, second, held, catalog, on) if wanted.known else 1.0
    each = _rate(theirs, second, scale, catalog, on)
    number = before = wanted / each
    for _ in range(STEPS if number.known else 0):
        before = number
        number = wanted / (each * effective_time(number * held, catalog, on))
    lacking = next((one.short for one in (*first.trained.values(), *second.trained.values()) if one.short), "")
    if lacking:
        why = f"{lacking.rstrip('.')}; --utilisation published takes that of published runs"
        number = unknown(f"count({part.key})", "count", why, unit=ONE)
    uses = [first.use(row, first.utilisation.of(row.chip, row.count.number)) for row in ours if row.count.known]
    scale = number.number if number.known else 1.0
    uses += [second.use(row, second.utilisation.of(row.chip, row.count.number * scale)) for row in theirs]
    residual = None
    if number.known:
        residual = operation(
            "residual", [("last", number / before)], DIMENSIONLESS, apply=_less_one, key=f"residual({part.key})"
        )
    notes = [f"failures and restarts follow from the number of chips, in {STEPS} steps"]
    rate = each * effective_time(number * held, catalog, on) if number.known else None
    trained = second.trained.get(theirs[0].chip.id) if len(theirs) == 1 else None
    return Work(number, residual, uses, notes, rate=rate, trained=trained)


def _solved(wanted: Figure, held: list[Part], side: _Side, each: Figure, catalog: Catalog, on: str) -> float:
    """Return about how many units do the work that is wanted: more of them do more, so halving the interval finds it."""

    def lacks(scale: float) -> bool:
        rate = _rate(held, side, scale, catalog, on)
        if not (rate.known and each.known):
            return False
        chips = constant(scale * each.number, ONE)
        return scale * rate.number * effective_time(chips, catalog, on).number < wanted.number

    low = high = _guess(wanted, held, catalog, on)
    for _ in range(MOST_DOUBLINGS):
        if not lacks(high):
            break
        low, high = high, 2 * high
    for _ in range(MOST_DOUBLINGS):
        if lacks(low):
            break
        low, high = low / 2, low
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if lacks(middle) else (low, middle)
    return high


def _guess(wanted: Figure, held: list[Part], catalog: Catalog, on: str) -> float:
    """Return the number at four tenths of the peak: where the search begins."""
    peaks = [part.count * quantity("peak.bf16", Subject(part.chip), catalog=catalog, on=on) for part in held]
    known = sum(peak.number for peak in peaks if peak.known)
    return max(wanted.number / (0.4 * known), 1e-9) if known else 1.0


def _rate(held: list[Part], side: _Side, scale: float, catalog: Catalog, on: str) -> Figure:
    """Return the operations a second at the utilisation of `scale` times as many chips, without failures. [op/s]"""
    rows = [
        (
            part.chip.id,
            part.count
            * quantity("peak.bf16", Subject(part.chip), catalog=catalog, on=on)
            * side.utilisation.of(part.chip, part.count.number * scale if part.count.known else 1.0),
        )
        for part in held
    ]
    return rows[0][1] if len(rows) == 1 else total(rows)


def _less_one(ratio: float) -> float:
    return ratio - 1


def by_decoding(original: Subject, part: Subject, model: Item, ask: Ask, catalog: Catalog, on: str) -> Work:
    """Return the number that decodes as many tokens a second within a time per token as the original."""
    from chipgauge.calc.served import server_or  # the performance model, which most questions do not need

    tpot = given_figure("max-tpot", ask.max_tpot, "ms", least=1e-9)
    server = server_or(ask.serve)
    made = Work(unknown(f"count({part.key})", "count", "", unit=ONE), fit=_fit(model, part, False, catalog, on))
    sides: list[Figure] = []
    words = ""
    held = chip_count(original, catalog, on)
    whole = held.number if held.known else 1.0
    for subject, side in ((original, "original"), (part, "build")):
        rows: list[tuple[str, Figure]] = []
        for row in parts(subject, catalog, on):
            # a model of serving takes instances of a few chips: what the build has is near what the original has
            chips = row.count.number if side == "original" and row.count.known else whole
            served = server(Request(model, row.chip, chips, tpot, ask.context, catalog, on))
            rows.append((row.chip.id, row.count * served.rate))
            made.uses.append(
                Use(side, row.chip.id, served.rate, f"bound by {served.bound}" if served.rate.known else "")
            )
            words = served.words
        if not rows:
            why = quantity("chips", subject, catalog=catalog, on=on)
            made.count = replace(why, key=f"count({part.key})", _cache={})
            return made
        sides.append(rows[0][1] if len(rows) == 1 else total(rows))
        bound = sorted({use.words.removeprefix("bound by ") for use in made.uses if use.side == side and use.words})
        if bound:
            made.notes.append(f"decoding on {subject.item.name} is bound by {' and '.join(bound)}")
    made.notes.append(f"decoding {model.name} within {ask.max_tpot} a token at a context of {ask.context:,}: {words}")
    context = quantity("context", model.id, catalog=catalog, on=on)
    if context.known and ask.context > context.number:
        made.notes.append(f"the context of {model.name} is {context.number:,.0f} tokens: {ask.context:,} are beyond it")
    made.count = sides[0] / sides[1]
    return made


def _fit(model: Item, part: Subject, training: bool, catalog: Catalog, on: str) -> Fit | None:
    held = parts(part, catalog, on)
    return fits(model, held[0].chip, training=training, catalog=catalog, on=on) if len(held) == 1 else None


__all__ = ["STEPS", "Work", "by_decoding", "by_training"]
