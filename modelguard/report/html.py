"""The graph as one HTML page that needs nothing else: no network, no other file, a policy that allows neither.

The Content-Security-Policy lets exactly the page's own script and style run, by their hashes
(https://www.w3.org/TR/CSP3/#external-hash), and Trusted Types forbid the script to make markup from text. The data
stand in a script element that is no script, with `<`, `>` and `&` as JSON escapes, so that no name can end it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from modelguard.report.html_data import Page, data
from modelguard.report.words import safe

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(page: Page) -> str:
    """The whole page. The same page gives the same text."""
    style, script, vendor = _asset("graph.css"), _script(), _asset("vendor.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(vendor)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "trusted-types 'none'",
            "require-trusted-types-for 'script'",
        )
    )
    parts = {
        "POLICY": html.escape(policy),
        "TITLE": html.escape(data_title(page)),
        "STYLE": style,
        "VENDOR": vendor,
        "DATA": embedded(data(page)),
        "SCRIPT": script,
    }
    # Taken apart before anything is put in: what is put in may contain such a mark itself.
    pieces = re.split(r"@@([A-Z]+)@@", _asset("graph.html"))
    return "".join(parts[piece] if place % 2 else piece for place, piece in enumerate(pieces)) + "\n"


def data_title(page: Page) -> str:
    """What the browser's tab says."""
    return f"{safe(page.title)}: who reads each model field"


def embedded(document: dict[str, Any]) -> str:
    """JSON that can stand inside a script element, whatever is in it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _script() -> str:
    return "\n".join(_asset(f"graph-{part}.js") for part in ("model", "layout", "draw", "panel", "day", "main"))


@lru_cache
def _asset(name: str) -> str:
    return files("modelguard.report").joinpath(f"assets/{name}").read_text("utf-8").strip("\n")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
