"""Forwards from names: places where a known model stands under a key that selects one, whether or not a call reaches it.

Not in lists, price tables, mapping keys, comparisons, prompts or documentation: only values of keys, constants,
parameter defaults and keyword arguments that are called like something that selects a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from modelguard.catalog.identity import looks_like_model
from modelguard.extract import facts as f
from modelguard.link.program import Program
from modelguard.link.values import Step

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SELECTS = re.compile(r"(?:.*_)?(?:model|llm|deployment|engine)(?:_(?:name|id|arn|identifier|string|key|default))*")
_PRICED = re.compile(
    r"(?i)price|cost|per_?(?:1k|1m|million|token)|usd|max_(?:input|output)?_?tokens_limit|context_window"
)
_RECORDED = re.compile(
    r"(?i)(?:timestamp|created(?:_at)?|(?:started|finished|completed|generated)(?:_at)?|elapsed.*|duration.*|latency.*|run_id"
    r"|usage|accuracy|scores?|f1|(?:prompt|completion|input|output|total)_tokens|total_cost.*|finish_reason|aggregate.*)\Z"
)
"""Keys beside which a model's name tells what was used, not what to use."""
TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|__tests__|fixtures|docs?|\.(?:agents?|claude|cursor|windsurf|codex))/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$"
)
"""Tests and documentation, which the skills and rules of coding agents are, too."""
_LANGUAGE = re.compile(r"(?i)llm|embed|chat|openai|anthropic|claude|gpt|gemini|bedrock|ollama|litellm")
_CHOICE = re.compile(r"(?=.*[A-Za-z])[\w.:/@-]{2,100}\Z")
_SWITCH = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default"})
ARGUMENT = "argument"
"""Role of a literal that is a parameter's default or an argument: nothing reads it by that name elsewhere."""
_MAX_DEPTH = 60


@lru_cache(maxsize=16_384)
def selects_model(name: str) -> bool:
    """Whether a key, variable or argument of this name selects a model: `model`, `llm_model_name`, `modelId` …"""
    snake = _CAMEL.sub("_", name.rsplit(".", 1)[-1]).replace("-", "_").lower()
    return len(snake) < 100 and _SELECTS.fullmatch(snake) is not None


@lru_cache(maxsize=16_384)
def selects_llm(name: str) -> bool:
    """Whether a name selects a language model beyond doubt: `LLM`, `OPENAI_MODEL`, `embedding_model_name`.

    Under such a name in configuration or an environment any value is a choice, also one that no price list knows.
    """
    return selects_model(name) and _LANGUAGE.search(name.rsplit(".", 1)[-1]) is not None


def named_fields(program: Program) -> list[Step]:
    """Definitions and literals that name a known model, or an alias of a gateway of the tree, under a selecting key;
    with their names and values."""
    named = _Named(frozenset(route.alias for _, route in program.routes if "*" not in route.alias))
    return [
        step
        for path, facts in program.store.loaded()
        if not TESTS.search(path) and path not in program.templates
        for step in named.of(program, path, facts)
    ]


def _ours(path: str, document: f.Expr) -> bool:
    """Our own files: a ledger, whose models are what may be spent on, and our configuration."""
    keys = {i.key.value for i in document.items if isinstance(i.key, f.Lit)} if isinstance(document, f.Rec) else set()
    return "allocations" in keys or path.rsplit("/", 1)[-1].startswith("modelguard")


class _Named:
    """What files say under a selecting key. `aliases` are names that a gateway of the tree answers to."""

    def __init__(self, aliases: frozenset[str]) -> None:
        self._aliases = aliases

    def of(self, program: Program, path: str, facts: f.Facts) -> Iterator[Step]:
        """The steps of one file."""
        document = facts.document
        if facts.format in ("yaml", "toml", "dotenv") and document is not None and not _ours(path, document):
            yield from self._document(path, document, "", 0)
        for unit in facts.units if path not in program.terraform.plans else ():
            if isinstance(unit.env, f.Rec):
                yield from self._items(path, unit.env, unit.name, 0)
        if facts.format == "dockerfile" and isinstance(document, f.Rec):
            for item in document.items[-1:]:
                yield from self._document(path, item.value, "", 0)
        for scope in facts.scopes:
            if scope.kind in ("cloudformation", "github-action", "bicep"):
                yield from self._parameters(path, scope)
            elif facts.format in ("terraform", "tfvars"):
                yield from self._terraform(path, scope)
            elif scope.names_model:
                yield from self._code(path, scope)

    def _step(self, kind: str, path: str, value: f.Expr | None, name: str, role: str = "") -> Iterator[Step]:
        if not isinstance(value, f.Lit) or not isinstance(value.value, str):
            return
        # An ARN by its name alone is as often a permission as a choice; where a call takes it, it is found from there.
        chosen = (
            kind == "define" and selects_llm(name) and _CHOICE.match(value.value) and value.value.lower() not in _SWITCH
        )
        if (chosen or looks_like_model(value.value) or value.value in self._aliases) and not value.value.startswith(
            ("arn:", "http")
        ):
            yield Step(
                "define" if kind == "define" else "literal", path, *value.at, name=name, value=value.value, role=role
            )

    def _document(self, path: str, expr: f.Expr, prefix: str, depth: int) -> Iterator[Step]:
        if depth > _MAX_DEPTH:
            return
        if isinstance(expr, f.Rec):
            yield from self._items(path, expr, prefix, depth)
        elif isinstance(expr, f.Seq):
            for index, item in enumerate(expr.items):
                if not isinstance(item, f.Lit):
                    yield from self._document(path, item, f"{prefix}[{index}]", depth + 1)
        elif isinstance(expr, f.Op) and expr.name == "documents":
            for part in expr.parts:
                yield from self._document(path, part, "", depth + 1)

    def _items(self, path: str, rec: f.Rec, prefix: str, depth: int) -> Iterator[Step]:
        keys = [str(i.key.value) for i in rec.items if isinstance(i.key, f.Lit)]
        if any(_PRICED.search(k) for k in keys) or "litellm_params" in keys or any(_RECORDED.match(k) for k in keys):
            return
        for item in rec.items:
            if item.key is None and isinstance(item.value, f.Rec) and depth < _MAX_DEPTH:
                yield from self._items(path, item.value, prefix, depth + 1)
            if not isinstance(item.key, f.Lit):
                continue
            key = str(item.key.value)
            name = f"{prefix}.{key}" if prefix else key
            if selects_model(key):
                yield from self._step("define", path, item.value, name)
            if isinstance(item.value, (f.Rec, f.Seq)):
                yield from self._document(path, item.value, name, depth + 1)

    def _parameters(self, path: str, scope: f.Scope) -> Iterator[Step]:
        for bind in scope.binds:
            if selects_model(bind.name):
                yield from self._step("define", path, bind.value, bind.name.partition(".")[2])

    def _terraform(self, path: str, scope: f.Scope) -> Iterator[Step]:
        for bind in scope.binds:
            if bind.name.startswith("var.") and isinstance(bind.value, f.Rec):
                default = next((i.value for i in bind.value.items if getattr(i.key, "value", None) == "default"), None)
                if selects_model(bind.name):
                    yield from self._step("define", path, default, bind.name)
            elif bind.name.startswith("output."):
                continue
            elif isinstance(bind.value, f.Rec):
                yield from self._items(path, bind.value, bind.name, 0)
            elif selects_model(bind.name):
                yield from self._step("define", path, bind.value, bind.name)

    def _code(self, path: str, scope: f.Scope) -> Iterator[Step]:
        prefix = f"{scope.name}." if scope.name not in ("", "<main>") else ""
        body = scope.glance()
        seen: set[tuple[int, int]] = set()
        for bind in body.binds:
            plain = bind.name.split("#", 1)[0]
            if selects_model(plain) and bind.value.at not in seen:
                seen.add(bind.value.at)
                yield from self._step("literal", path, _default(scope.kind, body, bind.value), f"{prefix}{plain}")
        for param in body.params:
            if selects_model(param.name):
                yield from self._step("literal", path, param.default, f"{prefix}{param.name}", ARGUMENT)
        for call in body.calls:
            for arg in call.args:
                if selects_model(arg.name):
                    func = call.func
                    callee = (
                        func.name if isinstance(func, f.Var) else getattr(getattr(func, "key", None), "value", "call")
                    )
                    yield from self._step("literal", path, arg.value, f"{prefix}{callee}.{arg.name}", ARGUMENT)


def _default(kind: str, body: f.Body, value: f.Expr) -> f.Expr:
    """The default in `Field("…")` and `field(default="…")` of settings and record classes; else the value itself."""
    if kind != "class" or not isinstance(value, f.CallRef) or not 0 <= value.index < len(body.calls):
        return value
    call = body.calls[value.index]
    name = (
        call.func.name if isinstance(call.func, f.Var) else str(getattr(getattr(call.func, "key", None), "value", ""))
    )
    if name not in ("Field", "field", "ib", "attrib"):
        return value
    given = [a.value for a in call.args if a.name == "default"] + [a.value for a in call.args if a.name == ""]
    return given[0] if given else value
