"""Entry points: which module, file or function of the tree a unit's handler, command or image comes down to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from modelguard.extract import facts as f
from modelguard.extract import pipelines, step_functions
from modelguard.extract.cloudformation import STAGED
from modelguard.extract.node_modules import is_script
from modelguard.link import built, commands, images, js_served, routes, shell
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.program import Program, folders_above
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Entry
from modelguard.link.values import Const, Mapping, Outcome, Pieces, Via, text_of, weakest

FOREIGN = "its image's own command runs, which is not in this repository"
"""Why nothing is known of a container without a command whose image is not built here."""
_JOBS = frozenset({"github-actions", "github-action"}) | pipelines.PLATFORMS
"""Platforms of whose jobs most run no program of the tree, of which nothing is missing then."""
_MAX_SCRIPTS = 10
"""Longest chain of package.json scripts that run each other."""


def entries(
    program: Program, resolver: Resolver, path: str, unit: f.Unit, frame: Frame, image: images.Image | None
) -> tuple[tuple[Entry, ...], Via, str]:
    """Where a unit enters the code, the places that say so, and why it was not found where it was not."""
    if unit.platform == step_functions.PLATFORM:
        return _machine(program, resolver, path, unit, frame)
    if unit.handler is not None:
        return _handler(program, resolver, path, unit, frame)
    if unit.command is None and image is None and unit.platform in _JOBS:
        return (), (), ""
    if unit.command is None and image is None:
        return (), (), FOREIGN
    words = argv(resolver, unit.command, frame) if unit.command is not None else []
    if image is not None:
        words = [*image.entrypoint, *words] if unit.arguments else words or image.argv
        handler = images.handler(image, words)
        if handler:
            return _in_lambda_image(program, path, unit, image, handler)
    here = installed(program, path)
    found = commands.targets(words, here)
    workdir = resolver.text(unit.workdir, frame) if unit.workdir is not None and image is None else None
    if workdir and not workdir.startswith("/"):
        found = [replace(t, folder=posixpath.join(workdir, t.folder)) for t in found]
    if not found and unit.platform in _JOBS:
        return (), (), ""  # most jobs build, test and release: nothing is missing where they run no program of the tree
    if not found and commands.runs_no_task(words):
        return (), (), ""
    if not found:
        return (), (), f"`{' '.join(words)[:80]}` runs no program that is seen"
    located: list[Entry] = []
    problem = ""

    serving = not unit.platform.startswith("github-action")  # a job builds and tests: it answers no requests

    def where(target: commands.Target) -> list[Entry]:
        started = _in_image(program, image, target) if image is not None else locate(program, path, target, serving)
        if started or not target.served or target.attribute or "." not in target.module:
            return started
        # `celery -A package.module.app`
        module, _, attribute = target.module.rpartition(".")
        return where(replace(target, module=module, attribute=attribute))

    if len(words) > 1 and shell.is_shell(words[0]):
        # A script that runs what it is given (`exec "$@"`), as one does that the image's build writes.
        scripts = where(found[0])
        passes = any('"$@"' in shell.script(program, e.path) for e in scripts)
        given = commands.targets(words[1:], here) if passes or not scripts else []
        found = [*found, *given] if passes else given or found
    for target in found:
        started = where(target)
        started += [p for e in started if target.pages for p in _pages(program, e)]
        inner = shell.expanded(program, started, where, here)
        located.extend(inner)
        name = target.module or target.file
        if started and not inner:
            problem = f"`{name}` runs no program that is seen"
        elif not inner and (name or unit.platform not in _JOBS):
            # A tool that `npx` fetches is no part of the tree.
            problem = f"`{name or target.script}` is not in the repository"
    via: list[tuple[str, int]] = [(image.path, image.line)] if image is not None else []
    if unit.command is not None:
        via.append((path, unit.command.at[0]))
    return tuple(located), tuple(via), problem


def _pages(program: Program, entry: Entry) -> Iterator[Entry]:
    """The pages beside a Streamlit application, which it runs when somebody opens them: every file of `pages/`. See
    https://docs.streamlit.io/develop/concepts/multipage-apps/pages-directory."""
    folder = posixpath.join(posixpath.dirname(entry.path), "pages", "")
    if entry.function or not entry.path.endswith(".py"):
        return
    for path in sorted(p for p in program.store.paths() if p.startswith(folder) and p.endswith(".py")):
        imports = program.scopes(path).get("")
        if "/" not in path[len(folder) :] and imports is not None and _imports_streamlit(imports):
            yield Entry(path, main=True, why=f"a page of {entry.path}", certainty=entry.certainty)


def _imports_streamlit(scope: f.Scope) -> bool:
    return any(found.module.split(".", 1)[0] == "streamlit" for found in scope.imports)


def _in_lambda_image(
    program: Program, path: str, unit: f.Unit, image: images.Image, handler: str
) -> tuple[tuple[Entry, ...], Via, str]:
    """The function that an image for Lambda runs."""
    module, _, function = handler.rpartition(".")
    via = [(image.path, image.line), *([(path, unit.command.at[0])] if unit.command is not None else [])]
    found = images.handling(program, image, module)
    alone = images.copied(program, image, function) if found is None else []
    if found is None and len(alone) != 1:
        return (), tuple(via), f"the handler `{handler}` of {image.path} is not in the repository"
    certainty = image.certainty if found is not None else "likely"
    why = f"handler {posixpath.splitext(found or alone[0])[0]}.{function}"
    why = f"{why}, alone of that name in its image, which asks for `{handler}`" if found is None else why
    why = f"{why}; {image.why}" if image.why else why
    return (Entry(found or alone[0], function, why=why, certainty=certainty),), tuple(via), ""


def _machine(
    program: Program, resolver: Resolver, path: str, unit: f.Unit, frame: Frame
) -> tuple[tuple[Entry, ...], Via, str]:
    """A state machine's definition: a scope of its template, or a file beside it."""
    named = argv(resolver, unit.command, frame) if unit.command is not None else []
    name = named[0] if named else ""
    if name in program.scopes(path):
        return (Entry(path, scope=name, why="its definition"),), (), ""
    file = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if any(s.kind == step_functions.KIND for s in program.scopes(file).values()):
        return (Entry(file, why=f"its definition {file}"),), ((path, unit.at[0]),), ""
    return (), (), f"its definition `{name}` is not in the repository"


def _in_image(program: Program, image: images.Image, target: commands.Target) -> list[Entry]:
    """The file that an image's command runs: by its COPY lines, else as seen from the folder it is built in."""
    found = images.located(program, image, target)
    seen_from = posixpath.join(image.context, "Dockerfile")
    entries = [_entry(found, target)] if found is not None else locate(program, seen_from, target)
    if image.certainty == "certain":
        return entries
    return [replace(e, why=f"{e.why}; {image.why}", certainty=weakest(e.certainty, image.certainty)) for e in entries]


def _entry(path: str, target: commands.Target) -> Entry:
    """Where a command enters the file that it was found to mean."""
    words = target.module or target.file
    how = f"runs {words}" + (f":{target.attribute}" if target.attribute else "")
    return Entry(path, target.attribute, main=not target.served, why=how)


def argv(resolver: Resolver, command: f.Expr, frame: Frame) -> list[str]:
    """The words of a command; one that is not known is `?`."""
    words: list[str] = []
    for base in resolver.evaluate(command, frame)[:1]:
        for item in elements(resolver, base) or ():
            words.append(text_of(item.value) or "?")
        if isinstance(base.value, Const) and isinstance(base.value.value, str):
            words.extend(base.value.value.split())
    return words


def installed(program: Program, path: str) -> commands.Installed:
    """The console scripts that a command in this file may mean: of the packages in folders above it, the nearest first,
    and of those elsewhere where one alone has that name."""
    found: dict[str, commands.Target] = {}
    for name, declared in program.console_scripts.items():
        above = [e for e in declared if f"/{path}".startswith(posixpath.join("/", posixpath.dirname(e[0]), ""))]
        deepest = max((m.count("/") for m, _ in above), default=0)
        chosen = [e for e in above if e[0].count("/") == deepest] or declared
        if len(chosen) == 1:
            manifest, called = chosen[0]
            found[name] = replace(commands.served(called), near=manifest)
    return found


def locate(program: Program, path: str, target: commands.Target, serving: bool = True) -> list[Entry]:
    """The module or file a command names, nearest to the file that says so; one found elsewhere is likely. `serving`:
    whether a framework that it starts has requests to answer."""
    path = target.near or (_from_folder(program, path, target.folder) if target.folder else path)
    if target.script:
        return _package_scripts(program, path, target.script, serving)
    if target.module:
        modules = [program.module(path, target.module), program.module(path, f"{target.module}.__main__")]
        nearest = next((m for m in reversed(modules) if m is not None), None)
        every = program.store.modules(target.module)
    else:
        if shell.is_shell(target.file):
            script = shell.near(program, path, target.file)
            return [_entry(script, target)] if script is not None else []
        name = posixpath.normpath(target.file).lstrip("/.")
        nearest, every = _nearest_file(program, path, name)
    if nearest is not None:
        return [_entry(nearest, target)]
    if len(every) == 1:
        entry = _entry(every[0], target)
        return [replace(entry, why=f"{entry.why}, found by its name alone", certainty="likely")]
    return js_served.of_build(program, path, target.file) if target.file and serving else []


def _from_folder(program: Program, path: str, folder: str) -> str:
    """A place in the folder that a command changes to, as seen from the folders above the file that says so."""
    for above in folders_above(path):
        inside = posixpath.normpath(posixpath.join(above, folder))
        if inside in program.store.folders():
            return posixpath.join(inside, "x")
    return path


def _package_scripts(program: Program, path: str, name: str, serving: bool, depth: int = 0) -> list[Entry]:
    """What a script of the nearest package.json runs; the routes that its framework serves where it starts one."""
    folder, data = program.nearest_package(path)
    scripts = data.get("scripts")
    command = scripts.get(name) if isinstance(scripts, dict) else None
    command = name if command is None and name in js_served.TOOLS else command
    if not isinstance(command, str) or depth > _MAX_SCRIPTS:
        return []
    here = posixpath.join(folder, "package.json")
    found: list[Entry] = []
    for target in commands.targets(["sh", "-c", command], installed(program, here)):
        if target.script:
            found += _package_scripts(program, here, target.script, serving, depth + 1)
        else:
            found += [replace(e, why=f"script {name} runs {e.path}") for e in locate(program, here, target, serving)]
    if not found and serving and routes.SERVES.search(command):
        found = js_served.entries(program, folder, f"script {name} serves it")
    return found


def started(program: Program) -> frozenset[str]:
    """The scripts of JavaScript that a package.json runs, by one of its scripts or as what it installs as a command."""
    found: set[str] = set()
    for path in (p for p in program.store.paths() if p == "package.json" or p.endswith("/package.json")):
        folder = posixpath.dirname(path)
        data = program.store.node_modules.package(folder) or {}
        scripts, commands_ = data.get("scripts"), data.get("bin")
        for name in scripts if isinstance(scripts, dict) else ():
            found.update(e.path for e in _package_scripts(program, path, str(name), serving=False) if is_script(e.path))
        written = list(commands_.values()) if isinstance(commands_, dict) else [commands_]
        files = [posixpath.normpath(posixpath.join(folder, w)) for w in written if isinstance(w, str)]
        found.update(p for file in files if (p := program.source_of(file)) is not None)
    return frozenset(found)


def _nearest_file(program: Program, path: str, name: str) -> tuple[str | None, list[str]]:
    """A file by its name as seen from the folders above; in an image (`/app/x.py`) the first folders may be missing."""
    folder = posixpath.dirname(path)
    while True:
        candidate = program.source_of(posixpath.join(folder, name))
        if candidate is not None:
            return candidate, []
        if not folder:
            break
        folder = posixpath.dirname(folder)
    parts = name.split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        if is_script(tail):
            found = [p for p in program.store.ending(tail) if p.count("/") == tail.count("/") or len(parts) > 1]
        else:
            found = [p for p in program.store.modules(tail.removesuffix(".py").replace("/", ".")) if p.endswith(tail)]
        if found:
            return None, found
    return None, []


def _handler(
    program: Program, resolver: Resolver, path: str, unit: f.Unit, frame: Frame
) -> tuple[tuple[Entry, ...], Via, str]:
    """A Lambda's `file.function`, in the folder that its package is made from."""
    assert unit.handler is not None
    every = resolver.evaluate(unit.handler, frame)
    written = [o for o in every if text_of(o.value)]
    if len(written) != 1:
        beside = [e for o in every if (e := _beside(program, o)) is not None]
        return (tuple(beside[:1]), (), "") if beside else ((), (), "its handler is not known")
    text = text_of(written[0].value) or ""
    module, _, function = text.rpartition(".")
    line = written[0].trail[0].line if written[0].trail and written[0].trail[0].path == path else unit.at[0]
    via: Via = ((path, line),)
    stem = module.replace(".", "/")
    package = ""
    for folder in _package_folders(resolver, path, unit, frame):
        place = posixpath.normpath(posixpath.join(folder, stem))
        candidate = program.code_file(place)
        if candidate is None and built.is_built(folder):
            candidate = built.source(program, place, function)
            package = package or built.package_of(program, place) or ""
        if candidate is not None:
            return (Entry(candidate, function, why=f"handler {posixpath.splitext(candidate)[0]}.{function}"),), via, ""
    staged = next((t for t in resolver.texts(unit.source, frame) if STAGED.search(t)), None)
    if staged is not None:
        return (), via, f"its code is `{staged}`, which a build uploaded; what that was made of is not told"
    found = [p for p in program.store.modules(module) if function in program.scopes(p)]
    found = found or [p for p in program.store.ending(f"{stem}.js") if built.defines(program, p, function)]
    # A package that is built holds the sources of its own function.
    found = [p for p in found if p.startswith(f"{package}/")] if package else found
    if len(found) == 1:
        why = f"handler {text}, found by its name alone"
        return (Entry(found[0], function, why=why, certainty="likely"),), via, ""
    many = "several files have" if found else "no file has"
    return (), via, f"{many} the handler `{text}`"


def _beside(program: Program, handler: Outcome) -> Entry | None:
    """A handler of which only the end is known (`${folder(__dirname)}/handler.main`): in the folder that says so."""
    tail = handler.value.tail if isinstance(handler.value, Pieces) else None
    place = next((s.path for s in handler.trail), None)
    if tail is None or place is None or "/" not in tail:
        return None
    stem, _, function = tail.rpartition("/")[2].rpartition(".")
    found = program.code_file(posixpath.join(posixpath.dirname(place), stem))
    if found is None:
        return None
    return Entry(found, function, why=f"handler {stem}.{function}, taken to lie beside {place}", certainty="likely")


def _package_folders(resolver: Resolver, path: str, unit: f.Unit, frame: Frame) -> Iterator[str]:
    """Folders that a function's zip is made of: `data.archive_file` with that `output_path`, or the path itself."""
    wanted = {posixpath.normpath(t) for t in resolver.texts(unit.source, frame)}
    if frame.folder is None:
        wanted = {posixpath.normpath(posixpath.join(posixpath.dirname(path), w)) for w in wanted}
    yield from sorted(w for w in wanted if not w.endswith(".zip"))
    for name, (bind, where) in sorted((frame.folder.table if frame.folder else {}).items()):
        if not name.startswith("data.archive_file.") or not isinstance(bind.value, f.Rec):
            continue
        block = Outcome(Mapping(bind.value, where))
        outputs = {posixpath.normpath(t) for o in entry(resolver, block, "output_path") if (t := text_of(o.value))}
        if outputs & wanted:
            for key in ("source_dir", "source_file"):
                for outcome in entry(resolver, block, key):
                    if (text := text_of(outcome.value)) is not None:
                        for folder in _as_seen(text, path):
                            yield folder if key == "source_dir" else posixpath.dirname(folder)


def _as_seen(text: str, path: str) -> list[str]:
    """A path of Terraform, which is relative to where it is run: mostly the module's own folder, else the root's."""
    plain = posixpath.normpath(text).lstrip("/")
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), text.lstrip("/")))
    return [f for f in dict.fromkeys((plain, beside)) if not f.startswith("..")]
