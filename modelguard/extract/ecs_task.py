"""ECS task definitions as files of their own: what `aws ecs register-task-definition` and its GitHub action take.

Format: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract.facts import Expr, External, Item, Lit, Opaque, Rec, Seq, Unit
from modelguard.extract.yaml_doc import get, items, text

_PLACEHOLDER = re.compile(r"[<>{}$]")


def recognises(document: Expr) -> bool:
    """Whether a document has containers as a task definition lists them."""
    containers = items(get(document, "containerDefinitions"))
    return bool(containers) and all(get(c, "image") is not None or get(c, "name") is not None for c in containers)


def units(document: Expr) -> Iterator[Unit]:
    """One unit a container; the only one goes by the task's family."""
    containers = items(get(document, "containerDefinitions"))
    family = text(get(document, "family"))
    for container in containers:
        own = text(get(container, "name")) or "container"
        alone = family if family is not None and len(containers) == 1 else own
        yield _container(alone if len(containers) == 1 else f"{family}.{own}" if family else own, own, container)


def _container(name: str, own: str, container: Expr) -> Unit:
    entries = [*_variables(container, "environment", "value"), *_variables(container, "secrets", "valueFrom")]
    command = (*items(get(container, "entryPoint")), *items(get(container, "command")))
    image, place = get(container, "image"), get(container, "name")
    if image is None or _PLACEHOLDER.search(text(image) or "<"):
        image = Opaque("an image that is named when it is deployed", container.at)
    return Unit(
        name=name,
        platform="ecs",
        at=(place or container).at,
        env=Rec(tuple(entries), container.at),
        command=Seq(command, command[0].at) if command else None,
        image=image,
        aliases=(Lit(own, container.at),) if own != name else (),
    )


def _variables(container: Expr, section: str, key: str) -> Iterator[Item]:
    for entry in items(get(container, section)):
        name, value = get(entry, "name"), get(entry, key)
        if name is not None and value is not None:
            yield Item(name, value if key == "value" else External("secret.aws", value, value.at), value.at)
