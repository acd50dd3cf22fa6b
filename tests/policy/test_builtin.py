# ruff: noqa: E501  (a table reads best with a case a line)
"""Every built-in rule on a small repository that has what it is about, and one that has not: from files to finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gitlib import git

from modelguard.cli import main
from modelguard.policy.rules import builtin_rules

ASK = "import os\n\nimport litellm\n\nlitellm.completion(model={model}, messages=[])\n"
DAY = "2026-03-16"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def check(folder: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """The findings by rule, those inside another by their own rule, too."""
    result = CliRunner().invoke(main, ["check", str(folder), *arguments, "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    found: dict[str, dict[str, Any]] = {}
    for finding in json.loads(result.stdout)["findings"]:
        for rule in (finding["rule"], *finding["inside"]):
            found.setdefault(rule, finding)
    return found


def ask(model: str) -> str:
    return ASK.format(model=json.dumps(model))


def usage(*rows: dict[str, Any], until: str = DAY) -> str:
    head = {"schema": "modelguard.usage/1", "from": "2026-03-01", "to": until}
    return "\n".join(json.dumps(row) for row in (head, *rows)) + "\n"


def row(**more: Any) -> dict[str, Any]:
    base = {"day": DAY, "consumer": "run.py", "model": "gpt-4o", "requests": 1000, "calls": 1000}
    return base | {"tokens_in": 500_000, "tokens_out": 100_000, "cost": "2.25"} | more


STRICT = {"modelguard.yaml": "persona: strict\n"}
GATEWAY = """model_list:
  - model_name: fast
    litellm_params: {model: openai/gpt-4o-mini}
    model_info: {access_groups: [plain]}
"""
SERVERLESS = """service: x
provider: {name: aws, stage: dev}
functions:
  one:
    handler: run.handler
"""
KEY = 'resource "litellm_key" "search" {\n  key_alias = "search"\n  %s\n}\n'


CASES: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (
        "MG104",
        {
            "run.py": ASK.format(model='os.environ.get("M", "openai/gpt-4o")'),
            "Dockerfile": 'FROM python\nENV M=openai/gpt-4o-mini\nCMD ["python", "run.py"]\n',
            "compose.yaml": "services:\n  a:\n    build: .\n    environment: {M: openai/gpt-4o-mini}\n",
            **STRICT,
        },
        {
            "run.py": ASK.format(model='os.environ.get("M", "openai/gpt-4o-mini")'),
            "compose.yaml": "services:\n  a:\n    command: python run.py\n    environment: {M: openai/gpt-4o-mini}\n",
            **STRICT,
        },
    ),
    (
        "MG105",
        {"config.yaml": "llm:\n  model: gpt-4o\n", **STRICT},
        {
            "config.yaml": "llm:\n  model: gpt-4o\n",
            "run.py": "import yaml\nimport litellm\n\nC = yaml.safe_load(open('config.yaml'))\n"
            "litellm.completion(model=C['llm']['model'], messages=[])\n",
            **STRICT,
        },
    ),
    (
        "MG305",
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o, limit: 1, per: day, expires: 2026-01-01}\n"},
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o, limit: 1, per: day, expires: 2026-09-01}\n"},
    ),
    (
        "MG306",
        {"budgets.yaml": "version: 1\nallocations:\n- {consumer: a, model: b, limit: 9, per: day}\ncaps:\n- {limit: 8, per: day}\n"},
        {"budgets.yaml": "version: 1\nallocations:\n- {consumer: a, model: b, limit: 7, per: day}\ncaps:\n- {limit: 8, per: day}\n"},
    ),
    ("MG307", {"run.py": ask("gpt-4o")}, {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\n"}),
    (
        "MG309",
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o, limit: 1, per: day, expires: 2026-03-20}\n"},
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o-mini, limit: 1, per: day, expires: 2026-03-20}\n"},
    ),
    (
        "MG310",
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: rum.py, model: gpt-4o, limit: 1, per: day}\n"},
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: 'run*', model: gpt-4o, limit: 1, per: day}\n"},
    ),
    (
        "MG311",
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o, limit: 1, per: day}\n"},
        {"run.py": ask("gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: gpt-4o, limit: 1, per: day}\n", "CODEOWNERS": "budgets.yaml @a\n"},
    ),
    ("MG315", {"budgets.yaml": "version: 1\ndefault: 3\n"}, {"budgets.yaml": "version: 1\ndefault: 0\n"}),
    ("MG401", {"run.py": ask("openai/gpt-4oo")}, {"run.py": ask("openai/gpt-4o")}),
    (
        "MG401",
        {"run.py": ask("gemini/gemini-9-ultra-max")},
        {"run.py": ask("gemini/gemini-9-ultra-max"), "modelguard.yaml": "prices: {gemini-9-ultra-max: {input: 1, output: 2}}\n"},
    ),
    ("MG411", {"run.py": ask("our-house-model"), **STRICT}, {"run.py": ask("gpt-4o"), **STRICT}),
    ("MG412", {"run.py": ask("bedrock/ai21.jamba-1-5-large-v1:0"), "day": "2027-01-01"}, {"run.py": ask("bedrock/ai21.jamba-1-5-large-v1:0")}),
    ("MG413", {"run.py": ask("claude-3-5-sonnet-latest")}, {"run.py": ask("claude-sonnet-4-5-20250929")}),
    ("MG414", {"run.py": ask("gpt-4o"), **STRICT}, {"run.py": ASK.format(model='os.environ["M"]'), ".env": "M=gpt-4o\n", **STRICT}),
    ("MG420", {"run.py": ask("bedrock/ai21.jamba-1-5-large-v1:0"), "day": "2026-11-01"}, {"run.py": ask("bedrock/ai21.jamba-1-5-large-v1:0")}),
    ("MG421", {"run.py": ask("bedrock/ai21.jamba-1-5-large-v1:0"), **STRICT}, {"run.py": ask("gpt-4o"), **STRICT}),
    (
        "MG415",
        {
            "app.py": 'from openai import OpenAI\n\nOpenAI(base_url="http://proxy:4000").chat.completions.create(model="fast", messages=[])\n',
            "litellm.yaml": GATEWAY + "  - model_name: deep\n    litellm_params: {model: anthropic/claude-opus-4-1}\nrouter_settings:\n  fallbacks: [{fast: [deep]}]\n",
            "budgets.yaml": "version: 1\nallocations:\n- {consumer: app.py, model: gpt-4o-mini, limit: 1, per: day, owner: a}\n",
        },
        {
            "app.py": 'from openai import OpenAI\n\nOpenAI(base_url="http://proxy:4000").chat.completions.create(model="fast", messages=[])\n',
            "litellm.yaml": GATEWAY + "  - model_name: deep\n    litellm_params: {model: anthropic/claude-opus-4-1}\nrouter_settings:\n  fallbacks: [{fast: [deep]}]\n",
            "budgets.yaml": "version: 1\nallocations:\n- {consumer: app.py, model: '*', limit: 1, per: day, owner: a}\n",
        },
    ),
    (
        "MG418",
        {"run.py": ask("gpt-4"), "modelguard-usage.jsonl": usage(row(model="gpt-4", tokens_in=7_900_000))},
        {"run.py": ask("gpt-4"), "modelguard-usage.jsonl": usage(row(model="gpt-4", tokens_in=500_000))},
    ),
    (
        "MG419",
        {
            "run.py": ask("gpt-4o"),
            "modelguard.yaml": "quotas: [{model: 'gpt-4*', requests_per_minute: 5}]\n",
            "modelguard-usage.jsonl": usage(row(hours={"calls": [0] * 23 + [1000]})),
        },
        {
            "run.py": ask("gpt-4o"),
            "modelguard.yaml": "quotas: [{model: 'gpt-4*', requests_per_minute: 50}]\n",
            "modelguard-usage.jsonl": usage(row(hours={"calls": [0] * 23 + [1000]})),
        },
    ),
    (
        "MG419",
        {
            "run.py": ask("gpt-4o"),
            "modelguard.yaml": "quotas: [{model: gpt-4o, tokens_per_minute: 9000}]\n",
            "modelguard-usage.jsonl": usage(row(hours={"calls": [0] * 23 + [1000]})),
        },
        {
            "run.py": ask("gpt-4o"),
            "modelguard.yaml": "quotas: [{model: gpt-4o, tokens_per_minute: 11000}]\n",
            "modelguard-usage.jsonl": usage(row(hours={"calls": [0] * 23 + [1000]})),
        },
    ),
    (
        "MG503",
        {"run.py": ask("gpt-4o"), "modelguard-usage.jsonl": usage(row(requests=50_000, calls=50_000))},
        {"run.py": ask("gpt-4o"), "modelguard-usage.jsonl": usage(row(requests=50_000, calls=9_000))},
    ),
    ("MG408", {"modelguard-usage.jsonl": usage(until="2026-01-01")}, {"modelguard-usage.jsonl": usage()}),
    ("MG409", {"run.py": ask("gpt-4o"), **STRICT}, {"modelguard-usage.jsonl": usage(), **STRICT}),
    ("MG402", {"run.py": ASK.format(model="input()")}, {"run.py": ask("gpt-4o")}),
    ("MG404", {"config.yaml": "model: [\n"}, {"config.yaml": "model: gpt-4o\n"}),
    (
        "MG403",
        {"compose.yaml": "services:\n  a:\n    image: x\n    command: /bin/other\n    environment: {OPENAI_API_KEY: '${OPENAI_API_KEY}'}\n"},
        {"run.py": ask("gpt-4o")},
    ),
    (
        "MG205",
        {
            "app.py": 'import os\n\nfrom openai import OpenAI\n\nOpenAI(base_url="http://proxy:4000", api_key=os.environ["LITELLM_MASTER_KEY"]).chat.completions.create(model="gpt-4o", messages=[])\n',
            "compose.yaml": "services:\n  a:\n    command: python app.py\n    environment: {LITELLM_MASTER_KEY: '${LITELLM_MASTER_KEY}'}\n",
        },
        {
            "app.py": 'import os\n\nfrom openai import OpenAI\n\nOpenAI(base_url="http://proxy:4000", api_key=os.environ["LITELLM_KEY"]).chat.completions.create(model="gpt-4o", messages=[])\n',
            "compose.yaml": "services:\n  a:\n    command: python app.py\n    environment: {LITELLM_KEY: '${LITELLM_KEY}'}\n",
        },
    ),
    ("MG601", {"p.yaml": GATEWAY, **STRICT}, {"p.yaml": GATEWAY + "general_settings: {master_key: os.environ/K}\n", **STRICT}),
    ("MG602", {"p.yaml": GATEWAY.replace("fast", '"openai/*"')}, {"p.yaml": GATEWAY}),
    ("MG603", {"p.yaml": GATEWAY, **STRICT}, {"p.yaml": GATEWAY + "litellm_settings: {max_budget: 100}\n", **STRICT}),
    ("MG603", {"p.yaml": GATEWAY + "litellm_settings: {max_budget: null}\n", **STRICT}, {"p.yaml": GATEWAY + "router_settings: {provider_budget_config: {openai: {budget_limit: 1}}}\n", **STRICT}),
    ("MG604", {"p.yaml": GATEWAY.replace("openai/gpt-4o-mini", "openai/our-own-7b")}, {"p.yaml": GATEWAY.replace("openai/gpt-4o-mini", "openai/our-own-7b, input_cost_per_token: 0.1")}),
    ("MG605", {"p.yaml": GATEWAY.replace("fast", '"openai/*"')}, {"p.yaml": GATEWAY}),
    ("MG606", {"p.yaml": GATEWAY + "general_settings: {master_key: os.environ/K}\n", **STRICT}, {"p.yaml": GATEWAY + "general_settings: {master_key: os.environ/K, database_url: os.environ/D}\n", **STRICT}),
    ("MG611", {"k.tf": KEY % "models = []"}, {"k.tf": KEY % 'models = ["gpt-4o"]'}),
    ("MG611", {"p.yaml": GATEWAY + "litellm_settings: {default_key_generate_params: {models: ['*']}}\n"}, {"p.yaml": GATEWAY + "litellm_settings: {default_key_generate_params: {models: [fast]}}\n"}),
    ("MG612", {"k.tf": KEY % "max_budget = 3"}, {"k.tf": KEY % 'models = ["gpt-4o"]'}),
    ("MG613", {"k.tf": KEY % "models = []"}, {"k.tf": KEY % "max_budget = var.budget"}),
    ("MG614", {"k.tf": KEY % 'models = ["openai/*"]'}, {"k.tf": KEY % 'models = ["gpt-4o"]'}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "has", "has_not"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_tree(
    rule: str, has: dict[str, str], has_not: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import datetime

    for number, files in enumerate((has, has_not)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(folder, {name: text for name, text in files.items() if name != "day"})
        day = datetime.fromisoformat(files.get("day", "2026-03-17") + "T12:00+00:00")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(day.timestamp())))
        assert (rule in check(folder)) == (number == 0), files


# -- changes -----------------------------------------------------------------------------------------------------------

MOVES: list[tuple[str, str, str, bool]] = [
    ("MG416", "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/eu.anthropic.claude-sonnet-4-6", True),
    ("MG416", "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1", False),
    ("MG416", "bedrock/us.anthropic.claude-sonnet-4-6", "openai/gpt-4o", False),
    ("MG417", "openai/gpt-4o-mini", "openai/gpt-4o", True),
    ("MG417", "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1", False),
    ("MG417", "openai/gpt-4o", "openai/gpt-4o-mini", False),
    ("MG401", "openai/gpt-4o", "openai/gpt-4oo", True),
    ("MG413", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-latest", True),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "after", "reported"), MOVES)
def test_a_change(rule: str, before: str, after: str, reported: bool, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(
        tmp_path,
        {
            "run.py": ask(before),
            "budgets.yaml": "version: 1\nallocations:\n- {consumer: run.py, model: '*', limit: 9, per: day}\n",
        },
    )
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    write(tmp_path, {"run.py": ask(after)})
    assert (rule in check(tmp_path, "--base", "main")) == reported


def test_a_raise_in_the_change_that_needs_it_and_that_nobody_approved(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, {"run.py": ask("openai/gpt-4o"), "budgets.yaml": "version: 1\n", **STRICT})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    line = "- {consumer: run.py, model: %s, limit: 9, per: day, owner: '@a'}\n"
    review = tmp_path.parent / "review.json"
    review.write_text(json.dumps({"author": "b", "approvals": []}))
    write(tmp_path, {"run.py": ask("openai/o3"), "budgets.yaml": "version: 1\nallocations:\n" + line % "o3"})
    found = check(tmp_path, "--base", "main", "--review", str(review))
    assert {"MG304", "MG313", "MG314"} <= set(found)
    write(tmp_path, {"run.py": ask("openai/gpt-4o"), "budgets.yaml": "version: 1\nallocations:\n" + line % "o3"})
    found = check(tmp_path, "--base", "main")
    assert "MG304" in found
    assert not {"MG313", "MG314"} & set(found)


@pytest.mark.parametrize(("limit", "volume", "rule"), [(1, True, "MG302"), (90, True, ""), (90, False, "MG303")])
def test_a_budget_that_is_not_enough_or_can_not_be_checked(limit: int, volume: bool, rule: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, {"run.py": ask("openai/gpt-4o"), "modelguard-usage.jsonl": usage(*[row()] * volume)})
    ledger = f"version: 1\nallocations:\n- {{consumer: run.py, model: gpt-4.1, limit: {limit}, per: day}}\n"
    write(tmp_path, {"budgets.yaml": ledger})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    write(tmp_path, {"run.py": ask("openai/gpt-4.1")})
    assert {"MG301", "MG302", "MG303"} & set(check(tmp_path, "--base", "main")) == ({rule} if rule else set())


def test_every_built_in_rule_is_met_from_files_somewhere() -> None:
    tests = Path(__file__).parents[1]
    texts = [
        p.read_text(encoding="utf-8") for folder in ("policy", "cli", "enforce") for p in (tests / folder).glob("*.py")
    ]
    missing = [r.id for r in builtin_rules() if not any(r.id in text for text in texts)]
    assert missing == []


CACHED = {"cold": {"calls": 1000, "tokens_in": 50_000_000, "tokens_out": 10_000_000}, "requests": 20_000, "calls": 1000}


@pytest.mark.parametrize(
    ("rows", "grace", "wanted"),
    [
        ([row(**CACHED)], "", {"MG501", "MG502"}),
        ([row(**CACHED)], "grace:\n- {consumer: run.py, from: gpt-4o, to: gpt-4.1, starts: '2026-03-18T00:00Z', hours: 24}\n", set()),
        # Requests and calls tell how often the cache answered: the first day is estimated from that.
        ([row(**(CACHED | {"cold": None}))], "", {"MG501", "MG502"}),
        ([row()], "", set()),
    ],
)  # fmt: skip
def test_a_switch_that_empties_a_cache(
    rows: list[dict[str, Any]], grace: str, wanted: set[str], tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    ledger = "version: 1\nallocations:\n- {consumer: run.py, model: '*', limit: 900, per: day}\n"
    write(
        tmp_path,
        {"run.py": ask("openai/gpt-4o"), "budgets.yaml": ledger + grace, "modelguard-usage.jsonl": usage(*rows)},
    )
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "x")
    write(tmp_path, {"run.py": ask("openai/gpt-4.1")})
    assert {"MG501", "MG502"} & set(check(tmp_path, "--base", "main")) == wanted
