"""Files of the user's replaced whole or not at all, with the permissions and line endings they have."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from modelguard.errors import InputError


def replace_file(path: Path, text: str) -> None:
    """Write `text` in place of a file. Raises InputError where that can't be done; the old file is then untouched."""
    try:
        mode = path.stat().st_mode
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8"))
            temporary = Path(name)
            temporary.chmod(mode & 0o7777)
            temporary.replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"could not be written: {error.strerror}", path=str(path)) from error
