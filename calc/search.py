# SPDX-License-Identifier: Apache-2.0
"""The whole space of training plans of a model on so many chips, every plan of it computed or masked for a reason.

The space is a product of domains. Plans that share all but ZeRO and recomputation lie beside each other as a row: rows are
joined domain by domain, and those that cannot run are left out before the next domain multiplies them. What is left is
computed as a grid (ZeRO, recomputation, rows) by the same `training_step` as a single plan: terms that do not depend on
an axis are computed once for it. Nothing is sampled; `searched + masked` is the size of the space.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from chipgauge.calc.architecture import Architecture
from chipgauge.calc.cases import POWERS, divisors
from chipgauge.calc.footprint import footprint, least_recompute, stage, whole_percent
from chipgauge.calc.pareto import Front
from chipgauge.calc.plan import RECOMPUTE, Efficiency, Machine, Plan
from chipgauge.calc.roofline import TILE_ROWS
from chipgauge.calc.schedule import microbatch_count, tokens_per_pass
from chipgauge.calc.training import Workload, training_step
from chipgauge.calc.transformer import state_bytes

ROWS = 8192
"""Rows of a grid: with their ZeRO stages and recomputations they still fit into the cache of a core."""

JOINED = 1 << 17
"""Rows that are joined at once: what bounds the memory of a search."""

RANKS = ("tensor", "pipeline", "context", "data")
JOINS = ("chunks", "expert", "micro_batch")
MODES = ("none", "selective", "least", "full")
"""Recomputation: of nothing, of scores only, of the least share of layers (in whole percent) that fits, of all layers."""

CHIPS = "more chips than there are"
DIVISION = "layers, experts or sequences that do not divide"
SAME = "the same as another plan"
MEMORY = "more memory than a chip has"


class Space(NamedTuple):
    """The domains of a search, each a tuple of values; their product is the space.

    `fused` and `sequence` hold for every plan, as in `Plan`; `outside` are fixed values that the space has not where they
    are free, by field: what is found there may be faster than the best of the free space.
    """

    precision: tuple[str, ...]
    tensor: tuple[float, ...]
    pipeline: tuple[float, ...]
    context: tuple[float, ...]
    data: tuple[float, ...]
    chunks: tuple[float, ...]
    expert: tuple[float, ...]
    micro_batch: tuple[float, ...]
    zero: tuple[float, ...]
    recompute: tuple[str | float, ...]
    chips: float
    fused: float = 1.0
    sequence: float = 1.0
    outside: Mapping[str, float] = {}

    @property
    def domains(self) -> dict[str, tuple[Any, ...]]:
        """The domains by name."""
        return {name: getattr(self, name) for name in Space._fields[:10]}

    @property
    def size(self) -> int:
        """How many plans there are: the product of the sizes of the domains."""
        return math.prod(len(values) for values in self.domains.values())


class Candidate(NamedTuple):
    """A plan with its time [s], memory [byte] and chips; `place` is its number in the space."""

    time: float
    memory: float
    chips: float
    place: int
    precision: str
    plan: Plan


class Found(NamedTuple):
    """What a search gives: the fastest plans in order, the Pareto front if asked for, and the counts."""

    space: Space
    best: list[Candidate]
    front: list[Candidate]
    searched: int
    masked: dict[str, int]


def space_of(
    a: Architecture, *, chips: float, batch: float, sequence: float, precisions: Sequence[str],
    stated: Mapping[str, float] | None = None,
) -> Space:  # fmt: skip
    """Return the space of a model on at most so many chips.

    Tensor ranks divide the heads; a pipeline has a divisor of the layers or a power of two of stages; data ranks and
    micro-batches divide the sequences of a step; context ranks are powers of two that leave a tile of rows to each. Experts
    spread over data and context ranks, and beyond all of them over tensor ranks. Every ZeRO stage goes with every pipeline:
    what it sends for each micro-batch is timed.

    Parameters
    ----------
    stated : mapping
        Fields of a plan that are fixed: their domain has one value.

    Examples
    --------
    >>> from chipgauge.calc.architecture import dense
    >>> gpt = dense(layers=96.0, width=12288.0, heads=96.0, vocabulary=51200.0, mlp_width=49152.0, mlp_matrices=2.0)
    >>> space = space_of(gpt, chips=1024, batch=512, sequence=2048, precisions=["bf16"], stated={"zero": 1.0})
    >>> space.tensor, space.size
    ((1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 96.0), 2574000)
    """
    given = dict(stated or {})
    stages = sorted({*divisors(a.layers), *(power for power in POWERS if power <= a.layers)})
    free = tuple(n for n in stages if n <= chips)
    pipeline = (given["pipeline"],) if "pipeline" in given else free
    parts = {d for n in pipeline if n > 1 for d in divisors(math.ceil(a.layers / n))}
    most = max(1.0, sequence / TILE_ROWS)
    domains: dict[str, Any] = {
        "tensor": divisors(a.heads, chips), "pipeline": free,
        "context": [n for n in POWERS if n <= min(most, chips) and sequence % n == 0], "data": divisors(batch, chips),
        "chunks": sorted({1.0, *parts}), "expert": divisors(a.experts or 1.0), "micro_batch": divisors(batch),
        "zero": (0.0, 1.0, 2.0, 3.0),
    }  # fmt: skip
    outside = {name: given[name] for name, values in domains.items() if name in given and given[name] not in values}
    domains = {name: (given[name],) if name in given else tuple(values) for name, values in domains.items()}
    fused = given.get("fused", 1.0)
    modes: tuple[str | float, ...] = tuple(mode for mode in MODES if not (fused and mode == "selective"))
    if "recompute" in given:
        words = {fields: word for word, fields in RECOMPUTE.items()}
        modes = (words.get((given["recompute"], given.get("selective", 0.0)), given["recompute"]),)
        outside |= {"recompute": given["recompute"]} if isinstance(modes[0], float) else {}
    outside |= {"sequence": 0.0} if given.get("sequence") == 0 else {}
    return Space(
        precision=tuple(precisions), **domains, recompute=modes, chips=chips, fused=fused,
        sequence=given.get("sequence", 1.0), outside=outside,
    )  # fmt: skip


def search(
    a: Architecture, work: Workload, space: Space, machines: Mapping[str, tuple[Machine, Efficiency]], *,
    top: int = 1, pareto: bool = False,
) -> Found:  # fmt: skip
    """Return the fastest plans of a whole space, exactly; of equal times the first in the space.

    Parameters
    ----------
    a, work, machines : numbers
        The model, the step, and for each precision of the space the chip and what of its peaks programs reach.
    pareto : bool
        Also return the plans that no other one beats in time, memory and chips at once.
    """
    count = _Count(len(space.precision), top, Front() if pareto else None)
    chip = machines[space.precision[0]][0]
    for rows in _full(_rows(a, work, space, chip, count)):  # memory does not depend on the precision of products
        for place, precision in enumerate(space.precision):
            _grid(a, work, space, *machines[precision], rows, count, place)
    best = [_candidate(space, entry) for entry in count.best]
    front = [_candidate(space, entry) for entry in count.front.entries()] if count.front else []
    return Found(space, best, front, count.searched, {why: number for why, number in count.masked.items() if number})


class _Count:
    """What a search has found so far: counts, the fastest plans, the front."""

    def __init__(self, precisions: int, top: int, front: Front | None) -> None:
        self.masked: dict[str, int] = dict.fromkeys((CHIPS, DIVISION, SAME, MEMORY), 0)
        self.precisions, self.top, self.front, self.searched = precisions, top, front, 0
        self.best: list[tuple[float, float, float, int, float]] = []

    def mask(self, why: str, number: Any, precisions: int = 0) -> None:
        """Count plans that are not computed: so many in each precision, unless it is said in how many."""
        self.masked[why] += int(number) * (precisions or self.precisions)

    def keep(self, time: Any, memory: Any, chips: Any, places: Any, share: Any) -> None:
        """Take the fastest of some plans; ties go to the first place."""
        import numpy

        limit = self.best[-1][0] if len(self.best) == self.top else math.inf
        near = numpy.flatnonzero(time <= limit)
        if len(near) > self.top:
            worst = numpy.partition(time[near], self.top - 1)[self.top - 1]
            near = near[time[near] <= worst]
        columns = (time[near], memory[near], chips[near], places[near], share[near])
        found = zip(*(column.tolist() for column in columns), strict=True)
        self.best = sorted([*self.best, *found], key=lambda entry: (entry[0], entry[3]))[: self.top]
        if self.front is not None:
            self.front.add(time, memory, chips, places, share)


def _rows(a: Architecture, work: Workload, space: Space, machine: Machine, count: _Count) -> Iterator[dict[str, Any]]:
    """Yield rows that can run, as columns with their `place`, those of one choice of ZeRO stages at a time."""
    import numpy

    left = math.prod(len(space.domains[name]) for name in (*JOINS, "zero", "recompute"))
    ranks = [numpy.array(space.domains[name]) for name in RANKS]
    mesh = [column.ravel() for column in numpy.meshgrid(*ranks, indexing="ij")]
    whole = dict(zip(RANKS, mesh, strict=True)) | {"place": numpy.arange(len(mesh[0]))}
    whole["chips"] = whole["tensor"] * whole["pipeline"] * whole["context"] * whole["data"]
    whole, lost = _only(whole, whole["chips"] <= space.chips)
    count.mask(CHIPS, lost * left)
    whole, lost = _only(whole, _least_states(a, work, space, whole) <= machine.memory)
    count.mask(MEMORY, lost * left)
    at_once = max(1, JOINED // math.prod(len(space.domains[name]) for name in JOINS))
    for start in range(0, len(whole["place"]), at_once):
        rows = {name: column[start : start + at_once] for name, column in whole.items()}
        remaining = left
        for name in JOINS:
            values = numpy.array(space.domains[name])
            remaining //= len(values)
            rows = {key: numpy.repeat(column, len(values)) for key, column in rows.items()}
            size = len(rows["place"]) // len(values)
            rows["place"] = rows["place"] * len(values) + numpy.tile(numpy.arange(len(values)), size)
            rows[name] = numpy.tile(values, size)
            rows, lost = _only(rows, _divides(name, a, work, rows))
            count.mask(DIVISION, lost * remaining)
        for first in range(0, len(rows["place"]), ROWS):
            part = {key: column[first : first + ROWS] for key, column in rows.items()}
            yield from _that_fit(a, work, space, machine, part, count)


def _least_states(a: Architecture, work: Workload, space: Space, rows: dict[str, Any]) -> Any:
    """Return the least that weights, gradients and optimizer take in rows of ranks, however they are joined. [byte]"""
    ranks = stage(a, Plan(**{name: rows[name] for name in RANKS}))
    each = {"weight": work.weight, "gradient": work.gradient, "optimizer": work.optimizer}
    return state_bytes(parameters=ranks.dense, data=ranks.replicas, zero=max(space.zero), **each)


def _only(rows: dict[str, Any], kept: Any) -> tuple[dict[str, Any], int]:
    import numpy

    places = numpy.flatnonzero(kept)
    return {name: column.take(places, axis=-1) for name, column in rows.items()}, len(kept) - len(places)


def _divides(name: str, a: Architecture, work: Workload, rows: dict[str, Any]) -> Any:
    """Return which rows are whole with the domain that was joined last."""
    import numpy

    if name == "chunks":
        each = numpy.ceil(a.layers / rows["pipeline"])
        return (each % rows["chunks"] == 0) & ((rows["pipeline"] > 1) | (rows["chunks"] == 1))
    if name == "expert":
        ranks, expert = rows["data"] * rows["context"], rows["expert"]
        return (ranks % expert == 0) | (expert % ranks == 0) & (ranks * rows["tensor"] % expert == 0)
    return work.batch % (rows["data"] * rows["micro_batch"]) == 0


def _plan(space: Space, rows: dict[str, Any], **more: Any) -> Plan:
    fields = {name: rows[name] for name in (*RANKS, *JOINS)}
    return Plan(**fields, fused=space.fused, sequence=space.sequence, **more)


def _footprint(a: Architecture, work: Workload, plan: Plan) -> tuple[Any, Any]:
    tokens = tokens_per_pass(micro_batch=plan.micro_batch, sequence=work.sequence, context=plan.context)
    held, each = stage(a, plan), {"weight": work.weight, "gradient": work.gradient, "optimizer": work.optimizer}
    passes = microbatch_count(batch=work.batch, micro_batch=plan.micro_batch, data=plan.data)
    return footprint(a, plan, held, tokens=tokens, span=work.sequence, microbatches=passes, **each), held


def _allowed(space: Space, rows: dict[str, Any], count: _Count) -> Any:
    """Return which ZeRO stages rows may take, as [stages, rows]: a single replica divides nothing, so the least alone."""
    import numpy

    zero: Any = numpy.array(space.zero)[:, None]
    same = (rows["data"] * rows["context"] == 1) & (zero > min(space.zero))
    count.mask(SAME, numpy.count_nonzero(same) * len(space.recompute))
    return ~same


def _that_fit(
    a: Architecture, work: Workload, space: Space, machine: Machine, rows: dict[str, Any], count: _Count
) -> Iterator[dict[str, Any]]:
    """Yield rows that may take the same ZeRO stages and fit under each, with the share of layers to recompute at least.

    Memory is linear in the share of layers recomputed, so it is least at one of the ends, and the states are least under
    the highest stage: a row that does not fit so fits in no way.
    """
    import numpy

    stages: Any = numpy.array(space.zero)[:, None]
    allowed = _allowed(space, rows, count)
    ends, modes = numpy.array([0.0, 1.0])[:, None], len(space.recompute)
    if isinstance(space.recompute[0], float):
        ends[:] = space.recompute[0]
    if len(stages) > 1:
        highest = numpy.where(allowed, stages, 0).max(axis=0)
        least, _ = _footprint(a, work, _plan(space, rows, zero=highest, recompute=ends, selective=1.0))
        # without the layer that ZeRO 3 gathers, which may take more than what its states save
        room = (least.states + least.activations + least.logits).min(axis=0) <= machine.memory
        count.mask(MEMORY, numpy.count_nonzero(allowed[:, ~room]) * modes)
        rows, _ = _only(rows, room)
        allowed = allowed[:, room]
    held, geometry = _footprint(a, work, _plan(space, rows, zero=stages, recompute=ends[:, None], selective=1.0))
    fits: Any = allowed & (held.total.min(axis=0) <= machine.memory)
    count.mask(MEMORY, (numpy.count_nonzero(allowed) - numpy.count_nonzero(fits)) * modes)
    if "least" in space.recompute:
        plain = held._replace(total=held.total[0])
        if not space.fused:
            plain, _ = _footprint(a, work, _plan(space, rows, zero=stages, recompute=0.0))
        rows = rows | {"needed": whole_percent(least_recompute(plain, geometry, room=machine.memory))}
    pattern = (2 ** numpy.arange(len(stages))) @ fits
    for code in numpy.unique(pattern[pattern > 0]).tolist():
        taken = [place for place in range(len(stages)) if code >> place & 1]
        part, _ = _only(rows, pattern == code)
        if "needed" in part:
            part["needed"] = part["needed"][taken]
        yield part | {"zero": tuple(space.zero[place] for place in taken)}


def _full(parts: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows of equal ZeRO stages together, as many as a grid takes."""
    import numpy

    waiting: dict[tuple[float, ...], list[dict[str, Any]]] = {}
    for part in chain(parts, (None,)):
        for zero in [part["zero"]] if part else list(waiting):
            held = waiting.setdefault(zero, [])
            held += [part] if part else []
            if not part or sum(len(rows["place"]) for rows in held) >= ROWS:
                names = [name for name in held[0] if name != "zero"]
                yield {name: numpy.concatenate([rows[name] for rows in held], axis=-1) for name in names} | {
                    "zero": zero
                }
                del waiting[zero]


def _grid(
    a: Architecture, work: Workload, space: Space, machine: Machine, e: Efficiency, rows: dict[str, Any], count: _Count,
    precision: int,
) -> None:  # fmt: skip
    """Compute a grid of ZeRO stages, recomputations and rows, and count and keep what fits."""
    import numpy

    zero, modes, size = rows["zero"], space.recompute, len(rows["place"])
    slots = [mode for mode in modes if mode != "least"]
    share: Any = numpy.zeros((len(zero), len(slots), size))
    mode_of: Any = numpy.zeros(share.shape, dtype=int)
    for slot, mode in enumerate(slots):
        share[:, slot] = mode if isinstance(mode, float) else float(mode == "full")
        mode_of[:, slot] = modes.index(mode)
    if "least" in modes:  # in the place of `none` wherever that does not fit: the two are never both there
        share[:, 0] = rows["needed"]
        mode_of[:, 0] = numpy.where(rows["needed"] > 0, modes.index("least"), 0)
    selective: Any = numpy.array([float(mode == "selective") for mode in slots])[:, None]
    fields = {"zero": numpy.array(zero)[:, None, None], "recompute": share, "selective": selective}
    step = training_step(a, work, _plan(space, rows, **fields), machine, e)
    total: Any = numpy.broadcast_to(step.footprint.total, share.shape)
    known: Any = total <= machine.memory
    same: Any = 0
    if "least" in modes:
        # a plan that fits as it is has no least share; one that fits only in full has that one already
        in_full = rows["needed"] >= 1
        same = numpy.count_nonzero((rows["needed"] == 0) | (in_full & known[:, -1]))
        known = known.copy()
        known[:, 0] &= ~in_full
    searched = int(numpy.count_nonzero(known))
    count.searched += searched
    count.mask(SAME, same, 1)
    count.mask(MEMORY, len(zero) * len(modes) * size - searched - same, 1)
    digits = numpy.array([space.zero.index(stage) for stage in zero])[:, None, None]
    place = (rows["place"] * len(space.zero) + digits) * len(modes) + mode_of
    place += precision * (space.size // len(space.precision))
    columns: list[Any] = [numpy.broadcast_to(step.time, share.shape), total, rows["chips"] + 0 * share, place, share]
    if searched < share.size:
        columns = [column[known] for column in columns]
    count.keep(*(column.reshape(-1) for column in columns))


def _candidate(space: Space, entry: tuple[float, float, float, int, float]) -> Candidate:
    """Return a plan from its place in the space."""
    time, memory, chips, place, share = entry
    rest = place
    fields: dict[str, Any] = {}
    for name, values in reversed(space.domains.items()):
        rest, digit = divmod(rest, len(values))
        fields[name] = values[digit]
    precision, mode = fields.pop("precision"), fields.pop("recompute")
    plan = Plan(
        **fields, recompute=share, selective=float(mode == "selective"), sequence=space.sequence, fused=space.fused
    )
    return Candidate(time, memory, chips, place, precision, plan)
