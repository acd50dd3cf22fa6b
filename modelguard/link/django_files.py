"""The files that start programs of a Django project, and the settings module that each names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.store import FactsStore

VARIABLE = "DJANGO_SETTINGS_MODULE"
STARTERS = ("manage.py", "wsgi.py", "asgi.py")
"""Files that run a project's views."""
_STARTERS = frozenset({*STARTERS, "celery.py", "celery_app.py", "conftest.py"})


def starters(store: FactsStore) -> Iterator[tuple[str, str]]:
    """The files that start programs of a Django project, each with the settings module that it names."""
    for path in sorted(p for p in store.paths() if posixpath.basename(p) in _STARTERS):
        facts = store.facts(path)
        for scope in facts.scopes if facts is not None else ():
            for name, value in _set(scope):
                if name == VARIABLE and value:
                    yield path, value


def _set(scope: f.Scope) -> Iterator[tuple[str, str]]:
    """The variables that a scope sets by `os.environ.setdefault("X", "y")` or `os.environ["X"] = "y"`."""
    body = scope.glance()
    pairs = [(c.args[0].value, c.args[1].value) for c in body.calls if len(c.args) == 2]
    for key, value in [*pairs, *((s.key, s.value) for s in body.stores)]:
        if isinstance(key, f.Lit) and isinstance(value, f.Lit) and isinstance(value.value, str):
            yield str(key.value), value.value
