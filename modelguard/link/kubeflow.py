"""Kubeflow pipelines: each use of a component in a pipeline function is a consumer, `pipeline.step`.

Source: Kubeflow Pipelines SDK 2 (`dsl.pipeline`, `dsl.container_component`, `dsl.component`, `set_env_variable`) and
kfp-kubernetes (`use_secret_as_env`, `use_config_map_as_env`). A step is called after its component, as the SDK does.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Function, Made, text_of

_NAME = "kfp.dsl."
_EMPTY = Context("pipeline")
"""Pipelines are built before anything runs: nobody's environment counts while they are."""


def units(program: Program, resolver: Resolver) -> Iterator[tuple[str, f.Unit, Frame]]:
    """The steps of every pipeline of the tree as units, with the frame their parts are to be looked up in."""
    for path, scope in program.code():
        if not scope.decorators or scope.kind != "function":
            continue
        module = program.module_frame(path, _EMPTY)
        decorator = _decorator(resolver, scope, module, "pipeline") if module is not None else None
        if module is None or decorator is None:
            continue
        frame = Frame(path, scope, _EMPTY, outer=module, args={})
        name = _pipeline_name(resolver, decorator, scope)
        used: Counter[str] = Counter()
        for index, call in enumerate(scope.calls):
            unit = _step(resolver, frame, name, index, call)
            if unit is not None:
                used[unit.name] += 1
                again = used[unit.name]
                yield path, replace(unit, name=f"{unit.name}-{again}") if again > 1 else unit, frame


def _decorator(resolver: Resolver, scope: f.Scope, module: Frame, wanted: str) -> object | None:
    """The value of the decorator `dsl.<wanted>`, called or not."""
    for expr in scope.decorators:
        for outcome in resolver.evaluate(expr, module):
            name = getattr(outcome.value, "name", "")
            if isinstance(name, str) and name.startswith(_NAME) and name.removesuffix("()") == _NAME + wanted:
                return outcome.value
    return None


def _pipeline_name(resolver: Resolver, decorator: object, scope: f.Scope) -> str:
    if isinstance(decorator, Made):
        for outcome in resolver.calls.argument(decorator.call, decorator.frame, "name", 0) or ():
            if (text := text_of(outcome.value)) is not None:
                return text
    return scope.name.replace("_", "-")


def _step(resolver: Resolver, frame: Frame, pipeline: str, index: int, call: f.Call) -> f.Unit | None:
    for outcome in resolver.evaluate(call.func, frame):
        function = outcome.value
        if not isinstance(function, Function) or function.frame.scope.kind != "module":
            continue
        module = function.frame
        name = f"{pipeline}.{function.scope.name.replace('_', '-')}"
        environment = _environment(resolver, frame, index, call)
        if _decorator(resolver, function.scope, module, "container_component") is not None:
            command = _command(resolver, function, call, frame, index)
            return f.Unit(name, "step", call.at, env=environment, command=command)
        if _decorator(resolver, function.scope, module, "component") is not None:
            source, handler = _handler(function, frame.path)
            given = _given(function, call)
            return f.Unit(
                name,
                "step",
                call.at,
                env=environment,
                handler=f.Lit(handler, call.at),
                source=f.Lit(source, call.at),
                given=given,
            )
    return None


def _handler(function: Function, path: str) -> tuple[str, str]:
    """A component's function as a handler: the folder of its file, as seen from the pipeline's, and `module.function`."""
    folder, _, file = function.path.rpartition("/")
    seen = posixpath.relpath(folder or ".", posixpath.dirname(path) or ".")
    return seen, f"{file.removesuffix('.py')}.{function.scope.name}"


def _given(function: Function, call: f.Call) -> tuple[f.Item, ...]:
    """What the pipeline hands to a component's parameters."""
    params = [p.name for p in function.scope.params]
    plain = [a.value for a in call.args if a.name == ""]
    named = [(a.name, a.value) for a in call.args if a.name in params]
    return tuple(f.Item(f.Lit(n, v.at), v, v.at) for n, v in (*zip(params, plain, strict=False), *named))


def _command(resolver: Resolver, function: Function, made: f.Call, frame: Frame, index: int) -> f.Expr | None:
    """`command` and `args` of the ContainerSpec that the component returns, as one list, each word as this use of the
    component has it."""
    words = _words(function.scope)
    inner = resolver.calls.enter(function, made, frame) if words is not None else None
    if words is None or inner is None:
        return None
    kept = []
    for number, word in enumerate(words):
        name = f"step.{index}.{number}"
        frame.names[name] = resolver.evaluate(word, inner)
        kept.append(f.Var(name, word.at))
    return resolver.keep(f.Seq(tuple(kept), words[0].at)) if kept else None


def _words(scope: f.Scope) -> list[f.Expr] | None:
    for call in scope.calls:
        parts = {a.name: a.value for a in call.args}
        if isinstance(parts.get("command"), f.Seq):
            command, args = parts["command"], parts.get("args")
            assert isinstance(command, f.Seq)
            more = args.items if isinstance(args, f.Seq) else ()
            return [*command.items, *more]
    return None


def _environment(resolver: Resolver, frame: Frame, index: int, made: f.Call) -> f.Rec:
    """What the pipeline puts into a step's environment, in the order it does."""
    items: list[f.Item] = []
    for call in frame.scope.calls:
        if not isinstance(call.func, f.Get) or not isinstance(call.func.key, f.Lit):
            continue
        args = {a.name: a.value for a in call.args}
        plain = [a.value for a in call.args if a.name == ""]
        method = call.func.key.value
        if method == "set_env_variable" and _is_step(frame, call.func.base, index):
            name, value = (
                args.get("name", plain[0] if plain else None),
                args.get("value", plain[-1] if plain else None),
            )
            if name is not None and value is not None:
                items.append(f.Item(name, value, value.at))
        elif method in ("use_secret_as_env", "use_config_map_as_env"):
            step = args.get("task", plain[0] if plain else None)
            if step is not None and _is_step(frame, step, index):
                items.extend(_mounted(str(method), args, plain))
    return resolver.keep(f.Rec(tuple(items), made.at))


def _mounted(method: str, args: dict[str, f.Expr], plain: list[f.Expr]) -> Iterator[f.Item]:
    secret = method == "use_secret_as_env"
    name = args.get("secret_name" if secret else "config_map_name", plain[1] if len(plain) > 1 else None)
    keys = args.get("secret_key_to_env" if secret else "config_map_key_to_env", plain[2] if len(plain) > 2 else None)
    if name is None or not isinstance(keys, f.Rec):
        return
    source = f.External("k8s.Secret" if secret else "k8s.ConfigMap", name, name.at)
    for item in keys.items:
        if item.key is not None:
            yield f.Item(item.value, f.Get(source, item.key, item.at), item.at)


def _is_step(frame: Frame, expr: f.Expr, index: int) -> bool:
    """Whether an expression is the step that call `index` made, through names and chained methods."""
    for _ in range(20):
        if isinstance(expr, f.CallRef):
            if expr.index == index:
                return True
            func = frame.scope.calls[expr.index].func
            expr = func.base if isinstance(func, f.Get) else f.Lit(None, expr.at)
        elif isinstance(expr, f.Var):
            name = expr.name
            bound = [b.value for b in frame.scope.binds if b.name == name]
            if not bound:
                return False
            expr = bound[-1]
        else:
            return False
    return False
