# SPDX-License-Identifier: Apache-2.0
"""The page: what the frame of the report prints, with the contents of each section in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of a finding: plain words, or (with `href`) words that follow from a ratio and change with it."""

    text: str
    href: str = ""
    what: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A section on the page: its address, heading and template, and the contents that the template prints as `s`."""

    id: str
    title: str
    template: str
    content: Any


@dataclass(frozen=True, slots=True)
class Page:
    """All that the frame sees; each section sees its own content as `s` besides.

    Attributes
    ----------
    title : the finding, in one sentence
    headline : the same in parts, of which some follow the sliders
    subtitle : what is measured, of what date
    findings : further findings, each in parts
    on : the date on which the rules are read
    policy : the Content-Security-Policy
    css, js : the style sheet and the script, as they stand in the page
    data : the nodes that the script recomputes, as JSON
    sections : the sections in order
    version : of the program
    """

    title: str
    headline: tuple[Phrase, ...]
    subtitle: str
    findings: tuple[tuple[Phrase, ...], ...]
    on: str
    policy: str
    css: Markup
    js: Markup
    data: Markup
    sections: tuple[Shown, ...]
    version: str


__all__ = ["Page", "Phrase", "Shown"]
