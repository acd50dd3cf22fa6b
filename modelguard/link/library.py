"""What library functions do to the values we follow: reading files, parsing, environment look-ups, text.

Everything else a library returns is an object known by the call that made it (`openai.OpenAI()`), or unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modelguard.catalog.clients_index import catalogue
from modelguard.extract import facts as f
from modelguard.link import (
    cdk_values,
    environment,
    files,
    hcl_functions,
    ini,
    javascript,
    loaders,
    named_modules,
    objects,
    omega,
    options,
)
from modelguard.link.access import element_keys, elements, entry, get
from modelguard.link.forward import selects_model
from modelguard.link.frames import Frame
from modelguard.link.values import (
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
    named,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_SAME = ("with_options", "copy", "with_raw_response", "with_streaming_response", "__enter__", "__aenter__")
_CLOUD = ("boto3", "boto3.Session()", "boto3.session.Session()", "aioboto3.Session()")


def call(resolver: Resolver, func: External, call: f.Call, frame: Frame) -> Outcomes:
    """What calling something of a library gives."""
    name = func.name
    if name.startswith("hcl."):
        return hcl_functions.call(resolver, name[4:], call, frame)
    if name in _INTRINSICS:
        return _INTRINSICS[name](resolver, call, frame)
    if name in loaders.LOADERS:
        return loaders.LOADERS[name](resolver, call, frame)
    if func.made is not None and name.rsplit(".", 1)[-1] in _SAME:
        return (Outcome(func.made),)
    known = cdk_values.context(resolver, func, call, frame)
    if known is not None:
        return known
    if frame.script:
        found = javascript.call(resolver, func, call, frame)
        if found is not None:
            return found
    owner, _, last = name.rpartition(".")
    if name in ini.GETTERS and func.made is not None:
        return ini.value(resolver, call, frame, func.made)
    if name.startswith("streamlit.") and last in _CHOSEN:
        return _chosen(resolver, call, frame, last)
    if last == "client" and owner in _CLOUD:
        services = resolver.calls.argument(call, frame, "service_name", 0) or ()
        return tuple(_client(o, call, frame) for o in services) or unknown("a client of an unknown service")
    secret = catalogue().secrets.get(name)
    if secret is not None:
        found = resolver.calls.argument(call, frame, secret.id.arg, secret.id.position) or ()
        for key in secret.id.path:
            found = tuple(o for base in found for o in entry(resolver, base, key))
        texts = [t for o in found if (t := text_of(o.value)) is not None]
        label = texts[0] if len(texts) == 1 else ""
        step = Step("define", frame.path, *call.at, name=label or last, role="fetched")
        read = Step("read", frame.path, *call.at, name=frame.scope.name)
        return (Outcome(Credential("runtime", secret.store, label), (read, step)),)
    return (Outcome(Made(f"{name}()", call, frame)), *_spare(resolver, name, call, frame))


def _spare(resolver: Resolver, name: str, call: f.Call, frame: Frame) -> Outcomes:
    """What a look-up in an object that is only known when the program runs gives where the key is missing:
    `request.get_json().get("model", "gpt-5-mini")`."""
    plain = [a.value for a in call.args if a.name == ""]
    if not name.endswith(".get") or len(plain) != 2 or name in catalogue().http:
        return ()
    key = plain[0].value if isinstance(plain[0], f.Lit) else None
    if not isinstance(key, str) or not selects_model(key):
        return ()
    texts = tuple(o for o in resolver.evaluate(plain[1], frame) if text_of(o.value))
    return weaken(named(texts, key), "possible", f"only where `{key}` is not given")


def _client(service: Outcome, call: f.Call, frame: Frame) -> Outcome:
    name = text_of(service.value)
    if name is None:
        return Outcome(Unknown("a client of an unknown service"))
    return Outcome(Made(f"boto3.client('{name}')", call, frame))


_CHOSEN = {
    **dict.fromkeys(("selectbox", "radio", "pills", "segmented_control", "select_slider"), "options"),
    **dict.fromkeys(("text_input", "text_area"), "value"),
}
"""Widgets of Streamlit, and the argument (the second) that says what they may give."""


def _chosen(resolver: Resolver, call: f.Call, frame: Frame, widget: str) -> Outcomes:
    """What a user chooses on a page; what is typed is at least what stands there first."""
    given = resolver.calls.argument(call, frame, _CHOSEN[widget], 1) or ()
    label = next(iter(resolver.calls.texts(call, frame, "label", 0)), "")
    if _CHOSEN[widget] == "value":
        typed = named(tuple(o for o in given if not (isinstance(o.value, Const) and not o.value.value)), label)
        return weaken(typed, "likely", "stands in the field until a user types another") or unknown(
            f"`streamlit.{widget}()` is known only when the program runs"
        )
    options = [o for base in given for o in elements(resolver, base, keys=True) or ()]
    if not options:
        return unknown(f"`streamlit.{widget}()` is known only when the program runs")
    return weaken(named(tuple(options), label), "possible", "what a user chooses on the page")


# -- functions -------------------------------------------------------------------------------------------------------


def _expression(call: f.Call, position: int, name: str) -> f.Expr | None:
    """The expression of an argument as written."""
    plain = [a.value for a in call.args if a.name == ""]
    if position < len(plain):
        return plain[position]
    return next((a.value for a in call.args if a.name == name), None)


def _airflow_variable(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """A Variable of Airflow: `AIRFLOW_VAR_…` of the environment first, else its database, else the look-up's fallback."""
    default = _expression(call, 1, "default_var") or _expression(call, 1, "default")
    found: list[Outcome] = []
    for outcome in files.first(resolver, call, frame, "key"):
        name = text_of(outcome.value)
        if name is None:
            found += unknown("an Airflow Variable whose name is not known")
            continue
        read = Step("read", frame.path, *call.at, name=frame.scope.name)
        defined = environment.defines(resolver, frame.context, f"AIRFLOW_VAR_{name.upper()}")
        why = f"`{name}` is a Variable of Airflow, set where it runs"
        missing = Unknown(why, "runtime", "airflow", name)
        here = Step("define", frame.path, *call.at, name=name, role="undefined")
        found += through(defined, read) if defined else (Outcome(missing, (read, here)),)
        plain = named(resolver.evaluate(default, frame), f"{name}.fallback") if default is not None else ()
        spare = through(plain, read)
        found += weaken(spare, "possible", f"only where `{name}` is not set", dormant=bool(defined))
    return tuple(found)


def _flow_parameter(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """A Parameter of a Metaflow flow: an option of its command, with a default."""
    names = [t for o in files.first(resolver, call, frame, "name") if (t := text_of(o.value)) is not None]
    default = resolver.calls.argument(call, frame, "default")
    return options.option(resolver, frame, [f"--{n}" for n in names], default, names[0] if names else "parameter")


def _getenv(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    key = _expression(call, 0, "key")
    if key is None:
        return unknown("an environment look-up without a name")
    return environment.lookup(resolver, key, frame, call.at, _expression(call, 1, "default"))


def _streamlit_secret(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    key = _expression(call, 0, "key")
    if key is None:
        return unknown("a secret without a name")
    return environment.streamlit_secret(resolver, key, frame, call.at, _expression(call, 1, "default"))


def _config_list(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """AutoGen's list of models: JSON in a file of this name, else in the variable."""
    found: list[Outcome] = []
    for name in files.first(resolver, call, frame, "env_or_file"):
        source = files.text_file(resolver, name, frame)
        found += files.document(resolver, source)
    return tuple(found) or unknown("a list of models without a name")


def _any_of(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """Any element of a list, as chance or an iterator has it."""
    found = [
        o for base in files.first(resolver, call, frame, "seq", "population") for o in elements(resolver, base) or ()
    ]
    return weaken(tuple(found), "possible", "any element of a list") or unknown(
        "an element of a list that is not known"
    )


def _enumerated(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """Pairs of a number and an element."""
    # Who numbers the entries of a configuration mostly checks them, and asks none of its models.
    lists = [
        base
        for base in files.first(resolver, call, frame, "iterable")
        if not (isinstance(base.value, Listing) and base.value.frame.format != "code")
    ]
    found = [o for base in lists for o in elements(resolver, base, keys=True) or ()]
    number = unknown("the number of an element")
    pairs = tuple(Outcome(Elements((*number, one), places=(number, (one,)))) for one in found)
    return (Outcome(Elements(pairs)),) if pairs else unknown("elements of a collection that is not known")


def _zipped(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """Tuples of what several lists have at the same place; of a list that is not known, something unknown."""
    lists = [
        [one for base in resolver.evaluate(a.value, frame) for one in elements(resolver, base) or ()]
        for a in call.args
        if a.name == ""
    ]
    longest = max(map(len, lists), default=0)
    rows = []
    for index in range(min(longest, MAX_ROWS)):
        places = tuple((one[index],) if index < len(one) else unknown("an element that is not known") for one in lists)
        rows.append(Outcome(Elements(tuple(o for at in places for o in at), places=places)))
    return (Outcome(Elements(tuple(rows))),) if rows else unknown("elements of lists that are not known")


MAX_ROWS = 100
"""Most tuples that are made of lists."""


def _imported(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """A module by its name, or any of a package where only that is known."""
    found = [Outcome(Module(path)) for path in named_modules.of_call(resolver.program, frame.path, call)]
    if not found:
        texts = [t for o in files.first(resolver, call, frame, "name") if (t := text_of(o.value)) is not None]
        found = [Outcome(Module(p)) for t in texts for p, _ in named_modules.named(resolver.program, frame.path, t)]
    return tuple(found) or unknown("a module whose name is not known")


def _cast(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    return resolver.calls.argument(call, frame, "val", 1) or unknown("a cast without a value")


def _mapping(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`dict(base, key=value)` and settings dictionaries."""
    items = [f.Item(f.Lit(a.name, a.value.at), a.value, a.value.at) for a in call.args if a.name not in ("", "*", "**")]
    items = [f.Item(None, a.value, a.value.at) for a in call.args if a.name in ("", "**")] + items
    return (Outcome(Mapping(resolver.keep(f.Rec(tuple(items), call.at)), frame)),)


def _getattr(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    base, key = _expression(call, 0, "object"), _expression(call, 1, "name")
    if base is None or key is None:
        return unknown("getattr without a name")
    outcomes: list[Outcome] = list(_methods_called(resolver, base, key, frame))
    if outcomes:
        return tuple(outcomes)
    expr = resolver.keep(f.Get(base, key, call.at, True))
    outcomes.extend(resolver.evaluate(expr, frame))
    fallback = _expression(call, 2, "default")
    if fallback is not None and all(isinstance(o.value, Unknown) for o in outcomes):
        outcomes.extend(weaken(resolver.evaluate(fallback, frame), "possible", "where there is no such attribute"))
    return tuple(outcomes)


def _methods_called(resolver: Resolver, base: f.Expr, key: f.Expr, frame: Frame) -> Outcomes:
    """The methods that a name which is put together (`f"do_{command}"`) may be of."""
    parts = [o.value.parts for o in resolver.evaluate(key, frame) if isinstance(o.value, Pieces)]
    found: list[Outcome] = []
    for written in parts if any(any(p) for p in parts) else ():
        pattern = re.compile("".join(re.escape(p) if p is not None else r"\w+" for p in written))
        for outcome in resolver.evaluate(base, frame):
            if isinstance(outcome.value, Instance):
                names = objects.method_names(resolver, outcome.value.cls)
                methods = [objects.method(resolver, outcome.value, n) for n in names if pattern.fullmatch(n)]
                found += [Outcome(m) for m in methods if m is not None]
    return tuple(found)


def _vars(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`vars(args)` of what argparse made."""
    found = files.first(resolver, call, frame)
    return tuple(
        options.as_mapping(resolver, o, call.at, frame) or Outcome(Unknown("the attributes of an object"))
        for o in found
    )


def _partial(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    return tuple(
        Outcome(Function(o.value.path, o.value.scope, o.value.frame, o.value.bound, (call, frame)), o.trail)
        if isinstance(o.value, Function)
        else o
        for o in files.first(resolver, call, frame)
    )


def _depends(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """FastAPI's `Depends(function)`: what the function returns."""
    empty = resolver.keep(f.Call(call.func, (), call.at))
    given = [
        o for func in files.first(resolver, call, frame, "dependency") for o in resolver.calls.apply(func, empty, frame)
    ]
    return resolver.calls.yielded(tuple(given))


def _json_text(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`json.dumps(body)`: kept as the body, since that is what a request's data is looked at for."""
    return files.first(resolver, call, frame, "obj") or unknown("nothing to write as JSON")


def _super(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`super()`: the object seen as what its class inherits from."""
    if not isinstance(frame.bound, Instance):
        return unknown("super() of an unknown object")
    owner = objects.owner(resolver, frame)
    above = list(objects.bases(resolver, owner))[1:2] if owner is not None else []
    if above and isinstance(above[0], Class):
        source = frame.bound
        return (Outcome(Instance(above[0], source.call, source.frame, source.source)),)
    return unknown("super() of a library's class")


_Intrinsic = Callable[["Resolver", f.Call, Frame], Outcomes]
_INTRINSICS: dict[str, _Intrinsic] = {
    **dict.fromkeys(("airflow.models.Variable.get", "airflow.sdk.Variable.get"), _airflow_variable),
    **dict.fromkeys(("os.getenv", "os.environ.get", "os.environ.setdefault", "environ.get", "decouple.config"), _getenv),
    "streamlit.secrets.get": _streamlit_secret,
    **dict.fromkeys(
        ("random.choice", "random.choices", "random.sample", "secrets.choice", "numpy.random.choice", "builtins.next"), _any_of
    ),
    **dict.fromkeys(
        ("itertools.cycle", "itertools.chain", "builtins.sorted", "builtins.reversed", "builtins.frozenset"), files.same
    ),
    "builtins.enumerate": _enumerated,
    "builtins.zip": _zipped,
    **dict.fromkeys(("importlib.import_module", "builtins.__import__"), _imported),
    "metaflow.Parameter": _flow_parameter,
    **dict.fromkeys(("dagster.EnvVar", "dagster.EnvVar.int"), _getenv),
    **dict.fromkeys(("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.join"), files.path),
    **dict.fromkeys(
        ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.fspath", "builtins.str"),
        files.same,
    ),
    **dict.fromkeys(("copy.copy", "copy.deepcopy", "builtins.iter", "builtins.list", "builtins.tuple", "asyncio.run"), files.same),
    **dict.fromkeys(("functools.cache", "functools.lru_cache", "functools.wraps", "builtins.set"), files.same),
    # What only hides a text when it is printed.
    **dict.fromkeys(
        (
            *(f"{m}.SecretStr" for m in ("pydantic", "pydantic.v1", "pydantic.types", "langchain_core.pydantic_v1")),
            "langchain_core.utils.convert_to_secret_str", "langchain_core.utils.utils.convert_to_secret_str",
            "starlette.datastructures.Secret",
        ),
        files.same,
    ),
    **dict.fromkeys(("typing.cast", "textwrap.cast"), _cast),
    "os.path.dirname": files.folder,
    **dict.fromkeys(("builtins.open", "io.open", "codecs.open"), files.opened),
    **dict.fromkeys(
        (
            "yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "json.load", "json.loads", "orjson.loads",
            "tomllib.load", "tomllib.loads", "toml.load", "toml.loads",
        ),
        files.parsed,
    ),
    **dict.fromkeys(("builtins.dict", "pydantic_settings.SettingsConfigDict", "pydantic.ConfigDict"), _mapping),
    **dict.fromkeys(("types.SimpleNamespace", "omegaconf.OmegaConf.create"), _mapping),
    **dict.fromkeys(("autogen.LLMConfig", "autogen.llm_config.LLMConfig"), _mapping),
    **dict.fromkeys(("autogen.config_list_from_json", "autogen.oai.config_list_from_json"), _config_list),
    "omegaconf.OmegaConf.load": omega.loaded,
    "omegaconf.OmegaConf.merge": omega.merged,
    **dict.fromkeys(("omegaconf.OmegaConf.to_container", "omegaconf.OmegaConf.to_object"), files.same),
    "builtins.getattr": _getattr,
    "builtins.vars": _vars,
    "functools.partial": _partial,
    "fastapi.Depends": _depends,
    "json.dumps": _json_text,
    "builtins.super": _super,
}  # fmt: skip


# -- methods of known values -------------------------------------------------------------------------------------------


def method(resolver: Resolver, bound: Bound, call: f.Call, frame: Frame) -> Outcomes:
    """A built-in method of a known value."""
    base, value, name = bound.base, bound.base.value, bound.name
    if frame.script:
        found = javascript.method(resolver, base, name, call, frame)
        if found is not None:
            return found
    if isinstance(value, (Mapping, Merged)):
        return _of_mapping(resolver, base, name, call, frame)
    if name in ("read_text", "read_bytes", "open") or (name == "read" and isinstance(value, RepoPath)):
        return (files.text_file(resolver, base, frame),)
    if isinstance(value, (Const, Unknown)) and name in ("read", "readlines"):
        return (base,)  # of a file that is put into the container
    if isinstance(value, (FileText, Credential)) and name in (
        "read",
        "decode",
        "encode",
        "strip",
        "rstrip",
        "readlines",
    ):
        return (base,)
    if name in ("resolve", "absolute", "expanduser", "as_posix", "strip", "encode", "decode", "rstrip", "lstrip"):
        return (base,)
    if name == "joinpath":
        return tuple(files.joined(base, o, 1) for o in files.first(resolver, call, frame))
    if isinstance(value, (Const, Pieces)):
        return _of_text(resolver, base, name, call, frame)
    if isinstance(value, (Elements, Listing)) and name in ("copy", "pop", "get"):
        found = elements(resolver, base)
        return weaken(found, "possible", "any element of a collection") if found else unknown("an element of a list")
    return unknown(f"what `{name}()` gives is not followed", base.trail)


def _of_mapping(resolver: Resolver, base: Outcome, name: str, call: f.Call, frame: Frame) -> Outcomes:
    if name in ("get", "pop", "setdefault"):
        key = _expression(call, 0, "key")
        if key is None:
            return unknown("a look-up without a key")
        keyed = resolver.keep(f.Get(call.func, key, call.at))
        found = tuple(resolver.read(o, keyed, frame, base) for o in get(resolver, base, keyed, frame))
        fallback = _expression(call, 1, "default")
        # What is only known where it runs is there all the same.
        missing = all(isinstance(o.value, Unknown) and o.value.binding == "unknown" for o in found)
        if fallback is None or not missing:
            extra = resolver.evaluate(fallback, frame) if fallback is not None else ()
            return (*found, *weaken(extra, "possible", "only where the key is missing", dormant=True))
        return resolver.evaluate(fallback, frame)
    if name in ("copy", "export", "to_dict", "toDict", "as_dict", "model_dump"):
        return (base,)
    if name == "items" and isinstance(base.value, (Mapping, Merged)):
        return _pairs(resolver, base)
    if name == "keys" and isinstance(base.value, (Mapping, Merged)):
        return (Outcome(Elements(element_keys(resolver, base) or ())),)
    if name in ("values", "items"):
        inside = elements(resolver, base)
        return (Outcome(Elements(inside)),) if inside is not None else unknown("values of an unknown mapping")
    return unknown(f"what `{name}()` gives is not followed", base.trail)


def _pairs(resolver: Resolver, base: Outcome) -> Outcomes:
    """The entries of a mapping as pairs of a key and what stands under it."""
    pairs: list[Outcome] = []
    for key in element_keys(resolver, base) or ():
        name = text_of(key.value)
        inside = entry(resolver, base, name) if name is not None else ()
        pairs.append(Outcome(Elements((key, *inside), places=((key,), inside))))
    return (Outcome(Elements(tuple(pairs))),)


_PLACE = re.compile(r"\{(\w*)(?:[!:][^{}]*)?\}")


def _formatted(resolver: Resolver, base: Outcome, text: str, call: f.Call, frame: Frame) -> Outcomes:
    """`"arn:{}:{name}".format(a, name=b)`: the text with what is put in, as an f-string has it."""
    parts: list[f.Expr] = []
    end = 0
    for number, match in enumerate(_PLACE.finditer(text)):
        if match.start() > end:
            parts.append(f.Lit(text[end : match.start()], call.at))
        key = match[1] or str(number)
        named_or_placed = _expression(call, int(key) if key.isdigit() else len(call.args), key)
        parts.append(named_or_placed or f.Opaque(f"`{match[0]}` of a text is given when the program runs", call.at))
        end = match.end()
    if end == 0:
        return (base,)
    if end < len(text):
        parts.append(f.Lit(text[end:], call.at))
    return resolver.evaluate(resolver.keep(f.Join(tuple(parts), call.at)), frame)


def _of_text(resolver: Resolver, base: Outcome, name: str, call: f.Call, frame: Frame) -> Outcomes:
    text = text_of(base.value)
    if text is not None and name in ("lower", "upper", "title"):
        return (Outcome(Const(getattr(text, name)()), base.trail),)
    if text is not None and name == "format":
        return _formatted(resolver, base, text, call, frame)
    if text is not None and name in ("removeprefix", "removesuffix", "replace"):
        args = [resolver.calls.argument(call, frame, "", n) for n in range(2)]
        words = [text_of(a[0].value) if a and len(a) == 1 else None for a in args]
        if name == "replace" and words[0] is not None and words[1] is not None:
            return (Outcome(Const(text.replace(words[0], words[1])), base.trail),)
        if name != "replace" and words[0] is not None:
            return (Outcome(Const(getattr(text, name)(words[0])), base.trail),)
    if text is not None and name in ("split", "rsplit", "partition", "rpartition"):
        parts = _split(resolver, text, name, call, frame)
        if parts:
            return (Outcome(Elements(tuple(Outcome(Const(p), base.trail) for p in parts))),)
    return unknown(f"text that `{name}()` makes when the program runs", base.trail)


def _split(resolver: Resolver, text: str, name: str, call: f.Call, frame: Frame) -> Sequence[str]:
    """The parts of a text, where the separator and how often it counts are known."""
    given = resolver.calls.argument(call, frame, "sep", 0)
    most = resolver.calls.argument(call, frame, "maxsplit", 1)
    sep = text_of(given[0].value) if given and len(given) == 1 else None
    times = -1 if most is None else getattr(most[0].value, "value", None) if len(most) == 1 else None
    if not sep or not isinstance(times, int):
        return ()
    parts: Sequence[str] = getattr(text, name)(*((sep,) if name.endswith("partition") else (sep, times)))
    return parts
