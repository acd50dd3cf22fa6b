"""`check --live`: repository, ledger and running proxy compared, as findings like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.enforce_keys import Command

if TYPE_CHECKING:
    from modelguard.policy.check import Inputs


def live_options(command: Command) -> Command:
    """The options of `check` for a running proxy."""
    for option in (
        click.option(
            "--admin-key-env",
            default="LITELLM_MASTER_KEY",
            metavar="NAME",
            help="variable with the proxy administrator's key",
        ),
        click.option(
            "--live", metavar="URL|FILE", help="also judge the keys of a LiteLLM proxy, or its saved GET /key/list"
        ),
    ):
        command = option(command)
    return command


def with_live(inputs: Inputs, path: Path, head: str | None, source: str | None, admin_key_env: str) -> Inputs:
    """The inputs with what differs between the changed side's ledger and a proxy; as they are where none is asked for."""
    if source is None:
        return inputs
    from modelguard.cli.enforce import keys_of, policy_of
    from modelguard.cli.enforce_keys import live_keys, planned
    from modelguard.cli.inputs import LEDGER, today
    from modelguard.enforce import keys
    from modelguard.policy.live_subjects import live_subjects
    from modelguard.workspace import open_ref, open_working

    tree = open_working(path) if head is None else open_ref(path, head)
    wanted = keys.keys_of(policy_of(tree).policy, today())
    changes = planned(wanted, keys_of(tree), live_keys(source, admin_key_env), tree)
    return replace(inputs, live=tuple(live_subjects(changes, LEDGER)))
