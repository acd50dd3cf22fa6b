"""What Bicep deploys: container apps, web and function apps with their settings, and deployments of models.

A module is entered once for each place that uses it, with what it is given there. Parameters of the outermost template come
from its parameter files, each a deployment of its own, and from azure.yaml comes which code of the tree a service runs.
Sources: learn.microsoft.com, Microsoft.App/containerApps, Microsoft.Web/sites, Microsoft.CognitiveServices/accounts/deployments
and "azure.yaml schema" of the Azure Developer CLI.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as dc_replace

from modelguard.extract import bicep
from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import text
from modelguard.link import azd, bicep_parameters
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.declared import Declared, Parts, written_at
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.names import defines
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Credential, Mapping, Outcome, Outcomes, Step, text_of

_APPS = re.compile(r"Microsoft\.App/(?:containerApps|jobs)@")
_SITES = re.compile(r"Microsoft\.Web/sites(?:/slots)?@")
_SETTINGS = re.compile(r"Microsoft\.Web/sites/config@")
_MODELS = re.compile(r"Microsoft\.CognitiveServices/accounts/deployments@")
_REGISTRY = re.compile(
    r"br[/:].*avm/(?:res|ptn)/(app/container-app|app/job|web/site/config|web/site|cognitive-services/account)(?:[:/]|\Z)"
)
"""Modules of the public registry (https://aka.ms/avm) that deploy what we know, by what they are given."""
_APP = (("properties", "configuration", "secrets"), ("properties", "template", "containers"))
_AVM_APP = (("secrets",), ("secrets", "secureList"), ("containers",))
"""Where a container app has its secrets, and last its containers."""
_MAX_DEPTH = 8
_MAX_MODULES = 400


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """What every outermost template of the tree deploys, once for each of its parameter files."""
    paths = [p for p, facts in program.store.loaded() if facts.format == bicep.NAME and p.endswith(".bicep")]
    used = {m for p in paths for m in _modules(program, p).values()}
    services = azd.services(program)
    seen: set[str] = set()
    for path in (p for p in paths if p not in used):
        for stage, parameters in bicep_parameters.deployments(program, resolver, path):
            deployed = _Template(program, resolver, stage, services)
            for declared in deployed.enter(path, parameters, 0).units:
                seen.add(declared[1].name)
                yield declared
    # A service whose host's settings are not told runs all the same.
    yield from (azd.alone(program, s) for s in services.values() if s.name not in seen)


def _modules(program: Program, path: str) -> dict[str, str]:
    """The modules that a template uses, by name, each with its file of the tree."""
    scope = program.scopes(path).get("")
    found = {}
    for bind in scope.binds if scope is not None else ():
        if bind.name.startswith(bicep.MODULE):
            named = posixpath.normpath(posixpath.join(posixpath.dirname(path), text(bind.value) or ""))
            if named in program.store:
                found[bind.name.removeprefix(bicep.MODULE)] = named
    return found


@dataclass
class _Found:
    """What one activation of a template deploys; `settings` are those that belong to a site around it."""

    units: list[Declared] = field(default_factory=list)
    settings: list[Outcome] = field(default_factory=list)
    outputs: Outcomes = ()


class _Template:
    """One deployment of an outermost template."""

    def __init__(self, program: Program, resolver: Resolver, stage: str, services: dict[str, azd.Service]) -> None:
        self._program, self._resolver, self._stage, self._services = program, resolver, stage, services
        self._entered = 0

    def enter(self, path: str, given: dict[str, Outcomes], depth: int) -> _Found:
        """A template with the parameters that it is given."""
        whole = self._program.document_frame(path)
        frame = Frame(path, whole.scope, NOBODY, args={}, format=bicep.NAME)
        frame.names = {f"ref.{name}": outcomes for name, outcomes in given.items()}
        self._resolver.keep(frame)
        found, self._entered = _Found(), self._entered + 1
        if depth <= _MAX_DEPTH and self._entered <= _MAX_MODULES:
            self._modules(path, frame, found, depth)
            self._resources(frame, found)
        found.outputs = (Outcome(Mapping(self._outputs(frame), frame, path)),)
        return found

    def _outputs(self, frame: Frame) -> f.Rec:
        items = [
            f.Item(f.Lit(b.name, b.at), b.value, b.at) for b in frame.scope.binds if b.name.startswith(bicep.OUTPUT)
        ]
        return self._resolver.keep(f.Rec(tuple(items), (1, 1)))

    def _modules(self, path: str, frame: Frame, found: _Found, depth: int) -> None:
        """The modules of a template, those after the ones whose outputs they are given."""
        modules = _modules(self._program, path)
        bodies = {b.name[4:]: b.value for b in frame.scope.binds if b.name[4:] in modules and b.name.startswith("ref.")}
        left = dict(modules)
        while left:
            ready = [n for n in left if not any(f"ref.{other}'" in str(bodies.get(n)) for other in left if other != n)]
            for name in ready or list(left):
                inner = self._module(left.pop(name), bodies.get(name), frame, depth)
                found.units += inner.units
                found.settings += inner.settings
                frame.names[f"ref.{name}"] = inner.outputs

    def _module(self, path: str, body: f.Expr | None, frame: Frame, depth: int) -> _Found:
        found = _Found()
        for block in self._blocks(body, frame):
            given: dict[str, Outcomes] = {}
            for base in entry(self._resolver, block, "params"):
                for key in element_keys(self._resolver, base) or ():
                    if (name := text_of(key.value)) is not None:
                        place = written_at(self._resolver, base, name) or (frame.path, (1, 1))
                        given[name] = _handed(entry(self._resolver, base, name), place, name)
            inner = self.enter(path, given, depth + 1)
            found.units += inner.units
            found.settings += inner.settings
            found.outputs = inner.outputs
        return found

    def _blocks(self, body: f.Expr | None, frame: Frame) -> Iterator[Outcome]:
        """A resource or module: one block, or one for each turn of its loop."""
        for outcome in self._resolver.evaluate(body, frame) if body is not None else ():
            if isinstance(body, f.Comp):
                yield from elements(self._resolver, outcome) or ()
            else:
                yield outcome

    # -- resources -----------------------------------------------------------------------------------------------------

    def _resources(self, frame: Frame, found: _Found) -> None:
        values = {b.name[4:]: b for b in frame.scope.binds if b.name.startswith("ref.")}
        sites: list[tuple[str, f.Span, Outcome]] = []
        for bind in frame.scope.binds:
            registry = _REGISTRY.match(text(bind.value) or "") if bind.name.startswith(bicep.MODULE) else None
            name = bind.name.removeprefix(bicep.MODULE)
            for block in self._blocks(values[name].value, frame) if registry is not None and name in values else ():
                for given in entry(self._resolver, block, "params"):
                    if registry is not None and registry[1].startswith("app/"):
                        found.units += self._app(name, bind.at, given, frame, _AVM_APP)
                    elif registry is not None and registry[1] == "web/site/config":
                        found.settings += entry(self._resolver, given, "properties")
                    elif registry is not None and registry[1] == "web/site":
                        found.settings += entry(self._resolver, given, "appSettingsKeyValuePairs")
                        found.settings += self._configs(given)
                        sites.append((name, bind.at, given))
                    else:
                        for deployment in self._listed(entry(self._resolver, given, "deployments")):
                            self._deployed(deployment, frame, bind.at, ())
        for bind in frame.scope.binds:
            name, kind = bind.name.removeprefix(bicep.RESOURCE), text(bind.value) or ""
            if not bind.name.startswith(bicep.RESOURCE) or name not in values:
                continue
            for block in self._blocks(values[name].value, frame):
                if _APPS.match(kind):
                    found.units += self._app(name, bind.at, block, frame, _APP)
                elif _SITES.match(kind):
                    sites.append((name, bind.at, block))
                elif _SETTINGS.match(kind) and "appsettings" in str(self._text(block, "name")).lower():
                    found.settings += entry(self._resolver, block, "properties")
                elif _MODELS.match(kind):
                    self._deployed(block, frame, bind.at)
        for name, at, block in sites:
            settings = found.settings if len(sites) == 1 else []
            found.units.append(self._site(name, at, block, frame, settings))
        found.settings = [] if sites else found.settings

    def _inside(self, base: Outcome, *names: str) -> Outcomes:
        found: Outcomes = (base,)
        for name in names:
            found = tuple(o for b in found for o in entry(self._resolver, b, name))
        return found

    def _text(self, base: Outcome, *names: str) -> str | None:
        texts = {t for o in self._inside(base, *names) if (t := text_of(o.value)) is not None}
        return texts.pop() if len(texts) == 1 else None

    def _service(self, block: Outcome) -> azd.Service | None:
        """The service of azure.yaml that a resource is tagged to host; the only one there is, where none says so."""
        name = self._text(block, "tags", "azd-service-name")
        return self._services.get(name) if name is not None else None

    def _configs(self, given: Outcome) -> Outcomes:
        """The settings of a site among its configurations."""
        listed = self._listed(entry(self._resolver, given, "configs"))
        named = (c for c in listed if self._text(c, "name") == "appsettings")
        return tuple(o for c in named for o in entry(self._resolver, c, "properties"))

    def _app(
        self, name: str, at: f.Span, block: Outcome, frame: Frame, places: tuple[tuple[str, ...], ...]
    ) -> Iterator[Declared]:
        service = self._service(block)
        *hidden, inside = places
        secrets = [s for place in hidden for s in self._listed(self._inside(block, *place))]
        stores = {self._text(s, "name"): s for s in secrets}
        containers = self._listed(self._inside(block, *inside))
        for container in containers:
            parts = Parts(self._resolver, frame.path, at)
            items = [
                item
                for variable in self._listed(self._inside(container, "env"))
                if (item := self._variable(parts, variable, stores)) is not None
            ]
            own = self._text(container, "name") or "container"
            label = service.name if service is not None else self._text(block, "name") or name
            words = [
                text_of(o.value) or "?"
                for key in ("command", "args")
                for o in self._listed(self._inside(container, key))
            ]
            yield self._unit(
                label if len(containers) == 1 else f"{label}.{own}",
                "container-app",
                at,
                parts,
                items,
                service,
                words,
                container,
            )

    def _site(self, name: str, at: f.Span, block: Outcome, frame: Frame, settings: list[Outcome]) -> Declared:
        service = self._service(block)
        parts = Parts(self._resolver, frame.path, at)
        items = []
        plain = (
            *self._inside(block, "properties", "siteConfig", "appSettings"),
            *self._inside(block, "siteConfig", "appSettings"),
        )
        for variable in self._listed(plain):
            item = self._variable(parts, variable, {})
            items += [item] if item is not None else []
        for base in settings:
            items += self._mapped(parts, base)
        kind = "function-app" if "functionapp" in (self._text(block, "kind") or "") else "web-app"
        command = self._text(block, "properties", "siteConfig", "appCommandLine")
        command = command or self._text(block, "siteConfig", "appCommandLine") or ""
        label = service.name if service is not None else self._text(block, "name") or name
        return self._unit(label, kind, at, parts, items, service, command.split(), None)

    def _unit(
        self,
        name: str,
        platform: str,
        at: f.Span,
        parts: Parts,
        items: list[f.Item],
        service: azd.Service | None,
        words: list[str],
        container: Outcome | None,
    ) -> Declared:
        image = parts.expr(self._inside(container, "image")) if container is not None and service is None else None
        unit = f.Unit(
            name=name,
            platform=platform,
            at=at,
            env=self._resolver.keep(f.Rec(tuple(items), at)),
            command=self._resolver.keep(f.Seq(tuple(f.Lit(w, at) for w in words), at)) if words else None,
            image=image,
            stage=self._stage,
        )
        whole = azd.hosted(self._program, unit, service, parts.path) if service is not None else unit
        return parts.path, self._resolver.keep(whole), parts.frame

    def _listed(self, bases: Outcomes) -> list[Outcome]:
        return [o for base in bases for o in elements(self._resolver, base) or ()]

    # -- variables -----------------------------------------------------------------------------------------------------

    def _variable(self, parts: Parts, block: Outcome, stores: dict[str | None, Outcome]) -> f.Item | None:
        name = self._text(block, "name")
        place = written_at(self._resolver, block, "value") or written_at(self._resolver, block, "name")
        if name is None or place is None:
            return None
        value = self._inside(block, "value")
        secret = self._text(block, "secretRef")
        if secret is not None:
            store = stores.get(secret)
            value = self._inside(store, "value") if store is not None else ()
            step = Step("define", *place[:1], *place[1], name=name)
            if not value or any(text_of(o.value) is None for o in value):
                value = (Outcome(Credential("deploy-time", "azure", secret), (step,)),)
        return self._item(parts, name, value, place)

    def _mapped(self, parts: Parts, base: Outcome) -> Iterator[f.Item]:
        for key in element_keys(self._resolver, base) or ():
            name = text_of(key.value)
            place = written_at(self._resolver, base, name) if name is not None else None
            item = self._item(parts, name, entry(self._resolver, base, name), place) if name and place else None
            if item is not None:
                yield item

    @staticmethod
    def _item(parts: Parts, name: str, value: Outcomes, place: tuple[str, f.Span]) -> f.Item | None:
        first = [o.trail[0] if o.trail else None for o in value]
        if all(s is not None and s.kind == "define" and (s.path, s.line) == (place[0], place[1][0]) for s in first):
            # Written here and handed down by modules: one definition, under the variable's name.
            known = tuple(Outcome(o.value, (dc_replace(o.trail[0], name=name), *o.trail[1:])) for o in value)
        else:
            known = defines(value, place[0], place[1], name)
        expr = parts.expr(known)
        return f.Item(f.Lit(name, place[1]), expr, place[1]) if expr is not None else None

    # -- models --------------------------------------------------------------------------------------------------------

    def _deployed(self, block: Outcome, frame: Frame, at: f.Span, inside: tuple[str, ...] = ("properties",)) -> None:
        """A deployment: who asks Azure for its name reaches the model that it was made of."""
        alias = self._text(block, "name")
        found = self._inside(block, *inside, "model", "name")
        if alias is None or len(found) != 1 or (model := text_of(found[0].value)) is None:
            return
        places = [s for s in reversed(found[0].trail) if s.kind in ("define", "literal")]
        path, place = (places[0].path, (places[0].line, places[0].column)) if places else (frame.path, at)
        named = [s for o in self._inside(block, "name") for s in reversed(o.trail) if s.kind in ("define", "literal")]
        if alias != model and named:
            route = f.Route(alias, f.Lit(model, place), place, (named[0].line, named[0].column))
            if named[0].path == path and (path, route) not in self._program.routes:
                self._program.routes.append((path, route))


def _handed(outcomes: Outcomes, place: tuple[str, f.Span], name: str) -> Outcomes:
    """What a module is given: a value written there is defined there."""
    found = []
    for outcome in outcomes:
        trail = outcome.trail
        if len(trail) == 1 and trail[0].kind == "literal" and not trail[0].name:
            first = trail[0]
            trail = (Step("define", first.path, first.line, first.column, name=name, value=text_of(outcome.value)),)
        found.append(Outcome(outcome.value, trail))
    return tuple(found)
