"""`modelguard lsp`: a language server over standard input and output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import config_of, graph_of, ledger_of, rollup_of, rules_of, today
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.lsp.knowledge import Knowledge
    from modelguard.workspace.overlay import Overlay


@click.command("lsp")
def command() -> None:
    """Serve an editor: who reads the line under the cursor, what it costs, and what `check` finds, while one types.

    Needs the extra: pip install 'modelguard-ci[lsp]'. docs/editor.md says how to set an editor up.
    """
    try:
        from modelguard.lsp.server import make_server
    except ModuleNotFoundError as error:
        raise InputError("the language server needs pygls", hint="pip install 'modelguard-ci[lsp]'") from error

    make_server(study).start_io()


def study(root: Path, texts: Mapping[str, bytes]) -> Knowledge:
    """What is known of a folder, with some files as the editor has them."""
    from modelguard.lsp.knowledge import Knowledge
    from modelguard.policy.check import Inputs, check
    from modelguard.report.whatif import Money, outlooks
    from modelguard.workspace import open_working
    from modelguard.workspace.overlay import Overlay

    tree = Overlay(open_working(root), texts)
    # The server's input and output are the protocol's: no other process may have them.
    graph = graph_of(tree, jobs=1)
    prices, rollup, ledger = config_of(tree).prices, rollup_of(tree, None), ledger_of(tree)
    inputs = Inputs(
        head=graph,
        rules=rules_of(tree),
        on=today(),
        ledger=ledger,
        rollup=rollup,
        prices=prices,
        head_commit=tree.commit,
    )
    findings = check(inputs).findings
    known = (
        outlooks(graph, Money(prices, today(), rollup, ledger)) if rollup is not None or ledger is not None else None
    )
    widths = {}
    for finding in findings:
        if finding.path is not None and finding.line:
            widths[finding.path, finding.line] = _width(tree, finding.path, finding.line)
    return Knowledge(graph, findings, known, widths)


def _width(tree: Overlay, path: str, line: int) -> int:
    """The length of a line in UTF-16 units, as the protocol counts."""
    data = tree.read(path)
    lines = data.decode("utf-8", "replace").splitlines() if isinstance(data, bytes) else []
    return len(lines[line - 1].encode("utf-16-le", "replace")) // 2 if 0 < line <= len(lines) else 0
