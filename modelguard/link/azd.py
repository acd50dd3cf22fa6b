"""Services of azure.yaml (the Azure Developer CLI): which folder of the tree each runs, and what it is hosted by.

Schema: https://learn.microsoft.com/azure/developer/azure-developer-cli/azd-schema.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract.node_modules import SUFFIXES
from modelguard.extract.yaml_doc import get, text
from modelguard.link.declared import Declared
from modelguard.link.program import Program

_NAMES = ("azure.yaml", "azure.yml")
_FUNCTIONS = ("function_app.py", "src/functions/", "src/index.ts", "src/index.js")


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its folder from the root of the tree, its host, its Dockerfile and that one's context where it has one."""

    name: str
    project: str
    host: str
    dockerfile: str
    context: str
    path: str
    at: f.Span


def services(program: Program) -> dict[str, Service]:
    """The services of every azure.yaml of the tree, by name; the first of one name counts."""
    found: dict[str, Service] = {}
    for path in sorted(p for p in program.store.paths() if posixpath.basename(p) in _NAMES):
        facts = program.store.facts(path)
        table = get(facts.document, "services") if facts is not None and facts.document is not None else None
        for item in table.items if isinstance(table, f.Rec) else ():
            name, host = str(getattr(item.key, "value", "")), text(get(item.value, "host"))
            if host is not None and name:
                found.setdefault(name, _service(program, path, name, host, item))
    return found


def _service(program: Program, path: str, name: str, host: str, item: f.Item) -> Service:
    project = _joined(posixpath.dirname(path), text(get(item.value, "project")) or ".")
    file = text(get(item.value, "docker", "path")) or "Dockerfile"
    dockerfile = _joined(project, file)
    context = _joined(project, text(get(item.value, "docker", "context")) or ".")
    at = item.key.at if isinstance(item.key, f.Lit) else item.at
    return Service(name, project, host, dockerfile if dockerfile in program.store else "", context, path, at)


def _joined(folder: str, name: str) -> str:
    whole = posixpath.normpath(posixpath.join(folder, name))
    return "" if whole == "." else whole


def hosted(program: Program, unit: f.Unit, service: Service, path: str) -> f.Unit:
    """A unit, declared in `path`, with the code that its service runs."""
    here, at = posixpath.dirname(path) or ".", unit.at
    if service.dockerfile:
        places = (
            ("context", posixpath.relpath(service.context or ".", here)),
            ("dockerfile", posixpath.relpath(service.dockerfile, service.context or ".")),
        )
        build = f.Rec(tuple(f.Item(f.Lit(k, at), f.Lit(v, at), at) for k, v in places), at)
        return replace(unit, build=build, image=None)
    workdir = f.Lit(posixpath.relpath(service.project or ".", here), at)
    if unit.command is not None:
        return replace(unit, workdir=workdir)
    words = _started(program, service)
    return replace(unit, command=f.Seq(tuple(f.Lit(w, at) for w in words), at) if words else None, workdir=workdir)


def _started(program: Program, service: Service) -> list[str]:
    """What a host starts of a folder by itself: the functions of a function app, else the usual program."""
    files = [p for p in sorted(program.store.paths()) if p.startswith(f"{service.project}/" if service.project else "")]
    inside = {p[len(service.project) :].lstrip("/"): p for p in files}
    if service.host == "function":
        if "function_app.py" in inside:
            return ["fastapi", "function_app.py"]
        scripts = [n for n in inside if n.startswith("src/functions/") and n.endswith(SUFFIXES) and ".test." not in n]
        return ["sh", "-c", "; ".join(f"node {n}" for n in scripts)] if scripts else []
    if "package.json" in inside and "app.py" not in inside and "main.py" not in inside:
        return ["npm", "start"]
    served = next((n for n in ("app.py", "main.py", "application.py", "wsgi.py") if n in inside), "")
    return ["gunicorn", f"{served.removesuffix('.py')}:app"] if served else []


def alone(program: Program, service: Service) -> Declared:
    """A service of which no template says the settings."""
    unit = f.Unit(service.name, f"azd/{service.host}", service.at)
    return service.path, hosted(program, unit, service, service.path), program.document_frame(service.path)
