"""Where new keys go: a file that only its owner can read, or a command that puts them into a secret store. Never a terminal."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import tempfile
from pathlib import Path

from modelguard.enforce.fingerprint import new_key
from modelguard.errors import InputError

SCHEMA = "modelguard.new-keys/1"
STORE_TIMEOUT = 120


class KeyFile:
    """New keys in a file of mode 0600, by consumer. A consumer's key is made once; it is on disk before it is given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = self._read()

    def _read(self) -> dict[str, str]:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", path=str(self._path)) from error
        with os.fdopen(handle, encoding="utf-8", errors="replace") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o077 or state.st_uid != os.geteuid():
                hint = "It must be a file of your own with mode 600."
                raise InputError("others could read the keys in it", path=str(self._path), hint=hint)
            try:
                document = json.load(file)
                keys = document["keys"]
                if document["schema"] != SCHEMA or not all(isinstance(v, str) for v in keys.values()):
                    raise ValueError
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                # The parser's own message may quote a key.
                raise InputError("this is no file of new keys, and is left alone", path=str(self._path)) from None
        return dict(keys)

    def key_for(self, consumer: str) -> str:
        """The consumer's key, made and written now where it has none."""
        if consumer not in self._keys:
            self._keys[consumer] = new_key()
            self._write()
        return self._keys[consumer]

    def _write(self) -> None:
        text = json.dumps({"schema": SCHEMA, "keys": self._keys}, indent=2, ensure_ascii=False) + "\n"
        try:
            # mkstemp makes the file with mode 0600.
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
                _sync_folder(self._path.parent)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise InputError(f"could not be written: {error.strerror}", path=str(self._path)) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class KeyStore:
    """New keys given to a command on its standard input, `{consumer}` in its arguments filled in; no shell is run.

    A key that the proxy then did not take is made anew by the next run, so the command must put a value over an old one.
    """

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise InputError(f"--store is no command: {error}") from error
        if not any("{consumer}" in word for word in self._words):
            raise InputError("--store must say where each key goes", hint="Put {consumer} into the command.")

    def key_for(self, consumer: str) -> str:
        """A new key that the store has taken."""
        key = new_key()
        words = [word.replace("{consumer}", consumer) for word in self._words]
        try:
            done = subprocess.run(words, input=key.encode(), capture_output=True, timeout=STORE_TIMEOUT, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"--store could not be run: {type(error).__name__}", path=words[0]) from None
        if done.returncode != 0:
            # What it printed may hold the key, so it is not shown.
            raise InputError(f"--store ended with status {done.returncode} for {consumer}", path=words[0])
        return key
