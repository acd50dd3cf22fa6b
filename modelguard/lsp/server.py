"""The language server: pygls around `Knowledge`. Reads the open documents as they are typed; runs nothing of them.

Protocol: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from modelguard import __version__
from modelguard.errors import InputError
from modelguard.lsp.knowledge import Knowledge

if TYPE_CHECKING:
    from modelguard.policy.findings import Finding

Study = Callable[[Path, Mapping[str, bytes]], Knowledge]
"""What is known of a folder, with some files as the editor has them. Raises InputError for a configuration that is wrong."""

PAUSE = 0.3
"""Seconds without typing before the folder is looked at again."""
_LEVELS = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}


class Server(LanguageServer):
    """One folder's server. Answers come from the last time that the folder was looked at."""

    def __init__(self, study: Study) -> None:
        super().__init__("modelguard", __version__)
        self.study = study
        self.root: Path | None = None
        self.knowledge: Knowledge | None = None
        self.texts: dict[str, bytes] = {}
        self.told: set[str] = set()
        self.pending: asyncio.Task[None] | None = None
        self.looking = asyncio.Lock()

    def path_of(self, uri: str) -> str | None:
        """A document's path below the folder, with `/`; None where it lies outside or is no file."""
        parts = urlsplit(uri)
        if parts.scheme != "file" or self.root is None:
            return None
        try:
            return Path(unquote(parts.path)).resolve().relative_to(self.root).as_posix()
        except (ValueError, OSError):
            return None

    def location(self, path: str, line: int) -> lsp.Location:
        """A line as a place for the editor."""
        assert self.root is not None
        start = lsp.Position(line - 1, 0)
        return lsp.Location((self.root / path).as_uri(), lsp.Range(start, start))

    def keep(self, uri: str) -> None:
        """Take a document as it is in the editor now."""
        path = self.path_of(uri)
        if path is not None:
            self.texts[path] = self.workspace.get_text_document(uri).source.encode("utf-8", "surrogatepass")

    def later(self) -> None:
        """Look again once nobody types."""
        if self.pending is not None:
            self.pending.cancel()
        self.pending = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        await asyncio.sleep(PAUSE)
        # Once looking has begun, more typing asks for another look, and does not end this one.
        await asyncio.shield(self.look())

    async def look(self) -> None:
        """Look at the folder, in a thread, and tell what was found."""
        if self.root is None:
            return
        async with self.looking:
            try:
                self.knowledge = await asyncio.to_thread(self.study, self.root, dict(self.texts))
            except InputError as error:
                self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"modelguard: {error}"))
                return
        self.publish()
        capabilities = self.client_capabilities.workspace
        if capabilities is not None and capabilities.code_lens is not None and capabilities.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None, lambda _: None)

    def publish(self) -> None:
        """Diagnostics by file; files that had some and have none any more are told so."""
        assert self.knowledge is not None
        assert self.root is not None
        by_path: dict[str, list[lsp.Diagnostic]] = {}
        for finding in self.knowledge.findings:
            if finding.path is not None:
                by_path.setdefault(finding.path, []).append(_diagnostic(finding, self.knowledge))
        for path in sorted(self.told | by_path.keys()):
            uri = (self.root / path).as_uri()
            found = by_path.get(path, [])
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))
        self.told = set(by_path)


def _diagnostic(finding: Finding, knowledge: Knowledge) -> lsp.Diagnostic:
    line = max((finding.line or 1) - 1, 0)
    start = lsp.Position(line, 0)
    end = lsp.Position(line, knowledge.widths.get((finding.path or "", line + 1), 0))
    told = (
        finding.message
        + (f"\n{finding.why}" if finding.why else "")
        + (f"\nfix: {finding.help}" if finding.help else "")
    )
    return lsp.Diagnostic(lsp.Range(start, end), told, _LEVELS[finding.level], finding.rule, source="modelguard")


def make_server(study: Study) -> Server:
    """A server that answers once it is started (`start_io`)."""
    server = Server(study)

    @server.feature(lsp.INITIALIZED)
    async def initialized(ls: Server, _: lsp.InitializedParams) -> None:
        folders = ls.workspace.folders
        uri = next(iter(folders.values())).uri if folders else ls.workspace.root_uri
        if uri:
            ls.root = Path(unquote(urlsplit(uri).path)).resolve()
        await ls.look()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: Server, given: lsp.DidOpenTextDocumentParams) -> None:
        ls.keep(given.text_document.uri)
        ls.later()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: Server, given: lsp.DidChangeTextDocumentParams) -> None:
        ls.keep(given.text_document.uri)
        ls.later()

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: Server, _: lsp.DidSaveTextDocumentParams) -> None:
        ls.later()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(ls: Server, given: lsp.DidCloseTextDocumentParams) -> None:
        ls.texts.pop(ls.path_of(given.text_document.uri) or "", None)
        ls.later()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def watched(ls: Server, _: lsp.DidChangeWatchedFilesParams) -> None:
        ls.later()

    _answers(server)
    return server


def _answers(server: Server) -> None:
    """What is asked about a place."""

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, given: lsp.HoverParams) -> lsp.Hover | None:
        path = ls.path_of(given.text_document.uri)
        told = ls.knowledge.hover(path, given.position.line + 1) if path and ls.knowledge else None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, told)) if told else None

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensOptions(resolve_provider=False))
    def lenses(ls: Server, given: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        path = ls.path_of(given.text_document.uri)
        found = []
        for lens in ls.knowledge.lenses(path) if path and ls.knowledge else ():
            start = lsp.Position(lens.line - 1, 0)
            asked = [given.text_document.uri, lens.line]
            found.append(
                lsp.CodeLens(lsp.Range(start, start), lsp.Command(lens.words, "modelguard.readers", arguments=asked))
            )
        return found

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(ls: Server, given: lsp.ReferenceParams) -> list[lsp.Location]:
        path = ls.path_of(given.text_document.uri)
        found = ls.knowledge.readers(path, given.position.line + 1) if path and ls.knowledge else []
        return [ls.location(p, line) for p, line in found]

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(ls: Server, given: lsp.DefinitionParams) -> list[lsp.Location]:
        path = ls.path_of(given.text_document.uri)
        found = ls.knowledge.definitions(path, given.position.line + 1) if path and ls.knowledge else []
        return [ls.location(p, line) for p, line in found]

    @server.command("modelguard.readers")
    def readers(ls: Server, uri: str, line: int) -> list[lsp.Location]:
        """What a click on a lens asks for: the places of the readers; the first of them is opened."""
        path = ls.path_of(uri)
        found = [ls.location(p, at) for p, at in (ls.knowledge.readers(path, line) if path and ls.knowledge else [])]
        shown = ls.client_capabilities.window and ls.client_capabilities.window.show_document
        if found and shown and shown.support:
            ls.window_show_document(lsp.ShowDocumentParams(found[0].uri, take_focus=True, selection=found[0].range))
        return found
