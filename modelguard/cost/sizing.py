"""What a new model makes of the old one's tokens: measured, else declared, else what its maker says of its tokenizer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from modelguard.catalog.identity import identify
from modelguard.cost.billing import Sizing
from modelguard.cost.terms import Billing
from modelguard.usage.rollup import Row

ENOUGH_CALLS = 50
"""From so many calls on both models a consumer's own lengths are believed."""
NEW_CLAUDE_TOKENIZER = (Decimal("1.0"), Decimal("1.35"))
"""From Claude Opus 4.7 on the same text is 1.0 to 1.35 times as many tokens as before
(https://platform.claude.com/docs/en/about-claude/models/whats-new-claude-4-7, read April 2026)."""
_OLD_CLAUDE = re.compile(r"claude-(?:[23]|(?:opus|sonnet|haiku)-4(?:\Z|-[0-6](?!\d))|instant)")
_NEW_CLAUDE = re.compile(r"claude-(?:opus-4-[78]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])")
_REASONING = re.compile(
    r"o[134](?:-|\Z)|gpt-[56]|deepseek-r|gemini-(?:2\.5|3)|qwq|magistral|grok-[34]|claude-.*thinking"
)


def sizing_of(old: str, new: str, mine: Sequence[Row], declared: Billing) -> Sizing:
    """Factors from the old to the new model, by their raw names, for the consumer whose rows `mine` are."""
    before, after = identify(old).name, identify(new).name
    own = _measured(before, after, mine)
    factors = [declared.tokens_in, declared.tokens_out]
    why = []
    if any(f is not None for f in factors):
        why.append("Token factors are declared in modelguard.yaml.")
    if own is not None:
        factors = [f if f is not None else m for f, m in zip(factors, own, strict=True)]
        why.append(
            f"It has used {after} before, with {own[0]:.2f} times the prompt and {own[1]:.2f} times the output a call."
        )
    elif _OLD_CLAUDE.match(before) and _NEW_CLAUDE.match(after) and factors[0] is None:
        why.append(
            f"{after} has a newer tokenizer: the same text is 1.0 to 1.35 times as many tokens (its maker), which is not"
            " in these figures; declare tokens_in and tokens_out once you have measured it."
        )
    elif _family(before) != _family(after) and factors[0] is None:
        why.append(
            "The two models count tokens differently and may answer at other lengths; both are taken as they were."
        )
    if own is None and factors[1] is None and _REASONING.match(after) and not _REASONING.match(before):
        why.append(f"{after} reasons before it answers, and its reasoning is billed as output; declare tokens_out.")
    return Sizing(factors[0] or Decimal(1), factors[1] or Decimal(1), tuple(why))


def _measured(before: str, after: str, mine: Sequence[Row]) -> tuple[Decimal, Decimal] | None:
    """Prompt and output a call, new to old, where the consumer has used both enough."""
    per_call = []
    for name in (before, after):
        rows = [r for r in mine if identify(r.model).name == name and r.calls and _known(r)]
        calls = sum(r.calls or 0 for r in rows)
        if calls < ENOUGH_CALLS:
            return None
        prompt = sum((r.tokens_in or 0) + (r.cache_read_tokens or 0) + (r.cache_write_tokens or 0) for r in rows)
        per_call.append((prompt / calls, sum(r.tokens_out or 0 for r in rows) / calls))
    if min(per_call[0]) <= 0 or before == after:
        return None
    ratios = [Decimal(str(round(n / o, 6))) for o, n in zip(*per_call, strict=True)]
    return ratios[0], ratios[1]


def _known(row: Row) -> bool:
    return row.tokens_in is not None and row.tokens_out is not None


def _family(name: str) -> str:
    return re.split(r"[-.\d]", name, maxsplit=1)[0]
