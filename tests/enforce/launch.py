"""`litellm …` with patience: on a busy machine uvicorn takes a worker that is still importing for a dead one (5 s)."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

kept = uvicorn.Config.__init__


def patient(self: Any, *args: Any, **named: Any) -> None:
    kept(self, *args, **{**named, "timeout_worker_healthcheck": 90})


if __name__ == "__main__":
    uvicorn.Config.__init__ = patient  # type: ignore[method-assign]
    from litellm import run_server

    sys.argv[0] = "litellm"
    run_server()
