"""Prompts. Changing a word here makes every cached answer cold."""

SAME_ENTITY = """Two catalogue records follow. Do they describe the same product of the same maker?
Compare name, maker, size, packaging and codes one by one, then end with one line: SAME or DIFFERENT.

Record A:
{left}

Record B:
{right}
"""


def says_same(answer: str) -> bool:
    """Whether the last line of an answer is SAME."""
    return answer.strip().rsplit("\n", 1)[-1].strip().upper() == "SAME"
