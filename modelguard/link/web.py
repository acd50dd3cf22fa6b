"""Web applications of Python: the modules that make one, and the programs that serve one.

A server is told a module (`gunicorn app.main:app`), so that a module with an application is a program though others import it;
what imports it to look at it, or to send it a request of its own, serves no requests.
"""

from __future__ import annotations

import posixpath

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link.program import Program

_APPLICATIONS = frozenset(
    "FastAPI Flask Quart Sanic Starlette Litestar Robyn Bottle create_app make_app build_app get_app create_application"
    " get_application".split()
)
"""What is called that gives an application, or a factory of one."""
FRAMEWORKS = frozenset(
    "fastapi flask quart sanic starlette litestar aiohttp tornado django rest_framework ninja robyn bottle flask_restful".split()
)
"""Libraries whose functions are called for a request."""
_SERVERS = frozenset(
    {"uvicorn", "hypercorn", "waitress", "granian", "gunicorn", "run_app", "run_simple", "make_server", "Mangum"}
)
_PROGRAMS = frozenset(
    f"{name}.py"
    for name in "wsgi asgi run manage server serve main app application __main__ index lambda_function".split()
)


def makes_application(top: f.Scope) -> bool:
    """Whether a module's top level makes a web application and keeps it under a name."""
    if _APPLICATIONS.isdisjoint(top.mentions):
        return False
    body = top.glance()
    made = [b.value for b in body.binds if isinstance(b.value, f.CallRef)]
    return any(called_name(body.calls[m.index]) in _APPLICATIONS for m in made if m.index < len(body.calls))


def serves(program: Program, path: str) -> bool:
    """Whether a module is a program that serves an application: by what it is called, by what it mentions, or as it has one."""
    if posixpath.basename(path) in _PROGRAMS:
        return True
    scopes = [s for n, s in program.scopes(path).items() if n in ("", "<main>") or s.kind == "function"]
    if any(not _SERVERS.isdisjoint(s.mentions) for s in scopes):
        return True
    return any(
        called_name(c) == "run" and isinstance(c.func, f.Get) and _is_app(c.func.base)
        for s in scopes
        for c in s.glance().calls
    )


def _is_app(expr: f.Expr) -> bool:
    return isinstance(expr, f.Var) and expr.name.split("#", 1)[0] in ("app", "application", "server", "api")
