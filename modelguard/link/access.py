"""What lies inside a value: an entry, an attribute, an element. Containers are opened only as far as asked."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.secrets import is_secret_name, is_to_fill
from modelguard.link.frames import COMPOSED, Frame
from modelguard.link.values import (
    SCALARS,
    Bound,
    Class,
    Const,
    Credential,
    Elements,
    External,
    FileText,
    Function,
    Instance,
    Listing,
    Made,
    Mapping,
    Merged,
    Module,
    Outcome,
    Outcomes,
    Pieces,
    RepoPath,
    Step,
    Unknown,
    Value,
    named,
    text_of,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_MAPPING_METHODS = frozenset(
    {"get", "items", "values", "keys", "copy", "pop", "setdefault", "update", "export", "to_dict", "toDict", "as_dict"}
)
_DEPTH = 60
_CONFIGURATION = re.compile(r"(?:Config|Configuration|Settings|Options|Params|Parameters)\Z")
"""What classes are called whose objects are there to be configured by, however they are filled."""

STAGED = "staged"
"""The role of a step that is only taken in one stage: a Terraform workspace, one turn of a loop that deploys."""


def repo_path(base: str, name: str) -> Value:
    """`base/name` inside the tree, or unknown where it leads out of it."""
    joined = posixpath.normpath(posixpath.join(base, name))
    if joined.startswith(("..", "/")):
        return Unknown("a path outside the tree")
    return RepoPath("" if joined == "." else joined)


def get(resolver: Resolver, base: Outcome, expr: f.Get, frame: Frame) -> Outcomes:
    """`base.key` or `base[key]`, for every key it may be."""
    from modelguard.link import environment, js_state, node, state

    keys = resolver.evaluate(expr.key, frame)
    value = base.value
    if isinstance(value, External) and _is_environment(value, expr, keys):
        if frame.script and [k.value for k in keys] == [Const("AI")]:
            return node.WORKERS_AI
        return environment.lookup(resolver, expr.key, frame, expr.at, None)
    if isinstance(value, External) and value.name == environment.STREAMLIT and not _is_method(expr, keys):
        return environment.streamlit_secret(resolver, expr.key, frame, expr.at)
    outcomes: list[Outcome] = []
    for key in keys:
        name = key.value.value if isinstance(key.value, Const) else text_of(key.value)
        if name is None:
            outcomes.extend(_filled(resolver, expr, None, frame) or _any_entry(resolver, base))
        else:
            found = _one(resolver, base, name, expr, frame)
            if isinstance(value, Mapping) and value.frame.format == "code" and not entry(resolver, base, str(name)):
                found = _filled(resolver, expr, str(name), frame) or found
            holders = js_state if frame.script else state
            outcomes.extend(holders.kept(resolver, expr, str(name), found, frame) or found)
    if any(is_staged(o) for o in (base, *keys)):
        return staged(tuple(outcomes))
    return tuple(outcomes)


def _filled(resolver: Resolver, expr: f.Get, key: str | None, frame: Frame) -> Outcomes:
    """What decorators and functions put into a mapping of code: of a call (`REGISTRY.get(name)`) the mapping stands inside."""
    from modelguard.link import registries

    if frame.script or expr.attr:
        return ()
    base = expr.base.base if isinstance(expr.base, f.Get) and f.last_name(expr.base) == "get" else expr.base
    name = f.last_name(base)
    if not name:
        return ()
    with resolver.by_name() as allowed:
        return registries.registered(resolver, name, key, frame.context) if allowed else ()


def _is_method(expr: f.Get, keys: Outcomes) -> bool:
    return expr.attr and all(isinstance(k.value, Const) and k.value.value in _MAPPING_METHODS for k in keys)


def is_staged(outcome: Outcome) -> bool:
    """Whether this is what it is in one stage only."""
    return any(s.role == STAGED for s in outcome.trail)


def staged(outcomes: Outcomes) -> Outcomes:
    """What one stage selects is marked as such: it is a definition of that stage alone."""
    return tuple(Outcome(o.value, (replace(o.trail[0], role=STAGED), *o.trail[1:])) if o.trail else o for o in outcomes)


def _is_environment(value: External, expr: f.Get, keys: Outcomes) -> bool:
    """Whether this takes a variable out of the environment, rather than a method of it."""
    from modelguard.link.node import ENVIRONMENTS

    if value.name in ENVIRONMENTS:
        return True
    return value.name == "os.environ" and not (expr.attr and value.made is None and _is_name(keys))


def _is_name(keys: Outcomes) -> bool:
    return all(isinstance(k.value, Const) for k in keys)


def _any_entry(resolver: Resolver, base: Outcome) -> Outcomes:
    """A key that varies: every entry is possible."""
    found = elements(resolver, base, keys=False)
    if not found:
        return unknown("a key that is not known", base.trail)
    return weaken(found, "possible", "the key varies")


def _one(resolver: Resolver, base: Outcome, key: object, expr: f.Get, frame: Frame) -> Outcomes:
    from modelguard.link import ini, js_options, loaders, names, node, objects, options

    value = base.value
    if isinstance(value, (Mapping, Merged)):
        if frame.script:
            return entry(resolver, base, str(key)) or (Outcome(Const(None), base.trail),)
        if expr.attr and frame.format == "code" and key in _MAPPING_METHODS:
            return (Outcome(Bound(base, str(key)), base.trail),)
        return entry(resolver, base, str(key)) or unknown(f"no entry `{key}`", base.trail)
    if isinstance(value, (Listing, Elements)):
        return _item(resolver, base, key, frame)
    if isinstance(value, Instance):
        passed = tuple(step for step in base.trail if step.kind == "pass")
        found = objects.attribute(resolver, value, str(key), frame)
        return tuple(Outcome(o.value, passed + o.trail) for o in found)
    if isinstance(value, Class):
        return objects.class_attribute(resolver, value, str(key))
    if isinstance(value, Module):
        there = (node.exported if frame.script else names.member)(resolver, value.path, str(key), frame)
        if there is not None:
            return names.constant_read(there, f.Var(str(key), expr.at), frame, frame)
        inner = value.path.removesuffix("__init__.py").rstrip("/") + f"/{key}.py"
        return (Outcome(Module(inner)),) if inner in resolver.program.store else unknown(f"no `{key}` in {value.path}")
    if isinstance(value, (External, Made)) and frame.script and js_options.is_property(f"{value.name}.{key}"):
        return js_options.declared(resolver, expr, frame) or unknown("the options of a command line", base.trail)
    if isinstance(value, External):
        return _external(resolver, value, str(key), frame)
    if isinstance(value, Made) and value.name == "collections.namedtuple()()":
        return _of_tuple(resolver, value, str(key)) or unknown(f"no `{key}` in a named tuple", base.trail)
    if isinstance(value, Made) and value.name in loaders.DYNACONF:
        set_there = loaders.setting(resolver, value, str(key), frame, expr.at)
        if set_there:
            return set_there
    if isinstance(value, Made) and value.name in ini.PARSERS and not expr.attr:
        return ini.section(resolver, value, str(key)) or unknown(f"no section `{key}` in what was read", base.trail)
    if isinstance(value, Made):
        stored = objects.stored_outside(resolver, value, str(key), frame) or options.parsed(
            resolver, value, str(key), frame
        )
        return stored or (Outcome(External(f"{value.name}.{key}", value), base.trail),)
    if isinstance(value, Credential):
        name = f"{value.name}/{key}" if value.store == "kubernetes" and not expr.attr else value.name
        return (Outcome(Credential(value.binding, value.store, name, value.digest), base.trail),)
    if isinstance(value, Unknown):
        return (_inside(base, value, str(key)),)
    plain = all(s.kind in ("literal", "pass") for s in base.trail)  # a setting that is None may be set where it runs
    if expr.attr and plain and not frame.script and isinstance(value, Const) and value.value is None:
        return unknown(f"`{key}` of something that is None where nothing is given")
    if expr.attr and isinstance(value, (RepoPath, Const)) and key in _PATH_PARTS:
        return (_part_of_path(base, str(key)),)
    return (Outcome(Bound(base, str(key)), base.trail),)


def _of_tuple(resolver: Resolver, made: Made, key: str) -> Outcomes:
    """A field of `namedtuple("Config", ["model", …])(…)`."""
    for cls in resolver.evaluate(made.call.func, made.frame):
        if isinstance(cls.value, Made):
            given = resolver.calls.argument(cls.value.call, cls.value.frame, "field_names", 1) or ()
            listed = [t for o in given for i in elements(resolver, o) or () if (t := text_of(i.value)) is not None]
            names = listed or [n for o in given for n in re.split(r"[\s,]+", text_of(o.value) or "") if n]
            if key in names:
                return resolver.calls.argument(made.call, made.frame, key, names.index(key)) or ()
    return ()


_PATH_PARTS = frozenset({"parent", "parents", "name", "stem", "suffix"})


def _part_of_path(base: Outcome, key: str) -> Outcome:
    """`path.parent`, `path.parents[n]`, `path.name` … of pathlib."""
    text = text_of(base.value) or ""
    made = RepoPath if isinstance(base.value, RepoPath) else Const
    if key == "parent":
        return Outcome(made(posixpath.dirname(text)), base.trail)
    if key == "parents":
        folders = []
        while text:
            text = posixpath.dirname(text)
            folders.append(Outcome(made(text), base.trail))
        return Outcome(Elements(tuple(folders) or (Outcome(made("")),)))
    name = posixpath.basename(text)
    stem, dot = posixpath.splitext(name)
    return Outcome(Const({"name": name, "stem": stem, "suffix": dot}[key]), base.trail)


def _external(resolver: Resolver, value: External, key: str, frame: Frame) -> Outcomes:
    if frame.script and key == "default" and value.made is None and value.name.startswith("npm:"):
        return (Outcome(value),)  # what `await import("openai")` gives
    full = f"{value.name}.{key}"
    if value.made is None and not frame.script and (path := resolver.program.module(frame.path, full)) is not None:
        return (Outcome(Module(path)),)
    return (Outcome(External(full, value.made)),)


def _item(resolver: Resolver, base: Outcome, key: object, frame: Frame) -> Outcomes:
    if isinstance(key, int):
        standing = _at_place(resolver, base.value, key)
        if standing is not None:
            return standing
    if isinstance(base.value, Listing) and isinstance(base.value.seq, f.Comp) and base.value.seq.key is not None:
        return _comprehended(resolver, base.value, str(key)) or unknown(f"no entry `{key}`", base.trail)
    found = elements(resolver, base, keys=False)
    if found is None:
        return unknown("an element of a list that is not known", base.trail)
    if isinstance(key, int) and -len(found) <= key < len(found):
        return (found[key],)
    if isinstance(key, str) and isinstance(base.value, Elements) and key in base.value.keys:
        return (base.value.items[base.value.keys.index(key)],)
    if isinstance(key, str):
        return (Outcome(Bound(base, key), base.trail),)
    return unknown(f"no element {key}", base.trail)


def _at_place(resolver: Resolver, value: Value, index: int) -> Outcomes | None:
    """All that may be at one place of a list, where that is known without its other elements."""
    if isinstance(value, Elements) and -len(value.places) <= index < len(value.places):
        return value.places[index]
    items = value.seq.items if isinstance(value, Listing) and isinstance(value.seq, f.Seq) else ()
    before = items[: index + 1] if index >= 0 else items[index:]
    if not -len(items) <= index < len(items) or any(isinstance(item, f.Spread) for item in before):
        return None
    assert isinstance(value, Listing)
    return _written_at(resolver, value, items[index], index % len(items))


def places(resolver: Resolver, base: Outcome) -> tuple[Outcomes, ...] | None:
    """All that may be at each place of a list in order, or None where its elements are not known."""
    value = base.value
    if isinstance(value, Elements) and value.places:
        return value.places
    if not isinstance(value, Listing) or not isinstance(value.seq, f.Seq):
        found = elements(resolver, base)
        return tuple((item,) for item in found) if found is not None else None
    with resolver.within(value.seq, value.frame) as first:
        return _listed_places(resolver, value, value.seq) if first else ()


def _listed_places(resolver: Resolver, value: Listing, seq: f.Seq) -> tuple[Outcomes, ...] | None:
    found: list[Outcomes] = []
    for index, item in enumerate(seq.items):
        if isinstance(item, f.Spread):
            lists = [places(resolver, base) for base in resolver.evaluate(item, value.frame)]
            if None in lists:
                return None
            found.extend(laid_over([at for at in lists if at is not None]))
        else:
            found.append(_written_at(resolver, value, item, index))
    return tuple(found)


def laid_over(lists: Sequence[tuple[Outcomes, ...]]) -> Iterator[Outcomes]:
    """All that may be at each place of something that may be one of several lists."""
    for at in itertools.zip_longest(*lists, fillvalue=()):
        found = tuple(o for one in at for o in one)
        yield weaken(found, "possible", "of one of several lists") if len(lists) > 1 else found


# -- mappings ------------------------------------------------------------------------------------------------------


def entry(resolver: Resolver, base: Outcome, key: str, depth: int = 0) -> Outcomes:
    """A mapping's entry by key, the last that is written winning; nothing where there is none."""
    value = base.value
    if depth > _DEPTH:
        return unknown("mappings spread into each other too deeply")
    if isinstance(value, Merged):
        for part in reversed(value.parts):
            found = entry(resolver, Outcome(part, base.trail), key, depth + 1)
            if found:
                return found
        return ()
    if isinstance(value, Elements):
        return (value.items[value.keys.index(key)],) if key in value.keys else ()
    if isinstance(value, Listing) and isinstance(value.seq, f.Comp) and value.seq.key is not None:
        return _comprehended(resolver, value, key)
    if isinstance(value, Unknown):
        return (_inside(base, value, key),)
    if not isinstance(value, Mapping):
        return (base,) if isinstance(value, Credential) else ()
    return _as_certain(_of_mapping(resolver, value, key, depth), base)


def _of_mapping(resolver: Resolver, value: Mapping, key: str, depth: int) -> Outcomes:
    """The entry of a mapping as it is written; worked out once, as mappings of code are spread into many others."""
    if value.frame.format != "code":
        return _written(resolver, value, key, depth)
    known = (id(value.rec), id(value.frame), value.prefix, key)
    if known not in resolver.entries:
        resolver.keep(value)
        resolver.entries[known] = ()  # what a cycle leads back to adds nothing
        resolver.entries[known] = tuple(dict.fromkeys(_written(resolver, value, key, depth)))
    return resolver.entries[known]


def _written(resolver: Resolver, value: Mapping, key: str, depth: int) -> Outcomes:
    for item in reversed(value.rec.items):
        found = _matching(resolver, value, item, key, depth)
        if found:
            return found
    return _computed(resolver, value, key) or _unseen(resolver, value, key)


def _inside(base: Outcome, value: Unknown, key: str) -> Outcome:
    """An entry of something unknown; of a file that another repository may have, which entry it is."""
    missing = MISSING_FILE.fullmatch(value.why)
    if missing is None:
        return base
    inner = f"{missing['key']}.{key}" if missing["key"] else key
    return Outcome(replace(value, why=f"`{inner}` of the file `{missing['file']}`, {ABSENT}"), base.trail)


ABSENT = "which is not in the repository"
MISSING_FILE = re.compile(
    rf"(?:`(?P<key>[^`]+)` of )?the file `(?P<file>[^`]+)`(?: is not in the repository|, {ABSENT})"
)
"""How it is said that a file, or an entry of it, is not there; graphs of several repositories are joined by it."""


def _as_certain(found: Outcomes, base: Outcome) -> Outcomes:
    """What is inside something is no more certain than that it is this very thing."""
    doubt = next((s for s in base.trail if s.certainty != "certain"), None)
    if doubt is None:
        return found
    inside = tuple(o if o.trail else Outcome(o.value, (doubt,)) for o in found)
    return weaken(inside, doubt.certainty, doubt.why, doubt.dormant)


def _unseen(resolver: Resolver, value: Mapping, key: str) -> Outcomes:
    """An entry that nothing here has, where a secret that is not in the repository is put in whole: it may be there."""
    found: list[Outcome] = []
    for item in value.rec.items if value.frame.format != "code" else ():
        for spread in resolver.evaluate(item.value, value.frame) if item.key is None else ():
            secret = spread.value
            if isinstance(secret, Credential):
                inner = Credential(secret.binding, secret.store, f"{secret.name}/{key}")
                why = f"`{key}` may be in the Secret `{secret.name}`, which is not in the repository"
                found += weaken((Outcome(inner, spread.trail),), "possible", why)
    return tuple(found)


def _matching(resolver: Resolver, value: Mapping, item: f.Item, key: str, depth: int) -> Outcomes:
    if item.key is None:
        with resolver.within(item.value, value.frame, key) as first:
            return _spread(resolver, value, item, key, depth) if first else ()
    if key not in _key_texts(resolver, item.key, value.frame):
        return ()
    return _entry_value(resolver, value, item, key)


def _spread(resolver: Resolver, value: Mapping, item: f.Item, key: str, depth: int) -> Outcomes:
    """An entry of what is spread into a mapping."""
    found: list[Outcome] = []
    sources = 0
    for spread in resolver.evaluate(item.value, value.frame):
        if isinstance(spread.value, Credential):
            continue
        inside = entry(resolver, spread, key, depth + 1)
        found.extend(inside)
        sources += bool(inside)
    if sources > 1 and value.frame.format == "code":
        return weaken(tuple(dict.fromkeys(found)), "possible", "branches meet")
    if sources > 1:
        return weaken(tuple(found), "possible", f"one of {sources} definitions of what is taken over here")
    return tuple(found)


def _key_texts(resolver: Resolver, key: f.Expr, frame: Frame) -> list[str]:
    if isinstance(key, f.Lit):
        return [str(key.value)]
    return resolver.texts(key, frame)


def _entry_value(resolver: Resolver, value: Mapping, item: f.Item, key: str) -> Outcomes:
    from modelguard.link.names import defines

    outcomes = resolver.evaluate(item.value, value.frame)
    name = f"{value.prefix}.{key}" if value.prefix else key
    inside = tuple(_prefixed(o, name) if isinstance(o.value, (Mapping, Listing)) else o for o in outcomes)
    if value.frame.format == "code":
        return named(inside, key)
    if value.frame.format == COMPOSED:
        return inside
    if _SHOWN.search(value.frame.path) and is_secret_name(key) and all(_waits(o.value) for o in inside):
        why = f"`{name}` is set where it runs; {value.frame.path} only shows its name"
        inside = (Outcome(Unknown(why, "deploy-time", name=name)),)
    return defines(inside, value.frame.path, item.at, name, value.frame)


_SHOWN = re.compile(r"(?i)(?:^|[/._-])(?:example|sample|template|dist)(?:[._-]|$)")
"""Paths of files that only show how others, which are kept out of the repository, are to look."""


def _waits(value: Value) -> bool:
    """Whether a credential is to be filled in."""
    text = text_of(value)
    return isinstance(value, Const) and (not value.value or (text is not None and is_to_fill(text)))


def _prefixed(outcome: Outcome, name: str) -> Outcome:
    value = outcome.value
    if isinstance(value, Mapping) and not value.prefix:
        return Outcome(Mapping(value.rec, value.frame, name), outcome.trail)
    if isinstance(value, Listing) and not value.prefix:
        return Outcome(Listing(value.seq, value.frame, name), outcome.trail)
    return outcome


def _comprehended(resolver: Resolver, value: Listing, key: str) -> Outcomes:
    """One entry of `{for k, v in source : k => f(v)}`: any element, since which one is not worked out."""
    assert isinstance(value.seq, f.Comp)
    found = elements(resolver, Outcome(value), keys=False)
    return weaken(found, "possible", "any element of a collection") if found else ()


_SAME = {
    ("aws_bedrock_inference_profile", "arn"): ("model_source", "copy_from"),
    ("aws_bedrock_inference_profile", "id"): ("model_source", "copy_from"),
    ("awscc_bedrock_application_inference_profile", "inference_profile_arn"): ("model_source", "copy_from"),
    ("awscc_bedrock_application_inference_profile", "id"): ("model_source", "copy_from"),
    ("aws_bedrock_foundation_model", "model_arn"): ("model_id",),
    ("aws_bedrock_foundation_model", "id"): ("model_id",),
    ("aws_bedrock_inference_profile", "inference_profile_arn"): ("inference_profile_id",),
}
"""Attributes that name the same model as what a block was given."""


def _computed(resolver: Resolver, value: Mapping, key: str) -> Outcomes:
    """Attributes that a cloud fills in: secrets that Terraform reads when it plans are baked in from then on."""
    kind = value.prefix.removeprefix("data.").split(".", 1)[0] if value.prefix.startswith("data.") else ""
    step = Step("define", value.frame.path, *value.rec.at, name=value.prefix)
    if kind == "aws_secretsmanager_secret_version" and key in ("secret_string", "secret_binary"):
        name = _source_name(resolver, value, "secret_id")
        return (Outcome(Credential("deploy-time", "secretsmanager", name), (step,)),)
    if kind == "aws_ssm_parameter" and key in ("value", "insecure_value"):
        name = _source_name(resolver, value, "name")
        why = f"SSM parameter `{name}`, read when Terraform plans"
        return (Outcome(Unknown(why, "deploy-time", "ssm", name), (step,)),)
    same = _SAME.get((kind or value.prefix.partition(".")[0], key))
    if same is not None and value.frame.format == "terraform":
        inner: Outcomes = (Outcome(value),)
        for name in same:
            inner = tuple(o for base in inner for o in entry(resolver, base, name))
        return inner
    if value.frame.format == "terraform" and _is_block(value.prefix):
        return unknown(f"`{value.prefix}.{key}` is known once Terraform has run", (step,))
    return ()


def _is_block(prefix: str) -> bool:
    """Whether an address is that of a resource, data source or module, which have attributes once Terraform has run."""
    head, _, rest = prefix.partition(".")
    return bool(rest) and head not in ("var", "local", "output") and "." not in rest.removeprefix("data.")


def _source_name(resolver: Resolver, value: Mapping, key: str) -> str:
    found = [text_of(o.value) for o in entry(resolver, Outcome(value), key)]
    return found[0] if len(found) == 1 and found[0] is not None else value.prefix


# -- collections ---------------------------------------------------------------------------------------------------


def elements(resolver: Resolver, base: Outcome, keys: bool = False) -> Outcomes | None:
    """The elements of a collection in order (a mapping's values, or its keys), or None where they are not known."""
    value = base.value
    if isinstance(value, Elements):
        return tuple(Outcome(Const(k)) for k in value.keys) if keys and value.keys else value.items
    if isinstance(value, (Mapping, Merged)):
        if keys:
            return element_keys(resolver, base)
        names = [text_of(k.value) for k in element_keys(resolver, base) or ()]
        return tuple(o for n in names if n is not None for o in entry(resolver, base, n))
    if isinstance(value, Listing):
        if isinstance(value.seq, f.Comp):
            return _generated(resolver, value, value.seq, keys)
        with resolver.within(value.seq, value.frame) as first:
            return _listed(resolver, value, value.seq) if first else ()
    return None


def _listed(resolver: Resolver, value: Listing, seq: f.Seq) -> Outcomes | None:
    found = _listed_places(resolver, value, seq)
    return tuple(o for at in found for o in at) if found is not None else None


def _written_at(resolver: Resolver, value: Listing, item: f.Expr, index: int) -> Outcomes:
    """All that the element at one place of a list may be, with its name where it belongs to a document."""
    inner = resolver.evaluate(item, value.frame)
    return tuple(_prefixed(o, f"{value.prefix}[{index}]") for o in inner) if value.prefix else inner


def _generated(resolver: Resolver, value: Listing, comp: f.Comp, keys: bool) -> Outcomes | None:
    """Elements of a comprehension. Where it names its variables (HCL), one for each element of the source."""
    wanted = comp.key if keys and comp.key is not None else comp.element
    if not comp.var:
        return resolver.evaluate(wanted, value.frame)
    found: list[Outcome] = []
    for source in resolver.evaluate(comp.source, value.frame):
        items = elements(resolver, source)
        names = element_keys(resolver, source) or ()
        if items is None:
            return None
        for index, item in enumerate(items[:1000]):
            frame = Frame(value.frame.path, value.frame.scope, value.frame.context, args={}, format=value.frame.format)
            frame.folder = value.frame.folder
            frame.names = {**value.frame.names, comp.var: (item,)}
            if comp.index:
                frame.names[comp.index] = (names[index],) if index < len(names) else (Outcome(Const(index)),)
            if comp.test is not None and _refused(resolver, comp.test, frame):
                continue
            found.extend(resolver.evaluate(wanted, frame))
    return tuple(found)


def _refused(resolver: Resolver, test: f.Expr, frame: Frame) -> bool:
    return all(isinstance(o.value, Const) and not o.value.value for o in resolver.evaluate(test, frame))


def element_keys(resolver: Resolver, base: Outcome) -> Outcomes | None:
    """A mapping's keys as text outcomes, or a set's elements; None where they are not known."""
    value = base.value
    if isinstance(value, Merged):
        merged: dict[str, Outcome] = {}
        for part in value.parts:
            inner = element_keys(resolver, Outcome(part))
            if inner is None:
                return None
            merged.update((t, o) for o in inner if (t := text_of(o.value)) is not None)
        return tuple(merged.values())
    if isinstance(value, Mapping):
        known = id(value.rec), id(value.frame)
        if known not in resolver.keys:  # once, as each of a chain of mappings may be spread twice into the next
            resolver.keep(value)
            resolver.keys[known] = ()
            resolver.keys[known] = _written_keys(resolver, value)
        return resolver.keys[known]
    return elements(resolver, base, keys=True)


def _written_keys(resolver: Resolver, value: Mapping) -> Outcomes:
    found: dict[str, Outcome] = {}
    for item in value.rec.items:
        if item.key is None:
            for spread in resolver.evaluate(item.value, value.frame):
                inner = element_keys(resolver, spread)
                found.update((t, o) for o in inner or () if (t := text_of(o.value)) is not None)
        else:
            found.update((t, _key(t, item.key, value.frame)) for t in _key_texts(resolver, item.key, value.frame))
    return tuple(found.values())


def _key(text: str, written: f.Expr, frame: Frame) -> Outcome:
    """A key of a mapping; one that code writes out is a literal there, should a loop give it to a call."""
    in_code = isinstance(written, f.Lit) and frame.format == "code"
    return Outcome(Const(text), (Step("literal", frame.path, *written.at, value=text),) if in_code else ())


def is_configuration(resolver: Resolver, value: Value, frame: Frame) -> bool:
    """Whether taking something out of this value is reading configuration: a document, or a settings object."""
    from modelguard.link import by_name, objects, options

    if isinstance(value, (Mapping, Listing)):
        return value.frame.format != "code"
    if isinstance(value, Merged):
        return any(is_configuration(resolver, part, frame) for part in value.parts)
    if isinstance(value, Instance):
        named = _CONFIGURATION.search(value.cls.scope.name.split("~", 1)[0]) is not None
        return named or objects.is_record(resolver, value.cls) or by_name.sets_by_name(resolver, value.cls)
    if isinstance(value, Class):
        return value.path != frame.path and _CONFIGURATION.search(value.scope.name) is not None
    return isinstance(value, Made) and options.is_parsed(value)


__all__ = [
    "SCALARS",
    "FileText",
    "Function",
    "Pieces",
    "element_keys",
    "elements",
    "entry",
    "get",
    "is_configuration",
    "repo_path",
]
