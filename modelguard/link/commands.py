"""Command lines: which Python module or file of the tree a container's command runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

_WRAPPERS = frozenset(
    "exec env tini dumb-init opentelemetry-instrument ddtrace-run newrelic-admin run-program nice time timeout"
    " poetry uv pipenv hatch pdm run -- --frozen --no-sync --no-dev".split()
)
_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "ash", "dash", "/bin/dash"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve"})
_PYTHON = re.compile(r"(?:.*/)?(?:python|pypy)(?:\d(?:\.\d+)?)?\Z")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(\))?\Z")
_TOOLS = frozenset(
    "pip pytest build venv ensurepip twine coverage unittest ruff mypy black isort flake8 pre_commit tox nox http compileall"
    " spacy nltk playwright alembic json timeit this site".split()
)
"""Modules that `python -m` runs and that spend nothing themselves, or run what is not known (a test runner's tests)."""
_FLAGS_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a command runs: a dotted module (with the object a server loads), or a file."""

    module: str = ""
    attribute: str = ""
    file: str = ""
    served: bool = False
    folder: str = ""
    """Where a server looks for the module, if it says so."""


def targets(argv: Sequence[str]) -> list[Target]:
    """The Python programs of a command line, in order; empty where there is none to be seen."""
    words = _unwrapped(list(argv))
    if not words:
        return []
    name = words[0].rsplit("/", 1)[-1]
    if words[0] in _SHELLS or name in ("sh", "bash"):
        return _shell(words[1:])
    if _PYTHON.match(words[0]):
        return _python(words[1:])
    if name in _SERVERS:
        served = [_served(w) for w in words[1:] if _TARGET.match(w)][:1]
        return [replace(t, folder=_after(words, "--app-dir", "--chdir")) for t in served]
    if name in ("flask", "celery"):
        return _application(words[1:])
    if name in ("streamlit", "fastapi", "chainlit", "gradio"):
        files = [w for w in words[1:] if w.endswith(".py")]
        return [Target(file=files[0], served=True)] if files else []
    return [Target(file=words[0])] if words[0].endswith(".py") else []


def _unwrapped(words: list[str]) -> list[str]:
    while words and (words[0].rsplit("/", 1)[-1] in _WRAPPERS or re.match(r"[A-Z_][A-Z0-9_]*=", words[0])):
        words = words[1:]
    return words


def _shell(words: list[str]) -> list[Target]:
    """`sh -c "a && python -m b"`: every command of the script."""
    script = next((w for w in words if not w.startswith("-")), "")
    found: list[Target] = []
    script = script.replace("\\\n", " ")
    for part in re.split(r"&&|\|\||[;|\n]", script):
        try:
            found.extend(targets(shlex.split(part, comments=True)))
        except ValueError:
            continue
    return found


def _python(words: list[str]) -> list[Target]:
    while words:
        word, *rest = words
        if word == "-m" and rest:
            if rest[0] in _SERVERS or rest[0] in ("flask", "celery", "streamlit", "fastapi"):
                return targets(rest)
            return [] if rest[0].split(".", 1)[0] in _TOOLS else [Target(module=rest[0])]
        if word in _FLAGS_WITH_VALUE:
            words = rest[1:]
        elif word == "-c":
            return []
        elif word.startswith("-"):
            words = rest
        else:
            return [Target(file=word)] if word.endswith(".py") or "/" in word else []
    return []


def _after(words: list[str], *flags: str) -> str:
    return next((b for a, b in pairwise(words) if a in flags), "")


def _served(word: str) -> Target:
    module, _, attribute = word.partition(":")
    return Target(module=module, attribute=attribute.removesuffix("()"), served=True)


def _application(words: list[str]) -> list[Target]:
    """`flask --app x run`, `celery -A x worker`. Celery's beat, flower and tools run no task."""
    if not {"beat", "flower", "inspect", "status", "events"}.isdisjoint(words):
        return []
    for flag in ("--app", "-A"):
        if flag in words and words.index(flag) + 1 < len(words):
            name = words[words.index(flag) + 1]
            if name.endswith(".py"):
                return [Target(file=name, served=True)]
            module, _, attribute = name.partition(":")
            return [Target(module=module, attribute=attribute, served=True)]
    return []
