# SPDX-License-Identifier: Apache-2.0
"""`chipgauge infer`: how fast a model serves on a number of chips, by which plan, bound by what, and how wrong that is."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from chipgauge.calc.infer import Inference, infer
from chipgauge.calc.serving import ENGINES
from chipgauge.reports import text
from chipgauge.reports.answer import Answer, Table, leaves_json
from chipgauge.reports.options import answer_with, catalog_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject
from chipgauge.specs.serving_table import ServingConstants, serving_constants
from chipgauge.specs.units import parse_unit

PARTS = {
    "projections": "attention projections", "attention": "attention over the cache and the prompts",
    "network": "feed-forward networks and experts", "expert": "exchange of tokens among experts",
    "tensor": "all-reduce between tensor ranks", "kernels": "small kernels", "head": "logits",
    "host": "host: scheduling and sampling", "stages": "pipeline", "program": "program against the mean one",
    "software": "young programs",
}  # fmt: skip


@click.command(
    "infer",
    short_help="How fast a model serves on chips.",
    epilog='Example: chipgauge infer "Llama 3.1 70B" --on "8 H200" --input 2000 --output 500 --max-tpot "50 ms"',
)
@click.argument("model")
@click.option("--on", "where", metavar='"N CHIP"', required=True, help="The chips that serve it.")
@click.option(
    "--input", "prompt", metavar="N", type=click.FloatRange(1, 1e8), required=True, help="Tokens of a prompt."
)
@click.option(
    "--output", "length", metavar="N", type=click.FloatRange(1, 1e8), required=True, help="Tokens of an answer."
)
@click.option(
    "--batch", metavar="N", type=click.FloatRange(1, 1e9), default=None, help="Requests at once, on all chips."
)
@click.option("--max-tpot", metavar='"50 ms"', default="", help="Longest time of a token.")
@click.option("--max-ttft", metavar='"2 s"', default="", help="Longest time of the first token, without a queue.")
@click.option(
    "--precision", metavar="P", default="", help="fp8, fp4, int8, bf16; default: what the chip runs in 8 bits."
)
@click.option("--engine", type=click.Choice(["any", *ENGINES]), default="any", help="The serving program.")
@click.option("--drafted", metavar="N", type=click.FloatRange(0, 64), default=0, help="Drafted tokens of a step.")
@click.option("--acceptance", metavar="SHARE", type=click.FloatRange(0, 0.999), default=0, help="Share of drafts kept.")
@click.option("--prefer", metavar="SOURCE", default="", help="Adopt this source wherever it has a value.")
@click.option(
    "--set",
    "given",
    metavar="'NAME(ITEM)=VALUE'",
    multiple=True,
    help="Replace a figure, with its unit (status: assumed).",
)
@catalog_options
@output_options
def command(
    model: str, where: str, prompt: float, length: float, batch: float | None, max_tpot: str, max_ttft: str,
    precision: str, engine: str, drafted: float, acceptance: float, prefer: str, given: tuple[str, ...],
    folder: str | None, form: str,
) -> None:  # fmt: skip
    """Predict serving of MODEL: prefill and decode rates, times of tokens, what bounds it, and the error to expect."""
    asked = inputs(
        model=model, where=where, input=prompt, output=length, batch=batch, max_tpot=max_tpot, max_ttft=max_ttft,
        precision=precision, engine=engine if engine != "any" else "", drafted=drafted, acceptance=acceptance,
        prefer=prefer, set=given, catalog=folder,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given)
    network, machine = catalog.subject(model), catalog.subject(where)
    if network.item.kind != "model":
        raise UnknownName(f"{model[:40]!r} is not a model; `chipgauge list models` shows what is known")
    if machine.item.kind != "chip":
        raise UnknownName(f'--on takes a number of chips, for example --on "8 H200"; {where[:40]!r} is not a chip')
    constants = serving_constants()
    result = infer(
        network.item, machine.item, machine.count, prompt=prompt, answer=length, catalog=catalog, constants=constants,
        precision=precision, batch=batch or math.inf, max_tpot=seconds(max_tpot, "--max-tpot"),
        max_ttft=seconds(max_ttft, "--max-ttft"), engine=engine, acceptance=acceptance, drafted=drafted,
    )  # fmt: skip
    answer_with(answer(result, constants, catalog, asked, [network, machine]), form)


def seconds(given: str, option: str) -> float:
    """Return a time in seconds; an empty text is no bound.

    >>> seconds("50 ms", "--max-tpot"), seconds("", "--max-tpot")
    (0.05, inf)
    """
    if not given:
        return math.inf
    found = re.fullmatch(r"\s*([0-9.]+(?:e-?\d+)?)\s*([a-z]+)\s*", given)
    unit = parse_unit(found[2]) if found and found[2] in ("s", "ms", "us", "min", "h") else None
    try:
        value = float(found[1]) if found else -1.0
    except ValueError:
        value = -1.0
    if unit is None or value <= 0:
        raise UnknownName(f'{option} is a time with its unit, for example {option} "50 ms"; got {given[:40]!r}')
    return value * unit.numerator / unit.denominator


def spread(figure: Figure, kind: str, constants: ServingConstants) -> dict[str, Any]:
    """Return a predicted figure as a Quantity: its interval is that of the errors of rows left out of the fit."""
    value = figure.in_unit(figure.number)
    width = constants.widths.get(kind, max(constants.widths.values(), default=0.0))
    return {
        "value": value, "unit": figure.unit.text, "low": value * math.exp(-width), "high": value * math.exp(width),
        "interval": "80%", "status": "estimated", "sources": figure.all_sources(),
    }  # fmt: skip


def answer(
    result: Inference, constants: ServingConstants, catalog: Catalog, asked: dict[str, Any], subjects: list[Subject]
) -> Answer:
    """Return the answer: rates, times, memory, and where the time of a step goes."""
    served, plan = result.served, result.plan
    named = {
        "prefill_tokens_per_second_per_chip": (result.prefill_rate, "prefill"),
        "decode_tokens_per_second_per_chip": (result.decode_rate, "decode"),
        "output_tokens_per_second_per_chip": (served.answer_rate, "offline"),
        "ttft": (result.prefill.time, "prefill"),
        "tpot": (served.tpot, "offline"),
    }
    titles = {
        "prefill_tokens_per_second_per_chip": "prefill alone, tokens a second for each chip",
        "decode_tokens_per_second_per_chip": "decode alone, tokens a second for each chip",
        "output_tokens_per_second_per_chip": "answers in continuous batching, tokens a second for each chip",
        "ttft": "first token of a prompt, without a queue", "tpot": "time of a token, in the mix",
    }  # fmt: skip
    quantities = {name: spread(figure, kind, constants) for name, (figure, kind) in named.items()}
    figures = [figure for figure, _ in named.values()]
    whole = served.step.time.number
    parts = {name: figure.number for name, figure in served.step.parts.items() if figure.number}
    shape = {
        "tensor": plan.tensor, "expert": plan.expert, "chips": plan.chips, "instances": result.chips / plan.chips,
        "sequences": plan.sequences, "requests_at_once": plan.sequences * result.chips / plan.tensor,
        "weights": result.stored, "products": result.runs, "cache": "fp8" if plan.cache == 1 else "bf16",
        "tokens_a_step": plan.accepted,
    }  # fmt: skip
    error = {
        "interval": "80%", "widths": {name: math.exp(width) for name, width in constants.widths.items()},
        "left_out": constants.errors,
    }  # fmt: skip
    rows = [
        [
            titles[name],
            text.number(shown["value"]),
            str(shown["unit"]),
            f"{text.number(shown['low'])} to {text.number(shown['high'])}",
        ]
        for name, shown in quantities.items()
    ]
    memory = served.memory
    body = {
        "model": result.model.id, "chip": result.chip.id, "plan": shape, **quantities, "bound": result.bound,
        "batch_limit": result.limit, "tried": result.tried,
        "memory_per_chip": {
            "weights": memory.weights.number, "cache": served.sequences.number * memory.each.number / plan.tensor,
            "room": memory.room.number, "unit": "byte",
        },
        "step_time": whole, "breakdown": parts, "error": error, "leaves": leaves_json(figures),
    }  # fmt: skip
    offline = constants.errors.get("offline_median", math.nan)
    finding = (
        f"{result.model.name} on {result.chips:g} {result.chip.name}: {text.number(quantities['output_tokens_per_second_per_chip']['value'])} "
        f"tokens of answers a second for each chip, {served.tpot.number * 1e3:.3g} ms a token, bound by {result.bound}; "
        f"expect an error of {offline:.0%}"
    )
    how = (
        f"Plan: {plan.tensor:g} tensor ranks, {plan.expert:g} expert ranks, {plan.chips:g} chips an instance, "
        f"{shape['requests_at_once']:.4g} requests at once (limit: {result.limit}); weights in {result.stored}, products in "
        f"{result.runs}, cache in {shape['cache']}."
    )
    shares = [[PARTS[name], text.number(value * 1e3), f"{value / whole:.0%}"] for name, value in parts.items()]
    shares.sort(key=lambda row: -parts[next(name for name, title in PARTS.items() if title == row[0])])
    tables = [
        Table("", ["figure", "value", "unit", "80% interval"], rows, frozenset({1})),
        Table("One step", ["part", "ms", "share"], shares, frozenset({1, 2})),
    ]
    return Answer(
        "infer", finding, tables, lambda: body, lambda: [{"name": name, **shown} for name, shown in quantities.items()],
        catalog, asked, subjects, figures, [how, *text.notes(catalog, subjects, [])], version=0,
    )  # fmt: skip
