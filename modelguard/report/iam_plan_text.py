"""What is live against what the ledger has, for people: account by account, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_plan import Difference
from modelguard.report.iam_text import notes
from modelguard.report.words import count, safe

_ORDER = ("wider", "stranger", "open-door", "drift", "missing", "narrower", "no-role", "orphan", "unknown")
_MEANING = {
    "wider": "may call more than the ledger gives",
    "stranger": "may call a model, and no grant names it",
    "open-door": "another way to a model is open",
    "drift": "was changed by hand, or by an older ledger",
    "missing": "is not there",
    "narrower": "may call less than the ledger gives",
    "no-role": "could not be found",
    "orphan": "is left over",
    "unknown": "can't be judged",
}


_NO_CONTROL = "note: no service control policy was exported (aws organizations describe-policy), so none is compared\n"


def render(wanted: Iam, differences: Sequence[Difference], *, with_control: bool) -> str:
    """The page; one line where nothing differs. `with_control`: service control policies were exported, too."""
    told = notes(wanted) + ("" if with_control else _NO_CONTROL)
    tail = f"\n{told}" if told else ""
    if not differences:
        return f"as the ledger has it: {count(len(wanted.grants.grants), 'grant')}\n{tail}"
    lines = [count(len(differences), "difference") + " between the ledger and what is live"]
    ordered = sorted(differences, key=lambda d: (d.account, _ORDER.index(d.kind), d.where, d.what))
    for account, group in groupby(ordered, key=lambda d: d.account):
        lines += ["", f"account {account}"]
        for kind, same in groupby(group, key=lambda d: d.kind):
            lines.append(f"  {kind}: {_MEANING[kind]}")
            lines += [f"      {safe(d.where)}: {safe(d.what)}" for d in same]
    return "\n".join(lines) + "\n" + tail
