"""Terraform resources that run code, other than Lambda functions, which their file declares as they stand.

Containers of ECS, Batch, App Runner, Cloud Run, Container Apps and Kubernetes; functions of Google and Azure; the community
Lambda module. Attributes: each provider's documentation on registry.terraform.io.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as dc_replace

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract import step_functions
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.declared import Declared, Parts, written_at
from modelguard.link.frames import Frame
from modelguard.link.names import defines
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Credential, Elements, Listing, Mapping, Outcome, Outcomes, Step, Unknown, text_of

_POD = ("spec", "template", "spec")
_CRON = ("spec", "job_template", "spec", "template", "spec")


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a type of resource has its containers (a list of blocks, or a list that is written as JSON)."""

    platform: str
    containers: tuple[str, ...]
    init: tuple[str, ...] = ()


_CONTAINERS = {
    "aws_ecs_task_definition": _Kind("ecs", ("container_definitions",)),
    "aws_batch_job_definition": _Kind("batch", ("container_properties",)),
    "aws_apprunner_service": _Kind("apprunner", ("source_configuration", "image_repository", "image_configuration")),
    "google_cloud_run_v2_service": _Kind("cloud-run", ("template", "containers")),
    "google_cloud_run_v2_job": _Kind("cloud-run", ("template", "template", "containers")),
    "google_cloud_run_service": _Kind("cloud-run", ("template", "spec", "containers")),
    "azurerm_container_app": _Kind("container-app", ("template", "container")),
    "azurerm_container_app_job": _Kind("container-app", ("template", "container")),
    **{
        f"kubernetes_{kind}{suffix}": _Kind(f"kubernetes/{name}", (*path, "container"), (*path, "init_container"))
        for kind, name, path in (
            ("deployment", "Deployment", _POD),
            ("stateful_set", "StatefulSet", _POD),
            ("daemonset", "DaemonSet", _POD),
            ("daemon_set", "DaemonSet", _POD),
            ("job", "Job", _POD),
            ("cron_job", "CronJob", _CRON),
            ("pod", "Pod", ("spec",)),
        )
        for suffix in ("", "_v1")
    },
}
_FUNCTIONS = {
    "google_cloudfunctions2_function": ("cloud-function", ("service_config", "environment_variables")),
    "google_cloudfunctions_function": ("cloud-function", ("environment_variables",)),
    "azurerm_linux_function_app": ("function-app", ("app_settings",)),
    "azurerm_function_app": ("function-app", ("app_settings",)),
    "azurerm_linux_web_app": ("web-app", ("app_settings",)),
    "azurerm_app_service": ("web-app", ("app_settings",)),
}
_LAMBDA_MODULES = ("terraform-aws-modules/lambda/aws", "registry.terraform.io/terraform-aws-modules/lambda/aws")


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """Every such resource of the tree, once for each stage of its folder."""
    for path in program.terraform.paths():
        for stage in program.terraform.stages(path):
            folder = program.terraform.folder(posixpath.dirname(path), stage)
            for name, (bind, frame) in folder.table.items():
                if frame.path == path and isinstance(bind.value, f.Rec):
                    resource = _Resource(program, resolver, name, bind, frame, stage[1] if stage is not None else "")
                    yield from resource.units()


class _Resource:
    """One resource or module block."""

    def __init__(self, program: Program, resolver: Resolver, name: str, bind: f.Bind, frame: Frame, stage: str) -> None:
        self._program, self._resolver, self._stage = program, resolver, stage
        self._type, _, self._label = name.partition(".")
        self._bind, self._frame = bind, frame
        assert isinstance(bind.value, f.Rec)
        self._block = Outcome(Mapping(bind.value, frame, name))

    def units(self) -> Iterator[Declared]:
        """What the block runs."""
        kind = _CONTAINERS.get(self._type)
        if kind is not None:
            yield from self._containers(kind)
        elif self._type in _FUNCTIONS:
            yield self._function(*_FUNCTIONS[self._type])
        elif self._type == "aws_sfn_state_machine":
            yield from self._machine()
        elif self._type == "module":
            source = self._text("source") or ""
            if source.split("?")[0].split("//")[0].removeprefix("git::https://github.com/") in _LAMBDA_MODULES:
                yield self._lambda_module()
        elif self._type in (
            "kubernetes_config_map",
            "kubernetes_config_map_v1",
            "kubernetes_secret",
            "kubernetes_secret_v1",
        ):
            self._declare()

    # -- reading blocks --------------------------------------------------------------------------------------------

    def _inside(self, base: Outcomes, *names: str) -> Outcomes:
        """What lies under these names; a block that is repeated gives each of them."""
        for name in names:
            found: list[Outcome] = []
            for outcome in base:
                for inner in entry(self._resolver, outcome, name):
                    several = isinstance(inner.value, (Listing, Elements))
                    listed = elements(self._resolver, inner) if several else None
                    found += listed if listed is not None else (inner,)
            base = tuple(found)
        return base

    def _text(self, *names: str) -> str | None:
        return _one_text(self._inside((self._block,), *names))

    def _containers(self, kind: _Kind) -> Iterator[Declared]:
        containers = [c for c in self._inside((self._block,), *kind.containers) if not isinstance(c.value, Unknown)]
        init = self._inside((self._block,), *kind.init) if kind.init else ()
        for container in (*init, *containers):
            alone = len(containers) == 1 and container is containers[0]
            own = _one_text(self._inside((container,), "name")) or "container"
            name = self._label if alone else f"{self._label}.{own}"
            yield self._container(container, name, kind.platform)

    def _container(self, container: Outcome, name: str, platform: str) -> Declared:
        parts = Parts(self._resolver, self._frame.path, self._bind.at)
        one = (container,)
        entrypoint = self._words(one, "entryPoint", "entry_point") if platform in ("ecs", "batch") else []
        command = [*entrypoint, *self._words(one, "command"), *self._words(one, "args")]
        start = _one_text(self._inside(one, "start_command"))
        image = self._inside(one, "image") or self._inside(
            (self._block,), "source_configuration", "image_repository", "image_identifier"
        )
        words = command or (start.split() if start else [])
        unit = f.Unit(
            name=name,
            platform=platform,
            at=self._bind.at,
            env=self._environment(parts, one),
            command=f.Seq(tuple(f.Lit(w, self._bind.at) for w in words), self._bind.at) if words else None,
            image=parts.expr(image) or f.Opaque("an image that is not named", self._bind.at),
            arguments=bool(words) and platform.startswith(("kubernetes", "cloud")) and not self._words(one, "command"),
            stage=self._stage,
            aliases=self._aliases(parts),
        )
        return self._frame.path, unit, parts.frame

    def _aliases(self, parts: Parts) -> tuple[f.Expr, ...]:
        names = self._inside((self._block,), "name") or self._inside((self._block,), "metadata", "name")
        named = names or self._inside((self._block,), "family") or self._inside((self._block,), "service_name")
        return tuple(f.Lit(t, self._bind.at) for t in {_one_text(named)} if t and t != self._label)

    def _words(self, base: Outcomes, *names: str) -> list[str]:
        for name in names:
            found = self._inside(base, name)
            if found:
                return [text_of(o.value) or "?" for o in found]
        return []

    # -- environments ----------------------------------------------------------------------------------------------

    def _environment(self, parts: Parts, container: Outcomes) -> f.Expr:
        """Variables of a container: `environment`/`env` blocks or lists, mappings, secrets by reference."""
        items: list[f.Item] = []
        for block in self._inside(container, "env_from"):
            for name, kind in (("config_map_ref", "k8s.ConfigMap"), ("secret_ref", "k8s.Secret")):
                for target in self._inside((block,), name, "name"):
                    if (text := text_of(target.value)) is not None:
                        at = self._bind.at
                        items.append(f.Item(None, f.External(kind, f.Lit(text, at), at), at))
        for name in ("runtime_environment_variables", "runtime_environment_secrets"):
            for base in self._inside(container, name):
                items += self._mapped(parts, base, name.endswith("secrets"))
        for block in (*self._inside(container, "environment"), *self._inside(container, "env")):
            items += self._variable(parts, block)
        for block in self._inside(container, "secrets"):
            items += self._variable(parts, block, secret=True)
        return self._resolver.keep(f.Rec(tuple(items), self._bind.at))

    def _variable(self, parts: Parts, block: Outcome, secret: bool = False) -> Iterator[f.Item]:
        name = _one_text(self._inside((block,), "name"))
        if name is None:
            return
        for key, store in (
            (("valueFrom",), "aws"),
            (("value_source", "secret_key_ref", "secret"), "gcp"),
            (("value_from", "secret_key_ref", "name"), "kubernetes"),
            (("secret_name",), "azure"),
        ):
            reference = self._inside((block,), *key)
            if reference:
                label = _one_text(reference) or self._label
                place = self._place(block, key[0])
                step = Step("define", place[0], *place[1], name=name)
                item = parts.expr((Outcome(Credential("deploy-time", store, label.rsplit(":", 1)[-1]), (step,)),))
                if item is not None:
                    yield f.Item(f.Lit(name, place[1]), item, place[1])
                return
        value = self._inside((block,), "value")
        place = self._place(block, "value")
        if isinstance(block.value, Mapping) and block.value.frame.names and block.value.frame.format == "terraform":
            # One of many that an expression makes: each stands where its element is written.
            value = tuple(Outcome(o.value, _without(o.trail, place)) for o in value)
        else:
            value = self._defined(value, place, name)
        item = parts.expr(value)
        if item is not None:
            yield f.Item(f.Lit(name, place[1]), item, place[1])

    def _mapped(self, parts: Parts, base: Outcome, secret: bool) -> Iterator[f.Item]:
        """Variables that are a mapping from name to value."""
        for key in element_keys(self._resolver, base) or ():
            name = text_of(key.value)
            if name is None:
                continue
            place = self._place(base, name)
            found = entry(self._resolver, base, name)
            if secret:
                label = _one_text(found) or name
                step = Step("define", place[0], *place[1], name=name)
                found = (Outcome(Credential("deploy-time", "aws", label), (step,)),)
            item = parts.expr(self._defined(found, place, name))
            if item is not None:
                yield f.Item(f.Lit(name, place[1]), item, place[1])

    def _defined(self, outcomes: Outcomes, place: tuple[str, f.Span], name: str) -> Outcomes:
        first = [o.trail[0] if o.trail else None for o in outcomes]
        if any(s is None or s.kind != "define" or (s.path, s.line) != (place[0], place[1][0]) for s in first):
            return defines(outcomes, place[0], place[1], name, self._frame)
        # Already a definition of this very line, under the name of its place in the block.
        return tuple(Outcome(o.value, (dc_replace(o.trail[0], name=name), *o.trail[1:])) for o in outcomes)

    def _place(self, base: Outcome, key: str) -> tuple[str, f.Span]:
        return written_at(self._resolver, base, key) or (self._frame.path, self._bind.at)

    # -- functions -------------------------------------------------------------------------------------------------

    def _function(self, platform: str, environment: tuple[str, ...]) -> Declared:
        parts = Parts(self._resolver, self._frame.path, self._bind.at)
        items = [i for base in self._inside((self._block,), *environment) for i in self._mapped(parts, base, False)]
        for block in self._inside((self._block,), "service_config", "secret_environment_variables"):
            key, secret = _one_text(self._inside((block,), "key")), _one_text(self._inside((block,), "secret"))
            if key is not None:
                place = self._place(block, "key")
                step = Step("define", place[0], *place[1], name=key)
                found = parts.expr((Outcome(Credential("deploy-time", "gcp", secret or key), (step,)),))
                items += [f.Item(f.Lit(key, place[1]), found, place[1])] if found is not None else []
        point = self._text("build_config", "entry_point") or self._text("entry_point")
        handler = f.Lit(f"main.{point}", self._bind.at) if point else None
        unit = f.Unit(
            name=self._label,
            platform=platform,
            at=self._bind.at,
            env=self._resolver.keep(f.Rec(tuple(items), self._bind.at)),
            handler=handler,
            stage=self._stage,
            aliases=self._aliases(parts),
        )
        return self._frame.path, unit, parts.frame

    def _lambda_module(self) -> Declared:
        """terraform-aws-modules/lambda: inputs instead of a resource's attributes."""
        parts = Parts(self._resolver, self._frame.path, self._bind.at)
        block = (self._block,)
        environment = [i for b in self._inside(block, "environment_variables") for i in self._mapped(parts, b, False)]
        sources = self._inside(block, "source_path")
        folder = next((t for o in sources if (t := text_of(o.value)) is not None), None)
        named = _one_text(self._inside(block, "function_name"))
        unit = f.Unit(
            name=self._label,
            platform="lambda",
            at=self._bind.at,
            env=self._resolver.keep(f.Rec(tuple(environment), self._bind.at)),
            handler=parts.expr(self._inside(block, "handler")),
            source=f.Lit(self._from_here(folder), self._bind.at) if folder is not None else None,
            each=self._whole("for_each"),
            image=parts.expr(self._inside(block, "image_uri")),
            command=parts.expr(self._inside(block, "image_config_command")),
            stage=self._stage,
            aliases=(f.Lit(named, self._bind.at),) if named and named != self._label else (),
        )
        if unit.each is not None:
            parts.frame.names["for_each"] = self._inside_whole("for_each")
        return self._frame.path, unit, parts.frame

    def _from_here(self, folder: str) -> str:
        """A folder as seen from the file; `${path.module}/…` has been worked out from the root."""
        inside = [p for p in self._program.store.folders() if p == folder.strip("/")]
        here = posixpath.dirname(self._frame.path)
        return posixpath.relpath(inside[0], here or ".") if inside else folder

    def _whole(self, name: str) -> f.Expr | None:
        return f.Var(name, self._bind.at) if self._inside_whole(name) else None

    def _inside_whole(self, name: str) -> Outcomes:
        return entry(self._resolver, self._block, name)

    # -- state machines ----------------------------------------------------------------------------------------------

    def _machine(self) -> Iterator[Declared]:
        """A state machine whose definition is `file(…)` or `templatefile(…, {…})`: a file of the tree and what is put in."""
        assert isinstance(self._bind.value, f.Rec)
        for item in self._bind.value.items:
            call = self._called(item.value) if getattr(item.key, "value", None) == "definition" else None
            if call is None:
                continue
            parts = Parts(self._resolver, self._frame.path, self._bind.at)
            path = next((t for t in self._resolver.texts(call.args[0].value, self._frame)), "") if call.args else ""
            given = self._resolver.evaluate(call.args[1].value, self._frame) if len(call.args) > 1 else ()
            env = f.Rec(tuple(i for base in given for i in self._mapped(parts, base, False)), self._bind.at)
            found = posixpath.relpath(posixpath.normpath(path).lstrip("/"), posixpath.dirname(self._frame.path) or ".")
            unit = step_functions.unit(
                self._label, self._bind.at, f.Lit(found, self._bind.at), self._resolver.keep(env)
            )
            aliases = self._aliases(parts)
            yield self._frame.path, replace(unit, stage=self._stage, aliases=aliases), parts.frame

    def _called(self, expr: f.Expr) -> f.Call | None:
        """The call that reads the definition's file."""
        call = self._frame.scope.calls[expr.index] if isinstance(expr, f.CallRef) else None
        name = call.func.name if call is not None and isinstance(call.func, f.Import) else ""
        if call is not None and name == "jsonencode" and call.args and isinstance(call.args[0].value, f.CallRef):
            return self._called(call.args[0].value)
        return call if name in ("file", "templatefile") else None

    # -- Kubernetes objects that others name -------------------------------------------------------------------------

    def _declare(self) -> None:
        name = self._text("metadata", "name")
        if name is None:
            return
        parts = Parts(self._resolver, self._frame.path, self._bind.at)
        data = parts.merged([entry(self._resolver, self._block, "data")], [])
        kind = "k8s.Secret" if "secret" in self._type else "k8s.ConfigMap"
        self._program.declare(self._frame.path, f.Export(kind, name, data, self._bind.at), parts.frame)


def _without(trail: tuple[Step, ...], place: tuple[str, f.Span]) -> tuple[Step, ...]:
    """A trail without the step at a place, where another definition comes after it."""
    kept = tuple(s for s in trail if (s.path, (s.line, s.column)) != place)
    return kept if any(s.kind in ("define", "literal") for s in kept) else trail


def _one_text(outcomes: Outcomes) -> str | None:
    texts = {t for o in outcomes if (t := text_of(o.value)) is not None}
    return texts.pop() if len(texts) == 1 else None
