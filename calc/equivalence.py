# SPDX-License-Identifier: Apache-2.0
"""What an equivalence is asked with and what it answers; `calc.equivalent` computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chipgauge.calc.fits import Fit
from chipgauge.calc.limits import Limit
from chipgauge.calc.ownership import Ownership
from chipgauge.calc.serving_rate import Server
from chipgauge.specs.figure import Figure
from chipgauge.specs.records import Subject

UTILISATIONS = ("model", "published")
"""Where the utilisation in training is from: the performance model at that number of chips, or published runs."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What an equivalence assumes besides the metric; an empty text takes the default of the tables.

    `at` and `build_in` are the countries of the original and of the build (`us`, `cn`); `terms` and `build_terms` replace
    terms of either (`calc.cost_terms`); `mfu` and `build_mfu` their utilisation in training, which else is of
    `utilisation`; `batch_tokens` are the tokens of a step; `serve` gives the rate of decoding; `budget`, `power` and
    `sales` are what there is for the build, with units; `correlate` are inputs that are drawn together (`A,B=0.7`).
    """

    train: str = ""
    infer: str = ""
    max_tpot: str = "50 ms"
    context: int = 4096
    at: str = ""
    build_in: str = ""
    terms: Mapping[str, str] | None = None
    build_terms: Mapping[str, str] | None = None
    mfu: str = ""
    build_mfu: str = ""
    utilisation: str = "model"
    batch_tokens: str = ""
    years: str = ""
    budget: str = ""
    power: str = ""
    sales: str = ""
    boundary: str = ""
    serve: Server | None = None
    correlate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What a workload makes of one kind of chip on one side: a share of the peak, or tokens a second and chip."""

    side: str
    chip: str
    figure: Figure
    words: str


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What `equivalent` answers. Ratios are the build over the original.

    `count` is in units of `within`; `chips` in chips; `sold_as` are the systems in which those chips are sold, with their
    number. `capex_ratio` is of bare chips or whole systems where one market has both, else of hardware as in the cost of
    ownership, `hardware_ratio`. `powers` is the ratio of power by boundary. `build` is the ownership of one unit of the
    build, `original` that of the whole original. `uses` is what the workload makes of each kind of chip; `otherwise` is
    the number with the utilisation of published runs. `residual` is the last step of the number over the one before,
    less one; None where nothing depends on it.
    """

    of: Subject
    within: Subject
    by: str
    count: Figure
    whole: int | None
    whole_range: tuple[int, int] | None
    capex_ratio: Figure
    tco_ratio: Figure
    power_ratio: Figure
    binding: str
    limits: tuple[Limit, ...]
    chips: Figure
    powers: tuple[tuple[str, Figure], ...] = ()
    original: Ownership | None = None
    build: Ownership | None = None
    residual: Figure | None = None
    fit: Fit | None = None
    notes: tuple[str, ...] = ()
    hardware_ratio: Figure | None = None
    uses: tuple[Use, ...] = ()
    otherwise: Figure | None = None
    sold_as: tuple[str, int] | None = None
    state: str = ""
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])


__all__ = ["UTILISATIONS", "Ask", "Equivalence", "Use"]
