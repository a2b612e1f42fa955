"""The happy path of a process, walked in virtual time: the example answers are given, each step on its last day.

What the engine does with a step is what a running campaign does with it; only people are played.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from engine.dating import due_of
from engine.process import Model, Opened, ProcessStuck, Step, advance, start, wake
from engine.rehearsal.cast import Extra
from engine.rehearsal.stage import Stage, awaited
from engine.running import form_of, model_of
from tenants.text import Message, say
from workflows.bpmn import Node
from workflows.bpmn.cycles import EVERY_MISSED
from workflows.elements import Duty
from workflows.milestones import marks
from workflows.schedule import Occurrence

# More steps than any process of people has; example answers that send a report back for ever stop here.
MOST = 200
_KEPT = 4096
# What an expression may read that is another day by day. The campaign's own dates stay.
_DATED = frozenset({"due", "now", "today"})
_MINUTE = timedelta(minutes=1)


class TimeUp(Exception):
    """Whoever asked for the rehearsal waits no longer."""


def no_end() -> bool:
    """Wait as long as it takes."""
    return True


@dataclass(frozen=True)
class Did:
    """A step that somebody did. day: local; None = it has no date, nor has the duty.

    called: the called process in which it stands, as `Model.called_at` names it; empty = the duty's own. data: what its
    candidates may read, when it is one of several; else None.
    """

    node: str
    day: date | None
    called: str = ""
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Walk:
    """What one instance went through. thrown: (name, payload, day) of signals and messages. stopped: why it did not end.

    skipped: names of steps that are done once for each of a list, of which the examples hold nothing.
    """

    steps: tuple[Did, ...]
    thrown: tuple[tuple[str, dict[str, Any], date], ...] = ()
    stopped: Message | None = None
    skipped: tuple[str, ...] = ()


class Walks:
    """Walks of one rehearsal. One that depends on no date is walked once for all days; only so many are kept.

    patience: asked at every step; TimeUp is raised when it says False.
    """

    def __init__(self, stage: Stage, patience: Callable[[], bool] = no_end) -> None:
        self.stage = stage
        self.patience = patience
        self.walked = 0
        self._known: OrderedDict[tuple[Any, ...], tuple[date, Walk]] = OrderedDict()
        self._timeless: dict[str, bool] = {}

    def reads_unit(self, process: str) -> bool:
        """Tell whether a process may go differently for different units."""
        return not {"unit", "about"}.isdisjoint(self._model(process).reads)

    def throws(self, process: str) -> bool:
        """Tell whether a process may throw anything that a duty of the campaign waits for."""
        heard = {duty.on.event for duty in self.stage.package.duties.values() if duty.on and duty.on.event}
        return any(
            node.event.name in heard and node.kind in ("intermediateThrowEvent", "endEvent")
            for node in _nodes(self._model(process))
        )

    def of(
        self,
        duty: Duty,
        one: Occurrence,
        unit: Extra | None,
        about: Extra | None,
        payload: Mapping[str, Any] | None = None,
    ) -> Walk:
        """Return the walk of one instance of an occurrence."""
        model = self._model(duty.process)
        reads = model.reads
        names = self.stage.at(self.stage.morning(one.opens)).known(
            reads, unit, about, {"due": one.due, **(payload or {})}
        )
        names[EVERY_MISSED] = duty.every.missed if duty.every else "once"
        data = {key: value for key, value in names.items() if key in reads}
        base = one.due or one.opens
        kind = (duty.process, duty.form, awaited(duty) is None, base - one.opens, one.due is None)
        key: tuple[Any, ...] = (*kind, repr(sorted(data.items())))
        if not self._is_timeless(duty.process, model):
            key = (*key, base)
        if key in self._known:
            self._known.move_to_end(key)
            then, walk = self._known[key]
            return _moved(walk, base - then)
        walk = self._walk(model, duty, one, data, unit, about)
        self._known[key] = base, walk
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return walk

    def _model(self, process: str) -> Model:
        return model_of(self.stage.package, process)

    def _is_timeless(self, process: str, model: Model) -> bool:
        if process not in self._timeless:
            self._timeless[process] = _DATED.isdisjoint(model.reads) and not any(
                node.timer or node.due for node in _nodes(model)
            )
        return self._timeless[process]

    def _walk(
        self,
        model: Model,
        duty: Duty,
        one: Occurrence,
        data: dict[str, Any],
        unit: Extra | None,
        about: Extra | None,
    ) -> Walk:
        self.walked += 1
        walker = _Walker(self.stage, model, duty, one, unit, about)
        try:
            stopped = walker.go(data, self.patience)
        except ProcessStuck as stuck:
            stopped = stuck.what
        skipped = tuple(dict.fromkeys(walker.skipped))
        return Walk(tuple(walker.did), tuple(walker.thrown), stopped, skipped)


class _Walker:
    """One instance on its way."""

    def __init__(
        self, stage: Stage, model: Model, duty: Duty, one: Occurrence, unit: Extra | None, about: Extra | None
    ) -> None:
        self.stage, self.model, self.duty, self.one = stage, model, duty, one
        self.unit, self.about = unit, about
        self.now = stage.morning(one.opens)
        event = {"at": self.now} if awaited(duty) is not None else None
        parts = marks(stage.setting, duty, one.due, event) if duty.milestones else ()
        self.marks = {part.milestone.step: part.due for part in parts if part.milestone.step and part.due}
        self.did: list[Did] = []
        self.skipped: list[str] = []
        # Tasks that are done once for each of a list: with nothing in the list they are passed without a word.
        self.repeated = {node.id: node for node in _nodes(model) if node.loop and node.kind == "userTask"}
        self.thrown: list[tuple[str, dict[str, Any], date]] = []
        self.open: dict[str, tuple[Opened, date | None]] = {}

    def go(self, data: dict[str, Any], patience: Callable[[], bool]) -> Message | None:
        """Walk to the end; return why that was not reached. Raises TimeUp."""
        step = start(self.model, data, self.now, self.stage.given)
        for _ in range(MOST):
            if not patience():
                raise TimeUp
            self._note(step)
            if step.ended:
                return None
            if not self.open and not step.timers:
                return say("流程等待别处的事件")
            step = self._next(step)
        return say("示例答案让流程反复，超过 {n} 步", n=MOST)

    def _note(self, step: Step) -> None:
        for token in step.closed:
            self.open.pop(token, None)
        begun = {opened.node_id for opened in step.opened}
        entered = (self.repeated.get(name.rpartition("/")[2]) for name in step.entered if self.repeated)
        self.skipped += [node.name or node.id for node in entered if node and node.id not in begun]
        for opened in step.opened:
            node = self._node(opened)
            scene = self.stage.at(self.now)
            due, _ = due_of(scene, node, opened.data, self.one.due, "", self.unit, self.about)
            if self.marks and not (node.due or self.model.called_at(opened.place)):
                due = self.marks.get(node.id, due)
            self.open[opened.token] = opened, due
        self.thrown += [(name, payload, self.now.date()) for name, payload in step.thrown]

    def _next(self, step: Step) -> Step:
        """Do the task whose moment comes first, or let the timer fire that comes before."""
        given = self.stage.given
        doing = min(
            ((self._moment(opened, due, step), token) for token, (opened, due) in self.open.items()),
            default=None,
        )
        fires = step.timers[0].at.astimezone(self.stage.zone) if step.timers else None
        if fires is not None and (doing is None or fires <= doing[0]):
            self.now = max(self.now, fires)
            return wake(self.model, step.state, self.now, given)
        assert doing is not None
        self.now, token = doing
        opened, due = self.open.pop(token)
        node, called = self._node(opened), self.model.called_at(opened.place)
        answers = self.stage.example(form_of(self.stage.package, self.duty, node.form, called))
        # Without any date it is work all the same, of nobody knows which week; what an event starts is work of its week.
        dated = due is not None or self.one.due is not None or awaited(self.duty) is not None
        day, data = self.now.date() if dated else None, opened.data if opened.number else None
        self.did.append(Did(node.id, day, called, data))
        return advance(self.model, step.state, token, answers, self.now, given)

    def _moment(self, opened: Opened, due: date | None, step: Step) -> datetime:
        """Return when a task is done: on the evening of its last day, but before a timer would withdraw it."""
        moment = max(self.now, self.stage.evening(due)) if due else self.now
        nodes = self.model.at(opened.place).drawing.nodes
        for timer in step.timers:
            event = nodes.get(timer.node_id)
            if event is not None and event.attached_to == opened.node_id and event.interrupting:
                moment = min(moment, timer.at.astimezone(self.stage.zone) - _MINUTE)
        return max(self.now, moment)

    def _node(self, opened: Opened) -> Node:
        return self.model.at(opened.place).drawing.nodes[opened.node_id]


def _nodes(model: Model) -> Iterator[Node]:
    """Yield every node of a process, and of those that it calls."""
    for drawing in model.drawings:
        yield from drawing.nodes.values()


def _moved(walk: Walk, by: timedelta) -> Walk:
    if not by:
        return walk
    return Walk(
        tuple(replace(did, day=did.day + by if did.day else None) for did in walk.steps),
        tuple((name, payload, day + by) for name, payload, day in walk.thrown),
        walk.stopped,
        walk.skipped,
    )
