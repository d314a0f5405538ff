# SPDX-License-Identifier: Apache-2.0
"""The options that commands share, and the catalogue that they make of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

import click

from chipgauge.reports.answer import Answer
from chipgauge.reports.output import write
from chipgauge.specs.catalog import Catalog
from chipgauge.specs.catalog import catalog as shipped
from chipgauge.specs.errors import UnknownName

Command = TypeVar("Command", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A number between two ends. `nan` passes every comparison, and `inf` every end that is missing: neither is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or say which are allowed."""
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{found} is not in the range {self._describe_range()}.", param, ctx)
        return found


def output_options(command: Command) -> Command:
    """Add `--format` and `--json`."""
    command = click.option(
        "--format", "form", type=click.Choice(["table", "json", "csv", "md"]), default="table", help="How to print."
    )(command)
    return click.option("--json", "form", flag_value="json", help="Short for --format json.")(command)


def catalog_options(command: Command) -> Command:
    """Add `--catalog DIR`."""
    return click.option(
        "--catalog",
        "folder",
        metavar="DIR",
        envvar="CHIPGAUGE_CATALOG",
        help="Add your own tables (also: CHIPGAUGE_CATALOG).",
    )(command)


def calculation_options(command: Command) -> Command:
    """Add `--prefer`, `--set`, `--projected`, `--catalog` and `--on`: what every calculating command takes."""
    command = click.option("--on", metavar="DATE", default="", help="Date of law and prices; default: the data date.")(
        command
    )
    return dateless_options(command)


def dateless_options(command: Command) -> Command:
    """Add the same without a date: for commands whose `--on` names the chips of a model."""
    command = catalog_options(command)
    command = click.option(
        "--projected", is_flag=True, help="A cluster may mean a state that is planned or projected."
    )(command)
    command = click.option(
        "--set",
        "given",
        metavar="'NAME(ITEM)=VALUE'",
        multiple=True,
        help="Replace a figure, with its unit (status: assumed).",
    )(command)
    return click.option("--prefer", metavar="SOURCE", default="", help="Adopt this source wherever it has a value.")(
        command
    )


def make_catalog(folder: str | None, prefer: str = "", given: tuple[str, ...] = (), projected: bool = False) -> Catalog:
    """Return the catalogue with what the user added, preferred and replaced."""
    catalog = shipped()
    if folder:
        from pathlib import Path

        catalog = catalog.with_folder(Path(folder))
    return catalog.adjusted(prefer=prefer, given=given, projected=projected)


def check_date(on: str) -> str:
    """Return a date, or say how to write one.

    >>> check_date("2025-04-20")
    '2025-04-20'
    """
    import datetime

    if not on:
        return ""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", on):
            raise ValueError
        return datetime.date.fromisoformat(on).isoformat()
    except ValueError:
        raise UnknownName(f"{on[:40]!r} is not a date; write --on 2025-04-20") from None


def inputs(**given: Any) -> dict[str, Any]:
    """Return what the user asked for, without what was left out; `verify` runs it again."""
    return {name: [*value] if isinstance(value, tuple) else value for name, value in given.items() if value}  # pyright: ignore[reportUnknownVariableType]


def answer_with(answer: Answer, form: str) -> None:
    """Print an answer and end with its exit code."""
    write(answer, form)
    if answer.exit_code:
        raise click.exceptions.Exit(answer.exit_code)
