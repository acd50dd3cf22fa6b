"""`modelguard enforce litellm --plan` and `--apply`, against a proxy on loopback that takes what LiteLLM's models take."""

from __future__ import annotations

import json
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from keyslib import ADMIN, FakeProxy, digest, served

from modelguard.enforce.keys import ROUTES

from .test_commands import run, snapshot, valid

LEDGER = """\
version: 1
allocations:
  - {consumer: api, model: claude-sonnet-4-6, limit: 12, per: day, first_day: 150}
  - {consumer: nightly, model: claude-haiku-4-5, limit: 40, per: month}
  - {consumer: retired, model: claude-haiku-4-5, limit: 0, per: day}
"""
PROXY = """\
model_list:
  - {model_name: sonnet, litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6}}
  - {model_name: haiku, litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0}}
  - {model_name: opus, litellm_params: {model: bedrock/us.anthropic.claude-opus-4-6-v1}}
  - {model_name: fast, litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0}}
litellm_settings:
  fallbacks: [{fast: [opus]}]
general_settings:
  database_url: os.environ/DATABASE_URL
"""
RAW = "bedrock/us.anthropic.claude-sonnet-4-6"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "budgets.yaml").write_text(LEDGER)
    (folder / "proxy.yaml").write_text(PROXY)
    return folder


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProxy]:
    monkeypatch.setenv("LITELLM_MASTER_KEY", ADMIN)
    with served(FakeProxy()) as fake:
        yield fake


def apply(service: Path, proxy: FakeProxy, keys: Path, *more: object) -> Result:
    return run("enforce", "litellm", service, "--apply", proxy.url, "--new-keys", keys, *more)


def no_key_in(result: Result, *keys: str) -> None:
    shown = result.stdout + result.stderr + repr(result.exception or "")
    assert "sk-" not in shown.replace("sk-…", "")
    assert not [k for k in (ADMIN, *keys) if k in shown]


def kept(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text())["keys"]
    return found


def test_from_an_empty_proxy_to_the_ledgers_keys_and_again(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    file = tmp_path / "new-keys.json"
    first = apply(service, proxy, file)
    assert first.exit_code == 0, first.output
    new = kept(file)
    assert sorted(new) == ["api", "nightly"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    no_key_in(first, *new.values())
    assert {k["key_alias"]: (k["models"], k["max_budget"], k["budget_duration"]) for k in proxy.keys.values()} == {
        "modelguard/api": ([RAW, "sonnet"], 150.0, "1d"),
        "modelguard/nightly": (["bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", "haiku"], 40.0, "1mo"),
    }
    assert set(proxy.keys) == {digest(k) for k in new.values()}
    # What is printed is by fingerprint, ready for modelguard-keys.yaml.
    (service / "modelguard-keys.yaml").write_text("version: 1\nkeys:\n" + first.stdout)
    sent = len(proxy.changes)
    again = apply(service, proxy, file)
    assert (again.exit_code, len(proxy.changes)) == (0, sent)
    assert kept(file) == new
    plan = run("enforce", "litellm", service, "--plan", proxy.url)
    assert plan.exit_code == 0
    assert plan.output.startswith("as the ledger has it: 2 consumers with a key")


def test_the_plan_tells_drift_orphans_and_the_master_key_and_changes_nothing(service: Path, proxy: FakeProxy) -> None:
    proxy.add("sk-a", key_alias="modelguard/api", models=[], max_budget=None, spend=81.2)
    proxy.add("sk-r", key_alias="modelguard/retired", models=["haiku"], allowed_routes=list(ROUTES))
    proxy.add(
        "sk-d", key_alias="daves-laptop", models=["opus", "sonnet"], max_budget=20, budget_duration="30d", spend=3
    )
    proxy.add("sk-x", key_alias=None, models=["opus"], blocked=True)
    proxy.master_rows = [{"spend": 0.5}, {"spend": 1.25}]
    plan = run("enforce", "litellm", service, "--plan", proxy.url)
    assert plan.exit_code == 1
    snapshot("enforce-keys-plan.txt", plan.output)
    assert proxy.changes == []
    document = json.loads(run("enforce", "litellm", service, "--plan", proxy.url, "--format", "json").stdout)
    valid(document, "keys-plan")
    assert [c["kind"] for c in document["changes"]] == ["block", "update", "create", "orphan", "master-key"]
    assert document["left_out"] == [
        {"consumer": "nightly", "name": "fast", "why": "it falls back to opus, which the ledger does not give it"}
    ]


def test_apply_sets_right_blocks_and_makes_and_leaves_others_keys_alone(
    service: Path, proxy: FakeProxy, tmp_path: Path
) -> None:
    mine = proxy.add("sk-a", key_alias="modelguard/api", models=[], max_budget=None)
    retired = proxy.add("sk-r", key_alias="modelguard/retired", models=["haiku"])
    proxy.add("sk-d", key_alias="daves-laptop", models=["opus"])
    before = dict(proxy.keys[digest("sk-d")])
    result = apply(service, proxy, tmp_path / "keys.json")
    assert result.exit_code == 1  # Dave's key is for a person to decide
    assert "daves-laptop" in result.stderr
    assert proxy.keys[mine]["models"] == [RAW, "sonnet"]
    assert proxy.keys[mine]["allowed_routes"] == list(ROUTES)
    assert proxy.keys[retired]["blocked"] is True
    assert proxy.keys[digest("sk-d")] == before
    assert [path for path, _ in proxy.changes] == ["/key/block", "/key/update", "/key/generate"]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_run_that_ends_in_the_middle_is_gone_on_with(
    service: Path, proxy: FakeProxy, tmp_path: Path, after: int
) -> None:
    file = tmp_path / "keys.json"
    proxy.add("sk-a", key_alias="modelguard/retired", models=["haiku"])
    proxy.fail_after = after
    broken = apply(service, proxy, file)
    assert broken.exit_code == 2
    assert broken.stderr.splitlines()[-1].startswith(f"error: {proxy.url}: /key/")
    no_key_in(broken)
    early = kept(file) if file.exists() else {}
    proxy.fail_after = None
    assert apply(service, proxy, file).exit_code == 0
    assert set(early.items()) <= set(kept(file).items())
    assert {digest(k) for k in kept(file).values()} | {digest("sk-a")} == set(proxy.keys)
    assert len(proxy.changes) == 3


def test_an_answer_that_was_lost_makes_no_second_key(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    proxy.lose_answer = True
    assert apply(service, proxy, file).exit_code == 2
    assert len(proxy.keys) == 1
    proxy.lose_answer = False
    assert apply(service, proxy, file).exit_code == 0
    assert {digest(k) for k in kept(file).values()} == set(proxy.keys)


def test_nothing_that_a_person_took_away_is_given_back(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    blocked = proxy.add("sk-a", key_alias="modelguard/api", models=[RAW, "sonnet"], blocked=True)
    result = apply(service, proxy, tmp_path / "keys.json")
    assert proxy.keys[blocked]["blocked"] is True
    assert [c["key_alias"] for _, c in proxy.changes] == ["modelguard/nightly"]
    assert result.exit_code == 1


def test_many_keys_are_read_page_by_page(service: Path, proxy: FakeProxy) -> None:
    for number in range(250):
        proxy.add(f"sk-{number}", key_alias=f"k{number}", models=["opus"])
    document = json.loads(run("enforce", "litellm", service, "--plan", proxy.url, "--format", "json").stdout)
    assert sum(c["kind"] == "orphan" for c in document["changes"]) == 250


def test_a_secret_store_gets_the_key_on_its_input(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    script = tmp_path / "store.py"
    script.write_text(
        "import sys, pathlib\npathlib.Path(sys.argv[1], sys.argv[2]).write_text(sys.stdin.read())\nprint('noise')\n"
    )
    vault = tmp_path / "vault"
    vault.mkdir()
    store = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {shlex.quote(str(vault))} {{consumer}}"
    result = run("enforce", "litellm", service, "--apply", proxy.url, "--store", store)
    assert result.exit_code == 0, result.output
    assert {digest(p.read_text()) for p in vault.iterdir()} == set(proxy.keys)
    no_key_in(result, *(p.read_text() for p in vault.iterdir()))
    assert "noise" not in result.output


def test_a_store_that_fails_stops_before_the_proxy_hears_of_the_key(
    service: Path, proxy: FakeProxy, tmp_path: Path
) -> None:
    script = tmp_path / "store.py"
    script.write_text("import sys\nsys.stderr.write(sys.stdin.read())\nsys.exit(3)\n")
    store = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {{consumer}}"
    result = run("enforce", "litellm", service, "--apply", proxy.url, "--store", store)
    assert result.exit_code == 2
    assert "--store ended with status 3 for api" in result.stderr
    no_key_in(result)
    assert proxy.keys == {}


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_file_that_others_can_read_is_refused(service: Path, proxy: FakeProxy, tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"schema": "modelguard.new-keys/1", "keys": {}}')
    file.chmod(mode)
    result = apply(service, proxy, file)
    assert (result.exit_code, proxy.changes) == (2, [])
    assert "others could read the keys in it" in result.stderr


def test_another_file_is_left_alone_and_not_quoted(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text("sk-precious")
    file.chmod(0o600)
    result = apply(service, proxy, file)
    assert (result.exit_code, file.read_text()) == (2, "sk-precious")
    no_key_in(result)
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    assert apply(service, proxy, link).exit_code == 2
    assert not (tmp_path / "elsewhere.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--apply", "http://proxy.example"], "over http the administrator's key could be read on the way. Use https."),
        (["--apply", "ftp://proxy.example"], "a proxy's URL starts with https://"),
        (["--plan", "https://user:secret@proxy.example"], "no name or password may be in the proxy's URL"),
        (["--plan", "gone.json"], "No such file"),
        (["--plan", "URL", "--admin-key-env", "NOT_SET"], "NOT_SET is not set"),
        (["--apply", "URL"], "new keys are needed, and nothing says where they go"),
    ],
)
def test_what_can_t_be_asked_is_told(service: Path, proxy: FakeProxy, arguments: list[str], message: str) -> None:
    given = [proxy.url if a == "URL" else a for a in arguments]
    result = run("enforce", "litellm", service, *given)
    assert (result.exit_code, proxy.changes) == (2, [])
    assert message in result.stderr
    assert "secret" not in result.stderr


def test_a_wrong_administrators_key_is_not_shown(
    service: Path, proxy: FakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_MASTER_KEY", "sk-wrong-and-secret-0123456789")
    result = run("enforce", "litellm", service, "--plan", proxy.url)
    assert result.exit_code == 2
    assert "/key/list was answered with 401" in result.stderr
    assert "wrong-and-secret" not in result.output


def test_a_saved_answer_is_as_good_as_the_proxy(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    proxy.add("sk-a", key_alias="modelguard/api", models=[])
    saved = tmp_path / "live.json"
    answer: Any = proxy.answer("GET", "/key/list", {"return_full_object": "true", "page": "1", "size": "100"}, {})[1]
    saved.write_text(json.dumps(answer))
    by_file = run("enforce", "litellm", service, "--plan", saved)
    by_url = run("enforce", "litellm", service, "--plan", proxy.url)
    assert by_file.output == by_url.output


def test_who_calls_with_the_master_key_is_told(service: Path, tmp_path: Path) -> None:
    (service / "job.py").write_text(
        "import os\nfrom openai import OpenAI\n"
        'client = OpenAI(base_url="http://proxy", api_key=os.environ["LITELLM_MASTER_KEY"])\n'
        'client.chat.completions.create(model="sonnet", messages=[])\n'
    )
    saved = tmp_path / "live.json"
    saved.write_text('{"keys": []}')
    result = run("enforce", "litellm", service, "--plan", saved)
    assert "job.py  master key: calls with LITELLM_MASTER_KEY (job.py:3)" in result.output


def test_requests_are_printed_without_a_key(service: Path) -> None:
    result = run("enforce", "litellm", service, "--requests")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    valid(document, "keys-requests")
    assert [r["body"]["key_alias"] for r in document["requests"]] == ["modelguard/api", "modelguard/nightly"]
    assert "does not list fast: it falls back to opus" in result.stderr


def test_the_gate_judges_a_running_proxy_beside_the_tree(service: Path, proxy: FakeProxy) -> None:
    proxy.add("sk-a", key_alias="modelguard/api", models=[], max_budget=None)
    proxy.add("sk-d", key_alias="daves-laptop", models=["opus"])
    proxy.add(
        "sk-n",
        key_alias="modelguard/nightly",
        models=["haiku"],
        max_budget=40,
        budget_duration="1mo",
        allowed_routes=list(ROUTES),
    )
    assert run("check", service).exit_code == 0
    result = run("check", service, "--live", proxy.url, "--format", "json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    valid(report, "report")
    told = {(f["rule"], f["level"]): f["message"] for f in report["findings"] if f["rule"].startswith("MG62")}
    assert set(told) == {("MG621", "error"), ("MG622", "error"), ("MG624", "warning")}
    assert told["MG622", "error"].startswith("the key daves-laptop belongs to no consumer, and may call opus")
    assert proxy.changes == []
    no_key_in(result)


def test_the_gate_tells_the_master_key_and_what_is_gone(service: Path, proxy: FakeProxy, tmp_path: Path) -> None:
    apply(service, proxy, tmp_path / "keys.json")
    proxy.master_rows = [{"spend": 0.5}]
    gone = "consumer: api, fingerprint: sha256:" + "0" * 64
    (service / "modelguard-keys.yaml").write_text(f"version: 1\nkeys:\n- {{{gone}}}\n")
    report = json.loads(run("check", service, "--live", proxy.url, "--format", "json").stdout)
    told = {f["rule"]: f["level"] for f in report["findings"] if f["rule"].startswith("MG62")}
    assert told == {"MG623": "error", "MG625": "note"}


def test_the_gate_passes_once_the_proxy_is_as_the_ledger_has_it(
    service: Path, proxy: FakeProxy, tmp_path: Path
) -> None:
    assert apply(service, proxy, tmp_path / "keys.json").exit_code == 0
    assert run("check", service, "--live", proxy.url).exit_code == 0
    saved = tmp_path / "live.json"
    saved.write_text('{"keys": []}')
    result = run("check", service, "--live", saved)
    assert (result.exit_code, "MG624" in result.stdout) == (0, True)
    assert run("check", service, "--live", saved, "--fail-on", "warning").exit_code == 1
