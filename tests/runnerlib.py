"""What GitHub's runner does with a composite action, for tests: inputs, expressions, conditions, scripts, outputs.

It runs the very `run` scripts of an action.yml with bash as the runner does, each with the files that the runner gives it.
Steps with `uses` are not run; the folders and outputs that they would leave are put there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
_TOKEN = re.compile(r"\s*(?:(&&|\|\||==|!=|!|\(|\)|,)|'((?:[^']|'')*)'|(true|false|null)\b|([\w-]+(?:\.[\w-]+)*))")


class Expression:
    """GitHub's expressions as far as our actions use them: names, texts, ==, !=, !, &&, ||, cancelled() and the like."""

    def __init__(self, text: str, names: dict[str, Any], *, failed: bool) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            assert found, f"not understood: {text[at:]}"
            kind = ("operator", "text", "word", "name")[next(i for i in range(4) if found[i + 1] is not None)]
            self.tokens.append((kind, next(g for g in found.groups() if g is not None)))
            at = found.end()
        self.names, self.failed, self.at = names, failed, 0

    def value(self) -> Any:
        found = self._or()
        assert self.at == len(self.tokens)
        return found

    def _next(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in wanted and self.tokens[self.at][0] == "operator":
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def _or(self) -> Any:
        left = self._and()
        while self._next("||"):
            right = self._and()
            left = left or right
        return left

    def _and(self) -> Any:
        left = self._equal()
        while self._next("&&"):
            right = self._equal()
            left = left and right
        return left

    def _equal(self) -> Any:
        left = self._unary()
        while operator := self._next("==", "!="):
            right = self._unary()
            left = (left == right) == (operator == "==")
        return left

    def _unary(self) -> Any:
        if self._next("!"):
            return not self._unary()
        if self._next("("):
            found = self._or()
            assert self._next(")")
            return found
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return text.replace("''", "'")
        if kind == "word":
            return {"true": True, "false": False, "null": None}[text]
        if self._next("("):
            assert self._next(")")
            return {"cancelled": False, "always": True, "failure": self.failed, "success": not self.failed}[text]
        found: Any = self.names
        for part in text.split("."):
            found = found.get(part, "") if isinstance(found, dict) else ""
        return found


@dataclass
class Job:
    """One job's machine: its folders, event, environment, and what happened."""

    workspace: Path
    temp: Path
    env: dict[str, str]
    github: dict[str, Any]
    log: str = ""
    summary: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)

    def use(self, action: Path, given: dict[str, str], *, skip: tuple[str, ...] = ()) -> Job:
        """Run an action's steps; those named in `skip` are not run."""
        described = yaml.safe_load(action.read_text("utf-8"))
        unknown = set(given) - set(described["inputs"])
        assert not unknown, unknown
        github = {**self.github, "action_path": str(action.parent)}
        names: dict[str, Any] = {
            "github": github,
            "runner": {"temp": str(self.temp), "os": "Linux"},
            "steps": self.steps,
        }
        names["inputs"] = {
            n: self._filled(str(i.get("default", "")), names) for n, i in described["inputs"].items()
        } | given
        for step in described["runs"]["steps"]:
            self._step(step, names, skip)
        self.outputs = {n: self._filled(str(o["value"]), names) for n, o in described.get("outputs", {}).items()}
        return self

    def _step(self, step: dict[str, Any], names: dict[str, Any], skip: tuple[str, ...]) -> None:
        condition = str(step.get("if", "success()")).strip().removeprefix("${{").removesuffix("}}")
        if not re.search(r"\b(?:always|cancelled|failure|success)\(", condition):
            condition = f"success() && ({condition})"
        if not Expression(condition, names, failed=self.failed).value():
            return
        if "run" not in step or step.get("name") in skip:
            outputs = {"python-path": sys.executable} if "setup-python" in step.get("uses", "") else {}
            self.steps[step.get("id", "")] = {"outputs": outputs}
            return
        files = {n: self.temp / f"{n.lower()}-{len(self.status)}" for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        script = self.temp / "script.sh"
        script.write_text(self._filled(step["run"], names), "utf-8")
        env = {**self.env, **{k: self._filled(str(v), names) for k, v in step.get("env", {}).items()}}
        env |= {k: str(v) for k, v in files.items()} | {"RUNNER_TEMP": str(self.temp)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.log += done.stdout + done.stderr
        self.status[step.get("name", step.get("id", ""))] = done.returncode
        self.failed |= done.returncode != 0
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        self.steps[step.get("id", "")] = {"outputs": _outputs(files["GITHUB_OUTPUT"].read_text("utf-8"))}

    def _filled(self, text: str, names: dict[str, Any]) -> str:
        def value(found: re.Match[str]) -> str:
            result = Expression(found[1], names, failed=self.failed).value()
            return str(result).lower() if isinstance(result, bool) else str(result)

        return re.sub(r"\$\{\{(.*?)\}\}", value, text)


def _outputs(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT, read as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, end = line.partition("<<")
        assert sign, f"no output: {line}"
        body = []
        for more in lines:
            if more == end:
                break
            body.append(more)
        else:
            raise AssertionError("an output without its end")
        found[name] = "\n".join(body)
    return found


def installed(temp: Path) -> None:
    """What the Install step leaves, made of the environment that runs the tests."""
    python = temp / "modelguard" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)


def clean_environment() -> dict[str, str]:
    """The machine's environment without CI's own variables."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "RUNNER_", "CI"))}
