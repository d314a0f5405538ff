# SPDX-License-Identifier: Apache-2.0
"""What the numbers do not say."""

from __future__ import annotations

from chipgauge.reports.section import Section, Sheet

LIMITS = tuple(
    line.strip()
    for line in """
    A peak is what the arithmetic units could do, not what a program gets: memory, network, software and the work decide.
    TPP and performance density are measures of the law. They say nothing about memory, interconnect, software or supply.
    A sum over the chips of a system is its best case: it leaves out the network between them.
    Ranges are the spread of credible sources that disagree, or of one source that gives a range; not a probability, unless 90% is said.
    Prices are dated, differ by market and contract, and are often reported, not listed.
    Verdicts read the rules named here and no others, with their exceptions, lanes and letters; end use is not read.
    This page asks for no particular destination or buyer: the strictest one stands. “chipgauge check --to --hq” asks.
    A prediction of work has an error of its own, known from runs left out of its fit, beside the ranges of its figures.
    A moved slider stands for “if this were so”: it changes numbers, never a source or a verdict.
    """.strip().splitlines()
)


def show(sheet: Sheet) -> tuple[str, ...]:
    """Return the limits, a sentence each."""
    return LIMITS


SECTION = Section("limits", "Limits", show)
