"""One consumer's way through the code: every frame that its entry points reach, each followed to the end before the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.link.explored import Explored, Leads
from modelguard.link.frames import Frame
from modelguard.link.makers import kept
from modelguard.link.runners import Runner
from modelguard.link.spending import Sink
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

    frame: Frame
    looked: Looked
    below: tuple[Frame, ...]


class Following:
    """Follows frames for one consumer. `visited` and `sinks` are what was come by, `entered` all that was gone through.

    What can lead to nothing new, as `explored` knows, is left out. With `probing` it is only asked whether anything spends:
    the first call that does is the end. Else a frame counts for nothing only where nothing of it is notable to the walk.
    """

    def __init__(self, walk: Walk, runner: Runner, explored: Explored, probing: bool = False) -> None:
        self._walk = walk
        self._explored = explored
        self._probing = probing
        self._runner = runner
        self.visited: list[Frame] = []
        self.sinks: list[Sink] = []
        self._spends = False
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
                self._ended(frame)
            elif id(frame) not in self._seen:
                if self._too_much():
                    self.cut = True
                    break
                self._scopes.add(id(frame.scope))
                if not self._is_known(frame):
                    self._enter(frame)
            if self._probing and self._spends:
                break
        if self._probing and not self.cut and not self._spends:
            self._explored.barren(self.entered)
            self._walk.forget(self.entered)
        return self._spends

    def _ended(self, end: _End) -> None:
        """Take down what a frame led to. Who is visited for all that it reaches takes down only what is known to the end."""
        looked, interest = end.looked, self._walk.interest
        if self._probing:
            self._explored.finished(end.frame, looked.handed, end.below)
        elif all(self._explored.leads(frame) for frame in end.below):
            notable = interest.is_notable(end.frame.scope)
            if not notable or interest.look(self._walk.resolver, end.frame):
                self._explored.finished(end.frame, looked.handed, end.below, notable or bool(looked.sinks))

    def _too_much(self) -> bool:
        return len(self.entered) >= MAX_FRAMES or self._walk.resolver.steps - self._before > MAX_STEPS

    def _is_known(self, frame: Frame) -> bool:
        """Whether nothing new can come of a frame, as it leads to nothing, or to what another one did."""
        if self._explored.is_barren(frame):
            return True
        known = self._explored.leads(frame)
        if known is None:
            known = next((k for k in self._explored.equal(frame) if self._goes_for(k, frame)), None)
        if known is None:
            return False
        self._seen.add(id(frame))
        if id(known.frame) not in self._seen and not self._explored.is_barren(known.frame):
            self._take_over(known)
        self._explored.goes_for(known, frame)
        return True

    def _goes_for(self, known: Leads, frame: Frame) -> bool:
        """Whether all that another activation of a frame's function leads to was come by, or is nothing at all; what
        could not be entered again from there, as it was being followed, can't be from here either, or was followed."""
        explored = self._explored
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
        self._spends = self._spends or any(not kept(found) for found in looked.sinks)
        self._handed += looked.handed
        beside = self._walk.run_by(frame, self._runner)
        self._todo.append(_End(frame, looked, (*looked.entered, *beside)))
        self._todo += looked.entered
        self._todo += self._walk.imports(frame, self._paths)
        self._todo += beside
