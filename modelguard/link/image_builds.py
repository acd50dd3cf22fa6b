"""Images that pipelines build from a Dockerfile of the tree and push under a name.

GitHub's docker/build-push-action, artifacts of Skaffold, steps of Google Cloud Build, and what `local_images` finds in scripts.
Sources: https://github.com/docker/build-push-action#inputs, https://skaffold.dev/docs/references/yaml (`build.artifacts`),
https://cloud.google.com/build/docs/build-config-file-schema.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import get, items, text
from modelguard.link import local_images
from modelguard.link.actions import repository
from modelguard.link.frames import Frame
from modelguard.link.local_images import Built
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Pieces, text_of

_ACTIONS = frozenset({"docker/build-push-action", "depot/build-push-action", "redhat-actions/buildah-build"})
_SKAFFOLD = re.compile(r"(?:^|/)skaffold[\w.-]*\.ya?ml\Z")
_CLOUD_BUILD = re.compile(r"(?:^|/)cloudbuild[\w.-]*\.(?:ya?ml|json)\Z")


def declared(program: Program, resolver: Resolver) -> Iterator[Built]:
    """Every image that the tree says how to build, by its name."""
    yield from local_images.commands(program)
    for path, unit in program.units:
        for part in unit.steps:
            if any(repository(u) in _ACTIONS for u in part.uses):
                yield from _action(program, resolver, path, part, program.unit_frame(path))
    for path in sorted(program.store.paths()):
        if _SKAFFOLD.search(path):
            for document in _documents(program, path):
                yield from _skaffold(program, path, document)
        elif _CLOUD_BUILD.search(path):
            for document in _documents(program, path):
                yield from _cloud_build(program, path, document)


def _documents(program: Program, path: str) -> tuple[f.Expr, ...]:
    facts = program.store.facts(path)
    whole = facts.document if facts is not None else None
    return whole.parts if isinstance(whole, f.Op) else (whole,) if whole is not None else ()


def _action(program: Program, resolver: Resolver, path: str, part: f.Unit, frame: Frame) -> Iterator[Built]:
    """A step's `context` and `file` are seen from the root of the tree."""
    given = {str(getattr(i.key, "value", "")): i.value for i in part.given}

    def words(name: str) -> list[str]:
        outcomes = resolver.evaluate(given[name], frame) if name in given else ()
        return [t for o in outcomes for t in re.split(r"[\s,]+", _shown(o.value)) if t]

    context = next(iter(words("context")), ".")
    file = next(iter(words("file")), None) or posixpath.join(context, "Dockerfile")
    yield from _built(program, words("tags"), file, context, f"{path}:{part.at[0]}")


def _shown(value: object) -> str:
    """A text of which the parts that are not known stand as `$`: a registry or a tag mostly."""
    if isinstance(value, Pieces):
        return "".join("$" if p is None else p for p in value.parts)
    return text_of(value) or ""  # type: ignore[arg-type]


def _skaffold(program: Program, path: str, document: f.Expr) -> Iterator[Built]:
    folder = posixpath.dirname(path)
    for artifact in items(get(document, "build", "artifacts")):
        context = posixpath.join(folder, text(get(artifact, "context")) or ".")
        file = text(get(artifact, "docker", "dockerfile")) or "Dockerfile"
        name = text(get(artifact, "image"))
        yield from _built(
            program, [name] if name else [], posixpath.join(context, file), context, f"{path}:{artifact.at[0]}"
        )


def _cloud_build(program: Program, path: str, document: f.Expr) -> Iterator[Built]:
    """Steps that run `docker build`, with their words in a list."""
    for step in items(get(document, "steps")):
        words = [text(w) or "" for w in items(get(step, "args"))]
        if "build" in words[:2]:
            folder = text(get(step, "dir"))
            near = posixpath.join(posixpath.dirname(path), folder, "x") if folder else path
            yield from local_images.of_words(program, near, words[words.index("build") + 1 :], f"{path}:{step.at[0]}")


def _built(program: Program, names: list[str], file: str, context: str, place: str) -> Iterator[Built]:
    dockerfile, plain = posixpath.normpath(file), posixpath.normpath(context)
    if dockerfile in program.store:
        for name in names:
            if "$" not in local_images.bare(name).rpartition("/")[2]:
                yield Built(local_images.bare(name), dockerfile, "" if plain == "." else plain, place)
