"""Values in a Helm template: each scalar of a values file is a leaf that remembers where it was written.

Where a leaf is put into a template, a token stands for it, so that after the result has been read as YAML the value is
still known to come from its line of the values file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelguard.extract import facts as f
from modelguard.link.values import Const, Credential, Outcome, Step, Unknown

TOKEN = re.compile(r"zMG([a-j]+)Gz")
"""Letters only, as a text with digits under a credential's name would be taken for one."""
_LETTERS = str.maketrans("0123456789", "abcdefghij")
Scalar = str | int | float | bool | None


@dataclass(frozen=True, eq=False)
class Leaf:
    """A scalar of a values file, or something that is not known before the chart is installed."""

    token: str
    value: Scalar
    outcome: Outcome

    def __str__(self) -> str:
        return self.token


class Leaves:
    """Every leaf of one rendering, by its token."""

    def __init__(self) -> None:
        self.by_token: dict[str, Leaf] = {}

    def leaf(self, value: Scalar, outcome: Outcome) -> Leaf:
        """A new leaf."""
        token = f"zMG{str(len(self.by_token)).translate(_LETTERS)}Gz"
        self.by_token[token] = Leaf(token, value, outcome)
        return self.by_token[token]

    def unknown(self, why: str, path: str, line: int) -> Leaf:
        """Something that only an installation knows."""
        return self.leaf("", Outcome(Unknown(why), (Step("define", path, line, 1),)))

    def plain(self, value: object) -> object:
        """A value without tokens: what a comparison sees."""
        if isinstance(value, Leaf):
            return value.value
        if isinstance(value, str) and "zMG" in value:
            return TOKEN.sub(lambda m: _shown(self.by_token[m[0]].value) if m[0] in self.by_token else m[0], value)
        return value

    def loaded(self, document: f.Expr, path: str, name: str = "") -> object:
        """A values file's document as dictionaries, lists and leaves."""
        if isinstance(document, f.Rec):
            found: dict[str, object] = {}
            for item in document.items:
                if isinstance(item.key, f.Lit):
                    key = str(item.key.value)
                    found[key] = self.loaded(item.value, path, f"{name}.{key}" if name else key)
                elif item.key is None and isinstance(inner := self.loaded(item.value, path, name), dict):
                    found.update(inner)
            return found
        if isinstance(document, f.Seq):
            return [self.loaded(v, path, f"{name}[{i}]") for i, v in enumerate(document.items)]
        if isinstance(document, f.Lit):
            text = None if document.value is None else _shown(document.value)
            step = Step("define", path, *document.at, name=name, value=text)
            return self.leaf(document.value, Outcome(Const(document.value), (step,)))
        if isinstance(document, f.Redacted):
            step = Step("define", path, *document.at, name=name)
            return self.leaf("redacted", Outcome(Credential("literal", digest=document.digest), (step,)))
        return self.leaf("", Outcome(Unknown(getattr(document, "why", "not a plain value")), ()))


def _shown(value: Scalar) -> str:
    """A scalar as a template prints it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


shown = _shown


def merged(below: object, above: object, depth: int = 0) -> object:
    """Values laid over each other as Helm does: mappings are merged, anything else is replaced."""
    if not isinstance(below, dict) or not isinstance(above, dict) or depth > 50:
        return above
    return {**below, **{k: merged(below.get(k), v, depth + 1) if k in below else v for k, v in above.items()}}


__all__ = ["TOKEN", "Leaf", "Leaves", "merged", "shown"]
