from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from llm import LLM
def run(llm: LLM):
    return llm.ask("x")
def main():
    from llm import LLM
    run(LLM())
main()
