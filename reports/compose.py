# SPDX-License-Identifier: Apache-2.0
"""From a report to a `Page`: the sections in order, the findings, the script's data, the policy of the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from chipgauge import __version__
from chipgauge.calc.compare import Comparison
from chipgauge.reports import sentences
from chipgauge.reports.ledger import Ledger
from chipgauge.reports.live import as_json, program, script
from chipgauge.reports.page import Page, Phrase, Shown
from chipgauge.reports.section import Report, Sheet
from chipgauge.reports.sections import SECTIONS, verdicts
from chipgauge.reports.sections.assumptions import Assumptions


def make_page(report: Report, css: str, js: str) -> Page:
    """Return the page of a report; `css` and `js` are the style sheet and the script without formulas."""
    sheet, contents = lay_out(report)
    sections = tuple(
        Shown(one.id, one.title, one.template, contents[one.id]) for one in SECTIONS if contents[one.id] is not None
    )
    made = program(sheet.ledger, sheet.assumptions)
    panel: Assumptions | None = contents["assumptions"]
    data = made.data | ({"values": panel.values, "fixed": panel.fixed} if panel else {})
    code = script(js, made.functions)
    headline = _phrases(sentences.compare_parts(report.comparison), sheet.ledger)
    return Page(
        title="".join(part.text for part in headline),
        headline=headline,
        subtitle=_subtitle(report),
        findings=_findings(report, sheet.ledger),
        on=report.on, policy=policy(css, code), css=Markup(css), js=Markup(code), data=Markup(as_json(data)),
        sections=sections, version=__version__,
    )  # fmt: skip


def lay_out(report: Report) -> tuple[Sheet, dict[str, Any]]:
    """Return the sheet of a report with all its numbers entered, and the content of each section by its id."""
    sheet = Sheet(report, Ledger(report.catalog))
    shown = {section.id: section.show(sheet) for section in sorted(SECTIONS, key=lambda one: one.late)}
    return sheet, shown


def policy(css: str, js: str) -> str:
    """Return a policy under which the page can load and send nothing: its own style sheet and script alone are run."""
    style, code = (b64encode(sha256(part.encode()).digest()).decode() for part in (css, js))
    return (
        f"default-src 'none'; script-src 'sha256-{code}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _subtitle(report: Report) -> str:
    """Return what the numbers are: those of sources, and first of all which of them the user put in their place."""
    given = report.catalog.asked.get("set", ())
    replaced = f"Not as stated by sources but given by the user: {'; '.join(given)}. " if given else ""
    return (
        f"{replaced}Peak rates and specifications as their makers and others state them, and what follows from them. "
        f"Data of {report.catalog.as_of}. Not legal advice."
    )


def _findings(report: Report, ledger: Ledger) -> tuple[tuple[Phrase, ...], ...]:
    """Return a sentence for each item that the title leaves out, for each outcome of the rules, for each equivalence."""
    comparison = report.comparison
    title = sentences.compare_parts(comparison)
    found: list[tuple[Phrase, ...]] = []
    for subject in comparison.subjects:
        if subject.key != comparison.baseline.key:
            pair = Comparison((comparison.baseline, subject), comparison.baseline, comparison.rows)
            parts = sentences.compare_parts(pair)
            if parts != title:
                found.append(_phrases(parts, ledger))
    plain = verdicts.findings(report.results["verdicts"], report.on, report.catalog)
    plain += [sentences.equivalent_finding(one) for one in report.results["equal"][:1]]
    return (*found, *((Phrase(sentence),) for sentence in plain))


def _phrases(parts: Sequence[str | sentences.Times], ledger: Ledger) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(part) if isinstance(part, str) else Phrase(str(part), ledger.enter(part.figure), part.what, part.of)
        for part in parts
    )


__all__ = ["lay_out", "make_page", "policy"]
