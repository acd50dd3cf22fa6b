"""Go templates: what they parse to, what they come to, and that nothing in one can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelguard.extract.gotemplate import TemplateError, parse
from modelguard.link.helm_render import Renderer
from modelguard.link.helm_values import Leaves

VALUES = {
    "Values": {
        "name": "a",
        "on": True,
        "off": False,
        "list": ["x", "y"],
        "map": {"k": "v", "l": "w"},
        "n": 3,
        "none": None,
    },
    "Chart": {"Name": "chart"},
}


def rendered(template: str) -> str:
    nodes = parse(template)
    defined = {n.text.strip('"'): n.body for n in nodes if n.kind == "define"}
    return Renderer(Leaves(), defined).render(nodes, VALUES, "t.yaml").text


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a: {{ .Values.name }}", "a: a"),
        ("a: {{- .Values.name -}}  b", "a:ab"),
        ("{{ if .Values.on }}1{{ else }}2{{ end }}", "1"),
        ("{{ if .Values.off }}1{{ else if eq .Values.n 3 }}2{{ else }}3{{ end }}", "2"),
        ("{{ range .Values.list }}<{{ . }}>{{ end }}", "<x><y>"),
        ("{{ range $k, $v := .Values.map }}{{ $k }}={{ $v | upper }};{{ end }}", "k=V;l=W;"),
        ("{{ with .Values.none }}a{{ else }}b{{ end }}", "b"),
        ("{{ $x := .Values.name }}{{ $x }}{{ $.Chart.Name }}", "achart"),
        ('{{ .Values.missing | default "d" | quote }}', '"d"'),
        ('{{ printf "%s-%d" .Values.name 3 }}', "a-3"),
        ('{{ define "t" }}[{{ .x }}]{{ end }}{{ include "t" (dict "x" 1) }}', "[1]"),
        ("{{ toYaml .Values.map | nindent 2 }}", "\n  k: v\n  l: w"),
        ('{{ ternary "y" "n" (and .Values.on (not .Values.off)) }}', "y"),
        ("{{ (index .Values.list 1) }}", "y"),
        ('{{ tpl "{{ .Values.name }}" . }}', "a"),
        ("{{/* a comment }} */}}x", "x"),
        ('{{ .Values.name | trunc 63 | trimSuffix "a" }}', ""),
    ],
)
def test_renders_as_helm_does(template: str, expected: str) -> None:
    assert rendered(template) == expected


@pytest.mark.parametrize("template", ["{{ end }}", "{{ if .x }}", "{{ else }}", "{{ ( }}", "{{ a ~ b }}"])
def test_says_where_a_template_is_broken(template: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(f"a\n{template}")
    assert caught.value.line == 2


def test_lines_are_those_of_the_template() -> None:
    made = Renderer(Leaves(), {}).render(parse("a: 1\n{{- if .Values.on }}\nb: 2\n{{- end }}\nc: 3\n"), VALUES, "t")
    assert [(made.text.split("\n")[i], line) for i, line in enumerate(made.lines[:3])] == [
        ("a: 1", 1),
        ("b: 2", 3),
        ("c: 3", 5),
    ]


def test_endless_inclusion_is_cut() -> None:
    nodes = parse('{{ define "t" }}{{ include "t" . }}{{ include "t" . }}{{ end }}{{ include "t" . }}')
    with pytest.raises(TemplateError):
        Renderer(Leaves(), {"t": nodes[0].body}).render(nodes, VALUES, "t.yaml")


_PIECES = st.sampled_from(
    """{{ }} {{if·.Values.on}} {{end}} {{else}} {{range·.Values.map}} {{- -}} .Values.name | quote ( ) " ` $x := nindent·4
    toYaml·. a:·b - include tpl index·.·99 repeat·9 {{$x:=.}} é \\n \\t""".replace("\\\\n", "\n").split()
).map(lambda piece: piece.replace("·", " ").replace("\\n", "\n") + " ")


@settings(max_examples=600, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_renders_or_is_refused(template: str) -> None:
    try:
        nodes = parse(template)
        Renderer(Leaves(), {}).render(nodes, VALUES, "t.yaml")
    except TemplateError as error:
        assert error.line >= 1
