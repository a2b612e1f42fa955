"""Where a token goes from a node, told without a token: of the nodes of which nothing else has to be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition

from engine.process import joins, specs
from forms.expression import Expression


class Kind(Enum):
    TASK = auto()
    CHOICE = auto()
    PARALLEL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of a token at one node.

    after: the nodes behind it. choices: of a choice, (condition, node) in their order; otherwise: when none of them holds,
    empty where the drawing says nothing. before: of a join, the nodes from which a token must have come; else empty.
    """

    kind: Kind
    after: tuple[str, ...] = ()
    choices: tuple[tuple[Expression, str], ...] = ()
    otherwise: str = ""
    before: frozenset[str] = frozenset()


def ways_of(spec: Any) -> Mapping[str, Way]:
    """Return the ways of a process by its nodes. One that is not there does more than pass tokens on.

    Nodes are known by the classes that run them: whatever is made into something else is not among them.
    """
    found = {name: _way(made) for name, made in spec.task_specs.items()}
    return {name: way for name, way in found.items() if way is not None}


def _way(made: Any) -> Way | None:
    after = tuple(made._outputs)
    if len(set(after)) < len(after):
        return None
    match made:
        case specs.UserTask() | specs.ManualTask() if not made.watchers:
            return Way(Kind.TASK, after)
        case specs.ExclusiveGateway():
            choices = tuple(
                (condition.args[0], name) for condition, name in made.cond_task_specs if condition is not None
            )
            return Way(Kind.CHOICE, after, choices, made.default_task_spec or "")
        case joins.ParallelGateway():
            before = frozenset(made._inputs)
            return Way(Kind.PARALLEL, after, before=before if len(made._inputs) > 1 else frozenset())
        case specs.EndEvent() if not made.terminates and type(made.event_definition) is NoneEventDefinition:
            return Way(Kind.END)
    return None
