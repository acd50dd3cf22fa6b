"""Images of an account's own registry that no build of the tree names: which Dockerfile they are made of.

A container that says which model to use, or gives a provider's key, runs a program that looks that variable up. Where one
Dockerfile alone has such a program, the image is made of that one. An image that anybody could have published
(`owner/name`) says nothing of the kind: its program may know a variable of that name as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from modelguard.catalog.clients_index import catalogue
from modelguard.link.forward import TESTS, selects_model
from modelguard.link.program import Program

_PRIVATE = re.compile(
    r"\.dkr\.ecr\.|\.azurecr\.io/|-docker\.pkg\.dev/|\A(?:\w+\.)?gcr\.io/|\Aregistry\.gitlab\.com/|\A[^/]*[<>{}$]"
    r"|\A(?i:your|my)[\w-]*[./]|\.internal/|\.local/"
)
"""Registries that belong to an account, and names that wait to be filled in."""
_PUBLISHED = re.compile(
    r"gcr\.io/(?:google|datadoghq|distroless|cloudsql|cloud-sql|kubebuilder|cloud-builders|kaniko-project|k8s|kubernetes)[\w-]*/"
)
"""What others publish where an account's own images lie as well."""


def is_own(name: str) -> bool:
    """Whether an image lies in a registry of the repository's owner, by its name."""
    return _PRIVATE.search(name) is not None and not _PUBLISHED.search(name)


def telling(variables: Iterable[str]) -> tuple[list[str], list[str]]:
    """The variables of a container that tell which program it runs: those that select a model, else keys of providers."""
    every = sorted(variables)
    return [v for v in every if selects_model(v)], [v for v in every if v in catalogue().credential_names]


def looking_up(program: Program, context: str, variables: Iterable[str]) -> str:
    """The first of these variables that code in or below a folder has as a text; empty where it has none."""
    below = f"{context}/" if context else ""
    paths = dict.fromkeys(p for p, _ in program.code() if p.startswith(below) and not TESTS.search(p))
    words = [(v, re.compile(rb"(?<![\w-])" + re.escape(v.encode()) + rb"(?![\w-])")) for v in variables]
    for path in paths:
        data = program.store.data(path) or b""
        found = next((v for v, word in words if word.search(data)), "")
        if found:
            return found
    return ""
