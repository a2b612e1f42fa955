"""What an event waits for or throws: SpiffWorkflow's definitions, without its clock and without its copies of data."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition

from engine.process.errors import ProcessStuck
from engine.process.moments import timer_of
from tenants.text import say
from workflows.bpmn import Node


class Heard:
    """What comes from elsewhere has in common: signals, messages, errors and escalations."""

    name: str
    kind: str

    def arm(self, token: Any) -> None:
        pass

    def catch(self, token: Any, event: object = None) -> None:
        token.internal_data["event_fired"] = True

    def throw(self, token: Any) -> None:
        top = token.workflow.top_workflow
        top.thrown.append((self.name, dict(token.workflow.names())))
        top.sent.append((self.kind, self.name))


class Signal(Heard, SignalEventDefinition):
    """A signal is a broadcast: everyone who is listening now hears it, in this instance at once."""

    kind = "signal"

    def throw(self, token: Any) -> None:
        super().throw(token)
        broadcast(token.workflow.top_workflow, self.name)


class MessageTo(Heard, MessageEventDefinition):
    """A message goes to another process; the one that sends it does not hear it."""

    kind = "message"


class Coded(Heard):
    """An error or escalation: it goes outwards from scope to scope until a boundary event catches its code.

    code: empty = a boundary event catches every one. variable: the name under which the caught code is kept.
    """

    code: str
    variable: str

    def throw(self, token: Any) -> None:
        found = _catching(token.workflow, self)
        if found is None:
            self.lost(token)
        else:
            if found.task_spec.event_definition.variable:
                found.workflow.put({found.task_spec.event_definition.variable: self.code})
            hear(found)

    def lost(self, token: Any) -> None:
        """Nobody catches it."""
        raise NotImplementedError


class Error(Coded, ErrorEventDefinition):
    kind = "error"

    def lost(self, token: Any) -> None:
        raise ProcessStuck(
            say("错误“{code}”没有边界事件接住。", code=self.code),
            token.task_spec.name,
            say("请在子流程或调用活动上加错误边界事件。"),
        )


class Escalation(Coded, EscalationEventDefinition):
    kind = "escalation"

    def lost(self, token: Any) -> None:
        token.workflow.top_workflow.unheard.append(self.code)


def _catching(scope: Any, thrown: Coded) -> Any:
    """Return the token of the nearest boundary event that catches it, one that names its code before one that catches all."""
    while scope.host is not None:
        host, scope = scope.host, scope.host.workflow
        found = [
            token
            for token in scope.living()
            if token.internal_data.get("host") == host.id
            and isinstance(definition := token.task_spec.event_definition, Coded)
            and definition.kind == thrown.kind
            and definition.code in ("", thrown.code)
        ]
        if found:
            return max(found, key=lambda token: token.task_spec.event_definition.code)
    return None


def definition_of(node: Node) -> Any:
    """Return SpiffWorkflow's definition of what the node waits for or throws."""
    match node.event.kind:
        case "timer":
            return timer_of(node)
        case "signal":
            return Signal(node.event.name)
        case "message":
            return MessageTo(node.event.name)
        case "error" | "escalation":
            made: Coded = (Error if node.event.kind == "error" else Escalation)(node.id, node.event.name)
            made.variable = node.event.variable
            return made
        case _:
            return NoneEventDefinition()  # a terminate end is carried out by its own spec


def waiting(top: Any) -> list[tuple[str, str]]:
    """Return (kind, name) of what tokens wait to hear, each once, the longest waiting first."""
    found = [(int(token.id), heard) for token in top.awake() if (heard := _heard_by(token)) is not None]
    found += [(number, (kind, name)) for dormant in top.sleeping() for number, kind, name in dormant.waits]
    return list(dict.fromkeys(heard for _, heard in sorted(found)))


def listeners(top: Any, kind: str, name: str) -> list[Any]:
    """Return the tokens that wait for that signal or message, the longest waiting first."""
    for dormant in list(top.sleeping()):
        if any((heard, named) == (kind, name) for _, heard, named in dormant.waits):
            top.rouse(dormant)
            return listeners(top, kind, name)
    return sorted(
        (token for token in top.awake() if _heard_by(token) == (kind, name)), key=lambda token: int(token.id)
    )


def _heard_by(token: Any) -> tuple[str, str] | None:
    definition = getattr(token.task_spec, "event_definition", None)
    if isinstance(definition, Signal | MessageTo) and token.has_state(TaskState.WAITING):
        return definition.kind, definition.name
    return None


def broadcast(top: Any, name: str) -> bool:
    """Let every listener hear the signal; return whether there was one."""
    found = listeners(top, "signal", name)
    for token in found:
        hear(token)
    return bool(found)


def deliver(top: Any, name: str) -> bool:
    """Let the longest waiting token have the message; return whether there was one."""
    found = listeners(top, "message", name)
    for token in found[:1]:
        hear(token)
    return bool(found)


def hear(token: Any) -> None:
    """Let one token go on, unless one that heard before it has withdrawn it."""
    if token.has_state(TaskState.WAITING):
        token.task_spec.event_definition.catch(token)
        token.task_spec._update(token)
