"""What `enforce iam` makes, for people: who may call what from where, what is closed, what could not be granted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from modelguard.catalog.bedrock import GLOBAL, Route
from modelguard.enforce.iam import Grant
from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_policy import MAX_MANAGED, Document
from modelguard.enforce.iam_scp import MAX_ATTACHED, MAX_SCP
from modelguard.report.words import count, safe


def render(iam: Iam) -> str:
    """The page: account by account, then what is refused."""
    control = count(len(iam.control), "service control policy", "service control policies")
    told = f"{count(len(iam.roles), 'role policy', 'role policies')} · {control}"
    lines = [f"{told} · regions of profiles: {iam.table.source}, {iam.table.as_of}"]
    for account, grants in groupby(iam.grants.grants, key=lambda g: g.account):
        lines += ["", f"account {account}"]
        for grant in grants:
            mine = [d for d in iam.roles if (d.account, d.consumer) == (grant.account, grant.consumer)]
            lines += _grant(grant, mine)
        lines += _control([d for d in iam.control if d.account == account])
    if iam.profiles:
        lines += ["", "inference profiles of their own, with cost tags:"]
        lines += [f"  {p.account} {p.region:14} {p.name}" for p in iam.profiles]
    told = notes(iam)
    return "\n".join(lines) + "\n" + (f"\n{told}" if told else "")


def _grant(grant: Grant, documents: Sequence[Document]) -> list[str]:
    role = f"role {grant.role}" if grant.role else "role not known (iam.roles)"
    sizes = " + ".join(f"{d.size:,}" for d in documents)
    size = f"{sizes} of {MAX_MANAGED:,} characters" if documents else "no policy: too large"
    lines = [f"  {safe(grant.consumer)}   {safe(role)}   {size}"]
    if not grant.routes:
        lines.append("      nothing: every model is refused")
    for profile, routes in groupby(grant.routes, key=lambda r: r.profile):
        lines.append(f"      {safe(profile)}   {_reach(list(routes))}")
    return lines


def _reach(routes: list[Route]) -> str:
    sources = ", ".join(r.source for r in routes)
    if routes[0].profile == routes[0].model:
        return f"in {sources}"
    reached = sorted({d for r in routes for d in r.destinations})
    served = "any region" if GLOBAL in reached else ", ".join(reached)
    return f"from {sources}, served in {served}"


def _control(documents: list[Document]) -> list[str]:
    lines = [f"  {d.name}   {d.size:,} of {MAX_SCP:,} characters" for d in documents]
    if len(documents) >= MAX_ATTACHED:
        lines.append(
            f"      more than the {MAX_ATTACHED} policies that one account takes, with FullAWSAccess: ask for more"
        )
    return lines


def notes(iam: Iam) -> str:
    """What to know, a line each, the most pressing first."""
    lines = [
        f"warning: {safe(r.consumer)}: {safe(r.model)} not granted: {safe(r.why)}" for r in iam.refusals if r.allowed
    ]
    for role, names in iam.grants.shared:
        every = ", ".join(map(safe, names))
        lines.append(f"warning: the role {safe(role)} is shared by {every}: each may call what one of them may")
    lines += [
        f"note: {safe(r.consumer)}: {safe(r.model)} refused: {safe(r.why)}" for r in iam.refusals if not r.allowed
    ]
    proxied = sorted({consumer for consumer, _ in iam.grants.proxied})
    if proxied:
        whose = f"the role {iam.settings.proxy}" if iam.settings.proxy else "the proxy's role (iam.proxy)"
        lines.append(
            f"note: {count(len(proxied), 'consumer')} ask a proxy, so {safe(whose)} calls for them: {', '.join(map(safe, proxied))}"
        )
    return "".join(f"{line}\n" for line in lines)
