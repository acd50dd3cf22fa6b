"""A day's hours across, consumers stacked: blocks for a terminal, SVG for a page (the HTML report embeds it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

HEIGHT = 8
"""Lines of the terminal's picture."""
GLYPHS = "█▓▒░▞▚#@*+o"
COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e")
"""Observable 10 without its grey, which is the unexplained: tells apart for the colour-blind, on light and dark."""
GREY = "#9498a0"
UNEXPLAINED = "(unexplained)"


def blocks(hours: Mapping[str, Sequence[float]]) -> list[str]:
    """Lines of text: {consumer: 24 figures}, in the order given from the bottom up. The tallest hour is HEIGHT lines."""
    names = [name for name, values in hours.items() if sum(values) > 0]
    tops = [sum(hours[name][h] for name in names) for h in range(24)]
    most = max(tops, default=0)
    if most <= 0:
        return ["no calls"]
    columns = [_stack([hours[name][h] for name in names], most) for h in range(24)]
    label = f"{most:,.0f}"
    lines = []
    for level in range(HEIGHT, 0, -1):
        edge = label if level == HEIGHT else ""
        row = "".join((column[level - 1] if level <= len(column) else " ") * 2 + " " for column in columns)
        lines.append(f"{edge:>{len(label)}} │{row}".rstrip())
    lines.append(f"{'0':>{len(label)}} └{'─' * 72}")
    lines.append(" " * (len(label) + 2) + "".join(f"{h:02d} " for h in range(24)).rstrip() + "  UTC")
    legend = [f"{_glyph(names, name)} {name}" for name in names]
    lines.append(" " * (len(label) + 2) + "   ".join(legend))
    return lines


def _glyph(names: Sequence[str], name: str) -> str:
    return "·" if name == UNEXPLAINED else GLYPHS[names.index(name) % len(GLYPHS)]


def _stack(values: Sequence[float], most: float) -> str:
    """One hour's column from the bottom up, a character a line; whoever has something gets a line where there is room."""
    total = sum(values)
    if total <= 0:
        return ""
    lines = max(1, round(HEIGHT * total / most))
    ends = [round(lines * sum(values[: n + 1]) / total) for n in range(len(values))]
    names = list(range(len(values)))
    column = "".join(GLYPHS[n % len(GLYPHS)] * (ends[n] - (ends[n - 1] if n else 0)) for n in names)
    return column[:lines]


def svg(hours: Mapping[str, Sequence[float]], title: str, width: int = 720, height: int = 260) -> str:
    """An SVG element by itself: no scripts, no links, every text escaped, readable on light and dark pages."""
    names = [name for name, values in hours.items() if sum(values) > 0]
    most = max((sum(hours[n][h] for n in names) for h in range(24)), default=0) or 1
    step = _step(most)
    top, left, bottom = 34, 52, 46
    plot = height - top - bottom
    bar = (width - left - 12) / 24
    scale = plot / (step * -(-most // step))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" width="100%" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><title>{escape(title)}</title>',
        f'<text x="{left}" y="16" font-size="13" font-weight="600">{escape(title)}</text>',
    ]
    level = 0.0
    while level <= most + step * 0.999:
        y = top + plot - level * scale
        parts.append(
            f'<line x1="{left}" x2="{width - 12}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" stroke-opacity="0.15"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" opacity="0.7">{level:,.0f}</text>'
        )
        level += step
        if level * scale > plot + 0.5:
            break
    for hour in range(24):
        parts += _bar(hours, names, hour, left + hour * bar, bar, top + plot, scale)
        if hour % 3 == 0:
            x = left + (hour + 0.5) * bar
            parts.append(
                f'<text x="{x:.1f}" y="{top + plot + 16}" text-anchor="middle" opacity="0.7">{hour:02d}</text>'
            )
    parts.append(f'<text x="{width - 12}" y="{top + plot + 16}" text-anchor="end" opacity="0.7">UTC</text>')
    parts += _legend(names, left, height - 8)
    return "".join([*parts, "</svg>"])


def _bar(
    hours: Mapping[str, Sequence[float]],
    names: Sequence[str],
    hour: int,
    x: float,
    bar: float,
    base: float,
    scale: float,
) -> list[str]:
    parts, y = [], base
    for name in names:
        calls = hours[name][hour]
        size = calls * scale
        if size <= 0:
            continue
        y -= size
        parts.append(
            f'<rect x="{x + bar * 0.1:.1f}" y="{y:.2f}" width="{bar * 0.8:.1f}" height="{size:.2f}" '
            f'fill="{_colour(names, name)}"><title>{escape(name)}, {hour:02d}:00: {calls:,.0f}</title></rect>'
        )
    return parts


def _colour(names: Sequence[str], name: str) -> str:
    return GREY if name == UNEXPLAINED else COLOURS[names.index(name) % len(COLOURS)]


def _legend(names: Sequence[str], x: float, y: float) -> list[str]:
    parts = []
    for name in names:
        shown = name if len(name) <= 32 else name[:31] + "…"
        parts.append(
            f'<rect x="{x}" y="{y - 10}" width="10" height="10" fill="{_colour(names, name)}"/>'
            f'<text x="{x + 14}" y="{y}">{escape(shown)}</text>'
        )
        x += 14 + 7 * len(shown) + 16
    return parts


def _step(most: float) -> float:
    """A round distance of lines, of which there are three to six."""
    size = 1.0
    while True:
        for factor in (1, 2, 2.5, 5):
            if most / (size * factor) <= 5:
                return size * factor
        size *= 10
