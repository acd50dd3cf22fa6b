"""The `modelguard` command and its one error handler (exit 2: the user's input, exit 3: a bug of ours)."""

from __future__ import annotations

import click

from modelguard import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelguard")
def main() -> None:
    """Who reads each model field, what a model change costs them, and whether anybody budgeted for it."""
