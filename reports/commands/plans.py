# SPDX-License-Identifier: Apache-2.0
"""`chipgauge plans`: the best training plans of a model on so many chips, out of the whole space."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from chipgauge.calc.intervals import around
from chipgauge.reports.answer import Answer, Table, predicted_json
from chipgauge.reports.options import Number, answer_with, dateless_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog

if TYPE_CHECKING:
    from chipgauge.calc.plans import Plans
    from chipgauge.calc.search import Candidate


@click.command(
    "plans",
    short_help="The best training plans.",
    epilog='Example: chipgauge plans "GPT 1T" --on "4096 H100" --precision bf16 --top 5',
)
@click.argument("model")
@click.option("--on", "chips", metavar='"N CHIP"', required=True, help="The chips there are; a plan may use fewer.")
@click.option("--top", metavar="N", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many plans.")
@click.option("--pareto", is_flag=True, help="Also the plans that none beats in time, memory and chips at once.")
@click.option("--plan", metavar="tp=8,pp=16,...", default="", help="What is fixed; the rest takes its whole domain.")
@click.option("--batch", metavar="N", type=Number(min=1), default=None, help="Sequences of a step.")
@click.option("--seq", "sequence", metavar="N", type=Number(1, 10**8), default=None, help="Tokens of a sequence.")
@click.option("--precision", metavar="P", default="", help="One format; default: 16 and 8 bits (to serve, also 4).")
@click.option("--input", "prompt", metavar="N", type=Number(1, 10**8), default=None, help="To serve: a prompt.")
@click.option("--output", "length", metavar="N", type=Number(1, 10**8), default=None, help="To serve: an answer.")
@click.option("--max-tpot", metavar='"50 ms"', default="", help="To serve: longest time of a token.")
@click.option("--max-ttft", metavar='"2 s"', default="", help="To serve: longest time of the first token.")
@dateless_options
@output_options
def command(
    model: str, chips: str, top: int, pareto: bool, plan: str, batch: float | None, sequence: float | None,
    precision: str, prompt: float | None, length: float | None, max_tpot: str, max_ttft: str, prefer: str, given: tuple[str, ...], projected: bool, folder: str | None, form: str,
) -> None:  # fmt: skip
    """Search every plan of MODEL on "N CHIP": which is fastest, what it needs, and how many there were.

    With --input and --output plans of serving: batch, tensor and expert ranks, precision, within bounds on latency.
    """
    from time import perf_counter

    from chipgauge.calc.plans import plans
    from chipgauge.specs.efficiencies import constants

    asked = inputs(
        model=model, on=chips, top=top, pareto=pareto, plan=plan, batch=batch, seq=sequence, precision=precision,
        input=prompt, output=length, max_tpot=max_tpot, max_ttft=max_ttft,
        prefer=prefer, set=given, projected=projected, catalog=folder,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    start = perf_counter()
    if prompt or length or max_tpot or max_ttft:
        if not (prompt and length) or plan or sequence:
            raise click.UsageError("to serve, give --input and --output, without --plan and --seq")
        _serve(model, chips, prompt, length, (max_tpot, max_ttft), precision, batch, top, pareto, catalog, asked, form)
        return
    made = plans(
        model, chips, plan=plan, batch=batch or 0.0, sequence=sequence or 0.0, precision=precision, top=top,
        pareto=pareto, catalog=catalog, constants=constants(),
    )  # fmt: skip
    answer_with(answer(made, catalog, asked, perf_counter() - start), form)


def _serve(
    model: str, chips: str, prompt: float, length: float, bounds: tuple[str, str], precision: str, batch: float | None,
    top: int, pareto: bool, catalog: Catalog, asked: dict[str, Any], form: str,
) -> None:  # fmt: skip
    from time import perf_counter

    from chipgauge.calc.serving_search import search_serving
    from chipgauge.reports.commands.infer import seconds as bound_of
    from chipgauge.reports.commands.plans_serving import serving_answer
    from chipgauge.specs.efficiencies import constants
    from chipgauge.specs.errors import UnknownName

    item, subject = catalog.find(model), catalog.subject(chips)
    if item.kind != "model" or subject.item.kind != "chip":
        raise UnknownName(f"name a model, and --on a number of chips; got {model[:40]!r} and {chips[:40]!r}")
    max_tpot, max_ttft = bound_of(bounds[0], "--max-tpot"), bound_of(bounds[1], "--max-ttft")
    start = perf_counter()
    found = search_serving(
        item, subject.item, subject.count, prompt=prompt, answer=length, catalog=catalog, constants=constants(),
        precisions=[precision] if precision else [], batch=batch or math.inf, max_tpot=max_tpot, max_ttft=max_ttft,
        top=top, pareto=pareto,
    )  # fmt: skip
    answer_with(serving_answer(item.name, subject, found, catalog, asked, perf_counter() - start), form)


def answer(made: Plans, catalog: Catalog, asked: dict[str, Any], seconds: float) -> Answer:
    """Return the answer of a search; exit code 1 where no plan fits."""
    found, width = made.found, made.winner.width if made.winner else 0.0
    shown = [_plan(made, plan, width) for plan in found.best]
    front = [_plan(made, plan, width) for plan in found.front]
    body: dict[str, Any] = {
        "model": made.model, "batch": made.batch, "seq": made.sequence,
        "space": {"size": found.space.size, "domains": {name: list(of) for name, of in found.space.domains.items()}},
        "searched": found.searched, "masked": sum(found.masked.values()), "masked_by": found.masked,
        "seconds": seconds, "plans": shown, **({"pareto": front} if front else {}),
    }  # fmt: skip
    columns = ["", "s a step", "tokens/s a chip", "MFU", "GB a chip", "chips", "precision", "plan"]
    tables = [Table("The fastest plans", columns, _rows(shown), frozenset({0, 1, 2, 3, 4, 5}))]
    if front:
        title = "No plan beats these in time, memory and chips at once"
        tables.append(Table(title, columns, _rows(front), frozenset({0, 1, 2, 3, 4, 5})))
    figures = [made.winner.step.time] if made.winner else []
    return Answer(
        "plans", _finding(made), tables, lambda: body, lambda: [_flat(row) for row in shown], catalog, asked,
        [made.subject], figures, _notes(made), version=0, exit_code=0 if found.best else 1,
    )  # fmt: skip


def _plan(made: Plans, plan: Candidate, width: float) -> dict[str, Any]:
    from chipgauge.calc.plan import plan_text

    time = predicted_json(plan.time, "s", width)
    text = plan_text(plan.plan) + (",kernels=eager" if made.program == "eager" else "")
    return {
        "plan": text, "precision": plan.precision, "chips": plan.chips, "step_time": time,
        "tokens_per_second_per_chip": made.rate(plan), "mfu": made.mfu(plan), "memory_per_chip": plan.memory / 1e9,
        "place": plan.place,
    }  # fmt: skip


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    time = row["step_time"]
    return {**row, "step_time": time["value"], "low": time["low"], "high": time["high"]}


def _rows(shown: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            str(number), f"{row['step_time']['value']:.4g}", f"{row['tokens_per_second_per_chip']:,.0f}",
            f"{row['mfu']:.1%}", f"{row['memory_per_chip']:.1f}", f"{row['chips']:,.0f}", row["precision"], row["plan"],
        ]
        for number, row in enumerate(shown, 1)
    ]  # fmt: skip


def _finding(made: Plans) -> str:
    found = made.found
    chips = f"{made.subject.count:,.0f} {made.subject.item.name}"
    if not found.best or made.winner is None:
        return f"No plan of {made.name} fits on {chips}: none of {found.space.size:,} plans can run."
    best = found.best[0]
    low, high = around(best.time, made.winner.width)
    return (
        f"The fastest of {found.space.size:,} plans of {made.name} on at most {chips} takes {best.time:.3g} s a step "
        f"({low:.3g} to {high:.3g}): {made.rate(best):,.0f} tokens a second and chip, "
        f"{made.mfu(best):.0%} of the {best.precision.upper()} peak."
    )


def _notes(made: Plans) -> list[str]:
    from chipgauge.calc.plan import plan_values

    found = made.found
    masked = ", ".join(f"{number:,} {why}" for why, number in found.masked.items())
    sizes = " x ".join(f"{len(values)} {name}" for name, values in found.space.domains.items())
    notes = [
        f"space: {sizes} = {found.space.size:,}; batch {made.batch:g} x {made.sequence:g} tokens",
        f"computed: {found.searched:,}; masked: {sum(found.masked.values()):,}" + (f" ({masked})" if masked else ""),
    ]
    if found.space.outside:
        values = plan_values(found.space.outside)
        notes.append(f"outside the space of free plans: {values}; what is found there may be faster than its best plan")
    if made.winner:
        what = "sources" if made.winner.measured else "chips, since no run on this kind of chip was measured"
        notes.append(f"range: 80% of the errors of left-out {what} lie within it; plans nearer than that are alike")
    return notes
