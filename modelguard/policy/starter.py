"""What `modelguard init` writes: configuration, ledger, baseline, CODEOWNERS lines, workflow and hook, from today's state.

Everything here is text made from what was found; nothing is read or written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modelguard.budget.ledger import rounded
from modelguard.catalog.identity import identify
from modelguard.cost.model import ConsumerCost, Switch, cost_of
from modelguard.graph.diff import reached
from modelguard.graph.model import Consumer
from modelguard.policy.check import CheckReport, Inputs
from modelguard.policy.findings import RULE_FAILED, fingerprint
from modelguard.policy.suppress import render_baseline


@dataclass(frozen=True, slots=True)
class Spending:
    """A consumer and a model that it reaches, with what that costs today; `cost` says where that is not known."""

    consumer: Consumer
    model: str
    cost: ConsumerCost
    owner: str | None


def spending(inputs: Inputs) -> tuple[Spending, ...]:
    """What each consumer of the tree reaches today, by name and model."""
    nodes = {n.id: n for n in inputs.head.nodes if isinstance(n, Consumer)}
    pairs = sorted({(nodes[c].name, c, raw) for (c, _), models in reached(inputs.head).items() for raw in models})
    switches = []
    for name, key, raw in pairs:
        consumer = nodes[key]
        aliases = (*consumer.aliases, *inputs.settings.aliases.get(name, ()))
        switches.append(Switch(name, aliases, raw, raw, consumer.account, consumer.instances))
    rows = cost_of(switches, inputs.rollup, inputs.prices, inputs.on).rows
    found: dict[tuple[str, str, str | None, str | None], Spending] = {}
    for (name, key, raw), row in zip(pairs, rows, strict=True):
        consumer = nodes[key]
        owner = inputs.settings.owners.get(name) or next(iter(inputs.owners.of(consumer.path)), None)
        one = Spending(consumer, identify(raw).name, row, owner)
        found.setdefault((name, one.model, consumer.account, consumer.stage), one)
    return tuple(found.values())


def ledger_text(spends: Sequence[Spending], on: date) -> str:
    """A ledger that allows what is spent today and a fifth more; what is not measured is left to a person, as a comment."""
    lines = [
        "# Who may spend how much on which model; what is not listed has $0. Written by modelguard init on",
        f"# {on.isoformat()} from what is used today. modelguard schema budgets has every key.",
        "version: 1",
        "default: 0",
    ]
    known = [s for s in spends if s.cost.steady.expected is not None]
    lines.append("allocations:" if known else "allocations: []")
    for spend in known:
        lines += _entry(spend)
    unknown = [s for s in spends if s.cost.steady.expected is None]
    if unknown:
        lines.append("# Not measured, so somebody has to decide. Until then a change of their models fails the gate.")
    for spend in unknown:
        lines += [f"# {line}" for line in _entry(spend)]
    return "\n".join(lines) + "\n"


def _entry(spend: Spending) -> list[str]:
    steady, first = spend.cost.steady.expected, spend.cost.first_day.expected
    limit = rounded(steady) if steady is not None else None
    lines = [f"  - consumer: {json.dumps(spend.consumer.name)}", f"    model: {json.dumps(spend.model)}"]
    lines += [f"    limit: {limit if limit is not None else '      # USD'}", "    per: day"]
    if spend.owner:
        lines.append(f"    owner: {json.dumps(spend.owner)}")
    if limit is not None and first is not None and first > limit:
        lines.append(f"    first_day: {rounded(first)}")
    for key in ("account", "stage"):
        value = getattr(spend.consumer, key)
        if value:
            lines.append(f"    {key}: {json.dumps(value)}")
    lines.append(f"    reason: {json.dumps(_reason(spend.cost, steady))}")
    return lines


def _reason(cost: ConsumerCost, steady: Decimal | None) -> str:
    return f"{cost.source}: ${steady:,.2f} on a mean day" if steady is not None else cost.why or "no usage is recorded"


def baseline_text(report: CheckReport, on: date) -> str:
    """A baseline of everything that is reported today, rules that stand inside a finding too."""
    reason = f"there when modelguard was introduced ({on.isoformat()})"
    entries: dict[str, tuple[str, str, str, str]] = {}
    for finding in report.told:
        for rule in (finding.rule, *finding.inside):
            mark = fingerprint(rule, finding.key)
            if finding.rule != RULE_FAILED:
                entries[mark] = (mark, rule, finding.path or finding.key, reason)
    return render_baseline(sorted(entries.values(), key=lambda e: (e[2], e[1], e[0])))


CONFIG_TEXT = """# modelguard's configuration. modelguard schema config has every key, docs/rules.md what rules ask for.
persona: default        # strict: all rules
fail_on: error          # the level from which a finding fails the gate
ledger: head            # base: a raised budget counts only once it is merged
# rules: {MG101: error, MG408: "off"}
# thresholds: {cold_usd: 50}
# quotas: [{model: "claude-*", requests_per_minute: 500}]
# consumers: {inference-api: {aliases: ["search-*"], owner: "@search-team"}}
"""

_OWNED = ("/budgets.yaml", "/modelguard.yaml", "/modelguard-baseline.json", "/policies/", "/.github/workflows/")


def codeowners_text(old: str, owners: Sequence[str]) -> str:
    """A CODEOWNERS with lines for what decides the gate; as comments where nobody is known who could own it."""
    start = old if not old or old.endswith("\n") else old + "\n"
    mark = "" if owners else "# "
    who = " ".join(owners) or "@whoever-answers-for-the-budget"
    head = "# What decides modelguard's gate: whoever answers for the budget." + (
        "" if owners else " Put the owners in."
    )
    return start + ("\n" if start else "") + "\n".join([head, *(f"{mark}{path} {who}" for path in _OWNED)]) + "\n"


WORKFLOW_TEXT = """name: modelguard
on:
  pull_request:
  merge_group:

permissions: {}

jobs:
  modelguard:
    name: modelguard
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read # the checkout
      pull-requests: write # the comment
      security-events: write # code scanning
    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1
        with:
          # The head itself, so that lines are those of the commit that alerts and links name.
          ref: ${{ github.event.pull_request.head.sha || github.sha }}
          fetch-depth: 0
          persist-credentials: false
      - uses: modelguard/modelguard@v0
"""

HOOK_ENTRY = """  - repo: https://github.com/modelguard/modelguard
    rev: v{version}
    hooks:
      - id: modelguard
"""


def hook_text(old: str, version: str) -> str | None:
    """A .pre-commit-config.yaml with our hook; None where that of `old` is written in a way that is left to a person."""
    entry = HOOK_ENTRY.format(version=version)
    if not old.strip():
        return "repos:\n" + entry
    lines = old.split("\n")
    at = next((i for i, line in enumerate(lines) if line.rstrip() == "repos:"), None)
    if at is None:
        return None
    following = next((line for line in lines[at + 1 :] if line.strip() and not line.lstrip().startswith("#")), "")
    if not following.lstrip().startswith("- "):
        return None
    indent = len(following) - len(following.lstrip())
    moved = [" " * indent + line[2:] if line else line for line in entry.rstrip("\n").split("\n")]
    return "\n".join([*lines[: at + 1], *moved, *lines[at + 1 :]])


def owners_for(inputs: Inputs, given: Iterable[str]) -> tuple[str, ...]:
    """Who should own what decides the gate: who was named, else who owns the repository's root."""
    return tuple(given) or inputs.owners.of("budgets.yaml")
