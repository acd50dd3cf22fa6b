"""Compiled Kubeflow pipelines (IR YAML): each task of the pipeline's graph as a step with its container.

Format: pipeline_spec.proto of Kubeflow Pipelines 2 (`kfp.compiler.Compiler().compile`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract.build import pieces
from modelguard.extract.facts import Expr, Item, Join, Lit, Op, Opaque, Rec, Seq, Unit
from modelguard.extract.yaml_doc import get, items, text

_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\[['\"]([\w-]+)['\"]\]\}\}")


def recognises(document: Expr) -> bool:
    """Whether a document is a compiled pipeline."""
    return get(document, "pipelineInfo") is not None and get(document, "deploymentSpec", "executors") is not None


def units(document: Expr) -> Iterator[Unit]:
    """One unit a task of the root graph that runs a container."""
    pipeline = text(get(document, "pipelineInfo", "name")) or "pipeline"
    tasks = get(document, "root", "dag", "tasks")
    for item in tasks.items if isinstance(tasks, Rec) else ():
        component = text(get(item.value, "componentRef", "name")) or ""
        executor = text(get(document, "components", component, "executorLabel")) or ""
        container = get(document, "deploymentSpec", "executors", executor, "container")
        if container is None or not isinstance(item.key, Lit):
            continue
        given = get(item.value, "inputs", "parameters")
        words = [
            _filled(document, component, given, w)
            for w in (*items(get(container, "command")), *items(get(container, "args")))
        ]
        entries = [
            Item(name, _filled(document, component, given, value), value.at)
            for e in items(get(container, "env"))
            if (name := get(e, "name")) is not None and (value := get(e, "value")) is not None
        ]
        yield Unit(
            name=f"{pipeline}.{item.key.value}",
            platform="step",
            at=item.key.at,
            env=Rec(tuple(entries), container.at),
            command=Seq(tuple(words), container.at) if words else None,
            image=get(container, "image"),
        )


def _filled(document: Expr, component: str, given: Expr | None, word: Expr) -> Expr:
    """A word of a command with the task's parameters put in."""
    written = text(word)
    if written is None or "{{$" not in written:
        return word
    parts = pieces(written, _PARAMETER, lambda m: _parameter(document, component, given, m[1], word), word.at)
    return parts[0] if len(parts) == 1 else Join(tuple(parts), word.at)


def _parameter(document: Expr, component: str, given: Expr | None, name: str, word: Expr) -> Expr:
    value = get(given, name)
    constant = get(value, "runtimeValue", "constant")
    if constant is not None:
        return constant
    source = text(get(value, "componentInputParameter"))
    default = get(document, "components", component, "inputDefinitions", "parameters", name, "defaultValue")
    if source is not None:
        default = get(document, "root", "inputDefinitions", "parameters", source, "defaultValue")
    if default is None:
        return Opaque(f"the parameter `{source or name}` is given when the pipeline runs", word.at)
    if source is None:
        return default
    return Op("likely", (default, Lit(f"the default of `{source}`, which a run may set", word.at)), word.at)
