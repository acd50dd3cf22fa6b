"""Whatever a repository calls its models, fields, files and consumers: in no format has it a meaning."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from reportlib import SARIF, change, finding, reader, report
from requirelib import required

from modelguard.report.github import render as annotations
from modelguard.report.gitlab import document as gitlab
from modelguard.report.junit import render as junit
from modelguard.report.markdown import LIMIT, render
from modelguard.report.markup import Links
from modelguard.report.reported import Reported, read, read_foreign
from modelguard.report.sarif import document as sarif
from modelguard.report.words import safe

NASTY = [
    "<img src=x onerror=alert(1)>", "</details></code><script>alert(1)</script>", "<!-- modelguard:report -->",
    "&lt;b&gt;", "](https://evil.example)", "[a](javascript:alert(1))", "![x](https://evil.example/x.png)",
    "https://evil.example", "www.evil.example", "me@evil.example", "@org/everyone", "#1", "GH-1",
    "a|b|c", "\\|", "`", "```", "``` \n```", "~~~", "**bold**", "_em_", "~~gone~~",
    "\n# heading", "\n- item", "\n| a | b |\n| - | - |", "\r\n::error::owned", "::add-mask::x",
    "##vso[task.complete result=Succeeded;]", "##[error]x", "##teamcity[buildStatus text='x']",
    "\x1b[2J\x1b[31m", "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "\x9b31m", "\x07\x08\x7f", "\x00",
    "\u202egnp.exe", "\u2066x\u2069", "\u200b\u200d", "\u2028\u2029", "\u0085", "\ufeff", "\U000e0041", "\ud800",
    "%0A%0D::error::x", "a,title=b", "\"]]><x y='", "]]>", "&amp;", "$(rm -rf /)", "$`x`$", "${{ github.token }}",
    "{% raw %}", "--> x", "=1+1", "1. x", "- x", "> x", "\t\tx", "x" * 5000,
]  # fmt: skip

texts = st.one_of(
    st.sampled_from(NASTY), st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map(" ".join), st.text(max_size=30)
)
paths = texts.map(lambda t: "p" + t)


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    """A report all of whose texts are nasty."""
    readers = [
        reader(
            draw(texts),
            owner=draw(texts),
            via=[[draw(paths), 1]],
            certainty=draw(st.sampled_from(["certain", "likely"])),
            why=draw(texts),
            runs_as=draw(texts),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    moved = change(
        readers, path=draw(paths), name=draw(texts), to=draw(texts), billed_by=draw(texts), why=draw(texts), suggest=draw(texts),
        unreached=[[draw(paths), 2]],
    )  # fmt: skip
    found = [
        finding(
            rule="MG101", level=level, message="m" + draw(texts), help=draw(texts), name=draw(texts), why=draw(texts),
            path=draw(paths), consumers=[draw(texts)], suppressed=accepted,
            evidence=[{"consumer": draw(texts), "via": [[draw(paths), 4]]}],
        )
        for level, accepted in (("error", None), ("warning", None), ("note", None), ("error", {"reason": draw(texts)}))
    ]  # fmt: skip
    audit = {
        "by": draw(texts),
        "label": draw(texts),
        "at": draw(texts),
        "head": draw(texts),
        "passed_over": draw(texts),
    }
    coverage = {
        "files": 1,
        "parsed": 0,
        "skipped": {},
        "failed": [{"path": draw(paths), "why": "w" + draw(texts)}],
        "calls": 0,
        "calls_resolved": 0,
    }
    return report(
        changes=[moved], findings=found, audit=[audit], coverage=coverage, base_name=draw(texts), head_name=draw(texts)
    )


def inert(text: str, *, lines: bool = False) -> None:
    """No control, format, direction-changing or line-ending characters (of our own, line feeds where `lines`)."""
    for character in text:
        if character == "\n" and lines:
            continue
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"), repr(character)


class Page(HTMLParser):
    """The tags of a page, and the text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.prose: list[str] = []
        self.comments: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


ALLOWED = {
    "p",
    "strong",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
    "details",
    "summary",
    "br",
    "ul",
    "li",
    "a",
}


def page(markdown: str) -> Page:
    """As GitHub's own Markdown library makes it, all of its extensions on."""
    cmark = required("cmarkgfm")
    parsed = Page()
    options = cmark.cmark.Options.CMARK_OPT_UNSAFE | cmark.cmark.Options.CMARK_OPT_SMART
    parsed.feed(cmark.github_flavored_markdown_to_html(markdown, options))
    parsed.close()
    return parsed


def shape(markdown: str) -> tuple[list[str], int]:
    parsed = page(markdown)
    return [t for t in parsed.tags if t not in ("code", "a")], len(parsed.comments)


@settings(deadline=None, max_examples=40)
@given(documents())
def test_markdown(document: dict[str, Any]) -> None:
    text = render(read(document), Links("https://github.com/o/r/blob/main/"))
    inert(text, lines=True)
    assert len(text.encode()) <= LIMIT
    parsed = page(text)
    assert set(parsed.tags) <= ALLOWED
    for name, value in parsed.attributes:
        assert name in ("href", "lang", "align", "class")
        assert name != "href" or (value or "").startswith("https://github.com/o/r/blob/main/p")
    prose = "".join(parsed.prose)
    assert not re.search(r"@|https?:|www\.|#\d|GH-\d|::|<|javascript|evil", prose), prose
    # Nothing of theirs adds a row, a list item or a part: the page of a harmless document has the same shape.
    assert parsed.tags.count("table") == 1
    assert parsed.tags.count("tr") == 1 + len(document["changes"][0]["consumers"])
    assert parsed.tags.count("details") == parsed.tags.count("summary")
    assert parsed.comments == [" modelguard:report "]


@settings(deadline=None, max_examples=40)
@given(documents())
def test_sarif(document: dict[str, Any]) -> None:
    written = sarif(read(document))
    assert not list(Draft4Validator(SARIF).iter_errors(written))
    for text in strings(written):
        inert(text)
    for result in written["runs"][0]["results"]:
        message = result["message"]["text"]
        assert not re.search(r"(?<!\\)(?:\\\\)*\[", message)  # a bracket that opens a link
        for uri in uris(result):
            assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", uri)
            assert not uri.startswith("/")


@settings(deadline=None, max_examples=40)
@given(documents())
def test_annotations(document: dict[str, Any]) -> None:
    lines = annotations(read(document)).split("\n")[:-1]
    assert len(lines) == 3
    for line in lines:
        inert(line)
        kind, properties, _ = line.removeprefix("::").split("::", 2)[0].split(" ", 1)[0], line.split(" ", 1)[1], None
        assert kind in ("error", "warning", "notice")
        head = properties.split("::", 1)[0]
        assert [p.split("=", 1)[0] for p in head.split(",")] == ["file", "line", "title"]


@settings(deadline=None, max_examples=40)
@given(documents())
def test_junit_and_gitlab(document: dict[str, Any]) -> None:
    report_ = read(document)
    root = ElementTree.fromstring(junit(report_).encode("utf-8"))
    assert [e.tag for e in root.iter()] == [
        "testsuites",
        "testsuite",
        *["testcase", "failure"],
        *["testcase", "system-out"] * 2,
        "testcase",
        "skipped",
    ]
    for element in root.iter():
        for text in (*element.attrib.values(), element.text or ""):
            inert(text, lines=True)
    issues = gitlab(report_)
    assert len(json.loads(json.dumps(issues))) == 3
    for text in strings(issues):
        inert(text)


@given(texts)
def test_a_terminal_and_a_ci_log(text: str) -> None:
    shown = safe(text)
    inert(shown)
    for word in shown.split(" "):
        assert not word.startswith("::")
    assert not re.search(r"##\w*\[", shown)
    assert safe("inference-api é ✓ 模型") == "inference-api é ✓ 模型"


@pytest.mark.parametrize("many", [1, 100, 2000])
def test_a_comment_fits_at_any_size(many: int) -> None:
    readers = [reader(f"consumer-{n}-" + "x" * 100, via=[["a/long/path/to/a/file.py", n + 1]] * 8) for n in range(many)]
    changes = [
        change(readers[: max(1, many // 10)], suggest="  - consumer: x\n" * many, name=f"f{n}")
        for n in range(min(many, 300))
    ]
    found = [
        finding(message="m" * 600, rule="MG101", level=level)
        for level in ("error", "warning", "note")
        for _ in range(many)
    ]
    text = render(read(report(changes=changes, findings=found)))
    assert len(text) <= len(text.encode()) <= LIMIT < 65_536
    assert text.startswith("<!-- modelguard:report -->\n")
    assert "modelguard fails: $" in text
    if many == 100:
        assert "of models." in text


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (*strings(k), *strings(v))]
    return [s for v in value for s in strings(v)] if isinstance(value, (list, tuple)) else []


def uris(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [u for k, v in value.items() for u in ([v] if k == "uri" else uris(v))]
    return [u for v in value for u in uris(v)] if isinstance(value, list) else []


def test_what_is_no_report_is_refused() -> None:
    from modelguard.errors import InputError

    assert isinstance(read_foreign(report()), Reported)
    for wrong in ({"verdict": "maybe"}, {"changes": [{}]}, {"findings": [finding(rule="<x>")]}, {"root": "/etc/"}):
        with pytest.raises(InputError, match=r"no modelguard\.report/1"):
            read_foreign(report(**wrong))
