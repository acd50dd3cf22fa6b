"""The command line: click, thin, one module a command; heavy imports inside the command that needs them."""

from modelguard.cli.app import main

__all__ = ["main"]
