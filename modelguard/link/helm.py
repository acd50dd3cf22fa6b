"""Helm charts: each values file of a chart is a deployment of its own, whose templates are put together from it.

What an installation adds (`--set`, values from elsewhere) is not known; the release is taken to be called as the chart.
Source: https://helm.sh/docs/chart_template_guide/.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from modelguard.extract import facts as f
from modelguard.extract.gotemplate import Node, TemplateError, parse
from modelguard.extract.secrets import digest
from modelguard.extract.yaml_doc import DocumentError, documents, get, text
from modelguard.link import rendered
from modelguard.link.declared import Declared
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.helm_functions import Value
from modelguard.link.helm_render import Rendered, Renderer
from modelguard.link.helm_values import TOKEN, Leaf, Leaves, merged
from modelguard.link.placed import Place, placed
from modelguard.link.program import EMPTY, Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Const, Credential, Outcome

_OVERLAY = re.compile(
    r"(?:values[-_.](?P<a>[\w-]+)|(?P<b>[\w-]+)[-_.]values|(?:values|env|envs|environments)/(?P<c>[\w-]+)(?:/values)?)\.ya?ml\Z"
)
_MAX_CHARTS = 200
_MAX_TEMPLATE = 500_000


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """What every chart of the tree deploys, once for each of its values files."""
    folders = sorted(posixpath.dirname(p) for p in program.store.paths() if posixpath.basename(p) == "Chart.yaml")
    inside = {c for c in folders for above in folders if c.startswith(f"{above}/charts/" if above else "charts/")}
    for folder in [c for c in folders if c not in inside][:_MAX_CHARTS]:
        for stage, files in _deployments(program, folder):
            yield from _Chart(program, resolver, folder, stage).units(_values(program, files), {})


def _deployments(program: Program, folder: str) -> list[tuple[str, list[str]]]:
    """(stage, values files): the chart's own values, with each overlay beside them where there are any."""
    base = [p for n in ("values.yaml", "values.yml") if (p := posixpath.join(folder, n)) in program.store]
    prefix = f"{folder}/" if folder else ""
    overlays = []
    for path in sorted(p for p in program.store.paths() if p.startswith(prefix) and p.endswith((".yaml", ".yml"))):
        match = _OVERLAY.fullmatch(path[len(prefix) :])
        if match is not None:
            overlays.append((next(g for g in match.groups() if g), [*base, path]))
    return overlays or [("", base)]


def _values(program: Program, files: list[str]) -> list[tuple[str, f.Expr]]:
    found = []
    for path in files:
        data = program.store.data(path)
        try:
            read = documents(data) if data is not None else ()
        except DocumentError:
            continue
        found += [(path, read[0])] if read else []
    return found


class _Chart:
    """One chart (or subchart) as it is deployed in one stage."""

    def __init__(
        self, program: Program, resolver: Resolver, folder: str, stage: str, leaves: Leaves | None = None
    ) -> None:
        self._program, self._resolver = program, resolver
        self._folder, self._stage = folder, stage
        self.release = ""
        """What the release is taken to be called: as the chart at the top."""
        self._leaves = leaves if leaves is not None else Leaves()
        self._frame: Frame = resolver.keep(Frame(posixpath.join(folder, "Chart.yaml"), EMPTY, NOBODY, args={}))

    def units(self, files: list[tuple[str, f.Expr]], above: Value) -> Iterator[Declared]:
        """The units of the chart with these values files, and of its subcharts."""
        values: Value = {}
        for path, document in files:
            values = merged(values, self._leaves.loaded(document, path))
        values = merged(values, above)
        templates = self._parsed()
        defined = {
            n.text.strip().strip('"'): n.body for _, nodes in templates for n in nodes if n.kind in ("define", "block")
        }
        renderer = Renderer(self._leaves, defined)
        metadata = self._metadata()
        self.release = self.release or str(metadata.get("Name") or posixpath.basename(self._folder))
        release = _release(self.release)
        root = {"Values": values, "Chart": metadata, "Release": release, "Template": {}, "Capabilities": {}}
        for path, nodes in templates:
            if posixpath.basename(path).startswith("_") or not path.endswith((".yaml", ".yml", ".tpl")):
                continue
            try:
                text = renderer.render(nodes, root, path)
            except TemplateError as error:
                self._program.store.gaps[path] = f"line {error.line}: a template that {error.why}"
                continue
            yield from self._objects(path, text)
        yield from self._subcharts(values)

    def _parsed(self) -> list[tuple[str, list[Node]]]:
        prefix = posixpath.join(self._folder, "templates") + "/"
        found = []
        for path in sorted(p for p in self._program.store.paths() if p.startswith(prefix)):
            data = self._program.store.data(path) if path.endswith((".yaml", ".yml", ".tpl")) else None
            if data is None or b"{{" not in data or "/tests/" in path or len(data) > _MAX_TEMPLATE:
                continue  # a template without actions is a manifest, which is read as one
            try:
                found.append((path, parse(data.decode("utf-8", "replace"))))
            except TemplateError as error:
                self._program.store.gaps[path] = f"line {error.line}: not a valid template: {error.why}"
        return found

    def _objects(self, path: str, made: Rendered) -> Iterator[Declared]:
        store = self._program.store
        try:
            found = documents(made.text.encode())
        except DocumentError as error:
            line = made.lines[min(error.line, len(made.lines)) - 1] if made.lines else 1
            store.gaps[path] = f"line {line}: what the template makes of its values is not YAML"
            return
        store.gaps.pop(path, None)

        def at(span: f.Span) -> f.Span:
            return made.lines[min(span[0], len(made.lines)) - 1], span[1]

        place = Place(at, self._leaves.plain, TOKEN, self._part)
        frame = self._frames(path)
        for document in found:
            switch = next((s for a, b, s in made.switches if a <= document.at[0] <= b), "")
            whole = placed(document, place)
            name = f"helm:{self._folder}:{self._stage}"
            yield from rendered.declare(self._program, whole, path, frame, name, self._stage, switch)

    def _frames(self, path: str) -> Frame:
        frame: Frame = self._resolver.keep(Frame(path, EMPTY, NOBODY, args={}, names=self._frame.names))
        return frame

    def _part(self, token: str, secret: bool) -> f.Expr:
        """The expression of a token; in a Secret its value is a credential, whatever it looks like."""
        leaf = self._leaves.by_token.get(token)
        if leaf is None:
            return f.Lit(token, (1, 1))
        name = f"secret.{token}" if secret else token
        self._frame.names[name] = (_sealed(leaf) if secret else leaf.outcome,)
        return f.Var(name, (1, 1))

    def _metadata(self) -> dict[str, Value]:
        loaded: Value = {}
        path = posixpath.join(self._folder, "Chart.yaml")
        for where, document in _values(self._program, [path]):
            loaded = self._leaves.loaded(document, where)
        plain = loaded if isinstance(loaded, dict) else {}
        return {k[:1].upper() + k[1:]: self._leaves.plain(v) for k, v in plain.items()}

    def _subcharts(self, values: Value) -> Iterator[Declared]:
        prefix = posixpath.join(self._folder, "charts") + "/"
        own = {p[len(prefix) :].split("/")[0] for p in self._program.store.paths() if p.startswith(prefix)}
        for name in sorted(own):
            folder = prefix + name
            chart = posixpath.join(folder, "Chart.yaml")
            if chart not in self._program.store:
                continue
            title = next((text(get(d, "name")) for _, d in _values(self._program, [chart])), None) or name
            given = values.get(title, {}) if isinstance(values, dict) else {}
            shared = {"global": values["global"]} if isinstance(values, dict) and "global" in values else {}
            files = [
                p for n in ("values.yaml", "values.yml") if (p := posixpath.join(folder, n)) in self._program.store
            ]
            inner = _Chart(self._program, self._resolver, folder, self._stage, self._leaves)
            inner.release = self.release
            yield from inner.units(_values(self._program, files), merged(given, shared))


def _release(name: str) -> Value:
    return {
        "Name": name,
        "Namespace": "default",
        "Service": "Helm",
        "IsInstall": True,
        "IsUpgrade": False,
        "Revision": 1,
    }


def _sealed(leaf: Leaf) -> Outcome:
    """A value of a Secret: one that stands in the repository, else one that an installation gives."""
    value = leaf.outcome.value
    step = leaf.outcome.trail[0] if leaf.outcome.trail else None
    name = step.name if step is not None else ""
    if isinstance(value, Const):
        literal = isinstance(value.value, str) and value.value != ""
        made = (
            Credential("literal", digest=digest(str(value.value)))
            if literal
            else Credential("deploy-time", "helm", name)
        )
        return Outcome(made, tuple(replace(s, value=None) for s in leaf.outcome.trail))
    return leaf.outcome
