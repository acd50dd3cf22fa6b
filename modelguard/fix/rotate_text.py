"""A plan to change a credential, for people: who has it, what a change costs today, and the steps."""

from __future__ import annotations

from collections.abc import Iterable

from modelguard.fix.rotate import Holder, NewKey, Rotation
from modelguard.report.words import count, platform, safe

_BINDINGS = {
    "literal": "its value is in the repository",
    "deploy-time": "baked in at deploy time",
    "runtime": "fetched while running",
    "unknown": "how it gets there is not known",
}
_NOW = {
    "literal": "whoever can read the repository, or its history, has it: once the new ones are in use, revoke it",
    "runtime": "a new value in the store is picked up without a deployment",
}


def render(plan: Rotation) -> str:
    """The page."""
    token = plan.token
    lines = [f"{safe(token.name)}   {safe(token.path)}:{token.line}   {_BINDINGS[token.binding]}", ""]
    if not plan.holders:
        return lines[0] + "\n\n  nobody is known to have it, so it can be revoked once its last use is past\n"
    lines += _table(plan)
    lines += ["", f"  now   {_now(plan)}", ""]
    for number, step in enumerate(_steps(plan), 1):
        lines += [f"  {number}  {step[0]}", *(f"       {line}" for line in step[1:])]
    lines += ["", "  This is a plan: nothing was written."]
    return "\n".join(lines) + "\n"


def _table(plan: Rotation) -> list[str]:
    head = ("who has it", "runs as", "is given it at", "reads it at")
    rows = [head]
    for holder in plan.holders:
        reads = _places(holder.reads) if holder.reads else "(its image)" if holder.uses else "(does not read it)"
        rows.append((safe(holder.consumer.name), platform(holder.consumer), _places(holder.handed), reads))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return ["  " + "   ".join([*(row[i].ljust(widths[i]) for i in range(3)), row[3]]).rstrip() for row in rows]


def _places(places: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{safe(path)}:{line}" for path, line in places) or "?"


def _now(plan: Rotation) -> str:
    if plan.token.binding in _NOW:
        return _NOW[plan.token.binding]
    many = f"{count(plan.deployments, 'instance')} of {count(len(plan.holders), 'consumer')}"
    return f"a new value means deploying {many} again, with both values valid until the last is out"


def _steps(plan: Rotation) -> list[list[str]]:
    """The steps, each its first line and what belongs under it."""
    steps = [_make(plan)] if plan.keys else []
    if plan.idle:
        steps.append(
            ["take it from who does not read it", *_lines((safe(h.label), _places(h.handed)) for h in plan.idle)]
        )
    if plan.keys:
        steps += _deploy_again(plan) if plan.to == "same" or plan.token.binding == "runtime" else _fetch(plan)
        steps.append(
            [
                "see that nothing calls with the old one any more; behind a LiteLLM proxy its spend stands",
                "still in  modelguard enforce litellm --plan URL",
            ]
        )
    steps.append(
        [f"revoke the old one and take {safe(plan.token.name)} out, {safe(plan.token.path)}:{plan.token.line}"]
    )
    if plan.keys and plan.to != "same":
        steps.append(["from then on a new value is put into the store, and nothing is deployed for it"])
    return steps


def _make(plan: Rotation) -> list[str]:
    made = [f"make {count(len(plan.keys), 'key')} and put {'each' if len(plan.keys) > 1 else 'it'} into a secret store"]
    if plan.to == "per-consumer":
        made.append("behind a LiteLLM proxy  modelguard enforce litellm --apply URL --store 'COMMAND {consumer}'")
    return [*made, *_lines((safe(key.alias), f"for {_for(key)}") for key in plan.keys)]


def _for(key: NewKey) -> str:
    names = ", ".join(safe(h.label) for h in key.holders)
    return f"{names} ({count(key.instances, 'instance')})"


def _fetch(plan: Rotation) -> list[list[str]]:
    """Code first, so that it takes either; then one consumer after the other."""
    readers: dict[str, list[str]] = {}
    for holder in plan.holders:
        for place in holder.reads:
            readers.setdefault(_places((place,)), []).append(safe(holder.consumer.name))
    steps = []
    if readers:
        title = "let the code fetch its key when it starts, by the name it is given, else take the old one"
        steps.append([title, *_lines((place, f"runs in {', '.join(names)}") for place, names in readers.items())])
    given = [(safe(h.label), f"{_places(h.handed)}   {_new_value(h)}") for key in plan.keys for h in key.holders]
    return [*steps, ["hand them out one consumer at a time, the fewest instances first", *_lines(given)]]


def _new_value(holder: Holder) -> str:
    return "the name of its secret, instead of the value" if holder.reads else "a reference to its own secret"


def _deploy_again(plan: Rotation) -> list[list[str]]:
    """Nothing is edited but the value, or whose it is."""
    given = [(safe(h.label), _places(h.handed or h.reads)) for key in plan.keys for h in key.holders]
    if plan.token.binding == "runtime":
        title = "give each the name of its own secret" if plan.to != "same" else "put the new value in; it is fetched"
        return [[title, *_lines(given)]]
    return [["set the new value and deploy, one consumer at a time, the fewest instances first", *_lines(given)]]


def _lines(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Two columns."""
    listed = list(rows)
    width = max((len(first) for first, _ in listed), default=0)
    return [f"{first.ljust(width)}   {second}" for first, second in listed]
