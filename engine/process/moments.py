"""Timers of a process: a moment is worked out when the token arrives, kept with the token, and compared with the caller's `now`.

`at` with a token: the moment at which it fires. `since`: when it was armed, where its text reads what a campaign may change
afterwards, so that the moment can be worked out again as if the new value had stood there from the start.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine.process.errors import ProcessStuck
from forms.expression import Expression
from tenants.text import say
from workflows.bpmn import Node, read_timing
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
        self.timing = read_timing(node.timer.text)
        self.optional = node.kind == "boundaryEvent"
        self.reads: frozenset[str] = frozenset()
        if isinstance(self.timing, Expression):
            self.reads = self.timing.names | ({CALENDAR} if asks_calendar(self.timing) else frozenset())

    def arm(self, token: Any) -> None:
        """Work out the moment. Raises ProcessStuck when there is none and the token could never go on."""
        script = token.workflow.script_engine
        since = token.internal_data.get("since", script.now).astimezone(script.now.tzinfo)
        moment = script.moment(token, self.timing, since)
        if self.reads & MOVABLE:
            token.internal_data["since"] = since.astimezone(UTC)
        if moment is not None:
            token.internal_data["at"] = moment
        elif not self.optional:
            raise ProcessStuck(
                say("定时器没有日期。"), self.name, say("请先确定期限，或改用边界事件：没有期限时它不触发。")
            )

    def has_fired(self, token: Any) -> bool:
        moment = token.internal_data.get("at")
        return moment is not None and moment <= token.workflow.top_workflow.now


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
            token.internal_data.pop("at", None)
            definition.arm(token)


def _armed_nobody_knows_when(token: Any, definition: At, changed: Collection[str]) -> bool:
    """Tell whether only the calendar has changed under a timer that counts from its arming and was armed before that was kept."""
    counts_on = definition.reads & {"now", "today"} and "since" not in token.internal_data
    return bool(counts_on) and definition.reads.intersection(changed) == {CALENDAR}
