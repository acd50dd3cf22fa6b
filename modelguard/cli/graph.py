"""`modelguard graph`: the blast radius of every model field and token; `graph merge`: of many repositories."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.cli.inputs import (
    as_json,
    compared,
    config_of,
    emit,
    graph_of,
    graphs_in,
    ledger_of,
    path_argument,
    rollup_of,
    today,
)

if TYPE_CHECKING:
    from modelguard.graph.difference import Difference
    from modelguard.graph.model import Graph
    from modelguard.report.tree import Costs
    from modelguard.report.whatif import Money
    from modelguard.workspace import Tree

FORMATS = ("tree", "json", "mermaid", "dot", "graphml", "svg", "html")

_format = click.option("--format", "kind", type=click.Choice(FORMATS), default="tree", show_default=True)
_focus = click.option(
    "--focus", metavar="NAME", help="only what is around this field, token, consumer, model or path:line"
)
_why = click.option("--why", nargs=2, metavar="CONSUMER FIELD", help="one link with the lines it rests on")
_output = click.option("--output", type=click.Path(path_type=Path), help="write to a file")


class WithMerge(click.Command):
    """`graph [PATH]`, and `graph merge FILE...` where the first word is `merge`; a folder of that name is `./merge`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of whichever of the two is meant."""
        if args and args[0] == "merge":
            return merge_command.make_context("graph merge", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@dataclass(frozen=True)
class Shown:
    """What is to be shown, and what belongs to it: the base it is compared with, source lines, money."""

    graph: Graph
    difference: Difference | None = None
    base: str = ""
    base_commit: str | None = None
    source: Callable[[str], bytes | None] = lambda _: None
    tree: Tree | None = None
    usage: Path | None = None
    title: str = ""
    whole: Graph | None = None  # what `graph` is a part of, where it is focused


@click.command("graph", cls=WithMerge)
@path_argument
@_focus
@_why
@click.option("--base", metavar="REF", help="what differs since REF: readers gained and lost, fields split or merged")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@_format
@_output
def command(
    path: Path,
    focus: str | None,
    why: tuple[str, str] | None,
    base: str | None,
    usage: Path | None,
    kind: str,
    output: Path | None,
) -> None:
    """Show who reads each model field and holds each token in PATH.

    `modelguard graph merge A.json B.json` shows the graphs of several repositories as one.
    """
    from modelguard.workspace import link_template, open_working

    trees = compared(path, base, None, False)
    tree = trees.head if trees is not None else open_working(path)
    graph = replace(graph_of(tree), link=link_template(path))

    def source(name: str) -> bytes | None:
        data = tree.read(name)
        return data if isinstance(data, bytes) else None

    shown = Shown(graph, source=source, tree=tree, usage=usage, title=path.resolve().name)
    if trees is not None:
        from modelguard.graph.difference import difference

        shown = replace(
            shown,
            difference=difference(graph_of(trees.base, like=tree), graph),
            base=base or "",
            base_commit=trees.base_commit,
        )
    _show(shown, focus, why, kind, output)


@click.command("graph merge")
@click.argument("files", nargs=-1, required=True, metavar="[NAME=]FILE...")
@_focus
@_why
@_format
@_output
def merge_command(
    files: tuple[str, ...], focus: str | None, why: tuple[str, str] | None, kind: str, output: Path | None
) -> None:
    """Join the graphs of repositories, as `modelguard graph --format json` writes them, into one.

    Each is called by its file's name, or by NAME. Tokens, models, routes of gateways and shared packages are joined.
    """
    graph = merged(files)
    _show(Shown(graph, title=f"{len(graph.repositories)} repositories"), focus, why, kind, output)


def merged(files: tuple[str, ...]) -> Graph:
    """The graphs in files, each FILE or NAME=FILE, as one. Raises InputError for a file that can't be read."""
    from modelguard.graph.merge import merge

    return merge(graphs_in(files))


def _show(shown: Shown, focus: str | None, why: tuple[str, str] | None, kind: str, output: Path | None) -> None:
    if why:
        from modelguard.report.why import render as explain

        emit(explain(shown.graph, *why, shown.source), output)
        return
    if focus is not None:
        from modelguard.graph.query import around
        from modelguard.graph.query import focus as focused

        whole = shown.graph if shown.difference is None else shown.difference.union
        ids = around(whole, focus)
        shown = replace(shown, graph=focused(shown.graph, *ids), whole=shown.graph)
        if shown.difference is not None:
            shown = replace(shown, difference=replace(shown.difference, union=focused(whole, *ids)))
    emit(_rendered(shown, kind, output is None), output)


def _rendered(shown: Shown, kind: str, to_stdout: bool) -> str:
    if kind == "json":
        from modelguard.report.graph_json import document

        made = document(shown.graph)
        if shown.difference is not None:
            from modelguard.report.difference import document as difference_document

            made["difference"] = difference_document(shown.difference, shown.base_commit)
        return as_json(made)
    if kind == "tree":
        return _tree(shown, to_stdout)
    if kind == "html":
        return _html(shown)
    from modelguard.report import dot, graphml, mermaid, svg

    render = {"mermaid": mermaid.render, "dot": dot.render, "graphml": graphml.render, "svg": svg.render}[kind]
    if shown.difference is None:
        return render(shown.graph)
    from modelguard.report.difference import marks

    return render(shown.difference.union, marks(shown.difference))


def _tree(shown: Shown, to_stdout: bool) -> str:
    from modelguard.report.tree import render

    on_terminal = to_stdout and sys.stdout.isatty()
    colour = on_terminal and not os.environ.get("NO_COLOR") and not os.environ.get("CI")
    width = shutil.get_terminal_size((120, 24)).columns if on_terminal else 120
    start = ""
    if shown.difference is not None:
        from modelguard.report.difference import text

        start = text(shown.difference, shown.base)
    return start + render(
        shown.graph, width=max(width, 80), colour=colour, whole=shown.whole or shown.graph, costs=_costs(shown)
    )


def _costs(shown: Shown) -> Costs | None:
    """What each consumer costs today, where usage is recorded."""
    from modelguard.report.whatif import outlooks

    money = _money(shown)
    if money is None or money.rollup is None:
        return None
    found = outlooks(shown.whole or shown.graph, money, choices=False)
    return {(o.consumer, o.raw): o.today.expected for o in found.outlooks}


def _html(shown: Shown) -> str:
    from modelguard.report.html import render
    from modelguard.report.html_data import Page

    page = Page(shown.graph, shown.title, money=_money(shown), source=shown.source)
    if shown.difference is not None:
        from modelguard.report.difference import lines, marks

        page = replace(
            page,
            graph=shown.difference.union,
            marks=marks(shown.difference),
            base=shown.base,
            difference=lines(shown.difference),
        )
    return render(page)


def _money(shown: Shown) -> Money | None:
    """Usage, ledger and prices of the tree; None where there is neither usage nor ledger, or no one tree."""
    from modelguard.report.whatif import Money

    if shown.tree is None:
        return None
    rollup, ledger = rollup_of(shown.tree, shown.usage), ledger_of(shown.tree)
    if rollup is None and ledger is None:
        return None
    return Money(config_of(shown.tree).prices, today(), rollup, ledger)
