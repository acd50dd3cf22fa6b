"""CloudFormation's `Fn::ForEach`, written out: what it repeats becomes entries of their own, as the transform makes them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html: a key
`Fn::ForEach::Name` with [identifier, collection, {key: template}]; `${identifier}` stands in keys and texts, and `&{…}` is
the same with everything but letters and digits left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelguard.extract.facts import Expr, Item, Lit, Opaque, Rec, Seq
from modelguard.extract.yaml_doc import get, items, text

PREFIX = "Fn::ForEach"
MAX_ENTRIES = 5_000
"""Most entries that the loops of one template are written out to."""
_MAX_DEPTH = 60
_OTHER = re.compile(r"[^A-Za-z0-9]")


def expanded(document: Expr) -> Expr:
    """The template without loops; a loop over what is only known when it is deployed stays as an unknown entry."""
    return _Loops(document).of(document, {}, 0)


@dataclass
class _Loops:
    document: Expr
    made: int = 0

    def of(self, value: Expr, names: dict[str, str], depth: int) -> Expr:
        if depth > _MAX_DEPTH:
            return Opaque("nested too deeply", value.at)
        if isinstance(value, Lit):
            return _put_in(value, names)
        if isinstance(value, Seq):
            return Seq(tuple(self.of(v, names, depth + 1) for v in value.items), value.at)
        if not isinstance(value, Rec):
            return value
        named = text(get(value, "!Ref")) or text(get(value, "Ref"))
        if len(value.items) == 1 and named in names:
            return Lit(names[named or ""], value.at)
        found: list[Item] = []
        for item in value.items:
            key = str(item.key.value) if isinstance(item.key, Lit) else ""
            if key.startswith(PREFIX):
                found += self._repeated(item, names, depth)
            else:
                where = _put_in(item.key, names) if isinstance(item.key, Lit) else item.key
                found.append(Item(where, self.of(item.value, names, depth + 1), item.at))
        return Rec(tuple(found), value.at)

    def _repeated(self, loop: Item, names: dict[str, str], depth: int) -> list[Item]:
        given = items(loop.value)
        identifier = text(given[0]) if len(given) == 3 else None
        collection = self._collection(given[1], names) if identifier is not None else None
        if identifier is None or collection is None or not isinstance(given[2], Rec):
            return [Item(loop.key, Opaque("a loop over what is known once the stack is deployed", loop.at), loop.at)]
        found: list[Item] = []
        for element in collection:
            self.made += 1
            if self.made > MAX_ENTRIES:
                found.append(Item(loop.key, Opaque(f"loops of more than {MAX_ENTRIES:,} entries", loop.at), loop.at))
                break
            inner = self.of(given[2], {**names, identifier: element}, depth + 1)
            found += inner.items if isinstance(inner, Rec) else ()
        return found

    def _collection(self, value: Expr, names: dict[str, str]) -> list[str] | None:
        """The texts that a loop goes through: a list, or the default of a parameter that is one."""
        name = text(get(value, "Ref")) or text(get(value, "!Ref"))
        if name is not None:
            default = text(get(self.document, "Parameters", name, "Default"))
            return [part.strip() for part in default.split(",")] if default else None
        if not isinstance(value, Seq):
            return None
        texts = [text(_put_in(v, names) if isinstance(v, Lit) else v) for v in value.items]
        known = [t for t in texts if t is not None]
        return known if len(known) == len(texts) else None


def _put_in(value: Lit, names: dict[str, str]) -> Lit:
    """A text with the loops' identifiers put in."""
    written = value.value
    if not isinstance(written, str) or not names or "{" not in written:
        return value
    for name, element in names.items():
        written = written.replace("${" + name + "}", element).replace("&{" + name + "}", _OTHER.sub("", element))
    return Lit(written, value.at)
