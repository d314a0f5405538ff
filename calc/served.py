# SPDX-License-Identifier: Apache-2.0
"""The serving model behind `calc.serving_rate.Server`: tokens a second and chip for comparisons of clusters.

The rate hardly depends on the number of chips once it holds many instances, so the model is asked about a power of two of
them, up to the largest instance that its search knows; its tested error is one leaf of each chip.
"""

from __future__ import annotations

import math
from dataclasses import replace

from chipgauge.calc.infer import infer
from chipgauge.calc.modelled import SERVED, error_leaf, of_method
from chipgauge.calc.serving_constants import width_of
from chipgauge.calc.serving_rate import Request, Server, Service
from chipgauge.specs.efficiencies import exact_constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.figure import unknown
from chipgauge.specs.units import parse_unit

MOST = 1024.0
"""Chips of the largest instance that the search knows."""
ANSWER = 0.25
"""Share of a sequence that is answer: at the middle of it the context is that asked for."""


def server_or(given: Server | None) -> Server:
    """Return the model of serving that was given, else ours."""
    return given or serving


def serving(request: Request) -> Service:
    """Return the rate of decoding that the serving model predicts, or unknown with the reason.

    Examples
    --------
    >>> from chipgauge.calc.cost_terms import given_figure
    >>> from chipgauge.calc.serving_rate import upper_bound
    >>> from chipgauge.specs.catalog import catalog
    >>> here, tpot = catalog(), given_figure("max-tpot", "50 ms", "ms")
    >>> asked = Request(here.find("DeepSeek-V3"), here.find("H200"), 1000, tpot, 4096, here)
    >>> 300 < serving(asked).rate.number < upper_bound(asked).rate.number
    True
    """
    model, chip, chips, tpot, context, catalog, _ = request
    constants = exact_constants()
    job = min(MOST, 2.0 ** math.floor(math.log2(max(chips, 1.0))))
    mark = f"{model.id} on {job:g} {chip.id} within {tpot.text} at {context}"
    answer = max(1.0, round(context * ANSWER / (1 - ANSWER / 2)))
    try:
        found = infer(
            model, chip, job, prompt=max(1.0, context - answer / 2), answer=answer, catalog=catalog, constants=constants,
            max_tpot=tpot.number,
        )  # fmt: skip
    except ChipgaugeError as problem:
        lacking = unknown(f"served({mark})", "decode_rate", str(problem), unit=parse_unit("1/s"))
        return Service(lacking, "something unknown", "the serving model")
    width = width_of("decode", chip.id, constants.widths)
    error = error_leaf("serving", chip.id, width, SERVED)
    rate = replace(
        of_method(found.decode_rate, mark, f"the best of {found.tried:,} plans") * error,
        key=f"served({mark})",
        unit=parse_unit("1/s"),
        _cache={},
    )
    words = f"the serving model, weights in {found.stored}, instances of {found.plan.chips:g} chips, tested error {width:.0%}"
    return Service(rate, found.bound, words)


__all__ = ["server_or", "serving"]
