"""What a check looks at, gathered from trees: of one tree by itself, or of a change, whose base says what counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelguard.cli.inputs import LEDGER, config_of, contents, graphs_in, ledger_of, rollup_of, rules_of, today
from modelguard.errors import InputError
from modelguard.graph import build
from modelguard.graph.model import Graph
from modelguard.policy.check import Inputs, Side
from modelguard.policy.gateway import GATEWAY_MARK, TERRAFORM_MARK
from modelguard.policy.owners import PLACES, Owners, Review, read_owners
from modelguard.policy.suppress import BASELINE, Accepted, Ignore, read_baseline, read_ignores
from modelguard.policy.trust import setting_of
from modelguard.workspace import Comparison, Tree, at_top, mentioning, open_ref, open_working

if TYPE_CHECKING:
    from modelguard.budget.ledger import Ledger
    from modelguard.policy.rules import Level


@dataclass(frozen=True)
class Extras:
    """What the command line adds: the level that fails, graphs of other repositories, reviews, other open changes."""

    fail_on: Level | None = None
    review: Path | None = None
    others: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()

    def joined(self, graph: Graph) -> Graph:
        """A tree's graph with those of other repositories, where there are any."""
        from modelguard.graph.merge import beside

        return beside(graph, graphs_in(self.graphs)) if self.graphs else graph


def of_tree(path: Path, usage: Path | None, extras: Extras | None = None) -> Inputs:
    """A tree that is judged by itself: its own configuration, rules and suppressions count."""
    extras = extras or Extras()
    tree = open_working(path)
    settings = config_of(tree)
    ledger = ledger_of(tree)
    side = side_of(tree, ledger)
    return Inputs(
        head=extras.joined(build.analyse(tree, wrappers=settings.wrappers)),
        rules=rules_of(tree, settings),
        on=today(),
        ledger=ledger,
        rollup=rollup_of(tree, usage),
        prices=settings.prices,
        head_commit=tree.commit,
        settings=settings,
        owners=owners_of(tree),
        accepted=baseline_of(tree),
        ignores=ignores_in(tree, mentioning(tree, "modelguard:")),
        head_side=side,
        fail_on=extras.fail_on,
    )


def of_change(
    path: Path, trees: Comparison, names: tuple[str, str], usage: Path | None, extras: Extras | None = None
) -> Inputs:
    """A change. Configuration, rules, usage, owners and suppressions are those of the base's tip."""
    extras = extras or Extras()
    tip = trees.base_tip
    settings = config_of(tip)
    base_ledger = ledger_of(tip)
    # A wrapper that the change adds lets more be seen; one that it takes away is known still.
    wrappers = settings.wrappers
    with suppress(InputError):  # a broken configuration of the change is no way to stop the check
        wrappers += config_of(trees.head).wrappers
    head, base = (extras.joined(build.analyse(tree, wrappers=wrappers)) for tree in (trees.head, trees.base))
    proposed = ledger_of(trees.head)
    ledger = base_ledger if settings.ledger_of_base else proposed
    places = {*_places(head), *_places(base), LEDGER}
    ignores = ignores_in(tip, sorted(places))
    moved_on = tip.commit != trees.base.commit
    return Inputs(
        head=head,
        base=base,
        rules=rules_of(tip, settings),
        on=today(),
        ledger=ledger,
        base_ledger=base_ledger,
        rollup=rollup_of(tip, usage) or rollup_of(trees.head, None),
        prices=settings.prices,
        base_commit=trees.base_commit,
        head_commit=trees.head_commit,
        base_name=names[0],
        head_name=names[1],
        settings=settings,
        owners=owners_of(tip),
        accepted=baseline_of(tip),
        ignores=ignores,
        tip=extras.joined(build.analyse(tip, wrappers=wrappers)) if ignores and moved_on else None,
        head_side=side_of(trees.head, proposed, places),
        base_side=side_of(trees.base, base_ledger, places),
        review=None if extras.review is None else review_in(extras.review),
        others=tuple((ref, other) for ref in extras.others if (other := ledger_of(open_ref(path, ref))) is not None),
        fail_on=extras.fail_on,
    )


def side_of(tree: Tree, ledger: Ledger | None, places: Iterable[str] = ()) -> Side:
    """What a tree holds beside its graph. `places` are the files whose ignore comments are compared."""
    wanted = [e.path for e in tree.entries if setting_of(e.path) is not None or e.path == LEDGER]
    settings = {path: data if isinstance(data, bytes) else None for path, data in tree.read_many(wanted)}
    return Side(ledger, _gateways(tree), settings, ignores_in(tree, sorted(places)))


def _gateways(tree: Tree) -> dict[str, bytes]:
    """The files of gateways: LiteLLM's configuration, and Terraform that declares keys of a proxy."""
    found: dict[str, bytes] = {}
    for suffixes, mark in (((".yaml", ".yml"), GATEWAY_MARK), ((".tf", ".tofu"), TERRAFORM_MARK)):
        paths = [e.path for e in tree.entries if e.path.endswith(suffixes)]
        found |= {p: d for p, d in tree.read_many(paths) if isinstance(d, bytes) and mark in d}
    return found


def ignores_in(tree: Tree, paths: Iterable[str]) -> tuple[Ignore, ...]:
    """The ignore comments in some files of a tree."""
    known = {e.path for e in tree.entries}
    every = tree.read_many([p for p in paths if p in known])
    return tuple(i for path, data in every if isinstance(data, bytes) for i in read_ignores(data, path))


def _places(graph: Graph) -> set[str]:
    """The files that something in a graph stands in."""
    nodes = {getattr(n, "path", "") for n in graph.nodes}
    return (nodes | {u.path for u in graph.unresolved}) - {""}


def baseline_of(tree: Tree) -> tuple[Accepted, ...]:
    """The baseline in a tree."""
    data = contents(tree, BASELINE)
    return () if data is None else read_baseline(data, BASELINE)


def owners_of(tree: Tree) -> Owners:
    """The owners of a tree, by the first CODEOWNERS of its repository that is there."""
    found = at_top(tree, PLACES)
    return read_owners(found[2], found[0]) if found is not None else Owners()


def review_in(path: Path) -> Review:
    """The reviews of a pull request, as JSON: {"author": "alice", "approvals": [{"login": "bob", "teams": ["@org/x"]}]}.

    Raises InputError for a file that is not so.
    """
    try:
        document = json.loads(path.read_bytes())
        approvals = tuple((str(a["login"]), tuple(map(str, a.get("teams", ())))) for a in document["approvals"])
        return Review(str(document["author"]), approvals)
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(path)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = 'not reviews: it needs "author" and "approvals", a list of {"login", "teams"}'
        raise InputError(what, path=str(path)) from error


__all__ = ["Extras", "of_change", "of_tree"]
