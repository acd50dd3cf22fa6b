"""Command lines: which module, file or package script of the tree a container's command runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from modelguard.extract.node_modules import is_script
from modelguard.extract.words import split

_WRAPPERS = frozenset(
    "exec env tini dumb-init opentelemetry-instrument ddtrace-run newrelic-admin run-program nice time timeout"
    " poetry uv uvx pipenv pipx hatch pdm rye run tool -- then else do if while until ! { nohup gosu su-exec cross-env"
    " dotenvx doppler infisical sudo".split()
)
_MANAGERS = frozenset("poetry uv pipenv pipx hatch pdm rye".split())
"""Package managers, which run a program of the project after `run` alone; what else they do installs and builds."""
_MANAGERS_VALUES = frozenset(
    "--from --spec --with --with-editable --with-requirements --python -p --extra --group --only-group --package -e --env"
    " --env-file --directory --project -C --index --index-url --default-index --pip-args".split()
)
"""Their options that take a value; all others stand alone."""
_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "ash", "dash", "/bin/dash"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve"})
_NODE = frozenset(
    {"node", "nodejs", "tsx", "ts-node", "ts-node-dev", "nodemon", "deno", "bun", "pm2-runtime", "swc-node"}
)
_PACKAGES = frozenset({"npm", "yarn", "pnpm", "npx", "pnpx", "bunx"})
_FRAMEWORKS = frozenset({"next", "nuxt", "nuxi", "remix-serve", "react-router-serve", "astro"})
"""Commands that serve what the package.json beside them belongs to."""
_NODE_VALUES = frozenset(
    {"-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "-P", "--project", "--watch"}
)
_PYTHON = re.compile(r"(?:.*/)?(?:python|pypy)(?:\d(?:\.\d+)?)?\Z")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(\))?\Z")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_PLAIN = re.compile(r"[A-Za-z_]\w*\Z")
_TOOLS = frozenset(
    "pip pytest build venv ensurepip twine coverage unittest ruff mypy black isort flake8 pre_commit tox nox http compileall"
    " spacy nltk playwright alembic json timeit this site".split()
)
"""Modules that `python -m` runs and that spend nothing themselves, or run what is not known (a test runner's tests)."""
_LABEL = re.compile(r"""^\s*["'\w*?|. -]{1,40}\)\s+""")
"""The pattern of a `case`, before the command that it stands for."""
_FLAGS_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a command runs: a dotted Python module (with the object a server loads), a file, or a package.json script."""

    module: str = ""
    attribute: str = ""
    file: str = ""
    served: bool = False
    pages: bool = False
    """Whether the files in `pages/` beside it are run too, as Streamlit does."""
    folder: str = ""
    """Where a server looks for the module, if it says so."""
    script: str = ""
    near: str = ""
    """The file from which the module is looked for, where it is not the one that has the command."""


Installed = Mapping[str, Target]
"""The console scripts that packages of the tree install, by name, each with the function that it calls."""
_NONE: Installed = {}


def targets(argv: Sequence[str], installed: Installed = _NONE) -> list[Target]:
    """The programs of a command line, in order; empty where there is none to be seen."""
    words = unwrapped(list(argv))
    if not words:
        return []
    name = words[0].rsplit("/", 1)[-1]
    if words[0] in _SHELLS or name in ("sh", "bash"):
        return _shell(words[1:], installed)
    if name == "eval":
        return _shell(["-c", " ".join(words[1:])], installed)
    own = installed.get(name.rpartition(":")[2])  # `hatch run test:name`
    if own is not None and (name == words[0] or "bin/" in words[0] or ":" in name):
        return [own]
    if name == "worker" and len(words) == 2 and is_script(words[1]):
        return [Target(file=words[1], attribute="default", served=True)]
    if name == "console-script":
        return [served(words[1])]
    if _PYTHON.match(words[0]):
        return _python(words[1:])
    if name in _NODE or name in _PACKAGES:
        return _node(words) if name in _NODE else _package_script(words[1:])
    if name in _SERVERS:
        applications = [served(w) for w in words[1:] if _TARGET.match(w)][:1]
        return [replace(t, folder=_after(words, "--app-dir", "--chdir")) for t in applications]
    if name in ("flask", "celery"):
        return _application(words[1:])
    if name in _WORKERS:
        return _worker(name, words[1:])
    if name in ("streamlit", "fastapi", "chainlit", "gradio"):
        files = [w for w in words[1:] if w.endswith(".py")]
        # Streamlit and Gradio run the file as the main program; the others import it.
        imported = name in ("fastapi", "chainlit")
        return [Target(file=files[0], served=imported, pages=name == "streamlit")] if files else []
    if name in _FRAMEWORKS:
        return [Target(script=name)]
    if words[0] in ("source", ".") and len(words) > 1:
        words = words[1:]
    return [Target(file=words[0])] if words[0].endswith((".py", ".sh", ".bash")) else []


def _node(words: list[str]) -> list[Target]:
    """`node --flag dist/x.js`, `tsx src/x.ts`, `deno run -A x.ts`, `next start`: the first file that is code."""
    if words[0].rsplit("/", 1)[-1] == "bun" and words[1:2] == ["run"] and not is_script(words[-1]):
        return _package_script(words[1:])
    for before, word in pairwise(words):
        if before in ("-e", "--eval", "-p", "--print", "-c", "--check"):
            return []
        if not word.startswith("-") and before not in _NODE_VALUES and (is_script(word) or "/" in word):
            return [Target(file=word)]
    return []


def _package_script(words: list[str]) -> list[Target]:
    """`npm start`, `npm run serve -- --port 1`, `pnpm --filter api dev`, `npx tsx x.ts`."""
    rest = [w for w in words if not w.startswith("-")]
    if not rest:
        return []
    if rest[0] in ("exec", "dlx") or rest[0] in _NODE:
        return targets(words[words.index(rest[0]) + (rest[0] in ("exec", "dlx")) :])
    if rest[0] in ("run", "run-script"):
        return [Target(script=rest[1])] if len(rest) > 1 else []
    if rest[0] in (
        "install",
        "ci",
        "i",
        "add",
        "build",
        "test",
        "audit",
        "publish",
        "prune",
        "cache",
        "config",
        "version",
    ):
        return []
    # `pnpm --filter api start`: the last plain word names the script.
    return [Target(script=rest[-1] if any(w in ("--filter", "-F", "--prefix", "-w") for w in words) else rest[0])]


def words(argv: Sequence[str]) -> list[str]:
    """The words of a command line; those of the script where it is a shell's."""
    if argv and argv[0] in _SHELLS and "-c" in argv:
        script = next((w for w in argv[1:] if not w.startswith("-")), "")
        return split(script.replace("\\\n", " "), comments=True)
    return list(argv)


def unwrapped(words: list[str]) -> list[str]:
    """A command without what stands before its program: variables, wrappers, a package manager with its options."""
    managed = runs = False
    while words:
        name = words[0].rsplit("/", 1)[-1]
        if managed and words[0] in ("-m", "--module"):
            return ["python", "-m", *words[1:]]
        if managed and words[0].startswith("-"):
            words = words[2:] if words[0] in _MANAGERS_VALUES else words[1:]
        elif name in _WRAPPERS or re.match(r"[A-Z_][A-Z0-9_]*=", words[0]):
            managed = managed or name in _MANAGERS or name == "uvx"
            runs = runs or name in ("run", "uvx")
            words = words[1:]
        else:
            break
    return words if runs or not managed else []


def _shell(words: list[str], installed: Installed) -> list[Target]:
    """`sh -c "a && python -m b"`: every command of the script."""
    script = next((w for w in words if not w.startswith("-")), "")
    if script.endswith((".sh", ".bash")) and not any(w.startswith("-") and "c" in w for w in words):
        return [Target(file=script)]
    found: list[Target] = []
    script = script.replace("\\\n", " ")
    folder = ""
    for part in re.split(r"&&|\|\||[;|\n]", script):
        words = split(_LABEL.sub("", part), comments=True)
        if words[:1] == ["cd"] and len(words) == 2 and "$" not in words[1]:
            folder = posixpath.normpath(posixpath.join(folder, words[1]))
        for target in targets(words, installed):
            inside = posixpath.join(folder, target.folder) if folder not in ("", ".") else target.folder
            found.append(replace(target, folder=inside))
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


_WORKERS = frozenset(
    {"taskiq", "dramatiq", "arq", "faststream", "saq", "huey_consumer", "huey_consumer.py", "procrastinate"}
)
"""Programs that run the functions which a module registers with them."""


def _worker(name: str, words: list[str]) -> list[Target]:
    """`taskiq worker app.main:broker app.tasks`, `dramatiq app.tasks`, `arq app.worker.WorkerSettings`."""
    if name == "taskiq" and words[:1] != ["worker"]:
        return []  # a scheduler runs no task
    found: list[Target] = []
    for before, word in pairwise(("", *words)):
        if before.startswith("--app") and name == "procrastinate":
            found.append(Target(module=word.rpartition(".")[0], attribute=word.rpartition(".")[2], served=True))
        elif _TARGET.match(word):
            found.append(served(word))
        elif _DOTTED.match(word) and not before.startswith("-"):
            settings = name in ("arq", "saq", "huey_consumer", "huey_consumer.py")
            module, _, attribute = word.rpartition(".") if settings else (word, "", "")
            found.append(Target(module=module, attribute=attribute, served=True))
        elif _PLAIN.match(word) and name == "dramatiq" and not before.startswith("-"):
            found.append(Target(module=word, served=True))
    return found


def _after(words: list[str], *flags: str) -> str:
    return next((b for a, b in pairwise(words) if a in flags), "")


def served(word: str) -> Target:
    """What `package.module:object` means."""
    module, _, attribute = word.partition(":")
    return Target(module=module, attribute=attribute.removesuffix("()"), served=True)


_IDLE = frozenset({"beat", "flower", "inspect", "status", "events", "scheduler"})


def runs_no_task(argv: Sequence[str]) -> bool:
    """Whether a command is a scheduler's or a monitor's (`celery -A app beat`), which runs none of the code's tasks."""
    words = unwrapped(list(argv))
    return bool(words) and words[0].rsplit("/", 1)[-1] in ("celery", "taskiq") and not _IDLE.isdisjoint(words)


def _application(words: list[str]) -> list[Target]:
    """`flask --app x run`, `celery -A x worker`. Celery's beat, flower and tools run no task."""
    if not _IDLE.isdisjoint(words):
        return []
    for flag in ("--app", "-A"):
        if flag in words and words.index(flag) + 1 < len(words):
            name = words[words.index(flag) + 1]
            if name.endswith(".py"):
                return [Target(file=name, served=True)]
            module, _, attribute = name.partition(":")
            return [Target(module=module, attribute=attribute, served=True)]
    return []
