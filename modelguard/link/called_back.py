"""Functions that a framework calls, as their decorators or the classes that theirs extend say: routes, tasks, commands, views."""

from __future__ import annotations

import re
from collections import defaultdict

from modelguard.extract import facts as f
from modelguard.extract.mentions import decorators
from modelguard.extract.node_modules import is_script
from modelguard.link import nest, objects, overridden, web
from modelguard.link.frames import Frame
from modelguard.link.program import FRAMEWORKS, Program
from modelguard.link.relevance import Relevance
from modelguard.link.resolve import Resolver
from modelguard.link.steps import DAGSTER, JOBS, QUEUED, step
from modelguard.link.values import Class, External, Function, Instance

_BY_FLOWS = DAGSTER | JOBS | {"prefect.task", "flytekit.task", "zenml.step", "zenml.steps.step"}
"""Decorators of functions that only a pipeline calls, where what they are given is seen, or that are consumers of their own."""
_CALLING = (
    "django.views.", "django.core.management.", "django.contrib.admin.", "rest_framework.", "channels.", "celery.Task",
    "celery.app.task.Task", "flask.views.", "tornado.web.", "aiohttp.web.View", "starlette.endpoints.", "socketserver.",
    "http.server.", "ninja_extra.", "django_cron.", "cog.BasePredictor", "graphene.",
    "flask_restful.", "flask_restx.", "sanic.views.", "litestar.controller.",
    "npm:react.Component", "npm:react.PureComponent",
)  # fmt: skip
"""Classes whose methods are called by who has them, by the start of their full names."""
_PLAIN = frozenset({"builtins", "abc", "enum", "typing", "typing_extensions", "collections", "dataclasses", "Protocol"})
_ROOTS = frozenset(name.split(".", 1)[0] for name in _CALLING)


_REGISTERING = re.compile(
    r"(?:add|on|route|command|task|job|tool|resource|prompt|event|action|function|view|shortcut|middleware|get|post|put|delete"
    r"|(?:on|handle|register|listen|subscribe|message|callback|schedule|inline|before|after)\w*|\w*(?:handler|listener|hook|callback))"
)
"""What the methods of a library's objects are called by which a function is handed to them as a decorator."""


class CalledBack:
    """What frameworks call of each module of a program."""

    def __init__(self, program: Program, resolver: Resolver, relevance: Relevance) -> None:
        self._program, self._resolver, self._relevance = program, resolver, relevance
        self._known: dict[str, tuple[f.Scope, ...]] = {}
        self._mentioned: set[str] | None = None
        self._nested: dict[str, dict[str, list[f.Scope]]] = {}

    def of(self, module: Frame) -> tuple[f.Scope, ...]:
        """The functions and methods of a module that a framework calls, of those that may matter."""
        if module.path not in self._known:
            scopes = self._program.scopes(module.path)
            decorated = [
                scope
                for scope in scopes.values()
                if scope.decorators and scope in self._relevance and scope.kind != "class"
                if (not scope.owner or self._is_step(scope)) and self._by_framework(scope, module)
            ]
            handlers = self._handlers(module, scopes) if is_script(module.path) else []
            self._known[module.path] = (*decorated, *self._methods(module, scopes), *handlers)
        return self._known[module.path]

    def inside(self, frame: Frame) -> tuple[f.Scope, ...]:
        """The functions that a function defines and a framework calls: the routes of an application that it makes."""
        if frame.path not in self._nested:
            self._nested[frame.path] = defaultdict(list)
            for scope in self._program.scopes(frame.path).values():
                if (
                    scope.decorators
                    and scope.parent not in ("", "<main>")
                    and scope.kind != "class"
                    and not scope.owner
                ):
                    self._nested[frame.path][scope.parent].append(scope)
        nested = self._nested[frame.path].get(frame.scope.name, ())
        return tuple(s for s in nested if s in self._relevance and self._by_framework(s, frame))

    def on_making(self, instance: Instance) -> list[Function]:
        """The methods that run when an object of a dataclass, or of a pydantic or attrs model, is made."""
        found: list[Function] = []
        for cls in (c for c in objects.bases(self._resolver, instance.cls) if isinstance(c, Class)):
            owner = cls.scope
            for scope in self._program.methods(cls.path, owner.name):
                name = scope.simple_name
                if scope in self._relevance and (name in _AFTER or _validates(scope, owner)):
                    method = objects.method(self._resolver, instance, name)
                    found += [method] if method is not None else []
        return found

    def by_library(self, instance: Instance) -> list[Function]:
        """The methods of an object that what its class extends calls, of those that may matter."""
        chain = objects.bases(self._resolver, instance.cls)
        known = list(chain)
        outside = [c.name for c in known if isinstance(c, External) and c.name.split(".", 1)[0] not in _PLAIN]
        if not outside:
            return []
        patterns = [pattern for name in outside for pattern in overridden.patterns(name)]
        found: list[Function] = []
        for cls in (c for c in known if isinstance(c, Class)):
            for scope in self._program.methods(cls.path, cls.scope.name):
                name = scope.simple_name
                called = any(p.fullmatch(name) for p in patterns) or (not patterns and self._is_called_nowhere(name))
                if scope in self._relevance and name != "__init__" and (called or self._is_registered(scope, cls)):
                    method = objects.method(self._resolver, instance, name)
                    found += [method] if method is not None and method.scope is scope else []
        return found

    def _is_called_nowhere(self, name: str) -> bool:
        if self._mentioned is None:
            self._mentioned = {n for _, scope in self._program.code() for n in scope.mentions}
        return name not in self._mentioned and not name.startswith("__")

    def _is_registered(self, scope: f.Scope, cls: Class) -> bool:
        return bool(scope.decorators) and self._by_framework(scope, objects.class_frame(self._resolver, cls))

    def is_alone(self, function: Function) -> bool:
        """Whether a function that is handed to a library is run by that by itself, as an asset of Dagster is."""
        return bool(function.scope.decorators) and bool(
            step(self._resolver, function.scope, function.frame, DAGSTER | JOBS | QUEUED)
        )

    def is_request(self, scope: f.Scope, module: Frame) -> bool:
        """Whether a function is called for requests to a web application."""
        for decorator in scope.decorators:
            names = [str(getattr(o.value, "name", "")) for o in self._resolver.evaluate(decorator, module)]
            if any(n.split(".", 1)[0] in web.FRAMEWORKS for n in names):
                return True
        return False

    def tasks(self, module: Frame) -> set[int]:
        """Those of a module's functions that a worker runs, by their ids."""
        return {id(s) for s in self.of(module) if not s.owner and step(self._resolver, s, module, QUEUED)}

    def _methods(self, module: Frame, scopes: dict[str, f.Scope]) -> list[f.Scope]:
        """Methods of classes that extend one whose methods a framework calls."""
        owners = {s.owner for s in scopes.values() if s.owner and s in self._relevance}
        classes = [scopes[name] for name in sorted(owners) if name in scopes and scopes[name].bases]
        called = {c.name for c in classes if self._is_called(Class(module.path, c, module))}
        return [s for s in scopes.values() if s.owner in called and s in self._relevance and s.kind != "class"]

    def _handlers(self, module: Frame, scopes: dict[str, f.Scope]) -> list[f.Scope]:
        """Methods of a script that decorators register, and hooks of classes that a container makes."""
        found: list[f.Scope] = []
        for scope in scopes.values():
            owner = scopes.get(scope.owner) if scope.owner else None
            if owner is None or scope not in self._relevance or scope.kind == "class":
                continue
            inside = objects.class_frame(self._resolver, Class(module.path, owner, module))
            hook = scope.name.rsplit(".", 1)[-1] in nest.HOOKS and self._by_framework(owner, module)
            if hook or self._by_framework(scope, inside):
                found.append(scope)
        return found

    def _is_called(self, cls: Class) -> bool:
        names = [c.name for c in objects.bases(self._resolver, cls) if isinstance(c, External)]
        return any(name.startswith(_CALLING) for name in names)

    @staticmethod
    def _is_step(scope: f.Scope) -> bool:
        """Whether a method is a step of a Metaflow flow, each of which runs by itself."""
        return "step" in scope.decorator_names()

    def _by_framework(self, scope: f.Scope, module: Frame) -> bool:
        for decorator in scope.decorators:
            names = [str(getattr(o.value, "name", "")) for o in self._resolver.evaluate(decorator, module)]
            if any(map(_calls, names)):
                return True
        return False

    def may_be(self, path: str) -> bool:
        """Whether a framework may call anything of a module, at a cheap look."""
        scopes = self._program.scopes(path)
        if any(s.decorators and s in self._relevance for s in scopes.values()):
            return True
        top = scopes.get("")
        roots = {i.module.split(".", 1)[0] for i in top.imports} if top is not None else set()
        return not roots.isdisjoint(_ROOTS) and any(s.owner and s in self._relevance for s in scopes.values())


_AFTER = frozenset({"__post_init__", "__attrs_post_init__", "model_post_init"})
_VALIDATORS = frozenset({"model_validator", "field_validator", "validator", "root_validator"})


def _validates(scope: f.Scope, owner: f.Scope) -> bool:
    """Whether a method is a validator of pydantic, which making an object runs."""
    return any(name in _VALIDATORS for name, _ in decorators(scope, owner.calls))


def _calls(name: str) -> bool:
    """Whether what a decorator is, by its full name, calls the function later."""
    made, _, method = name.removesuffix("()").rpartition("().")
    if made and _REGISTERING.fullmatch(method):
        return True
    if name.startswith(nest.DECORATING):
        return True
    return name.split(".", 1)[0] in FRAMEWORKS and name.removesuffix("()") not in _BY_FLOWS
