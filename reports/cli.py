# SPDX-License-Identifier: Apache-2.0
"""The command line: a group that imports a command only when it runs, and turns a user's mistake into one message."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from chipgauge.specs.errors import ChipgaugeError, ExpressionError, TableError, did_you_mean

# command -> (module, one line of help); --help imports none of them
COMMANDS = {
    "list": ("list", "What is known: chips, systems, rules, sources, formulas."),
    "show": ("show", "Every figure of one item, with alternatives and sources."),
    "compare": ("compare", "Items side by side, with ratios and ranges."),
    "explain": ("explain", "The derivation of a number, down to its sources."),
    "equivalent": ("equivalent", "How many of B match a number of A."),
    "cost": ("cost", "What a cluster costs to own: capital, energy, total."),
    "fits": ("fits", "How many chips hold a model."),
    "lag": ("lag", "A ratio as months, at each named growth rate."),
    "rank": ("rank", "Where a cluster would stand among the real ones."),
    "scenario": ("scenario", "Stocks and flows of chips under named policies."),
    "check": ("check", "Which legal thresholds an item crosses, and by how much."),
    "train": ("train", "A training run: step time, utilisation, memory, days."),
    "infer": ("infer", "How fast a model serves on a number of chips."),
    "plans": ("plans", "The best plans to train or serve, out of the whole space."),
    "sweep": ("sweep", "Any number of scenarios: quantiles, extremes, rows."),
    "validate": ("validate", "Predicted against measured."),
    "headroom": ("headroom", "How far an input may move before a verdict flips."),
    "claims": ("claims", "Does a published claim hold, and under which reading?"),
    "report": ("report", "Write the HTML report."),
    "verify": ("verify", "Does a saved result still hold?"),
    "lint": ("lint", "Check contributed tables."),
    "import": ("import_", "Read Epoch AI's table of hardware as an extra catalogue."),
}


INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended: 128 and the number of the signal."""


class UserError(click.ClickException):
    """A mistake in the input: its message, and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message on standard error."""
        from chipgauge.reports.output import clean

        click.echo("error: " + clean(self.message), file=file or sys.stderr)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"chipgauge.reports.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], list(COMMANDS), 1)
            ctx.fail(f"No such command {args[0][:40]!r}.{near}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error that the user caused becomes a message with exit code 2."""
        try:
            return super().invoke(ctx)
        except (TableError, ExpressionError) as error:  # a line for each problem; the expression with a mark under it
            raise UserError(str(error)) from None
        except ChipgaugeError as error:  # a name in it may hold a line end
            raise UserError(" ".join(str(error).splitlines())) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            name = f"{error.filename}: " if error.filename else ""
            raise UserError(" ".join(f"{name}{error.strerror or error}".splitlines())) from None
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from chipgauge import __version__
        from chipgauge.specs.catalog import catalog

        click.echo(f"chipgauge {__version__}, data of {catalog().as_of}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
def main() -> None:
    """Compare AI chips: by how much, under which law, at what price, and who says so.

    \b
    Example:
      chipgauge compare H20 H200 910C
    """
