"""Parameters of SAM templates as samconfig gives them: the overrides of each environment before the template's defaults."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.samconfig import COMMANDS, OVERRIDES
from modelguard.extract.yaml_doc import get, text
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.values import Const, Mapping, Outcome, Outcomes, weaken

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver

_CONFIGS = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_TEMPLATES = ("template.yaml", "template.yml", "template.json")
"""What SAM deploys where its configuration names no template."""


def overridden(resolver: Resolver, name: str, frame: Frame, own: Outcomes) -> Outcomes:
    """What environments give a parameter of this template; `own` is its default, which they set over, and which holds
    in an environment that says nothing of it."""
    path = _config(resolver.program, frame.path)
    each = list(_environments(resolver.program, path, frame.path)) if path is not None else []
    if path is None or not any(get(overrides, name) is not None for overrides in each):
        return own
    where = resolver.program.document_frame(path)
    found: list[Outcomes] = []
    for overrides in each:
        given = isinstance(overrides, f.Rec) and get(overrides, name) is not None
        found.append(entry(resolver, Outcome(Mapping(overrides, where)), name) if given else own)  # type: ignore[arg-type]
    outcomes = tuple(dict.fromkeys(o for outcomes in found for o in outcomes))
    if len({o.value for o in outcomes}) > 1:
        outcomes = weaken(outcomes, "possible", f"one of {len(each)} environments in {path}")
    spare = tuple(o for o in own if own not in found and isinstance(o.value, Const))
    return (*outcomes, *weaken(spare, "possible", f"only where it is deployed without {path}", dormant=True))


def _config(program: Program, template: str) -> str | None:
    """The nearest configuration of SAM in the template's folder or above it."""
    folder = posixpath.dirname(template)
    while True:
        for name in _CONFIGS:
            path = posixpath.join(folder, name)
            if path in program.store:
                return path
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _environments(program: Program, path: str, template: str) -> Iterator[f.Expr | None]:
    """The overrides of each environment that deploys this template, the default one first; None where it has none."""
    facts = program.store.facts(path)
    document = facts.document if facts is not None else None
    tables = document.items if isinstance(document, f.Rec) else ()
    for item in sorted(tables, key=lambda i: getattr(i.key, "value", "") != "default"):
        parameters = [p for c in COMMANDS if (p := get(item.value, c, "parameters")) is not None]
        named = next((t for p in parameters for k in ("template_file", "template") if (t := text(get(p, k)))), None)
        if parameters and _deploys(path, named, template):
            yield next((o for p in parameters if (o := get(p, OVERRIDES)) is not None), None)


def _deploys(config: str, named: str | None, template: str) -> bool:
    folder = posixpath.dirname(config)
    if named is not None and ".aws-sam" not in named:
        return posixpath.normpath(posixpath.join(folder, named)) == template
    return posixpath.dirname(template) == folder and posixpath.basename(template) in _TEMPLATES
