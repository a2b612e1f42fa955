"""An instance in mid-course crosses over to another version of its drawing. Tokens keep their numbers, and what stands where does
not change: where the new drawing has no such place, the instance does not fit and stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState

from engine.process import state as states
from engine.process.instance import Instance
from engine.process.joins import Joining
from engine.process.model import Model
from engine.process.moments import At, follow
from engine.process.step import Step
from engine.process.steps import step_of
from engine.process.tokens import Scope, Token
from tenants.text import Message, say
from workflows.bpmn import Node

Given = Mapping[str, Callable[..., object]]
_NONE: Given = MappingProxyType({})


@dataclass(frozen=True)
class Unfit:
    """Where an instance does not fit another version of its drawing. node: the element's id; name: as it is drawn."""

    node: str
    name: str
    why: Message


@dataclass(frozen=True)
class Fit:
    """Whether an instance fits another version of its drawing.

    unfit: what stands in its way. gone: names of reminders and the like on the border of an open activity that the new version
    has no more: they end. new: names of those that it has besides; they begin with the next one who enters the activity.
    """

    unfit: tuple[Unfit, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def fit(old: Model, new: Model, state: bytes, now: datetime) -> Fit:
    """Tell whether an instance could go on under another version of its process; nothing is changed."""
    here, _prefix = states.load(old, state, now, _NONE)
    unfit: dict[str, Unfit] = {}
    gone, fresh = dict[str, None](), dict[str, None]()
    for token in here.everywhere():
        before, after = _place(old, token.workflow), _place(new, token.workflow)
        name = token.task_spec.name
        node = before.drawing.nodes.get(name) if before else None
        if node is None or before is None:
            continue  # what stands inside an activity that is done several times is judged with it
        there = after.drawing.nodes.get(name) if after else None
        if _leaves(node, there):
            gone[node.name or name] = None
            continue
        why = _differs(node, there) or _waits_otherwise(token, old, new)
        if why is not None:
            unfit.setdefault(name, Unfit(name, node.name or name, why))
        elif after is not None:
            fresh |= dict.fromkeys(_besides(before, after, name))
    return Fit(tuple(unfit.values()), tuple(gone), tuple(fresh))


def cross(
    old: Model, new: Model, state: bytes, names: Mapping[str, Any], now: datetime, given: Given = _NONE
) -> Step:
    """Return the step in which an instance goes on under another version; tokens are the same, nothing fires.

    names: what the campaign gives, as it stands by now, and values that only the new version reads. Armed timers that are written
    otherwise, or read what has changed, follow. Raises ProcessStuck where it does not fit.
    """
    left, prefix = states.load(old, state, now, given)
    for token in list(left.everywhere()):
        before, after = _place(old, token.workflow), _place(new, token.workflow)
        name = token.task_spec.name
        if (
            before
            and after
            and (node := before.drawing.nodes.get(name))
            and _leaves(node, after.drawing.nodes.get(name))
        ):
            token.workflow.forget(token)
    arrived, prefix = states.load(new, states.dump(left, prefix), now, given)
    changed = {
        name: value
        for name, value in names.items()
        if (name in arrived.data or name in new.reads) and arrived.data.get(name) != value
    }
    arrived.data = {**arrived.data, **changed}
    arrived.expected = True
    follow(arrived, changed)
    _rewritten(left, arrived, set(changed))
    return step_of(arrived, prefix)


def _place(model: Model, scope: Scope) -> Model | None:
    """Return the model in whose drawing a scope lies; None where this version calls no such process."""
    try:
        return model.at(scope.place)
    except KeyError:
        return None


def _leaves(node: Node, there: Node | None) -> bool:
    """Tell whether a token may simply go: what watched an activity from its border watches it no more."""
    return node.kind == "boundaryEvent" and there is None


def _differs(node: Node, there: Node | None) -> Message | None:
    """Say why a token cannot stand at the same place of the new drawing; None when it can."""
    if there is None:
        return say("新方案的流程里没有这一步")
    if there.kind != node.kind:
        return say("这一步在新方案里换了类型")
    if (there.loop.kind if there.loop else None) != (node.loop.kind if node.loop else None):
        return say("这一步办几次，新方案改了")
    if there.call != node.call:
        return say("这一步在新方案里调用别的流程")
    if (there.event.kind, there.event.name) != (
        node.event.kind,
        node.event.name,
    ) or there.parent != node.parent:
        return say("这一步等的事情，新方案改了")
    if there.attached_to != node.attached_to or there.interrupting != node.interrupting:
        return say("这一步的提醒或中断，新方案改了")
    return None


def _waits_otherwise(token: Token, old: Model, new: Model) -> Message | None:
    """Say why a token that waits for others at a gateway would wait for others than before."""
    if not isinstance(token.task_spec, Joining) or not token.has_state(TaskState.WAITING):
        return None
    name = token.task_spec.name
    before, after = _place(old, token.workflow), _place(new, token.workflow)
    sources = [
        {flow.source for flow in model.drawing.incoming.get(name, ())}
        for model in (before, after)
        if model is not None
    ]
    return say("汇合的分支在新方案里变了") if len(sources) == 2 and sources[0] != sources[1] else None


def _besides(before: Model, after: Model, name: str) -> list[str]:
    """Return the names of what the new drawing has on the border of an activity besides."""
    return [
        node.name or node.id
        for node in after.drawing.nodes.values()
        if node.attached_to == name and node.id not in before.drawing.nodes
    ]


def _rewritten(left: Instance, arrived: Instance, changed: set[str]) -> None:
    """Work out anew the armed timers whose texts are written otherwise than before."""
    was = {int(token.id): getattr(token.task_spec, "event_definition", None) for token in left.everywhere()}
    for token in arrived.everywhere():
        definition = getattr(token.task_spec, "event_definition", None)
        if not isinstance(definition, At) or not token.has_state(TaskState.WAITING):
            continue
        before = was.get(int(token.id))
        if isinstance(before, At) and before.text != definition.text and definition.reads.isdisjoint(changed):
            definition.anew(token)
