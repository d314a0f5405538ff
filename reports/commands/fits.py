# SPDX-License-Identifier: Apache-2.0
"""`chipgauge fits`: the smallest number of chips whose memory holds a model."""

from __future__ import annotations

import click

from chipgauge.calc.fits import PRECISIONS, Fit, fits
from chipgauge.calc.parts import systems_of
from chipgauge.reports import remarks, text
from chipgauge.reports.answer import Answer, Table, leaves_json, quantity_json, record
from chipgauge.reports.options import answer_with, dateless_options, inputs, make_catalog, output_options
from chipgauge.specs.catalog import Catalog


@click.command(
    "fits", short_help="How many chips hold a model.", epilog='Example: chipgauge fits "Llama 3.1 405B" --on H20'
)
@click.argument("model")
@click.option("--on", "chips", metavar="CHIP", required=True, multiple=True, help="The chip; may be given again.")
@click.option(
    "--context",
    metavar="N",
    type=click.IntRange(1, 100_000_000),
    default=8192,
    show_default=True,
    help="Tokens of the one sequence held.",
)
@click.option(
    "--precision", type=click.Choice(list(PRECISIONS)), default="bf16", show_default=True, help="Of the weights."
)
@click.option("--training", is_flag=True, help="Weights, gradients and optimiser state, without activations.")
@dateless_options
@output_options
def command(
    model: str, chips: tuple[str, ...], context: int, precision: str, training: bool, prefer: str, given: tuple[str, ...],
    projected: bool, folder: str | None, form: str,
) -> None:  # fmt: skip
    """The smallest number of CHIP whose memory holds MODEL."""
    asked = inputs(
        model=model, on=chips, context=context, precision=precision, training=training, prefer=prefer, set=given,
        projected=projected, catalog=folder,
    )  # fmt: skip
    catalog = make_catalog(folder, prefer, given, projected)
    found = [
        fits(model, chip, context=context, precision=precision, training=training, catalog=catalog) for chip in chips
    ]
    answer_with(answer(found, catalog, asked), form)


def answer(found: list[Fit], catalog: Catalog, asked: dict[str, object]) -> Answer:
    """Return the answer: a line a chip."""
    rows = [
        [
            fit.chip.name,
            "unknown" if fit.chips is None else f"{fit.chips:,}",
            text.value(fit.memory),
            text.value(fit.per_chip),
            _system(fit, catalog),
        ]
        for fit in found
    ]
    first = found[0]
    use = "training" if first.training else f"serving in {first.precision.upper()} at a context of {first.context:,}"
    said = [f"{fit.chips:,} {fit.chip.name}" for fit in found if fit.chips is not None]
    finding = (
        f"{first.model.name} ({use}) is held by {text.joined(said)}."
        if said
        else f"What holds {first.model.name} is unknown: {first.ratio.why}."
    )
    figures = [figure for fit in found for figure in (fit.memory, fit.per_chip)]
    body = {
        "model": first.model.id, "precision": first.precision, "context": first.context, "training": first.training,
        "fits": [
            {"chip": fit.chip.id, "chips": fit.chips, "memory": quantity_json(fit.memory), "per_chip": quantity_json(fit.per_chip)}
            for fit in found
        ],
        "chips": first.chips, "memory": quantity_json(first.memory), "leaves": leaves_json(figures),
    }  # fmt: skip
    subjects = [catalog.subject(first.model.id), *(catalog.subject(fit.chip.id) for fit in found)]
    notes = [
        "memory alone: parallel plans may need more; without activations and without a second sequence",
        *remarks.notes(catalog, [], figures),
    ]
    return Answer(
        "fits", finding, [Table("", ["chip", "chips", "GB needed", "GB of one chip", "in whole systems"], rows, frozenset({1, 2, 3}))],
        lambda: body, lambda: [record(fit.ratio, chip=fit.chip.id, chips=fit.chips) for fit in found], catalog, asked,
        subjects, figures, notes, version=0,
    )  # fmt: skip


def _system(fit: Fit, catalog: Catalog) -> str:
    systems = systems_of(fit.chip, catalog)
    if fit.chips is None or not systems:
        return ""
    item, held = systems[0]
    return f"{-(-fit.chips // int(held.number))} {item.name}"
