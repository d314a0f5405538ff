# SPDX-License-Identifier: Apache-2.0
"""Serving predicted against measured: rows of prefill, decode and offline, and ratios between chips inside one source."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from chipgauge.calc.cases import Skipped
from chipgauge.calc.efficiency import family_of
from chipgauge.calc.intervals import NOMINAL, LeftOut, interval_widths, quantile, score
from chipgauge.calc.results import Result, result_of
from chipgauge.calc.serving_cases import Cases, Predictor, build
from chipgauge.calc.serving_constants import width_of
from chipgauge.calc.serving_fit import fitted_rows, publisher
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Score
from chipgauge.specs.measured import Measured

LEAN = 10.0
"""Prefill, decode and offline run in the same programs: kinds with few groups of rows lean on all of them."""


def serving_results(
    rows: Sequence[Measured], catalog: Catalog, names: Sequence[str], values: Any, widths: Mapping[str, float],
    left_out: Mapping[str, LeftOut], ours: set[str],
) -> tuple[list[Result], list[Skipped]]:  # fmt: skip
    """Return serving rows predicted with an array of constants, and those that cannot be, each with why.

    A row that the table marks as only reported (production averages, front ends, missing kernels) is scored apart.
    """
    cases = build(rows, catalog, set(names).__contains__)
    skipped = list(cases.skipped)
    if not cases.rows:
        return [], skipped
    made: list[Result] = []
    for row, predicted, use in zip(cases.rows, Predictor(cases, names).rows(values), fitted_rows(cases), strict=True):
        if not 0 < predicted < math.inf:
            skipped.append(
                Skipped(row.id, "no plan that agrees with the row leaves room for a cache beside the weights")
            )
            continue
        made.append(
            result_of(
                row, float(predicted) / row.value, width_of(row.kind, catalog.find(row.chip).id, widths), left_out.get(row.id),
                fitted=bool(use) and row.id in ours, apart=not bool(use), program=row.kind,
            )
        )  # fmt: skip
    return made, skipped


def serving_widths(cases: Cases, ratios: Any) -> tuple[dict[str, float], Any, dict[str, Score]]:
    """Return the width of each kind of row, that of each row from other publishers, and the scores of left-out rows.

    `ratios` are predicted over measured, each without the publisher of the row.
    """
    import numpy

    used = numpy.where(fitted_rows(cases), ratios, numpy.nan)
    kinds, publishers = [row.kind for row in cases.rows], [publisher(row) for row in cases.rows]
    widths, tested = interval_widths(cases.rows, kinds, publishers, used, lean=LEAN)
    found: dict[str, Score] = {}
    for kind in sorted(set(kinds)):
        mine = numpy.array([name == kind for name in kinds])
        found[kind] = score(cases.rows, numpy.where(mine, used, numpy.nan), tested)
    return widths, tested, found


def unmeasured_width(cases: Cases, ratios: Any) -> float:
    """Return the half-width of an interval for chips without measured kin, from rows whose family was left out.

    The next chip is of a family of its own, so each family (each chip, where it has no family) has one vote.
    """
    import numpy

    kin = [family_of(row.chip) for row in cases.rows]
    names = [row.chip if family == "any" else family for row, family in zip(cases.rows, kin, strict=True)]
    good = numpy.isfinite(ratios) & fitted_rows(cases)
    sizes = Counter(name for name, own in zip(names, good.tolist(), strict=True) if own)
    votes = numpy.array([1.0 / sizes[name] if name in sizes else 0.0 for name in names])
    return quantile(numpy.abs(numpy.log(ratios[good])), votes[good], NOMINAL)


def pairs(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return the ratios between chips in the same work of the same source; of equal runs the median one stands.

    Work is the same where model, requests, metric and how the program was set agree. Formats may differ: each chip runs
    its own.
    """
    cells: dict[tuple[Any, ...], dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        row = result.row
        if not result.apart:
            cells[_work(row)][row.chip].append(result)
    found: list[dict[str, Any]] = []
    for chips in cells.values():
        middle = {chip: sorted(all_, key=lambda one: one.row.value)[len(all_) // 2] for chip, all_ in chips.items()}
        for first, second in combinations((middle[chip] for chip in sorted(middle)), 2):
            measured = second.row.value / first.row.value
            apart = None
            if second.left_out and first.left_out:
                apart = second.left_out.ratio / first.left_out.ratio
            found.append(
                {
                    "kind": first.row.kind, "source": first.row.source, "model": first.row.model,
                    "chips": [second.row.chip, first.row.chip], "ids": [second.row.id, first.row.id],
                    "measured": measured, "predicted": second.predicted / first.predicted,
                    "ratio": second.ratio / first.ratio,
                    "left_out": apart,
                }
            )  # fmt: skip
    return found


def _work(row: Measured) -> tuple[Any, ...]:
    setting = row.group.rpartition("/")[2] if row.source.startswith("GPUStack") else ""
    batch = row.batch if row.kind != "offline" and not math.isnan(row.batch) else 0.0
    answer = 0.0 if math.isnan(row.seq_out) else row.seq_out
    return row.source, row.kind, row.model, row.metric, row.seq_in, answer, batch, setting
