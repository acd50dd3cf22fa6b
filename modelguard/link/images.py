"""Container images that the repository builds: what they run and where their files come from.

A manifest that names an image but no command runs what the image's Dockerfile says. Which Dockerfile that is, is certain
where a build says so, and likely where only a name or the lack of any alternative does.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelguard.extract import dockerfile
from modelguard.extract import facts as f
from modelguard.extract.node_modules import SUFFIXES
from modelguard.link import commands, image_args, image_builds, local_images, own_images
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.frames import Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Certainty, Mapping, Outcome, text_of


@dataclass(frozen=True, eq=False)
class Copy:
    """`COPY sources target`, the target as an absolute path of the image."""

    sources: tuple[str, ...]
    target: str
    folder: bool


@dataclass(frozen=True, eq=False)
class Image:
    """What a Dockerfile comes to. `context` is the folder of the tree that it is built in."""

    path: str
    line: int
    context: str
    workdir: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    copies: tuple[Copy, ...]
    env: f.Expr | None
    frame: Frame
    base: str = ""
    of_args: tuple[tuple[str, str], ...] = ()
    """Variables that are the value of a build argument, each with that argument."""
    certainty: Certainty = "certain"
    why: str = ""

    @property
    def argv(self) -> list[str]:
        """The whole command line where nobody gives another."""
        return [*self.entrypoint, *self.command]


_MAX_SHOWN = 5


class Images:
    """The images of a tree's Dockerfiles; each is looked for once, however many units may run it."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self._program = program
        self._resolver = resolver
        self._paths = [p for p, facts in program.store.loaded() if facts.format == "dockerfile"]
        self._placed: dict[str, Image | None] = {}
        self._agreed: list[Image] | None = None
        self._commands: tuple[local_images.Built, ...] | None = None
        self._looking_up: dict[tuple[str, tuple[str, ...]], str] = {}

    def of_unit(self, unit: f.Unit, frame: Frame, path: str) -> Image | None:
        """The image that a unit runs: of its build, else by its name, else the only program there is to run."""
        if unit.build is not None:
            return _built(self._program, self._resolver, unit.build, frame, path)
        if unit.image is None:
            return None
        name = self._resolver.text(unit.image, frame)
        bare = re.split(r"[:@]", name.rsplit("/", 1)[-1])[0] if name else ""
        same = _of_the_same_name(self._program, self._resolver, name) if bare and name else None
        same = same or (self._commanded(name) if bare and name else None)
        local = bool(name) and _at_hand(unit) and local_images.is_local(name or "")
        unanimous = not name or "$" in name or (local and len(self._paths) > 1)
        names = [n for n in (bare, unit.name) if n]
        if unit.platform == "lambda":
            names += [t for alias in unit.aliases for t in self._resolver.texts(alias, frame)]
        found = same or self._labelled(names, unanimous)
        if unit.platform == "lambda":
            return found or (self._only_lambda() if not name or "$" in name else None)
        found = found or (self._only(name) if name and local else None)
        return found or (self._by_variables(unit, frame, name) if name and own_images.is_own(name) else None)

    def every(self) -> Iterator[tuple[str, Image]]:
        """Every Dockerfile of the tree with its image, plain names first, of those in one folder."""
        for path in sorted(self._paths, key=lambda p: (posixpath.dirname(p), len(posixpath.basename(p)), p)):
            image = self._anywhere(path)
            if image is not None:
                yield path, image

    def why_not(self, unit: f.Unit, frame: Frame) -> str:
        """Why the Dockerfile of an image that can only be built by hand is not known; empty where that is no question."""
        name = self._resolver.text(unit.image, frame) if unit.image is not None else None
        if name is None or not _at_hand(unit) or not local_images.is_local(name) or len(self._paths) < 2:
            return ""
        shown = ", ".join(self._paths[:_MAX_SHOWN]) + (" …" if len(self._paths) > _MAX_SHOWN else "")
        return f"its image `{name}` may be built from any of {len(self._paths)} Dockerfiles ({shown})"

    def _commanded(self, name: str) -> Image | None:
        """What a command of the tree builds an image of this name from."""
        if self._commands is None:
            self._commands = tuple(image_builds.declared(self._program, self._resolver)) if self._paths else ()
        built = local_images.named(self._commands, name)
        image = read(self._program, self._resolver, built.dockerfile, built.context) if built is not None else None
        if image is None or built is None:
            return None
        return replace(image, certainty="likely", why=f"{built.place} builds an image of that name")

    def _only(self, name: str) -> Image | None:
        """The only Dockerfile of the tree, for a name by which no image can be pulled."""
        if len(self._paths) != 1:
            return None
        image = self._anywhere(self._paths[0])
        why = f"`{name}` is pulled from nowhere, and {self._paths[0]} is the only Dockerfile"
        return replace(image, certainty="likely", why=why) if image is not None else None

    def _by_variables(self, unit: f.Unit, frame: Frame, name: str) -> Image | None:
        """The one Dockerfile whose program looks up what this container is given, for an image of the repository's own."""
        given = self._resolver.evaluate(unit.env, frame) if unit.env is not None else ()
        keys = [t for b in given for k in element_keys(self._resolver, b) or () if (t := text_of(k.value)) is not None]
        images = [i for p in self._paths if (i := self._anywhere(p)) is not None and i.argv]
        for variables in own_images.telling(dict.fromkeys(keys)):
            fitting = [(i, v) for i in images if (v := self._looked_up(i.context, tuple(variables)))]
            if len(fitting) == 1:
                image, variable = fitting[0]
                why = f"{image.path} is the only image here whose program looks up `{variable}`, which it is given"
                return replace(image, certainty="likely", why=why)
            if fitting:
                break
        return None

    def _looked_up(self, context: str, variables: tuple[str, ...]) -> str:
        """The variable that code of a context looks up; its files are read once for all containers given the same."""
        if (context, variables) not in self._looking_up:
            self._looking_up[context, variables] = own_images.looking_up(self._program, context, variables)
        return self._looking_up[context, variables]

    def _only_lambda(self) -> Image | None:
        """The one image of the tree that is made for Lambda, where there is one."""
        made = [i for p in self._paths if (i := self._anywhere(p)) is not None and handler(i, i.argv)]
        why = f"{made[0].path} is the only image here that is made for Lambda" if made else ""
        return replace(made[0], certainty="likely", why=why) if len(made) == 1 else None

    def _labelled(self, names: list[str], unanimous: bool) -> Image | None:
        """The Dockerfile that goes by one of these names; where no name is known, what all Dockerfiles agree to run."""
        for name in (c for n in names for c in _candidates(n)):
            fitting = [p for p in self._paths if _plain(name) in _labels(p)]
            if len(fitting) == 1:
                image = self._anywhere(fitting[0])
                why = f"{fitting[0]} goes by the name of its image"
                return replace(image, certainty="likely", why=why) if image else None
        agreed = self._unanimous() if unanimous else []
        return (
            replace(agreed[0], certainty="likely", why="every image that this repository builds runs it")
            if agreed
            else None
        )

    def _unanimous(self) -> list[Image]:
        """The images that run something, where all of them run the same program of the tree; else none."""
        if self._agreed is None:
            images = [i for p in self._paths if (i := self._anywhere(p)) is not None and i.argv]
            runs = {tuple(located(self._program, i, t) for t in commands.targets(i.argv)) for i in images}
            self._agreed = images if len(runs) == 1 and all(runs.pop()) else []
        return self._agreed

    def _anywhere(self, path: str) -> Image | None:
        """A Dockerfile whose context is not told: its own folder or one above, whichever has what it copies."""
        if path not in self._placed:
            self._placed[path] = self._place(path)
        return self._placed[path]

    def _place(self, path: str) -> Image | None:
        context = posixpath.dirname(path)
        while True:
            image = read(self._program, self._resolver, path, context)
            if image is None or not context:
                return image
            if all(_exists(self._program, posixpath.join(context, s)) for c in image.copies for s in c.sources):
                return image
            context = posixpath.dirname(context)


def _at_hand(unit: f.Unit) -> bool:
    """Whether a unit may run an image that lies where it runs: of a cluster on one's own machine, or of Compose."""
    return unit.platform.startswith("kubernetes") or unit.platform == "compose"


def _built(program: Program, resolver: Resolver, build: f.Expr, frame: Frame, path: str) -> Image | None:
    base = Outcome(Mapping(build, frame)) if isinstance(build, f.Rec) else None
    if base is None:
        return None

    def given(key: str, default: str) -> str:
        texts = [t for o in entry(resolver, base, key) if (t := text_of(o.value)) is not None]
        return texts[0] if texts else default

    context = posixpath.normpath(posixpath.join(posixpath.dirname(path), given("context", ".")))
    written = posixpath.normpath(posixpath.join(context, given("dockerfile", "Dockerfile")))
    image = read(program, resolver, written, "" if context == "." else context, given("target", ""))
    args = entry(resolver, base, "args")
    if image is None or image.env is None or not image.of_args or not args:
        return image
    env, place = image_args.given(resolver, image.path, image.env, image.frame, image.of_args, args)
    return replace(image, env=env, frame=place)


def read(program: Program, resolver: Resolver, path: str, context: str, stage: str = "") -> Image | None:
    """The image of a Dockerfile of the tree, or None where there is none."""
    facts = program.store.facts(path)
    if facts is None or facts.format != "dockerfile" or facts.document is None:
        return None
    frame = program.document_frame(path)
    found = [o for b in resolver.evaluate(facts.document, frame) for o in entry(resolver, b, stage)]
    if not found:
        return None
    parts = found[0]

    def words(key: str) -> tuple[str, ...]:
        return tuple(text_of(i.value) or "?" for o in entry(resolver, parts, key) for i in elements(resolver, o) or ())

    def text(key: str) -> str:
        return next((t for o in entry(resolver, parts, key) if (t := text_of(o.value)) is not None), "")

    copies = [
        _copy([text_of(w.value) or "" for w in elements(resolver, c) or ()])
        for o in entry(resolver, parts, "copies")
        for c in elements(resolver, o) or ()
    ]
    command = facts.document
    lines = [o.trail[0].line for key in ("command", "entrypoint") for o in entry(resolver, parts, key) if o.trail]
    env = next((o.value.rec for o in entry(resolver, parts, "env") if isinstance(o.value, Mapping)), None)
    return Image(
        path=path,
        line=lines[0] if lines else command.at[0],
        context=context,
        workdir=text("workdir") or "/",
        entrypoint=words("entrypoint"),
        command=words("command"),
        copies=tuple(c for c in copies if c is not None),
        env=env,
        frame=frame,
        base=text("base"),
        of_args=image_args.named(resolver, parts),
    )


_HANDLER = re.compile(r"[\w./-]+\.\w+\Z")
_CLIENTS = ("awslambdaric", "aws-lambda-ric")
"""Lambda's runtime interface clients, which are given the handler."""


def handler(image: Image, words: list[str]) -> str:
    """The handler (`module.function`) that an image for Lambda is given by these words; empty for any other image."""
    client = next((n for n, w in enumerate(words) if w.rsplit("/", 1)[-1] in _CLIENTS), None)
    if client is None and dockerfile.LAMBDA.search(image.base) is None:
        return ""
    after = words if client is None else words[client + 1 :]
    plain = [w for w in after if "entrypoint" not in w and not w.endswith("aws-lambda-rie")]
    return plain[0] if len(plain) == 1 and _HANDLER.match(plain[0]) else ""


def handling(program: Program, image: Image, module: str) -> str | None:
    """The file of the tree that is a handler's module in an image: by its COPY lines, else seen from its context."""
    found = located(program, image, commands.Target(module=module.replace("/", "."), served=True))
    if found is not None:
        return found
    for suffix in SUFFIXES:
        path = posixpath.normpath(posixpath.join(image.workdir, f"{module}{suffix}"))
        if (found := _source(program, image, path)) is not None:
            return found
    stem = module.replace(".", "/")
    folders = (folder(program, image), image.context)
    return next((c for d in folders if (c := program.code_file(posixpath.normpath(posixpath.join(d, stem))))), None)


def copied(program: Program, image: Image, function: str) -> list[str]:
    """The files of code that an image copies one by one and that have a function of this name."""
    sources = (
        posixpath.normpath(posixpath.join(image.context, s.lstrip("/"))) for c in image.copies for s in c.sources
    )
    return [p for p in dict.fromkeys(sources) if p in program.store and function in program.scopes(p)]


def _copy(words: list[str]) -> Copy | None:
    if len(words) < 3:
        return None
    *sources, target, workdir = words
    whole = posixpath.normpath(posixpath.join(workdir, target))
    return Copy(tuple(sources), whole, target.endswith(("/", ".")) or len(sources) > 1)


# -- which image a name means --------------------------------------------------------------------------------------------


def _of_the_same_name(program: Program, resolver: Resolver, name: str) -> Image | None:
    """The build of a service that gives its image this very name."""
    for path, unit in program.units:
        if unit.build is None or unit.image is None:
            continue
        frame = program.unit_frame(path)
        other = resolver.text(unit.image, frame)
        if other is not None and other.split(":", 1)[0] == name.split(":", 1)[0]:
            return _built(program, resolver, unit.build, frame, path)
    return None


_GENERIC = frozenset(
    "api app server service svc backend worker canary stable blue green dev prod staging latest".split()
)


def _candidates(name: str) -> list[str]:
    """A name, then the name without words that say nothing (`scan-api-canary`: `scan`), then its last word."""
    words = [w for w in re.split(r"[^A-Za-z0-9]+", name) if w]
    kept = list(words)
    found = [name]
    while len(kept) > 1 and kept[-1].lower() in _GENERIC:
        kept.pop()
        found.append("-".join(kept))
    return [*found, words[-1]] if len(words) > 1 else found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _labels(path: str) -> set[str]:
    """What a Dockerfile may be called: its suffix or prefix, else its folder."""
    folder, base = posixpath.split(path)
    label = re.sub(r"(?i)^(?:dockerfile|containerfile)[._-]?|[._-]?dockerfile$", "", base)
    return {_plain(label)} if label else {_plain(posixpath.basename(folder))} - {""}


def _exists(program: Program, path: str) -> bool:
    plain = posixpath.normpath(path)
    if plain == "." or "*" in plain:
        return True
    return plain in program.store or plain in program.store.folders()


# -- from the image's paths to the tree's ----------------------------------------------------------------------------------


def located(program: Program, image: Image, target: commands.Target) -> str | None:
    """The file of the tree that a command of the image runs; None where its COPY lines don't tell."""
    if target.module:
        stem = target.module.replace(".", "/")
        names = [f"{stem}.py", f"{stem}/__init__.py"]
        names = [f"{stem}/__main__.py", *names] if not target.served else names
    else:
        names = [target.file]
    for name in names:
        for root in (posixpath.join(image.workdir, target.folder), posixpath.join(image.workdir, "src")):
            found = _source(program, image, posixpath.normpath(posixpath.join(root, name)))
            if found is not None:
                return found
    return None


def folder(program: Program, image: Image) -> str:
    """The folder of the tree that becomes the image's working directory."""
    for copy in reversed(image.copies):
        if copy.target == image.workdir:
            for source in copy.sources:
                plain = posixpath.normpath(posixpath.join(image.context, source.lstrip("/")))
                if plain == "." or plain not in program.store:
                    return "" if plain == "." else plain
    return image.context


def _source(program: Program, image: Image, path: str) -> str | None:
    for copy in reversed(image.copies):
        for source in copy.sources:
            plain = posixpath.normpath(posixpath.join(image.context, source.lstrip("/")))
            plain = "" if plain == "." else plain
            if plain in program.store or "*" in plain:
                name = posixpath.basename(path) if "*" in plain else posixpath.basename(plain)
                candidate = posixpath.join(posixpath.dirname(plain), name)
                whole = posixpath.join(copy.target, name) if copy.folder or "*" in plain else copy.target
                if whole == path and fnmatch.fnmatchcase(candidate, plain) and candidate in program.store:
                    return candidate
                continue
            inside = path[len(copy.target) :] if path.startswith(copy.target.rstrip("/") + "/") else None
            if inside is not None and (found := posixpath.join(plain, inside.lstrip("/"))) in program.store:
                return found
    return None
