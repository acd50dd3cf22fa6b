"""Where a line of a repository is shown on its forge, from the address of its remote; nothing is asked of the network.

Address forms: https://git-scm.com/docs/git-clone#_git_urls. Pages: GitHub `/blob/COMMIT/PATH#L1`, GitLab
`/-/blob/COMMIT/PATH#L1`, Bitbucket `/src/COMMIT/PATH#lines-1`, Gitea and Codeberg `/src/commit/COMMIT/PATH#L1`.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from modelguard.workspace import git

_HTTP = re.compile(r"(?:https?|ssh|git)://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)(?::\d+)?/([^?#\s]+?)(?:\.git)?/?\Z")
_SCP = re.compile(r"(?:[^/@:\s]+@)?([A-Za-z0-9.-]+):(?!//)([^?#\s]+?)(?:\.git)?/?\Z")
_PAGES = (
    ("github", "/blob/{commit}/%s{path}#L{line}"),
    ("gitlab", "/-/blob/{commit}/%s{path}#L{line}"),
    ("bitbucket", "/src/{commit}/%s{path}#lines-{line}"),
    ("gitea", "/src/commit/{commit}/%s{path}#L{line}"),
    ("codeberg", "/src/commit/{commit}/%s{path}#L{line}"),
    ("forgejo", "/src/commit/{commit}/%s{path}#L{line}"),
)


def link_template(folder: Path) -> str | None:
    """The page of a line of the folder's files, with {commit}, {path} and {line}; None where no known forge is the remote."""
    repo = git.repository(folder)
    if repo is None:
        return None
    address = git.run(repo.top, "remote", "get-url", "origin")
    return None if address is None else template_of(address.decode("utf-8", "replace").strip(), repo.prefix)


def template_of(address: str, prefix: str = "") -> str | None:
    """The same from a remote's address; credentials in it are left out. `prefix` is a subfolder with `/` at its end."""
    match = _HTTP.match(address) or _SCP.match(address)
    if match is None:
        return None
    host, path = match[1].lower(), match[2].strip("/")
    page = next((page for name, page in _PAGES if name in host), None)
    if page is None or ".." in path:
        return None
    return f"https://{host}/{quote(path, safe='/~')}{page % quote(prefix)}"
