"""Kubernetes manifests: workloads with their environment and command; ConfigMaps and Secrets that others name.

Read as data: what a cluster would add (defaults, admission, controllers) is not guessed. An image's own command is not
in the manifest, so a container without one has no entry point here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from modelguard.extract.facts import Export, Expr, External, Get, Item, Lit, Opaque, Rec, Redacted, Seq, Span, Unit
from modelguard.extract.secrets import digest, is_to_fill
from modelguard.extract.yaml_doc import get, items, text

_POD_PATHS: dict[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Pod": ("spec",),
}


def recognises(document: Expr) -> bool:
    """Whether a YAML document is a Kubernetes object."""
    return text(get(document, "kind")) is not None and text(get(document, "apiVersion")) is not None


def units(document: Expr) -> Iterator[Unit]:
    """One unit a container. A pod's only container, init containers apart, goes by the workload's name, all others by
    `workload.container`."""
    for entry in items(get(document, "items")) if text(get(document, "kind")) == "List" else ():
        yield from units(entry)
    kind = text(get(document, "kind")) or ""
    name = text(get(document, "metadata", "name"))
    pod = get(document, *_POD_PATHS[kind]) if kind in _POD_PATHS else None
    if name is None or pod is None:
        return
    containers = items(get(pod, "containers"))
    for container in (*items(get(pod, "initContainers")), *containers):
        alone = len(containers) == 1 and container is containers[0]
        label = name if alone else f"{name}.{text(get(container, 'name')) or 'container'}"
        yield _unit(label, kind, container, document)


def _unit(name: str, kind: str, container_: Expr, document: Expr) -> Unit:
    metadata = get(document, "metadata", "name")
    mounts = tuple(_mounts(container_, get(document, *_POD_PATHS[kind])))
    return replace(container(name, f"kubernetes/{kind}", container_, (metadata or container_).at), mounts=mounts)


def _mounts(spec: Expr, pod: Expr | None) -> Iterator[Item]:
    """Volumes that are a ConfigMap or Secret, where the container sees them; `subPath` is one file of it."""
    volumes = {text(get(v, "name")): v for v in items(get(pod, "volumes"))}
    for mount in items(get(spec, "volumeMounts")):
        volume, place = volumes.get(text(get(mount, "name"))), get(mount, "mountPath")
        for source in (volume, *items(get(volume, "projected", "sources"))) if place is not None else ():
            for key, kind, label in (
                ("configMap", "k8s.ConfigMap", "name"),
                ("secret", "k8s.Secret", "secretName"),
                ("secret", "k8s.Secret", "name"),
            ):
                target = get(source, key, label)
                if target is None or place is None:
                    continue
                whole: Expr = External(kind, target, target.at)
                listed = items(get(source, key, "items"))
                if listed:
                    pairs = [(get(i, "path"), get(i, "key")) for i in listed]
                    entries = [Item(p, Get(whole, k, k.at), k.at) for p, k in pairs if p is not None and k is not None]
                    whole = Rec(tuple(entries), target.at)
                part = get(mount, "subPath")
                yield Item(place, Get(whole, part, part.at) if part is not None else whole, place.at)


def container(name: str, platform: str, spec: Expr, at: Span) -> Unit:
    """A container as Kubernetes describes it, in its own objects and those of others."""
    command, args = get(spec, "command"), get(spec, "args")
    argv = (*items(command), *items(args))
    return Unit(
        name=name,
        platform=platform,
        at=at,
        env=_environment(spec),
        command=Seq(argv, (command or args or spec).at) if argv else None,
        workdir=get(spec, "workingDir"),
        account=None,
        image=get(spec, "image"),
        arguments=command is None and bool(argv),
    )


def _environment(container: Expr) -> Rec:
    """`envFrom` first, then `env`, whose entries win, in the order Kubernetes applies them."""
    entries: list[Item] = []
    for source in items(get(container, "envFrom")):
        for key, kind in (("configMapRef", "k8s.ConfigMap"), ("secretRef", "k8s.Secret")):
            name = get(source, key, "name")
            if name is not None:
                prefix = get(source, "prefix")
                value: Expr = External(kind, name, name.at)
                if prefix is not None:
                    value = Opaque("envFrom with a prefix", name.at)
                entries.append(Item(None, value, name.at))
    for entry in items(get(container, "env")):
        name = get(entry, "name")
        if name is not None:
            entries.append(Item(name, _value(entry, name), (get(entry, "value") or name).at))
    return Rec(tuple(entries), container.at)


def _value(entry: Expr, name: Expr) -> Expr:
    value = get(entry, "value")
    if value is not None:
        if (written := text(value)) is not None and "$(" in written:
            return Opaque("put together by Kubernetes from other variables", value.at)
        return value
    for key, kind in (("configMapKeyRef", "k8s.ConfigMap"), ("secretKeyRef", "k8s.Secret")):
        reference = get(entry, "valueFrom", key)
        target, item = get(reference, "name"), get(reference, "key")
        if target is not None and item is not None:
            return Get(External(kind, target, target.at), item, item.at)
    return Opaque("set by Kubernetes when the pod starts", name.at)


def exports(document: Expr) -> Iterator[Export]:
    """ConfigMaps and Secrets under their names; the values of a Secret are dropped, whatever they look like."""
    kind, name = text(get(document, "kind")), get(document, "metadata", "name")
    label = text(name)
    if name is None or label is None:
        return
    if kind == "ConfigMap":
        yield Export("k8s.ConfigMap", label, get(document, "data") or Rec((), name.at), name.at)
    elif kind == "Secret":
        entries = [
            _sealed(i) for part in ("data", "stringData") if isinstance(r := get(document, part), Rec) for i in r.items
        ]
        yield Export("k8s.Secret", label, Rec(tuple(entries), name.at), name.at)
    elif kind == "ExternalSecret":
        yield _external_secret(document, label, name)
    elif kind == "List":
        for entry in items(get(document, "items")):
            yield from exports(entry)


def _external_secret(document: Expr, label: str, name: Expr) -> Export:
    """The Secret that the External Secrets operator makes: each key from a store outside, put in when it is synced.

    Format: https://external-secrets.io/latest/api/externalsecret/.
    """
    target = text(get(document, "spec", "target", "name")) or label
    entries: list[Item] = []
    for entry in items(get(document, "spec", "data")):
        key, remote = get(entry, "secretKey"), get(entry, "remoteRef", "key")
        if key is not None and remote is not None:
            entries.append(Item(key, External("secret.external-secrets", remote, key.at), key.at))
    template = get(document, "spec", "target", "template", "data")
    if isinstance(template, Rec):
        entries = [Item(i.key, _filled_in(i.value, entries), i.at) for i in template.items]
    if get(document, "spec", "dataFrom") is not None:
        entries.insert(0, Item(None, Opaque("every entry of a secret outside the repository", name.at), name.at))
    return Export("k8s.Secret", target, Rec(tuple(entries), name.at), name.at)


_NAMED = re.compile(r"\{\{-?\s*(?:index\s+\.\s+)?[.\"]?([\w-]+)")


def _filled_in(value: Expr, entries: list[Item]) -> Expr:
    """An entry of the Secret's template: the secret that it names, or one of those that it is put together from."""
    names = _NAMED.findall(text(value) or "")
    found = [i.value for i in entries if isinstance(i.key, Lit) and i.key.value in names]
    if len(found) == 1 and text(value) is not None and (text(value) or "").strip().startswith("{{"):
        return found[0]
    return Opaque("put together from secrets when it is synced", value.at) if names else value


def _sealed(item: Item) -> Item:
    """A Secret's entry without its value. A placeholder (`REPLACE_ME`, `<your key>`) or a reference (`${TOKEN}`) is filled
    in when it is deployed."""
    written = text(item.value)
    if written is None or written == "":
        return item
    plain = written.strip()
    if plain.startswith(("${", "<", "{{", "$(")) or is_to_fill(plain):
        return Item(item.key, External("secret.kubernetes", item.key or item.value, item.value.at), item.at)
    return Item(item.key, Redacted(digest(written), item.value.at), item.at)


def without_secrets(document: Expr) -> Expr:
    """The document with the values of Secret objects dropped, as it may be kept."""
    if text(get(document, "kind")) != "Secret" or not isinstance(document, Rec):
        return document
    kept = []
    for item in document.items:
        inside = isinstance(item.key, Lit) and item.key.value in ("data", "stringData") and isinstance(item.value, Rec)
        if inside and isinstance(item.value, Rec):
            sealed = Rec(tuple(_sealed(i) for i in item.value.items), item.value.at)
            kept.append(Item(item.key, sealed, item.at))
        else:
            kept.append(item)
    return Rec(tuple(kept), document.at)
