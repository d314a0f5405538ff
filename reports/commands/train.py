# SPDX-License-Identifier: Apache-2.0
"""`chipgauge train`: step time, utilisation, memory and days of a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chipgauge.calc.intervals import around
from chipgauge.reports.answer import Answer, Table, predicted_json
from chipgauge.reports.options import Number, answer_with, dateless_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog

if TYPE_CHECKING:
    from chipgauge.calc.run import Run

DAY = 86400.0


@click.command(
    "train",
    short_help="A training run.",
    epilog='Example: chipgauge train "Llama-3.1-405B" --on "16384 H100" --tokens 15.6e12',
)
@click.argument("model")
@click.option("--on", "chips", metavar='"N CHIP"', required=True, help="The chips it runs on.")
@click.option("--plan", metavar="tp=8,pp=16,...", default="", help="What is fixed; the rest is set to the fastest.")
@click.option("--batch", metavar="N", type=Number(1, 10**9), default=None, help="Sequences of a step.")
@click.option("--seq", "sequence", metavar="N", type=Number(1, 10**8), default=None, help="Tokens of a sequence.")
@click.option("--precision", metavar="P", default="bf16", show_default=True, help="bf16, fp16, fp8, int8 or fp4.")
@click.option("--tokens", metavar="N", type=Number(1, 10**18), default=None, help="Tokens of the whole run.")
@click.option("--explain", "explained", is_flag=True, help="With --json: every node of the step time.")
@dateless_options
@output_options
def command(
    model: str, chips: str, plan: str, batch: float | None, sequence: float | None, precision: str,
    tokens: float | None, explained: bool, prefer: str, given: tuple[str, ...], projected: bool, folder: str | None,
    form: str,
) -> None:  # fmt: skip
    """Predict the step time of MODEL on "N CHIP", where the time goes, the memory and the days of the run."""
    from chipgauge.calc.run import train
    from chipgauge.specs.efficiencies import constants

    asked = inputs(
        model=model, on=chips, plan=plan, batch=batch, seq=sequence, precision=precision, tokens=tokens,
        explain=explained, prefer=prefer, set=given, projected=projected, catalog=folder,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    run = train(
        model, chips, plan=plan, batch=batch or 0.0, sequence=sequence or 0.0, precision=precision, tokens=tokens or 0.0,
        catalog=catalog, constants=constants(),
    )  # fmt: skip
    answer_with(answer(run, catalog, asked, explained), form)


def answer(run: Run, catalog: Catalog, asked: dict[str, Any], explained: bool = False) -> Answer:
    """Return the answer of a training run; exit code 1 where the plan does not fit into memory."""
    from chipgauge.calc.graph import node_list
    from chipgauge.calc.plan import plan_text

    step = run.step
    time = step.time.number
    parts: list[dict[str, Any]] = [
        {"part": name, "value": part.number, "unit": "s", "share": part.number / time}
        for name, part in step.parts.items()
    ]
    body: dict[str, Any] = {
        "model": run.model, "plan": plan_text(run.plan) + (f",kernels={run.program}" if run.program == "eager" else ""),
        "precision": run.precision, "batch": run.batch, "seq": run.sequence,
        "step_time": predicted_json(step.time.number, "s", run.width, step.time),
        "tokens_per_second_per_chip": predicted_json(run.rate.number, "token/s", run.width, run.rate),
        "mfu": predicted_json(run.mfu.number, "1", run.width, run.mfu),
        "days": predicted_json(run.days.number / DAY, "d", run.width, run.days) if run.days else None,
        "productive_share": run.share.number if run.share else None,
        "memory_per_chip": {
            "value": run.memory.number / 1e9, "unit": "GB", "room": run.room.number / 1e9, "fits": run.fits,
            "shortfall": run.shortfall / 1e9,
            "parts": {
                "states": step.footprint.states.number / 1e9, "activations": step.footprint.activations.number / 1e9,
                "logits": step.footprint.logits.number / 1e9, "gathered weights": step.footprint.gathered.number / 1e9,
            },
        },
        "breakdown": parts,
        "error": {
            "interval": "80%", "relative": run.width, "measured": run.measured,
            "basis": "left-out sources of measured runs" if run.measured else "left-out chips of measured runs",
        },
        "plans_tried": run.tried,
    }  # fmt: skip
    if explained:
        body["nodes"] = node_list(step.time, ranges=False)
    rows = [[str(part["part"]), f"{part['value']:.4g}", f"{part['share']:.1%}"] for part in parts if part["value"]]
    tables = [Table("Where a step goes", ["part", "s", "share"], rows, frozenset({1, 2}))]
    return Answer(
        "train", _finding(run, catalog.items[run.model].name), tables, lambda: body, lambda: parts, catalog, asked,
        [run.subject], [], _notes(run), version=0, exit_code=0 if run.fits else 1,
    )  # fmt: skip


def _finding(run: Run, model: str) -> str:
    time = run.step.time.number
    low, high = around(time, run.width)
    if not run.fits:
        return (
            f"{model} does not fit on {run.subject.count:,.0f} {run.subject.item.name} with this plan: it needs "
            f"{run.memory.number / 1e9:.1f} GB a chip, {run.shortfall / 1e9:.1f} GB more than there are; "
            f"{run.step.footprint.states.number / 1e9:.1f} GB are weights, gradients and optimizer states."
        )
    said = (
        f"A step of {model} on {run.subject.count:,.0f} {run.subject.item.name} takes {time:.3g} s "
        f"({low:.3g} to {high:.3g}): {run.rate.number:,.0f} tokens a second and chip, "
        f"{run.mfu.number:.0%} of the {run.precision.upper()} peak"
    )
    return f"{said}; {run.days.number / DAY:,.0f} days for the run." if run.days else f"{said}."


def _notes(run: Run) -> list[str]:
    from chipgauge.calc.plan import plan_text

    notes = [
        f"plan: {plan_text(run.plan)}; batch {run.batch:g} x {run.sequence:g} tokens"
        + (f"; the fastest of {run.tried:,} plans" if run.tried > 1 else ""),
        f"memory: {run.memory.number / 1e9:.1f} of {run.room.number / 1e9:.1f} GB a chip",
    ]
    if run.share:
        notes.append(f"days count failures, restarts and checkpoints: {run.share.number:.0%} of the time trains")
    words = "left-out sources" if run.measured else "left-out chips, since no run on this kind of chip was measured"
    notes.append(f"range: 80% of the errors of {words} lie within it")
    return notes
