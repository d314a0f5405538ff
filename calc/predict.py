# SPDX-License-Identifier: Apache-2.0
"""One prediction of work on so many chips: its rate for each chip, its range and the errors that stand behind it.

For whoever needs a workload as one figure: an equivalence (`calc.utilisation.Workload`), the reading of a claim, a plot.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from chipgauge.calc.infer import infer
from chipgauge.calc.intervals import around
from chipgauge.calc.machine import first_known, plain
from chipgauge.calc.plan import plan_text
from chipgauge.calc.quantity import quantity
from chipgauge.calc.run import train
from chipgauge.calc.serving import serving_text
from chipgauge.calc.serving_constants import width_of
from chipgauge.calc.serving_mix import served_share
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants, Score
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Item

PHASES = ("offline", "prefill", "decode")
"""What of serving is asked: the steady state of a request mix, prompts alone, or answers alone."""


class Prediction(NamedTuple):
    """A rate for each chip and how sure it is.

    `rate` is a Figure [token/s for each chip] whose graph explains it; 80% lie within `width` of its logarithm, that is
    from `low` to `high` in the same unit.
    `utilisation` is the share of the dense BF16 peak that the FLOPs of the model alone reach [1] (above what BF16 could
    where a narrower format runs). `score` tells how far off left-out rows of this kind of work were, and the share that
    their intervals held; None where the table of constants has none. `plan` is what was chosen.
    """

    rate: Figure
    width: float
    utilisation: Figure
    score: Score | None
    plan: str

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return around(self.rate.number, self.width)[0]

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return around(self.rate.number, self.width)[1]


def training_prediction(
    model: Item, chip: Item, count: float, *, catalog: Catalog, constants: Constants, plan: str = "", batch: float = 0.0,
    sequence: float = 0.0, precision: str = "bf16",
) -> Prediction:  # fmt: skip
    """Return tokens a second for each chip of a training step in its fastest plan that fits.

    Parameters
    ----------
    count : float
        Chips of the job. [1]
    plan, batch, sequence, precision
        As `calc.run.train` takes them; what is not given is set as there.

    Raises
    ------
    ChipgaugeError
        No plan uses the chips, or a figure of the chip or of the model is unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> found = training_prediction(
    ...     catalog().find("GPT 174.6B"), catalog().find("H100"), 128, plan="tp=4,pp=8,vp=6,mb=1", batch=256, sequence=2048,
    ...     catalog=catalog(), constants=constants())
    >>> found.low < found.rate.number < found.high and 0.3 < found.utilisation.number < 0.7
    True
    """
    run = train(
        model.id, f"{count:.0f} {chip.id}", plan=plan, batch=batch, sequence=sequence, precision=precision,
        catalog=catalog, constants=constants,
    )  # fmt: skip
    share = run.mfu
    if run.precision not in ("bf16", "fp16"):
        own, wide = (quantity(f"peak.{name}", chip.id, catalog=catalog) for name in (run.precision, "bf16"))
        share = run.mfu * own / wide
    return Prediction(run.rate, run.width, share, constants.errors.get("train"), plan_text(run.plan))


def serving_prediction(
    model: Item, chip: Item, count: float, *, prompt: float, answer: float, catalog: Catalog, constants: Constants,
    phase: str = "offline", batch: float = math.inf, max_tpot: float = math.inf, max_ttft: float = math.inf,
    precision: str = "", engine: str = "any",
) -> Prediction:  # fmt: skip
    """Return tokens a second for each chip of serving, in the plan that answers the most.

    Parameters
    ----------
    count : float
        Chips that serve. [1]
    prompt, answer : float
        Mean tokens of a prompt and of an answer. [1]
    phase : {"offline", "prefill", "decode"}
        Tokens of answers in continuous batching of the mix; tokens of prompts alone; tokens of answers alone.
    batch, max_tpot, max_ttft, precision, engine
        As `calc.infer.infer` takes them. [1, s, s]

    Raises
    ------
    ChipgaugeError
        No plan holds the weights or meets the bounds.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> found = serving_prediction(
    ...     catalog().find("Llama 3.1 70B"), catalog().find("H200"), 8, prompt=2000, answer=500,
    ...     catalog=catalog(), constants=constants())
    >>> found.low < found.rate.number < found.high
    True
    """
    if phase not in PHASES:
        raise ValueError(f"phase is one of {', '.join(PHASES)}, got {phase!r}")
    made = infer(
        model, chip, count, prompt=prompt, answer=answer, catalog=catalog, constants=constants, precision=precision,
        batch=batch, max_tpot=max_tpot, max_ttft=max_ttft, engine=engine,
    )  # fmt: skip
    rate = {"offline": made.served.answer_rate, "prefill": made.prefill_rate, "decode": made.decode_rate}[phase]
    width = width_of(phase, chip.id, constants.widths)
    peak = first_known([quantity(f"peak.{name}", chip.id, catalog=catalog) for name in ("bf16", "fp16")])
    active = quantity("parameters.per_token.no_input", model.id, catalog=catalog)
    whole = (prompt + answer) / answer if phase == "offline" else 1.0
    share: Figure = served_share(
        rate=rate, tokens=plain("tokens for each answered", whole), parameters=active, peak=peak
    )
    return Prediction(rate, width, share, constants.errors.get(phase), serving_text(made.plan))


__all__ = ["PHASES", "Prediction", "serving_prediction", "training_prediction"]
