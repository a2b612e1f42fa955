"""What an event waits for or throws: SpiffWorkflow's definitions, without its clock and without its copies of data."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition

from engine.process.moments import At
from workflows.bpmn import Node


class Heard:
    """What signals and messages have in common."""

    name: str
    kind: str

    def arm(self, token: Any) -> None:
        pass

    def catch(self, token: Any, event: object = None) -> None:
        token.internal_data["event_fired"] = True

    def throw(self, token: Any) -> None:
        top = token.workflow.top_workflow
        top.thrown.append((self.name, dict(top.data)))
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


def definition_of(node: Node) -> Any:
    """Return SpiffWorkflow's definition of what the node waits for or throws."""
    match node.event.kind:
        case "timer":
            return At(node)
        case "signal":
            return Signal(node.event.name)
        case "message":
            return MessageTo(node.event.name)
        case "terminate":
            return TerminateEventDefinition()
        case _:
            return NoneEventDefinition()


def waiting(top: Any) -> list[tuple[str, str]]:
    """Return (kind, name) of what tokens wait to hear, each once, the longest waiting first."""
    found = [
        (int(token.id), definition.kind, definition.name)
        for token in top.everywhere()
        if token.has_state(TaskState.WAITING)
        and isinstance(definition := getattr(token.task_spec, "event_definition", None), Heard)
    ]
    return list(dict.fromkeys((kind, name) for _, kind, name in sorted(found)))


def listeners(top: Any, name: str, kind: type[Heard]) -> list[Any]:
    """Return the tokens that wait for that signal or message, the longest waiting first."""
    found = [
        token
        for token in top.everywhere()
        if token.has_state(TaskState.WAITING)
        and isinstance(definition := getattr(token.task_spec, "event_definition", None), kind)
        and definition.name == name
    ]
    return sorted(found, key=lambda token: int(token.id))


def broadcast(top: Any, name: str) -> bool:
    """Let every listener hear the signal; return whether there was one."""
    found = listeners(top, name, Signal)
    for token in found:
        hear(token)
    return bool(found)


def deliver(top: Any, name: str) -> bool:
    """Let the longest waiting token have the message; return whether there was one."""
    found = listeners(top, name, MessageTo)
    for token in found[:1]:
        hear(token)
    return bool(found)


def hear(token: Any) -> None:
    """Let one token go on, unless one that heard before it has withdrawn it."""
    if token.has_state(TaskState.WAITING):
        token.task_spec.event_definition.catch(token)
        token.task_spec._update(token)
