"""The blast radius of a change as a Mermaid flowchart: the edited field, what it says now, and whom that reaches."""

from __future__ import annotations

from modelguard.report.mermaid import quoted
from modelguard.report.reported import Moved, Reader
from modelguard.report.words import dollars, model, safe


def flowchart(change: Moved, most: int) -> str:
    """A `flowchart LR` of one change with at most `most` consumers; identical edges to the rest become one node."""
    words = f"{model(change.from_)} → {model(change.to)}"
    lines = ["flowchart LR", f'  field["{quoted(safe(change.name))}<br/>{quoted(words)}"]']
    for number, reader in enumerate(change.dearest[:most], 1):
        lines.append(f'  c{number}(["{"<br/>".join(quoted(safe(told)) for told in _told(reader))}"])')
        arrow = "-->" if reader.certainty == "certain" else f'-. "{quoted(reader.certainty)}" .->'
        lines.append(f"  field {arrow} c{number}")
    if len(change.consumers) > most:
        lines += [f'  rest(["and {len(change.consumers) - most} more"])', "  field --> rest"]
    return "\n".join(lines)


def _told(reader: Reader) -> tuple[str, ...]:
    cost = f"{dollars(reader.first_day)} on the first day" if reader.first_day is not None else "cost unknown"
    return (reader.name, *([reader.runs_as] if reader.runs_as else []), cost)
