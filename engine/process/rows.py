"""Scopes as rows and back: lists only, because order is part of the state.

A token is `[number, node, state]`, with a fourth, its extras, where it has any: JSON already, but for moments.
What runs inside a token is `[number of the token, index, data, tokens, rows inside]`; index is -1 for what is not one of several.
One of several that go on side by side is `[number, index, summary, text]`: the rest as a text that is read only when somebody
touches it, and before it what has to be known without reading (see `Dormant`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow import TaskState

from engine.process.errors import no_such_node
from engine.process.events import MessageTo, Signal
from engine.process.parts import Dormant, Part, part_of
from engine.process.tokens import Scope, Token
from engine.process.values import read, written

if TYPE_CHECKING:
    from engine.process.instance import Instance

_WAITING = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def rows_of(instance: Instance, scope: Scope) -> tuple[list[Any], list[Any]]:
    """Return a scope's tokens, and what runs inside of them."""
    tokens, inside = [], []
    for token in scope.living():
        row: list[Any] = [token.id, token.task_spec.name, token.state]
        if token.internal_data:
            row.append(
                {
                    key: written(value) if isinstance(value, datetime) else value
                    for key, value in token.internal_data.items()
                }
            )
        tokens.append(row)
        for part in _inside(instance, token):
            inside.append(part.row if isinstance(part, Dormant) else _row(instance, part))
    return tokens, inside


def settle_in(instance: Instance, scope: Scope, tokens: list[Any], inside: list[Any]) -> None:
    """Put tokens where they stood. What is one of several at once is left as it lies until somebody asks for it.

    Raises ProcessStuck when the drawing has no such place any more.
    """
    for row in tokens:
        _token(scope, *row)
    for row in inside:
        host = scope.tasks.get(row[0])
        if host is None or not hasattr(host.task_spec, "inside"):
            raise no_such_node(host.task_spec.name if host is not None else str(row[0]))
        if len(row) == 4:
            instance.dormant.setdefault(host.id, {})[row[1]] = Dormant(host, row)
        else:
            _settled(instance, host, *row[1:])


def rouse(instance: Instance, found: Dormant) -> Part:
    """Return what lay untouched, running."""
    return _settled(instance, found.host, found.index, *orjson.loads(found.row[3]))


def _settled(
    instance: Instance, host: Token, index: int, data: Any, tokens: list[Any], inside: list[Any]
) -> Part:
    part = part_of(host, index)
    part.data = read(data)
    instance.parts.setdefault(int(host.id), {})[index] = part
    settle_in(instance, part, tokens, inside)
    return part


def _inside(instance: Instance, token: Token) -> list[Part | Dormant]:
    group: dict[int, Part | Dormant] = {
        **instance.parts.get(int(token.id), {}),
        **instance.dormant.get(int(token.id), {}),
    }
    return [group[index] for index in sorted(group)]


def _row(instance: Instance, part: Part) -> list[Any]:
    rest = [written(part.data), *rows_of(instance, part)]
    if not part.host.task_spec.at_once:
        return [part.host.id, part.index, *rest]
    return [part.host.id, part.index, _summary(instance, part), orjson.dumps(rest).decode()]


def _summary(instance: Instance, part: Part) -> list[Any]:
    """Return size, tasks, timers and waits of a part and of all that runs inside it."""
    size, tasks, timers, waits = 0, [], [], []
    for token in part.living():
        spec, number = token.task_spec, int(token.id)
        size += not token.has_state(TaskState.STARTED)
        if spec.manual and token.has_state(TaskState.READY):
            tasks.append(number)
        for _, first, count in token.internal_data.get("run", ()):
            tasks += range(first, first + count)
            size += count
        if token.has_state(TaskState.WAITING):
            definition = getattr(spec, "event_definition", None)
            if "at" in token.internal_data:
                timers.append([written(token.internal_data["at"]), number, spec.name])
            elif isinstance(definition, Signal | MessageTo):
                waits.append([number, definition.kind, definition.name])
        for inner in _inside(instance, token):
            more = inner.row[2] if isinstance(inner, Dormant) else _summary(instance, inner)
            size += more[0]
            tasks += more[1]
            timers += more[2]
            waits += more[3]
    return [size, tasks, timers, waits]


def _token(scope: Any, number: int, node: str, state: int, extra: dict[str, Any] | None = None) -> None:
    spec = scope.spec.task_specs.get(node)
    if spec is None or not state & _WAITING:
        raise no_such_node(node)
    token = Token(scope, spec, scope.task_tree, state, number)
    if extra:
        token.internal_data = {
            key: read(value) if type(value) is dict else value for key, value in extra.items()
        }
