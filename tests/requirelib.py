"""What some tests run for real: there, or skipped with the reason; on CI it must be there."""

from __future__ import annotations

import importlib
import os
import shutil
from types import ModuleType

import pytest


def missing(what: str) -> None:
    """Skip the test; fail it on CI, which installs everything."""
    message = f"{what} is not installed: make test EXTRAS=dev,integration"
    if os.environ.get("MODELGUARD_CI"):
        pytest.fail(message)
    pytest.skip(message)


def required(module: str) -> ModuleType:
    """A module, or the test is skipped."""
    try:
        return importlib.import_module(module)
    except ImportError:
        missing(module)
        raise AssertionError from None


def program(name: str) -> str:
    """A program of this environment or the machine, or the test is skipped."""
    import sys
    from pathlib import Path

    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        missing(name)
    return str(found)
