"""The language server through a real client over stdio: hover, diagnostics while typing, lenses, readers, definitions."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gitlib import git
from weblib import missing

try:
    import pytest_lsp
    from lsprotocol import types as lsp
except ImportError:
    missing("pytest-lsp")

pytestmark = pytest.mark.slow


def line_of(path: Path, text: str) -> int:
    """The number of the first line with a text, from 0."""
    return next(n for n, line in enumerate(path.read_text().split("\n")) if text in line)


class Editor:
    """A client with a folder open, as an editor would have it."""

    def __init__(self, client: Any, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.diagnostics = client.diagnostics

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, kind: str = "yaml") -> None:
        text = (self.folder / name).read_text()
        item = lsp.TextDocumentItem(self.uri(name), kind, 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, name: str, text: str, version: int) -> None:
        document = lsp.VersionedTextDocumentIdentifier(version, self.uri(name))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    async def until(self, test: Any, seconds: float = 30) -> Any:
        """What a test gives, once it gives anything."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = test()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            assert asyncio.get_running_loop().time() < end, "the server never said it"
            await asyncio.sleep(0.1)

    async def hover(self, name: str, line: int) -> str | None:
        document = lsp.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_hover_async(lsp.HoverParams(document, lsp.Position(line, 4)))
        return None if found is None else found.contents.value

    async def places(self, kind: str, name: str, line: int) -> list[str]:
        document, position = lsp.TextDocumentIdentifier(self.uri(name)), lsp.Position(line, 4)
        if kind == "references":
            params = lsp.ReferenceParams(lsp.ReferenceContext(True), document, position)
            found = await self.client.text_document_references_async(params)
        else:
            found = await self.client.text_document_definition_async(lsp.DefinitionParams(document, position))
        start = self.folder.as_uri() + "/"
        return [f"{at.uri.removeprefix(start)}:{at.range.start.line + 1}" for at in found or []]


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Editor]:
    """An editor with this folder open; its server ends with it."""
    config = pytest_lsp.ClientServerConfig(
        server_command=[sys.executable, "-m", "modelguard", "lsp"], server_env=dict(os.environ)
    )
    client = await config.start()
    try:
        capabilities = pytest_lsp.client_capabilities("visual-studio-code")
        params = lsp.InitializeParams(
            capabilities=capabilities, workspace_folders=[lsp.WorkspaceFolder(folder.as_uri(), "repo")]
        )
        await client.initialize_session(params)
        yield Editor(client, folder)
        await client.shutdown_session()
    finally:
        await client.stop()


Talk = Callable[[Editor], Awaitable[None]]


@pytest.fixture
def edit(iceberg: Path, tmp_path: Path) -> Callable[[Talk], None]:
    """Runs a conversation with a server on a copy of the example, in a folder whose name has a space."""
    folder = tmp_path / "repo folder"
    shutil.copytree(iceberg, folder, symlinks=True)
    git(folder, "switch", "-q", "main")

    async def run(talk: Talk) -> None:
        async with started(folder) as editor:
            await talk(editor)

    return lambda talk: asyncio.run(run(talk))


def test_a_field_says_who_reads_it_what_they_cost_and_what_is_budgeted(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        name = "config/project.yaml"
        editor.open(name)
        told = await editor.until(lambda: editor.hover(name, 4))
        assert told.startswith("**llm\\.llm\\_model\\_name** = `claude-sonnet-4-6`")
        assert "read by 5 consumers (53 instances)" in told
        rows = [r.replace("\\", "") for r in told.split("\n")]
        assert "| inference-api | Deployment | certain | $6.30 a day | covered: $12.00 a day, @search-team |" in rows
        assert any(r.startswith("| matcher_dev | Lambda ×32 (dev) | certain | unknown |") for r in rows)
        assert await editor.hover(name, 0) is None

    edit(talk)


def test_a_read_in_code_leads_to_the_line_that_a_person_edits(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        name = "inference/app.py"
        editor.open(name, "python")
        line = line_of(editor.folder / name, "MODEL = ")
        told = await editor.until(lambda: editor.hover(name, line))
        assert "config/project.yaml:5" in told.replace("\\", "")
        assert await editor.places("definition", name, line) == ["config/project.yaml:5"]
        found = await editor.places("references", "config/project.yaml", 4)
        assert {"inference/app.py:10", "training/run.py:16", "orchestrator/registry.py:8"} <= set(found)
        assert "infra/lambdas.tf:26" in found

    edit(talk)


def test_lenses_stand_above_what_is_shared(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        name = "infra/lambdas.tf"
        editor.open(name, "terraform")
        document = lsp.TextDocumentIdentifier(editor.uri(name))
        lenses = await editor.until(lambda: editor.client.text_document_code_lens_async(lsp.CodeLensParams(document)))
        told = {lens.range.start.line + 1: lens.command.title for lens in lenses}
        assert told[3] == "read by 2 consumers (50 instances)"
        assert told[11] == "read by 2 consumers (50 instances)"
        assert told[41] == "read by 32 instances"
        command = lenses[0].command
        params = lsp.ExecuteCommandParams(command.command, command.arguments)
        found = await editor.client.workspace_execute_command_async(params)
        assert len(found) >= 3

    edit(talk)


def test_diagnostics_follow_what_is_typed_before_it_is_saved(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        name = "config/project.yaml"
        editor.open(name)

        def rules(file: str) -> set[str]:
            return {str(d.code) for d in editor.diagnostics.get(editor.uri(file), [])}

        await editor.until(lambda: "MG101" in rules(name))
        assert "MG201" in rules("infra/lambdas.tf")
        shared = next(d for d in editor.diagnostics[editor.uri(name)] if d.code == "MG101")
        assert (shared.range.start.line, shared.source) == (4, "modelguard")
        assert shared.range.end.character == len((editor.folder / name).read_text().split("\n")[4])
        text = (editor.folder / name).read_text()
        editor.type(name, "# one line more\n" + text, 2)
        await editor.until(lambda: any(d.range.start.line == 5 for d in editor.diagnostics.get(editor.uri(name), [])))
        told = await editor.hover(name, 5)
        assert told is not None
        assert "read by 5 consumers" in told
        editor.type(name, text.replace("claude-sonnet-4-6", "claude-opus-4-6-v1"), 3)
        await editor.until(lambda: _says(editor, name, "claude-opus-4-6"))
        told = await editor.hover(name, 4)
        assert told is not None
        assert "missing: $0.00 a day" in told.replace("\\", "")
        assert (editor.folder / name).read_text() == text

    edit(talk)


async def _says(editor: Editor, name: str, words: str) -> bool:
    return words in (await editor.hover(name, 4) or "")


def test_a_wrong_configuration_is_told_and_ends_nothing(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        editor.open("config/project.yaml")
        await editor.until(lambda: editor.hover("config/project.yaml", 4))
        editor.open("budgets.yaml")
        text = (editor.folder / "budgets.yaml").read_text()
        editor.type("budgets.yaml", text.replace("limit: 12", "limt: 12"), 2)
        await editor.until(lambda: any("budgets.yaml" in m.message for m in editor.client.messages))
        assert await editor.hover("config/project.yaml", 4) is not None

    edit(talk)


def test_paths_outside_and_odd_ones_are_answered_with_nothing(edit: Callable[[Talk], None]) -> None:
    async def talk(editor: Editor) -> None:
        outside = lsp.TextDocumentIdentifier("file:///etc/passwd")
        unsaved = lsp.TextDocumentIdentifier("untitled:Untitled-1")
        for document in (outside, unsaved):
            params = lsp.HoverParams(document, lsp.Position(0, 0))
            assert await editor.client.text_document_hover_async(params) is None
            assert not await editor.client.text_document_code_lens_async(lsp.CodeLensParams(document))

    edit(talk)
