"""`python -m modelguard.action STEP`: one step of an action. Exit status as the command's: 0, 1, 2, 3."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from modelguard import __version__
from modelguard.action.runner import notice
from modelguard.errors import InputError

STEPS = {
    "check": ("checking", "run_check"),
    "comment": ("posting", "run_comment"),
    "sarif": ("posting", "run_sarif"),
    "post": ("forked", "run_post"),
    "gitlab-note": ("gitlab", "run_note"),
}


def main(arguments: list[str]) -> int:
    """Run a step with the runner's environment; what goes wrong becomes an annotation and an exit status."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        notice("error", f"usage: python -m modelguard.action {'|'.join(STEPS)}")
        return 2
    module, function = STEPS[arguments[0]]
    try:
        return int(getattr(import_module(f"modelguard.action.{module}"), function)(os.environ))
    except InputError as error:
        notice("error", str(error).replace("\n", " "))
        return 2
    except Exception as error:
        if os.environ.get("MODELGUARD_DEBUG"):
            raise
        kind = type(error).__name__
        notice("error", f"a bug of modelguard {__version__} ({kind}); MODELGUARD_DEBUG=1 shows the details")
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
