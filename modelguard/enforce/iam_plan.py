"""The difference between what the ledger gives and what live policies allow, account by account.

For each role that a grant names: is its policy there, is it the same, and what may the role call in the end, by all of
its policies together? For everybody else in an exported account: who may call a model at all?
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from modelguard.catalog.bedrock import GLOBAL, Route, Table
from modelguard.enforce.iam import Grant
from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_evaluate import Answer, Context, any_like, decide
from modelguard.enforce.iam_live import Live, Principal
from modelguard.enforce.iam_policy import DOORS, INVOKE, Arns, Document

Kind = Literal["missing", "drift", "orphan", "wider", "narrower", "open-door", "no-role", "stranger", "unknown"]
DOOR_ACTIONS = tuple(sorted({a.replace("*", "CreateInference") for a in DOORS}))


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is live and not as the ledger has it. `where` is a policy, role or user; `what` says it in words."""

    kind: Kind
    account: str
    where: str
    what: str


def plan(wanted: Iam, live: Live) -> tuple[Difference, ...]:
    """All differences, in a stable order. Accounts that were not exported are told of, never taken as empty."""
    found: list[Difference] = []
    for account in sorted({g.account for g in wanted.grants.grants} - set(live.accounts)):
        found.append(Difference("unknown", account, account, "nothing of this account was exported"))
    routes = _every_route(wanted.table)
    named: set[str] = set()
    for grant in wanted.grants.grants:
        if grant.account not in live.accounts:
            continue
        documents = [d for d in wanted.roles if d.consumer == grant.consumer and d.account == grant.account]
        principals = [p for p in live.principals if p.account == grant.account and _is_role(p, grant.role)]
        named |= {p.arn for p in principals}
        found += _of_grant(grant, documents, principals, routes, wanted)
    found += _strangers(wanted, live, named, routes)
    found += _orphans(wanted, live)
    found += _control(wanted, live)
    return tuple(found)


def _is_role(principal: Principal, role: str | None) -> bool:
    if principal.kind != "role" or role is None:
        return False
    return any_like([role, role.rsplit("/", 1)[-1]], principal.name)


def _of_grant(
    grant: Grant,
    documents: Sequence[Document],
    principals: Sequence[Principal],
    routes: Sequence[Route],
    wanted: Iam,
) -> Iterable[Difference]:
    if not principals:
        what = f"no role {grant.role} in the export" if grant.role else "its role is not known (iam.roles)"
        yield Difference("no-role", grant.account, grant.consumer, what)
    for principal in principals:
        for document in documents:
            yield from _own_policy(principal, document)
        yield from _reach(principal, grant, routes, wanted)


def _own_policy(principal: Principal, document: Document) -> Iterable[Difference]:
    live = dict(principal.documents).get(document.name)
    where = f"role {principal.name}"
    if live is None:
        yield Difference("missing", principal.account, where, f"{document.name} is not attached")
    elif _normal(live) != _normal(document.body):
        yield Difference("drift", principal.account, where, f"{document.name} {_changed(live, document.body)}")


def _normal(body: Mapping[str, Any]) -> Any:
    """A policy so that two which say the same compare equal: lists in order, single values as lists."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: plain(v) for k, v in value.items()}
        return sorted(map(str, value)) if isinstance(value, list) else [str(value)]

    statements = body["Statement"] if isinstance(body["Statement"], list) else [body["Statement"]]
    return sorted((plain(s) for s in statements), key=lambda s: json.dumps(s, sort_keys=True))


def _changed(live: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Which statements differ, by name."""
    old = {json.dumps(s, sort_keys=True): s.get("Sid", ["?"])[0] for s in _normal(live)}
    new = {json.dumps(s, sort_keys=True): s.get("Sid", ["?"])[0] for s in _normal(body)}
    sids = sorted({*(old[k] for k in old.keys() - new.keys()), *(new[k] for k in new.keys() - old.keys())})
    return f"differs in {', '.join(sids)}"


# -- what a principal may do -------------------------------------------------------------------------------------------


def _reach(principal: Principal, grant: Grant, routes: Sequence[Route], wanted: Iam) -> Iterable[Difference]:
    may = _may(principal, routes, wanted)
    where = f"role {principal.name}"
    for policy in principal.unknown:
        yield Difference("unknown", principal.account, where, f"the text of its policy {policy} is not in the export")
    extra = {route: answer for route, answer in may.items() if route not in grant.routes}
    if extra:
        yield Difference("wider", principal.account, where, _told(extra, principal))
    arns = Arns(wanted.settings.partition, principal.account)
    lacking = [r for r in grant.routes if not _whole(principal, r, arns)]
    if lacking:
        names = ", ".join(sorted({f"{r.profile} from {r.source}" for r in lacking}))
        yield Difference("narrower", principal.account, where, f"may not, or not surely, call {names}")
    doors = [a for a in DOOR_ACTIONS if _allowed(principal, a, "*", {}) != "no"]
    if doors:
        yield Difference("open-door", principal.account, where, _some(doors))


def _may(principal: Principal, routes: Sequence[Route], wanted: Iam) -> dict[Route, Answer]:
    """Every route of Bedrock that a principal may call, surely or under conditions that are not known."""
    mine = [
        s for s in principal.statements if any(any_like(s.actions, a, fold=True) == s.actions_positive for a in INVOKE)
    ]
    if not any(s.allow for s in mine):
        return {}
    arns = Arns(wanted.settings.partition, principal.account)
    found: dict[Route, Answer] = {}
    for route in routes:
        ways = [list(way(route, arns, principal.arn)) for way in (authorizations, by_own_profile)]
        # Either action spends, so either is enough here; a consumer needs both.
        answers = [_together(principal, action, way) for way in ways for action in INVOKE]
        if "yes" in answers or "maybe" in answers:
            found[route] = "yes" if "yes" in answers else "maybe"
    return found


def _together(principal: Principal, action: str, asked: Sequence[tuple[str, Context]]) -> Answer:
    """The answer to all questions of one call."""
    answers = [_allowed(principal, action, arn, context) for arn, context in asked]
    return "no" if "no" in answers else "maybe" if "maybe" in answers else "yes"


def _whole(principal: Principal, route: Route, arns: Arns) -> bool:
    """Whether a route may surely be called, with streaming and without."""
    asked = list(authorizations(route, arns, principal.arn))
    return all(_together(principal, action, asked) == "yes" for action in INVOKE)


def by_own_profile(route: Route, arns: Arns, principal: str) -> Iterable[tuple[str, Context]]:
    """What Bedrock asks where the call names an application's profile that stands for a route; its tags are not known."""
    own = arns.own_profile("any", route.source)
    base: dict[str, str | None] = {"aws:principalarn": principal, "bedrock:inferenceprofilearn": own}
    yield own, {**base, "aws:requestedregion": route.source}
    for region in sorted({route.source, *route.destinations}):
        served = "unspecified" if region == GLOBAL else region
        yield arns.model(route.model, region), {**base, "aws:requestedregion": served}


def authorizations(route: Route, arns: Arns, principal: str) -> Iterable[tuple[str, Context]]:
    """What Bedrock asks IAM for one call: the profile, then the model behind it in each region it may be served in."""
    base: dict[str, str | None] = {"aws:principalarn": principal, "aws:requestedregion": route.source}
    direct = route.profile == route.model
    if direct:
        yield arns.model(route.model, route.source), {**base, "bedrock:inferenceprofilearn": None}
        return
    profile = arns.profile(route.profile, route.source)
    yield profile, {**base, "bedrock:inferenceprofilearn": profile}
    for region in sorted({route.source, *route.destinations}):
        served = "unspecified" if region == GLOBAL else region
        context = {**base, "aws:requestedregion": served, "bedrock:inferenceprofilearn": profile}
        yield arns.model(route.model, region), context


def _allowed(principal: Principal, action: str, resource: str, context: Context) -> Answer:
    answer = decide(principal.statements, action, resource, context)
    if principal.boundary is None or answer == "no":
        return answer
    limit = decide(principal.boundary, action, resource, context)
    return "no" if limit == "no" else "maybe" if "maybe" in (answer, limit) else "yes"


def _every_route(table: Table) -> tuple[Route, ...]:
    """All profiles from all their regions, and all models by their own id."""
    direct = [Route(m, region, m, (region,)) for m, regions in table.on_demand.items() for region in sorted(regions)]
    return (*table.routes.values(), *direct)


def _told(extra: Mapping[Route, Answer], principal: Principal) -> str:
    models = sorted({r.profile for r in extra})
    sure = "may" if any(a == "yes" for a in extra.values()) else "may, under conditions that are not known here,"
    sources = sorted({s.origin for s in principal.statements if s.allow and _invokes(s.actions, s.actions_positive)})
    return f"{sure} call {_some(models)}, which the ledger does not give it (by {', '.join(sources)})"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _invokes(actions: Sequence[str], positive: bool) -> bool:
    return any(any_like(actions, action, fold=True) == positive for action in INVOKE)


def _strangers(wanted: Iam, live: Live, named: set[str], routes: Sequence[Route]) -> Iterable[Difference]:
    """Roles and users that no grant names and that may call a model."""
    for principal in live.principals:
        if principal.arn in named or any(any_like([r], principal.name) for r in wanted.settings.exempt):
            continue
        may = _may(principal, routes, wanted)
        if may:
            where = f"{principal.kind} {principal.name}"
            yield Difference("stranger", principal.account, where, _told(may, principal))
        for policy in principal.unknown if not may else ():
            what = f"the text of its policy {policy} is not in the export"
            yield Difference("unknown", principal.account, f"{principal.kind} {principal.name}", what)


def _orphans(wanted: Iam, live: Live) -> Iterable[Difference]:
    ours = {(d.account, d.name) for d in wanted.roles}
    for account, name, _ in live.policies:
        if name.startswith("modelguard-") and (account, name) not in ours:
            yield Difference("orphan", account, name, "no consumer of the ledger and the code has this policy")


def _control(wanted: Iam, live: Live) -> Iterable[Difference]:
    if not live.control:
        # Not every account is in an organization; the page says that none was exported.
        return
    by_name = dict(live.control)
    for document in wanted.control:
        body = by_name.pop(document.name, None)
        if body is None:
            yield Difference("missing", document.account, document.name, "no such service control policy in the export")
        elif _normal(body) != _normal(document.body):
            yield Difference("drift", document.account, document.name, _changed(body, document.body))
    for name in sorted(n for n in by_name if n.startswith("modelguard-")):
        yield Difference("orphan", name.split("-")[1], name, "the ledger makes no such service control policy")


def as_document(differences: Sequence[Difference]) -> dict[str, Any]:
    """The differences (modelguard.iam-plan/1), ready for json.dumps."""
    entries = [{"kind": d.kind, "account": d.account, "where": d.where, "what": d.what} for d in differences]
    return {"schema": "modelguard.iam-plan/1", "differences": entries}
