"""`modelguard enforce key`: a consumer's new key, into a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

import click

from modelguard.cli.inputs import emit
from modelguard.errors import InputError


@click.command("key")
@click.argument("consumer")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="the key's file; it must not be there yet"
)
@click.option("--admin", is_flag=True, help="a key that manages the proxy and spends nothing; CONSUMER is its alias")
def key(consumer: str, output: Path, admin: bool) -> None:
    """Make a key for CONSUMER, for a proxy without a database.

    The key goes to --output with mode 0600, its entry for modelguard-keys.yaml to stdout. It is shown nowhere.
    """
    import json

    from modelguard.cli.inputs import today
    from modelguard.enforce.fingerprint import fingerprint, new_key

    made = new_key()
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(made)
    except FileExistsError as error:
        raise InputError("is there already; a key is never written over", path=str(output)) from error
    except OSError as error:
        raise InputError(f"could not be written: {error.strerror}", path=str(output)) from error
    whose = "admin: true" if admin else f"consumer: {json.dumps(consumer)}"
    alias = json.dumps(f"{consumer}-{today().isoformat()}")
    emit(f"  - {{{whose}, alias: {alias}, fingerprint: {json.dumps(fingerprint(made))}}}\n", None)
