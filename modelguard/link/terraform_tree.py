"""Terraform folders as modules: what their files define and what is assigned, once for each environment's tfvars.

`terraform.tfvars` and `*.auto.tfvars` always count. Another `*.tfvars`, in the folder or below it, is one environment
(stage) of the root module that it lies in or under; every module that this root calls has a variant for that stage.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from modelguard.extract import terraform_plan
from modelguard.extract.facts import Bind, Expr, Get, Lit, Rec, Var
from modelguard.extract.mentions import parts
from modelguard.extract.store import FactsStore
from modelguard.extract.terraform import TERRAGRUNT
from modelguard.link.frames import NOBODY, Folder, Frame

Stage = tuple[str, str]
"""(the root module's folder, the name of the environment)."""
_ALWAYS = re.compile(r"(?:^|/)(?:terraform\.tfvars|[^/]+\.auto\.tfvars)\Z")
_COMMON = frozenset({"common", "global", "shared", "default", "defaults", "base", "all"})
_MAX_STAGES = 30


class TerraformTree:
    """The Terraform modules of one tree. Everything is made once, so that evaluation can remember by identity."""

    def __init__(self, store: FactsStore) -> None:
        self._store = store
        self._folders: dict[tuple[str, Stage | None], Folder] = {}
        self._calls: dict[Stage | None, dict[str, list[tuple[Bind, Frame]]]] = {}
        self._files: dict[str, list[str]] = defaultdict(list)
        self._vars: dict[Stage, list[str]] = {}
        self.plans: set[str] = set()
        """Plans that lie beside the configuration that they were made from."""
        loaded = [(p, facts.format) for p, facts in store.loaded()]
        for path, kind in loaded:
            if kind == "terraform":
                self._files[posixpath.dirname(path)].append(path)
        for path, kind in loaded:
            if kind == "tfvars":
                self._assign(path)
            elif kind == "yaml" and posixpath.dirname(path) in self._files and self._is_plan(path):
                self._files[posixpath.dirname(path)].append(path)
                self.plans.add(path)
        self.workspaces: set[Stage] = set()
        """The stages that are workspaces: what is selected by `terraform.workspace` names them."""
        self._find_workspaces()
        self._find_terragrunt()
        self._affected = self._reach()

    def _is_plan(self, path: str) -> bool:
        facts = self._store.facts(path)
        return facts is not None and any(s.kind == terraform_plan.KIND for s in facts.scopes)

    def _find_terragrunt(self) -> None:
        """Terragrunt's folders that deploy one module, each a stage by the part of its path that tells it apart."""
        users: dict[str, list[str]] = defaultdict(list)
        for folder in sorted(self._files):
            for target in self._targets(folder) if TERRAGRUNT in self.folder(folder).table else ():
                users[target].append(folder)
        for folders in users.values():
            for folder in folders if len(folders) > 1 else ():
                if len(self._vars) < _MAX_STAGES:
                    others = {part for other in folders if other != folder for part in other.split("/")}
                    own = [part for part in folder.split("/") if part not in others]
                    self._vars[folder, own[0] if own else folder] = []

    def _find_workspaces(self) -> None:
        """Workspaces by name, where a mapping with literal keys is looked up by `terraform.workspace`."""
        staged = {folder for folder, _ in self._vars}
        called = {t for folder in self._files for t in self._targets(folder)}
        for folder in sorted(set(self._files) - staged - called):
            names = {name for key in self._reachable(folder) for name in self._selected(key)}
            for name in sorted(names)[: _MAX_STAGES - len(self._vars)]:
                self._vars[folder, name] = []
                self.workspaces.add((folder, name))

    def _selected(self, folder: str) -> Iterator[str]:
        table = self.folder(folder).table
        scopes = {id(frame.scope): frame.scope for _, frame in table.values()}
        for scope in scopes.values():
            looked_up = [(a.value for a in c.args[:2]) for c in scope.calls if getattr(c.func, "name", "") == "lookup"]
            pairs = [tuple(values) for values in looked_up]
            for bind in scope.binds:
                pairs += [(e.base, e.key) for e in parts(bind.value) if isinstance(e, Get)]
            for call in scope.calls:
                pairs += [(e.base, e.key) for a in call.args for e in parts(a.value) if isinstance(e, Get)]
            for pair in pairs:
                if len(pair) == 2 and isinstance(pair[1], Var) and pair[1].name == "terraform.workspace":
                    yield from _literal_keys(pair[0], table)

    def _reachable(self, root: str) -> set[str]:
        """A folder and the local modules that it calls, however indirectly."""
        todo, seen = [root], {root}
        while todo:
            for target in self._targets(todo.pop()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    def _assign(self, path: str) -> None:
        """Where a tfvars file counts: always in its folder, or for a stage of the root module above it."""
        folder = posixpath.dirname(path)
        if _ALWAYS.search(path) and folder in self._files:
            self._files[folder].append(path)
            return
        stem = posixpath.basename(path).removesuffix(".tfvars").removesuffix(".auto")
        stage = posixpath.basename(folder) if stem == "terraform" else stem
        while folder not in self._files and folder:
            folder = posixpath.dirname(folder)
        if folder in self._files and len(self._vars) < _MAX_STAGES:
            self._vars.setdefault((folder, stage), []).append(path)

    def _reach(self) -> dict[str, list[Stage]]:
        """Of each folder, the stages that decide what its variables are."""
        common = {s for s in self._vars if s[1] in _COMMON}
        if len(common) < len(self._vars):
            for stage in set(self._vars) - common:
                shared = [p for c in common if c[0] == stage[0] for p in self._vars[c]]
                self._vars[stage] = [*shared, *self._vars[stage]]
            for stage in common:
                del self._vars[stage]
        found: dict[str, list[Stage]] = defaultdict(list)
        for stage in sorted(self._vars):
            for folder in sorted(self._reachable(stage[0])):
                found[folder].append(stage)
        return found

    def _targets(self, folder: str) -> list[str]:
        """The local modules that a folder's files call."""
        found = []
        for name, (bind, _) in self.folder(folder).table.items():
            source = _source(bind) if name.startswith("module.") else None
            if source is not None and source.startswith("."):
                target = posixpath.normpath(posixpath.join(folder, source))
                found.append("" if target == "." else target)
        return found

    def stages(self, path: str) -> list[Stage | None]:
        """The stages in which the file's folder is deployed; [None] where nothing tells one from another."""
        return [*self._affected.get(posixpath.dirname(path), ())] or [None]

    def folder(self, path: str, stage: Stage | None = None) -> Folder:
        """The module in a folder, as one stage has it."""
        key = (path, stage)
        if key not in self._folders:
            folder = self._folders[key] = Folder(path, NOBODY, stage=stage)
            files = list(self._files.get(path, ()))
            if stage is not None and stage[0] == path:
                files += self._vars[stage]
            for file in files:
                facts = self._store.facts(file)
                for scope in facts.scopes if facts is not None else ():
                    kind = facts.format if facts is not None else ""
                    frame = Frame(file, scope, NOBODY, args={}, format=kind, folder=folder)
                    target = folder.table if kind == "terraform" else folder.assigned
                    target.update((bind.name, (bind, frame)) for bind in scope.binds)
        return self._folders[key]

    def module_calls(self, folder: Folder) -> list[tuple[Bind, Frame]]:
        """The `module` blocks whose source is this folder, each with the frame of its file, of the same stage."""
        stage = folder.stage
        if stage not in self._calls:
            table: dict[str, list[tuple[Bind, Frame]]] = {}
            for caller in sorted(self._files):
                if stage is not None and stage not in self._affected.get(caller, ()):
                    continue
                for name, (bind, frame) in self.folder(caller, stage).table.items():
                    source = _source(bind) if name.startswith("module.") else None
                    if source is not None and source.startswith("."):
                        target = posixpath.normpath(posixpath.join(caller, source))
                        table.setdefault("" if target == "." else target, []).append((bind, frame))
            self._calls[stage] = table
        return self._calls[stage].get(folder.path, [])

    def frame(self, path: str, stage: Stage | None = None) -> Frame | None:
        """The frame of a file, in which the parts of what it declares are looked up."""
        folder = self.folder(posixpath.dirname(path), stage)
        return next((frame for _, frame in folder.table.values() if frame.path == path), None)

    def paths(self) -> list[str]:
        """The Terraform files, by path."""
        return sorted(p for files in self._files.values() for p in files if p.endswith((".tf", ".tofu")))


def _literal_keys(base: Expr, table: dict[str, tuple[Bind, Frame]]) -> Iterator[str]:
    """The keys of a mapping that is written out: in place, in a local, in a variable's default."""
    if isinstance(base, Var) and base.name in table:
        value = table[base.name][0].value
        if base.name.startswith("var.") and isinstance(value, Rec):
            value = next((i.value for i in value.items if getattr(i.key, "value", None) == "default"), value)
        base = value
    for item in base.items if isinstance(base, Rec) else ():
        if isinstance(item.key, Lit) and isinstance(item.key.value, str):
            yield item.key.value


def _source(bind: Bind) -> str | None:
    """A module block's `source`, where it is written out."""
    items = bind.value.items if isinstance(bind.value, Rec) else ()
    found = next((i.value for i in items if getattr(i.key, "value", None) == "source"), None)
    return found.value if isinstance(found, Lit) and isinstance(found.value, str) else None
