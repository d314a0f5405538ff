# SPDX-License-Identifier: Apache-2.0
"""The answer of `chipgauge plans` for serving: which plan answers most tokens within the bounds on latency."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.intervals import around
from chipgauge.calc.serving import serving_text
from chipgauge.calc.serving_constants import width_of
from chipgauge.calc.serving_search import Chosen, Searched
from chipgauge.reports.answer import Answer, Table, predicted_json
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import constants
from chipgauge.specs.records import Subject

COLUMNS = ["", "tokens/s a chip", "ms a token", "ms to the first", "precision", "plan"]


def serving_answer(
    model: str, subject: Subject, found: Searched, catalog: Catalog, asked: dict[str, Any], seconds: float
) -> Answer:
    """Return the answer of a search over serving plans; exit code 1 where none meets the bounds."""
    width = width_of("serving", subject.item.id, constants().widths)
    shown, front = ([_plan(plan, width) for plan in plans] for plans in (found.best, found.front))
    body: dict[str, Any] = {
        "model": model, "space": {"size": found.size, "domains": {name: list(of) for name, of in found.domains.items()}},
        "searched": found.searched, "masked": sum(found.masked.values()), "masked_by": found.masked,
        "meeting": found.meeting, "seconds": seconds, "plans": shown, **({"pareto": front} if front else {}),
    }  # fmt: skip
    tables = [Table("The plans that answer most", COLUMNS, _rows(shown), frozenset({0, 1, 2, 3}))]
    if front:
        tables.append(Table("No plan is both faster and answers more", COLUMNS, _rows(front), frozenset({0, 1, 2, 3})))
    masked = ", ".join(f"{number:,} {why}" for why, number in found.masked.items())
    notes = [
        "space: " + " x ".join(f"{len(of)} {name}" for name, of in found.domains.items()) + f" = {found.size:,}",
        f"computed: {found.searched:,}, of which {found.meeting:,} meet the bounds; masked: "
        f"{sum(found.masked.values()):,}" + (f" ({masked})" if masked else ""),
    ]  # fmt: skip
    figures = [found.winner.answer_rate] if found.winner else []
    return Answer(
        "plans", _finding(model, subject, found, width), tables, lambda: body, lambda: [_flat(row) for row in shown],
        catalog, asked, [subject], figures, notes, version=0, exit_code=0 if found.best else 1,
    )  # fmt: skip


def _plan(plan: Chosen, width: float) -> dict[str, Any]:
    return {
        "plan": serving_text(plan.plan), "sequences": plan.plan.sequences, "precision": plan.precision,
        "answer_tokens_per_second_per_chip": predicted_json(plan.rate, "token/s", width), "tpot": plan.tpot, "ttft": plan.ttft,
        "weights_per_chip": plan.memory / 1e9 if plan.memory is not None else None, "place": plan.place,
    }  # fmt: skip


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "answer_tokens_per_second_per_chip": row["answer_tokens_per_second_per_chip"]["value"]}


def _rows(shown: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            str(number), f"{row['answer_tokens_per_second_per_chip']['value']:,.0f}", f"{row['tpot'] * 1e3:.1f}",
            f"{row['ttft'] * 1e3:,.0f}", row["precision"],
            f"{row['sequences']:.0f} sequences, {row['plan'].partition(',draft')[0]}",
        ]
        for number, row in enumerate(shown, 1)
    ]  # fmt: skip


def _finding(model: str, subject: Subject, found: Searched, width: float) -> str:
    chips = f"{subject.count:,.0f} {subject.item.name}"
    if not found.best:
        why = "meets the bounds" if found.searched else "fits"
        return f"No plan of {model} {why} on {chips}: none of {found.size:,} plans can run."
    best = found.best[0]
    low, high = around(best.rate, width)
    return (
        f"The best of {found.size:,} plans of {model} on {chips} answers {best.rate:,.0f} tokens a second and chip "
        f"({low:,.0f} to {high:,.0f}), {best.tpot * 1e3:.3g} ms a token, in "
        f"{best.precision.upper()} with {best.plan.sequences:.0f} sequences a group."
    )
