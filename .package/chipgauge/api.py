# SPDX-License-Identifier: Apache-2.0
"""The public functions: each returns the result behind the command's JSON, ready for a notebook or a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chipgauge.calc import compare as _compare
from chipgauge.calc import equivalent as _equivalent
from chipgauge.calc.expression import evaluate
from chipgauge.calc.quantity import quantity as _quantity
from chipgauge.reports.answer import Answer
from chipgauge.reports.commands import check as _check_command
from chipgauge.reports.commands import claims as _claims_command
from chipgauge.reports.commands import compare as _compare_command
from chipgauge.reports.commands import equivalent as _equivalent_command
from chipgauge.reports.commands import explain as _explain_command
from chipgauge.reports.commands import show as _show_command
from chipgauge.specs import custom as _custom
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as _shipped
from chipgauge.specs.errors import UnknownName
from chipgauge.specs.frame import KINDS, require_kind

if TYPE_CHECKING:
    import pandas

    from chipgauge.specs.figure import Figure


class Result:
    """An answer: `data` is the plain result, the rest prints it.

    >>> import chipgauge as cg
    >>> cg.compare("H20", "H200", metrics=["tpp"]).finding
    'The H200 SXM 141 GB has 6.69 times the TPP of the H20 96 GB.'
    """

    def __init__(self, answer: Answer, data: Any) -> None:
        self.data = data
        self._answer = answer

    @property
    def finding(self) -> str:
        """The answer in one sentence."""
        return self._answer.finding

    def to_json(self) -> str:
        """Return the JSON that the command prints with `--json`."""
        from chipgauge.reports.output import as_json

        return as_json(self._answer)

    def to_frame(self) -> pandas.DataFrame:
        """Return the flat records as a pandas frame: one row a figure, its unit beside it."""
        import pandas

        frame = pandas.DataFrame(list(self._answer.records()))
        frame.attrs["as_of"] = self._answer.catalog.as_of
        return frame

    def __repr__(self) -> str:
        from chipgauge.reports.output import as_table

        return as_table(self._answer)

    def _repr_html_(self) -> str:
        from chipgauge.reports.output import as_html_fragment

        return as_html_fragment(self._answer)


def catalog(*, prefer: str = "", given: tuple[str, ...] = (), folder: str = "") -> Catalog:
    """Return the catalogue, with what to prefer, to replace and to add.

    >>> catalog(given=("peak.bf16(910C)=780 TFLOP/s",)).leaf("huawei-ascend-910c", "peak.bf16").to("TFLOP/s")
    780.0
    """
    made = _shipped()
    if folder:
        from pathlib import Path

        made = made.with_folder(Path(folder))
    return made.adjusted(prefer=prefer, given=given)


def quantity(name: str, item: str, *, catalog: Catalog | None = None, on: str = "") -> Figure:
    """Return a quantity of an item or amount as a Figure (see `chipgauge.calc.quantity`).

    >>> quantity("memory.bandwidth", "H200").to("TB/s")
    4.8
    """
    return _quantity(name, item, catalog=catalog, on=on)


def compare(
    *items: str,
    baseline: str = "",
    metrics: list[str] | tuple[str, ...] = (),
    per: str = "",
    catalog: Catalog | None = None,
    on: str = "",
) -> Result:
    """Compare items side by side.

    >>> round(compare("H20", "H200").data.row("memory.bandwidth").ratios["nvidia-h200-sxm"].value, 2)
    1.2
    """
    used = catalog or _shipped()
    result = _compare.compare(*items, baseline=baseline, metrics=metrics, per=per, catalog=used, on=on)
    asked = _asked(used, on, items=list(items), baseline=baseline, metric=list(metrics), per=per)
    return Result(_compare_command.answer(result, used, asked), result)


def explain(expression: str, *, catalog: Catalog | None = None, on: str = "") -> Result:
    """Derive an expression from its sources.

    >>> explain("tpp(H200)/tpp(H20)").finding
    'tpp(H200)/tpp(H20) = 6.686'
    """
    used = catalog or _shipped()
    figure = evaluate(expression, catalog=used, on=on)
    asked = _asked(used, on, expression=expression)
    return Result(_explain_command.answer(expression, figure, used, asked), figure)


def show(item: str, *, catalog: Catalog | None = None, on: str = "") -> Result:
    """Return every figure of one item, with what each source says.

    >>> show("910C").data["peak.bf16"].to("TFLOP/s")
    752.0
    """
    used = catalog or _shipped()
    subject = used.subject(item)
    figures = _show_command.figures_of(subject, used, on)
    return Result(_show_command.answer(subject, figures, used, _asked(used, on, item=item)), figures)


def equivalent(
    of: str, within: str, *, by: str = "peak.bf16", train: str = "", infer: str = "", catalog: Catalog | None = None,
    on: str = "",
) -> Result:  # fmt: skip
    """Return how many of one thing equal an amount of another by a metric, or by training or serving a model.

    >>> equivalent("100000 H200", "Ascend 910C", by="peak.bf16").data.whole
    131583
    """
    used = catalog or _shipped()
    ask = _equivalent.Ask(train=train, infer=infer)
    result = _equivalent.equivalent(of, within, by=by, catalog=used, on=on, ask=ask)
    asked = _asked(used, on, of=of, **{"in": within}, by=by, train=train, infer=infer)
    return Result(_equivalent_command.answer(result, used, asked, ask=ask), result)


def check(
    *items: str,
    on: str = "",
    lens: str = "text",
    rule: str = "",
    to: str = "",
    hq: str = "",
    exporter: str = "",
    as_if: bool = False,
    given: tuple[str, ...] | list[str] = (),
    catalog: Catalog | None = None,
) -> Result:
    """Return which thresholds items cross at a date, and what follows for a destination and a party.

    `given` are figures as `--set` takes them; without items they describe one that is in no table.

    >>> check("H20", on="2023-12-01", to="CN").data[0].outcome
    'NLR'
    >>> check("H20", on="2025-04-20", to="CN").data[0].because
    ('us-bis-letter-2025-04-h20#sum',)
    """
    used = catalog or _shipped()
    custom = _check_command.described(items, tuple(given), "")
    asked = _asked(
        used, on, items=list(items), lens=lens, rule=rule, to=to, hq=hq, exporter=exporter, as_if=as_if,
        custom=_custom.plain(custom) if custom else None,
    )  # fmt: skip
    if given:
        asked["set"] = [*asked.get("set", ()), *given]
    named, _ = _custom.bare(given)
    subjects, view = _check_command.cases(items, given, custom, used.adjusted(given=named))
    found, answer = _check_command.run(subjects, view, asked)
    return Result(answer, found)


def claims(*ids: str, file: str = "", catalog: Catalog | None = None, on: str = "") -> Result:
    """Return the published claims (all, or those named, or those of a file), each judged reading by reading.

    `data` is a list of judged claims; `to_frame()` has a row a reading, with the verdict on its claim beside it.

    >>> found = claims("h200-six-times-h20", "b30a-six-times-h20")
    >>> [(one.claim.id, one.verdict) for one in found.data]
    [('h200-six-times-h20', 'holds_if'), ('b30a-six-times-h20', 'fails')]
    """
    used = catalog or _shipped()
    if file and ids:
        raise UnknownName("take ids of the ledger or a file, not both")
    judged = _claims_command.judged(ids, file, used, on)
    asked = _asked(used, on, ids=list(ids), file=file)
    return Result(_claims_command.answer(judged, used, asked, full=bool(ids), strict=bool(file)), judged)


def frame(
    kind: str = "chips", *, metrics: list[str] | tuple[str, ...] = (), catalog: Catalog | None = None
) -> pandas.DataFrame:
    """Return the items of a kind as rows, a column a metric, the unit in the label and in `attrs["units"]`.

    An unknown or absent figure is NaN (or None in a column of texts), never 0.

    >>> float(frame("chips", metrics=["tpp"]).loc["nvidia-h20-96gb", "tpp [TPP]"])
    2368.0
    """
    import pandas

    used = catalog or _shipped()
    require_kind(kind)
    names = list(metrics) or list(_compare.METRICS)
    ids = sorted(item.id for item in used.items.values() if item.kind == KINDS[kind])
    columns: dict[str, list[Any]] = {}
    units: dict[str, str] = {}
    for name in names:
        figures = [_quantity(name, used.subject(item), catalog=used) for item in ids]
        numeric = next((figure for figure in figures if isinstance(figure.value, float)), None)
        unit = numeric.unit.text if numeric else ""
        label = f"{name} [{unit}]" if unit not in ("", "1") else name
        empty: Any = float("nan") if numeric else None
        columns[label] = [
            empty if f.value is None else f.in_unit(f.value) if isinstance(f.value, float) else f.value for f in figures
        ]
        units[label] = unit
    made = pandas.DataFrame(columns, index=pandas.Index(ids, name=kind))
    made.attrs |= {"units": units, "as_of": used.as_of}
    return made


def _asked(used: Catalog, on: str, **given: Any) -> dict[str, Any]:
    """Return the inputs as the command line records them: what was asked, what the catalogue was told, the date."""
    changed = {name: used.asked.get(name) for name in ("prefer", "set", "catalog", "projected")}
    return {name: value for name, value in (*given.items(), *changed.items(), ("on", on)) if value}
