"""Calls that a library makes of a function that it is given: threads, processes, executors, event loops, `map`.

Sources: Python 3.13's threading, multiprocessing, concurrent.futures, asyncio and atexit; anyio 4; FastAPI's background
tasks.
"""

from __future__ import annotations

from modelguard.extract import facts as f

_RUNNING = frozenset({"target", "function", "func"})
"""Keywords by which a thread, process or timer is given what it runs."""
_EACH = frozenset({"map", "imap", "imap_unordered", "map_async"})
_APPLYING = frozenset({"apply", "apply_async", "Timer"})
_PASSING = frozenset(
    {
        "submit", "run_in_executor", "to_thread", "run_sync", "call_soon", "call_soon_threadsafe", "call_later", "call_at",
        "add_task", "register", "start_soon", "start_new_thread", "spawn", "run_in_threadpool",
    }
)  # fmt: skip
"""Functions that pass on what follows the function that they are given."""


def arguments(name: str, call: f.Call, given: f.Arg) -> tuple[f.Arg, ...] | None:
    """With what a library's function called `name` calls the function that it is given as one of a call's arguments; None
    where that is not known."""
    plain = [a for a in call.args if a.name in ("", "*")]
    after = plain[plain.index(given) + 1 :] if given in plain else []
    if name in _EACH and after:
        return tuple(f.Arg("", f.Each(a.value, a.value.at)) for a in after)
    if name == "starmap" and after:
        return (f.Arg("*", f.Each(after[0].value, after[0].value.at)),)
    if given.name in _RUNNING or name in _APPLYING:
        return _applied(call, after)
    if name in _PASSING:
        return (*after, *(a for a in call.args if a.name not in ("", "*")))
    return None


def _applied(call: f.Call, after: list[f.Arg]) -> tuple[f.Arg, ...]:
    """Of `args=(…)` and `kwargs={…}`, or these by position."""
    words = {a.name: a.value for a in call.args}
    args = words.get("args") or (after[0].value if after else None)
    kwargs = words.get("kwargs") or words.get("kwds") or (after[1].value if len(after) > 1 else None)
    found = [f.Arg("*", args)] if args is not None else []
    return (*found, f.Arg("**", kwargs)) if kwargs is not None else tuple(found)
