"""Steps for which the compact state is enough: from a task past gateways to the next tasks, or to an end.

Most steps are of this kind, and to put up the library's workflow for them takes three times as long as everything else that a
step does. Here the rows of the state are the tokens. The step is the same that `steps.advance` would give, byte for byte;
whatever is not told by `ways` (what runs inside activities, events, timers, decisions) is left to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow import TaskState

from engine.process import state as states
from engine.process.errors import no_way_on
from engine.process.model import Model
from engine.process.script import ExpressionEngine
from engine.process.step import Opened, Step
from engine.process.tokens import RESERVED
from engine.process.values import read, written
from engine.process.ways import Kind, Way

# So many nodes are passed in one step, and so many tokens stand anywhere, or the whole way is gone, which knows what is too many.
_MOST = 100
_READY, _WAITING = int(TaskState.READY), int(TaskState.WAITING)


class _NotStraight(Exception):
    """More has to be known than the rows tell."""


def advanced(
    model: Model,
    state: bytes,
    token: str,
    answers: Mapping[str, Any],
    now: datetime,
    given: Mapping[str, Callable[..., object]],
) -> Step | None:
    """Return the step in which a task is completed, as `steps.advance`; None = it has to go the whole way.

    Raises ProcessStuck where no condition holds or one cannot be worked out.
    """
    body, prefix = states.opened(state), states.prefix_of(state)
    if body[0] != states.VERSION or body[6] or len(body[5]) > _MOST or now.tzinfo is None:
        return None
    try:
        walk = _Walk(model, body, now, given)
        walk.complete(states.number_of(prefix, token), answers)
    except _NotStraight:
        return None
    return walk.step(prefix)


class _Walk:
    """One step over the rows of a state."""

    def __init__(
        self, model: Model, body: list[Any], now: datetime, given: Mapping[str, Callable[..., object]]
    ) -> None:
        _, self.number, self.ended, self.end_nodes, self.kept, rows, _ = body
        self.model, self.now, self.given = model, now, given
        self.ways: Mapping[str, Way] = model.ways
        self.data: dict[str, Any] = read(self.kept)
        self.rows: dict[int, list[Any]] = {row[0]: row for row in rows}
        self.most = self.number + _MOST
        self.entered: list[str] = []
        self.opened: list[tuple[int, str]] = []
        self.ready: deque[tuple[int, str]] = deque()
        self.script: ExpressionEngine | None = None

    def complete(self, number: int, answers: Mapping[str, Any]) -> None:
        """Complete the task of that number and move what moves by itself."""
        for row in self.rows.values():
            if not self._rests(*row):
                raise _NotStraight
        done = self.rows.get(number)
        if done is None or done[2] != _READY:
            raise _NotStraight
        self._keep(answers)
        self._leave(number, self._way(done[1]).after)
        while self.ready:
            at, node = self.ready.popleft()
            way = self._way(node)
            if way.kind is Kind.END:
                self._end(node)
            self._leave(at, (self._chosen(node, way),) if way.kind is Kind.CHOICE else way.after)
        if not self.ended and not any(row[2] == _READY for row in self.rows.values()):
            raise _NotStraight  # it would wait for ever, and the whole way says where

    def step(self, prefix: bytes) -> Step:
        """Return what has happened, and the state."""
        body = [
            states.VERSION, self.number, self.ended, self.end_nodes, self.kept, list(self.rows.values()), [],
        ]  # fmt: skip
        name = prefix.hex()
        return Step(
            state=states.packed(prefix, body),
            data=self.data,
            opened=tuple([Opened(f"{name}-{at}", node, "", dict(self.data)) for at, node in self.opened]),
            entered=tuple(self.entered),
            ended=self.ended,
            end_nodes=tuple(self.end_nodes),
        )

    def _rests(self, number: int, node: str, state: int, extra: Mapping[str, Any] | None = None) -> bool:
        """Tell whether a token is an open task, or waits at a parallel join for the others."""
        way = self.ways.get(node)
        if way is None:
            return False
        if way.kind is Kind.TASK:
            return state == _READY and not extra
        return bool(way.before) and state == _WAITING and extra is not None and extra.keys() == {"from"}

    def _keep(self, answers: Mapping[str, Any]) -> None:
        """Take over what `Scope.keep` would."""
        reads, data = self.model.reads, self.data
        fresh: dict[str, Any] = {
            name: value
            for name, value in answers.items()
            if (name in reads or name in data) and not (name in RESERVED and name in data)
        }
        if fresh:
            self.data = {**data, **fresh}
            self.kept = {**self.kept, **written(fresh)}  # type: ignore[dict-item]

    def _way(self, node: str) -> Way:
        way = self.ways.get(node)
        if way is None:
            raise _NotStraight
        return way

    def _leave(self, number: int, nodes: tuple[str, ...]) -> None:
        """Let a token go on to these nodes. All have their numbers before any of them arrives."""
        came_from, first = self.rows[number][1], self.number + 1
        self.number += len(nodes)
        if self.number > self.most:
            raise _NotStraight
        for at, node in enumerate(nodes, first):
            self.rows[at] = [at, node, _READY]
        for at, node in enumerate(nodes, first):
            self._arrive(at, node, came_from)
        del self.rows[number]
        self.ended = not self.rows

    def _arrive(self, number: int, node: str, came_from: str) -> None:
        way = self._way(node)
        if way.before and not self._joined(number, node, came_from, way.before):
            return
        self.entered.append(node)
        if way.kind is Kind.TASK:
            self.opened.append((number, node))
        else:
            self.ready.append((number, node))

    def _joined(self, number: int, node: str, came_from: str, before: frozenset[str]) -> bool:
        """Let a token wait at a join; tell whether it goes on for all that have come. Of each flow the first is taken, what is in
        excess stays."""
        self.rows[number] = [number, node, _WAITING, {"from": came_from}]
        first: dict[str, int] = {}
        for row in self.rows.values():
            if row[1] == node and row[2] == _WAITING:
                first.setdefault(row[3]["from"], row[0])
        if first.keys() != before:
            return False
        for flow, other in first.items():
            if flow != came_from:
                del self.rows[other]
        self.rows[number] = [number, node, _READY]
        return True

    def _chosen(self, node: str, way: Way) -> str:
        if self.script is None:
            self.script = ExpressionEngine(self.now, self.given)
        for condition, chosen in way.choices:
            if self.script.holds(self.data, condition, node):
                return chosen
        if not way.otherwise:
            raise no_way_on(node)
        return way.otherwise

    def _end(self, node: str) -> None:
        if node not in self.end_nodes:
            self.end_nodes.append(node)
