"""The deep health check: the golden set in one long prompt, past the cache, so that it sees the model itself."""

import os
import sys
from pathlib import Path

from orchestrator.client import ask
from orchestrator.prompts import says_same
from orchestrator.settings import project_settings


def main() -> int:
    """Exit status 0 when the model still agrees with the golden set."""
    golden = Path(os.environ["GOLDEN_SET"]).read_text()
    answer = ask(project_settings().llm.llm_model_name, golden, caller="health-check", cached=False)
    return 0 if says_same(answer) else 1


if __name__ == "__main__":
    sys.exit(main())
