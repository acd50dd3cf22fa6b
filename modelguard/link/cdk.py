"""AWS CDK applications in Python and TypeScript: the functions and containers that their constructs come to.

The application is followed like any program, from what `cdk.json` runs, so that a value handed from stack to stack and
construct to construct arrives where it is put into an environment. Names and properties:
https://docs.aws.amazon.com/cdk/api/v2/. Properties are camelCase in TypeScript and snake_case keywords in Python.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract import managed
from modelguard.extract.mentions import called_name
from modelguard.extract.node_modules import is_script
from modelguard.link import cdk_apps, cdk_loops, cdk_stages, cdk_tasks
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.cdk_models import of_a_model, property_of
from modelguard.link.cdk_values import snake, value_of
from modelguard.link.declared import Declared, Parts, declared_models, written_at
from modelguard.link.frames import Frame
from modelguard.link.names import defines
from modelguard.link.program import Program, imports_cdk
from modelguard.link.relevance import Relevance
from modelguard.link.resolve import Resolver
from modelguard.link.runners import EVENT, Runner
from modelguard.link.values import Instance, Made, Outcome, Outcomes, RepoPath, text_of
from modelguard.link.walk import Walk

LIBRARY = re.compile(r"(?:npm:aws-cdk-lib/|npm:@aws-cdk/|npm:aws-cdk-lib\.|aws_cdk\.)(.+)")
_FUNCTIONS = frozenset(
    {
        "aws_lambda.Function",
        "aws_lambda.SingletonFunction",
        "aws_lambda.DockerImageFunction",
        "aws_lambda_nodejs.NodejsFunction",
        "aws_lambda_python_alpha.PythonFunction",
    }
)
_SERVICES = re.compile(r"aws_ecs_patterns\.\w+\Z")
_CONTAINER = re.compile(r"aws_ecs\.\w*TaskDefinition\(\)\.add_?[cC]ontainer\Z")
_ADDED = frozenset({"addEnvironment", "add_environment"})
_TASKS = frozenset({"aws_stepfunctions_tasks.BedrockInvokeModel", "aws_stepfunctions_tasks.LambdaInvoke"})
_NAMES = frozenset(
    {
        *(n.rsplit(".", 1)[-1] for n in _FUNCTIONS),
        *(n.rsplit(".", 1)[-1] for n in _TASKS),
        *(n.rsplit(".", 1)[-1] for n in managed.KINDS if n.startswith("aws_bedrock.")),
        *_ADDED,
        "addContainer",
        "add_container",
    }
    | {"ApplicationLoadBalancedFargateService", "NetworkLoadBalancedFargateService", "QueueProcessingFargateService"}
    | {"ScheduledFargateTask", "ApplicationLoadBalancedEc2Service"}
)


def plain_name(name: str) -> str:
    """A construct's name without its language: `aws_lambda.Function`; empty where it is none of CDK's."""
    match = LIBRARY.match(name)
    return match[1].replace("-", "_").replace("/", ".") if match else ""


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """What every application of the tree deploys."""
    code = program.code()
    seeds = {
        id(s)
        for _, s in code
        if not _NAMES.isdisjoint(s.mentions) and any(called_name(c) in _NAMES for c in s.glance().calls)
    }
    if not seeds or not any(imports_cdk(s) for _, s in code if s.name == ""):
        return
    relevance = Relevance(program, frozenset(), lambda _, scope: id(scope) in seeds)
    for folder, entries in cdk_apps.applications(program):
        turns: list[tuple[str, list[tuple[str, Declared]]]] = []
        for stage in cdk_stages.stages(program, resolver, entries):
            walk = Walk(program, resolver, relevance, _Constructs(seeds))
            walk.run(Runner(f"{folder or '.'}: cdk", "cdk", folder, 1, stage.context, entries=entries))
            frames = [v.frame for v in walk.walked.visits if id(v.frame.scope) in seeds]
            turns.append((stage.name, list(_Application(resolver, folder, frames).units())))
        yield from _by_stage(turns)


@dataclass(frozen=True)
class _Constructs:
    """Each activation of a scope that makes constructs is wanted for itself, as each makes others."""

    seeds: Set[int]

    def is_notable(self, scope: f.Scope) -> bool:
        return id(scope) in self.seeds

    def look(self, resolver: Resolver, frame: Frame) -> bool:
        return False


def _by_stage(turns: list[tuple[str, list[tuple[str, Declared]]]]) -> Iterator[Declared]:
    """The units of each turn of the application's loop; what stands outside of the loop is there once."""
    counts = Counter((key, unit.at) for _, units in turns for key, (_, unit, _) in units)
    seen: set[tuple[str, f.Span]] = set()
    for stage, units in turns:
        for key, (path, unit, frame) in units:
            outside = len(turns) > 1 and counts[key, unit.at] == len(turns)
            if not outside:
                yield path, replace(unit, stage=stage), frame
            elif (key, unit.at) not in seen:
                seen.add((key, unit.at))
                yield path, unit, frame


@dataclass(frozen=True, eq=False)
class _Made:
    """A construct: the call that makes it and the frame it stands in, its plain name and its id."""

    call: f.Call
    frame: Frame
    kind: str
    id: str


class _Application:
    """The constructs of one application, in the frames in which its program makes them."""

    def __init__(self, resolver: Resolver, folder: str, frames: list[Frame]) -> None:
        self._resolver, self._folder, self._frames = resolver, folder, frames
        self._payloads: dict[tuple[int, int], Outcomes] = {}
        self._added: dict[tuple[int, int], list[tuple[Outcomes, Outcomes, f.Span]]] = {}

    def units(self) -> Iterator[tuple[str, Declared]]:
        """Each function and container as a unit, with its path; where one id is made several times, its stack goes before
        it."""
        found: list[_Made] = []
        for frame in self._frames:
            turns = cdk_loops.turns(self._resolver, frame)
            for call in frame.scope.calls:
                if called_name(call) in _NAMES:
                    found += self._made(call, frame, turns)
        counts = Counter(m.id for m in found)
        for made in found:
            name = self._path(made) if counts[made.id] > 1 else made.id
            unit = self._unit(made, name)
            if unit is not None:
                yield self._path(made), unit

    def _made(self, call: f.Call, frame: Frame, turns: list[Frame]) -> list[_Made]:
        """What a call makes: once, or, where its id differs from turn to turn of a loop, in every turn."""
        if not turns:
            return list(self._look(call, frame))
        every = [list(self._look(call, turn)) for turn in turns]
        ids = [made.id for one in every for made in one]
        return [m for one in every for m in one] if len(set(ids)) > 1 else list(self._look(call, frame))

    def _look(self, call: f.Call, frame: Frame) -> Iterator[_Made]:
        for outcome in self._resolver.evaluate(call.func, frame):
            name = plain_name(str(getattr(outcome.value, "name", "")))
            made = getattr(outcome.value, "made", None)
            if name.rsplit(".", 1)[-1] in _ADDED and isinstance(made, Made):
                key, value = (self._argument(call, frame, n, p) for n, p in (("key", 0), ("value", 1)))
                self._added.setdefault((id(made.call), id(made.frame)), []).append((key, value, self._value_at(call)))
            elif name.endswith(".LambdaInvoke") and name in _TASKS:
                self._invoked(call, frame)
            elif name in _FUNCTIONS or name in _TASKS or name in managed.KINDS or _SERVICES.match(name):
                yield _Made(call, frame, name, self._text(self._argument(call, frame, "id", 1)) or name)
            elif _CONTAINER.match(name):
                own = self._text(self._argument(call, frame, "id", 0)) or "container"
                task = self._task(made) if isinstance(made, Made) else ""
                yield _Made(call, frame, "container", f"{task}.{own}" if task else own)

    @staticmethod
    def _value_at(call: f.Call) -> f.Span:
        """Where the value of `addEnvironment(key, value)` is written."""
        named = [a.value.at for a in call.args if a.name == "value"]
        return named[0] if named else call.args[1].value.at if len(call.args) > 1 else call.at

    def _task(self, made: Made) -> str:
        return self._text(self._argument(made.call, made.frame, "id", 1)) or ""

    def _path(self, made: _Made) -> str:
        """An id with those of the constructs around it: `Prod/Api/Handler`."""
        ids = [made.id]
        frame: Frame | None = made.frame
        while frame is not None and len(ids) < 10:
            owner = frame.bound
            if isinstance(owner, Instance) and owner.call is not None and owner.frame is not None:
                around = self._text(self._argument(owner.call, owner.frame, "", 1))
                ids += [around] if around else []
                frame = owner.frame
            else:
                frame = frame.caller[0] if frame.caller else None
        return "/".join(reversed(ids))

    # -- properties ------------------------------------------------------------------------------------------------

    def _argument(self, call: f.Call, frame: Frame, name: str, position: int) -> Outcomes:
        return self._resolver.calls.argument(call, frame, name, position) or ()

    def _property(self, made: _Made, name: str) -> Outcomes:
        """A property: an entry of the last argument in TypeScript, a keyword in Python."""
        if not is_script(made.frame.path):
            return self._argument_named(made, name)
        position = 1 if made.kind == "container" else 2
        props = self._argument(made.call, made.frame, "", position)
        return tuple(o for base in props for o in entry(self._resolver, base, name))

    def _argument_named(self, made: _Made, name: str) -> Outcomes:
        return self._resolver.calls.argument(made.call, made.frame, snake(name)) or ()

    def _inside(self, base: Outcomes, name: str) -> Outcomes:
        """A property of an options object, which Python makes with a call of keywords."""
        found: list[Outcome] = []
        for outcome in base:
            value = outcome.value
            if isinstance(value, Made):
                found += self._resolver.calls.argument(value.call, value.frame, snake(name)) or ()
            else:
                found += entry(self._resolver, outcome, name)
        return tuple(found)

    @staticmethod
    def _text(outcomes: Outcomes) -> str | None:
        texts = {t for o in outcomes if (t := text_of(o.value)) is not None}
        return texts.pop() if len(texts) == 1 else None

    # -- units -----------------------------------------------------------------------------------------------------

    def _unit(self, made: _Made, name: str) -> Declared | None:
        parts = Parts(self._resolver, made.frame.path, made.call.at)
        if made.kind in managed.KINDS:
            return self._managed(made, name, parts)
        if made.kind in _TASKS:
            return cdk_tasks.bedrock(self._resolver, made.frame.path, name, made.call.at, self._property(made, "model"))
        if made.kind == "container" or _SERVICES.match(made.kind):
            return self._container(made, name, parts)
        unit = f.Unit(
            name=name,
            platform="lambda",
            at=made.call.at,
            env=parts.merged([], self._environment(made, parts, self._property(made, "environment"))),
            aliases=tuple(a for a in (parts.expr(self._property(made, "functionName")),) if a is not None),
            given=tuple(f.Item(f.Lit(EVENT, made.call.at), e, made.call.at) for e in self._events(made, parts)),
        )
        return made.frame.path, self._with_code(made, unit, parts), parts.frame

    def _managed(self, made: _Made, name: str, parts: Parts) -> Declared | None:
        """An agent, a knowledge base or a data source, which asks the models that it is given."""
        whole = Outcome(Made(made.kind, made.call, made.frame))
        found = []
        for model in managed.KINDS[made.kind]:
            value: Outcomes = (whole,)
            for inner in model.path:
                value = property_of(self._resolver, value, inner[:1].lower() + inner[1:])
            expr = parts.expr(tuple(of_a_model(v) for o in value for v in value_of(self._resolver, o)))
            found += [(model, expr, made.call.at)] if expr is not None else []
        program = self._resolver.program
        return declared_models(program, self._resolver, parts, name, made.call.at, found) if found else None

    def _invoked(self, call: f.Call, frame: Frame) -> None:
        """A task that starts a function, with what it hands over."""
        made = _Made(call, frame, "LambdaInvoke", "")
        payload = tuple(o for p in self._property(made, "payload") for o in cdk_tasks.payload(self._resolver, p))
        for outcome in self._property(made, "lambdaFunction"):
            if isinstance(outcome.value, Made) and payload:
                self._payloads[id(outcome.value.call), id(outcome.value.frame)] = payload

    def _events(self, made: _Made, parts: Parts) -> list[f.Expr]:
        found = parts.expr(self._payloads.get((id(made.call), id(made.frame)), ()))
        return [found] if found is not None else []

    def _with_code(self, made: _Made, unit: f.Unit, parts: Parts) -> f.Unit:
        """A function's code: a folder and a handler, an entry file, or an image."""
        at = made.call.at
        handler = self._property(made, "handler")
        entry_file = self._relative(made, self._property(made, "entry"))
        if made.kind.endswith("DockerImageFunction"):
            code = self._property(made, "code")
            build, command = self._asset(made, code)
            return replace(unit, build=build, command=command, image=self._named(code, at) if build is None else None)
        if made.kind.endswith("NodejsFunction"):
            beside = f"{posixpath.splitext(posixpath.basename(made.frame.path))[0]}.{made.id}"
            stem = posixpath.splitext(entry_file)[0] if entry_file else beside
            name = self._text(handler) or "handler"
            source, file = posixpath.split(stem)
            written = f.Lit(f"{file}.{name}", at)
            return replace(unit, handler=written, source=f.Lit(source or ".", at))
        if made.kind.endswith("PythonFunction"):
            index = self._text(self._property(made, "index")) or "index.py"
            name = self._text(handler) or "handler"
            written = f.Lit(f"{index.removesuffix('.py')}.{name}", at)
            return replace(unit, handler=written, source=f.Lit(entry_file or ".", at))
        folder = self._relative(made, self._first(self._property(made, "code")))
        found = f.Lit(folder, at) if folder is not None else None
        return replace(unit, handler=parts.expr(handler), source=found)

    def _container(self, made: _Made, name: str, parts: Parts) -> Declared | None:
        def of(key: str) -> Outcomes:
            if made.kind == "container":
                return self._property(made, key)
            return self._inside(self._property(made, "taskImageOptions"), key)

        image = of("image")
        build, _ = self._asset(made, image)
        environment = self._environment(made, parts, of("environment"))
        environment += self._environment(made, parts, of("secrets"))
        unit = f.Unit(
            name=name,
            platform="ecs",
            at=made.call.at,
            env=parts.merged([], environment),
            command=parts.expr(of("command")),
            image=self._named(image, made.call.at) if build is None else None,
            build=build,
        )
        return made.frame.path, unit, parts.frame

    def _environment(self, made: _Made, parts: Parts, given: Outcomes) -> list[f.Item]:
        """The variables, each as what its value comes to when the stack is deployed; those that are added later too."""
        items: dict[str, f.Item] = {}
        pairs: list[tuple[str, Outcomes, tuple[str, f.Span]]] = []
        here = made.frame.path, made.call.at
        for base in given:
            for key in element_keys(self._resolver, base) or ():
                if (name := text_of(key.value)) is not None:
                    place = written_at(self._resolver, base, name) or here
                    pairs.append((name, entry(self._resolver, base, name), place))
        for keys, value, at in self._added.get((id(made.call), id(made.frame)), ()):
            pairs += [(name, value, (here[0], at)) for k in keys if (name := text_of(k.value)) is not None]
        for name, found, (path, at) in pairs:
            values = tuple(v for o in found for v in value_of(self._resolver, o))
            expr = parts.expr(defines(values, path, at, name))
            if expr is not None:
                items[name] = f.Item(f.Lit(name, at), expr, at)
        return list(items.values())

    def _first(self, outcomes: Outcomes, names: tuple[str, ...] = ("path",)) -> Outcomes:
        """The first argument of the call that made an asset: `Code.fromAsset("folder")`."""
        made = [o.value for o in outcomes if isinstance(o.value, Made)]
        found = (self._argument(made[0].call, made[0].frame, n, 0) for n in names) if made else iter(())
        return next((one for one in found if one), ())

    def _named(self, outcomes: Outcomes, at: f.Span) -> f.Expr:
        """An image by its name: a registry's, or that of the ECR repository that it lies in."""
        first = self._first(outcomes, ("path", "name", "repository"))
        name = self._text(first) or next((t for o in first if (t := self._repository(o)) is not None), None)
        written = f.Lit(name, at) if name is not None else f.Opaque("an image that is not named", at)
        return self._resolver.keep(written)

    def _repository(self, outcome: Outcome) -> str | None:
        """The name of an ECR repository that is looked up or made; without one of its own, its construct's id."""
        made = outcome.value
        if not isinstance(made, Made) or "aws_ecr." not in plain_name(made.name):
            return None
        looked_up = self._text(self._argument(made.call, made.frame, "repository_name", 2))
        own = self._text(property_of(self._resolver, (outcome,), "repositoryName"))
        return looked_up or own or self._text(self._argument(made.call, made.frame, "id", 1))

    def _relative(self, made: _Made, outcomes: Outcomes) -> str | None:
        """A path as seen from the file that declares the construct; a plain text starts from the application's folder."""
        for outcome in outcomes:
            value = outcome.value
            written = text_of(value)
            if written is not None:
                whole = written if isinstance(value, RepoPath) else posixpath.join(self._folder, written)
                return posixpath.relpath(whole or ".", posixpath.dirname(made.frame.path) or ".")
        return None

    def _asset(self, made: _Made, outcomes: Outcomes) -> tuple[f.Expr | None, f.Expr | None]:
        """An image that is built from a folder: its build, and the command that it is given."""
        folder = self._relative(made, self._first(outcomes))
        asset = [o.value for o in outcomes if isinstance(o.value, Made) and "asset" in o.value.name.lower()]
        if folder is None or not asset:
            return None, None
        at = made.call.at
        call, frame = asset[0].call, asset[0].frame
        script = is_script(frame.path)
        options = self._argument(call, frame, "", 1) if script else ()

        def option(name: str) -> Outcomes:
            if script:
                return tuple(o for base in options for o in entry(self._resolver, base, name))
            return self._resolver.calls.argument(call, frame, snake(name)) or ()

        pairs = [
            ("context", folder),
            ("dockerfile", self._text(option("file"))),
            ("target", self._text(option("target"))),
        ]
        build = f.Rec(tuple(f.Item(f.Lit(k, at), f.Lit(v, at), at) for k, v in pairs if v), at)
        words = [text_of(i.value) or "?" for o in option("cmd") for i in elements(self._resolver, o) or ()]
        command = f.Seq(tuple(f.Lit(w, at) for w in words), at) if words else None
        return self._resolver.keep(build), self._resolver.keep(command) if command is not None else None
