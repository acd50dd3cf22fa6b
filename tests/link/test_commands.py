"""Command lines of containers, and what of them runs."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.link.commands import Target, targets


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m jobs.run --x 1", [Target(module="jobs.run")]),
        ("python3.12 -u app/main.py", [Target(file="app/main.py")]),
        ("/usr/bin/python -W ignore main.py", [Target(file="main.py")]),
        ("uvicorn api.app:create --factory", [Target(module="api.app", attribute="create", served=True)]),
        ("python -m uvicorn api.app:app", [Target(module="api.app", attribute="app", served=True)]),
        (
            "gunicorn -w 4 -k uvicorn.workers.UvicornWorker api:app",
            [Target(module="api", attribute="app", served=True)],
        ),
        ("poetry run python -m jobs", [Target(module="jobs")]),
        ("tini -- python main.py", [Target(file="main.py")]),
        ("celery -A jobs.worker worker", [Target(module="jobs.worker", served=True)]),
        ("celery -A jobs.worker beat", []),
        ("taskiq worker jobs.main:broker --workers 2", [Target(module="jobs.main", attribute="broker", served=True)]),
        ("taskiq scheduler jobs.main:scheduler", []),
        ("dramatiq jobs.tasks -p 2", [Target(module="jobs.tasks", served=True)]),
        ("arq jobs.worker.WorkerSettings", [Target(module="jobs.worker", attribute="WorkerSettings", served=True)]),
        ("./docker/entrypoint.sh web", [Target(file="./docker/entrypoint.sh")]),
        ("sh -c 'case x in web) exec python -m api;; esac'", [Target(module="api")]),
        ("streamlit run ui.py --server.port 80", [Target(file="ui.py", pages=True)]),
        ("chainlit run ui.py", [Target(file="ui.py", served=True)]),
        ("sh -c 'alembic upgrade head && python -m api'", [Target(module="api")]),
        ("env MODE=a python main.py", [Target(file="main.py")]),
        ("./main.py", [Target(file="./main.py")]),
        ("uvicorn web:app --app-dir src", [Target(module="web", attribute="app", served=True, folder="src")]),
        ("sh -c 'exec celery -A jobs.worker worker \\\n  -c 4'", [Target(module="jobs.worker", served=True)]),
        ("celery -A jobs.worker beat", []),
        ("python -m pip install x", []),
        ("uv python install 3.12", []),
        ("nginx -g daemon", []),
        ("python -c 'print(1)'", []),
        ("", []),
    ],
)
def test_targets(command: str, expected: list[Target]) -> None:
    assert targets(shlex.split(command)) == expected


@given(
    st.lists(
        st.sampled_from(["python", "-m", "-c", "sh", "a:b", "uvicorn", "&&", "'", "x.py", "--", "A=1", "", "-"]),
        max_size=8,
    )
)
def test_any_words_are_read(words: list[str]) -> None:
    targets(words)


@pytest.mark.parametrize(
    "command",
    [
        "triage --config x.yml",
        "uv run triage",
        "uv run --frozen --extra ci --python 3.12 triage",
        "uv --directory app run triage",
        "uvx --from . triage",
        "uv tool run --from . triage",
        "pipx run --spec . triage --model x",
        "poetry run triage",
        "pdm run triage",
        "hatch run ci:triage",
        ".venv/bin/triage",
        "sh -c 'pip install . && MODEL=x triage'",
    ],
)
def test_console_scripts_of_the_tree(command: str) -> None:
    script = Target(module="triage.cli", attribute="run", served=True, near="pyproject.toml")
    assert targets(shlex.split(command), {"triage": script}) == [script]


@pytest.mark.parametrize(
    "command", ["uv build triage", "poetry install", "pip install triage", "./triage", "docker run triage"]
)
def test_commands_that_run_no_console_script(command: str) -> None:
    script = Target(module="triage.cli", attribute="run", served=True)
    assert targets(shlex.split(command), {"triage": script}) == []


def test_uv_runs_modules_itself() -> None:
    assert targets(shlex.split("uv run --no-sync -m app.cli")) == [Target(module="app.cli")]
