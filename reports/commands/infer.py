# SPDX-License-Identifier: Apache-2.0
"""`chipgauge infer`: how fast a model serves on a number of chips, by which plan, bound by what, and how wrong that is."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from chipgauge.calc.efficiency import family_of
from chipgauge.calc.graph import node_list
from chipgauge.calc.infer import Inference, infer
from chipgauge.calc.serving import ENGINES
from chipgauge.calc.serving_constants import MEASURED, width_of
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, predicted_json
from chipgauge.reports.options import Number, answer_with, catalog_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants, constants
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject
from chipgauge.specs.units import parse_unit

PARTS = {
    "projections": "attention projections", "attention": "attention over the cache and the prompts",
    "network": "feed-forward networks and experts", "expert": "exchange of tokens among experts",
    "tensor": "all-reduce between tensor ranks", "kernels": "norms, activations, casts, small kernels", "head": "logits",
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
@click.option("--input", "prompt", metavar="N", type=Number(1, 10**8), required=True, help="Tokens of a prompt.")
@click.option("--output", "length", metavar="N", type=Number(1, 10**8), required=True, help="Tokens of an answer.")
@click.option("--batch", metavar="N", type=Number(1, 10**9), default=None, help="Requests at once, on all chips.")
@click.option("--max-tpot", metavar='"50 ms"', default="", help="Longest time of a token.")
@click.option("--max-ttft", metavar='"2 s"', default="", help="Longest time of the first token, without a queue.")
@click.option(
    "--precision", metavar="P", default="", help="fp8, fp4, int8, bf16; default: what the chip runs in 8 bits."
)
@click.option("--engine", type=click.Choice(["any", *ENGINES]), default="any", help="The serving program.")
@click.option("--drafted", metavar="N", type=Number(0, 64), default=0, help="Drafted tokens of a step.")
@click.option("--acceptance", metavar="SHARE", type=Number(0, 0.999), default=0, help="Share of drafts kept.")
@click.option("--explain", "explained", is_flag=True, help="With --json: every node of the rate of answers.")
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
    precision: str, engine: str, drafted: float, acceptance: float, explained: bool, prefer: str, given: tuple[str, ...],
    folder: str | None, form: str,
) -> None:  # fmt: skip
    """Predict serving of MODEL: prefill and decode rates, times of tokens, what bounds it, and the error to expect."""
    asked = inputs(
        model=model, where=where, input=prompt, output=length, batch=batch, max_tpot=max_tpot, max_ttft=max_ttft,
        precision=precision, engine=engine if engine != "any" else "", drafted=drafted, acceptance=acceptance,
        explain=explained, prefer=prefer, set=given, catalog=folder,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given)
    network, machine = catalog.subject(model), catalog.subject(where)
    if network.item.kind != "model":
        raise UnknownName(f"{model[:40]!r} is not a model; `chipgauge list models` shows what is known")
    if machine.item.kind != "chip":
        raise UnknownName(f'--on takes a number of chips, for example --on "8 H200"; {where[:40]!r} is not a chip')
    table = constants()
    result = infer(
        network.item, machine.item, machine.count, prompt=prompt, answer=length, catalog=catalog, constants=table,
        precision=precision, batch=batch or math.inf, max_tpot=seconds(max_tpot, "--max-tpot"),
        max_ttft=seconds(max_ttft, "--max-ttft"), engine=engine, acceptance=acceptance, drafted=drafted,
    )  # fmt: skip
    answer_with(answer(result, table, catalog, asked, [network, machine], explained), form)


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


def spread(figure: Figure, kind: str, unit: str, chip: str, table: Constants) -> dict[str, Any]:
    """Return a predicted figure as a Quantity: its interval is that of the errors of rows left out of the fit."""
    value = figure.in_unit(figure.number)
    assert value is not None
    return predicted_json(value, unit, width_of(kind, chip, table.widths), figure)


def _errors(table: Constants, kind: str) -> list[str]:
    score = table.errors.get(kind)
    return [f"{score.median:.0%}", f"{score.coverage:.0%}"] if score else ["", ""]


def answer(
    result: Inference,
    table: Constants,
    catalog: Catalog,
    asked: dict[str, Any],
    subjects: list[Subject],
    explained: bool = False,
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
    quantities = {
        name: spread(figure, kind, "token/s" if "per_second" in name else "s", result.chip.id, table)
        for name, (figure, kind) in named.items()
    }
    figures = [figure for figure, _ in named.values()]
    whole = served.step.time.number
    parts = [
        {"part": PARTS[name], "value": figure.number, "unit": "s", "share": figure.number / whole}
        for name, figure in served.step.parts.items()
        if figure.number
    ]
    shape = {
        "tensor": plan.tensor, "expert": plan.expert, "chips": plan.chips, "instances": result.chips / plan.chips,
        "sequences": plan.sequences, "requests_at_once": plan.sequences * result.chips / plan.tensor,
        "weights": result.stored, "products": result.runs, "cache": "fp8" if plan.cache == 1 else "bf16",
        "tokens_a_step": plan.accepted,
    }  # fmt: skip
    measured = family_of(result.chip.id) in MEASURED
    error = {
        "interval": "80%", "measured": measured,
        "basis": "left-out sources of measured runs" if measured else "left-out families of measured chips",
        "of": {name: kind for name, (_, kind) in named.items()},
        "left_out": {name: score._asdict() for name, score in table.errors.items() if name != "train"},
    }  # fmt: skip
    rows = [
        [
            titles[name],
            text.number(shown["value"]),
            str(shown["unit"]),
            f"{text.number(shown['low'])} to {text.number(shown['high'])}",
            *_errors(table, named[name][1]),
        ]
        for name, shown in quantities.items()
    ]
    memory = served.memory
    held = served.sequences.number * memory.room.number / memory.fitting.number
    body: dict[str, Any] = {
        "model": result.model.id, "chip": result.chip.id, "plan": shape, **quantities, "bound": result.bound,
        "batch_limit": result.limit, "tried": result.tried,
        "memory_per_chip": {
            "value": (memory.weights.number + held) / 1e9, "unit": "GB", "room": memory.room.number / 1e9,
            "parts": {"weights": memory.weights.number / 1e9, "cache": held / 1e9},
        },
        "step_time": whole, "breakdown": parts, "error": error, "leaves": leaves_json(figures),
    }  # fmt: skip
    if explained:
        body["nodes"] = node_list(served.answer_rate, ranges=False)
    finding = (
        f"{result.model.name} on {result.chips:g} {result.chip.name}: {text.number(quantities['output_tokens_per_second_per_chip']['value'])} "
        f"tokens of answers a second for each chip, {served.tpot.number * 1e3:.3g} ms a token, bound by {result.bound}."
    )
    how = (
        f"plan: tensor ranks {plan.tensor:g}, expert ranks {plan.expert:g}, chips of an instance {plan.chips:g}; "
        f"{shape['requests_at_once']:.4g} requests at once (limit: {result.limit}); weights in {result.stored}, products in "
        f"{result.runs}, cache in {shape['cache']}; off by and held: median error and share in their range of rows whose source was left "
        f"out of the fit"
    )
    parts.sort(key=lambda part: -float(str(part["value"])))
    shares = [
        [str(part["part"]), text.number(float(str(part["value"])) * 1e3), f"{part['share']:.0%}"] for part in parts
    ]
    tables = [
        Table("", ["figure", "value", "unit", "80% interval", "off by", "held"], rows, frozenset({1, 4, 5})),
        Table("One step", ["part", "ms", "share"], shares, frozenset({1, 2})),
    ]
    return Answer(
        "infer", finding, tables, lambda: body, lambda: [{"name": name, **shown} for name, shown in quantities.items()],
        catalog, asked, subjects, figures, [how, *remarks.notes(catalog, subjects, [])], version=0,
    )  # fmt: skip
