"""What the address of a raw HTTP request tells: the model that it names, and the key that stands in it.

`…/v1beta/models/{model}:generateContent?key={key}` of Gemini (https://ai.google.dev/api/generate-content, and Vertex AI's
publishers), `…/openai/deployments/{deployment}/chat/completions` of Azure OpenAI, `…/model/{id}/invoke` of Bedrock
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link.frames import Frame
from modelguard.link.values import Const, Outcome, Outcomes, Step

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_PUT_IN = "\0"
_NAME = rf"(?P<model>{_PUT_IN}|[^/:?{_PUT_IN}]+)"
_ADDRESSES = (
    (
        re.compile(rf"/models/{_NAME}:(?:generate(?:Content|Text)|streamGenerateContent|predict|rawPredict|streamRawPredict)\b"),
        "http.generate_content", "chat",
    ),
    (re.compile(rf"/models/{_NAME}:(?:embed|batchEmbed)(?:Contents?|Text)\b"), "http.embed_content", "embedding"),
    (re.compile(rf"/deployments/{_NAME}/(?:chat/completions|completions|responses)\b"), "http.chat.completions", "chat"),
    (re.compile(rf"/deployments/{_NAME}/embeddings\b"), "http.embeddings", "embedding"),
    (re.compile(rf"/model/{_NAME}/(?:invoke|converse)[\w-]*"), "http.bedrock", "chat"),
)  # fmt: skip
_KEY = re.compile(r"[?&](?:api[_-]?key|key)=\Z", re.I)


@dataclass(frozen=True)
class Addressed:
    """A request that names its model in its address."""

    api: str
    kind: str
    models: Outcomes


def addressed(resolver: Resolver, url: f.Expr, frame: Frame) -> Addressed | None:
    """The model that an address names; None where it names none."""
    expr, where = _written(resolver, url, frame)
    parts = _parts(expr)
    text = "".join(str(p.value) if isinstance(p, f.Lit) else _PUT_IN for p in parts)
    for pattern, api, kind in _ADDRESSES:
        match = pattern.search(text)
        if match is None:
            continue
        if match["model"] != _PUT_IN:
            step = Step("literal", where.path, *expr.at, value=match["model"])
            return Addressed(api, kind, (Outcome(Const(match["model"]), (step,)),))
        put_in = [p for p in parts if not isinstance(p, f.Lit)]
        part = put_in[text.count(_PUT_IN, 0, match.start("model"))]
        return Addressed(api, kind, tuple(_bare(o) for o in resolver.evaluate(part, where)))
    return None


def key_in(resolver: Resolver, url: f.Expr, frame: Frame) -> Outcomes:
    """The key that is put into an address (`?key={key}`)."""
    expr, where = _written(resolver, url, frame)
    parts = _parts(expr)
    for before, part in itertools.pairwise(parts):
        if isinstance(before, f.Lit) and _KEY.search(str(before.value)) and not isinstance(part, f.Lit):
            return resolver.evaluate(part, where)
    return ()


def _parts(expr: f.Expr) -> tuple[f.Expr, ...]:
    return expr.parts if isinstance(expr, f.Join) else (expr,)


def _bare(outcome: Outcome) -> Outcome:
    """A model as the address has it, without the `models/` that names may start with."""
    text = outcome.value.value if isinstance(outcome.value, Const) else None
    return replace(outcome, value=Const(text.removeprefix("models/"))) if isinstance(text, str) else outcome


def _written(resolver: Resolver, url: f.Expr, frame: Frame) -> tuple[f.Expr, Frame]:
    """The expression that an address is put together by, through the names that it is given."""
    where: Frame | None = frame
    for _ in range(5):
        if not isinstance(url, f.Var):
            break
        around = where
        while around is not None:
            binds = resolver.program.binds(around.scope).get(url.name, ())
            if len(binds) == 1:
                url, where = binds[0].value, around
                break
            around = around.outer
        if around is None:
            break
    return url, where or frame
