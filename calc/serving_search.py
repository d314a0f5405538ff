# SPDX-License-Identifier: Apache-2.0
"""The whole space of serving plans of a model on so many chips: precision, instance, tensor and expert ranks, batch.

Every whole number of sequences is a plan of its own. A plan is computed or masked for a reason, and the one that answers
most tokens for each chip within the bounds on latency is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from chipgauge.calc.cases import divisors
from chipgauge.calc.infer import best_format
from chipgauge.calc.inference import Served, prefill, serve
from chipgauge.calc.pareto import Front
from chipgauge.calc.search import CHIPS, DIVISION, MEMORY, SAME
from chipgauge.calc.serving import Requests, Serving
from chipgauge.calc.serving_device import running_format, storage_of
from chipgauge.calc.serving_ready import TENSOR, Ready, plan_figures, ready, ready_numbers, request_figures, setting_of
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.efficiencies import Constants
from chipgauge.specs.errors import ChipgaugeError
from chipgauge.specs.records import Item

MOST_SEQUENCES = 1024
"""Sequences that a program runs at once in one group."""
MOST_CHIPS = 4096
COLUMNS = 64
"""Plans whose batches are computed at once."""
BATCH = "not the batch asked for"


class Chosen(NamedTuple):
    """A serving plan with the rate of its answers [token/s and chip], times of a token and of the first one [s]."""

    rate: float
    tpot: float
    ttft: float
    memory: float | None
    place: int
    precision: str
    plan: Serving


class Searched(NamedTuple):
    """What a search gives; `meeting` is how many plans meet the bounds, `winner` the best one as Figures."""

    domains: dict[str, tuple[Any, ...]]
    best: list[Chosen]
    front: list[Chosen]
    searched: int
    masked: dict[str, int]
    meeting: int
    winner: Served | None

    @property
    def size(self) -> int:
        """How many plans there are: the product of the sizes of the domains."""
        return math.prod(len(values) for values in self.domains.values())


def search_serving(
    model: Item, chip: Item, chips: float, *, prompt: float, answer: float, catalog: Catalog, constants: Constants,
    precisions: Sequence[str] = (), batch: float = math.inf, max_tpot: float = math.inf, max_ttft: float = math.inf,
    engine: str = "any", top: int = 10, pareto: bool = False,
) -> Searched:  # fmt: skip
    """Return the plans that answer the most tokens for each chip within the bounds.

    Parameters
    ----------
    prompt, answer : float
        Mean tokens of a prompt and of an answer. [1]
    precisions : sequence of str
        Formats of the weights; by default 16 bits, the narrowest of 8 bits and, where the chip has it, 4 bits.
    batch : float
        Requests that run at once on all chips; any number by default. [1]
    max_tpot, max_ttft : float
        Bounds on the time of a token and of the first one. [s]

    Raises
    ------
    ChipgaugeError
        Chips or a batch that are not whole; a figure of the model is unknown.

    Examples
    --------
    >>> from chipgauge.specs.catalog import catalog
    >>> from chipgauge.specs.efficiencies import constants
    >>> c = catalog()
    >>> found = search_serving(c.find("Llama-3.1-70B"), c.find("H200"), 8, prompt=2000, answer=500, max_tpot=0.05,
    ...                        catalog=c, constants=constants())
    >>> found.searched + sum(found.masked.values()) == found.size
    True
    """
    if chips % 1 or not 1 <= chips <= MOST_CHIPS:
        raise ChipgaugeError(f"--on takes a whole number of chips from 1 to {MOST_CHIPS:,} to serve, got {chips:.15g}")
    if math.isfinite(batch) and (batch % 1 or batch < 1):
        raise ChipgaugeError(f"--batch takes a whole number of requests that run at once, at least 1, got {batch:.15g}")
    stored = [storage_of(name) for name in precisions]
    usual = ("bf16", best_format(chip, catalog), "fp4")
    stored = stored or [name for name in dict.fromkeys(usual) if running_format(chip, name, catalog) == name]
    setting = setting_of(model, chip, engine, catalog=catalog, constants=constants)
    settings = {name: ready(setting, name) for name in stored}
    bare = {name: ready_numbers(made) for name, made in settings.items()}
    mixture = bool(next(iter(bare.values())).a.experts)
    domains: dict[str, tuple[Any, ...]] = {
        "precision": tuple(stored), "chips": tuple(divisors(chips)),
        "tensor": tuple(t for t in TENSOR if t <= chips), "expert": tuple(divisors(chips)) if mixture else (1.0,),
        "sequences": tuple(float(n) for n in range(1, MOST_SEQUENCES + 1)),
    }  # fmt: skip
    search = _Search(
        domains, Requests(prompt, answer), chips, batch, max_tpot, max_ttft, top, Front() if pareto else None
    )
    for place, name in enumerate(stored):
        search.run(place, bare[name], mixture)
    best = [search.chosen(entry, bare) for entry in search.best]
    front = [search.chosen((-lost, tpot, first, None, place), bare) for tpot, lost, _, place, first in search.entries()]
    winner: Served | None = None
    if best:
        a, device, e, _ = settings[best[0].precision]
        winner = serve(a, plan_figures(best[0].plan), device, e, request_figures(prompt, answer))
    return Searched(domains, best, front, search.searched, search.counted(), search.meeting, winner)


Entry = tuple[float, float, float, float | None, int]


class _Search:
    """What a search has found so far."""

    def __init__(
        self, domains: dict[str, tuple[Any, ...]], requests: Requests, chips: float, batch: float, max_tpot: float,
        max_ttft: float, top: int, front: Front | None,
    ) -> None:  # fmt: skip
        self.domains, self.requests, self.chips, self.batch = domains, requests, chips, batch
        self.max_tpot, self.max_ttft, self.top, self.front = max_tpot, max_ttft, top, front
        self.searched = self.meeting = 0
        self.masked = dict.fromkeys((CHIPS, DIVISION, SAME, MEMORY, BATCH), 0)
        self.best: list[Entry] = []

    def counted(self) -> dict[str, int]:
        return {why: number for why, number in self.masked.items() if number}

    def entries(self) -> list[tuple[float, float, float, int, float]]:
        """The front: time of a token, minus the rate, nothing, place, time of the first token."""
        return self.front.entries() if self.front else []

    def run(self, precision: int, ready: Ready, mixture: bool) -> None:
        """Take every plan of one precision."""
        import numpy

        sizes = [numpy.array(self.domains[name]) for name in ("chips", "tensor", "expert")]
        size, tensor, expert = (column.ravel() for column in numpy.meshgrid(*sizes, indexing="ij"))
        places = numpy.arange(len(size)) + precision * len(size)
        divided = (size % tensor == 0) & (size % expert == 0)
        # without experts a group of fewer ranks than the instance is an instance of its own
        own = divided if mixture else divided & (size == tensor)
        self.masked[DIVISION] += int(numpy.count_nonzero(~divided)) * MOST_SEQUENCES
        self.masked[SAME] += int(numpy.count_nonzero(divided & ~own)) * MOST_SEQUENCES
        kept = numpy.flatnonzero(own)
        for start in range(0, len(kept), COLUMNS):
            part = kept[start : start + COLUMNS]
            self.columns(ready, size[part], tensor[part], expert[part], places[part])

    def columns(self, ready: Ready, size: Any, tensor: Any, expert: Any, places: Any) -> None:
        """Compute all batches of some plans."""
        import numpy

        sequences = numpy.arange(1.0, MOST_SEQUENCES + 1)[:, None]
        plan = Serving(tensor=tensor, expert=expert, chips=size, sequences=sequences, cache=ready.cache)
        served = serve(ready.a, plan, ready.device, ready.e, self.requests)
        start = prefill(ready.a, plan, ready.device, ready.e, prompts=1.0, prompt=self.requests.prompt).time
        shape = (MOST_SEQUENCES, len(size))
        room: Any = numpy.broadcast_to((served.memory.room > 0) & (served.memory.fitting >= sequences), shape)
        asked: Any = numpy.ones(shape, dtype=bool)
        if math.isfinite(self.batch):
            asked = sequences * (self.chips / tensor) == self.batch
        known = room & asked
        self.masked[MEMORY] += int(numpy.count_nonzero(~room))
        self.masked[BATCH] += int(numpy.count_nonzero(room & ~asked))
        self.searched += int(numpy.count_nonzero(known))
        met: Any = known & (served.tpot <= self.max_tpot) & (start <= self.max_ttft)
        self.meeting += int(numpy.count_nonzero(met))
        place = places * MOST_SEQUENCES + numpy.arange(MOST_SEQUENCES)[:, None]
        columns = (served.answer_rate, served.tpot, start, served.memory.weights, place)
        rate, tpot, first, memory, place = (numpy.broadcast_to(column, shape)[met] for column in columns)
        near = numpy.lexsort((place, -rate))[: self.top]  # of equal rates the first in the space
        found = zip(*(column[near].tolist() for column in (rate, tpot, first, memory, place)), strict=True)
        self.best = sorted([*self.best, *found], key=lambda entry: (-entry[0], entry[4]))[: self.top]
        if self.front is not None and len(rate):
            self.front.add(tpot, -rate, numpy.zeros(len(rate)), place, first)

    def chosen(self, entry: Entry, bare: dict[str, Ready]) -> Chosen:
        """Return a plan from its place in the space."""
        rate, tpot, first, memory, left = entry
        place = left
        fields: dict[str, Any] = {}
        for name, values in reversed(self.domains.items()):
            left, digit = divmod(left, len(values))
            fields[name] = values[digit]
        precision = fields.pop("precision")
        return Chosen(rate, tpot, first, memory, place, precision, Serving(**fields, cache=bare[precision].cache))


__all__ = ["Chosen", "Searched", "search_serving"]
