# SPDX-License-Identifier: Apache-2.0
"""Items side by side: the value of each metric on each, and its ratio to the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chipgauge.calc.quantity import check_name, quantity
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import BasisError, UnknownName
from chipgauge.specs.figure import Figure, make_key
from chipgauge.specs.quantities import QUANTITIES, find
from chipgauge.specs.records import Subject
from chipgauge.specs.units import Unit, parse_unit

METRICS: tuple[str, ...] = (
    "tpp",
    "peak.bf16",
    "peak.fp8",
    "peak.int8",
    "peak.fp4",
    "memory.capacity",
    "memory.bandwidth",
    "scale_up.bandwidth",
    "power.tdp",
    "per_watt.peak.bf16",
    "ridge.bf16",
    "die.area",
    "performance_density",
    "transistors",
    "price",
    "per_dollar.peak.bf16",
    "node",
    "memory.type",
    "released",
)
"""What `compare` shows when no metric is named."""
CLUSTER_METRICS: tuple[str, ...] = (
    "state",
    "chips",
    "aggregate.tpp",
    "peak.bf16",
    "peak.fp8",
    "peak.fp4",
    "h100e.8bit",
    "h100e.bf16",
    "h100e.fp4",
    "h100e.bandwidth",
    "h100e.published",
    "memory.capacity",
    "memory.bandwidth",
    "power.facility",
    "per_chip.power.facility",
    "per_watt.peak.bf16",
    "capex.compute",
    "capex.total",
)
"""What it shows of clusters."""
MODEL_METRICS: tuple[str, ...] = (
    "parameters",
    "kv_cache.per_token",
    "parameters.total",
    "parameters.per_token",
    "parameters.active",
    "layers",
    "width",
    "attention",
    "heads.kv",
    "kv_cache.growth",
    "experts",
    "experts.per_token",
    "vocabulary",
    "context",
    "training.tokens",
    "training_compute",
    "released",
)
"""What it shows of language models."""
PER = {"chip": "per_chip.", "watt": "per_watt.", "usd": "per_dollar."}


class Row(NamedTuple):
    """One metric over all subjects; `values` and `ratios` are by the subject's key."""

    metric: str
    title: str
    unit: Unit
    values: dict[str, Figure]
    ratios: dict[str, Figure]

    @property
    def numeric(self) -> bool:
        """Whether the metric is a number (a date or a text has no ratio)."""
        return bool(self.ratios)


class Comparison(NamedTuple):
    """What `compare` answers: the subjects in the order asked for, the baseline, a row for each metric."""

    subjects: tuple[Subject, ...]
    baseline: Subject
    rows: tuple[Row, ...]

    def row(self, metric: str) -> Row:
        """Return the row of a metric."""
        return next(row for row in self.rows if row.metric == metric)


def compare(
    *items: str,
    baseline: str = "",
    metrics: Sequence[str] = (),
    per: str = "",
    catalog: Catalog | None = None,
    on: str = "",
) -> Comparison:
    """Compare items by metrics.

    Parameters
    ----------
    items : str
        Two or more items or amounts.
    baseline : str
        The item that ratios divide by; the first one if empty.
    metrics : sequence of str
        Quantity names; those of `METRICS` if empty.
    per : str
        `chip`, `watt` or `usd`: every numeric metric per that.

    Raises
    ------
    BasisError
        A metric named here stands on two bases (per watt of a chip against one of a system). In the default set such
        a ratio is left out with its reason.

    Examples
    --------
    >>> round(compare("H20", "H200").row("tpp").ratios["nvidia-h200-sxm"].number, 2)
    6.69
    """
    if not items:
        raise UnknownName("nothing to compare: name at least one item, such as H20")
    catalog = catalog or shipped()
    by_key: dict[str, Subject] = {}
    for item in items:
        subject = catalog.subject(item)
        by_key.setdefault(subject.key, subject)
    subjects = list(by_key.values())
    base = catalog.subject(baseline) if baseline else subjects[0]
    if base.key not in {subject.key for subject in subjects}:
        subjects.insert(0, base)
    if per and per not in PER:
        raise UnknownName(f"--per is one of {', '.join(PER)}, got {per[:40]!r}")
    models = [subject.item.name for subject in subjects if subject.item.kind == "model"]
    if models and (per or len(models) < len(subjects)):
        what = f"per {per}" if per else "with chips, systems or clusters"
        raise BasisError(f"{models[0]} is a model and is not compared {what}; name models only")
    asked = bool(metrics) or bool(per)
    names = list(metrics) or _default_metrics(subjects)
    if per:
        names = [PER[per] + name for name in names if _is_numeric(name) and not name.startswith(tuple(PER.values()))]
    rows = [_row(name, subjects, base, catalog, on, strict=asked) for name in names]
    return Comparison(tuple(subjects), base, tuple(rows))


def _default_metrics(subjects: list[Subject]) -> list[str]:
    kinds = {subject.item.kind for subject in subjects}
    if kinds == {"model"}:
        return list(MODEL_METRICS)
    if kinds == {"cluster"}:
        return list(CLUSTER_METRICS)
    names = list(METRICS)
    if "cluster" in kinds:
        names.insert(names.index("power.tdp") + 1, "power.facility")
    if kinds & {"system", "cluster"} or any(subject.count != 1 for subject in subjects):
        names[1:1] = ["aggregate.tpp"]
    if "system" in kinds:
        names.insert(names.index("power.tdp") + 1, "power.system")
    return ["chips", *names] if kinds == {"system"} else names


def _is_numeric(name: str) -> bool:
    return name not in QUANTITIES or QUANTITIES[name].kind == "number"


def metric_title(name: str) -> str:
    """Return the words for a metric name, prefixed ones included.

    >>> metric_title("per_watt.peak.bf16")
    'BF16 peak per watt'
    """
    for prefix, words in (("per_watt.", " per watt"), ("per_chip.", " per chip"), ("per_dollar.", " per dollar")):
        if name.startswith(prefix):
            return metric_title(name.removeprefix(prefix)) + words
    if name.startswith("ridge."):
        return f"{name[6:].upper()} ridge point"
    if name.startswith(("h100e.", "gb300e.")) and name not in QUANTITIES:
        reference, _, basis = name.partition(".")
        return f"{reference[:-1].upper()}-equivalents, {basis} basis"
    return find(name.split(":")[0]).title


def _row(name: str, subjects: list[Subject], base: Subject, catalog: Catalog, on: str, *, strict: bool) -> Row:
    check_name(name)
    values = {subject.key: quantity(name, subject, catalog=catalog, on=on) for subject in subjects}
    title = metric_title(name)
    first = next(iter(values.values()))
    if name in QUANTITIES and QUANTITIES[name].kind != "number":
        return Row(name, title, parse_unit("1"), values, {})
    below = values[base.key]
    ratios = {key: over(figure, below, strict=strict) for key, figure in values.items()}
    return Row(name, title, first.unit, values, ratios)


def over(above: Figure, below: Figure, *, strict: bool = True) -> Figure:
    """Return a ratio; where the two stand on different bases, an error, or with `strict=False` an unknown that says why."""
    try:
        return above / below
    except BasisError as error:
        if strict:
            raise
        key = make_key("/", (above, below))
        return Figure(key, "operation", "/", None, parse_unit("1"), "unknown", why=str(error), missing=(key,))
