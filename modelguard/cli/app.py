"""The `modelguard` command and its one error handler (exit 2: the user's input, exit 3: a bug of ours).

Commands are found by name and imported when they are used, so that `--version` and a pre-commit hook start fast.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, cast

import click

from modelguard import __version__
from modelguard.errors import InputError

ISSUES = "https://github.com/modelguard/modelguard/issues"
COMMANDS = {
    "annotate": "keep a comment beside each shared field and token",
    "budget": "what the ledger says, and what it lacks",
    "check": "judge a tree, or with --base what a change does",
    "cost": "what a change of models costs its consumers",
    "enforce": "compile the ledger into what a proxy or an account enforces",
    "explain": "what a rule means, with examples",
    "formats": "what is read, from which files, with what limits",
    "graph": "who reads each model field and holds each token",
    "init": "write what a repository needs to start with, shown first",
    "lsp": "serve an editor",
    "prices": "what a model costs, and where that is known from",
    "rotate": "what it takes to change a token",
    "rules": "list the rules",
    "schema": "print the JSON Schema of a document",
    "usage": "import measured usage, show it, split it by consumer, reconcile it",
}


class Commands(click.Group):
    """Commands by name, each in its module of modelguard.cli."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        return cast(click.Command, import_module(f"modelguard.cli.{cmd_name}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what goes wrong into a message and its exit code."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            # Whoever read our output has enough of it; nothing more may be written, not at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get("MODELGUARD_DEBUG"):
                raise
            kind = type(error).__name__
            click.echo(
                f"error: this is a bug of modelguard {__version__}, not of your repository: {kind} in {_where(error)}.\n"
                f"Please report it at {ISSUES} with the command you ran; MODELGUARD_DEBUG=1 shows the details.",
                err=True,
            )
            ctx.exit(3)


def _where(error: BaseException) -> str:
    """The place in our code; the error's own text may quote a scanned file, so it is not shown."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelguard")
def main() -> None:
    """Who reads each model field, what a model change costs them, and whether anybody budgeted for it."""
