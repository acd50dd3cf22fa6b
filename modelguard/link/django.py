"""Django's settings: which module `django.conf.settings` stands for.

It is the one that DJANGO_SETTINGS_MODULE names: in the environment of whoever runs, else as the project's manage.py, wsgi.py
and the like set it where nothing did (https://docs.djangoproject.com/en/5.2/topics/settings/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelguard.link import environment
from modelguard.link.django_files import VARIABLE
from modelguard.link.frames import Frame
from modelguard.link.related import shared_folders
from modelguard.link.values import text_of

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def settings(resolver: Resolver, frame: Frame) -> str | None:
    """The path of the settings module for code that runs in a frame; None where nothing names one of the tree."""
    program = resolver.program
    known = program.django_starters
    near = sorted(known, key=lambda found: (-shared_folders(found[0], frame.path), found))
    for outcome in environment.defines(resolver, frame.context, VARIABLE):
        name = text_of(outcome.value)
        path = program.module(near[0][0] if near else frame.path, name) if name else None
        if path is not None:
            return path
    return next((path for starter, name in near if (path := program.module(starter, name)) is not None), None)
