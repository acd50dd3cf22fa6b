"""One consumer's way through the code: every frame that its entry points reach, each followed to the end before the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.link.explored import Explored, Leads
from modelguard.link.frames import Frame
from modelguard.link.runners import Runner
from modelguard.link.sinks import Sink
from modelguard.link.values import Function

if TYPE_CHECKING:
    from modelguard.link.walk import Walk

MAX_FRAMES = 5_000
"""Most activations of one consumer; beyond it the rest is reported as unresolved."""
MAX_STEPS = 100_000
"""Most evaluations for one consumer, likewise."""


@dataclass(frozen=True, eq=False)
class Looked:
    """What a frame spends, where it goes on to (the first last), and the functions that it hands to other code."""

    sinks: tuple[Sink, ...]
    entered: tuple[Frame, ...]
    handed: tuple[Function, ...]


NOTHING = Looked((), (), ())


@dataclass(frozen=True, eq=False)
class _End:
    """Comes up when all that a frame leads to was followed."""

    explored: Explored
    frame: Frame
    handed: tuple[Function, ...]
    below: tuple[Frame, ...]


class Following:
    """Follows frames for one consumer. `visited` and `sinks` are what was come by, `entered` all that was gone through.

    With `explored` it is only asked whether anything spends: what is known to lead to nothing is left out, and the first
    call that spends is the end.
    """

    def __init__(self, walk: Walk, runner: Runner, explored: Explored | None = None) -> None:
        self._walk = walk
        self._explored = explored
        self._runner = runner
        self.visited: list[Frame] = []
        self.sinks: list[Sink] = []
        self.cut = False
        self._todo: list[Frame | _End] = []
        self._handed: list[Function] = []
        self._seen: set[int] = set()
        self._scopes: set[int] = set()
        self._paths: set[str] = set()
        self.entered: list[Frame] = []
        self._before = walk.resolver.steps

    def follow(self, start: list[Frame]) -> bool:
        """Follow these frames, the first first. Whether a call that spends was among it."""
        self._paths = {frame.path for frame in start}
        self._todo = list(reversed(start))
        while self._todo or self._handed:
            if not self._todo:
                # A function that is kept for later is called by whoever has it, where no call of it was followed.
                function = self._handed.pop()
                if id(function.scope) not in self._scopes:
                    self._todo.append(self._walk.opened_function(function))
                continue
            frame = self._todo.pop()
            if isinstance(frame, _End):
                frame.explored.finished(frame.frame, frame.handed, frame.below)
            elif id(frame) not in self._seen:
                if self._too_much():
                    self.cut = True
                    break
                self._scopes.add(id(frame.scope))
                if self._explored is None or not self._is_known(frame, self._explored):
                    self._enter(frame)
            if self._explored is not None and self.sinks:
                break
        if self._explored is not None and not self.cut and not self.sinks:
            self._conclude(self._explored)
        return bool(self.sinks)

    def _conclude(self, explored: Explored) -> None:
        """Nothing that was reached spends."""
        explored.barren(self.entered)
        self._walk.forget(self.entered)

    def _too_much(self) -> bool:
        return len(self.entered) >= MAX_FRAMES or self._walk.resolver.steps - self._before > MAX_STEPS

    def _is_known(self, frame: Frame, explored: Explored) -> bool:
        """Whether nothing new can come of a frame, as it leads to nothing, or to what another one did."""
        if explored.is_barren(frame):
            return True
        known = explored.leads(frame)
        if known is None:
            known = next((k for k in explored.equal(frame) if self._goes_for(k, frame, explored)), None)
        if known is None:
            return False
        self._seen.add(id(frame))
        if id(known.frame) not in self._seen and not explored.is_barren(known.frame):
            self._take_over(known)
        return True

    def _goes_for(self, known: Leads, frame: Frame, explored: Explored) -> bool:
        """Whether all that another activation of a frame's function leads to was come by, or is nothing at all; what
        could not be entered again from there, as it was being followed, can't be from here either, or was followed."""
        if id(known.frame) not in self._seen and explored.leads(known.frame) is None:
            return False
        above = {id(other.scope) for other in frame.stack()} if known.refused else set()
        for refused in known.refused:
            other, instead = refused.above, refused.instead
            if id(other.scope) in above:
                continue
            if id(other) not in self._seen and explored.leads(other) is None:
                return False
            if instead is not None and not explored.same(instead, other):
                return False
        return True

    def _take_over(self, known: Leads) -> None:
        self._handed += known.handed
        for importing in known.importing:
            self._todo += self._walk.imports(importing, self._paths)

    def _enter(self, frame: Frame) -> None:
        self._seen.add(id(frame))
        self.entered.append(frame)
        looked = self._walk.looked(frame)
        if looked is not None:
            self.visited.append(frame)
        looked = looked or NOTHING
        self.sinks += looked.sinks
        self._handed += looked.handed
        beside = self._walk.run_by(frame, self._runner)
        if self._explored is not None:
            self._todo.append(_End(self._explored, frame, looked.handed, (*looked.entered, *beside)))
        self._todo += looked.entered
        self._todo += self._walk.imports(frame, self._paths)
        self._todo += beside
