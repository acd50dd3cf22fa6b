"""CloudFormation and SAM templates: parameters, mappings and conditions as definitions; functions and tasks as units.

Intrinsic functions become the same expressions as everything else (a Ref is a name, a Sub is a join), so the resolver
needs to know nothing of CloudFormation. Functions and their short tags:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract import managed, step_functions
from modelguard.extract.build import pieces
from modelguard.extract.facts import (
    Bind,
    Cond,
    Export,
    Expr,
    External,
    Get,
    Item,
    Join,
    Lit,
    Op,
    Opaque,
    Rec,
    Scope,
    Seq,
    Span,
    Unit,
    Var,
)
from modelguard.extract.yaml_doc import get, items, text

KIND = "cloudformation"
OUTPUTS = "outputs"
"""The name in a template's scope of what it puts out."""
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^:}]+)[^}]*\}\}")
_FUNCTIONS = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
_STACKS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_LAYERS = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}
_MACHINES = frozenset({"AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"})
_MAX_DEPTH = 80


def recognises(document: Expr) -> bool:
    """Whether a YAML or JSON document is a template: it has resources with a type like `AWS::S3::Bucket`."""
    resources = get(document, "Resources")
    return isinstance(resources, Rec) and any("::" in (text(get(i.value, "Type")) or "") for i in resources.items)


def scope(document: Expr) -> Scope:
    """What other parts of the template refer to by name: `ref.X`, `map.X` and `cond.X`."""
    binds = [*_parameters(document), *_resources(document)]
    put_out = [
        Item(Lit(f"Outputs.{item.key.value}", item.at), expression(value), value.at)
        for item in _entries(document, "Outputs")
        if isinstance(item.key, Lit) and (value := get(item.value, "Value")) is not None
    ]
    binds += [Bind(OUTPUTS, Rec(tuple(put_out), document.at), document.at)] if put_out else []
    for prefix, section in (("map", "Mappings"), ("cond", "Conditions")):
        for item in _entries(document, section):
            if isinstance(item.key, Lit):
                binds.append(Bind(f"{prefix}.{item.key.value}", expression(item.value), item.key.at))
    return Scope("", KIND, (1, 1), binds=tuple(binds))


def _entries(document: Expr, section: str) -> tuple[Item, ...]:
    table = get(document, section)
    return table.items if isinstance(table, Rec) else ()


def _parameters(document: Expr) -> Iterator[Bind]:
    for item in _entries(document, "Parameters"):
        if not isinstance(item.key, Lit):
            continue
        name, at = str(item.key.value), item.key.at
        default = get(item.value, "Default")
        kind = text(get(item.value, "Type")) or ""
        if "SSM::Parameter" in kind and text(default):
            value: Expr = External("secret.ssm", Lit(text(default), at), at)
        elif default is not None and text(default) != "":
            value = Op("split", (Lit(",", at), default), default.at) if "List" in kind else default
        elif str(getattr(get(item.value, "NoEcho"), "value", "")).lower() == "true":
            value = External("secret.parameter", Lit(name, at), at)
        else:
            value = Opaque(f"the parameter `{name}` has no default; it is given when the stack is deployed", at)
        yield Bind(f"ref.{name}", value, at)


def _resources(document: Expr) -> Iterator[Bind]:
    """Resources as values: a secret or stored parameter by its name, anything else once it is deployed."""
    for item in _entries(document, "Resources"):
        if not isinstance(item.key, Lit):
            continue
        name = str(item.key.value)
        if text(get(item.value, "Type")) in ("AWS::SecretsManager::Secret", "AWS::SSM::Parameter"):
            value = expression(get(item.value, "Properties", "Name") or Lit(name, item.key.at))
        elif (location := _location(item.value)) is not None:
            value = External("cfn.Stack", location, item.key.at)
        elif (copied := _copied(item.value)) is not None:
            value = expression(copied)
        else:
            value = Opaque(f"`{name}` is known once the stack is deployed", item.key.at)
        yield Bind(f"ref.{name}", value, item.key.at)


def _copied(resource: Expr) -> Expr | None:
    """The model for which an application inference profile is made, which is called in its place."""
    profile = text(get(resource, "Type")) == "AWS::Bedrock::ApplicationInferenceProfile"
    return get(resource, "Properties", "ModelSource", "CopyFrom") if profile else None


def _attribute(base: Expr, name: str, at: Span) -> Expr:
    """An attribute of a resource; that of an inference profile stands for the profile, as a Ref to it does."""
    return base if name.startswith("InferenceProfile") else Get(base, Lit(name, at), at, True)


def _location(resource: Expr) -> Lit | None:
    """Where a nested stack's template is: CDK's asset, a path, or the end of an address that is put together."""
    place = _STACKS.get(text(get(resource, "Type")) or "")
    written = get(resource, "Metadata", "aws:asset:path") or get(resource, "Properties", place or "")
    if place is None or written is None:
        return None
    parts = [written, *(e for item in getattr(written, "items", ()) for e in _leaves(getattr(item, "value", item)))]
    texts = [t for p in parts if (t := text(p)) is not None and t.endswith((".yaml", ".yml", ".json", ".template"))]
    return Lit(texts[-1], written.at) if texts else None


def _leaves(value: Expr) -> Iterator[Expr]:
    if isinstance(value, Seq):
        for inner in value.items:
            yield from _leaves(inner)
    else:
        yield value


def exports(document: Expr) -> Iterator[Export]:
    """Outputs that other stacks import by name; stacks with what they are handed; the folders of layers."""
    for item in _entries(document, "Resources"):
        kind = text(get(item.value, "Type")) or ""
        if (location := _location(item.value)) is not None:
            handed = get(item.value, "Properties", "Parameters") or Rec((), item.at)
            yield Export("cfn.Stack", str(location.value), expression(handed), item.at)
        elif kind in _LAYERS:
            folder = text(get(item.value, "Metadata", "aws:asset:path")) or text(
                get(item.value, "Properties", _LAYERS[kind])
            )
            if folder is not None:
                yield Export("layer", folder, Lit(folder, item.at), item.at)
    for item in _entries(document, "Outputs"):
        name, value = text(get(item.value, "Export", "Name")), get(item.value, "Value")
        if name is not None and value is not None:
            yield Export("cfn.Export", name, expression(value), item.at)
        if value is not None and isinstance(item.key, Lit):
            yield Export("cfn.Output", str(item.key.value), expression(value), item.at)


# -- what runs ---------------------------------------------------------------------------------------------------------


def units(document: Expr) -> Iterator[Unit]:
    """Lambda functions and the containers of ECS tasks."""
    for item in _entries(document, "Resources"):
        kind, properties = text(get(item.value, "Type")), get(item.value, "Properties")
        if not isinstance(item.key, Lit) or properties is None:
            continue
        name = str(item.key.value)
        if kind in _FUNCTIONS:
            yield _function(name, item, properties, get(document, "Globals", "Function"), kind)
        elif kind in _MACHINES:
            yield _machine(name, item.key.at, properties)
        elif found := _models(kind, properties):
            yield managed.unit(name, item.key.at, [(m, expression(value), value.at) for m, value in found])
        elif kind == "AWS::ECS::TaskDefinition":
            containers = items(get(properties, "ContainerDefinitions"))
            for container in containers:
                inner = text(get(container, "Name")) or "container"
                yield _container(name if len(containers) == 1 else f"{name}.{inner}", inner, item.key.at, container)


STAGED = re.compile(r"(?:^|[/.])[0-9a-f]{32,64}(?:\.zip)?\Z")
"""Code that was uploaded under its hash, by `cdk synth` or `aws cloudformation package`: the template is their output."""


def _function(name: str, item: Item, properties: Expr, shared: Expr | None, kind: str) -> Unit:
    def own(*path: str) -> Expr | None:
        found = get(properties, *path)
        if found is None and kind == "AWS::Serverless::Function":
            found = get(shared, *path)
        return found

    assert item.key is not None
    at = item.key.at
    layers = [get(shared, "Environment", "Variables")] if kind == "AWS::Serverless::Function" else []
    layers.append(get(properties, "Environment", "Variables"))
    env = Rec(tuple(Item(None, expression(e), e.at) for e in layers if e is not None), at)
    asset = get(item.value, "Metadata", "aws:asset:path")
    code = asset or own("CodeUri") or own("Code")
    if code is not None and (key := get(code, "S3Key")) is not None and STAGED.search(text(key) or ""):
        code = key
    handler, image = own("Handler"), own("ImageUri") or own("Code", "ImageUri")
    packaged = image is not None or text(own("PackageType")) == "Image"
    build = _build(item.value, code) if packaged else None
    given = own("ImageConfig", "Command")
    if packaged and image is None and build is None:
        image = Opaque("an image that is not named", at)
    function_name = own("FunctionName")
    return Unit(
        name=name,
        platform="lambda",
        at=at,
        env=env,
        handler=expression(handler) if handler is not None and not packaged else None,
        source=expression(code) if code is not None and text(code) is not None else None,
        aliases=(expression(function_name),) if function_name is not None else (),
        image=expression(image) if image is not None else None,
        build=build,
        command=expression(given) if packaged and given is not None else None if packaged or handler else Seq((), at),
    )


def _machine(name: str, at: Span, properties: Expr) -> Unit:
    """A state machine: its definition in the template, or the file that it is in, with what is put into it."""
    uri = get(properties, "DefinitionUri")
    definition: Expr = uri if uri is not None and text(uri) is not None else Lit(f"states:{name}", at)
    substitutions = get(properties, "DefinitionSubstitutions")
    return step_functions.unit(name, at, definition, expression(substitutions) if substitutions is not None else None)


def _models(kind: str | None, properties: Expr | None) -> list[tuple[managed.Model, Expr]]:
    """The models that a resource asks by itself."""
    wanted = managed.KINDS.get(kind or "", ())
    return [(m, value) for m in wanted if (value := get(properties, *m.path)) is not None]


def machines(document: Expr) -> Iterator[Scope]:
    """The state machines whose definition stands in the template, and other resources that ask a model by themselves."""
    for item in _entries(document, "Resources"):
        asked = _models(text(get(item.value, "Type")), get(item.value, "Properties"))
        if asked and isinstance(item.key, Lit):
            yield managed.scope(str(item.key.value), [(m, value.at) for m, value in asked])
        inline = get(item.value, "Properties", "Definition")
        if isinstance(item.key, Lit) and text(get(item.value, "Type")) in _MACHINES and inline is not None:
            yield step_functions.scope(expression(inline), f"states:{item.key.value}")


def _build(resource: Expr, code: Expr | None) -> Expr | None:
    """SAM's build of a container image: `Metadata` with DockerContext and Dockerfile; CDK's by its asset path."""
    metadata = get(resource, "Metadata")
    context = get(metadata, "DockerContext") or get(metadata, "aws:asset:path")
    dockerfile = get(metadata, "Dockerfile") or get(metadata, "aws:asset:dockerfile-path")
    if context is None and dockerfile is None:
        return None
    at = (context or dockerfile or resource).at
    entries = [("context", context or Lit(".", at)), ("dockerfile", dockerfile or Lit("Dockerfile", at))]
    return Rec(tuple(Item(Lit(k, at), expression(v), at) for k, v in entries), at)


def _container(name: str, inner: str, at: Span, container: Expr) -> Unit:
    entries: list[Item] = []
    for entry in items(get(container, "Environment")):
        key, value = get(entry, "Name"), get(entry, "Value")
        if key is not None and value is not None:
            entries.append(Item(key, expression(value), value.at))
    for entry in items(get(container, "Secrets")):
        key, value = get(entry, "Name"), get(entry, "ValueFrom")
        if key is not None and value is not None:
            entries.append(Item(key, External("secret.aws", expression(value), value.at), value.at))
    command = [*items(get(container, "EntryPoint")), *items(get(container, "Command"))]
    image = get(container, "Image")
    return Unit(
        name=name,
        platform="ecs",
        at=at,
        env=Rec(tuple(entries), container.at),
        command=Seq(tuple(expression(c) for c in command), command[0].at) if command else None,
        image=expression(image) if image is not None else Opaque("an image that is not named", at),
        aliases=(Lit(inner, at),),
    )


# -- intrinsic functions -----------------------------------------------------------------------------------------------


def expression(value: Expr, depth: int = 0) -> Expr:
    """A template's value with its intrinsic functions as expressions."""
    if depth > _MAX_DEPTH:
        return Opaque("nested too deeply", value.at)
    if isinstance(value, Seq):
        return Seq(tuple(expression(v, depth + 1) for v in value.items), value.at)
    if isinstance(value, Lit) and isinstance(value.value, str) and "{{resolve:" in value.value:
        return _dynamic(value)
    if not isinstance(value, Rec):
        return value
    if len(value.items) == 1 and isinstance(key := value.items[0].key, Lit):
        name = str(key.value).removeprefix("Fn::").removeprefix("!")
        if str(key.value).startswith(("Fn::", "!")) or name in ("Ref", "Condition"):
            return _intrinsic(name, value.items[0].value, value.at, depth + 1)
    return Rec(tuple(Item(i.key, expression(i.value, depth + 1), i.at) for i in value.items), value.at)


def _dynamic(value: Lit) -> Expr:
    """`{{resolve:secretsmanager:name}}`: CloudFormation fetches it when it deploys, so it is baked in from then on."""
    match = _DYNAMIC.search(str(value.value))
    if match is None:
        return Opaque("a dynamic reference that is not understood", value.at)
    store = "secretsmanager" if match[1] == "secretsmanager" else "ssm"
    return External(f"secret.{store}", Lit(match[2], value.at), value.at)


def _intrinsic(name: str, value: Expr, at: Span, depth: int) -> Expr:
    parts = items(value)
    if name == "Ref" and (target := text(value)) is not None:
        return _reference(target, at)
    if name == "Condition" and (target := text(value)) is not None:
        return Var(f"cond.{target}", at)
    if name == "GetAtt":
        target = text(value) or ".".join(text(p) or "?" for p in parts)
        resource, _, attribute = target.partition(".")
        return _attribute(Var(f"ref.{resource}", at), attribute, at)
    if name == "Sub":
        return _substituted(value, at, depth)
    if name == "Join" and len(parts) == 2 and isinstance(parts[1], Seq):
        return _joined(parts[0], [expression(p, depth) for p in parts[1].items], at)
    if name == "FindInMap" and len(parts) >= 3 and (table := text(parts[0])) is not None:
        first = Get(Var(f"map.{table}", at), expression(parts[1], depth), at)
        return Get(first, expression(parts[2], depth), at)
    if name == "If" and len(parts) == 3 and (condition := text(parts[0])) is not None:
        return Cond(Var(f"cond.{condition}", at), expression(parts[1], depth), expression(parts[2], depth), at)
    if name == "Equals" and len(parts) == 2:
        return Op("==", tuple(expression(p, depth) for p in parts), at)
    if name in ("And", "Or") and parts:
        return Op("all of" if name == "And" else "any of", tuple(expression(p, depth) for p in parts), at)
    if name == "Split" and len(parts) == 2:
        return Op("split", tuple(expression(p, depth) for p in parts), at)
    if name == "Not" and len(parts) == 1:
        return Op("not", (expression(parts[0], depth),), at)
    if name == "Select" and len(parts) == 2:
        return Get(expression(parts[1], depth), _index(parts[0]), at)
    if name == "ImportValue":
        return External("cfn.Export", expression(value, depth), at)
    if name == "Base64":
        return expression(value, depth)
    return Opaque(f"the result of `{name}` is known once the stack is deployed", at)


def _index(value: Expr) -> Expr:
    written = text(value)
    return Lit(int(written), value.at) if written is not None and written.isdecimal() else value


def _reference(target: str, at: Span) -> Expr:
    if target == "AWS::NoValue":
        return Lit(None, at)
    if target.startswith("AWS::"):
        return Opaque(f"`{target}` is known once the stack is deployed", at)
    return Var(f"ref.{target}", at)


def _substituted(value: Expr, at: Span, depth: int) -> Expr:
    """`Fn::Sub`, with or without a mapping of names of its own."""
    given = items(value)
    template = value if text(value) is not None else (given[0] if given else value)
    written = text(template)
    if written is None:
        return Opaque("a Sub without a text", at)
    if "{{resolve:" in written and isinstance(template, Lit):
        return _dynamic(template)
    own = {}
    if len(given) == 2 and isinstance(given[1], Rec):
        own = {i.key.value: i.value for i in given[1].items if isinstance(i.key, Lit)}

    def part(match: re.Match[str]) -> Expr:
        name = match[2].strip()
        if match[1]:
            return Lit("${" + name + "}", at)
        if name in own:
            return expression(own[name], depth)
        resource, dot, attribute = name.partition(".")
        base = _reference(resource, at)
        return _attribute(base, attribute, at) if dot else base

    parts = pieces(written, _PLACEHOLDER, part, at)
    kept = [p for p in parts if text(p) != ""]
    if len(kept) == 1:
        return kept[0]
    return Join(tuple(kept), template.at) if kept else Lit("", template.at)


def _joined(separator: Expr, parts: list[Expr], at: Span) -> Expr:
    woven: list[Expr] = []
    for part in parts:
        woven += [separator, part] if woven and text(separator) != "" else [part]
    return Join(tuple(woven), at)
