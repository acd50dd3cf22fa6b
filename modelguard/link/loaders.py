"""Libraries by which programs read their settings, beside those of library.py: each answers as what it reads is.

Sources: django-environ 0.12, environs 14, starlette.config, python-decouple 3.8, dynaconf 3.2, python-dotenv 1.1, EnvYAML 1.10,
ruamel.yaml 0.18, and Python's importlib.resources and pkgutil.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment, files
from modelguard.link.access import element_keys, elements, entry, repo_path
from modelguard.link.frames import Frame
from modelguard.link.values import (
    Const,
    Elements,
    FileText,
    Listing,
    Made,
    Mapping,
    Outcome,
    Outcomes,
    RepoPath,
    Step,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

Loader = Callable[["Resolver", f.Call, Frame], Outcomes]
_READERS = ("environ.Env()", "environ.FileAwareEnv()", "environs.Env()", "environs.FileAwareEnv()", "environs.env")
_TYPES = "str int bool float json dict list url get_value json get".split()
LOOKUPS = frozenset(
    {*_READERS, "starlette.config.Config()", "decouple.Config()", "decouple.AutoConfig()"}
    | {f"{reader}.{kind}" for reader in _READERS for kind in _TYPES}
)
"""What is called with a variable's name, and a fallback, by full name."""
DYNACONF = frozenset({"dynaconf.Dynaconf()", "dynaconf.LazySettings()", "dynaconf.FlaskDynaconf()"})
_SETTINGS = ("settings.toml", "settings.yaml", "settings.yml", "settings.json", ".secrets.toml")
_LAYERS = ("default", "global", "development", "production")


def lookup(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`env("MODEL", default="…")` and the like: an environment variable, with the look-up's own fallback."""
    plain = [a.value for a in call.args if a.name == ""]
    named = {a.name: a.value for a in call.args}
    key = plain[0] if plain else named.get("var") or named.get("name") or named.get("key")
    fallback = named.get("default") or (plain[1] if len(plain) > 1 and _is_value(plain[1]) else None)
    if key is None:
        return unknown("an environment look-up without a name")
    return environment.lookup(resolver, key, frame, call.at, fallback)


def _is_value(expr: f.Expr) -> bool:
    """Whether a second argument is a fallback rather than a type that the value is cast to."""
    return not (isinstance(expr, f.Var) and expr.name in ("str", "int", "bool", "float", "list"))


def dotenv_values(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """The variables of a dotenv file, or of the example that stands for it."""
    found: list[Outcome] = []
    for given in files.first(resolver, call, frame, "dotenv_path") or (Outcome(Const(".env")),):
        name = text_of(given.value)
        if isinstance(given.value, RepoPath):  # a path from the root on
            name = posixpath.relpath(given.value.path, posixpath.dirname(frame.path) or ".")
        found += environment.file(resolver, name, frame, call.at)
    return tuple(found)


def of_file(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """The document in the file that a loader is given by its path."""
    given = files.first(resolver, call, frame, "yaml_file", "path", "path_specs", "filename")
    return tuple(
        o for path in given for o in files.document(resolver, files.text_file(resolver, path, frame))
    ) or unknown("a file of settings without a name")


def resource(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`importlib.resources.files("package")`: the folder of a package of the tree."""
    return tuple(Outcome(RepoPath(folder)) for folder in _packages(resolver, call, frame)) or unknown(
        "the files of a package that is not in the tree"
    )


def resource_text(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`importlib.resources.read_text("package", "name")`, `pkgutil.get_data(…)`: a file beside a package's modules."""
    names = resolver.calls.texts(call, frame, "resource", 1)
    paths = [repo_path(folder, name) for folder in _packages(resolver, call, frame) for name in names]
    found = [Outcome(FileText(p.path)) for p in paths if isinstance(p, RepoPath) and p.path in resolver.program.store]
    return tuple(found) or unknown("a file of a package that is not in the tree")


def _packages(resolver: Resolver, call: f.Call, frame: Frame) -> Iterator[str]:
    for outcome in files.first(resolver, call, frame, "package", "anchor"):
        name = text_of(outcome.value)
        path = getattr(outcome.value, "path", None) if name is None else resolver.program.module(frame.path, name)
        if path is None and name is not None:
            folder = name.replace(".", "/")
            path = f"{folder}/x" if folder in resolver.program.store.folders() else None
        if isinstance(path, str):
            yield posixpath.dirname(path)


# -- dynaconf ----------------------------------------------------------------------------------------------------------


def setting(resolver: Resolver, made: Made, key: str, frame: Frame, at: f.Span) -> Outcomes:
    """`settings.KEY`: the variable with the prefix, else the entry of a settings file, in any layer, whatever its case."""
    prefix = [t for o in _given(resolver, made, "envvar_prefix") if (t := text_of(o.value)) is not None] or ["DYNACONF"]
    read = Step("read", frame.path, *at, name=frame.scope.name)
    found = [o for p in prefix for o in environment.defines(resolver, frame.context, f"{p}_{key}".upper())]
    written = [o for base in _documents(resolver, made) for o in _entries(resolver, base, key)]
    layered = weaken(tuple(written), "possible", "of one of several layers") if len(written) > 1 else tuple(written)
    spare = weaken(layered, "possible", "only where the variable is not set", dormant=True) if found else layered
    return through((*found, *spare), read)


def _given(resolver: Resolver, made: Made, *names: str) -> Outcomes:
    return tuple(o for name in names for o in resolver.calls.argument(made.call, made.frame, name) or ())


def _documents(resolver: Resolver, made: Made) -> Iterator[Outcome]:
    named = _given(resolver, made, "settings_files", "settings_file")
    paths = [
        p for o in named for p in (elements(resolver, o) or () if isinstance(o.value, (Listing, Elements)) else (o,))
    ]
    here = posixpath.dirname(made.frame.path)
    for path in paths or [Outcome(repo_path(here, name)) for name in _SETTINGS]:
        source = files.text_file(resolver, path, made.frame)
        if isinstance(source.value, FileText):
            yield from files.document(resolver, source)


def _entries(resolver: Resolver, base: Outcome, key: str) -> Iterator[Outcome]:
    for inside in (base, *(o for layer in _LAYERS for o in entry(resolver, base, layer))):
        names = (
            [text_of(k.value) for k in element_keys(resolver, inside) or ()]
            if isinstance(inside.value, Mapping)
            else []
        )
        yield from (o for n in names if n is not None and n.upper() == key.upper() for o in entry(resolver, inside, n))


LOADERS: dict[str, Loader] = {
    **dict.fromkeys(LOOKUPS, lookup),
    **dict.fromkeys(("dotenv.dotenv_values", "dotenv.main.dotenv_values"), dotenv_values),
    **dict.fromkeys(("envyaml.EnvYAML", "anyconfig.load", "srsly.read_yaml", "srsly.read_json"), of_file),
    **dict.fromkeys(("importlib.resources.files", "importlib_resources.files"), resource),
    **dict.fromkeys(
        ("importlib.resources.read_text", "importlib.resources.open_text", "importlib.resources.read_binary", "pkgutil.get_data"),
        resource_text,
    ),
    **dict.fromkeys(
        (
            "ruamel.yaml.YAML().load", "ruamel.yaml.safe_load", "hjson.load", "hjson.loads", "json5.load", "json5.loads",
            "tomlkit.load", "tomlkit.parse", "tomli.load", "tomli.loads", "ujson.load", "ujson.loads", "simplejson.load",
            "simplejson.loads", "commentjson.load", "commentjson.loads", "rtoml.loads", "yaml.load_all",
        ),
        files.parsed,
    ),
    # The same mapping with its entries as attributes, or the same client with more around it.
    **dict.fromkeys(
        (
            "box.Box", "box.ConfigBox", "munch.munchify", "munch.Munch", "munch.Munch.fromDict", "easydict.EasyDict", "addict.Dict",
            "dotmap.DotMap", "attrdict.AttrDict", "ml_collections.ConfigDict", "types.MappingProxyType",
            "instructor.patch", "instructor.apatch", "instructor.from_openai", "instructor.from_anthropic",
            "instructor.from_litellm",
            "instructor.from_groq", "instructor.from_mistral", "instructor.from_cohere", "instructor.from_gemini",
            "langsmith.wrappers.wrap_openai", "langsmith.wrappers.wrap_anthropic", "braintrust.wrap_openai",
            "braintrust.wrap_anthropic", "weave.op", "outlines.from_openai", "outlines.from_anthropic",
        ),
        files.same,
    ),
}  # fmt: skip
"""What each loader gives, by full name."""
