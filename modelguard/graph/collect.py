"""From trails to nodes and edges: each definition on the way of a value is a field, each secret a token."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from modelguard.catalog.clients_index import catalogue
from modelguard.catalog.identity import identify, looks_like_model
from modelguard.extract.secrets import is_secret_name
from modelguard.graph.edges import Edges
from modelguard.graph.model import Consumer, Edge, Field, Model, Node, Site, Token, Unresolved
from modelguard.graph.nodes import (
    PLACEHOLDER,
    FieldSeen,
    Place,
    SiteSeen,
    TokenSeen,
    assign_ids,
    credential_of,
    definitions,
    listed,
    place_of,
    said,
    token_key,
)
from modelguard.link.access import element_keys, entry
from modelguard.link.analysis import Linked
from modelguard.link.forward import TESTS, selects_llm
from modelguard.link.reads import Read
from modelguard.link.runners import Runner
from modelguard.link.spending import Sink
from modelguard.link.values import (
    Certainty,
    Const,
    Credential,
    External,
    Instance,
    Made,
    Mapping,
    Outcome,
    Pieces,
    Step,
    Unknown,
    Via,
    text_of,
    weakest,
)

_GATEWAY = re.compile(r"(?:^|/)litellm(?:-database|-non_root|-ee)?(?:[:@]|$)")
"""Names of the images that LiteLLM publishes."""


@dataclass
class Collected:
    """Nodes and edges of a graph, before who shares what is counted."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    calls: int = 0
    resolved: int = 0


class Collector:
    """Goes through what linking found, in the order: calls, reads, what stands under selecting keys, what is held."""

    def __init__(self, linked: Linked) -> None:
        self._linked = linked
        self._fields: dict[Place, FieldSeen] = {}
        self._tokens: dict[tuple[str, ...], TokenSeen] = {}
        self._sites: dict[tuple[str, Place], SiteSeen] = {}
        self._models: dict[Place, set[str]] = defaultdict(set)
        self._edges = Edges()
        self._out = Collected()
        self._undefined: dict[tuple[str, str], Step] = {}
        self._left: dict[tuple[str, int, Literal["model", "value"], str], dict[str, None]] = {}

    def collect(self) -> Collected:
        """All nodes and edges, ids assigned."""
        self._find_undefined()
        self._calls()
        for step in self._linked.named:
            self._field(step)
        held = list(self._held())
        for runner, outcome, credential in held:
            self._credential(runner, outcome, credential)
        for read in self._linked.reads:
            self._read(read)
        self._routes()
        for runner, outcome, credential in held:
            self._hold(runner, outcome, credential)
        self._told()
        self._problems()
        return self._finished()

    # -- undefined environment variables: one field at the first read ----------------------------------------------------

    def _find_undefined(self) -> None:
        found = [(r, o) for r, s in self._linked.sinks for o in (*s.models, *s.tokens)]
        found += [(r.runner, o) for r in self._linked.reads for o in r.outcomes]
        for runner, outcome in found:
            for step in outcome.trail:
                if step.role == "undefined":
                    key = (_owner(runner), step.name)
                    first = self._undefined.get(key)
                    if first is None or place_of(step) < place_of(first):
                        self._undefined[key] = step

    def _canonical(self, step: Step, runner: Runner | None) -> Step:
        return self._undefined.get((_owner(runner), step.name), step) if step.role == "undefined" else step

    # -- fields and tokens -----------------------------------------------------------------------------------------------

    def _field(self, step: Step, why: str = "") -> FieldSeen:
        place = place_of(step)
        seen = self._fields.setdefault(place, FieldSeen(place))
        if step.name:
            seen.names.add(step.name)
        if step.value is not None:
            seen.values.add(step.value)
        elif why:
            seen.whys.add(why)
        return seen

    def _chain(self, outcome: Outcome, runner: Runner | None) -> list[FieldSeen]:
        """The fields on a value's way, nearest to the use first, joined by `derives`."""
        steps = [self._canonical(s, runner) for s in definitions(outcome.trail)]
        why = outcome.value.why if isinstance(outcome.value, (Unknown, Pieces)) else ""
        passes = _passing(outcome)
        chain = [self._field(replace(s, value=None) if n < passes else s, why) for n, s in enumerate(steps)]
        for near, far, step in zip(chain, chain[1:], steps[1:], strict=False):
            if near is not far:
                near.derived = True
                self._edges.add("derives", ("field", near.place), ("field", far.place), step.certainty, step.why)
        return chain

    def _key(self, outcome: Outcome, root: Step) -> tuple[str, ...] | None:
        """What makes two tokens one. A variable of one name that two projects of a tree define is two."""
        key = token_key(outcome, root)
        return (*key, self._linked.program.shown_for(key[1], root.path)) if key and key[0] == "environment" else key

    def _token(self, outcome: Outcome, runner: Runner | None) -> TokenSeen | None:
        steps = [self._canonical(s, runner) for s in definitions(outcome.trail)]
        secret = credential_of(outcome.value)
        key = self._key(Outcome(outcome.value), steps[-1]) if steps else None
        if secret is None or key is None:
            return None
        root = steps[-1]
        if isinstance(secret, Unknown) and not secret.store and _is_another(root.name, outcome):
            return None
        name = root.name or secret.name or "token"
        binding = secret.binding
        token = self._tokens.setdefault(key, TokenSeen(key, name, binding, secret.store))
        token.places.add(place_of(root))
        token.name = min(token.name, name)
        if isinstance(secret, Unknown):
            token.why = secret.why
        return token

    # -- calls -----------------------------------------------------------------------------------------------------------

    def _calls(self) -> None:
        by_place: dict[Place, list[tuple[Runner | None, Sink]]] = defaultdict(list)
        for runner, sink in self._linked.sinks:
            if not sink.opens:
                by_place[sink.frame.path, *sink.call.at].append((runner, sink))
        for place, found in sorted(by_place.items(), key=lambda e: e[0]):
            reached = [(r, s) for r, s in found if r is not None] or found
            if reached[0][0] is None and TESTS.search(place[0]):
                self._in_test(place, [s for _, s in reached])
                continue
            resolved = True
            for runner, sink in reached:
                resolved &= self._call(place, runner, sink)
            self._out.calls += 1
            self._out.resolved += resolved
        for runner, sink in self._linked.sinks:
            if sink.opens:
                self._client(runner, sink)

    def _client(self, runner: Runner | None, sink: Sink) -> None:
        """A client that is made: whoever makes it uses the credential, whatever it then asks. Of code that nothing runs only
        what is written there counts."""
        for outcome in sink.tokens:
            written = isinstance(outcome.value, Credential) and outcome.value.binding == "literal"
            token = self._token(outcome, runner) if runner is not None or written else None
            if token is None:
                continue
            target = ("token", token.key)
            read = self._read_sites(target, outcome, runner)
            if read is None and not self._edges.is_target("reads", target):
                place = (sink.frame.path, *sink.call.at)
                site = self._sites.setdefault(
                    ("read", place), SiteSeen("read", place, sink.frame.scope.name or "(module)")
                )
                self._edges.add("reads", ("site", site.id), target)
                if runner is not None:
                    self._edges.add("runs", ("consumer", _owner(runner)), ("site", site.id))
            if runner is not None:
                certainty, why, dormant = _strength(outcome)
                via = _via(outcome, ((sink.frame.path, sink.call.at[0]),), runner)
                self._uses(runner, target, certainty, why, via, dormant)

    def _in_test(self, place: Place, sinks: list[Sink]) -> None:
        """A call in a test that nothing runs: which model it asks for is no matter, but a key in it is one."""
        for sink in sinks:
            for outcome in sink.tokens:
                written = isinstance(outcome.value, Credential) or bool(text_of(outcome.value))
                token = self._token(outcome, None) if written else None
                if token is not None and token.binding == "literal":
                    site = SiteSeen("call", place, sink.frame.scope.name or "(module)", sink.api)
                    self._sites["call", place] = site
                    self._linked_to(("token", token.key), site, outcome, None, sink)

    def _call(self, place: Place, runner: Runner | None, sink: Sink) -> bool:
        site = SiteSeen("call", place, sink.frame.scope.name or "(module)", sink.api)
        self._sites["call", place] = site
        known = False
        named = any(said(o.value) is not None for o in sink.models)
        for outcome in sink.models:
            if named and isinstance(outcome.value, Const) and outcome.value.value is None:
                continue  # an argument left out, where another way in gives it
            chain = self._chain(outcome, runner)
            text = said(outcome.value)
            if chain and text is not None:
                self._models[chain[_passing(outcome)].place].add(text)
                if sink.proxied or not looks_like_model(text):
                    self._aliased(chain, text)
            dormant = any(s.dormant for s in outcome.trail)
            if text is None and not dormant:
                found = isinstance(outcome.value, Unknown) and any(s.kind == "define" for s in outcome.trail)
                self._unknown(place, "value" if found else "model", outcome, runner)
            if chain:
                known |= text is not None or any(s.kind == "define" for s in outcome.trail)
                self._linked_to(("field", chain[0].place), site, outcome, runner, sink)
        for outcome in sink.tokens:
            token = self._token(outcome, runner)
            if token is not None:
                self._linked_to(("token", token.key), site, outcome, runner, sink)
                if token.binding == "unknown" and _stands_in(token.name, sink):
                    token.binding, token.store = "literal", PLACEHOLDER
        if runner is not None:
            self._edges.add("runs", ("consumer", _owner(runner)), ("site", site.id), sink.certainty, sink.why)
        return known

    def _unknown(self, place: Place, kind: Literal["model", "value"], outcome: Outcome, runner: Runner | None) -> None:
        why = getattr(outcome.value, "why", "") or "a value that is not text"
        if isinstance(outcome.value, (External, Made)):
            why = f"`{outcome.value.name}` is known only when the program runs"
        if isinstance(outcome.value, (Instance, Mapping)):
            why = "an object that the program makes itself stands for the model"
        if isinstance(outcome.value, Const):
            why = f"the model is {outcome.value.value!r} here"
        left = self._left.setdefault((*place[:2], kind, why), {})
        if runner is not None:
            left[runner.name] = None

    def _told(self) -> None:
        """What could not be determined, once for each place and reason, with the consumers in which it is so."""
        for (path, line, kind, why), names in self._left.items():
            who = f" (in {listed(sorted(names))})" if names else ""
            self._out.unresolved.append(Unresolved(path, line, kind, f"{why}{who}", tuple(sorted(names))))

    def _linked_to(
        self, target: tuple[str, object], site: SiteSeen, outcome: Outcome, runner: Runner | None, sink: Sink
    ) -> None:
        """uses, reads and calls edges of one value that reaches a call."""
        read = self._read_sites(target, outcome, runner)
        certainty, why, dormant = _strength(outcome, sink.certainty, sink.why)
        if read is not None:
            self._edges.add("calls", ("site", site.id), ("site", read.id), certainty, why)
        else:
            self._edges.add("reads", ("site", site.id), target, certainty, why)
        if runner is not None:
            via = _via(outcome, ((sink.frame.path, sink.call.at[0]),), runner)
            self._uses(runner, target, certainty, why, via, dormant)

    def _uses(
        self, runner: Runner, target: tuple[str, object], certainty: Certainty, why: str, via: Via, dormant: bool
    ) -> None:
        entered = weakest(certainty, *(e.certainty for e in runner.entries))
        words = why or "; ".join(dict.fromkeys(e.why for e in runner.entries if e.why))
        self._edges.add("uses", ("consumer", _owner(runner)), target, entered, words, via, dormant)

    def _read_sites(self, target: tuple[str, object], outcome: Outcome, runner: Runner | None) -> SiteSeen | None:
        """The read nearest to the use; each read of the trail reads the definition that follows it."""
        first: SiteSeen | None = None
        steps = outcome.trail
        for index, step in enumerate(steps):
            if step.kind != "read":
                continue
            after = [s for s in steps[index:] if s.kind in ("define", "literal")]
            if not after:
                continue
            site = self._sites.setdefault(
                ("read", place_of(step)), SiteSeen("read", place_of(step), step.name or "(module)")
            )
            first = first or site
            where = target if target[0] == "token" else ("field", place_of(self._canonical(after[0], runner)))
            self._edges.add("reads", ("site", site.id), where, step.certainty, step.why)
            if runner is not None:
                self._edges.add("runs", ("consumer", _owner(runner)), ("site", site.id))
        return first

    # -- reads that no call was seen to follow -----------------------------------------------------------------------------

    def _read(self, read: Read) -> None:
        for outcome in read.outcomes:
            steps = [self._canonical(s, read.runner) for s in definitions(outcome.trail)]
            if not steps:
                continue
            target: tuple[str, object] | None = None
            known = any(place_of(s) in self._fields for s in steps)
            text = text_of(outcome.value) or ""
            chosen = bool(text) and any(s.kind == "define" and selects_llm(s.name) for s in steps)
            if known or chosen or (looks_like_model(text) and _selecting(steps)):
                chain = self._chain(outcome, read.runner)
                target = ("field", chain[0].place)
            else:
                key = self._key(outcome, steps[-1])
                if key in self._tokens:
                    token = self._token(outcome, read.runner)
                    target = ("token", token.key) if token is not None else None
            if target is None:
                continue
            self._read_sites(target, outcome, read.runner)
            if read.runner is not None:
                certainty, why, dormant = _strength(outcome)
                via = _via(outcome, (), read.runner)
                self._uses(read.runner, target, certainty, why, via, dormant)

    # -- gateways ----------------------------------------------------------------------------------------------------------

    def _aliased(self, chain: list[FieldSeen], text: str) -> None:
        """A name that a gateway's route answers to: the field derives from the route's model."""
        for path, route in self._linked.program.routes:
            if not fnmatch.fnmatchcase(text, route.alias.replace("[", "[[]")):
                continue
            frame = self._linked.program.document_frame(path)
            target = self._linked.resolver.text(route.model, frame)
            stars = text[len(route.alias.split("*", 1)[0]) :] if "*" in route.alias else ""
            served = target.replace("*", stars, 1) if target and "*" in route.alias else target
            if target is None or served == text:
                continue
            place = (path, *route.model.at)
            seen = self._fields.setdefault(place, FieldSeen(place, role="route"))
            seen.role = "route"
            seen.names.add(f"model_list.{route.alias}")
            seen.values.add(target)
            self._models[place].add(served or target)
            self._models[chain[0].place].discard(text)
            self._models[chain[0].place].add(served or target)
            chain[-1].derived = True
            self._edges.add(
                "derives", ("field", chain[-1].place), ("field", place), "certain", f"route `{route.alias}`"
            )

        self._fall_back(chain[-1], text, {text})

    def _fall_back(self, asked: FieldSeen, alias: str, seen: set[str]) -> None:
        """Models that a gateway answers with instead: whoever asks for the alias can reach them too, and pay for them."""
        for path, fallback in self._linked.program.fallbacks:
            frame = self._linked.program.document_frame(path)
            target = self._linked.resolver.text(fallback.model, frame)
            if target is None or target in seen or not fnmatch.fnmatchcase(alias, fallback.alias.replace("[", "[[]")):
                continue
            seen.add(target)
            for where, route in self._linked.program.routes:
                if fnmatch.fnmatchcase(target, route.alias.replace("[", "[[]")):
                    place = (where, *route.model.at)
                    self._fields.setdefault(place, FieldSeen(place, role="route"))
                    why = f"`{target}` stands in for `{alias}` {fallback.fallback}"
                    edge = ("field", asked.place), ("field", place)
                    self._edges.add("derives", *edge, "possible", why, ((path, fallback.model.at[0]),), True)
            self._fall_back(asked, target, seen)

    def _routes(self) -> None:
        """Routes that name a model, also those that no client in the tree asks for."""
        for path, route in self._linked.program.routes:
            text = self._linked.resolver.text(route.model, self._linked.program.document_frame(path))
            place = (path, *route.model.at)
            if text is None or "*" in text:
                continue
            seen = self._fields.setdefault(place, FieldSeen(place))
            seen.role = "route"
            seen.names.add(f"model_list.{route.alias}")
            seen.values.add(text)
            self._models[place].add(text)

    # -- what is put into an environment and never read ----------------------------------------------------------------------

    def _held(self) -> Iterator[tuple[Runner, Outcome, bool]]:
        """Every variable of every consumer, and whether it goes by a provider's name for its key."""
        resolver = self._linked.resolver
        for runner in self._linked.runners:
            unit, frame = runner.context.unit, runner.context.unit_frame
            if unit is None or unit.env is None or frame is None:
                continue
            for base in resolver.evaluate(unit.env, frame):
                for key in element_keys(resolver, base) or ():
                    name = text_of(key.value)
                    for outcome in entry(resolver, base, name) if name is not None else ():
                        yield runner, outcome, name in catalogue().credential_names

    def _credential(self, runner: Runner, outcome: Outcome, credential: bool) -> TokenSeen | None:
        """The token that a variable is: one by a provider's name for its key is, whoever reads it."""
        steps = definitions(outcome.trail)
        key = self._key(outcome, steps[-1]) if steps else None
        credential = credential or any(s.name in catalogue().credential_names for s in steps)
        return self._token(outcome, runner) if key is not None and (credential or key in self._tokens) else None

    def _hold(self, runner: Runner, outcome: Outcome, credential: bool) -> None:
        """A variable in an environment."""
        steps = definitions(outcome.trail)
        if not steps:
            return
        target: tuple[str, object] | None = None
        token = self._credential(runner, outcome, credential)
        if token is not None:
            target = ("token", token.key)
        elif any(place_of(s) in self._fields for s in steps):
            target = ("field", self._chain(outcome, runner)[0].place)
        if target is not None and target[0] == "token" and self._is_gateway(runner):
            via = tuple((s.path, s.line) for s in reversed(steps))
            self._uses(runner, target, "likely", "a LiteLLM proxy reads its keys from the environment", via, False)
        elif target is not None and not self._edges.has("uses", ("consumer", _owner(runner)), target):
            via = tuple((s.path, s.line) for s in reversed(steps))
            self._edges.add("holds", ("consumer", _owner(runner)), target, "certain", "in its environment", via)

    def _is_gateway(self, runner: Runner) -> bool:
        """Whether a unit runs the LiteLLM proxy: by its image's name, or its command."""
        unit, frame = runner.context.unit, runner.context.unit_frame
        if unit is None or frame is None or runner.entries:
            return False
        image = self._linked.resolver.text(unit.image, frame) or ""
        return re.search(
            r"(?:^|/)litellm(?:-database|-non_root|-ee)?(?:[:@]|$)", image
        ) is not None or runner.problem.startswith("`litellm ")

    # -- what could not be determined ---------------------------------------------------------------------------------------

    def _problems(self) -> None:
        """Once for each consumer and reason: the steps of a job are one consumer."""
        found: dict[Unresolved, None] = {}
        for runner in self._linked.runners:
            owner = ("consumer", _owner(runner))
            if runner.problem and self._edges.leaves("holds", owner):
                why = f"{runner.name}: {runner.problem}"
                found[Unresolved(runner.path, runner.line, "entry-point", why, (runner.name,))] = None
        for runner in self._linked.cut:
            why = f"{runner.name}: more call paths than are followed; what lies behind them is not in this graph"
            found[Unresolved(runner.path, runner.line, "entry-point", why, (runner.name,))] = None
        self._out.unresolved += found

    # -- ids -------------------------------------------------------------------------------------------------------------

    def _finished(self) -> Collected:
        fields = sorted(self._fields.values(), key=lambda n: n.place)
        tokens = sorted(self._tokens.values(), key=lambda t: (t.place, t.key))
        # The steps of a job are one consumer.
        first: dict[str, Runner] = {}
        for runner in self._linked.runners:
            first.setdefault(_owner(runner), runner)
        runners = [r for owner, r in first.items() if self._edges.leaves_any(("consumer", owner))]
        ids: dict[tuple[str, object], str] = {}
        for kind, keys in (
            ("field", [(n.place[0], n.name, n.place, n.place) for n in fields]),
            ("token", [(t.place[0], t.name, t.place, t.key) for t in tokens]),
            ("consumer", [(r.path, r.name, (r.path, r.line, 1), _owner(r)) for r in runners]),
        ):
            assigned = assign_ids(kind, [(path, name, place) for path, name, place, _ in keys])
            ids.update(((kind, key), i) for (_, _, _, key), i in zip(keys, assigned, strict=True))
        ids.update((("site", s.id), s.id) for s in self._sites.values())
        self._out.nodes += [_field_node(n, ids["field", n.place]) for n in fields]
        self._out.nodes += [_token_node(t, ids["token", t.key]) for t in tokens]
        self._out.nodes += [_consumer_node(r, ids["consumer", _owner(r)]) for r in runners]
        self._out.nodes += [Site(s.id, s.role, s.name, *s.place, api=s.api) for s in self._sites.values()]
        self._out.edges += self._edges.finished(ids)
        self._name_models(fields, ids)
        return self._out

    def _name_models(self, fields: Iterable[FieldSeen], ids: dict[tuple[str, object], str]) -> None:
        models: dict[str, Model] = {}
        for seen in fields:
            texts = self._models.get(seen.place) or {v for v in seen.values if looks_like_model(v)}
            # Of what a call takes nothing is left out: a name with a blank in it moves the model like any other.
            for text in sorted(t for t in texts if t.strip()):
                identity = identify(text)
                node = Model(f"model:{text}", identity.name, identity.provider, text)
                models[node.id] = node
                certainty: Certainty = "certain" if len(texts) == 1 else "possible"
                self._out.edges.append(Edge(ids["field", seen.place], node.id, "names", certainty))
        self._out.nodes += models.values()


def _passing(outcome: Outcome) -> int:
    """How many definitions lie between the use and a value that something sets over, which is none of theirs."""
    steps = definitions(outcome.trail)
    return next((n for n, s in enumerate(steps) if s.dormant), 0)


def _stands_in(name: str, sink: Sink) -> bool:
    """Whether a placeholder is written into the code for a credential's variable that nothing sets: a server that
    asks for no real one is given that."""
    return any(
        text_of(o.value) and o.trail and o.trail[-1].name == f"{name}.fallback" and not any(s.dormant for s in o.trail)
        for o in sink.tokens
    )


def _owner(runner: Runner | None) -> str:
    """What tells consumers apart: where they are declared and what they are called."""
    return f"{runner.path}\0{runner.line}\0{runner.name}\0{runner.stage or ''}" if runner is not None else ""


def _is_another(name: str, outcome: Outcome) -> bool:
    """Whether an unknown value is only one of several that could be the credential, and is not called like one."""
    doubtful = any(s.certainty != "certain" for s in outcome.trail)
    return doubtful and bool(name) and not is_secret_name(name.rsplit(".", 1)[-1])


def _selecting(steps: list[Step]) -> bool:
    return any(s.kind == "define" for s in steps)


def _strength(outcome: Outcome, *more: str) -> tuple[Certainty, str, bool]:
    """The weakest certainty on the way, its reason, and whether the value is a fallback that something sets over."""
    certainty: Certainty = "certain"
    why = ""
    for step in outcome.trail:
        if weakest(certainty, step.certainty) != certainty:
            certainty, why = step.certainty, step.why
    if more and more[0] in ("likely", "possible") and weakest(certainty, more[0]) != certainty:  # type: ignore[arg-type]
        certainty, why = more[0], more[1]  # type: ignore[assignment]
    return certainty, why, any(s.dormant for s in outcome.trail)


def _via(outcome: Outcome, call: Via, runner: Runner) -> Via:
    """The evidence as a person follows it: the value's way to the call, then what runs it."""
    way = [(s.path, s.line) for s in reversed(outcome.trail)]
    return tuple(dict.fromkeys((*way, *call, *runner.via)))


def _field_node(seen: FieldSeen, identity: str) -> Field:
    value = seen.value
    source = "unknown" if value is None else "derived" if seen.derived else "literal"
    why = ""
    if value is None:
        why = "any of several values" if len(seen.values) > 1 else min(seen.whys, default="")
    path, line, column = seen.place
    return Field(identity, seen.name, path, line, column, value, source, why=why, role=seen.role)  # type: ignore[arg-type]


def _token_node(seen: TokenSeen, identity: str) -> Token:
    path, line, column = seen.place
    return Token(identity, seen.name, path, line, column, seen.binding, seen.store, why=seen.why)


def _consumer_node(runner: Runner, identity: str) -> Consumer:
    return Consumer(
        identity,
        runner.name,
        runner.platform,
        runner.path,
        runner.line,
        runner.instances,
        runner.account,
        runner.stage,
        runner.aliases,
    )


__all__ = ["Collected", "Collector", "Const"]
