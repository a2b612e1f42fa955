"""Timers of a process: a moment is worked out when the token arrives, kept with the token, and compared with the caller's `now`.

`at` with a token: the moment at which it fires. `since`: when it was armed, where its text reads what a campaign may change
afterwards, so that the moment can be worked out again as if the new value had stood there from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine.process.errors import ProcessStuck
from forms.expression import EvaluationError, Expression
from tenants.text import say
from workflows.bpmn import BadTiming, Node, grids, read_timing
from workflows.bpmn.cycles import EVERY_MISSED, read_cycle
from workflows.dates import asks_calendar

# Stands among what a timer reads when it counts working days or names a season: the tenant may change those.
CALENDAR = "\0calendar"
# Given by the campaign, and moved by it: a due date, the phases, the period, the calendar.
MOVABLE = frozenset({"due", "phases", "period", CALENDAR})


class At(TimerEventDefinition):
    """A moment, fixed when the token arrives and kept with it."""

    def __init__(self, node: Node) -> None:
        assert node.timer is not None  # the reader has seen to it
        super().__init__(node.id, node.timer.text)
        self.text = node.timer.text
        self.optional = node.kind == "boundaryEvent"
        self.reads: frozenset[str] = frozenset()
        self._read(node)

    def _read(self, node: Node) -> None:
        assert node.timer is not None
        self.timing = read_timing(node.timer.text)
        if isinstance(self.timing, Expression):
            self.reads = self.timing.names | ({CALENDAR} if asks_calendar(self.timing) else frozenset())

    def arm(self, token: Any) -> None:
        """Work out the moment. Raises ProcessStuck when there is none and the token could never go on."""
        moment = token.workflow.script_engine.moment(token, self.timing, self._since(token))
        if moment is not None:
            token.internal_data["at"] = moment
        elif not self.optional:
            raise self._undated()

    def _since(self, token: Any) -> datetime:
        """Return when the timer was armed, and keep it where it may have to be worked out again."""
        now: datetime = token.workflow.script_engine.now
        since: datetime = token.internal_data.get("since", now).astimezone(now.tzinfo)
        if self.reads & MOVABLE:
            token.internal_data["since"] = since.astimezone(UTC)
        return since

    def _undated(self) -> ProcessStuck:
        return ProcessStuck(
            say("定时器没有日期。"), self.name, say("请先确定期限，或改用边界事件：没有期限时它不触发。")
        )

    def anew(self, token: Any) -> None:
        """Work out the moment again. Raises ProcessStuck as `arm` does."""
        token.internal_data.pop("at", None)
        self.arm(token)

    def has_fired(self, token: Any) -> bool:
        moment = token.internal_data.get("at")
        return moment is not None and moment <= token.workflow.top_workflow.now


class Every(At):
    """A cycle: its next moment is fixed when the one before it has fired. `cycle` with a token: how its grid is counted.

    Only a non-interrupting boundary event comes again; elsewhere the first firing is the only one.
    """

    def _read(self, node: Node) -> None:
        assert node.timer is not None
        self.cycle = read_cycle(node.timer.text)
        self.each = node.properties.get("missed") == "each"
        self.reads = frozenset().union(*(rule.names for rule in self.cycle.rules))
        if any(map(asks_calendar, self.cycle.rules)):
            self.reads |= {CALENDAR}

    def arm(self, token: Any, after: datetime | None = None) -> None:
        if "cycle" in token.internal_data:
            return  # it goes on where the one before it was
        script = token.workflow.script_engine
        since = self._since(token)
        names = {**token.workflow.names(), "now": since, "today": since.date()}
        found = self._worked_out(lambda: grids.arm(self.cycle, names, since, script.given, after))
        if found is grids.SPENT:
            # Everything has passed: whoever waits for it goes on, as with a date that has passed.
            found = None if self.optional else replace(grids.SPENT, at=script.now.astimezone(UTC))
        if found is not None:
            token.internal_data |= {"at": found.at, "cycle": found.kept()}
        elif not self.optional:
            raise self._undated()

    def anew(self, token: Any) -> None:
        for key in ("at", "cycle"):
            token.internal_data.pop(key, None)
        self.arm(token, token.workflow.script_engine.now)

    def again(self, token: Any) -> dict[str, Any] | None:
        """Return what the next token on this event takes over; None when the cycle is used up."""
        script, known = token.workflow.script_engine, token.internal_data
        each = self.each or token.workflow.top_workflow.data.get(EVERY_MISSED) == "each"
        armed = grids.Armed.of(known["at"], known["cycle"])
        found = self._worked_out(
            lambda: grids.following(self.cycle, armed, script.now, script.given, each=each)
        )
        if found is None:
            return None
        since = {"since": known["since"]} if "since" in known else {}
        return {**since, "at": found.at, "cycle": found.kept()}

    def _worked_out(self, work: Callable[[], grids.Armed | None]) -> grids.Armed | None:
        try:
            return work()
        except (BadTiming, EvaluationError) as error:
            raise ProcessStuck(
                say("定时器的时间无法确定：{reason}", reason=error.what), self.name, error.do
            ) from None


def timer_of(node: Node) -> At:
    """Return SpiffWorkflow's definition of a node's timer."""
    return Every(node) if node.timer is not None and node.timer.kind == "cycle" else At(node)


def follow(top: Any, changed: Collection[str]) -> None:
    """Work out again every armed timer that reads one of the changed names; nothing fires. Raises ProcessStuck."""
    for token in list(top.everywhere()):
        definition = getattr(token.task_spec, "event_definition", None)
        if (
            isinstance(definition, At)
            and token.has_state(TaskState.WAITING)
            and not definition.reads.isdisjoint(changed)
            and not _armed_nobody_knows_when(token, definition, changed)
        ):
            definition.anew(token)


def _armed_nobody_knows_when(token: Any, definition: At, changed: Collection[str]) -> bool:
    """Tell whether only the calendar has changed under a timer that counts from its arming and was armed before that was kept."""
    counts_on = definition.reads & {"now", "today"} and "since" not in token.internal_data
    return bool(counts_on) and definition.reads.intersection(changed) == {CALENDAR}
