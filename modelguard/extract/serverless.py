"""Serverless Framework services: `${…}` variables as expressions of the file's own scope, where `self` is the file.

Variables: https://www.serverless.com/framework/docs/guides/variables. What is chosen or fetched when the service is
deployed (options, SSM, outputs of stacks) is not known here; SSM and Secrets Manager are baked into the environment.
"""

from __future__ import annotations

from modelguard.extract.facts import (
    Bind,
    Expr,
    External,
    Fallback,
    Get,
    Item,
    Join,
    Lit,
    OneOf,
    Op,
    Opaque,
    Rec,
    Scope,
    Seq,
    Span,
    Var,
)
from modelguard.extract.yaml_doc import get, text

KIND = "serverless"
_SECRETS = "/aws/reference/secretsmanager/"
_MAX_NESTING = 20


def recognises(document: Expr) -> bool:
    """Whether a document is a service: `service`, and `provider` with the cloud's name."""
    return get(document, "service") is not None and text(get(document, "provider", "name")) is not None


def scope(document: Expr) -> Scope:
    """The service as the scope in which its variables are looked up."""
    return Scope("", KIND, (1, 1), binds=(Bind("self", converted(document), (1, 1)),))


def converted(value: Expr, depth: int = 0) -> Expr:
    """A value with the variables in its texts as expressions."""
    if depth > 80:
        return Opaque("nested too deeply", value.at)
    if isinstance(value, Lit) and isinstance(value.value, str) and "${" in value.value:
        return expression(value.value, value.at)
    if isinstance(value, Seq):
        return Seq(tuple(converted(v, depth + 1) for v in value.items), value.at)
    if isinstance(value, Rec):
        return Rec(tuple(Item(i.key, converted(i.value, depth + 1), i.at) for i in value.items), value.at)
    return value


def expression(written: str, at: Span, depth: int = 0) -> Expr:
    """A text with `${…}` in it; a text that is one variable is that variable's value, of whatever type."""
    parts: list[Expr] = []
    position = 0
    while position < len(written):
        start = written.find("${", position)
        end = _closing(written, start) if start >= 0 else -1
        if start < 0 or end < 0 or depth > _MAX_NESTING:
            parts.append(Lit(written[position:], at))
            break
        if start > position:
            parts.append(Lit(written[position:start], at))
        parts.append(_variable(written[start + 2 : end], at, depth + 1))
        position = end + 1
    return parts[0] if len(parts) == 1 else Join(tuple(parts), at)


def _closing(written: str, start: int) -> int:
    """Where the brace that opens at `start + 1` is closed, or -1."""
    depth = 0
    for position in range(start + 1, len(written)):
        if written[position] == "{":
            depth += 1
        elif written[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return -1


def _variable(code: str, at: Span, depth: int) -> Expr:
    """One variable with its fallbacks: `env:MODEL, self:custom.model, "x"`."""
    options = [_source(part.strip(), at, depth) for part in _split(code)]
    result = options[-1]
    for option in reversed(options[:-1]):
        result = Fallback(option, result, at)
    return result


def _split(code: str) -> list[str]:
    """The parts between commas that stand in no braces, quotes or parentheses."""
    parts, depth, quote, start = [], 0, "", 0
    for position, char in enumerate(code):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "{(":
            depth += 1
        elif char in "})":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(code[start:position])
            start = position + 1
    return [*parts, code[start:]]


def _source(code: str, at: Span, depth: int) -> Expr:
    if code[:1] in "'\"" and len(code) > 1:
        return expression(code[1:-1], at, depth)
    if code.startswith("${"):
        return expression(code, at, depth)
    if code.startswith("file("):
        name, _, rest = code[5:].partition(")")
        found: Expr = External("document", expression(name.strip(), at, depth), at)
        return _path(found, rest.removeprefix(":"), at, depth) if rest.startswith(":") else found
    kind, colon, name = code.partition(":")
    kind = kind.partition("(")[0]
    if not colon:
        return _plain(code, at)
    if kind == "self":
        return _path(Var("self", at), name, at, depth)
    if kind == "env":
        return Op("interpolated", (Lit(name, at),), at)
    if kind in ("opt", "sls") and name == "stage":
        return _stage(at)
    if kind == "param":
        written = _path(Get(_path(Var("self", at), "params", at, depth), _stage(at), at), name, at, depth)
        # One that the service has nowhere is given by whoever deploys it (`--param`).
        return Fallback(Op("known", (written,), at), Op("interpolated", (Lit(f"param:{name}", at),), at), at)
    if kind == "ssm":
        path: Expr = expression(name.removesuffix("~true"), at, depth)
        secret = isinstance(path, Lit) and str(path.value).startswith(_SECRETS)
        if secret and isinstance(path, Lit):
            return External("secret.secretsmanager", Lit(str(path.value)[len(_SECRETS) :], at), at)
        return External("secret.ssm", path, at)
    if kind == "cf" and "." in name:
        return External("cfn.Output", expression(name.rpartition(".")[2], at, depth), at)
    if kind == "opt":
        return Opaque(f"the option `{name}` is given when the service is deployed", at)
    return Opaque(f"`{kind}:{name}` is known once the service is deployed", at)


def _plain(code: str, at: Span) -> Expr:
    """A number, boolean or null written as a fallback."""
    words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
    if code in words:
        return Lit(words[code], at)
    return Lit(int(code), at) if code.isdecimal() else Opaque(f"`{code}` is not understood", at)


def _path(base: Expr, name: str, at: Span, depth: int) -> Expr:
    """`self:a.${opt:stage}.b`: each step may itself be a variable."""
    for step in _steps(name):
        base = Get(base, expression(step, at, depth), at)
    return base


def _steps(name: str) -> list[str]:
    steps, nested, start = [], 0, 0
    for position, char in enumerate(name):
        nested += (char == "{") - (char == "}")
        if char == "." and nested == 0:
            steps.append(name[start:position])
            start = position + 1
    return [s for s in (*steps, name[start:]) if s]


def _stage(at: Span) -> Expr:
    """The stage: the provider's, `dev` where it has none; another may be chosen when the service is deployed."""
    own = Get(Get(Var("self", at), Lit("provider", at), at), Lit("stage", at), at)
    chosen = Opaque("the stage is chosen when the service is deployed", at)
    return OneOf((Fallback(Op("known", (own,), at), Lit("dev", at), at), chosen), at, "one of the stages")
